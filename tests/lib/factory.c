/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/factory.h"

#include <errno.h>
#include <strings.h>

#include "parse/bls.h"

static struct arena *const A = &test_arena;
/* A filesystem that was opened; rules look no deeper. */
static struct fs opened;

/* ---- disks ---- */

struct disk_map *add_disk(struct world *w, uint64_t size)
{
	struct disk_map *d = arena_new(A, struct disk_map);
	struct machine_disk *source = arena_new(A, struct machine_disk);
	struct disk_boot *b;

	source->disk.info = (struct disk_info){.format = "raw",
		.virtual_size = size,
		.logical_sector = 512,
		.physical_sector = 512};
	d->source = source;
	d->index = (unsigned)w->vm.map.disks.n;
	d->name = arena_printf(A, "disk%u", d->index);
	d->size = size;
	d->sector = 512;
	d->table = TABLE_DOS;
	d->table_name = "dos";
	*list_add(A, &w->vm.map.disks) = d;
	b = list_add(A, &w->facts.disks);
	b->disk = d;
	b->mbr_status = FILE_READ;
	b->bios_why = "the first sector holds no boot code";
	return d;
}

struct disk_map *disk_at(struct world *w, size_t i)
{
	return w->vm.map.disks.at[i];
}

struct disk_boot *boot_of(struct world *w, const struct disk_map *d)
{
	list_each(b, &w->facts.disks) {
		if (b->disk == d)
			return b;
	}
	fail_msg("%s is no disk", d->name);
	return NULL;
}

static struct volume *add_volume(struct world *w, enum volume_kind kind, const char *name,
	const char *type, const char *uuid)
{
	struct volume *v = arena_new(A, struct volume);

	v->kind = kind;
	v->name = name;
	v->size = 10 * GIB;
	v->sig.type = type;
	v->sig.uuid = uuid;
	v->sig.usage = "filesystem";
	if (type && (!strcmp(type, "swap") || !strcmp(type, "LVM2_member")))
		v->sig.usage = !strcmp(type, "swap") ? "other" : "raid";
	*list_add(A, &w->vm.map.volumes) = v;
	return v;
}

struct volume *add_partition(
	struct world *w, struct disk_map *d, const char *type, const char *uuid)
{
	struct partition *p = arena_new(A, struct partition);

	p->number = (unsigned)d->partitions.n + 1;
	p->name = arena_printf(A, "%sp%u", d->name, p->number);
	p->type = "0x83";
	p->volume = add_volume(w, VOLUME_PARTITION, p->name, type, uuid);
	p->volume->disk = d;
	p->volume->partition = p;
	*list_add(A, &p->volume->disks) = d;
	*list_add(A, &d->partitions) = p;
	return p->volume;
}

struct volume *volume_named(struct world *w, const char *name)
{
	list_each(v, &w->vm.map.volumes) {
		if (!strcmp((*v)->name, name))
			return *v;
	}
	fail_msg("%s is no volume", name);
	return NULL;
}

struct volume_group *add_group(
	struct world *w, const char *name, struct volume *const *pvs, size_t n)
{
	struct volume_group *vg = arena_new(A, struct volume_group);

	vg->name = name;
	vg->complete = true;
	for (size_t i = 0; i < n; i++) {
		struct physical_volume *pv = arena_new(A, struct physical_volume);

		pv->uuid = arena_printf(A, "pv%zu-uuid", i);
		pv->volume = pvs[i];
		pv->device_hint = arena_printf(A, "/dev/sd%c2", (char)('a' + i));
		*list_add(A, &vg->pvs) = pv;
		*list_add(A, &vg->disks) = pvs[i]->disk;
	}
	*list_add(A, &w->vm.map.groups) = vg;
	return vg;
}

void lose_pv(struct world *w, struct volume_group *vg)
{
	struct physical_volume *pv = arena_new(A, struct physical_volume);

	(void)w;
	pv->uuid = "lost-uuid";
	pv->device_hint = "/dev/sdz1";
	vg->complete = false;
	*list_add(A, &vg->pvs) = pv;
}

