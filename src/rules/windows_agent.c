/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Traces of ASR in Windows: an agent that is there already, a failover that the image
 * went through, and what an agent would need (exclusions, certificates, a proxy).
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

/* ---- ASR-AGENT-VERSION ---- */

/* Releases by which it is older than the newest one: their minor versions count up. */
static int releases_behind(const char *version)
{
	unsigned major, minor, new_major, new_minor;

	if (sscanf(version, "%u.%u", &major, &minor) != 2 ||
		sscanf(AGENT_VERSION_NEWEST, "%u.%u", &new_major, &new_minor) != 2)
		return -1;
	if (major != new_major)
		return major < new_major ? 100 : 0;
	return minor < new_minor ? (int)(new_minor - minor) : 0;
}

static void agent_version(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *v;
	int behind;

	if (!w)
		return;
	v = win_setting(w, SET_AGENT_VERSION);
	if (value_unseen(c, v, "the agent's version"))
		return;
	behind = v->text ? releases_behind(v->text) : -1;
	if (v->state == REG_ABSENT && !w->agent_seen)
		say(c, INFO, AGENT, &v->from, "no agent is installed");
	else if (behind < 0)
		say_unknown(c, REASON_UNREADABLE, &v->from,
			"traces of an agent are there, but not its version");
	else if (behind > 4)
		say(c, WARN, DOC, &v->from,
			"agent %s is more than four releases older than %s, and is not supported "
			"any more%s",
			v->text, AGENT_VERSION_NEWEST,
			version_compare(v->text, "9.23") < 0
				? "; up to 9.22 it does not install without its VSS provider"
				: "");
	else
		say(c, PASS, DOC, &v->from, "agent %s is installed", v->text);
}

/* ---- ASR-AGENT-STALE ---- */

static void stale_agent(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *v, *cloud;

	if (!w)
		return;
	v = win_setting(w, SET_AGENT_VERSION);
	cloud = win_setting(w, SET_AGENT_CLOUD_ENV);
	if (value_unseen(c, v, "whether an agent is installed"))
		return;
	if (w->agent_seen && !reg_text_is(cloud, "Azure"))
		say(c, WARN, DOC, &v->from,
			"an agent%s%s of an earlier migration is there: uninstall it and restart "
			"before the machine is protected in Azure",
			v->text ? " " : "", v->text ? v->text : "");
	else
		say(c, PASS, DOC, &v->from, "no agent of an earlier migration is there");
}

/* ---- ASR-HYDRATED ---- */

