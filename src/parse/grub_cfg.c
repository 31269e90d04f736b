/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GRUB 2 manual, "Commands" and "GRUB environment variables".  Words come from grub_script.
 * Functions are not called: what their bodies set has no effect.  Loops are walked once.  Files
 * named by configfile and source are listed for the caller, not read.
 */
#include "parse/grub_cfg.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "parse/evidence.h"
#include "parse/grub_script.h"

enum frame_kind { FRAME_ENTRY, FRAME_SUBMENU, FRAME_FUNCTION, FRAME_BLOCK, FRAME_IF, FRAME_LOOP };

struct frame {
	enum frame_kind kind;
	enum grub_reach reach; /* of the commands in it, those around it considered */
	enum grub_reach done;  /* if: has a branch been taken before?  TAKEN yes, NEVER no */
	size_t vars;           /* to go back to */
	unsigned next_index;   /* of the menu around a submenu */
};

struct parser {
	struct grub_script s;
	struct grub_cfg *ret;
	struct arena *a;
	struct grub_word *w; /* the present command without keywords before it */
	size_t n;
	struct frame frames[GRUB_DEPTH_MAX];
	size_t depth, beyond; /* beyond: how many more are open than there is room for */
	const struct boot_menu *menu;
	unsigned next_index;
	long entry, loose; /* the entry being read, and the one for commands outside; -1: none */
};

static enum grub_reach reach(const struct parser *p)
{
	return p->depth ? p->frames[p->depth - 1].reach : GRUB_TAKEN;
}

static enum grub_reach worst(enum grub_reach a, enum grub_reach b)
{
	return a > b ? a : b;
}

static bool inside(const struct parser *p, enum frame_kind kind)
{
	for (size_t i = 0; i < p->depth; i++) {
		if (p->frames[i].kind == kind)
			return true;
	}
	return false;
}

static const char *keep(struct parser *p, const struct grub_word *w)
{
	return arena_strndup(p->a, w->p, w->n);
}

static const char *command_text(struct parser *p)
{
	return evidence_text(p->a, p->s.text);
}

static bool is(const struct grub_word *w, const char *text)
{
	return !strcmp(w->p, text);
}

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(text, *list))
			return true;
	}
	return false;
}

/* ---- nesting ---- */

static void push(struct parser *p, enum frame_kind kind, enum grub_reach own)
{
	struct frame *f;

	if (p->depth == GRUB_DEPTH_MAX) {
		p->beyond++;
		p->ret->limit = true;
		return;
	}
	f = &p->frames[p->depth];
	*f = (struct frame){
		kind, worst(reach(p), own), own, grub_script_mark(&p->s), p->next_index};
	p->depth++;
}

static void pop(struct parser *p)
{
	struct frame *f = &p->frames[--p->depth];

	if (f->kind == FRAME_ENTRY || f->kind == FRAME_FUNCTION || f->kind == FRAME_SUBMENU)
		grub_script_restore(&p->s, f->vars);
	if (f->kind == FRAME_SUBMENU) {
		p->next_index = f->next_index;
		p->menu = p->menu->up;
	}
	if (f->kind == FRAME_ENTRY) {
		struct boot_entry *b = p->entry < 0 ? NULL : &p->ret->entries.at[p->entry];

		if (b)
			b->kind = boot_entry_classify(b);
		p->entry = -1;
	}
}

static bool has_braces(const struct frame *f)
{
	return f->kind != FRAME_IF && f->kind != FRAME_LOOP;
}

static void close_brace(struct parser *p)
{
	size_t i = p->depth;

	if (p->beyond) {
		p->beyond--;
		return;
	}
	while (i && !has_braces(&p->frames[i - 1]))
		i--;
	while (i && p->depth >= i)
		pop(p);
}

static void close_word(struct parser *p, enum frame_kind kind)
{
	if (p->beyond)
		p->beyond--;
	else if (p->depth && p->frames[p->depth - 1].kind == kind)
		pop(p);
}

/* ---- conditions ---- */

static enum grub_reach opposite(enum grub_reach r)
{
	return r == GRUB_MAYBE ? r : r == GRUB_TAKEN ? GRUB_NEVER : GRUB_TAKEN;
}

