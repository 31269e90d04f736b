/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Follows "FAT: General Overview of On-Disk Format" (boot sector, BPB), the exFAT specification
 * (3.1, 6, 7), and the BPB of NTFS and BitLocker as Windows and libblkid read it.  Only what
 * libblkid reads for a label or a UUID is looked at; the fields are read again, and checked better,
 * by the filesystem drivers.
 */
#include "map/bootsector.h"

#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"

bool bootsector_read(struct blockdev *dev, uint8_t sector[BOOTSECTOR])
{
	struct err e;

	return dev->size >= BOOTSECTOR && blockdev_read(dev, 0, sector, BOOTSECTOR, &e) == 0;
}

static bool oem_is(const uint8_t *s, const char *name)
{
	return !memcmp(s + 3, name, 8);
}

/* ---- FAT ---- */

struct fat_bpb {
	uint32_t sector, cluster; /* bytes */
	uint32_t reserved, tables, table16, table32, root_entries, root_cluster, fsinfo;
};

static bool fat_parse(const uint8_t *s, struct fat_bpb *ret)
{
	struct fat_bpb b = {
		.sector = get_le16(s + 11),
		.cluster = (uint32_t)s[13] * get_le16(s + 11),
		.reserved = get_le16(s + 14),
		.tables = s[16],
		.root_entries = get_le16(s + 17),
		.table16 = get_le16(s + 22),
		.table32 = get_le32(s + 36),
		.root_cluster = get_le32(s + 44),
		.fsinfo = get_le16(s + 48),
	};
	uint8_t media = s[21];

	if (!is_power_of_two(b.sector) || b.sector < 512 || b.sector > 4096 ||
		!is_power_of_two(s[13]))
		return false;
	if (!b.reserved || !b.tables || (media < 0xF8 && media != 0xF0) || !(b.table16 | b.table32))
		return false;
	if (!get_le16(s + 19) && !get_le32(s + 32))
		return false;
	*ret = b;
	return true;
}

/* Copies an entry of the allocation table and says what is in it; 0 past the end of the volume. */
static int copy_link(struct shadow *s, uint64_t at, uint32_t *ret, struct err *e)
{
	uint8_t link[4] = {0};
	int r = shadow_copy(s, at, sizeof(link), e);

	if (r >= 0 && range_inside(at, sizeof(link), s->dev->size))
		r = blockdev_read(s->dev, at, link, sizeof(link), e);
	if (r >= 0)
		*ret = get_le32(link);
	return r;
}

static int fat32_copy_root(const struct fat_bpb *b, struct shadow *s, struct err *e)
{
	uint64_t table = (uint64_t)b->reserved * b->sector;
	uint64_t data = table + (uint64_t)b->tables * b->table32 * b->sector;
	uint64_t entries = (uint64_t)b->table32 * b->sector / 4;
	uint32_t cluster = b->root_cluster;

	for (int i = 0; i < FAT_LABEL_CLUSTERS_MAX && cluster >= 2 && cluster < entries; i++) {
		int r = shadow_copy(s, data + (uint64_t)(cluster - 2) * b->cluster, b->cluster, e);

		if (r >= 0)
			r = copy_link(s, table + 4ULL * cluster, &cluster, e);
		if (r < 0)
			return r;
		cluster &= 0x0FFFFFFF;
	}
	return 0;
}

static int fat_copy_named(const struct fat_bpb *b, struct shadow *s, struct err *e)
{
	uint64_t tables16 = (uint64_t)b->tables * b->table16;
	int r;

	if (b->table16)
		return shadow_copy(
			s, (b->reserved + tables16) * b->sector, b->root_entries * 32ULL, e);
	r = shadow_copy(s, (uint64_t)b->fsinfo * b->sector, BOOTSECTOR, e);
	return r < 0 ? r : fat32_copy_root(b, s, e);
}

/* ---- exFAT ---- */

#define EXFAT_ENTRY 32U
#define EXFAT_END 0x00
#define EXFAT_LABEL 0x83

struct exfat_bpb {
	unsigned sector_shift, cluster_shift; /* of bytes */
	uint64_t table, heap;                 /* bytes */
	uint32_t root;
};

static bool exfat_parse(const uint8_t *s, struct exfat_bpb *ret)
{
	unsigned sector = s[108], cluster = s[109];

	if (!oem_is(s, "EXFAT   ") || sector < 9 || sector > 12 || cluster > 25 - sector)
		return false;
	*ret = (struct exfat_bpb){
		.sector_shift = sector,
		.cluster_shift = sector + cluster,
		.table = (uint64_t)get_le32(s + 80) << sector,
		.heap = (uint64_t)get_le32(s + 88) << sector,
		.root = get_le32(s + 96),
	};
	return true;
}

