/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/ovf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine_config c = {0};
	struct arena arena = {0};
	struct err e = {0};

	ovf_parse(&arena, (const char *)data, size, &c, &e);
	arena_free(&arena);
	return 0;
}
