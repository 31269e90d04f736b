/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Facts of Windows guests against hivexget, on hives made by hivexregedit and on the corpus' real
 * ones, read through NTFS.
 */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "guest/windows_collect.h"
#include "tests/lib/testing.h"

#define CONFIG "/Windows/System32/config/"
#define STOCK "fixtures/guests/windows2019/root" CONFIG

static const char *top(void)
{
	static char here[4096];

	if (!*here)
		assert_non_null(getcwd(here, sizeof(here)));
	return here;
}

/* The hives of a stock Windows Server 2019, from the text of its fixture. */
static void make_hives(void)
{
	static bool made;

	test_need_tool("hivexregedit");
	test_need_tool("hivexget");
	test_need_tool("mkntfs");
	if (made)
		return;
	made = true;
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = {"SYSTEM", "SOFTWARE", "SAM", "SECURITY"};

		test_must_run("python3 '%s/tests/lib/mkhive.py' %s '%s/" STOCK "%s.reg'", top(),
			names[i], top(), names[i]);
	}
}

/* ---- a machine of one NTFS volume ---- */

struct box {
	struct test_io io;
	struct vm vm;
	struct facts facts;
	const struct guest *g;
	const struct windows *w;
};

static unsigned boxes;

/* An NTFS image with these files: pairs of where and what, "Windows/System32/config/SYSTEM" and a
 * file of the host. */
static const char *image_of(const char *const (*files)[2], size_t n)
{
	const char *image = test_path("box%u.img", boxes++), *lines = "";

	for (size_t i = 0; i < n; i++)
		lines = arena_printf(
			&test_arena, "%sfile /%s %s\n", lines, files[i][0], files[i][1]);
	test_write_file(test_path("lines"), lines, strlen(lines));
	test_must_run("python3 '%s/tests/lib/mkntfs.py' %s 40000000 -f <lines", top(), image);
	return image;
}

static struct box *box_open(const struct disk_request *disks, size_t n)
{
	struct box *b = arena_new(&test_arena, struct box);
	struct engine_args args = {.arena = &test_arena, .requests = disks, .n_requests = n};
	struct err e = {0};

	test_io_init(&b->io);
	args.io = &b->io.io;
	if (native_engine.open(&b->vm, &args, &e) < 0)
		fail_msg("%s", e.msg);
	facts_collect(&b->facts, &b->vm);
	b->g = b->facts.guests.n ? b->facts.guests.at[0] : NULL;
	b->w = b->g ? b->g->windows : NULL;
	return b;
}

static struct box *box_of(const char *const (*files)[2], size_t n)
{
	struct disk_request request = {.path = image_of(files, n)};

	return box_open(&request, 1);
}

static void box_close(struct box *b)
{
	native_engine.close(&b->vm);
}

#define PLACE "Windows/System32/config/"
static const char *const stock[][2] = {{PLACE "SYSTEM", "SYSTEM"}, {PLACE "SOFTWARE", "SOFTWARE"},
	{PLACE "SAM", "SAM"}, {PLACE "SECURITY", "SECURITY"}};

/* Stock hives, but this one, with its logs where there are such files. */
static struct box *box_with(const char *hive, const char *file)
{
	const char *files[6][2];
	size_t n = 4;

	for (size_t i = 0; i < 4; i++) {
		files[i][0] = stock[i][0];
		files[i][1] = strcmp(stock[i][1], hive) ? stock[i][1] : file;
	}
	for (int i = 1; i <= 2; i++) {
		const char *log = arena_printf(&test_arena, "%s.LOG%d", file, i);

		if (test_run("test -e %s", log))
			continue;
		files[n][0] = arena_printf(&test_arena, PLACE "%s.LOG%d", hive, i);
		files[n++][1] = log;
	}
	return box_of((const char *const(*)[2])files, n);
}

/* ---- against hivexget ---- */

/* "HKLM\SYSTEM\ControlSet001\Select" in the hive of that name. */
static const char *key_in_hive(const char *shown, const char *hive)
{
	const char *at = strstr(shown, hive);

	assert_non_null(at);
	at += strlen(hive);
	return *at == '\\' ? at + 1 : at;
}

static const char *hivexget(const char *hive, const char *key, const char *name)
{
	const char *quoted = *name ? arena_printf(&test_arena, "'%s'", name) : "@";

	return test_output("hivexget %s '%s' %s", hive, key, quoted);
}

