/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * FAT12, FAT16 and FAT32, after Microsoft's "FAT: General Overview of On-Disk Format" 1.03, and
 * the Linux driver where the two disagree with what is found on disks.  exFAT is another format
 * and is not read; neither is a backup boot sector, as nothing leads to a volume whose first one
 * is gone.
 *
 * Times are kept without a zone and taken for UTC.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "fs/fat.h"

#define BOOT_SIZE 512U
#define FAT12_CLUSTERS_MAX 4084U
#define FAT16_CLUSTERS_MAX 65524U
/* A multiple of all entry sizes, so that a piece of the table begins with an entry. */
#define TABLE_PIECE (3U * 4096)

/* ---- The boot sector ---- */

struct boot {
	uint16_t sector_size, reserved, root_entries, flags, info;
	uint8_t cluster_sectors, tables;
	uint32_t sectors, table_sectors, root_cluster;
	bool is_fat32, dirty;
};

static void decode_boot(const uint8_t *p, struct boot *b)
{
	size_t extended;

	*b = (struct boot){
		.sector_size = get_le16(p + 0x0b),
		.cluster_sectors = p[0x0d],
		.reserved = get_le16(p + 0x0e),
		.tables = p[0x10],
		.root_entries = get_le16(p + 0x11),
		.sectors = get_le16(p + 0x13),
		.table_sectors = get_le16(p + 0x16),
	};
	if (!b->sectors)
		b->sectors = get_le32(p + 0x20);
	b->is_fat32 = !b->table_sectors;
	if (b->is_fat32) {
		b->table_sectors = get_le32(p + 0x24);
		b->flags = get_le16(p + 0x28);
		b->root_cluster = get_le32(p + 0x2c);
		b->info = get_le16(p + 0x30);
	}
	/* The byte on the state means something only where a signature follows. */
	extended = b->is_fat32 ? 0x41 : 0x25;
	b->dirty = (p[extended + 1] == 0x28 || p[extended + 1] == 0x29) && p[extended] & 1;
}

static int check_boot(const struct boot *b, struct err *e)
{
	if (b->sector_size < 512 || b->sector_size > 4096 || !is_power_of_two(b->sector_size))
		return err_set(e, EBADMSG, "FAT: sectors of %u bytes", b->sector_size);
	if (!is_power_of_two(b->cluster_sectors))
		return err_set(e, EBADMSG, "FAT: clusters of %u sectors", b->cluster_sectors);
	if (!b->reserved || !b->tables || !b->table_sectors)
		return err_set(e, EBADMSG, "FAT: the boot sector names no allocation table");
	if (!b->is_fat32 && !b->root_entries)
		return err_set(e, EBADMSG, "FAT: the boot sector names no root directory");
	return 0;
}

/*
 * The number of clusters tells FAT12 from FAT16.  FAT32 is known by having no 16-bit size of its
 * table: by the specification a small one would be FAT16, but mkfs.fat -F 32 makes small ones for
 * EFI system partitions, and Windows, Linux and firmware all read them as FAT32.
 */
static int find_layout(struct fat_fs *x, const struct boot *b, struct err *e)
{
	const uint64_t size = b->sector_size;
	const uint64_t tables = (uint64_t)b->tables * b->table_sectors;
	const uint64_t root = div_up((uint64_t)b->root_entries * FAT_ENTRY_SIZE, size);
	const uint64_t data = b->reserved + tables + root;
	uint64_t clusters;

	if (data >= b->sectors)
		return err_set(e, EBADMSG, "FAT: the volume has no room for files");
	clusters = (b->sectors - data) / b->cluster_sectors;
	x->bits = b->is_fat32 ? 32 : clusters <= FAT12_CLUSTERS_MAX ? 12 : 16;
	if (!clusters || (x->bits == 16 && clusters > FAT16_CLUSTERS_MAX))
		return err_set(e, EBADMSG, "FAT: %llu clusters", (unsigned long long)clusters);
	x->table = b->reserved * size;
	x->table_size = b->table_sectors * size;
	if (b->flags & 0x80 && (b->flags & 0x0f) < b->tables) /* no mirroring: one table counts */
		x->table += (b->flags & 0x0f) * x->table_size;
	clusters = min_u64(clusters, x->table_size * 8 / x->bits - 2);
	x->clusters = (uint32_t)min_u64(clusters, FAT_CLUSTERS_MAX);
	x->cluster_size = b->cluster_sectors * b->sector_size;
	x->data = data * size;
	x->root = (b->reserved + tables) * size;
	x->root_size = b->root_entries * FAT_ENTRY_SIZE;
	x->root_cluster = b->root_cluster;
	if (b->info && b->info < b->reserved)
		x->info = b->info * size;
	if (!range_inside(x->table, x->table_size, x->dev->size) || x->data > x->dev->size)
		return err_set(
			e, EBADMSG, "FAT: the allocation table lies past the end of the volume");
	if (x->bits == 32 && !fat_is_cluster(x, x->root_cluster))
		return err_set(
			e, EBADMSG, "FAT: the root directory is in cluster %u", x->root_cluster);
	if (b->sectors * size > x->dev->size)
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem is larger than its device");
	return 0;
}

