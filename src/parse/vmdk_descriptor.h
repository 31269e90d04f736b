/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The text that describes a VMDK: keys with values, and a line an extent.
 */
#ifndef PARSE_VMDK_DESCRIPTOR_H
#define PARSE_VMDK_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct vmdk_extent {
	const char *access; /* "RW", "RDONLY", "NOACCESS" */
	uint64_t sectors;
	const char *type; /* "FLAT", "SPARSE", "ZERO" ... */
	const char *file; /* NULL: it has none */
	uint64_t offset;  /* where in the file it begins, in sectors */
};

struct vmdk_descriptor {
	const char *create_type; /* "" if it does not say */
	/* Content IDs, eight hex digits: of this disk, and of its parent as it was.  NULL: none. */
	const char *cid, *parent_cid;
	const char *parent; /* the name of the parent's descriptor; NULL: not said */
	bool encrypted;
	LIST(struct vmdk_extent) extents;
};

/* Does text begin as a descriptor file does? */
bool vmdk_descriptor_probe(const void *text, size_t n);

/* The text may end in NULs.  Strings and the list live in the arena.  A bad line: EBADMSG. */
int vmdk_descriptor_parse(
	struct arena *a, const char *text, size_t n, struct vmdk_descriptor *ret, struct err *e);

#endif
