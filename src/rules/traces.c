/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Traces of ASR in a guest of either family: an agent that is there already, a failover that the
 * image went through; and what an agent depends on in the system: proxy, certificates, FIPS mode.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* ---- an agent ---- */

struct agent {
	bool seen;
	const char *version; /* or NULL */
	struct origin from;
};

/* false: UNKNOWN was said. */
static bool find_agent(struct check *c, struct agent *ret)
{
	const struct agent_traces *t = &c->guest->traces;
	const struct windows *w;
	const struct reg_value *v;

	if (c->guest->family == GUEST_LINUX) {
		*ret = (struct agent){t->seen, t->version.value, t->seen_from};
		if (t->version.value)
			ret->from = t->version.from;
		return true;
	}
	w = windows_of(c);
	if (!w)
		return false;
	v = win_setting(w, SET_AGENT_VERSION);
	*ret = (struct agent){w->agent_seen, v->text, v->from};
	return !value_unseen(c, v, "the agent's version");
}

/* Files of an agent that cannot be read could be traces of one. */
static bool traces_unread(struct check *c)
{
	list_each(f, &c->guest->traces.unreadable)
		say_unknown(c, (*f)->reason, &(*f)->from, "%s cannot be read: %s", (*f)->path,
			(*f)->why);
	return c->guest->traces.unreadable.n;
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

static void judge_age(struct check *c, const struct agent *a)
{
	int behind = a->version ? releases_behind(a->version) : -1;
	bool vss = c->guest->family == GUEST_WINDOWS && a->version &&
		   version_compare(a->version, "9.23") < 0;

	if (!a->seen && !a->version)
		say(c, INFO, AGENT, &a->from, "no agent is installed");
	else if (behind < 0)
		say_unknown(c, REASON_UNREADABLE, &a->from,
			"traces of an agent are there, but not its version");
	else if (behind > 4)
		say(c, WARN, DOC, &a->from,
			"agent %s is more than four releases older than %s, and is not supported "
			"any more%s",
			a->version, AGENT_VERSION_NEWEST,
			vss ? "; up to 9.22 it does not install without its VSS provider" : "");
	else
		say(c, PASS, DOC, &a->from, "agent %s is installed", a->version);
}

/* The installer compares these with what it is told, and goes no further where they differ. */
static void judge_kind(struct check *c, const struct agent *a)
{
	const struct agent_traces *t = &c->guest->traces;
	const char *given = c->options->agent_version_given ? c->options->agent_version : NULL;
	bool modernized = c->options->experience == MODERNIZED;
	const char *other = modernized ? "CSLegacy" : "CSPrime";

	if (c->options->scenario == V2A && t->platform.value &&
		!strcasecmp(t->platform.value, "Azure"))
		say(c, WARN, AGENT, &t->platform.from,
			"the agent was installed for a machine in Azure (VmPlatform=%s)",
			t->platform.value);
	if (c->options->scenario == V2A && t->cs_type.value && !strcasecmp(t->cs_type.value, other))
		say(c, INFO, AGENT, &t->cs_type.from,
			"the agent belongs to the %s experience (CSType=%s)",
			modernized ? "classic" : "modernized", t->cs_type.value);
	if (given && a->version && version_compare(a->version, given) > 0)
		say(c, WARN, AGENT, &a->from,
			"agent %s is installed: the installer of %s does not replace a newer one",
			a->version, given);
}

static void agent_version(struct check *c)
{
	struct agent a;

	if (no_guest(c) || !find_agent(c, &a) || (!a.version && traces_unread(c)))
		return;
	judge_age(c, &a);
	judge_kind(c, &a);
}

/* ---- ASR-AGENT-STALE ---- */

static void stale_agent(struct check *c)
{
	const struct fact *platform;
	struct agent a;

	if (no_guest(c) || !find_agent(c, &a))
		return;
	platform = &c->guest->traces.platform;
	if (!platform->value && traces_unread(c))
		return;
	if (!a.seen)
		say(c, PASS, DOC, &a.from, "no agent of an earlier migration is there");
	else if (platform->value && !strcasecmp(platform->value, "Azure"))
		say(c, PASS, DOC, &platform->from, "the agent is one for machines in Azure");
	else
		say(c, WARN, DOC, &a.from,
			"an agent%s%s of an earlier migration is there: uninstall it and restart "
			"before the machine is protected in Azure",
			a.version ? " " : "", a.version ? a.version : "")
			->remedy = c->guest->family == GUEST_WINDOWS
					   ? "Uninstall the agent, and restart:\n"
					     "\tMsiExec.exe /qn /x "
					     "{275197FF-14FD-4560-A5EB-38217F80CBD1}\n"
					     "\tshutdown /r /t 0"
					   : NULL;
}

/* ---- ASR-HYDRATED ---- */

static void windows_hydrated(struct check *c, const struct windows *w)
{
	const struct reg_value *san = win_setting(w, SET_AGENT_SAN_POLICY_BACKUP);
	const struct reg_value *cloud = win_setting(w, SET_AGENT_CLOUD_ENV);
	const struct win_path_fact *packages = win_path(w, PATH_AZURE_PACKAGES);

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

static void hydrated(struct check *c)
{
	const struct windows *w;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_WINDOWS) {
		w = windows_of(c);
		if (w)
			windows_hydrated(c, w);
		return;
	}
	list_each(t, &c->guest->traces.hydration)
		say(c, INFO, HYDRATION, &t->from,
			"a failover left %s: compare it with what is "
			"there now",
			t->value);
	if (!c->finding->evidence.n)
		say(c, PASS, HYDRATION, NULL, "the image has no traces of a failover");
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

/* Of /etc/environment only "http_proxy=" and "https_proxy=" are meant, in either case. */
static bool is_about_proxy(const struct guest_file *f, struct span line)
{
	const char *equals;

	line = span_trim(line);
	if (!line.n || line.p[0] == '#')
		return false;
	if (strcmp(f->path, "/etc/environment"))
		return true;
	equals = memchr(line.p, '=', line.n);
	line.n = equals ? (size_t)(equals - line.p) : 0;
	return span_is_nocase(line, "http_proxy") || span_is_nocase(line, "https_proxy");
}

static void judge_proxy_file(struct check *c, const struct guest_file *f)
{
	struct span rest = {f->text, f->len}, line;
	struct origin plain = f->from;
	bool any = false, failed = false;
	unsigned n = 0;

	while (next_line(&rest, &line, &n)) {
		struct origin o = f->from;

		if (!is_about_proxy(f, line))
			continue;
		o.line = n;
		if (!any)
			plain.line = n;
		any = true;
		if (!has_credentials(line))
			continue;
		failed = true;
		say(c, FAIL, DOC, &o,
			"the agent's proxy wants a user and a password, which ASR does not "
			"support");
	}
	if (any && !failed)
		say(c, INFO, DOC, &plain, "the agent uses a proxy, without a password");
}

static void judge_proxy(struct check *c, const struct guest_file *f)
{
	if (f->status == FILE_UNREADABLE)
		say_unknown(
			c, f->reason, &f->from, "the proxy settings cannot be read: %s", f->why);
	else if (f->status == FILE_READ)
		judge_proxy_file(c, f);
}

static void agent_proxy(struct check *c)
{
	const struct windows *w = NULL;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_WINDOWS) {
		w = windows_of(c);
		if (!w)
			return;
	}
	if (w && w->proxy_file)
		judge_proxy(c, w->proxy_file);
	list_each(f, &c->guest->traces.proxy_files)
		judge_proxy(c, *f);
	if (!c->finding->evidence.n)
		say(c, INFO, DOC, NULL, "no proxy is set for an agent");
}

/* ---- ASR-CERTS ---- */

/* Thumbprints (SHA-1) of the roots that Azure's services are signed below. */
static const struct {
	const char *thumbprint, *name;
} roots[] = {
	{"A8985D3A65E5E5C4B2D7D66D40C6DD2FB19C5436", "DigiCert Global Root CA"},
	{"DF3C24F9BFD666761B268073FE06D1CC8D4F82A4", "DigiCert Global Root G2"},
};

#define NO_ROOTS "neither DigiCert Global Root CA nor G2 is among the trusted root certificates"

static bool has_subkey(const struct reg_key *k, const char *name)
{
	list_each(s, &k->subkeys) {
		if (!strcasecmp(*s, name))
			return true;
	}
	return false;
}

static void windows_certificates(struct check *c, const struct windows *w)
{
	const struct reg_key *root = win_key(w, KEY_ROOT_CERTIFICATES);
	const struct reg_key *authroot = win_key(w, KEY_AUTHROOT_CERTIFICATES);

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
	say(c, WARN, DOC, &authroot->from, "%s", NO_ROOTS)->remedy =
		"Import the certificate, or let Windows update its roots:\n"
		"\tcertutil -generateSSTFromWU roots.sst\n"
		"\tcertutil -addstore -f Root roots.sst";
}

static const char *install_certificates(const struct guest *g)
{
	if (is_debian_like(g))
		return "\tapt-get install --reinstall ca-certificates";
	if (guest_is_suse(g))
		return "\tzypper install -f ca-certificates-mozilla";
	return "\tyum reinstall ca-certificates";
}

/* One that OpenSSL finds is enough. */
static void linux_certificates(struct check *c)
{
	const struct agent_traces *t = &c->guest->traces;

	list_each(r, &t->roots) {
		if (r->no_link)
			continue;
		say(c, PASS, DOC, &r->from, "%s is there", r->name);
		return;
	}
	list_each(r, &t->roots)
		say(c, WARN, DOC, &r->from, "%s is there, but not %s, by which programs find it",
			r->name, r->link)
			->remedy = "\tupdate-ca-certificates";
	if (!t->roots.n && t->certificates)
		say_unknown(c, t->certificates->reason, &t->certificates->from,
			"the root certificates cannot be read: %s", t->certificates->why);
	else if (!t->roots.n)
		say(c, WARN, DOC, NULL, "%s", NO_ROOTS)->remedy = install_certificates(c->guest);
}

static void root_certificates(struct check *c)
{
	const struct windows *w;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_LINUX) {
		linux_certificates(c);
		return;
	}
	w = windows_of(c);
	if (w)
		windows_certificates(c, w);
}

