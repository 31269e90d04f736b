/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

static const char *const no_loaders[] = {NULL};
static const char *const stock_debian[] = {
	"/EFI/debian/shimx64.efi", "/EFI/debian/grubx64.efi", NULL};
static const char *const stock_rocky[] = {"/EFI/BOOT/BOOTX64.EFI", "/EFI/BOOT/fbx64.efi",
	"/EFI/rocky/shimx64.efi", "/EFI/rocky/grubx64.efi", NULL};
static const char *const rocky_only[] = {"/EFI/rocky/shimx64.efi", NULL};
static const char *const microsoft[] = {"/EFI/Microsoft/Boot/bootmgfw.efi", NULL};

/* The same machine, but by UEFI with these loaders on its ESP. */
static struct world *uefi_world(const char *const *loaders)
{
	struct world *w = world_new();
	struct disk_map *d = disk_at(w, 0);

	d->table = TABLE_GPT;
	boots_not(w, d, "the first sector holds no boot code");
	boot_of(w, d)->mbr.code = MBR_NONE;
	boot_of(w, d)->core = CORE_NOT_NEEDED;
	w->g->boot_config.grub_modules = NULL;
	w->g->efi = add_esp(w, d, loaders)->volume;
	return w;
}

static struct world *two_disks(void)
{
	struct world *w = world_new();

	add_disk(w, 30 * GIB);
	return w;
}

/* ---- ASR-95309 ---- */

static void boot_on_another_disk_depends_on_the_agent(void **state)
{
	struct world *w = two_disks();
	struct volume *v = add_partition(w, disk_at(w, 1), "ext4", "77");

	(void)state;
	assert_verdict(w, "ASR-95309", "pass");
	put_boot(w, v);
	add_mount(w, "UUID=77", "/boot", "ext4", v);
	assert_verdict(w, "ASR-95309", "warn");
	assert_says(w, "/boot is on disk1 and / on disk0");
	assert_string_equal(w->worst->from.path, "/etc/fstab");
	w->options.agent_version = "9.19";
	assert_verdict(w, "ASR-95309", "fail");
}

static void a_boot_that_was_not_given_is_not_known(void **state)
{
	struct world *w = world_new();

	(void)state;
	lose_boot(w, "UUID=77");
	assert_verdict(w, "ASR-95309", "unknown");
	assert_reason(w, "missing-disk");
	assert_says(w, "UUID=77");
	w = world_new();
	add_mount(w, "UUID=ABCD-1234", "/boot/efi", "vfat", NULL);
	assert_verdict(w, "ASR-95309", "unknown");
}

static void a_windows_that_cannot_be_read_leaves_doubt(void **state)
{
	struct world *w = uefi_world(microsoft);

	(void)state;
	make_windows(w);
	assert_verdict(w, "ASR-95309", "unknown");
	assert_says(w, "not Windows itself");
}

static void without_a_guest_the_unread_volume_is_named(void **state)
{
	struct world *w = world_new();

	(void)state;
	forget_guest(w);
	assert_verdict(w, "ASR-95309", "unknown");
	assert_reason(w, "unsupported");
	assert_says(w, "btrfs is not read yet");
}

/* ---- ASR-95310 ---- */

static void a_loader_and_a_kernel_make_a_boot_disk(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_verdict(w, "ASR-95310", "pass");
	assert_verdict(uefi_world(stock_debian), "ASR-95310", "pass");
	boots_not(w, disk_at(w, 0), "the first sector holds no boot code");
	assert_verdict(w, "ASR-95310", "fail");
	assert_says(w, "disk0 has no boot loader");
	w->options.complete = false;
	assert_verdict(w, "ASR-95310", "unknown");
	assert_reason(w, "missing-disk");
}

static void a_boot_without_kernel_is_none(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->g->boot_config.kernels.n = 0;
	assert_verdict(w, "ASR-95310", "fail");
	assert_says(w, "no kernel");
	w->g->boot_config.boot_dir = FILE_UNREADABLE;
	w->g->boot_config.boot_dir_why = "its blocks are damaged";
	assert_verdict(w, "ASR-95310", "unknown");
	assert_reason(w, "unreadable");
}

static void a_boot_on_raid_is_lost_to_the_agent(void **state)
{
	struct world *w = world_new();

	(void)state;
	lose_boot(w, "/dev/md0");
	assert_verdict(w, "ASR-95310", "fail");
	assert_basis(w, "agent");
}

static void a_sector_that_cannot_be_read_hides_the_loader(void **state)
{
	struct world *w = world_new();
	struct disk_boot *b = boot_of(w, disk_at(w, 0));

	(void)state;
	boots_not(w, disk_at(w, 0), "the disk is damaged");
	b->mbr_status = FILE_UNREADABLE;
	b->mbr_why = "the disk is damaged";
	assert_verdict(w, "ASR-95310", "unknown");
	assert_reason(w, "unreadable");
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "unknown");
	assert_verdict(w, "ASR-95311", "unknown");
	assert_verdict(w, "ASR-BOOT-MBR", "unknown");
}

