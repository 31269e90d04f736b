/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Holes are hashed from zeros in memory and not read.  libcrypto is loaded when the first disk is
 * hashed; its few functions are declared here, so that building does not need its headers.
 */
#include "disk/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/lazylib.h"

#define PIECE (1U << 20)
#define ZEROS 65536U
#define DIGEST_MAX 64

struct evp {
	void *(*ctx_new)(void);
	void (*ctx_free)(void *ctx);
	const void *(*sha256)(void);
	int (*init)(void *ctx, const void *type, void *engine);
	int (*update)(void *ctx, const void *p, size_t n);
	int (*final)(void *ctx, unsigned char *digest, unsigned *n);
	void *ctx;
};

static void evp_end(struct evp *v)
{
	if (v->ctx)
		v->ctx_free(v->ctx);
}

static int evp_begin(struct evp *v, struct err *e)
{
	const struct {
		void **to;
		const char *symbol;
	} wanted[] = {
		{(void **)&v->ctx_new, "EVP_MD_CTX_new"},
		{(void **)&v->ctx_free, "EVP_MD_CTX_free"},
		{(void **)&v->sha256, "EVP_sha256"},
		{(void **)&v->init, "EVP_DigestInit_ex"},
		{(void **)&v->update, "EVP_DigestUpdate"},
		{(void **)&v->final, "EVP_DigestFinal_ex"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		*wanted[i].to = lazylib_sym(LAZYLIB_CRYPTO, wanted[i].symbol, e);
		if (!*wanted[i].to)
			return -ENOTSUP;
	}
	v->ctx = v->ctx_new();
	if (!v->ctx || v->init(v->ctx, v->sha256(), NULL) != 1)
		return err_set(e, ENOTSUP, "libcrypto offers no sha256");
	return 0;
}

static int update(struct evp *v, const void *p, size_t n, struct err *e)
{
	return v->update(v->ctx, p, n) == 1 ? 0 : err_set(e, EIO, "libcrypto cannot hash");
}

static int update_zeros(struct evp *v, uint64_t n, struct err *e)
{
	static const uint8_t zeros[ZEROS];
	int r = 0;

	for (size_t now; n && r >= 0; n -= now) {
		now = (size_t)min_u64(n, ZEROS);
		r = update(v, zeros, now, e);
	}
	return r;
}

static int update_data(
	struct evp *v, struct blockdev *d, uint64_t off, uint64_t n, uint8_t *buf, struct err *e)
{
	for (uint64_t done = 0; done < n;) {
		size_t now = (size_t)min_u64(n - done, PIECE);
		int r = blockdev_read(d, off + done, buf, now, e);

		if (r >= 0)
			r = update(v, buf, now, e);
		if (r < 0)
			return r;
		done += now;
	}
	return 0;
}

/* The data or the hole at off, as far as it goes: drivers answer a block at a time. */
static int whole_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	uint64_t len = 0, more = 0;
	bool hole = false, next = false;

	do {
		int r = blockdev_extent(d, off + len, &more, &next, e);

		if (r < 0)
			return r;
		if (!len)
			hole = next;
		if (next != hole)
			break;
		len += more;
	} while (off + len < d->size && (hole || len < PIECE));
	*ret_len = len;
	*ret_hole = hole;
	return 0;
}

int disk_sha256(struct blockdev *d, char ret_hex[65], struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *buf = malloc(PIECE);
	CLEANUP(evp_end) struct evp v = {0};
	unsigned char digest[DIGEST_MAX];
	unsigned n = 0;
	int r = buf ? evp_begin(&v, e) : err_set(e, ENOMEM, "out of memory");

	for (uint64_t off = 0, len = 0; off < d->size && r >= 0; off += len) {
		bool hole = false;

		r = whole_extent(d, off, &len, &hole, e);
		if (r >= 0)
			r = hole ? update_zeros(&v, len, e) : update_data(&v, d, off, len, buf, e);
	}
	if (r < 0)
		return r;
	if (v.final(v.ctx, digest, &n) != 1 || n != 32)
		return err_set(e, EIO, "libcrypto cannot hash");
	for (unsigned i = 0; i < n; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
	return 0;
}
