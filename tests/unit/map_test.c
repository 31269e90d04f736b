/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whole maps: of images that LVM, mdadm and a kernel made, of the corpus, and of images with
 * damage.
 */
#include "map/map.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <glob.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "tests/lib/faultdev.h"
#include "tests/lib/fstree.h"
#include "tests/lib/maptest.h"

#define MIB (1U << 20)

static const char *striped(const char *name)
{
	return test_unxz(arena_printf(&test_arena, "fixtures/images/lvm-striped/%s.raw.xz", name));
}

static const char *linear(void)
{
	return test_unxz("fixtures/images/lvm-linear/disk0.raw.xz");
}

static const struct volume_group *only_group(const struct test_map *t)
{
	assert_int_equal(t->map.groups.n, 1);
	return t->map.groups.at[0];
}

static bool notes(const struct volume_group *vg, const char *words)
{
	return test_map_says(vg->notes.at, vg->notes.n, words);
}

/* The names of the disks, with blanks between. */
#define DISKS(list)                                                                                \
	({                                                                                         \
		const char *s_ = "";                                                               \
		list_each(d_, list)                                                                \
			s_ = arena_printf(&test_arena, "%s%s%s", s_, *s_ ? " " : "", (*d_)->name); \
		s_;                                                                                \
	})

static void carries(const struct test_map *t, const char *name, const char *type, const char *uuid)
{
	const struct volume *v = test_map_volume(t, name);

	assert_non_null(v->dev);
	assert_non_null(v->sig.type);
	assert_string_equal(v->sig.type, type);
	assert_string_equal(v->sig.uuid, uuid);
}

/* ---- what LVM made ---- */

/* All values are from the manifests beside the images. */
static void linear_volumes_are_assembled(void **state)
{
	struct test_map t;
	const struct volume_group *vg;
	const struct logical_volume *lv;

	(void)state;
	test_map_one(&t, linear());
	vg = only_group(&t);
	assert_string_equal(vg->name, "vg0");
	assert_string_equal(vg->uuid, "SVq4AX-dBPE-Egth-gRQv-z5Oz-waQf-k4HOtk");
	assert_int_equal(vg->seqno, 4);
	assert_int_equal(vg->extent_size, MIB);
	assert_int_equal(vg->size, 61 * MIB);
	assert_int_equal(vg->free, 21 * MIB);
	assert_true(vg->complete);
	assert_int_equal(vg->notes.n, 0);
	assert_string_equal(DISKS(&vg->disks), "disk0");
	assert_int_equal(vg->pvs.n, 1);
	assert_string_equal(vg->pvs.at[0]->uuid, "nFGy5N-YgKj-k8NR-37Qr-bRWk-kVPN-45MCNF");
	assert_string_equal(vg->pvs.at[0]->device_hint, "/dev/sda1");
	assert_string_equal(vg->pvs.at[0]->volume->name, "disk0p1");
	lv = map_lv(&t.map, "vg0", "root");
	assert_string_equal(lv->uuid, "0AJsb5-XB82-KaSU-jmTd-Kq88-cKbx-KEXw6c");
	assert_int_equal(lv->size, 28 * MIB);
	assert_int_equal(lv->segments.n, 2);
	assert_int_equal(lv->segments.at[1].areas.at[0].start_extent, 28);
	assert_string_equal(lv->types.at[0], "linear");
	carries(&t, "vg0/root", "ext4", "6fe8eaef-752a-42ef-86ac-4c85eac433d9");
	carries(&t, "vg0/boot", "ext4", "861116df-15c2-477f-8f51-d7290a5a4d5b");
	assert_string_equal(test_map_volume(&t, "vg0/boot")->sig.label, "boot");
	test_map_close(&t);
}

/* The sha256 that the manifest gives for an image of a volume. */
static const char *sum_of(const char *image)
{
	const char *text = test_read_file("fixtures/images/lvm-striped/manifest", NULL);
	const char *at = strstr(text, image);

	assert_non_null(at);
	return arena_strndup(&test_arena, at - 66, 64);
}

