/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Support tables.  Versions compare as numbers; a row's end includes what is below it, so that
 * "7.9" takes 7.9.2009 and "12" takes 12.5.
 */
#include "rules/matrix.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define BOTH (CAN(V2A) | CAN(A2A))

struct os_range {
	const char *id, *from, *to;
	unsigned where;
};

/* V2A_MATRIX and A2A_MATRIX; Rocky and Oracle Linux 9.6 by a copy of the former from 2026. */
static const struct os_range supported[] = {
	{"rhel", "5.2", "5.11", CAN(V2A)},
	{"rhel", "6.1", "6.6", CAN(V2A)},
	{"rhel", "6.7", "6.10", BOTH},
	{"rhel", "7.0", "7.9", BOTH},
	{"rhel", "8.0", "8.10", BOTH},
	{"rhel", "9.0", "9.7", BOTH},
	{"rhel", "10.0", "10.1", BOTH},
	{"rocky", "8.7", "8.9", BOTH},
	{"rocky", "9.0", "9.7", BOTH},
	{"rocky", "10.0", "10.1", BOTH},
	{"almalinux", "9.0", "9.7", CAN(A2A)},
	{"almalinux", "10.0", "10.1", CAN(A2A)},
	{"ol", "6.4", "6.10", BOTH},
	{"ol", "7.0", "7.9", BOTH},
	{"ol", "8.0", "8.9", BOTH},
	{"ol", "8.10", "8.10", CAN(A2A)},
	{"ol", "9.0", "9.5", BOTH},
	{"ol", "9.6", "9.6", CAN(V2A)},
	{"ubuntu", "14.04", "14.04", BOTH},
	{"ubuntu", "16.04", "16.04", BOTH},
	{"ubuntu", "18.04", "18.04", BOTH},
	{"ubuntu", "20.04", "20.04", BOTH},
	{"ubuntu", "22.04", "22.04", BOTH},
	{"ubuntu", "24.04", "24.04", BOTH},
	{"debian", "7", "8", BOTH},
	{"debian", "9.1", "9.13", BOTH},
	{"debian", "10", "12", BOTH},
	{"sles", "11.3", "11.4", BOTH},
	{"sles", "12.1", "12.5", BOTH},
	{"sles", "15", "15.7", BOTH},
};

/* V2A_MATRIX: with the classic experience these cannot be protected. */
static const struct os_range modernized_only[] = {
	{"rhel", "8.9", "10", CAN(V2A)},
	{"rocky", "8", "10", CAN(V2A)},
	{"ol", "8.9", "9", CAN(V2A)},
	{"ubuntu", "22.04", "24.04", CAN(V2A)},
	{"debian", "12", "12", CAN(V2A)},
	{"sles", "15.5", "15.7", CAN(V2A)},
};

/* V2A_MATRIX and A2A_MATRIX; builds by engineering knowledge. */
static const struct windows_support windows_rows[] = {
	{true, 6002, 6003, CAN(V2A), NULL, true, "for migration only"},
	{true, 7601, 7601, CAN(V2A), NULL, false, "with BIOS boot only"},
	{true, 7601, 7601, CAN(A2A), NULL, false, "with updates for SHA-2"},
	{true, 9200, 9200, BOTH, NULL, false, NULL},
	{true, 9600, 9600, BOTH, NULL, false, NULL},
	{true, 14393, 14393, BOTH, NULL, false, NULL},
	{true, 17763, 17763, BOTH, NULL, false, NULL},
	{true, 20348, 20348, BOTH, NULL, false, NULL},
	{true, 26100, 26100, BOTH, NULL, false, NULL},
	{false, 7601, 7601, BOTH, NULL, false, NULL},
	{false, 9200, 9200, BOTH, NULL, false, NULL},
	{false, 9600, 9600, BOTH, NULL, false, NULL},
	{false, 10240, 19045, BOTH, NULL, false, NULL},
	{false, 22000, UINT_MAX, CAN(A2A), "9.56", false, NULL},
};

/* HYDRATION_CODE; the live service covers more. */
static const struct os_range hydrated[] = {
	{"ol", "6", "9", CAN(V2A)},
	{"rhel", "6", "9", CAN(V2A)},
	{"centos", "6", "9", CAN(V2A)},
	{"sles", "11", "12", CAN(V2A)},
	{"sles", "15", "15", CAN(V2A)},
	{"ubuntu", "14", "14", CAN(V2A)},
	{"ubuntu", "16", "16", CAN(V2A)},
	{"ubuntu", "18", "22", CAN(V2A)},
	{"debian", "7", "11", CAN(V2A)},
	{"kali", "0", "9999", CAN(V2A)},
};

