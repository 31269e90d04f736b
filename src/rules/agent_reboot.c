/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ASR-95265-95266: an agent that was installed after the last boot.  Until the next one the driver
 * that is loaded is older than the one on the disk.  That asks for a reboot some time; only when
 * more than four releases lie between them it must be now.
 *
 * When it was installed say, on Windows, Windows Installer's events in the Application log, else
 * the agent's own logs by their time; on Linux the files themselves.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* Releases from one version to a newer one: the minor numbers count up.  -1: not known. */
static int releases_between(const char *before, const char *now)
{
	unsigned major, minor, new_major, new_minor;

	if (!before || !now || sscanf(before, "%u.%u", &major, &minor) != 2 ||
		sscanf(now, "%u.%u", &new_major, &new_minor) != 2 || major != new_major)
		return -1;
	return minor < new_minor ? (int)(new_minor - minor) : 0;
}

/* The agent was updated and there was no boot since; told: how that is known. */
static void say_due(struct check *c, const struct origin *o, const char *before, const char *now,
	const char *told)
{
	int releases = releases_between(before, now);
	struct evidence *due;

	if (releases > REBOOT_RELEASES)
		due = say(c, FAIL, DOC, o,
			"agent %s was updated to %s, %d releases newer, and %s: the driver that is "
			"loaded is too old for it",
			before, now, releases, told);
	else if (releases > 0)
		due = say(c, WARN, DOC, o,
			"agent %s was updated to %s, and %s: the older driver is loaded still",
			before, now, told);
	else
		due = say(c, WARN, DOC, o,
			"%s: the driver that is loaded may be older than the one that is installed",
			told);
	due->remedy = c->guest->family == GUEST_LINUX
			      ? "Restart the machine in a maintenance window:\n\tshutdown -r now"
			      : "Restart the machine in a maintenance window:\n\tshutdown /r /t 0";
}

/* ---- Windows ---- */

/* The agent's installation that a rule goes by. */
struct update {
	int64_t at;
	struct origin from;
	const char *before, *now; /* versions, or NULL */
	bool advised;             /* its log asks for a reboot */
};

static int64_t last_shutdown(const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_LAST_SHUTDOWN);

	return v->state == REG_THERE && v->data && v->len >= 8 ? filetime_seconds(get_le64(v->data))
							       : 0;
}

/* Windows Installer: "Microsoft Azure Site Recovery ...", its version, a language, 0 for success.
 */
static const char *installed_version(const struct win_event *ev)
{
	return ev->e.data.n > 3 && !strcmp(ev->e.data.at[3].text, "0") ? ev->e.data.at[1].text
								       : NULL;
}

/* What the Application log knows: the newest installation, and the one before the last boot. */
static void find_installations(const struct windows *w, int64_t boot, struct update *ret)
{
	list_each(ev, &w->events[EVENTS_APPLICATION].events) {
		const char *version = installed_version(ev);

		if (!version)
			continue;
		if (!ret->at) {
			ret->at = ev->e.time;
			ret->from = ev->from;
			ret->now = version;
		}
		if (boot && ev->e.time < boot) {
			ret->before = version;
			return;
		}
	}
}

/* The version that the newest of the agent's logs from before the last boot names. */
static const char *logged_version(struct check *c, const struct windows *w, int64_t boot)
{
	const struct win_log_fact *l, *best = NULL;
	const struct win_log_entry *e;

	for (size_t i = 0; (l = next_install_log(w, &i));) {
		if (l->status == FILE_READ && l->file->st.mtime < boot &&
			win_log_last(&l->log, LOG_VERSION, 0) &&
			(!best || l->file->st.mtime > best->file->st.mtime))
			best = l;
	}
	if (!best)
		return NULL;
	e = win_log_last(&best->log, LOG_VERSION, 0);
	return arena_printf(c->arena, "%u.%u", e->code >> 16, e->code & 0xffff);
}

static void judge_update(struct check *c, const struct windows *w, const struct update *u)
{
	const struct win_events *system = &w->events[EVENTS_SYSTEM];
	const struct win_event *boot = win_last_boot(w);
	const char *told = "no boot since is known";

	if (boot && boot->e.time > u->at)
		say(c, PASS, DOC, &boot->from,
			"the agent was installed at %s, and there was a boot since",
			time_words(c->arena, u->at));
	else if (last_shutdown(w) > u->at)
		say(c, PASS, DOC, &u->from,
			"the agent was installed at %s, and there was a shutdown since",
			time_words(c->arena, u->at));
	else if (!u->advised && releases_between(u->before, u->now) <= 0)
		return;
	else {
		if (boot)
			told = arena_printf(c->arena, "the last boot was before, at %s",
				time_words(c->arena, boot->e.time));
		else if (system->newest > u->at && system->oldest < u->at)
			told = "the System log has no boot since";
		say_due(c, &u->from, u->before, u->now, told);
	}
}

