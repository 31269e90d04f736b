/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a Linux guest boots: every file with boot entries, the kernels that are installed, and the
 * entry that will be taken.
 */
#include "guest/collect.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/bls.h"

/* The order in which the agent's own check looks for its one file. */
static const char *const menu_paths[] = {
	"/boot/grub/grub.cfg",
	"/boot/grub2/grub.cfg",
	"/boot/grub/menu.lst",
	"/boot/grub/grub.conf",
};

static bool same_file(const struct guest_file *a, const struct guest_file *b)
{
	return a->from.device && b->from.device && !strcmp(a->from.device, b->from.device) &&
	       !strcmp(a->from.path, b->from.path);
}

/* A new record for f, or NULL when it is absent or is already there under another name. */
static struct boot_file *add_file(
	struct guest *g, const struct guest_file *f, enum boot_file_kind kind)
{
	struct boot_file *b;

	if (f->status == FILE_ABSENT)
		return NULL;
	list_each(other, &g->boot_config.files) {
		if (same_file((*other)->file, f))
			return NULL;
	}
	b = arena_new(g->vm->arena, struct boot_file);
	b->kind = kind;
	b->file = f;
	*list_add(g->vm->arena, &g->boot_config.files) = b;
	return b;
}

static void parse_grub_cfg(struct guest *g, struct boot_file *b)
{
	struct grub_cfg *cfg = arena_new(g->vm->arena, struct grub_cfg);

	b->cfg = cfg;
	if (b->file->status != FILE_READ)
		return;
	grub_cfg_parse(cfg, g->vm->arena, b->file->text, b->file->len, &g->boot_config.env);
	b->entries = cfg->entries;
}

static void parse_legacy(struct guest *g, struct boot_file *b,
	void (*parse)(struct grub_legacy *, struct arena *, const char *, size_t))
{
	struct grub_legacy *legacy = arena_new(g->vm->arena, struct grub_legacy);

	b->legacy = legacy;
	if (b->file->status != FILE_READ)
		return;
	parse(legacy, g->vm->arena, b->file->text, b->file->len);
	b->entries = legacy->entries;
}

/* ---- the files ---- */

static void read_env(struct guest *g)
{
	static const char *const paths[] = {"/boot/grub/grubenv", "/boot/grub2/grubenv"};
	struct boot_config *c = &g->boot_config;

	for (size_t i = 0; i < ARRAY_LEN(paths) && !c->env_file; i++) {
		const struct guest_file *f = guest_read(g, paths[i]);

		if (f->status == FILE_ABSENT)
			continue;
		c->env_file = f;
		if (f->status == FILE_READ)
			grubenv_parse(&c->env, g->vm->arena, f->text, f->len);
	}
}

static void read_menus(struct guest *g)
{
	bool agent_has_one = false;

	for (size_t i = 0; i < ARRAY_LEN(menu_paths); i++) {
		bool is_cfg = str_ends(menu_paths[i], ".cfg");
		const struct guest_file *f = guest_read(g, menu_paths[i]);
		struct boot_file *b = add_file(g, f, is_cfg ? BOOT_GRUB_CFG : BOOT_MENU_LST);

		if (!b)
			continue;
		if (is_cfg)
			parse_grub_cfg(g, b);
		else
			parse_legacy(g, b, grub_legacy_parse);
		/* grub.conf is not among the names it tries, but menu.lst often links to it. */
		if (!agent_has_one && !str_ends(menu_paths[i], ".conf")) {
			agent_has_one = b->agent_reads = true;
			if (f->status == FILE_READ)
				agent_grub_check(
					&g->boot_config.agent_hits, g->vm->arena, f->text, f->len);
		}
	}
}

/* The variables that $kernelopts and the like in BLS entries come from. */
static struct grubenv bls_variables(struct guest *g)
{
	struct grubenv env = g->boot_config.env;

	list_each(b, &g->boot_config.files) {
		if ((*b)->cfg) {
			grub_cfg_env(&env, g->vm->arena, (*b)->cfg, &g->boot_config.env);
			break;
		}
	}
	return env;
}

