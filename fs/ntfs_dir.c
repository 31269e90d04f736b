/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Directories of NTFS: the index $I30, a B-tree whose root lies in the MFT record and whose blocks
 * lie in $INDEX_ALLOCATION.  Names compare by the volume's own table of upper case; of several
 * that differ in case only, the one that is spelled as asked for is found.  A file has a name for
 * DOS beside its long one: it is found by both, and reported by the long one.
 *
 * A name with a colon is that of a stream, "file:stream", unless there is a file of that name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/utf16.h"
#include "fs/ntfs.h"

#define RECORD_UPCASE 10U
#define FIRST_USER_RECORD 16U /* those before are the filesystem's own, and not listed */
#define ENTRY_HEAD 16U
#define ENTRY_HAS_CHILD 1U
#define ENTRY_IS_LAST 2U
#define NAME_HEAD 66U /* in the key of an entry, or in $FILE_NAME */
#define NAME_IS_DOS 2U
#define ROOT_HEAD 16U
#define BLOCK_HEAD 24U
/* Blocks of a directory that is listed, read at a time. */
#define LIST_PIECE (64U << 10)

static const ntfschar index_name[4] = {const_cpu_to_le16('$'), const_cpu_to_le16('I'),
	const_cpu_to_le16('3'), const_cpu_to_le16('0')};

/* ---- Names ---- */

/* Units of a name, in the order of this machine. */
struct name {
	uint16_t units[NT_NAME_UNITS];
	size_t n;
};

int nt_load_upcase(struct nt_fs *x, struct err *e)
{
	struct err damage = {0};
	struct nt_file *f;
	int r = nt_file(x, nt_node(RECORD_UPCASE, 0), &f, &damage);

	x->upcase = malloc(NT_UPCASE_UNITS * 2);
	if (!x->upcase)
		return err_set(e, ENOMEM, "out of memory");
	if (!r && (!f->na || f->na->data_size != NT_UPCASE_UNITS * 2))
		r = err_set(&damage, EBADMSG, "$UpCase has another size");
	if (!r)
		r = nt_read_attr(x, f->na, 0, x->upcase, NT_UPCASE_UNITS * 2, &damage);
	if (r < 0) {
		fs_state_add(&x->fs, FS_ERRORS,
			"its table of upper case is damaged, Windows's was used");
		memset(x->upcase, 0, NT_UPCASE_UNITS * 2);
		memcpy(x->upcase, x->vol->upcase, 2 * min_u64(x->vol->upcase_len, NT_UPCASE_UNITS));
	}
	for (uint32_t i = 0; i < NT_UPCASE_UNITS; i++)
		x->upcase[i] = le16_to_cpu(x->upcase[i]);
	return 0;
}

/* As Windows sorts them: without case first, and by it where that is all the difference. */
static int compare_folded(
	const struct nt_fs *x, const uint16_t *a, size_t a_n, const uint8_t *b, size_t b_n)
{
	for (size_t i = 0; i < a_n && i < b_n; i++) {
		uint16_t u = x->upcase[a[i]], v = x->upcase[get_le16(b + 2 * i)];

		if (u != v)
			return u < v ? -1 : 1;
	}
	return a_n < b_n ? -1 : a_n > b_n;
}

static int compare_exactly(const uint16_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t v = get_le16(b + 2 * i);

		if (a[i] != v)
			return a[i] < v ? -1 : 1;
	}
	return 0;
}

static bool take_name(struct name *ret, const char *name, size_t len)
{
	ret->n = utf16_from_utf8(ret->units, NT_NAME_UNITS, name, len);
	return ret->n > 0;
}

/* ---- Entries ---- */

struct entry {
	uint64_t reference, child; /* child: a block, when has_child */
	bool has_child, is_last;
	uint64_t parent;
	uint32_t attributes;
	uint8_t kind, units;
	const uint8_t *name;
};

