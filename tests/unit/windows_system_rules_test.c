/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

static const char *support_of(bool server, unsigned major, unsigned minor, unsigned build,
	enum scenario s, const char *agent)
{
	struct world *w = windows_world();

	set_windows(w, server, major, minor, build);
	w->options.scenario = s;
	w->options.agent_version = agent;
	return judge_rule(w, "ASR-OS-UNSUPPORTED");
}

static void the_matrix_decides_by_build(void **state)
{
	(void)state;
	assert_string_equal(support_of(true, 10, 0, 26100, V2A, "9.67"), "pass");
	assert_string_equal(support_of(true, 6, 2, 9200, V2A, "9.67"), "pass");
	assert_string_equal(support_of(true, 6, 1, 7601, V2A, "9.67"), "pass");
	assert_string_equal(support_of(true, 6, 1, 7600, V2A, "9.67"), "fail");
	assert_string_equal(support_of(true, 6, 0, 6003, V2A, "9.67"), "warn");
	assert_string_equal(support_of(true, 6, 0, 6003, A2A, "9.67"), "warn");
	assert_string_equal(support_of(true, 10, 0, 18363, V2A, "9.67"), "fail");
	assert_string_equal(support_of(false, 6, 1, 7601, V2A, "9.67"), "pass");
	assert_string_equal(support_of(false, 6, 1, 7600, A2A, "9.67"), "fail");
	assert_string_equal(support_of(false, 10, 0, 19045, V2A, "9.67"), "pass");
	assert_string_equal(support_of(false, 10, 0, 22631, V2A, "9.67"), "warn");
	assert_string_equal(support_of(false, 10, 0, 22631, A2A, "9.67"), "pass");
	assert_string_equal(support_of(false, 10, 0, 22631, A2A, "9.55"), "fail");
	assert_string_equal(support_of(true, 5, 2, 3790, V2A, "9.67"), "fail");
	assert_string_equal(support_of(true, 5, 2, 3790, HYPERV, "9.67"), "warn");
	assert_string_equal(support_of(true, 10, 0, 20348, HYPERV, "9.67"), "pass");
}

static void nano_servers_and_unknown_builds(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_text(w, SET_INSTALLATION_TYPE, "Nano Server");
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "fail");
	set_text(w, SET_INSTALLATION_TYPE, "Server Core");
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "pass");
	set_windows(w, true, 0, 0, 0);
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "unknown");
	unsee(w, SET_CURRENT_BUILD);
	assert_verdict(w, "ASR-OS-UNSUPPORTED", "unknown");
}

static void only_the_long_term_channel_is_protected(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-OS-CHANNEL", "pass");
	set_windows(w, true, 10, 0, 25398);
	assert_verdict(w, "ASR-OS-CHANNEL", "fail");
	set_windows(w, true, 10, 0, 29000);
	assert_verdict(w, "ASR-OS-CHANNEL", "unknown");
	set_windows(w, false, 10, 0, 19042);
	assert_verdict(w, "ASR-OS-CHANNEL", "na");
}

static void the_kernel_tells_the_architecture(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-OS-ARCH", "pass");
	w->g->windows->pe_machine = 0xaa64;
	assert_verdict(w, "ASR-OS-ARCH", "fail");
	assert_says(w, "ARM64");
	w->g->windows->pe_machine = 0x14c;
	assert_verdict(w, "ASR-OS-ARCH", "fail");
	set_windows(w, true, 6, 0, 6003);
	assert_verdict(w, "ASR-OS-ARCH", "warn");
	w->g->windows->pe_machine = 0;
	assert_verdict(w, "ASR-OS-ARCH", "pass");
	unset(w, SET_PROCESSOR_ARCHITECTURE);
	assert_verdict(w, "ASR-OS-ARCH", "unknown");
}

static void a_domain_controller_is_told(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-DC", "pass");
	w->g->windows->is_dc = true;
	assert_verdict(w, "ASR-WIN-DC", "info");
}

static void fips_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-FIPS", "pass");
	set_number(w, SET_FIPS_POLICY, 0);
	assert_verdict(w, "ASR-FIPS", "pass");
	set_number(w, SET_FIPS_POLICY, 1);
	assert_verdict(w, "ASR-FIPS", "warn");
}

/* ---- ASR-WIN-SHA2 ---- */

static struct world *old_server(void)
{
	struct world *w = windows_world();

	set_windows(w, true, 6, 1, 7601);
	make_key(w, KEY_CBS_PACKAGES);
	return w;
}

static struct win_package *add_package(struct world *w, const char *name)
{
	struct win_package *p = list_add(&test_arena, &w->g->windows->packages);

	p->name = name;
	p->state = PACKAGE_INSTALLED;
	return p;
}

static void old_windows_needs_both_updates(void **state)
{
	struct world *w = old_server();

	(void)state;
	assert_verdict(windows_world(), "ASR-WIN-SHA2", "na");
	assert_verdict(w, "ASR-WIN-SHA2", "fail");
	w->options.agent_version = "9.29";
	assert_verdict(w, "ASR-WIN-SHA2", "pass");
	w->options.agent_version = "9.67";
	add_package(w, "Package_for_KB4474419~31bf3856ad364e35~amd64~~6.1.3.2");
	assert_verdict(w, "ASR-WIN-SHA2", "warn");
	assert_says(w, "KB4490628 not");
	add_package(w, "Package_for_KB4490628~31bf3856ad364e35~amd64~~6.1.1.2");
	assert_verdict(w, "ASR-WIN-SHA2", "pass");
	/* Staged, as before an installation is finished. */
	w->g->windows->packages.at[1].state = 0x40;
	assert_verdict(w, "ASR-WIN-SHA2", "warn");
	unsee_key(w, KEY_CBS_PACKAGES);
	assert_verdict(w, "ASR-WIN-SHA2", "unknown");
}

