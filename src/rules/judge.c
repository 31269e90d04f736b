/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From evidence to findings, from findings to the answers of the summary.
 */
#include "rules/judge.h"

#include <stdlib.h>
#include <string.h>

static const char *const overall_names[] = {
	[COMPATIBLE] = "compatible",
	[COMPATIBLE_WITH_WARNINGS] = "compatible-with-warnings",
	[INCOMPATIBLE] = "incompatible",
	[UNDETERMINED] = "undetermined",
};
static const char *const answer_names[] = {
	[ANSWER_YES] = "yes",
	[ANSWER_WARNINGS] = "warnings",
	[ANSWER_NO] = "no",
	[ANSWER_UNDETERMINED] = "undetermined",
};
static const char *const push_names[] = {
	[PUSH_READY] = "ready",
	[PUSH_BLOCKED] = "blocked",
	[PUSH_UNKNOWN] = "unknown",
};

const char *overall_name(enum overall o)
{
	return overall_names[o];
}

const char *answer_name(enum answer a)
{
	return answer_names[a];
}

const char *push_name(enum push p)
{
	return push_names[p];
}

/* ---- one rule on one guest ---- */

static int worst_first(const void *a, const void *b)
{
	const struct evidence *x = a, *y = b;

	return (int)x->verdict - (int)y->verdict;
}

/* qsort is not stable: equal verdicts must keep the order the rule said them in. */
static void sort_evidence(struct finding *f)
{
	for (size_t i = 1; i < f->evidence.n; i++) {
		struct evidence ev = f->evidence.at[i];
		size_t j = i;

		for (; j && worst_first(&f->evidence.at[j - 1], &ev) > 0; j--)
			f->evidence.at[j] = f->evidence.at[j - 1];
		f->evidence.at[j] = ev;
	}
}

static const char *not_applicable(
	const struct rule *r, const struct guest *g, const struct options *o)
{
	if (r->scenarios && !(r->scenarios & CAN(o->scenario)))
		return "the rule does not apply to this scenario";
	if (g && g->family == GUEST_WINDOWS && !(r->applies & WINDOWS))
		return "the rule is for Linux, and the guest is Windows";
	if (g && g->family == GUEST_LINUX && !(r->applies & LINUX))
		return "the rule is for Windows, and the guest is Linux";
	return NULL;
}

static enum verdict after_policy(
	const struct finding *f, const struct options *o, const struct policy *p)
{
	list_each(s, &p->severities) {
		/* A severity raises or lowers what was found; it does not invent a problem. */
		if (s->rule == f->rule && (f->judged == FAIL || f->judged == WARN))
			return s->verdict;
	}
	if (f->rule->category == PUSH_INSTALL && o->install == INSTALL_MANUAL && f->judged < INFO)
		return INFO;
	return f->judged;
}

static struct finding *run(const struct rule *r, const struct facts *f, const struct guest *g,
	const struct options *o, const struct policy *p, struct arena *a)
{
	struct finding *out = arena_new(a, struct finding);
	struct check c = {.facts = f, .guest = g, .options = o, .arena = a, .finding = out};
	const char *why_not = not_applicable(r, g, o);

	out->rule = r;
	out->guest = g;
	if (why_not)
		say(&c, NA, ENG, NULL, "%s", why_not);
	else
		r->check(&c);
	if (!out->evidence.n)
		say_unknown(&c, REASON_UNSUPPORTED, NULL, "the rule came to no conclusion");
	sort_evidence(out);
	out->judged = out->evidence.at[0].verdict;
	out->detail = out->evidence.at[0].message;
	out->reason = out->judged == UNKNOWN ? out->evidence.at[0].reason : REASON_NONE;
	out->remedy = out->evidence.at[0].remedy ? out->evidence.at[0].remedy : r->remedy;
	out->verdict = after_policy(out, o, p);
	return out;
}

/* ---- conclusions ---- */

static enum answer answer_for(const struct judgement *j, enum category c)
{
	enum answer answer = ANSWER_YES;

	list_each(f, &j->findings) {
		if ((*f)->rule->category != c)
			continue;
		if ((*f)->verdict == FAIL)
			return ANSWER_NO;
		if ((*f)->verdict == WARN)
			answer = ANSWER_WARNINGS;
	}
	return j->summary.undetermined ? ANSWER_UNDETERMINED : answer;
}

/* Judged verdicts: that the installation will be manual does not open the port. */
static enum push push_for(const struct judgement *j)
{
	enum push push = PUSH_READY;

	if (j->summary.undetermined)
		push = PUSH_UNKNOWN;
	list_each(f, &j->findings) {
		if ((*f)->rule->category != PUSH_INSTALL)
			continue;
		if ((*f)->judged == FAIL)
			return PUSH_BLOCKED;
		if ((*f)->judged == UNKNOWN && (*f)->reason != REASON_NOT_ON_DISK)
			push = PUSH_UNKNOWN;
	}
	return push;
}

static enum overall overall_for(const struct judgement *j)
{
	const struct summary *s = &j->summary;

	if (s->replication == ANSWER_NO || s->boot_in_azure == ANSWER_NO)
		return INCOMPATIBLE;
	if (s->undetermined)
		return UNDETERMINED;
	list_each(f, &j->findings) {
		if ((*f)->verdict == FAIL || (*f)->verdict == WARN)
			return COMPATIBLE_WITH_WARNINGS;
	}
	return COMPATIBLE;
}