/* The entries of one node of the tree. */
struct node {
	const uint8_t *p, *end;
};

/* header is what the offsets in it count from; room is how much there is from there. */
static bool node_begin(struct node *n, const uint8_t *header, size_t room)
{
	uint32_t first, len;

	if (room < 16)
		return false;
	first = get_le32(header);
	len = get_le32(header + 4);
	if (len > room || first > len || first < 16 || first & 7)
		return false;
	*n = (struct node){header + first, header + len};
	return true;
}

/* The next entry; the last has no name.  False: it is damaged. */
static bool node_next(struct node *n, struct entry *ret)
{
	const size_t left = (size_t)(n->end - n->p);
	const uint8_t *p = n->p, *key = p + ENTRY_HEAD;
	size_t len, key_len;
	uint16_t flags;

	if (left < ENTRY_HEAD)
		return false;
	len = get_le16(p + 8);
	key_len = get_le16(p + 10);
	flags = get_le16(p + 12);
	*ret = (struct entry){.reference = get_le64(p),
		.has_child = flags & ENTRY_HAS_CHILD,
		.is_last = flags & ENTRY_IS_LAST};
	if (len < ENTRY_HEAD + (ret->has_child ? 8U : 0U) || len > left || len & 7)
		return false;
	if (ret->has_child)
		ret->child = get_le64(p + len - 8);
	n->p += len;
	if (ret->is_last)
		return true;
	if (key_len < NAME_HEAD || ENTRY_HEAD + key_len + (ret->has_child ? 8U : 0U) > len)
		return false;
	ret->parent = get_le64(key);
	ret->attributes = get_le32(key + 56);
	ret->units = key[64];
	ret->kind = key[65];
	ret->name = key + NAME_HEAD;
	return NAME_HEAD + 2U * ret->units <= key_len && ret->units;
}

/* ---- Directories ---- */

struct dir {
	struct nt_fs *x;
	uint32_t record;
	ntfs_inode *ni;
	ntfs_attr *blocks; /* NULL: all is in the root */
	uint8_t *root;
	size_t root_len;
	uint32_t block_size, unit; /* unit: what blocks are numbered in */
	uint8_t *block;            /* room for one */
};

static void dir_close(struct dir *d)
{
	if (d->blocks)
		d->x->lib.attr_close(d->blocks);
	if (d->ni)
		d->x->lib.inode_close(d->ni);
	free(d->root);
	free(d->block);
}

static int damaged(const struct dir *d, struct err *e)
{
	return err_set(e, EBADMSG, "MFT record %u: the directory is damaged", d->record);
}

static int read_root(struct dir *d, struct err *e)
{
	struct nt_fs *x = d->x;
	ntfs_attr *na = NULL;
	int r = nt_attr(x, d->ni, AT_INDEX_ROOT, index_name, 4, &na, e);

	if (r <= 0)
		return r ? r : damaged(d, e);
	d->root_len = (size_t)na->data_size;
	if (na->data_size < (s64)(ROOT_HEAD + 16) || na->data_size > x->boot.record_size)
		r = damaged(d, e);
	else if (!(d->root = malloc(d->root_len)))
		r = err_set(e, ENOMEM, "out of memory");
	else
		r = nt_read_attr(x, na, 0, d->root, d->root_len, e);
	x->lib.attr_close(na);
	return r;
}

static int dir_open(struct nt_fs *x, struct fs_node node, struct dir *ret, struct err *e)
{
	struct dir d = {.x = x, .record = nt_record_of(node)};
	int r = nt_inode(x, node, &d.ni, e);

	if (!r)
		r = read_root(&d, e);
	if (!r) {
		d.block_size = get_le32(d.root + 8);
		if (d.block_size < NT_SECTOR || d.block_size > NTFS_CLUSTER_MAX ||
			!is_power_of_two(d.block_size))
			r = damaged(&d, e);
	}
	if (!r) {
		d.unit = x->boot.cluster_size <= d.block_size ? x->boot.cluster_size : NT_SECTOR;
		r = nt_attr(x, d.ni, AT_INDEX_ALLOCATION, index_name, 4, &d.blocks, e);
	}
	if (r >= 0 && d.blocks && !(d.block = malloc(d.block_size)))
		r = err_set(e, ENOMEM, "out of memory");
	if (r < 0) {
		dir_close(&d);
		return r;
	}
	*ret = d;
	return 0;
}

