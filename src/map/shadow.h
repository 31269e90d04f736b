/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A shadow: a sparse file in memory, as large as a volume, that holds the few parts of it that
 * libblkid and libfdisk look at.  They take only a descriptor; so they get this one, and every byte
 * they see came through our own block device, counted and cached.  What was not copied reads as
 * zeros.
 */
#ifndef MAP_SHADOW_H
#define MAP_SHADOW_H

#include "disk/blockdev.h"

struct shadow {
	struct blockdev *dev; /* borrowed */
	int fd;
	bool has_data; /* not all that was copied is zeros */
	bool has_tail; /* of its end likewise */
	/* num != 0: something behind the head could not be copied, and msg says what. */
	struct err incomplete;
};

/*
 * Copies what gives the same answer as the whole volume for everything but zfs_member and
 * xfs_external_log: head, tail, and what the boot sector of FAT, exFAT, NTFS and BitLocker names.
 * Fails only when there is no memory or the head cannot be read.
 */
int shadow_open(struct blockdev *dev, struct shadow *ret, struct err *e);
/* Adds what those two, and rare RAID signatures, lie in. */
void shadow_deepen(struct shadow *s);

/* Copies one more range, cut at the volume's end.  Holes stay holes. */
int shadow_copy(struct shadow *s, uint64_t off, uint64_t len, struct err *e);
/* Changes the copy, to keep from the libraries what we found to be wrong. */
int shadow_patch(struct shadow *s, uint64_t off, const void *p, size_t len, struct err *e);
void shadow_close(struct shadow *s);

#endif
