/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Devices that Windows knows, by the driver that runs them; what reaches disks elsewhere (iSCSI, a
 * cluster); and providers of shadow copies.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "guest/windows_collect.h"

static const char *in_set(const struct windows *w, struct arena *a, const char *path)
{
	return arena_printf(a, "%s\\%s", w->current ? w->current->name : "CurrentControlSet", path);
}

/* The key's value, with the place it stands at. */
static struct fact text_in(struct hive *h, hive_node node, const char *path, const char *name)
{
	struct reg_value v = hive_value(h, node, path, name);

	return (struct fact){v.text, v.from};
}

/* ---- devices: Enum\BUS\DEVICE\INSTANCE ---- */

struct device_ctx {
	struct windows *w;
	struct arena *a;
	const char *path; /* of the key whose subkeys are gone through */
	bool complete;
};

static void add_instance(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct device_ctx *c = ctx;
	const char *path = arena_printf(c->a, "%s\\%s", c->path, name);
	struct fact service;

	if (c->w->devices.n >= WIN_DEVICES_MAX) {
		c->complete = false;
		return;
	}
	service = text_in(h, node, path, "Service");
	if (service.value)
		*list_add(c->a, &c->w->devices) = (struct win_device){
			strstr(path, "\\Enum\\") + strlen("\\Enum\\"), service.value, service.from};
}

static void add_device(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct device_ctx *c = ctx, below = *c;

	below.path = arena_printf(c->a, "%s\\%s", c->path, name);
	below.complete &= hive_each(h, node, add_instance, &below);
	c->complete = below.complete;
}

static void collect_bound_drivers(struct windows *w, struct hive *h, struct arena *a)
{
	static const char *const buses[] = {"ACPI", "COMPOSITEBUS", "MPIO", "PCI", "VMBUS"};
	struct device_ctx ctx = {.w = w, .a = a, .complete = true};

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		hive_node node;

		ctx.path = in_set(w, a, arena_printf(a, "Enum\\%s", buses[i]));
		node = hive_find(h, ctx.path);
		ctx.complete &=
			(node || !hive_find_failed(h)) && hive_each(h, node, add_device, &ctx);
	}
	w->devices_known = ctx.complete;
}

const struct win_device *win_device_of(const struct windows *w, const char *service)
{
	list_each(d, &w->devices) {
		if (!strcasecmp(d->service, service))
			return d;
	}
	return NULL;
}

/* ---- iSCSI: Class\{SCSI adapters}\NNNN\PersistentTargets\NAME ---- */

static void add_target(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct device_ctx *c = ctx;

	(void)node;
	if (c->w->iscsi_targets.n < REG_VALUES_MAX)
		*list_add(c->a, &c->w->iscsi_targets) = (struct fact){arena_strdup(c->a, name),
			hive_origin(h, arena_printf(c->a, "%s\\%s", c->path, name), NULL)};
}

static void add_adapter(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct device_ctx *c = ctx, below = *c;
	hive_node targets = hive_child(h, node, "PersistentTargets");

	below.path = arena_printf(c->a, "%s\\%s\\PersistentTargets", c->path, name);
	if (targets)
		hive_each(h, targets, add_target, &below);
}

static void collect_iscsi(struct windows *w, struct hive *h, struct arena *a)
{
	struct device_ctx ctx = {.w = w, .a = a};

	ctx.path = in_set(w, a, "Control\\Class\\{4D36E97B-E325-11CE-BFC1-08002BE10318}");
	hive_each(h, hive_find(h, ctx.path), add_adapter, &ctx);
}

/* ---- providers of shadow copies: their keys' default values are their names ---- */

static void add_provider(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct device_ctx *c = ctx;
	const char *path = arena_printf(c->a, "%s\\%s", c->path, name);

	if (c->w->vss_providers.n < REG_VALUES_MAX)
		*list_add(c->a, &c->w->vss_providers) = text_in(h, node, path, "");
}

static void collect_providers(struct windows *w, struct hive *h, struct arena *a)
{
	struct device_ctx ctx = {.w = w, .a = a, .path = in_set(w, a, "Services\\VSS\\Providers")};

	hive_each(h, hive_find(h, ctx.path), add_provider, &ctx);
}

void collect_devices(struct windows *w, struct hive *h, struct arena *a)
{
	collect_bound_drivers(w, h, a);
	collect_iscsi(w, h, a);
	collect_providers(w, h, a);
}

/* ---- the cluster: a hive of its own ---- */

struct cluster_ctx {
	struct guest *g;
	struct win_cluster *cluster;
	struct arena *a;
};

static void add_node(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct cluster_ctx *c = ctx;
	const char *path = arena_printf(c->a, "Nodes\\%s", name);
	struct fact named = text_in(h, node, path, "NodeName");

	if (!named.value)
		named.value = arena_strdup(c->a, name);
	if (c->cluster->nodes.n < CLUSTER_NODES_MAX)
		*list_add(c->a, &c->cluster->nodes) = named;
}

/* "0x1234abcd", or a GUID in braces, as map.h has them. */
static const struct disk_map *disk_with(const struct map *map, const char *id)
{
	size_t n = strlen(id);

	if (*id == '{') {
		id++;
		n = strcspn(id, "}");
	}
	list_each(d, &map->disks) {
		if ((*d)->table_id && strlen((*d)->table_id) == n &&
			!strncasecmp((*d)->table_id, id, n))
			return *d;
	}
	return NULL;
}

static void add_resource(void *ctx, struct hive *h, hive_node node, const char *name)
{
	struct cluster_ctx *c = ctx;
	const char *type = hive_text(h, node, "Type"), *shown = hive_text(h, node, "Name");
	const char *path = arena_printf(c->a, "Resources\\%s\\Parameters", name);
	hive_node parameters = hive_child(h, node, "Parameters");
	struct reg_value guid, signature;
	struct win_cluster_disk d = {.name = shown ? shown : arena_strdup(c->a, name)};

	if (!type || strcasecmp(type, "Physical Disk") || c->cluster->disks.n >= REG_VALUES_MAX)
		return;
	guid = hive_value(h, parameters, path, "DiskIdGuid");
	signature = hive_value(h, parameters, path, "DiskSignature");
	if (guid.text && *guid.text) {
		d.id = guid.text;
		d.from = guid.from;
	} else if (signature.is_number) {
		d.id = arena_printf(c->a, "0x%08x", (unsigned)signature.number);
		d.from = signature.from;
	} else {
		return;
	}
	d.disk = disk_with(&c->g->vm->map, d.id);
	*list_add(c->a, &c->cluster->disks) = d;
}

/* Read only where the service is installed. */
void collect_cluster(struct guest *g)
{
	struct win_cluster *cluster = &g->windows->cluster;
	struct cluster_ctx ctx = {g, cluster, g->vm->arena};
	struct hive *h;
	hive_node nodes, resources;

	if (!win_service(g->windows->current, "ClusSvc"))
		return;
	h = hive_open(
		g->vm->arena, &g->tree, "/Windows/Cluster/CLUSDB", "HKLM\\Cluster", &cluster->hive);
	if (!h)
		return;
	nodes = hive_find(h, "Nodes");
	cluster->complete = nodes || !hive_find_failed(h);
	cluster->complete &= hive_each(h, nodes, add_node, &ctx);
	resources = hive_find(h, "Resources");
	cluster->complete &= resources || !hive_find_failed(h);
	cluster->complete &= hive_each(h, resources, add_resource, &ctx);
	hive_close(h);
}
