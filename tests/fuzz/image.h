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

#define FUZZ_PAGE 4096U

/* used, a flag for each page: all others are zeros; NULL: any may be something else. */
struct fuzz_input {
	const uint8_t *p;
	size_t n;
	const bool *used;
};

/* The first file that is opened holds the first input, the others, of which there are few, the
 * second. */
struct fuzz_opener {
	struct opener opener;
	struct fuzz_input inputs[2];
	unsigned opened;
};

static int fuzz_write(int fd, const struct fuzz_input *in, struct err *e)
{
	int r = in->used ? 0 : memfd_write(fd, 0, in->p, in->n, e);

	for (size_t i = 0; in->used && i < in->n / FUZZ_PAGE && r >= 0; i++)
		if (in->used[i])
			r = memfd_write(fd, i * FUZZ_PAGE, in->p + i * FUZZ_PAGE, FUZZ_PAGE, e);
	return r;
}

static int fuzz_open(struct opener *opener, const char *dir, const char *name, struct err *e)
{
	struct fuzz_opener *o = (struct fuzz_opener *)opener;
	const struct fuzz_input *in = &o->inputs[o->opened > 0];
	int fd;

	(void)dir, (void)name;
	if (o->opened++ == 4)
		return err_set(e, ENOENT, "no more files");
	fd = memfd_new("fuzz", in->n, e);
	if (fd >= 0 && fuzz_write(fd, in, e) < 0)
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

static int fuzz_images(struct fuzz_input first, struct fuzz_input second, const char *format)
{
	struct fuzz_opener opener = {{fuzz_open}, {first, second}, 0};
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
	struct fuzz_input in = {data, size, NULL};

	return fuzz_images(in, in, format);
}

#endif
