/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

struct arena test_arena;
static char tmpdir[64];
static pid_t tmpdir_owner;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void at_end(void)
{
	/* Not in a child that a test forked. */
	if (*tmpdir && getpid() == tmpdir_owner)
		nftw(tmpdir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(&test_arena);
}

static void arena_full(void)
{
	fprintf(stderr, "the test took more than ARENA_MAX of memory\n");
	abort();
}

__attribute__((constructor)) static void at_start(void)
{
	arena_on_exhausted(arena_full);
	atexit(at_end);
}

const char *test_tmpdir(void)
{
	if (!*tmpdir) {
		snprintf(tmpdir, sizeof(tmpdir), "/tmp/asr-test-XXXXXX");
		if (!mkdtemp(tmpdir))
			fail_msg("mkdtemp: %s", strerror(errno));
		tmpdir_owner = getpid();
	}
	return tmpdir;
}

static const char *format(const char *fmt, va_list ap)
{
	CLEANUP(cleanup_free) char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		fail_msg("out of memory");
	return arena_strdup(&test_arena, s);
}

#define FORMAT(fmt)                                                                                \
	({                                                                                         \
		va_list ap_;                                                                       \
		const char *s_;                                                                    \
		va_start(ap_, fmt);                                                                \
		s_ = format(fmt, ap_);                                                             \
		va_end(ap_);                                                                       \
		s_;                                                                                \
	})

const char *test_path(const char *fmt, ...)
{
	return arena_printf(&test_arena, "%s/%s", test_tmpdir(), FORMAT(fmt));
}

const char *test_subdir(const char *name)
{
	const char *path = test_path("%s", name);

	test_must_run("rm -rf '%s'; mkdir '%s'", path, path);
	return path;
}

static const char *in_tmpdir(const char *command)
{
	return arena_printf(&test_arena, "cd '%s' && { %s\n}", test_tmpdir(), command);
}

int test_run(const char *fmt, ...)
{
	const char *command = in_tmpdir(FORMAT(fmt));
	int status = system(arena_printf(&test_arena, "{ %s\n} >/dev/null 2>&1", command));

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void test_must_run(const char *fmt, ...)
{
	const char *command = FORMAT(fmt);

	if (system(arena_printf(&test_arena, "{ %s\n} >/dev/null", in_tmpdir(command))))
		fail_msg("failed: %s", command);
}

const char *test_output(const char *fmt, ...)
{
	const char *command = FORMAT(fmt), *path = test_path("output");

	if (system(arena_printf(&test_arena, "{ %s\n} >'%s'", in_tmpdir(command), path)))
		fail_msg("failed: %s", command);
	return test_read_file(path, NULL);
}

bool test_have_tool(const char *tool)
{
	return !system(arena_printf(&test_arena,
		"PATH=\"$PATH:/usr/sbin:/sbin\" command -v '%s' >/dev/null 2>&1", tool));
}

void test_skip(const char *name, const char *reason)
{
	printf("SKIPPED 1 %s: %s\n", name, reason);
	fflush(stdout);
	skip();
	abort(); /* skip() does not return, but is not declared so */
}

void test_need_tool(const char *tool)
{
	if (!test_have_tool(tool))
		test_skip(tool, "tool not installed");
}

void test_need_mount(const char *type)
{
	test_need_tool("losetup");
	test_need_tool("unshare");
	if (geteuid() || test_run("unshare -m true && grep -qw %s /proc/filesystems && "
				  "PATH=$PATH:/usr/sbin:/sbin losetup -f",
				 type))
		test_skip(arena_printf(&test_arena, "%s by loop mount", type),
			"needs root, loop devices and a kernel that knows it");
}

void test_write_file(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(p, 1, n, f) != n || fclose(f))
		fail_msg("%s: %s", path, strerror(errno));
}

const char *test_read_file(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *p;

	if (!f || fstat(fileno(f), &st))
		fail_msg("%s: %s", path, strerror(errno));
	p = arena_alloc(&test_arena, (size_t)st.st_size + 1);
	if (fread(p, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		fail_msg("%s: %s", path, strerror(errno));
	fclose(f);
	if (ret_n)
		*ret_n = (size_t)st.st_size;
	return p;
}

const char *test_corpus(const char *relative)
{
	const char *corpus = getenv("CORPUS"), *path, *must = getenv("REQUIRE_CORPUS");

	path = arena_printf(
		&test_arena, "%s/%s", corpus && *corpus ? corpus : "../shared/corpus", relative);
	if (access(path, R_OK)) {
		if (must && *must && strcmp(must, "0"))
			fail_msg("%s is not there", path);
		test_skip(relative, "corpus not there");
	}
	path = realpath(path, NULL);
	relative = arena_strdup(&test_arena, path);
	free((void *)path);
	return relative;
}

const char *test_unxz(const char *xz)
{
	const char *slash = strrchr(xz, '/'), *base = slash ? slash + 1 : xz, *out;
	CLEANUP(cleanup_free) char *full = realpath(xz, NULL);
	unsigned hash = 0;

	if (!full)
		fail_msg("%s: %s", xz, strerror(errno));
	test_need_tool("xz");
	/* Files of different folders may have the same name. */
	for (const char *p = full; *p; p++)
		hash = hash * 31 + (unsigned char)*p;
	out = test_path(
		"%08x-%.*s", hash, (int)(str_ends(base, ".xz") ? strlen(base) - 3 : 200), base);
	if (access(out, F_OK))
		test_must_run("xz -dc '%s' >'%s'", full, out);
	return out;
}

void test_io_init(struct test_io *t)
{
	*t = (struct test_io){0};
	host_opener_init(&t->opener, NULL, 0);
	t->io.opener = &t->opener.opener;
}

int test_open_disk(struct test_io *t, const char *path, const char *image_format, struct disk *ret,
	struct err *e)
{
	struct disk_open_args args = {
		.io = &t->io, .arena = &test_arena, .path = path, .image_format = image_format};

	return disk_open(&args, ret, e);
}

void test_must_open_disk(
	struct test_io *t, const char *path, const char *image_format, struct disk *ret)
{
	struct err e = {0};

	if (test_open_disk(t, path, image_format, ret, &e) < 0)
		fail_msg("%s", e.msg);
}

void test_noise(void *p, size_t n, uint64_t seed)
{
	uint8_t *out = p;
	uint64_t x = seed * 0x9E3779B97F4A7C15ULL + 1;

	while (n--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*out++ = (uint8_t)(x >> 32);
	}
}
