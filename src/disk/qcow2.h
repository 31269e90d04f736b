/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the qcow2 driver share.
 */
#ifndef DISK_QCOW2_H
#define DISK_QCOW2_H

#include "disk/disk.h"

struct qcow2_header {
	uint32_t version, cluster_bits, crypt;
	uint64_t size;
	uint64_t l1_at, l1_entries;
	uint64_t snapshots_at;
	uint32_t snapshots;
	uint64_t incompatible;
	uint32_t length;
	uint64_t backing_at;
	uint32_t backing_len;
	enum { QCOW2_ZLIB, QCOW2_ZSTD } compression;
	const char *backing, *backing_format, *data_file; /* NULL: none */
};

#define QCOW2_DIRTY (1ULL << 0)
#define QCOW2_CORRUPT (1ULL << 1)
#define QCOW2_DATA_FILE (1ULL << 2)
#define QCOW2_COMPRESSION (1ULL << 3)
#define QCOW2_EXTENDED_L2 (1ULL << 4)

/* Reads and checks it; its strings live in the arena. */
int qcow2_header_read(const struct disk_open_args *args, struct hostfile *f,
	struct qcow2_header *ret, struct err *e);

#endif
