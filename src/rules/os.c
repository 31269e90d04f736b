/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Is the operating system supported, and the kernel that it will boot?
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/kernels.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* The most exact version: "12.5" where os-release says "12". */
static const char *version_of(const struct guest *g)
{
	return g->release.full_version ? g->release.full_version : g->version.value;
}

/* UNKNOWN when no file names the distribution. */
static bool os_unknown(struct check *c)
{
	const struct guest *g = c->guest;
	struct origin o = {.device = g->root->name, .path = "/etc/os-release"};
	bool unreadable = g->release_file && g->release_file->status == FILE_UNREADABLE;

	if (g->id.value)
		return false;
	if (unreadable)
		say_unknown(c, g->release_file->reason, &g->release_file->from,
			"which distribution it is could not be read: %s", g->release_file->why);
	else
		say_unknown(c, REASON_UNSUPPORTED, &o,
			"no file of the guest says which distribution it is");
	return true;
}

/* ---- ASR-OS-UNSUPPORTED ---- */

static const char *script_words(struct arena *a, const struct guest *g)
{
	if (g->agent_os_key)
		return arena_printf(a, "the agent's scripts take it for %s", g->agent_os_key);
	if (g->agent_os_file)
		return arena_printf(a, "the agent's scripts match nothing in %s", g->agent_os_file);
	return "the agent's scripts find no release file";
}

static const char *page_of(enum scenario s)
{
	return s == A2A ? A2A_MATRIX : V2A_MATRIX;
}

/* Hyper-V replicates from outside the guest: no agent looks at the release files. */
static void judge_hyperv(struct check *c, const char *os)
{
	const struct guest *g = c->guest;

	if (matrix_lists(g->id.value, version_of(g), HYPERV))
		say(c, PASS, DOC, &g->id.from, "%s is in the support matrices", os);
	else
		say(c, WARN, DOC, &g->id.from,
			"%s is in no support matrix; from Hyper-V, what Azure itself supports is "
			"supported",
			os);
}

static void judge_support(struct check *c, const char *os)
{
	const struct guest *g = c->guest;
	enum scenario s = c->options->scenario;
	bool page = matrix_lists(g->id.value, version_of(g), s);
	bool anywhere = matrix_lists_anywhere(g->id.value, version_of(g));
	const char *script = script_words(c->arena, g);

	/* The scripts ask for x86_64 first. */
	if (!g->agent_os_key && !g->arch.value)
		say_unknown(c, REASON_UNREADABLE, &g->id.from,
			"%s is %sin the %s, but its architecture is not known, by which the "
			"agent's "
			"scripts choose",
			os, page ? "" : "not ", page_of(s));
	else if (page && g->agent_os_key)
		say(c, PASS, DOC, &g->id.from, "%s is supported; %s", os, script);
	else if (page)
		say(c, WARN, AGENT, &g->id.from, "%s is in the %s, but %s", os, page_of(s), script);
	else if (anywhere)
		say(c, WARN, DOC, &g->id.from,
			"%s is not in the %s, only in that of another scenario; %s", os, page_of(s),
			script);
	else if (g->agent_os_key)
		say(c, WARN, DOC, &g->id.from, "%s is not in the %s, but %s", os, page_of(s),
			script);
	else
		say(c, FAIL, AGENT, &g->id.from, "%s is not in the %s, and %s", os, page_of(s),
			script);
}

static void judge_experience(struct check *c, const char *os)
{
	const struct guest *g = c->guest;
	const struct options *o = c->options;
	const char *agent;

	if (o->scenario != V2A)
		return;
	if (o->experience == CLASSIC && matrix_modernized_only(g->id.value, version_of(g)))
		say(c, FAIL, DOC, &g->id.from,
			"%s is supported by the modernized experience only (%s)", os, V2A_MATRIX);
	agent = o->agent_version_given ? matrix_agent_experience(o->agent_version, o->experience)
				       : NULL;
	if (agent)
		say(c, WARN, DOC, NULL, "agent %s %s", o->agent_version, agent);
}

