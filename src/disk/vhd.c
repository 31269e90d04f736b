/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VHD, by Microsoft's "Virtual Hard Disk Image Format Specification" 1.0: fixed (the disk's bytes
 * and a footer), dynamic (a copy of the footer, a header, a block table, blocks, the footer)
 * and differencing (the same, with only the sectors that differ from a parent's).  All numbers are
 * big-endian.
 *
 * The bitmap before each block says which of its sectors a differencing disk has.  Of a dynamic
 * disk it is not looked at: sectors that were never written are zeros in the block as well, and
 * other readers rely on that.
 */
#include "disk/vhd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "disk/chain.h"
#include "disk/filedev.h"

#define SECTOR VHD_SECTOR
#define FOOTER_SIZE 512
/* Virtual PC before 2004 leaves out the last byte, which is always zero. */
#define SHORT_FOOTER 511
#define FOOTER_CHECKSUM_AT 64
#define HEADER_CHECKSUM_AT 36
/* What is read of the start at once: often the header and the parent's names are in it. */
#define START 16384U
/* File systems keep times no better than that, in seconds. */
#define TIME_SLACK 2
#define UNUSED 0xffffffffU
/* Disks larger than this geometry have it all the same. */
#define GEOMETRY_MAX (65535ULL * 16 * 255)

enum { FIXED = 2, DYNAMIC = 3, DIFFERENCING = 4 };

struct footer {
	uint64_t header_at, current_size;
	char creator[5];
	uint64_t geometry; /* sectors by cylinders, heads and sectors per track */
	uint32_t type;
	uint8_t id[16];
	uint64_t at; /* of the footer at the end, also when its copy is what was read */
};

struct header {
	uint64_t table_at;
	uint32_t blocks, block_size;
};

struct vhd {
	struct layer layer;
	struct header header;
	uint32_t bitmap_size;
	bool differencing;
};

static bool has_cookie(const uint8_t *p)
{
	return !memcmp(p, "conectix", 8);
}

/* The one's complement of the sum of all bytes but the checksum's own. */
static bool checksum_holds(const uint8_t *p, size_t n, size_t at)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (i < at || i >= at + 4)
			sum += p[i];
	return get_be32(p + at) == ~sum;
}

static bool footer_sound(const uint8_t *p)
{
	return has_cookie(p) && checksum_holds(p, FOOTER_SIZE, FOOTER_CHECKSUM_AT);
}

static struct footer footer_decode(const uint8_t *p)
{
	struct bytes b = bytes_at(p, FOOTER_SIZE, 16);
	struct footer f = {0};

	f.header_at = bytes_be64(&b);
	bytes_skip(&b, 4);
	bytes_copy(&b, f.creator, 4);
	bytes_skip(&b, 16);
	f.current_size = bytes_be64(&b);
	f.geometry = bytes_be16(&b);
	f.geometry *= bytes_u8(&b);
	f.geometry *= bytes_u8(&b);
	f.type = bytes_be32(&b);
	bytes_skip(&b, 4);
	bytes_copy(&b, f.id, sizeof(f.id));
	return f;
}

/*
 * Virtual PC, Virtual Server and old qemu give the guest the disk that the geometry describes; all
 * others the size that the footer states.
 */
static uint64_t virtual_size(const struct footer *f)
{
	bool by_geometry = !strcmp(f->creator, "vpc ") || !strcmp(f->creator, "vs  ") ||
			   !strcmp(f->creator, "qemu");

	if (by_geometry && f->geometry && f->geometry < GEOMETRY_MAX)
		return f->geometry * SECTOR;
	return f->current_size / SECTOR * SECTOR;
}

static size_t footer_size(uint64_t file_size)
{
	return file_size % SECTOR == SHORT_FOOTER ? SHORT_FOOTER : FOOTER_SIZE;
}

static bool vhd_probe(const struct disk_probe *p)
{
	return (p->tail && has_cookie(p->tail + (FOOTER_SIZE - footer_size(p->file_size)))) ||
	       (p->head_len >= FOOTER_SIZE && has_cookie(p->head));
}

