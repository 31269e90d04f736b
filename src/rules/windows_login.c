/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Push installation on Windows: may the account log in from afar, and is it an administrator?
 * --account names it; without a name the rules say what holds for the accounts that are there.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

#define RID_ADMINISTRATOR 500U

const struct win_accounts *local_accounts(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w)
		return NULL;
	if (w->is_dc) {
		say(c, NA, DOC, &win_setting(w, SET_PRODUCT_TYPE)->from,
			"a domain controller keeps its accounts in ntds.dit, not in the SAM");
		return NULL;
	}
	if (w->accounts.state == REG_THERE)
		return &w->accounts;
	say_unknown(c, w->accounts.reason ? w->accounts.reason : REASON_UNREADABLE,
		&w->hives[HIVE_SAM].from, "the accounts cannot be read: %s",
		w->accounts.why ? w->accounts.why : "the SAM hive holds none");
	return NULL;
}

static const struct win_account *account_of_rid(const struct win_accounts *a, uint32_t rid)
{
	list_each(u, &a->users) {
		if (u->rid == rid)
			return u;
	}
	return NULL;
}

static const char *account_words(struct arena *a, const struct win_account *u)
{
	return u->name ? u->name : arena_printf(a, "the account with RID %u", u->rid);
}

static bool is_enabled(const struct win_account *u)
{
	return !(u->user.flags & SAM_DISABLED);
}

/* Does --account name somebody of another domain than the machine's own? */
static bool names_foreign(const struct check *c)
{
	return c->options->account && win_account_is_foreign(c->guest, c->options->account);
}

/* A name without a domain that no local account has can be one of the machine's domain. */
static bool may_be_of_domain(const struct check *c)
{
	return names_foreign(c) || c->guest->windows->joined != JOIN_WORKGROUP;
}

static void say_of_domain(struct check *c, const char *what)
{
	say_unknown(c, REASON_NOT_ON_DISK, NULL, "%s is %s: %s is known to the domain only",
		c->options->account,
		names_foreign(c) ? "an account of a domain" : "no local account", what);
}

/* ---- ASR-95107 ---- */

static const char *set_token_filter(void)
{
	return "Set the value, or use a domain administrator:\n"
	       "\treg add HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System /v "
	       "LocalAccountTokenFilterPolicy /t REG_DWORD /d 1 /f";
}

/* Somebody set it who does not log in as RID 500, and it has no effect. */
static bool is_mistyped(const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY);

	return v->state == REG_THERE && !(v->is_number && v->type == REG_DWORD);
}

/* RID 500 is not filtered, unless a policy says so. */
static bool is_exempt(const struct windows *w, const struct win_account *u)
{
	return u && u->rid == RID_ADMINISTRATOR &&
	       !reg_is(win_setting(w, SET_FILTER_ADMINISTRATOR_TOKEN), 1);
}

static const char *why_not_one(struct arena *a, const struct reg_value *v)
{
	if (v->state == REG_ABSENT)
		return "LocalAccountTokenFilterPolicy is not set";
	if (v->is_number && v->type == REG_DWORD)
		return arena_printf(a, "LocalAccountTokenFilterPolicy is %llu, not 1",
			(unsigned long long)v->number);
	return arena_printf(
		a, "LocalAccountTokenFilterPolicy is %s, not a DWORD of 1", reg_type_name(v->type));
}

static void judge_filter_for(struct check *c, const char *why, const struct origin *o)
{
	const struct windows *w = c->guest->windows;
	const char *name = c->options->account;
	const struct win_account *u;

	if (names_foreign(c)) {
		say(c, INFO, DOC, o, "%s; %s is an account of a domain, which is not filtered", why,
			name);
		return;
	}
	if (w->accounts.state == REG_UNSEEN) {
		say_unknown(c, REASON_UNREADABLE, o, "%s, and whether %s is RID 500 is not known",
			why, name);
		return;
	}
	u = win_account(c->guest, name);
	if (!u && may_be_of_domain(c))
		say_unknown(c, REASON_NOT_ON_DISK, o,
			"%s, which matters if %s is a local account; none of that name is", why,
			name);
	else if (is_exempt(w, u) && is_enabled(u))
		say_reg(c, WARN, DOC, o,
			"%s; %s works all the same, as the built-in administrator (RID 500)", why,
			name);
	else
		say_reg(c, FAIL, DOC, o,
			"%s: %s would log in from afar without administrator's rights", why, name)
			->remedy = set_token_filter();
}

