/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/fstree.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "disk/hash.h"
#include "tests/lib/faultdev.h"

#define VISIT_MAX 1000
#define VISIT_BYTES 100000
#define DAMAGED_SECONDS_MAX 2.0

void test_fs_tree(struct test_fs *t, struct fs *fs)
{
	t->fs = fs;
	t->mount = (struct fs_mount){.dir = "/", .fs = fs, .volume = "disk0", .top = fs->root};
	t->tree = (struct fs_tree){&t->mount, 1};
}

int test_fs_open(struct test_fs *t, const char *type, const char *image, uint64_t off,
	uint64_t size, struct err *e)
{
	struct fs *fs;
	int r;

	memset(t, 0, sizeof(*t));
	test_io_init(&t->io);
	test_must_open_disk(&t->io, image, NULL, &t->disk);
	r = slice_open(t->disk.dev, off, size ? size : t->disk.dev->size, &t->part, e);
	if (!r)
		r = fs_open(type, &t->part, 1, &fs, e);
	if (r < 0) {
		test_fs_close(t);
		return r;
	}
	test_fs_tree(t, fs);
	return 0;
}

void test_fs_must_open(struct test_fs *t, const char *type, const char *image)
{
	struct err e;

	if (test_fs_open(t, type, image, 0, 0, &e) < 0)
		fail_msg("%s: %s", image, e.msg);
}

void test_fs_close(struct test_fs *t)
{
	fs_close(t->fs);
	blockdev_close(t->part);
	disk_close(&t->disk);
	t->fs = NULL;
	t->part = NULL;
}

/* ---- All files ---- */

/* Names of a directory, so that a listing is over before the next begins. */
struct listing {
	char **names;
	size_t n, room;
};

static int note_name(void *ctx, const struct fs_entry *entry)
{
	struct listing *l = ctx;

	if (l->n == l->room) {
		l->room = 2 * l->room + 16;
		l->names = realloc(l->names, l->room * sizeof(*l->names));
	}
	assert_non_null(l->names);
	l->names[l->n++] = strndup(entry->name, entry->name_len);
	return 0;
}

typedef void visit_fn(void *ctx, const struct test_fs *t, const struct fs_file *f);

static void visit(
	const struct test_fs *t, const char *path, visit_fn *fn, void *ctx, unsigned *left)
{
	struct listing l = {0};
	struct fs_file f;
	struct err e;

	if (!*left || fs_walk(&t->tree, path, FS_NOFOLLOW, &f, &e) < 0)
		return;
	--*left;
	fn(ctx, t, &f);
	if (!S_ISDIR(f.st.mode))
		return;
	fs_list(&f, note_name, &l, &e);
	for (size_t i = 0; i < l.n; i++) {
		char *below = NULL;

		assert_true(
			asprintf(&below, "%s/%s", strcmp(path, "/") ? path : "", l.names[i]) > 0);
		visit(t, below, fn, ctx, left);
		free(below);
		free(l.names[i]);
	}
	free(l.names);
}

static void extract_one(void *ctx, const struct test_fs *t, const struct fs_file *f)
{
	char *to = NULL, link[4096], *bytes;
	struct err e;
	size_t n = 0;

	(void)t;
	assert_true(asprintf(&to, "%s%s", (const char *)ctx, f->path) > 0);
	if (S_ISDIR(f->st.mode)) {
		assert_true(!mkdir(to, 0700) || errno == EEXIST);
	} else if (S_ISLNK(f->st.mode)) {
		if (fs_readlink(f, link, &e) < 0)
			fail_msg("%s", e.msg);
		assert_int_equal(symlink(link, to), 0);
	} else if (S_ISREG(f->st.mode)) {
		bytes = malloc(f->st.size + 1);
		assert_non_null(bytes);
		if (fs_read(f, 0, bytes, f->st.size, &n, &e) < 0)
			fail_msg("%s", e.msg);
		assert_int_equal(n, f->st.size);
		test_write_file(to, bytes, n);
		free(bytes);
	}
	free(to);
}

void test_fs_extract(const struct test_fs *t, const char *dir)
{
	unsigned left = UINT32_MAX;

	visit(t, "/", extract_one, (void *)dir, &left);
}

struct totals {
	unsigned files, dirs, links;
};

