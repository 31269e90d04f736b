/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The event logs of a Windows guest, from the newest record back.  Which chunk of the file is the
 * newest says the header of a log that was closed; in one that was not all chunks are asked.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "guest/windows_collect.h"
#include "parse/evidence.h"

#define LOGS "/Windows/System32/winevt/Logs/"
#define OLD_LOGS "/Windows/System32/config/"

#define SERVICES "Service Control Manager"
#define AUDITING "Microsoft-Windows-Security-Auditing"

static const struct {
	const char *path, *old; /* old: where Windows before Vista has it, in another form */
} files[WIN_EVENT_LOGS] = {
	[EVENTS_SYSTEM] = {LOGS "System.evtx", OLD_LOGS "SysEvent.Evt"},
	[EVENTS_SECURITY] = {LOGS "Security.evtx", OLD_LOGS "SecEvent.Evt"},
	[EVENTS_APPLICATION] = {LOGS "Application.evtx", OLD_LOGS "AppEvent.Evt"},
};

/* Bytes that stand in those events of a kind that are of use: most are of other services, of other
 * programs, and for other reasons. */
static const struct mark {
	const char *p;
	size_t n;
} of_netlogon = {"N\0e\0t\0l\0o\0g\0o\0n", 16}, of_locked = {"\x34\x02\x00\xc0", 4},
  of_agent = {"S\0i\0t\0e\0 \0R\0e\0c\0o\0v\0e\0r\0y", 26};

/* What rules name, and how many of each are kept. */
static const struct wanted {
	enum win_event_log log;
	const char *provider;
	uint32_t id;
	unsigned most;
	const struct mark *mark;
} wanted[] = {
	{EVENTS_SYSTEM, "Microsoft-Windows-Kernel-General", 12, 1, NULL}, /* the system started */
	{EVENTS_SYSTEM, "EventLog", 6005, 1, NULL},                       /* and its event log */
	/* The domain does not take the machine's password; no controller; no account. */
	{EVENTS_SYSTEM, "NETLOGON", 3210, 4, NULL}, {EVENTS_SYSTEM, "NETLOGON", 5719, 4, NULL},
	{EVENTS_SYSTEM, "NETLOGON", 5721, 4, NULL},
	/* On a domain controller: it does not take a machine's. */
	{EVENTS_SYSTEM, "NETLOGON", 5722, 16, NULL}, {EVENTS_SYSTEM, "NETLOGON", 5805, 16, NULL},
	/* The machine's password was changed; policies were taken, with the machine's account. */
	{EVENTS_SYSTEM, "NETLOGON", 5823, 1, NULL},
	{EVENTS_SYSTEM, "Microsoft-Windows-GroupPolicy", 1500, 1, NULL},
	{EVENTS_SYSTEM, "Microsoft-Windows-GroupPolicy", 1502, 1, NULL},
	/* A service did not start; since another did not; ended with an error. */
	{EVENTS_SYSTEM, SERVICES, 7000, 64, NULL}, {EVENTS_SYSTEM, SERVICES, 7001, 64, NULL},
	{EVENTS_SYSTEM, SERVICES, 7023, 64, NULL},
	/* Did not answer in time, twice; hung in its start. */
	{EVENTS_SYSTEM, SERVICES, 7009, 16, NULL}, {EVENTS_SYSTEM, SERVICES, 7011, 16, NULL},
	{EVENTS_SYSTEM, SERVICES, 7022, 16, NULL},
	{EVENTS_SYSTEM, SERVICES, 7036, 4, &of_netlogon}, /* runs, or has stopped */
	/* An account was locked out; unlocked; a logon failed since it is locked. */
	{EVENTS_SECURITY, AUDITING, 4740, 64, NULL}, {EVENTS_SECURITY, AUDITING, 4767, 64, NULL},
	{EVENTS_SECURITY, AUDITING, 4625, 64, &of_locked},
	{EVENTS_APPLICATION, "MsiInstaller", 1033, 8, &of_agent}, /* was installed */
};

