/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "tests/lib/testing.h"

static void spans_are_trimmed_and_compared(void **state)
{
	(void)state;
	assert_true(span_is(span_trim(span_of(" \t a b\r\n")), "a b"));
	assert_int_equal(span_trim(span_of(" \n ")).n, 0);
	assert_false(span_is(span_of("ab"), "abc"));
	assert_false(span_is(span_of("abc"), "ab"));
	assert_true(span_is_nocase(span_of("FooBar"), "fOOBAR"));
	assert_true(span_starts(span_of("foobar"), "foo"));
	assert_false(span_starts(span_of("fo"), "foo"));
	assert_true(span_ends(span_of("foobar"), "bar"));
	assert_false(span_ends(span_of("ar"), "bar"));
	assert_true(str_starts("foobar", "foo") && str_ends("foobar", "bar"));
	assert_true(str_starts("x", "") && str_ends("x", ""));
}

static void lines_are_counted(void **state)
{
	struct span rest = span_of("one\n\ntwo"), line;
	unsigned n = 0;

	(void)state;
	assert_true(next_line(&rest, &line, &n) && span_is(line, "one") && n == 1);
	assert_true(next_line(&rest, &line, &n) && span_is(line, "") && n == 2);
	assert_true(next_line(&rest, &line, &n) && span_is(line, "two") && n == 3);
	assert_false(next_line(&rest, &line, &n));
	assert_int_equal(n, 3);
}

static void words_are_taken(void **state)
{
	struct span rest = span_of("  a\tbc \r\n d "), word;

	(void)state;
	assert_true(next_word(&rest, &word) && span_is(word, "a"));
	assert_true(next_word(&rest, &word) && span_is(word, "bc"));
	assert_true(next_word(&rest, &word) && span_is(word, "d"));
	assert_false(next_word(&rest, &word));
}

static void numbers_are_whole_spans(void **state)
{
	unsigned long long v = 5;

	(void)state;
	assert_true(span_u64(span_of("18446744073709551615"), &v) && v == UINT64_MAX);
	v = 5;
	assert_false(span_u64(span_of("18446744073709551616"), &v));
	assert_false(span_u64(span_of(""), &v));
	assert_false(span_u64(span_of("12a"), &v));
	assert_false(span_u64(span_of("-1"), &v));
	assert_false(span_u64(span_of(" 1"), &v));
	assert_int_equal(v, 5);
}

static void versions_order_by_number(void **state)
{
	(void)state;
	assert_true(version_compare("9.9", "9.10") < 0);
	assert_true(version_compare("5.4.0-100-generic", "5.4.0-99-generic") > 0);
	assert_int_equal(version_compare("1.02", "1.2"), 0);
	assert_true(version_compare("1.2", "1.2.1") < 0);
	assert_true(version_compare("a", "b") < 0);
	assert_int_equal(version_compare("", ""), 0);
	assert_true(version_compare("99999999999999999999999", "99999999999999999999998") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_trimmed_and_compared),
		cmocka_unit_test(lines_are_counted),
		cmocka_unit_test(words_are_taken),
		cmocka_unit_test(numbers_are_whole_spans),
		cmocka_unit_test(versions_order_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
