/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * POSIX shell, "Shell Command Language" 2.2 (quoting), 2.6.2 (parameters) and 2.9.1 (assignments),
 * as far as a file of settings needs it.  Left out: running anything, so functions, loops and here
 * documents are skimmed like commands.
 */
#include "parse/shellvars.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

struct shell {
	struct shellvars *set;
	struct arena *a;
	const char *p, *end;
	unsigned line, file;
	bool unresolved;
	struct {
		LIST(char);
	} value; /* of the assignment being read; its room is used again */
};

/* Words that may stand before an assignment. */
static const char *const prefixes[] = {
	"export", "declare", "readonly", "typeset", "local", "then", "else", "do", "{"};

static bool is_name(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool ends_word(char c)
{
	return memchr(" \t\r\n;&|()<>", c, 11) != NULL;
}

static size_t left(const struct shell *s)
{
	return (size_t)(s->end - s->p);
}

static char next(struct shell *s)
{
	s->line += *s->p == '\n';
	return *s->p++;
}

static void put(struct shell *s, const char *text, size_t n)
{
	while (n--)
		*list_add(s->a, &s->value) = *text++;
}

static size_t name_length(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && is_name(p[n]))
		n++;
	return n && p[0] >= '0' && p[0] <= '9' ? 0 : n;
}

static const struct shellvar *find(const struct shellvars *set, const char *name, size_t n)
{
	for (size_t i = set->n; i-- > 0;) {
		if (!strncmp(set->at[i].name, name, n) && !set->at[i].name[n])
			return &set->at[i];
	}
	return NULL;
}

/* Adds the value of a variable, or the reference as it was written. */
static void expand(struct shell *s, struct span name, struct span written)
{
	/* A look-up costs too, whatever it finds. */
	const size_t cost = 16;
	const struct shellvar *v = NULL;
	size_t n;

	if (s->set->expanded < EXPANSION_MAX)
		v = find(s->set, name.p, name.n);
	n = v ? strlen(v->value) : 0;
	s->set->expanded += n + cost;
	if (!v || n > EXPANSION_MAX || s->set->expanded > EXPANSION_MAX) {
		s->unresolved = true;
		put(s, written.p, written.n);
		return;
	}
	s->unresolved |= v->unresolved;
	put(s, v->value, n);
}

/* Steps over a balanced pair of brackets, or over `...`; p is behind the opening one. */
static void skip_to(struct shell *s, char open, char close)
{
	for (size_t depth = 1; s->p < s->end && depth;) {
		char c = next(s);

		if (c == '\\' && s->p < s->end)
			next(s);
		else if (c == close)
			depth--;
		else if (c == open)
			depth++;
	}
}

/* At a '$'. */
static void read_reference(struct shell *s)
{
	const char *start = s->p;
	size_t n = name_length(s->p + 1, s->end);

	if (n) {
		s->p += 1 + n;
		expand(s, (struct span){start + 1, n}, (struct span){start, 1 + n});
		return;
	}
	next(s);
	if (s->p < s->end && *s->p == '{') {
		next(s);
		n = name_length(s->p, s->end);
		skip_to(s, '{', '}');
		if (n && start + 2 + n + 1 == s->p) {
			expand(s, (struct span){start + 2, n}, (struct span){start, n + 3});
			return;
		}
		s->unresolved = true;
	} else if (s->p < s->end && *s->p == '(') {
		next(s);
		skip_to(s, '(', ')');
		s->unresolved = true;
	}
	put(s, start, (size_t)(s->p - start));
}

static void read_command(struct shell *s)
{
	const char *start = s->p;

	next(s);
	skip_to(s, '`', '`');
	s->unresolved = true;
	put(s, start, (size_t)(s->p - start));
}

/* Behind a backslash. */
static void read_escape(struct shell *s, const char *specials)
{
	char c;

	if (s->p == s->end) {
		put(s, "\\", 1);
		return;
	}
	c = next(s);
	if (c == '\n')
		return;
	if (specials && !strchr(specials, c))
		put(s, "\\", 1);
	put(s, &c, 1);
}

