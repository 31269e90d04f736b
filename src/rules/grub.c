/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How root= and resume= name their devices, wherever kernel arguments are kept.  Two judges are
 * followed: the documents, which want UUIDs in four files, and the agent's own check, which reads
 * one file line by line and accepts or refuses other things (parse/agent_grub.h).
 *
 * Whether a stable name leads anywhere is another rule's question, but for logical volumes, which
 * the agent looks up.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"

static const char *const keys[] = {"root", "resume"};

/* Variables that hold a root= or resume=; stock configurations have one or two. */
#define VARIABLES_MAX 64

/* Who looks at a place where kernel arguments are kept. */
enum reader {
	BY_AGENT,    /* the one file of the agent's check, which the documents name too */
	BY_DOCUMENT, /* /etc/default/grub */
	BY_NOBODY,   /* only the boot itself */
};

/* What to do with the corrected line. */
enum repair { WRITE_LINE, REGENERATE, WRITE_AND_REGENERATE, WRITE_BLS, SET_ENV, WRITE_INITRAMFS };

/* One line that holds kernel arguments. */
struct source {
	struct origin from;
	const struct kernel_args *args;
	const struct boot_file *file; /* NULL: not a boot menu */
	enum reader reader;
	enum repair repair;
	bool spare; /* of a rescue entry, or of a branch that is never taken */
	bool boots; /* loads a kernel, so it should hold a root= */
};

/* What has been judged on which line of the agent's file. */
struct judged {
	unsigned line;
	const char *key;
	enum verdict verdict;
};

struct search {
	struct check *c;
	LIST(const struct kernel_arg *) variables; /* arguments that variables hold */
	LIST(struct judged) judged;
	unsigned lines;
	struct origin example; /* of a good line */
	bool told_to_regenerate;
};

struct opinion {
	enum verdict verdict;
	enum reason reason;
	const char *what; /* "a kernel device name, ..." */
	const char *so;   /* what follows from it; NULL: the same as for all bad names */
};

/* ---- the names ---- */

/* /dev/disk/by-id/dm-name-X is /dev/mapper/X by another name. */
static struct devspec spec_of(struct arena *a, const char *value)
{
	struct devspec d = devspec_parse(a, value);

	if (d.class == DEVSPEC_BY_ID && str_starts(d.value, "dm-name-"))
		return devspec_parse(
			a, arena_printf(a, "/dev/mapper/%s", d.value + strlen("dm-name-")));
	if (d.class == DEVSPEC_BY_ID && str_starts(d.value, "dm-uuid-LVM-"))
		d.class = DEVSPEC_UUID;
	return d;
}

static bool has_encrypted_volume(const struct map *map)
{
	list_each(v, &map->volumes) {
		if ((*v)->sig.type && !strcmp((*v)->sig.type, "crypto_LUKS"))
			return true;
	}
	return false;
}

static bool is_linear(const struct logical_volume *lv)
{
	list_each(type, &lv->types) {
		if (strcmp(*type, "linear"))
			return false;
	}
	return true;
}

/* Names of dm-crypt maps, which the agent accepts, by custom. */
static bool looks_encrypted(const char *name)
{
	return str_starts(name, "luks-") || str_starts(name, "crypt") || str_ends(name, "_crypt");
}

static bool looks_multipath(const char *name)
{
	return str_starts(name, "mpath") || (str_starts(name, "36") && strlen(name) >= 33);
}

static struct opinion opinion_on_missing_lv(
	const struct check *c, const struct devspec *d, bool named_vg)
{
	const struct map *map = &c->facts->vm->map;

	struct opinion missing = {
		.verdict = FAIL,
		.what = "a logical volume that does not exist",
		.so = "the machine does not find it",
	};

	if (named_vg) {
		missing.what = arena_printf(
			c->arena, "a logical volume that the volume group %s does not have", d->vg);
	} else if (has_encrypted_volume(map)) {
		missing.verdict = UNKNOWN;
		missing.reason = REASON_UNREADABLE;
		missing.what =
			"on no volume that can be seen, but one that is encrypted may hold it";
	} else if (!c->options->complete) {
		missing.verdict = UNKNOWN;
		missing.reason = REASON_MISSING_DISK;
		missing.what = arena_printf(
			c->arena, "of the volume group %s, which is on no given disk", d->vg);
	}
	return missing;
}

