/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Traces of an agent and of a failover, and settings that an agent depends on.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "guest/collect.h"
#include "parse/evidence.h"
#include "parse/ini.h"

static struct span text_of(const struct guest_file *f)
{
	return (struct span){f->text, f->len};
}

static bool has(struct guest *g, const char *path, struct origin *ret)
{
	struct fs_file f;

	if (guest_stat(g, path, &f) != FILE_READ)
		return false;
	*ret = origin_found(&f, arena_strdup(g->vm->arena, path));
	return true;
}

static void saw(struct guest *g, const struct origin *from)
{
	if (!g->traces.seen)
		g->traces.seen_from = *from;
	g->traces.seen = true;
}

/* NULL: it is absent, or cannot be read, which is noted. */
static const struct guest_file *read_trace(struct guest *g, const char *path)
{
	const struct guest_file *f = guest_read(g, path);

	if (f->status == FILE_UNREADABLE)
		*list_add(g->vm->arena, &g->traces.unreadable) = f;
	return f->status == FILE_READ ? f : NULL;
}

static struct fact ini_fact(struct guest *g, const struct guest_file *f, const char *key)
{
	struct span value, line;
	unsigned number;

	if (!f || !ini_value(text_of(f), key, &value, &line, &number) || !value.n)
		return (struct fact){0};
	return (struct fact){arena_strndup(g->vm->arena, value.p, value.n),
		origin_line(f, number, evidence_text(g->vm->arena, line))};
}

void collect_agent_settings(struct guest *g, const char *path)
{
	const struct guest_file *f = read_trace(g, path);

	g->traces.platform = ini_fact(g, f, "VmPlatform");
	g->traces.cs_type = ini_fact(g, f, "CSType");
}

/* ---- the agent for Linux ---- */

/* "RELEASE_9.67.0.0_GA_7789_Apr_30_2026_INMAGE" */
static struct fact of_build(struct guest *g, struct fact tag)
{
	const char *start = "RELEASE_", *p = tag.value;

	if (!p || !str_starts(p, start))
		return (struct fact){0};
	p += strlen(start);
	tag.value = arena_strndup(g->vm->arena, p, strcspn(p, "_"));
	return tag;
}

static void read_version(struct guest *g, const struct guest_file *f)
{
	struct agent_traces *t = &g->traces;

	if (!f)
		return;
	saw(g, &f->from);
	if (!t->dir)
		t->dir = ini_fact(g, f, "INSTALLATION_DIR").value;
	if (!t->version.value)
		t->version = ini_fact(g, f, "PROD_VERSION");
	if (!t->version.value)
		t->version = of_build(g, ini_fact(g, f, "BUILD_TAG"));
	if (!t->version.value)
		t->version = ini_fact(g, f, "VERSION");
}

static void find_agent(struct guest *g)
{
	static const char *const places[] = {"/usr/local/ASR/Vx", "/etc/vxagent",
		"/etc/systemd/system/vxagent.service", "/usr/lib/systemd/system/vxagent.service",
		"/etc/init.d/vxagent"};
	struct origin o;

	read_version(g, read_trace(g, "/usr/local/.vx_version"));
	read_version(g, read_trace(g, "/etc/vxagent/backup/.vx_version"));
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (has(g, places[i], &o))
			saw(g, &o);
	}
	if (g->traces.dir && g->traces.dir[0] == '/')
		collect_agent_settings(
			g, arena_printf(g->vm->arena, "%s/etc/drscout.conf", g->traces.dir));
	if (!g->traces.platform.value && !g->traces.cs_type.value)
		collect_agent_settings(g, "/usr/local/drscout.conf");
}

/* ---- a failover ---- */

static void add_trace(struct guest *g, const struct origin *from, const char *what)
{
	*list_add(g->vm->arena, &g->traces.hydration) = (struct fact){what, *from};
}

static bool is_backup(const char *name)
{
	return str_ends(name, ".bck_azure_sms") || !strcmp(name, "azure_sms_bck");
}

/* The first of a directory's names that a failover made. */
static void look_for(
	struct guest *g, const char *dir, const char *prefix, bool backups, const char *what)
{
	struct name_list names;

	if (guest_list(g, dir, &names, NULL) != FILE_READ)
		return;
	list_each(n, &names) {
		struct origin o;

		if (!(prefix && str_starts(n->name, prefix)) && !(backups && is_backup(n->name)))
			continue;
		if (has(g, arena_printf(g->vm->arena, "%s/%s", dir, n->name), &o)) {
			add_trace(g, &o, what);
			return;
		}
	}
}

