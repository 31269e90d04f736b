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
/* Entries of one grain table: the specification knows no other number. */
#define VMDK_GTES_MAX 512
/* A compressed grain in bytes: VMware writes 64 KiB; each open disk keeps some decoded. */
#define VMDK_PACKED_GRAIN_MAX (256U << 10)
/* A block of a dynamic VHD: 512 KiB or 2 MiB in practice; tables are read in pieces. */
#define VHD_BLOCK_MAX (256U << 20)
/* A name of a VHD's parent: the longest path of Windows, in UTF-16. */
#define VHD_LOCATOR_MAX (64U << 10)
/* Pieces of a split raw disk: their numbers have three digits. */
#define SPLIT_PIECES_MAX 1000
/* Images in one chain of parents: vSphere stops at 32 snapshots, Hyper-V at 50 checkpoints. */
#define DISK_CHAIN_MAX 128
/* Decompressed pieces that all open images together keep: 4 clusters of qcow2's largest size. */
#define UNPACKED_BYTES_MAX (8UL << 20)
/* A cluster of qcow2: the specification's own limit, 2 MiB. */
#define QCOW2_CLUSTER_BITS_MAX 21
/* Header extensions of a qcow2: five kinds exist. */
#define QCOW2_EXTENSIONS_MAX 64
/* The feature names in a qcow2's header that are looked at; qemu writes ten. */
#define QCOW2_FEATURE_NAMES_MAX 256
/* Internal snapshots of a qcow2 that are listed, and the table they stand in. */
#define QCOW2_SNAPSHOTS_MAX 1024
/* A block of a VHDX, and its disk: the specification's own limits. */
#define VHDX_BLOCK_MAX (256U << 20)
#define VHDX_SIZE_MAX (64ULL << 40)
/* Entries of the region and of the metadata table: what fits 64 KiB. */
#define VHDX_ENTRIES_MAX 2047
/* The log of a VHDX, held in memory while the image is open; Hyper-V makes 1 MiB. */
#define VHDX_LOG_MAX (32U << 20)
/* How often each byte of the log is checksummed in the search for entries; a sound log needs three.
 */
#define VHDX_LOG_PASSES_MAX 16
/* Descriptors in the log that are replayed; 32 MiB hold 8,192 that bring data. */
#define VHDX_LOG_DESCRIPTORS_MAX 65536
/* The names of a VHDX's parent: the longest path of Windows, five times. */
#define VHDX_LOCATOR_MAX (512U << 10)
/* A block of a VDI: VirtualBox writes 1 MiB. */
#define VDI_BLOCK_MAX (256U << 20)

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

/* Where libblkid stops looking for a FAT32 label, in clusters of the root directory. */
#define FAT_LABEL_CLUSTERS_MAX 100
/* The same for exFAT, 10,000 entries of 32 bytes, in sectors of 512. */
#define EXFAT_LABEL_SECTORS_MAX 625
/* A file record of NTFS is 1 or 4 KiB; libblkid would read up to 2 GiB for one. */
#define NTFS_RECORD_MAX 65536U
/* A cluster of NTFS, and a block of its directories: Windows makes up to 2 MiB. */
#define NTFS_CLUSTER_MAX (2U << 20)
/* Clusters of an NTFS volume: Windows counts them in 32 bits. */
#define NTFS_CLUSTERS_MAX 0xffffffffUL
/* Levels of the index of a directory; libntfs-3g follows as many. */
#define NTFS_INDEX_LEVELS_MAX 32
/* Bytes of directories read from one NTFS in a run: at most a second of searching, and room for a
 * million names. */
#define NTFS_INDEX_BYTES_MAX (512UL << 20)
/* What a reparse point says: Windows's own limit. */
#define NTFS_REPARSE_MAX 16384U
/* Named streams of one NTFS that were walked to. */
#define NTFS_STREAMS_MAX 256U
/* Attributes of one file that are gone through for a name. */
#define NTFS_ATTRIBUTES_MAX 8192U

