/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

/* ---- ASR-DRV-CS, the vectors of appendix A.5 ---- */

static void a_driver_missing_in_any_control_set_fails(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-DRV-CS", "pass");
	drop_service(set_at(w, 1), "storvsc");
	assert_verdict(w, "ASR-DRV-CS", "fail");
	assert_says(w, "storvsc is missing in ControlSet002 (non-current)");
	assert_remedy(w, "\treg copy HKLM\\SYSTEM\\ControlSet001\\Services\\storvsc "
			 "HKLM\\SYSTEM\\ControlSet002\\Services\\storvsc /s /f");
	set_at(w, 1)->failed = true;
	assert_verdict(w, "ASR-DRV-CS", "warn");
	drop_service(set_at(w, 0), "storvsc");
	assert_verdict(w, "ASR-DRV-CS", "fail");
	assert_remedy(w, "sfc /scannow");
}

static void a_set_that_cannot_be_read_is_unknown(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_at(w, 1)->state = REG_UNSEEN;
	assert_verdict(w, "ASR-DRV-CS", "unknown");
	assert_verdict(w, "ASR-170010", "unknown");
	assert_verdict(w, "ASR-DRV-STARTOVERRIDE", "unknown");
	set_at(w, 1)->state = REG_THERE;
	service(w, "atapi")->type = 0x10;
	assert_verdict(w, "ASR-DRV-CS", "warn");
	make_dirty(w, HIVE_SYSTEM);
	drop_service(set_at(w, 0), "vmbus");
	assert_verdict(w, "ASR-DRV-CS", "warn");
}

/* ---- ASR-DRV-FILES ---- */

static void vital_files_fail_and_others_warn(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-DRV-FILES", "pass");
	service(w, "storflt")->file = SERVICE_FILE_MISSING;
	assert_verdict(w, "ASR-DRV-FILES", "warn");
	assert_says(w, "vmstorfl.sys");
	set_path(w, PATH_DRV_ATAPORT, FILE_UNREADABLE);
	assert_verdict(w, "ASR-DRV-FILES", "warn");
	service(w, "storflt")->file = SERVICE_FILE_THERE;
	assert_verdict(w, "ASR-DRV-FILES", "unknown");
	service(w, "storvsc")->file = SERVICE_FILE_MISSING;
	assert_verdict(w, "ASR-DRV-FILES", "fail");
	/* Without a service, the file where it should be. */
	drop_service(set_at(w, 0), "storvsc");
	assert_verdict(w, "ASR-DRV-FILES", "unknown");
	set_path(w, PATH_DRV_STORVSC, FILE_ABSENT);
	assert_verdict(w, "ASR-DRV-FILES", "fail");
}

static void ide_matters_to_bios_machines(void **state)
{
	struct world *w = windows_world();

	(void)state;
	service(w, "intelide")->file = SERVICE_FILE_MISSING;
	assert_verdict(w, "ASR-DRV-FILES", "fail");
	assert_says(w, "IDE");
	w = windows_uefi_world();
	service(w, "intelide")->file = SERVICE_FILE_MISSING;
	assert_verdict(w, "ASR-DRV-FILES", "warn");
}

/* ---- ASR-170010 ---- */

static void failover_sets_start_types_from_vmware_only(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-170010", "pass");
	service(w, "storvsc")->start = START_MANUAL;
	assert_verdict(w, "ASR-170010", "info");
	assert_says(w, "storvsc is manual in ControlSet001");
	assert_remedy(w, "\treg add HKLM\\SYSTEM\\ControlSet001\\Services\\storvsc /v Start /t "
			 "REG_DWORD /d 0 /f");
	w->options.scenario = HYPERV;
	assert_verdict(w, "ASR-170010", "fail");
	service(w, "storvsc")->start = START_BOOT;
	service(w, "atapi")->start = START_DISABLED;
	assert_verdict(w, "ASR-170010", "warn");
	w->options.scenario = V2A;
	assert_verdict(w, "ASR-170010", "warn");
	service(w, "atapi")->start = START_BOOT;
	service(w, "Dhcp")->start = START_MANUAL;
	assert_verdict(w, "ASR-170010", "info");
	assert_remedy(w, "Services\\Dhcp /v Start /t REG_DWORD /d 2 /f");
}

/* ---- ASR-DRV-STARTOVERRIDE ---- */

