/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/jbd2_seal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
/* libFuzzer's own; a replay has none and mutates nothing. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

/* In pieces of three blocks, so that the copies lie in several. */
static int map(void *ctx, uint32_t block, uint64_t *ret_start, uint32_t *ret_count, struct err *e)
{
	const struct blockdev *d = ctx;

	(void)e;
	*ret_start = block;
	*ret_count = 3 - block % 3;
	if ((*ret_start + *ret_count) * SEAL_BLOCK > d->size)
		*ret_count = (uint32_t)(d->size / SEAL_BLOCK - block);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jbd2_place place = {.block_size = SEAL_BLOCK, .map = map};
	struct jbd2_log log;
	struct err e;

	place.blocks = (uint32_t)(size / SEAL_BLOCK);
	if (!place.blocks || mem_open(data, size, &place.dev, &e) < 0)
		return 0;
	place.ctx = place.dev;
	if (!jbd2_scan(&place, 1 << 20, &log, &e)) {
		for (size_t i = 0; i < log.n; i++)
			if (log.copies[i].block >= 1 << 20 ||
				(log.copies[i].at & ~JBD2_ESCAPED) >= place.blocks ||
				(i && log.copies[i - 1].block >= log.copies[i].block))
				abort();
		free(log.copies);
	}
	blockdev_close(place.dev);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	const size_t blocks = size / SEAL_BLOCK;

	(void)max_size;
	if (blocks && LLVMFuzzerMutate) {
		uint8_t *p = data + seed / 16 % blocks * SEAL_BLOCK;
		/* What of a block means something mostly stands at its beginning. */
		const size_t n = seed & 8 ? 64 : SEAL_BLOCK;

		LLVMFuzzerMutate(p, n, n);
	}
	if (seed % 8)
		seal_journal(data, size);
	return size;
}
