/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static struct err unused;

static struct host_opener opener;
static const char *dir, *allowed;

static int make_tree(void **state)
{
	(void)state;
	dir = test_subdir("images");
	allowed = test_subdir("allowed");
	test_must_run("cd images && mkdir -p sub/deep && echo flat >flat && echo deep >sub/deep/x"
		      " && ln -s flat link && ln -s sub sublink && ln -s /etc/passwd out"
		      " && ln -s ../secret up && mkfifo pipe && ln -s /proc/self/fd/0 magic"
		      " && echo hidden >..hidden"
		      " && echo secret >../secret && echo base >../allowed/base"
		      " && mkdir ../allowed/in && echo in >../allowed/in/y"
		      " && ln -s ../secret ../allowed/trick && ln -s .. ../allowed/back"
		      " && ln -s allowed ../alias");
	return 0;
}

/* What an opened name holds, or NULL and what was said. */
static const char *contents(const char *in, const char *name, struct err *e)
{
	CLEANUP(cleanup_close) int fd = opener.opener.open(&opener.opener, in, name, e);
	char *buf = arena_alloc(&test_arena, 100);

	if (fd < 0)
		return NULL;
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(read(fd, buf, 99) >= 0);
	return buf;
}

static void refused(const char *in, const char *name, int num, const char *words)
{
	struct err e = {0};

	if (contents(in, name, &e))
		fail_msg("%s was opened", name);
	if (e.num != num || !strstr(e.msg, words))
		fail_msg("%s: code %d, \"%s\"", name, e.num, e.msg);
}

static void files_the_user_names_are_opened_through_symlinks(void **state)
{
	(void)state;
	host_opener_init(&opener, NULL, 0);
	assert_string_equal(contents(NULL, test_path("images/flat"), &unused), "flat\n");
	assert_string_equal(contents(NULL, test_path("images/link"), &unused), "flat\n");
	assert_string_equal(contents(NULL, test_path("images/up"), &unused), "secret\n");
}

static void what_is_no_image_is_refused_without_blocking(void **state)
{
	(void)state;
	host_opener_init(&opener, NULL, 0);
	alarm(5);
	refused(NULL, dir, EISDIR, "is a directory");
	refused(NULL, test_path("images/pipe"), EACCES, "is a pipe");
	refused(NULL, "/dev/null", EACCES, "is a character device");
	refused(NULL, test_path("images/none"), ENOENT, "none: No such file or directory");
	alarm(0);
}

static void names_in_images_reach_what_is_below(void **state)
{
	(void)state;
	host_opener_init(&opener, NULL, 0);
	assert_string_equal(contents(dir, "flat", &unused), "flat\n");
	assert_string_equal(contents(dir, "./flat", &unused), "flat\n");
	assert_string_equal(contents(dir, "sub/deep/x", &unused), "deep\n");
	assert_string_equal(contents(dir, "sub//deep/./x", &unused), "deep\n");
	assert_string_equal(contents(dir, "..hidden", &unused), "hidden\n");
	refused(dir, "nothing", ENOENT, "nothing");
}

static void names_in_images_do_not_lead_out(void **state)
{
	(void)state;
	host_opener_init(&opener, NULL, 0);
	alarm(5);
	refused(dir, "/etc/passwd", EACCES, "outside its directory");
	refused(dir, "../secret", EACCES, "outside its directory");
	refused(dir, "sub/../../secret", EACCES, "outside its directory");
	refused(dir, "out", EACCES, "symbolic link");
	refused(dir, "up", EACCES, "symbolic link");
	refused(dir, "link", EACCES, "symbolic link");
	refused(dir, "sublink/deep/x", ENOTDIR, "sublink/deep/x");
	refused(dir, "magic", EACCES, "symbolic link");
	refused(dir, "/proc/self/environ", EACCES, "outside its directory");
	refused(dir, "pipe", EACCES, "is a pipe");
	refused(dir, "sub", EISDIR, "is a directory");
	refused(dir, "sub/", EBADMSG, "no file name");
	refused(dir, "", EBADMSG, "no file name");
	refused("/dev", "null", EACCES, "is a character device");
	refused("/proc/self", "root/etc/passwd", ENOTDIR, "root/etc/passwd");
	alarm(0);
}

static void allowed_directories_are_reached_but_not_left(void **state)
{
	const char *const dirs[] = {allowed};

	(void)state;
	host_opener_init(&opener, dirs, 1);
	assert_string_equal(contents(dir, "../allowed/base", &unused), "base\n");
	assert_string_equal(contents(dir, test_path("allowed/in/y"), &unused), "in\n");
	assert_string_equal(contents(dir, test_path("images/../allowed/base"), &unused), "base\n");
	refused(dir, "../secret", EACCES, "outside its directory");
	refused(dir, test_path("allowed/../secret"), EACCES, "outside its directory");
	refused(dir, test_path("allowed/trick"), EACCES, "symbolic link");
	refused(dir, test_path("allowed/back/secret"), ENOTDIR, "back/secret");
	refused(dir, test_path("allowed"), EACCES, "outside its directory");
	refused(dir, test_path("allowedx/y"), EACCES, "outside its directory");
}

static void an_allowed_directory_may_be_a_symlink(void **state)
{
	const char *const dirs[] = {test_path("alias")};

	(void)state;
	host_opener_init(&opener, dirs, 1);
	assert_string_equal(contents(dir, "../alias/base", &unused), "base\n");
	assert_string_equal(contents(dir, "../allowed/base", &unused), "base\n");
	refused(dir, "../secret", EACCES, "outside its directory");
}

static void the_current_directory_is_meant_by_no_name(void **state)
{
	char before[4096];

	(void)state;
	host_opener_init(&opener, NULL, 0);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(dir), 0);
	assert_string_equal(contents("", "flat", &unused), "flat\n");
	refused("", "../secret", EACCES, "outside its directory");
	assert_int_equal(chdir(before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_the_user_names_are_opened_through_symlinks),
		cmocka_unit_test(what_is_no_image_is_refused_without_blocking),
		cmocka_unit_test(names_in_images_reach_what_is_below),
		cmocka_unit_test(names_in_images_do_not_lead_out),
		cmocka_unit_test(allowed_directories_are_reached_but_not_left),
		cmocka_unit_test(an_allowed_directory_may_be_a_symlink),
		cmocka_unit_test(the_current_directory_is_meant_by_no_name),
	};

	return cmocka_run_group_tests(tests, make_tree, NULL);
}
