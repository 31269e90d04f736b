/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Eight bytes a step: table k is for a byte that k more bytes of the step follow.  Where the
 * processor has an instruction for it, that is taken: it is five times as fast.
 */
#include "base/crc32c.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78U /* its bits reversed */

static uint32_t tables[8][256];

static void fill_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? POLYNOMIAL : 0);
		tables[0][i] = c;
	}
	for (int k = 1; k < 8; k++)
		for (int i = 0; i < 256; i++)
			tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 0xff];
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

#ifdef __x86_64__
static bool has_instruction(void)
{
	static int has = -1;

	if (has < 0)
		has = __builtin_cpu_supports("sse4.2") != 0;
	return has;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(
	uint32_t crc, const uint8_t *p, size_t n)
{
	uint64_t sum = ~crc, v;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&v, p, sizeof(v));
		sum = __builtin_ia32_crc32di(sum, v);
	}
	for (; n; n--)
		sum = __builtin_ia32_crc32qi((uint32_t)sum, *p++);
	return ~(uint32_t)sum;
}
#else
static bool has_instruction(void)
{
	return false;
}

static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
	(void)p, (void)n;
	return crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
	if (has_instruction())
		return by_instruction(crc, p, n);
	return crc32c_by_tables(crc, p, n);
}

uint32_t crc32c_by_tables(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *at = p;

	if (!tables[0][1])
		fill_tables();
	crc = ~crc;
	for (; n >= 8; n -= 8, at += 8)
		crc = four(tables + 4, crc ^ load(at)) ^ four(tables, load(at + 4));
	for (; n; n--)
		crc = crc >> 8 ^ tables[0][(crc ^ *at++) & 0xff];
	return ~crc;
}
