/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * asr-inspect: options, then the calls of each layer in order.  The only file that prints
 * diagnostics.  The locale stays C, so that no message depends on where it is run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "disk/hash.h"
#include "look.h"
#include "options.h"
#include "report/report.h"

enum { FOUND_NOTHING, FOUND_SOMETHING, COULD_NOT, UNDECIDED };

static int complain(const struct err *e)
{
	fputs("asr-inspect: ", stderr);
	text_escaped(stderr, e->msg, strlen(e->msg));
	fputc('\n', stderr);
	return COULD_NOT;
}

static void out_of_memory(void)
{
	static const char sentence[] =
		"asr-inspect: the image holds more than there is memory for\n";

	if (write(STDERR_FILENO, sentence, sizeof(sentence) - 1) < 0)
		_exit(COULD_NOT);
	_exit(COULD_NOT);
}

/*
 * An image that got the number of a closed standard descriptor would be taken for it.  The
 * place-holder can only be read, so that writing to it is an error as it should be.
 */
static void occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* ---- a run ---- */

struct run {
	struct command_line line;
	struct arena arena;
	struct host_opener opener;
	struct host_io io;
	struct vm vm;
	FILE *out;
};

/* The clock of --stats; an engine is told no more than whom to call. */
static struct {
	struct stats stats;
	size_t n;
	struct timespec since;
} clock_of;

static void next_stage(const char *name)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (clock_of.n)
		clock_of.stats.stages[clock_of.n - 1].milliseconds =
			(double)(now.tv_sec - clock_of.since.tv_sec) * 1e3 +
			(double)(now.tv_nsec - clock_of.since.tv_nsec) / 1e6;
	if (name && clock_of.n < STAGES)
		clock_of.stats.stages[clock_of.n++].name = name;
	clock_of.since = now;
}

static const struct stats *stats_of(const struct run *run)
{
	next_stage(NULL);
	clock_of.stats.host_bytes_read = run->io.bytes_read;
	clock_of.stats.host_reads = run->io.reads;
	return run->line.stats ? &clock_of.stats : NULL;
}

static void init_io(struct run *run)
{
	host_opener_init(&run->opener, run->line.allowed.at, run->line.allowed.n);
	run->io.opener = &run->opener.opener;
}

static int open_vm(struct run *run, struct err *e)
{
	struct engine_args args = {
		.io = &run->io,
		.arena = &run->arena,
		.requests = run->line.disks.at,
		.n_requests = run->line.disks.n,
		.stage = next_stage,
	};

	init_io(run);
	return native_engine.open(&run->vm, &args, e);
}

static void close_vm(struct run *run)
{
	if (run->vm.engine)
		run->vm.engine->close(&run->vm);
	arena_free(&run->arena);
}

/* ---- where the output goes ---- */

static int output_error(const struct run *run, struct err *e)
{
	return err_set(e, EIO, "%s: cannot be written: %s",
		run->line.output ? run->line.output : "standard output", strerror(errno));
}

/* Any file that holds image bytes, also one that the image names, stays what it is. */
static bool is_image(const struct host_io *io, const struct stat *st)
{
	struct stat image;

	for (const struct hostfile *f = io->files; f; f = f->next) {
		if (fstat(f->fd, &image))
			continue;
		if (image.st_dev == st->st_dev && image.st_ino == st->st_ino)
			return true;
		if (S_ISBLK(image.st_mode) && S_ISBLK(st->st_mode) && image.st_rdev == st->st_rdev)
			return true;
	}
	return false;
}

/* After the images are open and before anything is written, so that no report replaces a disk. */
static int open_output(struct run *run, struct err *e)
{
	const char *name = run->line.output;
	struct stat st;
	int fd;

	run->out = stdout;
	if (!name)
		return 0;
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0 || fstat(fd, &st))
		return output_error(run, e);
	if (is_image(&run->io, &st)) {
		close(fd);
		return err_set(e, EINVAL, "%s: is one of the disks, and is not written to", name);
	}
	if (S_ISREG(st.st_mode) && ftruncate(fd, 0))
		return output_error(run, e);
	run->out = fdopen(fd, "w");
	return run->out ? 0 : output_error(run, e);
}

