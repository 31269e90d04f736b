/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Changing images and looking at parts of them, for the tests of formats.  A failure fails the
 * running test.
 */
#ifndef TESTS_LIB_IMAGES_H
#define TESTS_LIB_IMAGES_H

#include "tests/lib/disks.h"

/* A copy in the test's directory; holes stay holes. */
const char *image_copy(const char *from, const char *name);
/* Overwrites n bytes at off, from the end if that is negative. */
void image_patch(const char *path, long off, const void *p, size_t n);
void image_patch_le(const char *path, long off, uint64_t v, size_t n);
void image_patch_be(const char *path, long off, uint64_t v, size_t n);
/* Reads n bytes at off of the file itself. */
void image_peek(const char *path, long off, void *p, size_t n);

/* What a disk says of itself; its strings live until the program ends. */
struct disk_info image_info(const char *path, const char *format);
/* Does any note hold the words? */
bool image_noted(const struct disk_info *info, const char *words);
/* The sha256 of a file by sha256sum. */
const char *image_sum(const char *path);

/* An open disk, and what is read of it. */
struct image {
	struct test_io t;
	struct disk d;
	struct err e;
};
void image_open(struct image *i, const char *path, const char *format);
void image_close(struct image *i);
/* Are n bytes at off of the disk those of the raw file? */
void image_same_at(struct image *i, const char *raw, uint64_t off, size_t n);
/* Reading must fail with EBADMSG and a sentence that holds the words. */
void image_damaged_at(struct image *i, uint64_t off, const char *words);
/* The run at off, in length and in kind. */
void image_extent_is(struct image *i, uint64_t off, uint64_t len, bool hole);

/* Opens each of the file's beginnings of some lengths and reads it; nothing may crash. */
void image_survives_cutting(const char *path, const char *format);

#endif