static void stripes_and_pieces_are_put_in_order(void **state)
{
	struct test_map t;
	const struct volume_group *vg;
	const struct logical_volume *three;

	(void)state;
	test_map_open(&t,
		(const char *const[]){striped("disk0"), striped("disk1"), striped("disk2"), NULL});
	vg = only_group(&t);
	assert_int_equal(vg->seqno, 25);
	assert_int_equal(vg->size, 24969216);
	assert_int_equal(vg->free, 20643840);
	assert_int_equal(vg->notes.n, 0);
	assert_true(vg->complete);
	assert_string_equal(DISKS(&vg->disks), "disk0 disk1 disk2");
	three = map_lv(&t.map, "vgs", "three");
	assert_int_equal(three->segments.at[0].stripe_size, 16384);
	assert_int_equal(three->segments.at[0].areas.n, 3);
	assert_string_equal(three->types.at[0], "striped");
	assert_string_equal(test_map_sha256(test_map_volume(&t, "vgs/three")), sum_of("three.img"));
	assert_string_equal(test_map_sha256(test_map_volume(&t, "vgs/multi")), sum_of("multi.img"));
	carries(&t, "vgs/three", "ext4", "33333333-1111-4111-8111-333333333333");
	carries(&t, "vgs/multi", "ext4", "44444444-1111-4111-8111-444444444444");
	assert_string_equal(DISKS(&test_map_volume(&t, "vgs/three")->disks), "disk0 disk1 disk2");
	assert_string_equal(DISKS(&test_map_volume(&t, "vgs/hyphen-ated")->disks), "disk2");
	test_map_close(&t);
}

static void order_of_disks_does_not_matter(void **state)
{
	struct test_map t;

	(void)state;
	test_map_open(&t, (const char *const[]){striped("disk2"), linear(), striped("disk1"),
				  striped("disk0"), NULL});
	assert_int_equal(t.map.groups.n, 2);
	assert_string_equal(test_map_sha256(test_map_volume(&t, "vgs/multi")), sum_of("multi.img"));
	assert_string_equal(DISKS(&test_map_volume(&t, "vgs/multi")->disks), "disk0 disk2 disk3");
	/* Disks, then partitions, then logical volumes. */
	for (size_t i = 1; i < t.map.volumes.n; i++)
		assert_true(t.map.volumes.at[i - 1]->kind <= t.map.volumes.at[i]->kind);
	test_map_close(&t);
}

/* Reads that begin and end anywhere, against the whole. */
static void pieces_of_a_striped_volume_fit(void **state)
{
	struct test_map t;
	const struct volume *v;
	CLEANUP(cleanup_free) uint8_t *whole = NULL;
	CLEANUP(cleanup_free) uint8_t *piece = NULL;
	struct err e;

	(void)state;
	test_map_open(&t,
		(const char *const[]){striped("disk0"), striped("disk1"), striped("disk2"), NULL});
	v = test_map_volume(&t, "vgs/three");
	whole = malloc(v->size);
	piece = malloc(v->size);
	assert_int_equal(blockdev_read(v->dev, 0, whole, v->size, &e), 0);
	for (uint64_t off = 0, n = 1; off + n < v->size; off += 7 + n * 3, n = n * 5 % 200003 + 1) {
		uint64_t len;
		bool hole;

		assert_int_equal(blockdev_read(v->dev, off, piece, n, &e), 0);
		assert_memory_equal(piece, whole + off, n);
		assert_int_equal(blockdev_extent(v->dev, off, &len, &hole, &e), 0);
		assert_in_range(len, 1, 16384);
		if (hole)
			assert_true(all_zero(whole + off, len));
	}
	assert_int_equal(blockdev_read(v->dev, v->size - 1, piece, 2, &e), -EINVAL);
	test_map_close(&t);
}

