/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Would a host firewall let a new SSH connection in (TCP, port 22, from somewhere else)?  One
 * function a kind of file.  No model of a firewall: what only some connections pass, or what rests
 * on things not written in the file, is SSH_DEPENDS.
 */
#ifndef PARSE_FIREWALL_H
#define PARSE_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum ssh_answer {
	SSH_ALLOWED,
	SSH_NOT_ALLOWED,
	SSH_DEPENDS,
};

/* The line that decided; line 0 and text NULL when it was the absence of one. */
struct ssh_verdict {
	enum ssh_answer answer;
	unsigned line;
	const char *text;
};

/* iptables-save's language: chain INPUT of table filter. */
struct ssh_verdict iptables_ssh(struct arena *a, struct span text);

/* nftables: the chains that hook input. */
struct ssh_verdict nft_ssh(struct arena *a, struct span text);

/* ufw's user.rules; accepts: what DEFAULT_INPUT_POLICY says of the rest. */
struct ssh_verdict ufw_ssh(struct arena *a, struct span text, bool accepts);

/* A firewalld zone. */
struct ssh_verdict firewalld_zone_ssh(struct arena *a, struct span text);

/* tcp_wrappers: hosts.deny, and hosts.allow, which goes first.  The line is one of hosts.deny. */
struct ssh_verdict hosts_ssh(struct arena *a, struct span deny, struct span allow);

/* Is port 22 in a list like "22", "ssh", "20:25", "80,ssh", "20-25"? */
bool ports_have_ssh(struct span list);

#endif
