/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Windows event logs (.evtx, since Vista): a file of 4 KiB of header and then chunks of 64 KiB, in
 * which the records stand, each an XML document in a binary form (evtx_xml.c).
 *
 * A full log goes round: behind the newest chunk comes the oldest.  A log that was open when the
 * image was taken is dirty: its header lags, and its newest chunk may hold records that the chunk's
 * own header and checksums do not know yet.  The reader of the file finds its chunks (guest/
 * windows_events.c); here are only bytes, and nothing is read from anywhere.
 *
 * The records of one log together may cost EVTX_WORK_MAX steps, counted in *work.
 */
#ifndef PARSE_EVTX_H
#define PARSE_EVTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

#define EVTX_HEADER_SIZE 4096U
#define EVTX_CHUNK_SIZE 65536U
/* As much of a chunk as evtx_chunk_last() looks at. */
#define EVTX_CHUNK_HEAD 128U

struct evtx_header {
	uint64_t first_chunk, last_chunk; /* the oldest and the newest, counted from 0 */
	bool dirty;                       /* was open: last_chunk lags */
};

/* Of a whole EVTX_HEADER_SIZE.  EBADMSG, ENOTSUP. */
int evtx_header_parse(struct evtx_header *ret, const void *p, struct err *e);

/* Of a chunk's first EVTX_CHUNK_HEAD bytes: the number of its last record, 0 for none; and whether
 * it was being written to, so that its checksums lag. */
uint64_t evtx_chunk_last(const void *p);
bool evtx_chunk_is_open(const void *p);

struct evtx_chunk {
	const uint8_t *p; /* borrowed */
	unsigned n;       /* records, in order; the newest is the last */
	uint16_t at[EVTX_RECORDS_MAX];
	uint64_t first, last; /* their numbers */
	bool cut;             /* a damaged record ended it early */
};

/*
 * Of a whole EVTX_CHUNK_SIZE; open: of a dirty log, and its newest or open itself: checksums are
 * not looked at.  EBADMSG: one is wrong, or it is no chunk; ENOENT: it was never written to.
 */
int evtx_chunk_parse(struct evtx_chunk *ret, const void *p, bool open, struct err *e);

/* When record i was written: seconds since 1970, UTC. */
int64_t evtx_time(const struct evtx_chunk *c, unsigned i);

/* Do these bytes stand in record i?  A value that does not can be looked for so, and cheaply; what
 * is in a template cannot. */
bool evtx_record_has(const struct evtx_chunk *c, unsigned i, const void *p, size_t n);

/* One of an event's EventData; several of a name, or of none, are in their order. */
struct evtx_data {
	const char *name; /* or NULL */
	const char *text;
};

struct evtx_event {
	uint64_t record;
	int64_t time;
	char provider[128]; /* its Name; "": none */
	uint32_t id, qualifiers;
	unsigned level; /* 1 critical, 2 error, 3 warning, 4 information; 0: always logged */
	LIST(struct evtx_data) data;
	const char *binary; /* Binary of EventData in hexadecimal digits, or NULL */
	bool cut;           /* over a limit: some of its data is not there, or not whole */
};

/*
 * Record i.  Without an arena only what stands first: provider, id and qualifiers.
 * EBADMSG: it is damaged; E2BIG: *work ran out.
 */
int evtx_event_parse(struct evtx_event *ret, const struct evtx_chunk *c, unsigned i,
	struct arena *a, uint64_t *work, struct err *e);

/* The data of that name, or NULL. */
const char *evtx_data(const struct evtx_event *ev, const char *name);

#endif
