/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Libraries that most runs do not need are loaded on first use, here and nowhere else: linking them
 * would cost every run their start-up.  They stay loaded until the process ends.
 */
#ifndef BASE_LAZYLIB_H
#define BASE_LAZYLIB_H

#include <stddef.h>

#include "base/err.h"

enum lazylib {
	LAZYLIB_CRYPTO,
	LAZYLIB_ZLIB,
	LAZYLIB_DEFLATE,
	LAZYLIB_ZSTD,
	LAZYLIB_LZO,
	LAZYLIB_XML,
	LAZYLIB_NTFS,
	LAZYLIB_HIVEX,
	LAZYLIB_JANSSON,
};

struct lazylib_symbol {
	const char *name;
	void *to; /* the pointer that shall point to it */
};

/* Sets the pointers, in order.  ENOTSUP: the library, or one of the symbols, is not there. */
int lazylib_load(enum lazylib lib, const struct lazylib_symbol *wanted, size_t n, struct err *e);

#endif
