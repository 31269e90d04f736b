/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * sshd_config as sshd understands it: the first value of a keyword wins, Include is read in place,
 * a Match block holds only for the connections it names - and for those it goes before the global
 * value.  Defaults are not added here: they depend on the version.
 *
 * No I/O: for each Include the caller is asked for the files a pattern names.
 */
#ifndef PARSE_SSHD_CONFIG_H
#define PARSE_SSHD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* The larger of two is what holds for a block inside a block (Match, Include, Match). */
enum sshd_scope {
	SSHD_GLOBAL,
	SSHD_MATCH_ALL,   /* Match all: everybody */
	SSHD_MATCH_ROOT,  /* only User criteria, and root is among them */
	SSHD_MATCH_SOME,  /* address, group, host ...: depends on the connection */
	SSHD_MATCH_OTHER, /* root is not among the User criteria */
};

struct sshd_value {
	const char *keyword; /* lower case; old names are replaced by the present ones */
	const char *value;   /* arguments without quotes, one blank between them */
	const char *const *args;
	size_t n_args;
	enum sshd_scope scope;
	const char *match; /* the criteria as written, or NULL */
	const char *file;
	unsigned line;
	const char *text;
};

struct sshd_config {
	struct {
		LIST(struct sshd_value);
	} values; /* every directive in the order sshd meets them; Include and Match are not listed
		   */
	struct {
		LIST(struct sshd_value);
	} unknown;  /* keywords sshd does not know, or without a value: it refuses to start */
	bool limit; /* SSHD_FILES_MAX, SSHD_DEPTH_MAX or SSHD_VALUES_MAX: the rest was left out */
};

struct sshd_reader;

/*
 * Called for each pattern of an Include (an absolute path, maybe with * ? [ ]): call
 * sshd_include_text() for every file that matches, in lexical order of the names.
 */
struct sshd_includer {
	void (*include)(struct sshd_includer *i, const char *pattern, struct sshd_reader *r);
};

/* file is the path as the guest sees it.  includer may be NULL: Includes are then left out. */
void sshd_config_read(struct sshd_config *ret, struct arena *a, const char *file, const char *text,
	size_t len, struct sshd_includer *includer);

/* Only from within include(). */
void sshd_include_text(struct sshd_reader *r, const char *file, const char *text, size_t len);

/* The value that holds globally: the first outside Match blocks ("Match all" included), or NULL. */
const struct sshd_value *sshd_global(const struct sshd_config *c, const char *keyword);

/*
 * The value that surely holds when root logs in: the first in a block that names root or all, else
 * the global one, or NULL.  Values in blocks that depend on the connection: sshd_conditional().
 */
const struct sshd_value *sshd_for_root(const struct sshd_config *c, const char *keyword);

/* The first value after prev (NULL: from the start) in a block that depends on the connection. */
const struct sshd_value *sshd_conditional(
	const struct sshd_config *c, const char *keyword, const struct sshd_value *prev);

/* Next of a keyword that accumulates (port, listenaddress, allowusers ...); prev NULL: the first.
 */
const struct sshd_value *sshd_next(
	const struct sshd_config *c, const char *keyword, const struct sshd_value *prev);

/* "Subsystem NAME command": the first of that name, or NULL; its command starts at args[1]. */
const struct sshd_value *sshd_subsystem(const struct sshd_config *c, const char *name);

#endif