static void hydrated(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *san, *cloud;
	const struct win_path_fact *packages;

	if (!w)
		return;
	san = win_setting(w, SET_AGENT_SAN_POLICY_BACKUP);
	cloud = win_setting(w, SET_AGENT_CLOUD_ENV);
	packages = win_path(w, PATH_AZURE_PACKAGES);
	if (value_unseen(c, san, "whether a failover changed the image"))
		return;
	if (san->state == REG_THERE)
		say(c, INFO, HYDRATION, &san->from,
			"the failover preparation kept the SAN policy of before");
	if (reg_text_is(cloud, "Azure"))
		say(c, INFO, HYDRATION, &cloud->from, "the agent ran in Azure");
	if (packages->status == FILE_READ)
		say(c, INFO, HYDRATION, &packages->from,
			"Azure's guest agent was installed, as failover does");
	if (!c->finding->evidence.n)
		say(c, PASS, HYDRATION, &san->from, "the image has no traces of a failover");
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
static const struct win_log_entry *scanner_trace(
	const struct windows *w, const struct win_log_fact **ret_log)
{
	const struct win_log_entry *exit;

	for (size_t i = 0; (*ret_log = next_install_log(w, &i));) {
		const struct win_log_entry *e;

		if ((*ret_log)->status != FILE_READ)
			continue;
		e = win_log_pair(&(*ret_log)->log, 0x800706beU, 511, &exit);
		if (e)
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
	const struct win_log_fact *log;
	const struct win_log_entry *trace = scanner_trace(w, &log);

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
	const struct windows *w = windows_of(c);
	const struct control_set *cs = w ? current_set(c) : NULL;

	if (!cs || key_unseen(c, win_key(w, KEY_DEFENDER_PATHS), "Microsoft Defender's exclusions"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(antivirus); i++) {
		const struct win_service *s = win_service(cs, antivirus[i].service);

		if (!s || s->start == START_DISABLED)
			continue;
		if (!antivirus[i].name)
			judge_exclusions(c, w);
		else
			say(c, INFO, DOC, &s->from,
				"%s is there: it should exclude the agent's folders",
				antivirus[i].name);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &win_key(w, KEY_DEFENDER_PATHS)->from,
			"no antivirus program is known to scan the agent's folders");
}

/* ---- ASR-PROXY ---- */

/* "http://user:password@host" : what stands before an at sign is never printed. */
static bool has_credentials(struct span line)
{
	const char *at = memrchr(line.p, '@', line.n);
	const char *colon;

	if (!at || at == line.p)
		return false;
	colon = memrchr(line.p, ':', (size_t)(at - line.p));
	/* The colon of "http://" is none. */
	return colon && (at - colon < 3 || strncmp(colon, "://", 3));
}

static void judge_proxy_file(struct check *c, const struct guest_file *f)
{
	struct span rest = {f->text, f->len}, line;
	unsigned n = 0;

	while (next_line(&rest, &line, &n)) {
		struct origin o = f->from;

		o.line = n;
		if (has_credentials(line))
			say(c, FAIL, DOC, &o,
				"the agent's proxy wants a user and a password, which ASR does not "
				"support");
	}
	if (!c->finding->evidence.n)
		say(c, INFO, DOC, &f->from, "the agent uses a proxy, without a password");
}

static void agent_proxy(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w)
		return;
	if (!w->proxy_file || w->proxy_file->status == FILE_ABSENT)
		say(c, INFO, DOC, NULL, "no proxy is set for an agent");
	else if (w->proxy_file->status == FILE_UNREADABLE)
		say_unknown(c, w->proxy_file->reason, &w->proxy_file->from,
			"the agent's proxy settings cannot be read: %s", w->proxy_file->why);
	else
		judge_proxy_file(c, w->proxy_file);
}

/* ---- ASR-CERTS ---- */

/* Thumbprints (SHA-1) of the roots that Azure's services are signed below. */
static const struct {
	const char *thumbprint, *name;
} roots[] = {
	{"A8985D3A65E5E5C4B2D7D66D40C6DD2FB19C5436", "DigiCert Global Root CA"},
	{"DF3C24F9BFD666761B268073FE06D1CC8D4F82A4", "DigiCert Global Root G2"},
};

static bool has_subkey(const struct reg_key *k, const char *name)
{
	list_each(s, &k->subkeys) {
		if (!strcasecmp(*s, name))
			return true;
	}
	return false;
}

static void root_certificates(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_key *root, *authroot;

	if (!w)
		return;
	root = win_key(w, KEY_ROOT_CERTIFICATES);
	authroot = win_key(w, KEY_AUTHROOT_CERTIFICATES);
	if (key_unseen(c, root, "the root certificates") ||
		key_unseen(c, authroot, "the root certificates"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		bool own = has_subkey(root, roots[i].thumbprint);

		if (!own && !has_subkey(authroot, roots[i].thumbprint))
			continue;
		say(c, PASS, DOC, own ? &root->from : &authroot->from, "%s is there",
			roots[i].name);
		return;
	}
	say(c, WARN, DOC, &authroot->from,
		"neither DigiCert Global Root CA nor G2 is among the trusted root certificates");
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
		.id = "ASR-AGENT-STALE",
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(A2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Agent left from an earlier migration",
		.about = "A machine that was migrated to Azure with ASR still has the agent of "
			 "then, which stands in the way of the one for Azure.",
		.remedy = "Uninstall the agent (Microsoft Azure Site Recovery Mobility Service), "
			  "and restart:\n"
			  "\tMsiExec.exe /qn /x {275197FF-14FD-4560-A5EB-38217F80CBD1}\n"
			  "\tshutdown /r /t 0",
		.source = A2A_MATRIX,
		.check = stale_agent,
	},
	{
		.id = "ASR-AGENT-VERSION",
		.category = ADVICE,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Agent's presence and age",
		.about = "An agent is supported for four releases after its own.",
		.remedy = "Update the agent from the vault.",
		.source = UPDATES_PAGE "; " AGENT_CHECK,
		.check = agent_version,
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
			 "whether the log of an installation shows a scanner's traces.",
		.remedy = "Exclude the agent's folders.",
		.source = APPLIANCE_MATRIX "; " INSTALL_PAGE "; " MOBILITY_PAGE "; " PUSH_PAGE,
		.check = antivirus_exclusions,
	},
	{
		.id = "ASR-CERTS",
		.errors = {151066},
		.category = ADVICE,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Root certificates",
		.about = "The agent trusts Azure's services by the root certificates of DigiCert. "
			 "Looked at: the machine's ROOT and AuthRoot stores.",
		.remedy = "Import the certificate, or let Windows update its roots:\n"
			  "\tcertutil -generateSSTFromWU roots.sst\n"
			  "\tcertutil -addstore -f Root roots.sst",
		.source = A2A_ERRORS_PAGE,
		.check = root_certificates,
	},
	{
		.id = "ASR-HYDRATED",
		.category = ADVICE,
		.applies = WINDOWS,
		.reaches = CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Image went through a failover",
		.about = "Failover keeps what it changes, and the agent what it runs on: traces to "
			 "compare with the machine of before.",
		.remedy = "No repair is needed.",
		.source = HYDRATION_CODE,
		.check = hydrated,
	},
	{
		.id = "ASR-PROXY",
		.errors = {151072},
		.category = REPLICATION,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO),
		.title = "Agent's proxy",
		.about = "A proxy that asks for a password is not supported. Looked at: "
			 "ProxyInfo.conf in the agent's folder of settings.",
		.remedy = "Let the proxy take the machine's connections without a password.",
		.source = A2A_ERRORS_PAGE "; " A2A_MATRIX,
		.check = agent_proxy,
	},
};

const struct rule_set windows_agent_rules = {rules, ARRAY_LEN(rules)};
