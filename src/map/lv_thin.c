/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Thin volumes.  The pool's metadata is that of Linux' drivers/md/dm-thin-metadata.c: a superblock,
 * and from it a tree of trees, device and block of the device to block of the pool's data.  Left
 * out: the space maps and the tree of details, which nothing here depends on.
 */
#include "map/lv_target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "map/lv_btree.h"

#define SECTOR 512U
#define SUPER_XOR 160774U
#define SUPER_MAGIC 27022010U
#define SUPER_ROOT_AT 320U
#define NEEDS_CHECK 1U
#define TIME_BITS 24 /* of a mapping, behind the block */

/* The device of a pool; it is not for reading, but the volumes in it are found through it. */
struct pool {
	struct blockdev dev;
	struct lv_room *room;
	struct btree_blocks *meta;
	struct blockdev *data;
	uint64_t root, chunk, chunks;
};

/* Blocks of a thin volume that lie in a row in the pool, or nowhere. */
struct run {
	uint64_t from, n;
	uint64_t chunk; /* of the pool's data */
	bool mapped;
};

struct thin {
	struct blockdev dev;
	struct pool *pool;
	struct blockdev *origin; /* what is not in the pool; NULL: zeros */
	uint64_t root;
	struct run last;
};

/* ---- the pool ---- */

static int pool_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	(void)d, (void)off, (void)buf, (void)len;
	return err_set(e, ENOTSUP, "it is a pool, which holds other volumes");
}

static void pool_close(struct blockdev *d)
{
	struct pool *p = (struct pool *)d;

	p->room->trees++;
	btree_blocks_free(p->meta);
	free(p);
}

static const struct blockdev_ops pool_ops = {
	.name = "thin-pool", .read = pool_read, .close = pool_close};

static int super_check(const uint8_t *super, struct pool *p, struct err *e)
{
	struct bytes b = bytes_at(super, BTREE_BLOCK, SUPER_ROOT_AT);
	uint64_t sectors, root = bytes_le64(&b);

	bytes_skip(&b, 8);
	sectors = bytes_le32(&b);
	if (get_le64(super + 32) != SUPER_MAGIC)
		return err_set(e, EBADMSG, "the pool's metadata has no superblock");
	if (get_le32(super + 40) < 1 || get_le32(super + 40) > 2 || get_le32(super + 360))
		return err_set(e, ENOTSUP, "the pool's metadata is of an unknown version");
	if (bytes_le32(&b) != BTREE_BLOCK / SECTOR || !sectors || sectors > THIN_CHUNK_MAX / SECTOR)
		return err_set(e, EBADMSG, "the sizes of blocks in the pool's metadata are wrong");
	p->root = root;
	p->chunk = sectors * SECTOR;
	p->chunks = p->data->size / p->chunk;
	return 0;
}

/* The kernel counts what was changed in a pool, and LVM what it asked for. */
static void note_state(struct lv_opening *o, const struct lv_segment *s, const uint8_t *super)
{
	uint64_t have = get_le64(super + 48), want = s->transaction;

	if (have != want && have + 1 != want)
		lv_note(o,
			"the pool is at transaction %" PRIu64 " and its volume group at %" PRIu64
			", so that LVM will not activate it",
			have, want);
	if (get_le32(super + 4) & NEEDS_CHECK)
		lv_note(o, "its metadata is marked as in need of thin_check");
}

static int pool_open(
	struct lv_opening *o, const struct lv_segment *s, struct pool *p, struct err *e)
{
	const uint8_t *super;
	struct blockdev *meta;
	int r = lv_below_open(o, s->areas.at[0].lv, e);

	if (r >= 0)
		r = lv_below_open(o, s->metas.at[0].lv, e);
	if (r < 0)
		return r;
	p->data = s->areas.at[0].lv->dev;
	meta = s->metas.at[0].lv->dev;
	r = btree_blocks_new(meta, (struct lv_range){0, meta->size}, &p->meta, e);
	if (r >= 0)
		r = btree_block(p->meta, 0, SUPER_XOR, 8, &super, e);
	if (r >= 0)
		r = super_check(super, p, e);
	if (r >= 0)
		note_state(o, s, super);
	return r;
}

