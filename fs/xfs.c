/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * XFS of versions 4 and 5, after "XFS Algorithms & Data Structures" (kernel.org) and, for what is
 * newer (large extent counts, times past 2038), the kernel's own header xfs_format.h.
 *
 * The log is not replayed; the state says when it should be.  Files on a realtime device, external
 * logs and extended attributes are not read.  Of the headers of allocation groups and of the trees
 * of free space and inodes only counters are needed, for df.
 */
#include "fs/xfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/limits.h"

#define SUPER_MAGIC 0x58465342U /* "XFSB" */
#define SUPER_HEAD 512U
#define SUPER_CRC 224U
#define SECTOR_MAX 32768U
#define GROUP_BLOCKS_MIN 64U

#define VERSION_DIR2 0x2000U
#define VERSION_FOLD 0x4000U /* names compare without the case of ASCII letters */
#define VERSION_MORE 0x8000U /* features2 counts */
#define FEATURE2_FTYPE 0x200U

#define INODE_MAGIC 0x494eU
#define INODE_V2_SIZE 100U
#define INODE_V3_SIZE 176U
#define INODE_REALTIME 0x1U
#define INODE2_BIGTIME 0x8U
#define INODE2_NREXT64 0x10U
/* Nanoseconds of bigtime count from the earliest second that 32 bits hold. */
#define BIGTIME_EPOCH (-2147483648LL)

/* ---- Checksums ---- */

static bool crc_is_right(const uint8_t *p, size_t len, size_t at)
{
	static const uint8_t zeros[4];
	uint32_t crc = crc32c(crc32c(0, p, at), zeros, 4); /* the field itself counts as zeros */

	return crc32c(crc, p + at + 4, len - at - 4) == get_le32(p + at);
}

const char *xfs_seal_broken(const struct xfs_fs *x, const struct xfs_seal *s, const uint8_t *p,
	size_t len, uint64_t at, uint64_t owner)
{
	if (!x->v5)
		return NULL;
	if (!crc_is_right(p, len, s->crc))
		return "has a wrong checksum";
	if (memcmp(p + s->uuid, x->sb.meta_uuid, sizeof(x->sb.meta_uuid)))
		return "is of another filesystem";
	if (s->place && get_be64(p + s->place) != at / 512)
		return "belongs to another place";
	if (s->owner && get_be64(p + s->owner) != owner)
		return "belongs to another file";
	return NULL;
}

/* ---- The superblock ---- */

static void decode_super(const uint8_t *p, struct xfs_super *s)
{
	*s = (struct xfs_super){
		.block_size = get_be32(p + 4),
		.blocks = get_be64(p + 8),
		.log_start = get_be64(p + 48),
		.root = get_be64(p + 56),
		.ag_blocks = get_be32(p + 84),
		.ag_count = get_be32(p + 88),
		.log_blocks = get_be32(p + 96),
		.version = get_be16(p + 100),
		.sector_size = get_be16(p + 102),
		.inode_size = get_be16(p + 104),
		.block_log = p[120],
		.sector_log = p[121],
		.inode_log = p[122],
		.inode_per_block_log = p[123],
		.ag_log = p[124],
		.in_progress = p[126],
		.inode_percent = p[127],
		.inodes = get_be64(p + 128),
		.inodes_free = get_be64(p + 136),
		.blocks_free = get_be64(p + 144),
		.dir_log = p[192],
	};
	memcpy(s->uuid, p + 32, sizeof(s->uuid));
	memcpy(s->meta_uuid, s->uuid, sizeof(s->meta_uuid));
	/* An old mkfs put features2 in the place behind its own. */
	if (s->version & VERSION_MORE)
		s->features2 = get_be32(p + 200) | get_be32(p + 204);
	if ((s->version & 0xf) != 5)
		return;
	s->ro_compat = get_be32(p + 212);
	s->incompat = get_be32(p + 216);
	if (s->incompat & XFS_INCOMPAT_META_UUID)
		memcpy(s->meta_uuid, p + 248, sizeof(s->meta_uuid));
}

static bool is_size(uint32_t size, unsigned log, uint32_t least, uint32_t most)
{
	return size >= least && size <= most && log < 32 && size == 1U << log;
}

