/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * UTF-16 text of images and of Windows guests, as UTF-8.
 */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include <stddef.h>

#include "base/arena.h"

enum utf16_order { UTF16_LE, UTF16_BE };

/*
 * n bytes, up to the first NUL; half a pair becomes U+FFFD.  An odd byte at the end is left out.
 */
char *utf16_to_utf8(struct arena *a, const void *p, size_t n, enum utf16_order order);

#endif
