/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * nft(8) files: tables of chains of statements.  Looked at are the statements of filter chains that
 * hook input, each as a list of words.  Jumps, sets by name, variables, included files and commands
 * outside blocks are not followed; where they could matter the answer is SSH_DEPENDS.
 */
#include "parse/firewall.h"

#include <string.h>

#include "parse/evidence.h"

enum match { NEVER, MAYBE, ALWAYS };
enum { WORDS_MAX = 64 };

/* The words of one statement; what is beyond WORDS_MAX is left out, and so makes it a MAYBE. */
struct statement {
	struct span words[WORDS_MAX];
	size_t n;
	unsigned line;
	struct span text;
	bool cut;
};

struct chain {
	bool family;  /* of a table that sees IPv4 */
	bool input;   /* hooks input */
	bool decided; /* by a statement that holds for everybody */
	struct ssh_verdict verdict, some;
};

struct nft {
	struct arena *a;
	struct span rest;
	unsigned line;
	struct chain chain;
	struct ssh_verdict result;
	bool seen;                  /* a chain that hooks input */
	struct ssh_verdict unclear; /* the first line that is not followed */
};

/* ---- words ---- */

/* One character of { } ;, a newline as ";", a quoted string, or a word.  A comma is a blank. */
static bool next_token(struct nft *n, struct span *ret)
{
	struct span *r = &n->rest;
	bool joined = false; /* by a backslash before the newline */

	for (; r->n && (strchr(" \t\r,\\", r->p[0]) || joined); r->p++, r->n--) {
		joined = r->p[0] == '\\' && r->n > 1 && r->p[1] == '\n';
		n->line += joined;
	}
	if (r->n && r->p[0] == '#') {
		while (r->n && r->p[0] != '\n')
			r->p++, r->n--;
	}
	if (!r->n)
		return false;
	*ret = (struct span){r->p, 1};
	if (r->p[0] == '"') {
		while (ret->n < r->n && r->p[ret->n] != '"' && r->p[ret->n] != '\n')
			ret->n++;
		ret->n += ret->n < r->n && r->p[ret->n] == '"';
	} else if (!strchr("{};\n", r->p[0])) {
		while (ret->n < r->n && !strchr("{};, \t\r\n", r->p[ret->n]))
			ret->n++;
	}
	r->p += ret->n;
	r->n -= ret->n;
	return true;
}

static bool is(const struct statement *s, size_t i, const char *word)
{
	return i < s->n && span_is(s->words[i], word);
}

static bool is_in(const struct statement *s, size_t i, const char *const *list)
{
	for (; *list; list++) {
		if (is(s, i, *list))
			return true;
	}
	return false;
}
#define IS_IN(s, i, ...) is_in((s), (i), (const char *const[]){__VA_ARGS__, NULL})

/* Past the value at i: one word, or a set in braces. */
static size_t value_end(const struct statement *s, size_t i)
{
	if (!is(s, i, "{"))
		return i + 1;
	while (i < s->n && !is(s, i, "}"))
		i++;
	return i + 1;
}

/* ---- matches ---- */

static enum match ports_match(const struct statement *s, size_t *i)
{
	size_t end;
	enum match m = NEVER;

	if (is(s, *i, "!=") || is(s, *i, "==")) {
		*i = value_end(s, *i + 1);
		return MAYBE;
	}
	end = value_end(s, *i);
	for (; *i < end && *i < s->n; ++*i) {
		if (strchr("@$", s->words[*i].p[0]) || is(s, *i, "vmap"))
			m = MAYBE;
		else if (ports_have_ssh(s->words[*i]))
			return *i = end, ALWAYS;
	}
	return m;
}

static enum match states_match(const struct statement *s, size_t *i)
{
	enum match m = NEVER;

	for (; IS_IN(s, *i, "{", "}", "established", "related", "new", "invalid", "untracked");
		++*i) {
		if (is(s, *i, "new"))
			m = ALWAYS;
	}
	return m;
}

/* A word or set that must hold one of these names. */
static enum match names_match(const struct statement *s, size_t *i, const char *name)
{
	size_t end = value_end(s, *i);
	enum match m = NEVER;

	for (; *i < end && *i < s->n; ++*i) {
		if (is(s, *i, name))
			m = ALWAYS;
	}
	return m;
}

/* Takes one match off the statement at *i. */
static enum match next_match(const struct statement *s, size_t *i)
{
	size_t at = (*i)++;

