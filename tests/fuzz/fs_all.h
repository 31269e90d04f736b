/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the fuzz targets of the filesystems share: everything in an image is opened, listed, read.
 */
#ifndef TESTS_FUZZ_FS_ALL_H
#define TESTS_FUZZ_FS_ALL_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fs/fs.h"

struct fuzz_dir {
	const struct fs_tree *tree;
	const struct fs_file *dir;
	unsigned *left; /* files still to be looked at, in the whole image */
};

static int fuzz_entry(void *ctx, const struct fs_entry *entry)
{
	const struct fuzz_dir *d = ctx;
	struct fuzz_dir below = {d->tree, NULL, d->left};
	struct fs_file f;
	char path[4096 + 1024], link[4096], bytes[10000];
	struct err e;
	size_t n;

	snprintf(path, sizeof(path), "%s/%.*s", d->dir->path, (int)entry->name_len, entry->name);
	if (!*d->left)
		return 1;
	--*d->left;
	fs_walk(d->tree, path, 0, &f, &e);
	if (fs_walk(d->tree, path, FS_NOFOLLOW, &f, &e) < 0)
		return 0;
	below.dir = &f;
	fs_list(&f, fuzz_entry, &below, &e);
	fs_readlink(&f, link, &e);
	if (!fs_read(&f, 0, bytes, sizeof(bytes), &n, &e))
		fs_read(&f, f.st.size / 2, bytes, sizeof(bytes), &n, &e);
	return 0;
}

static void fuzz_fs_device(const char *type, struct blockdev *dev)
{
	unsigned left = 50;
	struct err e;
	struct fs *fs;
	struct fs_space space;
	struct fs_file root;

	if (!fs_open(type, &dev, 1, &fs, &e)) {
		struct fs_mount mount = {.dir = "/", .fs = fs, .top = fs->root};
		struct fs_tree tree = {&mount, 1};
		struct fuzz_dir d = {&tree, &root, &left};

		fs_space(fs, &space, &e);
		if (!fs_walk(&tree, "/", 0, &root, &e))
			fs_list(&root, fuzz_entry, &d, &e);
		fs_close(fs);
	}
}

/* The input is the device. */
static inline void fuzz_fs(const char *type, const uint8_t *data, size_t size)
{
	struct blockdev *dev;
	struct err e;

	if (mem_open(data, size, &dev, &e) < 0)
		return;
	fuzz_fs_device(type, dev);
	blockdev_close(dev);
}

#endif
