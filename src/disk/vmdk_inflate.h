/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Compressed grains of VMDKs.  There is one window to read ahead for all files of a run, however
 * many pieces a disk has; the run has one thread.
 */
#ifndef DISK_VMDK_INFLATE_H
#define DISK_VMDK_INFLATE_H

#include "disk/blockdev.h"

/* Each user is counted; the last to go frees it. */
int vmdk_inflate_use(struct err *e);
void vmdk_inflate_release(const struct blockdev *file);

/*
 * Fills buf, size bytes, with the grain of this number, which is at "at" of the file.  The last of
 * a disk may hold only "needed" bytes; zeros follow.
 */
int vmdk_inflate(struct blockdev *file, uint64_t at, uint64_t grain, uint8_t *buf, size_t size,
	size_t needed, struct err *e);

#endif
