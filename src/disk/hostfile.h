/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The files of the host that hold image bytes.  Every read of an image passes here: it is counted,
 * and a file that changed since it was opened is noticed.
 */
#ifndef DISK_HOSTFILE_H
#define DISK_HOSTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/opener.h"

/* One for a run; it outlives all its files. */
struct host_io {
	struct opener *opener;
	uint64_t bytes_read, reads; /* for --stats */
	struct hostfile *files;     /* those that are open */
};

struct hostfile {
	struct host_io *io;
	struct hostfile *next;
	int fd;
	uint64_t start, size; /* the part that is read; the whole but for windows */
	uint64_t whole_size;  /* of a block device too */
	uint32_t logical_sector, physical_sector; /* of a block device, else 0 */
	struct timespec mtime, ctime;
	struct {
		uint64_t start, end; /* of the file itself, windows or not */
		bool hole;
	} extent;   /* the last that the kernel told of */
	char *name; /* as it was asked for, for messages */
};

/* dir and name as struct opener says. */
int hostfile_open(struct host_io *io, const char *dir, const char *name, struct hostfile **ret,
	struct err *e);
/* [off, off + size) of a file as one of its own, which name is for.  Past the end: EBADMSG. */
int hostfile_window(const struct hostfile *whole, const char *name, uint64_t off, uint64_t size,
	struct hostfile **ret, struct err *e);
/* Fill all of buf.  Past the end of the file: EBADMSG ("cut short"). */
int hostfile_read(struct hostfile *f, uint64_t off, void *buf, size_t len, struct err *e);
/* Holes of a sparse file, as blockdev_ops.extent. */
int hostfile_extent(
	struct hostfile *f, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e);
void hostfile_close(struct hostfile *f); /* NULL is allowed */

/* 0, or EIO when a file that is open no longer has the size or times it was opened with. */
int host_io_unchanged(const struct host_io *io, struct err *e);

#endif
