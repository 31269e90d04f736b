/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * "modprobe --showconfig" is the oracle.
 */
#include "parse/modprobe.h"

#include <string.h>

#include "tests/lib/testing.h"

static const char text[] =
	"# comment\noptions scsi_mod use_blk_mq=1 scan=sync\noptions dm-mod use_blk_mq=y\n"
	"alias scsi_hostadapter cciss\nalias   eth0 e1000\nblacklist  floppy\n"
	"install usb-storage /bin/true\noptions snd\\\n  index=0 \\\nmodel=auto\nsoftdep a pre: b\n"
	"options\noptions lonely\n";

static struct modprobe parse(const char *s)
{
	struct modprobe m;

	modprobe_parse(&m, &test_arena, s, strlen(s));
	return m;
}

static void lines_have_a_kind_a_name_and_a_rest(void **state)
{
	struct modprobe m = parse(text);

	(void)state;
	assert_int_equal(m.n, 8);
	assert_string_equal(m.at[1].name, "dm_mod");
	assert_int_equal(m.at[1].line, 3);
	assert_int_equal(m.at[2].kind, MODPROBE_ALIAS);
	assert_string_equal(m.at[2].rest, "cciss");
	assert_int_equal(m.at[6].line, 8);
	assert_string_equal(m.at[7].rest, "");
}

static void options_have_values(void **state)
{
	struct modprobe m = parse("options m a=1 b ab=3 a=2\n");

	(void)state;
	assert_string_equal(modprobe_option(&test_arena, &m.at[0], "a"), "2");
	assert_string_equal(modprobe_option(&test_arena, &m.at[0], "b"), "");
	assert_string_equal(modprobe_option(&test_arena, &m.at[0], "ab"), "3");
	assert_null(modprobe_option(&test_arena, &m.at[0], "c"));
}

static const char *squeezed(const char *s)
{
	char *out = arena_strdup(&test_arena, s), *w = out;

	for (; *s; s++) {
		if (*s != ' ' && *s != '\t')
			*w++ = *s;
		else if (w > out && w[-1] != ' ')
			*w++ = ' ';
	}
	*w = '\0';
	return out;
}

static void options_are_those_of_modprobe(void **state)
{
	struct modprobe m = parse(text);
	const char *mine = "", *said;

	(void)state;
	test_need_tool("modprobe");
	test_must_run("rm -rf conf; mkdir conf");
	test_write_file(test_path("conf/a.conf"), text, strlen(text));
	said = test_output(
		"modprobe -C conf --showconfig | grep -E '^(options|alias scsi|blacklist)'"
		" | sed 's/ *$//'");
	list_each(l, &m) {
		static const char *const words[] = {"options", "alias", "blacklist"};

		if (l->kind == MODPROBE_INSTALL || !strcmp(l->name, "eth0"))
			continue;
		if (!*l->rest && l->kind == MODPROBE_OPTIONS)
			continue; /* modprobe leaves out what sets nothing */
		if (!strstr(squeezed(said),
			    squeezed(arena_printf(&test_arena, "%s %s%s%s\n", words[l->kind],
				    l->name, *l->rest ? " " : "", l->rest))))
			mine = arena_printf(&test_arena, "%s%s\n", mine, l->text);
	}
	if (*mine)
		fail_msg("modprobe knows nothing of:\n%sbut says:\n%s", mine, said);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_a_kind_a_name_and_a_rest),
		cmocka_unit_test(options_have_values),
		cmocka_unit_test(options_are_those_of_modprobe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
