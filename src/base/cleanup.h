/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Locals that own something carry CLEANUP(fn); giving it away is TAKE(p).
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stddef.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define TAKE(p)                                                                                    \
	({                                                                                         \
		__typeof__(p) take_ = (p);                                                         \
		(p) = NULL;                                                                        \
		take_;                                                                             \
	})
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void cleanup_free(void *pp); /* for pointers from malloc */
void cleanup_close(int *fd); /* for descriptors; -1 is none */

#endif
