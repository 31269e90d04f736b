/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Subvolumes and snapshots: each is a tree of its own, listed in the tree of roots, and appears in
 * a directory of another.  A directory entry alone is not enough: a snapshot has the entries for
 * what was in its original, but only the original has the reference that makes it a way in.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"

#define ROOT_ITEM_SIZE 239U  /* of the oldest kernels */
#define ROOT_PARENT_UUID 263 /* in the larger ones of today */
#define ROOT_READ_ONLY 1U
#define REF_HEAD 18U

static int decode_root(const struct btrfs_item *item, struct btrfs_subvol *ret, struct err *e)
{
	const uint8_t *p = item->p;

	if (item->size < ROOT_ITEM_SIZE)
		return err_set(e, EBADMSG, "Btrfs: the root of tree %" PRIu64 " is cut short",
			item->key.objectid);
	*ret = (struct btrfs_subvol){
		.tree = {item->key.objectid, get_le64(p + 176), get_le64(p + 160), p[238]},
		.dir = get_le64(p + 168),
		.read_only = get_le64(p + 208) & ROOT_READ_ONLY,
		.snapshot =
			item->size >= ROOT_PARENT_UUID + 16 && !all_zero(p + ROOT_PARENT_UUID, 16),
	};
	return 0;
}

int btrfs_find_tree(struct btrfs_fs *x, uint64_t id, struct btrfs_subvol *ret, struct err *e)
{
	const struct btrfs_key last = {id, BTRFS_ROOT_ITEM, UINT64_MAX};
	struct btrfs_cursor c;
	struct btrfs_item item;
	int r = btrfs_find_last(x, &x->super.root, last, &c, &item, e);

	if (r < 0)
		return r;
	if (!r || item.key.objectid != id || item.key.type != BTRFS_ROOT_ITEM)
		return err_set(e, ENOENT, "Btrfs: there is no tree %" PRIu64, id);
	return decode_root(&item, ret, e);
}

int btrfs_use_subvol(struct btrfs_fs *x, uint64_t id, uint32_t *ret, struct err *e)
{
	struct btrfs_subvol found;
	int r;

	for (size_t i = 0; i < x->subvols.n; i++) {
		if (x->subvols.at[i].tree.id == id) {
			*ret = (uint32_t)i;
			return 0;
		}
	}
	if (x->subvols.n >= BTRFS_SUBVOLS_MAX)
		return err_set(e, E2BIG, "Btrfs: more than %u subvolumes", BTRFS_SUBVOLS_MAX);
	r = btrfs_find_tree(x, id, &found, e);
	if (r < 0)
		return r;
	if (found.dir < BTRFS_FIRST_FREE || found.dir > UINT32_MAX)
		return err_set(
			e, EBADMSG, "Btrfs: subvolume %" PRIu64 " has no root directory", id);
	*list_add(&x->arena, &x->subvols) = found;
	*ret = (uint32_t)x->subvols.n - 1;
	return 0;
}

int btrfs_cross(struct btrfs_fs *x, struct fs_node dir, uint64_t subvol, const char *name,
	size_t len, struct fs_node *ret, struct err *e)
{
	const uint64_t parent = x->subvols.at[btrfs_node_subvol(dir)].tree.id;
	const struct btrfs_key key = {parent, BTRFS_ROOT_REF, subvol};
	struct btrfs_item item;
	uint32_t i;
	int r = btrfs_find(x, &x->super.root, key, &item, e);

	if (r < 0)
		return r;
	if (!r || item.size != REF_HEAD + len || get_le64(item.p) != btrfs_node_inode(dir) ||
		memcmp(item.p + REF_HEAD, name, len)) {
		*ret = btrfs_node_of(btrfs_node_subvol(dir), BTRFS_EMPTY_DIR);
		return 0;
	}
	r = btrfs_use_subvol(x, subvol, &i, e);
	if (r < 0)
		return r;
	*ret = btrfs_node_of(i, x->subvols.at[i].dir);
	return 0;
}

int btrfs_subvolume(struct fs *fs, uint64_t id, struct fs_node *ret, struct err *e)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;
	uint32_t i;
	int r;

	if (id != BTRFS_TOP_LEVEL && (id < BTRFS_FIRST_FREE || id > BTRFS_LAST_FREE))
		return err_set(e, ENOENT, "Btrfs: there is no subvolume %" PRIu64, id);
	r = btrfs_use_subvol(x, id, &i, e);
	if (r < 0)
		return r;
	*ret = btrfs_node_of(i, x->subvols.at[i].dir);
	return 0;
}

/* ---- Paths, built from their ends ---- */