struct log {
	struct guest *g;
	enum win_event_log which;
	struct fs_file f;
	struct win_events *out;
	uint64_t chunks;
	bool dirty;
	uint64_t work;
	unsigned kept[ARRAY_LEN(wanted)];
	unsigned after_start; /* records looked at since the event log's own start */
	int64_t not_before;   /* what is older is of no use */
	bool done;
	struct evtx_chunk chunk;
	uint8_t bytes[EVTX_CHUNK_SIZE];
};

static uint64_t offset_of(uint64_t chunk)
{
	return EVTX_HEADER_SIZE + chunk * EVTX_CHUNK_SIZE;
}

/* ---- what is kept ---- */

/* "NETLOGON/4" of Binary: the service that the event is of, and its state. */
static bool is_of_netlogon(const struct evtx_event *ev)
{
	static const char hex[] = "4E00650074006C006F0067006F006E002F00";
	const char *name = evtx_data(ev, "param1");

	if (ev->binary)
		return !strncasecmp(ev->binary, hex, strlen(hex));
	return name && !strcasecmp(name, "Netlogon");
}

/* Of some kinds only those with the right words. */
static bool is_of_use(const struct evtx_event *ev)
{
	const char *why = evtx_data(ev, "SubStatus");

	switch (ev->id) {
	case 7036:
		return is_of_netlogon(ev);
	case 4625:
		return why && !strcasecmp(why, "0xc0000234");
	case 1033:
		return ev->data.n > 1 && strstr(ev->data.at[0].text, "Site Recovery");
	default:
		return true;
	}
}

/* "record 4712, 2024-02-28T08:00:00Z, NETLOGON 3210: CORP, \\dc1" */
static const char *event_words(struct arena *a, const struct evtx_event *ev)
{
	char when[32] = "at an unknown time", words[2 * EVIDENCE_TEXT_MAX];
	time_t t = (time_t)ev->time;
	struct tm tm;
	size_t n;

	if (ev->time && gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	n = (size_t)snprintf(words, sizeof(words), "record %" PRIu64 ", %s, %s %u", ev->record,
		when, ev->provider, ev->id);
	for (size_t i = 0; i < ev->data.n && n < sizeof(words); i++)
		n += (size_t)snprintf(
			words + n, sizeof(words) - n, "%s%s", i ? ", " : ": ", ev->data.at[i].text);
	return evidence_text(a, span_of(words));
}

static const struct wanted *find_wanted(const struct log *l, const struct evtx_event *ev)
{
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		if (wanted[i].log == l->which && wanted[i].id == ev->id &&
			!strcmp(wanted[i].provider, ev->provider))
			return l->kept[i] < wanted[i].most ? &wanted[i] : NULL;
	}
	return NULL;
}

static void keep(struct log *l, const struct wanted *kind, unsigned i)
{
	struct arena *a = l->g->vm->arena;
	const struct mark *mark = kind->mark;
	struct arena scratch = {0};
	struct evtx_event ev;
	struct win_event *kept;
	struct err e;
	bool of_use;

	if (mark && !evtx_record_has(&l->chunk, i, mark->p, mark->n))
		return;
	of_use = evtx_event_parse(&ev, &l->chunk, i, &scratch, &l->work, &e) == 0 && is_of_use(&ev);
	arena_free(&scratch);
	if (!of_use || evtx_event_parse(&ev, &l->chunk, i, a, &l->work, &e) < 0)
		return;
	l->kept[kind - wanted]++;
	kept = list_add(a, &l->out->events);
	kept->e = ev;
	kept->from = l->out->from;
	kept->from.text = event_words(a, &ev);
}

/* What the kernel says of its start stands near before, or behind, what the event log says. */
#define RECORDS_OF_A_START 64

