/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The keys are those of LVM2's text format, as vgcfgbackup writes it and vgcfgrestore reads it.
 * Every physical volume carries a copy of its group's metadata, or none; the copy with the highest
 * sequence number is the group.  Segments other than linear and striped are named, and not read.
 */
#include "map/lvm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "map/lv.h"
#include "map/lvm_label.h"
#include "parse/lvm_text.h"

#define SECTOR 512U

/* One version of a group's metadata, however many physical volumes carry it. */
struct metadata {
	uint64_t size, seqno;
	uint32_t crc;
	const struct lvm_node *vg; /* its section; the key is the group's name */
	const char *id;
	bool built; /* the group is in the map */
};

/* A volume with a label. */
struct found {
	const char *uuid;
	struct volume *volume;
	const struct found *twin; /* an earlier one with the same UUID, which counts */
	const struct volume_group *vg;
	const char *trouble; /* why a copy could not be read */
	LIST(const struct metadata *) copies;
};

struct lvm {
	struct map *map;
	struct arena *arena;  /* of the map */
	struct arena scratch; /* what is gone when the map is done */
	LIST(struct found *) found;
	LIST(struct metadata *) metadata;
	/* How much of each the rest of the machine may still use. */
	size_t nodes, segments, lvs, pvs;
	uint64_t text;
};

int lvm_new(struct map *map, struct arena *a, struct lvm **ret, struct err *e)
{
	struct lvm *l = malloc(sizeof(*l));

	if (!l)
		return err_set(e, ENOMEM, "out of memory");
	*l = (struct lvm){
		.map = map,
		.arena = a,
		.nodes = LVM_NODES_MAX,
		.segments = LVM_SEGMENTS_MAX,
		.lvs = LVM_LVS_MAX,
		.pvs = LVM_PVS_MAX,
		.text = LVM_TEXT_TOTAL_MAX,
	};
	*ret = l;
	return 0;
}

void lvm_free(struct lvm *l)
{
	if (l)
		arena_free(&l->scratch);
	free(l);
}

/* ---- finding physical volumes and the metadata they carry ---- */

static const struct lvm_node *first_section(const struct lvm_node *root)
{
	const struct lvm_node *n = root->child;

	while (n && n->kind != LVM_SECTION)
		n = n->next;
	return n;
}

static int metadata_parse(struct lvm *l, const char *text, struct metadata *m, struct err *e)
{
	const char *contents;
	struct lvm_node *root;
	uint64_t version = 0;
	int r = lvm_text_parse(text, (size_t)m->size, &l->nodes, &l->scratch, &root, e);

	if (r < 0)
		return err_prefix(e, "the LVM metadata");
	contents = lvm_string(root, "contents");
	lvm_number(root, "version", &version);
	if (!contents || strcmp(contents, "Text Format Volume Group") || version != 1)
		return err_set(e, ENOTSUP, "the LVM metadata is of an unknown format");
	m->vg = first_section(root);
	m->id = lvm_string(m->vg, "id");
	if (!m->id || !lvm_number(m->vg, "seqno", &m->seqno))
		return err_set(e, EBADMSG, "the LVM metadata describes no volume group");
	return 0;
}

/* The metadata at c, which other physical volumes may have brought already. */
static int metadata_get(struct lvm *l, struct blockdev *dev, const struct lvm_copy *c,
	const struct metadata **ret, struct err *e)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct metadata *m;
	int r;

	list_each(known, &l->metadata) {
		if ((*known)->size == c->size && (*known)->crc == c->crc) {
			*ret = *known;
			return 0;
		}
	}
	if (c->size > l->text || l->metadata.n == LVM_VERSIONS_MAX)
		return err_set(e, E2BIG, "there is more LVM metadata than can be read");
	l->text -= c->size;
	r = lvm_copy_read(dev, c, &text, e);
	if (r < 0)
		return r;
	m = arena_new(&l->scratch, struct metadata);
	*m = (struct metadata){.size = c->size, .crc = c->crc};
	r = metadata_parse(l, text, m, e);
	if (r < 0)
		return r;
	*list_add(&l->scratch, &l->metadata) = m;
	*ret = m;
	return 0;
}

static void scan_area(struct lvm *l, struct found *f, uint64_t area)
{
	const struct metadata *m = NULL;
	struct lvm_copy copy;
	struct err e = {0};
	int r = lvm_area_read(f->volume->dev, area, &copy, &e);

	if (r >= 0 && !copy.size)
		return;
	if (r >= 0)
		r = metadata_get(l, f->volume->dev, &copy, &m, &e);
	if (r >= 0)
		*list_add(&l->scratch, &f->copies) = m;
	else
		f->trouble = arena_strdup(l->arena, e.msg);
}

