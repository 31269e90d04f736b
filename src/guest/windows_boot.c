/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The boot configuration of a Windows guest: where its system partition is, what its BCD says, and
 * which volumes of the given disks are meant.  Drive letters, which are kept in a similar way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "guest/windows_collect.h"

#define BOOTMGR "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"

/* ---- identities of volumes ---- */

static const struct volume *by_signature(
	const struct map *map, uint32_t signature, uint64_t offset, bool *ret_disk)
{
	char id[16];

	snprintf(id, sizeof(id), "0x%08x", signature);
	*ret_disk = false;
	list_each(d, &map->disks) {
		if ((*d)->table != TABLE_DOS || !(*d)->table_id || strcasecmp((*d)->table_id, id))
			continue;
		*ret_disk = true;
		list_each(p, &(*d)->partitions) {
			if ((*p)->start == offset && (*p)->volume)
				return (*p)->volume;
		}
	}
	return NULL;
}

static const struct volume *by_partition_guid(
	const struct map *map, const char *disk, const char *partition, bool *ret_disk)
{
	*ret_disk = false;
	list_each(d, &map->disks) {
		if (disk && (*d)->table_id && !strcasecmp((*d)->table_id, disk))
			*ret_disk = true;
		list_each(p, &(*d)->partitions) {
			if ((*d)->table == TABLE_GPT && (*p)->uuid && (*p)->volume &&
				!strcasecmp((*p)->uuid, partition))
				return (*p)->volume;
		}
	}
	return NULL;
}

static void resolve(struct bcd_place *p, const struct map *map, const struct volume *bcd)
{
	switch (p->device.kind) {
	case BCD_DEVICE_MBR:
		p->volume =
			by_signature(map, p->device.signature, p->device.offset, &p->disk_found);
		break;
	case BCD_DEVICE_GPT:
		p->volume =
			by_partition_guid(map, p->device.disk, p->device.partition, &p->disk_found);
		break;
	case BCD_DEVICE_BOOT:
		p->target = BCD_BOOT;
		p->volume = bcd;
		return;
	case BCD_DEVICE_BAD:
		p->target = BCD_UNDECODED;
		return;
	default:
		p->target = BCD_OTHER;
		return;
	}
	p->target = p->volume ? BCD_FOUND : BCD_NOT_FOUND;
}

/* ---- the store ---- */

struct store {
	struct hive *h;
	struct guest *g;
	struct win_bcd *bcd;
	struct arena *a;
	const char *damaged; /* the first thing that could not be read of what is being read */
};

static const char *element_path(struct store *s, const char *object, const char *element)
{
	return arena_printf(s->a, "Objects\\%s\\Elements\\%s", object, element);
}

static void note_damage(struct store *s, enum reason reason, const char *why)
{
	if (!s->damaged)
		s->damaged = why;
	if (s->bcd->damage != REASON_LIMIT)
		s->bcd->damage = reason;
}

static struct reg_value element(struct store *s, const char *object, const char *name)
{
	const char *path = element_path(s, object, name);
	struct reg_value v = hive_value(s->h, hive_find(s->h, path), path, "Element");

	if (v.state == REG_UNSEEN)
		note_damage(s, v.reason, v.why);
	return v;
}

static struct fact text_element(struct store *s, const char *object, const char *name)
{
	struct reg_value v = element(s, object, name);

	return (struct fact){v.text, v.from};
}

/* Booleans are one byte of REG_BINARY. */
static bool bool_element(struct store *s, const char *object, const char *name, bool *ret_has)
{
	struct reg_value v = element(s, object, name);

	*ret_has = v.state == REG_THERE && v.len >= 1;
	return *ret_has && v.data[0] != 0;
}

static struct bcd_place place(struct store *s, const char *object, const char *name)
{
	struct reg_value v = element(s, object, name);
	struct bcd_place p = {.target = BCD_NO_DEVICE, .from = v.from};

	if (v.state == REG_ABSENT)
		return p;
	p.device = bcd_device_parse(v.data, v.len);
	p.words = bcd_device_words(s->a, &p.device);
	p.from = hive_origin(s->h, element_path(s, object, name), p.words);
	resolve(&p, &s->g->vm->map, s->bcd->volume);
	return p;
}

static void add_loader(struct store *s, const char *name)
{
	struct bcd_loader *l = list_add(s->a, &s->bcd->loaders);

	s->damaged = NULL;
	l->id = name;
	l->is_windows = true;
	l->from = hive_origin(s->h, arena_printf(s->a, "Objects\\%s", name), NULL);
	l->device = place(s, name, BCD_LIBRARY_DEVICE);
	l->osdevice = place(s, name, BCD_OSLOADER_OSDEVICE);
	l->path = text_element(s, name, BCD_LIBRARY_PATH);
	l->description = text_element(s, name, BCD_LIBRARY_DESCRIPTION);
	l->ems = bool_element(s, name, BCD_OSLOADER_EMS, &l->has_ems);
	l->recovery = bool_element(s, name, BCD_LIBRARY_RECOVERY, &l->has_recovery);
	l->damaged = s->damaged;
}

