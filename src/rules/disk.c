/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sizes and numbers of disks, and how far the operating system is spread over them.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* ---- ASR-95313 ---- */

/* May it be a piece of a larger Windows volume, of dynamic disks or Storage Spaces? */
static bool may_span(const struct partition *p)
{
	static const char *const types[] = {"0x42", "0xe7", "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3",
		"af9b60a0-1431-4f62-bc68-3311714a69ad", "e75caf8f-f680-4cee-afa3-b001e56efc2d"};

	for (size_t i = 0; p->type && i < ARRAY_LEN(types); i++) {
		if (!strcmp(p->type, types[i]))
			return true;
	}
	return false;
}

static const struct partition *spanning_partition(const struct check *c)
{
	list_each(d, &c->facts->vm->map.disks) {
		list_each(p, &(*d)->partitions) {
			if (may_span(*p))
				return *p;
		}
	}
	return NULL;
}

static void windows_spread(struct check *c)
{
	const struct volume *root = c->guest->root;
	const struct partition *p = spanning_partition(c);
	struct origin o = {0};

	/* Once Windows is found on a plain partition, dynamic disks are other volumes'. */
	if (c->guest->windows && root->partition && !may_span(root->partition)) {
		o = origin_volume(root);
		say(c, PASS, ENG, &o, "Windows is on one partition of %s",
			disk_words(c->arena, root->disks.at, root->disks.n));
		return;
	}
	if (p) {
		o.device = p->name;
		say_unknown(c, REASON_UNSUPPORTED, &o,
			"%s belongs to a dynamic disk or a storage pool, which are not read",
			p->name);
		return;
	}
	o = origin_volume(c->guest->root);
	say(c, PASS, ENG, &o, "no disk is dynamic or in a storage pool: no volume spans disks");
}

static void judge_root_lv(struct check *c, const struct volume *root)
{
	const struct volume_group *vg = root->lv->vg;
	size_t of_lv = root->disks.n, of_vg = vg->disks.n;
	const char *where = of_vg > 1 ? disk_words(c->arena, vg->disks.at, of_vg) : "";
	struct origin o = origin_volume(root);

	if (agent_before(c, "9.20") && of_lv > 1)
		say(c, FAIL, DOC, &o,
			"the root volume lies on %zu disks (%s); agents before 9.20 refuse this",
			of_lv, disk_words(c->arena, root->disks.at, of_lv));
	else if (agent_before(c, "9.20") && of_vg > 1)
		say(c, WARN, AGENT, &o,
			"the root volume lies on 1 disk, but its volume group %s on %zu (%s), and "
			"the agent counts those",
			vg->name, of_vg, where);
	else if (of_vg > 1)
		say(c, INFO, DOC, &o,
			"the root volume lies on %zu and its volume group %s on %zu disks (%s), as "
			"agents allow since 9.20",
			of_lv, vg->name, of_vg, where);
	else
		say(c, PASS, DOC, &o, "the root volume and its volume group %s are on %s", vg->name,
			disk_words(c->arena, vg->disks.at, of_vg));
}

static void judge_missing_pvs(struct check *c, const struct volume_group *vg)
{
	list_each(p, &vg->pvs) {
		const struct physical_volume *pv = *p;
		const char *was = pv->device_hint ? pv->device_hint : "place unknown";
		struct origin o = {.device = vg->name};

		if (pv->volume)
			continue;
		say(c, WARN, ENG, &o,
			"physical volume %s (%s) of the root volume group %s is on none of the "
			"given disks, so on how many disks it lies is not certain",
			pv->uuid, was, vg->name);
	}
}

struct disks {
	LIST(const struct disk_map *);
};

static void note_disks(struct check *c, const struct volume *v, struct disks *ret)
{
	list_each(d, &v->disks) {
		bool known = false;

		list_each(seen, ret)
			known |= *seen == *d;
		if (!known)
			*list_add(c->arena, ret) = *d;
	}
}

