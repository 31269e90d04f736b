/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is read of a guest's event logs, and how much of them, from a filesystem in memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/windows_collect.h"
#include "tests/lib/evtxseal.h"
#include "tests/lib/testing.h"

/* ---- a filesystem of these files; all directories are one ---- */

static struct mem_file {
	const char *name;
	const uint8_t *p;
	size_t n;
} files[4];
static size_t files_n;
static uint64_t bytes_read;
static int fail_reads;

static int look_up(struct fs *fs, struct fs_node dir, const char *name, size_t len,
	struct fs_node *ret, struct err *e)
{
	(void)fs;
	(void)dir;
	ret->id = 0;
	if (!memchr(name, '.', len))
		return 0;
	for (size_t i = 0; i < files_n; i++) {
		if (strlen(files[i].name) == len && !memcmp(files[i].name, name, len)) {
			ret->id = i + 1;
			return 0;
		}
	}
	return err_set(e, ENOENT, "no such file");
}

static int stat_node(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	(void)fs;
	(void)e;
	*ret = (struct fs_stat){
		.mode = node.id ? S_IFREG : S_IFDIR, .size = node.id ? files[node.id - 1].n : 0};
	return 0;
}

static int read_node(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	const struct mem_file *f = &files[node.id - 1];

	(void)fs;
	if (fail_reads && --fail_reads == 0)
		return err_set(e, EIO, "the disk is broken");
	*ret_n = off >= f->n ? 0 : f->n - off < len ? f->n - off : len;
	memcpy(buf, f->p + off, *ret_n);
	bytes_read += *ret_n;
	return 0;
}

static void close_none(struct fs *fs)
{
	(void)fs;
}

static const struct fs_driver memory = {.name = "memory",
	.close = close_none,
	.lookup = look_up,
	.stat = stat_node,
	.read = read_node};

static uint8_t *add_file(const char *name, const void *p, size_t n)
{
	uint8_t *copy = (uint8_t *)arena_strndup(&test_arena, p, n);

	files[files_n++] = (struct mem_file){name, copy, n};
	return copy;
}

static uint8_t *add_log(const char *name, const char *text)
{
	static char here[4096];
	const char *bytes;
	size_t n;

	if (!*here)
		assert_non_null(getcwd(here, sizeof(here)));
	test_write_file(test_path("log.txt"), text, strlen(text));
	test_must_run("python3 '%s/tests/lib/mkevtx.py' log.txt log.evtx", here);
	bytes = test_read_file(test_path("log.evtx"), &n);
	return add_file(name, bytes, n);
}

static uint8_t *chunk_of(uint8_t *log, size_t i)
{
	return log + EVTX_HEADER_SIZE + i * EVTX_CHUNK_SIZE;
}

/* ---- a guest that has them ---- */

static struct windows *collect(void (*make)(struct windows *))
{
	static struct fs fs;
	static const struct fs_mount mount = {.dir = "/", .fs = &fs, .volume = "disk0p2"};
	static struct vm vm = {.arena = &test_arena};
	static struct volume root = {.name = "disk0p2"};
	struct guest *g = arena_new(&test_arena, struct guest);

	if (fs.driver)
		fs_close(&fs);
	fs = (struct fs){.driver = &memory};
	g->vm = &vm;
	g->root = &root;
	g->tree = (struct fs_tree){&mount, 1};
	g->windows = arena_new(&test_arena, struct windows);
	g->windows->last_seen = 1700000000;
	make(g->windows);
	bytes_read = 0;
	collect_events(g);
	return g->windows;
}

static void member(struct windows *w)
{
	w->joined = JOIN_DOMAIN;
}

static void with_agent(struct windows *w)
{
	w->joined = JOIN_WORKGROUP;
	w->agent_seen = true;
}

static void with_lockout(struct windows *w)
{
	w->joined = JOIN_WORKGROUP;
	w->accounts.state = REG_THERE;
	w->accounts.policy_known = true;
	w->accounts.policy.threshold = 5;
	w->accounts.policy.duration = 1800;
}

