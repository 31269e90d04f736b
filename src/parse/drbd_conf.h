/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * drbd.conf(5): on which devices the resources lie.
 */
#ifndef PARSE_DRBD_CONF_H
#define PARSE_DRBD_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct drbd_disk {
	const char *resource; /* "r0" */
	const char *host;     /* of "on HOST { ... }"; NULL: of all */
	const char *device;   /* "/dev/sdb1" */
	unsigned line;
	const char *text; /* the statement, without what else its line says */
};

struct drbd_conf {
	LIST(struct drbd_disk);
	bool limit; /* more than DRBD_DISKS_MAX: the rest was left out */
};

void drbd_conf_parse(struct drbd_conf *ret, struct arena *a, const char *text, size_t len);

#endif
