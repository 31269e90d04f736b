/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A sparse file in memory, for libraries that take only a descriptor or a path.  Its size is
 * sealed; what is not written reads as zeros and costs nothing.
 */
#ifndef BASE_MEMFD_H
#define BASE_MEMFD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Returns a descriptor that the caller closes, or a negative code. */
int memfd_new(const char *name, uint64_t size, struct err *e);
int memfd_write(int fd, uint64_t off, const void *p, size_t n, struct err *e);

/* "/proc/self/fd/N" */
struct memfd_path {
	char s[32];
};
struct memfd_path memfd_path(int fd);

#endif
