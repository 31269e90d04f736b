/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/vmdk_descriptor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmdk_descriptor d;
	struct arena arena = {0};
	struct err e;

	vmdk_descriptor_probe(data, size);
	vmdk_descriptor_parse(&arena, (const char *)data, size, &d, &e);
	arena_free(&arena);
	return 0;
}