static void plain(struct windows *w)
{
	w->joined = JOIN_WORKGROUP;
}

static int forget(void **state)
{
	(void)state;
	files_n = 0;
	fail_reads = 0;
	return 0;
}

#define BOOT(day)                                                                                  \
	day "T07:58:12Z Microsoft-Windows-Kernel-General 12 4 BootMode:uint32=0\n" day             \
	    "T07:58:40Z EventLog 6005:32768 4\n"
#define NOISE(n, day)                                                                              \
	"fill " n " " day                                                                          \
	"T08:01:00Z 'Service Control Manager' 7036:16384 4 'param1=Windows Update' "               \
	"param2=stopped binary=wuauserv/1\n"
#define LOST(day) day "T07:59:30Z NETLOGON 3210:0 2 CORP '\\\\dc1.corp.example'\n"

/* ---- tests ---- */

static void only_what_a_rule_asks_for_is_read(void **state)
{
	struct windows *w;

	(void)state;
	add_log("System.evtx", BOOT("2024-02-28"));
	w = collect(plain);
	assert_false(w->events[EVENTS_SYSTEM].asked);
	assert_int_equal(bytes_read, 0);
	w = collect(member);
	assert_int_equal(w->events[EVENTS_SYSTEM].status, FILE_READ);
	assert_false(w->events[EVENTS_SECURITY].asked);
	assert_false(w->events[EVENTS_APPLICATION].asked);
	w = collect(with_agent);
	assert_int_equal(w->events[EVENTS_APPLICATION].status, FILE_ABSENT);
	assert_string_equal(
		win_last_boot(w)->from.path, "/Windows/System32/winevt/Logs/System.evtx");
}

static void events_come_newest_first_back_to_the_last_boot(void **state)
{
	const struct win_events *l;
	struct windows *w;

	(void)state;
	add_log("System.evtx",
		"record 100\n" LOST("2024-02-01") BOOT("2024-02-20") LOST("2024-02-20")
			BOOT("2024-02-28") LOST("2024-02-28") NOISE("10", "2024-02-28"));
	w = collect(member);
	l = &w->events[EVENTS_SYSTEM];
	assert_int_equal(l->events.n, 3);
	assert_int_equal(l->events.at[0].e.id, 3210);
	assert_string_equal(l->events.at[0].from.text,
		"record 106, 2024-02-28T07:59:30Z, NETLOGON 3210: CORP, \\\\dc1.corp.example");
	assert_int_equal(win_last_boot(w)->e.record, 104);
	assert_int_equal(l->newest, 1709107269);
	assert_int_equal(l->oldest, 1709107092);
	assert_int_equal(w->last_seen, 1709107269);
	assert_false(l->complete);
}

static void a_full_log_goes_round(void **state)
{
	const struct win_events *l;

	(void)state;
	add_log("System.evtx",
		"round 2\n" LOST("2024-02-01") NOISE("900", "2024-02-28") LOST("2024-03-02"));
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->events.n, 2);
	assert_int_equal(l->events.at[0].e.record, 902);
	assert_int_equal(l->events.at[1].e.record, 1);
	assert_true(l->complete);
}

static void of_an_open_log_the_newest_records_are_found(void **state)
{
	const struct win_events *l;

	(void)state;
	add_log("System.evtx", "dirty\nround 2\n" NOISE("900", "2024-02-28") LOST("2024-03-02"));
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->events.n, 1);
	assert_int_equal(l->events.at[0].e.record, 901);
	assert_true(l->complete);
}

static void damaged_chunks_are_left_out_and_counted(void **state)
{
	const struct win_events *l;
	uint8_t *log = add_log("System.evtx",
		LOST("2024-02-01") NOISE("900", "2024-02-28") "damage\n" LOST("2024-03-02"));
	uint8_t *second = chunk_of(log, 1);

	(void)state;
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->status, FILE_READ);
	assert_int_equal(l->damaged, 1);
	assert_int_equal(l->events.n, 1);
	assert_int_equal(l->events.at[0].e.record, 1);
	assert_false(l->complete);
	memset(second + 600, 0xff, 4000);
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->damaged, 2);
	assert_int_equal(l->events.n, 1);
}

