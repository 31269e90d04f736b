/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/image.h"
#include "tests/fuzz/vhdx_pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pages_fill(data, size);
	pages_seal(0);
	pages_seal(PAGES);
	return fuzz_images((struct fuzz_input){pages.bytes, PAGES_SIZE, pages.used},
		(struct fuzz_input){pages.bytes + PAGES_SIZE, PAGES_SIZE, pages.used + PAGES},
		"vhdx");
}
