/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * qcow2, by qemu's docs/interop/qcow2.txt: versions 2 and 3, with compressed clusters (zlib and
 * zstd), subclusters, a backing file and an external data file.  All numbers are big-endian.
 *
 * An L1 table points at L2 tables, these at clusters.  Both are read through the block cache where
 * a lookup needs them, so opening costs the same whatever the size of the disk.  Reference counts,
 * bitmaps and the contents of internal snapshots are not needed for reading and not looked at.
 *
 * Left out, and refused by name: encryption, parents that are not files.
 */
#include "disk/qcow2.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/unpack.h"
#include "disk/chain.h"
#include "disk/filedev.h"
#include "disk/layer.h"

#define SECTOR 512
#define OFFSET_MASK 0x00fffffffffffe00ULL
#define COPIED (1ULL << 63)
#define COMPRESSED (1ULL << 62)
#define ALL_ZERO 1ULL
#define SUBCLUSTERS 32

struct qcow2 {
	struct layer layer;
	struct qcow2_header h;
	uint64_t cluster_size, l2_entries;
	struct blockdev *data; /* the external data file, NULL: there is none */
};

static bool qcow2_probe(const struct disk_probe *p)
{
	/* Version 1 is another format, which is refused by its own name. */
	return p->head_len >= 8 && !memcmp(p->head, "QFI\xfb", 4) && get_be32(p->head + 4) != 1;
}

/* ---- looking up clusters ---- */

/* An entry of an L2 table; its second half only where there are subclusters. */
struct entry {
	uint64_t cluster, map;
};

static int entry_read(
	struct qcow2 *q, uint64_t table, uint64_t index, struct entry *ret, struct err *e)
{
	bool extended = q->h.incompatible & QCOW2_EXTENDED_L2;
	size_t n = extended ? 16 : 8;
	uint8_t p[16] = {0};
	int r = layer_read_table(&q->layer, table + index * n, p, n, "an L2 table of the qcow2", e);

	if (r >= 0)
		*ret = (struct entry){get_be64(p), get_be64(p + 8)};
	return r;
}

/* Where the bytes of a cluster that is not compressed are; refuses what cannot be. */
static int host_offset(const struct qcow2 *q, uint64_t number, uint64_t entry, bool needed,
	uint64_t *ret, struct err *e)
{
	uint64_t at = entry & OFFSET_MASK;

	if (at % q->cluster_size)
		return err_set(e, EBADMSG,
			"cluster %" PRIu64 " of the qcow2 does not begin where a cluster does",
			number);
	if (needed && at >= q->layer.file->size)
		return err_set(e, EBADMSG,
			"cluster %" PRIu64 " of the qcow2 lies past the end of the file", number);
	*ret = at;
	return 0;
}

/* Only in a data file of its own can a cluster be at the very start. */
static bool is_stored(const struct qcow2 *q, uint64_t entry)
{
	return entry & OFFSET_MASK || (q->data && entry & COPIED);
}

static int find_plain(
	struct qcow2 *q, uint64_t number, uint64_t entry, struct piece *p, struct err *e)
{
	if (entry & ALL_ZERO && q->h.version < 3)
		return err_set(e, EBADMSG,
			"cluster %" PRIu64 " of the qcow2 is marked as zeros, which version 2 has "
			"no mark for",
			number);
	if (entry & ALL_ZERO)
		p->in = PIECE_ZEROS;
	else
		p->in = is_stored(q, entry) ? PIECE_FILE : PIECE_PARENT;
	return host_offset(q, number, entry, p->in == PIECE_FILE, &p->at, e);
}

/* What a subcluster is: one bit says that it is stored, another that it is zeros. */
static enum piece_in subcluster(uint64_t map, unsigned i)
{
	if (map >> i & 1)
		return PIECE_FILE;
	return map >> (SUBCLUSTERS + i) & 1 ? PIECE_ZEROS : PIECE_PARENT;
}

/* The run of equal subclusters that begins in bytes into a cluster. */
static int find_subclusters(struct qcow2 *q, uint64_t number, struct entry entry, uint64_t in,
	struct piece *p, struct err *e)
{
	uint64_t size = q->cluster_size / SUBCLUSTERS;
	unsigned first = (unsigned)(in / size), end = first + 1;
	int r;

	if (entry.map & entry.map >> SUBCLUSTERS & UINT32_MAX)
		return err_set(e, EBADMSG,
			"cluster %" PRIu64 " of the qcow2 has subclusters that are both stored and "
			"zeros",
			number);
	p->in = subcluster(entry.map, first);
	if (p->in == PIECE_FILE && !is_stored(q, entry.cluster))
		return err_set(e, EBADMSG,
			"cluster %" PRIu64 " of the qcow2 has stored subclusters, but no place",
			number);
	while (end < SUBCLUSTERS && subcluster(entry.map, end) == p->in)
		end++;
	r = host_offset(q, number, entry.cluster, p->in == PIECE_FILE, &p->at, e);
	p->len = end * size - in;
	return r;
}

