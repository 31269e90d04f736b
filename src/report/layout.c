/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * layout for people: a tree, as lsblk draws it.  What lies on several volumes hangs below the first
 * of them, and the others say what they are in.  Where the terminal is too narrow for UUID and
 * label beside it, they stand on a line below.
 */
#include "report/formats.h"

#include <string.h>

#include "report/page.h"

enum column { NAME, SIZE, TYPE, CONTENT, FREE, MOUNT, UUID, LABEL, COLUMNS };

static const char *const headings[COLUMNS] = {
	[NAME] = "NAME",
	[SIZE] = "SIZE",
	[TYPE] = "TYPE",
	[CONTENT] = "CONTENT",
	[FREE] = "FREE",
	[MOUNT] = "MOUNT",
	[UUID] = "UUID",
	[LABEL] = "LABEL",
};

struct row {
	const char *cells[COLUMNS];
	unsigned depth;     /* 0 a disk, 1 what lies in it ... */
	bool more, parent;  /* a sibling follows; rows below it hang on it */
	const char *branch; /* what is drawn before its name, and before lines below it */
	const char *rail;
	LIST(const char *) notes;
};

struct tree {
	struct page page;
	const struct report *r;
	struct arena scratch;
	LIST(struct row) rows;
	LIST(const void *) shown; /* arrays and groups */
	bool wide;                /* UUID and label have columns of their own */
	unsigned widths[COLUMNS];
};

static const char *bytes_text(struct tree *t, uint64_t bytes)
{
	char buf[16];

	return arena_strdup(&t->scratch, size_text(bytes, buf));
}

static struct row *add_row(struct tree *t, unsigned depth, const char *name, uint64_t size)
{
	struct row *row = list_add(&t->scratch, &t->rows);

	row->depth = depth;
	row->cells[NAME] = name;
	row->cells[SIZE] = bytes_text(t, size);
	return row;
}

static void add_note(struct tree *t, struct row *row, const char *text)
{
	if (text)
		*list_add(&t->scratch, &row->notes) = text;
}

#define add_notes(t, row, list)                                                                    \
	do {                                                                                       \
		list_each(note_, list)                                                             \
			add_note(t, row, *note_);                                                  \
	} while (0)

static const struct volume_group *group_on(const struct map *map, const struct volume *v)
{
	list_each(g, &map->groups) {
		list_each(pv, &(*g)->pvs) {
			if ((*pv)->volume == v)
				return *g;
		}
	}
	return NULL;
}

static const struct array *array_on(
	const struct map *map, const struct volume *v, const struct array_member **ret)
{
	list_each(a, &map->arrays) {
		list_each(m, &(*a)->members) {
			*ret = m;
			if (m->volume == v)
				return *a;
		}
	}
	return NULL;
}

static const char *member_words(const struct array_member *m)
{
	switch (m->state) {
	case MEMBER_STALE:
		return ", stale";
	case MEMBER_SPARE:
		return ", a spare";
	case MEMBER_FAULTY:
		return ", faulty";
	case MEMBER_JOURNAL:
		return ", its journal";
	default:
		return "";
	}
}

/* The first time only. */
static bool show(struct tree *t, const void *what)
{
	list_each(s, &t->shown) {
		if (*s == what)
			return false;
	}
	*list_add(&t->scratch, &t->shown) = what;
	return true;
}

static void array_rows(struct tree *t, unsigned depth, const struct array *a);
static void group_rows(struct tree *t, unsigned depth, const struct volume_group *g);

/* Where else it lies, and whether all of it is here. */
static void members_notes(struct tree *t, struct row *row, const struct filesystem *f)
{
	const size_t here = 1 + f->further.n;
	const char *text = "";

	list_each(m, &f->further)
		text = arena_printf(&t->scratch, "%s%s%s", text, *text ? ", " : "", (*m)->name);
	if (*text)
		add_note(t, row, arena_printf(&t->scratch, "one filesystem with %s", text));
	if (f->fs && f->fs->devices > here)
		add_note(t, row,
			arena_printf(&t->scratch, "%zu of its %u devices are missing here",
				f->fs->devices - here, f->fs->devices));
}

