/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/win_firewall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct win_fw_rule r;

	if (win_fw_parse(&r, &a, "x", arena_strndup(&a, (const char *)data, size))) {
		win_fw_covers_tcp(&r, WIN_FW_PUBLIC, 135, "rpcss");
		win_fw_covers_tcp(&r, WIN_FW_DOMAIN, 445, NULL);
		win_fw_in_group(&r, "-28502", "FPS-");
	}
	arena_free(&a);
	return 0;
}
