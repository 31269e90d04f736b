/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ASR-95108: may root log in over SSH and SFTP with a password?  Asked of sshd's settings, of the
 * lists of users and groups, of the SFTP subsystem, and of root's account.
 */
#include "rules/ssh.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "parse/evidence.h"

/* ---- settings of sshd ---- */

struct gate {
	const char *keyword, *name;
	bool (*blocks)(const char *value);
	bool blocks_unset;
	enum basis basis;
	const char *setting; /* that opens it */
	const char *effect;  /* of one that blocks */
};

static bool is_no(const char *value)
{
	return !strcasecmp(value, "no");
}

static bool bars_root(const char *value)
{
	return strcasecmp(value, "yes");
}

/* Each word is a list of what must all succeed; one list of a password alone is enough. */
static bool wants_more_than_password(const char *value)
{
	struct span rest = span_of(value), list;

	while (next_word(&rest, &list)) {
		if (span_is(list, "any") || span_is(list, "password"))
			return false;
	}
	return true;
}

static bool blocks(const struct gate *g, const struct sshd_value *v)
{
	return v ? g->blocks(v->value) : g->blocks_unset;
}

/* The first value of a Match block about some connections that differs from what holds for others.
 */
static const struct sshd_value *exception(
	const struct sshd_config *cfg, const struct gate *g, bool blocked)
{
	const struct sshd_value *v = NULL;

	while ((v = sshd_conditional(cfg, g->keyword, v))) {
		if (blocks(g, v) != blocked)
			return v;
	}
	return NULL;
}

static void say_blocked(struct check *c, const struct gate *g, const struct sshd_value *v)
{
	struct evidence *ev;

	if (v) {
		struct origin at = sshd_origin(c, v);

		ev = say(c, FAIL, g->basis, &at, "%s %s: %s", g->name, v->value, g->effect);
	} else {
		ev = say(c, WARN, g->basis, &c->guest->sshd.config_file->from,
			"%s is not set, and the default of this release applies: %s", g->name,
			g->effect);
	}
	ev->remedy = sshd_set(c, v, g->setting);
}

static void say_exception(struct check *c, const struct gate *g, const struct sshd_value *v,
	const struct sshd_value *but, bool blocked)
{
	struct origin at = sshd_origin(c, but);
	const char *restart = sshd_restart(c);

	if (blocked)
		say(c, WARN, g->basis, &at,
			"%s %s holds only for connections that match \"%s\"; for all others %s",
			g->name, but->value, but->match, g->effect)
			->remedy = sshd_set(c, v, g->setting);
	else
		say(c, WARN, g->basis, &at, "for connections that match \"%s\" %s", but->match,
			g->effect)
			->remedy = arena_printf(c->arena, "\tsed -i '%us/.*/%s/' %s && %s",
			but->line, g->setting, shell_word(c->arena, but->file), restart);
}

static void check_gate(struct check *c, const struct gate *g)
{
	const struct sshd_config *cfg = &c->guest->sshd.config;
	const struct sshd_value *v = sshd_for_root(cfg, g->keyword);
	const struct sshd_value *global = sshd_global(cfg, g->keyword);
	bool blocked = blocks(g, v);
	const struct sshd_value *but = exception(cfg, g, blocked);

	if (but) {
		say_exception(c, g, v, but, blocked);
	} else if (blocked) {
		say_blocked(c, g, v);
	} else if (v && v->scope == SSHD_MATCH_ROOT && blocks(g, global)) {
		struct origin at = sshd_origin(c, v);

		say(c, WARN, g->basis, &at,
			"conditional: %s %s holds for root by \"%s\" and so lets root in; globally "
			"%s",
			g->name, v->value, v->match, g->effect)
			->remedy = sshd_set(c, global, g->setting);
	}
}

static void check_gates(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;
	const struct gate gates[] = {
		{"passwordauthentication", "PasswordAuthentication", is_no, false, DOC,
			"PasswordAuthentication yes", "sshd accepts no passwords"},
		{"permitrootlogin", "PermitRootLogin", bars_root, !s->permits_root_by_default, ENG,
			"PermitRootLogin yes", "root cannot log in with a password"},
		{"authenticationmethods", "AuthenticationMethods", wants_more_than_password, false,
			ENG, "AuthenticationMethods any", "a password alone is not enough"},
	};

	for (size_t i = 0; i < ARRAY_LEN(gates); i++)
		check_gate(c, &gates[i]);
}

