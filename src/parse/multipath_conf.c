/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * "NAME {" begins a section, "}" ends one, every other line is a name and a value, in quotes or
 * not; "#" and "!" begin a comment.
 */
#include "parse/multipath_conf.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

#define DEPTH_MAX 3

struct parser {
	struct multipath_conf *conf;
	struct arena *a;
	const char *sections[DEPTH_MAX]; /* path of each that is open */
	unsigned depth;                  /* may go past DEPTH_MAX; what is there is not kept */
};

static struct span without_comment(struct span line)
{
	bool quoted = false;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (line.p[i] == '#' || line.p[i] == '!'))
			line.n = i;
	}
	return span_trim(line);
}

static void open_section(struct parser *ps, struct span name)
{
	if (ps->depth < DEPTH_MAX) {
		const char *above = ps->depth ? ps->sections[ps->depth - 1] : NULL;

		ps->sections[ps->depth] = arena_printf(ps->a, "%s%s%.*s", above ? above : "",
			above ? "/" : "", (int)(name.n < 64 ? name.n : 64), name.p);
	}
	ps->depth++;
}

static void take_setting(struct parser *ps, struct span line, struct span whole, unsigned number)
{
	struct multipath_setting *s;
	struct span name;

	if (!ps->depth || ps->depth > DEPTH_MAX || !next_word(&line, &name))
		return;
	line = span_trim(line);
	if (line.n > 1 && line.p[0] == '"' && line.p[line.n - 1] == '"')
		line = (struct span){line.p + 1, line.n - 2};
	if (ps->conf->n >= MULTIPATH_SETTINGS_MAX) {
		ps->conf->limit = true;
		return;
	}
	s = list_add(ps->a, ps->conf);
	s->section = ps->sections[ps->depth - 1];
	s->name = arena_strndup(ps->a, name.p, name.n);
	s->value = arena_strndup(ps->a, line.p, line.n);
	s->line = number;
	s->text = evidence_text(ps->a, whole);
}

/* The length of what comes before the next brace outside quotes. */
static size_t until_brace(struct span line)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < line.n; i++) {
		if (line.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (line.p[i] == '{' || line.p[i] == '}'))
			break;
	}
	return i;
}

static void take_line(struct parser *ps, struct span line, unsigned number)
{
	struct span rest = without_comment(line);

	while (rest.n) {
		size_t n = until_brace(rest);
		struct span words = span_trim((struct span){rest.p, n});
		char brace = n < rest.n ? rest.p[n] : '\0';

		if (brace == '{')
			open_section(ps, words);
		else if (words.n)
			take_setting(ps, words, line, number);
		if (brace == '}')
			ps->depth -= ps->depth > 0;
		n += brace != '\0';
		rest = (struct span){rest.p + n, rest.n - n};
	}
}

void multipath_conf_parse(struct multipath_conf *ret, struct arena *a, const char *text, size_t len)
{
	struct parser ps = {.conf = ret, .a = a};
	struct span rest = {text, len}, line;
	unsigned number = 0;

	*ret = (struct multipath_conf){0};
	while (next_line(&rest, &line, &number))
		take_line(&ps, line, number);
}

const struct multipath_setting *multipath_conf_in(
	const struct multipath_conf *conf, const char *section)
{
	list_each(s, conf) {
		if (str_starts(s->section, section))
			return s;
	}
	return NULL;
}
