/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/firewall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct arena arena = {0};

	iptables_ssh(&arena, text);
	nft_ssh(&arena, text);
	ufw_ssh(&arena, text, false);
	firewalld_zone_ssh(&arena, text);
	hosts_ssh(&arena, text, text);
	arena_free(&arena);
	return 0;
}