/* A Btrfs of several devices; they may be partitions of one disk.  Also when it is an LV. */
static bool judge_root_devices(struct check *c, const struct filesystem *fs)
{
	const size_t here = 1 + fs->further.n, devices = fs->fs ? fs->fs->devices : here;
	struct origin o = origin_volume(fs->volume);
	struct disks disks = {0};

	if (devices < 2 && here < 2)
		return false;
	note_disks(c, fs->volume, &disks);
	list_each(v, &fs->further)
		note_disks(c, *v, &disks);
	if (disks.n > 1)
		say(c, FAIL, DOC, &o, "the root is a btrfs of %zu devices on %zu disks (%s)",
			devices, disks.n, disk_words(c->arena, disks.at, disks.n))
			->remedy = "Bring the root onto one disk:\n\tbtrfs device remove DEVICE /";
	else if (here < devices)
		say_unknown(c, REASON_MISSING_DISK, &o,
			"the root is a btrfs of %zu devices, of which %zu are on %s and the "
			"others on none of the given disks",
			devices, here, disk_words(c->arena, disks.at, disks.n));
	else
		say(c, PASS, ENG, &o, "the root is a btrfs of %zu devices, all on %s", devices,
			disk_words(c->arena, disks.at, disks.n));
	return true;
}

static void root_spread(struct check *c)
{
	const struct volume *root;
	struct origin o;

	if (no_guest(c))
		return;
	root = c->guest->root;
	if (c->guest->family == GUEST_WINDOWS) {
		windows_spread(c);
		return;
	}
	if (judge_root_devices(c, c->guest->root_fs))
		return;
	if (root->kind == VOLUME_LV) {
		judge_root_lv(c, root);
		judge_missing_pvs(c, root->lv->vg);
		return;
	}
	o = origin_volume(root);
	if (root->disks.n > 1)
		say(c, agent_before(c, "9.20") ? FAIL : WARN, agent_before(c, "9.20") ? DOC : ENG,
			&o,
			"the root volume is %s over %zu disks (%s); since 9.20 agents allow this "
			"of LVM (see ASR-RAID-MD)",
			root->array ? root->array->level : "spread", root->disks.n,
			disk_words(c->arena, root->disks.at, root->disks.n));
	else if (root->array && root->array->missing)
		say_unknown(c, REASON_MISSING_DISK, &o,
			"the root volume is the array %s, of which %u members are on none of the "
			"given disks",
			root->array->name, root->array->missing);
	else
		say(c, PASS, ENG, &o, "the root volume is on %s",
			disk_words(c->arena, root->disks.at, root->disks.n));
}

/* ---- ASR-DISK-OSSIZE ---- */

struct size_limits {
	uint64_t gen1, gen2;
	const char *page;
};

static struct size_limits os_limits(enum scenario s)
{
	switch (s) {
	case HYPERV:
		return (struct size_limits){OS_DISK_GEN1_MAX, OS_DISK_HV_GEN2_MAX, HV_MATRIX};
	case A2A:
		return (struct size_limits){OS_DISK_GEN2_MAX, OS_DISK_GEN2_MAX, A2A_MATRIX};
	default:
		return (struct size_limits){OS_DISK_GEN1_MAX, OS_DISK_GEN2_MAX, V2A_MATRIX};
	}
}

/* Generation 1, 2, or GEN_AUTO when the disks leave it open. */
static enum target_gen generation(const struct check *c)
{
	struct firmware fw = firmware_of(c);

	if (c->options->target_gen != GEN_AUTO)
		return c->options->target_gen;
	if (fw.unread || !fw.bios == !fw.uefi)
		return GEN_AUTO;
	return fw.bios ? GEN_1 : GEN_2;
}

static void judge_os_size(struct check *c, const struct disk_map *d)
{
	struct size_limits max = os_limits(c->options->scenario);
	enum target_gen gen = generation(c);
	uint64_t limit = gen == GEN_1 ? max.gen1 : max.gen2;
	const char *size = size_words(c->arena, d->size);
	struct origin o = origin_disk(d);

	if (d->size > limit)
		say(c, FAIL, DOC, &o, "the OS disk %s has %s; %s takes up to %llu GiB (%s)",
			d->name, size, gen == GEN_1 ? "Generation 1 (BIOS)" : "Azure",
			(unsigned long long)(limit / GIB), max.page);
	else if (d->size > max.gen1 && gen == GEN_AUTO)
		say(c, WARN, DOC, &o,
			"the OS disk %s has %s: more than the %llu GiB of Generation 1, and the "
			"disks do not tell which generation the machine will be",
			d->name, size, (unsigned long long)(max.gen1 / GIB));
	else if (d->size > max.gen1 && c->options->scenario == HYPERV)
		say(c, WARN, DOC, &o,
			"the OS disk %s has %s: one table of the page allows 4 TiB to Generation "
			"2, others 2 TiB (%s)",
			d->name, size, max.page);
	else
		say(c, PASS, DOC, &o, "the OS disk %s has %s of at most %llu GiB", d->name, size,
			(unsigned long long)((gen == GEN_2 ? limit : max.gen1) / GIB));
	if (d->table == TABLE_DOS && d->size / d->sector > UINT32_MAX + 1ULL)
		say(c, INFO, ENG, &o, "the DOS partition table of %s addresses the first %s only",
			d->name, size_words(c->arena, (UINT32_MAX + 1ULL) * d->sector));
}