static int find_in_table(
	struct qcow2 *q, uint64_t table, uint64_t off, struct piece *p, struct err *e)
{
	uint64_t number = off / q->cluster_size, in = off % q->cluster_size;
	struct entry entry;
	int r = entry_read(q, table, number % q->l2_entries, &entry, e);

	if (r < 0)
		return r;
	p->len = q->cluster_size - in;
	if (entry.cluster & COMPRESSED) {
		p->in = PIECE_PACKED;
		p->at = entry.cluster;
		return 0;
	}
	if (q->h.incompatible & QCOW2_EXTENDED_L2)
		r = find_subclusters(q, number, entry, in, p, e);
	else
		r = find_plain(q, number, entry.cluster, p, e);
	p->at += in;
	return r;
}

static int qcow2_find(struct layer *l, uint64_t off, struct piece *ret, struct err *e)
{
	struct qcow2 *q = (struct qcow2 *)l;
	uint64_t covers = q->l2_entries * q->cluster_size, table;
	uint8_t p[8];
	int r = layer_read_table(l, q->h.l1_at + off / covers * sizeof(p), p, sizeof(p),
		"the L1 table of the qcow2", e);

	if (r < 0)
		return r;
	table = get_be64(p) & OFFSET_MASK;
	if (!table) {
		*ret = (struct piece){PIECE_PARENT, covers - off % covers, 0};
		return 0;
	}
	if (table % q->cluster_size)
		return err_set(
			e, EBADMSG, "an L2 table of the qcow2 does not begin where a cluster does");
	return find_in_table(q, table, off, ret, e);
}

/* ---- compressed clusters ---- */

/* The entry holds where the bytes begin, and in how many sectors they end. */
static int qcow2_unpack_cluster(
	struct layer *l, uint64_t off, uint64_t at, uint8_t *buf, struct err *e)
{
	struct qcow2 *q = (struct qcow2 *)l;
	unsigned count_at = 62 - (q->h.cluster_bits - 8);
	uint64_t start = at & ((1ULL << count_at) - 1);
	uint64_t sectors = ((at & (COMPRESSED - 1)) >> count_at) + 1;
	uint64_t n = sectors * SECTOR - start % SECTOR;
	CLEANUP(cleanup_free) uint8_t *packed = NULL;
	size_t got;
	int r;

	if (start >= l->file->size || q->data)
		return err_set(e, EBADMSG,
			"the compressed cluster %" PRIu64 " of the qcow2 lies past the end of the "
			"file",
			off / q->cluster_size);
	n = min_u64(n, l->file->size - start);
	packed = malloc(n);
	if (!packed)
		return err_set(e, ENOMEM, "out of memory");
	r = blockdev_read(l->file, start, packed, n, e);
	if (r >= 0)
		r = unpack(q->h.compression == QCOW2_ZSTD ? UNPACK_ZSTD : UNPACK_DEFLATE, packed, n,
			buf, q->cluster_size, &got, e);
	if (r < 0)
		return r;
	/* One that is full may lack the end mark. */
	if (r == UNPACK_DAMAGED || got < q->cluster_size)
		return err_set(e, EBADMSG,
			"the compressed cluster %" PRIu64 " of the qcow2 does not decompress",
			off / q->cluster_size);
	return 0;
}

/* ---- opening ---- */

static const struct layer_ops layer_ops = {.find = qcow2_find, .unpack = qcow2_unpack_cluster};

static void qcow2_close(struct blockdev *d)
{
	struct qcow2 *q = (struct qcow2 *)d;

	layer_close(&q->layer);
	blockdev_close(q->data);
	free(q);
}

static const struct blockdev_ops qcow2_ops = {
	.name = "qcow2", .read = layer_read, .extent = layer_extent, .close = qcow2_close};

static void note(const struct disk_open_args *args, struct disk_info *info, const char *text)
{
	*list_add(args->arena, &info->notes) = text;
}

/* One entry of the snapshot table; false when it lies past the end. */
static bool snapshot_read(struct qcow2 *q, struct arena *a, uint64_t *at, const char **ret)
{
	uint8_t fixed[40];
	uint64_t id_len, name_len, extra, name_at;
	struct err e;
	char *name;

	if (layer_read_table(&q->layer, *at, fixed, sizeof(fixed), "", &e) < 0)
		return false;
	id_len = get_be32(fixed + 12) >> 16;
	name_len = get_be32(fixed + 12) & 0xffff;
	extra = get_be32(fixed + 36);
	name_at = *at + sizeof(fixed) + extra + id_len;
	name = arena_alloc(a, name_len + 1);
	if (layer_read_table(&q->layer, name_at, name, name_len, "", &e) < 0)
		return false;
	*at = (name_at + name_len + 7) & ~7ULL;
	*ret = name;
	return true;
}

