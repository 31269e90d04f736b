/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <zlib.h>

#include "base/crc32.h"

static void published_values_come_out(void **state)
{
	(void)state;
	assert_int_equal(crc32_ieee(0, "", 0), 0);
	assert_int_equal(crc32_ieee(0, "123456789", 9), 0xcbf43926);
}

static void it_is_what_zlib_says(void **state)
{
	uint8_t p[300];

	(void)state;
	test_noise(p, sizeof(p), 3);
	for (size_t i = 0; i <= sizeof(p); i++) {
		uint32_t head = crc32_ieee(0, p, i);

		assert_int_equal(head, crc32(0, p, (unsigned)i));
		assert_int_equal(crc32_ieee(head, p + i, sizeof(p) - i), crc32(0, p, sizeof(p)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_values_come_out),
		cmocka_unit_test(it_is_what_zlib_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
