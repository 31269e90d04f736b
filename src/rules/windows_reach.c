/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Push installation on Windows, and Remote Desktop after failover: does the firewall let the
 * connections in, and does something answer them?
 *
 * Which of its three profiles (domain, private, public) will be in force depends on the network, so
 * that all are judged: closed in all of them is a FAIL, in some a WARN.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "parse/com_acl.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

#define PORT_MAPPER 135U
#define PORT_NETBIOS 139U
#define PORT_SMB 445U
#define PORT_RDP 3389U
/* Any port of the dynamic range, which WMI's own service listens on. */
#define PORT_DYNAMIC 49152U

/* ---- one port in one profile ---- */

/* What the enabled rules say: the last of each kind, or NULL. */
struct rules_for {
	const struct fw_rule_fact *block, *allow;
	const struct fw_rule_fact *allow_some; /* from some addresses only */
	const struct fw_rule_fact *limit;      /* by other conditions */
};

static bool in_force(const struct win_firewall *fw, const struct fw_rule_fact *r, unsigned profile)
{
	return r->by_policy || !fw->local_rules_ignored[profile];
}

static struct rules_for rules_for(
	const struct win_firewall *fw, unsigned profile, unsigned port, const char *service)
{
	struct rules_for ret = {0};

	list_each(r, &fw->rules) {
		const struct win_fw_rule *rule = &r->rule;

		if (!in_force(fw, r, profile) ||
			!win_fw_covers_tcp(rule, 1U << profile, port, service))
			continue;
		if (rule->other_conditions || (rule->block && rule->some_remotes))
			ret.limit = r;
		else if (rule->block)
			ret.block = r;
		else if (rule->allow && rule->some_remotes)
			ret.allow_some = r;
		else if (rule->allow)
			ret.allow = r;
	}
	return ret;
}

/* The rules decide, in this order: blocks go first. */
static struct port_view view_by_rules(
	const struct rules_for *r, const struct fw_profile *p, const struct origin *from)
{
	const struct fw_rule_fact *why = r->block;
	struct port_view v = {.state = PORT_CLOSED, .from = *from};

	if (!why && r->limit && r->limit->rule.block) {
		v.state = PORT_LIMITED;
		why = r->limit;
	} else if (!why && (r->allow || p->default_allow)) {
		v.state = PORT_OPEN;
		why = r->allow;
	} else if (!why && r->allow_some) {
		v.state = PORT_OPEN;
		v.scope = r->allow_some->rule.remotes;
		why = r->allow_some;
	} else if (!why && r->limit) {
		v.state = PORT_LIMITED;
		why = r->limit;
	}
	if (why)
		v.from = why->from;
	return v;
}

struct port_view port_in_profile(
	const struct windows *w, unsigned profile, unsigned port, const char *service)
{
	const struct win_service *filter = win_service(w->current, "mpssvc");
	const struct fw_profile *p = &w->firewall.profiles[profile];
	struct rules_for rules = rules_for(&w->firewall, profile, port, service);

	/* Without its service the firewall filters nothing. */
	if (filter && filter->start == START_DISABLED)
		return (struct port_view){.state = PORT_OPEN, .from = filter->from};
	if (!p->seen || !p->enabled || p->blocks_all)
		return (struct port_view){.state = !p->seen      ? PORT_UNKNOWN
						   : !p->enabled ? PORT_OPEN
								 : PORT_CLOSED,
			.from = p->from};
	return view_by_rules(&rules, p, &p->from);
}

/* ---- all profiles ---- */

typedef struct port_view view_fn(const struct windows *w, unsigned profile);

/* What is asked of every profile. */
struct question {
	const char *what; /* "TCP 445 (SMB)" */
	view_fn *view;
	/* The rules that would answer it, for evidence of a closed profile. */
	const char *resource, *prefix;
	const char *remedy;
};

static bool could_open(const struct fw_rule_fact *r, unsigned profile)
{
	return !r->rule.active && r->rule.inbound && r->rule.allow &&
	       (r->rule.profiles & 1U << profile);
}

