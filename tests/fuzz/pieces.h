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

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/crc32c.h"
#include "disk/blockdev.h"

#define PIECES_DEVICE_SIZE (256ULL << 20)
#define PIECE_HEAD 8U
#define PIECE_SECTOR 512U
/* What one run may read, each read counted as this much more: damage that makes a reader go through
 * all there is shows itself in less, and every second spent on one input is taken from others. */
#define PIECES_READ_MAX (8ULL << 20)
#define PIECES_READ_COST 1024U

/* libFuzzer's own; a replay has none and mutates nothing. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

struct pieces_dev {
	struct blockdev dev;
	const uint8_t *data;
	size_t size;
	uint64_t left; /* of PIECES_READ_MAX */
};

/* The length of the piece whose head is at *at, which moves behind the head; 0: the last is over.
 */
static size_t next_piece(const uint8_t *data, size_t size, size_t *at, uint64_t *ret_off)
{
	size_t n;

	if (size - *at <= PIECE_HEAD)
		return 0;
	n = (size_t)min_u64(get_be32(data + *at), size - *at - PIECE_HEAD);
	*ret_off = get_be32(data + *at + 4) * (uint64_t)PIECE_SECTOR;
	*at += PIECE_HEAD;
	return n;
}

static int pieces_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct pieces_dev *p = (struct pieces_dev *)d;
	uint64_t start;
	size_t at = 0, n;

	if (len + PIECES_READ_COST > p->left)
		return err_set(e, EIO, "enough was read");
	p->left -= len + PIECES_READ_COST;
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

static inline struct pieces_dev pieces_of(const uint8_t *data, size_t size)
{
	return (struct pieces_dev){
		{&pieces_ops, PIECES_DEVICE_SIZE, 0, 0}, data, size, PIECES_READ_MAX};
}

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

/* ---- The mutator ---- */

static inline unsigned pieces_random(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(*state >> 33) % below;
}

/* A sector of any piece, and how much of the piece is left from there; NULL: there is none. */
static inline uint8_t *pieces_sector(uint8_t *data, size_t size, uint64_t *state, size_t *ret_left)
{
	size_t at = 0, n, sectors = 0, chosen;
	uint64_t start;

	for (; (n = next_piece(data, size, &at, &start)); at += n)
		sectors += n / PIECE_SECTOR;
	if (!sectors)
		return NULL;
	chosen = pieces_random(state, (unsigned)sectors);
	for (at = 0; (n = next_piece(data, size, &at, &start)); at += n) {
		if (chosen < n / PIECE_SECTOR) {
			*ret_left = n - chosen * PIECE_SECTOR;
			return data + at + chosen * PIECE_SECTOR;
		}
		chosen -= n / PIECE_SECTOR;
	}
	return NULL;
}

/* Some bytes of a sector, or all: as many as a field of metadata has, or a record. */
static inline void mutate_sector(uint8_t *p, uint64_t *state)
{
	const size_t n = (size_t)1 << pieces_random(state, 10);

	if (LLVMFuzzerMutate)
		LLVMFuzzerMutate(p + pieces_random(state, PIECE_SECTOR / n) * n, n, n);
}

/* Another block in place of this one: what only a whole block can be wrong in is where it is. */
static inline void copy_block(
	uint8_t *to, size_t room, uint8_t *data, size_t size, size_t block, uint64_t *state)
{
	size_t left = 0;
	const uint8_t *from = pieces_sector(data, size, state, &left);

	memmove(to, from, min_u64(min_u64(left, room), block));
}

/*
 * Changes a few places, or puts a block over another, then mostly makes right what was: reseal
 * knows the checksums, and what in a block says where it lies.
 */
static inline size_t mutate_pieces(uint8_t *data, size_t size, unsigned seed, size_t block,
	void (*reseal)(uint8_t *data, size_t size))
{
	uint64_t state = seed;
	size_t left = 0;

	for (unsigned n = 1 + pieces_random(&state, 3); n; n--) {
		uint8_t *p = pieces_sector(data, size, &state, &left);

		if (!p)
			return size;
		if (pieces_random(&state, 16))
			mutate_sector(p, &state);
		else
			copy_block(p, left, data, size, block, &state);
	}
	if (pieces_random(&state, 32))
		reseal(data, size);
	return size;
}

#endif
