/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The containers of the disks: are they all there, can they be read, could they be uploaded as they
 * are?  Replication reads the disks of the running machine, so that what an upload would refuse is
 * for information only.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

static const struct machine *machine_of(const struct check *c)
{
	return &c->facts->vm->machine;
}

static const struct disk_info *info_of(const struct disk_map *d)
{
	return &d->source->disk.info;
}

static void each_disk(
	struct check *c, void (*judge_disk)(struct check *c, const struct disk_map *d))
{
	list_each(d, &c->facts->vm->map.disks) {
		if (is_own_disk(c, *d))
			judge_disk(c, *d);
	}
}

/* "vmdk streamOptimized" */
static const char *format_words(struct arena *a, const struct disk_info *info)
{
	return info->subformat ? arena_printf(a, "%s %s", info->format, info->subformat)
			       : info->format;
}

/* ---- ASR-IMG-SET ---- */

static enum verdict when_missing(const struct check *c)
{
	return c->options->complete ? INFO : WARN;
}

static void judge_described(struct check *c)
{
	const struct machine *m = machine_of(c);

	list_each(d, &m->missing) {
		struct origin o = origin_config(m->config, &d->said->file);

		say(c, when_missing(c), ENG, &o,
			"the disk %s of the machine's description is not among those inspected: %s",
			d->said->slot, d->why);
	}
}

static void judge_groups(struct check *c)
{
	list_each(g, &c->facts->vm->map.groups) {
		struct origin o = {.device = (*g)->name};

		list_each(pv, &(*g)->pvs) {
			if (!(*pv)->volume)
				say(c, when_missing(c), ENG, &o,
					"physical volume %s of volume group %s is on none of the "
					"given disks",
					(*pv)->uuid, (*g)->name);
		}
	}
}

/* Does it name one certain volume, wherever it is?  An LV of a group that is here would be here. */
static bool names_a_disk(const struct check *c, const struct devspec *spec)
{
	switch (spec->class) {
	case DEVSPEC_UUID:
	case DEVSPEC_LABEL:
	case DEVSPEC_PARTUUID:
	case DEVSPEC_PARTLABEL:
		return true;
	case DEVSPEC_MAPPER:
	case DEVSPEC_VG_LV:
		return spec->vg && !map_group(&c->facts->vm->map, spec->vg);
	default:
		return false;
	}
}

static void judge_mounts(struct check *c)
{
	list_each(m, &c->guest->mounts) {
		if (!m->volume && !m->not_mounted && names_a_disk(c, &m->spec))
			say(c, when_missing(c), ENG, &m->from,
				"%s is mounted at %s, but is on none of the given disks",
				m->entry->spec, m->dir);
	}
}

/* Volumes of dynamic disks and storage pools have GUIDs too, which are in no partition table. */
static bool has_own_volumes(const struct check *c)
{
	static const char *const types[] = {"0x42", "af9b60a0-1431-4f62-bc68-3311714a69ad", "0xe7",
		"e75caf8f-f680-4cee-afa3-b001e56efc2d"};

	list_each(d, &c->facts->vm->map.disks) {
		list_each(p, &(*d)->partitions) {
			for (size_t i = 0; (*p)->type && i < ARRAY_LEN(types); i++) {
				if (!strcmp((*p)->type, types[i]))
					return true;
			}
		}
	}
	return false;
}

static void judge_boot_place(struct check *c, const struct bcd_place *p, const char *what)
{
	if (p->target == BCD_NOT_FOUND && !p->disk_found)
		say(c, when_missing(c), ENG, &p->from,
			"%s of the boot configuration is %s, which is on none of the given disks",
			what, p->words);
}

/* What its boot configuration and its drive letters name. */
static void judge_windows(struct check *c)
{
	const struct windows *w = windows_of(c);
	bool own_volumes = has_own_volumes(c);

	if (!w)
		return;
	judge_boot_place(c, &w->bcd.device, "the boot manager's device");
	if (w->bcd.default_loader >= 0)
		judge_boot_place(c, &w->bcd.loaders.at[w->bcd.default_loader].osdevice,
			"the default entry's osdevice");
	list_each(d, &w->drives) {
		if (d->letter && d->state == DRIVE_NOT_FOUND && !d->disk_found &&
			!(d->by_guid && own_volumes))
			say(c, when_missing(c), ENG, &d->from,
				"the drive %c: was %s, which is on none of the given disks",
				d->letter, d->words);
	}
	if (w->hives[HIVE_SYSTEM].status == FILE_UNREADABLE)
		say_unknown(c, w->hives[HIVE_SYSTEM].reason, &w->hives[HIVE_SYSTEM].from,
			"which drives Windows knows cannot be read: %s", w->hives[HIVE_SYSTEM].why);
}

