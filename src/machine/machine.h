/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The set of disks of one machine, in the order given.
 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "base/arena.h"
#include "disk/disk.h"

struct machine_disk {
	const char *name; /* "disk0" */
	const char *path; /* as the user typed it */
	struct disk disk;
};

struct machine {
	const char *name; /* of the first disk's file, without directory and extension */
	LIST(struct machine_disk) disks;
};

/* What the user asked for: a path, and the format it was said to be in (or NULL). */
struct disk_request {
	const char *path, *image_format;
};

/* Opens all disks or none.  Strings and the array live in the arena. */
int machine_open(struct machine *m, struct host_io *io, struct arena *a,
	const struct disk_request *requests, size_t n, struct err *e);
void machine_close(struct machine *m);

#endif