static void judge_filter(struct check *c, const char *why, const struct origin *o)
{
	const struct windows *w = c->guest->windows;
	const struct win_account *admin = account_of_rid(&w->accounts, RID_ADMINISTRATOR);

	if (w->joined == JOIN_DOMAIN)
		say_reg(c, WARN, DOC, o,
			"%s; in a domain this matters to local accounts only, not to a domain "
			"administrator",
			why);
	else if (w->accounts.state != REG_THERE)
		say_reg(c, WARN, DOC, o,
			"%s, and whether the built-in administrator is enabled cannot be read",
			why);
	else if (is_exempt(w, admin) && is_enabled(admin) && is_mistyped(w))
		say_reg(c, FAIL, DOC, o,
			"%s, which counts as not set: no local account but the built-in "
			"administrator (%s, RID 500) would have administrator's rights from afar",
			why, account_words(c->arena, admin));
	else if (is_exempt(w, admin) && is_enabled(admin))
		say_reg(c, WARN, DOC, o,
			"%s; only the built-in administrator (%s, RID 500), which is enabled, "
			"works without it",
			why, account_words(c->arena, admin));
	else if (w->joined == JOIN_WORKGROUP)
		say_reg(c, FAIL, DOC, o,
			"%s, and the built-in administrator (RID 500) is %s: no local account "
			"would have administrator's rights from afar",
			why,
			!admin              ? "not there"
			: is_enabled(admin) ? "filtered too (FilterAdministratorToken=1)"
					    : "disabled");
	else
		say_reg(c, WARN, DOC, o, "%s, and whether the machine is in a domain is not known",
			why);
}

static void remote_uac(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *v, *wow;
	const char *why;

	if (!w)
		return;
	v = win_setting(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY);
	wow = win_setting(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY_WOW);
	if (value_unseen(c, v, "what UAC does to remote logins"))
		return;
	if (reg_is(v, 1)) {
		say(c, PASS, DOC, &v->from,
			"remote UAC is off; whether the password is right cannot be seen on a "
			"disk");
		return;
	}
	if (w->is_dc) {
		say(c, NA, DOC, &win_setting(w, SET_PRODUCT_TYPE)->from,
			"a domain controller has no local accounts");
		return;
	}
	why = why_not_one(c->arena, v);
	if (reg_is(win_setting(w, SET_ENABLE_LUA), 0))
		say(c, INFO, DOC, &win_setting(w, SET_ENABLE_LUA)->from,
			"%s, but UAC is off altogether (EnableLUA=0)", why);
	else if (c->options->account)
		judge_filter_for(c, why, &v->from);
	else
		judge_filter(c, why, &v->from);
	if (wow->state == REG_THERE)
		say(c, INFO, DOC, &wow->from, "the value below Wow6432Node does not count");
}

/* ---- ASR-95517-WIN ---- */

/* The name behind a member's SID, where it is one of the machine's own. */
static const char *member_words(struct arena *a, const struct win_accounts *acc, const char *sid)
{
	size_t n = acc->machine_sid ? strlen(acc->machine_sid) : 0;

	list_each(u, &acc->users) {
		if (n && u->name && !strncmp(sid, acc->machine_sid, n) && sid[n] == '-' &&
			!strcmp(sid + n + 1, arena_printf(a, "%u", u->rid)))
			return arena_printf(a, "%s%s", u->name, is_enabled(u) ? "" : " (disabled)");
	}
	if (str_ends(sid, "-512"))
		return arena_printf(a, "%s (a domain's administrators)", sid);
	return sid;
}

#define MEMBERS_SHOWN 16

static const char *members_words(struct arena *a, const struct win_accounts *acc)
{
	const char *words = acc->admins.n ? "" : "none";

	for (size_t i = 0; i < acc->admins.n; i++) {
		if (i == MEMBERS_SHOWN)
			return arena_printf(a, "%s ...", words);
		words = arena_printf(
			a, "%s%s%s", words, i ? ", " : "", member_words(a, acc, acc->admins.at[i]));
	}
	return words;
}

static void judge_membership(struct check *c, const struct win_accounts *acc)
{
	const char *name = c->options->account, *word = cmd_word(c->arena, name, "ACCOUNT");
	const struct win_account *u = win_account(c->guest, name);

	if (!u && may_be_of_domain(c))
		say_unknown(c, REASON_NOT_ON_DISK, &acc->admins_from,
			"%s is no local account; direct members of Administrators are: %s", name,
			members_words(c->arena, acc));
	else if (!u)
		say_reg(c, FAIL, ENG, &acc->admins_from, "there is no account %s", name)->remedy =
			arena_printf(c->arena,
				"\tnet user %s * /add\n\tnet localgroup Administrators %s /add",
				word, word);
	else if (u->is_admin)
		say(c, PASS, ENG, &acc->admins_from, "%s is a member of Administrators", name);
	else
		say_reg(c, FAIL, ENG, &acc->admins_from, "%s is no member of Administrators", name)
			->remedy =
			arena_printf(c->arena, "\tnet localgroup Administrators %s /add", word);
}

