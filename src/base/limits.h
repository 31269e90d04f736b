/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every size, count and depth that comes from an image is compared with one of these.
 * Over it: E2BIG.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* All facts of one machine; the process as a whole stays below 256 MiB. */
#define ARENA_MAX (96UL << 20)

/* Disks of one machine: ASR itself stops at 64 data disks. */
#define DISKS_MAX 256

/* A VMDK descriptor: VMware's own stay under 2 KiB plus a line an extent. */
#define VMDK_DESCRIPTOR_MAX (1U << 20)
/* Extents of one VMDK: 2 GiB pieces of the largest disk a vSphere datastore takes (62 TiB). */
#define VMDK_EXTENTS_MAX 32768
/* Grain size in sectors; VMware writes 128 (64 KiB) and never more than 2 MiB. */
#define VMDK_GRAIN_SECTORS_MAX 4096
/* A grain directory or a VHD block table, held in memory: 64 MiB is 16 Mi entries. */
#define BLOCK_TABLE_MAX (64UL << 20)

/* The block cache of a whole run, and its line. */
#define CACHE_LINE 4096U
#define CACHE_BYTES_MAX (8UL << 20)

/* Partitions on a disk: GPT allows more, no tool makes more than 1,024. */
#define GPT_ENTRIES_MAX 1024
/* Links in an EBR chain; the kernel stops at 256 minors. */
#define EBR_CHAIN_MAX 256
/* Partitions, LVs and arrays of one machine. */
#define VOLUMES_MAX 8192

/* LVM text metadata; the default area is 1 MiB, vgconvert makes up to 16 MiB. */
#define LVM_METADATA_MAX (16UL << 20)
#define LVM_DEPTH_MAX 16
#define LVM_SEGMENTS_MAX 65536
#define LVM_PVS_MAX 1024
#define LVM_LVS_MAX 8192

/* Path walk inside a guest: as Linux. */
#define SYMLINKS_MAX 40
#define GUEST_PATH_MAX 4096
#define PATH_DEPTH_MAX 256
/* Entries read from one directory for a fact (ls has no such limit). */
#define DIR_ENTRIES_MAX 100000
/* A configuration file that a fact is taken from. */
#define CONFIG_FILE_MAX (1UL << 20)
/* dpkg's status file: 50,000 packages. */
#define DPKG_STATUS_MAX (64UL << 20)
/* A directory file of FAT: 65,536 entries of 32 bytes, the specification's limit. */
#define FAT_DIR_MAX (65536UL * 32)
/* A FAT kept in memory when free clusters must be counted; read in pieces, never whole. */
#define FAT_CLUSTERS_MAX 0x0FFFFFF5UL

/* sshd: files named by Include, and how deep; sshd itself stops at depth 16. */
#define SSHD_FILES_MAX 256
#define SSHD_DEPTH_MAX 16
/* Boot entries of a guest, words of a kernel command line. */
#define BOOT_ENTRIES_MAX 1024
#define CMDLINE_WORDS_MAX 512
#define FSTAB_LINES_MAX 4096

#endif
