/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

static struct bcd_loader *loader(struct world *w)
{
	return &w->g->windows->bcd.loaders.at[0];
}

static struct win_bcd *bcd(struct world *w)
{
	return &w->g->windows->bcd;
}

/* ---- ASR-95309, 95310, 95313 ---- */

static void a_system_partition_on_another_disk_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95309", "pass");
	bcd(w)->volume = add_partition(w, add_disk(w, GIB), "ntfs", NULL);
	assert_verdict(w, "ASR-95309", "warn");
	assert_says(w, "system partition is on disk1 and Windows on disk0");
	w->options.agent_version = "9.19";
	assert_verdict(w, "ASR-95309", "fail");
	bcd(w)->volume = NULL;
	w->options.complete = false;
	assert_verdict(w, "ASR-95309", "unknown");
	assert_reason(w, "missing-disk");
}

static void a_boot_disk_needs_boot_manager_and_configuration(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95310", "pass");
	set_path(w, PATH_BOOTMGR, FILE_ABSENT);
	assert_verdict(w, "ASR-95310", "fail");
	assert_says(w, "no bootmgr");
	assert_remedy(w, "\tbcdboot C:\\Windows /s S: /f BIOS");
	w->options.complete = false;
	assert_verdict(w, "ASR-95310", "unknown");
	set_path(w, PATH_BOOTMGR, FILE_UNREADABLE);
	assert_verdict(w, "ASR-95310", "unknown");
	w = windows_uefi_world();
	assert_verdict(w, "ASR-95310", "pass");
	bcd(w)->hive.status = FILE_ABSENT;
	assert_verdict(w, "ASR-95310", "fail");
	assert_remedy(w, "/f UEFI");
}

static void a_plain_partition_spans_nothing(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_partition(w, add_disk(w, GIB), NULL, NULL);
	set_partition_type(w, "disk1p1", "0x42");
	assert_verdict(w, "ASR-95313", "pass");
	set_partition_type(w, "disk0p2", "0x42");
	assert_verdict(w, "ASR-95313", "unknown");
}

static void repairs_of_windows_are_those_of_windows(void **state)
{
	struct world *w = windows_world();
	static const char *const lone[] = {"/EFI/Microsoft/Boot/bootmgfw.efi", NULL};

	(void)state;
	w->options.target_gen = GEN_2;
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "fail");
	assert_remedy(w, "\tmbr2gpt /convert /allowFullOS");
	w->options.target_gen = GEN_AUTO;
	boots_not(w, disk_at(w, 0), "no partition is active");
	assert_verdict(w, "ASR-BOOT-MBR", "fail");
	assert_remedy(w, "\tbootsect /nt60 S: /mbr");
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "fail");
	assert_remedy(w, "\tbcdboot");
	add_esp(w, disk_at(w, 0), lone);
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "warn");
	assert_remedy(w, "\tbcdboot C:\\Windows /s S: /f UEFI");
}

static void a_former_boot_disk_is_made_inactive(void **state)
{
	struct world *w = windows_world();
	struct disk_map *d = add_disk(w, GIB);
	struct volume *v = add_partition(w, d, "ntfs", NULL);

	(void)state;
	boots_bios(w, d);
	boot_of(w, d)->active = v->partition;
	assert_verdict(w, "ASR-95311", "warn");
	assert_remedy(w, "\tinactive");
}

static void secure_boot_that_windows_noted_fails(void **state)
{
	struct world *w = windows_uefi_world();

	(void)state;
	assert_verdict(w, "ASR-BOOT-SECUREBOOT", "unknown");
	set_number(w, SET_SECURE_BOOT, 1);
	assert_verdict(w, "ASR-BOOT-SECUREBOOT", "fail");
	w->options.scenario = A2A;
	assert_verdict(w, "ASR-BOOT-SECUREBOOT", "info");
}

