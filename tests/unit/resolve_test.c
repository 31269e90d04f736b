/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/map.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/maptest.h"

static struct test_map t;

/*
 * disk0: GPT with an ESP, ext4 and one partition without anything; disk1: DOS with a logical
 * partition; then the disks of the volume group vgs.
 */
static int set_up(void **state)
{
	(void)state;
	if (!test_have_tool("sfdisk") || !test_have_tool("mke2fs") || !test_have_tool("mkfs.fat")) {
		printf("SKIPPED 1 resolve: tools not installed\n");
		exit(0);
	}
	test_must_run("export PATH=\"$PATH:/usr/sbin:/sbin\"; truncate -s 40M gpt dos; truncate -s "
		      "8M esp root "
		      "data;"
		      "mkfs.fat -n ESP -i ABCD1234 esp; mke2fs -q -t ext4 -L 'my root' -U "
		      "11111111-aaaa-4333-8444-555555555555 root; mke2fs -q -t ext4 -L data -U "
		      "22222222-aaaa-4333-8444-555555555555 data;"
		      "printf 'label: gpt\\nstart=2048,size=8M,type=U,name=\"EFI part\",uuid="
		      "AAAAAAAA-0000-4000-8000-000000000001\\nstart=20480,size=8M,name=dup\\nsize="
		      "8M,name=dup\\n'"
		      "| sfdisk -q --no-reread --no-tell-kernel -w never gpt;"
		      "printf 'label: dos\\nlabel-id: "
		      "0xfeedbeef\\nsize=1M\\ntype=5\\n5:start=20480,size=8M\\n'"
		      "| sfdisk -q --no-reread --no-tell-kernel -w never dos;"
		      "dd if=esp of=gpt bs=1M seek=1 conv=notrunc status=none;"
		      "dd if=root of=gpt bs=1M seek=10 conv=notrunc status=none;"
		      "dd if=data of=dos bs=1M seek=10 conv=notrunc status=none");
	test_map_open(&t, (const char *const[]){test_path("gpt"), test_path("dos"),
				  test_unxz("fixtures/images/lvm-striped/disk0.raw.xz"),
				  test_unxz("fixtures/images/lvm-striped/disk1.raw.xz"),
				  test_unxz("fixtures/images/lvm-striped/disk2.raw.xz"), NULL});
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	test_map_close(&t);
	return 0;
}

static void is(const char *spec, const char *name, bool guess, unsigned matches)
{
	bool got_guess = !guess;
	unsigned got_matches = 99;
	const struct volume *v = map_resolve(&t.map, spec, &got_guess, &got_matches);

	if (!v)
		fail_msg("%s is nothing", spec);
	assert_string_equal(v->name, name);
	assert_int_equal(got_guess, guess);
	assert_int_equal(got_matches, matches);
}

static void is_nothing(const char *spec)
{
	bool guess = true;
	unsigned matches = 99;

	if (map_resolve(&t.map, spec, &guess, &matches))
		fail_msg("%s is something", spec);
	assert_false(guess);
	assert_int_equal(matches, 0);
}

static void uuids_compare_without_case(void **state)
{
	(void)state;
	is("UUID=11111111-aaaa-4333-8444-555555555555", "disk0p2", false, 1);
	is("UUID=11111111-AAAA-4333-8444-555555555555", "disk0p2", false, 1);
	is("UUID=\"22222222-aaaa-4333-8444-555555555555\"", "disk1p5", false, 1);
	is("UUID=abcd-1234", "disk0p1", false, 1);
	is("/dev/disk/by-uuid/ABCD-1234", "disk0p1", false, 1);
	is("PARTUUID=aaaaaaaa-0000-4000-8000-000000000001", "disk0p1", false, 1);
	is("PARTUUID=AAAAAAAA-0000-4000-8000-000000000001", "disk0p1", false, 1);
	is("PARTUUID=feedbeef-05", "disk1p5", false, 1);
	is("/dev/disk/by-partuuid/feedbeef-01", "disk1p1", false, 1);
	is("UUID=33333333-1111-4111-8111-333333333333", "vgs/three", false, 1);
	is_nothing("UUID=11111111");
	is_nothing("UUID=");
	is_nothing("PARTUUID=feedbeef-02"); /* extended */
}

