/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the tests of the map share: the map of some images, and what blkid says of the same bytes.
 */
#ifndef TESTS_LIB_MAPTEST_H
#define TESTS_LIB_MAPTEST_H

#include "map/map.h"
#include "tests/lib/testing.h"

struct test_map {
	struct test_io io;
	struct machine machine;
	struct map map;
};

/* Opens the images (a NULL ends them) as the disks of one machine; all must open. */
void test_map_open(struct test_map *t, const char *const *paths);
void test_map_one(struct test_map *t, const char *path);
void test_map_close(struct test_map *t);

/* The volume of that name, which must be there. */
const struct volume *test_map_volume(const struct test_map *t, const char *name);
/* The sha256 of all its bytes, in hex. */
const char *test_map_sha256(const struct volume *v);
/* One of n sentences holds the words. */
bool test_map_says(const char *const *sentences, size_t n, const char *words);

/* n bytes of a file, and other bytes in their place. */
uint8_t *test_bytes(const char *path, uint64_t off, size_t n);
void test_patch(const char *path, uint64_t off, const void *p, size_t n);

/*
 * What "blkid -p -o udev" prints of a file for TYPE, USAGE, UUID, LABEL and VERSION, a line each;
 * size 0: up to its end.
 */
const char *test_blkid(const char *path, uint64_t off, uint64_t size);
/* A signature in the same form. */
const char *test_signature(const struct signature *s);

#endif
