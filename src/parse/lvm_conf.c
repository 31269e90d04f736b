/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Left out: tags, profiles, and what a command line adds.
 */
#include "parse/lvm_conf.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "parse/evidence.h"
#include "parse/lvm_text.h"
#include "parse/regex.h"

/* The last wins.  A name may also be written with its section: devices/filter = ... */
static const struct lvm_node *last(const struct lvm_node *root, const char *name)
{
	const struct lvm_node *found = NULL;

	for (const struct lvm_node *s = root->child; s; s = s->next) {
		if (s->kind != LVM_SECTION && !strncmp(s->key, "devices/", 8) &&
			!strcmp(s->key + 8, name))
			found = s;
		if (s->kind != LVM_SECTION || strcmp(s->key, "devices"))
			continue;
		for (const struct lvm_node *n = s->child; n; n = n->next) {
			if (!strcmp(n->key, name))
				found = n;
		}
	}
	return found;
}

static char closing(char c)
{
	return c == '(' ? ')' : c == '[' ? ']' : c == '{' ? '}' : c;
}

/* What makes no sense makes LVM refuse the whole filter. */
static void add_pattern(struct lvm_filter *f, struct arena *a, const char *text)
{
	size_t n = strlen(text);
	struct lvm_pattern *p;

	if (n < 3 || (text[0] != 'a' && text[0] != 'r') || text[n - 1] != closing(text[1]) ||
		f->patterns.n >= LVM_PATTERNS_MAX) {
		f->bad = text;
		return;
	}
	p = list_add(a, &f->patterns);
	p->accept = text[0] == 'a';
	p->regex = arena_strndup(a, text + 2, n - 3);
}

static void read_filter(
	struct lvm_filter *f, struct arena *a, const struct lvm_node *root, const char *name)
{
	const struct lvm_node *n = last(root, name);
	const char *text = "";

	if (!n || (n->kind != LVM_LIST && n->kind != LVM_STRING))
		return;
	*f = (struct lvm_filter){.name = name, .line = n->line};
	for (const struct lvm_node *s = n->kind == LVM_LIST ? n->child : n; s;
		s = n->kind == LVM_LIST ? s->next : NULL) {
		if (s->kind != LVM_STRING)
			continue;
		add_pattern(f, a, s->string);
		if (strlen(text) < EVIDENCE_TEXT_MAX)
			text = arena_printf(
				a, "%s%s\"%.300s\"", text, *text ? ", " : "", s->string);
	}
	text = arena_printf(a, "%s = [ %s ]", name, text);
	f->text = evidence_text(a, span_of(text));
}

static void read_devices_file(struct lvm_conf *conf, const struct lvm_node *root)
{
	const struct lvm_node *use = last(root, "use_devicesfile");
	const struct lvm_node *name = last(root, "devicesfile");

	if (use && use->kind == LVM_NUMBER) {
		conf->use_devicesfile = use->number ? LVM_YES : LVM_NO;
		conf->use_devicesfile_line = use->line;
	}
	if (name && name->kind == LVM_STRING)
		conf->devicesfile = name->string;
}

int lvm_conf_parse(
	struct lvm_conf *conf, struct arena *a, const char *text, size_t len, struct err *e)
{
	size_t nodes = LVM_CONF_NODES_MAX;
	struct lvm_node *root;
	int r = lvm_text_parse(text, len, &nodes, a, &root, e);

	if (r < 0)
		return r;
	read_filter(&conf->filter, a, root, "filter");
	read_filter(&conf->global_filter, a, root, "global_filter");
	read_devices_file(conf, root);
	return 0;
}

/* Of one name: 1 accepted, 0 rejected, -1 no pattern matches. */
static int decide(const struct lvm_filter *f, const struct regex *const *compiled, const char *name)
{
	for (size_t i = 0; i < f->patterns.n; i++) {
		if (compiled[i] && regex_matches(compiled[i], name))
			return f->patterns.at[i].accept;
	}
	return -1;
}

bool lvm_filter_accepts(
	const struct lvm_filter *filter, const char *const *names, size_t n, struct arena *scratch)
{
	const struct regex **compiled =
		arena_alloc(scratch, filter->patterns.n * sizeof(*compiled));
	bool rejected = false;
	struct err e;

	for (size_t i = 0; i < filter->patterns.n; i++)
		regex_compile(filter->patterns.at[i].regex, scratch, &compiled[i], &e);
	for (size_t i = 0; i < n; i++) {
		int answer = decide(filter, compiled, names[i]);

		if (answer == 1)
			return true;
		rejected |= answer == 0;
	}
	return !rejected;
}
