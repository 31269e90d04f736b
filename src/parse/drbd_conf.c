/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Statements end in ";", sections stand in braces, "#" begins a comment, words may be quoted.  Only
 * "disk DEVICE;" inside "resource NAME { ... }" is looked for; "disk { ... }" are options.  Left
 * out: include, whose usual pattern is drbd.d, which the caller reads.
 */
#include "parse/drbd_conf.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define WORDS_MAX 4

struct parser {
	const char *p, *end;
	unsigned line;
	struct drbd_conf *conf;
	struct arena *a;
	struct span words[WORDS_MAX]; /* of the statement so far */
	unsigned n_words, words_line;
	unsigned depth;
	unsigned resource_depth, host_depth; /* inside which brace each holds; 0: in none */
	const char *resource, *host;
};

static void skip_comment(struct parser *ps)
{
	while (ps->p < ps->end && *ps->p != '\n')
		ps->p++;
}

static struct span take_word(struct parser *ps)
{
	const char *start = ps->p;
	struct span word;

	if (*start == '"') {
		for (ps->p++; ps->p < ps->end && *ps->p != '"' && *ps->p != '\n';)
			ps->p++;
		word = (struct span){start + 1, (size_t)(ps->p - start - 1)};
		ps->p += ps->p < ps->end && *ps->p == '"';
		return word;
	}
	while (ps->p < ps->end && *ps->p && !strchr(" \t\r\n{};#\"", *ps->p))
		ps->p++;
	/* A NUL is no word, and must not stop us either. */
	word = (struct span){start, (size_t)(ps->p - start)};
	ps->p += !word.n;
	return word;
}

static void add_word(struct parser *ps)
{
	unsigned line = ps->line;
	struct span word = take_word(ps);

	if (!word.n)
		return;
	if (!ps->n_words)
		ps->words_line = line;
	if (ps->n_words < WORDS_MAX)
		ps->words[ps->n_words] = word;
	ps->n_words++;
}

static const char *keep(struct parser *ps, unsigned i)
{
	return ps->n_words > i ? arena_strndup(ps->a, ps->words[i].p, ps->words[i].n) : NULL;
}

static void open_brace(struct parser *ps)
{
	ps->depth++;
	if (ps->n_words > 1 && span_is(ps->words[0], "resource") && !ps->resource_depth) {
		ps->resource = keep(ps, 1);
		ps->resource_depth = ps->depth;
	} else if (ps->n_words > 1 && span_is(ps->words[0], "on") && !ps->host_depth) {
		ps->host = keep(ps, 1);
		ps->host_depth = ps->depth;
	}
	ps->n_words = 0;
}

static void close_brace(struct parser *ps)
{
	if (ps->resource_depth == ps->depth)
		ps->resource_depth = 0;
	if (ps->host_depth == ps->depth)
		ps->host_depth = 0;
	ps->depth -= ps->depth > 0;
	ps->n_words = 0;
}

static void end_statement(struct parser *ps)
{
	struct drbd_disk *d;

	if (ps->resource_depth && ps->n_words > 1 && span_is(ps->words[0], "disk") &&
		span_starts(ps->words[1], "/dev/")) {
		if (ps->conf->n >= DRBD_DISKS_MAX) {
			ps->conf->limit = true;
			return;
		}
		d = list_add(ps->a, ps->conf);
		d->resource = ps->resource;
		d->host = ps->host_depth ? ps->host : NULL;
		d->device = keep(ps, 1);
		d->line = ps->words_line;
		/* The statement alone: a secret may stand on the same line. */
		d->text = arena_printf(ps->a, "disk %s;", d->device);
	}
	ps->n_words = 0;
}

void drbd_conf_parse(struct drbd_conf *ret, struct arena *a, const char *text, size_t len)
{
	struct parser ps = {.p = text, .end = text + len, .line = 1, .conf = ret, .a = a};

	*ret = (struct drbd_conf){0};
	while (ps.p < ps.end && !ret->limit) {
		switch (*ps.p) {
		case '\n':
			ps.line++;
			ps.p++;
			break;
		case ' ':
		case '\t':
		case '\r':
			ps.p++;
			break;
		case '#':
			skip_comment(&ps);
			break;
		case '{':
			open_brace(&ps);
			ps.p++;
			break;
		case '}':
			close_brace(&ps);
			ps.p++;
			break;
		case ';':
			end_statement(&ps);
			ps.p++;
			break;
		default:
			add_word(&ps);
		}
	}
}
