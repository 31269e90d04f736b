/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every kind of logical volume and MD array that a Linux kernel makes, byte for byte as that kernel
 * read it, with and without some of its disks.  The images and what is known of them are made by
 * fixtures/images/lvm-kinds/recipe and md-levels/recipe.
 */
#include "map/map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "disk/hash.h"
#include "tests/lib/images.h"
#include "tests/lib/maptest.h"

#define DISKS 15
#define LINES 400

/* ---- manifests ---- */

struct line {
	char words[10][160];
	unsigned n;
};

/* The lines of a manifest that begin with a word, split at blanks and '|'. */
static size_t lines_of(const char *dir, const char *first, struct line *ret)
{
	const char *text =
		test_read_file(arena_printf(&test_arena, "fixtures/images/%s/manifest", dir), NULL);
	size_t n = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		char *copy = arena_strndup(&test_arena, text, len), *save = NULL;
		struct line l = {0};

		for (char *w = strtok_r(copy, " |", &save); w && l.n < 10;
			w = strtok_r(NULL, " |", &save))
			snprintf(l.words[l.n++], sizeof(l.words[0]), "%s", w);
		if (l.n && !strcmp(l.words[0], first)) {
			assert_in_range(n, 0, LINES - 1);
			ret[n++] = l;
		}
		text += len + (text[len] == '\n');
	}
	return n;
}

static uint64_t number(const char *s)
{
	return strtoull(s, NULL, 10);
}

static const char *image(const char *dir, const char *set, unsigned i)
{
	return test_unxz(arena_printf(&test_arena, "fixtures/images/%s/%s.%u.raw.xz", dir, set, i));
}

/* The map of a set of n images, but for those whose bit is set in without. */
static void open_set(
	struct test_map *t, const char *dir, const char *set, unsigned n, unsigned without)
{
	const char *paths[DISKS + 1] = {0};
	unsigned used = 0;

	assert_in_range(n, 1, DISKS);
	for (unsigned i = 0; i < n; i++) {
		if (!(without >> i & 1))
			paths[used++] = image(dir, set, i);
	}
	test_map_open(t, paths);
}

static unsigned disks_of(const char *group)
{
	static struct line lines[LINES];
	size_t n = lines_of("lvm-kinds", "group", lines);

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(lines[i].words[1], group))
			return (unsigned)number(lines[i].words[2]);
	}
	fail_msg("there is no group %s", group);
	return 0;
}

static void open_group(struct test_map *t, const char *group, unsigned without)
{
	open_set(t, "lvm-kinds", group, disks_of(group), without);
}

static const char *path_of(const char *group, const char *name)
{
	return *name == '/' ? name + 1 : arena_printf(&test_arena, "%s/%s", group, name);
}

static uint8_t *content(const struct volume *v)
{
	uint8_t *p = malloc(v->size);
	struct err e = {0};

	assert_non_null(p);
	if (!v->dev || blockdev_read(v->dev, 0, p, v->size, &e) < 0)
		fail_msg("%s: %s", v->name, v->dev ? e.msg : v->why);
	return p;
}

static bool lv_says(const struct test_map *t, const char *vg, const char *lv, const char *words)
{
	const struct logical_volume *l = map_lv(&t->map, vg, lv);

	assert_non_null(l);
	return test_map_says(l->notes.at, l->notes.n, words);
}

/* ---- logical volumes ---- */

static void logical_volumes_hold_what_the_kernel_read(void **state)
{
	static struct line lines[LINES];
	size_t n = lines_of("lvm-kinds", "volume", lines);
	const char *open = "";
	struct test_map t;

	(void)state;
	assert_in_range(n, 30, LINES);
	for (size_t i = 0; i < n; i++) {
		const char *group = lines[i].words[1];
		const struct volume *v;

		if (strcmp(open, group) != 0) {
			if (*open)
				test_map_close(&t);
			open_group(&t, group, 0);
			open = group;
		}
		v = test_map_volume(&t, path_of(group, lines[i].words[2]));
		print_message("%s\n", v->name);
		if (!v->dev)
			fail_msg("%s: %s", v->name, v->why);
		assert_int_equal(v->size, number(lines[i].words[3]));
		assert_string_equal(test_map_sha256(v), lines[i].words[4]);
	}
	test_map_close(&t);
}

