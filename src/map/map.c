/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Puts the map together: disks and their tables first, then partitions, then MD and LVM in rounds,
 * because an array can be a physical volume, and a logical volume a member of either.
 */
#include "map/map.h"

#include <errno.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "map/blank.h"
#include "map/lvm.h"
#include "map/md.h"
#include "map/probe.h"
#include "map/shadow.h"
#include "map/table.h"

struct builder {
	struct map *map;
	struct arena *arena;
	struct probe pr;
	struct lvm *lvm;
	struct md *md;
};

/* What was found on a disk that has a table as well, until its partitions are known. */
struct leftover {
	struct disk_map *disk;
	struct signature whole;
};

static struct volume *volume_new(struct builder *b, enum volume_kind kind, const char *name,
	const struct disk_map *disk, struct blockdev *dev, uint64_t size)
{
	struct volume *v = arena_new(b->arena, struct volume);

	*v = (struct volume){.kind = kind, .name = name, .disk = disk, .dev = dev, .size = size};
	*list_add(b->arena, &v->disks) = disk;
	return v;
}

/* ---- signatures ---- */

static void explain(
	struct builder *b, struct volume *v, const struct shadow *s, int r, const struct err *e)
{
	if (r < 0)
		v->why = arena_strdup(b->arena, e->msg);
	else if (s->incomplete.num)
		v->why =
			arena_printf(b->arena, "parts of it cannot be read: %s", s->incomplete.msg);
}

/* Partitions that hold no filesystem by their very type need no second, long look. */
static bool is_never_formatted(const struct volume *v)
{
	static const char *const types[] = {
		"21686148-6449-6e6f-744e-656564454649", /* BIOS boot: GRUB's core image */
		"e3c9e316-0b5c-4db8-817d-f92df00215ae", /* Microsoft reserved */
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (v->partition && v->partition->type && !strcmp(v->partition->type, types[i]))
			return true;
	}
	return false;
}

/* libblkid finds BitLocker's volumes; what protects them is ours to read. */
static void read_bitlocker(struct builder *b, struct volume *v)
{
	struct bitlocker *found = arena_new(b->arena, struct bitlocker);
	struct err e = {0};

	if (!v->sig.type || strcmp(v->sig.type, "BitLocker"))
		return;
	if (bitlocker_read(v->dev, b->arena, found, &e) < 0) {
		v->why = arena_strdup(b->arena, e.msg);
		return;
	}
	v->bitlocker = found;
	v->sig.uuid = found->uuid;
	v->sig.label = found->description;
}

static void probe_volume(struct builder *b, struct volume *v)
{
	struct shadow s;
	struct err e = {0};
	int r = shadow_open(v->dev, &s, &e);

	if (r < 0) {
		v->why = arena_strdup(b->arena, e.msg);
		return;
	}
	r = (is_never_formatted(v) ? probe_signature : probe_signature_deep)(
		&b->pr, &s, b->arena, &v->sig, &e);
	explain(b, v, &s, r, &e);
	shadow_close(&s);
	read_bitlocker(b, v);
}

/* ---- disks ---- */

static void set_whole(struct builder *b, struct disk_map *d, struct shadow *s,
	const struct signature *sig, int r, struct err *e)
{
	struct volume *v = volume_new(b, VOLUME_DISK, d->name, d, d->source->disk.dev, d->size);

	v->sig = *sig;
	if (r >= 0 && !sig->type)
		r = probe_signature_deep(&b->pr, s, b->arena, &v->sig, e);
	explain(b, v, s, r, e);
	read_bitlocker(b, v);
	d->volume = v;
	d->blank = d->table == TABLE_NONE && !v->sig.type && !v->why && disk_is_blank(v->dev);
	*list_add(b->arena, &b->map->volumes) = v;
}

static void read_disk(struct builder *b, struct disk_map *d, struct leftover *ret)
{
	struct signature whole = {0};
	struct err e = {0};
	struct shadow s;
	int r;

	if (shadow_open(d->source->disk.dev, &s, &e) < 0) {
		d->table_name = "none";
		d->why = arena_strdup(b->arena, e.msg);
		return;
	}
	r = probe_signature(&b->pr, &s, b->arena, &whole, &e);
	table_read(d, &s, &whole, &b->pr, b->arena);
	if (d->table == TABLE_NONE || d->table == TABLE_OTHER)
		set_whole(b, d, &s, &whole, r, &e);
	else if (r < 0)
		*list_add(b->arena, &d->notes) = arena_strdup(b->arena, e.msg);
	else
		*ret = (struct leftover){d, whole};
	if (s.incomplete.num && !d->volume)
		*list_add(b->arena, &d->notes) = arena_printf(
			b->arena, "parts of the disk cannot be read: %s", s.incomplete.msg);
	shadow_close(&s);
}