/* V2A_MATRIX, and its copy from 2026. */
static const struct {
	const char *agent;
	enum experience only;
	bool released; /* for machines on premises at all */
} agents[] = {
	{"9.56", MODERNIZED, true},
	{"9.58", MODERNIZED, false},
	{"9.59", CLASSIC, true},
	{"9.60", MODERNIZED, true},
	{"9.62", MODERNIZED, true},
	{"9.63", MODERNIZED, true},
	{"9.64", MODERNIZED, true},
	{"9.65", MODERNIZED, true},
	{"9.66", MODERNIZED, true},
};

/* "7.9.2009" is below "7.9", and "7.9" itself is; "7.10" is not. */
static bool is_below(const char *version, const char *of)
{
	size_t n = strlen(of);

	return !strncmp(version, of, n) && (!version[n] || version[n] == '.');
}

static bool in_range(const struct os_range *r, const char *id, const char *version)
{
	if (!strcmp(id, "sles_sap"))
		id = "sles";
	if (strcmp(r->id, id))
		return false;
	return version_compare(version, r->from) >= 0 &&
	       (version_compare(version, r->to) <= 0 || is_below(version, r->to));
}

static bool find(
	const struct os_range *rows, size_t n, const char *id, const char *version, unsigned where)
{
	for (size_t i = 0; id && version && i < n; i++) {
		if ((rows[i].where & where) && in_range(&rows[i], id, version))
			return true;
	}
	return false;
}

bool matrix_lists(const char *id, const char *version, enum scenario s)
{
	return find(supported, ARRAY_LEN(supported), id, version, s == HYPERV ? BOTH : CAN(s));
}

bool matrix_lists_anywhere(const char *id, const char *version)
{
	return find(supported, ARRAY_LEN(supported), id, version, BOTH);
}

const struct windows_support *matrix_windows(const struct windows_release *r, enum scenario s)
{
	for (size_t i = 0; i < ARRAY_LEN(windows_rows); i++) {
		const struct windows_support *row = &windows_rows[i];

		if (row->server == r->server && r->build >= row->from && r->build <= row->to &&
			(row->where & CAN(s)))
			return row;
	}
	return NULL;
}

enum windows_channel matrix_windows_channel(unsigned build)
{
	static const unsigned semi_annual[] = {16299, 17134, 18362, 18363, 19041, 19042, 25398};
	static const unsigned long_term[] = {
		6001, 6002, 6003, 7600, 7601, 9200, 9600, 14393, 17763, 20348, 26100};

	for (size_t i = 0; i < ARRAY_LEN(semi_annual); i++) {
		if (semi_annual[i] == build)
			return CHANNEL_SHORT;
	}
	for (size_t i = 0; i < ARRAY_LEN(long_term); i++) {
		if (long_term[i] == build)
			return CHANNEL_LONG;
	}
	return CHANNEL_UNKNOWN;
}

bool matrix_modernized_only(const char *id, const char *version)
{
	return find(modernized_only, ARRAY_LEN(modernized_only), id, version, CAN(V2A));
}

bool matrix_hydrates(const char *id, const char *version)
{
	return find(hydrated, ARRAY_LEN(hydrated), id, version, CAN(V2A));
}

const char *matrix_agent_experience(const char *agent_version, enum experience x)
{
	for (size_t i = 0; i < ARRAY_LEN(agents); i++) {
		if (!is_below(agent_version, agents[i].agent))
			continue;
		if (!agents[i].released)
			return "was not released for machines on premises";
		if (agents[i].only == x)
			return NULL;
		return x == CLASSIC ? "was released for the modernized experience only"
				    : "was released for the classic experience only";
	}
	return NULL;
}

/* ---- kernels ---- */

/*
 * Series of the kernels of Red Hat Enterprise Linux: 5.14.0-NUMBER of 9, 6.12.0-NUMBER of 10, and
 * those of 8 that have a minimum.  V2A_MATRIX and A2A_MATRIX, with the agent that brought them.
 */
static const struct el_series {
	unsigned major, number;
	const char *min, *agent; /* NULL: any */
} el_series[] = {
	{8, 305, "305.30.1", NULL},
	{8, 305, "305.148.1", "9.65"}, /* from this one on, while those before it need none */
	{8, 348, "348.5.1", NULL},
	{9, 70, NULL, NULL},
	{9, 162, NULL, NULL},
	{9, 284, NULL, NULL},
	{9, 362, NULL, NULL},
	{9, 427, NULL, NULL},
	{9, 503, "503.11.1", "9.64"},
	{9, 570, "570.12.1", "9.65"},
	{9, 611, "611.5.1", "9.66"},
	{10, 55, "55.9.1", "9.66"},
	{10, 124, "124.8.1", "9.66"},
};