void lvm_scan(struct lvm *l, struct volume *v)
{
	struct lvm_label label;
	struct found *f;
	struct err e = {0};

	if (!v->dev)
		return;
	if (lvm_label_read(v->dev, &label, &e) < 0) {
		v->why = arena_strdup(l->arena, e.msg);
		return;
	}
	f = arena_new(&l->scratch, struct found);
	*f = (struct found){.uuid = arena_strdup(&l->scratch, label.uuid), .volume = v};
	list_each(other, &l->found) {
		if (!strcmp((*other)->uuid, f->uuid) && !f->twin)
			f->twin = *other;
	}
	*list_add(&l->scratch, &l->found) = f;
	for (unsigned i = 0; i < label.n_areas && !f->twin; i++)
		scan_area(l, f, label.areas[i]);
}

static struct found *found_by_uuid(const struct lvm *l, const char *uuid)
{
	list_each(f, &l->found) {
		if (!(*f)->twin && !strcmp((*f)->uuid, uuid))
			return *f;
	}
	return NULL;
}

/* ---- building a group ---- */

/* Disks by their index. */
struct disk_set {
	uint64_t bits[DISKS_MAX / 64];
};

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

/* A logical volume on its way into the map. */
struct lv_work {
	const char *name;
	const struct lvm_node *node;
	struct logical_volume *lv;
	const char *why; /* why it cannot be read, when that is known before it is tried */
	struct disk_set disks;
	bool disks_known;
};

struct pv_work {
	const char *name;
	struct physical_volume *pv;
};

struct builder {
	struct lvm *l;
	struct volume_group *vg;
	uint64_t used;            /* extents */
	LIST(struct pv_work) pvs; /* by name */
	LIST(struct lv_work) lvs; /* by name */
};

