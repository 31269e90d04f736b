/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rules of the Windows firewall as the registry keeps them: strings of "key=value" between bars,
 * "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=445|App=System|Profile=Domain|...|".
 */
#ifndef PARSE_WIN_FIREWALL_H
#define PARSE_WIN_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define WIN_FW_DOMAIN 1U
#define WIN_FW_PRIVATE 2U
#define WIN_FW_PUBLIC 4U
#define WIN_FW_ALL_PROFILES 7U

#define WIN_FW_ANY_PROTOCOL 256U

struct win_fw_ports {
	uint16_t from, to;
};

struct win_fw_rule {
	const char *id;    /* the value's name: "FPS-SMB-In-TCP" */
	const char *name;  /* Name=, often a resource: "@FirewallAPI.dll,-28511" */
	const char *group; /* EmbedCtxt= */
	const char *app, *service;
	bool active, inbound, allow, block; /* neither allow nor block: a rule of another kind */
	unsigned protocol;                  /* IP's number, or WIN_FW_ANY_PROTOCOL */
	unsigned profiles;                  /* WIN_FW_DOMAIN | ...; all when none is named */
	bool any_port;                      /* no LPort= */
	bool rpc, rpc_mapper;               /* LPort=RPC, LPort=RPC-EPMap */
	LIST(struct win_fw_ports) ports;
	bool some_remotes;     /* RA4=, RA6= and the like: only from some addresses */
	const char *remotes;   /* the first of them, or NULL */
	bool other_conditions; /* interfaces, users, security: met by some connections only */
};

/* false: no rule.  id is the value's name. */
bool win_fw_parse(struct win_fw_rule *ret, struct arena *a, const char *id, const char *text);

/*
 * Is the rule for new connections from outside to this TCP port of this service of svchost.exe, in
 * this profile?  service NULL: the kernel itself listens ("System"), as for file sharing.
 */
bool win_fw_covers_tcp(
	const struct win_fw_rule *r, unsigned profile, unsigned port, const char *service);
/* Is it of the group with this resource id ("-28502") or, by its own name, of these rules? */
bool win_fw_in_group(const struct win_fw_rule *r, const char *resource, const char *prefix);

#endif
