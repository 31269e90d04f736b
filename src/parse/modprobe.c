/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Left out: remove, softdep, weakdep and config, which decide nothing that is asked for.
 */
#include "parse/modprobe.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

static const struct {
	const char *word;
	int kind;
} kinds[] = {
	{"options", MODPROBE_OPTIONS},
	{"alias", MODPROBE_ALIAS},
	{"blacklist", MODPROBE_BLACKLIST},
	{"install", MODPROBE_INSTALL},
};

/* A line with those that it goes on in; their newlines and backslashes become blanks. */
static bool next_logical(
	struct span *rest, struct arena *a, struct span *ret, unsigned *at, unsigned *number)
{
	struct span line;
	bool goes_on;
	char *joined;
	size_t n = 0;

	if (!next_line(rest, &line, number))
		return false;
	*at = *number;
	*ret = line;
	if (!span_ends(line, "\\"))
		return true;
	joined = arena_alloc(a, MODPROBE_LINE_MAX);
	do {
		goes_on = span_ends(line, "\\");
		line.n -= goes_on;
		if (line.n < MODPROBE_LINE_MAX - n) {
			memcpy(joined + n, line.p, line.n);
			n += line.n;
			joined[n++] = ' ';
		}
	} while (goes_on && next_line(rest, &line, number));
	*ret = (struct span){joined, n};
	return true;
}

static const char *module_name(struct arena *a, struct span word)
{
	char *name = arena_strndup(a, word.p, word.n);

	for (char *c = name; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	return name;
}

static void take_line(struct modprobe *ret, struct arena *a, struct span line, unsigned number)
{
	struct span word, name, whole = line;

	if (!next_word(&line, &word))
		return;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct modprobe_line *l;

		if (!span_is(word, kinds[i].word) || !next_word(&line, &name))
			continue;
		l = list_add(a, ret);
		l->kind = kinds[i].kind;
		l->name = l->kind == MODPROBE_ALIAS ? arena_strndup(a, name.p, name.n)
						    : module_name(a, name);
		line = span_trim(line);
		l->rest = arena_strndup(a, line.p, line.n);
		l->line = number;
		l->text = evidence_text(a, whole);
		return;
	}
}

void modprobe_parse(struct modprobe *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, line;
	unsigned number = 0, at = 0;

	*ret = (struct modprobe){0};
	while (next_logical(&rest, a, &line, &at, &number)) {
		line = span_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		if (ret->n >= MODPROBE_LINES_MAX) {
			ret->limit = true;
			return;
		}
		take_line(ret, a, line, at);
	}
}

const char *modprobe_option(struct arena *a, const struct modprobe_line *l, const char *name)
{
	struct span rest = span_of(l->rest), word;
	size_t n = strlen(name);
	const char *found = NULL;

	while (next_word(&rest, &word)) {
		if (!span_starts(word, name))
			continue;
		if (word.n == n)
			found = "";
		else if (word.p[n] == '=')
			found = arena_strndup(a, word.p + n + 1, word.n - n - 1);
	}
	return found;
}
