/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Registry hives as files: whether one is whole enough to be given to hivex, and what its logs add
 * when it was being written while the image was taken.  What keys and values say is hivex's
 * business.
 *
 * A hive is a base block of 4,096 bytes and bins behind it.  Its two sequence numbers differ while
 * it is written; the pages to be written stand in a log before.  Windows 8.1 and later write log
 * entries ("HvLE"), older ones a bitmap of dirty sectors ("DIRT").
 */
#ifndef PARSE_HIVE_H
#define PARSE_HIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HIVE_BASE_SIZE 4096U

struct hive_base {
	uint32_t sequence1, sequence2;
	uint64_t written; /* FILETIME */
	uint32_t major, minor;
	uint32_t type; /* 0 a hive, 1 and 2 an old log, 6 a new one */
	uint32_t root; /* offset of the root key's cell in the bins */
	uint32_t bins; /* bytes of all bins */
	uint32_t cluster;
	bool checksum_ok;
};

/* false: no base block at all. */
bool hive_base_parse(struct hive_base *ret, const void *p, size_t len);
bool hive_is_dirty(const struct hive_base *b);

/* A log, LOG1 before LOG2; p NULL: there is none. */
struct hive_log {
	const uint8_t *p;
	size_t len;
};

/*
 * How long the hive may become by its logs, at least len; what a replay may write to.  E2BIG: over
 * max.
 */
int hive_replayed_size(
	size_t len, const struct hive_log *logs, size_t n, size_t max, size_t *ret, struct err *e);

/*
 * Completes a dirty hive from its logs, in place.  The hive has len bytes, those behind its file
 * zero.  The number of log entries (old: of sectors) that were applied, 0 when no log fits.  *why
 * says in a sentence why none was, or why those are not all there are; else it is NULL.
 */
unsigned hive_replay(
	uint8_t *hive, size_t len, const struct hive_log *logs, size_t n, const char **why);

/*
 * Is the whole chain of bins and cells there, so that hivex may walk it?  A hive is looked at piece
 * by piece, as it is read; all pieces but the last have whole pages.  EBADMSG, ENOTSUP.
 */
#define HIVE_PAGE 4096U
struct hive_scan {
	struct hive_base base;
	uint64_t at;       /* where the next piece begins */
	uint64_t next;     /* the next cell or bin, from the file's start */
	uint64_t bin, end; /* the bin it is in */
};
int hive_scan(struct hive_scan *s, const void *p, size_t len, struct err *e);
/* *ret_size: the bytes that belong to the hive. */
int hive_scan_end(const struct hive_scan *s, size_t *ret_size, struct err *e);

/* The same for a hive in memory; sets the header's checksum right, as hivex wants it. */
int hive_check(uint8_t *hive, size_t len, size_t *ret_size, struct err *e);

/* Marvin32 with the seed of log entries. */
uint64_t hive_hash(const void *p, size_t len);
uint64_t marvin32(uint64_t seed, const void *p, size_t len);

#endif
