/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From the text of a group's metadata to its physical and logical volumes in the map.  The keys are
 * those of LVM2's text format, as vgcfgbackup writes it and vgcfgrestore reads it.
 */
#include "map/lvm_group.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/text.h"

#define SECTOR 512U

static void set_add(struct disk_set *s, const struct volume *v)
{
	list_each(d, &v->disks)
		s->bits[(*d)->index / 64] |= 1ULL << (*d)->index % 64;
}

static void set_join(struct disk_set *s, const struct disk_set *other)
{
	for (size_t i = 0; i < ARRAY_LEN(s->bits); i++)
		s->bits[i] |= other->bits[i];
}

static bool set_has(const struct disk_set *s, const struct disk_map *d)
{
	return s->bits[d->index / 64] >> d->index % 64 & 1;
}

static int by_name(const void *a, const void *b)
{
	/* Both kinds of work begin with their name. */
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct physical_volume *lvm_pv_by_name(const struct lvm_builder *b, const char *name)
{
	struct pv_work *w =
		b->pvs.n ? bsearch(&name, b->pvs.at, b->pvs.n, sizeof(*b->pvs.at), by_name) : NULL;

	return w ? w->pv : NULL;
}

struct lv_work *lvm_lv_by_name(const struct lvm_builder *b, const char *name)
{
	return b->lvs.n ? bsearch(&name, b->lvs.at, b->lvs.n, sizeof(*b->lvs.at), by_name) : NULL;
}

uint64_t lvm_bytes(const struct lvm_node *section, const char *key)
{
	uint64_t v = 0;

	if (!lvm_number(section, key, &v) || !checked_mul(v, SECTOR, &v))
		return 0;
	return v;
}

/* ---- physical volumes ---- */

static void find_twins(struct lvm_builder *b, struct physical_volume *pv, const struct found *first)
{
	list_each(at, &b->l->found) {
		if ((*at)->twin != first)
			continue;
		*list_add(b->l->arena, &pv->twins) = (*at)->volume;
		lvm_note(b, "physical volume %s was found on %s, which is used, and again on %s",
			pv->uuid, first->volume->name, (*at)->volume->name);
	}
}

static void add_pv(struct lvm_builder *b, const struct lvm_node *n)
{
	struct physical_volume *pv = arena_new(b->l->arena, struct physical_volume);
	const char *id = lvm_string(n, "id");
	struct found *f = id ? lvm_found(b->l, id) : NULL;
	uint64_t size;

	*pv = (struct physical_volume){
		.uuid = arena_strdup(b->l->arena, id ? id : ""),
		.name = arena_strdup(b->l->arena, n->key),
		.device_hint = arena_strdup(b->l->arena, lvm_string(n, "device")),
		.volume = f ? f->volume : NULL,
		.pe_start = lvm_bytes(n, "pe_start"),
		.dev_size = lvm_bytes(n, "dev_size"),
		.flagged_missing =
			lvm_list_has(n, "flags", "MISSING") || lvm_list_has(n, "status", "MISSING"),
	};
	lvm_number(n, "pe_count", &pv->pe_count);
	if (f && f->vg) {
		lvm_note(b, "physical volume %s is listed twice", pv->uuid);
	} else if (f) {
		f->vg = b->vg;
		find_twins(b, pv, f);
	} else {
		b->vg->complete = false;
	}
	if (f && pv->flagged_missing)
		lvm_note(b,
			"physical volume %s on %s was missing when the group was changed, and is "
			"not used",
			pv->uuid, f->volume->name);
	if (f && f->volume->size < pv->dev_size)
		lvm_note(b, "%s is smaller than physical volume %s was", f->volume->name, pv->uuid);
	if (checked_mul(pv->pe_count, b->vg->extent_size, &size))
		checked_add(b->vg->size, size, &b->vg->size);
	*list_add(b->l->arena, &b->vg->pvs) = pv;
	*list_add(&b->l->scratch, &b->pvs) = (struct pv_work){pv->name, pv};
}

static void add_pvs(struct lvm_builder *b, const struct lvm_node *vg)
{
	const struct lvm_node *pvs = lvm_section(vg, "physical_volumes");

	for (const struct lvm_node *n = pvs ? pvs->child : NULL; n; n = n->next) {
		if (n->kind != LVM_SECTION)
			continue;
		if (!b->l->pvs) {
			lvm_note(b, "there are more physical volumes than the %d that are read",
				LVM_PVS_MAX);
			b->vg->complete = false;
			break;
		}
		b->l->pvs--;
		add_pv(b, n);
	}
	if (b->pvs.n)
		qsort(b->pvs.at, b->pvs.n, sizeof(*b->pvs.at), by_name);
}

static int by_place(const void *a, const void *b)
{
	const struct pv_claim *x = a, *y = b;

	if (x->pv != y->pv)
		return x->pv < y->pv ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Every extent belongs to one segment at most; one sentence is enough. */
static void note_overlaps(struct lvm_builder *b)
{
	if (!b->claims.n)
		return;
	qsort(b->claims.at, b->claims.n, sizeof(*b->claims.at), by_place);
	for (const struct pv_claim *c = b->claims.at; c + 1 < b->claims.at + b->claims.n; c++) {
		if (c->pv != c[1].pv || c[1].start - c->start >= c->count)
			continue;
		lvm_note(b, "%s and %s both lie on extent %" PRIu64 " of physical volume %s",
			c->lv->name, c[1].lv->name, c[1].start, c->pv->uuid);
		return;
	}
}

/* ---- logical volumes ---- */

static void add_lv(struct lvm_builder *b, const struct lvm_node *n)
{
	struct logical_volume *lv = arena_new(b->l->arena, struct logical_volume);

	*lv = (struct logical_volume){
		.name = arena_strdup(b->l->arena, n->key),
		.full_name = arena_printf(b->l->arena, "%s/%s", b->vg->name, n->key),
		.uuid = arena_strdup(b->l->arena, lvm_string(n, "id")),
		.visible = lvm_list_has(n, "status", "VISIBLE"),
		.vg = b->vg,
	};
	*list_add(b->l->arena, &b->vg->lvs) = lv;
	*list_add(&b->l->scratch, &b->lvs) =
		(struct lv_work){.name = lv->name, .node = n, .lv = lv};
}

static void add_lvs(struct lvm_builder *b, const struct lvm_node *vg)
{
	const struct lvm_node *lvs = lvm_section(vg, "logical_volumes");

	for (const struct lvm_node *n = lvs ? lvs->child : NULL; n; n = n->next) {
		if (n->kind != LVM_SECTION)
			continue;
		if (!b->l->lvs) {
			lvm_note(b, "there are more logical volumes than the %d that are read",
				LVM_LVS_MAX);
			break;
		}
		b->l->lvs--;
		add_lv(b, n);
	}
	if (b->lvs.n)
		qsort(b->lvs.at, b->lvs.n, sizeof(*b->lvs.at), by_name);
	list_each(w, &b->lvs)
		lvm_segments_read(b, w);
}

/* ---- which disks a volume lies on ---- */

static const struct disk_set *lv_disks(struct lvm_builder *b, struct lv_work *w, unsigned depth);

static void add_named_disks(struct lvm_builder *b, struct disk_set *s, const struct lvm_node *n,
	bool in_list, unsigned depth)
{
	struct physical_volume *pv = in_list ? lvm_pv_by_name(b, n->string) : NULL;
	struct lv_work *other = pv ? NULL : lvm_lv_by_name(b, n->string);

	if (pv && pv->volume)
		set_add(s, pv->volume);
	else if (other)
		set_join(s, lv_disks(b, other, depth + 1));
}

/*
 * Follows every name a segment mentions, so that it holds for types that are not read too: mirror
 * legs, pools and their metadata, origins.
 */
static const struct disk_set *lv_disks(struct lvm_builder *b, struct lv_work *w, unsigned depth)
{
	if (w->disks_known || depth > LVM_DEPTH_MAX)
		return &w->disks;
	w->disks_known = true;
	for (const struct lvm_node *seg = w->node->child; seg; seg = seg->next) {
		if (!lvm_is_segment(seg))
			continue;
		for (const struct lvm_node *n = seg->child; n; n = n->next) {
			if (!lvm_names_volumes(n))
				continue;
			if (n->kind == LVM_STRING) {
				add_named_disks(b, &w->disks, n, false, depth);
				continue;
			}
			for (const struct lvm_node *at = n->child; at; at = at->next) {
				if (at->kind == LVM_STRING)
					add_named_disks(b, &w->disks, at, true, depth);
			}
		}
	}
	return &w->disks;
}

/* ---- snapshots ---- */

#define swap(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) was_ = (a);                                                          \
		(a) = (b);                                                                         \
		(b) = was_;                                                                        \
	} while (0)

static void swap_contents(struct lv_work *a, struct lv_work *b)
{
	struct logical_volume *x = a->lv, *y = b->lv;

	swap(x->segments.at, y->segments.at);
	swap(x->segments.n, y->segments.n);
	swap(x->segments.room, y->segments.room);
	swap(x->types.at, y->types.at);
	swap(x->types.n, y->types.n);
	swap(x->types.room, y->types.room);
	swap(x->size, y->size);
	swap(a->disks, b->disks);
}

static struct lv_work *work_of(const struct lvm_builder *b, const struct logical_volume *lv)
{
	struct lv_work *w = lv ? lvm_lv_by_name(b, lv->name) : NULL;

	return w && w->lv == lv ? w : NULL;
}

/* The segment of a volume that has just one, which is of that type; else NULL. */
static struct lv_segment *only_segment(const struct lv_work *w, const char *type)
{
	struct lv_segment *s = w->lv->segments.n == 1 ? &w->lv->segments.at[0] : NULL;

	return s && !s->why && !strcmp(s->type, type) ? s : NULL;
}

static const char *segment_string(const struct lv_work *w, const char *key)
{
	for (const struct lvm_node *n = w->node->child; n; n = n->next) {
		if (lvm_is_segment(n))
			return lvm_string(n, key);
	}
	return NULL;
}

static void note_merge(struct lvm_builder *b, const struct lv_work *from, struct lv_work *into)
{
	*list_add(b->l->arena, &into->lv->notes) =
		arena_printf(b->l->arena, "snapshot %s is being merged into it", from->lv->name);
}

/* Other snapshots of the origin go on to see it as it is beneath the merge. */
static void merge_snapshot(
	struct lvm_builder *b, struct lv_work *w, struct lv_work *store, struct lv_work *origin)
{
	list_each(other, &b->lvs) {
		list_each(s, &other->lv->segments) {
			if (s->origin == origin->lv && !strcmp(s->type, "snapshot"))
				s->origin = w->lv;
		}
	}
	swap_contents(origin, w);
	note_merge(b, store, origin);
}

/*
 * In the text a snapshot is two volumes: a hidden one that holds what changed and carries the name
 * people use, and a "snapshotN" that says so.  Here the one with the name is the snapshot, and
 * "snapshotN" what it is stored on.  While a snapshot is merged back, its origin has what it holds.
 */
static void mark_snapshot(struct lvm_builder *b, struct lv_work *w)
{
	struct lv_segment *s = only_segment(w, "snapshot");
	struct lv_work *store, *origin;

	/* One with a name may have become a snapshot already, by that of its "snapshotN". */
	if (!s || !s->areas.n || !segment_string(w, "origin"))
		return;
	store = work_of(b, s->areas.at[0].lv);
	origin = work_of(b, s->origin);
	if (!store || !origin || store == w || origin == w || store == origin)
		return;
	if (segment_string(w, "merging_store")) {
		merge_snapshot(b, w, store, origin);
	} else {
		s->areas.at[0].lv = w->lv;
		swap_contents(store, w);
		store->lv->visible = w->lv->visible;
	}
	w->lv->visible = false;
}

/* The merge of a thin snapshot waits until its origin is not in use, as when the machine starts;
 * then the origin has the snapshot's device. */
static void mark_thin_merge(struct lvm_builder *b, struct lv_work *w)
{
	const struct lv_segment *s = only_segment(w, "thin");
	const char *name = s ? segment_string(w, "merge") : NULL;
	struct lv_work *origin = name ? lvm_lv_by_name(b, name) : NULL;
	struct lv_segment *into = origin && origin != w ? only_segment(origin, "thin") : NULL;

	if (!into || into->pool != s->pool)
		return;
	into->device_id = s->device_id;
	note_merge(b, w, origin);
}

/* ---- into the map ---- */

static void add_volume(struct lvm_builder *b, struct lv_work *w)
{
	struct arena *a = b->l->arena;
	struct volume *v = arena_new(a, struct volume);
	struct err e = {0};

	*v = (struct volume){
		.kind = VOLUME_LV,
		.name = w->lv->full_name,
		.size = w->lv->size,
		.lv = w->lv,
	};
	list_each(d, &b->l->map->disks) {
		if (set_has(&w->disks, *d))
			*list_add(a, &v->disks) = *d;
	}
	if (lv_open(w->lv, b->l->room, &e) < 0) {
		v->why = w->lv->why;
		if (e.num == EBADMSG)
			lvm_note(b, "%s: %s", v->name, e.msg);
	}
	v->dev = w->lv->dev;
	v->reads = w->lv->reads;
	w->lv->volume = v;
	*list_add(a, &b->l->map->volumes) = v;
}

static void add_volumes(struct lvm_builder *b)
{
	/* In the order of the metadata, not of the names. */
	list_each(lv, &b->vg->lvs) {
		struct lv_work *w = work_of(b, *lv);

		if (!(*lv)->visible || lv_is_pool(*lv) || !w)
			continue;
		if (b->l->map->volumes.n >= VOLUMES_MAX) {
			lvm_note(
				b, "there are more volumes than the %d that are read", VOLUMES_MAX);
			return;
		}
		add_volume(b, w);
	}
}

static void collect_disks(struct lvm_builder *b)
{
	struct disk_set disks = {0};

	list_each(pv, &b->vg->pvs) {
		if ((*pv)->volume)
			set_add(&disks, (*pv)->volume);
	}
	list_each(d, &b->l->map->disks) {
		if (set_has(&disks, *d))
			*list_add(b->l->arena, &b->vg->disks) = *d;
	}
}

/* ---- notes ---- */

/* What the physical volumes' own copies say against the one that was taken. */
static void note_copies(struct lvm_builder *b, const struct metadata *newest)
{
	list_each(at, &b->l->found) {
		const struct found *f = *at;

		if (f->vg == b->vg && f->trouble)
			lvm_note(b, "%s: %s", f->volume->name, f->trouble);
		list_each(copy, &f->copies) {
			if (strcmp((*copy)->id, newest->id))
				continue;
			if (f->vg != b->vg)
				lvm_note(b,
					"%s carries metadata of this group, but is no longer part "
					"of it",
					f->volume->name);
			else if ((*copy)->seqno < newest->seqno)
				lvm_note(b,
					"%s carries older metadata (sequence number %" PRIu64
					"; %" PRIu64 " is used)",
					f->volume->name, (*copy)->seqno, newest->seqno);
		}
	}
}

static void note_namesake(struct lvm_builder *b)
{
	if (map_group(b->l->map, b->vg->name))
		lvm_note(b, "another volume group is called %s too", b->vg->name);
}

/* What keeps LVM from activating the group as it does others. */
static void note_state(struct lvm_builder *b)
{
	const struct volume_group *vg = b->vg;

	if (vg->exported)
		lvm_note(b, "it is exported, and not activated before vgimport");
	if (vg->clustered)
		lvm_note(b, "it is clustered");
	if (vg->system_id)
		lvm_note(b, "it belongs to the system with the id %s", vg->system_id);
	if (vg->lock_type)
		lvm_note(b, "it is locked by lvmlockd (%s)", vg->lock_type);
}

/* ---- the group ---- */

static const char *word(struct arena *a, const struct lvm_node *vg, const char *key)
{
	const char *s = lvm_string(vg, key);

	return s && *s && strcmp(s, "none") != 0 ? arena_strdup(a, s) : NULL;
}

static struct volume_group *group_new(struct arena *a, const struct metadata *m)
{
	struct volume_group *vg = arena_new(a, struct volume_group);

	*vg = (struct volume_group){
		.name = arena_strdup(a, m->vg->key),
		.uuid = arena_strdup(a, m->id),
		.seqno = m->seqno,
		.extent_size = lvm_bytes(m->vg, "extent_size"),
		.complete = true,
		.exported = lvm_list_has(m->vg, "status", "EXPORTED"),
		.clustered = lvm_list_has(m->vg, "status", "CLUSTERED"),
		.system_id = word(a, m->vg, "system_id"),
		.lock_type = word(a, m->vg, "lock_type"),
	};
	return vg;
}

void lvm_group_build(struct lvm *l, const struct metadata *m)
{
	struct lvm_builder b = {.l = l, .vg = group_new(l->arena, m)};
	uint64_t used;

	note_namesake(&b);
	*list_add(l->arena, &l->map->groups) = b.vg;
	add_pvs(&b, m->vg);
	collect_disks(&b);
	if (b.vg->extent_size) {
		add_lvs(&b, m->vg);
		note_overlaps(&b);
		list_each(w, &b.lvs)
			lv_disks(&b, w, 0);
		list_each(w, &b.lvs) {
			mark_snapshot(&b, w);
			mark_thin_merge(&b, w);
		}
		add_volumes(&b);
	} else {
		lvm_note(&b, "its extents have no size");
	}
	if (checked_mul(b.used, b.vg->extent_size, &used) && used <= b.vg->size)
		b.vg->free = b.vg->size - used;
	note_state(&b);
	note_copies(&b, m);
}
