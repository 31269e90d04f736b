/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a text names a block device: root=, resume=, the first field of fstab and crypttab, swap.
 * Decided from the text alone; whether it exists is the caller's question.
 */
#ifndef PARSE_DEVSPEC_H
#define PARSE_DEVSPEC_H

#include <stdbool.h>

#include "base/arena.h"

enum devspec_class {
	DEVSPEC_UUID,
	DEVSPEC_LABEL,
	DEVSPEC_PARTUUID,
	DEVSPEC_PARTLABEL,
	DEVSPEC_MAPPER, /* /dev/mapper/NAME: an LV when VG-LV exists, else some other dm device */
	DEVSPEC_VG_LV,  /* /dev/VG/LV: only an LV (or nothing) is called so */
	DEVSPEC_MD,
	DEVSPEC_KERNEL_NAME, /* /dev/sda1, hda, vda, xvda */
	DEVSPEC_NVME,
	DEVSPEC_CCISS,
	DEVSPEC_BY_ID,
	DEVSPEC_BY_PATH,
	DEVSPEC_DM_NUMBER, /* /dev/dm-3 */
	DEVSPEC_DEV_ROOT,  /* /dev/root: says nothing */
	DEVSPEC_MMC_OTHER, /* other device nodes and numbers: /dev/mmcblk0p1, /dev/ram0, 0802 */
	DEVSPEC_NET,       /* host:/path, //server/share, nfs, iscsi */
	DEVSPEC_ZFS,
	DEVSPEC_OTHER, /* tmpfs, /swapfile, none: not a device */
};

struct devspec {
	enum devspec_class class;
	const char *value; /* without prefix and quotes: the UUID, the label, "sda1", "vg0-root" */
	const char *vg,
		*lv; /* candidates of MAPPER and VG_LV, "--" resolved; NULL when not splittable */
};

struct devspec devspec_parse(struct arena *a, const char *text);

/* "uuid", "kernel-name", "by-path" ... as the rules call them. */
const char *devspec_class_name(enum devspec_class class);

/* Does the name survive another controller, hypervisor or probe order?  uuid, label, partuuid,
 * partlabel, mapper, vg/lv.  md counts as stable: "usually". */
bool devspec_is_stable(enum devspec_class class);

/* vg--a-root--b -> "vg-a", "root-b"; false when there is not exactly one single '-'. */
bool devspec_split_mapper(
	struct arena *a, const char *name, const char **ret_vg, const char **ret_lv);

#endif
