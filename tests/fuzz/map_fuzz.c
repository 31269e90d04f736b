/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "map/map.h"
#include "tests/fuzz/padded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A whole map of one disk. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size + 1);
	struct padded disk = padded(p, size);
	struct machine_disk source = {.name = "disk0", .path = "disk0", .disk.dev = &disk.dev};
	struct machine m = {.disks = {&source, 1, 1}};
	struct arena a = {0};
	struct map map;
	struct err e;

	memcpy(p, data, size);
	reseal(p, size);
	if (map_build(&map, &m, &a, &e) == 0) {
		map_resolve(&map, "UUID=abcd-1234", NULL, NULL);
		map_close(&map);
	}
	arena_free(&a);
	free(p);
	return 0;
}
