/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/ini.h"
#include "tests/lib/testing.h"

static const char *value(const char *text, const char *key, unsigned line)
{
	struct span v, at;
	unsigned n;

	if (!ini_value(span_of(text), key, &v, &at, &n))
		return NULL;
	assert_int_equal(n, line);
	assert_true(at.n >= v.n);
	return arena_strndup(&test_arena, v.p, v.n);
}

static void keys_and_values(void **state)
{
	(void)state;
	assert_string_equal(
		value("[vxagent]\r\nVmPlatform = VmWare\r\n", "VmPlatform", 2), "VmWare");
	assert_string_equal(value("cstype=\"CSPrime\"", "CSType", 1), "CSPrime");
	assert_string_equal(value("a=1\n a = 2 \nb=3", "a", 2), "2");
	assert_string_equal(value("a=b=c", "a", 1), "b=c");
	assert_string_equal(value("a=", "a", 1), "");
	assert_string_equal(value("a=\"", "a", 1), "\"");
}

static void what_is_no_value(void **state)
{
	(void)state;
	assert_null(value("#a=1\n;a=2\n[a=3]\na\n", "a", 0));
	assert_null(value("ab=1\n=2\n", "a", 0));
	assert_null(value("", "a", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_values),
		cmocka_unit_test(what_is_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
