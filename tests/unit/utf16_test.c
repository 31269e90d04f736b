/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <string.h>

#include "base/utf16.h"

static const char *le(const void *p, size_t n)
{
	return utf16_to_utf8(&test_arena, p, n, UTF16_LE);
}

static void text_comes_out_as_iconv_writes_it(void **state)
{
	const char *utf8 = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xbe.vhdx", *wide;
	size_t n;

	(void)state;
	test_write_file(test_path("name"), utf8, strlen(utf8));
	test_must_run("iconv -f UTF-8 -t UTF-16LE name >le && iconv -f UTF-8 -t UTF-16BE name >be");
	wide = test_read_file(test_path("le"), &n);
	assert_string_equal(le(wide, n), utf8);
	wide = test_read_file(test_path("be"), &n);
	assert_string_equal(utf16_to_utf8(&test_arena, wide, n, UTF16_BE), utf8);
}

static void half_pairs_become_replacement_characters(void **state)
{
	(void)state;
	assert_string_equal(le("\x3d\xd8", 2), "\xef\xbf\xbd");
	assert_string_equal(le("\x3d\xd8x\0", 4), "\xef\xbf\xbdx");
	assert_string_equal(le("\xbe\xdcx\0", 4), "\xef\xbf\xbdx");
	assert_string_equal(le("\x3d\xd8\x3d\xd8\xbe\xdc", 6), "\xef\xbf\xbd\xf0\x9f\x92\xbe");
}

static void text_ends_at_a_nul_or_an_odd_byte(void **state)
{
	(void)state;
	assert_string_equal(le("a\0\0\0b\0", 6), "a");
	assert_string_equal(le("a\0b", 3), "a");
	assert_string_equal(le("", 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_out_as_iconv_writes_it),
		cmocka_unit_test(half_pairs_become_replacement_characters),
		cmocka_unit_test(text_ends_at_a_nul_or_an_odd_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
