/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/win_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct win_log l;
	const struct win_log_entry *exit, *e;

	win_log_parse(&l, &a, win_log_utf8(&a, (const char *)data, size));
	win_log_pair(&l, 0x8004E00F, 802, &exit);
	e = win_log_last(&l, LOG_CODE, 0);
	if (e)
		win_log_is_open(&l, e);
	arena_free(&a);
	return 0;
}
