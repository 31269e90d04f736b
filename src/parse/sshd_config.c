/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * sshd_config(5), with what only the program itself shows: a block whose criteria hold for a
 * connection is read on top of the global values, so "Match all" beats what stands before it; a
 * Match inside an included file ends with that file.  Left out: checking values, which sshd does
 * and then refuses to start.
 */
#include "parse/sshd_config.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

struct sshd_reader {
	struct sshd_config *ret;
	struct arena *a;
	struct sshd_includer *includer;
	const char *file;
	unsigned depth, files;
	enum sshd_scope scope, outer; /* of the present line; of the Include that names this file */
	const char *match, *outer_match;
};

/* Old names and what they stand for. */
static const struct {
	const char *old, *now;
} aliases[] = {
	{"challengeresponseauthentication", "kbdinteractiveauthentication"},
	{"skeyauthentication", "kbdinteractiveauthentication"},
	{"dsaauthentication", "pubkeyauthentication"},
	{"hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms"},
	{"hostdsakey", "hostkey"},
	{"keepalive", "tcpkeepalive"},
	{"pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"},
};

/* Every keyword that some OpenSSH server, or a distribution's, has taken; one a word. */
static const char keywords[] =
	" acceptenv addressfamily afstokenpassing allowagentforwarding allowgroups"
	" allowstreamlocalforwarding allowtcpforwarding allowusers authenticationmethods"
	" authorizedkeyscommand authorizedkeyscommanduser authorizedkeysfile authorizedkeysfile2"
	" authorizedprincipalscommand authorizedprincipalscommanduser authorizedprincipalsfile"
	" authorizedkeyscommandrunas banner casignaturealgorithms channeltimeout checkmail"
	" chrootdirectory ciphers clientalivecountmax clientaliveinterval compression debianbanner"
	" denygroups denyusers disableforwarding exposeauthinfo fingerprinthash forcecommand"
	" gatewayports gssapiauthentication gssapicleanupcredentials gssapicleanupcreds"
	" gssapienablek5users gssapikexalgorithms gssapikeyexchange gssapistorecredentialsonrekey"
	" gssapistrictacceptorcheck gssapiusesessioncredcache gssusesessionccache"
	" hostbasedacceptedalgorithms hostbasedauthentication hostbasedusesnamefrompacketonly"
	" hostcertificate hostkey hostkeyagent hostkeyalgorithms ignorerhosts"
	" ignoreuserknownhosts ipqos kbdinteractiveauthentication kerberosauthentication"
	" kerberosgetafstoken kerberosorlocalpasswd kerberostgtpassing kerberosticketcleanup"
	" kerberosuniqueccache kerberosusekuserok kexalgorithms keyregenerationinterval"
	" listenaddress logingracetime loglevel logverbose lpkldapconf macs maxauthtries"
	" maxsessions maxstartups modulifile pamauthenticationviakbdint passwordauthentication"
	" permitblacklistedkeys permitemptypasswords permitlisten permitopen permitrootlogin"
	" permittty permittunnel permituserenvironment permituserrc persourcemaxstartups"
	" persourcenetblocksize persourcepenalties persourcepenaltyexemptlist pidfile port"
	" printlastlog printmotd protocol pubkeyacceptedalgorithms pubkeyauthentication"
	" pubkeyauthoptions rdomain refuseconnection rekeylimit requiredcertificateauthorities"
	" requiredrsasize reversemappingcheck revokedkeys rhostsauthentication"
	" rhostsrsaauthentication rsaauthentication rsaminsize securitykeyprovider serverkeybits"
	" setenv showpatchlevel sshdauthpath sshdsessionpath streamlocalbindmask"
	" streamlocalbindunlink strictmodes subsystem syslogfacility tcpkeepalive trustedusercakeys"
	" unusedconnectiontimeout usedns uselogin usepam useprivilegeseparation"
	" verifyreversemapping versionaddendum x11displayoffset x11forwarding x11maxdisplays"
	" x11uselocalhost xauthlocation ";

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static struct span skip_blanks(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s.p++, s.n--;
	return s;
}

/* The keyword in lower case under its present name, and what follows it and its '='. */
static const char *take_keyword(struct arena *a, struct span line, struct span *ret_rest)
{
	size_t n = 0;
	char *word;

	while (n < line.n && !is_blank(line.p[n]) && line.p[n] != '=')
		n++;
	word = arena_strndup(a, line.p, n);
	for (char *c = word; *c; c++)
		*c += *c >= 'A' && *c <= 'Z' ? 'a' - 'A' : 0;
	line = skip_blanks((struct span){line.p + n, line.n - n});
	if (line.n && line.p[0] == '=')
		line = skip_blanks((struct span){line.p + 1, line.n - 1});
	*ret_rest = line;
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (!strcmp(word, aliases[i].old))
			return aliases[i].now;
	}
	return word;
}