static void visit_one(void *ctx, const struct test_fs *t, const struct fs_file *f)
{
	static char bytes[VISIT_BYTES];
	struct totals *n = ctx;
	struct fs_file again;
	char link[4096];
	struct err e;
	size_t got;

	n->files += S_ISREG(f->st.mode);
	n->dirs += S_ISDIR(f->st.mode);
	n->links += S_ISLNK(f->st.mode);
	fs_read(f, 0, bytes, sizeof(bytes), &got, &e);
	fs_read(f, f->st.size / 2, bytes, sizeof(bytes), &got, &e);
	fs_readlink(f, link, &e);
	fs_walk(&t->tree, f->path, 0, &again, &e);
}

static struct totals visit_all(const struct test_fs *t)
{
	unsigned left = VISIT_MAX + 2;
	struct totals n = {0};

	visit(t, "/", visit_one, &n, &left);
	return n;
}

unsigned test_fs_visit(const struct test_fs *t)
{
	return visit_all(t).files;
}

const char *test_fs_sha256(const struct test_fs *t, const char *path, uint64_t *ret_size)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	struct blockdev *mem = NULL;
	struct fs_file f;
	char hex[65];
	struct err e;
	size_t n;
	int r;

	if (fs_walk(&t->tree, path, FS_NOFOLLOW, &f, &e) < 0)
		return NULL;
	bytes = malloc(f.st.size + 1);
	assert_non_null(bytes);
	if (fs_read(&f, 0, bytes, f.st.size, &n, &e) < 0)
		return NULL;
	assert_int_equal(mem_open(bytes, n, &mem, &e), 0);
	r = disk_sha256(mem, hex, &e);
	blockdev_close(mem);
	if (r < 0)
		fail_msg("%s", e.msg);
	*ret_size = f.st.size;
	return arena_strdup(&test_arena, hex);
}

/* ---- Comparing with what the host has ---- */

struct order {
	DIR *d;
	unsigned n;
};

/* The next entry that readdir(3) gives of a filesystem the kernel has mounted. */
static int compare_next(void *ctx, const struct fs_entry *entry)
{
	static const uint32_t modes[] = {[DT_DIR] = S_IFDIR,
		[DT_REG] = S_IFREG,
		[DT_LNK] = S_IFLNK,
		[DT_FIFO] = S_IFIFO,
		[DT_SOCK] = S_IFSOCK,
		[DT_CHR] = S_IFCHR,
		[DT_BLK] = S_IFBLK};
	struct order *o = ctx;
	const struct dirent *theirs;

	do
		theirs = readdir(o->d);
	while (theirs && (!strcmp(theirs->d_name, ".") || !strcmp(theirs->d_name, "..")));
	if (!theirs)
		fail_msg("%.*s is not there", (int)entry->name_len, entry->name);
	assert_int_equal(strlen(theirs->d_name), entry->name_len);
	assert_memory_equal(theirs->d_name, entry->name, entry->name_len);
	assert_int_equal(theirs->d_ino, entry->node.id);
	assert_int_equal(modes[theirs->d_type], entry->type);
	o->n++;
	return 0;
}

static int count_next(void *ctx, const struct fs_entry *entry)
{
	(void)entry;
	((struct order *)ctx)->n++;
	return 0;
}

static void compare_bytes(const struct fs_file *f, const char *path)
{
	static uint8_t ours[300000], theirs[300000];
	FILE *file = fopen(path, "rb");
	uint64_t at = 0;
	struct err e;
	size_t n;

	assert_non_null(file);
	do {
		if (fs_read(f, at, ours, sizeof(ours), &n, &e) < 0)
			fail_msg("%s", e.msg);
		assert_int_equal(fread(theirs, 1, sizeof(theirs), file), n);
		if (memcmp(ours, theirs, n) != 0)
			fail_msg("%s differs after byte %llu", path, (unsigned long long)at);
		at += n;
	} while (n);
	fclose(file);
}

static void compare_attributes(const struct fs_file *f, const struct stat *st)
{
	assert_int_equal(f->st.mode, st->st_mode);
	assert_int_equal(f->st.uid, st->st_uid);
	assert_int_equal(f->st.gid, st->st_gid);
	assert_int_equal(f->st.nlink, st->st_nlink);
	assert_int_equal(f->st.inode, st->st_ino);
	assert_int_equal(f->st.mtime, st->st_mtime);
	if (!S_ISBLK(st->st_mode) && !S_ISCHR(st->st_mode))
		assert_int_equal(f->st.size, st->st_size);
}

/* The names of a directory, in their order where the kernel has the same filesystem. */
static unsigned compare_names(const struct fs_file *f, DIR *d, bool same)
{
	struct order o = {.d = d};
	struct err e;

	if (fs_list(f, same ? compare_next : count_next, &o, &e) < 0)
		fail_msg("%s", e.msg);
	rewinddir(d);
	return o.n;
}