static void add_disk(struct builder *b, const struct machine_disk *source, struct leftover *ret)
{
	struct disk_map *d = arena_new(b->arena, struct disk_map);

	*d = (struct disk_map){
		.name = source->name,
		.index = (unsigned)b->map->disks.n,
		.source = source,
		.size = source->disk.dev->size,
		.gpt_primary = GPT_ABSENT,
		.gpt_backup = GPT_ABSENT,
	};
	*list_add(b->arena, &b->map->disks) = d;
	read_disk(b, d, ret);
}

/* ---- partitions ---- */

/* As Linux does: what starts on the disk is cut at its end. */
static struct volume *open_partition(
	struct builder *b, struct disk_map *d, const struct partition *p)
{
	struct volume *v = volume_new(b, VOLUME_PARTITION, p->name, d, NULL, p->size);
	struct err e = {0};

	v->partition = p;
	if (p->start >= d->size) {
		v->why = "it starts past the end of the disk";
		return v;
	}
	if (!range_inside(p->start, p->size, d->size)) {
		v->size = d->size - p->start;
		*list_add(b->arena, &d->notes) =
			arena_printf(b->arena, "%s goes on past the end of the disk", p->name);
	}
	if (slice_open(d->source->disk.dev, p->start, v->size, &v->dev, &e) < 0)
		v->why = arena_strdup(b->arena, e.msg);
	else
		probe_volume(b, v);
	return v;
}

static void add_partitions(struct builder *b, struct disk_map *d)
{
	list_each(p, &d->partitions) {
		if ((*p)->is_container)
			continue;
		if (b->map->volumes.n >= VOLUMES_MAX) {
			*list_add(b->arena, &d->notes) = arena_printf(b->arena,
				"the machine has more volumes than the %d that "
				"are read",
				VOLUMES_MAX);
			return;
		}
		(*p)->volume = open_partition(b, d, *p);
		*list_add(b->arena, &b->map->volumes) = (*p)->volume;
	}
}

/* A signature at the end of the disk may well be that of the last partition. */
static bool is_of_partition(const struct disk_map *d, const struct signature *w)
{
	list_each(p, &d->partitions) {
		const struct signature *s = (*p)->volume ? &(*p)->volume->sig : NULL;

		if (s && s->type && !strcmp(s->type, w->type) && s->uuid && w->uuid &&
			!strcmp(s->uuid, w->uuid))
			return true;
	}
	return false;
}

static void note_leftover(struct builder *b, const struct leftover *l)
{
	const struct signature *w = &l->whole;

	if (!l->disk || !w->type || is_of_partition(l->disk, w))
		return;
	*list_add(b->arena, &l->disk->stale) = arena_printf(b->arena,
		"a signature of %s%s%s%s on the whole disk is left over under the %s partition "
		"table",
		w->type, w->uuid ? " (UUID " : "", w->uuid ? w->uuid : "", w->uuid ? ")" : "",
		l->disk->table_name);
}

/* ---- dynamic disks ---- */

/* Where the private header of LDM lies; false: the disk is not dynamic. */
static bool ldm_place(const struct disk_map *d, uint64_t *ret)
{
	list_each(p, &d->partitions) {
		const char *type = (*p)->type ? (*p)->type : "";

		if (!strcmp(type, "0x42")) {
			*ret = 6 * 512;
			return true;
		}
		if (!strcmp(type, "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3") && (*p)->size >= 512) {
			*ret = (*p)->start + (*p)->size - 512;
			return true;
		}
	}
	return false;
}

static void read_ldm(struct builder *b, struct disk_map *d)
{
	struct ldm *found = arena_new(b->arena, struct ldm);
	uint64_t off;
	struct err e = {0};

	if (!ldm_place(d, &off))
		return;
	if (ldm_read(d->source->disk.dev, off, b->arena, found, &e) < 0)
		*list_add(b->arena, &d->notes) = arena_printf(b->arena,
			"it is a dynamic disk of Windows, and its database is not there: %s",
			e.msg);
	else
		d->ldm = found;
}