/* The agent accepts a device-mapper name when it finds a linear or crypt map behind it. */
static struct opinion opinion_on_mapper(const struct check *c, const struct devspec *d)
{
	const struct map *map = &c->facts->vm->map;
	const struct logical_volume *lv = d->vg ? map_lv(map, d->vg, d->lv) : NULL;
	bool named_vg = d->vg && map_group(map, d->vg);

	if (lv && is_linear(lv))
		return (struct opinion){.verdict = PASS};
	if (lv)
		return (struct opinion){.verdict = WARN,
			.what = "a logical volume that is not linear, which the agent does not "
				"know"};
	if (!named_vg && looks_encrypted(d->value))
		return (struct opinion){.verdict = PASS};
	if (d->vg && (named_vg || !looks_multipath(d->value)))
		return opinion_on_missing_lv(c, d, named_vg);
	return (struct opinion){
		.verdict = WARN, .what = "a device-mapper name that is no logical volume's"};
}

static struct opinion opinion_on_label(const struct check *c, const char *value)
{
	unsigned matches = 0;
	bool guess;

	map_resolve(&c->facts->vm->map, value, &guess, &matches);
	if (matches < 2)
		return (struct opinion){.verdict = PASS};
	return (struct opinion){
		.verdict = WARN,
		.what = arena_printf(c->arena, "a label that %u volumes carry", matches),
		.so = "the machine may start from the wrong one",
	};
}

/* Classes whose names are bad, in the agent's file and elsewhere. */
static const struct {
	enum verdict by_agent, elsewhere;
	const char *what;
} bad_names[] = {
	[DEVSPEC_KERNEL_NAME] = {FAIL, FAIL,
		"a kernel device name, which another disk may have after failover"},
	[DEVSPEC_NVME] = {FAIL, FAIL,
		"an NVMe device name, which changes with the disk's controller"},
	[DEVSPEC_CCISS] = {FAIL, FAIL, "a Smart Array device name, which no disk has in Azure"},
	[DEVSPEC_MMC_OTHER] = {FAIL, FAIL,
		"a device node or number, which another disk may have after failover"},
	[DEVSPEC_BY_ID] = {FAIL, WARN,
		"made of the identity that the disk has on its present hypervisor"},
	[DEVSPEC_BY_PATH] = {FAIL, WARN, "made of the disk's place on its present hypervisor"},
	[DEVSPEC_DM_NUMBER] = {WARN, WARN,
		"a device-mapper number, which is given out anew at every boot"},
	[DEVSPEC_MD] = {WARN, PASS, "a software RAID device"},
};

static struct opinion opinion_on(const struct check *c, const char *value, enum reader reader)
{
	struct devspec d = spec_of(c->arena, value);
	bool by_agent = reader == BY_AGENT;

	switch (d.class) {
	case DEVSPEC_DEV_ROOT:
		return (struct opinion){.verdict = UNKNOWN,
			.reason = REASON_NOT_ON_DISK,
			.what = "a name that does not tell the device"};
	case DEVSPEC_LABEL:
		return opinion_on_label(c, value);
	case DEVSPEC_PARTUUID:
	case DEVSPEC_PARTLABEL:
		if (by_agent && str_starts(value, "/dev/"))
			return (struct opinion){.verdict = WARN,
				.what = "stable, but no name that the agent's check knows"};
		break;
	case DEVSPEC_MAPPER:
	case DEVSPEC_VG_LV:
		if (by_agent)
			return opinion_on_mapper(c, &d);
		break;
	default:
		if ((size_t)d.class < ARRAY_LEN(bad_names) && bad_names[d.class].what)
			return (struct opinion){.verdict = by_agent ? bad_names[d.class].by_agent
								    : bad_names[d.class].elsewhere,
				.what = bad_names[d.class].what};
	}
	return (struct opinion){.verdict = PASS};
}

