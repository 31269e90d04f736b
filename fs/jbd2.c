/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The layout is that of the kernel's Documentation/filesystems/ext4/journal.rst; all numbers are
 * big-endian.  Every block of the journal that is not a copy begins with a magic number, a kind and
 * the number of its transaction.  A copy that would begin with the magic number has zeros there,
 * and its tag says so.
 *
 * Version 1 has neither features nor checksums.  With the feature "checksum", the commit block
 * holds a CRC-32 over the descriptors and copies of its transaction; "checksum v2" and "v3" give
 * each block a CRC-32C, and differ in how much of a copy's fits its tag.
 *
 * Left out: fast commits are noticed, not read.
 */
#include "fs/jbd2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/limits.h"

enum kind { DESCRIPTOR = 1, COMMIT = 2, SUPER_V1 = 3, SUPER_V2 = 4, REVOKE = 5 };

#define HEADER_SIZE 12U
#define SUPER_SIZE 1024U
#define SUPER_CRC_AT 252U
#define COMMIT_SIZE 64U /* what of a commit block means something */
#define COMMIT_CRC_AT 16U
#define CRC32C_TYPE 4U
#define CRC32_TYPE 1U

#define COMPAT_CHECKSUM 1U
#define INCOMPAT_64BIT 2U
#define INCOMPAT_ASYNC_COMMIT 4U
#define INCOMPAT_CSUM_V2 8U
#define INCOMPAT_CSUM_V3 16U
#define INCOMPAT_FAST_COMMIT 32U
#define INCOMPAT_KNOWN 63U

#define TAG_ESCAPED 1U
#define TAG_SAME_UUID 2U
#define TAG_LAST 8U

#define BLOCKS_MIN 1024U /* the kernel leaves so many to what are not fast commits */
#define FAST_COMMITS_USUAL 256U
#define FAST_COMMIT_HEAD 9U

#define CHUNK_MIN (64U << 10)
#define CHUNK_MAX (1U << 20)

struct super {
	enum kind kind;
	uint32_t blocks, first, sequence, start, error;
	uint32_t compat, incompat, ro_compat, fast_blocks;
	uint8_t checksum_type;
};

/*
 * What the log says of a block: a copy is good, or bad (its checksum is wrong), or the block is
 * revoked.  at is the rank, which counts the blocks of the log from its start, twice, plus 1 for a
 * copy that is escaped.  So a higher at is newer.
 */
#define IS_BAD (1ULL << 63)
#define IS_REVOKE (1ULL << 62)
#define IS_KIND (IS_BAD | IS_REVOKE)

/* Where blocks of the log lie that follow each other; rank is that of the first. */
struct run {
	uint64_t start;
	uint32_t rank, count;
};

struct scan {
	const struct jbd2_place *place;
	struct super super;
	uint32_t seed; /* of the CRC-32C of a block */
	size_t tag_size, tail;
	uint8_t *descriptor; /* a copy of the one whose tags are being looked at */
	/* The reader: what of the ring is in buf, where it goes on, and what is left of it. */
	uint8_t *buf;
	uint32_t buf_at, buf_n, chunk;
	uint32_t pos, first, last, left;
	uint32_t rank; /* of the next block */
	uint64_t bytes_left;
	struct run *runs;
	size_t n_runs, runs_room;
	/* Entries before committed count; the others are of a transaction that is not yet whole. */
	struct jbd2_copy *entries;
	size_t n, room, committed;
	uint32_t sequence, transactions;
	uint64_t time; /* of the last commit */
	uint32_t crc;  /* of the transaction, in a journal with COMPAT_CHECKSUM */
	bool suspect;  /* a block of the transaction has a wrong checksum */
	const char *damage;
};

/* ---- The superblock ---- */

static struct super decode_super(const uint8_t *p)
{
	struct bytes b = bytes_at(p, SUPER_SIZE, 4);
	struct super s = {.kind = bytes_be32(&b)};

