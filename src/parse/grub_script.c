/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GRUB 2 manual, "Writing full configuration files directly" (quoting, expansion, comments).  '{'
 * and
 * '}' are words of their own wherever they stand unquoted, as in GRUB's lexer.  Left out:
 * pipes and redirections, which GRUB reserves but does not have.
 */
#include "parse/grub_script.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/* Set by GRUB itself, before or while it reads the file; those that end in '_' are prefixes. */
static const char *const runtime_names[] = {"grub_platform", "grub_cpu", "root", "prefix",
	"cmdpath", "net_", "pxe_", "fw_path", "shim_lock", "lockdown", "check_signatures",
	"smbios_"};

void grub_script_init(struct grub_script *s, struct arena *a, const char *text, size_t len,
	const struct grubenv *env)
{
	memset(s, 0, offsetof(struct grub_script, words));
	s->a = a;
	s->env = env;
	s->p = text;
	s->stop = text + len;
	s->line = 1;
}

static bool is_runtime(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(runtime_names); i++) {
		bool prefix = str_ends(runtime_names[i], "_");

		if (prefix ? str_starts(name, runtime_names[i]) : !strcmp(name, runtime_names[i]))
			return true;
	}
	return name[0] >= '0' && name[0] <= '9';
}

static const struct grub_var *find(const struct grub_script *s, const char *name)
{
	for (size_t i = s->vars.n; i-- > 0;) {
		if (!strcmp(s->vars.at[i].name, name))
			return &s->vars.at[i];
	}
	return NULL;
}

static struct grub_var look_up(const struct grub_script *s, const char *name)
{
	const struct grub_var *v = find(s, name);
	const struct grubenv_var *e = v ? NULL : grubenv_get(s->env, name);

	if (v)
		return *v;
	if (e)
		return (struct grub_var){name, e->value, false, false};
	if (str_starts(name, "feature_"))
		return (struct grub_var){name, "y", false, false};
	return (struct grub_var){name, NULL, true, is_runtime(name)};
}

void grub_script_set(struct grub_script *s, struct span name, const struct grub_word *value)
{
	struct grub_var *v;

	if (s->vars.n >= GRUB_VARS_MAX) {
		s->limit = true;
		return;
	}
	v = list_add(s->a, &s->vars);
	v->name = arena_strndup(s->a, name.p, name.n);
	v->value = value ? arena_strndup(s->a, value->p, value->n) : NULL;
	v->unresolved = !value || value->unresolved;
	v->runtime = !value || value->runtime;
}

size_t grub_script_mark(const struct grub_script *s)
{
	return s->vars.n;
}

void grub_script_restore(struct grub_script *s, size_t mark)
{
	if (s->vars.n > mark)
		s->vars.n = mark;
}

/* ---- words ---- */

static struct grub_word *word(struct grub_script *s)
{
	return &s->words[s->n_words];
}

static void put(struct grub_script *s, const char *text, size_t n)
{
	if (!s->in_word) {
		*word(s) = (struct grub_word){.p = s->buf + s->used};
		s->in_word = true;
	}
	/* Room is kept for the word's NUL. */
	if (n >= sizeof(s->buf) - s->used) {
		s->limit = word(s)->unresolved = true;
		return;
	}
	memcpy(s->buf + s->used, text, n);
	s->used += n;
	word(s)->n += n;
}

static void end_word(struct grub_script *s)
{
	if (!s->in_word)
		return;
	s->in_word = false;
	s->buf[s->used] = '\0';
	/* The last places of both stay free, so that the word after the limit has room to be
	 * dropped. */
	if (s->n_words + 1 < ARRAY_LEN(s->words) && s->used + 1 < sizeof(s->buf)) {
		s->used++;
		s->n_words++;
	} else {
		s->used -= word(s)->n;
		s->limit = true;
	}
}

/* In a test, a variable that nobody sets is empty; elsewhere it is worth knowing of. */
static bool in_test(const struct grub_script *s)
{
	static const char *const before[] = {"then", "else", "do", "!"};
	static const char *const tests[] = {"if", "elif", "while", "until", "[", "test"};
	size_t i = 0;

	for (size_t k = 0; k < ARRAY_LEN(before) && i < s->n_words; k++) {
		if (!strcmp(s->words[i].p, before[k]))
			i++;
	}
	for (size_t k = 0; k < ARRAY_LEN(tests) && i < s->n_words; k++) {
		if (!strcmp(s->words[i].p, tests[k]))
			return true;
	}
	return false;
}

static void put_split(struct grub_script *s, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " \t\n");

		if (n)
			put(s, text, n);
		text += n;
		if (*text)
			end_word(s);
		text += strspn(text, " \t\n");
	}
}

static void put_unresolved(struct grub_script *s, struct span written, bool runtime)
{
	put(s, written.p, written.n);
	word(s)->unresolved = true;
	word(s)->runtime |= runtime;
}

static void expand(struct grub_script *s, struct span name, struct span written, bool quoted)
{
	const size_t cost = 16; /* of a look-up, whatever it finds */
	struct grub_var v = {.unresolved = true, .runtime = true};
	char text[128];

	if (name.n < sizeof(text) && s->expanded < EXPANSION_MAX) {
		memcpy(text, name.p, name.n);
		text[name.n] = '\0';
		v = look_up(s, text);
	} else {
		s->limit = true;
	}
	s->expanded += cost + (v.value ? strlen(v.value) : 0);
	if (!v.value) {
		if (v.runtime || !in_test(s))
			put_unresolved(s, written, v.runtime);
		return;
	}
	if (v.unresolved) {
		put_unresolved(s, span_of(v.value), v.runtime);
	} else if (quoted) {
		put(s, v.value, strlen(v.value));
	} else {
		put_split(s, v.value);
	}
}

