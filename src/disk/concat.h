/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Devices in a row, as one: the pieces of a disk that is split over files.
 */
#ifndef DISK_CONCAT_H
#define DISK_CONCAT_H

#include "disk/blockdev.h"

struct concat;

int concat_new(struct concat **ret, struct err *e);
/* Adds [0, size) of d, which is taken on success and has at least that; NULL: zeros. */
int concat_add(struct concat *c, struct blockdev *d, uint64_t size, struct err *e);
/* The size so far. */
uint64_t concat_size(const struct concat *c);
/* Something to close after the pieces, which stand on it. */
void concat_keep(struct concat *c, struct blockdev *below);
struct blockdev *concat_dev(struct concat *c); /* closing it frees c */

#endif
