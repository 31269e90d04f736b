/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/crc32.h"

#include "base/crc_slicing.h"

uint32_t crc32_ieee(uint32_t crc, const void *p, size_t n)
{
	static struct crc_slicing slicing = {.polynomial = 0xedb88320U};

	return crc_sliced(&slicing, crc, p, n);
}