static int64_t last_boot_time(const struct windows *w)
{
	const struct win_event *boot = win_last_boot(w);

	return boot ? boot->e.time : 0;
}

static bool is_enough(struct log *l)
{
	const struct win_events *out = l->out;
	const struct win_event *last = out->events.n ? &out->events.at[out->events.n - 1] : NULL;

	if (l->not_before && out->oldest < l->not_before)
		return true;
	switch (l->which) {
	case EVENTS_SYSTEM:
		if (win_event(out, "EventLog", 6005))
			l->after_start++;
		return win_event(out, "Microsoft-Windows-Kernel-General", 12) ||
		       l->after_start > RECORDS_OF_A_START;
	case EVENTS_APPLICATION:
		return last && last->e.time < last_boot_time(l->g->windows);
	default:
		return false;
	}
}

static void look_at_record(struct log *l, unsigned i)
{
	struct win_events *out = l->out;
	int64_t t = evtx_time(&l->chunk, i);
	const struct wanted *kind;
	struct evtx_event ev;
	struct err e;

	if (!out->newest)
		out->newest = t;
	out->oldest = t;
	if (evtx_event_parse(&ev, &l->chunk, i, NULL, &l->work, &e) == 0) {
		kind = find_wanted(l, &ev);
		if (kind)
			keep(l, kind, i);
	}
	l->done = is_enough(l) || !l->work;
}

/* ---- the file ---- */

/* The chunk with the highest number of a record; the log's own word is where to begin. */
static uint64_t newest_chunk(struct log *l, uint64_t from)
{
	uint64_t best = from, last, most = 0;
	uint8_t head[EVTX_CHUNK_HEAD];
	struct err e;

	for (uint64_t i = 0; i < min_u64(l->chunks, EVTX_SCAN_MAX); i++) {
		uint64_t at = (from + i) % l->chunks;

		if (fs_read_exact(&l->f, offset_of(at), head, sizeof(head), &e) < 0)
			continue;
		last = evtx_chunk_last(head);
		if (last > most) {
			most = last;
			best = at;
		}
		if (!i && last && !l->dirty)
			break;
	}
	return best;
}

static int read_chunk(struct log *l, uint64_t at, bool newest, struct err *e)
{
	int r = fs_read_exact(&l->f, offset_of(at), l->bytes, EVTX_CHUNK_SIZE, e);

	if (r < 0)
		return r;
	return evtx_chunk_parse(
		&l->chunk, l->bytes, l->dirty && (newest || evtx_chunk_is_open(l->bytes)), e);
}

static void read_back(struct log *l, uint64_t newest)
{
	uint64_t before = UINT64_MAX, most = min_u64(l->chunks, EVTX_BYTES_MAX / EVTX_CHUNK_SIZE);
	struct err e;

	for (uint64_t i = 0; i < most && !l->done; i++) {
		int r = read_chunk(l, (newest + l->chunks - i) % l->chunks, i == 0, &e);

		/* In front of the first chunk of a log that has not gone round is none. */
		if (r == -ENOENT || (r == 0 && l->chunk.n && l->chunk.last >= before)) {
			l->out->complete = !l->out->damaged;
			return;
		}
		l->out->damaged += r < 0 || l->chunk.cut;
		if (r < 0)
			continue;
		for (unsigned n = l->chunk.n; n-- > 0 && !l->done;)
			look_at_record(l, n);
		if (l->chunk.n)
			before = l->chunk.first;
	}
	l->out->complete = !l->done && most == l->chunks && !l->out->damaged;
}

