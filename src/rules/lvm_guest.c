/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Logical volumes by kind and name, and whether the guest's LVM will find its disks in Azure.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"

static const struct volume_group *group_of(const struct volume *v)
{
	return v && v->kind == VOLUME_LV ? v->lv->vg : NULL;
}

static bool boots_from_group(const struct guest *g, const struct volume_group *vg)
{
	return g && (group_of(g->root) == vg || group_of(g->boot) == vg);
}

/* ---- ASR-LVM-THIN ---- */

/* V2A_MATRIX: Update Rollup 61 is the first with thin volumes; 59 is 9.46. */
#define AGENT_THIN "9.48"

static const char *type_among(const struct logical_volume *lv, const char *const *types, size_t n)
{
	list_each(t, &lv->types) {
		for (size_t i = 0; i < n; i++) {
			if (!strcmp(*t, types[i]))
				return types[i];
		}
	}
	return NULL;
}

static void judge_kind(struct check *c, const struct logical_volume *lv)
{
	static const char *const thin[] = {"thin", "thin-pool"};
	static const char *const other[] = {"cache", "cache-pool", "writecache", "vdo", "vdo-pool"};
	const char *is_thin = type_among(lv, thin, ARRAY_LEN(thin));
	const char *is_other = type_among(lv, other, ARRAY_LEN(other));
	struct origin o = {.device = lv->full_name};

	if (is_thin && agent_before(c, AGENT_THIN))
		say(c, FAIL, DOC, &o,
			"%s is a logical volume of type %s, which agents take from Update Rollup "
			"61 (" AGENT_THIN ") on",
			lv->full_name, is_thin);
	else if (is_thin)
		say(c, PASS, DOC, &o,
			"%s is a logical volume of type %s, which agents take since Update Rollup "
			"61",
			lv->full_name, is_thin);
	if (is_other)
		say(c, WARN, ENG, &o,
			"%s is a logical volume of type %s, of which the pages say nothing",
			lv->full_name, is_other);
}

static void thin_volumes(struct check *c)
{
	list_each(vg, &c->facts->vm->map.groups) {
		list_each(lv, &(*vg)->lvs) {
			if ((*lv)->visible ||
				type_among(*lv, (const char *const[]){"thin-pool"}, 1))
				judge_kind(c, *lv);
		}
	}
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, NULL, "no logical volume is thin, cached or of VDO");
}

/* ---- ASR-LVM-PKG ---- */

static void lvm_package(struct check *c)
{
	const struct volume_group *vg = group_of(c->guest->root);
	struct origin o = origin_volume(c->guest->root);

	if (!vg) {
		say(c, NA, AGENT, &o, "/ is not on LVM");
		return;
	}
	o.path = "/sbin/vgdisplay";
	if (c->guest->storage.vgdisplay == FILE_READ)
		say(c, PASS, AGENT, &o, "vgdisplay is installed");
	else if (c->guest->storage.vgdisplay == FILE_UNREADABLE)
		say_unknown(c, REASON_UNREADABLE, &o, "whether vgdisplay is there cannot be seen");
	else
		say(c, FAIL, AGENT, &o,
			"/ is on the volume group %s, and vgdisplay, which the agent calls, is "
			"neither in /sbin nor in /usr/sbin",
			vg->name);
}

/* ---- ASR-LVM-CASE ---- */

static void say_case(
	struct check *c, const struct origin *o, const char *what, const char *a, const char *b)
{
	say(c, FAIL, DOC, o, "%s %s and %s differ in case only", what, a, b);
}

static void judge_lv_names(struct check *c, const struct volume_group *vg)
{
	for (size_t i = 0; i < vg->lvs.n; i++) {
		for (size_t j = i + 1; j < vg->lvs.n; j++) {
			const struct logical_volume *a = vg->lvs.at[i], *b = vg->lvs.at[j];
			struct origin o = {.device = b->full_name};

			if (a->visible && b->visible && strcmp(a->name, b->name) &&
				!strcasecmp(a->name, b->name))
				say_case(c, &o, "the logical volumes", a->full_name, b->full_name);
		}
	}
}

static void judge_mount_names(struct check *c, const struct guest *g)
{
	for (size_t i = 0; i < g->mounts.n; i++) {
		for (size_t j = i + 1; j < g->mounts.n; j++) {
			const struct mount *a = &g->mounts.at[i], *b = &g->mounts.at[j];

			if (a->dir[0] == '/' && strcmp(a->dir, b->dir) &&
				!strcasecmp(a->dir, b->dir))
				say_case(c, &b->from, "the mount points", a->dir, b->dir);
		}
	}
}

static void names_in_case(struct check *c)
{
	list_each(vg, &c->facts->vm->map.groups)
		judge_lv_names(c, *vg);
	if (c->guest)
		judge_mount_names(c, c->guest);
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL, "no two names of volumes differ in case only");
}

/* ---- ASR-LVM-DUP ---- */

