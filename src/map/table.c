/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Decides between table and filesystem, then lets libfdisk read the table from the shadow.  Tables
 * other than GPT and DOS are named, by libblkid, and not read.
 */
#include "map/table.h"

#include <ctype.h>
#include <libfdisk.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "map/bootsector.h"
#include "map/dos.h"
#include "map/gpt.h"

/* As in probe.c. */
#define DEBUG_NOTHING (1 << 1)
/* GPT attribute bit 2, "legacy BIOS bootable". */
#define GPT_BOOTABLE (1ULL << 2)
/* libfdisk keeps room for four primary partitions and this many logical ones. */
#define LIBFDISK_LOGICAL_MAX 56

static const char *const label_names[] = {"gpt", "dos", "bsd", "sgi", "sun"};

static const char *lower(struct arena *a, const char *s)
{
	char *p = arena_strdup(a, s);

	for (char *c = p; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return p;
}

/* ---- libfdisk ---- */

static void context_free(struct fdisk_context **c)
{
	fdisk_unref_context(*c);
}

static void table_free(struct fdisk_table **t)
{
	fdisk_unref_table(*t);
}

static void iter_free(struct fdisk_iter **i)
{
	fdisk_free_iter(*i);
}

/* libfdisk's view of the shadow, looking for tables of one kind. */
static struct fdisk_context *context_new(const struct shadow *s, const char *label, uint32_t sector)
{
	struct fdisk_context *c;

	fdisk_init_debug(DEBUG_NOTHING);
	c = fdisk_new_context();
	if (!c)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(label_names); i++) {
		struct fdisk_label *l = fdisk_get_label(c, label_names[i]);

		if (l)
			fdisk_label_set_disabled(l, strcmp(label_names[i], label) != 0);
	}
	fdisk_disable_dialogs(c, 1);
	fdisk_enable_listonly(c, 1);
	fdisk_save_user_sector_size(c, sector, sector);
	if (fdisk_assign_device_by_fd(c, s->fd, "disk", 1) < 0 || !fdisk_has_label(c)) {
		fdisk_unref_context(c);
		return NULL;
	}
	return c;
}

static void name_type(struct partition *p, struct fdisk_partition *from, struct arena *a)
{
	struct fdisk_parttype *t = fdisk_partition_get_type(from);
	const char *guid = t ? fdisk_parttype_get_string(t) : NULL;
	const char *name = t ? fdisk_parttype_get_name(t) : NULL;

	p->type_name = arena_strdup(a, name);
	if (guid && *guid) {
		p->type = lower(a, guid);
	} else if (t) {
		unsigned code = fdisk_parttype_get_code(t);

		p->type = arena_printf(a, "0x%x", code);
		p->is_container = dos_type_is_extended(code);
	}
}

static struct partition *partition_new(struct disk_map *d, struct fdisk_context *c,
	struct fdisk_partition *from, uint32_t dos_id, struct arena *a)
{
	struct partition *p = arena_new(a, struct partition);
	const char *label = fdisk_partition_get_name(from);
	uint64_t attributes = 0;

	p->number = (unsigned)fdisk_partition_get_partno(from) + 1;
	p->name = arena_printf(a, "%sp%u", d->name, p->number);
	p->start = fdisk_partition_get_start(from) * d->sector;
	p->size = fdisk_partition_get_size(from) * d->sector;
	name_type(p, from, a);
	if (d->table == TABLE_GPT) {
		p->uuid = lower(a, fdisk_partition_get_uuid(from));
		p->label = label && *label ? arena_strdup(a, label) : NULL;
		fdisk_gpt_get_partition_attrs(c, p->number - 1, &attributes);
		p->active = attributes & GPT_BOOTABLE;
	} else {
		if (dos_id)
			p->uuid = arena_printf(a, "%08x-%02x", dos_id, p->number);
		p->active = fdisk_partition_is_bootable(from) == 1;
		p->is_logical = p->number > 4;
	}
	return p;
}

static bool list_partitions(
	struct disk_map *d, struct fdisk_context *c, uint32_t dos_id, struct arena *a)
{
	CLEANUP(table_free) struct fdisk_table *table = NULL;
	CLEANUP(iter_free) struct fdisk_iter *iter = fdisk_new_iter(FDISK_ITER_FORWARD);
	struct fdisk_partition *from;
	char *id = NULL;

