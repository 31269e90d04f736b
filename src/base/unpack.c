/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The few functions of libdeflate and libzstd are declared here, so that building does not need
 * their headers.
 */
#include "base/unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/lazylib.h"

/* As zlib is told whether there is a header; the window is the largest, which fits any stream. */
#define RAW_DEFLATE (-15)
#define WITH_HEADER 15

/* ---- libdeflate ---- */

/*
 * Within its last bytes of input libdeflate copies byte by byte, and of a piece that is nearly all
 * one run these are most of the output: small pieces are given to it with zeros behind them.
 */
#define SMALL 8192
#define BEHIND 64

typedef int deflate_decompress(void *d, const void *in, size_t n_in, void *out, size_t room,
	size_t *ret_n_in, size_t *ret_n);

static struct {
	bool tried;
	void *state; /* NULL: it is not there */
	void *(*alloc)(void);
	deflate_decompress *zlib, *raw;
	uint8_t small[SMALL + BEHIND];
} fast;

static void fast_init(void)
{
	const struct lazylib_symbol wanted[] = {
		{"libdeflate_alloc_decompressor", &fast.alloc},
		{"libdeflate_zlib_decompress_ex", &fast.zlib},
		{"libdeflate_deflate_decompress_ex", &fast.raw},
	};
	struct err e;

	fast.tried = true;
	if (lazylib_load(LAZYLIB_DEFLATE, wanted, ARRAY_LEN(wanted), &e) >= 0)
		fast.state = fast.alloc();
}

static bool by_libdeflate(enum unpack_method method, const uint8_t *in, size_t n_in, uint8_t *out,
	size_t room, size_t *ret_n)
{
	deflate_decompress *decompress;
	size_t n = n_in, used = 0;

	if (!fast.tried)
		fast_init();
	if (!fast.state)
		return false;
	if (n_in <= SMALL) {
		memcpy(fast.small, in, n_in);
		memset(fast.small + n_in, 0, BEHIND);
		in = fast.small;
		n += BEHIND;
	}
	decompress = method == UNPACK_ZLIB ? fast.zlib : fast.raw;
	if (decompress(fast.state, in, n, out, room, &used, ret_n) || used > n_in)
		return false;
	/* It takes some codes that zlib refuses, which without a checksum only the length shows. */
	return method == UNPACK_ZLIB || *ret_n == room;
}

/* ---- zlib ---- */

static struct {
	z_stream stream;
	bool ready;
	int (*init)(z_stream *z, int window_bits, const char *version, int size);
	int (*reset)(z_stream *z, int window_bits);
	int (*inflate)(z_stream *z, int flush);
} zlib;

static int zlib_init(struct err *e)
{
	const struct lazylib_symbol wanted[] = {
		{"inflateInit2_", &zlib.init},
		{"inflateReset2", &zlib.reset},
		{"inflate", &zlib.inflate},
	};
	int r = lazylib_load(LAZYLIB_ZLIB, wanted, ARRAY_LEN(wanted), e);

	if (r >= 0 && zlib.init(&zlib.stream, WITH_HEADER, ZLIB_VERSION, sizeof(z_stream)) != Z_OK)
		r = err_set(e, ENOMEM, "out of memory");
	zlib.ready = r >= 0;
	return r;
}

static int by_zlib(enum unpack_method method, const uint8_t *in, size_t n_in, uint8_t *out,
	size_t room, size_t *ret_n, struct err *e)
{
	int r = zlib.ready ? 0 : zlib_init(e);

	if (r < 0)
		return r;
	if (zlib.reset(&zlib.stream, method == UNPACK_ZLIB ? WITH_HEADER : RAW_DEFLATE) != Z_OK)
		return err_set(e, ENOMEM, "out of memory");
	zlib.stream.next_in = (uint8_t *)in;
	zlib.stream.avail_in = (uInt)n_in;
	zlib.stream.next_out = out;
	zlib.stream.avail_out = (uInt)room;
	r = zlib.inflate(&zlib.stream, Z_FINISH);
	*ret_n = room - zlib.stream.avail_out;
	if (r == Z_STREAM_END)
		return UNPACK_WHOLE;
	return r == Z_BUF_ERROR && *ret_n == room ? UNPACK_FULL : UNPACK_DAMAGED;
}

/* ---- libzstd ---- */

static struct {
	void *state;
	void *(*new)(void);
	size_t (*frame_size)(const void *in, size_t n_in);
	size_t (*decompress)(void *d, void *out, size_t room, const void *in, size_t n_in);
	unsigned (*is_error)(size_t code);
} zstd;

static int zstd_init(struct err *e)
{
	const struct lazylib_symbol wanted[] = {
		{"ZSTD_createDCtx", &zstd.new},
		{"ZSTD_findFrameCompressedSize", &zstd.frame_size},
		{"ZSTD_decompressDCtx", &zstd.decompress},
		{"ZSTD_isError", &zstd.is_error},
	};

	if (lazylib_load(LAZYLIB_ZSTD, wanted, ARRAY_LEN(wanted), e) < 0)
		return -ENOTSUP;
	zstd.state = zstd.new();
	return zstd.state ? 0 : err_set(e, ENOMEM, "out of memory");
}

static int by_zstd(
	const uint8_t *in, size_t n_in, uint8_t *out, size_t room, size_t *ret_n, struct err *e)
{
	int r = zstd.state ? 0 : zstd_init(e);
	size_t n;

	if (r < 0)
		return r;
	/* What is behind the frame would be taken for another. */
	n = zstd.frame_size(in, n_in);
	if (zstd.is_error(n) || n > n_in)
		return UNPACK_DAMAGED;
	/* With the output in one piece libzstd needs no window of its own, whatever the frame says.
	 */
	n = zstd.decompress(zstd.state, out, room, in, n);
	if (zstd.is_error(n) || n > room)
		return UNPACK_DAMAGED;
	*ret_n = n;
	return UNPACK_WHOLE;
}

int unpack(enum unpack_method method, const uint8_t *in, size_t n_in, uint8_t *out, size_t room,
	size_t *ret_n, struct err *e)
{
	*ret_n = 0;
	if (method == UNPACK_ZSTD)
		return by_zstd(in, n_in, out, room, ret_n, e);
	if (n_in > UINT_MAX || room > UINT_MAX)
		return err_set(e, E2BIG, "a compressed piece is larger than 4 GiB");
	if (by_libdeflate(method, in, n_in, out, room, ret_n))
		return UNPACK_WHOLE;
	return by_zlib(method, in, n_in, out, room, ret_n, e);
}