struct volume *add_lv(struct world *w, struct volume_group *vg, const char *name, const char *type,
	size_t n_disks)
{
	struct logical_volume *lv = arena_new(A, struct logical_volume);

	lv->name = name;
	lv->full_name = arena_printf(A, "%s/%s", vg->name, name);
	lv->visible = true;
	lv->vg = vg;
	*list_add(A, &lv->types) = "linear";
	lv->volume = add_volume(w, VOLUME_LV, lv->full_name, type, ROOT_UUID);
	lv->volume->lv = lv;
	for (size_t i = 0; i < n_disks; i++)
		*list_add(A, &lv->volume->disks) = vg->disks.at[i];
	*list_add(A, &vg->lvs) = lv;
	return lv->volume;
}

void boots_bios(struct world *w, struct disk_map *d)
{
	struct disk_boot *b = boot_of(w, d);

	b->mbr = (struct mbr){MBR_GRUB2, true, 1};
	b->core = CORE_FOUND;
	b->boots_bios = true;
	b->bios_why = "boot code: GRUB 2";
}

void boots_not(struct world *w, struct disk_map *d, const char *why)
{
	struct disk_boot *b = boot_of(w, d);

	b->boots_bios = false;
	b->bios_why = why;
}

struct esp *add_esp(struct world *w, struct disk_map *d, const char *const *loaders)
{
	struct disk_boot *b = boot_of(w, d);
	struct volume *v = add_partition(w, d, "vfat", "1234-ABCD");
	struct esp *esp = list_add(A, &b->esps);

	esp->volume = v;
	esp->fs = add_filesystem(v, 100 * MIB);
	esp->status = FILE_READ;
	for (; *loaders; loaders++) {
		const char *vendor = *loaders + strlen("/EFI/");

		*list_add(A, &esp->loaders) = (struct efi_loader){*loaders, 900 * KIB};
		if (strncasecmp(vendor, "BOOT/", 5))
			*list_add(A, &esp->vendors) =
				arena_strndup(A, vendor, strcspn(vendor, "/"));
		b->boots_uefi = true;
	}
	list_each(l, &esp->loaders) {
		if (!strcasecmp(l->path, "/EFI/BOOT/BOOTX64.EFI"))
			esp->fallback = l;
	}
	return esp;
}

/* ---- the guest ---- */

struct filesystem *add_filesystem(struct volume *v, uint64_t available)
{
	struct filesystem *fs = arena_new(A, struct filesystem);

	fs->volume = v;
	fs->fs = &opened;
	fs->space_known = true;
	fs->space = (struct fs_space){v->size, available, 1000, 900, false};
	return fs;
}

void put_root(struct world *w, struct volume *v)
{
	bool boot_is_dir = w->g->boot == w->g->root;

	w->g->root = v;
	w->g->root_fs = add_filesystem(v, 8 * GIB);
	if (boot_is_dir) {
		w->g->boot = w->g->root;
		w->g->boot_fs = w->g->root_fs;
	}
}

void put_boot(struct world *w, struct volume *v)
{
	w->g->boot = v;
	w->g->boot_fs = add_filesystem(v, 500 * MIB);
}

const struct guest_file *make_file(const char *path, const char *text)
{
	struct guest_file *f = arena_new(A, struct guest_file);

	*f = (struct guest_file){
		.path = path,
		.status = FILE_READ,
		.text = text,
		.len = strlen(text),
		.from = {.device = "disk0p1", .path = path},
	};
	return f;
}

const struct guest_file *make_unreadable(const char *path)
{
	struct guest_file *f = arena_new(A, struct guest_file);

	*f = (struct guest_file){
		.path = path,
		.status = FILE_UNREADABLE,
		.from = {.device = "disk0p1", .path = path},
		.reason = REASON_UNREADABLE,
		.why = "its blocks are damaged",
	};
	return f;
}

struct mount *add_mount(
	struct world *w, const char *spec, const char *dir, const char *type, struct volume *v)
{
	const char *text = arena_printf(A, "%s %s %s defaults 0 2\n", spec, dir, type);
	struct fstab tab = {0};
	struct mount *m;