static void disk_set(struct check *c)
{
	const struct guest_file *fstab = c->guest ? c->guest->fstab : NULL;

	judge_described(c);
	judge_groups(c);
	if (c->guest)
		judge_mounts(c);
	if (c->guest && c->guest->family == GUEST_WINDOWS)
		judge_windows(c);
	if (fstab && fstab->status == FILE_UNREADABLE)
		say_unknown(c, fstab->reason, &fstab->from, "/etc/fstab cannot be read: %s",
			fstab->why);
	if (c->finding->evidence.n || no_guest(c))
		return;
	say(c, PASS, ENG, NULL, "nothing refers to a disk that was not given");
}

/* ---- ASR-IMG-FORMAT ---- */

static void judge_format(struct check *c, const struct disk_map *d)
{
	const struct disk_info *info = info_of(d);
	const char *words = format_words(c->arena, info);
	struct origin o = origin_disk(d);

	if (!strcmp(info->format, "vhd") && !strcmp(info->subformat, "fixed"))
		say(c, PASS, DOC, &o, "%s is a fixed VHD, as Azure takes for an upload", d->name);
	else
		say(c, INFO, DOC, &o,
			"%s is %s: replication does not mind, an upload takes a fixed VHD only",
			d->name, words);
}

static void format(struct check *c)
{
	each_disk(c, judge_format);
}

/* ---- ASR-IMG-ALIGN ---- */

static void judge_alignment(struct check *c, const struct disk_map *d)
{
	uint64_t stated = info_of(d)->stated_size, size = stated ? stated : d->size;
	struct origin o = origin_disk(d);

	if (size % UPLOAD_ALIGNMENT)
		say(c, INFO, DOC, &o,
			"%s has %llu bytes, which is no multiple of 1 MiB: replication does not "
			"mind, "
			"an upload fails",
			d->name, (unsigned long long)size);
	else
		say(c, PASS, DOC, &o, "the size of %s is a multiple of 1 MiB", d->name);
}

static void alignment(struct check *c)
{
	each_disk(c, judge_alignment);
}

/* ---- ASR-IMG-SIZE ---- */

static void judge_upload_size(struct check *c, const struct disk_map *d)
{
	const char *words = size_words(c->arena, d->size);
	struct origin o = origin_disk(d);

	if (d->size > UPLOAD_GEN1_MAX)
		say(c, INFO, DOC, &o,
			"%s has %s: more than the 2 TiB that an upload takes for Generation 1",
			d->name, words);
	else if (d->size > UPLOAD_LINUX_MAX)
		say(c, INFO, DOC, &o,
			"%s has %s: more than the 1,023 GiB that the Linux upload pages allow",
			d->name, words);
	else
		say(c, PASS, DOC, &o, "%s has %s of at most 1,023 GiB for an upload", d->name,
			words);
}

static void upload_size(struct check *c)
{
	each_disk(c, judge_upload_size);
}

/* ---- ASR-IMG-QEMUVHD ---- */

/*
 * qemu-img rounds a VHD up to what cylinders, heads and sectors can say, and is "qemu" then; told
 * to force the size it is "qem2", and the size is right.  "qemu" with a size that they cannot say
 * was written by a version with the defect.
 */
