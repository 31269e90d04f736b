/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Files of shell assignments, as sh would see them: os-release, lsb-release, /etc/default/grub with
 * its grub.d, the files of /etc/sysconfig, locale.conf.  Quotes, comments, export, continued lines,
 * += and references to variables set earlier in the same set.  Commands are not run: what a command
 * or an unknown variable would add leaves the assignment unresolved.  Conditions are not followed:
 * an assignment after "then" counts.
 */
#ifndef PARSE_SHELLVARS_H
#define PARSE_SHELLVARS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct shellvar {
	const char *name;
	const char *value; /* without quotes, expanded as far as known */
	bool unresolved;
	unsigned file; /* as given to shellvars_parse */
	unsigned line; /* where the assignment starts */
	const char *text;
};

/* Every assignment in order, of several files one after the other. */
struct shellvars {
	LIST(struct shellvar);
	bool limit;      /* more than SHELLVARS_MAX: the rest was left out */
	size_t expanded; /* bytes that expansion has added so far */
};

/* Adds to what is there; start with a zeroed struct. */
void shellvars_parse(
	struct shellvars *set, struct arena *a, const char *text, size_t len, unsigned file);

/* The last assignment wins; NULL when there is none. */
const struct shellvar *shellvars_get(const struct shellvars *set, const char *name);

/* Its value, or NULL. */
const char *shellvars_value(const struct shellvars *set, const char *name);

#endif
