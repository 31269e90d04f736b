/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

#define LOG "ASRUnifiedAgentInstaller.log"

static struct world *with_log(const char *text)
{
	struct world *w = windows_world();

	w->g->windows->agent_seen = true;
	add_log(w, LOG, text);
	return w;
}

/* Each of the seed's pairs, as the log prints them. */
static const struct pair {
	const char *rule, *text;
} pairs[] = {
	{"ASR-VSS-511-AV", "Error code: -2147023170 [0x800706BE]\nExit code: 511\n"},
	{"ASR-VSS-511-MEM", "Error code: 7 [0x7]\nExit code: 511\n"},
	{"ASR-VSS-512", "Error code: -2147023841 [0x8007041F]\nExit code: 512\n"},
	{"ASR-VSS-517", "Error code: -2147023824 [0x80070430]\nExit code: 517\n"},
	{"ASR-VSS-8004E00F", "Error code: -2147164145 [0x8004E00F]\nExit code: 802\n"},
	{"ASR-VSS-806", "Exit code: 806\n"},
};

static void every_pair_is_told_by_its_own_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct world *w = with_log(pairs[i].text);

		for (size_t j = 0; j < sizeof(pairs) / sizeof(pairs[0]); j++) {
			judge_rule(w, pairs[j].rule);
			if ((w->worst->verdict == WARN) != (i == j))
				fail_msg("%s is %s where the log has that of %s", pairs[j].rule,
					verdict_name(w->worst->verdict), pairs[i].rule);
		}
		assert_verdict(w, "ASR-VSS-OTHER", "pass");
		assert_verdict(w, pairs[i].rule, "warn");
		assert_true(w->worst->from.line > 0);
		assert_string_equal(w->worst->from.path, "/ProgramData/ASRSetupLogs/" LOG);
		w->options.agent_version = "9.22";
		assert_verdict(w, pairs[i].rule, "fail");
	}
}

static void other_notations_of_a_code_are_the_same(void **state)
{
	(void)state;
	assert_verdict(
		with_log("failed with 0x800706be\nexit code 511\n"), "ASR-VSS-511-AV", "warn");
	assert_verdict(
		with_log("Error code: 2147944126\nExit code: 511\n"), "ASR-VSS-511-AV", "warn");
}

static void without_log_and_agent_nothing_applies(void **state)
{
	struct world *w = windows_world();

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_verdict(w, pairs[i].rule, "na");
	assert_verdict(w, "ASR-VSS-OTHER", "na");
	assert_verdict(w, "ASR-78144", "na");
	w->g->windows->agent_seen = true;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_verdict(w, pairs[i].rule, "unknown");
	assert_verdict(w, "ASR-VSS-OTHER", "unknown");
	assert_verdict(w, "ASR-78144", "unknown");
}

static void a_log_without_errors_passes(void **state)
{
	struct world *w = with_log("Installation started\n");

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_verdict(w, pairs[i].rule,
			strcmp(pairs[i].rule, "ASR-VSS-512") ? "pass" : "unknown");
	w->g->windows->logs.at[0].status = FILE_UNREADABLE;
	assert_verdict(w, "ASR-VSS-806", "unknown");
	assert_reason(w, "unreadable");
}

static void services_that_hung_are_told(void **state)
{
	struct world *w = with_log("nothing\n");

	(void)state;
	w->g->windows->agent_seen = true;
	assert_verdict(w, "ASR-VSS-512", "unknown");
	assert_says(w, "no such error");
	add_event(w, EVENTS_SYSTEM, WIN_NOW, "Service Control Manager", 7022,
		(const char *const[]){"param1=Spooler", NULL});
	add_event(w, EVENTS_SYSTEM, WIN_NOW, "Service Control Manager", 7009,
		(const char *const[]){"param1=30000", "param2=slow", NULL});
	assert_verdict(w, "ASR-VSS-512", "unknown");
	assert_says(w, "Spooler hung in its start");
	assert_int_equal(count_evidence(w, UNKNOWN), 2);
	w = with_log(pairs[2].text);
	assert_verdict(w, "ASR-VSS-512", "warn");
}

