/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Trees that the kernel made by some thousand random operations, on an XFS or a Btrfs that was made
 * with random options, are read as the kernel reads them: names in their order, attributes, bytes,
 * and what is free.  env ROUNDS: how many of each (2); env SEED: where random numbers begin (101).
 */
#include "tests/lib/fstree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"

/* mkfs.xfs makes filesystems of one group only for tests. */
#define TOOLS "PATH=$PATH:/usr/sbin:/sbin; export TEST_DIR=. TEST_DEV=. QA_CHECK_FS=1; "
#define OPERATIONS 4000
#define LIVE_MAX 3000U      /* paths that operations choose from */
#define PATH_LEN_MAX 1500U  /* of a directory that something is made in */
#define WRITE_MAX 70000U    /* bytes at a time */
#define FILE_MAX (3U << 20) /* where the last write may begin */
#define FILES_MIN 1500U

static uint64_t state;

static uint32_t below(uint32_t n)
{
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(state >> 33) % n;
}

/* Small numbers as often as large ones, up to most. */
static uint32_t some(uint32_t most)
{
	uint32_t n = 1U << below(32);

	return below((n < most ? n : most) + 1);
}

static const char *one_of(const char *const *options)
{
	uint32_t n = 0;

	while (options[n])
		n++;
	return options[below(n)];
}

/* ---- What is there ---- */

static struct {
	char *at[LIVE_MAX];
	uint32_t n;
} dirs, files;

static void forget_all(void)
{
	while (dirs.n)
		free(dirs.at[--dirs.n]);
	while (files.n)
		free(files.at[--files.n]);
}

static char *any_dir(void)
{
	return dirs.at[below(dirs.n)];
}

/* NULL: there is none yet. */
static char *any_file(void)
{
	return files.n ? files.at[below(files.n)] : NULL;
}

static void note_file(char *path)
{
	if (files.n < LIVE_MAX)
		files.at[files.n++] = path;
	else
		free(path);
}

/* A name in a directory: of ASCII, of characters that take several bytes, or of any bytes. */
static char *new_path(void)
{
	static const char *const letters[] = {"a", "Z", "-", ".", " ", "\xc3\xbc", "\xe6\x97\xa5",
		"\xf0\x9f\x98\x80", "\xcc\x81", "\n", "\\", "\xff"};
	const uint32_t kind = below(3), want = 1 + (below(8) ? below(24) : below(255));
	char name[256] = "", *path;
	size_t n = 0;

	for (uint32_t i = 0; i < want; i++) {
		char any[2] = {(char)('a' + below(26)), '\0'};
		const char *next = any;

		if (kind == 1)
			next = letters[below(ARRAY_LEN(letters))];
		else if (kind == 2)
			any[0] = (char)(1 + below(255));
		if (n + strlen(next) > want || *next == '/')
			continue;
		memcpy(name + n, next, strlen(next));
		n += strlen(next);
	}
	assert_true(asprintf(&path, "%s/%s%u", any_dir(), n > 240 ? "" : name, below(1000)) > 0);
	return path;
}

/* ---- Operations; one that is refused changes nothing ---- */

/* Writes text, noise or zeros somewhere in a file, which grows or gets a hole. */
static void write_some(const char *path, bool at_start)
{
	static uint8_t bytes[WRITE_MAX];
	const uint32_t n = some(WRITE_MAX), kind = below(3);
	const off_t at = at_start ? 0 : some(FILE_MAX);
	const int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600 + below(0200));

	if (fd < 0)
		return;
	memset(bytes, kind ? 'x' : 0, n);
	if (kind == 1)
		test_noise(bytes, n, below(UINT32_MAX));
	for (uint32_t i = 0; kind == 2 && i < n; i += 64)
		bytes[i] = (uint8_t)i;
	(void)!pwrite(fd, bytes, n, at);
	/* What is written out has found its place, and what comes later lies elsewhere. */
	if (!below(10))
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (!below(200))
		fsync(fd);
	close(fd);
}

static void make_file(void)
{
	char *path = new_path();

	write_some(path, true);
	note_file(path);
}

static void change_file(void)
{
	if (files.n)
		write_some(any_file(), false);
}

static void make_dir(void)
{
	char *path = new_path();

	if (strlen(path) < PATH_LEN_MAX && dirs.n < LIVE_MAX && !mkdir(path, 0700 + below(0100)))
		dirs.at[dirs.n++] = path;
	else
		free(path);
}

