/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * "machine" of the JSON report, schema 1: disks, partitions, arrays, volume groups,
 * filesystems.
 */
#include "report/json_machine.h"

#include <string.h>

#include "report/formats.h"

json_t *json_document(const struct engine *engine)
{
	json_t *document = value_object(), *tool = value_object();

	set_size(document, "schema", 1);
	set_text(tool, "name", "asr-inspect");
	set_text(tool, "version", VERSION);
	if (engine)
		set_text(tool, "engine", engine->name);
	value_set(document, "tool", tool);
	return document;
}

/* Adds the strings of a LIST to an array. */
#define add_texts(array, list)                                                                     \
	do {                                                                                       \
		list_each(s_, list)                                                                \
			value_add(array, value_text(*s_));                                         \
	} while (0)

static json_t *partition_value(const struct partition *p)
{
	json_t *v = value_object();

	set_text(v, "name", p->name);
	set_size(v, "number", p->number);
	set_size(v, "start", p->start);
	set_size(v, "size", p->size);
	set_text(v, "type", p->type);
	set_text(v, "type_name", p->type_name);
	set_text(v, "uuid", p->uuid);
	set_text(v, "label", p->label);
	set_bool(v, "active", p->active);
	set_text(v, "content", p->volume ? p->volume->sig.type : NULL);
	return v;
}

static json_t *boot_value(const struct report *r, const struct disk_map *d)
{
	const struct disk_boot *b = r->facts ? facts_disk(r->facts, d) : NULL;
	json_t *v;

	if (!b)
		return value_null();
	v = value_array();
	if (b->boots_bios)
		value_add(v, value_text("bios"));
	if (b->boots_uefi)
		value_add(v, value_text("uefi"));
	return v;
}

static json_t *disk_value(const struct report *r, const struct disk_map *d)
{
	const struct disk_info *info = &d->source->disk.info;
	json_t *v = value_object(), *partitions = value_array(), *parents = value_array();
	json_t *stale = value_array(), *notes = value_array();

	set_text(v, "name", d->name);
	set_text(v, "path", d->source->path);
	set_text(v, "format", info->format);
	set_text(v, "subformat", info->subformat);
	set_size(v, "virtual_size", info->virtual_size);
	set_size(v, "logical_sector", info->logical_sector);
	set_size(v, "physical_sector", info->physical_sector);
	add_texts(parents, &info->parents);
	value_set(v, "parents", parents);
	set_text(v, "table", d->table_name);
	set_text(v, "table_id", d->table_id);
	value_set(v, "boot", boot_value(r, d));
	add_texts(stale, &d->stale);
	value_set(v, "stale", stale);
	list_each(p, &d->partitions)
		value_add(partitions, partition_value(*p));
	value_set(v, "partitions", partitions);
	set_text(v, "content", d->volume ? d->volume->sig.type : NULL);
	set_text(v, "unreadable", d->why);
	add_texts(notes, &info->notes);
	add_texts(notes, &d->notes);
	value_set(v, "notes", notes);
	return v;
}

static const char *member_state(const struct array_member *m)
{
	static const char *const names[] = {
		[MEMBER_USED] = "used",
		[MEMBER_STALE] = "stale",
		[MEMBER_SPARE] = "spare",
		[MEMBER_FAULTY] = "faulty",
		[MEMBER_JOURNAL] = "journal",
	};

	return names[m->state];
}

/* "members" are those that it is read from; "others" what carries its superblock besides. */
static json_t *array_value(const struct array *a)
{
	json_t *v = value_object(), *members = value_array(), *others = value_array();
	json_t *notes = value_array();

	set_text(v, "name", a->name);
	set_text(v, "level", a->level);
	set_text(v, "uuid", a->uuid);
	list_each(m, &a->members) {
		json_t *other;

		if (m->state == MEMBER_USED) {
			value_add(members, value_text(m->volume->name));
			continue;
		}
		other = value_object();
		set_text(other, "device", m->volume->name);
		set_text(other, "state", member_state(m));
		value_add(others, other);
	}
	value_set(v, "members", members);
	value_set(v, "others", others);
	set_size(v, "missing", a->missing);
	set_bool(v, "degraded", a->degraded);
	set_text(v, "version", a->version);
	set_size(v, "size", a->size);
	set_text(v, "content", a->volume ? a->volume->sig.type : NULL);
	set_text(v, "unreadable", a->volume ? a->volume->why : NULL);
	add_texts(notes, &a->notes);
	value_set(v, "notes", notes);
	return v;
}

static json_t *pv_value(const struct physical_volume *pv)
{
	json_t *v = value_object();

	set_text(v, "uuid", pv->uuid);
	set_text(v, "device", pv->volume ? pv->volume->name : NULL);
	return v;
}

static json_t *lv_value(const struct logical_volume *lv)
{
	json_t *v = value_object(), *types = value_array(), *disks = value_array();

	set_text(v, "name", lv->full_name);
	set_text(v, "uuid", lv->uuid);
	set_size(v, "size", lv->size);
	add_texts(types, &lv->types);
	value_set(v, "types", types);
	if (lv->volume) {
		list_each(d, &lv->volume->disks)
			value_add(disks, value_text((*d)->name));
	}
	value_set(v, "disks", disks);
	set_text(v, "unreadable", lv->volume ? lv->volume->why : NULL);
	return v;
}

