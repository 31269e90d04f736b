/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The Windows firewall: its profiles' switches and its rules, local ones and those of policies.
 */
#include <strings.h>

#include "base/limits.h"
#include "guest/windows_collect.h"

#define LOCAL "Services\\SharedAccess\\Parameters\\FirewallPolicy"
#define POLICY "Policies\\Microsoft\\WindowsFirewall"

const char *fw_profile_name(unsigned profile)
{
	static const char *const names[FW_PROFILES] = {"domain", "private", "public"};

	return names[profile];
}

struct rules_ctx {
	struct win_firewall *fw;
	struct arena *a;
	const char *path;
	bool by_policy;
};

static void add_rule(void *ctx, struct hive *h, size_t value, const char *name)
{
	struct rules_ctx *c = ctx;
	struct fw_rule_fact rule = {.by_policy = c->by_policy};
	const char *text;

	if (c->fw->rules.n >= WIN_FW_RULES_MAX)
		return;
	text = hive_value_text(h, value);
	if (!text || !win_fw_parse(&rule.rule, c->a, arena_strdup(c->a, name), text))
		return;
	rule.from = hive_origin(h, c->path, arena_printf(c->a, "%s = %s", name, text));
	*list_add(c->a, &c->fw->rules) = rule;
}

static bool collect_rules(
	struct win_firewall *fw, struct hive *h, struct arena *a, const char *path, bool by_policy)
{
	struct rules_ctx ctx = {fw, a, path, by_policy};

	return hive_each_value(h, hive_find(h, path), add_rule, &ctx) && !hive_find_failed(h);
}

/* What the profile's key says goes before what was known. */
static void read_profile(struct fw_profile *p, struct hive *h, const char *path)
{
	hive_node node = hive_find(h, path);
	struct reg_value v = hive_value(h, node, path, "EnableFirewall");

	if (v.is_number) {
		p->enabled = v.number != 0;
		p->from = v.from;
	}
	v = hive_value(h, node, path, "DoNotAllowExceptions");
	if (v.is_number)
		p->blocks_all = v.number != 0;
	v = hive_value(h, node, path, "DefaultInboundAction");
	if (v.is_number)
		p->default_allow = v.number == 0;
}

void collect_firewall_local(struct windows *w, struct hive *h, struct arena *a)
{
	/* The private profile is the one that was the standard profile before Vista. */
	static const char *const keys[FW_PROFILES] = {
		"DomainProfile", "StandardProfile", "PublicProfile"};
	const char *set = w->current ? w->current->name : "CurrentControlSet", *path;

	path = arena_printf(a, "%s\\" LOCAL "\\FirewallRules", set);
	w->firewall.state = hive_find(h, path) ? REG_THERE : REG_ABSENT;
	w->firewall.from = hive_origin(h, path, NULL);
	if (!collect_rules(&w->firewall, h, a, path, false))
		w->firewall.state = REG_UNSEEN;
	for (unsigned i = 0; i < FW_PROFILES; i++) {
		path = arena_printf(a, "%s\\" LOCAL "\\%s", set, keys[i]);
		w->firewall.profiles[i] =
			(struct fw_profile){.seen = hive_find(h, path) != 0, .enabled = true};
		w->firewall.profiles[i].from = hive_origin(h, path, NULL);
		read_profile(&w->firewall.profiles[i], h, path);
	}
}

void collect_firewall_policy(struct windows *w, struct hive *h, struct arena *a)
{
	static const char *const keys[FW_PROFILES][2] = {{"DomainProfile", NULL},
		{"StandardProfile", "PrivateProfile"}, {"PublicProfile", NULL}};

	if (!collect_rules(&w->firewall, h, a, POLICY "\\FirewallRules", true))
		w->firewall.state = REG_UNSEEN;
	for (unsigned i = 0; i < FW_PROFILES; i++) {
		for (unsigned j = 0; j < 2 && keys[i][j]; j++) {
			const char *path = arena_printf(a, POLICY "\\%s", keys[i][j]);

			read_profile(&w->firewall.profiles[i], h, path);
			if (hive_number(h, hive_find(h, path), "AllowLocalPolicyMerge", 1) == 0)
				w->firewall.local_rules_ignored[i] = true;
		}
	}
}