/* The rule of that name that is switched off, or one of its group; else the switch that decides. */
static struct origin closed_origin(const struct windows *w, const struct question *q,
	unsigned profile, const struct port_view *v)
{
	const struct fw_rule_fact *of_group = NULL;

	list_each(r, &w->firewall.rules) {
		if (!could_open(r, profile))
			continue;
		if (win_fw_in_group(&r->rule, NULL, q->prefix))
			return r->from;
		if (!of_group && win_fw_in_group(&r->rule, q->resource, NULL))
			of_group = r;
	}
	return of_group ? of_group->from : v->from;
}

static const char *profiles_words(struct arena *a, unsigned mask)
{
	const char *words = "";
	unsigned n = 0;

	for (unsigned i = 0; i < FW_PROFILES; i++) {
		if (mask & 1U << i)
			words = arena_printf(
				a, "%s%s%s", words, n++ ? ", " : "", fw_profile_name(i));
	}
	return words;
}

static const char *scope_words(struct arena *a, const char *scope)
{
	return scope ? arena_printf(a, " (only from %s)", scope) : "";
}

/* Says something unless the port is open to all in all profiles; returns whether it is open. */
static bool judge_profiles(struct check *c, const struct windows *w, const struct question *q,
	enum verdict when_closed)
{
	unsigned closed = 0, limited = 0, unknown = 0, all = (1U << FW_PROFILES) - 1;
	struct origin from = w->firewall.from, limit = from;
	enum verdict v;

	for (unsigned i = FW_PROFILES; i-- > 0;) {
		struct port_view view = q->view(w, i);

		if (view.state == PORT_CLOSED) {
			closed |= 1U << i;
			from = closed_origin(w, q, i, &view);
		}
		if (view.state == PORT_LIMITED) {
			limited |= 1U << i;
			limit = view.from;
		}
		unknown |= (unsigned)(view.state == PORT_UNKNOWN) << i;
	}
	v = closed == all ? when_closed : WARN;
	if (closed)
		say_reg(c, v, DOC, &from, "the firewall keeps %s closed in %s (%s)", q->what,
			closed == all ? "all profiles" : "some profiles",
			profiles_words(c->arena, closed))
			->remedy = q->remedy;
	if (limited)
		say(c, WARN, DOC, &limit,
			"the firewall lets only some connections to %s in (profiles %s)", q->what,
			profiles_words(c->arena, limited))
			->remedy = q->remedy;
	if (unknown)
		say_unknown(c, REASON_UNREADABLE, &w->firewall.from,
			"what the firewall does with %s cannot be read (profiles %s)", q->what,
			profiles_words(c->arena, unknown));
	return !closed && !limited && !unknown;
}

/* ---- services that must answer ---- */

/* Says FAIL for each that is off; ones that the system is too old to have are left out. */
static void judge_services(struct check *c, const struct control_set *cs, const char *const *names,
	size_t n, const char *what)
{
	const struct windows *w = c->guest->windows;

	for (size_t i = 0; i < n; i++) {
		const struct win_service *s = win_service(cs, names[i]);
		struct origin o = service_origin(c->arena, cs, s, names[i]);

		if (s && s->start != START_DISABLED)
			continue;
		if (!s && !strcmp(names[i], "RpcEptMapper") && !windows_is(w, 6, 1))
			continue;
		say_reg(c, FAIL, DOC, &o, "the service %s is %s: %s", names[i],
			s ? "disabled" : "not installed", what)
			->remedy =
			arena_printf(c->arena, "\tsc config %s start= %s\n\tnet start %s", names[i],
				strcmp(names[i], "TermService") ? "auto" : "demand", names[i]);
	}
}

/* ---- ASR-95105-95106 ---- */

#define OPEN_SMB                                                                                   \
	"\tnetsh advfirewall firewall set rule group=\"@FirewallAPI.dll,-28502\" new enable=yes"

/* Policies and Windows XP's own key open the whole group at once. */
static const struct reg_value *group_switch(const struct windows *w, unsigned profile)
{
	const struct reg_value *policy = win_setting(
		w, profile == FW_DOMAIN ? SET_FPS_POLICY_DOMAIN : SET_FPS_POLICY_STANDARD);
	const struct reg_value *local = win_setting(w, SET_FPS_2003_LOCAL);

	if (policy->state == REG_THERE)
		return policy;
	return !w->firewall.rules.n && local->state == REG_THERE ? local : NULL;
}

