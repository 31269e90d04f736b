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

static int remap_locate(struct blockdev *d, uint64_t off, struct blockdev_place *ret, struct err *e)
{
	const struct remap *m = (struct remap *)d;
	const struct remap_parts *p = &m->parts;
	uint64_t chunk = off / p->chunk, end = m->dev.size, next;
	size_t low = 0, high = m->n;

	(void)e;
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
		*ret = (struct blockdev_place){p->origin, off, end - off};
		return 0;
	}
	*ret = (struct blockdev_place){
		.dev = p->store,
		.off = p->store_part.start + m->pairs[low].to * p->chunk + off % p->chunk,
		.run = min_u64(p->chunk - off % p->chunk, end - off),
	};
	return 0;
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
	.name = "remap", .locate = remap_locate, .close = remap_close};

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
