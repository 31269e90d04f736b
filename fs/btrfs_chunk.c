/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the bytes of Btrfs are: chunks of logical addresses, spread over devices by a profile,
 * after the "On-disk Format" of the Btrfs documentation and the Linux driver.  RAID5 and RAID6 are
 * read where their data lies; what a missing device held is not rebuilt from parity.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"

#define STRIPE_SIZE 32U
#define DEV_ITEM_UUID 66U
#define DEV_ITEM_FSID 82U
#define DEV_ITEM_SIZE 98U

/* In the order of their bits, as the kernel looks at them. */
static const struct btrfs_profile profiles[] = {
	{.name = "single", .copies = 1, .stripes = 1, .devices_min = 1, .per_device = 1},
	{0x008, "raid0", 1, 0, 0, 1, 1, 1, true},
	{0x010, "raid1", 2, 0, 2, 2, 1, 3, false},
	{0x020, "dup", 2, 0, 2, 1, 2, 2, false},
	{0x040, "raid10", 2, 0, 0, 2, 1, 4, true},
	{0x080, "raid5", 1, 1, 0, 2, 1, 5, true},
	{0x100, "raid6", 1, 2, 0, 3, 1, 7, true},
	{0x200, "raid1c3", 3, 0, 3, 3, 1, 6, false},
	{0x400, "raid1c4", 4, 0, 4, 4, 1, 8, false},
};
#define PROFILE_BITS 0x7f8U

static const struct btrfs_profile *profile_of(uint64_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++)
		if ((type & PROFILE_BITS) == profiles[i].bit)
			return &profiles[i];
	return NULL;
}

/* ---- Chunks ---- */

static bool same_uuid(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, 16);
}

/* The device with this number and UUID; one that nobody has seen is noted as missing. */
static int device_of(
	struct btrfs_fs *x, uint64_t id, const uint8_t *uuid, uint32_t *ret, struct err *e)
{
	struct btrfs_device *d;

	for (size_t i = 0; i < x->devices.n; i++) {
		d = &x->devices.at[i];
		if (d->id == id && same_uuid(d->uuid, uuid)) {
			*ret = (uint32_t)i;
			return 0;
		}
	}
	if (x->devices.n >= BTRFS_DEVICES_MAX)
		return err_set(e, E2BIG, "Btrfs: more than %u devices", BTRFS_DEVICES_MAX);
	d = list_add(&x->arena, &x->devices);
	d->id = id;
	memcpy(d->uuid, uuid, 16);
	*ret = (uint32_t)x->devices.n - 1;
	return 0;
}

static bool is_last_choice(const struct btrfs_fs *x, const struct btrfs_stripe *s)
{
	return !x->devices.at[s->device].dev || x->devices.at[s->device].stale;
}

/*
 * Mirrors are interchangeable: what lies on a device that is missing or has missed writes is put
 * behind the others, so that reading tries it last.
 */
static void order_mirrors(
	const struct btrfs_fs *x, const struct btrfs_map *map, const struct btrfs_chunk *c)
{
	const uint32_t copies = c->profile->copies;

	for (uint32_t row = 0; row + copies <= c->n; row += copies) {
		struct btrfs_stripe *s = map->stripes.at + c->stripe + row;

		for (uint32_t good = 0, i = 0; i < copies; i++) {
			const struct btrfs_stripe moved = s[i];

			if (is_last_choice(x, &moved))
				continue;
			memmove(s + good + 1, s + good, (i - good) * sizeof(*s));
			s[good++] = moved;
		}
	}
}

static int check_chunk(const struct btrfs_map *map, const struct btrfs_chunk *c,
	uint64_t stripe_len, unsigned sub_stripes, struct err *e)
{
	const struct btrfs_profile *p = c->profile;
	const struct btrfs_chunk *last = map->chunks.n ? &map->chunks.at[map->chunks.n - 1] : NULL;
	uint64_t end;

	if (!c->length || !checked_add(c->logical, c->length, &end) ||
		(last && c->logical < last->logical + last->length))
		return err_set(
			e, EBADMSG, "Btrfs: the chunk at %" PRIu64 " has a wrong size", c->logical);
	if (stripe_len != BTRFS_STRIPE_LEN)
		return err_set(e, EBADMSG,
			"Btrfs: the chunk at %" PRIu64 " has stripes of %" PRIu64 " bytes",
			c->logical, stripe_len);
	if (!p || !(c->type & (BTRFS_DATA | BTRFS_METADATA | BTRFS_SYSTEM)))
		return err_set(e, EBADMSG, "Btrfs: the chunk at %" PRIu64 " is of type 0x%" PRIx64,
			c->logical, c->type);
	if (c->n <= p->parity || (p->stripes && c->n != p->stripes) || c->n % p->copies ||
		(p->copies > 1 && p->striped && sub_stripes != p->copies))
		return err_set(e, EBADMSG, "Btrfs: the %s chunk at %" PRIu64 " has %u stripes",
			p->name, c->logical, c->n);
	return 0;
}

