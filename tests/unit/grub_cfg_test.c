/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/grub_cfg.h"

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "tests/lib/testing.h"

static struct grub_cfg parse_with(const char *text, const struct grubenv *env)
{
	struct grub_cfg g;

	grub_cfg_parse(&g, &test_arena, text, strlen(text), env);
	return g;
}

static struct grub_cfg parse(const char *text)
{
	return parse_with(text, NULL);
}

static struct grubenv env_of(const char *lines)
{
	struct grubenv env;
	const char *text = arena_printf(&test_arena, "# GRUB Environment Block\n%s", lines);

	grubenv_parse(&env, &test_arena, text, strlen(text));
	return env;
}

static const char *arg(const struct boot_entry *b, const char *key)
{
	const struct kernel_arg *k = boot_entry_arg(b, key);

	return k ? k->value : NULL;
}

static void an_entry_has_its_title_id_classes_and_kernel(void **state)
{
	struct grub_cfg g =
		parse("set default=0\n"
		      "menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option "
		      "'gnulinux-1' {\n"
		      "\tinsmod ext2\n"
		      "\tset root='hd0,gpt2'\n"
		      "\tsearch --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 1234-abcd\n"
		      "\tlinux\t/vmlinuz-6.1.0-18-amd64 root=UUID=62927e85 ro  quiet\n"
		      "\tinitrd\t/initrd.img-6.1.0-18-amd64\n"
		      "}\n");
	const struct boot_entry *b;

	(void)state;
	assert_int_equal(g.entries.n, 1);
	b = &g.entries.at[0];
	assert_string_equal(b->title, "Debian GNU/Linux");
	assert_string_equal(b->id, "gnulinux-1");
	assert_string_equal(b->classes, "debian os");
	assert_string_equal(b->search, "UUID=1234-abcd");
	assert_string_equal(b->root, "hd0,gpt2");
	assert_int_equal(b->line, 2);
	assert_int_equal(b->lines.n, 1);
	assert_int_equal(b->lines.at[0].line, 6);
	assert_string_equal(b->lines.at[0].path, "/vmlinuz-6.1.0-18-amd64");
	assert_string_equal(
		b->lines.at[0].text, "linux\t/vmlinuz-6.1.0-18-amd64 root=UUID=62927e85 ro  quiet");
	assert_string_equal(arg(b, "root"), "UUID=62927e85");
	assert_string_equal(b->initrds.at[0], "/initrd.img-6.1.0-18-amd64");
	assert_string_equal(boot_entry_release(b), "6.1.0-18-amd64");
	assert_int_equal(b->kind, BOOT_NORMAL);
	assert_string_equal(g.default_is->value, "0");
}

static void quotes_are_taken_off_and_comments_ignored(void **state)
{
	struct grub_cfg g = parse("# linux /x root=/dev/sda9\n"
				  "menuentry a {\n"
				  " linux /vmlinuz root=\"/dev/sda2\" ro # root=/dev/sda3\n"
				  "}\n"
				  "menuentry b {\n linux /vmlinuz 'root=/dev/sda4' a\\ b x#y\n}\n");

	(void)state;
	assert_int_equal(g.entries.n, 2);
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/sda2");
	assert_int_equal(g.entries.at[0].lines.at[0].args.n, 2);
	assert_string_equal(arg(&g.entries.at[1], "root"), "/dev/sda4");
	assert_string_equal(g.entries.at[1].lines.at[0].args.at[1].key, "a b");
	assert_string_equal(g.entries.at[1].lines.at[0].args.at[2].key, "x#y");
}

static void continued_lines_are_joined(void **state)
{
	struct grub_cfg g =
		parse("menuentry a {\n linux /vmlinuz \\\n  root=/dev/sda2 \\\n  ro\n}\n");

	(void)state;
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/sda2");
	assert_int_equal(g.entries.at[0].lines.at[0].line, 2);
}

static void the_last_root_counts(void **state)
{
	struct grub_cfg g = parse("menuentry a {\n linux /v root=UUID=a root=/dev/sda1\n}\n");

	(void)state;
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/sda1");
}

