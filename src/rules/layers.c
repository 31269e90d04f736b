/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What lies between the disks and the filesystems of a Linux guest: encryption, software RAID,
 * mirrors over a network; and which of its directories lie on filesystems of their own.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"

/* ---- ASR-DISK-LUKS ---- */

static bool is_luks(const struct volume *v)
{
	return v && volume_holds(v, "crypto_LUKS");
}

/* The crypttab's line for /dev/mapper/NAME, or NULL. */
static const struct crypt_volume *crypt_named(const struct guest *g, const struct devspec *spec)
{
	list_each(cv, &g->storage.crypt) {
		if (spec->class == DEVSPEC_MAPPER && !strcmp(cv->name, spec->value))
			return cv;
	}
	return NULL;
}

static enum verdict when_encrypted(const struct check *c)
{
	return c->options->scenario == A2A ? WARN : FAIL;
}

static const char *ade_words(const struct check *c)
{
	if (c->options->scenario != A2A)
		return "";
	return c->guest && c->guest->storage.ade.value
		       ? "; Azure Disk Encryption was set up here"
		       : "; ASR takes what Azure Disk Encryption has encrypted";
}

/* Directories of the system that fstab mounts from what crypttab opens. */
static void judge_crypt_mounts(struct check *c)
{
	static const char *const dirs[] = {"/", "/boot", "/usr", "/var"};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		const struct mount *m = guest_mount(c->guest, dirs[i]);
		const struct crypt_volume *cv = m ? crypt_named(c->guest, &m->spec) : NULL;

		if (cv)
			say(c, when_encrypted(c), DOC, &m->from,
				"%s is on %s, which %s opens from the encrypted %s%s", dirs[i],
				m->entry->spec, cv->from.path, cv->device, ade_words(c));
	}
}

static bool disk_boots(const struct check *c, const struct volume *v)
{
	list_each(d, &v->disks) {
		const struct disk_boot *b = facts_disk(c->facts, *d);

		if (b && (b->boots_bios || b->boots_uefi))
			return true;
	}
	return false;
}

/* Without a guest the system is in what cannot be read, if it is on the disk that boots. */
static void judge_luks_volume(struct check *c, const struct volume *v)
{
	struct origin o = origin_volume(v);

	if (c->guest)
		say(c, WARN, DOC, &o,
			"%s is encrypted (LUKS), and what is in it is not read; encrypted disks of "
			"the guest are not supported%s",
			v->name, ade_words(c));
	else if (disk_boots(c, v))
		say(c, when_encrypted(c), DOC, &o,
			"%s is encrypted (LUKS), on a disk that boots, and no system was found "
			"outside of it%s",
			v->name, ade_words(c));
	else
		say_unknown(c, REASON_UNSUPPORTED, &o,
			"%s is encrypted (LUKS); whether a system is in it cannot be seen",
			v->name);
}

static void luks(struct check *c)
{
	if (c->guest)
		judge_crypt_mounts(c);
	if (c->guest && c->guest->storage.ade.value && c->options->scenario == A2A)
		say(c, WARN, DOC, &c->guest->storage.ade.from,
			"Azure Disk Encryption was set up on this machine");
	list_each(v, &c->facts->vm->map.volumes) {
		if (is_luks(*v) && is_own_volume(c, *v))
			judge_luks_volume(c, *v);
	}
	if (c->finding->evidence.n)
		return;
	if (c->guest && c->guest->family == GUEST_WINDOWS) {
		say(c, NA, ENG, NULL, "the guest is Windows, and no volume is encrypted with LUKS");
		return;
	}
	say_unlooked(c, "is encrypted");
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, NULL, "no volume is encrypted with LUKS");
}

/* ---- ASR-DISK-DRBD ---- */

