/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The operating system on LVM: which agents take it, over how many disks, and whether its volume
 * group is complete.
 */
#include <string.h>

#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/matrix.h"

static const struct volume_group *group_of(const struct volume *v)
{
	return v && v->kind == VOLUME_LV ? v->lv->vg : NULL;
}

/* ---- ASR-LVM-920 ---- */

static const char *const os_dirs[] = {"/", "/boot", "/usr", "/usr/local", "/var", "/etc"};

enum on_lvm { NOT_ON_LVM, ON_LVM, NOT_SEEN, NOT_MOUNTED };

/* What holds dir itself: a name like /dev/VG/LV is an LV even where its disk is missing. */
static enum on_lvm look_at_dir(
	const struct guest *g, const char *dir, const char **ret_name, struct origin *ret_from)
{
	const struct mount *m = guest_mount(g, dir);
	const struct volume *v = m ? m->volume : NULL;

	*ret_from = m ? m->from : origin_volume(g->root);
	if (!strcmp(dir, "/"))
		v = g->root;
	else if (!m || m->not_mounted || m->spec.class == DEVSPEC_OTHER)
		return NOT_MOUNTED;
	*ret_name = v ? v->name : m->entry->spec;
	if (v)
		return v->kind == VOLUME_LV ? ON_LVM : NOT_ON_LVM;
	return m->spec.class == DEVSPEC_VG_LV ? ON_LVM : NOT_SEEN;
}

static void judge_old_agent(struct check *c, const char *dir)
{
	const char *name = "";
	struct origin from;

	switch (look_at_dir(c->guest, dir, &name, &from)) {
	case ON_LVM:
		if (c->options->scenario == HYPERV)
			say(c, WARN, DOC, &from,
				"%s is on the logical volume %s; the Hyper-V page allows LVM on "
				"data disks only",
				dir, name);
		else
			say(c, FAIL, DOC, &from,
				"%s is on the logical volume %s; agents before 9.20 take LVM on "
				"data disks only",
				dir, name);
		break;
	case NOT_SEEN:
		say_unknown(c, REASON_MISSING_DISK, &from,
			"%s is on %s, which is on no given disk: it may be a logical volume", dir,
			name);
		break;
	default:
		break;
	}
}

static void os_on_lvm(struct check *c)
{
	const struct volume_group *vg = group_of(c->guest->root);
	struct origin o = origin_volume(c->guest->root);

	if (agent_before(c, "9.20") || c->options->scenario == HYPERV) {
		for (size_t i = 0; i < ARRAY_LEN(os_dirs); i++)
			judge_old_agent(c, os_dirs[i]);
	}
	if (c->finding->evidence.n)
		return;
	if (vg)
		say(c, PASS, DOC, &o, "/ is on the volume group %s, which agents take since 9.20",
			vg->name);
	else
		say(c, PASS, DOC, &o, "/ is not on LVM");
}

/* ---- ASR-LVM-BOOTMULTI ---- */

static bool lv_spans_disks(const struct volume *v)
{
	return v->disks.n > 1;
}

static void boot_lv(struct check *c)
{
	const struct volume *boot = c->guest->boot;
	const struct volume_group *vg = group_of(boot);
	const char *dir = boot == c->guest->root ? "/ (with /boot)" : "/boot";
	struct origin o;

	if (!boot && boot_unseen(c))
		return;
	o = boot ? origin_volume(boot) : (struct origin){0};
	if (!vg)
		say(c, PASS, ENG, &o, "%s is not on LVM", dir);
	else if (vg->disks.n > 1)
		say(c, FAIL, lv_spans_disks(boot) ? DOC : AGENT, &o,
			"%s is on the volume group %s, which spans %zu disks (%s)%s", dir, vg->name,
			vg->disks.n, disk_words(c->arena, vg->disks.at, vg->disks.n),
			lv_spans_disks(boot) ? ""
					     : "; the agent counts them all, although this volume "
					       "lies on one");
	else if (!vg->complete && !c->options->complete)
		say_unknown(c, REASON_MISSING_DISK, &o,
			"%s is on the volume group %s, some of whose physical volumes are on no "
			"given disk; so far it is on %s",
			dir, vg->name, disk_words(c->arena, vg->disks.at, vg->disks.n));
	else
		say(c, PASS, AGENT, &o, "%s is on the volume group %s on %s", dir, vg->name,
			disk_words(c->arena, vg->disks.at, vg->disks.n));
}

/* ---- ASR-LVM-MISSINGPV ---- */

/* Of a data group nothing is certain before all disks are there. */
static void say_incomplete(
	struct check *c, bool needed, const struct origin *o, const char *what, const char *remedy)
{
	struct evidence *ev;

