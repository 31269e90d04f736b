/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Inodes and extents of Btrfs files, after the "On-disk Format" of the Btrfs documentation.  An
 * extent's bytes are in its item, in one piece elsewhere, or nowhere (preallocated, or a hole);
 * where a file has no extent there is a hole as well.
 *
 * Checksums of file data are not looked at, as those of metadata are: what the guest would fail to
 * read is read here.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"

#define INODE_ITEM_SIZE 160U
#define EXTENT_HEAD 21U /* what an extent with its bytes in the item begins with */
#define EXTENT_SIZE 53U
#define SUBVOL_SHIFT 48

enum { EXTENT_INLINE, EXTENT_REGULAR, EXTENT_PREALLOCATED };

/* ---- Inodes ---- */

struct fs_node btrfs_node_of(uint32_t subvol, uint64_t inode)
{
	return (struct fs_node){(uint64_t)subvol << SUBVOL_SHIFT | inode};
}

uint32_t btrfs_node_subvol(struct fs_node node)
{
	return (uint32_t)(node.id >> SUBVOL_SHIFT);
}

uint64_t btrfs_node_inode(struct fs_node node)
{
	return node.id & ((1ULL << SUBVOL_SHIFT) - 1);
}

int btrfs_load(struct btrfs_fs *x, struct fs_node node, struct btrfs_inode *ret, struct err *e)
{
	const struct btrfs_tree t = x->subvols.at[btrfs_node_subvol(node)].tree;
	const uint64_t number = btrfs_node_inode(node);
	struct btrfs_item item;
	struct bytes b;
	int r;

	if (number == BTRFS_EMPTY_DIR) {
		*ret = (struct btrfs_inode){.number = number, .mode = S_IFDIR | 0555, .nlink = 1};
		return 0;
	}
	r = btrfs_find(x, &t, (struct btrfs_key){number, BTRFS_INODE_ITEM, 0}, &item, e);
	if (r < 0)
		return r;
	if (!r || item.size < INODE_ITEM_SIZE)
		return err_set(e, EBADMSG, "Btrfs: there is no inode %" PRIu64 " in tree %" PRIu64,
			number, t.id);
	b = bytes_at(item.p, item.size, 16);
	*ret = (struct btrfs_inode){.number = number, .size = bytes_le64(&b)};
	bytes_skip(&b, 16);
	ret->nlink = bytes_le32(&b);
	ret->uid = bytes_le32(&b);
	ret->gid = bytes_le32(&b);
	ret->mode = bytes_le32(&b);
	ret->mtime = (int64_t)get_le64(item.p + 136);
	return 0;
}

int btrfs_stat(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	struct btrfs_inode i;
	int r = btrfs_load((struct btrfs_fs *)fs, node, &i, e);

	if (r < 0)
		return r;
	*ret = (struct fs_stat){
		.mode = i.mode,
		.uid = i.uid,
		.gid = i.gid,
		.nlink = i.nlink,
		.size = i.size,
		.inode = i.number,
		.mtime = i.mtime,
	};
	return 0;
}

/* ---- Extents ---- */

/* Holds the bytes [start, end) of a file. */
struct extent {
	uint64_t start, end;
	uint64_t at, packed_size, size, skip; /* at 0: a hole; skip: bytes of it before the first */
	uint8_t type, method;
	const uint8_t *inline_bytes; /* packed_size of them; good until the next search */
};

static int wrong_extent(uint64_t inode, uint64_t off, const char *how, struct err *e)
{
	return err_set(e, EBADMSG, "Btrfs: the extent at %" PRIu64 " of inode %" PRIu64 " %s", off,
		inode, how);
}

static int decode_extent(const struct btrfs_item *item, struct extent *ret, struct err *e)
{
	const uint64_t inode = item->key.objectid, start = item->key.offset;
	struct bytes b = bytes_at(item->p, item->size, 8);
	struct extent x = {.start = start, .size = bytes_le64(&b)};
	uint64_t length, last;
	bool encoded;

	x.method = bytes_u8(&b);
	encoded = bytes_u8(&b);
	encoded |= bytes_le16(&b) != 0;
	x.type = bytes_u8(&b);
	if (x.type == EXTENT_INLINE && !b.bad) {
		x.inline_bytes = b.p;
		x.packed_size = bytes_left(&b);
		length = x.method ? x.size : x.packed_size;
	} else {
		x.at = bytes_le64(&b);
		x.packed_size = bytes_le64(&b);
		x.skip = bytes_le64(&b);
		length = bytes_le64(&b);
	}
	if (b.bad || x.type > EXTENT_PREALLOCATED)
		return wrong_extent(inode, start, "is damaged", e);
	if (encoded)
		return err_set(e, ENOTSUP, "Btrfs: inode %" PRIu64 " is encrypted", inode);
	if (!checked_add(start, length, &x.end) || !checked_add(x.skip, length, &last) ||
		(x.at && last > (x.method ? x.size : x.packed_size)))
		return wrong_extent(inode, start, "is larger than what it refers to", e);
	if (x.method && (x.size > BTRFS_UNPACKED_MAX || x.packed_size > BTRFS_UNPACKED_MAX))
		return wrong_extent(inode, start, "is larger than compressed ones are", e);
	*ret = x;
	return 0;
}

