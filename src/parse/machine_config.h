/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a description of a machine says, whatever it is written in: .vmx, .ovf, libvirt's XML.  Its
 * parsers fill this in; they open nothing.
 */
#ifndef PARSE_MACHINE_CONFIG_H
#define PARSE_MACHINE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* A value with its place; value NULL: it is not said.  line 0: it follows from what is not said. */
struct config_fact {
	const char *value;
	unsigned line;
	const char *text; /* the line, trimmed */
};

/* In the order in which a BIOS looks at them, and in which the disks of a machine stand. */
enum config_bus { BUS_IDE, BUS_SCSI, BUS_SATA, BUS_VIRTIO, BUS_NVME, BUS_OTHER };

struct config_disk {
	const char *slot;         /* "scsi0:0", "vda", or the id that the description gives it */
	struct config_fact file;  /* as it is named there; NULL: refused says why there is none */
	const char *image_format; /* the format it is said to be in, or NULL: its contents say */
	const char *refused;      /* a sentence: why it cannot be read; NULL: it can */
	uint64_t capacity;        /* bytes; 0: not said */
	enum config_bus bus;
	unsigned controller, unit;
	unsigned boot; /* its place among those started from, from 1; 0: it has none */
};

struct machine_config {
	const char *kind; /* "vmx", "ovf", "ova", "libvirt" */
	const char
		*path; /* as the user typed it; of an archive, with the member's name behind it */
	struct config_fact name;
	struct config_fact firmware;             /* "bios", "efi" */
	struct config_fact secure_boot;          /* "on", "off" */
	struct config_fact bios_id, instance_id; /* uuid.bios or the only one; vc.uuid */
	struct config_fact nvme;                 /* the first controller of that kind */
	bool sharing_known;                      /* it would say if disks were shared */
	bool buses_known;                        /* it says what every disk is attached to */
	uint64_t memory;                         /* bytes; 0: not said */
	LIST(struct config_fact) shared;         /* lines that share a disk with other machines */
	LIST(struct config_fact) networks;       /* that adapters are attached to, by name (vmx) */
	LIST(struct config_disk) disks;          /* in their order */
	LIST(const char *) notes; /* sentences: disks that hold nothing to read ... */
};

const char *config_bus_name(enum config_bus bus); /* "scsi"; "disk" for BUS_OTHER */

/* E2BIG past DISKS_MAX. */
int config_add_disk(
	struct machine_config *c, struct arena *a, const struct config_disk *d, struct err *e);
/*
 * Puts the disks in order: those with a place in the boot order first, then by bus, controller and
 * unit; equal ones stay as they are.
 */
void config_order_disks(struct machine_config *c);

#endif