static void judge_group_twins(
	struct check *c, const struct volume_group *a, const struct volume_group *b)
{
	bool needed = boots_from_group(c->guest, a) || boots_from_group(c->guest, b);
	struct origin o = {.device = b->name};

	if (strcmp(a->name, b->name) || !a->uuid || !b->uuid || !strcmp(a->uuid, b->uuid))
		return;
	say(c, needed ? FAIL : WARN, ENG, &o, "two volume groups are called %s (UUID %s and %s)%s",
		a->name, a->uuid, b->uuid, needed ? ", and the machine boots from one of them" : "")
		->remedy = arena_printf(c->arena,
		"Rename one of them, in the guest:\n\tvgrename %s %s-2", b->uuid, b->name);
}

static void judge_pv_twins(struct check *c, const struct volume_group *vg)
{
	bool needed = boots_from_group(c->guest, vg);

	list_each(p, &vg->pvs) {
		const struct physical_volume *pv = *p;

		list_each(twin, &pv->twins) {
			struct origin o = origin_volume(*twin);

			say(c, needed ? FAIL : WARN, ENG, &o,
				"physical volume %s of %s is on %s and again on %s", pv->uuid,
				vg->name, pv->volume ? pv->volume->name : "?", (*twin)->name)
				->remedy = arena_printf(c->arena,
				"Give only one of the two disks, or import the copy under another "
				"name, in the guest:\n\tvgimportclone --basevgname %s-2 /dev/sdX",
				vg->name);
		}
	}
}

static void duplicates(struct check *c)
{
	const struct map *map = &c->facts->vm->map;

	for (size_t i = 0; i < map->groups.n; i++) {
		judge_pv_twins(c, map->groups.at[i]);
		for (size_t j = i + 1; j < map->groups.n; j++)
			judge_group_twins(c, map->groups.at[i], map->groups.at[j]);
	}
	if (c->finding->evidence.n)
		return;
	if (map->groups.n)
		say(c, PASS, ENG, NULL, "every volume group and physical volume is there once");
	else
		say(c, NA, ENG, NULL, "the disks hold no volume group");
}

/* ---- ASR-LVM-FILTER ---- */

/* The names that a physical volume will have in Azure. */
static size_t azure_names(
	struct check *c, const struct physical_volume *pv, char letter, const char **names)
{
	const struct partition *p = pv->volume->partition;
	const char *number = p ? arena_printf(c->arena, "%u", p->number) : "";
	const char *part = p ? arena_printf(c->arena, "-part%u", p->number) : "";
	size_t n = 0;

	names[n++] = arena_printf(c->arena, "/dev/sd%c%s", letter, number);
	names[n++] = arena_printf(c->arena,
		"/dev/disk/by-path/acpi-VMBUS:01-vmbus-f8b3781a1e824818a1c363d806ec15bb-lun-%d%s",
		letter - 'a', part);
	names[n++] = arena_printf(
		c->arena, "/dev/disk/by-id/scsi-360022480a1b2c3d4e5f60718293a4b5c%s", part);
	names[n++] = arena_printf(
		c->arena, "/dev/disk/by-id/wwn-0x60022480a1b2c3d4e5f60718293a4b5c%s", part);
	names[n++] = arena_printf(c->arena, "/dev/disk/by-id/lvm-pv-uuid-%s", pv->uuid);
	if (p && p->uuid)
		names[n++] = arena_printf(c->arena, "/dev/disk/by-partuuid/%s", p->uuid);
	return n;
}

/* Whatever letter its disk gets: some name of it must pass. */
static bool may_be_found(
	struct check *c, const struct lvm_filter *f, const struct physical_volume *pv)
{
	const char *names[8];

	for (char letter = 'a'; letter <= 'd'; letter++) {
		if (lvm_filter_accepts(f, names, azure_names(c, pv, letter, names), c->arena))
			return true;
	}
	return false;
}

static void judge_filter(struct check *c, const struct lvm_filter *f, const struct guest_file *file)
{
	struct origin o;

	if (!file || !f->line)
		return;
	o = origin_line(file, f->line, f->text);
	if (f->bad) {
		say(c, WARN, ENG, &o, "LVM's %s has a pattern that LVM refuses: %s", f->name,
			f->bad);
		return;
	}
	list_each(vg, &c->facts->vm->map.groups) {
		list_each(p, &(*vg)->pvs) {
			const struct physical_volume *pv = *p;

			/* On an array it has that array's name, in Azure too. */
			if (!pv->volume ||
				(pv->volume->kind != VOLUME_PARTITION &&
					pv->volume->kind != VOLUME_DISK) ||
				may_be_found(c, f, pv))
				continue;
			say(c, FAIL, ENG, &o,
				"LVM's %s accepts no name that %s, a physical volume of %s, has in "
				"Azure (/dev/sd*)",
				f->name, pv->volume->name, (*vg)->name);
		}
	}
}

