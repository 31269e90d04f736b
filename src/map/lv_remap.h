/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A device some chunks of which lie in another one: what snapshots and caches have in common.
 */
#ifndef MAP_LV_REMAP_H
#define MAP_LV_REMAP_H

#include "map/lv.h"

struct remap;

struct remap_parts {
	struct blockdev *origin, *store; /* borrowed */
	uint64_t size;                   /* of the device; origin has as much */
	struct lv_range store_part;      /* inside the store */
	uint64_t chunk;                  /* bytes; not 0 */
};

int remap_new(
	struct lv_room *room, const struct remap_parts *parts, struct remap **ret, struct err *e);
/* This chunk is in the store; EBADMSG: it would not be inside it, E2BIG: too many. */
int remap_add(struct remap *m, uint64_t chunk, uint64_t in_store, struct err *e);
size_t remap_count(const struct remap *m);
/* When all are added; closing it frees m. */
struct blockdev *remap_dev(struct remap *m);
void remap_free(struct remap *m);

#endif
