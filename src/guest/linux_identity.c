/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Who a Linux guest is: distribution, architecture, names.
 */
#include "guest/collect.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "parse/elf.h"
#include "parse/evidence.h"

static struct span text_of(const struct guest_file *f)
{
	if (f->status != FILE_READ)
		return (struct span){NULL, 0};
	return (struct span){f->text, f->len};
}

static const struct guest_file *first_present(struct guest *g, const char *a, const char *b)
{
	const struct guest_file *f = guest_read(g, a);

	return f->status == FILE_ABSENT ? guest_read(g, b) : f;
}

/* The file of the guest that a parser named by its path. */
static struct origin origin_of_path(
	struct guest *g, const char *path, unsigned line, const char *text)
{
	list_each(f, &g->files) {
		if ((*f)->status == FILE_READ && !strcmp((*f)->path, path))
			return origin_line(*f, line, text);
	}
	return (struct origin){.path = path, .line = line, .text = text};
}

static void collect_release(struct guest *g)
{
	struct arena *a = g->vm->arena;
	const struct guest_file *os = first_present(g, "/etc/os-release", "/usr/lib/os-release");
	struct release_files files = {
		.os_release = text_of(os),
		.lsb_release = text_of(guest_read(g, "/etc/lsb-release")),
		.oracle_release = text_of(guest_read(g, "/etc/oracle-release")),
		.redhat_release = text_of(guest_read(g, "/etc/redhat-release")),
		.centos_release = text_of(guest_read(g, "/etc/centos-release")),
		.suse_release = text_of(guest_read(g, "/etc/SuSE-release")),
		.debian_version = text_of(guest_read(g, "/etc/debian_version")),
	};
	struct origin from = {0};

	g->agent_os_key =
		release_agent_key(a, &files, g->arch.value ? g->arch.value : "", &g->agent_os_file);
	if (!release_parse(&g->release, a, &files)) {
		g->release_file = os;
		return;
	}
	from = origin_of_path(g, g->release.file, g->release.line, g->release.text);
	/* Read from /usr/lib because /etc had none: the parser names the usual place. */
	if (!from.device && os->status == FILE_READ)
		from = origin_line(os, g->release.line, g->release.text);
	g->id = (struct fact){g->release.id, from};
	g->version = (struct fact){g->release.version, from};
	g->name = (struct fact){g->release.name, from};
}

static void collect_arch(struct guest *g)
{
	static const char *const programs[] = {"/bin/sh", "/usr/bin/sh", "/usr/lib/systemd/systemd",
		"/lib/systemd/systemd", "/sbin/init", "/bin/bash", "/usr/sbin/sshd"};
	uint8_t head[ELF_HEAD];

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		int n = guest_read_head(g, programs[i], head, sizeof(head));
		const char *arch = n > 0 ? elf_arch(head, (size_t)n) : NULL;

		if (!arch)
			continue;
		g->arch.value = arch;
		g->arch.from = (struct origin){
			.device = g->root->name,
			.path = programs[i],
			.state = evidence_state(g->root_fs),
		};
		return;
	}
}

/* The first line that is not empty and no comment. */
static bool first_line(const struct guest_file *f, struct span *ret, unsigned *ret_line)
{
	struct span rest = text_of(f), line;
	unsigned n = 0;

	while (rest.p && next_line(&rest, &line, &n)) {
		line = span_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		*ret = line;
		*ret_line = n;
		return true;
	}
	return false;
}

static bool line_fact(struct guest *g, const char *path, struct fact *ret)
{
	const struct guest_file *f = guest_read(g, path);
	struct span line;
	unsigned n;

	if (!first_line(f, &line, &n))
		return false;
	ret->value = arena_strndup(g->vm->arena, line.p, line.n);
	ret->from = origin_line(f, n, evidence_text(g->vm->arena, line));
	return true;
}

static void collect_hostname(struct guest *g)
{
	const struct guest_file *network;
	struct shellvars *vars;
	const struct shellvar *v;

	if (line_fact(g, "/etc/hostname", &g->hostname) ||
		line_fact(g, "/etc/HOSTNAME", &g->hostname))
		return;
	network = guest_read(g, "/etc/sysconfig/network");
	if (network->status != FILE_READ)
		return;
	vars = arena_new(g->vm->arena, struct shellvars);
	shellvars_parse(vars, g->vm->arena, network->text, network->len, 0);
	v = shellvars_get(vars, "HOSTNAME");
	if (v && v->value[0])
		g->hostname = (struct fact){v->value, origin_line(network, v->line, v->text)};
}

/* Where an agent that is there already was installed. */
static void collect_agent(struct guest *g)
{
	const struct guest_file *f = guest_read(g, "/usr/local/.vx_version");
	struct shellvars *vars = arena_new(g->vm->arena, struct shellvars);
	const struct shellvar *v;

	if (f->status != FILE_READ)
		return;
	shellvars_parse(vars, g->vm->arena, f->text, f->len, 0);
	v = shellvars_get(vars, "INSTALLATION_DIR");
	if (v && v->value[0] == '/')
		g->agent_dir = (struct fact){v->value, origin_line(f, v->line, v->text)};
}

void collect_identity(struct guest *g)
{
	bool has_machine_id;

	collect_arch(g);
	collect_release(g);
	collect_hostname(g);
	collect_agent(g);
	has_machine_id = line_fact(g, "/etc/machine-id", &g->machine_id) &&
			 strcmp(g->machine_id.value, "uninitialized");
	g->cloud_image = guest_stat(g, "/etc/cloud/cloud.cfg", NULL) == FILE_READ;
	/* Only systemd gives a machine its id at the first boot. */
	g->never_booted = g->cloud_image && !has_machine_id &&
			  guest_stat(g, "/etc/systemd", NULL) == FILE_READ;
}