unsigned test_fs_compare(const struct test_fs *t, const char *host, const char *path, bool same)
{
	CLEANUP(cleanup_free) char *theirs = NULL;
	char ours_link[4096], link[4096] = "";
	unsigned n = 1, names = 0, listed;
	const struct dirent *entry;
	struct fs_file f;
	struct stat st;
	struct err e;
	DIR *d;

	assert_true(asprintf(&theirs, "%s%s", host, path) > 0);
	assert_int_equal(lstat(theirs, &st), 0);
	if (fs_walk(&t->tree, path, FS_NOFOLLOW, &f, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(f.st.mode & S_IFMT, st.st_mode & S_IFMT);
	if (same)
		compare_attributes(&f, &st);
	if (S_ISREG(st.st_mode))
		compare_bytes(&f, theirs);
	if (S_ISLNK(st.st_mode)) {
		assert_true(readlink(theirs, link, sizeof(link) - 1) > 0);
		assert_int_equal(fs_readlink(&f, ours_link, &e), 0);
		assert_string_equal(ours_link, link);
	}
	if (!S_ISDIR(st.st_mode))
		return n;
	d = opendir(theirs);
	assert_non_null(d);
	listed = compare_names(&f, d, same);
	while ((entry = readdir(d))) {
		CLEANUP(cleanup_free) char *below = NULL;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		names++;
		assert_true(asprintf(&below, "%s/%s", strcmp(path, "/") ? path : "",
				    entry->d_name) > 0);
		n += test_fs_compare(t, host, below, same);
	}
	closedir(d);
	assert_int_equal(names, listed);
	return n;
}

/* ---- The corpus ---- */

static bool member(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (s && !strcmp(*list, s))
			return true;
	return false;
}

static const char *text_of(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static bool is_ntfs_link(const struct test_fs *t, const char *path)
{
	struct fs_file f;
	struct err e;

	return !strcmp(t->fs->driver->name, "ntfs") &&
	       !fs_walk(&t->tree, path, FS_NOFOLLOW, &f, &e) && S_ISLNK(f.st.mode);
}

static void compare_files(const struct test_fs *t, const json_t *content, const char *image)
{
	size_t i;
	json_t *j;

	json_array_foreach(json_object_get(content, "files"), i, j)
	{
		const char *path = text_of(j, "path"), *want = text_of(j, "sha256"), *got;
		uint64_t size = 0;

		/* The Sleuth Kit lists a FAT volume's label and its own inventions as files, and
		 * so links of NTFS. */
		if (!want || strstr(path, "(Volume Label Entry)") || path[1] == '$' ||
			is_ntfs_link(t, path))
			continue;
		got = test_fs_sha256(t, path, &size);
		if (!got || strcmp(got, want) ||
			size != (uint64_t)json_integer_value(json_object_get(j, "size")))
			fail_msg("%s: %s differs", image, path);
	}
	json_array_foreach(json_object_get(content, "links"), i, j)
	{
		char target[4096];
		struct fs_file f;
		struct err e;

		if (fs_walk(&t->tree, text_of(j, "path"), FS_NOFOLLOW, &f, &e) < 0 ||
			fs_readlink(&f, target, &e) < 0)
			fail_msg("%s: %s", image, e.msg);
		assert_string_equal(target, text_of(j, "target"));
	}
}

/* Only what the kernel has mounted says how many files there are in all, and what is free. */
static void compare_totals(const struct test_fs *t, const json_t *content, const char *image)
{
	const json_t *statvfs = json_object_get(content, "statvfs");
	const json_int_t files = json_integer_value(json_object_get(content, "n_files"));
	struct fs_space space;
	struct totals n;
	const char *type = t->fs->driver->name;
	struct err e;
	uint64_t want;

	if (!statvfs)
		return;
	n = visit_all(t);
	if (files < VISIT_MAX && (n.files != (unsigned)files ||
					 n.links != (unsigned)json_integer_value(
							    json_object_get(content, "n_links")) ||
					 n.dirs != 1 + (unsigned)json_integer_value(
							       json_object_get(content, "n_dirs"))))
		fail_msg("%s: %u files, %u directories", image, n.files, n.dirs);
	if (fs_space(t->fs, &space, &e) < 0)
		fail_msg("%s: %s", image, e.msg);
	want = (uint64_t)json_integer_value(json_object_get(statvfs, "avail_bytes"));
	/*
	 * They were mounted read-only: then the kernel leaves out what is free in the chunks of a
	 * Btrfs, and keeps nothing back of an XFS.
	 */
	if (!strcmp(type, "btrfs")     ? space.available < want
		: !strcmp(type, "xfs") ? space.available > want
				       : space.available != want)
		fail_msg("%s: %llu bytes free", image, (unsigned long long)space.available);
}

static bool holds(const json_t *volume, const char *const *types)
{
	return member(types, text_of(json_object_get(volume, "blkid"), "TYPE"));
}

/*
 * NTFS has no checker here; its images are whole but where the disk ends before them.  And the
 * other readers replay no journal of ext.
 */
static bool is_sound(const json_t *volume, const char *type)
{
	const json_t *check = json_object_get(volume, "check");

	if (json_is_true(json_object_get(volume, "needs_recovery")))
		return false;
	return json_is_true(json_object_get(check, "clean")) || (!check && !strcmp(type, "ntfs"));
}

static void compare_volume(const json_t *volume, const char *image)
{
	const char *type = text_of(json_object_get(volume, "blkid"), "TYPE");
	const json_t *content = json_object_get(volume, "content");
	const bool sound = is_sound(volume, type);
	const clock_t before = clock();
	struct test_fs t;
	struct err e;

	if (!test_fs_open(&t, type, image,
		    (uint64_t)json_integer_value(json_object_get(volume, "offset")),
		    (uint64_t)json_integer_value(json_object_get(volume, "size")), &e)) {
		if (sound) {
			compare_files(&t, content, image);
			compare_totals(&t, content, image);
		}
		test_fs_visit(&t);
		test_fs_close(&t);
	} else if (sound) {
		fail_msg("%s: %s", image, e.msg);
	}
	assert_true((double)(clock() - before) / CLOCKS_PER_SEC < DAMAGED_SECONDS_MAX);
}

/* The Sleuth Kit reads only a part of data kept in inodes; debugfs is asked instead. */
static bool oracle_is_wrong(const char *expect)
{
	return strstr(expect, "/d_inline_dump.img.") != NULL;
}

unsigned test_fs_corpus(const char *const *types)
{
	static const char *const formats[] = {"raw", "vpc", "vmdk", "vhdx", NULL};
	const char *root = test_corpus("images");
	unsigned n = 0;
	glob_t found;

	assert_int_equal(
		glob(arena_printf(&test_arena, "%s/*/*.expect.json", root), 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		json_t *expect = json_load_file(found.gl_pathv[i], 0, NULL), *volumes, *volume;
		const json_t *disk = json_object_get(expect, "disk");
		size_t j;

		volumes = json_array();
		json_array_append(volumes, json_object_get(disk, "whole"));
		json_array_extend(volumes, json_object_get(disk, "partitions"));
		json_array_foreach(volumes, j, volume)
		{
			const char *image;

			if (oracle_is_wrong(found.gl_pathv[i]) || !holds(volume, types) ||
				!member(formats, text_of(expect, "format")))
				continue;
			image = test_unxz(test_corpus(text_of(expect, "file")));
			compare_volume(volume, image);
			unlink(image);
			n++;
		}
		json_decref(volumes);
		json_decref(expect);
	}
	globfree(&found);
	return n;
}

/* ---- Reads that go wrong ---- */

static unsigned visit_with_fault(
	struct blockdev *below, const char *type, enum fault fault, unsigned n)
{
	struct blockdev *dev;
	struct faultdev f;
	struct test_fs t;
	struct fs_space space;
	struct fs *fs;
	struct err e;

	faultdev_init(&f, below, fault, n);
	dev = &f.dev;
	if (!fs_open(type, &dev, 1, &fs, &e)) {
		test_fs_tree(&t, fs);
		fs_space(fs, &space, &e);
		test_fs_visit(&t);
		fs_close(fs);
	}
	return f.reads;
}

void test_fs_faults(const char *type, const char *image, unsigned most)
{
	size_t size;
	const char *bytes = test_read_file(image, &size);
	struct blockdev *mem;
	struct err e;
	unsigned reads;

	assert_int_equal(mem_open(bytes, size, &mem, &e), 0);
	reads = visit_with_fault(mem, type, FAULT_FAIL, 0);
	assert_true(reads > 20);
	for (unsigned n = 1; n <= reads && n <= most; n++) {
		visit_with_fault(mem, type, FAULT_FAIL, n);
		visit_with_fault(mem, type, FAULT_GARBLE, n);
	}
	blockdev_close(mem);
}