/* Copies one sector of the root directory; *ret_more is false when the label or the end is in it.
 */
static int exfat_copy_sector(
	struct shadow *s, uint64_t at, size_t len, bool *ret_more, struct err *e)
{
	uint8_t buf[4096];
	int r = shadow_copy(s, at, len, e);

	*ret_more = false;
	if (r < 0 || !range_inside(at, len, s->dev->size))
		return r;
	r = blockdev_read(s->dev, at, buf, len, e);
	for (size_t i = 0; r >= 0 && i < len; i += EXFAT_ENTRY) {
		if (buf[i] == EXFAT_END || buf[i] == EXFAT_LABEL)
			return 0;
	}
	*ret_more = true;
	return r;
}

static int exfat_copy_named(const struct exfat_bpb *b, struct shadow *s, struct err *e)
{
	size_t sector = (size_t)1 << b->sector_shift;
	uint64_t in_cluster = (uint64_t)1 << b->cluster_shift, at = 0;
	uint32_t cluster = b->root;
	bool more = true;

	for (size_t i = 0; i < EXFAT_LABEL_SECTORS_MAX && more && cluster >= 2; i++) {
		uint64_t start = b->heap + ((uint64_t)(cluster - 2) << b->cluster_shift);
		int r = exfat_copy_sector(s, start + at, sector, &more, e);

		at += sector;
		if (r >= 0 && more && at == in_cluster) {
			r = copy_link(s, b->table + 4ULL * cluster, &cluster, e);
			at = 0;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- NTFS, BitLocker ---- */

#define NTFS_VOLUME_RECORD 3

/* A count that is negative is the exponent of a number of bytes. */
static uint64_t ntfs_record_size(const uint8_t *s, uint64_t cluster)
{
	int8_t n = (int8_t)s[64];

	return n >= 0 ? (uint64_t)n * cluster : 1ULL << -(n < -32 ? -32 : n);
}

static uint64_t ntfs_cluster_size(const uint8_t *s)
{
	unsigned n = s[13];

	return (uint64_t)get_le16(s + 11) * (n >= 240 ? 1U << (256 - n) : n);
}

bool bootsector_ntfs_is_sane(const uint8_t *s)
{
	return !oem_is(s, "NTFS    ") ||
	       ntfs_record_size(s, ntfs_cluster_size(s)) <= NTFS_RECORD_MAX;
}

static int ntfs_copy_named(const uint8_t *s, struct shadow *shadow, struct err *e)
{
	uint64_t cluster = ntfs_cluster_size(s), at;

	if (!bootsector_ntfs_is_sane(s) || !checked_mul(get_le64(s + 48), cluster, &at))
		return 0;
	return shadow_copy(shadow, at, (NTFS_VOLUME_RECORD + 1) * ntfs_record_size(s, cluster), e);
}

/* Where the first of BitLocker's metadata blocks lies; 0: not BitLocker. */
static uint64_t bitlocker_metadata(const uint8_t *s)
{
	if (!memcmp(s, "\xEB\x58\x90-FVE-FS-", 11))
		return get_le64(s + 176);
	if (!memcmp(s, "\xEB\x58\x90MSWIN4.1", 11))
		return get_le64(s + 440);
	return 0;
}

bool bootsector_is_filesystem(const uint8_t *s)
{
	struct fat_bpb fat;

	if (s[510] != 0x55 || s[511] != 0xAA || (s[0] != 0xEB && s[0] != 0xE9))
		return false;
	return oem_is(s, "NTFS    ") || oem_is(s, "EXFAT   ") || oem_is(s, "-FVE-FS-") ||
	       fat_parse(s, &fat);
}

int bootsector_copy_named(const uint8_t *sector, struct shadow *s, struct err *e)
{
	struct exfat_bpb exfat;
	struct fat_bpb fat;
	uint64_t at = bitlocker_metadata(sector);
	int r = at ? shadow_copy(s, at, BOOTSECTOR, e) : 0;

	if (r < 0)
		return r;
	if (oem_is(sector, "NTFS    "))
		return ntfs_copy_named(sector, s, e);
	if (exfat_parse(sector, &exfat))
		return exfat_copy_named(&exfat, s, e);
	if (fat_parse(sector, &fat))
		return fat_copy_named(&fat, s, e);
	return 0;
}