static struct port_view view_share(const struct windows *w, unsigned profile, unsigned port)
{
	struct port_view v = port_in_profile(w, profile, port, NULL);
	const struct reg_value *s = group_switch(w, profile);

	if (v.state == PORT_CLOSED && s && reg_is(s, 1) &&
		!w->firewall.profiles[profile].blocks_all) {
		v.state = PORT_OPEN;
		v.from = s->from;
	}
	return v;
}

static struct port_view view_smb(const struct windows *w, unsigned profile)
{
	return view_share(w, profile, PORT_SMB);
}

static struct port_view view_netbios(const struct windows *w, unsigned profile)
{
	return view_share(w, profile, PORT_NETBIOS);
}

static const struct question smb = {
	"TCP 445 (file and printer sharing)", view_smb, "-28502", "FPS-SMB-In-TCP", OPEN_SMB};

/* The scope of the first profile that has one. */
static const char *scope_of(struct arena *a, const struct windows *w, view_fn *view)
{
	for (unsigned i = 0; i < FW_PROFILES; i++) {
		struct port_view v = view(w, i);

		if (v.scope)
			return scope_words(a, v.scope);
	}
	return "";
}

static bool netbios_is_open(const struct windows *w)
{
	for (unsigned i = 0; i < FW_PROFILES; i++) {
		if (view_netbios(w, i).state != PORT_OPEN)
			return false;
	}
	return true;
}

static void judge_binding(struct check *c, const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_LANMANSERVER_BIND);

	if (value_unseen(c, v, "what the server service is bound to"))
		return;
	if (v->state == REG_ABSENT || !v->strings.n)
		say_reg(c, FAIL, ENG, &v->from,
			"the server service is bound to no network: file and printer sharing is "
			"off for every adapter")
			->remedy = "In PowerShell as an administrator:\n"
				   "\tEnable-NetAdapterBinding -Name * -ComponentID ms_server";
}

/* Hides sharing from the user; the page takes it for a cause, up to Windows Server 2008 R2. */
static void judge_users(struct check *c, const struct windows *w)
{
	enum verdict v = windows_is(w, 6, 2) ? INFO : WARN;

	list_each(u, &w->users) {
		if (u->hive.status == FILE_UNREADABLE && v == WARN)
			say_unknown(c, u->hive.reason, &u->hive.from,
				"whether %s may share files cannot be read: %s", u->name,
				u->hive.why);
		if (reg_is(&u->no_sharing, 1))
			say(c, v, DOC, &u->no_sharing.from,
				"%s may not share files (NoInplaceSharing); administrative shares "
				"are there all the same",
				u->name)
				->remedy =
				"Change the policy \"Prevent users from sharing files "
				"within their profile\", as that user:\n"
				"\treg delete HKCU\\Software\\Microsoft\\Windows\\"
				"CurrentVersion\\Policies\\Explorer /v NoInplaceSharing /f";
	}
}

static void file_sharing(struct check *c)
{
	static const char *const services[] = {"LanmanServer", "LanmanWorkstation"};
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);
	bool open;

	if (!w)
		return;
	judge_services(c, cs, services, ARRAY_LEN(services), "nobody can copy the installer");
	judge_binding(c, w);
	judge_users(c, w);
	open = judge_profiles(c, w, &smb, FAIL);
	if (open && !netbios_is_open(w))
		say(c, INFO, DOC, &w->firewall.from,
			"TCP 445 is open%s, and TCP 139 is not: 445 is enough",
			scope_of(c->arena, w, view_smb));
	else if (open && !c->finding->evidence.n)
		say(c, PASS, DOC, &w->firewall.from,
			"file and printer sharing is open in all profiles%s",
			scope_of(c->arena, w, view_smb));
}

/* ---- ASR-95105-SHARE ---- */