static void assert_same_value(const struct reg_value *v, const char *hive)
{
	const char *key = arena_strndup(
		&test_arena, v->from.text, (size_t)(strstr(v->from.text, ": ") - v->from.text));
	const char *said = hivexget(hive, key_in_hive(key, hive), v->name), *want = NULL;
	char *end = strchr(said, '\n');

	if (v->is_number)
		want = arena_printf(&test_arena, "%llu", (unsigned long long)v->number);
	else if (v->text)
		want = v->text;
	if (want && end && strcmp(arena_strndup(&test_arena, said, (size_t)(end - said)), want))
		fail_msg("%s: we say \"%s\", hivexget \"%s\"", v->from.text, want, said);
	list_each(s, &v->strings) {
		if (!strstr(said, *s))
			fail_msg("%s: hivexget says \"%s\"", v->from.text, said);
	}
}

static size_t compare_settings(const struct windows *w, const char *hive)
{
	size_t compared = 0;

	for (size_t i = 0; i < WIN_SETTINGS; i++) {
		const struct reg_value *v = &w->settings[i];

		if (v->state != REG_THERE || !strstr(v->from.path, hive))
			continue;
		assert_same_value(v, hive);
		compared++;
	}
	return compared;
}

static void settings_are_those_of_hivexget(void **state)
{
	struct box *b;

	(void)state;
	make_hives();
	b = box_of(stock, 4);
	assert_non_null(b->w);
	assert_true(compare_settings(b->w, "SYSTEM") >= 15);
	assert_true(compare_settings(b->w, "SOFTWARE") >= 12);
	assert_true(compare_settings(b->w, "SECURITY") >= 3);
	box_close(b);
}

static void a_stock_server(void **state)
{
	struct box *b;

	(void)state;
	make_hives();
	b = box_of(stock, 4);
	assert_string_equal(b->g->name.value, "Windows Server 2019 Standard");
	assert_string_equal(b->g->version.value, "10.0.17763");
	assert_string_equal(b->g->hostname.value, "WEB01");
	assert_string_equal(b->g->arch.value, "x86_64");
	assert_true(b->w->is_server && !b->w->is_dc);
	assert_int_equal(b->w->joined, JOIN_WORKGROUP);
	assert_string_equal(b->w->domain.value, "WORKGROUP");
	assert_string_equal(b->w->time_zone.value, "W. Europe Standard Time");
	assert_int_equal(b->w->control_sets.n, 1);
	assert_true(b->w->current && b->w->current->current);
	assert_int_equal(win_service(b->w->current, "NETLOGON")->start, START_MANUAL);
	assert_string_equal(win_service(b->w->current, "netlogon")->from.text,
		"HKLM\\SYSTEM\\ControlSet001\\Services\\Netlogon: Start = REG_DWORD 3");
	assert_null(win_service(b->w->current, "svagents"));
	/* Its file is not in this box. */
	assert_int_equal(win_service(b->w->current, "storvsc")->file, SERVICE_FILE_MISSING);
	assert_string_equal(win_service(b->w->current, "storvsc")->file_path,
		"/Windows/System32/drivers/storvsc.sys");
	assert_int_equal(b->w->interfaces.n, 1);
	assert_string_equal(b->w->interfaces.at[0].addresses.at[0], "10.0.0.5");
	assert_int_equal(b->w->firewall.rules.n, 9);
	assert_true(b->w->firewall.profiles[FW_PUBLIC].enabled);
	assert_int_equal(b->w->accounts.users.n, 3);
	assert_true(win_account(b->g, "administrator")->is_admin);
	assert_true(win_account(b->g, "WEB01\\Guest")->user.flags & SAM_DISABLED);
	assert_null(win_account(b->g, "CORP\\Administrator"));
	assert_true(win_account_is_foreign(b->g, "CORP\\Administrator"));
	assert_false(win_account_is_foreign(b->g, ".\\Administrator"));
	assert_false(b->w->agent_seen);
	box_close(b);
}

/* ---- the corpus ---- */

static int start_in(const struct control_set *cs, const char *name)
{
	const struct win_service *s = win_service(cs, name);

	return s ? s->start : START_NONE;
}

