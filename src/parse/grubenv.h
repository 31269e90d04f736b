/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * grubenv: a block of (usually) 1,024 bytes, a signature line, NAME=VALUE lines with '\' before a
 * newline or a backslash in a value, filled up with '#'.
 */
#ifndef PARSE_GRUBENV_H
#define PARSE_GRUBENV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct grubenv_var {
	const char *name, *value;
	unsigned line;
	const char *text;
};

struct grubenv {
	LIST(struct grubenv_var);
	bool valid; /* has the signature; without it GRUB ignores the file, and nothing is listed */
	bool odd_size; /* not a multiple of 1,024 bytes: hand-edited, GRUB reads but cannot write it
			*/
};

void grubenv_parse(struct grubenv *ret, struct arena *a, const char *text, size_t len);

/* The last of that name, or NULL; a NULL env has none. */
const struct grubenv_var *grubenv_get(const struct grubenv *env, const char *name);

#endif
