/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The database of Windows' Logical Disk Manager on a dynamic disk: whose disk it is, and of which
 * disks its group consists.  Volumes are counted and not read.
 */
#ifndef MAP_LDM_H
#define MAP_LDM_H

#include "base/arena.h"
#include "disk/blockdev.h"

struct ldm_disk {
	const char *name; /* "Disk1" */
	const char *uuid; /* in lower case */
	bool missing;     /* on none of the given disks; the map finds out */
};

struct ldm {
	const char *uuid;       /* of this disk */
	const char *group_uuid; /* of the group it belongs to */
	const char *group_name; /* "WEB01-Dg0" */
	unsigned volumes;
	LIST(struct ldm_disk) disks; /* of the group, this one too */
	const char *why;             /* the database could not be read: disks is empty; else NULL */
};

/*
 * From the private header at byte off: of an MBR disk in sector 6, of a GPT disk in the last sector
 * of its LDM metadata partition.  ENOENT: there is none.
 */
int ldm_read(struct blockdev *dev, uint64_t off, struct arena *a, struct ldm *ret, struct err *e);

#endif
