/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For the fuzz targets of image formats: an image whose file, and every file it names, holds the
 * input's bytes.
 */
#ifndef TESTS_FUZZ_IMAGE_H
#define TESTS_FUZZ_IMAGE_H

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "base/memfd.h"
#include "disk/disk.h"

struct fuzz_opener {
	struct opener opener;
	int fd;
};

static int fuzz_open(struct opener *o, const char *dir, const char *name, struct err *e)
{
	(void)dir, (void)name, (void)e;
	return dup(((struct fuzz_opener *)o)->fd);
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

static int fuzz_image(const uint8_t *data, size_t size, const char *format)
{
	struct err e = {0};
	struct fuzz_opener opener = {{fuzz_open}, memfd_new("fuzz", size, &e)};
	struct host_io io = {.opener = &opener.opener};
	struct arena arena = {0};
	struct disk_open_args args = {
		.io = &io, .arena = &arena, .path = "image", .image_format = format};
	struct disk d;

	if (opener.fd >= 0 && memfd_write(opener.fd, 0, data, size, &e) >= 0 &&
		disk_open(&args, &d, &e) >= 0) {
		fuzz_read(d.dev, &e);
		disk_close(&d);
	}
	close(opener.fd);
	arena_free(&arena);
	return 0;
}

#endif
