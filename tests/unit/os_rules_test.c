/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

static struct world *system_of(
	const char *id, const char *version, const char *agent_key, const char *kernel)
{
	struct world *w = world_new();

	set_os(w, id, version, arena_printf(&test_arena, "%s %s", id, version), agent_key);
	w->g->boot_config.kernels.n = 0;
	set_kernel(w, kernel ? kernel : "1.0");
	return w;
}

/* ---- ASR-OS-UNSUPPORTED ---- */

static const char *support(const char *id, const char *version, const char *key, enum scenario s)
{
	struct world *w = system_of(id, version, key, NULL);

	w->options.scenario = s;
	return judge_rule(w, "ASR-OS-UNSUPPORTED");
}

static void systems_in_script_and_matrix_pass(void **state)
{
	static const struct {
		const char *id, *version, *key;
	} good[] = {
		{"debian", "12.5", "DEBIAN12-64"},
		{"debian", "9.13", "DEBIAN9-64"},
		{"ubuntu", "24.04", "UBUNTU-24.04-64"},
		{"rhel", "5.11", "RHEL5-64"},
		{"rhel", "8.10", "RHEL8-64"},
		{"rhel", "9.7", "RHEL9-64"},
		{"rocky", "8.9", "RHEL8-64"},
		{"rocky", "9.4", "RHEL9-64"},
		{"ol", "9.6", "OL9-64"},
		{"sles", "15", "SLES15-64"},
		{"sles", "15.7", "SLES15-64"},
		{"sles", "12.5", "SLES12-64"},
		{"sles_sap", "12.5", "SLES12-64"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_string_equal(support(good[i].id, good[i].version, good[i].key, V2A), "pass");
}

static void what_only_one_of_them_knows_warns(void **state)
{
	(void)state;
	assert_string_equal(support("rhel", "10.1", NULL, V2A), "warn");
	assert_string_equal(support("ol", "10.0", "OL10-64", V2A), "warn");
	assert_string_equal(support("opensuse-leap", "15.5", "SLES15-64", V2A), "warn");
	assert_string_equal(support("almalinux", "9.4", "RHEL9-64", V2A), "warn");
	assert_string_equal(support("almalinux", "9.4", "RHEL9-64", A2A), "pass");
	assert_string_equal(support("centos", "7.9.2009", "RHEL7-64", V2A), "warn");
	assert_string_equal(support("debian", "9.0", "DEBIAN9-64", V2A), "warn");
	assert_string_equal(support("rhel", "9.8", "RHEL9-64", V2A), "warn");
	assert_string_equal(support("ol", "8.10", "OL8-64", V2A), "warn");
	assert_string_equal(support("ol", "8.10", "OL8-64", A2A), "pass");
}

static void what_neither_knows_fails(void **state)
{
	(void)state;
	assert_string_equal(support("centos", "9", NULL, V2A), "fail");
	assert_string_equal(support("fedora", "40", NULL, V2A), "fail");
	assert_string_equal(support("amzn", "2023", NULL, V2A), "fail");
	assert_string_equal(support("ubuntu", "23.10", NULL, V2A), "fail");
	assert_string_equal(support("debian", "13.1", NULL, V2A), "fail");
	assert_string_equal(support("fedora", "40", NULL, HYPERV), "warn");
	assert_string_equal(support("rhel", "10.1", NULL, HYPERV), "pass");
}

static void newer_systems_want_the_modernized_experience(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->options.experience = CLASSIC;
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "fail");
	assert_says(w, "modernized experience only");
	w = system_of("sles", "15", "SLES15-64", NULL);
	w->options.experience = CLASSIC;
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "pass");
	w = system_of("rhel", "8.8", "RHEL8-64", NULL);
	w->options.experience = CLASSIC;
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "pass");
	w->options.agent_version_given = true;
	w->options.agent_version = "9.60";
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "warn");
	assert_says(w, "agent 9.60 was released for the modernized experience only");
	w->options.agent_version = "9.58.1";
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "warn");
}

