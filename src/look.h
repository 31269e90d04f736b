/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ls and cat: what lies in a guest, or in one volume.
 */
#ifndef LOOK_H
#define LOOK_H

#include <stdio.h>

#include "engine/vm.h"

/*
 * A directory's entries, or the file itself: mode, size, time and name, a line each.  An entry that
 * cannot be read is listed by its name, and is the error in the end.
 */
int look_ls(FILE *out, const struct fs_tree *t, const char *path, struct err *e);
/* The bytes of a file as they are. */
int look_cat(FILE *out, const struct fs_tree *t, const char *path, struct err *e);
/* The bytes of a volume or disk as they are. */
int look_raw(FILE *out, struct blockdev *dev, struct err *e);

/* What --device names: a volume or a whole disk. */
struct looked_at {
	struct blockdev *dev;
	const struct volume *volume; /* NULL: a disk that a table divides */
};
int look_device(struct looked_at *ret, const struct vm *vm, const char *name, struct err *e);
/* The name space of a volume alone; mount is the caller's, and must live as long. */
int look_volume(struct fs_tree *ret, struct fs_mount *mount, struct vm *vm, const char *name,
	struct err *e);

#endif
