/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The space-efficient sparse extents of VMDK snapshots on VMFS 6 ("seSparse", version 2.1).  VMware
 * has not published them; the layout is the one that qemu and libvmdk agree on.  All numbers are
 * little-endian and of 64 bits; places are in sectors.
 *
 * An entry's highest four bits say what it is.  A grain directory holds the numbers of grain
 * tables, these the numbers of grains.  The free bitmap and the map from grains back to the disk
 * are not needed for reading.  Left out, and refused: a journal that waits to be replayed.
 */
#include "disk/vmdk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "disk/layer.h"

#define SECTOR VMDK_SECTOR
#define VOLATILE_MAGIC 0xcafecafeULL
#define FORMAT_VERSION 0x0000000200000001ULL
#define GRAIN_SECTORS 8
#define TABLE_SECTORS 64
#define GRAIN_SIZE (GRAIN_SECTORS * SECTOR)
#define ENTRIES (TABLE_SECTORS * SECTOR / 8)
/* Entries of a table that are looked at in one go: a sector of them. */
#define BATCH (SECTOR / 8)

/* The kinds of entry.  Two stand for zeros: unmapped by the guest, and written as zeros. */
#define KIND(entry) ((entry) >> 60)
enum { UNALLOCATED, UNMAPPED, ZEROED, ALLOCATED };
#define TABLE_KIND 0x10000000ULL

struct header {
	uint64_t capacity, state_at, directory, directory_size, tables, grains;
};

struct sesparse {
	struct layer layer;
	struct header header; /* in bytes */
};

/* ---- the header ---- */

static int header_decode(const struct vmdk_head *head, struct header *ret, struct err *e)
{
	struct bytes b = bytes_of(head->bytes, head->n);
	uint64_t version, grain, table;

	bytes_skip(&b, 8);
	version = bytes_le64(&b);
	ret->capacity = bytes_le64(&b);
	grain = bytes_le64(&b);
	table = bytes_le64(&b);
	bytes_skip(&b, 5 * 8);
	ret->state_at = bytes_le64(&b);
	bytes_skip(&b, 5 * 8);
	ret->directory = bytes_le64(&b);
	ret->directory_size = bytes_le64(&b);
	ret->tables = bytes_le64(&b);
	bytes_skip(&b, 5 * 8);
	ret->grains = bytes_le64(&b);
	if (b.bad)
		return err_set(e, EBADMSG, "is too short for a VMDK");
	if (version != FORMAT_VERSION)
		return err_set(e, ENOTSUP,
			"is a VMDK (seSparse) of version %" PRIu64 ".%" PRIu64
			", which cannot be read",
			version >> 32, version & UINT32_MAX);
	if (grain != GRAIN_SECTORS || table != TABLE_SECTORS)
		return err_set(e, ENOTSUP,
			"is a VMDK (seSparse) with grains of %" PRIu64 " and tables of %" PRIu64
			" sectors, which cannot be read",
			grain, table);
	return 0;
}

static int header_check(struct header *h, struct err *e)
{
	uint64_t *places[] = {&h->capacity, &h->state_at, &h->directory, &h->directory_size,
		&h->tables, &h->grains};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (!checked_mul(*places[i], SECTOR, places[i]) || *places[i] > INT64_MAX)
			return err_set(e, EBADMSG, "the VMDK's header names sector %" PRIu64,
				*places[i] / SECTOR);
	if (!h->capacity)
		return err_set(e, EBADMSG, "the VMDK header gives the disk 0 sectors");
	if (div_up(h->capacity, (uint64_t)ENTRIES * GRAIN_SIZE) > h->directory_size / 8)
		return err_set(e, EBADMSG,
			"the VMDK's grain directory of %" PRIu64 " bytes is too small for its disk",
			h->directory_size);
	return 0;
}

/* The part of the header that changes while the machine runs. */
static int state_check(struct sesparse *s, const struct vmdk_head *head, struct err *e)
{
	uint64_t at = s->header.state_at;
	uint8_t p[32];
	int r = 0;

	if (range_inside(at, sizeof(p), head->n))
		memcpy(p, head->bytes + at, sizeof(p));
	else
		r = layer_read_table(&s->layer, at, p, sizeof(p), "the VMDK's second header", e);
	if (r < 0)
		return r;
	if (get_le64(p) != VOLATILE_MAGIC)
		return err_set(e, EBADMSG, "the VMDK has no second header where the first says");
	if (get_le64(p + 24))
		return err_set(e, ENOTSUP,
			"is a VMDK (seSparse) whose journal has to be replayed first, which cannot "
			"be done here; start and stop the machine, or consolidate the snapshot");
	if (!range_inside(s->header.directory, s->header.directory_size, s->layer.file->size))
		return err_set(
			e, EBADMSG, "the VMDK's grain directory lies past the end of the file");
	return 0;
}

