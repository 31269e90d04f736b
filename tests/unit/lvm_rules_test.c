/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

/* Root (with /boot) on an LV over n_lv of the n_vg disks of its group. */
static struct world *lvm_world(size_t n_vg, size_t n_lv)
{
	struct world *w = world_new();
	struct volume *pvs[8];

	for (size_t i = 0; i < n_vg; i++) {
		struct disk_map *d = i ? add_disk(w, 30 * GIB) : disk_at(w, 0);

		pvs[i] = add_partition(w, d, "LVM2_member", NULL);
	}
	put_root(w, add_lv(w, add_group(w, "vg0", pvs, n_vg), "root", "ext4", n_lv));
	return w;
}

static struct volume_group *group(struct world *w)
{
	return w->vm.map.groups.at[0];
}

/* ---- ASR-LVM-920 ---- */

static void lvm_wants_agent_9_20(void **state)
{
	struct world *w = lvm_world(1, 1);

	(void)state;
	assert_verdict(w, "ASR-LVM-920", "pass");
	w->options.agent_version = "9.19";
	assert_verdict(w, "ASR-LVM-920", "fail");
	assert_says(w, "/ is on the logical volume vg0/root");
	w->options.agent_version = "9.67";
	w->options.scenario = HYPERV;
	assert_verdict(w, "ASR-LVM-920", "warn");
	w = world_new();
	w->options.agent_version = "9.19";
	assert_verdict(w, "ASR-LVM-920", "pass");
}

static void the_listed_directories_count_too(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->options.agent_version = "9.19";
	add_mount(w, "/dev/far/var", "/var", "ext4", NULL);
	assert_verdict(w, "ASR-LVM-920", "fail");
	assert_says(w, "/var is on the logical volume /dev/far/var");
	w = world_new();
	w->options.agent_version = "9.19";
	add_mount(w, "UUID=77", "/usr", "ext4", NULL);
	assert_verdict(w, "ASR-LVM-920", "unknown");
	assert_reason(w, "missing-disk");
	w = world_new();
	w->options.agent_version = "9.19";
	add_mount(w, "/dev/far/home", "/home", "ext4", NULL);
	assert_verdict(w, "ASR-LVM-920", "pass");
}

/* ---- ASR-LVM-BOOTMULTI ---- */

static void the_group_of_boot_must_be_on_one_disk(void **state)
{
	struct world *w = lvm_world(2, 1);

	(void)state;
	assert_verdict(w, "ASR-LVM-BOOTMULTI", "fail");
	assert_basis(w, "agent");
	assert_says(w, "(disk0 and disk1)");
	w = lvm_world(2, 2);
	assert_verdict(w, "ASR-LVM-BOOTMULTI", "fail");
	assert_basis(w, "doc");
	put_boot(w, volume_named(w, "disk0p1"));
	assert_verdict(w, "ASR-LVM-BOOTMULTI", "pass");
	assert_verdict(lvm_world(1, 1), "ASR-LVM-BOOTMULTI", "pass");
}

static void a_group_that_lacks_a_disk_is_not_known(void **state)
{
	struct world *w = lvm_world(1, 1);

	(void)state;
	lose_pv(w, group(w));
	assert_verdict(w, "ASR-LVM-BOOTMULTI", "pass");
	w->options.complete = false;
	assert_verdict(w, "ASR-LVM-BOOTMULTI", "unknown");
	assert_reason(w, "missing-disk");
	w = world_new();
	lose_boot(w, "/dev/far/boot");
	assert_verdict(w, "ASR-LVM-BOOTMULTI", "unknown");
}

/* ---- ASR-LVM-MISSINGPV ---- */

static void a_missing_pv_of_the_root_group_fails(void **state)
{
	struct world *w = lvm_world(1, 1);

	(void)state;
	assert_verdict(w, "ASR-LVM-MISSINGPV", "pass");
	lose_pv(w, group(w));
	assert_verdict(w, "ASR-LVM-MISSINGPV", "fail");
	assert_says(w, "lost-uuid (/dev/sdz1) is on no given disk");
	assert_remedy(w, "\tvgreduce --removemissing vg0");
}

static void a_missing_pv_of_data_may_not_have_been_given(void **state)
{
	struct world *w = world_new();
	struct volume *pv = add_partition(w, disk_at(w, 0), "LVM2_member", NULL);

	(void)state;
	assert_verdict(w, "ASR-LVM-MISSINGPV", "na");
	lose_pv(w, add_group(w, "data", &pv, 1));
	assert_verdict(w, "ASR-LVM-MISSINGPV", "warn");
	w->options.complete = false;
	assert_verdict(w, "ASR-LVM-MISSINGPV", "unknown");
	assert_reason(w, "missing-disk");
}

static void damaged_groups_are_told(void **state)
{
	struct world *w = lvm_world(1, 1);
	struct physical_volume *pv = group(w)->pvs.at[0];

	(void)state;
	pv->dev_size = pv->volume->size + MIB;
	assert_verdict(w, "ASR-LVM-MISSINGPV", "fail");
	assert_says(w, "is 1 MiB smaller than the 10 GiB");
	pv->dev_size = 0;
	pv->flagged_missing = true;
	assert_verdict(w, "ASR-LVM-MISSINGPV", "fail");
	assert_remedy(w, "vgextend --restoremissing vg0 /dev/sda2");
	pv->flagged_missing = false;
	*list_add(&test_arena, &group(w)->notes) = "the metadata checksum is wrong";
	assert_verdict(w, "ASR-LVM-MISSINGPV", "fail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lvm_wants_agent_9_20),
		cmocka_unit_test(the_listed_directories_count_too),
		cmocka_unit_test(the_group_of_boot_must_be_on_one_disk),
		cmocka_unit_test(a_group_that_lacks_a_disk_is_not_known),
		cmocka_unit_test(a_missing_pv_of_the_root_group_fails),
		cmocka_unit_test(a_missing_pv_of_data_may_not_have_been_given),
		cmocka_unit_test(damaged_groups_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
