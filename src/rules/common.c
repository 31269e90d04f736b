/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/common.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

const char *size_words(struct arena *a, uint64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;
	uint64_t whole = bytes, rest = 0;

	while (whole >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	/* Cut, not rounded: 0.97 GiB must not read as the 1 GiB that it falls short of. */
	if (rest * 10 / 1024)
		return arena_printf(a, "%llu.%llu %s", (unsigned long long)whole,
			(unsigned long long)(rest * 10 / 1024), units[unit]);
	return arena_printf(a, "%llu %s", (unsigned long long)whole, units[unit]);
}

const char *disk_words(struct arena *a, const struct disk_map *const *disks, size_t n)
{
	const char *words = n ? disks[0]->name : "no disk";

	for (size_t i = 1; i < n; i++)
		words = arena_printf(
			a, "%s%s%s", words, i + 1 == n ? " and " : ", ", disks[i]->name);
	return words;
}

const char *guest_words(const struct guest *g)
{
	if (g->name.value)
		return g->name.value;
	if (g->id.value)
		return g->id.value;
	return g->family == GUEST_WINDOWS ? "Windows" : "Linux";
}

struct origin origin_disk(const struct disk_map *d)
{
	return (struct origin){.device = d->name};
}

struct origin origin_config(const struct machine_config *m, const struct config_fact *f)
{
	return (struct origin){.path = m->path, .line = f->line, .text = f->text};
}

enum reason filesystem_reason(const struct filesystem *fs)
{
	switch (fs->why_num) {
	case ENOTSUP:
		return REASON_UNSUPPORTED;
	case E2BIG:
		return REASON_LIMIT;
	default:
		return REASON_UNREADABLE;
	}
}

bool no_guest(struct check *c)
{
	const struct filesystem *fs;
	struct origin o;

	if (c->guest)
		return false;
	if (c->facts->unread.n) {
		fs = c->facts->unread.at[0];
		o = origin_volume(fs->volume);
		say_unknown(c, filesystem_reason(fs), &o,
			"no operating system was found, and %s (%s) could not be read: %s",
			fs->volume->name, fs->volume->sig.type, fs->why);
	} else {
		say_unknown(c, c->options->complete ? REASON_UNSUPPORTED : REASON_MISSING_DISK,
			NULL, "no operating system was found on the given disks");
	}
	return true;
}

bool boot_unseen(struct check *c)
{
	const struct guest *g = c->guest;
	const struct mount *m = guest_mount(g, "/boot");

	if (!g->boot_missing)
		return false;
	say_unknown(c, g->boot_missing_reason, m ? &m->from : NULL, "%s",
		g->boot_missing_why ? g->boot_missing_why : "/boot cannot be seen");
	return true;
}

bool volume_on_disk(const struct volume *v, const struct disk_map *d)
{
	if (!v)
		return false;
	list_each(disk, &v->disks) {
		if (*disk == d)
			return true;
	}
	return false;
}

bool is_os_disk(const struct guest *g, const struct disk_map *d)
{
	return volume_on_disk(g->root, d) || volume_on_disk(g->boot, d) ||
	       volume_on_disk(g->efi, d);
}

bool holds_os(const struct check *c, const struct disk_map *d)
{
	const struct disk_boot *b;

	if (c->guest)
		return is_os_disk(c->guest, d);
	b = facts_disk(c->facts, d);
	return b && (b->boots_bios || b->boots_uefi);
}

bool is_own_volume(const struct check *c, const struct volume *v)
{
	list_each(d, &v->disks) {
		if (is_own_disk(c, *d))
			return true;
	}
	return !v->disks.n;
}

bool volume_holds(const struct volume *v, const char *type)
{
	return v->sig.type && !strcmp(v->sig.type, type);
}

/* A volume that cannot be read, or whose signature is not known for a reason. */
static void say_unlooked_volume(struct check *c, const struct volume *v, const char *what)
{
	bool missing = v->lv && !v->lv->vg->complete;
	struct origin o = origin_volume(v);

	say_unknown(c, missing ? REASON_MISSING_DISK : REASON_UNREADABLE, &o,
		"whether %s %s cannot be seen: %s", v->name, what, v->why);
}

void say_unlooked(struct check *c, const char *what)
{
	list_each(d, &c->facts->vm->map.disks) {
		struct origin o = origin_disk(*d);

		if (is_own_disk(c, *d) && (*d)->why && (*d)->table != TABLE_NONE)
			say_unknown(c, REASON_UNREADABLE, &o,
				"whether something on %s %s cannot be seen: %s", (*d)->name, what,
				(*d)->why);
	}
	list_each(v, &c->facts->vm->map.volumes) {
		if (is_own_volume(c, *v) && (*v)->why && !(*v)->sig.type)
			say_unlooked_volume(c, *v, what);
	}
}

bool is_own_disk(const struct check *c, const struct disk_map *d)
{
	return !c->guest || !c->facts->separate_machines || is_os_disk(c->guest, d);
}

static const char *unread_of(struct arena *a, const struct disk_boot *b)
{
	if (b->mbr_status == FILE_UNREADABLE)
		return arena_printf(
			a, "the first sector of %s cannot be read: %s", b->disk->name, b->mbr_why);
	if (b->core == CORE_UNREADABLE)
		return arena_printf(a, "%s: %s", b->disk->name, b->bios_why);
	list_each(esp, &b->esps) {
		if (esp->status == FILE_UNREADABLE)
			return arena_printf(a, "the EFI system partition %s cannot be read: %s",
				esp->volume ? esp->volume->name : b->disk->name, esp->why);
	}
	return NULL;
}

struct firmware firmware_of(const struct check *c)
{
	struct firmware fw = {0};

	list_each(b, &c->facts->disks) {
		if (!is_own_disk(c, b->disk))
			continue;
		if (b->boots_bios && !fw.bios)
			fw.bios = b;
		if (b->boots_uefi && !fw.uefi)
			fw.uefi = b;
		if (!fw.unread)
			fw.unread = unread_of(c->arena, b);
	}
	return fw;
}

bool is_debian_like(const struct guest *g)
{
	const char *id = g->id.value, *like = g->release.id_like;

	return (id && (!strcmp(id, "debian") || !strcmp(id, "ubuntu"))) ||
	       (like && strstr(like, "debian"));
}
