/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/crc_slicing.h"

#include <endian.h>
#include <string.h>

static void fill_tables(struct crc_slicing *s)
{
	uint32_t(*t)[256] = s->tables;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? s->polynomial : 0);
		t[0][i] = c;
	}
	for (int k = 1; k < 8; k++)
		for (int i = 0; i < 256; i++)
			t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 0xff];
}

static uint32_t four(const uint32_t (*t)[256], uint32_t v)
{
	return t[3][v & 0xff] ^ t[2][v >> 8 & 0xff] ^ t[1][v >> 16 & 0xff] ^ t[0][v >> 24];
}

/* get_le32 is a call, which is most of the time here. */
static inline uint32_t load(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

uint32_t crc_sliced(struct crc_slicing *s, uint32_t crc, const void *p, size_t n)
{
	const uint32_t(*t)[256] = s->tables;
	const uint8_t *at = p;

	if (!t[0][1])
		fill_tables(s);
	crc = ~crc;
	for (; n >= 8; n -= 8, at += 8)
		crc = four(t + 4, crc ^ load(at)) ^ four(t, load(at + 4));
	for (; n; n--)
		crc = crc >> 8 ^ t[0][(crc ^ *at++) & 0xff];
	return ~crc;
}
