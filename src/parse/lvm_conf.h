/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * lvm.conf(5): which block devices LVM looks at.
 */
#ifndef PARSE_LVM_CONF_H
#define PARSE_LVM_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* One of "a|regex|" and "r|regex|". */
struct lvm_pattern {
	bool accept;
	const char *regex;
};

struct lvm_filter {
	const char *name; /* "filter", "global_filter" */
	LIST(struct lvm_pattern) patterns;
	unsigned line;    /* 0: it is not set */
	const char *text; /* as the list has it, on one line */
	const char *bad;  /* a pattern that makes no sense, which LVM refuses; else NULL */
};

struct lvm_conf {
	struct lvm_filter filter, global_filter;
	enum { LVM_DEFAULT, LVM_NO, LVM_YES } use_devicesfile;
	unsigned use_devicesfile_line;
	const char *devicesfile; /* its name in /etc/lvm/devices; NULL: "system.devices" */
};

/*
 * Adds to what is there, as lvmlocal.conf does to lvm.conf: what is set again replaces it.
 * EBADMSG with the line.
 */
int lvm_conf_parse(
	struct lvm_conf *conf, struct arena *a, const char *text, size_t len, struct err *e);

/*
 * Does LVM look at a device that has these names?  The first pattern that matches a name decides
 * for it, one accepted name is enough, and what no pattern matches is accepted.
 */
bool lvm_filter_accepts(
	const struct lvm_filter *filter, const char *const *names, size_t n, struct arena *scratch);

#endif