	if (!iter || fdisk_get_partitions(c, &table) < 0)
		return false;
	if (fdisk_get_disklabel_id(c, &id) == 0)
		d->table_id = lower(a, id);
	free(id);
	while (fdisk_table_next_partition(table, iter, &from) == 0) {
		if (fdisk_partition_has_partno(from) && fdisk_partition_has_start(from) &&
			fdisk_partition_has_size(from) && fdisk_partition_get_size(from))
			*list_add(a, &d->partitions) = partition_new(d, c, from, dos_id, a);
	}
	return true;
}

static bool overlap(const struct partition *a, const struct partition *b)
{
	return a->start < b->start + b->size && b->start < a->start + a->size;
}

/* The first overlap of each partition; an extended one holds its logical ones rightly. */
static void note_overlaps(struct disk_map *d, struct arena *a)
{
	for (size_t i = 1; i < d->partitions.n; i++) {
		const struct partition *p = d->partitions.at[i];

		for (size_t j = 0; j < i; j++) {
			const struct partition *q = d->partitions.at[j];

			if (p->is_container || q->is_container || !overlap(p, q))
				continue;
			*list_add(a, &d->notes) =
				arena_printf(a, "%s and %s overlap", q->name, p->name);
			break;
		}
	}
}

static void read_with_libfdisk(
	struct disk_map *d, struct shadow *s, uint32_t dos_id, struct arena *a)
{
	CLEANUP(context_free) struct fdisk_context *c = context_new(s, d->table_name, d->sector);

	if (!c || !list_partitions(d, c, dos_id, a))
		d->why = "libfdisk does not recognise the partition table";
	else
		note_overlaps(d, a);
}

/* ---- which of them is it? ---- */

static void note_gpt_headers(struct disk_map *d, const struct gpt *g, struct arena *a)
{
	static const char *const state[] = {
		[GPT_FINE] = "fine", [GPT_BAD] = "bad", [GPT_ABSENT] = "missing"};

	if (g->primary != GPT_FINE)
		*list_add(a, &d->notes) =
			arena_printf(a, "the primary GPT header is %s (%s); the backup is used",
				state[g->primary], g->why.msg);
	else if (g->backup == GPT_MISPLACED)
		*list_add(a, &d->notes) = "the backup GPT header is not in the disk's last sector: "
					  "the disk was enlarged after it was partitioned";
	else if (g->backup != GPT_FINE)
		*list_add(a, &d->notes) = arena_printf(
			a, "the backup GPT header is %s (%s)", state[g->backup], g->why.msg);
	d->gpt_disagrees = gpt_disagrees(g);
	if (d->gpt_disagrees)
		*list_add(a, &d->notes) = "the primary and the backup GPT disagree";
}

static void read_gpt(struct disk_map *d, const struct gpt *g, const struct dos_table *dos,
	struct shadow *s, struct arena *a)
{
	struct err e;

	d->table = TABLE_GPT;
	d->table_name = "gpt";
	note_gpt_headers(d, g, a);
	d->hybrid_mbr = dos->used;
	if (dos->used)
		*list_add(a, &d->notes) = arena_printf(a,
			"the protective MBR is a hybrid: it lists %u partition%s of its own",
			dos->used, dos->used == 1 ? "" : "s");
	if (gpt_to_shadow(g, s, &e) < 0)
		d->why = arena_strdup(a, e.msg);
	else
		read_with_libfdisk(d, s, 0, a);
}

static void read_dos(
	struct disk_map *d, const struct dos_table *dos, struct shadow *s, struct arena *a)
{
	struct dos_chain chain;
	struct err e;

	d->table = TABLE_DOS;
	d->table_name = "dos";
	if (dos_chain_to_shadow(dos, d->sector, s, &chain, &e) < 0) {
		d->why = arena_strdup(a, e.msg);
		return;
	}
	if (chain.trouble.num)
		*list_add(a, &d->notes) = arena_strdup(a, chain.trouble.msg);
	if (chain.links > LIBFDISK_LOGICAL_MAX)
		*list_add(a, &d->notes) =
			arena_printf(a, "of %u logical partitions only the first %d are read",
				chain.links, LIBFDISK_LOGICAL_MAX);
	read_with_libfdisk(d, s, dos->id, a);
}