static int spend(struct dir *d, uint64_t n, struct err *e)
{
	if (d->x->index_bytes_left < n)
		return err_set(
			e, E2BIG, "more than %lu bytes of directories", NTFS_INDEX_BYTES_MAX);
	d->x->index_bytes_left -= n;
	return 0;
}

/* The entries of a block that was read, whose place in the attribute is off. */
static int open_block(struct dir *d, uint8_t *block, uint64_t off, struct node *ret, struct err *e)
{
	if (!nt_fixup(block, d->block_size, "INDX") || get_le64(block + 16) != off / d->unit ||
		!node_begin(ret, block + BLOCK_HEAD, d->block_size - BLOCK_HEAD))
		return damaged(d, e);
	return 0;
}

static int read_block(struct dir *d, uint64_t number, struct node *ret, struct err *e)
{
	uint64_t off;
	int r;

	if (!d->blocks || !checked_mul(number, d->unit, &off) ||
		!range_inside(off, d->block_size, (uint64_t)d->blocks->data_size))
		return damaged(d, e);
	r = spend(d, d->block_size, e);
	if (!r)
		r = nt_read_attr(d->x, d->blocks, off, d->block, d->block_size, e);
	return r ? r : open_block(d, d->block, off, ret, e);
}

/* ---- Lookup ---- */

/* What was found: the entry, with its name copied out. */
struct found {
	uint64_t reference;
	uint8_t kind, units;
	uint8_t name[2 * NT_NAME_UNITS];
};

static void keep(struct found *f, const struct entry *entry)
{
	f->reference = entry->reference;
	f->kind = entry->kind;
	f->units = entry->units;
	memcpy(f->name, entry->name, 2U * entry->units);
}

/*
 * Goes through a node for name.  1: found, spelled as asked for; 0: not here, and *ret_child, when
 * it is not UINT64_MAX, is where to go on.  Another spelling is kept, as that may be all there is.
 */
static int search_node(struct dir *d, struct node n, const struct name *name, struct found *f,
	uint64_t *ret_child, struct err *e)
{
	*ret_child = UINT64_MAX;
	for (;;) {
		struct entry entry;
		int order;

		if (!node_next(&n, &entry))
			return damaged(d, e);
		order = entry.is_last ? -1
				      : compare_folded(d->x, name->units, name->n, entry.name,
						entry.units);
		if (!order) {
			order = compare_exactly(name->units, entry.name, name->n);
			if (!order || !f->reference)
				keep(f, &entry);
			if (!order)
				return 1;
		}
		if (order < 0) {
			if (entry.has_child)
				*ret_child = entry.child;
			return 0;
		}
	}
}

/* ENOENT: no entry has that name. */
static int search(struct dir *d, const struct name *name, struct found *f, struct err *e)
{
	uint64_t child;
	struct node n;
	int r;

	f->reference = 0;
	if (!node_begin(&n, d->root + ROOT_HEAD, d->root_len - ROOT_HEAD))
		return damaged(d, e);
	r = search_node(d, n, name, f, &child, e);
	for (unsigned level = 0; !r && child != UINT64_MAX; level++) {
		if (level == NTFS_INDEX_LEVELS_MAX)
			return damaged(d, e);
		r = read_block(d, child, &n, e);
		if (!r)
			r = search_node(d, n, name, f, &child, e);
	}
	if (r < 0)
		return r;
	return f->reference ? 0 : err_set(e, ENOENT, "no such file or directory");
}

