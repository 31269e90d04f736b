/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What disks are made of before any filesystem, by partition types and signatures: dynamic disks,
 * storage pools, encrypted volumes, mirrors over the network, and filesystems that ASR does not
 * list.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"

/* Has the disk a partition of one of these types?  NULL: no. */
static const struct partition *typed(const struct disk_map *d, const char *const *types, size_t n)
{
	list_each(p, &d->partitions) {
		for (size_t i = 0; i < n; i++) {
			if ((*p)->type && !strcmp((*p)->type, types[i]))
				return *p;
		}
	}
	return NULL;
}

/* The end of a rule for Windows that found nothing. */
static void say_none(struct check *c, const char *unlooked, const char *none)
{
	if (c->finding->evidence.n)
		return;
	say_unlooked(c, unlooked);
	if (c->finding->evidence.n)
		return;
	if (c->guest && c->guest->family == GUEST_LINUX)
		say(c, NA, ENG, NULL, "the guest is Linux, and %s", none);
	else
		say(c, PASS, ENG, NULL, "%s", none);
}

/* ---- ASR-DISK-DYNAMIC ---- */

static const char *const dynamic_types[] = {
	"0x42", "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", /* LDM metadata */
	"af9b60a0-1431-4f62-bc68-3311714a69ad",         /* LDM data */
};

/* No guest and no disk that boots: which is the OS disk? */
static bool os_disk_known(const struct check *c)
{
	list_each(d, &c->facts->vm->map.disks) {
		if (holds_os(c, *d))
			return true;
	}
	return false;
}

static void judge_dynamic(struct check *c, const struct disk_map *d, const struct partition *p)
{
	struct origin o = {.device = p->name};

	if (holds_os(c, d))
		say(c, FAIL, DOC, &o,
			"the OS disk %s is a dynamic disk (%s is of type %s%s%s): ASR takes basic "
			"OS disks only",
			d->name, p->name, p->type_name ? p->type_name : p->type,
			d->ldm && d->ldm->group_name ? ", group " : "",
			d->ldm && d->ldm->group_name ? d->ldm->group_name : "");
	else if (!os_disk_known(c))
		say_unknown(c, REASON_MISSING_DISK, &o,
			"%s is a dynamic disk; whether it is the OS disk is not known", d->name);
	else
		say(c, PASS, DOC, &o, "%s is a dynamic disk of data, which ASR replicates",
			d->name);
}

static void dynamic_disks(struct check *c)
{
	list_each(d, &c->facts->vm->map.disks) {
		const struct partition *p = typed(*d, dynamic_types, ARRAY_LEN(dynamic_types));

		if (p && is_own_disk(c, *d))
			judge_dynamic(c, *d, p);
	}
	say_none(c, "is a dynamic disk", "no disk is dynamic");
}

/* ---- ASR-DISK-SPACES ---- */

static const char *const pool_types[] = {"0xe7", "e75caf8f-f680-4cee-afa3-b001e56efc2d"};

static void judge_pool(struct check *c, const char *name, const char *mark)
{
	struct origin o = {.device = name};

	if (c->options->scenario == A2A)
		say(c, PASS, DOC, &o, "%s is in a storage pool (%s), which ASR takes from Azure",
			name, mark);
	else
		say(c, FAIL, DOC, &o,
			"%s is in a storage pool (%s); ASR does not replicate Storage Spaces", name,
			mark);
}

static void storage_spaces(struct check *c)
{
	list_each(d, &c->facts->vm->map.disks) {
		const struct partition *p = typed(*d, pool_types, ARRAY_LEN(pool_types));

		if (p && is_own_disk(c, *d))
			judge_pool(c, p->name, p->type_name ? p->type_name : p->type);
	}
	say_none(c, "is in a storage pool", "no disk is in a storage pool");
}

/* ---- ASR-DISK-BITLOCKER ---- */

static const char *protection_words(struct check *c, const struct volume *v)
{
	const struct bitlocker *b = v->bitlocker;

	if (!b)
		return "";
	if (b->suspended)
		return " (its protection is suspended, which is not enough)";
	if (b->protectors)
		return arena_printf(c->arena, " (protected by %s)", b->protectors);
	return "";
}

static void bitlocker(struct check *c)
{
	list_each(v, &c->facts->vm->map.volumes) {
		struct origin o = origin_volume(*v);

		if (!volume_holds(*v, "BitLocker") || !is_own_volume(c, *v))
			continue;
		if (c->options->scenario == A2A)
			say(c, INFO, DOC, &o,
				"%s is encrypted with BitLocker; of Azure machines ASR takes what "
				"Azure Disk Encryption has encrypted",
				(*v)->name);
		else
			say(c, FAIL, DOC, &o,
				"%s is encrypted with BitLocker%s, and nothing in it can be read",
				(*v)->name, protection_words(c, *v));
	}
	say_none(c, "is encrypted", "no volume is encrypted with BitLocker");
}

/* ---- ASR-FS-REFS ---- */

