/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The layouts are those of Linux' include/uapi/linux/raid/md_p.h: 4 KiB at the end of the device
 * for 0.90, 256 bytes and a table of roles at its end, start or at 4 KiB for 1.0, 1.1 and 1.2.
 * Left out are the records of what a reshape changes, since an array in the midst of one is not
 * read, and the list of bad blocks.
 */
#include "map/md_super.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"

#define MAGIC 0xa92b4efcU
#define SECTOR 512U
#define SUPER_MAX 4096U

#define V1_HEAD 256U
/* Above them are microseconds. */
#define V1_SECONDS ((1ULL << 40) - 1)

enum feature {
	F_BITMAP = 1,
	F_RECOVERING = 2,
	F_RESHAPING = 4,
	F_REPLACEMENT = 16,
	F_JOURNAL = 512,
	F_PPL = 1024,
	F_MANY_PPLS = 2048,
	F_RAID0_LAYOUT = 4096,
};

/* ---- 1.x ---- */

static uint32_t v1_checksum(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		sum += i == 216 ? 0 : get_le32(p + i);
	if (i < n)
		sum += get_le16(p + i);
	return (uint32_t)(sum + (sum >> 32));
}

static uint64_t bytes_sectors(struct bytes *b, bool *ok)
{
	uint64_t n = bytes_le64(b);

	*ok &= checked_mul(n, SECTOR, &n);
	return n;
}

/* What the fixed part says, but for the table of roles. */
static bool v1_decode(const uint8_t *p, struct md_super *s)
{
	struct bytes b = bytes_at(p, V1_HEAD, 8);
	uint32_t features = bytes_le32(&b);
	bool ok = true;

	bytes_skip(&b, 4);
	bytes_copy(&b, s->uuid, sizeof(s->uuid));
	bytes_copy(&b, s->name, sizeof(s->name) - 1);
	s->created = bytes_le64(&b) & V1_SECONDS;
	s->level = (int32_t)bytes_le32(&b);
	s->layout = bytes_le32(&b);
	s->size = bytes_sectors(&b, &ok);
	s->chunk = (uint64_t)bytes_le32(&b) * SECTOR;
	s->slots = bytes_le32(&b);
	b = bytes_at(p, V1_HEAD, 128);
	s->data_offset = bytes_sectors(&b, &ok);
	s->data_size = bytes_sectors(&b, &ok);
	bytes_skip(&b, 16);
	s->number = bytes_le32(&b);
	b = bytes_at(p, V1_HEAD, 200);
	s->events = bytes_le64(&b);
	s->synced = bytes_le64(&b);
	s->bitmap = features & F_BITMAP;
	s->recovering = features & F_RECOVERING;
	s->reshaping = features & F_RESHAPING;
	s->replacement = features & F_REPLACEMENT;
	s->journal = features & F_JOURNAL;
	s->ppl = features & (F_PPL | F_MANY_PPLS);
	s->layout_known = features & F_RAID0_LAYOUT;
	return ok;
}

static int v1_check(const uint8_t *p, uint64_t at, uint64_t off, struct err *e)
{
	uint32_t roles = get_le32(p + 220);

	if (get_le32(p + 4) != 1)
		return err_set(e, ENOTSUP, "the MD superblock is of version %u, which is not known",
			get_le32(p + 4));
	if (roles > RAID_MEMBERS_MAX)
		return err_set(e, E2BIG, "the MD superblock has room for %u members, more than %d",
			roles, RAID_MEMBERS_MAX);
	if (v1_checksum(p, V1_HEAD + roles * 2) != get_le32(p + 216))
		return err_set(e, EBADMSG, "the checksum of the MD superblock is wrong");
	if (at != off / SECTOR)
		return err_set(e, EBADMSG,
			"the MD superblock says that it lies in sector %" PRIu64
			", and is found in %" PRIu64,
			at, off / SECTOR);
	return 0;
}

static int v1_read(const uint8_t *p, uint64_t off, struct md_super *s, struct err *e)
{
	int r = v1_check(p, get_le64(p + 144), off, e);

	if (r < 0)
		return r;
	s->major = 1;
	s->minor = off == 0 ? 1 : off == 8 * SECTOR ? 2 : 0;
	if (!v1_decode(p, s))
		return err_set(e, EBADMSG, "the MD superblock speaks of impossibly many sectors");
	s->n_roles = get_le32(p + 220);
	for (uint32_t i = 0; i < s->n_roles; i++)
		s->roles[i] = get_le16(p + V1_HEAD + 2 * i);
	return 0;
}

/* ---- 0.90 ---- */

#define V0_WORDS 1024U
#define V0_DISKS 27U
#define V0_RESHAPING 91U

enum v0_word {
	V0_MINOR = 2,
	V0_UUID0 = 5,
	V0_CREATED = 6,
	V0_LEVEL = 7,
	V0_SIZE = 8, /* KiB */
	V0_SLOTS = 10,
	V0_PREFERRED = 11,
	V0_UUID1 = 13,
	V0_STATE = 33,
	V0_CHECKSUM = 38,
	V0_EVENTS = 39,
	V0_SYNCED = 43, /* sectors */
	V0_LAYOUT = 64,
	V0_CHUNK = 65, /* bytes */
	V0_DISK = 128, /* 27 times 32 words: number, major, minor, slot, state */
	V0_THIS = 992,
};

