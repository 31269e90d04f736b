/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/memfd.h"

#include "tests/lib/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lazylib.h"
#include "base/text.h"

static struct err e;

static void what_is_written_is_there_and_the_rest_costs_nothing(void **state)
{
	int fd = memfd_new("test", 1ULL << 40, &e), other;
	struct stat st;
	char buf[8];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(memfd_write(fd, (1ULL << 40) - 4, "tail", 4, &e), 0);
	other = open(memfd_path(fd).s, O_RDONLY | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(fstat(other, &st), 0);
	assert_true(st.st_size == 1LL << 40);
	assert_true(st.st_blocks < 1024);
	assert_int_equal(pread(other, buf, 8, (1LL << 40) - 8), 8);
	assert_memory_equal(buf, "\0\0\0\0tail", 8);
	close(other);
	close(fd);
}

static void the_size_is_sealed(void **state)
{
	int fd = memfd_new("test", 4096, &e);

	(void)state;
	assert_true(fd >= 0);
	assert_int_not_equal(ftruncate(fd, 8192), 0);
	assert_int_not_equal(ftruncate(fd, 0), 0);
	assert_true(memfd_write(fd, 4096, "x", 1, &e) < 0);
	assert_true(*e.msg);
	close(fd);
}

static void libraries_are_loaded_by_symbol(void **state)
{
	const char *(*version)(int);
	void *nothing = NULL;
	const struct lazylib_symbol good = {"OpenSSL_version", &version};
	const struct lazylib_symbol bad = {"no_such_symbol", &nothing};

	(void)state;
	if (lazylib_load(LAZYLIB_CRYPTO, &good, 1, &e) < 0)
		test_skip("libcrypto", "not installed");
	assert_true(str_starts(version(0), "OpenSSL"));
	assert_int_equal(lazylib_load(LAZYLIB_CRYPTO, &bad, 1, &e), -ENOTSUP);
	assert_null(nothing);
	assert_non_null(strstr(e.msg, "no_such_symbol"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_there_and_the_rest_costs_nothing),
		cmocka_unit_test(the_size_is_sealed),
		cmocka_unit_test(libraries_are_loaded_by_symbol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
