/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/bytes.h"

#include "tests/lib/testing.h"

#include <string.h>

#include "base/checked.h"

static const uint8_t p[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void numbers_are_read_in_order(void **state)
{
	struct bytes b = bytes_of(p, sizeof(p));

	(void)state;
	assert_int_equal(bytes_u8(&b), 1);
	assert_int_equal(bytes_le16(&b), 0x0302);
	assert_int_equal(bytes_le32(&b), 0x07060504);
	assert_true(bytes_le64(&b) == 0x0f0e0d0c0b0a0908);
	assert_false(b.bad);
	assert_int_equal(bytes_left(&b), 0);
	b = bytes_at(p, sizeof(p), 1);
	assert_int_equal(bytes_be16(&b), 0x0203);
	assert_int_equal(bytes_be32(&b), 0x04050607);
	assert_true(bytes_be64(&b) == 0x08090a0b0c0d0e0f);
	assert_false(b.bad);
}

static void past_the_end_is_zero_and_bad_for_good(void **state)
{
	struct bytes b = bytes_of(p, 3);

	(void)state;
	assert_int_equal(bytes_le32(&b), 0);
	assert_true(b.bad);
	assert_int_equal(bytes_u8(&b), 0);
	assert_int_equal(bytes_left(&b), 0);
	assert_true(bytes_at(p, 3, 4).bad);
	assert_false(bytes_at(p, 3, 3).bad);
}

static void skip_copy_and_match_are_bounded(void **state)
{
	struct bytes b = bytes_of(p, sizeof(p));
	uint8_t out[4];

	(void)state;
	bytes_skip(&b, 2);
	bytes_copy(&b, out, 4);
	assert_memory_equal(out, p + 2, 4);
	assert_true(bytes_match(&b, "\x07\x08", 2));
	assert_false(bytes_match(&b, "xy", 2));
	assert_int_equal(bytes_u8(&b), 11);
	bytes_copy(&b, out, 4);
	assert_false(b.bad);
	bytes_copy(&b, out, 4);
	assert_true(b.bad && all_zero(out, 4));
	b = bytes_of(p, sizeof(p));
	bytes_skip(&b, SIZE_MAX);
	assert_true(b.bad);
	assert_false(bytes_match(&b, "", 0));
}

static void single_fields(void **state)
{
	(void)state;
	assert_int_equal(get_le16(p), 0x0201);
	assert_int_equal(get_le32(p), 0x04030201);
	assert_true(get_le64(p) == 0x0807060504030201);
	assert_int_equal(get_be32(p), 0x01020304);
	assert_true(get_be64(p) == 0x0102030405060708);
}

static void zeros_are_known(void **state)
{
	static const uint8_t zeros[100], last[3] = {0, 0, 1}, first[3] = {1, 0, 0};

	(void)state;
	assert_true(all_zero(zeros, sizeof(zeros)));
	assert_true(all_zero(first, 0));
	assert_false(all_zero(last, 3));
	assert_false(all_zero(first, 3));
}

static void arithmetic_says_when_it_does_not_fit(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_false(checked_add(UINT64_MAX, 1, &v));
	assert_true(checked_add(UINT64_MAX, 0, &v));
	assert_false(checked_mul(1ULL << 32, 1ULL << 32, &v));
	assert_true(checked_mul(1ULL << 32, 1ULL << 31, &v) && v == 1ULL << 63);
	assert_true(range_inside(10, 0, 10));
	assert_true(range_inside(3, 7, 10));
	assert_false(range_inside(3, 8, 10));
	assert_false(range_inside(11, 0, 10));
	assert_false(range_inside(2, UINT64_MAX, 10));
	assert_int_equal(div_up(10, 3), 4);
	assert_int_equal(div_up(9, 3), 3);
	assert_true(div_up(UINT64_MAX, 2) == 1ULL << 63);
	assert_true(is_power_of_two(1) && is_power_of_two(4096));
	assert_false(is_power_of_two(0) || is_power_of_two(12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_order),
		cmocka_unit_test(past_the_end_is_zero_and_bad_for_good),
		cmocka_unit_test(skip_copy_and_match_are_bounded),
		cmocka_unit_test(single_fields),
		cmocka_unit_test(zeros_are_known),
		cmocka_unit_test(arithmetic_says_when_it_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
