/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/release.h"

#include "base/cleanup.h"
#include "tests/lib/testing.h"

static struct span span_or_none(const char *s)
{
	return s ? span_of(s) : (struct span){0};
}

static const struct {
	const char *oracle, *redhat, *suse, *os, *lsb, *debian, *key;
} agent_cases[] = {
	{.redhat = "Red Hat Enterprise Linux release 8.6 (Ootpa)\n", .key = "RHEL8-64"},
	{.redhat = "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n", .key = "RHEL7-64"},
	{.redhat = "Red Hat Enterprise Linux Client release 7.9 (Maipo)\n"},
	{.redhat = "Red Hat Enterprise Linux ComputeNode release 7.9 (Maipo)\n"},
	{.redhat = "CentOS Linux release 7.9.2009 (Core)\n", .key = "RHEL7-64"},
	{.redhat = "CentOS release 6.10 (Final)\n", .key = "RHEL6-64"},
	{.redhat = "CentOS release 5.11 (Final)\n", .key = "RHEL5-64"},
	{.redhat = "CentOS release 5.1 (Final)\n"},
	{.redhat = "CentOS Stream release 8\n"},
	{.redhat = "CentOS Stream release 9\n"},
	{.redhat = "Fedora release 40 (Forty)\n"},
	{.redhat = "Rocky Linux release 9.4 (Blue Onyx)\n", .key = "RHEL9-64"},
	{.redhat = "AlmaLinux release 9.8 (X)\n", .key = "RHEL9-64"},
	{.redhat = "Red Hat Enterprise Linux release 9.9 (Plow)\n"},
	{.redhat = "Red Hat Enterprise Linux release 9.10 (Plow)\n", .key = "RHEL9-64"},
	{.redhat = "Red Hat Enterprise Linux release 10.0 (Coughlan)\n", .key = "RHEL10-64"},
	{.redhat = "Red Hat Enterprise Linux release 10.1 (Coughlan)\n"},
	{.redhat = "CentOS Linux release 10.0\n"},
	{.oracle = "Oracle Linux Server release 8.9\n",
		.redhat = "Red Hat Enterprise Linux release 8.9 (Ootpa)\n",
		.key = "OL8-64"},
	{.oracle = "Oracle Linux Server release 6.3\n",
		.redhat = "Red Hat Enterprise Linux Server release 6.3\n"},
	{.oracle = "Oracle Linux Server release 6.10\n", .key = "OL6-64"},
	{.oracle = "Oracle Linux Server release 9.6\n", .key = "OL9-64"},
	{.oracle = "Oracle Linux Server release 9.7\n"},
	{.oracle = "Oracle Linux Server release 10.0\n", .key = "OL10-64"},
	{.suse = "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
		.key = "SLES11-SP4-64"},
	{.suse = "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 2\n"},
	{.suse = "SUSE Linux Enterprise Server 12 (x86_64)\nVERSION = 12\nPATCHLEVEL = 5\n",
		.os = "NAME=\"SLES\"\nVERSION=\"12-SP5\"\n",
		.key = "SLES12-64"},
	{.os = "NAME=\"SLES\"\nVERSION=\"15-SP5\"\nID=\"sles\"\n", .key = "SLES15-64"},
	{.os = "NAME=\"openSUSE Leap\"\nVERSION=\"15.6\"\n", .key = "SLES15-64"},
	{.os = "NAME=\"openSUSE Leap\"\nVERSION=\"42.3\"\n", .lsb = "DISTRIB_RELEASE=22.04\n"},
	{.os = "ID=ubuntu\n",
		.lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\n",
		.debian = "bookworm/sid\n",
		.key = "UBUNTU-22.04-64"},
	{.lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=23.10\n", .debian = "trixie/sid\n"},
	{.os = "ID=debian\n", .debian = "12.5\n", .key = "DEBIAN12-64"},
	{.debian = "9.13\n", .key = "DEBIAN9-64"},
	{.debian = "13.1\n"},
	{.debian = "trixie/sid\n"},
	{.debian = "12.5\n", .lsb = "DISTRIB_ID=Debian\nDISTRIB_RELEASE=12\n"},
	{.os = "ID=arch\n"},
};

static void the_agent_sees_what_its_patterns_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(agent_cases); i++) {
		struct release_files f = {
			.oracle_release = span_or_none(agent_cases[i].oracle),
			.redhat_release = span_or_none(agent_cases[i].redhat),
			.suse_release = span_or_none(agent_cases[i].suse),
			.os_release = span_or_none(agent_cases[i].os),
			.lsb_release = span_or_none(agent_cases[i].lsb),
			.debian_version = span_or_none(agent_cases[i].debian),
		};
		const char *key = release_agent_key(&test_arena, &f, "x86_64", NULL);

		if ((key == NULL) != (agent_cases[i].key == NULL))
			fail_msg("case %zu: %s", i, key ? key : "nothing");
		if (key)
			assert_string_equal(key, agent_cases[i].key);
		assert_null(release_agent_key(&test_arena, &f, "i686", NULL));
	}
}

static void the_distribution_names_itself(void **state)
{
	struct release_files f = {
		.os_release = span_of("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
				      "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"
				      "ID=debian\n"),
		.debian_version = span_of("12.5\n")};
	struct release r;
	const char *file;

	(void)state;
	assert_true(release_parse(&r, &test_arena, &f));
	assert_string_equal(r.id, "debian");
	assert_string_equal(r.version, "12");
	assert_string_equal(r.full_version, "12.5");
	assert_string_equal(r.name, "Debian GNU/Linux 12 (bookworm)");
	assert_int_equal(r.line, 1);
	release_agent_key(&test_arena, &f, "x86_64", &file);
	assert_string_equal(file, "/etc/debian_version");
}

static void old_systems_are_known_by_their_one_line(void **state)
{
	struct release r;
	struct release_files centos = {.redhat_release = span_of("CentOS release 6.10 (Final)\n"),
		.centos_release = span_of("CentOS release 6.10 (Final)\n")};
	struct release_files seven = {.os_release = span_of("ID=\"centos\"\nVERSION_ID=\"7\"\n"),
		.centos_release = span_of("CentOS Linux release 7.9.2009 (Core)\n")};
	struct release_files suse = {
		.suse_release = span_of("SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = "
					"11\nPATCHLEVEL = 4\n")};
	struct release_files debian = {.debian_version = span_of("7.11\n")};
	struct release_files none = {.os_release = span_of("# empty\n")};

	(void)state;
	assert_true(release_parse(&r, &test_arena, &centos));
	assert_string_equal(r.id, "centos");
	assert_string_equal(r.version, "6.10");
	assert_true(release_parse(&r, &test_arena, &seven));
	assert_string_equal(r.version, "7");
	assert_string_equal(r.full_version, "7.9.2009");
	assert_true(release_parse(&r, &test_arena, &suse));
	assert_string_equal(r.id, "sles");
	assert_string_equal(r.version, "11.4");
	assert_true(release_parse(&r, &test_arena, &debian));
	assert_string_equal(r.id, "debian");
	assert_string_equal(r.full_version, "7.11");
	assert_false(release_parse(&r, &test_arena, &none));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_agent_sees_what_its_patterns_match),
		cmocka_unit_test(the_distribution_names_itself),
		cmocka_unit_test(old_systems_are_known_by_their_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