/* Of A -o B the nearer to TAKEN holds, of A -a B the farther. */
static enum grub_reach nearest(enum grub_reach a, enum grub_reach b)
{
	return a < b ? a : b;
}

static enum grub_reach taken_if(bool yes)
{
	return yes ? GRUB_TAKEN : GRUB_NEVER;
}

/* One test without -a and -o. */
static enum grub_reach judge_one(const struct grub_word *w, size_t n)
{
	if (n && is(&w[0], "!"))
		return opposite(judge_one(w + 1, n - 1));
	for (size_t i = 0; i < n; i++) {
		if (w[i].unresolved)
			return GRUB_MAYBE;
	}
	if (n == 1)
		return taken_if(w[0].n);
	if (n == 2 && is(&w[0], "-n"))
		return taken_if(w[1].n);
	if (n == 2 && is(&w[0], "-z"))
		return taken_if(!w[1].n);
	if (n == 3 && (is(&w[1], "=") || is(&w[1], "==")))
		return taken_if(!strcmp(w[0].p, w[2].p));
	if (n == 3 && is(&w[1], "!="))
		return taken_if(strcmp(w[0].p, w[2].p));
	return GRUB_MAYBE;
}

/* The words of a test, brackets taken off; -a binds tighter than -o. */
static enum grub_reach judge(const struct grub_word *w, size_t n)
{
	enum grub_reach any = GRUB_NEVER, all = GRUB_TAKEN;
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		bool end = i == n || is(&w[i], "-o");

		if (!end && !is(&w[i], "-a"))
			continue;
		all = worst(all, judge_one(w + from, i - from));
		from = i + 1;
		if (end) {
			any = nearest(any, all);
			all = GRUB_TAKEN;
		}
	}
	return any;
}

/* if, elif, while: the condition is the rest of the command. */
static enum grub_reach condition(struct parser *p)
{
	const struct grub_word *w = p->w + 1;
	size_t n = p->n - 1;
	bool negated = n && is(w, "!");
	enum grub_reach r = GRUB_MAYBE;

	w += negated;
	n -= negated;
	if (n && is(w, "["))
		r = judge(w + 1, n - 1 - (n > 1 && is(&w[n - 1], "]")));
	else if (n && is(w, "test"))
		r = judge(w + 1, n - 1);
	return negated ? opposite(r) : r;
}

/* Goes on to the next branch of the if; own is its condition, TAKEN for else. */
static void next_branch(struct parser *p, enum grub_reach own)
{
	struct frame *f = p->depth ? &p->frames[p->depth - 1] : NULL;

	if (p->beyond || !f || f->kind != FRAME_IF)
		return;
	p->depth--;
	f->reach = worst(reach(p), worst(own, opposite(f->done)));
	p->depth++;
	/* The nearer to TAKEN of the two: some branch so far has been, or may have been. */
	f->done = nearest(f->done, own);
}

/* Takes keywords off the front of the command, those that ask with all that follows. */
static void read_keywords(struct parser *p)
{
	for (; p->n; p->w++, p->n--) {
		if (is(p->w, "else"))
			next_branch(p, GRUB_TAKEN);
		else if (is(p->w, "fi"))
			close_word(p, FRAME_IF);
		else if (is(p->w, "done"))
			close_word(p, FRAME_LOOP);
		else if (!is(p->w, "then") && !is(p->w, "do"))
			break;
	}
	if (!p->n)
		return;
	if (is(p->w, "if"))
		push(p, FRAME_IF, condition(p));
	else if (is(p->w, "elif"))
		next_branch(p, condition(p));
	else if (is(p->w, "while") || is(p->w, "until") || is(p->w, "for"))
		push(p, FRAME_LOOP, GRUB_MAYBE);
	else
		return;
	p->n = 0;
}

/* ---- entries ---- */

static struct boot_entry *new_entry(struct parser *p, long *ret_index)
{
	struct boot_entries *all = &p->ret->entries;
	struct boot_entry *b;

	*ret_index = -1;
	if (all->n >= BOOT_ENTRIES_MAX || all->words >= BOOT_WORDS_MAX) {
		all->limit = p->ret->limit = true;
		return NULL;
	}
	*ret_index = (long)all->n;
	b = list_add(p->a, all);
	b->title = "";
	b->menu = p->menu;
	b->unreachable = reach(p) == GRUB_NEVER;
	b->line = p->s.first_line;
	b->text = command_text(p);
	return b;
}

