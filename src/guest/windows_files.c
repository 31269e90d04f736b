/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Files of a Windows guest that are there or not, and text logs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "guest/windows_collect.h"
#include "parse/pe.h"

#define AGENT "/Program Files (x86)/Microsoft Azure Site Recovery/agent"
#define DRIVERS "/Windows/System32/drivers/"

static const char *const paths[WIN_PATHS] = {
	[PATH_BOOTMGR] = "/bootmgr",
	[PATH_NTOSKRNL] = "/Windows/System32/ntoskrnl.exe",
	[PATH_WINLOAD_EXE] = "/Windows/System32/winload.exe",
	[PATH_WINLOAD_EFI] = "/Windows/System32/winload.efi",
	[PATH_CSCRIPT] = "/Windows/System32/cscript.exe",
	[PATH_PENDING_XML] = "/Windows/WinSxS/pending.xml",
	[PATH_WBEM_INDEX] = "/Windows/System32/wbem/Repository/INDEX.BTR",
	[PATH_WBEM_OBJECTS] = "/Windows/System32/wbem/Repository/OBJECTS.DATA",
	[PATH_WBEM_MAPPING1] = "/Windows/System32/wbem/Repository/MAPPING1.MAP",
	[PATH_WBEM_MAPPING2] = "/Windows/System32/wbem/Repository/MAPPING2.MAP",
	[PATH_WBEM_MAPPING3] = "/Windows/System32/wbem/Repository/MAPPING3.MAP",
	[PATH_REGISTRATION] = "/Windows/Registration",
	[PATH_AGENT_DIR] = AGENT,
	[PATH_AZURE_PACKAGES] = "/WindowsAzure/Packages",
	[PATH_DRV_INTELIDE] = DRIVERS "intelide.sys",
	[PATH_DRV_PCIIDEX] = DRIVERS "pciidex.sys",
	[PATH_DRV_ATAPI] = DRIVERS "atapi.sys",
	[PATH_DRV_ATAPORT] = DRIVERS "ataport.sys",
	[PATH_DRV_VMSTORFL] = DRIVERS "vmstorfl.sys",
	[PATH_DRV_STORVSC] = DRIVERS "storvsc.sys",
	[PATH_DRV_VMBUS] = DRIVERS "vmbus.sys",
};

static struct win_path_fact look(const struct fs_tree *tree, struct arena *a, const char *path)
{
	struct win_path_fact p = {.from = {.path = path}};
	struct fs_file f;
	struct err e = {0};

	p.from.device = tree->mounts[0].volume;
	if (fs_walk(tree, path, 0, &f, &e) == 0) {
		p.status = FILE_READ;
		p.size = f.st.size;
		p.mtime = f.st.mtime;
		p.from.path = arena_strdup(a, f.path);
	} else {
		p.status = e.num == ENOENT || e.num == ENOTDIR ? FILE_ABSENT : FILE_UNREADABLE;
	}
	if (tree->mounts[0].fs && tree->mounts[0].fs->state != FS_CLEAN)
		p.from.state = fs_state_name(tree->mounts[0].fs->state);
	return p;
}

/* Turns the directory at path into its first file with that ending. */
static void look_inside(struct guest *g, struct win_path_fact *p, const char *path, const char *end)
{
	struct name_list names;

	if (p->status != FILE_READ)
		return;
	p->status = guest_list(g, path, &names, NULL);
	if (p->status != FILE_READ)
		return;
	list_each(n, &names) {
		size_t len = strlen(n->name), skip = strlen(end);

		if (len > skip && !strcasecmp(n->name + len - skip, end))
			return;
	}
	p->status = FILE_ABSENT;
}

/* Where the agent was installed, by its own word; else where it always is. */
static const char *agent_dir(const struct guest *g)
{
	const struct reg_value *v = win_setting(g->windows, SET_AGENT_DIRECTORY);
	char *dir = v->text && *v->text ? (char *)win_guest_path(g, v->text) : NULL;
	size_t n = dir ? strlen(dir) : 0;

	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = '\0';
	return dir ? dir : AGENT;
}

void collect_paths(struct guest *g)
{
	struct windows *w = g->windows;

	for (size_t i = 0; i < WIN_PATHS; i++) {
		struct fs_tree tree = g->tree;
		struct fs_mount m;

		/* The boot manager is where the BCD is. */
		if (i == PATH_BOOTMGR && g->boot_fs && g->boot_fs->fs) {
			m = (struct fs_mount){
				"/", g->boot_fs->fs, g->boot->name, NULL, g->boot_fs->fs->root};
			tree = (struct fs_tree){&m, 1};
		}
		w->paths[i] =
			look(&tree, g->vm->arena, i == PATH_AGENT_DIR ? agent_dir(g) : paths[i]);
	}
	look_inside(g, &w->paths[PATH_REGISTRATION], paths[PATH_REGISTRATION], ".clb");
}

/* ---- paths as Windows writes them ---- */

static bool is_root_drive(const struct guest *g, char letter)
{
	list_each(d, &g->windows->drives) {
		if (d->letter == (letter & ~32))
			return d->volume == g->root;
	}
	/* MountedDevices may know nothing; Windows is nearly always on C:. */
	return (letter & ~32) == 'C';
}

