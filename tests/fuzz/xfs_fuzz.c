/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fs_all.h"
#include "tests/fuzz/xfs_pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
/* libFuzzer's own; a replay has none and mutates nothing. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces_dev d = {{&pieces_ops, PIECES_DEVICE_SIZE, 0, 0}, data, size};

	fuzz_fs_device("xfs", &d.dev);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t at = 0, n, chosen = 0, count = 1;
	uint64_t start;

	(void)max_size;
	for (; (n = next_piece(data, size, &at, &start)); at += n)
		if (seed / 16 % count++ == 0)
			chosen = at;
	at = chosen > PIECE_HEAD ? chosen - PIECE_HEAD : 0;
	n = next_piece(data, size, &at, &start);
	if (n >= 512 && LLVMFuzzerMutate) {
		size_t off = seed / 7 % (n / 512) * 512;

		LLVMFuzzerMutate(data + at + off, 512, 512);
	}
	if (seed % 16)
		reseal_pieces(data, size);
	return size;
}
