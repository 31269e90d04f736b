/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Units that were decompressed lately are kept in one place for all images of a run, so that a long
 * chain costs no more memory than a single image.  The run has one thread.
 */
#include "disk/layer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "disk/filedev.h"

#define SECTOR 512
#define KEPT_UNITS 64

static struct unit {
	const struct layer *owner; /* NULL: free */
	uint64_t off, used;
	size_t len;
	uint8_t *bytes;
} kept[KEPT_UNITS];
static size_t kept_bytes;
static uint64_t kept_clock;

/* ---- units that are kept ---- */

static void unit_drop(struct unit *u)
{
	kept_bytes -= u->len;
	free(u->bytes);
	*u = (struct unit){0};
}

static struct unit *unit_find(const struct layer *l, uint64_t off)
{
	for (size_t i = 0; i < KEPT_UNITS; i++)
		if (kept[i].owner == l && kept[i].off == off)
			return &kept[i];
	return NULL;
}

/* A free slot beside which len bytes more may be kept; what was used longest ago goes. */
static struct unit *unit_slot(size_t len)
{
	for (;;) {
		struct unit *oldest = NULL, *slot = NULL;

		for (struct unit *u = kept; u < kept + KEPT_UNITS; u++) {
			if (!u->owner)
				slot = u;
			else if (!oldest || u->used < oldest->used)
				oldest = u;
		}
		if (slot && kept_bytes + len <= UNPACKED_BYTES_MAX)
			return slot;
		unit_drop(oldest);
	}
}

static int unit_get(
	struct layer *l, uint64_t off, uint64_t at, const struct unit **ret, struct err *e)
{
	struct unit *u = unit_find(l, off);
	uint8_t *bytes;
	int r;

	if (!u) {
		bytes = malloc(l->unit);
		if (!bytes)
			return err_set(e, ENOMEM, "out of memory");
		r = l->ops->unpack(l, off, at, bytes, e);
		if (r < 0) {
			free(bytes);
			return r;
		}
		u = unit_slot(l->unit);
		*u = (struct unit){l, off, 0, l->unit, bytes};
		kept_bytes += l->unit;
	}
	u->used = ++kept_clock;
	*ret = u;
	return 0;
}

static int packed_read(
	struct layer *l, uint64_t off, uint64_t at, uint8_t *buf, size_t len, struct err *e)
{
	size_t in = (size_t)(off % l->unit);
	const struct unit *u = NULL;
	int r;

	if (len == l->unit && !unit_find(l, off))
		return l->ops->unpack(l, off, at, buf, e);
	r = unit_get(l, off - in, at, &u, e);
	if (r >= 0)
		memcpy(buf, u->bytes + in, len);
	return r;
}

/* ---- files ---- */

int layer_open_over(struct layer *l, struct blockdev *file, struct err *e)
{
	int r = cache_open(file, &l->tables, e);

	if (r >= 0)
		l->file = file;
	return r;
}

int layer_open_file(struct layer *l, struct hostfile **f, struct err *e)
{
	struct blockdev *file = NULL;
	int r = filedev_open(f, 0, div_up((*f)->size, SECTOR) * SECTOR, &file, e);

	if (r < 0)
		return r;
	r = layer_open_over(l, file, e);
	if (r < 0)
		blockdev_close(file);
	return r;
}

void layer_close(struct layer *l)
{
	for (size_t i = 0; i < KEPT_UNITS; i++)
		if (kept[i].owner == l)
			unit_drop(&kept[i]);
	blockdev_close(l->tables);
	blockdev_close(l->parent);
}

int layer_read_table(
	struct layer *l, uint64_t at, void *buf, size_t n, const char *what, struct err *e)
{
	if (!range_inside(at, n, l->tables->size))
		return err_set(e, EBADMSG, "%s lies past the end of the file", what);
	return blockdev_read(l->tables, at, buf, n, e);
}

static int file_read(struct layer *l, uint64_t at, void *buf, size_t n, struct err *e)
{
	if (!range_inside(at, n, l->file->size))
		return err_set(e, EBADMSG,
			"is cut short: %zu bytes at %" PRIu64 " are wanted, the file has %" PRIu64,
			n, at, l->file->size);
	return blockdev_read(l->file, at, buf, n, e);
}

/* ---- the disk ---- */

/* A fault of this layer's own file names it, unless the sentence begins so already. */
static int blame(const struct layer *l, int r, struct err *e)
{
	size_t n = l->name ? strlen(l->name) : 0;

	if (r >= 0 || !n || (str_starts(e->msg, l->name) && e->msg[n] == ':'))
		return r;
	return err_prefix(e, "%s", l->name);
}

/* The piece at off; a parent that ends before it has zeros there. */
static int piece_at(struct layer *l, uint64_t off, struct piece *ret, struct err *e)
{
	uint64_t end = l->parent ? l->parent->size : 0;
	int r;

	*ret = (struct piece){0};
	r = l->ops->find(l, off, ret, e);
	if (r < 0)
		return blame(l, r, e);
	if (ret->in == PIECE_PARENT && off >= end)
		ret->in = PIECE_ZEROS;
	else if (ret->in == PIECE_PARENT)
		ret->len = min_u64(ret->len, end - off);
	return 0;
}

static bool joins(const struct piece *p, const struct piece *next)
{
	if (p->in != next->in || p->in == PIECE_PACKED)
		return false;
	return p->in != PIECE_FILE || next->at == p->at + p->len;
}

/* The piece at off and what joins it, up to want bytes. */
static int pieces_at(struct layer *l, uint64_t off, uint64_t want, struct piece *ret, struct err *e)
{
	int r = piece_at(l, off, ret, e);

	while (r >= 0 && ret->len < want) {
		struct piece next;

		r = piece_at(l, off + ret->len, &next, e);
		if (r < 0 || !joins(ret, &next))
			break;
		ret->len += next.len;
	}
	return r;
}

int layer_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct layer *l = (struct layer *)d;
	uint8_t *out = buf;

	while (len) {
		struct piece p;
		size_t n;
		int r = pieces_at(l, off, len, &p, e);

		if (r < 0)
			return r;
		n = (size_t)min_u64(len, p.len);
		if (p.in == PIECE_ZEROS)
			memset(out, 0, n);
		else if (p.in == PIECE_FILE)
			r = blame(l, file_read(l, p.at, out, n, e), e);
		else if (p.in == PIECE_PACKED)
			r = blame(l, packed_read(l, off, p.at, out, n, e), e);
		else
			r = blockdev_read(l->parent, off, out, n, e);
		if (r < 0)
			return r;
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

int layer_extent(struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct layer *l = (struct layer *)d;
	uint64_t len;
	struct piece p;
	int r = piece_at(l, off, &p, e);

	if (r < 0)
		return r;
	len = p.len;
	*ret_hole = p.in == PIECE_ZEROS;
	if (p.in == PIECE_PARENT)
		r = blockdev_extent(l->parent, off, &len, ret_hole, e);
	else if (p.in == PIECE_FILE && p.at < l->file->size)
		/* What is allocated in the image may yet be a hole of its file. */
		r = blame(l, blockdev_extent(l->file, p.at, &len, ret_hole, e), e);
	*ret_len = min_u64(len, p.len);
	return r;
}