static bool is_name(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

/* At a '$'. */
static void read_variable(struct grub_script *s, bool quoted)
{
	const char *start = s->p, *name;
	bool braces = s->p + 1 < s->stop && s->p[1] == '{';
	size_t n = 0;

	name = s->p += 1 + braces;
	if (s->p < s->stop && strchr("?*@#0123456789", *s->p)) {
		n = 1;
	} else {
		while (s->p + n < s->stop && is_name(s->p[n], !n))
			n++;
	}
	s->p += n;
	if (!n || (braces && (s->p == s->stop || *s->p != '}'))) {
		put(s, start, (size_t)(s->p - start));
		return;
	}
	s->p += braces;
	expand(s, (struct span){name, n}, (struct span){start, (size_t)(s->p - start)}, quoted);
}

/* Where characters mean something: outside of quotes, in double ones, in single ones. */
enum { BARE = 1, DOUBLE = 2, SINGLE = 4 };
static const uint8_t special[256] = {
	[' '] = BARE,
	['\t'] = BARE,
	['\r'] = BARE,
	['\n'] = BARE | DOUBLE | SINGLE,
	[';'] = BARE,
	['|'] = BARE,
	['&'] = BARE,
	['{'] = BARE,
	['}'] = BARE,
	['\''] = BARE | SINGLE,
	['"'] = BARE | DOUBLE,
	['\\'] = BARE | DOUBLE,
	['$'] = BARE | DOUBLE,
};

/* Takes the present character, whatever it is, and those behind it that mean nothing there. */
static void put_plain(struct grub_script *s, unsigned where)
{
	const char *p = s->p + 1;

	while (p < s->stop && !(special[(uint8_t)*p] & where))
		p++;
	put(s, s->p, (size_t)(p - s->p));
	s->p = p;
}

static char next(struct grub_script *s)
{
	s->line += *s->p == '\n';
	return *s->p++;
}

/* At a backslash. */
static void read_escape(struct grub_script *s, bool quoted)
{
	char c;

	next(s);
	if (s->p + 1 < s->stop && s->p[0] == '\r' && s->p[1] == '\n')
		next(s);
	if (s->p == s->stop)
		return;
	c = next(s);
	if (c == '\n')
		return;
	if (quoted && !strchr("$\"\\", c))
		put(s, "\\", 1);
	put(s, &c, 1);
}

/* At either quote. */
static void read_quoted(struct grub_script *s)
{
	char quote = next(s);

	put(s, "", 0);
	while (s->p < s->stop && *s->p != quote) {
		if (quote == '"' && *s->p == '$') {
			read_variable(s, true);
		} else if (quote == '"' && *s->p == '\\') {
			read_escape(s, true);
		} else {
			s->line += *s->p == '\n';
			put_plain(s, quote == '"' ? DOUBLE : SINGLE);
		}
	}
	if (s->p < s->stop)
		next(s);
}

/* Skips what may stand before a command; false at the end of the file. */
static bool find_command(struct grub_script *s)
{
	while (s->p < s->stop) {
		const char *nl;

		if (*s->p == '#') {
			nl = memchr(s->p, '\n', (size_t)(s->stop - s->p));
			s->p = nl ? nl : s->stop;
		} else if (memchr(" \t\r\n;|&", *s->p, 7)) {
			next(s);
		} else {
			return true;
		}
	}
	return false;
}

/* Reads one piece of a command; false when it ends there, the end not taken. */
static bool read_piece(struct grub_script *s)
{
	const char *nl;

	switch (*s->p) {
	case ' ':
	case '\t':
	case '\r':
		end_word(s);
		s->p++;
		return true;
	case '\n':
	case ';':
	case '|':
	case '&':
	case '{':
	case '}':
		return false;
	case '\'':
	case '"':
		read_quoted(s);
		return true;
	case '\\':
		read_escape(s, false);
		return true;
	case '$':
		read_variable(s, false);
		return true;
	case '#':
		if (!s->in_word) {
			nl = memchr(s->p, '\n', (size_t)(s->stop - s->p));
			s->p = nl ? nl : s->stop;
			return true;
		}
		/* fallthrough */
	default:
		put_plain(s, BARE);
		return true;
	}
}

bool grub_script_next(struct grub_script *s)
{
	s->n_words = s->used = 0;
	s->in_word = false;
	if (!find_command(s))
		return false;
	s->first_line = s->line;
	s->text.p = s->p;
	while (s->p < s->stop && read_piece(s))
		;
	end_word(s);
	s->text.n = (size_t)(s->p - s->text.p);
	s->end = s->p < s->stop ? *s->p : '\0';
	/* A '}' behind words is a command of its own. */
	if (s->end == '}' && s->n_words)
		s->end = '\n';
	else if (s->end)
		next(s);
	return true;
}

void grub_script_take_brace(struct grub_script *s)
{
	if (s->end == '\n' && find_command(s) && *s->p == '{')
		s->end = next(s);
}
