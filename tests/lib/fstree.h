/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the tests of the filesystem drivers share: opening an image as one, getting all its files
 * out, and comparing with what other programs say of the images in the corpus.
 */
#ifndef TESTS_LIB_FSTREE_H
#define TESTS_LIB_FSTREE_H

#include "fs/fs.h"
#include "tests/lib/testing.h"

struct test_fs {
	struct test_io io;
	struct disk disk;
	struct blockdev *part;
	struct fs *fs;
	struct fs_mount mount;
	struct fs_tree tree;
};

/* Opens size bytes at off of an image (0, 0: all of it).  The image itself must open. */
int test_fs_open(struct test_fs *t, const char *type, const char *image, uint64_t off,
	uint64_t size, struct err *e);
void test_fs_must_open(struct test_fs *t, const char *type, const char *image);
void test_fs_close(struct test_fs *t);

/* The tree of one filesystem that somebody else opened. */
void test_fs_tree(struct test_fs *t, struct fs *fs);

/* Writes all files, directories and symlinks below an empty directory of the host. */
void test_fs_extract(const struct test_fs *t, const char *dir);
/*
 * Compares all below path with what lies below a directory of the host; same: it is the same
 * filesystem, mounted there, so that inode numbers, times and the order of names agree too. Returns
 * how many files, of any kind, there are.
 */
unsigned test_fs_compare(const struct test_fs *t, const char *host, const char *path, bool same);
/* Looks at everything, at most a thousand files; returns how many there are.  Damage is ignored. */
unsigned test_fs_visit(const struct test_fs *t);

/* The sha256 of a file, in hex; NULL when it cannot be read. */
const char *test_fs_sha256(const struct test_fs *t, const char *path, uint64_t *ret_size);

/*
 * Every image of the corpus that holds a filesystem of one of the types (a list that NULL ends):
 * files, directories, symlinks and free space are as the kernel or another reader found them.
 * Of a damaged image it is only wanted that it ends.  Returns how many there were.
 */
unsigned test_fs_corpus(const char *const *types);

/*
 * Opens and visits the filesystem with the n-th read failing or garbled, for every n up to most.
 */
void test_fs_faults(const char *type, const char *image, unsigned most);

#endif
