/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Small XML documents as trees, by libxml2, which is loaded when the first is read.  Nothing is
 * fetched: no network, no document type, no entities but XML's own five.
 */
#ifndef PARSE_XML_H
#define PARSE_XML_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct xml_attribute {
	const char *name, *value;
};

/* Names are without their namespace: no two that we ask for differ only in that. */
struct xml_node {
	const char *name;
	const char *text; /* the first piece of text in it, trimmed; "" if there is none */
	unsigned line;
	LIST(struct xml_attribute) attributes;
	LIST(struct xml_node *) children;
};

/* EBADMSG: it is not well-formed, or has a document type; E2BIG: over a limit of limits.h. */
int xml_parse(struct arena *a, const char *text, size_t n, struct xml_node **ret, struct err *e);

/* NULL as a node has no children and no attributes. */
const struct xml_node *xml_child(const struct xml_node *n, const char *name); /* the first */
const char *xml_child_text(const struct xml_node *n, const char *name);       /* NULL: no such */
const char *xml_attribute(const struct xml_node *n, const char *name);
#define xml_each_child(c, node, wanted)                                                            \
	list_each(c, &(node)->children)                                                            \
		if (!strcmp((*c)->name, wanted))

/* A line of the text that was parsed, for evidence. */
const char *xml_line(struct arena *a, const char *text, size_t n, unsigned line);

#endif
