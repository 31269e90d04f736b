/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The two headers of a GUID partition table, checked by ourselves before libfdisk, which believes
 * the number of entries and would read gigabytes, sees them.  The entries are libfdisk's business.
 */
#ifndef MAP_GPT_H
#define MAP_GPT_H

#include "map/map.h"
#include "map/shadow.h"

struct gpt_header {
	uint64_t lba, alternate, first, last, array;
	uint32_t entries, array_crc;
	uint8_t guid[16];
};

struct gpt {
	uint32_t sector;
	int primary, backup;      /* GPT_FINE ... as struct disk_map has them */
	struct gpt_header header; /* the one to go by; valid when either is fine or misplaced */
	struct gpt_header other;  /* valid when both are */
	uint64_t backup_lba;      /* where the backup was looked for */
	struct err why;           /* what is wrong with the one that is bad, the primary first */
};

/* Looks at both headers, taking a sector to be so large.  Is there one to go by? */
bool gpt_find(struct blockdev *dev, uint32_t sector, struct gpt *ret);

/* Do both exist and speak of different partitions? */
bool gpt_disagrees(const struct gpt *g);

/* Puts the entries where libfdisk will look for them, and takes away the headers that are bad. */
int gpt_to_shadow(const struct gpt *g, struct shadow *s, struct err *e);

#endif
