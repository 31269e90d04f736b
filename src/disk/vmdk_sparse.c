/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sparse extents of VMDKs by VMware's "Virtual Disk Format 5.0": the hosted ones (monolithicSparse,
 * streamOptimized, pieces of twoGbMaxExtentSparse; versions 1 to 3), and those of ESX before VMFS 6
 * (vmfsSparse, "COWD").  All numbers are little-endian; places are in sectors.
 *
 * A grain directory points at grain tables, these at grains.  Both are read through the block cache
 * where a lookup needs them, so opening costs the same whatever the size of the disk.  Many hosted
 * extents have each table twice; the second is used where the first leads out of the file.
 */
#include "disk/vmdk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "disk/layer.h"
#include "disk/vmdk_inflate.h"

#define SECTOR VMDK_SECTOR
#define HEADER_SIZE 512
#define HOSTED_MAGIC "KDMV"
#define COWD_MAGIC "COWD"
#define COWD_VERSION 1
#define COWD_GTES 4096

#define FLAG_NEWLINE_TEST (1U << 0)
#define FLAG_REDUNDANT (1U << 1)
#define FLAG_ZERO_GRAINS (1U << 2)
#define FLAG_COMPRESSED (1U << 16)
#define FLAG_MARKERS (1U << 17)

/* A directory at this place is announced by the footer, at the end of the stream. */
#define AT_FOOTER UINT64_MAX
#define GTE_ZERO 1
#define DEFLATE 1
/* Entries of a table that are looked at in one go: a sector of them. */
#define BATCH 128U

struct sparse {
	struct layer layer;
	struct vmdk_header header;
	uint64_t grain_size; /* bytes */
	uint64_t grains;
	bool inflates;
};

/* ---- the header ---- */

static int header_decode(const uint8_t *p, struct vmdk_header *ret, struct err *e)
{
	struct bytes b = bytes_of(p, HEADER_SIZE);
	struct vmdk_header h = {0};

	if (!bytes_match(&b, HOSTED_MAGIC, 4))
		return err_set(
			e, EBADMSG, "is not a VMDK: it has neither a header nor a descriptor");
	h.version = bytes_le32(&b);
	h.flags = bytes_le32(&b);
	h.capacity = bytes_le64(&b);
	h.grain = bytes_le64(&b);
	h.descriptor_at = bytes_le64(&b);
	h.descriptor_size = bytes_le64(&b);
	h.gtes = bytes_le32(&b);
	h.redundant = bytes_le64(&b);
	h.directory = bytes_le64(&b);
	bytes_skip(&b, 8);
	h.unclean = bytes_u8(&b) == 1;
	h.newlines_intact = bytes_match(&b, "\n \r\n", 4);
	h.compression = bytes_le16(&b);
	*ret = h;
	return 0;
}

/* What both kinds of extent have in common. */
static int size_check(const struct vmdk_header *h, struct err *e)
{
	uint64_t size;

	if (!h->capacity || !checked_mul(h->capacity, SECTOR, &size) || size > INT64_MAX)
		return err_set(e, EBADMSG, "the VMDK header gives the disk %" PRIu64 " sectors",
			h->capacity);
	if (!is_power_of_two(h->grain) || h->grain > VMDK_GRAIN_SECTORS_MAX)
		return err_set(e, h->grain > VMDK_GRAIN_SECTORS_MAX ? E2BIG : EBADMSG,
			"the VMDK's grain size of %" PRIu64
			" sectors is not a power of two up to %u",
			h->grain, VMDK_GRAIN_SECTORS_MAX);
	return 0;
}

