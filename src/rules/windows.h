/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of rules for Windows share: access to the facts that says UNKNOWN where there are
 * none, and the halves of rules that exist for both families.
 */
#ifndef RULES_WINDOWS_H
#define RULES_WINDOWS_H

#include "guest/windows_facts.h"
#include "rules/rule.h"

/* What Windows writes itself into its version. */
#define BUILD_2012 9200U
#define BUILD_WINDOWS_11 22000U

/* The guest's facts; NULL: only its boot loader was seen, and UNKNOWN was said. */
const struct windows *windows_of(struct check *c);

/*
 * say(), for what the registry says: of a hive that was being written to when the image was taken,
 * and that no log completes, nothing is worse than WARN.
 */
struct evidence *say_reg(struct check *c, enum verdict v, enum basis b, const struct origin *o,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Says UNKNOWN, and is true, if the hive could not be read; what: "the UAC setting". */
bool value_unseen(struct check *c, const struct reg_value *v, const char *what);
bool key_unseen(struct check *c, const struct reg_key *k, const char *what);
/* The current control set; NULL: it cannot be told or read, and UNKNOWN was said. */
const struct control_set *current_set(struct check *c);

/* The facts and their current control set, as current_set(); NULL: UNKNOWN was said. */
const struct windows *windows_with_set(struct check *c, const struct control_set **ret);

/* A service of the current control set; service NULL: it is not installed. */
struct service_view {
	const struct windows *windows;
	const struct control_set *set;
	const struct win_service *service;
	struct origin from; /* where it is, or should be */
};
/* false: there is no control set to look at, and UNKNOWN was said. */
bool look_at_service(struct check *c, const char *name, struct service_view *ret);

/* "automatic", "disabled"; "without a start type" */
const char *start_words(int start);
/* Where a service of that name is, or should be. */
struct origin service_origin(struct arena *a, const struct control_set *cs,
	const struct win_service *s, const char *name);

/* A guest's word for a command of cmd.exe: in quotes where that needs them; other where none help.
 */
const char *cmd_word(struct arena *a, const char *s, const char *other);

/* Is the system at least that new?  6.2 is Windows 8 and Server 2012. */
bool windows_is(const struct windows *w, unsigned major, unsigned minor);

/* ---- event logs ---- */

/* Says UNKNOWN, and is true, if the log is there and cannot be read. */
bool events_unseen(struct check *c, const struct win_events *l);
/* "; 2 damaged pieces of System.evtx were left out", or "". */
const char *events_gaps(struct check *c, const struct win_events *l);
/* "2024-02-28 08:00 UTC" */
const char *time_words(struct arena *a, int64_t t);

/* ---- accounts: windows_login.c ---- */

/* The SAM's; NULL: they say nothing or cannot be read, and NA or UNKNOWN was said. */
const struct win_accounts *local_accounts(struct check *c);

/* ---- the firewall: windows_reach.c ---- */

/* PORT_LIMITED: by other conditions than the address they come from. */
enum port_state { PORT_OPEN, PORT_LIMITED, PORT_CLOSED, PORT_UNKNOWN };

/* What decides over connections to a TCP port in one profile (FW_DOMAIN ...). */
struct port_view {
	enum port_state state;
	struct origin from; /* the rule or switch that decides */
	const char *scope;  /* only from these addresses; NULL: from all */
};
/* service: whose port it is ("RpcSs"); NULL: the kernel's own. */
struct port_view port_in_profile(
	const struct windows *w, unsigned profile, unsigned port, const char *service);

/* ---- logs: windows_logs.c ---- */

/* The logs of the agent's installation among those that are there; the next one from *i on. */
const struct win_log_fact *next_install_log(const struct windows *w, size_t *i);

/* ---- the Windows half of rules for both families ---- */

/* windows_boot.c */
void windows_system_disk(struct check *c);                                     /* ASR-95309 */
void windows_boot_files(struct check *c, const char *disk, const char *boots); /* ASR-95310 */
const char *windows_repair_bios(struct arena *a);                              /* commands */
const char *windows_repair_uefi(struct arena *a);
const char *windows_repair_boot(struct check *c); /* by what the machine boots by */

/* windows_system.c */
void windows_support(struct check *c);      /* ASR-OS-UNSUPPORTED */
void windows_architecture(struct check *c); /* ASR-OS-ARCH */

#endif
