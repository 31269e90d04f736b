/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * CRC-32 as of IEEE 802.3: the checksum of GPT, LVM2, BitLocker and event logs.
 */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what crc is the checksum of (0: nothing), followed by these n bytes. */
uint32_t crc32_ieee(uint32_t crc, const void *p, size_t n);

#endif
