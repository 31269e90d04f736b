/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the logs of an installation say of the agent's VSS provider, and what in the guest would
 * make it fail.
 *
 * A failed provider ends the installation of agents up to 9.22, and costs newer ones only their
 * application-consistent points (MOBILITY_PAGE).  A log proves the past only: what a later success
 * follows does not count.  Where there is neither a log nor an agent, only preconditions are said.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

#define INSTALL_BY_HAND                                                                            \
	"\t\"C:\\Program Files (x86)\\Microsoft Azure Site "                                       \
	"Recovery\\agent\\InMageVSSProvider_Install.cmd\""

#define PROVIDER "Azure Site Recovery VSS Provider"

const struct win_log_fact *next_install_log(const struct windows *w, size_t *i)
{
	while (*i < w->logs.n) {
		const struct win_log_fact *l = &w->logs.at[(*i)++];

		if (strcasecmp(l->name, "vacp.log"))
			return l;
	}
	return NULL;
}

static enum verdict provider_verdict(const struct check *c)
{
	return agent_before(c, "9.23") ? FAIL : WARN;
}

static const char *consequence(const struct check *c)
{
	return agent_before(c, "9.23") ? "agents up to 9.22 do not install then"
				       : "there will be no application-consistent points";
}

/* A failure of the provider that the seed's document names. */
struct failure {
	uint32_t code; /* 0: the exit code alone */
	uint32_t exit;
	const char *what;
};

static const struct failure failures[] = {
	{0x800706be, 511, "it could not be called, as when an antivirus program stops it"},
	{7, 511, "memory (or disk space) ran out"},
	{0x80070430, 517, "the provider's service is marked for deletion"},
	{0x8007041f, 512, "the database of services was locked"},
	{0, 806, "it had no right to run cscript"},
	{0x8004e00f, 802, "COM+ could not reach the Distributed Transaction Coordinator"},
};
enum { BY_ANTIVIRUS, BY_MEMORY, BY_DELETION, BY_LOCK, BY_SCRIPT, BY_DCOM };

static const struct win_log_entry *find_failure(
	const struct win_log_fact *l, const struct failure *f)
{
	const struct win_log_entry *e, *exit = NULL;

	if (l->status != FILE_READ)
		return NULL;
	if (f->code)
		return win_log_pair(&l->log, f->code, f->exit, &exit);
	e = win_log_last(&l->log, LOG_EXIT, f->exit);
	return e && win_log_is_open(&l->log, e) ? e : NULL;
}

/* Says what the logs hold of it; true: something was said. */
static bool judge_logged(struct check *c, const struct windows *w, const struct failure *f)
{
	const struct win_log_fact *l;

	for (size_t i = 0; (l = next_install_log(w, &i));) {
		const struct win_log_entry *e = find_failure(l, f);
		struct origin o;

		if (!e)
			continue;
		o = origin_log(l, e);
		say(c, provider_verdict(c), DOC, &o,
			"the VSS provider failed to install (exit code %u): %s; %s", f->exit,
			f->what, consequence(c));
		return true;
	}
	return false;
}

/* After the rule found nothing: NA, UNKNOWN for logs that are not there or cannot be read, or
 * found_none. */
static void say_not_logged(struct check *c, const struct windows *w, enum verdict found_none)
{
	const struct win_log_fact *l, *read = NULL;

	if (c->finding->evidence.n)
		return;
	for (size_t i = 0; (l = next_install_log(w, &i));) {
		if (l->status == FILE_UNREADABLE) {
			say_unknown(c, REASON_UNREADABLE, &l->file->from, "%s cannot be read: %s",
				l->name, l->why ? l->why : "it is damaged");
			return;
		}
		read = l;
	}
	if (!read && !w->agent_seen)
		say(c, NA, DOC, NULL, "the agent was never installed here: there is no log of it");
	else if (!read)
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"an agent is or was installed, but its installation's log is not there");
	else if (found_none == PASS)
		say(c, PASS, DOC, &read->file->from,
			"the log of the installation has no such error");
	else
		say_unknown(c, REASON_NOT_ON_DISK, &read->file->from,
			"the log of the installation has no such error; what holds a service while "
			"the machine runs is not on the disk");
}

