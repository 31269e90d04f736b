/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Headers of a tar archive: ustar, GNU's and pax.  The caller walks the archive.
 */
#ifndef PARSE_TAR_H
#define PARSE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define TAR_BLOCK 512U

struct tar_header {
	char type;        /* '0' a regular file, 'x' pax, 'L' a long name ... */
	uint64_t size;    /* of what follows, in bytes; the next header is on a block of its own */
	char name[257];   /* prefix/name */
	bool map_goes_on; /* of a sparse file of GNU's: a block with more of its map is next */
};

/* false: it is no header: the checksum is wrong, or the size is no number. */
bool tar_header_parse(const uint8_t block[TAR_BLOCK], struct tar_header *ret);

/* Does another block with more of a sparse file's map follow this one? */
bool tar_map_goes_on(const uint8_t block[TAR_BLOCK]);

/* The last value of a key in pax records; false: it is not there. */
bool tar_pax_find(const char *text, size_t n, const char *key, struct span *ret);
/* Is there a key that begins so? */
bool tar_pax_has(const char *text, size_t n, const char *prefix);

#endif