static void missing_physical_volume_is_told(void **state)
{
	struct test_map t;
	const struct volume_group *vg;
	const struct volume *v;

	(void)state;
	test_map_open(&t, (const char *const[]){striped("disk0"), striped("disk2"), NULL});
	vg = only_group(&t);
	assert_false(vg->complete);
	assert_null(vg->pvs.at[1]->volume);
	assert_string_equal(vg->pvs.at[2]->volume->name, "disk1");
	v = test_map_volume(&t, "vgs/three");
	assert_null(v->dev);
	assert_non_null(strstr(v->why, vg->pvs.at[1]->uuid));
	assert_non_null(strstr(v->why, "is not on the given disks"));
	assert_non_null(test_map_volume(&t, "vgs/hyphen-ated")->dev);
	test_map_close(&t);

	/* One without metadata alone belongs to nothing that is known. */
	test_map_one(&t, striped("disk2"));
	assert_int_equal(t.map.groups.n, 0);
	assert_string_equal(test_map_volume(&t, "disk0")->sig.type, "LVM2_member");
	test_map_close(&t);
}

static void newest_metadata_wins(void **state)
{
	struct test_map t;
	const struct volume_group *vg;

	(void)state;
	test_map_open(&t,
		(const char *const[]){striped("old1"), striped("disk0"), striped("disk2"), NULL});
	vg = only_group(&t);
	assert_int_equal(vg->seqno, 25);
	assert_int_equal(vg->lvs.n, 3);
	assert_true(notes(vg, "disk0 carries older metadata (sequence number 2; 25 is used)"));
	test_map_close(&t);
}

static void twin_of_a_physical_volume_is_told(void **state)
{
	struct test_map t;
	const struct volume_group *vg;

	(void)state;
	test_map_open(&t, (const char *const[]){striped("disk0"), striped("disk1"),
				  striped("disk2"), striped("disk1"), NULL});
	vg = only_group(&t);
	assert_true(notes(vg, "was found on disk1, which is used, and again on disk3"));
	assert_string_equal(test_map_sha256(test_map_volume(&t, "vgs/three")), sum_of("three.img"));
	test_map_close(&t);
}

/* The files of a manifest of the corpus are in the volume, as the kernel read them. */
static void holds_files(const struct volume *v, const char *manifest)
{
	const char *text = test_read_file(test_corpus(manifest), NULL);
	struct test_fs t = {0};
	unsigned n = 0;
	struct fs *fs;
	struct err e = {0};

	assert_non_null(v->dev);
	if (fs_open(v->sig.type, &v->dev, 1, &fs, &e) < 0)
		fail_msg("%s: %s", v->name, e.msg);
	test_fs_tree(&t, fs);
	for (const char *at = text; (at = strstr(at, "\nfile ")); n++) {
		char path[100], sum[65];
		unsigned long bytes;
		uint64_t size;
		const char *ours;

		at++;
		assert_int_equal(
			sscanf(at, "file %99s bytes %lu sha256 %64s", path, &bytes, sum), 3);
		ours = test_fs_sha256(&t, path, &size);
		if (!ours)
			fail_msg("%s has no %s", v->name, path);
		assert_int_equal(size, bytes);
		assert_string_equal(ours, sum);
	}
	assert_in_range(n, 5, 100);
	fs_close(fs);
}

static void mirrored_volume_holds_what_the_kernel_read(void **state)
{
	const char *one = test_unxz(test_corpus("guestfs/lvm-raid1.1.raw.xz"));
	const char *two = test_unxz(test_corpus("guestfs/lvm-raid1.2.raw.xz"));
	const char *const sets[][3] = {{one, two}, {two, one}, {one}, {two}};
	struct test_map t;
	const struct volume *v;
	const struct logical_volume *lv;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		test_map_open(&t, sets[i]);
		v = test_map_volume(&t, "vgr/root");
		holds_files(v, "guestfs/lvm-raid1.manifest");
		assert_int_equal(v->size, 24 * MIB);
		assert_string_equal(v->lv->types.at[0], "raid1");
		assert_string_equal(DISKS(&v->disks), sets[i][1] ? "disk0 disk1" : "disk0");
		assert_int_equal(v->lv->notes.n, sets[i][1] ? 0 : 1);
		lv = map_lv(&t.map, "vgr", "root_rimage_0");
		assert_false(lv->visible);
		assert_null(lv->volume);
		/* 31 extents on each, 25 of them used. */
		assert_int_equal(only_group(&t)->free, 12 * MIB);
		test_map_close(&t);
	}
}

