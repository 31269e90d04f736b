/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * iptables-save(8): "*table", ":CHAIN POLICY [counters]", "-A CHAIN match... -j TARGET".  A packet
 * that opens a connection to port 22 is led through INPUT and the chains it jumps to.  Matches this
 * file does not know, and those on addresses and interfaces, may or may not hold.
 */
#include "parse/firewall.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "parse/evidence.h"

enum match { NEVER, MAYBE, ALWAYS };

struct filter_rule {
	struct span chain, target;
	enum match match;
	unsigned line;
	struct span text;
};

struct filter {
	LIST(struct filter_rule) rules;
	bool drops; /* the policy of INPUT */
	unsigned policy_line;
	struct span policy_text;
	size_t followed;
	/* The first rule that lets some connections in. */
	const struct filter_rule *some;
};

static enum match both(enum match a, enum match b)
{
	return a < b ? a : b;
}

/* The next word; one in double quotes is taken as a whole. */
static bool next_argument(struct span *rest, struct span *ret)
{
	size_t n = 0;

	*rest = span_trim(*rest);
	if (!rest->n)
		return false;
	if (rest->p[0] != '"')
		return next_word(rest, ret);
	do
		n++;
	while (n < rest->n && (rest->p[n] != '"' || rest->p[n - 1] == '\\'));
	*ret = (struct span){rest->p + 1, n - 1};
	n += n < rest->n;
	rest->p += n;
	rest->n -= n;
	return true;
}

static bool is_any(struct span word, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (span_is(word, names[i]))
			return true;
	}
	return false;
}
#define IS_ANY(word, ...)                                                                          \
	is_any(word, (const char *const[]){__VA_ARGS__},                                           \
		ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static bool has_new(struct span states)
{
	for (size_t i = 0; i + 3 <= states.n; i++) {
		if (span_starts((struct span){states.p + i, states.n - i}, "NEW"))
			return true;
	}
	return false;
}

/* Does one option with its value hold for our packet? */
static enum match option_match(struct span option, struct span value)
{
	if (IS_ANY(option, "-p", "--protocol"))
		return IS_ANY(value, "tcp", "6", "all") ? ALWAYS : NEVER;
	if (IS_ANY(option, "--dport", "--dports", "--destination-port", "--destination-ports"))
		return ports_have_ssh(value) ? ALWAYS : NEVER;
	if (IS_ANY(option, "--state", "--ctstate"))
		return has_new(value) ? ALWAYS : NEVER;
	if (IS_ANY(option, "-i", "--in-interface"))
		return span_is(value, "lo") ? NEVER : span_is(value, "+") ? ALWAYS : MAYBE;
	if (IS_ANY(option, "-s", "--source", "-d", "--destination"))
		return IS_ANY(value, "0.0.0.0/0", "0/0", "::/0") ? ALWAYS : MAYBE;
	return IS_ANY(option, "-m", "--match", "--comment", "--syn") ? ALWAYS : MAYBE;
}

static void rule_match(struct filter_rule *r, struct span rest)
{
	struct span word, value, next;
	bool negated = false;

	r->match = ALWAYS;
	while (next_argument(&rest, &word)) {
		if (span_is(word, "!")) {
			negated = true;
			continue;
		}
		next = rest;
		if (!next_argument(&next, &value) || span_starts(value, "-") || span_is(value, "!"))
			value = (struct span){"", 0};
		else if (span_starts(word, "-"))
			rest = next;
		if (IS_ANY(word, "-j", "--jump", "-g", "--goto")) {
			r->target = value; /* what follows are the target's own options */
			return;
		}
		r->match = both(r->match, negated ? MAYBE : option_match(word, value));
		negated = false;
	}
}

static void filter_parse(struct filter *f, struct arena *a, struct span text)
{
	struct span line, word;
	bool in_filter = false;
	unsigned n = 0;

	while (next_line(&text, &line, &n) && f->rules.n < FIREWALL_RULES_MAX) {
		struct span rest = line = span_trim(line);

		if (!next_word(&rest, &word))
			continue;
		if (word.p[0] == '*')
			in_filter = span_is(word, "*filter");
		if (!in_filter)
			continue;
		if (span_is(word, ":INPUT") && next_word(&rest, &word)) {
			f->drops = span_is(word, "DROP");
			f->policy_line = n;
			f->policy_text = line;
		} else if (IS_ANY(word, "-A", "--append") && next_word(&rest, &word)) {
			struct filter_rule *r = list_add(a, &f->rules);

			*r = (struct filter_rule){.chain = word, .line = n, .text = line};
			rule_match(r, rest);
		}
	}
}

/*
 * The rule that decides for every connection, or NULL when the chain lets the packet fall through.
 * match: may the packet not come here at all?
 */
static const struct filter_rule *follow(
	struct filter *f, struct span chain, enum match here, unsigned depth)
{
	list_each(r, &f->rules) {
		enum match match = both(here, r->match);
		const struct filter_rule *decides = r;

		if (f->followed >= FIREWALL_RULES_MAX)
			return NULL;
		f->followed++;
		if (r->chain.n != chain.n || memcmp(r->chain.p, chain.p, chain.n) ||
			match == NEVER || !r->target.n)
			continue;
		if (span_is(r->target, "RETURN") && match == ALWAYS)
			return NULL;
		if (IS_ANY(r->target, "RETURN", "LOG", "NFLOG", "MARK", "AUDIT"))
			continue;
		if (!IS_ANY(r->target, "ACCEPT", "DROP", "REJECT")) {
			if (depth >= FIREWALL_DEPTH_MAX)
				continue;
			decides = follow(f, r->target, match, depth + 1);
		}
		if (decides && match == ALWAYS)
			return decides;
		if (decides == r && span_is(r->target, "ACCEPT") && !f->some)
			f->some = r;
	}
	return NULL;
}

struct ssh_verdict iptables_ssh(struct arena *a, struct span text)
{
	struct filter f = {0};
	const struct filter_rule *decides;
	struct span at;
	unsigned line;
	bool refuses;

	filter_parse(&f, a, text);
	decides = follow(&f, span_of("INPUT"), ALWAYS, 0);
	line = decides ? decides->line : f.policy_line;
	at = decides ? decides->text : f.policy_text;
	refuses = decides ? !span_is(decides->target, "ACCEPT") : f.drops;
	if (f.followed >= FIREWALL_RULES_MAX)
		return (struct ssh_verdict){SSH_DEPENDS, 0, NULL};
	if (refuses && f.some)
		return (struct ssh_verdict){
			SSH_DEPENDS, f.some->line, evidence_text(a, f.some->text)};
	if (!line)
		return (struct ssh_verdict){SSH_ALLOWED, 0, NULL};
	return (struct ssh_verdict){
		refuses ? SSH_NOT_ALLOWED : SSH_ALLOWED, line, evidence_text(a, at)};
}
