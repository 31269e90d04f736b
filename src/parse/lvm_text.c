/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The grammar is that of LVM2's configuration files, as lvm.conf(5) describes it and vgcfgbackup
 * writes it: KEY { ... }, KEY = VALUE, "#" to the end of the line.  Values are "..." with \" and
 * \\,
 * '...' as it is, numbers, and [ lists ] of these.  Left out: includes, paths as keys (a/b = 1),
 * and values without quotes, none of which appear in metadata.
 */
#include "parse/lvm_text.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

struct parser {
	const char *p, *end;
	unsigned line;
	size_t *nodes;
	struct arena *arena;
	struct err *e;
};

static int wrong(struct parser *ps, const char *what)
{
	return err_set(ps->e, EBADMSG, "line %u: %s", ps->line, what);
}

static void skip_blank(struct parser *ps)
{
	bool comment = false;

	for (; ps->p < ps->end; ps->p++) {
		if (*ps->p == '\n') {
			comment = false;
			ps->line++;
		} else if (comment) {
			continue;
		} else if (!*ps->p) {
			ps->p = ps->end; /* the rest is padding */
			return;
		} else if (*ps->p == '#') {
			comment = true;
		} else if (!strchr(" \t\r\v\f", *ps->p)) {
			return;
		}
	}
}

/* Takes c if it is what comes next. */
static bool take(struct parser *ps, char c)
{
	skip_blank(ps);
	if (ps->p == ps->end || *ps->p != c)
		return false;
	ps->p++;
	return true;
}

static int node_new(struct parser *ps, enum lvm_kind kind, struct lvm_node **ret)
{
	if (!*ps->nodes)
		return err_set(ps->e, E2BIG, "line %u: more values than can be kept", ps->line);
	--*ps->nodes;
	*ret = arena_new(ps->arena, struct lvm_node);
	(*ret)->kind = kind;
	(*ret)->line = ps->line;
	return 0;
}

/* ---- values ---- */

static int parse_string(struct parser *ps, char quote, struct lvm_node **ret)
{
	const char *start = ps->p;
	char *out;
	int r = node_new(ps, LVM_STRING, ret);

	if (r < 0)
		return r;
	while (ps->p < ps->end && *ps->p != quote) {
		if (*ps->p == '\\' && quote == '"' && ps->end - ps->p > 1)
			ps->p++;
		if (*ps->p++ == '\n')
			ps->line++;
	}
	if (ps->p == ps->end)
		return wrong(ps, "a string has no end");
	out = arena_alloc(ps->arena, (size_t)(ps->p - start) + 1);
	(*ret)->string = out;
	for (const char *s = start; s < ps->p; s++) {
		if (*s == '\\' && quote == '"' && (s[1] == '"' || s[1] == '\\'))
			s++;
		*out++ = *s;
	}
	ps->p++;
	return 0;
}