static void literal_variables_are_expanded_others_marked(void **state)
{
	struct grub_cfg g =
		parse("set opts=\"root=/dev/sda3 ro\"\n"
		      "menuentry a {\n linux /vmlinuz $opts \"${opts}\" ${extra_cmdline} x\n}\n");
	const struct kernel_args *args = &g.entries.at[0].lines.at[0].args;

	(void)state;
	assert_int_equal(args->n, 5);
	assert_string_equal(args->at[0].value, "/dev/sda3");
	assert_string_equal(args->at[1].key, "ro");
	assert_string_equal(args->at[2].value, "/dev/sda3 ro");
	assert_string_equal(args->at[3].key, "${extra_cmdline}");
	assert_true(args->at[3].unresolved);
	assert_false(args->at[4].unresolved);
}

static void what_an_entry_sets_ends_with_it(void **state)
{
	struct grub_cfg g =
		parse("set r=/dev/sda1\nmenuentry a {\n set r=/dev/sda2\n linux /v root=$r\n}\n"
		      "menuentry b {\n linux /v root=$r\n}\n");

	(void)state;
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/sda2");
	assert_string_equal(arg(&g.entries.at[1], "root"), "/dev/sda1");
}

static void kernelopts_come_from_grubenv_or_from_the_fallback(void **state)
{
	static const char text[] =
		"if [ -s $prefix/grubenv ]; then\n load_env\nfi\n"
		"if [ -z \"${kernelopts}\" ]; then\n"
		"  set kernelopts=\"root=/dev/sda3 ro crashkernel=auto \"\nfi\nblscfg\n";
	struct grubenv env = env_of("kernelopts=root=/dev/mapper/rl-root ro\n"), merged;
	struct grub_cfg with = parse_with(text, &env), without = parse(text);

	(void)state;
	assert_true(with.blscfg);
	assert_int_equal(with.sets.at[0].reach, GRUB_NEVER);
	assert_null(grub_cfg_get(&with, "kernelopts"));
	grub_cfg_env(&merged, &test_arena, &with, &env);
	assert_string_equal(
		grubenv_get(&merged, "kernelopts")->value, "root=/dev/mapper/rl-root ro");

	assert_string_equal(
		grub_cfg_get(&without, "kernelopts")->value, "root=/dev/sda3 ro crashkernel=auto ");
	assert_int_equal(without.sets.at[0].line, 5);
	grub_cfg_env(&merged, &test_arena, &without, NULL);
	assert_non_null(grubenv_get(&merged, "kernelopts"));
}

