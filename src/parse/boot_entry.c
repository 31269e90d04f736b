/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/boot_entry.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

static const char *const kind_names[] = {
	[BOOT_NORMAL] = "normal",
	[BOOT_RESCUE] = "rescue",
	[BOOT_RECOVERY] = "recovery",
	[BOOT_SNAPSHOT] = "snapshot",
	[BOOT_MEMTEST] = "memtest",
	[BOOT_FIRMWARE] = "firmware",
};

const char *boot_kind_name(enum boot_kind kind)
{
	return kind_names[kind];
}

static bool says(const char *text, const char *word)
{
	return text && strcasestr(text, word);
}

static bool is_snapshot(const struct boot_entry *b)
{
	for (const struct boot_menu *m = b->menu; m; m = m->up) {
		if (says(m->title, "snapshot"))
			return true;
	}
	return says(b->title, "snapshot");
}

enum boot_kind boot_entry_classify(const struct boot_entry *b)
{
	const struct kernel_line *k = boot_entry_kernel(b);
	const char *path = k ? k->path : NULL;

	if (says(b->title, "recovery mode") || says(b->title, "single-user mode") ||
		says(b->id, "-recovery-"))
		return BOOT_RECOVERY;
	if (says(b->title, "rescue") || says(path, "-rescue-") || says(b->id, "-0-rescue") ||
		says(b->title, "failsafe"))
		return BOOT_RESCUE;
	if (says(b->title, "memtest") || says(path, "memtest"))
		return BOOT_MEMTEST;
	if (!k && (says(b->title, "firmware set") || says(b->id, "firmware") ||
			  says(b->title, "system setup")))
		return BOOT_FIRMWARE;
	return is_snapshot(b) ? BOOT_SNAPSHOT : BOOT_NORMAL;
}

static bool is_module(const struct kernel_line *k)
{
	return str_starts(k->command, "module") || !strcmp(k->command, "xen_module");
}

/* What the multiboot command, or Legacy's kernel command, loads when Linux is a module. */
static bool is_hypervisor(const struct kernel_line *k)
{
	const char *base = strrchr(k->path, '/');

	return str_starts(k->command, "multiboot") || !strcmp(k->command, "xen_hypervisor") ||
	       str_starts(base ? base + 1 : k->path, "xen");
}

const struct kernel_line *boot_entry_kernel(const struct boot_entry *b)
{
	const struct kernel_line *module = NULL;

	list_each(k, &b->lines) {
		if (is_module(k))
			module = module ? module : k;
		else if (!is_hypervisor(k))
			return k;
	}
	return module;
}

const struct kernel_arg *boot_entry_arg(const struct boot_entry *b, const char *key)
{
	const struct kernel_line *k = boot_entry_kernel(b);

	return k ? cmdline_get(&k->args, key) : NULL;
}

const char *boot_entry_release(const struct boot_entry *b)
{
	static const char *const prefixes[] = {"vmlinuz-", "vmlinux-", "bzImage-", "Image-",
		"image-", "kernel-", "linux-", "zImage-"};
	const struct kernel_line *k = boot_entry_kernel(b);
	const char *base;

	if (!k)
		return NULL;
	base = strrchr(k->path, '/');
	base = base ? base + 1 : k->path;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (str_starts(base, prefixes[i]) && base[strlen(prefixes[i])])
			return base + strlen(prefixes[i]);
	}
	return NULL;
}

/* The steps from the top menu down to the entry: its menus, then itself.  Returns how many. */
static size_t path_of(const struct boot_entry *b, struct boot_menu steps[GRUB_DEPTH_MAX + 1])
{
	size_t n = 1, i;

	for (const struct boot_menu *m = b->menu; m && n <= GRUB_DEPTH_MAX; m = m->up)
		n++;
	i = n - 1;
	steps[i] = (struct boot_menu){.index = b->index, .title = b->title, .id = b->id};
	for (const struct boot_menu *m = b->menu; m && i > 0; m = m->up)
		steps[--i] = *m;
	return n;
}

const char *boot_entry_number(struct arena *a, const struct boot_entry *b)
{
	struct boot_menu steps[GRUB_DEPTH_MAX + 1];
	size_t n = path_of(b, steps);
	const char *text = arena_printf(a, "%u", steps[0].index);

	for (size_t i = 1; i < n; i++)
		text = arena_printf(a, "%s>%u", text, steps[i].index);
	return text;
}

/* Takes "part" off "part>rest"; ">>" is a '>' that belongs to the part. */
static bool next_part(const char **rest, char part[], size_t room)
{
	const char *p = *rest;
	size_t n = 0;

	if (!p)
		return false;
	while (*p && (*p != '>' || p[1] == '>')) {
		if (n + 1 < room)
			part[n++] = *p;
		p += *p == '>' ? 2 : 1;
	}
	part[n] = '\0';
	*rest = *p ? p + 1 : NULL;
	return true;
}

static bool step_is(const struct boot_menu *step, const char *part)
{
	unsigned long long number;

	if ((step->id && !strcmp(step->id, part)) || !strcmp(step->title, part))
		return true;
	return span_u64(span_of(part), &number) && number == step->index;
}

static bool entry_is(const struct boot_entry *b, const char *spec)
{
	struct boot_menu steps[GRUB_DEPTH_MAX + 1];
	char part[EVIDENCE_TEXT_MAX];
	size_t n = path_of(b, steps), i = 0;

	while (next_part(&spec, part, sizeof(part))) {
		if (i == n || !step_is(&steps[i++], part))
			return false;
	}
	while (i < n) {
		if (steps[i++].index)
			return false;
	}
	return true;
}

const struct boot_entry *boot_default(const struct boot_entries *all, const char *spec)
{
	const struct boot_entry *first = NULL;

	list_each(b, all) {
		if (b->unreachable)
			continue;
		if (spec && *spec && b->title[0] && entry_is(b, spec))
			return b;
		/* Commands outside any entry boot at once only where there is no menu. */
		if (!first || (!first->title[0] && b->title[0]))
			first = b;
	}
	return first;
}