static int header_check(const struct vmdk_header *h, struct err *e)
{
	int r;

	if (h->version < 1 || h->version > 3)
		return err_set(e, ENOTSUP, "is a VMDK of version %" PRIu32 ", which cannot be read",
			h->version);
	if (h->flags & FLAG_NEWLINE_TEST && !h->newlines_intact)
		return err_set(e, EBADMSG,
			"the VMDK is damaged: a transfer as text has changed its line ends");
	r = size_check(h, e);
	if (r < 0)
		return r;
	if (!h->gtes || h->gtes > VMDK_GTES_MAX)
		return err_set(e, h->gtes ? E2BIG : EBADMSG,
			"the VMDK's grain tables have %" PRIu32 " entries, not 1 to %u", h->gtes,
			VMDK_GTES_MAX);
	if (!(h->flags & FLAG_COMPRESSED))
		return 0;
	if (h->compression != DEFLATE)
		return err_set(e, ENOTSUP, "the VMDK is compressed by an unknown method %u",
			h->compression);
	if (!(h->flags & FLAG_MARKERS))
		return err_set(e, ENOTSUP, "the VMDK is compressed but has no markers");
	if (h->grain * SECTOR > VMDK_PACKED_GRAIN_MAX)
		return err_set(e, E2BIG,
			"the VMDK's compressed grains of %" PRIu64 " sectors are over %u", h->grain,
			VMDK_PACKED_GRAIN_MAX / SECTOR);
	return 0;
}

/*
 * A stream is written in one go, so where its tables are stands in a copy of the header at its end.
 */
static int footer_read(struct hostfile *f, struct vmdk_header *h, struct err *e)
{
	uint8_t p[2 * SECTOR];
	int r;

	if (f->size < HEADER_SIZE + sizeof(p))
		return err_set(e, EBADMSG, "the VMDK stream is cut short: it has no footer");
	r = hostfile_read(f, f->size - sizeof(p), p, sizeof(p), e);
	if (r < 0)
		return r;
	if (memcmp(p, HOSTED_MAGIC, 4) || !all_zero(p + SECTOR, SECTOR))
		return err_set(e, EBADMSG, "the VMDK stream is cut short: it has no footer");
	r = header_decode(p, h, e);
	if (r < 0)
		return r;
	if (h->directory == AT_FOOTER)
		return err_set(e, EBADMSG, "the VMDK's footer does not say where its tables are");
	return 0;
}

int vmdk_header_read(
	struct hostfile *f, const struct vmdk_head *head, struct vmdk_header *ret, struct err *e)
{
	struct vmdk_header h;
	int r;

	if (head->n < HEADER_SIZE)
		return err_set(e, EBADMSG, "is too short for a VMDK");
	r = header_decode(head->bytes, &h, e);
	if (r >= 0 && h.directory == AT_FOOTER) {
		uint64_t at = h.descriptor_at, size = h.descriptor_size;

		r = footer_read(f, &h, e);
		h.descriptor_at = at;
		h.descriptor_size = size;
	}
	if (r >= 0)
		r = header_check(&h, e);
	if (r >= 0)
		*ret = h;
	return r;
}

/* COWD is the same with fewer fields, and tables of one size. */
static int cowd_header_read(const struct vmdk_head *head, struct vmdk_header *ret, struct err *e)
{
	struct bytes b = bytes_of(head->bytes, head->n);
	struct vmdk_header h = {.gtes = COWD_GTES};
	uint64_t entries;

	bytes_match(&b, COWD_MAGIC, 4);
	h.version = bytes_le32(&b);
	bytes_skip(&b, 4);
	h.capacity = bytes_le32(&b);
	h.grain = bytes_le32(&b);
	h.directory = bytes_le32(&b);
	entries = bytes_le32(&b);
	if (b.bad)
		return err_set(e, EBADMSG, "is too short for a VMDK");
	if (h.version != COWD_VERSION)
		return err_set(e, ENOTSUP,
			"is a VMDK (COWD) of version %" PRIu32 ", which cannot be read", h.version);
	*ret = h;
	if (size_check(&h, e) < 0)
		return -e->num;
	if (entries < div_up(div_up(h.capacity, h.grain), COWD_GTES))
		return err_set(e, EBADMSG,
			"the VMDK's grain directory of %" PRIu64 " entries is too small for its "
			"disk",
			entries);
	return 0;
}

/* ---- looking up grains ---- */