/* ---- the repair ---- */

static const struct volume *only_swap(const struct map *map)
{
	const struct volume *only = NULL;

	list_each(v, &map->volumes) {
		if (!(*v)->sig.type || strcmp((*v)->sig.type, "swap"))
			continue;
		if (only)
			return NULL;
		only = *v;
	}
	return only;
}

/* A filesystem, or swap space: not a physical volume of LVM, say. */
static bool holds(const struct volume *v, bool filesystem)
{
	const char *type = v->sig.type, *usage = v->sig.usage;

	return filesystem ? usage && !strcmp(usage, "filesystem") : type && !strcmp(type, "swap");
}

/* "UUID=..." of what value means in this image, or NULL; ret_note: how sure that is. */
static const char *uuid_for(
	const struct check *c, const char *key, const char *value, const char **ret_note)
{
	const struct map *map = &c->facts->vm->map;
	bool is_root = !strcmp(key, "root"), guess = false;
	unsigned matches = 0;
	const struct volume *v = map_resolve(map, value, &guess, &matches);

	if (v && !holds(v, is_root))
		v = NULL;
	if (v && guess && v != c->guest->root)
		*ret_note = arena_printf(c->arena,
			"%s was taken for %s by its position: compare with blkid in the guest.",
			v->name, value);
	if (!v) {
		v = is_root ? c->guest->root : only_swap(map);
		if (v)
			*ret_note = arena_printf(c->arena,
				"%s was taken for %s, as the only %s found: compare with blkid in "
				"the guest.",
				v->name, value, is_root ? "root filesystem" : "swap space");
	}
	return v && v->sig.uuid ? arena_printf(c->arena, "UUID=%s", v->sig.uuid) : NULL;
}

static bool ends_value(char c)
{
	return !c || isspace((unsigned char)c) || c == '"' || c == '\'';
}

/* Where value stands as KEY=value in text, or NULL. */
static const char *find_value(const char *text, const char *key, const char *value)
{
	const char *p = text;

	while ((p = strcasestr(p, key))) {
		bool whole = p == text || !(isalnum((unsigned char)p[-1]) || strchr("_.-", p[-1]));
		const char *v = p + strlen(key);

		p++;
		v += strspn(v, " \t");
		if (!whole || *v != '=')
			continue;
		v += 1 + strspn(v + 1, " \t\"'");
		if (str_starts(v, value) && ends_value(v[strlen(value)]))
			return v;
	}
	return NULL;
}

/* A tab would not survive the way over a terminal. */
static const char *without_tabs(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);

	for (char *p = copy; *p; p++) {
		if (*p == '\t')
			*p = ' ';
	}
	return copy;
}

/* The line with every bad name replaced, or NULL when a UUID is missing. */
static const char *corrected(const struct check *c, const struct source *s, const char **ret_note)
{
	const char *text = s->from.text;

	for (size_t i = 0; text && i < ARRAY_LEN(keys); i++) {
		const struct kernel_arg *arg = cmdline_get(s->args, keys[i]);
		const char *uuid, *at;

		if (!arg || !arg->value || arg->unresolved ||
			opinion_on(c, arg->value, s->reader).verdict > WARN)
			continue;
		uuid = uuid_for(c, keys[i], arg->value, ret_note);
		at = find_value(text, keys[i], arg->value);
		if (!uuid || !at || strlen(text) >= EVIDENCE_TEXT_MAX)
			return NULL;
		text = arena_printf(c->arena, "%.*s%s%s", (int)(at - text), text, uuid,
			at + strlen(arg->value));
	}
	return text ? without_tabs(c->arena, text) : NULL;
}

static const char *regenerate(const struct check *c, const char *cfg)
{
	if (is_debian_like(c->guest))
		return "update-grub";
	if (!cfg)
		cfg = "/boot/grub2/grub.cfg";
	return arena_printf(c->arena, "%s -o %s",
		str_starts(cfg, "/boot/grub/") ? "grub-mkconfig" : "grub2-mkconfig", cfg);
}

