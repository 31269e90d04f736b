/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a guest's configuration says of block devices: crypttab, multipath, LVM, DRBD, iSCSI,
 * modprobe, the drivers it puts into its initramfs, and every place that names a device.  Runs last
 * of the collectors: it looks at mounts and boot entries.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "guest/linux_login.h"

/* Its text is there; what is there and cannot be read is remembered. */
static bool readable(struct guest *g, const struct guest_file *f)
{
	if (f->status == FILE_UNREADABLE)
		*list_add(g->vm->arena, &g->storage.unreadable) = f;
	return f->status == FILE_READ;
}

/* Calls use() for every file of a directory with that ending, in order. */
static void each_file(struct guest *g, const char *dir, const char *ending,
	void (*use)(struct guest *g, const struct guest_file *f))
{
	struct name_list names;
	unsigned n = 0;

	if (guest_list(g, dir, &names, NULL) != FILE_READ)
		return;
	list_each(name, &names) {
		const struct guest_file *f;

		if (!str_ends(name->name, ending) || n++ >= CONFIG_DIR_FILES_MAX)
			continue;
		f = guest_read(g, arena_printf(g->vm->arena, "%s/%s", dir, name->name));
		if (readable(g, f))
			use(g, f);
	}
}

/* ---- places that name a device ---- */

static struct device_ref *add_ref(
	struct guest *g, int place, const char *where, const char *text, const struct origin *from)
{
	struct device_ref *r = list_add(g->vm->arena, &g->storage.refs);

	r->place = place;
	r->where = where;
	r->text = text;
	r->spec = devspec_parse(g->vm->arena, text);
	r->from = *from;
	return r;
}

static void add_argument(struct guest *g, const struct boot_file *file,
	const struct boot_entry *entry, int place, const char *key)
{
	const struct kernel_line *line = boot_entry_kernel(entry);
	const struct kernel_arg *arg = boot_entry_arg(entry, key);
	struct origin from;

	if (!line || !arg || !arg->value || !*arg->value || arg->unresolved)
		return;
	from = origin_line(file->file, line->line, line->text);
	add_ref(g, place, arena_printf(g->vm->arena, "%s=", key), arg->value, &from)->idle =
		entry->kind != BOOT_NORMAL || entry->unreachable;
}

static void collect_refs(struct guest *g)
{
	list_each(file, &g->boot_config.files) {
		list_each(entry, &(*file)->entries) {
			add_argument(g, *file, entry, REF_ROOT, "root");
			add_argument(g, *file, entry, REF_RESUME, "resume");
		}
	}
	list_each(m, &g->mounts) {
		struct device_ref *r;

		r = add_ref(g, REF_FSTAB, arena_printf(g->vm->arena, "fstab (%s)", m->dir),
			m->entry->spec, &m->from);
		r->dir = m->dir;
		r->idle = fstab_has_option(m->entry, "noauto");
	}
}

static void collect_device_map(struct guest *g)
{
	static const char *const paths[] = {"/boot/grub/device.map", "/boot/grub2/device.map"};
	struct device_lines map;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const struct guest_file *f = guest_read(g, paths[i]);

		if (!readable(g, f))
			continue;
		device_map_parse(&map, g->vm->arena, f->text, f->len);
		list_each(l, &map) {
			struct origin from = origin_line(f, l->line, l->text);

			if (l->device)
				add_ref(g, REF_DEVICE_MAP, "device.map", l->device, &from);
		}
	}
}

/* ---- encryption ---- */

static void collect_crypttab(struct guest *g)
{
	const struct guest_file *f = guest_read(g, "/etc/crypttab");
	struct arena *a = g->vm->arena;
	struct device_lines lines;

	if (!readable(g, f))
		return;
	crypttab_parse(&lines, a, f->text, f->len);
	list_each(l, &lines) {
		struct crypt_volume *c;
		struct origin from = origin_line(f, l->line, l->text);

		if (!l->device)
			continue;
		c = list_add(a, &g->storage.crypt);
		*c = (struct crypt_volume){
			.name = l->name, .device = l->device, .options = l->options, .from = from};
		c->volume = map_resolve(&g->vm->map, l->device, NULL, NULL);
		add_ref(g, REF_CRYPTTAB, "crypttab", l->device, &from);
	}
}

/* Azure Disk Encryption leaves its own list of what is to be mounted. */
static void collect_azure_encryption(struct guest *g)
{
	static const char path[] = "/var/lib/azure_disk_encryption_config/azure_crypt_mount";

	if (guest_stat(g, path, NULL) == FILE_READ)
		g->storage.ade = (struct fact){path, origin_at(g, path)};
}