static int check_features(const struct xfs_super *s, struct err *e)
{
	static const char *const names[] = {"ftype", "spinodes", "meta_uuid", "bigtime",
		"needsrepair", "nrext64", "exchrange", "parent", "metadir", "zoned", "zone gaps"};
	const unsigned version = s->version & 0xf;

	if (version != 4 && version != 5)
		return err_set(e, ENOTSUP, "XFS: a filesystem of version %u", version);
	if (version == 4 && !(s->version & VERSION_DIR2))
		return err_set(e, ENOTSUP, "XFS: directories of version 1 are not read");
	if (s->incompat >> ARRAY_LEN(names))
		return err_set(e, ENOTSUP, "XFS: the incompatible features 0x%x are not known",
			s->incompat >> ARRAY_LEN(names) << ARRAY_LEN(names));
	return 0;
}

static int check_super(const struct xfs_super *s, struct err *e)
{
	uint64_t bytes;
	int r = check_features(s, e);

	if (r < 0)
		return r;
	if (!is_size(s->block_size, s->block_log, 512, 65536) ||
		!is_size(s->sector_size, s->sector_log, 512, SECTOR_MAX) ||
		s->block_log + s->dir_log > 16)
		return err_set(e, EBADMSG, "XFS: blocks of %u bytes", s->block_size);
	if (!is_size(s->inode_size, s->inode_log, 256, XFS_INODE_SIZE_MAX) ||
		s->inode_log > s->block_log ||
		s->inode_per_block_log != s->block_log - s->inode_log ||
		((s->version & 0xf) == 5 && s->inode_size < 512))
		return err_set(e, EBADMSG, "XFS: inodes of %u bytes", s->inode_size);
	if (s->ag_blocks < GROUP_BLOCKS_MIN || !s->ag_count ||
		s->ag_log + s->inode_per_block_log > 32 || s->ag_blocks > 1ULL << s->ag_log ||
		s->ag_blocks <= (1ULL << s->ag_log) / 2 ||
		s->blocks > (uint64_t)s->ag_count * s->ag_blocks ||
		s->blocks <= (uint64_t)(s->ag_count - 1) * s->ag_blocks)
		return err_set(e, EBADMSG, "XFS: %" PRIu64 " blocks in %u groups of %u", s->blocks,
			s->ag_count, s->ag_blocks);
	if (!checked_mul(s->blocks, s->block_size, &bytes) || bytes > INT64_MAX)
		return err_set(e, EBADMSG, "XFS: %" PRIu64 " blocks", s->blocks);
	return 0;
}

/* Reads the superblock at a byte of the device, and believes it when it checks out. */
static int read_super(struct xfs_fs *x, uint64_t at, struct xfs_super *ret, struct err *e)
{
	uint8_t p[SECTOR_MAX];
	int r;

	if (!range_inside(at, SUPER_HEAD, x->dev->size))
		return err_set(e, EBADMSG, "XFS: the superblock is cut short");
	r = blockdev_read(x->dev, at, p, SUPER_HEAD, e);
	if (r < 0)
		return r;
	if (get_be32(p) != SUPER_MAGIC)
		return err_set(e, EBADMSG, "XFS: there is no superblock");
	decode_super(p, ret);
	r = check_super(ret, e);
	if (r < 0 || (ret->version & 0xf) != 5)
		return r;
	if (!range_inside(at, ret->sector_size, x->dev->size))
		return err_set(e, EBADMSG, "XFS: the superblock is cut short");
	r = blockdev_read(x->dev, at, p, ret->sector_size, e);
	if (r < 0)
		return r;
	if (!crc_is_right(p, ret->sector_size, SUPER_CRC))
		return err_set(e, EBADMSG, "XFS: the superblock has a wrong checksum");
	return 0;
}

static void use_super(struct xfs_fs *x, const struct xfs_super *s)
{
	x->sb = *s;
	x->v5 = (s->version & 0xf) == 5;
	x->typed = x->v5 ? s->incompat & XFS_INCOMPAT_FTYPE : s->features2 & FEATURE2_FTYPE;
	x->dir_size = s->block_size << s->dir_log;
	x->dir_bytes_left = XFS_DIR_BYTES_MAX;
	x->fs.root.id = s->root;
	x->fs.version = x->v5 ? 5 : 4;
	x->fs.fold_case = s->version & VERSION_FOLD;
}

/* ---- Opening ---- */

