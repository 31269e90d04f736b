/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Control sets, and in each of them its services; the network interfaces of the current one.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "guest/windows_collect.h"

#define DRIVER_TYPES 0x3U /* kernel and filesystem drivers */

struct service_ctx {
	struct control_set *cs;
	struct arena *a;
	struct win_service *service;
	const char *path; /* of the service's key */
	bool complete;    /* nothing so far was damaged */
};

static void take_value(void *ctx, struct hive *h, size_t value, const char *name)
{
	struct service_ctx *c = ctx;
	struct win_service *s = c->service;

	if (!strcasecmp(name, "Start")) {
		s->start = (int)hive_value_number(h, value, START_NONE);
		s->from = hive_value_at(h, value, c->path, name).from;
	} else if (!strcasecmp(name, "Type")) {
		s->type = (uint32_t)hive_value_number(h, value, 0);
	} else if (!strcasecmp(name, "ImagePath")) {
		s->image_path = hive_value_text(h, value);
	} else if (!strcasecmp(name, "Group")) {
		s->group = hive_value_text(h, value);
	} else if (!strcasecmp(name, "DisplayName")) {
		s->display_name = hive_value_text(h, value);
	} else if (!strcasecmp(name, "DeleteFlag")) {
		s->delete_flag = hive_value_number(h, value, 0) == 1;
	} else if (!strcasecmp(name, "DependOnService") && c->cs->current) {
		struct reg_value v = hive_value_at(h, value, c->path, name);

		list_each(d, &v.strings)
			*list_add(c->a, &s->depends) = *d;
	}
}

static void add_service(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct service_ctx *c = ctx;
	struct win_service *s;
	int64_t override;

	if (c->cs->services.n >= SERVICES_MAX)
		return;
	s = list_add(c->a, &c->cs->services);
	s->name = arena_strdup(c->a, name);
	s->start = START_NONE;
	c->service = s;
	c->path = arena_printf(c->a, "%s\\Services\\%s", c->cs->name, name);
	c->complete &= hive_each_value(h, node, take_value, c);
	if (!s->from.text)
		s->from = hive_origin(h, c->path, NULL);
	if (!(s->type & DRIVER_TYPES))
		return;
	override = hive_number(h, hive_child(h, node, "StartOverride"), "0", -1);
	s->has_override = override >= 0;
	s->start_override = (int) override;
}

static int by_name(const void *a, const void *b)
{
	const struct win_service *x = a, *y = b;

	return strcasecmp(x->name, y->name);
}

static void collect_services(struct control_set *cs, struct hive *h, struct arena *a)
{
	const char *path = arena_printf(a, "%s\\Services", cs->name);
	struct service_ctx ctx = {.cs = cs, .a = a, .complete = true};
	hive_node node = hive_find(h, path);

	cs->from = hive_origin(h, path, NULL);
	cs->state = node ? REG_THERE : REG_ABSENT;
	if ((!node && hive_find_failed(h)) || !hive_each(h, node, add_service, &ctx) ||
		!ctx.complete || hive_is_exhausted(h))
		cs->state = REG_UNSEEN;
	if (cs->services.n)
		qsort(cs->services.at, cs->services.n, sizeof(*cs->services.at), by_name);
}

struct set_ctx {
	struct windows *w;
	struct arena *a;
};

static void add_set(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct set_ctx *c = ctx;
	struct control_set *cs;
	size_t n = strlen("ControlSet");

	(void)h;
	(void)node;
	if (strncasecmp(name, "ControlSet", n) || strlen(name) != n + 3 ||
		strspn(name + n, "0123456789") != 3 || c->w->control_sets.n >= CONTROL_SETS_MAX)
		return;
	cs = list_add(c->a, &c->w->control_sets);
	cs->name = arena_strdup(c->a, name);
	cs->number = (unsigned)strtoul(name + n, NULL, 10);
}

