/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include "tests/lib/testing.h"

#include <errno.h>
#include <string.h>

static void set_gives_code_and_sentence(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, EBADMSG, "grain %d is %s", 3, "bad"), -EBADMSG);
	assert_int_equal(e.num, EBADMSG);
	assert_string_equal(e.msg, "grain 3 is bad");
}

static void prefix_goes_in_front_and_keeps_the_code(void **state)
{
	struct err e = {0};

	(void)state;
	err_set(&e, ENOTSUP, "is a qcow2 image");
	assert_int_equal(err_prefix(&e, "%s", "disk.img"), -ENOTSUP);
	assert_string_equal(e.msg, "disk.img: is a qcow2 image");
}

static void long_sentences_are_cut(void **state)
{
	char path[2000];
	struct err e = {0};

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	err_set(&e, EIO, "%s", path);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	err_prefix(&e, "short");
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_memory_equal(e.msg, "short: ppp", 10);
	err_prefix(&e, "%s", path);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_gives_code_and_sentence),
		cmocka_unit_test(prefix_goes_in_front_and_keeps_the_code),
		cmocka_unit_test(long_sentences_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
