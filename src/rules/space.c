/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Free space, as df in the guest would call it available.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "rules/common.h"
#include "rules/matrix.h"

/* The mount that path lies on; NULL: the root filesystem. */
static const struct mount *mount_of(const struct guest *g, const char *path)
{
	char dir[GUEST_PATH_MAX];
	size_t n = strlen(path);

	while (n > 1 && n < sizeof(dir)) {
		const struct mount *m;

		memcpy(dir, path, n);
		dir[n] = '\0';
		m = guest_mount(g, dir);
		if (m && !m->not_mounted)
			return m;
		while (n > 1 && path[--n] != '/')
			;
	}
	return NULL;
}

/* tmpfs: as large as memory, whatever the disks hold. */
static bool in_memory(const struct mount *m)
{
	return m && !strcmp(m->entry->type, "tmpfs");
}

/* The filesystem that dir is on.  NULL: UNKNOWN was said, if anything is to be said at all. */
static const struct filesystem *filesystem_at(
	struct check *c, const char *dir, struct origin *ret_from)
{
	const struct mount *m = mount_of(c->guest, dir);
	const struct filesystem *fs = m ? m->fs : c->guest->root_fs;

	*ret_from = m ? m->from : origin_volume(c->guest->root);
	if (in_memory(m))
		return NULL;
	if (m && !m->volume) {
		say_unknown(c, REASON_MISSING_DISK, ret_from,
			"%s is on %s, which is on no given disk", dir, m->entry->spec);
		return NULL;
	}
	if (!fs || !fs->fs) {
		say_unknown(c, fs ? filesystem_reason(fs) : REASON_UNSUPPORTED, ret_from,
			"the filesystem that holds %s cannot be read%s%s", dir, fs ? ": " : "",
			fs ? fs->why : "");
		return NULL;
	}
	*ret_from = origin_volume(fs->volume);
	ret_from->path = c->guest->family == GUEST_WINDOWS ? NULL : dir;
	ret_from->state = evidence_state(fs);
	if (!fs->space_known) {
		say_unknown(c, REASON_UNREADABLE, ret_from,
			"the free space of %s could not be counted", dir);
		return NULL;
	}
	return fs;
}

static const char *room_words(struct check *c, const struct filesystem *fs, const char *dir)
{
	return arena_printf(c->arena, "%s has %s%s available", dir,
		fs->space.approximate ? "about " : "", size_words(c->arena, fs->space.available));
}

/* What a rule asks for.  Below fail it fails, below warn it warns. */
struct demand {
	uint64_t fail, warn;
	enum basis fail_basis, warn_basis;
	const char *who_fails, *who_warns; /* "the agent's installer wants 1 GiB" */
};

static void judge_room(struct check *c, const char *dir, const struct demand *d)
{
	const struct guest *g = c->guest;
	struct origin from;
	const struct filesystem *fs = filesystem_at(c, dir, &from);
	const char *room;

	if (!fs)
		return;
	room = room_words(c, fs, dir);
	if (fs->space.available < d->fail && g->never_booted && fs == g->root_fs)
		say(c, WARN, d->fail_basis, &from,
			"%s; %s, but this cloud image was never booted and grows its root at the "
			"first boot",
			room, d->who_fails);
	else if (fs->space.available < d->fail)
		say(c, FAIL, d->fail_basis, &from, "%s; %s", room, d->who_fails);
	else if (fs->space.available < d->warn)
		say(c, WARN, d->warn_basis, &from, "%s; %s", room, d->who_warns);
	else
		say(c, PASS, d->warn_basis, &from, "%s", room);
}

/* ---- ASR-95524 ---- */

static void room_for_copy(struct check *c)
{
	static const struct demand copy = {
		.fail = PUSH_COPY_MIN,
		.warn = PUSH_COPY_TIGHT,
		.fail_basis = DOC,
		.warn_basis = DOC,
		.who_fails = "the copy of the installer wants 100 MiB",
		.who_warns = "the copy of the installer wants 100 MiB, which is close",
	};

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_WINDOWS) {
		judge_room(c, "C:", &copy);
		return;
	}
	judge_room(c, "/", &copy);
	if (mount_of(c->guest, "/tmp"))
		judge_room(c, "/tmp", &copy);
}

/* ---- ASR-SPACE-ROOT ---- */

static void room_on_root(struct check *c)
{
	static const struct demand root = {
		.fail = ROOT_FREE_AGENT,
		.warn = ROOT_FREE_DOC,
		.fail_basis = AGENT,
		.warn_basis = DOC,
		.who_fails = "the agent's installer refuses less than 1 GiB",
		.who_warns = "the support matrix wants 2 GiB (the agent's installer 1 GiB)",
	};

	judge_room(c, "/", &root);
}

/* ---- ASR-SPACE-INSTALLDIR ---- */

static void room_for_agent(struct check *c)
{
	static const struct demand agent = {
		.fail = INSTALL_FREE_AGENT,
		.warn = INSTALL_FREE_DOC,
		.fail_basis = AGENT,
		.warn_basis = DOC,
		.who_fails = "the agent's installer refuses less than 250 MiB",
		.who_warns = "the support matrix wants 600 MB (the agent's installer 250 MiB)",
	};
	const char *dir = c->guest->traces.dir;

	judge_room(c, dir && dir[0] == '/' ? dir : "/usr/local", &agent);
}

/* ---- ASR-SPACE-WIN ---- */

static void room_on_windows(struct check *c)
{
	static const struct demand agent = {
		.fail = INSTALL_FREE_WINDOWS,
		.warn = INSTALL_FREE_WINDOWS,
		.fail_basis = DOC,
		.warn_basis = DOC,
		.who_fails = "the support matrix wants 500 MB for C:\\Program Files (x86)",
	};

	judge_room(c, "C:", &agent);
}

