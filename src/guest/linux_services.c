/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which services start at boot.  systemd: the links "systemctl enable" makes in /etc (bootup(7),
 * systemd.unit(5)); those a distribution ships below /usr/lib are left out, none of the services
 * looked for is enabled that way.  SysV init: S??name in the directories of runlevels 2 to 5.
 */
#include "guest/linux_login.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

#define ETC_SYSTEMD "/etc/systemd/system"

struct origin origin_at(const struct guest *g, const char *path)
{
	const struct filesystem *fs = guest_filesystem_of(g, path);

	return (struct origin){
		.device = fs ? fs->volume->name : NULL,
		.path = path,
		.state = evidence_state(fs),
	};
}

/* Directories of what every boot starts, and of what ssh.service draws in. */
static bool is_boot_dir(const char *name)
{
	static const char *const owners[] = {"basic.target.", "default.target.",
		"graphical.target.", "multi-user.target.", "network.target.", "network-pre.target.",
		"sockets.target.", "ssh.service.", "sshd.service.", "sysinit.target."};

	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		size_t n = strlen(owners[i]);

		if (str_starts(name, owners[i]) &&
			(!strcmp(name + n, "wants") || !strcmp(name + n, "requires")))
			return true;
	}
	return false;
}

static bool list_names(struct services *s, const char *path, struct name_list *ret)
{
	if (s->seen >= UNIT_LINKS_MAX) {
		s->why = "more services are started there than are looked at";
		return false;
	}
	if (guest_list(s->guest, path, ret, &s->why) != FILE_READ)
		return false;
	s->seen += ret->n;
	return true;
}

static void add_units(struct services *s, const char *dir)
{
	struct arena *a = s->guest->vm->arena;
	const char *path = arena_printf(a, ETC_SYSTEMD "/%s", dir);
	struct name_list names;

	if (!list_names(s, path, &names))
		return;
	list_each(n, &names) {
		*list_add(a, &s->units) = (struct service_link){
			.path = arena_printf(a, "%s/%s", path, n->name),
			.name = n->name,
		};
	}
}

static void add_scripts(struct services *s, const char *path)
{
	struct arena *a = s->guest->vm->arena;
	struct name_list names;

	if (!list_names(s, path, &names))
		return;
	list_each(n, &names) {
		const char *name = n->name;

		if (name[0] != 'S' || !isdigit((unsigned char)name[1]) ||
			!isdigit((unsigned char)name[2]))
			continue;
		*list_add(a, &s->scripts) = (struct service_link){
			.path = arena_printf(a, "%s/%s", path, name),
			.name = name + 3,
		};
	}
}

/* Debian, Red Hat, SUSE; the first two are often links to each other. */
static void collect_scripts(struct services *s)
{
	static const char *const places[] = {
		"/etc/rc%u.d", "/etc/rc.d/rc%u.d", "/etc/init.d/rc%u.d"};

	for (size_t i = 0; i < ARRAY_LEN(places) && !s->scripts.n; i++) {
		for (char level = '2'; level <= '5'; level++) {
			char *path = arena_strdup(s->guest->vm->arena, places[i]);
			char *mark = strstr(path, "%u");

			*mark = level;
			memmove(mark + 1, mark + 2, strlen(mark + 2) + 1);
			add_scripts(s, path);
		}
	}
}

void services_collect(struct services *ret, struct guest *g)
{
	*ret = (struct services){.guest = g};
	guest_list(g, ETC_SYSTEMD, &ret->etc, &ret->why);
	list_each(n, &ret->etc) {
		if (is_boot_dir(n->name))
			add_units(ret, n->name);
	}
	if (!ret->units.n && guest_stat(g, "/lib/systemd/systemd", NULL) != FILE_READ)
		collect_scripts(ret);
}

static const struct service_link *find(const struct service_link *at, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(at[i].name, name))
			return &at[i];
	}
	return NULL;
}

const char *services_mask(const struct services *s, const char *unit)
{
	list_each(n, &s->etc) {
		const char *path, *target;

		if (strcmp(n->name, unit) || (n->type && !S_ISLNK(n->type)))
			continue;
		path = arena_printf(s->guest->vm->arena, ETC_SYSTEMD "/%s", unit);
		target = guest_readlink(s->guest, path);
		return target && !strcmp(target, "/dev/null") ? path : NULL;
	}
	return NULL;
}

const struct service_link *services_unit(const struct services *s, const char *name)
{
	const struct service_link *link = find(s->units.at, s->units.n, name);

	return link && !services_mask(s, name) ? link : NULL;
}

const struct service_link *services_script(const struct services *s, const char *name)
{
	return find(s->scripts.at, s->scripts.n, name);
}