	bytes_skip(&b, 8);
	s.blocks = bytes_be32(&b);
	s.first = bytes_be32(&b);
	s.sequence = bytes_be32(&b);
	s.start = bytes_be32(&b);
	s.error = bytes_be32(&b);
	if (s.kind != SUPER_V2)
		return s;
	s.compat = bytes_be32(&b);
	s.incompat = bytes_be32(&b);
	s.ro_compat = bytes_be32(&b);
	s.checksum_type = p[80];
	s.fast_blocks = get_be32(p + 84);
	return s;
}

static bool has_crc32c(const struct super *s)
{
	return s->incompat & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3);
}

/* A block whose checksum at crc_at was computed with zeros there. */
static bool crc_is_right(uint32_t seed, const uint8_t *p, size_t len, size_t crc_at)
{
	static const uint8_t zeros[4];
	uint32_t crc = crc32c(crc32c(seed, p, crc_at), zeros, 4);

	return ~crc32c(crc, p + crc_at + 4, len - crc_at - 4) == get_be32(p + crc_at);
}

static int check_super(
	const struct super *s, const struct jbd2_place *place, const uint8_t *p, struct err *e)
{
	const uint32_t both = INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3;

	if (get_be32(p) != JBD2_MAGIC || (s->kind != SUPER_V1 && s->kind != SUPER_V2))
		return err_set(e, EBADMSG, "it does not begin with a superblock");
	if (s->incompat & ~INCOMPAT_KNOWN || s->ro_compat)
		return err_set(e, ENOTSUP, "it has features that are not known");
	if (get_be32(p + 12) != place->block_size)
		return err_set(e, EBADMSG, "its blocks are not those of the filesystem");
	if (s->blocks > place->blocks)
		return err_set(e, EBADMSG, "it is cut short");
	if (!s->first || s->first >= s->blocks)
		return err_set(e, EBADMSG, "its superblock makes no sense");
	if ((s->incompat & both) == both || (has_crc32c(s) && s->compat & COMPAT_CHECKSUM) ||
		(has_crc32c(s) && s->checksum_type != CRC32C_TYPE))
		return err_set(e, EBADMSG, "it has checksums of several kinds");
	if (has_crc32c(s) && !crc_is_right(0, p, SUPER_SIZE, SUPER_CRC_AT))
		return err_set(e, EBADMSG, "its superblock has a wrong checksum");
	if (s->incompat & INCOMPAT_FAST_COMMIT &&
		(s->blocks < BLOCKS_MIN || s->fast_blocks > s->blocks - BLOCKS_MIN))
		return err_set(e, EBADMSG, "it is too short for fast commits");
	return 0;
}

/* Tags have grown: an upper half of the number came, then checksums of two sizes. */
static size_t tag_size(const struct super *s)
{
	if (s->incompat & INCOMPAT_CSUM_V3)
		return 16;
	return 8 + (s->incompat & INCOMPAT_64BIT ? 4 : 0) +
	       (s->incompat & INCOMPAT_CSUM_V2 ? 2 : 0);
}

static int read_block(
	const struct jbd2_place *place, uint32_t block, void *buf, size_t len, struct err *e)
{
	uint64_t start;
	uint32_t count;
	int r = place->map(place->ctx, block, &start, &count, e);

	return r < 0 ? r : blockdev_read(place->dev, start * place->block_size, buf, len, e);
}