/* ---- the rules of one pair each ---- */

static void vss_antivirus(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w)
		return;
	judge_logged(c, w, &failures[BY_ANTIVIRUS]);
	say_not_logged(c, w, PASS);
}

/* The page speaks of memory, and advises to make room on the disk. */
static void show_room(struct check *c, const struct windows *w)
{
	const struct filesystem *fs = c->guest->root_fs;
	const struct reg_value *paging = win_setting(w, SET_PAGING_FILES);
	struct origin o = origin_volume(c->guest->root);

	if (fs && fs->space_known)
		say(c, INFO, ENG, &o, "C: has %s free", size_words(c->arena, fs->space.available));
	if (paging->strings.n)
		say(c, INFO, ENG, &paging->from, "memory is paged to %s", paging->strings.at[0]);
}

static void vss_memory(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w)
		return;
	if (judge_logged(c, w, &failures[BY_MEMORY]))
		show_room(c, w);
	say_not_logged(c, w, PASS);
}

static void vss_deletion(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct win_service *s;

	if (!w)
		return;
	judge_logged(c, w, &failures[BY_DELETION]);
	s = win_service_shown(w->current, PROVIDER);
	if (s && s->delete_flag)
		say_reg(c, provider_verdict(c), ENG, &s->from,
			"the service %s (%s) is marked for deletion: a new one cannot be installed "
			"before a reboot",
			s->name, PROVIDER);
	say_not_logged(c, w, PASS);
}

/* Service Control Manager's words for services that hung: the data that names the service. */
static const struct {
	uint32_t id;
	const char *names, *what;
} hung_events[] = {
	{7022, "param1", "hung in its start"},
	{7009, "param2", "did not answer in time"},
	{7011, "param2", "did not answer in time"},
};

/* A service that hangs in its start is what mostly locks the database. */
static void say_hung_services(struct check *c, const struct windows *w)
{
	const struct win_events *system = &w->events[EVENTS_SYSTEM];

	for (size_t i = 0; i < ARRAY_LEN(hung_events); i++) {
		const struct win_event *ev =
			win_event(system, "Service Control Manager", hung_events[i].id);
		const char *name = ev ? evtx_data(&ev->e, hung_events[i].names) : NULL;

		if (name)
			say_unknown(c, REASON_NOT_ON_DISK, &ev->from,
				"%s %s since the last boot, as a service does that locks the "
				"database of services; whether it does so now is not on the disk%s",
				name, hung_events[i].what, events_gaps(c, system));
	}
	events_unseen(c, system);
}

static void vss_lock(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w)
		return;
	judge_logged(c, w, &failures[BY_LOCK]);
	if (w->agent_seen)
		say_hung_services(c, w);
	say_not_logged(c, w, UNKNOWN);
}

/* ---- ASR-VSS-806 ---- */

static bool is_off(const struct reg_value *v)
{
	return reg_is(v, 0) || reg_text_is(v, "0");
}

static void judge_script_host(struct check *c, const struct windows *w)
{
	static const enum win_setting settings[] = {SET_WSH_ENABLED, SET_WSH_ENABLED_WOW};
	const struct win_path_fact *cscript = win_path(w, PATH_CSCRIPT);

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct reg_value *v = win_setting(w, settings[i]);

		if (is_off(v))
			say(c, WARN, ENG, &v->from, "Windows Script Host is switched off")->remedy =
				i ? "\treg add \"HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows "
				    "Script Host\\Settings\" /v Enabled /t REG_DWORD /d 1 /f"
				  : "\treg add \"HKLM\\SOFTWARE\\Microsoft\\Windows Script "
				    "Host\\Settings\" /v Enabled /t REG_DWORD /d 1 /f";
	}
	list_each(u, &w->users) {
		if (is_off(&u->script_host))
			say(c, WARN, ENG, &u->script_host.from,
				"Windows Script Host is switched off for %s", u->name)
				->remedy = "As that user:\n"
					   "\treg add \"HKCU\\Software\\Microsoft\\Windows Script "
					   "Host\\Settings\" /v Enabled /t REG_DWORD /d 1 /f";
	}
	if (cscript->status == FILE_ABSENT)
		say(c, WARN, ENG, &cscript->from, "cscript.exe is missing")->remedy =
			"\tsfc /scannow";
}

