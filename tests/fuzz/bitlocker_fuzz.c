/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "map/bitlocker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is the metadata, behind a boot sector that names it; its checksum is made right. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = calloc(1, size + 1024);
	size_t n = size >= 10 ? (size_t)get_le16(data + 8) * 16 : 0;
	struct bitlocker found;
	struct arena a = {0};
	struct blockdev *dev;
	unsigned long crc;
	struct err e;

	p[176 + 1] = 2;
	memcpy(p + 512, data, size);
	crc = n <= size ? crc32(0, p + 512, (unsigned)n) : 0;
	for (int i = 0; i < 4 && n <= size; i++)
		p[512 + n + 4 + (size_t)i] = (uint8_t)(crc >> 8 * i);
	if (mem_open(p, size + 1024, &dev, &e) == 0) {
		bitlocker_read(dev, &a, &found, &e);
		blockdev_close(dev);
	}
	arena_free(&a);
	free(p);
	return 0;
}
