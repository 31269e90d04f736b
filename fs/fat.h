/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the FAT driver share: fat.c (boot sector, table, file bytes) and fat_dir.c
 * (directory entries and names).  Nobody else includes this.
 */
#ifndef FS_FAT_H
#define FS_FAT_H

#include "fs/fs.h"

#define FAT_ENTRY_SIZE 32U
#define FAT_ATTR_READ_ONLY 0x01
#define FAT_ATTR_VOLUME 0x08
#define FAT_ATTR_DIRECTORY 0x10
#define FAT_ATTR_LONG_NAME 0x0f
#define FAT_ATTR_MASK 0x3f

/* A place in a chain of clusters, and what is needed to notice that the chain bites its tail. */
struct fat_chain {
	uint32_t first, index, cluster;
	uint32_t mark, mark_at; /* a cluster passed before, and the index of the next to remember */
};

struct fat_fs {
	struct fs fs;
	struct blockdev *dev;
	unsigned bits; /* 12, 16 or 32 */
	uint32_t cluster_size;
	uint32_t clusters;          /* they are numbered from 2 */
	uint64_t table, table_size; /* bytes on the device */
	uint64_t data;              /* where cluster 2 lies */
	uint64_t root;              /* of FAT12/16: where the root directory lies */
	uint32_t root_size;
	uint32_t root_cluster; /* of FAT32 */
	uint64_t info;         /* of FAT32: where its sector with the free count lies; 0: none */
	struct fat_chain last; /* where the last read ended */
};

/*
 * A file's directory entry.  The number of its node is the entry's place on the device; 0, where
 * no directory can be, stands for the root, which has no entry.
 */
struct fat_entry {
	uint64_t at;
	uint8_t attr;
	uint16_t date, time;
	uint32_t first, size;
};

/* ---- fat.c ---- */

void fat_chain_begin(struct fat_chain *c, uint32_t first);
/* Goes on to the next cluster; 0 where the chain ends, 1 else. */
int fat_chain_next(struct fat_fs *x, struct fat_chain *c, struct err *e);
bool fat_is_cluster(const struct fat_fs *x, uint32_t cluster);
uint64_t fat_cluster_at(const struct fat_fs *x, uint32_t cluster);

/* ---- fat_dir.c ---- */

/* raw is FAT_ENTRY_SIZE bytes, of a short entry. */
void fat_decode(const struct fat_fs *x, uint64_t at, const uint8_t *raw, struct fat_entry *ret);
int fat_load(struct fat_fs *x, struct fs_node node, struct fat_entry *ret, struct err *e);
int fat_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e);
int fat_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e);

#endif