static void os_support(struct check *c)
{
	const char *os;

	if (no_guest(c))
		return;
	os = guest_words(c->guest);
	if (c->guest->family == GUEST_WINDOWS) {
		windows_support(c);
		judge_experience(c, os);
		return;
	}
	if (os_unknown(c))
		return;
	if (c->guest->release.full_version && !strstr(os, c->guest->release.full_version))
		os = arena_printf(c->arena, "%s (%s)", os, c->guest->release.full_version);
	if (c->options->scenario == HYPERV)
		judge_hyperv(c, os);
	else
		judge_support(c, os);
	judge_experience(c, os);
}

/* ---- ASR-OS-KERNEL ---- */

static enum kernel_scenario list_of(enum scenario s)
{
	return s == A2A ? KERNELS_A2A : KERNELS_V2A;
}

static bool kernel_unknown(struct check *c)
{
	const struct boot_config *b = &c->guest->boot_config;

	if (b->kernel_release)
		return false;
	if (boot_unseen(c))
		return true;
	say_unknown(c, b->boot_dir == FILE_UNREADABLE ? REASON_UNREADABLE : REASON_UNSUPPORTED,
		&b->kernel_from, "which kernel will boot is not known: %s",
		b->why_no_default ? b->why_no_default : "no boot entry names its release");
	return true;
}

/* ", also installed: A, B" */
static const char *other_kernels(struct check *c)
{
	const struct boot_config *b = &c->guest->boot_config;
	const char *words = "";
	unsigned n = 0;

	list_each(k, &b->kernels) {
		if (!k->image || !strcmp(k->release, b->kernel_release))
			continue;
		words = arena_printf(
			c->arena, "%s%s %s", words, n++ ? "," : "; also installed:", k->release);
		if (n == 8)
			return arena_printf(c->arena, "%s, ...", words);
	}
	return words;
}

static const char *update_words(struct check *c)
{
	return arena_printf(c->arena,
		"Boot a listed kernel and make it the default, or use a newer agent%s.",
		c->options->scenario == V2A ? " (its driver package for new kernels)" : "");
}

static void judge_listed(struct check *c, const char *key)
{
	const struct boot_config *b = &c->guest->boot_config;
	enum kernel_scenario own = list_of(c->options->scenario);
	enum kernel_scenario other = own == KERNELS_A2A ? KERNELS_V2A : KERNELS_A2A;
	const char *k = b->kernel_release, *agent = c->options->agent_version;
	struct kernel_answer a = kernel_lookup(key, own, agent, k);
	const char *list = arena_printf(
		c->arena, "the agent's kernel list of %s for %s", kernel_lists_date(), key);
	struct evidence *ev;

	if (!a.os_listed) {
		say_unknown(c, REASON_UNSUPPORTED, &b->kernel_from,
			"no kernel list of agent %s is known for %s (those from %s on are)", agent,
			key, kernel_oldest_agent(own));
		return;
	}
	if (a.listed) {
		say(c, PASS, AGENT, &b->kernel_from, "%s is in %s%s", k, list, other_kernels(c));
		return;
	}
	if (kernel_listed(key, other, agent, k))
		ev = say(c, WARN, AGENT, &b->kernel_from,
			"%s is not in %s, only in that of the other scenario", k, list);
	else if (!a.flavour_listed)
		ev = say(c, FAIL, AGENT, &b->kernel_from, "%s is of a flavour that is never in %s",
			k, list);
	else if (a.base_listed ? a.newer_than_base : a.newer_than_all)
		ev = say(c, WARN, AGENT, &b->kernel_from, "%s is newer than %s, which ends at %s%s",
			k, list, a.highest, other_kernels(c));
	else
		ev = say(c, FAIL, AGENT, &b->kernel_from,
			"%s is not in %s, although newer ones up to %s are%s", k, list, a.highest,
			other_kernels(c));
	ev->remedy = a.listed_later
			     ? arena_printf(c->arena, "Use agent %s, whose list has this kernel.",
				       kernel_newest_agent())
			     : update_words(c);
}

