/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Free space, as the kernel's statfs gives it for a filesystem that is mounted to be written to:
 *
 *	what is free, by the superblock after a clean unmount, else by the groups' headers
 *	- 8 blocks a group, without which nothing could be freed
 *	- a twentieth of the filesystem, at most 8,192 blocks, for transactions that must not fail
 *	- in each group, room for its trees of shared blocks, free inodes and owners to grow to
 *	  their largest
 *	- the blocks that the trees of free space themselves take
 *
 * The last two where a filesystem has such trees; kernels since 5.13 count so.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "fs/xfs.h"

#define SECTOR_MAX 32768U
#define KEPT_PER_GROUP 8U
#define KEPT_PART 20U
#define KEPT_MAX 8192U
#define CHUNK_INODES 64U /* inodes are allocated by so many */
#define INODES_MAX ((1ULL << 56) - 1)

/* What the headers of a group's free space (AGF) and inodes (AGI) count. */
struct group {
	uint32_t blocks;         /* of the group itself, without the log */
	uint32_t free, listed;   /* blocks; listed are kept ready for the trees */
	uint32_t free_trees;     /* blocks of the trees of free space but for their roots */
	uint32_t owners, shared; /* blocks of these trees */
	uint32_t inodes, inodes_free;
	uint32_t finobt, finobt_root, finobt_level; /* the first is 0 where nobody counted */
};

/* A btree by what one block holds: records in a leaf, or keys with pointers in a node. */
struct tree {
	uint32_t head, record, pair;
};

static const struct tree shared_tree = {56, 12, 8}, owner_tree = {56, 24, 44},
			 inode_tree = {56, 16, 8};

/* The blocks of the largest tree of so many records: all its blocks are half full. */
static uint64_t largest(const struct xfs_fs *x, const struct tree *t, uint64_t records)
{
	const uint64_t in_leaf = (x->sb.block_size - t->head) / t->record / 2;
	const uint64_t in_node = (x->sb.block_size - t->head) / t->pair / 2;
	uint64_t level = div_up(records, in_leaf), blocks = level;

	while (level > 1) {
		level = div_up(level, in_node);
		blocks += level;
	}
	return blocks;
}

/* ---- A group's headers ---- */

static bool header_is_right(const struct xfs_fs *x, const uint8_t *p, uint32_t magic,
	const struct xfs_seal *seal, uint32_t number)
{
	return get_be32(p) == magic && get_be32(p + 8) == number &&
	       get_be32(p + 12) == xfs_group_blocks(x, number) &&
	       !xfs_seal_broken(x, seal, p, x->sb.sector_size, 0, 0);
}

/* False: damaged. */
static bool decode_group(
	const struct xfs_fs *x, const uint8_t *agf, uint32_t number, struct group *g)
{
	static const struct xfs_seal agf_seal = {.crc = 216, .uuid = 64};
	static const struct xfs_seal agi_seal = {.crc = 312, .uuid = 296};
	const uint8_t *agi = agf + x->sb.sector_size;
	const uint32_t ro = x->sb.ro_compat;

	if (!header_is_right(x, agf, 0x58414746, &agf_seal, number) ||   /* "XAGF" */
		!header_is_right(x, agi, 0x58414749, &agi_seal, number)) /* "XAGI" */
		return false;
	*g = (struct group){
		.blocks = get_be32(agf + 12),
		.listed = get_be32(agf + 48),
		.free = get_be32(agf + 52),
		.free_trees = get_be32(agf + 60),
		.owners = ro & XFS_RO_RMAPBT ? get_be32(agf + 80) : 0,
		.shared = ro & XFS_RO_REFLINK ? get_be32(agf + 84) : 0,
		.inodes = get_be32(agi + 16),
		.inodes_free = get_be32(agi + 28),
		.finobt_root = get_be32(agi + 328),
		.finobt_level = get_be32(agi + 332),
		.finobt = ro & XFS_RO_INOBTCOUNT ? get_be32(agi + 340) : 0,
	};
	if (x->sb.log_start && x->sb.log_start >> x->sb.ag_log == number)
		g->blocks -= (uint32_t)min_u64(g->blocks, x->sb.log_blocks);
	return g->free <= g->blocks && g->inodes_free <= g->inodes;
}