static void os_disk_size(struct check *c)
{
	const struct map *map = &c->facts->vm->map;
	uint64_t largest = 0;

	list_each(d, &map->disks) {
		if (holds_os(c, *d))
			judge_os_size(c, *d);
		if ((*d)->size > largest)
			largest = (*d)->size;
	}
	if (c->finding->evidence.n)
		return;
	/* Whichever it is, it is small enough. */
	if (largest && largest <= OS_DISK_GEN1_MAX)
		say(c, PASS, DOC, NULL, "the largest disk has %s of at most %llu GiB",
			size_words(c->arena, largest),
			(unsigned long long)(OS_DISK_GEN1_MAX / GIB));
	else
		no_guest(c);
}

/* ---- ASR-DISK-DATASIZE ---- */

static bool wrong_size(const struct check *c, const struct disk_map *d)
{
	uint64_t max = c->options->scenario == HYPERV ? DATA_DISK_HV_MAX : DATA_DISK_MAX;

	return d->size < DATA_DISK_MIN || d->size > max;
}

static void judge_small(struct check *c, const struct disk_map *d, const struct origin *o)
{
	if (d->size < DATA_DISK_MIN)
		say(c, FAIL, DOC, o, "the data disk %s has %s; Azure takes disks from 1 GiB on",
			d->name, size_words(c->arena, d->size));
	else
		say(c, WARN, DOC, o,
			"the data disk %s has exactly 1 GiB: one table asks for that much, another "
			"for more",
			d->name);
}

static void judge_hv_data_size(struct check *c, const struct disk_map *d, const struct origin *o)
{
	const char *size = size_words(c->arena, d->size);

	if (d->size > DATA_DISK_HV_MAX)
		say(c, FAIL, DOC, o, "the data disk %s has %s; ASR takes up to 32 TiB", d->name,
			size);
	else if (d->size > DATA_DISK_OLD_MAX)
		say(c, INFO, DOC, o,
			"the data disk %s has %s: more than 4,095 GiB need a provider newer than "
			"2.0.9214.0",
			d->name, size);
	else
		say(c, PASS, DOC, o, "the data disk %s has %s", d->name, size);
}

static void judge_data_size(struct check *c, const struct disk_map *d)
{
	const char *size = size_words(c->arena, d->size);
	struct origin o = origin_disk(d);

	if (d->size <= DATA_DISK_MIN)
		judge_small(c, d, &o);
	else if (c->options->scenario == HYPERV)
		judge_hv_data_size(c, d, &o);
	else if (d->size > DATA_DISK_MAX)
		say(c, FAIL, DOC, &o, "the data disk %s has %s; ASR takes up to 32,767 GiB",
			d->name, size);
	else if (d->size > DATA_DISK_OLD_MAX && agent_before(c, "9.41"))
		say(c, FAIL, DOC, &o,
			"the data disk %s has %s; agents before 9.41 take up to 4,095 GiB", d->name,
			size);
	else if (d->size > DATA_DISK_OLD_MAX)
		say(c, PASS, DOC, &o,
			"the data disk %s has %s: to managed disks only, storage accounts end at "
			"4,095 GiB",
			d->name, size);
	else
		say(c, PASS, DOC, &o, "the data disk %s has %s", d->name, size);
}

static void data_disk_sizes(struct check *c)
{
	const struct map *map = &c->facts->vm->map;
	bool os_known = false;
	size_t wrong = 0;

	list_each(d, &map->disks) {
		os_known |= holds_os(c, *d);
		wrong += wrong_size(c, *d);
	}
	/* Which one is the OS disk is not known, and it may be the one whose size is wrong. */
	if (!os_known && wrong == 1) {
		no_guest(c);
		return;
	}
	if (os_known || map->disks.n > 1) {
		list_each(d, &map->disks) {
			if (is_own_disk(c, *d) && !holds_os(c, *d))
				judge_data_size(c, *d);
		}
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL, "the machine has no data disk");
}

/* ---- ASR-DISK-COUNT ---- */