	if (IS_IN(s, at, "tcp", "th") && is(s, *i, "dport"))
		return ++*i, ports_match(s, i);
	if (IS_IN(s, at, "udp", "icmp", "icmpv6", "igmp", "sctp", "ip6", "arp"))
		return NEVER;
	if (is(s, at, "ct") && is(s, *i, "state") && !is(s, *i + 1, "!="))
		return ++*i, states_match(s, i);
	if (IS_IN(s, at, "iif", "iifname"))
		return IS_IN(s, (*i)++, "lo", "\"lo\"") ? NEVER : MAYBE;
	if (is(s, at, "l4proto") || (is(s, at, "ip") && is(s, *i, "protocol") && ++*i))
		return names_match(s, i, "tcp");
	if (is(s, at, "nfproto"))
		return names_match(s, i, "ipv4");
	if (is(s, at, "comment") || is(s, at, "prefix") || is(s, at, "packets") ||
		is(s, at, "bytes"))
		return ++*i, ALWAYS;
	return IS_IN(s, at, "meta", "counter", "log") ? ALWAYS : MAYBE;
}

/* ---- statements ---- */

static bool is_verdict(const struct statement *s, size_t i)
{
	return IS_IN(s, i, "accept", "drop", "reject", "jump", "goto", "queue", "return");
}

static struct ssh_verdict verdict_of(
	struct nft *n, const struct statement *s, enum ssh_answer answer)
{
	return (struct ssh_verdict){answer, s->line, evidence_text(n->a, s->text)};
}

static void rule(struct nft *n, const struct statement *s)
{
	enum match match = s->cut ? MAYBE : ALWAYS;
	struct chain *c = &n->chain;
	size_t i = 0;

	while (i < s->n && !is_verdict(s, i) && match != NEVER) {
		enum match m = next_match(s, &i);

		match = m < match ? m : match;
	}
	if (match == NEVER || c->decided || i >= s->n || IS_IN(s, i, "return"))
		return;
	if (match == ALWAYS && IS_IN(s, i, "accept", "drop", "reject")) {
		c->decided = true;
		c->verdict = verdict_of(n, s, is(s, i, "accept") ? SSH_ALLOWED : SSH_NOT_ALLOWED);
	} else if (!IS_IN(s, i, "drop", "reject") && !c->some.line) {
		c->some = verdict_of(n, s, SSH_DEPENDS);
	}
}

static void statement(struct nft *n, const struct statement *s)
{
	struct chain *c = &n->chain;

	if (is(s, 0, "type") && is(s, 1, "filter") && is(s, 2, "hook")) {
		c->input = c->family && is(s, 3, "input");
	} else if (c->input && is(s, 0, "policy")) {
		if (!c->decided)
			c->verdict =
				verdict_of(n, s, is(s, 1, "drop") ? SSH_NOT_ALLOWED : SSH_ALLOWED);
	} else if (c->input) {
		rule(n, s);
	} else if (IS_IN(s, 0, "include", "add", "insert") && !n->unclear.line) {
		n->unclear = verdict_of(n, s, SSH_DEPENDS);
	}
}

static int severity(enum ssh_answer a)
{
	return a == SSH_NOT_ALLOWED ? 2 : a == SSH_DEPENDS;
}

/* A packet passes every chain: the most restrictive one counts. */
static void chain_end(struct nft *n)
{
	struct chain *c = &n->chain;

	if (c->input) {
		if (c->verdict.answer == SSH_NOT_ALLOWED && c->some.line)
			c->verdict = c->some;
		if (!n->seen || severity(c->verdict.answer) > severity(n->result.answer))
			n->result = c->verdict;
		n->seen = true;
	}
	*c = (struct chain){.family = c->family};
}

static bool opens_block(const struct statement *s)
{
	return IS_IN(s, 0, "table", "chain", "set", "map", "flowtable") ||
	       (s->n > 1 && IS_IN(s, 0, "ct", "counter", "quota", "limit", "secmark", "synproxy") &&
		       !IS_IN(s, 1, "state", "status", "mark", "rate"));
}

static void add_word(struct statement *s, struct span word, unsigned line)
{
	if (!s->n) {
		s->line = line;
		s->text.p = word.p;
	}
	s->text.n = (size_t)(word.p + word.n - s->text.p);
	if (s->n < WORDS_MAX)
		s->words[s->n++] = word;
	else
		s->cut = true;
}

struct ssh_verdict nft_ssh(struct arena *a, struct span text)
{
	struct nft n = {.a = a, .rest = text, .line = 1};
	struct statement s = {.n = 0};
	unsigned sets = 0;
	struct span word;

	while (next_token(&n, &word)) {
		bool newline = word.p[0] == '\n', open = span_is(word, "{"),
		     close = span_is(word, "}");

		if (open && opens_block(&s) && !sets) {
			if (is(&s, 0, "table"))
				n.chain.family = !IS_IN(&s, 1, "ip6", "arp", "bridge", "netdev");
			s.n = 0;
		} else if (open || (sets && !newline)) {
			add_word(&s, word, n.line);
			sets += open;
			sets -= close && sets;
		} else if (!sets && (newline || close || span_is(word, ";"))) {
			statement(&n, &s);
			s.n = 0;
			s.cut = false;
			if (close)
				chain_end(&n);
		} else if (!newline) {
			add_word(&s, word, n.line);
		}
		n.line += newline;
	}
	if (n.unclear.line && n.result.answer == SSH_ALLOWED)
		return n.unclear;
	return n.result;
}
