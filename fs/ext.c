/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ext2, ext3 and ext4, read through libext2fs; the disk layout is that of the kernel's
 * Documentation/filesystems/ext4.  The library does the superblock, group descriptors, inodes,
 * block maps and checksums.  What it is given has been bounded here before, and directories,
 * inline data and the reading of runs of blocks are ours: the library reads a block at a time.
 *
 * Bitmaps are never read: free space is the sum of the group descriptors.  A journal is replayed in
 * memory (ext_replay.c); the state says so.  Encrypted names and contents are not read.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "fs/ext.h"

#define EXTENT_DEPTH_OFFSET 6 /* in the extent header that i_block begins with */
#define XATTR_INDEX_SYSTEM 7

int ext_fail(struct ext_fs *x, errcode_t code, struct err *e, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (code == x->io.err.num)
		return err_set(e, x->io.err.num, "%s: %s", what, x->io.err.msg);
	switch (code) {
	case EXT2_ET_NO_MEMORY:
	case ENOMEM:
		return err_set(e, ENOMEM, "%s: out of memory", what);
	case EXT2_ET_UNSUPP_FEATURE:
	case EXT2_ET_REV_TOO_HIGH:
		return err_set(e, ENOTSUP, "%s: %s", what, error_message(code));
	default:
		return err_set(e, EBADMSG, "%s: %s", what, error_message(code));
	}
}

/* ---- Opening ---- */

/*
 * The places a superblock is looked for.  The backups are those of group 1 as mke2fs places it.
 * Last, a superblock whose checksum alone is wrong is better than nothing.
 */
static const struct attempt {
	int block; /* 0: the primary */
	unsigned block_size;
	int flags;
	const char *note;
} attempts[] = {
	{0, 0, 0, NULL},
	{32768, 4096, 0, "the superblock is damaged, its backup at block 32768 was used"},
	{8193, 1024, 0, "the superblock is damaged, its backup at block 8193 was used"},
	{16384, 2048, 0, "the superblock is damaged, its backup at block 16384 was used"},
	{0, 0, EXT2_FLAG_IGNORE_CSUM_ERRORS, "checksums of the metadata are wrong"},
};

/* Refuses what would make the library allocate or compute without bounds. */
static int check_super(struct ext_fs *x, struct err *e)
{
	ext2_filsys e2 = x->e2;
	struct ext2_super_block *s = e2->super;
	uint64_t table = (uint64_t)e2->desc_blocks * e2->blocksize;

	if (table > EXT_GROUP_TABLE_MAX)
		return err_set(
			e, E2BIG, "more than %lu bytes of group descriptors", EXT_GROUP_TABLE_MAX);
	if (table > x->io.dev->size)
		return err_set(e, EBADMSG, "the group descriptors are larger than the device");
	if (EXT2_DESC_SIZE(s) > e2->blocksize || s->s_first_data_block > 1 ||
		(ext2fs_has_feature_meta_bg(s) && s->s_first_meta_bg > e2->desc_blocks))
		return err_set(e, EBADMSG, "the superblock describes impossible group descriptors");
	if (s->s_inodes_per_group > 8 * e2->blocksize ||
		(uint64_t)s->s_inodes_per_group * EXT2_INODE_SIZE(s) > INT32_MAX ||
		(uint64_t)s->s_inodes_per_group * e2->group_desc_count != s->s_inodes_count)
		return err_set(e, EBADMSG, "the superblock counts impossible inodes");
	return 0;
}

static void close_library(struct ext_fs *x)
{
	if (x->e2)
		ext2fs_free(x->e2);
	x->e2 = NULL;
}

static int open_library(
	struct ext_fs *x, const char *name, const struct attempt *a, int flags, struct err *e)
{
	errcode_t code = ext2fs_open2(name, NULL, flags | a->flags | EXT2_FLAG_64BITS, a->block,
		a->block_size, ext_io_manager(), &x->e2);

