/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Directories of ext2/3/4: linear blocks, the hash tree over them, and those kept in the inode.
 *
 * A name is looked for in the hash tree where there is one, so that a directory of 10,000 names
 * costs two blocks; whatever is odd about the tree, the blocks are searched one by one, which is
 * what the kernel does.  A damaged block hides its own names only, but then a name that was not
 * found elsewhere is not said to be absent.  Names of encrypted directories are not read.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/limits.h"
#include "fs/ext.h"

/* How much of a directory is read at once when it is searched from end to end. */
#define DIR_CHUNK_MAX 32768U
/* A block, or a tree of blocks, is not what it should be; 1 is a callback that had enough. */
#define UNUSABLE 2

/* ---- One block of entries ---- */

static uint32_t type_of(uint8_t type)
{
	static const uint32_t modes[] = {
		[EXT2_FT_REG_FILE] = S_IFREG,
		[EXT2_FT_DIR] = S_IFDIR,
		[EXT2_FT_CHRDEV] = S_IFCHR,
		[EXT2_FT_BLKDEV] = S_IFBLK,
		[EXT2_FT_FIFO] = S_IFIFO,
		[EXT2_FT_SOCK] = S_IFSOCK,
		[EXT2_FT_SYMLINK] = S_IFLNK,
	};

	return type < ARRAY_LEN(modes) ? modes[type] : 0;
}

/* A block of 64 KiB has entries whose length does not fit 16 bits: its low bits hold the high. */
static size_t record_length(struct ext_fs *x, uint16_t raw)
{
	if (x->e2->blocksize < 65536)
		return raw;
	return raw == 0 || raw == 65535 ? 65536 : (raw & 65532U) | (raw & 3U) << 16;
}