static void a_log_that_is_none_is_unreadable(void **state)
{
	const struct win_events *l;
	uint8_t *log = add_log("System.evtx", LOST("2024-02-01"));

	(void)state;
	chunk_of(log, 0)[600] ^= 1;
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->status, FILE_UNREADABLE);
	assert_string_equal(l->why, "its newest chunks are damaged");
	log[10] ^= 1;
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->status, FILE_UNREADABLE);
	assert_string_equal(l->why, "the checksum of its header is wrong");
	files[0].n = 100;
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->reason, REASON_UNREADABLE);
	files[0].n = 4096 + 1000;
	log[10] ^= 1;
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->status, FILE_READ);
	assert_int_equal(l->events.n, 0);
}

static void logs_of_before_vista_are_named(void **state)
{
	const struct win_events *l;

	(void)state;
	add_file("SysEvent.Evt", "LfLe", 4);
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->status, FILE_UNREADABLE);
	assert_int_equal(l->reason, REASON_UNSUPPORTED);
	assert_string_equal(l->from.path, "/Windows/System32/config/SysEvent.Evt");
}

/* Puts copies of a log's first chunk, with smaller numbers, before it. */
static void lengthen(uint64_t copies)
{
	const uint8_t *old = files[0].p;
	size_t n = files[0].n + copies * EVTX_CHUNK_SIZE;
	uint8_t *log = arena_alloc(&test_arena, n);
	struct evtx_chunk c;
	struct err e;

	memcpy(log, old, EVTX_HEADER_SIZE);
	memcpy(chunk_of(log, copies), old + EVTX_HEADER_SIZE, files[0].n - EVTX_HEADER_SIZE);
	for (uint64_t i = 0; i < copies; i++) {
		uint8_t *p = chunk_of(log, i);

		memcpy(p, old + EVTX_HEADER_SIZE, EVTX_CHUNK_SIZE);
		assert_int_equal(evtx_chunk_parse(&c, p, false, &e), 0);
		for (unsigned r = 0; r < c.n; r++) {
			uint64_t number = c.first + r - (copies - i) * c.n;

			memcpy(p + c.at[r] + 8, &number, 8);
		}
		seal_evtx_chunk(p);
	}
	put_evtx_crc(log + 16, (uint32_t)((n - EVTX_HEADER_SIZE) / EVTX_CHUNK_SIZE - 1));
	seal_evtx_header(log);
	files[0] = (struct mem_file){"System.evtx", log, n};
}

static void of_a_large_log_the_newest_part_is_read(void **state)
{
	const struct win_events *l;

	(void)state;
	/* 20 MiB, of which the last chunks have the last boot. */
	add_log("System.evtx", "record 1000000\n" NOISE("200", "2024-01-28") BOOT("2024-02-28")
				       LOST("2024-02-28") NOISE("300", "2024-02-28"));
	lengthen(318);
	assert_in_range(files[0].n, 20U << 20, 21U << 20);
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->events.n, 3);
	assert_in_range(bytes_read, 1, 300000);
	/* The same where no boot is found: it ends at the limit. */
	files_n = 0;
	add_log("System.evtx", "record 1000000\n" NOISE("250", "2024-01-28"));
	lengthen(318);
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_int_equal(l->events.n, 0);
	assert_int_equal(l->damaged, 0);
	assert_false(l->complete);
	assert_in_range(bytes_read, EVTX_BYTES_MAX, EVTX_BYTES_MAX + 8192);
	/* And to its beginning when it is shorter than that. */
	files_n = 0;
	add_log("System.evtx", "record 1000000\n" NOISE("250", "2024-01-28"));
	lengthen(20);
	l = &collect(member)->events[EVENTS_SYSTEM];
	assert_true(l->complete);
}

