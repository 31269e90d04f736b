/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/com_acl.h"
#include "tests/lib/winfactory.h"

/* ---- ASR-95105-95106 ---- */

static void file_sharing_is_closed_after_setup(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95105-95106", "fail");
	assert_says(w, "all profiles (domain, private, public)");
	assert_non_null(strstr(w->worst->from.text, "FPS-SMB-In-TCP"));
	assert_remedy(w, "set rule group=\"@FirewallAPI.dll,-28502\" new enable=yes");
	open_group(w, "-28502");
	assert_verdict(w, "ASR-95105-95106", "pass");
}

static void open_in_some_profiles_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_fw_rule(w, "mine",
		"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=445|"
		"Profile=Domain|Profile=Private|");
	assert_verdict(w, "ASR-95105-95106", "warn");
	assert_says(w, "some profiles (public)");
	switch_firewall(w, FW_PUBLIC, false);
	assert_verdict(w, "ASR-95105-95106", "info");
	assert_says(w, "445 is enough");
}

static void a_block_wins_and_other_programs_rules_open_nothing(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_fw_rule(w, "app", "v2.30|Action=Allow|Active=TRUE|Dir=In|App=C:\\x.exe|");
	assert_verdict(w, "ASR-95105-95106", "fail");
	open_group(w, "-28502");
	add_fw_rule(w, "no", "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=445|");
	assert_verdict(w, "ASR-95105-95106", "fail");
	assert_says(w, "all profiles");
}

static void a_scope_is_told_and_other_conditions_warn(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_fw_rule(w, "near",
		"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=445|RA4=LocalSubnet|");
	assert_verdict(w, "ASR-95105-95106", "info");
	assert_says(w, "only from LocalSubnet");
	w = windows_world();
	add_fw_rule(w, "cond",
		"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=445|Security="
		"Authenticate|");
	assert_verdict(w, "ASR-95105-95106", "warn");
	assert_says(w, "some connections");
}

static void policies_of_the_whole_group_count(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_number(w, SET_FPS_POLICY_DOMAIN, 1);
	assert_verdict(w, "ASR-95105-95106", "warn");
	assert_says(w, "(private, public)");
	set_number(w, SET_FPS_POLICY_STANDARD, 1);
	assert_verdict(w, "ASR-95105-95106", "pass");
}

static void without_its_service_the_firewall_is_open(void **state)
{
	struct world *w = windows_world();

	(void)state;
	service(w, "mpssvc")->start = START_DISABLED;
	assert_verdict(w, "ASR-95105-95106", "pass");
	service(w, "LanmanServer")->start = START_DISABLED;
	assert_verdict(w, "ASR-95105-95106", "fail");
	assert_remedy(w, "\tsc config LanmanServer start= auto");
}

static void a_server_bound_to_nothing_fails(void **state)
{
	struct world *w = windows_world();

	(void)state;
	open_all(w);
	set_strings(w, SET_LANMANSERVER_BIND, NULL, 0);
	assert_verdict(w, "ASR-95105-95106", "fail");
	assert_says(w, "bound to no network");
	unsee(w, SET_LANMANSERVER_BIND);
	assert_verdict(w, "ASR-95105-95106", "unknown");
}

/* ---- ASR-95105-SHARE ---- */

static void administrative_shares_can_be_off(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95105-SHARE", "pass");
	set_number(w, SET_AUTO_SHARE_WKS, 0);
	assert_verdict(w, "ASR-95105-SHARE", "pass");
	set_number(w, SET_AUTO_SHARE_SERVER, 0);
	assert_verdict(w, "ASR-95105-SHARE", "fail");
	assert_remedy(w, "/v AutoShareServer /t REG_DWORD /d 1 /f");
	unset(w, SET_AUTO_SHARE_SERVER);
	set_number(w, SET_SMB1, 0);
	assert_verdict(w, "ASR-95105-SHARE", "pass");
	set_number(w, SET_SMB2, 0);
	assert_verdict(w, "ASR-95105-SHARE", "fail");
	set_windows(w, false, 10, 0, 19045);
	assert_verdict(w, "ASR-95105-SHARE", "fail");
}

