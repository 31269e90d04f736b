/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VHD, by Microsoft's "Virtual Hard Disk Image Format Specification" 1.0: fixed (the disk's bytes
 * and a footer) and dynamic (a copy of the footer, a header, a block table, blocks, the footer).
 * All numbers are big-endian.
 *
 * The sector bitmap before each block is not looked at: sectors that were never written are zeros
 * in the block as well, and other readers rely on that.  Left out: differencing disks, and the
 * 511-byte footers of Virtual PC before 2004.
 */
#include "disk/disk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "disk/filedev.h"

#define SECTOR 512
#define FOOTER_SIZE 512
#define FOOTER_CHECKSUM_AT 64
#define HEADER_SIZE 1024
#define HEADER_CHECKSUM_AT 36
#define UNUSED 0xffffffffU
/* Disks larger than this geometry have it all the same. */
#define GEOMETRY_MAX (65535ULL * 16 * 255)

enum { FIXED = 2, DYNAMIC = 3, DIFFERENCING = 4 };

struct footer {
	uint64_t header_at, current_size;
	char creator[5];
	uint64_t geometry; /* sectors by cylinders, heads and sectors per track */
	uint32_t type;
};

struct header {
	uint64_t table_at;
	uint32_t blocks, block_size;
};

struct vhd {
	struct blockdev dev;
	struct blockdev *file; /* for the table; owns host */
	struct hostfile *host;
	struct header header;
	uint32_t bitmap_size;
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

static bool vhd_probe(const struct disk_probe *p)
{
	return (p->tail && has_cookie(p->tail)) ||
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
	uint8_t last[FOOTER_SIZE], first[FOOTER_SIZE];
	int r;

	if (f->size < FOOTER_SIZE)
		return err_set(e, EBADMSG, "is too short for a VHD");
	r = hostfile_read(f, f->size - FOOTER_SIZE, last, sizeof(last), e);
	if (r < 0)
		return r;
	if (footer_sound(last)) {
		*ret = footer_decode(last);
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
		*ret = footer_decode(first);
		return 0;
	}
	if (has_cookie(last) || has_cookie(first))
		return err_set(e, EBADMSG, "the checksum of the VHD footer is wrong");
	return err_set(e, EBADMSG, "is not a VHD: it has no footer");
}

static int footer_check(const struct footer *f, struct err *e)
{
	if (f->type == DIFFERENCING)
		return err_set(e, ENOTSUP,
			"is a differencing VHD: it holds only the changes to its parent, and "
			"reading "
			"both together is not built yet; merge them first");
	if (f->type != FIXED && f->type != DYNAMIC)
		return err_set(e, EBADMSG, "is a VHD of unknown type %" PRIu32, f->type);
	if (!virtual_size(f) || virtual_size(f) > INT64_MAX)
		return err_set(e, EBADMSG,
			"the VHD footer gives the disk a size of %" PRIu64 " bytes",
			f->current_size);
	return 0;
}

static int header_read(const struct disk_open_args *args, struct hostfile *f, uint64_t at,
	struct disk_info *info, struct header *ret, struct err *e)
{
	uint8_t p[HEADER_SIZE];
	struct bytes b;
	int r;

	if (!range_inside(at, sizeof(p), f->size))
		return err_set(
			e, EBADMSG, "the header of the dynamic VHD lies past the end of the file");
	r = hostfile_read(f, at, p, sizeof(p), e);
	if (r < 0)
		return r;
	if (memcmp(p, "cxsparse", 8))
		return err_set(e, EBADMSG, "the dynamic VHD has no header where its footer says");
	b = bytes_at(p, sizeof(p), 16);
	ret->table_at = bytes_be64(&b);
	bytes_skip(&b, 4);
	ret->blocks = bytes_be32(&b);
	ret->block_size = bytes_be32(&b);
	/* The fields are checked one by one, so that one wrong byte need not cost the disk. */
	if (!checksum_holds(p, sizeof(p), HEADER_CHECKSUM_AT))
		note(args, info, "the checksum of the dynamic VHD's header is wrong");
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

static int vhd_find(struct blockdev *d, uint64_t off, struct run *ret, struct err *e)
{
	struct vhd *v = (struct vhd *)d;
	uint64_t block = off / v->header.block_size, in = off % v->header.block_size, at;
	uint8_t entry[4];
	int r = blockdev_read(v->file, v->header.table_at + block * 4, entry, sizeof(entry), e);

	if (r < 0)
		return r;
	at = (uint64_t)get_be32(entry) * SECTOR + v->bitmap_size;
	ret->hole = get_be32(entry) == UNUSED;
	ret->len = v->header.block_size - in;
	ret->at = at + in;
	if (!ret->hole && at >= v->host->size)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the VHD lies past the end of the file", block);
	return 0;
}

static int vhd_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	return runs_read(d, vhd_find, ((struct vhd *)d)->host, off, buf, len, e);
}

static int vhd_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	return runs_extent(d, vhd_find, ((struct vhd *)d)->host, off, ret_len, ret_hole, e);
}

static void vhd_close(struct blockdev *d)
{
	blockdev_close(((struct vhd *)d)->file);
	free(d);
}

static const struct blockdev_ops vhd_ops = {
	.name = "vhd", .read = vhd_read, .extent = vhd_extent, .close = vhd_close};

static int dynamic_open(const struct disk_open_args *args, const struct footer *footer,
	struct hostfile **f, struct disk_info *info, struct blockdev **ret, struct err *e)
{
	struct hostfile *host = *f;
	uint64_t size = virtual_size(footer);
	struct header header;
	struct vhd *v;
	int r = header_read(args, host, footer->header_at, info, &header, e);

	if (r >= 0)
		r = header_check(&header, size, host->size, e);
	if (r < 0)
		return r;
	v = malloc(sizeof(*v));
	if (!v)
		return err_set(e, ENOMEM, "out of memory");
	*v = (struct vhd){{&vhd_ops, size, 0, 0}, NULL, host, header, 0};
	/* A bit a sector, in whole sectors. */
	v->bitmap_size = (uint32_t)div_up(header.block_size / SECTOR, 8 * SECTOR) * SECTOR;
	r = filedev_open_cached(f, &v->file, e);
	if (r < 0) {
		free(v);
		return r;
	}
	*ret = &v->dev;
	return 0;
}

static int vhd_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	struct footer footer;
	int r = footer_read(args, *f, info, &footer, e);

	(void)dir;
	if (r >= 0)
		r = footer_check(&footer, e);
	if (r < 0)
		return r;
	info->format = "vhd";
	info->subformat = footer.type == FIXED ? "fixed" : "dynamic";
	if (footer.type == DYNAMIC)
		return dynamic_open(args, &footer, f, info, ret, e);
	if ((*f)->size - FOOTER_SIZE < virtual_size(&footer))
		note(args, info, "the file is shorter than the disk its VHD footer describes");
	return filedev_open(f, 0, virtual_size(&footer), ret, e);
}

const struct disk_format vhd_format = {.name = "vhd", .probe = vhd_probe, .open = vhd_open};
