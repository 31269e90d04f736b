/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes the checksums of a changed XFS right again.
 */
#ifndef TESTS_FUZZ_XFS_PIECES_H
#define TESTS_FUZZ_XFS_PIECES_H

#include "tests/fuzz/pieces.h"

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
			reseal_at(p, room, 0,
				kinds[i].len == SECTOR  ? 512
				: kinds[i].len == BLOCK ? block
							: dir,
				kinds[i].crc);
}

static void reseal_xfs(uint8_t *data, size_t size)
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
