/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The layout every BIOS knows: four entries of 16 bytes at 446, 55 AA at 510, the disk's signature
 * at 440.  Extended boot records have the same layout; links count from the extended partition.
 */
#include "map/dos.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "map/bootsector.h"

#define ENTRIES 446U
#define ENTRY_SIZE 16U
#define TYPE_GPT 0xEE

static struct dos_entry entry_at(const uint8_t *sector, unsigned i)
{
	const uint8_t *p = sector + ENTRIES + i * ENTRY_SIZE;

	return (struct dos_entry){.type = p[4], .start = get_le32(p + 8), .size = get_le32(p + 12)};
}

static bool is_signed(const uint8_t *sector)
{
	return sector[510] == 0x55 && sector[511] == 0xAA;
}

bool dos_type_is_extended(unsigned type)
{
	return type == 0x05 || type == 0x0F || type == 0x85;
}

bool dos_read(struct blockdev *dev, uint32_t sector, struct dos_table *ret)
{
	uint64_t sectors = dev->size / sector;
	uint8_t buf[BOOTSECTOR];
	struct dos_table t = {0};

	*ret = t;
	if (!bootsector_read(dev, buf))
		return false;
	t.valid = is_signed(buf);
	t.id = get_le32(buf + 440);
	for (unsigned i = 0; i < 4; i++) {
		struct dos_entry p = t.entries[i] = entry_at(buf, i);

		if (buf[ENTRIES + i * ENTRY_SIZE] & 0x7F)
			t.valid = false;
		if (p.type == TYPE_GPT)
			t.protective = true;
		else if (p.type && p.size && p.start && p.start < sectors) {
			t.used++;
			t.inside += p.size <= sectors - p.start;
		}
	}
	*ret = t;
	return true;
}

/*
 * Finds the entry that leads on, and takes away all others that could: libfdisk has its own idea of
 * which counts when there are several.
 */
static bool take_link(uint8_t *record, struct dos_entry *ret)
{
	bool found = false;

	for (unsigned i = 0; i < 4; i++) {
		struct dos_entry p = entry_at(record, i);

		if (!dos_type_is_extended(p.type))
			continue;
		if (p.size && !found) {
			found = true;
			*ret = p;
		} else {
			memset(record + ENTRIES + i * ENTRY_SIZE, 0, ENTRY_SIZE);
		}
	}
	return found;
}

static void cut_links(uint8_t *record)
{
	for (unsigned i = 0; i < 4; i++) {
		if (dos_type_is_extended(entry_at(record, i).type))
			memset(record + ENTRIES + i * ENTRY_SIZE, 0, ENTRY_SIZE);
	}
}

/* The record in sector lba, or why it cannot be one. */
static int record_read(struct shadow *s, uint32_t sector, uint64_t lba, const uint64_t *seen,
	unsigned n, uint8_t *record, struct err *e)
{
	int r;

	for (unsigned i = 0; i < n; i++) {
		if (seen[i] == lba)
			return err_set(e, EBADMSG,
				"the chain of logical partitions goes in a circle after %u", n);
	}
	if (n == EBR_CHAIN_MAX)
		return err_set(e, E2BIG, "there are more than %d logical partitions", n);
	if (!range_inside(lba, 1, s->dev->size / sector))
		return err_set(
			e, EBADMSG, "the chain of logical partitions leaves the disk after %u", n);
	r = blockdev_read(s->dev, lba * sector, record, BOOTSECTOR, e);
	if (r < 0)
		return r;
	if (!is_signed(record))
		return err_set(
			e, EBADMSG, "the chain of logical partitions breaks off after %u", n);
	return 0;
}

/*
 * Walks from the extended partition at start.  Each record is patched into the shadow as it goes;
 * where the chain ends early, so does libfdisk's.
 */
static int walk(
	uint64_t start, uint32_t sector, struct shadow *s, struct dos_chain *chain, struct err *e)
{
	uint8_t record[BOOTSECTOR] = {0}, next[BOOTSECTOR];
	uint64_t seen[EBR_CHAIN_MAX], lba = start, at = start * sector;
	bool more = true;

	while (more) {
		struct dos_entry link = {0};
		int r = record_read(s, sector, lba, seen, chain->links, next, &chain->trouble);

		if (r < 0) {
			cut_links(record);
			return shadow_patch(s, at, record, sizeof(record), e);
		}
		memcpy(record, next, sizeof(record));
		more = take_link(record, &link);
		at = lba * sector;
		r = shadow_patch(s, at, record, sizeof(record), e);
		if (r < 0)
			return r;
		seen[chain->links++] = lba;
		lba = start + link.start;
	}
	return 0;
}

int dos_chain_to_shadow(const struct dos_table *t, uint32_t sector, struct shadow *s,
	struct dos_chain *ret, struct err *e)
{
	*ret = (struct dos_chain){0};
	for (unsigned i = 0; i < 4; i++) {
		if (dos_type_is_extended(t->entries[i].type) && t->entries[i].start)
			return walk(t->entries[i].start, sector, s, ret, e);
	}
	return 0;
}