/* Behind the opening double quote. */
static void read_double_quoted(struct shell *s)
{
	while (s->p < s->end && *s->p != '"') {
		if (*s->p == '$') {
			read_reference(s);
		} else if (*s->p == '`') {
			read_command(s);
		} else {
			char c = next(s);

			if (c == '\\')
				read_escape(s, "$`\"\\");
			else
				put(s, &c, 1);
		}
	}
	if (s->p < s->end)
		next(s);
}

static void read_single_quoted(struct shell *s)
{
	const char *stop = memchr(s->p, '\'', left(s));

	while (s->p < (stop ? stop : s->end)) {
		char c = next(s);

		put(s, &c, 1);
	}
	s->p += stop != NULL;
}

/* Reads one word into s->value. */
static void read_word(struct shell *s)
{
	while (s->p < s->end && !ends_word(*s->p)) {
		char c;

		if (*s->p == '$') {
			read_reference(s);
			continue;
		}
		if (*s->p == '`') {
			read_command(s);
			continue;
		}
		c = next(s);
		if (c == '"')
			read_double_quoted(s);
		else if (c == '\'')
			read_single_quoted(s);
		else if (c == '\\')
			read_escape(s, NULL);
		else
			put(s, &c, 1);
	}
}

/* name_length bytes of a name, then "=" or "+=". */
static void read_assignment(struct shell *s, size_t n, bool append)
{
	const char *start = s->p;
	const struct shellvar *old = NULL;
	unsigned line = s->line;
	struct shellvar *v;

	s->value.n = 0;
	s->unresolved = false;
	s->p += n + 1 + append;
	if (append)
		old = find(s->set, start, n);
	if (old)
		expand(s, (struct span){start, n}, (struct span){start, 0});
	read_word(s);
	if (s->set->n >= SHELLVARS_MAX) {
		s->set->limit = true;
		return;
	}
	v = list_add(s->a, s->set);
	v->name = arena_strndup(s->a, start, n);
	v->value = s->value.n ? arena_strndup(s->a, s->value.at, s->value.n) : "";
	v->unresolved = s->unresolved;
	v->file = s->file;
	v->line = line;
	v->text = evidence_text(s->a, (struct span){start, (size_t)(s->p - start)});
}

static void skip_comment(struct shell *s)
{
	const char *nl = memchr(s->p, '\n', left(s));

	s->p = nl ? nl : s->end;
}

static bool is_prefix(struct span word)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (span_is(word, prefixes[i]))
			return true;
	}
	return false;
}

/* At the start of a word; command: one that may be an assignment.  Tells whether the next may. */
static bool read_item(struct shell *s, bool command)
{
	size_t n = name_length(s->p, s->end), rest = left(s) - n;
	bool append = rest >= 2 && s->p[n] == '+' && s->p[n + 1] == '=';
	const char *start = s->p;

	if (command && n && (append || (rest && s->p[n] == '='))) {
		read_assignment(s, n, append);
		return true;
	}
	s->value.n = 0;
	read_word(s);
	return command && is_prefix((struct span){start, (size_t)(s->p - start)});
}

void shellvars_parse(
	struct shellvars *set, struct arena *a, const char *text, size_t len, unsigned file)
{
	struct shell s = {
		.set = set, .a = a, .p = text, .end = text + len, .line = 1, .file = file};
	bool command = true;

	while (s.p < s.end && !set->limit) {
		char c = *s.p;

		if (c == '#') {
			skip_comment(&s);
		} else if (c == '\\' && left(&s) > 1 && s.p[1] == '\n') {
			next(&s);
			next(&s);
		} else if (ends_word(c)) {
			next(&s);
			command |= c != ' ' && c != '\t' && c != '\r';
		} else {
			command = read_item(&s, command);
		}
	}
}

const struct shellvar *shellvars_get(const struct shellvars *set, const char *name)
{
	return find(set, name, strlen(name));
}

const char *shellvars_value(const struct shellvars *set, const char *name)
{
	const struct shellvar *v = shellvars_get(set, name);

	return v ? v->value : NULL;
}
