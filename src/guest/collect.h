/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between the collectors of this folder only: who fills what.  Each takes a guest whose tree is
 * mounted, fills its part, and turns damage into statuses.
 */
#ifndef GUEST_COLLECT_H
#define GUEST_COLLECT_H

#include "guest/facts.h"

/* boot_disk.c: what each disk could be booted by. */
void collect_disks(struct facts *f);

/* linux.c: a guest for every Linux root; windows.c: for what looks like a Windows disk. */
void collect_linux_guests(struct facts *f);
void collect_windows_guests(struct facts *f);

/* linux_mounts.c: fstab, and the tree it makes.  g->root is known. */
void collect_mounts(struct guest *g);
/* Does its line of fstab say which subvolume, and the root of what it mounts; its fs is readable.
 */
bool mount_names_subvolume(const struct mount *m);
int mount_top(const struct mount *m, struct fs_node *ret, struct err *e);
/* linux_identity.c: release, architecture, names. */
void collect_identity(struct guest *g);
/* linux_boot.c: boot entries, kernels, the default. */
void collect_boot(struct guest *g, const struct facts *f);
/* linux_agent.c: an agent that is there already; after the boot entries. */
void collect_linux_agent(struct guest *g);
/* linux_login.c: sshd, accounts, packages, firewalls. */
void collect_login(struct guest *g);
/* linux_storage.c: block devices in its configuration. */
void collect_storage(struct guest *g);
/* traces.c: of ASR.  The settings of an agent, drscout.conf, of either family. */
void collect_linux_traces(struct guest *g);
void collect_agent_settings(struct guest *g, const char *path);

/* file.c */

/* Its first bytes, up to len, into buf; the number read, or a negative code. */
int guest_read_head(struct guest *g, const char *path, void *buf, size_t len);
/* Reads a file that fs_walk() has found, under the path it was asked for. */
const struct guest_file *guest_read_found(
	struct guest *g, const char *path, const struct fs_file *file);
/* The names in a directory, sorted as bytes; FILE_ABSENT, or FILE_UNREADABLE and *ret_why. */
struct name_list {
	LIST(struct dir_name {
		const char *name;
		struct fs_node node;
		uint32_t type;
	});
};
enum file_status guest_list(
	struct guest *g, const char *path, struct name_list *ret, const char **ret_why);
/* The target of a symlink, or NULL when path is no symlink. */
const char *guest_readlink(struct guest *g, const char *path);
enum reason reason_of(int num);

#endif
