/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/shellvars.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "tests/lib/testing.h"

static struct shellvars parse(const char *text)
{
	struct shellvars set = {0};

	shellvars_parse(&set, &test_arena, text, strlen(text), 0);
	return set;
}

static const char sample[] = "# comment\n"
			     "ID=debian\n"
			     "NAME=\"Debian GNU/Linux\"  # trailing\n"
			     "export A='single \"quoted\" $ID'\n"
			     "B=\"a\"'b'c\\ d\n"
			     "C=\"esc \\\" \\$ \\\\ \\n\"\n"
			     "D=one\\\ntwo\n"
			     "E=\"$ID-${ID}\"\n"
			     "E+=\" more\"\n"
			     "F=\"multi\nline\"; G=7\n"
			     "if true; then H=8; fi\n"
			     "x#y=no\n"
			     "I=a#b\n"
			     "J=\n"
			     "  K=9\n"
			     "echo L=10\n"
			     "M=\"x $ID y\"\n";

static void values_are_what_sh_says(void **state)
{
	static const char *const names[] = {
		"ID", "NAME", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "M"};
	struct shellvars set = parse(sample);

	(void)state;
	test_need_tool("bash");
	test_write_file(test_path("sample"), sample, strlen(sample));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct shellvar *v = shellvars_get(&set, names[i]);

		assert_non_null(v);
		assert_false(v->unresolved);
		assert_string_equal(v->value,
			test_output("bash -c '. ./sample >/dev/null 2>&1; printf %%s \"$%s\"'",
				names[i]));
	}
	assert_null(shellvars_get(&set, "L"));
	assert_null(shellvars_get(&set, "y"));
}

static void lines_and_text_are_those_of_the_file(void **state)
{
	struct shellvars set = parse(sample);

	(void)state;
	assert_int_equal(shellvars_get(&set, "NAME")->line, 3);
	assert_string_equal(shellvars_get(&set, "NAME")->text, "NAME=\"Debian GNU/Linux\"");
	assert_int_equal(shellvars_get(&set, "E")->line, 10);
	assert_int_equal(shellvars_get(&set, "G")->line, 12);
	assert_int_equal(shellvars_get(&set, "K")->line, 17);
}

static void unknown_variables_and_commands_are_marked(void **state)
{
	struct shellvars set =
		parse("A=$NOBODY\nB=`lsb_release -i`\nC=$(uname -r)x\nD=${A:-x}\nE=\"$A\"\n"
		      "F=$\nG=ok\n");

	(void)state;
	assert_true(shellvars_get(&set, "A")->unresolved);
	assert_string_equal(shellvars_value(&set, "A"), "$NOBODY");
	assert_true(shellvars_get(&set, "B")->unresolved);
	assert_true(shellvars_get(&set, "C")->unresolved);
	assert_string_equal(shellvars_value(&set, "C"), "$(uname -r)x");
	assert_true(shellvars_get(&set, "D")->unresolved);
	assert_true(shellvars_get(&set, "E")->unresolved);
	assert_string_equal(shellvars_value(&set, "F"), "$");
	assert_false(shellvars_get(&set, "G")->unresolved);
}

static void the_last_of_several_files_wins(void **state)
{
	static const char first[] = "GRUB_CMDLINE_LINUX=\"root=/dev/sda1\"\nX=1\n";
	static const char second[] = "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX console=ttyS0\"\n";
	struct shellvars set = {0};
	const struct shellvar *v;

	(void)state;
	shellvars_parse(&set, &test_arena, first, strlen(first), 0);
	shellvars_parse(&set, &test_arena, second, strlen(second), 1);
	v = shellvars_get(&set, "GRUB_CMDLINE_LINUX");
	assert_string_equal(v->value, "root=/dev/sda1 console=ttyS0");
	assert_int_equal(v->file, 1);
	assert_int_equal(set.n, 3);
	assert_int_equal(set.at[0].file, 0);
}

static void hostile_text_stays_within_the_limits(void **state)
{
	static const char *const pieces[] = {
		"a=$a$a$a\n", "a=x\n", "$(", "${a", "a=`", "\"", "'", "\\", "a+=$a$a", "export "};
	size_t size = 1 << 20;
	char *text = malloc(size);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		size_t n = strlen(pieces[i]), len = 0;
		struct shellvars set = {0};
		struct arena a = {0};

		memcpy(text, "a=xy\n", 5);
		for (len = 5; len + n <= size; len += n)
			memcpy(text + len, pieces[i], n);
		shellvars_parse(&set, &a, text, len, 0);
		assert_true(set.n <= SHELLVARS_MAX);
		assert_true(a.total < ARENA_MAX / 2);
		arena_free(&a);
	}
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_what_sh_says),
		cmocka_unit_test(lines_and_text_are_those_of_the_file),
		cmocka_unit_test(unknown_variables_and_commands_are_marked),
		cmocka_unit_test(the_last_of_several_files_wins),
		cmocka_unit_test(hostile_text_stays_within_the_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
