/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Free space of Btrfs as statfs() of the Linux driver counts it: what is free in the chunks for
 * data, and what more of such chunks the devices have room for, both without the copies.
 *
 * The kernel adds up what each chunk uses.  Here only the chunks for other things are asked, of
 * which there are few: the superblock has the sum of all, and the rest is data.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"

#define DEVICE_RESERVED (1U << 20) /* at the start of a device no chunk is made */
#define BLOCK_GROUP_TREE 0x8U      /* bit of compat_ro */

static unsigned devices_present(const struct btrfs_fs *x)
{
	unsigned n = 0;

	list_each(d, &x->devices)
		n += d->named && d->dev && !d->seed;
	return n;
}

/* The profile that the next chunk for data gets: of those in use, the highest that is possible. */
static const struct btrfs_profile *data_profile(const struct btrfs_fs *x)
{
	const struct btrfs_profile *best = NULL;
	const unsigned devices = devices_present(x);

	list_each(c, &x->map.chunks) {
		if (c->type & BTRFS_DATA && c->profile->devices_min <= devices &&
			(!best || c->profile->rank > best->rank))
			best = c->profile;
	}
	return best;
}

/* Nothing is written to seed devices, nor to single copies once data is to have several. */
static bool takes_data(
	const struct btrfs_fs *x, const struct btrfs_chunk *c, const struct btrfs_profile *now)
{
	const bool redundant = now && (now->copies > 1 || now->parity);

	if (!(c->type & BTRFS_DATA) ||
		(redundant && c->profile->copies == 1 && !c->profile->parity))
		return false;
	for (uint32_t i = 0; i < c->n; i++)
		if (x->devices.at[x->map.stripes.at[c->stripe + i].device].seed)
			return false;
	return true;
}

/* ---- In the chunks ---- */

static int used_of(struct btrfs_fs *x, const struct btrfs_tree *t, const struct btrfs_chunk *c,
	uint64_t *ret, struct err *e)
{
	const struct btrfs_key key = {c->logical, BTRFS_BLOCK_GROUP_ITEM, c->length};
	struct btrfs_item item;
	int r = btrfs_find(x, t, key, &item, e);

	if (r < 0)
		return r;
	if (!r || item.size < 8)
		return err_set(e, EBADMSG,
			"Btrfs: nothing says what the chunk at %" PRIu64 " holds", c->logical);
	*ret = get_le64(item.p);
	return 0;
}

/* What the chunks that take data have and use; *ret_copies is that of the last one. */
struct sum {
	uint64_t size, used;
	unsigned copies;
	bool exact;
};

static int sum_chunks(
	struct btrfs_fs *x, const struct btrfs_profile *now, struct sum *ret, struct err *e)
{
	const bool own_tree = x->super.compat_ro & BLOCK_GROUP_TREE;
	struct sum s = {.copies = 1, .exact = true};
	uint64_t others = 0, used = 0;
	unsigned asked = 0;
	struct btrfs_subvol groups;
	int r = btrfs_find_tree(
		x, own_tree ? BTRFS_BLOCK_GROUP_TREE : BTRFS_EXTENT_TREE, &groups, e);

	for (size_t i = 0; i < x->map.chunks.n && !r; i++) {
		const struct btrfs_chunk *c = &x->map.chunks.at[i];

		if (takes_data(x, c, now)) {
			s.exact &= !s.size || s.copies == c->profile->copies;
			s.copies = c->profile->copies;
			s.size += c->length;
		} else if (asked++ < BTRFS_GROUP_SEARCHES_MAX) {
			r = used_of(x, &groups.tree, c, &used, e);
			others += used;
		} else {
			others += c->length; /* too many to ask: full, as most are */
			s.exact = false;
		}
	}
	if (r < 0)
		return r;
	s.exact &= others <= x->super.bytes_used;
	s.used = x->super.bytes_used > others ? x->super.bytes_used - others : 0;
	s.exact &= s.used <= s.size;
	*ret = s;
	return 0;
}

/* ---- On the devices ---- */

static int larger_first(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* What devices have that no chunk uses, the largest first; those with next to nothing are left out.
 */
static size_t unallocated(struct btrfs_fs *x, uint64_t stripe_min, uint64_t *free)
{
	size_t n = 0;

	list_each(d, &x->devices) {
		uint64_t left = d->size > d->used ? d->size - d->used : 0;

		left -= left % BTRFS_STRIPE_LEN;
		if (d->named && d->dev && !d->seed && left > DEVICE_RESERVED + stripe_min)
			free[n++] = left - DEVICE_RESERVED;
	}
	qsort(free, n, sizeof(*free), larger_first);
	return n;
}

/*
 * The kernel's estimate: as if the smallest device was filled first, together with as many of the
 * next larger ones as a chunk needs.
 */
static uint64_t new_chunks(struct btrfs_fs *x, const struct btrfs_profile *p)
{
	const uint64_t stripe_min = (uint64_t)p->per_device * BTRFS_STRIPE_LEN;
	uint64_t free[BTRFS_DEVICES_MAX], sum = 0;
	size_t wide = 1;
	size_t n;

	if (p->striped && !p->parity)
		wide = p->copies > 1 ? 4 : devices_present(x);
	else if (p->per_device == 1)
		wide = p->copies;
	n = unallocated(x, stripe_min, free);
	for (; n && n >= p->devices_min; n--) {
		const uint64_t least = free[n - 1];

		wide = min_u64(wide, n);
		if (least < stripe_min)
			continue;
		sum += least * wide;
		for (size_t i = n - wide; i < n; i++)
			free[i] -= least;
	}
	return sum;
}

int btrfs_space(struct fs *fs, struct fs_space *ret, struct err *e)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;
	const uint64_t sector = x->super.sector_size;
	const struct btrfs_profile *now = data_profile(x);
	uint64_t free = 0;
	struct sum s;
	int r = sum_chunks(x, now, &s, e);

	if (r < 0)
		return r;
	if (s.size > s.used)
		free = s.size - s.used;
	if (now)
		free += new_chunks(x, now) / s.copies;
	*ret = (struct fs_space){
		.size = x->super.total_bytes / s.copies / sector * sector,
		.available = min_u64(free, x->super.total_bytes) / sector * sector,
		.approximate = !s.exact || fs->state != FS_CLEAN,
	};
	return 0;
}
