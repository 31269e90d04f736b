/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The B-trees in which device-mapper's thin and cache targets keep their metadata: 4 KiB blocks
 * with checksums, 64-bit keys and values.  Only the blocks on the way to a key are read, and some
 * kept.
 */
#ifndef MAP_LV_BTREE_H
#define MAP_LV_BTREE_H

#include "base/bytes.h"
#include "map/map.h"

#define BTREE_BLOCK 4096U

/* The blocks of a metadata volume. */
struct btree_blocks;

/* part lies inside dev, which is borrowed. */
int btree_blocks_new(
	struct blockdev *dev, struct lv_range part, struct btree_blocks **ret, struct err *e);
void btree_blocks_free(struct btree_blocks *b); /* NULL is allowed */

/*
 * A block that begins with its checksum, made different by xor for each kind of block, and has its
 * own number at number_at; both are checked.  It is valid until the next call.
 */
int btree_block(struct btree_blocks *b, uint64_t block, uint32_t xor, unsigned number_at,
	const uint8_t **ret, struct err *e);

/* Where a search ended: at the first entry of a leaf whose key is the one sought, or larger. */
struct btree_place {
	const uint8_t *keys, *values; /* of the leaf; valid until the next call */
	unsigned n, at;               /* n: all its keys are smaller */
	uint64_t end;                 /* this key and larger ones are in other leaves */
};

/* EBADMSG: a block that is no node, keys out of order, too many levels. */
int btree_find(struct btree_blocks *b, uint64_t root, uint64_t key, struct btree_place *ret,
	struct err *e);

static inline uint64_t btree_key(const struct btree_place *p, unsigned i)
{
	return get_le64(p->keys + 8 * i);
}

static inline uint64_t btree_value(const struct btree_place *p, unsigned i)
{
	return get_le64(p->values + 8 * i);
}

static inline bool btree_hit(const struct btree_place *p, uint64_t key)
{
	return p->at < p->n && btree_key(p, p->at) == key;
}

#endif