static void a_later_rollup_stands_for_both(void **state)
{
	struct world *w = old_server();

	(void)state;
	add_package(w, "Package_for_RollupFix~31bf3856ad364e35~amd64~~7601.24214.1.4");
	assert_verdict(w, "ASR-WIN-SHA2", "fail");
	add_package(w, "Package_for_RollupFix~31bf3856ad364e35~amd64~~7601.24545.1.8");
	assert_verdict(w, "ASR-WIN-SHA2", "pass");
}

/* ---- ASR-WIN-NETCFG ---- */

static void clock_and_temp_are_told(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-NETCFG", "info");
	set_number(w, SET_REAL_TIME_IS_UNIVERSAL, 1);
	assert_verdict(w, "ASR-WIN-NETCFG", "pass");
	set_text(w, SET_TEMP, "D:\\temp");
	assert_verdict(w, "ASR-WIN-NETCFG", "info");
	service(w, "cdrom")->start = START_DISABLED;
	assert_verdict(w, "ASR-WIN-NETCFG", "info");
	w->options.scenario = HYPERV;
	assert_verdict(w, "ASR-WIN-NETCFG", "warn");
}

static void routes_of_the_old_network_warn(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_number(w, KEY_PERSISTENT_ROUTES, "10.0.0.0,255.0.0.0,10.1.1.1,1", 0);
	assert_verdict(w, "ASR-WIN-NETCFG", "warn");
	assert_says(w, "1 persistent route may");
}

static void set_winhttp(struct world *w, uint8_t flags, const char *proxy, const char *bypass)
{
	uint8_t b[256] = {0x28, 0, 0, 0, 1, 0, 0, 0, flags, 0, 0, 0};
	size_t at = 12;

	b[at] = (uint8_t)strlen(proxy);
	memcpy(b + at + 4, proxy, strlen(proxy));
	at += 4 + strlen(proxy);
	b[at] = (uint8_t)strlen(bypass);
	memcpy(b + at + 4, bypass, strlen(bypass));
	set_bytes(w, SET_WINHTTP_SETTINGS, b, at + 4 + strlen(bypass));
}

static void a_proxy_must_leave_azure_out(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_winhttp(w, 3, "user:secret@proxy:8080", "*.corp");
	assert_verdict(w, "ASR-WIN-NETCFG", "warn");
	assert_says(w, "the proxy proxy:8080");
	assert_null(strstr(w->worst->message, "secret"));
	set_winhttp(w, 3, "proxy:8080", "*.corp;168.63.129.16");
	assert_verdict(w, "ASR-WIN-NETCFG", "info");
	set_winhttp(w, 1, "", "");
	assert_verdict(w, "ASR-WIN-NETCFG", "info");
	set_bytes(w, SET_WINHTTP_SETTINGS, "\x28\0\0\0\1\0\0\0\3\0\0\0\xff\xff\xff\xff", 16);
	assert_verdict(w, "ASR-WIN-NETCFG", "info");
}

/* ---- free space ---- */

static struct world *with_room(uint64_t available)
{
	struct world *w = windows_world();

	w->g->root_fs->space.available = available;
	return w;
}

static void drive_c_wants_its_room(void **state)
{
	struct world *w = with_room(500 * MIB - 1);

	(void)state;
	assert_verdict(w, "ASR-SPACE-WIN", "fail");
	assert_says(w, "C: has 499.9 MiB");
	assert_verdict(with_room(500 * MIB), "ASR-SPACE-WIN", "pass");
	assert_verdict(with_room(100 * MIB - 1), "ASR-SPACE-FULL", "fail");
	assert_verdict(with_room(100 * MIB), "ASR-SPACE-FULL", "pass");
	assert_verdict(with_room(100 * MIB - 1), "ASR-95524", "fail");
	assert_verdict(with_room(100 * MIB), "ASR-95524", "warn");
	assert_verdict(with_room(150 * MIB), "ASR-95524", "pass");
	lose_windows(w);
	assert_verdict(w, "ASR-SPACE-WIN", "unknown");
	assert_verdict(w, "ASR-SPACE-FULL", "unknown");
	assert_verdict(w, "ASR-95524", "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_matrix_decides_by_build),
		cmocka_unit_test(nano_servers_and_unknown_builds),
		cmocka_unit_test(only_the_long_term_channel_is_protected),
		cmocka_unit_test(the_kernel_tells_the_architecture),
		cmocka_unit_test(a_domain_controller_is_told),
		cmocka_unit_test(fips_warns),
		cmocka_unit_test(old_windows_needs_both_updates),
		cmocka_unit_test(a_later_rollup_stands_for_both),
		cmocka_unit_test(clock_and_temp_are_told),
		cmocka_unit_test(routes_of_the_old_network_warn),
		cmocka_unit_test(a_proxy_must_leave_azure_out),
		cmocka_unit_test(drive_c_wants_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
