/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What LVM2 writes on a physical volume: the label that makes it one, and the areas that hold the
 * text of its group's metadata.  Not what the text means.
 */
#ifndef MAP_LVM_LABEL_H
#define MAP_LVM_LABEL_H

#include "disk/blockdev.h"

#define LVM_UUID_LEN 38 /* with its dashes */
#define LVM_AREAS_MAX 8

struct lvm_label {
	char uuid[LVM_UUID_LEN + 1];
	uint64_t areas[LVM_AREAS_MAX]; /* where the metadata areas begin */
	unsigned n_areas;
};

/* EBADMSG: there is no label, or a damaged one. */
int lvm_label_read(struct blockdev *dev, struct lvm_label *ret, struct err *e);

/* A copy of the text, in the ring of a metadata area; size 0: the area is empty, or LVM was told to
 * ignore it. */
struct lvm_copy {
	uint64_t area, area_size, off, size; /* off counts from the area */
	uint32_t crc;
};

int lvm_area_read(struct blockdev *dev, uint64_t area, struct lvm_copy *ret, struct err *e);

/* Reads t->size bytes into a buffer that the caller frees, and compares the checksum. */
int lvm_copy_read(struct blockdev *dev, const struct lvm_copy *t, char **ret, struct err *e);

#endif