static void admin_share(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *v, *smb1, *smb2;

	if (!w)
		return;
	v = win_setting(w, w->is_client ? SET_AUTO_SHARE_WKS : SET_AUTO_SHARE_SERVER);
	smb1 = win_setting(w, SET_SMB1);
	smb2 = win_setting(w, SET_SMB2);
	if (value_unseen(c, v, "whether administrative shares are made"))
		return;
	if (reg_is(v, 0))
		say_reg(c, FAIL, DOC, &v->from, "%s=0: there are no shares C$ and ADMIN$", v->name)
			->remedy = arena_printf(c->arena,
			"\treg add "
			"HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters "
			"/v %s /t REG_DWORD /d 1 /f\n\tnet stop server /y\n\tnet start server",
			w->is_client ? "AutoShareWks" : "AutoShareServer");
	if (reg_is(smb1, 0) && reg_is(smb2, 0))
		say_reg(c, FAIL, DOC, &smb2->from, "SMB 1 and SMB 2 are both switched off")
			->remedy =
			"\treg add "
			"HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters "
			"/v SMB2 /t REG_DWORD /d 1 /f\n\tnet stop server /y\n\tnet start "
			"server";
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &v->from,
			"administrative shares are made; whether an account may open them is not "
			"on "
			"the disk");
}

/* ---- ASR-95103 ---- */

#define OPEN_WMI                                                                                   \
	"\tnetsh advfirewall firewall set rule group=\"@FirewallAPI.dll,-34251\" new enable=yes"

#define REPAIR_WMI "\twinmgmt /verifyrepository\n\twinmgmt /salvagerepository"

/* Both the port mapper and WMI's own port; the worse of the two. */
static struct port_view view_wmi(const struct windows *w, unsigned profile)
{
	struct port_view mapper = port_in_profile(w, profile, PORT_MAPPER, "RpcSs");
	struct port_view wmi = port_in_profile(w, profile, PORT_DYNAMIC, "Winmgmt");

	return mapper.state == PORT_OPEN ? wmi : mapper;
}

static const struct question wmi = {"WMI", view_wmi, "-34251", "WMI-WINMGMT-In-TCP", OPEN_WMI};

static void judge_dcom(struct check *c, const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_ENABLE_DCOM);

	if (value_unseen(c, v, "whether DCOM is switched on"))
		return;
	if (reg_text_is(v, "N"))
		say_reg(c, FAIL, DOC, &v->from, "DCOM is switched off")->remedy =
			"\treg add HKLM\\SOFTWARE\\Microsoft\\Ole /v EnableDCOM /t REG_SZ /d Y /f";
}

/* A policy, as text, goes before what was set on the machine. */
static void judge_limits(struct check *c, const struct windows *w)
{
	static const struct {
		enum win_setting set, policy;
		uint32_t rights;
	} limits[] = {
		{SET_MACHINE_ACCESS_RESTRICTION, SET_MACHINE_ACCESS_RESTRICTION_POLICY,
			COM_EXECUTE_REMOTE},
		{SET_MACHINE_LAUNCH_RESTRICTION, SET_MACHINE_LAUNCH_RESTRICTION_POLICY,
			COM_EXECUTE_REMOTE | COM_ACTIVATE_REMOTE},
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct reg_value *v = win_setting(w, limits[i].set);
		const struct reg_value *policy = win_setting(w, limits[i].policy);
		enum com_acl acl;

		if (policy->state == REG_THERE && policy->text && *policy->text)
			v = policy;
		if (v->state != REG_THERE)
			continue;
		acl = v->text ? com_acl_text(v->text, limits[i].rights)
			      : com_acl_binary(v->data, v->len, limits[i].rights);
		if (acl == COM_ACL_REFUSED)
			say(c, WARN, ENG, &v->from,
				"%s keeps administrators who come over the network from DCOM",
				v->name)
				->remedy = "Change the limits in dcomcnfg (Component Services, My "
					   "Computer, COM Security), or the policy that sets them.";
		else if (acl == COM_ACL_BAD)
			say_unknown(
				c, REASON_UNREADABLE, &v->from, "%s cannot be decoded", v->name);
	}
}