struct header {
	const char *title, *id, *classes;
};

/* The options of menuentry and submenu. */
static struct header read_header(struct parser *p)
{
	static const char *const with_value[] = {"--hotkey", "--users", "--class", "--id", NULL};
	struct header h = {0};

	for (size_t i = 1; i < p->n; i++) {
		const char *w = p->w[i].p, *eq = strchr(w, '=');
		bool is_id = is(&p->w[i], "--id") || str_starts(w, "$menuentry_id") ||
			     str_starts(w, "${menuentry_id");

		if (is_id && i + 1 < p->n) {
			h.id = keep(p, &p->w[++i]);
		} else if (is(&p->w[i], "--class") && i + 1 < p->n) {
			w = p->w[++i].p;
			h.classes = h.classes && strlen(h.classes) < EVIDENCE_TEXT_MAX
					    ? arena_printf(p->a, "%s %s", h.classes, w)
					    : arena_strdup(p->a, w);
		} else if (str_starts(w, "--id=")) {
			h.id = arena_strdup(p->a, eq + 1);
		} else if (is_one_of(w, with_value)) {
			i++;
		} else if (!str_starts(w, "--") && !h.title) {
			h.title = keep(p, &p->w[i]);
		}
	}
	h.title = h.title ? h.title : "";
	return h;
}

static void open_entry(struct parser *p)
{
	struct header h = read_header(p);
	struct boot_entry *b = new_entry(p, &p->entry);

	if (b) {
		b->title = h.title;
		b->id = h.id;
		b->classes = h.classes;
		b->index = p->next_index;
		p->next_index += !b->unreachable;
	}
	p->loose = -1;
	push(p, FRAME_ENTRY, GRUB_TAKEN);
}

static void open_submenu(struct parser *p)
{
	struct header h = read_header(p);
	struct boot_menu *m;
	bool room = p->depth < GRUB_DEPTH_MAX;

	if (room) {
		m = arena_new(p->a, struct boot_menu);
		*m = (struct boot_menu){p->menu, p->next_index, h.title, h.id};
		p->next_index += reach(p) != GRUB_NEVER;
		push(p, FRAME_SUBMENU, GRUB_TAKEN);
		p->next_index = 0;
		p->menu = m;
	} else {
		push(p, FRAME_SUBMENU, GRUB_TAKEN);
	}
}

static void open_brace(struct parser *p)
{
	if (p->n && is(p->w, "menuentry") && p->depth < GRUB_DEPTH_MAX && p->entry < 0) {
		open_entry(p);
	} else if (p->n && is(p->w, "submenu")) {
		open_submenu(p);
	} else if (p->n && is(p->w, "function")) {
		push(p, FRAME_FUNCTION, GRUB_MAYBE);
		p->loose = -1;
	} else {
		push(p, FRAME_BLOCK, GRUB_TAKEN);
	}
}

/* The entry that the present command belongs to, one for loose commands if need be; or NULL. */
static struct boot_entry *entry_for(struct parser *p, bool begins)
{
	if (inside(p, FRAME_ENTRY))
		return p->entry < 0 ? NULL : &p->ret->entries.at[p->entry];
	if (begins || p->loose < 0)
		new_entry(p, &p->loose);
	return p->loose < 0 ? NULL : &p->ret->entries.at[p->loose];
}

static void add_kernel(struct parser *p, const char *command, bool begins)
{
	struct boot_entry *b = entry_for(p, begins);
	struct kernel_line *k;

	if (!b)
		return;
	if (b->lines.n >= KERNEL_LINES_MAX || p->ret->entries.words >= BOOT_WORDS_MAX) {
		p->ret->limit = true;
		return;
	}
	k = list_add(p->a, &b->lines);
	k->command = arena_strdup(p->a, command);
	k->path = p->n > 1 ? keep(p, &p->w[1]) : "";
	k->line = p->s.first_line;
	k->text = command_text(p);
	for (size_t i = 2; i < p->n; i++)
		cmdline_add(&k->args, p->a, (struct span){p->w[i].p, p->w[i].n}, k->line,
			p->w[i].unresolved);
	p->ret->entries.words += k->args.n;
	if (!inside(p, FRAME_ENTRY))
		b->kind = boot_entry_classify(b);
}