/* ---- ASR-95311 ---- */

static void a_stray_boot_disk_warns(void **state)
{
	struct world *w = two_disks();

	(void)state;
	assert_verdict(w, "ASR-95311", "pass");
	boots_bios(w, disk_at(w, 1));
	assert_verdict(w, "ASR-95311", "warn");
	assert_string_equal(w->worst->from.device, "disk1");
	assert_remedy(w, "    dd if=/dev/zero of=/dev/sdb bs=440 count=1");
}

static void two_systems_on_two_disks_fail(void **state)
{
	struct world *w = two_disks();
	struct guest *other;

	(void)state;
	boots_bios(w, disk_at(w, 1));
	other = add_guest(w, add_partition(w, disk_at(w, 1), "ext4", "77"));
	other->name.value = "Ubuntu 22.04";
	assert_verdict(w, "ASR-95311", "fail");
	assert_int_equal(count_evidence(w, FAIL), 2);
	w->facts.separate_machines = true;
	assert_verdict(w, "ASR-95311", "na");
	assert_says(w, "2 machines");
}

static void a_root_over_two_disks_is_one_system(void **state)
{
	struct world *w = two_disks();
	struct volume *root = (struct volume *)w->g->root;

	(void)state;
	*list_add(&test_arena, &root->disks) = disk_at(w, 1);
	assert_verdict(w, "ASR-95311", "pass");
	boots_bios(w, disk_at(w, 1));
	assert_verdict(w, "ASR-95311", "warn");
}

/* ---- ASR-BOOT-FIRMWARE ---- */

static void the_generation_follows_the_loaders(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "pass");
	assert_says(w, "Generation 1");
	w->options.target_gen = GEN_2;
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "fail");
	assert_remedy(w, "    grub-install --target=x86_64-efi");
	w = uefi_world(stock_debian);
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "pass");
	assert_says(w, "Generation 2");
	w->options.target_gen = GEN_1;
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "fail");
	assert_verdict(uefi_world(no_loaders), "ASR-BOOT-FIRMWARE", "fail");
}

static void a_vendor_that_hydration_does_not_know_is_noted(void **state)
{
	struct world *w = uefi_world(stock_rocky);

	(void)state;
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "info");
	assert_basis(w, "hydration");
	w->options.scenario = A2A;
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "pass");
}

static void a_loader_may_be_on_the_missing_disk(void **state)
{
	struct world *w = uefi_world(no_loaders);

	(void)state;
	lose_boot(w, "UUID=77");
	w->options.complete = false;
	assert_verdict(w, "ASR-BOOT-FIRMWARE", "unknown");
	assert_reason(w, "missing-disk");
	w = world_new();
	boots_not(w, disk_at(w, 0), "the first sector holds no boot code");
	lose_boot(w, "UUID=77");
	assert_verdict(w, "ASR-BOOT-MBR", "unknown");
}

/* ---- ASR-BOOT-MBR ---- */

static void a_broken_chain_fails(void **state)
{
	struct world *w = world_new();
	struct disk_boot *b = boot_of(w, disk_at(w, 0));

	(void)state;
	assert_verdict(w, "ASR-BOOT-MBR", "pass");
	w->g->boot_config.grub_modules = NULL;
	assert_verdict(w, "ASR-BOOT-MBR", "fail");
	assert_says(w, "normal.mod");
	assert_remedy(w, "    grub-install --target=i386-pc /dev/sda");
	w->g->boot_config.grub_modules = "/boot/grub/i386-pc/normal.mod";
	b->core = CORE_MISSING;
	boots_not(w, disk_at(w, 0), "sector 1 holds no GRUB core image");
	assert_verdict(w, "ASR-BOOT-MBR", "fail");
	assert_says(w, "no GRUB core image");
}

static void gpt_needs_a_partition_for_the_core_image(void **state)
{
	struct world *w = world_new();
	struct disk_boot *b = boot_of(w, disk_at(w, 0));

	(void)state;
	disk_at(w, 0)->table = TABLE_GPT;
	assert_verdict(w, "ASR-BOOT-MBR", "warn");
	b->core = CORE_MISSING;
	b->boots_bios = false;
	assert_verdict(w, "ASR-BOOT-MBR", "fail");
	b->core = CORE_FOUND;
	b->boots_bios = true;
	b->bios_boot = disk_at(w, 0)->partitions.at[0];
	assert_verdict(w, "ASR-BOOT-MBR", "pass");
}

static void uefi_machines_need_no_boot_code(void **state)
{
	struct world *w = uefi_world(stock_debian);

	(void)state;
	assert_verdict(w, "ASR-BOOT-MBR", "na");
	assert_says(w, "boots by UEFI");
	w->options.target_gen = GEN_1;
	assert_verdict(w, "ASR-BOOT-MBR", "fail");
	assert_verdict(uefi_world(no_loaders), "ASR-BOOT-MBR", "na");
	w = world_new();
	boots_not(w, disk_at(w, 0), "the first sector holds no boot code");
	boot_of(w, disk_at(w, 0))->mbr.code = MBR_NONE;
	assert_verdict(w, "ASR-BOOT-MBR", "fail");
	add_mount(w, "UUID=ABCD-1234", "/boot/efi", "vfat", NULL);
	assert_verdict(w, "ASR-BOOT-MBR", "na");
}

