/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Windows machines whose facts are made by hand, for tests of rules.  windows_world() is Windows
 * Server 2022 in a workgroup as its setup leaves it on VMware; a test spoils one thing and judges
 * one rule, with factory.h's words.  Everything lives in test_arena.
 */
#ifndef TESTS_LIB_WINFACTORY_H
#define TESTS_LIB_WINFACTORY_H

#include "guest/windows_facts.h"
#include "tests/lib/factory.h"

#define WIN_NOW 1700000000LL /* the newest moment known of the guest */

/*
 * disk0 (20 GiB, DOS table, boots by BIOS): disk0p1 NTFS, active, with bootmgr and BCD; disk0p2
 * NTFS with Windows, 8 GiB free.  Control sets 1 (current) and 2.
 */
struct world *windows_world(void);
/* The same booted by UEFI: GPT, disk0p1 the ESP. */
struct world *windows_uefi_world(void);
/* Windows Server 2008 R2 and the like. */
void set_windows(struct world *w, bool server, unsigned major, unsigned minor, unsigned build);
void join_domain(struct world *w, const char *name);
void set_partition_type(struct world *w, const char *name, const char *type);
/* Its facts are not there: only the loader was seen. */
void lose_windows(struct world *w);

/* ---- the registry ---- */

void set_number(struct world *w, enum win_setting s, uint64_t number); /* a DWORD */
void set_text(struct world *w, enum win_setting s, const char *text);  /* a string */
void set_strings(struct world *w, enum win_setting s, const char *const *strings, size_t n);
void set_bytes(struct world *w, enum win_setting s, const void *p, size_t n);
void unset(struct world *w, enum win_setting s);
/* Its hive could not be read. */
void unsee(struct world *w, enum win_setting s);
void unsee_key(struct world *w, enum win_key k);
struct reg_key *make_key(struct world *w, enum win_key k);
void add_subkey(struct world *w, enum win_key k, const char *name);
struct reg_value *add_number(struct world *w, enum win_key k, const char *name, uint64_t number);
struct reg_value *add_strings(
	struct world *w, enum win_key k, const char *name, const char *const *strings, size_t n);
/* The hive was being written, and no log completes it. */
void make_dirty(struct world *w, enum win_hive h);
/* The SYSTEM hive cannot be read. */
void unsee_system(struct world *w);

/* ---- services ---- */

struct control_set *set_at(struct world *w, size_t i);
/* Of the current set, which must have it. */
struct win_service *service(struct world *w, const char *name);
struct win_service *add_service(
	struct world *w, struct control_set *cs, const char *name, int start, uint32_t type);
void drop_service(struct control_set *cs, const char *name);

/* ---- firewall, accounts, files ---- */

void add_fw_rule(struct world *w, const char *id, const char *text);
/* Switches every rule of the group on. */
void open_group(struct world *w, const char *resource);
void switch_firewall(struct world *w, unsigned profile, bool on);
/* So that push installation finds nothing in its way. */
void open_all(struct world *w);
struct win_account *account(struct world *w, const char *name);
struct win_account *add_account(struct world *w, const char *name, uint32_t rid, bool admin);
void set_path(struct world *w, enum win_path p, enum file_status status);
/* An event of a log, whose data are "NAME=TEXT" or, without a name, "=TEXT", NULL-terminated; those
 * of a log are added the newest first. */
struct win_event *add_event(struct world *w, enum win_event_log log, int64_t time,
	const char *provider, uint32_t id, const char *const *data);
/* The log is there and cannot be read. */
void lose_events(struct world *w, enum win_event_log log);
struct win_log_fact *add_log(struct world *w, const char *name, const char *text);

#endif
