/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

static void names_that_azure_takes(void **state)
{
	static const struct {
		const char *name, *verdict;
	} names[] = {{"WEB01", "pass"}, {"a", "pass"}, {"web-01", "pass"}, {"web_01", "warn"},
		{"web.example", "warn"}, {"-web", "warn"}, {"web-", "warn"}, {"Azure", "warn"},
		{"", "warn"},
		{"a123456789012345678901234567890123456789012345678901234567890123", "warn"}};
	struct world *w = windows_world();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set_text(w, SET_COMPUTER_NAME, names[i].name);
		if (strcmp(judge_rule(w, "ASR-ID-HOSTNAME"), names[i].verdict))
			fail_msg("%s is not %s", names[i].name, names[i].verdict);
	}
	unset(w, SET_COMPUTER_NAME);
	assert_verdict(w, "ASR-ID-HOSTNAME", "warn");
	unsee(w, SET_COMPUTER_NAME);
	assert_verdict(w, "ASR-ID-HOSTNAME", "unknown");
}

static void asr_calls_the_machine_as_its_description_does(void **state)
{
	struct world *w = windows_world();
	struct machine_config m = {.kind = "vmx", .path = "web01.vmx"};

	(void)state;
	set_text(w, SET_COMPUTER_NAME, "WEB_01");
	m.name = (struct config_fact){"web-01", 3, "displayName = \"web-01\""};
	w->vm.machine.config = &m;
	assert_verdict(w, "ASR-ID-HOSTNAME", "pass");
	m.name.value = "web 01 (old)";
	assert_verdict(w, "ASR-ID-HOSTNAME", "warn");
	assert_int_equal(w->worst->from.line, 3);
}

static void a_team_has_an_adapter_of_its_own(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-NET-BOND", "pass");
	w->g->windows->devices_known = false;
	assert_verdict(w, "ASR-NET-BOND", "unknown");
	*list_add(&test_arena, &w->g->windows->devices) =
		(struct win_device){"COMPOSITEBUS\\MS_IMPLAT_MP\\{1}", "NdisImPlatformMp", {0}};
	assert_verdict(w, "ASR-NET-BOND", "warn");
}

static void addresses_set_by_hand_are_told(void **state)
{
	struct world *w = windows_world();
	struct win_interface *i = &w->g->windows->interfaces.at[0];

	(void)state;
	i->dhcp = true;
	assert_verdict(w, "ASR-NET-STATIC", "pass");
	w->g->windows->interfaces_known = false;
	assert_verdict(w, "ASR-NET-STATIC", "unknown");
	w->g->windows->interfaces_known = true;
	i->dhcp = false;
	i->addresses.n = 0;
	*list_add(&test_arena, &i->addresses) = "10.0.0.7";
	assert_verdict(w, "ASR-NET-STATIC", "info");
	assert_says(w, "10.0.0.7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_azure_takes),
		cmocka_unit_test(asr_calls_the_machine_as_its_description_does),
		cmocka_unit_test(a_team_has_an_adapter_of_its_own),
		cmocka_unit_test(addresses_set_by_hand_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
