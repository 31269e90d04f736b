/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "disk/blockdev.h"

static struct err unused;

#define LINES 4000

/*
 * A disk of noise that counts how often each line is read; lines 100 to 199 are a hole, 210 to 219
 * are zeros that are there.
 */
static struct counted {
	struct blockdev dev;
	unsigned reads;
	uint64_t bytes;
	bool fail;
	uint64_t damaged; /* no read that holds this byte works; 0: all do */
	uint8_t line_reads[LINES];
} disk;

static uint8_t byte_at(uint64_t off)
{
	uint64_t line = off / CACHE_LINE;

	if (line >= 210 && line < 220)
		return 0;
	return line >= 100 && line < 200 ? 0 : (uint8_t)(line * 7 + off % CACHE_LINE * 13 + 1);
}

static int counted_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	(void)d;
	disk.reads++;
	disk.bytes += len;
	if (disk.fail)
		return err_set(e, EIO, "made to fail");
	if (disk.damaged && off <= disk.damaged && disk.damaged < off + len)
		return err_set(e, EBADMSG, "damaged");
	for (size_t i = 0; i < len; i++) {
		((uint8_t *)buf)[i] = byte_at(off + i);
		if ((off + i) % CACHE_LINE == 0)
			disk.line_reads[(off + i) / CACHE_LINE]++;
	}
	return 0;
}

static int counted_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	uint64_t line = off / CACHE_LINE, next = line < 100 ? 100 : line < 200 ? 200 : LINES;

	(void)d, (void)e;
	*ret_hole = line >= 100 && line < 200;
	*ret_len = next * CACHE_LINE - off;
	return 0;
}

static void counted_close(struct blockdev *d)
{
	(void)d;
}

static struct blockdev *fresh(uint64_t size)
{
	static const struct blockdev_ops ops = {.name = "counted",
		.read = counted_read,
		.extent = counted_extent,
		.close = counted_close};
	struct blockdev *c;

	memset(&disk, 0, sizeof(disk));
	disk.dev = (struct blockdev){&ops, size, 512, 4096};
	assert_int_equal(cache_open(&disk.dev, &c, &unused), 0);
	return c;
}

static void check_read(struct blockdev *c, uint64_t off, size_t len)
{
	static uint8_t buf[2 * CACHE_BYPASS];
	struct err e = {0};

	assert_true(len <= sizeof(buf));
	memset(buf, 0xEE, sizeof(buf));
	if (blockdev_read(c, off, buf, len, &e) < 0)
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < len; i++)
		if (buf[i] != byte_at(off + i))
			fail_msg("byte %zu of %zu at %llu", i, len, (unsigned long long)off);
}

static void a_line_is_read_once(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		check_read(c, 8 * CACHE_LINE + i * 64, 64);
	assert_int_equal(disk.reads, 1);
	assert_int_equal(disk.bytes, CACHE_LINE);
	blockdev_close(c);
}

static void missing_lines_in_a_row_are_one_read(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);

	(void)state;
	check_read(c, 10 * CACHE_LINE - 1, 5 * CACHE_LINE);
	assert_int_equal(disk.reads, 1);
	assert_int_equal(disk.bytes, 6 * CACHE_LINE);
	/* Lines 9 to 14 are there: a wider request fetches what is before and after them. */
	check_read(c, 7 * CACHE_LINE, 9 * CACHE_LINE);
	assert_int_equal(disk.reads, 3);
	assert_int_equal(disk.bytes, 9 * CACHE_LINE);
	blockdev_close(c);
}

static void holes_are_not_read(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);

	(void)state;
	check_read(c, 120 * CACHE_LINE + 5, 3 * CACHE_LINE);
	assert_int_equal(disk.reads, 0);
	check_read(c, 98 * CACHE_LINE, 4 * CACHE_LINE);
	assert_int_equal(disk.reads, 1);
	check_read(c, 198 * CACHE_LINE + 1, 4 * CACHE_LINE);
	assert_int_equal(disk.reads, 2);
	blockdev_close(c);
}

static void large_requests_pass_by(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);

	(void)state;
	check_read(c, 300 * CACHE_LINE + 7, CACHE_BYPASS);
	assert_int_equal(disk.bytes, CACHE_BYPASS);
	check_read(c, 300 * CACHE_LINE + 7, CACHE_BYPASS - 1);
	assert_int_equal(disk.reads, 2);
	check_read(c, 300 * CACHE_LINE + 7, CACHE_BYPASS - 1);
	assert_int_equal(disk.reads, 2);
	blockdev_close(c);
}

