/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of a logical volume, and its linear and striped segments; the other types are devices
 * of their own, made by lv_*.c.  Types that are not listed at the end are named and not read:
 * writecache, vdo, integrity.
 */
#include "map/lv_target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "disk/concat.h"

struct column {
	struct blockdev *dev;
	uint64_t off;
};

struct piece {
	uint64_t start, size; /* bytes */
	uint64_t stripe_size; /* bytes; 0: one column */
	size_t first, n;      /* its columns */
	struct blockdev *own; /* to be closed with it; NULL: its columns are others' */
};

struct table {
	struct blockdev dev;
	struct piece *pieces;
	struct column *columns;
	size_t n_pieces, n_columns;
};

void lv_room_init(struct lv_room *ret, struct arena *a)
{
	*ret = (struct lv_room){
		.arena = a, .trees = LVM_TREES_MAX, .chunks = LVM_REMAPPED_CHUNKS_MAX};
}

/* ---- the device ---- */

static const struct piece *piece_at(const struct table *t, uint64_t off)
{
	size_t low = 0, high = t->n_pieces;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (t->pieces[mid].start <= off)
			low = mid;
		else
			high = mid;
	}
	return &t->pieces[low];
}

static int table_locate(struct blockdev *d, uint64_t off, struct blockdev_place *ret, struct err *e)
{
	const struct table *t = (struct table *)d;
	const struct piece *p = piece_at(t, off);
	const struct column *column = &t->columns[p->first];
	uint64_t in = off - p->start, run = p->size - in;

	(void)e;
	if (p->stripe_size) {
		uint64_t chunk = in / p->stripe_size, rest = in % p->stripe_size;

		column += chunk % p->n;
		run = min_u64(run, p->stripe_size - rest);
		in = chunk / p->n * p->stripe_size + rest;
	}
	*ret = (struct blockdev_place){column->dev, column->off + in, run};
	return 0;
}

static void table_close(struct blockdev *d)
{
	struct table *t = (struct table *)d;

	for (size_t i = 0; i < t->n_pieces; i++)
		blockdev_close(t->pieces[i].own);
	free(t->pieces);
	free(t->columns);
	free(t);
}

static const struct blockdev_ops table_ops = {
	.name = "lv", .locate = table_locate, .close = table_close};

/* ---- segments without volumes below ---- */

static int error_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	(void)d, (void)buf, (void)len;
	return err_set(e, EIO, "an error segment lies at byte %" PRIu64, off);
}

static void error_close(struct blockdev *d)
{
	free(d);
}

static const struct blockdev_ops error_ops = {
	.name = "error", .read = error_read, .close = error_close};

static int open_error(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	struct blockdev *d = malloc(sizeof(*d));

	if (!d)
		return err_set(e, ENOMEM, "out of memory");
	*d = (struct blockdev){.ops = &error_ops, .size = lv_segment_size(o, s)};
	*ret = d;
	return 0;
}

static int open_zero(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	struct concat *c;
	int r = concat_new(&c, e);

	if (r < 0)
		return r;
	r = concat_add(c, NULL, lv_segment_size(o, s), e);
	if (r < 0)
		blockdev_close(concat_dev(c));
	else
		*ret = concat_dev(c);
	return r;
}

/* ---- what lies below ---- */