	if (!code)
		return 0;
	x->e2 = NULL;
	return ext_fail(x, code, e, "the superblock cannot be used");
}

static int open_whole(struct ext_fs *x, const char *name, const struct attempt *a, struct err *e)
{
	int r = open_library(x, name, a, EXT2_FLAG_SUPER_ONLY, e);

	if (!r)
		r = check_super(x, e);
	close_library(x);
	if (!r)
		r = open_library(x, name, a, 0, e);
	if (!r && ext2fs_create_inode_cache(x->e2, 16))
		r = err_set(e, ENOMEM, "out of memory");
	return r;
}

static void read_from(struct ext_fs *x, struct blockdev *dev)
{
	close_library(x);
	memset(x->runs, 0, sizeof(x->runs));
	x->io.dev = dev;
}

static void forget_replay(struct ext_fs *x)
{
	read_from(x, x->devs[0]);
	blockdev_close(TAKE(x->replayed));
	x->journal = (struct ext_journal){0};
}

/* Opens once more what the journal has made of it: it may hold the superblock too. */
static int open_replayed(struct ext_fs *x, const char *name, const struct attempt *a, struct err *e)
{
	struct err why;
	int r = ext_replay(x, e);

	if (r < 0 || !x->replayed)
		return r;
	read_from(x, x->replayed);
	r = open_whole(x, name, a, &why);
	if (!r || r == -ENOMEM)
		return r ? err_set(e, why.num, "%s", why.msg) : 0;
	forget_replay(x);
	x->journal =
		(struct ext_journal){FS_ERRORS, "its journal holds a superblock that is damaged"};
	return open_whole(x, name, a, e);
}

/* A superblock is worth having when it leads to a root directory. */
static int try_open(struct ext_fs *x, const char *name, const struct attempt *a, struct err *e)
{
	struct ext_file root;
	int r;

	forget_replay(x);
	r = open_whole(x, name, a, e);
	if (!r && !a->block)
		r = open_replayed(x, name, a, e);
	if (!r)
		r = ext_load(x, EXT2_ROOT_INO, &root, e);
	if (!r && !LINUX_S_ISDIR(root.inode.i_mode))
		r = err_set(e, EBADMSG, "the root inode is not a directory");
	return r;
}

static void tell_orphans(struct ext_fs *x)
{
	const struct ext_orphans *o = &x->orphans;
	const uint32_t n = o->deleted + o->others;
	/* Where the journal is to be recovered, the list is what belongs to that. */
	const enum fs_state state = x->fs.state == FS_CLEAN ? FS_DIRTY : FS_REPLAYED;
	char text[64];

	if (!n && !o->unknown)
		return;
	snprintf(text, sizeof(text), "its orphan list has %s%u file%s",
		o->unknown ? "more than " : "", n, n == 1 ? "" : "s");
	fs_state_add(&x->fs, state, o->unknown && !n ? "there are files in its orphan file" : text);
}

static void find_state(struct ext_fs *x, const struct attempt *a)
{
	ext2_filsys e2 = x->e2;
	uint64_t bytes;
	dgrp_t g;

	if (a->note)
		fs_state_add(&x->fs, FS_ERRORS, a->note);
	if (a->block) /* nobody keeps the rest of a backup up to date */
		return;
	if (e2->super->s_state & EXT2_ERROR_FS)
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem recorded errors");
	if (!checked_mul(ext2fs_blocks_count(e2->super), e2->blocksize, &bytes) ||
		bytes > x->io.dev->size)
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem is larger than its device");
	for (g = 0; g < e2->group_desc_count && !a->note; g++)
		if (!ext2fs_group_desc_csum_verify(e2, g)) {
			fs_state_add(&x->fs, FS_ERRORS, "a group descriptor's checksum is wrong");
			break;
		}
	if (x->journal.state != FS_CLEAN)
		fs_state_add(&x->fs, x->journal.state, x->journal.text);
	else if (!(e2->super->s_state & EXT2_VALID_FS))
		fs_state_add(&x->fs, FS_DIRTY, "it was not cleanly unmounted");
	ext_find_orphans(x);
	tell_orphans(x);
}

