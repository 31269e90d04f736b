/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A Windows machine's name and addresses, as Azure would have them.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* ---- ASR-ID-HOSTNAME ---- */

#define VM_NAME_MAX 63

/* Why Azure does not take the name; NULL: it does. */
static const char *name_fault(const char *name)
{
	static const char *const reserved[] = {"azure", "login", "microsoft", "windows", "xbox"};
	size_t n = strlen(name);

	if (!n || n > VM_NAME_MAX)
		return "has not 1 to 63 characters";
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '-')
			return "has characters other than letters, digits and hyphens";
	}
	if (name[0] == '-' || name[n - 1] == '-')
		return "begins or ends with a hyphen";
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		if (!strcasecmp(name, reserved[i]))
			return "is a word that Azure keeps for itself";
	}
	return NULL;
}

static void machine_name(struct check *c)
{
	const struct machine_config *m = c->facts->vm->machine.config;
	const struct windows *w = windows_of(c);
	const struct reg_value *v;
	struct origin o;
	const char *name, *fault;

	if (!w)
		return;
	v = win_setting(w, SET_COMPUTER_NAME);
	if (value_unseen(c, v, "the machine's name"))
		return;
	name = v->text ? v->text : "";
	o = v->from;
	/* ASR names the machine as vCenter shows it. */
	if (m && m->name.value) {
		name = m->name.value;
		o = origin_config(m, &m->name);
	}
	if (v->state == REG_ABSENT || !v->text || !*v->text)
		say(c, WARN, AGENT, &v->from, "the machine has no name");
	fault = name_fault(name);
	if (fault && *name)
		say(c, WARN, DOC, &o, "the name %s %s: ASR must be told another one", name, fault);
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &o, "Azure takes the name %s", name);
}

/* ---- ASR-NET-BOND ---- */

static void team(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);
	const struct win_device *d = w ? win_device_of(w, "NdisImPlatformMp") : NULL;

	if (!w)
		return;
	if (d)
		say(c, WARN, DOC, &d->from,
			"network adapters are put together (a team, or a bridge), which the "
			"support "
			"matrix answers with no");
	else if (!w->devices_known)
		say_unknown(c, REASON_UNREADABLE, &cs->from,
			"whether network adapters are put together cannot be read");
	else
		say(c, PASS, DOC, &cs->from, "no network adapters are put together");
}

/* ---- ASR-NET-STATIC ---- */

static void static_address(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w)
		return;
	list_each(i, &w->interfaces) {
		if (!i->dhcp && i->addresses.n)
			say(c, INFO, DOC, &i->from,
				"an interface has the address %s, set by hand; in Azure it gets "
				"one "
				"of the target network",
				i->addresses.at[0]);
	}
	if (!w->interfaces_known)
		say_unknown(c, REASON_UNREADABLE, &cs->from, "not all interfaces can be read");
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &cs->from, "no interface has an address that was set by hand");
}

static const struct rule rules[] = {
	{
		.id = "ASR-ID-HOSTNAME",
		.category = REPLICATION,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Name of the machine",
		.about = "Names in Azure have 1 to 63 letters, digits and hyphens, and begin and "
			 "end with a letter or digit. Looked at: the name in a machine's "
			 "description, by which ASR calls it, else the computer's own.",
		.remedy = "Enter another name in the machine's replication settings (Compute and "
			  "Network).",
		.source = V2A_MATRIX "; " AGENT_CHECK,
		.check = machine_name,
	},
	{
		.id = "ASR-NET-BOND",
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Teams of network adapters",
		.about = "The support matrix answers teaming in the guest with no. Looked at: "
			 "whether Windows has made the adapter of a team.",
		.remedy = "Dissolve the team, in PowerShell:\n\tGet-NetLbfoTeam | "
			  "Remove-NetLbfoTeam",
		.source = V2A_MATRIX,
		.check = team,
	},
	{
		.id = "ASR-NET-STATIC",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Addresses set by hand",
		.about = "An address that was set by hand is supported; the machine gets one of "
			 "the network it fails over to. Looked at: the interfaces of TCP/IP.",
		.remedy = "Choose the address in the machine's replication settings, if it is to "
			  "be a certain one.",
		.source = V2A_MATRIX "; " HV_MATRIX,
		.check = static_address,
	},
};

const struct rule_set windows_network_rules = {rules, ARRAY_LEN(rules)};
