/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GRUB Legacy manual, "Configuration" and "Commands": a command, then blanks or '=', then
 * arguments; title starts an entry.  ELILO (and LILO, whose language it took): key=value, image=
 * starts an entry. Left out: GRUB Legacy's passwords, maps and colours.
 */
#include "parse/grub_legacy.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

struct reader {
	struct grub_legacy *ret;
	struct arena *a;
	bool open; /* an entry has started; its fields go to the last one */
	bool full;
	/* elilo: what the head of the file gives to every image. */
	struct setting {
		const char *value;
		unsigned line;
		const char *text;
	} root, append, initrd, own_root, own_append;
};

/* One logical line: continued lines joined, raw holds all of it, with the backslashes. */
static bool next_command(
	struct span *rest, struct span *ret_raw, unsigned *line, unsigned *ret_first)
{
	struct span part;

	if (!next_line(rest, ret_raw, line))
		return false;
	*ret_first = *line;
	while (span_ends(*ret_raw, "\\") && next_line(rest, &part, line))
		ret_raw->n = (size_t)(part.p + part.n - ret_raw->p);
	return true;
}

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == '=' || c == '\r';
}

/* Splits "command arguments" or "key = value". */
static struct span split_command(struct span line, struct span *ret_rest)
{
	struct span word = {line.p, 0};

	while (word.n < line.n && !is_separator(word.p[word.n]))
		word.n++;
	line.p += word.n;
	line.n -= word.n;
	while (line.n && is_separator(line.p[0]))
		line.p++, line.n--;
	*ret_rest = line;
	return word;
}

static const char *keep(struct reader *r, struct span s)
{
	return arena_strndup(r->a, s.p, s.n);
}

static struct boot_entry *last_entry(struct reader *r)
{
	return r->open && !r->full ? &r->ret->entries.at[r->ret->entries.n - 1] : NULL;
}

static void close_entry(struct reader *r)
{
	struct boot_entry *b = last_entry(r);

	if (b)
		b->kind = boot_entry_classify(b);
	r->open = false;
}

static struct boot_entry *open_entry(struct reader *r, struct span raw, unsigned line)
{
	struct boot_entries *all = &r->ret->entries;
	struct boot_entry *b;

	close_entry(r);
	r->open = true;
	if (all->n >= BOOT_ENTRIES_MAX || all->words >= BOOT_WORDS_MAX) {
		all->limit = r->full = true;
		return NULL;
	}
	b = list_add(r->a, all);
	b->title = "";
	b->index = (unsigned)all->n - 1;
	b->line = line;
	b->text = evidence_text(r->a, raw);
	return b;
}

static struct kernel_line *add_line(struct reader *r, struct boot_entry *b, const char *command,
	struct span path, unsigned line, struct span raw)
{
	struct kernel_line *k;

	if (b->lines.n >= KERNEL_LINES_MAX) {
		r->ret->entries.limit = true;
		return NULL;
	}
	k = list_add(r->a, &b->lines);
	k->command = command;
	k->path = keep(r, path);
	k->line = line;
	k->text = evidence_text(r->a, raw);
	return k;
}

/* A copy in which a continuation is a blank. */
static struct span joined(struct reader *r, struct span s)
{
	char *text = arena_strndup(r->a, s.p, s.n);

	for (size_t i = 0; i + 1 < s.n; i++) {
		if (text[i] == '\\' && text[i + 1] == '\n')
			text[i] = text[i + 1] = ' ';
	}
	return (struct span){text, s.n};
}

static void read_kernel(struct reader *r, struct boot_entry *b, const char *command,
	struct span rest, unsigned line, struct span raw)
{
	struct kernel_line *k;
	struct span path = {"", 0};

	rest = joined(r, rest);
	while (next_word(&rest, &path) && span_starts(path, "--")) /* --type=, --no-mem-option */
		path = (struct span){"", 0};
	k = add_line(r, b, command, path, line, raw);
	if (!k)
		return;
	cmdline_split(&k->args, r->a, rest, line);
	r->ret->entries.words += k->args.n;
}

static void add_initrds(struct reader *r, struct boot_entry *b, struct span rest)
{
	struct span word;

	while (b->initrds.n < KERNEL_LINES_MAX && next_word(&rest, &word))
		*list_add(r->a, &b->initrds) = keep(r, word);
}

static void legacy_head(struct reader *r, struct span command, struct span rest, unsigned line)
{
	if (span_is(command, "default")) {
		r->ret->default_is = keep(r, rest);
		r->ret->default_line = line;
	} else if (span_is(command, "fallback")) {
		r->ret->fallback = keep(r, rest);
	} else if (span_is(command, "timeout")) {
		r->ret->timeout = keep(r, rest);
	}
}

static void legacy_body(
	struct reader *r, struct span command, struct span rest, unsigned line, struct span raw)
{
	struct boot_entry *b = last_entry(r);

