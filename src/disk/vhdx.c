/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VHDX, by Microsoft's [MS-VHDX] version 20180912: fixed, dynamic and differencing.  All numbers
 * are little-endian.
 *
 * Two headers, of which the sound one with the higher number counts, say whether a log is to be
 * replayed; two equal region tables say where the block allocation table (BAT) and the metadata
 * are.  The BAT has an entry for each block and, behind those of each chunk, one for the bitmap
 * that says which sectors of its partially present blocks are in this file and which with the
 * parent.  It is read through the block cache where a lookup needs it, so opening costs the same
 * whatever the size of the disk.
 *
 * Left out: parent locators of other types than Microsoft's, since there is none.
 */
#include "disk/vhdx.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "disk/chain.h"
#include "disk/disk.h"
#include "disk/filedev.h"
#include "disk/layer.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define MAGIC "vhdxfile"
#define HEADER_SIZE 4096
#define HEADERS_AT (64 * KIB)
#define HEADERS_APART (64 * KIB)
#define REGIONS_AT (192 * KIB)
#define REGIONS_APART (64 * KIB)
#define REGION_TABLE_SIZE 65536
#define ENTRY_SIZE 32
/* The entries of a region table that anybody has written are in its first piece; all else of it is
 * zeros. */
#define REGIONS_PIECE 4096
/* The headers and that piece lie 64 KiB apart, and are had in one read. */
#define FRONT_SIZE (REGIONS_AT + REGIONS_PIECE - HEADERS_AT)
/* Likewise the table of the metadata and the first of its items, which begin behind 64 KiB. */
#define METADATA_FRONT (64 * KIB + 4096)
/* Each bitmap is 1 MiB, a bit a sector. */
#define CHUNK_SECTORS (8 * MIB)
/* What is read of a bitmap at a time. */
#define BITMAP_PIECE 64U

enum block_state {
	NOT_PRESENT,
	UNDEFINED,
	ZERO,
	UNMAPPED,
	RESERVED,
	UNMAPPED_DRAFT, /* as drafts of the specification had it */
	FULLY_PRESENT,
	PARTIALLY_PRESENT,
};

/* As they stand in the file. */
static const uint8_t bat_region[] =
	"\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08";
static const uint8_t metadata_region[] =
	"\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";
static const uint8_t locator_type[] =
	"\xb7\xef\x4a\xb0\x9e\xd1\x81\x4a\xb7\x89\x25\xb8\xe9\x44\x59\x13";

struct region {
	uint64_t at;
	uint32_t len; /* 0: not there */
};

struct header {
	uint64_t number;
	uint8_t data_guid[VHDX_GUID_SIZE];
	struct vhdx_log log;
	uint16_t log_version, version;
};

struct metadata {
	uint32_t block_size, logical, physical;
	bool fixed, has_parent;
	uint64_t size;
	struct region locator; /* in the region */
	unsigned seen;         /* a bit for each item */
};

struct vhdx {
	struct layer layer;
	struct region bat, metadata;
	struct metadata m;
	uint64_t chunk_blocks; /* blocks in a chunk */
};

static bool vhdx_probe(const struct disk_probe *p)
{
	return p->head_len >= 8 && !memcmp(p->head, MAGIC, 8);
}

/* p is the first n bytes; what follows up to size is taken for zeros. */
static bool checksum_holds(const uint8_t *p, size_t n, size_t size)
{
	static const uint8_t none[4096];
	uint32_t crc = crc32c(crc32c(crc32c(0, p, 4), none, 4), p + 8, n - 8);

	for (size_t at = n; at < size; at += sizeof(none))
		crc = crc32c(crc, none, (size_t)min_u64(sizeof(none), size - at));
	return crc == get_le32(p + 4);
}

/* ---- headers ---- */

static bool header_decode(const uint8_t *p, struct header *ret)
{
	struct bytes b = bytes_of(p, HEADER_SIZE);

	if (!bytes_match(&b, "head", 4) || !checksum_holds(p, HEADER_SIZE, HEADER_SIZE))
		return false;
	bytes_skip(&b, 4);
	ret->number = bytes_le64(&b);
	bytes_skip(&b, VHDX_GUID_SIZE);
	bytes_copy(&b, ret->data_guid, VHDX_GUID_SIZE);
	bytes_copy(&b, ret->log.guid, VHDX_GUID_SIZE);
	ret->log_version = bytes_le16(&b);
	ret->version = bytes_le16(&b);
	ret->log.len = bytes_le32(&b);
	ret->log.at = bytes_le64(&b);
	return true;
}

