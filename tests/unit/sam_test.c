/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Layouts as public descriptions of the SAM give them; values are written out here by hand.
 */
#include <string.h>

#include "base/bytes.h"
#include "parse/sam.h"
#include "tests/lib/testing.h"

static void put(uint8_t *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void times_of_windows(void **state)
{
	(void)state;
	assert_int_equal(filetime_seconds(116444736000000000ULL), 0);
	/* 2024-02-01 00:00 UTC */
	assert_int_equal(filetime_seconds(133512192000000000ULL), 1706745600);
	assert_int_equal(filetime_seconds(0), 0);
	assert_int_equal(filetime_seconds(0x7FFFFFFFFFFFFFFFULL), 0);
}

static void flags_counters_and_times_of_an_account(void **state)
{
	uint8_t f[80] = {2, 0, 1};
	struct sam_user u;

	(void)state;
	put(f + 0x20, 0x7FFFFFFFFFFFFFFFULL, 8);
	put(f + 0x28, 133512192000000000ULL, 8);
	put(f + 0x30, 1001, 4);
	put(f + 0x38, SAM_NORMAL_ACCOUNT | SAM_DISABLED, 2);
	put(f + 0x40, 7, 2);
	assert_true(sam_user_parse(&u, f, sizeof(f)));
	assert_int_equal(u.rid, 1001);
	assert_int_equal(u.flags, SAM_NORMAL_ACCOUNT | SAM_DISABLED);
	assert_int_equal(u.failed_logons, 7);
	assert_int_equal(u.last_bad_password, 1706745600);
	assert_int_equal(u.expires, 0);
	for (size_t n = 0; n < 0x42; n++)
		assert_false(sam_user_parse(&u, f, n));
}

static void when_accounts_lock(void **state)
{
	uint8_t f[240] = {0};
	struct sam_policy p;

	(void)state;
	put(f + 0x30, (uint64_t)-18000000000LL, 8);
	put(f + 0x38, (uint64_t)-6000000000LL, 8);
	put(f + 0x54, 10, 2);
	assert_true(sam_policy_parse(&p, f, sizeof(f)));
	assert_int_equal(p.duration, 1800);
	assert_int_equal(p.window, 600);
	assert_int_equal(p.threshold, 10);
	put(f + 0x30, 0x8000000000000000ULL, 8);
	sam_policy_parse(&p, f, sizeof(f));
	assert_int_equal(p.duration, -1);
	assert_false(sam_policy_parse(&p, f, 0x55));
}

static void sids(void **state)
{
	/* S-1-5-32-544, as everybody's documentation has it */
	static const uint8_t admins[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
	size_t n;

	(void)state;
	assert_string_equal(sid_text(&test_arena, admins, sizeof(admins), &n), "S-1-5-32-544");
	assert_int_equal(n, 16);
	assert_null(sid_text(&test_arena, admins, 15, &n));
	assert_null(sid_text(&test_arena, "\0\0\0\0", 4, NULL));
}

static void members_of_a_group(void **state)
{
	uint8_t c[0x34 + 28 + 16] = {0};
	static const uint8_t user[] = {1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,
		3, 0, 0, 0, 0xF4, 1, 0, 0};
	static const uint8_t group[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
	struct sid_list l;

	(void)state;
	put(c + 0x28, 0, 4);
	put(c + 0x2C, 28 + 16, 4);
	put(c + 0x30, 2, 4);
	memcpy(c + 0x34, user, sizeof(user));
	memcpy(c + 0x34 + 28, group, sizeof(group));
	assert_true(sam_members(&l, &test_arena, c, sizeof(c)));
	assert_int_equal(l.n, 2);
	assert_string_equal(l.at[0], "S-1-5-21-1-2-3-500");
	assert_string_equal(l.at[1], "S-1-5-32-544");
	put(c + 0x30, 3, 4); /* more than there are */
	assert_false(sam_members(&l, &test_arena, c, sizeof(c)));
	put(c + 0x28, 0xFFFFFFF0, 4);
	assert_false(sam_members(&l, &test_arena, c, sizeof(c)));
}

static void names(void **state)
{
	uint8_t v[0xCC + 16] = {0};

	(void)state;
	put(v + 0x0C, 4, 4);
	put(v + 0x10, 6, 4);
	memcpy(v + 0xCC + 4, "B\0o\0b\0", 6);
	assert_string_equal(sam_user_name(&test_arena, v, sizeof(v)), "Bob");
	put(v + 0x0C, 12, 4);
	assert_null(sam_user_name(&test_arena, v, sizeof(v)));
	assert_string_equal(
		sam_machine_sid(&test_arena, "\1\0\0\0\2\0\0\0\3\0\0\0", 12), "S-1-5-21-1-2-3");
	assert_null(sam_machine_sid(&test_arena, v, 11));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_windows),
		cmocka_unit_test(flags_counters_and_times_of_an_account),
		cmocka_unit_test(when_accounts_lock),
		cmocka_unit_test(sids),
		cmocka_unit_test(members_of_a_group),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
