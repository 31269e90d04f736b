/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Programs and drivers of Windows: the version that a file says it is of.
 */
#ifndef PARSE_PE_H
#define PARSE_PE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The file's four numbers (9, 67, 7789, 1) in its version resource; false: it has none. */
bool pe_file_version(const void *p, size_t len, uint16_t ret[4]);

#endif
