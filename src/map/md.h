/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * MD arrays, put together from the superblocks on their members.
 */
#ifndef MAP_MD_H
#define MAP_MD_H

#include "base/arena.h"
#include "map/map.h"

struct md;

/* Arrays and their volumes are added to the map, and live in its arena. */
int md_new(struct map *map, struct arena *a, struct md **ret, struct err *e);
void md_free(struct md *m); /* NULL is allowed */

/* Takes a volume whose signature says linux_raid_member into account. */
void md_scan(struct md *m, struct volume *v);

/*
 * Builds the arrays that are not built yet: those of which all members have been found, or with
 * incomplete set, all.  How many it built; their volumes are at the end of map->volumes, and those
 * that can be read have a device.
 */
size_t md_assemble(struct md *m, bool incomplete);

#endif
