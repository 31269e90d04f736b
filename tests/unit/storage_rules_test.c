/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rules on identities, names and layers, where a guest of fixtures/guests would cost too much.
 */
#include "tests/lib/factory.h"

/* ---- ASR-DISK-IDENTITY ---- */

static void add_fs(struct world *w, const struct volume *v)
{
	struct filesystem *f = list_add(&test_arena, &w->vm.filesystems);

	f->volume = v;
}

static struct world *two_volumes(const char *type, const char *other)
{
	struct world *w = world_new();
	struct volume *pv = add_partition(w, disk_at(w, 0), "LVM2_member", NULL);
	struct volume_group *vg = add_group(w, "vg0", &pv, 1);
	struct volume *a = add_lv(w, vg, "a", "ext4", 1), *b = add_lv(w, vg, "b", "ext4", 1);

	*list_add(&test_arena, &vg->lvs.at[0]->types) = type;
	*list_add(&test_arena, &vg->lvs.at[1]->types) = other;
	add_fs(w, a);
	add_fs(w, b);
	return w;
}

static void snapshots_share_a_uuid_rightly(void **state)
{
	(void)state;
	assert_verdict(two_volumes("linear", "snapshot"), "ASR-DISK-IDENTITY", "pass");
	assert_verdict(two_volumes("thin", "thin"), "ASR-DISK-IDENTITY", "pass");
	assert_verdict(two_volumes("linear", "linear"), "ASR-DISK-IDENTITY", "warn");
}

static void members_of_one_btrfs_are_one_filesystem(void **state)
{
	struct world *w = world_new();
	struct volume *a = add_partition(w, disk_at(w, 0), "btrfs", SWAP_UUID);
	struct volume *b = add_partition(w, add_disk(w, 4 * GIB), "btrfs", SWAP_UUID);

	(void)state;
	add_fs(w, a);
	*list_add(&test_arena, &w->vm.filesystems.at[0].further) = b;
	assert_verdict(w, "ASR-DISK-IDENTITY", "pass");
	add_fs(w, b);
	assert_verdict(w, "ASR-DISK-IDENTITY", "warn");
	put_root(w, a);
	assert_verdict(w, "ASR-DISK-IDENTITY", "fail");
}

static void twins_of_a_disk_matter_where_it_is_named_by(void **state)
{
	struct world *w = world_new();
	struct disk_map *d = add_disk(w, 4 * GIB);

	(void)state;
	d->table_id = disk_at(w, 0)->table_id = "0x00000000";
	assert_verdict(w, "ASR-DISK-IDENTITY", "pass");
	d->table_id = disk_at(w, 0)->table_id = "0x12345678";
	assert_verdict(w, "ASR-DISK-IDENTITY", "warn");
	add_mount(w, "PARTUUID=12345678-01", "/", "ext4", volume_named(w, "disk0p1"));
	assert_verdict(w, "ASR-DISK-IDENTITY", "fail");
	w = world_new();
	d = add_disk(w, 4 * GIB);
	d->table_id = disk_at(w, 0)->table_id = "0x12345678";
	make_windows(w);
	assert_verdict(w, "ASR-DISK-IDENTITY", "fail");
}

static void tables_that_are_not_whole_warn(void **state)
{
	struct world *w = world_new();

	(void)state;
	disk_at(w, 0)->table = TABLE_GPT;
	assert_verdict(w, "ASR-DISK-IDENTITY", "pass");
	disk_at(w, 0)->hybrid_mbr = true;
	assert_verdict(w, "ASR-DISK-IDENTITY", "warn");
	assert_says(w, "hybrid");
	disk_at(w, 0)->hybrid_mbr = false;
	disk_at(w, 0)->gpt_primary = GPT_BAD;
	assert_verdict(w, "ASR-DISK-IDENTITY", "warn");
	assert_says(w, "only its backup");
}

/* ---- ASR-LVM-DUP ---- */

static void groups_of_one_name_are_told_apart_by_uuid(void **state)
{
	struct world *w = world_new();
	struct volume *a = add_partition(w, disk_at(w, 0), "LVM2_member", NULL);
	struct volume *b = add_partition(w, add_disk(w, 4 * GIB), "LVM2_member", NULL);

	(void)state;
	add_group(w, "data", &a, 1)->uuid = "aaaa";
	add_group(w, "data", &b, 1)->uuid = "bbbb";
	assert_verdict(w, "ASR-LVM-DUP", "warn");
	assert_remedy(w, "\tvgrename bbbb data-2");
	put_root(w, add_lv(w, w->vm.map.groups.at[1], "root", "ext4", 1));
	assert_verdict(w, "ASR-LVM-DUP", "fail");
}

/* ---- ASR-LVM-FILTER ---- */

