/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Over libxml2's xmlTextReader, whose functions take no struct, so that its headers are not needed
 * and a tree is built of no more nodes than we allow.  Comments and processing instructions are
 * skipped.
 */
#include "parse/xml.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/lazylib.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

/* Of libxml2's public headers: xmlParserOption and xmlReaderTypes. */
enum { PARSE_NONET = 1 << 11, PARSE_IGNORE_ENC = 1 << 21, PARSE_BIG_LINES = 1 << 22 };
enum {
	ELEMENT = 1,
	TEXT = 3,
	CDATA = 4,
	ENTITY_REFERENCE = 5,
	DOCUMENT_TYPE = 10,
	END_ELEMENT = 15
};

struct lib {
	void *(*open)(const char *text, int n, const char *url, const char *encoding, int options);
	void (*close)(void *reader);
	void (*set_error_handler)(void *reader,
		void (*fn)(void *arg, const char *msg, int severity, void *locator), void *arg);
	int (*locator_line)(void *locator);
	int (*read)(void *reader);
	int (*type)(void *reader);
	int (*is_empty)(void *reader);
	const char *(*name)(void *reader);
	const char *(*value)(void *reader);
	int (*next_attribute)(void *reader);
	int (*to_element)(void *reader);
	int (*is_namespace)(void *reader);
	void *(*node)(void *reader);
	long (*line)(void *node);
};

struct parse {
	struct arena *arena;
	struct lib lib;
	void *reader;
	struct err *e, said; /* said: the reader's own first words */
	size_t nodes;
	struct xml_node *open[XML_DEPTH_MAX]; /* from the root to where the reader is */
	size_t depth;
	struct xml_node *root;
};

static int lib_load(struct lib *l, struct err *e)
{
	const struct lazylib_symbol wanted[] = {
		{"xmlReaderForMemory", &l->open},
		{"xmlFreeTextReader", &l->close},
		{"xmlTextReaderSetErrorHandler", &l->set_error_handler},
		{"xmlTextReaderLocatorLineNumber", &l->locator_line},
		{"xmlTextReaderRead", &l->read},
		{"xmlTextReaderNodeType", &l->type},
		{"xmlTextReaderIsEmptyElement", &l->is_empty},
		{"xmlTextReaderConstLocalName", &l->name},
		{"xmlTextReaderConstValue", &l->value},
		{"xmlTextReaderMoveToNextAttribute", &l->next_attribute},
		{"xmlTextReaderMoveToElement", &l->to_element},
		{"xmlTextReaderIsNamespaceDecl", &l->is_namespace},
		{"xmlTextReaderCurrentNode", &l->node},
		{"xmlGetLineNo", &l->line},
	};

	return lazylib_load(LAZYLIB_XML, wanted, ARRAY_LEN(wanted), e);
}

/* The first message is the cause; the rest follow from it.  Some are warnings, and it goes on. */
static void on_error(void *arg, const char *msg, int severity, void *locator)
{
	struct parse *p = arg;
	struct span s = span_trim(span_of(msg));

	(void)severity;
	if (!p->said.num)
		err_set(&p->said, EBADMSG, "is not well-formed XML: line %d: %.*s",
			p->lib.locator_line(locator), (int)(s.n < 200 ? s.n : 200), s.p);
}

/*
 * libxml2 compares each attribute of an element with all before it, and needs seconds for one with
 * very many.  None of our documents comes near; between two '<' there are at least as many '='.
 */
static bool has_huge_element(const char *text, size_t n)
{
	size_t equals = 0;

	for (size_t i = 0; i < n && equals <= XML_ATTRIBUTES_MAX; i++) {
		if (text[i] == '<')
			equals = 0;
		equals += text[i] == '=';
	}
	return equals > XML_ATTRIBUTES_MAX;
}

static int check_text(const char *text, size_t n, struct err *e)
{
	if (n > XML_BYTES_MAX)
		return err_set(e, E2BIG, "is an XML document of more than %u bytes", XML_BYTES_MAX);
	if (memchr(text, '\0', n))
		return err_set(e, EBADMSG, "is not XML in UTF-8: it has zero bytes");
	if (has_huge_element(text, n))
		return err_set(e, E2BIG, "has an XML element with more than %d attributes",
			XML_ATTRIBUTES_MAX);
	return 0;
}

static int refuse_document_type(struct err *e)
{
	return err_set(e, EBADMSG,
		"has a document type, which no description of a machine has, and is not read");
}

