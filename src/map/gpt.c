/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * UEFI specification 2.10, 5.3.  Entry sizes other than 128 bytes, which no tool writes, are left
 * out.
 */
#include "map/gpt.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/crc32.h"
#include "base/limits.h"

#define HEADER_MIN 92U
#define SECTOR_MAX 4096U
#define ENTRY_SIZE 128U
#define PRIMARY_LBA 1

static uint64_t last_lba(const struct blockdev *dev, uint32_t sector)
{
	return dev->size / sector - 1;
}

/* The header's checksum counts its own field as zeros. */
static bool header_crc_is_right(const uint8_t *p, uint32_t size)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32_ieee(0, p, 16);

	crc = crc32_ieee(crc, zero, sizeof(zero));
	crc = crc32_ieee(crc, p + 20, size - 20);
	return crc == get_le32(p + 16);
}

static int header_check(const struct gpt_header *h, uint64_t lba, uint64_t last, uint32_t sector,
	uint32_t entry_size, struct err *e)
{
	uint64_t array = div_up((uint64_t)h->entries * ENTRY_SIZE, sector);

	if (h->lba != lba)
		return err_set(e, EBADMSG, "it says that it lies in sector %" PRIu64, h->lba);
	if (entry_size != ENTRY_SIZE)
		return err_set(e, EBADMSG, "its entries are of %u bytes", entry_size);
	if (!h->entries || h->entries > GPT_ENTRIES_MAX)
		return err_set(e, E2BIG, "it has room for %u partitions", h->entries);
	if (h->first > h->last || h->last > last)
		return err_set(e, EBADMSG,
			"its partitions may lie in sectors %" PRIu64 " to %" PRIu64
			", but the disk ends at %" PRIu64,
			h->first, h->last, last);
	if (!range_inside(h->array, array, last + 1))
		return err_set(e, EBADMSG, "its entries lie past the end of the disk");
	return 0;
}

static int array_check(
	struct blockdev *dev, const struct gpt_header *h, uint32_t sector, struct err *e)
{
	uint64_t off = h->array * sector, left = (uint64_t)h->entries * ENTRY_SIZE;
	uint32_t crc = 0;
	uint8_t buf[16384];

	while (left) {
		size_t n = (size_t)min_u64(left, sizeof(buf));
		int r = blockdev_read(dev, off, buf, n, e);

		if (r < 0)
			return r;
		crc = crc32_ieee(crc, buf, n);
		off += n;
		left -= n;
	}
	return crc == h->array_crc ? 0
				   : err_set(e, EBADMSG, "the checksum of its entries is wrong");
}

/* ENOENT: there is none.  Anything else: it is bad. */
static int header_read(
	struct blockdev *dev, uint32_t sector, uint64_t lba, struct gpt_header *ret, struct err *e)
{
	uint64_t last = last_lba(dev, sector);
	uint8_t buf[SECTOR_MAX];
	struct gpt_header h;
	uint32_t size, entry_size;
	int r;

	if (lba > last)
		return err_set(e, EBADMSG, "it would lie past the end of the disk");
	r = blockdev_read(dev, lba * sector, buf, sector, e);
	if (r < 0)
		return r;
	if (memcmp(buf, "EFI PART", 8))
		return err_set(e, ENOENT, "there is none");
	size = get_le32(buf + 12);
	if (size < HEADER_MIN || size > sector || !header_crc_is_right(buf, size))
		return err_set(e, EBADMSG, "its checksum is wrong");
	h = (struct gpt_header){
		.lba = get_le64(buf + 24),
		.alternate = get_le64(buf + 32),
		.first = get_le64(buf + 40),
		.last = get_le64(buf + 48),
		.array = get_le64(buf + 72),
		.entries = get_le32(buf + 80),
		.array_crc = get_le32(buf + 88),
	};
	memcpy(h.guid, buf + 56, sizeof(h.guid));
	entry_size = get_le32(buf + 84);
	r = header_check(&h, lba, last, sector, entry_size, e);
	if (r >= 0)
		r = array_check(dev, &h, sector, e);
	if (r >= 0)
		*ret = h;
	return r;
}

static int state_of(int r)
{
	return r >= 0 ? GPT_FINE : r == -ENOENT ? GPT_ABSENT : GPT_BAD;
}

bool gpt_find(struct blockdev *dev, uint32_t sector, struct gpt *ret)
{
	struct gpt g = {.sector = sector, .primary = GPT_ABSENT, .backup = GPT_ABSENT};
	struct err e = {0};

	*ret = g;
	if (dev->size / sector < 3)
		return false;
	g.primary = state_of(header_read(dev, sector, PRIMARY_LBA, &g.header, &g.why));
	g.backup_lba = g.primary == GPT_FINE ? g.header.alternate : last_lba(dev, sector);
	g.backup = state_of(header_read(dev, sector, g.backup_lba, &g.other, &e));
	if (g.primary == GPT_FINE)
		g.why = e;
	else
		g.header = g.other;
	if (g.backup == GPT_FINE && g.backup_lba != last_lba(dev, sector))
		g.backup = GPT_MISPLACED;
	*ret = g;
	return g.primary == GPT_FINE || g.backup == GPT_FINE;
}

static bool both_usable(const struct gpt *g)
{
	return g->primary == GPT_FINE && (g->backup == GPT_FINE || g->backup == GPT_MISPLACED);
}

bool gpt_disagrees(const struct gpt *g)
{
	return both_usable(g) &&
	       (g->header.array_crc != g->other.array_crc ||
		       memcmp(g->header.guid, g->other.guid, sizeof(g->header.guid)) != 0);
}

static int array_to_shadow(
	const struct gpt *g, const struct gpt_header *h, struct shadow *s, struct err *e)
{
	int r = shadow_copy(s, h->lba * g->sector, g->sector, e);

	if (r < 0)
		return r;
	return shadow_copy(s, h->array * g->sector, (uint64_t)h->entries * ENTRY_SIZE, e);
}

int gpt_to_shadow(const struct gpt *g, struct shadow *s, struct err *e)
{
	static const uint8_t nothing[8];
	int r = array_to_shadow(g, &g->header, s, e);

	if (r >= 0 && g->primary == GPT_BAD)
		r = shadow_patch(s, (uint64_t)PRIMARY_LBA * g->sector, nothing, sizeof(nothing), e);
	if (r >= 0 && g->backup == GPT_BAD && g->backup_lba <= last_lba(s->dev, g->sector))
		r = shadow_patch(s, g->backup_lba * g->sector, nothing, sizeof(nothing), e);
	if (r >= 0 && both_usable(g))
		r = array_to_shadow(g, &g->other, s, e);
	return r;
}