static void judge_creator(struct check *c, const struct disk_map *d)
{
	const struct disk_info *info = info_of(d);
	struct origin o = origin_disk(d);

	if (!info->creator)
		return;
	if (strcmp(info->creator, "qemu") != 0)
		say(c, PASS, DOC, &o, "%s was not written by a qemu-img that gets sizes wrong",
			d->name);
	else if (info->geometry_size && info->geometry_size != info->stated_size)
		say(c, WARN, DOC, &o,
			"the VHD %s was written by a qemu-img between 2.2.1 and 2.6: its footer "
			"says "
			"%llu bytes, its geometry %llu",
			d->name, (unsigned long long)info->stated_size,
			(unsigned long long)info->geometry_size);
	else if (info->stated_size % UPLOAD_ALIGNMENT)
		say(c, INFO, DOC, &o,
			"the VHD %s was written by qemu-img without force_size, which changed its "
			"size to %llu bytes",
			d->name, (unsigned long long)info->stated_size);
	else
		say(c, PASS, DOC, &o, "the VHD %s was written by qemu-img, with a whole size",
			d->name);
}

static void qemu_vhd(struct check *c)
{
	each_disk(c, judge_creator);
	if (!c->finding->evidence.n)
		say(c, NA, ENG, NULL, "no disk is a VHD");
}

/* ---- ASR-IMG-CHAIN ---- */

static void judge_chain(struct check *c, const struct disk_map *d)
{
	const struct disk_info *info = info_of(d);
	struct origin o = origin_disk(d);

	if (info->parents.n)
		say(c, INFO, ENG, &o,
			"%s holds the changes to %s (%zu images in all); what was judged is all of "
			"them together",
			d->name, info->parents.at[0], info->parents.n + 1);
	if (info->snapshots.n)
		say(c, INFO, ENG, &o,
			"%s has %zu snapshot%s inside it, \"%s\" first; what was judged is its "
			"latest state",
			d->name, info->snapshots.n, info->snapshots.n == 1 ? "" : "s",
			info->snapshots.at[0]);
}

static void chain(struct check *c)
{
	each_disk(c, judge_chain);
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, NULL, "no disk has a parent or a snapshot");
}

/* ---- ASR-IMG-CONSISTENT ---- */

/* What the table promises and the disk does not have: a raw image has no other way to say so. */
static void judge_partitions(struct check *c, const struct disk_map *d)
{
	list_each(at, &d->partitions) {
		const struct partition *p = *at;
		struct origin o = {.device = d->name};
		uint64_t end;

		if (checked_add(p->start, p->size, &end) && end <= d->size)
			continue;
		say(c, FAIL, ENG, &o,
			"%s goes on past the end of %s, by %s: the image was cut short, or the "
			"disk was shrunk below what is on it",
			p->name, d->name,
			size_words(c->arena,
				p->start < d->size ? p->size - (d->size - p->start) : p->size));
	}
}

/* All notes are given: which of them tell of the damage is not kept. */
static void say_notes(
	struct check *c, enum verdict v, const struct disk_map *d, const char *otherwise)
{
	struct origin o = origin_disk(d);

	list_each(note, &info_of(d)->notes)
		say(c, v, ENG, &o, "%s: %s", d->name, *note);
	if (!info_of(d)->notes.n)
		say(c, v, ENG, &o, "%s: %s", d->name, otherwise);
}

static void judge_consistency(struct check *c, const struct disk_map *d)
{
	const struct disk_info *info = info_of(d);

	if (info->cut_short)
		say_notes(c, FAIL, d, "the file is shorter than what it holds");
	else if (info->damaged)
		say_notes(c, WARN, d, "a part of the container is damaged");
	else if (info->unclean)
		say_notes(c, WARN, d, "the container says that it was not closed");
	judge_partitions(c, d);
}

static void consistent(struct check *c)
{
	each_disk(c, judge_consistency);
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, NULL, "no container says or shows that it is damaged");
}

/* ---- ASR-IMG-SPECIAL ---- */

static void judge_special(struct check *c, const struct disk_map *d)
{
	static const char *const unusual[] = {"streamOptimized", "vmfsSparse", "seSparse"};
	const struct disk_info *info = info_of(d);
	struct origin o = origin_disk(d);

	for (size_t i = 0; info->subformat && i < ARRAY_LEN(unusual); i++) {
		if (!strcasecmp(info->subformat, unusual[i]))
			say(c, INFO, ENG, &o,
				"%s is %s: it was read, but is not what a machine starts from",
				d->name, format_words(c->arena, info));
	}
}