static void read_attributes(struct parse *p, struct xml_node *n)
{
	while (p->lib.next_attribute(p->reader) == 1) {
		const char *value = p->lib.value(p->reader);
		struct xml_attribute *attribute;

		if (p->lib.is_namespace(p->reader) == 1)
			continue;
		attribute = list_add(p->arena, &n->attributes);
		attribute->name = arena_strdup(p->arena, p->lib.name(p->reader));
		attribute->value = arena_strdup(p->arena, value ? value : "");
	}
	p->lib.to_element(p->reader);
}

static int on_element(struct parse *p)
{
	struct xml_node *n;

	if (p->nodes++ == XML_NODES_MAX)
		return err_set(p->e, E2BIG, "has more than %d XML elements", XML_NODES_MAX);
	if (p->depth == XML_DEPTH_MAX)
		return err_set(
			p->e, E2BIG, "has XML elements nested deeper than %d", XML_DEPTH_MAX);
	n = arena_new(p->arena, struct xml_node);
	n->name = arena_strdup(p->arena, p->lib.name(p->reader));
	n->text = "";
	n->line = (unsigned)p->lib.line(p->lib.node(p->reader));
	if (p->depth)
		*list_add(p->arena, &p->open[p->depth - 1]->children) = n;
	else
		p->root = n;
	if (p->lib.is_empty(p->reader) != 1)
		p->open[p->depth++] = n;
	read_attributes(p, n);
	return 0;
}

static int on_node(struct parse *p)
{
	struct xml_node *here = p->depth ? p->open[p->depth - 1] : NULL;
	const char *value;
	struct span s;

	switch (p->lib.type(p->reader)) {
	case ELEMENT:
		return on_element(p);
	case END_ELEMENT:
		p->depth--;
		return 0;
	case DOCUMENT_TYPE:
		return refuse_document_type(p->e);
	case ENTITY_REFERENCE:
		return err_set(p->e, EBADMSG, "refers to an entity, which is not followed");
	case TEXT:
	case CDATA:
		value = p->lib.value(p->reader);
		s = span_trim(span_of(value ? value : ""));
		if (here && !*here->text && s.n)
			here->text = arena_strndup(p->arena, s.p, s.n);
		return 0;
	default:
		return 0;
	}
}

static int read_all(struct parse *p)
{
	int more = 1, r = 0;

	while (r >= 0 && (more = p->lib.read(p->reader)) == 1)
		r = on_node(p);
	if (r >= 0 && (more < 0 || !p->root))
		return err_set(
			p->e, EBADMSG, "%s", p->said.num ? p->said.msg : "is not well-formed XML");
	return r;
}

int xml_parse(struct arena *a, const char *text, size_t n, struct xml_node **ret, struct err *e)
{
	struct parse p = {.arena = a, .e = e};
	int r = check_text(text, n, e);

	/* Before libxml2 looks into it; what another encoding hides is found by read_all. */
	if (r >= 0 && memmem(text, n, "<!DOCTYPE", 9))
		r = refuse_document_type(e);
	if (r >= 0)
		r = lib_load(&p.lib, e);
	if (r < 0)
		return r;
	/* What it says its encoding is would have the C library look for a module of that name. */
	p.reader = p.lib.open(
		text, (int)n, NULL, "UTF-8", PARSE_NONET | PARSE_IGNORE_ENC | PARSE_BIG_LINES);
	if (!p.reader)
		return err_set(e, ENOMEM, "out of memory");
	p.lib.set_error_handler(p.reader, on_error, &p);
	r = read_all(&p);
	p.lib.close(p.reader);
	if (r >= 0)
		*ret = p.root;
	return r;
}

const struct xml_node *xml_child(const struct xml_node *n, const char *name)
{
	if (n) {
		xml_each_child(c, n, name) return *c;
	}
	return NULL;
}

const char *xml_child_text(const struct xml_node *n, const char *name)
{
	const struct xml_node *c = xml_child(n, name);

	return c ? c->text : NULL;
}

const char *xml_attribute(const struct xml_node *n, const char *name)
{
	if (n) {
		list_each(at, &n->attributes) {
			if (!strcmp(at->name, name))
				return at->value;
		}
	}
	return NULL;
}

const char *xml_line(struct arena *a, const char *text, size_t n, unsigned line)
{
	struct span rest = {text, n}, s;
	unsigned number = 0;

	while (next_line(&rest, &s, &number)) {
		if (number == line)
			return evidence_text(a, s);
	}
	return NULL;
}