/* The main grub.cfg of the guest, or NULL. */
static const char *main_cfg(const struct guest *g)
{
	list_each(f, &g->boot_config.files) {
		if ((*f)->kind == BOOT_GRUB_CFG)
			return (*f)->file->from.path;
	}
	return NULL;
}

static const char *how_to_write(struct search *search, const struct source *s, const char *line)
{
	const struct check *c = search->c;
	struct arena *a = c->arena;
	const char *first = "";

	switch (s->repair) {
	case REGENERATE:
		/* Once is enough, however many lines it will change. */
		if (!search->told_to_regenerate)
			first = arena_printf(a,
				"Take GRUB_DISABLE_LINUX_UUID and device names out of "
				"/etc/default/grub and regenerate the configuration:\n    %s\n",
				regenerate(c, s->from.path));
		search->told_to_regenerate = true;
		return arena_printf(
			a, "%sLine %u must then read:\n    %s", first, s->from.line, line);
	case WRITE_AND_REGENERATE:
		return arena_printf(a, "Write in %s:\n    %s\nthen run:\n    %s", s->from.path,
			line, regenerate(c, main_cfg(c->guest)));
	case WRITE_BLS:
		return arena_printf(a, "Write in %s:\n    options %s", s->from.path, line);
	case SET_ENV:
		return arena_printf(a, "Run:\n    grub2-editenv - set \"%s\"", line);
	case WRITE_INITRAMFS:
		return arena_printf(a, "Write in %s:\n    %s\nthen run:\n    update-initramfs -u",
			s->from.path, line);
	default:
		return arena_printf(a, "Write in %s:\n    %s", s->from.path, line);
	}
}

static const char *repair_of(struct search *search, const struct source *s)
{
	const char *note = NULL, *text;
	const char *line = corrected(search->c, s, &note);

	if (!line)
		return NULL;
	text = how_to_write(search, s, line);
	return note ? arena_printf(search->c->arena, "%s\n%s", text, note) : text;
}

/* ---- one argument ---- */

static const struct agent_hit *hit_of(
	const struct check *c, const struct source *s, const char *key)
{
	if (s->reader != BY_AGENT)
		return NULL;
	list_each(h, &c->guest->boot_config.agent_hits) {
		if (h->line == s->from.line && !strcmp(h->key, key))
			return h;
	}
	return NULL;
}

static const char *consequence(const struct check *c, const struct source *s, const char *key,
	const char *so, bool refused)
{
	const char *text;

	if (refused)
		text = "the mobility agent's installer refuses it";
	else if (so)
		text = so;
	else if (s->reader == BY_AGENT)
		text = "the documents forbid it in this file, although the agent's own check "
		       "overlooks it";
	else if (s->reader == BY_DOCUMENT)
		text = "the documents forbid it here, and the next update of GRUB's configuration "
		       "writes it into the menu";
	else
		text = arena_printf(c->arena, "the machine may not find its %s after failover",
			!strcmp(key, "root") ? "root filesystem" : "swap space");
	if (!s->spare)
		return text;
	return arena_printf(c->arena, "%s; only a rescue or recovery entry uses it%s", text,
		refused ? ", an exception that the agent does not make" : "");
}

static void say_bad(struct search *s, const struct source *src, const char *key, const char *value,
	struct opinion o)
{
	static const enum basis bases[] = {
		[BY_AGENT] = DOC, [BY_DOCUMENT] = DOC, [BY_NOBODY] = ENG};
	const struct agent_hit *hit = hit_of(s->c, src, key);
	bool refused = hit && hit->answer != AGENT_ACCEPTS;

	if (o.verdict == FAIL && src->spare)
		o.verdict = WARN;
	say(s->c, o.verdict, refused ? AGENT : bases[src->reader], &src->from, "%s=%s is %s; %s",
		key, value, o.what, consequence(s->c, src, key, o.so, refused))
		->remedy = repair_of(s, src);
}