const char *win_guest_path(const struct guest *g, const char *path)
{
	static const struct {
		const char *prefix, *is;
	} roots[] = {
		{"\\SystemRoot\\", "/Windows/"},
		{"%SystemRoot%\\", "/Windows/"},
		{"%windir%\\", "/Windows/"},
		{"%ProgramFiles%\\", "/Program Files/"},
		{"%ProgramData%\\", "/ProgramData/"},
		{"System32\\", "/Windows/System32/"},
		{"SysWOW64\\", "/Windows/SysWOW64/"},
	};
	const char *root = NULL;
	char *out;

	if (*path == '"')
		path++;
	if (!strncmp(path, "\\??\\", 4))
		path += 4;
	for (size_t i = 0; i < ARRAY_LEN(roots) && !root; i++) {
		size_t n = strlen(roots[i].prefix);

		if (!strncasecmp(path, roots[i].prefix, n)) {
			root = roots[i].is;
			path += n;
		}
	}
	if (!root) {
		if (!path[0] || path[1] != ':' || path[2] != '\\' || !is_root_drive(g, path[0]))
			return NULL;
		root = "/";
		path += 3;
	}
	out = arena_printf(g->vm->arena, "%s%.*s", root, (int)strcspn(path, "\""), path);
	for (char *p = out; *p; p++) {
		if (*p == '\\')
			*p = '/';
	}
	return out;
}

/* ---- logs ---- */

/* The end of a log, with its first bytes put before it: they tell its encoding. */
static int read_end(
	const struct fs_file *f, struct arena *a, char **ret, size_t *ret_len, struct err *e)
{
	uint64_t from = f->st.size > WIN_LOG_MAX ? (f->st.size - WIN_LOG_MAX) & ~1ULL : 0;
	size_t room = (size_t)(f->st.size - from), head = from ? 2 : 0, n = 0;
	char *p = arena_alloc(a, head + room + 1);
	int r = 0;

	if (from)
		r = fs_read(f, 0, p, 2, &n, e);
	/* Not UTF-16: no mark is wanted. */
	if (from && memcmp(p, "\xff\xfe", 2) && memcmp(p, "\xfe\xff", 2))
		head = 0;
	if (r == 0)
		r = fs_read(f, from, p + head, room, &n, e);
	*ret = p;
	*ret_len = head + n;
	return r;
}

/* A log may be larger than any configuration file, and its text is of no more use. */
static struct guest_file *log_file(struct guest *g, const char *path, const struct fs_file *f)
{
	struct guest_file *file = arena_new(g->vm->arena, struct guest_file);

	file->path = arena_strdup(g->vm->arena, path);
	file->status = FILE_READ;
	file->st = f->st;
	file->from = origin_found(f, arena_strdup(g->vm->arena, f->path));
	return file;
}

static void add_log(struct guest *g, const char *path)
{
	struct arena *a = g->vm->arena;
	struct win_log_fact *l;
	struct guest_file *file;
	struct fs_file f;
	struct err e = {0};
	char *bytes;
	size_t len;

	if (fs_walk(&g->tree, path, 0, &f, &e) < 0 || !S_ISREG(f.st.mode))
		return;
	file = log_file(g, path, &f);
	l = list_add(a, &g->windows->logs);
	l->name = arena_strdup(a, strrchr(path, '/') + 1);
	l->file = file;
	l->status = file->status;
	if (read_end(&f, a, &bytes, &len, &e) < 0) {
		l->status = file->status = FILE_UNREADABLE;
		l->why = file->why = arena_strdup(a, e.msg);
		file->reason = reason_of(e.num);
		return;
	}
	l->cut = f.st.size > WIN_LOG_MAX;
	win_log_parse(&l->log, a, win_log_utf8(a, bytes, len));
}

#define AGENT_DRIVER DRIVERS "InDskFlt.sys"

static void find_agent_driver(struct guest *g)
{
	struct fs_file f;
	struct err e = {0};
	uint16_t v[4];
	char *bytes = NULL;
	size_t n;

	if (fs_walk(&g->tree, AGENT_DRIVER, 0, &f, &e) < 0 || !S_ISREG(f.st.mode) ||
		fs_read_whole(&f, DRIVER_BYTES_MAX, g->vm->arena, &bytes, &n, &e) < 0 ||
		!pe_file_version(bytes, n, v))
		return;
	g->windows->agent_driver.value =
		arena_printf(g->vm->arena, "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
	g->windows->agent_driver.from = origin_found(&f, arena_strdup(g->vm->arena, f.path));
}

#define SETUP_LOGS "/ProgramData/ASRSetupLogs"

void collect_logs(struct guest *g)
{
	static const char *const known[] = {
		SETUP_LOGS "/ASRUnifiedAgentInstaller.log",
		SETUP_LOGS "/ASRUnifiedAgentConfigurator.log",
	};
	struct name_list names;

	find_agent_driver(g);
	g->windows->proxy_file =
		guest_read(g, "/ProgramData/Microsoft Azure Site Recovery/Config/ProxyInfo.conf");
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		add_log(g, known[i]);
	collect_agent_settings(g,
		arena_printf(g->vm->arena, "%s/Application Data/etc/drscout.conf", agent_dir(g)));
	add_log(g, arena_printf(g->vm->arena, "%s/Application Data/ApplicationPolicyLogs/vacp.log",
			   agent_dir(g)));
	if (guest_list(g, SETUP_LOGS "/UploadedLogs", &names, NULL) != FILE_READ)
		return;
	list_each(n, &names) {
		if (strlen(n->name) > 21 && g->windows->logs.n < WIN_LOGS_MAX &&
			!strcasecmp(n->name + strlen(n->name) - 21, "UA_InstallLogFile.log"))
			add_log(g,
				arena_printf(g->vm->arena, SETUP_LOGS "/UploadedLogs/%s", n->name));
	}
}

struct origin origin_log(const struct win_log_fact *l, const struct win_log_entry *e)
{
	struct origin o = l->file->from;

	if (e) {
		o.line = l->cut ? 0 : e->line;
		o.text = e->text;
	}
	return o;
}

const struct win_log_fact *win_log(const struct windows *w, const char *name)
{
	list_each(l, &w->logs) {
		if (!strcasecmp(l->name, name))
			return l;
	}
	return NULL;
}
