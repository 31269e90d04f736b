/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How one could log in: accounts, sshd, the packages it needs, firewalls in front of it.
 */
#include "guest/linux_login.h"

#include "base/cleanup.h"

/* ---- accounts ---- */

/* The newest time seen: of the files read so far, and of the log that every boot and login writes.
 */
static int64_t last_known_moment(struct guest *g)
{
	struct fs_file wtmp;
	int64_t newest = 0;

	list_each(f, &g->files) {
		if ((*f)->status == FILE_READ && (*f)->st.mtime > newest)
			newest = (*f)->st.mtime;
	}
	if (guest_stat(g, "/var/log/wtmp", &wtmp) == FILE_READ && wtmp.st.mtime > newest)
		newest = wtmp.st.mtime;
	return newest;
}

static void collect_accounts(struct guest *g)
{
	struct arena *a = g->vm->arena;
	struct accounts *acc = &g->accounts;
	const struct guest_file *group;

	acc->passwd_file = guest_read(g, "/etc/passwd");
	if (acc->passwd_file->status == FILE_READ)
		passwd_parse(&acc->passwd, a, acc->passwd_file->text, acc->passwd_file->len);
	acc->shadow_file = guest_read(g, "/etc/shadow");
	if (acc->shadow_file->status == FILE_READ)
		shadow_parse(&acc->shadow, a, acc->shadow_file->text, acc->shadow_file->len);
	/* Groups matter only where sshd asks for them. */
	if (sshd_next(&g->sshd.config, "allowgroups", NULL) ||
		sshd_next(&g->sshd.config, "denygroups", NULL)) {
		group = guest_read(g, "/etc/group");
		if (group->status == FILE_READ)
			group_parse(&acc->groups, a, group->text, group->len);
	}
	acc->image_time = last_known_moment(g);
}

/* ---- packages ---- */

/*
 * dpkg keeps NAME.md5sums for as long as a package is installed; NAME.list, and its paragraph in
 * the large status file, stay behind when it is removed.
 */
static struct package dpkg_package(struct guest *g, const char *name)
{
	struct arena *a = g->vm->arena;
	const char *path = arena_printf(a, "/var/lib/dpkg/info/%s.md5sums", name);
	struct package p = {.name = name, .status = guest_stat(g, path, NULL)};

	p.from = origin_at(g, p.status == FILE_READ ? path : "/var/lib/dpkg/info");
	return p;
}

static void collect_packages(struct guest *g)
{
	static const char *const names[] = {"openssh-server", "openssh-client", "openssl"};

	if (guest_stat(g, "/var/lib/dpkg/info", NULL) == FILE_READ) {
		g->package_system = PACKAGES_DPKG;
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			*list_add(g->vm->arena, &g->packages) = dpkg_package(g, names[i]);
	} else if (guest_stat(g, "/usr/lib/sysimage/rpm", NULL) == FILE_READ ||
		   guest_stat(g, "/var/lib/rpm", NULL) == FILE_READ) {
		g->package_system = PACKAGES_RPM;
	}
}

void collect_login(struct guest *g)
{
	struct services services;

	services_collect(&services, g);
	collect_sshd(g, &services);
	collect_firewalls(g, &services);
	collect_packages(g);
	collect_accounts(g);
}