static void old_servers_boot_by_bios(void **state)
{
	struct world *w = windows_uefi_world();

	(void)state;
	assert_verdict(w, "ASR-BOOT-UEFI-WIN2008", "na");
	set_windows(w, true, 6, 1, 7601);
	assert_verdict(w, "ASR-BOOT-UEFI-WIN2008", "fail");
	w = windows_world();
	set_windows(w, true, 6, 1, 7601);
	assert_verdict(w, "ASR-BOOT-UEFI-WIN2008", "pass");
	set_windows(w, true, 0, 0, 0);
	assert_verdict(w, "ASR-BOOT-UEFI-WIN2008", "unknown");
}

/* ---- ASR-WIN-BCD ---- */

static void silence(struct world *w)
{
	loader(w)->has_ems = loader(w)->ems = loader(w)->has_recovery = true;
}

static void a_default_entry_for_this_windows_passes(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-BCD", "info");
	assert_int_equal(count_evidence(w, INFO), 2);
	silence(w);
	assert_verdict(w, "ASR-WIN-BCD", "pass");
	bcd(w)->has_timeout = true;
	assert_verdict(w, "ASR-WIN-BCD", "info");
	assert_says(w, "menu");
}

static void a_dangling_default_fails(void **state)
{
	struct world *w = windows_world();

	(void)state;
	bcd(w)->default_loader = -1;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "{default} does not exist");
	bcd(w)->default_id.value = NULL;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
}

static void devices_must_be_there_and_be_windows(void **state)
{
	struct world *w = windows_world();

	(void)state;
	loader(w)->osdevice.target = BCD_NOT_FOUND;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "osdevice is disk 0x1, which is on no disk");
	w->options.complete = false;
	assert_verdict(w, "ASR-WIN-BCD", "unknown");
	assert_reason(w, "missing-disk");
	loader(w)->osdevice.target = BCD_BOOT;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "disk0p1, and Windows is on disk0p2");
	loader(w)->osdevice.target = BCD_UNDECODED;
	assert_verdict(w, "ASR-WIN-BCD", "unknown");
	assert_reason(w, "unsupported");
	loader(w)->osdevice.target = BCD_NO_DEVICE;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	silence(w);
	loader(w)->osdevice.target = BCD_OTHER;
	assert_verdict(w, "ASR-WIN-BCD", "info");
}

static void a_second_windows_may_be_the_default(void **state)
{
	struct world *w = windows_world();
	struct volume *v = add_partition(w, disk_at(w, 0), "ntfs", NULL);

	(void)state;
	loader(w)->device.volume = loader(w)->osdevice.volume = v;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	add_guest(w, v);
	assert_verdict(w, "ASR-WIN-BCD", "info");
}

static void the_program_must_fit_the_firmware(void **state)
{
	struct world *w = windows_world();

	(void)state;
	loader(w)->path.value = "\\Windows\\system32\\winload.efi";
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "winload.efi, by BIOS");
	loader(w)->path.value = NULL;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
}

static void a_store_that_is_damaged_fails(void **state)
{
	struct world *w = windows_world();

	(void)state;
	bcd(w)->decoded = false;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	bcd(w)->hive.status = FILE_UNREADABLE;
	bcd(w)->hive.reason = REASON_LIMIT;
	bcd(w)->hive.why = "it is too large";
	assert_verdict(w, "ASR-WIN-BCD", "unknown");
	assert_reason(w, "limit");
	bcd(w)->hive.reason = REASON_UNREADABLE;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	bcd(w)->hive.status = FILE_ABSENT;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	w->options.complete = false;
	assert_verdict(w, "ASR-WIN-BCD", "unknown");
}

static void what_is_damaged_is_not_absent(void **state)
{
	struct world *w = windows_world();

	(void)state;
	loader(w)->damaged = "the key's values are damaged";
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "the default entry is damaged: the key's values");
	bcd(w)->damage = REASON_LIMIT;
	assert_verdict(w, "ASR-WIN-BCD", "unknown");
	assert_reason(w, "limit");

	w = windows_world();
	bcd(w)->damaged = "the list of its entries is damaged";
	bcd(w)->damage = REASON_UNREADABLE;
	assert_verdict(w, "ASR-WIN-BCD", "unknown");
	bcd(w)->default_loader = -1;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "the boot configuration is damaged: the list");
	bcd(w)->default_id.value = NULL;
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "the boot configuration is damaged: the list");
	make_dirty(w, HIVE_BCD);
	assert_verdict(w, "ASR-WIN-BCD", "warn");
}

