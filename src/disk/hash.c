/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Holes are hashed from zeros in memory and not read.  A second thread hashes what the first has
 * read, so that an unpacked or copied piece costs no time beside the hashing.  libcrypto is loaded
 * when the first disk is hashed; its few functions are declared here, so that building does not
 * need its headers.
 */
#include "disk/hash.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/lazylib.h"

/* As small as the block cache lets pass: buffers stay in the processor's own cache. */
#define PIECE CACHE_BYPASS
#define ZEROS 65536U
#define SLOTS 8
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
	const struct lazylib_symbol wanted[] = {
		{"EVP_MD_CTX_new", &v->ctx_new},
		{"EVP_MD_CTX_free", &v->ctx_free},
		{"EVP_sha256", &v->sha256},
		{"EVP_DigestInit_ex", &v->init},
		{"EVP_DigestUpdate", &v->update},
		{"EVP_DigestFinal_ex", &v->final},
	};

	if (lazylib_load(LAZYLIB_CRYPTO, wanted, ARRAY_LEN(wanted), e) < 0)
		return -ENOTSUP;
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

/* ---- hashing one piece while the next is read ---- */

/*
 * Reading stays with the caller, as the block devices are for one thread; the other one knows only
 * libcrypto and the pieces.
 */
struct piece {
	uint64_t n;
	bool zeros; /* n of them, which are not in bytes */
	uint8_t bytes[PIECE];
};

struct hasher {
	struct evp evp;
	struct piece *slots;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t put, done; /* pieces that were handed over, and that were hashed; both only grow */
	bool started, end;
	struct err e; /* what went wrong first */
};

static void hash_slot(struct hasher *h, size_t i)
{
	const struct piece *p = &h->slots[i % SLOTS];

	if (h->e.num)
		return;
	if (p->zeros)
		update_zeros(&h->evp, p->n, &h->e);
	else
		update(&h->evp, p->bytes, (size_t)p->n, &h->e);
}

static void *hasher_main(void *arg)
{
	struct hasher *h = arg;

	pthread_mutex_lock(&h->lock);
	while (!h->end || h->done < h->put) {
		if (h->done == h->put) {
			pthread_cond_wait(&h->changed, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		hash_slot(h, h->done);
		pthread_mutex_lock(&h->lock);
		h->done++;
		pthread_cond_signal(&h->changed);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static int hasher_begin(struct hasher *h, struct err *e)
{
	h->slots = malloc(SLOTS * sizeof(*h->slots));
	if (!h->slots)
		return err_set(e, ENOMEM, "out of memory");
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	if (evp_begin(&h->evp, e) < 0)
		return -e->num;
	/* Where no thread is to be had, hasher_put does the work. */
	h->started = !pthread_create(&h->thread, NULL, hasher_main, h);
	return 0;
}

/* A piece to fill and to put. */
static struct piece *hasher_piece(struct hasher *h)
{
	pthread_mutex_lock(&h->lock);
	while (h->put - h->done == SLOTS)
		pthread_cond_wait(&h->changed, &h->lock);
	pthread_mutex_unlock(&h->lock);
	return &h->slots[h->put % SLOTS];
}

static void hasher_put(struct hasher *h)
{
	pthread_mutex_lock(&h->lock);
	if (!h->started)
		hash_slot(h, h->done++);
	h->put++;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

/* Waits for all that was handed over. */
static void hasher_wait(struct hasher *h)
{
	pthread_mutex_lock(&h->lock);
	h->end = true;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
	if (h->started)
		pthread_join(h->thread, NULL);
	h->started = false;
}

static void hasher_end(struct hasher *h)
{
	if (!h->slots)
		return;
	hasher_wait(h);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	evp_end(&h->evp);
	free(h->slots);
}

/* ---- the disk ---- */

static void put_zeros(struct hasher *h, uint64_t n)
{
	struct piece *p = hasher_piece(h);

	p->zeros = true;
	p->n = n;
	hasher_put(h);
}

static int put_data(struct hasher *h, struct blockdev *d, uint64_t off, uint64_t n, struct err *e)
{
	for (uint64_t done = 0; done < n;) {
		struct piece *p = hasher_piece(h);
		size_t now = (size_t)min_u64(n - done, PIECE);
		int r = blockdev_read(d, off + done, p->bytes, now, e);

		if (r < 0)
			return r;
		p->zeros = false;
		p->n = now;
		hasher_put(h);
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
	CLEANUP(hasher_end) struct hasher h = {0};
	unsigned char digest[DIGEST_MAX];
	unsigned n = 0;
	int r = hasher_begin(&h, e);

	for (uint64_t off = 0, len = 0; off < d->size && r >= 0; off += len) {
		bool hole = false;

		r = whole_extent(d, off, &len, &hole, e);
		if (r >= 0 && hole)
			put_zeros(&h, len);
		else if (r >= 0)
			r = put_data(&h, d, off, len, e);
	}
	if (r < 0)
		return r;
	hasher_wait(&h);
	if (h.e.num)
		return err_set(e, h.e.num, "%s", h.e.msg);
	if (h.evp.final(h.evp.ctx, digest, &n) != 1 || n != 32)
		return err_set(e, EIO, "libcrypto cannot hash");
	for (unsigned i = 0; i < n; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
	return 0;
}
