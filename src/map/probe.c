/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Leaves out BeFS and NTFS with absurd file records: libblkid reads as much as they claim.
 */
#include "map/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "map/bootsector.h"

/* "Nothing but the flag that says it was set": keeps the library from asking the environment. */
#define DEBUG_NOTHING (1 << 1)
/* Signatures on one volume that are still worth a name. */
#define CANDIDATES_MAX 8

int probe_new(blkid_probe *ret, struct err *e)
{
	blkid_probe pr;

	blkid_init_debug(DEBUG_NOTHING);
	pr = blkid_new_probe();
	if (!pr)
		return err_set(e, ENOMEM, "libblkid could not be set up");
	blkid_probe_enable_partitions(pr, 0);
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID |
		BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_VERSION);
	*ret = pr;
	return 0;
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

static int probe(blkid_probe pr, struct shadow *s, bool deep, struct arena *a,
	struct signature *ret, struct err *e)
{
	char zfs[] = "zfs_member", xlog[] = "xfs_external_log", befs[] = "befs", ntfs[] = "ntfs";
	char *out[5] = {befs};
	uint8_t sector[BOOTSECTOR];
	size_t n = 1;
	int r;

	if (!deep)
		out[n++] = zfs, out[n++] = xlog;
	if (bootsector_read(s->dev, sector) && !bootsector_ntfs_is_sane(sector))
		out[n++] = ntfs;
	r = set_device(pr, s, e);
	if (r < 0)
		return r;
	blkid_probe_filter_superblocks_type(pr, BLKID_FLTR_NOTIN, out);
	r = blkid_do_safeprobe(pr);
	if (r == -2)
		return several(pr, e);
	if (r < 0)
		return err_set(e, EIO, "libblkid could not look at it");
	*ret = (struct signature){
		.type = value(pr, a, "TYPE"),
		.usage = value(pr, a, "USAGE"),
		.uuid = value(pr, a, "UUID"),
		.label = value(pr, a, "LABEL"),
		.version = value(pr, a, "VERSION"),
	};
	return 0;
}

int probe_signature(
	blkid_probe pr, struct shadow *s, struct arena *a, struct signature *ret, struct err *e)
{
	return probe(pr, s, false, a, ret, e);
}

int probe_signature_deep(
	blkid_probe pr, struct shadow *s, struct arena *a, struct signature *ret, struct err *e)
{
	int r = probe(pr, s, false, a, ret, e);

	if (r < 0 || ret->type)
		return r;
	shadow_deepen(s);
	return probe(pr, s, true, a, ret, e);
}

const char *probe_other_table(blkid_probe pr, struct shadow *s, struct arena *a)
{
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
