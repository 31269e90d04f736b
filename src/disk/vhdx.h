/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the VHDX driver share.
 */
#ifndef DISK_VHDX_H
#define DISK_VHDX_H

#include "disk/blockdev.h"

#define VHDX_GUID_SIZE 16

/* Where the log is, and whose entries count. */
struct vhdx_log {
	uint8_t guid[VHDX_GUID_SIZE];
	uint64_t at;
	uint32_t len;
};

/*
 * The file with what its log holds written to it, in memory; the file itself if the log is empty.
 * file is taken on success.
 */
int vhdx_log_open(
	struct blockdev *file, const struct vhdx_log *log, struct blockdev **ret, struct err *e);

#endif