static void ext_close(struct fs *fs)
{
	struct ext_fs *x = (struct ext_fs *)fs;

	close_library(x);
	blockdev_close(x->replayed);
	free(x);
}

static bool ext_serves(const char *type)
{
	return !strcmp(type, "ext2") || !strcmp(type, "ext3") || !strcmp(type, "ext4") ||
	       !strcmp(type, "ext4dev");
}

static int ext_open(struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e)
{
	struct ext_fs *x = calloc(1, sizeof(*x));
	struct err later;
	char name[EXT_IO_NAME];
	size_t i = 0;
	int r, first;

	if (!x)
		return err_set(e, ENOMEM, "out of memory");
	initialize_ext2_error_table();
	ext_io_init(&x->io, devs[0], name);
	x->devs = devs;
	x->n_devs = n;
	x->fs.driver = &ext_driver;
	x->fs.root.id = EXT2_ROOT_INO;
	x->dir_blocks_left = EXT_DIR_BLOCKS_MAX;
	r = first = try_open(x, name, &attempts[i], e);
	while ((r == -EBADMSG || r == -E2BIG) && ++i < ARRAY_LEN(attempts))
		r = try_open(x, name, &attempts[i], &later);
	if (r) {
		ext_close(&x->fs);
		return first;
	}
	find_state(x, &attempts[i]);
	x->devs = NULL;
	*ret = &x->fs;
	return 0;
}

/* ---- Inodes ---- */

int ext_load(struct ext_fs *x, uint64_t ino, struct ext_file *ret, struct err *e)
{
	errcode_t code;

	memset(ret, 0, sizeof(*ret));
	ret->ino = (ext2_ino_t)ino;
	if (!ino || ino > x->e2->super->s_inodes_count)
		return err_set(e, EBADMSG, "there is no inode %llu", (unsigned long long)ino);
	code = ext2fs_read_inode_full(
		x->e2, ret->ino, (struct ext2_inode *)&ret->inode, sizeof(ret->inode));
	if (code)
		return ext_fail(x, code, e, "inode %u", ret->ino);
	if (!ret->inode.i_links_count || !ret->inode.i_mode)
		return err_set(e, EBADMSG, "inode %u is not in use", ret->ino);
	return 0;
}

uint64_t ext_file_size(const struct ext_file *f)
{
	return f->inode.i_size | (uint64_t)f->inode.i_size_high << 32;
}

/* The low 32 bits are signed; where the inode has room for them, two more bits follow. */
static int64_t mtime_of(struct ext_fs *x, const struct ext_file *f)
{
	const size_t end = offsetof(struct ext2_inode_large, i_mtime_extra) + 4;
	int64_t t = (int32_t)f->inode.i_mtime;

	if (EXT2_INODE_SIZE(x->e2->super) >= end &&
		f->inode.i_extra_isize >= end - EXT2_GOOD_OLD_INODE_SIZE)
		t += (int64_t)(f->inode.i_mtime_extra & 3) << 32;
	return t;
}

static int ext_stat(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	struct ext_fs *x = (struct ext_fs *)fs;
	struct ext_file f;
	int r = ext_load(x, node.id, &f, e);

	if (r < 0)
		return r;
	*ret = (struct fs_stat){
		.mode = f.inode.i_mode,
		.uid = inode_uid(f.inode),
		.gid = inode_gid(f.inode),
		.nlink = f.inode.i_links_count,
		.size = ext_file_size(&f),
		.inode = f.ino,
		.mtime = mtime_of(x, &f),
	};
	return 0;
}

/* ---- The bytes of files ---- */

void ext_free_extents(ext2_extent_handle_t *h)
{
	if (*h)
		ext2fs_extent_free(*h);
}