/* AppLocker's rules hold unless they are for the audit only; Safer's level 0 disallows. */
static void judge_script_policies(struct check *c, const struct windows *w)
{
	const struct reg_key *applocker = win_key(w, KEY_APPLOCKER_SCRIPT_POLICY);
	const struct reg_key *safer = win_key(w, KEY_SAFER_POLICY);
	const struct reg_value *mode = reg_key_value(applocker, "EnforcementMode");
	const struct reg_value *level = reg_key_value(safer, "DefaultLevel");

	if (applocker->state == REG_THERE && applocker->subkeys.n && !(mode && reg_is(mode, 0)))
		say(c, WARN, ENG, &applocker->from, "AppLocker has rules for scripts")->remedy =
			"Allow the agent's scripts in the group policy that sets the rules.";
	if (level && reg_is(level, 0))
		say(c, WARN, ENG, &level->from,
			"software restriction policies disallow what they do not name")
			->remedy = "Allow the agent's scripts in the group policy that sets them.";
}

static void vss_script(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w)
		return;
	judge_logged(c, w, &failures[BY_SCRIPT]);
	judge_script_host(c, w);
	judge_script_policies(c, w);
	say_not_logged(c, w, PASS);
}

/* ---- ASR-VSS-OTHER ---- */

/* Exit codes of the provider's installation; others are the installer's own. */
#define PROVIDER_EXIT_MIN 500U
#define PROVIDER_EXIT_MAX 899U

static bool is_named(const struct win_log_fact *l, const struct win_log_entry *exit)
{
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		const struct win_log_entry *pair = NULL;

		if (failures[i].exit != exit->code)
			continue;
		if (!failures[i].code)
			return true;
		if (win_log_pair(&l->log, failures[i].code, exit->code, &pair) && pair &&
			pair->line == exit->line)
			return true;
	}
	return false;
}

static void judge_other(struct check *c, const struct win_log_fact *l)
{
	for (size_t i = l->log.entries.n; i-- > 0;) {
		const struct win_log_entry *e = &l->log.entries.at[i];
		struct origin o;

		if (e->kind != LOG_EXIT || e->code < PROVIDER_EXIT_MIN ||
			e->code > PROVIDER_EXIT_MAX || !win_log_is_open(&l->log, e) ||
			is_named(l, e))
			continue;
		o = origin_log(l, e);
		say(c, WARN, DOC, &o, "the VSS provider failed to install with exit code %u",
			e->code);
		return;
	}
}

static void vss_other(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct win_log_fact *l;

	if (!w)
		return;
	for (size_t i = 0; (l = next_install_log(w, &i));) {
		if (l->status == FILE_READ)
			judge_other(c, l);
	}
	say_not_logged(c, w, PASS);
}

/* ---- ASR-VSS-8004E00F ---- */

static void judge_com_services(struct check *c, const struct windows *w)
{
	static const char *const names[] = {"COMSysApp", "EventSystem", "DcomLaunch", "MSDTC"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct win_service *s = win_service(w->current, names[i]);

		if (s && s->start == START_DISABLED)
			say(c, WARN, ENG, &s->from, "%s is disabled: COM+ does not work", names[i])
				->remedy = arena_printf(c->arena, "\tsc config %s start= %s",
				names[i], strcmp(names[i], "DcomLaunch") ? "demand" : "auto");
	}
}

