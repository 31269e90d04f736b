/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/ldm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is a disk that begins with its private header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct blockdev *dev;
	struct ldm found;
	struct err e;

	if (mem_open(data, size, &dev, &e) == 0) {
		ldm_read(dev, 0, &a, &found, &e);
		blockdev_close(dev);
	}
	arena_free(&a);
	return 0;
}