static int no_header(struct blockdev *file, struct err *e)
{
	uint8_t magic[8];
	int r = blockdev_read(file, 0, magic, sizeof(magic), e);

	if (r < 0)
		return r;
	if (memcmp(magic, MAGIC, sizeof(magic)))
		return err_set(e, EBADMSG, "is not a VHDX: it does not begin like one");
	return err_set(e, EBADMSG, "both headers of the VHDX are damaged");
}

/* Each header is written while the other is sound; the newer one counts. */
static int current_header(
	struct blockdev *file, const uint8_t *front, struct header *ret, struct err *e)
{
	struct header second;
	bool sound = header_decode(front, ret);

	if (header_decode(front + HEADERS_APART, &second) &&
		(!sound || second.number > ret->number)) {
		*ret = second;
		sound = true;
	}
	if (!sound)
		return no_header(file, e);
	if (ret->version != 1)
		return err_set(e, ENOTSUP, "is a VHDX of version %u, not 1", ret->version);
	return 0;
}

/* ---- regions ---- */

/* Of a table, the first n bytes are there. */
static bool regions_sound(const uint8_t *p, size_t n)
{
	return !memcmp(p, "regi", 4) && get_le32(p + 8) <= (n - 16) / ENTRY_SIZE &&
	       checksum_holds(p, n, REGION_TABLE_SIZE);
}

/* The first of the two tables that is sound, read as a whole. */
static int region_table_read(struct blockdev *file, uint8_t *p, struct err *e)
{
	for (uint64_t i = 0; i < 2; i++) {
		int r = blockdev_read(
			file, REGIONS_AT + i * REGIONS_APART, p, REGION_TABLE_SIZE, e);

		if (r < 0 || regions_sound(p, REGION_TABLE_SIZE))
			return r;
	}
	return err_set(e, EBADMSG, "both region tables of the VHDX are damaged");
}

static int region_take(struct vhdx *v, const uint8_t *entry, struct err *e)
{
	struct region *to = NULL, found = {get_le64(entry + 16), get_le32(entry + 24)};

	if (!memcmp(entry, bat_region, VHDX_GUID_SIZE))
		to = &v->bat;
	else if (!memcmp(entry, metadata_region, VHDX_GUID_SIZE))
		to = &v->metadata;
	else if (get_le32(entry + 28) & 1)
		return err_set(e, ENOTSUP, "is a VHDX that needs the region %s, which is not known",
			guid_text(entry).s);
	if (!to)
		return 0;
	if (to->len || !found.len || found.len % MIB || found.at % MIB || found.at < MIB ||
		!range_inside(found.at, found.len, v->layer.file->size))
		return err_set(e, EBADMSG,
			"a region of the VHDX is there twice or lies past the end of the file");
	*to = found;
	return 0;
}

/* front is the first piece of the first table; NULL: the log may have changed it. */
static int regions_read(struct vhdx *v, const uint8_t *front, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *whole = NULL;
	const uint8_t *p = front;
	int r = 0;

	if (!front || !regions_sound(front, REGIONS_PIECE)) {
		p = whole = malloc(REGION_TABLE_SIZE);
		if (!p)
			return err_set(e, ENOMEM, "out of memory");
		r = region_table_read(v->layer.file, whole, e);
	}
	for (uint32_t i = 0; r >= 0 && i < get_le32(p + 8); i++)
		r = region_take(v, p + 16 + i * ENTRY_SIZE, e);
	if (r < 0)
		return r;
	if (!v->bat.len || !v->metadata.len)
		return err_set(e, EBADMSG, "the VHDX has no block allocation table or no metadata");
	if (v->bat.at < v->metadata.at + v->metadata.len && v->metadata.at < v->bat.at + v->bat.len)
		return err_set(e, EBADMSG, "regions of the VHDX overlap");
	return 0;
}

/* ---- metadata ---- */

enum item { FILE_PARAMETERS, DISK_SIZE, LOGICAL_SECTOR, PHYSICAL_SECTOR, DISK_ID, LOCATOR, ITEMS };

