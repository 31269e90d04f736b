/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Memory for what is read from files in large pieces.
 *
 * malloc puts a large block 16 bytes behind the start of a page.  There, on processors that tell
 * loads from stores by the lower 12 bits of their addresses, the kernel's copy of a page runs into
 * its own stores and takes four times as long.
 */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>
#include <stdlib.h>

#define PAGE_BYTES 4096U

/* At least n bytes from the start of a page on, for free(3).  NULL: there is no memory. */
static inline void *pages_alloc(size_t n)
{
	return aligned_alloc(PAGE_BYTES, (n + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);
}

#endif