/*
 * A GPT is announced, and there is none.  Linux and Windows then see no partition at all, whatever
 * else the MBR lists.
 */
static void announce_only(struct disk_map *d, const struct gpt *g, struct arena *a)
{
	d->table = TABLE_GPT;
	d->table_name = "gpt";
	if (g->primary == GPT_BAD)
		d->why = arena_printf(
			a, "neither GPT header can be used; of the first: %s", g->why.msg);
	else
		d->why = "the MBR announces a GPT, but the disk has none";
}

static void keep_filesystem(struct disk_map *d, const struct dos_table *dos, struct arena *a)
{
	d->table = TABLE_NONE;
	d->table_name = "none";
	if (dos->valid && dos->used)
		*list_add(a, &d->stale) = arena_printf(a,
			"what could be a DOS partition table of %u partition%s lies in the boot "
			"sector of the filesystem",
			dos->used, dos->used == 1 ? "" : "s");
	else if (dos->protective)
		*list_add(a, &d->stale) = "a protective MBR is left over under the filesystem";
}

/* A label of BSD that lies where libblkid does not look, on a disk without an MBR. */
static bool is_bsd_label(struct blockdev *dev)
{
	static const uint16_t places[] = {64, 512};
	static const uint8_t magic[] = {0x57, 0x45, 0x56, 0x82};
	uint8_t buf[1024];
	struct err e;

	if (dev->size < sizeof(buf) || blockdev_read(dev, 0, buf, sizeof(buf), &e) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const uint8_t *p = buf + places[i];

		if (!memcmp(p, magic, sizeof(magic)) && !memcmp(p + 132, magic, sizeof(magic)))
			return true;
	}
	return false;
}

static void name_other_table(
	struct disk_map *d, struct shadow *s, struct probe *pr, struct arena *a)
{
	const char *name = probe_other_table(pr, s, a);

	if (!name && is_bsd_label(s->dev))
		name = "bsd";
	d->table = name ? TABLE_OTHER : TABLE_NONE;
	d->table_name = name ? name : "none";
	if (name)
		d->why = arena_printf(a, "partition tables of type %s are not read", name);
}

/* Takes the sector size with which a GPT makes sense, the container's word first. */
static bool find_gpt(struct disk_map *d, struct blockdev *dev, struct gpt *ret)
{
	uint32_t said = dev->logical_sector == 4096 ? 4096 : 512;
	struct gpt other;

	d->sector = said;
	if (gpt_find(dev, said, ret))
		return true;
	if (!gpt_find(dev, 512 + 4096 - said, &other))
		return false;
	*ret = other;
	d->sector = other.sector;
	return true;
}

void table_read(struct disk_map *d, struct shadow *s, const struct signature *whole,
	struct probe *pr, struct arena *a)
{
	uint8_t sector[BOOTSECTOR];
	struct dos_table dos;
	struct gpt gpt;
	bool found = find_gpt(d, s->dev, &gpt), boot_sector;

	d->gpt_primary = (unsigned)gpt.primary;
	d->gpt_backup = (unsigned)gpt.backup;
	dos_read(s->dev, d->sector, &dos);
	boot_sector = bootsector_read(s->dev, sector) && bootsector_is_filesystem(sector);
	if (found && !dos.protective)
		*list_add(a, &d->stale) =
			"a GPT is left over that no protective MBR announces, and "
			"that no system therefore uses";
	d->protective_mbr_only = dos.protective && !found;
	if (found && dos.protective)
		read_gpt(d, &gpt, &dos, s, a);
	else if (dos.valid && !dos.protective && dos.inside && !boot_sector)
		read_dos(d, &dos, s, a);
	else if (whole->type)
		keep_filesystem(d, &dos, a);
	else if (dos.protective)
		announce_only(d, &gpt, a);
	else if (dos.valid && (dos.used || !boot_sector))
		read_dos(d, &dos, s, a);
	else
		name_other_table(d, s, pr, a);
}