static const struct {
	const char *guid; /* as it stands in the file */
	uint32_t len;     /* 0: any */
} items[] = {
	[FILE_PARAMETERS] = {"\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b", 8},
	[DISK_SIZE] = {"\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8", 8},
	[LOGICAL_SECTOR] = {"\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa\xab\x5f", 4},
	[PHYSICAL_SECTOR] = {"\xc7\x48\xa3\xcd\x5d\x44\x71\x44\x9c\xc9\xe9\x88\x52\x51\xc5\x56", 4},
	[DISK_ID] = {"\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00\xc7\x46", 16},
	[LOCATOR] = {"\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48\x34\xab\x0c", 0},
};

static void item_decode(struct metadata *m, enum item item, const uint8_t *p)
{
	switch (item) {
	case FILE_PARAMETERS:
		m->block_size = get_le32(p);
		m->fixed = get_le32(p + 4) & 1;
		m->has_parent = get_le32(p + 4) & 2;
		break;
	case DISK_SIZE:
		m->size = get_le64(p);
		break;
	case LOGICAL_SECTOR:
		m->logical = get_le32(p);
		break;
	case PHYSICAL_SECTOR:
		m->physical = get_le32(p);
		break;
	case DISK_ID:
	case LOCATOR:
	case ITEMS:
		break;
	}
}

/* Bytes of the metadata, of which the first METADATA_FRONT are at front. */
static int metadata_get(
	struct vhdx *v, const uint8_t *front, uint32_t at, void *buf, uint32_t n, struct err *e)
{
	if (!range_inside(at, n, METADATA_FRONT))
		return layer_read_table(
			&v->layer, v->metadata.at + at, buf, n, "the metadata of the VHDX", e);
	memcpy(buf, front + at, n);
	return 0;
}

static int item_take(struct vhdx *v, const uint8_t *front, const uint8_t *entry, struct err *e)
{
	uint32_t at = get_le32(entry + 16), len = get_le32(entry + 20);
	unsigned item = 0;
	uint8_t p[16] = {0};
	int r;

	while (item < ITEMS && memcmp(entry, items[item].guid, VHDX_GUID_SIZE))
		item++;
	/* What a user put there, even under a known name, is not the disk's. */
	if (item == ITEMS || get_le32(entry + 24) & 1) {
		if (get_le32(entry + 24) & 4)
			return err_set(e, ENOTSUP,
				"is a VHDX that needs the metadata %s, which is not known",
				guid_text(entry).s);
		return 0;
	}
	if (v->m.seen & 1U << item || !range_inside(at, len, v->metadata.len) ||
		(items[item].len && len != items[item].len))
		return err_set(e, EBADMSG, "the metadata of the VHDX makes no sense");
	v->m.seen |= 1U << item;
	if (item == LOCATOR) {
		v->m.locator = (struct region){at, len};
		return 0;
	}
	r = metadata_get(v, front, at, p, len, e);
	if (r >= 0)
		item_decode(&v->m, item, p);
	return r;
}

static int metadata_check(const struct vhdx *v, struct err *e)
{
	const struct metadata *m = &v->m;
	unsigned needed = 1U << FILE_PARAMETERS | 1U << DISK_SIZE | 1U << LOGICAL_SECTOR;
	uint64_t blocks, entries;

	if ((m->seen & needed) != needed || (m->has_parent && !m->locator.len))
		return err_set(e, EBADMSG, "the metadata of the VHDX is not complete");
	if (m->logical != 512 && m->logical != 4096)
		return err_set(e, EBADMSG,
			"the VHDX's logical sectors of %" PRIu32 " bytes make no sense",
			m->logical);
	if (m->block_size < MIB || !is_power_of_two(m->block_size))
		return err_set(e, EBADMSG,
			"the VHDX's block size of %" PRIu32 " bytes makes no sense", m->block_size);
	if (m->block_size > VHDX_BLOCK_MAX || m->size > VHDX_SIZE_MAX)
		return err_set(e, E2BIG,
			"the VHDX's disk of %" PRIu64 " bytes in blocks of %" PRIu32
			" is larger than the format allows",
			m->size, m->block_size);
	if (!m->size || m->size % m->logical)
		return err_set(
			e, EBADMSG, "the VHDX gives the disk a size of %" PRIu64 " bytes", m->size);
	blocks = div_up(m->size, m->block_size);
	entries = blocks + (blocks - 1) / v->chunk_blocks;
	if (m->has_parent)
		entries = div_up(blocks, v->chunk_blocks) * (v->chunk_blocks + 1);
	if (entries * 8 > v->bat.len)
		return err_set(e, EBADMSG,
			"the VHDX's block allocation table is too small for a disk of %" PRIu64
			" bytes",
			m->size);
	return 0;
}

