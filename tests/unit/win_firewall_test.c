/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/win_firewall.h"
#include "tests/lib/testing.h"

#define SVCHOST "App=%SystemRoot%\\system32\\svchost.exe|"

static struct win_fw_rule parsed(const char *id, const char *text)
{
	struct win_fw_rule r;

	assert_true(win_fw_parse(&r, &test_arena, id, text));
	return r;
}

static void a_stock_rule(void **state)
{
	struct win_fw_rule r = parsed("FPS-SMB-In-TCP",
		"v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort=445|"
		"App=System|Name=@FirewallAPI.dll,-28511|Desc=@FirewallAPI.dll,-28514|"
		"EmbedCtxt=@FirewallAPI.dll,-28502|");

	(void)state;
	assert_true(r.active && r.inbound && r.allow && !r.block);
	assert_int_equal(r.protocol, 6);
	assert_int_equal(r.profiles, WIN_FW_DOMAIN);
	assert_true(win_fw_in_group(&r, "-28502", NULL));
	assert_false(win_fw_in_group(&r, "-8502", NULL));
	assert_false(win_fw_in_group(&r, "-29502", NULL));
	assert_true(win_fw_in_group(&r, "-1", "FPS-SMB-In-TCP"));
	assert_true(win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 445, NULL));
	assert_false(win_fw_covers_tcp(&r, WIN_FW_PUBLIC, 445, NULL));
	assert_false(win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 139, NULL));
	assert_false(win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 445, "rpcss"));
}

static void profiles_and_ports_come_in_lists(void **state)
{
	struct win_fw_rule r = parsed("{1}",
		"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Private|Profile=Public|"
		"LPort=135|LPort2_10=5000-5020|LPort=RPC|Name=x|");

	(void)state;
	assert_int_equal(r.profiles, WIN_FW_PRIVATE | WIN_FW_PUBLIC);
	assert_true(win_fw_covers_tcp(&r, WIN_FW_PUBLIC, 5010, "any"));
	assert_true(win_fw_covers_tcp(&r, WIN_FW_PUBLIC, 135, "rpcss"));
	assert_false(win_fw_covers_tcp(&r, WIN_FW_PUBLIC, 5021, "any"));
	assert_true(r.rpc);
	r = parsed("x", "v2.0|Action=Block|Active=TRUE|Dir=In|");
	assert_true(r.block && r.any_port && r.profiles == WIN_FW_ALL_PROFILES);
	assert_true(win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 1, NULL));
}

static void one_program_is_not_another(void **state)
{
	struct win_fw_rule wmi = parsed("WMI-RPCSS-In-TCP",
		"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=135|" SVCHOST "Svc=rpcss|");
	struct win_fw_rule tool = parsed("{2}", "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|"
						"App=C:\\Program Files\\x\\x.exe|");
	struct win_fw_rule other = parsed(
		"{3}", "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|" SVCHOST "Svc=winmgmt|");

	(void)state;
	assert_true(win_fw_covers_tcp(&wmi, WIN_FW_PUBLIC, 135, "RpcSs"));
	assert_false(win_fw_covers_tcp(&wmi, WIN_FW_PUBLIC, 135, "termservice"));
	assert_false(win_fw_covers_tcp(&tool, WIN_FW_PUBLIC, 445, NULL));
	assert_false(win_fw_covers_tcp(&tool, WIN_FW_PUBLIC, 135, "rpcss"));
	assert_false(win_fw_covers_tcp(&other, WIN_FW_PUBLIC, 135, "rpcss"));
}

static void conditions(void **state)
{
	struct win_fw_rule r = parsed("x",
		"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=445|RA4=LocalSubnet|"
		"RA6=LocalSubnet|App=System|");

	(void)state;
	assert_true(r.some_remotes);
	assert_string_equal(r.remotes, "LocalSubnet");
	assert_false(r.other_conditions);
	r = parsed("x", "v2.10|Action=Allow|Active=TRUE|Dir=In|IF={0}|Security=Authenticate|");
	assert_true(r.other_conditions);
	r = parsed("x", "v2.10|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=445|");
	assert_false(win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 445, NULL));
	r = parsed("x", "v2.10|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|LPort=445|");
	assert_false(win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 445, NULL));
	r = parsed("x", "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=445|");
	assert_false(win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 445, NULL));
}

static void what_is_no_rule(void **state)
{
	static const char *const bad[] = {"", "|", "x", "Action=Allow|", "=|=|="};
	struct win_fw_rule r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(win_fw_parse(&r, &test_arena, "x", bad[i]));
	r = parsed("x", "v2|LPort=|LPort=99999|LPort=-|LPort=1-|LPort=,,|Protocol=999|====|");
	assert_int_equal(r.ports.n, 0);
	assert_false(r.any_port);
	assert_int_equal(r.protocol, WIN_FW_ANY_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stock_rule),
		cmocka_unit_test(profiles_and_ports_come_in_lists),
		cmocka_unit_test(one_program_is_not_another),
		cmocka_unit_test(conditions),
		cmocka_unit_test(what_is_no_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