/* ret->blocks stays 0 where the group's headers are damaged. */
static int read_group(struct xfs_fs *x, uint32_t number, struct group *ret, struct err *e)
{
	uint8_t p[2 * SECTOR_MAX];
	uint64_t at;
	int r;

	*ret = (struct group){0};
	if (!xfs_place(x, (uint64_t)number << x->sb.ag_log, 1, &at) ||
		!range_inside(at, 3 * (uint64_t)x->sb.sector_size, x->dev->size))
		return 0;
	r = blockdev_read(x->dev, at + x->sb.sector_size, p, 2 * (size_t)x->sb.sector_size, e);
	if (!r && !decode_group(x, p, number, ret))
		*ret = (struct group){0};
	return r;
}

/* ---- The tree of free inodes ---- */

/* A node of it; every pointer is to one block of the level below. */
struct finobt_node {
	uint32_t n, next, child; /* next: to the right, UINT32_MAX: none; child: the leftmost */
};

static int read_finobt(struct xfs_fs *x, uint32_t group, uint32_t block, unsigned level,
	struct finobt_node *ret, struct err *e)
{
	static const struct xfs_seal seal = {.crc = 52, .uuid = 32, .place = 16};
	const size_t size = x->sb.block_size, room = (size - 56) / 8;
	CLEANUP(cleanup_free) uint8_t *p = malloc(size);
	uint64_t at;
	int r;

	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	if (!xfs_place(x, (uint64_t)group << x->sb.ag_log | block, 1, &at))
		r = err_set(e, EBADMSG, "the tree of free inodes lies outside its group");
	else
		r = blockdev_read(x->dev, at, p, size, e);
	if (r < 0)
		return r;
	*ret = (struct finobt_node){get_be16(p + 6), get_be32(p + 12), get_be32(p + 56 + 4 * room)};
	if (get_be32(p) != 0x46494233 || get_be16(p + 4) != level || ret->n > room ||
		xfs_seal_broken(x, &seal, p, size, at, 0))
		return err_set(e, EBADMSG, "the tree of free inodes is damaged");
	return 0;
}

/* Before there was a counter of its blocks, the kernel walked it when it mounted. */
static int count_finobt(struct xfs_fs *x, uint32_t group, struct group *g, struct err *e)
{
	uint32_t leftmost = g->finobt_root, left = XFS_FINOBT_BLOCKS_MAX;

	if (!(x->sb.ro_compat & XFS_RO_FINOBT) || x->sb.ro_compat & XFS_RO_INOBTCOUNT)
		return 0;
	g->finobt = 1;
	for (unsigned level = g->finobt_level; level > 1 && left; level--) {
		struct finobt_node n = {.next = leftmost};

		for (uint32_t block = leftmost; block != UINT32_MAX && left; left--) {
			int r = read_finobt(x, group, block, level - 1, &n, e);

			if (r < 0)
				return r;
			if (block == leftmost)
				leftmost = n.child;
			g->finobt += n.n;
			block = n.next;
		}
	}
	return 0;
}

/* ---- All groups ---- */

struct sums {
	uint64_t free, kept; /* blocks; kept are hidden from df */
	uint64_t inodes, inodes_free;
	bool incomplete;
};

static uint64_t above(uint64_t most, uint64_t used)
{
	return most > used ? most - used : 0;
}