static void a_default_that_is_no_loader_is_not_known(void **state)
{
	struct world *w = windows_world();
	struct bcd_object ntldr = {"{default}", 0x10300006, NULL, bcd(w)->hive.from};

	(void)state;
	bcd(w)->default_loader = -1;
	bcd(w)->default_other = &ntldr;
	assert_verdict(w, "ASR-WIN-BCD", "unknown");
	assert_reason(w, "unsupported");
	assert_says(w, "no loader of Windows (0x10300006)");
	ntldr.damaged = "it does not say what kind of entry it is";
	assert_verdict(w, "ASR-WIN-BCD", "fail");
	assert_says(w, "the default entry is damaged");
}

/* ---- ASR-IMG-SET ---- */

static struct win_drive *add_drive(struct world *w, char letter)
{
	struct win_drive *d = list_add(&test_arena, &w->g->windows->drives);

	*d = (struct win_drive){.letter = letter, .state = DRIVE_NOT_FOUND, .words = "partition x"};
	return d;
}

static void drives_of_disks_that_are_not_given(void **state)
{
	struct world *w = windows_world();
	struct win_drive *d;

	(void)state;
	assert_verdict(w, "ASR-IMG-SET", "pass");
	d = add_drive(w, 'E');
	assert_verdict(w, "ASR-IMG-SET", "info");
	w->options.complete = false;
	assert_verdict(w, "ASR-IMG-SET", "warn");
	assert_says(w, "the drive E: was partition x");
	d->disk_found = true;
	assert_verdict(w, "ASR-IMG-SET", "pass");
	d->disk_found = false;
	d->by_guid = true;
	assert_verdict(w, "ASR-IMG-SET", "warn");
	/* It may be a volume of the dynamic disk. */
	add_partition(w, add_disk(w, GIB), "ntfs", NULL);
	set_partition_type(w, "disk1p1", "0x42");
	assert_verdict(w, "ASR-IMG-SET", "pass");
	d->letter = 0;
	assert_verdict(w, "ASR-IMG-SET", "pass");
	loader(w)->osdevice.target = BCD_NOT_FOUND;
	assert_verdict(w, "ASR-IMG-SET", "warn");
	loader(w)->osdevice.disk_found = true;
	assert_verdict(w, "ASR-IMG-SET", "pass");
	lose_windows(w);
	assert_verdict(w, "ASR-IMG-SET", "unknown");
}

/* ---- ASR-WIN-OSVOLUME ---- */

static void windows_must_be_found(void **state)
{
	struct world *w = windows_world();
	struct hive_fact *h = &w->g->windows->hives[HIVE_SYSTEM];

	(void)state;
	assert_verdict(w, "ASR-WIN-OSVOLUME", "pass");
	h->status = FILE_ABSENT;
	assert_verdict(w, "ASR-WIN-OSVOLUME", "fail");
	h->status = FILE_UNREADABLE;
	h->reason = REASON_UNREADABLE;
	h->why = "a block is damaged";
	assert_verdict(w, "ASR-WIN-OSVOLUME", "fail");
	h->reason = REASON_LIMIT;
	assert_verdict(w, "ASR-WIN-OSVOLUME", "unknown");
	w->g->windows = NULL;
	assert_verdict(w, "ASR-WIN-OSVOLUME", "fail");
	assert_says(w, "no volume holds");
	w->options.complete = false;
	assert_verdict(w, "ASR-WIN-OSVOLUME", "unknown");
	lose_windows(w);
	assert_verdict(w, "ASR-WIN-OSVOLUME", "unknown");
	assert_reason(w, "unreadable");
	volume_named(w, "disk0p2")->sig.type = "BitLocker";
	assert_verdict(w, "ASR-WIN-OSVOLUME", "fail");
	assert_remedy(w, "\tmanage-bde -off C:");
}

/* ---- ASR-WIN-SANPOLICY ---- */