static void add_initrds(struct parser *p)
{
	struct boot_entry *b = entry_for(p, false);

	for (size_t i = 1; b && i < p->n && b->initrds.n < KERNEL_LINES_MAX; i++)
		*list_add(p->a, &b->initrds) = keep(p, &p->w[i]);
}

/* ---- commands ---- */

static void do_assign(struct parser *p, const struct grub_word *w)
{
	const char *eq = strchr(w->p, '=');
	struct span name = {w->p, (size_t)(eq - w->p)};
	struct grub_word value = {eq + 1, w->n - name.n - 1, w->unresolved, w->runtime};
	struct grub_set *set;

	if (reach(p) != GRUB_NEVER)
		grub_script_set(&p->s, name, &value);
	if (p->entry >= 0 && span_is(name, "root"))
		p->ret->entries.at[p->entry].root = keep(p, &value);
	if (inside(p, FRAME_ENTRY) || inside(p, FRAME_FUNCTION))
		return;
	if (p->ret->sets.n >= GRUB_VARS_MAX) {
		p->ret->limit = true;
		return;
	}
	set = list_add(p->a, &p->ret->sets);
	*set = (struct grub_set){
		.name = arena_strndup(p->a, name.p, name.n),
		.value = keep(p, &value),
		.reach = reach(p),
		.unresolved = w->unresolved,
		.line = p->s.first_line,
		.text = command_text(p),
	};
}

static void do_include(struct parser *p)
{
	struct grub_include *i;

	if (p->entry >= 0)
		p->ret->entries.at[p->entry].chain |= is(p->w, "configfile");
	if (inside(p, FRAME_ENTRY) || inside(p, FRAME_FUNCTION))
		return;
	if (p->ret->includes.n >= GRUB_VARS_MAX) {
		p->ret->limit = true;
		return;
	}
	i = list_add(p->a, &p->ret->includes);
	*i = (struct grub_include){
		.command = keep(p, p->w),
		.path = p->n > 1 ? keep(p, &p->w[1]) : NULL,
		.reach = reach(p),
		.unresolved = p->n > 1 && p->w[1].unresolved,
		.line = p->s.first_line,
		.text = command_text(p),
	};
	if (is(p->w, "blscfg") && i->reach != GRUB_NEVER)
		p->ret->blscfg = true;
}

/* search's options say what to look for; the last word that is none is the name. */
static const char *search_options(struct parser *p, const char **ret_what, const char **ret_var)
{
	const char *name = NULL, *kind = NULL;

	for (size_t i = 1; i < p->n; i++) {
		const char *w = p->w[i].p;

		if (is(&p->w[i], "--fs-uuid") || is(&p->w[i], "-u"))
			kind = "UUID=";
		else if (is(&p->w[i], "--label") || is(&p->w[i], "--fs-label") ||
			 is(&p->w[i], "-l"))
			kind = "LABEL=";
		else if (is(&p->w[i], "--file") || is(&p->w[i], "-f"))
			kind = "FILE=";
		else if (str_starts(w, "--set="))
			*ret_var = w + strlen("--set=");
		else if (is(&p->w[i], "--set") || is(&p->w[i], "-s"))
			*ret_var = i + 2 < p->n && p->w[i + 1].p[0] != '-' ? p->w[++i].p : "root";
		else if (w[0] != '-')
			name = w;
	}
	*ret_what = kind;
	return name;
}

static void do_search(struct parser *p)
{
	const char *what = NULL, *var = NULL, *name;

	if (is(p->w, "search")) {
		name = search_options(p, &what, &var);
	} else { /* search.fs_uuid UUID VARIABLE HINTS */
		what = is(p->w, "search.fs_uuid") ? "UUID="
		       : is(p->w, "search.file")  ? "FILE="
						  : "LABEL=";
		name = p->n > 1 ? p->w[1].p : NULL;
		var = p->n > 2 ? p->w[2].p : "root";
	}
	if (!name || !what)
		return;
	if (var && reach(p) != GRUB_NEVER)
		grub_script_set(&p->s, span_of(var), NULL);
	if (p->entry >= 0) {
		p->ret->entries.at[p->entry].search = arena_printf(p->a, "%s%s", what, name);
	} else if (p->ret->searches.n < GRUB_VARS_MAX) {
		*list_add(p->a, &p->ret->searches) = (struct grub_search){
			.what = arena_printf(p->a, "%s%s", what, name),
			.var = arena_strdup(p->a, var ? var : "root"),
			.line = p->s.first_line,
			.text = command_text(p),
		};
	}
}