static void services_of_a_real_hive(void **state)
{
	const char *hive = test_unxz(test_corpus("hives/SYSTEM.xz"));
	const char *files[4][2] = {{PLACE "SYSTEM", hive}, {PLACE "SOFTWARE", "SOFTWARE"},
		{PLACE "SAM", "SAM"}, {PLACE "SECURITY", "SECURITY"}};
	json_t *expect = json_load_file(test_corpus("hives/SYSTEM.expect.json"), 0, NULL);
	struct box *b;
	const char *set, *service;
	json_t *services, *start;

	(void)state;
	make_hives();
	assert_non_null(expect);
	b = box_of((const char *const(*)[2])files, 4);
	assert_non_null(b->w);
	assert_int_equal(b->w->control_sets.n, 2);
	assert_string_equal(b->w->current->name, "ControlSet001");
	assert_true(b->w->control_sets.at[1].last_known_good);
	assert_string_equal(b->g->hostname.value,
		json_string_value(json_object_get(
			json_object_get(expect, "computer_name"), "ControlSet001")));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(b->w->control_sets.at[i].services.n,
			json_integer_value(json_object_get(json_object_get(expect, "n_services"),
				b->w->control_sets.at[i].name)));
	json_object_foreach(json_object_get(expect, "services_start"), set, services)
	{
		size_t i = strcmp(set, "ControlSet001") ? 1 : 0;

		json_object_foreach(services, service, start)
			assert_int_equal(start_in(&b->w->control_sets.at[i], service),
				json_is_null(start) ? START_NONE : json_integer_value(start));
	}
	/* hivexget is asked by the name of the hive's file. */
	test_must_run("mv SYSTEM SYSTEM.stock && cp '%s' SYSTEM", hive);
	assert_true(compare_settings(b->w, "SYSTEM") >= 15);
	test_must_run("mv -f SYSTEM.stock SYSTEM");
	json_decref(expect);
	box_close(b);
}

/* "ID SERVICE" of each device, a line each, in the order of bytes. */
static const char *device_lines(const struct windows *w)
{
	const char *lines = "";

	list_each(d, &w->devices)
		lines = arena_printf(&test_arena, "%s%s %s\n", lines, d->id, d->service);
	test_write_file(test_path("devices"), lines, strlen(lines));
	return test_output("LC_ALL=C sort devices");
}

#define EXPORT "hivexregedit --export --unsafe-printable-strings --prefix X '%s' "

static void devices_of_a_real_hive(void **state)
{
	const char *hive = test_unxz(test_corpus("hives/SYSTEM.xz"));
	const char *files[][2] = {{PLACE "SYSTEM", hive}};
	struct box *b;

	(void)state;
	make_hives();
	b = box_of((const char *const(*)[2])files, 1);
	assert_non_null(b->w);
	assert_true(b->w->devices_known);
	assert_true(b->w->devices.n > 50);
	assert_string_equal(device_lines(b->w),
		test_output(EXPORT
			"'\\ControlSet001\\Enum' | LC_ALL=C awk "
			"'/^\\[/ { key = $0 } /^\"Service\"=/ { print key $0 }' | LC_ALL=C sed -nE "
			"'s/"
			"^.X.ControlSet001.Enum.((ACPI|COMPOSITEBUS|MPIO|PCI|VMBUS)\\\\[^\\]+\\\\[^"
			"\\]+)"
			"\\]\"Service\"=str\\(1\\):\"(.*)\"$/\\1 \\3/p' | LC_ALL=C sort",
			hive));
	assert_non_null(win_device_of(b->w, "intelppm"));
	assert_int_equal(b->w->vss_providers.n, 1);
	assert_non_null(
		strstr(test_output(EXPORT "'\\ControlSet001\\services\\VSS\\Providers'", hive),
			b->w->vss_providers.at[0].value));
	assert_int_equal(b->w->interfaces.n,
		strtoul(test_output(EXPORT
				"'\\ControlSet001\\services\\Tcpip\\Parameters\\Interfaces' | "
				"grep -c '^.X.*Interfaces.{'",
				hive),
			NULL, 10));
	box_close(b);
}