/* V2A_MATRIX: what the change tracking of one machine can hold, and what a disk and an LV take. */
#define TRACKING_ROOM 627790ULL
#define TRACKING_DISK 450ULL
#define TRACKING_LV 317ULL

struct lv_count {
	uint64_t lvs;
	uint64_t pairs; /* an LV counts once for each disk of its group */
	bool shared;    /* by all data disks */
};

static size_t data_disks_of(const struct check *c, const struct volume_group *vg)
{
	size_t n = 0;

	list_each(d, &vg->disks)
		n += !holds_os(c, *d);
	return n;
}

static struct lv_count count_lvs(const struct check *c, size_t data_disks)
{
	struct lv_count n = {.shared = true};

	list_each(vg, &c->facts->vm->map.groups) {
		uint64_t visible = 0;

		list_each(lv, &(*vg)->lvs)
			visible += (*lv)->visible;
		n.lvs += visible;
		n.pairs += visible * (*vg)->disks.n;
		n.shared &= data_disks_of(c, *vg) == data_disks;
	}
	return n;
}

static void judge_tracking(struct check *c, size_t disks)
{
	struct lv_count n = count_lvs(c, disks);
	uint64_t taken = n.pairs * TRACKING_LV;
	uint64_t limit;

	if (n.shared)
		limit = TRACKING_ROOM / (TRACKING_DISK + n.lvs * TRACKING_LV);
	else
		limit = taken < TRACKING_ROOM ? (TRACKING_ROOM - taken) / TRACKING_DISK : 0;
	if (disks >= limit)
		say(c, WARN, DOC, NULL,
			"%zu data disks with %llu logical volumes: the support matrix's formula "
			"allows fewer than %llu",
			disks, (unsigned long long)n.lvs, (unsigned long long)limit);
}

static void disk_count(struct check *c)
{
	bool hv = c->options->scenario == HYPERV;
	size_t all = 0, os = 0, data, max = hv ? DATA_DISKS_HV_MAX : DATA_DISKS_MAX;

	list_each(d, &c->facts->vm->map.disks) {
		if (!is_own_disk(c, *d))
			continue;
		all++;
		os += holds_os(c, *d);
	}
	data = all - (os ? os : all > 0);
	if (data > max)
		say(c, FAIL, DOC, NULL, "the machine has %zu data disks; ASR takes up to %zu", data,
			max);
	else if (!hv && all > HYDRATION_DISKS_MAX)
		say(c, WARN, HYDRATION, NULL,
			"the machine has %zu disks in all; the failover preparation attaches up to "
			"%u",
			all, HYDRATION_DISKS_MAX);
	if (!hv && data)
		judge_tracking(c, data);
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, NULL, "%zu data disk%s of at most %zu", data,
			data == 1 ? "" : "s", max);
}

/* ---- ASR-DISK-4K ---- */

/* Containers that say, or are bound by their specification to, how large sectors are. */
static bool container_tells(const struct disk_map *d)
{
	static const char *const formats[] = {"vhd", "vhdx", "vmdk", "vdi"};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (!strcmp(d->source->disk.info.format, formats[i]))
			return true;
	}
	return false;
}

/* A GPT lies in the second sector; partitions of a DOS table hold something where they are. */
static bool table_tells(const struct disk_map *d)
{
	list_each(p, &d->partitions) {
		if ((*p)->volume && (*p)->volume->sig.type)
			return true;
	}
	return d->table == TABLE_GPT;
}

static void judge_sectors(struct check *c, const struct disk_map *d)
{
	const struct disk_info *info = &d->source->disk.info;
	bool small_physical = info->logical_sector == d->sector && info->physical_sector == 512;
	struct origin o = origin_disk(d);

	if (d->sector == 4096 && c->options->scenario == HYPERV && small_physical)
		say(c, PASS, DOC, &o,
			"%s has logical sectors of 4,096 and physical ones of 512 bytes, which the "
			"Hyper-V page lists as supported",
			d->name);
	else if (d->sector != 512)
		say(c, FAIL, DOC, &o, "%s has logical sectors of %u bytes; ASR takes 512 only",
			d->name, d->sector);
	else if (container_tells(d) || table_tells(d))
		say(c, PASS, DOC, &o, "%s has logical sectors of 512 bytes", d->name);
	else
		say_unknown(c, REASON_NOT_ON_DISK, &o,
			"neither the image nor what is on it tells the sector size of %s; 512 was "
			"assumed",
			d->name);
}

static void sector_size(struct check *c)
{
	list_each(d, &c->facts->vm->map.disks) {
		if (is_own_disk(c, *d))
			judge_sectors(c, *d);
	}
}