/* A superblock is worth having when it leads to a root directory. */
static int try_super(struct xfs_fs *x, uint64_t at, struct err *e)
{
	struct xfs_inode root;
	struct xfs_super s;
	int r = read_super(x, at, &s, e);

	if (r < 0)
		return r;
	if (at && at % ((uint64_t)s.ag_blocks * s.block_size))
		return err_set(e, EBADMSG, "XFS: a superblock out of place");
	use_super(x, &s);
	r = xfs_load(x, s.root, &root, e);
	if (r < 0)
		return err_prefix(e, "XFS: the root directory");
	if (!S_ISDIR(root.mode))
		return err_set(e, EBADMSG, "XFS: the root inode is not a directory");
	return 0;
}

/*
 * Every group begins with a copy of the superblock, but only those of the last and of the one in
 * the middle are sure to name the root directory.  Where they are follows from what is left of the
 * primary, or else from what mkfs does with a device of this size: four groups, blocks of 4 KiB.
 */
static int try_copies(struct xfs_fs *x, struct err *e)
{
	const struct xfs_super s = x->sb;
	const uint64_t hinted = (uint64_t)s.ag_blocks * s.block_size;
	const uint64_t usual = div_up(x->dev->size / 4096, 4) * 4096;
	const uint64_t places[] = {
		s.ag_count > 1 && hinted <= x->dev->size ? (s.ag_count - 1) * hinted : 0,
		s.ag_count > 2 && hinted <= x->dev->size ? (s.ag_count - 1) / 2 * hinted : 0,
		3 * usual,
		usual,
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		char note[96];

		if (!places[i] || try_super(x, places[i], e) < 0)
			continue;
		snprintf(note, sizeof(note),
			"the superblock is damaged, its copy at byte %" PRIu64 " was used",
			places[i]);
		fs_state_add(&x->fs, FS_ERRORS, note);
		x->stale_counts = true;
		return 0;
	}
	return -EBADMSG;
}

/* What a damaged primary says of where its copies are, right or wrong. */
static void guess_geometry(struct xfs_fs *x)
{
	uint8_t p[SUPER_HEAD];
	struct err ignored;

	memset(&x->sb, 0, sizeof(x->sb));
	if (x->dev->size >= SUPER_HEAD && !blockdev_read(x->dev, 0, p, SUPER_HEAD, &ignored))
		decode_super(p, &x->sb);
}

static int find_state(struct xfs_fs *x, struct err *e)
{
	bool clean;
	int r;

	if (x->sb.in_progress && !x->stale_counts)
		fs_state_add(&x->fs, FS_ERRORS, "it was never made completely");
	if (x->sb.incompat & XFS_INCOMPAT_NEEDSREPAIR)
		fs_state_add(&x->fs, FS_ERRORS, "it is marked as in need of xfs_repair");
	if (x->sb.blocks << x->sb.block_log > x->dev->size)
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem is larger than its device");
	if (!x->sb.log_start) {
		fs_state_add(&x->fs, FS_DIRTY, "its log is on another device");
		x->stale_counts = true;
		return 0;
	}
	r = xfs_log_is_clean(x, &clean, e);
	if (r == -EBADMSG)
		fs_state_add(&x->fs, FS_ERRORS, e->msg);
	else if (r < 0)
		return r;
	else if (!clean)
		fs_state_add(&x->fs, FS_DIRTY, "the log needs replay");
	x->stale_counts |= r || !clean;
	return 0;
}

static void xfs_close(struct fs *fs)
{
	struct xfs_fs *x = (struct xfs_fs *)fs;

	for (size_t i = 0; i < XFS_DIR_KEPT; i++) {
		free(x->entries[i].bytes);
		free(x->index[i].bytes);
	}
	free(x->leaf.buf);
	free(x);
}

static bool xfs_serves(const char *type)
{
	return !strcmp(type, "xfs");
}

static int xfs_open(struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e)
{
	struct xfs_fs *x = calloc(1, sizeof(*x));
	struct err later;
	int r;

	(void)n; /* a second device would be a log or for realtime files */
	if (!x)
		return err_set(e, ENOMEM, "out of memory");
	x->fs.driver = &xfs_driver;
	x->dev = devs[0];
	r = try_super(x, 0, e);
	if (r == -EBADMSG) {
		guess_geometry(x);
		if (!try_copies(x, &later))
			r = 0;
	}
	if (!r)
		r = find_state(x, e);
	if (r < 0) {
		xfs_close(&x->fs);
		return r;
	}
	*ret = &x->fs;
	return 0;
}

