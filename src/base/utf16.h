/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * UTF-16 text of images and of Windows guests, as UTF-8.
 */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum utf16_order { UTF16_LE, UTF16_BE };

/*
 * n bytes, up to the first NUL; half a pair becomes U+FFFD.  An odd byte at the end is left out.
 */
char *utf16_to_utf8(struct arena *a, const void *p, size_t n, enum utf16_order order);

/*
 * The same into a buffer, which must have room for UTF16_ROOM(n) bytes: a NUL becomes U+FFFD and
 * ends nothing, and none is written behind the text.  Returns how many bytes there are.
 */
#define UTF16_ROOM(n) ((n) / 2 * 3)
size_t utf16_name(char *ret, const void *p, size_t n, enum utf16_order order);

/*
 * UTF-8 as units in the order of this machine.  0 when it is not UTF-8, or has more than max units.
 */
size_t utf16_from_utf8(uint16_t *ret, size_t max, const char *text, size_t len);

#endif