static int add_chunk(
	struct btrfs_fs *x, struct btrfs_map *map, uint64_t logical, struct bytes *b, struct err *e)
{
	struct btrfs_chunk c = {.logical = logical, .stripe = (uint32_t)map->stripes.n};
	uint64_t stripe_len;
	unsigned sub_stripes;
	int r;

	c.length = bytes_le64(b);
	bytes_skip(b, 8); /* owner */
	stripe_len = bytes_le64(b);
	c.type = bytes_le64(b);
	bytes_skip(b, 12); /* what I/O prefers */
	c.n = bytes_le16(b);
	sub_stripes = bytes_le16(b);
	c.profile = profile_of(c.type);
	if (b->bad || bytes_left(b) < (size_t)c.n * STRIPE_SIZE)
		return err_set(e, EBADMSG, "Btrfs: the chunk at %" PRIu64 " is cut short", logical);
	r = check_chunk(map, &c, stripe_len, sub_stripes, e);
	if (r < 0)
		return r;
	if (map->chunks.n >= BTRFS_CHUNKS_MAX || map->stripes.n + c.n > BTRFS_STRIPES_MAX)
		return err_set(e, E2BIG, "Btrfs: more than %u chunks", BTRFS_CHUNKS_MAX);
	for (uint32_t i = 0; i < c.n; i++) {
		const uint64_t id = bytes_le64(b), offset = bytes_le64(b);
		struct btrfs_stripe s = {.offset = offset};

		r = device_of(x, id, b->p, &s.device, e);
		if (r < 0)
			return r;
		bytes_skip(b, 16);
		*list_add(&x->arena, &map->stripes) = s;
	}
	order_mirrors(x, map, &c);
	*list_add(&x->arena, &map->chunks) = c;
	return 0;
}

/* The chunks that the chunk tree itself lies in, each behind its key. */
static int load_system_chunks(struct btrfs_fs *x, struct err *e)
{
	struct bytes b = bytes_of(x->super.chunks, x->super.chunks_size);
	int r = 0;

	while (!r && bytes_left(&b)) {
		struct btrfs_key key = {0};

		if (bytes_left(&b) >= BTRFS_KEY_SIZE)
			key = btrfs_key_at(b.p);
		bytes_skip(&b, BTRFS_KEY_SIZE);
		if (key.type != BTRFS_CHUNK_ITEM)
			return err_set(e, EBADMSG, "Btrfs: the superblock's chunks are damaged");
		r = add_chunk(x, &x->map, key.offset, &b, e);
	}
	return r;
}

static int note_device(struct btrfs_fs *x, const struct btrfs_item *item, struct err *e)
{
	struct bytes b = bytes_of(item->p, item->size);
	const uint64_t id = bytes_le64(&b), size = bytes_le64(&b), used = bytes_le64(&b);
	struct btrfs_device *d;
	uint32_t i;
	int r;

	if (item->size < DEV_ITEM_SIZE)
		return err_set(e, EBADMSG, "Btrfs: a device of the chunk tree is cut short");
	r = device_of(x, id, item->p + DEV_ITEM_UUID, &i, e);
	if (r < 0)
		return r;
	d = &x->devices.at[i];
	d->named = true;
	d->size = size;
	d->used = used;
	memcpy(d->fsid, item->p + DEV_ITEM_FSID, 16);
	d->seed = !same_uuid(d->fsid, x->super.fsid) && !same_uuid(d->fsid, x->super.metadata_fsid);
	return 0;
}

int btrfs_load_chunks(struct btrfs_fs *x, struct err *e)
{
	struct btrfs_map map = {0};
	struct btrfs_cursor c;
	struct btrfs_item item;
	int r = load_system_chunks(x, e);

	if (!r)
		r = btrfs_find_first(x, &x->super.chunk, (struct btrfs_key){0}, &c, &item, e);
	while (r > 0) {
		struct bytes b = bytes_of(item.p, item.size);

		r = 0;
		if (item.key.type == BTRFS_DEV_ITEM)
			r = note_device(x, &item, e);
		else if (item.key.type == BTRFS_CHUNK_ITEM)
			r = add_chunk(x, &map, item.key.offset, &b, e);
		if (!r)
			r = btrfs_next(x, &c, &item, e);
	}
	if (r < 0)
		return r;
	x->map = map;
	return 0;
}

