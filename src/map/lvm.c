/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every physical volume carries a copy of its group's metadata, or none; the copy with the highest
 * sequence number is the group.
 */
#include "map/lvm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "map/lvm_group.h"
#include "map/lvm_label.h"

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
		.room = arena_new(a, struct lv_room),
	};
	lv_room_init(l->room, a);
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

struct found *lvm_found(const struct lvm *l, const char *uuid)
{
	list_each(f, &l->found) {
		if (!(*f)->twin && !strcmp((*f)->uuid, uuid))
			return *f;
	}
	return NULL;
}

/* ---- from metadata to groups ---- */

static bool is_complete(const struct lvm *l, const struct metadata *m)
{
	const struct lvm_node *pvs = lvm_section(m->vg, "physical_volumes");
	unsigned count = 0;

	for (const struct lvm_node *n = pvs ? pvs->child : NULL; n; n = n->next) {
		const char *id = lvm_string(n, "id");

		if (++count > LVM_PVS_MAX || (id && !lvm_found(l, id)))
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
		lvm_group_build(l, m);
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
