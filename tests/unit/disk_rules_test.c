/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

/* Root on an LV over n_lv of the n_vg disks of its group. */
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

/* ---- ASR-95313 ---- */

static void a_root_on_one_disk_passes(void **state)
{
	(void)state;
	assert_verdict(world_new(), "ASR-95313", "pass");
	assert_verdict(lvm_world(1, 1), "ASR-95313", "pass");
}

static void a_root_on_two_disks_depends_on_the_agent(void **state)
{
	struct world *w = lvm_world(2, 2);

	(void)state;
	assert_verdict(w, "ASR-95313", "info");
	assert_says(w, "on 2 and its volume group vg0 on 2 disks (disk0 and disk1)");
	w->options.agent_version = "9.19";
	assert_verdict(w, "ASR-95313", "fail");
	w = lvm_world(2, 1);
	assert_verdict(w, "ASR-95313", "info");
	w->options.agent_version = "9.19.1.1";
	assert_verdict(w, "ASR-95313", "warn");
	assert_basis(w, "agent");
}

static void a_missing_physical_volume_warns(void **state)
{
	struct world *w = lvm_world(2, 2);

	(void)state;
	lose_pv(w, w->vm.map.groups.at[0]);
	assert_verdict(w, "ASR-95313", "warn");
	assert_says(w, "lost-uuid (/dev/sdz1)");
}

static void dynamic_disks_are_not_read(void **state)
{
	struct world *w = world_new();

	(void)state;
	make_windows(w);
	assert_verdict(w, "ASR-95313", "pass");
	disk_at(w, 0)->partitions.at[0]->type = "0x42";
	assert_verdict(w, "ASR-95313", "unknown");
	assert_reason(w, "unsupported");
}

/* ---- ASR-DISK-OSSIZE ---- */

static const char *os_size(
	uint64_t size, bool bios, bool uefi, enum scenario s, enum target_gen gen)
{
	struct world *w = world_new();
	struct disk_boot *b = boot_of(w, disk_at(w, 0));

	disk_at(w, 0)->size = size;
	disk_at(w, 0)->table = TABLE_GPT;
	b->boots_bios = bios;
	b->boots_uefi = uefi;
	w->options.scenario = s;
	w->options.target_gen = gen;
	return judge_rule(w, "ASR-DISK-OSSIZE");
}

static void the_os_disk_fits_its_generation(void **state)
{
	const uint64_t gen1 = 2048 * GIB, gen2 = 4095 * GIB;

	(void)state;
	assert_string_equal(os_size(gen1, true, false, V2A, GEN_AUTO), "pass");
	assert_string_equal(os_size(gen1 + 512, true, false, V2A, GEN_AUTO), "fail");
	assert_string_equal(os_size(gen2, false, true, V2A, GEN_AUTO), "pass");
	assert_string_equal(os_size(gen2 + 512, false, true, V2A, GEN_AUTO), "fail");
	assert_string_equal(os_size(gen1 + 512, true, true, V2A, GEN_AUTO), "warn");
	assert_string_equal(os_size(gen1 + 512, true, true, V2A, GEN_2), "pass");
	assert_string_equal(os_size(gen1 + 512, true, true, V2A, GEN_1), "fail");
	assert_string_equal(os_size(gen1 + 512, false, true, HYPERV, GEN_AUTO), "warn");
	assert_string_equal(os_size(4 * TIB + 512, false, true, HYPERV, GEN_AUTO), "fail");
	assert_string_equal(os_size(gen2, true, false, A2A, GEN_AUTO), "pass");
	assert_string_equal(os_size(gen2 + 512, true, false, A2A, GEN_AUTO), "fail");
}

static void a_dos_table_ends_at_two_tebibytes(void **state)
{
	struct world *w = world_new();

	(void)state;
	disk_at(w, 0)->size = 3 * TIB;
	w->options.target_gen = GEN_2;
	assert_verdict(w, "ASR-DISK-OSSIZE", "info");
	assert_says(w, "first 2 TiB only");
}

static void without_a_guest_a_small_disk_is_small_enough(void **state)
{
	struct world *w = world_new();

	(void)state;
	forget_guest(w);
	boots_not(w, disk_at(w, 0), "no boot code");
	assert_verdict(w, "ASR-DISK-OSSIZE", "pass");
	disk_at(w, 0)->size = 5 * TIB;
	assert_verdict(w, "ASR-DISK-OSSIZE", "unknown");
}

/* ---- ASR-DISK-DATASIZE ---- */

static const char *data_size(uint64_t size, enum scenario s, const char *agent)
{
	struct world *w = world_new();

	add_disk(w, size);
	w->options.scenario = s;
	w->options.agent_version = agent;
	return judge_rule(w, "ASR-DISK-DATASIZE");
}

