/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/lv_remap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/limits.h"

struct pair {
	uint64_t from, to; /* chunks of the device and of the store */
};

struct remap {
	struct blockdev dev;
	struct lv_room *room;
	struct remap_parts parts;
	struct pair *pairs; /* by from */
	size_t n, space;
};

struct place {
	struct blockdev *dev;
	uint64_t off, run;
};

static struct place locate(const struct remap *m, uint64_t off)
{
	const struct remap_parts *p = &m->parts;
	uint64_t chunk = off / p->chunk, end = m->dev.size, next;
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->pairs[mid].from < chunk)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == m->n || m->pairs[low].from != chunk) {
		if (low < m->n && checked_mul(m->pairs[low].from, p->chunk, &next))
			end = min_u64(end, next);
		return (struct place){p->origin, off, end - off};
	}
	return (struct place){
		.dev = p->store,
		.off = p->store_part.start + m->pairs[low].to * p->chunk + off % p->chunk,
		.run = min_u64(p->chunk - off % p->chunk, end - off),
	};
}

static int remap_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	uint8_t *out = buf;

	while (len) {
		struct place p = locate((struct remap *)d, off);
		size_t n = (size_t)min_u64(len, p.run);
		int r = blockdev_read(p.dev, p.off, out, n, e);

		if (r < 0)
			return r;
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int remap_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct place p = locate((struct remap *)d, off);
	uint64_t len;
	int r = blockdev_extent(p.dev, p.off, &len, ret_hole, e);

	if (r >= 0)
		*ret_len = min_u64(len, p.run);
	return r;
}

void remap_free(struct remap *m)
{
	if (!m)
		return;
	m->room->chunks += m->n;
	free(m->pairs);
	free(m);
}

static void remap_close(struct blockdev *d)
{
	remap_free((struct remap *)d);
}

static const struct blockdev_ops remap_ops = {
	.name = "remap", .read = remap_read, .extent = remap_extent, .close = remap_close};

int remap_new(
	struct lv_room *room, const struct remap_parts *parts, struct remap **ret, struct err *e)
{
	struct remap *m = malloc(sizeof(*m));

	if (!m)
		return err_set(e, ENOMEM, "out of memory");
	*m = (struct remap){
		.dev = {&remap_ops, parts->size, parts->origin->logical_sector,
			parts->origin->physical_sector},
		.room = room,
		.parts = *parts,
	};
	*ret = m;
	return 0;
}

int remap_add(struct remap *m, uint64_t chunk, uint64_t in_store, struct err *e)
{
	if (in_store >= m->parts.store_part.size / m->parts.chunk)
		return err_set(e, EBADMSG,
			"chunk %" PRIu64 " of what was written is past the end of its store",
			in_store);
	if (!m->room->chunks)
		return err_set(e, E2BIG, "snapshots and caches hold more than %d changed chunks",
			LVM_REMAPPED_CHUNKS_MAX);
	if (m->n == m->space) {
		size_t space = m->space ? 2 * m->space : 64;
		struct pair *more = realloc(m->pairs, space * sizeof(*more));

		if (!more)
			return err_set(e, ENOMEM, "out of memory");
		m->pairs = more;
		m->space = space;
	}
	m->room->chunks--;
	m->pairs[m->n++] = (struct pair){chunk, in_store};
	return 0;
}

size_t remap_count(const struct remap *m)
{
	return m->n;
}

static int by_from(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

struct blockdev *remap_dev(struct remap *m)
{
	if (m->n)
		qsort(m->pairs, m->n, sizeof(*m->pairs), by_from);
	return &m->dev;
}
