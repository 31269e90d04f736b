/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/win_firewall.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

#define TCP 6U

static bool str_ends_nocase(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcasecmp(s + n - m, suffix);
}

/* Takes what stands before the next bar. */
static bool next_field(struct span *rest, struct span *ret)
{
	const char *bar;

	if (!rest->n)
		return false;
	bar = memchr(rest->p, '|', rest->n);
	ret->p = rest->p;
	ret->n = bar ? (size_t)(bar - rest->p) : rest->n;
	rest->p += ret->n + (bar != NULL);
	rest->n -= ret->n + (bar != NULL);
	return true;
}

static bool port_number(struct span s, uint16_t *ret)
{
	unsigned long long n;

	if (!span_u64(s, &n) || n > 65535)
		return false;
	*ret = (uint16_t)n;
	return true;
}

/* "445", "5000-5020", "RPC", "RPC-EPMap", "IPHTTPSIn" ...; since v2.20 also lists with commas. */
static void add_ports(struct win_fw_rule *r, struct arena *a, struct span all)
{
	while (all.n && r->ports.n < WIN_FW_PORTS_MAX) {
		const char *comma = memchr(all.p, ',', all.n), *dash;
		struct span s = {all.p, comma ? (size_t)(comma - all.p) : all.n};
		struct win_fw_ports ports;
		struct span from = s, to = s;

		all.p += s.n + (comma != NULL);
		all.n -= s.n + (comma != NULL);
		dash = memchr(s.p, '-', s.n);
		if (span_is_nocase(s, "RPC"))
			r->rpc = true;
		else if (span_is_nocase(s, "RPC-EPMap"))
			r->rpc_mapper = true;
		if (dash) {
			from.n = (size_t)(dash - s.p);
			to = (struct span){dash + 1, s.n - from.n - 1};
		}
		if (port_number(from, &ports.from) && port_number(to, &ports.to))
			*list_add(a, &r->ports) = ports;
	}
}

static void add_profile(struct win_fw_rule *r, struct span s)
{
	if (span_is_nocase(s, "Domain"))
		r->profiles |= WIN_FW_DOMAIN;
	else if (span_is_nocase(s, "Private") || span_is_nocase(s, "Standard"))
		r->profiles |= WIN_FW_PRIVATE;
	else if (span_is_nocase(s, "Public"))
		r->profiles |= WIN_FW_PUBLIC;
	else if (span_is_nocase(s, "All"))
		r->profiles |= WIN_FW_ALL_PROFILES;
}

static void take_field(struct win_fw_rule *r, struct arena *a, struct span key, struct span value)
{
	unsigned long long n;

	if (span_is_nocase(key, "Action")) {
		r->allow = span_is_nocase(value, "Allow");
		r->block = span_is_nocase(value, "Block");
	} else if (span_is_nocase(key, "Active")) {
		r->active = span_is_nocase(value, "TRUE");
	} else if (span_is_nocase(key, "Dir")) {
		r->inbound = span_is_nocase(value, "In");
	} else if (span_is_nocase(key, "Protocol")) {
		if (span_u64(value, &n) && n < WIN_FW_ANY_PROTOCOL)
			r->protocol = (unsigned)n;
	} else if (span_starts(key, "LPort")) {
		r->any_port = false;
		add_ports(r, a, value);
	} else if (span_is_nocase(key, "Profile")) {
		add_profile(r, value);
	} else if (span_is_nocase(key, "Name")) {
		r->name = arena_strndup(a, value.p, value.n);
	} else if (span_is_nocase(key, "EmbedCtxt")) {
		r->group = arena_strndup(a, value.p, value.n);
	} else if (span_is_nocase(key, "App")) {
		r->app = arena_strndup(a, value.p, value.n);
	} else if (span_is_nocase(key, "Svc")) {
		r->service = arena_strndup(a, value.p, value.n);
	} else if (span_is_nocase(key, "RA4") || span_is_nocase(key, "RA6") ||
		   span_is_nocase(key, "RA42") || span_is_nocase(key, "RA62")) {
		r->some_remotes = true;
		if (!r->remotes)
			r->remotes = arena_strndup(a, value.p, value.n);
	} else if (span_starts(key, "IF") || span_starts(key, "RMauth") ||
		   span_starts(key, "RUAuth") || span_starts(key, "LA4") ||
		   span_starts(key, "LA6") || span_starts(key, "RPort") ||
		   span_is_nocase(key, "Security") || span_is_nocase(key, "Security2")) {
		r->other_conditions = true;
	}
}

bool win_fw_parse(struct win_fw_rule *ret, struct arena *a, const char *id, const char *text)
{
	struct span rest = span_of(text), field;

	*ret = (struct win_fw_rule){.id = id, .any_port = true, .protocol = WIN_FW_ANY_PROTOCOL};
	/* The version, "v2.30", comes first. */
	if (!next_field(&rest, &field) || field.n < 2 || (field.p[0] | 32) != 'v')
		return false;
	while (next_field(&rest, &field)) {
		const char *sign = memchr(field.p, '=', field.n);
		struct span key, value;

		if (!sign)
			continue;
		key = (struct span){field.p, (size_t)(sign - field.p)};
		value = (struct span){sign + 1, field.n - key.n - 1};
		take_field(ret, a, key, value);
	}
	if (!ret->profiles)
		ret->profiles = WIN_FW_ALL_PROFILES;
	return true;
}

/* A rule for one program says nothing of another's ports. */
static bool is_for_program(const struct win_fw_rule *r, const char *service)
{
	if (!r->app)
		return !r->service || (service && !strcasecmp(r->service, service));
	if (!strcasecmp(r->app, "System"))
		return !service;
	if (!service || !str_ends_nocase(r->app, "svchost.exe"))
		return false;
	return !r->service || !strcmp(r->service, "*") || !strcasecmp(r->service, service);
}

bool win_fw_covers_tcp(
	const struct win_fw_rule *r, unsigned profile, unsigned port, const char *service)
{
	if (!r->active || !r->inbound || !(r->profiles & profile) || !is_for_program(r, service))
		return false;
	if (r->protocol != TCP && r->protocol != WIN_FW_ANY_PROTOCOL)
		return false;
	if (r->any_port || (port == 135 && r->rpc_mapper))
		return true;
	list_each(p, &r->ports) {
		if (port >= p->from && port <= p->to)
			return true;
	}
	return false;
}

bool win_fw_in_group(const struct win_fw_rule *r, const char *resource, const char *prefix)
{
	size_t n;

	if (r->group && resource) {
		n = strlen(r->group);
		/* "@FirewallAPI.dll,-28502" or "@%SystemRoot%\system32\firewallapi.dll,-28502". */
		if (n > strlen(resource) + 1 && str_ends(r->group, resource) &&
			r->group[n - strlen(resource) - 1] == ',')
			return true;
	}
	return prefix && !strncasecmp(r->id, prefix, strlen(prefix));
}
