/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Headers as GNU tar writes them; whole archives are machine_test's.
 */
#include "parse/tar.h"

#include "tests/lib/testing.h"

#include <stdio.h>
#include <string.h>

/* The first block of an archive that tar makes of a file of n bytes. */
static const uint8_t *made(const char *format, const char *name, size_t n)
{
	test_need_tool("tar");
	test_must_run("mkdir -p \"$(dirname '%s')\" && head -c %zu /dev/zero >'%s' && "
		      "tar -c --format=%s -f made.tar '%s'",
		name, n, name, format, name);
	return (const uint8_t *)test_read_file(test_path("made.tar"), NULL);
}

static void reseal(uint8_t *block)
{
	unsigned sum = 0;

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
}

static void headers_of_every_format_are_read(void **state)
{
	static const char *const formats[] = {"v7", "oldgnu", "gnu", "ustar", "pax"};
	struct tar_header h;

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		assert_true(tar_header_parse(made(formats[i], "d/web.ovf", 3000), &h));
		/* pax may put a header of its own first. */
		if (h.type != 'x') {
			assert_int_equal(h.type, '0');
			assert_int_equal(h.size, 3000);
			assert_string_equal(h.name, "d/web.ovf");
		}
	}
}

static void a_long_name_is_put_together(void **state)
{
	char name[200];
	struct tar_header h;

	(void)state;
	memset(name, 'd', sizeof(name));
	name[90] = '/';
	name[180] = '\0';
	assert_true(tar_header_parse(made("ustar", name, 1), &h));
	assert_string_equal(h.name, name);
	assert_true(tar_header_parse(made("gnu", name, 1), &h));
	assert_int_equal(h.type, 'L');
	assert_int_equal(h.size, 181);
}

static void fields_without_a_zero_at_their_end_are_read(void **state)
{
	uint8_t block[TAR_BLOCK] = {0};
	struct tar_header h;

	(void)state;
	memset(block, 'n', 100);
	memset(block + 345, 'p', 155);
	memcpy(block + 257,
		"ustar\0"
		"00",
		8);
	memcpy(block + 124, "777777777777", 12);
	reseal(block);
	assert_true(tar_header_parse(block, &h));
	assert_int_equal(strlen(h.name), 256);
	assert_true(h.size == (1ULL << 36) - 1);
	assert_int_equal(h.type, '0');
}

static void sizes_past_octal_are_binary(void **state)
{
	uint8_t block[TAR_BLOCK] = {0};
	struct tar_header h;

	(void)state;
	memset(block + 124, 0, 12);
	block[124] = 0x80;
	block[124 + 6] = 0x12;
	block[124 + 11] = 0x34;
	reseal(block);
	assert_true(tar_header_parse(block, &h));
	assert_true(h.size == 0x120000000034ULL);
	/* Negative, more than 64 bits, and no number at all. */
	memset(block + 124, 0xff, 12);
	reseal(block);
	assert_false(tar_header_parse(block, &h));
	memset(block + 125, 0xff, 11);
	block[124] = 0x80;
	reseal(block);
	assert_false(tar_header_parse(block, &h));
	memcpy(block + 124, "12x45678901\0", 12);
	reseal(block);
	assert_false(tar_header_parse(block, &h));
}

static void a_wrong_checksum_is_no_header(void **state)
{
	uint8_t block[TAR_BLOCK];
	struct tar_header h;

	(void)state;
	for (size_t at = 0; at < TAR_BLOCK; at += 37) {
		memcpy(block, made("ustar", "web.ovf", 1), TAR_BLOCK);
		block[at] ^= 0x41;
		assert_false(tar_header_parse(block, &h));
	}
	memset(block, 0, sizeof(block));
	assert_false(tar_header_parse(block, &h));
}

static void bytes_may_have_been_summed_as_signed_ones(void **state)
{
	uint8_t block[TAR_BLOCK] = "\xc3\xa4";
	struct tar_header h;
	int sum = 0;

	(void)state;
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (int8_t)block[i];
	snprintf((char *)block + 148, 8, "%06o", (unsigned)sum);
	assert_true(tar_header_parse(block, &h));
	assert_string_equal(h.name, "\xc3\xa4");
}

static void pax_records_are_found(void **state)
{
	static const char text[] = "12 path=abc\n30 mtime=1700000000.123456789\n10 size=7\n"
				   "12 path=a=b\n27 GNU.sparse.realsize=500\n";
	struct span v;

	(void)state;
	assert_true(tar_pax_find(text, strlen(text), "path", &v));
	assert_true(span_is(v, "a=b"));
	assert_true(tar_pax_find(text, strlen(text), "size", &v));
	assert_true(span_is(v, "7"));
	assert_false(tar_pax_find(text, strlen(text), "pat", &v));
	assert_true(tar_pax_has(text, strlen(text), "GNU.sparse."));
	assert_false(tar_pax_has(text, strlen(text), "SCHILY."));
}

static void pax_records_that_make_no_sense_end_the_search(void **state)
{
	static const char *const texts[] = {"", "9", "99 path=abc\n", "0 path=abc\n",
		"3 path=abc\n", "-1 path=abc\n", "18446744073709551615 path=abc\n", "11 path=abc\n",
		"path=abc\n", "2 \n", "3 \n\n", "10 pathabc\n"};
	struct span v;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (tar_pax_find(texts[i], strlen(texts[i]), "path", &v))
			fail_msg("%s", texts[i]);
		tar_pax_has(texts[i], strlen(texts[i]), "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_of_every_format_are_read),
		cmocka_unit_test(a_long_name_is_put_together),
		cmocka_unit_test(fields_without_a_zero_at_their_end_are_read),
		cmocka_unit_test(sizes_past_octal_are_binary),
		cmocka_unit_test(a_wrong_checksum_is_no_header),
		cmocka_unit_test(bytes_may_have_been_summed_as_signed_ones),
		cmocka_unit_test(pax_records_are_found),
		cmocka_unit_test(pax_records_that_make_no_sense_end_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
