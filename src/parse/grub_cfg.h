/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GRUB 2's grub.cfg: its entries, and what it sets, searches and reads on the way.
 *
 * Variables are expanded where the file or grubenv sets them to a literal; other words that hold
 * one are marked unresolved.  Conditions are followed where they only test such variables; where
 * they ask the firmware or the disk, both branches count.  What stands in a branch that is never
 * taken is kept and marked.  Kernel commands outside any entry (a configuration that boots at once,
 * a function) make one entry with the title "" for each stretch of them.
 *
 * Hostile files: entries, nesting, variables and expanded text are bounded; see base/limits.h.
 */
#ifndef PARSE_GRUB_CFG_H
#define PARSE_GRUB_CFG_H

#include <stdbool.h>
#include <stddef.h>

#include "parse/boot_entry.h"
#include "parse/grubenv.h"

enum grub_reach {
	GRUB_TAKEN,
	GRUB_MAYBE, /* rests on what only the firmware or the running GRUB knows */
	GRUB_NEVER,
};

/* set NAME=VALUE outside menu entries and functions, in the order of the file. */
struct grub_set {
	const char *name, *value;
	enum grub_reach reach;
	bool unresolved;
	unsigned line;
	const char *text;
};

/* configfile, source, normal, and blscfg (path: its argument or NULL). */
struct grub_include {
	const char *command, *path;
	enum grub_reach reach;
	bool unresolved;
	unsigned line;
	const char *text;
};

/* search outside menu entries. */
struct grub_search {
	const char *what; /* "UUID=...", "LABEL=..." or "FILE=..." */
	const char *var;  /* the variable it sets, usually "root" */
	unsigned line;
	const char *text;
};

struct grub_cfg {
	struct boot_entries entries;
	struct {
		LIST(struct grub_set);
	} sets;
	struct {
		LIST(struct grub_include);
	} includes;
	struct {
		LIST(struct grub_search);
	} searches;
	bool blscfg;                       /* entries come from BLS files as well */
	const struct grub_set *default_is; /* grub_cfg_get(, "default") */
	bool limit;                        /* something was left out */
};

/* env may be NULL. */
void grub_cfg_parse(struct grub_cfg *ret, struct arena *a, const char *text, size_t len,
	const struct grubenv *env);

/*
 * What BLS entries see: the variables of env, then what the file sets outside entries on a way that
 * may be taken.
 */
void grub_cfg_env(
	struct grubenv *ret, struct arena *a, const struct grub_cfg *g, const struct grubenv *env);

/* The last value set outside entries on the way that is taken, else on one that may be, or NULL. */
const struct grub_set *grub_cfg_get(const struct grub_cfg *g, const char *name);

#endif