/* Red Hat's systems keep a devices file unless told otherwise; Debian's and SUSE's do not. */
static bool uses_devices_file(const struct guest *g)
{
	const char *id = g->id.value, *like = g->release.id_like;

	if (g->storage.lvm.use_devicesfile != LVM_DEFAULT)
		return g->storage.lvm.use_devicesfile == LVM_YES;
	return (like && (strstr(like, "rhel") || strstr(like, "fedora"))) ||
	       (id && (!strcmp(id, "rhel") || !strcmp(id, "ol") || !strcmp(id, "fedora")));
}

/* Kinds of names that belong to the machine as it was, not to what is on the disk. */
static bool names_hardware(const struct device_line *l)
{
	static const char *const types[] = {
		"sys_wwid", "sys_serial", "wwid_naa", "wwid_eui", "wwid_t10", "mpath_uuid"};

	for (size_t i = 0; l->id_type && i < ARRAY_LEN(types); i++) {
		if (!strcmp(l->id_type, types[i]))
			return true;
	}
	return false;
}

static void judge_devices_file(struct check *c)
{
	const struct storage *s = &c->guest->storage;

	if (!s->lvm_devices_file || !uses_devices_file(c->guest))
		return;
	list_each(r, &s->lvm_devices) {
		if (names_hardware(r->line))
			say(c, WARN, ENG, &r->from,
				"LVM's devices file names a disk by an id of the machine it was "
				"on, %s; whether LVM finds it again by its contents depends on its "
				"version",
				r->line->id ? r->line->id : "?");
	}
}

static void lvm_filter(struct check *c)
{
	const struct storage *s = &c->guest->storage;

	if (!c->facts->vm->map.groups.n) {
		say(c, NA, ENG, NULL, "the disks hold no volume group");
		return;
	}
	judge_filter(c, &s->lvm.filter, s->filter_file);
	judge_filter(c, &s->lvm.global_filter, s->global_filter_file);
	judge_devices_file(c);
	if (c->finding->evidence.n)
		return;
	if (s->lvm_why)
		say_unknown(c, REASON_UNREADABLE, NULL, "LVM's configuration makes no sense: %s",
			s->lvm_why);
	else if (s->lvm_file && s->lvm_file->status == FILE_UNREADABLE)
		say_unknown(c, s->lvm_file->reason, &s->lvm_file->from,
			"/etc/lvm/lvm.conf cannot be read: %s", s->lvm_file->why);
	else if (s->filter_file || s->global_filter_file)
		say(c, PASS, ENG, NULL, "LVM's filter accepts /dev/sd*");
	else
		say(c, PASS, ENG, NULL, "LVM looks at every disk");
}

static const struct rule rules[] = {
	{
		.id = "ASR-LVM-CASE",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(PASS),
		.title = "Names of volumes that differ in case only",
		.about = "ASR does not tell volumes apart whose names differ in case only. Looked "
			 "at: the logical volumes of each group, and the mount points of fstab.",
		.remedy = "Rename one of them.",
		.source = V2A_MATRIX,
		.check = names_in_case,
	},
	{
		.id = "ASR-LVM-DUP",
		.category = BOOT_IN_AZURE,
		.applies = LINUX,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(PASS),
		.title = "Volume groups or physical volumes that are there twice",
		.about = "LVM refuses to activate a group whose name, or one of whose physical "
			 "volumes, is on the machine's disks twice.",
		.remedy = "Rename one of the groups, or give the copy identities of its own "
			  "(vgimportclone).",
		.source = UPLOAD_LINUX_PAGE,
		.check = duplicates,
	},
	{
		.id = "ASR-LVM-FILTER",
		.category = BOOT_IN_AZURE,
		.applies = LINUX,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "LVM's filter and devices file",
		.about = "A filter that accepts only names of the machine as it was, or a devices "
			 "file with ids of its disks, may keep LVM from finding its physical "
			 "volumes in Azure. Looked at: filter, global_filter and use_devicesfile "
			 "in /etc/lvm/lvm.conf and lvmlocal.conf, and /etc/lvm/devices. The copy "
			 "in the initramfs is not looked at.",
		.remedy = "Relax the filter, or let LVM make its devices file anew, and rebuild "
			  "the initramfs.",
		.source = HYDRATION_CODE,
		.check = lvm_filter,
	},
	{
		.id = "ASR-LVM-PKG",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Tools of LVM",
		.about = "With / on LVM the agent's installer calls vgdisplay, and stops without "
			 "it. Looked at: /sbin/vgdisplay and /usr/sbin/vgdisplay.",
		.remedy = "Install the package lvm2.",
		.source = AGENT_CHECK,
		.check = lvm_package,
	},
	{
		.id = "ASR-LVM-THIN",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(PASS),
		.title = "Thin and cached logical volumes",
		.about = "Agents before Update Rollup 61 (" AGENT_THIN ") do not take thin logical "
			 "volumes; of caches and VDO the pages say nothing.",
		.remedy = "Install a newer agent.",
		.source = V2A_MATRIX,
		.check = thin_volumes,
	},
};

const struct rule_set lvm_guest_rules = {rules, ARRAY_LEN(rules)};