static json_t *group_value(const struct volume_group *g)
{
	json_t *v = value_object(), *pvs = value_array(), *lvs = value_array();
	json_t *notes = value_array();

	set_text(v, "name", g->name);
	set_text(v, "uuid", g->uuid);
	set_size(v, "size", g->size);
	set_size(v, "free", g->free);
	set_bool(v, "complete", g->complete);
	list_each(pv, &g->pvs)
		value_add(pvs, pv_value(*pv));
	value_set(v, "physical_volumes", pvs);
	list_each(lv, &g->lvs) {
		if ((*lv)->visible)
			value_add(lvs, lv_value(*lv));
	}
	value_set(v, "logical_volumes", lvs);
	add_texts(notes, &g->notes);
	value_set(v, "notes", notes);
	return v;
}

/* null: filesystems of that type have none. */
static json_t *subvolumes_value(const struct filesystem *f)
{
	json_t *v;

	if (!f->fs || !f->fs->driver->subvolumes)
		return value_null();
	v = value_array();
	list_each(s, &f->subvolumes) {
		json_t *one = value_object();

		set_size(one, "id", s->id);
		set_size(one, "parent", s->parent);
		set_text(one, "path", s->path);
		set_bool(one, "default", s->is_default);
		set_bool(one, "snapshot", s->snapshot);
		set_bool(one, "read_only", s->read_only);
		value_add(v, one);
	}
	return v;
}

static json_t *devices_value(const struct filesystem *f)
{
	json_t *v = value_array();

	value_add(v, value_text(f->volume->name));
	list_each(m, &f->further)
		value_add(v, value_text((*m)->name));
	return v;
}

static json_t *filesystem_value(const struct report *r, const struct filesystem *f)
{
	json_t *v = value_object();

	set_text(v, "device", f->volume->name);
	set_text(v, "type", f->volume->sig.type);
	set_text(v, "uuid", f->volume->sig.uuid);
	set_text(v, "label", f->volume->sig.label);
	value_set(v, "size", f->space.size ? value_size(f->space.size) : value_null());
	value_set(v, "free", f->space_known ? value_size(f->space.available) : value_null());
	set_text(v, "state", fs_state_name(f->state));
	set_text(v, "mountpoint", mount_point(r->facts, f));
	set_text(v, "state_detail", f->why);
	value_set(v, "devices", devices_value(f));
	value_set(v, "subvolumes", subvolumes_value(f));
	return v;
}

/* NULL, "on" and "off". */
static json_t *switch_value(const char *value)
{
	return value ? value_bool(!strcmp(value, "on")) : value_null();
}

static json_t *said_disk_value(const struct config_disk *d, const char *disk, const char *why)
{
	json_t *v = value_object();

	set_text(v, "slot", d->slot);
	set_text(v, "file", d->file.value);
	set_text(v, "disk", disk);
	set_text(v, "missing", why);
	return v;
}

/* Both lists are in the order of the description. */
static json_t *said_disks_value(const struct machine *m)
{
	json_t *v = value_array();

	list_each(said, &m->config->disks) {
		list_each(d, &m->disks) {
			if (d->said == said)
				value_add(v, said_disk_value(said, d->name, NULL));
		}
		list_each(missing, &m->missing) {
			if (missing->said == said)
				value_add(v, said_disk_value(said, NULL, missing->why));
		}
	}
	return v;
}

/* What the description of the machine says; null when disks were given. */
static json_t *config_value(const struct machine *m)
{
	const struct machine_config *c = m->config;
	json_t *v, *shared, *notes;

	if (!c)
		return value_null();
	v = value_object();
	shared = value_array();
	notes = value_array();
	set_text(v, "kind", c->kind);
	set_text(v, "path", c->path);
	set_text(v, "name", c->name.value);
	set_text(v, "firmware", c->firmware.value);
	value_set(v, "secure_boot", switch_value(c->secure_boot.value));
	set_text(v, "bios_uuid", c->bios_id.value);
	set_text(v, "instance_uuid", c->instance_id.value);
	value_set(v, "memory", c->memory ? value_size(c->memory) : value_null());
	value_set(v, "nvme", c->buses_known ? value_bool(c->nvme.value) : value_null());
	list_each(s, &c->shared)
		value_add(shared, value_text(s->text));
	value_set(v, "shared", shared);
	value_set(v, "disks", said_disks_value(m));
	add_texts(notes, &c->notes);
	value_set(v, "notes", notes);
	return v;
}

json_t *json_machine(const struct report *r)
{
	json_t *v = value_object(), *disks = value_array(), *groups = value_array();
	json_t *filesystems = value_array(), *arrays = value_array();

	set_text(v, "name", r->vm->name);
	set_text(v, "firmware", machine_firmware(r->facts));
	list_each(d, &r->vm->map.disks)
		value_add(disks, disk_value(r, *d));
	value_set(v, "disks", disks);
	list_each(a, &r->vm->map.arrays)
		value_add(arrays, array_value(*a));
	value_set(v, "arrays", arrays);
	list_each(g, &r->vm->map.groups)
		value_add(groups, group_value(*g));
	value_set(v, "volume_groups", groups);
	list_each(f, &r->vm->filesystems)
		value_add(filesystems, filesystem_value(r, f));
	value_set(v, "filesystems", filesystems);
	value_set(v, "config", config_value(&r->vm->machine));
	return v;
}

json_t *json_stats(const struct stats *s)
{
	json_t *v = value_object(), *times = value_object();

	set_size(v, "host_bytes_read", s->host_bytes_read);
	set_size(v, "host_reads", s->host_reads);
	for (size_t i = 0; i < STAGES && s->stages[i].name; i++)
		value_set(times, s->stages[i].name, value_real(s->stages[i].milliseconds));
	value_set(v, "milliseconds", times);
	return v;
}

void layout_json(FILE *out, const struct report *r)
{
	json_t *document = json_document(r->vm->engine);

	value_set(document, "machine", json_machine(r));
	if (r->stats)
		value_set(document, "stats", json_stats(r->stats));
	value_print(out, document);
}
