/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Volumes that lie: metadata of LVM, of thin pools and of MD with right checksums and impossible
 * contents.  What is wrong is told, what is not is read, and nothing takes long.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "map/lv_btree.h"
#include "map/lvm.h"
#include "map/md.h"
#include "tests/lib/maptest.h"
#include "tests/lib/seal.h"

/* ---- a group on one physical volume ---- */

#define PV_SIZE (64U << 20)
#define UUID "000000-0000-0000-0000-0000-0000-000000"

struct group {
	struct arena arena;
	struct map map;
	struct lvm *lvm;
	struct disk_map disk;
	struct volume pv;
	uint8_t *bytes;
};

/* The map of a group that is described by n bytes of text. */
static void group_open(struct group *g, const char *text, size_t n)
{
	struct err e;

	*g = (struct group){.disk = {.name = "disk0"}};
	g->bytes = calloc(1, PV_SIZE);
	assert_non_null(g->bytes);
	write_pv(g->bytes, text, n);
	g->pv = (struct volume){.kind = VOLUME_DISK, .name = "disk0", .size = PV_SIZE};
	*list_add(&g->arena, &g->pv.disks) = &g->disk;
	*list_add(&g->arena, &g->map.disks) = &g->disk;
	assert_int_equal(mem_open(g->bytes, PV_SIZE, &g->pv.dev, &e), 0);
	assert_int_equal(lvm_new(&g->map, &g->arena, &g->lvm, &e), 0);
	lvm_scan(g->lvm, &g->pv);
	lvm_assemble(g->lvm, true);
	lvm_explain_orphans(g->lvm);
}

static void group_close(struct group *g)
{
	lvm_free(g->lvm);
	map_close(&g->map);
	blockdev_close(g->pv.dev);
	arena_free(&g->arena);
	free(g->bytes);
}

#define HEAD                                                                                       \
	"contents = \"Text Format Volume Group\" version = 1\n"                                    \
	"vg { id = \"g\" seqno = 1 extent_size = 128 "
#define PV0 "pv0 { id = \"" UUID "\" dev_size = 131072 pe_start = 2048 pe_count = 900 } "
#define PVS "physical_volumes { " PV0 "} "
/* An LV that is fine, and must stay so whatever is wrong with the others. */
#define GOOD LINEAR("good", "VISIBLE", 8, 0)
#define LV(name, status, segment)                                                                  \
	name " { id = \"" name "\" status = [\"READ\", \"" status                                  \
	     "\"] segment1 { start_extent = 0 " segment " } } "
