/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fs_all.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_fs("vfat", data, size);
	return 0;
}
