/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fs_all.h"
#include "tests/fuzz/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces_dev d = pieces_of(data, size);

	fuzz_fs_device("ntfs", &d.dev);
	return 0;
}

/* Records are not summed, but each sector of one ends in a number that stands at its beginning. */
static void reseal_ntfs(uint8_t *data, size_t size)
{
	size_t at = 0, n;
	uint64_t start;

	for (; (n = next_piece(data, size, &at, &start)); at += n) {
		for (size_t i = 0; i + 512 <= n; i += 512) {
			uint8_t *p = data + at + i;
			const size_t usa = get_le16(p + 4), sectors = get_le16(p + 6);

			if (memcmp(p, "FILE", 4) && memcmp(p, "INDX", 4) && memcmp(p, "RSTR", 4))
				continue;
			for (size_t k = 1; k < sectors && i + 512 * k <= n && usa < 510; k++)
				memcpy(p + 512 * k - 2, p + usa, 2);
		}
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	(void)max_size;
	return mutate_pieces(data, size, seed, 1024, reseal_ntfs);
}