/*
 * Where an entry is the file's name for DOS, its long one in the same directory.  A file whose
 * record is damaged keeps the name that it was found by.
 */
static void find_long_name(struct dir *d, struct found *f)
{
	ntfs_attr_search_ctx *ctx = NULL;
	struct nt_fs *x = d->x;
	struct err ignored;
	ntfs_inode *ni;

	if (f->kind != NAME_IS_DOS || nt_inode(x, nt_node(f->reference, 0), &ni, &ignored) < 0)
		return;
	ctx = x->lib.get_search_ctx(ni, NULL);
	for (unsigned i = 0;
		ctx && i < NTFS_ATTRIBUTES_MAX &&
		!x->lib.attr_lookup(AT_FILE_NAME, NULL, 0, CASE_SENSITIVE, 0, NULL, 0, ctx);
		i++) {
		const ATTR_RECORD *a = ctx->attr;
		const uint8_t *p = (const uint8_t *)a + le16_to_cpu(a->value_offset);

		if (a->non_resident || le32_to_cpu(a->value_length) < NAME_HEAD + 2U * p[64] ||
			MREF(get_le64(p)) != d->record || p[65] == NAME_IS_DOS)
			continue;
		f->units = p[64];
		memcpy(f->name, p + NAME_HEAD, 2U * f->units);
		break;
	}
	if (ctx)
		x->lib.put_search_ctx(ctx);
	x->lib.inode_close(ni);
}

static int lookup_file(struct nt_fs *x, struct fs_node dir, const char *name, size_t len,
	struct fs_node *ret, struct err *e)
{
	struct name wanted;
	struct found f;
	struct dir d;
	int r;

	if (!take_name(&wanted, name, len))
		return err_set(e, ENOENT, "no such file or directory");
	r = dir_open(x, dir, &d, e);
	if (r < 0)
		return r;
	r = search(&d, &wanted, &f, e);
	if (!r) {
		find_long_name(&d, &f);
		x->found_len = utf16_name(x->found, f.name, 2U * f.units, UTF16_LE);
		*ret = nt_node(f.reference, 0);
	}
	dir_close(&d);
	return r;
}

const char *nt_spelling(struct fs *fs, size_t *ret_len)
{
	struct nt_fs *x = (struct nt_fs *)fs;

	*ret_len = x->found_len;
	return x->found;
}

/* ---- Streams ---- */

static bool same_stream(const struct nt_stream *a, const struct nt_stream *b)
{
	return a->record == b->record && a->units == b->units &&
	       !memcmp(a->name, b->name, sizeof(a->name[0]) * a->units);
}

/* The number + 1 of a stream that is walked to, in the volume's table. */
static int stream_number(struct nt_fs *x, struct fs_node file, const uint8_t *name, size_t units,
	uint32_t *ret, struct err *e)
{
	struct nt_stream s = {.record = nt_record_of(file), .units = (uint16_t)units};

	memcpy(s.name, name, sizeof(s.name[0]) * units);
	for (uint32_t i = 0; i < x->n_streams; i++) {
		if (same_stream(&x->streams[i], &s)) {
			*ret = i + 1;
			return 0;
		}
	}
	if (x->n_streams == NTFS_STREAMS_MAX)
		return err_set(e, E2BIG, "more than %u named streams", NTFS_STREAMS_MAX);
	if (!x->streams)
		x->streams = calloc(NTFS_STREAMS_MAX, sizeof(*x->streams));
	if (!x->streams)
		return err_set(e, ENOMEM, "out of memory");
	x->streams[x->n_streams] = s;
	*ret = ++x->n_streams;
	return 0;
}

