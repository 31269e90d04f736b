/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Local accounts of the SAM, and the domain of the Local Security Authority.  Of the SAM only
 * flags, counters, times, names and memberships are read; of SECURITY only what is asked for.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "guest/windows_collect.h"

#define ACCOUNT "SAM\\Domains\\Account"
#define USERS ACCOUNT "\\Users"
#define ADMINISTRATORS "SAM\\Domains\\Builtin\\Aliases\\00000220"

struct accounts_ctx {
	struct win_accounts *acc;
	struct arena *a;
};

static const char *state_words(struct arena *a, const struct sam_user *u)
{
	return arena_printf(a, "F: account %u, flags 0x%04x (%s%s), %u failed logons", u->rid,
		u->flags, u->flags & SAM_DISABLED ? "disabled" : "enabled",
		u->flags & SAM_AUTO_LOCKED ? ", locked" : "", u->failed_logons);
}

static void add_user(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct accounts_ctx *c = ctx;
	struct win_account *u;
	const char *path;
	struct reg_value f;
	char *end;
	unsigned long rid = strtoul(name, &end, 16);

	/* Beside the numbers there is Names. */
	if (*end || strlen(name) != 8 || c->acc->users.n >= ACCOUNTS_MAX)
		return;
	path = arena_printf(c->a, USERS "\\%s", name);
	f = hive_value(h, node, path, "F");
	u = list_add(c->a, &c->acc->users);
	if (f.state == REG_THERE && sam_user_parse(&u->user, f.data, f.len)) {
		u->known = true;
		u->from = hive_origin(h, path, state_words(c->a, &u->user));
	} else {
		u->from = f.from;
	}
	u->rid = (uint32_t)rid;
}

/* The type of a name's default value is the account's number. */
static void add_name(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct accounts_ctx *c = ctx;
	uint32_t rid = hive_default_type(h, node);

	list_each(u, &c->acc->users) {
		if (u->rid == rid && !u->name)
			u->name = arena_strdup(c->a, name);
	}
}

static void collect_policy(struct win_accounts *acc, struct hive *h, struct arena *a)
{
	hive_node node = hive_find(h, ACCOUNT);
	struct reg_value f = hive_value(h, node, ACCOUNT, "F");
	struct reg_value v = hive_value(h, node, ACCOUNT, "V");

	acc->policy_known = f.state == REG_THERE && sam_policy_parse(&acc->policy, f.data, f.len);
	acc->policy_from = f.from;
	if (acc->policy_known)
		acc->policy_from = hive_origin(h, ACCOUNT,
			arena_printf(a, "F: accounts lock after %u failed logons, for %lld seconds",
				acc->policy.threshold, (long long)acc->policy.duration));
	if (v.state == REG_THERE)
		acc->machine_sid = sam_machine_sid(a, v.data, v.len);
}

static void collect_admins(struct win_accounts *acc, struct hive *h, struct arena *a)
{
	struct reg_value c = hive_value(h, hive_find(h, ADMINISTRATORS), ADMINISTRATORS, "C");
	struct sid_list members = {0};

	acc->admins_from = c.from;
	acc->admins_known = c.state == REG_THERE && sam_members(&members, a, c.data, c.len);
	list_each(sid, &members)
		*list_add(a, &acc->admins) = *sid;
	list_each(u, &acc->users) {
		list_each(sid, &acc->admins) {
			if (acc->machine_sid &&
				!strcmp(*sid, arena_printf(a, "%s-%u", acc->machine_sid, u->rid)))
				u->is_admin = true;
		}
	}
}

void collect_accounts(struct windows *w, struct hive *h, struct arena *a)
{
	struct win_accounts *acc = &w->accounts;
	struct accounts_ctx ctx = {acc, a};
	hive_node users;

	if (!h) {
		acc->state = REG_UNSEEN;
		acc->reason = w->hives[HIVE_SAM].reason;
		acc->why = w->hives[HIVE_SAM].why;
		acc->policy_from = acc->admins_from = w->hives[HIVE_SAM].from;
		return;
	}
	users = hive_find(h, USERS);
	acc->state = users ? REG_THERE : REG_UNSEEN;
	if (!users || !hive_each(h, users, add_user, &ctx)) {
		acc->state = REG_UNSEEN;
		acc->reason = REASON_UNREADABLE;
		acc->why = "the SAM has no readable list of accounts";
	}
	hive_each(h, hive_find(h, USERS "\\Names"), add_name, &ctx);
	collect_policy(acc, h, a);
	collect_admins(acc, h, a);
}

/* ---- which account is meant ---- */

bool win_account_is_foreign(const struct guest *g, const char *name)
{
	const char *slash = strchr(name, '\\');
	size_t n = slash ? (size_t)(slash - name) : 0;

	/* "user@domain.example" is an account of a directory too. */
	if (!slash)
		return strchr(name, '@') != NULL;
	if (n == 1 && *name == '.')
		return false;
	return !g->hostname.value || strlen(g->hostname.value) != n ||
	       strncasecmp(g->hostname.value, name, n);
}

const struct win_account *win_account(const struct guest *g, const char *name)
{
	const char *slash = strchr(name, '\\');

	if (win_account_is_foreign(g, name))
		return NULL;
	if (slash)
		name = slash + 1;
	list_each(u, &g->windows->accounts.users) {
		if (u->name && !strcasecmp(u->name, name))
			return u;
	}
	return NULL;
}

/* ---- the domain ---- */

/* A string of the Local Security Authority: length, room, offset, and the text at 8. */
static const char *lsa_string(struct arena *a, const struct reg_value *v)
{
	struct bytes b = bytes_of(v->data, v->len);
	uint16_t n = bytes_le16(&b);

	if (v->state != REG_THERE || b.bad || v->len < 8 || n > v->len - 8)
		return NULL;
	return utf16_to_utf8(a, v->data + 8, n, UTF16_LE);
}

static const char *not_empty(const struct reg_value *v)
{
	return v->state == REG_THERE && v->text && *v->text ? v->text : NULL;
}

void collect_domain(struct guest *g)
{
	struct windows *w = g->windows;
	struct arena *a = g->vm->arena;
	const struct reg_value *sid = win_setting(w, SET_PRIMARY_DOMAIN_SID);
	const struct reg_value *name = win_setting(w, SET_PRIMARY_DOMAIN);
	const struct reg_value *dns = win_setting(w, SET_TCPIP_DOMAIN);
	const struct reg_value *nv = win_setting(w, SET_TCPIP_NV_DOMAIN);

	if (sid->state == REG_THERE) {
		w->joined = sid_text(a, sid->data, sid->len, NULL) ? JOIN_DOMAIN : JOIN_WORKGROUP;
		w->joined_from = sid->from;
		w->domain = (struct fact){lsa_string(a, name), name->from};
	} else if (not_empty(dns) || not_empty(nv)) {
		/* A DNS suffix may be set without a domain: not certain, and said so nowhere else.
		 */
		w->joined = JOIN_UNKNOWN;
		w->joined_from = not_empty(dns) ? dns->from : nv->from;
	} else if (dns->state != REG_UNSEEN && sid->state == REG_UNSEEN) {
		w->joined = JOIN_WORKGROUP;
		w->joined_from = dns->from;
	}
}
