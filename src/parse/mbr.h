/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The boot code in a disk's or a partition's first sector: who wrote it, and where it goes on.
 * Facts only; whether the machine boots is a rule's question.
 */
#ifndef PARSE_MBR_H
#define PARSE_MBR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mbr_code {
	MBR_NONE,  /* no code: zeros, or no jump a processor could take */
	MBR_GRUB2, /* boot.img; next_lba is its core image's first sector */
	MBR_GRUB1, /* stage1; next_lba is stage 1.5 or 2 */
	MBR_LILO,
	MBR_SYSLINUX,   /* mbr.bin, gptmbr.bin */
	MBR_ISOLINUX,   /* isohybrid */
	MBR_WINDOWS,    /* Vista and newer: looks for bootmgr in the active partition */
	MBR_WINDOWS_XP, /* 2000, XP, 2003 */
	MBR_DOS,        /* FAT or NTFS boot sector, DOS's own code */
	MBR_OTHER,      /* code nobody here knows */
};

struct mbr {
	enum mbr_code code;
	bool signature;    /* 55 AA at the end */
	uint64_t next_lba; /* in 512-byte sectors; 0: none */
};

#define MBR_SECTOR 512

/* len at least MBR_SECTOR, else everything is none. */
struct mbr mbr_parse(const void *sector, size_t len);

const char *mbr_code_name(enum mbr_code code);

/* Is this 512-byte sector the first one of a GRUB 2 core image (diskboot.img)? */
bool mbr_is_grub_core(const void *sector, size_t len);

#endif
