/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finds Windows guests: every NTFS volume with \Windows\System32\config\SYSTEM.  Where NTFS cannot
 * be read (BitLocker, damage), a disk that boots Windows by its loader, of which little is known.
 */
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "guest/windows_collect.h"

#define CONFIG "/Windows/System32/config/"

/* ---- who it is ---- */

static struct fact text_fact(const struct windows *w, enum win_setting s)
{
	const struct reg_value *v = win_setting(w, s);

	return (struct fact){v->text && *v->text ? v->text : NULL, v->from};
}

static unsigned number_of(const char *s)
{
	unsigned long long n;

	return s && span_u64(span_of(s), &n) && n < 1000000 ? (unsigned)n : 0;
}

/* "10.0.17763"; before Windows 10 only CurrentVersion says "6.3". */
static void find_version(struct guest *g)
{
	struct windows *w = g->windows;
	const struct reg_value *major = win_setting(w, SET_MAJOR_VERSION);
	const struct reg_value *minor = win_setting(w, SET_MINOR_VERSION);
	struct fact old = text_fact(w, SET_CURRENT_VERSION);
	struct fact build = text_fact(w, SET_CURRENT_BUILD);
	const char *dot = old.value ? strchr(old.value, '.') : NULL;

	w->build = number_of(build.value);
	if (major->is_number && minor->is_number) {
		w->major = (unsigned)major->number;
		w->minor = (unsigned)minor->number;
	} else if (dot) {
		w->major = number_of(
			arena_strndup(g->vm->arena, old.value, (size_t)(dot - old.value)));
		w->minor = number_of(dot + 1);
	}
	g->version.from = build.from;
	if (w->major && w->build)
		g->version.value =
			arena_printf(g->vm->arena, "%u.%u.%u", w->major, w->minor, w->build);
}

#define WINDOWS_11_BUILD 22000U

/* The registry of Windows 11 still calls itself Windows 10. */
static void find_name(struct guest *g)
{
	struct windows *w = g->windows;
	struct fact name = text_fact(w, SET_PRODUCT_NAME);
	struct fact pack = text_fact(w, SET_CSD_VERSION);
	const char *ten = "Windows 10";

	if (name.value && w->is_client && w->build >= WINDOWS_11_BUILD &&
		!strncmp(name.value, ten, strlen(ten)))
		name.value = arena_printf(g->vm->arena, "Windows 11%s", name.value + strlen(ten));
	if (name.value && pack.value)
		name.value = arena_printf(g->vm->arena, "%s %s", name.value, pack.value);
	if (!name.value)
		name.value = "Microsoft Windows";
	g->name = name;
}

static void find_machine(struct guest *g)
{
	static const struct {
		uint16_t machine;
		const char *word, *arch;
	} known[] = {
		{0x8664, "AMD64", "x86_64"},
		{0x14c, "x86", "i686"},
		{0xaa64, "ARM64", "aarch64"},
	};
	struct windows *w = g->windows;
	struct fact word = text_fact(w, SET_PROCESSOR_ARCHITECTURE);
	const char *kernel = "/Windows/System32/ntoskrnl.exe";
	uint8_t head[1024];
	int n = guest_read_head(g, kernel, head, sizeof(head));
	uint32_t pe = n >= 64 && !memcmp(head, "MZ", 2) ? get_le32(head + 60) : 0;

	if (pe && pe <= (uint32_t)n - 6 && !memcmp(head + pe, "PE\0\0", 4))
		w->pe_machine = get_le16(head + pe + 4);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (w->pe_machine == known[i].machine) {
			g->arch.value = known[i].arch;
			g->arch.from = (struct origin){.device = g->root->name, .path = kernel};
		} else if (!w->pe_machine && word.value && !strcasecmp(word.value, known[i].word)) {
			g->arch = (struct fact){known[i].arch, word.from};
		}
	}
}

static void find_role(struct windows *w)
{
	const struct reg_value *type = win_setting(w, SET_PRODUCT_TYPE);

	w->is_dc = reg_text_is(type, "LanmanNT");
	w->is_server = w->is_dc || reg_text_is(type, "ServerNT");
	w->is_client = reg_text_is(type, "WinNT");
}

