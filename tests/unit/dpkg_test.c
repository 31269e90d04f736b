/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/dpkg.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/testing.h"

static const char status[] =
	"Package: openssh-server-extra\nStatus: install ok installed\nVersion: 9\n\n"
	"Package: openssh-server\nStatus: install ok installed\nPriority: optional\n"
	"Depends: x,\n Package: trap\nVersion: 1:9.2p1-2+deb12u2\n\n"
	"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
	"Package: last\nVersion: 2";

static void a_stanza_is_found_by_its_whole_name(void **state)
{
	struct dpkg_package p;

	(void)state;
	assert_true(dpkg_find(&p, &test_arena, status, strlen(status), "openssh-server"));
	assert_string_equal(p.version, "1:9.2p1-2+deb12u2");
	assert_string_equal(p.status, "install ok installed");
	assert_true(p.installed);
	assert_int_equal(p.line, 5);
	assert_true(dpkg_find(&p, &test_arena, status, strlen(status), "gone"));
	assert_false(p.installed);
	assert_true(dpkg_find(&p, &test_arena, status, strlen(status), "last"));
	assert_string_equal(p.version, "2");
	assert_string_equal(p.status, "");
	assert_false(dpkg_find(&p, &test_arena, status, strlen(status), "trap"));
	assert_false(dpkg_find(&p, &test_arena, status, strlen(status), "openssh"));
	assert_false(dpkg_find(&p, &test_arena, "", 0, "x"));
}

static void dpkg_query_says_the_same(void **state)
{
	const char *text;
	struct dpkg_package p;
	size_t len;

	(void)state;
	test_need_tool("dpkg-query");
	text = test_read_file("/var/lib/dpkg/status", &len);
	assert_true(dpkg_find(&p, &test_arena, text, len, "dpkg"));
	assert_true(p.installed);
	assert_string_equal(p.version, test_output("dpkg-query -W -f '${Version}' dpkg"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stanza_is_found_by_its_whole_name),
		cmocka_unit_test(dpkg_query_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