static bool has_type(const struct logical_volume *lv, const char *type)
{
	list_each(have, &lv->types) {
		if (!strcmp(*have, type))
			return true;
	}
	return false;
}

/* "[name]" is how lvs lists a hidden one. */
static const struct logical_volume *listed(
	const struct test_map *t, const char *group, const char *name, bool *ret_hidden)
{
	const struct logical_volume *lv;
	size_t len = strlen(name);

	*ret_hidden = *name == '[';
	if (*ret_hidden)
		name = arena_strndup(&test_arena, name + 1, len - 2);
	lv = map_lv(&t->map, group, name);
	if (!lv)
		fail_msg("there is no %s in %s", name, group);
	return lv;
}

static void groups_are_as_lvs_lists_them(void **state)
{
	static struct line lines[LINES];
	size_t n = lines_of("lvm-kinds", "lvs", lines);

	(void)state;
	assert_in_range(n, 30, LINES);
	for (size_t i = 0; i < n;) {
		const char *group = lines[i].words[1];
		struct test_map t;

		open_group(&t, group, 0);
		for (; i < n && !strcmp(lines[i].words[1], group); i++) {
			bool hidden;
			const struct logical_volume *lv =
				listed(&t, group, lines[i].words[2], &hidden);

			print_message("%s\n", lv->full_name);
			assert_string_equal(lv->uuid, lines[i].words[3]);
			if (has_type(lv, "snapshot"))
				continue; /* lvs tells of the store */
			assert_true(has_type(lv, lines[i].words[4]));
			assert_int_equal(lv->size, number(lines[i].words[5]));
			assert_int_equal(lv->visible, !hidden);
		}
		test_map_close(&t);
	}
}

static void groups_are_as_vgs_lists_them(void **state)
{
	static struct line lines[LINES];
	size_t n = lines_of("lvm-kinds", "vgs", lines);

	(void)state;
	assert_in_range(n, 9, LINES);
	for (size_t i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		const struct volume_group *vg;
		struct test_map t;

		print_message("%s\n", l->words[1]);
		open_group(&t, l->words[1], 0);
		vg = map_group(&t.map, l->words[1]);
		assert_non_null(vg);
		assert_string_equal(vg->uuid, l->words[3]);
		/* Deactivating, exporting and losing a disk came later. */
		assert_true(vg->seqno >= number(l->words[4]));
		assert_int_equal(vg->size, number(l->words[5]));
		assert_int_equal(vg->free, number(l->words[6]));
		assert_int_equal(vg->extent_size, number(l->words[7]));
		assert_true(vg->complete);
		test_map_close(&t);
	}
}

/* Of how many of its disks a volume of this type can do without. */
static unsigned spare_of(const struct logical_volume *lv)
{
	const char *type = lv->types.at[0];

	if (!strcmp(type, "raid1"))
		return (unsigned)lv->segments.at[0].areas.n - 1;
	if (str_starts(type, "raid6"))
		return 2;
	return str_starts(type, "raid0") ? 0 : 1;
}

static void check_without(const struct test_map *whole, uint8_t *const *contents, unsigned without)
{
	struct test_map t;
	unsigned readable = 0;

	open_group(&t, "kinds", without);
	list_each(at, &whole->map.volumes) {
		const struct volume *full = *at, *v;
		unsigned lost = 0;

		if (!full->lv)
			continue;
		list_each(d, &full->disks)
			lost += without >> (*d)->index & 1;
		v = test_map_volume(&t, full->name);
		if (lost <= spare_of(full->lv) && !v->dev)
			fail_msg("%s without 0x%x: %s", v->name, without, v->why);
		if (lost > spare_of(full->lv) && strcmp(full->lv->types.at[0], "raid10") != 0)
			assert_null(v->dev);
		if (v->dev) {
			CLEANUP(cleanup_free) uint8_t *now = content(v);

			if (memcmp(now, contents[at - whole->map.volumes.at], v->size))
				fail_msg("%s without 0x%x holds something else", v->name, without);
			readable++;
		} else {
			assert_non_null(strstr(v->why, "missing"));
		}
		assert_int_equal(v->size, full->size);
	}
	assert_false(map_group(&t.map, "kinds")->complete);
	assert_true(readable >= 8);
	test_map_close(&t);
}

