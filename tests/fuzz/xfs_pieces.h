/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * XFS images for fuzzing.  The smallest has 16 MiB, nearly all of it zeros, so an input is a list
 * of what is not zero: a count of bytes (be32), where on the device they lie (be32, in sectors),
 * and the bytes.  tests/fuzz/mkpieces.py makes one of an image.
 *
 * Every block of metadata has a checksum: one that was changed at random would be looked at no
 * further.  So the mutator changes bytes within pieces and mostly makes the checksums right again.
 */
#ifndef TESTS_FUZZ_XFS_PIECES_H
#define TESTS_FUZZ_XFS_PIECES_H

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/crc32c.h"
#include "disk/blockdev.h"

#define PIECES_DEVICE_SIZE (64ULL << 20)
#define PIECE_HEAD 8U

struct pieces_dev {
	struct blockdev dev;
	const uint8_t *data;
	size_t size;
};

/* The length of the piece whose head is at *at, which moves behind the head; 0: the last is over.
 */
static size_t next_piece(const uint8_t *data, size_t size, size_t *at, uint64_t *ret_off)
{
	size_t n;

	if (size - *at <= PIECE_HEAD)
		return 0;
	n = (size_t)min_u64(get_be32(data + *at), size - *at - PIECE_HEAD);
	*ret_off = get_be32(data + *at + 4) * 512ULL;
	*at += PIECE_HEAD;
	return n;
}

static int pieces_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	const struct pieces_dev *p = (const struct pieces_dev *)d;
	uint64_t start;
	size_t at = 0, n;

	(void)e;
	memset(buf, 0, len);
	for (; (n = next_piece(p->data, p->size, &at, &start)); at += n) {
		const uint64_t from = start > off ? start : off;
		const uint64_t to = min_u64(start + n, off + len);

		if (from < to)
			memcpy((uint8_t *)buf + (from - off), p->data + at + (from - start),
				to - from);
	}
	return 0;
}

static const struct blockdev_ops pieces_ops = {.name = "pieces", .read = pieces_read};

static void reseal_at(uint8_t *p, size_t room, size_t len, size_t crc_at)
{
	uint32_t crc;

	if (len > room || crc_at + 4 > len)
		return;
	memset(p + crc_at, 0, 4);
	crc = crc32c(0, p, len);
	for (int i = 0; i < 4; i++)
		p[crc_at + i] = (uint8_t)(crc >> 8 * i);
}

/* Whatever begins at p by its magic number; sizes are those of the filesystem. */
static void reseal_one(uint8_t *p, size_t room, size_t block, size_t dir)
{
	static const struct {
		const char *magic;
		size_t at, crc;
		enum { SECTOR, BLOCK, DIR } len;
	} kinds[] = {
		{"XFSB", 0, 224, SECTOR}, {"XAGF", 0, 216, SECTOR}, {"XAGI", 0, 312, SECTOR},
		{"BMA3", 0, 64, BLOCK}, {"XSLM", 0, 12, BLOCK}, {"FIB3", 0, 52, BLOCK},
		{"XDB3", 0, 4, DIR}, {"XDD3", 0, 4, DIR}, {"\x3e\xbe", 8, 12, DIR},
		{"\x3d\xf1", 8, 12, DIR}, {"\x3d\xff", 8, 12, DIR},
		{"IN", 0, 100, SECTOR}, /* inodes of 512 bytes */
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!memcmp(p + kinds[i].at, kinds[i].magic, strlen(kinds[i].magic)))
			reseal_at(p, room,
				kinds[i].len == SECTOR  ? 512
				: kinds[i].len == BLOCK ? block
							: dir,
				kinds[i].crc);
}

static void reseal_pieces(uint8_t *data, size_t size)
{
	size_t at = 0, n, block = 1024, dir = 4096;
	uint64_t start;

	for (; (n = next_piece(data, size, &at, &start)); at += n) {
		if (!start && n >= 512) {
			block = get_be32(data + at + 4);
			dir = block << (data[at + 192] & 7);
		}
		for (size_t i = 0; i + 512 <= n; i += 512)
			reseal_one(data + at + i, n - i, block, dir);
	}
}

#endif
