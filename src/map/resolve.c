/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From what the guest calls a device to the volume it is.
 */
#include "map/map.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/devspec.h"

const struct volume_group *map_group(const struct map *map, const char *name)
{
	list_each(g, &map->groups) {
		if (!strcmp((*g)->name, name))
			return *g;
	}
	return NULL;
}

const struct logical_volume *map_lv(const struct map *map, const char *vg, const char *lv)
{
	list_each(g, &map->groups) {
		if (strcmp((*g)->name, vg))
			continue;
		list_each(l, &(*g)->lvs) {
			if (!strcmp((*l)->name, lv))
				return *l;
		}
	}
	return NULL;
}

/* ---- by what it carries ---- */

static bool same(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* udev writes characters that are unsafe in a file name as \xNN. */
static bool same_encoded(const char *a, const char *encoded)
{
	unsigned c;

	for (; a && *a && *encoded; a++) {
		if (*a == *encoded && *a != '\\') {
			encoded++;
		} else if (sscanf(encoded, "\\x%2x", &c) == 1 && c == (unsigned char)*a) {
			encoded += 4;
		} else {
			return false;
		}
	}
	return a && !*a && !*encoded;
}

static bool same_nocase(const char *a, const char *b)
{
	return a && !strcasecmp(a, b);
}

static bool carries(const struct volume *v, enum devspec_class class, const char *value)
{
	switch (class) {
	case DEVSPEC_UUID:
		return same_nocase(v->sig.uuid, value);
	case DEVSPEC_LABEL:
		return same(v->sig.label, value) || same_encoded(v->sig.label, value);
	case DEVSPEC_PARTUUID:
		return v->partition && same_nocase(v->partition->uuid, value);
	case DEVSPEC_PARTLABEL:
		return v->partition && (same(v->partition->label, value) ||
					       same_encoded(v->partition->label, value));
	default:
		return false;
	}
}

/* A member of an array carries the array's name, and is not what is mounted by it. */
static bool is_member(const struct volume *v)
{
	return v->sig.usage && !strcmp(v->sig.usage, "raid");
}

/* Members of one Btrfs all carry its UUID and its label. */
static bool is_same_btrfs(const struct volume *a, const struct volume *b)
{
	return same(a->sig.type, "btrfs") && same(b->sig.type, "btrfs") &&
	       same(a->sig.uuid, b->sig.uuid);
}

static const struct volume *by_tag(
	const struct map *map, enum devspec_class class, const char *value, unsigned *ret_matches)
{
	bool by_content = class == DEVSPEC_UUID || class == DEVSPEC_LABEL;
	const struct volume *first = NULL;

	list_each(v, &map->volumes) {
		if (!carries(*v, class, value) || (by_content && is_member(*v)) ||
			(by_content && first && is_same_btrfs(first, *v)))
			continue;
		if (!first)
			first = *v;
		++*ret_matches;
	}
	return first;
}

/* ---- by the name of a logical volume ---- */

/* device-mapper writes a '-' inside a name as "--"; returns what is left of name, or NULL. */
static const char *skip_mangled(const char *name, const char *part)
{
	for (; *part; part++) {
		if (*name++ != *part)
			return NULL;
		if (*part == '-' && *name++ != '-')
			return NULL;
	}
	return name;
}

static bool is_mapper_name(const struct logical_volume *lv, const char *name)
{
	name = skip_mangled(name, lv->vg->name);
	if (!name || *name != '-')
		return false;
	name = skip_mangled(name + 1, lv->name);
	return name && !*name;
}

static const struct volume *by_lv_name(
	const struct map *map, const struct devspec *d, unsigned *ret_matches)
{
	const struct volume *first = NULL;

	list_each(v, &map->volumes) {
		const struct logical_volume *lv = (*v)->lv;

		if (!lv || !(d->class == DEVSPEC_MAPPER
					   ? is_mapper_name(lv, d->value)
					   : same(d->vg, lv->vg->name) && same(d->lv, lv->name)))
			continue;
		if (!first)
			first = *v;
		++*ret_matches;
	}
	return first;
}

/* ---- by position, which is a guess ---- */

/*
 * "sda2", "vdb", "nvme0n1p2", "mmcblk0p1": which disk, counted from 0, and which partition (0: the
 * whole disk).
 */
static bool parse_position(const char *name, unsigned *ret_disk, unsigned *ret_number)
{
	static const char *const letters[] = {"xvd", "sd", "vd", "hd"};
	static const char *const numbers[] = {"nvme", "mmcblk"};
	unsigned long long disk, number = 0;
	struct span rest;

	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
		size_t n = strlen(letters[i]);

		if (strncmp(name, letters[i], n) || !islower((unsigned char)name[n]))
			continue;
		rest = span_of(name + n + 1);
		if (rest.n && !span_u64(rest, &number))
			return false;
		*ret_disk = (unsigned)(name[n] - 'a');
		*ret_number = (unsigned)number;
		return number < 1U << 16;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		size_t n = strlen(numbers[i]), digits = strspn(name + n, "0123456789");
		const char *p = name + n + digits;

		if (strncmp(name, numbers[i], n) ||
			!span_u64((struct span){name + n, digits}, &disk))
			continue;
		if (i == 0) {
			if (strncmp(p, "n1", 2))
				return false;
			p += 2;
		}
		if (*p && (*p != 'p' || !span_u64(span_of(p + 1), &number)))
			return false;
		*ret_disk = (unsigned)disk;
		*ret_number = (unsigned)number;
		return disk < 1U << 16 && number < 1U << 16;
	}
	return false;
}

static const struct volume *by_position(const struct map *map, const char *name)
{
	unsigned disk, number;

	if (!parse_position(name, &disk, &number) || disk >= map->disks.n)
		return NULL;
	if (!number)
		return map->disks.at[disk]->volume;
	list_each(p, &map->disks.at[disk]->partitions) {
		if ((*p)->number == number)
			return (*p)->volume;
	}
	return NULL;
}

static const struct volume *resolve(
	const struct map *map, const struct devspec *d, bool *ret_guess, unsigned *ret_matches)
{
	const struct volume *v;

	switch (d->class) {
	case DEVSPEC_UUID:
	case DEVSPEC_LABEL:
	case DEVSPEC_PARTUUID:
	case DEVSPEC_PARTLABEL:
		return d->value ? by_tag(map, d->class, d->value, ret_matches) : NULL;
	case DEVSPEC_MAPPER:
	case DEVSPEC_VG_LV:
		return d->value ? by_lv_name(map, d, ret_matches) : NULL;
	case DEVSPEC_KERNEL_NAME:
	case DEVSPEC_NVME:
	case DEVSPEC_MMC_OTHER:
		v = d->value ? by_position(map, d->value) : NULL;
		*ret_guess = v != NULL;
		*ret_matches = v != NULL;
		return v;
	default:
		return NULL;
	}
}

const struct volume *map_resolve(
	const struct map *map, const char *spec, bool *ret_guess, unsigned *ret_matches)
{
	struct arena scratch = {0};
	struct devspec d = devspec_parse(&scratch, spec);
	unsigned matches = 0;
	bool guess = false;
	const struct volume *v = resolve(map, &d, &guess, &matches);

	arena_free(&scratch);
	if (ret_guess)
		*ret_guess = guess;
	if (ret_matches)
		*ret_matches = matches;
	return v;
}
