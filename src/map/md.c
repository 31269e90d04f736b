/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Members belong together by the array's UUID.  As the kernel does, the superblock with the highest
 * event count speaks for the array, and members that are more than one event behind it do not
 * count; where too few are left without them they are read all the same, and that is said.  An
 * array in the midst of a reshape is named and not read.  Journals are not replayed.
 */
#include "map/md.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "map/md_super.h"
#include "map/raid.h"

/* A volume with a superblock. */
struct found {
	struct volume *volume;
	const struct md_super *super;
	uint8_t state; /* as in struct array_member */
	bool decided;
};

/* An array on its way into the map. */
struct work {
	const struct md_super *newest; /* the superblock that speaks for it */
	LIST(struct found) found;
	struct array *array; /* NULL: not yet built */
};

struct md {
	struct map *map;
	struct arena *arena;  /* of the map */
	struct arena scratch; /* what is gone when the map is done */
	LIST(struct work *) work;
};

int md_new(struct map *map, struct arena *a, struct md **ret, struct err *e)
{
	struct md *m = malloc(sizeof(*m));

	if (!m)
		return err_set(e, ENOMEM, "out of memory");
	*m = (struct md){.map = map, .arena = a};
	*ret = m;
	return 0;
}

void md_free(struct md *m)
{
	if (m)
		arena_free(&m->scratch);
	free(m);
}

#define note(m, array, ...)                                                                        \
	(*list_add((m)->arena, &(array)->notes) = arena_printf((m)->arena, __VA_ARGS__))

/* ---- finding members ---- */

static struct work *work_of(struct md *m, const struct md_super *s)
{
	struct work *w;

	list_each(known, &m->work) {
		const struct md_super *other = (*known)->newest;

		if (other->major == s->major && !memcmp(other->uuid, s->uuid, sizeof(s->uuid)))
			return *known;
	}
	w = arena_new(&m->scratch, struct work);
	*list_add(&m->scratch, &m->work) = w;
	return w;
}

void md_scan(struct md *m, struct volume *v)
{
	struct md_super *s;
	struct found *f;
	struct work *w;
	struct err e = {0};

	if (!v->dev)
		return;
	s = arena_new(&m->scratch, struct md_super);
	if (md_super_read(v->dev, s, &e) < 0) {
		v->why = arena_strdup(m->arena, e.msg);
		return;
	}
	w = work_of(m, s);
	if (w->array) {
		note(m, w->array, "%s belongs to it too, but was found when it was already in use",
			v->name);
		return;
	}
	f = list_add(&m->scratch, &w->found);
	*f = (struct found){.volume = v, .super = s};
	if (!w->newest || s->events > w->newest->events)
		w->newest = s;
}

/* ---- who counts ---- */

static bool uses_all_of_each(const struct md_super *s)
{
	return s->level == RAID_LINEAR || s->level == RAID_0;
}

static bool fits(const struct found *f, const struct md_super *newest)
{
	uint64_t size = uses_all_of_each(newest) ? f->super->data_size : newest->size;

	return range_inside(f->super->data_offset, size, f->volume->dev->size);
}

static unsigned role_of(const struct work *w, const struct found *f)
{
	return md_role(w->newest, f->super->number);
}

/* The one in a slot; there can be two when a disk was cloned. */
static struct found *in_slot(const struct work *w, unsigned slot)
{
	list_each(f, &w->found) {
		if (f->decided && f->state == MEMBER_USED && role_of(w, f) == slot)
			return f;
	}
	return NULL;
}

static bool is_behind(const struct found *f, const struct md_super *newest)
{
	return f->super->events + 1 < newest->events;
}

/* Why a member that has a slot is not used; NULL: it is. */
static const char *why_stale(struct md *m, const struct work *w, const struct found *f)
{
	const struct md_super *newest = w->newest, *s = f->super;
	const struct found *twin = in_slot(w, role_of(w, f));

	if (is_behind(f, newest))
		return arena_printf(m->arena, "is out of date (event %" PRIu64 " of %" PRIu64 ")",
			s->events, newest->events);
	if (s->recovering)
		return "was still being rebuilt";
	if (s->replacement)
		return "was being prepared to replace another member";
	if (s->level != newest->level || s->slots != newest->slots || s->layout != newest->layout ||
		s->chunk != newest->chunk || s->size != newest->size)
		return "describes another geometry than the newest superblock";
	if (!fits(f, newest))
		return "is smaller than its superblock says";
	if (twin)
		return arena_printf(
			m->arena, "is a second copy of the member on %s", twin->volume->name);
	return NULL;
}

static void decide(struct md *m, const struct work *w, struct found *f, struct array *a)
{
	unsigned role = role_of(w, f);
	const char *why = NULL;

	if (role == MD_ROLE_JOURNAL)
		f->state = MEMBER_JOURNAL;
	else if (role == MD_ROLE_FAULTY || (role < MD_ROLE_JOURNAL && role >= a->slots))
		f->state = MEMBER_FAULTY;
	else if (role == MD_ROLE_SPARE)
		f->state = is_behind(f, w->newest) ? MEMBER_FAULTY : MEMBER_SPARE;
	else
		why = why_stale(m, w, f);
	if (f->state == MEMBER_FAULTY)
		why = "had been taken out of the array";
	else if (why)
		f->state = MEMBER_STALE;
	f->decided = true;
	if (why)
		note(m, a, "%s %s", f->volume->name, why);
}