static void judge_mapping(struct check *c, const struct windows *w)
{
	const struct win_path_fact *p = win_path(w, PATH_WBEM_MAPPING1);

	/* They are written in turn. */
	for (int i = PATH_WBEM_MAPPING1; i <= PATH_WBEM_MAPPING3; i++) {
		if (w->paths[i].status == FILE_READ)
			return;
		if (w->paths[i].status == FILE_UNREADABLE)
			p = &w->paths[i];
	}
	if (p->status == FILE_ABSENT)
		say(c, WARN, ENG, &p->from,
			"all maps of WMI's repository are missing: it will be built anew")
			->remedy = REPAIR_WMI;
	else
		say_unknown(c, REASON_UNREADABLE, &p->from,
			"whether WMI's repository has its maps cannot be read");
}

static void judge_repository(struct check *c, const struct windows *w)
{
	static const enum win_path files[] = {PATH_WBEM_INDEX, PATH_WBEM_OBJECTS};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct win_path_fact *p = win_path(w, files[i]);

		if (p->status == FILE_ABSENT)
			say(c, WARN, ENG, &p->from,
				"a file of WMI's repository is missing: it will be built anew")
				->remedy = REPAIR_WMI;
		else if (p->status == FILE_UNREADABLE)
			say_unknown(c, REASON_UNREADABLE, &p->from,
				"whether WMI's repository is there cannot be read");
	}
}

static void wmi_reachable(struct check *c)
{
	static const char *const services[] = {"Winmgmt", "RpcSs", "DcomLaunch", "RpcEptMapper"};
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w)
		return;
	judge_services(c, cs, services, ARRAY_LEN(services), "WMI does not answer");
	judge_dcom(c, w);
	judge_limits(c, w);
	judge_profiles(c, w, &wmi, FAIL);
	judge_repository(c, w);
	judge_mapping(c, w);
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &w->firewall.from,
			"WMI is open in all profiles%s; whether its repository is consistent "
			"cannot "
			"be told",
			scope_of(c->arena, w, view_wmi));
}

/* ---- ASR-95117-WIN ---- */

/* What other rules found, once each. */
static void repeat(struct check *c, const char *id)
{
	const struct rule *r = rule_find(id);
	struct finding found = {.rule = r};
	struct check other = *c;
	const struct evidence *worst = NULL;

	other.finding = &found;
	r->check(&other);
	list_each(ev, &found.evidence) {
		if (!worst || ev->verdict < worst->verdict)
			worst = ev;
	}
	if (worst && worst->verdict <= WARN)
		say(c, worst->verdict, worst->basis, &worst->from, "%s: %s", id, worst->message)
			->remedy = worst->remedy ? worst->remedy : r->remedy;
}

static struct port_view view_mapper(const struct windows *w, unsigned profile)
{
	return port_in_profile(w, profile, PORT_MAPPER, "RpcSs");
}

static const struct question mapper = {
	"TCP 135 (RPC)", view_mapper, "-34251", "WMI-RPCSS-In-TCP", OPEN_WMI};

static bool has_network(const struct windows *w)
{
	list_each(i, &w->interfaces) {
		if (i->dhcp || i->addresses.n)
			return true;
	}
	return false;
}

static void reachable(struct check *c)
{
	static const char *const services[] = {"RpcSs", "RpcEptMapper", "LanmanServer"};
	static const char *const causes[] = {
		"ASR-95103", "ASR-95105-95106", "ASR-95105-SHARE", "ASR-95107"};
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w)
		return;
	judge_services(c, cs, services, ARRAY_LEN(services), "nothing answers from afar");
	judge_profiles(c, w, &mapper, FAIL);
	if (!has_network(w) && !w->interfaces_known)
		say_unknown(c, REASON_UNREADABLE, &cs->from, "the interfaces cannot be read");
	else if (!has_network(w))
		say(c, WARN, ENG, &cs->from,
			"no network interface has an address, or gets one by DHCP");
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		repeat(c, causes[i]);
	if (!c->finding->evidence.n)
		say_unknown(c, REASON_NOT_ON_DISK, &w->firewall.from,
			"nothing in the guest is in the way; network, routing and DNS are not on "
			"the disk");
}

/* ---- ASR-95523 ---- */

#define NETWORK_UNKNOWN                                                                            \
	"whether the network that the machine was in still exists is not on its disks"

/* The adapters' addresses, in words; *ret_first: the first of them.  NULL: there is none. */
static const char *address_words(
	struct arena *a, const struct windows *w, const struct win_interface **ret_first)
{
	const char *words = NULL;