/* *h is opened where it is NULL. */
static int open_extents(
	struct ext_fs *x, struct ext_file *f, ext2_extent_handle_t *h, struct err *e)
{
	errcode_t code;

	if (*h)
		return 0;
	if (get_le16((uint8_t *)f->inode.i_block + EXTENT_DEPTH_OFFSET) > EXT_EXTENT_DEPTH_MAX)
		return err_set(e, EBADMSG, "the extents of inode %u are nested too deep", f->ino);
	code = ext2fs_extent_open2(x->e2, f->ino, (struct ext2_inode *)&f->inode, h);
	if (code) {
		*h = NULL;
		return ext_fail(x, code, e, "the extents of inode %u", f->ino);
	}
	return 0;
}

static bool recall_run(const struct ext_fs *x, ext2_ino_t ino, uint64_t block, struct ext_run *ret)
{
	for (size_t i = 0; i < EXT_RUNS; i++) {
		const uint64_t skip = block - x->runs[i].block;

		if (x->runs[i].ino != ino || skip >= x->runs[i].run.count)
			continue;
		*ret = x->runs[i].run;
		ret->count -= skip;
		if (ret->start)
			ret->start += skip;
		return true;
	}
	return false;
}

static int run_of_extents(struct ext_fs *x, struct ext_file *f, ext2_extent_handle_t *h,
	uint64_t block, struct ext_run *ret, struct err *e)
{
	struct ext2fs_extent extent;
	errcode_t code;
	int r;

	if (recall_run(x, f->ino, block, ret))
		return 0;
	r = open_extents(x, f, h, e);
	if (r < 0)
		return r;
	code = ext2fs_extent_goto2(*h, 0, block);
	*ret = (struct ext_run){0, 1};
	/* An index block that is empty leads to nowhere: a hole, as the kernel has it. */
	if (code == EXT2_ET_EXTENT_NOT_FOUND || code == EXT2_ET_EXTENT_NO_DOWN)
		return 0;
	if (!code)
		code = ext2fs_extent_get(*h, EXT2_EXTENT_CURRENT, &extent);
	if (code)
		return ext_fail(x, code, e, "the extents of inode %u", f->ino);
	ret->count = extent.e_len - (block - extent.e_lblk);
	if (!(extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT))
		ret->start = extent.e_pblk + (block - extent.e_lblk);
	x->runs[x->next_run].ino = f->ino;
	x->runs[x->next_run].block = block;
	x->runs[x->next_run].run = *ret;
	x->next_run = (x->next_run + 1) % EXT_RUNS;
	return 0;
}

static int run_of_map(struct ext_fs *x, struct ext_file *f, uint64_t block, uint64_t want,
	struct ext_run *ret, struct err *e)
{
	*ret = (struct ext_run){0, 0};
	do {
		blk64_t at = 0;
		errcode_t code = ext2fs_bmap2(x->e2, f->ino, (struct ext2_inode *)&f->inode, NULL,
			0, block + ret->count, NULL, &at);

		if (code)
			return ext_fail(x, code, e, "the block map of inode %u", f->ino);
		if (ret->count && at != (ret->start ? ret->start + ret->count : 0))
			return 0;
		if (!ret->count)
			ret->start = at;
		ret->count++;
	} while (ret->count < want);
	return 0;
}

int ext_find_run(struct ext_fs *x, struct ext_file *f, ext2_extent_handle_t *h, uint64_t block,
	uint64_t want, struct ext_run *ret, struct err *e)
{
	const bool extents = f->inode.i_flags & EXT4_EXTENTS_FL;
	int r = extents ? run_of_extents(x, f, h, block, ret, e)
			: run_of_map(x, f, block, want, ret, e);

	if (r < 0)
		return r;
	ret->count = min_u64(ret->count, want);
	if (ret->start && !range_inside(ret->start, ret->count, ext2fs_blocks_count(x->e2->super)))
		return err_set(e, EBADMSG, "block %llu of inode %u lies outside the filesystem",
			(unsigned long long)block, f->ino);
	return 0;
}