static void the_san_policy_matters_where_no_failover_sets_it(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-SANPOLICY", "info");
	set_number(w, SET_SAN_POLICY, 1);
	assert_verdict(w, "ASR-WIN-SANPOLICY", "pass");
	set_number(w, SET_NO_AUTO_MOUNT, 1);
	assert_verdict(w, "ASR-WIN-SANPOLICY", "info");
	w->options.scenario = HYPERV;
	assert_verdict(w, "ASR-WIN-SANPOLICY", "info");
	add_disk(w, GIB);
	assert_verdict(w, "ASR-WIN-SANPOLICY", "warn");
	set_number(w, SET_SAN_POLICY, 2);
	assert_verdict(w, "ASR-WIN-SANPOLICY", "warn");
	assert_says(w, "offline shared");
	unset(w, SET_SAN_POLICY);
	set_number(w, SET_NO_AUTO_MOUNT, 0);
	set_text(w, SET_EDITION_ID, "ServerDatacenter");
	assert_verdict(w, "ASR-WIN-SANPOLICY", "warn");
	set_text(w, SET_EDITION_ID, "ServerStandard");
	assert_verdict(w, "ASR-WIN-SANPOLICY", "info");
}

/* ---- ASR-WIN-PENDINGREBOOT ---- */

static void files_to_rename_mean_a_reboot(void **state)
{
	static const char *const temp[] = {"\\??\\C:\\Windows\\Temp\\x.tmp"};
	static const char *const more[] = {
		"\\??\\C:\\Windows\\Temp\\x.tmp", "\\??\\C:\\Windows\\System32\\drivers\\x.sys"};
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "pass");
	set_strings(w, SET_PENDING_FILE_RENAMES, temp, 1);
	assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "info");
	set_strings(w, SET_PENDING_FILE_RENAMES_2, more, 2);
	assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "warn");
	assert_says(w, "x.sys");
}

static void servicing_means_a_reboot(void **state)
{
	static const enum win_key keys[] = {KEY_CBS_REBOOT_PENDING, KEY_CBS_REBOOT_IN_PROGRESS,
		KEY_CBS_PACKAGES_PENDING, KEY_WU_REBOOT_REQUIRED};
	struct world *w;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		w = windows_world();
		make_key(w, keys[i]);
		assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "warn");
	}
	w = windows_world();
	set_path(w, PATH_PENDING_XML, FILE_READ);
	assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "warn");
	w = windows_world();
	set_number(w, SET_UPDATE_EXE_VOLATILE, 1);
	assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "warn");
	w = windows_world();
	set_text(w, SET_COMPUTER_NAME_ACTIVE, "OLD");
	assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "warn");
	assert_says(w, "from OLD to WIN-2022");
	w = windows_world();
	unsee_key(w, KEY_CBS_REBOOT_PENDING);
	assert_verdict(w, "ASR-WIN-PENDINGREBOOT", "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_system_partition_on_another_disk_warns),
		cmocka_unit_test(a_boot_disk_needs_boot_manager_and_configuration),
		cmocka_unit_test(a_plain_partition_spans_nothing),
		cmocka_unit_test(repairs_of_windows_are_those_of_windows),
		cmocka_unit_test(a_former_boot_disk_is_made_inactive),
		cmocka_unit_test(secure_boot_that_windows_noted_fails),
		cmocka_unit_test(old_servers_boot_by_bios),
		cmocka_unit_test(a_default_entry_for_this_windows_passes),
		cmocka_unit_test(a_dangling_default_fails),
		cmocka_unit_test(devices_must_be_there_and_be_windows),
		cmocka_unit_test(a_second_windows_may_be_the_default),
		cmocka_unit_test(the_program_must_fit_the_firmware),
		cmocka_unit_test(a_store_that_is_damaged_fails),
		cmocka_unit_test(what_is_damaged_is_not_absent),
		cmocka_unit_test(a_default_that_is_no_loader_is_not_known),
		cmocka_unit_test(drives_of_disks_that_are_not_given),
		cmocka_unit_test(windows_must_be_found),
		cmocka_unit_test(the_san_policy_matters_where_no_failover_sets_it),
		cmocka_unit_test(files_to_rename_mean_a_reboot),
		cmocka_unit_test(servicing_means_a_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
