/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the filesystems say of themselves: their state, XFS its version, Btrfs its devices.
 */
#include <string.h>

#include "base/cleanup.h"
#include "guest/windows_facts.h"
#include "rules/common.h"
#include "rules/matrix.h"

/* A filesystem that the guest mounts, where, and the line of fstab that says so. */
struct use {
	const struct filesystem *fs;
	const char *dir;
	const struct mount *mount; /* NULL: found without fstab */
};

struct uses {
	LIST(struct use);
};

static void add_use(struct check *c, struct uses *l, const struct filesystem *fs, const char *dir)
{
	list_each(u, l) {
		if (u->fs == fs)
			return;
	}
	if (fs)
		*list_add(c->arena, l) = (struct use){fs, dir, guest_mount(c->guest, dir)};
}

/* Windows, what it starts from, and the volumes that have drive letters. */
static struct uses windows_uses(struct check *c)
{
	const struct guest *g = c->guest;
	struct uses l = {0};

	add_use(c, &l, g->root_fs, "the volume of Windows");
	add_use(c, &l, g->boot_fs, "the system partition");
	add_use(c, &l, g->efi_fs, "the EFI system partition");
	if (!g->windows)
		return l;
	list_each(d, &g->windows->drives) {
		if (d->letter && d->volume)
			add_use(c, &l, vm_filesystem(g->vm, d->volume),
				arena_printf(c->arena, "%c:", d->letter));
	}
	return l;
}

/* Each once, where the system needs it most. */
static struct uses uses_of(struct check *c)
{
	const struct guest *g = c->guest;
	struct uses l = {0};

	if (g->family == GUEST_WINDOWS)
		return windows_uses(c);

	add_use(c, &l, g->root_fs, "/");
	add_use(c, &l, g->boot_fs, "/boot");
	add_use(c, &l, g->efi_fs, "/boot/efi");
	list_each(m, &g->mounts) {
		if (m->dir[0] == '/' && !m->not_mounted)
			add_use(c, &l, m->fs, m->dir);
	}
	return l;
}

static struct origin origin_use(const struct use *u)
{
	struct origin o = origin_volume(u->fs->volume);

	o.state = evidence_state(u->fs);
	return o;
}

/* ---- ASR-FS-BTRFS ---- */

/* Below these lies the operating system, not the guest's data. */
static bool is_os_dir(const char *dir)
{
	static const char *const dirs[] = {
		"/", "/boot", "/usr", "/var", "/etc", "/usr/local", "/opt", "/home"};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (!strcmp(dir, dirs[i]))
			return true;
	return false;
}

static void judge_btrfs(struct check *c, const struct use *u)
{
	const struct fs *fs = u->fs->fs;
	const size_t devices = fs ? fs->devices : 1 + u->fs->further.n;
	const struct origin o = origin_use(u), from = u->mount ? u->mount->from : o;

	if (devices > 1)
		say(c, FAIL, DOC, &o, "%s is a btrfs of %zu devices; ASR takes those of one",
			u->dir, devices);
	else if (!fs)
		say_unknown(c, filesystem_reason(u->fs), &o,
			"%s is a btrfs that could not be read: %s", u->dir, u->fs->why);
	else if (fs->raid)
		say(c, FAIL, DOC, &o, "%s is a btrfs with the profile %s; ASR takes single and dup",
			u->dir, fs->raid);
	else if (agent_before(c, "9.22"))
		say(c, FAIL, DOC, &o, "%s is a btrfs; agents take these since 9.22", u->dir);
	else
		say(c, INFO, DOC, &from,
			"%s is a btrfs of one device, as ASR takes it; the subvolume that is "
			"mounted there must stay the same once the machine is protected",
			u->dir);
}

static void btrfs_conditions(struct check *c)
{
	const struct uses l = uses_of(c);
	bool any = false;

	list_each(u, &l) {
		if (!volume_holds(u->fs->volume, "btrfs") || !is_os_dir(u->dir))
			continue;
		judge_btrfs(c, u);
		any = true;
	}
	if (!any)
		say(c, NA, DOC, NULL, "the operating system does not use btrfs");
}

/* ---- ASR-FS-XFSV5 ---- */