/* Newest first, as the menu shows them. */
static void read_bls(struct guest *g)
{
	struct arena *a = g->vm->arena;
	struct grubenv env = bls_variables(g);
	struct boot_entries all = {0};
	struct name_list names;
	LIST(struct boot_file *) files = {0};

	if (guest_list(g, "/boot/loader/entries", &names, NULL) != FILE_READ)
		return;
	list_each(n, &names) {
		const char *path = arena_printf(a, "/boot/loader/entries/%s", n->name);
		struct boot_file *b;

		if (!str_ends(n->name, ".conf") || files.n >= BOOT_ENTRIES_MAX)
			continue;
		b = arena_new(a, struct boot_file);
		b->kind = BOOT_BLS;
		b->file = guest_read(g, path);
		if (b->file->status == FILE_READ) {
			bls_parse(&b->entries, a, n->name, b->file->text, b->file->len, &env);
			bls_parse(&all, a, n->name, b->file->text, b->file->len, &env);
		}
		*list_add(a, &files) = b;
	}
	bls_sort(&all);
	g->boot_config.bls = all;
	for (size_t i = 0; i < all.n; i++) {
		list_each(b, &files) {
			if ((*b)->entries.n && !strcmp((*b)->entries.at[0].id, all.at[i].id))
				*list_add(a, &g->boot_config.files) = *b;
		}
	}
}

/* A file of the ESP, by the guest's own path where it mounts it. */
static const struct guest_file *read_esp_file(
	struct guest *g, const struct esp *esp, const char *path)
{
	struct fs_mount top = {"/", esp->fs->fs, esp->volume->name, NULL, esp->fs->fs->root};
	struct fs_tree tree = {&top, 1};
	struct fs_file found;
	struct err e = {0};
	const char *key;

	if (g->efi == esp->volume)
		return guest_read(g, arena_printf(g->vm->arena, "/boot/efi%s", path));
	if (fs_walk(&tree, path, 0, &found, &e) < 0)
		return NULL;
	key = arena_printf(g->vm->arena, "%s:%s", esp->volume->name, path);
	return guest_read_found(g, key, &found);
}

static void read_esp(struct guest *g, const struct esp *esp)
{
	list_each(vendor, &esp->vendors) {
		const struct guest_file *f;
		struct boot_file *b;

		f = read_esp_file(g, esp, arena_printf(g->vm->arena, "/EFI/%s/grub.cfg", *vendor));
		b = f ? add_file(g, f, BOOT_ESP_CFG) : NULL;
		if (b)
			parse_grub_cfg(g, b);
		f = read_esp_file(
			g, esp, arena_printf(g->vm->arena, "/EFI/%s/elilo.conf", *vendor));
		b = f ? add_file(g, f, BOOT_ESP_CFG) : NULL;
		if (b)
			parse_legacy(g, b, elilo_parse);
	}
}

static void read_esps(struct guest *g, const struct facts *f)
{
	list_each(d, &f->disks) {
		list_each(esp, &d->esps) {
			if (esp->fs && esp->fs->fs)
				read_esp(g, esp);
		}
	}
}

static void read_defaults(struct guest *g)
{
	struct boot_config *c = &g->boot_config;
	struct arena *a = g->vm->arena;
	struct name_list names;
	const struct guest_file *f = guest_read(g, "/etc/default/grub");

	if (f->status != FILE_ABSENT)
		*list_add(a, &c->default_files) = f;
	if (guest_list(g, "/etc/default/grub.d", &names, NULL) == FILE_READ) {
		list_each(n, &names) {
			if (str_ends(n->name, ".cfg"))
				*list_add(a, &c->default_files) = guest_read(
					g, arena_printf(a, "/etc/default/grub.d/%s", n->name));
		}
	}
	for (size_t i = 0; i < c->default_files.n; i++) {
		f = c->default_files.at[i];
		if (f->status == FILE_READ)
			shellvars_parse(&c->defaults, a, f->text, f->len, (unsigned)i);
	}
}

/* NULL when it is absent. */
static const struct guest_file *present(struct guest *g, const char *path)
{
	const struct guest_file *f = guest_read(g, path);

	return f->status == FILE_ABSENT ? NULL : f;
}

static void read_other_arguments(struct guest *g)
{
	struct boot_config *c = &g->boot_config;
	struct arena *a = g->vm->arena;

	c->kernel_cmdline = present(g, "/etc/kernel/cmdline");
	c->suse_bootloader = present(g, "/etc/sysconfig/bootloader");
	c->initramfs_resume = present(g, "/etc/initramfs-tools/conf.d/resume");
	if (c->kernel_cmdline && c->kernel_cmdline->status == FILE_READ)
		cmdline_split(&c->kernel_cmdline_args, a,
			(struct span){c->kernel_cmdline->text, c->kernel_cmdline->len}, 1);
	if (c->suse_bootloader && c->suse_bootloader->status == FILE_READ)
		shellvars_parse(&c->suse_bootloader_vars, a, c->suse_bootloader->text,
			c->suse_bootloader->len, 0);
	if (c->initramfs_resume && c->initramfs_resume->status == FILE_READ)
		shellvars_parse(&c->initramfs_resume_vars, a, c->initramfs_resume->text,
			c->initramfs_resume->len, 0);
}

/* ---- kernels ---- */

