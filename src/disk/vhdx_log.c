/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The log of a VHDX ([MS-VHDX] 2.3), replayed in memory: the file as it will be when a hypervisor
 * has opened it, as a device over the file as it is.
 *
 * The log is a ring of sectors of 4 KiB.  An entry is a header, descriptors, and one sector for
 * each descriptor that brings data.  Which entries count is found by looking: the longest row of
 * sound ones with rising numbers that ends with the highest number, of which the last says where
 * replaying begins.
 */
#include "disk/vhdx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/limits.h"

#define SECTOR 4096U
#define HEADER_SIZE 64U
#define GUID_AT 32
#define DESCRIPTOR_SIZE 32U

struct log {
	uint8_t *p;
	uint32_t len;
	const uint8_t *guid;
	uint64_t effort; /* bytes that may yet be checksummed */
};

struct entry {
	uint32_t at, len, tail, descriptors;
	uint64_t number, flushed, last;
};

/* Entries that follow each other. */
struct row {
	struct entry first, last;
};

/* [off, off + len) of the file; p NULL: zeros. */
struct patch {
	uint64_t off, len;
	const uint8_t *p;
};

struct overlay {
	struct blockdev dev;
	struct blockdev *below;
	uint8_t *log;          /* what the patches point into */
	struct patch *patches; /* in order, and apart */
	size_t n;
};

/* ---- entries ---- */

static uint32_t wrap(const struct log *g, uint64_t at)
{
	return (uint32_t)(at % g->len);
}

static bool checksum_holds(struct log *g, const struct entry *n)
{
	static const uint8_t none[4];
	const uint8_t *p = g->p + n->at;
	uint32_t straight = (uint32_t)min_u64(n->len, g->len - n->at), crc;

	if (g->effort < n->len) {
		g->effort = 0;
		return false;
	}
	g->effort -= n->len;
	crc = crc32c(crc32c(0, p, 4), none, 4);
	crc = crc32c(crc, p + 8, straight - 8);
	return crc32c(crc, g->p, n->len - straight) == get_le32(p + 4);
}

/* Is there a sound entry? */
static bool entry_at(struct log *g, uint32_t at, struct entry *ret)
{
	struct bytes b = bytes_of(g->p + at, HEADER_SIZE);
	struct entry n = {.at = at};

	if (!bytes_match(&b, "loge", 4))
		return false;
	bytes_skip(&b, 4);
	n.len = bytes_le32(&b);
	n.tail = bytes_le32(&b);
	n.number = bytes_le64(&b);
	n.descriptors = bytes_le32(&b);
	bytes_skip(&b, 4);
	if (!bytes_match(&b, g->guid, VHDX_GUID_SIZE))
		return false;
	n.flushed = bytes_le64(&b);
	n.last = bytes_le64(&b);
	if (!n.len || n.len % SECTOR || n.len > g->len || n.tail % SECTOR || n.tail >= g->len ||
		!n.number || n.descriptors > (n.len - HEADER_SIZE) / DESCRIPTOR_SIZE)
		return false;
	*ret = n;
	return checksum_holds(g, &n);
}

/* The entries from at on, each with the number after the one before, at most once round. */
static bool row_at(struct log *g, uint32_t at, struct row *ret)
{
	struct entry next;
	uint64_t len;

	if (!entry_at(g, at, &ret->first))
		return false;
	ret->last = ret->first;
	for (len = ret->first.len; len < g->len; len += next.len) {
		if (!entry_at(g, wrap(g, at + len), &next) || next.number != ret->last.number + 1 ||
			next.len > g->len - len)
			break;
		ret->last = next;
	}
	return true;
}

/* Does an entry of the row begin where its last one says that replaying begins? */
static bool tail_find(struct log *g, const struct row *row, struct entry *ret)
{
	struct entry n = row->first;

	while (n.at != row->last.tail) {
		if (n.at == row->last.at || !entry_at(g, wrap(g, (uint64_t)n.at + n.len), &n))
			return false;
	}
	*ret = n;
	return true;
}

/* Is there anything that claims to be an entry, sound or not? */
static bool any_entry(const struct log *g)
{
	for (const uint8_t *p = g->p; p < g->p + g->len; p += SECTOR)
		if (!memcmp(p, "loge", 4) && !memcmp(p + GUID_AT, g->guid, VHDX_GUID_SIZE))
			return true;
	return false;
}

/*
 * The row to replay: of those that are whole, the one whose last number is the highest.  Some
 * programs announce the log before they write the first entry: false if there is none.
 */
static int active_row(struct log *g, struct row *ret, struct err *e)
{
	uint64_t highest = 0, next;

	for (uint64_t at = 0; at < g->len; at = next) {
		struct row row;
		struct entry tail;

		next = at + SECTOR;
		if (!row_at(g, (uint32_t)at, &row))
			continue;
		if (row.last.number > highest && tail_find(g, &row, &tail)) {
			highest = row.last.number;
			*ret = (struct row){tail, row.last};
		}
		/* The next row begins behind this one; one that has gone round was the last. */
		next = row.last.at + (uint64_t)row.last.len;
		if (next <= at)
			break;
	}
	if (!g->effort)
		return err_set(e, E2BIG, "the log of the VHDX is too tangled");
	if (!highest && any_entry(g))
		return err_set(e, EBADMSG,
			"the VHDX was not closed, and its log, which is needed, is damaged");
	return highest != 0;
}

