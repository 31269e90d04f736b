/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As grub-core's environment block: the reader wants the signature, then takes lines up to the end
 * or the padding.
 */
#include "parse/grubenv.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

#define SIGNATURE "# GRUB Environment Block\n"
#define BLOCK 1024

/* The end of the assignment at p: the first newline without a backslash before it. */
static const char *assignment_end(const char *p, const char *end)
{
	while (p < end && *p != '\n') {
		if (*p == '\\' && p + 1 < end)
			p++;
		p++;
	}
	return p;
}

static const char *unescape(struct arena *a, struct span s)
{
	char *text = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		text[n++] = s.p[i];
	}
	return text;
}

static void add(struct grubenv *env, struct arena *a, struct span line, unsigned number)
{
	const char *eq = memchr(line.p, '=', line.n);
	struct grubenv_var *v;

	if (line.p[0] == '#' || !eq || env->n >= GRUB_VARS_MAX)
		return;
	v = list_add(a, env);
	v->name = arena_strndup(a, line.p, (size_t)(eq - line.p));
	v->value = unescape(a, (struct span){eq + 1, (size_t)(line.p + line.n - eq - 1)});
	v->line = number;
	v->text = evidence_text(a, line);
}

void grubenv_parse(struct grubenv *ret, struct arena *a, const char *text, size_t len)
{
	const char *p = text, *end = text + len, *stop;
	unsigned number = 1;

	*ret = (struct grubenv){.odd_size = !len || len % BLOCK};
	ret->valid = span_starts((struct span){text, len}, SIGNATURE);
	if (!ret->valid)
		return;
	for (; p < end; p = stop + (stop < end)) {
		stop = assignment_end(p, end);
		if (stop > p)
			add(ret, a, (struct span){p, (size_t)(stop - p)}, number);
		for (number++; (p = memchr(p, '\n', (size_t)(stop - p))); p++)
			number++;
	}
}

const struct grubenv_var *grubenv_get(const struct grubenv *env, const char *name)
{
	for (size_t i = env ? env->n : 0; i-- > 0;) {
		if (!strcmp(env->at[i].name, name))
			return &env->at[i];
	}
	return NULL;
}
