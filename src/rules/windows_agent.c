/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What an agent wants of the machine: memory, and in Windows that antivirus leaves its files alone.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* ---- ASR-95572-95573 ---- */

static void low_memory(struct check *c)
{
	const struct machine_config *m = c->facts->vm->machine.config;

	if (m && m->memory)
		say_unknown(c, REASON_NOT_ON_DISK, &(struct origin){.path = m->path},
			"the machine has %s of memory, of which the agent takes 6 to 10 percent; "
			"how "
			"much of it was free is not on its disks",
			size_words(c->arena, m->memory));
	else
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"how much memory the machine has is not on its disks");
}

/* ---- ASR-AV ---- */

static const struct {
	const char *service, *name;
} antivirus[] = {
	{"WinDefend", NULL}, /* Microsoft's own: its exclusions are in the registry */
	{"SepMasterService", "Symantec Endpoint Protection"},
	{"McShield", "McAfee"},
	{"mfefire", "Trellix"},
	{"ntrtscan", "Trend Micro"},
	{"ds_agent", "Trend Micro Deep Security"},
	{"Sophos Endpoint Defense Service", "Sophos"},
	{"SAVService", "Sophos"},
	{"ekrn", "ESET"},
	{"AVP", "Kaspersky"},
	{"SentinelAgent", "SentinelOne"},
	{"CSFalconService", "CrowdStrike Falcon"},
	{"EPSecurityService", "Bitdefender"},
	{"MBAMService", "Malwarebytes"},
	{"CylanceSvc", "Cylance"},
	{"cyserver", "Cortex XDR"},
};

static bool is_excluded(const struct reg_key *k, const char *path)
{
	list_each(v, &k->values) {
		size_t n = strlen(v->name);

		while (n && v->name[n - 1] == '\\')
			n--;
		if (n && !strncasecmp(v->name, path, n) && (!path[n] || path[n] == '\\'))
			return true;
	}
	return false;
}

/* A trace of a scanner in the logs; NULL: there is none. */
static const struct win_log_entry *scanner_trace(const struct windows *w)
{
	list_each(l, &w->logs) {
		const struct win_log_entry *e, *exit;

		if (l->status != FILE_READ)
			continue;
		e = win_log_pair(&l->log, 0x800706beU, 511, &exit);
		if (!e)
			e = win_log_last(&l->log, LOG_CODE, LOG_ERROR_SCANNED);
		if (e && win_log_is_open(&l->log, e))
			return e;
	}
	return NULL;
}

static void judge_exclusions(struct check *c, const struct windows *w)
{
	static const char *const paths[] = {
		"C:\\Program Files (x86)\\Microsoft Azure Site Recovery",
		"C:\\ProgramData\\ASR\\agent"};
	const struct reg_key *own = win_key(w, KEY_DEFENDER_PATHS);
	const struct reg_key *policy = win_key(w, KEY_DEFENDER_PATHS_POLICY);
	const struct win_log_entry *trace = scanner_trace(w);

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (is_excluded(own, paths[i]) || is_excluded(policy, paths[i]))
			continue;
		say(c, trace ? WARN : INFO, DOC, &own->from,
			"Microsoft Defender does not exclude %s%s", paths[i],
			trace ? ", and the installation failed as it does under a scanner" : "")
			->remedy = arena_printf(
			c->arena, "\tpowershell Add-MpPreference -ExclusionPath '%s'", paths[i]);
	}
}

static void antivirus_exclusions(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w || key_unseen(c, win_key(w, KEY_DEFENDER_PATHS), "Microsoft Defender's exclusions"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(antivirus); i++) {
		const struct win_service *s = win_service(cs, antivirus[i].service);

		if (!s || s->start == START_DISABLED)
			continue;
		if (!antivirus[i].name)
			judge_exclusions(c, w);
		else
			say(c, scanner_trace(w) ? WARN : INFO, DOC, &s->from,
				"%s is there: it should exclude the agent's folders",
				antivirus[i].name);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &win_key(w, KEY_DEFENDER_PATHS)->from,
			"no antivirus program is known to scan the agent's folders");
}

static const struct rule rules[] = {
	{
		.id = "ASR-95572-95573",
		.errors = {95572, 95573},
		.category = PUSH_INSTALL,
		.applies = ANY_GUEST,
		.reaches = CAN(UNKNOWN),
		.title = "Memory of the source",
		.about = "Installation fails on a machine that is short of memory. A description "
			 "of the machine says how much it has.",
		.remedy = "Give the machine more memory.",
		.source = PUSH_PAGE "; " MOBILITY_PAGE,
		.check = low_memory,
	},
	{
		.id = "ASR-AV",
		.category = ADVICE,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Antivirus exclusions",
		.about = "Antivirus programs should leave out the agent's folders. Looked at: the "
			 "exclusions of Microsoft Defender, services of other programs, and "
			 "whether a log of the agent shows a scanner's traces (0x800706BE with "
			 "exit code 511, error 78169).",
		.remedy = "Exclude the agent's folders.",
		.source = APPLIANCE_MATRIX "; " INSTALL_PAGE "; " MOBILITY_PAGE "; " PUSH_PAGE,
		.check = antivirus_exclusions,
	},
};

const struct rule_set windows_agent_rules = {rules, ARRAY_LEN(rules)};
