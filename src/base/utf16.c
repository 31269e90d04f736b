/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/utf16.h"

#include <stdint.h>

#define REPLACEMENT 0xfffdU

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

static uint32_t unit(const uint8_t *p, enum utf16_order order)
{
	return order == UTF16_LE ? p[0] | (uint32_t)p[1] << 8 : p[1] | (uint32_t)p[0] << 8;
}

char *utf16_to_utf8(struct arena *a, const void *p, size_t n, enum utf16_order order)
{
	const uint8_t *at = p;
	/* A unit becomes three bytes at most, a pair of them four. */
	char *text = arena_alloc(a, n / 2 * 3 + 1), *out = text;

	for (size_t i = 0; i + 1 < n; i += 2) {
		uint32_t c = unit(at + i, order), low;

		if (!c)
			break;
		if (c >= 0xd800 && c < 0xe000) {
			low = i + 3 < n ? unit(at + i + 2, order) : 0;
			if (c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
				i += 2;
			} else {
				c = REPLACEMENT;
			}
		}
		out = put_utf8(out, c);
	}
	return text;
}
