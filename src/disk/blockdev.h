/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A block device is one read function and a size.  Images, partitions, logical volumes and caches
 * are all this, and stack in any order.  There is no write member: nothing here can change an
 * image, by type.
 *
 * A driver's state begins with its struct blockdev.  Offsets and sizes are bytes.
 */
#ifndef DISK_BLOCKDEV_H
#define DISK_BLOCKDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct blockdev;

/* Where a byte of a device lies on another, and for how many bytes that goes on. */
struct blockdev_place {
	struct blockdev *dev; /* NULL: nowhere, they are zeros */
	uint64_t off, run;
};

struct blockdev_ops {
	const char *name;
	/*
	 * Of a device that only puts others together, instead of read and extent.  off is inside
	 * the device, and so is the start of what is found.
	 */
	int (*locate)(struct blockdev *d, uint64_t off, struct blockdev_place *ret, struct err *e);
	/* Fill all of buf.  The range has already been checked. */
	int (*read)(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e);
	/*
	 * Is the byte at off in a hole (reads as zeros, nothing is stored for it)?  Sets *ret_hole
	 * and in *ret_len for how many bytes from off that answer holds (at least 1; may be shorter
	 * than the true run).  NULL: all is data.  off is inside the device.
	 */
	int (*extent)(
		struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e);
	void (*close)(struct blockdev *d); /* frees d and what it owns */
};

struct blockdev {
	const struct blockdev_ops *ops;
	uint64_t size;
	uint32_t logical_sector, physical_sector; /* 0: the container does not say */
};

int blockdev_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e);
int blockdev_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e);
void blockdev_close(struct blockdev *d); /* NULL is allowed */

/* [off, off + size) of below, which is borrowed and must outlive it. */
int slice_open(
	struct blockdev *below, uint64_t off, uint64_t size, struct blockdev **ret, struct err *e);

/*
 * The one block cache: lines of CACHE_LINE bytes, at most CACHE_BYTES_MAX for all devices of the
 * run together, least recently used goes first.  Takes ownership of below on success.  Holes are
 * not stored, and requests of CACHE_BYPASS bytes or more go straight through.
 */
#define CACHE_BYPASS 65536U
int cache_open(struct blockdev *below, struct blockdev **ret, struct err *e);

/* A device over bytes in memory, for tests and fuzz targets; the bytes are borrowed. */
int mem_open(const void *p, size_t len, struct blockdev **ret, struct err *e);

#endif
