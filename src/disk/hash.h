/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The sha256 of a disk's contents, as a conversion to raw would have it.
 */
#ifndef DISK_HASH_H
#define DISK_HASH_H

#include "base/err.h"
#include "disk/blockdev.h"

int disk_sha256(struct blockdev *d, char ret_hex[65], struct err *e);

#endif