static void snapshot_is_called_as_people_call_it(void **state)
{
	struct test_map t;
	const struct volume *v;

	(void)state;
	test_map_one(&t, test_unxz(test_corpus("guestfs/lvm-snapshot.raw.xz")));
	v = test_map_volume(&t, "vgc/root-snap");
	assert_string_equal(v->lv->types.at[0], "snapshot");
	assert_int_equal(v->size, 24 * MIB);
	holds_files(v, "guestfs/lvm-snapshot.manifest");
	carries(&t, "vgc/root", "ext4", "29c345c5-f2f2-4ec7-9613-552810104a40");
	holds_files(test_map_volume(&t, "vgc/root"), "guestfs/lvm-snapshot.manifest");
	assert_false(map_lv(&t.map, "vgc", "snapshot0")->visible);
	test_map_close(&t);
}

static void arrays_of_the_corpus_hold_what_the_kernel_read(void **state)
{
	static const char *const images[] = {"md-raid0", "md-raid1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		const char *set[3] = {0};
		struct test_map t;

		for (int k = 0; k < 2; k++)
			set[k] = test_unxz(test_corpus(arena_printf(
				&test_arena, "guestfs/%s.%d.raw.xz", images[i], k + 1)));
		test_map_open(&t, set);
		assert_string_equal(test_map_volume(&t, "disk0p1")->sig.type, "linux_raid_member");
		assert_string_equal(test_map_volume(&t, "disk0p1")->sig.usage, "raid");
		assert_int_equal(t.map.arrays.n, 1);
		assert_string_equal(t.map.arrays.at[0]->level, images[i] + 3);
		holds_files(t.map.arrays.at[0]->volume,
			arena_printf(&test_arena, "guestfs/%s.manifest", images[i]));
		test_map_close(&t);
	}
}

/* ---- variants of what LVM made ---- */

static uint32_t lvm_crc(const uint8_t *p, size_t n)
{
	return ~(uint32_t)crc32(~0xf597a6cfU, p, (unsigned)n);
}

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/*
 * A copy of the linear image in which the metadata has one text in place of another of the same
 * length, with all checksums right.
 */
static const char *copy_of(const char *image)
{
	test_must_run("cp --sparse=always '%s' copy", image);
	return test_path("copy");
}

static const char *changed(const char *from, const char *to)
{
	const char *path = copy_of(linear());
	uint8_t *area = test_bytes(path, MIB + 4096, 65536);
	uint8_t *text = area + get_le64(area + 40), *at;
	size_t len = get_le64(area + 48);

	assert_int_equal(strlen(from), strlen(to));
	at = memmem(text, len, from, strlen(from));
	assert_non_null(at);
	memcpy(at, to, strlen(to));
	put_le32(area + 56, lvm_crc(text, len));
	put_le32(area, lvm_crc(area + 4, 508));
	test_patch(path, MIB + 4096, area, 65536);
	return path;
}

static void segments_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} changes[] = {
		{"start_extent = 16", "start_extent = 17", "overlap or leave a hole at extent 16"},
		{"start_extent = 16", "start_extent = 15", "overlap or leave a hole at extent 16"},
		{"extent_count = 16", "extent_count = 20", "overlap or leave a hole at extent 20"},
		{"\"pv0\", 28", "\"pv0\", 58", "past the last extent"},
		{"stripe_count = 1", "stripe_count = 2", "does not have the stripes it says"},
		{"\"pv0\", 0", "\"pv1\", 0", "is no volume of the group"},
		{"type = \"striped\"", "type = \"thinned\"",
			"segment type thinned is not read yet"},
		{"pe_start = 2048", "pe_start = 9999", NULL},
		{"pe_count = 61", "pe_count = 99", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct test_map t;
		const struct volume *v;

		test_map_one(&t, changed(changes[i].from, changes[i].to));
		v = test_map_volume(&t, "vg0/root");
		if (changes[i].why) {
			assert_null(v->dev);
			assert_non_null(strstr(v->why, changes[i].why));
		}
		test_map_close(&t);
	}
}