/* ---- drivers ---- */

static void add_modprobe(struct guest *g, const struct guest_file *f)
{
	struct modprobe *m = arena_new(g->vm->arena, struct modprobe);

	modprobe_parse(m, g->vm->arena, f->text, f->len);
	list_each(l, m) {
		*list_add(g->vm->arena, &g->storage.modprobe) = (struct modprobe_record){
			.line = l, .from = origin_line(f, l->line, l->text)};
		if (l->kind == MODPROBE_ALIAS && str_starts(l->name, "scsi_hostadapter"))
			*list_add(g->vm->arena, &g->storage.drivers) = (struct forced_driver){
				.name = l->rest, .from = origin_line(f, l->line, l->text)};
	}
}

static void add_drivers(struct guest *g, const char *words, const struct guest_file *f,
	unsigned line, const char *text)
{
	struct span rest = span_of(words), word;

	while (next_word(&rest, &word))
		*list_add(g->vm->arena, &g->storage.drivers) =
			(struct forced_driver){.name = arena_strndup(g->vm->arena, word.p, word.n),
				.from = origin_line(f, line, text)};
}

/* A module a line, its options behind it. */
static void add_initramfs_modules(struct guest *g, const struct guest_file *f)
{
	struct span rest = {f->text, f->len}, line, word;
	unsigned number = 0;

	while (next_line(&rest, &line, &number)) {
		const char *name;

		line = span_trim(line);
		if (!line.n || line.p[0] == '#' || !next_word(&line, &word))
			continue;
		name = arena_strndup(g->vm->arena, word.p, word.n);
		add_drivers(g, name, f, number, name);
	}
}

static void add_shell_drivers(struct guest *g, const struct guest_file *f)
{
	static const char *const names[] = {
		"add_drivers", "force_drivers", "INITRD_MODULES", "DOMU_INITRD_MODULES"};
	struct shellvars vars = {0};

	shellvars_parse(&vars, g->vm->arena, f->text, f->len, 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct shellvar *v = shellvars_get(&vars, names[i]);

		if (v)
			add_drivers(g, v->value, f, v->line, v->text);
	}
}

static void collect_drivers(struct guest *g)
{
	const struct guest_file *f = guest_read(g, "/etc/modprobe.conf");

	if (readable(g, f))
		add_modprobe(g, f);
	each_file(g, "/etc/modprobe.d", ".conf", add_modprobe);
	f = guest_read(g, "/etc/initramfs-tools/modules");
	if (readable(g, f))
		add_initramfs_modules(g, f);
	f = guest_read(g, "/etc/dracut.conf");
	if (readable(g, f))
		add_shell_drivers(g, f);
	each_file(g, "/etc/dracut.conf.d", ".conf", add_shell_drivers);
	f = guest_read(g, "/etc/sysconfig/kernel");
	if (readable(g, f))
		add_shell_drivers(g, f);
}

/* ---- multipath ---- */

static void collect_multipath(struct guest *g, const struct services *s)
{
	struct multipath_facts *m = &g->storage.multipath;
	const struct service_link *link = services_unit(s, "multipathd.service");
	struct arena *a = g->vm->arena;

	m->installed = guest_stat(g, "/sbin/multipathd", NULL) == FILE_READ ||
		       guest_stat(g, "/usr/sbin/multipathd", NULL) == FILE_READ;
	if (!link)
		link = services_script(s, "multipathd");
	m->enabled = link;
	if (link)
		m->enabled_by = origin_at(g, link->path);
	m->conf_file = guest_read(g, "/etc/multipath.conf");
	if (readable(g, m->conf_file))
		multipath_conf_parse(&m->conf, a, m->conf_file->text, m->conf_file->len);
	m->wwids_file = guest_read(g, "/etc/multipath/wwids");
	if (readable(g, m->wwids_file))
		multipath_wwids_parse(&m->wwids, a, m->wwids_file->text, m->wwids_file->len);
	m->bindings_file = guest_read(g, "/etc/multipath/bindings");
	if (readable(g, m->bindings_file))
		multipath_bindings_parse(
			&m->bindings, a, m->bindings_file->text, m->bindings_file->len);
}

/* ---- LVM ---- */

