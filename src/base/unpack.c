/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The few functions of libdeflate and libzstd are declared here, so that building does not need
 * their headers.
 */
#include "base/unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/lazylib.h"

/* As zlib is told whether there is a header; the window is the largest, which fits any stream. */
#define RAW_DEFLATE (-15)
#define WITH_HEADER 15

static int load(enum lazylib lib, const char *symbol, void **to, struct err *e)
{
	if (!*to)
		*to = lazylib_sym(lib, symbol, e);
	return *to ? 0 : -ENOTSUP;
}

/* ---- libdeflate ---- */

typedef int deflate_decompress(
	void *d, const void *in, size_t n_in, void *out, size_t room, size_t *ret_n);

static struct {
	bool tried;
	void *state; /* NULL: it is not there */
	void *(*alloc)(void);
	deflate_decompress *zlib, *raw;
} fast;

static void fast_init(void)
{
	struct err e;

	fast.tried = true;
	if (load(LAZYLIB_DEFLATE, "libdeflate_alloc_decompressor", (void **)&fast.alloc, &e) >= 0 &&
		load(LAZYLIB_DEFLATE, "libdeflate_zlib_decompress", (void **)&fast.zlib, &e) >= 0 &&
		load(LAZYLIB_DEFLATE, "libdeflate_deflate_decompress", (void **)&fast.raw, &e) >= 0)
		fast.state = fast.alloc();
}

static bool by_libdeflate(enum unpack_method method, const uint8_t *in, size_t n_in, uint8_t *out,
	size_t room, size_t *ret_n)
{
	if (!fast.tried)
		fast_init();
	return fast.state && !(method == UNPACK_ZLIB ? fast.zlib : fast.raw)(
				     fast.state, in, n_in, out, room, ret_n);
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
	int r = load(LAZYLIB_ZLIB, "inflateInit2_", (void **)&zlib.init, e);

	if (r >= 0)
		r = load(LAZYLIB_ZLIB, "inflateReset2", (void **)&zlib.reset, e);
	if (r >= 0)
		r = load(LAZYLIB_ZLIB, "inflate", (void **)&zlib.inflate, e);
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
	const struct {
		void **to;
		const char *symbol;
	} wanted[] = {
		{(void **)&zstd.new, "ZSTD_createDCtx"},
		{(void **)&zstd.frame_size, "ZSTD_findFrameCompressedSize"},
		{(void **)&zstd.decompress, "ZSTD_decompressDCtx"},
		{(void **)&zstd.is_error, "ZSTD_isError"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (load(LAZYLIB_ZSTD, wanted[i].symbol, wanted[i].to, e) < 0)
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
