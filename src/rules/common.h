/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What several files of rules need: questions about a machine's disks, and words for messages.
 */
#ifndef RULES_COMMON_H
#define RULES_COMMON_H

#include "rules/rule.h"

/* "512 MiB", "19.5 GiB": binary units, at most one digit behind the point. */
const char *size_words(struct arena *a, uint64_t bytes);
/* "disk0, disk1 and disk2". */
const char *disk_words(struct arena *a, const struct disk_map *const *disks, size_t n);
/* "Debian GNU/Linux 12 (bookworm)", or what else is known of it. */
const char *guest_words(const struct guest *g);

struct origin origin_disk(const struct disk_map *d);
/* A line of the machine's description. */
struct origin origin_config(const struct machine_config *m, const struct config_fact *f);

/* Why a filesystem is not readable, as a reason of UNKNOWN. */
enum reason filesystem_reason(const struct filesystem *fs);

/* Without an operating system: says UNKNOWN and why none was seen, and is true. */
bool no_guest(struct check *c);
/* Says UNKNOWN, that /boot cannot be seen, and is true, if it is so. */
bool boot_unseen(struct check *c);

bool volume_on_disk(const struct volume *v, const struct disk_map *d);
/* Does the guest's root, /boot or /boot/efi lie on it? */
bool is_os_disk(const struct guest *g, const struct disk_map *d);
/* Is it a disk of the machine that c judges?  Only with separate machines there are others. */
bool is_own_disk(const struct check *c, const struct disk_map *d);
bool is_own_volume(const struct check *c, const struct volume *v);
/* is_os_disk(); without a guest a disk that boots is taken for the OS disk. */
bool holds_os(const struct check *c, const struct disk_map *d);

/* Is this its signature, by blkid's name for it? */
bool volume_holds(const struct volume *v, const char *type);
/*
 * Says UNKNOWN for every disk and volume that could not be looked at, when nothing else was found;
 * what: "is encrypted".
 */
void say_unlooked(struct check *c, const char *what);

/* The ways in which the machine's disks can be booted. */
struct firmware {
	const struct disk_boot *bios, *uefi; /* the first disk of each kind, or NULL */
	const char *unread;                  /* a sentence: what of it could not be seen, or NULL */
};
struct firmware firmware_of(const struct check *c);

/* Of Debian's family, whose tools are update-grub, grub-install and initramfs-tools. */
bool is_debian_like(const struct guest *g);

#endif
