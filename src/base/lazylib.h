/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Libraries that most runs do not need are loaded on first use, here and nowhere else: linking them
 * would cost every run their start-up.  They stay loaded until the process ends.
 */
#ifndef BASE_LAZYLIB_H
#define BASE_LAZYLIB_H

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

/* The address of a symbol, or NULL and an ENOTSUP sentence that names the library. */
void *lazylib_sym(enum lazylib lib, const char *symbol, struct err *e);

#endif
