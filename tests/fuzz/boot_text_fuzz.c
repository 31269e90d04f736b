/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/agent_grub.h"
#include "parse/bls.h"
#include "parse/grub_legacy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* menu.lst, elilo.conf, a BLS entry, and the agent's view of them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_entries entries = {0};
	struct agent_hits hits;
	struct grub_legacy g;
	struct arena a = {0};

	grub_legacy_parse(&g, &a, (const char *)data, size);
	boot_default(&g.entries, g.default_is);
	elilo_parse(&g, &a, (const char *)data, size);
	bls_parse(&entries, &a, "a.conf", (const char *)data, size, NULL);
	agent_grub_check(&hits, &a, (const char *)data, size);
	arena_free(&a);
	return 0;
}