static void vss_dcom(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *dcom;
	const struct win_path_fact *registration;

	if (!w)
		return;
	dcom = win_setting(w, SET_ENABLE_DCOM);
	registration = win_path(w, PATH_REGISTRATION);
	judge_logged(c, w, &failures[BY_DCOM]);
	if (dcom->state == REG_THERE && !reg_text_is(dcom, "Y"))
		say(c, WARN, ENG, &dcom->from, "DCOM is switched off")->remedy =
			"\treg add HKLM\\SOFTWARE\\Microsoft\\Ole /v EnableDCOM /t REG_SZ /d Y /f";
	judge_com_services(c, w);
	if (win_key(w, KEY_COM3)->state == REG_ABSENT)
		say(c, WARN, ENG, &win_key(w, KEY_COM3)->from, "the settings of COM+ are missing");
	if (registration->status == FILE_ABSENT)
		say(c, WARN, ENG, &registration->from, "the catalogue of COM+ is missing");
	say_not_logged(c, w, PASS);
}

/* ---- ASR-VSS-CLUSTER ---- */

static bool has_feature(const struct windows *w)
{
	static const char start[] = "Microsoft-Windows-FailoverCluster";

	list_each(p, &w->packages) {
		if (p->state >= PACKAGE_INSTALLED && !strncasecmp(p->name, start, strlen(start)))
			return true;
	}
	return false;
}

/* The feature was installed, and no cluster was made, or this machine was taken out of one. */
static void judge_lonely(struct check *c, const struct windows *w, const struct win_service *s)
{
	const struct win_service *dtc = win_service(w->current, "MSDTC");
	bool no_hive = w->cluster.hive.status == FILE_ABSENT;

	say_reg(c, provider_verdict(c), ENG, &s->from,
		"the cluster service is %s, and %s: COM+ may not reach the Distributed "
		"Transaction Coordinator%s; %s",
		start_words(s->start),
		no_hive ? "the machine is in no cluster" : "its cluster has no nodes",
		dtc && dtc->start == START_DISABLED ? ", which is disabled too" : "",
		consequence(c));
}

static void cluster_service(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);
	const struct win_cluster *cluster;
	const struct win_service *s;
	bool off;

	if (!w)
		return;
	cluster = &w->cluster;
	s = win_service(cs, "ClusSvc");
	off = !s || s->start == START_DISABLED;
	if (s && cluster->nodes.n)
		say(c, INFO, ENG, &cluster->nodes.at[0].from,
			"the machine is in a cluster of %zu node%s (%s ...), whose shared disks "
			"are "
			"not replicated",
			cluster->nodes.n, cluster->nodes.n == 1 ? "" : "s",
			cluster->nodes.at[0].value);
	else if (!off && (cluster->hive.status == FILE_ABSENT || cluster->complete))
		judge_lonely(c, w, s);
	else if (!off)
		say_unknown(c, cluster->hive.reason ? cluster->hive.reason : REASON_UNREADABLE,
			&cluster->hive.from, "the cluster's hive cannot be read: %s",
			cluster->hive.why ? cluster->hive.why : "its list of nodes is damaged");
	else
		say_unknown(c, REASON_NOT_ON_DISK, s ? &s->from : &cs->from,
			"the cluster service is %s%s; whether COM+ reaches the Distributed "
			"Transaction Coordinator is in a log of the configuration server",
			s ? "disabled" : "not installed",
			has_feature(w) ? " (its feature is installed)" : "");
}

/* ---- ASR-78144 ---- */

static const struct {
	uint32_t code;
	const char *what;
} vacp_codes[] = {
	{0x80040154, "the provider's class is not registered: it is not installed"},
	{0x80070422, "the provider's service is disabled"},
	{0x80042304, "the provider is not registered with VSS"},
	{0x800423f2, "a writer did not answer in time"},
};

static void judge_stopped(struct check *c, const struct win_log_fact *l)
{
	const struct win_log_entry *e = win_log_last(&l->log, LOG_STOPPED, 0);
	struct origin o;

	if (!e || !win_log_is_open(&l->log, e))
		return;
	o = origin_log(l, e);
	say(c, WARN, DOC, &o,
		"no application-consistent point: the agent's driver has stopped filtering a disk");
}

