/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/hive.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"

#define OFF_SEQUENCE1 4
#define OFF_SEQUENCE2 8
#define OFF_TYPE 28
#define OFF_BINS 40
#define OFF_CHECKSUM 508
#define BIN_ALIGN 4096U
#define BIN_HEADER 32U

/* Exclusive or of the first 508 bytes, but never 0 or all ones. */
static uint32_t checksum(const uint8_t *p)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < OFF_CHECKSUM; i += 4)
		sum ^= get_le32(p + i);
	if (sum == 0xFFFFFFFF)
		return 0xFFFFFFFE;
	return sum ? sum : 1;
}

bool hive_base_parse(struct hive_base *ret, const void *p, size_t len)
{
	struct bytes b = bytes_of(p, len);

	*ret = (struct hive_base){0};
	if (len < 512 || !bytes_match(&b, "regf", 4))
		return false;
	ret->sequence1 = bytes_le32(&b);
	ret->sequence2 = bytes_le32(&b);
	ret->written = bytes_le64(&b);
	ret->major = bytes_le32(&b);
	ret->minor = bytes_le32(&b);
	ret->type = bytes_le32(&b);
	bytes_skip(&b, 4); /* format: always 1 */
	ret->root = bytes_le32(&b);
	ret->bins = bytes_le32(&b);
	ret->cluster = bytes_le32(&b);
	ret->checksum_ok = get_le32((const uint8_t *)p + OFF_CHECKSUM) == checksum(p);
	return true;
}

bool hive_is_dirty(const struct hive_base *b)
{
	return !b->checksum_ok || b->sequence1 != b->sequence2;
}

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = v >> 8 * i;
}

static int check_base(const struct hive_base *b, struct err *e)
{
	if (b->major != 1)
		return err_set(
			e, ENOTSUP, "a hive of version %u.%u is not read", b->major, b->minor);
	if (!b->bins || b->bins % BIN_ALIGN)
		return err_set(e, EBADMSG, "the hive is damaged: its bins have %u bytes", b->bins);
	if (b->root % 8 || b->root < BIN_HEADER || b->root > b->bins - BIN_HEADER)
		return err_set(e, EBADMSG, "the hive is damaged: its root is at %u", b->root);
	return 0;
}

/* p: what is at s->next, where a bin begins. */
static int enter_bin(struct hive_scan *s, const uint8_t *p, struct err *e)
{
	uint64_t off = s->next - HIVE_BASE_SIZE;
	uint32_t size = get_le32(p + 8);

	if (memcmp(p, "hbin", 4) || get_le32(p + 4) != off)
		return err_set(e, EBADMSG, "the hive is damaged: no bin begins at byte %llu",
			(unsigned long long)s->next);
	if (!size || size % BIN_ALIGN || size > s->base.bins - off)
		return err_set(e, EBADMSG, "the hive is damaged: the bin at byte %llu has %u bytes",
			(unsigned long long)s->next, size);
	s->bin = s->next;
	s->end = s->next + size;
	s->next += BIN_HEADER;
	return 0;
}