int ext_read_blocks(
	struct ext_fs *x, struct ext_file *f, uint64_t off, void *buf, size_t len, struct err *e)
{
	CLEANUP(ext_free_extents) ext2_extent_handle_t h = NULL;
	const uint64_t size = x->e2->blocksize;
	uint8_t *p = buf;
	int r = 0;

	while (!r && len) {
		uint64_t skip = off % size, n;
		struct ext_run run;

		r = ext_find_run(x, f, &h, off / size, div_up(skip + len, size), &run, e);
		if (r)
			break;
		n = min_u64(len, run.count * size - skip);
		if (run.start)
			r = blockdev_read(x->io.dev, run.start * size + skip, p, n, e);
		else
			memset(p, 0, n);
		p += n;
		off += n;
		len -= n;
	}
	return r;
}

/* The value of the attribute system.data, which continues the data in i_block; NULL: none. */
static const uint8_t *find_inline_tail(const uint8_t *raw, size_t size, size_t *ret_len)
{
	const size_t first = EXT2_GOOD_OLD_INODE_SIZE +
			     ((const struct ext2_inode_large *)(const void *)raw)->i_extra_isize +
			     4;
	struct bytes b = bytes_at(raw, size, first - 4);

	if (bytes_le32(&b) != EXT2_EXT_ATTR_MAGIC)
		return NULL;
	while (bytes_left(&b) >= 4 && get_le32(b.p)) {
		uint8_t name_len = bytes_u8(&b), index = bytes_u8(&b);
		uint16_t off = bytes_le16(&b);
		uint32_t in_inode = bytes_le32(&b), len = bytes_le32(&b);
		bool match;

		bytes_skip(&b, 4); /* hash */
		match = name_len == 4 && index == XATTR_INDEX_SYSTEM && bytes_left(&b) >= 4 &&
			!memcmp(b.p, "data", 4);
		if (match && !in_inode && range_inside(first + off, len, size)) {
			*ret_len = len;
			return raw + first + off;
		}
		bytes_skip(&b, (name_len + 3U) & ~3U);
	}
	return NULL;
}

int ext_read_inline(
	struct ext_fs *x, const struct ext_file *f, uint8_t **ret, size_t *ret_len, struct err *e)
{
	const size_t size = EXT2_INODE_SIZE(x->e2->super), head = sizeof(f->inode.i_block);
	CLEANUP(cleanup_free) uint8_t *raw = calloc(1, size);
	const uint8_t *tail = NULL;
	size_t tail_len = 0;
	errcode_t code;
	uint8_t *data;

	if (!raw)
		return err_set(e, ENOMEM, "out of memory");
	code = ext2fs_read_inode_full(x->e2, f->ino, (struct ext2_inode *)(void *)raw, (int)size);
	if (code)
		return ext_fail(x, code, e, "inode %u", f->ino);
	if (size > EXT2_GOOD_OLD_INODE_SIZE)
		tail = find_inline_tail(raw, size, &tail_len);
	data = malloc(head + tail_len);
	if (!data)
		return err_set(e, ENOMEM, "out of memory");
	memcpy(data, f->inode.i_block, head);
	if (tail)
		memcpy(data + head, tail, tail_len);
	*ret = data;
	*ret_len = head + tail_len;
	return 0;
}

static int read_file(
	struct ext_fs *x, struct ext_file *f, uint64_t off, void *buf, size_t len, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *data = NULL;
	size_t n, have = 0;
	int r;

	if (f->inode.i_flags & EXT4_ENCRYPT_FL)
		return err_set(e, ENOTSUP, "the file is encrypted");
	if (!(f->inode.i_flags & EXT4_INLINE_DATA_FL))
		return ext_read_blocks(x, f, off, buf, len, e);
	r = ext_read_inline(x, f, &data, &n, e);
	if (r < 0)
		return r;
	if (off < n) {
		have = min_u64(len, n - off);
		memcpy(buf, data + off, have);
	}
	memset((uint8_t *)buf + have, 0, len - have);
	return 0;
}