/* ---- lists of users and groups ---- */

enum hit { NO_HIT, SOME_HIT, HIT };

/* Does one of these names stand in a list of patterns?  SOME_HIT: from some hosts. */
static enum hit list_hit(const struct sshd_value *v, const char *const *names, size_t n)
{
	enum hit best = NO_HIT;

	for (size_t i = 0; i < v->n_args * n; i++) {
		const char *pattern = v->args[i / n], *name = names[i % n];
		const char *at = strchr(pattern, '@');
		char user[64];

		if (at && (size_t)(at - pattern) < sizeof(user)) {
			memcpy(user, pattern, (size_t)(at - pattern));
			user[at - pattern] = '\0';
			if (!fnmatch(user, name, FNM_NOESCAPE) && best == NO_HIT)
				best = SOME_HIT;
			if (!fnmatch(user, name, FNM_NOESCAPE) && !strcmp(at, "@*"))
				best = HIT;
		} else if (!fnmatch(pattern, name, FNM_NOESCAPE)) {
			best = HIT;
		}
	}
	return best;
}

struct access_list {
	const char *keyword, *name;
	bool denies;
	const char *const *names;
	size_t n;
};

static void say_listed(struct check *c, const struct access_list *l, const struct sshd_value *v,
	enum verdict verdict)
{
	struct origin at = sshd_origin(c, v);
	const char *who = verdict == WARN ? " (for some connections)" : "";
	struct evidence *ev;

	if (l->denies) {
		ev = say(c, verdict, ENG, &at, "%s refuses root%s", l->name, who);
		ev->remedy =
			arena_printf(c->arena, "Take root out of line %u of %s (%s), then:\n\t%s",
				v->line, v->file, l->name, sshd_restart(c));
		return;
	}
	ev = say(c, verdict, ENG, &at, "%s does not name root%s", l->name, who);
	ev->remedy = arena_printf(c->arena, "\tsed -i '%us/$/ root/' %s && %s", v->line,
		shell_word(c->arena, v->file), sshd_restart(c));
}

/* Those that hold when root logs in, those of some connections (Match) among them. */
static void check_list(struct check *c, const struct access_list *l)
{
	const struct sshd_value *first = NULL, *best_at = NULL;
	bool everywhere = false; /* one of them holds for every connection of root's */
	enum hit best = NO_HIT;

	list_each(v, &c->guest->sshd.config.values) {
		bool some = v->scope == SSHD_MATCH_SOME;
		enum hit h;

		if (v->scope == SSHD_MATCH_OTHER || strcmp(v->keyword, l->keyword))
			continue;
		h = list_hit(v, l->names, l->n);
		if (h == HIT && some)
			h = SOME_HIT;
		if (!first || (!everywhere && !some))
			first = v;
		everywhere |= !some;
		if (h > best) {
			best = h;
			best_at = v;
		}
	}
	if (!first || best == (l->denies ? NO_HIT : HIT))
		return;
	if (l->denies)
		say_listed(c, l, best_at, best == HIT ? FAIL : WARN);
	else
		say_listed(c, l, first, best == NO_HIT && everywhere ? FAIL : WARN);
}

/* The groups root is in, by passwd and by group. */
static size_t root_groups(const struct accounts *acc, struct arena *a, const char *const **ret)
{
	const struct passwd_entry *root = passwd_get(&acc->passwd, "root");
	LIST(const char *) names = {0};

	list_each(g, &acc->groups) {
		if ((root && g->gid == root->gid) || group_has(g, "root"))
			*list_add(a, &names) = g->name;
	}
	*ret = names.at;
	return names.n;
}

