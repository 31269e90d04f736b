/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The B-trees of Btrfs, after the "On-disk Format" and "Btrees" chapters of the Btrfs
 * documentation.
 *
 * A block is read into a small cache when something leads to it, and is believed only after its
 * checksum, and then only where it fits the place that led there: level, generation, owner, and
 * keys between those of its neighbours.  So a tree cannot contain itself, and every search ends.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"

#define HEADER_SIZE 101U
#define POINTER_SIZE 33U
#define ITEM_SIZE 25U
#define NODES_MIN 8U /* one for each level */
#define NODES_MAX 128U

struct btrfs_key btrfs_key_at(const uint8_t *p)
{
	return (struct btrfs_key){get_le64(p), p[8], get_le64(p + 9)};
}

static int compare(struct btrfs_key a, struct btrfs_key b)
{
	if (a.objectid != b.objectid)
		return a.objectid < b.objectid ? -1 : 1;
	if (a.type != b.type)
		return a.type < b.type ? -1 : 1;
	return a.offset < b.offset ? -1 : a.offset > b.offset;
}

/* The pointer or item in a slot: both begin with their key. */
static const uint8_t *slot_at(const struct btrfs_node *node, uint32_t slot)
{
	return node->p + HEADER_SIZE + slot * (node->level ? POINTER_SIZE : ITEM_SIZE);
}

static struct btrfs_key key_in(const struct btrfs_node *node, uint32_t slot)
{
	return btrfs_key_at(slot_at(node, slot));
}

/* ---- Checks ---- */

static bool knows_fsid(const struct btrfs_fs *x, const uint8_t *fsid)
{
	if (!memcmp(fsid, x->super.metadata_fsid, 16))
		return true;
	for (size_t i = 0; i < x->devices.n; i++)
		if (x->devices.at[i].seed && !memcmp(fsid, x->devices.at[i].fsid, 16))
			return true;
	return false;
}

/* NULL, or what is wrong with a leaf's items. */
static const char *wrong_items(const struct btrfs_fs *x, const struct btrfs_node *node)
{
	const uint32_t room = x->super.node_size - HEADER_SIZE, heads = node->n * ITEM_SIZE;

	for (uint32_t i = 0; i < node->n; i++) {
		const uint8_t *p = slot_at(node, i);
		const uint32_t off = get_le32(p + 17), size = get_le32(p + 21);

		if (off < heads || !range_inside(off, size, room))
			return "an item lies outside it";
	}
	return NULL;
}

/* NULL, or what is wrong with a block as such. */
static const char *wrong_block(const struct btrfs_fs *x, struct btrfs_node *node, uint64_t at)
{
	const uint8_t *p = node->p;
	const uint32_t room = x->super.node_size - HEADER_SIZE;

	node->at = at;
	node->generation = get_le64(p + 80);
	node->owner = get_le64(p + 88);
	node->n = get_le32(p + 96);
	node->level = p[100];
	if (get_le64(p + 48) != at || !knows_fsid(x, p + 32))
		return "it is another block";
	if (node->level >= BTRFS_LEVELS ||
		node->n > room / (node->level ? POINTER_SIZE : ITEM_SIZE))
		return "its header is impossible";
	for (uint32_t i = 1; i < node->n; i++)
		if (compare(key_in(node, i - 1), key_in(node, i)) >= 0)
			return "its keys are out of order";
	return node->level ? NULL : wrong_items(x, node);
}

static bool is_subvolume(uint64_t tree)
{
	return tree == BTRFS_TOP_LEVEL || (tree >= BTRFS_FIRST_FREE && tree <= BTRFS_LAST_FREE);
}

/* NULL, or why a block is not the one that ref leads to. */
static const char *wrong_place(const struct btrfs_node *node, const struct btrfs_ref *ref)
{
	if (node->level != ref->level)
		return "it is of another level";
	if (node->generation != ref->generation)
		return "it is of another generation";
	/* Snapshots share the blocks of the subvolume they were made of. */
	if (is_subvolume(ref->tree) ? !is_subvolume(node->owner) : node->owner != ref->tree)
		return "it belongs to another tree";
	if (!node->n)
		return ref->level || ref->has_first ? "it is empty" : NULL;
	if ((ref->has_first && compare(key_in(node, 0), ref->first)) ||
		(ref->has_end && compare(key_in(node, node->n - 1), ref->end) >= 0))
		return "its keys belong elsewhere";
	return NULL;
}

/* ---- The cache ---- */

static void make_cache(struct btrfs_fs *x)
{
	const uint32_t n = BTRFS_NODE_CACHE / x->super.node_size;

	x->n_nodes = n < NODES_MIN ? NODES_MIN : n > NODES_MAX ? NODES_MAX : n;
	x->nodes = arena_alloc(&x->arena, x->n_nodes * sizeof(*x->nodes));
}

/* The node of that address, or the one that was used longest ago, to be filled. */
static struct btrfs_node *cached(struct btrfs_fs *x, uint64_t at)
{
	struct btrfs_node *oldest;

	if (!x->nodes)
		make_cache(x);
	oldest = x->nodes;
	for (uint32_t i = 0; i < x->n_nodes; i++) {
		if (x->nodes[i].valid && x->nodes[i].at == at)
			return &x->nodes[i];
		if (x->nodes[i].used < oldest->used)
			oldest = &x->nodes[i];
	}
	oldest->valid = false;
	if (!oldest->p)
		oldest->p = arena_alloc(&x->arena, x->super.node_size);
	return oldest;
}

