/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Is there nothing on a disk?
 */
#ifndef MAP_BLANK_H
#define MAP_BLANK_H

#include "disk/blockdev.h"

/*
 * Are its first and last mebibyte all zeros?  What lies in between cannot be found by anybody who
 * does not know where.  A part that cannot be read is not known to be zeros.
 */
bool disk_is_blank(struct blockdev *dev);

#endif
