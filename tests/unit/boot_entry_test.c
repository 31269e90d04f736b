/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The formats that share struct boot_entry, other than grub.cfg: menu.lst, elilo.conf, BLS; and the
 * words of a command line, and grubenv.
 */
#include "parse/boot_entry.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "parse/bls.h"
#include "parse/grub_legacy.h"
#include "parse/grubenv.h"
#include "tests/lib/testing.h"

static const char *arg(const struct boot_entry *b, const char *key)
{
	const struct kernel_arg *k = boot_entry_arg(b, key);

	return k ? k->value : NULL;
}

static struct grub_legacy legacy(const char *text)
{
	struct grub_legacy g;

	grub_legacy_parse(&g, &test_arena, text, strlen(text));
	return g;
}

static void menu_lst_gives_titles_kernels_and_the_default(void **state)
{
	struct grub_legacy g =
		legacy("# comment\ndefault=1\ntimeout 5\nfallback 0\n"
		       "title CentOS (2.6.32-754.el6.x86_64)\n\troot (hd0,0)\n"
		       "\tkernel --type=linux /vmlinuz-2.6.32-754.el6.x86_64 ro "
		       "root=/dev/mapper/vg-lv \\\n rhgb\n"
		       "\tinitrd /initramfs-2.6.32-754.el6.x86_64.img\n"
		       "title Failsafe -- SUSE\n kernel (hd0,1)/boot/vmlinuz root=\"/dev/sda2\"\n"
		       "title Windows\n rootnoverify (hd0,0)\n chainloader +1\n");

	(void)state;
	assert_string_equal(g.default_is, "1");
	assert_int_equal(g.default_line, 2);
	assert_string_equal(g.timeout, "5");
	assert_int_equal(g.entries.n, 3);
	assert_string_equal(g.entries.at[0].root, "(hd0,0)");
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/mapper/vg-lv");
	assert_non_null(boot_entry_arg(&g.entries.at[0], "rhgb"));
	assert_null(boot_entry_arg(&g.entries.at[0], "\\"));
	assert_int_equal(g.entries.at[0].lines.at[0].line, 7);
	assert_string_equal(boot_entry_release(&g.entries.at[0]), "2.6.32-754.el6.x86_64");
	assert_string_equal(arg(&g.entries.at[1], "root"), "/dev/sda2");
	assert_int_equal(g.entries.at[1].kind, BOOT_RESCUE);
	assert_true(g.entries.at[2].chain);
	assert_string_equal(boot_default(&g.entries, g.default_is)->title, "Failsafe -- SUSE");
}

static void behind_a_legacy_xen_the_module_is_linux(void **state)
{
	struct grub_legacy g =
		legacy("title Xen\n root (hd0,1)\n kernel /boot/xen.gz dom0_mem=1G\n"
		       " module /boot/vmlinuz-xen root=/dev/sda2\n module /boot/initrd\n");

	(void)state;
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/sda2");
}

static void elilo_sections_take_what_the_head_says(void **state)
{
	static const char text[] =
		"prompt\ndefault = linux\nroot = /dev/sda3\n"
		"image = vmlinuz-3.0\n label = linux\n append = \"resume=/dev/sda2 quiet\"\n"
		"image = vmlinuz-old\n label = old\n root = /dev/sdb1\n";
	struct grub_legacy g;

	(void)state;
	elilo_parse(&g, &test_arena, text, strlen(text));
	assert_string_equal(g.default_is, "linux");
	assert_int_equal(g.entries.n, 2);
	assert_string_equal(arg(&g.entries.at[0], "root"), "/dev/sda3");
	assert_string_equal(arg(&g.entries.at[0], "resume"), "/dev/sda2");
	assert_int_equal(boot_entry_arg(&g.entries.at[0], "resume")->line, 6);
	assert_int_equal(boot_entry_arg(&g.entries.at[0], "root")->line, 3);
	assert_string_equal(arg(&g.entries.at[1], "root"), "/dev/sdb1");
	assert_string_equal(boot_default(&g.entries, "linux")->title, "linux");
}