/* ---- Inodes ---- */

uint32_t xfs_group_blocks(const struct xfs_fs *x, uint64_t group)
{
	if (group >= x->sb.ag_count)
		return 0;
	return (uint32_t)min_u64(x->sb.ag_blocks, x->sb.blocks - group * x->sb.ag_blocks);
}

bool xfs_place(const struct xfs_fs *x, uint64_t block, uint64_t count, uint64_t *ret_at)
{
	const uint64_t group = block >> x->sb.ag_log, in = block & ((1ULL << x->sb.ag_log) - 1);
	uint64_t at;

	if (!range_inside(in, count, xfs_group_blocks(x, group)))
		return false;
	at = (group * x->sb.ag_blocks + in) << x->sb.block_log;
	if (!range_inside(at, count << x->sb.block_log, x->dev->size))
		return false;
	*ret_at = at;
	return true;
}

static int64_t mtime_of(const uint8_t *p, uint64_t flags2)
{
	if (flags2 & INODE2_BIGTIME)
		return (int64_t)(get_be64(p + 40) / 1000000000) + BIGTIME_EPOCH;
	return (int32_t)get_be32(p + 40);
}

static void decode_inode(struct xfs_inode *f)
{
	const uint8_t *p = f->raw;
	const unsigned version = p[4];
	const uint64_t flags2 = version == 3 ? get_be64(p + 120) : 0;

	f->mode = get_be16(p + 2);
	f->format = p[5];
	f->uid = get_be32(p + 8);
	f->gid = get_be32(p + 12);
	f->nlink = version == 1 ? get_be16(p + 6) : get_be32(p + 16);
	f->mtime = mtime_of(p, flags2);
	f->size = get_be64(p + 56);
	f->n_extents = flags2 & INODE2_NREXT64 ? get_be64(p + 24) : get_be32(p + 76);
	f->realtime = get_be16(p + 90) & INODE_REALTIME;
	f->fork = version == 3 ? INODE_V3_SIZE : INODE_V2_SIZE;
}

/* NULL, or what is wrong with the inode. */
static const char *check_inode(const struct xfs_fs *x, struct xfs_inode *f, uint64_t at)
{
	static const struct xfs_seal seal = {.crc = 100, .uuid = 160};
	const uint8_t *p = f->raw;
	const size_t size = x->sb.inode_size;
	const char *why;

	if (get_be16(p) != INODE_MAGIC)
		return "is none";
	if (x->v5 ? p[4] != 3 : p[4] != 1 && p[4] != 2)
		return "is of another version than the filesystem";
	why = xfs_seal_broken(x, &seal, p, size, at, 0);
	if (why)
		return why;
	if (x->v5 && get_be64(p + 152) != f->ino)
		return "belongs to another place";
	decode_inode(f);
	if (!f->mode)
		return "is not in use";
	f->fork_size = p[82] ? p[82] * 8U : size - f->fork;
	if (f->fork + f->fork_size > size || f->format > XFS_FORMAT_BTREE || f->size > INT64_MAX)
		return "is impossible";
	if (f->format == XFS_FORMAT_EXTENTS && f->n_extents > f->fork_size / 16)
		return "has more extents than room for them";
	if (f->format == XFS_FORMAT_LOCAL && f->size > f->fork_size)
		return "has more data than room for it";
	return NULL;
}

int xfs_load(struct xfs_fs *x, uint64_t ino, struct xfs_inode *ret, struct err *e)
{
	const unsigned log = x->sb.inode_per_block_log;
	const char *why;
	uint64_t at;
	int r;

	if (!xfs_place(x, ino >> log, 1, &at))
		return err_set(e, EBADMSG, "there is no inode %" PRIu64, ino);
	at += (ino & ((1U << log) - 1)) << x->sb.inode_log;
	ret->ino = ino;
	r = blockdev_read(x->dev, at, ret->raw, x->sb.inode_size, e);
	if (r < 0)
		return r;
	why = check_inode(x, ret, at);
	return why ? err_set(e, EBADMSG, "inode %" PRIu64 " %s", ino, why) : 0;
}