int lv_thin_pool_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	struct pool *p;
	int r;

	if (!s->areas.n || !s->areas.at[0].lv || !s->metas.n || !s->metas.at[0].lv)
		return err_set(e, EBADMSG, "the pool lacks its data or its metadata");
	if (!o->room->trees)
		return err_set(e, E2BIG, "more than %d pools", LVM_TREES_MAX);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	*p = (struct pool){.dev = {&pool_ops, lv_segment_size(o, s), 0, 0}, .room = o->room};
	o->room->trees--;
	r = pool_open(o, s, p, e);
	if (r < 0)
		pool_close(&p->dev);
	else
		*ret = &p->dev;
	return r;
}

/* ---- a volume in it ---- */

static uint64_t chunk_of(const struct btree_place *p, unsigned i)
{
	return btree_value(p, i) >> TIME_BITS;
}

/* What block belongs to, beginning with itself. */
static int find_run(const struct thin *t, uint64_t block, struct run *ret, struct err *e)
{
	struct run run = {.from = block, .n = 1};
	struct btree_place p;
	int r = btree_find(t->pool->meta, t->root, block, &p, e);

	if (r < 0)
		return r;
	run.mapped = btree_hit(&p, block);
	if (!run.mapped) {
		run.n = (p.at < p.n ? btree_key(&p, p.at) : p.end) - block;
	} else {
		run.chunk = chunk_of(&p, p.at);
		while (p.at + run.n < p.n &&
			btree_key(&p, p.at + (unsigned)run.n) == block + run.n &&
			chunk_of(&p, p.at + (unsigned)run.n) == run.chunk + run.n)
			run.n++;
		if (!range_inside(run.chunk, run.n, t->pool->chunks))
			return err_set(e, EBADMSG,
				"block %" PRIu64 " lies past the end of the pool's data", block);
	}
	*ret = run;
	return 0;
}

static int thin_locate(struct blockdev *d, uint64_t off, struct blockdev_place *ret, struct err *e)
{
	struct thin *t = (struct thin *)d;
	uint64_t chunk = t->pool->chunk, block = off / chunk, run;

	if (block - t->last.from >= t->last.n) {
		int r = find_run(t, block, &t->last, e);

		if (r < 0)
			return r;
	}
	if (!checked_mul(t->last.from + t->last.n - block, chunk, &run))
		run = UINT64_MAX;
	run = min_u64(run - off % chunk, t->dev.size - off);
	*ret = (struct blockdev_place){.run = run};
	if (t->last.mapped) {
		ret->dev = t->pool->data;
		ret->off = (t->last.chunk + (block - t->last.from)) * chunk + off % chunk;
	} else if (t->origin && off < t->origin->size) {
		ret->dev = t->origin;
		ret->off = off;
		ret->run = min_u64(run, t->origin->size - off);
	}
	return 0;
}

static void thin_close(struct blockdev *d)
{
	free(d);
}

static const struct blockdev_ops thin_ops = {
	.name = "thin", .locate = thin_locate, .close = thin_close};

static int device_root(struct pool *p, uint64_t device, uint64_t *ret, struct err *e)
{
	struct btree_place at;
	int r = btree_find(p->meta, p->root, device, &at, e);

	if (r < 0)
		return r;
	if (!btree_hit(&at, device))
		return err_set(e, EBADMSG,
			"the pool's metadata has no device %" PRIu64 ", which it should be",
			device);
	*ret = btree_value(&at, at.at);
	return 0;
}

int lv_thin_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	struct thin thin = {.dev = {&thin_ops, lv_segment_size(o, s), 0, 0}}, *t;
	int r;

	if (!s->pool)
		return err_set(e, EBADMSG, "a thin volume has no pool");
	r = lv_below_open(o, s->pool, e);
	if (r >= 0 && s->pool->dev->ops != &pool_ops)
		r = err_set(e, EBADMSG, "%s is no thin pool", s->pool->name);
	if (r >= 0 && s->origin)
		r = lv_below_open(o, s->origin, e);
	if (r < 0)
		return r;
	thin.pool = (struct pool *)s->pool->dev;
	thin.origin = s->origin ? s->origin->dev : NULL;
	r = device_root(thin.pool, s->device_id, &thin.root, e);
	if (r < 0)
		return r;
	t = malloc(sizeof(*t));
	if (!t)
		return err_set(e, ENOMEM, "out of memory");
	*t = thin;
	t->dev.logical_sector = thin.pool->data->logical_sector;
	t->dev.physical_sector = thin.pool->data->physical_sector;
	*ret = &t->dev;
	return 0;
}