static void drbd(struct check *c)
{
	const struct storage *s = &c->guest->storage;
	enum verdict bad = c->options->scenario == A2A ? FAIL : WARN;

	list_each(v, &c->facts->vm->map.volumes) {
		struct origin o = origin_volume(*v);

		if (volume_holds(*v, "drbd") && is_own_volume(c, *v))
			say(c, bad, DOC, &o, "%s is mirrored to another machine by DRBD",
				(*v)->name);
	}
	for (size_t i = 0; i < s->drbd.n; i++)
		say(c, bad, DOC, &s->drbd_from.at[i], "the resource %s of DRBD lies on %s",
			s->drbd.at[i].resource, s->drbd.at[i].device);
	if (!c->finding->evidence.n)
		say_unlooked(c, "belongs to DRBD");
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL, "no volume and no configuration is DRBD's");
}

/* ---- ASR-RAID-MD ---- */

/* The array that a volume is, or that its group lies on; NULL: none. */
static const struct array *array_below(const struct volume *v)
{
	if (!v)
		return NULL;
	if (v->kind == VOLUME_ARRAY)
		return v->array;
	if (v->kind != VOLUME_LV)
		return NULL;
	list_each(pv, &v->lv->vg->pvs) {
		if ((*pv)->volume && (*pv)->volume->kind == VOLUME_ARRAY)
			return (*pv)->volume->array;
	}
	return NULL;
}

static void judge_array(struct check *c, const char *dir, const struct volume *v)
{
	const struct array *a = array_below(v);
	struct origin o;

	if (!a)
		return;
	o = (struct origin){.device = a->name};
	say(c, WARN, ENG, &o,
		"%s is on the array %s (%s)%s: the agent's own checks know partitions, LVM and "
		"dm-crypt only",
		dir, a->name, a->level, v->kind == VOLUME_LV ? ", through LVM" : "");
	if (!a->missing)
		return;
	if (c->options->complete)
		say(c, FAIL, ENG, &o, "the array %s lacks %u of its %u members", a->name,
			a->missing, a->slots);
	else
		say_unknown(c, REASON_MISSING_DISK, &o,
			"the array %s lacks %u of its %u members; they may be on a disk that was "
			"not given",
			a->name, a->missing, a->slots);
}

static void raid(struct check *c)
{
	const struct guest *g = c->guest;

	judge_array(c, g->boot == g->root ? "/ (with /boot)" : "/", g->root);
	if (g->boot != g->root)
		judge_array(c, "/boot", g->boot);
	if (c->finding->evidence.n || (!g->boot && boot_unseen(c)))
		return;
	say(c, PASS, ENG, NULL, "neither / nor /boot is on software RAID");
}

/* ---- ASR-FS-DIRS ---- */

static bool shares_disk(const struct volume *a, const struct volume *b)
{
	list_each(d, &a->disks) {
		if (!volume_on_disk(b, *d))
			return false;
	}
	return true;
}

static void separate_directories(struct check *c)
{
	static const char *const dirs[] = {"/usr", "/usr/local", "/var", "/etc", "/boot"};
	bool old = agent_before(c, "9.20");

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		const struct mount *m = guest_mount(c->guest, dirs[i]);

		if (!m || m->not_mounted || m->spec.class == DEVSPEC_OTHER)
			continue;
		if (!m->volume)
			say_unknown(c, REASON_MISSING_DISK, &m->from,
				"%s is on %s, which is on no given disk", dirs[i], m->entry->spec);
		else if (!shares_disk(m->volume, c->guest->root))
			say(c, old ? FAIL : INFO, DOC, &m->from, "%s is on %s, and / on %s%s",
				dirs[i],
				disk_words(c->arena, m->volume->disks.at, m->volume->disks.n),
				disk_words(c->arena, c->guest->root->disks.at,
					c->guest->root->disks.n),
				old ? "; agents before 9.20 refuse this" : "");
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL,
			"/usr, /usr/local, /var, /etc and /boot are on the disk of /");
}

/* ---- ASR-FS-READONLY ---- */

/* Of "ro" and "rw" the last counts. */
static bool mounts_read_only(const struct fstab_entry *e)
{
	bool ro = false;

	for (const char *p = e->options; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");

		if (n == 2 && !memcmp(p, "ro", 2))
			ro = true;
		else if (n == 2 && !memcmp(p, "rw", 2))
			ro = false;
		p += n;
	}
	return ro;
}

