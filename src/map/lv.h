/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A logical volume as a block device, as device-mapper would make it: a table of segments, each
 * over extents of physical volumes or over other logical volumes.
 */
#ifndef MAP_LV_H
#define MAP_LV_H

#include "map/map.h"

/* What the logical volumes of a machine together may still hold in memory. */
struct lv_room {
	struct arena *arena; /* of the map; for sentences */
	size_t trees;        /* metadata trees of pools */
	size_t chunks;       /* that snapshots and caches keep the place of */
};

void lv_room_init(struct lv_room *ret, struct arena *a);

/*
 * Sets lv->dev, and that of all it lies on; they borrow the devices of the physical volumes.  When
 * it is not possible lv->why says so and will not change.  ENOTSUP: a segment of a type that is not
 * read, or a pool; ENODEV: something below is missing or unreadable; EBADMSG: the segments do not
 * fit each other or the volumes; E2BIG.  Both lv and room must outlive the device.
 */
int lv_open(struct logical_volume *lv, struct lv_room *room, struct err *e);

/* Pools hold other volumes, and are no device themselves. */
bool lv_is_pool(const struct logical_volume *lv);

#endif