/* Only their names are wanted: damage here does not touch the disk as it is now. */
static void snapshots_list(
	struct qcow2 *q, const struct disk_open_args *args, struct disk_info *info)
{
	uint64_t at = q->h.snapshots_at;
	uint32_t n = q->h.snapshots;

	if (at > INT64_MAX)
		n = 0;
	for (uint32_t i = 0; i < n && i < QCOW2_SNAPSHOTS_MAX; i++) {
		const char *name;

		if (!snapshot_read(q, args->arena, &at, &name))
			break;
		*list_add(args->arena, &info->snapshots) = name;
	}
	if (info->snapshots.n < q->h.snapshots)
		note(args, info, "not all snapshots inside the qcow2 can be listed");
}

static void state_tell(
	const struct qcow2 *q, const struct disk_open_args *args, struct disk_info *info)
{
	info->unclean = q->h.incompatible & (QCOW2_DIRTY | QCOW2_CORRUPT);
	if (q->h.incompatible & QCOW2_DIRTY)
		note(args, info, "the qcow2 was not closed: its reference counts are out of date");
	if (q->h.incompatible & QCOW2_CORRUPT)
		note(args, info, "the qcow2 is marked as corrupt");
}

static int data_open(struct qcow2 *q, const struct disk_open_args *args, const char *dir,
	const struct disk_info *info, struct err *e)
{
	struct hostfile *f = NULL;
	int r = chain_open_file(args, dir, q->h.data_file, info, &f, e);

	if (r >= 0)
		r = filedev_open(&f, 0, div_up(f->size, SECTOR) * SECTOR, &q->data, e);
	hostfile_close(f);
	if (r < 0)
		return err_prefix(e, "its data file cannot be opened");
	q->layer.file = q->data;
	return 0;
}

/* Our name for what qemu calls a format; NULL: what the parent looks like. */
static int format_of(const char *qemu, const char **ret, struct err *e)
{
	*ret = NULL;
	if (!qemu || !*qemu)
		return 0;
	*ret = !strcmp(qemu, "vpc") ? "vhd" : qemu;
	for (size_t i = 0; disk_format_name(i); i++)
		if (!strcmp(disk_format_name(i), *ret))
			return 0;
	return err_set(e, ENOTSUP, "its parent is a %s image, which cannot be read", qemu);
}

static int parent_open(struct qcow2 *q, const struct disk_open_args *args, const char *dir,
	const struct hostfile *f, struct disk_info *info, struct err *e)
{
	const char *names[2] = {q->h.backing, NULL}, *format;
	struct disk_info parent;
	int r = format_of(q->h.backing_format, &format, e);

	if (str_starts(names[0], "file:"))
		names[0] += 5;
	else if (names[0][strcspn(names[0], ":/")] == ':')
		return err_set(e, ENOTSUP, "its parent is \"%s\", which is not a file", names[0]);
	if (r < 0)
		return r;
	return chain_open_parent(args, dir, f, names, format, info, &parent, &q->layer.parent, e);
}

static int qcow2_make(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct qcow2 *q, struct disk_info *info, struct err *e)
{
	const struct hostfile *host = *f;
	int r = layer_open_file(&q->layer, f, e);

	if (r < 0)
		return r;
	state_tell(q, args, info);
	snapshots_list(q, args, info);
	if (q->h.incompatible & QCOW2_DATA_FILE)
		r = data_open(q, args, dir, info, e);
	if (r >= 0 && q->h.backing)
		r = parent_open(q, args, dir, host, info, e);
	return r;
}

static int qcow2_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	struct qcow2_header h;
	struct qcow2 *q;
	int r = qcow2_header_read(args, *f, &h, e);

	if (r < 0)
		return r;
	info->format = "qcow2";
	info->subformat = h.version == 2 ? "0.10" : "1.1";
	q = calloc(1, sizeof(*q));
	if (!q)
		return err_set(e, ENOMEM, "out of memory");
	q->h = h;
	q->cluster_size = 1ULL << h.cluster_bits;
	q->l2_entries = q->cluster_size / (h.incompatible & QCOW2_EXTENDED_L2 ? 16 : 8);
	q->layer.dev = (struct blockdev){.ops = &qcow2_ops, .size = h.size / SECTOR * SECTOR};
	q->layer.ops = &layer_ops;
	q->layer.name = args->chain ? args->path : NULL;
	q->layer.unit = (uint32_t)q->cluster_size;
	r = qcow2_make(args, dir, f, q, info, e);
	if (r < 0) {
		qcow2_close(&q->layer.dev);
		return r;
	}
	*ret = &q->layer.dev;
	return 0;
}

const struct disk_format qcow2_format = {.name = "qcow2", .probe = qcow2_probe, .open = qcow2_open};
