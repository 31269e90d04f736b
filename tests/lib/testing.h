/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What test programs share: a directory of their own, running tools, finding the corpus.  Strings
 * that are returned live until the program ends.  A failure fails the running test.
 */
#ifndef TESTS_LIB_TESTING_H
#define TESTS_LIB_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/opener.h"
#include "disk/disk.h"

/* For strings and facts of a test program; freed when it ends. */
extern struct arena test_arena;

/* A new directory for the whole program; it is removed, with all in it, when the program ends. */
const char *test_tmpdir(void);
/* A path in it. */
const char *test_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A new, empty directory in it. */
const char *test_subdir(const char *name);

/* Runs a shell command in that directory, quietly; returns its exit status. */
int test_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and it must succeed. */
void test_must_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What a command, which must succeed, prints on standard output. */
const char *test_output(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool test_have_tool(const char *tool);
/* Skips the running test, with a line that says so, when a tool is absent. */
void test_need_tool(const char *tool);
/* Can we mount images of this type, in a name space of our own? */
void test_need_mount(const char *type);
void test_skip(const char *name, const char *reason) __attribute__((noreturn));

void test_write_file(const char *path, const void *p, size_t n);
/* For small files: it stays in memory.  A NUL, which *ret_n (may be NULL) does not count, follows
 * the bytes. */
const char *test_read_file(const char *path, size_t *ret_n);

/* The path of a file of the corpus (env CORPUS); skips the test where it is absent, or fails it
 * when env REQUIRE_CORPUS is set. */
const char *test_corpus(const char *relative);
/* Unpacks a .xz into the directory, once; returns the path of the unpacked file. */
const char *test_unxz(const char *xz);

/* A run's host_io over an opener that allows no further directory. */
struct test_io {
	struct host_opener opener;
	struct host_io io;
};
void test_io_init(struct test_io *t);
/* Opens an image; image_format may be NULL.  0 or a negative code. */
int test_open_disk(struct test_io *t, const char *path, const char *image_format, struct disk *ret,
	struct err *e);
/* The same, and it must succeed. */
void test_must_open_disk(
	struct test_io *t, const char *path, const char *image_format, struct disk *ret);

/* Bytes that look random but are the same in every run. */
void test_noise(void *p, size_t n, uint64_t seed);

#endif
