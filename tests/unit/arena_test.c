/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include "tests/lib/testing.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"

static jmp_buf full;

static void blocks_are_zeroed_and_apart(void **state)
{
	struct arena a = {0};
	uint8_t *blocks[300];

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		blocks[i] = arena_alloc(&a, i * 7);
		assert_true((uintptr_t)blocks[i] % 16 == 0);
		assert_true(all_zero(blocks[i], i * 7));
		memset(blocks[i], (int)i, i * 7);
	}
	for (size_t i = 1; i < 300; i++)
		assert_true(blocks[i][0] == (uint8_t)i && blocks[i][i * 7 - 1] == (uint8_t)i);
	arena_free(&a);
}

static void a_large_block_leaves_room_in_the_current_chunk(void **state)
{
	struct arena a = {0};
	size_t before;

	(void)state;
	arena_alloc(&a, 16);
	memset(arena_alloc(&a, 1 << 20), 1, 1 << 20);
	before = a.total;
	arena_alloc(&a, 16);
	assert_int_equal(a.total, before);
	arena_free(&a);
	assert_null(a.chunks);
}

static void strings_are_copied(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_string_equal(arena_strdup(&a, "abc"), "abc");
	assert_null(arena_strdup(&a, NULL));
	assert_string_equal(arena_strndup(&a, "abc", 2), "ab");
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	arena_free(&a);
}

static void lists_grow_and_keep_their_elements(void **state)
{
	struct arena a = {0};
	LIST(unsigned) list = {0};
	unsigned i = 0;

	(void)state;
	for (; i < 1000; i++) {
		unsigned *p = list_add(&a, &list);

		assert_int_equal(*p, 0);
		*p = i;
	}
	assert_int_equal(list.n, 1000);
	i = 0;
	list_each(p, &list)
		assert_int_equal(*p, i++);
	arena_free(&a);
}

static void on_exhausted(void)
{
	longjmp(full, 1);
}

static void an_arena_has_an_end(void **state)
{
	struct arena a = {0};
	volatile size_t n = 0;

	(void)state;
	arena_on_exhausted(on_exhausted);
	if (!setjmp(full)) {
		for (; n < 2 * ARENA_MAX; n += 1 << 20)
			arena_alloc(&a, 1 << 20);
		fail();
	}
	assert_int_equal(n, ARENA_MAX);
	if (!setjmp(full)) {
		arena_alloc(&a, SIZE_MAX - 5);
		fail();
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_zeroed_and_apart),
		cmocka_unit_test(a_large_block_leaves_room_in_the_current_chunk),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(lists_grow_and_keep_their_elements),
		cmocka_unit_test(an_arena_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
