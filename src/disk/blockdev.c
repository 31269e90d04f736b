/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk/blockdev.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

static int read_located(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	uint8_t *out = buf;

	while (len) {
		struct blockdev_place p;
		size_t n;
		int r = d->ops->locate(d, off, &p, e);

		if (r < 0)
			return r;
		n = (size_t)min_u64(len, p.run);
		if (p.dev)
			r = blockdev_read(p.dev, p.off, out, n, e);
		else
			memset(out, 0, n);
		if (r < 0)
			return r;
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int extent_located(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct blockdev_place p;
	uint64_t len = UINT64_MAX;
	int r = d->ops->locate(d, off, &p, e);

	if (r < 0)
		return r;
	*ret_hole = true;
	if (p.dev)
		r = blockdev_extent(p.dev, p.off, &len, ret_hole, e);
	*ret_len = min_u64(len, p.run);
	return r;
}

int blockdev_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	if (!range_inside(off, len, d->size))
		return err_set(e, EINVAL,
			"%zu bytes at %" PRIu64 " lie past the end (%" PRIu64 " bytes)", len, off,
			d->size);
	if (!len)
		return 0;
	return d->ops->locate ? read_located(d, off, buf, len, e)
			      : d->ops->read(d, off, buf, len, e);
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
	if (d->ops->locate || d->ops->extent) {
		r = d->ops->locate ? extent_located(d, off, &len, &hole, e)
				   : d->ops->extent(d, off, &len, &hole, e);
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

static int slice_locate(struct blockdev *d, uint64_t off, struct blockdev_place *ret, struct err *e)
{
	const struct slice *s = (struct slice *)d;

	(void)e;
	*ret = (struct blockdev_place){s->below, s->start + off, d->size - off};
	return 0;
}

static void slice_close(struct blockdev *d)
{
	free(d);
}

static const struct blockdev_ops slice_ops = {
	.name = "slice", .locate = slice_locate, .close = slice_close};

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