static int read_block(struct btrfs_fs *x, struct btrfs_node *node, const struct btrfs_ref *ref,
	unsigned copy, struct err *e)
{
	const uint32_t size = x->super.node_size;
	const char *wrong = NULL;
	int r = btrfs_read_copy(x, ref->at, node->p, size, copy, e);

	if (r < 0)
		return r;
	r = btrfs_csum_matches(
		x->super.csum_type, node->p + BTRFS_CSUM_MAX, size - BTRFS_CSUM_MAX, node->p, e);
	if (r < 0)
		return r;
	wrong = !r ? "its checksum is wrong" : wrong_block(x, node, ref->at);
	if (!wrong)
		wrong = wrong_place(node, ref);
	if (wrong)
		return err_set(e, EBADMSG,
			"Btrfs: block %" PRIu64 " of tree %" PRIu64 " is damaged: %s", ref->at,
			ref->tree, wrong);
	node->valid = true;
	return 0;
}

static int get_node(
	struct btrfs_fs *x, const struct btrfs_ref *ref, struct btrfs_node **ret, struct err *e)
{
	struct btrfs_node *node = cached(x, ref->at);
	const unsigned copies = btrfs_copies(x, ref->at);
	struct err later;
	int r = 0, first = 0;

	if (node->valid && wrong_place(node, ref))
		node->valid = false;
	if (!node->valid)
		r = first = read_block(x, node, ref, 0, e);
	for (unsigned copy = 1; r < 0 && copy < copies; copy++)
		r = read_block(x, node, ref, copy, &later);
	if (r < 0)
		return first;
	if (first == -EBADMSG && !x->copy_noted)
		fs_state_add(&x->fs, FS_ERRORS,
			"a block of metadata is damaged, its other copy was used");
	x->copy_noted |= first == -EBADMSG;
	node->used = ++x->clock;
	*ret = node;
	return 0;
}

/* ---- Search ---- */

/* The last slot whose key is not behind key; the first, if all are. */
static uint32_t last_slot(const struct btrfs_node *node, struct btrfs_key key)
{
	uint32_t low = 0, high = node->n;

	while (low + 1 < high) {
		const uint32_t mid = low + (high - low) / 2;

		if (compare(key_in(node, mid), key) <= 0)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static int descend(struct btrfs_fs *x, const struct btrfs_tree *t, struct btrfs_key key,
	struct btrfs_cursor *c, struct btrfs_node **ret, struct err *e)
{
	struct btrfs_ref ref = {
		.at = t->at, .generation = t->generation, .tree = t->id, .level = t->level};
	struct btrfs_node *node;
	uint32_t slot;
	int r;

	for (;;) {
		const uint8_t *p;

		r = get_node(x, &ref, &node, e);
		if (r < 0)
			return r;
		slot = last_slot(node, key);
		if (!ref.level)
			break;
		p = slot_at(node, slot);
		if (slot + 1 < node->n) {
			ref.end = key_in(node, slot + 1);
			ref.has_end = true;
		}
		ref.first = btrfs_key_at(p);
		ref.has_first = true;
		ref.at = get_le64(p + 17);
		ref.generation = get_le64(p + 25);
		ref.level--;
	}
	*c = (struct btrfs_cursor){.tree = *t, .leaf = ref, .slot = slot};
	*ret = node;
	return 0;
}

static int item_in(const struct btrfs_node *node, uint32_t slot, struct btrfs_item *ret)
{
	const uint8_t *p = slot_at(node, slot);

	ret->key = btrfs_key_at(p);
	ret->p = node->p + HEADER_SIZE + get_le32(p + 17);
	ret->size = get_le32(p + 21);
	return 1;
}

int btrfs_find_last(struct btrfs_fs *x, const struct btrfs_tree *t, struct btrfs_key key,
	struct btrfs_cursor *c, struct btrfs_item *ret, struct err *e)
{
	struct btrfs_node *node;
	int r = descend(x, t, key, c, &node, e);

	if (r < 0)
		return r;
	if (!node->n || compare(key_in(node, c->slot), key) > 0)
		return 0;
	return item_in(node, c->slot, ret);
}

int btrfs_find_first(struct btrfs_fs *x, const struct btrfs_tree *t, struct btrfs_key key,
	struct btrfs_cursor *c, struct btrfs_item *ret, struct err *e)
{
	struct btrfs_node *node;
	int r = descend(x, t, key, c, &node, e);

	if (r < 0)
		return r;
	if (!node->n)
		return 0;
	if (compare(key_in(node, c->slot), key) < 0)
		return btrfs_next(x, c, ret, e);
	return item_in(node, c->slot, ret);
}

int btrfs_next(struct btrfs_fs *x, struct btrfs_cursor *c, struct btrfs_item *ret, struct err *e)
{
	const struct btrfs_tree t = c->tree;
	struct btrfs_node *node;
	int r = get_node(x, &c->leaf, &node, e);

	if (r < 0)
		return r;
	if (++c->slot < node->n)
		return item_in(node, c->slot, ret);
	if (!c->leaf.has_end)
		return 0;
	/* What ends this leaf begins the next. */
	r = descend(x, &t, c->leaf.end, c, &node, e);
	return r < 0 ? r : item_in(node, c->slot, ret);
}

int btrfs_find(struct btrfs_fs *x, const struct btrfs_tree *t, struct btrfs_key key,
	struct btrfs_item *ret, struct err *e)
{
	struct btrfs_cursor c;
	int r = btrfs_find_last(x, t, key, &c, ret, e);

	return r > 0 ? !compare(ret->key, key) : r;
}
