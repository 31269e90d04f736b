/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Thompson's construction: each part of a pattern becomes states between an entry and an exit, and
 * a text is matched by walking all that could be meant at once.
 */
#include "parse/regex.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"

enum kind { EPSILON, SPLIT, SET, AT_START, AT_END, ACCEPT };

struct state {
	enum kind kind;
	uint16_t out, other; /* other: of SPLIT */
	uint8_t set[32];     /* of SET: the characters, a bit each */
};

/* A character makes one or two, an operator two; and one for the end. */
#define STATES_MAX (4 * LVM_PATTERN_MAX + 4)

struct regex {
	struct state *states;
	unsigned n, start;
};

struct part {
	uint16_t in, out;
};

struct parser {
	const char *p;
	struct regex *r;
	struct err *e;
};

static uint16_t add(struct parser *ps, enum kind kind)
{
	struct state *s = &ps->r->states[ps->r->n];

	s->kind = kind;
	return (uint16_t)ps->r->n++;
}

static void join(struct parser *ps, uint16_t from, uint16_t to)
{
	ps->r->states[from].out = to;
}

/* One state between an entry and an exit of its own. */
static struct part single(struct parser *ps, enum kind kind)
{
	struct part part = {add(ps, kind), add(ps, EPSILON)};

	join(ps, part.in, part.out);
	return part;
}

static void set_bit(uint8_t *set, unsigned char c)
{
	set[c / 8] |= (uint8_t)(1U << c % 8);
}