static void systems_that_cannot_be_told_are_not_known(void **state)
{
	static const char *const ids[] = {
		"ASR-OS-UNSUPPORTED", "ASR-OS-KERNEL", "ASR-OS-CUSTOMKERNEL", "ASR-OS-HYDRATION"};
	struct world *w = world_new();

	(void)state;
	w->g->id.value = NULL;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_verdict(w, ids[i], "unknown");
	w->g->release_file = make_unreadable("/etc/os-release");
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "unknown");
	assert_reason(w, "unreadable");
	w = world_new();
	w->g->agent_os_key = NULL;
	w->g->arch.value = NULL;
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "unknown");
	w = world_new();
	make_windows(w);
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "unknown");
	assert_reason(w, "unreadable");
	forget_guest(w);
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "unknown");
}

/* ---- ASR-OS-KERNEL ---- */

static const char *kernel(const char *id, const char *version, const char *key, const char *release,
	const char *agent)
{
	struct world *w = system_of(id, version, key, release);

	w->options.agent_version = agent;
	return judge_rule(w, "ASR-OS-KERNEL");
}

static const char *debian12(const char *release)
{
	return kernel("debian", "12.5", "DEBIAN12-64", release, "9.67");
}

static const char *ubuntu22(const char *release)
{
	return kernel("ubuntu", "22.04", "UBUNTU-22.04-64", release, "9.67");
}

static void listed_kernels_pass(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_string_equal(debian12("6.1.0-18-amd64"), "pass");
	assert_string_equal(debian12("6.1.0-18-cloud-amd64"), "pass");
	assert_string_equal(ubuntu22("5.15.0-91-generic"), "pass");
	set_kernel(w, "6.1.0-20-amd64");
	assert_verdict(w, "ASR-OS-KERNEL", "pass");
	assert_says(w, "also installed: 6.1.0-18-amd64");
}

static void unlisted_kernels_depend_on_their_age(void **state)
{
	(void)state;
	assert_string_equal(debian12("6.1.0-9-amd64"), "fail");
	assert_string_equal(debian12("6.1.0-10-amd64"), "fail");
	assert_string_equal(debian12("6.1.0-99-amd64"), "warn");
	assert_string_equal(debian12("6.99.0-1-amd64"), "warn");
	assert_string_equal(debian12("5.10.0-1-amd64"), "fail");
	assert_string_equal(debian12("6.1.0-18-rt-amd64"), "fail");
	assert_string_equal(ubuntu22("5.15.0-91-lowlatency"), "fail");
	assert_string_equal(ubuntu22("5.15.0-999-generic"), "warn");
}

static void the_other_scenario_s_list_warns(void **state)
{
	struct world *w = system_of("ubuntu", "24.04", "UBUNTU-24.04-64", "6.17.0-1018-azure");

	(void)state;
	assert_verdict(w, "ASR-OS-KERNEL", "warn");
	w->options.scenario = A2A;
	assert_verdict(w, "ASR-OS-KERNEL", "pass");
}

static void agents_before_the_lists_are_not_known(void **state)
{
	(void)state;
	assert_string_equal(
		kernel("debian", "12.5", "DEBIAN12-64", "6.1.0-18-amd64", "9.50"), "unknown");
}