static void add_other(struct store *s, const char *name, const struct reg_value *type)
{
	struct bcd_object *o = list_add(s->a, &s->bcd->others);

	o->id = name;
	o->type = type->is_number ? (uint32_t)type->number : 0;
	if (type->state == REG_UNSEEN)
		o->damaged = type->why;
	else if (!type->is_number)
		o->damaged = "it does not say what kind of entry it is";
	o->from = type->from;
}

static void add_object(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct store *s = ctx;
	const char *path = arena_printf(s->a, "Objects\\%s\\Description", name);
	struct reg_value type = hive_value(h, hive_find(h, path), path, "Type");

	(void)node;
	name = arena_strdup(s->a, name);
	if (type.is_number && type.number == BCD_OBJECT_BOOTMGR)
		s->bcd->decoded = true;
	if (s->bcd->loaders.n + s->bcd->others.n >= BCD_OBJECTS_MAX) {
		s->bcd->damaged = "it holds too many entries";
		s->bcd->damage = REASON_LIMIT;
	} else if (type.is_number && type.number == BCD_OBJECT_OSLOADER) {
		add_loader(s, name);
	} else {
		add_other(s, name, &type);
	}
}

/* Without a default the boot manager starts the first entry that it would show. */
static struct fact default_entry(struct store *s)
{
	struct reg_value v = element(s, BOOTMGR, BCD_BOOTMGR_DEFAULT), order;
	struct fact named = {v.text, v.from};

	if (v.state != REG_ABSENT)
		return named;
	order = element(s, BOOTMGR, BCD_BOOTMGR_ORDER);
	return order.strings.n ? (struct fact){order.strings.at[0], order.from} : named;
}

static void find_default(struct win_bcd *bcd)
{
	const char *id = bcd->default_id.value;

	bcd->default_loader = -1;
	for (size_t i = 0; id && i < bcd->loaders.n; i++) {
		if (!strcasecmp(bcd->loaders.at[i].id, id))
			bcd->default_loader = (int)i;
	}
	list_each(o, &bcd->others) {
		if (id && !strcasecmp(o->id, id))
			bcd->default_other = o;
	}
}

static void read_boot_manager(struct store *s)
{
	struct win_bcd *bcd = s->bcd;
	struct reg_value timeout;

	s->damaged = NULL;
	bcd->default_id = default_entry(s);
	timeout = element(s, BOOTMGR, BCD_BOOTMGR_TIMEOUT);
	bcd->device = place(s, BOOTMGR, BCD_LIBRARY_DEVICE);
	/* A 64-bit number as REG_BINARY. */
	bcd->has_timeout = timeout.state == REG_THERE && timeout.len >= 4;
	for (size_t i = 0; bcd->has_timeout && i < timeout.len && i < 8; i++)
		bcd->timeout |= (uint64_t)timeout.data[i] << 8 * i;
	bcd->ems = bool_element(s, BOOTMGR, BCD_BOOTMGR_EMS, &bcd->has_ems);
	find_default(bcd);
	if (!bcd->damaged)
		bcd->damaged = s->damaged;
}

static void read_objects(struct store *s)
{
	hive_node objects = hive_find(s->h, "Objects");
	bool failed = !objects && hive_find_failed(s->h);

	if (hive_each(s->h, objects, add_object, s) && !failed)
		return;
	s->bcd->damaged = "the list of its entries is damaged";
	s->bcd->damage = hive_is_exhausted(s->h) ? REASON_LIMIT : REASON_UNREADABLE;
}

/* Does it start this Windows?  Two machines may have been given at once. */
static bool starts(const struct win_bcd *bcd, const struct volume *root)
{
	list_each(l, &bcd->loaders) {
		if (l->osdevice.volume == root || l->device.volume == root)
			return true;
	}
	return false;
}

/* Opens the store at path of a volume; false: there is none. */
static bool read_store(struct guest *g, struct filesystem *fs, const char *path, bool on_esp)
{
	struct win_bcd *bcd = &g->windows->bcd;
	struct fs_mount *m = arena_new(g->vm->arena, struct fs_mount);
	struct fs_tree tree = {m, 1};
	struct store s = {.g = g, .bcd = bcd, .a = g->vm->arena};

	if (!fs || !fs->fs)
		return false;
	*m = (struct fs_mount){"/", fs->fs, fs->volume->name, NULL, fs->fs->root};
	s.h = hive_open(s.a, &tree, path, "BCD", &bcd->hive);
	if (bcd->hive.status == FILE_ABSENT)
		return false;
	bcd->volume = fs->volume;
	bcd->on_esp = on_esp;
	if (s.h) {
		read_objects(&s);
		read_boot_manager(&s);
	}
	hive_close(s.h);
	return true;
}

