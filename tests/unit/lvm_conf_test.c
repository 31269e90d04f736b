/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Filters of LVM.  "grep -E" is the oracle of the patterns, lvmconfig of the file.
 */
#include "parse/lvm_conf.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "parse/regex.h"
#include "tests/lib/testing.h"

static bool matches(const char *pattern, const char *text)
{
	const struct regex *r = NULL;
	struct err e = {0};

	if (regex_compile(pattern, &test_arena, &r, &e) < 0)
		fail_msg("%s: %s", pattern, e.msg);
	return regex_matches(r, text);
}

static void patterns_match_as_grep_says(void **state)
{
	static const char *const patterns[] = {"", ".*", "^/dev/sd", "/dev/sd[a-z]$",
		"^/dev/sd[ab][1-9]*$", "/dev/(sd|vd)a[0-9]?", "a|b|", "(a|b)*c", "x+y?z",
		"^/dev/disk/by-path/pci-.*", "[^/]$", "sda2$", "^$", "()", "(a|)b", "[]a]b",
		"[a-]c", "\\.", "/dev/mapper/mpath[a-z]+", "(((a+)+)+)+$", "^(a*)*b$", "a.c"};
	static const char *const texts[] = {"", "/dev/sda", "/dev/sdb1", "/dev/sda2", "/dev/vda1",
		"/dev/disk/by-path/pci-0000:03:00.0-scsi-0:0:0:0", "/dev/mapper/mpatha", "abc",
		"aaac", "xxyz", "b", "]b", "-c", "a.b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		"/dev/nvme0n1p1", "/"};
	const char *lines = "";

	(void)state;
	test_need_tool("grep");
	for (size_t j = 0; j < ARRAY_LEN(texts); j++)
		lines = arena_printf(&test_arena, "%s%s\n", lines, texts[j]);
	test_write_file(test_path("texts"), lines, strlen(lines));
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		const char *mine = "", *grep;

		for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
			if (matches(patterns[i], texts[j]))
				mine = arena_printf(&test_arena, "%s%s\n", mine, texts[j]);
		}
		grep = test_output("LC_ALL=C grep -E -e '%s' texts || true", patterns[i]);
		assert_string_equal(mine, grep);
	}
}