static void bls_entries_take_variables_from_grubenv(void **state)
{
	static const char env_text[] =
		"# GRUB Environment Block\nkernelopts=root=/dev/mapper/rl-root ro\n###";
	static const char text[] =
		"title Rocky\nversion 4.18.0-1\nlinux /vmlinuz-4.18.0-1\n"
		"initrd /initramfs.img $tuned_initrd\n"
		"options $kernelopts $tuned_params dyndbg=\"file a +p\"\noptions quiet\n";
	struct boot_entries all = {0};
	struct grubenv env;
	const struct kernel_args *args;

	(void)state;
	grubenv_parse(&env, &test_arena, env_text, strlen(env_text));
	bls_parse(&all, &test_arena, "abc-4.18.0-1.conf", text, strlen(text), &env);
	args = &all.at[0].lines.at[0].args;
	assert_string_equal(all.at[0].id, "abc-4.18.0-1");
	assert_string_equal(arg(&all.at[0], "root"), "/dev/mapper/rl-root");
	assert_int_equal(args->n, 5);
	assert_true(args->at[2].unresolved);
	assert_string_equal(args->at[3].value, "file a +p");
	assert_int_equal(args->at[0].line, 5);
	assert_string_equal(args->at[4].key, "quiet");
	assert_int_equal(all.at[0].initrds.n, 1);

	all = (struct boot_entries){0};
	bls_parse(&all, &test_arena, "abc-4.18.0-1.conf", text, strlen(text), NULL);
	assert_true(all.at[0].lines.at[0].args.at[0].unresolved);
}

static void bls_entries_come_newest_first(void **state)
{
	static const char *const names[] = {"m-0-rescue.conf", "m-5.14.0-70.el9.x86_64.conf",
		"m-5.14.0-503.11.1.el9.x86_64.conf"};
	static const char text[] = "linux /vmlinuz\n";
	struct boot_entries all = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		bls_parse(&all, &test_arena, names[i], text, strlen(text), NULL);
	bls_sort(&all);
	assert_string_equal(all.at[0].id, "m-5.14.0-503.11.1.el9.x86_64");
	assert_string_equal(all.at[2].id, "m-0-rescue");
	assert_int_equal(all.at[2].kind, BOOT_RESCUE);
	assert_string_equal(
		boot_default(&all, "m-5.14.0-70.el9.x86_64")->id, "m-5.14.0-70.el9.x86_64");
	assert_string_equal(boot_default(&all, "2")->id, "m-0-rescue");
}

static void words_of_a_command_line_keep_quoted_blanks(void **state)
{
	struct kernel_args args = {0};

	(void)state;
	cmdline_split(&args, &test_arena,
		span_of(" root=\"/dev/sda2\" 'resume=/dev/sda1'  ro a=\"b c\" $x y=${z} m=1G$4G "
			"\"open"),
		7);
	assert_int_equal(args.n, 8);
	assert_string_equal(args.at[0].value, "/dev/sda2");
	assert_string_equal(args.at[1].key, "resume");
	assert_string_equal(args.at[1].value, "/dev/sda1");
	assert_null(args.at[2].value);
	assert_string_equal(args.at[3].value, "b c");
	assert_true(args.at[4].unresolved && args.at[5].unresolved);
	assert_false(args.at[6].unresolved);
	assert_int_equal(args.at[0].line, 7);
}

static void grubenv_needs_its_signature(void **state)
{
	static const char text[] = "saved_entry=0\n";
	struct grubenv env;

	(void)state;
	grubenv_parse(&env, &test_arena, text, strlen(text));
	assert_false(env.valid);
	assert_null(grubenv_get(&env, "saved_entry"));
}

static void grub_editenv_and_we_agree(void **state)
{
	const char *text;
	struct grubenv env;
	size_t len;

	(void)state;
	test_need_tool("grub-editenv");
	test_must_run(
		"rm -f e && grub-editenv e create && grub-editenv e set saved_entry='a>b' "
		"kernelopts='root=/dev/mapper/x ro \\ back' empty= && grub-editenv e set other=1");
	text = test_read_file(test_path("e"), &len);
	grubenv_parse(&env, &test_arena, text, len);
	assert_true(env.valid);
	assert_false(env.odd_size);
	assert_int_equal(env.n, 4);
	list_each(v, &env)
		assert_string_equal(
			test_output("grub-editenv e list | sed -n 's/^%s=//p'", v->name),
			arena_printf(&test_arena, "%s\n", v->value));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(menu_lst_gives_titles_kernels_and_the_default),
		cmocka_unit_test(behind_a_legacy_xen_the_module_is_linux),
		cmocka_unit_test(elilo_sections_take_what_the_head_says),
		cmocka_unit_test(bls_entries_take_variables_from_grubenv),
		cmocka_unit_test(bls_entries_come_newest_first),
		cmocka_unit_test(words_of_a_command_line_keep_quoted_blanks),
		cmocka_unit_test(grubenv_needs_its_signature),
		cmocka_unit_test(grub_editenv_and_we_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