static void group_without_extent_size_has_no_volumes(void **state)
{
	struct test_map t;

	(void)state;
	test_map_one(&t, changed("extent_size = 2048", "extent_size = 0000"));
	assert_true(notes(only_group(&t), "its extents have no size"));
	assert_int_equal(t.map.groups.at[0]->lvs.n, 0);
	test_map_close(&t);
}

static void hidden_volumes_have_no_volume(void **state)
{
	struct test_map t;

	(void)state;
	test_map_one(&t, changed("\"VISIBLE\"", "\"visible\""));
	assert_null(map_lv(&t.map, "vg0", "root")->volume);
	assert_false(map_lv(&t.map, "vg0", "root")->visible);
	test_map_close(&t);
}

static const char *damaged(const char *image, uint64_t off)
{
	const char *path = copy_of(image);
	uint8_t *p = test_bytes(path, off, 1);

	*p ^= 1;
	test_patch(path, off, p, 1);
	return path;
}

/* Where the current text lies in the area. */
static uint64_t text_of(const char *image)
{
	return get_le64(test_bytes(image, MIB + 4096 + 40, 8));
}

static void damaged_metadata_is_told(void **state)
{
	struct test_map t;
	const struct volume *v;

	(void)state;
	/* An older text that is still in the ring is of no interest. */
	test_map_one(&t, damaged(linear(), MIB + 4096 + 512 + 20));
	assert_string_equal(only_group(&t)->name, "vg0");
	test_map_close(&t);

	test_map_one(&t, damaged(linear(), MIB + 4096 + text_of(linear()) + 20));
	v = test_map_volume(&t, "disk0p1");
	assert_int_equal(t.map.groups.n, 0);
	assert_string_equal(v->why, "the checksum of the LVM metadata is wrong");
	test_map_close(&t);

	test_map_one(&t, damaged(linear(), MIB + 4096 + 56));
	v = test_map_volume(&t, "disk0p1");
	assert_int_equal(t.map.groups.n, 0);
	assert_non_null(strstr(v->why, "has no header, or a damaged one"));
	test_map_close(&t);

	test_map_open(&t, (const char *const[]){striped("disk0"),
				  damaged(striped("disk1"), 4096 + 5), striped("disk2"), NULL});
	assert_true(notes(only_group(&t), "disk1: the LVM metadata area has no header"));
	assert_string_equal(test_map_sha256(test_map_volume(&t, "vgs/three")), sum_of("three.img"));
	test_map_close(&t);

	/* The label, behind what libblkid looks at. */
	test_map_one(&t, damaged(linear(), MIB + 512 + 300));
	assert_int_equal(t.map.groups.n, 0);
	test_map_close(&t);
}

/* vgc, whose volume is larger than what is left of it here, lies on vg0/root. */
static void group_on_a_logical_volume_of_another_is_found(void **state)
{
	struct test_map t;
	const char *path = test_path("nested");

	(void)state;
	test_must_run("cp '%s' nested; dd if='%s' of=nested bs=1M seek=2 count=16 conv=notrunc "
		      "status=none; dd if='%s' of=nested bs=1M skip=16 seek=30 count=12 "
		      "conv=notrunc status=none",
		linear(), test_unxz(test_corpus("guestfs/lvm-snapshot.raw.xz")),
		test_unxz(test_corpus("guestfs/lvm-snapshot.raw.xz")));
	test_map_one(&t, path);
	assert_int_equal(t.map.groups.n, 2);
	assert_string_equal(test_map_volume(&t, "vg0/root")->sig.type, "LVM2_member");
	carries(&t, "vgc/root", "ext4", "29c345c5-f2f2-4ec7-9613-552810104a40");
	assert_string_equal(DISKS(&test_map_volume(&t, "vgc/root")->disks), "disk0");
	assert_true(notes(map_group(&t.map, "vgc"), "is smaller than physical volume"));
	test_map_close(&t);
}