static void all_keys_and_values_of_real_hives(void **state)
{
	const char *files[3][2] = {{PLACE "SYSTEM", "SYSTEM"},
		{"many", test_unxz(test_corpus("hives/100_sub_keys.hiv.xz"))},
		{"long", test_unxz(test_corpus("hives/rlenvalue_test_hive.xz"))}};
	json_t *expect, *keys;
	struct hive_fact fact;
	struct reg_key k;
	struct hive *h;
	struct box *b;
	const char *said;

	(void)state;
	make_hives();
	b = box_of((const char *const(*)[2])files, 3);
	expect = json_load_file(test_corpus("hives/100_sub_keys.hiv.expect.json"), 0, NULL);
	assert_non_null(expect);
	h = hive_open(&test_arena, &b->g->tree, "/many", "MANY", &fact);
	assert_non_null(h);
	k = hive_key_fact(h, "", true);
	keys = json_object_get(expect, "root_keys");
	assert_true(k.subkeys.n >= json_array_size(keys));
	for (size_t i = 0; i < json_array_size(keys); i++)
		assert_string_equal(k.subkeys.at[i], json_string_value(json_array_get(keys, i)));
	hive_close(h);
	json_decref(expect);

	h = hive_open(&test_arena, &b->g->tree, "/long", "LONG", &fact);
	assert_non_null(h);
	k = hive_key_fact(h, "ModerateValueParent", true);
	test_must_run("cp '%s' long.hive", files[2][1]);
	assert_true(k.values.n > 0);
	said = test_output("hivexget long.hive ModerateValueParent");
	list_each(v, &k.values) {
		/* Binary, all of them: "Name"=hex(3):30,31,... */
		const char *line = arena_printf(&test_arena, "\"%s\"=hex(%u):", v->name, v->type);

		assert_int_equal(v->state, REG_THERE);
		for (size_t i = 0; i < v->len; i++)
			line = arena_printf(
				&test_arena, "%s%s%02x", line, i ? "," : "", v->data[i]);
		if (!strstr(said, arena_printf(&test_arena, "%s\n", line)))
			fail_msg("hivexget does not say %s", line);
	}
	hive_close(h);
	box_close(b);
}

/* ---- hives that were being written ---- */

#define LATER                                                                                      \
	"Windows Registry Editor Version 5.00\n\n"                                                 \
	"[\\Microsoft\\Windows\\CurrentVersion\\Policies\\System]\n"                               \
	"\"LocalAccountTokenFilterPolicy\"=dword:00000001\n\n"

static struct box *dirty_box(const char *form)
{
	make_hives();
	test_write_file(test_path("later.reg"), LATER, strlen(LATER));
	test_must_run("rm -f dirty* && cp SOFTWARE dirty && python3 '%s/tests/lib/mkhive.py' "
		      "--dirty dirty %s later.reg",
		top(), form);
	return box_with("SOFTWARE", "dirty");
}

static void a_dirty_hive_is_completed_from_its_log(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct box *b = dirty_box(i ? "old" : "new");
		const struct reg_value *v =
			win_setting(b->w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY);

		assert_true(b->w->hives[HIVE_SOFTWARE].replayed);
		assert_string_equal(v->from.state, "replayed");
		assert_true(reg_is(v, 1));
		box_close(b);
	}
}

static void a_dirty_hive_without_a_log_says_so(void **state)
{
	static const char *const forms[] = {"none", "torn"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct box *b = dirty_box(forms[i]);
		const struct reg_value *v =
			win_setting(b->w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY);

		assert_true(b->w->hives[HIVE_SOFTWARE].dirty);
		assert_string_equal(v->from.state, "dirty");
		assert_int_equal(v->state, REG_ABSENT);
		assert_non_null(b->w->hives[HIVE_SOFTWARE].notes);
		/* The other hives are not. */
		assert_null(win_setting(b->w, SET_COMPUTER_NAME)->from.state);
		box_close(b);
	}
}

static void a_log_that_cannot_be_read_may_hold_more(void **state)
{
	struct box *b;

	(void)state;
	make_hives();
	test_write_file(test_path("later.reg"), LATER, strlen(LATER));
	test_must_run("rm -f dirty* && cp SOFTWARE dirty && python3 '%s/tests/lib/mkhive.py' "
		      "--dirty dirty new later.reg && truncate -s 25M dirty.LOG2",
		top());
	b = box_with("SOFTWARE", "dirty");
	assert_true(b->w->hives[HIVE_SOFTWARE].replayed);
	assert_true(b->w->hives[HIVE_SOFTWARE].dirty);
	assert_non_null(strstr(b->w->hives[HIVE_SOFTWARE].notes, "its LOG2 cannot be read"));
	assert_string_equal(win_setting(b->w, SET_ENABLE_LUA)->from.state, "dirty");
	box_close(b);
}

/* ---- damage ---- */