#define LINEAR(name, status, count, at)                                                            \
	LV(name, status,                                                                           \
		"extent_count = " #count                                                           \
		" type = \"striped\" stripe_count = 1 stripes = [\"pv0\", " #at "]")
#define LVS(...) "logical_volumes { " GOOD __VA_ARGS__ "} }"

static const struct volume *volume(const struct group *g, const char *name)
{
	list_each(v, &g->map.volumes) {
		if (!strcmp((*v)->name, name))
			return *v;
	}
	fail_msg("there is no %s", name);
	return NULL;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What a volume "bad" cannot be read for. */
static const struct {
	const char *lvs, *why;
} refused[] = {
	{LINEAR("bad", "VISIBLE", 8, 893), "past the last extent"},
	{LINEAR("bad", "VISIBLE", 9223372036854775807, 1), "impossibly long"},
	{LINEAR("bad", "VISIBLE", 8, 9223372036854775807), "past the last extent"},
	{LINEAR("bad", "VISIBLE", 0, 0), "overlap or leave a hole at extent 0"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"striped\" stripe_count = 2 stripe_size = 3 "
		 "stripes = [\"pv0\", 8, \"pv0\", 12]"),
		"stripe size is impossible"},
	{LV("bad", "VISIBLE",
		 "extent_count = 9 type = \"striped\" stripe_count = 2 stripe_size = 8 "
		 "stripes = [\"pv0\", 8, \"pv0\", 12]"),
		"do not divide among its stripes"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"striped\" stripe_count = 1 stripes = [8, 8]"),
		"something that has no name"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"striped\" stripe_count = 1 stripes = [\"pv0\"]"),
		"does not say where it begins"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"striped\" stripe_count = 1 stripes = [\"bad\", 0]"),
		"bad lies on itself"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"striped\" stripe_count = 1 stripes = [\"two\", 0]")
			LV("two", "",
				"extent_count = 8 type = \"striped\" stripe_count = 1 stripes = "
				"[\"bad\", 0]"),
		"bad lies on itself"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"raid5\" device_count = 3 stripe_size = 128 "
		 "raids = [\"m\", \"i\"]"),
		"is no volume of the group"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"raid5\" device_count = 2 stripe_size = 128 "
		 "raids = [\"m\", \"i\", \"m\"]") LINEAR("m", "", 1, 20) LINEAR("i", "", 8, 30),
		"a metadata volume and no data"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"thin\" thin_pool = \"good\" device_id = 1"),
		"good is no thin pool"},
	{LV("bad", "VISIBLE", "extent_count = 8 type = \"thin\" thin_pool = \"bad\" device_id = 1"),
		"bad lies on itself"},
	{LV("bad", "VISIBLE", "extent_count = 8 type = \"thin\" thin_pool = \"p\" device_id = 1")
			LV("p", "",
				"extent_count = 8 type = \"thin-pool\" metadata = \"m\" pool = "
				"\"i\"") LINEAR("m", "", 8, 20) LINEAR("i", "", 8, 30),
		"checksum of block 0"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"cache\" cache_pool = \"i\" origin = \"m\" "
		 "cache_mode = \"writeback\" metadata_start = 0 metadata_len = "
		 "99999999 data_start = 0 data_len = 8") LINEAR("m", "", 8, 20)
			LINEAR("i", "", 8, 30),
		"lie past its end"},
	{LV("bad", "VISIBLE",
		 "extent_count = 8 type = \"mirror\" mirror_count = 1 mirrors = [\"nowhere\", 0]"),
		"is no volume of the group"},
};

static void impossible_segments_are_refused_and_others_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		const char *text = arena_printf(&test_arena, HEAD PVS LVS("%s"), refused[i].lvs);
		const struct volume *bad;
		struct group g;

		group_open(&g, text, strlen(text));
		bad = volume(&g, "vg/bad");
		assert_null(bad->dev);
		if (!strstr(bad->why, refused[i].why))
			fail_msg("%s: %s", refused[i].lvs, bad->why);
		assert_non_null(volume(&g, "vg/good")->dev);
		group_close(&g);
	}
}

static void notes_tell_of_overlaps_and_repeated_volumes(void **state)
{
	static const char overlap[] = HEAD PVS LVS(LINEAR("bad", "VISIBLE", 8, 4));
	static const char twice[] = HEAD "physical_volumes { " PV0 "pv1 { id = \"" UUID
					 "\" dev_size = 131072 pe_start = 2048 "
					 "pe_count = 900 } } " LVS("");
	struct group g;

	(void)state;
	group_open(&g, overlap, sizeof(overlap) - 1);
	assert_true(test_map_says(g.map.groups.at[0]->notes.at, g.map.groups.at[0]->notes.n,
		"good and bad both lie on extent 4"));
	assert_non_null(volume(&g, "vg/good")->dev);
	group_close(&g);
	group_open(&g, twice, sizeof(twice) - 1);
	assert_true(test_map_says(
		g.map.groups.at[0]->notes.at, g.map.groups.at[0]->notes.n, "is listed twice"));
	assert_non_null(volume(&g, "vg/good")->dev);
	group_close(&g);
}

/* It came back after the group had been changed without it: what it holds is old. */
static void physical_volume_that_was_missing_is_not_used(void **state)
{
	static const char text[] =
		HEAD "physical_volumes { pv0 { id = \"" UUID "\" flags = [\"MISSING\"] "
		     "pe_start = 2048 pe_count = 900 } } " LVS("");
	struct group g;

	(void)state;
	group_open(&g, text, sizeof(text) - 1);
	assert_null(volume(&g, "vg/good")->dev);
	assert_non_null(
		strstr(volume(&g, "vg/good")->why, "was missing when the group was changed"));
	group_close(&g);
}