/* ---- ASR-DISK-SHARED ---- */

static enum verdict when_shared(const struct check *c)
{
	return c->options->scenario == A2A ? INFO : FAIL;
}

static void judge_cluster_filesystems(struct check *c)
{
	static const char *const types[] = {"gfs2", "gfs", "ocfs2", "ocfs"};

	list_each(v, &c->facts->vm->map.volumes) {
		struct origin o = origin_volume(*v);

		for (size_t i = 0; (*v)->sig.type && i < ARRAY_LEN(types); i++) {
			if (!strcmp((*v)->sig.type, types[i]))
				say(c, when_shared(c), ENG, &o,
					"%s holds %s, a filesystem for disks that several machines "
					"share",
					(*v)->name, types[i]);
		}
	}
}

/* Disks that the Windows cluster moves between its nodes. */
static void judge_cluster_disks(struct check *c)
{
	const struct windows *w = c->guest ? c->guest->windows : NULL;

	for (size_t i = 0; w && i < w->cluster.disks.n; i++) {
		const struct win_cluster_disk *d = &w->cluster.disks.at[i];

		if (d->disk)
			say(c, when_shared(c), ENG, &d->from,
				"%s is a disk of the cluster that the machine is in (%s)",
				d->disk->name, d->name);
	}
}

static void shared_disks(struct check *c)
{
	const struct machine_config *m = c->facts->vm->machine.config;

	if (m) {
		list_each(f, &m->shared) {
			struct origin o = origin_config(m, f);

			say(c, when_shared(c), DOC, &o,
				"the machine's description shares a disk with other machines: %s",
				f->value);
		}
	}
	judge_cluster_filesystems(c);
	judge_cluster_disks(c);
	if (c->finding->evidence.n)
		return;
	if (m && m->sharing_known)
		say(c, PASS, DOC, NULL, "the machine's description shares no disk");
	else
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"whether a disk is shared is said by the hypervisor; no filesystem for "
			"shared "
			"disks is on them");
}

/* ---- ASR-DISK-NVME ---- */

static enum verdict when_nvme(const struct check *c, bool needed_to_boot)
{
	if (c->guest && c->guest->family == GUEST_WINDOWS)
		return INFO;
	return needed_to_boot ? FAIL : WARN;
}

static bool on_nvme(const struct disk_map *d)
{
	return d->source->said && d->source->said->bus == BUS_NVME;
}

/* What the description says: disks on a controller of that kind, or one without disks. */
static void judge_nvme_controllers(struct check *c, const struct machine_config *m)
{
	struct origin o = origin_config(m, &m->nvme);
	bool used = false;

	list_each(d, &c->facts->vm->map.disks) {
		bool os = on_nvme(*d) && c->guest && is_os_disk(c->guest, *d);

		if (!on_nvme(*d))
			continue;
		used = true;
		o = origin_config(m, &(*d)->source->said->file);
		say(c, when_nvme(c, os), DOC, &o, "%s is attached to NVMe%s", (*d)->name,
			os ? ", and the operating system is on it" : "");
	}
	if (!used && m->nvme.value)
		say(c, when_nvme(c, false), DOC, &o, "the machine has an NVMe controller");
}

/* Names such as /dev/nvme0n1p2 in what the guest boots by. */
static void judge_nvme_names(struct check *c)
{
	const struct boot_entry *entry = c->guest->boot_config.default_entry;
	const struct boot_file *file = c->guest->boot_config.default_file;
	const struct kernel_line *line = entry ? boot_entry_kernel(entry) : NULL;
	const struct kernel_arg *root = entry ? boot_entry_arg(entry, "root") : NULL;
	struct origin o;

	if (line && file && root && root->value &&
		devspec_parse(c->arena, root->value).class == DEVSPEC_NVME) {
		o = origin_line(file->file, line->line, line->text);
		say(c, when_nvme(c, true), ENG, &o, "the kernel is told that root is %s",
			root->value);
	}
	list_each(m, &c->guest->mounts) {
		bool boots = !strcmp(m->dir, "/") || str_starts(m->dir, "/boot");

		if (m->spec.class == DEVSPEC_NVME)
			say(c, when_nvme(c, boots), ENG, &m->from, "%s is mounted at %s",
				m->entry->spec, m->dir);
	}
}

static void judge_nvme_driver(struct check *c)
{
	const struct windows *w = c->guest->windows;
	const struct win_device *d = w ? win_device_of(w, "stornvme") : NULL;

	if (d)
		say(c, INFO, ENG, &d->from, "Windows has run an NVMe controller");
}

