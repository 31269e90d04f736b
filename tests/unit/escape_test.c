/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/escape.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "tests/lib/testing.h"

static void expect(const char *in, size_t n, const char *want)
{
	char *buf = NULL;
	size_t len;
	FILE *out = open_memstream(&buf, &len);

	assert_non_null(out);
	text_escaped(out, in, n);
	fclose(out);
	assert_string_equal(buf, want);
	free(buf);
}

#define EXPECT(in, want) expect(in, sizeof(in) - 1, want)

static void ordinary_text_is_left_alone(void **state)
{
	(void)state;
	EXPECT("", "");
	EXPECT("root=UUID=1234 \"x\" \\ %s", "root=UUID=1234 \"x\" \\ %s");
	EXPECT("Gr\xC3\xBC\xC3\x9F\x65 \xE6\xBC\xA2 \xF0\x9F\x90\xA7",
		"Gr\xC3\xBC\xC3\x9F\x65 \xE6\xBC\xA2 \xF0\x9F\x90\xA7");
}

static void control_characters_are_named(void **state)
{
	(void)state;
	EXPECT("a\x1b[31mb", "a\\x1b[31mb");
	EXPECT("\r\n\t\b\a", "\\x0d\\x0a\\x09\\x08\\x07");
	EXPECT("nul\0del\x7f", "nul\\x00del\\x7f");
}

static void c1_controls_in_utf8_are_named(void **state)
{
	(void)state;
	EXPECT("\xC2\x9B\x33\x31m", "<U+009B>31m");
	EXPECT("\xC2\x85", "<U+0085>");
	EXPECT("\xC2\xA0", "\xC2\xA0");
}

static void text_that_turns_around_or_hides_is_named(void **state)
{
	(void)state;
	EXPECT("a\xE2\x80\xAE"
	       "b",
		"a<U+202E>b");
	EXPECT("\xE2\x81\xA6\xE2\x81\xA9", "<U+2066><U+2069>");
	EXPECT("\xEF\xBB\xBF", "<U+FEFF>");
	EXPECT("\xF3\xA0\x80\xA1", "<U+E0021>");
	EXPECT("\xE2\x80\xA8", "<U+2028>");
}

static void bytes_that_are_not_utf8_are_named_one_by_one(void **state)
{
	(void)state;
	EXPECT("\xFF\xFE", "\\xff\\xfe");
	EXPECT("\x80", "\\x80");
	EXPECT("\xC0\xAF", "\\xc0\\xaf");                   /* overlong */
	EXPECT("\xE0\x80\xAF", "\\xe0\\x80\\xaf");          /* overlong */
	EXPECT("\xED\xA0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
	EXPECT("\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* past U+10FFFF */
	EXPECT("\xE6\xBC", "\\xe6\\xbc");                   /* cut short */
	EXPECT("\xE6\xBCx", "\\xe6\\xbcx");
}

/* The C library's iconv is the other opinion. */
static void every_character_is_read_as_iconv_writes_it(void **state)
{
	iconv_t cd = iconv_open("UTF-8", "UTF-32LE");

	(void)state;
	assert_true(cd != (iconv_t)-1);
	for (uint32_t c = 1; c <= 0x10FFFF; c++) {
		char in[4], out[4], *ip = in, *op = out;
		size_t in_left = 4, out_left = 4;
		uint32_t got;

		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		for (unsigned i = 0; i < 4; i++)
			in[i] = (char)(c >> 8 * i & 0xFF);
		assert_int_equal(iconv(cd, &ip, &in_left, &op, &out_left), 0);
		if (utf8_next(out, 4 - out_left, &got) != 4 - out_left || got != c)
			fail_msg("U+%04X was read as U+%04X", c, got);
	}
	iconv_close(cd);
}

static void what_iconv_refuses_is_refused(void **state)
{
	iconv_t cd = iconv_open("UTF-32LE", "UTF-8");
	static const char leads[] = "\xC0\xC1\xC2\xDF\xE0\xE1\xED\xEF\xF0\xF1\xF4\xF5\xFF\x80";

	(void)state;
	assert_true(cd != (iconv_t)-1);
	for (uint32_t c = 0; c < 14U << 18; c++) {
		char in[4] = {leads[c >> 18], (char)(c >> 10), (char)(0x7F + (c >> 9 & 1)),
			(char)(0x7F + (c >> 8 & 1))};
		char out[16], *ip = in, *op = out;
		size_t in_left = 4, out_left = 4; /* room for the first character */
		uint32_t got;

		iconv(cd, NULL, NULL, NULL, NULL);
		iconv(cd, &ip, &in_left, &op, &out_left);
		utf8_next(in, 4, &got);
		if ((got == UTF8_BAD) != (out_left == 4))
			fail_msg("%02x %02x %02x %02x: U+%04X", (uint8_t)in[0], (uint8_t)in[1],
				(uint8_t)in[2], (uint8_t)in[3], got);
	}
	iconv_close(cd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_text_is_left_alone),
		cmocka_unit_test(control_characters_are_named),
		cmocka_unit_test(c1_controls_in_utf8_are_named),
		cmocka_unit_test(text_that_turns_around_or_hides_is_named),
		cmocka_unit_test(bytes_that_are_not_utf8_are_named_one_by_one),
		cmocka_unit_test(every_character_is_read_as_iconv_writes_it),
		cmocka_unit_test(what_iconv_refuses_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