/* A chain of volumes, each on the one before. */
static void volumes_on_volumes_have_a_limit(void **state)
{
	const char *lvs = "";
	struct group g;
	const char *text;

	(void)state;
	for (int i = 0; i < 2 * LVM_DEPTH_MAX; i++)
		lvs = arena_printf(&test_arena,
			"%sv%d { id = \"v%d\" status = [\"VISIBLE\"] segment1 { start_extent = 0 "
			"extent_count = 8 type = \"striped\" stripe_count = 1 "
			"stripes = [\"%s%d\", 0] } } ",
			lvs, i, i, i ? "v" : "pv", i ? i - 1 : 0);
	text = arena_printf(&test_arena, HEAD PVS LVS("%s"), lvs);
	group_open(&g, text, strlen(text));
	assert_non_null(volume(&g, "vg/v3")->dev);
	assert_null(volume(&g, "vg/v30")->dev);
	assert_non_null(strstr(volume(&g, "vg/v30")->why, "lie on each other"));
	group_close(&g);
}

/* Text of n bytes that is one piece over and over between a head and a tail. */
static char *long_text(const char *head, const char *piece, size_t n)
{
	char *text = malloc(n);
	size_t at = strlen(head), step = strlen(piece);

	assert_non_null(text);
	memset(text, ' ', n);
	memcpy(text, head, at);
	for (; at + step < n; at += step)
		memcpy(text + at, piece, step);
	return text;
}

static void long_and_deep_metadata_is_bounded(void **state)
{
	static const struct {
		const char *head, *piece;
		size_t n;
		const char *why;
	} texts[] = {
		{HEAD, "a { ", 16 << 20, "deep"},
		{HEAD, "a { ", 5000, "deep"},
		{HEAD "a = ", "[ ", 16 << 20, ""},
		{HEAD, "a = 1 ", 16 << 20, ""},
		{HEAD "physical_volumes { ", "a { id = \"" UUID "\" } ", 16 << 20, ""},
		{HEAD, "# a comment that goes on and on\n", 16 << 20, ""},
		{HEAD, "a = 1 ", (16 << 20) + 1, "larger than"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CLEANUP(cleanup_free)
		char *text = long_text(texts[i].head, texts[i].piece, texts[i].n);
		double start = seconds();
		struct group g;

		group_open(&g, text, texts[i].n);
		assert_int_equal(g.map.groups.n, 0);
		assert_non_null(g.pv.why);
		if (!strstr(g.pv.why, texts[i].why))
			fail_msg("%s", g.pv.why);
		group_close(&g);
		assert_true(seconds() - start < 5); /* a fraction of one, without sanitizers */
	}
}

/* 16 MiB that make sense: as many volumes as are read, and one sentence about the others. */
static void many_volumes_are_bounded(void **state)
{
	static const char piece[] = "lv%05u { id = \"x\" status = [\"VISIBLE\"] segment1 { "
				    "start_extent = 0 extent_count = 1 type = \"striped\" "
				    "stripe_count = 1 stripes = [\"pv0\", 0] } } ";
	size_t n = 12000 * 160 + 4096, at;
	CLEANUP(cleanup_free) char *text = malloc(n);
	double start = seconds();
	struct group g;

	(void)state;
	assert_non_null(text);
	at = (size_t)sprintf(text, "%s", HEAD PVS "logical_volumes { ");
	for (unsigned i = 0; i < 12000; i++)
		at += (size_t)sprintf(text + at, piece, i);
	at += (size_t)sprintf(text + at, "} }");
	group_open(&g, text, at);
	assert_int_equal(g.map.groups.n, 1);
	assert_in_range(g.map.volumes.n, 8000, LVM_LVS_MAX);
	assert_true(test_map_says(g.map.groups.at[0]->notes.at, g.map.groups.at[0]->notes.n,
		"more logical volumes than"));
	group_close(&g);
	assert_true(seconds() - start < 5);
}

/* Two groups of one name, each on a disk of its own. */
static void groups_of_one_name_are_both_read(void **state)
{
	static const char other[] =
		"contents = \"Text Format Volume Group\" version = 1 vg { id = \"h\" seqno = 1 "
		"extent_size = 128 physical_volumes { pv0 { id = "
		"\"000001-0000-0000-0000-0000-0000-000000\" dev_size = 131072 pe_start = 2048 "
		"pe_count = 900 } } " LVS("");
	static const char text[] = HEAD PVS LVS("");
	uint8_t *bytes = calloc(1, PV_SIZE);
	struct volume pv = {.name = "disk1", .size = PV_SIZE};
	struct volume_group *second;
	struct group g;
	struct err e;

	(void)state;
	assert_non_null(bytes);
	write_pv(bytes, other, sizeof(other) - 1);
	bytes[512 + 32 + 5] = '1';
	seal_pv(bytes, PV_TEXT_AT + sizeof(other), 4096);
	assert_int_equal(mem_open(bytes, PV_SIZE, &pv.dev, &e), 0);
	group_open(&g, text, sizeof(text) - 1);
	lvm_scan(g.lvm, &pv);
	assert_int_equal(lvm_assemble(g.lvm, false), 1);
	assert_int_equal(g.map.groups.n, 2);
	second = g.map.groups.at[1];
	assert_true(test_map_says(
		second->notes.at, second->notes.n, "another volume group is called vg too"));
	assert_int_equal(g.map.volumes.n, 2);
	assert_non_null(g.map.volumes.at[1]->dev);
	group_close(&g);
	blockdev_close(pv.dev);
	free(bytes);
}

/* ---- what assembling costs ---- */

/* A disk whose beginning is held in memory; the rest is zeros. */
struct head {
	struct blockdev dev;
	const uint8_t *p;
	size_t n;
	uint64_t bytes; /* read so far */
};

static int head_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct head *h = (struct head *)d;
	size_t n = off < h->n ? (size_t)min_u64(len, h->n - off) : 0;

	(void)e;
	h->bytes += len;
	memset(buf, 0, len);
	if (n)
		memcpy(buf, h->p + off, n);
	return 0;
}

