/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct err unused;

static struct hostfile *must_open(struct test_io *t, const char *path)
{
	struct hostfile *f = NULL;
	struct err e = {0};

	if (hostfile_open(&t->io, NULL, path, &f, &e) < 0)
		fail_msg("%s", e.msg);
	return f;
}

static void reads_are_counted(void **state)
{
	const char *path = test_path("counted");
	struct hostfile *f;
	struct test_io t;
	char buf[6] = "";

	(void)state;
	test_io_init(&t);
	test_write_file(path, "hello world", 11);
	f = must_open(&t, path);
	assert_int_equal(f->size, 11);
	assert_int_equal(hostfile_read(f, 6, buf, 5, &unused), 0);
	assert_string_equal(buf, "world");
	assert_int_equal(t.io.reads, 1);
	assert_int_equal(t.io.bytes_read, 5);
	hostfile_close(f);
}

static void past_the_end_is_cut_short(void **state)
{
	const char *path = test_path("short");
	struct err e = {0};
	struct hostfile *f;
	struct test_io t;
	char buf[20];

	(void)state;
	test_io_init(&t);
	test_write_file(path, "hello", 5);
	f = must_open(&t, path);
	assert_int_equal(hostfile_read(f, 3, buf, 3, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "cut short"));
	assert_int_equal(hostfile_read(f, UINT64_MAX, buf, 2, &e), -EBADMSG);
	assert_int_equal(t.io.reads, 0);
	hostfile_close(f);
}

static void an_empty_file_is_refused(void **state)
{
	struct hostfile *f = NULL;
	struct err e = {0};
	struct test_io t;

	(void)state;
	test_io_init(&t);
	test_write_file(test_path("empty"), "", 0);
	assert_int_equal(hostfile_open(&t.io, NULL, test_path("empty"), &f, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "empty: is empty"));
	assert_null(f);
	assert_null(t.io.files);
}

static void holes_of_a_sparse_file_are_known(void **state)
{
	const char *path = test_path("sparse");
	struct hostfile *f;
	struct test_io t;
	uint64_t len;
	bool hole;

	(void)state;
	test_io_init(&t);
	test_must_run(
		"truncate -s 3M sparse"
		" && dd if=/dev/zero of=sparse bs=1M count=1 seek=1 conv=notrunc status=none");
	f = must_open(&t, path);
	assert_int_equal(hostfile_extent(f, 0, &len, &hole, &unused), 0);
	if (!hole)
		test_skip("sparse", "the filesystem has no holes");
	assert_int_equal(len, 1 << 20);
	assert_int_equal(hostfile_extent(f, 1 << 20, &len, &hole, &unused), 0);
	assert_true(!hole && len == 1 << 20);
	assert_int_equal(hostfile_extent(f, (2 << 20) + 5, &len, &hole, &unused), 0);
	assert_true(hole && len == (1 << 20) - 5);
	hostfile_close(f);
}

static void a_change_is_noticed(void **state)
{
	const char *path = test_path("changing");
	struct hostfile *f, *other;
	struct err e = {0};
	struct test_io t;

	(void)state;
	test_io_init(&t);
	test_write_file(path, "hello", 5);
	test_write_file(test_path("still"), "hello", 5);
	f = must_open(&t, path);
	other = must_open(&t, test_path("still"));
	assert_int_equal(host_io_unchanged(&t.io, &e), 0);
	usleep(20000);
	test_must_run("printf J | dd of=changing conv=notrunc status=none");
	assert_int_equal(host_io_unchanged(&t.io, &e), -EIO);
	assert_non_null(strstr(e.msg, "changed while it was being read"));
	hostfile_close(f);
	assert_int_equal(host_io_unchanged(&t.io, &e), 0);
	hostfile_close(other);
	hostfile_close(NULL);
}

static void a_file_that_shrinks_is_noticed_by_the_read(void **state)
{
	const char *path = test_path("shrinking");
	struct err e = {0};
	struct hostfile *f;
	struct test_io t;
	char buf[5];

	(void)state;
	test_io_init(&t);
	test_write_file(path, "hello", 5);
	f = must_open(&t, path);
	assert_int_equal(truncate(path, 2), 0);
	assert_int_equal(hostfile_read(f, 0, buf, 5, &e), -EIO);
	assert_non_null(strstr(e.msg, "shrank"));
	hostfile_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_are_counted),
		cmocka_unit_test(past_the_end_is_cut_short),
		cmocka_unit_test(an_empty_file_is_refused),
		cmocka_unit_test(holes_of_a_sparse_file_are_known),
		cmocka_unit_test(a_change_is_noticed),
		cmocka_unit_test(a_file_that_shrinks_is_noticed_by_the_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
