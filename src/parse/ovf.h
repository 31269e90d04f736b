/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The description of an exported machine: DMTF's Open Virtualization Format.
 */
#ifndef PARSE_OVF_H
#define PARSE_OVF_H

#include "parse/machine_config.h"

/*
 * Fills in all but kind and path.  Strings and lists live in the arena.  EBADMSG: it is no OVF;
 * ENOTSUP: it describes several machines.
 *
 * The disks are ordered ide, scsi, sata, nvme, by the numbers of controller (Address) and unit
 * (AddressOnParent).
 */
int ovf_parse(
	struct arena *a, const char *text, size_t n, struct machine_config *ret, struct err *e);

#endif
