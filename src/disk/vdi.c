/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VDI, VirtualBox's own format, version 1.1: dynamic and fixed images, by the header that
 * VirtualBox publishes in VDICore.h.  All numbers are little-endian.
 *
 * A table, read in pieces, says for each block of the disk which block of the file it is in.  A
 * block that was discarded is zeros.  Left out, and refused by name: differencing images, which
 * know their parent by a UUID alone, and undo images.
 */
#include "disk/disk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "disk/layer.h"

#define SECTOR 512
#define SIGNATURE_AT 64
#define SIGNATURE "\x7f\x10\xda\xbe"
#define HEADER_SIZE 512
#define VERSION_1_1 0x00010001U
#define FREE 0xffffffffU
#define DISCARDED 0xfffffffeU

enum { DYNAMIC = 1, FIXED = 2, UNDO = 3, DIFFERENCING = 4 };

struct header {
	uint32_t version, type, sector, block_size, block_extra, blocks;
	uint64_t table_at, data_at, size;
};

struct vdi {
	struct layer layer;
	struct header h;
};

static bool vdi_probe(const struct disk_probe *p)
{
	return p->head_len >= HEADER_SIZE && !memcmp(p->head + SIGNATURE_AT, SIGNATURE, 4);
}

static int header_read(struct hostfile *f, struct header *ret, struct err *e)
{
	uint8_t p[HEADER_SIZE];
	struct bytes b;
	int r;

	if (f->size < sizeof(p))
		return err_set(e, EBADMSG, "is too short for a VDI");
	r = hostfile_read(f, 0, p, sizeof(p), e);
	if (r < 0)
		return r;
	b = bytes_at(p, sizeof(p), SIGNATURE_AT);
	if (!bytes_match(&b, SIGNATURE, 4))
		return err_set(e, EBADMSG, "is not a VDI: it has no header");
	ret->version = bytes_le32(&b);
	bytes_skip(&b, 4);
	ret->type = bytes_le32(&b);
	b = bytes_at(p, sizeof(p), 0x154);
	ret->table_at = bytes_le32(&b);
	ret->data_at = bytes_le32(&b);
	bytes_skip(&b, 12);
	ret->sector = bytes_le32(&b);
	bytes_skip(&b, 4);
	ret->size = bytes_le64(&b);
	ret->block_size = bytes_le32(&b);
	ret->block_extra = bytes_le32(&b);
	ret->blocks = bytes_le32(&b);
	return 0;
}

static int type_check(const struct header *h, struct err *e)
{
	if (h->version != VERSION_1_1)
		return err_set(e, ENOTSUP, "is a VDI of version %" PRIu32 ".%" PRIu32 ", not 1.1",
			h->version >> 16, h->version & 0xffff);
	if (h->type == DIFFERENCING)
		return err_set(e, ENOTSUP,
			"is a differencing VDI: it holds only the changes to its parent and does "
			"not name it; clone it to one image first");
	if (h->type == UNDO)
		return err_set(e, ENOTSUP, "is an undo VDI, which cannot be read");
	if (h->type != DYNAMIC && h->type != FIXED)
		return err_set(e, EBADMSG, "is a VDI of unknown type %" PRIu32, h->type);
	return 0;
}

static int header_check(const struct header *h, uint64_t file_size, struct err *e)
{
	int r = type_check(h, e);

	if (r < 0)
		return r;
	if (h->sector != SECTOR)
		return err_set(e, ENOTSUP, "is a VDI with sectors of %" PRIu32 " bytes, not 512",
			h->sector);
	if (!is_power_of_two(h->block_size) || h->block_size < SECTOR)
		return err_set(e, EBADMSG,
			"the VDI's block size of %" PRIu32 " bytes makes no sense", h->block_size);
	if (h->block_size > VDI_BLOCK_MAX || h->block_extra > VDI_BLOCK_MAX)
		return err_set(e, E2BIG, "the VDI's block size of %" PRIu32 " bytes is over %u",
			h->block_size, VDI_BLOCK_MAX);
	if (h->size < SECTOR || div_up(h->size, h->block_size) > h->blocks)
		return err_set(e, EBADMSG,
			"the VDI's table of %" PRIu32 " blocks does not fit a disk of %" PRIu64
			" bytes",
			h->blocks, h->size);
	if (h->table_at < HEADER_SIZE || !range_inside(h->table_at, h->blocks * 4ULL, file_size))
		return err_set(e, EBADMSG, "the VDI's block table lies past the end of the file");
	if (h->data_at < h->table_at + div_up(h->size, h->block_size) * 4)
		return err_set(e, EBADMSG, "the VDI's blocks overlap its block table");
	return 0;
}

static int vdi_find(struct layer *l, uint64_t off, struct piece *ret, struct err *e)
{
	const struct header *h = &((struct vdi *)l)->h;
	uint64_t block = off / h->block_size, in = off % h->block_size, at;
	uint8_t p[4];
	int r = layer_read_table(
		l, h->table_at + block * sizeof(p), p, sizeof(p), "the VDI's block table", e);

	if (r < 0)
		return r;
	ret->len = h->block_size - in;
	if (get_le32(p) == FREE || get_le32(p) == DISCARDED)
		return 0;
	at = h->data_at + get_le32(p) * ((uint64_t)h->block_size + h->block_extra) + h->block_extra;
	if (at >= l->file->size)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the VDI lies past the end of the file", block);
	ret->in = PIECE_FILE;
	ret->at = at + in;
	return 0;
}

static const struct layer_ops layer_ops = {.find = vdi_find};

static void vdi_close(struct blockdev *d)
{
	layer_close(&((struct vdi *)d)->layer);
	free(d);
}

static const struct blockdev_ops vdi_ops = {
	.name = "vdi", .read = layer_read, .extent = layer_extent, .close = vdi_close};

static int vdi_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	struct header h;
	struct vdi *v;
	int r = header_read(*f, &h, e);

	(void)dir;
	if (r >= 0)
		r = header_check(&h, (*f)->size, e);
	if (r < 0)
		return r;
	v = calloc(1, sizeof(*v));
	if (!v)
		return err_set(e, ENOMEM, "out of memory");
	v->h = h;
	v->layer.dev = (struct blockdev){.ops = &vdi_ops, .size = h.size / SECTOR * SECTOR};
	v->layer.ops = &layer_ops;
	v->layer.name = args->chain ? args->path : NULL;
	r = layer_open_file(&v->layer, f, e);
	if (r < 0) {
		vdi_close(&v->layer.dev);
		return r;
	}
	info->format = "vdi";
	info->subformat = h.type == FIXED ? "fixed" : "dynamic";
	*ret = &v->layer.dev;
	return 0;
}

const struct disk_format vdi_format = {.name = "vdi", .probe = vdi_probe, .open = vdi_open};