/* ---- The table ---- */

bool fat_is_cluster(const struct fat_fs *x, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < x->clusters;
}

uint64_t fat_cluster_at(const struct fat_fs *x, uint32_t cluster)
{
	return x->data + (uint64_t)(cluster - 2) * x->cluster_size;
}

static uint32_t entry_of(const struct fat_fs *x, const uint8_t *p, uint32_t number)
{
	switch (x->bits) {
	case 12:
		return number & 1 ? get_le16(p) >> 4 : get_le16(p) & 0xfff;
	case 16:
		return get_le16(p);
	default:
		return get_le32(p) & 0x0fffffff;
	}
}

static int read_entry(struct fat_fs *x, uint32_t number, uint32_t *ret, struct err *e)
{
	uint8_t p[4];
	uint64_t at = x->table + (uint64_t)number * x->bits / 8;
	int r = blockdev_read(x->dev, at, p, x->bits == 32 ? 4 : 2, e);

	if (!r)
		*ret = entry_of(x, p, number);
	return r;
}

void fat_chain_begin(struct fat_chain *c, uint32_t first)
{
	*c = (struct fat_chain){.first = first, .cluster = first, .mark_at = 1};
}

int fat_chain_next(struct fat_fs *x, struct fat_chain *c, struct err *e)
{
	const uint32_t end = x->bits == 32 ? 0x0ffffff8 : x->bits == 16 ? 0xfff8 : 0xff8;
	uint32_t next;
	int r = read_entry(x, c->cluster, &next, e);

	if (r < 0)
		return r;
	if (next >= end)
		return 0;
	if (!fat_is_cluster(x, next))
		return err_set(e, EBADMSG, "FAT: cluster %u is followed by %u, which is none",
			c->cluster, next);
	/* Remembering one cluster at distances that double finds any loop (Brent). */
	if (next == c->mark)
		return err_set(
			e, EBADMSG, "FAT: the cluster chain at %u runs in a circle", c->first);
	if (++c->index == c->mark_at) {
		c->mark = next;
		c->mark_at *= 2;
	}
	c->cluster = next;
	return 1;
}

/* ---- Opening ---- */

static int find_state(struct fat_fs *x, const struct boot *b, struct err *e)
{
	const unsigned top =
		x->bits == 32 ? 28 : 16; /* the marks are the two highest bits in use */
	uint32_t marks;
	int r;

	if (b->dirty)
		fs_state_add(&x->fs, FS_DIRTY, "it was not cleanly unmounted");
	if (x->bits == 12)
		return 0;
	r = read_entry(x, 1, &marks, e);
	if (r < 0)
		return r;
	if (!(marks >> (top - 2) & 1))
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem recorded disk errors");
	if (!(marks >> (top - 1) & 1) && !b->dirty)
		fs_state_add(&x->fs, FS_DIRTY, "it was not cleanly unmounted");
	return 0;
}

static void fat_close(struct fs *fs)
{
	free(fs);
}

static bool fat_serves(const char *type)
{
	return !strcmp(type, "vfat") || !strcmp(type, "msdos");
}

static int read_boot(struct fat_fs *x, struct err *e)
{
	uint8_t raw[BOOT_SIZE];
	struct boot boot;
	int r;

	if (x->dev->size < BOOT_SIZE)
		return err_set(e, EBADMSG, "FAT: the boot sector is cut short");
	r = blockdev_read(x->dev, 0, raw, BOOT_SIZE, e);
	if (r < 0)
		return r;
	decode_boot(raw, &boot);
	r = check_boot(&boot, e);
	if (!r)
		r = find_layout(x, &boot, e);
	return r ? r : find_state(x, &boot, e);
}

static int fat_open(struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e)
{
	struct fat_fs *x = calloc(1, sizeof(*x));
	int r;

	(void)n;
	if (!x)
		return err_set(e, ENOMEM, "out of memory");
	x->fs.driver = &fat_driver;
	x->fs.fold_case = true;
	x->dev = devs[0];
	r = read_boot(x, e);
	if (r < 0) {
		free(x);
		return r;
	}
	*ret = &x->fs;
	return 0;
}

/* ---- Files ---- */

static int64_t time_of(const struct fat_entry *f)
{
	struct tm tm = {
		.tm_year = 80 + (f->date >> 9),
		.tm_mon = (f->date >> 5 & 15) - 1,
		.tm_mday = f->date & 31,
		.tm_hour = f->time >> 11,
		.tm_min = f->time >> 5 & 63,
		.tm_sec = 2 * (f->time & 31),
	};

	return f->date ? timegm(&tm) : 0;
}

static int fat_stat(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	struct fat_fs *x = (struct fat_fs *)fs;
	struct fat_entry f;
	int r = fat_load(x, node, &f, e);

	if (r < 0)
		return r;
	*ret = (struct fs_stat){
		.mode = (f.attr & FAT_ATTR_READ_ONLY ? 0555 : 0755) |
			(f.attr & FAT_ATTR_DIRECTORY ? S_IFDIR : S_IFREG),
		.nlink = 1,
		.size = f.attr & FAT_ATTR_DIRECTORY ? 0 : f.size,
		.inode = node.id,
		.mtime = time_of(&f),
	};
	return 0;
}

