/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <errno.h>
#include <string.h>

#include "disk/blockdev.h"

static struct err unused;

static const char text[] = "0123456789";

static void read_gives_the_bytes(void **state)
{
	struct blockdev *d;
	char buf[4] = "";

	(void)state;
	assert_int_equal(mem_open(text, 10, &d, &unused), 0);
	assert_int_equal(blockdev_read(d, 3, buf, 3, &unused), 0);
	assert_string_equal(buf, "345");
	assert_int_equal(blockdev_read(d, 10, buf, 0, &unused), 0);
	blockdev_close(d);
}

static void read_past_end_is_refused(void **state)
{
	struct err e = {0};
	struct blockdev *d;
	char buf[16];

	(void)state;
	assert_int_equal(mem_open(text, 10, &d, &unused), 0);
	assert_int_equal(blockdev_read(d, 8, buf, 3, &e), -EINVAL);
	assert_string_equal(e.msg, "3 bytes at 8 lie past the end (10 bytes)");
	assert_int_equal(blockdev_read(d, UINT64_MAX, buf, 2, &e), -EINVAL);
	assert_int_equal(blockdev_read(d, 11, buf, 0, &e), -EINVAL);
	blockdev_close(d);
}

static void slice_moves_and_bounds_reads(void **state)
{
	struct blockdev *d, *s, *inner;
	struct err e = {0};
	char buf[4] = "";

	(void)state;
	assert_int_equal(mem_open(text, 10, &d, &unused), 0);
	d->logical_sector = 4096;
	assert_int_equal(slice_open(d, 2, 6, &s, &e), 0);
	assert_int_equal(slice_open(s, 1, 3, &inner, &e), 0);
	assert_int_equal(inner->logical_sector, 4096);
	assert_int_equal(blockdev_read(inner, 0, buf, 3, &e), 0);
	assert_string_equal(buf, "345");
	assert_int_equal(blockdev_read(inner, 1, buf, 3, &e), -EINVAL);
	assert_int_equal(slice_open(d, 5, 6, &s, &e), -EINVAL);
	assert_int_equal(slice_open(d, UINT64_MAX, 2, &s, &e), -EINVAL);
	blockdev_close(inner);
	blockdev_close(s);
	blockdev_close(d);
}

/* Bytes 4 to 11 are a hole. */
static int holey_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	(void)d, (void)e;
	*ret_hole = off >= 4 && off < 12;
	*ret_len = off < 4 ? 4 - off : off < 12 ? 12 - off : 1000;
	return 0;
}

static void extents_are_clipped_by_each_layer(void **state)
{
	static const struct blockdev_ops ops = {.name = "holey", .extent = holey_extent};
	struct blockdev d = {&ops, 16, 0, 0}, *s;
	uint64_t len;
	bool hole;

	(void)state;
	assert_int_equal(slice_open(&d, 2, 8, &s, &unused), 0);
	assert_int_equal(blockdev_extent(s, 0, &len, &hole, &unused), 0);
	assert_true(!hole && len == 2);
	assert_int_equal(blockdev_extent(s, 3, &len, &hole, &unused), 0);
	assert_true(hole && len == 5);
	assert_int_equal(blockdev_extent(&d, 13, &len, &hole, &unused), 0);
	assert_true(!hole && len == 3);
	assert_int_equal(blockdev_extent(s, 8, &len, &hole, &unused), -EINVAL);
	blockdev_close(s);
}

static void without_holes_all_is_data(void **state)
{
	struct blockdev *d;
	uint64_t len;
	bool hole;

	(void)state;
	assert_int_equal(mem_open(text, 10, &d, &unused), 0);
	assert_int_equal(blockdev_extent(d, 4, &len, &hole, &unused), 0);
	assert_true(!hole && len == 6);
	blockdev_close(d);
	blockdev_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_gives_the_bytes),
		cmocka_unit_test(read_past_end_is_refused),
		cmocka_unit_test(slice_moves_and_bounds_reads),
		cmocka_unit_test(extents_are_clipped_by_each_layer),
		cmocka_unit_test(without_holes_all_is_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
