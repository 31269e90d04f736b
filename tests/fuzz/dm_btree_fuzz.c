/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "map/lv.h"
#include "tests/fuzz/dm_metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The metadata of a thin pool or of a cache: volumes that lie on it are opened and read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size + 1);
	struct dm_volumes v;

	memcpy(p, data, size);
	reseal_dm(p, size);
	dm_volumes_init(&v, p, size);
	dm_volume_read(&v, &v.thin);
	dm_volume_read(&v, &v.cached);
	dm_volumes_close(&v);
	free(p);
	return 0;
}
