/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which filesystems the agent takes for / and /boot.
 */
#include <string.h>

#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/matrix.h"

/* Of a Btrfs; what cannot be read is counted by its members that are here. */
static size_t devices_of(const struct filesystem *fs)
{
	if (!fs)
		return 1;
	return fs->fs && fs->fs->devices ? fs->fs->devices : 1 + fs->further.n;
}

static bool among(const char *type, const char *const *types, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(type, types[i]))
			return true;
	}
	return false;
}

static void judge_type(struct check *c, const char *dir, const struct filesystem *fs,
	const struct volume *v, const char *const *types, size_t n)
{
	struct origin o = origin_volume(v);
	size_t devices;

	if (!v->sig.type) {
		say_unknown(c, REASON_UNSUPPORTED, &o,
			"%s is on %s, which holds no filesystem that is known", dir, v->name);
		return;
	}
	devices = devices_of(fs);
	if (devices > 1)
		say(c, FAIL, DOC, &o,
			"%s is a btrfs of %zu devices; the agent takes those of one device", dir,
			devices);
	else if (among(v->sig.type, types, n))
		say(c, PASS, AGENT, &o, "%s is %s", dir, v->sig.type);
	else
		say(c, FAIL, AGENT, &o, "%s is %s, which the agent does not take there", dir,
			v->sig.type);
}

static void root_type(struct check *c)
{
	static const char *const types[] = {"ext3", "ext4", "xfs", "btrfs"};

	judge_type(c, "/", c->guest->root_fs, c->guest->root, types, ARRAY_LEN(types));
}

static void boot_type(struct check *c)
{
	static const char *const types[] = {"ext2", "ext3", "ext4", "xfs", "btrfs"};
	const struct guest *g = c->guest;
	struct origin o;

	if (!g->boot) {
		boot_unseen(c);
		return;
	}
	o = origin_volume(g->boot);
	if (g->boot == g->root)
		say(c, PASS, AGENT, &o, "/boot is a directory of /");
	else
		judge_type(c, "/boot", g->boot_fs, g->boot, types, ARRAY_LEN(types));
}

static const struct rule rules[] = {
	{
		.id = "ASR-FS-BOOT",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Filesystem of /boot",
		.about = "A /boot of its own must be ext2, ext3, ext4, xfs, or a btrfs of one "
			 "device.",
		.remedy = "Move /boot to ext4 or xfs.",
		.source = AGENT_CHECK,
		.check = boot_type,
	},
	{
		.id = "ASR-FS-ROOT",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(PASS),
		.title = "Filesystem of /",
		.about = "The root filesystem must be ext3, ext4, xfs, or a btrfs of one device.",
		.remedy = "Migrate the root filesystem to ext4 or xfs.",
		.source = V2A_MATRIX "; " A2A_MATRIX "; " AGENT_CHECK,
		.check = root_type,
	},
};

const struct rule_set filesystem_rules = {rules, ARRAY_LEN(rules)};