/* ---- patches ---- */

struct patches {
	struct patch *at;
	size_t n, room;
};

static int patch_add(
	struct patches *list, uint64_t off, uint64_t len, const uint8_t *p, struct err *e)
{
	if (off % SECTOR || len % SECTOR || len > INT64_MAX || off > INT64_MAX - len)
		return err_set(e, EBADMSG, "an entry in the log of the VHDX makes no sense");
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct patch *more = realloc(list->at, room * sizeof(*more));

		if (!more)
			return err_set(e, ENOMEM, "out of memory");
		list->at = more;
		list->room = room;
	}
	if (list->n == VHDX_LOG_DESCRIPTORS_MAX)
		return err_set(e, E2BIG, "the log of the VHDX has more than %d descriptors",
			VHDX_LOG_DESCRIPTORS_MAX);
	if (len)
		list->at[list->n++] = (struct patch){off, len, p};
	return 0;
}

/* The first 8 and last 4 bytes of a sector stand in its descriptor: here they come together. */
static bool sector_join(uint8_t *sector, const uint8_t *descriptor, uint64_t number)
{
	if (memcmp(sector, "data", 4) || get_le32(sector + 4) != number >> 32 ||
		get_le32(sector + SECTOR - 4) != (uint32_t)number)
		return false;
	memcpy(sector, descriptor + 8, 8);
	memcpy(sector + SECTOR - 4, descriptor + 4, 4);
	return true;
}

static int entry_apply(struct log *g, const struct entry *n, struct patches *list, struct err *e)
{
	uint64_t head = div_up(HEADER_SIZE + (uint64_t)n->descriptors * DESCRIPTOR_SIZE, SECTOR);
	uint64_t data = head * SECTOR;
	int r = 0;

	for (uint32_t i = 0; i < n->descriptors && r >= 0; i++) {
		const uint8_t *d =
			g->p + wrap(g, (uint64_t)n->at + HEADER_SIZE + i * DESCRIPTOR_SIZE);
		uint8_t *sector = g->p + wrap(g, n->at + data);

		if (get_le64(d + 24) == n->number && !memcmp(d, "zero", 4)) {
			r = patch_add(list, get_le64(d + 16), get_le64(d + 8), NULL, e);
		} else if (get_le64(d + 24) == n->number && !memcmp(d, "desc", 4) &&
			   data < n->len && sector_join(sector, d, n->number)) {
			r = patch_add(list, get_le64(d + 16), SECTOR, sector, e);
			data += SECTOR;
		} else {
			r = err_set(e, EBADMSG, "an entry in the log of the VHDX is damaged");
		}
	}
	return r;
}

/* The patches of all entries, the oldest first. */
static int row_apply(struct log *g, const struct row *row, struct patches *list, struct err *e)
{
	struct entry n = row->first;

	for (;;) {
		uint32_t next = wrap(g, (uint64_t)n.at + n.len);
		int r = entry_apply(g, &n, list, e);

		if (r < 0 || n.at == row->last.at)
			return r;
		if (!entry_at(g, next, &n))
			return err_set(e, EBADMSG, "the entries in the log of the VHDX overlap");
	}
}

static uint64_t end_of(struct patch p)
{
	return p.off + p.len;
}

static struct patch from(struct patch p, uint64_t off)
{
	uint64_t cut = off - p.off;

	return (struct patch){off, p.len - cut, p.p ? p.p + cut : NULL};
}

/* Puts the newer patches on top of the older; both are in order and apart, and so is out. */
static size_t patches_merge(const struct patch *old, size_t n_old, const struct patch *newer,
	size_t n_newer, struct patch *out)
{
	struct patch o = {0}; /* what is left of the older one in turn */
	size_t n = 0;

	for (;;) {
		if (!o.len && n_old) {
			o = *old++;
			n_old--;
		}
		if (!o.len && !n_newer)
			return n;
		if (o.len && (!n_newer || end_of(o) <= newer->off)) {
			out[n++] = o;
			o.len = 0;
		} else if (!o.len || end_of(*newer) <= o.off) {
			out[n++] = *newer++;
			n_newer--;
		} else if (o.off < newer->off) {
			out[n] = o;
			out[n++].len = newer->off - o.off;
			o = from(o, newer->off);
		} else {
			o = from(o, min_u64(end_of(o), end_of(*newer)));
		}
	}
}

/*
 * Sorts patches that overlap, later ones on top of earlier ones.  n patches become fewer than 2n;
 * out has room for these, scratch for 4n.
 */
static size_t patches_flatten(
	const struct patch *p, size_t n, struct patch *out, struct patch *scratch)
{
	size_t half = n / 2, n_old, n_newer;

	if (n < 2) {
		if (n)
			*out = *p;
		return n;
	}
	n_old = patches_flatten(p, half, scratch, scratch + 2 * n);
	n_newer = patches_flatten(p + half, n - half, scratch + 2 * half, scratch + 2 * n);
	return patches_merge(scratch, n_old, scratch + 2 * half, n_newer, out);
}

