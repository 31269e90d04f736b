/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <string.h>

#include "base/crc32c.h"

/* RFC 3720, B.4, and the check value that every table of checksums gives. */
static void published_values_come_out(void **state)
{
	uint8_t p[32];

	(void)state;
	assert_int_equal(crc32c(0, "", 0), 0);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	memset(p, 0, sizeof(p));
	assert_int_equal(crc32c(0, p, sizeof(p)), 0x8a9136aa);
	memset(p, 0xff, sizeof(p));
	assert_int_equal(crc32c(0, p, sizeof(p)), 0x62a8ab43);
	for (uint8_t i = 0; i < sizeof(p); i++)
		p[i] = i;
	assert_int_equal(crc32c(0, p, sizeof(p)), 0x46dd794e);
}

static void pieces_make_the_same_as_the_whole(void **state)
{
	uint8_t p[300];

	(void)state;
	test_noise(p, sizeof(p), 1);
	for (size_t i = 0; i <= sizeof(p); i++)
		assert_int_equal(
			crc32c(crc32c(0, p, i), p + i, sizeof(p) - i), crc32c(0, p, sizeof(p)));
}

static void the_processor_and_the_tables_agree(void **state)
{
	uint8_t p[300];

	(void)state;
	test_noise(p, sizeof(p), 2);
	for (size_t i = 0; i <= sizeof(p); i++)
		for (uint32_t crc = 0; crc < 3; crc++)
			assert_int_equal(crc32c(0x7fffffff * crc, p + i, sizeof(p) - i),
				crc32c_by_tables(0x7fffffff * crc, p + i, sizeof(p) - i));
	assert_int_equal(crc32c_by_tables(0, "123456789", 9), 0xe3069283);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_values_come_out),
		cmocka_unit_test(pieces_make_the_same_as_the_whole),
		cmocka_unit_test(the_processor_and_the_tables_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