static void any_one_or_two_disks_may_be_missing(void **state)
{
	unsigned n = disks_of("kinds");
	uint8_t *contents[64] = {0};
	struct test_map t;

	(void)state;
	open_group(&t, "kinds", 0);
	assert_in_range(t.map.volumes.n, 20, 64);
	list_each(v, &t.map.volumes) {
		if ((*v)->lv)
			contents[v - t.map.volumes.at] = content(*v);
	}
	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = i; j < n; j++)
			check_without(&t, contents, 1U << i | 1U << j);
	}
	test_map_close(&t);
	for (size_t i = 0; i < 64; i++)
		free(contents[i]);
}

/* What lies on the disk that was lost, and is here again, is not what the machine will see. */
static void images_that_were_lost_are_not_used(void **state)
{
	static struct line lines[LINES];
	size_t n = lines_of("lvm-kinds", "volume", lines);
	struct test_map t;

	(void)state;
	open_group(&t, "stale", 0);
	assert_true(lv_says(&t, "stale", "one", "is not used"));
	assert_true(lv_says(&t, "stale", "five", "is not used"));
	test_map_close(&t);
	/* Without one that is up to date, nothing that it holds is. */
	open_group(&t, "stale", 1);
	assert_null(test_map_volume(&t, "stale/five")->dev);
	test_map_close(&t);
	/* Without the stale one all is as it was. */
	open_group(&t, "stale", 4);
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(lines[i].words[1], "stale"))
			assert_string_equal(test_map_sha256(test_map_volume(
						    &t, path_of("stale", lines[i].words[2]))),
				lines[i].words[4]);
	}
	test_map_close(&t);
}

static void legs_of_a_mirror_stand_in_for_each_other(void **state)
{
	struct test_map t;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = {"legs/logged", "legs/core"};

		for (size_t k = 0; k < ARRAY_LEN(names); k++) {
			CLEANUP(cleanup_free) uint8_t *whole = NULL;
			CLEANUP(cleanup_free) uint8_t *now = NULL;
			const struct volume *v;

			open_group(&t, "legs", 0);
			whole = content(test_map_volume(&t, names[k]));
			test_map_close(&t);
			open_group(&t, "legs", 1U << i);
			v = test_map_volume(&t, names[k]);
			now = content(v);
			assert_memory_equal(now, whole, v->size);
			test_map_close(&t);
		}
	}
}

/* ---- pools, snapshots, caches ---- */

static void pools_and_what_is_hidden_are_no_volumes(void **state)
{
	struct test_map t;

	(void)state;
	open_group(&t, "thin", 0);
	list_each(v, &t.map.volumes) {
		assert_string_not_equal((*v)->name, "thin/pool");
		assert_null(strstr((*v)->name, "_tdata"));
	}
	assert_string_equal(map_lv(&t.map, "thin", "pool")->types.at[0], "thin-pool");
	assert_true(map_lv(&t.map, "thin", "inside")->segments.at[0].origin != NULL);
	test_map_close(&t);
	/* The pool lies on both disks. */
	open_group(&t, "thin", 2);
	assert_null(test_map_volume(&t, "thin/first")->dev);
	assert_non_null(
		strstr(test_map_volume(&t, "thin/first")->why, "is not on the given disks"));
	test_map_close(&t);
}

/* The merge was asked for while the origin was in use, and is done when the machine starts. */
static void thin_origin_that_is_merged_into_is_its_snapshot(void **state)
{
	CLEANUP(cleanup_free) uint8_t *kept = NULL;
	CLEANUP(cleanup_free) uint8_t *back = NULL;
	struct test_map t;

	(void)state;
	open_group(&t, "thin", 0);
	assert_true(lv_says(&t, "thin", "kept", "snapshot back is being merged into it"));
	kept = content(test_map_volume(&t, "thin/kept"));
	assert_int_equal(map_lv(&t.map, "thin", "kept")->segments.at[0].device_id,
		map_lv(&t.map, "thin", "back")->segments.at[0].device_id);
	assert_non_null(memmem(kept, 4 << 20, "0000050001\n", 11));
	assert_null(memmem(kept, 4 << 20, "0000060001\n", 11));
	test_map_close(&t);
}

static void snapshots_carry_the_names_people_use(void **state)
{
	struct test_map t;
	const struct volume *v;

	(void)state;
	open_group(&t, "old", 0);
	assert_string_equal(test_map_volume(&t, "old/before")->lv->types.at[0], "snapshot");
	assert_true(lv_says(&t, "old", "var", "snapshot var-back is being merged into it"));
	v = test_map_volume(&t, "old/full");
	assert_null(v->dev);
	assert_string_equal(v->why, "the snapshot ran full, and is no longer valid");
	test_map_close(&t);
}