static int read_super(struct scan *s, struct err *e)
{
	uint8_t p[SUPER_SIZE];
	int r = read_block(s->place, s->place->super, p, sizeof(p), e);

	if (r < 0)
		return r;
	s->super = decode_super(p);
	r = check_super(&s->super, s->place, p, e);
	if (r < 0)
		return r;
	s->seed = crc32c(0, p + 48, 16);
	s->tag_size = tag_size(&s->super);
	s->tail = has_crc32c(&s->super) ? 4 : 0;
	s->first = s->super.first;
	s->last = s->super.blocks;
	if (s->super.incompat & INCOMPAT_FAST_COMMIT)
		s->last -= s->super.fast_blocks ? s->super.fast_blocks : FAST_COMMITS_USUAL;
	if (s->super.start && (s->super.start < s->first || s->super.start >= s->last))
		return err_set(e, EBADMSG, "it begins outside of itself");
	s->pos = s->super.start;
	s->left = s->last - s->first;
	s->sequence = s->super.sequence;
	return 0;
}

/* ---- Reading the ring ---- */

static int note_run(struct scan *s, uint64_t start, uint32_t count, struct err *e)
{
	struct run *last = s->n_runs ? &s->runs[s->n_runs - 1] : NULL;

	if (last && last->start + last->count == start) {
		last->count += count;
		return 0;
	}
	if (s->n_runs == s->runs_room) {
		const size_t room = s->runs_room ? 2 * s->runs_room : 16;
		struct run *more = realloc(s->runs, room * sizeof(*more));

		if (!more)
			return err_set(e, ENOMEM, "out of memory");
		s->runs = more;
		s->runs_room = room;
	}
	s->runs[s->n_runs++] = (struct run){start, s->rank, count};
	return 0;
}

/* The next blocks: few at first, as most journals hold little. */
static int fill(struct scan *s, struct err *e)
{
	const uint32_t size = s->place->block_size;
	uint64_t start;
	uint32_t n;
	int r = s->place->map(s->place->ctx, s->pos, &start, &n, e);

	if (r < 0)
		return r;
	n = (uint32_t)min_u64(min_u64(n, s->chunk / size), min_u64(s->left, s->last - s->pos));
	if ((uint64_t)n * size > s->bytes_left)
		return err_set(e, E2BIG, "it holds more than %u MiB", JBD2_LIVE_MAX >> 20);
	s->bytes_left -= (uint64_t)n * size;
	r = blockdev_read(s->place->dev, start * size, s->buf, (size_t)n * size, e);
	if (r < 0)
		return r;
	s->buf_at = s->pos;
	s->buf_n = n;
	if (s->chunk < CHUNK_MAX)
		s->chunk *= 2;
	return note_run(s, start, n, e);
}

/* 1 and a block, which stays until the next one; 0 when the ring has been gone round. */
static int next_block(struct scan *s, const uint8_t **ret, struct err *e)
{
	int r;

	if (!s->left)
		return 0;
	if (s->pos - s->buf_at >= s->buf_n) {
		r = fill(s, e);
		if (r < 0)
			return r;
	}
	*ret = s->buf + (size_t)(s->pos - s->buf_at) * s->place->block_size;
	s->rank++;
	s->left--;
	if (++s->pos == s->last) {
		s->pos = s->first;
		s->buf_n = 0;
	}
	return 1;
}

/* ---- What the log says of blocks ---- */

static int by_block(const void *a, const void *b)
{
	const struct jbd2_copy *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->at < y->at ? 1 : x->at > y->at ? -1 : 0;
}

/* Sorts what counts, and keeps of each block and kind only the newest, which tells all. */
static void compact(struct scan *s)
{
	const size_t pending = s->n - s->committed;
	size_t n = 0;

	if (s->committed)
		qsort(s->entries, s->committed, sizeof(*s->entries), by_block);
	for (size_t i = 0; i < s->committed; i++) {
		const struct jbd2_copy *p = &s->entries[i], *before = n ? &s->entries[n - 1] : NULL;

		if (!before || before->block != p->block || (before->at ^ p->at) & IS_KIND)
			s->entries[n++] = *p;
	}
	memmove(s->entries + n, s->entries + s->committed, pending * sizeof(*s->entries));
	s->committed = n;
	s->n = n + pending;
}

