/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The partition table of a disk: whether it has one, and what it says.
 */
#ifndef MAP_TABLE_H
#define MAP_TABLE_H

#include "map/map.h"
#include "map/probe.h"

/*
 * Fills in what d says of its table, with partitions that have no volume yet.  s is the shadow of
 * the disk and whole the signature found on the disk as a whole; together they decide which is
 * valid. A table that is not goes to d->stale.  Fails only without memory.
 */
void table_read(struct disk_map *d, struct shadow *s, const struct signature *whole,
	struct probe *pr, struct arena *a);

#endif
