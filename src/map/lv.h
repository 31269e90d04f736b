/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A logical volume as a block device: linear and striped segments over physical volumes.
 */
#ifndef MAP_LV_H
#define MAP_LV_H

#include "map/map.h"

/*
 * lv, its group and its physical volumes' devices are borrowed and must outlive the device.
 * Segments are in the order of their extents.  ENOTSUP: a segment of a type not read; ENODEV: a
 * physical volume is missing or unreadable; EBADMSG: the segments do not fit each other or the
 * volumes.
 */
int lv_open(const struct logical_volume *lv, struct blockdev **ret, struct err *e);

/* "linear" and "striped"; everything else has no stripes. */
bool lv_type_is_read(const char *type);

#endif