static const char *with_filter(const char *filter)
{
	struct world *w = world_new();
	struct volume *pv = add_partition(w, disk_at(w, 0), "LVM2_member", NULL);
	const char *text = arena_printf(&test_arena, "devices { filter = [ %s ] }", filter);
	struct err e;

	add_group(w, "vg0", &pv, 1);
	w->g->storage.filter_file = make_file("/etc/lvm/lvm.conf", text);
	assert_int_equal(
		lvm_conf_parse(&w->g->storage.lvm, &test_arena, text, strlen(text), &e), 0);
	return judge_rule(w, "ASR-LVM-FILTER");
}

static void filters_are_asked_for_the_names_of_azure(void **state)
{
	(void)state;
	assert_string_equal(with_filter("\"a|.*|\""), "pass");
	assert_string_equal(with_filter("\"a|^/dev/sd|\", \"r|.*|\""), "pass");
	assert_string_equal(with_filter("\"a|^/dev/sda3$|\", \"r|.*|\""), "pass");
	assert_string_equal(with_filter("\"a|^/dev/sda1$|\", \"r|.*|\""), "fail");
	assert_string_equal(with_filter("\"a|^/dev/disk/by-id/|\", \"r|.*|\""), "pass");
	assert_string_equal(with_filter("\"a|/by-id/scsi-36000c29|\", \"r|.*|\""), "fail");
	assert_string_equal(with_filter("\"a|^/dev/xvd|\", \"r|.*|\""), "fail");
	assert_string_equal(with_filter("\"r|^/dev/sr|\""), "pass");
	assert_string_equal(with_filter("\"x|.*|\""), "warn");
}

static void devices_file_counts_where_it_is_used(void **state)
{
	struct world *w = world_new();
	struct volume *pv = add_partition(w, disk_at(w, 0), "LVM2_member", NULL);
	static const struct device_line line = {.id_type = "sys_wwid", .id = "naa.6000c29"};

	(void)state;
	add_group(w, "vg0", &pv, 1);
	w->g->storage.lvm_devices_file = make_file("/etc/lvm/devices/system.devices", "");
	list_add(&test_arena, &w->g->storage.lvm_devices)->line = &line;
	assert_verdict(w, "ASR-LVM-FILTER", "pass");
	w->g->storage.lvm.use_devicesfile = LVM_YES;
	assert_verdict(w, "ASR-LVM-FILTER", "warn");
	w->g->storage.lvm.use_devicesfile = LVM_DEFAULT;
	set_os(w, "rhel", "9.4", "Red Hat Enterprise Linux 9.4", "RHEL9-64");
	assert_verdict(w, "ASR-LVM-FILTER", "warn");
}

/* ---- ASR-FS-READONLY ---- */

static void of_ro_and_rw_the_last_counts(void **state)
{
	struct world *w = world_new();
	struct mount *m = add_mount(w, "UUID=" ROOT_UUID, "/", "ext4", volume_named(w, "disk0p1"));
	struct fstab_entry e = *m->entry;

	(void)state;
	m->entry = &e;
	assert_verdict(w, "ASR-FS-READONLY", "pass");
	e.options = "errors=remount-ro";
	assert_verdict(w, "ASR-FS-READONLY", "pass");
	m->fs->state = FS_ERRORS;
	assert_verdict(w, "ASR-FS-READONLY", "warn");
	m->fs->state = FS_CLEAN;
	e.options = "noatime,ro";
	assert_verdict(w, "ASR-FS-READONLY", "fail");
	e.options = "ro,rw";
	assert_verdict(w, "ASR-FS-READONLY", "pass");
}

/* ---- ASR-RAID-MD ---- */

static void a_missing_member_may_not_have_been_given(void **state)
{
	struct world *w = world_new();
	struct array a = {.name = "md0", .level = "raid1", .slots = 2, .missing = 1};

	(void)state;
	assert_verdict(w, "ASR-RAID-MD", "pass");
	volume_named(w, "disk0p1")->kind = VOLUME_ARRAY;
	volume_named(w, "disk0p1")->array = &a;
	assert_verdict(w, "ASR-RAID-MD", "fail");
	w->options.complete = false;
	assert_verdict(w, "ASR-RAID-MD", "warn");
	assert_int_equal(count_evidence(w, UNKNOWN), 1);
	assert_verdict(w, "ASR-95310", "fail");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshots_share_a_uuid_rightly),
		cmocka_unit_test(members_of_one_btrfs_are_one_filesystem),
		cmocka_unit_test(twins_of_a_disk_matter_where_it_is_named_by),
		cmocka_unit_test(tables_that_are_not_whole_warn),
		cmocka_unit_test(groups_of_one_name_are_told_apart_by_uuid),
		cmocka_unit_test(filters_are_asked_for_the_names_of_azure),
		cmocka_unit_test(devices_file_counts_where_it_is_used),
		cmocka_unit_test(of_ro_and_rw_the_last_counts),
		cmocka_unit_test(a_missing_member_may_not_have_been_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