static bool nothing_boots(const struct facts *f)
{
	list_each(d, &f->disks) {
		if (d->boots_bios || d->boots_uefi)
			return false;
	}
	return true;
}

/* What the machine boots from lies on a disk that was not given, or cannot be read. */
static const char *boot_out_of_sight(const struct facts *f, const struct guest *g, struct arena *a)
{
	const struct mount *efi = guest_mount(g, "/boot/efi");

	if (g->boot_missing)
		return g->boot_missing_why;
	if (efi && !efi->not_mounted && !(efi->fs && efi->fs->fs) && nothing_boots(f))
		return arena_printf(a,
			"no given disk boots, and the EFI system partition (%s) is not "
			"on them or cannot be read",
			efi->entry->spec);
	return NULL;
}

static bool lies_on(const struct volume *v, const char *disk)
{
	if (!v)
		return false;
	list_each(d, &v->disks) {
		if (!strcmp((*d)->name, disk))
			return true;
	}
	return false;
}

/* What an image that is not whole says of the machine on it can be trusted no more. */
static const char *image_hides(const struct judgement *j, const struct guest *g)
{
	list_each(fp, &j->findings) {
		const struct finding *f = *fp;

		if (f->rule->category != IMAGE || f->judged != FAIL)
			continue;
		list_each(e, &f->evidence) {
			const char *disk = e->from.device;

			if (e->verdict == FAIL && disk &&
				(lies_on(g->root, disk) || lies_on(g->boot, disk)))
				return e->message;
		}
	}
	return NULL;
}

static const char *windows_out_of_sight(const struct guest *g, struct arena *a)
{
	if (g->family != GUEST_WINDOWS || g->windows)
		return NULL;
	if (g->root_fs && !g->root_fs->fs)
		return arena_printf(a, "Windows itself is on %s, which cannot be read: %s",
			g->root->name, g->root_fs->why);
	return "only the boot loader of Windows was seen, not Windows itself";
}

static const char *why_undetermined(
	const struct judgement *j, const struct facts *f, struct arena *a)
{
	if (!f->guests.n && f->unread.n)
		return arena_printf(a,
			"no operating system was found; %s (%s) could not be read: %s",
			f->unread.at[0]->volume->name, f->unread.at[0]->volume->sig.type,
			f->unread.at[0]->why);
	if (!f->guests.n)
		return "no operating system was found on the given disks";
	list_each(gp, &f->guests) {
		const struct guest *g = *gp;
		const char *why = boot_out_of_sight(f, g, a);

		if (!why)
			why = image_hides(j, g);
		if (!why)
			why = windows_out_of_sight(g, a);
		if (why)
			return why;
	}
	return NULL;
}

static void conclude(struct judgement *j, const struct facts *f, struct arena *a)
{
	struct summary *s = &j->summary;

	s->undetermined = why_undetermined(j, f, a);
	list_each(fp, &j->findings) {
		s->counts[(*fp)->verdict]++;
		if ((*fp)->verdict == UNKNOWN && (*fp)->reason != REASON_NOT_ON_DISK)
			s->unknown_decidable++;
	}
	s->replication = answer_for(j, REPLICATION);
	s->boot_in_azure = answer_for(j, BOOT_IN_AZURE);
	s->push_install = push_for(j);
	s->verdict = overall_for(j);
}

static bool is_ignored(const struct policy *p, const struct rule *r)
{
	list_each(i, &p->ignored) {
		if (*i == r)
			return true;
	}
	return false;
}

static int report_order(const void *a, const void *b)
{
	const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

	if (x->verdict != y->verdict)
		return (int)x->verdict - (int)y->verdict;
	return strcmp(x->rule->id, y->rule->id);
}

static void judge_guest(struct judgement *j, const struct facts *f, const struct guest *g,
	const struct options *o, const struct policy *p, struct arena *a)
{
	size_t first = j->findings.n;
	const struct rule *r;

	for (size_t i = 0; (r = rule_at(i)); i++) {
		if (is_ignored(p, r) || (!g && r->applies != ANY_GUEST))
			continue;
		*list_add(a, &j->findings) = run(r, f, g, o, p, a);
	}
	qsort(j->findings.at + first, j->findings.n - first, sizeof(*j->findings.at), report_order);
}

void judge(struct judgement *ret, const struct facts *f, const struct options *o,
	const struct policy *p, struct arena *a)
{
	*ret = (struct judgement){0};
	list_each(g, &f->guests)
		judge_guest(ret, f, *g, o, p, a);
	if (!f->guests.n)
		judge_guest(ret, f, NULL, o, p, a);
	conclude(ret, f, a);
}

int judge_exit_status(const struct judgement *j, const struct policy *p)
{
	list_each(fp, &j->findings) {
		const struct finding *f = *fp;

		if (!(p->required & CAN(f->rule->category)) || p->fail_on == FAIL_ON_NEVER)
			continue;
		if (f->verdict == FAIL || (f->verdict == WARN && p->fail_on == FAIL_ON_WARN))
			return 1;
	}
	return j->summary.undetermined ? 3 : 0;
}
