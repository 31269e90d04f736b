/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The hives of a guest, from a filesystem of one file: what hivex is given, and what is made of it.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "guest/windows_collect.h"
#include "tests/fuzz/hive_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *bytes;
static size_t length;

static int look_up(struct fs *fs, struct fs_node dir, const char *name, size_t len,
	struct fs_node *ret, struct err *e)
{
	(void)fs;
	(void)dir;
	/* Whatever hive is asked for is this one; what is not a hive is a directory. */
	(void)e;
	ret->id = (len == 1 && *name == 'h') || (len == 3 && !memcmp(name, "BCD", 3)) ||
		  (len == 6 && !memcmp(name, "CLUSDB", 6));
	return 0;
}

static int stat_node(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	(void)fs;
	(void)e;
	*ret = (struct fs_stat){.mode = node.id ? S_IFREG : S_IFDIR, .size = node.id ? length : 0};
	return 0;
}

static int read_node(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	(void)fs;
	(void)node;
	(void)e;
	*ret_n = off >= length ? 0 : length - off < len ? length - off : len;
	memcpy(buf, bytes + off, *ret_n);
	return 0;
}

static void close_none(struct fs *fs)
{
	(void)fs;
}

static const struct fs_driver one_file = {.name = "one",
	.close = close_none,
	.lookup = look_up,
	.stat = stat_node,
	.read = read_node};

/* The hives that are found by their place: the boot store, and the cluster's. */
static void collect_others(struct guest *g, struct fs *fs, struct fs_mount *mount)
{
	static struct win_service service = {.name = "ClusSvc"};
	struct control_set set = {.services = {&service, 1, 1}};
	struct volume volume = {.name = "disk0p1"};
	struct filesystem filesystem = {.volume = &volume, .fs = fs};
	struct facts facts = {.vm = g->vm};

	g->tree = (struct fs_tree){mount, 1};
	g->root = &volume;
	g->root_fs = &filesystem;
	g->windows->current = &set;
	collect_cluster(g);
	collect_bcd(&facts, g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct fs fs = {.driver = &one_file};
	struct fs_mount mount = {"/", &fs, "disk0", NULL, {0}};
	struct fs_tree tree = {&mount, 1};
	struct vm vm = {.arena = &a};
	struct windows *w;
	struct guest g = {.vm = &vm};
	uint8_t *sealed;

	if (size < HIVE_BASE_SIZE || size > 1U << 20)
		return 0;
	g.windows = w = arena_new(&a, struct windows);
	sealed = arena_alloc(&a, size);
	memcpy(sealed, data, size);
	seal_base(sealed, 0);
	bytes = sealed;
	length = size;
	for (unsigned i = 0; i < WIN_HIVES; i++) {
		struct hive *h = hive_open(&a, &tree, "/h", win_hive_name(i), &w->hives[i]);

		if (h && i == HIVE_SYSTEM) {
			collect_control_sets(w, h, &a);
			collect_interfaces(w, h, &a);
			collect_firewall_local(w, h, &a);
			collect_drives(&g, h);
			collect_devices(w, h, &a);
		}
		collect_settings(w, h, &a, i);
		if (i == HIVE_SAM)
			collect_accounts(w, h, &a);
		hive_close(h);
	}
	collect_domain(&g);
	collect_others(&g, &fs, &mount);
	fs_close(&fs);
	arena_free(&a);
	return 0;
}
