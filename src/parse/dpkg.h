/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One package of dpkg's status file, found without parsing the rest.
 */
#ifndef PARSE_DPKG_H
#define PARSE_DPKG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct dpkg_package {
	const char *version, *status; /* "install ok installed"; "" when the field is missing */
	bool installed;
	unsigned line; /* of its Package: field */
};

/* False when the package is not named there. */
bool dpkg_find(
	struct dpkg_package *ret, struct arena *a, const char *text, size_t len, const char *name);

#endif