	list_each(nic, &w->interfaces) {
		if (!nic->dhcp && !nic->addresses.n)
			continue;
		if (!words)
			*ret_first = nic;
		words = arena_printf(a, "%s%s%s%s", words ? words : "", words ? ", " : "",
			nic->addresses.n ? nic->addresses.at[0] : "no address",
			nic->dhcp ? " by DHCP" : "");
	}
	return words;
}

static void source_network(struct check *c)
{
	const struct machine_config *m = c->facts->vm->machine.config;
	const struct windows *w = c->guest ? c->guest->windows : NULL;
	const struct win_interface *nic = NULL;
	const char *words;

	if (no_guest(c))
		return;
	words = w ? address_words(c->arena, w, &nic) : NULL;
	if (words)
		say_unknown(c, REASON_NOT_ON_DISK, &nic->from,
			NETWORK_UNKNOWN "; its interfaces have %s", words);
	for (size_t i = 0; m && i < m->networks.n; i++) {
		struct origin o = origin_config(m, &m->networks.at[i]);

		say_unknown(c, REASON_NOT_ON_DISK, &o, "it was attached to the network %s",
			m->networks.at[i].value);
	}
	if (!c->finding->evidence.n)
		say_unknown(c, REASON_NOT_ON_DISK, NULL, NETWORK_UNKNOWN);
}

/* ---- ASR-WIN-RDP ---- */

#define RDP_KEY                                                                                    \
	"\"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp\""
#define TS_KEY "\"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\""
#define OPEN_RDP                                                                                   \
	"\tnetsh advfirewall firewall set rule group=\"@FirewallAPI.dll,-28752\" new enable=yes"

static unsigned rdp_port(const struct windows *w)
{
	const struct reg_value *v = win_setting(w, SET_RDP_PORT);

	return v->is_number && v->number && v->number <= UINT16_MAX ? (unsigned)v->number
								    : PORT_RDP;
}

static struct port_view view_rdp(const struct windows *w, unsigned profile)
{
	return port_in_profile(w, profile, rdp_port(w), "TermService");
}

static const struct question rdp = {
	"Remote Desktop", view_rdp, "-28752", "RemoteDesktop-", OPEN_RDP};

static void judge_rdp_switches(struct check *c, const struct windows *w)
{
	const struct reg_value *deny = win_setting(w, SET_DENY_TS_CONNECTIONS);
	const struct reg_value *policy = win_setting(w, SET_DENY_TS_CONNECTIONS_POLICY);

	if (value_unseen(c, deny, "whether Remote Desktop is switched on"))
		return;
	if (!reg_is(deny, 0) && !reg_is(policy, 0))
		say(c, WARN, DOC, &deny->from, "Remote Desktop is switched off")->remedy =
			"\treg add " TS_KEY
			" /v fDenyTSConnections /t REG_DWORD /d 0 /f\n" OPEN_RDP;
	if (reg_is(policy, 1))
		say(c, WARN, DOC, &policy->from, "a policy switches Remote Desktop off")->remedy =
			"Change the group policy that sets it; on the machine itself:\n"
			"\treg add \"HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal "
			"Services\" /v fDenyTSConnections /t REG_DWORD /d 0 /f";
}

static void judge_listener(struct check *c, const struct windows *w)
{
	const struct reg_value *lan = win_setting(w, SET_RDP_LAN_ADAPTER);
	const struct reg_value *hash = win_setting(w, SET_RDP_CERTIFICATE_HASH);
	const struct reg_value *nla = win_setting(w, SET_RDP_USER_AUTHENTICATION);

	if (rdp_port(w) != PORT_RDP)
		say(c, WARN, DOC, &win_setting(w, SET_RDP_PORT)->from,
			"Remote Desktop listens on port %u, not 3389", rdp_port(w))
			->remedy = "\treg add " RDP_KEY " /v PortNumber /t REG_DWORD /d 3389 /f";
	if (lan->is_number && lan->number)
		say(c, WARN, DOC, &lan->from, "Remote Desktop listens on one adapter only")
			->remedy = "\treg add " RDP_KEY " /v LanAdapter /t REG_DWORD /d 0 /f";
	if (hash->state == REG_THERE)
		say(c, WARN, DOC, &hash->from,
			"Remote Desktop uses a certificate of its own, which may be stale")
			->remedy = "\treg delete " RDP_KEY " /v SSLCertificateSHA1Hash /f";
	if (reg_is(nla, 0))
		say(c, INFO, DOC, &nla->from, "network level authentication is off");
}