/* Words that only the running GRUB knows, on a line that is bad anyway. */
static void note_variables(struct search *s, const struct source *src)
{
	list_each(arg, src->args) {
		if (arg->unresolved && !arg->value)
			say(s->c, INFO, ENG, &src->from,
				"%s on this line is known only when GRUB runs", arg->key);
	}
}

static void judge_arg(
	struct search *s, const struct source *src, const char *key, const struct kernel_arg *arg)
{
	struct opinion o;

	if (arg->unresolved) {
		if (!src->spare)
			say_unknown(s->c, REASON_UNSUPPORTED, &src->from,
				"%s=%s holds a variable that this configuration does not set", key,
				arg->value);
		return;
	}
	o = opinion_on(s->c, arg->value, src->reader);
	if (src->reader == BY_AGENT)
		*list_add(s->c->arena, &s->judged) =
			(struct judged){src->from.line, key, o.verdict};
	if (o.verdict == UNKNOWN)
		say_unknown(s->c, o.reason, &src->from, "%s=%s is %s", key, arg->value, o.what);
	else if (o.verdict < UNKNOWN)
		say_bad(s, src, key, arg->value, o);
}

/* ---- one line ---- */

/* A value that came to this line from a variable is judged where the variable is set. */
static bool set_elsewhere(
	const struct search *s, const struct source *src, const struct kernel_arg *arg)
{
	if (!src->file || find_value(src->from.text, arg->key, arg->value))
		return false;
	list_each(v, &s->variables) {
		if (!strcmp((*v)->key, arg->key) && !strcmp((*v)->value, arg->value))
			return true;
	}
	return false;
}

static const struct kernel_arg *unresolved_word(const struct kernel_args *args)
{
	list_each(arg, args) {
		if (arg->unresolved && !arg->value)
			return arg;
	}
	return NULL;
}

/* $kernelopts of a BLS entry, where grubenv has none: grub.cfg's own assignment counts. */
static bool set_by_menu(const struct search *s, const char *word)
{
	const char *name = word + strspn(word, "${");
	size_t n = strcspn(name, "}");

	list_each(f, &s->c->guest->boot_config.files) {
		for (size_t i = 0; (*f)->cfg && i < (*f)->cfg->sets.n; i++) {
			const char *set = (*f)->cfg->sets.at[i].name;

			if (strlen(set) == n && !strncmp(set, name, n))
				return true;
		}
	}
	return false;
}

static void judge_source(struct search *s, const struct source *src)
{
	const struct kernel_arg *root = cmdline_get(src->args, "root"), *word;
	size_t said = s->c->finding->evidence.n;

	s->lines++;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct kernel_arg *arg = cmdline_get(src->args, keys[i]);

		if (arg && arg->value && !set_elsewhere(s, src, arg))
			judge_arg(s, src, keys[i], arg);
	}
	if (s->c->finding->evidence.n > said) {
		note_variables(s, src);
		return;
	}
	word = src->boots && !root && !src->spare ? unresolved_word(src->args) : NULL;
	if (word && !set_by_menu(s, word->key))
		say_unknown(s->c, REASON_UNSUPPORTED, &src->from,
			"the line has no root=, unless in %s, which this configuration does not "
			"set",
			word->key);
	else if (src->boots && !s->example.device)
		s->example = src->from;
}

/* ---- the places ---- */

/* elilo's root= stands on another line than append=. */
static void judge_root_line(struct search *s, const struct boot_file *f, struct source src,
	const struct kernel_args *args)
{
	struct span rest = {f->file->text, f->file->len}, line;
	unsigned number = 0;

	while (next_line(&rest, &line, &number)) {
		if (number != args->at[0].line)
			continue;
		line = span_trim(line);
		src.from = origin_line(f->file, number, arena_strndup(s->c->arena, line.p, line.n));
		src.args = args;
		src.boots = false;
		judge_source(s, &src);
		return;
	}
}

static void judge_elilo_line(
	struct search *s, const struct boot_file *f, struct source src, const struct kernel_line *k)
{
	struct kernel_args here = {0}, elsewhere = {0};