/* The extent that holds the byte at off, or the hole there, which ends where an extent begins. */
static int find_extent(struct btrfs_fs *x, const struct btrfs_tree *t, uint64_t inode, uint64_t off,
	struct extent *ret, struct err *e)
{
	const struct btrfs_key key = {inode, BTRFS_EXTENT_DATA, off};
	struct btrfs_cursor c;
	struct btrfs_item item;
	int r = btrfs_find_last(x, t, key, &c, &item, e);

	*ret = (struct extent){.start = off, .end = UINT64_MAX, .type = EXTENT_PREALLOCATED};
	if (r > 0 && item.key.objectid == inode && item.key.type == BTRFS_EXTENT_DATA) {
		r = decode_extent(&item, ret, e);
		if (r < 0 || off < ret->end)
			return r;
		*ret = (struct extent){
			.start = off, .end = UINT64_MAX, .type = EXTENT_PREALLOCATED};
		r = 1;
	}
	if (r > 0)
		r = btrfs_next(x, &c, &item, e);
	if (r > 0 && item.key.objectid == inode && item.key.type == BTRFS_EXTENT_DATA)
		ret->end = item.key.offset;
	return r < 0 ? r : 0;
}

/* Unpacks a compressed extent, unless it was the last one. */
static int unpack_extent(struct btrfs_fs *x, const struct extent *f, struct err *e)
{
	const uint8_t *packed = f->inline_bytes;
	int r = 0;

	if (f->at && x->unpacked.at == f->at && x->unpacked.size == f->size)
		return 0;
	if (!x->unpacked.bytes)
		x->unpacked.bytes = arena_alloc(&x->arena, 2 * BTRFS_UNPACKED_MAX);
	x->unpacked.at = 0;
	if (!packed) {
		uint8_t *room = x->unpacked.bytes + BTRFS_UNPACKED_MAX;

		packed = room;
		r = btrfs_read_any(x, f->at, room, f->packed_size, e);
	}
	if (!r)
		r = btrfs_unpack(
			x, f->method, packed, f->packed_size, x->unpacked.bytes, f->size, e);
	if (r < 0)
		return r;
	x->unpacked.at = f->at;
	x->unpacked.size = (uint32_t)f->size;
	return 0;
}

/* n bytes of an extent from off in the file, all within it. */
static int read_extent(struct btrfs_fs *x, const struct extent *f, uint64_t off, uint8_t *buf,
	size_t n, struct err *e)
{
	const uint64_t skip = f->skip + (off - f->start);
	int r;

	if (f->type == EXTENT_INLINE && !f->method) {
		memcpy(buf, f->inline_bytes + skip, n);
		return 0;
	}
	if (f->type == EXTENT_PREALLOCATED || (f->type == EXTENT_REGULAR && !f->at)) {
		memset(buf, 0, n);
		return 0;
	}
	if (!f->method)
		return btrfs_read_any(x, f->at + skip, buf, n, e);
	r = unpack_extent(x, f, e);
	if (!r)
		memcpy(buf, x->unpacked.bytes + skip, n);
	return r;
}

static int read_bytes(
	struct btrfs_fs *x, struct fs_node node, uint64_t off, void *buf, size_t len, struct err *e)
{
	const struct btrfs_tree t = x->subvols.at[btrfs_node_subvol(node)].tree;
	const uint64_t inode = btrfs_node_inode(node);
	uint8_t *p = buf;

	while (len) {
		struct extent f;
		size_t n;
		int r = find_extent(x, &t, inode, off, &f, e);

		if (r < 0)
			return r;
		n = min_u64(len, f.end - off);
		r = read_extent(x, &f, off, p, n, e);
		if (r < 0)
			return err_prefix(e, "at byte %" PRIu64, off);
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

int btrfs_read(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;
	struct btrfs_inode i;
	int r = btrfs_load(x, node, &i, e);

	if (r < 0)
		return r;
	if (!S_ISREG(i.mode))
		return err_set(e, EINVAL, "inode %" PRIu64 " is not a regular file", i.number);
	len = off < i.size ? min_u64(len, i.size - off) : 0;
	r = read_bytes(x, node, off, buf, len, e);
	if (r < 0)
		return r;
	*ret_n = len;
	return 0;
}

int btrfs_readlink(struct fs *fs, struct fs_node node, char *buf, struct err *e)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;
	struct btrfs_inode i;
	int r = btrfs_load(x, node, &i, e);

	if (r < 0)
		return r;
	if (!S_ISLNK(i.mode) || i.size >= GUEST_PATH_MAX)
		return err_set(e, EBADMSG,
			"inode %" PRIu64 " is not a symlink of a possible length", i.number);
	r = read_bytes(x, node, 0, buf, i.size, e);
	if (r < 0)
		return r;
	buf[i.size] = '\0';
	return 0;
}
