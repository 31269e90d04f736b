/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The only way to a host file.  main makes one and hands it down, so that a locked-down process can
 * later ask a broker instead.
 *
 * dir == NULL: name is what the user typed; a regular file or a block device, symlinks followed.
 * dir != NULL: name was read from an image that lies in dir ("" is the current directory).  It must
 * be a regular file in dir or below it, reached without any symlink, "..", absolute path or magic
 * link, or lie below one of the directories the user allowed.
 *
 * Returns a read-only descriptor that the caller closes, or a negative code.
 */
#ifndef BASE_OPENER_H
#define BASE_OPENER_H

#include <stddef.h>

#include "base/err.h"

struct opener {
	int (*open)(struct opener *o, const char *dir, const char *name, struct err *e);
};

/* The plain one.  The array of allowed directories is borrowed. */
struct host_opener {
	struct opener opener;
	const char *const *allowed;
	size_t n_allowed;
};

void host_opener_init(struct host_opener *o, const char *const *allowed, size_t n_allowed);

#endif