static void a_start_override_is_told(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-DRV-STARTOVERRIDE", "pass");
	service(w, "storvsc")->has_override = true;
	service(w, "storvsc")->start_override = START_MANUAL;
	assert_verdict(w, "ASR-DRV-STARTOVERRIDE", "info");
	assert_remedy(w, "ControlSet001\\Services\\storvsc\\StartOverride /f");
	w->options.scenario = HYPERV;
	assert_verdict(w, "ASR-DRV-STARTOVERRIDE", "warn");
	set_windows(w, true, 6, 1, 7601);
	assert_verdict(w, "ASR-DRV-STARTOVERRIDE", "na");
}

/* ---- services ---- */

static void the_dhcp_client_must_be_automatic(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-SVC-DHCP", "pass");
	service(w, "Dhcp")->start = START_DISABLED;
	assert_verdict(w, "ASR-SVC-DHCP", "warn");
	assert_verdict(w, "ASR-WIN-SVCSTART", "fail");
	w->options.scenario = A2A;
	assert_verdict(w, "ASR-SVC-DHCP", "fail");
	w->options.scenario = V2A;
	drop_service(set_at(w, 0), "Dhcp");
	assert_verdict(w, "ASR-SVC-DHCP", "fail");
}

static void start_types_differ_by_what_they_cost(void **state)
{
	struct world *w = windows_world();

	(void)state;
	/* Trigger-started ones of setup. */
	assert_verdict(w, "ASR-WIN-SVCSTART", "info");
	service(w, "W32Time")->start = service(w, "IKEEXT")->start = START_AUTO;
	assert_verdict(w, "ASR-WIN-SVCSTART", "pass");
	service(w, "TermService")->start = START_DISABLED;
	assert_verdict(w, "ASR-WIN-SVCSTART", "warn");
	service(w, "nsi")->start = START_DISABLED;
	assert_verdict(w, "ASR-WIN-SVCSTART", "fail");
	assert_remedy(w, "\tsc config nsi start= auto");
}

static void com_and_vss_must_not_be_disabled(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-151025", "pass");
	service(w, "swprv")->start = START_DISABLED;
	assert_verdict(w, "ASR-151025", "warn");
	service(w, "VSS")->start = START_DISABLED;
	assert_verdict(w, "ASR-151025", "fail");
	assert_says(w, "VSS");
}

static void tools_of_other_hypervisors_are_told(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-VMTOOLS", "pass");
	add_service(w, set_at(w, 0), "VMTools", START_AUTO, 0x10);
	assert_verdict(w, "ASR-WIN-VMTOOLS", "info");
	assert_says(w, "failover disables it");
	service(w, "VMTools")->start = START_MANUAL;
	assert_verdict(w, "ASR-WIN-VMTOOLS", "pass");
}

/* ---- ASR-WIN-FILTERS ---- */

static void an_orphaned_filter_fails(void **state)
{
	static const char *const upper[] = {"partmgr", "oldflt"};
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-FILTERS", "pass");
	make_key(w, KEY_CLASS_DISK);
	add_strings(w, KEY_CLASS_DISK, "UpperFilters", upper, 2);
	assert_verdict(w, "ASR-WIN-FILTERS", "fail");
	assert_says(w, "oldflt, a filter of disks, is not installed");
	assert_remedy(w, "/v UpperFilters /t REG_MULTI_SZ /d partmgr /f");
	add_service(w, set_at(w, 0), "oldflt", START_BOOT, 1);
	assert_verdict(w, "ASR-WIN-FILTERS", "info");
	service(w, "oldflt")->file = SERVICE_FILE_UNSEEN;
	assert_verdict(w, "ASR-WIN-FILTERS", "unknown");
	service(w, "oldflt")->file = SERVICE_FILE_MISSING;
	assert_verdict(w, "ASR-WIN-FILTERS", "fail");
	assert_says(w, "without its file");
	unsee_key(w, KEY_CLASS_DISK);
	assert_verdict(w, "ASR-WIN-FILTERS", "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_missing_in_any_control_set_fails),
		cmocka_unit_test(a_set_that_cannot_be_read_is_unknown),
		cmocka_unit_test(vital_files_fail_and_others_warn),
		cmocka_unit_test(ide_matters_to_bios_machines),
		cmocka_unit_test(failover_sets_start_types_from_vmware_only),
		cmocka_unit_test(a_start_override_is_told),
		cmocka_unit_test(the_dhcp_client_must_be_automatic),
		cmocka_unit_test(start_types_differ_by_what_they_cost),
		cmocka_unit_test(com_and_vss_must_not_be_disabled),
		cmocka_unit_test(tools_of_other_hypervisors_are_told),
		cmocka_unit_test(an_orphaned_filter_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
