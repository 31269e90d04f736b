/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Is there anything in the log to replay?
 *
 * The log is a ring of blocks of 512 bytes, written round and round in records.  The first word of
 * every block is the number of the round, but for the first block of a record: there it follows a
 * magic number.  Where the number falls is the head.  A clean unmount writes a last record that
 * holds one operation, which says so; mkfs begins the log with such a record too.
 *
 * Records are written several at a time and may reach the disk in any order: if one before the
 * head did not, the head is there instead.  Checksums of records are not looked at.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "fs/xfs.h"

#define LOG_BLOCK 512U
#define RECORD_MAGIC 0xfeedbabeU
#define UNMOUNT_FLAG 0x20U
#define HEADER_SPEAKS_FOR 32768U /* bytes of a record for each block of header */
#define PIECE 8U                 /* blocks read at a time, going back */

struct ring {
	struct xfs_fs *x;
	uint64_t at, n; /* byte on the device; blocks */
};

struct record {
	uint64_t block, end; /* block numbers; end is behind its last */
	uint64_t body;       /* where what follows its headers begins */
	uint64_t tail;       /* where replay would begin */
	uint32_t operations, size_max;
};

static int read_blocks(struct ring *l, uint64_t block, uint8_t *buf, uint64_t n, struct err *e)
{
	return blockdev_read(l->x->dev, l->at + block * LOG_BLOCK, buf, n * LOG_BLOCK, e);
}

static uint32_t round_of(const uint8_t *block)
{
	return get_be32(block) == RECORD_MAGIC ? get_be32(block + 4) : get_be32(block);
}

static int read_round(struct ring *l, uint64_t block, uint32_t *ret, struct err *e)
{
	uint8_t p[8];
	int r = blockdev_read(l->x->dev, l->at + block * LOG_BLOCK, p, sizeof(p), e);

	if (!r)
		*ret = round_of(p);
	return r;
}

/* The first block of the round that the last block is of, where it is another than the first's. */
static int find_fall(struct ring *l, uint32_t last, uint64_t *ret, struct err *e)
{
	uint64_t low = 0, high = l->n - 1;

	while (high - low > 1) {
		const uint64_t mid = low + (high - low) / 2;
		uint32_t number;
		int r = read_round(l, mid, &number, e);

		if (r < 0)
			return r;
		if (number == last)
			high = mid;
		else
			low = mid;
	}
	*ret = high;
	return 0;
}

static struct record decode_record(const struct ring *l, uint64_t block, const uint8_t *p)
{
	const uint32_t size = get_be32(p + 8) & 2 ? get_be32(p + 320) : HEADER_SPEAKS_FOR;
	const uint64_t body = block + (size ? div_up(size, HEADER_SPEAKS_FOR) : 1);

	return (struct record){
		.block = block,
		.body = body % l->n,
		.end = (body + div_up(get_be32(p + 12), LOG_BLOCK)) % l->n,
		.tail = get_be32(p + 28),
		.operations = get_be32(p + 40),
		.size_max = size < XFS_LOG_RECORD_MAX ? size : XFS_LOG_RECORD_MAX,
	};
}

/* The last record that begins before head, which is at most n; EBADMSG: there is none. */
static int find_record(struct ring *l, uint64_t head, struct record *ret, struct err *e)
{
	const uint64_t most = min_u64(l->n, 2 * XFS_LOG_RECORD_MAX / LOG_BLOCK);
	uint8_t p[PIECE * LOG_BLOCK];

	for (uint64_t back = 0, n; back < most; back += n) {
		const uint64_t end = head > back ? head - back : head + l->n - back;
		int r;

		n = min_u64(min_u64(PIECE, end), most - back);
		r = read_blocks(l, end - n, p, n, e);
		if (r < 0)
			return r;
		for (uint64_t i = n; i-- > 0;) {
			if (get_be32(p + i * LOG_BLOCK) != RECORD_MAGIC)
				continue;
			*ret = decode_record(l, end - n + i, p + i * LOG_BLOCK);
			return 0;
		}
	}
	return err_set(e, EBADMSG, "the log holds no record where it ends");
}

/* Is this the record of an unmount, and the last of the log? */
static int is_unmount(
	struct ring *l, const struct record *rec, uint64_t head, bool *ret, struct err *e)
{
	uint8_t p[LOG_BLOCK];
	int r = 0;

	*ret = false;
	if (rec->end != head % l->n || rec->operations != 1)
		return 0;
	r = read_blocks(l, rec->body, p, 1, e);
	if (!r)
		*ret = p[9] & UNMOUNT_FLAG;
	return r;
}

/* Does the log end at head with the record of an unmount?  rec is its last record. */
static int look_at(struct ring *l, uint64_t head, struct record *rec, bool *ret, struct err *e)
{
	int r = find_record(l, head, rec, e);

	return r ? r : is_unmount(l, rec, head, ret, e);
}

/*
 * Moves the head back to the first block that is still of the round before, old, among those that
 * can have been on their way to the disk together.
 */
static int find_gap(
	struct ring *l, uint32_t old, uint32_t record_size, uint64_t *head, struct err *e)
{
	const uint64_t most = min_u64(l->n, (uint64_t)record_size * XFS_LOG_BUFFERS / LOG_BLOCK);
	const uint64_t here = min_u64(most, *head), wrapped = most - here;
	CLEANUP(cleanup_free) uint8_t *p = malloc((most + 1) * LOG_BLOCK);
	int r;

	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	r = read_blocks(l, l->n - wrapped, p, wrapped, e);
	if (!r)
		r = read_blocks(l, *head - here, p + wrapped * LOG_BLOCK, here, e);
	for (uint64_t i = 0; i < most && !r; i++) {
		const bool behind = i < wrapped;

		if (round_of(p + i * LOG_BLOCK) != old - behind)
			continue;
		*head = behind ? l->n - wrapped + i : *head - here + (i - wrapped);
		break;
	}
	return r;
}

/* The head is somewhere in a ring whose first and last block are of these rounds. */
static int look(struct ring *l, uint32_t first, uint32_t last, bool *ret, struct err *e)
{
	uint64_t head = l->n, fall;
	struct record rec;
	int r = 0;

	if (first != last)
		r = find_fall(l, last, &head, e);
	fall = head;
	if (!r)
		r = look_at(l, head, &rec, ret, e);
	if (r || *ret)
		return r;
	r = find_gap(l, first != last ? last : last - 1, rec.size_max, &head, e);
	if (!r && head != fall)
		r = look_at(l, head, &rec, ret, e);
	if (!r && rec.tail == head % l->n)
		*ret = true;
	return r;
}

int xfs_log_is_clean(struct xfs_fs *x, bool *ret, struct err *e)
{
	struct ring l = {.x = x, .n = ((uint64_t)x->sb.log_blocks << x->sb.block_log) / LOG_BLOCK};
	uint32_t first, last;
	int r;

	if (l.n < 2 || !xfs_place(x, x->sb.log_start, x->sb.log_blocks, &l.at))
		return err_set(e, EBADMSG, "the log lies outside the filesystem");
	r = read_round(&l, 0, &first, e);
	if (!r)
		r = read_round(&l, l.n - 1, &last, e);
	if (r < 0)
		return r;
	*ret = !first; /* never written */
	return first ? look(&l, first, last, ret, e) : 0;
}
