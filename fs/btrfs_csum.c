/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The four checksums of Btrfs: CRC-32C, xxHash64 (its "XXH64", seed 0), SHA-256 from libcrypto, and
 * BLAKE2b with 32 bytes of output (RFC 7693), which libcrypto has only with 64.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/lazylib.h"

enum { CSUM_CRC32C, CSUM_XXHASH, CSUM_SHA256, CSUM_BLAKE2 };

static const struct {
	const char *name;
	size_t size;
} kinds[] = {
	[CSUM_CRC32C] = {"crc32c", 4},
	[CSUM_XXHASH] = {"xxhash64", 8},
	[CSUM_SHA256] = {"sha256", 32},
	[CSUM_BLAKE2] = {"blake2b", 32},
};

static void put_le(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* ---- XXH64 ---- */

#define PRIME1 0x9E3779B185EBCA87U
#define PRIME2 0xC2B2AE3D27D4EB4FU
#define PRIME3 0x165667B19E3779F9U
#define PRIME4 0x85EBCA77C2B2AE63U
#define PRIME5 0x27D4EB2F165667C5U

static uint64_t rotate_left(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static uint64_t xx_round(uint64_t lane, uint64_t input)
{
	return rotate_left(lane + input * PRIME2, 31) * PRIME1;
}

static uint64_t xxh64(const uint8_t *p, size_t n)
{
	uint64_t lanes[4] = {PRIME1 + PRIME2, PRIME2, 0, 0 - PRIME1}, h = PRIME5;
	size_t left = n;

	for (; left >= 32; left -= 32)
		for (unsigned i = 0; i < 4; i++, p += 8)
			lanes[i] = xx_round(lanes[i], get_le64(p));
	if (n >= 32) {
		h = rotate_left(lanes[0], 1) + rotate_left(lanes[1], 7) +
		    rotate_left(lanes[2], 12) + rotate_left(lanes[3], 18);
		for (unsigned i = 0; i < 4; i++)
			h = (h ^ xx_round(0, lanes[i])) * PRIME1 + PRIME4;
	}
	h += n;
	for (; left >= 8; left -= 8, p += 8)
		h = rotate_left(h ^ xx_round(0, get_le64(p)), 27) * PRIME1 + PRIME4;
	for (; left >= 4; left -= 4, p += 4)
		h = rotate_left(h ^ get_le32(p) * PRIME1, 23) * PRIME2 + PRIME3;
	for (; left; left--, p++)
		h = rotate_left(h ^ *p * PRIME5, 11) * PRIME1;
	h = (h ^ h >> 33) * PRIME2;
	h = (h ^ h >> 29) * PRIME3;
	return h ^ h >> 32;
}

/* ---- BLAKE2b ---- */

#define BLAKE_BLOCK 128U
#define BLAKE_OUT 32U

static const uint64_t blake_iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
	0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b,
	0x5be0cd19137e2179};

static const uint8_t blake_sigma[10][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static void blake_mix(uint64_t *v, const uint8_t at[4], uint64_t x, uint64_t y)
{
	uint64_t *a = v + at[0], *b = v + at[1], *c = v + at[2], *d = v + at[3];

	*a += *b + x;
	*d = rotate_left(*d ^ *a, 32);
	*c += *d;
	*b = rotate_left(*b ^ *c, 40);
	*a += *b + y;
	*d = rotate_left(*d ^ *a, 48);
	*c += *d;
	*b = rotate_left(*b ^ *c, 1);
}

static void blake_block(uint64_t h[8], const uint8_t *p, uint64_t so_far, bool last)
{
	static const uint8_t quads[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14},
		{3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}};
	uint64_t v[16], m[16];

	for (unsigned i = 0; i < 16; i++)
		m[i] = get_le64(p + 8 * i);
	memcpy(v, h, 64);
	memcpy(v + 8, blake_iv, 64);
	v[12] ^= so_far;
	if (last)
		v[14] = ~v[14];
	for (unsigned round = 0; round < 12; round++) {
		const uint8_t *s = blake_sigma[round % 10];

		for (unsigned i = 0; i < 8; i++)
			blake_mix(v, quads[i], m[s[2 * i]], m[s[2 * i + 1]]);
	}
	for (unsigned i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

static void blake2b(const uint8_t *p, size_t n, uint8_t *ret)
{
	uint8_t last[BLAKE_BLOCK] = {0};
	uint64_t h[8], so_far = 0;

	memcpy(h, blake_iv, sizeof(h));
	h[0] ^= 0x01010000 ^ BLAKE_OUT; /* no key, one tree of depth one */
	for (; n - so_far > BLAKE_BLOCK; p += BLAKE_BLOCK) {
		so_far += BLAKE_BLOCK;
		blake_block(h, p, so_far, false);
	}
	memcpy(last, p, n - so_far);
	blake_block(h, last, n, true);
	for (unsigned i = 0; i < BLAKE_OUT / 8; i++)
		put_le(ret + 8 * i, h[i], 8);
}

/* ---- SHA-256 ---- */

static int sha256(const void *p, size_t n, uint8_t *ret, struct err *e)
{
	static unsigned char *(*digest)(const unsigned char *p, size_t n, unsigned char *md);
	const struct lazylib_symbol wanted = {"SHA256", &digest};

	if (!digest && lazylib_load(LAZYLIB_CRYPTO, &wanted, 1, e) < 0)
		return -ENOTSUP;
	digest(p, n, ret);
	return 0;
}

size_t btrfs_csum_size(uint16_t type)
{
	return type < ARRAY_LEN(kinds) ? kinds[type].size : 0;
}

const char *btrfs_csum_name(uint16_t type)
{
	return kinds[type].name;
}

int btrfs_csum_matches(uint16_t type, const void *p, size_t n, const uint8_t *csum, struct err *e)
{
	uint8_t is[BTRFS_CSUM_MAX];
	int r = 0;

	switch (type) {
	case CSUM_CRC32C:
		put_le(is, crc32c(0, p, n), 4);
		break;
	case CSUM_XXHASH:
		put_le(is, xxh64(p, n), 8);
		break;
	case CSUM_SHA256:
		r = sha256(p, n, is, e);
		break;
	default:
		blake2b(p, n, is);
		break;
	}
	return r < 0 ? r : !memcmp(is, csum, kinds[type].size);
}
