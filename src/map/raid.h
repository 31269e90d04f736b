/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * RAID arithmetic, shared by MD arrays and LVM's raid segments: from members to one block device.
 * Numbers of levels and layouts are those of Linux' MD, which device-mapper's raid target uses too.
 */
#ifndef MAP_RAID_H
#define MAP_RAID_H

#include <stddef.h>

#include "disk/blockdev.h"

enum raid_level {
	RAID_LINEAR = -1,
	RAID_0 = 0,
	RAID_1 = 1,
	RAID_4 = 4,
	RAID_5 = 5,
	RAID_6 = 6,
	RAID_10 = 10,
};

/*
 * RAID 0 numbers the chunks of a zone from the array's or from the zone's start; it matters only
 * with members of different sizes.
 */
enum raid0_layout { RAID0_ORIGINAL = 1, RAID0_ALTERNATE = 2 };

/* Where parity is.  RAID 4 has none of these. */
enum raid5_layout {
	RAID5_LEFT_ASYMMETRIC = 0,
	RAID5_RIGHT_ASYMMETRIC = 1,
	RAID5_LEFT_SYMMETRIC = 2,
	RAID5_RIGHT_SYMMETRIC = 3,
	RAID5_PARITY_FIRST = 4,
	RAID5_PARITY_LAST = 5,
	/* Of RAID 6 only, as well as all of the above.  DDF's: */
	RAID6_ZERO_RESTART = 8,
	RAID6_N_RESTART = 9,
	RAID6_N_CONTINUE = 10,
	/* A RAID 5 with Q on one more member, the last: */
	RAID6_LEFT_ASYMMETRIC_6 = 16,
	RAID6_RIGHT_ASYMMETRIC_6 = 17,
	RAID6_LEFT_SYMMETRIC_6 = 18,
	RAID6_RIGHT_SYMMETRIC_6 = 19,
	RAID6_PARITY_FIRST_6 = 20,
};

/* RAID 10: near copies in bits 0-7, far copies in 8-15. */
#define RAID10_OFFSET (1U << 16) /* the far copies follow in the next stripe */
#define RAID10_LAYOUT(near, far) ((unsigned)(near) | (unsigned)(far) << 8)

struct raid_geometry {
	int level;       /* enum raid_level */
	unsigned layout; /* of RAID 0, 5, 6, 10; else ignored */
	uint64_t chunk;  /* bytes; ignored by linear and RAID 1 */
	size_t n;        /* members, the missing ones counted */
	uint64_t size;   /* bytes used of each member; linear and RAID 0 use all of each */
};

struct raid_member {
	struct blockdev *dev;  /* borrowed; NULL: missing */
	uint64_t offset, size; /* where in dev the data lies, in bytes */
};

/*
 * members has g->n elements and is copied; their devices must outlive the array.  Missing ones are
 * made up from mirrors or parity.  EBADMSG: impossible geometry; ENODEV: too many are missing;
 * E2BIG: over a limit; ENOTSUP: a level or layout that is not known.
 */
int raid_open(const struct raid_geometry *g, const struct raid_member *members,
	struct blockdev **ret, struct err *e);

/* "raid5", "linear"; NULL: not a level that is read. */
const char *raid_level_name(int level);
/* Can a read that one member does not answer be answered by others? */
bool raid_is_redundant(int level);

#endif
