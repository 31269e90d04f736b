/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * CRC-32C (Castagnoli), the checksum of VHDX and of newer filesystems.
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what crc is the checksum of (0: nothing), followed by these n bytes. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);
/* The same without help from the processor; for tests. */
uint32_t crc32c_by_tables(uint32_t crc, const void *p, size_t n);

#endif
