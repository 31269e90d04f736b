/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The archive of an .ova, through machine_open.  Checksums of headers are made right first, as no
 * fuzzer guesses them.
 */
#include "tests/fuzz/image.h"

#include <stdio.h>
#include <stdlib.h>

#include "machine/machine.h"

#define CHECKSUM_AT 148
#define MAGIC_AT 257

static void reseal(uint8_t *p)
{
	unsigned sum = 0;

	memset(p + CHECKSUM_AT, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += p[i];
	snprintf((char *)p + CHECKSUM_AT, 7, "%06o", sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_free) uint8_t *copy = malloc(size + 1);
	struct fuzz_opener opener = {{fuzz_open}, {{copy, size, NULL}, {copy, size, NULL}}, 0};
	struct host_io io = {.opener = &opener.opener};
	struct disk_request request = {"machine.ova", NULL};
	struct arena arena = {0};
	struct err e = {0};
	struct machine m;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	for (size_t at = 0; at + 512 <= size; at += 512) {
		if (!memcmp(copy + at + MAGIC_AT, "ustar", 5))
			reseal(copy + at);
	}
	if (machine_open(&m, &io, &arena, &request, 1, &e) >= 0)
		machine_close(&m);
	arena_free(&arena);
	return 0;
}
