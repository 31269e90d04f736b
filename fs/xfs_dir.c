/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Directories of XFS.  A small one is in its inode.  All others are blocks of entries from byte 0
 * of the file on, and pairs of (hash of a name, place of its entry) in the order of the hashes: at
 * the end of the only block, or in one leaf from byte 2^35 on, or in many leaves under a tree.
 *
 * One name is looked up by its hash and costs the blocks from the root of the tree to a leaf, and
 * the block of the entry.  Where that way is damaged, and to list a directory, the blocks of
 * entries are read in a row; the index of free room, from byte 2^36 on, is not needed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "fs/xfs.h"

#define LEAF_START (1ULL << 35) /* byte of the directory where hashes begin */
#define NAME_MAX_LEN 255U
#define UNUSED_TAG 0xffffU
#define PAIR_SIZE 8U /* of hash and place; also of hash and block in a tree's node */
#define READ_AHEAD 65536U
#define STEP_COST 4096U

/* What a search by hash returns when it cannot be trusted; no errno has that number. */
#define UNUSABLE (-10000)

static const uint32_t types[] = {
	0, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK, S_IFCHR /* whiteout */};

static int no_such_name(struct err *e)
{
	return err_set(e, ENOENT, "no such file or directory");
}

/* The block is counted in blocks of the filesystem, as xfs_db does. */
static int damaged(const struct xfs_inode *dir, uint64_t block, const char *why, struct err *e)
{
	return err_set(
		e, EBADMSG, "block %" PRIu64 " of directory %" PRIu64 " %s", block, dir->ino, why);
}

/* ---- Entries ---- */

static const struct xfs_seal entries_seal = {.crc = 4, .uuid = 24, .place = 8, .owner = 40};
static const struct xfs_seal index_seal = {.crc = 12, .uuid = 32, .place = 16, .owner = 48};

/* Entries lie in [first, end) of a block; hashes follow where it is the only one. */
struct dir_block {
	const uint8_t *p, *pairs;
	size_t first, end;
	uint32_t n_pairs;
};

/* The entry at off; false: an impossible one. */
static bool decode_entry(const struct xfs_fs *x, const struct dir_block *b, size_t off,
	struct fs_entry *ret, size_t *ret_len)
{
	const uint8_t *p = b->p + off;
	const size_t room = b->end - off;
	size_t len;

	if (room < 16)
		return false;
	len = 8 + 1 + p[8] + x->typed + 2;
	len = (len + 7) & ~(size_t)7;
	if (!p[8] || len > room)
		return false;
	*ret = (struct fs_entry){
		.name = (const char *)p + 9,
		.name_len = p[8],
		.node.id = get_be64(p),
	};
	if (x->typed && p[9 + p[8]] < ARRAY_LEN(types))
		ret->type = types[p[9 + p[8]]];
	*ret_len = len;
	return true;
}

/* NULL, or what is wrong with the block of entries, whose checksum is right. */
static const char *decode_block(const struct xfs_fs *x, const uint8_t *p, struct dir_block *ret)
{
	const uint32_t size = x->dir_size, magic = get_be32(p);
	const bool only = magic == (x->v5 ? 0x58444233 : 0x58443242); /* "XDB3", "XD2B" */

	if (!only && magic != (x->v5 ? 0x58444433 : 0x58443244)) /* "XDD3", "XD2D" */
		return "is none";
	*ret = (struct dir_block){.p = p, .first = x->v5 ? 64 : 16, .end = size};
	if (only) {
		ret->n_pairs = get_be32(p + size - 8);
		if (ret->n_pairs > (size - 8 - ret->first) / PAIR_SIZE)
			return "has more hashes than room for them";
		ret->end = size - 8 - ret->n_pairs * PAIR_SIZE;
		ret->pairs = p + ret->end;
	}
	return NULL;
}

/* The same of one whose checksum is not known to be; it lies at that byte of the device. */
static const char *open_block(const struct xfs_fs *x, const struct xfs_inode *dir, const uint8_t *p,
	uint64_t at, struct dir_block *ret)
{
	const char *why = xfs_seal_broken(x, &entries_seal, p, x->dir_size, at, dir->ino);

	return why ? why : decode_block(x, p, ret);
}

