/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/lvm_text.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "tests/lib/testing.h"

static int parse_n(const char *text, size_t n, struct lvm_node **ret, struct err *e)
{
	size_t nodes = 1000;

	return lvm_text_parse(text, n, &nodes, &test_arena, ret, e);
}

static struct lvm_node *parse(const char *text)
{
	struct lvm_node *root = NULL;
	struct err e = {0};

	if (parse_n(text, strlen(text), &root, &e) < 0)
		fail_msg("%s", e.msg);
	return root;
}

static void refused(const char *text, int num, const char *words)
{
	struct lvm_node *root = NULL;
	struct err e = {0};

	assert_int_equal(parse_n(text, strlen(text), &root, &e), -num);
	assert_non_null(strstr(e.msg, words));
	assert_null(root);
}

static void sections_hold_values(void **state)
{
	const struct lvm_node *root = parse("vg0 {\n\tid = \"abc\"\n\tseqno = 4\n\n\tpvs { pv0 {\n"
					    "size = 10 } }\n}\nversion = 1\n");
	const struct lvm_node *vg = lvm_section(root, "vg0");
	uint64_t v = 0;

	(void)state;
	assert_string_equal(lvm_string(vg, "id"), "abc");
	assert_true(lvm_number(vg, "seqno", &v));
	assert_int_equal(v, 4);
	assert_true(lvm_number(lvm_section(lvm_section(vg, "pvs"), "pv0"), "size", &v));
	assert_int_equal(v, 10);
	assert_true(lvm_number(root, "version", &v));
	assert_null(lvm_section(vg, "id"));
	assert_null(lvm_string(vg, "seqno"));
	assert_null(lvm_get(NULL, "id"));
	assert_null(lvm_section(root, "vg1"));
}

static void nodes_know_their_line(void **state)
{
	const struct lvm_node *root = parse("# one\nvg0 {\n\tid = \"a\nb\"\n\tseqno = 4\n}\n");
	const struct lvm_node *vg = lvm_section(root, "vg0");

	(void)state;
	assert_int_equal(vg->line, 2);
	assert_int_equal(lvm_get(vg, "id")->line, 3);
	assert_int_equal(lvm_get(vg, "seqno")->line, 5);
}

static void lists_mix_strings_and_numbers(void **state)
{
	const struct lvm_node *root =
		parse("stripes = [\n\t\"pv0\", 0, # first\n\t\"pv1\", 28\n]\nflags = []\n"
		      "status = [\"READ\", \"VISIBLE\"]\n");
	const struct lvm_node *n = NULL;

	(void)state;
	assert_true(lvm_list(root, "stripes", &n));
	assert_string_equal(n->string, "pv0");
	assert_int_equal(n->next->number, 0);
	assert_string_equal(n->next->next->string, "pv1");
	assert_int_equal(n->next->next->next->number, 28);
	assert_null(n->next->next->next->next);
	assert_true(lvm_list(root, "flags", &n));
	assert_null(n);
	assert_true(lvm_list_has(root, "status", "VISIBLE"));
	assert_false(lvm_list_has(root, "status", "WRITE"));
	assert_false(lvm_list_has(root, "absent", "READ"));
}

static void strings_are_unescaped(void **state)
{
	const struct lvm_node *root =
		parse("a = \"say \\\"x\\\" \\\\ \\n\"\nb = 'as \\\" is # }'\n");

	(void)state;
	assert_string_equal(lvm_string(root, "a"), "say \"x\" \\ \\n");
	assert_string_equal(lvm_string(root, "b"), "as \\\" is # }");
}

static void numbers_may_be_negative_or_fractions(void **state)
{
	const struct lvm_node *root = parse("a = -5\nb = 12.75\nc = +3\n");
	uint64_t v = 7;

	(void)state;
	assert_int_equal(lvm_get(root, "a")->number, -5);
	assert_false(lvm_number(root, "a", &v));
	assert_int_equal(v, 7);
	assert_true(lvm_number(root, "b", &v));
	assert_int_equal(v, 12);
	assert_true(lvm_number(root, "c", &v));
	assert_int_equal(v, 3);
}