static void the_default_follows_grubenv(void **state)
{
	static const char text[] =
		"if [ \"${next_entry}\" ] ; then\n"
		"   set default=\"${next_entry}\"\n   set next_entry=\nelse\n"
		"   set default=\"${saved_entry}\"\nfi\n"
		"menuentry 'One' --id one { linux /one\n }\n"
		"submenu 'More' --id more {\n menuentry 'Two' --id two { linux /two\n }\n"
		" menuentry 'Three' --id three { linux /three\n } }\n";
	static const struct {
		const char *env, *title;
	} cases[] = {
		{"saved_entry=1>1\n", "Three"},
		{"saved_entry=more>two\n", "Two"},
		{"saved_entry=More>Three\nnext_entry=\n", "Three"},
		{"saved_entry=1\n", "Two"},
		{"saved_entry=1>1\nnext_entry=0\n", "One"},
		{"saved_entry=gone\n", "One"},
		{"", "One"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct grubenv env = env_of(cases[i].env);
		struct grub_cfg g = parse_with(text, &env);
		const struct boot_entry *b = boot_default(&g.entries, g.default_is->value);

		assert_string_equal(b->title, cases[i].title);
	}
}

static void a_test_of_two_variables_is_decided(void **state)
{
	struct grub_cfg g =
		parse("set default=0\n"
		      "if [ -n \"${boot_counter}\" -a \"${boot_success}\" = \"0\" ]; then\n set "
		      "default=1\nfi\n"
		      "if [ x$feature_all = xy -o -s $prefix/x ]; then\n set timeout=5\nelse\n set "
		      "timeout=6\nfi\n"
		      "if [ \"$grub_platform\" = efi ]; then\n set a=1\nelse\n set a=2\nfi\n");

	(void)state;
	assert_string_equal(g.default_is->value, "0");
	assert_string_equal(grub_cfg_get(&g, "timeout")->value, "5");
	assert_int_equal(grub_cfg_get(&g, "a")->reach, GRUB_MAYBE);
	assert_string_equal(grub_cfg_get(&g, "a")->value, "2");
}

static void numbers_count_in_each_menu_and_skip_dead_entries(void **state)
{
	struct grub_cfg g =
		parse("menuentry a { linux /a\n }\n"
		      "if [ -n \"$nobody\" ]; then\n menuentry dead { linux /d\n }\nfi\n"
		      "submenu s { menuentry b { linux /b\n }\n menuentry c { linux /c\n } }\n"
		      "menuentry d { linux /d\n }\n");
	static const char *const want[] = {"0", "1", "1>0", "1>1", "2"};

	(void)state;
	assert_int_equal(g.entries.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(boot_entry_number(&test_arena, &g.entries.at[i]), want[i]);
	assert_true(g.entries.at[1].unreachable);
	assert_string_equal(boot_default(&g.entries, "1>1")->title, "c");
	assert_string_equal(boot_default(&g.entries, "dead")->title, "a");
}

static void a_title_with_a_greater_sign_is_found(void **state)
{
	struct grub_cfg g = parse("menuentry x { linux /x\n }\nmenuentry 'a>b' { linux /y\n }\n");

	(void)state;
	assert_string_equal(boot_default(&g.entries, "a>>b")->title, "a>b");
}

static void unusual_entries_are_marked(void **state)
{
	struct grub_cfg g =
		parse("menuentry 'Debian (recovery mode)' { linux /vmlinuz-6 single\n }\n"
		      "menuentry 'RHEL (0-rescue-925cd) 7' { linux16 /vmlinuz-0-rescue-925cd\n }\n"
		      "menuentry 'Memory test (memtest86+)' { linux16 /boot/memtest86+.bin\n }\n"
		      "menuentry 'UEFI Firmware Settings' --id uefi-firmware { fwsetup\n }\n"
		      "submenu 'Start bootloader from a read-only snapshot' { menuentry x { linux "
		      "/v\n } }\n"
		      "menuentry 'Windows' { chainloader +1\n }\n");
	static const enum boot_kind want[] = {BOOT_RECOVERY, BOOT_RESCUE, BOOT_MEMTEST,
		BOOT_FIRMWARE, BOOT_SNAPSHOT, BOOT_NORMAL};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(g.entries.at[i].kind, want[i]);
	assert_true(g.entries.at[5].chain);
}

static void behind_xen_the_first_module_is_linux(void **state)
{
	struct grub_cfg g = parse(
		"menuentry xen {\n multiboot /xen-4.1.gz placeholder\n"
		" module /vmlinuz-3.1.0-xen placeholder root=/dev/sda2 ro\n module /initrd\n}\n");

	(void)state;
	assert_string_equal(boot_entry_kernel(&g.entries.at[0])->path, "/vmlinuz-3.1.0-xen");
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/sda2");
}

static void kernel_lines_outside_entries_are_kept(void **state)
{
	struct grub_cfg g =
		parse("set root=(hd0,1)\nlinux /vmlinuz root=/dev/sda1\ninitrd /i\nboot\n");

	(void)state;
	assert_int_equal(g.entries.n, 1);
	assert_string_equal(g.entries.at[0].title, "");
	assert_string_equal(arg(boot_default(&g.entries, NULL), "root"), "/dev/sda1");
}

static void a_function_body_sets_nothing(void **state)
{
	struct grub_cfg g =
		parse("function savedefault {\n saved_entry=x\n save_env saved_entry\n}\n"
		      "set default=\"${saved_entry}\"\n");

	(void)state;
	assert_int_equal(g.sets.n, 1);
	assert_true(g.sets.at[0].unresolved);
}

static void a_stub_says_where_it_goes_on(void **state)
{
	struct grub_cfg g =
		parse("search.fs_uuid 5a1c root hd0,gpt2\nset prefix=($root)'/boot/grub'\n"
		      "configfile $prefix/grub.cfg\n");
	struct grub_cfg r =
		parse("search --no-floppy --root-dev-only --fs-uuid --set=dev 93f2\n"
		      "set prefix=($dev)/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n");

	(void)state;
	assert_string_equal(g.searches.at[0].what, "UUID=5a1c");
	assert_string_equal(g.searches.at[0].var, "root");
	assert_string_equal(g.includes.at[0].path, "($root)/boot/grub/grub.cfg");
	assert_true(g.includes.at[0].unresolved);
	assert_string_equal(r.searches.at[0].what, "UUID=93f2");
	assert_string_equal(r.searches.at[0].var, "dev");
}

static void hostile_text_stays_within_the_limits(void **state)
{
	static const char *const pieces[] = {"menuentry a {", "submenu a {\n", "if x; then ", "{",
		"}", "set a=$a$a$a;", "linux a b c d e f g h i j k l\n", "$", "\\", "'", "\"${a",
		"else ", "fi "};
	size_t size = 1 << 20;
	char *text = malloc(size + 1);

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t n = strlen(pieces[i]), len = 0;
		struct arena a = {0};
		struct grub_cfg g;

		while (len + n <= size) {
			memcpy(text + len, pieces[i], n);
			len += n;
		}
		grub_cfg_parse(&g, &a, text, len, NULL);
		assert_true(g.entries.n <= BOOT_ENTRIES_MAX);
		assert_true(a.total < ARENA_MAX / 2);
		arena_free(&a);
	}
	free(text);
}

/* ---- the corpus ---- */

static bool is_in(json_t *list, const char *text)
{
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		if (!strcmp(json_string_value(v), text))
			return true;
	}
	return false;
}