static const struct blockdev_ops head_ops = {.name = "head", .read = head_read};

#define MANY_PVS 30
#define MANY_LVS 200

static const char *pv_uuid(unsigned i, bool dashes)
{
	return arena_printf(&test_arena,
		dashes ? "%06u-0000-0000-0000-0000-0000-000000" : "%06u00000000000000000000000000",
		i);
}

/* As vgcfgbackup writes it: each volume has four pieces on different disks. */
static const char *text_of_many(void)
{
	char *text = arena_alloc(&test_arena, 1 << 20), *at = text;

	at += sprintf(at, HEAD "physical_volumes {\n");
	for (unsigned i = 0; i < MANY_PVS; i++)
		at += sprintf(at,
			"\tpv%u {\n\t\tid = \"%s\"\n\t\tdevice = \"/dev/sd%u\"\n"
			"\t\tstatus = [\"ALLOCATABLE\"]\n\t\tflags = []\n\t\tdev_size = 131072\n"
			"\t\tpe_start = 2048\n\t\tpe_count = 900\n\t}\n",
			i, pv_uuid(i, true), i);
	at += sprintf(at, "}\nlogical_volumes {\n");
	for (unsigned i = 0; i < MANY_LVS; i++) {
		at += sprintf(at,
			"\tlv%u {\n\t\tid = \"lv%u\"\n\t\tstatus = [\"READ\", \"WRITE\", "
			"\"VISIBLE\"]\n\t\tflags = []\n\t\tsegment_count = 4\n",
			i, i);
		for (unsigned k = 0; k < 4; k++)
			at += sprintf(at,
				"\t\tsegment%u {\n\t\t\tstart_extent = %u\n\t\t\textent_count = 8\n"
				"\t\t\ttype = \"striped\"\n\t\t\tstripe_count = 1\n"
				"\t\t\tstripes = [\n\t\t\t\t\"pv%u\", %u\n\t\t\t]\n\t\t}\n",
				k + 1, 8 * k, (i + 7 * k) % MANY_PVS, i / MANY_PVS * 32 + 8 * k);
		at += sprintf(at, "\t}\n");
	}
	sprintf(at, "} }\n");
	return text;
}

