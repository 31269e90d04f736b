/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What every boot loader's configuration comes down to: entries of a menu, each with the commands
 * that load a kernel and the words they give it.  grub_cfg, grub_legacy, elilo and bls fill these.
 * Everything lives in the arena the parser was given.
 */
#ifndef PARSE_BOOT_ENTRY_H
#define PARSE_BOOT_ENTRY_H

#include <stdbool.h>

#include "base/arena.h"
#include "parse/cmdline.h"

/* Why an entry is not the machine's ordinary way to boot. */
enum boot_kind {
	BOOT_NORMAL,
	BOOT_RESCUE,   /* dracut's 0-rescue, "failsafe" */
	BOOT_RECOVERY, /* "recovery mode", single user */
	BOOT_SNAPSHOT, /* a menu of Btrfs snapshots */
	BOOT_MEMTEST,
	BOOT_FIRMWARE, /* "UEFI Firmware Settings" */
};

/* One command that loads a kernel, a hypervisor or a module. */
struct kernel_line {
	const char *command; /* linux linux16 linuxefi kernel module module2 multiboot multiboot2 */
	const char *path;    /* as written: (hd0,0)/vmlinuz, /boot/vmlinuz-6.1.0-18-amd64 */
	struct kernel_args args;
	unsigned line;
	const char *text;
};

/* A submenu, and the one around it; NULL is the top. */
struct boot_menu {
	const struct boot_menu *up;
	unsigned index;
	const char *title, *id;
};

struct boot_entry {
	const char *title;   /* "" for commands outside any entry */
	const char *id;      /* NULL when none; of a BLS entry its file name without .conf */
	const char *version; /* of a BLS entry, else NULL */
	const char *classes; /* blank-separated, or NULL */
	const struct boot_menu *menu;
	unsigned index; /* its place in that menu, from 0 */
	enum boot_kind kind;
	bool unreachable;   /* stands in a branch that this configuration never takes */
	bool chain;         /* goes on in another boot loader or configuration file */
	const char *search; /* "UUID=..." or "LABEL=..." of the volume the kernel is read from */
	const char *root;   /* GRUB's own root device, "(hd0,0)"; NULL when not set */
	struct {
		LIST(struct kernel_line);
	} lines;
	struct {
		LIST(const char *);
	} initrds;
	unsigned line; /* where it starts */
	const char *text;
};

struct boot_entries {
	LIST(struct boot_entry);
	size_t words; /* arguments of all of them */
	bool limit;   /* more than BOOT_ENTRIES_MAX or BOOT_WORDS_MAX: the rest was left out */
};

const char *boot_kind_name(enum boot_kind kind);

/* Decides the kind from the title, the id, the kernel's path and the menus around it. */
enum boot_kind boot_entry_classify(const struct boot_entry *b);

/* The line that loads Linux (behind a hypervisor its module), or NULL. */
const struct kernel_line *boot_entry_kernel(const struct boot_entry *b);

/* The last argument of that name, the one the kernel obeys, or NULL. */
const struct kernel_arg *boot_entry_arg(const struct boot_entry *b, const char *key);

/* The kernel's release by its file name (vmlinuz-RELEASE, vmlinux-, Image-, kernel-), or NULL. */
const char *boot_entry_release(const struct boot_entry *b);

/* "1>2", for people. */
const char *boot_entry_number(struct arena *a, const struct boot_entry *b);

/*
 * The entry that a default names, as GRUB 2 reads it: an index, an id or a title, "1>2" for
 * submenus (">>" is a '>' in a title); a submenu stands for its first entry.  What names nothing is
 * the first entry, as in GRUB.  NULL only when there is no reachable entry.
 */
const struct boot_entry *boot_default(const struct boot_entries *all, const char *spec);

#endif
