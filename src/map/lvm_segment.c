/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the text says of one segment of a logical volume: the keys of LVM2's text format, as its
 * lib/striped, lib/mirror, lib/raid, lib/thin, lib/cache_segtype and lib/snapshot write them.
 */
#include "map/lvm_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/text.h"

#define RAID10_COPIES 2 /* what raid10 has when the text, as LVM's once did, does not say */

struct reader {
	struct lvm_builder *b;
	struct lv_work *w;
	const struct lvm_node *n; /* the segment */
	struct lv_segment *s;
};

bool lvm_is_segment(const struct lvm_node *n)
{
	return n->kind == LVM_SECTION && str_starts(n->key, "segment");
}

bool lvm_names_volumes(const struct lvm_node *n)
{
	static const char *const words[] = {
		"type", "tags", "status", "flags", "cache_mode", "policy", "discards"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(n->key, words[i]))
			return false;
	}
	return n->kind == LVM_STRING || n->kind == LVM_LIST;
}

/* ---- what a segment lies on ---- */

static int find_area(
	const struct reader *r, const struct lvm_node *name, struct lv_area *ret, struct err *e)
{
	struct lv_work *w;

	if (name->kind != LVM_STRING)
		return err_set(e, EBADMSG, "a segment lies on something that has no name");
	*ret = (struct lv_area){.pv = lvm_pv_by_name(r->b, name->string)};
	if (ret->pv)
		return 0;
	w = lvm_lv_by_name(r->b, name->string);
	if (!w)
		return err_set(e, EBADMSG, "a segment lies on %s, which is no volume of the group",
			name->string);
	ret->lv = w->lv;
	return 0;
}

/* A logical volume that the segment names under key. */
static int find_lv(
	const struct reader *r, const char *key, struct logical_volume **ret, struct err *e)
{
	const char *name = lvm_string(r->n, key);
	struct lv_work *w = name ? lvm_lv_by_name(r->b, name) : NULL;

	if (!name)
		return 0;
	if (!w)
		return err_set(
			e, EBADMSG, "its %s is %s, which is no volume of the group", key, name);
	*ret = w->lv;
	return 0;
}

static struct lv_area *area_new(const struct reader *r)
{
	return list_add(r->b->l->arena, &r->s->areas);
}

/* Pairs of a volume and an extent. */
static int read_extents(const struct reader *r, const char *key, struct err *e)
{
	const struct lvm_node *at = NULL;

	lvm_list(r->n, key, &at);
	for (; at && at->next; at = at->next->next) {
		struct lv_area *a = area_new(r);
		int ret = find_area(r, at, a, e);

		if (ret < 0)
			return ret;
		if (at->next->kind != LVM_NUMBER || at->next->number < 0)
			return err_set(e, EBADMSG, "a segment does not say where it begins on %s",
				at->string);
		a->start_extent = (uint64_t)at->next->number;
	}
	return at ? err_set(e, EBADMSG, "a segment does not say where it begins on a volume") : 0;
}

