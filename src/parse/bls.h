/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Boot Loader Specification entries (loader/entries/NAME.conf): "key value" lines, title, version,
 * linux, initrd, options; several options lines are one command line.
 */
#ifndef PARSE_BLS_H
#define PARSE_BLS_H

#include <stddef.h>

#include "parse/boot_entry.h"
#include "parse/grubenv.h"

/*
 * Appends the entry of one file; name is the file's name (machine-id-release.conf).  $kernelopts,
 * $tuned_params and the like come from env (may be NULL; see grub_cfg_env()); others leave the word
 * unresolved.
 */
void bls_parse(struct boot_entries *entries, struct arena *a, const char *name, const char *text,
	size_t len, const struct grubenv *env);

/* Newest first, as GRUB's blscfg and systemd-boot list them, and numbers them so. */
void bls_sort(struct boot_entries *entries);

#endif
