/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.  Widths are
 * one column a character; wide and combining characters of East Asian and Indic scripts are not
 * told apart, which moves a line break and nothing else.
 */
#include "report/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

static size_t sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 2;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 3;
	if (lead >= 0xF0 && lead <= 0xF4)
		return 4;
	return 0;
}

size_t utf8_next(const char *s, size_t n, uint32_t *ret)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *p = (const uint8_t *)s;
	size_t len = sequence_length(p[0]);
	uint32_t c;

	*ret = UTF8_BAD;
	if (!len || len > n)
		return 1;
	c = len == 1 ? p[0] : p[0] & (0x7FU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3F);
	}
	if (c < smallest[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 1;
	*ret = c;
	return len;
}

/* What would move the cursor, turn the text around, or hide it. */
static bool is_unsafe(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0080, 0x009F},   /* C1 controls */
		{0x061C, 0x061C},   /* Arabic letter mark */
		{0x200E, 0x200F},   /* left-to-right and right-to-left marks */
		{0x2028, 0x202E},   /* line and paragraph separators, embeddings, overrides */
		{0x2066, 0x2069},   /* isolates */
		{0xFEFF, 0xFEFF},   /* byte order mark */
		{0xE0000, 0xE007F}, /* tags: invisible text */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

size_t plain_run(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= 0x20 && s[i] < 0x7F)
		i++;
	return i;
}

size_t glyph_next(const char *s, size_t n, struct glyph *ret)
{
	uint32_t c;
	size_t len = utf8_next(s, n, &c);

	if (c == UTF8_BAD || c < 0x20 || c == 0x7F) {
		ret->len = (unsigned)snprintf(ret->text, sizeof(ret->text), "\\x%02x", (uint8_t)*s);
		ret->width = ret->len;
	} else if (is_unsafe(c)) {
		ret->len = (unsigned)snprintf(ret->text, sizeof(ret->text), "<U+%04X>", c);
		ret->width = ret->len;
	} else {
		memcpy(ret->text, s, len);
		ret->len = (unsigned)len;
		ret->width = 1;
	}
	return len;
}

void text_escaped(FILE *out, const char *s, size_t n)
{
	while (n) {
		size_t len = plain_run(s, n);
		struct glyph g;

		if (len) {
			fwrite(s, 1, len, out);
		} else {
			len = glyph_next(s, n, &g);
			fwrite(g.text, 1, g.len, out);
		}
		s += len;
		n -= len;
	}
}