/* ---- the corpus ---- */

/* blkid's and sfdisk's answers that ours differs from, and is meant to. */
static const char *const otherwise[] = {
	"util-linux/befs.",     /* left out: libblkid reads what it claims */
	"util-linux/ddf-raid.", /* its second header is in the middle of the disk */
	"util-linux/udf",       /* large blocks, and labels behind the head */
	"util-linux/drbd-v09.", /* a file that is no whole number of sectors */
	"util-linux-pt/",       /* tables of other machines are named, not read */
	"syzkaller/exfat_0.",   /* sfdisk takes the boot sector for an empty table */
};

static bool is_otherwise(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(otherwise); i++) {
		if (strstr(path, otherwise[i]))
			return true;
	}
	return false;
}

static const char *tag(const json_t *blkid, const char *name)
{
	return json_string_value(json_object_get(blkid, name));
}

static void same_tag(const char *ours, const char *theirs)
{
	if (theirs && strstr(theirs, "M-"))
		return; /* not ASCII, and printed as cat -v would */
	if (theirs)
		assert_non_null(ours);
	else
		assert_null(ours);
	if (ours && theirs)
		assert_string_equal(ours, theirs);
}

static void same_signature(const struct volume *v, const json_t *blkid)
{
	assert_non_null(v);
	same_tag(v->sig.type, tag(blkid, "TYPE"));
	same_tag(v->sig.uuid, tag(blkid, "UUID"));
	same_tag(v->sig.label, tag(blkid, "LABEL"));
	same_tag(v->sig.usage, tag(blkid, "USAGE"));
	same_tag(v->sig.version, tag(blkid, "VERSION"));
}

static const struct partition *numbered(const struct disk_map *d, const char *node)
{
	unsigned n = (unsigned)strtoul(node + strcspn(node, "0123456789"), NULL, 10);

	list_each(p, &d->partitions) {
		if ((*p)->number == n)
			return *p;
	}
	fail_msg("partition %s is missing", node);
	return NULL;
}

static void same_partitions(const struct disk_map *d, const json_t *disk)
{
	const json_t *table = json_object_get(disk, "partition_table"), *j;
	const json_t *listed = json_object_get(table, "partitions");
	uint64_t unit = (uint64_t)json_integer_value(json_object_get(table, "sectorsize"));
	size_t i;

	assert_string_equal(d->table_name, tag(table, "label"));
	assert_int_equal(d->partitions.n, json_array_size(listed));
	json_array_foreach(listed, i, j)
	{
		const struct partition *p = numbered(d, tag(j, "node"));

		assert_int_equal(
			p->start, (uint64_t)json_integer_value(json_object_get(j, "start")) * unit);
		assert_int_equal(
			p->size, (uint64_t)json_integer_value(json_object_get(j, "size")) * unit);
	}
	json_array_foreach(json_object_get(disk, "partitions"), i, j)
	{
		const json_t *blkid = json_object_get(j, "blkid");

		if (blkid)
			same_signature(numbered(d, tag(j, "node"))->volume, blkid);
	}
}

static bool check_corpus_image(const char *expect)
{
	json_t *j = json_load_file(expect, 0, NULL);
	const json_t *disk = json_object_get(j, "disk");
	const char *format = tag(j, "format");
	struct test_map t;
	bool usable;

	usable = format && !strcmp(format, "raw") && disk &&
		 !json_is_true(json_object_get(j, "expect_error")) &&
		 json_integer_value(json_object_get(j, "virtual_size")) <= 64 << 20;
	if (usable) {
		const struct disk_map *d;

		print_message("%s\n", expect);
		test_map_one(&t, test_unxz(arena_printf(&test_arena, "%.*s.xz",
					 (int)(strlen(expect) - strlen(".expect.json")), expect)));
		d = t.map.disks.at[0];
		if (is_otherwise(expect))
			; /* it is enough that it ended */
		else if (json_is_object(json_object_get(disk, "partition_table")))
			same_partitions(d, disk);
		else
			same_signature(d->volume,
				json_object_get(json_object_get(disk, "whole"), "blkid"));
		test_map_close(&t);
	}
	json_decref(j);
	return usable;
}

