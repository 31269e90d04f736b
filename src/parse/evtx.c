/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The file header, the chunks and the records of an .evtx, by what is published of the format
 * (versions 3.0 to 3.2).  Left out: the tables of strings and templates in a chunk's header, which
 * only make searching faster.
 */
#include "parse/evtx.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "parse/sam.h"

/* Flags of the file and of a chunk. */
#define FLAG_DIRTY 1U
#define FLAG_NO_CRC 4U

#define CHUNK_DATA 512U
#define RECORD_MIN 28U
#define RECORD_MAGIC 0x00002a2aU

int evtx_header_parse(struct evtx_header *ret, const void *p, struct err *e)
{
	struct bytes b = bytes_of(p, 128);
	uint32_t flags = get_le32((const uint8_t *)p + 120);
	struct evtx_header h = {.dirty = flags & FLAG_DIRTY};
	uint16_t major, block;

	if (!bytes_match(&b, "ElfFile", 8))
		return err_set(e, EBADMSG, "has no signature of an event log");
	if (!(flags & FLAG_NO_CRC) && crc32_ieee(0, p, 120) != get_le32((const uint8_t *)p + 124))
		return err_set(e, EBADMSG, "the checksum of its header is wrong");
	h.first_chunk = bytes_le64(&b);
	h.last_chunk = bytes_le64(&b);
	bytes_skip(&b, 8 + 4 + 2);
	major = bytes_le16(&b);
	block = bytes_le16(&b);
	if (major != 3)
		return err_set(e, ENOTSUP, "is of version %u", major);
	if (block != EVTX_HEADER_SIZE)
		return err_set(e, EBADMSG, "its header takes %u bytes", block);
	*ret = h;
	return 0;
}

uint64_t evtx_chunk_last(const void *p)
{
	uint64_t last = get_le64((const uint8_t *)p + 32);

	/* A chunk without any has all bits set. */
	return memcmp(p, "ElfChnk", 8) || last == UINT64_MAX ? 0 : last;
}

bool evtx_chunk_is_open(const void *p)
{
	return get_le32((const uint8_t *)p + 120) & FLAG_DIRTY;
}

/* Is there a whole record at that place, of that number (0: of any)?  Its size, or 0. */
static uint32_t record_at(const uint8_t *p, uint32_t at, uint64_t number)
{
	uint32_t size;

	if (at > EVTX_CHUNK_SIZE - RECORD_MIN || get_le32(p + at) != RECORD_MAGIC)
		return 0;
	size = get_le32(p + at + 4);
	if (size < RECORD_MIN || size > EVTX_CHUNK_SIZE - at || get_le32(p + at + size - 4) != size)
		return 0;
	return !number || get_le64(p + at + 8) == number ? size : 0;
}

/* Behind the end that an open chunk's header knows there may be more of the same sequence. */
static void find_records(struct evtx_chunk *c, uint32_t end, bool open)
{
	uint32_t at = CHUNK_DATA, size;

	while ((at < end || open) && c->n < EVTX_RECORDS_MAX) {
		size = record_at(c->p, at, c->n ? c->last + 1 : 0);
		if (!size) {
			c->cut = at < end;
			return;
		}
		c->last = get_le64(c->p + at + 8);
		if (!c->n)
			c->first = c->last;
		c->at[c->n++] = (uint16_t)at;
		at += size;
	}
}

int evtx_chunk_parse(struct evtx_chunk *ret, const void *chunk, bool open, struct err *e)
{
	const uint8_t *p = chunk;
	uint32_t end = get_le32(p + 48), flags = get_le32(p + 120);
	bool checked = !open && !(flags & FLAG_NO_CRC);

	*ret = (struct evtx_chunk){.p = p};
	if (memcmp(p, "ElfChnk", 8)) {
		if (all_zero(p, CHUNK_DATA))
			return err_set(e, ENOENT, "was never written to");
		return err_set(e, EBADMSG, "has no signature");
	}
	if (end < CHUNK_DATA || end > EVTX_CHUNK_SIZE)
		return err_set(e, EBADMSG, "its records end at byte %u", end);
	if (checked &&
		crc32_ieee(crc32_ieee(0, p, 120), p + 128, CHUNK_DATA - 128) != get_le32(p + 124))
		return err_set(e, EBADMSG, "the checksum of its header is wrong");
	if (checked && crc32_ieee(0, p + CHUNK_DATA, end - CHUNK_DATA) != get_le32(p + 52))
		return err_set(e, EBADMSG, "the checksum of its records is wrong");
	find_records(ret, end, open);
	return 0;
}

int64_t evtx_time(const struct evtx_chunk *c, unsigned i)
{
	return filetime_seconds(get_le64(c->p + c->at[i] + 16));
}

bool evtx_record_has(const struct evtx_chunk *c, unsigned i, const void *p, size_t n)
{
	const uint8_t *record = c->p + c->at[i];

	return memmem(record, get_le32(record + 4), p, n) != NULL;
}

const char *evtx_data(const struct evtx_event *ev, const char *name)
{
	list_each(d, &ev->data) {
		if (d->name && !strcmp(d->name, name))
			return d->text;
	}
	return NULL;
}
