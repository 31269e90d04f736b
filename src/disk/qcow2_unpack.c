/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Compressed clusters of a qcow2: raw deflate, or zstd.  libzstd is loaded when the first image
 * that uses it is read; its few functions are declared here, so that building does not need its
 * headers.
 */
#include "disk/qcow2.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/lazylib.h"

/* qemu's window; the sign means that there is no header. */
#define WINDOW_BITS (-12)

struct qcow2_unpacker {
	bool zlib;
	z_stream inflate;
	void *zstd;
	void *(*zstd_new)(void);
	size_t (*zstd_free)(void *d);
	size_t (*zstd_frame_size)(const void *in, size_t n_in);
	size_t (*zstd_decompress)(void *d, void *out, size_t n_out, const void *in, size_t n_in);
	unsigned (*zstd_is_error)(size_t code);
};

static int zstd_init(struct qcow2_unpacker *u, struct err *e)
{
	const struct {
		void **to;
		const char *symbol;
	} wanted[] = {
		{(void **)&u->zstd_new, "ZSTD_createDCtx"},
		{(void **)&u->zstd_free, "ZSTD_freeDCtx"},
		{(void **)&u->zstd_frame_size, "ZSTD_findFrameCompressedSize"},
		{(void **)&u->zstd_decompress, "ZSTD_decompressDCtx"},
		{(void **)&u->zstd_is_error, "ZSTD_isError"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		*wanted[i].to = lazylib_sym(LAZYLIB_ZSTD, wanted[i].symbol, e);
		if (!*wanted[i].to)
			return -ENOTSUP;
	}
	u->zstd = u->zstd_new();
	return u->zstd ? 0 : err_set(e, ENOMEM, "out of memory");
}

int qcow2_unpacker_new(int compression, struct qcow2_unpacker **ret, struct err *e)
{
	struct qcow2_unpacker *u = calloc(1, sizeof(*u));
	int r = 0;

	if (!u)
		return err_set(e, ENOMEM, "out of memory");
	if (compression == QCOW2_ZSTD)
		r = zstd_init(u, e);
	else if (inflateInit2(&u->inflate, WINDOW_BITS) == Z_OK)
		u->zlib = true;
	else
		r = err_set(e, ENOMEM, "out of memory");
	if (r < 0) {
		qcow2_unpacker_free(u);
		return r;
	}
	*ret = u;
	return 0;
}

/* What is behind the frame belongs to the next cluster. */
static bool unpack_zstd(
	struct qcow2_unpacker *u, const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
	size_t n = u->zstd_frame_size(in, n_in);

	if (u->zstd_is_error(n) || n > n_in)
		return false;
	/* With the output in one piece libzstd needs no window of its own, whatever the frame says.
	 */
	return u->zstd_decompress(u->zstd, out, n_out, in, n) == n_out;
}

bool qcow2_unpack(
	struct qcow2_unpacker *u, const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
	int r;

	if (u->zstd)
		return unpack_zstd(u, in, n_in, out, n_out);
	if (inflateReset(&u->inflate) != Z_OK)
		return false;
	u->inflate.next_in = (uint8_t *)in;
	u->inflate.avail_in = (uInt)n_in;
	u->inflate.next_out = out;
	u->inflate.avail_out = (uInt)n_out;
	r = inflate(&u->inflate, Z_FINISH);
	/* A cluster that is full may lack the end mark. */
	return (r == Z_STREAM_END || r == Z_BUF_ERROR) && !u->inflate.avail_out;
}

void qcow2_unpacker_free(struct qcow2_unpacker *u)
{
	if (!u)
		return;
	if (u->zlib)
		inflateEnd(&u->inflate);
	if (u->zstd)
		u->zstd_free(u->zstd);
	free(u);
}
