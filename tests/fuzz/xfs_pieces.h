/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes right again, in a changed XFS, the checksums and what in a block says where it lies.
 */
#ifndef TESTS_FUZZ_XFS_PIECES_H
#define TESTS_FUZZ_XFS_PIECES_H

#include "tests/fuzz/pieces.h"

struct xfs_geometry {
	size_t block, dir, inode;
	uint32_t group; /* blocks */
	unsigned group_log, block_log;
};

static struct xfs_geometry xfs_geometry_of(const uint8_t *super)
{
	struct xfs_geometry g = {
		.block = get_be32(super + 4),
		.inode = get_be16(super + 104),
		.group = get_be32(super + 84),
		.group_log = super[124] % 32,
		.block_log = super[120] % 32,
	};

	g.dir = g.block << (super[192] & 7);
	if (!g.group)
		g.group = 1;
	if (g.inode < 256)
		g.inode = 512;
	return g;
}

static void put_be64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* The number of the inode at a byte of the device. */
static uint64_t xfs_inode_at(const struct xfs_geometry *g, uint64_t at)
{
	const uint64_t block = at >> g->block_log;
	const uint64_t number = block / g->group << g->group_log | block % g->group;
	const size_t a_block = ((size_t)1 << g->block_log) / g->inode;

	return number * a_block + at % ((uint64_t)1 << g->block_log) / g->inode;
}

/* Whatever begins at p by its magic number, at that byte of the device. */
static void reseal_one(const struct xfs_geometry *g, uint8_t *p, size_t room, uint64_t at)
{
	static const struct {
		const char *magic;
		size_t at, crc, place; /* place 0: it says nothing of that */
		enum { SECTOR, BLOCK, DIR } len;
	} kinds[] = {
		{"XFSB", 0, 224, 0, SECTOR},
		{"XAGF", 0, 216, 0, SECTOR},
		{"XAGI", 0, 312, 0, SECTOR},
		{"BMA3", 0, 64, 24, BLOCK},
		{"XSLM", 0, 12, 40, BLOCK},
		{"FIB3", 0, 52, 16, BLOCK},
		{"XDB3", 0, 4, 8, DIR},
		{"XDD3", 0, 4, 8, DIR},
		{"\x3e\xbe", 8, 12, 16, DIR},
		{"\x3d\xf1", 8, 12, 16, DIR},
		{"\x3d\xff", 8, 12, 16, DIR},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const size_t len = kinds[i].len == SECTOR  ? PIECE_SECTOR
				   : kinds[i].len == BLOCK ? g->block
							   : g->dir;

		if (memcmp(p + kinds[i].at, kinds[i].magic, strlen(kinds[i].magic)) != 0)
			continue;
		if (kinds[i].place)
			put_be64(p + kinds[i].place, at / 512);
		reseal_at(p, room, 0, len, kinds[i].crc);
	}
	if (!memcmp(p, "IN", 2) && p[4] == 3) {
		put_be64(p + 152, xfs_inode_at(g, at));
		reseal_at(p, room, 0, g->inode, 100);
	}
}

static void reseal_xfs(uint8_t *data, size_t size)
{
	struct xfs_geometry g = {.block = 1024, .dir = 4096, .inode = 512, .group = 1};
	size_t at = 0, n;
	uint64_t start;

	for (; (n = next_piece(data, size, &at, &start)); at += n) {
		if (!start && n >= PIECE_SECTOR)
			g = xfs_geometry_of(data + at);
		for (size_t i = 0; i + PIECE_SECTOR <= n; i += PIECE_SECTOR)
			reseal_one(&g, data + at + i, n - i, start + i);
	}
}

#endif