static int read_log(struct log *l, struct err *e)
{
	struct evtx_header h;
	int r;

	if (!S_ISREG(l->f.st.mode) || l->f.st.size < EVTX_HEADER_SIZE)
		return err_set(e, EBADMSG, "is no event log");
	r = fs_read_exact(&l->f, 0, l->bytes, EVTX_HEADER_SIZE, e);
	if (r == 0)
		r = evtx_header_parse(&h, l->bytes, e);
	if (r < 0)
		return r;
	l->dirty = h.dirty;
	l->chunks = (l->f.st.size - EVTX_HEADER_SIZE) / EVTX_CHUNK_SIZE;
	if (l->chunks)
		read_back(l, newest_chunk(l, h.last_chunk % l->chunks));
	if (!l->out->newest && l->out->damaged)
		return err_set(e, EBADMSG, "its newest chunks are damaged");
	return 0;
}

static void cannot_read(struct win_events *out, enum reason reason, const char *why)
{
	out->status = FILE_UNREADABLE;
	out->reason = reason;
	out->why = why;
}

static void collect_log(struct guest *g, enum win_event_log which, int64_t not_before)
{
	struct win_events *out = &g->windows->events[which];
	struct arena *a = g->vm->arena;
	struct err e = {0};
	struct log *l = calloc(1, sizeof(*l));

	if (!l)
		arena_exhausted();
	*out = (struct win_events){
		.asked = true, .from = {.device = g->root->name, .path = files[which].path}};
	l->g = g;
	l->which = which;
	l->out = out;
	l->work = EVTX_WORK_MAX;
	l->not_before = not_before;
	if (fs_walk(&g->tree, files[which].path, 0, &l->f, &e) == 0) {
		out->status = FILE_READ;
		out->from = origin_found(&l->f, arena_strdup(a, l->f.path));
		if (read_log(l, &e) < 0)
			cannot_read(out, reason_of(e.num), arena_strdup(a, e.msg));
	} else if (e.num != ENOENT && e.num != ENOTDIR) {
		cannot_read(out, reason_of(e.num), arena_strdup(a, e.msg));
	} else if (guest_stat(g, files[which].old, NULL) == FILE_READ) {
		out->from.path = files[which].old;
		cannot_read(out, REASON_UNSUPPORTED,
			"event logs of Windows before Vista (.evt) are not read");
	}
	free(l);
}

/* The SAM says that failed logons lock accounts, and has accounts. */
static bool locks_accounts(const struct windows *w)
{
	const struct win_accounts *a = &w->accounts;

	return !w->is_dc && a->state == REG_THERE && a->policy_known && a->policy.threshold;
}

void collect_events(struct guest *g)
{
	struct windows *w = g->windows;
	struct win_events *system = &w->events[EVENTS_SYSTEM];
	int64_t locked;

	if (w->joined == JOIN_DOMAIN || w->agent_seen || locks_accounts(w))
		collect_log(g, EVENTS_SYSTEM, 0);
	if (system->newest > w->last_seen)
		w->last_seen = system->newest;
	if (w->agent_seen)
		collect_log(g, EVENTS_APPLICATION, 0);
	if (!locks_accounts(w))
		return;
	locked = w->accounts.policy.duration;
	collect_log(g, EVENTS_SECURITY, locked < 0 ? 0 : w->last_seen - locked);
	if (w->events[EVENTS_SECURITY].newest > w->last_seen)
		w->last_seen = w->events[EVENTS_SECURITY].newest;
}

const struct win_event *win_event(const struct win_events *l, const char *provider, uint32_t id)
{
	list_each(ev, &l->events) {
		if (ev->e.id == id && !strcmp(ev->e.provider, provider))
			return ev;
	}
	return NULL;
}

/* The event log starts after the kernel; an older start of the kernel is of another boot. */
#define BOOT_SECONDS 3600

const struct win_event *win_last_boot(const struct windows *w)
{
	const struct win_events *l = &w->events[EVENTS_SYSTEM];
	const struct win_event *kernel = win_event(l, "Microsoft-Windows-Kernel-General", 12);
	const struct win_event *log = win_event(l, "EventLog", 6005);

	if (kernel && log && log->e.time - kernel->e.time > BOOT_SECONDS)
		return log;
	return kernel ? kernel : log;
}
