/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk/blockdev.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

int blockdev_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	if (!range_inside(off, len, d->size))
		return err_set(e, EINVAL,
			"%zu bytes at %" PRIu64 " lie past the end (%" PRIu64 " bytes)", len, off,
			d->size);
	return len ? d->ops->read(d, off, buf, len, e) : 0;
}

int blockdev_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	uint64_t len = d->size;
	bool hole = false;
	int r;

	if (off >= d->size)
		return err_set(e, EINVAL,
			"offset %" PRIu64 " lies past the end (%" PRIu64 " bytes)", off, d->size);
	if (d->ops->extent) {
		r = d->ops->extent(d, off, &len, &hole, e);
		if (r < 0)
			return r;
	}
	*ret_len = min_u64(len, d->size - off);
	*ret_hole = hole;
	return 0;
}

void blockdev_close(struct blockdev *d)
{
	if (d)
		d->ops->close(d);
}

struct slice {
	struct blockdev dev;
	struct blockdev *below;
	uint64_t start;
};

static int slice_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct slice *s = (struct slice *)d;

	return blockdev_read(s->below, s->start + off, buf, len, e);
}

static int slice_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct slice *s = (struct slice *)d;

	return blockdev_extent(s->below, s->start + off, ret_len, ret_hole, e);
}

static void slice_close(struct blockdev *d)
{
	free(d);
}

static const struct blockdev_ops slice_ops = {
	.name = "slice", .read = slice_read, .extent = slice_extent, .close = slice_close};

int slice_open(
	struct blockdev *below, uint64_t off, uint64_t size, struct blockdev **ret, struct err *e)
{
	struct slice *s;

	if (!range_inside(off, size, below->size))
		return err_set(e, EINVAL,
			"%" PRIu64 " bytes at %" PRIu64 " lie past the end (%" PRIu64 " bytes)",
			size, off, below->size);
	s = malloc(sizeof(*s));
	if (!s)
		return err_set(e, ENOMEM, "out of memory");
	*s = (struct slice){
		{&slice_ops, size, below->logical_sector, below->physical_sector}, below, off};
	*ret = &s->dev;
	return 0;
}

struct mem {
	struct blockdev dev;
	const uint8_t *bytes;
};

static int mem_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	(void)e;
	memcpy(buf, ((struct mem *)d)->bytes + off, len);
	return 0;
}

static void mem_close(struct blockdev *d)
{
	free(d);
}

static const struct blockdev_ops mem_ops = {.name = "mem", .read = mem_read, .close = mem_close};

int mem_open(const void *p, size_t len, struct blockdev **ret, struct err *e)
{
	struct mem *m = malloc(sizeof(*m));

	if (!m)
		return err_set(e, ENOMEM, "out of memory");
	*m = (struct mem){{&mem_ops, len, 0, 0}, p};
	*ret = &m->dev;
	return 0;
}
