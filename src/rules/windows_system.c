/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which Windows it is, and settings of the whole system.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* ---- ASR-OS-UNSUPPORTED ---- */

static const char *page_of(enum scenario s)
{
	return s == A2A ? A2A_MATRIX : V2A_MATRIX;
}

static struct windows_release release_of(const struct windows *w)
{
	return (struct windows_release){
		.server = w->is_server, .major = w->major, .minor = w->minor, .build = w->build};
}

static bool version_unknown(struct check *c, const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_CURRENT_BUILD);

	if (value_unseen(c, v, "the version of Windows"))
		return true;
	if (w->build && (w->is_server || w->is_client))
		return false;
	say_unknown(c, REASON_UNREADABLE, &v->from,
		"the hives do not say which version of Windows it is");
	return true;
}

static void judge_release(struct check *c, const struct windows *w, const char *os)
{
	const struct origin *o = &win_setting(w, SET_CURRENT_BUILD)->from;
	enum scenario s = c->options->scenario;
	struct windows_release r = release_of(w);
	const struct windows_support *here = matrix_windows(&r, s);
	const struct windows_support *there = matrix_windows(&r, s == A2A ? V2A : A2A);

	if (here && here->agent && agent_before(c, here->agent))
		say_reg(c, FAIL, DOC, o, "%s is supported from agent %s on (%s)", os, here->agent,
			page_of(s))
			->remedy = arena_printf(c->arena, "Use agent %s or newer.", here->agent);
	else if (here && here->remark)
		say(c, here->warns ? WARN : PASS, DOC, o, "%s is in the %s: %s", os, page_of(s),
			here->remark);
	else if (here)
		say(c, PASS, DOC, o, "%s is supported", os);
	else if (there)
		say(c, WARN, DOC, o, "%s is not in the %s, only in that of another scenario", os,
			page_of(s));
	else
		say_reg(c, FAIL, DOC, o, "%s is not in the %s", os, page_of(s));
}

/* Hyper-V replicates from outside the guest, whatever Azure supports. */
static void judge_hyperv_release(struct check *c, const struct windows *w, const char *os)
{
	const struct origin *o = &win_setting(w, SET_CURRENT_BUILD)->from;
	struct windows_release r = release_of(w);

	if (matrix_windows(&r, V2A) || matrix_windows(&r, A2A))
		say(c, PASS, DOC, o, "%s is in the support matrices", os);
	else
		say(c, WARN, DOC, o,
			"%s is in no support matrix; from Hyper-V, what Azure itself supports is "
			"supported",
			os);
}

void windows_support(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *type;
	const char *os;

	if (!w || version_unknown(c, w))
		return;
	type = win_setting(w, SET_INSTALLATION_TYPE);
	os = arena_printf(c->arena, "%s (build %u)", guest_words(c->guest), w->build);
	if (reg_text_is(type, "Nano Server"))
		say_reg(c, FAIL, DOC, &type->from, "%s is a Nano Server", os);
	else if (c->options->scenario == HYPERV)
		judge_hyperv_release(c, w, os);
	else
		judge_release(c, w, os);
}

/* ---- ASR-OS-CHANNEL ---- */

static void servicing_channel(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct origin *o;

	if (!w || version_unknown(c, w))
		return;
	o = &win_setting(w, SET_CURRENT_BUILD)->from;
	if (w->is_client)
		say(c, NA, DOC, o, "the system is no server");
	else if (matrix_windows_channel(w->build) == CHANNEL_LONG)
		say(c, PASS, ENG, o, "build %u is of the long-term servicing channel", w->build);
	else if (matrix_windows_channel(w->build) == CHANNEL_SHORT)
		say_reg(c, FAIL, DOC, o,
			"build %u is of the semi-annual or annual channel; ASR protects the "
			"long-term one",
			w->build);
	else
		say_unknown(c, REASON_UNSUPPORTED, o,
			"of which servicing channel build %u is, is not known", w->build);
}

/* ---- ASR-OS-ARCH ---- */

#define PE_X64 0x8664U
#define PE_X86 0x14cU
#define PE_ARM64 0xaa64U

static uint16_t machine_of(const struct windows *w, struct origin *ret_from)
{
	const struct reg_value *v = win_setting(w, SET_PROCESSOR_ARCHITECTURE);

	*ret_from = win_path(w, PATH_NTOSKRNL)->from;
	if (w->pe_machine)
		return w->pe_machine;
	*ret_from = v->from;
	if (reg_text_is(v, "AMD64"))
		return PE_X64;
	if (reg_text_is(v, "x86"))
		return PE_X86;
	return reg_text_is(v, "ARM64") ? PE_ARM64 : 0;
}

