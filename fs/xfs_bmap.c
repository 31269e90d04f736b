/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the blocks of a file are: a list of extents in the inode, or a tree of such lists whose
 * root is in the inode.  Nothing is read but the path from the root to one leaf; the last leaf is
 * kept, so that reading on in a file finds its next extents there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "fs/xfs.h"

#define EXTENT_SIZE 16U /* also that of a key and a pointer together */

/* Extents in the order of the file, and the blocks [first, end) of which they say everything. */
struct extents {
	const uint8_t *p;
	uint32_t n;
	uint64_t first, end;
};

struct extent {
	uint64_t off, start, count;
	bool unwritten;
};

/* 1 bit: allocated but never written; 54: where in the file; 52: where on the device; 21: length.
 */
static struct extent decode(const uint8_t *p)
{
	const uint64_t high = get_be64(p), low = get_be64(p + 8);

	return (struct extent){
		.off = (high & INT64_MAX) >> 9,
		.start = (high & 0x1ff) << 43 | low >> 21,
		.count = low & 0x1fffff,
		.unwritten = high >> 63,
	};
}

/* How many of n numbers, each at the start of so many bytes, are not above want, by halving. */
static uint32_t count_up_to(
	const uint8_t *p, uint32_t n, size_t stride, unsigned shift, uint64_t want)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;

		if ((get_be64(p + mid * stride) & INT64_MAX) >> shift <= want)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int search(struct xfs_fs *x, const struct xfs_inode *f, const struct extents *l,
	uint64_t block, uint64_t want, struct xfs_run *ret, struct err *e)
{
	const uint32_t i = count_up_to(l->p, l->n, EXTENT_SIZE, 9, block);
	struct extent found = {0};

	if (i)
		found = decode(l->p + (i - 1) * EXTENT_SIZE);
	if (!i || block - found.off >= found.count) {
		const uint64_t next = i < l->n ? decode(l->p + i * EXTENT_SIZE).off : l->end;

		*ret = (struct xfs_run){0, min_u64(want, next - block)};
		return 0;
	}
	block -= found.off;
	*ret = (struct xfs_run){0, min_u64(want, found.count - block)};
	if (!found.unwritten && !xfs_place(x, found.start + block, ret->count, &ret->at))
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of inode %" PRIu64 " lies outside the filesystem",
			found.off + block, f->ino);
	return 0;
}

/* ---- The tree ---- */

/* A node: n keys, then from ptrs on as many block numbers. */
struct node {
	unsigned level;
	uint32_t n;
	const uint8_t *keys, *ptrs;
};

static int damaged(const struct xfs_inode *f, const char *why, struct err *e)
{
	return err_set(
		e, EBADMSG, "a block of the extent tree of inode %" PRIu64 " %s", f->ino, why);
}

static int root_of(const struct xfs_inode *f, struct node *ret, struct err *e)
{
	const uint8_t *p = f->raw + f->fork;
	const size_t room = f->fork_size < 4 ? 0 : (f->fork_size - 4) / EXTENT_SIZE;

	if (!room)
		return damaged(f, "has no room", e);
	*ret = (struct node){get_be16(p), get_be16(p + 2), p + 4, p + 4 + 8 * room};
	if (!ret->level || ret->level > XFS_BMBT_LEVELS_MAX || !ret->n || ret->n > room)
		return damaged(f, "is impossible", e);
	return 0;
}

/* Reads the block below a node into x->leaf.buf, whether a leaf or not. */
static int read_child(struct xfs_fs *x, const struct xfs_inode *f, uint64_t block, unsigned level,
	struct node *ret, struct err *e)
{
	static const struct xfs_seal seal = {.crc = 64, .uuid = 40, .place = 24, .owner = 56};
	const size_t size = x->sb.block_size, head = x->v5 ? 72 : 24;
	const size_t room = (size - head) / EXTENT_SIZE;
	uint8_t *p = x->leaf.buf;
	const char *why;
	uint64_t at;
	int r;

	if (!xfs_place(x, block, 1, &at))
		return damaged(f, "lies outside the filesystem", e);
	r = blockdev_read(x->dev, at, p, size, e);
	if (r < 0)
		return r;
	if (get_be32(p) != (x->v5 ? 0x424d4133 : 0x424d4150))
		return damaged(f, "is none", e);
	why = xfs_seal_broken(x, &seal, p, size, at, f->ino);
	if (why)
		return damaged(f, why, e);
	*ret = (struct node){get_be16(p + 4), get_be16(p + 6), p + head, p + head + 8 * room};
	if (ret->level != level || !ret->n || ret->n > room)
		return damaged(f, "is impossible", e);
	return 0;
}

/* Walks down to the leaf for a block and keeps it. */
static int descend(struct xfs_fs *x, const struct xfs_inode *f, uint64_t block, struct err *e)
{
	uint64_t first = 0, end = UINT64_MAX;
	struct node n = {0};
	int r = root_of(f, &n, e);

	if (r < 0)
		return r;
	if (!x->leaf.buf)
		x->leaf.buf = malloc(x->sb.block_size);
	if (!x->leaf.buf)
		return err_set(e, ENOMEM, "out of memory");
	x->leaf.ino = 0;
	while (n.level) {
		uint32_t i = count_up_to(n.keys, n.n, 8, 0, block);

		if (i < n.n)
			end = min_u64(end, get_be64(n.keys + 8 * i) & INT64_MAX);
		if (i)
			first = get_be64(n.keys + 8 * --i) & INT64_MAX;
		r = read_child(x, f, get_be64(n.ptrs + 8 * i), n.level - 1, &n, e);
		if (r < 0)
			return r;
	}
	x->leaf.ino = f->ino;
	x->leaf.first = first;
	x->leaf.end = end;
	x->leaf.n = n.n;
	return 0;
}

int xfs_find_run(struct xfs_fs *x, const struct xfs_inode *f, uint64_t block, uint64_t want,
	struct xfs_run *ret, struct err *e)
{
	struct extents l = {f->raw + f->fork, (uint32_t)f->n_extents, 0, UINT64_MAX};
	int r;

	if (f->format == XFS_FORMAT_EXTENTS)
		return search(x, f, &l, block, want, ret, e);
	if (f->format != XFS_FORMAT_BTREE)
		return err_set(e, EBADMSG, "inode %" PRIu64 " has no extents", f->ino);
	if (x->leaf.ino != f->ino || block < x->leaf.first || block >= x->leaf.end) {
		r = descend(x, f, block, e);
		if (r < 0)
			return r;
	}
	l = (struct extents){
		x->leaf.buf + (x->v5 ? 72 : 24), x->leaf.n, x->leaf.first, x->leaf.end};
	return search(x, f, &l, block, want, ret, e);
}

int xfs_read_bytes(struct xfs_fs *x, const struct xfs_inode *f, uint64_t off, void *buf, size_t len,
	struct err *e)
{
	const uint64_t size = x->sb.block_size;
	uint8_t *p = buf;
	int r = 0;

	while (!r && len) {
		const uint64_t skip = off % size;
		struct xfs_run run;
		uint64_t n;

		r = xfs_find_run(x, f, off / size, div_up(skip + len, size), &run, e);
		if (r)
			break;
		n = min_u64(len, run.count * size - skip);
		if (run.at)
			r = blockdev_read(x->dev, run.at + skip, p, n, e);
		else
			memset(p, 0, n);
		p += n;
		off += n;
		len -= n;
	}
	return r;
}
