/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What lies on the disks: partition tables, physical and logical volumes, and what each volume
 * holds by its signature.  Files are not this layer's business.
 *
 * Everything lives in the arena and is plain data, but for the block devices, which map_close()
 * closes.  Damage never fails the build: it becomes a note, a missing device, a reason.
 */
#ifndef MAP_MAP_H
#define MAP_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "disk/blockdev.h"
#include "machine/machine.h"

/* A signature, as "blkid -p" names and prints it.  NULL: it has none. */
struct signature {
	const char *type;  /* "ext4", "LVM2_member", "crypto_LUKS" ... */
	const char *usage; /* "filesystem", "raid", "crypto", "other" */
	const char *uuid, *label;
	const char *version;
};

/* In the order of map.volumes. */
enum volume_kind { VOLUME_DISK, VOLUME_PARTITION, VOLUME_LV };

/*
 * Anything that can hold a filesystem: a whole disk without a table, a partition, a logical
 * volume.
 */
struct volume {
	enum volume_kind kind;
	const char *name; /* "disk0", "disk0p2", "vg0/root" */
	uint64_t size;
	struct blockdev *dev; /* NULL: cannot be read, and why says so */
	const char *why;      /* also with dev: why sig is not known, or not certain */
	struct signature sig;
	const struct disk_map *disk;         /* of a disk or partition */
	const struct partition *partition;   /* of a partition */
	const struct logical_volume *lv;     /* of a logical volume */
	LIST(const struct disk_map *) disks; /* all disks its bytes lie on, in order */
};

struct partition {
	const char *name; /* "disk0p2" */
	unsigned number;
	uint64_t start, size;  /* bytes */
	const char *type;      /* GUID in lower case, or "0x83", "0xc" */
	const char *type_name; /* "EFI System", "Linux" */
	const char *uuid;      /* PARTUUID as blkid prints it */
	const char *label;     /* PARTLABEL; NULL on DOS tables */
	bool active;           /* DOS active flag, GPT legacy-BIOS-bootable attribute */
	bool is_container;     /* an extended partition: holds others, no filesystem */
	bool is_logical;
	struct volume *volume; /* NULL for a container */
};

enum table_kind { TABLE_NONE, TABLE_DOS, TABLE_GPT, TABLE_OTHER };

struct disk_map {
	const char *name; /* "disk0" */
	unsigned index;
	const struct machine_disk *source;
	uint64_t size;
	uint32_t sector; /* logical; from the container, or from where its GPT lies */
	enum table_kind table;
	const char *table_name;   /* "gpt", "dos", "none", or what blkid calls another one */
	const char *table_id;     /* disk GUID in lower case, or "0x1234abcd" */
	bool protective_mbr_only; /* a GPT is announced, but neither header can be used */
	enum { GPT_FINE, GPT_BAD, GPT_ABSENT, GPT_MISPLACED } gpt_primary, gpt_backup;
	const char *why;                     /* when the table could not be read: the reason */
	LIST(struct partition *) partitions; /* by number */
	LIST(const char *) stale; /* sentences: signatures under a table, or the reverse */
	LIST(const char *) notes; /* sentences: what is wrong with the table */
	struct volume *volume;    /* of the whole disk; NULL when a table divides it */
};

struct physical_volume {
	const char *uuid;            /* with dashes */
	const char *name;            /* "pv0", in the metadata */
	const char *device_hint;     /* "/dev/sda3", what LVM saw last; NULL if it is not there */
	const struct volume *volume; /* where it was found; NULL: missing from the given disks */
	uint64_t pe_start, pe_count; /* bytes; extents */
	uint64_t dev_size;           /* bytes */
	bool flagged_missing;        /* the metadata itself says MISSING */
};

struct lv_segment {
	const char *type; /* "linear", "striped", "thin", "raid1" ... */
	uint64_t start_extent, extent_count;
	uint64_t stripe_size; /* bytes; 0 when linear */
	LIST(struct {
		const struct physical_volume *pv;
		uint64_t start_extent;
	}) stripes;
};

struct logical_volume {
	const char *name;      /* "root" */
	const char *full_name; /* "vg0/root" */
	const char *uuid;
	uint64_t size;
	bool visible;
	LIST(struct lv_segment) segments;
	LIST(const char *) types; /* the segment types that occur, each once */
	const struct volume_group *vg;
	struct volume *volume; /* NULL when it is not visible */
};

struct volume_group {
	const char *name, *uuid;
	uint64_t seqno, extent_size, size, free; /* bytes */
	bool complete;                           /* every PV was found */
	LIST(struct physical_volume *) pvs;
	LIST(struct logical_volume *) lvs;
	LIST(const struct disk_map *) disks; /* where its found PVs lie, each once, in order */
	LIST(const char *) notes; /* sentences: checksum failures, seqno disagreement, duplicates */
};

struct map {
	LIST(struct disk_map *) disks;
	LIST(struct volume_group *) groups;
	LIST(struct volume *) volumes; /* disks, partitions, LVs in this order */
};

/* The machine and the arena must outlive the map. */
int map_build(struct map *ret, const struct machine *m, struct arena *a, struct err *e);
void map_close(struct map *map);

/*
 * The volume a device specifier of the guest means, or NULL: UUID=, LABEL=, PARTUUID=, PARTLABEL=
 * and their /dev/disk/by-* forms, /dev/mapper/VG-LV, /dev/VG/LV.  *ret_matches counts the volumes
 * it could mean; with several, the first is taken.  Unstable names (/dev/sda2, /dev/nvme0n1p2) are
 * taken by position, the order of the disks for the letter, and *ret_guess is set.  Both may be
 * NULL.
 */
const struct volume *map_resolve(
	const struct map *map, const char *spec, bool *ret_guess, unsigned *ret_matches);
const struct volume_group *map_group(const struct map *map, const char *name);
const struct logical_volume *map_lv(const struct map *map, const char *vg, const char *lv);

#endif