/* ---- ASR-BOOT-EFI-FALLBACK ---- */

static void the_fallback_loader_passes(void **state)
{
	(void)state;
	assert_verdict(uefi_world(stock_rocky), "ASR-BOOT-EFI-FALLBACK", "pass");
	assert_verdict(world_new(), "ASR-BOOT-EFI-FALLBACK", "na");
}

static void hydration_copies_the_directories_it_knows(void **state)
{
	struct world *w = uefi_world(stock_debian);

	(void)state;
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "info");
	w->options.scenario = HYPERV;
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "warn");
	assert_remedy(w, "grub-install --target=x86_64-efi --force-extra-removable");
	w = uefi_world(rocky_only);
	set_os(w, "rocky", "9.4", "Rocky Linux 9.4", "RHEL9-64");
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "warn");
	assert_remedy(w, "cp /boot/efi/EFI/rocky/shimx64.efi /boot/efi/EFI/BOOT/BOOTX64.EFI");
}

static void an_empty_esp_fails_unless_bios_boots(void **state)
{
	struct world *w = uefi_world(no_loaders);

	(void)state;
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "fail");
	boots_bios(w, disk_at(w, 0));
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "info");
}

static void a_shim_alone_starts_nothing(void **state)
{
	static const char *const loaders[] = {
		"/EFI/BOOT/BOOTX64.EFI", "/EFI/debian/shimx64.efi", NULL};

	(void)state;
	assert_verdict(uefi_world(loaders), "ASR-BOOT-EFI-FALLBACK", "warn");
}

static void a_damaged_or_dirty_esp_is_told(void **state)
{
	struct world *w = uefi_world(stock_rocky);
	struct esp *esp = boot_of(w, disk_at(w, 0))->esps.at;

	(void)state;
	esp->fs->state = FS_DIRTY;
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "warn");
	assert_string_equal(w->worst->from.state, "dirty");
	esp->status = FILE_UNREADABLE;
	esp->why = "its FAT is damaged";
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "fail");
}

static void an_esp_that_was_not_given_is_not_known(void **state)
{
	struct world *w = world_new();

	(void)state;
	add_mount(w, "UUID=ABCD-1234", "/boot/efi", "vfat", NULL);
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "fail");
	w->options.complete = false;
	assert_verdict(w, "ASR-BOOT-EFI-FALLBACK", "unknown");
}

static void without_a_guest_nothing_passes_unseen(void **state)
{
	static const char *const ids[] = {
		"ASR-95310", "ASR-BOOT-FIRMWARE", "ASR-BOOT-MBR", "ASR-BOOT-EFI-FALLBACK"};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct world *w = world_new();

		boots_not(w, disk_at(w, 0), "the first sector holds no boot code");
		forget_guest(w);
		w->options.complete = false;
		assert_verdict(w, ids[i], "unknown");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_on_another_disk_depends_on_the_agent),
		cmocka_unit_test(a_boot_that_was_not_given_is_not_known),
		cmocka_unit_test(a_windows_that_cannot_be_read_leaves_doubt),
		cmocka_unit_test(without_a_guest_the_unread_volume_is_named),
		cmocka_unit_test(a_loader_and_a_kernel_make_a_boot_disk),
		cmocka_unit_test(a_boot_without_kernel_is_none),
		cmocka_unit_test(a_boot_on_raid_is_lost_to_the_agent),
		cmocka_unit_test(a_sector_that_cannot_be_read_hides_the_loader),
		cmocka_unit_test(a_stray_boot_disk_warns),
		cmocka_unit_test(two_systems_on_two_disks_fail),
		cmocka_unit_test(a_root_over_two_disks_is_one_system),
		cmocka_unit_test(the_generation_follows_the_loaders),
		cmocka_unit_test(a_vendor_that_hydration_does_not_know_is_noted),
		cmocka_unit_test(a_loader_may_be_on_the_missing_disk),
		cmocka_unit_test(a_broken_chain_fails),
		cmocka_unit_test(gpt_needs_a_partition_for_the_core_image),
		cmocka_unit_test(uefi_machines_need_no_boot_code),
		cmocka_unit_test(the_fallback_loader_passes),
		cmocka_unit_test(hydration_copies_the_directories_it_knows),
		cmocka_unit_test(an_empty_esp_fails_unless_bios_boots),
		cmocka_unit_test(a_shim_alone_starts_nothing),
		cmocka_unit_test(a_damaged_or_dirty_esp_is_told),
		cmocka_unit_test(an_esp_that_was_not_given_is_not_known),
		cmocka_unit_test(without_a_guest_nothing_passes_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
