/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whether the machine booted since an agent was installed: its driver, what its installer wrote,
 * and wtmp.  Of a machine without one nothing but .vx_version is looked for.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "guest/collect.h"
#include "parse/evidence.h"
#include "parse/wtmp.h"

#define WTMP "/var/log/wtmp"

static void find_driver(struct guest *g)
{
	const char *kernel = g->boot_config.kernel_release;
	const char *path;
	struct fs_file file;

	if (!kernel)
		return;
	path = arena_printf(
		g->vm->arena, "/lib/modules/%s/kernel/drivers/char/involflt.ko", kernel);
	if (guest_stat(g, path, &file) != FILE_READ)
		return;
	g->agent.driver_time = file.st.mtime;
	g->agent.driver_from = origin_found(&file, arena_strdup(g->vm->arena, file.path));
}

/* The last line of a file that has both texts; false: none. */
static bool last_line_with(struct guest *g, const struct guest_file *f, const char *text,
	const char *and, struct span *ret, struct origin *ret_from)
{
	struct span rest = {f->text, f->len}, line;
	unsigned n = 0;
	bool found = false;

	while (f->status == FILE_READ && next_line(&rest, &line, &n)) {
		if (!memmem(line.p, line.n, text, strlen(text)) ||
			!memmem(line.p, line.n, and, strlen(and)))
			continue;
		found = true;
		*ret = line;
		*ret_from = origin_line(f, n, NULL);
	}
	if (found)
		ret_from->text = evidence_text(g->vm->arena, *ret);
	return found;
}

/* "Found 9.16.0.0 Vx Agent. Upgrade is supported." */
static void find_version_before(struct guest *g)
{
	const struct guest_file *log = guest_read(g, "/var/log/ua_install.log");
	struct span line, word;
	struct origin from;
	const char *found;

	if (!last_line_with(g, log, "Found ", " Vx Agent. Upgrade is supported", &line, &from))
		return;
	found = memmem(line.p, line.n, "Found ", 6);
	line = (struct span){found + 6, (size_t)(line.p + line.n - found - 6)};
	if (next_word(&line, &word))
		g->agent.before = (struct fact){arena_strndup(g->vm->arena, word.p, word.n), from};
}

static void no_boot(struct guest *g, enum reason reason, const char *why)
{
	g->agent.boot_reason = reason;
	g->agent.boot_why = why;
}

static void read_wtmp(struct guest *g, const struct fs_file *f)
{
	uint64_t whole = f->st.size / WTMP_RECORD * WTMP_RECORD;
	size_t len = (size_t)(whole < WTMP_BYTES_MAX ? whole
						     : WTMP_BYTES_MAX / WTMP_RECORD * WTMP_RECORD),
	       n;
	char *bytes = arena_alloc(g->vm->arena, len + 1);
	struct err e = {0};

	if (fs_read(f, whole - len, bytes, len, &n, &e) < 0) {
		no_boot(g, reason_of(e.num), arena_strdup(g->vm->arena, e.msg));
		return;
	}
	g->agent.last_boot = wtmp_last_boot(bytes, n);
	if (!g->agent.last_boot)
		no_boot(g, REASON_NOT_ON_DISK, "it tells of no boot");
}

static void find_last_boot(struct guest *g)
{
	struct fs_file f;

	g->agent.boot_from = (struct origin){.device = g->root->name, .path = WTMP};
	if (!g->arch.value || (strcmp(g->arch.value, "x86_64") && strcmp(g->arch.value, "i686"))) {
		no_boot(g, REASON_UNSUPPORTED, "its records are of another machine's size");
		return;
	}
	if (guest_stat(g, WTMP, &f) != FILE_READ || !S_ISREG(f.st.mode)) {
		no_boot(g, REASON_NOT_ON_DISK, "it is not there");
		return;
	}
	g->agent.boot_from = origin_found(&f, WTMP);
	read_wtmp(g, &f);
}

void collect_linux_agent(struct guest *g)
{
	const struct guest_file *f = guest_read(g, "/usr/local/.vx_version");
	struct span line;

	if (f->status == FILE_ABSENT)
		return;
	g->agent.version_file = f;
	if (f->status != FILE_READ)
		return;
	find_driver(g);
	find_version_before(g);
	last_line_with(g, guest_read(g, "/var/log/InstallerErrors.json"), "ASRMob",
		"LinuxRecommendedReboot", &line, &g->agent.advised);
	find_last_boot(g);
}
