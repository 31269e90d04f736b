/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * os-release(5), and before it a line of each distribution's own.  The agent's order and patterns
 * are those of the package scripts of Azure/Azure-SiteRecovery (MIT licence), 2026-07-02: the first
 * file that exists decides, patterns match anywhere in it.
 */
#include "parse/release.h"

#include <string.h>

#include "base/cleanup.h"
#include "parse/evidence.h"
#include "parse/shellvars.h"

/* ---- what the files say ---- */

static struct span first_line(struct span text)
{
	struct span line = {"", 0};
	unsigned number = 0;

	next_line(&text, &line, &number);
	return span_trim(line);
}

/* The first number of the form 7, 7.9 or 7.9.2009 in a line, or NULL. */
static const char *version_in(struct arena *a, struct span s)
{
	size_t n = 0;

	while (s.n && !(s.p[0] >= '0' && s.p[0] <= '9'))
		s.p++, s.n--;
	while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.'))
		n++;
	while (n && s.p[n - 1] == '.')
		n--;
	return n ? arena_strndup(a, s.p, n) : NULL;
}

static bool contains(struct span s, const char *text)
{
	return s.p && memmem(s.p, s.n, text, strlen(text));
}

/* The number behind "KEY = " in SuSE-release. */
static const char *suse_number(struct arena *a, struct span text, const char *key)
{
	struct span line;
	unsigned number = 0;

	while (next_line(&text, &line, &number)) {
		if (span_starts(line, key))
			return version_in(a, line);
	}
	return NULL;
}

static const char *suse_version(struct arena *a, struct span text)
{
	const char *version = suse_number(a, text, "VERSION");
	const char *patch = suse_number(a, text, "PATCHLEVEL");

	if (!version || !patch || !strcmp(patch, "0"))
		return version;
	return arena_printf(a, "%s.%s", version, patch);
}

static bool from_os_release(struct release *r, struct arena *a, const struct release_files *f)
{
	struct shellvars vars = {0};
	const struct shellvar *id, *pretty;

	if (!f->os_release.p)
		return false;
	shellvars_parse(&vars, a, f->os_release.p, f->os_release.n, 0);
	id = shellvars_get(&vars, "ID");
	pretty = shellvars_get(&vars, "PRETTY_NAME");
	if (!id)
		return false;
	*r = (struct release){
		.id = id->value,
		.id_like = shellvars_value(&vars, "ID_LIKE"),
		.version = shellvars_value(&vars, "VERSION_ID"),
		.name = pretty ? pretty->value : shellvars_value(&vars, "NAME"),
		.file = "/etc/os-release",
		.line = id->line,
		.text = id->text,
	};
	if (pretty) {
		r->line = pretty->line;
		r->text = pretty->text;
	}
	return true;
}

static bool from_lsb(struct release *r, struct arena *a, const struct release_files *f)
{
	struct shellvars vars = {0};
	const struct shellvar *id;

	if (!f->lsb_release.p)
		return false;
	shellvars_parse(&vars, a, f->lsb_release.p, f->lsb_release.n, 0);
	id = shellvars_get(&vars, "DISTRIB_ID");
	if (!id)
		return false;
	*r = (struct release){
		.id = !strcmp(id->value, "Ubuntu") ? "ubuntu" : id->value,
		.version = shellvars_value(&vars, "DISTRIB_RELEASE"),
		.name = shellvars_value(&vars, "DISTRIB_DESCRIPTION"),
		.file = "/etc/lsb-release",
		.line = id->line,
		.text = id->text,
	};
	return true;
}

/* The line of a file that has just one. */
static bool from_line(struct release *r, struct arena *a, struct span text, const char *file)
{
	static const struct {
		const char *word, *id;
	} ids[] = {{"Oracle", "ol"}, {"CentOS", "centos"}, {"Rocky", "rocky"},
		{"AlmaLinux", "almalinux"}, {"Fedora", "fedora"}, {"Red Hat Enterprise", "rhel"},
		{"openSUSE", "opensuse"}, {"SUSE Linux Enterprise", "sles"}};
	struct span line = text.p ? first_line(text) : (struct span){"", 0};

	if (!line.n)
		return false;
	*r = (struct release){
		.id = "linux",
		.version = version_in(a, line),
		.name = evidence_text(a, line),
		.file = file,
		.line = 1,
		.text = evidence_text(a, line),
	};
	for (size_t i = ARRAY_LEN(ids); i-- > 0;) {
		if (contains(line, ids[i].word))
			r->id = ids[i].id;
	}
	return true;
}