/* ev may be NULL: the verdict needs no repair. */
static void judge_by_rule(struct check *c, enum kernel_verdict v, const char *than)
{
	const struct boot_config *b = &c->guest->boot_config;
	const char *k = b->kernel_release, *os = guest_words(c->guest);
	struct evidence *ev = NULL;

	switch (v) {
	case KERNEL_GOOD:
		say(c, PASS, AGENT, &b->kernel_from, "%s is a supported kernel of %s%s", k, os,
			other_kernels(c));
		break;
	case KERNEL_TOO_OLD:
		ev = say(c, FAIL, DOC, &b->kernel_from,
			"%s is too old: of this series the agent wants %s or newer", k, than);
		break;
	case KERNEL_WANTS_AGENT:
		ev = say(c, FAIL, DOC, &b->kernel_from,
			"%s is supported from agent %s on, and agent %s was chosen", k, than,
			c->options->agent_version);
		ev->remedy = arena_printf(c->arena, "Use agent %s or newer.", than);
		return;
	case KERNEL_NEWER:
		ev = say(c, WARN, DOC, &b->kernel_from,
			"%s is newer than the kernels that the support matrix names", k);
		break;
	default:
		ev = say(c, FAIL, AGENT, &b->kernel_from,
			"%s is no kernel of %s that the agent supports", k, os);
	}
	if (ev)
		ev->remedy = update_words(c);
}

/* The agent takes any -default kernel, but its driver packages are made kernel by kernel. */
static void note_unlisted_default(struct check *c, const char *key)
{
	const struct boot_config *b = &c->guest->boot_config;
	struct kernel_answer a = kernel_lookup(
		key, list_of(c->options->scenario), c->options->agent_version, b->kernel_release);

	if (a.os_listed && !a.listed)
		say(c, INFO, AGENT, &b->kernel_from,
			"%s is supported as a stock kernel, but is not in the agent's list of %s",
			b->kernel_release, kernel_lists_date());
}

/* "rhel", "ol" or "sles" where a rule decides, else NULL. */
static const char *rule_family(const char *id)
{
	static const char *const el[] = {"rhel", "centos", "rocky", "almalinux"};

	for (size_t i = 0; i < ARRAY_LEN(el); i++) {
		if (!strcmp(id, el[i]))
			return "rhel";
	}
	if (!strcmp(id, "ol"))
		return "ol";
	return str_starts(id, "sles") || !strcmp(id, "opensuse-leap") ? "sles" : NULL;
}

static void kernel_support(struct check *c)
{
	const struct guest *g = c->guest;
	const char *family, *than;
	enum kernel_verdict v = KERNEL_NO_RULE;

	if (os_unknown(c))
		return;
	if (!g->agent_os_key && !matrix_lists_anywhere(g->id.value, version_of(g))) {
		say(c, NA, ENG, &g->id.from, "the system itself is not supported");
		return;
	}
	if (kernel_unknown(c))
		return;
	family = rule_family(g->id.value);
	if (family && version_of(g))
		v = matrix_kernel(family, (unsigned)strtoul(version_of(g), NULL, 10),
			g->boot_config.kernel_release, c->options->agent_version, &than);
	if (v != KERNEL_NO_RULE)
		judge_by_rule(c, v, than);
	else if (g->agent_os_key)
		judge_listed(c, g->agent_os_key);
	else
		say_unknown(c, REASON_UNSUPPORTED, &g->boot_config.kernel_from,
			"the agent's scripts do not know this system, so it has no kernel list");
	if (v == KERNEL_GOOD && !strcmp(family, "sles") && g->agent_os_key)
		note_unlisted_default(c, g->agent_os_key);
}

/* ---- ASR-OS-CUSTOMKERNEL ---- */

/* Kernels of third parties, by what they put into the release. */
static const char *const third_parties[] = {"elrepo", "-pve", "xanmod", "liquorix", "zabbly",
	"-grsec", "-tkg", "-zen", "-surface", "-WSL", "microsoft-standard", "mainline"};

