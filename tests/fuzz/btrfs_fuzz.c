/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fs_all.h"
#include "tests/fuzz/btrfs_pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces_dev d = pieces_of(data, size);

	fuzz_fs_device("btrfs", &d.dev);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	(void)max_size;
	return mutate_pieces(data, size, seed, BLOCK_STEP, reseal_btrfs);
}
