/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/bytes.h"
#include "tests/fuzz/hive_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A byte that says how many pages are the hive's; the rest is two logs of one length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	size_t hive_len = size ? data[0] % 16 * (size_t)HIVE_PAGE : 0, len, log_len;
	uint8_t *rest, *hive;
	const char *why;
	struct err e = {0};

	if (size < 1 + hive_len || !hive_len)
		return 0;
	log_len = (size - 1 - hive_len) / 2;
	rest = arena_alloc(&a, 2 * log_len + 1);
	memcpy(rest, data + 1 + hive_len, 2 * log_len);
	seal_log(rest, log_len);
	seal_log(rest + log_len, log_len);
	struct hive_log logs[2] = {{rest, log_len}, {rest + log_len, log_len}};

	if (hive_replayed_size(hive_len, logs, 2, 1U << 20, &len, &e) == 0) {
		hive = arena_alloc(&a, len);
		memcpy(hive, data + 1, hive_len);
		seal_base(hive, data[0] & 0x80);
		hive_replay(hive, len, logs, 2, &why);
		hive_check(hive, len, &len, &e);
	}
	arena_free(&a);
	return 0;
}
