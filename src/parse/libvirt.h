/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libvirt's description of a machine, as "virsh dumpxml" prints it.
 */
#ifndef PARSE_LIBVIRT_H
#define PARSE_LIBVIRT_H

#include "parse/machine_config.h"

/*
 * Fills in all but kind and path.  Strings and lists live in the arena.  EBADMSG: it is no domain.
 *
 * The disks are ordered as their <boot order=...> says, then by the bus that the target's name
 * stands for (hd, sd, vd, nvme) and the name: vda, vdb, ... vdz, vdaa.
 */
int libvirt_parse(
	struct arena *a, const char *text, size_t n, struct machine_config *ret, struct err *e);

#endif
