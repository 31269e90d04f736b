/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/shadow.h"

#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "base/memfd.h"
#include "base/pages.h"
#include "map/bootsector.h"

/* Btrfs' superblock, the last that counts, ends at 68 KiB; MD 0.90's begins 128 KiB before the end.
 */
#define HEAD (68U << 10)
#define TAIL (128U << 10)
/* The labels of ZFS at both ends; the outermost of Promise's places is 3087 sectors from the end.
 */
#define DEEP_HEAD (512U << 10)
#define DEEP_TAIL (1600U << 10)
/* Small enough for the block cache to keep what filesystem drivers will read again. */
#define PIECE (32U << 10)

/* The rare RAID signatures lie at the end; of a small volume all is its end. */
static int put(struct shadow *s, uint64_t off, const uint8_t *p, size_t n, struct err *e)
{
	uint64_t size = s->dev->size;

	if (!n)
		return 0;
	s->has_data = true;
	s->has_tail |= size <= HEAD + DEEP_TAIL || off + n > size - DEEP_TAIL;
	return memfd_write(s->fd, off, p, n, e);
}

/* Pages of zeros are left to be holes: an image's blocks are mostly larger than what is in them. */
static int put_data(struct shadow *s, uint64_t off, const uint8_t *p, size_t n, struct err *e)
{
	size_t from = 0, at = 0;

	while (at < n) {
		size_t page = (size_t)min_u64(PAGE_BYTES - (off + at) % PAGE_BYTES, n - at);

		if (all_zero(p + at, page)) {
			int r = put(s, off + from, p + from, at - from, e);

			if (r < 0)
				return r;
			from = at + page;
		}
		at += page;
	}
	return put(s, off + from, p + from, at - from, e);
}

static int copy_data(struct shadow *s, uint64_t off, uint64_t len, struct err *e)
{
	uint8_t buf[PIECE];

	while (len) {
		size_t n = (size_t)min_u64(len, sizeof(buf));
		int r = blockdev_read(s->dev, off, buf, n, e);

		if (r >= 0)
			r = put_data(s, off, buf, n, e);
		if (r < 0)
			return r;
		off += n;
		len -= n;
	}
	return 0;
}

int shadow_copy(struct shadow *s, uint64_t off, uint64_t len, struct err *e)
{
	uint64_t end = off;

	if (off >= s->dev->size)
		return 0;
	end += min_u64(len, s->dev->size - off);
	while (off < end) {
		uint64_t run;
		bool hole;
		int r = blockdev_extent(s->dev, off, &run, &hole, e);

		if (r < 0)
			return r;
		run = min_u64(run, end - off);
		if (!hole) {
			r = copy_data(s, off, run, e);
			if (r < 0)
				return r;
		}
		off += run;
	}
	return 0;
}

int shadow_patch(struct shadow *s, uint64_t off, const void *p, size_t len, struct err *e)
{
	if (!range_inside(off, len, s->dev->size))
		return 0;
	return memfd_write(s->fd, off, p, len, e);
}

/* Copies what can be missed, and remembers the first that had to be. */
static void copy_or_note(struct shadow *s, uint64_t off, uint64_t len)
{
	struct err e = {0};

	if (shadow_copy(s, off, len, &e) < 0 && !s->incomplete.num)
		s->incomplete = e;
}

static void copy_tail(struct shadow *s, uint64_t head, uint64_t tail)
{
	if (s->dev->size > head) {
		tail = min_u64(tail, s->dev->size - head);
		copy_or_note(s, s->dev->size - tail, tail);
	}
}

/*
 * libblkid looks for partition tables even inside volumes, and reads as many bytes as a GPT header
 * or an NTFS boot sector claims that it should: gigabytes, if they say so.
 */
static int blank_gpt(struct shadow *s, uint64_t off, struct err *e)
{
	static const uint8_t nothing[8];
	uint8_t head[92];

	if (pread(s->fd, head, sizeof(head), (off_t)off) != (ssize_t)sizeof(head) ||
		memcmp(head, "EFI PART", 8) || get_le32(head + 80) <= GPT_ENTRIES_MAX)
		return 0;
	return shadow_patch(s, off, nothing, sizeof(nothing), e);
}

static int disarm(struct shadow *s, const uint8_t *sector, struct err *e)
{
	static const uint8_t nothing[8];
	int r = blank_gpt(s, BOOTSECTOR, e);

	if (r >= 0)
		r = blank_gpt(s, (s->dev->size / BOOTSECTOR - 1) * BOOTSECTOR, e);
	if (r >= 0 && !bootsector_ntfs_is_sane(sector))
		r = shadow_patch(s, 3, nothing, sizeof(nothing), e);
	return r;
}

static int fill(struct shadow *s, struct err *e)
{
	uint8_t sector[BOOTSECTOR];
	struct err named = {0};
	int r = shadow_copy(s, 0, HEAD, e);

	if (r < 0)
		return r;
	copy_tail(s, HEAD, TAIL);
	if (!bootsector_read(s->dev, sector))
		return 0;
	if (bootsector_copy_named(sector, s, &named) < 0 && !s->incomplete.num)
		s->incomplete = named;
	return disarm(s, sector, e);
}

int shadow_open(struct blockdev *dev, struct shadow *ret, struct err *e)
{
	struct shadow s = {.dev = dev};
	int r;

	s.fd = memfd_new("shadow", dev->size, e);
	if (s.fd < 0)
		return s.fd;
	r = fill(&s, e);
	if (r < 0)
		shadow_close(&s);
	else
		*ret = s;
	return r;
}

void shadow_deepen(struct shadow *s)
{
	copy_or_note(s, HEAD, DEEP_HEAD - HEAD);
	copy_tail(s, DEEP_HEAD, DEEP_TAIL);
}

void shadow_close(struct shadow *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