static bool is_dot(const char *name, size_t len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

/* Calls fn for the entries in [p, p + len) until it returns 1.  UNUSABLE: an impossible entry. */
static int walk_entries(struct ext_fs *x, const uint8_t *p, size_t len, fs_list_fn *fn, void *ctx)
{
	const bool typed = ext2fs_has_feature_filetype(x->e2->super);
	int r = 0;

	while (len >= 8 && !r) {
		const uint32_t ino = get_le32(p);
		const size_t size = record_length(x, get_le16(p + 4));
		const struct fs_entry entry = {
			.name = (const char *)p + 8,
			.name_len = p[6],
			.node.id = ino,
			.type = typed ? type_of(p[7]) : 0,
		};

		if (size < 8 || size % 4 || size > len || entry.name_len > size - 8 ||
			ino > x->e2->super->s_inodes_count)
			return UNUSABLE;
		p += size;
		len -= size;
		if (ino && entry.name_len && !is_dot(entry.name, entry.name_len))
			r = fn(ctx, &entry);
	}
	return r;
}

/*
 * The checksum at the end of a block of entries, as "Directory entries" of the kernel's ext4
 * documentation has it.  False: it may still be right in a way that the library knows.
 */
static bool tail_is_right(const struct ext_fs *x, const struct ext_file *dir, const uint8_t *block)
{
	const size_t n = x->e2->blocksize - sizeof(struct ext2_dir_entry_tail);
	const uint8_t *tail = block + n;
	const uint32_t head[] = {htole32(dir->ino), htole32(dir->inode.i_generation)};
	uint32_t crc;

	if (get_le32(tail) || get_le16(tail + 4) != 12 || tail[6] || tail[7] != 0xDE)
		return false;
	/* The kernel's does not invert. */
	crc = crc32c(~x->e2->csum_seed, head, sizeof(head));
	return get_le32(tail + 8) == ~crc32c(crc, block, n);
}

static bool block_is_right(struct ext_fs *x, const struct ext_file *dir, uint64_t block, uint8_t *p)
{
	const uint64_t key = (uint64_t)dir->ino << 32 | block;
	uint64_t *slot = &x->verified[(key * 0x9e3779b97f4a7c15 >> 32) % EXT_VERIFIED];

	if (*slot == key || x->e2->flags & EXT2_FLAG_IGNORE_CSUM_ERRORS)
		return true;
	if (!tail_is_right(x, dir, p) && !ext2fs_dir_block_csum_verify(x->e2, dir->ino, (void *)p))
		return false;
	*slot = key;
	return true;
}

/* ---- All entries ---- */

/* A directory being searched; damage is what went wrong first. */
struct scan {
	struct ext_fs *x;
	struct ext_file *dir;
	fs_list_fn *fn;
	void *ctx;
	struct err damage;
};

static int scan_block(struct scan *s, uint64_t block, uint8_t *p)
{
	const char *what = "has a wrong checksum";
	int r = UNUSABLE;

	if (block_is_right(s->x, s->dir, block, p)) {
		what = "holds an impossible entry";
		r = walk_entries(s->x, p, s->x->e2->blocksize, s->fn, s->ctx);
	}
	if (r != UNUSABLE)
		return r;
	if (!s->damage.num)
		err_set(&s->damage, EBADMSG, "block %llu of directory %u %s",
			(unsigned long long)block, s->dir->ino, what);
	return 0;
}

static int take_blocks(struct ext_fs *x, uint64_t n, struct err *e)
{
	if (n > x->dir_blocks_left)
		return err_set(e, E2BIG, "more than %u blocks of directories were read",
			EXT_DIR_BLOCKS_MAX);
	x->dir_blocks_left -= (uint32_t)n;
	return 0;
}

/* UNUSABLE, with the damage noted: the blocks cannot be had. */
static int read_chunk(struct scan *s, uint64_t block, uint64_t n, uint8_t *buf, struct err *e)
{
	const size_t size = s->x->e2->blocksize;
	struct err why;
	int r = take_blocks(s->x, n, &why);

	if (!r)
		r = ext_read_blocks(s->x, s->dir, block * size, buf, n * size, &why);
	if (r != -EBADMSG)
		return r ? err_set(e, why.num, "%s", why.msg) : 0;
	if (!s->damage.num)
		s->damage = why;
	return UNUSABLE;
}

/*
 * A first block on its own, as it is all most directories have; then twice as much each time.
 * Returns 1 when fn stopped.
 */
static int scan_blocks(struct scan *s, struct err *e)
{
	const size_t size = s->x->e2->blocksize, most = size < DIR_CHUNK_MAX ? DIR_CHUNK_MAX : size;
	const uint64_t blocks = ext2fs_blocks_count(s->x->e2->super);
	const uint64_t end = min_u64(ext_file_size(s->dir) / size, blocks);
	CLEANUP(cleanup_free) uint8_t *buf = malloc(end == 1 ? size : most);
	uint64_t block = 0, n = 1;
	int r = 0;

	if (!buf)
		return err_set(e, ENOMEM, "out of memory");
	if (end == blocks)
		err_set(&s->damage, EBADMSG, "directory %u is larger than the filesystem",
			s->dir->ino);
	while (block < end && !r) {
		int damaged;

		n = min_u64(n, end - block);
		damaged = read_chunk(s, block, n, buf, e);
		if (damaged < 0)
			return damaged;
		if (damaged && n > 1) {
			n = 1; /* its other blocks may be fine */
			continue;
		}
		for (uint64_t i = 0; i < n && !r && !damaged; i++)
			r = scan_block(s, block + i, buf + i * size);
		block += n;
		n = min_u64(2 * n, most / size);
	}
	return r;
}

/* The parent's inode number, entries up to the end of i_block, and more in the attribute. */
static int scan_inline(struct scan *s, struct err *e)
{
	const size_t head = sizeof(s->dir->inode.i_block);
	CLEANUP(cleanup_free) uint8_t *data = NULL;
	size_t len;
	int r = ext_read_inline(s->x, s->dir, &data, &len, e);

	if (r)
		return r;
	r = walk_entries(s->x, data + 4, head - 4, s->fn, s->ctx);
	if (!r)
		r = walk_entries(s->x, data + head, len - head, s->fn, s->ctx);
	if (r != UNUSABLE)
		return r;
	err_set(&s->damage, EBADMSG, "directory %u holds an impossible entry", s->dir->ino);
	return 0;
}

/* Returns 1 when fn stopped, 0 when all was seen. */
static int scan_all(struct scan *s, struct err *e)
{
	int r = s->dir->inode.i_flags & EXT4_INLINE_DATA_FL ? scan_inline(s, e) : scan_blocks(s, e);

	if (r || !s->damage.num)
		return r;
	return err_set(e, s->damage.num, "%s", s->damage.msg);
}

static int load_dir(struct ext_fs *x, struct fs_node node, struct ext_file *ret, struct err *e)
{
	int r = ext_load(x, node.id, ret, e);

	if (!r && !LINUX_S_ISDIR(ret->inode.i_mode))
		r = err_set(e, ENOTDIR, "inode %u is not a directory", ret->ino);
	return r;
}

int ext_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e)
{
	struct ext_fs *x = (struct ext_fs *)fs;
	struct ext_file f;
	struct scan s = {.x = x, .dir = &f, .fn = fn, .ctx = ctx};
	int r = load_dir(x, dir, &f, e);

	if (r < 0)
		return r;
	if (f.inode.i_flags & EXT4_ENCRYPT_FL)
		return err_set(e, ENOTSUP, "the directory is encrypted, its names cannot be read");
	r = scan_all(&s, e);
	return r < 0 ? r : 0;
}