static void judge_xfs(struct check *c, const struct filesystem *fs)
{
	struct origin o = origin_volume(fs->volume);

	o.state = evidence_state(fs);
	if (!agent_before(c, "9.10"))
		say(c, PASS, DOC, &o, "%s is an XFS%s; agents take versions 4 and 5 since 9.10",
			fs->volume->name,
			!fs->fs                ? ""
			: fs->fs->version == 5 ? " of version 5"
					       : " of version 4");
	else if (!fs->fs)
		say_unknown(c, filesystem_reason(fs), &o,
			"%s is an XFS whose version could not be read: %s", fs->volume->name,
			fs->why);
	else if (fs->fs->version == 5)
		say(c, FAIL, DOC, &o, "%s is an XFS of version 5; agents take these since 9.10",
			fs->volume->name);
	else
		say(c, PASS, DOC, &o, "%s is an XFS of version 4", fs->volume->name);
}

static void xfs_version(struct check *c)
{
	bool any = false;

	list_each(fs, &c->facts->vm->filesystems) {
		if (!volume_holds(fs->volume, "xfs") || !is_own_volume(c, fs->volume))
			continue;
		judge_xfs(c, fs);
		any = true;
	}
	if (!any)
		say(c, NA, DOC, NULL, "no filesystem is XFS");
}

/* ---- ASR-FS-HEALTH ---- */

/* True: it is clean. */
static bool judge_state(struct check *c, const struct use *u)
{
	const struct origin o = origin_use(u);
	const char *type = u->fs->volume->sig.type;
	const char *why = u->fs->why ? u->fs->why : "the filesystem says so itself";

	if (u->fs->fs && u->fs->fs->devices > 1 + u->fs->further.n) {
		say_unknown(c, REASON_MISSING_DISK, &o, "%s (%s) is not all here: %s", u->dir, type,
			why);
		return false;
	}
	switch (u->fs->state) {
	case FS_CLEAN:
		return true;
	case FS_UNREADABLE:
		say_unknown(c, filesystem_reason(u->fs), &o, "%s (%s) could not be read: %s",
			u->dir, type, why);
		break;
	case FS_ERRORS:
		say(c, FAIL, ENG, &o, "%s (%s) is damaged: %s", u->dir, type, why);
		break;
	default:
		say(c, WARN, ENG, &o,
			"%s (%s) is not clean, as is usual in an image of a running machine: %s",
			u->dir, type, why);
	}
	return false;
}

static void state_of_filesystems(struct check *c)
{
	struct uses l;
	size_t clean = 0;
	struct origin o;

	if (no_guest(c))
		return;
	l = uses_of(c);
	o = origin_volume(c->guest->root);
	list_each(u, &l)
		clean += judge_state(c, u);
	if (clean == l.n && l.n)
		say(c, PASS, ENG, &o, "all filesystems that could be seen (%zu) are clean", clean);
	else if (!l.n)
		say_unknown(c, REASON_UNREADABLE, &o, "no filesystem of the machine can be read");
}

static const struct rule rules[] = {
	{
		.id = "ASR-FS-BTRFS",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO),
		.title = "Conditions for btrfs",
		.about = "ASR takes btrfs on one device, with the profiles single and dup, from "
			 "agent 9.22 on; the subvolume must not be changed once the machine is "
			 "protected.  Looked at: what the system uses, its superblock and chunks.",
		.remedy = "Move the data to one device and remove the others:\n"
			  "\tbtrfs device remove DEVICE /",
		.source = V2A_MATRIX "; " AGENT_CHECK,
		.check = btrfs_conditions,
	},
	{
		.id = "ASR-FS-HEALTH",
		.category = BOOT_IN_AZURE,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Filesystems that are dirty or damaged",
		.about = "An image of a running machine has logs to replay, which is done when it "
			 "boots; errors that a filesystem has recorded keep a machine from it.  "
			 "Looked at: logs and journals, recorded errors, sizes and checksums, "
			 "hibernation, of every filesystem that is mounted at boot or has a "
			 "drive letter.",
		.remedy =
			"Shut the machine down cleanly and take the image then.  Where errors are "
			"recorded, repair the filesystem while it is not mounted (fsck, "
			"xfs_repair, btrfs check, chkdsk /f).",
		.source = "Linux boot error and UEFI boot failure pages; " UPLOAD_WINDOWS_PAGE,
		.check = state_of_filesystems,
	},
	{
		.id = "ASR-FS-XFSV5",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "XFS of version 5",
		.about = "XFS of version 5 (with checksums) is supported since agent 9.10.",
		.remedy = "Upgrade the agent.",
		.source = V2A_MATRIX,
		.check = xfs_version,
	},
};

const struct rule_set health_rules = {rules, ARRAY_LEN(rules)};
