/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The configuration file of a VMware machine: lines of key = "value".
 */
#ifndef PARSE_VMX_H
#define PARSE_VMX_H

#include "parse/machine_config.h"

/*
 * Fills in all but kind and path.  Strings and lists live in the arena.  ENOTSUP: it is encrypted.
 *
 * The disks are ordered as they stand in bios.hddOrder, then ide, scsi, sata, nvme, by the numbers
 * of controller and unit.
 */
int vmx_parse(
	struct arena *a, const char *text, size_t n, struct machine_config *ret, struct err *e);

#endif
