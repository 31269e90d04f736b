/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MIB (1L << 20)
#define TABLE_AT 512

static const char *convert(const char *name, const char *options)
{
	const char *path = test_path("%s.vdi", name);

	test_need_tool("qemu-img");
	if (access(path, F_OK))
		test_must_run("qemu-img convert -f raw -O vdi %s '%s' '%s'", options,
			disks_source(12), path);
	return path;
}

static const char *dynamic(void)
{
	return convert("dynamic", "");
}

static void contents_are_as_qemu_says(void **state)
{
	(void)state;
	disks_same_as_qemu(dynamic(), NULL, "vdi");
	disks_same_as_qemu(convert("fixed", "-o static=on"), NULL, "vdi");
	test_need_tool("qemu-io");
	test_must_run("qemu-img create -f vdi new.vdi 7654k"
		      " && qemu-io -c 'write -P 1 3M 2M' -c 'write -P 2 10k 1k' new.vdi");
	disks_same_as_qemu(test_path("new.vdi"), NULL, "vdi");
}

static void what_a_vdi_says_of_itself(void **state)
{
	struct disk_info info = image_info(dynamic(), NULL);

	(void)state;
	assert_string_equal(info.format, "vdi");
	assert_string_equal(info.subformat, "dynamic");
	assert_int_equal(info.virtual_size, 12 * MIB);
	assert_int_equal(info.notes.n, 0);
	assert_string_equal(image_info(convert("fixed", "-o static=on"), NULL).subformat, "fixed");
}

static void headers_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		long off;
		uint64_t value;
		size_t n;
		int num;
		const char *says;
	} bad[] = {
		{64, 0, 4, EBADMSG, "is not a VDI"},
		{68, 0x20003, 4, ENOTSUP, "version 2.3"},
		{76, 4, 4, ENOTSUP, "is a differencing VDI"},
		{76, 3, 4, ENOTSUP, "is an undo VDI"},
		{76, 9, 4, EBADMSG, "unknown type 9"},
		{0x154, 0, 4, EBADMSG, "block table lies past the end"},
		{0x154, UINT32_MAX, 4, EBADMSG, "block table lies past the end"},
		{0x158, 512, 4, EBADMSG, "blocks overlap its block table"},
		{0x168, 4096, 4, ENOTSUP, "sectors of 4096 bytes"},
		{0x170, 0, 8, EBADMSG, "does not fit a disk of 0 bytes"},
		{0x170, UINT64_MAX, 8, EBADMSG, "does not fit a disk"},
		{0x178, 0, 4, EBADMSG, "block size of 0 bytes"},
		{0x178, 1000000, 4, EBADMSG, "block size of 1000000 bytes"},
		{0x178, 1U << 31, 4, E2BIG, "is over"},
		{0x180, UINT32_MAX, 4, EBADMSG, "block table lies past the end"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *path = image_copy(dynamic(), "bad.vdi");

		image_patch_le(path, bad[i].off, bad[i].value, bad[i].n);
		disks_refused(path, "vdi", bad[i].num, bad[i].says);
	}
}

static void blocks_are_found_or_holes(void **state)
{
	const char *path = image_copy(dynamic(), "blocks.vdi");
	struct image i;

	(void)state;
	/* Discarded; and past the end of the file. */
	image_patch_le(path, TABLE_AT, 0xfffffffe, 4);
	image_patch_le(path, TABLE_AT + 4, 0xfffffff0, 4);
	image_open(&i, path, NULL);
	image_extent_is(&i, 0, MIB, true);
	image_damaged_at(&i, MIB, "block 1 of the VDI lies past the end");
	image_same_at(&i, disks_source(12), 2 * MIB, 3 * MIB);
	image_close(&i);
}

static void damage_is_survived(void **state)
{
	(void)state;
	image_survives_cutting(dynamic(), "vdi");
	disks_survive_faults(dynamic());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_as_qemu_says),
		cmocka_unit_test(what_a_vdi_says_of_itself),
		cmocka_unit_test(headers_that_make_no_sense_are_refused),
		cmocka_unit_test(blocks_are_found_or_holes),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