static void judge_vacp(struct check *c, const struct win_log_fact *l)
{
	for (size_t i = 0; i < ARRAY_LEN(vacp_codes); i++) {
		const struct win_log_entry *e = win_log_last(&l->log, LOG_CODE, vacp_codes[i].code);
		struct origin o;

		if (!e || !win_log_is_open(&l->log, e))
			continue;
		o = origin_log(l, e);
		say(c, WARN, DOC, &o, "no application-consistent point (0x%08X): %s",
			vacp_codes[i].code, vacp_codes[i].what);
	}
}

static bool is_microsofts(const char *name)
{
	return str_starts(name, "Microsoft ") || str_starts(name, "MS ");
}

/* A name that is not Microsoft's is the agent's, or may be: it can register under another one. */
static bool lacks_provider(const struct windows *w)
{
	if (win_key(w, KEY_VSS_PROVIDERS)->state != REG_THERE)
		return false;
	list_each(p, &w->vss_providers) {
		if (!p->value || !is_microsofts(p->value))
			return false;
	}
	return w->vss_providers.n;
}

static void judge_provider(struct check *c, const struct windows *w)
{
	const struct win_service *s = win_service_shown(w->current, PROVIDER);

	if (s && s->start == START_DISABLED)
		say(c, WARN, DOC, &s->from, "the service of the VSS provider is disabled")->remedy =
			arena_printf(c->arena, "\tsc config %s start= auto",
				cmd_word(c->arena, s->name, "SERVICE"));
	if (win_setting(w, SET_AGENT_VERSION)->state == REG_THERE && lacks_provider(w))
		say(c, WARN, ENG, &win_key(w, KEY_VSS_PROVIDERS)->from,
			"an agent is installed, but its VSS provider is not registered: there are "
			"Microsoft's own only");
}

static void consistent_points(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct win_log_fact *l;

	if (!w)
		return;
	l = win_log(w, "vacp.log");
	if (l && l->status == FILE_READ)
		judge_vacp(c, l);
	if (l && l->status == FILE_READ)
		judge_stopped(c, l);
	judge_provider(c, w);
	if (c->finding->evidence.n)
		return;
	if (!l && !w->agent_seen)
		say(c, NA, DOC, NULL, "the agent was never installed here");
	else if (!l)
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"an agent is or was installed, but its vacp.log is not there");
	else if (l->status != FILE_READ)
		say_unknown(c, REASON_UNREADABLE, &l->file->from, "vacp.log cannot be read: %s",
			l->why ? l->why : "it is damaged");
	else
		say(c, PASS, DOC, &l->file->from, "vacp.log has no error of the VSS provider");
}

/* All but the codes and words. */
#define VSS_RULE .category = REPLICATION, .applies = WINDOWS, .scenarios = CAN(V2A) | CAN(A2A)
#define VSS_REACHES CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN)

