/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The files that an image names: its parent, of which it holds only the changes, and files with
 * parts of it.  Names lead only to where struct opener lets them, a chain of parents has an end,
 * and none of it is believed of an image whose format is known only by contents that a guest could
 * have written (disk_open_args.follow).
 */
#ifndef DISK_CHAIN_H
#define DISK_CHAIN_H

#include "disk/disk.h"

/* What is after the last '/' or '\\': a parent that was moved together with its child. */
const char *chain_base_name(const char *name);
/* A path as Windows writes it, as struct opener takes it. */
const char *chain_unix_name(struct arena *a, const char *windows);

/* A file that belongs to the image; info->format is what the image is. */
int chain_open_file(const struct disk_open_args *args, const char *dir, const char *name,
	const struct disk_info *info, struct hostfile **ret, struct err *e);

/*
 * Opens the parent of the image in the file child, by the first of the names (NULL ends them) that
 * is there.  format is one of disk_format_name(), or NULL: what it looks like.  *ret is not behind
 * the block cache; ret_info says what it is, for the caller to find out whether it is the right
 * one.  info->parents and info->notes get what is to be said of the parent.
 */
int chain_open_parent(const struct disk_open_args *args, const char *dir,
	const struct hostfile *child, const char *const *names, const char *format,
	struct disk_info *info, struct disk_info *ret_info, struct blockdev **ret, struct err *e);

#endif