static void absurd_patterns_are_refused_or_fast(void **state)
{
	char deep[LVM_PATTERN_MAX + 2], *text = arena_alloc(&test_arena, 10001);
	const struct regex *r;
	struct err e;

	(void)state;
	assert_int_equal(regex_compile("(a", &test_arena, &r, &e), -EBADMSG);
	assert_int_equal(regex_compile("a)", &test_arena, &r, &e), -EBADMSG);
	assert_int_equal(regex_compile("*", &test_arena, &r, &e), -EBADMSG);
	assert_int_equal(regex_compile("[a", &test_arena, &r, &e), -EBADMSG);
	assert_int_equal(regex_compile("a\\", &test_arena, &r, &e), -EBADMSG);
	memset(deep, 'a', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(regex_compile(deep, &test_arena, &r, &e), -E2BIG);
	for (size_t i = 0; i < LVM_PATTERN_MAX; i++)
		deep[i] = i < 170 ? '(' : i < 171 ? 'a' : (i - 171) % 2 ? '*' : ')';
	deep[171 + 340] = '\0';
	memset(text, 'a', 10000);
	assert_true(matches(deep, text));
	memset(deep, '|', LVM_PATTERN_MAX);
	deep[LVM_PATTERN_MAX] = '\0';
	assert_true(matches(deep, text));
	for (size_t i = 0; i < LVM_PATTERN_MAX; i++)
		deep[i] = i % 2 ? '?' : 'a';
	assert_true(matches(deep, text));
}

static struct lvm_conf parse(const char *text)
{
	struct lvm_conf c = {0};
	struct err e = {0};

	if (lvm_conf_parse(&c, &test_arena, text, strlen(text), &e) < 0)
		fail_msg("%s", e.msg);
	return c;
}

static bool accepts(const char *filter, const char *const *names, size_t n)
{
	const char *text = arena_printf(&test_arena, "devices { filter = %s }", filter);
	struct lvm_conf c = parse(text);

	return lvm_filter_accepts(&c.filter, names, n, &test_arena);
}

static void first_pattern_decides_and_one_name_is_enough(void **state)
{
	const char *names[] = {"/dev/sda2", "/dev/disk/by-path/acpi-VMBUS:01-lun-0-part2"};

	(void)state;
	assert_true(accepts("[ \"a/.*/\" ]", names, 2));
	assert_true(accepts("[]", names, 2));
	assert_false(accepts("[ \"r|.*|\" ]", names, 2));
	assert_true(accepts("[ \"a|^/dev/sda|\", \"r|.*|\" ]", names, 2));
	assert_false(accepts("[ \"a|^/dev/disk/by-path/pci-.*|\", \"r|.*|\" ]", names, 2));
	assert_true(accepts("[ \"a|^/dev/disk/by-path/.*|\", \"r|.*|\" ]", names, 2));
	assert_false(accepts("[ \"r|/dev/sd|\" ]", names, 1));
	assert_true(accepts("[ \"r|/dev/vd|\" ]", names, 1));
	assert_true(accepts("\"a(sda)\"", names, 1));
}

static void last_assignment_wins(void **state)
{
	struct lvm_conf c = parse("# filter = [ \"r|.*|\" ]\ndevices {\n"
				  "filter = [ \"a|x|\" ]\nuse_devicesfile = 1\n"
				  "filter = [ \"a|y|\", 'r|.*|' ]\ndevicesfile = \"mine\"\n}\n");
	static const char more[] = "devices/filter = [ \"a|z|\" ]\ndevices/use_devicesfile=0\n";
	struct err e;

	(void)state;
	assert_int_equal(c.filter.line, 5);
	assert_int_equal(c.filter.patterns.n, 2);
	assert_string_equal(c.filter.patterns.at[0].regex, "y");
	assert_string_equal(c.filter.text, "filter = [ \"a|y|\", \"r|.*|\" ]");
	assert_int_equal(c.global_filter.line, 0);
	assert_int_equal(c.use_devicesfile, LVM_YES);
	assert_string_equal(c.devicesfile, "mine");
	assert_int_equal(lvm_conf_parse(&c, &test_arena, more, strlen(more), &e), 0);
	assert_string_equal(c.filter.patterns.at[0].regex, "z");
	assert_int_equal(c.use_devicesfile, LVM_NO);
}

static void patterns_without_sense_are_named(void **state)
{
	struct lvm_conf c = parse("devices { filter = [ \"a|x|\", \"b|x|\", \"a|\" ] }");

	(void)state;
	assert_int_equal(c.filter.patterns.n, 1);
	assert_string_equal(c.filter.bad, "a|");
}

/* What Debian installs, and the same with a filter, by LVM's own reading. */
static void lvm_conf_is_read_as_lvmconfig_reads_it(void **state)
{
	const char *text, *said;
	struct lvm_conf c;
	size_t len;

	(void)state;
	test_need_tool("lvmconfig");
	if (test_run("test -r /etc/lvm/lvm.conf"))
		test_skip("lvm.conf", "lvm2 is not installed");
	test_must_run("rm -rf conf; mkdir conf; sed 's,# global_filter = .*,global_filter = [ "
		      "\"a|^/dev/sd|\" \\, \"r|.*|\" ],' /etc/lvm/lvm.conf > conf/lvm.conf");
	text = test_read_file(test_path("conf/lvm.conf"), &len);
	c = parse(text);
	said = test_output("LVM_SYSTEM_DIR=$PWD/conf lvmconfig devices/global_filter 2>/dev/null");
	assert_true(c.global_filter.line);
	assert_string_equal(said, "global_filter=[\"a|^/dev/sd|\",\"r|.*|\"]\n");
	assert_int_equal(c.global_filter.patterns.n, 2);
	assert_int_equal(c.filter.line, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_as_grep_says),
		cmocka_unit_test(absurd_patterns_are_refused_or_fast),
		cmocka_unit_test(first_pattern_decides_and_one_name_is_enough),
		cmocka_unit_test(last_assignment_wins),
		cmocka_unit_test(patterns_without_sense_are_named),
		cmocka_unit_test(lvm_conf_is_read_as_lvmconfig_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