static void a_code_of_no_rule_is_another_error(void **state)
{
	struct world *w = with_log("Error code: 0x80004005\nExit code: 513\n");

	(void)state;
	assert_verdict(w, "ASR-VSS-OTHER", "warn");
	assert_says(w, "513");
	assert_verdict(with_log("Exit code: 511\n"), "ASR-VSS-OTHER", "warn");
	assert_verdict(with_log("Exit code: 3010\n"), "ASR-VSS-OTHER", "pass");
}

/* ---- preconditions ---- */

static void a_provider_marked_for_deletion_warns(void **state)
{
	struct world *w = windows_world();
	struct win_service *s = add_service(w, set_at(w, 0), "ASRVss", START_DISABLED, 0x10);

	(void)state;
	s->display_name = "Azure Site Recovery VSS Provider";
	assert_verdict(w, "ASR-VSS-517", "na");
	assert_verdict(w, "ASR-78144", "warn");
	assert_remedy(w, "\tsc config ASRVss start= auto");
	s->delete_flag = true;
	assert_verdict(w, "ASR-VSS-517", "warn");
	w->options.agent_version = "9.22";
	assert_verdict(w, "ASR-VSS-517", "fail");
}

static void what_keeps_scripts_from_running_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_text(w, SET_WSH_ENABLED, "0");
	assert_verdict(w, "ASR-VSS-806", "warn");
	set_text(w, SET_WSH_ENABLED, "1");
	assert_verdict(w, "ASR-VSS-806", "na");
	set_number(w, SET_WSH_ENABLED_WOW, 0);
	assert_verdict(w, "ASR-VSS-806", "warn");
	unset(w, SET_WSH_ENABLED_WOW);
	set_path(w, PATH_CSCRIPT, FILE_ABSENT);
	assert_verdict(w, "ASR-VSS-806", "warn");
	set_path(w, PATH_CSCRIPT, FILE_READ);
	add_number(w, KEY_SAFER_POLICY, "DefaultLevel", 0x40000);
	assert_verdict(w, "ASR-VSS-806", "na");
	add_subkey(w, KEY_APPLOCKER_SCRIPT_POLICY, "{1}");
	assert_verdict(w, "ASR-VSS-806", "warn");
	add_number(w, KEY_APPLOCKER_SCRIPT_POLICY, "EnforcementMode", 0);
	assert_verdict(w, "ASR-VSS-806", "na");
	make_key(w, KEY_SAFER_POLICY);
	add_number(w, KEY_SAFER_POLICY, "DefaultLevel", 0);
	assert_verdict(w, "ASR-VSS-806", "warn");
}

static void what_breaks_com_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_text(w, SET_ENABLE_DCOM, "N");
	assert_verdict(w, "ASR-VSS-8004E00F", "warn");
	w = windows_world();
	service(w, "MSDTC")->start = START_DISABLED;
	assert_verdict(w, "ASR-VSS-8004E00F", "warn");
	w = windows_world();
	set_path(w, PATH_REGISTRATION, FILE_ABSENT);
	assert_verdict(w, "ASR-VSS-8004E00F", "warn");
}

static void a_cluster_service_without_cluster_warns(void **state)
{
	struct world *w = windows_world();
	struct win_cluster *cluster = &w->g->windows->cluster;

	(void)state;
	assert_verdict(w, "ASR-VSS-CLUSTER", "unknown");
	assert_reason(w, "not-on-disk");
	add_service(w, set_at(w, 0), "ClusSvc", START_AUTO, 0x10);
	assert_verdict(w, "ASR-VSS-CLUSTER", "warn");
	w->options.agent_version = "9.22";
	assert_verdict(w, "ASR-VSS-CLUSTER", "fail");
	assert_says(w, "in no cluster");
	cluster->hive.status = FILE_READ;
	cluster->complete = true;
	assert_verdict(w, "ASR-VSS-CLUSTER", "fail");
	assert_says(w, "has no nodes");
	cluster->complete = false;
	assert_verdict(w, "ASR-VSS-CLUSTER", "unknown");
	*list_add(&test_arena, &cluster->nodes) = (struct fact){.value = "node1"};
	assert_verdict(w, "ASR-VSS-CLUSTER", "info");
	cluster->nodes.n = 0;
	service(w, "ClusSvc")->start = START_DISABLED;
	assert_verdict(w, "ASR-VSS-CLUSTER", "unknown");
	*list_add(&test_arena, &w->g->windows->packages) = (struct win_package){
		"Microsoft-Windows-FailoverCluster-Core-Package~31bf", PACKAGE_INSTALLED, {0}};
	assert_verdict(w, "ASR-VSS-CLUSTER", "unknown");
	assert_says(w, "its feature is installed");
}