void lv_note(struct lv_opening *o, const char *fmt, ...)
{
	char buf[sizeof(((struct err *)NULL)->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	*list_add(o->room->arena, &o->lv->notes) = arena_strdup(o->room->arena, buf);
}

uint64_t lv_segment_size(const struct lv_opening *o, const struct lv_segment *s)
{
	return s->extent_count * o->lv->vg->extent_size;
}

static int open_at_depth(
	struct logical_volume *lv, struct lv_room *room, unsigned depth, struct err *e);

static void set_reads(struct logical_volume *lv, unsigned reads)
{
	if (lv->reads < reads)
		lv->reads = reads;
}

int lv_below_open(struct lv_opening *o, struct logical_volume *below, struct err *e)
{
	int r;

	if (below->opening)
		return err_set(e, EBADMSG, "%s lies on itself", below->name);
	r = open_at_depth(below, o->room, o->depth + 1, e);
	if (r < 0)
		return err_prefix(e, "%s", below->name);
	if (below->height + 1 > o->lv->height)
		o->lv->height = below->height + 1;
	if (o->lv->height > LVM_DEPTH_MAX)
		return err_set(
			e, E2BIG, "more than %d logical volumes lie on each other", LVM_DEPTH_MAX);
	set_reads(o->lv, below->reads);
	return 0;
}

static int pv_area_open(struct lv_opening *o, const struct lv_area *a, uint64_t extents,
	struct blockdev **ret, uint64_t *ret_off, struct err *e)
{
	const struct physical_volume *pv = a->pv;
	uint64_t extent = o->lv->vg->extent_size, from, len;

	if (!pv->volume)
		return err_set(e, ENODEV, "physical volume %s is not on the given disks", pv->uuid);
	if (!pv->volume->dev)
		return err_set(e, ENODEV, "physical volume %s on %s cannot be read", pv->uuid,
			pv->volume->name);
	/* It came back, and holds what it held before; nor does LVM use it by itself. */
	if (pv->flagged_missing)
		return err_set(e, ENODEV,
			"physical volume %s on %s was missing when the group was changed", pv->uuid,
			pv->volume->name);
	if (!range_inside(a->start_extent, extents, pv->pe_count))
		return err_set(e, EBADMSG,
			"a segment lies past the last extent of physical volume %s", pv->uuid);
	if (!checked_mul(a->start_extent, extent, &from) || !checked_mul(extents, extent, &len) ||
		!checked_add(from, pv->pe_start, &from) ||
		!range_inside(from, len, pv->volume->dev->size))
		return err_set(e, EBADMSG, "a segment lies past the end of %s", pv->volume->name);
	set_reads(o->lv, pv->volume->reads);
	*ret = pv->volume->dev;
	*ret_off = from;
	return 0;
}

int lv_area_open(struct lv_opening *o, const struct lv_area *a, uint64_t extents,
	struct blockdev **ret, uint64_t *ret_off, struct err *e)
{
	uint64_t extent = o->lv->vg->extent_size, from, len;
	int r;

	if (a->pv)
		return pv_area_open(o, a, extents, ret, ret_off, e);
	r = lv_below_open(o, a->lv, e);
	if (r < 0)
		return r;
	if (!checked_mul(a->start_extent, extent, &from) || !checked_mul(extents, extent, &len) ||
		!range_inside(from, len, a->lv->dev->size))
		return err_set(e, EBADMSG, "a segment lies past the end of %s", a->lv->name);
	*ret = a->lv->dev;
	*ret_off = from;
	return 0;
}

/* ---- building the table ---- */

static bool is_plain(const char *type)
{
	return !strcmp(type, "linear") || !strcmp(type, "striped");
}

static int add_columns(struct table *t, struct piece *p, struct lv_opening *o,
	const struct lv_segment *s, struct err *e)
{
	uint64_t extent = o->lv->vg->extent_size;

	if (!s->areas.n || s->extent_count % s->areas.n)
		return err_set(e, EBADMSG, "a segment's extents do not divide among its stripes");
	if (s->areas.n > 1) {
		if (!s->stripe_size || extent % s->stripe_size)
			return err_set(e, EBADMSG, "a segment's stripe size is impossible");
		p->stripe_size = s->stripe_size;
	}
	list_each(a, &s->areas) {
		struct column *c = &t->columns[t->n_columns];
		int r = lv_area_open(o, a, s->extent_count / s->areas.n, &c->dev, &c->off, e);

		if (r < 0)
			return r;
		t->n_columns++;
	}
	return 0;
}

static int open_own(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e);

static int add_piece(
	struct table *t, struct lv_opening *o, const struct lv_segment *s, struct err *e)
{
	struct piece *p = &t->pieces[t->n_pieces];
	int r;

	*p = (struct piece){
		.start = t->dev.size, .size = lv_segment_size(o, s), .first = t->n_columns};
	if (is_plain(s->type)) {
		r = add_columns(t, p, o, s, e);
	} else {
		r = open_own(o, s, &p->own, e);
		if (r >= 0)
			t->columns[t->n_columns++].dev = p->own;
	}
	if (r < 0)
		return r;
	p->n = t->n_columns - p->first;
	for (size_t i = p->first; i < t->n_columns; i++) {
		const struct blockdev *below = t->columns[i].dev;

		if (below->logical_sector > t->dev.logical_sector)
			t->dev.logical_sector = below->logical_sector;
		if (below->physical_sector > t->dev.physical_sector)
			t->dev.physical_sector = below->physical_sector;
	}
	t->n_pieces++;
	t->dev.size += p->size;
	return 0;
}

static int table_new(const struct logical_volume *lv, struct table **ret, struct err *e)
{
	struct table *t = calloc(1, sizeof(*t));
	size_t columns = 0;

	list_each(s, &lv->segments)
		columns += is_plain(s->type) ? s->areas.n : 1;
	if (t) {
		t->dev.ops = &table_ops;
		t->pieces = calloc(lv->segments.n, sizeof(*t->pieces));
		t->columns = calloc(columns + 1, sizeof(*t->columns));
	}
	if (!t || !t->pieces || !t->columns) {
		if (t)
			table_close(&t->dev);
		return err_set(e, ENOMEM, "out of memory");
	}
	*ret = t;
	return 0;
}

static int open_table(struct lv_opening *o, struct blockdev **ret, struct err *e)
{
	struct table *t = NULL;
	int r = table_new(o->lv, &t, e);

	if (r < 0)
		return r;
	list_each(s, &o->lv->segments) {
		r = add_piece(t, o, s, e);
		if (r < 0) {
			table_close(&t->dev);
			return r;
		}
	}
	*ret = &t->dev;
	return 0;
}

/* ---- opening ---- */

static int check_segments(const struct logical_volume *lv, struct err *e)
{
	uint64_t extents = 0, size;

	list_each(s, &lv->segments) {
		if (s->why)
			return err_set(e, EBADMSG, "%s", s->why);
		if (s->start_extent != extents || !s->extent_count)
			return err_set(e, EBADMSG,
				"its segments overlap or leave a hole at extent %" PRIu64, extents);
		if (!checked_add(extents, s->extent_count, &extents))
			return err_set(e, EBADMSG, "its segments are impossibly long");
	}
	if (!extents || !checked_mul(extents, lv->vg->extent_size, &size))
		return err_set(e, EBADMSG, "it has no segments, or impossibly long ones");
	return 0;
}

static int open_now(struct lv_opening *o, struct err *e)
{
	struct logical_volume *lv = o->lv;
	struct blockdev *dev = NULL;
	int r = check_segments(lv, e);

	if (r < 0)
		return r;
	/* Most have one segment; and a pool is found by what its device is. */
	if (lv->segments.n == 1 && !is_plain(lv->segments.at[0].type))
		r = open_own(o, &lv->segments.at[0], &dev, e);
	else
		r = open_table(o, &dev, e);
	if (r >= 0 && lv->reads > READS_PER_READ_MAX) {
		blockdev_close(dev);
		r = err_set(e, E2BIG, "one read of it would take more than %d of the disks",
			READS_PER_READ_MAX);
	}
	if (r >= 0)
		lv->dev = dev;
	return r;
}

static int open_at_depth(
	struct logical_volume *lv, struct lv_room *room, unsigned depth, struct err *e)
{
	struct lv_opening o = {lv, room, depth};
	int r;

	if (lv->dev)
		return 0;
	if (lv->why)
		return err_set(e, lv->why_num, "%s", lv->why);
	if (depth > LVM_DEPTH_MAX)
		return err_set(
			e, E2BIG, "more than %d logical volumes lie on each other", LVM_DEPTH_MAX);
	lv->opening = true;
	lv->reads = 1;
	r = open_now(&o, e);
	lv->opening = false;
	if (r < 0) {
		lv->why = arena_strdup(room->arena, e->msg);
		lv->why_num = -r;
	}
	return r;
}

int lv_open(struct logical_volume *lv, struct lv_room *room, struct err *e)
{
	return open_at_depth(lv, room, 0, e);
}

/* ---- the types ---- */

static bool is_pool_type(const char *type)
{
	return !strcmp(type, "thin-pool") || !strcmp(type, "cache-pool") ||
	       !strcmp(type, "vdo-pool");
}

bool lv_is_pool(const struct logical_volume *lv)
{
	return lv->segments.n && is_pool_type(lv->segments.at[0].type);
}

static const struct {
	const char *type;
	int (*open)(struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret,
		struct err *e);
} types[] = {
	{"cache", lv_cache_open},
	{"error", open_error},
	{"mirror", lv_mirror_open},
	{"snapshot", lv_snapshot_open},
	{"thin", lv_thin_open},
	{"thin-pool", lv_thin_pool_open},
	{"zero", open_zero},
};

static int open_own(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	if (str_starts(s->type, "raid"))
		return lv_raid_open(o, s, ret, e);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!strcmp(s->type, types[i].type))
			return types[i].open(o, s, ret, e);
	}
	return err_set(e, ENOTSUP, "segment type %s is not read yet", s->type);
}
