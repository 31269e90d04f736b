/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Host files as block devices: a window of a file, and the reading of disks whose bytes lie in a
 * file in pieces.
 */
#ifndef DISK_FILEDEV_H
#define DISK_FILEDEV_H

#include "disk/blockdev.h"
#include "disk/hostfile.h"

/*
 * [off, off + size) of a file.  A last sector that the file holds only a part of is filled up with
 * zeros; what lies past it can be asked for, but reading it says that the file is cut short.
 * *f is taken (set to NULL) on success.
 */
int filedev_open(
	struct hostfile **f, uint64_t off, uint64_t size, struct blockdev **ret, struct err *e);

/* The whole file behind a block cache, for small reads of a container's tables. */
int filedev_open_cached(struct hostfile **f, struct blockdev **ret, struct err *e);

/* Where bytes of a disk are: len of them in a row, at "at" in its file, or in a hole. */
struct run {
	uint64_t len, at;
	bool hole;
};
/* The run that begins at off, which is inside the disk; its len is at least 1. */
typedef int run_find(struct blockdev *d, uint64_t off, struct run *ret, struct err *e);

/* blockdev_ops.read and .extent for such a disk.  Runs that touch in the file are read in one go.
 */
int runs_read(struct blockdev *d, run_find *find, struct hostfile *f, uint64_t off, void *buf,
	size_t len, struct err *e);
int runs_extent(struct blockdev *d, run_find *find, struct hostfile *f, uint64_t off,
	uint64_t *ret_len, bool *ret_hole, struct err *e);

#endif