/* Of an installation whose log asks for a reboot, else of the newest that is known. */
static void judge_updates(struct check *c, const struct windows *w)
{
	const struct reg_value *version = win_setting(w, SET_AGENT_VERSION);
	const struct win_event *boot = win_last_boot(w);
	int64_t booted = boot ? boot->e.time : 0;
	const struct win_log_fact *l;
	struct update u = {0};

	find_installations(w, booted, &u);
	if (!u.before && booted)
		u.before = logged_version(c, w, booted);
	if (w->agent_driver.value)
		u.now = w->agent_driver.value;
	else if (!u.now && version->text && !w->hives[HIVE_SOFTWARE].dirty)
		u.now = version->text;
	for (size_t i = 0; (l = next_install_log(w, &i));) {
		const struct win_log_entry *e = win_log_last(&l->log, LOG_REBOOT, 0);

		if (l->status != FILE_READ || !e)
			continue;
		u.advised = true;
		if (l->file->st.mtime > u.at)
			u.at = l->file->st.mtime;
		u.from = origin_log(l, e);
		break;
	}
	if (!u.at && w->logs.n && u.before) {
		size_t i = 0;

		l = next_install_log(w, &i);
		u.at = l ? l->file->st.mtime : 0;
		u.from = l ? l->file->from : (struct origin){0};
	}
	if (u.at)
		judge_update(c, w, &u);
}

static void windows_reboot(struct check *c, const struct windows *w)
{
	const struct win_log_fact *l, *read = NULL;

	judge_updates(c, w);
	for (size_t i = 0; (l = next_install_log(w, &i));) {
		if (l->status == FILE_READ)
			read = l;
		else if (l->status == FILE_UNREADABLE)
			say_unknown(c, REASON_UNREADABLE, &l->file->from, "%s cannot be read: %s",
				l->name, l->why ? l->why : "it is damaged");
	}
	events_unseen(c, &w->events[EVENTS_SYSTEM]);
	if (c->finding->evidence.n)
		return;
	if (read)
		say(c, PASS, DOC, &read->file->from,
			"no log of the installation asks for a reboot");
	else if (w->agent_seen)
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"an agent is or was installed, but its installation's log is not there");
	else
		say(c, NA, DOC, NULL, "the agent was never installed here: there is no log of it");
}

/* ---- Linux ---- */

static void linux_reboot(struct check *c)
{
	const struct linux_agent *a = &c->guest->agent;
	const char *version = c->guest->traces.version.value;
	bool by_driver = a->version_file && a->driver_time > a->version_file->st.mtime;
	int64_t at;

	if (!a->version_file) {
		say(c, NA, DOC, NULL, "no agent is installed");
		return;
	}
	at = by_driver ? a->driver_time : a->version_file->st.mtime;
	if (a->version_file->status != FILE_READ)
		say_unknown(c, a->version_file->reason, &a->version_file->from,
			"the agent's version cannot be read: %s", a->version_file->why);
	else if (!a->last_boot && a->advised.path)
		say_due(c, &a->advised, a->before.value, version, "no boot since is known");
	else if (!a->last_boot)
		say_unknown(c, a->boot_reason, &a->boot_from,
			"when the machine last booted cannot be read in wtmp: %s", a->boot_why);
	else if (a->last_boot > at)
		say(c, PASS, DOC, &a->boot_from,
			"the agent was installed at %s, and the machine booted since, at %s",
			time_words(c->arena, at), time_words(c->arena, a->last_boot));
	else
		say_due(c,
			a->before.value   ? &a->before.from
			: a->advised.path ? &a->advised
			: by_driver       ? &a->driver_from
					  : &a->version_file->from,
			a->before.value, version,
			arena_printf(c->arena,
				"the agent was installed at %s, and the last boot was before, at "
				"%s",
				time_words(c->arena, at), time_words(c->arena, a->last_boot)));
}

static void reboot_recommended(struct check *c)
{
	const struct windows *w;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_LINUX) {
		linux_reboot(c);
		return;
	}
	w = windows_of(c);
	if (w)
		windows_reboot(c, w);
}

static const struct rule rules[] = {
	{
		.id = "ASR-95265-95266",
		.errors = {95265, 95266, 151083},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Installed, reboot recommended",
		.about = "After an update of the agent the old driver stays loaded until the next "
			 "boot. The machine must be restarted only when more than four releases "
			 "lie between them. Looked at, on Windows: the logs of the installation, "
			 "Windows Installer's event 1033 in the Application log, the version of "
			 "InDskFlt.sys, and the last boot by the System log (events 12 and 6005); "
			 "on Linux: the times of .vx_version and involflt.ko, ua_install.log, "
			 "InstallerErrors.json, and the last boot by wtmp.",
		.remedy = "Restart the machine in a maintenance window: shutdown /r /t 0 on "
			  "Windows, shutdown -r now on Linux.",
		.source = PUSH_PAGE "; " PUSH_GRUB_PAGE "; " UPDATES_PAGE "; " A2A_ERRORS_PAGE,
		.check = reboot_recommended,
	},
};

const struct rule_set agent_reboot_rules = {rules, ARRAY_LEN(rules)};