static bool is_given(const struct map *map, const struct ldm_disk *wanted)
{
	list_each(d, &map->disks) {
		const struct ldm *l = (*d)->ldm;

		if (l && l->uuid && !strcmp(l->uuid, wanted->uuid))
			return true;
	}
	return false;
}

static void note_ldm(struct builder *b, struct disk_map *d)
{
	if (!d->ldm)
		return;
	*list_add(b->arena, &d->notes) = arena_printf(b->arena,
		"a dynamic disk of the group %s (%s), %zu disk%s and %u volume%s",
		d->ldm->group_name ? d->ldm->group_name : "?",
		d->ldm->group_uuid ? d->ldm->group_uuid : "?", d->ldm->disks.n,
		d->ldm->disks.n == 1 ? "" : "s", d->ldm->volumes, d->ldm->volumes == 1 ? "" : "s");
	if (d->ldm->why)
		*list_add(b->arena, &d->notes) = d->ldm->why;
	list_each(other, &d->ldm->disks) {
		other->missing = !is_given(b->map, other);
		if (other->missing)
			*list_add(b->arena, &d->notes) =
				arena_printf(b->arena, "of its group %s (%s) is missing here",
					other->name ? other->name : "a disk", other->uuid);
	}
}

/* ---- MD and LVM ---- */

static void scan_from(struct builder *b, size_t i)
{
	for (; i < b->map->volumes.n; i++) {
		struct volume *v = b->map->volumes.at[i];

		if ((v->kind == VOLUME_LV || v->kind == VOLUME_ARRAY) && v->dev)
			probe_volume(b, v);
		if (v->sig.type && !strcmp(v->sig.type, "LVM2_member"))
			lvm_scan(b->lvm, v);
		if (v->sig.type && !strcmp(v->sig.type, "linux_raid_member"))
			md_scan(b->md, v);
	}
}

/* What is incomplete waits until nothing else can bring its missing parts. */
static bool assemble(struct builder *b)
{
	size_t whole = md_assemble(b->md, false) + lvm_assemble(b->lvm, false);

	return whole || md_assemble(b->md, true) || lvm_assemble(b->lvm, true);
}

static void add_groups(struct builder *b)
{
	size_t done = 0;

	for (int round = 0; round < MAP_ROUNDS_MAX; round++) {
		size_t n = b->map->volumes.n;

		scan_from(b, done);
		done = n;
		if (!assemble(b))
			break;
	}
	scan_from(b, done);
	lvm_explain_orphans(b->lvm);
}

/* ---- the whole ---- */

static void build(struct builder *b, const struct machine *m)
{
	struct leftover leftover[DISKS_MAX] = {0};

	for (size_t i = 0; i < m->disks.n; i++)
		add_disk(b, &m->disks.at[i], &leftover[i]);
	for (size_t i = 0; i < m->disks.n; i++) {
		add_partitions(b, b->map->disks.at[i]);
		note_leftover(b, &leftover[i]);
		read_ldm(b, b->map->disks.at[i]);
	}
	list_each(d, &b->map->disks)
		note_ldm(b, *d);
	add_groups(b);
}

int map_build(struct map *ret, const struct machine *m, struct arena *a, struct err *e)
{
	struct builder b = {.map = ret, .arena = a};
	int r;

	*ret = (struct map){0};
	if (m->disks.n > DISKS_MAX)
		return err_set(e, E2BIG, "%zu disks, more than the %d of one machine", m->disks.n,
			DISKS_MAX);
	r = probe_new(&b.pr, e);
	if (r < 0)
		return r;
	r = lvm_new(ret, a, &b.lvm, e);
	if (r >= 0)
		r = md_new(ret, a, &b.md, e);
	if (r >= 0)
		build(&b, m);
	probe_free(&b.pr);
	lvm_free(b.lvm);
	md_free(b.md);
	return r;
}

void map_close(struct map *map)
{
	/* Closing one leaves what it lies on as it is, so the order does not matter. */
	list_each(vg, &map->groups) {
		list_each(lv, &(*vg)->lvs) {
			blockdev_close((*lv)->dev);
			(*lv)->dev = NULL;
		}
	}
	list_each(at, &map->volumes) {
		struct volume *v = *at;

		if (v->kind == VOLUME_PARTITION || v->kind == VOLUME_ARRAY)
			blockdev_close(v->dev);
		v->dev = NULL;
	}
	map->groups.n = 0;
	map->volumes.n = 0;
}
