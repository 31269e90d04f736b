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
#include "map/bitlocker.h"
#include "map/ldm.h"

/* A signature, as "blkid -p" names and prints it.  NULL: it has none. */
struct signature {
	const char *type;  /* "ext4", "LVM2_member", "crypto_LUKS" ... */
	const char *usage; /* "filesystem", "raid", "crypto", "other" */
	const char *uuid, *label;
	const char *version;
};

/* Disks come first in map.volumes, then partitions, then the others as they were put together. */
enum volume_kind { VOLUME_DISK, VOLUME_PARTITION, VOLUME_ARRAY, VOLUME_LV };

/*
 * Anything that can hold a filesystem: a whole disk without a table, a partition, an array, a
 * logical volume.
 */
struct volume {
	enum volume_kind kind;
	const char *name; /* "disk0", "disk0p2", "md0", "vg0/root" */
	uint64_t size;
	struct blockdev *dev; /* NULL: cannot be read, and why says so */
	const char *why;      /* also with dev: why sig is not known, or not certain */
	struct signature sig;
	const struct bitlocker *bitlocker;   /* of one that it has encrypted; NULL: not read */
	const struct disk_map *disk;         /* of a disk or partition */
	const struct partition *partition;   /* of a partition */
	const struct array *array;           /* of an array */
	const struct logical_volume *lv;     /* of a logical volume */
	unsigned reads;                      /* how many of disks one read of it may take; 0 is 1 */
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
	bool gpt_disagrees;                  /* both can be used, and list different partitions */
	bool hybrid_mbr;                     /* beside a GPT that is in use, the MBR lists some */
	const char *why;                     /* when the table could not be read: the reason */
	LIST(struct partition *) partitions; /* by number */
	LIST(const char *) stale; /* sentences: signatures under a table, or the reverse */
	LIST(const char *) notes; /* sentences: what is wrong with the table */
	struct volume *volume;    /* of the whole disk; NULL when a table divides it */
	struct ldm *ldm;          /* of a dynamic disk of Windows; NULL: it is none */
	bool blank; /* neither table nor signature, its first and last MiB are zeros */
};

/* A volume that carries the superblock of an MD array. */
struct array_member {
	const struct volume *volume;
	enum { MEMBER_USED, MEMBER_STALE, MEMBER_SPARE, MEMBER_FAULTY, MEMBER_JOURNAL } state;
	unsigned slot; /* of what is used or stale */
	uint64_t events;
};

/* An MD array of Linux. */
struct array {
	const char *name;     /* its own ("boot", "md0"), or as the kernel numbers them, "md127" */
	const char *host;     /* whose it is, by its own name; NULL: it does not say */
	const char *level;    /* "raid1"; "level -4" when it is none that is read */
	const char *version;  /* "0.90", "1.0", "1.1", "1.2" */
	const char *uuid;     /* as blkid prints it */
	uint64_t size, chunk; /* bytes; chunk is 0 where there are none */
	unsigned slots;       /* members that it is made of */
	unsigned missing;     /* slots for which no member was found that is up to date */
	bool degraded;        /* some are missing, and it is read all the same */
	LIST(struct array_member) members; /* by slot; what is in no slot at the end */
	LIST(const char *) notes;          /* sentences: stale members, bitmap, journal, resync */
	struct volume *volume;
};

struct physical_volume {
	const char *uuid;            /* with dashes */
	const char *name;            /* "pv0", in the metadata */
	const char *device_hint;     /* "/dev/sda3", what LVM saw last; NULL if it is not there */
	const struct volume *volume; /* where it was found; NULL: missing from the given disks */
	LIST(const struct volume *) twins; /* where it was found again */
	uint64_t pe_start, pe_count;       /* bytes; extents */
	uint64_t dev_size;                 /* bytes */
	bool flagged_missing;              /* the metadata itself says MISSING */
};

/* What a segment lies on: extents of a physical volume, or of another logical volume. */
struct lv_area {
	const struct physical_volume *pv;
	struct logical_volume *lv;
	uint64_t start_extent;
};

/* Bytes of a volume. */
struct lv_range {
	uint64_t start, size;
};

struct lv_segment {
	const char *type; /* "linear", "striped", "thin", "raid1" ... */
	uint64_t start_extent, extent_count;
	uint64_t stripe_size;        /* bytes; 0 where nothing is striped */
	LIST(struct lv_area) areas;  /* stripes, legs, images; a pool's data; a snapshot's store */
	LIST(struct lv_area) metas;  /* an image each, or a pool's one; lv NULL: it has none */
	struct logical_volume *pool; /* of thin and cache */
	struct logical_volume *origin;        /* of snapshots and caches; of thin an external one */
	uint64_t chunk_size;                  /* bytes; of pools, caches and snapshots */
	uint64_t device_id;                   /* of thin, in its pool's metadata */
	uint64_t transaction;                 /* of a thin pool, by LVM's count */
	uint64_t copies;                      /* of raid10 */
	const char *mode;                     /* of a cache: "writethrough", "writeback" ... */
	struct lv_range data_part, meta_part; /* of a cache in one volume; size 0: in two */
	bool partly_synced;                   /* of a mirror: only the first leg counts */
	const char *why;                      /* the text makes no sense: how; else NULL */
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
	struct volume *volume;    /* NULL when it is not visible, or a pool */
	LIST(const char *) notes; /* sentences: legs that are missing or stale */
	/* Of those that are read, or that those lie on. */
	struct blockdev *dev; /* NULL: cannot be read, and why says so */
	const char *why;
	int why_num;
	unsigned height; /* how many logical volumes it lies on, one on the other */
	unsigned reads;  /* as in its volume */
	bool opening;
};

struct volume_group {
	const char *name, *uuid;
	uint64_t seqno, extent_size, size, free; /* bytes */
	bool complete;                           /* every PV was found */
	bool exported, clustered;                /* and so not activated as others are */
	const char *system_id, *lock_type;       /* likewise; NULL: none */
	LIST(struct physical_volume *) pvs;
	LIST(struct logical_volume *) lvs;
	LIST(const struct disk_map *) disks; /* where its found PVs lie, each once, in order */
	LIST(const char *) notes; /* sentences: checksum failures, seqno disagreement, overlaps */
};

struct map {
	LIST(struct disk_map *) disks;
	LIST(struct array *) arrays;
	LIST(struct volume_group *) groups;
	LIST(struct volume *) volumes;
};

/* The machine and the arena must outlive the map. */
int map_build(struct map *ret, const struct machine *m, struct arena *a, struct err *e);
void map_close(struct map *map);

/*
 * The volume a device specifier of the guest means, or NULL: UUID=, LABEL=, PARTUUID=, PARTLABEL=
 * and their /dev/disk/by-* forms, /dev/mapper/VG-LV, /dev/VG/LV, /dev/md/NAME, /dev/mdN.
 * *ret_matches counts the volumes it could mean; with several, the first is taken.  Unstable names
 * (/dev/sda2, /dev/nvme0n1p2) are taken by position, the order of the disks for the letter, and
 * *ret_guess is set.  Both may be NULL.
 */
const struct volume *map_resolve(
	const struct map *map, const char *spec, bool *ret_guess, unsigned *ret_matches);
const struct volume_group *map_group(const struct map *map, const char *name);
const struct logical_volume *map_lv(const struct map *map, const char *vg, const char *lv);

#endif
