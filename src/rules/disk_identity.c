/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What tells disks and filesystems apart, disks that hold nothing, and what Hyper-V's second
 * generation takes.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* ---- ASR-DISK-IDENTITY ---- */

/* The identities by which the guest finds what it boots from. */
static bool boots_from(const struct guest *g, const struct volume *v)
{
	return g && (v == g->root || v == g->boot || v == g->efi);
}

static bool boots_from_disk(const struct check *c, const struct disk_map *d)
{
	return c->guest && is_os_disk(c->guest, d);
}

/* Does fstab or the kernel find a partition of this disk by the disk's own identity? */
static bool named_by_partuuid(const struct guest *g, const struct disk_map *d)
{
	const struct boot_entry *entry = g->boot_config.default_entry;
	const struct kernel_arg *root = entry ? boot_entry_arg(entry, "root") : NULL;

	list_each(m, &g->mounts) {
		if (m->spec.class == DEVSPEC_PARTUUID && m->volume && m->volume->disk == d &&
			boots_from(g, m->volume))
			return true;
	}
	return root && root->value && g->root && g->root->disk == d &&
	       str_starts(root->value, "PARTUUID=");
}

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/*
 * Two disks with one identity: Windows takes one of them offline and gives it another, Linux cares
 * where it looks for a partition by it.
 */
static void judge_disk_twins(struct check *c, const struct disk_map *a, const struct disk_map *b)
{
	const struct guest *g = c->guest;
	bool os = boots_from_disk(c, a) || boots_from_disk(c, b);
	bool needed = os && (g->family == GUEST_WINDOWS || named_by_partuuid(g, a) ||
				    named_by_partuuid(g, b));
	struct origin o = origin_disk(b);

	if (!same(a->table_id, b->table_id) || !strcmp(a->table_id, "0x00000000"))
		return;
	say(c, needed ? FAIL : WARN, ENG, &o, "%s and %s have the same %s, %s%s", a->name, b->name,
		a->table == TABLE_GPT ? "disk GUID" : "disk signature", a->table_id,
		needed ? ", by which the machine finds what it boots from" : "")
		->remedy = arena_printf(c->arena,
		"If one is a copy of the other, give one of them alone. Else give %s a new one, in "
		"the guest:\n\t%s /dev/sdX%s",
		b->name, b->table == TABLE_GPT ? "sgdisk -G" : "sfdisk --disk-id",
		b->table == TABLE_GPT ? "" : " 0x12345678");
}

static bool is_of_type(const struct logical_volume *lv, const char *type)
{
	list_each(t, &lv->types) {
		if (!strcmp(*t, type))
			return true;
	}
	return false;
}

/* A snapshot shows what its origin shows; both are in one group. */
static bool is_snapshot_pair(const struct volume *a, const struct volume *b)
{
	if (a->kind != VOLUME_LV || b->kind != VOLUME_LV || a->lv->vg != b->lv->vg)
		return false;
	return is_of_type(a->lv, "snapshot") || is_of_type(b->lv, "snapshot") ||
	       (is_of_type(a->lv, "thin") && is_of_type(b->lv, "thin"));
}

static void judge_filesystem_twins(
	struct check *c, const struct filesystem *a, const struct filesystem *b)
{
	const struct volume *va = a->volume, *vb = b->volume;
	bool needed = boots_from(c->guest, va) || boots_from(c->guest, vb);
	struct origin o = origin_volume(vb);

	if (!is_own_volume(c, va) || !is_own_volume(c, vb) || is_snapshot_pair(va, vb) ||
		!same(va->sig.uuid, vb->sig.uuid) || !same(va->sig.type, vb->sig.type))
		return;
	say(c, needed ? FAIL : WARN, ENG, &o, "the %s on %s and %s have the same UUID %s%s",
		va->sig.type, va->name, vb->name, va->sig.uuid,
		needed ? ": which of them is mounted at boot is left to chance" : "");
}

static void judge_group_twins(struct check *c)
{
	list_each(vg, &c->facts->vm->map.groups) {
		list_each(pv, &(*vg)->pvs) {
			list_each(twin, &(*pv)->twins) {
				struct origin o = origin_volume(*twin);

				say(c, WARN, ENG, &o,
					"physical volume %s is on %s and on %s (see ASR-LVM-DUP)",
					(*pv)->uuid, (*pv)->volume->name, (*twin)->name);
			}
		}
	}
}

static void judge_tables(struct check *c, const struct disk_map *d)
{
	struct origin o = origin_disk(d);

	if (d->table != TABLE_GPT || d->why)
		return;
	if (d->gpt_primary != GPT_FINE)
		say(c, WARN, ENG, &o, "the primary GPT of %s cannot be used, only its backup",
			d->name);
	else if (d->gpt_backup == GPT_MISPLACED)
		say(c, WARN, ENG, &o,
			"the backup GPT of %s is not at its end: the disk was enlarged after it "
			"was partitioned",
			d->name);
	else if (d->gpt_backup != GPT_FINE)
		say(c, WARN, ENG, &o, "the backup GPT of %s is %s", d->name,
			d->gpt_backup == GPT_ABSENT ? "missing" : "damaged");
	if (d->gpt_disagrees)
		say(c, WARN, ENG, &o, "the primary and the backup GPT of %s disagree", d->name);
	if (d->hybrid_mbr)
		say(c, WARN, ENG, &o,
			"the MBR of %s is a hybrid: beside the GPT it lists partitions of its own",
			d->name);
}

