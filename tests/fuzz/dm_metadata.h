/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A thin volume and a cached one over the same bytes as their metadata, with the checksums made
 * right.
 */
#ifndef TESTS_FUZZ_DM_METADATA_H
#define TESTS_FUZZ_DM_METADATA_H

#include "base/cleanup.h"
#include "tests/fuzz/padded.h"

static void reseal_dm(uint8_t *p, size_t size)
{
	for (size_t block = 0; (block + 1) * DM_BLOCK <= size; block++)
		seal_dm(p + block * DM_BLOCK, block);
}

struct dm_volumes {
	struct padded meta_dev, data_dev;
	struct volume meta_volume, data_volume;
	struct physical_volume meta_pv, data_pv;
	struct lv_area meta_area, data_area, meta_lv, data_lv;
	struct lv_segment meta_segment, data_segment, pool_segment, thin_segment, fast_segment,
		cached_segment;
	struct logical_volume meta, data, pool, thin, fast, cached;
	struct volume_group vg;
	struct lv_room room;
	struct arena arena;
};

static void dm_linear(struct lv_segment *s, struct lv_area *a, struct physical_volume *pv)
{
	*a = (struct lv_area){.pv = pv};
	*s = (struct lv_segment){
		.type = "linear", .extent_count = pv->pe_count, .areas = {a, 1, 1}};
}

static struct logical_volume dm_lv(struct dm_volumes *v, const char *name, struct lv_segment *s)
{
	return (struct logical_volume){.name = name, .segments = {s, 1, 1}, .vg = &v->vg};
}

#define DM_EXTENT 65536U

static void dm_volumes_init(struct dm_volumes *v, const uint8_t *p, size_t size)
{
	*v = (struct dm_volumes){.vg.extent_size = DM_EXTENT};
	v->meta_dev = v->data_dev = padded(p, size);
	v->meta_dev.dev.size = v->data_dev.dev.size = 4 << 20;
	v->meta_volume = (struct volume){.name = "meta", .dev = &v->meta_dev.dev};
	v->data_volume = (struct volume){.name = "data", .dev = &v->data_dev.dev};
	v->meta_pv = (struct physical_volume){.volume = &v->meta_volume, .pe_count = 64};
	v->data_pv = (struct physical_volume){.volume = &v->data_volume, .pe_count = 64};
	dm_linear(&v->meta_segment, &v->meta_area, &v->meta_pv);
	dm_linear(&v->data_segment, &v->data_area, &v->data_pv);
	v->meta = dm_lv(v, "meta", &v->meta_segment);
	v->data = dm_lv(v, "data", &v->data_segment);
	v->meta_lv.lv = &v->meta;
	v->data_lv.lv = &v->data;
	v->pool_segment = (struct lv_segment){.type = "thin-pool",
		.extent_count = 64,
		.areas = {&v->data_lv, 1, 1},
		.metas = {&v->meta_lv, 1, 1}};
	v->fast_segment = v->pool_segment;
	v->fast_segment.type = "cache-pool";
	v->pool = dm_lv(v, "pool", &v->pool_segment);
	v->fast = dm_lv(v, "fast", &v->fast_segment);
	v->thin_segment = (struct lv_segment){
		.type = "thin", .extent_count = 128, .pool = &v->pool, .device_id = 1};
	v->cached_segment = (struct lv_segment){.type = "cache",
		.extent_count = 64,
		.pool = &v->fast,
		.origin = &v->data,
		.mode = "writeback"};
	v->thin = dm_lv(v, "thin", &v->thin_segment);
	v->cached = dm_lv(v, "cached", &v->cached_segment);
	lv_room_init(&v->room, &v->arena);
}

static void dm_volume_read(struct dm_volumes *v, struct logical_volume *lv)
{
	static uint8_t buf[65536];
	struct err e;

	if (lv_open(lv, &v->room, &e) < 0)
		return;
	for (uint64_t off = 0; off < lv->dev->size; off += 100 * 4096 - 512) {
		uint64_t len;
		bool hole;

		blockdev_read(
			lv->dev, off, buf, (size_t)min_u64(sizeof(buf), lv->dev->size - off), &e);
		blockdev_extent(lv->dev, off, &len, &hole, &e);
	}
}

static void dm_volumes_close(struct dm_volumes *v)
{
	struct logical_volume *all[] = {&v->thin, &v->cached, &v->pool, &v->meta, &v->data};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		blockdev_close(all[i]->dev);
	arena_free(&v->arena);
}

#endif
