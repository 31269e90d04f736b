/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/xml.h"

#include "tests/lib/testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "tests/lib/opens.h"

static struct err e;

static const struct xml_node *parse(const char *text)
{
	struct xml_node *n = NULL;

	if (xml_parse(&test_arena, text, strlen(text), &n, &e) < 0)
		fail_msg("%s", e.msg);
	return n;
}

static void refuse_bytes(const char *text, size_t n, int num, const char *words)
{
	struct xml_node *root = NULL;
	struct arena arena = {0};
	int r = xml_parse(&arena, text, n, &root, &e);

	if (r != num || !strstr(e.msg, words))
		fail_msg("%d, \"%s\", not %d with \"%s\"", r, r < 0 ? e.msg : "", num, words);
	arena_free(&arena);
}

static void refuse(const char *text, int num, const char *words)
{
	refuse_bytes(text, strlen(text), num, words);
}

static void a_document_is_a_tree(void **state)
{
	static const char text[] = "\xef\xbb\xbf<?xml version='1.0'?>\r\n<!-- c -->\r\n"
				   "<a:top xmlns:a='urn:a' a:k='1 &lt; 2' l='&#228;'>\r\n"
				   "  <sub> first <inner/> second </sub>\r\n"
				   "  <a:sub><![CDATA[<data>]]></a:sub>\r\n</a:top>\r\n";
	const struct xml_node *top = parse(text);

	(void)state;
	assert_string_equal(top->name, "top");
	assert_int_equal(top->line, 3);
	assert_int_equal(top->attributes.n, 2);
	assert_string_equal(xml_attribute(top, "k"), "1 < 2");
	assert_string_equal(xml_attribute(top, "l"), "\xc3\xa4");
	assert_null(xml_attribute(top, "a"));
	assert_int_equal(top->children.n, 2);
	assert_string_equal(xml_child_text(top, "sub"), "first");
	assert_string_equal(top->children.at[1]->text, "<data>");
	assert_int_equal(top->children.at[1]->line, 5);
	assert_string_equal(
		xml_line(&test_arena, text, strlen(text), 4), "<sub> first <inner/> second </sub>");
	assert_null(xml_child(top, "none"));
	assert_null(xml_child_text(NULL, "sub"));
	assert_null(xml_attribute(NULL, "k"));
}

/* A laugh, a file of the host, a URL, a parameter entity: none is looked at. */
static void document_types_and_entities_are_refused(void **state)
{
	static const char *const texts[] = {
		"<!DOCTYPE a [<!ENTITY l0 'ha'><!ENTITY l1 '&l0;&l0;&l0;&l0;&l0;&l0;&l0;&l0;'>"
		"<!ENTITY l2 '&l1;&l1;&l1;&l1;&l1;&l1;'><!ENTITY l3 '&l2;&l2;&l2;&l2;&l2;&l2;'>]>"
		"<a>&l3;</a>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
		"<!DOCTYPE a SYSTEM 'http://192.0.2.1/a.dtd'><a/>",
		"<!DOCTYPE a PUBLIC '-//X' '/etc/passwd'><a/>",
		"<!DOCTYPE a [<!ENTITY % p SYSTEM '/etc/passwd'>%p;]><a/>",
	};
	static const char include[] = "<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include "
				      "href='/etc/passwd' parse='text'/></a>";

	(void)state;
	parse("<a/>"); /* loads the library */
	opens_watch(test_tmpdir());
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuse(texts[i], -EBADMSG, "document type");
	refuse("<a>&undefined;</a>", -EBADMSG, "");
	/* Elements as any other. */
	assert_string_equal(parse(include)->children.at[0]->name, "include");
	assert_null(opens_outside());
}

