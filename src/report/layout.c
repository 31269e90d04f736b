/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * layout for people: a tree, as lsblk draws it.  Where the terminal is too narrow for UUID and
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
	unsigned depth; /* 0 a disk or volume group, 1 what lies in it */
	LIST(const char *) notes;
};

struct tree {
	struct page page;
	const struct report *r;
	struct arena scratch;
	LIST(struct row) rows;
	bool wide; /* UUID and label have columns of their own */
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

static const struct filesystem *filesystem_on(const struct vm *vm, const struct volume *v)
{
	list_each(f, &vm->filesystems) {
		if (f->volume == v)
			return f;
	}
	return NULL;
}

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

/* What a volume holds: its signature, and the file system's own words. */
static void describe(struct tree *t, struct row *row, const struct volume *v)
{
	const struct filesystem *f = filesystem_on(t->r->vm, v);
	const struct volume_group *g = group_on(&t->r->vm->map, v);

	row->cells[CONTENT] = v->sig.type;
	row->cells[UUID] = v->sig.uuid;
	row->cells[LABEL] = v->sig.label;
	add_note(t, row, v->why);
	if (g)
		row->cells[MOUNT] = arena_printf(&t->scratch, "in %s", g->name);
	if (!f)
		return;
	row->cells[MOUNT] = mount_point(t->r->facts, f);
	if (f->space_known)
		row->cells[FREE] = bytes_text(t, f->space.available);
	if (f->state != FS_CLEAN)
		add_note(t, row,
			arena_printf(&t->scratch, "%s: %s", fs_state_name(f->state),
				f->why ? f->why : "the filesystem says so itself"));
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

static void group_rows(struct tree *t, const struct volume_group *g)
{
	struct row *row = add_row(t, 0, g->name, g->size);

	row->cells[TYPE] = "volume group";
	row->cells[FREE] = bytes_text(t, g->free);
	row->cells[UUID] = g->uuid;
	list_each(pv, &g->pvs) {
		if ((*pv)->volume)
			add_note(t, row, arena_printf(&t->scratch, "on %s", (*pv)->volume->name));
		else
			add_note(t, row,
				arena_printf(&t->scratch,
					"on a physical volume that is missing here: UUID %s, last "
					"seen "
					"as %s",
					(*pv)->uuid,
					(*pv)->device_hint ? (*pv)->device_hint : "?"));
	}
	add_notes(t, row, &g->notes);
	list_each(lv, &g->lvs) {
		const char *type = "linear";

		if (!(*lv)->visible)
			continue;
		row = add_row(t, 1, (*lv)->full_name, (*lv)->size);
		if ((*lv)->types.n)
			type = (*lv)->types.at[0];
		for (size_t i = 1; i < (*lv)->types.n; i++)
			type = arena_printf(&t->scratch, "%s+%s", type, (*lv)->types.at[i]);
		row->cells[TYPE] = type;
		if ((*lv)->volume)
			describe(t, row, (*lv)->volume);
	}
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

/* With two levels only, what follows a row is its child or its sibling. */
static bool goes_on(const struct tree *t, const struct row *row)
{
	return row + 1 < t->rows.at + t->rows.n && row[1].depth;
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

	p->rail = goes_on(t, row) ? "|" : "";
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
		draw_row(t, row->cells, !row->depth ? "" : goes_on(t, row) ? "|-" : "`-");
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
	list_each(g, &r->vm->map.groups)
		group_rows(&t, *g);
	measure(&t);
	draw(&t);
	if (r->stats)
		stats_text(out, r->stats);
	arena_free(&t.scratch);
}