/* ---- the device ---- */

/* The first patch that ends behind off. */
static size_t patch_after(const struct overlay *o, uint64_t off)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (end_of(o->patches[mid]) > off)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int overlay_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct overlay *o = (struct overlay *)d;
	size_t stored = off < o->below->size ? (size_t)min_u64(len, o->below->size - off) : 0;
	uint8_t *out = buf;
	int r = blockdev_read(o->below, stored ? off : 0, out, stored, e);

	if (r < 0)
		return r;
	memset(out + stored, 0, len - stored);
	for (size_t i = patch_after(o, off); i < o->n && o->patches[i].off < off + len; i++) {
		struct patch p = o->patches[i];
		size_t n;

		if (p.off < off)
			p = from(p, off);
		n = (size_t)min_u64(p.len, off + len - p.off);
		if (p.p)
			memcpy(out + (p.off - off), p.p, n);
		else
			memset(out + (p.off - off), 0, n);
	}
	return 0;
}

static int overlay_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct overlay *o = (struct overlay *)d;
	size_t i = patch_after(o, off);
	uint64_t until = i < o->n ? o->patches[i].off : d->size;
	int r;

	if (until <= off) {
		*ret_hole = !o->patches[i].p;
		*ret_len = end_of(o->patches[i]) - off;
		return 0;
	}
	*ret_hole = true;
	*ret_len = until - off;
	if (off >= o->below->size)
		return 0;
	r = blockdev_extent(o->below, off, ret_len, ret_hole, e);
	*ret_len = min_u64(*ret_len, until - off);
	return r;
}

static void overlay_close(struct blockdev *d)
{
	struct overlay *o = (struct overlay *)d;

	blockdev_close(o->below);
	free(o->patches);
	free(o->log);
	free(o);
}

static const struct blockdev_ops overlay_ops = {
	.name = "vhdx log", .read = overlay_read, .extent = overlay_extent, .close = overlay_close};

/* ---- opening ---- */

static int log_read(
	struct blockdev *file, const struct vhdx_log *where, uint8_t **ret, struct err *e)
{
	int r;

	if (!where->len || where->len % (1U << 20) || where->at % (1U << 20) ||
		!range_inside(where->at, where->len, file->size))
		return err_set(e, EBADMSG, "the log of the VHDX lies past the end of the file");
	if (where->len > VHDX_LOG_MAX)
		return err_set(e, E2BIG, "the log of the VHDX has %u bytes, over %u", where->len,
			VHDX_LOG_MAX);
	*ret = malloc(where->len);
	if (!*ret)
		return err_set(e, ENOMEM, "out of memory");
	r = blockdev_read(file, where->at, *ret, where->len, e);
	if (r < 0)
		free(TAKE(*ret));
	return r;
}

/* Finds what there is to replay in a log that has been read: 1, or 0 if there is nothing. */
static int log_search(
	struct log *g, uint64_t file_size, struct patches *list, uint64_t *ret_size, struct err *e)
{
	struct row row = {0};
	int r = active_row(g, &row, e);

	*ret_size = file_size;
	if (r <= 0)
		return r;
	if (row.last.flushed > file_size || row.last.last > INT64_MAX)
		return err_set(e, EBADMSG, "the VHDX is cut short, as its log shows");
	if (*ret_size < row.last.last)
		*ret_size = row.last.last;
	r = row_apply(g, &row, list, e);
	return r < 0 ? r : 1;
}

static int overlay_make(const struct patches *list, uint64_t size, uint8_t **log,
	struct blockdev *file, struct blockdev **ret, struct err *e)
{
	CLEANUP(cleanup_free) struct patch *scratch = malloc((4 * list->n + 1) * sizeof(*scratch));
	struct patch *flat = malloc((2 * list->n + 1) * sizeof(*flat));
	struct overlay *o = malloc(sizeof(*o));

	if (!scratch || !flat || !o) {
		free(flat);
		free(o);
		return err_set(e, ENOMEM, "out of memory");
	}
	*o = (struct overlay){.below = file, .log = TAKE(*log), .patches = flat};
	o->dev = (struct blockdev){.ops = &overlay_ops, .size = size};
	o->n = patches_flatten(list->at, list->n, flat, scratch);
	*ret = &o->dev;
	return 0;
}

int vhdx_log_open(
	struct blockdev *file, const struct vhdx_log *log, struct blockdev **ret, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *p = NULL;
	struct patches list = {0};
	uint64_t size = 0;
	struct log g;
	int r = log_read(file, log, &p, e);

	if (r < 0)
		return r;
	g = (struct log){p, log->len, log->guid, (uint64_t)log->len * VHDX_LOG_PASSES_MAX};
	r = log_search(&g, file->size, &list, &size, e);
	if (r > 0)
		r = overlay_make(&list, size, &p, file, ret, e);
	else if (!r)
		*ret = file;
	free(list.at);
	return r;
}