/* CPU seconds of one assembly. */
static double assemble_many(struct head *heads, struct volume *volumes)
{
	struct arena a = {0};
	struct map map = {0};
	struct lvm *lvm;
	struct err e;
	double start = seconds(), end;

	assert_int_equal(lvm_new(&map, &a, &lvm, &e), 0);
	for (unsigned i = 0; i < MANY_PVS; i++) {
		heads[i].bytes = 0;
		lvm_scan(lvm, &volumes[i]);
	}
	lvm_assemble(lvm, false);
	end = seconds();
	assert_int_equal(map.volumes.n, MANY_LVS);
	assert_true(map.groups.at[0]->complete);
	assert_int_equal(map.groups.at[0]->notes.n, 0);
	list_each(v, &map.volumes)
		assert_non_null((*v)->dev);
	lvm_free(lvm);
	map_close(&map);
	arena_free(&a);
	return end - start;
}

static void group_of_200_volumes_on_30_disks_costs_its_metadata(void **state)
{
	const char *text = text_of_many();
	struct head heads[MANY_PVS];
	struct volume volumes[MANY_PVS];
	double least = 1;
	uint64_t bytes = 0;

	(void)state;
	for (unsigned i = 0; i < MANY_PVS; i++) {
		size_t n = PV_TEXT_AT + strlen(text);
		uint8_t *p = arena_alloc(&test_arena, n);

		memset(p, 0, n);
		write_pv(p, text, strlen(text));
		memcpy(p + 512 + 32, pv_uuid(i, false), 32);
		seal_pv(p, n, 4096);
		heads[i] = (struct head){{&head_ops, PV_SIZE, 0, 0}, p, n, 0};
		volumes[i] = (struct volume){.name = "disk", .size = PV_SIZE, .dev = &heads[i].dev};
	}
	for (int run = 0; run < 10; run++) {
		double now = assemble_many(heads, volumes);

		least = now < least ? now : least;
	}
	for (unsigned i = 0; i < MANY_PVS; i++)
		bytes += heads[i].bytes;
	print_message("%.2f ms of CPU, %" PRIu64 " bytes a physical volume, %zu of text\n",
		least * 1000, bytes / MANY_PVS, strlen(text));
	assert_in_range(bytes / MANY_PVS, 1, 64 << 10);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(least <= 0.010);
#endif
}

/* ---- trees of device-mapper ---- */

#define BLOCKS 8

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* A node with some keys, each leading to, or holding, a value. */
static void node(uint8_t *blocks, unsigned at, uint32_t flags, unsigned n, const uint64_t *pairs)
{
	uint8_t *p = blocks + at * DM_BLOCK;

	memset(p, 0, DM_BLOCK);
	put_crc(p + 4, flags);
	put_crc(p + 16, n);
	put_crc(p + 20, 252);
	put_crc(p + 24, 8);
	for (unsigned i = 0; i < n && i < 252; i++) {
		put64(p + 32 + 8 * i, pairs[2 * i]);
		put64(p + 32 + 8 * (252 + i), pairs[2 * i + 1]);
	}
	seal_dm(p, at);
}

static int search(const uint8_t *blocks, uint64_t key, struct err *e)
{
	struct btree_place place;
	struct btree_blocks *b;
	struct blockdev *dev;
	int r;

	assert_int_equal(mem_open(blocks, BLOCKS * DM_BLOCK, &dev, e), 0);
	assert_int_equal(btree_blocks_new(dev, (struct lv_range){0, dev->size}, &b, e), 0);
	r = btree_find(b, 1, key, &place, e);
	btree_blocks_free(b);
	blockdev_close(dev);
	return r;
}