static int add_entry(struct scan *s, uint64_t block, uint64_t at, struct err *e)
{
	if (s->n == JBD2_ENTRIES_MAX) {
		compact(s);
		/* A few are no reason to sort them all again. */
		if (s->n > JBD2_ENTRIES_MAX / 4 * 3)
			return err_set(
				e, E2BIG, "it holds more than %u blocks", JBD2_ENTRIES_MAX / 4 * 3);
	}
	if (s->n == s->room) {
		const size_t room = s->room ? 2 * s->room : 256;
		struct jbd2_copy *more = realloc(s->entries, room * sizeof(*more));

		if (!more)
			return err_set(e, ENOMEM, "out of memory");
		s->entries = more;
		s->room = room;
	}
	s->entries[s->n++] = (struct jbd2_copy){block, at};
	return 0;
}

/* ---- Checksums ---- */

/* CRC-32 with the highest bit first, as the kernel's crc32_be(). */
static uint32_t crc32_be(uint32_t crc, const uint8_t *p, size_t n)
{
	static uint32_t table[256];

	if (!table[1]) {
		for (uint32_t i = 0; i < 256; i++) {
			table[i] = i << 24;
			for (int bit = 0; bit < 8; bit++)
				table[i] = table[i] << 1 ^ (table[i] >> 31 ? 0x04c11db7U : 0);
		}
	}
	while (n--)
		crc = crc << 8 ^ table[crc >> 24 ^ *p++];
	return crc;
}

static void sum_up(struct scan *s, const uint8_t *p)
{
	if (s->super.compat & COMPAT_CHECKSUM)
		s->crc = crc32_be(s->crc, p, s->place->block_size);
}

/* Of descriptor and revoke blocks. */
static bool tail_is_right(const struct scan *s, const uint8_t *p)
{
	const size_t size = s->place->block_size;

	return !s->tail || crc_is_right(s->seed, p, size, size - 4);
}

static bool copy_is_right(const struct scan *s, const uint8_t *tag, const uint8_t *p)
{
	uint8_t number[4];
	uint32_t crc;

	if (!s->tail)
		return true;
	for (int i = 0; i < 4; i++)
		number[i] = (uint8_t)(s->sequence >> (24 - 8 * i));
	crc = ~crc32c(crc32c(s->seed, number, 4), p, s->place->block_size);
	if (s->super.incompat & INCOMPAT_CSUM_V3)
		return crc == get_be32(tag + 12);
	return (crc & 0xffff) == get_be16(tag + 4);
}

/* Where only its first sector was written, the rest of the block may be what was there before. */
static bool commit_is_right(const struct scan *s, const uint8_t *p)
{
	static const uint8_t zeros[512];
	const size_t size = s->place->block_size;
	uint32_t crc;

	if (crc_is_right(s->seed, p, size, COMMIT_CRC_AT))
		return true;
	crc = crc32c(crc32c(s->seed, p, COMMIT_CRC_AT), zeros, 4);
	crc = crc32c(crc, p + COMMIT_CRC_AT + 4, COMMIT_SIZE - COMMIT_CRC_AT - 4);
	for (size_t n = size - COMMIT_SIZE, now; n; n -= now) {
		now = min_u64(n, sizeof(zeros));
		crc = crc32c(crc, zeros, now);
	}
	return ~crc == get_be32(p + COMMIT_CRC_AT);
}

/* A commit without a checksum is none that is wrong. */
static bool sum_is_right(const struct scan *s, const uint8_t *p)
{
	const uint8_t type = p[12], size = p[13];
	const uint32_t sum = get_be32(p + COMMIT_CRC_AT);

	if (!(s->super.compat & COMPAT_CHECKSUM))
		return !s->tail || commit_is_right(s, p);
	return (type == CRC32_TYPE && size == 4 && sum == s->crc) || (!type && !size && !sum);
}

/* ---- The blocks of the log ---- */