/* Moves the chain that begins at first to its cluster number index, on from where it was left. */
static int seek(struct fat_fs *x, uint32_t first, uint32_t index, struct err *e)
{
	struct fat_chain *c = &x->last;
	int r = 1;

	if (c->first != first || c->index > index)
		fat_chain_begin(c, first);
	while (c->index < index && r > 0)
		r = fat_chain_next(x, c, e);
	if (!r)
		r = err_set(
			e, EBADMSG, "FAT: the cluster chain at %u is shorter than the file", first);
	if (r < 0)
		fat_chain_begin(c, 0);
	return r < 0 ? r : 0;
}

/* Reads what lies in a row on the device, at most len bytes; *ret_n says how many. */
static int read_run(struct fat_fs *x, uint32_t first, uint64_t off, uint8_t *p, size_t len,
	size_t *ret_n, struct err *e)
{
	const uint32_t size = x->cluster_size, index = (uint32_t)(off / size);
	const uint64_t skip = off % size;
	uint64_t n = size - skip, at;
	uint32_t begin;
	int r = seek(x, first, index, e);

	if (r < 0)
		return r;
	begin = x->last.cluster;
	at = fat_cluster_at(x, begin) + skip;
	for (uint32_t i = 1; n < len; i++) {
		r = seek(x, first, index + i, e);
		if (r < 0)
			return r;
		if (x->last.cluster != begin + i)
			break;
		n += size;
	}
	n = min_u64(n, len);
	if (!range_inside(at, n, x->dev->size))
		return err_set(e, EBADMSG, "FAT: the file lies past the end of the device");
	*ret_n = n;
	return blockdev_read(x->dev, at, p, n, e);
}

static int fat_read(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	struct fat_fs *x = (struct fat_fs *)fs;
	struct fat_entry f;
	size_t done = 0, n = 0;
	int r = fat_load(x, node, &f, e);

	if (r < 0)
		return r;
	if (f.attr & FAT_ATTR_DIRECTORY)
		return err_set(e, EINVAL, "FAT: not a regular file");
	len = off < f.size ? min_u64(len, f.size - off) : 0;
	if (len && !fat_is_cluster(x, f.first))
		return err_set(e, EBADMSG, "FAT: the file begins at cluster %u", f.first);
	for (; done < len && r >= 0; done += n)
		r = read_run(x, f.first, off + done, (uint8_t *)buf + done, len - done, &n, e);
	if (r < 0)
		return r;
	*ret_n = len;
	return 0;
}

/* ---- Free space ---- */

/* The sector with the free count is a hint: it counts only in a clean volume and when it fits. */
static bool read_info(struct fat_fs *x, uint32_t *ret_free)
{
	uint8_t p[512];
	uint32_t free, next;
	struct err ignored;

	if (!x->info || x->fs.state != FS_CLEAN || !range_inside(x->info, 512, x->dev->size) ||
		blockdev_read(x->dev, x->info, p, 512, &ignored) < 0)
		return false;
	free = get_le32(p + 488);
	next = get_le32(p + 492);
	if (get_le32(p) != 0x41615252 || get_le32(p + 484) != 0x61417272 || free > x->clusters ||
		(next != UINT32_MAX && !fat_is_cluster(x, next)))
		return false;
	*ret_free = free;
	return true;
}

static int count_free(struct fat_fs *x, uint32_t *ret, struct err *e)
{
	const uint64_t end = ((uint64_t)x->clusters + 2) * x->bits / 8 + (x->bits == 12);
	uint8_t p[TABLE_PIECE + 1];
	uint32_t free = 0, number = 0;

	for (uint64_t at = 0; number < x->clusters + 2; at += TABLE_PIECE) {
		const uint32_t in_piece = TABLE_PIECE * 8 / x->bits;
		size_t n = min_u64(TABLE_PIECE, min_u64(end, x->table_size) - at);
		int r = blockdev_read(x->dev, x->table + at, p, n, e);

		if (r < 0)
			return r;
		for (uint32_t i = 0; i < in_piece && number < x->clusters + 2; i++, number++)
			if (number >= 2 && !entry_of(x, p + i * x->bits / 8, number))
				free++;
	}
	*ret = free;
	return 0;
}

static int fat_space(struct fs *fs, struct fs_space *ret, struct err *e)
{
	struct fat_fs *x = (struct fat_fs *)fs;
	uint32_t free;

	if (!read_info(x, &free)) {
		int r = count_free(x, &free, e);

		if (r < 0)
			return r;
	}
	*ret = (struct fs_space){
		.size = (uint64_t)x->clusters * x->cluster_size,
		.available = (uint64_t)free * x->cluster_size,
		.approximate = fs->state != FS_CLEAN,
	};
	return 0;
}

const struct fs_driver fat_driver = {
	.name = "vfat",
	.serves = fat_serves,
	.open = fat_open,
	.close = fat_close,
	.lookup = fat_lookup,
	.stat = fat_stat,
	.list = fat_list,
	.read = fat_read,
	.space = fat_space,
};