/* ---- ASR-FIPS ---- */

#define FIPS_ON "which the support matrix answers with no"

static void windows_fips(struct check *c, const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_FIPS_POLICY);

	if (value_unseen(c, v, "the FIPS policy"))
		return;
	if (reg_is(v, 1))
		say(c, WARN, DOC, &v->from, "FIPS encryption is on, " FIPS_ON)->remedy =
			"\treg add "
			"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy "
			"/v Enabled /t REG_DWORD /d 0 /f";
	else
		say(c, PASS, DOC, &v->from, "FIPS encryption is off");
}

static void judge_kernel_fips(struct check *c)
{
	const struct boot_config *b = &c->guest->boot_config;
	const struct kernel_line *line =
		b->default_entry ? boot_entry_kernel(b->default_entry) : NULL;
	const struct kernel_arg *arg = line ? boot_entry_arg(b->default_entry, "fips") : NULL;
	struct origin o = {0};

	if (line && b->default_file)
		o = origin_line(b->default_file->file, line->line, line->text);
	if (arg && arg->value && !strcmp(arg->value, "1"))
		say(c, WARN, DOC, &o, "the kernel starts with fips=1, " FIPS_ON);
	else if (line && !c->finding->evidence.n)
		say(c, PASS, DOC, &o, "FIPS mode is off");
	else if (!c->finding->evidence.n && !boot_unseen(c))
		say_unknown(c, REASON_UNREADABLE, NULL,
			"whether the kernel starts with fips=1 is not known: %s",
			b->why_no_default ? b->why_no_default : "no boot entry was found");
}

