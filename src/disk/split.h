/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A raw disk in numbered files: disk.001, disk.002 ..., or from disk.000 on.
 */
#ifndef DISK_SPLIT_H
#define DISK_SPLIT_H

#include "disk/disk.h"

/* Is an extension (without the dot) a number of three digits? */
bool split_is_number(const char *extension);
/* And one that only a piece has: with a zero in front? */
bool split_is_numbered(const char *extension);

/*
 * The disk that begins with *f, whose extension is such a number; *ret stays NULL, and *f is not
 * taken, when it is the only piece.  A piece that is missing between others, and a later piece
 * given in place of the first: ENOENT and EINVAL, with a sentence that names the right file.
 */
int split_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e);

#endif
