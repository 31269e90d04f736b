/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Binary values of the Security Accounts Manager: what state an account is in, when passwords lock
 * it, and who is a member of a group.  Password hashes lie in the same values and are never looked
 * at.
 */
#ifndef PARSE_SAM_H
#define PARSE_SAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Account control bits, as the SAM stores them. */
#define SAM_DISABLED 0x0001
#define SAM_NORMAL_ACCOUNT 0x0010
#define SAM_AUTO_LOCKED 0x0400

/* Times are seconds since 1970, UTC; 0: never, or not said. */
struct sam_user {
	uint32_t rid;
	uint16_t flags; /* SAM_DISABLED ... */
	uint16_t failed_logons;
	int64_t last_logon, password_set, expires, last_bad_password;
};

/* When failed logons lock an account. */
struct sam_policy {
	uint16_t threshold;       /* 0: never */
	int64_t duration, window; /* seconds; duration -1: until an administrator unlocks it */
};

/* A user's value F; EBADMSG as -1 would tell no more than false: it is cut short. */
bool sam_user_parse(struct sam_user *ret, const void *f, size_t len);
/* The account's name in a user's value V, or NULL. */
char *sam_user_name(struct arena *a, const void *v, size_t len);
/* Value F of the domain Account. */
bool sam_policy_parse(struct sam_policy *ret, const void *f, size_t len);

struct sid_list {
	LIST(const char *); /* "S-1-5-21-...-500" */
};
/* Members in a group's (alias's) value C; false: damaged, and what could be read is there. */
bool sam_members(struct sid_list *ret, struct arena *a, const void *c, size_t len);

/* One SID at p, of at most len bytes; NULL: none.  *ret_size may be NULL. */
char *sid_text(struct arena *a, const void *p, size_t len, size_t *ret_size);
/* Value V of the domain Account ends in the machine's SID; NULL: it does not. */
char *sam_machine_sid(struct arena *a, const void *v, size_t len);

/* Seconds since 1970 of a FILETIME; 0 for its values that mean never. */
int64_t filetime_seconds(uint64_t t);

#endif
