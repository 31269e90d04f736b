/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The report for people: what the machine is, the three questions, what fails and how to repair it,
 * then what is less pressing, a line each.  Passed and inapplicable rules are counted only.
 */
#include "report/formats.h"

#include <string.h>

#include "report/page.h"

/* What belongs to a finding stands under its heading, indented by this. */
#define BODY 6
/* Places shown of one finding; the JSON report has all. */
#define PLACES_MAX 12

struct text {
	struct page page;
	const struct report *r;
	struct arena scratch;
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- what the machine is ---- */

static const char *firmware_text(const struct facts *f)
{
	const char *firmware = machine_firmware(f);

	if (!strcmp(firmware, "none"))
		return "no boot loader found";
	if (!strcmp(firmware, "both"))
		return "boots by BIOS and UEFI";
	return !strcmp(firmware, "uefi") ? "boots by UEFI" : "boots by BIOS";
}

static const char *guest_text(struct text *t, const struct guest *g)
{
	const char *name = g->name.value ? g->name.value : g->id.value;

	if (!name)
		name = g->family == GUEST_WINDOWS ? "Windows" : "Linux";
	return arena_printf(&t->scratch, "%s%s%s%s%s", name, g->arch.value ? ", " : "",
		g->arch.value ? g->arch.value : "", g->hostname.value ? ", host name " : "",
		g->hostname.value ? g->hostname.value : "");
}

static const char *disks_text(struct text *t)
{
	size_t n = t->r->vm->machine.disks.n;
	uint64_t sum = 0;
	char size[16];

	list_each(d, &t->r->vm->machine.disks)
		sum += d->disk.info.virtual_size;
	return arena_printf(&t->scratch, "%zu disk%s of %s%s", n, plural(n), size_text(sum, size),
		n == 1 ? "" : " in all");
}

static void machine(struct text *t)
{
	const struct facts *f = t->r->facts;
	struct page *p = &t->page;
	const char *what;

	if (f->guests.n == 1)
		what = guest_text(t, f->guests.at[0]);
	else if (f->guests.n)
		what = arena_printf(&t->scratch, "%zu operating systems", f->guests.n);
	else
		what = f->windows_seen ? "Windows" : "no operating system found";
	page_ink(p, BOLD);
	page_put(p, t->r->vm->name);
	page_ink(p, PLAIN);
	page_put(p, ": ");
	page_prose(p, 2,
		arena_printf(&t->scratch, "%s, %s, %s", what, firmware_text(f), disks_text(t)));
	page_blank(p);
}

/* ---- the three questions ---- */

/* Of push installation the judged verdict counts, as in its answer. */
static bool decides(const struct finding *f, enum category c, enum verdict v)
{
	return f->rule->category == c && (c == PUSH_INSTALL ? f->judged : f->verdict) == v &&
	       f->reason != REASON_NOT_ON_DISK;
}

/* The rules that give a question its answer, each once, whatever the number of guests. */
static const char *deciding(struct text *t, enum category c, enum verdict v)
{
	const struct judgement *j = t->r->judgement;
	const char *list = "";

	list_each(fp, &j->findings) {
		bool named = false;

		if (!decides(*fp, c, v))
			continue;
		for (size_t i = 0; j->findings.at + i < fp; i++)
			named |= j->findings.at[i]->rule == (*fp)->rule &&
				 decides(j->findings.at[i], c, v);
		if (!named)
			list = arena_printf(
				&t->scratch, "%s%s%s", list, *list ? ", " : "", (*fp)->rule->id);
	}
	return list;
}

static void question(
	struct text *t, const char *text, enum ink ink, const char *answer, const char *because)
{
	struct page *p = &t->page;