static size_t check_roots(const struct kernel_args *args, json_t *want, json_t *found)
{
	size_t n = 0;

	list_each(k, args) {
		if (strcmp(k->key, "root") || !k->value)
			continue;
		assert_true(is_in(want, k->value));
		json_array_append_new(found, json_string(k->value));
		n++;
	}
	return n;
}

static void check_file(const char *expect, const char *path, bool titles)
{
	json_t *j = json_load_file(expect, 0, NULL), *want = json_object_get(j, "root_args");
	json_t *entries = json_object_get(j, "menuentries"), *found = json_array(), *v;
	const char *kind = json_string_value(json_object_get(j, "kind"));
	size_t len, i, n = 0;
	const char *text = test_read_file(path, &len);
	struct grub_cfg g;

	if (kind && !strcmp(kind, "grub.cfg")) {
		grub_cfg_parse(&g, &test_arena, text, len, NULL);
		list_each(b, &g.entries) {
			list_each(k, &b->lines)
				check_roots(&k->args, want, found);
			if (titles && b->title[0])
				assert_string_equal(
					b->title, json_string_value(json_array_get(entries, n++)));
		}
		list_each(s, &g.sets) {
			struct kernel_args args = {0};

			cmdline_split(&args, &test_arena, span_of(s->value), s->line);
			if (!strcmp(s->name, "kernelopts"))
				check_roots(&args, want, found);
		}
		json_array_foreach(want, i, v) assert_true(is_in(found, json_string_value(v)));
		if (titles)
			assert_int_equal(n, json_array_size(entries));
	}
	json_decref(found);
	json_decref(j);
}

static void the_corpus_gives_the_roots_and_titles_expected(void **state)
{
	/* Of petitboot's and Insights' the list of titles was made by a search that counts less. */
	static const char *const groups[] = {
		"grubby", "pygrub", "suse-migration", "leapp", "petitboot", "insights"};

	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		const char *dir = test_corpus(arena_printf(&test_arena, "configs/%s", groups[i]));
		const char *pattern = arena_printf(&test_arena, "%s/*.expect.json", dir);
		glob_t files;

		assert_int_equal(glob(pattern, 0, NULL, &files), 0);
		for (size_t k = 0; k < files.gl_pathc; k++) {
			const char *expect = files.gl_pathv[k];

			check_file(expect, arena_strndup(&test_arena, expect, strlen(expect) - 12),
				i < 4);
		}
		globfree(&files);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_its_title_id_classes_and_kernel),
		cmocka_unit_test(quotes_are_taken_off_and_comments_ignored),
		cmocka_unit_test(continued_lines_are_joined),
		cmocka_unit_test(the_last_root_counts),
		cmocka_unit_test(literal_variables_are_expanded_others_marked),
		cmocka_unit_test(what_an_entry_sets_ends_with_it),
		cmocka_unit_test(kernelopts_come_from_grubenv_or_from_the_fallback),
		cmocka_unit_test(the_default_follows_grubenv),
		cmocka_unit_test(a_test_of_two_variables_is_decided),
		cmocka_unit_test(numbers_count_in_each_menu_and_skip_dead_entries),
		cmocka_unit_test(a_title_with_a_greater_sign_is_found),
		cmocka_unit_test(unusual_entries_are_marked),
		cmocka_unit_test(behind_xen_the_first_module_is_linux),
		cmocka_unit_test(kernel_lines_outside_entries_are_kept),
		cmocka_unit_test(a_function_body_sets_nothing),
		cmocka_unit_test(a_stub_says_where_it_goes_on),
		cmocka_unit_test(hostile_text_stays_within_the_limits),
		cmocka_unit_test(the_corpus_gives_the_roots_and_titles_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