static struct kernel *kernel_by_release(struct guest *g, const char *release)
{
	struct kernel *k;

	list_each(known, &g->boot_config.kernels) {
		if (!strcmp(known->release, release))
			return known;
	}
	k = list_add(g->vm->arena, &g->boot_config.kernels);
	k->release = arena_strdup(g->vm->arena, release);
	return k;
}

static void look_at_boot_file(struct guest *g, const char *name)
{
	const char *path = arena_printf(g->vm->arena, "/boot/%s", name);
	struct fs_file file;

	if (str_starts(name, "vmlinuz-") || str_starts(name, "vmlinux-")) {
		struct kernel *k = kernel_by_release(g, name + strlen("vmlinuz-"));

		k->image = path;
		k->from = (struct origin){
			.device = g->boot->name, .path = path, .state = evidence_state(g->boot_fs)};
	} else if ((str_starts(name, "initrd") || str_starts(name, "initramfs")) &&
		   guest_stat(g, path, &file) == FILE_READ && S_ISREG(file.st.mode) &&
		   file.st.size > g->boot_config.largest_initrd) {
		g->boot_config.largest_initrd = file.st.size;
	}
}

static void read_kernels(struct guest *g)
{
	struct boot_config *c = &g->boot_config;
	struct name_list names;

	c->boot_dir = g->boot_missing ? FILE_UNREADABLE
				      : guest_list(g, "/boot", &names, &c->boot_dir_why);
	if (g->boot_missing)
		c->boot_dir_why = g->boot_missing_why;
	if (c->boot_dir == FILE_READ) {
		list_each(n, &names)
			look_at_boot_file(g, n->name);
	}
	if (guest_list(g, "/lib/modules", &names, NULL) != FILE_READ)
		return;
	list_each(n, &names) {
		struct kernel *k;

		/* Other packages leave directories of their own here. */
		if (!isdigit((unsigned char)n->name[0]))
			continue;
		k = kernel_by_release(g, n->name);
		k->has_modules = true;
		if (!k->from.path)
			k->from = (struct origin){
				.device = g->root->name,
				.path = arena_printf(g->vm->arena, "/lib/modules/%s", n->name),
				.state = evidence_state(g->root_fs),
			};
	}
}

/* A removed package leaves its .list behind, but not its checksums. */
static bool dpkg_has(struct guest *g, const char *package)
{
	const char *path = arena_printf(g->vm->arena, "/var/lib/dpkg/info/%s.md5sums", package);

	return guest_stat(g, path, NULL) == FILE_READ;
}

/* Only of the kernel that boots: each look costs a directory lookup. */
static void find_owner(struct guest *g, struct kernel *k)
{
	static const char *const prefixes[] = {
		"linux-image-", "linux-image-unsigned-", "linux-modules-"};

	if (guest_stat(g, "/var/lib/dpkg/info", NULL) != FILE_READ)
		return;
	k->owner = OWNER_NONE;
	for (size_t i = 0; i < ARRAY_LEN(prefixes) && k->owner == OWNER_NONE; i++) {
		if (dpkg_has(g, arena_printf(g->vm->arena, "%s%s", prefixes[i], k->release)))
			k->owner = OWNER_PACKAGE;
	}
}

static void find_grub_modules(struct guest *g)
{
	static const char *const paths[] = {
		"/boot/grub/i386-pc/normal.mod", "/boot/grub2/i386-pc/normal.mod"};

	for (size_t i = 0; i < ARRAY_LEN(paths) && !g->boot_config.grub_modules; i++) {
		if (guest_stat(g, paths[i], NULL) == FILE_READ)
			g->boot_config.grub_modules = paths[i];
	}
}

/* ---- the entry that will boot ---- */

static bool names(const struct boot_entry *entry, const char *spec)
{
	return (entry->id && !strcmp(entry->id, spec)) || !strcmp(entry->title, spec);
}

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

static void choose(
	struct boot_config *c, const struct boot_file *file, const struct boot_entry *entry)
{
	c->default_file = file;
	c->default_entry = entry;
}

static void choose_bls(struct boot_config *c, const struct boot_entry *entry)
{
	list_each(b, &c->files) {
		if ((*b)->kind == BOOT_BLS && !strcmp((*b)->entries.at[0].id, entry->id))
			choose(c, *b, &(*b)->entries.at[0]);
	}
}

/* Where grub.cfg calls blscfg, the BLS entries stand before its own. */
static void choose_grub(struct boot_config *c, const struct boot_file *file)
{
	const struct grub_set *set = file->cfg->default_is;
	const char *spec = set && !set->unresolved && set->value[0] ? set->value : "0";
	const struct boot_entry *own = boot_default(&file->entries, spec), *bls;

	if (!file->cfg->blscfg || !c->bls.n) {
		choose(c, file, own);
		return;
	}
	bls = boot_default(&c->bls, spec);
	if (bls && (is_number(spec) || names(bls, spec) || !own || !names(own, spec)))
		choose_bls(c, bls);
	else
		choose(c, file, own);
}

