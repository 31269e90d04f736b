/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/passwd.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/lib/testing.h"

static void accounts_have_their_numbers_home_and_shell(void **state)
{
	static const char text[] = "root:x:0:0:root:/root:/bin/bash\n# c\n+::::::\nbroken:x:1\n"
				   "nobody::65534:65534:a,b:/nonexistent:/usr/sbin/nologin\n"
				   "odd:*:-2:x::/:\n";
	struct passwd p;

	(void)state;
	passwd_parse(&p, &test_arena, text, strlen(text));
	assert_int_equal(p.n, 3);
	assert_int_equal(passwd_get(&p, "root")->uid, 0);
	assert_true(passwd_get(&p, "root")->has_shadow);
	assert_string_equal(passwd_get(&p, "root")->shell, "/bin/bash");
	assert_int_equal(passwd_get(&p, "nobody")->line, 5);
	assert_true(passwd_get(&p, "nobody")->empty_password);
	assert_int_equal(passwd_get(&p, "odd")->uid, -1);
	assert_string_equal(passwd_get(&p, "odd")->shell, "");
	assert_null(passwd_get(&p, "bob"));
}

static void passwords_are_classified(void **state)
{
	static const struct {
		const char *hash;
		enum shadow_state state;
		bool locked_hash;
	} cases[] = {
		{"", SHADOW_EMPTY, false},
		{"*", SHADOW_LOCKED, false},
		{"!", SHADOW_LOCKED, false},
		{"!!", SHADOW_LOCKED, false},
		{"!*", SHADOW_LOCKED, false},
		{"!$6$salt$0123456789", SHADOW_LOCKED, true},
		{"!!$1$salt$0123456789", SHADOW_LOCKED, true},
		{"*LK*", SHADOW_LOCKED, false},
		{"*LK*$6$salt$0123456789", SHADOW_LOCKED, true},
		{"x", SHADOW_LOCKED, false},
		{"NP", SHADOW_LOCKED, false},
		{"$6$salt$0123456789", SHADOW_USABLE, false},
		{"$y$j9T$salt$0123456789", SHADOW_USABLE, false},
		{"ab0123456789.", SHADOW_USABLE, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = arena_printf(
			&test_arena, "root:%s:19000:0:99999:7:10:20000:\n", cases[i].hash);
		struct shadow s;

		shadow_parse(&s, &test_arena, text, strlen(text));
		assert_int_equal(s.at[0].state, cases[i].state);
		assert_int_equal(s.at[0].locked_hash, cases[i].locked_hash);
		assert_int_equal(s.at[0].last_change, 19000);
		assert_int_equal(s.at[0].max, 99999);
		assert_int_equal(s.at[0].inactive, 10);
		assert_int_equal(s.at[0].expire, 20000);
	}
}

static void no_hash_is_kept(void **state)
{
	static const char text[] =
		"root:$6$pepper$HASHHASHHASH:19000::::::\nbob:!$6$pepper$HASHHASH:::::::\n";
	struct arena a = {0};
	struct shadow s;
	const char *memory;

	(void)state;
	/* All that the parser allocates lies right behind this. */
	memory = arena_alloc(&a, 16);
	shadow_parse(&s, &a, text, strlen(text));
	assert_int_equal(shadow_get(&s, "root")->max, -1);
	assert_null(memmem(memory, 1024, "HASH", 4));
	assert_null(memmem(memory, 1024, "pepper", 6));
	arena_free(&a);
}

static void members_of_a_group_are_found(void **state)
{
	static const char text[] = "root:x:0:\nsudo:x:27:alice,bob\n";
	struct group g;

	(void)state;
	group_parse(&g, &test_arena, text, strlen(text));
	assert_int_equal(g.at[1].gid, 27);
	assert_true(group_has(&g.at[1], "bob"));
	assert_false(group_has(&g.at[1], "bo"));
	assert_false(group_has(&g.at[0], "root"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_have_their_numbers_home_and_shell),
		cmocka_unit_test(passwords_are_classified),
		cmocka_unit_test(no_hash_is_kept),
		cmocka_unit_test(members_of_a_group_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
