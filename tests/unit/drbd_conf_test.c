/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/drbd_conf.h"

#include <string.h>

#include "tests/lib/testing.h"

static struct drbd_conf parse(const char *text)
{
	struct drbd_conf c;

	drbd_conf_parse(&c, &test_arena, text, strlen(text));
	return c;
}

/* As the manual page shows it. */
static void devices_of_resources_are_found(void **state)
{
	struct drbd_conf c =
		parse("global { usage-count no; }\ncommon { disk { on-io-error detach; } }\n"
		      "resource r0 {\n  protocol C;\n  # disk /dev/no;\n"
		      "  device /dev/drbd1;\n  disk \"/dev/sdb7\";\n"
		      "  net { shared-secret \"x;y\"; }\n"
		      "  on alice {\n    address 10.1.1.31:7000; disk /dev/sdb8;\n"
		      "    volume 1 { disk /dev/vg/lv; meta-disk internal; }\n  }\n"
		      "  disk { size 5G; }\n}\ndisk /dev/outside;\n");

	(void)state;
	assert_int_equal(c.n, 3);
	assert_string_equal(c.at[0].resource, "r0");
	assert_string_equal(c.at[0].device, "/dev/sdb7");
	assert_int_equal(c.at[0].line, 7);
	assert_null(c.at[0].host);
	assert_string_equal(c.at[1].host, "alice");
	assert_string_equal(c.at[1].text, "disk /dev/sdb8;");
	assert_string_equal(c.at[2].device, "/dev/vg/lv");
	assert_int_equal(c.at[2].line, 11);
}

static void odd_text_ends(void **state)
{
	static const char odd[] =
		"resource r0 {\n disk \"/dev/sd\n;\0\0 disk /dev/sdb; }}} resource";
	struct drbd_conf c;

	(void)state;
	drbd_conf_parse(&c, &test_arena, odd, sizeof(odd) - 1);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.at[1].device, "/dev/sdb");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_of_resources_are_found),
		cmocka_unit_test(odd_text_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