/* ---- looking up grains ---- */

/* Where an allocated grain is: the number's low twelve bits are above its high 48. */
static bool grain_place(const struct sesparse *s, uint64_t entry, uint64_t *ret)
{
	uint64_t number = (entry >> 48 & 0xfff) | (entry & 0xffffffffffff) << 12, bytes;

	return checked_mul(number, GRAIN_SIZE, &bytes) &&
	       checked_add(s->header.grains, bytes, ret) && *ret < s->layer.file->size;
}

static bool entry_piece(const struct sesparse *s, uint64_t entry, struct piece *ret)
{
	*ret = (struct piece){PIECE_PARENT, GRAIN_SIZE, 0};
	switch (KIND(entry)) {
	case UNALLOCATED:
		return !entry;
	case UNMAPPED:
	case ZEROED:
		ret->in = PIECE_ZEROS;
		return true;
	case ALLOCATED:
		ret->in = PIECE_FILE;
		return grain_place(s, entry, &ret->at);
	default:
		return false;
	}
}

/* Where the table of a grain is; 0: there is none. */
static int table_find(struct sesparse *s, uint64_t grain, uint64_t *ret, struct err *e)
{
	uint64_t entry, at = s->header.directory + grain / ENTRIES * 8;
	uint8_t p[8];
	int r = layer_read_table(&s->layer, at, p, sizeof(p), "the VMDK's grain directory", e);

	if (r < 0)
		return r;
	entry = get_le64(p);
	if (entry && entry >> 32 != TABLE_KIND)
		return err_set(e, EBADMSG,
			"the VMDK's grain directory has an unknown entry for grain %" PRIu64,
			grain);
	*ret = entry ? s->header.tables + (entry & UINT32_MAX) * TABLE_SECTORS * SECTOR : 0;
	return 0;
}

static int sesparse_find(struct layer *l, uint64_t off, struct piece *ret, struct err *e)
{
	struct sesparse *s = (struct sesparse *)l;
	uint64_t grain = off / GRAIN_SIZE, in = off % GRAIN_SIZE;
	uint64_t index = grain % ENTRIES, table = 0;
	size_t n = (size_t)(BATCH - index % BATCH);
	uint8_t p[BATCH * 8];
	struct piece next;
	int r = table_find(s, grain, &table, e);

	if (r < 0)
		return r;
	if (!table) {
		*ret = (struct piece){PIECE_PARENT, (ENTRIES - index) * GRAIN_SIZE - in, 0};
		return 0;
	}
	r = layer_read_table(l, table + index * 8, p, n * 8, "a grain table of the VMDK", e);
	if (r < 0)
		return r;
	if (!entry_piece(s, get_le64(p), ret))
		return err_set(e, EBADMSG,
			"grain %" PRIu64 " of the VMDK lies past the end of the file, or is of an "
			"unknown kind",
			grain);
	for (size_t i = 1; i < n && entry_piece(s, get_le64(p + i * 8), &next); i++) {
		if (next.in != ret->in || (next.in == PIECE_FILE && next.at != ret->at + ret->len))
			break;
		ret->len += GRAIN_SIZE;
	}
	ret->len -= in;
	if (ret->in == PIECE_FILE)
		ret->at += in;
	return 0;
}

/* ---- opening ---- */

static void sesparse_close(struct blockdev *d)
{
	layer_close((struct layer *)d);
	free(d);
}

static const struct blockdev_ops sesparse_ops = {.name = "vmdk, seSparse",
	.read = layer_read,
	.extent = layer_extent,
	.close = sesparse_close};
static const struct layer_ops layer_ops = {.find = sesparse_find};

int vmdk_sesparse_open(const struct vmdk_head *head, const struct vmdk_grains *g,
	struct blockdev **ret, struct err *e)
{
	struct sesparse *s;
	struct header h;
	int r = header_decode(head, &h, e);

	if (r >= 0)
		r = header_check(&h, e);
	if (r < 0)
		return r;
	if (g->size > h.capacity)
		return err_set(e, EBADMSG,
			"its header gives it %" PRIu64 " bytes, the VMDK descriptor %" PRIu64,
			h.capacity, g->size);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, ENOMEM, "out of memory");
	s->layer.dev =
		(struct blockdev){.ops = &sesparse_ops, .size = g->size ? g->size : h.capacity};
	s->layer.ops = &layer_ops;
	s->layer.name = g->name;
	s->header = h;
	r = layer_open_file(&s->layer, g->f, e);
	if (r >= 0)
		r = state_check(s, head, e);
	if (r < 0) {
		sesparse_close(&s->layer.dev);
		return r;
	}
	s->layer.parent = TAKE(*g->parent);
	*ret = &s->layer.dev;
	return 0;
}
