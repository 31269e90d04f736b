/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Push installation on a member of a domain: does the domain still trust the machine, can a
 * controller of it be reached, does Netlogon run?  The network and the domain know; what is left on
 * the disk is settings, and what Netlogon wrote to the System log since the last boot.
 *
 * An event proves the past only: what the domain took the machine's password after does not count.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

#define DAY 86400LL
#define SERVICES "Service Control Manager"
#define GROUP_POLICY "Microsoft-Windows-GroupPolicy"

static int64_t secret_time(const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_MACHINE_ACC_CUPD_TIME);

	if (v->state != REG_THERE || !v->data || v->len < 8)
		return 0;
	return filetime_seconds(get_le64(v->data));
}

/* Says NA outside a domain, UNKNOWN where that cannot be told, and is false. */
static bool is_joined(struct check *c, const struct windows *w)
{
	if (w->joined == JOIN_DOMAIN)
		return true;
	if (w->joined == JOIN_WORKGROUP)
		say(c, NA, DOC, &w->domain.from, "the machine is in no domain%s%s",
			w->domain.value ? ", but in the workgroup " : "",
			w->domain.value ? w->domain.value : "");
	else
		say_unknown(c, REASON_UNREADABLE, &w->hives[HIVE_SECURITY].from,
			"whether the machine is in a domain cannot be read");
	return false;
}

/* ---- ASR-95518 ---- */

/* The newest moment at which the domain took the machine's password. */
static int64_t trusted_at(const struct windows *w)
{
	static const struct {
		const char *provider;
		uint32_t id;
	} proofs[] = {{"NETLOGON", 5823}, {GROUP_POLICY, 1500}, {GROUP_POLICY, 1502}};
	int64_t at = secret_time(w);

	for (size_t i = 0; i < ARRAY_LEN(proofs); i++) {
		const struct win_event *ev =
			win_event(&w->events[EVENTS_SYSTEM], proofs[i].provider, proofs[i].id);

		if (ev && ev->e.time > at)
			at = ev->e.time;
	}
	return at;
}

/* Domain controllers write 5722 and 5805 about the machines that come to them. */
static bool is_of_another_machine(const struct guest *g, const struct evtx_event *ev)
{
	if (ev->id != 5722 && ev->id != 5805)
		return false;
	return g->windows->is_dc && !(ev->data.n && g->hostname.value &&
					    !strcasecmp(ev->data.at[0].text, g->hostname.value));
}

static const struct {
	uint32_t id;
	const char *what;
} trust_events[] = {
	{3210, "the domain did not take the machine's password"},
	{5721, "the domain has no account for the machine"},
	{5722, "a domain controller did not take the machine's password"},
	{5805, "a domain controller did not take the machine's password"},
	{5719, "no domain controller could be reached"},
};

static void judge_trust_events(struct check *c, const struct windows *w)
{
	int64_t trusted = trusted_at(w);

	for (size_t i = 0; i < ARRAY_LEN(trust_events); i++) {
		list_each(ev, &w->events[EVENTS_SYSTEM].events) {
			if (ev->e.id != trust_events[i].id || strcmp(ev->e.provider, "NETLOGON") ||
				ev->e.time <= trusted || is_of_another_machine(c->guest, &ev->e))
				continue;
			say(c, WARN, ENG, &ev->from,
				"Netlogon wrote to the System log that %s, and nothing later shows "
				"that the domain trusts the machine",
				trust_events[i].what);
			break;
		}
	}
}

static void judge_secret_age(struct check *c, const struct windows *w)
{
	const struct reg_value *set = win_setting(w, SET_MACHINE_ACC_CUPD_TIME);
	const struct reg_value *max = win_setting(w, SET_NETLOGON_MAXIMUM_PASSWORD_AGE);
	int64_t when = secret_time(w), days = max->is_number ? (int64_t)max->number : 30;
	const char *domain = w->domain.value ? w->domain.value : "its domain";
	bool may_be_old = reg_is(win_setting(w, SET_NETLOGON_DISABLE_PASSWORD_CHANGE), 1);
	int64_t age = w->last_seen > when ? (w->last_seen - when) / DAY : 0;

	if (when && w->last_seen && !may_be_old && age > (days > 30 ? days : 30))
		say(c, WARN, ENG, &set->from,
			"the machine's password in %s was %lld days old when the image was taken, "
			"and should change every %lld: the domain may not trust it any more",
			domain, (long long)age, (long long)days);
	else if (when)
		say_unknown(c, REASON_NOT_ON_DISK, &set->from,
			"whether %s still trusts the machine is known to the domain; the machine's "
			"password was %lld days old%s",
			domain, (long long)age, events_gaps(c, &w->events[EVENTS_SYSTEM]));
	else
		say_unknown(c, REASON_NOT_ON_DISK, &w->domain.from,
			"whether %s still trusts the machine is known to the domain only%s", domain,
			events_gaps(c, &w->events[EVENTS_SYSTEM]));
}

