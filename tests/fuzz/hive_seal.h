/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For fuzzers of hives: checksums and hashes that no mutation would hit are set right.
 */
#ifndef TESTS_FUZZ_HIVE_SEAL_H
#define TESTS_FUZZ_HIVE_SEAL_H

#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "parse/hive.h"

static inline void seal_put(uint8_t *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* skip: the block is left as it is. */
static inline void seal_base(uint8_t *p, int skip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 508; i += 4)
		sum ^= get_le32(p + i);
	if (!skip)
		seal_put(p + 508, sum == 0xFFFFFFFF ? 0xFFFFFFFE : sum ? sum : 1, 4);
}

static inline void seal_log(uint8_t *log, size_t len)
{
	if (len < 512)
		return;
	seal_base(log, 0);
	for (size_t at = 512; at + 40 <= len && !memcmp(log + at, "HvLE", 4);) {
		size_t size = get_le32(log + at + 4);

		if (size < 40 || size > len - at)
			break;
		seal_put(log + at + 24, hive_hash(log + at + 40, size - 40), 8);
		seal_put(log + at + 32, hive_hash(log + at, 32), 8);
		at += size;
	}
}

#endif