	if (!b)
		return;
	if (span_is(command, "kernel") || span_is(command, "linux"))
		read_kernel(r, b, "kernel", rest, line, raw);
	else if (span_is(command, "module"))
		read_kernel(r, b, "module", rest, line, raw);
	else if (span_is(command, "initrd"))
		add_initrds(r, b, rest);
	else if (span_is(command, "root") || span_is(command, "rootnoverify"))
		b->root = keep(r, rest);
	else if (span_is(command, "uuid"))
		b->search = arena_printf(r->a, "UUID=%s", keep(r, rest));
	else if (span_is(command, "chainloader") || span_is(command, "configfile"))
		b->chain = true;
}

void grub_legacy_parse(struct grub_legacy *ret, struct arena *a, const char *text, size_t len)
{
	struct reader r = {.ret = ret, .a = a};
	struct span rest = {text, len}, raw, args;
	unsigned line = 0, first = 0;

	*ret = (struct grub_legacy){0};
	while (!r.full && next_command(&rest, &raw, &line, &first)) {
		struct span bare = span_trim(raw), command = split_command(bare, &args);
		struct boot_entry *b;

		if (!bare.n || bare.p[0] == '#')
			continue;
		if (span_is(command, "title")) {
			b = open_entry(&r, raw, first);
			if (b)
				b->title = keep(&r, args);
		} else if (r.open) {
			legacy_body(&r, command, args, first, raw);
		} else {
			legacy_head(&r, command, args, first);
		}
	}
	close_entry(&r);
}

static struct span unquote(struct span s)
{
	s = span_trim(s);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return (struct span){s.p + 1, s.n - 2};
	return s;
}

/* Gives the section that ends what it or the head of the file said. */
static void elilo_close(struct reader *r)
{
	struct boot_entry *b = last_entry(r);
	const struct setting *root = r->own_root.value ? &r->own_root : &r->root;
	const struct setting *append = r->own_append.value ? &r->own_append : &r->append;
	struct kernel_line *k = b && b->lines.n ? &b->lines.at[0] : NULL;
	const char *word;

	if (k && root->value) {
		word = arena_printf(r->a, "root=%s", root->value);
		cmdline_add(&k->args, r->a, span_of(word), root->line, false);
	}
	if (k && append->value) {
		cmdline_split(&k->args, r->a, span_of(append->value), append->line);
		k->text = append->text;
		k->line = append->line;
	} else if (k && root->value) {
		k->text = root->text;
		k->line = root->line;
	}
	if (k) {
		r->ret->entries.words += k->args.n;
		if (!b->initrds.n && r->initrd.value)
			*list_add(r->a, &b->initrds) = r->initrd.value;
	}
	r->own_root = r->own_append = (struct setting){0};
	close_entry(r);
}

static void elilo_key(
	struct reader *r, struct span key, struct span value, unsigned line, struct span raw)
{
	struct setting s = {
		.value = keep(r, value), .line = line, .text = evidence_text(r->a, raw)};
	struct boot_entry *b = last_entry(r);

	if (span_is(key, "root"))
		*(r->open ? &r->own_root : &r->root) = s;
	else if (span_is(key, "append"))
		*(r->open ? &r->own_append : &r->append) = s;
	else if (span_is(key, "initrd") && !r->open)
		r->initrd = s;
	else if (span_is(key, "initrd") && b && b->initrds.n < KERNEL_LINES_MAX)
		*list_add(r->a, &b->initrds) = s.value;
	else if (span_is(key, "label") && b)
		b->title = b->id = s.value;
	else if (span_is(key, "default") && !r->open)
		r->ret->default_is = s.value, r->ret->default_line = line;
	else if (span_is(key, "timeout") && !r->open)
		r->ret->timeout = s.value;
}

void elilo_parse(struct grub_legacy *ret, struct arena *a, const char *text, size_t len)
{
	struct reader r = {.ret = ret, .a = a};
	struct span rest = {text, len}, raw, value;
	unsigned line = 0, first = 0;

	*ret = (struct grub_legacy){0};
	while (!r.full && next_command(&rest, &raw, &line, &first)) {
		struct span bare = span_trim(raw), key = split_command(bare, &value);
		struct boot_entry *b;

		if (!bare.n || bare.p[0] == '#')
			continue;
		value = unquote(joined(&r, value));
		if (span_is(key, "image") || span_is(key, "other")) {
			elilo_close(&r);
			b = open_entry(&r, raw, first);
			if (b && span_is(key, "image"))
				add_line(&r, b, "image", value, first, raw);
			if (b)
				b->title = keep(&r, value), b->chain = span_is(key, "other");
		} else {
			elilo_key(&r, key, value, first, raw);
		}
	}
	elilo_close(&r);
}
