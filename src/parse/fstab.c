/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * fstab(5).  Fields are split at spaces and tabs; \ooo is a byte.  Left out: nothing that mount
 * reads; quotes around a tag's value are devspec's business.
 */
#include "parse/fstab.h"

#include <limits.h>
#include <string.h>

#include "base/limits.h"
#include "parse/evidence.h"

static bool next_field(struct span *rest, struct span *ret)
{
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		rest->p++, rest->n--;
	*ret = (struct span){rest->p, 0};
	while (ret->n < rest->n && ret->p[ret->n] != ' ' && ret->p[ret->n] != '\t')
		ret->n++;
	rest->p += ret->n;
	rest->n -= ret->n;
	return ret->n;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

static const char *decode(struct arena *a, struct span s)
{
	char *text = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 3 < s.n && is_octal(s.p[i + 1]) && is_octal(s.p[i + 2]) &&
			is_octal(s.p[i + 3])) {
			text[n++] = (char)((s.p[i + 1] - '0') * 64 + (s.p[i + 2] - '0') * 8 +
					   (s.p[i + 3] - '0'));
			i += 3;
		} else {
			text[n++] = s.p[i];
		}
	}
	return text;
}

static void parse_number(struct fstab_entry *e, struct span field, int *ret)
{
	unsigned long long v;

	if (span_u64(field, &v) && v <= INT_MAX)
		*ret = (int)v;
	else
		e->bad_number = true;
}

static void parse_line(struct fstab_entry *e, struct arena *a, struct span line)
{
	const char **const texts[] = {&e->spec, &e->dir, &e->type, &e->options};
	struct span field;

	for (unsigned i = 0; i < 4; i++)
		*texts[i] = "";
	while (next_field(&line, &field)) {
		/* mount leaves such a line out, getmntent() does not: the comment is no field. */
		if (e->n_fields >= 4 && field.p[0] == '#') {
			e->bad_number = e->n_fields < 6;
			return;
		}
		if (e->n_fields < 4)
			*texts[e->n_fields] = decode(a, field);
		else if (e->n_fields < 6)
			parse_number(e, field, e->n_fields == 4 ? &e->freq : &e->passno);
		e->n_fields++;
	}
}

void fstab_parse(struct fstab *ret, struct arena *a, const char *text, size_t len)
{
	struct span rest = {text, len}, line;
	unsigned number = 0;

	*ret = (struct fstab){0};
	while (next_line(&rest, &line, &number)) {
		struct fstab_entry *e;
		bool crlf = span_ends(line, "\r");
		struct span bare = span_trim(line);

		if (!bare.n || bare.p[0] == '#')
			continue;
		if (ret->n >= FSTAB_LINES_MAX) {
			ret->limit = true;
			return;
		}
		e = list_add(a, ret);
		e->line = number;
		e->crlf = crlf;
		e->text = evidence_text(a, bare);
		parse_line(e, a, bare);
	}
}

/* The last option of that name; its value is what follows "name=", NULL without one. */
static bool find_option(const struct fstab_entry *e, const char *name, struct span *ret_value)
{
	size_t n = strlen(name);
	bool found = false;

	for (const char *p = e->options; *p; p += *p == ',') {
		size_t len = strcspn(p, ",");

		if (len >= n && !memcmp(p, name, n) && (len == n || p[n] == '=')) {
			ret_value->p = len == n ? NULL : p + n + 1;
			ret_value->n = len == n ? 0 : len - n - 1;
			found = true;
		}
		p += len;
	}
	return found;
}

bool fstab_has_option(const struct fstab_entry *e, const char *name)
{
	struct span value;

	return find_option(e, name, &value);
}

const char *fstab_option_value(struct arena *a, const struct fstab_entry *e, const char *name)
{
	struct span value;

	return find_option(e, name, &value) && value.p ? arena_strndup(a, value.p, value.n) : NULL;
}
