/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Cached volumes.  In writethrough and passthrough mode all is on the origin.  In writeback mode
 * the cache has what the machine will see, wherever the metadata (Linux'
 * drivers/md/dm-cache-metadata.c, dm-array.c) says that it holds a block; whether that is dirty
 * makes no difference, and after a crash the kernel does not know.
 */
#include "map/lv_target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/limits.h"
#include "map/lv_btree.h"
#include "map/lv_remap.h"

#define SECTOR 512U
#define SUPER_XOR 9031977U
#define SUPER_MAGIC 06142003U
#define CLEAN_SHUTDOWN 1U
#define ARRAY_XOR 595846735U
#define ARRAY_HEADER 24U
#define ARRAY_ENTRIES ((BTREE_BLOCK - ARRAY_HEADER) / 8)
#define MAPPING_VALID 1U
#define MAPPING_BITS 16 /* of flags, below the block of the origin */

struct super {
	uint64_t root, chunk;
	uint32_t blocks;
	bool clean;
};

static int super_read(struct btree_blocks *meta, struct super *ret, struct err *e)
{
	const uint8_t *block;
	uint64_t sectors;
	int r = btree_block(meta, 0, SUPER_XOR, 8, &block, e);

	if (r < 0)
		return r;
	if (get_le64(block + 32) != SUPER_MAGIC)
		return err_set(e, EBADMSG, "the cache's metadata has no superblock");
	if (get_le32(block + 40) < 1 || get_le32(block + 40) > 2 || get_le32(block + 252))
		return err_set(e, ENOTSUP, "the cache's metadata is of an unknown version");
	sectors = get_le32(block + 232);
	if (get_le32(block + 236) != BTREE_BLOCK / SECTOR || !sectors ||
		sectors > THIN_CHUNK_MAX / SECTOR)
		return err_set(e, EBADMSG, "the sizes of blocks in the cache's metadata are wrong");
	if (get_le32(block + 240) > CACHE_BLOCKS_MAX)
		return err_set(e, E2BIG, "the cache has %u blocks, more than the %u that are read",
			get_le32(block + 240), CACHE_BLOCKS_MAX);
	*ret = (struct super){
		.root = get_le64(block + 192),
		.chunk = sectors * SECTOR,
		.blocks = get_le32(block + 240),
		.clean = get_le32(block + 4) & CLEAN_SHUTDOWN,
	};
	return 0;
}

/* One block of the array of mappings, which begins with that of the cache's block first. */
static int add_mappings(struct btree_blocks *meta, const struct super *s, uint64_t first,
	struct remap *m, struct err *e)
{
	struct btree_place at;
	const uint8_t *block;
	int r = btree_find(meta, s->root, first / ARRAY_ENTRIES, &at, e);

	if (r < 0)
		return r;
	if (!btree_hit(&at, first / ARRAY_ENTRIES))
		return err_set(e, EBADMSG, "the cache's metadata lacks mappings");
	r = btree_block(meta, btree_value(&at, at.at), ARRAY_XOR, 16, &block, e);
	if (r < 0)
		return r;
	if (get_le32(block + 12) != 8 || get_le32(block + 8) > ARRAY_ENTRIES)
		return err_set(e, EBADMSG, "a block of the cache's metadata is no array");
	for (uint32_t i = 0; i < get_le32(block + 8) && first + i < s->blocks; i++) {
		uint64_t v = get_le64(block + ARRAY_HEADER + 8 * i);

		if (!(v & MAPPING_VALID))
			continue;
		r = remap_add(m, v >> MAPPING_BITS, first + i, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the device ---- */

struct volumes {
	struct blockdev *origin, *data, *meta;
	struct lv_range data_part, meta_part;
};

/* A part of a volume that serves as data and metadata, or a volume of its own. */
static int part_open(struct lv_opening *o, struct logical_volume *lv, struct lv_range part,
	struct blockdev **ret, struct lv_range *ret_part, struct err *e)
{
	int r = lv_below_open(o, lv, e);

	if (r < 0)
		return r;
	if (!part.size)
		part = (struct lv_range){0, lv->dev->size};
	if (!range_inside(part.start, part.size, lv->dev->size))
		return err_set(e, EBADMSG, "the parts of %s lie past its end", lv->name);
	*ret = lv->dev;
	*ret_part = part;
	return 0;
}

static int volumes_open(
	struct lv_opening *o, const struct lv_segment *s, struct volumes *ret, struct err *e)
{
	const struct lv_segment *pool = s->pool->segments.n ? &s->pool->segments.at[0] : NULL;
	struct logical_volume *data = s->pool, *meta = s->pool;
	int r;

	if (pool && !strcmp(pool->type, "cache-pool")) {
		data = pool->areas.n ? pool->areas.at[0].lv : NULL;
		meta = pool->metas.n ? pool->metas.at[0].lv : NULL;
		if (!data || !meta)
			return err_set(e, EBADMSG, "the cache lacks its data or its metadata");
	}
	r = part_open(o, data, s->data_part, &ret->data, &ret->data_part, e);
	return r < 0 ? r : part_open(o, meta, s->meta_part, &ret->meta, &ret->meta_part, e);
}

static int mappings_read(struct lv_opening *o, const struct volumes *v, uint64_t size,
	struct btree_blocks *meta, struct blockdev **ret, struct err *e)
{
	struct super super = {0};
	struct remap *m;
	int r = super_read(meta, &super, e);

	if (r < 0)
		return r;
	r = remap_new(o->room,
		&(struct remap_parts){v->origin, v->data, size, v->data_part, super.chunk}, &m, e);
	for (uint64_t i = 0; r >= 0 && i < super.blocks; i += ARRAY_ENTRIES) {
		r = add_mappings(meta, &super, i, m, e);
		if (r < 0)
			remap_free(m);
	}
	if (r < 0)
		return r;
	lv_note(o, "its cache is in writeback mode%s, and %zu chunks are read from there",
		super.clean ? "" : " and was not shut down", remap_count(m));
	*ret = remap_dev(m);
	return 0;
}

int lv_cache_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	uint64_t size = lv_segment_size(o, s);
	struct btree_blocks *meta;
	struct volumes v = {0};
	int r;

	if (!s->origin || !s->pool || !s->mode)
		return err_set(e, EBADMSG, "the cache lacks its origin, its pool or its mode");
	r = lv_below_open(o, s->origin, e);
	if (r >= 0 && s->origin->dev->size < size)
		r = err_set(e, EBADMSG, "the cache is larger than its origin");
	if (r < 0)
		return r;
	v.origin = s->origin->dev;
	if (strcmp(s->mode, "writeback") != 0)
		return slice_open(v.origin, 0, size, ret, e);
	r = volumes_open(o, s, &v, e);
	if (r >= 0)
		r = btree_blocks_new(v.meta, v.meta_part, &meta, e);
	if (r < 0)
		return err_prefix(e, "its cache in writeback mode");
	r = mappings_read(o, &v, size, meta, ret, e);
	btree_blocks_free(meta);
	return r;
}