static void is_administrator(struct check *c)
{
	const struct win_accounts *acc = local_accounts(c);

	if (!acc)
		return;
	if (!acc->admins_known)
		say_unknown(c, REASON_UNREADABLE, &acc->admins_from,
			"the members of Administrators cannot be read");
	else if (c->options->account && !names_foreign(c))
		judge_membership(c, acc);
	else
		say_unknown(c, REASON_NOT_ON_DISK, &acc->admins_from,
			"%s; direct members of Administrators are: %s",
			c->options->account
				? "whether an account of a domain is one is known to the domain"
				: "which account will be used is not known (--account names it)",
			members_words(c->arena, acc));
}

/* ---- ASR-95519 ---- */

static const char *enable_account(struct arena *a, const char *name)
{
	return arena_printf(a, "\tnet user %s /active:yes", cmd_word(a, name, "ACCOUNT"));
}

static bool has_expired(const struct windows *w, const struct win_account *u)
{
	return u->user.expires && w->last_seen && u->user.expires < w->last_seen;
}

static void judge_named_state(struct check *c)
{
	const char *name = c->options->account;
	const struct win_account *u = win_account(c->guest, name);

	if (!u && may_be_of_domain(c))
		say_of_domain(c, "whether it is enabled");
	else if (!u)
		say_unknown(c, REASON_NOT_ON_DISK, NULL, "there is no account %s", name);
	else if (!is_enabled(u))
		say_reg(c, FAIL, ENG, &u->from, "%s is disabled", name)->remedy =
			enable_account(c->arena, name);
	else if (has_expired(c->guest->windows, u))
		say_reg(c, FAIL, ENG, &u->from, "%s has expired", name)->remedy =
			arena_printf(c->arena, "\tnet user %s /expires:never",
				cmd_word(c->arena, name, "ACCOUNT"));
	else
		say(c, PASS, ENG, &u->from, "%s is enabled", name);
}

static const char *states_words(struct arena *a, const struct win_accounts *acc)
{
	const char *words = "";
	size_t n = 0;

	list_each(u, &acc->users) {
		if (!u->is_admin)
			continue;
		if (n == MEMBERS_SHOWN)
			return arena_printf(a, "%s ...", words);
		words = arena_printf(a, "%s%s%s is %s", words, n++ ? ", " : "", account_words(a, u),
			is_enabled(u) ? "enabled" : "disabled");
	}
	return n ? words : "there is none";
}

static void account_enabled(struct check *c)
{
	const struct win_accounts *acc = local_accounts(c);
	const struct win_account *admin;

	if (!acc)
		return;
	if (names_foreign(c)) {
		say_of_domain(c, "whether it is enabled");
		return;
	}
	if (c->options->account) {
		judge_named_state(c);
		return;
	}
	list_each(u, &acc->users) {
		if ((u->rid == RID_ADMINISTRATOR || u->is_admin) && is_enabled(u) &&
			!has_expired(c->guest->windows, u)) {
			say(c, PASS, ENG, &u->from, "%s, an administrator, is enabled",
				account_words(c->arena, u));
			return;
		}
	}
	admin = account_of_rid(acc, RID_ADMINISTRATOR);
	say(c, WARN, ENG, admin ? &admin->from : &acc->admins_from,
		"no local administrator is enabled: %s", states_words(c->arena, acc))
		->remedy = admin && admin->name ? enable_account(c->arena, admin->name) : NULL;
}

/* ---- ASR-95520 ---- */

static bool is_locked(const struct windows *w, const struct win_account *u)
{
	const struct sam_policy *p = &w->accounts.policy;

	if (!p->threshold || u->user.failed_logons < p->threshold)
		return false;
	return p->duration < 0 || !w->last_seen ||
	       u->user.last_bad_password + p->duration > w->last_seen;
}

static void judge_locked(struct check *c, const struct win_account *u)
{
	const struct windows *w = c->guest->windows;

	if (is_locked(w, u))
		say(c, WARN, ENG, &u->from,
			"%s was locked out when the image was taken (%u failed logons of %u); it "
			"may have expired",
			account_words(c->arena, u), u->user.failed_logons,
			w->accounts.policy.threshold)
			->remedy = u->name ? enable_account(c->arena, u->name) : NULL;
}

/* Is the event of that local account, and not of one of a domain that has its name? */
static bool is_of_account(
	const struct check *c, const struct evtx_event *ev, const struct win_account *u)
{
	const char *name = evtx_data(ev, "TargetUserName");
	const char *domain = evtx_data(ev, "TargetDomainName");

	if (!u->name || !name || strcasecmp(name, u->name))
		return false;
	/* 4740 has there the computer that the logons came from. */
	return ev->id != 4625 || !domain || !*domain || !strcmp(domain, "-") ||
	       !win_account_is_foreign(c->guest, arena_printf(c->arena, "%s\\%s", domain, name));
}

