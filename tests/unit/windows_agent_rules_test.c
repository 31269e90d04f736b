/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

#define LOG "ASRUnifiedAgentInstaller.log"

static void memory_is_never_known(void **state)
{
	struct world *w = windows_world();
	struct machine_config *m = arena_new(&test_arena, struct machine_config);

	(void)state;
	assert_verdict(w, "ASR-95572-95573", "unknown");
	m->path = "m.vmx";
	m->memory = 2 * GIB;
	w->vm.machine.config = m;
	assert_verdict(w, "ASR-95572-95573", "unknown");
	assert_says(w, "2 GiB of memory");
}

static void an_agent_is_supported_for_four_releases(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-AGENT-VERSION", "info");
	w->g->windows->agent_seen = true;
	assert_verdict(w, "ASR-AGENT-VERSION", "unknown");
	set_text(w, SET_AGENT_VERSION, "9.63.0.0");
	assert_verdict(w, "ASR-AGENT-VERSION", "pass");
	set_text(w, SET_AGENT_VERSION, "9.62.0.0");
	assert_verdict(w, "ASR-AGENT-VERSION", "warn");
	set_text(w, SET_AGENT_VERSION, "9.22.0.0");
	assert_verdict(w, "ASR-AGENT-VERSION", "warn");
	assert_says(w, "VSS provider");
	set_text(w, SET_AGENT_VERSION, "new");
	assert_verdict(w, "ASR-AGENT-VERSION", "unknown");
	unsee(w, SET_AGENT_VERSION);
	assert_verdict(w, "ASR-AGENT-VERSION", "unknown");
}

static void an_agent_of_an_earlier_migration_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-AGENT-STALE", "pass");
	w->g->windows->agent_seen = true;
	assert_verdict(w, "ASR-AGENT-STALE", "warn");
	/* Failover writes this; it makes no agent one for Azure. */
	set_text(w, SET_AGENT_CLOUD_ENV, "Azure");
	assert_verdict(w, "ASR-AGENT-STALE", "warn");
	w->g->traces.platform.value = "Azure";
	assert_verdict(w, "ASR-AGENT-STALE", "pass");
	unsee(w, SET_AGENT_VERSION);
	assert_verdict(w, "ASR-AGENT-STALE", "unknown");
}

static void traces_of_a_failover_are_told(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-HYDRATED", "pass");
	set_path(w, PATH_AZURE_PACKAGES, FILE_READ);
	set_text(w, SET_AGENT_CLOUD_ENV, "Azure");
	set_number(w, SET_AGENT_SAN_POLICY_BACKUP, 2);
	assert_verdict(w, "ASR-HYDRATED", "info");
	assert_int_equal(count_evidence(w, INFO), 3);
	unsee(w, SET_AGENT_SAN_POLICY_BACKUP);
	assert_verdict(w, "ASR-HYDRATED", "unknown");
}

static void defender_should_exclude_the_agent(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-AV", "info");
	assert_int_equal(count_evidence(w, INFO), 2);
	assert_remedy(w, "Add-MpPreference -ExclusionPath");
	add_log(w, LOG, "Error code: 0x800706BE\nExit code: 511\n");
	assert_verdict(w, "ASR-AV", "warn");
	add_number(w, KEY_DEFENDER_PATHS,
		"C:\\Program Files (x86)\\Microsoft Azure Site Recovery\\", 0);
	add_number(w, KEY_DEFENDER_PATHS_POLICY, "c:\\programdata\\asr", 0);
	assert_verdict(w, "ASR-AV", "pass");
	add_service(w, set_at(w, 0), "ekrn", START_AUTO, 0x10);
	assert_verdict(w, "ASR-AV", "warn");
	assert_says(w, "ESET");
	add_log(w, LOG, "Installation has succeeded\n");
	w->g->windows->logs.at[0] = w->g->windows->logs.at[1];
	assert_verdict(w, "ASR-AV", "info");
	add_log(w, "vacp.log", "tag failed with error 78169 on the server\n");
	assert_verdict(w, "ASR-AV", "warn");
	unsee_key(w, KEY_DEFENDER_PATHS);
	assert_verdict(w, "ASR-AV", "unknown");
}

static void a_proxy_with_a_password_fails_and_is_not_shown(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-PROXY", "info");
	w->g->windows->proxy_file =
		make_file("/x/ProxyInfo.conf", "[proxy]\nAddress=http://p:80\n");
	assert_verdict(w, "ASR-PROXY", "info");
	assert_says(w, "without a password");
	w->g->windows->proxy_file =
		make_file("/x/ProxyInfo.conf", "[proxy]\nAddress=http://user:pw@p:80\n");
	assert_verdict(w, "ASR-PROXY", "fail");
	assert_int_equal(w->worst->from.line, 2);
	assert_null(w->worst->from.text);
	assert_null(strstr(w->worst->message, "pw@"));
	w->g->windows->proxy_file = make_unreadable("/x/ProxyInfo.conf");
	assert_verdict(w, "ASR-PROXY", "unknown");
}

static void azure_s_roots_must_be_trusted(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-CERTS", "pass");
	make_key(w, KEY_AUTHROOT_CERTIFICATES);
	assert_verdict(w, "ASR-CERTS", "warn");
	add_subkey(w, KEY_ROOT_CERTIFICATES, "df3c24f9bfd666761b268073fe06d1cc8d4f82a4");
	assert_verdict(w, "ASR-CERTS", "pass");
	unsee_key(w, KEY_ROOT_CERTIFICATES);
	assert_verdict(w, "ASR-CERTS", "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_never_known),
		cmocka_unit_test(an_agent_is_supported_for_four_releases),
		cmocka_unit_test(an_agent_of_an_earlier_migration_warns),
		cmocka_unit_test(traces_of_a_failover_are_told),
		cmocka_unit_test(defender_should_exclude_the_agent),
		cmocka_unit_test(a_proxy_with_a_password_fails_and_is_not_shown),
		cmocka_unit_test(azure_s_roots_must_be_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