static void data_disks_have_bounds(void **state)
{
	(void)state;
	assert_verdict(world_new(), "ASR-DISK-DATASIZE", "pass");
	assert_string_equal(data_size(GIB - 512, V2A, "9.67"), "fail");
	assert_string_equal(data_size(GIB, V2A, "9.67"), "warn");
	assert_string_equal(data_size(GIB + 512, V2A, "9.67"), "pass");
	assert_string_equal(data_size(4095 * GIB, V2A, "9.40"), "pass");
	assert_string_equal(data_size(4096 * GIB, V2A, "9.40"), "fail");
	assert_string_equal(data_size(4096 * GIB, V2A, "9.41"), "pass");
	assert_string_equal(data_size(32767 * GIB, V2A, "9.67"), "pass");
	assert_string_equal(data_size(32768 * GIB, V2A, "9.67"), "fail");
	assert_string_equal(data_size(32768 * GIB, HYPERV, "9.67"), "info");
	assert_string_equal(data_size(32768 * GIB + 512, HYPERV, "9.67"), "fail");
	assert_string_equal(data_size(4095 * GIB, HYPERV, "9.67"), "pass");
}

static void without_a_guest_one_disk_may_be_the_os_disk(void **state)
{
	struct world *w = world_new();

	(void)state;
	forget_guest(w);
	boots_not(w, disk_at(w, 0), "no boot code");
	disk_at(w, 0)->size = 100 * MIB;
	assert_verdict(w, "ASR-DISK-DATASIZE", "unknown");
	add_disk(w, 100 * MIB);
	assert_verdict(w, "ASR-DISK-DATASIZE", "fail");
}

/* ---- ASR-DISK-COUNT ---- */

static struct world *many_disks(size_t data)
{
	struct world *w = world_new();

	for (size_t i = 0; i < data; i++)
		add_disk(w, 30 * GIB);
	return w;
}

static void disks_are_counted(void **state)
{
	struct world *w = many_disks(17);

	(void)state;
	assert_verdict(w, "ASR-DISK-COUNT", "pass");
	w->options.scenario = HYPERV;
	assert_verdict(w, "ASR-DISK-COUNT", "fail");
	assert_verdict(many_disks(63), "ASR-DISK-COUNT", "pass");
	assert_verdict(many_disks(64), "ASR-DISK-COUNT", "warn");
	assert_verdict(many_disks(65), "ASR-DISK-COUNT", "fail");
}

/* 627790 / (450 + 98 * 317) is 19.9: 19 data disks are too many, 18 are not. */
static const char *shared_lvs(size_t disks)
{
	struct world *w = many_disks(disks);
	struct volume *pvs[32];
	struct volume_group *vg;

	for (size_t i = 0; i < disks; i++)
		pvs[i] = add_partition(w, disk_at(w, i + 1), "LVM2_member", NULL);
	vg = add_group(w, "data", pvs, disks);
	for (int i = 0; i < 98; i++)
		add_lv(w, vg, arena_printf(&test_arena, "lv%d", i), "xfs", disks);
	return judge_rule(w, "ASR-DISK-COUNT");
}

static void logical_volumes_lower_the_number(void **state)
{
	struct world *w = many_disks(2);
	struct volume *pv = add_partition(w, disk_at(w, 1), "LVM2_member", NULL);
	struct volume_group *vg = add_group(w, "data", &pv, 1);

	(void)state;
	assert_string_equal(shared_lvs(18), "pass");
	assert_string_equal(shared_lvs(19), "warn");
	/* One disk of two: (627790 - LVs * 317) / 450. */
	for (int i = 0; i < 1977; i++)
		add_lv(w, vg, arena_printf(&test_arena, "lv%d", i), "xfs", 1);
	assert_verdict(w, "ASR-DISK-COUNT", "warn");
	vg->lvs.n = 1900;
	assert_verdict(w, "ASR-DISK-COUNT", "pass");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_root_on_one_disk_passes),
		cmocka_unit_test(a_root_on_two_disks_depends_on_the_agent),
		cmocka_unit_test(a_missing_physical_volume_warns),
		cmocka_unit_test(dynamic_disks_are_not_read),
		cmocka_unit_test(the_os_disk_fits_its_generation),
		cmocka_unit_test(a_dos_table_ends_at_two_tebibytes),
		cmocka_unit_test(without_a_guest_a_small_disk_is_small_enough),
		cmocka_unit_test(data_disks_have_bounds),
		cmocka_unit_test(without_a_guest_one_disk_may_be_the_os_disk),
		cmocka_unit_test(disks_are_counted),
		cmocka_unit_test(logical_volumes_lower_the_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
