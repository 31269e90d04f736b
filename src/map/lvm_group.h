/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between lvm.c, lvm_group.c and lvm_segment.c only.
 */
#ifndef MAP_LVM_GROUP_H
#define MAP_LVM_GROUP_H

#include "base/limits.h"
#include "map/lv.h"
#include "map/lvm.h"
#include "parse/lvm_text.h"

/* One version of a group's metadata, however many physical volumes carry it. */
struct metadata {
	uint64_t size, seqno;
	uint32_t crc;
	const struct lvm_node *vg; /* its section; the key is the group's name */
	const char *id;
	bool built; /* the group is in the map */
};

/* A volume with a label. */
struct found {
	const char *uuid;
	struct volume *volume;
	const struct found *twin; /* an earlier one with the same UUID, which counts */
	const struct volume_group *vg;
	const char *trouble; /* why a copy could not be read */
	LIST(const struct metadata *) copies;
};

struct lvm {
	struct map *map;
	struct arena *arena;  /* of the map */
	struct arena scratch; /* what is gone when the map is done */
	LIST(struct found *) found;
	LIST(struct metadata *) metadata;
	struct lv_room *room;
	/* How much of each the rest of the machine may still use. */
	size_t nodes, segments, lvs, pvs;
	uint64_t text;
};

/* The one that counts; NULL: none was found. */
struct found *lvm_found(const struct lvm *l, const char *uuid);

/* Adds the group, and the volumes it shows, to the map. */
void lvm_group_build(struct lvm *l, const struct metadata *m);

/* Disks by their index. */
struct disk_set {
	uint64_t bits[DISKS_MAX / 64];
};

/* A logical volume on its way into the map. */
struct lv_work {
	const char *name; /* in the metadata */
	const struct lvm_node *node;
	struct logical_volume *lv;
	struct disk_set disks;
	bool disks_known;
};

struct pv_work {
	const char *name;
	struct physical_volume *pv;
};

/* Extents of a physical volume that a logical one lies on. */
struct pv_claim {
	const struct physical_volume *pv;
	uint64_t start, count;
	const struct logical_volume *lv;
};

struct lvm_builder {
	struct lvm *l;
	struct volume_group *vg;
	uint64_t used;            /* extents */
	LIST(struct pv_work) pvs; /* by name */
	LIST(struct lv_work) lvs; /* by name */
	LIST(struct pv_claim) claims;
};

struct physical_volume *lvm_pv_by_name(const struct lvm_builder *b, const char *name);
struct lv_work *lvm_lv_by_name(const struct lvm_builder *b, const char *name);

/* A number of sectors, as bytes; 0 when it is not there or impossible. */
uint64_t lvm_bytes(const struct lvm_node *section, const char *key);

/* Is this entry of a logical volume one of its segments? */
bool lvm_is_segment(const struct lvm_node *n);
/* Of what a segment says, is it words or tags, or the names of volumes? */
bool lvm_names_volumes(const struct lvm_node *n);

/*
 * Fills in the segments, types and size of w's volume, and counts what they use.  All physical and
 * logical volumes of the group must be known.
 */
void lvm_segments_read(struct lvm_builder *b, struct lv_work *w);

/* Sentences about the group. */
#define lvm_note(b, ...)                                                                           \
	(*list_add((b)->l->arena, &(b)->vg->notes) = arena_printf((b)->l->arena, __VA_ARGS__))

#endif
