/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of all rules, their names for reports, and how a rule says what it found.
 */
#include "rules/rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"

static const char *const verdict_names[VERDICTS] = {
	[FAIL] = "fail",
	[WARN] = "warn",
	[UNKNOWN] = "unknown",
	[INFO] = "info",
	[PASS] = "pass",
	[NA] = "na",
};
static const char *const category_names[CATEGORIES] = {
	[REPLICATION] = "replication",
	[BOOT_IN_AZURE] = "boot-in-azure",
	[PUSH_INSTALL] = "push-install",
	[ADVICE] = "advice",
	[IMAGE] = "image",
};
static const char *const basis_names[BASES] = {
	[AGENT] = "agent",
	[HYDRATION] = "hydration",
	[DOC] = "doc",
	[ENG] = "eng",
};
static const char *const scenario_names[SCENARIOS] = {
	[V2A] = "v2a",
	[HYPERV] = "hyperv",
	[A2A] = "a2a",
};
static const char *const experience_names[EXPERIENCES] = {
	[MODERNIZED] = "modernized",
	[CLASSIC] = "classic",
};
static const char *const target_gen_names[TARGET_GENS] = {
	[GEN_AUTO] = "auto",
	[GEN_1] = "1",
	[GEN_2] = "2",
};
static const char *const install_names[INSTALLS] = {
	[INSTALL_PUSH] = "push",
	[INSTALL_MANUAL] = "manual",
};
static const char *const reason_names[] = {
	[REASON_NOT_ON_DISK] = "not-on-disk",
	[REASON_MISSING_DISK] = "missing-disk",
	[REASON_UNREADABLE] = "unreadable",
	[REASON_LIMIT] = "limit",
	[REASON_UNSUPPORTED] = "unsupported",
};

const char *verdict_name(enum verdict v)
{
	return verdict_names[v];
}

const char *category_name(enum category c)
{
	return category_names[c];
}

const char *basis_name(enum basis b)
{
	return basis_names[b];
}

const char *scenario_name(enum scenario s)
{
	return scenario_names[s];
}

const char *experience_name(enum experience x)
{
	return experience_names[x];
}

const char *target_gen_name(enum target_gen g)
{
	return target_gen_names[g];
}

const char *install_name(enum install i)
{
	return install_names[i];
}

const char *reason_name(enum reason r)
{
	return reason_names[r];
}

static const struct rule_set *const sets[] = {
	&boot_rules,
	&device_rules,
	&disk_identity_rules,
	&disk_rules,
	&filesystem_rules,
	&grub_rules,
	&identity_rules,
	&image_rules,
	&layer_rules,
	&lvm_guest_rules,
	&lvm_rules,
	&os_rules,
	&space_rules,
	&ssh_rules,
	&volume_rules,
	&health_rules,
	&agent_reboot_rules,
	&windows_agent_rules,
	&trace_rules,
	&windows_boot_rules,
	&windows_domain_rules,
	&windows_drivers_rules,
	&windows_login_rules,
	&windows_logs_rules,
	&windows_network_rules,
	&windows_reach_rules,
	&windows_system_rules,
};

#define RULES_MAX 256
static const struct rule *all[RULES_MAX];
static size_t n_all;

static int by_id(const void *a, const void *b)
{
	const struct rule *const *ra = a, *const *rb = b;

	return strcmp((*ra)->id, (*rb)->id);
}

static void gather(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		for (size_t j = 0; j < sets[i]->n && n_all < RULES_MAX; j++)
			all[n_all++] = &sets[i]->rules[j];
	}
	qsort(all, n_all, sizeof(*all), by_id);
}

const struct rule *rule_at(size_t i)
{
	if (!n_all)
		gather();
	return i < n_all ? all[i] : NULL;
}

const struct rule *rule_find(const char *id)
{
	const struct rule *r;

	for (size_t i = 0; (r = rule_at(i)); i++) {
		if (!strcasecmp(r->id, id))
			return r;
	}
	return NULL;
}

bool rule_has_error(const struct rule *r, unsigned error)
{
	for (size_t i = 0; i < MAX_ERROR_IDS; i++) {
		if (r->errors[i] && r->errors[i] == error)
			return true;
	}
	return false;
}

static struct evidence *add(
	struct check *c, enum verdict v, const struct origin *o, const char *fmt, va_list ap)
{
	struct evidence *ev = list_add(c->arena, &c->finding->evidence);
	char message[2048];

	vsnprintf(message, sizeof(message), fmt, ap);
	ev->verdict = v;
	ev->message = arena_strdup(c->arena, message);
	if (o)
		ev->from = *o;
	return ev;
}

struct evidence *say(
	struct check *c, enum verdict v, enum basis b, const struct origin *o, const char *fmt, ...)
{
	struct evidence *ev;
	va_list ap;

	va_start(ap, fmt);
	ev = add(c, v, o, fmt, ap);
	va_end(ap);
	ev->basis = b;
	return ev;
}

struct evidence *say_unknown(
	struct check *c, enum reason why, const struct origin *o, const char *fmt, ...)
{
	struct evidence *ev;
	va_list ap;

	va_start(ap, fmt);
	ev = add(c, UNKNOWN, o, fmt, ap);
	va_end(ap);
	ev->basis = ENG;
	ev->reason = why;
	return ev;
}

bool agent_before(const struct check *c, const char *version)
{
	return version_compare(c->options->agent_version, version) < 0;
}