static bool is_dot(const char *name, size_t len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

/* Calls fn for the entries of a block until it returns 1.  UNUSABLE: an impossible entry. */
static int walk_block(const struct xfs_fs *x, const struct dir_block *b, fs_list_fn *fn, void *ctx)
{
	struct fs_entry entry;
	size_t off = b->first, len;
	int r = 0;

	for (; off < b->end && !r; off += len) {
		if (b->end - off < 8)
			return UNUSABLE;
		if (get_be16(b->p + off) == UNUSED_TAG) {
			len = get_be16(b->p + off + 2);
			if (len < 8 || len % 8 || len > b->end - off)
				return UNUSABLE;
			continue;
		}
		if (!decode_entry(x, b, off, &entry, &len))
			return UNUSABLE;
		if (!is_dot(entry.name, entry.name_len))
			r = fn(ctx, &entry);
	}
	return r;
}

/* A directory in its inode: inode numbers have 4 bytes, or 8 if one of them needs to. */
static int walk_short(
	const struct xfs_fs *x, const struct xfs_inode *dir, fs_list_fn *fn, void *ctx)
{
	struct bytes b = bytes_of(dir->raw + dir->fork, dir->size);
	unsigned count = bytes_u8(&b);
	const bool wide = bytes_u8(&b);
	int r = 0;

	bytes_skip(&b, wide ? 8 : 4); /* the parent */
	while (count-- && !r) {
		struct fs_entry entry = {.name_len = bytes_u8(&b)};
		uint8_t type = 0;

		bytes_skip(&b, 2);
		entry.name = (const char *)b.p;
		bytes_skip(&b, entry.name_len);
		if (x->typed)
			type = bytes_u8(&b);
		entry.node.id = wide ? bytes_be64(&b) : bytes_be32(&b);
		if (type < ARRAY_LEN(types))
			entry.type = types[type];
		if (b.bad || !entry.name_len)
			return UNUSABLE;
		r = fn(ctx, &entry);
	}
	return b.bad ? UNUSABLE : r;
}

/* ---- Reading blocks ---- */

static int charge(struct xfs_fs *x, uint64_t bytes, struct err *e)
{
	if (bytes < STEP_COST)
		bytes = STEP_COST;
	if (bytes > x->dir_bytes_left)
		return err_set(e, E2BIG, "more than %lu bytes of directories were read",
			XFS_DIR_BYTES_MAX);
	x->dir_bytes_left -= bytes;
	return 0;
}

/* One block of the directory, by its number in blocks of the filesystem.  UNUSABLE: a hole. */
static int read_block(struct xfs_fs *x, const struct xfs_inode *dir, uint64_t block, uint8_t *buf,
	uint64_t *ret_at, struct err *e)
{
	struct xfs_run run;
	int r = charge(x, x->dir_size, e);

	if (!r)
		r = xfs_find_run(x, dir, block, 1U << x->sb.dir_log, &run, e);
	if (r < 0)
		return r;
	if (!run.at)
		return damaged(dir, block, "is missing", e);
	*ret_at = run.at;
	return xfs_read_bytes(x, dir, block << x->sb.block_log, buf, x->dir_size, e);
}

/* Makes a block the first of those kept.  UNUSABLE: it is not what it should be. */
static int keep_block(struct xfs_fs *x, const struct xfs_inode *dir, struct xfs_kept *kept,
	uint64_t block, const struct xfs_seal *seal, struct err *e)
{
	struct xfs_kept k;
	uint64_t at = 0;
	size_t i = 0;
	int r;

	while (i < XFS_DIR_KEPT - 1 && (kept[i].ino != dir->ino || kept[i].block != block))
		i++;
	k = kept[i];
	memmove(kept + 1, kept, i * sizeof(*kept));
	kept[0] = k;
	if (k.ino == dir->ino && k.block == block)
		return charge(x, 0, e);
	kept->ino = 0;
	if (!kept->bytes)
		kept->bytes = malloc(x->dir_size);
	if (!kept->bytes)
		return err_set(e, ENOMEM, "out of memory");
	r = read_block(x, dir, block, kept->bytes, &at, e);
	if (r < 0)
		return r;
	if (xfs_seal_broken(x, seal, kept->bytes, x->dir_size, at, dir->ino))
		return UNUSABLE;
	kept->ino = dir->ino;
	kept->block = block;
	return 0;
}

/* ---- All entries ---- */

/* A directory being searched; damage is what went wrong first. */
struct scan {
	struct xfs_fs *x;
	const struct xfs_inode *dir;
	fs_list_fn *fn;
	void *ctx;
	struct err damage;
};

static int scan_block(struct scan *s, uint64_t block, const uint8_t *p, uint64_t at)
{
	struct dir_block b;
	const char *why = open_block(s->x, s->dir, p, at, &b);
	int r = 0;

	if (!why)
		r = walk_block(s->x, &b, s->fn, s->ctx);
	if (r == UNUSABLE) {
		why = "holds an impossible entry";
		r = 0;
	}
	if (why && !s->damage.num)
		damaged(s->dir, block, why, &s->damage);
	return r;
}

/*
 * Looks at blocks of the directory, from one up to end, that lie in a row: at most *n, or all of a
 * hole; *n says how many they were.  Returns 1 when fn stopped.
 */
static int scan_run(
	struct scan *s, uint64_t block, uint64_t end, uint64_t *n, uint8_t *buf, struct err *e)
{
	struct xfs_fs *x = s->x;
	const unsigned log = x->sb.dir_log;
	uint64_t most = *n;
	struct xfs_run run;
	int r = xfs_find_run(x, s->dir, block << log, (end - block) << log, &run, e);

	if (r < 0)
		return r;
	/* A block of the directory may be in pieces: then it is read alone. */
	*n = run.count >> log ? run.count >> log : 1;
	if (!run.at)
		return charge(x, 0, e);
	*n = min_u64(*n, most);
	r = charge(x, *n * x->dir_size, e);
	if (!r)
		r = xfs_read_bytes(x, s->dir, block * x->dir_size, buf, *n * x->dir_size, e);
	for (uint64_t i = 0; i < *n && !r; i++)
		r = scan_block(
			s, (block + i) << log, buf + i * x->dir_size, run.at + i * x->dir_size);
	return r;
}

/* A first block on its own, as it is all most directories have; then twice as much each time. */
static int scan_blocks(struct scan *s, struct err *e)
{
	const size_t size = s->x->dir_size;
	const uint64_t end = min_u64(s->dir->size, LEAF_START) / size;
	CLEANUP(cleanup_free) uint8_t *buf = malloc(end == 1 ? size : READ_AHEAD);
	uint64_t ahead = 1, n;
	int r = 0;

	if (!buf)
		return err_set(e, ENOMEM, "out of memory");
	for (uint64_t block = 0; block < end && !r; block += n) {
		n = ahead;
		r = scan_run(s, block, end, &n, buf, e);
		ahead = min_u64(2 * ahead, READ_AHEAD / size);
	}
	return r;
}

/* Returns 1 when fn stopped, 0 when all was seen. */
static int scan_all(struct scan *s, struct err *e)
{
	int r;

	if (s->dir->format != XFS_FORMAT_LOCAL) {
		r = scan_blocks(s, e);
	} else {
		r = walk_short(s->x, s->dir, s->fn, s->ctx);
		if (r == UNUSABLE)
			return err_set(e, EBADMSG,
				"directory %" PRIu64 " holds an impossible entry", s->dir->ino);
	}
	if (r || !s->damage.num)
		return r;
	return err_set(e, s->damage.num, "%s", s->damage.msg);
}

static int load_dir(struct xfs_fs *x, struct fs_node node, struct xfs_inode *ret, struct err *e)
{
	int r = xfs_load(x, node.id, ret, e);

	if (!r && !S_ISDIR(ret->mode))
		r = err_set(e, ENOTDIR, "inode %" PRIu64 " is not a directory", ret->ino);
	return r;
}

int xfs_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e)
{
	struct xfs_fs *x = (struct xfs_fs *)fs;
	struct xfs_inode f;
	struct scan s = {.x = x, .dir = &f, .fn = fn, .ctx = ctx};
	int r = load_dir(x, dir, &f, e);

	if (!r)
		r = scan_all(&s, e);
	return r < 0 ? r : 0;
}