	page_put(p, "  ");
	page_put(p, text);
	page_to(p, 23);
	page_ink(p, ink);
	page_put(p, answer);
	page_ink(p, PLAIN);
	if (*because) {
		page_put(p, "  ");
		page_words(p, 23, because);
	}
	page_end(p);
}

static const char *not_known(struct text *t, enum category c)
{
	const char *rules = deciding(t, c, UNKNOWN);

	return *rules ? arena_printf(&t->scratch, "(not known: %s)", rules) : "";
}

static void ask(struct text *t, const char *text, enum answer answer, enum category c)
{
	switch (answer) {
	case ANSWER_YES:
		question(t, text, GREEN, "yes", not_known(t, c));
		break;
	case ANSWER_WARNINGS:
		question(t, text, YELLOW, "yes, with warnings", deciding(t, c, WARN));
		break;
	case ANSWER_NO:
		question(t, text, RED, "NO", deciding(t, c, FAIL));
		break;
	case ANSWER_UNDETERMINED:
		question(t, text, YELLOW, "undetermined", "");
		break;
	}
}

static void ask_push(struct text *t, enum push push)
{
	static const char text[] = "Push installation?";

	switch (push) {
	case PUSH_READY:
		question(t, text, GREEN, "ready", deciding(t, PUSH_INSTALL, WARN));
		break;
	case PUSH_BLOCKED:
		question(t, text, RED, "blocked", deciding(t, PUSH_INSTALL, FAIL));
		break;
	case PUSH_UNKNOWN:
		question(t, text, YELLOW, "unknown", deciding(t, PUSH_INSTALL, UNKNOWN));
		break;
	}
}

static void answers(struct text *t)
{
	const struct summary *s = &t->r->judgement->summary;
	const struct facts *f = t->r->facts;
	struct page *p = &t->page;

	ask(t, "Protect with ASR?", s->replication, REPLICATION);
	ask(t, "Boot in Azure?", s->boot_in_azure, BOOT_IN_AZURE);
	ask_push(t, s->push_install);
	if (s->undetermined) {
		page_blank(p);
		page_prose(p, 2, "Undetermined:");
		page_put(p, " ");
		page_prose(p, 2, s->undetermined);
		page_put(p, ".");
		page_end(p);
	}
	if (f->separate_machines) {
		page_blank(p);
		page_prose(p, 2,
			arena_printf(&t->scratch,
				"These look like %zu machines: each was judged by itself. Inspect "
				"the "
				"disks of one machine at a time.",
				f->guests.n));
		page_end(p);
	}
}

/* ---- findings ---- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void place(struct text *t, const struct origin *o)
{
	struct page *p = &t->page;

	if (!o->device && !o->path)
		return;
	page_to(p, BODY);
	page_ink(p, CYAN);
	if (o->device)
		page_put(p, o->device);
	if (o->device && o->path)
		page_put(p, ":");
	if (o->path)
		page_put(p, o->path);
	if (o->line)
		page_printf(p, ":%u", o->line);
	page_ink(p, PLAIN);
	if (o->state)
		page_next(p, BODY + 2, arena_printf(&t->scratch, "(%s)", o->state));
	page_end(p);
	if (o->text && *o->text) {
		page_to(p, BODY + 2);
		page_words(p, BODY + 4, o->text);
		page_end(p);
	}
}

static void repair(struct page *p, const char *remedy)
{
	page_to(p, BODY);
	page_ink(p, BOLD);
	page_put(p, "Repair:");
	page_ink(p, PLAIN);
	page_repair(p, BODY, remedy);
}

/* The places; what several have in common, message or repair, is said once. */
static void evidence(struct text *t, const struct finding *f)
{
	const struct evidence *before = NULL;
	struct page *p = &t->page;
	size_t shown = 0, left = 0;

	list_each(e, &f->evidence) {
		if (e->verdict > UNKNOWN && e->verdict > f->judged)
			continue;
		if (shown++ >= PLACES_MAX) {
			left++;
			continue;
		}
		if (before && before->remedy && !same(before->remedy, e->remedy))
			repair(p, before->remedy);
		if (!before || !same(before->message, e->message)) {
			page_to(p, BODY);
			page_prose(p, BODY, e->message);
			page_end(p);
		}
		place(t, &e->from);
		before = e;
	}
	if (left) {
		page_to(p, BODY);
		page_printf(p, "... and %zu more place%s; --format json names them", left,
			plural(left));
		page_end(p);
	}
	if (before && before->remedy)
		repair(p, before->remedy);
	else if (f->remedy)
		repair(p, f->remedy);
}

static const char *const basis_words[BASES] = {
	[AGENT] = "the agent's own check",
	[HYDRATION] = "failover preparation",
	[DOC] = "documentation",
	[ENG] = "engineering inference",
};

static void heading(struct text *t, const struct finding *f, const char *word, enum ink ink)
{
	struct page *p = &t->page;
	const char *about = category_name(f->rule->category);
	size_t n = 0;

	page_ink(p, ink);
	page_put(p, word);
	page_ink(p, PLAIN);
	page_to(p, BODY);
	page_ink(p, BOLD);
	page_put(p, f->rule->id);
	page_put(p, "  ");
	page_words(p, BODY + 2, f->rule->title);
	page_ink(p, PLAIN);
	page_end(p);
	for (; n < MAX_ERROR_IDS && f->rule->errors[n]; n++)
		about = arena_printf(
			&t->scratch, "%s%s %u", about, n ? "," : "; ASR error", f->rule->errors[n]);
	about = arena_printf(
		&t->scratch, "%s; basis: %s", about, basis_words[f->evidence.at[0].basis]);
	if (f->judged != f->verdict)
		about = arena_printf(&t->scratch, "%s; judged %s, changed by an option", about,
			verdict_name(f->judged));
	page_to(p, BODY);
	page_ink(p, DIM);
	page_words(p, BODY, about);
	page_ink(p, PLAIN);
	page_end(p);
}

static void in_full(struct text *t, const struct finding *f)
{
	heading(t, f, f->verdict == FAIL ? "FAIL" : "WARN", f->verdict == FAIL ? RED : YELLOW);
	evidence(t, f);
	page_blank(&t->page);
}

/* Some findings of one guest, in a list with a title; those UNKNOWN by nature have their own. */
struct fold {
	const char *title;
	const struct guest *guest;
	enum verdict verdict;
	bool off_disk;
};

static bool in_fold(const struct fold *fold, const struct finding *f)
{
	return f->guest == fold->guest && f->verdict == fold->verdict &&
	       (f->verdict != UNKNOWN || (f->reason == REASON_NOT_ON_DISK) == fold->off_disk);
}

/* What cannot be known from disks is the same for every machine: the title is enough. */
static const char *said_of(const struct fold *fold, const struct finding *f)
{
	return fold->off_disk ? f->rule->title : f->detail;
}

/* The ids of the findings from the n-th on that say the same; "" if an earlier one has said it. */
static const char *ids_of(struct text *t, const struct fold *fold, size_t n)
{
	const struct judgement *j = t->r->judgement;
	const char *said = said_of(fold, j->findings.at[n]), *ids = "";

	for (size_t i = 0; i < j->findings.n; i++) {
		const struct finding *f = j->findings.at[i];

		if (!in_fold(fold, f) || strcmp(said_of(fold, f), said) != 0)
			continue;
		if (i < n)
			return "";
		ids = arena_printf(&t->scratch, "%s%s%s", ids, *ids ? ", " : "", f->rule->id);
	}
	return ids;
}

static void write_fold(struct text *t, const struct fold *fold)
{
	const struct judgement *j = t->r->judgement;
	struct page *p = &t->page;
	bool first = true;

	for (size_t i = 0; i < j->findings.n; i++) {
		const char *ids = in_fold(fold, j->findings.at[i]) ? ids_of(t, fold, i) : "";

		if (!*ids)
			continue;
		if (first) {
			page_ink(p, BOLD);
			page_put(p, fold->title);
			page_ink(p, PLAIN);
			page_end(p);
		}
		first = false;
		page_to(p, 2);
		page_words(p, 4, ids);
		page_put(p, "  ");
		page_prose(p, 4, said_of(fold, j->findings.at[i]));
		page_end(p);
	}
	if (!first)
		page_blank(p);
}

static void guest_findings(struct text *t, const struct guest *g)
{
	struct page *p = &t->page;

	if (t->r->facts->guests.n > 1) {
		page_ink(p, BOLD);
		page_printf(p, "== %s: ", g->root ? g->root->name : "?");
		page_words(p, 3, guest_text(t, g));
		page_ink(p, PLAIN);
		page_blank(p);
	}
	list_each(f, &t->r->judgement->findings) {
		if ((*f)->guest == g && (*f)->verdict <= WARN)
			in_full(t, *f);
	}
	write_fold(t, &(struct fold){"Not known:", g, UNKNOWN, false});
	write_fold(t, &(struct fold){"Cannot be known from disks:", g, UNKNOWN, true});
	write_fold(t, &(struct fold){"For information:", g, INFO, false});
}

/* ---- the end ---- */

static void footer(struct text *t)
{
	static const char *const words[VERDICTS] = {
		[FAIL] = "failed",
		[WARN] = "to look at",
		[UNKNOWN] = "not known",
		[INFO] = "for information",
		[PASS] = "passed",
		[NA] = "not applicable",
	};
	const struct summary *s = &t->r->judgement->summary;
	const struct options *o = t->r->options;
	struct page *p = &t->page;
	const char *text = overall_name(s->verdict);
	bool first = true;

	for (unsigned v = 0; v < VERDICTS; v++) {
		if (!s->counts[v])
			continue;
		text = arena_printf(
			&t->scratch, "%s%s %u %s", text, first ? ":" : ",", s->counts[v], words[v]);
		first = false;
	}
	page_prose(p, 0, text);
	page_end(p);
	page_ink(p, DIM);
	page_prose(p, 0,
		arena_printf(&t->scratch, "judged for scenario %s, experience %s, agent %s",
			scenario_name(o->scenario), experience_name(o->experience),
			o->agent_version));
	page_ink(p, PLAIN);
	page_end(p);
}

void stats_text(FILE *out, const struct stats *s)
{
	fprintf(out, "read %llu bytes in %llu reads", (unsigned long long)s->host_bytes_read,
		(unsigned long long)s->host_reads);
	for (size_t i = 0; i < STAGES && s->stages[i].name; i++)
		fprintf(out, "%s %s %.1f ms", i ? "," : ";", s->stages[i].name,
			s->stages[i].milliseconds);
	fputc('\n', out);
}

void check_text(FILE *out, const struct report *r)
{
	struct text t = {.page = page_open(out, r->columns, r->color), .r = r};

	machine(&t);
	answers(&t);
	page_blank(&t.page);
	if (r->facts->guests.n) {
		list_each(g, &r->facts->guests)
			guest_findings(&t, *g);
	} else {
		guest_findings(&t, NULL);
	}
	footer(&t);
	if (r->stats)
		stats_text(out, r->stats);
	arena_free(&t.scratch);
}
