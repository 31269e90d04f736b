/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * modprobe.d(5), and /etc/modprobe.conf of old: options and aliases, a record a line.
 */
#ifndef PARSE_MODPROBE_H
#define PARSE_MODPROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct modprobe_line {
	enum { MODPROBE_OPTIONS, MODPROBE_ALIAS, MODPROBE_BLACKLIST, MODPROBE_INSTALL } kind;
	const char *name; /* of the module with "_" for "-", or the alias as it is */
	const char *rest; /* the options, the module an alias stands for, the command; "" */
	unsigned line;
	const char *text;
};

struct modprobe {
	LIST(struct modprobe_line);
	bool limit; /* more than MODPROBE_LINES_MAX: the rest was left out */
};

/* A line that ends in a backslash goes on in the next, and counts as that which it began in. */
void modprobe_parse(struct modprobe *ret, struct arena *a, const char *text, size_t len);

/* The value of option "name=value" among a line's options, or NULL; without a value, "". */
const char *modprobe_option(struct arena *a, const struct modprobe_line *l, const char *name);

#endif