/* How the distributions' own releases end, or what they hold. */
static const struct stock {
	const char *id;
	bool at_end;
	const char *marks[12];
} stock[] = {
	{"debian", true,
		{"-amd64", "-cloud-amd64", "-rt-amd64", "-amd64-unsigned", "-686-pae", "-arm64"}},
	{"ubuntu", true,
		{"-generic", "-azure", "-azure-fde", "-lowlatency", "-virtual", "-kvm", "-aws",
			"-gcp", "-oem", "-oracle", "-ibm", "-realtime"}},
	{"rhel", false, {".el"}},
	{"centos", false, {".el"}},
	{"rocky", false, {".el"}},
	{"almalinux", false, {".el"}},
	{"ol", false, {".el"}},
	{"sles", true, {"-default", "-azure", "-xen", "-rt", "-pae", "-trace"}},
	{"sles_sap", true, {"-default", "-azure", "-xen", "-rt", "-pae", "-trace"}},
	{"opensuse-leap", true, {"-default", "-azure", "-xen", "-rt", "-preempt", "-kvmsmall"}},
};

enum looks { LOOKS_STOCK, LOOKS_OTHER, LOOKS_THIRD_PARTY, LOOKS_UNKNOWN };

static enum looks look_of(const char *id, const char *release)
{
	for (size_t i = 0; i < ARRAY_LEN(third_parties); i++) {
		if (strcasestr(release, third_parties[i]))
			return LOOKS_THIRD_PARTY;
	}
	for (size_t i = 0; i < ARRAY_LEN(stock); i++) {
		const char *const *mark = stock[i].marks;

		if (strcmp(stock[i].id, id))
			continue;
		for (; mark < stock[i].marks + ARRAY_LEN(stock[i].marks) && *mark; mark++) {
			if (stock[i].at_end ? str_ends(release, *mark) : !!strstr(release, *mark))
				return LOOKS_STOCK;
		}
		return LOOKS_OTHER;
	}
	return LOOKS_UNKNOWN;
}

static void judge_build(struct check *c, const struct kernel *k, const struct origin *from)
{
	const char *release = c->guest->boot_config.kernel_release;
	const char *os = guest_words(c->guest);
	struct origin o = k ? k->from : *from;

	switch (look_of(c->guest->id.value, release)) {
	case LOOKS_STOCK:
		say(c, PASS, DOC, &o, "%s is a kernel of %s by its name", release, os);
		break;
	case LOOKS_THIRD_PARTY:
		say(c, FAIL, DOC, &o, "%s is a third party's kernel", release);
		break;
	case LOOKS_OTHER:
		if (k && k->owner == OWNER_NONE)
			say(c, FAIL, DOC, &o,
				"%s is not named like a kernel of %s, and no package owns it",
				release, os);
		else
			say_unknown(c, REASON_UNSUPPORTED, &o,
				"%s is not named like a kernel of %s; %s", release, os,
				k && k->owner == OWNER_PACKAGE
					? "it comes from a package, whose maker is not looked at"
					: "whether a package owns it is not read");
		break;
	case LOOKS_UNKNOWN:
		say_unknown(c, REASON_UNSUPPORTED, &o,
			"how the kernels of %s are named is not known; %s will boot", os, release);
	}
}

static void kernel_origin(struct check *c)
{
	const struct boot_config *b = &c->guest->boot_config;
	const struct kernel *booted = NULL;

	if (os_unknown(c) || kernel_unknown(c))
		return;
	list_each(k, &b->kernels) {
		if (!strcmp(k->release, b->kernel_release))
			booted = k;
		else if (k->image && look_of(c->guest->id.value, k->release) == LOOKS_THIRD_PARTY)
			say(c, INFO, DOC, &k->from,
				"%s, which is installed but does not boot by default, is a third "
				"party's kernel",
				k->release);
	}
	judge_build(c, booted, &b->kernel_from);
}

/* ---- ASR-OS-ARCH ---- */