static void caches_say_how_they_are_read(void **state)
{
	struct test_map t;
	const struct volume *v;

	(void)state;
	open_group(&t, "cache", 0);
	assert_string_equal(map_lv(&t.map, "cache", "back")->segments.at[0].mode, "writeback");
	assert_true(lv_says(&t, "cache", "back", "chunks are read from there"));
	assert_true(lv_says(&t, "cache", "volback", "was not shut down"));
	v = test_map_volume(&t, "cache/slow");
	assert_null(v->dev);
	assert_string_equal(v->why, "segment type writecache is not read yet");
	test_map_close(&t);
	/* Without the fast disk, a write-through origin has everything, and a write-back one not.
	 */
	open_group(&t, "cache", 2);
	assert_non_null(test_map_volume(&t, "cache/through")->dev);
	assert_non_null(test_map_volume(&t, "cache/volthrough")->dev);
	assert_null(test_map_volume(&t, "cache/back")->dev);
	assert_null(test_map_volume(&t, "cache/volback")->dev);
	test_map_close(&t);
}

/* Two levels of mappings: at most two nodes are read for a block, and the data. */
static void thin_lookup_reads_the_nodes_on_its_path_only(void **state)
{
	static struct line lines[LINES];
	struct test_map t;
	const struct volume *v;
	uint8_t sector[512];
	struct err e;

	(void)state;
	assert_int_equal(lines_of("lvm-kinds", "piece", lines), 1);
	open_group(&t, "deep", 0);
	assert_in_range(t.io.io.bytes_read, 1, 512 << 10);
	v = test_map_volume(&t, "deep/sparse");
	assert_int_equal(v->size, 1U << 30);
	for (unsigned i = 0; i < 600; i += 37) {
		uint64_t reads = t.io.io.reads;

		assert_int_equal(blockdev_read(v->dev, i * 27ULL << 16, sector, 512, &e), 0);
		assert_in_range(t.io.io.reads - reads, 0, 3);
		assert_int_equal(strtoul((char *)sector + 500, NULL, 10), i + 1);
	}
	test_map_close(&t);
}

static void piece_of_a_thin_volume_is_as_the_kernel_read_it(void **state)
{
	static struct line lines[LINES];
	struct blockdev *piece;
	struct test_map t;
	char hex[65];
	struct err e;

	(void)state;
	lines_of("lvm-kinds", "piece", lines);
	open_group(&t, "deep", 0);
	assert_int_equal(slice_open(test_map_volume(&t, "deep/sparse")->dev,
				 number(lines[0].words[3]), number(lines[0].words[4]), &piece, &e),
		0);
	assert_int_equal(disk_sha256(piece, hex, &e), 0);
	assert_string_equal(hex, lines[0].words[5]);
	blockdev_close(piece);
	test_map_close(&t);
}

/* ---- groups that are not as others ---- */

static void exported_group_is_told_and_read(void **state)
{
	struct test_map t;
	const struct volume_group *vg;

	(void)state;
	open_group(&t, "away", 0);
	vg = map_group(&t.map, "away");
	assert_true(vg->exported);
	assert_true(test_map_says(vg->notes.at, vg->notes.n, "it is exported"));
	test_map_close(&t);
}

static void areas_tags_and_historical_volumes(void **state)
{
	struct test_map t;
	const struct volume_group *vg;
	unsigned matches;

	(void)state;
	open_group(&t, "areas", 0);
	vg = map_group(&t.map, "areas");
	assert_int_equal(vg->notes.n, 0);
	assert_int_equal(vg->pvs.n, 3);
	assert_null(map_lv(&t.map, "areas", "gone"));
	assert_non_null(map_lv(&t.map, "areas", "most.of+one")->dev);
	assert_ptr_equal(map_resolve(&t.map, "/dev/mapper/areas-a--b----c", NULL, &matches),
		test_map_volume(&t, "areas/a-b--c"));
	test_map_close(&t);
	/* The group is known from the second area of disk 0, when the first is gone. */
	{
		const char *copy = image_copy(image("lvm-kinds", "areas", 0), "areas0");
		uint8_t zeros[512] = {0};

		image_patch(copy, 4096, zeros, sizeof(zeros));
		test_map_open(
			&t, (const char *const[]){copy, image("lvm-kinds", "areas", 1), NULL});
		vg = map_group(&t.map, "areas");
		assert_non_null(vg);
		assert_true(test_map_says(vg->notes.at, vg->notes.n, "has no header"));
		assert_non_null(test_map_volume(&t, "areas/a-b--c")->dev);
		test_map_close(&t);
	}
}