static void a_disk_may_end_within_a_line(void **state)
{
	struct blockdev *c = fresh(5 * CACHE_LINE + 512);
	struct err e = {0};
	char byte;

	(void)state;
	check_read(c, 4 * CACHE_LINE, CACHE_LINE + 512);
	check_read(c, 5 * CACHE_LINE, 512);
	assert_int_equal(disk.bytes, CACHE_LINE + 512);
	assert_int_equal(blockdev_read(c, 5 * CACHE_LINE + 512, &byte, 1, &e), -EINVAL);
	blockdev_close(c);
}

static void the_line_used_longest_ago_goes_first(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);
	unsigned room = CACHE_BYTES_MAX / CACHE_LINE;

	(void)state;
	for (unsigned i = 0; i < room; i++)
		check_read(c, (uint64_t)(200 + i) * CACHE_LINE, 1);
	check_read(c, 200 * CACHE_LINE, 1);
	check_read(c, 0, 1);
	check_read(c, 200 * CACHE_LINE, 1);
	assert_int_equal(disk.line_reads[200], 1);
	check_read(c, 201 * CACHE_LINE, 1);
	assert_int_equal(disk.line_reads[201], 2);
	blockdev_close(c);
}

static void failed_reads_are_not_remembered(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);
	struct err e = {0};
	char byte;

	(void)state;
	disk.fail = true;
	assert_int_equal(blockdev_read(c, 0, &byte, 1, &e), -EIO);
	assert_string_equal(e.msg, "made to fail");
	disk.fail = false;
	check_read(c, 0, 100);
	blockdev_close(c);
}

static void damage_costs_only_what_is_damaged(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);
	struct err e = {0};
	char buf[600];

	(void)state;
	disk.damaged = 3 * CACHE_LINE + 1000;
	check_read(c, 3 * CACHE_LINE + 100, 900);
	assert_int_equal(blockdev_read(c, 3 * CACHE_LINE + 500, buf, 501, &e), -EBADMSG);
	check_read(c, 3 * CACHE_LINE + 1001, 900);
	blockdev_close(c);
}

static void random_reads_give_the_bytes(void **state)
{
	struct blockdev *c = fresh(LINES * CACHE_LINE);
	uint32_t x = 1;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		uint32_t off, len;

		x = x * 1664525 + 1013904223;
		off = x % (LINES * CACHE_LINE - 70000);
		x = x * 1664525 + 1013904223;
		len = (x >> 8) % 7000;
		check_read(c, off, len);
	}
	blockdev_close(c);
}

static void two_disks_do_not_mix(void **state)
{
	struct blockdev *a, *b, *ca, *cb;
	char byte;

	(void)state;
	assert_int_equal(mem_open("A", 1, &a, &unused), 0);
	assert_int_equal(mem_open("B", 1, &b, &unused), 0);
	assert_int_equal(cache_open(a, &ca, &unused), 0);
	assert_int_equal(cache_open(b, &cb, &unused), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(blockdev_read(ca, 0, &byte, 1, &unused), 0);
		assert_int_equal(byte, 'A');
		assert_int_equal(blockdev_read(cb, 0, &byte, 1, &unused), 0);
		assert_int_equal(byte, 'B');
	}
	blockdev_close(ca);
	assert_int_equal(blockdev_read(cb, 0, &byte, 1, &unused), 0);
	assert_int_equal(byte, 'B');
	blockdev_close(cb);
}

static void zeros_are_remembered_too(void **state)
{
	struct blockdev *c = fresh((uint64_t)LINES * CACHE_LINE);

	(void)state;
	check_read(c, 209 * CACHE_LINE + 100, 12 * CACHE_LINE);
	check_read(c, 215 * CACHE_LINE + 1, 1000);
	check_read(c, 218 * CACHE_LINE, 3 * CACHE_LINE);
	assert_int_equal(disk.reads, 1);
	blockdev_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_once),
		cmocka_unit_test(missing_lines_in_a_row_are_one_read),
		cmocka_unit_test(holes_are_not_read),
		cmocka_unit_test(large_requests_pass_by),
		cmocka_unit_test(a_disk_may_end_within_a_line),
		cmocka_unit_test(the_line_used_longest_ago_goes_first),
		cmocka_unit_test(failed_reads_are_not_remembered),
		cmocka_unit_test(damage_costs_only_what_is_damaged),
		cmocka_unit_test(random_reads_give_the_bytes),
		cmocka_unit_test(two_disks_do_not_mix),
		cmocka_unit_test(zeros_are_remembered_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