static void special(struct check *c)
{
	const struct machine *m = machine_of(c);

	list_each(d, &m->missing) {
		struct origin o = origin_config(m->config, &d->said->file);

		if (d->num == ENOTSUP)
			say_unknown(c, REASON_UNSUPPORTED, &o, "%s: %s", d->said->slot, d->why);
	}
	each_disk(c, judge_special);
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, NULL, "every disk could be read");
}

static const struct rule rules[] = {
	{
		.id = "ASR-IMG-ALIGN",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(INFO) | CAN(PASS),
		.title = "Virtual size is not a multiple of 1 MiB",
		.about = "Azure refuses the upload of a VHD whose size is not a whole number of "
			 "MiB. "
			 "Of a VHD the size in its footer is looked at.",
		.remedy =
			"Resize the disk to the next MiB before it is converted: qemu-img resize.",
		.source = UPLOAD_LINUX_PAGE,
		.check = alignment,
	},
	{
		.id = "ASR-IMG-CHAIN",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(INFO) | CAN(PASS),
		.title = "Snapshots and differencing disks",
		.about =
			"A disk that holds only the changes to a parent is read together with it; "
			"one whose parent is missing, or another than it was made for, is refused.",
		.remedy = "Consolidate the snapshots before the image is used elsewhere.",
		.source = "container formats",
		.check = chain,
	},
	{
		.id = "ASR-IMG-CONSISTENT",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(PASS),
		.title = "Image not cleanly closed, or damaged",
		.about = "The log of a VHDX, the marks of VMDK and qcow2, the checksums and copies "
			 "of a VHD, and whether the file has all that its container and its "
			 "partition table promise.",
		.remedy = "Shut the machine down and copy its disks again.",
		.source = "container formats",
		.check = consistent,
	},
	{
		.id = "ASR-IMG-FORMAT",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(INFO) | CAN(PASS),
		.title = "Container is not accepted by Azure as it is",
		.about = "Replication works on the blocks of the running machine, whatever holds "
			 "them. An image that is uploaded must be a fixed VHD.",
		.remedy = "Convert it:\n\tqemu-img convert -O vpc -o subformat=fixed,force_size "
			  "IMAGE OUT.vhd",
		.source = UPLOAD_LINUX_PAGE "; " UPLOAD_WINDOWS_PAGE "; " HV_MATRIX,
		.check = format,
	},
	{
		.id = "ASR-IMG-QEMUVHD",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(WARN) | CAN(INFO) | CAN(PASS),
		.title = "VHD written by a defective qemu-img",
		.about = "qemu-img from 2.2.1 to before 2.6 wrote VHDs whose footer and geometry "
			 "give different sizes; later ones change the size unless told not to.",
		.remedy = "Convert it again:\n\tqemu-img convert -O vpc -o "
			  "subformat=fixed,force_size IMAGE OUT.vhd",
		.source = UPLOAD_LINUX_PAGE,
		.check = qemu_vhd,
	},
	{
		.id = "ASR-IMG-SET",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Disk set is incomplete",
		.about = "What the machine's description, fstab and volume groups refer to, or the "
			 "boot configuration and drive letters of Windows, must be on the given "
			 "disks; what is not may change other findings.",
		.remedy =
			"Give all disks of the machine, or say --complete if there are no others.",
		.source = "engineering knowledge",
		.check = disk_set,
	},
	{
		.id = "ASR-IMG-SIZE",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(INFO) | CAN(PASS),
		.title = "Size limits of an upload",
		.about =
			"The Linux upload pages take up to 1,023 GiB, the Windows page up to 2 TiB "
			"for Generation 1. Replication has limits of its own.",
		.remedy =
			"Shrink the disk before it is uploaded, or replicate the machine instead.",
		.source = UPLOAD_LINUX_PAGE "; " UPLOAD_WINDOWS_PAGE,
		.check = upload_size,
	},
	{
		.id = "ASR-IMG-SPECIAL",
		.category = IMAGE,
		.applies = ANY_GUEST,
		.reaches = CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Disk that cannot be inspected",
		.about =
			"Encrypted images and raw device mappings hold nothing that can be read "
			"here; compressed and vmfsSparse ones are read, but are not what a machine "
			"runs from.",
		.remedy = "Give a decrypted copy, or the contents of the device.",
		.source = V2A_MATRIX,
		.check = special,
	},
};

const struct rule_set image_rules = {rules, ARRAY_LEN(rules)};