static int close_output(struct run *run, struct err *e)
{
	bool failed = ferror(run->out);

	errno = 0;
	if (fclose(run->out) || failed)
		return output_error(run, e);
	return 0;
}

static bool wants_color(const struct run *run)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (run->line.color != COLOR_AUTO)
		return run->line.color == COLOR_ALWAYS;
	return isatty(fileno(run->out)) && !(no_color && *no_color) &&
	       !(term && !strcmp(term, "dumb"));
}

static unsigned columns_of(const struct run *run)
{
	const char *said = getenv("COLUMNS");
	unsigned long long n = 0;
	struct winsize size;

	if (said && span_u64(span_of(said), &n) && n && n < 10000)
		return (unsigned)n;
	if (!ioctl(fileno(run->out), TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}

/* ---- commands; each returns an exit status or a negative code ---- */

/* facts and judgement NULL: layout's. */
static int write_report(struct run *run, const struct facts *facts,
	const struct judgement *judgement, struct err *e)
{
	struct report report = {
		.vm = &run->vm,
		.facts = facts,
		.judgement = judgement,
		.options = &run->line.options,
		.policy = &run->line.policy,
		.stats = stats_of(run),
	};
	int r;

	/* What no rule asks for, and only these two show. */
	if (!judgement || run->line.format == FORMAT_JSON)
		vm_list_subvolumes(&run->vm);
	r = host_io_unchanged(&run->io, e);
	if (r < 0)
		return r;
	r = open_output(run, e);
	if (r < 0)
		return r;
	report.color = wants_color(run);
	report.columns = columns_of(run);
	if (judgement)
		report_format_at(run->line.format)->write(run->out, &report);
	else if (run->line.format == FORMAT_JSON)
		layout_json(run->out, &report);
	else
		layout_text(run->out, &report);
	return close_output(run, e);
}

static int check(struct run *run, struct err *e)
{
	struct judgement judgement;
	struct facts facts;
	int r = open_vm(run, e);

	if (r < 0)
		return r;
	next_stage("guest");
	facts_collect(&facts, &run->vm);
	next_stage("rules");
	judge(&judgement, &facts, &run->line.options, &run->line.policy, &run->arena);
	r = write_report(run, &facts, &judgement, e);
	return r < 0 ? r : judge_exit_status(&judgement, &run->line.policy);
}

static int layout(struct run *run, struct err *e)
{
	struct facts facts;
	int r = open_vm(run, e);

	if (r < 0)
		return r;
	next_stage("guest");
	facts_collect(&facts, &run->vm);
	list_each(f, &run->vm.filesystems)
		vm_ask_space(f); /* the table has a column for it */
	return write_report(run, &facts, NULL, e);
}

/* What ls and cat look into: the first guest, or the volume that was named. */
static int name_space(struct run *run, struct fs_tree *ret, struct fs_mount *mount, struct err *e)
{
	struct facts facts;

	if (run->line.device)
		return look_volume(ret, mount, &run->vm, run->line.device, e);
	facts_collect(&facts, &run->vm);
	if (!facts.guests.n || !facts.guests.at[0]->tree.n)
		return err_set(e, ENOENT,
			"%s on these disks; --device VOLUME looks into one "
			"volume",
			facts.guests.n ? "the guest cannot be read"
				       : "there is no operating system that can be read");
	*ret = facts.guests.at[0]->tree;
	return 0;
}

static int look_at_path(
	struct run *run, const struct fs_tree *tree, const char *path, bool first, struct err *e)
{
	if (run->line.command == CAT)
		return look_cat(run->out, tree, path, e);
	if (run->line.paths.n > 1) {
		fputs(first ? "" : "\n", run->out);
		text_escaped(run->out, path, strlen(path));
		fputs(":\n", run->out);
	}
	return look_ls(run->out, tree, path, e);
}

static int look(struct run *run, struct err *e)
{
	struct fs_tree tree;
	struct fs_mount mount;
	struct looked_at at;
	int r = open_vm(run, e);

	if (r >= 0)
		r = run->line.paths.n ? name_space(run, &tree, &mount, e)
				      : look_device(&at, &run->vm, run->line.device, e);
	if (r >= 0)
		r = open_output(run, e);
	if (r < 0)
		return r;
	list_each(path, &run->line.paths) {
		if (r >= 0)
			r = look_at_path(run, &tree, *path, path == run->line.paths.at, e);
	}
	if (!run->line.paths.n)
		r = look_raw(run->out, at.dev, e);
	/* What was read is written, whatever comes after it. */
	if (r >= 0)
		return close_output(run, e) < 0 ? -e->num : host_io_unchanged(&run->io, e);
	fclose(run->out);
	return r;
}

/* Its line is printed when its file is known to have stayed the same. */
static int hash_disk(struct run *run, const struct machine_disk *d, struct err *e)
{
	char hex[65];
	int r = disk_sha256(d->disk.dev, hex, e);

	if (r < 0)
		return err_prefix(e, "%s", d->path);
	r = host_io_unchanged(&run->io, e);
	if (r < 0)
		return r;
	fprintf(run->out, "%s  ", hex);
	text_escaped(run->out, d->path, strlen(d->path));
	fputc('\n', run->out);
	fflush(run->out);
	return 0;
}

/* Half an answer would pass for a whole one. */
static int all_there(const struct machine *m, struct err *e)
{
	const struct missing_disk *missing = m->missing.at;

	if (!m->missing.n)
		return 0;
	return err_set(
		e, missing->num, "%s: %s: %s", m->config->path, missing->said->slot, missing->why);
}

static int hash(struct run *run, struct err *e)
{
	struct machine machine;
	int r;

	init_io(run);
	r = machine_open(&machine, &run->io, &run->arena, run->line.disks.at, run->line.disks.n, e);
	if (r < 0)
		return r;
	r = all_there(&machine, e);
	if (r >= 0)
		r = open_output(run, e);
	list_each(d, &machine.disks) {
		if (r >= 0)
			r = hash_disk(run, d, e);
	}
	machine_close(&machine);
	return r < 0 ? r : close_output(run, e);
}

static int rules(struct run *run, struct err *e)
{
	struct rule_list *list = &run->line.rules;
	bool explain = run->line.command == EXPLAIN;
	int r = open_output(run, e);

	if (r < 0)
		return r;
	for (size_t i = 0; !explain && rule_at(i); i++)
		*list_add(&run->arena, list) = rule_at(i);
	if (run->line.format == FORMAT_JSON)
		rules_json(run->out, list, explain);
	else if (explain)
		explain_text(run->out, list, wants_color(run), columns_of(run));
	else
		rules_text(run->out, list, wants_color(run), columns_of(run));
	return close_output(run, e);
}

static int say_text(struct run *run, const char *text, struct err *e)
{
	run->out = stdout;
	fputs(text, run->out);
	return close_output(run, e);
}

static int run_command(struct run *run, struct err *e)
{
	switch (run->line.command) {
	case CHECK:
		return check(run, e);
	case LAYOUT:
		return layout(run, e);
	case LS:
	case CAT:
		return look(run, e);
	case HASH:
		return hash(run, e);
	case RULES:
	case EXPLAIN:
		return rules(run, e);
	case HELP:
		return say_text(run, command_line_help, e);
	case SHOW_VERSION:
		return say_text(run, "asr-inspect " VERSION "\n", e);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct err e = {0};
	int r;

	occupy_standard_descriptors();
	/* Even gmtime() reads the host's time zone when nothing says that there is none. */
	setenv("TZ", "UTC0", 1);
	arena_on_exhausted(out_of_memory);
	r = command_line_parse(&run.line, &run.arena, argc, argv, &e);
	if (r >= 0 && run.line.format == FORMAT_JSON)
		r = report_load_json(&e);
	if (r >= 0)
		r = run_command(&run, &e);
	close_vm(&run);
	return r < 0 ? complain(&e) : r;
}
