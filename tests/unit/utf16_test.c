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

static void names_keep_every_unit(void **state)
{
	char name[UTF16_ROOM(8)];

	(void)state;
	assert_int_equal(utf16_name(name, "a\0\0\0\x3d\xd8", 6, UTF16_LE), 7);
	assert_memory_equal(name, "a\xef\xbf\xbd\xef\xbf\xbd", 7);
}

static void utf8_becomes_what_iconv_makes_of_it(void **state)
{
	const char *utf8 = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xbe.\xef\xbf\xbf";
	uint16_t units[16];
	const char *wide;
	size_t n;

	(void)state;
	test_write_file(test_path("name"), utf8, strlen(utf8));
	test_must_run("iconv -f UTF-8 -t UTF-16LE name >le");
	wide = test_read_file(test_path("le"), &n);
	assert_int_equal(utf16_from_utf8(units, 16, utf8, strlen(utf8)), n / 2);
	for (size_t i = 0; i < n / 2; i++)
		assert_int_equal(units[i], (uint8_t)wide[2 * i] | (uint8_t)wide[2 * i + 1] << 8);
}

static void what_is_not_utf8_becomes_nothing(void **state)
{
	static const char *const bad[] = {"\x80", "a\xff", "\xc3", "\xc3(", "\xc0\x80",
		"\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"};
	uint16_t units[8];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(utf16_from_utf8(units, 8, bad[i], strlen(bad[i])), 0);
	assert_int_equal(utf16_from_utf8(units, 3, "abc", 3), 3);
	assert_int_equal(utf16_from_utf8(units, 2, "abc", 3), 0);
	assert_int_equal(utf16_from_utf8(units, 3, "ab\xf0\x9f\x92\xbe", 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_out_as_iconv_writes_it),
		cmocka_unit_test(half_pairs_become_replacement_characters),
		cmocka_unit_test(text_ends_at_a_nul_or_an_odd_byte),
		cmocka_unit_test(names_keep_every_unit),
		cmocka_unit_test(utf8_becomes_what_iconv_makes_of_it),
		cmocka_unit_test(what_is_not_utf8_becomes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