/* Volumes, each with its metadata volume before it if it has one. */
static int read_images(const struct reader *r, const char *key, bool pairs, struct err *e)
{
	const struct lvm_node *at = NULL;

	lvm_list(r->n, key, &at);
	for (; at; at = at->next) {
		int ret = 0;

		if (pairs) {
			struct lv_area *meta = list_add(r->b->l->arena, &r->s->metas);

			ret = find_area(r, at, meta, e);
			at = at->next;
			if (ret >= 0 && !at)
				ret = err_set(
					e, EBADMSG, "an image has a metadata volume and no data");
		}
		if (ret >= 0)
			ret = find_area(r, at, area_new(r), e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* A volume that holds all of the data, or the metadata, of the segment. */
static int read_single(const struct reader *r, const char *key, bool meta, struct err *e)
{
	struct logical_volume *lv = NULL;
	int ret = find_lv(r, key, &lv, e);

	if (ret < 0 || !lv)
		return ret;
	if (meta)
		list_add(r->b->l->arena, &r->s->metas)->lv = lv;
	else
		area_new(r)->lv = lv;
	return 0;
}

static int check_count(const struct reader *r, const char *key, struct err *e)
{
	uint64_t count = 0;

	if (!lvm_number(r->n, key, &count) || count != r->s->areas.n)
		return err_set(e, EBADMSG, "a segment does not have the stripes it says");
	return 0;
}

/* ---- the types ---- */

static int read_striped(const struct reader *r, struct err *e)
{
	int ret = read_extents(r, "stripes", e);

	if (r->s->areas.n > 1)
		r->s->stripe_size = lvm_bytes(r->n, "stripe_size");
	return ret < 0 ? ret : check_count(r, "stripe_count", e);
}

/* While pvmove runs, what it has not moved is on the first leg only; what it has, on both. */
static int read_mirror(const struct reader *r, struct err *e)
{
	r->s->partly_synced = lvm_list_has(r->w->node, "status", "NOTSYNCED") ||
			      lvm_list_has(r->w->node, "status", "PVMOVE");
	return read_extents(r, "mirrors", e);
}

static int read_raid(const struct reader *r, struct err *e)
{
	struct lv_segment *s = r->s;
	bool striped_only = str_starts(s->type, "raid0");
	uint64_t reserved = 0;
	bool has_metas = strcmp(s->type, "raid0") != 0;
	int ret = read_images(r, has_metas ? "raids" : "raid0_lvs", has_metas, e);

	s->stripe_size = lvm_bytes(r->n, "stripe_size");
	s->copies = RAID10_COPIES;
	lvm_number(r->n, "data_copies", &s->copies);
	if (ret >= 0 && lvm_number(r->n, "reshape_count", &reserved) && reserved)
		ret = err_set(e, ENOTSUP, "it reserves space for reshaping");
	return ret < 0 ? ret : check_count(r, striped_only ? "stripe_count" : "device_count", e);
}

static int read_thin_pool(const struct reader *r, struct err *e)
{
	int ret = read_single(r, "pool", false, e);

	r->s->chunk_size = lvm_bytes(r->n, "chunk_size");
	lvm_number(r->n, "transaction_id", &r->s->transaction);
	return ret < 0 ? ret : read_single(r, "metadata", true, e);
}

static int read_thin(const struct reader *r, struct err *e)
{
	int ret = find_lv(r, "thin_pool", &r->s->pool, e);

	if (ret >= 0 && !lvm_number(r->n, "device_id", &r->s->device_id))
		ret = err_set(e, EBADMSG, "it does not say which device of its pool it is");
	return ret < 0 ? ret : find_lv(r, "external_origin", &r->s->origin, e);
}

static int read_cache_pool(const struct reader *r, struct err *e)
{
	int ret = read_single(r, "data", false, e);

	r->s->chunk_size = lvm_bytes(r->n, "chunk_size");
	return ret < 0 ? ret : read_single(r, "metadata", true, e);
}

/* The mode is the pool's where there is a pool; LVM's own default where neither says. */
static const char *cache_mode(const struct reader *r)
{
	const char *mode = lvm_string(r->n, "cache_mode"), *name = lvm_string(r->n, "cache_pool");
	const struct lv_work *pool = name ? lvm_lv_by_name(r->b, name) : NULL;
	const struct lvm_node *n = pool ? pool->node->child : NULL;

	for (; n && !mode; n = n->next) {
		if (lvm_is_segment(n))
			mode = lvm_string(n, "cache_mode");
	}
	return mode ? arena_strdup(r->b->l->arena, mode) : "writethrough";
}

static int read_cache(const struct reader *r, struct err *e)
{
	struct lv_segment *s = r->s;
	int ret = find_lv(r, "cache_pool", &s->pool, e);

	s->mode = cache_mode(r);
	s->chunk_size = lvm_bytes(r->n, "chunk_size");
	s->data_part =
		(struct lv_range){lvm_bytes(r->n, "data_start"), lvm_bytes(r->n, "data_len")};
	s->meta_part = (struct lv_range){
		lvm_bytes(r->n, "metadata_start"), lvm_bytes(r->n, "metadata_len")};
	return ret < 0 ? ret : find_lv(r, "origin", &s->origin, e);
}

static int read_snapshot(const struct reader *r, struct err *e)
{
	const char *store = lvm_string(r->n, "merging_store") ? "merging_store" : "cow_store";
	int ret = read_single(r, store, false, e);

	r->s->chunk_size = lvm_bytes(r->n, "chunk_size");
	return ret < 0 ? ret : find_lv(r, "origin", &r->s->origin, e);
}

static const struct {
	const char *type;
	int (*read)(const struct reader *r, struct err *e);
} types[] = {
	{"cache-pool", read_cache_pool},
	{"cache", read_cache},
	{"linear", read_striped},
	{"mirror", read_mirror},
	{"snapshot", read_snapshot},
	{"striped", read_striped},
	{"thin-pool", read_thin_pool},
	{"thin", read_thin},
};

static int read_type(const struct reader *r, struct err *e)
{
	const char *type = r->s->type;

	if (str_starts(type, "raid"))
		return read_raid(r, e);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!strcmp(type, types[i].type))
			return types[i].read(r, e);
	}
	return 0; /* it is named, and opening it says that it is not read */
}

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

/* ---- one segment after the other ---- */

static void add_type(struct arena *a, struct logical_volume *lv, const char *type)
{
	list_each(known, &lv->types) {
		if (!strcmp(*known, type))
			return;
	}
	*list_add(a, &lv->types) = type;
}

/* What it takes of the physical volumes; the copies of a mirror are as long as it is. */
static void claim(struct lvm_builder *b, const struct lv_work *w, const struct lv_segment *s)
{
	uint64_t each = s->extent_count;

	if (s->areas.n > 1 && !strcmp(s->type, "striped"))
		each /= s->areas.n;
	list_each(a, &s->areas) {
		if (!a->pv)
			continue;
		checked_add(b->used, each, &b->used);
		*list_add(&b->l->scratch, &b->claims) =
			(struct pv_claim){a->pv, a->start_extent, each, w->lv};
	}
}

static void add_segment(struct lvm_builder *b, struct lv_work *w, const struct lvm_node *n)
{
	struct lv_segment *s = list_add(b->l->arena, &w->lv->segments);
	struct reader r = {b, w, n, s};
	struct err e = {0};

	s->type = segment_type(b->l->arena, n);
	add_type(b->l->arena, w->lv, s->type);
	if (!lvm_number(n, "start_extent", &s->start_extent) ||
		!lvm_number(n, "extent_count", &s->extent_count))
		err_set(&e, EBADMSG, "a segment has no place");
	else
		read_type(&r, &e);
	if (e.num)
		s->why = arena_strdup(b->l->arena, e.msg);
	else
		claim(b, w, s);
}

static int by_start(const void *a, const void *b)
{
	const struct lv_segment *x = a, *y = b;

	return x->start_extent < y->start_extent ? -1 : x->start_extent > y->start_extent;
}

void lvm_segments_read(struct lvm_builder *b, struct lv_work *w)
{
	struct logical_volume *lv = w->lv;

	for (const struct lvm_node *n = w->node->child; n; n = n->next) {
		if (!lvm_is_segment(n))
			continue;
		if (!b->l->segments) {
			lv->why = "there are more segments than can be read";
			lv->why_num = E2BIG;
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
