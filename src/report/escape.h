/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Text from a guest, a character at a time: what is UTF-8, and what a terminal may be shown.
 */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

/* A byte that begins no UTF-8 character. */
#define UTF8_BAD UINT32_MAX

/* Decodes the first character of n > 0 bytes; returns how many it took, at least 1. */
size_t utf8_next(const char *s, size_t n, uint32_t *ret);

/* A character as text_escaped() prints it: len bytes that fill width columns. */
struct glyph {
	char text[16];
	unsigned len, width;
};

/* How many of the first bytes are ASCII that prints as it is. */
size_t plain_run(const char *s, size_t n);

/* The first of n > 0 bytes; returns how many it took, at least 1. */
size_t glyph_next(const char *s, size_t n, struct glyph *ret);

#endif