static void check_lists(struct check *c)
{
	static const char *const root[] = {"root"};
	const char *const *groups = NULL;
	size_t n_groups = root_groups(&c->guest->accounts, c->arena, &groups);
	const struct access_list lists[] = {
		{"denyusers", "DenyUsers", true, root, 1},
		{"allowusers", "AllowUsers", false, root, 1},
		{"denygroups", "DenyGroups", true, groups, n_groups},
		{"allowgroups", "AllowGroups", false, groups, n_groups},
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		check_list(c, &lists[i]);
}

/* ---- SFTP ---- */

/* The line that would be the setting if it were not a comment. */
static unsigned commented_sftp(const struct guest_file *f, struct span *ret)
{
	struct span rest = {f->text, f->len}, line, words, word;
	unsigned n = 0;

	while (next_line(&rest, &line, &n)) {
		words = line = span_trim(line);
		while (words.n && (words.p[0] == '#' || words.p[0] == ' '))
			words.p++, words.n--;
		if (words.n < line.n && next_word(&words, &word) &&
			span_is_nocase(word, "Subsystem") && next_word(&words, &word) &&
			span_is(word, "sftp")) {
			*ret = line;
			return n;
		}
	}
	return 0;
}

static void say_no_sftp(struct check *c)
{
	const struct guest_file *f = c->guest->sshd.config_file;
	struct span text;
	unsigned line = commented_sftp(f, &text);
	struct origin at = origin_line(f, line, line ? evidence_text(c->arena, text) : NULL);
	struct evidence *ev = say(c, FAIL, DOC, &at,
		line ? "the SFTP subsystem is commented out" : "no SFTP subsystem is set up");

	if (line && !str_starts(f->path, "/usr/"))
		ev->remedy = arena_printf(c->arena,
			"\tsed -i '%us/.*/Subsystem sftp internal-sftp/' %s && %s", line,
			shell_word(c->arena, f->path), sshd_restart(c));
	else
		ev->remedy = sshd_set(c, NULL, "Subsystem sftp internal-sftp");
}

static void check_sftp(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;
	const struct sshd_value *v = sshd_subsystem(&s->config, "sftp");
	struct origin at;

	if (!v) {
		say_no_sftp(c);
		return;
	}
	if (!s->sftp_server || s->sftp_server_status == FILE_READ)
		return;
	at = sshd_origin(c, v);
	if (s->sftp_server_status == FILE_UNREADABLE)
		say_unknown(c, REASON_UNREADABLE, &at, "whether %s is there cannot be read",
			s->sftp_server);
	else
		say(c, FAIL, DOC, &at, "the SFTP subsystem names %s, which is not there",
			s->sftp_server)
			->remedy = sshd_set(c, v, "Subsystem sftp internal-sftp");
}

/* ---- root's account ---- */

/* Where root comes without a password: Ubuntu, what was made for a cloud, RHEL 9 and its kin. */
static bool locked_root_is_stock(const struct guest *g)
{
	static const char *const family[] = {"rhel", "centos", "rocky", "almalinux", "ol"};
	const char *id = g->id.value ? g->id.value : "";

	if (g->cloud_image || !strcmp(id, "ubuntu"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(family); i++) {
		if (!strcmp(id, family[i]))
			return g->version.value && atoi(g->version.value) >= 9;
	}
	return false;
}

/* A shadow line is never shown, only what it comes to. */
static struct origin origin_shadow(
	const struct check *c, const struct shadow_entry *e, const char *text)
{
	return origin_line(c->guest->accounts.shadow_file, e->line, text);
}

static const char *date_of(struct arena *a, long long day)
{
	enum { LAST_DAY = 2932896 }; /* 9999-12-31 */
	time_t t = (time_t)(day > LAST_DAY ? LAST_DAY : day) * 86400;
	char text[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return arena_strdup(a, text);
}

static void check_expiry(struct check *c, const struct shadow_entry *e)
{
	long long today = c->guest->accounts.image_time / 86400, end;
	struct origin at;

	if (e->last_change == 0) {
		at = origin_shadow(c, e, "root: password change demanded");
		say(c, FAIL, ENG, &at, "root has to change the password at the next login")
			->remedy = "\tpasswd root";
	}
	if (e->expire >= 0 && today >= e->expire) {
		at = origin_shadow(c, e, "root: account expired");
		say(c, FAIL, ENG, &at, "root's account expired on %s", date_of(c->arena, e->expire))
			->remedy = "\tchage -E -1 root";
	}
	if (e->last_change > 0 && e->max >= 0 &&
		!__builtin_add_overflow(e->last_change, e->max, &end) && today > end) {
		at = origin_shadow(c, e, "root: password expired");
		say(c, FAIL, ENG, &at,
			"root's password expired on %s, before this image was last used",
			date_of(c->arena, end))
			->remedy = "\tpasswd root";
	}
}

static void check_password(struct check *c, const struct passwd_entry *root)
{
	const struct accounts *acc = &c->guest->accounts;
	const struct shadow_entry *e = shadow_get(&acc->shadow, "root");
	struct origin at =
		origin_line(acc->passwd_file, root->line, "root: password in /etc/passwd");
	bool stock = locked_root_is_stock(c->guest);

	if (!root->has_shadow && !root->empty_password) {
		say_unknown(c, REASON_UNSUPPORTED, &at,
			"root's password is kept in /etc/passwd, where its state is not looked at");
		return;
	}
	if (root->has_shadow && acc->shadow_file->status == FILE_UNREADABLE) {
		say_not_readable(c, acc->shadow_file, "the state of root's password");
		return;
	}
	if (!root->has_shadow || (e && e->state == SHADOW_EMPTY)) {
		at = e && root->has_shadow
			     ? origin_shadow(c, e, "root: no password")
			     : origin_line(acc->passwd_file, root->line, "root: no password");
		say(c, FAIL, ENG, &at, "root has an empty password, which sshd does not accept")
			->remedy = "\tpasswd root";
	} else if (!e) {
		say(c, FAIL, ENG, &acc->shadow_file->from, "root has no line in /etc/shadow")
			->remedy = "\tpwconv && passwd root";
	} else if (e->state == SHADOW_LOCKED) {
		at = origin_shadow(c, e, "root: password locked");
		say(c, stock ? WARN : FAIL, ENG, &at, "root's password is locked%s%s",
			e->locked_hash ? " (there was one before)" : ": no password fits",
			stock ? ", as this kind of system comes" : "")
			->remedy = "\tpasswd root";
	} else {
		check_expiry(c, e);
	}
}

static void check_shell(struct check *c, const struct passwd_entry *root)
{
	static const char *const no_shells[] = {
		"nologin", "false", "true", "sync", "halt", "shutdown"};
	const char *slash = strrchr(root->shell, '/'), *name = slash ? slash + 1 : root->shell;
	struct origin at;

	for (size_t i = 0; i < ARRAY_LEN(no_shells); i++) {
		if (strcmp(name, no_shells[i]))
			continue;
		at = origin_line(c->guest->accounts.passwd_file, root->line,
			arena_printf(c->arena, "root: shell %s", root->shell));
		say(c, FAIL, ENG, &at, "root's shell is %s: a login ends at once", root->shell)
			->remedy = "\tusermod -s /bin/sh root";
	}
}

static void check_root(struct check *c)
{
	const struct accounts *acc = &c->guest->accounts;
	const struct passwd_entry *root = passwd_get(&acc->passwd, "root");

	if (acc->passwd_file->status == FILE_UNREADABLE) {
		say_not_readable(c, acc->passwd_file, "the list of accounts");
		return;
	}
	if (!root) {
		say(c, FAIL, ENG, &acc->passwd_file->from, "there is no account called root");
		return;
	}
	check_password(c, root);
	check_shell(c, root);
}

void ssh_root_login(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;
	const struct sshd_value *v;
	struct origin at;

	if (s->binary == FILE_ABSENT) {
		say(c, FAIL, DOC, &s->binary_from,
			"sshd is not installed: nobody can log in over SSH")
			->remedy = "Install the package openssh-server.";
		return;
	}
	if (sshd_config_is_known(c)) {
		check_gates(c);
		check_lists(c);
		check_sftp(c);
	}
	list_each(gate, &s->pam_gates) {
		say(c, WARN, ENG, gate,
			"PAM asks a list before it lets root in; the list is not judged");
	}
	check_root(c);
	if (c->finding->evidence.n)
		return;
	v = sshd_for_root(&s->config, "passwordauthentication");
	at = v ? sshd_origin(c, v) : s->config_file->from;
	say(c, PASS, DOC, &at,
		"the settings permit root to log in over SSH and SFTP with a password; whether the "
		"password given to ASR is the right one cannot be seen on a disk");
}