/* Values in all LVM metadata of a machine, 64 bytes each: 8,192 LVs of one segment have 200,000. */
#define LVM_NODES_MAX (512UL << 10)
/* All LVM metadata of a machine, identical copies counted once. */
#define LVM_TEXT_TOTAL_MAX (32UL << 20)
/* Different versions of LVM metadata on one machine: a volume group a PV, and some stale. */
#define LVM_VERSIONS_MAX 2048
/* Members of an array: what the one superblock of MD 1.x has room to list. */
#define RAID_MEMBERS_MAX 1920
/* Q of RAID 6 tells no more data members apart than this. */
#define RAID6_MEMBERS_MAX 255
/* A chunk of an array: mdadm makes 512 KiB, and nobody has asked for more than some MiB. */
#define RAID_CHUNK_MAX (1U << 30)
/* A volume group on a logical volume of another, on another ...; nobody nests deeper than 2. */
#define MAP_ROUNDS_MAX 8

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

/* Group descriptors of ext4, held in memory: 64 TiB in groups of 128 MiB, 64 bytes each. */
#define EXT_GROUP_TABLE_MAX (32UL << 20)
/* Levels of an ext4 extent tree; the kernel makes no more. */
#define EXT_EXTENT_DEPTH_MAX 5
/* Directory blocks read from one ext filesystem in a run: at most a second of searching, and room
 * for ten million names. */
#define EXT_DIR_BLOCKS_MAX (1U << 18)
/* What of a journal is read, at most once: mke2fs makes none larger, whatever the disk. */
#define JBD2_LIVE_MAX (1U << 30)
/* Copies and revocations of a journal that are remembered at once, 16 bytes each: a journal of the
 * largest size has room for 262,144 copies of 4 KiB. */
#define JBD2_ENTRIES_MAX (1U << 20)
/* Files on the list of those that are to be deleted at the next mount, which are looked at. */
#define EXT_ORPHANS_MAX 4096

/* Levels of the extent tree of an XFS file: 2^48 extents in nodes of the fewest pointers have 13.
 */
#define XFS_BMBT_LEVELS_MAX 16
/* Levels of the hash tree of an XFS directory; the kernel makes no more. */
#define XFS_DA_LEVELS_MAX 5
/* Bytes of directories read from one XFS in a run, steps through holes counted as 4 KiB: at most a
 * second of searching, and room for ten million names. */
#define XFS_DIR_BYTES_MAX (512UL << 20)
/* Allocation groups whose headers are read to count what is free: one read each. */
#define XFS_GROUPS_MAX 16384
/* Blocks read of one group's tree of free inodes, which only counts its blocks. */
#define XFS_FINOBT_BLOCKS_MAX 1024
/* A record of the XFS log, and how many may be on their way to the disk at once. */
#define XFS_LOG_RECORD_MAX (256U << 10)
#define XFS_LOG_BUFFERS 8U

/* sshd: files named by Include, and how deep; sshd itself stops at depth 16. */
#define SSHD_FILES_MAX 256
#define SSHD_DEPTH_MAX 16
/* Boot entries of a guest, words of a kernel command line. */
#define BOOT_ENTRIES_MAX 1024
#define CMDLINE_WORDS_MAX 512
#define FSTAB_LINES_MAX 4096

/* The text of a guest's line kept as evidence: a kernel line with every option is shorter. */
#define EVIDENCE_TEXT_MAX 1024
/* Assignments in one set of shell files; a full /etc/default/grub has 40. */
#define SHELLVARS_MAX 2048
/* Text that variables add to a file when expanded: "a=$a$a" doubles with every line. */
#define EXPANSION_MAX (1UL << 20)
/* Kernel arguments in one boot configuration: 1,024 entries of 64 words. */
#define BOOT_WORDS_MAX 65536
/* A kernel command line: no architecture takes more than 4,096 bytes.  Also a whole BLS file. */
#define CMDLINE_BYTES_MAX 16384
/* Kernel, hypervisor and module lines of one boot entry; Xen with microcode and policy has five. */
#define KERNEL_LINES_MAX 32
/* One GRUB command; the kernel itself stops at 4,096 bytes of command line. */
#define GRUB_COMMAND_MAX 16384
/* Nesting of a grub.cfg; grub-mkconfig's goes six deep. */
#define GRUB_DEPTH_MAX 64
/* Variables, and other facts of a kind, from one grub.cfg; grub-mkconfig sets 30. */
#define GRUB_VARS_MAX 512
/* Directives of sshd_config and what it includes; a commented stock file has 130. */
#define SSHD_VALUES_MAX 8192
/* Lines of passwd, shadow and group. */
#define ACCOUNTS_MAX 16384