/* ---- Reading ---- */

static const struct btrfs_chunk *chunk_of(const struct btrfs_fs *x, uint64_t logical)
{
	size_t low = 0, high = x->map.chunks.n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const struct btrfs_chunk *c = &x->map.chunks.at[mid];

		if (logical < c->logical)
			high = mid;
		else if (logical - c->logical >= c->length)
			low = mid + 1;
		else
			return c;
	}
	return NULL;
}

unsigned btrfs_copies(const struct btrfs_fs *x, uint64_t logical)
{
	const struct btrfs_chunk *c = chunk_of(x, logical);

	return c ? c->profile->copies : 0;
}

/*
 * Where the byte at off in a chunk is: which stripe, where in it, and in *ret_len for how many
 * bytes that goes on.  Rows of a striped chunk hold a piece of BTRFS_STRIPE_LEN for each stripe; in
 * RAID5 and RAID6 the place of the parity moves on by one with each row.
 */
static uint32_t place_of(const struct btrfs_chunk *c, uint64_t off, unsigned copy,
	uint64_t *ret_off, uint64_t *ret_len)
{
	const struct btrfs_profile *p = c->profile;
	const uint32_t wide = (c->n - p->parity) / p->copies;
	const uint64_t piece = off / BTRFS_STRIPE_LEN, row = piece / wide;
	const uint32_t column = (uint32_t)(piece % wide);

	if (!p->striped) {
		*ret_off = off;
		*ret_len = c->length - off;
		return copy;
	}
	*ret_off = row * BTRFS_STRIPE_LEN + off % BTRFS_STRIPE_LEN;
	*ret_len = min_u64(BTRFS_STRIPE_LEN - off % BTRFS_STRIPE_LEN, c->length - off);
	return p->parity ? (uint32_t)((row + column) % c->n) : column * p->copies + copy;
}

/* Reads what lies in a row on one device, at most len bytes; *ret_n says how many. */
static int read_piece(struct btrfs_fs *x, const struct btrfs_chunk *c, uint64_t logical, void *buf,
	size_t len, unsigned copy, size_t *ret_n, struct err *e)
{
	uint64_t off, n, at;
	const uint32_t i = place_of(c, logical - c->logical, copy, &off, &n);
	const struct btrfs_stripe *s = &x->map.stripes.at[c->stripe + i];
	const struct btrfs_device *d = &x->devices.at[s->device];

	n = min_u64(n, len);
	if (!d->dev)
		return err_set(e, ENODEV,
			"Btrfs: device %" PRIu64 ", which holds this, is not among the given disks",
			d->id);
	if (!checked_add(s->offset, off, &at) || !range_inside(at, n, d->dev->size))
		return err_set(e, EBADMSG,
			"Btrfs: the chunk at %" PRIu64 " lies past the end of device %" PRIu64,
			c->logical, d->id);
	*ret_n = n;
	return blockdev_read(d->dev, at, buf, n, e);
}

static int no_chunk(uint64_t logical, struct err *e)
{
	return err_set(e, EBADMSG, "Btrfs: address %" PRIu64 " lies in no chunk", logical);
}

int btrfs_read_copy(
	struct btrfs_fs *x, uint64_t logical, void *buf, size_t len, unsigned copy, struct err *e)
{
	uint8_t *p = buf;
	size_t n = 0;
	int r = 0;

	for (; !r && len; p += n, logical += n, len -= n) {
		const struct btrfs_chunk *c = chunk_of(x, logical);

		if (!c || copy >= c->profile->copies)
			return no_chunk(logical, e);
		r = read_piece(x, c, logical, p, len, copy, &n, e);
		if (r < 0)
			return r;
	}
	return r;
}

int btrfs_read_any(struct btrfs_fs *x, uint64_t logical, void *buf, size_t len, struct err *e)
{
	uint8_t *p = buf;
	size_t n = 0;

	for (; len; p += n, logical += n, len -= n) {
		const struct btrfs_chunk *c = chunk_of(x, logical);
		struct err later;
		int r;

		if (!c)
			return no_chunk(logical, e);
		r = read_piece(x, c, logical, p, len, 0, &n, e);
		for (unsigned copy = 1; r < 0 && copy < c->profile->copies; copy++)
			r = read_piece(x, c, logical, p, len, copy, &n, &later);
		if (r < 0)
			return r;
	}
	return 0;
}
