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

/* One bin at off of the bins; its size, or 0 and the error. */
static uint32_t bin_size(const uint8_t *bins, uint32_t off, uint32_t all, struct err *e)
{
	uint32_t size = get_le32(bins + off + 8);

	if (memcmp(bins + off, "hbin", 4) || get_le32(bins + off + 4) != off)
		err_set(e, EBADMSG, "the hive is damaged: no bin begins at byte %u",
			off + HIVE_BASE_SIZE);
	else if (!size || size % BIN_ALIGN || size > all - off)
		err_set(e, EBADMSG, "the hive is damaged: the bin at byte %u has %u bytes",
			off + HIVE_BASE_SIZE, size);
	else
		return size;
	return 0;
}

/* Cells fill a bin without a gap; a length of 0 would never end. */
static int check_cells(const uint8_t *bin, uint32_t size, uint32_t at, struct err *e)
{
	uint32_t off = BIN_HEADER;

	while (off < size) {
		int32_t length = (int32_t)get_le32(bin + off);
		uint32_t bytes = length < 0 ? 0U - (uint32_t)length : (uint32_t)length;

		if (bytes < 8 || bytes % 8 || bytes > size - off)
			return err_set(e, EBADMSG,
				"the hive is damaged: the cell at byte %u has %u bytes",
				at + off + HIVE_BASE_SIZE, bytes);
		off += bytes;
	}
	return 0;
}

int hive_check(uint8_t *hive, size_t len, size_t *ret_size, struct err *e)
{
	struct hive_base b;

	if (len < HIVE_BASE_SIZE || !hive_base_parse(&b, hive, len))
		return err_set(e, EBADMSG, "it is no registry hive: it does not begin with regf");
	if (b.major != 1)
		return err_set(e, ENOTSUP, "a hive of version %u.%u is not read", b.major, b.minor);
	if (!b.bins || b.bins % BIN_ALIGN || b.bins > len - HIVE_BASE_SIZE)
		return err_set(e, EBADMSG, "the hive is cut short: it has %zu of %llu bytes", len,
			(unsigned long long)b.bins + HIVE_BASE_SIZE);
	if (b.root % 8 || b.root < BIN_HEADER || b.root > b.bins - BIN_HEADER)
		return err_set(e, EBADMSG, "the hive is damaged: its root is at %u", b.root);
	for (uint32_t off = 0, size; off < b.bins; off += size) {
		size = bin_size(hive + HIVE_BASE_SIZE, off, b.bins, e);
		if (!size)
			return -EBADMSG;
		if (check_cells(hive + HIVE_BASE_SIZE + off, size, off, e) < 0)
			return -EBADMSG;
	}
	put_le32(hive + OFF_CHECKSUM, checksum(hive));
	*ret_size = HIVE_BASE_SIZE + (size_t)b.bins;
	return 0;
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

static unsigned replay_new(uint8_t *hive, size_t len, const struct hive_log *logs, size_t n)
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
			/* Between the hive and its log a number may be left out; in it none. */
			if (applied && en.sequence != next)
				break;
			if (!apply_entry(hive, len, &en))
				break;
			applied++;
			next = en.sequence + 1;
		}
	}
	if (applied)
		finish(hive, next - 1);
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

int hive_replayed_size(const void *hive, size_t len, const struct hive_log *logs, size_t n,
	size_t max, size_t *ret, struct err *e)
{
	uint64_t most = len;
	struct hive_base b;

	(void)hive;
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
	bool any = false;

	*why = NULL;
	if (len < HIVE_BASE_SIZE) {
		*why = "the hive is shorter than its base block";
		return 0;
	}
	applied = replay_new(hive, len, logs, n);
	for (size_t i = 0; i < n && !applied; i++)
		applied = replay_old(hive, len, &logs[i]);
	for (size_t i = 0; i < n; i++)
		any |= logs[i].p && logs[i].len;
	if (!applied)
		*why = any ? "its logs hold nothing that completes it" : "it has no log";
	return applied;
}