/* Rules of a host firewall that are followed, jumps counted again; a busy router has a few
 * thousand.  And how deep its chains are followed. */
#define FIREWALL_RULES_MAX 20000
#define FIREWALL_DEPTH_MAX 16
/* Files and directories that Includes of sshd_config make us look at, there or not. */
#define SSHD_LOOKUPS_MAX 1024
/* Lines of /etc/pam.d/sshd that are kept as evidence. */
#define PAM_GATES_MAX 8
/* Units and start links: past this many names no further directory of them is read. */
#define UNIT_LINKS_MAX 4096

/* BitLocker's metadata, of which Windows keeps room for 64 KiB, and its entries: some ten. */
#define BITLOCKER_METADATA_MAX (64U << 10)
#define BITLOCKER_ENTRIES_MAX 256
/* Records in the database of a dynamic disk, which has room for 1 MiB; disks of one group. */
#define LDM_RECORDS_MAX 16384
#define LDM_DISKS_MAX 512
/* Lines of crypttab, device.map, wwids: a disk each, and partitions of it. */
#define DEVICE_LINES_MAX 4096
/* Lines of one file of modprobe.d, and the longest, its continuations with it. */
#define MODPROBE_LINES_MAX 4096
#define MODPROBE_LINE_MAX 4096U
/* Files of one directory of configuration (modprobe.d, drbd.d, dracut.conf.d). */
#define CONFIG_DIR_FILES_MAX 128
/* Settings of multipath.conf: some 40 a device, and the vendors' list has 150 devices. */
#define MULTIPATH_SETTINGS_MAX 8192
/* Devices that the resources of DRBD lie on. */
#define DRBD_DISKS_MAX 1024
/* Patterns of an LVM filter, and characters of one; LVM itself asks for few. */
#define LVM_PATTERNS_MAX 128
#define LVM_PATTERN_MAX 512U
/* Values in an lvm.conf; with every setting of LVM written out there are 400. */
#define LVM_CONF_NODES_MAX 8192
/* Targets of iSCSI that a guest logs in to, and their portals. */
#define ISCSI_NODES_MAX 64

/* Settings of a .vmx, and devices in it; VMware writes 300, and 64 disks on each of 4 controllers.
 */
#define VMX_ENTRIES_MAX 4096
#define VMX_SLOTS_MAX 512
/* A description of a machine in XML, with licences in it; its elements, and how deep they nest.
 * libxml2 stops at 256. */
#define XML_BYTES_MAX (2U << 20)
#define XML_NODES_MAX 32768
#define XML_DEPTH_MAX 64
/* Equals signs between two '<': attributes of one element, or text that underlines with them. */
#define XML_ATTRIBUTES_MAX 4096
/* Devices of the machine in an .ovf: vSphere allows some 300. */
#define OVF_ITEMS_MAX 2048
/* Members of an .ova: the .ovf, its manifest and a file a disk. */
#define OVA_MEMBERS_MAX 4096
/* What pax says of one member of an archive: names and times. */
#define TAR_PAX_MAX (64U << 10)

/* Devices of one Btrfs; the kernel's chunks have room for some 490. */
#define BTRFS_DEVICES_MAX 512
/* Chunks of one Btrfs: 128 TiB in pieces of 1 GiB, and four stripes each. */
#define BTRFS_CHUNKS_MAX 131072
#define BTRFS_STRIPES_MAX 524288
/* Metadata blocks of one Btrfs that are kept: 32 of the usual size. */
#define BTRFS_NODE_CACHE (512U << 10)
/* Subvolumes of one Btrfs that are looked into: a node's number has 16 bits for them. */
#define BTRFS_SUBVOLS_MAX 65535
/* Subvolumes of one Btrfs that are tried as a root, after those with the usual names. */
#define ROOT_SUBVOLUMES_MAX 64
/* Subvolumes of one Btrfs that a report lists: snapper keeps some fifty. */
#define SUBVOLUMES_LISTED_MAX 1000
/* Chunks of one Btrfs whose use is asked for one by one: each costs a read or two. */
#define BTRFS_GROUP_SEARCHES_MAX 128