	fstab_parse(&tab, A, text, strlen(text));
	m = list_add(A, &w->g->mounts);
	m->entry = &tab.at[0];
	m->dir = dir;
	m->from = (struct origin){
		.device = "disk0p1", .path = "/etc/fstab", .line = 1, .text = tab.at[0].text};
	m->spec = devspec_parse(A, spec);
	m->volume = v;
	m->fs = v ? add_filesystem(v, GIB) : NULL;
	return m;
}

void lose_boot(struct world *w, const char *spec)
{
	add_mount(w, spec, "/boot", "ext4", NULL);
	w->g->boot = NULL;
	w->g->boot_fs = NULL;
	w->g->boot_missing = spec;
	w->g->boot_missing_reason = REASON_MISSING_DISK;
	w->g->boot_missing_why =
		arena_printf(A, "/boot is on %s, which is not on the given disks", spec);
	w->g->boot_config.boot_dir = FILE_UNREADABLE;
}

static struct boot_file *add_boot_file(
	struct world *w, enum boot_file_kind kind, const struct guest_file *file)
{
	struct boot_file *f = arena_new(A, struct boot_file);

	f->kind = kind;
	f->file = file;
	*list_add(A, &w->g->boot_config.files) = f;
	return f;
}

/* As the agent does: the first of the files it knows, and no other. */
static void let_agent_read(struct world *w, struct boot_file *f)
{
	list_each(other, &w->g->boot_config.files) {
		if ((*other)->agent_reads)
			return;
	}
	f->agent_reads = true;
	agent_grub_check(&w->g->boot_config.agent_hits, A, f->file->text, f->file->len);
}

static void parse_cfg(struct world *w, struct boot_file *f)
{
	struct grub_cfg *cfg = arena_new(A, struct grub_cfg);

	grub_cfg_parse(cfg, A, f->file->text, f->file->len, &w->g->boot_config.env);
	f->cfg = cfg;
	f->entries = cfg->entries;
}

struct boot_file *add_grub_cfg(struct world *w, const char *path, const char *text)
{
	struct boot_file *f = add_boot_file(w, BOOT_GRUB_CFG, make_file(path, text));

	parse_cfg(w, f);
	let_agent_read(w, f);
	return f;
}

struct boot_file *add_menu_lst(struct world *w, const char *text)
{
	struct boot_file *f =
		add_boot_file(w, BOOT_MENU_LST, make_file("/boot/grub/menu.lst", text));
	struct grub_legacy *legacy = arena_new(A, struct grub_legacy);

	grub_legacy_parse(legacy, A, text, strlen(text));
	f->legacy = legacy;
	f->entries = legacy->entries;
	let_agent_read(w, f);
	return f;
}

struct boot_file *add_bls(struct world *w, const char *text)
{
	struct boot_file *f =
		add_boot_file(w, BOOT_BLS, make_file("/boot/loader/entries/m-5.14.conf", text));

	bls_parse(&f->entries, A, "m-5.14.conf", text, strlen(text), &w->g->boot_config.env);
	return f;
}

struct boot_file *add_esp_cfg(struct world *w, const char *path, const char *text)
{
	struct boot_file *f = add_boot_file(w, BOOT_ESP_CFG, make_file(path, text));
	struct grub_legacy *elilo;

	if (!strstr(path, "elilo")) {
		parse_cfg(w, f);
		return f;
	}
	elilo = arena_new(A, struct grub_legacy);
	elilo_parse(elilo, A, text, strlen(text));
	f->legacy = elilo;
	f->entries = elilo->entries;
	return f;
}

void set_grubenv(struct world *w, const char *variables)
{
	const char *head = arena_printf(A, "# GRUB Environment Block\n%s", variables);
	char *block = arena_alloc(A, 1024 + 1);

	memset(block, '#', 1024);
	memcpy(block, head, strlen(head));
	w->g->boot_config.env_file = make_file("/boot/grub2/grubenv", block);
	grubenv_parse(&w->g->boot_config.env, A, block, 1024);
}

void set_defaults(struct world *w, const char *text)
{
	struct boot_config *b = &w->g->boot_config;
	unsigned file = (unsigned)b->default_files.n;

	*list_add(A, &b->default_files) = make_file("/etc/default/grub", text);
	shellvars_parse(&b->defaults, A, text, strlen(text), file);
}

