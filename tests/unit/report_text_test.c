/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include <string.h>

#include "base/text.h"
#include "tests/lib/sample.h"
#include "tests/lib/testing.h"

static struct report at_width(unsigned columns)
{
	struct report r = *sample_report();

	r.columns = columns;
	return r;
}

static void check_text(FILE *out, const struct report *r)
{
	report_format_find("text")->write(out, r);
}

static void a_report_is_as_expected_at_every_width(void **state)
{
	static const unsigned widths[] = {60, 80, 160};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct report r = at_width(widths[i]);

		sample_expect(arena_printf(&test_arena, "check-%u.txt", widths[i]),
			sample_written(check_text, &r));
		sample_expect(arena_printf(&test_arena, "layout-%u.txt", widths[i]),
			sample_written(layout_text, &r));
	}
}

static void only_single_words_and_commands_pass_the_width(void **state)
{
	(void)state;
	for (unsigned columns = 40; columns < 120; columns++) {
		struct report r = at_width(columns);
		struct span rest = span_of(sample_written(check_text, &r)), line;
		unsigned n = 0;

		while (next_line(&rest, &line, &n)) {
			struct span word, words = line;

			if (line.n <= columns || memmem(line.p, line.n, "grubby", 6))
				continue;
			next_word(&words, &word);
			if (next_word(&words, &word))
				fail_msg("%u columns, line %u: %.*s", columns, n, (int)line.n,
					line.p);
		}
	}
}

static void guest_text_cannot_reach_the_terminal(void **state)
{
	struct report r = at_width(80);
	const char *text = sample_written(check_text, &r);
	const char *tree = sample_written(layout_text, &r);

	(void)state;
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(tree, '\x1b'));
	assert_null(strstr(text, "\xE2\x80\xAE"));
	assert_non_null(strstr(text, "title=\\x1b[31mred"));
}

static void colour_changes_nothing_but_colour(void **state)
{
	struct report r = at_width(80);
	const char *plain = sample_written(check_text, &r);
	char *p;

	(void)state;
	r.color = true;
	p = (char *)sample_written(check_text, &r);
	assert_non_null(strstr(p, "\x1b[1;31mFAIL\x1b[0m"));
	for (char *in = p, *out = p; (*out = *in); in++) {
		if (*in == '\x1b')
			in = strchr(in, 'm');
		else
			out++;
	}
	assert_string_equal(p, plain);
}

static void stats_are_the_last_line_where_asked_for(void **state)
{
	struct stats stats = {.host_bytes_read = 213504,
		.host_reads = 107,
		.stages = {{"open", 0.25}, {"map", 1.0}}};
	struct report r = at_width(80);

	(void)state;
	assert_null(strstr(sample_written(check_text, &r), "\nread "));
	r.stats = &stats;
	assert_non_null(strstr(sample_written(check_text, &r),
		"\nread 213504 bytes in 107 reads; open 0.2 ms, map 1.0 ms\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_as_expected_at_every_width),
		cmocka_unit_test(only_single_words_and_commands_pass_the_width),
		cmocka_unit_test(guest_text_cannot_reach_the_terminal),
		cmocka_unit_test(colour_changes_nothing_but_colour),
		cmocka_unit_test(stats_are_the_last_line_where_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