static const struct rule rules[] = {
	{
		.id = "ASR-78144",
		.errors = {78144},
		.category = ADVICE,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Application-consistent points",
		.about = "Looked at: errors of the agent's vacp.log that no later success follows, "
			 "the start type of the VSS provider's service, and whether the provider "
			 "is registered with VSS.",
		.remedy = "Install the provider anew, and restart VSS:\n" INSTALL_BY_HAND
			  "\n\tnet stop vss\n\tnet start vss",
		.source = VSS_PAGE,
		.check = consistent_points,
	},
	{
		.id = "ASR-VSS-511-AV",
		VSS_RULE,
		.reaches = VSS_REACHES | CAN(PASS),
		.title = "VSS provider: 0x800706BE, exit code 511",
		.about = "Looked at: the logs of the agent's installation. ASR-AV tells which "
			 "exclusions are there.",
		.remedy = "Exclude the agent's folders from antivirus scans, and install the "
			  "provider:\n"
			  "\tpowershell Add-MpPreference -ExclusionPath 'C:\\Program Files "
			  "(x86)\\Microsoft Azure Site "
			  "Recovery','C:\\ProgramData\\ASR\\agent'\n" INSTALL_BY_HAND,
		.source = PUSH_PAGE "; " MOBILITY_PAGE,
		.check = vss_antivirus,
	},
	{
		.id = "ASR-VSS-511-MEM",
		VSS_RULE,
		.reaches = VSS_REACHES | CAN(PASS),
		.title = "VSS provider: 0x7, exit code 511",
		.about = "Looked at: the logs of the agent's installation. The page calls it a "
			 "shortage of memory, and advises more disk space.",
		.remedy = "Free memory and disk space, and install the provider:\n" INSTALL_BY_HAND,
		.source = PUSH_PAGE "; " MOBILITY_PAGE,
		.check = vss_memory,
	},
	{
		.id = "ASR-VSS-512",
		VSS_RULE,
		.reaches = VSS_REACHES,
		.title = "VSS provider: 0x8007041F, exit code 512",
		.about = "Looked at: the logs of the agent's installation. The database of "
			 "services is locked while another service hangs in its start: the events "
			 "7009, 7011 and 7022 in the System log since the last boot name such.",
		.remedy = "Find the service that hangs (sc queryex type= service state= all), end "
			  "it, and install the provider:\n" INSTALL_BY_HAND,
		.source = PUSH_PAGE "; " MOBILITY_PAGE,
		.check = vss_lock,
	},
	{
		.id = "ASR-VSS-517",
		VSS_RULE,
		.reaches = VSS_REACHES | CAN(PASS),
		.title = "VSS provider: 0x80070430, exit code 517",
		.about = "Looked at: the logs of the agent's installation, and whether the "
			 "provider's service is marked for deletion (DeleteFlag).",
		.remedy = "Restart the machine, then install the provider:\n"
			  "\tshutdown /r /t 0\n" INSTALL_BY_HAND,
		.source = PUSH_PAGE "; " MOBILITY_PAGE "; engineering knowledge",
		.check = vss_deletion,
	},
	{
		.id = "ASR-VSS-8004E00F",
		VSS_RULE,
		.reaches = VSS_REACHES | CAN(PASS),
		.title = "VSS provider: 0x8004E00F, exit code 802",
		.about = "Looked at: the logs of the agent's installation, and what COM+ needs: "
			 "DCOM, its services, its settings and its catalogue.",
		.remedy = "Repair DCOM with the support of Windows, and install the "
			  "provider:\n" INSTALL_BY_HAND,
		.source = PUSH_PAGE "; " PUSH_LVM_PAGE "; " MOBILITY_PAGE,
		.check = vss_dcom,
	},
	{
		.id = "ASR-VSS-806",
		VSS_RULE,
		.reaches = VSS_REACHES | CAN(PASS),
		.title = "VSS provider: exit code 806",
		.about = "Looked at: the logs of the agent's installation, and what keeps cscript "
			 "from running: Windows Script Host switched off, restriction policies, "
			 "AppLocker, a missing file.",
		.remedy = "Allow scripts to run, and install the provider:\n" INSTALL_BY_HAND,
		.source = PUSH_PAGE "; " MOBILITY_PAGE "; engineering knowledge",
		.check = vss_script,
	},
	{
		.id = "ASR-VSS-CLUSTER",
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO),
		.title = "Cluster service without a cluster",
		.about = "Looked at: the cluster service, the nodes in the cluster's hive, and "
			 "whether the feature is installed. The error itself is in a log of the "
			 "configuration server.",
		.remedy = "Remove the feature if it is not used, in PowerShell:\n"
			  "\tUninstall-WindowsFeature Failover-Clustering -Restart",
		.source = PUSH_PAGE "; " MOBILITY_PAGE,
		.check = cluster_service,
	},
	{
		.id = "ASR-VSS-OTHER",
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "VSS provider: other errors",
		.about = "Looked at: exit codes from 500 to 899 in the logs of the agent's "
			 "installation that no other rule names.",
		.remedy = "Install the provider by hand, and read what it says:\n" INSTALL_BY_HAND,
		.source = PUSH_PAGE,
		.check = vss_other,
	},
};

const struct rule_set windows_logs_rules = {rules, ARRAY_LEN(rules)};
