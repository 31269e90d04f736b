/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the kinds of machine descriptions share with machine.c.  Each kind is one file with one
 * struct descriptor_kind at its end and one row in the table of machine.c.
 */
#ifndef MACHINE_DESCRIPTOR_H
#define MACHINE_DESCRIPTOR_H

#include "machine/machine.h"
#include "parse/tar.h"

/* A file in an archive, that is, a window of it. */
struct member {
	const char *name;
	uint64_t at, size;
	bool sparse; /* it is not stored byte by byte */
};

/* One that is being read. */
struct descriptor {
	struct host_io *io;
	struct arena *arena;
	const char *path; /* as the user typed it */
	const char *dir;  /* the directory it lies in, as struct opener takes it */
	struct hostfile *file;
	struct machine_config *config;
	LIST(struct member) members; /* of an archive */
};

struct descriptor_kind {
	const char *name;
	const char *extensions[2]; /* lower case, with the dot */
	bool (*probe)(const uint8_t *head, size_t n);
	/* Fills config but for kind. */
	int (*read)(struct descriptor *d, struct err *e);
	/* Opens the file of a disk.  *ret_path: what it is called in reports. */
	int (*open)(struct descriptor *d, const struct config_disk *disk, const char **ret_path,
		struct hostfile **ret, struct err *e);
};

extern const struct descriptor_kind vmx_kind, ovf_kind, ova_kind, libvirt_kind;

/* What descriptors that are text begin with, behind blanks and a byte order mark? */
bool descriptor_is_xml(const uint8_t *head, size_t n);
/* The whole of a file, NUL-terminated in the arena.  E2BIG: more than XML_BYTES_MAX. */
int descriptor_text(struct descriptor *d, struct hostfile *f, const char **ret, struct err *e);
/* What the file of a disk may be called, the likeliest first; NULL ends them. */
#define DESCRIPTOR_NAMES 4
void descriptor_names(
	struct descriptor *d, const struct config_disk *disk, const char *ret[DESCRIPTOR_NAMES]);
/* The .open of descriptions whose disks are files beside them. */
int descriptor_open_beside(struct descriptor *d, const struct config_disk *disk,
	const char **ret_path, struct hostfile **ret, struct err *e);

#endif
