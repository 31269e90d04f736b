/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VMDK, by VMware's "Virtual Disk Format 5.0": monolithicSparse and streamOptimized (the hosted
 * sparse extent, versions 1 to 3, its descriptor inside), and monolithicFlat (a descriptor file
 * that names a file with the disk's bytes).  All numbers are little-endian; places are in sectors.
 *
 * A grain directory points at grain tables, these at grains.  Both are read through the block cache
 * where a lookup needs them, so opening costs the same whatever the size of the disk.  Many images
 * have each table twice; the second is used where the first leads out of the file.
 *
 * Left out, and refused by name: snapshots, split and ESX formats, encryption.
 */
#include "disk/disk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "disk/filedev.h"
#include "parse/vmdk_descriptor.h"

#define SECTOR 512
#define HEADER_SIZE 512
#define MAGIC "KDMV"

#define FLAG_NEWLINE_TEST (1U << 0)
#define FLAG_REDUNDANT (1U << 1)
#define FLAG_ZERO_GRAINS (1U << 2)
#define FLAG_COMPRESSED (1U << 16)
#define FLAG_MARKERS (1U << 17)

/* A directory at this place is announced by the footer, at the end of the stream. */
#define AT_FOOTER UINT64_MAX
#define GTE_ZERO 1
#define DEFLATE 1
/* Before a compressed grain: its first sector of the disk, and how many bytes follow. */
#define GRAIN_MARKER_SIZE 12
/* What is read of a compressed grain before its length is known; most are no longer. */
#define PACKED_FIRST 4096
#define UNPACKED_KEPT 4

struct header {
	uint32_t version, flags, gtes;
	uint64_t capacity, grain; /* sectors */
	uint64_t descriptor_at, descriptor_size, directory, redundant;
	uint16_t compression;
	bool unclean, newlines_intact;
};

/* A compressed grain that was decoded lately. */
struct unpacked {
	uint64_t grain;
	size_t len; /* 0: none */
	uint8_t *bytes;
};

struct sparse {
	struct blockdev dev;
	struct blockdev *file; /* for the tables; owns host */
	struct hostfile *host;
	struct header header;
	uint64_t grain_size; /* bytes */
	z_stream inflate;
	uint8_t *packed; /* room for one compressed grain, NULL if there are none */
	size_t packed_room;
	struct unpacked unpacked[UNPACKED_KEPT];
	unsigned oldest;
};

static bool vmdk_probe(const struct disk_probe *p)
{
	if (p->head_len >= HEADER_SIZE && !memcmp(p->head, MAGIC, 4))
		return true;
	/*
	 * A descriptor names other files.  No disk of a machine is as small as one, so a guest
	 * cannot make its own disk look like a descriptor.
	 */
	return p->file_size <= VMDK_DESCRIPTOR_MAX && vmdk_descriptor_probe(p->head, p->head_len);
}

static void note(const struct disk_open_args *args, struct disk_info *info, const char *text)
{
	*list_add(args->arena, &info->notes) = text;
}

/* ---- the header of a sparse extent ---- */

static int header_decode(const uint8_t *p, struct header *ret, struct err *e)
{
	struct bytes b = bytes_of(p, HEADER_SIZE);
	struct header h = {0};

	if (!bytes_match(&b, MAGIC, 4))
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

static int header_check(const struct header *h, struct err *e)
{
	uint64_t size;

	if (h->version < 1 || h->version > 3)
		return err_set(e, ENOTSUP, "is a VMDK of version %" PRIu32 ", which cannot be read",
			h->version);
	if (h->flags & FLAG_NEWLINE_TEST && !h->newlines_intact)
		return err_set(e, EBADMSG,
			"the VMDK is damaged: a transfer as text has changed its line ends");
	if (!h->capacity || !checked_mul(h->capacity, SECTOR, &size) || size > INT64_MAX)
		return err_set(e, EBADMSG, "the VMDK header gives the disk %" PRIu64 " sectors",
			h->capacity);
	if (!is_power_of_two(h->grain) || h->grain > VMDK_GRAIN_SECTORS_MAX)
		return err_set(e, h->grain > VMDK_GRAIN_SECTORS_MAX ? E2BIG : EBADMSG,
			"the VMDK's grain size of %" PRIu64
			" sectors is not a power of two up to %u",
			h->grain, VMDK_GRAIN_SECTORS_MAX);
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

/* A stream is written in one go, so where its tables are stands in a copy of the header at its end.
 */
static int footer_read(struct hostfile *f, struct header *h, struct err *e)
{
	uint8_t p[2 * SECTOR];
	int r;

	if (f->size < HEADER_SIZE + sizeof(p))
		return err_set(e, EBADMSG, "the VMDK stream is cut short: it has no footer");
	r = hostfile_read(f, f->size - sizeof(p), p, sizeof(p), e);
	if (r < 0)
		return r;
	if (memcmp(p, MAGIC, 4) || !all_zero(p + SECTOR, SECTOR))
		return err_set(e, EBADMSG, "the VMDK stream is cut short: it has no footer");
	r = header_decode(p, h, e);
	if (r < 0)
		return r;
	if (h->directory == AT_FOOTER)
		return err_set(e, EBADMSG, "the VMDK's footer does not say where its tables are");
	return 0;
}

/* The header in the first bytes of the file, completed by the footer. */
static int header_read(struct hostfile *f, const uint8_t *first, struct header *ret, struct err *e)
{
	struct header h;
	int r = header_decode(first, &h, e);

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

/* ---- the descriptor ---- */

static int descriptor_read(const struct disk_open_args *args, struct hostfile *f, uint64_t at,
	uint64_t size, struct vmdk_descriptor *ret, struct err *e)
{
	CLEANUP(cleanup_free) char *text = NULL;
	int r;

	if (size > VMDK_DESCRIPTOR_MAX)
		return err_set(e, E2BIG, "the VMDK descriptor has %" PRIu64 " bytes, over %u", size,
			VMDK_DESCRIPTOR_MAX);
	text = malloc(size + 1);
	if (!text)
		return err_set(e, ENOMEM, "out of memory");
	r = hostfile_read(f, at, text, size, e);
	return r < 0 ? r : vmdk_descriptor_parse(args->arena, text, size, ret, e);
}

static int embedded_descriptor_read(const struct disk_open_args *args, struct hostfile *f,
	const struct header *h, struct vmdk_descriptor *ret, struct err *e)
{
	uint64_t at, size;
	int r;

	if (!checked_mul(h->descriptor_at, SECTOR, &at) ||
		!checked_mul(h->descriptor_size, SECTOR, &size))
		return err_set(e, EBADMSG, "the VMDK descriptor lies past the end of the file");
	*ret = (struct vmdk_descriptor){.create_type = ""};
	r = at ? descriptor_read(args, f, at, size, ret, e) : 0;
	if (r >= 0 && !*ret->create_type)
		return err_set(e, ENOTSUP,
			"has no VMDK descriptor inside, as one piece of a VMDK that is split; the "
			"descriptor file that lists the pieces is the disk, and reading those is "
			"not "
			"built yet");
	return r;
}

/* Refuses by name what is not read. */
static int descriptor_check(
	const struct vmdk_descriptor *d, const char *const *types, size_t n, struct err *e)
{
	if (d->encrypted)
		return err_set(e, ENOTSUP, "is an encrypted VMDK, which cannot be read");
	if (d->has_parent)
		return err_set(e, ENOTSUP,
			"is a snapshot: its parent is needed, and reading both together is not "
			"built "
			"yet");
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(d->create_type, types[i]))
			return 0;
	if (!*d->create_type)
		return err_set(e, EBADMSG, "the VMDK descriptor does not say its createType");
	return err_set(e, ENOTSUP, "is a VMDK of type \"%.64s\", which cannot be read yet",
		d->create_type);
}

/* ---- looking up grains ---- */

static int read_u32(struct sparse *s, uint64_t at, uint32_t *ret, struct err *e)
{
	uint8_t p[4];
	int r;

	if (!range_inside(at, sizeof(p), s->host->size))
		return err_set(
			e, EBADMSG, "a grain table of the VMDK lies past the end of the file");
	r = blockdev_read(s->file, at, p, sizeof(p), e);
	if (r >= 0)
		*ret = get_le32(p);
	return r;
}

/*
 * The entry for a grain by one of the two directories; 0: a hole.  *ret_grains is for how many
 * grains from this one a hole holds.
 */
static int entry_read(struct sparse *s, uint64_t directory, uint64_t grain, uint32_t *ret,
	uint64_t *ret_grains, struct err *e)
{
	uint32_t gtes = s->header.gtes, table, entry;
	int r = read_u32(s, directory * SECTOR + grain / gtes * 4, &table, e);

	if (r < 0)
		return r;
	*ret_grains = table ? 1 : gtes - grain % gtes;
	if (!table) {
		*ret = 0;
		return 0;
	}
	r = read_u32(s, (uint64_t)table * SECTOR + grain % gtes * 4, &entry, e);
	if (r < 0)
		return r;
	if (entry == GTE_ZERO && s->header.flags & FLAG_ZERO_GRAINS)
		entry = 0;
	if ((uint64_t)entry * SECTOR >= s->host->size)
		return err_set(e, EBADMSG,
			"grain %" PRIu64 " of the VMDK lies past the end of the file", grain);
	*ret = entry;
	return 0;
}

static int sparse_find(struct blockdev *d, uint64_t off, struct run *ret, struct err *e)
{
	struct sparse *s = (struct sparse *)d;
	uint64_t grain = off / s->grain_size, in = off % s->grain_size, grains;
	uint32_t entry;
	struct err second;
	int r = entry_read(s, s->header.directory, grain, &entry, &grains, e);

	if (r == -EBADMSG && s->header.redundant &&
		entry_read(s, s->header.redundant, grain, &entry, &grains, &second) >= 0)
		r = 0;
	if (r < 0)
		return r;
	ret->hole = !entry;
	ret->len = grains * s->grain_size - in;
	ret->at = (uint64_t)entry * SECTOR + in;
	return 0;
}

static int plain_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	return runs_read(d, sparse_find, ((struct sparse *)d)->host, off, buf, len, e);
}

static int plain_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	return runs_extent(d, sparse_find, ((struct sparse *)d)->host, off, ret_len, ret_hole, e);
}

/* ---- compressed grains ---- */

/* Reads the compressed bytes of a grain into s->packed. */
static int packed_read(
	struct sparse *s, uint64_t grain, uint64_t at, uint32_t *ret_n, struct err *e)
{
	size_t first = (size_t)min_u64(PACKED_FIRST, min_u64(s->packed_room, s->host->size - at));
	struct bytes b = bytes_of(s->packed, first);
	uint64_t sector;
	uint32_t n;
	int r = hostfile_read(s->host, at, s->packed, first, e);

	if (r < 0)
		return r;
	sector = bytes_le64(&b);
	n = bytes_le32(&b);
	if (b.bad || sector != grain * s->header.grain || !n ||
		n > s->packed_room - GRAIN_MARKER_SIZE)
		return err_set(e, EBADMSG,
			"grain %" PRIu64 " of the VMDK is not where its table says", grain);
	if (n > first - GRAIN_MARKER_SIZE)
		r = hostfile_read(
			s->host, at + first, s->packed + first, n - (first - GRAIN_MARKER_SIZE), e);
	*ret_n = n;
	return r;
}

static int unpack(
	struct sparse *s, uint64_t grain, uint64_t at, struct unpacked *ret, struct err *e)
{
	/* The last grain need only be as long as the disk. */
	uint64_t needed = min_u64(s->grain_size, s->dev.size - grain * s->grain_size);
	uint32_t n = 0;
	int r = packed_read(s, grain, at, &n, e);

	if (r < 0)
		return r;
	if (!ret->bytes)
		ret->bytes = malloc(s->grain_size);
	if (!ret->bytes || inflateReset(&s->inflate) != Z_OK)
		return err_set(e, ENOMEM, "out of memory");
	ret->len = 0;
	s->inflate.next_in = s->packed + GRAIN_MARKER_SIZE;
	s->inflate.avail_in = n;
	s->inflate.next_out = ret->bytes;
	s->inflate.avail_out = (uInt)s->grain_size;
	if (inflate(&s->inflate, Z_FINISH) != Z_STREAM_END ||
		s->grain_size - s->inflate.avail_out < needed)
		return err_set(
			e, EBADMSG, "grain %" PRIu64 " of the VMDK does not decompress", grain);
	ret->grain = grain;
	ret->len = (size_t)needed;
	return 0;
}

static int unpacked_get(
	struct sparse *s, uint64_t grain, uint64_t at, struct unpacked **ret, struct err *e)
{
	for (size_t i = 0; i < UNPACKED_KEPT; i++) {
		if (s->unpacked[i].len && s->unpacked[i].grain == grain) {
			*ret = &s->unpacked[i];
			return 0;
		}
	}
	*ret = &s->unpacked[s->oldest];
	s->oldest = (s->oldest + 1) % UNPACKED_KEPT;
	return unpack(s, grain, at, *ret, e);
}

static int packed_grains_read(
	struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct sparse *s = (struct sparse *)d;
	uint8_t *out = buf;

	while (len) {
		uint64_t in = off % s->grain_size;
		struct unpacked *u;
		struct run run;
		size_t n;
		int r = sparse_find(d, off, &run, e);

		if (r < 0)
			return r;
		n = (size_t)min_u64(len, run.len);
		if (run.hole) {
			memset(out, 0, n);
		} else {
			r = unpacked_get(s, off / s->grain_size, run.at - in, &u, e);
			if (r < 0)
				return r;
			memcpy(out, u->bytes + in, n);
		}
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int packed_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct run run;
	int r = sparse_find(d, off, &run, e);

	if (r >= 0) {
		*ret_len = run.len;
		*ret_hole = run.hole;
	}
	return r;
}

/* ---- opening ---- */

static void sparse_close(struct blockdev *d)
{
	struct sparse *s = (struct sparse *)d;

	if (s->packed)
		inflateEnd(&s->inflate);
	free(s->packed);
	for (size_t i = 0; i < UNPACKED_KEPT; i++)
		free(s->unpacked[i].bytes);
	blockdev_close(s->file);
	free(s);
}

static const struct blockdev_ops plain_ops = {
	.name = "vmdk", .read = plain_read, .extent = plain_extent, .close = sparse_close};
static const struct blockdev_ops packed_ops = {.name = "vmdk, compressed",
	.read = packed_grains_read,
	.extent = packed_extent,
	.close = sparse_close};

static bool directory_inside(const struct sparse *s, uint64_t at)
{
	uint64_t grains = div_up(s->header.capacity, s->header.grain), bytes;

	return checked_mul(at, SECTOR, &bytes) &&
	       range_inside(bytes, div_up(grains, s->header.gtes) * 4, s->host->size);
}

/* Do the entries of its first piece point into the file?  That much costs one read. */
static int directory_sound(struct sparse *s, bool *ret, struct err *e)
{
	uint64_t grains = div_up(s->header.capacity, s->header.grain), n;
	uint64_t at = s->header.directory * SECTOR;
	uint8_t piece[CACHE_LINE];
	int r;

	n = min_u64(div_up(grains, s->header.gtes), (CACHE_LINE - at % CACHE_LINE) / 4);
	r = blockdev_read(s->file, at, piece, n * 4, e);
	if (r < 0)
		return r;
	*ret = true;
	for (uint64_t i = 0; i < n; i++)
		if ((uint64_t)get_le32(piece + i * 4) * SECTOR >= s->host->size)
			*ret = false;
	return 0;
}

/* Lookups try both directories; here it is made sure that there is one, and said if one is bad. */
static int directories_check(
	struct sparse *s, const struct disk_open_args *args, struct disk_info *info, struct err *e)
{
	struct header *h = &s->header;
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
	if (r >= 0 && !sound)
		note(args, info,
			h->redundant
				? "the VMDK's grain directory is damaged; its second copy is used"
				: "the VMDK's grain directory is damaged in part");
	return r;
}

static int packed_init(struct sparse *s, struct err *e)
{
	/* Deflate adds little to what it cannot shrink; twice the size is generous. */
	s->packed_room = GRAIN_MARKER_SIZE + 2 * (size_t)s->grain_size;
	s->packed = malloc(s->packed_room);
	if (s->packed && inflateInit(&s->inflate) == Z_OK)
		return 0;
	free(TAKE(s->packed));
	return err_set(e, ENOMEM, "out of memory");
}

static int sparse_make(
	const struct header *h, struct hostfile **f, struct sparse **ret, struct err *e)
{
	bool compressed = h->flags & FLAG_COMPRESSED;
	struct sparse *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ENOMEM, "out of memory");
	s->dev.ops = compressed ? &packed_ops : &plain_ops;
	s->dev.size = h->capacity * SECTOR;
	s->header = *h;
	s->grain_size = h->grain * SECTOR;
	s->host = *f;
	r = compressed ? packed_init(s, e) : 0;
	if (r >= 0)
		r = filedev_open_cached(f, &s->file, e);
	if (r < 0) {
		sparse_close(&s->dev);
		return r;
	}
	*ret = s;
	return 0;
}

static int sparse_open(const struct disk_open_args *args, const uint8_t *first, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	static const char *const types[] = {"monolithicSparse", "streamOptimized"};
	struct vmdk_descriptor d;
	struct header h;
	struct sparse *s = NULL;
	int r = header_read(*f, first, &h, e);

	if (r >= 0)
		r = embedded_descriptor_read(args, *f, &h, &d, e);
	if (r >= 0)
		r = descriptor_check(&d, types, ARRAY_LEN(types), e);
	if (r >= 0)
		r = sparse_make(&h, f, &s, e);
	if (r < 0)
		return r;
	r = directories_check(s, args, info, e);
	if (r < 0) {
		sparse_close(&s->dev);
		return r;
	}
	info->subformat = d.create_type;
	info->unclean = h.unclean;
	*ret = &s->dev;
	return 0;
}

static int flat_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	static const char *const types[] = {"monolithicFlat"};
	struct hostfile *extent_file = NULL;
	const struct vmdk_extent *x;
	struct vmdk_descriptor d;
	uint64_t at, size;
	int r = descriptor_read(args, *f, 0, (*f)->size, &d, e);

	if (r >= 0)
		r = descriptor_check(&d, types, ARRAY_LEN(types), e);
	if (r < 0)
		return r;
	x = d.extents.at;
	if (d.extents.n != 1 || strcmp(x->type, "FLAT") || !x->file || !x->sectors)
		return err_set(e, EBADMSG, "the VMDK descriptor does not name one flat extent");
	if (!checked_mul(x->offset, SECTOR, &at) || !checked_mul(x->sectors, SECTOR, &size))
		return err_set(e, EBADMSG, "the VMDK descriptor gives the disk %" PRIu64 " sectors",
			x->sectors);
	r = hostfile_open(args->io, dir, x->file, &extent_file, e);
	if (r < 0)
		return r;
	if (!range_inside(at, size, extent_file->size))
		note(args, info, "the extent's file is shorter than the VMDK descriptor says");
	r = filedev_open(&extent_file, at, size, ret, e);
	if (r < 0) {
		hostfile_close(extent_file);
		return r;
	}
	info->subformat = d.create_type;
	hostfile_close(TAKE(*f));
	return 0;
}

static int vmdk_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	uint8_t first[HEADER_SIZE];
	size_t n = (size_t)min_u64(sizeof(first), (*f)->size);
	int r = hostfile_read(*f, 0, first, n, e);

	if (r < 0)
		return r;
	info->format = "vmdk";
	if (vmdk_descriptor_probe(first, n))
		return flat_open(args, dir, f, info, ret, e);
	if (n < HEADER_SIZE)
		return err_set(e, EBADMSG, "is too short for a VMDK");
	return sparse_open(args, first, f, info, ret, e);
}

const struct disk_format vmdk_format = {.name = "vmdk", .probe = vmdk_probe, .open = vmdk_open};