/* ---- One name ---- */

struct wanted {
	const char *name;
	size_t len;
	const struct ext2fs_nls_table *fold; /* of a directory whose names have no case, or NULL */
	struct fs_node found;
};

static int compare_entry(void *ctx, const struct fs_entry *entry)
{
	struct wanted *w = ctx;
	bool same = entry->name_len == w->len && !memcmp(entry->name, w->name, w->len);

	if (!same && w->fold)
		same = !ext2fs_casefold_cmp(w->fold, (const uint8_t *)w->name, w->len,
			(const uint8_t *)entry->name, entry->name_len);
	if (same)
		w->found = entry->node;
	return same;
}

/* A node of the hash tree: count pairs of (hash, block); the hash of the first is not stored. */
struct tree_node {
	uint8_t *buf;
	const uint8_t *at;
	unsigned count;
};

static uint32_t pair_hash(const struct tree_node *n, unsigned i)
{
	return get_le32(n->at + 8 * i);
}

static uint64_t pair_block(const struct tree_node *n, unsigned i)
{
	return get_le32(n->at + 8 * i + 4) & 0x0fffffff;
}

static int read_tree_block(
	struct ext_fs *x, struct ext_file *dir, uint64_t block, uint8_t *buf, struct err *e)
{
	const size_t size = x->e2->blocksize;
	int r;

	if (block >= ext_file_size(dir) / size)
		return UNUSABLE;
	r = take_blocks(x, 1, e);
	if (!r)
		r = ext_read_blocks(x, dir, block * size, buf, size, e);
	if (r == -EBADMSG || (!r && !block_is_right(x, dir, block, buf)))
		return UNUSABLE;
	return r;
}

/* The place of the first pair's hash holds the limit and the count. */
static bool decode_node(struct ext_fs *x, struct tree_node *n, size_t off)
{
	unsigned limit;

	n->at = n->buf + off;
	limit = get_le16(n->at);
	n->count = get_le16(n->at + 2);
	return n->count && n->count <= limit && limit <= (x->e2->blocksize - off) / 8;
}

