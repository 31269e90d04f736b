/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Journals for fuzzing: an input is the journal itself, in blocks of 1 KiB.  Seeds are what debugfs
 * wrote, the journal's file cut short: "dump <8> FILE", with the number of its blocks put right.
 *
 * Newer journals have a checksum for every block: one that was changed at random would be looked at
 * no further.  So the mutator mostly makes the checksums right again.
 */
#ifndef TESTS_FUZZ_JBD2_SEAL_H
#define TESTS_FUZZ_JBD2_SEAL_H

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "fs/jbd2.h"

#define SEAL_BLOCK 1024U

static void seal_put(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void seal_at(uint8_t *p, uint32_t seed, size_t crc_at)
{
	seal_put(p + crc_at, 0);
	seal_put(p + crc_at, ~crc32c(seed, p, SEAL_BLOCK));
}

/* The checksums in a descriptor's tags, of the blocks that follow it. */
static void seal_tags(uint8_t *data, size_t size, size_t block, uint32_t seed, uint32_t incompat)
{
	const bool v3 = incompat & 16;
	const size_t tag_size = v3 ? 16 : incompat & 2 ? 14 : 10;
	uint8_t *tag = data + block * SEAL_BLOCK + 12;
	uint8_t *end = data + (block + 1) * SEAL_BLOCK - 4;
	size_t at = block + 1;

	for (; tag + tag_size <= end && (at + 1) * SEAL_BLOCK <= size; at++) {
		const uint16_t flags = get_be16(tag + 6);
		uint32_t crc = crc32c(seed, data + block * SEAL_BLOCK + 8, 4);

		crc = ~crc32c(crc, data + at * SEAL_BLOCK, SEAL_BLOCK);
		if (v3) {
			seal_put(tag + 12, crc);
		} else {
			tag[4] = (uint8_t)(crc >> 8);
			tag[5] = (uint8_t)crc;
		}
		tag += tag_size + (flags & 2 ? 0 : 16);
		if (flags & 8)
			return;
	}
}

static void seal_journal(uint8_t *data, size_t size)
{
	uint32_t seed, incompat;

	if (size < 2 * SEAL_BLOCK || !(get_be32(data + 40) & 24))
		return;
	incompat = get_be32(data + 40);
	seal_at(data, 0, 252);
	seed = crc32c(0, data + 48, 16);
	for (size_t i = 1; (i + 1) * SEAL_BLOCK <= size; i++) {
		uint8_t *p = data + i * SEAL_BLOCK;

		if (get_be32(p) != JBD2_MAGIC)
			continue;
		if (get_be32(p + 4) == 1)
			seal_tags(data, size, i, seed, incompat);
		seal_at(p, seed, get_be32(p + 4) == 2 ? 16 : SEAL_BLOCK - 4);
	}
}

#endif
