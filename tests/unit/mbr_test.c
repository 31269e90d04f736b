/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/mbr.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/lib/testing.h"

static const char *grub_file(const char *name)
{
	const char *path = arena_printf(&test_arena, "/usr/lib/grub/i386-pc/%s", name);

	if (access(path, R_OK))
		test_skip(name, "GRUB for BIOS is not installed");
	return test_read_file(path, NULL);
}

static void grubs_own_boot_sector_is_known(void **state)
{
	struct mbr m = mbr_parse(grub_file("boot.img"), MBR_SECTOR);

	(void)state;
	assert_int_equal(m.code, MBR_GRUB2);
	assert_true(m.signature);
	assert_int_equal(m.next_lba, 1);
	assert_false(mbr_is_grub_core(grub_file("boot.img"), MBR_SECTOR));
	assert_true(mbr_is_grub_core(grub_file("diskboot.img"), MBR_SECTOR));
	assert_int_equal(mbr_parse(grub_file("diskboot.img"), MBR_SECTOR).code, MBR_OTHER);
}

static void a_grub_disk_leads_to_its_core_image(void **state)
{
	const char *disk =
		test_read_file(test_unxz(test_corpus("images/qemu/grub_mbr.raw.xz")), NULL);
	struct mbr m = mbr_parse(disk, MBR_SECTOR);

	(void)state;
	assert_int_equal(m.code, MBR_GRUB2);
	assert_true(m.next_lba > 0);
}

static void a_fresh_table_has_no_code(void **state)
{
	struct mbr m;

	(void)state;
	test_need_tool("sfdisk");
	test_must_run("truncate -s 10M d && echo 'label: dos\n,,L,*' | sfdisk -q d");
	m = mbr_parse(test_read_file(test_path("d"), NULL), MBR_SECTOR);
	assert_int_equal(m.code, MBR_NONE);
	assert_true(m.signature);
	test_must_run(
		"truncate -s 0 d && truncate -s 10M d && echo 'label: gpt\n,,L' | sfdisk -q d");
	assert_int_equal(
		mbr_parse(test_read_file(test_path("d"), NULL), MBR_SECTOR).code, MBR_NONE);
}

static void filesystems_boot_sectors_are_told_from_loaders(void **state)
{
	(void)state;
	test_need_tool("mkfs.fat");
	test_must_run("truncate -s 0 f && truncate -s 4M f && mkfs.fat f");
	assert_int_equal(mbr_parse(test_read_file(test_path("f"), NULL), MBR_SECTOR).code, MBR_DOS);
}

static void boot_sectors_of_other_systems_are_known_by_their_messages(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		enum mbr_code code;
	} cases[] = {
		{300,
			"Invalid partition table.Error loading operating system.Missing operating "
			"system",
			MBR_WINDOWS_XP},
		{6, "LILO", MBR_LILO},
		{300, "isolinux.bin missing or corrupt.", MBR_ISOLINUX},
		{300, "Missing OS\r\n", MBR_SYSLINUX},
		{3, "NTFS    ", MBR_DOS},
		{100, "hello", MBR_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned char sector[MBR_SECTOR] = {0xfa};

		memcpy(sector + cases[i].at, cases[i].bytes, strlen(cases[i].bytes));
		assert_int_equal(mbr_parse(sector, sizeof(sector)).code, cases[i].code);
		if (cases[i].code == MBR_WINDOWS_XP) {
			memcpy(sector + 200, "TCPA", 4);
			assert_int_equal(mbr_parse(sector, sizeof(sector)).code, MBR_WINDOWS);
		}
	}
}

static void a_short_sector_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(mbr_parse("\xeb\x63", 2).code, MBR_NONE);
	assert_false(mbr_is_grub_core("RV\xbe", 3));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grubs_own_boot_sector_is_known),
		cmocka_unit_test(a_grub_disk_leads_to_its_core_image),
		cmocka_unit_test(a_fresh_table_has_no_code),
		cmocka_unit_test(filesystems_boot_sectors_are_told_from_loaders),
		cmocka_unit_test(boot_sectors_of_other_systems_are_known_by_their_messages),
		cmocka_unit_test(a_short_sector_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
