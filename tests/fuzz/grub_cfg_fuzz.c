/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>

#include "parse/grub_cfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file, and behind a NUL what grubenv says. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;
	struct arena a = {0};
	struct grubenv env;
	struct grub_cfg g;

	grubenv_parse(&env, &a, (const char *)data + len, size - len);
	grub_cfg_parse(&g, &a, (const char *)data, len, &env);
	boot_default(&g.entries, g.default_is ? g.default_is->value : NULL);
	grub_cfg_env(&env, &a, &g, NULL);
	arena_free(&a);
	return 0;
}