static unsigned slots_filled(const struct work *w)
{
	unsigned n = 0;

	list_each(f, &w->found)
		n += f->state == MEMBER_USED;
	return n;
}

/* ---- its name ---- */

static bool is_taken(const struct map *map, const char *name)
{
	list_each(v, &map->volumes) {
		if (!strcmp((*v)->name, name))
			return true;
	}
	list_each(d, &map->disks) {
		if (!strcmp((*d)->name, name))
			return true;
	}
	return false;
}

/* Where neither the array nor the machine has one, the kernel counts down from 127. */
static const char *next_number(const struct md *m)
{
	const char *name;
	unsigned number = 127;

	do
		name = arena_printf(m->arena, "md%u", number--);
	while (is_taken(m->map, name));
	return name;
}

static void name_array(struct md *m, const struct md_super *s, struct array *a)
{
	const char *colon = strchr(s->name, ':'), *name = colon ? colon + 1 : s->name;
	unsigned long long number;

	if (colon && colon > s->name)
		a->host = arena_strndup(m->arena, s->name, (size_t)(colon - s->name));
	if (s->major == 0)
		a->name = arena_printf(m->arena, "md%u", s->preferred);
	else if (span_u64(span_of(name), &number))
		a->name = arena_printf(m->arena, "md%llu", number);
	else
		a->name = arena_strdup(m->arena, name);
	if (!*a->name || strchr(a->name, '/') || is_taken(m->map, a->name))
		a->name = next_number(m);
}

static const char *uuid_text(struct arena *a, const uint8_t *u)
{
	return arena_printf(a,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
		u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		u[15]);
}

/* ---- the device ---- */

static int check_array(const struct work *w, struct err *e)
{
	const struct md_super *s = w->newest;

	if (s->reshaping)
		return err_set(e, ENOTSUP,
			"the array is being reshaped, and arrays in the midst of that are not "
			"read");
	if (!raid_level_name(s->level))
		return err_set(e, ENOTSUP, "MD arrays of level %d are not read", s->level);
	if (!s->slots)
		return err_set(e, EBADMSG, "the array has no members");
	if (s->slots > RAID_MEMBERS_MAX)
		return err_set(e, E2BIG, "the array has %u members, more than the %d that are read",
			s->slots, RAID_MEMBERS_MAX);
	return 0;
}

static struct raid_geometry geometry_of(const struct md_super *s)
{
	return (struct raid_geometry){
		.level = s->level,
		.layout = s->level == RAID_0 && !s->layout_known ? RAID0_ALTERNATE : s->layout,
		.chunk = s->chunk,
		.n = s->slots,
		.size = s->size,
	};
}

/* One that is stale helps out where there is no other; what was taken out or is spare does not. */
static const struct found *candidate(const struct work *w, unsigned slot, bool stale)
{
	const struct found *best = in_slot(w, slot);

	if (best || !stale)
		return best;
	list_each(f, &w->found) {
		if (f->state == MEMBER_STALE && role_of(w, f) == slot && fits(f, w->newest) &&
			(!best || f->super->events > best->super->events))
			best = f;
	}
	return best;
}

static int open_members(
	const struct work *w, bool stale, struct blockdev **ret, unsigned *ret_reads, struct err *e)
{
	struct raid_geometry g = geometry_of(w->newest);
	CLEANUP(cleanup_free) struct raid_member *members = calloc(g.n, sizeof(*members));
	uint64_t reads = 1, copies = raid_is_redundant(g.level) ? g.n : 1;

	if (!members)
		return err_set(e, ENOMEM, "out of memory");
	for (unsigned i = 0; i < g.n; i++) {
		const struct found *f = candidate(w, i, stale);

		if (!f)
			continue;
		members[i] = (struct raid_member){f->volume->dev, f->super->data_offset,
			uses_all_of_each(w->newest) ? f->super->data_size : g.size};
		if (f->volume->reads > reads)
			reads = f->volume->reads;
	}
	if (!checked_mul(reads, copies, &reads) || reads > READS_PER_READ_MAX)
		return err_set(e, E2BIG, "one read of it would take more than %d of the disks",
			READS_PER_READ_MAX);
	*ret_reads = (unsigned)reads;
	return raid_open(&g, members, ret, e);
}

static void note_stale_in_use(struct md *m, const struct work *w, struct array *a, struct volume *v)
{
	const char *names = "";

	for (unsigned i = 0; i < a->slots; i++) {
		const struct found *f = candidate(w, i, true);

		if (f && f->state == MEMBER_STALE)
			names = arena_printf(
				m->arena, "%s%s%s", names, *names ? ", " : "", f->volume->name);
	}
	v->why = arena_printf(m->arena,
		"too few members are up to date, so members that are not were read with them: %s",
		names);
}