static int metadata_read(struct vhdx *v, const uint8_t *front, struct err *e)
{
	uint32_t n = get_le16(front + 10);
	int r = 0;

	if (memcmp(front, "metadata", 8) || n > VHDX_ENTRIES_MAX)
		return err_set(e, EBADMSG, "the metadata of the VHDX is damaged");
	for (uint32_t i = 1; i <= n && r >= 0; i++)
		r = item_take(v, front, front + i * ENTRY_SIZE, e);
	if (r < 0)
		return r;
	if (v->m.block_size)
		v->chunk_blocks = CHUNK_SECTORS * v->m.logical / v->m.block_size;
	if (!v->chunk_blocks)
		v->chunk_blocks = 1; /* nonsense, which the check refuses */
	return metadata_check(v, e);
}

/* ---- looking up blocks ---- */

static int bat_read(struct vhdx *v, uint64_t index, uint64_t *ret, struct err *e)
{
	uint8_t p[8];
	int r = layer_read_table(&v->layer, v->bat.at + index * sizeof(p), p, sizeof(p),
		"the VHDX's block allocation table", e);

	if (r >= 0)
		*ret = get_le64(p);
	return r;
}

/* Where a block or bitmap is, by its entry; never among the headers. */
static int place_of(
	const struct vhdx *v, uint64_t entry, uint64_t block, uint64_t *ret, struct err *e)
{
	*ret = entry & ~(MIB - 1);
	if (*ret < MIB || *ret >= v->layer.file->size)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the VHDX lies past the end of the file", block);
	return 0;
}

/* The run of sectors, beginning with the one at off, that are all here or all with the parent. */
static int find_sectors(struct vhdx *v, uint64_t off, struct piece *p, struct err *e)
{
	uint64_t block = off / v->m.block_size, chunk = block / v->chunk_blocks;
	uint64_t sector = off / v->m.logical, first = sector % CHUNK_SECTORS, entry, at, n = 0;
	uint64_t left = (p->len - 1) / v->m.logical + 1;
	uint8_t bits[BITMAP_PIECE];
	size_t bytes = (size_t)min_u64(sizeof(bits), MIB - first / 8);
	bool here;
	int r = bat_read(v, (chunk + 1) * v->chunk_blocks + chunk, &entry, e);

	if (r >= 0 && (entry & 7) != FULLY_PRESENT)
		return err_set(e, EBADMSG,
			"block %" PRIu64 " of the VHDX is partially present, but the bitmap that "
			"says where is not there",
			block);
	if (r >= 0)
		r = place_of(v, entry, block, &at, e);
	if (r >= 0)
		r = layer_read_table(
			&v->layer, at + first / 8, bits, bytes, "a sector bitmap of the VHDX", e);
	if (r < 0)
		return r;
	first %= 8;
	left = min_u64(left, bytes * 8 - first);
	here = bits[0] >> first & 1;
	while (n < left && (bits[(first + n) / 8] >> (first + n) % 8 & 1) == here)
		n++;
	p->in = here ? PIECE_FILE : PIECE_PARENT;
	p->len = min_u64(p->len, n * v->m.logical - off % v->m.logical);
	return 0;
}

static int vhdx_find(struct layer *l, uint64_t off, struct piece *ret, struct err *e)
{
	struct vhdx *v = (struct vhdx *)l;
	uint64_t block = off / v->m.block_size, in = off % v->m.block_size, entry;
	int r = bat_read(v, block + block / v->chunk_blocks, &entry, e);

	if (r < 0)
		return r;
	ret->len = v->m.block_size - in;
	switch ((enum block_state)(entry & 7)) {
	case NOT_PRESENT:
		ret->in = PIECE_PARENT;
		return 0;
	case UNDEFINED:
	case ZERO:
	case UNMAPPED:
	case UNMAPPED_DRAFT:
		return 0;
	case PARTIALLY_PRESENT:
		if (!v->m.has_parent)
			break;
		r = find_sectors(v, off, ret, e);
		if (r < 0 || ret->in == PIECE_PARENT)
			return r;
		/* fall through */
	case FULLY_PRESENT:
		ret->in = PIECE_FILE;
		r = place_of(v, entry, block, &ret->at, e);
		ret->at += in;
		return r;
	case RESERVED:
		break;
	}
	return err_set(e, EBADMSG, "block %" PRIu64 " of the VHDX has an impossible state", block);
}

