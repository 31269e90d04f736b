/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What Azure Site Recovery has left in a guest, and what an agent of it would find there.  Of both
 * families, except where it says so.  Part of facts.h, which includes it behind what it needs.
 */
#ifndef GUEST_TRACES_H
#define GUEST_TRACES_H

/* A root certificate that Azure's services are signed below (Linux). */
struct trusted_root {
	const char *name; /* "DigiCert Global Root CA" */
	bool no_link;     /* SUSE: OpenSSL's link to it, by its hash, is missing: link */
	const char *link; /* "/etc/ssl/certs/3513523f.0", or NULL */
	struct origin from;
};

struct agent_traces {
	bool seen;               /* an agent is, or was, installed (Linux; Windows: agent_seen) */
	const char *dir;         /* where it says that it was installed (Linux); or NULL */
	struct fact version;     /* "9.67.0.0" (Linux; Windows: SET_AGENT_VERSION) */
	struct fact platform;    /* VmPlatform of drscout.conf: VmWare, Azure */
	struct fact cs_type;     /* CSType: CSLegacy, CSPrime */
	struct origin seen_from; /* the trace that was found first */
	LIST(struct fact) hydration; /* what a failover leaves (Linux); value: in words */
	LIST(const struct guest_file *) proxy_files; /* those that are there (Linux) */
	LIST(struct trusted_root) roots;             /* Linux */
	const struct guest_file *certificates;       /* a bundle that cannot be read, or NULL */
	const struct guest_file *system_fips;        /* /etc/system-fips, if it is there (Linux) */
	/* Files that may say more and cannot be read: settings and places of an agent. */
	LIST(const struct guest_file *) unreadable;
};

#endif
