/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Decompression of a piece that is in memory as a whole.  The libraries are loaded on first use.
 * Deflate is left to libdeflate where it is installed, which needs a third of zlib's time; what it
 * does not accept, zlib is asked for, so that the answer never depends on which of them is there.
 *
 * The state that the libraries want is kept until the process ends; the run has one thread.
 */
#ifndef BASE_UNPACK_H
#define BASE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum unpack_method {
	UNPACK_ZLIB,    /* RFC 1950 */
	UNPACK_DEFLATE, /* RFC 1951 */
	UNPACK_ZSTD,    /* one frame of RFC 8878 */
};

enum unpack_result {
	UNPACK_DAMAGED,
	UNPACK_FULL, /* out was full before the end was reached; never of zstd */
	UNPACK_WHOLE,
};

/*
 * Fills out, which has room for so many bytes; *ret_n is how many came.  What lies behind the end
 * of the packed bytes is not looked at.  enum unpack_result, or -ENOTSUP or -ENOMEM.
 */
int unpack(enum unpack_method method, const uint8_t *in, size_t n_in, uint8_t *out, size_t room,
	size_t *ret_n, struct err *e);

#endif