static int ext_read(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	struct ext_fs *x = (struct ext_fs *)fs;
	struct ext_file f;
	uint64_t size;
	int r = ext_load(x, node.id, &f, e);

	if (r < 0)
		return r;
	if (!LINUX_S_ISREG(f.inode.i_mode))
		return err_set(e, EINVAL, "inode %u is not a regular file", f.ino);
	size = ext_file_size(&f);
	len = off < size ? min_u64(len, size - off) : 0;
	r = read_file(x, &f, off, buf, len, e);
	if (r < 0)
		return r;
	*ret_n = len;
	return 0;
}

static int ext_readlink(struct fs *fs, struct fs_node node, char *buf, struct err *e)
{
	struct ext_fs *x = (struct ext_fs *)fs;
	struct ext_file f;
	uint64_t size;
	int r = ext_load(x, node.id, &f, e);

	if (r < 0)
		return r;
	size = ext_file_size(&f);
	if (!LINUX_S_ISLNK(f.inode.i_mode) || size >= GUEST_PATH_MAX)
		return err_set(e, EBADMSG, "inode %u is not a symlink of a possible length", f.ino);
	/* A short target is kept where the block numbers would be. */
	if (size < sizeof(f.inode.i_block) &&
		!(f.inode.i_flags & (EXT4_EXTENTS_FL | EXT4_INLINE_DATA_FL | EXT4_ENCRYPT_FL)))
		memcpy(buf, f.inode.i_block, size);
	else
		r = read_file(x, &f, 0, buf, size, e);
	if (r < 0)
		return r;
	buf[size] = '\0';
	return 0;
}

/* ---- Free space ---- */

/*
 * The kernel keeps back a fiftieth, at most 4,096 clusters, for extents that have to be split;
 * df does not show them.
 */
static uint64_t kernel_reserve(ext2_filsys e2)
{
	if (!ext2fs_has_feature_extents(e2->super))
		return 0;
	return min_u64((ext2fs_blocks_count(e2->super) >> e2->cluster_ratio_bits) / 50, 4096)
	       << e2->cluster_ratio_bits;
}

static int ext_space(struct fs *fs, struct fs_space *ret, struct err *e)
{
	const struct ext_fs *x = (const struct ext_fs *)fs;
	ext2_filsys e2 = x->e2;
	const uint64_t blocks = ext2fs_blocks_count(e2->super);
	const uint64_t kept = ext2fs_r_blocks_count(e2->super) + kernel_reserve(e2);
	uint64_t free = x->orphans.blocks, inodes = x->orphans.deleted;
	dgrp_t g;

	(void)e;
	for (g = 0; g < e2->group_desc_count; g++) {
		free += (uint64_t)ext2fs_bg_free_blocks_count(e2, g) << e2->cluster_ratio_bits;
		inodes += ext2fs_bg_free_inodes_count(e2, g);
	}
	ret->approximate =
		fs->state > FS_REPLAYED || free > blocks || x->orphans.others || x->orphans.unknown;
	free = min_u64(free, blocks);
	ret->size = blocks * e2->blocksize;
	ret->available = free > kept ? (free - kept) * e2->blocksize : 0;
	ret->inodes = e2->super->s_inodes_count;
	ret->inodes_available = min_u64(inodes, ret->inodes);
	return 0;
}

const struct fs_driver ext_driver = {
	.name = "ext4",
	.serves = ext_serves,
	.companion = "jbd",
	.open = ext_open,
	.close = ext_close,
	.lookup = ext_lookup,
	.stat = ext_stat,
	.list = ext_list,
	.read = ext_read,
	.readlink = ext_readlink,
	.space = ext_space,
};
