/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Small files of lines that name block devices: crypttab(5), GRUB's device.map, multipath's wwids
 * and bindings, LVM's devices file.  What the names mean is the caller's question.
 */
#ifndef PARSE_DEVICE_FILES_H
#define PARSE_DEVICE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* One line.  A field that is not there is NULL. */
struct device_line {
	const char *name;    /* crypttab: the volume's; device.map: "(hd0)"; bindings: the alias */
	const char *device;  /* crypttab, device.map; LVM: DEVNAME; wwids, bindings: the WWID */
	const char *options; /* crypttab's fourth field */
	const char *key;     /* crypttab's third field: a file, never its content */
	const char *id_type, *id; /* LVM: IDTYPE and IDNAME */
	const char *pv;           /* LVM: PVID, without dashes */
	unsigned line;
	const char *text;
};

struct device_lines {
	LIST(struct device_line);
	bool limit; /* more than DEVICE_LINES_MAX: the rest was left out */
};

void crypttab_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len);
void device_map_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len);
/* Lines of "/36000c29.../". */
void multipath_wwids_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len);
/* Lines of "mpatha 36000c29...". */
void multipath_bindings_parse(
	struct device_lines *ret, struct arena *a, const char *text, size_t len);
/* /etc/lvm/devices/system.devices: lines of "IDTYPE=... IDNAME=... DEVNAME=... PVID=...". */
void lvm_devices_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len);

#endif
