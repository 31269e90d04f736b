/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the Btrfs driver share: btrfs.c (superblocks, opening), btrfs_csum.c
 * (checksums), btrfs_chunk.c (logical addresses, devices), btrfs_tree.c (search), btrfs_file.c
 * (inodes and their bytes), btrfs_unpack.c (compressed extents), btrfs_dir.c (names),
 * btrfs_subvol.c (subvolumes) and btrfs_space.c (free space).  Nobody else includes this.
 *
 * All metadata is items in B-trees, sorted by key.  All addresses in it are logical; chunks say on
 * which devices and where the bytes lie, and how often.
 */
#ifndef FS_BTRFS_H
#define FS_BTRFS_H

#include "fs/fs.h"

#define BTRFS_LEVELS 8U
#define BTRFS_CSUM_MAX 32U
#define BTRFS_KEY_SIZE 17U
#define BTRFS_STRIPE_LEN 65536U /* of a chunk: the only one that is written */
#define BTRFS_NAME_MAX 255U
#define BTRFS_SYSTEM_CHUNKS 2048U       /* bytes of the superblock that hold chunks */
#define BTRFS_UNPACKED_MAX (128U << 10) /* of a compressed extent: the format's own limit */

/* Trees, and other objects with numbers of their own. */
#define BTRFS_ROOT_TREE 1U
#define BTRFS_EXTENT_TREE 2U
#define BTRFS_CHUNK_TREE 3U
#define BTRFS_TOP_LEVEL 5U
#define BTRFS_ROOT_TREE_DIR 6U
#define BTRFS_BLOCK_GROUP_TREE 11U
#define BTRFS_FIRST_FREE 256U /* subvolumes and inodes from here ... */
#define BTRFS_LAST_FREE (UINT64_MAX - 255)
#define BTRFS_EMPTY_DIR 2U /* inode number of what a snapshot has in place of a subvolume */

/* Types of items. */
#define BTRFS_INODE_ITEM 1U
#define BTRFS_INODE_REF 12U
#define BTRFS_DIR_ITEM 84U
#define BTRFS_DIR_INDEX 96U
#define BTRFS_EXTENT_DATA 108U
#define BTRFS_ROOT_ITEM 132U
#define BTRFS_ROOT_BACKREF 144U
#define BTRFS_ROOT_REF 156U
#define BTRFS_BLOCK_GROUP_ITEM 192U
#define BTRFS_DEV_ITEM 216U
#define BTRFS_CHUNK_ITEM 228U

/* Types of chunks; the bits above are profiles. */
#define BTRFS_DATA 1U
#define BTRFS_SYSTEM 2U
#define BTRFS_METADATA 4U

struct btrfs_key {
	uint64_t objectid;
	uint8_t type;
	uint64_t offset;
};

/* The root of a tree. */
struct btrfs_tree {
	uint64_t id, at, generation;
	uint8_t level;
};

struct btrfs_super {
	uint8_t fsid[16], metadata_fsid[16]; /* the second stands in all blocks of metadata */
	uint64_t at, flags, generation, total_bytes, bytes_used, num_devices, root_dir, log_root;
	uint64_t compat_ro, incompat;
	uint32_t sector_size, node_size, chunks_size;
	uint16_t csum_type;
	struct btrfs_tree root, chunk;
	/* The device that this one was read from. */
	uint64_t device_id, device_size;
	uint8_t device_uuid[16];
	uint8_t chunks[BTRFS_SYSTEM_CHUNKS];
};

/* A member: found, or named by the chunk tree, or both. */
struct btrfs_device {
	uint64_t id, size, used, generation;
	uint8_t uuid[16], fsid[16];
	struct blockdev *dev;    /* NULL: not among the given ones */
	bool named, seed, stale; /* by the chunk tree; of another filesystem; has missed writes */
};

/* How the bytes of a chunk are spread over its stripes. */
struct btrfs_profile {
	uint64_t bit; /* 0: single */
	const char *name;
	uint8_t copies, parity;       /* of each byte; stripes of each row that hold none */
	uint8_t stripes, devices_min; /* how many it has; 0: any number */
	uint8_t per_device, rank;     /* stripes; of several, new chunks get the highest ranked */
	bool striped;
};

struct btrfs_stripe {
	uint64_t offset;
	uint32_t device; /* an index */
};

struct btrfs_chunk {
	uint64_t logical, length, type;
	const struct btrfs_profile *profile;
	uint32_t stripe, n; /* its first of all stripes, and how many */
};

struct btrfs_map {
	LIST(struct btrfs_chunk) chunks; /* by logical address */
	LIST(struct btrfs_stripe) stripes;
};

struct btrfs_subvol {
	struct btrfs_tree tree;
	uint64_t dir; /* inode number of its root directory */
	bool read_only, snapshot;
};

/* A block of a tree that was read and checked. */
struct btrfs_node {
	uint64_t at, generation, owner, used; /* used: when, counted in lookups */
	uint32_t n;
	uint8_t level;
	bool valid;
	uint8_t *p;
};

struct btrfs_fs {
	struct fs fs;
	struct arena arena;
	struct btrfs_super super;
	LIST(struct btrfs_device) devices;
	struct btrfs_map map;
	LIST(struct btrfs_subvol) subvols; /* those in use; a node's number holds the index */
	uint64_t default_subvol;
	struct btrfs_node *nodes; /* the cache */
	uint32_t n_nodes;
	uint64_t clock;
	bool copy_noted;
	/* The compressed extent that was unpacked last. */
	struct {
		uint64_t at;
		uint32_t size;
		uint8_t *bytes;
	} unpacked;
};

