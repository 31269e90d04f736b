/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Settings in the users' own hives, NTUSER.DAT of each profile.
 */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "guest/windows_collect.h"

#define EXPLORER "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
#define SCRIPT_HOST "Software\\Microsoft\\Windows Script Host\\Settings"

static void read_profile(struct guest *g, const char *home)
{
	struct arena *a = g->vm->arena;
	const char *path = arena_printf(a, "%s/NTUSER.DAT", home);
	struct fs_file f;
	struct win_user *u;
	struct hive *h;

	/* All Users, Public and links to other profiles have none of their own. */
	if (guest_stat(g, path, &f) == FILE_ABSENT)
		return;
	u = list_add(a, &g->windows->users);
	u->name = strrchr(home, '/') + 1;
	h = hive_open(a, &g->tree, path, arena_printf(a, "HKU\\%s", u->name), &u->hive);
	if (!h)
		return;
	u->no_sharing = hive_value(h, hive_find(h, EXPLORER), EXPLORER, "NoInplaceSharing");
	u->script_host = hive_value(h, hive_find(h, SCRIPT_HOST), SCRIPT_HOST, "Enabled");
	hive_close(h);
}

/* "Default" is what new profiles are made from. */
static bool is_template(const char *name)
{
	return !strcasecmp(name, "Default") || !strcasecmp(name, "Default User");
}

void collect_users(struct guest *g)
{
	static const char *const homes[] = {"/Users", "/Documents and Settings"};
	struct name_list names;

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		if (guest_list(g, homes[i], &names, NULL) != FILE_READ)
			continue;
		list_each(n, &names) {
			if (!is_template(n->name) && g->windows->users.n < WIN_PROFILES_MAX)
				read_profile(
					g, arena_printf(g->vm->arena, "%s/%s", homes[i], n->name));
		}
		/* Since Vista the second is a link to the first. */
		return;
	}
}
