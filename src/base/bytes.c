/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

struct bytes bytes_of(const void *p, size_t len)
{
	return (struct bytes){p, (const uint8_t *)p + len, false};
}

struct bytes bytes_at(const void *p, size_t len, size_t off)
{
	struct bytes b = bytes_of(p, len);

	bytes_skip(&b, off);
	return b;
}

size_t bytes_left(const struct bytes *b)
{
	return (size_t)(b->end - b->p);
}

/* The next n bytes, or NULL and bad. */
static const uint8_t *next(struct bytes *b, size_t n)
{
	const uint8_t *p = b->p;

	if (b->bad || n > bytes_left(b)) {
		b->bad = true;
		b->p = b->end;
		return NULL;
	}
	b->p += n;
	return p;
}

static uint64_t le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static uint64_t be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static uint64_t next_le(struct bytes *b, size_t n)
{
	const uint8_t *p = next(b, n);

	return p ? le(p, n) : 0;
}

static uint64_t next_be(struct bytes *b, size_t n)
{
	const uint8_t *p = next(b, n);

	return p ? be(p, n) : 0;
}

uint8_t bytes_u8(struct bytes *b)
{
	return (uint8_t)next_le(b, 1);
}

uint16_t bytes_le16(struct bytes *b)
{
	return (uint16_t)next_le(b, 2);
}

uint32_t bytes_le32(struct bytes *b)
{
	return (uint32_t)next_le(b, 4);
}

uint64_t bytes_le64(struct bytes *b)
{
	return next_le(b, 8);
}

uint16_t bytes_be16(struct bytes *b)
{
	return (uint16_t)next_be(b, 2);
}

uint32_t bytes_be32(struct bytes *b)
{
	return (uint32_t)next_be(b, 4);
}

uint64_t bytes_be64(struct bytes *b)
{
	return next_be(b, 8);
}

void bytes_skip(struct bytes *b, size_t n)
{
	next(b, n);
}

void bytes_copy(struct bytes *b, void *dst, size_t n)
{
	const uint8_t *p = next(b, n);

	if (p)
		memcpy(dst, p, n);
	else
		memset(dst, 0, n);
}

bool bytes_match(struct bytes *b, const void *want, size_t n)
{
	const uint8_t *p = next(b, n);

	return p && !memcmp(p, want, n);
}

uint16_t get_le16(const void *p)
{
	return (uint16_t)le(p, 2);
}

uint32_t get_le32(const void *p)
{
	return (uint32_t)le(p, 4);
}

uint64_t get_le64(const void *p)
{
	return le(p, 8);
}

uint16_t get_be16(const void *p)
{
	return (uint16_t)be(p, 2);
}

uint32_t get_be32(const void *p)
{
	return (uint32_t)be(p, 4);
}

uint64_t get_be64(const void *p)
{
	return be(p, 8);
}

bool all_zero(const void *p, size_t n)
{
	const uint8_t *c = p;

	return !n || (!c[0] && !memcmp(c, c + 1, n - 1));
}

struct guid_text guid_text(const void *p)
{
	const uint8_t *b = p;
	struct guid_text t;

	snprintf(t.s, sizeof(t.s), "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", get_le32(b),
		get_le16(b + 4), get_le16(b + 6), b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
	return t;
}
