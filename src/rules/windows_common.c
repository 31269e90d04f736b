/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/windows.h"

const struct windows *windows_of(struct check *c)
{
	const struct guest *g = c->guest;
	struct origin o;

	if (g->windows)
		return g->windows;
	o = g->root ? origin_volume(g->root) : g->id.from;
	if (g->root_fs && !g->root_fs->fs)
		say_unknown(c, filesystem_reason(g->root_fs), &o,
			"Windows itself is on %s, which cannot be read: %s", g->root->name,
			g->root_fs->why);
	else
		say_unknown(c, REASON_UNREADABLE, &o,
			"only the boot loader of Windows was seen, not Windows itself");
	return NULL;
}

static bool is_of_dirty_hive(const struct check *c, const struct origin *o)
{
	const struct windows *w = c->guest->windows;

	for (size_t i = 0; o && o->path && i < WIN_HIVES; i++) {
		const struct hive_fact *h = &w->hives[i];

		if (h->dirty && h->from.path && !strcmp(h->from.path, o->path))
			return true;
	}
	return false;
}

struct evidence *say_reg(
	struct check *c, enum verdict v, enum basis b, const struct origin *o, const char *fmt, ...)
{
	bool dirty = is_of_dirty_hive(c, o) && v == FAIL;
	char message[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return say(c, dirty ? WARN : v, b, o, "%s%s", message,
		dirty ? "; but the hive was being written to when the image was taken, and no log "
			"completes it"
		      : "");
}

static bool unseen(struct check *c, enum reg_state state, enum reason reason,
	const struct origin *o, const char *why, const char *what)
{
	if (state != REG_UNSEEN)
		return false;
	say_unknown(c, reason == REASON_NONE ? REASON_UNREADABLE : reason, o,
		"%s cannot be read: %s", what, why ? why : "its hive is damaged");
	return true;
}

bool value_unseen(struct check *c, const struct reg_value *v, const char *what)
{
	return unseen(c, v->state, v->reason, &v->from, v->why, what);
}

bool key_unseen(struct check *c, const struct reg_key *k, const char *what)
{
	return unseen(c, k->state, k->reason, &k->from, k->why, what);
}

const struct control_set *current_set(struct check *c)
{
	const struct windows *w = c->guest->windows;
	const struct hive_fact *h = &w->hives[HIVE_SYSTEM];
	const struct control_set *cs = w->current;

	if (cs && cs->state == REG_THERE)
		return cs;
	if (h->status == FILE_UNREADABLE)
		unseen(c, REG_UNSEEN, h->reason, &h->from, h->why, "the SYSTEM hive");
	else if (cs)
		say_unknown(c, REASON_UNREADABLE, &cs->from, "the services of %s cannot be read",
			cs->name);
	else
		say_unknown(c, REASON_UNREADABLE, &h->from,
			"the SYSTEM hive does not say which control set is the current one");
	return NULL;
}

const struct windows *windows_with_set(struct check *c, const struct control_set **ret)
{
	const struct windows *w = windows_of(c);

	*ret = w ? current_set(c) : NULL;
	return *ret ? w : NULL;
}

bool look_at_service(struct check *c, const char *name, struct service_view *ret)
{
	ret->windows = windows_with_set(c, &ret->set);
	if (!ret->windows)
		return false;
	ret->service = win_service(ret->set, name);
	ret->from = service_origin(c->arena, ret->set, ret->service, name);
	return true;
}

const char *start_words(int start)
{
	static const char *const words[] = {
		"a boot driver", "a system driver", "automatic", "manual", "disabled"};

	if (start < 0 || (size_t)start >= ARRAY_LEN(words))
		return "without a start type";
	return words[start];
}

struct origin service_origin(struct arena *a, const struct control_set *cs,
	const struct win_service *s, const char *name)
{
	struct origin o = s ? s->from : cs->from;

	if (!s)
		o.text = arena_printf(
			a, "HKLM\\SYSTEM\\%s\\Services\\%s: no such key", cs->name, name);
	return o;
}

bool windows_is(const struct windows *w, unsigned major, unsigned minor)
{
	return w->major > major || (w->major == major && w->minor >= minor);
}

/* ---- event logs ---- */

static const char *file_name(const struct win_events *l)
{
	const char *slash = l->from.path ? strrchr(l->from.path, '/') : NULL;

	return slash ? slash + 1 : "the event log";
}

bool events_unseen(struct check *c, const struct win_events *l)
{
	if (l->status != FILE_UNREADABLE)
		return false;
	say_unknown(c, l->reason, &l->from, "%s cannot be read: %s", file_name(l), l->why);
	return true;
}

const char *events_gaps(struct check *c, const struct win_events *l)
{
	if (l->status != FILE_READ || !l->damaged)
		return "";
	return arena_printf(c->arena, "; %u damaged piece%s of %s %s left out", l->damaged,
		l->damaged > 1 ? "s" : "", file_name(l), l->damaged > 1 ? "were" : "was");
}

const char *time_words(struct arena *a, int64_t t)
{
	time_t seconds = (time_t)t;
	char text[32] = "an unknown time";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	return arena_strdup(a, text);
}

const char *cmd_word(struct arena *a, const char *s, const char *other)
{
	bool plain = *s != '\0';

	for (const char *p = s; *p; p++) {
		if (*p == '"' || *p == '%' || *p == '!' || (unsigned char)*p < ' ')
			return other;
		plain &= isalnum((unsigned char)*p) || strchr("._-\\:", *p);
	}
	return plain ? s : arena_printf(a, "\"%s\"", s);
}
