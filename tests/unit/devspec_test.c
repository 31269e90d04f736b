/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/devspec.h"

#include "base/cleanup.h"
#include "tests/lib/testing.h"

static const struct {
	const char *text;
	enum devspec_class class;
	const char *value;
} cases[] = {
	{"UUID=62927e85-1", DEVSPEC_UUID, "62927e85-1"},
	{"\"UUID=62927e85-1\"", DEVSPEC_UUID, "62927e85-1"},
	{"UUID=\"62927e85-1\"", DEVSPEC_UUID, "62927e85-1"},
	{"/dev/disk/by-uuid/abc", DEVSPEC_UUID, "abc"},
	{"LABEL=cloudimg-rootfs", DEVSPEC_LABEL, "cloudimg-rootfs"},
	{"LABEL=a:/b", DEVSPEC_LABEL, "a:/b"},
	{"PARTUUID=1234-02", DEVSPEC_PARTUUID, "1234-02"},
	{"PARTLABEL=root", DEVSPEC_PARTLABEL, "root"},
	{"/dev/disk/by-partuuid/abc", DEVSPEC_PARTUUID, "abc"},
	{"/dev/disk/by-id/scsi-36000c29-part2", DEVSPEC_BY_ID, "scsi-36000c29-part2"},
	{"/dev/disk/by-path/pci-0000:03:00.0-scsi-0:0:1:0-part1", DEVSPEC_BY_PATH,
		"pci-0000:03:00.0-scsi-0:0:1:0-part1"},
	{"/dev/mapper/rhel-root", DEVSPEC_MAPPER, "rhel-root"},
	{"/dev/rootvg/rootlv", DEVSPEC_VG_LV, "rootvg/rootlv"},
	{"/dev/sda2", DEVSPEC_KERNEL_NAME, "sda2"},
	{"/dev/sda", DEVSPEC_KERNEL_NAME, "sda"},
	{"/dev/xvda1", DEVSPEC_KERNEL_NAME, "xvda1"},
	{"/dev/vdb", DEVSPEC_KERNEL_NAME, "vdb"},
	{"/dev/hdaa12", DEVSPEC_KERNEL_NAME, "hdaa12"},
	{"/dev/sda2x", DEVSPEC_MMC_OTHER, "sda2x"},
	{"/dev/sd1", DEVSPEC_MMC_OTHER, "sd1"},
	{"/dev/nvme0n1p2", DEVSPEC_NVME, "nvme0n1p2"},
	{"/dev/cciss/c0d0p1", DEVSPEC_CCISS, "c0d0p1"},
	{"/dev/md0", DEVSPEC_MD, "md0"},
	{"/dev/md/root", DEVSPEC_MD, "root"},
	{"/dev/dm-3", DEVSPEC_DM_NUMBER, "dm-3"},
	{"/dev/root", DEVSPEC_DEV_ROOT, "root"},
	{"/dev/mmcblk0p1", DEVSPEC_MMC_OTHER, "mmcblk0p1"},
	{"/dev/ram0", DEVSPEC_MMC_OTHER, "ram0"},
	{"/dev/sr0", DEVSPEC_MMC_OTHER, "sr0"},
	{"/dev/block/8:1", DEVSPEC_MMC_OTHER, "block/8:1"},
	{"0802", DEVSPEC_MMC_OTHER, "0802"},
	{"8:2", DEVSPEC_MMC_OTHER, "8:2"},
	{"/dev/nfs", DEVSPEC_NET, ""},
	{"//srv/x", DEVSPEC_NET, "srv/x"},
	{"nas:/v", DEVSPEC_NET, "nas:/v"},
	{"iscsi:10.0.0.1::::x", DEVSPEC_NET, "10.0.0.1::::x"},
	{"ZFS=rpool/ROOT/ubuntu", DEVSPEC_ZFS, "rpool/ROOT/ubuntu"},
	{"tmpfs", DEVSPEC_OTHER, "tmpfs"},
	{"/swapfile", DEVSPEC_OTHER, "/swapfile"},
	{"", DEVSPEC_OTHER, ""},
};

static void every_form_has_its_class_and_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct devspec d = devspec_parse(&test_arena, cases[i].text);

		if (d.class != cases[i].class)
			fail_msg("%s is %s", cases[i].text, devspec_class_name(d.class));
		assert_string_equal(d.value, cases[i].value);
	}
}

static void names_of_logical_volumes_are_taken_apart(void **state)
{
	struct devspec d = devspec_parse(&test_arena, "/dev/mapper/my--vg-my--lv");
	const char *vg = NULL, *lv = NULL;

	(void)state;
	assert_string_equal(d.vg, "my-vg");
	assert_string_equal(d.lv, "my-lv");
	d = devspec_parse(&test_arena, "/dev/my-vg/my-lv");
	assert_string_equal(d.vg, "my-vg");
	assert_string_equal(d.lv, "my-lv");
	assert_true(devspec_split_mapper(&test_arena, "rhel_vm37--146-root", &vg, &lv));
	assert_string_equal(vg, "rhel_vm37-146");
	assert_false(devspec_split_mapper(&test_arena, "mpatha", &vg, &lv));
	assert_false(devspec_split_mapper(&test_arena, "luks-1111-2222", &vg, &lv));
	assert_false(devspec_split_mapper(&test_arena, "-a", &vg, &lv));
	assert_false(devspec_split_mapper(&test_arena, "a-", &vg, &lv));
	assert_false(devspec_split_mapper(&test_arena, "", &vg, &lv));
}

static void names_by_content_are_stable_names_by_place_are_not(void **state)
{
	(void)state;
	assert_true(devspec_is_stable(DEVSPEC_UUID));
	assert_true(devspec_is_stable(DEVSPEC_VG_LV));
	assert_true(devspec_is_stable(DEVSPEC_MD));
	assert_false(devspec_is_stable(DEVSPEC_KERNEL_NAME));
	assert_false(devspec_is_stable(DEVSPEC_BY_PATH));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_has_its_class_and_value),
		cmocka_unit_test(names_of_logical_volumes_are_taken_apart),
		cmocka_unit_test(names_by_content_are_stable_names_by_place_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
