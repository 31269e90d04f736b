/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One image of a chain.  A driver says where the bytes of its disk are: in its file, compressed in
 * its file, nowhere (zeros), or with its parent.  What follows from that is done here, once, for
 * all formats: pieces that touch in the file are read in one go, what the parent has is asked of
 * it, past the parent's end are zeros, and what was decompressed lately is kept.
 *
 * A driver's state begins with its struct layer; layer_read and layer_extent are members of its
 * blockdev_ops.
 */
#ifndef DISK_LAYER_H
#define DISK_LAYER_H

#include "disk/blockdev.h"
#include "disk/hostfile.h"

enum piece_in { PIECE_ZEROS, PIECE_FILE, PIECE_PACKED, PIECE_PARENT };
struct piece {
	enum piece_in in;
	uint64_t len; /* at least 1; a packed piece ends with its unit */
	uint64_t
		at; /* PIECE_FILE: the first byte in the file; PIECE_PACKED: what unpack is given */
};

struct layer;

struct layer_ops {
	/* The piece that begins at off, which is inside the disk. */
	int (*find)(struct layer *l, uint64_t off, struct piece *ret, struct err *e);
	/* Fills buf with the whole unit of the disk that begins at off. */
	int (*unpack)(struct layer *l, uint64_t off, uint64_t at, uint8_t *buf, struct err *e);
};

struct layer {
	struct blockdev dev;
	const struct layer_ops *ops;
	const char
		*name; /* put before what is wrong with a parent's file; NULL: the user named it */
	struct blockdev *tables; /* the file behind a block cache; owned */
	struct blockdev *file;   /* where stored pieces are; borrowed, below tables by default */
	struct blockdev *parent; /* owned; NULL: it has none */
	uint32_t unit;           /* bytes that one compressed piece stands for */
};

/* Sets tables and file.  *f is taken (set to NULL) on success. */
int layer_open_file(struct layer *l, struct hostfile **f, struct err *e);
/* The same over a device, which is taken on success. */
int layer_open_over(struct layer *l, struct blockdev *file, struct err *e);
/* Releases what a layer owns but for its own memory. */
void layer_close(struct layer *l);

/* n bytes of a table, which the message calls "what".  Past the end of the file: EBADMSG. */
int layer_read_table(
	struct layer *l, uint64_t at, void *buf, size_t n, const char *what, struct err *e);

int layer_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e);
int layer_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e);

#endif
