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

/* Takes the character at *at and moves past it. */
static uint32_t take(const uint8_t *p, size_t n, size_t *at, enum utf16_order order)
{
	uint32_t c = unit(p + *at, order), low;

	*at += 2;
	if (c < 0xd800 || c >= 0xe000)
		return c;
	low = *at + 1 < n ? unit(p + *at, order) : 0;
	if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
		return REPLACEMENT;
	*at += 2;
	return 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
}

char *utf16_to_utf8(struct arena *a, const void *p, size_t n, enum utf16_order order)
{
	/* A unit becomes three bytes at most, a pair of them four. */
	char *text = arena_alloc(a, UTF16_ROOM(n) + 1), *out = text;

	for (size_t i = 0; i + 1 < n;) {
		uint32_t c = take(p, n, &i, order);

		if (!c)
			break;
		out = put_utf8(out, c);
	}
	return text;
}

size_t utf16_name(char *ret, const void *p, size_t n, enum utf16_order order)
{
	char *out = ret;

	for (size_t i = 0; i + 1 < n;) {
		uint32_t c = take(p, n, &i, order);

		out = put_utf8(out, c ? c : REPLACEMENT);
	}
	return (size_t)(out - ret);
}

/* The character at *p, or UINT32_MAX where none is encoded, in the shortest way, there. */
static uint32_t take_utf8(const uint8_t **p, const uint8_t *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *s = *p;
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fU >> n);

	if (!n || (size_t)(end - s) < n)
		return UINT32_MAX;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		c = c << 6 | (s[i] & 0x3f);
	}
	*p += n;
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? UINT32_MAX : c;
}

size_t utf16_from_utf8(uint16_t *ret, size_t max, const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + len;
	size_t n = 0;

	while (p < end) {
		uint32_t c = take_utf8(&p, end);

		if (c == UINT32_MAX || n + 1 + (c >= 0x10000) > max)
			return 0;
		if (c >= 0x10000) {
			ret[n++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		ret[n++] = (uint16_t)c;
	}
	return n;
}