/* Images of one RAID segment: device-mapper's own limit is 253. */
#define LVM_IMAGES_MAX 253
/* Pools of thin volumes on one machine, 64 KiB of their metadata kept for each. */
#define LVM_TREES_MAX 64
/* Chunks that snapshots and writeback caches hold in place of their origins, 16 bytes each; LVM
 * makes caches of at most a million. */
#define LVM_REMAPPED_CHUNKS_MAX (1 << 20)
/* Blocks of one cache, which are all asked for when it is opened; likewise. */
#define CACHE_BLOCKS_MAX (1U << 22)
/* Levels of a metadata tree of device-mapper: 2^64 keys in nodes a third full have 10. */
#define BTREE_LEVELS_MAX 10
/* A block of a thin pool or cache: device-mapper's own limit. */
#define THIN_CHUNK_MAX (1UL << 30)
/* A chunk of an old snapshot: LVM makes 4 to 512 KiB. */
#define SNAPSHOT_CHUNK_MAX (16UL << 20)
/* Reads of the disks that one read of a volume may turn into: parity of parity of parity. */
#define READS_PER_READ_MAX 4096

/* A registry hive, and its logs together: SOFTWARE of a busy server has 150 MiB.  One hive is held
 * at a time, so that the process stays below 256 MiB. */
#define HIVE_BYTES_MAX (192UL << 20)
#define HIVE_LOGS_MAX (24UL << 20)
/* Names of keys and values of one hive that are looked at, each time counted: a busy server's
 * SYSTEM takes 300,000, a second of looking ten times as many; lists may be shared by thousands of
 * keys. */
#define HIVE_NAMES_MAX (4UL << 20)
/* Values of one key, subkeys of one key, and bytes of one value that are kept: component based
 * servicing has 20,000 packages, no value that a fact is taken from has 64 KiB. */
#define REG_VALUES_MAX 4096
#define REG_SUBKEYS_MAX 65536
#define REG_DATA_MAX (64U << 10)
/* Control sets: Windows makes two or three, numbered to 999. */
#define CONTROL_SETS_MAX 16
/* Services of one control set: a server with everything on it has 900. */
#define SERVICES_MAX 4096
/* Rules of the Windows firewall, and ports in one. */
#define WIN_FW_RULES_MAX 8192
#define WIN_FW_PORTS_MAX 256
/* Devices on the buses that are looked at: a large server has 400.  A cluster has at most 64 nodes.
 */
#define WIN_DEVICES_MAX 8192
#define CLUSTER_NODES_MAX 256
/* Profiles of users whose own hives are read, a few MiB each. */
#define WIN_PROFILES_MAX 16
/* Objects of a BCD store. */
#define BCD_OBJECTS_MAX 512
/* Logs of the agent, the end of each that is looked at, and what is kept of it, newest first. */
#define WIN_LOGS_MAX 8
#define WIN_LOG_MAX (2UL << 20)
#define WIN_LOG_ENTRIES_MAX 4096

/* Records in a chunk of an event log: as many of the smallest size as fit 64 KiB. */
#define EVTX_RECORDS_MAX 2322
/* Elements in elements of an event, and documents in documents, each of which takes 12 KiB of stack
 * for its values; Windows nests five elements and three documents. */
#define EVTX_DEPTH_MAX 32U
#define EVTX_FRAGMENTS_MAX 6U
/* Values of one event: the largest kinds have some 60. */
#define EVTX_VALUES_MAX 1024U
/* A text of an event, and all of its texts together: what rules name has less than 1 KiB, and some
 * 300 events are kept of a machine. */
#define EVTX_FIELD_MAX 4096U
#define EVTX_DATA_MAX (16U << 10)
/* A driver that is searched for its version; the agent's has 300 KiB. */
#define DRIVER_BYTES_MAX (2U << 20)
/* Of wtmp, the end that is looked at: 2,700 logins. */
#define WTMP_BYTES_MAX (1U << 20)
/* Of an event log the newest part that is read, and, where it does not say which that is, chunks
 * whose heads are looked at for it: Windows makes logs of 20 MiB, 4 MiB are weeks of a server. */
#define EVTX_BYTES_MAX (4U << 20)
#define EVTX_SCAN_MAX 4096U
/* Tokens and values of one log's records that are gone through: 4 MiB of records have a million. */
#define EVTX_WORK_MAX (8UL << 20)

#endif