static bool from_debian(struct release *r, struct arena *a, const struct release_files *f)
{
	if (!from_line(r, a, f->debian_version, "/etc/debian_version"))
		return false;
	r->id = "debian";
	r->name = arena_printf(a, "Debian GNU/Linux %s", r->text);
	return true;
}

/* A more exact number than os-release has: 12.5 for 12, 7.9.2009 for 7. */
static const char *exact_version(
	struct arena *a, const struct release *r, const struct release_files *f)
{
	const struct span *texts[] = {&f->oracle_release, &f->centos_release, &f->redhat_release};
	const char *v = NULL;

	if (!strcmp(r->id, "debian") && f->debian_version.p)
		v = version_in(a, first_line(f->debian_version));
	for (size_t i = 0; !v && i < ARRAY_LEN(texts); i++) {
		if (texts[i]->p)
			v = version_in(a, first_line(*texts[i]));
	}
	if (!v && f->suse_release.p)
		v = suse_version(a, f->suse_release);
	return v && r->version && !str_starts(v, r->version) ? r->version : v ? v : r->version;
}

bool release_parse(struct release *ret, struct arena *a, const struct release_files *f)
{
	struct release r;

	if (!from_os_release(&r, a, f) &&
		!from_line(&r, a, f->oracle_release, "/etc/oracle-release") &&
		!from_line(&r, a, f->centos_release, "/etc/centos-release") &&
		!from_line(&r, a, f->redhat_release, "/etc/redhat-release") &&
		!from_line(&r, a, f->suse_release, "/etc/SuSE-release") && !from_lsb(&r, a, f) &&
		!from_debian(&r, a, f))
		return false;
	if (f->suse_release.p && !strcmp(r.file, "/etc/SuSE-release"))
		r.version = suse_version(a, f->suse_release);
	r.full_version = exact_version(a, &r, f);
	*ret = r;
	return true;
}

/* ---- what the agent makes of them ---- */

/* Patterns: "release 9.%" wants a digit up to max behind the text; the scripts' '.' is any
 * character, which a release file never shows, so it is taken for the dot it means. */
struct pattern {
	const char *text;
	char max; /* the highest digit that may follow; 0: anything */
	const char *key;
};

static const struct pattern oracle_patterns[] = {
	{"Oracle Linux Server release 6", 0, "OL6-64"},
	{"Oracle Linux Server release 7", 0, "OL7-64"},
	{"Oracle Linux Server release 8", 0, "OL8-64"},
	{"Oracle Linux Server release 9.", '6', "OL9-64"},
	{"Oracle Linux Server release 10.", '0', "OL10-64"},
};

static const struct pattern redhat_patterns[] = {
	{"Red Hat Enterprise Linux Server release 5", 0, "RHEL5-64"},
	{"CentOS release 5", 0, "RHEL5-64"},
	{"Red Hat Enterprise Linux Server release 6", 0, "RHEL6-64"},
	{"Red Hat Enterprise Linux Workstation release 6", 0, "RHEL6-64"},
	{"CentOS Linux release 6", 0, "RHEL6-64"},
	{"CentOS release 6", 0, "RHEL6-64"},
	{"Red Hat Enterprise Linux Server release 7", 0, "RHEL7-64"},
	{"Red Hat Enterprise Linux Workstation release 7", 0, "RHEL7-64"},
	{"CentOS Linux release 7", 0, "RHEL7-64"},
	{"Red Hat Enterprise Linux release 8", 0, "RHEL8-64"},
	{"CentOS Linux release 8", 0, "RHEL8-64"},
	{"Rocky Linux release 8", 0, "RHEL8-64"},
	{"AlmaLinux release 8", 0, "RHEL8-64"},
	{"Red Hat Enterprise Linux release 9.", '8', "RHEL9-64"},
	{"CentOS Linux release 9.", '8', "RHEL9-64"},
	{"Rocky Linux release 9.", '8', "RHEL9-64"},
	{"AlmaLinux release 9.", '8', "RHEL9-64"},
	{"Red Hat Enterprise Linux release 10.", '0', "RHEL10-64"},
	{"Rocky Linux release 10.", '0', "RHEL10-64"},
	{"AlmaLinux release 10.", '0', "RHEL10-64"},
};

