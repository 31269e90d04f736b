/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * All of them: fields between blanks, "#" begins a line of comment.  In LVM's file and in bindings
 * a line that begins with something else than what is known is left out, as their readers do.
 */
#include "parse/device_files.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

static const char *keep(struct arena *a, struct span s)
{
	return s.n ? arena_strndup(a, s.p, s.n) : NULL;
}

/* Takes the next line that is neither empty nor a comment. */
static bool next_entry(struct span *rest, struct span *ret, unsigned *number)
{
	while (next_line(rest, ret, number)) {
		*ret = span_trim(*ret);
		if (ret->n && ret->p[0] != '#')
			return true;
	}
	return false;
}

/* A record for the line; NULL: there are too many. */
static struct device_line *add(
	struct device_lines *lines, struct arena *a, struct span text, unsigned number)
{
	struct device_line *l;

	if (lines->n >= DEVICE_LINES_MAX) {
		lines->limit = true;
		return NULL;
	}
	l = list_add(a, lines);
	l->line = number;
	l->text = evidence_text(a, text);
	return l;
}

static const char *next_field(struct arena *a, struct span *rest)
{
	struct span word;

	return next_word(rest, &word) ? keep(a, word) : NULL;
}

void crypttab_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, line;
	unsigned number = 0;

	*ret = (struct device_lines){0};
	while (next_entry(&rest, &line, &number)) {
		struct device_line *l = add(ret, a, line, number);

		if (!l)
			return;
		l->name = next_field(a, &line);
		l->device = next_field(a, &line);
		l->key = next_field(a, &line);
		l->options = next_field(a, &line);
	}
}

void device_map_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, line;
	unsigned number = 0;

	*ret = (struct device_lines){0};
	while (next_entry(&rest, &line, &number)) {
		struct device_line *l = line.p[0] == '(' ? add(ret, a, line, number) : NULL;

		if (ret->limit)
			return;
		if (!l)
			continue;
		l->name = next_field(a, &line);
		l->device = next_field(a, &line);
	}
}

void multipath_wwids_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, line;
	unsigned number = 0;

	*ret = (struct device_lines){0};
	while (next_entry(&rest, &line, &number)) {
		const char *end = memchr(line.p + 1, '/', line.n - 1);
		struct device_line *l = line.p[0] == '/' && end ? add(ret, a, line, number) : NULL;

		if (ret->limit)
			return;
		if (l)
			l->device = keep(a, (struct span){line.p + 1, (size_t)(end - line.p - 1)});
	}
}

void multipath_bindings_parse(
	struct device_lines *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, line;
	unsigned number = 0;

	*ret = (struct device_lines){0};
	while (next_entry(&rest, &line, &number)) {
		struct span words = line;
		const char *name = next_field(a, &words), *wwid = next_field(a, &words);
		struct device_line *l = wwid ? add(ret, a, line, number) : NULL;

		if (ret->limit)
			return;
		if (!l)
			continue;
		l->name = name;
		l->device = wwid;
	}
}

/* "." stands for nothing. */
static const char *lvm_value(struct arena *a, struct span word, const char *name)
{
	size_t n = strlen(name);

	if (!span_starts(word, name))
		return NULL;
	word = (struct span){word.p + n, word.n - n};
	return span_is(word, ".") ? NULL : keep(a, word);
}

static void take_lvm_word(struct device_line *l, struct arena *a, struct span word)
{
	if (!l->id_type)
		l->id_type = lvm_value(a, word, "IDTYPE=");
	if (!l->id)
		l->id = lvm_value(a, word, "IDNAME=");
	if (!l->device)
		l->device = lvm_value(a, word, "DEVNAME=");
	if (!l->pv)
		l->pv = lvm_value(a, word, "PVID=");
}

void lvm_devices_parse(struct device_lines *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, line, word;
	unsigned number = 0;

	*ret = (struct device_lines){0};
	while (next_entry(&rest, &line, &number)) {
		struct device_line *l;

		if (!span_starts(line, "IDTYPE="))
			continue;
		l = add(ret, a, line, number);
		if (!l)
			return;
		while (next_word(&line, &word))
			take_lvm_word(l, a, word);
	}
}
