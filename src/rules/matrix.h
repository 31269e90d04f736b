/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What Microsoft's pages say, as data: supported systems, kernel series, sizes.  Each table names
 * its page and date; a new page is a new row here and nothing else.
 */
#ifndef RULES_MATRIX_H
#define RULES_MATRIX_H

#include "rules/rule.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)

/* The pages, for messages and sources. */
#define PUSH_PAGE "push installation page, 2025-09-25"
#define PUSH_LVM_PAGE "push installation page on LVM and space, 2025-09-22"
#define INSTALL_PAGE "mobility service installation page, 2023-03-31"
#define V2A_MATRIX "VMware and physical support matrix, 2025-12-18"
#define A2A_MATRIX "Azure to Azure support matrix, 2025-12-16"
#define HV_MATRIX "Hyper-V support matrix, 2026-05-05"
#define AGENT_CHECK "agent's published prerequisite check, 2022-07-20"
#define AGENT_LISTS "agent's published package scripts and kernel lists, 2026-07-02"
#define HYDRATION_CODE "published failover preparation code, 2025-01-03"
#define UPLOAD_LINUX_PAGE "Linux upload page, 2022-12-14"
#define UPLOAD_WINDOWS_PAGE "Windows upload page, 2022-08-04"
#define REPLICATION_PAGE "replication troubleshooting page, 2025-09-23"
#define A2A_PROTECTION "Azure to Azure protection errors page, 2025-09-19"
#define HYDRATION_PAGE "hydration page, 2026-09-11"
#define PUSH_GRUB_PAGE "push installation page on GRUB and reboots, 2025-09-22"
#define INSTALL_PAGE "mobility service installation page, 2023-03-31"
#define MOBILITY_PAGE "mobility service overview, 2021-08-19"
#define UPDATES_PAGE "service updates page, 2019-07-31"
#define FAILOVER_PAGE "failover troubleshooting page, 2025-09-22"
#define VSS_PAGE "VSS installation failures page, 2025-09-23"
#define A2A_ERRORS_PAGE "Azure to Azure troubleshooting page, 2025-09-19"
#define APPLIANCE_MATRIX "replication appliance support matrix, 2025-04-29"

/* Between drivers of more releases than these the machine must be restarted (UPDATES_PAGE). */
#define REBOOT_RELEASES 4

/* ---- disks ---- */

/* The largest OS disk of each Azure generation.  The pages write GB and mean 2^30 bytes. */
#define OS_DISK_GEN1_MAX (2048 * GIB)
#define OS_DISK_GEN2_MAX (4095 * GIB)
#define OS_DISK_HV_GEN2_MAX (4 * TIB)

#define DATA_DISK_MIN GIB
#define DATA_DISK_MAX (32767 * GIB)
#define DATA_DISK_HV_MAX (32 * TIB)
/* To storage accounts, and to managed disks before agent 9.41 or provider 2.0.9214.0. */
#define DATA_DISK_OLD_MAX (4095 * GIB)

#define DATA_DISKS_MAX 64
#define DATA_DISKS_HV_MAX 16
#define HYDRATION_DISKS_MAX 64

/* HV_MATRIX, of a UEFI machine's OS disk and system. */
#define HV_GEN2_PARTITIONS_MAX 4U
#define HV_GEN2_WINDOWS_MIN "6.2"

/* What an upload takes, by the Linux pages and by the Windows page. */
#define UPLOAD_LINUX_MAX (1023 * GIB)
#define UPLOAD_GEN1_MAX (2 * TIB)
#define UPLOAD_ALIGNMENT MIB

/* ---- free space ---- */

#define PUSH_COPY_MIN (100 * MIB)
#define PUSH_COPY_TIGHT (150 * MIB)
#define ROOT_FREE_AGENT (1048576 * KIB)
#define ROOT_FREE_DOC (2 * GIB)
#define INSTALL_FREE_AGENT (256000 * KIB)
#define INSTALL_FREE_DOC (600 * MIB)

/* ---- operating systems; id and version as in struct release ---- */

/* Is the system in the support matrix of that scenario?  Hyper-V has no list: any of the others. */
bool matrix_lists(const char *id, const char *version, enum scenario s);
/* In any scenario's? */
bool matrix_lists_anywhere(const char *id, const char *version);
/* Is it protected by the modernized experience only? */
bool matrix_modernized_only(const char *id, const char *version);
/* Does the failover preparation code of 2025-01 name it? */
bool matrix_hydrates(const char *id, const char *version);

/*
 * Agent versions that were released for one experience only, from VMware and physical machines:
 * why this one cannot be, or NULL.
 */
const char *matrix_agent_experience(const char *agent_version, enum experience x);

/* ---- releases of Windows, by build ---- */

struct windows_release {
	bool server;
	unsigned major, minor, build;
};

struct windows_support {
	bool server;
	unsigned from, to; /* builds */
	unsigned where;    /* CAN(V2A) | CAN(A2A) */
	const char *agent; /* from this version on; NULL: any */
	bool warns;        /* supported with a restriction that a human must judge: remark */
	const char *remark;
};

/* Its row in the support matrix of V2A or A2A; NULL: it is not supported. */
const struct windows_support *matrix_windows(const struct windows_release *r, enum scenario s);

enum windows_channel { CHANNEL_UNKNOWN, CHANNEL_LONG, CHANNEL_SHORT };
/* Of a server's build. */
enum windows_channel matrix_windows_channel(unsigned build);

/* The Windows volume that the agent is installed on. */
#define INSTALL_FREE_WINDOWS (500 * MIB)
#define WINDOWS_FULL (100 * MIB)

/* ---- kernels that follow a rule, not a list ---- */

enum kernel_verdict {
	KERNEL_GOOD,
	KERNEL_BAD,         /* no stock kernel of that system, or a series that is not supported */
	KERNEL_TOO_OLD,     /* below the minimum of its series, which *ret_than names */
	KERNEL_WANTS_AGENT, /* from agent *ret_than on */
	KERNEL_NEWER,       /* than the newest series the pages name */
	KERNEL_NO_RULE,     /* the system has a list instead */
};
/*
 * id: "rhel" (and the systems built from it), "ol", "sles"; major: of the system's version.
 * SLES: GOOD is a -default kernel; others are KERNEL_NO_RULE.
 */
enum kernel_verdict matrix_kernel(const char *id, unsigned major, const char *release,
	const char *agent_version, const char **ret_than);

#endif