/* It found errors the last time, and its owner wants it read-only then. */
static bool turns_read_only(const struct mount *m)
{
	struct arena scratch = {0};
	const char *value = fstab_option_value(&scratch, m->entry, "errors");
	bool remount = value && !strcmp(value, "remount-ro");

	arena_free(&scratch);
	return remount && m->fs && m->fs->fs && m->fs->state == FS_ERRORS;
}

static void read_only(struct check *c)
{
	static const char *const dirs[] = {"/", "/boot", "/etc", "/var"};
	const struct guest *g = c->guest;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		const struct mount *m = guest_mount(g, dirs[i]);

		if (!m || m->not_mounted)
			continue;
		if (mounts_read_only(m->entry))
			say(c, FAIL, AGENT, &m->from,
				"fstab mounts %s read-only, and the agent writes there", dirs[i]);
		else if (turns_read_only(m))
			say(c, WARN, AGENT, &m->from,
				"the filesystem of %s records errors, upon which it is mounted "
				"read-only",
				dirs[i]);
	}
	if (g->immutable.value)
		say(c, WARN, AGENT, &g->immutable.from,
			"the system's own directories are read-only (%s)", g->immutable.value);
	if (g->fstab && g->fstab->status == FILE_UNREADABLE)
		say_unknown(c, g->fstab->reason, &g->fstab->from, "/etc/fstab cannot be read: %s",
			g->fstab->why);
	if (!c->finding->evidence.n)
		say(c, PASS, AGENT, NULL, "nothing mounts /, /boot, /etc or /var read-only");
}

static const struct rule rules[] = {
	{
		.id = "ASR-DISK-DRBD",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(A2A) | CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Disks mirrored by DRBD",
		.about = "ASR does not take disks that DRBD mirrors to another machine. Looked at: "
			 "DRBD's metadata at the end of volumes, and /etc/drbd.d.",
		.remedy = "Exclude the disk from replication, or stop using DRBD.",
		.source = A2A_MATRIX,
		.check = drbd,
	},
	{
		.id = "ASR-DISK-LUKS",
		.errors = {151137},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Encrypted disks of Linux",
		.about = "Disks that the guest encrypts are not supported; what is in them is not "
			 "read here. Looked at: LUKS headers, /etc/crypttab with fstab, and traces "
			 "of Azure Disk Encryption.",
		.remedy = "Decrypt the volume, or encrypt on Azure's side.",
		.source = V2A_MATRIX "; " A2A_PROTECTION "; " AGENT_CHECK,
		.check = luks,
	},
	{
		.id = "ASR-FS-DIRS",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Directories of the system on other disks",
		.about = "Agents before 9.20 want /usr, /usr/local, /var, /etc and /boot on the "
			 "disk of /.",
		.remedy = "Install agent 9.20 or newer, or move the directories to the disk of /.",
		.source = V2A_MATRIX,
		.check = separate_directories,
	},
	{
		.id = "ASR-FS-READONLY",
		.category = REPLICATION,
		.applies = LINUX,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Directories of the system that cannot be written",
		.about = "The agent writes to /, /boot, /etc and /var. Looked at: options of "
			 "fstab, errors that a filesystem records, and traces of systems whose "
			 "root is read-only. \"ro\" on the kernel's command line is normal.",
		.remedy = "Mount them read-write in /etc/fstab.",
		.source = AGENT_CHECK,
		.check = read_only,
	},
	{
		.id = "ASR-RAID-MD",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Software RAID under the system",
		.about = "The agent's checks follow partitions, LVM and dm-crypt to a disk, and "
			 "not software RAID (ASR-95310 says what that does to /boot). Looked at: "
			 "the superblocks of MD arrays, and how many of their members are there.",
		.remedy = "Put the system's volumes on plain partitions or on LVM.",
		.source = AGENT_CHECK,
		.check = raid,
	},
};

const struct rule_set layer_rules = {rules, ARRAY_LEN(rules)};