static void identify(struct guest *g)
{
	struct windows *w = g->windows;

	g->id = (struct fact){"windows", w->hives[HIVE_SYSTEM].from};
	g->hostname = text_fact(w, SET_COMPUTER_NAME);
	if (!g->hostname.value)
		g->hostname = text_fact(w, SET_HOSTNAME);
	g->machine_id = text_fact(w, SET_MACHINE_GUID);
	w->time_zone = text_fact(w, SET_TIME_ZONE);
	find_version(g);
	find_name(g);
	find_machine(g);
	collect_domain(g);
}

/* ---- its hives, one after the other ---- */

static void read_hive(struct guest *g, enum win_hive id)
{
	static const char *const files[WIN_HIVES] = {
		CONFIG "SYSTEM", CONFIG "SOFTWARE", CONFIG "SAM", CONFIG "SECURITY", NULL};
	struct windows *w = g->windows;
	struct arena *a = g->vm->arena;
	struct hive *h;

	/* The accounts of a domain controller are elsewhere. */
	if (id == HIVE_SAM && w->is_dc) {
		w->hives[id].status = FILE_UNREADABLE;
		w->hives[id].reason = REASON_UNSUPPORTED;
		w->hives[id].why = "a domain controller keeps its accounts in ntds.dit";
		w->hives[id].from = (struct origin){.device = g->root->name, .path = files[id]};
		collect_accounts(w, NULL, a);
		return;
	}
	h = hive_open(a, &g->tree, files[id], win_hive_name(id), &w->hives[id]);
	if (id == HIVE_SYSTEM && h)
		collect_control_sets(w, h, a);
	collect_settings(w, h, a, id);
	if (id == HIVE_SYSTEM && h) {
		collect_interfaces(w, h, a);
		collect_firewall_local(w, h, a);
		collect_drives(g, h);
		collect_devices(w, h, a);
	} else if (id == HIVE_SYSTEM) {
		w->firewall.state = REG_UNSEEN;
	}
	if (id == HIVE_SYSTEM)
		find_role(w);
	if (id == HIVE_SOFTWARE && h)
		collect_firewall_policy(w, h, a);
	if (id == HIVE_SAM)
		collect_accounts(w, h, a);
	hive_close(h);
}

static void newest(struct guest *g, int64_t t)
{
	if (t > g->windows->last_seen)
		g->windows->last_seen = t;
}

/* The newest moment that the guest itself has left a trace of. */
static void find_last_moment(struct guest *g)
{
	static const char *const files[] = {
		CONFIG "SYSTEM", CONFIG "SOFTWARE", "/Windows/System32/winevt/Logs/System.evtx"};
	const struct reg_value *down = win_setting(g->windows, SET_LAST_SHUTDOWN);
	struct fs_file f;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (guest_stat(g, files[i], &f) == FILE_READ)
			newest(g, f.st.mtime);
	}
	if (down->state == REG_THERE && down->len == 8)
		newest(g, filetime_seconds(get_le64(down->data)));
	list_each(l, &g->windows->logs)
		newest(g, l->file->st.mtime);
}

static bool has_agent(const struct windows *w)
{
	static const enum win_setting settings[] = {
		SET_AGENT_DIRECTORY, SET_AGENT_VERSION, SET_AGENT_HOST_ID};
	static const char *const services[] = {
		"svagents", "InMage Scout Application Service", "frsvc", "InDskFlt", "involflt"};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (win_setting(w, settings[i])->state == REG_THERE)
			return true;
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (win_service(w->current, services[i]))
			return true;
	}
	return w->logs.n || win_path(w, PATH_AGENT_DIR)->status == FILE_READ;
}

