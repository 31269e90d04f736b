/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

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

static void btrfs_is_of_one_device(void **state)
{
	struct world *w = world_new();

	(void)state;
	volume_named(w, "disk0p1")->sig.type = "btrfs";
	add_partition(w, add_disk(w, 20 * GIB), "btrfs", ROOT_UUID);
	assert_verdict(w, "ASR-FS-ROOT", "fail");
	assert_says(w, "btrfs of 2 devices");
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
		cmocka_unit_test(boot_may_be_ext2_but_not_fat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
