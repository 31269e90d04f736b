/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * sshd: is it there, does it start, with which configuration.  The configuration is read as sshd
 * would, Includes in place; patterns are expanded as glob(7) does, in the order of bytes.
 */
#include "guest/linux_login.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

/* ---- configuration ---- */

struct includer {
	struct sshd_includer base;
	struct guest *guest;
	struct sshd_reader *reader;
	size_t lookups, entries; /* left: files and directories to look at, names to compare */
};

/* A directory of includes that could not be listed stands among the files that were not read. */
static void include_unlisted(struct includer *x, const char *dir, const char *why)
{
	struct guest_file *f = arena_new(x->guest->vm->arena, struct guest_file);

	f->path = dir;
	f->status = FILE_UNREADABLE;
	f->from = origin_at(x->guest, dir);
	f->reason = REASON_UNREADABLE;
	f->why = why;
	*list_add(x->guest->vm->arena, &x->guest->sshd.includes) = f;
}

/* Takes n from what is left; false, and the configuration is cut, when there is not enough. */
static bool spend(struct includer *x, size_t *left, size_t n)
{
	if (*left < n) {
		x->guest->sshd.config.limit = true;
		return false;
	}
	*left -= n;
	return true;
}

static void include_file(struct includer *x, const char *path)
{
	const struct guest_file *f;

	if (!spend(x, &x->lookups, 1))
		return;
	f = guest_read(x->guest, path);
	if (f->status == FILE_ABSENT)
		return;
	*list_add(x->guest->vm->arena, &x->guest->sshd.includes) = f;
	if (f->status == FILE_READ)
		sshd_include_text(x->reader, f->path, f->text, f->len);
}

/* Expands the first component of rest below dir, and what it gives with those behind it. */
static void expand(struct includer *x, const char *dir, const char *rest, unsigned depth)
{
	struct arena *a = x->guest->vm->arena;
	const char *next = strchrnul(rest, '/');
	const char *component = arena_strndup(a, rest, (size_t)(next - rest));
	const char *why = NULL;
	struct name_list names;

	if (depth > PATH_DEPTH_MAX)
		return;
	if (!strpbrk(component, "*?[")) {
		const char *path = arena_printf(a, "%s/%s", dir, component);

		if (*next)
			expand(x, path, next + 1, depth + 1);
		else
			include_file(x, path);
		return;
	}
	if (!spend(x, &x->lookups, 1))
		return;
	if (guest_list(x->guest, *dir ? dir : "/", &names, &why) == FILE_UNREADABLE)
		include_unlisted(x, dir, why);
	if (!spend(x, &x->entries, names.n))
		return;
	list_each(n, &names) {
		const char *path;

		if (fnmatch(component, n->name, FNM_PERIOD))
			continue;
		path = arena_printf(a, "%s/%s", dir, n->name);
		if (*next)
			expand(x, path, next + 1, depth + 1);
		else
			include_file(x, path);
	}
}

static void include(struct sshd_includer *i, const char *pattern, struct sshd_reader *r)
{
	struct includer *x = (struct includer *)i;

	struct sshd_reader *outer = x->reader; /* a file that is included may include */

	x->reader = r;
	if (pattern[0] == '/')
		expand(x, "", pattern + 1, 0);
	x->reader = outer;
}

static void collect_config(struct guest *g)
{
	struct sshd *s = &g->sshd;
	struct includer x = {{include}, g, NULL, SSHD_LOOKUPS_MAX, DIR_ENTRIES_MAX};
	const struct guest_file *f = guest_read(g, "/etc/ssh/sshd_config");

	/* Where a distribution keeps its own file in /usr, that of /etc is made only to replace it.
	 */
	if (f->status == FILE_ABSENT && guest_stat(g, "/usr/etc/ssh", NULL) == FILE_READ)
		f = guest_read(g, "/usr/etc/ssh/sshd_config");
	s->config_file = f;
	if (f->status != FILE_READ)
		return;
	sshd_config_read(&s->config, g->vm->arena, f->path, f->text, f->len, &x.base);
}

/* The program behind "Subsystem sftp", unless sshd does it itself. */
static void collect_sftp(struct guest *g)
{
	const struct sshd_value *v = sshd_subsystem(&g->sshd.config, "sftp");

	if (!v || v->n_args < 2 || v->args[1][0] != '/')
		return;
	g->sshd.sftp_server = v->args[1];
	g->sshd.sftp_server_status = guest_stat(g, v->args[1], NULL);
}

/*
 * OpenSSH 7.0 changed the default of PermitRootLogin from "yes" to "prohibit-password".  Red Hat
 * kept "yes" in its 7.4, SUSE until the end of version 15.
 */
static bool permits_root_by_default(const struct release *r)
{
	static const struct {
		const char *id;
		int from, to; /* major versions */
	} releases[] = {{"rhel", 0, 7}, {"centos", 0, 7}, {"ol", 0, 7}, {"debian", 0, 8},
		{"ubuntu", 0, 15}, {"sles", 0, 15}, {"sled", 0, 15}, {"opensuse", 0, 42},
		{"opensuse-leap", 0, 15}, {"opensuse-leap", 42, 42}};
	int major = r->version ? atoi(r->version) : 0;

	for (size_t i = 0; r->id && major && i < ARRAY_LEN(releases); i++) {
		if (!strcmp(r->id, releases[i].id) && releases[i].from <= major &&
			major <= releases[i].to)
			return true;
	}
	return false;
}