static char unescaped(char c)
{
	return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

/* The next character of a class, which must not end here. */
static bool class_char(struct parser *ps, unsigned char *ret)
{
	if (*ps->p == '\\' && ps->p[1])
		ps->p++, *ret = (unsigned char)unescaped(*ps->p);
	else
		*ret = (unsigned char)*ps->p;
	if (!*ps->p)
		return false;
	ps->p++;
	return true;
}

static int parse_class(struct parser *ps, struct part *ret)
{
	uint8_t set[32] = {0};
	bool negated = *ps->p == '^', first = true;
	unsigned char from, to;

	ps->p += negated;
	for (; first || *ps->p != ']'; first = false) {
		if (!class_char(ps, &from))
			return err_set(ps->e, EBADMSG, "a [ is never closed");
		to = from;
		if (*ps->p == '-' && ps->p[1] && ps->p[1] != ']') {
			ps->p++;
			if (!class_char(ps, &to))
				return err_set(ps->e, EBADMSG, "a [ is never closed");
		}
		for (unsigned c = from; c <= to; c++)
			set_bit(set, (unsigned char)c);
	}
	ps->p++;
	*ret = single(ps, SET);
	for (size_t i = 0; i < sizeof(set); i++)
		ps->r->states[ret->in].set[i] = negated ? (uint8_t)~set[i] : set[i];
	return 0;
}

static int parse_either(struct parser *ps, struct part *ret);

static int parse_group(struct parser *ps, struct part *ret)
{
	int r = parse_either(ps, ret);

	if (r < 0)
		return r;
	if (*ps->p != ')')
		return err_set(ps->e, EBADMSG, "a ( is never closed");
	ps->p++;
	return 0;
}

static int parse_atom(struct parser *ps, struct part *ret)
{
	char c = *ps->p++;

	switch (c) {
	case '(':
		return parse_group(ps, ret);
	case '[':
		return parse_class(ps, ret);
	case '^':
		*ret = single(ps, AT_START);
		return 0;
	case '$':
		*ret = single(ps, AT_END);
		return 0;
	case '*':
	case '+':
	case '?':
		return err_set(ps->e, EBADMSG, "nothing is before a %c", c);
	case '.':
		*ret = single(ps, SET);
		memset(ps->r->states[ret->in].set, 0xFF, sizeof(ps->r->states->set));
		return 0;
	case '\\':
		if (!*ps->p)
			return err_set(ps->e, EBADMSG, "it ends in a backslash");
		c = unescaped(*ps->p++);
		/* fall through */
	default:
		*ret = single(ps, SET);
		set_bit(ps->r->states[ret->in].set, (unsigned char)c);
		return 0;
	}
}

static void repeat(struct parser *ps, char how, struct part *part)
{
	uint16_t split = add(ps, SPLIT), out = add(ps, EPSILON);

	ps->r->states[split].out = part->in;
	ps->r->states[split].other = out;
	join(ps, part->out, how == '?' ? out : split);
	*part = (struct part){how == '+' ? part->in : split, out};
}

static int parse_sequence(struct parser *ps, struct part *ret)
{
	struct part next;

	*ret = (struct part){add(ps, EPSILON), 0};
	ret->out = ret->in;
	while (*ps->p && *ps->p != '|' && *ps->p != ')') {
		int r = parse_atom(ps, &next);

		if (r < 0)
			return r;
		while (*ps->p && strchr("*+?", *ps->p))
			repeat(ps, *ps->p++, &next);
		join(ps, ret->out, next.in);
		ret->out = next.out;
	}
	return 0;
}

static int parse_either(struct parser *ps, struct part *ret)
{
	int r = parse_sequence(ps, ret);

	while (r >= 0 && *ps->p == '|') {
		struct part other;
		uint16_t split, out;

		ps->p++;
		r = parse_sequence(ps, &other);
		if (r < 0)
			return r;
		split = add(ps, SPLIT);
		out = add(ps, EPSILON);
		ps->r->states[split].out = ret->in;
		ps->r->states[split].other = other.in;
		join(ps, ret->out, out);
		join(ps, other.out, out);
		*ret = (struct part){split, out};
	}
	return r;
}

int regex_compile(const char *pattern, struct arena *a, const struct regex **ret, struct err *e)
{
	size_t len = strlen(pattern);
	struct regex *rx = arena_new(a, struct regex);
	struct parser ps = {pattern, rx, e};
	struct part whole;
	int r;

	if (len > LVM_PATTERN_MAX)
		return err_set(e, E2BIG, "it has more than %u characters", LVM_PATTERN_MAX);
	rx->states = arena_alloc(a, (4 * len + 4) * sizeof(*rx->states));
	r = parse_either(&ps, &whole);
	if (r < 0)
		return r;
	if (*ps.p)
		return err_set(e, EBADMSG, "a ) closes nothing");
	join(&ps, whole.out, add(&ps, ACCEPT));
	rx->start = whole.in;
	*ret = rx;
	return 0;
}

/* ---- matching ---- */

struct walk {
	const struct regex *r;
	uint16_t now[STATES_MAX], next[STATES_MAX];
	unsigned n_now, n_next;
	uint32_t seen[STATES_MAX]; /* in which step each state was last reached, from 1 */
	uint32_t step;
	bool at_start, at_end, accepted;
};

/* Adds a state and all that follow it without a character. */
static void reach(struct walk *w, uint16_t first)
{
	uint16_t todo[2 * STATES_MAX + 1]; /* each state is left once, for two others */
	unsigned n = 0;

	todo[n++] = first;
	while (n) {
		uint16_t at = todo[--n];
		const struct state *s = &w->r->states[at];

		if (w->seen[at] == w->step)
			continue;
		w->seen[at] = w->step;
		if (s->kind == ACCEPT)
			w->accepted = true;
		else if (s->kind == SET)
			w->next[w->n_next++] = at;
		else if (s->kind == EPSILON || s->kind == SPLIT ||
			 (s->kind == AT_START && w->at_start) || (s->kind == AT_END && w->at_end))
			todo[n++] = s->out;
		if (s->kind == SPLIT)
			todo[n++] = s->other;
	}
}

static void advance(struct walk *w, unsigned char c)
{
	memcpy(w->now, w->next, w->n_next * sizeof(w->now[0]));
	w->n_now = w->n_next;
	w->n_next = 0;
	w->step++;
	for (unsigned i = 0; i < w->n_now; i++) {
		const struct state *s = &w->r->states[w->now[i]];

		if (s->set[c / 8] & 1U << c % 8)
			reach(w, s->out);
	}
}

bool regex_matches(const struct regex *r, const char *text)
{
	struct walk w = {.r = r, .step = 1, .at_start = true};

	w.at_end = !*text;
	reach(&w, (uint16_t)r->start);
	for (; *text && !w.accepted; text++) {
		w.at_start = false;
		w.at_end = !text[1];
		advance(&w, (unsigned char)*text);
		reach(&w, (uint16_t)r->start);
	}
	return w.accepted;
}