static void note(const struct disk_open_args *args, struct disk_info *info, const char *text)
{
	*list_add(args->arena, &info->notes) = text;
}

/* The footer, or its copy at the start of a dynamic disk when that is what is left. */
static int footer_read(const struct disk_open_args *args, struct hostfile *f,
	struct disk_info *info, struct footer *ret, struct err *e)
{
	uint8_t last[FOOTER_SIZE] = {0}, first[FOOTER_SIZE];
	size_t n = footer_size(f->size);
	uint64_t at = f->size - n;
	int r;

	if (f->size < FOOTER_SIZE)
		return err_set(e, EBADMSG, "is too short for a VHD");
	r = hostfile_read(f, at, last, n, e);
	if (r < 0)
		return r;
	if (footer_sound(last)) {
		*ret = footer_decode(last);
		ret->at = at;
		return 0;
	}
	r = hostfile_read(f, 0, first, sizeof(first), e);
	if (r < 0)
		return r;
	/* A fixed disk begins with the guest's own bytes, which prove nothing. */
	if (footer_sound(first) && footer_decode(first).type != FIXED) {
		note(args, info,
			has_cookie(last)
				? "the VHD footer is damaged; its copy at the start is used"
				: "the VHD footer is missing, as in a file that was cut "
				  "short; its copy at the start is used");
		info->damaged = true;
		*ret = footer_decode(first);
		ret->at = at;
		return 0;
	}
	if (has_cookie(last) || has_cookie(first))
		return err_set(e, EBADMSG, "the checksum of the VHD footer is wrong");
	return err_set(e, EBADMSG, "is not a VHD: it has no footer");
}

static int footer_check(const struct footer *f, struct err *e)
{
	if (f->type != FIXED && f->type != DYNAMIC && f->type != DIFFERENCING)
		return err_set(e, EBADMSG, "is a VHD of unknown type %" PRIu32, f->type);
	if (!virtual_size(f) || virtual_size(f) > INT64_MAX)
		return err_set(e, EBADMSG,
			"the VHD footer gives the disk a size of %" PRIu64 " bytes",
			f->current_size);
	return 0;
}

/* Of a differencing disk, what is near the header is brought into the cache in the same read. */
static int header_bytes(struct vhd *v, uint64_t at, uint8_t p[VHD_HEADER_SIZE], struct err *e)
{
	uint64_t end = min_u64(START, v->layer.tables->size);
	CLEANUP(cleanup_free) uint8_t *start = NULL;
	int r = 0;

	if (v->differencing && range_inside(at, VHD_HEADER_SIZE, end)) {
		start = malloc(end);
		if (!start)
			return err_set(e, ENOMEM, "out of memory");
		r = blockdev_read(v->layer.tables, 0, start, end, e);
	}
	return r < 0 ? r
		     : layer_read_table(
			       &v->layer, at, p, VHD_HEADER_SIZE, "the header of the VHD", e);
}

static int header_decode(const struct disk_open_args *args, const uint8_t *p,
	struct disk_info *info, struct header *ret, struct err *e)
{
	struct bytes b;

	if (memcmp(p, "cxsparse", 8))
		return err_set(e, EBADMSG, "the VHD has no header where its footer says");
	b = bytes_at(p, VHD_HEADER_SIZE, 16);
	ret->table_at = bytes_be64(&b);
	bytes_skip(&b, 4);
	ret->blocks = bytes_be32(&b);
	ret->block_size = bytes_be32(&b);
	/* The fields are checked one by one, so that one wrong byte need not cost the disk. */
	if (!checksum_holds(p, VHD_HEADER_SIZE, HEADER_CHECKSUM_AT)) {
		note(args, info, "the checksum of the VHD's header is wrong");
		info->damaged = true;
	}
	return 0;
}