static void a_hive_that_is_none_is_unseen(void **state)
{
	static const struct {
		const char *make, *why;
		enum reason reason;
	} bad[] = {
		{"head -c 100000 /dev/zero >bad", "does not begin with regf", REASON_UNREADABLE},
		{"head -c 2000 SOFTWARE >bad", "shorter than its base block", REASON_UNREADABLE},
		{"head -c 9000 SOFTWARE >bad", "cut short", REASON_UNREADABLE},
		{"cp SOFTWARE bad; printf x | dd of=bad bs=1 seek=4096 conv=notrunc status=none",
			"no bin begins", REASON_UNREADABLE},
		{"cp SOFTWARE bad; printf '\\0\\0\\0\\0' | dd of=bad bs=1 seek=4128 conv=notrunc "
		 "status=none",
			"the cell at byte 4128", REASON_UNREADABLE},
	};

	(void)state;
	make_hives();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct box *b;
		const struct reg_value *v;

		test_must_run("%s", bad[i].make);
		b = box_with("SOFTWARE", "bad");
		v = win_setting(b->w, SET_ENABLE_LUA);
		assert_int_equal(v->state, REG_UNSEEN);
		assert_int_equal(v->reason, bad[i].reason);
		if (!strstr(v->why, bad[i].why))
			fail_msg("\"%s\" is not in \"%s\"", bad[i].why, v->why);
		assert_int_equal(win_key(b->w, KEY_COM3)->state, REG_UNSEEN);
		/* What other hives say is known all the same. */
		assert_string_equal(b->g->hostname.value, "WEB01");
		box_close(b);
	}
}

static void a_missing_hive_is_unseen(void **state)
{
	struct box *b;

	(void)state;
	make_hives();
	b = box_of(stock, 1);
	assert_non_null(b->w);
	assert_int_equal(b->w->hives[HIVE_SAM].status, FILE_ABSENT);
	assert_int_equal(win_setting(b->w, SET_ENABLE_LUA)->state, REG_UNSEEN);
	assert_int_equal(b->w->accounts.state, REG_UNSEEN);
	assert_non_null(b->w->accounts.why);
	assert_int_equal(b->w->joined, JOIN_WORKGROUP);
	box_close(b);
}

/* A hive of another kind under the name of this one. */
static void a_hive_of_something_else(void **state)
{
	struct box *b;

	(void)state;
	make_hives();
	b = box_with("SYSTEM", "SAM");
	assert_int_equal(b->w->hives[HIVE_SYSTEM].status, FILE_READ);
	assert_null(b->w->current);
	assert_int_equal(b->w->control_sets.n, 0);
	assert_null(b->g->hostname.value);
	assert_string_equal(b->g->name.value, "Windows Server 2019 Standard");
	box_close(b);
}

/* ---- files and logs ---- */

static void logs_in_any_encoding(void **state)
{
	const char *files[6][2];
	const struct win_log_entry *exit;
	struct box *b;

	(void)state;
	make_hives();
	memcpy(files, stock, sizeof(stock));
	files[4][0] = "ProgramData/ASRSetupLogs/ASRUnifiedAgentInstaller.log";
	files[4][1] = "wide.log";
	files[5][0] = "ProgramData/ASRSetupLogs/UploadedLogs/2024UA_InstallLogFile.log";
	files[5][1] = "plain.log";
	test_must_run("printf 'Error code: -2147164145 [0x8004E00F]\\r\\nExit code: 802\\r\\n' "
		      ">plain.log && { printf '\\377\\376'; iconv -t UTF-16LE plain.log; } "
		      ">wide.log");
	b = box_of((const char *const(*)[2])files, 6);
	assert_int_equal(b->w->logs.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct win_log_entry *e =
			win_log_pair(&b->w->logs.at[i].log, 0x8004E00F, 802, &exit);

		assert_non_null(e);
		assert_int_equal(origin_log(&b->w->logs.at[i], e).line, 1);
	}
	assert_non_null(win_log(b->w, "asrunifiedagentinstaller.LOG"));
	assert_null(win_log(b->w, "vacp.log"));
	assert_true(b->w->agent_seen);
	box_close(b);
}

/* ---- whole machines, by the recipes of fixtures/guests ---- */

static struct box *machine(const char *name)
{
	struct disk_request request = {0};
	const char *said;