/* ---- One name ---- */

struct wanted {
	const struct xfs_fs *x;
	const char *name;
	size_t len;
	uint32_t hash;
	struct fs_node found;
};

/* What "mkfs.xfs -n version=ci" makes compares as Latin-1 does, whatever the guest writes. */
static uint8_t fold(const struct xfs_fs *x, uint8_t c)
{
	if (!x->fs.fold_case)
		return c;
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7))
		return c + 0x20;
	return c;
}

/* Programs and kernels before 6.4 did not agree on the hash of such a name. */
static bool hash_is_certain(const struct xfs_fs *x, const char *name, size_t len)
{
	for (size_t i = 0; i < len && x->fs.fold_case; i++)
		if ((uint8_t)name[i] >= 0xc0)
			return false;
	return true;
}

static uint32_t hash_of(const struct xfs_fs *x, const char *name, size_t len)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash = fold(x, (uint8_t)name[i]) ^ (hash << 7 | hash >> 25);
	return hash;
}

static bool same_name(const struct xfs_fs *x, const char *a, const char *b, size_t len)
{
	size_t i = 0;

	if (!x->fs.fold_case)
		return !memcmp(a, b, len);
	while (i < len && fold(x, (uint8_t)a[i]) == fold(x, (uint8_t)b[i]))
		i++;
	return i == len;
}