static bool pattern_is(struct span text, const struct pattern *p)
{
	const char *hit, *end = text.p + text.n;
	size_t n = strlen(p->text);

	for (; (hit = memmem(text.p, text.n, p->text, n)); text.p = hit + n) {
		if (!p->max || (hit + n < end && hit[n] >= '0' && hit[n] <= p->max))
			return true;
		text.n = (size_t)(end - hit) - n;
	}
	return false;
}

static const char *first_match(struct span text, const struct pattern *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (pattern_is(text, &p[i]))
			return p[i].key;
	}
	return NULL;
}

/* All digits of the file read as one number, which is how the scripts compare versions. */
static unsigned digits(struct span text)
{
	unsigned v = 0;

	for (size_t i = 0; i < text.n && v < 100000; i++) {
		if (text.p[i] >= '0' && text.p[i] <= '9')
			v = v * 10 + (unsigned)(text.p[i] - '0');
	}
	return v;
}

static const char *oracle_key(struct span text)
{
	const char *key = first_match(text, oracle_patterns, ARRAY_LEN(oracle_patterns));

	return key && !strcmp(key, "OL6-64") && digits(text) < 64 ? NULL : key;
}

static const char *redhat_key(struct span text)
{
	const char *key = first_match(text, redhat_patterns, ARRAY_LEN(redhat_patterns));

	if (key && !strcmp(key, "RHEL5-64") && (digits(text) < 52 || digits(text) > 511))
		return NULL;
	return key;
}

static const char *suse_key(struct span text)
{
	if (contains(text, "VERSION = 11") && contains(text, "PATCHLEVEL = 3"))
		return "SLES11-SP3-64";
	if (contains(text, "VERSION = 11") && contains(text, "PATCHLEVEL = 4"))
		return "SLES11-SP4-64";
	return contains(text, "VERSION = 12") ? "SLES12-64" : NULL;
}

static const char *ubuntu_key(struct arena *a, struct span text)
{
	static const char *const releases[] = {
		"14.04", "16.04", "18.04", "20.04", "22.04", "24.04"};

	for (size_t i = 0; i < ARRAY_LEN(releases); i++) {
		if (contains(text, arena_printf(a, "DISTRIB_RELEASE=%s", releases[i])))
			return arena_printf(a, "UBUNTU-%s-64", releases[i]);
	}
	return NULL;
}

static const char *debian_key(struct arena *a, struct span text)
{
	struct span line;
	unsigned number = 0;

	while (next_line(&text, &line, &number)) {
		for (unsigned v = 7; v <= 12; v++) {
			if (span_starts(line, arena_printf(a, "%u", v)))
				return arena_printf(a, "DEBIAN%u-64", v);
		}
	}
	return NULL;
}

static const char *agent_key(struct arena *a, const struct release_files *f, const char **ret_file)
{
	bool suse = contains(f->suse_release, "VERSION = 11") ||
		    contains(f->suse_release, "VERSION = 12");

	if (f->oracle_release.p) {
		*ret_file = "/etc/oracle-release";
		return oracle_key(f->oracle_release);
	}
	if (f->redhat_release.p) {
		*ret_file = "/etc/redhat-release";
		return redhat_key(f->redhat_release);
	}
	if (suse) {
		*ret_file = "/etc/SuSE-release";
		return suse_key(f->suse_release);
	}
	if (contains(f->os_release, "SLES") || contains(f->os_release, "openSUSE Leap")) {
		*ret_file = "/etc/os-release";
		return contains(f->os_release, "VERSION=\"15") ? "SLES15-64" : NULL;
	}
	if (f->lsb_release.p) {
		*ret_file = "/etc/lsb-release";
		return ubuntu_key(a, f->lsb_release);
	}
	*ret_file = f->debian_version.p ? "/etc/debian_version" : NULL;
	return f->debian_version.p ? debian_key(a, f->debian_version) : NULL;
}

const char *release_agent_key(
	struct arena *a, const struct release_files *f, const char *arch, const char **ret_file)
{
	const char *file = NULL, *key = agent_key(a, f, &file);

	if (ret_file)
		*ret_file = file;
	return arch && !strcmp(arch, "x86_64") ? key : NULL;
}
