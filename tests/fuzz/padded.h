/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A disk for the fuzz target of the map: the checksums of LVM and GPT are made right, or nothing
 * behind them would ever be reached, and a hole follows, because libblkid does not look for LVM on
 * what is as small as a floppy.
 */
#ifndef TESTS_FUZZ_PADDED_H
#define TESTS_FUZZ_PADDED_H

#include "map/map.h"
#include "tests/lib/seal.h"

static inline void reseal_gpt(uint8_t *p, size_t size)
{
	uint64_t off = get_le64(p + 72) % 128 * 512, len = get_le32(p + 80) * 128ULL;

	if (range_inside(off, len, size - 512))
		put_crc(p + 88, (uint32_t)crc32(0, p - 512 + off, (unsigned)len));
	put_crc(p + 16, 0);
	put_crc(p + 16, (uint32_t)crc32(0, p, 92));
}

/* Label in sector 1 and metadata area at 4 KiB, or a primary GPT header, whichever it is. */
static inline void reseal(uint8_t *p, size_t size)
{
	if (size >= 8192 && !memcmp(p + 512, "LABELONE", 8))
		seal_pv(p, size, 4096);
	if (size >= 8192 && !memcmp(p + 512, "EFI PART", 8))
		reseal_gpt(p + 512, size);
}

/* Pieces of all volumes of a map. */
static inline void read_volumes(const struct map *map)
{
	static uint8_t buf[65536];
	struct err e;

	list_each(at, &map->volumes) {
		struct blockdev *d = (*at)->dev;

		for (uint64_t i = 0, off = 0; d && i < 4 && off < d->size;
			i++, off += d->size / 3) {
			uint64_t len = min_u64(sizeof(buf), d->size - off), run;
			bool hole;

			blockdev_read(d, off, buf, (size_t)len, &e);
			blockdev_extent(d, off, &run, &hole, &e);
		}
	}
}

struct padded {
	struct blockdev dev;
	const uint8_t *p;
	size_t size;
};

static int padded_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct padded *a = (struct padded *)d;
	size_t n = off < a->size ? (size_t)min_u64(len, a->size - off) : 0;

	(void)e;
	memset(buf, 0, len);
	if (n)
		memcpy(buf, a->p + off, n);
	return 0;
}

static int padded_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct padded *a = (struct padded *)d;

	(void)e;
	*ret_hole = off >= a->size;
	*ret_len = *ret_hole ? d->size - off : a->size - off;
	return 0;
}

static const struct blockdev_ops padded_ops = {
	.name = "padded", .read = padded_read, .extent = padded_extent};

#define PADDED_MIN (2U << 20)
/* An input whose size is a multiple of 1,000 is a disk of that size: short ones, backup GPTs. */
static inline struct padded padded(const uint8_t *p, size_t size)
{
	uint64_t all = size % 1000 && size < PADDED_MIN ? PADDED_MIN : size;

	return (struct padded){{&padded_ops, all, 0, 0}, p, size};
}

#endif