/* What the Security log last says of a lock, if that has not ended by its own time. */
static void judge_lock_events(struct check *c, const struct win_account *u)
{
	const struct windows *w = c->guest->windows;
	int64_t duration = w->accounts.policy.duration;

	list_each(ev, &w->events[EVENTS_SECURITY].events) {
		if (!is_of_account(c, &ev->e, u))
			continue;
		if (ev->e.id != 4767 && (duration < 0 || ev->e.time + duration > w->last_seen))
			say(c, WARN, ENG, &ev->from,
				"the Security log says that %s was locked out at %s, which was not "
				"over when the image was taken; it may have expired",
				u->name, time_words(c->arena, ev->e.time))
				->remedy = enable_account(c->arena, u->name);
		return;
	}
}

/* Without a name: all that may log in. */
static void account_locked(struct check *c)
{
	const struct win_accounts *acc = local_accounts(c);
	const struct win_account *named = NULL;

	if (!acc)
		return;
	if (c->options->account)
		named = win_account(c->guest, c->options->account);
	if (names_foreign(c) || (c->options->account && !named)) {
		say_of_domain(c, "whether it is locked");
		return;
	}
	if (!acc->policy_known) {
		say_unknown(c, REASON_UNREADABLE, &acc->policy_from,
			"when failed logons lock an account cannot be read");
		return;
	}
	list_each(u, &acc->users) {
		if (named ? u == named : is_enabled(u)) {
			judge_locked(c, u);
			if (acc->policy.threshold)
				judge_lock_events(c, u);
		}
	}
	events_unseen(c, &c->guest->windows->events[EVENTS_SECURITY]);
	if (c->finding->evidence.n)
		return;
	if (!named && c->guest->windows->joined != JOIN_WORKGROUP)
		say_unknown(c, REASON_NOT_ON_DISK, &acc->policy_from,
			"no local account is locked out; of the domain's accounts only the domain "
			"knows");
	else if (!acc->policy.threshold)
		say(c, PASS, ENG, &acc->policy_from, "failed logons never lock an account");
	else
		say(c, PASS, ENG, named ? &named->from : &acc->policy_from,
			"%s is not locked out%s", named ? c->options->account : "any local account",
			events_gaps(c, &c->guest->windows->events[EVENTS_SECURITY]));
}

static const struct rule rules[] = {
	{
		.id = "ASR-95107",
		.errors = {95107},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Remote UAC blocks local administrators",
		.about = "From afar a local administrator has no administrator's rights, unless "
			 "the DWORD LocalAccountTokenFilterPolicy is 1 or UAC is off. The built-in "
			 "administrator (RID 500) and accounts of a domain are exempt. --account "
			 "says which it will be.",
		.remedy = "Set the value, or use a domain administrator:\n"
			  "\treg add "
			  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System /v "
			  "LocalAccountTokenFilterPolicy /t REG_DWORD /d 1 /f",
		.source = PUSH_PAGE "; " INSTALL_PAGE,
		.check = remote_uac,
	},
	{
		.id = "ASR-95517-WIN",
		.errors = {95517},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Account is an administrator",
		.about = "The account that installs the agent must be a member of Administrators. "
			 "Looked at: the group's direct members in the SAM. Groups of a domain "
			 "cannot be expanded. --account names the account.",
		.remedy = "Add the account to Administrators:\n"
			  "\tnet localgroup Administrators ACCOUNT /add",
		.source = PUSH_PAGE,
		.check = is_administrator,
	},
	{
		.id = "ASR-95519",
		.errors = {95519},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Account enabled",
		.about = "Looked at: the flags and the day of expiry of local accounts in the SAM. "
			 "--account names the account.",
		.remedy = "Enable the account:\n\tnet user ACCOUNT /active:yes",
		.source = PUSH_PAGE "; engineering knowledge of the SAM",
		.check = account_enabled,
	},
	{
		.id = "ASR-95520",
		.errors = {95520},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Account locked out",
		.about = "Looked at: failed logons and the time of the last one in the SAM, and "
			 "the machine's lockout policy, at the newest moment known of the guest; "
			 "where the policy locks accounts, also the events 4740, 4767 and 4625 "
			 "(of locked accounts) in the Security log. --account names the account.",
		.remedy = "Correct the stored credentials, and wait or unlock the account:\n"
			  "\tnet user ACCOUNT /active:yes",
		.source = PUSH_PAGE "; engineering knowledge of the SAM",
		.check = account_locked,
	},
};

const struct rule_set windows_login_rules = {rules, ARRAY_LEN(rules)};