/* A store on another disk counts only when it names this Windows; else it is forgotten. */
static bool is_for_this(struct guest *g, bool own_disk)
{
	struct win_bcd *bcd = &g->windows->bcd;

	if (own_disk || starts(bcd, g->root))
		return true;
	*bcd = (struct win_bcd){0};
	return false;
}

static bool read_esp_store(struct facts *f, struct guest *g, bool own_disk)
{
	list_each(b, &f->disks) {
		bool own = g->root->disks.n && g->root->disks.at[0] == b->disk;

		if (own != own_disk)
			continue;
		list_each(esp, &b->esps) {
			if (read_store(g, esp->fs, "/EFI/Microsoft/Boot/BCD", true) &&
				is_for_this(g, own)) {
				g->efi = esp->volume;
				g->efi_fs = esp->fs;
				return true;
			}
		}
	}
	return false;
}

static bool read_bios_store(struct facts *f, struct guest *g, bool own_disk)
{
	list_each(b, &f->disks) {
		bool own = g->root->disks.n && g->root->disks.at[0] == b->disk;
		const struct volume *v = b->active ? b->active->volume : NULL;

		if (own != own_disk || !v)
			continue;
		if (read_store(g, vm_filesystem(g->vm, v), "/Boot/BCD", false) &&
			is_for_this(g, own)) {
			g->boot = v;
			g->boot_fs = vm_filesystem(g->vm, v);
			return true;
		}
	}
	return false;
}

/* On the disk of Windows itself first; there, what its table suggests first. */
void collect_bcd(struct facts *f, struct guest *g)
{
	bool gpt = g->root->disks.n && g->root->disks.at[0]->table == TABLE_GPT;

	for (int own = 1; own >= 0; own--) {
		for (int turn = 0; turn < 2; turn++) {
			if (gpt == (turn == 0) ? read_esp_store(f, g, own)
					       : read_bios_store(f, g, own))
				return;
		}
	}
	/* A system without a partition of its own for booting, and not marked active. */
	if (read_store(g, g->root_fs, "/Boot/BCD", false)) {
		g->boot = g->root;
		g->boot_fs = g->root_fs;
	} else {
		g->windows->bcd.default_loader = -1;
	}
}

/* ---- drive letters ---- */

static void add_drive(void *ctx, struct hive *h, size_t value, const char *name)
{
	struct guest *g = ctx;
	struct windows *w = g->windows;
	struct arena *a = g->vm->arena;
	struct reg_value v = hive_value_at(h, value, "MountedDevices", name);
	struct mounted_device m = mounted_device_parse(a, v.data, v.len);
	struct win_drive *d;
	bool disk;

	/* A letter, or (as "\??\Volume{...}") a volume without one. */
	if (w->drives.n >= REG_VALUES_MAX || v.state != REG_THERE)
		return;
	d = list_add(a, &w->drives);
	d->name = v.name;
	if (!strncasecmp(name, "\\DosDevices\\", 12) && name[12] && name[13] == ':')
		d->letter = name[12] & ~32;
	switch (m.kind) {
	case MOUNTED_MBR:
		d->words = arena_printf(a, "disk 0x%08x, partition at byte %llu", m.signature,
			(unsigned long long)m.offset);
		d->volume = by_signature(&g->vm->map, m.signature, m.offset, &d->disk_found);
		break;
	case MOUNTED_GPT:
		d->words = arena_printf(a, "partition %s", m.partition);
		d->volume = by_partition_guid(&g->vm->map, NULL, m.partition, &disk);
		d->by_guid = true;
		break;
	case MOUNTED_NAME:
		d->words = m.name;
		d->state = DRIVE_REMOVABLE;
		break;
	default:
		d->words = "cannot be decoded";
		d->state = DRIVE_UNDECODED;
	}
	if (m.kind == MOUNTED_MBR || m.kind == MOUNTED_GPT)
		d->state = d->volume ? DRIVE_FOUND : DRIVE_NOT_FOUND;
	d->from = hive_origin(h, "MountedDevices", arena_printf(a, "%s = %s", name, d->words));
}

void collect_drives(struct guest *g, struct hive *h)
{
	hive_each_value(h, hive_find(h, "MountedDevices"), add_drive, g);
}