void windows_architecture(struct check *c)
{
	const struct windows *w = windows_of(c);
	struct origin o;
	uint16_t machine;

	if (!w)
		return;
	machine = machine_of(w, &o);
	if (!machine)
		say_unknown(c, REASON_UNREADABLE, &o,
			"the architecture is not known: ntoskrnl.exe cannot be read");
	else if (machine == PE_X64)
		say(c, PASS, DOC, &o, "the guest is x64");
	else if (machine == PE_X86 && w->is_server && w->major == 6 && !w->minor)
		say(c, WARN, DOC, &o, "the guest is 32-bit, which is allowed for migration only");
	else
		say(c, FAIL, DOC, &o, "the guest is %s; ASR protects x64",
			machine == PE_X86     ? "32-bit"
			: machine == PE_ARM64 ? "ARM64"
					      : "of another architecture");
}

/* ---- ASR-WIN-DC ---- */

static void domain_controller(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *v;

	if (!w)
		return;
	v = win_setting(w, SET_PRODUCT_TYPE);
	if (value_unseen(c, v, "whether it is a domain controller"))
		return;
	if (w->is_dc)
		say(c, INFO, DOC, &v->from,
			"the machine is a domain controller: it needs preparation of its own, and "
			"its database must not be on the temporary disk");
	else
		say(c, PASS, DOC, &v->from, "the machine is no domain controller");
}

/* ---- ASR-WIN-SHA2 ---- */

/* "Package_for_KB4474419~31bf3856ad364e35~amd64~~6.1.3.2" */
static bool is_installed(const struct windows *w, const char *start)
{
	list_each(p, &w->packages) {
		if (p->state >= PACKAGE_INSTALLED && !strncasecmp(p->name, start, strlen(start)))
			return true;
	}
	return false;
}

/* Monthly rollups since then hold both updates: "Package_for_RollupFix~...~7601.24511.1.4". */
#define ROLLUP_WITH_SHA2 24511UL

static bool has_later_rollup(const struct windows *w)
{
	static const char start[] = "Package_for_RollupFix~";

	list_each(p, &w->packages) {
		const char *version = strrchr(p->name, '~'), *dot;

		if (p->state < PACKAGE_INSTALLED || strncasecmp(p->name, start, strlen(start)))
			continue;
		dot = version ? strchr(version, '.') : NULL;
		if (dot && strtoul(dot + 1, NULL, 10) >= ROLLUP_WITH_SHA2)
			return true;
	}
	return false;
}

static const char *install_updates(const struct windows *w)
{
	if (w->minor)
		return "Install the servicing stack update, then the other:\n"
		       "\twusa windows6.1-kb4490628-x64.msu /quiet /norestart\n"
		       "\twusa windows6.1-kb4474419-v3-x64.msu /quiet";
	return "Install the servicing stack update, then the other:\n"
	       "\twusa windows6.0-kb4493730-x64.msu /quiet /norestart\n"
	       "\twusa windows6.0-kb4474419-v4-x64.msu /quiet";
}

static void judge_packages(struct check *c, const struct windows *w, const struct reg_key *k)
{
	const char *ssu = w->minor ? "KB4490628" : "KB4493730";
	bool has_ssu = is_installed(w, arena_printf(c->arena, "Package_for_%s~", ssu));
	bool has_sha2 = is_installed(w, "Package_for_KB4474419~");
	bool rollup = w->minor && has_later_rollup(w);

	if (rollup || (has_ssu && has_sha2))
		say(c, PASS, DOC, &k->from, "updates for signatures with SHA-2 are installed");
	else if (has_ssu || has_sha2)
		say(c, WARN, DOC, &k->from, "of the updates for SHA-2, %s is installed and %s not",
			has_ssu ? ssu : "KB4474419", has_ssu ? "KB4474419" : ssu)
			->remedy = install_updates(w);
	else
		say_reg(c, FAIL, DOC, &k->from,
			"neither %s nor KB4474419 nor a later rollup is installed: the agent's "
			"files, signed with SHA-2, are not trusted",
			ssu)
			->remedy = install_updates(w);
}

static void sha2_updates(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_key *k;

	if (!w || version_unknown(c, w))
		return;
	k = win_key(w, KEY_CBS_PACKAGES);
	if (w->major != 6 || w->minor > 1)
		say(c, NA, DOC, &win_setting(w, SET_CURRENT_BUILD)->from,
			"only Windows 7 and Server 2008 need updates for SHA-2");
	else if (agent_before(c, "9.30"))
		say(c, PASS, DOC, &win_setting(w, SET_CURRENT_BUILD)->from,
			"agents before 9.30 do not need SHA-2");
	else if (!key_unseen(c, k, "which updates are installed"))
		judge_packages(c, w, k);
}

/* ---- ASR-WIN-NETCFG ---- */

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

#define WINHTTP_PROXY 2U /* a flag: a proxy was set by hand */
#define AZURE_HOST "168.63.129.16"

/* A length and that many bytes at *at; NULL: there are none. */
static const char *winhttp_text(struct arena *a, const struct reg_value *v, size_t *at)
{
	uint32_t n;
	const char *text;

	if (v->len < *at + 4)
		return NULL;
	n = le32(v->data + *at);
	*at += 4;
	if (n > v->len - *at)
		return NULL;
	text = arena_strndup(a, (const char *)v->data + *at, n);
	*at += n;
	return text;
}