/* The first attribute with bytes of that name.  NULL: there is none, and e says why. */
static const ATTR_RECORD *find_data(
	struct nt_fs *x, ntfs_attr_search_ctx *ctx, const struct name *wanted, struct err *e)
{
	x->err.num = errno = 0;
	for (unsigned i = 0; i < NTFS_ATTRIBUTES_MAX; i++) {
		const ATTR_RECORD *a;

		if (x->lib.attr_lookup(AT_DATA, NULL, 0, CASE_SENSITIVE, 0, NULL, 0, ctx)) {
			if (errno == ENOENT)
				err_set(e, ENOENT, "no such stream");
			else
				nt_fail(x, e, "the file's streams");
			return NULL;
		}
		a = ctx->attr;
		if (a->name_length &&
			!compare_folded(x, wanted->units, wanted->n,
				(const uint8_t *)a + le16_to_cpu(a->name_offset), a->name_length))
			return a;
	}
	err_set(e, E2BIG, "the file has more than %u streams", NTFS_ATTRIBUTES_MAX);
	return NULL;
}

/* Finds the stream's own spelling among the file's. */
static int find_stream(struct nt_fs *x, struct fs_node file, const struct name *wanted,
	struct fs_node *ret, struct err *e)
{
	ntfs_attr_search_ctx *ctx;
	const ATTR_RECORD *a;
	uint32_t number = 0;
	ntfs_inode *ni;
	int r = nt_inode(x, file, &ni, e);

	if (r < 0)
		return r;
	ctx = x->lib.get_search_ctx(ni, NULL);
	a = ctx ? find_data(x, ctx, wanted, e) : NULL;
	if (a) {
		const uint8_t *name = (const uint8_t *)a + le16_to_cpu(a->name_offset);

		r = stream_number(x, file, name, a->name_length, &number, e);
		*ret = (struct fs_node){file.id | nt_node(0, number).id};
		x->found[x->found_len++] = ':';
		x->found_len +=
			utf16_name(x->found + x->found_len, name, 2U * a->name_length, UTF16_LE);
	} else {
		r = ctx ? -e->num : err_set(e, ENOMEM, "out of memory");
	}
	if (ctx)
		x->lib.put_search_ctx(ctx);
	x->lib.inode_close(ni);
	return r;
}

int nt_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e)
{
	static const char data[] = ":$DATA";
	struct nt_fs *x = (struct nt_fs *)fs;
	const char *colon = memchr(name, ':', len);
	int r = lookup_file(x, dir, name, len, ret, e);
	struct fs_node file;
	struct name stream;
	size_t rest;

	if (r != -ENOENT || !colon)
		return r;
	r = lookup_file(x, dir, name, (size_t)(colon - name), &file, e);
	if (r < 0)
		return r;
	rest = len - (size_t)(++colon - name);
	if (rest >= sizeof(data) - 1 &&
		!strncasecmp(colon + rest - (sizeof(data) - 1), data, sizeof(data) - 1))
		rest -= sizeof(data) - 1;
	if (!rest) {
		*ret = file;
		return 0;
	}
	if (!take_name(&stream, colon, rest))
		return err_set(e, ENOENT, "no such stream");
	return find_stream(x, file, &stream, ret, e);
}

/* ---- Listing ---- */

struct listing {
	struct dir *d;
	fs_list_fn *fn;
	void *ctx;
};

static uint32_t listed_type(const struct entry *entry)
{
	if (entry->attributes & le32_to_cpu(FILE_ATTR_REPARSE_POINT))
		return 0;
	return entry->attributes & le32_to_cpu(FILE_ATTR_I30_INDEX_PRESENT) ? S_IFDIR : S_IFREG;
}