static bool is_keyword(const char *word)
{
	size_t n = strlen(word);
	const char *hit = keywords;

	while (n && (hit = strstr(hit, word))) {
		if (hit[-1] == ' ' && hit[n] == ' ')
			return true;
		hit += n;
	}
	return false;
}

/*
 * Takes one argument to *at and moves that behind its NUL: quotes grouped, \" \' \\ and "\ "
 * unescaped. False at the end or a comment.
 */
static bool take_arg(struct span *rest, char **at)
{
	struct span s = skip_blanks(*rest);
	char quote = 0, *to = *at;

	if (!s.n || s.p[0] == '#')
		return false;
	for (; s.n && (quote || !is_blank(s.p[0])); s.p++, s.n--) {
		char c = s.p[0];

		if (c == '\\' && s.n > 1 && strchr(quote ? "\"'\\" : "\"'\\ ", s.p[1])) {
			*to++ = s.p[1];
			s.p++, s.n--;
		} else if (quote ? c == quote : (c == '"' || c == '\'')) {
			quote = quote ? 0 : c;
		} else {
			*to++ = c;
		}
	}
	*to++ = '\0';
	*at = to;
	*rest = s;
	return true;
}

struct args {
	LIST(const char *);
};

static struct args take_args(struct arena *a, struct span rest)
{
	struct args args = {0};
	/* An argument is no longer than its text, and the blank behind it pays for the NUL. */
	char *at = arena_alloc(a, rest.n + 1);

	while (args.n < CMDLINE_WORDS_MAX) {
		const char *arg = at;

		if (!take_arg(&rest, &at))
			break;
		*list_add(a, &args) = arg;
	}
	return args;
}

static const char *join(struct arena *a, const struct args *args)
{
	size_t len = 1;
	char *text, *p;

	for (size_t i = 0; i < args->n; i++)
		len += strlen(args->at[i]) + 1;
	p = text = arena_alloc(a, len);
	for (size_t i = 0; i < args->n; i++) {
		if (i)
			*p++ = ' ';
		p = stpcpy(p, args->at[i]);
	}
	return text;
}

/* ---- Match ---- */

