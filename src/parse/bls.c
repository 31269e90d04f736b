/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * UAPI group, "Boot Loader Specification", type 1 entries, with the variables of GRUB's blscfg.
 * Left out: devicetree and efi keys, which no rule asks for.
 */
#include "parse/bls.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

/* The variable that a word is the name of: $kernelopts, ${kernelopts}. */
static const struct grubenv_var *variable(
	struct span word, const struct grubenv *env, char name[64])
{
	if (word.n < 2 || word.p[0] != '$')
		return NULL;
	word.p++, word.n--;
	if (word.n > 2 && word.p[0] == '{' && word.p[word.n - 1] == '}')
		word.p++, word.n -= 2;
	if (word.n >= 64)
		return NULL;
	memcpy(name, word.p, word.n);
	name[word.n] = '\0';
	return grubenv_get(env, name);
}

static void add_options(struct kernel_args *args, struct arena *a, struct span text, unsigned line,
	const struct grubenv *env)
{
	struct span rest = text, word;
	char name[64];

	/* Variables stand alone as words; what lies between them may have quotes. */
	while (next_word(&rest, &word)) {
		const struct grubenv_var *v = variable(word, env, name);

		if (!v)
			continue;
		cmdline_split(args, a, (struct span){text.p, (size_t)(word.p - text.p)}, line);
		cmdline_split(args, a, span_of(v->value), line);
		text = rest;
	}
	cmdline_split(args, a, text, line);
}

static void add_initrds(struct boot_entry *b, struct arena *a, struct span value)
{
	struct span word;

	while (b->initrds.n < KERNEL_LINES_MAX && next_word(&value, &word)) {
		if (word.p[0] != '$') /* $tuned_initrd: an extra one */
			*list_add(a, &b->initrds) = arena_strndup(a, word.p, word.n);
	}
}

/* For evidence only, so it need not grow without end. */
static const char *join(struct arena *a, const char *have, struct span more)
{
	if (have && strlen(have) >= EVIDENCE_TEXT_MAX)
		return have;
	return have ? arena_printf(a, "%s %.*s", have, (int)more.n, more.p)
		    : arena_strndup(a, more.p, more.n);
}

struct reader {
	struct boot_entry *entry;
	struct kernel_line kernel;
	struct arena *a;
	const struct grubenv *env;
};

static void read_key(struct reader *r, struct span key, struct span value, unsigned line)
{
	const char *text = arena_strndup(r->a, value.p, value.n);

	if (span_is(key, "title")) {
		r->entry->title = text;
	} else if (span_is(key, "version")) {
		r->entry->version = text;
	} else if (span_is(key, "linux")) {
		r->kernel.path = text;
		r->kernel.line = r->kernel.line ? r->kernel.line : line;
	} else if (span_is(key, "initrd")) {
		add_initrds(r->entry, r->a, value);
	} else if (span_is(key, "grub_class")) {
		r->entry->classes = text;
	} else if (span_is(key, "options")) {
		add_options(&r->kernel.args, r->a, value, line, r->env);
		r->kernel.text = join(r->a, r->kernel.text, value);
		r->kernel.line = line;
	}
}

static const char *without_conf(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	return arena_strndup(a, name, str_ends(name, ".conf") ? n - 5 : n);
}

void bls_parse(struct boot_entries *entries, struct arena *a, const char *name, const char *text,
	size_t len, const struct grubenv *env)
{
	struct boot_entry entry = {.id = without_conf(a, name), .line = 1};
	struct reader r = {.entry = &entry, .a = a, .env = env};
	struct span rest = {text, len}, line, key;
	unsigned number = 0;

	if (entries->n >= BOOT_ENTRIES_MAX || entries->words >= BOOT_WORDS_MAX) {
		entries->limit = true;
		return;
	}
	if (len > CMDLINE_BYTES_MAX) {
		entries->limit = true;
		rest.n = CMDLINE_BYTES_MAX;
	}
	while (next_line(&rest, &line, &number)) {
		line = span_trim(line);
		if (next_word(&line, &key) && key.p[0] != '#')
			read_key(&r, key, span_trim(line), number);
	}
	if (!entry.title)
		entry.title = entry.version ? entry.version : entry.id;
	entry.text = entry.title;
	if (r.kernel.path) {
		r.kernel.command = "linux";
		r.kernel.text =
			evidence_text(a, span_of(r.kernel.text ? r.kernel.text : r.kernel.path));
		*list_add(a, &entry.lines) = r.kernel;
	}
	entry.index = (unsigned)entries->n;
	entry.kind = boot_entry_classify(&entry);
	entries->words += r.kernel.args.n;
	*list_add(a, entries) = entry;
}

static int newest_first(const void *x, const void *y)
{
	const struct boot_entry *a = x, *b = y;

	return version_compare(b->id ? b->id : "", a->id ? a->id : "");
}

void bls_sort(struct boot_entries *entries)
{
	if (entries->n)
		qsort(entries->at, entries->n, sizeof(*entries->at), newest_first);
	for (size_t i = 0; i < entries->n; i++)
		entries->at[i].index = (unsigned)i;
}