static void identity(struct check *c)
{
	const struct vm *vm = c->facts->vm;

	for (size_t i = 0; i < vm->map.disks.n; i++) {
		const struct disk_map *d = vm->map.disks.at[i];

		if (!is_own_disk(c, d))
			continue;
		judge_tables(c, d);
		for (size_t j = i + 1; j < vm->map.disks.n; j++) {
			if (is_own_disk(c, vm->map.disks.at[j]))
				judge_disk_twins(c, d, vm->map.disks.at[j]);
		}
	}
	for (size_t i = 0; i < vm->filesystems.n; i++) {
		for (size_t j = i + 1; j < vm->filesystems.n; j++)
			judge_filesystem_twins(c, &vm->filesystems.at[i], &vm->filesystems.at[j]);
	}
	judge_group_twins(c);
	if (!c->finding->evidence.n)
		say_unlooked(c, "shares its identity with another");
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, NULL,
			"every disk and filesystem has an identity of its own, and the partition "
			"tables are whole");
}

/* ---- ASR-DISK-UNINIT ---- */

static void judge_blank(struct check *c, const struct disk_map *d)
{
	const char *cannot = "ASR does not enable replication with such a disk attached";
	struct origin o = origin_disk(d);

	if (d->table != TABLE_NONE || !d->volume || d->volume->sig.type)
		return;
	if (d->volume->why)
		say_unknown(c, REASON_UNREADABLE, &o, "what %s holds is not known: %s", d->name,
			d->volume->why);
	else if (!d->blank)
		say(c, INFO, ENG, &o,
			"%s has no partition table, and what it holds is not known; it is not "
			"empty",
			d->name);
	else if (c->options->scenario == A2A)
		say(c, FAIL, DOC, &o, "%s was never initialized: %s", d->name, cannot);
	else
		say(c, INFO, DOC, &o, "%s was never initialized, and may be excluded", d->name);
}

static void uninitialized(struct check *c)
{
	list_each(d, &c->facts->vm->map.disks) {
		if (is_own_disk(c, *d))
			judge_blank(c, *d);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL, "every disk has a partition table or a known content");
}

/* ---- ASR-DISK-HVGEN2 ---- */

static bool boots_uefi(const struct check *c, const struct disk_map *d)
{
	const struct disk_boot *b = facts_disk(c->facts, d);

	return b && b->boots_uefi;
}

static void judge_gen2(struct check *c, const struct disk_map *d)
{
	struct origin o = origin_disk(d);

	if (d->size >= 2 * TIB)
		say(c, WARN, DOC, &o,
			"the UEFI OS disk %s has %s: two rows of the page take less than 2 TiB",
			d->name, size_words(c->arena, d->size));
	if (d->partitions.n > HV_GEN2_PARTITIONS_MAX)
		say(c, WARN, DOC, &o,
			"the UEFI OS disk %s has %zu partitions: a row of the page takes up to %u",
			d->name, d->partitions.n, HV_GEN2_PARTITIONS_MAX);
}

static void say_version_unseen(struct check *c)
{
	if (windows_of(c))
		say_unknown(c, REASON_UNREADABLE, NULL,
			"the registry does not say which version of Windows it is");
}

static void hyperv_gen2(struct check *c)
{
	bool uefi = false;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_LINUX) {
		say(c, NA, DOC, NULL, "the page names no such limits for Linux");
		return;
	}
	list_each(d, &c->facts->vm->map.disks) {
		if (!is_os_disk(c->guest, *d) || !boots_uefi(c, *d))
			continue;
		uefi = true;
		judge_gen2(c, *d);
	}
	if (!uefi)
		say(c, PASS, DOC, NULL, "the machine boots by BIOS: it is of Generation 1");
	else if (!c->guest->version.value)
		say_version_unseen(c);
	else if (version_compare(c->guest->version.value, HV_GEN2_WINDOWS_MIN) < 0)
		say(c, WARN, DOC, &c->guest->version.from,
			"Windows %s is older than Windows Server 2012, from which on a row of the "
			"page takes UEFI",
			c->guest->version.value);
	else if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL,
			"the UEFI OS disk has less than 2 TiB and at most %u partitions",
			HV_GEN2_PARTITIONS_MAX);
}

static const struct rule rules[] = {
	{
		.id = "ASR-DISK-HVGEN2",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(HYPERV),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "UEFI machines of Hyper-V",
		.about = "Rows of the Hyper-V page take UEFI machines (Generation 2) from Windows "
			 "Server 2012 on, whose OS disk has less than 2 TiB and at most 4 "
			 "partitions; others of its rows say more.",
		.remedy = "Look at the current Hyper-V support matrix.",
		.source = HV_MATRIX,
		.check = hyperv_gen2,
	},
	{
		.id = "ASR-DISK-IDENTITY",
		.category = BOOT_IN_AZURE,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Identities of disks and filesystems",
		.about = "Disk signatures, disk GUIDs and UUIDs must be unique among the disks of "
			 "a machine, or it may boot from the wrong one. Looked at: both copies of "
			 "each partition table, the disks' signatures, and the UUIDs of "
			 "filesystems; members of one array, and snapshots beside their origin, "
			 "share theirs rightly.",
		.remedy = "Give copies of a disk identities of their own, or give only one of "
			  "them; repair a damaged table with sgdisk -e.",
		.source = V2A_MATRIX,
		.check = identity,
	},
	{
		.id = "ASR-DISK-UNINIT",
		.errors = {150039, 153039},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Disks that were never initialized",
		.about = "ASR refuses Azure machines with a disk that has neither a partition "
			 "table nor any content. Looked at: the first and last MiB of a disk "
			 "without table and signature.",
		.remedy = "Initialize the disk, or detach it.",
		.source = "Azure to Azure virtual machine errors page, 2025-09-19; " A2A_PROTECTION,
		.check = uninitialized,
	},
};

const struct rule_set disk_identity_rules = {rules, ARRAY_LEN(rules)};