static void domain_trust(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w || !is_joined(c, w))
		return;
	judge_trust_events(c, w);
	judge_secret_age(c, w);
	events_unseen(c, &w->events[EVENTS_SYSTEM]);
}

/* ---- ASR-95521 ---- */

static bool is_private_v4(const char *s)
{
	unsigned a, b;
	char dot;

	if (sscanf(s, "%u.%u%c", &a, &b, &dot) != 3 || dot != '.')
		return false;
	return a == 10 || a == 127 || (a == 172 && b >= 16 && b <= 31) || (a == 192 && b == 168) ||
	       (a == 169 && b == 254) || (a == 100 && b >= 64 && b <= 127);
}

static bool is_private_address(const char *s)
{
	if (strchr(s, ':'))
		return !strncasecmp(s, "fc", 2) || !strncasecmp(s, "fd", 2) ||
		       !strncasecmp(s, "fe8", 3) || !strcmp(s, "::1");
	return is_private_v4(s);
}

/* The first interface with name servers set by hand that are all public; NULL: another way in. */
static const struct win_interface *public_dns_only(const struct windows *w)
{
	const struct win_interface *first = NULL;

	list_each(i, &w->interfaces) {
		if (!i->name_servers.n && (i->dhcp || i->addresses.n))
			return NULL;
		list_each(s, &i->name_servers) {
			if (is_private_address(*s))
				return NULL;
		}
		if (i->name_servers.n && !first)
			first = i;
	}
	return first;
}

static void judge_servers(struct check *c, const struct windows *w)
{
	const struct win_events *system = &w->events[EVENTS_SYSTEM];
	const struct win_event *none = win_event(system, "NETLOGON", 5719);
	const struct reg_value *dc = win_setting(w, SET_GP_HISTORY_DC_NAME);

	if (none && none->e.time > trusted_at(w))
		say_unknown(c, REASON_NOT_ON_DISK, &none->from,
			"Netlogon wrote to the System log that no domain controller could be "
			"reached, and nothing later shows that one was; whether one can be now is "
			"not on the disk");
	if (dc->state == REG_THERE && dc->text)
		say_unknown(c, REASON_NOT_ON_DISK, &dc->from,
			"whether a domain controller can be reached is not on the disk; the last "
			"one was %s%s",
			dc->text, events_gaps(c, system));
	else if (!c->finding->evidence.n)
		say_unknown(c, REASON_NOT_ON_DISK, &w->domain.from,
			"whether a domain controller can be reached is not on the disk%s",
			events_gaps(c, system));
	events_unseen(c, system);
}

static void logon_servers(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct win_interface *i;

	if (!w || !is_joined(c, w))
		return;
	i = public_dns_only(w);
	if (i)
		say(c, WARN, ENG, &i->from,
			"all name servers are public ones (%s): they do not know the domain's "
			"controllers",
			i->name_servers.at[0]);
	judge_servers(c, w);
}

/* ---- ASR-95522 ---- */

static const char *start_netlogon(struct arena *a, const char *service)
{
	return arena_printf(a,
		"\tsc config %s start= auto\n\tsc config Netlogon start= auto\n"
		"\tnet start Netlogon",
		service);
}

static void judge_dependency(struct check *c, const struct control_set *cs, const char *name)
{
	const struct win_service *s = win_service(cs, name);
	struct origin o = service_origin(c->arena, cs, s, name);

	if (!s || s->start == START_DISABLED)
		say_reg(c, FAIL, ENG, &o, "%s, on which Netlogon depends, is %s", name,
			s ? "disabled" : "not installed")
			->remedy = start_netlogon(c->arena, name);
}

/* Is the event of that service?  The log names it as it is shown, and in Binary by its key. */
static bool is_of_service(const struct evtx_event *ev, const struct win_service *s)
{
	const char *name = evtx_data(ev, "param1"), *hex = ev->binary;
	size_t i;

	if (name && (!strcasecmp(name, s->name) ||
			    (s->display_name && !strcasecmp(name, s->display_name))))
		return true;
	for (i = 0; hex && s->name[i]; i++) {
		char c = (char)(hex_digit(hex[0]) << 4 | (hex[0] ? hex_digit(hex[1]) : 0));

		if ((c | 32) != (s->name[i] | 32) || strncmp(hex + 2, "00", 2))
			return false;
		hex += 4;
	}
	/* "Netlogon/4", or the name alone. */
	return hex && (!*hex || !strncmp(hex, "2F00", 4) || !strncmp(hex, "0000", 4));
}

/* The state behind the name in Binary: "Netlogon/4" is running, "/1" stopped. */
static bool says_running(const struct evtx_event *ev)
{
	static const char running[] = "2F003400";
	const char *at = ev->binary ? strstr(ev->binary, running) : NULL;
	const char *state = evtx_data(ev, "param2");

	return ev->binary ? at != NULL : state && !strcasecmp(state, "running");
}

/* When the service was last seen to run; 0: not since the last boot. */
static int64_t last_run(const struct windows *w, const struct win_event **ret)
{
	list_each(ev, &w->events[EVENTS_SYSTEM].events) {
		if (ev->e.id == 7036 && !strcmp(ev->e.provider, SERVICES) && says_running(&ev->e)) {
			*ret = ev;
			return ev->e.time;
		}
	}
	return 0;
}