/* The last pair whose hash is not above, by halving; the tree is trusted to be in order. */
static unsigned find_pair(const struct tree_node *n, uint32_t hash)
{
	unsigned low = 0, high = n->count;

	while (high - low > 1) {
		unsigned mid = low + (high - low) / 2;

		if (pair_hash(n, mid) <= hash)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static bool hash_name(struct ext_fs *x, const struct ext_file *dir, const struct wanted *w,
	uint8_t version, uint32_t *ret)
{
	const struct ext2_super_block *s = x->e2->super;
	ext2_dirhash_t minor;

	if (version <= EXT2_HASH_TEA && s->s_flags & EXT2_FLAGS_UNSIGNED_HASH)
		version += EXT2_HASH_LEGACY_UNSIGNED;
	return !ext2fs_dirhash2(version, w->name, (int)w->len, x->e2->encoding,
		(int)dir->inode.i_flags, s->s_hash_seed, ret, &minor);
}

/*
 * Descends to the node over the leaves.  *ret_next is the hash at which what lies right of the
 * chosen leaf begins; its lowest bit says that equal hashes go on there.
 */
static int descend(struct ext_fs *x, struct ext_file *dir, const struct wanted *w,
	struct tree_node *n, unsigned *ret_pair, uint32_t *ret_hash, uint32_t *ret_next,
	struct err *e)
{
	const unsigned levels_max = ext2fs_has_feature_largedir(x->e2->super) ? 2 : 1;
	unsigned levels;
	size_t off = 32; /* behind ".", ".." and eight bytes on the tree */
	int r = read_tree_block(x, dir, 0, n->buf, e);

	if (r)
		return r;
	levels = n->buf[30];
	if (levels > levels_max || n->buf[29] != 8 || !hash_name(x, dir, w, n->buf[28], ret_hash))
		return UNUSABLE;
	for (*ret_next = 0;; levels--) {
		if (!decode_node(x, n, off))
			return UNUSABLE;
		*ret_pair = find_pair(n, *ret_hash);
		if (*ret_pair + 1 < n->count)
			*ret_next = pair_hash(n, *ret_pair + 1);
		if (!levels)
			return 0;
		r = read_tree_block(x, dir, pair_block(n, *ret_pair), n->buf, e);
		if (r)
			return r;
		off = 8;
	}
}

/* Returns 1 found, 0 not there, UNUSABLE: the blocks must be searched one by one; or an error. */
static int search_tree(struct ext_fs *x, struct ext_file *dir, struct wanted *w, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *node = malloc(x->e2->blocksize);
	CLEANUP(cleanup_free) uint8_t *leaf = malloc(x->e2->blocksize);
	struct tree_node n = {.buf = node};
	uint32_t hash, next;
	unsigned i;
	int r;

	if (!node || !leaf)
		return err_set(e, ENOMEM, "out of memory");
	r = descend(x, dir, w, &n, &i, &hash, &next, e);
	for (; !r; i++) {
		if (i == n.count)
			return UNUSABLE; /* equal hashes in two nodes: too rare to follow */
		r = read_tree_block(x, dir, pair_block(&n, i), leaf, e);
		if (!r)
			r = walk_entries(x, leaf, x->e2->blocksize, compare_entry, w);
		if (i + 1 < n.count)
			next = pair_hash(&n, i + 1);
		if (!r && next != (hash | 1))
			break;
	}
	return r;
}

int ext_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e)
{
	struct ext_fs *x = (struct ext_fs *)fs;
	struct ext_file f;
	struct wanted w = {.name = name, .len = len};
	struct scan s = {.x = x, .dir = &f, .fn = compare_entry, .ctx = &w};
	int r = load_dir(x, dir, &f, e);

	if (r < 0)
		return r;
	if (f.inode.i_flags & EXT4_ENCRYPT_FL)
		return err_set(e, ENOTSUP, "the directory is encrypted, its names cannot be read");
	if (len > EXT2_NAME_LEN)
		return err_set(e, ENOENT, "no such file or directory");
	if (f.inode.i_flags & EXT4_CASEFOLD_FL)
		w.fold = x->e2->encoding;
	r = UNUSABLE;
	if (f.inode.i_flags & EXT2_INDEX_FL && ext2fs_has_feature_dir_index(x->e2->super) &&
		!(f.inode.i_flags & EXT4_INLINE_DATA_FL))
		r = search_tree(x, &f, &w, e);
	if (r == UNUSABLE)
		r = scan_all(&s, e);
	if (r < 0)
		return r;
	if (!r)
		return err_set(e, ENOENT, "no such file or directory");
	*ret = w.found;
	return 0;
}
