/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * BitLocker's metadata: whose volume it is and how it is protected.  Nothing is decrypted, and no
 * key is kept.
 */
#ifndef MAP_BITLOCKER_H
#define MAP_BITLOCKER_H

#include "base/arena.h"
#include "disk/blockdev.h"

struct bitlocker {
	const char *uuid;        /* of the volume, as BitLocker numbers it */
	const char *description; /* "WEB01 C: 03/01/2024"; NULL: none */
	const char *protectors;  /* "TPM, recovery password" */
	bool suspended;          /* a key in the clear unlocks it */
};

/*
 * Reads the metadata of a volume whose boot sector is BitLocker's, from the first of its three
 * copies that is whole.  EBADMSG, E2BIG or EIO: none is.
 */
int bitlocker_read(struct blockdev *dev, struct arena *a, struct bitlocker *ret, struct err *e);

#endif