/* Bytes are UTF-8 whatever the document says, so that no other encoding can hide anything. */
static void other_encodings_are_not_followed(void **state)
{
	static const char plain[] = "<!DOCTYPE a [<!ENTITY x SYSTEM '/etc/passwd'>]><a>&x;</a>";
	char wide[2 * sizeof(plain)] = "\xff\xfe";

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(plain); i++)
		wide[2 + 2 * i] = plain[i];
	refuse_bytes(wide, 2 * sizeof(plain), -EBADMSG, "zero bytes");
	refuse("<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a+AD4-<a/>", -EBADMSG, "");
	assert_string_equal(parse("<?xml version='1.0' encoding='IBM037'?><a>x\xc3\xa4</a>")->text,
		"x\xc3\xa4");
	refuse("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", -EBADMSG, "line 1");
}

static void what_is_not_well_formed_is_refused_with_its_line(void **state)
{
	(void)state;
	refuse("<a>\n<b></a>", -EBADMSG, "line 2");
	refuse("", -EBADMSG, "not well-formed");
	refuse("<a k='1' k='2'/>", -EBADMSG, "line 1");
	refuse("<a/><b/>", -EBADMSG, "line 1");
	refuse("<a>\x01</a>", -EBADMSG, "line 1");
	refuse("<a>\xff\xfe</a>", -EBADMSG, "");
	refuse_bytes("<a>\0</a>", 8, -EBADMSG, "zero bytes");
}

/* n times a text, between two others. */
static char *repeat(const char *before, const char *s, size_t n, const char *after)
{
	char *text = malloc(strlen(before) + n * strlen(s) + strlen(after) + 1);
	char *p = text ? stpcpy(text, before) : NULL;

	assert_non_null(text);
	while (n--)
		p = stpcpy(p, s);
	strcpy(p, after);
	return text;
}

static void refuse_repeated(
	const char *before, const char *s, size_t n, const char *after, int num, const char *words)
{
	char *text = repeat(before, s, n, after);

	refuse(text, num, words);
	free(text);
}

static void what_no_description_has_is_refused(void **state)
{
	struct arena arena = {0};
	struct xml_node *n = NULL;
	char *text;

	(void)state;
	refuse_repeated("<a k='", "0123456789abcdef", 100 << 16, "'/>", -E2BIG, "bytes");
	refuse_repeated("", "<a>", XML_DEPTH_MAX + 1, "", -E2BIG, "nested deeper");
	refuse_repeated("", "<a>", 200000, "", -E2BIG, "nested deeper");
	refuse_repeated("<a>", "<b/>", XML_NODES_MAX, "</a>", -E2BIG, "XML elements");
	refuse_repeated("<a ", "a='' ", XML_ATTRIBUTES_MAX + 1, "/>", -E2BIG, "attributes");
	/* Just below the limits. */
	text = repeat("<a k='", "0123456789abcdef", XML_BYTES_MAX / 16 - 1, "'/>");
	assert_int_equal(xml_parse(&arena, text, strlen(text), &n, &e), 0);
	assert_int_equal(strlen(xml_attribute(n, "k")), XML_BYTES_MAX - 16);
	free(text);
	text = repeat("<a>", "<b/>", XML_NODES_MAX - 1, "</a>");
	assert_int_equal(xml_parse(&arena, text, strlen(text), &n, &e), 0);
	assert_int_equal(n->children.n, XML_NODES_MAX - 1);
	free(text);
	arena_free(&arena);
}

static void an_element_with_very_many_attributes_costs_no_seconds(void **state)
{
	char *text = malloc(XML_BYTES_MAX), *p = stpcpy(text, "<a");
	clock_t start = clock();

	(void)state;
	for (unsigned i = 0; i < XML_ATTRIBUTES_MAX; i++)
		p += sprintf(p, " a%u=''", i);
	strcpy(p, "/>");
	assert_int_equal(parse(text)->attributes.n, XML_ATTRIBUTES_MAX);
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_a_tree),
		cmocka_unit_test(document_types_and_entities_are_refused),
		cmocka_unit_test(other_encodings_are_not_followed),
		cmocka_unit_test(what_is_not_well_formed_is_refused_with_its_line),
		cmocka_unit_test(what_no_description_has_is_refused),
		cmocka_unit_test(an_element_with_very_many_attributes_costs_no_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
