/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/kernels.h"

#include <glob.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "tests/lib/testing.h"

#define JAMMY "UBUNTU-22.04-64"
#define BOOKWORM "DEBIAN12-64"

static void listed_kernels_are_found_and_gaps_are_not(void **state)
{
	struct kernel_answer k;

	(void)state;
	assert_true(kernel_listed(JAMMY, KERNELS_V2A, "9.67", "5.15.0-91-generic"));
	assert_true(kernel_listed(BOOKWORM, KERNELS_V2A, "9.66", "6.1.0-18-amd64"));
	assert_true(kernel_listed(BOOKWORM, KERNELS_V2A, "9.66.7643.1", "6.1.0-18-cloud-amd64"));

	k = kernel_lookup(BOOKWORM, KERNELS_V2A, "9.67", "6.1.0-9-amd64");
	assert_false(k.listed);
	assert_true(k.os_listed && k.flavour_listed && k.base_listed);
	assert_false(k.newer_than_base);
	assert_string_equal(k.highest, "6.1.0-41-amd64");

	k = kernel_lookup(BOOKWORM, KERNELS_V2A, "9.67", "6.1.0-99-amd64");
	assert_false(k.listed);
	assert_true(k.newer_than_base);

	k = kernel_lookup(BOOKWORM, KERNELS_V2A, "9.67", "6.1.0-18-rt-amd64");
	assert_false(k.listed || k.flavour_listed || k.base_listed || k.newer_than_all);

	k = kernel_lookup(JAMMY, KERNELS_V2A, "9.67", "9.0.0-1-generic");
	assert_true(k.newer_than_all && !k.base_listed);
	k = kernel_lookup(JAMMY, KERNELS_V2A, "9.67", "5.13.0-1-generic");
	assert_true(!k.newer_than_all && !k.base_listed && k.flavour_listed);
}

static void newer_agents_and_other_scenarios_know_more(void **state)
{
	struct kernel_answer k =
		kernel_lookup("UBUNTU-24.04-64", KERNELS_A2A, "9.66", "6.8.0-124-generic");

	(void)state;
	assert_false(k.listed);
	assert_true(k.listed_later);
	assert_true(kernel_listed("UBUNTU-24.04-64", KERNELS_A2A, "9.67", "6.8.0-124-generic"));
	assert_false(kernel_listed("UBUNTU-24.04-64", KERNELS_V2A, "9.67", "6.8.0-124-generic"));
	assert_false(kernel_lookup(JAMMY, KERNELS_V2A, "9.50", "5.15.0-91-generic").os_listed);
	assert_string_equal(kernel_newest_agent(), "9.67");
	assert_string_equal(kernel_oldest_agent(KERNELS_V2A), "9.66");
	assert_string_equal(kernel_oldest_agent(KERNELS_A2A), "9.65");
	assert_string_equal(kernel_lists_date(), "2026-07-02");
}

static void odd_questions_are_answered_no(void **state)
{
	static const char *const releases[] = {"", "-", "5", "5.15.0-", "5.15.0-91",
		"5.15.0-091-generic", "5.15.0-99999999999999999999-generic", "5.15.0--generic",
		"5.15.0-91-generic-x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(releases); i++)
		assert_false(kernel_listed(JAMMY, KERNELS_V2A, "9.67", releases[i]));
	assert_false(kernel_lookup(NULL, KERNELS_V2A, "9.67", "5.15.0-91-generic").os_listed);
	assert_false(kernel_lookup("RHEL8-64", KERNELS_V2A, "9.67", "4.18.0-1").os_listed);
	assert_false(kernel_listed(JAMMY, KERNELS_V2A, "x", "5.15.0-91-generic"));
}

/* ---- the lists ---- */

static const char *lists(void)
{
	return test_corpus("../data/asr-supported-kernels");
}

/* Calls back for every kernel of a file of the lists: words that end in a flavour, some with
 * another one right behind. */
static void each_release(const char *path, void (*fn)(const char *os_key, enum kernel_scenario s,
						   const char *agent, const char *release))
{
	const char *text = test_read_file(path, NULL), *base = strrchr(path, '/') + 1;
	const char *key = arena_strndup(&test_arena, base, (size_t)(strstr(base, "_supp") - base));
	const char *folder = memrchr(path, '/', (size_t)(base - 1 - path));
	enum kernel_scenario s = strstr(path, "/v2a/") ? KERNELS_V2A : KERNELS_A2A;
	const char *agent = arena_strndup(&test_arena, folder + 1, (size_t)(base - folder - 2));
	regmatch_t m[2];
	regex_t re;

	assert_int_equal(
		regcomp(&re, "(generic|azure|default|amd64)(:[0-9]*)?[\r\n]*", REG_EXTENDED), 0);
	for (; !regexec(&re, text, 2, m, 0); text += m[0].rm_eo)
		fn(key, s, agent, arena_strndup(&test_arena, text, (size_t)m[1].rm_eo));
	regfree(&re);
}

static size_t n_checked;

static void must_be_listed(
	const char *os_key, enum kernel_scenario s, const char *agent, const char *release)
{
	if (!kernel_listed(os_key, s, agent, release))
		fail_msg("%s %s is not listed for %s", os_key, release, agent);
	n_checked++;
}

static void every_line_of_the_lists_is_listed(void **state)
{
	const char *pattern = arena_printf(&test_arena, "%s/*/*/*.txt", lists());
	glob_t files;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		each_release(files.gl_pathv[i], must_be_listed);
	globfree(&files);
	assert_true(n_checked > 30000);
}

static void numbers_between_the_lines_are_not_listed(void **state)
{
	const char *all = test_output("cat %s/v2a/*/" JAMMY "_supported_kernels.txt", lists());

	(void)state;
	for (unsigned abi = 1; abi < 300; abi++) {
		const char *release = arena_printf(&test_arena, "5.15.0-%u-generic", abi);

		assert_int_equal(kernel_listed(JAMMY, KERNELS_V2A, "9.67", release),
			strstr(all, release) != NULL);
	}
}

static void the_table_is_what_the_script_makes_of_the_lists(void **state)
{
	const char *dir = lists();
	char here[PATH_MAX];

	(void)state;
	test_need_tool("python3");
	if (access("scripts/make-kernel-table", X_OK))
		test_skip("make-kernel-table", "not run from the checkout");
	assert_non_null(realpath(".", here));
	assert_string_equal(test_read_file("src/rules/kernel_table.c", NULL),
		test_output("%s/scripts/make-kernel-table %s", here, dir));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed_kernels_are_found_and_gaps_are_not),
		cmocka_unit_test(newer_agents_and_other_scenarios_know_more),
		cmocka_unit_test(odd_questions_are_answered_no),
		cmocka_unit_test(every_line_of_the_lists_is_listed),
		cmocka_unit_test(numbers_between_the_lines_are_not_listed),
		cmocka_unit_test(the_table_is_what_the_script_makes_of_the_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