/* What the kernel hides of a group so that its trees can grow. */
static uint64_t kept_for_trees(const struct xfs_fs *x, const struct group *g)
{
	const uint32_t ro = x->sb.ro_compat;
	const uint64_t chunks = ((uint64_t)g->blocks << x->sb.inode_per_block_log) / CHUNK_INODES;
	uint64_t most = 0, kept = 0;

	if (ro & XFS_RO_REFLINK)
		most += largest(x, &shared_tree, g->blocks);
	if (ro & XFS_RO_FINOBT)
		most += largest(x, &inode_tree, chunks);
	kept = above(most, (uint64_t)g->shared + g->finobt);
	/* That of the owners lies in what counts as free, all of it. */
	if (ro & XFS_RO_RMAPBT) {
		most = largest(x, &owner_tree, g->blocks);
		if (most < g->blocks / 100)
			most = g->blocks / 100;
		kept += most > g->owners ? most : g->owners;
	}
	return kept + above(g->free_trees, above(g->owners, 1));
}

static int sum_groups(struct xfs_fs *x, struct sums *ret, struct err *e)
{
	const bool trees = x->sb.ro_compat & (XFS_RO_FINOBT | XFS_RO_RMAPBT | XFS_RO_REFLINK);

	if (x->sb.ag_count > XFS_GROUPS_MAX) {
		ret->incomplete = true;
		return 0;
	}
	for (uint32_t i = 0; i < x->sb.ag_count && (trees || x->stale_counts); i++) {
		struct group g;
		int r = read_group(x, i, &g, e);

		if (!r && trees && g.blocks)
			r = count_finobt(x, i, &g, e);
		if (r < 0)
			return r;
		if (!g.blocks) {
			if (!ret->incomplete)
				fs_state_add(&x->fs, FS_ERRORS,
					"a header of an allocation group is damaged");
			ret->incomplete = true;
			continue;
		}
		ret->free += (uint64_t)g.free + g.listed + g.free_trees;
		ret->inodes += g.inodes;
		ret->inodes_free += g.inodes_free;
		if (trees)
			ret->kept += kept_for_trees(x, &g);
	}
	return 0;
}

/* ---- statfs ---- */

static void count_inodes(const struct xfs_fs *x, uint64_t free_blocks, uint64_t inodes,
	uint64_t inodes_free, struct fs_space *ret)
{
	const struct xfs_super *s = &x->sb;
	const uint64_t in_block = 1U << s->inode_per_block_log;
	const uint64_t unit = in_block < CHUNK_INODES ? CHUNK_INODES / in_block : 1; /* blocks */
	uint64_t most = INODES_MAX;

	if (s->inode_percent)
		most = s->blocks / 100 * s->inode_percent +
		       s->blocks % 100 * s->inode_percent / 100;
	if (s->inode_percent)
		most = most / unit * unit * in_block;
	ret->inodes =
		min_u64(inodes + min_u64(free_blocks, INODES_MAX / in_block) * in_block, most);
	if (ret->inodes < inodes)
		ret->inodes = inodes;
	ret->inodes_available = above(ret->inodes, above(inodes, inodes_free));
}

int xfs_space(struct fs *fs, struct fs_space *ret, struct err *e)
{
	struct xfs_fs *x = (struct xfs_fs *)fs;
	const struct xfs_super *s = &x->sb;
	struct sums sum = {0};
	bool summed;
	int r = sum_groups(x, &sum, e);

	if (r < 0)
		return r;
	summed = x->stale_counts && !sum.incomplete && sum.free <= s->blocks;
	if (!summed) {
		sum.free = min_u64(s->blocks_free, s->blocks);
		sum.inodes = min_u64(s->inodes, INODES_MAX);
		sum.inodes_free = s->inodes_free;
	}
	sum.free = above(sum.free, sum.kept + (uint64_t)KEPT_PER_GROUP * s->ag_count +
					   min_u64(s->blocks / KEPT_PART, KEPT_MAX));
	*ret = (struct fs_space){
		.size = (s->blocks - (s->log_start ? min_u64(s->log_blocks, s->blocks) : 0))
			<< s->block_log,
		.available = sum.free << s->block_log,
		.approximate = fs->state != FS_CLEAN || sum.incomplete,
	};
	count_inodes(x, sum.free, sum.inodes, sum.inodes_free, ret);
	return 0;
}
