/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk/hash.h"

#include "tests/lib/disks.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/faultdev.h"

static struct err e;

static void known_sums_come_out(void **state)
{
	struct blockdev *d;
	char hex[65];

	(void)state;
	assert_int_equal(mem_open("abc", 3, &d, &e), 0);
	assert_int_equal(disk_sha256(d, hex, &e), 0);
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	d->size = 0;
	assert_int_equal(disk_sha256(d, hex, &e), 0);
	assert_string_equal(
		hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	blockdev_close(d);
}

static void holes_are_hashed_without_reading(void **state)
{
	struct test_io t;
	struct disk d;
	char hex[65];

	(void)state;
	test_must_run("truncate -s 200M holes.raw");
	test_io_init(&t);
	test_must_open_disk(&t, test_path("holes.raw"), NULL, &d);
	assert_int_equal(disk_sha256(d.dev, hex, &e), 0);
	if (t.io.bytes_read > 8192)
		test_skip("holes", "the filesystem has no holes");
	assert_memory_equal(hex, test_output("sha256sum <holes.raw"), 64);
	disk_close(&d);
}

/* More pieces than are on their way at once, of odd sizes, with holes in between. */
static void pieces_are_hashed_in_their_order(void **state)
{
	static uint8_t noise[3 << 20];
	const char *path = test_path("pieces.raw");

	(void)state;
	test_noise(noise, sizeof(noise), 7);
	memset(noise + 4096, 0, 1 << 20);
	memset(noise + (2 << 20), 0, 128 << 10);
	test_write_file(test_path("whole"), noise, sizeof(noise) - 1024);
	test_must_run("cp --sparse=always whole pieces.raw && truncate -s +1000448 pieces.raw");
	for (unsigned i = 0; i < 5; i++)
		assert_memory_equal(
			disks_sha256(path, "raw"), test_output("sha256sum <pieces.raw"), 64);
}

static void a_failing_read_fails_the_sum(void **state)
{
	char hex[65] = "as before";
	struct blockdev *d;
	struct faultdev f;

	(void)state;
	assert_int_equal(mem_open("abc", 3, &d, &e), 0);
	faultdev_init(&f, d, FAULT_FAIL, 1);
	assert_int_equal(disk_sha256(&f.dev, hex, &e), -EIO);
	assert_string_equal(e.msg, "read 1 was made to fail");
	assert_string_equal(hex, "as before");
	blockdev_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sums_come_out),
		cmocka_unit_test(holes_are_hashed_without_reading),
		cmocka_unit_test(pieces_are_hashed_in_their_order),
		cmocka_unit_test(a_failing_read_fails_the_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