static int header_check(const struct header *h, uint64_t size, uint64_t file_size, struct err *e)
{
	if (!is_power_of_two(h->block_size) || h->block_size < SECTOR)
		return err_set(e, EBADMSG,
			"the VHD's block size of %" PRIu32 " bytes makes no sense", h->block_size);
	if (h->block_size > VHD_BLOCK_MAX)
		return err_set(e, E2BIG, "the VHD's block size of %" PRIu32 " bytes is over %u",
			h->block_size, VHD_BLOCK_MAX);
	if (div_up(size, h->block_size) > h->blocks)
		return err_set(e, EBADMSG,
			"the VHD's table of %" PRIu32 " blocks is too small for a disk of %" PRIu64
			" bytes",
			h->blocks, size);
	if (!range_inside(h->table_at, div_up(size, h->block_size) * 4, file_size))
		return err_set(e, EBADMSG, "the VHD's block table lies past the end of the file");
	return 0;
}

/* ---- looking up blocks ---- */

static bool bit_at(const uint8_t *map, uint64_t i)
{
	return map[i / 8] & 0x80 >> i % 8;
}

/* The run of sectors from the given one on that are all here, or all the parent's. */
static int bitmap_run(
	struct vhd *v, uint64_t bitmap_at, uint64_t sector, struct piece *ret, struct err *e)
{
	uint64_t part = sector / (8 * SECTOR), first = sector % (8 * SECTOR), end = first + 1;
	uint64_t sectors = min_u64(8 * SECTOR, v->header.block_size / SECTOR - part * 8 * SECTOR);
	uint8_t map[SECTOR];
	int r = layer_read_table(&v->layer, bitmap_at + part * SECTOR, map, sizeof(map),
		"a sector bitmap of the VHD", e);

	if (r < 0)
		return r;
	while (end < sectors && bit_at(map, end) == bit_at(map, first))
		end++;
	ret->in = bit_at(map, first) ? PIECE_FILE : PIECE_PARENT;
	ret->len = (end - first) * SECTOR;
	return 0;
}

static int vhd_find(struct layer *l, uint64_t off, struct piece *ret, struct err *e)
{
	struct vhd *v = (struct vhd *)l;
	uint64_t block = off / v->header.block_size, in = off % v->header.block_size, at;
	uint8_t entry[4];
	int r = layer_read_table(l, v->header.table_at + block * 4, entry, sizeof(entry),
		"the VHD's block table", e);

	if (r < 0)
		return r;
	*ret = (struct piece){PIECE_PARENT, v->header.block_size - in, 0};
	if (get_be32(entry) == UNUSED)
		return 0;
	at = (uint64_t)get_be32(entry) * SECTOR;
	if (at + v->bitmap_size >= l->file->size)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the VHD lies past the end of the file", block);
	ret->in = PIECE_FILE;
	if (v->differencing) {
		r = bitmap_run(v, at, in / SECTOR, ret, e);
		ret->len -= in % SECTOR;
	}
	ret->at = at + v->bitmap_size + in;
	return r;
}

static const struct layer_ops layer_ops = {.find = vhd_find};

static void vhd_close(struct blockdev *d)
{
	layer_close((struct layer *)d);
	free(d);
}

static const struct blockdev_ops vhd_ops = {
	.name = "vhd", .read = layer_read, .extent = layer_extent, .close = vhd_close};

/* ---- opening ---- */

static int parent_check(const struct disk_open_args *args, const struct vhd_parent *wanted,
	const struct disk_info *parent, struct disk_info *info, struct err *e)
{
	int64_t late = parent->modified - wanted->modified;

	if (strcmp(wanted->id, parent->identity))
		return err_set(e, EBADMSG,
			"was made for a parent with the id %s, but %s has the id %s: it is another "
			"disk",
			wanted->id, info->parents.at[0], parent->identity);
	if (wanted->modified && (late > TIME_SLACK || late < -TIME_SLACK))
		note(args, info,
			"the parent's file is not of the time that the differencing VHD states: it "
			"was copied without its times, or changed since");
	return 0;
}