static int xfs_stat(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	struct xfs_inode f;
	int r = xfs_load((struct xfs_fs *)fs, node.id, &f, e);

	if (r < 0)
		return r;
	*ret = (struct fs_stat){
		.mode = f.mode,
		.uid = f.uid,
		.gid = f.gid,
		.nlink = f.nlink,
		.size = f.size,
		.inode = f.ino,
		.mtime = f.mtime,
	};
	return 0;
}

/* ---- The bytes of files ---- */

static int xfs_read(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	struct xfs_fs *x = (struct xfs_fs *)fs;
	struct xfs_inode f;
	int r = xfs_load(x, node.id, &f, e);

	if (r < 0)
		return r;
	if (!S_ISREG(f.mode))
		return err_set(e, EINVAL, "inode %" PRIu64 " is not a regular file", f.ino);
	if (f.realtime)
		return err_set(e, ENOTSUP,
			"the file is on the realtime device of its filesystem, which is not read");
	len = off < f.size ? min_u64(len, f.size - off) : 0;
	r = xfs_read_bytes(x, &f, off, buf, len, e);
	if (r < 0)
		return r;
	*ret_n = len;
	return 0;
}

/*
 * One piece of a target that lies in blocks of its own: before version 5 they hold nothing else;
 * since then what is mapped in a row begins with a header.  *ret_n bytes of it go to buf.
 */
static int read_link_piece(struct xfs_fs *x, const struct xfs_inode *f, const struct xfs_run *run,
	uint64_t off, char *buf, size_t len, size_t *ret_n, struct err *e)
{
	static const struct xfs_seal seal = {.crc = 12, .uuid = 16, .owner = 32, .place = 40};
	const size_t size = run->count << x->sb.block_log, head = x->v5 ? 56 : 0;
	const size_t n = min_u64(len, size - head);
	CLEANUP(cleanup_free) uint8_t *p = malloc(size);
	const char *why = NULL;
	int r;

	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	r = blockdev_read(x->dev, run->at, p, size, e);
	if (r < 0)
		return r;
	if (x->v5 && get_be32(p) != 0x58534c4d)
		why = "is none";
	else
		why = xfs_seal_broken(x, &seal, p, size, run->at, f->ino);
	if (!why && x->v5 && (get_be32(p + 4) != off || get_be32(p + 8) != n))
		why = "is of another length";
	if (why)
		return err_set(e, EBADMSG, "a block of the symlink %" PRIu64 " %s", f->ino, why);
	memcpy(buf, p + head, n);
	*ret_n = n;
	return 0;
}

static int read_remote_link(
	struct xfs_fs *x, const struct xfs_inode *f, char *buf, size_t len, struct err *e)
{
	const size_t room = x->sb.block_size - (x->v5 ? 56 : 0);
	const uint64_t blocks = div_up(len, room);
	uint64_t block = 0;
	size_t done = 0, n = 0;

	while (done < len) {
		struct xfs_run run = {0};
		int r = 0;

		if (block < blocks)
			r = xfs_find_run(x, f, block, blocks - block, &run, e);
		if (!r && !run.at)
			r = err_set(e, EBADMSG, "the symlink %" PRIu64 " is cut short", f->ino);
		if (r < 0)
			return r;
		r = read_link_piece(x, f, &run, done, buf + done, len - done, &n, e);
		if (r < 0)
			return r;
		block += run.count;
		done += n;
	}
	return 0;
}

static int xfs_readlink(struct fs *fs, struct fs_node node, char *buf, struct err *e)
{
	struct xfs_fs *x = (struct xfs_fs *)fs;
	struct xfs_inode f;
	int r = xfs_load(x, node.id, &f, e);

	if (r < 0)
		return r;
	if (!S_ISLNK(f.mode) || !f.size || f.size > XFS_SYMLINK_MAX)
		return err_set(
			e, EBADMSG, "inode %" PRIu64 " is no symlink of a possible length", f.ino);
	if (f.format == XFS_FORMAT_LOCAL)
		memcpy(buf, f.raw + f.fork, f.size);
	else
		r = read_remote_link(x, &f, buf, f.size, e);
	if (r < 0)
		return r;
	buf[f.size] = '\0';
	return 0;
}

const struct fs_driver xfs_driver = {
	.name = "xfs",
	.serves = xfs_serves,
	.open = xfs_open,
	.close = xfs_close,
	.lookup = xfs_lookup,
	.stat = xfs_stat,
	.list = xfs_list,
	.read = xfs_read,
	.readlink = xfs_readlink,
	.space = xfs_space,
};