static void red_hat_s_series_follow_rules(void **state)
{
	static const struct {
		const char *version, *key, *release, *agent, *want;
	} cases[] = {
		{"5.11", "RHEL5-64", "2.6.18-398.el5", "9.67", "pass"},
		{"5.11", "RHEL5-64", "2.6.18-398.el5PAE", "9.67", "fail"},
		{"6.10", "RHEL6-64", "2.6.32-754.35.1.el6.x86_64", "9.67", "pass"},
		{"6.10", "RHEL6-64", "2.6.32-70.el6.x86_64", "9.67", "fail"},
		{"7.9", "RHEL7-64", "3.10.0-1160.119.1.el7.x86_64", "9.67", "pass"},
		{"7.9", "RHEL7-64", "5.4.278-1.el7.elrepo.x86_64", "9.67", "fail"},
		{"8.10", "RHEL8-64", "4.18.0-553.el8_10.x86_64", "9.67", "pass"},
		{"8.4", "RHEL8-64", "4.18.0-305.25.1.el8_4.x86_64", "9.67", "fail"},
		{"8.4", "RHEL8-64", "4.18.0-305.30.1.el8_4.x86_64", "9.50", "pass"},
		{"8.4", "RHEL8-64", "4.18.0-305.148.1.el8_4.x86_64", "9.64", "fail"},
		{"8.4", "RHEL8-64", "4.18.0-305.148.1.el8_4.x86_64", "9.65", "pass"},
		{"8.5", "RHEL8-64", "4.18.0-348.el8.x86_64", "9.67", "fail"},
		{"8.5", "RHEL8-64", "4.18.0-348.5.1.el8_5.x86_64", "9.67", "pass"},
		{"9.4", "RHEL9-64", "5.14.0-427.13.1.el9_4.x86_64", "9.67", "pass"},
		{"9.5", "RHEL9-64", "5.14.0-503.11.1.el9_5.x86_64", "9.63", "fail"},
		{"9.5", "RHEL9-64", "5.14.0-503.11.1.el9_5.x86_64", "9.64", "pass"},
		{"9.6", "RHEL9-64", "5.14.0-570.11.1.el9_6.x86_64", "9.67", "fail"},
		{"9.8", "RHEL9-64", "5.14.0-687.1.1.el9_8.x86_64", "9.67", "warn"},
		{"9.0", "RHEL9-64", "5.14.0-100.el9.x86_64", "9.67", "fail"},
		{"10.1", NULL, "6.12.0-124.8.1.el10_1.x86_64", "9.66", "pass"},
		{"10.0", "RHEL10-64", "6.12.0-55.9.1.el10_0.x86_64", "9.65", "fail"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(kernel("rhel", cases[i].version, cases[i].key, cases[i].release,
					    cases[i].agent),
			cases[i].want);
}

static void oracle_s_kernels_follow_rules(void **state)
{
	static const struct {
		const char *version, *key, *release, *want;
	} cases[] = {
		{"6.10", "OL6-64", "2.6.32-754.el6.x86_64", "pass"},
		{"6.10", "OL6-64", "2.6.32-300.el6.x86_64", "fail"},
		{"6.10", "OL6-64", "4.1.12-124.16.4.el6uek.x86_64", "pass"},
		{"6.10", "OL6-64", "4.14.35-1.el6uek.x86_64", "fail"},
		{"7.9", "OL7-64", "5.4.17-2136.300.7.el7uek.x86_64", "pass"},
		{"7.9", "OL7-64", "3.10.0-1160.el7.x86_64", "pass"},
		{"8.9", "OL8-64", "5.15.0-200.131.27.el8uek.x86_64", "pass"},
		{"8.4", "OL8-64", "4.18.0-305.25.1.el8_4.x86_64", "fail"},
		{"8.9", "OL8-64", "4.18.0-513.5.1.el8_9.x86_64", "warn"},
		{"9.4", "OL9-64", "5.15.0-206.153.7.el9uek.x86_64", "pass"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			kernel("ol", cases[i].version, cases[i].key, cases[i].release, "9.67"),
			cases[i].want);
}

static const char *sles(const char *version, const char *key, const char *release)
{
	return kernel("sles", version, key, release, "9.67");
}

static void suse_s_default_kernels_pass(void **state)
{
	(void)state;
	assert_string_equal(sles("11.4", "SLES11-SP4-64", "3.0.101-63-default"), "pass");
	assert_string_equal(sles("11.4", "SLES11-SP4-64", "3.0.101-63-pae"), "fail");
	assert_string_equal(sles("15.5", "SLES15-64", "5.14.21-150500.53-default"), "pass");
	assert_string_equal(sles("15.5", "SLES15-64", "5.14.21-150500.999-default"), "info");
	assert_string_equal(sles("15.5", "SLES15-64", "5.14.21-150500.33.3-azure"), "pass");
	assert_string_equal(sles("15.5", "SLES15-64", "5.14.21-150500.33.999-azure"), "warn");
}

static void without_a_default_entry_the_kernel_is_not_known(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->g->boot_config.kernel_release = NULL;
	w->g->boot_config.why_no_default = "there is no boot entry";
	assert_verdict(w, "ASR-OS-KERNEL", "unknown");
	assert_says(w, "there is no boot entry");
	lose_boot(w, "UUID=77");
	assert_verdict(w, "ASR-OS-KERNEL", "unknown");
	assert_reason(w, "missing-disk");
}

static void unsupported_systems_have_no_kernel_list(void **state)
{
	(void)state;
	assert_string_equal(kernel("fedora", "40", NULL, "6.8.5-301.fc40.x86_64", "9.67"), "na");
}

/* ---- ASR-OS-CUSTOMKERNEL ---- */

static struct world *custom(const char *release)
{
	return system_of("debian", "12.5", "DEBIAN12-64", release);
}

static void kernels_of_third_parties_fail(void **state)
{
	struct world *w = custom("6.8.12-1-pve");

	(void)state;
	assert_verdict(custom("6.1.0-18-amd64"), "ASR-OS-CUSTOMKERNEL", "pass");
	assert_verdict(w, "ASR-OS-CUSTOMKERNEL", "fail");
	set_kernel(w, "6.1.0-18-amd64");
	assert_verdict(w, "ASR-OS-CUSTOMKERNEL", "info");
	w = system_of("rhel", "7.9", "RHEL7-64", "5.4.278-1.el7.elrepo.x86_64");
	assert_verdict(w, "ASR-OS-CUSTOMKERNEL", "fail");
}

static void kernels_without_a_package_fail(void **state)
{
	struct world *w = custom("6.6.8");

	(void)state;
	assert_verdict(w, "ASR-OS-CUSTOMKERNEL", "unknown");
	w->g->boot_config.kernels.at[0].owner = OWNER_NONE;
	assert_verdict(w, "ASR-OS-CUSTOMKERNEL", "fail");
	w->g->boot_config.kernels.at[0].owner = OWNER_UNKNOWN;
	assert_verdict(w, "ASR-OS-CUSTOMKERNEL", "unknown");
	assert_reason(w, "unsupported");
	w = system_of("fedora", "40", NULL, "6.8.5-301.fc40.x86_64");
	assert_verdict(w, "ASR-OS-CUSTOMKERNEL", "unknown");
}

/* ---- ASR-OS-ARCH, ASR-OS-HYDRATION ---- */

static void only_x86_64_is_protected(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_verdict(w, "ASR-OS-ARCH", "pass");
	w->g->arch.value = "aarch64";
	assert_verdict(w, "ASR-OS-ARCH", "fail");
	w->g->arch.value = "i686";
	assert_verdict(w, "ASR-OS-ARCH", "fail");
	w->g->arch.value = NULL;
	assert_verdict(w, "ASR-OS-ARCH", "unknown");
	make_windows(w);
	assert_verdict(w, "ASR-OS-ARCH", "unknown");
	assert_reason(w, "unreadable");
}

static void hydration_handles_what_the_matrix_lists(void **state)
{
	struct world *w = system_of("debian", "11.9", "DEBIAN11-64", NULL);

	(void)state;
	assert_verdict(w, "ASR-OS-HYDRATION", "pass");
	w = system_of("ubuntu", "20.04", "UBUNTU-20.04-64", NULL);
	assert_verdict(w, "ASR-OS-HYDRATION", "pass");
	w = system_of("ubuntu", "24.04", "UBUNTU-24.04-64", NULL);
	assert_verdict(w, "ASR-OS-HYDRATION", "info");
	assert_verdict(world_new(), "ASR-OS-HYDRATION", "info");
	w = system_of("almalinux", "9.4", "RHEL9-64", NULL);
	assert_verdict(w, "ASR-OS-HYDRATION", "info");
	w = system_of("fedora", "40", NULL, NULL);
	assert_verdict(w, "ASR-OS-HYDRATION", "warn");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(systems_in_script_and_matrix_pass),
		cmocka_unit_test(what_only_one_of_them_knows_warns),
		cmocka_unit_test(what_neither_knows_fails),
		cmocka_unit_test(newer_systems_want_the_modernized_experience),
		cmocka_unit_test(systems_that_cannot_be_told_are_not_known),
		cmocka_unit_test(listed_kernels_pass),
		cmocka_unit_test(unlisted_kernels_depend_on_their_age),
		cmocka_unit_test(the_other_scenario_s_list_warns),
		cmocka_unit_test(agents_before_the_lists_are_not_known),
		cmocka_unit_test(red_hat_s_series_follow_rules),
		cmocka_unit_test(oracle_s_kernels_follow_rules),
		cmocka_unit_test(suse_s_default_kernels_pass),
		cmocka_unit_test(without_a_default_entry_the_kernel_is_not_known),
		cmocka_unit_test(unsupported_systems_have_no_kernel_list),
		cmocka_unit_test(kernels_of_third_parties_fail),
		cmocka_unit_test(kernels_without_a_package_fail),
		cmocka_unit_test(only_x86_64_is_protected),
		cmocka_unit_test(hydration_handles_what_the_matrix_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
