/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tables as sfdisk and sgdisk write them, read as "sfdisk -J" reads them; and what is done to them.
 */
#include "map/table.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/text.h"
#include "tests/lib/maptest.h"

#define SECTOR 512U
#define MIB (1U << 20)

/* ---- making disks ---- */

static const char *disk(const char *name, const char *size, const char *script)
{
	const char *path = test_path("%s", name);

	test_need_tool("sfdisk");
	test_must_run("rm -f %s; truncate -s %s %s; PATH=\"$PATH:/usr/sbin:/sbin\";"
		      "printf '%s' | sfdisk -q --no-reread --no-tell-kernel -w never %s",
		name, size, name, script, name);
	return path;
}

static void zero(const char *path, uint64_t off, size_t n)
{
	test_patch(path, off, arena_alloc(&test_arena, n), n);
}

static void put_le(uint8_t *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Changes a field of the GPT header at off and makes its checksum right again. */
static void change_header(const char *path, uint64_t off, unsigned at, uint64_t v, int n)
{
	uint8_t *h = test_bytes(path, off, 92);

	put_le(h + at, v, n);
	put_le(h + 16, 0, 4);
	put_le(h + 16, crc32(0, h, 92), 4);
	test_patch(path, off, h, 92);
}

static const char *const gpt_script = "label: gpt\\nsize=4MiB,type=U,name=\"EFI system\"\\n"
				      "size=1MiB,type=21686148-6449-6E6F-744E-656564454649\\n"
				      "start=8MiB,size=2MiB,type=L,attrs=LegacyBIOSBootable\\n"
				      "type=E6D6D379-F507-44C2-A23C-238F2A3DF928\\n";

static const char *const dos_script = "label: dos\\nlabel-id: 0x1234abcd\\nsize=1MiB,type=c\\n"
				      "size=2MiB,type=83,bootable\\nsize=20MiB,type=f\\n"
				      "5:size=1MiB,type=82\\n6:size=3MiB,type=83\\n"
				      "7:size=2MiB,type=8e\\n";

/* ---- comparing with sfdisk ---- */

static const char *lower(const char *s)
{
	char *p = arena_strdup(&test_arena, s);

	for (char *c = p; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return p;
}

static uint64_t number(const json_t *j, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(j, key));
}

static const char *text(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static void same_partition(const struct disk_map *d, const struct partition *p, const json_t *j)
{
	const char *node = text(j, "node"), *type = lower(text(j, "type"));
	const char *attrs = text(j, "attrs");

	assert_true(str_ends(node, arena_printf(&test_arena, "%u", p->number)));
	assert_int_equal(p->start, number(j, "start") * d->sector);
	assert_int_equal(p->size, number(j, "size") * d->sector);
	if (d->table == TABLE_GPT) {
		assert_string_equal(p->type, type);
		assert_string_equal(p->uuid, lower(text(j, "uuid")));
		assert_int_equal(p->active, attrs && strstr(attrs, "LegacyBIOSBootable"));
		if (text(j, "name"))
			assert_string_equal(p->label, text(j, "name"));
		else
			assert_null(p->label);
	} else {
		assert_string_equal(p->type, arena_printf(&test_arena, "0x%s", type));
		assert_int_equal(p->active, json_is_true(json_object_get(j, "bootable")));
	}
}

static void same_as_sfdisk(const char *path, const struct disk_map *d)
{
	json_t *root = json_loads(
		test_output("PATH=\"$PATH:/usr/sbin:/sbin\" sfdisk -J '%s' 2>/dev/null", path), 0,
		NULL);
	const json_t *table = json_object_get(root, "partitiontable");
	const json_t *partitions = json_object_get(table, "partitions");

	assert_non_null(table);
	assert_string_equal(d->table_name, text(table, "label"));
	assert_string_equal(d->table_id, lower(text(table, "id")));
	assert_int_equal(d->sector, number(table, "sectorsize"));
	assert_int_equal(d->partitions.n, json_array_size(partitions));
	for (size_t i = 0; i < d->partitions.n; i++)
		same_partition(d, d->partitions.at[i], json_array_get(partitions, i));
	json_decref(root);
}

static const struct disk_map *only_disk(struct test_map *t, const char *path)
{
	test_map_one(t, path);
	assert_int_equal(t->map.disks.n, 1);
	return t->map.disks.at[0];
}

static bool notes(const struct disk_map *d, const char *words)
{
	return test_map_says(d->notes.at, d->notes.n, words);
}

/* ---- GPT ---- */

static void gpt_is_read_as_sfdisk_reads_it(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d = only_disk(&t, path);

	(void)state;
	same_as_sfdisk(path, d);
	assert_int_equal(d->table, TABLE_GPT);
	assert_int_equal(d->gpt_primary, GPT_FINE);
	assert_int_equal(d->gpt_backup, GPT_FINE);
	assert_int_equal(d->partitions.n, 4);
	assert_string_equal(d->partitions.at[0]->name, "disk0p1");
	assert_string_equal(d->partitions.at[0]->type_name, "EFI System");
	assert_string_equal(d->partitions.at[0]->label, "EFI system");
	assert_string_equal(d->partitions.at[1]->type_name, "BIOS boot");
	assert_true(d->partitions.at[2]->active);
	assert_null(d->volume);
	assert_int_equal(d->notes.n + d->stale.n, 0);
	test_map_close(&t);
}

static void partuuids_are_as_blkid_prints_them(void **state)
{
	struct test_map t;
	const char *gpt = disk("gpt", "40M", gpt_script), *dos = disk("dos", "40M", dos_script);

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *path = i ? dos : gpt;
		const struct disk_map *d = only_disk(&t, path);

		list_each(p, &d->partitions) {
			struct blockdev *dev = (*p)->volume ? (*p)->volume->dev : NULL;
			const char *list = test_output("PATH=\"$PATH:/usr/sbin:/sbin\" partx -g -o "
						       "UUID -b -r -n %u '%s' | tr "
						       "-d '\\n'",
				(*p)->number, path);

			assert_string_equal((*p)->uuid, list);
			assert_int_equal(dev == NULL, (*p)->is_container);
		}
		test_map_close(&t);
	}
}

static void gpt_of_4k_sectors_is_found(void **state)
{
	const char *path = test_path("gpt4k");
	const struct disk_map *d;
	struct test_map t;

	(void)state;
	test_need_tool("fdisk");
	test_must_run("truncate -s 40M gpt4k; printf 'g\\nn\\n1\\n\\n+4M\\nn\\n2\\n\\n+8M\\nw\\n' |"
		      "PATH=\"$PATH:/usr/sbin:/sbin\" fdisk -b 4096 gpt4k");
	d = only_disk(&t, path);
	assert_int_equal(d->sector, 4096);
	assert_int_equal(d->gpt_primary, GPT_FINE);
	assert_int_equal(d->gpt_backup, GPT_FINE);
	assert_int_equal(d->partitions.n, 2);
	assert_int_equal(d->partitions.at[0]->start, MIB);
	assert_int_equal(d->partitions.at[0]->size, 4 * MIB);
	assert_int_equal(d->partitions.at[1]->size, 8 * MIB);
	test_map_close(&t);
}

static void backup_takes_over_when_the_primary_is_bad(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	test_patch(path, SECTOR + 60, "\xff", 1);
	d = only_disk(&t, path);
	same_as_sfdisk(path, d);
	assert_int_equal(d->gpt_primary, GPT_BAD);
	assert_int_equal(d->gpt_backup, GPT_FINE);
	assert_true(notes(d, "the primary GPT header is bad (its checksum is wrong)"));
	test_map_close(&t);

	zero(path, SECTOR, SECTOR);
	d = only_disk(&t, path);
	same_as_sfdisk(path, d);
	assert_int_equal(d->gpt_primary, GPT_ABSENT);
	assert_int_equal(d->partitions.n, 4);
	test_map_close(&t);
}

static void damaged_backup_is_noted(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	test_patch(path, 40 * MIB - SECTOR + 60, "\xff", 1);
	d = only_disk(&t, path);
	same_as_sfdisk(path, d);
	assert_int_equal(d->gpt_backup, GPT_BAD);
	assert_true(notes(d, "the backup GPT header is bad"));
	test_map_close(&t);

	zero(path, 40 * MIB - SECTOR, SECTOR);
	d = only_disk(&t, path);
	assert_int_equal(d->gpt_backup, GPT_ABSENT);
	assert_int_equal(d->partitions.n, 4);
	test_map_close(&t);
}

static void backup_of_an_enlarged_disk_is_misplaced(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	test_must_run("truncate -s 60M gpt");
	d = only_disk(&t, path);
	same_as_sfdisk(path, d);
	assert_int_equal(d->gpt_primary, GPT_FINE);
	assert_int_equal(d->gpt_backup, GPT_MISPLACED);
	assert_true(notes(d, "the disk was enlarged"));
	test_map_close(&t);
}

static void tables_that_disagree_are_noted(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	const uint8_t *backup = test_bytes(path, 40 * MIB - 33 * SECTOR, 33 * SECTOR);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	disk("gpt", "40M", "label: gpt\\nsize=4MiB,type=U\\n");
	test_patch(path, 40 * MIB - 33 * SECTOR, backup, 33 * SECTOR);
	d = only_disk(&t, path);
	assert_int_equal(d->gpt_backup, GPT_FINE);
	assert_int_equal(d->partitions.n, 1);
	assert_true(notes(d, "disagree"));
	test_map_close(&t);
}

static void gpt_with_16_million_entries_is_refused(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	change_header(path, SECTOR, 80, 16U << 20, 4);
	d = only_disk(&t, path);
	assert_int_equal(d->gpt_primary, GPT_BAD);
	assert_int_equal(d->partitions.n, 4);
	assert_true(notes(d, "it has room for 16777216 partitions"));
	test_map_close(&t);

	change_header(path, 40 * MIB - SECTOR, 80, 16U << 20, 4);
	d = only_disk(&t, path);
	assert_int_equal(d->partitions.n, 0);
	assert_true(d->protective_mbr_only);
	assert_non_null(strstr(d->why, "neither GPT header can be used"));
	test_map_close(&t);
}

static void headers_that_lie_are_refused(void **state)
{
	static const struct {
		unsigned at, n;
		uint64_t v;
		const char *words;
	} lies[] = {
		{84, 4, 256, "its entries are of 256 bytes"},
		{80, 4, 0, "it has room for 0 partitions"},
		{24, 8, 7, "it says that it lies in sector 7"},
		{48, 8, 1 << 20, "but the disk ends at 81919"},
		{40, 8, 81919, "its partitions may lie in sectors 81919"},
		{72, 8, 81910, "its entries lie past the end"},
		{72, 8, UINT64_MAX, "its entries lie past the end"},
		{72, 8, 40, "the checksum of its entries is wrong"},
		{32, 8, UINT64_MAX, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		const char *path = disk("gpt", "40M", gpt_script);
		struct test_map t;
		const struct disk_map *d;

		change_header(path, SECTOR, lies[i].at, lies[i].v, (int)lies[i].n);
		d = only_disk(&t, path);
		assert_int_equal(d->partitions.n, 4);
		if (*lies[i].words)
			assert_int_equal(d->gpt_primary, GPT_BAD);
		assert_true(notes(d, lies[i].words));
		test_map_close(&t);
	}
}

static void protective_mbr_alone_is_told(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	zero(path, SECTOR, 40 * SECTOR);
	zero(path, 40 * MIB - 33 * SECTOR, 33 * SECTOR);
	d = only_disk(&t, path);
	assert_true(d->protective_mbr_only);
	assert_int_equal(d->partitions.n, 0);
	assert_string_equal(d->why, "the MBR announces a GPT, but the disk has none");
	assert_null(d->volume);
	test_map_close(&t);
}

static void gpt_without_protective_mbr_is_stale(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	zero(path, 0, SECTOR);
	d = only_disk(&t, path);
	assert_int_equal(d->table, TABLE_NONE);
	assert_int_equal(d->partitions.n, 0);
	assert_true(test_map_says(d->stale.at, d->stale.n, "no protective MBR"));
	assert_non_null(d->volume);
	test_map_close(&t);
}

static void hybrid_mbr_is_noted(void **state)
{
	const char *path = disk("gpt", "40M", gpt_script);
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	test_need_tool("sgdisk");
	test_must_run("PATH=\"$PATH:/usr/sbin:/sbin\" sgdisk -h 1:3 gpt");
	d = only_disk(&t, path);
	same_as_sfdisk(path, d);
	assert_true(notes(d, "hybrid"));
	test_map_close(&t);
}

/* ---- DOS ---- */

static void overlapping_partitions_are_noted(void **state)
{
	const char *path = disk("overlap", "40M",
		"label: dos\\nstart=2048,size=20480\\nstart=22528,size=4096\\n"
		"start=30720,type=5\\nstart=32768,size=4096\\n");
	const struct disk_map *d;
	uint8_t start[4];
	struct test_map t;

	(void)state;
	d = only_disk(&t, path);
	assert_false(notes(d, "overlap"));
	test_map_close(&t);
	put_le(start, 22527, 4);
	test_patch(path, 446 + 16 + 8, start, 4);
	d = only_disk(&t, path);
	assert_true(notes(d, "disk0p1 and disk0p2 overlap"));
	test_map_close(&t);
}

static void dos_is_read_as_sfdisk_reads_it(void **state)
{
	const char *path = disk("dos", "40M", dos_script);
	struct test_map t;
	const struct disk_map *d = only_disk(&t, path);

	(void)state;
	same_as_sfdisk(path, d);
	assert_int_equal(d->table, TABLE_DOS);
	assert_string_equal(d->table_id, "0x1234abcd");
	assert_int_equal(d->partitions.n, 6);
	assert_string_equal(d->partitions.at[0]->type, "0xc");
	assert_string_equal(d->partitions.at[1]->type_name, "Linux");
	assert_true(d->partitions.at[1]->active);
	assert_true(d->partitions.at[2]->is_container);
	assert_null(d->partitions.at[2]->volume);
	assert_false(d->partitions.at[2]->is_logical);
	for (size_t i = 3; i < 6; i++) {
		assert_true(d->partitions.at[i]->is_logical);
		assert_int_equal(d->partitions.at[i]->number, i + 2);
		assert_non_null(d->partitions.at[i]->volume);
	}
	assert_string_equal(d->partitions.at[3]->uuid, "1234abcd-05");
	assert_int_equal(d->gpt_primary, GPT_ABSENT);
	assert_int_equal(d->notes.n, 0);
	test_map_close(&t);
}

/* The record of the n-th logical partition, from 0. */
static uint64_t record_of(const struct disk_map *d, const char *path, unsigned n)
{
	uint64_t start = d->partitions.at[2]->start, at = start;

	while (n--)
		at = start + (uint64_t)get_le32(test_bytes(path, at + 446 + 16 + 8, 4)) * SECTOR;
	return at;
}

static void chain_that_bites_its_tail_ends(void **state)
{
	const char *path = disk("dos", "40M", dos_script);
	struct test_map t;
	const struct disk_map *d = only_disk(&t, path);
	uint64_t last = record_of(d, path, 2), first = record_of(d, path, 0);
	uint8_t link[16] = {0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1};

	(void)state;
	test_map_close(&t);
	/* From the last record back to the first. */
	assert_int_equal(first, d->partitions.at[2]->start);
	test_patch(path, last + 446 + 16, link, sizeof(link));
	d = only_disk(&t, path);
	assert_int_equal(d->partitions.n, 6);
	assert_true(notes(d, "goes in a circle after 3"));
	test_map_close(&t);

	/* Past the end of the disk. */
	put_le(link + 8, 1U << 30, 4);
	test_patch(path, last + 446 + 16, link, sizeof(link));
	d = only_disk(&t, path);
	assert_int_equal(d->partitions.n, 6);
	assert_true(notes(d, "leaves the disk after 3"));
	test_map_close(&t);

	/* Into something that is no record. */
	put_le(link + 8, 9, 4);
	test_patch(path, last + 446 + 16, link, sizeof(link));
	d = only_disk(&t, path);
	assert_int_equal(d->partitions.n, 6);
	assert_true(notes(d, "breaks off after 3"));
	test_map_close(&t);
}

static void many_logical_partitions_are_read_and_the_rest_noted(void **state)
{
	char script[8192] = "label: dos\\nsize=1MiB\\n2:type=5\\n", line[64];
	struct test_map t;
	const struct disk_map *d;
	const char *path;

	(void)state;
	for (int i = 0; i < 56; i++) {
		snprintf(line, sizeof(line), "%d:size=64KiB\\n", i + 5);
		strcat(script, line);
	}
	path = disk("many", "200M", script);
	d = only_disk(&t, path);
	same_as_sfdisk(path, d);
	assert_int_equal(d->partitions.n, 58);
	assert_int_equal(d->notes.n, 0);
	test_map_close(&t);
}

static void partition_past_the_end_is_cut_as_linux_does(void **state)
{
	const char *path = disk("dos", "40M",
		"label: "
		"dos\\nstart=2048,size=4096\\nstart=8192,size=16384\\nstart=40960,size=8192\\n");
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	test_must_run("truncate -s 10M dos");
	d = only_disk(&t, path);
	assert_int_equal(d->partitions.n, 3);
	assert_int_equal(d->partitions.at[1]->size, 8 * MIB);
	assert_int_equal(d->partitions.at[1]->volume->size, 6 * MIB);
	assert_non_null(d->partitions.at[1]->volume->dev);
	assert_true(notes(d, "disk0p2 goes on past the end of the disk"));
	assert_null(d->partitions.at[2]->volume->dev);
	assert_non_null(strstr(d->partitions.at[2]->volume->why, "past the end of the disk"));
	test_map_close(&t);
}

/* ---- table or filesystem ---- */

static void volume_over_the_whole_disk_is_no_table(void **state)
{
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	test_need_tool("mkfs.fat");
	test_need_tool("mke2fs");
	test_must_run("export PATH=\"$PATH:/usr/sbin:/sbin\"; truncate -s 8M fat ext; mkfs.fat fat;"
		      "mke2fs -q ext");
	d = only_disk(&t, test_path("fat"));
	assert_int_equal(d->table, TABLE_NONE);
	assert_string_equal(d->table_name, "none");
	assert_string_equal(test_map_volume(&t, "disk0")->sig.type, "vfat");
	assert_int_equal(d->stale.n, 0);
	test_map_close(&t);

	d = only_disk(&t, test_path("ext"));
	assert_int_equal(d->table, TABLE_NONE);
	assert_string_equal(d->volume->sig.type, "ext2");
	test_map_close(&t);
}

static void table_over_an_old_filesystem_wins(void **state)
{
	struct test_map t;
	const struct disk_map *d;
	const char *path;

	(void)state;
	test_need_tool("mke2fs");
	path = disk("both", "40M", "label: dos\\nstart=2048,size=4096\\n");
	test_must_run(
		"export PATH=\"$PATH:/usr/sbin:/sbin\"; truncate -s 40M old; mke2fs -q -t ext4 "
		"-U 11111111-2222-4333-8444-555555555555 old;"
		"dd if=old of=both bs=1k skip=1 seek=1 count=1 conv=notrunc status=none");
	d = only_disk(&t, path);
	assert_int_equal(d->table, TABLE_DOS);
	assert_int_equal(d->partitions.n, 1);
	assert_true(test_map_says(d->stale.at, d->stale.n,
		"ext4 (UUID 11111111-2222-4333-8444-555555555555) on the whole disk is left over "
		"under "
		"the dos partition table"));
	test_map_close(&t);
}

static void filesystem_over_an_old_table_wins(void **state)
{
	struct test_map t;
	const struct disk_map *d;
	const char *path;

	(void)state;
	test_need_tool("mkfs.fat");
	path = disk("both", "40M", "label: dos\\nstart=2048,size=4096\\n");
	test_must_run("export PATH=\"$PATH:/usr/sbin:/sbin\"; truncate -s 40M old; mkfs.fat old;"
		      "dd if=old of=both bs=446 count=1 conv=notrunc status=none;"
		      "dd if=old of=both bs=512 skip=1 seek=1 conv=notrunc status=none");
	d = only_disk(&t, path);
	assert_int_equal(d->table, TABLE_NONE);
	assert_string_equal(d->volume->sig.type, "vfat");
	assert_true(
		test_map_says(d->stale.at, d->stale.n, "DOS partition table of 1 partition lies"));
	test_map_close(&t);
}

/* The superblock of MD 1.0 lies at the end of the disk when it lies at the end of the last
 * partition. */
static void signature_of_the_last_partition_is_not_stale(void **state)
{
	size_t size;
	const char *member, *path;
	struct test_map t;
	const struct disk_map *d;

	(void)state;
	member = test_read_file(test_unxz(test_corpus("images/util-linux/mdraid.img.xz")), &size);
	path = disk("md", "20M", "label: dos\\nstart=20480,size=20480,type=fd\\n");
	assert_int_equal(size, 10 * MIB);
	test_patch(path, 10 * MIB, member, size);
	d = only_disk(&t, path);
	assert_string_equal(d->partitions.at[0]->volume->sig.type, "linux_raid_member");
	assert_int_equal(d->stale.n, 0);
	test_map_close(&t);
}

/* As parted makes them. */
static void labels_of_other_systems_are_named(void **state)
{
	static const char *const kinds[][2] = {
		{"bsd", "bsd"}, {"dvh", "sgi"}, {"mac", "mac"}, {"sun", "sun"}};

	(void)state;
	test_need_tool("parted");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct disk_map *d;
		struct test_map t;

		test_must_run("rm -f %s; truncate -s 40M %s; PATH=\"$PATH:/usr/sbin:/sbin\" "
			      "parted -s %s mklabel %s",
			kinds[i][0], kinds[i][0], kinds[i][0], kinds[i][0]);
		d = only_disk(&t, test_path("%s", kinds[i][0]));
		assert_int_equal(d->table, TABLE_OTHER);
		assert_string_equal(d->table_name, kinds[i][1]);
		assert_non_null(d->why);
		test_map_close(&t);
	}
}

static void empty_and_short_disks_have_no_table(void **state)
{
	struct test_map t;

	(void)state;
	for (unsigned size = 512; size <= 4 * MIB; size *= 64) {
		test_must_run("rm -f empty; truncate -s %u empty", size);
		assert_int_equal(only_disk(&t, test_path("empty"))->table, TABLE_NONE);
		assert_null(test_map_volume(&t, "disk0")->sig.type);
		test_map_close(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(gpt_is_read_as_sfdisk_reads_it),
		cmocka_unit_test(partuuids_are_as_blkid_prints_them),
		cmocka_unit_test(gpt_of_4k_sectors_is_found),
		cmocka_unit_test(backup_takes_over_when_the_primary_is_bad),
		cmocka_unit_test(damaged_backup_is_noted),
		cmocka_unit_test(backup_of_an_enlarged_disk_is_misplaced),
		cmocka_unit_test(tables_that_disagree_are_noted),
		cmocka_unit_test(gpt_with_16_million_entries_is_refused),
		cmocka_unit_test(headers_that_lie_are_refused),
		cmocka_unit_test(protective_mbr_alone_is_told),
		cmocka_unit_test(gpt_without_protective_mbr_is_stale),
		cmocka_unit_test(hybrid_mbr_is_noted),
		cmocka_unit_test(overlapping_partitions_are_noted),
		cmocka_unit_test(dos_is_read_as_sfdisk_reads_it),
		cmocka_unit_test(chain_that_bites_its_tail_ends),
		cmocka_unit_test(many_logical_partitions_are_read_and_the_rest_noted),
		cmocka_unit_test(partition_past_the_end_is_cut_as_linux_does),
		cmocka_unit_test(volume_over_the_whole_disk_is_no_table),
		cmocka_unit_test(table_over_an_old_filesystem_wins),
		cmocka_unit_test(filesystem_over_an_old_table_wins),
		cmocka_unit_test(signature_of_the_last_partition_is_not_stale),
		cmocka_unit_test(labels_of_other_systems_are_named),
		cmocka_unit_test(empty_and_short_disks_have_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