static int compare_entry(void *ctx, const struct fs_entry *entry)
{
	struct wanted *w = ctx;

	if (entry->name_len != w->len || !same_name(w->x, entry->name, w->name, w->len))
		return 0;
	w->found = entry->node;
	return 1;
}

/* The search for one name by its hash, and the block of entries it last looked into. */
struct search {
	struct xfs_fs *x;
	const struct xfs_inode *dir;
	struct wanted *w;
	struct dir_block block;
	uint64_t number; /* of block, in blocks of the directory; UINT64_MAX: none */
};

static int load_entries(struct search *s, uint64_t number, struct err *e)
{
	struct xfs_fs *x = s->x;
	int r;

	if (s->number == number)
		return 0;
	s->number = UINT64_MAX;
	r = keep_block(x, s->dir, x->entries, number << x->sb.dir_log, &entries_seal, e);
	if (r < 0)
		return r;
	if (decode_block(x, x->entries->bytes, &s->block))
		return UNUSABLE;
	s->number = number;
	return 0;
}

/* The first of n pairs whose hash is not below; they are trusted to be in order. */
static uint32_t find_pair(const uint8_t *pairs, uint32_t n, uint32_t hash)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;

		if (get_be32(pairs + mid * PAIR_SIZE) < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Looks at the entries of all pairs with the name's hash.  Returns 1 found, 0 not there. */
static int search_pairs(struct search *s, const uint8_t *pairs, uint32_t n, struct err *e)
{
	for (uint32_t i = find_pair(pairs, n, s->w->hash); i < n; i++) {
		const uint64_t at = (uint64_t)get_be32(pairs + i * PAIR_SIZE + 4) * 8;
		const size_t off = at % s->x->dir_size;
		struct fs_entry entry;
		size_t len;
		int r;

		if (get_be32(pairs + i * PAIR_SIZE) != s->w->hash)
			break;
		if (!at) /* was removed */
			continue;
		r = load_entries(s, at / s->x->dir_size, e);
		if (r < 0)
			return r;
		if (off < s->block.first || off >= s->block.end ||
			!decode_entry(s->x, &s->block, off, &entry, &len))
			return UNUSABLE;
		if (compare_entry(s->w, &entry))
			return 1;
	}
	return 0;
}

/* A node or a leaf of the tree of hashes; level 0 is a leaf. */
struct index_block {
	unsigned level;
	uint32_t n, next; /* next: the leaf behind this one, 0: none */
	const uint8_t *pairs;
};

static int load_index(struct search *s, uint64_t block, struct index_block *ret, struct err *e)
{
	struct xfs_fs *x = s->x;
	const size_t info = x->v5 ? 56 : 12, head = x->v5 ? 64 : 16;
	const uint8_t *p;
	uint16_t magic;
	int r;

	if (block < LEAF_START >> x->sb.block_log)
		return UNUSABLE;
	r = keep_block(x, s->dir, x->index, block, &index_seal, e);
	if (r < 0)
		return r;
	p = x->index->bytes;
	magic = get_be16(p + 8);
	*ret = (struct index_block){
		.n = get_be16(p + info), .next = get_be32(p), .pairs = p + head};
	if (magic == (x->v5 ? 0x3ebe : 0xfebe))
		ret->level = get_be16(p + info + 2);
	else if (magic != (x->v5 ? 0x3df1 : 0xd2f1) && magic != (x->v5 ? 0x3dff : 0xd2ff))
		return UNUSABLE;
	if ((magic & 0xff) == 0xbe && (!ret->level || ret->level > XFS_DA_LEVELS_MAX))
		return UNUSABLE;
	return ret->n > (x->dir_size - head) / PAIR_SIZE ? UNUSABLE : 0;
}

/* Returns 1 found, 0 not there, UNUSABLE: the blocks must be searched one by one; or an error. */
static int search_tree(struct search *s, struct err *e)
{
	unsigned level = XFS_DA_LEVELS_MAX + 1;
	struct index_block b;
	int r = load_index(s, LEAF_START >> s->x->sb.block_log, &b, e);

	while (!r && b.level) {
		const uint32_t i = find_pair(b.pairs, b.n, s->w->hash);

		if (b.level >= level)
			return UNUSABLE;
		level = b.level;
		if (i == b.n) /* above the last hash there is */
			return 0;
		r = load_index(s, get_be32(b.pairs + i * PAIR_SIZE + 4), &b, e);
		if (!r && b.level != level - 1)
			return UNUSABLE;
	}
	while (!r) {
		r = search_pairs(s, b.pairs, b.n, e);
		/* Equal hashes may go on in the next leaf. */
		if (r || !b.next ||
			(b.n && get_be32(b.pairs + (b.n - 1) * PAIR_SIZE) != s->w->hash))
			return r;
		/* A chain that bites its tail may be of blocks that are kept. */
		r = charge(s->x, s->x->dir_size, e);
		if (!r)
			r = load_index(s, b.next, &b, e);
		if (!r && b.level)
			return UNUSABLE;
	}
	return r;
}

static int search_hash(
	struct xfs_fs *x, const struct xfs_inode *dir, struct wanted *w, struct err *e)
{
	struct search s = {.x = x, .dir = dir, .w = w, .number = UINT64_MAX};
	int r;

	/* Of one block it may be that the hashes are in it, or did not fit. */
	if (dir->size == x->dir_size) {
		r = load_entries(&s, 0, e);
		if (r)
			return r;
		if (s.block.pairs)
			return search_pairs(&s, s.block.pairs, s.block.n_pairs, e);
	}
	return search_tree(&s, e);
}

int xfs_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e)
{
	struct xfs_fs *x = (struct xfs_fs *)fs;
	struct xfs_inode f;
	struct wanted w = {.x = x, .name = name, .len = len, .hash = hash_of(x, name, len)};
	struct scan s = {.x = x, .dir = &f, .fn = compare_entry, .ctx = &w};
	int r = load_dir(x, dir, &f, e);

	if (r < 0)
		return r;
	if (len > NAME_MAX_LEN)
		return no_such_name(e);
	r = UNUSABLE;
	if (f.format != XFS_FORMAT_LOCAL && hash_is_certain(x, name, len))
		r = search_hash(x, &f, &w, e);
	if (r == UNUSABLE || r == -EBADMSG)
		r = scan_all(&s, e);
	if (r < 0)
		return r;
	if (!r)
		return no_such_name(e);
	*ret = w.found;
	return 0;
}