static void nvme(struct check *c)
{
	const struct machine_config *m = c->facts->vm->machine.config;

	if (m)
		judge_nvme_controllers(c, m);
	if (c->guest && c->guest->family == GUEST_LINUX)
		judge_nvme_names(c);
	if (c->guest && c->guest->family == GUEST_WINDOWS)
		judge_nvme_driver(c);
	if (c->finding->evidence.n)
		return;
	if (m && m->buses_known)
		say(c, PASS, DOC, NULL, "the machine's description has no NVMe controller");
	else
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"how disks are attached is said by the hypervisor; nothing in the guest "
			"names "
			"an NVMe disk");
}

static const struct rule rules[] = {
	{
		.id = "ASR-95313",
		.errors = {95313},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Root volume spread over several disks",
		.about = "Agents before 9.20 refuse a root volume that lies on more than one disk; "
			 "no agent takes a btrfs of several devices. "
			 "Looked at: the segments of the root LV, all disks of its volume group, "
			 "which the agent counts, and the devices of a btrfs.",
		.remedy = "Install agent 9.20 or newer, or bring the root volume group onto one "
			  "disk with pvmove and vgreduce.",
		.source = PUSH_PAGE "; Azure Linux dracut boot page, 2024-03-28; " AGENT_CHECK,
		.check = root_spread,
	},
	{
		.id = "ASR-DISK-4K",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Disks with logical sectors of 4,096 bytes",
		.about = "ASR takes disks with logical sectors of 512 bytes, whatever their "
			 "physical "
			 "ones. Looked at: what the container says, and where the partition table "
			 "lies.",
		.remedy = "Copy the data to a disk with logical sectors of 512 bytes.",
		.source = V2A_MATRIX "; " HV_MATRIX,
		.check = sector_size,
	},
	{
		.id = "ASR-DISK-COUNT",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(PASS),
		.title = "Number of disks and logical volumes",
		.about = "ASR protects up to 64 data disks (16 from Hyper-V); many logical volumes "
			 "lower the number, by the formula of the support matrix.",
		.remedy = "Exclude disks from replication, or merge logical volumes.",
		.source = V2A_MATRIX "; " HV_MATRIX "; " HYDRATION_PAGE,
		.check = disk_count,
	},
	{
		.id = "ASR-DISK-DATASIZE",
		.errors = {150172},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Size of data disks",
		.about = "A data disk must have more than 1 GiB and at most 32,767 GiB (4,095 GiB "
			 "before agent 9.41).",
		.remedy = "Resize the disk, or exclude it from replication.",
		.source = V2A_MATRIX
		"; " A2A_MATRIX "; Azure to Azure troubleshooting page, 2025-09-19; " HV_MATRIX,
		.check = data_disk_sizes,
	},
	{
		.id = "ASR-DISK-NVME",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Disks attached to NVMe",
		.about =
			"ASR does not support Linux machines with disks on an NVMe controller. "
			"Looked at: the machine's description, names such as /dev/nvme0n1 in fstab "
			"and on the kernel's command line, and in Windows devices that the driver "
			"stornvme has run.",
		.remedy = "Attach the disks to a SCSI controller, and name them by UUID.",
		.source = V2A_MATRIX "; " A2A_MATRIX,
		.check = nvme,
	},
	{
		.id = "ASR-DISK-OSSIZE",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Size of the OS disk",
		.about =
			"The disk that holds the operating system may have 2,048 GiB in Generation "
			"1 (BIOS) and 4,095 GiB in Generation 2 (UEFI).",
		.remedy = "Shrink the OS disk, or convert the machine to UEFI (Generation 2).",
		.source = V2A_MATRIX "; " HV_MATRIX "; " A2A_MATRIX,
		.check = os_disk_size,
	},
	{
		.id = "ASR-DISK-SHARED",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Disks shared with other machines",
		.about = "Shared and clustered disks are not replicated from VMware and Hyper-V. "
			 "Looked at: the machine's description (sharing, sharedBus, shareable), "
			 "filesystems made for shared disks, and the disks of a Windows cluster.",
		.remedy =
			"Exclude the shared disk from replication, or give the machine one of its "
			"own.",
		.source = V2A_MATRIX "; " HV_MATRIX "; " A2A_MATRIX,
		.check = shared_disks,
	},
};

const struct rule_set disk_rules = {rules, ARRAY_LEN(rules)};