/* get_le32() for the millions of cells of a large hive. */
static inline uint32_t cell_length(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Cells fill a bin without a gap; p is the piece.  A length of 0 would never end. */
static int walk_cells(struct hive_scan *s, const uint8_t *p, uint64_t piece_end, struct err *e)
{
	uint64_t next = s->next, stop = s->end < piece_end ? s->end : piece_end;

	while (next < stop) {
		int32_t length = (int32_t)cell_length(p + (next - s->at));
		uint32_t bytes = length < 0 ? 0U - (uint32_t)length : (uint32_t)length;

		if (bytes < 8 || bytes % 8 || bytes > s->end - next)
			return err_set(e, EBADMSG,
				"the hive is damaged: the cell at byte %llu has %u bytes",
				(unsigned long long)next, bytes);
		next += bytes;
	}
	s->next = next;
	return 0;
}

int hive_scan(struct hive_scan *s, const void *p, size_t len, struct err *e)
{
	uint64_t piece_end = s->at + len, stop;
	int r = 0;

	if (!s->at) {
		if (len < HIVE_BASE_SIZE || !hive_base_parse(&s->base, p, len))
			return err_set(
				e, EBADMSG, "it is no registry hive: it does not begin with regf");
		r = check_base(&s->base, e);
		s->next = s->end = HIVE_BASE_SIZE;
	}
	stop = (uint64_t)s->base.bins + HIVE_BASE_SIZE;
	/* What lies behind the bins is not looked at; nor is a page that is not whole. */
	if (stop > piece_end)
		stop = piece_end - len % HIVE_PAGE;
	while (r == 0 && s->next < stop) {
		if (s->next == s->end)
			r = enter_bin(s, (const uint8_t *)p + (s->next - s->at), e);
		if (r == 0)
			r = walk_cells(s, p, stop, e);
	}
	s->at = piece_end;
	return r;
}

int hive_scan_end(const struct hive_scan *s, size_t *ret_size, struct err *e)
{
	uint64_t size = (uint64_t)s->base.bins + HIVE_BASE_SIZE;

	if (s->next < size)
		return err_set(e, EBADMSG, "the hive is cut short: it has %llu of %llu bytes",
			(unsigned long long)s->at, (unsigned long long)size);
	*ret_size = (size_t)size;
	return 0;
}

int hive_check(uint8_t *hive, size_t len, size_t *ret_size, struct err *e)
{
	struct hive_scan s = {0};
	int r = hive_scan(&s, hive, len, e);

	if (r == 0)
		r = hive_scan_end(&s, ret_size, e);
	if (r == 0)
		put_le32(hive + OFF_CHECKSUM, checksum(hive));
	return r;
}

/* ---- Marvin32 ---- */

struct marvin {
	uint32_t lo, hi;
};

static uint32_t rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void marvin_mix(struct marvin *m, uint32_t word)
{
	m->lo += word;
	m->hi ^= m->lo;
	m->lo = rotate(m->lo, 20) + m->hi;
	m->hi = rotate(m->hi, 9) ^ m->lo;
	m->lo = rotate(m->lo, 27) + m->hi;
	m->hi = rotate(m->hi, 19);
}

uint64_t marvin32(uint64_t seed, const void *p, size_t len)
{
	struct marvin m = {(uint32_t)seed, (uint32_t)(seed >> 32)};
	const uint8_t *in = p;
	uint32_t last = 0x80;

	for (; len >= 4; in += 4, len -= 4)
		marvin_mix(&m, get_le32(in));
	while (len)
		last = last << 8 | in[--len];
	marvin_mix(&m, last);
	marvin_mix(&m, 0);
	return (uint64_t)m.hi << 32 | m.lo;
}

uint64_t hive_hash(const void *p, size_t len)
{
	return marvin32(0x82EF4D887A4E55C5ULL, p, len);
}

/* ---- the newer logs ---- */

#define ENTRY_HEADER 40U
#define LOG_ENTRIES_AT 512U

struct entry {
	uint32_t size, sequence, bins, pages;
	const uint8_t *p;
};

/* The entry at *off, which is moved behind it; false: none, or one that is not whole. */
static bool next_entry(const struct hive_log *l, size_t *off, struct entry *ret)
{
	const uint8_t *p = l->p + *off;
	struct bytes b = bytes_at(l->p, l->len, *off);
	uint64_t hash1, hash2;

	if (!bytes_match(&b, "HvLE", 4))
		return false;
	ret->size = bytes_le32(&b);
	bytes_skip(&b, 4); /* flags */
	ret->sequence = bytes_le32(&b);
	ret->bins = bytes_le32(&b);
	ret->pages = bytes_le32(&b);
	hash1 = bytes_le64(&b);
	hash2 = bytes_le64(&b);
	if (b.bad || ret->size < ENTRY_HEADER || ret->size % 512 || ret->size > l->len - *off ||
		ret->bins % BIN_ALIGN || ret->pages > (ret->size - ENTRY_HEADER) / 8)
		return false;
	if (hash2 != hive_hash(p, 32) ||
		hash1 != hive_hash(p + ENTRY_HEADER, ret->size - ENTRY_HEADER))
		return false;
	ret->p = p;
	*off += ret->size;
	return true;
}

/* Copies an entry's pages; false, with nothing written, when one lies outside. */
static bool apply_entry(uint8_t *hive, size_t len, const struct entry *en)
{
	const uint8_t *from = en->p + ENTRY_HEADER + 8 * (size_t)en->pages;
	size_t left = en->size - ENTRY_HEADER - 8 * (size_t)en->pages;

	for (int write = 0; write < 2; write++) {
		struct bytes b = bytes_at(en->p, en->size, ENTRY_HEADER);
		size_t at = 0;

		for (uint32_t i = 0; i < en->pages; i++) {
			uint32_t off = bytes_le32(&b), size = bytes_le32(&b);

			if (size > left - at || !range_inside(off, size, len - HIVE_BASE_SIZE) ||
				!range_inside(off, size, en->bins))
				return false;
			if (write)
				memcpy(hive + HIVE_BASE_SIZE + off, from + at, size);
			at += size;
		}
	}
	put_le32(hive + OFF_BINS, en->bins);
	return true;
}

static bool is_new_log(const struct hive_log *l, struct hive_base *ret)
{
	return l->p && hive_base_parse(ret, l->p, l->len) && ret->checksum_ok && ret->type == 6;
}

/* The logs in the order in which they were written, by their first entry. */
static size_t order_logs(const struct hive_log *logs, size_t n, const struct hive_log *ret[2])
{
	uint32_t first[2];
	size_t count = 0;

	for (size_t i = 0; i < n && i < 2; i++) {
		struct hive_base b;
		struct entry en;
		size_t off = LOG_ENTRIES_AT;

		if (!is_new_log(&logs[i], &b) || !next_entry(&logs[i], &off, &en))
			continue;
		first[count] = en.sequence;
		ret[count++] = &logs[i];
	}
	if (count == 2 && first[0] > first[1]) {
		const struct hive_log *swap = ret[0];

		ret[0] = ret[1];
		ret[1] = swap;
	}
	return count;
}

static void finish(uint8_t *hive, uint32_t sequence)
{
	put_le32(hive + OFF_SEQUENCE1, sequence);
	put_le32(hive + OFF_SEQUENCE2, sequence);
	put_le32(hive + OFF_TYPE, 0);
	put_le32(hive + OFF_CHECKSUM, checksum(hive));
}

/* A base block that is no good is taken from the log, which keeps a copy of its first sector. */
static void take_base(uint8_t *hive, const struct hive_log *l)
{
	memcpy(hive, l->p, 512);
	put_le32(hive + OFF_TYPE, 0);
}

/* How often the bytes of a log are hashed in search of entries behind a damaged one. */
#define HASHED_TIMES 4U

/* An entry behind what was applied: one before it is damaged, or its pages lie outside. */
static bool has_more(const struct hive_log *l, uint32_t next)
{
	uint64_t budget = (uint64_t)l->len * HASHED_TIMES;
	size_t off = LOG_ENTRIES_AT;
	struct hive_base b;

	if (!is_new_log(l, &b))
		return false;
	while (off < l->len && l->len - off >= ENTRY_HEADER) {
		size_t at = off, size = get_le32(l->p + off + 4);
		struct entry en;

		if (memcmp(l->p + off, "HvLE", 4) || size > l->len - off) {
			off += 512;
			continue;
		}
		/* Entries that lie in one another are no log that Windows wrote. */
		if (size > budget)
			return true;
		budget -= size;
		if (!next_entry(l, &at, &en)) {
			off += 512;
			continue;
		}
		if (en.sequence - next < UINT32_MAX / 2)
			return true;
		off = at;
	}
	return false;
}

/* *ret_next: the number of the entry that would be the next. */
static unsigned replay_new(
	uint8_t *hive, size_t len, const struct hive_log *logs, size_t n, uint32_t *ret_next)
{
	const struct hive_log *order[2];
	size_t count = order_logs(logs, n, order);
	struct hive_base b = {0};
	unsigned applied = 0;
	uint32_t next;

	if (!count)
		return 0;
	if (!hive_base_parse(&b, hive, len) || !b.checksum_ok) {
		take_base(hive, order[0]);
		hive_base_parse(&b, hive, len);
	}
	next = b.sequence1;
	for (size_t i = 0; i < count; i++) {
		size_t off = LOG_ENTRIES_AT;
		struct entry en;

		while (next_entry(order[i], &off, &en)) {
			if (en.sequence < next)
				continue;
			/* The one that was being written to the hive comes first, and then each. */
			if (en.sequence != next)
				break;
			if (!apply_entry(hive, len, &en))
				break;
			applied++;
			next = en.sequence + 1;
		}
	}
	if (applied)
		finish(hive, next - 1);
	*ret_next = next;
	return applied;
}

/* ---- the older logs ---- */

static bool is_old_log(
	const struct hive_log *l, const uint8_t *hive, size_t len, struct hive_base *ret)
{
	struct hive_base own;

	if (!l->p || !hive_base_parse(ret, l->p, l->len) || !ret->checksum_ok)
		return false;
	if ((ret->type != 1 && ret->type != 2) || ret->sequence1 != ret->sequence2 ||
		!ret->cluster || ret->cluster > 128 || len < HIVE_BASE_SIZE + BIN_HEADER)
		return false;
	/* Of a base block that is no good the time may still be, else that of the first bin. */
	if (hive_base_parse(&own, hive, len) && own.written == ret->written)
		return true;
	return !own.checksum_ok && get_le64(hive + HIVE_BASE_SIZE + 20) == ret->written;
}

static bool is_set(const uint8_t *bitmap, uint32_t i)
{
	return bitmap[i / 8] >> i % 8 & 1;
}

static unsigned replay_old(uint8_t *hive, size_t len, const struct hive_log *l)
{
	struct hive_base b;
	uint32_t sectors, dirty = 0;
	size_t bitmap, data, cluster;

	if (!is_old_log(l, hive, len, &b))
		return 0;
	cluster = b.cluster * (size_t)512;
	sectors = b.bins / 512;
	bitmap = cluster + 4;
	data = cluster + div_up(4 + div_up(sectors, 8), cluster) * cluster;
	if (data > l->len || memcmp(l->p + cluster, "DIRT", 4) || b.bins > len - HIVE_BASE_SIZE)
		return 0;
	for (uint32_t i = 0; i < sectors; i++)
		dirty += is_set(l->p + bitmap, i);
	if (!dirty || dirty > (l->len - data) / 512)
		return 0;
	for (uint32_t i = 0; i < sectors; i++) {
		if (!is_set(l->p + bitmap, i))
			continue;
		memcpy(hive + HIVE_BASE_SIZE + (size_t)i * 512, l->p + data, 512);
		data += 512;
	}
	take_base(hive, l);
	finish(hive, b.sequence1);
	return dirty;
}

/* ---- both ---- */

int hive_replayed_size(
	size_t len, const struct hive_log *logs, size_t n, size_t max, size_t *ret, struct err *e)
{
	uint64_t most = len;
	struct hive_base b;

	for (size_t i = 0; i < n; i++) {
		size_t off = LOG_ENTRIES_AT;
		struct entry en;

		if (!logs[i].p || !hive_base_parse(&b, logs[i].p, logs[i].len) || !b.checksum_ok)
			continue;
		if ((uint64_t)b.bins + HIVE_BASE_SIZE > most)
			most = (uint64_t)b.bins + HIVE_BASE_SIZE;
		while (b.type == 6 && next_entry(&logs[i], &off, &en)) {
			if ((uint64_t)en.bins + HIVE_BASE_SIZE > most)
				most = (uint64_t)en.bins + HIVE_BASE_SIZE;
		}
	}
	if (most > max)
		return err_set(e, E2BIG, "the hive would have %llu bytes by its log",
			(unsigned long long)most);
	*ret = most;
	return 0;
}

unsigned hive_replay(
	uint8_t *hive, size_t len, const struct hive_log *logs, size_t n, const char **why)
{
	unsigned applied;
	uint32_t next = 0;
	bool any = false, more = false;

	*why = NULL;
	if (len < HIVE_BASE_SIZE) {
		*why = "the hive is shorter than its base block";
		return 0;
	}
	applied = replay_new(hive, len, logs, n, &next);
	for (size_t i = 0; i < n && applied; i++)
		more |= has_more(&logs[i], next);
	for (size_t i = 0; i < n && !applied; i++)
		applied = replay_old(hive, len, &logs[i]);
	for (size_t i = 0; i < n; i++)
		any |= logs[i].p && logs[i].len;
	if (more)
		*why = "a part of them is damaged";
	if (!applied)
		*why = any ? "its logs hold nothing that completes it" : "it has no log";
	return applied;
}
