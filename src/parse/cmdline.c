/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As the kernel's next_arg() does, with two liberties for text that passes a shell on its way:
 * single quotes group as well, and a backslash before a quote is dropped.
 */
#include "parse/cmdline.h"

#include <string.h>

#include "base/limits.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

static struct span unquote(struct span s)
{
	if (s.n >= 2 && is_quote(s.p[0]) && s.p[s.n - 1] == s.p[0])
		return (struct span){s.p + 1, s.n - 2};
	return s;
}

static bool has_variable(struct span s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		char c = s.p[i + 1];

		if (s.p[i] == '$' &&
			(c == '{' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return true;
	}
	return false;
}

void cmdline_add(
	struct kernel_args *args, struct arena *a, struct span word, unsigned line, bool unresolved)
{
	const char *eq = memchr(word.p, '=', word.n);
	struct kernel_arg *arg;

	if (args->n >= CMDLINE_WORDS_MAX || word.n > CMDLINE_BYTES_MAX - args->bytes) {
		args->limit = true;
		return;
	}
	arg = list_add(a, args);
	args->bytes += word.n;
	arg->line = line;
	arg->unresolved = unresolved;
	if (!eq) {
		arg->key = arena_strndup(a, word.p, word.n);
		return;
	}
	arg->key = arena_strndup(a, word.p, (size_t)(eq - word.p));
	word.n -= (size_t)(eq + 1 - word.p);
	word.p = eq + 1;
	word = unquote(word);
	arg->value = arena_strndup(a, word.p, word.n);
}

/* Length of the word at the start of s, quoted blanks included. */
static size_t word_length(struct span s)
{
	char quote = 0;
	size_t i;

	for (i = 0; i < s.n && (quote || !is_blank(s.p[i])); i++) {
		if (quote ? s.p[i] == quote : is_quote(s.p[i]))
			quote = quote ? 0 : s.p[i];
	}
	return i;
}

void cmdline_split(struct kernel_args *args, struct arena *a, struct span text, unsigned line)
{
	while (!args->limit) {
		struct span word;

		while (text.n && is_blank(text.p[0]))
			text.p++, text.n--;
		if (!text.n)
			return;
		word = (struct span){text.p, word_length(text)};
		text.p += word.n;
		text.n -= word.n;
		cmdline_add(args, a, unquote(word), line, has_variable(word));
	}
}

const struct kernel_arg *cmdline_get(const struct kernel_args *args, const char *key)
{
	for (size_t i = args->n; i-- > 0;) {
		if (!strcmp(args->at[i].key, key))
			return &args->at[i];
	}
	return NULL;
}