static void subvolume_notes(struct tree *t, struct row *row, const struct filesystem *f)
{
	list_each(s, &f->subvolumes)
		add_note(t, row,
			arena_printf(&t->scratch, "subvolume %llu: %s%s%s%s",
				(unsigned long long)s->id, s->path,
				s->is_default ? " (default)" : "", s->snapshot ? " (snapshot)" : "",
				s->read_only ? " (read-only)" : ""));
	if (f->more_subvolumes)
		add_note(t, row, "there are more subvolumes");
}

/* What a filesystem says of itself; of its further members only whose they are. */
static void describe_filesystem(
	struct tree *t, struct row *row, const struct volume *v, const struct filesystem *f)
{
	if (f->volume != v) {
		row->cells[MOUNT] = arena_printf(&t->scratch, "with %s", f->volume->name);
		return;
	}
	row->cells[MOUNT] = mount_point(t->r->facts, f);
	if (f->space_known)
		row->cells[FREE] = bytes_text(t, f->space.available);
	if (f->state != FS_CLEAN)
		add_note(t, row,
			arena_printf(&t->scratch, "%s: %s", fs_state_name(f->state),
				f->why ? f->why : "the filesystem says so itself"));
	members_notes(t, row, f);
	subvolume_notes(t, row, f);
}

/* What a volume holds: its signature, the filesystem's own words, and whatever lies on it. */
static void describe(struct tree *t, struct row *row, const struct volume *v)
{
	const struct map *map = &t->r->vm->map;
	const struct filesystem *f = vm_filesystem(t->r->vm, v);
	const struct volume_group *g = group_on(map, v);
	const struct array_member *member = NULL;
	const struct array *a = array_on(map, v, &member);
	unsigned below = row->depth + 1;

	row->cells[CONTENT] = v->sig.type;
	row->cells[UUID] = v->sig.uuid;
	row->cells[LABEL] = v->sig.label;
	add_note(t, row, v->why);
	if (v->bitlocker)
		add_note(t, row,
			arena_printf(&t->scratch, "%s by %s",
				v->bitlocker->suspended ? "suspended, can be opened" : "locked",
				v->bitlocker->protectors ? v->bitlocker->protectors
							 : "nothing that is known"));
	if (f)
		describe_filesystem(t, row, v, f);
	if (g)
		row->cells[MOUNT] = arena_printf(&t->scratch, "in %s", g->name);
	if (a)
		row->cells[MOUNT] =
			arena_printf(&t->scratch, "in %s%s", a->name, member_words(member));
	/* Rows move when one is added. */
	if (a && show(t, a))
		array_rows(t, below, a);
	if (g && show(t, g))
		group_rows(t, below, g);
}

static void partition_row(struct tree *t, const struct partition *p)
{
	struct row *row = add_row(t, 1, p->name, p->size);

	row->cells[TYPE] = p->type_name ? p->type_name : p->type;
	if (p->active)
		row->cells[TYPE] = arena_printf(&t->scratch, "%s, active", row->cells[TYPE]);
	if (p->volume)
		describe(t, row, p->volume);
}

static const char *backup_note(const struct disk_map *d)
{
	if (d->table != TABLE_GPT)
		return NULL;
	if (d->gpt_primary != GPT_FINE)
		return "the primary GPT is damaged; this is its backup";
	switch (d->gpt_backup) {
	case GPT_BAD:
		return "the backup GPT is damaged";
	case GPT_ABSENT:
		return "the backup GPT is missing";
	case GPT_MISPLACED:
		return "the backup GPT is not at the end of the disk";
	default:
		return NULL;
	}
}

static void disk_rows(struct tree *t, const struct disk_map *d)
{
	const struct disk_info *info = &d->source->disk.info;
	struct row *row = add_row(t, 0, d->name, d->size);

	row->cells[TYPE] = d->table == TABLE_NONE ? "no table" : d->table_name;
	add_note(t, row,
		arena_printf(&t->scratch, "%s (%s%s%s)", d->source->path, info->format,
			info->subformat ? " " : "", info->subformat ? info->subformat : ""));
	add_note(t, row, d->why);
	add_note(t, row, backup_note(d));
	add_notes(t, row, &info->notes);
	add_notes(t, row, &d->stale);
	add_notes(t, row, &d->notes);
	if (d->volume)
		describe(t, row, d->volume);
	list_each(p, &d->partitions)
		partition_row(t, *p);
}

