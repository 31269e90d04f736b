/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * /etc/fstab, a record a line: fields split at blanks, octal escapes (\040) decoded.
 * A parser of our own, since libmount keeps no line numbers and costs 2 ms of CPU to load;
 * "findmnt --tab-file" is its oracle.
 */
#ifndef PARSE_FSTAB_H
#define PARSE_FSTAB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct fstab_entry {
	const char *spec, *dir, *type, *options; /* "" when the field is missing */
	int freq, passno;
	unsigned n_fields; /* as written, a trailing comment not counted; mount wants 3, and reads 6
			    */
	bool bad_number;   /* field 5 or 6 is not a number */
	bool crlf; /* the line ends in a carriage return, which is not part of the fields here */
	unsigned line;
	const char *text;
};

struct fstab {
	LIST(struct fstab_entry);
	bool limit; /* more than FSTAB_LINES_MAX: the rest was left out */
};

/* Lines with one field only are kept too: n_fields says so. */
void fstab_parse(struct fstab *ret, struct arena *a, const char *text, size_t len);

bool fstab_has_option(const struct fstab_entry *e, const char *name);
/* The value of the last "name=value" among the options, or NULL. */
const char *fstab_option_value(struct arena *a, const struct fstab_entry *e, const char *name);

#endif