	test_need_tool("hivexregedit");
	test_need_tool("mkntfs");
	said = test_output("cd '%s' && python3 tests/run-guests --make %s --out '%s'", top(), name,
		test_path("machines"));
	request.path = test_path("machines/%s/disk0.raw", name);
	assert_non_null(strstr(said, "disk0.raw"));
	return box_open(&request, 1);
}

static void the_boot_configuration_names_volumes(void **state)
{
	static const struct {
		const char *name, *root, *boot, *efi, *path;
	} machines[] = {
		{"windows2019", "disk0p2", "disk0p1", NULL, "\\Windows\\system32\\winload.exe"},
		{"windows2022-uefi", "disk0p3", NULL, "disk0p1",
			"\\Windows\\system32\\winload.efi"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct box *b = machine(machines[i].name);
		const struct win_bcd *bcd = &b->w->bcd;
		const struct bcd_loader *l = bcd->loaders.at;

		assert_string_equal(b->g->root->name, machines[i].root);
		assert_true(machines[i].boot ? !strcmp(b->g->boot->name, machines[i].boot)
					     : !b->g->boot);
		assert_true(
			machines[i].efi ? !strcmp(b->g->efi->name, machines[i].efi) : !b->g->efi);
		assert_int_equal(bcd->on_esp, machines[i].efi != NULL);
		assert_true(bcd->decoded);
		assert_int_equal(bcd->default_loader, 0);
		assert_int_equal(bcd->timeout, 30);
		assert_int_equal(bcd->device.target, BCD_FOUND);
		assert_ptr_equal(bcd->device.volume, bcd->volume);
		assert_int_equal(l->osdevice.target, BCD_FOUND);
		assert_ptr_equal(l->osdevice.volume, b->g->root);
		assert_ptr_equal(l->device.volume, b->g->root);
		assert_string_equal(l->path.value, machines[i].path);
		assert_true(l->has_recovery && l->recovery && !l->has_ems);
		assert_int_equal(b->w->drives.n, 2);
		assert_int_equal(b->w->drives.at[0].letter, 'C');
		assert_ptr_equal(b->w->drives.at[0].volume, b->g->root);
		assert_int_equal(win_path(b->w, PATH_DRV_VMBUS)->status, FILE_READ);
		assert_int_equal(win_path(b->w, PATH_PENDING_XML)->status, FILE_ABSENT);
		assert_int_equal(win_service(b->w->current, "storflt")->file, SERVICE_FILE_THERE);
		assert_string_equal(win_service(b->w->current, "vmxnet3ndis6")->file_path,
			"/Windows/System32/drivers/vmxnet3.sys");
		assert_int_equal(b->w->pe_machine, 0x8664);
		/* 2024-03-01, the time of every file of a recipe */
		assert_int_equal(b->w->last_seen, 1709251200);
		box_close(b);
	}
}

static void paths_as_windows_writes_them(void **state)
{
	static const char *const same[][2] = {
		{"System32\\drivers\\x.sys", "/Windows/System32/drivers/x.sys"},
		{"\\SystemRoot\\System32\\x.sys", "/Windows/System32/x.sys"},
		{"\\??\\C:\\Windows\\x.sys", "/Windows/x.sys"},
		{"%SystemRoot%\\x.exe", "/Windows/x.exe"},
		{"\"C:\\Program Files\\a b\\x.exe\" -k", "/Program Files/a b/x.exe"},
		{"%ProgramData%\\x", "/ProgramData/x"},
	};
	static const char *const elsewhere[] = {"D:\\x.sys", "\\Device\\x", "", "x.sys", "C:"};
	struct box *b = machine("windows2019");

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_string_equal(win_guest_path(b->g, same[i][0]), same[i][1]);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		assert_null(win_guest_path(b->g, elsewhere[i]));
	box_close(b);
}

/* ---- several systems ---- */

static void linux_and_windows_are_two_guests(void **state)
{
	struct disk_request disks[2] = {{.path = test_path("linux.img")}};
	struct box *b;

	(void)state;
	make_hives();
	test_need_tool("mke2fs");
	disks[1].path = image_of(stock, 4);
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; mkdir -p linux/etc && echo web02 "
		      ">linux/etc/hostname && : >linux/etc/fstab && printf 'ID=debian\n' "
		      ">linux/etc/os-release && truncate -s 8M linux.img && "
		      "mke2fs -q -F -t ext4 -d linux linux.img");
	b = box_open(disks, 2);
	assert_int_equal(b->facts.guests.n, 2);
	assert_int_equal(b->facts.guests.at[0]->family, GUEST_LINUX);
	assert_null(b->facts.guests.at[0]->windows);
	assert_int_equal(b->facts.guests.at[1]->family, GUEST_WINDOWS);
	assert_non_null(b->facts.guests.at[1]->windows);
	assert_false(b->facts.separate_machines);
	box_close(b);
}

