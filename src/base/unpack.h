/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Decompression of a piece that is in memory as a whole.  The libraries are loaded on first use.
 * Deflate is left to libdeflate where it is installed, which needs a fifth of zlib's time; zlib is
 * asked about what it does not accept, and about raw deflate that does not fill its room.  So sound
 * bytes, and damaged ones that a checksum gives away, have the same answer whether it is there or
 * not.
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
