/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For the fuzz targets of image formats: an image whose file, and every file it names, holds the
 * input's bytes.
 */
#ifndef TESTS_FUZZ_IMAGE_H
#define TESTS_FUZZ_IMAGE_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/memfd.h"
#include "disk/disk.h"

/* The first file that is opened holds the first input, the others, of which there are few, the
 * second. */
struct fuzz_opener {
	struct opener opener;
	const uint8_t *data[2];
	size_t size[2];
	unsigned opened;
};

/* Holes stay holes: some inputs are mostly these. */
static int fuzz_write(int fd, const uint8_t *p, size_t n, struct err *e)
{
	int r = 0;

	for (size_t off = 0, now; off < n && r >= 0; off += now) {
		now = n - off < 65536 ? n - off : 65536;
		if (p[off] || memcmp(p + off, p + off + 1, now - 1))
			r = memfd_write(fd, off, p + off, now, e);
	}
	return r;
}

static int fuzz_open(struct opener *opener, const char *dir, const char *name, struct err *e)
{
	struct fuzz_opener *o = (struct fuzz_opener *)opener;
	unsigned i = o->opened > 0;
	int fd;

	(void)dir, (void)name;
	if (o->opened++ == 4)
		return err_set(e, ENOENT, "no more files");
	fd = memfd_new("fuzz", o->size[i], e);
	if (fd >= 0 && fuzz_write(fd, o->data[i], o->size[i], e) < 0)
		cleanup_close(&fd);
	return fd < 0 ? -EIO : fd;
}

/* Reads a piece at the start of each of the first extents, and the last sector. */
static void fuzz_read(struct blockdev *d, struct err *e)
{
	static uint8_t buf[100000];
	uint64_t len = 0, off = 0;
	bool hole;

	for (int i = 0; i < 64 && off < d->size; i++, off += len) {
		if (blockdev_extent(d, off, &len, &hole, e) < 0)
			len = 4096;
		blockdev_read(d, off, buf, len < sizeof(buf) ? len : sizeof(buf), e);
	}
	if (d->size >= 512)
		blockdev_read(d, d->size - 512, buf, 512, e);
}

static int fuzz_images(const uint8_t *first, size_t first_size, const uint8_t *second,
	size_t second_size, const char *format)
{
	struct fuzz_opener opener = {{fuzz_open}, {first, second}, {first_size, second_size}, 0};
	struct host_io io = {.opener = &opener.opener};
	struct arena arena = {0};
	struct disk_open_args args = {
		.io = &io, .arena = &arena, .path = "image", .image_format = format};
	struct err e = {0};
	struct disk d;

	if (disk_open(&args, &d, &e) >= 0) {
		fuzz_read(d.dev, &e);
		disk_close(&d);
	}
	arena_free(&arena);
	return 0;
}

static inline int fuzz_image(const uint8_t *data, size_t size, const char *format)
{
	return fuzz_images(data, size, data, size, format);
}

#endif
