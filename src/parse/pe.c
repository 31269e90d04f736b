/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The fixed part of a version resource is known by its signature, its own version and its name; the
 * tree of resources above it is not walked.
 */
#include "parse/pe.h"

#include <string.h>

#include "base/bytes.h"

#define FIXED_SIGNATURE 0xfeef04bdU
#define FIXED_VERSION 0x00010000U
#define FIXED_SIZE 52U

bool pe_file_version(const void *p, size_t len, uint16_t ret[4])
{
	static const char name[] = "V\0S\0_\0V\0E\0R\0S\0I\0O\0N\0_\0I\0N\0F\0O\0";
	const uint8_t *base = p;

	if (len < 2 || memcmp(base, "MZ", 2))
		return false;
	for (size_t at = 64; len >= FIXED_SIZE && at <= len - FIXED_SIZE; at += 4) {
		if (get_le32(base + at) != FIXED_SIGNATURE ||
			get_le32(base + at + 4) != FIXED_VERSION)
			continue;
		/* The name, a NUL, and up to the next multiple of four. */
		if (memcmp(base + at - sizeof(name) - 3, name, sizeof(name) - 1))
			continue;
		ret[0] = get_le16(base + at + 10);
		ret[1] = get_le16(base + at + 8);
		ret[2] = get_le16(base + at + 14);
		ret[3] = get_le16(base + at + 12);
		return true;
	}
	return false;
}