/* Disks that the description of the machine names, but that are not here. */
static void missing_rows(struct tree *t, const struct machine *m)
{
	list_each(d, &m->missing) {
		struct row *row = list_add(&t->scratch, &t->rows);

		row->cells[NAME] = d->said->slot;
		row->cells[TYPE] = "missing";
		add_note(t, row, d->why);
	}
}

static void array_rows(struct tree *t, unsigned depth, const struct array *a)
{
	struct row *row = add_row(t, depth, a->name, a->size);

	row->cells[TYPE] = a->level;
	if (a->missing)
		add_note(t, row,
			arena_printf(&t->scratch, "%u of its %u members %s missing here%s",
				a->missing, a->slots, a->missing == 1 ? "is" : "are",
				a->degraded ? "; it is read without" : ""));
	add_notes(t, row, &a->notes);
	if (a->volume)
		describe(t, row, a->volume);
}

/* Hidden ones matter only when something is wrong with them. */
static void volume_row(struct tree *t, unsigned depth, const struct logical_volume *lv)
{
	const char *type = lv->types.n ? lv->types.at[0] : "linear";
	struct row *row;

	if (!lv->visible && !lv->notes.n)
		return;
	row = add_row(t, depth, lv->full_name, lv->size);
	for (size_t i = 1; i < lv->types.n; i++)
		type = arena_printf(&t->scratch, "%s+%s", type, lv->types.at[i]);
	row->cells[TYPE] = lv->visible ? type : arena_printf(&t->scratch, "%s, hidden", type);
	add_notes(t, row, &lv->notes);
	if (lv->volume)
		describe(t, row, lv->volume);
}

static const char *group_flags(struct tree *t, const struct volume_group *g)
{
	if (g->exported)
		return "exported: no system activates it before it is imported";
	if (g->clustered || g->lock_type)
		return "clustered: activated only where its locks are managed";
	if (g->system_id)
		return arena_printf(&t->scratch, "belongs to the system %s", g->system_id);
	return NULL;
}

/* The first of its physical volumes is what the group hangs on. */
static void group_notes(struct tree *t, struct row *row, const struct volume_group *g)
{
	const char *on = NULL;

	list_each(pv, &g->pvs) {
		if ((*pv)->volume)
			on = arena_printf(&t->scratch, "%s%s%s", on ? on : "on ", on ? ", " : "",
				(*pv)->volume->name);
	}
	add_note(t, row, on);
	list_each(pv, &g->pvs) {
		if (!(*pv)->volume)
			add_note(t, row,
				arena_printf(&t->scratch,
					"on a physical volume that is missing here: UUID %s, last "
					"seen as %s",
					(*pv)->uuid,
					(*pv)->device_hint ? (*pv)->device_hint : "?"));
	}
	add_note(t, row, group_flags(t, g));
	add_notes(t, row, &g->notes);
}

static void group_rows(struct tree *t, unsigned depth, const struct volume_group *g)
{
	struct row *row = add_row(t, depth, g->name, g->size);

	row->cells[TYPE] = "volume group";
	row->cells[FREE] = bytes_text(t, g->free);
	row->cells[UUID] = g->uuid;
	group_notes(t, row, g);
	list_each(lv, &g->lvs)
		volume_row(t, depth + 1, *lv);
}

/* ---- drawing ---- */

static void measure(struct tree *t)
{
	unsigned sum = 0;

	for (unsigned c = 0; c < COLUMNS; c++)
		t->widths[c] = (unsigned)strlen(headings[c]);
	list_each(row, &t->rows) {
		for (unsigned c = 0; c < COLUMNS; c++) {
			const char *cell = row->cells[c];
			unsigned w =
				(cell ? page_width(cell) : 0) + (c == NAME ? 2 * row->depth : 0);

			if (w > t->widths[c])
				t->widths[c] = w;
		}
	}
	for (unsigned c = 0; c < COLUMNS; c++)
		sum += t->widths[c] + 2;
	t->wide = sum - 2 <= t->page.columns;
}