struct path {
	char text[GUEST_PATH_MAX];
	size_t at; /* where what there is of it begins */
};

/* Where a subvolume or a directory hangs: in which directory of which tree. */
struct place {
	uint64_t tree, dir;
};

static int prepend(struct path *p, const uint8_t *name, size_t len, struct err *e)
{
	const bool slash = p->text[p->at];

	if (len + slash > p->at)
		return err_set(e, E2BIG, "longer than %d bytes", GUEST_PATH_MAX);
	if (slash)
		p->text[--p->at] = '/';
	p->at -= len;
	memcpy(p->text + p->at, name, len);
	return 0;
}

/* Goes from a subvolume to the directory that it appears in; 0: to none. */
static int climb_subvol(struct btrfs_fs *x, struct path *p, struct place *at, struct err *e)
{
	const struct btrfs_key first = {at->tree, BTRFS_ROOT_BACKREF, 0};
	struct btrfs_cursor c;
	struct btrfs_item item;
	int r = btrfs_find_first(x, &x->super.root, first, &c, &item, e);

	if (r < 0)
		return r;
	if (!r || item.key.objectid != at->tree || item.key.type != first.type ||
		item.size <= REF_HEAD)
		return 0;
	*at = (struct place){item.key.offset, get_le64(item.p)};
	r = prepend(p, item.p + REF_HEAD, item.size - REF_HEAD, e);
	return r < 0 ? r : 1;
}

/* Goes from a directory to the one above it. */
static int climb_dir(struct btrfs_fs *x, const struct btrfs_tree *t, struct path *p,
	struct place *at, struct err *e)
{
	const struct btrfs_key first = {at->dir, BTRFS_INODE_REF, 0};
	struct btrfs_cursor c;
	struct btrfs_item item;
	int r = btrfs_find_first(x, t, first, &c, &item, e);

	if (r < 0)
		return r;
	if (!r || item.key.objectid != at->dir || item.key.type != first.type || item.size <= 10)
		return 0;
	at->dir = item.key.offset;
	r = prepend(p, item.p + 10, item.size - 10, e);
	return r < 0 ? r : 1;
}

/* From the top level; 0: the subvolume hangs nowhere, as one that is being deleted. */
static int path_of(
	struct btrfs_fs *x, uint64_t subvol, struct path *p, uint64_t *ret_parent, struct err *e)
{
	struct place at = {subvol, 0};
	struct btrfs_subvol in = {0}; /* at.dir is one of its directories, first none */
	int r = 1;

	p->at = sizeof(p->text) - 1;
	p->text[p->at] = '\0';
	*ret_parent = 0;
	for (unsigned i = 0; i < PATH_DEPTH_MAX && r > 0; i++) {
		if (at.dir != in.dir) {
			r = climb_dir(x, &in.tree, p, &at, e);
			continue;
		}
		if (at.tree == BTRFS_TOP_LEVEL)
			return 1;
		r = climb_subvol(x, p, &at, e);
		if (r > 0 && btrfs_find_tree(x, at.tree, &in, e) < 0)
			r = -e->num;
		if (!*ret_parent)
			*ret_parent = at.tree;
	}
	return r > 0 ? 0 : r;
}

static int tell(struct btrfs_fs *x, const struct btrfs_subvol *s, fs_subvolume_fn *fn, void *ctx,
	struct err *e)
{
	struct path p;
	struct fs_subvolume found = {
		.id = s->tree.id,
		.is_default = s->tree.id == x->default_subvol,
		.read_only = s->read_only,
		.snapshot = s->snapshot,
	};
	int r = path_of(x, s->tree.id, &p, &found.parent, e);

	if (r <= 0)
		return r;
	found.path = p.text + p.at;
	return fn(ctx, &found);
}

int btrfs_subvolumes(struct fs *fs, fs_subvolume_fn *fn, void *ctx, struct err *e)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;
	struct btrfs_key from = {BTRFS_FIRST_FREE, BTRFS_ROOT_ITEM, 0};
	struct btrfs_subvol s = {0};
	struct btrfs_cursor c;
	struct btrfs_item item;
	int r = btrfs_find_first(x, &x->super.root, from, &c, &item, e);

	while (r > 0 && item.key.objectid <= BTRFS_LAST_FREE) {
		if (item.key.type == BTRFS_ROOT_ITEM) {
			int stop = decode_root(&item, &s, e);

			if (!stop)
				stop = tell(x, &s, fn, ctx, e);
			if (stop)
				return stop < 0 ? stop : 0;
		}
		r = btrfs_next(x, &c, &item, e);
	}
	return r < 0 ? r : 0;
}
