/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Left out are BeFS, because libblkid reads as much as it claims, and what lies where the shadow
 * holds nothing: DDF's second header, UDF with large blocks.
 */
#include "map/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* "Nothing but the flag that says it was set": keeps the library from asking the environment. */
#define DEBUG_NOTHING (1 << 1)
/* Signatures on one volume that are still worth a name. */
#define CANDIDATES_MAX 8

int probe_new(struct probe *ret, struct err *e)
{
	blkid_probe pr;

	blkid_init_debug(DEBUG_NOTHING);
	pr = blkid_new_probe();
	if (!pr)
		return err_set(e, ENOMEM, "libblkid could not be set up");
	blkid_probe_enable_partitions(pr, 0);
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID |
						      BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE |
						      BLKID_SUBLKS_VERSION);
	*ret = (struct probe){pr, -1};
	return 0;
}

void probe_free(struct probe *pr)
{
	blkid_free_probe(pr->library);
}

/* Hands the shadow to libblkid as it is now, forgetting what was read of it before. */
static int set_device(blkid_probe pr, struct shadow *s, struct err *e)
{
	if (blkid_probe_set_device(pr, s->fd, 0, 0))
		return err_set(e, EIO, "libblkid refused the volume");
	return 0;
}

static const char *value(blkid_probe pr, struct arena *a, const char *name)
{
	const char *data;

	return blkid_probe_lookup_value(pr, name, &data, NULL) == 0 ? arena_strdup(a, data) : NULL;
}

static int several(blkid_probe pr, struct err *e)
{
	char names[256] = "";
	size_t n = 0;

	blkid_reset_probe(pr);
	for (int i = 0; i < CANDIDATES_MAX && n < sizeof(names) && blkid_do_probe(pr) == 0; i++) {
		const char *type;

		if (blkid_probe_lookup_value(pr, "TYPE", &type, NULL) == 0)
			n += (size_t)snprintf(
				names + n, sizeof(names) - n, "%s%s", n ? ", " : "", type);
	}
	return err_set(e, ENOTUNIQ, "signatures of several kinds are on it: %s", names);
}

/* Signatures that only lie at the end of a volume; each costs the library a seek and a read. */
static const char *const tail_types[] = {
	"adaptec_raid_member",
	"ddf_raid_member",
	"drbd",
	"hpt45x_raid_member",
	"isw_raid_member",
	"jmicron_raid_member",
	"lsi_mega_raid_member",
	"nvidia_raid_member",
	"promise_fasttrack_raid_member",
	"silicon_medley_raid_member",
	"via_raid_member",
};

/* Leaves out what is not looked for, and what cannot be where there are but zeros. */
static void filter(struct probe *pr, const struct shadow *s, bool deep)
{
	const char *out[ARRAY_LEN(tail_types) + 4] = {"befs"};
	const int left_out = deep | s->has_tail << 1;
	size_t n = 1;

	if (pr->left_out == left_out)
		return;
	pr->left_out = left_out;
	if (!deep) {
		out[n++] = "zfs_member";
		out[n++] = "xfs_external_log";
	}
	for (size_t i = 0; i < ARRAY_LEN(tail_types) && !s->has_tail; i++)
		out[n++] = tail_types[i];
	/* The library's prototype forgot a const. */
	blkid_probe_filter_superblocks_type(pr->library, BLKID_FLTR_NOTIN, (char **)out);
}

static int probe(struct probe *pr, struct shadow *s, bool deep, struct arena *a,
	struct signature *ret, struct err *e)
{
	int r;

	/* As on volumes nobody has formatted yet, of which there can be many. */
	if (!s->has_data) {
		*ret = (struct signature){0};
		return 0;
	}
	r = set_device(pr->library, s, e);
	if (r < 0)
		return r;
	filter(pr, s, deep);
	r = blkid_do_safeprobe(pr->library);
	if (r == -2)
		return several(pr->library, e);
	if (r < 0)
		return err_set(e, EIO, "libblkid could not look at it");
	*ret = (struct signature){
		.type = value(pr->library, a, "TYPE"),
		.usage = value(pr->library, a, "USAGE"),
		.uuid = value(pr->library, a, "UUID"),
		.label = value(pr->library, a, "LABEL"),
		.version = value(pr->library, a, "VERSION"),
	};
	return 0;
}

int probe_signature(
	struct probe *pr, struct shadow *s, struct arena *a, struct signature *ret, struct err *e)
{
	return probe(pr, s, false, a, ret, e);
}

int probe_signature_deep(
	struct probe *pr, struct shadow *s, struct arena *a, struct signature *ret, struct err *e)
{
	int r = probe(pr, s, false, a, ret, e);

	if (r < 0 || ret->type)
		return r;
	shadow_deepen(s);
	return probe(pr, s, true, a, ret, e);
}

const char *probe_other_table(struct probe *probe, struct shadow *s, struct arena *a)
{
	const blkid_probe pr = probe->library;
	char gpt[] = "gpt", dos[] = "dos";
	char *ours[] = {gpt, dos, NULL};
	const char *name = NULL;
	struct err e;

	if (set_device(pr, s, &e) < 0)
		return NULL;
	blkid_probe_enable_superblocks(pr, 0);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_filter_partitions_type(pr, BLKID_FLTR_NOTIN, ours);
	if (blkid_do_safeprobe(pr) == 0)
		name = value(pr, a, "PTTYPE");
	blkid_probe_enable_partitions(pr, 0);
	blkid_probe_enable_superblocks(pr, 1);
	return name;
}