/* '*' and '?' only; goes back to the last star at most once a character. */
static bool glob_is(const char *p, size_t n, const char *text)
{
	const char *end = p + n, *star = NULL, *from = NULL;

	while (*text) {
		if (p < end && *p == '*') {
			star = ++p;
			from = text;
		} else if (p < end && (*p == '?' || *p == *text)) {
			p++;
			text++;
		} else if (star) {
			p = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

/* A comma-separated list of patterns; one with '!' that fits decides. */
static bool list_has(const char *list, const char *text)
{
	bool found = false;

	for (const char *p = list; *p; p += *p == ',') {
		bool negated = *p == '!';
		size_t n = strcspn(p += negated, ",");

		if (glob_is(p, n, text)) {
			if (negated)
				return false;
			found = true;
		}
		p += n;
	}
	return found;
}

static enum sshd_scope wider(enum sshd_scope a, enum sshd_scope b)
{
	return a > b ? a : b;
}

/* Criteria are "User root" or "User=root". */
static enum sshd_scope match_scope(const struct args *args)
{
	enum sshd_scope scope = SSHD_MATCH_ALL;

	for (size_t i = 0; i < args->n; i++) {
		const char *word = args->at[i], *eq = strchr(word, '=');
		size_t n = eq ? (size_t)(eq - word) : strlen(word);
		const char *value = eq ? eq + 1 : i + 1 < args->n ? args->at[i + 1] : "";

		if (n == 3 && !strncasecmp(word, "all", n))
			continue;
		if (n == 4 && !strncasecmp(word, "user", n))
			scope = wider(scope,
				list_has(value, "root") ? SSHD_MATCH_ROOT : SSHD_MATCH_OTHER);
		else
			scope = wider(scope, SSHD_MATCH_SOME);
		i += !eq;
	}
	return args->n ? scope : SSHD_MATCH_OTHER;
}

static void start_block(struct sshd_reader *r, struct span rest)
{
	struct args args = take_args(r->a, rest);

	r->scope = wider(r->outer, match_scope(&args));
	r->match = evidence_text(r->a, rest);
	if (r->outer_match)
		r->match =
			arena_printf(r->a, "%.*s; %s", EVIDENCE_TEXT_MAX, r->outer_match, r->match);
}

/* ---- lines ---- */

static void include(struct sshd_reader *r, struct span rest)
{
	struct args args = take_args(r->a, rest);

	for (size_t i = 0; r->includer && i < args.n && !r->ret->limit; i++) {
		const char *pattern = args.at[i];

		if (pattern[0] != '/')
			pattern = arena_printf(r->a, "/etc/ssh/%s", pattern);
		r->includer->include(r->includer, pattern, r);
	}
}

static void add(struct sshd_reader *r, const char *keyword, struct span rest, unsigned line,
	struct span text)
{
	struct args args = take_args(r->a, rest);
	bool known = args.n && is_keyword(keyword);
	struct sshd_value *v;

	if (r->ret->values.n + r->ret->unknown.n >= SSHD_VALUES_MAX) {
		r->ret->limit = true;
		return;
	}
	v = known ? list_add(r->a, &r->ret->values) : list_add(r->a, &r->ret->unknown);
	*v = (struct sshd_value){
		.keyword = keyword,
		.value = join(r->a, &args),
		.args = args.at,
		.n_args = args.n,
		.scope = r->scope,
		.match = r->match,
		.file = r->file,
		.line = line,
		.text = evidence_text(r->a, text),
	};
}

static void read_text(struct sshd_reader *r, const char *text, size_t len)
{
	struct span rest = {text, len}, line, args;
	unsigned number = 0;

	while (!r->ret->limit && next_line(&rest, &line, &number)) {
		struct span bare = skip_blanks(line);
		const char *keyword;

		if (!span_trim(bare).n || bare.p[0] == '#')
			continue;
		keyword = take_keyword(r->a, bare, &args);
		if (!strcmp(keyword, "match"))
			start_block(r, args);
		else if (!strcmp(keyword, "include"))
			include(r, args);
		else
			add(r, keyword, args, number, line);
	}
}

void sshd_include_text(struct sshd_reader *r, const char *file, const char *text, size_t len)
{
	struct sshd_reader inner = *r;

	if (r->depth >= SSHD_DEPTH_MAX || r->files >= SSHD_FILES_MAX) {
		r->ret->limit = true;
		return;
	}
	inner.depth++;
	inner.files++;
	inner.file = arena_strdup(r->a, file);
	inner.outer = r->scope;
	inner.outer_match = r->match;
	read_text(&inner, text, len);
	r->files = inner.files;
}

void sshd_config_read(struct sshd_config *ret, struct arena *a, const char *file, const char *text,
	size_t len, struct sshd_includer *includer)
{
	struct sshd_reader r = {.ret = ret, .a = a, .includer = includer};

	*ret = (struct sshd_config){0};
	r.file = arena_strdup(a, file);
	read_text(&r, text, len);
}

/* ---- questions ---- */

/* The first value after prev whose scope lies in [from, to]. */
static const struct sshd_value *find(const struct sshd_config *c, const char *keyword,
	const struct sshd_value *prev, enum sshd_scope from, enum sshd_scope to)
{
	const struct sshd_value *v = prev ? prev + 1 : c->values.at;

	for (; v && v < c->values.at + c->values.n; v++) {
		if (v->scope >= from && v->scope <= to && !strcmp(v->keyword, keyword))
			return v;
	}
	return NULL;
}

const struct sshd_value *sshd_global(const struct sshd_config *c, const char *keyword)
{
	const struct sshd_value *v = find(c, keyword, NULL, SSHD_MATCH_ALL, SSHD_MATCH_ALL);

	return v ? v : find(c, keyword, NULL, SSHD_GLOBAL, SSHD_GLOBAL);
}

const struct sshd_value *sshd_for_root(const struct sshd_config *c, const char *keyword)
{
	const struct sshd_value *v = find(c, keyword, NULL, SSHD_MATCH_ALL, SSHD_MATCH_ROOT);

	return v ? v : find(c, keyword, NULL, SSHD_GLOBAL, SSHD_GLOBAL);
}

const struct sshd_value *sshd_conditional(
	const struct sshd_config *c, const char *keyword, const struct sshd_value *prev)
{
	return find(c, keyword, prev, SSHD_MATCH_SOME, SSHD_MATCH_SOME);
}

const struct sshd_value *sshd_next(
	const struct sshd_config *c, const char *keyword, const struct sshd_value *prev)
{
	return find(c, keyword, prev, SSHD_GLOBAL, SSHD_MATCH_ALL);
}

const struct sshd_value *sshd_subsystem(const struct sshd_config *c, const char *name)
{
	const struct sshd_value *v = NULL;

	while ((v = sshd_next(c, "subsystem", v))) {
		if (!strcmp(v->args[0], name))
			return v;
	}
	return NULL;
}