	if (needed)
		ev = say(c, FAIL, ENG, o, "%s, and the machine boots from the volume group %s",
			what, o->device);
	else if (c->options->complete)
		ev = say(c, WARN, ENG, o, "%s (volume group %s)", what, o->device);
	else
		ev = say_unknown(c, REASON_MISSING_DISK, o,
			"%s (volume group %s): its disk may not have been given", what, o->device);
	ev->remedy = remedy;
}

static void judge_pv(struct check *c, const struct volume_group *vg,
	const struct physical_volume *pv, bool needed)
{
	const char *hint = pv->device_hint ? pv->device_hint : "device not recorded";
	const char *remedy = arena_printf(c->arena,
		"Give the missing disk. If it is gone for good, and no volume lies on it:\n"
		"\tvgreduce --removemissing %s",
		vg->name);
	struct origin o = {.device = vg->name};

	if (!pv->volume) {
		say_incomplete(c, needed, &o,
			arena_printf(c->arena, "physical volume %s (%s) is on no given disk",
				pv->uuid, hint),
			remedy);
		return;
	}
	if (pv->flagged_missing)
		say(c, needed ? FAIL : WARN, ENG, &o,
			"volume group %s marks its physical volume %s (%s) as missing", vg->name,
			pv->uuid, pv->volume->name)
			->remedy = arena_printf(c->arena,
			"In the guest:\n\tvgextend --restoremissing %s %s", vg->name, hint);
	if (pv->dev_size && pv->volume->size < pv->dev_size)
		say(c, needed ? FAIL : WARN, ENG, &o,
			"physical volume %s of %s is %s smaller than the %s that it was made with",
			pv->volume->name, vg->name,
			size_words(c->arena, pv->dev_size - pv->volume->size),
			size_words(c->arena, pv->dev_size))
			->remedy = "Give the whole disk: this image was cut short or shrunk.";
}

static void groups_complete(struct check *c)
{
	const struct volume_group *root = group_of(c->guest->root);
	const struct map *map = &c->facts->vm->map;

	list_each(vgp, &map->groups) {
		const struct volume_group *vg = *vgp;
		bool needed = vg == root || vg == group_of(c->guest->boot);
		struct origin o = {.device = vg->name};

		list_each(pv, &vg->pvs)
			judge_pv(c, vg, *pv, needed);
		list_each(note, &vg->notes)
			say(c, needed ? FAIL : WARN, ENG, &o, "volume group %s: %s", vg->name,
				*note);
	}
	if (c->finding->evidence.n)
		return;
	if (map->groups.n)
		say(c, PASS, ENG, NULL, "%zu volume group%s, all physical volumes found",
			map->groups.n, map->groups.n == 1 ? "" : "s");
	else
		say(c, NA, ENG, NULL, "the disks hold no volume group");
}

static const struct rule rules[] = {
	{
		.id = "ASR-LVM-920",
		.errors = {95309, 95310},
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(HYPERV),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Operating system on LVM",
		.about =
			"Agents before 9.20 take LVM on data disks only: /, /boot, /usr, "
			"/usr/local, /var and /etc must be on plain partitions of the OS disk. The "
			"Hyper-V page still says so.",
		.remedy = "Install agent 9.20 or newer, or move /boot to a partition.",
		.source = PUSH_PAGE "; " PUSH_LVM_PAGE "; " V2A_MATRIX "; " HV_MATRIX,
		.check = os_on_lvm,
	},
	{
		.id = "ASR-LVM-BOOTMULTI",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "/boot on a volume group of several disks",
		.about = "The agent refuses a machine whose /boot (or root volume, if /boot is a "
			 "directory of it) is in a volume group with physical volumes on more than "
			 "one disk, wherever the volume itself lies.",
		.remedy = "Put /boot on a partition, or its volume group on one disk (pvmove, "
			  "vgreduce, vgsplit).",
		.source = V2A_MATRIX "; " AGENT_CHECK,
		.check = boot_lv,
	},
	{
		.id = "ASR-LVM-MISSINGPV",
		.category = BOOT_IN_AZURE,
		.applies = LINUX,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Volume group incomplete",
		.about = "Every physical volume that the metadata lists must be on one of the "
			 "disks, as large as recorded, and of one mind with the others.",
		.remedy = "Add the missing disk, or remove it from the volume group with vgreduce.",
		.source = "Azure Linux dracut boot page, 2024-03-28",
		.check = groups_complete,
	},
};

const struct rule_set lvm_rules = {rules, ARRAY_LEN(rules)};