static void remote_desktop(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);
	const struct win_service *s;

	if (!w)
		return;
	judge_rdp_switches(c, w);
	judge_listener(c, w);
	s = win_service(cs, "TermService");
	if (s && s->start == START_DISABLED)
		say(c, WARN, DOC, &s->from, "the service of Remote Desktop is disabled")->remedy =
			"\tsc config TermService start= demand";
	judge_profiles(c, w, &rdp, WARN);
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &win_setting(w, SET_DENY_TS_CONNECTIONS)->from,
			"Remote Desktop is on, and open in all profiles");
}

static const struct rule rules[] = {
	{
		.id = "ASR-95103",
		.errors = {95103},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "WMI reachable",
		.about = "The installation is started by WMI: its services and DCOM must be on, "
			 "DCOM's "
			 "limits must let administrators in, its repository must be there, and the "
			 "firewall's WMI group must be open for all three profiles, which it "
			 "is not after installation.",
		.remedy = "Open the group:\n" OPEN_WMI,
		.source = PUSH_PAGE "; " INSTALL_PAGE "; " UPLOAD_WINDOWS_PAGE,
		.check = wmi_reachable,
	},
	{
		.id = "ASR-95105-95106",
		.errors = {95105, 95106},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "File and printer sharing open",
		.about = "The installer is copied by SMB: the server and workstation services must "
			 "be on and bound to a network, and the firewall must let TCP 445 in, "
			 "which it does not after installation.",
		.remedy = "Open the group:\n" OPEN_SMB,
		.source = PUSH_PAGE "; " INSTALL_PAGE,
		.check = file_sharing,
	},
	{
		.id = "ASR-95105-SHARE",
		.errors = {95105, 95523},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Administrative shares",
		.about = "The installer is copied to C$ or ADMIN$. Looked at: AutoShareServer (on "
			 "clients AutoShareWks), and whether SMB is on at all.",
		.remedy = "Let Windows make the administrative shares.",
		.source = PUSH_PAGE,
		.check = admin_share,
	},
	{
		.id = "ASR-95117-WIN",
		.errors = {95117, 97118},
		.category = PUSH_INSTALL,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN),
		.title = "Source reachable",
		.about =
			"Everything in the guest that keeps the appliance out: the firewall at TCP "
			"135, services of RPC, interfaces, and what ASR-95103, ASR-95105-95106, "
			"ASR-95105-SHARE and ASR-95107 find. The network itself is not on the "
			"disk.",
		.remedy = "Open the firewall's groups, and check routing and DNS:\n" OPEN_SMB
			  "\n" OPEN_WMI,
		.source = PUSH_PAGE,
		.check = reachable,
	},
	{
		.id = "ASR-95523",
		.errors = {95523},
		.category = PUSH_INSTALL,
		.applies = ANY_GUEST,
		.reaches = CAN(UNKNOWN),
		.title = "Network of the source",
		.about = "That the network of the source was removed cannot be seen on its disks; "
			 "shown are the addresses of its interfaces (Windows), and the networks in "
			 "a .vmx.",
		.remedy = "Restore the network, or move the machine to one that exists.",
		.source = PUSH_PAGE,
		.check = source_network,
	},
	{
		.id = "ASR-WIN-RDP",
		.category = ADVICE,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Remote Desktop after failover",
		.about = "In Azure there is no console to log in at: Remote Desktop should be on, "
			 "on port 3389 of all adapters, and open in the firewall. It is off after "
			 "installation.",
		.remedy = "\treg add " TS_KEY
			  " /v fDenyTSConnections /t REG_DWORD /d 0 /f\n" OPEN_RDP,
		.source = UPLOAD_WINDOWS_PAGE,
		.check = remote_desktop,
	},
};

const struct rule_set windows_reach_rules = {rules, ARRAY_LEN(rules)};
