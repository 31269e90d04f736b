/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The checksums of LVM, device-mapper and MD, made right again after a change; for tests of what
 * is wrong in ways that a checksum does not tell.
 */
#ifndef TESTS_LIB_SEAL_H
#define TESTS_LIB_SEAL_H

#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/crc32c.h"

static inline void put_crc(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* A physical volume with its label in sector 1 and a metadata area. */
static inline void seal_pv(uint8_t *p, size_t size, size_t area)
{
	uint64_t off = get_le64(p + area + 40), len = get_le64(p + area + 48);

	if (range_inside(off, len, size - area))
		put_crc(p + area + 56,
			~(uint32_t)crc32(~0xf597a6cfU, p + area + off, (unsigned)len));
	put_crc(p + area, ~(uint32_t)crc32(~0xf597a6cfU, p + area + 4, 508));
	put_crc(p + 512 + 16, ~(uint32_t)crc32(~0xf597a6cfU, p + 512 + 20, 492));
}

#define PV_TEXT_AT (4096 + 512)
#define PV_AREA_SIZE (32ULL << 20)

/* A physical volume with the UUID of zeros, one metadata area and this text in it: PV_TEXT_AT and
 * size bytes of p, which is zeros. */
static inline void write_pv(uint8_t *p, const void *text, size_t size)
{
	const uint64_t areas[] = {1 << 20, 0, 0, 0, 4096, PV_AREA_SIZE, 0, 0};
	const uint64_t area[] = {4096, PV_AREA_SIZE, 512, size};

	memcpy(p + 512, "LABELONE\1\0\0\0\0\0\0\0\0\0\0\0\x20\0\0\0LVM2 001", 32);
	memset(p + 512 + 32, '0', 32);
	memcpy(p + 512 + 72, areas, sizeof(areas));
	memcpy(p + 4096 + 4, "\x20LVM2 x[5A%r0N*>\1\0\0\0", 20);
	memcpy(p + 4096 + 24, area, sizeof(area));
	memcpy(p + PV_TEXT_AT, text, size);
	seal_pv(p, PV_TEXT_AT + size, 4096);
}

#define DM_BLOCK 4096U

/* A block of a pool's or cache's metadata: the first is a superblock, others are nodes or, when
 * they do not say so, arrays. */
static inline void seal_dm(uint8_t *p, uint64_t number)
{
	uint32_t flags = get_le32(p + 4), xor = 121107;
	bool node = flags == 1 || flags == 2;

	if (!number)
		xor = get_le64(p + 32) == 27022010 ? 160774 : 9031977;
	else if (!node)
		xor = 595846735;
	memcpy(p + (number && !node ? 16 : 8), &number, 8);
	put_crc(p, ~crc32c(0, p + 4, DM_BLOCK - 4) ^ xor);
}

#define MD_SUPER 4096U

static inline uint32_t md_sum(const uint8_t *p, size_t n, size_t without)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 4 <= n; i += 4)
		sum += i == without ? 0 : get_le32(p + i);
	if (n % 4)
		sum += get_le16(p + n - 2);
	return (uint32_t)(sum + (sum >> 32));
}

/* A superblock of MD, of whichever version. */
static inline void seal_md(uint8_t *p)
{
	if (get_le32(p + 4) == 1)
		put_crc(p + 216, md_sum(p, 256 + get_le32(p + 220) % 1920 * 2, 216));
	else
		put_crc(p + 152, md_sum(p, MD_SUPER, 152));
}

#endif