static int by_name(const void *a, const void *b)
{
	/* Both kinds of work begin with their name. */
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct physical_volume *pv_by_name(const struct builder *b, const char *name)
{
	struct pv_work *w =
		b->pvs.n ? bsearch(&name, b->pvs.at, b->pvs.n, sizeof(*b->pvs.at), by_name) : NULL;

	return w ? w->pv : NULL;
}

static struct lv_work *lv_by_name(const struct builder *b, const char *name)
{
	return b->lvs.n ? bsearch(&name, b->lvs.at, b->lvs.n, sizeof(*b->lvs.at), by_name) : NULL;
}

#define note(b, ...)                                                                               \
	(*list_add((b)->l->arena, &(b)->vg->notes) = arena_printf((b)->l->arena, __VA_ARGS__))

/* A number of sectors, as bytes; 0 when it is not there or impossible. */
static uint64_t bytes_of_sectors(const struct lvm_node *section, const char *key)
{
	uint64_t v = 0;

	if (!lvm_number(section, key, &v) || !checked_mul(v, SECTOR, &v))
		return 0;
	return v;
}

static void add_pv(struct builder *b, const struct lvm_node *n)
{
	struct physical_volume *pv = arena_new(b->l->arena, struct physical_volume);
	const char *id = lvm_string(n, "id");
	struct found *f = id ? found_by_uuid(b->l, id) : NULL;
	uint64_t size;

	*pv = (struct physical_volume){
		.uuid = arena_strdup(b->l->arena, id ? id : ""),
		.name = arena_strdup(b->l->arena, n->key),
		.device_hint = arena_strdup(b->l->arena, lvm_string(n, "device")),
		.volume = f ? f->volume : NULL,
		.pe_start = bytes_of_sectors(n, "pe_start"),
		.dev_size = bytes_of_sectors(n, "dev_size"),
		.flagged_missing =
			lvm_list_has(n, "flags", "MISSING") || lvm_list_has(n, "status", "MISSING"),
	};
	lvm_number(n, "pe_count", &pv->pe_count);
	if (!f)
		b->vg->complete = false;
	else
		f->vg = b->vg;
	if (f && f->volume->size < pv->dev_size)
		note(b, "%s is smaller than physical volume %s was", f->volume->name, pv->uuid);
	if (checked_mul(pv->pe_count, b->vg->extent_size, &size))
		checked_add(b->vg->size, size, &b->vg->size);
	*list_add(b->l->arena, &b->vg->pvs) = pv;
	*list_add(&b->l->scratch, &b->pvs) = (struct pv_work){pv->name, pv};
}

static void add_pvs(struct builder *b, const struct lvm_node *vg)
{
	const struct lvm_node *pvs = lvm_section(vg, "physical_volumes");

	for (const struct lvm_node *n = pvs ? pvs->child : NULL; n; n = n->next) {
		if (n->kind != LVM_SECTION)
			continue;
		if (!b->l->pvs) {
			note(b, "there are more physical volumes than the %d that are read",
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

/* ---- segments ---- */

/* A type may carry flags for older versions: "thin-pool+...". */
static const char *segment_type(struct arena *a, const struct lvm_node *n)
{
	const char *type = lvm_string(n, "type");
	uint64_t stripes = 0;

	if (!type)
		return "unknown";
	lvm_number(n, "stripe_count", &stripes);
	if (!strcmp(type, "striped") && stripes == 1)
		return "linear";
	return arena_strndup(a, type, strcspn(type, "+"));
}

/* The stripes of a segment: pairs of a physical volume and an extent. */
static int add_stripes(
	struct builder *b, struct lv_segment *s, const struct lvm_node *n, struct err *e)
{
	const struct lvm_node *at = NULL;
	uint64_t count = 0;

	lvm_list(n, "stripes", &at);
	for (; at && at->next; at = at->next->next) {
		struct physical_volume *pv =
			at->kind == LVM_STRING ? pv_by_name(b, at->string) : NULL;
		__typeof__(s->stripes.at) stripe;

		if (!pv || at->next->kind != LVM_NUMBER || at->next->number < 0)
			return err_set(e, ENOTSUP,
				"a segment lies on something that is no physical volume");
		stripe = list_add(b->l->arena, &s->stripes);
		stripe->pv = pv;
		stripe->start_extent = (uint64_t)at->next->number;
	}
	if (!lvm_number(n, "stripe_count", &count) || count != s->stripes.n)
		return err_set(e, EBADMSG, "a segment does not have the stripes it says");
	return 0;
}

/* Of what a segment says, the values that are words or tags, and no names of volumes. */
static bool names_volumes(const struct lvm_node *n)
{
	static const char *const words[] = {
		"type", "tags", "status", "flags", "cache_mode", "policy", "discards"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(n->key, words[i]))
			return false;
	}
	return n->kind == LVM_STRING || n->kind == LVM_LIST;
}

/* What a segment takes from the physical volumes that it names itself, whatever its type. */
static uint64_t used_extents(
	const struct builder *b, const struct lv_segment *s, const struct lvm_node *n)
{
	uint64_t used = 0;

	if (s->stripes.n)
		return s->extent_count;
	for (n = n->child; n; n = n->next) {
		if (n->kind != LVM_LIST || !names_volumes(n))
			continue;
		for (const struct lvm_node *at = n->child; at; at = at->next) {
			if (at->kind == LVM_STRING && pv_by_name(b, at->string))
				checked_add(used, s->extent_count, &used);
		}
	}
	return used;
}

static void add_type(struct arena *a, struct logical_volume *lv, const char *type)
{
	list_each(known, &lv->types) {
		if (!strcmp(*known, type))
			return;
	}
	*list_add(a, &lv->types) = type;
}

static void add_segment(struct builder *b, struct lv_work *w, const struct lvm_node *n)
{
	struct lv_segment *s = list_add(b->l->arena, &w->lv->segments);
	struct err e = {0};

	s->type = segment_type(b->l->arena, n);
	add_type(b->l->arena, w->lv, s->type);
	if (!lvm_number(n, "start_extent", &s->start_extent) ||
		!lvm_number(n, "extent_count", &s->extent_count))
		err_set(&e, EBADMSG, "a segment has no place");
	else if (lv_type_is_read(s->type) && add_stripes(b, s, n, &e) == 0 && s->stripes.n > 1)
		s->stripe_size = bytes_of_sectors(n, "stripe_size");
	checked_add(b->used, used_extents(b, s, n), &b->used);
	if (e.num && !w->why)
		w->why = arena_strdup(b->l->arena, e.msg);
}

static int by_start(const void *a, const void *b)
{
	const struct lv_segment *x = a, *y = b;

	return x->start_extent < y->start_extent ? -1 : x->start_extent > y->start_extent;
}

static bool is_segment(const struct lvm_node *n)
{
	return n->kind == LVM_SECTION && str_starts(n->key, "segment");
}

static void add_segments(struct builder *b, struct lv_work *w)
{
	struct logical_volume *lv = w->lv;

	for (const struct lvm_node *n = w->node->child; n; n = n->next) {
		if (!is_segment(n))
			continue;
		if (!b->l->segments) {
			w->why = "there are more segments than can be read";
			break;
		}
		b->l->segments--;
		add_segment(b, w, n);
	}
	if (lv->segments.n)
		qsort(lv->segments.at, lv->segments.n, sizeof(*lv->segments.at), by_start);
	list_each(s, &lv->segments) {
		uint64_t end;

		if (checked_add(s->start_extent, s->extent_count, &end) &&
			checked_mul(end, b->vg->extent_size, &end) && end > lv->size)
			lv->size = end;
	}
}

/* ---- logical volumes ---- */

static void add_lv(struct builder *b, const struct lvm_node *n)
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

static void add_lvs(struct builder *b, const struct lvm_node *vg)
{
	const struct lvm_node *lvs = lvm_section(vg, "logical_volumes");

	for (const struct lvm_node *n = lvs ? lvs->child : NULL; n; n = n->next) {
		if (n->kind != LVM_SECTION)
			continue;
		if (!b->l->lvs) {
			note(b, "there are more logical volumes than the %d that are read",
				LVM_LVS_MAX);
			break;
		}
		b->l->lvs--;
		add_lv(b, n);
	}
	if (b->lvs.n)
		qsort(b->lvs.at, b->lvs.n, sizeof(*b->lvs.at), by_name);
	list_each(w, &b->lvs)
		add_segments(b, w);
}

/*
 * In the text a snapshot is two volumes: a hidden one that holds what changed and carries the name
 * people use, and a visible "snapshotN" that says so.  While it is merged back, its origin is
 * neither the one nor the other.
 */
static void mark_snapshot(struct builder *b, struct lv_work *w, const struct lvm_node *segment)
{
	const char *origin = lvm_string(segment, "origin");
	const char *merging = lvm_string(segment, "merging_store");
	const char *store = merging ? merging : lvm_string(segment, "cow_store");
	struct lv_work *cow = store ? lv_by_name(b, store) : NULL;
	struct lv_work *whole = origin ? lv_by_name(b, origin) : NULL;

	if (cow && cow != w) {
		cow->lv->visible = w->lv->visible;
		w->lv->visible = false;
		cow->lv->types.n = 0;
		add_type(b->l->arena, cow->lv, "snapshot");
		cow->why = arena_printf(b->l->arena,
			"it is a snapshot of %s, and those are not read yet",
			origin ? origin : "another volume");
	}
	if (whole && merging)
		whole->why =
			arena_printf(b->l->arena, "snapshot %s is being merged into it", merging);
}

static void mark_snapshots(struct builder *b)
{
	list_each(w, &b->lvs) {
		for (const struct lvm_node *n = w->node->child; n; n = n->next) {
			const char *type = is_segment(n) ? lvm_string(n, "type") : NULL;

			if (type && !strcmp(type, "snapshot"))
				mark_snapshot(b, w, n);
		}
	}
}

/* ---- which disks a volume lies on ---- */

static const struct disk_set *lv_disks(struct builder *b, struct lv_work *w, unsigned depth);

static void add_named_disks(struct builder *b, struct disk_set *s, const struct lvm_node *n,
	bool in_list, unsigned depth)
{
	struct physical_volume *pv = in_list ? pv_by_name(b, n->string) : NULL;
	struct lv_work *other = pv ? NULL : lv_by_name(b, n->string);

	if (pv && pv->volume)
		set_add(s, pv->volume);
	else if (other)
		set_join(s, lv_disks(b, other, depth + 1));
}

/*
 * Follows every name a segment mentions, so that it holds for types that are not read too: mirror
 * legs, pools and their metadata, origins.
 */
static const struct disk_set *lv_disks(struct builder *b, struct lv_work *w, unsigned depth)
{
	if (w->disks_known || depth > LVM_DEPTH_MAX)
		return &w->disks;
	w->disks_known = true;
	for (const struct lvm_node *seg = w->node->child; seg; seg = seg->next) {
		if (!is_segment(seg))
			continue;
		for (const struct lvm_node *n = seg->child; n; n = n->next) {
			if (!names_volumes(n))
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

/* ---- into the map ---- */

static void add_volume(struct builder *b, struct lv_work *w)
{
	struct arena *a = b->l->arena;
	struct volume *v = arena_new(a, struct volume);
	const struct disk_set *disks = lv_disks(b, w, 0);
	struct err e = {0};

	*v = (struct volume){
		.kind = VOLUME_LV,
		.name = w->lv->full_name,
		.size = w->lv->size,
		.lv = w->lv,
		.why = w->why,
	};
	list_each(d, &b->l->map->disks) {
		if (set_has(disks, *d))
			*list_add(a, &v->disks) = *d;
	}
	if (!w->why && lv_open(w->lv, &v->dev, &e) < 0) {
		v->why = arena_strdup(a, e.msg);
		if (e.num == EBADMSG)
			note(b, "%s: %s", v->name, e.msg);
	}
	w->lv->volume = v;
	*list_add(a, &b->l->map->volumes) = v;
}

static void add_volumes(struct builder *b)
{
	/* In the order of the metadata, not of the names. */
	list_each(lv, &b->vg->lvs) {
		struct lv_work *w = lv_by_name(b, (*lv)->name);

		if (!(*lv)->visible || !w || w->lv != *lv)
			continue;
		if (b->l->map->volumes.n >= VOLUMES_MAX) {
			note(b, "there are more volumes than the %d that are read", VOLUMES_MAX);
			return;
		}
		add_volume(b, w);
	}
}

static void collect_disks(struct builder *b)
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

/* What the physical volumes' own copies say against the one that was taken. */
static void note_copies(struct builder *b, const struct metadata *newest)
{
	list_each(at, &b->l->found) {
		const struct found *f = *at;

		if (f->twin && f->twin->vg == b->vg)
			note(b,
				"physical volume %s was found on %s, which is used, and again on "
				"%s",
				f->uuid, f->twin->volume->name, f->volume->name);
		if (f->vg == b->vg && f->trouble)
			note(b, "%s: %s", f->volume->name, f->trouble);
		list_each(copy, &f->copies) {
			if (strcmp((*copy)->id, newest->id))
				continue;
			if (f->vg != b->vg)
				note(b,
					"%s carries metadata of this group, but is no longer part "
					"of it",
					f->volume->name);
			else if ((*copy)->seqno < newest->seqno)
				note(b,
					"%s carries older metadata (sequence number %" PRIu64
					"; %" PRIu64 " is used)",
					f->volume->name, (*copy)->seqno, newest->seqno);
		}
	}
}

static void note_namesake(struct builder *b)
{
	if (map_group(b->l->map, b->vg->name))
		note(b, "another volume group is called %s too", b->vg->name);
}

static void build(struct lvm *l, const struct metadata *m)
{
	struct volume_group *vg = arena_new(l->arena, struct volume_group);
	struct builder b = {.l = l, .vg = vg};
	uint64_t used;

	*vg = (struct volume_group){
		.name = arena_strdup(l->arena, m->vg->key),
		.uuid = arena_strdup(l->arena, m->id),
		.seqno = m->seqno,
		.extent_size = bytes_of_sectors(m->vg, "extent_size"),
		.complete = true,
	};
	note_namesake(&b);
	*list_add(l->arena, &l->map->groups) = vg;
	add_pvs(&b, m->vg);
	collect_disks(&b);
	if (vg->extent_size) {
		add_lvs(&b, m->vg);
		mark_snapshots(&b);
		add_volumes(&b);
	} else {
		note(&b, "its extents have no size");
	}
	if (checked_mul(b.used, vg->extent_size, &used) && used <= vg->size)
		vg->free = vg->size - used;
	note_copies(&b, m);
}

static bool is_complete(const struct lvm *l, const struct metadata *m)
{
	const struct lvm_node *pvs = lvm_section(m->vg, "physical_volumes");
	unsigned count = 0;

	for (const struct lvm_node *n = pvs ? pvs->child : NULL; n; n = n->next) {
		const char *id = lvm_string(n, "id");

		if (++count > LVM_PVS_MAX || (id && !found_by_uuid(l, id)))
			return false;
	}
	return true;
}

/* Is there a newer copy, or has the group been built from one already? */
static bool is_superseded(const struct lvm *l, const struct metadata *m)
{
	list_each(at, &l->metadata) {
		const struct metadata *other = *at;

		if (other != m && !strcmp(other->id, m->id) &&
			(other->built || other->seqno > m->seqno))
			return true;
	}
	return m->built;
}

size_t lvm_assemble(struct lvm *l, bool incomplete)
{
	size_t n = 0;

	list_each(at, &l->metadata) {
		struct metadata *m = *at;

		if (is_superseded(l, m) || (!incomplete && !is_complete(l, m)))
			continue;
		m->built = true;
		build(l, m);
		n++;
	}
	return n;
}

void lvm_explain_orphans(struct lvm *l)
{
	list_each(at, &l->found) {
		const struct found *f = *at;

		if (!f->vg && f->trouble)
			f->volume->why = f->trouble;
	}
}
