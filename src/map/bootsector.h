/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The boot sector that FAT, exFAT, NTFS and BitLocker volumes begin with, as far as telling it from
 * a partition table and finding the label it leads to.
 */
#ifndef MAP_BOOTSECTOR_H
#define MAP_BOOTSECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "map/shadow.h"

#define BOOTSECTOR 512U

/* False: dev is shorter than one sector, or cannot be read there. */
bool bootsector_read(struct blockdev *dev, uint8_t sector[BOOTSECTOR]);

/* Does a filesystem begin with this sector?  Then what looks like a partition table is code. */
bool bootsector_is_filesystem(const uint8_t *sector);

/* False: an NTFS that claims file records so large that libblkid would need gigabytes for one. */
bool bootsector_ntfs_is_sane(const uint8_t *sector);

/* Copies the root directory, file records and metadata blocks that libblkid follows the sector to.
 */
int bootsector_copy_named(const uint8_t *sector, struct shadow *s, struct err *e);

#endif
