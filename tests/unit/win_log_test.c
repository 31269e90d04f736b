/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "parse/win_log.h"
#include "tests/lib/testing.h"

static struct win_log parsed(const char *text)
{
	struct win_log l;

	win_log_parse(&l, &test_arena, span_of(text));
	return l;
}

static void every_notation_is_one_number(void **state)
{
	static const struct {
		const char *text;
		uint32_t code;
	} same[] = {
		{"-2147023170", 0x800706BE},
		{"2147944126", 0x800706BE},
		{"0x800706BE", 0x800706BE},
		{"[0x800706be]", 0x800706BE},
		{"(-2147023170)", 0x800706BE},
		/* printed without its minus */
		{"2147221164", 0x80040154},
		{"-2147221164", 0x80040154},
		{"7", 7},
		{"0x7", 7},
	};
	static const char *const bad[] = {"", "-", "0x", "12a", "99999999999", "[1", "x1"};
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_true(hresult_parse(span_of(same[i].text), &code));
		assert_int_equal(code, same[i].code);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hresult_parse(span_of(bad[i]), &code));
}

#define RUN                                                                                        \
	"11:02:07 ASRUnifiedAgent: registering the VSS provider\r\n"                               \
	"11:02:09 Failed. Error code: -2147164145 [0x8004E00F]\r\n"                                \
	"11:02:09 Exit code: 802\r\n"

static void a_pair_of_codes(void **state)
{
	struct win_log l = parsed(RUN);
	const struct win_log_entry *exit = NULL, *e = win_log_pair(&l, 0x8004E00F, 802, &exit);

	(void)state;
	assert_non_null(e);
	assert_int_equal(e->line, 2);
	assert_string_equal(e->text, "11:02:09 Failed. Error code: -2147164145 [0x8004E00F]");
	assert_int_equal(exit->line, 3);
	assert_null(win_log_pair(&l, 0x800706BE, 802, &exit));
	assert_null(win_log_pair(&l, 0x8004E00F, 511, &exit));
}

static void small_error_numbers(void **state)
{
	struct win_log seven = parsed("error code: 7\nexit code: 511\n");
	struct win_log rpc = parsed("hr = 0x800706be\nExitCode=511\n");
	const struct win_log_entry *exit;

	(void)state;
	assert_non_null(win_log_pair(&seven, 7, 511, &exit));
	assert_null(win_log_pair(&seven, 0x800706BE, 511, &exit));
	assert_non_null(win_log_pair(&rpc, 0x800706BE, 511, &exit));
	assert_null(win_log_pair(&rpc, 7, 511, &exit));
}

static void a_later_success_ends_it(void **state)
{
	struct win_log l = parsed(RUN "12:00:00 The agent was installed successfully\n");
	const struct win_log_entry *exit;

	(void)state;
	assert_null(win_log_pair(&l, 0x8004E00F, 802, &exit));
	assert_false(win_log_is_open(&l, win_log_last(&l, LOG_EXIT, 802)));
	l = parsed("installed successfully\n" RUN);
	assert_non_null(win_log_pair(&l, 0x8004E00F, 802, &exit));
	assert_true(win_log_is_open(&l, win_log_last(&l, LOG_CODE, 0x8004E00F)));
}

static void codes_far_apart_are_no_pair(void **state)
{
	char text[4096] = "Error code: 0x8004E00F\n";
	const struct win_log_entry *exit;
	struct win_log l;

	(void)state;
	for (int i = 0; i < 60; i++)
		strcat(text, "a line\n");
	strcat(text, "exit code: 802\n");
	l = parsed(text);
	assert_null(win_log_pair(&l, 0x8004E00F, 802, &exit));
}

static void encodings(void **state)
{
	size_t n = strlen(RUN);
	char *wide = arena_alloc(&test_arena, 2 + 2 * n);
	struct span s;

	(void)state;
	memcpy(wide, "\xff\xfe", 2);
	for (size_t i = 0; i < n; i++)
		wide[2 + 2 * i] = RUN[i];
	s = win_log_utf8(&test_arena, wide, 2 + 2 * n);
	assert_int_equal(s.n, n);
	assert_memory_equal(s.p, RUN, n);
	memcpy(wide, "\xfe\xff", 2);
	for (size_t i = 0; i < n; i++) {
		wide[2 + 2 * i] = 0;
		wide[3 + 2 * i] = RUN[i];
	}
	s = win_log_utf8(&test_arena, wide, 2 + 2 * n);
	assert_memory_equal(s.p, RUN, n);
	s = win_log_utf8(&test_arena, "\xef\xbb\xbfx", 4);
	assert_true(span_is(s, "x"));
	s = win_log_utf8(&test_arena, "\x81\x82", 2);
	assert_int_equal(s.n, 2);
}

static void of_too_much_the_newest_is_kept(void **state)
{
	size_t lines = WIN_LOG_ENTRIES_MAX + 100;
	char *text = arena_alloc(&test_arena, lines * 24 + 1), *p = text;
	struct win_log l;

	(void)state;
	for (size_t i = 0; i < lines; i++)
		p += snprintf(p, 24, "exit code: %zu\n", i);
	win_log_parse(&l, &test_arena, (struct span){text, (size_t)(p - text)});
	assert_true(l.cut);
	assert_int_equal(l.entries.n, WIN_LOG_ENTRIES_MAX);
	assert_int_equal(l.entries.at[l.entries.n - 1].code, lines - 1);
	assert_int_equal(l.entries.at[l.entries.n - 1].line, lines);
	assert_true(l.entries.at[0].line < l.entries.at[1].line);
}

static void versions_of_the_agent_are_told(void **state)
{
	static const char *const others[] = {"9.67.7789.1 is installed", "version 19.67.7789.1",
		"version 9.67", "version 9.67.7789", "version 9.0.30729.6161", "version 9.x.1.2",
		"version 9.67..1", "version 9.", "version 9.67.1."};
	struct win_log l = parsed("Product Version: 9.67.7789.1\r\nnothing\n"
				  "Installing Azure Site Recovery Mobility Service 9.60.0.0\n");

	(void)state;
	assert_int_equal(l.entries.n, 2);
	assert_int_equal(l.entries.at[0].kind, LOG_VERSION);
	assert_int_equal(l.entries.at[0].code, 9 << 16 | 67);
	assert_int_equal(win_log_last(&l, LOG_VERSION, 0)->code, 9 << 16 | 60);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		l = parsed(others[i]);
		assert_null(win_log_last(&l, LOG_VERSION, 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_notation_is_one_number),
		cmocka_unit_test(versions_of_the_agent_are_told),
		cmocka_unit_test(a_pair_of_codes),
		cmocka_unit_test(small_error_numbers),
		cmocka_unit_test(a_later_success_ends_it),
		cmocka_unit_test(codes_far_apart_are_no_pair),
		cmocka_unit_test(encodings),
		cmocka_unit_test(of_too_much_the_newest_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
