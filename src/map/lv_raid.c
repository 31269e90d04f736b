/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * RAID segments (raid0 to raid10) and the older mirrors.  The arithmetic is MD's and raid.c's; what
 * is here is which of the images count.  Every image has a metadata volume that begins with the
 * superblock of Linux' drivers/md/dm-raid.c, without a checksum: events, failed devices, how far it
 * has recovered.  Left out: arrays that are being reshaped, and those that reserve space for it.
 */
#include "map/lv_target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "map/raid.h"

#define SUPER_BYTES 512U
#define SUPER_MAGIC 0x64526d44U
#define RESHAPING (1U << 0) /* of the flags, which there are when bit 0 of compat says so */

struct super {
	bool there;
	uint64_t events, failed, recovered, synced;
	bool reshaping;
};

static const struct type {
	const char *name;
	int level;
	unsigned layout, parities;
} types[] = {
	{"raid0", RAID_0, RAID0_ALTERNATE, 0},
	{"raid0_meta", RAID_0, RAID0_ALTERNATE, 0},
	{"raid1", RAID_1, 0, 0},
	{"raid10", RAID_10, 0, 0},
	{"raid10_near", RAID_10, 0, 0},
	{"raid4", RAID_5, RAID5_PARITY_FIRST, 1},
	{"raid5", RAID_5, RAID5_LEFT_SYMMETRIC, 1},
	{"raid5_la", RAID_5, RAID5_LEFT_ASYMMETRIC, 1},
	{"raid5_ls", RAID_5, RAID5_LEFT_SYMMETRIC, 1},
	{"raid5_n", RAID_5, RAID5_PARITY_LAST, 1},
	{"raid5_ra", RAID_5, RAID5_RIGHT_ASYMMETRIC, 1},
	{"raid5_rs", RAID_5, RAID5_RIGHT_SYMMETRIC, 1},
	{"raid6", RAID_6, RAID6_ZERO_RESTART, 2},
	{"raid6_la_6", RAID_6, RAID6_LEFT_ASYMMETRIC_6, 2},
	{"raid6_ls_6", RAID_6, RAID6_LEFT_SYMMETRIC_6, 2},
	{"raid6_n_6", RAID_6, RAID5_PARITY_LAST, 2},
	{"raid6_nc", RAID_6, RAID6_N_CONTINUE, 2},
	{"raid6_nr", RAID_6, RAID6_N_RESTART, 2},
	{"raid6_ra_6", RAID_6, RAID6_RIGHT_ASYMMETRIC_6, 2},
	{"raid6_rs_6", RAID_6, RAID6_RIGHT_SYMMETRIC_6, 2},
	{"raid6_zr", RAID_6, RAID6_ZERO_RESTART, 2},
};

static const struct type *type_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!strcmp(types[i].name, name))
			return &types[i];
	}
	return NULL;
}

/* How many images' worth of data the segment holds; 0: that cannot be. */
static uint64_t data_images(const struct type *t, const struct lv_segment *s)
{
	uint64_t n = s->areas.n;

	if (t->level == RAID_1)
		return n ? 1 : 0;
	if (t->level == RAID_10)
		return s->copies && n % s->copies == 0 ? n / s->copies : 0;
	return n > t->parities ? n - t->parities : 0;
}

static int geometry_of(const struct lv_opening *o, const struct lv_segment *s, const struct type *t,
	struct raid_geometry *ret, struct err *e)
{
	uint64_t data = data_images(t, s);

	if (!data || s->extent_count % data)
		return err_set(e, EBADMSG, "a segment's extents do not divide among its %zu images",
			s->areas.n);
	if (t->level != RAID_1 && !s->stripe_size)
		return err_set(e, EBADMSG, "a segment's stripe size is impossible");
	if (s->areas.n > LVM_IMAGES_MAX)
		return err_set(e, E2BIG, "more than %d images of one segment", LVM_IMAGES_MAX);
	*ret = (struct raid_geometry){
		.level = t->level,
		.layout = t->level == RAID_10 ? RAID10_LAYOUT(s->copies, 1) : t->layout,
		.chunk = s->stripe_size,
		.n = s->areas.n,
		.size = s->extent_count / data * o->lv->vg->extent_size,
	};
	return 0;
}

/* ---- which images count ---- */

static int super_read(
	struct lv_opening *o, const struct lv_area *meta, struct super *ret, struct err *e)
{
	uint8_t buf[SUPER_BYTES];
	struct bytes b = bytes_at(buf, sizeof(buf), 4);
	struct blockdev *dev;
	uint64_t off;
	uint32_t compat;
	int r = lv_area_open(o, meta, 1, &dev, &off, e);

	if (r >= 0)
		r = blockdev_read(dev, off, buf, sizeof(buf), e);
	if (r < 0)
		return r;
	compat = bytes_le32(&b);
	bytes_skip(&b, 8);
	ret->there = get_le32(buf) == SUPER_MAGIC;
	ret->events = bytes_le64(&b);
	ret->failed = bytes_le64(&b);
	ret->recovered = bytes_le64(&b);
	ret->synced = bytes_le64(&b);
	ret->reshaping = compat & 1 && get_le32(buf + 60) & RESHAPING;
	return 0;
}