/* 1: the caller wants no more. */
static int list_node(struct listing *l, struct node n, struct err *e)
{
	char name[NT_NAME_BYTES];
	struct entry entry;
	int r = 0;

	while (!r) {
		if (!node_next(&n, &entry))
			return damaged(l->d, e);
		if (entry.is_last)
			break;
		if (entry.kind == NAME_IS_DOS || MREF(entry.reference) < FIRST_USER_RECORD)
			continue;
		r = l->fn(l->ctx, &(struct fs_entry){
					  .name = name,
					  .name_len = utf16_name(
						  name, entry.name, 2U * entry.units, UTF16_LE),
					  .node = nt_node(entry.reference, 0),
					  .type = listed_type(&entry),
				  });
	}
	return r;
}

/* Which blocks are in use; what is in the others is no longer true. */
static int read_bitmap(struct dir *d, uint64_t blocks, uint8_t **ret, struct err *e)
{
	const size_t size = div_up(blocks, 8);
	ntfs_attr *na = NULL;
	uint8_t *bits = NULL;
	int r = spend(d, size, e);

	if (r < 0)
		return r;
	r = nt_attr(d->x, d->ni, AT_BITMAP, index_name, 4, &na, e);
	if (r <= 0)
		return r ? r : damaged(d, e);
	bits = calloc(1, size + 1);
	r = bits ? nt_read_attr(d->x, na, 0, bits, min_u64(size, (uint64_t)na->data_size), e)
		 : err_set(e, ENOMEM, "out of memory");
	d->x->lib.attr_close(na);
	if (r < 0)
		free(bits);
	else
		*ret = bits;
	return r;
}

static bool is_used(const uint8_t *bits, uint64_t block)
{
	return bits[block / 8] >> block % 8 & 1;
}

/* Blocks [i, i + n), which were read into piece; the first damage is kept, and the rest listed. */
static int list_piece(struct listing *l, uint8_t *piece, uint64_t i, uint64_t n, struct err *damage)
{
	const uint32_t size = l->d->block_size;

	for (uint64_t k = 0; k < n; k++) {
		struct err e;
		struct node node;
		int r = open_block(l->d, piece + k * size, (i + k) * size, &node, &e);

		if (!r)
			r = list_node(l, node, &e);
		if (r == 1)
			return 1;
		if (r < 0 && !damage->num)
			*damage = e;
	}
	return 0;
}

static int list_blocks(struct listing *l, struct err *damage, struct err *e)
{
	struct dir *d = l->d;
	const uint64_t blocks = (uint64_t)d->blocks->data_size / d->block_size;
	const uint64_t at_once = d->block_size < LIST_PIECE ? LIST_PIECE / d->block_size : 1;
	CLEANUP(cleanup_free) uint8_t *piece = malloc(at_once * d->block_size), *bits = NULL;
	int r = piece ? read_bitmap(d, blocks, &bits, e) : err_set(e, ENOMEM, "out of memory");

	for (uint64_t i = 0, n; !r && i < blocks; i += n) {
		for (n = 0; n < at_once && i + n < blocks && is_used(bits, i + n);)
			n++;
		if (!n) {
			n = 1;
			continue;
		}
		r = spend(d, n * d->block_size, e);
		if (!r)
			r = nt_read_attr(
				d->x, d->blocks, i * d->block_size, piece, n * d->block_size, e);
		if (!r)
			r = list_piece(l, piece, i, n, damage);
	}
	return r;
}

int nt_list(struct fs *fs, struct fs_node node, fs_list_fn *fn, void *ctx, struct err *e)
{
	struct err damage = {0};
	struct dir d;
	struct listing l = {&d, fn, ctx};
	struct node root;
	int r = dir_open((struct nt_fs *)fs, node, &d, e);

	if (r < 0)
		return r;
	if (node_begin(&root, d.root + ROOT_HEAD, d.root_len - ROOT_HEAD))
		r = list_node(&l, root, e);
	else
		r = damaged(&d, e);
	if (!r && d.blocks)
		r = list_blocks(&l, &damage, e);
	dir_close(&d);
	if (r == 1)
		return 0;
	if (!r && damage.num) {
		*e = damage;
		r = -damage.num;
	}
	return r;
}
