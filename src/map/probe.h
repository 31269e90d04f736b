/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a volume holds, by its signature: libblkid's answer, from a shadow of the volume.
 */
#ifndef MAP_PROBE_H
#define MAP_PROBE_H

#include <blkid/blkid.h>

#include "base/arena.h"
#include "map/map.h"
#include "map/shadow.h"

/* One for a map. */
struct probe {
	blkid_probe library;
	int left_out; /* which types were, the last time; probe.c's own */
};
int probe_new(struct probe *ret, struct err *e);
void probe_free(struct probe *pr);

/*
 * The signature, or one that is all NULL.  ENOTUNIQ: there are several that exclude each other, and
 * the sentence names them.  Whatever happens, it is only this volume's misfortune.
 */
int probe_signature(
	struct probe *pr, struct shadow *s, struct arena *a, struct signature *ret, struct err *e);

/* As above, and looks deeper when that finds nothing. */
int probe_signature_deep(
	struct probe *pr, struct shadow *s, struct arena *a, struct signature *ret, struct err *e);

/* The name of a partition table that is neither GPT nor DOS; NULL: there is none. */
const char *probe_other_table(struct probe *pr, struct shadow *s, struct arena *a);

#endif