	list_each(arg, &k->args) {
		bool own = arg->line == k->line;

		*(own ? list_add(s->c->arena, &here) : list_add(s->c->arena, &elsewhere)) = *arg;
	}
	src.args = &here;
	judge_source(s, &src);
	if (elsewhere.n)
		judge_root_line(s, f, src, &elsewhere);
}

static void judge_kernel_line(struct search *s, const struct boot_file *f,
	const struct boot_entry *entry, const struct kernel_line *k)
{
	struct source src = {
		.from = origin_line(f->file, k->line, k->text),
		.args = &k->args,
		.file = f,
		.reader = f->agent_reads ? BY_AGENT : BY_NOBODY,
		.repair = f->kind == BOOT_BLS ? WRITE_BLS
			  : f->cfg            ? REGENERATE
					      : WRITE_LINE,
		.spare = entry->kind != BOOT_NORMAL || entry->unreachable,
		.boots = k == boot_entry_kernel(entry),
	};

	if (f->legacy && f->kind == BOOT_ESP_CFG)
		judge_elilo_line(s, f, src, k);
	else
		judge_source(s, &src);
}

/* Arguments that stand in a variable. */
static void judge_variable(struct search *s, const char *value, struct source src)
{
	struct kernel_args *args = arena_new(s->c->arena, struct kernel_args);

	cmdline_split(args, s->c->arena, span_of(value), src.from.line);
	src.args = args;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct kernel_arg *arg = cmdline_get(args, keys[i]);

		if (arg && arg->value && s->variables.n < VARIABLES_MAX)
			*list_add(s->c->arena, &s->variables) = arg;
	}
	if (cmdline_get(args, "root") || cmdline_get(args, "resume"))
		judge_source(s, &src);
}

/* set kernelopts="root=..." and the like, outside entries; the agent reads them in any branch. */
static void judge_sets(struct search *s, const struct boot_file *f)
{
	for (size_t i = 0; f->cfg && i < f->cfg->sets.n; i++) {
		const struct grub_set *set = &f->cfg->sets.at[i];
		struct source src = {
			.from = origin_line(f->file, set->line, set->text),
			.reader = f->agent_reads ? BY_AGENT : BY_NOBODY,
			.repair = REGENERATE,
		};

		judge_variable(s, set->value, src);
	}
}

static bool unreadable(struct search *s, const struct guest_file *f)
{
	if (!f || f->status != FILE_UNREADABLE)
		return false;
	say_unknown(s->c, f->reason, &f->from, "%s cannot be read: %s", f->path, f->why);
	return true;
}

static void judge_boot_file(struct search *s, const struct boot_file *f)
{
	if (unreadable(s, f->file))
		return;
	list_each(entry, &f->entries) {
		list_each(k, &entry->lines)
			judge_kernel_line(s, f, entry, k);
	}
	if (f->entries.limit || (f->cfg && f->cfg->limit))
		say_unknown(s->c, REASON_LIMIT, &f->file->from,
			"%s has more boot entries than are looked at", f->file->path);
}

static void judge_shellvar(struct search *s, const struct shellvars *vars, const char *name,
	const struct guest_file *const *files, struct source src)
{
	const struct shellvar *v = shellvars_get(vars, name);

	if (!v)
		return;
	src.from = origin_line(files[v->file], v->line, v->text);
	judge_variable(s, v->value, src);
}

static void judge_defaults(struct search *s)
{
	const struct boot_config *b = &s->c->guest->boot_config;
	const struct guest_file *const *files = b->default_files.at;
	struct source src = {.reader = BY_DOCUMENT, .repair = WRITE_AND_REGENERATE};

	list_each(f, &b->default_files)
		unreadable(s, *f);
	judge_shellvar(s, &b->defaults, "GRUB_CMDLINE_LINUX", files, src);
	judge_shellvar(s, &b->defaults, "GRUB_CMDLINE_LINUX_DEFAULT", files, src);
	src.spare = true;
	judge_shellvar(s, &b->defaults, "GRUB_CMDLINE_LINUX_RECOVERY", files, src);
}