enum v0_state { V0_CLEAN = 1 << 0, V0_BITMAP = 1 << 8 };
enum v0_disk_state { V0_FAULTY = 1 << 0, V0_IN_SYNC = 1 << 2 };

static uint32_t v0_word(const uint8_t *p, unsigned i)
{
	return get_le32(p + 4 * (size_t)i);
}

/* Some kernels kept only 16 bits of the sum. */
static uint32_t v0_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static uint32_t v0_checksum(const uint8_t *p)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < V0_WORDS; i++)
		sum += i == V0_CHECKSUM ? 0 : v0_word(p, i);
	return (uint32_t)(sum + (sum >> 32));
}

static void v0_uuid(const uint8_t *p, uint8_t *uuid)
{
	static const unsigned words[] = {V0_UUID0, V0_UUID1, V0_UUID1 + 1, V0_UUID1 + 2};

	for (unsigned i = 0; i < 16; i++)
		uuid[i] = (uint8_t)(v0_word(p, words[i / 4]) >> (24 - 8 * (i % 4)));
}

static void v0_roles(const uint8_t *p, struct md_super *s)
{
	s->n_roles = V0_DISKS;
	for (unsigned i = 0; i < V0_DISKS; i++) {
		uint32_t slot = v0_word(p, V0_DISK + 32 * i + 3);
		uint32_t state = v0_word(p, V0_DISK + 32 * i + 4);

		if (state & V0_FAULTY)
			s->roles[i] = MD_ROLE_FAULTY;
		else if (state & V0_IN_SYNC && slot < V0_DISKS)
			s->roles[i] = (uint16_t)slot;
		else
			s->roles[i] = MD_ROLE_SPARE;
	}
}

static int v0_read(const uint8_t *p, uint64_t off, struct md_super *s, struct err *e)
{
	uint32_t state = v0_word(p, V0_STATE);

	if (v0_word(p, 1) != 0 || v0_word(p, V0_MINOR) < 90 || v0_word(p, V0_MINOR) > V0_RESHAPING)
		return err_set(e, ENOTSUP,
			"the MD superblock is of version %u.%u, which is not known", v0_word(p, 1),
			v0_word(p, V0_MINOR));
	if (v0_fold(v0_checksum(p)) != v0_fold(v0_word(p, V0_CHECKSUM)))
		return err_set(e, EBADMSG, "the checksum of the MD superblock is wrong");
	s->minor = 90;
	s->reshaping = v0_word(p, V0_MINOR) == V0_RESHAPING;
	v0_uuid(p, s->uuid);
	s->preferred = v0_word(p, V0_PREFERRED);
	s->created = v0_word(p, V0_CREATED);
	s->level = (int32_t)v0_word(p, V0_LEVEL);
	s->layout = v0_word(p, V0_LAYOUT);
	s->chunk = v0_word(p, V0_CHUNK);
	s->slots = v0_word(p, V0_SLOTS);
	s->size = (uint64_t)v0_word(p, V0_SIZE) << 10;
	s->data_size = off;
	s->events = v0_word(p, V0_EVENTS) | (uint64_t)v0_word(p, V0_EVENTS + 1) << 32;
	s->synced = state & V0_CLEAN ? MD_SYNCED : (uint64_t)v0_word(p, V0_SYNCED) * SECTOR;
	s->bitmap = state & V0_BITMAP;
	s->number = v0_word(p, V0_THIS);
	v0_roles(p, s);
	return 0;
}

/* ---- where they lie ---- */

struct place {
	uint64_t off;
	int (*read)(const uint8_t *p, uint64_t off, struct md_super *s, struct err *e);
};

static int read_at(
	struct blockdev *dev, const struct place *at, struct md_super *ret, struct err *e)
{
	uint8_t buf[SUPER_MAX];
	int r;

	if (!range_inside(at->off, sizeof(buf), dev->size))
		return err_set(e, ENOENT, "there is no MD superblock");
	r = blockdev_read(dev, at->off, buf, sizeof(buf), e);
	if (r < 0)
		return r;
	if (get_be32(buf) == MAGIC)
		return err_set(e, ENOTSUP,
			"the MD superblock was written by a machine of the other byte order");
	if (get_le32(buf) != MAGIC)
		return err_set(e, ENOENT, "there is no MD superblock");
	*ret = (struct md_super){0};
	return at->read(buf, at->off, ret, e);
}

int md_super_read(struct blockdev *dev, struct md_super *ret, struct err *e)
{
	uint64_t sectors = dev->size / SECTOR;
	const struct place places[] = {
		{0, v1_read},
		{8 * SECTOR, v1_read},
		{sectors >= 24 ? ((sectors - 16) & ~7ULL) * SECTOR : UINT64_MAX, v1_read},
		{sectors >= 128 ? ((sectors & ~127ULL) - 128) * SECTOR : UINT64_MAX, v0_read},
	};
	struct err first = {0};
	struct md_super s;
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct err now = {0};

		if (read_at(dev, &places[i], &s, &now) < 0) {
			if (now.num != ENOENT && !first.num)
				first = now;
		} else if (!found || s.created > ret->created) {
			*ret = s;
			found = true;
		}
	}
	if (found)
		return 0;
	if (!first.num)
		return err_set(e, ENOENT, "there is no MD superblock");
	*e = first;
	return -first.num;
}

unsigned md_role(const struct md_super *s, uint32_t number)
{
	return number < s->n_roles ? s->roles[number] : MD_ROLE_SPARE;
}
