/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * passwd(5), shadow(5), group(5): fields between colons.  The hash field is looked at in place and
 * never copied.
 */
#include "parse/passwd.h"

#include <limits.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

enum { FIELDS = 9 };

/* Splits at colons; fields that are not there are empty.  Returns how many there are. */
static unsigned split(struct span line, struct span fields[FIELDS])
{
	unsigned n = 0;

	line = span_trim(line);
	for (unsigned i = 0; i < FIELDS; i++)
		fields[i] = (struct span){"", 0};
	while (n < FIELDS) {
		const char *colon = memchr(line.p, ':', line.n);
		size_t len = colon ? (size_t)(colon - line.p) : line.n;

		fields[n++] = (struct span){line.p, len};
		if (!colon)
			break;
		line.p += len + 1;
		line.n -= len + 1;
	}
	return n;
}

/* Takes the next line that is an entry: not empty, no comment, no NIS line, at least want fields.
 */
static bool next_entry(struct span *rest, unsigned want, struct span fields[FIELDS], unsigned *line)
{
	struct span text;

	while (next_line(rest, &text, line)) {
		if (text.n && !strchr("#+-", text.p[0]) && split(text, fields) >= want &&
			fields[0].n)
			return true;
	}
	return false;
}

static const char *keep(struct arena *a, struct span s)
{
	return arena_strndup(a, s.p, s.n);
}

static long long number(struct span s)
{
	unsigned long long v;

	return span_u64(s, &v) && v <= LLONG_MAX ? (long long)v : -1;
}

void passwd_parse(struct passwd *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, f[FIELDS];
	unsigned line = 0;

	*ret = (struct passwd){0};
	while (next_entry(&rest, 7, f, &line)) {
		if (ret->n >= ACCOUNTS_MAX) {
			ret->limit = true;
			return;
		}
		*list_add(a, ret) = (struct passwd_entry){
			.name = keep(a, f[0]),
			.has_shadow = span_is(f[1], "x"),
			.empty_password = !f[1].n,
			.uid = number(f[2]),
			.gid = number(f[3]),
			.home = keep(a, f[5]),
			.shell = keep(a, f[6]),
			.line = line,
		};
	}
}

static bool is_des(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '.' && c <= '9'))
			return false;
	}
	return s.n == 13;
}

/* A string that crypt(3) can produce: $id$..., BSDi's _..., or DES. */
static bool is_hash(struct span s)
{
	return (s.n > 3 && s.p[0] == '$') || (s.n == 20 && s.p[0] == '_') || is_des(s);
}

static void set_state(struct shadow_entry *e, struct span hash)
{
	struct span bare = hash;

	while (bare.n && (bare.p[0] == '!' || bare.p[0] == '*'))
		bare.p++, bare.n--;
	if (span_starts(bare, "LK*"))
		bare = (struct span){bare.p + 3, bare.n - 3};
	if (!hash.n)
		e->state = SHADOW_EMPTY;
	else if (bare.p == hash.p && is_hash(hash))
		e->state = SHADOW_USABLE;
	else
		e->state = SHADOW_LOCKED;
	e->locked_hash = e->state == SHADOW_LOCKED && bare.p != hash.p && is_hash(bare);
}

void shadow_parse(struct shadow *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, f[FIELDS];
	unsigned line = 0;

	*ret = (struct shadow){0};
	while (next_entry(&rest, 2, f, &line)) {
		struct shadow_entry *e;

		if (ret->n >= ACCOUNTS_MAX) {
			ret->limit = true;
			return;
		}
		e = list_add(a, ret);
		*e = (struct shadow_entry){
			.name = keep(a, f[0]),
			.last_change = number(f[2]),
			.max = number(f[4]),
			.inactive = number(f[6]),
			.expire = number(f[7]),
			.line = line,
		};
		set_state(e, f[1]);
	}
}

void group_parse(struct group *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, f[FIELDS];
	unsigned line = 0;

	*ret = (struct group){0};
	while (next_entry(&rest, 3, f, &line)) {
		if (ret->n >= ACCOUNTS_MAX) {
			ret->limit = true;
			return;
		}
		*list_add(a, ret) = (struct group_entry){
			.name = keep(a, f[0]),
			.gid = number(f[2]),
			.members = keep(a, f[3]),
			.line = line,
		};
	}
}

const struct passwd_entry *passwd_get(const struct passwd *p, const char *name)
{
	list_each(e, p) {
		if (!strcmp(e->name, name))
			return e;
	}
	return NULL;
}

const struct shadow_entry *shadow_get(const struct shadow *s, const char *name)
{
	list_each(e, s) {
		if (!strcmp(e->name, name))
			return e;
	}
	return NULL;
}

bool group_has(const struct group_entry *g, const char *user)
{
	size_t n = strlen(user);

	for (const char *p = g->members; *p; p += *p == ',') {
		size_t len = strcspn(p, ",");

		if (len == n && !memcmp(p, user, n))
			return true;
		p += len;
	}
	return false;
}

const char *shadow_state_name(enum shadow_state s)
{
	static const char *const names[] = {
		[SHADOW_EMPTY] = "empty", [SHADOW_LOCKED] = "locked", [SHADOW_USABLE] = "usable"};

	return names[s];
}