/* The command word of a kernel line.  "linux$sixteenbit" is what dual-firmware files write. */
static const char *kernel_command(const struct grub_word *w)
{
	static const char *const names[] = {"linux", "linux16", "linuxefi", "kernel", "multiboot",
		"multiboot2", "xen_hypervisor", NULL};

	if (is_one_of(w->p, names))
		return w->p;
	return w->unresolved && (str_starts(w->p, "linux$") || str_starts(w->p, "$linux")) ? "linux"
											   : NULL;
}

static bool is_assignment(const struct grub_word *w)
{
	size_t n = strspn(w->p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n && w->p[n] == '=';
}

static void command(struct parser *p)
{
	static const char *const modules[] = {"module", "module2", "xen_module", NULL};
	static const char *const includes[] = {"configfile", "source", ".", "blscfg", "normal",
		"extract_entries_configfile", NULL};
	static const char *const searches[] = {
		"search", "search.fs_uuid", "search.fs_label", "search.file", NULL};
	const char *kernel = kernel_command(p->w);

	if (kernel)
		add_kernel(p, kernel, true);
	else if (is_one_of(p->w->p, modules))
		add_kernel(p, p->w->p, false);
	else if (str_starts(p->w->p, "initrd") || str_starts(p->w->p, "$initrd"))
		add_initrds(p);
	else if (is(p->w, "set") && p->n > 1 && is_assignment(&p->w[1]))
		do_assign(p, &p->w[1]);
	else if (is_assignment(p->w))
		do_assign(p, p->w);
	else if (is_one_of(p->w->p, includes))
		do_include(p);
	else if (is_one_of(p->w->p, searches))
		do_search(p);
	else if (str_starts(p->w->p, "chainloader") && p->entry >= 0)
		p->ret->entries.at[p->entry].chain = true;
}

void grub_cfg_parse(struct grub_cfg *ret, struct arena *a, const char *text, size_t len,
	const struct grubenv *env)
{
	static const char *const openers[] = {"menuentry", "submenu", "function", NULL};
	struct parser p; /* large, and not all of it is to be cleared */

	*ret = (struct grub_cfg){0};
	p.ret = ret;
	p.a = a;
	p.depth = p.beyond = 0;
	p.menu = NULL;
	p.next_index = 0;
	p.entry = p.loose = -1;
	grub_script_init(&p.s, a, text, len, env);
	while (grub_script_next(&p.s)) {
		p.w = p.s.words;
		p.n = p.s.n_words;
		read_keywords(&p);
		if (p.n && is_one_of(p.w->p, openers))
			grub_script_take_brace(&p.s);
		if (p.s.end == '{')
			open_brace(&p);
		else if (p.n)
			command(&p);
		else if (p.s.end == '}')
			close_brace(&p);
	}
	while (p.depth)
		pop(&p);
	ret->limit |= p.s.limit;
	ret->default_is = grub_cfg_get(ret, "default");
}

const struct grub_set *grub_cfg_get(const struct grub_cfg *g, const char *name)
{
	const struct grub_set *best = NULL;

	list_each(s, &g->sets) {
		if (s->reach != GRUB_NEVER && !strcmp(s->name, name) &&
			(!best || s->reach <= best->reach))
			best = s;
	}
	return best;
}

void grub_cfg_env(
	struct grubenv *ret, struct arena *a, const struct grub_cfg *g, const struct grubenv *env)
{
	*ret = (struct grubenv){.valid = true};
	for (size_t i = 0; env && i < env->n; i++)
		*list_add(a, ret) = env->at[i];
	list_each(s, &g->sets) {
		if (s->reach != GRUB_NEVER && !s->unresolved)
			*list_add(a, ret) =
				(struct grubenv_var){s->name, s->value, s->line, s->text};
	}
}