/* Modules that keep lists of who may not come in; they hold where sshd asks PAM. */
static void collect_pam(struct guest *g)
{
	const struct sshd_value *v = sshd_for_root(&g->sshd.config, "usepam");
	const struct guest_file *f;
	struct span rest, line;
	unsigned n = 0;

	if (!v || strcmp(v->value, "yes"))
		return;
	f = guest_read(g, "/etc/pam.d/sshd");
	if (f->status != FILE_READ)
		return;
	rest = (struct span){f->text, f->len};
	while (g->sshd.pam_gates.n < PAM_GATES_MAX && next_line(&rest, &line, &n)) {
		line = span_trim(line);
		if (line.n && line.p[0] != '#' &&
			(memmem(line.p, line.n, "pam_access.so", 13) ||
				memmem(line.p, line.n, "pam_listfile.so", 15)))
			*list_add(g->vm->arena, &g->sshd.pam_gates) =
				origin_line(f, n, evidence_text(g->vm->arena, line));
	}
}

/* ---- does it start ---- */

static void enabled_by(struct guest *g, enum enabled enabled, const char *path)
{
	g->sshd.enabled = enabled;
	g->sshd.enabled_by = origin_at(g, path);
}

/*
 * Is it started under this name?  It is ssh on Debian and its kin, sshd elsewhere.  A link in
 * ssh.service.requires makes the socket listen only where the service itself is started.
 */
static bool enabled_as(struct guest *g, const struct services *s, const char *name)
{
	struct arena *a = g->vm->arena;
	const char *service = arena_printf(a, "%s.service", name);
	const struct service_link *socket = services_unit(s, arena_printf(a, "%s.socket", name));
	const struct service_link *unit = services_unit(s, service);

	if (services_mask(s, service))
		return false;
	if (socket && (unit || strstr(socket->path, ".target.")))
		enabled_by(g, ENABLED_BY_SOCKET, socket->path);
	else if (unit)
		enabled_by(g, ENABLED, unit->path);
	else
		return false;
	return true;
}

static bool enabled_by_script(struct guest *g, const struct services *s, const char *name)
{
	const struct service_link *script = services_script(s, name);

	if (script)
		enabled_by(g, ENABLED, script->path);
	return script;
}

/* Upstart of Ubuntu 14.04. */
static bool enabled_by_job(struct guest *g, const struct services *s)
{
	if (s->units.n || guest_stat(g, "/etc/init/ssh.conf", NULL) != FILE_READ ||
		guest_stat(g, "/etc/init/ssh.override", NULL) == FILE_READ)
		return false;
	enabled_by(g, ENABLED, "/etc/init/ssh.conf");
	return true;
}

static void collect_enabled(struct guest *g, const struct services *s)
{
	const char *mask = services_mask(s, "ssh.service");

	if (!mask)
		mask = services_mask(s, "sshd.service");
	if (enabled_as(g, s, "ssh") || enabled_as(g, s, "sshd"))
		return;
	if (mask) {
		enabled_by(g, MASKED, mask);
	} else if (!enabled_by_script(g, s, "ssh") && !enabled_by_script(g, s, "sshd") &&
		   !enabled_by_job(g, s)) {
		g->sshd.enabled = s->why ? ENABLED_UNKNOWN : DISABLED;
		g->sshd.enabled_why = s->why;
		g->sshd.enabled_by = origin_at(g, "/etc/systemd/system");
	}
}

/* ---- the socket ---- */

/* ListenStream= of one unit file or drop-in; an empty one forgets those before it. */
static void add_listen_streams(struct guest *g, const char *path)
{
	static const char key[] = "ListenStream=";
	const struct guest_file *f = guest_read(g, path);
	struct span rest = {f->text, f->len}, line;
	unsigned n = 0;

	if (f->status != FILE_READ)
		return;
	while (next_line(&rest, &line, &n)) {
		struct span value = line = span_trim(line);

		if (!span_starts(line, key))
			continue;
		value = span_trim(
			(struct span){line.p + sizeof(key) - 1, line.n - (sizeof(key) - 1)});
		if (!value.n) {
			g->sshd.socket_ports.n = 0;
			continue;
		}
		*list_add(g->vm->arena, &g->sshd.socket_ports) = (struct fact){
			.value = arena_strndup(g->vm->arena, value.p, value.n),
			.from = origin_line(f, n, evidence_text(g->vm->arena, line)),
		};
	}
}

static void collect_socket(struct guest *g)
{
	struct arena *a = g->vm->arena;
	const char *unit = strrchr(g->sshd.enabled_by.path, '/'), *dir;
	struct name_list names;

	unit = arena_printf(a, "/etc/systemd/system%s", unit);
	dir = arena_printf(a, "%s.d", unit);
	add_listen_streams(g, unit);
	guest_list(g, dir, &names, NULL);
	for (size_t i = 0; i < names.n && i < SSHD_FILES_MAX; i++) {
		if (str_ends(names.at[i].name, ".conf"))
			add_listen_streams(g, arena_printf(a, "%s/%s", dir, names.at[i].name));
	}
	if (!g->sshd.socket_ports.n)
		g->sshd.socket_follows_config =
			guest_stat(g, "/usr/lib/systemd/system-generators/sshd-socket-generator",
				NULL) == FILE_READ;
}

void collect_sshd(struct guest *g, const struct services *s)
{
	struct sshd *sshd = &g->sshd;

	sshd->binary = guest_stat(g, "/usr/sbin/sshd", NULL);
	sshd->binary_from = origin_at(g, "/usr/sbin/sshd");
	sshd->permits_root_by_default = permits_root_by_default(&g->release);
	if (sshd->binary == FILE_ABSENT)
		return;
	collect_config(g);
	collect_sftp(g);
	collect_pam(g);
	collect_enabled(g, s);
	if (sshd->enabled == ENABLED_BY_SOCKET)
		collect_socket(g);
}
