/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The set of disks of one machine: in the order given, or in that of the description that was given
 * instead of them (.vmx, .ovf, .ova, libvirt's .xml).
 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "base/arena.h"
#include "disk/disk.h"
#include "parse/machine_config.h"

struct machine_disk {
	const char *name; /* "disk0" */
	const char *path; /* as the user typed it, or as the description leads to it */
	const struct config_disk *said; /* what a description says of it, or NULL */
	struct disk disk;
};

/* A disk that the description names, but that is not here or of a kind that is not read. */
struct missing_disk {
	const struct config_disk *said;
	int num; /* ENOENT, ENOTSUP */
	const char *why;
};

struct machine {
	const char *name; /* as described, or that of the first file without its extension */
	LIST(struct machine_disk) disks;
	const struct machine_config *config; /* NULL: disks were given */
	LIST(struct missing_disk) missing;
	struct hostfile *description; /* open until the end, as it may not change meanwhile */
};

/* What the user asked for: a path, and the format it was said to be in (or NULL). */
struct disk_request {
	const char *path, *image_format;
};

/*
 * Opens all disks or none.  Strings and the array live in the arena.  Of described disks some may
 * be missing, but not all.
 */
int machine_open(struct machine *m, struct host_io *io, struct arena *a,
	const struct disk_request *requests, size_t n, struct err *e);
void machine_close(struct machine *m);

#endif