/* What an entry of a grain table stands for; false: a grain past the end of the file. */
static bool entry_piece(const struct sparse *s, uint32_t entry, struct piece *ret)
{
	*ret = (struct piece){PIECE_PARENT, s->grain_size, 0};
	if (entry == GTE_ZERO && s->header.flags & FLAG_ZERO_GRAINS) {
		ret->in = PIECE_ZEROS;
	} else if (entry) {
		ret->in = s->layer.unit ? PIECE_PACKED : PIECE_FILE;
		ret->at = (uint64_t)entry * SECTOR;
	}
	return ret->at < s->layer.file->size;
}

static bool follows(const struct piece *p, const struct piece *next)
{
	if (next->in != p->in || p->in == PIECE_PACKED)
		return false;
	return p->in != PIECE_FILE || next->at == p->at + p->len;
}

/* The grain of this number, and those after it that it makes one piece with. */
static int find_by(
	struct sparse *s, uint64_t directory, uint64_t grain, struct piece *ret, struct err *e)
{
	uint64_t gtes = s->header.gtes, index = grain % gtes;
	size_t n = (size_t)min_u64(BATCH - index % BATCH, gtes - index);
	uint8_t p[BATCH * 4];
	struct piece next;
	uint32_t table;
	int r = layer_read_table(&s->layer, directory * SECTOR + grain / gtes * 4, p, 4,
		"a grain table of the VMDK", e);

	if (r < 0)
		return r;
	table = get_le32(p);
	if (!table) {
		*ret = (struct piece){PIECE_PARENT, (gtes - index) * s->grain_size, 0};
		return 0;
	}
	r = layer_read_table(&s->layer, (uint64_t)table * SECTOR + index * 4, p, n * 4,
		"a grain table of the VMDK", e);
	if (r < 0)
		return r;
	if (!entry_piece(s, get_le32(p), ret))
		return err_set(e, EBADMSG,
			"grain %" PRIu64 " of the VMDK lies past the end of the file", grain);
	for (size_t i = 1; i < n && entry_piece(s, get_le32(p + i * 4), &next); i++) {
		if (!follows(ret, &next))
			break;
		ret->len += s->grain_size;
	}
	return 0;
}

static int sparse_find(struct layer *l, uint64_t off, struct piece *ret, struct err *e)
{
	struct sparse *s = (struct sparse *)l;
	uint64_t grain = off / s->grain_size, in = off % s->grain_size;
	struct err second;
	int r = find_by(s, s->header.directory, grain, ret, e);

	if (r == -EBADMSG && s->header.redundant &&
		find_by(s, s->header.redundant, grain, ret, &second) >= 0)
		r = 0;
	if (r < 0)
		return r;
	ret->len -= in;
	if (ret->in == PIECE_FILE)
		ret->at += in;
	return 0;
}

static int sparse_unpack(struct layer *l, uint64_t off, uint64_t at, uint8_t *buf, struct err *e)
{
	size_t needed = (size_t)min_u64(l->unit, l->dev.size - off);

	return vmdk_inflate(l->file, at, off / l->unit, buf, l->unit, needed, e);
}

/* ---- opening ---- */

static void sparse_close(struct blockdev *d)
{
	struct sparse *s = (struct sparse *)d;

	if (s->inflates)
		vmdk_inflate_release(s->layer.file);
	layer_close(&s->layer);
	free(s);
}

static const struct blockdev_ops sparse_ops = {
	.name = "vmdk", .read = layer_read, .extent = layer_extent, .close = sparse_close};
static const struct layer_ops layer_ops = {.find = sparse_find, .unpack = sparse_unpack};

static uint64_t directory_bytes(const struct sparse *s)
{
	return div_up(s->grains, s->header.gtes) * 4;
}

static bool directory_inside(const struct sparse *s, uint64_t at)
{
	uint64_t bytes;

	return checked_mul(at, SECTOR, &bytes) &&
	       range_inside(bytes, directory_bytes(s), s->layer.file->size);
}

