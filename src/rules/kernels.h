/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Kernels that the agent's filter driver was built for, as Microsoft publishes them (Azure/
 * Azure-SiteRecovery, MIT licence, 2026-07-02).  scripts/make-kernel-table writes kernels.c from
 * the lists; a range stands for every number in it.
 *
 * A list is known from some agent version on; the union up to the chosen version counts.
 */
#ifndef RULES_KERNELS_H
#define RULES_KERNELS_H

#include <stdbool.h>

enum kernel_scenario {
	KERNELS_V2A, /* on premises to Azure; Hyper-V has no list of its own */
	KERNELS_A2A,
	KERNELS_SCENARIOS,
};

#define KERNEL_RELEASE_MAX 80

/* A kernel release is BASE-ABI-FLAVOUR: 5.15.0-91-generic, 6.1.0-0.deb11.17-cloud-amd64. */
struct kernel_answer {
	bool os_listed; /* the lists have kernels of this system at all (RHEL and OL have rules
			   instead) */
	bool listed;
	bool listed_later; /* not up to this agent version, but by a newer one */
	bool flavour_listed;
	bool base_listed;     /* another kernel of the same base and flavour is */
	bool newer_than_base; /* base_listed, and its ABI is above the highest of them */
	bool newer_than_all;  /* !base_listed, and newer than every listed kernel of the flavour */
	char highest[KERNEL_RELEASE_MAX]; /* of the same base and flavour, else of the flavour, else
					     "" */
};

/* os_key as release_agent_key() gives it; agent_version "9.67" (more parts are ignored). */
struct kernel_answer kernel_lookup(const char *os_key, enum kernel_scenario scenario,
	const char *agent_version, const char *release);

bool kernel_listed(const char *os_key, enum kernel_scenario scenario, const char *agent_version,
	const char *release);

/* The newest agent version of the lists, and the oldest of a scenario: before it nothing is known.
 */
const char *kernel_newest_agent(void);
const char *kernel_oldest_agent(enum kernel_scenario scenario);
const char *kernel_lists_date(void); /* "2026-07-02" */

#endif