static void what_a_user_may_not_share(void **state)
{
	struct world *w = windows_world();
	struct win_user *u = list_add(&test_arena, &w->g->windows->users);

	(void)state;
	open_all(w);
	u->name = "ada";
	u->hive.status = FILE_READ;
	assert_verdict(w, "ASR-95105-95106", "pass");
	u->no_sharing = (struct reg_value){
		.state = REG_THERE, .type = REG_DWORD, .is_number = true, .number = 1};
	assert_verdict(w, "ASR-95105-95106", "info");
	set_windows(w, true, 6, 1, 7601);
	assert_verdict(w, "ASR-95105-95106", "warn");
	u->no_sharing.state = REG_ABSENT;
	u->hive.status = FILE_UNREADABLE;
	u->hive.reason = REASON_UNREADABLE;
	u->hive.why = "it is cut short";
	assert_verdict(w, "ASR-95105-95106", "unknown");
}

/* ---- ASR-95103 ---- */

static void wmi_wants_its_group_services_and_dcom(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95103", "fail");
	assert_remedy(w, "-34251");
	switch_firewall(w, FW_DOMAIN, false);
	assert_verdict(w, "ASR-95103", "warn");
	open_group(w, "-34251");
	assert_verdict(w, "ASR-95103", "pass");
	set_path(w, PATH_WBEM_OBJECTS, FILE_ABSENT);
	assert_verdict(w, "ASR-95103", "warn");
	set_path(w, PATH_WBEM_OBJECTS, FILE_UNREADABLE);
	assert_verdict(w, "ASR-95103", "unknown");
	set_text(w, SET_ENABLE_DCOM, "N");
	assert_verdict(w, "ASR-95103", "fail");
	set_text(w, SET_ENABLE_DCOM, "Y");
	service(w, "Winmgmt")->start = START_DISABLED;
	assert_verdict(w, "ASR-95103", "fail");
	assert_says(w, "Winmgmt is disabled");
}

/* A descriptor of one entry, which gives Everyone these rights. */
static void limit_everyone(struct world *w, enum win_setting s, char rights)
{
	char sd[] = "\x01\x00\x04\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00"
		    "\x00\x00\x02\x00\x1c\x00\x01\x00\x00\x00\x00\x00\x14\x00R\x00\x00\x00\x01"
		    "\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00";

	*(char *)memchr(sd, 'R', sizeof(sd)) = rights;
	set_bytes(w, s, sd, sizeof(sd) - 1);
}

static void limits_of_dcom_must_let_administrators_in(void **state)
{
	struct world *w = windows_world();

	(void)state;
	open_all(w);
	limit_everyone(w, SET_MACHINE_ACCESS_RESTRICTION, COM_ALL);
	limit_everyone(w, SET_MACHINE_LAUNCH_RESTRICTION, COM_ALL);
	assert_verdict(w, "ASR-95103", "pass");
	limit_everyone(w, SET_MACHINE_LAUNCH_RESTRICTION, COM_EXECUTE_LOCAL | COM_ACTIVATE_LOCAL);
	assert_verdict(w, "ASR-95103", "warn");
	set_text(w, SET_MACHINE_LAUNCH_RESTRICTION_POLICY, "D:(A;;CCDCLCSWRP;;;BA)");
	assert_verdict(w, "ASR-95103", "pass");
	set_text(w, SET_MACHINE_ACCESS_RESTRICTION_POLICY, "D:(A;;CCDC;;;BA)");
	assert_verdict(w, "ASR-95103", "warn");
	set_text(w, SET_MACHINE_ACCESS_RESTRICTION_POLICY, "none");
	assert_verdict(w, "ASR-95103", "unknown");
}

static void one_map_of_the_repository_is_enough(void **state)
{
	struct world *w = windows_world();

	(void)state;
	open_all(w);
	set_path(w, PATH_WBEM_MAPPING1, FILE_ABSENT);
	set_path(w, PATH_WBEM_MAPPING2, FILE_UNREADABLE);
	assert_verdict(w, "ASR-95103", "pass");
	set_path(w, PATH_WBEM_MAPPING3, FILE_ABSENT);
	assert_verdict(w, "ASR-95103", "unknown");
	set_path(w, PATH_WBEM_MAPPING2, FILE_ABSENT);
	assert_verdict(w, "ASR-95103", "warn");
}

static void only_old_windows_lacks_the_port_mapper_s_service(void **state)
{
	struct world *w = windows_world();

	(void)state;
	open_all(w);
	drop_service(set_at(w, 0), "RpcEptMapper");
	assert_verdict(w, "ASR-95103", "fail");
	set_windows(w, true, 6, 0, 6003);
	assert_verdict(w, "ASR-95103", "pass");
}

/* ---- ASR-95117-WIN, 95523 ---- */