/* Deeper rows are drawn as if they were no deeper than this. */
#define RAILS_MAX 64

/* Which rows have siblings behind them, from the last row to the first. */
static void find_siblings(struct tree *t)
{
	bool follows[RAILS_MAX] = {false};

	for (size_t i = t->rows.n; i--;) {
		struct row *row = &t->rows.at[i];
		unsigned depth = row->depth < RAILS_MAX ? row->depth : RAILS_MAX - 1;

		row->more = follows[depth];
		row->parent = i + 1 < t->rows.n && t->rows.at[i + 1].depth > row->depth;
		follows[depth] = true;
		for (unsigned d = depth + 1; d < RAILS_MAX; d++)
			follows[d] = false;
	}
}

/* The lines that lead past a row to what comes after it. */
static void draw_rails(struct tree *t)
{
	bool more[RAILS_MAX] = {false};

	find_siblings(t);
	list_each(row, &t->rows) {
		unsigned depth = row->depth < RAILS_MAX ? row->depth : RAILS_MAX - 1;
		char *branch = arena_alloc(&t->scratch, 2 * RAILS_MAX + 3), *rail;
		size_t n = 0;

		more[depth] = row->more;
		for (unsigned d = 1; d < depth; d++, n += 2)
			memcpy(branch + n, more[d] ? "| " : "  ", 2);
		rail = arena_strndup(&t->scratch, branch, 2 * RAILS_MAX + 2);
		if (depth) {
			memcpy(branch + n, row->more ? "|-" : "`-", 2);
			memcpy(rail + n, row->more ? "| " : "  ", 2);
			n += 2;
		}
		rail[n] = row->parent ? '|' : '\0';
		for (n += row->parent; n && rail[n - 1] == ' '; n--)
			rail[n - 1] = '\0';
		row->branch = branch;
		row->rail = rail;
	}
}

static void draw_row(struct tree *t, const char *const *cells, const char *branch)
{
	struct page *p = &t->page;
	unsigned at = 0;

	for (unsigned c = 0; c < (t->wide ? COLUMNS : UUID); c++) {
		const char *cell = cells[c];
		bool right = c == SIZE || c == FREE;

		if (cell) {
			page_to(p, right ? at + t->widths[c] - page_width(cell) : at);
			page_put(p, c == NAME ? branch : "");
			page_put(p, cell);
		}
		at += t->widths[c] + 2;
	}
	page_end(p);
}

/* A line below a row, beside the rail that leads to the rows after it. */
static void draw_below(struct tree *t, const struct row *row, const char *text)
{
	unsigned indent = 2 * row->depth + 2;
	struct page *p = &t->page;

	p->rail = row->rail;
	page_put(p, p->rail);
	page_to(p, indent);
	page_ink(p, DIM);
	page_prose(p, indent + 2, text);
	page_ink(p, PLAIN);
	page_end(p);
	p->rail = NULL;
}

static const char *identity(struct tree *t, const struct row *row)
{
	const char *uuid = row->cells[UUID], *label = row->cells[LABEL];

	return arena_printf(&t->scratch, "%s%s%s%s%s", uuid ? "UUID=" : "", uuid ? uuid : "",
		label ? uuid ? " LABEL=\"" : "LABEL=\"" : "", label ? label : "",
		label ? "\"" : "");
}

static void draw(struct tree *t)
{
	page_ink(&t->page, BOLD);
	draw_row(t, headings, "");
	page_ink(&t->page, PLAIN);
	list_each(row, &t->rows) {
		draw_row(t, row->cells, row->branch);
		if (!t->wide && (row->cells[UUID] || row->cells[LABEL]))
			draw_below(t, row, identity(t, row));
		list_each(note, &row->notes)
			draw_below(t, row, *note);
	}
}

void layout_text(FILE *out, const struct report *r)
{
	struct tree t = {.page = page_open(out, r->columns, r->color), .r = r};

	list_each(d, &r->vm->map.disks)
		disk_rows(&t, *d);
	missing_rows(&t, &r->vm->machine);
	measure(&t);
	draw_rails(&t);
	draw(&t);
	if (r->stats)
		stats_text(out, r->stats);
	arena_free(&t.scratch);
}
