/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Compressed extents: a zlib stream (RFC 1950), a zstd frame (RFC 8878), or pieces of LZO1X as the
 * Linux driver puts them together.  Sectors are padded behind the end with zeros.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/lazylib.h"
#include "base/unpack.h"

enum { PACKED_ZLIB = 1, PACKED_LZO, PACKED_ZSTD };

static int damaged(const char *method, struct err *e)
{
	return err_set(e, EBADMSG, "Btrfs: an extent compressed with %s is damaged", method);
}

static int unpack_stream(enum unpack_method method, const char *name, const uint8_t *p, size_t n,
	uint8_t *out, size_t *out_size, struct err *e)
{
	int r = unpack(method, p, n, out, *out_size, out_size, e);

	if (r < 0)
		return r;
	return r == UNPACK_DAMAGED ? damaged(name, e) : 0;
}

/*
 * The length of all, then pieces, each behind its length.  A piece unpacks to a sector; a length is
 * never cut by the end of a sector, but moved behind it.
 */
static int unpack_lzo(
	uint32_t sector, const uint8_t *p, size_t n, uint8_t *out, size_t *out_size, struct err *e)
{
	static int (*decompress)(const uint8_t *p, unsigned long n, uint8_t *out,
		unsigned long *out_size, void *unused);
	const struct lazylib_symbol wanted = {"lzo1x_decompress_safe", &decompress};
	struct bytes b = bytes_of(p, n);
	const size_t total = min_u64(bytes_le32(&b), n);
	size_t done = 0, at = 4;

	if (!decompress && lazylib_load(LAZYLIB_LZO, &wanted, 1, e) < 0)
		return -ENOTSUP;
	while (done < *out_size && at < total) {
		unsigned long room = min_u64(sector, *out_size - done);
		uint32_t len;

		b = bytes_at(p, total, at);
		len = bytes_le32(&b);
		if (b.bad || !len || len > bytes_left(&b) ||
			decompress(b.p, len, out + done, &room, NULL))
			return damaged("lzo", e);
		done += room;
		at += 4 + len;
		if (sector - at % sector < 4) /* behind the last piece, too: total counts it */
			at += sector - at % sector;
	}
	*out_size = done;
	return 0;
}

int btrfs_unpack(const struct btrfs_fs *x, uint8_t method, const uint8_t *p, size_t n, uint8_t *out,
	size_t out_size, struct err *e)
{
	size_t got = out_size;
	int r;

	switch (method) {
	case PACKED_ZLIB:
		r = unpack_stream(UNPACK_ZLIB, "zlib", p, n, out, &got, e);
		break;
	case PACKED_LZO:
		r = unpack_lzo(x->super.sector_size, p, n, out, &got, e);
		break;
	case PACKED_ZSTD:
		r = unpack_stream(UNPACK_ZSTD, "zstd", p, n, out, &got, e);
		break;
	default:
		return err_set(e, ENOTSUP, "Btrfs: compression method %u is unknown", method);
	}
	if (r < 0)
		return r;
	memset(out + got, 0, out_size - got);
	return 0;
}