/* ---- btrfs_csum.c ---- */

/* 0: there is no such type. */
size_t btrfs_csum_size(uint16_t type);
const char *btrfs_csum_name(uint16_t type);
/* Is csum that of these bytes?  1 or 0; ENOTSUP: a library is missing. */
int btrfs_csum_matches(uint16_t type, const void *p, size_t n, const uint8_t *csum, struct err *e);

/* ---- btrfs_chunk.c ---- */

/* Maps what the superblock lists, then by that all that the chunk tree does, and its devices. */
int btrfs_load_chunks(struct btrfs_fs *x, struct err *e);
/* How many copies there are of the byte at a logical address; 0: it lies in no chunk. */
unsigned btrfs_copies(const struct btrfs_fs *x, uint64_t logical);
int btrfs_read_copy(
	struct btrfs_fs *x, uint64_t logical, void *buf, size_t len, unsigned copy, struct err *e);
/* From whichever copy can be read.  ENODEV: none, because a device is missing. */
int btrfs_read_any(struct btrfs_fs *x, uint64_t logical, void *buf, size_t len, struct err *e);

/* ---- btrfs_tree.c ---- */

/* p is good until the next search in any tree. */
struct btrfs_item {
	struct btrfs_key key;
	const uint8_t *p;
	uint32_t size;
};

/* What leads to a block of a tree, and so what has to be in it. */
struct btrfs_ref {
	uint64_t at, generation, tree;
	uint8_t level;
	bool has_first, has_end;
	struct btrfs_key first, end; /* its first key; all its keys are below end */
};

struct btrfs_cursor {
	struct btrfs_tree tree;
	struct btrfs_ref leaf;
	uint32_t slot;
};

/* These return 1 and an item, or 0: there is none. */
int btrfs_find(struct btrfs_fs *x, const struct btrfs_tree *t, struct btrfs_key key,
	struct btrfs_item *ret, struct err *e); /* this very key */
int btrfs_find_last(struct btrfs_fs *x, const struct btrfs_tree *t, struct btrfs_key key,
	struct btrfs_cursor *c, struct btrfs_item *ret, struct err *e); /* the last up to key */
int btrfs_find_first(struct btrfs_fs *x, const struct btrfs_tree *t, struct btrfs_key key,
	struct btrfs_cursor *c, struct btrfs_item *ret, struct err *e); /* the first from key */
int btrfs_next(struct btrfs_fs *x, struct btrfs_cursor *c, struct btrfs_item *ret, struct err *e);
struct btrfs_key btrfs_key_at(const uint8_t *p);

/* ---- btrfs_file.c ---- */

struct btrfs_inode {
	uint64_t number, size;
	uint32_t mode, uid, gid, nlink;
	int64_t mtime;
};

struct fs_node btrfs_node_of(uint32_t subvol, uint64_t inode);
uint32_t btrfs_node_subvol(struct fs_node node);
uint64_t btrfs_node_inode(struct fs_node node);
int btrfs_load(struct btrfs_fs *x, struct fs_node node, struct btrfs_inode *ret, struct err *e);
int btrfs_stat(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e);
int btrfs_read(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e);
int btrfs_readlink(struct fs *fs, struct fs_node node, char *buf, struct err *e);

/* ---- btrfs_unpack.c ---- */

/* Fills out, up to its end; what the packed bytes do not reach becomes zeros. */
int btrfs_unpack(const struct btrfs_fs *x, uint8_t method, const uint8_t *p, size_t n, uint8_t *out,
	size_t out_size, struct err *e);

/* ---- btrfs_dir.c ---- */

/* The hash by which an entry of a directory is found. */
uint32_t btrfs_name_hash(const char *name, size_t len);
/* What an entry of that name names: in *ret the key of an inode or of a tree's root. */
int btrfs_find_entry(struct btrfs_fs *x, const struct btrfs_tree *t, uint64_t dir, const char *name,
	size_t len, struct btrfs_key *ret, struct err *e);
int btrfs_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len,
	struct fs_node *ret, struct err *e);
int btrfs_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e);

/* ---- btrfs_subvol.c ---- */

/* The tree of that number; ENOENT: there is none. */
int btrfs_find_tree(struct btrfs_fs *x, uint64_t id, struct btrfs_subvol *ret, struct err *e);
/* Its index in subvols. */
int btrfs_use_subvol(struct btrfs_fs *x, uint64_t id, uint32_t *ret, struct err *e);
/* What stands in dir under that name for a subvolume: its root, or nothing but an empty place. */
int btrfs_cross(struct btrfs_fs *x, struct fs_node dir, uint64_t subvol, const char *name,
	size_t len, struct fs_node *ret, struct err *e);
int btrfs_subvolume(struct fs *fs, uint64_t id, struct fs_node *ret, struct err *e);
int btrfs_subvolumes(struct fs *fs, fs_subvolume_fn *fn, void *ctx, struct err *e);

/* ---- btrfs_space.c ---- */

int btrfs_space(struct fs *fs, struct fs_space *ret, struct err *e);

#endif