/* ---- MD arrays ---- */

static const struct array *only_array(const struct test_map *t)
{
	assert_int_equal(t->map.arrays.n, 1);
	return t->map.arrays.at[0];
}

static bool array_says(const struct array *a, const char *words)
{
	return test_map_says(a->notes.at, a->notes.n, words);
}

static void arrays_hold_what_the_kernel_read(void **state)
{
	static struct line lines[LINES];
	size_t n = lines_of("md-levels", "array", lines);

	(void)state;
	assert_in_range(n, 30, LINES);
	for (size_t i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		const struct array *a;
		struct test_map t;

		print_message("%s\n", l->words[1]);
		open_set(&t, "md-levels", l->words[1], (unsigned)number(l->words[2]), 0);
		a = only_array(&t);
		if (!a->volume->dev)
			fail_msg("%s", a->volume->why);
		assert_int_equal(a->size, number(l->words[4]));
		assert_string_equal(test_map_sha256(a->volume), l->words[5]);
		assert_true(str_starts(l->words[6], a->version));
		assert_string_equal(a->level, l->words[7]);
		if (!str_starts(l->words[1], "stale-")) {
			assert_int_equal(a->missing, 0);
			assert_false(a->degraded);
		}
		test_map_close(&t);
	}
}

/* With some left out: what is left is enough for the same, or for nothing. */
static void check_array_without(const struct line *l, const uint8_t *whole, unsigned without)
{
	unsigned n = (unsigned)number(l->words[2]), lost = (unsigned)__builtin_popcount(without);
	const struct array *a;
	struct test_map t;

	open_set(&t, "md-levels", l->words[1], n, without);
	a = only_array(&t);
	if (lost <= number(l->words[3]) && !a->volume->dev)
		fail_msg("%s without 0x%x: %s", l->words[1], without, a->volume->why);
	if (a->volume->dev) {
		CLEANUP(cleanup_free) uint8_t *now = content(a->volume);

		assert_int_equal(a->size, number(l->words[4]));
		if (memcmp(now, whole, a->size))
			fail_msg("%s without 0x%x holds something else", l->words[1], without);
		assert_true(a->degraded);
		assert_int_equal(a->missing, lost);
	} else {
		assert_non_null(strstr(a->volume->why, "are missing"));
	}
	test_map_close(&t);
}

static void any_one_or_two_members_may_be_missing(void **state)
{
	static struct line lines[LINES];
	size_t n = lines_of("md-levels", "array", lines);

	(void)state;
	for (size_t k = 0; k < n; k++) {
		const struct line *l = &lines[k];
		unsigned members = (unsigned)number(l->words[2]);
		CLEANUP(cleanup_free) uint8_t *whole = NULL;
		struct test_map t;

		if (str_starts(l->words[1], "stale-") || str_starts(l->words[1], "spare-"))
			continue;
		print_message("%s\n", l->words[1]);
		open_set(&t, "md-levels", l->words[1], members, 0);
		whole = content(only_array(&t)->volume);
		test_map_close(&t);
		for (unsigned i = 0; i < members; i++) {
			for (unsigned j = i; j < members; j++) {
				unsigned without = 1U << i | 1U << j;

				if (without != (1U << members) - 1)
					check_array_without(l, whole, without);
			}
		}
	}
}

static void members_that_were_lost_are_not_used(void **state)
{
	static const struct {
		const char *name;
		unsigned members;
	} sets[] = {{"stale-raid1", 2}, {"stale-raid5", 3}, {"stale-raid10", 4}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		const struct array *a;
		struct test_map t;

		open_set(&t, "md-levels", sets[i].name, sets[i].members, 0);
		a = only_array(&t);
		assert_int_equal(a->missing, 1);
		assert_true(a->degraded);
		assert_true(array_says(a, "disk0 is out of date") ||
			    array_says(a, "disk0 had been taken out of the array"));
		test_map_close(&t);
		/* Without one of those that are up to date there are too few of them. */
		open_set(&t, "md-levels", sets[i].name, sets[i].members, 2);
		a = only_array(&t);
		if (a->volume->dev && a->volume->why)
			assert_non_null(strstr(a->volume->why, "too few members are up to date"));
		test_map_close(&t);
	}
}

