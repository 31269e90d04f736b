/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tables whose entries lead to themselves, to each other's data or to the header: reading ends, and
 * each part is either read or said to be damaged.
 */
#include "tests/lib/images.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"

static const char *converted(const char *name, const char *format)
{
	const char *path = test_path("%s", name);

	test_need_tool("qemu-img");
	test_must_run(
		"qemu-img convert -S 0 -f raw -O %s '%s' '%s'", format, disks_source(12), path);
	return path;
}

static uint64_t peek_le(const char *path, long off, size_t n)
{
	uint8_t p[8] = {0};

	image_peek(path, off, p, n);
	return get_le64(p);
}

static uint64_t peek_be(const char *path, long off)
{
	uint8_t p[8];

	image_peek(path, off, p, sizeof(p));
	return get_be64(p);
}

/* Every sector is read, or damaged; so is every extent. */
static void reading_ends(const char *path)
{
	static uint8_t buf[1 << 16];
	uint64_t len = 0;
	struct image i;
	bool hole;

	test_io_init(&i.t);
	if (test_open_disk(&i.t, path, NULL, &i.d, &i.e) < 0) {
		assert_true(i.e.num == EBADMSG || i.e.num == E2BIG);
		return;
	}
	for (uint64_t off = 0; off < i.d.dev->size; off += sizeof(buf)) {
		int r = blockdev_read(
			i.d.dev, off, buf, (size_t)min_u64(sizeof(buf), i.d.dev->size - off), &i.e);

		assert_true(!r || r == -EBADMSG);
		r = blockdev_extent(i.d.dev, off, &len, &hole, &i.e);
		assert_true(r == -EBADMSG || (!r && len));
	}
	assert_true(i.t.io.bytes_read < 16 * i.d.dev->size);
	image_close(&i);
}

static void a_qcow2_whose_tables_are_each_other(void **state)
{
	const char *path = converted("q.qcow2", "qcow2");
	uint64_t l1 = peek_be(path, 40), l2 = peek_be(path, (long)l1) & 0x00fffffffffffe00;

	(void)state;
	image_patch_be(path, (long)l2, l2 | 1ULL << 63, 8);
	image_patch_be(path, (long)l2 + 8, 0 | 1ULL << 63, 8);
	image_patch_be(path, (long)l2 + 16, peek_be(path, (long)l2 + 24), 8);
	reading_ends(path);
	image_patch_be(path, (long)l1, l1 | 1ULL << 63, 8);
	reading_ends(path);
	/* The table is its own header. */
	image_patch_be(path, 40, 0, 8);
	reading_ends(path);
}

static void a_vmdk_whose_tables_are_each_other(void **state)
{
	const char *path = converted("v.vmdk", "vmdk");
	long gd = (long)peek_le(path, 56, 8) * 512, gt = (long)peek_le(path, gd, 4) * 512;

	(void)state;
	image_patch_le(path, gt, (uint64_t)gt / 512, 4);
	image_patch_le(path, gt + 4, 1, 4);
	image_patch_le(path, gt + 8, peek_le(path, gt + 12, 4), 4);
	reading_ends(path);
	image_patch_le(path, gd, (uint64_t)gd / 512, 4);
	reading_ends(path);
	image_patch_le(path, 48, 0, 8);
	image_patch_le(path, 56, 0, 8);
	reading_ends(path);
}

static void a_vhd_whose_blocks_are_its_table(void **state)
{
	const char *path = converted("d.vhd", "vpc");
	long bat = (long)peek_be(path, 512 + 16);

	(void)state;
	image_patch_be(path, bat, (uint64_t)bat / 512, 4);
	image_patch_be(path, bat + 4, 0, 4);
	image_patch_be(path, bat + 8, peek_be(path, bat + 12) >> 32, 4);
	reading_ends(path);
}

static void a_vhdx_whose_blocks_are_its_table(void **state)
{
	const char *path = converted("x.vhdx", "vhdx");

	(void)state;
	/* qemu puts the table at 3 MiB; its entries are MiB in their upper 44 bits, 6: present. */
	for (unsigned i = 0; i < 4; i++) {
		image_patch_le(path, 3 << 20, (uint64_t)i << 20 | 6, 8);
		reading_ends(path);
	}
}

static void a_vdi_whose_blocks_are_each_other(void **state)
{
	const char *path = converted("i.vdi", "vdi");
	long map = (long)peek_le(path, 0x154, 4);

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		image_patch_le(path, map + 4 * i, 0, 4);
	reading_ends(path);
	image_patch_le(path, 0x154, 0, 4);
	reading_ends(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_qcow2_whose_tables_are_each_other),
		cmocka_unit_test(a_vmdk_whose_tables_are_each_other),
		cmocka_unit_test(a_vhd_whose_blocks_are_its_table),
		cmocka_unit_test(a_vhdx_whose_blocks_are_its_table),
		cmocka_unit_test(a_vdi_whose_blocks_are_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
