/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between lv.c and lv_*.c only: what a segment needs to become a device.
 */
#ifndef MAP_LV_TARGET_H
#define MAP_LV_TARGET_H

#include "base/bytes.h"
#include "map/lv.h"

/* A logical volume that is being opened. */
struct lv_opening {
	struct logical_volume *lv;
	struct lv_room *room;
	unsigned depth; /* of those that are being opened because of one another */
};

/* Opens what an area lies on; *ret_off is where its extents, all inside, begin there. */
int lv_area_open(struct lv_opening *o, const struct lv_area *a, uint64_t extents,
	struct blockdev **ret, uint64_t *ret_off, struct err *e);
/* Opens a logical volume that o's lies on. */
int lv_below_open(struct lv_opening *o, struct logical_volume *below, struct err *e);
/* Adds to what there is to know of the volume. */
void lv_note(struct lv_opening *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The length of a segment in bytes, which have been checked to fit. */
uint64_t lv_segment_size(const struct lv_opening *o, const struct lv_segment *s);

/* Each makes the device of one segment; closing it leaves what it lies on open. */
int lv_raid_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e);
int lv_mirror_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e);
int lv_thin_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e);
int lv_thin_pool_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e);
int lv_snapshot_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e);
int lv_cache_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e);

#endif