static void collect(struct facts *f, struct guest *g)
{
	g->windows = arena_new(f->vm->arena, struct windows);
	read_hive(g, HIVE_SYSTEM);
	read_hive(g, HIVE_SOFTWARE);
	read_hive(g, HIVE_SAM);
	read_hive(g, HIVE_SECURITY);
	collect_users(g);
	collect_cluster(g);
	collect_bcd(f, g);
	g->windows->hives[HIVE_BCD] = g->windows->bcd.hive;
	identify(g);
	collect_paths(g);
	find_driver_files(g);
	collect_logs(g);
	find_last_moment(g);
	g->windows->agent_seen = has_agent(g->windows);
	collect_events(g);
	if (g->root_fs)
		vm_ask_space(g->root_fs);
}

/* ---- where it is ---- */

static struct guest *new_guest(struct facts *f, const struct volume *root)
{
	struct guest *g = arena_new(f->vm->arena, struct guest);

	g->family = GUEST_WINDOWS;
	g->vm = f->vm;
	g->root = root;
	g->root_fs = vm_filesystem(f->vm, root);
	*list_add(f->vm->arena, &f->guests) = g;
	f->windows_seen = true;
	return g;
}

static void look_into(struct facts *f, struct filesystem *fs)
{
	struct arena *a = f->vm->arena;
	struct fs_mount *m;
	struct fs_file file;
	struct err e = {0};
	struct guest *g;

	if (!fs->fs || !fs->volume->sig.type || strcmp(fs->volume->sig.type, "ntfs"))
		return;
	m = arena_new(a, struct fs_mount);
	*m = (struct fs_mount){"/", fs->fs, fs->volume->name, NULL, fs->fs->root};
	if (fs_walk(&(struct fs_tree){m, 1}, CONFIG "SYSTEM", 0, &file, &e) < 0)
		return;
	g = new_guest(f, fs->volume);
	g->tree = (struct fs_tree){m, 1};
	collect(f, g);
}

/* ---- without NTFS ---- */

static const char *windows_loader(const struct disk_boot *b, const struct volume **ret_esp)
{
	list_each(esp, &b->esps) {
		list_each(l, &esp->loaders) {
			if (!strcasecmp(l->path, "/EFI/Microsoft/Boot/bootmgfw.efi")) {
				*ret_esp = esp->volume;
				return l->path;
			}
		}
	}
	return NULL;
}

/* Windows itself is the largest NTFS volume; recovery and system partitions are small. */
static const struct volume *largest_ntfs(const struct vm *vm, const struct disk_map *d)
{
	const struct volume *best = NULL;

	list_each(v, &vm->map.volumes) {
		if ((*v)->disk != d || !(*v)->sig.type)
			continue;
		if (strcmp((*v)->sig.type, "ntfs") && strcmp((*v)->sig.type, "BitLocker"))
			continue;
		if (!best || (*v)->size > best->size)
			best = *v;
	}
	return best;
}

/* Is a Windows known already that this disk boots, or that lies on it? */
static bool is_taken(const struct facts *f, const struct disk_map *d)
{
	list_each(g, &f->guests) {
		const struct volume *parts[] = {(*g)->root, (*g)->boot, (*g)->efi};

		for (size_t i = 0; (*g)->family == GUEST_WINDOWS && i < 3; i++) {
			for (size_t j = 0; parts[i] && j < parts[i]->disks.n; j++) {
				if (parts[i]->disks.at[j] == d)
					return true;
			}
		}
	}
	return false;
}

static void look_at_loader(struct facts *f, const struct disk_boot *b)
{
	const struct volume *root = largest_ntfs(f->vm, b->disk), *esp = NULL;
	struct origin from = {.device = b->disk->name};
	const char *loader = windows_loader(b, &esp);
	struct guest *g;

	if (!root || is_taken(f, b->disk))
		return;
	if (loader) {
		from.device = esp->name;
		from.path = loader;
	} else if (!b->active || (b->mbr.code != MBR_WINDOWS && b->mbr.code != MBR_WINDOWS_XP)) {
		return;
	}
	g = new_guest(f, root);
	g->boot = b->active ? b->active->volume : root;
	g->id = (struct fact){"windows", from};
	g->name = (struct fact){"Microsoft Windows", from};
}

void collect_windows_guests(struct facts *f)
{
	list_each(fs, &f->vm->filesystems)
		look_into(f, fs);
	list_each(b, &f->disks)
		look_at_loader(f, b);
}