static void refs(struct check *c)
{
	list_each(v, &c->facts->vm->map.volumes) {
		struct origin o = origin_volume(*v);

		if (!volume_holds(*v, "ReFS") || !is_own_volume(c, *v))
			continue;
		if (agent_before(c, "9.23"))
			say(c, FAIL, DOC, &o, "%s is ReFS, which ASR takes from agent 9.23 on",
				(*v)->name);
		else
			say(c, PASS, DOC, &o, "%s is ReFS, which ASR takes since agent 9.23",
				(*v)->name);
	}
	say_none(c, "is ReFS", "no volume is ReFS");
}

/* ---- ASR-FS-OTHER ---- */

static const struct {
	const char *type, *words;
} unlisted[] = {
	{"zfs_member", "ZFS"},
	{"bcache", "bcache"},
	{"ocfs", "OCFS"},
	{"ocfs2", "OCFS2"},
	{"gfs", "GFS"},
	{"gfs2", "GFS2"},
	{"oracleasm", "Oracle ASM"},
	{"VMFS", "VMFS"},
	{"VMFS_volume_member", "VMFS"},
	{"vdo", "VDO"},
};

static void judge_unlisted(struct check *c, const struct volume *v)
{
	struct origin o = origin_volume(v);

	for (size_t i = 0; i < ARRAY_LEN(unlisted); i++) {
		if (volume_holds(v, unlisted[i].type))
			say(c, WARN, DOC, &o,
				"%s holds %s, which is not among the filesystems that ASR lists",
				v->name, unlisted[i].words);
	}
}

/* A pool that Docker's devicemapper driver keeps its layers in, by the names its guides give it. */
static bool is_docker_pool(const struct logical_volume *lv)
{
	bool pool = false;

	list_each(type, &lv->types)
		pool |= !strcmp(*type, "thin-pool");
	return pool && (!strcmp(lv->name, "docker-thinpool") || !strcmp(lv->name, "docker-pool") ||
			       !strcmp(lv->vg->name, "docker"));
}

static void other_filesystems(struct check *c)
{
	list_each(v, &c->facts->vm->map.volumes) {
		if (is_own_volume(c, *v))
			judge_unlisted(c, *v);
	}
	list_each(vg, &c->facts->vm->map.groups) {
		list_each(lv, &(*vg)->lvs) {
			struct origin o = {.device = (*lv)->full_name};

			if (is_docker_pool(*lv))
				say(c, WARN, DOC, &o,
					"%s is a pool of Docker's devicemapper driver, and Docker "
					"disk configurations are listed as not supported",
					(*lv)->full_name);
		}
	}
	if (c->finding->evidence.n)
		return;
	say_unlooked(c, "holds a filesystem that ASR does not list");
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL, "no volume holds ZFS, bcache, OCFS2, GFS2, ASM or VMFS");
}

static const struct rule rules[] = {
	{
		.id = "ASR-DISK-BITLOCKER",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Volumes encrypted with BitLocker",
		.about = "ASR does not replicate volumes that BitLocker has encrypted from VMware, "
			 "Hyper-V or physical machines, even while protection is suspended. Looked "
			 "at: the boot sector of every volume, and BitLocker's own metadata.",
		.remedy = "Decrypt the volume fully before enabling replication, and keep it so. "
			  "In the guest:\n\tmanage-bde -off C:\n\tmanage-bde -status",
		.source = V2A_MATRIX "; " HV_MATRIX "; " A2A_MATRIX,
		.check = bitlocker,
	},
	{
		.id = "ASR-DISK-DYNAMIC",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Windows dynamic disks",
		.about = "The OS disk must be a basic disk; dynamic data disks are replicated. "
			 "Looked at: the types of partitions, and the database of the Logical Disk "
			 "Manager.",
		.remedy = "Convert the OS disk to a basic disk.",
		.source = V2A_MATRIX,
		.check = dynamic_disks,
	},
	{
		.id = "ASR-DISK-SPACES",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Storage Spaces",
		.about = "ASR does not replicate disks of a storage pool from VMware, Hyper-V or "
			 "physical machines. Looked at: the types of partitions, and the "
			 "signature of a pool.",
		.remedy = "Move the data to plain volumes, and take the disks out of the pool, "
			  "before enabling replication.",
		.source = V2A_MATRIX "; " HV_MATRIX "; " A2A_MATRIX,
		.check = storage_spaces,
	},
	{
		.id = "ASR-FS-OTHER",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Other filesystems and volume managers of data",
		.about = "ZFS, bcache, OCFS2, GFS2, Oracle ASM, VMFS and Docker's own pools are "
			 "not among what the support matrix lists. Looked at: the signature of "
			 "every volume, and the names of thin pools.",
		.remedy = "Ask support, exclude the disk from replication, or protect its data by "
			  "its own means.",
		.source = V2A_MATRIX,
		.check = other_filesystems,
	},
	{
		.id = "ASR-FS-REFS",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "ReFS volumes",
		.about = "Agents before 9.23 do not take ReFS. Looked at: the boot sector of every "
			 "volume.",
		.remedy = "Install agent 9.23 or newer.",
		.source = V2A_MATRIX,
		.check = refs,
	},
};

const struct rule_set volume_rules = {rules, ARRAY_LEN(rules)};