static void open_array(struct md *m, const struct work *w, struct array *a, struct volume *v)
{
	struct err e = {0}, again = {0};
	int r = check_array(w, &e);

	if (r >= 0)
		r = open_members(w, false, &v->dev, &v->reads, &e);
	if (r == -ENODEV && open_members(w, true, &v->dev, &v->reads, &again) >= 0) {
		note_stale_in_use(m, w, a, v);
		r = 0;
	}
	if (r < 0) {
		v->why = arena_strdup(m->arena, e.msg);
		return;
	}
	a->degraded = a->missing > 0;
	a->size = v->size = v->dev->size;
}

/* ---- building an array ---- */

static void add_disks(struct md *m, const struct volume *from, struct volume *v)
{
	list_each(d, &from->disks) {
		bool known = false;

		list_each(have, &v->disks)
			known |= *have == *d;
		if (!known)
			*list_add(m->arena, &v->disks) = *d;
	}
}

static int by_index(const void *a, const void *b)
{
	const struct disk_map *const *x = a, *const *y = b;

	return (*x)->index < (*y)->index ? -1 : (*x)->index > (*y)->index;
}

static int by_slot(const void *a, const void *b)
{
	const struct array_member *x = a, *y = b;

	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static void list_members(struct md *m, const struct work *w, struct array *a, struct volume *v)
{
	list_each(f, &w->found) {
		*list_add(m->arena, &a->members) = (struct array_member){
			.volume = f->volume,
			.state = f->state,
			.slot = role_of(w, f),
			.events = f->super->events,
		};
		add_disks(m, f->volume, v);
	}
	qsort(a->members.at, a->members.n, sizeof(*a->members.at), by_slot);
	qsort(v->disks.at, v->disks.n, sizeof(*v->disks.at), by_index);
}

static void note_state(struct md *m, const struct md_super *s, struct array *a)
{
	bool parity = s->level >= RAID_4 && s->level <= RAID_6;

	if (s->bitmap)
		note(m, a, "it keeps a write-intent bitmap");
	if (s->journal)
		note(m, a,
			"it has a write journal, which is not replayed: what was written last "
			"may be missing");
	if (s->ppl)
		note(m, a, "it has a partial parity log, which is not replayed");
	if (s->synced != MD_SYNCED && parity && a->missing)
		note(m, a,
			"it was not stopped cleanly and members are missing: what is made up "
			"from parity may be wrong, and Linux would not start it by itself");
	else if (s->synced != MD_SYNCED)
		note(m, a, "it was not stopped cleanly, or its members were being brought in step");
	if (s->level == RAID_0 && !s->layout_known && a->volume->dev) {
		uint64_t first = a->members.at[0].volume->size;

		list_each(member, &a->members) {
			if (member->volume->size == first)
				continue;
			note(m, a,
				"its members differ in size, and it does not say by which of "
				"two layouts; it is read as Linux 3.14 and later wrote it");
			break;
		}
	}
}

static void build(struct md *m, struct work *w)
{
	const struct md_super *s = w->newest;
	const char *level = raid_level_name(s->level);
	struct array *a = arena_new(m->arena, struct array);
	struct volume *v = arena_new(m->arena, struct volume);

	*a = (struct array){
		.level = level ? level : arena_printf(m->arena, "level %d", s->level),
		.version =
			arena_printf(m->arena, s->major ? "%u.%u" : "%u.%02u", s->major, s->minor),
		.uuid = uuid_text(m->arena, s->uuid),
		.chunk = s->chunk,
		.slots = s->slots,
		.volume = v,
	};
	name_array(m, s, a);
	list_each(f, &w->found)
		decide(m, w, f, a);
	a->missing = a->slots - (unsigned)min_u64(slots_filled(w), a->slots);
	*v = (struct volume){.kind = VOLUME_ARRAY, .name = a->name, .array = a};
	w->array = a;
	*list_add(m->arena, &m->map->arrays) = a;
	list_members(m, w, a, v);
	open_array(m, w, a, v);
	note_state(m, s, a);
	*list_add(m->arena, &m->map->volumes) = v;
}

/* Is every slot filled by a member that is up to date? */
static bool is_complete(const struct work *w)
{
	uint64_t filled[RAID_MEMBERS_MAX / 64] = {0};
	unsigned n = 0;

	list_each(f, &w->found) {
		unsigned role = role_of(w, f);

		if (role >= w->newest->slots || role >= RAID_MEMBERS_MAX || is_behind(f, w->newest))
			continue;
		n += !(filled[role / 64] >> role % 64 & 1);
		filled[role / 64] |= 1ULL << role % 64;
	}
	return n == w->newest->slots;
}

size_t md_assemble(struct md *m, bool incomplete)
{
	size_t n = 0;

	list_each(at, &m->work) {
		if ((*at)->array || (!incomplete && !is_complete(*at)))
			continue;
		if (m->map->volumes.n >= VOLUMES_MAX)
			break;
		build(m, *at);
		n++;
	}
	return n;
}