/* ---- the parent ---- */

struct locator {
	const char *linkage, *linkage2, *relative, *volume, *absolute; /* NULL: not there */
};

static int locator_decode(
	struct arena *a, const uint8_t *p, size_t n, struct locator *ret, struct err *e)
{
	struct locator l = {0};
	const struct {
		const char *key;
		const char **to;
	} keys[] = {
		{"parent_linkage", &l.linkage},
		{"parent_linkage2", &l.linkage2},
		{"relative_path", &l.relative},
		{"volume_path", &l.volume},
		{"absolute_win32_path", &l.absolute},
	};
	struct bytes b = bytes_of(p, n);
	unsigned count;

	if (!bytes_match(&b, locator_type, VHDX_GUID_SIZE))
		return err_set(e, ENOTSUP,
			"is a differencing VHDX that names its parent in an unknown way");
	bytes_skip(&b, 2);
	count = bytes_le16(&b);
	for (unsigned i = 0; i < count && !b.bad; i++) {
		uint32_t key_at = bytes_le32(&b), value_at = bytes_le32(&b);
		uint16_t key_len = bytes_le16(&b), value_len = bytes_le16(&b);
		const char *key;

		if (b.bad || !range_inside(key_at, key_len, n) ||
			!range_inside(value_at, value_len, n))
			return err_set(e, EBADMSG, "the VHDX's names of its parent are damaged");
		key = utf16_to_utf8(a, p + key_at, key_len, UTF16_LE);
		for (size_t k = 0; k < ARRAY_LEN(keys); k++)
			if (!strcmp(key, keys[k].key))
				*keys[k].to = utf16_to_utf8(a, p + value_at, value_len, UTF16_LE);
	}
	if (!l.linkage || !(l.relative || l.volume || l.absolute))
		return err_set(e, EBADMSG, "the VHDX does not name its parent");
	*ret = l;
	return 0;
}

static int locator_read(
	struct vhdx *v, const uint8_t *front, struct arena *a, struct locator *ret, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *p = NULL;
	uint32_t n = v->m.locator.len;
	int r;

	if (n > VHDX_LOCATOR_MAX)
		return err_set(e, E2BIG,
			"the VHDX's names of its parent have %" PRIu32 " bytes, over %u", n,
			VHDX_LOCATOR_MAX);
	p = malloc(n);
	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	r = metadata_get(v, front, (uint32_t)v->m.locator.at, p, n, e);
	return r < 0 ? r : locator_decode(a, p, n, ret, e);
}

static bool is_linkage(const char *linkage, const char *guid)
{
	size_t n = strlen(guid);

	return linkage && strlen(linkage) == n + 2 && !strncasecmp(linkage + 1, guid, n);
}

/*
 * The path from the child to the parent, and the parent's own name beside the child: whole paths of
 * the Windows host mean nothing here.
 */
static int parent_open(struct vhdx *v, const struct locator *l, const struct disk_open_args *args,
	const char *dir, const struct hostfile *f, struct disk_info *info, struct err *e)
{
	const char *names[5] = {NULL};
	struct disk_info parent;
	size_t n = 0;
	int r;

	if (l->relative)
		names[n++] = chain_unix_name(args->arena, l->relative);
	for (size_t i = 0; i < 3; i++) {
		const char *path = (const char *[]){l->relative, l->absolute, l->volume}[i];

		if (path)
			names[n++] = chain_base_name(path);
	}
	r = chain_open_parent(args, dir, f, names, "vhdx", info, &parent, &v->layer.parent, e);
	if (r < 0)
		return r;
	if (!is_linkage(l->linkage, parent.identity) && !is_linkage(l->linkage2, parent.identity))
		return err_set(e, EBADMSG,
			"its parent %s has changed since, or is another image: its data has the id "
			"{%s}, not %s",
			info->parents.at[0], parent.identity, l->linkage);
	return 0;
}

/* ---- opening ---- */

