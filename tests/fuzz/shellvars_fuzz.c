/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/release.h"
#include "parse/shellvars.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = {(const char *)data, size};
	struct release_files f = {s, s, {0}, {0}, {0}, s, s};
	struct shellvars set = {0};
	struct arena a = {0};
	struct release r;

	shellvars_parse(&set, &a, s.p, s.n, 0);
	shellvars_parse(&set, &a, s.p, s.n, 1);
	release_parse(&r, &a, &f);
	release_agent_key(&a, &f, "x86_64", NULL);
	arena_free(&a);
	return 0;
}
