/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The superblock that every member of an MD array carries: formats 0.90, 1.0, 1.1 and 1.2.
 */
#ifndef MAP_MD_SUPER_H
#define MAP_MD_SUPER_H

#include "base/limits.h"
#include "disk/blockdev.h"

/* What else than a slot a role can be. */
#define MD_ROLE_SPARE 0xffffU
#define MD_ROLE_FAULTY 0xfffeU
#define MD_ROLE_JOURNAL 0xfffdU

#define MD_SYNCED UINT64_MAX

/* Numbers are in host order, sizes and offsets in bytes. */
struct md_super {
	unsigned major, minor; /* 0.90 or 1.x */
	uint8_t uuid[16];   /* of the array; 0.90's four numbers big end first, as blkid has it */
	char name[33];      /* 1.x: as it stands there, with the host before a ':' */
	unsigned preferred; /* 0.90: the array's number */
	int32_t level;
	uint32_t layout;
	bool layout_known; /* of RAID 0; 1.x says so, since Linux 5.4 */
	uint64_t chunk;
	uint32_t slots;
	uint64_t size;                   /* used of each member; linear and RAID 0 do not say */
	uint64_t data_offset, data_size; /* on this member */
	uint64_t events, created;
	uint64_t synced; /* how far the members are in step; MD_SYNCED: all is */
	bool reshaping;
	bool recovering;  /* this member is not yet all written */
	bool replacement; /* this member is a second for its slot */
	bool bitmap, journal, ppl;
	uint32_t number; /* of this member among the roles */
	uint32_t n_roles;
	uint16_t roles[RAID_MEMBERS_MAX];
};

/*
 * The newest superblock on dev that is sound.  ENOENT: there is none; EBADMSG: what is there is
 * damaged; ENOTSUP: it is of an unknown version, or written by a machine of the other byte order.
 */
int md_super_read(struct blockdev *dev, struct md_super *ret, struct err *e);

/* The role of the member with this number. */
unsigned md_role(const struct md_super *s, uint32_t number);

#endif