static void fips(struct check *c)
{
	const struct guest_file *mark;
	const struct windows *w;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_WINDOWS) {
		w = windows_of(c);
		if (w)
			windows_fips(c, w);
		return;
	}
	mark = c->guest->traces.system_fips;
	if (mark)
		say(c, WARN, DOC, &mark->from, "the system is in FIPS mode, " FIPS_ON);
	judge_kernel_fips(c);
}

static const struct rule rules[] = {
	{
		.id = "ASR-AGENT-STALE",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(A2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Agent left from an earlier migration",
		.about = "A machine that was migrated to Azure with ASR still has the agent of "
			 "then, which stands in the way of the one for Azure. Looked at: traces "
			 "of an agent, and for what platform its drscout.conf says it is.",
		.remedy = "Uninstall the agent (Microsoft Azure Site Recovery Mobility Service), "
			  "and restart:\n"
			  "\t/usr/local/ASR/uninstall.sh -Y\n\treboot",
		.source = A2A_MATRIX,
		.check = stale_agent,
	},
	{
		.id = "ASR-AGENT-VERSION",
		.category = ADVICE,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Agent's presence and age",
		.about = "An agent is supported for four releases after its own. Looked at: its "
			 "version (in Linux .vx_version, in Windows the registry), and in "
			 "drscout.conf for what it was installed: machines in Azure (VmPlatform), "
			 "the classic or the modernized experience (CSType).",
		.remedy = "Update the agent from the vault.",
		.source = UPDATES_PAGE "; " AGENT_CHECK,
		.check = agent_version,
	},
	{
		.id = "ASR-CERTS",
		.errors = {151066},
		.category = ADVICE,
		.applies = ANY_GUEST,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Root certificates",
		.about = "The agent trusts Azure's services by the root certificates of DigiCert. "
			 "Looked at: in Linux /etc/ssl/certs and the bundles of certificates, in "
			 "SUSE also the links by which OpenSSL finds them; in Windows the "
			 "machine's ROOT and AuthRoot stores.",
		.remedy = "Install the certificates of the system's maker anew.",
		.source = A2A_ERRORS_PAGE,
		.check = root_certificates,
	},
	{
		.id = "ASR-FIPS",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "FIPS mode",
		.about = "The support matrices answer FIPS encryption with no. Looked at: in Linux "
			 "fips=1 on the kernel's command line in the default entry, and "
			 "/etc/system-fips; in Windows Control\\Lsa\\FipsAlgorithmPolicy.",
		.remedy = "Switch FIPS mode off, where the distribution can:\n"
			  "\tfips-mode-setup --disable",
		.source = V2A_MATRIX "; " A2A_MATRIX,
		.check = fips,
	},
	{
		.id = "ASR-HYDRATED",
		.category = ADVICE,
		.applies = ANY_GUEST,
		.reaches = CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Image went through a failover",
		.about = "Failover keeps what it changes, and the agent what it runs on: traces to "
			 "compare with the machine of before. Looked at: in Linux its log, copies "
			 "of fstab, boot and network settings, and its services; in Windows the "
			 "agent's key, and Azure's guest agent.",
		.remedy = "No repair is needed.",
		.source = HYDRATION_CODE,
		.check = hydrated,
	},
	{
		.id = "ASR-PROXY",
		.errors = {151072},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO),
		.title = "Agent's proxy",
		.about = "A proxy that asks for a password is not supported. Looked at: "
			 "ProxyInfo.conf in the agent's folder of settings, and in Linux "
			 "/etc/environment.",
		.remedy = "Let the proxy take the machine's connections without a password.",
		.source = A2A_ERRORS_PAGE "; " A2A_MATRIX,
		.check = agent_proxy,
	},
};

const struct rule_set trace_rules = {rules, ARRAY_LEN(rules)};