static void unreachable_repeats_its_causes(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95117-WIN", "fail");
	/* The port itself, WMI and file sharing; remote UAC warns. */
	assert_int_equal(count_evidence(w, FAIL), 3);
	assert_int_equal(count_evidence(w, WARN), 1);
	open_all(w);
	assert_verdict(w, "ASR-95117-WIN", "unknown");
	assert_reason(w, "not-on-disk");
	w->g->windows->interfaces.at[0].dhcp = false;
	assert_verdict(w, "ASR-95117-WIN", "warn");
	service(w, "RpcSs")->start = START_DISABLED;
	assert_verdict(w, "ASR-95117-WIN", "fail");
}

static void the_network_is_never_known(void **state)
{
	struct world *w = windows_world();

	(void)state;
	*list_add(&test_arena, &w->g->windows->interfaces.at[0].addresses) = "10.0.0.4";
	assert_verdict(w, "ASR-95523", "unknown");
	assert_says(w, "10.0.0.4 by DHCP");
	assert_verdict(world_new(), "ASR-95523", "unknown");
}

/* ---- ASR-WIN-RDP ---- */

static void remote_desktop_is_off_after_setup(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-RDP", "warn");
	assert_int_equal(count_evidence(w, WARN), 2);
	set_number(w, SET_DENY_TS_CONNECTIONS, 0);
	open_group(w, "-28752");
	assert_verdict(w, "ASR-WIN-RDP", "pass");
	set_number(w, SET_RDP_USER_AUTHENTICATION, 0);
	assert_verdict(w, "ASR-WIN-RDP", "info");
	set_number(w, SET_RDP_PORT, 3390);
	assert_verdict(w, "ASR-WIN-RDP", "warn");
	assert_int_equal(count_evidence(w, WARN), 2);
	set_number(w, SET_RDP_PORT, 3389);
	set_number(w, SET_DENY_TS_CONNECTIONS_POLICY, 1);
	assert_verdict(w, "ASR-WIN-RDP", "warn");
	assert_says(w, "a policy");
	/* A policy goes before what was set on the machine. */
	set_number(w, SET_RDP_USER_AUTHENTICATION, 1);
	set_number(w, SET_DENY_TS_CONNECTIONS, 1);
	set_number(w, SET_DENY_TS_CONNECTIONS_POLICY, 0);
	assert_verdict(w, "ASR-WIN-RDP", "pass");
}

static void the_listener_s_own_settings_warn(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_number(w, SET_DENY_TS_CONNECTIONS, 0);
	open_group(w, "-28752");
	set_number(w, SET_RDP_LAN_ADAPTER, 2);
	assert_verdict(w, "ASR-WIN-RDP", "warn");
	set_number(w, SET_RDP_LAN_ADAPTER, 0);
	set_bytes(w, SET_RDP_CERTIFICATE_HASH, "0123456789", 10);
	assert_verdict(w, "ASR-WIN-RDP", "warn");
	assert_says(w, "certificate");
	unset(w, SET_RDP_CERTIFICATE_HASH);
	service(w, "TermService")->start = START_DISABLED;
	assert_verdict(w, "ASR-WIN-RDP", "warn");
	service(w, "TermService")->start = START_MANUAL;
	unsee(w, SET_DENY_TS_CONNECTIONS);
	assert_verdict(w, "ASR-WIN-RDP", "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_sharing_is_closed_after_setup),
		cmocka_unit_test(open_in_some_profiles_warns),
		cmocka_unit_test(a_block_wins_and_other_programs_rules_open_nothing),
		cmocka_unit_test(a_scope_is_told_and_other_conditions_warn),
		cmocka_unit_test(policies_of_the_whole_group_count),
		cmocka_unit_test(without_its_service_the_firewall_is_open),
		cmocka_unit_test(a_server_bound_to_nothing_fails),
		cmocka_unit_test(administrative_shares_can_be_off),
		cmocka_unit_test(wmi_wants_its_group_services_and_dcom),
		cmocka_unit_test(what_a_user_may_not_share),
		cmocka_unit_test(limits_of_dcom_must_let_administrators_in),
		cmocka_unit_test(one_map_of_the_repository_is_enough),
		cmocka_unit_test(only_old_windows_lacks_the_port_mapper_s_service),
		cmocka_unit_test(unreachable_repeats_its_causes),
		cmocka_unit_test(the_network_is_never_known),
		cmocka_unit_test(remote_desktop_is_off_after_setup),
		cmocka_unit_test(the_listener_s_own_settings_warn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
