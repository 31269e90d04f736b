/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the XFS driver share: xfs.c (opening, inodes, file bytes), xfs_bmap.c (where a
 * file's blocks are), xfs_dir.c (directories), xfs_log.c (is the log empty?) and xfs_space.c (free
 * space).  Nobody else includes this.
 *
 * A block number of the filesystem holds the number of an allocation group in its upper bits; an
 * inode number is a block number and a place in that block.
 */
#ifndef FS_XFS_H
#define FS_XFS_H

#include "fs/fs.h"

#define XFS_INODE_SIZE_MAX 2048U
#define XFS_SYMLINK_MAX 1024U /* bytes of a symlink's target: the format's own limit */

/* The superblock; sizes in bytes, or in blocks where the name says nothing else. */
struct xfs_super {
	uint32_t block_size, sector_size, inode_size;
	uint64_t blocks, log_start, root;
	uint32_t ag_blocks, ag_count, log_blocks;
	uint8_t uuid[16], meta_uuid[16]; /* the second stands in all other metadata */
	uint16_t version;
	uint8_t block_log, sector_log, inode_log, inode_per_block_log, ag_log, dir_log;
	uint8_t in_progress, inode_percent;
	uint64_t inodes, inodes_free, blocks_free;
	uint32_t features2, ro_compat, incompat;
};

/* Bits of ro_compat and incompat that reading has to know. */
#define XFS_RO_FINOBT 0x1U
#define XFS_RO_RMAPBT 0x2U
#define XFS_RO_REFLINK 0x4U
#define XFS_RO_INOBTCOUNT 0x8U
#define XFS_INCOMPAT_FTYPE 0x1U
#define XFS_INCOMPAT_META_UUID 0x4U
#define XFS_INCOMPAT_BIGTIME 0x8U
#define XFS_INCOMPAT_NEEDSREPAIR 0x10U

/* A block of a directory, by its number in blocks of the filesystem; its checksum is right. */
struct xfs_kept {
	uint64_t ino, block; /* ino 0: none */
	uint8_t *bytes;
};
#define XFS_DIR_KEPT 4U

struct xfs_fs {
	struct fs fs;
	struct blockdev *dev;
	struct xfs_super sb;
	bool v5;                 /* metadata says what it is, whose and where, and has checksums */
	bool typed;              /* directory entries hold the type of what they name */
	bool stale_counts;       /* the superblock's counters are older than the rest */
	uint32_t dir_size;       /* bytes of a block of a directory */
	uint64_t dir_bytes_left; /* XFS_DIR_BYTES_MAX, counted down */
	/* What lookups read last, the newest first: of entries, and of the index of their names. */
	struct xfs_kept entries[XFS_DIR_KEPT], index[XFS_DIR_KEPT];
	/* The leaf that was last read of a file's extent tree, for its blocks [first, end). */
	struct {
		uint64_t ino, first, end; /* ino 0: none */
		uint32_t n;
		uint8_t *buf; /* a block */
	} leaf;
};

enum xfs_format { XFS_FORMAT_DEV, XFS_FORMAT_LOCAL, XFS_FORMAT_EXTENTS, XFS_FORMAT_BTREE };

struct xfs_inode {
	uint64_t ino, size, n_extents;
	uint32_t mode, uid, gid, nlink;
	int64_t mtime;
	enum xfs_format format;
	bool realtime;
	size_t fork, fork_size; /* where in raw the data fork is */
	uint8_t raw[XFS_INODE_SIZE_MAX];
};

/* ---- xfs.c ---- */

/* Where a block of metadata holds what proves it to be the one that was looked for; 0: nowhere. */
struct xfs_seal {
	uint16_t crc, uuid, place, owner;
};
/* NULL, or what is wrong, for use behind a name.  The block lies at that byte of the device. */
const char *xfs_seal_broken(const struct xfs_fs *x, const struct xfs_seal *s, const uint8_t *p,
	size_t len, uint64_t at, uint64_t owner);

/* Blocks of one allocation group, the last is shorter; 0: there is no such group. */
uint32_t xfs_group_blocks(const struct xfs_fs *x, uint64_t group);
/* False: these blocks are not all in one group and on the device. */
bool xfs_place(const struct xfs_fs *x, uint64_t block, uint64_t count, uint64_t *ret_at);
int xfs_load(struct xfs_fs *x, uint64_t ino, struct xfs_inode *ret, struct err *e);

/* ---- xfs_bmap.c ---- */

/* Where consecutive blocks of a file lie; at is a byte of the device, 0 for a hole. */
struct xfs_run {
	uint64_t at, count;
};
/* The run that begins with that block of the file, at most want blocks, at least one. */
int xfs_find_run(struct xfs_fs *x, const struct xfs_inode *f, uint64_t block, uint64_t want,
	struct xfs_run *ret, struct err *e);
/* Holes, and what lies behind the end, are zeros. */
int xfs_read_bytes(struct xfs_fs *x, const struct xfs_inode *f, uint64_t off, void *buf, size_t len,
	struct err *e);

/* ---- xfs_dir.c ---- */

int xfs_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e);
int xfs_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e);

/* ---- xfs_log.c ---- */

/* Does the log end with the record that a clean unmount writes, or is there nothing in it? */
int xfs_log_is_clean(struct xfs_fs *x, bool *ret, struct err *e);

/* ---- xfs_space.c ---- */

int xfs_space(struct fs *fs, struct fs_space *ret, struct err *e);

#endif