static void collect_hydration(struct guest *g)
{
	static const struct {
		const char *path, *what;
	} files[] = {
		{"/etc/fstab.azure_sms_bck", "the fstab of before"},
		{"/etc/azure_sms_blkid.out", "the UUIDs that it found"},
		{"/usr/local/azure-migrate", "its start-up program"},
		{"/etc/systemd/system/azure-migrate-startup.service", "its start-up service"},
		{"/usr/lib/systemd/system/azure-migrate-startup.service", "its start-up service"},
		{"/etc/init.d/azure-migrate-startup", "its start-up service"},
		{"/etc/systemd/system/asr-installga.service",
			"the service that installs Azure's agent"},
		{"/usr/lib/systemd/system/asr-installga.service",
			"the service that installs Azure's agent"},
		{"/etc/init.d/asr-installga", "the service that installs Azure's agent"},
		{"/etc/netplan/50-azure_migrate_dhcp.yaml", "the network settings that it made"},
	};
	/* Where files lie that it changes: a copy stays beside each. */
	static const char *const changed[] = {"/etc", "/etc/default", "/boot/grub", "/boot/grub2",
		"/etc/sysconfig", "/etc/sysconfig/network", "/etc/sysconfig/network-scripts",
		"/etc/network", "/etc/netplan", "/etc/udev/rules.d", "/etc/lvm", "/etc/dhcp"};
	struct origin o;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (has(g, files[i].path, &o))
			add_trace(g, &o, files[i].what);
	}
	look_for(g, "/var/log", "am-hydration-log-", false, "its log");
	look_for(g, "/var", "ASRLinuxGA-", false, "Azure's agent, to be installed");
	for (size_t i = 0; i < ARRAY_LEN(changed); i++)
		look_for(g, changed[i], NULL, true, "a file of before");
}

/* ---- proxy, certificates ---- */

static void collect_proxy(struct guest *g)
{
	static const char *const files[] = {
		"/usr/local/InMage/config/ProxyInfo.conf", "/etc/environment"};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct guest_file *f = guest_read(g, files[i]);

		if (f->status != FILE_ABSENT)
			*list_add(g->vm->arena, &g->traces.proxy_files) = f;
	}
}

/* The first line of each, in PEM: version, serial number, and how it is signed. */
static const struct root {
	const char *name, *line, *file, *link;
} roots[] = {
	{"DigiCert Global Root CA",
		"MIIDrzCCApegAwIBAgIQCDvgVpBCRrGhdWrJWZHHSjANBgkqhkiG9w0BAQUFADBh",
		"/etc/ssl/certs/DigiCert_Global_Root_CA.pem", "/etc/ssl/certs/3513523f.0"},
	{"DigiCert Global Root G2",
		"MIIDjjCCAnagAwIBAgIQAzrx5qcRqaC7KGSxHQn65TANBgkqhkiG9w0BAQsFADBh",
		"/etc/ssl/certs/DigiCert_Global_Root_G2.pem", "/etc/ssl/certs/607986c7.0"},
};

bool guest_is_suse(const struct guest *g)
{
	return g->id.value && (str_starts(g->id.value, "sle") || strstr(g->id.value, "suse"));
}

static bool look_in(struct guest *g, const char *path, const struct root *r, bool alone)
{
	const struct guest_file *f = guest_read(g, path);
	struct trusted_root *t;
	struct origin link;

	if (f->status == FILE_UNREADABLE)
		g->traces.certificates = f;
	if (f->status != FILE_READ || !memmem(f->text, f->len, r->line, strlen(r->line)))
		return false;
	t = list_add(g->vm->arena, &g->traces.roots);
	*t = (struct trusted_root){.name = r->name, .from = f->from};
	if (alone && guest_is_suse(g)) {
		t->link = r->link;
		t->no_link = !has(g, r->link, &link);
	}
	return true;
}

/* A file of its own first: bundles hold all certificates there are. */
static void collect_roots(struct guest *g)
{
	static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/pki/tls/certs/ca-bundle.crt", "/var/lib/ca-certificates/ca-bundle.pem"};

	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		look_in(g, roots[i].file, &roots[i], true);
	for (size_t b = 0; b < ARRAY_LEN(bundles) && !g->traces.roots.n; b++) {
		for (size_t i = 0; i < ARRAY_LEN(roots); i++)
			look_in(g, bundles[b], &roots[i], false);
	}
}

void collect_linux_traces(struct guest *g)
{
	const struct guest_file *fips = guest_read(g, "/etc/system-fips");

	if (fips->status != FILE_ABSENT)
		g->traces.system_fips = fips;
	find_agent(g);
	collect_hydration(g);
	collect_proxy(g);
	collect_roots(g);
}