static int by_number(const void *a, const void *b)
{
	const struct control_set *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

void collect_control_sets(struct windows *w, struct hive *h, struct arena *a)
{
	struct set_ctx ctx = {w, a};
	hive_node select = hive_find(h, "Select");

	hive_each(h, hive_find(h, ""), add_set, &ctx);
	if (w->control_sets.n)
		qsort(w->control_sets.at, w->control_sets.n, sizeof(*w->control_sets.at),
			by_number);
	list_each(cs, &w->control_sets) {
		cs->current = hive_number(h, select, "Current", -1) == cs->number;
		cs->is_default = hive_number(h, select, "Default", -1) == cs->number;
		cs->failed = hive_number(h, select, "Failed", -1) == cs->number;
		cs->last_known_good = hive_number(h, select, "LastKnownGood", -1) == cs->number;
		collect_services(cs, h, a);
		if (cs->current)
			w->current = cs;
	}
}

const struct win_service *win_service(const struct control_set *cs, const char *name)
{
	struct win_service key = {.name = name};

	if (!cs || !cs->services.n)
		return NULL;
	return bsearch(&key, cs->services.at, cs->services.n, sizeof(*cs->services.at), by_name);
}

const struct win_service *win_service_shown(const struct control_set *cs, const char *display)
{
	for (size_t i = 0; cs && i < cs->services.n; i++) {
		const struct win_service *s = &cs->services.at[i];

		if (s->display_name && !strcasecmp(s->display_name, display))
			return s;
	}
	return NULL;
}

/* ---- files of drivers ---- */

static void find_file(struct guest *g, struct win_service *s)
{
	const char *path =
		s->image_path && *s->image_path
			? s->image_path
			: arena_printf(g->vm->arena, "System32\\drivers\\%s.sys", s->name);

	s->file_path = win_guest_path(g, path);
	if (!s->file_path) {
		s->file_path = path;
		s->file = SERVICE_FILE_UNSEEN;
		return;
	}
	switch (guest_stat(g, s->file_path, NULL)) {
	case FILE_READ:
		s->file = SERVICE_FILE_THERE;
		break;
	case FILE_ABSENT:
		s->file = SERVICE_FILE_MISSING;
		break;
	default:
		s->file = SERVICE_FILE_UNSEEN;
	}
}

void find_driver_files(struct guest *g)
{
	for (size_t i = 0; i < g->windows->control_sets.n; i++) {
		struct control_set *cs = &g->windows->control_sets.at[i];

		for (size_t j = 0; cs->current && j < cs->services.n; j++) {
			if (cs->services.at[j].type & DRIVER_TYPES)
				find_file(g, &cs->services.at[j]);
		}
	}
}

/* ---- network interfaces ---- */

static void add_interface(void *ctx, struct hive *h, hive_node node, const char *name)
{
	static const char *const lists[] = {"IPAddress", "DhcpIPAddress"};
	struct set_ctx *c = ctx;
	struct win_interface *i;
	const char *path;

	if (c->w->interfaces.n >= REG_VALUES_MAX)
		return;
	path = arena_printf(
		c->a, "%s\\Services\\Tcpip\\Parameters\\Interfaces\\%s", c->w->current->name, name);
	i = list_add(c->a, &c->w->interfaces);
	i->id = arena_strdup(c->a, name);
	i->dhcp = hive_number(h, node, "EnableDHCP", 0) == 1;
	i->from = hive_origin(h, path, NULL);
	for (size_t l = 0; l < 2; l++) {
		struct reg_value v = hive_value(h, node, path, lists[l]);

		if (v.text && *v.text && strcmp(v.text, "0.0.0.0"))
			*list_add(c->a, &i->addresses) = v.text;
		list_each(s, &v.strings) {
			if (strcmp(*s, "0.0.0.0"))
				*list_add(c->a, &i->addresses) = *s;
		}
	}
	/* Words between commas or blanks. */
	for (const char *p = hive_text(h, node, "NameServer"); p && *p;) {
		size_t n = strcspn(p, ", ");

		if (n && i->name_servers.n < 16)
			*list_add(c->a, &i->name_servers) = arena_strndup(c->a, p, n);
		p += n + strspn(p + n, ", ");
	}
}

void collect_interfaces(struct windows *w, struct hive *h, struct arena *a)
{
	struct set_ctx ctx = {w, a};
	hive_node node;

	if (!w->current)
		return;
	node = hive_find(h,
		arena_printf(a, "%s\\Services\\Tcpip\\Parameters\\Interfaces", w->current->name));
	w->interfaces_known =
		(node || !hive_find_failed(h)) && hive_each(h, node, add_interface, &ctx);
}
