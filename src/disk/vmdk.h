/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the VMDK driver share.
 */
#ifndef DISK_VMDK_H
#define DISK_VMDK_H

#include "disk/disk.h"
#include "parse/vmdk_descriptor.h"

#define VMDK_SECTOR 512
/* What is read of a file at once: its header, and its descriptor where that is inside. */
#define VMDK_HEAD 16384U

struct vmdk_head {
	uint8_t bytes[VMDK_HEAD];
	size_t n;
};

/* A file that holds grains of a disk, and what is to be made of it. */
struct vmdk_grains {
	struct hostfile **f;      /* taken on success */
	struct blockdev **parent; /* the same; where the file has no grain; *parent NULL: zeros */
	uint64_t size;            /* how much of the disk it holds; 0: what its header says */
	const char *name;         /* for what is wrong when it is read; NULL: the user named it */
};

/* The header of a hosted sparse extent; places and sizes are in sectors. */
struct vmdk_header {
	uint32_t version, flags, gtes;
	uint64_t capacity, grain;
	uint64_t descriptor_at, descriptor_size, directory, redundant;
	uint16_t compression;
	bool unclean, newlines_intact;
};

/* vmdk.c: kinds of file by their first bytes, and what the descriptor of a disk is called. */
enum vmdk_kind { VMDK_UNKNOWN, VMDK_DESCRIPTOR, VMDK_HOSTED, VMDK_COWD, VMDK_SESPARSE };
enum vmdk_kind vmdk_kind(const uint8_t *head, size_t n);
/* The caller frees it; the stack of a long chain of parents has no room for so many. */
int vmdk_head_read(struct hostfile *f, struct vmdk_head **ret, struct err *e);
/*
 * The name of the descriptor that a file called like a part of a disk (base-flat.vmdk,
 * base-s001.vmdk ...) belongs to; NULL when it is not called so, or there is none beside it.
 */
const char *vmdk_descriptor_beside(const struct disk_open_args *args, const char *dir);
/* Is it called like one of several parts? */
bool vmdk_is_piece(const char *path);

/* vmdk_sparse.c */
int vmdk_header_read(
	struct hostfile *f, const struct vmdk_head *head, struct vmdk_header *ret, struct err *e);
int vmdk_hosted_open(const struct disk_open_args *args, const struct vmdk_header *h,
	const struct vmdk_grains *g, struct disk_info *info, struct blockdev **ret, struct err *e);
int vmdk_cowd_open(const struct vmdk_head *head, const struct vmdk_grains *g, struct blockdev **ret,
	struct err *e);

/* vmdk_sesparse.c */
int vmdk_sesparse_open(const struct vmdk_head *head, const struct vmdk_grains *g,
	struct blockdev **ret, struct err *e);

/* vmdk_extents.c: the disk that a descriptor describes.  *parent (NULL: none) is taken on success.
 */
int vmdk_extents_open(const struct disk_open_args *args, const char *dir,
	const struct vmdk_descriptor *d, struct blockdev **parent, struct disk_info *info,
	struct blockdev **ret, struct err *e);

#endif
