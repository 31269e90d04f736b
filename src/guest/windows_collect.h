/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between the collectors of Windows only: who fills what, hive after hive.  Where h is NULL the
 * hive could not be read, and the facts say so.
 */
#ifndef GUEST_WINDOWS_COLLECT_H
#define GUEST_WINDOWS_COLLECT_H

#include "guest/collect.h"
#include "guest/hive.h"

const char *win_hive_name(enum win_hive h); /* "HKLM\SYSTEM" */

/* windows_settings.c: the single values and keys of one hive. */
void collect_settings(struct windows *w, struct hive *h, struct arena *a, enum win_hive hive);

/* windows_services.c: control sets first (the settings of SYSTEM need the current one). */
void collect_control_sets(struct windows *w, struct hive *h, struct arena *a);
void collect_interfaces(struct windows *w, struct hive *h, struct arena *a);
/* Which files the drivers of the current control set load. */
void find_driver_files(struct guest *g);

/* windows_devices.c: drivers by device, iSCSI, shadow copies; of the cluster its own hive. */
void collect_devices(struct windows *w, struct hive *h, struct arena *a);
void collect_cluster(struct guest *g);

/* windows_firewall.c: SYSTEM, then SOFTWARE, whose policies go first. */
void collect_firewall_local(struct windows *w, struct hive *h, struct arena *a);
void collect_firewall_policy(struct windows *w, struct hive *h, struct arena *a);

/* windows_accounts.c: the SAM; then, with SECURITY's settings, what domain it is in. */
void collect_accounts(struct windows *w, struct hive *h, struct arena *a);
void collect_domain(struct guest *g);

/* windows_users.c: what the users' own hives say. */
void collect_users(struct guest *g);

/* windows_boot.c: where the system partition is and what its BCD says; drive letters. */
void collect_bcd(struct facts *f, struct guest *g);
void collect_drives(struct guest *g, struct hive *h);

/* windows_files.c: files that are there or not, and logs. */
void collect_paths(struct guest *g);
void collect_logs(struct guest *g);
/* windows_events.c: the event logs that rules will ask for; last of all. */
void collect_events(struct guest *g);
/* Where in the guest a path of Windows is ("\SystemRoot\System32\x.sys", "C:\x", "%ProgramData%\x",
 * "System32\drivers\x"); NULL: on another volume, or on none. */
const char *win_guest_path(const struct guest *g, const char *path);

#endif
