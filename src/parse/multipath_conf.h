/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * multipath.conf(5): which sections it has, and the settings in them.
 */
#ifndef PARSE_MULTIPATH_CONF_H
#define PARSE_MULTIPATH_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct multipath_setting {
	const char *section; /* "defaults", "multipaths/multipath", "blacklist" ... */
	const char *name, *value;
	unsigned line;
	const char *text;
};

struct multipath_conf {
	LIST(struct multipath_setting);
	bool limit; /* more than MULTIPATH_SETTINGS_MAX: the rest was left out */
};

void multipath_conf_parse(
	struct multipath_conf *ret, struct arena *a, const char *text, size_t len);
/* The first setting of that section, or NULL. */
const struct multipath_setting *multipath_conf_in(
	const struct multipath_conf *conf, const char *section);

#endif
