/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/lib/maptest.h"

#define MIB (1U << 20)

struct probed {
	struct signature sig;
	const char *table;
	int r;
	struct err e;
};

static struct probed probe_dev(struct blockdev *dev)
{
	struct probed p = {0};
	struct shadow s;
	struct probe pr;

	assert_int_equal(probe_new(&pr, &p.e), 0);
	assert_int_equal(shadow_open(dev, &s, &p.e), 0);
	p.r = probe_signature_deep(&pr, &s, &test_arena, &p.sig, &p.e);
	p.table = probe_other_table(&pr, &s, &test_arena);
	shadow_close(&s);
	probe_free(&pr);
	return p;
}

static struct probed probe_bytes(const void *bytes, size_t n)
{
	struct blockdev *dev;
	struct err e;
	struct probed p;

	assert_int_equal(mem_open(bytes, n, &dev, &e), 0);
	p = probe_dev(dev);
	blockdev_close(dev);
	return p;
}

static struct probed probe_file(const char *path)
{
	struct test_io io;
	struct probed p;
	struct disk d;

	test_io_init(&io);
	test_must_open_disk(&io, path, "raw", &d);
	p = probe_dev(d.dev);
	disk_close(&d);
	return p;
}

static void same_as_blkid(const char *path)
{
	struct probed p = probe_file(path);

	assert_int_equal(p.r, 0);
	assert_string_equal(test_signature(&p.sig), test_blkid(path, 0, 0));
	assert_non_null(p.sig.type);
}

static void labels_uuids_and_versions_are_blkids(void **state)
{
	(void)state;
	test_need_tool("mke2fs");
	test_need_tool("mkfs.fat");
	test_need_tool("mkswap");
	test_must_run("export PATH=\"$PATH:/usr/sbin:/sbin\"; truncate -s 8M e2 e4 f1 sw;"
		      "mke2fs -q -t ext2 -L 'a label' e2; mke2fs -q -t ext4 e4;"
		      "mkfs.fat -n 'FAT ONE' -i ABCD1234 f1; mkswap -q -L 'paging space' sw");
	same_as_blkid(test_path("e2"));
	same_as_blkid(test_path("e4"));
	same_as_blkid(test_path("f1"));
	same_as_blkid(test_path("sw"));
}

static void nothing_is_found_on_zeros_and_noise(void **state)
{
	static uint8_t bytes[3 * MIB];
	struct probed p = probe_bytes(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(p.r, 0);
	assert_null(p.sig.type);
	assert_null(p.table);
	test_noise(bytes, sizeof(bytes), 5);
	p = probe_bytes(bytes, sizeof(bytes));
	assert_int_equal(p.r, 0);
	assert_null(p.sig.type);
	p = probe_bytes(bytes, 1);
	assert_int_equal(p.r, 0);
	assert_null(p.sig.type);
}

/* The superblock of ext4 lies in what XFS keeps free behind its own. */
static void several_signatures_are_named(void **state)
{
	struct probed p;

	(void)state;
	test_need_tool("mke2fs");
	test_need_tool("mkfs.xfs");
	test_must_run("export PATH=\"$PATH:/usr/sbin:/sbin\"; truncate -s 320M x; mkfs.xfs -q x;"
		      "truncate -s 320M e; mke2fs -q -t ext4 e;"
		      "dd if=e of=x bs=1k skip=1 seek=1 count=1 conv=notrunc status=none");
	p = probe_file(test_path("x"));
	assert_int_equal(p.r, -ENOTUNIQ);
	assert_null(p.sig.type);
	assert_non_null(strstr(p.e.msg, "xfs"));
	assert_non_null(strstr(p.e.msg, "ext4"));
}

/*
 * libblkid would read 1 GiB for a file record of this NTFS.  The sizes are those of a valid
 * boot sector.
 */
static int all_but_boot_sector_zero(
	struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	static const uint8_t boot[] = {
		0xEB, 0x52, 0x90, 'N', 'T', 'F', 'S', ' ', ' ', ' ', ' ', 0, 2, 8};
	uint8_t *out = buf;

	(void)d, (void)e;
	for (size_t i = 0; i < len; i++) {
		uint64_t at = off + i;

		out[i] = at < sizeof(boot) ? boot[at] : at == 64 ? 0xE2 : at == 44 ? 0x10 : 0;
		if (at == 510 || at == 511)
			out[i] = at == 510 ? 0x55 : 0xAA;
	}
	return 0;
}

static void ntfs_with_absurd_records_costs_no_memory(void **state)
{
	static const struct blockdev_ops ops = {.name = "ntfs", .read = all_but_boot_sector_zero};
	struct blockdev dev = {.ops = &ops, .size = 1ULL << 40};
	struct rusage before, after;

	(void)state;
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_null(probe_dev(&dev).sig.type);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 64 << 10);
}

static void tables_we_do_not_read_are_named(void **state)
{
	(void)state;
	assert_string_equal(
		probe_file(test_unxz(test_corpus("images/util-linux-pt/sun.img.xz"))).table, "sun");
	assert_string_equal(
		probe_file(test_unxz(test_corpus("images/util-linux-pt/atari-primary.img.xz")))
			.table,
		"atari");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_uuids_and_versions_are_blkids),
		cmocka_unit_test(nothing_is_found_on_zeros_and_noise),
		cmocka_unit_test(several_signatures_are_named),
		cmocka_unit_test(ntfs_with_absurd_records_costs_no_memory),
		cmocka_unit_test(tables_we_do_not_read_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