static void trees_that_loop_or_lie_are_refused(void **state)
{
	static uint8_t blocks[BLOCKS * DM_BLOCK];
	struct err e = {0};

	(void)state;
	/* To itself, with the same keys at each level. */
	node(blocks, 1, 1, 1, (const uint64_t[]){0, 1});
	assert_int_equal(search(blocks, 5, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "more than 10 levels"));
	/* In a ring of two. */
	node(blocks, 1, 1, 1, (const uint64_t[]){0, 2});
	node(blocks, 2, 1, 1, (const uint64_t[]){0, 1});
	assert_int_equal(search(blocks, 5, &e), -EBADMSG);
	/* Keys that do not belong where they are. */
	node(blocks, 1, 1, 2, (const uint64_t[]){10, 2, 20, 3});
	node(blocks, 2, 2, 1, (const uint64_t[]){25, 7});
	assert_int_equal(search(blocks, 15, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "keys in block 2"));
	/* Out of order, and past the end. */
	node(blocks, 1, 2, 2, (const uint64_t[]){20, 2, 10, 3});
	assert_int_equal(search(blocks, 15, &e), -EBADMSG);
	node(blocks, 1, 1, 1, (const uint64_t[]){0, BLOCKS});
	assert_int_equal(search(blocks, 15, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "lies past its end"));
	node(blocks, 1, 2, 253, (const uint64_t[506]){0});
	assert_int_equal(search(blocks, 15, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "is no node"));
}

/* ---- superblocks of MD ---- */

static const char *member(const char *set, unsigned i)
{
	return test_unxz(
		arena_printf(&test_arena, "fixtures/images/md-levels/%s.%u.raw.xz", set, i));
}

/* A copy of a member of version 1.2 with one field of its superblock changed. */
static const char *with_field(const char *set, unsigned i, unsigned at, uint32_t v)
{
	const char *copy = test_path("%s-%u-%u", set, i, at);
	uint8_t *super;

	test_must_run("cp --sparse=always '%s' '%s'", member(set, i), copy);
	super = test_bytes(copy, 4096, MD_SUPER);
	put_crc(super + at, v);
	seal_md(super);
	test_patch(copy, 4096, super, MD_SUPER);
	return copy;
}

static void superblocks_that_disagree_are_told(void **state)
{
	static const struct {
		unsigned at;
		uint32_t v;
	} fields[] = {{72, 6}, {76, 3}, {88, 8}, {92, 5}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct array *a;
		struct test_map t;

		test_map_open(&t, (const char *const[]){member("raid5-ls", 0),
					  with_field("raid5-ls", 1, fields[i].at, fields[i].v),
					  member("raid5-ls", 2), member("raid5-ls", 3), NULL});
		assert_int_equal(t.map.arrays.n, 1);
		a = t.map.arrays.at[0];
		assert_true(test_map_says(a->notes.at, a->notes.n,
			"disk1 describes another geometry than the newest superblock"));
		assert_non_null(a->volume->dev);
		assert_int_equal(a->missing, 1);
		test_map_close(&t);
	}
}

static void absurd_geometry_is_refused(void **state)
{
	static const struct {
		unsigned at;
		uint32_t v;
		const char *why;
	} fields[] = {
		{88, 0, "chunk size of 0 bytes is impossible"}, {88, 0xffffffff, "chunk size of"},
		{92, 0, "no members"}, {92, 100000, "more than the"}, {92, 1, "impossible"},
		{72, 77, "level 77 are not read"}, {76, 999, "layout 999 is not known"},
		{84, 0xff, "missing"}, /* each is smaller than it says */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const char *set[5] = {0};
		const struct volume *v;
		struct test_map t;

		for (unsigned k = 0; k < 4; k++)
			set[k] = with_field("raid5-ls", k, fields[i].at, fields[i].v);
		test_map_open(&t, set);
		assert_int_equal(t.map.arrays.n, 1);
		v = t.map.arrays.at[0]->volume;
		assert_null(v->dev);
		if (!strstr(v->why, fields[i].why))
			fail_msg("%s", v->why);
		test_map_close(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_segments_are_refused_and_others_read),
		cmocka_unit_test(notes_tell_of_overlaps_and_repeated_volumes),
		cmocka_unit_test(physical_volume_that_was_missing_is_not_used),
		cmocka_unit_test(volumes_on_volumes_have_a_limit),
		cmocka_unit_test(long_and_deep_metadata_is_bounded),
		cmocka_unit_test(many_volumes_are_bounded),
		cmocka_unit_test(groups_of_one_name_are_both_read),
		cmocka_unit_test(group_of_200_volumes_on_30_disks_costs_its_metadata),
		cmocka_unit_test(trees_that_loop_or_lie_are_refused),
		cmocka_unit_test(superblocks_that_disagree_are_told),
		cmocka_unit_test(absurd_geometry_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