static void read_lvm_conf(struct guest *g, const struct guest_file *f)
{
	struct storage *s = &g->storage;
	unsigned filter = s->lvm.filter.line, global = s->lvm.global_filter.line;
	const char *filter_text = s->lvm.filter.text, *global_text = s->lvm.global_filter.text;
	struct err e = {0};

	if (!readable(g, f))
		return;
	if (lvm_conf_parse(&s->lvm, g->vm->arena, f->text, f->len, &e) < 0) {
		s->lvm_why = arena_printf(g->vm->arena, "%s: %s", f->path, e.msg);
		return;
	}
	if (s->lvm.filter.line != filter || s->lvm.filter.text != filter_text)
		s->filter_file = f;
	if (s->lvm.global_filter.line != global || s->lvm.global_filter.text != global_text)
		s->global_filter_file = f;
}

static void collect_lvm(struct guest *g)
{
	struct storage *s = &g->storage;
	const char *name;
	struct device_lines *lines = arena_new(g->vm->arena, struct device_lines);
	const struct guest_file *f;

	if (guest_stat(g, "/etc/lvm", NULL) != FILE_READ)
		return;
	s->lvm_file = guest_read(g, "/etc/lvm/lvm.conf");
	s->lvm_local_file = guest_read(g, "/etc/lvm/lvmlocal.conf");
	read_lvm_conf(g, s->lvm_file);
	read_lvm_conf(g, s->lvm_local_file);
	name = s->lvm.devicesfile && !strchr(s->lvm.devicesfile, '/') ? s->lvm.devicesfile
								      : "system.devices";
	f = guest_read(g, arena_printf(g->vm->arena, "/etc/lvm/devices/%s", name));
	if (!readable(g, f))
		return;
	s->lvm_devices_file = f;
	lvm_devices_parse(lines, g->vm->arena, f->text, f->len);
	list_each(l, lines)
		*list_add(g->vm->arena, &s->lvm_devices) =
			(struct lvm_record){.line = l, .from = origin_line(f, l->line, l->text)};
}

static void collect_vgdisplay(struct guest *g)
{
	static const char *const paths[] = {"/sbin/vgdisplay", "/usr/sbin/vgdisplay"};

	g->storage.vgdisplay = FILE_ABSENT;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		enum file_status st = guest_stat(g, paths[i], NULL);

		if (st == FILE_READ ||
			(st == FILE_UNREADABLE && g->storage.vgdisplay == FILE_ABSENT))
			g->storage.vgdisplay = st;
		if (st == FILE_READ)
			return;
	}
}

/* ---- disks over a network ---- */

/* A directory for each target, in it one for each portal. */
static void collect_iscsi(struct guest *g)
{
	static const char *const dirs[] = {"/var/lib/iscsi/nodes", "/etc/iscsi/nodes"};
	struct arena *a = g->vm->arena;
	struct name_list names;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (guest_list(g, dirs[i], &names, NULL) != FILE_READ)
			continue;
		list_each(n, &names) {
			if (g->storage.iscsi_nodes.n >= ISCSI_NODES_MAX)
				return;
			*list_add(a, &g->storage.iscsi_nodes) = (struct fact){
				n->name, origin_at(g, arena_printf(a, "%s/%s", dirs[i], n->name))};
		}
	}
}

static void add_drbd(struct guest *g, const struct guest_file *f)
{
	struct drbd_conf conf;

	drbd_conf_parse(&conf, g->vm->arena, f->text, f->len);
	list_each(d, &conf) {
		if (g->storage.drbd.n >= DRBD_DISKS_MAX)
			return;
		*list_add(g->vm->arena, &g->storage.drbd) = *d;
		*list_add(g->vm->arena, &g->storage.drbd_from) = origin_line(f, d->line, d->text);
	}
}

static void collect_drbd(struct guest *g)
{
	const struct guest_file *f = guest_read(g, "/etc/drbd.conf");

	if (readable(g, f))
		add_drbd(g, f);
	each_file(g, "/etc/drbd.d", ".res", add_drbd);
}

/* ---- systems whose root is read-only ---- */

static void collect_immutable(struct guest *g)
{
	static const char repo[] = "/ostree/repo";

	if (guest_stat(g, repo, NULL) == FILE_READ)
		g->immutable = (struct fact){"ostree", origin_at(g, repo)};
}

void collect_storage(struct guest *g)
{
	struct services services;

	services_collect(&services, g);
	collect_refs(g);
	collect_device_map(g);
	collect_crypttab(g);
	collect_azure_encryption(g);
	collect_drivers(g);
	collect_multipath(g, &services);
	collect_lvm(g);
	collect_vgdisplay(g);
	collect_iscsi(g);
	collect_drbd(g);
	collect_immutable(g);
}
