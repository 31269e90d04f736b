/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which distribution this is, twice: as its own files say, and as the agent's package scripts
 * decide (facts of Azure/Azure-SiteRecovery, 2026-07-02).  The two differ.
 */
#ifndef PARSE_RELEASE_H
#define PARSE_RELEASE_H

#include "base/arena.h"
#include "base/text.h"

/* Texts of the files; .p == NULL where the file is absent. */
struct release_files {
	struct span os_release;     /* /etc/os-release or /usr/lib/os-release */
	struct span lsb_release;    /* /etc/lsb-release */
	struct span oracle_release; /* /etc/oracle-release */
	struct span redhat_release; /* /etc/redhat-release */
	struct span centos_release; /* /etc/centos-release */
	struct span suse_release;   /* /etc/SuSE-release */
	struct span debian_version; /* /etc/debian_version */
};

struct release {
	const char *id;           /* "debian", "rhel", "centos", "ol", "sles", "ubuntu" ... */
	const char *id_like;      /* or NULL */
	const char *version;      /* "12", "8.6", "22.04", "15.5"; NULL when unknown */
	const char *full_version; /* the most exact there is: "12.5", "7.9.2009", "11.4"; or NULL */
	const char *name;         /* "Debian GNU/Linux 12 (bookworm)" */
	/* Where id and version came from. */
	const char *file;
	unsigned line;
	const char *text;
};

/* False when no file says anything. */
bool release_parse(struct release *ret, struct arena *a, const struct release_files *f);

/*
 * The agent's name for the system ("RHEL8-64", "UBUNTU-22.04-64", "DEBIAN12-64", "SLES15-64"), or
 * NULL when its scripts match nothing.  ret_file (may be NULL) gets the file that decided, NULL if
 * none exists.  arch is that of uname -m.
 */
const char *release_agent_key(
	struct arena *a, const struct release_files *f, const char *arch, const char **ret_file);

#endif