static void labels_compare_with_case(void **state)
{
	(void)state;
	is("LABEL=data", "disk1p5", false, 1);
	is("LABEL=\"my root\"", "disk0p2", false, 1);
	is("/dev/disk/by-label/my\\x20root", "disk0p2", false, 1);
	is("PARTLABEL=\"EFI part\"", "disk0p1", false, 1);
	is("/dev/disk/by-partlabel/EFI\\x20part", "disk0p1", false, 1);
	is("PARTLABEL=dup", "disk0p2", false, 2);
	is_nothing("LABEL=DATA");
	is_nothing("LABEL=my");
	is_nothing("LABEL=my root and more");
}

static void logical_volumes_have_two_names(void **state)
{
	(void)state;
	is("/dev/vgs/three", "vgs/three", false, 1);
	is("/dev/mapper/vgs-three", "vgs/three", false, 1);
	is("/dev/mapper/vgs-hyphen--ated", "vgs/hyphen-ated", false, 1);
	is("/dev/vgs/hyphen-ated", "vgs/hyphen-ated", false, 1);
	is_nothing("/dev/mapper/vgs-hyphen-ated");
	is_nothing("/dev/mapper/vgs");
	is_nothing("/dev/mapper/vgs-");
	is_nothing("/dev/mapper/vgs-three-and-more");
	is_nothing("/dev/vgs/absent");
	is_nothing("/dev/other/three");
}

static void kernel_names_are_guesses_by_position(void **state)
{
	(void)state;
	is("/dev/sda2", "disk0p2", true, 1);
	is("/dev/vdb5", "disk1p5", true, 1);
	is("/dev/xvdb1", "disk1p1", true, 1);
	is("/dev/hda1", "disk0p1", true, 1);
	is("/dev/nvme0n1p2", "disk0p2", true, 1);
	is("/dev/nvme1n1p5", "disk1p5", true, 1);
	is("/dev/mmcblk0p1", "disk0p1", true, 1);
	is("/dev/sdc", "disk2", true, 1);
	is_nothing("/dev/sda");  /* has a table */
	is_nothing("/dev/sda9"); /* no such partition */
	is_nothing("/dev/sdb2"); /* extended */
	is_nothing("/dev/sdz1"); /* no such disk */
	is_nothing("/dev/sdaa1");
	is_nothing("/dev/nvme0n2p1");
	is_nothing("/dev/nvme0");
	is_nothing("/dev/sda99999999999999999999");
}

static void what_names_no_volume_is_nothing(void **state)
{
	static const char *const specs[] = {"", "/dev/dm-0", "/dev/md0", "/dev/md/root",
		"/dev/root", "tmpfs", "none", "server:/export", "//server/share", "/swapfile",
		"/dev/", "/dev/sd", "LABEL=", "ZFS=pool/root", "/dev/disk/by-id/ata-x", "\""};

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++)
		is_nothing(specs[i]);
}

static void groups_and_volumes_are_found_by_name(void **state)
{
	(void)state;
	assert_non_null(map_group(&t.map, "vgs"));
	assert_null(map_group(&t.map, "VGS"));
	assert_string_equal(map_lv(&t.map, "vgs", "three")->full_name, "vgs/three");
	assert_null(map_lv(&t.map, "vgs", "four"));
	assert_null(map_lv(&t.map, "vg", "three"));
	assert_null(map_resolve(&t.map, "none", NULL, NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(uuids_compare_without_case),
		cmocka_unit_test(labels_compare_with_case),
		cmocka_unit_test(logical_volumes_have_two_names),
		cmocka_unit_test(kernel_names_are_guesses_by_position),
		cmocka_unit_test(what_names_no_volume_is_nothing),
		cmocka_unit_test(groups_and_volumes_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
