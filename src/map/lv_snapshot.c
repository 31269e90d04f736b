/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Snapshots of before there were thin pools.  A store in the persistent format of Linux'
 * drivers/md/dm-snap-persistent.c holds the chunks that differ from the origin: a header, then
 * areas of one chunk of pairs (chunk of the origin, chunk of the store), each followed by as many
 * chunks of data.
 */
#include "map/lv_target.h"

#include <errno.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "map/lv_remap.h"

#define SECTOR 512U
#define MAGIC 0x70416e53U
#define PAIR_BYTES 16U

/*
 * The size of its chunks, or 0 in a new store: LVM fills its beginning with zeros, the kernel
 * writes the header on first use.
 */
static int header_read(struct blockdev *store, uint64_t *ret_chunk, struct err *e)
{
	uint8_t buf[16];
	uint64_t chunk;
	int r;

	if (store->size < sizeof(buf))
		return err_set(e, EBADMSG, "the snapshot's store is too small");
	r = blockdev_read(store, 0, buf, sizeof(buf), e);
	if (r < 0)
		return r;
	*ret_chunk = 0;
	if (!get_le32(buf))
		return 0;
	if (get_le32(buf) != MAGIC || get_le32(buf + 8) != 1)
		return err_set(e, EBADMSG, "the snapshot's store has no header");
	if (get_le32(buf + 4) != 1)
		return err_set(e, EBADMSG, "the snapshot ran full, and is no longer valid");
	chunk = (uint64_t)get_le32(buf + 12) * SECTOR;
	if (!is_power_of_two(chunk) || chunk > SNAPSHOT_CHUNK_MAX)
		return err_set(e, EBADMSG, "the snapshot's chunks have an impossible size");
	*ret_chunk = chunk;
	return 0;
}

/* The pairs of one area; *ret_full: there is another behind it. */
static int area_read(struct blockdev *store, uint64_t chunk, uint64_t at, uint8_t *buf,
	struct remap *m, bool *ret_full, struct err *e)
{
	int r;

	*ret_full = false;
	if (at >= store->size / chunk)
		return 0;
	r = blockdev_read(store, at * chunk, buf, (size_t)chunk, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < chunk / PAIR_BYTES; i++) {
		uint64_t from = get_le64(buf + i * PAIR_BYTES);
		uint64_t to = get_le64(buf + i * PAIR_BYTES + 8);

		/* Chunk 0 is the header: this pair has not been written yet. */
		if (!to)
			return 0;
		r = remap_add(m, from, to, e);
		if (r < 0)
			return r;
	}
	*ret_full = true;
	return 0;
}

static int store_read(struct blockdev *store, uint64_t chunk, struct remap *m, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *buf = malloc((size_t)chunk);
	bool full = true;

	if (!buf)
		return err_set(e, ENOMEM, "out of memory");
	for (uint64_t at = 1; full; at += chunk / PAIR_BYTES + 1) {
		int r = area_read(store, chunk, at, buf, m, &full, e);

		if (r < 0)
			return r;
	}
	return 0;
}

int lv_snapshot_open(
	struct lv_opening *o, const struct lv_segment *s, struct blockdev **ret, struct err *e)
{
	uint64_t size = lv_segment_size(o, s), chunk = 0;
	struct remap_parts parts;
	struct blockdev *store;
	struct remap *m;
	int r;

	if (!s->origin || !s->areas.n || !s->areas.at[0].lv)
		return err_set(e, EBADMSG, "the snapshot lacks its origin or its store");
	r = lv_below_open(o, s->origin, e);
	if (r >= 0)
		r = lv_below_open(o, s->areas.at[0].lv, e);
	if (r >= 0 && s->origin->dev->size < size)
		r = err_set(e, EBADMSG, "the snapshot is larger than its origin");
	if (r < 0)
		return r;
	store = s->areas.at[0].lv->dev;
	r = header_read(store, &chunk, e);
	if (r < 0)
		return r;
	if (!chunk)
		return slice_open(s->origin->dev, 0, size, ret, e);
	parts = (struct remap_parts){s->origin->dev, store, size, {0, store->size}, chunk};
	r = remap_new(o->room, &parts, &m, e);
	if (r < 0)
		return r;
	r = store_read(store, chunk, m, e);
	if (r < 0)
		remap_free(m);
	else
		*ret = remap_dev(m);
	return r;
}