/* Version, counter and flags, 4 bytes each; then the proxy and what goes past it. */
static void judge_winhttp(struct check *c, const struct reg_value *v)
{
	const char *proxy, *bypass;
	size_t at = 12;

	if (v->state != REG_THERE || !v->data || v->len < at ||
		!(le32(v->data + 8) & WINHTTP_PROXY))
		return;
	proxy = winhttp_text(c->arena, v, &at);
	bypass = proxy ? winhttp_text(c->arena, v, &at) : NULL;
	if (proxy && *proxy && (!bypass || !strstr(bypass, AZURE_HOST)))
		say(c, WARN, DOC, &v->from,
			"programs of the system use the proxy %s, also for Azure's own address "
			"%s",
			strrchr(proxy, '@') ? strrchr(proxy, '@') + 1 : proxy, AZURE_HOST)
			->remedy = "\tnetsh winhttp reset proxy";
}

static bool is_systems_temp(const struct reg_value *v)
{
	return reg_text_is(v, "%SystemRoot%\\TEMP") || reg_text_is(v, "C:\\Windows\\TEMP");
}

static void judge_temp(struct check *c, const struct windows *w)
{
	static const enum win_setting settings[] = {SET_TEMP, SET_TMP};

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct reg_value *v = win_setting(w, settings[i]);

		if (v->state == REG_THERE && !is_systems_temp(v))
			say(c, INFO, DOC, &v->from, "%s is not %%SystemRoot%%\\TEMP", v->name);
	}
}

static void network_settings(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);
	const struct win_service *cdrom;
	const struct reg_key *routes;
	const struct reg_value *utc;

	if (!w)
		return;
	routes = win_key(w, KEY_PERSISTENT_ROUTES);
	utc = win_setting(w, SET_REAL_TIME_IS_UNIVERSAL);
	if (routes->state == REG_THERE && routes->values.n)
		say(c, WARN, DOC, &routes->values.at[0].from,
			"%zu persistent route%s may lead nowhere in Azure", routes->values.n,
			routes->values.n == 1 ? "" : "s")
			->remedy = "\troute print\n\troute delete DESTINATION";
	judge_winhttp(c, win_setting(w, SET_WINHTTP_SETTINGS));
	judge_temp(c, w);
	if (utc->state != REG_UNSEEN && !reg_is(utc, 1))
		say(c, INFO, DOC, &utc->from, "the hardware clock is not read as UTC")->remedy =
			"\treg add "
			"HKLM\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation /v "
			"RealTimeIsUniversal /t REG_DWORD /d 1 /f";
	cdrom = win_service(cs, "cdrom");
	if (cdrom && cdrom->start == START_DISABLED)
		say(c, c->options->scenario == V2A ? INFO : WARN, DOC, &cdrom->from,
			"the driver of DVD drives is disabled: Azure provisions new machines from "
			"one")
			->remedy = "\tsc config cdrom start= system";
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &cs->from, "routes, proxy, TEMP and clock are as Azure expects");
}

static const struct rule rules[] = {
	{
		.id = "ASR-OS-CHANNEL",
		.category = REPLICATION,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Servicing channel of Windows Server",
		.about = "Servers of the semi-annual and annual channels are not protected.",
		.remedy = "Install a release of the long-term servicing channel.",
		.source = V2A_MATRIX "; engineering knowledge of build numbers",
		.check = servicing_channel,
	},
	{
		.id = "ASR-WIN-DC",
		.category = ADVICE,
		.applies = WINDOWS,
		.reaches = CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Domain controller",
		.about = "A domain controller needs preparation of its own before it is moved to "
			 "Azure, and its accounts are in ntds.dit.",
		.remedy = "Keep NTDS and SYSVOL off the temporary disk, and plan which controller "
			  "starts first.",
		.source = UPLOAD_WINDOWS_PAGE,
		.check = domain_controller,
	},
	{
		.id = "ASR-WIN-NETCFG",
		.category = ADVICE,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Routes, proxy, TEMP, clock and DVD drive",
		.about = "Persistent routes and a WinHTTP proxy of the old network keep the "
			 "machine from Azure's own services.",
		.remedy = "Set what is named as the Windows upload page says.",
		.source = UPLOAD_WINDOWS_PAGE,
		.check = network_settings,
	},
	{
		.id = "ASR-WIN-SHA2",
		.category = REPLICATION,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Updates for SHA-2 signatures",
		.about = "Agents from 9.30 on are signed with SHA-2 only: Windows 7 SP1, Server "
			 "2008 R2 SP1 and 2008 SP2 need a servicing stack update (KB4490628, on "
			 "2008 SP2 KB4493730) and KB4474419. Looked at: the servicing packages.",
		.remedy = "Install KB4490628 (2008 SP2: KB4493730), then KB4474419.",
		.source = A2A_MATRIX "; VMware and physical support matrix, 2023-09-28",
		.check = sha2_updates,
	},
};

const struct rule_set windows_system_rules = {rules, ARRAY_LEN(rules)};
