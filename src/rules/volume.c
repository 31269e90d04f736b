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
	"0x42",
	"5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", /* LDM metadata */
	"af9b60a0-1431-4f62-bc68-3311714a69ad", /* LDM data */
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
			"the OS disk %s is a dynamic disk (%s is of type %s): ASR takes basic OS "
			"disks only",
			d->name, p->name, p->type_name ? p->type_name : p->type);
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
	list_each(v, &c->facts->vm->map.volumes) {
		if (volume_holds(*v, "storage_spaces") && is_own_volume(c, *v) &&
			!((*v)->disk && typed((*v)->disk, pool_types, ARRAY_LEN(pool_types))))
			judge_pool(c, (*v)->name, "signature SPACEDB");
	}
	say_none(c, "is in a storage pool", "no disk is in a storage pool");
}

/* ---- ASR-DISK-BITLOCKER ---- */

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
				(*v)->name, "");
	}
	say_none(c, "is encrypted", "no volume is encrypted with BitLocker");
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
			  "In the guest:\n    manage-bde -off C:\n    manage-bde -status",
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
};

const struct rule_set volume_rules = {rules, ARRAY_LEN(rules)};