static void architecture(struct check *c)
{
	const struct guest *g = c->guest;
	struct origin o;

	if (no_guest(c))
		return;
	if (g->family == GUEST_WINDOWS) {
		windows_architecture(c);
		return;
	}
	o = origin_volume(g->root);
	if (!g->arch.value)
		say_unknown(c, REASON_UNREADABLE, &o,
			"the architecture is not known: no program of the guest could be read");
	else if (strcmp(g->arch.value, "x86_64"))
		say(c, FAIL, DOC, &g->arch.from, "the guest is %s; ASR protects x86_64",
			g->arch.value);
	else
		say(c, PASS, DOC, &g->arch.from, "the guest is x86_64");
}

/* ---- ASR-OS-HYDRATION ---- */

static void hydration(struct check *c)
{
	const struct guest *g = c->guest;
	const char *os;

	if (os_unknown(c))
		return;
	os = guest_words(g);
	if (matrix_hydrates(g->id.value, version_of(g)))
		say(c, PASS, HYDRATION, &g->id.from, "the failover preparation handles %s", os);
	else if (g->agent_os_key || matrix_lists_anywhere(g->id.value, version_of(g)))
		say(c, INFO, HYDRATION, &g->id.from,
			"%s is not in the failover preparation code of 2025-01; by the page of "
			"2026-09 the service handles every system of the support matrix",
			os);
	else
		say(c, WARN, HYDRATION, &g->id.from,
			"the failover preparation handles %s neither by its code of 2025-01 nor by "
			"the support matrix: nothing will add drivers or repair the boot "
			"configuration",
			os);
}

static const struct rule rules[] = {
	{
		.id = "ASR-OS-ARCH",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Architecture",
		.about = "ASR protects x86_64 only. Looked at: the ELF header of the guest's shell "
			 "or init, and the PE header of ntoskrnl.exe.",
		.remedy = "There is no repair; 32-bit and ARM64 machines cannot be protected.",
		.source = V2A_MATRIX "; " A2A_MATRIX "; " HV_MATRIX,
		.check = architecture,
	},
	{
		.id = "ASR-OS-CUSTOMKERNEL",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Custom or third-party kernel",
		.about =
			"Only the distribution's own kernels are supported. Looked at: the name of "
			"the kernel that will boot, and whether a package owns it.",
		.remedy = "Install the distribution's kernel and make it the default.",
		.source = V2A_MATRIX "; " A2A_MATRIX,
		.check = kernel_origin,
	},
	{
		.id = "ASR-OS-HYDRATION",
		.category = BOOT_IN_AZURE,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Failover preparation of this operating system",
		.about = "At failover ASR adds Hyper-V drivers and repairs the boot configuration, "
			 "for the systems of the support matrix.",
		.remedy = "Prepare the guest by hand: Hyper-V drivers in the initramfs, UUIDs in "
			  "GRUB and fstab, DHCP, a serial console.",
		.source = HYDRATION_CODE "; " HYDRATION_PAGE,
		.check = hydration,
	},
	{
		.id = "ASR-OS-KERNEL",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Kernel in the agent's supported set",
		.about = "The agent's filter driver is built for listed kernels (Ubuntu, Debian, "
			 "SLES -azure) or for series of them (RHEL, Oracle Linux). Looked at: the "
			 "kernel of the default boot entry.",
		.remedy = "Boot a listed kernel, or update the agent.",
		.source = AGENT_LISTS "; " AGENT_CHECK "; " V2A_MATRIX "; " A2A_MATRIX,
		.check = kernel_support,
	},
	{
		.id = "ASR-OS-UNSUPPORTED",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Operating system supported",
		.about = "The release must be in the support matrix of the scenario, and be one "
			 "that "
			 "the agent's own scripts recognise. --experience matters: newer systems "
			 "are "
			 "protected by the modernized one only.",
		.remedy = "Upgrade to a supported release.",
		.source = PUSH_PAGE "; " V2A_MATRIX "; " A2A_MATRIX "; " AGENT_LISTS,
		.check = os_support,
	},
};

const struct rule_set os_rules = {rules, ARRAY_LEN(rules)};