static int take_copy(struct scan *s, const uint8_t *tag, uint16_t flags, struct err *e)
{
	uint64_t block = get_be32(tag), at = 2ULL * s->rank;
	const uint8_t *p;
	int r = next_block(s, &p, e);

	if (r <= 0)
		return r;
	sum_up(s, p);
	if (s->suspect)
		return 1;
	if (s->super.incompat & INCOMPAT_64BIT)
		block |= (uint64_t)get_be32(tag + 8) << 32;
	at |= flags & TAG_ESCAPED;
	if (!copy_is_right(s, tag, p))
		at |= IS_BAD;
	r = add_entry(s, block, at, e);
	return r < 0 ? r : 1;
}

/* These and the next return 1: the log may go on; 0: it ends here; or an error. */
static int take_descriptor(struct scan *s, const uint8_t *p, struct err *e)
{
	const size_t end = s->place->block_size - s->tail;
	uint16_t flags = 0;
	int r = 1;

	if (!tail_is_right(s, p))
		s->suspect = true;
	sum_up(s, p);
	memcpy(s->descriptor, p, s->place->block_size);
	for (size_t at = HEADER_SIZE; r > 0 && at + s->tag_size <= end && !(flags & TAG_LAST);) {
		const uint8_t *tag = s->descriptor + at;

		flags = get_be16(tag + 6);
		r = take_copy(s, tag, flags, e);
		at += s->tag_size + (flags & TAG_SAME_UUID ? 0 : 16);
	}
	return r;
}

static int take_revokes(struct scan *s, const uint8_t *p, struct err *e)
{
	const size_t record = s->super.incompat & INCOMPAT_64BIT ? 8 : 4;
	const uint32_t end = get_be32(p + HEADER_SIZE);
	int r = 0;

	if (!tail_is_right(s, p))
		s->suspect = true;
	if (s->suspect)
		return 1;
	if (end > s->place->block_size - s->tail)
		return err_set(e, EBADMSG, "a revoke block in it makes no sense");
	for (size_t at = HEADER_SIZE + 4; r >= 0 && at + record <= end; at += record)
		r = add_entry(s, record == 8 ? get_be64(p + at) : get_be32(p + at), IS_REVOKE, e);
	return r < 0 ? r : 1;
}

/*
 * A wrong checksum may be that of a block from an earlier round, which was never overwritten: then
 * the commit is older than the last one, and the log simply ends.
 */
static int take_commit(struct scan *s, const uint8_t *p, struct err *e)
{
	const uint64_t time = get_be64(p + 48);

	if (s->suspect || !sum_is_right(s, p)) {
		if (time < s->time)
			return 0;
		if (s->suspect)
			return err_set(
				e, EBADMSG, "transaction %u has a wrong checksum", s->sequence);
		if (!(s->super.incompat & INCOMPAT_ASYNC_COMMIT))
			s->damage = "a transaction of its journal has a wrong checksum";
		return 0;
	}
	/* A revocation is for all copies up to the end of its transaction. */
	for (size_t i = s->committed; i < s->n; i++)
		if (s->entries[i].at == IS_REVOKE)
			s->entries[i].at |= 2ULL * s->rank;
	s->committed = s->n;
	s->crc = ~0U;
	s->time = time;
	s->sequence++;
	s->transactions++;
	return 1;
}

static int take_block(struct scan *s, const uint8_t *p, struct err *e)
{
	if (get_be32(p) != JBD2_MAGIC || get_be32(p + 8) != s->sequence)
		return 0;
	switch (get_be32(p + 4)) {
	case DESCRIPTOR:
		return take_descriptor(s, p, e);
	case REVOKE:
		return take_revokes(s, p, e);
	case COMMIT:
		return take_commit(s, p, e);
	default:
		return 0;
	}
}

