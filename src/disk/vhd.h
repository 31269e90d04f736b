/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the VHD driver share.
 */
#ifndef DISK_VHD_H
#define DISK_VHD_H

#include "base/arena.h"
#include "disk/layer.h"

#define VHD_SECTOR 512
#define VHD_HEADER_SIZE 1024

/* A unique id, as text. */
const char *vhd_id(struct arena *a, const uint8_t *id);

/* What the header of a differencing disk says of its parent. */
struct vhd_parent {
	const char *names[3]; /* the likeliest first; NULL ends them */
	const char *id;
	int64_t modified; /* seconds since 1970; 0: it does not say */
};
/* header is VHD_HEADER_SIZE bytes; the names that are elsewhere are read through l. */
int vhd_parent_read(struct arena *a, struct layer *l, const uint8_t *header, struct vhd_parent *ret,
	struct err *e);

#endif