/* "305.30.1" of 4.18.0-305.30.1.el8_4.x86_64; false: not of that form. */
static bool el_build(const char *release, char build[64])
{
	const char *dash = strchr(release, '-'), *el = dash ? strstr(dash, ".el") : NULL;

	if (!el || (size_t)(el - dash) > 63 || !isdigit((unsigned char)dash[1]))
		return false;
	memcpy(build, dash + 1, (size_t)(el - dash - 1));
	build[el - dash - 1] = '\0';
	return true;
}

static unsigned leading_number(const char *s)
{
	return (unsigned)strtoul(s, NULL, 10);
}

/* The rows of one series: below the first row's minimum is too old; the last row that is reached
 * tells the agent. */
static enum kernel_verdict judge_series(
	unsigned major, const char *build, const char *agent_version, const char **ret_than)
{
	enum kernel_verdict v = KERNEL_NO_RULE;
	unsigned newest = 0;

	for (size_t i = 0; i < ARRAY_LEN(el_series); i++) {
		const struct el_series *s = &el_series[i];

		if (s->major != major)
			continue;
		newest = s->number;
		if (s->number != leading_number(build))
			continue;
		if (s->min && version_compare(build, s->min) < 0) {
			if (v == KERNEL_NO_RULE) {
				*ret_than = s->min;
				return KERNEL_TOO_OLD;
			}
			continue;
		}
		v = KERNEL_GOOD;
		if (s->agent && version_compare(agent_version, s->agent) < 0) {
			*ret_than = s->agent;
			v = KERNEL_WANTS_AGENT;
		}
	}
	if (v == KERNEL_NO_RULE)
		return leading_number(build) > newest ? KERNEL_NEWER : KERNEL_BAD;
	return v;
}

static bool number_within(const char *build, unsigned from, unsigned to)
{
	return leading_number(build) >= from && leading_number(build) <= to;
}

static enum kernel_verdict el_kernel(
	unsigned major, const char *release, const char *agent_version, const char **ret_than)
{
	char build[64], el[16];
	bool good = false;

	snprintf(el, sizeof(el), ".el%u", major);
	if (!el_build(release, build) || !strstr(release, el) || strstr(release, "uek"))
		return KERNEL_BAD;
	switch (major) {
	case 5:
		good = str_starts(release, "2.6.18-") &&
		       (str_ends(release, ".el5") || str_ends(release, ".el5xen"));
		break;
	case 6:
		good = str_starts(release, "2.6.32-") && number_within(build, 71, 754) &&
		       (str_ends(release, ".el6.x86_64") ||
			       str_ends(release, ".el6.centos.plus.x86_64"));
		break;
	case 7:
		good = str_ends(release, ".el7.x86_64");
		break;
	case 8:
		/* Any series; only some have minima. */
		if (!number_within(build, 305, 305) && !number_within(build, 348, 348))
			return KERNEL_GOOD;
		return judge_series(8, build, agent_version, ret_than);
	case 9:
	case 10:
		return judge_series(major, build, agent_version, ret_than);
	default:
		return KERNEL_NEWER;
	}
	return good ? KERNEL_GOOD : KERNEL_BAD;
}

static bool has_uek(const char *release, unsigned major)
{
	char uek[16];

	snprintf(uek, sizeof(uek), ".el%uuek", major);
	return strstr(release, uek);
}

static enum kernel_verdict ol_kernel(
	unsigned major, const char *release, const char *agent_version, const char **ret_than)
{
	char build[64];

	if (has_uek(release, major)) {
		if (major == 6)
			return str_starts(release, "3.8.13") || str_starts(release, "4.1.12")
				       ? KERNEL_GOOD
				       : KERNEL_BAD;
		return major <= 9 ? KERNEL_GOOD : KERNEL_NEWER;
	}
	if (!el_build(release, build))
		return KERNEL_BAD;
	if (major == 6 && !number_within(build, 358, 754))
		return KERNEL_BAD;
	/* The published check ends here, while the matrix goes on to later minor releases. */
	if (major == 8 && leading_number(build) > 348 && strstr(release, ".el8"))
		return KERNEL_NEWER;
	return el_kernel(major, release, agent_version, ret_than);
}

enum kernel_verdict matrix_kernel(const char *id, unsigned major, const char *release,
	const char *agent_version, const char **ret_than)
{
	*ret_than = "";
	if (!strcmp(id, "rhel"))
		return el_kernel(major, release, agent_version, ret_than);
	if (!strcmp(id, "ol"))
		return ol_kernel(major, release, agent_version, ret_than);
	if (strcmp(id, "sles"))
		return KERNEL_NO_RULE;
	if (major == 11)
		return str_starts(release, "3.0") &&
				       (str_ends(release, "-default") || str_ends(release, "-xen"))
			       ? KERNEL_GOOD
			       : KERNEL_BAD;
	return str_ends(release, "-default") ? KERNEL_GOOD : KERNEL_NO_RULE;
}
