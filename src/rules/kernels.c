/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table is small (20 KB) and asked a few times a run: it is walked, not indexed.
 */
#include "rules/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rules/kernel_table.h"

/* Spans of a release: 5.15.0 and generic of 5.15.0-91-generic. */
struct parts {
	struct span base, flavour;
};

static bool is_flavour_word(const char *p, size_t n)
{
	return n && !(p[0] >= '0' && p[0] <= '9') && !memchr(p, '.', n);
}

/* The flavour is the longest tail of words that start with a letter: cloud-amd64, but not lp152.19.
 */
static struct parts parts_of(const char *release)
{
	const char *end = release + strlen(release), *first = strchr(release, '-'), *from = end;
	struct parts parts = {
		.base = {release, first ? (size_t)(first - release) : strlen(release)}};

	for (const char *p = end; first && p > first; p--) {
		const char *word = p;
		size_t n = strcspn(word, "-");

		if (p[-1] != '-')
			continue;
		if (!is_flavour_word(word, n))
			break;
		from = word;
	}
	parts.flavour = (struct span){from, (size_t)(end - from)};
	return parts;
}

static bool same(struct span a, struct span b)
{
	return a.n == b.n && !memcmp(a.p, b.p, a.n);
}

static unsigned agent_number(const char *version)
{
	char *end;
	unsigned long major = strtoul(version, &end, 10);
	unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

	return major > 60 || minor > 999 ? 60999 : (unsigned)(major * 1000 + minor);
}

static bool known_by(const struct kernel_run *r, enum kernel_scenario scenario, unsigned agent)
{
	return r->since[scenario] && r->since[scenario] <= agent;
}

/* The number that stands between before and behind in release, or -1. */
static long number_in(const struct kernel_series *s, const char *release)
{
	const char *digits;
	char *end;
	unsigned long v;

	if (!str_starts(release, s->before))
		return -1;
	digits = release + strlen(s->before);
	if (!(*digits >= '0' && *digits <= '9') ||
		(digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'))
		return -1;
	v = strtoul(digits, &end, 10);
	return v <= UINT16_MAX && !strcmp(end, s->behind) ? (long)v : -1;
}

/* The highest release of a series that this agent knows; false when it knows none. */
static bool highest_of(const struct kernel_series *s, enum kernel_scenario scenario, unsigned agent,
	char release[KERNEL_RELEASE_MAX])
{
	for (unsigned i = s->n_runs; i-- > 0;) {
		const struct kernel_run *r = &kernel_runs[s->first_run + i];

		if (known_by(r, scenario, agent)) {
			snprintf(
				release, KERNEL_RELEASE_MAX, "%s%u%s", s->before, r->hi, s->behind);
			return true;
		}
	}
	return false;
}

static void look_for(struct kernel_answer *ans, const struct kernel_series *s,
	enum kernel_scenario scenario, unsigned agent, const char *release)
{
	long number = number_in(s, release);

	for (unsigned i = 0; number >= 0 && i < s->n_runs; i++) {
		const struct kernel_run *r = &kernel_runs[s->first_run + i];

		if (number < r->lo || number > r->hi)
			continue;
		ans->listed |= known_by(r, scenario, agent);
		ans->listed_later |= r->since[scenario] > agent;
	}
}

static void keep_higher(char best[KERNEL_RELEASE_MAX], const char *release)
{
	if (!*best || version_compare(release, best) > 0)
		strcpy(best, release);
}

struct kernel_answer kernel_lookup(const char *os_key, enum kernel_scenario scenario,
	const char *agent_version, const char *release)
{
	struct kernel_answer ans = {0};
	struct parts want = parts_of(release);
	char of_flavour[KERNEL_RELEASE_MAX] = "", top[KERNEL_RELEASE_MAX];
	unsigned agent = agent_number(agent_version);

	for (size_t i = 0; i < n_kernel_series; i++) {
		const struct kernel_series *s = &kernel_series[i];
		struct parts have;

		if (!os_key || strcmp(kernel_systems[s->system], os_key))
			continue;
		look_for(&ans, s, scenario, agent, release);
		if (!highest_of(s, scenario, agent, top))
			continue;
		ans.os_listed = true;
		have = parts_of(top);
		if (!same(have.flavour, want.flavour))
			continue;
		ans.flavour_listed = true;
		keep_higher(of_flavour, top);
		if (same(have.base, want.base)) {
			ans.base_listed = true;
			keep_higher(ans.highest, top);
		}
	}
	ans.newer_than_base = ans.base_listed && version_compare(release, ans.highest) > 0;
	ans.newer_than_all =
		!ans.base_listed && *of_flavour && version_compare(release, of_flavour) > 0;
	if (!ans.base_listed)
		strcpy(ans.highest, of_flavour);
	return ans;
}

bool kernel_listed(const char *os_key, enum kernel_scenario scenario, const char *agent_version,
	const char *release)
{
	return kernel_lookup(os_key, scenario, agent_version, release).listed;
}

/* The lowest and the highest version that listed anything for a scenario. */
static void bounds(enum kernel_scenario scenario, unsigned *ret_lo, unsigned *ret_hi)
{
	const struct kernel_series *last = &kernel_series[n_kernel_series - 1];
	size_t n_runs = (size_t)last->first_run + last->n_runs;

	*ret_lo = UINT16_MAX;
	*ret_hi = 0;
	for (size_t i = 0; i < n_runs; i++) {
		unsigned since = kernel_runs[i].since[scenario];

		if (since && since < *ret_lo)
			*ret_lo = since;
		if (since > *ret_hi)
			*ret_hi = since;
	}
}

static const char *agent_text(unsigned number, char text[16])
{
	snprintf(text, 16, "%u.%u", number / 1000, number % 1000);
	return text;
}

const char *kernel_newest_agent(void)
{
	static char text[16];
	unsigned lo, v2a, a2a;

	bounds(KERNELS_V2A, &lo, &v2a);
	bounds(KERNELS_A2A, &lo, &a2a);
	return agent_text(v2a > a2a ? v2a : a2a, text);
}

const char *kernel_oldest_agent(enum kernel_scenario scenario)
{
	static char text[KERNELS_SCENARIOS][16];
	unsigned lo, hi;

	bounds(scenario, &lo, &hi);
	return agent_text(lo, text[scenario]);
}

const char *kernel_lists_date(void)
{
	return kernel_lists_as_of;
}