static void locks_are_looked_for_as_far_back_as_they_last(void **state)
{
	const struct win_events *l;

	(void)state;
	add_log("Security.evtx", "2023-11-14T21:00:00Z Microsoft-Windows-Security-Auditing 4740 0 "
				 "TargetUserName=early\n"
				 "2023-11-14T21:40:00Z Microsoft-Windows-Security-Auditing 4624 0 "
				 "TargetUserName=x\n"
				 "2023-11-14T22:00:00Z Microsoft-Windows-Security-Auditing 4740 0 "
				 "TargetUserName=late\n"
				 "2023-11-14T22:01:00Z Microsoft-Windows-Security-Auditing 4625 0 "
				 "TargetUserName=late SubStatus:hex32=0xc0000234\n"
				 "2023-11-14T22:02:00Z Microsoft-Windows-Security-Auditing 4625 0 "
				 "TargetUserName=late SubStatus:hex32=0xc000006a\n");
	l = &collect(with_lockout)->events[EVENTS_SECURITY];
	assert_int_equal(l->events.n, 2);
	assert_int_equal(l->events.at[0].e.id, 4625);
	assert_string_equal(evtx_data(&l->events.at[1].e, "TargetUserName"), "late");
}

static void of_installations_the_one_before_the_boot_is_the_last(void **state)
{
#define INSTALLED(time, version)                                                                   \
	time " MsiInstaller 1033:0 4 'Microsoft Azure Site Recovery Mobility Service' " version    \
	     " 1033 0 'Microsoft Corporation'\n"
	const struct win_events *l;

	(void)state;
	add_log("System.evtx", BOOT("2024-02-20"));
	add_log("Application.evtx",
		INSTALLED("2022-02-01T00:00:00Z", "9.40.0.0") INSTALLED(
			"2024-02-01T00:00:00Z", "9.60.0.0") INSTALLED("2024-02-28T00:00:00Z",
			"9.67.0.0") "2024-02-28T00:00:01Z MsiInstaller 1033:0 4 'VMware Tools' "
				    "12.3 1033 0 x\n");
	l = &collect(with_agent)->events[EVENTS_APPLICATION];
	assert_int_equal(l->events.n, 2);
	assert_string_equal(l->events.at[1].e.data.at[1].text, "9.60.0.0");
}

/* For every n: the n-th read fails. */
static void reads_that_fail_do_no_harm(void **state)
{
	(void)state;
	add_log("System.evtx",
		"dirty\n" LOST("2024-02-01") NOISE("900", "2024-02-28") LOST("2024-03-02"));
	for (int n = 1; n < 16; n++) {
		const struct win_events *l;

		fail_reads = n;
		l = &collect(member)->events[EVENTS_SYSTEM];
		assert_true(l->status == FILE_UNREADABLE || l->events.n >= 1);
		assert_true(n != 1 || l->status == FILE_UNREADABLE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_what_a_rule_asks_for_is_read, forget),
		cmocka_unit_test_setup(events_come_newest_first_back_to_the_last_boot, forget),
		cmocka_unit_test_setup(a_full_log_goes_round, forget),
		cmocka_unit_test_setup(of_an_open_log_the_newest_records_are_found, forget),
		cmocka_unit_test_setup(damaged_chunks_are_left_out_and_counted, forget),
		cmocka_unit_test_setup(a_log_that_is_none_is_unreadable, forget),
		cmocka_unit_test_setup(logs_of_before_vista_are_named, forget),
		cmocka_unit_test_setup(of_a_large_log_the_newest_part_is_read, forget),
		cmocka_unit_test_setup(locks_are_looked_for_as_far_back_as_they_last, forget),
		cmocka_unit_test_setup(
			of_installations_the_one_before_the_boot_is_the_last, forget),
		cmocka_unit_test_setup(reads_that_fail_do_no_harm, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