static int read_log(struct scan *s, struct err *e)
{
	const uint8_t *p;
	int r = 1;

	s->crc = ~0U;
	s->chunk = CHUNK_MIN;
	s->bytes_left = JBD2_LIVE_MAX;
	s->buf = malloc(min_u64(CHUNK_MAX, (uint64_t)s->left * s->place->block_size));
	s->descriptor = malloc(s->place->block_size);
	if (!s->buf || !s->descriptor)
		return err_set(e, ENOMEM, "out of memory");
	while (r > 0) {
		r = next_block(s, &p, e);
		if (r > 0)
			r = take_block(s, p, e);
	}
	return r;
}

/* They belong to the transaction that would come next. */
static int find_fast_commits(struct scan *s, bool *ret, struct err *e)
{
	uint8_t head[12];
	int r;

	*ret = false;
	if (!(s->super.incompat & INCOMPAT_FAST_COMMIT) || s->last + 1 >= s->super.blocks)
		return 0;
	r = read_block(s->place, s->last + 1, head, sizeof(head), e);
	if (!r)
		*ret = get_le16(head) == FAST_COMMIT_HEAD && get_le32(head + 8) == s->sequence;
	return r;
}

/* ---- The result ---- */

static uint64_t place_of(const struct scan *s, uint64_t rank)
{
	size_t low = 0, high = s->n_runs;

	while (high - low > 1) {
		const size_t mid = low + (high - low) / 2;

		if (s->runs[mid].rank <= rank)
			low = mid;
		else
			high = mid;
	}
	return s->runs[low].start + (rank - s->runs[low].rank);
}

/* The entries of one block, the newest bad one before the newest revocation before the newest good
 * one, become at most one copy. */
static size_t choose(struct scan *s, size_t first, size_t end, uint64_t blocks, size_t n)
{
	const uint64_t block = s->entries[first].block;
	uint64_t bad = 0, revoked = 0, good = 0;

	for (size_t i = first; i < end; i++) {
		const uint64_t at = s->entries[i].at;

		if (at & IS_BAD)
			bad = at & ~IS_KIND;
		else if (at & IS_REVOKE)
			revoked = at & ~IS_KIND;
		else
			good = at;
	}
	if (bad > revoked)
		s->damage = "a block in its journal has a wrong checksum";
	if (good <= revoked)
		return n;
	if (block >= blocks) {
		s->damage = "its journal names blocks past the end of the device";
		return n;
	}
	s->entries[n].block = block;
	s->entries[n].at = place_of(s, good / 2) | (good & 1 ? JBD2_ESCAPED : 0);
	return n + 1;
}

static void choose_all(struct scan *s, uint64_t blocks)
{
	size_t n = 0, end;

	s->n = s->committed;
	compact(s);
	for (size_t i = 0; i < s->n; i = end) {
		for (end = i + 1; end < s->n && s->entries[end].block == s->entries[i].block;)
			end++;
		n = choose(s, i, end, blocks, n);
	}
	s->n = n;
}

static void free_scan(struct scan *s)
{
	free(s->descriptor);
	free(s->buf);
	free(s->runs);
	free(s->entries);
}

int jbd2_scan(const struct jbd2_place *place, uint64_t end, struct jbd2_log *ret, struct err *e)
{
	CLEANUP(free_scan) struct scan s = {.place = place};
	struct jbd2_copy *fitting;
	bool fast = false;
	int r = read_super(&s, e);

	if (!r && s.super.start)
		r = read_log(&s, e);
	if (!r && s.super.start)
		r = find_fast_commits(&s, &fast, e);
	if (r < 0)
		return r;
	choose_all(&s, end);
	fitting = realloc(s.entries, (s.n + 1) * sizeof(*fitting));
	if (!fitting)
		return err_set(e, ENOMEM, "out of memory");
	s.entries = NULL;
	*ret = (struct jbd2_log){
		.copies = fitting,
		.n = s.n,
		.transactions = s.transactions,
		.fast_commits = fast,
		.failed = s.super.error,
		.damage = s.damage,
	};
	return 0;
}