/* ---- ASR-78144 ---- */

static void vacp_s_codes_warn(void **state)
{
	static const char *const codes[] = {
		"#2147221164#", "#0x80070422#", "#2147754756#", "#2147754994#"};
	struct world *w;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		w = windows_world();
		add_log(w, "vacp.log",
			arena_printf(&test_arena, "vacpError:tag%sfailed|^|\n", codes[i]));
		assert_verdict(w, "ASR-78144", "warn");
		assert_int_equal(w->worst->from.line, 1);
	}
	w = windows_world();
	add_log(w, "vacp.log", "disk 2 is in state FilteringStopped\n");
	assert_verdict(w, "ASR-78144", "warn");
	assert_says(w, "stopped filtering");
	w = windows_world();
	add_log(w, "vacp.log", "started\n");
	assert_verdict(w, "ASR-78144", "pass");
}

static void add_provider(struct world *w, const char *name)
{
	*list_add(&test_arena, &w->g->windows->vss_providers) = (struct fact){.value = name};
}

static void an_agent_wants_its_provider_registered(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_log(w, "vacp.log", "started\n");
	set_text(w, SET_AGENT_VERSION, "9.67.0.0");
	assert_verdict(w, "ASR-78144", "pass");
	make_key(w, KEY_VSS_PROVIDERS);
	add_provider(w, "Microsoft Software Shadow Copy provider 1.0");
	assert_verdict(w, "ASR-78144", "warn");
	assert_says(w, "not registered");
	unset(w, SET_AGENT_VERSION);
	assert_verdict(w, "ASR-78144", "pass");
	set_text(w, SET_AGENT_VERSION, "9.67.0.0");
	add_provider(w, "Azure Site Recovery VSS Provider");
	assert_verdict(w, "ASR-78144", "pass");
}

static void scripts_may_be_off_for_one_user(void **state)
{
	struct world *w = windows_world();
	struct win_user *u = list_add(&test_arena, &w->g->windows->users);

	(void)state;
	add_log(w, LOG, "Installation has succeeded\n");
	u->name = "ada";
	assert_verdict(w, "ASR-VSS-806", "pass");
	u->script_host = (struct reg_value){.state = REG_THERE, .type = REG_SZ, .text = "0"};
	assert_verdict(w, "ASR-VSS-806", "warn");
	assert_says(w, "for ada");
}

static void a_shortage_shows_what_room_there_is(void **state)
{
	static const char *const files[] = {"C:\\pagefile.sys 0 0"};
	struct world *w = windows_world();

	(void)state;
	set_strings(w, SET_PAGING_FILES, files, 1);
	add_log(w, LOG, "Error code: 7\nExit code: 511\n");
	assert_verdict(w, "ASR-VSS-511-MEM", "warn");
	assert_int_equal(count_evidence(w, INFO), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_is_told_by_its_own_rule),
		cmocka_unit_test(other_notations_of_a_code_are_the_same),
		cmocka_unit_test(without_log_and_agent_nothing_applies),
		cmocka_unit_test(a_log_without_errors_passes),
		cmocka_unit_test(services_that_hung_are_told),
		cmocka_unit_test(a_code_of_no_rule_is_another_error),
		cmocka_unit_test(a_provider_marked_for_deletion_warns),
		cmocka_unit_test(what_keeps_scripts_from_running_warns),
		cmocka_unit_test(what_breaks_com_warns),
		cmocka_unit_test(a_cluster_service_without_cluster_warns),
		cmocka_unit_test(vacp_s_codes_warn),
		cmocka_unit_test(an_agent_wants_its_provider_registered),
		cmocka_unit_test(scripts_may_be_off_for_one_user),
		cmocka_unit_test(a_shortage_shows_what_room_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
