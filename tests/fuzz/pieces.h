/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Filesystem images for fuzzing whose smallest are large, but nearly all zeros.  An input is a list
 * of what is not zero: a count of bytes (be32), where on the device they lie (be32, in sectors),
 * and the bytes.  tests/fuzz/mkpieces.py makes one of an image.
 *
 * Every block of metadata has a checksum: one that was changed at random would be looked at no
 * further.  So the mutator changes bytes within pieces and mostly makes the checksums right again,
 * by a function of the filesystem.
 */
#ifndef TESTS_FUZZ_PIECES_H
#define TESTS_FUZZ_PIECES_H

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/crc32c.h"
#include "disk/blockdev.h"

#define PIECES_DEVICE_SIZE (256ULL << 20)
#define PIECE_HEAD 8U

/* libFuzzer's own; a replay has none and mutates nothing. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

struct pieces_dev {
	struct blockdev dev;
	const uint8_t *data;
	size_t size;
};

/* The length of the piece whose head is at *at, which moves behind the head; 0: the last is over.
 */
static size_t next_piece(const uint8_t *data, size_t size, size_t *at, uint64_t *ret_off)
{
	size_t n;

	if (size - *at <= PIECE_HEAD)
		return 0;
	n = (size_t)min_u64(get_be32(data + *at), size - *at - PIECE_HEAD);
	*ret_off = get_be32(data + *at + 4) * 512ULL;
	*at += PIECE_HEAD;
	return n;
}

static int pieces_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	const struct pieces_dev *p = (const struct pieces_dev *)d;
	uint64_t start;
	size_t at = 0, n;

	(void)e;
	memset(buf, 0, len);
	for (; (n = next_piece(p->data, p->size, &at, &start)); at += n) {
		const uint64_t from = start > off ? start : off;
		const uint64_t to = min_u64(start + n, off + len);

		if (from < to)
			memcpy((uint8_t *)buf + (from - off), p->data + at + (from - start),
				to - from);
	}
	return 0;
}

static const struct blockdev_ops pieces_ops = {.name = "pieces", .read = pieces_read};

/* The CRC-32C of len bytes but those before first, with the field itself as zeros, at crc_at. */
static inline void reseal_at(uint8_t *p, size_t room, size_t first, size_t len, size_t crc_at)
{
	uint32_t crc;

	if (len > room || crc_at + 4 > len || first > len)
		return;
	memset(p + crc_at, 0, 4);
	crc = crc32c(0, p + first, len - first);
	for (int i = 0; i < 4; i++)
		p[crc_at + i] = (uint8_t)(crc >> 8 * i);
}

/* Changes one sector of one piece. */
static inline size_t mutate_pieces(
	uint8_t *data, size_t size, unsigned seed, void (*reseal)(uint8_t *data, size_t size))
{
	size_t at = 0, n, chosen = 0, count = 1;
	uint64_t start;

	for (; (n = next_piece(data, size, &at, &start)); at += n)
		if (seed / 16 % count++ == 0)
			chosen = at;
	at = chosen > PIECE_HEAD ? chosen - PIECE_HEAD : 0;
	n = next_piece(data, size, &at, &start);
	if (n >= 512 && LLVMFuzzerMutate) {
		size_t off = seed / 7 % (n / 512) * 512;

		LLVMFuzzerMutate(data + at + off, 512, 512);
	}
	if (seed % 16)
		reseal(data, size);
	return size;
}

#endif
