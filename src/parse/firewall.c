/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The small languages: ufw's user.rules (its "### tuple ###" comments, which ufw itself reads
 * back), firewalld's zones as firewalld.zone(5) has them, hosts_access(5).  Services that a zone
 * names but that are not called ssh are not looked into, nor are ufw's before.rules.
 */
#include "parse/firewall.h"

#include <string.h>

#include "parse/evidence.h"

enum { SSH_PORT = 22 };

/* Takes the next item off a list, up to one of these characters. */
static bool next_item(struct span *rest, const char *separators, struct span *ret)
{
	size_t n = 0;

	if (!rest->n)
		return false;
	while (n < rest->n && !strchr(separators, rest->p[n]))
		n++;
	*ret = span_trim((struct span){rest->p, n});
	n += n < rest->n;
	rest->p += n;
	rest->n -= n;
	return true;
}

static bool port_of(struct span s, unsigned long long *ret)
{
	if (span_is(s, "ssh")) {
		*ret = SSH_PORT;
		return true;
	}
	return span_u64(s, ret);
}

bool ports_have_ssh(struct span list)
{
	struct span item, end;
	unsigned long long from, to;

	while (next_item(&list, ",", &item)) {
		if (!next_item(&item, ":-", &end) || !port_of(end, &from))
			continue;
		to = from;
		if (item.n && !port_of(item, &to))
			continue;
		if (from <= SSH_PORT && SSH_PORT <= to)
			return true;
	}
	return false;
}

static struct ssh_verdict verdict_at(
	struct arena *a, enum ssh_answer answer, unsigned line, struct span text)
{
	return (struct ssh_verdict){answer, line, evidence_text(a, text)};
}

/* ---- ufw ---- */

/* "### tuple ### ACTION PROTOCOL DPORT DST SPORT SRC [APPS] DIRECTION[_INTERFACE]" */
static bool ufw_tuple(struct span line, enum ssh_answer *ret)
{
	static const char mark[] = "### tuple ###";
	struct span action, protocol, dport, dst, sport, src, word, last = {0};
	bool anywhere;

	if (!span_starts(line, mark))
		return false;
	line = (struct span){line.p + sizeof(mark) - 1, line.n - (sizeof(mark) - 1)};
	if (!next_word(&line, &action) || !next_word(&line, &protocol) ||
		!next_word(&line, &dport) || !next_word(&line, &dst) || !next_word(&line, &sport) ||
		!next_word(&line, &src))
		return false;
	while (next_word(&line, &word)) {
		if (!span_starts(word, "comment="))
			last = word;
	}
	if (!span_starts(last, "in") || span_starts(action, "route") || span_is(protocol, "udp"))
		return false;
	if (!span_is(dport, "any") && !ports_have_ssh(dport))
		return false;
	anywhere = span_is(last, "in") && span_is(src, "0.0.0.0/0") && span_is(dst, "0.0.0.0/0") &&
		   span_is(sport, "any");
	if (span_starts(action, "allow") || span_starts(action, "limit"))
		*ret = anywhere ? SSH_ALLOWED : SSH_DEPENDS;
	else
		*ret = anywhere ? SSH_NOT_ALLOWED : SSH_DEPENDS;
	return true;
}

struct ssh_verdict ufw_ssh(struct arena *a, struct span text, bool accepts)
{
	struct ssh_verdict depends = {SSH_DEPENDS, 0, NULL};
	enum ssh_answer answer;
	struct span line;
	unsigned n = 0;

	while (next_line(&text, &line, &n)) {
		line = span_trim(line);
		if (!ufw_tuple(line, &answer))
			continue;
		/* The first that holds for everybody decides. */
		if (answer == SSH_ALLOWED || (answer == SSH_NOT_ALLOWED && !depends.line))
			return verdict_at(a, answer, n, line);
		if (answer == SSH_NOT_ALLOWED)
			return depends;
		if (!depends.line)
			depends = verdict_at(a, SSH_DEPENDS, n, line);
	}
	if (accepts)
		return (struct ssh_verdict){SSH_ALLOWED, 0, NULL};
	return depends.line ? depends : (struct ssh_verdict){SSH_NOT_ALLOWED, 0, NULL};
}

/* ---- firewalld ---- */

