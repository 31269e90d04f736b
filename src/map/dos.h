/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A look of our own at the DOS partition table of sector 0, to decide whether it is one, and at the
 * chain of extended boot records, to bound it before libfdisk follows it.
 */
#ifndef MAP_DOS_H
#define MAP_DOS_H

#include "map/shadow.h"

struct dos_entry {
	uint8_t type;
	uint32_t start, size; /* sectors */
};

struct dos_table {
	bool valid;      /* the 55 AA is there, and the boot flags are nothing but 00 and 80 */
	bool protective; /* one of the entries announces a GPT */
	uint32_t id;
	unsigned used;   /* entries that are no announcement and have a size */
	unsigned inside; /* those that lie on the disk from start to end */
	struct dos_entry entries[4];
};

/* false: the sector is not there or cannot be read */
bool dos_read(struct blockdev *dev, uint32_t sector, struct dos_table *ret);

bool dos_type_is_extended(unsigned type);

struct dos_chain {
	unsigned links;     /* extended boot records that were followed */
	struct err trouble; /* num != 0: why the chain was cut */
};

/* Copies the chain of extended boot records, cut where it would go in a circle or too far. */
int dos_chain_to_shadow(const struct dos_table *t, uint32_t sector, struct shadow *s,
	struct dos_chain *ret, struct err *e);

#endif