/* "default saved" keeps the number in a file of its own. */
static const char *legacy_default(struct guest *g, const struct grub_legacy *legacy)
{
	const struct guest_file *f;
	size_t digits;

	if (!legacy->default_is)
		return "0";
	if (strcmp(legacy->default_is, "saved"))
		return legacy->default_is;
	f = guest_read(g, "/boot/grub/default");
	digits = f->status == FILE_READ ? strspn(f->text, "0123456789") : 0;
	return digits ? arena_strndup(g->vm->arena, f->text, digits) : "0";
}

static bool holds_entries(const struct boot_config *c, const struct boot_file *b)
{
	if (b->cfg && b->cfg->blscfg && c->bls.n)
		return true;
	list_each(entry, &b->entries) {
		if (boot_entry_kernel(entry))
			return true;
	}
	return false;
}

/* UEFI machines with a full grub.cfg on the ESP (RHEL 7) never look at the one below /boot. */
static const struct boot_file *booted_file(const struct guest *g, const struct facts *f)
{
	const struct boot_config *c = &g->boot_config;
	const struct boot_file *menu = NULL, *on_esp = NULL;
	bool bios = false;

	list_each(b, &c->files) {
		if ((*b)->kind == BOOT_BLS || !holds_entries(c, *b))
			continue;
		if ((*b)->kind == BOOT_ESP_CFG && !on_esp)
			on_esp = *b;
		else if ((*b)->kind != BOOT_ESP_CFG && !menu)
			menu = *b;
	}
	list_each(d, &f->disks)
		bios |= d->boots_bios;
	if (on_esp && (!menu || !bios))
		return on_esp;
	return menu;
}

static void choose_default(struct guest *g, const struct facts *f)
{
	struct boot_config *c = &g->boot_config;
	const struct boot_file *file = booted_file(g, f);

	if (!file && c->bls.n)
		choose_bls(c, boot_default(&c->bls, "0"));
	else if (file && file->cfg)
		choose_grub(c, file);
	else if (file)
		choose(c, file, boot_default(&file->entries, legacy_default(g, file->legacy)));
	if (c->default_entry)
		return;
	if (g->boot_missing)
		c->why_no_default = g->boot_missing_why;
	else if (!c->files.n)
		c->why_no_default = "no GRUB configuration and no boot loader entries were found";
	else if (c->files.at[0]->file->status == FILE_UNREADABLE)
		c->why_no_default = arena_printf(g->vm->arena, "%s could not be read: %s",
			c->files.at[0]->file->path, c->files.at[0]->file->why);
	else
		c->why_no_default = arena_printf(g->vm->arena, "%s holds no entry with a kernel",
			c->files.at[0]->file->path);
}

/* A link such as /vmlinuz or /boot/vmlinuz says the release in the name of its target. */
static const char *release_behind_link(struct guest *g, const char *path)
{
	const char *const prefixes[] = {"", "/boot"};

	if (path[0] == '(' && strchr(path, ')'))
		path = strchr(path, ')') + 1;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		const char *in_guest = arena_printf(g->vm->arena, "%s%s", prefixes[i], path);
		struct fs_file file;
		const char *name;

		if (guest_stat(g, in_guest, &file) != FILE_READ)
			continue;
		name = strrchr(file.path, '/') + 1;
		if (str_starts(name, "vmlinuz-") || str_starts(name, "vmlinux-"))
			return arena_strdup(g->vm->arena, name + strlen("vmlinuz-"));
	}
	return NULL;
}

static void name_kernel(struct guest *g)
{
	struct boot_config *c = &g->boot_config;
	const struct kernel_line *k;

	if (!c->default_entry)
		return;
	k = boot_entry_kernel(c->default_entry);
	c->kernel_release = boot_entry_release(c->default_entry);
	if (!c->kernel_release && k)
		c->kernel_release = release_behind_link(g, k->path);
	if (k)
		c->kernel_from = origin_line(c->default_file->file, k->line, k->text);
	list_each(installed, &c->kernels) {
		if (c->kernel_release && !strcmp(installed->release, c->kernel_release))
			find_owner(g, installed);
	}
}

void collect_boot(struct guest *g, const struct facts *f)
{
	read_env(g);
	read_menus(g);
	read_bls(g);
	read_esps(g, f);
	read_defaults(g);
	read_other_arguments(g);
	read_kernels(g);
	find_grub_modules(g);
	choose_default(g, f);
	name_kernel(g);
}