void set_kernel(struct world *w, const char *release)
{
	struct boot_config *b = &w->g->boot_config;
	struct kernel *k = list_add(A, &b->kernels);

	k->release = release;
	k->image = arena_printf(A, "/boot/vmlinuz-%s", release);
	k->has_modules = true;
	k->owner = OWNER_PACKAGE;
	k->from = (struct origin){.device = "disk0p1", .path = k->image};
	b->kernel_release = release;
	b->kernel_from = k->from;
}

void set_os(struct world *w, const char *id, const char *version, const char *name,
	const char *agent_key)
{
	struct origin from = {.device = "disk0p1", .path = "/etc/os-release", .line = 1};

	w->g->id = (struct fact){id, from};
	w->g->version = (struct fact){version, from};
	w->g->name = (struct fact){name, from};
	w->g->release = (struct release){
		.id = id, .version = version, .full_version = version, .name = name};
	w->g->agent_os_key = agent_key;
	w->g->agent_os_file = "/etc/os-release";
}

struct guest *add_guest(struct world *w, struct volume *root)
{
	struct guest *g = arena_new(A, struct guest);

	g->family = GUEST_LINUX;
	g->vm = &w->vm;
	g->root = g->boot = root;
	g->root_fs = g->boot_fs = add_filesystem(root, 8 * GIB);
	g->boot_config.boot_dir = FILE_READ;
	g->boot_config.largest_initrd = 40 * MIB;
	*list_add(A, &w->facts.guests) = g;
	return g;
}

struct world *world_new(void)
{
	struct world *w = arena_new(A, struct world);
	struct disk_map *d;

	w->options = (struct options){.agent_version = AGENT_VERSION_NEWEST, .complete = true};
	w->facts.vm = &w->vm;
	w->vm.arena = A;
	d = add_disk(w, 20 * GIB);
	boots_bios(w, d);
	w->g = add_guest(w, add_partition(w, d, "ext4", ROOT_UUID));
	add_partition(w, d, "swap", SWAP_UUID);
	set_os(w, "debian", "12.5", "Debian GNU/Linux 12 (bookworm)", "DEBIAN12-64");
	w->g->arch.value = "x86_64";
	w->g->boot_config.grub_modules = "/boot/grub/i386-pc/normal.mod";
	set_kernel(w, "6.1.0-18-amd64");
	return w;
}

void forget_guest(struct world *w)
{
	struct volume *v = add_partition(w, disk_at(w, 0), "btrfs", NULL);
	struct filesystem *fs = add_filesystem(v, 0);

	fs->fs = NULL;
	fs->state = FS_UNREADABLE;
	fs->why = "btrfs is not read yet";
	fs->why_num = ENOTSUP;
	*list_add(A, &w->facts.unread) = fs;
	w->facts.guests.n = 0;
	w->g = NULL;
}

void make_windows(struct world *w)
{
	struct volume *v = volume_named(w, "disk0p1");

	v->sig.type = "ntfs";
	w->g->family = GUEST_WINDOWS;
	w->g->root_fs = NULL;
	w->facts.windows_seen = true;
}

/* ---- judging ---- */

const char *judge_rule(struct world *w, const char *id)
{
	struct check c = {&w->facts, w->g, &w->options, A, &w->finding};
	const struct rule *rule = rule_find(id);

	if (!rule)
		fail_msg("there is no rule %s", id);
	w->finding = (struct finding){.rule = rule};
	rule->check(&c);
	assert_true(w->finding.evidence.n > 0);
	w->worst = w->finding.evidence.at;
	list_each(ev, &w->finding.evidence) {
		if (ev->verdict < w->worst->verdict)
			w->worst = ev;
		assert_true(ev->verdict != UNKNOWN || ev->reason != REASON_NONE);
	}
	if (w->worst->verdict != NA && !(rule->reaches & CAN(w->worst->verdict)))
		fail_msg("%s does not say that it can be %s", id, verdict_name(w->worst->verdict));
	return verdict_name(w->worst->verdict);
}

size_t count_evidence(const struct world *w, enum verdict v)
{
	size_t n = 0;

	list_each(ev, &w->finding.evidence)
		n += ev->verdict == v;
	return n;
}
