/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes right again, in a changed Btrfs, the checksums, which are CRC-32C: of the superblock, and
 * of every block that names the filesystem as a tree's do.  Such a block says its logical address,
 * too, which in a small filesystem of one device is where it lies.
 */
#ifndef TESTS_FUZZ_BTRFS_PIECES_H
#define TESTS_FUZZ_BTRFS_PIECES_H

#include "tests/fuzz/pieces.h"

#define SUPER_PLACE 65536U
#define SUPER_SIZE 4096U
#define BLOCK_STEP 4096U

static void reseal_btrfs(uint8_t *data, size_t size)
{
	const uint8_t *super = NULL;
	size_t at = 0, n, node_size = SUPER_SIZE;
	uint64_t start;

	for (; (n = next_piece(data, size, &at, &start)); at += n) {
		if (start > SUPER_PLACE || start + n < SUPER_PLACE + SUPER_SIZE)
			continue;
		super = data + at + (SUPER_PLACE - start);
		reseal_at((uint8_t *)super, SUPER_SIZE, 32, SUPER_SIZE, 0);
		node_size = get_le32(super + 148);
	}
	at = 0;
	for (; super && (n = next_piece(data, size, &at, &start)); at += n) {
		for (size_t i = 0; i + BLOCK_STEP <= n; i += BLOCK_STEP)
			if (start + i != SUPER_PLACE && !memcmp(data + at + i + 32, super + 32, 16))
				reseal_at(data + at + i, n - i, 32, node_size, 0);
	}
}

#endif
