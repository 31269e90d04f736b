/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * POSIX.1-2017, "pax": the ustar and pax formats; and GNU tar's manual, "Basic Tar Format", for
 * sizes in base 256 and long names.
 */
#include "parse/tar.h"

#include <string.h>

#define NAME_SIZE 100
#define SIZE_AT 124
#define SIZE_SIZE 12
#define CHECKSUM_AT 148
#define CHECKSUM_SIZE 8
#define TYPE_AT 156
#define MAGIC_AT 257
#define PREFIX_AT 345
#define PREFIX_SIZE 155
#define MAP_GOES_ON_AT 482    /* in a header */
#define MAP_GOES_ON_LATER 504 /* in a block of the map */

static bool octal(const uint8_t *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(p[i] - '0');
	*ret = v;
	return i == n || !p[i] || p[i] == ' ';
}

/* Octal digits, or a binary number with the first bit set, whose second is its sign. */
static bool number(const uint8_t *p, size_t n, uint64_t *ret)
{
	uint64_t v = p[0] & 0x3f;

	if (!(p[0] & 0x80))
		return octal(p, n, ret);
	for (size_t i = 1; i < n; i++) {
		if (v >> 55)
			return false;
		v = v << 8 | p[i];
	}
	*ret = v;
	return !(p[0] & 0x40);
}

/* Old writers summed the bytes as signed ones. */
static bool checksum_holds(const uint8_t *block)
{
	int64_t sum = 0, signed_sum = 0;
	uint64_t want;

	for (size_t i = 0; i < TAR_BLOCK; i++) {
		bool own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_SIZE;

		sum += own ? ' ' : block[i];
		signed_sum += own ? ' ' : (int8_t)block[i];
	}
	return octal(block + CHECKSUM_AT, CHECKSUM_SIZE, &want) &&
	       (want == (uint64_t)sum || (int64_t)want == signed_sum);
}

bool tar_header_parse(const uint8_t block[TAR_BLOCK], struct tar_header *ret)
{
	bool ustar = !memcmp(block + MAGIC_AT, "ustar\0", 6);
	struct tar_header h = {.type = (char)block[TYPE_AT]};
	size_t prefix = ustar ? strnlen((const char *)block + PREFIX_AT, PREFIX_SIZE) : 0;

	if (!checksum_holds(block) || !number(block + SIZE_AT, SIZE_SIZE, &h.size))
		return false;
	memcpy(h.name, block + PREFIX_AT, prefix);
	if (prefix)
		h.name[prefix++] = '/';
	memcpy(h.name + prefix, block, strnlen((const char *)block, NAME_SIZE));
	if (!h.type || h.type == '7')
		h.type = '0';
	h.map_goes_on = h.type == 'S' && block[MAP_GOES_ON_AT];
	*ret = h;
	return true;
}

bool tar_map_goes_on(const uint8_t block[TAR_BLOCK])
{
	return block[MAP_GOES_ON_LATER];
}

/* Takes "LENGTH KEY=VALUE\n" off rest, where LENGTH counts all of it. */
static bool next_record(struct span *rest, struct span *ret_key, struct span *ret_value)
{
	struct span record = *rest, word;
	unsigned long long length;
	const char *equals;

	if (!next_word(&record, &word) || !span_u64(word, &length) || length > rest->n ||
		length <= (size_t)(record.p - rest->p) || rest->p[length - 1] != '\n')
		return false;
	record = (struct span){record.p + 1, (size_t)length - (size_t)(record.p - rest->p)};
	if (record.n < 2)
		return false;
	record.n -= 2; /* the blank before it and the newline */
	equals = memchr(record.p, '=', record.n);
	if (!equals)
		return false;
	*ret_key = (struct span){record.p, (size_t)(equals - record.p)};
	*ret_value = (struct span){equals + 1, record.n - ret_key->n - 1};
	*rest = (struct span){rest->p + length, rest->n - (size_t)length};
	return true;
}

bool tar_pax_find(const char *text, size_t n, const char *key, struct span *ret)
{
	struct span rest = {text, n}, k, v;
	bool found = false;

	while (next_record(&rest, &k, &v)) {
		if (span_is(k, key)) {
			*ret = v;
			found = true;
		}
	}
	return found;
}

bool tar_pax_has(const char *text, size_t n, const char *prefix)
{
	struct span rest = {text, n}, k, v;

	while (next_record(&rest, &k, &v)) {
		if (span_starts(k, prefix))
			return true;
	}
	return false;
}