static const struct layer_ops layer_ops = {.find = vhdx_find};

static void vhdx_close(struct blockdev *d)
{
	layer_close(&((struct vhdx *)d)->layer);
	free(d);
}

static const struct blockdev_ops vhdx_ops = {
	.name = "vhdx", .read = layer_read, .extent = layer_extent, .close = vhdx_close};

static int replay(const struct disk_open_args *args, const struct header *h, struct blockdev *file,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	int r;

	if (h->log_version)
		return err_set(
			e, ENOTSUP, "is a VHDX with a log of version %u, not 0", h->log_version);
	r = vhdx_log_open(file, &h->log, ret, e);
	if (r < 0)
		return r;
	info->unclean = true;
	info->replayed = *ret != file;
	*list_add(args->arena, &info->notes) =
		info->replayed ? "the VHDX was not closed; its log is replayed in memory"
			       : "the VHDX was not closed, but its log is empty";
	return 0;
}

/* The file as it is after its log is replayed, and its first piece as it is before. */
static int file_open(const struct disk_open_args *args, struct hostfile **f, struct disk_info *info,
	uint8_t *front, struct blockdev **ret, struct err *e)
{
	struct blockdev *file = NULL;
	struct header h;
	int r;

	if ((*f)->size < MIB)
		return err_set(e, EBADMSG, "is too short for a VHDX");
	r = filedev_open(f, 0, (*f)->size, &file, e);
	if (r >= 0)
		r = blockdev_read(file, HEADERS_AT, front, FRONT_SIZE, e);
	if (r >= 0)
		r = current_header(file, front, &h, e);
	if (r >= 0) {
		info->identity = arena_strdup(args->arena, guid_text(h.data_guid).s);
		*ret = file;
		if (!all_zero(h.log.guid, VHDX_GUID_SIZE))
			r = replay(args, &h, file, info, ret, e);
	}
	if (r < 0)
		blockdev_close(file);
	return r;
}

/* What is needed of the file; its pieces are gone again when the parent is opened. */
static int tables_read(struct vhdx *v, const struct disk_open_args *args, struct hostfile **f,
	struct disk_info *info, struct locator *ret, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *front = malloc(FRONT_SIZE);
	struct blockdev *file = NULL;
	int r = front ? file_open(args, f, info, front, &file, e)
		      : err_set(e, ENOMEM, "out of memory");

	if (r < 0)
		return r;
	r = layer_open_over(&v->layer, file, e);
	if (r < 0) {
		blockdev_close(file);
		return r;
	}
	r = regions_read(v, info->replayed ? NULL : front + (REGIONS_AT - HEADERS_AT), e);
	_Static_assert(METADATA_FRONT <= FRONT_SIZE, "it has room for that too");
	if (r >= 0)
		r = layer_read_table(&v->layer, v->metadata.at, front, METADATA_FRONT,
			"the metadata of the VHDX", e);
	if (r >= 0)
		r = metadata_read(v, front, e);
	if (r >= 0 && v->m.has_parent)
		r = locator_read(v, front, args->arena, ret, e);
	return r;
}

static int vhdx_make(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct vhdx *v, struct disk_info *info, struct err *e)
{
	const struct hostfile *host = *f;
	struct locator l = {0};
	int r = tables_read(v, args, f, info, &l, e);

	return r < 0 || !v->m.has_parent ? r : parent_open(v, &l, args, dir, host, info, e);
}

static int vhdx_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	struct vhdx *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return err_set(e, ENOMEM, "out of memory");
	info->format = "vhdx";
	v->layer.dev.ops = &vhdx_ops;
	v->layer.ops = &layer_ops;
	v->layer.name = args->chain ? args->path : NULL;
	r = vhdx_make(args, dir, f, v, info, e);
	if (r < 0) {
		vhdx_close(&v->layer.dev);
		return r;
	}
	v->layer.dev.size = v->m.size;
	v->layer.dev.logical_sector = info->logical_sector = v->m.logical;
	v->layer.dev.physical_sector = info->physical_sector = v->m.physical;
	info->subformat = v->m.has_parent ? "differencing" : v->m.fixed ? "fixed" : "dynamic";
	*ret = &v->layer.dev;
	return 0;
}

const struct disk_format vhdx_format = {
	.name = "vhdx", .also = "avhdx", .probe = vhdx_probe, .open = vhdx_open};