/* Takes the next tag off rest, without its angle brackets; comments are passed over. */
static bool next_tag(struct span *rest, struct span *ret)
{
	while (rest->n) {
		bool comment;
		const char *end, *start = memchr(rest->p, '<', rest->n);

		if (!start)
			return false;
		rest->n -= (size_t)(start - rest->p);
		rest->p = start;
		comment = span_starts(*rest, "<!--");
		end = comment ? memmem(rest->p, rest->n, "-->", 3) : memchr(rest->p, '>', rest->n);
		if (!end)
			return false;
		*ret = (struct span){start + 1, (size_t)(end - start - 1)};
		end += comment ? 3 : 1;
		rest->n -= (size_t)(end - rest->p);
		rest->p = end;
		if (!comment)
			return true;
	}
	return false;
}

static bool tag_is(struct span tag, const char *name)
{
	size_t n = strlen(name);

	return span_starts(tag, name) && (tag.n == n || strchr(" \t\r\n/", tag.p[n]));
}

/* The value of an attribute, in either kind of quotes; empty when it is not there. */
static struct span attribute(struct span tag, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 1; i + n + 2 <= tag.n; i++) {
		const char *p = tag.p + i, *value = p + n + 2, *end;

		if (!strchr(" \t\r\n", p[-1]) || memcmp(p, name, n) || p[n] != '=' ||
			(p[n + 1] != '"' && p[n + 1] != '\''))
			continue;
		end = memchr(value, p[n + 1], (size_t)(tag.p + tag.n - value));
		if (end)
			return (struct span){value, (size_t)(end - value)};
	}
	return (struct span){"", 0};
}

static bool opens_ssh(struct span tag)
{
	struct span protocol = attribute(tag, "protocol");

	if (tag_is(tag, "service"))
		return span_is(attribute(tag, "name"), "ssh");
	return tag_is(tag, "port") && span_is(protocol, "tcp") &&
	       ports_have_ssh(attribute(tag, "port"));
}

static unsigned line_of(struct span text, const char *at)
{
	unsigned n = 1;

	for (const char *p = text.p; p < at; p++)
		n += *p == '\n';
	return n;
}

struct ssh_verdict firewalld_zone_ssh(struct arena *a, struct span text)
{
	struct ssh_verdict depends = {SSH_DEPENDS, 0, NULL}, here;
	struct span rest = text, tag;
	bool in_rule = false;

	while (next_tag(&rest, &tag)) {
		bool accepts = tag_is(tag, "zone") && span_is(attribute(tag, "target"), "ACCEPT");

		if (tag_is(tag, "rule"))
			in_rule = !span_ends(tag, "/");
		else if (tag_is(tag, "/rule"))
			in_rule = false;
		if (!accepts && !opens_ssh(tag))
			continue;
		here = verdict_at(a, SSH_ALLOWED, line_of(text, tag.p), tag);
		if (!in_rule)
			return here;
		/* A rich rule may refuse, and may name addresses. */
		here.answer = SSH_DEPENDS;
		depends = here;
	}
	return depends.line ? depends : (struct ssh_verdict){SSH_NOT_ALLOWED, 0, NULL};
}

/* ---- tcp_wrappers ---- */

static bool list_has(struct span list, const char *a, const char *b)
{
	struct span item;

	while (next_item(&list, ", \t", &item)) {
		if (span_is_nocase(item, a) || span_is_nocase(item, b))
			return true;
	}
	return false;
}

/* "DAEMONS : CLIENTS [: OPTION ...]"; false when the line is not about sshd. */
static bool hosts_line(struct span line, bool *ret_all)
{
	struct span daemons, clients;

	line = span_trim(line);
	if (!line.n || line.p[0] == '#' || !next_item(&line, ":", &daemons) ||
		!next_item(&line, ":", &clients))
		return false;
	if (!list_has(daemons, "sshd", "ALL"))
		return false;
	*ret_all = list_has(clients, "ALL", "ALL") && !list_has(daemons, "EXCEPT", "EXCEPT") &&
		   !list_has(clients, "EXCEPT", "EXCEPT");
	return true;
}

struct ssh_verdict hosts_ssh(struct arena *a, struct span deny, struct span allow)
{
	bool all, allows_some = false;
	struct span line;
	unsigned n = 0;

	while (next_line(&allow, &line, &n)) {
		if (!hosts_line(line, &all))
			continue;
		if (all)
			return (struct ssh_verdict){SSH_ALLOWED, 0, NULL};
		allows_some = true;
	}
	n = 0;
	while (next_line(&deny, &line, &n)) {
		/* A line that refuses some addresses is about those. */
		if (hosts_line(line, &all) && all)
			return verdict_at(a, allows_some ? SSH_DEPENDS : SSH_NOT_ALLOWED, n, line);
	}
	return (struct ssh_verdict){SSH_ALLOWED, 0, NULL};
}