/* RESUME= of initramfs-tools is a resume= by another name. */
static void judge_initramfs_resume(struct search *s)
{
	const struct boot_config *b = &s->c->guest->boot_config;
	const struct shellvar *v = shellvars_get(&b->initramfs_resume_vars, "RESUME");
	struct source src = {.reader = BY_NOBODY, .repair = WRITE_INITRAMFS};

	if (unreadable(s, b->initramfs_resume) || !b->initramfs_resume || !v)
		return;
	src.from = origin_line(b->initramfs_resume, v->line, v->text);
	judge_variable(s, arena_printf(s->c->arena, "resume=%s", v->value), src);
}

static void judge_kernel_cmdline(struct search *s)
{
	const struct boot_config *b = &s->c->guest->boot_config;
	struct source src = {.args = &b->kernel_cmdline_args, .reader = BY_NOBODY};
	struct span text;

	if (unreadable(s, b->kernel_cmdline) || !b->kernel_cmdline)
		return;
	text = span_trim((struct span){b->kernel_cmdline->text, b->kernel_cmdline->len});
	src.from = origin_line(b->kernel_cmdline, 1, arena_strndup(s->c->arena, text.p, text.n));
	judge_source(s, &src);
}

static void judge_grubenv(struct search *s)
{
	const struct boot_config *b = &s->c->guest->boot_config;
	const struct grubenv_var *v = grubenv_get(&b->env, "kernelopts");
	struct source src = {.reader = BY_NOBODY, .repair = SET_ENV};

	if (unreadable(s, b->env_file) || !b->env_file || !v)
		return;
	src.from = origin_line(b->env_file, v->line, v->text);
	judge_variable(s, v->value, src);
}

static void judge_suse_bootloader(struct search *s)
{
	const struct boot_config *b = &s->c->guest->boot_config;
	const struct guest_file *const *file = &b->suse_bootloader;
	struct source src = {.reader = BY_NOBODY, .repair = WRITE_LINE};

	if (unreadable(s, *file) || !*file)
		return;
	judge_shellvar(s, &b->suse_bootloader_vars, "DEFAULT_APPEND", file, src);
	src.spare = true;
	judge_shellvar(s, &b->suse_bootloader_vars, "FAILSAFE_APPEND", file, src);
}

/* ---- what the next grub-mkconfig would write ---- */

static bool is_true(const struct shellvar *v)
{
	return v && !strcmp(v->value, "true");
}

static const struct shellvar *not_empty(const struct shellvars *vars, const char *name)
{
	const struct shellvar *v = shellvars_get(vars, name);

	return v && *v->value ? v : NULL;
}

/* Only the literal "true" counts for grub-mkconfig. */
static void judge_disabled_uuid(struct search *s)
{
	const struct guest *g = s->c->guest;
	const struct boot_config *b = &g->boot_config;
	const struct shellvar *uuid = not_empty(&b->defaults, "GRUB_DISABLE_LINUX_UUID");
	const struct shellvar *partuuid = not_empty(&b->defaults, "GRUB_DISABLE_LINUX_PARTUUID");
	struct origin o;

	if (!uuid)
		uuid = not_empty(&b->defaults, "GRUB_DISABLE_UUID");
	if (!is_true(uuid) || (partuuid && !strcmp(partuuid->value, "false")) ||
		g->root->kind == VOLUME_LV || not_empty(&b->defaults, "GRUB_FORCE_PARTUUID"))
		return;
	o = origin_line(b->default_files.at[uuid->file], uuid->line, uuid->text);
	say(s->c, WARN, ENG, &o,
		"%s=true makes the next update of GRUB's configuration write a device name as "
		"root=",
		uuid->name)
		->remedy =
		arena_printf(s->c->arena, "Write in %s:\n    %s=false\nthen run:\n    %s", o.path,
			uuid->name, regenerate(s->c, main_cfg(g)));
}

/* ---- what the agent sees beyond that ---- */

static const struct judged *judged_at(const struct search *s, const struct agent_hit *h)
{
	list_each(j, &s->judged) {
		if (j->line == h->line && !strcmp(j->key, h->key))
			return j;
	}
	return NULL;
}

