/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the ext2/3/4 driver share: ext.c (opening, inodes, file bytes), ext_dir.c
 * (directories), ext_replay.c (the journal) and ext_io.c (libext2fs over a block device).  Nobody
 * else includes this.
 */
#ifndef FS_EXT_H
#define FS_EXT_H

#include <ext2fs/ext2fs.h>

#include "fs/fs.h"

/* ---- ext_io.c ---- */

/* What libext2fs reads through; err is that of the last read which failed. */
struct ext_io {
	uint64_t magic;
	struct blockdev *dev;
	struct err err;
};

/* libext2fs opens a device by a string: this one names io.  Fits EXT_IO_NAME bytes. */
#define EXT_IO_NAME 32
void ext_io_init(struct ext_io *io, struct blockdev *dev, char name[EXT_IO_NAME]);
io_manager ext_io_manager(void);

/* ---- ext.c ---- */

#define EXT_VERIFIED 1024U
#define EXT_RUNS 64U

/* Where consecutive blocks of a file lie; start is 0 for a hole. */
struct ext_run {
	uint64_t start, count;
};

/* What there is to say of the journal, when it needs recovery. */
struct ext_journal {
	enum fs_state state; /* FS_CLEAN: nothing */
	char text[112];
};

/* Files that the next mount will delete, or cut short, as they were in use. */
struct ext_orphans {
	uint32_t deleted, others;
	uint64_t blocks; /* that those to be deleted hold */
	bool unknown;    /* there may be more */
};

struct ext_fs {
	struct fs fs;
	struct ext_io io;
	ext2_filsys e2;
	/* While it is being opened: the filesystem's device, then what may be its journal's. */
	struct blockdev *const *devs;
	size_t n_devs;
	struct blockdev *replayed; /* what io reads where a journal is replayed; else NULL */
	struct ext_journal journal;
	struct ext_orphans orphans;
	uint32_t dir_blocks_left; /* EXT_DIR_BLOCKS_MAX, counted down */
	/* Directory blocks whose checksum was found right, so that it is computed once for each. */
	uint64_t verified[EXT_VERIFIED];
	/* Runs found in extents before: the library verifies a node's checksum on every visit. */
	struct {
		ext2_ino_t ino;
		uint64_t block;
		struct ext_run run;
	} runs[EXT_RUNS];
	unsigned next_run;
};

struct ext_file {
	ext2_ino_t ino;
	struct ext2_inode_large inode;
};

/* The error of libext2fs as ours: what was done, and the library's own words for why not. */
int ext_fail(struct ext_fs *x, errcode_t code, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

int ext_load(struct ext_fs *x, uint64_t ino, struct ext_file *ret, struct err *e);
uint64_t ext_file_size(const struct ext_file *f);
/*
 * Where a block of a file lies, and up to want blocks behind it.  Of a file that has extents, *h is
 * opened where it is NULL; ext_free_extents() is for CLEANUP.
 */
int ext_find_run(struct ext_fs *x, struct ext_file *f, ext2_extent_handle_t *h, uint64_t block,
	uint64_t want, struct ext_run *ret, struct err *e);
void ext_free_extents(ext2_extent_handle_t *h);
/* Bytes of a file whose data is in blocks; holes, and what lies behind the end, are zeros. */
int ext_read_blocks(
	struct ext_fs *x, struct ext_file *f, uint64_t off, void *buf, size_t len, struct err *e);
/* The data of a file that is kept in its inode, from malloc. */
int ext_read_inline(
	struct ext_fs *x, const struct ext_file *f, uint8_t **ret, size_t *ret_len, struct err *e);

/* ---- ext_replay.c ---- */

/*
 * Where the journal needs recovery, x->journal says what came of it, and x->replayed is made when
 * it holds anything: the device as it will be when it was recovered.  Fails only when the host
 * does.
 */
int ext_replay(struct ext_fs *x, struct err *e);
/* Fills x->orphans. */
void ext_find_orphans(struct ext_fs *x);

/* ---- ext_dir.c ---- */

int ext_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e);
int ext_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e);

#endif