static int parse_number(struct parser *ps, struct lvm_node **ret)
{
	bool negative = *ps->p == '-';
	struct span digits;
	unsigned long long v;
	int r = node_new(ps, LVM_NUMBER, ret);

	if (r < 0)
		return r;
	if (negative || *ps->p == '+')
		ps->p++;
	digits = (struct span){ps->p, 0};
	while (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9')
		ps->p++, digits.n++;
	if (!span_u64(digits, &v) || v > INT64_MAX)
		return wrong(ps, "a value is neither a string, a number nor a list");
	if (ps->p < ps->end && *ps->p == '.') {
		while (++ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9')
			;
	}
	(*ret)->number = negative ? -(int64_t)v : (int64_t)v;
	return 0;
}

static int parse_scalar(struct parser *ps, struct lvm_node **ret)
{
	if (take(ps, '"'))
		return parse_string(ps, '"', ret);
	if (take(ps, '\''))
		return parse_string(ps, '\'', ret);
	return ps->p < ps->end ? parse_number(ps, ret) : wrong(ps, "a value is missing");
}

static int parse_value(struct parser *ps, struct lvm_node **ret)
{
	struct lvm_node **tail;
	int r;

	if (!take(ps, '['))
		return parse_scalar(ps, ret);
	r = node_new(ps, LVM_LIST, ret);
	if (r < 0 || take(ps, ']'))
		return r;
	tail = &(*ret)->child;
	do {
		r = parse_scalar(ps, tail);
		if (r < 0)
			return r;
		tail = &(*tail)->next;
	} while (take(ps, ','));
	return take(ps, ']') ? 0 : wrong(ps, "a list has no end");
}

/* ---- sections ---- */

static bool ends_key(char c)
{
	return !c || strchr(" \t\r\n\v\f#={}[],\"'", c);
}

static int parse_key(struct parser *ps, const char **ret)
{
	const char *start = ps->p;

	while (ps->p < ps->end && !ends_key(*ps->p))
		ps->p++;
	if (ps->p == start)
		return wrong(ps, "a name is expected");
	*ret = arena_strndup(ps->arena, start, (size_t)(ps->p - start));
	return 0;
}

static int parse_entry(struct parser *ps, struct lvm_node **ret, bool *ret_opens)
{
	unsigned line = ps->line;
	const char *key = NULL;
	int r = parse_key(ps, &key);

	if (r < 0)
		return r;
	*ret_opens = take(ps, '{');
	if (*ret_opens)
		r = node_new(ps, LVM_SECTION, ret);
	else if (take(ps, '='))
		r = parse_value(ps, ret);
	else
		r = wrong(ps, "a name is followed by neither \"=\" nor \"{\"");
	if (r >= 0) {
		(*ret)->key = key;
		(*ret)->line = line;
	}
	return r;
}

int lvm_text_parse(const char *text, size_t len, size_t *nodes, struct arena *a,
	struct lvm_node **ret, struct err *e)
{
	struct parser ps = {text, text + len, 1, nodes, a, e};
	struct lvm_node **tails[LVM_DEPTH_MAX]; /* where the next entry of each open section goes */
	struct lvm_node *root;
	size_t depth = 0;
	int r = node_new(&ps, LVM_SECTION, &root);

	if (r < 0)
		return r;
	tails[0] = &root->child;
	for (skip_blank(&ps); ps.p < ps.end; skip_blank(&ps)) {
		struct lvm_node **at = tails[depth];
		bool opens;

		if (take(&ps, '}')) {
			if (!depth--)
				return wrong(&ps, "a section ends that never began");
			continue;
		}
		r = parse_entry(&ps, at, &opens);
		if (r < 0)
			return r;
		tails[depth] = &(*at)->next;
		if (!opens)
			continue;
		if (++depth == LVM_DEPTH_MAX)
			return err_set(e, E2BIG, "line %u: sections lie too deep", ps.line);
		tails[depth] = &(*at)->child;
	}
	if (depth)
		return wrong(&ps, "a section has no end");
	*ret = root;
	return 0;
}

/* ---- looking things up ---- */

const struct lvm_node *lvm_get(const struct lvm_node *section, const char *key)
{
	const struct lvm_node *n = section && section->kind == LVM_SECTION ? section->child : NULL;

	while (n && strcmp(n->key, key))
		n = n->next;
	return n;
}

const struct lvm_node *lvm_section(const struct lvm_node *section, const char *key)
{
	const struct lvm_node *n = lvm_get(section, key);

	return n && n->kind == LVM_SECTION ? n : NULL;
}

bool lvm_list(const struct lvm_node *section, const char *key, const struct lvm_node **ret)
{
	const struct lvm_node *n = lvm_get(section, key);

	if (!n || n->kind != LVM_LIST)
		return false;
	*ret = n->child;
	return true;
}

const char *lvm_string(const struct lvm_node *section, const char *key)
{
	const struct lvm_node *n = lvm_get(section, key);

	return n && n->kind == LVM_STRING ? n->string : NULL;
}

bool lvm_number(const struct lvm_node *section, const char *key, uint64_t *ret)
{
	const struct lvm_node *n = lvm_get(section, key);

	if (!n || n->kind != LVM_NUMBER || n->number < 0)
		return false;
	*ret = (uint64_t)n->number;
	return true;
}

bool lvm_list_has(const struct lvm_node *section, const char *key, const char *want)
{
	const struct lvm_node *n;

	if (!lvm_list(section, key, &n))
		return false;
	for (; n; n = n->next) {
		if (n->kind == LVM_STRING && !strcmp(n->string, want))
			return true;
	}
	return false;
}