static void corpus_images_are_as_blkid_and_sfdisk_see_them(void **state)
{
	const char *dir = test_corpus("images");
	unsigned n = 0;
	glob_t g;

	(void)state;
	assert_int_equal(
		glob(arena_printf(&test_arena, "%s/*/*.expect.json", dir), 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		n += check_corpus_image(g.gl_pathv[i]);
	globfree(&g);
	assert_in_range(n, 100, 1000);
}

/* ---- cost and faults ---- */

static void four_full_volumes_cost_less_than_a_mebibyte(void **state)
{
	struct test_map t;

	(void)state;
	test_need_tool("sfdisk");
	test_need_tool("mke2fs");
	test_must_run(
		"export PATH=\"$PATH:/usr/sbin:/sbin\"; head -c 50M /dev/urandom > full;"
		"printf 'label: gpt\\nsize=10M\\nsize=10M\\nsize=10M\\nsize=10M\\n' |"
		"sfdisk -q --no-reread --no-tell-kernel -w never full;"
		"for i in 1 11 21 31; do mke2fs -q -F -t ext4 -E offset=$((i*1048576)) full 10M; "
		"done");
	test_map_one(&t, test_path("full"));
	assert_string_equal(test_map_volume(&t, "disk0p4")->sig.type, "ext4");
	assert_in_range(t.io.io.bytes_read, 1, MIB);
	assert_in_range(t.io.io.reads, 1, 60);
	test_map_close(&t);
}

static void every_failing_read_is_survived(void **state)
{
	const char *const paths[] = {striped("disk0"), linear(), NULL};
	unsigned reads;

	(void)state;
	faultdev_host(FAULT_FAIL, 0);
	struct test_map t;

	test_map_open(&t, paths);
	test_map_close(&t);
	reads = faultdev_host_reads();
	for (unsigned n = 1; n <= 2 * reads; n++) {
		struct disk_request requests[] = {{paths[0], "raw"}, {paths[1], "raw"}};
		struct arena a = {0};
		struct err e;

		test_io_init(&t.io);
		faultdev_host(n > reads ? FAULT_GARBLE : FAULT_FAIL, n > reads ? n - reads : n);
		if (machine_open(&t.machine, &t.io.io, &a, requests, 2, &e) == 0) {
			assert_int_equal(map_build(&t.map, &t.machine, &a, &e), 0);
			map_close(&t.map);
			machine_close(&t.machine);
		}
		arena_free(&a);
	}
	faultdev_host(FAULT_FAIL, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(linear_volumes_are_assembled),
		cmocka_unit_test(stripes_and_pieces_are_put_in_order),
		cmocka_unit_test(order_of_disks_does_not_matter),
		cmocka_unit_test(pieces_of_a_striped_volume_fit),
		cmocka_unit_test(missing_physical_volume_is_told),
		cmocka_unit_test(newest_metadata_wins),
		cmocka_unit_test(twin_of_a_physical_volume_is_told),
		cmocka_unit_test(mirrored_volume_holds_what_the_kernel_read),
		cmocka_unit_test(snapshot_is_called_as_people_call_it),
		cmocka_unit_test(arrays_of_the_corpus_hold_what_the_kernel_read),
		cmocka_unit_test(segments_that_do_not_fit_are_refused),
		cmocka_unit_test(group_without_extent_size_has_no_volumes),
		cmocka_unit_test(hidden_volumes_have_no_volume),
		cmocka_unit_test(damaged_metadata_is_told),
		cmocka_unit_test(group_on_a_logical_volume_of_another_is_found),
		cmocka_unit_test(corpus_images_are_as_blkid_and_sfdisk_see_them),
		cmocka_unit_test(four_full_volumes_cost_less_than_a_mebibyte),
		cmocka_unit_test(every_failing_read_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
