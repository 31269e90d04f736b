/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Directories of Btrfs.  Every entry is there twice: under the hash of its name, to be looked up,
 * and under a number that counts up, to be listed.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/crc32c.h"

#define INODE_MAX ((1ULL << 48) - 1) /* what a node's number has room for */
#define NAME_SEED 0xfffffffeU

struct entry {
	struct btrfs_key where; /* of an inode, or of a tree's root */
	uint8_t type;
	uint16_t len;
	const char *name; /* good until the next search */
};

uint32_t btrfs_name_hash(const char *name, size_t len)
{
	/* The kernel's CRC without the inversions before and after. */
	return ~crc32c(~NAME_SEED, name, len);
}

/* Takes the next entry off an item, which holds several where their hashes are the same. */
static int take_entry(
	struct bytes *b, const struct btrfs_key *key, struct entry *ret, struct err *e)
{
	uint16_t data;

	if (bytes_left(b) >= BTRFS_KEY_SIZE)
		ret->where = btrfs_key_at(b->p);
	bytes_skip(b, BTRFS_KEY_SIZE + 8);
	data = bytes_le16(b);
	ret->len = bytes_le16(b);
	ret->type = bytes_u8(b);
	ret->name = (const char *)b->p;
	bytes_skip(b, ret->len + data);
	if (b->bad || !ret->len || ret->len > BTRFS_NAME_MAX)
		return err_set(e, EBADMSG, "Btrfs: an entry of directory %" PRIu64 " is damaged",
			key->objectid);
	return 0;
}

int btrfs_find_entry(struct btrfs_fs *x, const struct btrfs_tree *t, uint64_t dir, const char *name,
	size_t len, struct btrfs_key *ret, struct err *e)
{
	const struct btrfs_key key = {dir, BTRFS_DIR_ITEM, btrfs_name_hash(name, len)};
	struct btrfs_item item;
	struct entry entry;
	struct bytes b;
	int r = btrfs_find(x, t, key, &item, e);

	if (r < 0)
		return r;
	b = r ? bytes_of(item.p, item.size) : (struct bytes){0};
	while (bytes_left(&b)) {
		r = take_entry(&b, &key, &entry, e);
		if (r < 0)
			return r;
		if (entry.len == len && !memcmp(entry.name, name, len)) {
			*ret = entry.where;
			return 0;
		}
	}
	return err_set(e, ENOENT, "no such file or directory");
}

static int node_of(struct btrfs_fs *x, struct fs_node dir, struct btrfs_key where, const char *name,
	size_t len, struct fs_node *ret, struct err *e)
{
	if (where.type == BTRFS_ROOT_ITEM)
		return btrfs_cross(x, dir, where.objectid, name, len, ret, e);
	if (where.type != BTRFS_INODE_ITEM || where.objectid < BTRFS_FIRST_FREE)
		return err_set(e, EBADMSG, "Btrfs: the entry %.*s names no inode", (int)len, name);
	if (where.objectid > INODE_MAX)
		return err_set(e, E2BIG, "Btrfs: inode %" PRIu64, where.objectid);
	*ret = btrfs_node_of(btrfs_node_subvol(dir), where.objectid);
	return 0;
}

int btrfs_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len,
	struct fs_node *ret, struct err *e)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;
	const struct btrfs_tree t = x->subvols.at[btrfs_node_subvol(dir)].tree;
	struct btrfs_key where;
	int r = btrfs_find_entry(x, &t, btrfs_node_inode(dir), name, len, &where, e);

	return r < 0 ? r : node_of(x, dir, where, name, len, ret, e);
}

static uint32_t mode_of(uint8_t type)
{
	static const uint32_t modes[] = {
		0, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK};

	return type < ARRAY_LEN(modes) ? modes[type] : 0;
}

static int list_one(struct btrfs_fs *x, struct fs_node dir, const struct btrfs_item *item,
	fs_list_fn *fn, void *ctx, struct err *e)
{
	struct bytes b = bytes_of(item->p, item->size);
	struct entry entry;
	char name[BTRFS_NAME_MAX];
	struct fs_entry found = {.name = name};
	int r = take_entry(&b, &item->key, &entry, e);

	if (r < 0)
		return r;
	memcpy(name, entry.name, entry.len);
	found.name_len = entry.len;
	found.type = mode_of(entry.type);
	r = node_of(x, dir, entry.where, name, entry.len, &found.node, e);
	return r < 0 ? r : fn(ctx, &found);
}

int btrfs_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;
	const struct btrfs_tree t = x->subvols.at[btrfs_node_subvol(dir)].tree;
	const struct btrfs_key first = {btrfs_node_inode(dir), BTRFS_DIR_INDEX, 0};
	struct btrfs_cursor c;
	struct btrfs_item item;
	int r = btrfs_find_first(x, &t, first, &c, &item, e);

	while (r > 0 && item.key.objectid == first.objectid && item.key.type == first.type) {
		int stop = list_one(x, dir, &item, fn, ctx, e);

		if (stop)
			return stop < 0 ? stop : 0;
		r = btrfs_next(x, &c, &item, e);
	}
	return r < 0 ? r : 0;
}
