/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * wtmp: utmpdump makes it of text.
 */
#include <string.h>

#include "parse/wtmp.h"
#include "tests/lib/testing.h"

#define RECORD(type, user, line, time)                                                             \
	"[" type "] [00000] [~~  ] [" user "] [" line                                              \
	"] [6.1.0-18-amd64      ] [0.0.0.0        ] [" time "]\n"

static int64_t boot_in(const char *text)
{
	const char *bytes;
	size_t n;

	test_write_file(test_path("wtmp.txt"), text, strlen(text));
	test_must_run("utmpdump -r <wtmp.txt >wtmp");
	bytes = test_read_file(test_path("wtmp"), &n);
	assert_int_equal(n % WTMP_RECORD, 0);
	return wtmp_last_boot(bytes, n);
}

static void the_last_boot_is_found(void **state)
{
	(void)state;
	test_need_tool("utmpdump");
	assert_int_equal(
		boot_in(RECORD("2", "reboot  ", "~           ",
			"2024-02-20T07:00:00,000000+00:00") RECORD("2", "reboot  ", "~           ",
			"2024-02-28T08:00:00,123456+00:00") RECORD("7", "reboot  ", "tty1        ",
			"2024-02-28T09:00:00,000000+00:00") RECORD("1", "shutdown", "~           ",
			"2024-02-28T10:00:00,000000+00:00")),
		1709107200);
}

static void without_a_boot_there_is_none(void **state)
{
	(void)state;
	test_need_tool("utmpdump");
	assert_int_equal(boot_in(RECORD("7", "root    ", "tty1        ",
				 "2024-02-28T09:00:00,000000+00:00")),
		0);
	assert_int_equal(wtmp_last_boot("", 0), 0);
	assert_int_equal(wtmp_last_boot("\2\0reboot", 9), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_boot_is_found),
		cmocka_unit_test(without_a_boot_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
