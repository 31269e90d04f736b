/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/disks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Writes a file that begins with some bytes and has this size. */
static const char *begins_with(const char *name, const void *p, size_t n, const char *size)
{
	const char *path = test_path("%s", name);

	test_write_file(path, p, n);
	test_must_run("truncate -s %s '%s'", size, path);
	return path;
}

static struct disk_info info_of(const char *path, const char *format)
{
	struct disk_info info;
	struct test_io t;
	struct disk d;

	test_io_init(&t);
	test_must_open_disk(&t, path, format, &d);
	info = d.info;
	disk_close(&d);
	return info;
}

static void a_sparse_disk_hashes_as_qemu_says(void **state)
{
	(void)state;
	test_need_tool("qemu-img");
	disks_same_as_qemu(disks_source(12), NULL, "raw");
}

static void a_torn_last_sector_is_filled_with_zeros(void **state)
{
	static uint8_t noise[1000];
	const char *path = test_path("torn.raw");

	(void)state;
	test_need_tool("qemu-img");
	test_noise(noise, sizeof(noise), 1);
	test_write_file(path, noise, sizeof(noise));
	assert_int_equal(info_of(path, NULL).virtual_size, 1024);
	assert_int_equal(info_of(path, NULL).notes.n, 1);
	disks_same_as_qemu(path, NULL, "raw");
}

static void what_a_raw_disk_says_of_itself(void **state)
{
	struct disk_info info = info_of(disks_source(12), NULL);

	(void)state;
	assert_string_equal(info.format, "raw");
	assert_null(info.subformat);
	assert_int_equal(info.virtual_size, 12 << 20);
	assert_int_equal(info.logical_sector, 512);
	assert_int_equal(info.notes.n, 0);
}

static void a_guest_cannot_make_its_raw_disk_another_image(void **state)
{
	static const char qcow2
		[] = "QFI\xfb\0\0\0\3",
	   descriptor[] =
		   "# Disk DescriptorFile\ncreateType=\"monolithicFlat\"\nRW 8 FLAT \"other\" 0\n";
	struct disk_info info;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *name = i ? "guest.img" : "guest.raw";

		info = info_of(begins_with(name, qcow2, 8, "4M"), NULL);
		assert_string_equal(info.format, "raw");
		assert_int_equal(info.notes.n, 1);
		assert_non_null(strstr(info.notes.at[0], "qcow2"));
		info = info_of(begins_with(name, "KDMV", 4, "4M"), NULL);
		assert_string_equal(info.format, "raw");
	}
	/* Without any extension a disk is too large to be a descriptor. */
	info = info_of(begins_with("guest", descriptor, strlen(descriptor), "4M"), NULL);
	assert_string_equal(info.format, "raw");
	info = info_of(begins_with("disk-flat.vmdk", "KDMV", 4, "4M"), NULL);
	assert_string_equal(info.format, "raw");
}

static void image_format_decides(void **state)
{
	const char *path = begins_with("guest2", "QFI\xfb\0\0\0\2", 8, "4M");

	(void)state;
	disks_refused(path, NULL, EBADMSG, "the qcow2's clusters");
	assert_string_equal(info_of(path, "raw").format, "raw");
	disks_refused(path, "vmdk", EBADMSG, "is not a VMDK");
	disks_refused(path, "vhd", EBADMSG, "is not a VHD");
	disks_refused(path, "qed", EINVAL, "no image format is called \"qed\"");
}

static void all_formats_have_a_name(void **state)
{
	static const char *const names[] = {"vhd", "vhdx", "vmdk", "qcow2", "vdi", "raw", NULL};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(disk_format_name(i), names[i]);
	assert_null(disk_format_name(6));
}

static void containers_not_read_are_refused_by_name(void **state)
{
	static const struct {
		const char *magic, *name;
		size_t n;
	} heads[] = {
		{"QFI\xfb\0\0\0\1", "qcow image", 8},
		{"QED\0", "QED", 4},
		{"COWD", "(vmfsSparse), not the disk", 4},
		{"\xbe\xba\xfe\xca\0\0\0\0", "(seSparse), not the disk", 8},
		{"WithoutFreeSpace", "Parallels", 16},
		{"Bochs Virtual HD Image", "Bochs", 22},
		{"#!/bin/sh\n#V2.0 Format\nmodprobe cloop", "cloop", 37},
		{"EVF\x09\x0d\x0a\xff\0", "EWF", 8},
		{"AFF10\r\n\0", "AFF", 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		disks_refused(begins_with("container", heads[i].magic, heads[i].n, "1M"), NULL,
			ENOTSUP, heads[i].name);
}

static void containers_of_qemu_are_refused_by_name(void **state)
{
	static const struct {
		const char *format, *name;
	} made[] = {{"qcow", "qcow"}, {"qed", "QED"}, {"parallels", "Parallels"}};

	(void)state;
	test_need_tool("qemu-img");
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		if (test_run("qemu-img create -f %s made 64M", made[i].format))
			continue;
		disks_refused(test_path("made"), NULL, ENOTSUP, made[i].name);
	}
}

static void containers_of_the_corpus_are_refused_by_name(void **state)
{
	static const struct {
		const char *name, *says;
	} images[] = {{"qemu/empty.bochs", "Bochs"}, {"qemu/parallels-v1", "Parallels"},
		{"qemu/simple-dmg.dmg", "dmg"}};

	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		disks_refused(test_unxz(test_corpus(
				      arena_printf(&test_arena, "images/%s.xz", images[i].name))),
			NULL, ENOTSUP, images[i].says);
}

static void raw_images_of_the_corpus_hash_as_expected(void **state)
{
	/* Of files that end within a sector the corpus has the sum of the file, not of the disk. */
	static const char *const names[] = {"e2fsprogs/f_corrupt_dirent_tail.img",
		"util-linux/adaptec-raid.img", "util-linux-pt/gpt.img", "dfvfs/iso9660.raw"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		disks_as_corpus_expects(names[i], NULL);
}

static void what_is_no_disk_is_refused_with_its_name(void **state)
{
	(void)state;
	test_write_file(test_path("empty.raw"), "", 0);
	disks_refused(test_path("empty.raw"), NULL, EBADMSG, "empty.raw: is empty");
	disks_refused(test_tmpdir(), NULL, EISDIR, "is a directory");
	disks_refused(test_path("absent.raw"), NULL, ENOENT, "absent.raw: No such file");
	if (geteuid()) {
		test_must_run("echo x >closed.raw && chmod 0 closed.raw");
		disks_refused(test_path("closed.raw"), NULL, EACCES, "Permission denied");
	}
}

static void every_failing_read_is_said(void **state)
{
	(void)state;
	disks_survive_faults(disks_source(12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sparse_disk_hashes_as_qemu_says),
		cmocka_unit_test(a_torn_last_sector_is_filled_with_zeros),
		cmocka_unit_test(what_a_raw_disk_says_of_itself),
		cmocka_unit_test(a_guest_cannot_make_its_raw_disk_another_image),
		cmocka_unit_test(image_format_decides),
		cmocka_unit_test(all_formats_have_a_name),
		cmocka_unit_test(containers_not_read_are_refused_by_name),
		cmocka_unit_test(containers_of_qemu_are_refused_by_name),
		cmocka_unit_test(containers_of_the_corpus_are_refused_by_name),
		cmocka_unit_test(raw_images_of_the_corpus_hash_as_expected),
		cmocka_unit_test(what_is_no_disk_is_refused_with_its_name),
		cmocka_unit_test(every_failing_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