static const char *area_name(const struct lv_area *a)
{
	return a->lv ? a->lv->name : a->pv->uuid;
}

/* An image without its metadata volume is not used by the kernel either. */
static void open_image(struct lv_opening *o, const struct lv_segment *s, size_t i, uint64_t extents,
	struct raid_member *ret, struct super *ret_super)
{
	struct err e = {0};
	int r = lv_area_open(o, &s->areas.at[i], extents, &ret->dev, &ret->offset, &e);

	if (r >= 0 && i < s->metas.n && s->metas.at[i].lv)
		r = super_read(o, &s->metas.at[i], ret_super, &e);
	if (r < 0) {
		ret->dev = NULL;
		lv_note(o, "image %s is not used: %s", area_name(&s->areas.at[i]), e.msg);
	}
}

static const char *why_stale(const struct super *s, const struct super *newest, size_t i)
{
	if (!s->there)
		return newest->there ? "it has never been part of the array" : NULL;
	/* A machine that runs writes one after the other. */
	if (s->events + 1 < newest->events)
		return "it is older than the others";
	if (i < 64 && newest->failed >> i & 1)
		return "the array says that it failed";
	if (s->recovered != UINT64_MAX)
		return "it has not been filled yet";
	return NULL;
}

static const struct super *newest_of(const struct super *supers, size_t n)
{
	const struct super *newest = &supers[0];

	for (size_t i = 1; i < n; i++) {
		if (supers[i].there && (!newest->there || supers[i].events > newest->events))
			newest = &supers[i];
	}
	return newest;
}

/* Takes away the images that do not count.  How many are left. */
static size_t drop_stale(struct lv_opening *o, const struct lv_segment *s,
	const struct super *supers, struct raid_member *members)
{
	const struct super *newest = newest_of(supers, s->areas.n);
	size_t left = 0;

	for (size_t i = 0; i < s->areas.n; i++) {
		const char *why;

		if (!members[i].dev)
			continue;
		why = why_stale(&supers[i], newest, i);
		if (why) {
			members[i].dev = NULL;
			lv_note(o, "image %s is not used: %s", area_name(&s->areas.at[i]), why);
		} else {
			left++;
		}
	}
	return left;
}

/* ---- the device ---- */

/* Of what is missing one read may ask all the others. */
static void count_reads(struct lv_opening *o, const struct type *t, size_t n, size_t left)
{
	uint64_t reads = o->lv->reads;

	if (t->parities && left < n && checked_mul(reads, n, &reads))
		o->lv->reads = (unsigned)min_u64(reads, UINT32_MAX);
}

static int open_members(struct lv_opening *o, const struct lv_segment *s, const struct type *t,
	const struct raid_geometry *g, struct blockdev **ret, struct err *e)
{
	CLEANUP(cleanup_free) struct raid_member *members = calloc(g->n, sizeof(*members));
	CLEANUP(cleanup_free) struct super *supers = calloc(g->n, sizeof(*supers));
	const struct super *newest;
	size_t left;

	if (!members || !supers)
		return err_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < g->n; i++) {
		members[i].size = g->size;
		open_image(o, s, i, g->size / o->lv->vg->extent_size, &members[i], &supers[i]);
	}
	newest = newest_of(supers, g->n);
	if (newest->reshaping)
		return err_set(e, ENOTSUP, "it is being reshaped");
	left = drop_stale(o, s, supers, members);
	if (t->parities && left < g->n && newest->there && newest->synced != UINT64_MAX)
		return err_set(e, ENODEV,
			"%zu of its %zu images are missing, and their parity was never complete",
			g->n - left, g->n);
	count_reads(o, t, g->n, left);
	return raid_open(g, members, ret, e);
}

int lv_raid_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	const struct type *t = type_find(s->type);
	struct raid_geometry g;
	int r;

	if (!t)
		return err_set(e, ENOTSUP, "segment type %s is not read yet", s->type);
	r = geometry_of(o, s, t, &g, e);
	return r < 0 ? r : open_members(o, s, t, &g, ret, e);
}

/*
 * The first leg of a mirror is always right.  The others are only when the mirror has been filled,
 * and then there is no telling how long ago one failed: its log says so only while it runs.
 */
int lv_mirror_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	uint64_t off = 0;
	struct blockdev *dev = NULL;
	int r = -EBADMSG;

	if (!s->areas.n)
		return err_set(e, EBADMSG, "a mirror has no legs");
	for (size_t i = 0; i < (s->partly_synced ? 1 : s->areas.n); i++) {
		r = lv_area_open(o, &s->areas.at[i], s->extent_count, &dev, &off, e);
		if (r >= 0)
			return slice_open(dev, off, lv_segment_size(o, s), ret, e);
		lv_note(o, "leg %s is not used: %s", area_name(&s->areas.at[i]), e->msg);
	}
	return r;
}
