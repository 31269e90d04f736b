/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As Linux' drivers/md/persistent-data writes them (dm-btree-internal.h): a header of 32 bytes,
 * keys, and values, which in inner nodes are the numbers of blocks.
 */
#include "map/lv_btree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/limits.h"

#define NODE_HEADER 32U
#define NODE_XOR 121107U
#define NODE_INNER 1U
#define NODE_LEAF 2U
#define SLOTS 16U

struct slot {
	uint64_t block;
	uint32_t xor ;
	bool filled;
	uint8_t bytes[BTREE_BLOCK];
};

struct btree_blocks {
	struct blockdev *dev;
	struct lv_range part;
	struct slot slots[SLOTS];
};

int btree_blocks_new(
	struct blockdev *dev, struct lv_range part, struct btree_blocks **ret, struct err *e)
{
	struct btree_blocks *b = calloc(1, sizeof(*b));

	if (!b)
		return err_set(e, ENOMEM, "out of memory");
	b->dev = dev;
	b->part = part;
	*ret = b;
	return 0;
}

void btree_blocks_free(struct btree_blocks *b)
{
	free(b);
}

/* The kernel's checksum begins as usual, but is not inverted at the end. */
static bool checksum_is_right(const uint8_t *block, uint32_t xor)
{
	return get_le32(block) == (~crc32c(0, block + 4, BTREE_BLOCK - 4) ^ xor);
}

int btree_block(struct btree_blocks *b, uint64_t block, uint32_t xor, unsigned number_at,
	const uint8_t **ret, struct err *e)
{
	struct slot *s = &b->slots[block % SLOTS];
	int r;

	if (s->filled && s->block == block && s->xor == xor) {
		*ret = s->bytes;
		return 0;
	}
	s->filled = false;
	if (block >= b->part.size / BTREE_BLOCK)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the pool's metadata lies past its end", block);
	r = blockdev_read(b->dev, b->part.start + block * BTREE_BLOCK, s->bytes, BTREE_BLOCK, e);
	if (r < 0)
		return r;
	if (!checksum_is_right(s->bytes, xor))
		return err_set(e, EBADMSG,
			"the checksum of block %" PRIu64 " of the pool's metadata is wrong", block);
	if (get_le64(s->bytes + number_at) != block)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the pool's metadata says that it is another", block);
	s->block = block;
	s->xor = xor;
	s->filled = true;
	*ret = s->bytes;
	return 0;
}

/* The first entry that is not smaller than key. */
static unsigned lower_bound(const struct btree_place *p, uint64_t key)
{
	unsigned low = 0, high = p->n;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (btree_key(p, mid) < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int node_read(struct btree_blocks *b, uint64_t block, struct btree_place *ret,
	uint32_t *ret_flags, struct err *e)
{
	const uint8_t *node;
	uint32_t max;
	int r = btree_block(b, block, NODE_XOR, 8, &node, e);

	if (r < 0)
		return r;
	*ret_flags = get_le32(node + 4);
	ret->n = get_le32(node + 16);
	max = get_le32(node + 20);
	if ((*ret_flags != NODE_INNER && *ret_flags != NODE_LEAF) || get_le32(node + 24) != 8 ||
		max > (BTREE_BLOCK - NODE_HEADER) / 16 || ret->n > max)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the pool's metadata is no node of a tree", block);
	ret->keys = node + NODE_HEADER;
	ret->values = ret->keys + 8 * max;
	return 0;
}

/* Keys that are not in order, or not those the node was reached for, would be found wrongly. */
static bool is_ordered(const struct btree_place *p, uint64_t from)
{
	for (unsigned i = 0; i < p->n; i++) {
		if (btree_key(p, i) < from || btree_key(p, i) >= p->end)
			return false;
		if (btree_key(p, i) == UINT64_MAX)
			return false;
		from = btree_key(p, i) + 1;
	}
	return true;
}

int btree_find(
	struct btree_blocks *b, uint64_t root, uint64_t key, struct btree_place *ret, struct err *e)
{
	struct btree_place p = {.end = UINT64_MAX};
	uint64_t block = root, from = 0;

	for (int level = 0; level < BTREE_LEVELS_MAX; level++) {
		uint32_t flags;
		unsigned i;
		int r = node_read(b, block, &p, &flags, e);

		if (r < 0)
			return r;
		if (!is_ordered(&p, from))
			return err_set(e, EBADMSG,
				"the keys in block %" PRIu64 " of the pool's metadata are wrong",
				block);
		i = lower_bound(&p, key);
		p.at = i;
		if (flags == NODE_LEAF || (!i && (!p.n || btree_key(&p, 0) != key))) {
			/* In an inner node: all keys are larger, and none is here. */
			if (flags == NODE_INNER) {
				p.end = p.n ? btree_key(&p, 0) : p.end;
				p.n = p.at = 0;
			}
			*ret = p;
			return 0;
		}
		if (i == p.n || btree_key(&p, i) != key)
			i--;
		if (i + 1 < p.n)
			p.end = btree_key(&p, i + 1);
		from = btree_key(&p, i);
		block = btree_value(&p, i);
	}
	return err_set(e, EBADMSG, "the tree of the pool's metadata has more than %d levels",
		BTREE_LEVELS_MAX);
}
