/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

#include "base/cleanup.h"

static const char *root_on(const char *type)
{
	struct world *w = world_new();

	volume_named(w, "disk0p1")->sig.type = type;
	return judge_rule(w, "ASR-FS-ROOT");
}

static const char *boot_on(const char *type)
{
	struct world *w = world_new();

	put_boot(w, add_partition(w, disk_at(w, 0), type, "77"));
	return judge_rule(w, "ASR-FS-BOOT");
}

static void the_root_is_of_a_listed_type(void **state)
{
	(void)state;
	assert_string_equal(root_on("ext4"), "pass");
	assert_string_equal(root_on("ext3"), "pass");
	assert_string_equal(root_on("xfs"), "pass");
	assert_string_equal(root_on("btrfs"), "pass");
	assert_string_equal(root_on("ext2"), "fail");
	assert_string_equal(root_on("f2fs"), "fail");
}

/* / is a Btrfs, opened. */
static struct world *world_on_btrfs(struct fs *fs)
{
	struct world *w = world_new();

	volume_named(w, "disk0p1")->sig.type = "btrfs";
	*fs = (struct fs){.devices = 1};
	w->g->root_fs->fs = fs;
	return w;
}

static void btrfs_is_of_one_device(void **state)
{
	struct fs fs;
	struct world *w = world_on_btrfs(&fs);
	struct volume *second = add_partition(w, add_disk(w, 20 * GIB), "btrfs", ROOT_UUID);

	(void)state;
	assert_verdict(w, "ASR-FS-ROOT", "pass");
	assert_verdict(w, "ASR-FS-BTRFS", "info");
	assert_verdict(w, "ASR-95313", "pass");
	fs.devices = 2;
	assert_verdict(w, "ASR-FS-ROOT", "fail");
	assert_says(w, "btrfs of 2 devices");
	assert_verdict(w, "ASR-FS-BTRFS", "fail");
	assert_says(w, "btrfs of 2 devices");
	assert_verdict(w, "ASR-95313", "unknown");
	assert_reason(w, "missing-disk");
	assert_verdict(w, "ASR-FS-HEALTH", "unknown");
	assert_reason(w, "missing-disk");
	*list_add(&test_arena, &w->g->root_fs->further) = second;
	assert_verdict(w, "ASR-95313", "fail");
	assert_says(w, "2 devices on 2 disks (disk0 and disk1)");
	/* What cannot be opened is counted by its members. */
	w->g->root_fs->fs = NULL;
	assert_verdict(w, "ASR-FS-ROOT", "fail");
	assert_verdict(w, "ASR-FS-BTRFS", "fail");
}

static void a_btrfs_has_conditions(void **state)
{
	struct fs fs;
	struct world *w = world_on_btrfs(&fs);

	(void)state;
	fs.raid = "raid0";
	assert_verdict(w, "ASR-FS-BTRFS", "fail");
	assert_says(w, "the profile raid0");
	fs.raid = NULL;
	w->options.agent_version = "9.21";
	assert_verdict(w, "ASR-FS-BTRFS", "fail");
	w->options.agent_version = "9.22";
	assert_verdict(w, "ASR-FS-BTRFS", "info");
	w->g->root_fs->fs = NULL;
	w->g->root_fs->why = "its superblock is damaged";
	assert_verdict(w, "ASR-FS-BTRFS", "unknown");
	assert_reason(w, "unreadable");
	assert_verdict(world_new(), "ASR-FS-BTRFS", "na");
}

static void the_state_of_every_filesystem_counts(void **state)
{
	static const struct {
		enum fs_state state;
		const char *verdict;
	} cases[] = {
		{FS_CLEAN, "pass"},
		{FS_REPLAYED, "warn"},
		{FS_DIRTY, "warn"},
		{FS_ERRORS, "fail"},
		{FS_UNREADABLE, "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world *w = world_new();

		put_boot(w, add_partition(w, disk_at(w, 0), "xfs", "77"));
		w->g->boot_fs->state = cases[i].state;
		w->g->boot_fs->why = "the log needs replay";
		assert_verdict(w, "ASR-FS-HEALTH", cases[i].verdict);
		if (cases[i].state != FS_CLEAN)
			assert_says(w, "/boot (xfs)");
	}
}

static void boot_may_be_ext2_but_not_fat(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_string_equal(boot_on("ext2"), "pass");
	assert_string_equal(boot_on("xfs"), "pass");
	assert_string_equal(boot_on("vfat"), "fail");
	assert_verdict(w, "ASR-FS-BOOT", "pass");
	lose_boot(w, "UUID=77");
	assert_verdict(w, "ASR-FS-BOOT", "unknown");
	assert_reason(w, "missing-disk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_of_a_listed_type),
		cmocka_unit_test(btrfs_is_of_one_device),
		cmocka_unit_test(a_btrfs_has_conditions),
		cmocka_unit_test(the_state_of_every_filesystem_counts),
		cmocka_unit_test(boot_may_be_ext2_but_not_fat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