/* So that directories have every form there is, and holes. */
static void fill_dir(void)
{
	const char *dir = any_dir();
	const uint32_t n = some(700), base = below(UINT32_MAX), every = 1 + below(5);

	for (uint32_t i = 0; i < n; i++) {
		char path[PATH_LEN_MAX + 300];

		snprintf(path, sizeof(path), "%s/%u-%u", dir, base, i);
		if (below(4))
			(void)!symlink("a", path);
		else
			write_some(path, true);
	}
	for (uint32_t i = 0; i < n && every > 1; i += every) {
		char path[PATH_LEN_MAX + 300];

		snprintf(path, sizeof(path), "%s/%u-%u", dir, base, i);
		unlink(path);
	}
}

static void allocate(void)
{
	static const int modes[] = {0, FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE};
	const int mode = modes[below(ARRAY_LEN(modes))];
	const int fd = files.n ? open(any_file(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK) : -1;
	const off_t unit = below(2) ? 4096 : 1;

	if (fd < 0)
		return;
	for (uint32_t n = below(2) ? 1 : below(60), at = some(300); n; n--, at += 1 + below(3))
		(void)!fallocate(fd, mode, at * unit, (1 + some(10)) * unit);
	close(fd);
}

static void cut(void)
{
	if (files.n)
		(void)!truncate(any_file(), below(3) ? some(200000) : some(FILE_MAX));
}

static void link_file(void)
{
	char *path = new_path();

	if (files.n)
		(void)!link(any_file(), path);
	note_file(path);
}

static void make_symlink(void)
{
	char target[1024], *path = new_path();
	const uint32_t n = 1 + (below(4) ? below(60) : below(1022));

	memset(target, "/.ab"[below(4)], n);
	target[n] = '\0';
	(void)!symlink(target, path);
	free(path);
}

static void make_special(void)
{
	static const mode_t types[] = {S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK};
	char *path = new_path();

	(void)!mknod(path, types[below(4)] | below(01000), makedev(below(4000), below(1 << 20)));
	free(path);
}

static void move_file(void)
{
	char *to = new_path();
	const uint32_t i = files.n ? below(files.n) : 0;

	if (files.n && !rename(files.at[i], to)) {
		free(files.at[i]);
		files.at[i] = to;
	} else {
		free(to);
	}
}

static void remove_file(void)
{
	const uint32_t i = files.n ? below(files.n) : 0;

	if (!files.n)
		return;
	unlink(files.at[i]);
	free(files.at[i]);
	files.at[i] = files.at[--files.n];
}

static void set_attributes(void)
{
	const char *path = below(2) ? any_dir() : any_file();
	const time_t when = below(3) ? below(INT32_MAX) : -(time_t)below(1000000000);
	const struct timeval times[] = {{when, 0}, {when, 999999}};

	if (!path)
		return;
	(void)!lchown(path, below(UINT32_MAX), below(UINT32_MAX));
	(void)!chmod(path, 0700 + below(0100) + 01000 * below(8));
	lutimes(path, times);
}

/* Some of a file's blocks are then another's, too. */
static void share(void)
{
	const int from = files.n ? open(any_file(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK) : -1;
	const int to = files.n ? open(any_file(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK) : -1;
	const uint64_t unit = 65536;
	struct file_clone_range range = {
		from, below(3) * unit, (1 + below(3)) * unit, below(20) * unit};

	if (from >= 0 && to >= 0 && (below(2) || ioctl(to, FICLONERANGE, &range)))
		(void)!ioctl(to, FICLONE, from);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
}

static void populate(const char *top)
{
	static const struct {
		void (*run)(void);
		uint32_t weight;
	} kinds[] = {{make_file, 40}, {change_file, 40}, {make_dir, 6}, {fill_dir, 1},
		{allocate, 15}, {cut, 8}, {link_file, 8}, {make_symlink, 8}, {make_special, 3},
		{move_file, 8}, {remove_file, 6}, {set_attributes, 8}, {share, 8}};
	uint32_t all = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		all += kinds[i].weight;
	dirs.at[dirs.n++] = strdup(top);
	for (unsigned n = 0; n < OPERATIONS; n++) {
		uint32_t chosen = below(all);
		size_t i = 0;

		for (; chosen >= kinds[i].weight; i++)
			chosen -= kinds[i].weight;
		kinds[i].run();
	}
	forget_all();
}

/* ---- Filesystems ---- */

/* Words of which mkfs.xfs accepts any together. */
static const char *xfs_options(void)
{
	static const char *const sizes[] = {"-b size=1024 -i size=512", "-b size=2048 -i size=1024",
		"-b size=4096", "-b size=4096 -i size=2048", "-b size=4096 -s size=4096", NULL};
	static const char *const names[] = {
		"-n size=4096", "-n size=8192", "-n size=65536", "", NULL};
	static const char *const metadata[] = {"-m rmapbt=1", "-m reflink=0",
		"-m bigtime=0,inobtcount=0", "-m finobt=0,inobtcount=0", "", NULL};
	static const char *const inodes[] = {"-i nrext64=1", "-i sparse=0,maxpct=50", "", NULL};
	static const char *const groups[] = {"-d agcount=1", "-d agcount=7", "", NULL};

	return arena_printf(&test_arena, "%s %s %s %s %s", one_of(sizes), one_of(names),
		one_of(metadata), one_of(inodes), one_of(groups));
}

static const char *btrfs_options(void)
{
	static const char *const sums[] = {
		"--csum crc32c", "--csum xxhash", "--csum sha256", "--csum blake2", NULL};
	static const char *const nodes[] = {"-n 4096", "-n 16384", "-n 65536", "-n 4096 -M", NULL};
	static const char *const features[] = {
		"-O ^no-holes", "-O ^skinny-metadata", "-O ^extref -R ^free-space-tree", "", NULL};
	static const char *const profiles[] = {"-m dup", "-m single", NULL};
	const char *node = one_of(nodes);

	return arena_printf(&test_arena, "%s %s %s %s", one_of(sums), node, one_of(features),
		strstr(node, "-M") ? "" : one_of(profiles));
}

static const char *btrfs_mount_options(void)
{
	static const char *const options[] = {"compress-force=zlib", "compress-force=lzo",
		"compress-force=zstd", "compress=zstd", "max_inline=0", "nodatacow", "noatime",
		NULL};

	return one_of(options);
}

static void must_mount(const char *type, const char *options)
{
	test_must_run(
		TOOLS "mkdir -p mnt && mount -t %s -o 'loop,%s' ram/image mnt", type, options);
}

/* Where it may write: otherwise the kernel keeps nothing back of an XFS, and counts no room within
 * the chunks of a Btrfs. */
static void compare_space(const char *type)
{
	struct fs_space space;
	struct statfs theirs;
	struct test_fs t;
	struct err e;

	test_fs_must_open(&t, type, test_path("ram/image"));
	assert_int_equal(fs_space(t.fs, &space, &e), 0);
	test_fs_close(&t);
	must_mount(type, "rw");
	assert_int_equal(statfs(test_path("mnt"), &theirs), 0);
	test_must_run("umount mnt");
	assert_int_equal(space.available, theirs.f_bavail * (uint64_t)theirs.f_bsize);
	assert_int_equal(space.size, theirs.f_blocks * (uint64_t)theirs.f_bsize);
	assert_false(space.approximate);
}

static void one_round(const char *type, uint64_t seed)
{
	const bool xfs = !strcmp(type, "xfs");
	const char *made, *mounted;
	struct test_fs t;

	state = seed * 0x9e3779b97f4a7c15;
	made = xfs ? xfs_options() : btrfs_options();
	mounted = xfs ? "noatime" : btrfs_mount_options();
	printf("# %s SEED=%llu: mkfs %s; mount -o %s\n", type, (unsigned long long)seed, made,
		mounted);
	fflush(stdout);
	test_must_run(TOOLS
		"rm -f ram/image && truncate -s 600M ram/image && mkfs.%s -q -f %s ram/image",
		type, made);
	must_mount(type, mounted);
	populate(test_path("mnt"));
	test_must_run("umount mnt");
	compare_space(type);
	must_mount(type, xfs ? "ro,norecovery" : "ro");
	test_fs_must_open(&t, type, test_path("ram/image"));
	assert_int_equal(t.fs->state, FS_CLEAN);
	assert_true(test_fs_compare(&t, test_path("mnt"), "/", true) > FILES_MIN);
	test_fs_close(&t);
	test_must_run("umount mnt");
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 10) : otherwise;
}

static void rounds_of(const char *type)
{
	const uint64_t rounds = from_environment("ROUNDS", 2), seed = from_environment("SEED", 101);

	test_need_tool(arena_printf(&test_arena, "mkfs.%s", type));
	test_need_mount(type);
	/* No mount outlives this program, however it ends. */
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	/* In memory: the disk would make each round wait. */
	assert_int_equal(mount("none", test_subdir("ram"), "tmpfs", 0, "size=700m"), 0);
	for (uint64_t i = 0; i < rounds; i++)
		one_round(type, seed + i);
}

/* Mounts would keep the directory of the test from being removed. */
static int unmount_after(void **unused)
{
	(void)unused;
	test_run("umount mnt; umount ram");
	return 0;
}

static void random_trees_on_xfs_are_read_as_the_kernel_reads_them(void **unused)
{
	(void)unused;
	rounds_of("xfs");
}

static void random_trees_on_btrfs_are_read_as_the_kernel_reads_them(void **unused)
{
	(void)unused;
	rounds_of("btrfs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			random_trees_on_xfs_are_read_as_the_kernel_reads_them, unmount_after),
		cmocka_unit_test_teardown(
			random_trees_on_btrfs_are_read_as_the_kernel_reads_them, unmount_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