/* ---- ASR-SPACE-FULL ---- */

static void judge_full(struct check *c, const char *dir)
{
	struct origin from;
	const struct filesystem *fs = filesystem_at(c, dir, &from);

	if (!fs)
		return;
	if (!fs->space.available)
		say(c, FAIL, DOC, &from, "%s is full: the machine may not start", dir);
	else if (fs->space.inodes && !fs->space.inodes_available)
		say(c, FAIL, DOC, &from, "%s has no free inodes: the machine may not start", dir);
}

static void windows_full(struct check *c)
{
	struct origin from;
	const struct filesystem *fs = filesystem_at(c, "C:", &from);

	if (!fs)
		return;
	if (fs->space.available < WINDOWS_FULL)
		say(c, FAIL, DOC, &from, "%s: Windows may not start", room_words(c, fs, "C:"))
			->remedy = "\tcleanmgr /sagerun:1\n"
				   "\tDISM /Online /Cleanup-Image /StartComponentCleanup";
	else
		say(c, PASS, DOC, &from, "%s", room_words(c, fs, "C:"));
}

static void full_disk(struct check *c)
{
	static const char *const dirs[] = {"/var", "/var/log", "/var/log/audit"};
	struct origin o;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_WINDOWS) {
		windows_full(c);
		return;
	}
	judge_full(c, "/");
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (guest_mount(c->guest, dirs[i]))
			judge_full(c, dirs[i]);
	}
	o = origin_volume(c->guest->root);
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &o, "/ and /var have room and inodes");
}

/* ---- ASR-SPACE-BOOT ---- */

static void room_on_boot(struct check *c)
{
	const struct boot_config *b = &c->guest->boot_config;
	uint64_t wanted = b->largest_initrd + b->largest_initrd / 2;
	struct origin from;
	const struct filesystem *fs;

	if (boot_unseen(c))
		return;
	fs = filesystem_at(c, "/boot", &from);
	if (!fs)
		return;
	if (b->boot_dir == FILE_UNREADABLE)
		say_unknown(
			c, REASON_UNREADABLE, &from, "/boot cannot be listed: %s", b->boot_dir_why);
	else if (!b->largest_initrd)
		say(c, NA, ENG, &from, "/boot holds no initramfs");
	else if (fs->space.available >= wanted)
		say(c, PASS, ENG, &from, "%s, and a new initramfs takes up to %s",
			room_words(c, fs, "/boot"), size_words(c->arena, wanted));
	else if (is_debian_like(c->guest))
		say(c, PASS, HYDRATION, &from,
			"%s; the failover preparation does not rebuild the initramfs of this "
			"distribution",
			room_words(c, fs, "/boot"));
	else
		say_unknown(c, REASON_UNSUPPORTED, &from,
			"%s, and rebuilding the largest initramfs (%s) would take %s; whether it "
			"must be rebuilt for Hyper-V is not looked at",
			room_words(c, fs, "/boot"), size_words(c->arena, b->largest_initrd),
			size_words(c->arena, wanted));
}

static const struct rule rules[] = {
	{
		.id = "ASR-95524",
		.errors = {95524},
		.category = PUSH_INSTALL,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Room for the copy of the installer",
		.about = "Push installation copies the installer first: / and /tmp, or C:, should "
			 "have 100 MB available.",
		.remedy = "Free space on the filesystem.",
		.source = PUSH_PAGE "; " PUSH_LVM_PAGE,
		.check = room_for_copy,
	},
	{
		.id = "ASR-SPACE-BOOT",
		.category = BOOT_IN_AZURE,
		.applies = LINUX,
		.reaches = CAN(UNKNOWN) | CAN(PASS),
		.title = "Room on /boot to rebuild the initramfs",
		.about =
			"Where the failover preparation must add drivers it writes a new initramfs "
			"beside the old one: half as much again as the largest should be free.",
		.remedy = "Remove old kernels.",
		.source = "engineering knowledge",
		.check = room_on_boot,
	},
	{
		.id = "ASR-SPACE-FULL",
		.category = BOOT_IN_AZURE,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "OS disk full",
		.about = "With no bytes or inodes left on /, /var or /var/log/audit Linux may not "
			 "start, and Windows with less than 100 MB on C:.",
		.remedy = "Free space: old logs, package caches, old kernels.",
		.source = "Azure Linux boot errors index, 2025-09-15",
		.check = full_disk,
	},
	{
		.id = "ASR-SPACE-INSTALLDIR",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Room in the agent's installation folder",
		.about =
			"The filesystem of /usr/local (or of the folder where the agent is already "
			"installed) needs 256,000 KiB for the installer, 600 MB by the documents.",
		.remedy = "Free space on the filesystem of /usr/local.",
		.source = V2A_MATRIX "; " AGENT_CHECK,
		.check = room_for_agent,
	},
	{
		.id = "ASR-SPACE-ROOT",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(PASS),
		.title = "Room on the root filesystem",
		.about = "The installer refuses less than 1 GiB available on /; the documents want "
			 "2 GB.",
		.remedy = "Free space on /, or grow it.",
		.source = V2A_MATRIX "; " AGENT_CHECK,
		.check = room_on_root,
	},
	{
		.id = "ASR-SPACE-WIN",
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Room in the agent's installation folder",
		.about = "The volume of C:\\Program Files (x86) needs 500 MB for the agent, before "
			 "and after failover.",
		.remedy = "Free space on C:, or grow it:\n"
			  "\tDISM /Online /Cleanup-Image /StartComponentCleanup",
		.source = V2A_MATRIX,
		.check = room_on_windows,
	},
};

const struct rule_set space_rules = {rules, ARRAY_LEN(rules)};