static void judge_service_events(
	struct check *c, const struct windows *w, const struct win_service *s)
{
	const struct win_event *run = NULL;
	int64_t ran = last_run(w, &run);

	list_each(ev, &w->events[EVENTS_SYSTEM].events) {
		if ((ev->e.id != 7000 && ev->e.id != 7001 && ev->e.id != 7023) ||
			strcmp(ev->e.provider, SERVICES) || ev->e.time < ran ||
			!is_of_service(&ev->e, s))
			continue;
		say(c, WARN, ENG, &ev->from,
			ev->e.id == 7023 ? "Netlogon ended with an error, and did not run again%s"
					 : "Netlogon did not start, and has not run since%s",
			events_gaps(c, &w->events[EVENTS_SYSTEM]))
			->remedy = "\tnet start Netlogon";
		return;
	}
}

static void say_start_type(struct check *c, const struct windows *w, const struct win_service *s,
	const struct origin *o)
{
	const struct win_event *run = NULL;

	if (w->joined == JOIN_DOMAIN && last_run(w, &run))
		say(c, PASS, DOC, &run->from, "Netlogon is %s, and ran after the last boot",
			start_words(s->start));
	else
		say(c, PASS, DOC, o, "Netlogon is %s; whether it ran is not on the disk",
			start_words(s->start));
}

static void netlogon(struct check *c)
{
	struct service_view v;
	const struct win_service *s;
	const struct windows *w;
	struct origin o;

	if (!look_at_service(c, "Netlogon", &v))
		return;
	w = v.windows;
	s = v.service;
	o = v.from;
	if (!s || s->start == START_DISABLED)
		say_reg(c, FAIL, DOC, &o, "Netlogon is %s", s ? "disabled" : "not installed");
	else if (s->start == START_MANUAL && w->joined == JOIN_DOMAIN)
		say(c, WARN, DOC, &o, "Netlogon starts by hand, on a member of a domain");
	else if (s->start == START_MANUAL && w->joined == JOIN_UNKNOWN)
		say_unknown(c, REASON_UNREADABLE, &o,
			"Netlogon starts by hand, which is right outside a domain; whether the "
			"machine is in one cannot be read");
	judge_dependency(c, v.set, "LanmanWorkstation");
	for (size_t i = 0; s && i < s->depends.n; i++) {
		/* A plus sign names a group of services. */
		if (s->depends.at[i][0] != '+' && strcasecmp(s->depends.at[i], "LanmanWorkstation"))
			judge_dependency(c, v.set, s->depends.at[i]);
	}
	/* Outside a domain it stops by itself. */
	if (s && s->start != START_DISABLED && w->joined == JOIN_DOMAIN) {
		judge_service_events(c, w, s);
		events_unseen(c, &w->events[EVENTS_SYSTEM]);
	}
	if (!c->finding->evidence.n)
		say_start_type(c, w, s, &o);
}

static const struct rule rules[] = {
	{
		.id = "ASR-95518",
		.errors = {95518},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN),
		.title = "Trust of the domain",
		.about = "A member whose password the domain has forgotten cannot log anybody in. "
			 "Looked at: how old the machine's password was at the newest moment "
			 "known of the guest (it should change every 30 days), and Netlogon's "
			 "events 3210, 5719, 5721, 5722 and 5805 in the System log since the last "
			 "boot. They do not count once policies of the domain were taken or the "
			 "password was changed.",
		.remedy = "Renew the machine's password, in PowerShell as an administrator:\n"
			  "\tTest-ComputerSecureChannel -Repair -Credential (Get-Credential)",
		.source = PUSH_PAGE,
		.check = domain_trust,
	},
	{
		.id = "ASR-95521",
		.errors = {95521},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN),
		.title = "Logon servers",
		.about = "A member of a domain logs accounts in by a domain controller, which it "
			 "finds by DNS. Looked at: name servers set by hand, the last controller "
			 "that group policy came from, and Netlogon's event 5719 in the System "
			 "log since the last boot.",
		.remedy = "Make a domain controller reachable, and name the domain's DNS servers:\n"
			  "\tnetsh interface ipv4 set dnsservers \"Ethernet0\" static ADDRESS "
			  "primary",
		.source = PUSH_PAGE,
		.check = logon_servers,
	},
	{
		.id = "ASR-95522",
		.errors = {95522},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Netlogon",
		.about = "Looked at: the start types of Netlogon and of the services it depends "
			 "on; in a domain, also whether it started, by the events 7000, 7001, 7023 "
			 "and 7036 in the System log since the last boot. Outside a domain it "
			 "starts by hand, which is right.",
		.remedy = "\tsc config Netlogon start= auto\n\tnet start Netlogon",
		.source = PUSH_PAGE "; " UPLOAD_WINDOWS_PAGE,
		.check = netlogon,
	},
};

const struct rule_set windows_domain_rules = {rules, ARRAY_LEN(rules)};