/* Do the entries of its first piece point into the file?  That much costs one read. */
static int directory_sound(struct sparse *s, bool *ret, struct err *e)
{
	uint64_t at = s->header.directory * SECTOR;
	size_t n = (size_t)min_u64(directory_bytes(s), CACHE_LINE - at % CACHE_LINE);
	uint8_t piece[CACHE_LINE];
	int r = layer_read_table(&s->layer, at, piece, n, "the VMDK's grain directory", e);

	if (r < 0)
		return r;
	*ret = true;
	for (size_t i = 0; i < n; i += 4)
		if ((uint64_t)get_le32(piece + i) * SECTOR >= s->layer.file->size)
			*ret = false;
	return 0;
}

/* Lookups try both directories; here it is made sure that there is one, and said if one is bad. */
static int directories_check(
	struct sparse *s, const struct disk_open_args *args, struct disk_info *info, struct err *e)
{
	struct vmdk_header *h = &s->header;
	bool sound = false;
	int r = 0;

	if (!(h->flags & FLAG_REDUNDANT) || !directory_inside(s, h->redundant))
		h->redundant = 0;
	if (directory_inside(s, h->directory))
		r = directory_sound(s, &sound, e);
	else if (h->redundant)
		h->directory = h->redundant;
	else
		return err_set(
			e, EBADMSG, "the VMDK's grain directory lies past the end of the file");
	if (r >= 0 && !sound) {
		info->damaged = true;
		*list_add(args->arena, &info->notes) =
			h->redundant
				? "the VMDK's grain directory is damaged; its second copy is used"
				: "the VMDK's grain directory is damaged in part";
	}
	return r;
}

static int sparse_make(const struct vmdk_header *h, const struct vmdk_grains *g,
	struct sparse **ret, struct err *e)
{
	uint64_t size = h->capacity * SECTOR;
	struct sparse *s;
	int r;

	if (g->size > size)
		return err_set(e, EBADMSG,
			"its header gives it %" PRIu64 " bytes, the VMDK descriptor %" PRIu64, size,
			g->size);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, ENOMEM, "out of memory");
	s->layer.dev = (struct blockdev){.ops = &sparse_ops, .size = g->size ? g->size : size};
	s->layer.ops = &layer_ops;
	s->layer.name = g->name;
	s->header = *h;
	s->grain_size = h->grain * SECTOR;
	s->grains = div_up(h->capacity, h->grain);
	r = layer_open_file(&s->layer, g->f, e);
	if (r >= 0 && h->flags & FLAG_COMPRESSED) {
		s->layer.unit = (uint32_t)s->grain_size;
		r = vmdk_inflate_use(e);
		s->inflates = r >= 0;
	}
	if (r < 0) {
		sparse_close(&s->layer.dev);
		return r;
	}
	*ret = s;
	return 0;
}

int vmdk_hosted_open(const struct disk_open_args *args, const struct vmdk_header *h,
	const struct vmdk_grains *g, struct disk_info *info, struct blockdev **ret, struct err *e)
{
	struct sparse *s = NULL;
	int r = sparse_make(h, g, &s, e);

	if (r < 0)
		return r;
	r = directories_check(s, args, info, e);
	if (r < 0) {
		sparse_close(&s->layer.dev);
		return r;
	}
	info->unclean |= h->unclean;
	s->layer.parent = TAKE(*g->parent);
	*ret = &s->layer.dev;
	return 0;
}

int vmdk_cowd_open(const struct vmdk_head *head, const struct vmdk_grains *g, struct blockdev **ret,
	struct err *e)
{
	struct vmdk_header h;
	struct sparse *s = NULL;
	int r = cowd_header_read(head, &h, e);

	if (r >= 0)
		r = sparse_make(&h, g, &s, e);
	if (r < 0)
		return r;
	if (!directory_inside(s, h.directory)) {
		sparse_close(&s->layer.dev);
		return err_set(
			e, EBADMSG, "the VMDK's grain directory lies past the end of the file");
	}
	s->layer.parent = TAKE(*g->parent);
	*ret = &s->layer.dev;
	return 0;
}
