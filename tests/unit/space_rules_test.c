/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

static struct world *with_room(uint64_t available)
{
	struct world *w = world_new();

	w->g->root_fs->space.available = available;
	return w;
}

static const char *root_has(uint64_t available, const char *rule)
{
	return judge_rule(with_room(available), rule);
}

static void the_installer_s_copy_wants_100_mib(void **state)
{
	struct world *w = with_room(8 * GIB);

	(void)state;
	assert_string_equal(root_has(100 * MIB - 1, "ASR-95524"), "fail");
	assert_string_equal(root_has(100 * MIB, "ASR-95524"), "warn");
	assert_string_equal(root_has(150 * MIB, "ASR-95524"), "pass");
	add_mount(w, "UUID=77", "/tmp", "ext4", add_partition(w, disk_at(w, 0), "ext4", "77"))
		->fs->space.available = MIB;
	assert_verdict(w, "ASR-95524", "fail");
	assert_says(w, "/tmp has 1 MiB available");
	assert_string_equal(w->worst->from.device, "disk0p3");
}

static void tmp_in_memory_is_left_out(void **state)
{
	struct world *w = with_room(8 * GIB);

	(void)state;
	add_mount(w, "tmpfs", "/tmp", "tmpfs", NULL);
	assert_verdict(w, "ASR-95524", "pass");
}

static void the_root_wants_1_or_2_gib(void **state)
{
	struct world *w = with_room(GIB - 4096);

	(void)state;
	assert_verdict(w, "ASR-SPACE-ROOT", "fail");
	assert_basis(w, "agent");
	assert_says(w, "/ has 1023.9 MiB available");
	w->g->never_booted = true;
	assert_verdict(w, "ASR-SPACE-ROOT", "warn");
	assert_says(w, "grows its root at the first boot");
	assert_string_equal(root_has(GIB, "ASR-SPACE-ROOT"), "warn");
	assert_string_equal(root_has(2 * GIB, "ASR-SPACE-ROOT"), "pass");
	assert_string_equal(root_has(2 * GIB - 1, "ASR-SPACE-ROOT"), "warn");
}

static void the_agent_s_folder_wants_its_share(void **state)
{
	struct world *w = with_room(8 * GIB);
	struct mount *m;

	(void)state;
	assert_string_equal(root_has(262144000 - 1, "ASR-SPACE-INSTALLDIR"), "fail");
	assert_string_equal(root_has(262144000, "ASR-SPACE-INSTALLDIR"), "warn");
	assert_string_equal(root_has(600 * MIB, "ASR-SPACE-INSTALLDIR"), "pass");
	m = add_mount(w, "UUID=77", "/opt", "ext4", add_partition(w, disk_at(w, 0), "ext4", "77"));
	m->fs->space.available = MIB;
	assert_verdict(w, "ASR-SPACE-INSTALLDIR", "pass");
	w->g->traces.dir = "/opt/ASR/Vx";
	assert_verdict(w, "ASR-SPACE-INSTALLDIR", "fail");
}

static void a_full_disk_fails(void **state)
{
	struct world *w = with_room(8 * GIB);

	(void)state;
	assert_verdict(w, "ASR-SPACE-FULL", "pass");
	assert_string_equal(root_has(0, "ASR-SPACE-FULL"), "fail");
	w->g->root_fs->space.inodes_available = 0;
	assert_verdict(w, "ASR-SPACE-FULL", "fail");
	assert_says(w, "no free inodes");
	w->g->root_fs->space.inodes = 0;
	assert_verdict(w, "ASR-SPACE-FULL", "pass");
	add_mount(w, "UUID=77", "/var/log/audit", "ext4",
		add_partition(w, disk_at(w, 0), "ext4", "77"))
		->fs->space.available = 0;
	assert_verdict(w, "ASR-SPACE-FULL", "fail");
	assert_says(w, "/var/log/audit is full");
}

static void room_for_an_initramfs_is_told(void **state)
{
	struct world *w = with_room(60 * MIB);

	(void)state;
	assert_verdict(w, "ASR-SPACE-BOOT", "pass");
	w = with_room(60 * MIB - 1);
	assert_verdict(w, "ASR-SPACE-BOOT", "pass");
	assert_says(w, "does not rebuild");
	set_os(w, "rhel", "9.4", "Red Hat Enterprise Linux 9.4", "RHEL9-64");
	assert_verdict(w, "ASR-SPACE-BOOT", "unknown");
	assert_reason(w, "unsupported");
	assert_says(w, "largest initramfs (40 MiB) would take 60 MiB");
	w->g->boot_config.largest_initrd = 0;
	assert_verdict(w, "ASR-SPACE-BOOT", "na");
}

static void room_that_cannot_be_seen_is_not_known(void **state)
{
	static const char *const ids[] = {"ASR-95524", "ASR-SPACE-INSTALLDIR", "ASR-SPACE-FULL"};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct world *w = with_room(8 * GIB);

		w->g->root_fs->space_known = false;
		assert_verdict(w, ids[i], "unknown");
		assert_reason(w, "unreadable");
	}
}

static void mounts_that_were_not_given_are_not_known(void **state)
{
	struct world *w = with_room(8 * GIB);

	(void)state;
	add_mount(w, "UUID=77", "/var", "ext4", NULL);
	assert_verdict(w, "ASR-SPACE-FULL", "unknown");
	assert_reason(w, "missing-disk");
	lose_boot(w, "UUID=78");
	assert_verdict(w, "ASR-SPACE-BOOT", "unknown");
	add_mount(w, "UUID=79", "/usr/local", "ext4", NULL);
	assert_verdict(w, "ASR-SPACE-INSTALLDIR", "unknown");
}

static void windows_and_no_guest_are_not_known(void **state)
{
	struct world *w = world_new();

	(void)state;
	make_windows(w);
	assert_verdict(w, "ASR-95524", "unknown");
	assert_verdict(w, "ASR-SPACE-FULL", "unknown");
	assert_reason(w, "unsupported");
	forget_guest(w);
	assert_verdict(w, "ASR-95524", "unknown");
	assert_verdict(w, "ASR-SPACE-FULL", "unknown");
}

static void evidence_of_a_dirty_filesystem_says_so(void **state)
{
	struct world *w = with_room(MIB);

	(void)state;
	w->g->root_fs->state = FS_DIRTY;
	w->g->root_fs->space.approximate = true;
	assert_verdict(w, "ASR-SPACE-ROOT", "fail");
	assert_string_equal(w->worst->from.state, "dirty");
	assert_says(w, "about 1 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_installer_s_copy_wants_100_mib),
		cmocka_unit_test(tmp_in_memory_is_left_out),
		cmocka_unit_test(the_root_wants_1_or_2_gib),
		cmocka_unit_test(the_agent_s_folder_wants_its_share),
		cmocka_unit_test(a_full_disk_fails),
		cmocka_unit_test(room_for_an_initramfs_is_told),
		cmocka_unit_test(room_that_cannot_be_seen_is_not_known),
		cmocka_unit_test(mounts_that_were_not_given_are_not_known),
		cmocka_unit_test(windows_and_no_guest_are_not_known),
		cmocka_unit_test(evidence_of_a_dirty_filesystem_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
