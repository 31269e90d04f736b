/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the collectors of the ways to log in share: which services start at boot, and by which
 * link.  For linux_login.c, linux_services.c, linux_sshd.c and linux_firewall.c only.
 */
#ifndef GUEST_LINUX_LOGIN_H
#define GUEST_LINUX_LOGIN_H

#include "guest/collect.h"

struct service_link {
	const char *path; /* "/etc/systemd/system/multi-user.target.wants/ssh.service" */
	const char *name; /* "ssh.service"; of SysV init "ssh" */
};

/*
 * What a system starts at boot: links in the *.wants and *.requires of systemd's boot targets, or
 * of SysV init's runlevels 2 to 5 where there is no systemd.
 */
struct services {
	struct guest *guest;
	LIST(struct service_link) units;
	LIST(struct service_link) scripts;
	struct name_list etc; /* what lies in /etc/systemd/system */
	size_t seen;          /* names in those directories, against UNIT_LINKS_MAX */
	const char *why;      /* what could not be read, or NULL */
};

void services_collect(struct services *ret, struct guest *g);
/* The link that starts a unit ("ssh.service"), or NULL; a masked one is not started. */
const struct service_link *services_unit(const struct services *s, const char *name);
/* The link that starts a script ("sshd"), or NULL. */
const struct service_link *services_script(const struct services *s, const char *name);
/* Its link to /dev/null in /etc/systemd/system, or NULL. */
const char *services_mask(const struct services *s, const char *unit);

/* The origin of something that was looked up but not read. */
struct origin origin_at(const struct guest *g, const char *path);

void collect_sshd(struct guest *g, const struct services *s);
void collect_firewalls(struct guest *g, const struct services *s);

#endif
