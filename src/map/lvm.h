/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * LVM2 groups, put together from the metadata on their physical volumes.
 */
#ifndef MAP_LVM_H
#define MAP_LVM_H

#include "base/arena.h"
#include "map/map.h"

struct lvm;

/* Groups and logical volumes are added to the map, and live in its arena. */
int lvm_new(struct map *map, struct arena *a, struct lvm **ret, struct err *e);
void lvm_free(struct lvm *l); /* NULL is allowed */

/* Takes a volume whose signature says LVM2_member into account. */
void lvm_scan(struct lvm *l, struct volume *v);

/*
 * Builds the groups that are not built yet: those whose physical volumes have all been found, or
 * with incomplete set, all.  How many it built; their visible volumes are at the end of
 * map->volumes.
 */
size_t lvm_assemble(struct lvm *l, bool incomplete);

/* At the end: says on the physical volumes that belong to no group why that is. */
void lvm_explain_orphans(struct lvm *l);

#endif
