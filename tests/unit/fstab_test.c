/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/fstab.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/lib/testing.h"

static struct fstab parse(const char *text)
{
	struct fstab f;

	fstab_parse(&f, &test_arena, text, strlen(text));
	return f;
}

static void fields_lines_and_text_are_kept(void **state)
{
	struct fstab f = parse("# comment\n\n"
			       "UUID=62927e85 /  ext4\terrors=remount-ro 0 1\n"
			       "/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto\n"
			       "/dev/sdb1 /my\\040disk ext4 "
			       "defaults,nofail,x-systemd.device-timeout=5 0 2 # data\n");

	(void)state;
	assert_int_equal(f.n, 3);
	assert_string_equal(f.at[0].spec, "UUID=62927e85");
	assert_string_equal(f.at[0].dir, "/");
	assert_string_equal(f.at[0].type, "ext4");
	assert_string_equal(f.at[0].options, "errors=remount-ro");
	assert_int_equal(f.at[0].passno, 1);
	assert_int_equal(f.at[0].line, 3);
	assert_string_equal(f.at[0].text, "UUID=62927e85 /  ext4\terrors=remount-ro 0 1");
	assert_int_equal(f.at[1].n_fields, 4);
	assert_string_equal(f.at[2].dir, "/my disk");
	assert_int_equal(f.at[2].n_fields, 6);
	assert_true(fstab_has_option(&f.at[2], "nofail"));
	assert_false(fstab_has_option(&f.at[2], "fail"));
	assert_string_equal(
		fstab_option_value(&test_arena, &f.at[2], "x-systemd.device-timeout"), "5");
	assert_null(fstab_option_value(&test_arena, &f.at[2], "nofail"));
}

static void carriage_returns_and_bad_lines_are_told(void **state)
{
	struct fstab f = parse(
		"LABEL=a /a ext4 defaults 0 0\r\n/dev/sda1\nLABEL=b /b ext4 ro x 0\n"
		"LABEL=c /c ext4 ro # note\nLABEL=d /d ext4 ro 0 0 extra\nLABEL=e /e ext4 ro 1");

	(void)state;
	assert_int_equal(f.n, 6);
	assert_true(f.at[0].crlf);
	assert_string_equal(f.at[0].text, "LABEL=a /a ext4 defaults 0 0");
	assert_int_equal(f.at[1].n_fields, 1);
	assert_string_equal(f.at[1].dir, "");
	assert_true(f.at[2].bad_number);
	assert_true(f.at[3].bad_number);
	assert_int_equal(f.at[3].n_fields, 4);
	assert_int_equal(f.at[4].n_fields, 7);
	assert_int_equal(f.at[5].freq, 1);
}

/* One line an entry, as findmnt prints them raw: spaces as \x20. */
static const char *as_findmnt(const struct fstab *f)
{
	const char *text = "";

	list_each(e, f) {
		const char *fields[4] = {e->spec, e->dir, e->type, e->options};

		if (e->n_fields < 3 || e->bad_number)
			continue;
		for (size_t i = 0; i < 4; i++) {
			for (const char *p = fields[i]; *p; p++)
				text = arena_printf(
					&test_arena, *p == ' ' ? "%s\\x20" : "%s%c", text, *p);
			text = arena_printf(&test_arena, "%s ", text);
		}
		text = arena_printf(&test_arena, "%s%d %d\n", text, e->freq, e->passno);
	}
	return text;
}

static void findmnt_reads_the_same(void **state)
{
	static const char *const paths[] = {"configs/augeas/etc_fstab",
		"configs/augeasproviders/fstab-full", "configs/suse-migration/bind-mounted.fstab",
		"configs/suse-migration/system-root.fstab"};

	(void)state;
	test_need_tool("findmnt");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *path = test_corpus(paths[i]);
		size_t len;
		const char *text = test_read_file(path, &len);
		struct fstab f;

		fstab_parse(&f, &test_arena, text, len);
		assert_string_equal(
			as_findmnt(&f), test_output("findmnt --tab-file %s -rn -o "
						    "SOURCE,TARGET,FSTYPE,OPTIONS,FREQ,PASSNO",
						path));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_lines_and_text_are_kept),
		cmocka_unit_test(carriage_returns_and_bad_lines_are_told),
		cmocka_unit_test(findmnt_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
