/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *image_copy(const char *from, const char *name)
{
	const char *path = test_path("%s", name);

	test_must_run("cp --sparse=always '%s' '%s'", from, path);
	return path;
}

static FILE *open_at(const char *path, const char *mode, long off)
{
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	assert_int_equal(fseek(f, off, off < 0 ? SEEK_END : SEEK_SET), 0);
	return f;
}

void image_patch(const char *path, long off, const void *p, size_t n)
{
	FILE *f = open_at(path, "r+b", off);

	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void image_patch_le(const char *path, long off, uint64_t v, size_t n)
{
	uint8_t p[8];

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
	image_patch(path, off, p, n);
}

void image_patch_be(const char *path, long off, uint64_t v, size_t n)
{
	uint8_t p[8];

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	image_patch(path, off, p, n);
}

void image_peek(const char *path, long off, void *p, size_t n)
{
	FILE *f = open_at(path, "rb", off);

	assert_int_equal(fread(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

struct disk_info image_info(const char *path, const char *format)
{
	struct disk_info info;
	struct image i;

	image_open(&i, path, format);
	info = i.d.info;
	image_close(&i);
	return info;
}

bool image_noted(const struct disk_info *info, const char *words)
{
	list_each(note, &info->notes)
		if (strstr(*note, words))
			return true;
	return false;
}

const char *image_sum(const char *path)
{
	return arena_strndup(&test_arena, test_output("sha256sum <'%s'", path), 64);
}

void image_open(struct image *i, const char *path, const char *format)
{
	test_io_init(&i->t);
	test_must_open_disk(&i->t, path, format, &i->d);
}

void image_close(struct image *i)
{
	disk_close(&i->d);
	assert_null(i->t.io.files);
}

void image_same_at(struct image *i, const char *raw, uint64_t off, size_t n)
{
	uint8_t *ours = malloc(n), *theirs = malloc(n);

	assert_true(ours && theirs);
	if (blockdev_read(i->d.dev, off, ours, n, &i->e) < 0)
		fail_msg("at %llu: %s", (unsigned long long)off, i->e.msg);
	image_peek(raw, (long)off, theirs, n);
	if (memcmp(ours, theirs, n))
		fail_msg("%zu bytes at %llu are not those of %s", n, (unsigned long long)off, raw);
	free(ours);
	free(theirs);
}

void image_damaged_at(struct image *i, uint64_t off, const char *words)
{
	char sector[512];

	assert_int_equal(blockdev_read(i->d.dev, off, sector, sizeof(sector), &i->e), -EBADMSG);
	if (!strstr(i->e.msg, words))
		fail_msg("\"%s\", not \"%s\"", i->e.msg, words);
}

void image_extent_is(struct image *i, uint64_t off, uint64_t len, bool hole)
{
	uint64_t ours = 0;
	bool is_hole = false;

	assert_int_equal(blockdev_extent(i->d.dev, off, &ours, &is_hole, &i->e), 0);
	assert_int_equal(is_hole, hole);
	assert_int_equal(ours, len);
}

void image_survives_cutting(const char *path, const char *format)
{
	static const unsigned sizes[] = {1, 7, 8, 71, 72, 104, 511, 512, 513, 4096, 65536, 65537,
		69632, 131072, 200000, 262144, 300000, 400000, 1048576, 2097152, 2162688, 3000000,
		3145736, 4194304, 5000000};
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char buf[512];

	test_io_init(&t);
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		test_must_run("head -c %u '%s' >cut", sizes[k], path);
		if (test_open_disk(&t, test_path("cut"), format, &d, &e) < 0)
			continue;
		for (uint64_t off = 0; off < d.dev->size; off += 1 << 20)
			blockdev_read(d.dev, off, buf, sizeof(buf), &e);
		disk_close(&d);
	}
	assert_null(t.io.files);
}