static void two_servers_are_two_machines(void **state)
{
	struct disk_request disks[2];
	const char *files[4][2];
	struct box *b;

	(void)state;
	make_hives();
	memcpy(files, stock, sizeof(stock));
	files[0][1] = "SYSTEM.2";
	files[1][1] = "SOFTWARE.2";
	test_must_run("printf '[\\ControlSet001\\Control\\ComputerName\\ComputerName]\n"
		      "\"ComputerName\"=\"WEB02\"\n' >2.reg && "
		      "printf '[\\Microsoft\\Cryptography]\n\"MachineGuid\"=\"x\"\n' >3.reg "
		      "&& sed -i '1iWindows Registry Editor Version 5.00\n' 2.reg 3.reg && "
		      "cp SYSTEM SYSTEM.2 && cp SOFTWARE SOFTWARE.2 && "
		      "python3 '%s/tests/lib/mkhive.py' --merge SYSTEM.2 2.reg && "
		      "python3 '%s/tests/lib/mkhive.py' --merge SOFTWARE.2 3.reg",
		top(), top());
	disks[0] = (struct disk_request){.path = image_of(stock, 4)};
	disks[1] = (struct disk_request){.path = image_of((const char *const(*)[2])files, 4)};
	b = box_open(disks, 2);
	assert_int_equal(b->facts.guests.n, 2);
	assert_true(b->facts.separate_machines);
	box_close(b);
}

/* ---- hives bent at random: hivex gets only what hive_scan() let pass ---- */

/* Where in the image the file lies, in one piece. */
static size_t place_of(const char *image, const char *bytes, size_t n)
{
	size_t len;
	const char *all = test_read_file(image, &len), *at = memmem(all, len, bytes, n);

	assert_non_null(at);
	return (size_t)(at - all);
}

static void write_at(const char *image, size_t at, const char *bytes, size_t n)
{
	FILE *f = fopen(image, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* One image is made, and its hive is bent where it lies. */
static void bent_hives_do_no_harm(void **state)
{
	struct disk_request request = {0};
	size_t n, opened = 0, place;
	const char *sound;
	char *bent;

	(void)state;
	make_hives();
	request.path = image_of(stock, 4);
	sound = test_read_file(test_path("SAM"), &n);
	place = place_of(request.path, sound, n);
	bent = arena_alloc(&test_arena, n);
	for (unsigned i = 0; i < 48; i++) {
		uint32_t at[4];
		struct box *b;

		memcpy(bent, sound, n);
		test_noise(at, sizeof(at), i);
		for (unsigned j = 0; j < 4; j++)
			bent[512 + at[j] % (n - 512)] ^= (char)(1U << at[j] % 8);
		write_at(request.path, place, bent, n);
		b = box_open(&request, 1);
		opened += b->w->hives[HIVE_SAM].status == FILE_READ;
		assert_true(b->w->accounts.users.n <= 16);
		box_close(b);
	}
	assert_true(opened > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_those_of_hivexget),
		cmocka_unit_test(a_stock_server),
		cmocka_unit_test(services_of_a_real_hive),
		cmocka_unit_test(devices_of_a_real_hive),
		cmocka_unit_test(all_keys_and_values_of_real_hives),
		cmocka_unit_test(a_dirty_hive_is_completed_from_its_log),
		cmocka_unit_test(a_dirty_hive_without_a_log_says_so),
		cmocka_unit_test(a_log_that_cannot_be_read_may_hold_more),
		cmocka_unit_test(a_hive_that_is_none_is_unseen),
		cmocka_unit_test(a_missing_hive_is_unseen),
		cmocka_unit_test(a_hive_of_something_else),
		cmocka_unit_test(logs_in_any_encoding),
		cmocka_unit_test(the_boot_configuration_names_volumes),
		cmocka_unit_test(paths_as_windows_writes_them),
		cmocka_unit_test(linux_and_windows_are_two_guests),
		cmocka_unit_test(two_servers_are_two_machines),
		cmocka_unit_test(bent_hives_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
