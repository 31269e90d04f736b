/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the 32-bit checksums share: a reflected CRC by tables, eight bytes a step.
 */
#ifndef BASE_CRC_SLICING_H
#define BASE_CRC_SLICING_H

#include <stddef.h>
#include <stdint.h>

struct crc_slicing {
	uint32_t polynomial; /* its bits reversed */
	/* Filled on first use.  Number k is for a byte that k more bytes of the step follow. */
	uint32_t tables[8][256];
};

/* The checksum of what crc is the checksum of (0: nothing), followed by these n bytes. */
uint32_t crc_sliced(struct crc_slicing *s, uint32_t crc, const void *p, size_t n);

#endif