static void bitmaps_and_spares_are_noticed(void **state)
{
	const struct array *a;
	struct test_map t;
	bool spare = false;

	(void)state;
	open_set(&t, "md-levels", "raid1-bitmap", 2, 0);
	assert_true(array_says(only_array(&t), "write-intent bitmap"));
	assert_string_equal(only_array(&t)->host, "recipe");
	assert_string_equal(only_array(&t)->name, "1-bitmap");
	test_map_close(&t);
	open_set(&t, "md-levels", "spare-raid5", 4, 0);
	a = only_array(&t);
	list_each(m, &a->members)
		spare |= m->state == MEMBER_SPARE;
	assert_true(spare);
	assert_int_equal(a->slots, 3);
	test_map_close(&t);
}

/* "  Events : 17" of what mdadm --examine prints. */
static const char *examined(const char *text, const char *key)
{
	const char *at = strstr(text, arena_printf(&test_arena, "%s : ", key));
	size_t skip = strlen(key) + 3;

	if (!at)
		return "";
	return arena_strndup(&test_arena, at + skip, strcspn(at + skip, "\n"));
}

static const char *without_colons(const char *s)
{
	char *copy = arena_strdup(&test_arena, s), *to = copy;

	for (; *s && *s != ' '; s++) {
		if (*s != ':' && *s != '-')
			*to++ = *s;
	}
	*to = '\0';
	return copy;
}

static void superblocks_are_as_mdadm_examines_them(void **state)
{
	static struct line lines[LINES];
	size_t n = lines_of("md-levels", "array", lines);

	(void)state;
	test_need_tool("mdadm");
	for (size_t k = 0; k < n; k++) {
		unsigned members = (unsigned)number(lines[k].words[2]);
		const struct array *a;
		struct test_map t;

		print_message("%s\n", lines[k].words[1]);
		open_set(&t, "md-levels", lines[k].words[1], members, 0);
		a = only_array(&t);
		list_each(m, &a->members) {
			const char *text = test_output(
				"PATH=\"$PATH:/usr/sbin:/sbin\" mdadm --examine '%s' 2>&1",
				m->volume->disk->source->path);
			const char *events = examined(text, "Events"),
				   *role = examined(text, "Device Role");
			bool old = !strcmp(a->version, "0.90");

			assert_string_equal(without_colons(a->uuid),
				without_colons(examined(text, old ? "UUID" : "Array UUID")));
			assert_int_equal(number(events), m->events);
			if (str_starts(role, "Active device") && m->state == MEMBER_USED)
				assert_int_equal(number(role + 13), m->slot);
		}
		test_map_close(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(logical_volumes_hold_what_the_kernel_read),
		cmocka_unit_test(groups_are_as_lvs_lists_them),
		cmocka_unit_test(groups_are_as_vgs_lists_them),
		cmocka_unit_test(any_one_or_two_disks_may_be_missing),
		cmocka_unit_test(images_that_were_lost_are_not_used),
		cmocka_unit_test(legs_of_a_mirror_stand_in_for_each_other),
		cmocka_unit_test(pools_and_what_is_hidden_are_no_volumes),
		cmocka_unit_test(thin_origin_that_is_merged_into_is_its_snapshot),
		cmocka_unit_test(snapshots_carry_the_names_people_use),
		cmocka_unit_test(caches_say_how_they_are_read),
		cmocka_unit_test(thin_lookup_reads_the_nodes_on_its_path_only),
		cmocka_unit_test(piece_of_a_thin_volume_is_as_the_kernel_read_it),
		cmocka_unit_test(exported_group_is_told_and_read),
		cmocka_unit_test(areas_tags_and_historical_volumes),
		cmocka_unit_test(arrays_hold_what_the_kernel_read),
		cmocka_unit_test(any_one_or_two_members_may_be_missing),
		cmocka_unit_test(members_that_were_lost_are_not_used),
		cmocka_unit_test(bitmaps_and_spares_are_noticed),
		cmocka_unit_test(superblocks_are_as_mdadm_examines_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