static void names_may_be_anything_lvm_allows(void **state)
{
	const struct lvm_node *root = parse("0lv-a_b.c+d{x=1}\n-odd { y = 2 }");
	uint64_t v;

	(void)state;
	assert_true(lvm_number(lvm_section(root, "0lv-a_b.c+d"), "x", &v));
	assert_true(lvm_number(lvm_section(root, "-odd"), "y", &v));
}

static void zeros_end_the_text(void **state)
{
	static const char text[] = "a = 1\n\0\0 b = { nonsense";
	struct lvm_node *root;
	struct err e;

	(void)state;
	assert_int_equal(parse_n(text, sizeof(text), &root, &e), 0);
	assert_non_null(lvm_get(root, "a"));
	assert_null(lvm_get(root, "b"));
}

static void nonsense_is_refused_with_its_line(void **state)
{
	(void)state;
	refused("a = 1\nb\n", EBADMSG, "line 3: a name is followed by neither");
	refused("a = \"x\n", EBADMSG, "a string has no end");
	refused("a = [1, 2", EBADMSG, "a list has no end");
	refused("a = [1 2]", EBADMSG, "line 1: a list has no end");
	refused("a {\nb {\n}\n", EBADMSG, "a section has no end");
	refused("}\n", EBADMSG, "a section ends that never began");
	refused("a = \n", EBADMSG, "a value is missing");
	refused("a = bare\n", EBADMSG, "neither a string, a number nor a list");
	refused("a = 99999999999999999999\n", EBADMSG, "neither a string");
	refused("= 4\n", EBADMSG, "a name is expected");
	refused("a = [[1]]\n", EBADMSG, "neither a string");
	refused("a = \"\\", EBADMSG, "a string has no end");
}

static void depth_and_size_are_bounded(void **state)
{
	struct lvm_node *root;
	struct err e = {0};
	char deep[LVM_DEPTH_MAX * 2 + 2] = "";
	size_t nodes = 3;

	(void)state;
	for (int i = 0; i < LVM_DEPTH_MAX; i++)
		strcat(deep, "a{");
	refused(deep, E2BIG, "too deep");
	assert_int_equal(
		lvm_text_parse("a = [1, 2, 3]", 13, &nodes, &test_arena, &root, &e), -E2BIG);
	nodes = 5;
	assert_int_equal(lvm_text_parse("a = [1, 2, 3]", 13, &nodes, &test_arena, &root, &e), 0);
	assert_int_equal(nodes, 0);
}

/* vgcfgbackup's own output, with everything it writes. */
static void real_metadata_is_read(void **state)
{
	const char *text = test_read_file("fixtures/images/lvm-linear/manifest", NULL);
	const struct lvm_node *root, *lv, *n = NULL;
	uint64_t v = 0;
	char *body;

	(void)state;
	/* The manifest has it indented, behind the first line that says so. */
	body = arena_strdup(&test_arena, strstr(text, "# Generated by LVM2"));
	root = parse(body);
	assert_string_equal(lvm_string(root, "contents"), "Text Format Volume Group");
	lv = lvm_section(lvm_section(lvm_section(root, "vg0"), "logical_volumes"), "root");
	assert_true(lvm_number(lv, "segment_count", &v));
	assert_int_equal(v, 2);
	assert_true(lvm_list(lvm_section(lv, "segment2"), "stripes", &n));
	assert_string_equal(n->string, "pv0");
	assert_int_equal(n->next->number, 28);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_hold_values),
		cmocka_unit_test(nodes_know_their_line),
		cmocka_unit_test(lists_mix_strings_and_numbers),
		cmocka_unit_test(strings_are_unescaped),
		cmocka_unit_test(numbers_may_be_negative_or_fractions),
		cmocka_unit_test(names_may_be_anything_lvm_allows),
		cmocka_unit_test(zeros_end_the_text),
		cmocka_unit_test(nonsense_is_refused_with_its_line),
		cmocka_unit_test(depth_and_size_are_bounded),
		cmocka_unit_test(real_metadata_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