static int parent_open(struct vhd *v, const struct disk_open_args *args, const char *dir,
	const struct hostfile *f, const uint8_t *header, struct disk_info *info, struct err *e)
{
	struct disk_info parent = {0};
	struct vhd_parent wanted;
	int r = vhd_parent_read(args->arena, &v->layer, header, &wanted, e);

	if (r >= 0)
		r = chain_open_parent(
			args, dir, f, wanted.names, "vhd", info, &parent, &v->layer.parent, e);
	return r < 0 ? r : parent_check(args, &wanted, &parent, info, e);
}

/* Only of a file without its footer: the whole table is read. */
static void find_cut(struct vhd *v, const struct disk_open_args *args, uint64_t file_size,
	struct disk_info *info)
{
	uint64_t blocks = div_up(v->layer.dev.size, v->header.block_size), lost = 0;

	for (uint64_t i = 0; i < blocks; i++) {
		struct err e = {0};
		uint8_t entry[4];

		if (layer_read_table(&v->layer, v->header.table_at + i * 4, entry, sizeof(entry),
			    "the VHD's block table", &e) < 0)
			return;
		lost += get_be32(entry) != UNUSED &&
			(uint64_t)get_be32(entry) * SECTOR + v->bitmap_size + v->header.block_size >
				file_size;
	}
	if (!lost)
		return;
	info->cut_short = true;
	note(args, info,
		arena_printf(args->arena, "%" PRIu64 " of its blocks lie past the end of the file",
			lost));
}

static int blocks_open(struct vhd *v, const struct disk_open_args *args, const char *dir,
	const struct footer *footer, struct hostfile **f, struct disk_info *info, struct err *e)
{
	uint8_t header[VHD_HEADER_SIZE];
	const struct hostfile *host = *f;
	int r = layer_open_file(&v->layer, f, e);

	if (r >= 0)
		r = header_bytes(v, footer->header_at, header, e);
	if (r >= 0)
		r = header_decode(args, header, info, &v->header, e);
	if (r >= 0)
		r = header_check(&v->header, v->layer.dev.size, host->size, e);
	if (r < 0)
		return r;
	/* A bit a sector, in whole sectors. */
	v->bitmap_size = (uint32_t)div_up(v->header.block_size / SECTOR, 8 * SECTOR) * SECTOR;
	if (info->damaged)
		find_cut(v, args, host->size, info);
	return v->differencing ? parent_open(v, args, dir, host, header, info, e) : 0;
}

static int dynamic_open(const struct disk_open_args *args, const char *dir,
	const struct footer *footer, struct hostfile **f, struct disk_info *info,
	struct blockdev **ret, struct err *e)
{
	struct vhd *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return err_set(e, ENOMEM, "out of memory");
	v->layer.dev = (struct blockdev){.ops = &vhd_ops, .size = virtual_size(footer)};
	v->layer.ops = &layer_ops;
	v->layer.name = args->chain ? args->path : NULL;
	v->differencing = footer->type == DIFFERENCING;
	r = blocks_open(v, args, dir, footer, f, info, e);
	if (r < 0) {
		vhd_close(&v->layer.dev);
		return r;
	}
	*ret = &v->layer.dev;
	return 0;
}

static int vhd_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	static const char *const types[] = {
		[FIXED] = "fixed", [DYNAMIC] = "dynamic", [DIFFERENCING] = "differencing"};
	struct footer footer;
	int r = footer_read(args, *f, info, &footer, e);

	if (r >= 0)
		r = footer_check(&footer, e);
	if (r < 0)
		return r;
	info->format = "vhd";
	info->subformat = types[footer.type];
	info->identity = vhd_id(args->arena, footer.id);
	info->creator = arena_strdup(args->arena, footer.creator);
	info->stated_size = footer.current_size;
	if (footer.geometry < GEOMETRY_MAX)
		info->geometry_size = footer.geometry * SECTOR;
	if (footer.type != FIXED)
		return dynamic_open(args, dir, &footer, f, info, ret, e);
	if (footer.at < virtual_size(&footer)) {
		note(args, info, "the file is shorter than the disk its VHD footer describes");
		info->cut_short = true;
	}
	return filedev_open(f, 0, virtual_size(&footer), ret, e);
}

const struct disk_format vhd_format = {.name = "vhd", .probe = vhd_probe, .open = vhd_open};
