/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * /etc/passwd, /etc/group and /etc/shadow.  Of a shadow line only the state of the password and the
 * dates are kept: no hash, no text of the line, nowhere.
 */
#ifndef PARSE_PASSWD_H
#define PARSE_PASSWD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct passwd_entry {
	const char *name, *home, *shell;
	long long uid, gid;  /* -1 when not a number */
	bool has_shadow;     /* the password field is "x" */
	bool empty_password; /* the password field is empty: login without one */
	unsigned line;
};

struct passwd {
	LIST(struct passwd_entry);
	bool limit; /* more than ACCOUNTS_MAX: the rest was left out */
};

enum shadow_state {
	SHADOW_EMPTY,  /* login without a password */
	SHADOW_LOCKED, /* "!", "*", "!!", "!$6$...", or no crypt string: no password matches */
	SHADOW_USABLE,
};

struct shadow_entry {
	const char *name;
	enum shadow_state state;
	bool locked_hash; /* "!" or "*LK*" before a hash: there was a password, passwd -l took it
			     away */
	/* Days since 1970 or numbers of days; -1 when the field is empty. */
	long long last_change, max, inactive, expire;
	unsigned line;
};

struct shadow {
	LIST(struct shadow_entry);
	bool limit;
};

struct group_entry {
	const char *name;
	long long gid;
	const char *members; /* comma-separated */
	unsigned line;
};

struct group {
	LIST(struct group_entry);
	bool limit;
};

void passwd_parse(struct passwd *ret, struct arena *a, const char *text, size_t len);
void shadow_parse(struct shadow *ret, struct arena *a, const char *text, size_t len);
void group_parse(struct group *ret, struct arena *a, const char *text, size_t len);

const struct passwd_entry *passwd_get(const struct passwd *p, const char *name);
const struct shadow_entry *shadow_get(const struct shadow *s, const char *name);
/* Is user a member by the list of members (the primary group is in passwd)? */
bool group_has(const struct group_entry *g, const char *user);
const char *shadow_state_name(enum shadow_state s);

#endif