/* The check finds root= in the middle of real_root= as well. */
static bool is_whole_word(const struct agent_hit *h)
{
	for (const char *p = h->text; (p = strstr(p, h->key)); p++) {
		const char *end = p + strlen(h->key);

		if (end[strspn(end, " \t")] == '=')
			return p == h->text || isspace((unsigned char)p[-1]) ||
			       strchr("\"'", p[-1]);
	}
	return true;
}

static void judge_agent_alone(struct search *s)
{
	const struct boot_file *file = NULL;

	list_each(f, &s->c->guest->boot_config.files) {
		if ((*f)->agent_reads)
			file = *f;
	}
	list_each(h, &s->c->guest->boot_config.agent_hits) {
		const struct judged *j = judged_at(s, h);
		struct origin o;

		if (!file || h->answer != AGENT_REFUSES || (j && j->verdict <= UNKNOWN))
			continue;
		o = origin_line(file->file, h->line, h->text);
		if (!is_whole_word(h))
			say(s->c, INFO, AGENT, &o,
				"the agent's check finds %s=%s in the middle of a longer word and "
				"may refuse this line, which is correct",
				h->key, h->value);
		else if (j)
			say(s->c, WARN, AGENT, &o,
				"the agent's check sees the first %s= of this line (%s) and "
				"refuses "
				"it; the kernel obeys the last, which is good",
				h->key, h->value)
				->remedy = arena_printf(
				s->c->arena, "Remove %s=%s from this line.", h->key, h->value);
		else
			say(s->c, WARN, AGENT, &o,
				"the agent's check takes this for a kernel line and refuses %s=%s; "
				"the boot does not use it",
				h->key, h->value);
	}
}

static void device_names(struct check *c)
{
	struct search s = {.c = c};
	const struct boot_config *b = &c->guest->boot_config;
	bool unseen = boot_unseen(c);

	if (!unseen && b->boot_dir == FILE_UNREADABLE)
		say_unknown(
			c, REASON_UNREADABLE, NULL, "/boot cannot be listed: %s", b->boot_dir_why);
	list_each(f, &b->files)
		judge_sets(&s, *f);
	judge_grubenv(&s);
	list_each(f, &b->files)
		judge_boot_file(&s, *f);
	judge_agent_alone(&s);
	judge_defaults(&s);
	judge_disabled_uuid(&s);
	judge_kernel_cmdline(&s);
	judge_initramfs_resume(&s);
	judge_suse_bootloader(&s);
	list_each(ev, &c->finding->evidence) {
		if (ev->verdict <= UNKNOWN)
			return;
	}
	if (s.lines)
		say(c, PASS, DOC, s.example.device ? &s.example : NULL,
			"no root= or resume= names a device that may change, on %u line%s of "
			"kernel arguments",
			s.lines, s.lines == 1 ? "" : "s");
	else if (!c->finding->evidence.n)
		say(c, NA, ENG, NULL, "the guest has no GRUB configuration");
}

static const struct rule rules[] = {
	{
		.id = "ASR-95320",
		.errors = {95320, 151126},
		.category = REPLICATION,
		.applies = LINUX,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Device name instead of UUID in GRUB (root=, resume=)",
		.about =
			"The documents want UUIDs as root= and resume= in menu.lst, grub.cfg and "
			"/etc/default/grub; the agent's installer reads one of them line by line "
			"and accepts UUID, LABEL and linear or encrypted device-mapper names. Boot "
			"Loader Specification entries, grubenv, the EFI system partition and other "
			"sources of kernel arguments are looked at too, as the machine boots by "
			"them. The failover preparation rewrites root=, but never resume=.",
		.remedy = "Find the UUID with blkid, write root=UUID=... and resume=UUID=..., and "
			  "regenerate GRUB's configuration.",
		.source = PUSH_PAGE
		"; Azure to Azure protection errors page, 2025-09-19; " AGENT_CHECK
		"; " HYDRATION_CODE,
		.check = device_names,
	},
};

const struct rule_set grub_rules = {rules, ARRAY_LEN(rules)};
