/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/lv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

struct lv {
	struct blockdev dev;
	const struct logical_volume *lv;
};

/* Where a byte of the logical volume lies, and for how many bytes that goes on. */
struct place {
	struct blockdev *dev;
	uint64_t off, run;
};

static const struct lv_segment *segment_at(const struct logical_volume *lv, uint64_t extent)
{
	size_t low = 0, high = lv->segments.n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (lv->segments.at[mid].start_extent <= extent)
			low = mid;
		else
			high = mid;
	}
	return &lv->segments.at[low];
}

static struct place locate(const struct logical_volume *lv, uint64_t off)
{
	uint64_t extent = lv->vg->extent_size;
	const struct lv_segment *s = segment_at(lv, off / extent);
	uint64_t in = off - s->start_extent * extent, run = s->extent_count * extent - in;
	size_t column = 0;

	if (s->stripes.n > 1) {
		uint64_t chunk = in / s->stripe_size, rest = in % s->stripe_size;

		column = (size_t)(chunk % s->stripes.n);
		run = min_u64(run, s->stripe_size - rest);
		in = chunk / s->stripes.n * s->stripe_size + rest;
	}
	return (struct place){
		.dev = s->stripes.at[column].pv->volume->dev,
		.off = s->stripes.at[column].pv->pe_start +
		       s->stripes.at[column].start_extent * extent + in,
		.run = run,
	};
}

static int lv_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	const struct logical_volume *lv = ((struct lv *)d)->lv;
	uint8_t *out = buf;

	while (len) {
		struct place p = locate(lv, off);
		size_t n = (size_t)min_u64(len, p.run);
		int r = blockdev_read(p.dev, p.off, out, n, e);

		if (r < 0)
			return r;
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int lv_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct place p = locate(((struct lv *)d)->lv, off);
	uint64_t len;
	int r = blockdev_extent(p.dev, p.off, &len, ret_hole, e);

	if (r >= 0)
		*ret_len = min_u64(len, p.run);
	return r;
}

static void lv_close(struct blockdev *d)
{
	free(d);
}

static const struct blockdev_ops lv_ops = {
	.name = "lv", .read = lv_read, .extent = lv_extent, .close = lv_close};

bool lv_type_is_read(const char *type)
{
	return !strcmp(type, "linear") || !strcmp(type, "striped");
}

static int check_area(const struct physical_volume *pv, uint64_t start, uint64_t count,
	uint64_t extent, struct err *e)
{
	uint64_t from, len;

	if (!pv->volume)
		return err_set(e, ENODEV, "physical volume %s is not on the given disks", pv->uuid);
	if (!pv->volume->dev)
		return err_set(e, ENODEV, "physical volume %s on %s cannot be read", pv->uuid,
			pv->volume->name);
	if (!range_inside(start, count, pv->pe_count))
		return err_set(e, EBADMSG,
			"a segment lies past the last extent of physical volume %s", pv->uuid);
	if (!checked_mul(start, extent, &from) || !checked_mul(count, extent, &len) ||
		!checked_add(from, pv->pe_start, &from) ||
		!range_inside(from, len, pv->volume->dev->size))
		return err_set(e, EBADMSG, "a segment lies past the end of %s", pv->volume->name);
	return 0;
}

static int check_segment(
	const struct lv_segment *s, uint64_t expected, uint64_t extent, struct err *e)
{
	if (!lv_type_is_read(s->type))
		return err_set(e, ENOTSUP, "segment type %s is not read yet", s->type);
	if (s->start_extent != expected || !s->extent_count)
		return err_set(e, EBADMSG,
			"its segments overlap or leave a hole at extent %" PRIu64, expected);
	if (!s->stripes.n || s->extent_count % s->stripes.n)
		return err_set(e, EBADMSG, "a segment's extents do not divide among its stripes");
	if (s->stripes.n > 1 && (!s->stripe_size || extent % s->stripe_size))
		return err_set(e, EBADMSG, "a segment's stripe size is impossible");
	for (size_t i = 0; i < s->stripes.n; i++) {
		int r = check_area(s->stripes.at[i].pv, s->stripes.at[i].start_extent,
			s->extent_count / s->stripes.n, extent, e);

		if (r < 0)
			return r;
	}
	return 0;
}

int lv_open(const struct logical_volume *lv, struct blockdev **ret, struct err *e)
{
	uint64_t extent = lv->vg->extent_size, extents = 0, size;
	uint32_t logical = 0, physical = 0;
	struct lv *d;

	list_each(s, &lv->segments) {
		int r = check_segment(s, extents, extent, e);

		if (r < 0)
			return r;
		if (!checked_add(extents, s->extent_count, &extents))
			return err_set(e, EBADMSG, "its segments are impossibly long");
		for (size_t i = 0; i < s->stripes.n; i++) {
			const struct blockdev *below = s->stripes.at[i].pv->volume->dev;

			logical = below->logical_sector > logical ? below->logical_sector : logical;
			physical = below->physical_sector > physical ? below->physical_sector
								     : physical;
		}
	}
	if (!extents || !checked_mul(extents, extent, &size))
		return err_set(e, EBADMSG, "it has no segments, or impossibly long ones");
	d = malloc(sizeof(*d));
	if (!d)
		return err_set(e, ENOMEM, "out of memory");
	*d = (struct lv){{&lv_ops, size, logical, physical}, lv};
	*ret = &d->dev;
	return 0;
}
