/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The block cache.  All devices of a run share one pool of lines, so that many disks together stay
 * below CACHE_BYTES_MAX; the line that was used longest ago goes first, whoever owns it.  The run
 * has one thread.
 */
#include "disk/blockdev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"

#define LINES_MAX (CACHE_BYTES_MAX / CACHE_LINE)
#define BUCKETS 2048

struct cache {
	struct blockdev dev;
	struct blockdev *below;
};

struct line {
	struct line *newer, *older; /* by use */
	struct line *next;          /* of its bucket */
	const struct cache *owner;
	uint64_t number;
	bool zero; /* then there are no bytes: blocks of images are rarely full */
	uint8_t bytes[];
};

static struct {
	struct line *buckets[BUCKETS];
	struct line *newest, *oldest;
	size_t n;
} pool;

static struct line **bucket_of(const struct cache *c, uint64_t number)
{
	uint64_t h = (number ^ (uintptr_t)c >> 4) * 0x9E3779B97F4A7C15ULL;

	return &pool.buckets[(h >> 32) % BUCKETS];
}

static void use_unlink(struct line *l)
{
	*(l->newer ? &l->newer->older : &pool.newest) = l->older;
	*(l->older ? &l->older->newer : &pool.oldest) = l->newer;
}

static void use_newest(struct line *l)
{
	l->newer = NULL;
	l->older = pool.newest;
	*(pool.newest ? &pool.newest->newer : &pool.oldest) = l;
	pool.newest = l;
}

static struct line *line_find(const struct cache *c, uint64_t number)
{
	struct line *l = *bucket_of(c, number);

	while (l && (l->owner != c || l->number != number))
		l = l->next;
	return l;
}

static void line_drop(struct line *l)
{
	struct line **at = bucket_of(l->owner, l->number);

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	use_unlink(l);
	pool.n--;
	free(l);
}

/* Remembers a line, if memory allows; nothing depends on it. */
static void line_put(const struct cache *c, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct line **bucket = bucket_of(c, number);
	bool zero = all_zero(bytes, n);
	struct line *l;

	if (pool.n == LINES_MAX)
		line_drop(pool.oldest);
	l = malloc(sizeof(*l) + (zero ? 0 : CACHE_LINE));
	if (!l)
		return;
	l->owner = c;
	l->number = number;
	l->zero = zero;
	if (!zero)
		memcpy(l->bytes, bytes, n);
	l->next = *bucket;
	*bucket = l;
	use_newest(l);
	pool.n++;
}

/*
 * Reads the lines from the one at off that are neither cached nor past want bytes, in one go, and
 * copies what the caller asked for.  *ret_len is how far that came.  A hole is not stored.
 */
static int fill_run(
	struct cache *c, uint64_t off, uint8_t *buf, size_t want, size_t *ret_len, struct err *e)
{
	uint64_t first = off / CACHE_LINE, start = first * CACHE_LINE, lines = 1, len;
	CLEANUP(cleanup_free) uint8_t *run = NULL;
	bool hole;
	int r;

	r = blockdev_extent(c->below, off, &len, &hole, e);
	if (r < 0)
		return r;
	want = (size_t)min_u64(want, len);
	if (hole) {
		memset(buf, 0, want);
		*ret_len = want;
		return 0;
	}
	while (start + lines * CACHE_LINE < off + want && !line_find(c, first + lines))
		lines++;
	len = min_u64(lines * CACHE_LINE, c->dev.size - start);
	run = malloc(len);
	if (!run)
		return err_set(e, ENOMEM, "out of memory");
	r = blockdev_read(c->below, start, run, (size_t)len, e);
	if (r == -EBADMSG) {
		/* What is damaged may be only the rest of the line, which nobody asked for. */
		*ret_len = (size_t)min_u64(want, start + len - off);
		return blockdev_read(c->below, off, buf, *ret_len, e);
	}
	if (r < 0)
		return r;
	for (uint64_t at = 0; at < len; at += CACHE_LINE)
		line_put(c, first + at / CACHE_LINE, run + at,
			(size_t)min_u64(CACHE_LINE, len - at));
	*ret_len = (size_t)min_u64(want, start + len - off);
	memcpy(buf, run + (off - start), *ret_len);
	return 0;
}

static int cache_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct cache *c = (struct cache *)d;
	uint8_t *out = buf;

	if (len >= CACHE_BYPASS)
		return blockdev_read(c->below, off, buf, len, e);
	while (len) {
		struct line *l = line_find(c, off / CACHE_LINE);
		size_t in = (size_t)(off % CACHE_LINE), n = 0;

		if (l) {
			n = (size_t)min_u64(len, CACHE_LINE - in);
			if (l->zero)
				memset(out, 0, n);
			else
				memcpy(out, l->bytes + in, n);
			use_unlink(l);
			use_newest(l);
		} else {
			int r = fill_run(c, off, out, len, &n, e);

			if (r < 0)
				return r;
		}
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int cache_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	return blockdev_extent(((struct cache *)d)->below, off, ret_len, ret_hole, e);
}

static void cache_close(struct blockdev *d)
{
	struct cache *c = (struct cache *)d;
	struct line *next;

	for (struct line *l = pool.newest; l; l = next) {
		next = l->older;
		if (l->owner == c)
			line_drop(l);
	}
	blockdev_close(c->below);
	free(c);
}

static const struct blockdev_ops cache_ops = {
	.name = "cache", .read = cache_read, .extent = cache_extent, .close = cache_close};

int cache_open(struct blockdev *below, struct blockdev **ret, struct err *e)
{
	struct cache *c = malloc(sizeof(*c));

	if (!c)
		return err_set(e, ENOMEM, "out of memory");
	c->dev = (struct blockdev){
		&cache_ops, below->size, below->logical_sector, below->physical_sector};
	c->below = below;
	*ret = &c->dev;
	return 0;
}
