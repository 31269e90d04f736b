/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/multipath_conf.h"

#include <string.h>

#include "tests/lib/testing.h"

static struct multipath_conf parse(const char *text)
{
	struct multipath_conf c;

	multipath_conf_parse(&c, &test_arena, text, strlen(text));
	return c;
}

/* What Ubuntu's package installs. */
static void stock_file_has_one_setting(void **state)
{
	struct multipath_conf c = parse("defaults {\n    user_friendly_names yes\n}\n");

	(void)state;
	assert_int_equal(c.n, 1);
	assert_string_equal(c.at[0].section, "defaults");
	assert_string_equal(c.at[0].name, "user_friendly_names");
	assert_string_equal(c.at[0].value, "yes");
	assert_int_equal(c.at[0].line, 2);
}

static void sections_nest(void **state)
{
	struct multipath_conf c = parse("# c {\nblacklist { # all\n\tdevnode \".*\"\n}\n"
					"multipaths {\n\tmultipath {\n\t\twwid \"3600 #!{\"\n"
					"\t\talias boot\n\t}\n}\ndefaults { a b }\nstray x\n}}}\n"
					"overrides {\nc d\n");

	(void)state;
	assert_int_equal(c.n, 5);
	assert_string_equal(c.at[0].section, "blacklist");
	assert_string_equal(c.at[0].value, ".*");
	assert_string_equal(c.at[1].section, "multipaths/multipath");
	assert_string_equal(c.at[1].value, "3600 #!{");
	assert_string_equal(c.at[2].text, "alias boot");
	assert_string_equal(c.at[3].section, "defaults");
	assert_string_equal(c.at[4].section, "overrides");
	assert_ptr_equal(multipath_conf_in(&c, "multipaths"), &c.at[1]);
	assert_null(multipath_conf_in(&c, "devices"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(stock_file_has_one_setting),
		cmocka_unit_test(sections_nest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
