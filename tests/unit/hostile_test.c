/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every image of the corpus, sound or damaged on purpose: opened as a machine, all its filesystems
 * and subvolumes looked into, and checked by the program.  It must end, in words, within two
 * seconds of CPU and 256 MiB; under sanitizers, too, which take some of both for themselves.
 */
#include "tests/lib/fstree.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/vm.h"

#define SECONDS_MAX 2.0
#define KIB_MAX (256L << 10)
#define SUBVOLUMES_VISITED 20
#define IMAGES_MIN 150

static unsigned n_subvolumes;

static int visit_subvolume(void *ctx, const struct fs_subvolume *s)
{
	struct fs *fs = ctx;
	struct test_fs t;
	struct err e;

	test_fs_tree(&t, fs);
	if (!fs_subvolume(fs, s->id, &t.mount.top, &e))
		test_fs_visit(&t);
	return ++n_subvolumes == SUBVOLUMES_VISITED;
}

/* In a process of its own: 0, whatever is found. */
static int look_into(const char *image)
{
	struct disk_request request = {.path = image};
	struct test_io io;
	struct engine_args args = {&io.io, &test_arena, &request, 1, NULL};
	struct fs_space space;
	struct vm vm;
	struct err e = {0};

	test_io_init(&io);
	if (native_engine.open(&vm, &args, &e) < 0)
		return e.msg[0] ? 0 : 1;
	list_each(f, &vm.filesystems) {
		struct test_fs t;

		if (!f->fs)
			continue;
		test_fs_tree(&t, f->fs);
		fs_space(f->fs, &space, &e);
		test_fs_visit(&t);
		fs_subvolumes(f->fs, visit_subvolume, f->fs, &e);
	}
	native_engine.close(&vm);
	return 0;
}

static void run_program(const char *image)
{
	const char *build = getenv("BUILD");
	const char *program =
		arena_printf(&test_arena, "%s/asr-inspect", build ? build : "build/release");
	const int out = open("/dev/null", O_WRONLY);
	const int words = open(test_path("words"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(out, STDOUT_FILENO);
	dup2(words, STDERR_FILENO);
	execl(program, program, "check", image, NULL);
	_exit(127);
}

static double seconds_of(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

/* The exit status of a child that keeps within the limits. */
static int status_of(pid_t child, const char *image, const char *what)
{
	struct rusage used;
	int status;

	assert_int_equal(wait4(child, &status, 0, &used), child);
	if (!WIFEXITED(status))
		fail_msg("%s: %s ended by signal %d", image, what, WTERMSIG(status));
	if (seconds_of(&used) > SECONDS_MAX)
		fail_msg("%s: %s took %.1f s", image, what, seconds_of(&used));
	if (used.ru_maxrss > KIB_MAX)
		fail_msg("%s: %s took %ld KiB", image, what, used.ru_maxrss);
	return WEXITSTATUS(status);
}

static void try_image(const char *image)
{
	const char *words;
	pid_t child = fork();
	int status;

	if (!child)
		exit(look_into(image));
	if (status_of(child, image, "looking into it"))
		fail_msg("%s: not to be opened, and no word why", image);
	child = fork();
	if (!child)
		run_program(image);
	status = status_of(child, image, "check");
	words = test_read_file(test_path("words"), NULL);
	if (status > 3 || (status == 2) != (*words != '\0') ||
		(*words && strchr(words, '\n') != words + strlen(words) - 1))
		fail_msg("%s: check ended with %d: %s", image, status, words);
}

static void every_image_of_the_corpus_ends_in_words(void **state)
{
	const char *root = test_corpus("images");
	unsigned n = 0;
	glob_t found;

	(void)state;
	assert_int_equal(glob(arena_printf(&test_arena, "%s/*/*.xz", root), 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++, n++) {
		const char *image = test_unxz(found.gl_pathv[i]);

		try_image(image);
		unlink(image);
	}
	globfree(&found);
	assert_true(n >= IMAGES_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_image_of_the_corpus_ends_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
