/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ASR-95320, by the vectors of appendix A.1; the numbers in the names are theirs.
 */
#include "tests/lib/factory.h"

#define RULE "ASR-95320"
#define CFG "/boot/grub2/grub.cfg"

/* A grub.cfg with one entry, whose kernel line is line 2. */
static const char *entry(const char *line)
{
	return arena_printf(&test_arena, "menuentry 'Linux' {\n\t%s\n}\n", line);
}

static struct world *with_line(const char *line)
{
	struct world *w = world_new();

	add_grub_cfg(w, CFG, entry(line));
	return w;
}

static struct world *with_lvm(const char *line)
{
	struct world *w = with_line(line);
	struct volume *pv = add_partition(w, disk_at(w, 0), "LVM2_member", NULL);
	struct volume_group *vg = add_group(w, "rootvg", &pv, 1);

	put_root(w, add_lv(w, vg, "rootlv", "ext4", 1));
	return w;
}

/* ---- the agent's file ---- */

static void kernel_names_fail_with_the_line_to_write(void **state)
{
	struct world *w = with_line("linux /boot/vmlinuz-3.12.49-11-default root=/dev/sda1  "
				    "${extra_cmdline} resume=/dev/sda2 splash=silent"); /* 1 */

	(void)state;
	assert_verdict(w, RULE, "fail");
	assert_int_equal(count_evidence(w, FAIL), 2);
	assert_int_equal(count_evidence(w, INFO), 1); /* ${extra_cmdline} */
	assert_basis(w, "agent");
	assert_says(w, "root=/dev/sda1");
	assert_says(w, "installer refuses it");
	assert_int_equal(w->worst->from.line, 2);
	assert_string_equal(w->worst->from.path, CFG);
	assert_remedy(w, "update-grub");
	assert_remedy(w, "    linux /boot/vmlinuz-3.12.49-11-default root=UUID=" ROOT_UUID
			 "  ${extra_cmdline} resume=UUID=" SWAP_UUID " splash=silent");
	assert_remedy(w, "by its position");
}

static void menu_lst_is_written_by_hand(void **state)
{
	struct world *w = world_new();

	(void)state; /* 2 */
	add_menu_lst(w, "title L\n\tkernel /boot/vmlinuz-3.0.101-63-default root=/dev/sda1 "
			"resume=/dev/sda2\n");
	assert_verdict(w, RULE, "fail");
	assert_int_equal(count_evidence(w, FAIL), 2);
	assert_remedy(w,
		"Write in /boot/grub/menu.lst:\n    kernel /boot/vmlinuz-3.0.101-63-default "
		"root=UUID=" ROOT_UUID " resume=UUID=" SWAP_UUID);
}

static void stable_names_pass(void **state)
{
	static const char *const good[] = {
		"linux /vmlinuz root=UUID=62927e85-f7ba-40bc-9993-cc1feeb191e4 "
		"resume=UUID=6f614b44-433b-431b-9ca1-4dd2f6f74f6b",            /* 3 */
		"linux /vmlinuz root=PARTUUID=1234-02",                        /* 8 */
		"linux /vmlinuz root=LABEL=rootfs",                            /* 9 */
		"linux /vmlinuz root=/dev/disk/by-uuid/abc",                   /* 10 */
		"linux /vmlinuz root=UUID=abc ro noresume",                    /* 19 */
		"linux /vmlinuz root=/dev/mapper/luks-1111 rd.luks.uuid=1111", /* 23 */
		"linux /vmlinuz root=ZFS=rpool/ROOT/ubuntu",                   /* 31 */
		"linux /vmlinuz root=UUID=abc ro $vt_handoff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_verdict(with_line(good[i]), RULE, "pass");
}

static void linear_volumes_pass_and_missing_ones_fail(void **state)
{
	struct world *w = with_lvm("linux16 /vmlinuz root=/dev/mapper/rootvg-rootlv ro"); /* 4 */

	(void)state;
	assert_verdict(w, RULE, "pass");
	w = with_lvm("linux /vmlinuz root=/dev/rootvg/rootlv"); /* 5 */
	assert_verdict(w, RULE, "pass");
	w = with_lvm("linux /vmlinuz root=/dev/rootvg/gone");
	assert_verdict(w, RULE, "fail");
	assert_says(w, "volume group rootvg does not have");
	w = with_lvm("linux /vmlinuz root=/dev/mapper/rootvg-gone"); /* 36 */
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "agent");
	assert_remedy(w, "root=UUID=" ROOT_UUID);
}

static void a_volume_group_on_another_disk_is_not_known(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=/dev/mapper/far-root");

	(void)state;
	assert_verdict(w, RULE, "fail");
	w->options.complete = false;
	assert_verdict(w, RULE, "unknown");
	assert_reason(w, "missing-disk");
	w->options.complete = true;
	add_partition(w, disk_at(w, 0), "crypto_LUKS", NULL);
	assert_verdict(w, RULE, "unknown");
	assert_reason(w, "unreadable");
}

static void a_volume_that_is_not_linear_warns(void **state)
{
	struct world *w = with_lvm("linux /vmlinuz root=/dev/mapper/rootvg-rootlv");

	(void)state;
	*list_add(&test_arena, &w->vm.map.groups.at[0]->lvs.at[0]->types) = "striped";
	assert_verdict(w, RULE, "warn");
}

static void a_bad_resume_alone_fails(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=UUID=abc ro resume=/dev/sda2"); /* 7 */

	(void)state;
	assert_verdict(w, RULE, "fail");
	assert_says(w, "resume=/dev/sda2");
	assert_remedy(w, "root=UUID=abc ro resume=UUID=" SWAP_UUID);
}

static void a_label_that_two_volumes_carry_warns(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=LABEL=rootfs"); /* 9 */

	(void)state;
	list_each(v, &w->vm.map.volumes)
		(*v)->sig.label = "rootfs";
	assert_verdict(w, RULE, "warn");
	assert_says(w, "2 volumes carry");
}

static void names_of_the_present_hardware_fail(void **state)
{
	struct world *w =
		with_line("linux /vmlinuz root=/dev/disk/by-id/scsi-36000c29-part2"); /* 11 */

	(void)state;
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "agent");
	assert_remedy(w, "root=UUID=" ROOT_UUID);
	assert_remedy(w, "only root filesystem found");
	assert_verdict(with_line("linux /vmlinuz root=/dev/disk/by-path/pci-0000:03:00.0-part2"),
		RULE, "fail");
	assert_verdict(with_line("linux /vmlinuz root=/dev/nvme0n1p2"), RULE, "fail"); /* 20 */
	assert_verdict(with_line("linux /vmlinuz root=/dev/cciss/c0d0p2"), RULE, "fail");
	assert_verdict(with_line("linux /vmlinuz root=0802"), RULE, "fail"); /* 30 */
}

static void what_only_the_agent_refuses_warns(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=/dev/disk/by-partuuid/abc"); /* 12 */

	(void)state;
	assert_verdict(w, RULE, "warn");
	assert_basis(w, "agent");
	assert_verdict(with_line("linux /vmlinuz root=/dev/md0"), RULE, "warn"); /* 21 */
	assert_verdict(
		with_line("linux /vmlinuz root=/dev/mapper/mpatha_part2"), RULE, "warn"); /* 22 */
	assert_verdict(with_line("linux /vmlinuz root=/dev/dm-0"), RULE, "warn");         /* 30 */
}

static void what_says_nothing_is_not_known(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=/dev/root"); /* 30 */

	(void)state;
	assert_verdict(w, RULE, "unknown");
	assert_reason(w, "not-on-disk");
	w = with_line("linux /vmlinuz root=${rootdev}");
	assert_verdict(w, RULE, "unknown");
	assert_reason(w, "unsupported");
	assert_verdict(with_line("linux /vmlinuz $kernelopts"), RULE, "unknown");
}

static void quotes_do_not_hide_a_name(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=\"/dev/sda1\" ro"); /* 13 */

	(void)state;
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "doc");
	assert_says(w, "overlooks it");
	assert_remedy(w, "root=\"UUID=" ROOT_UUID "\" ro");
	w = with_line("linux /vmlinuz 'root=/dev/sda1' ro"); /* 14 */
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "agent");
	assert_remedy(w, "'root=UUID=" ROOT_UUID "' ro");
}

static void comments_and_grub_s_own_root_are_no_findings(void **state)
{
	struct world *w = world_new();

	(void)state;
	add_grub_cfg(w, CFG,
		"#\tlinux /vmlinuz root=/dev/sda2\n"
		"   # kernel /vmlinuz root=/dev/sda2\n" /* 15 */
		"search --no-floppy --fs-uuid --set=root 1234\n"
		"set root='hd0,msdos1'\nset root=/dev/sda1\n" /* 16 */
		"menuentry 'Linux, with root=/dev/sda1' {\n"  /* 37 */
		"\techo 'Loading root=/dev/sda1'\n\tlinux /vmlinuz root=UUID=abc\n}\n");
	assert_verdict(w, RULE, "pass");
}

static void a_longer_word_is_only_noted(void **state)
{
	struct world *w = with_line("linux /vmlinuz real_root=/dev/sda2 root=UUID=abc"); /* 17 */

	(void)state;
	assert_verdict(w, RULE, "info");
	assert_basis(w, "agent");
	assert_says(w, "in the middle of a longer word");
	assert_verdict(with_line("linux /vmlinuz root=UUID=abc real_root=/dev/sda2"), RULE, "pass");
}

static void the_module_of_a_hypervisor_counts(void **state)
{
	struct world *w = world_new();

	(void)state; /* 18 */
	add_menu_lst(w, "title Xen\n\tkernel /boot/xen.gz\n"
			"\tmodule /boot/vmlinuz-3.0.101-xen root=/dev/sda1\n");
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "doc");
	assert_int_equal(w->worst->from.line, 3);
}

static void only_a_rescue_entry_warns(void **state)
{
	struct world *w = world_new();

	(void)state; /* 29 */
	add_grub_cfg(w, CFG,
		"menuentry 'Linux' {\n\tlinux /vmlinuz root=UUID=abc\n}\n"
		"submenu 'Advanced' {\n\tmenuentry 'Linux (recovery mode)' {\n"
		"\t\tlinux /vmlinuz root=/dev/sda1\n\t}\n}\n");
	assert_verdict(w, RULE, "warn");
	assert_basis(w, "agent");
	assert_says(w, "does not make");
	assert_int_equal(w->worst->from.line, 6);
}

static void continued_lines_are_one(void **state)
{
	struct world *w = with_line("linux /vmlinuz ro \\\n\troot=/dev/sda1"); /* 32 */

	(void)state;
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "doc");
}

static void the_fallback_of_kernelopts_is_read(void **state)
{
	struct world *w = world_new();

	(void)state; /* 34 */
	add_grub_cfg(w, CFG,
		"if [ -z \"${kernelopts}\" ]; then\n"
		"  set kernelopts=\"root=/dev/sda1 ro crashkernel=auto \"\nfi\nblscfg\n");
	add_bls(w, "title L\nlinux /vmlinuz\noptions $kernelopts\n");
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "agent");
	assert_int_equal(w->worst->from.line, 2);
	assert_int_equal(count_evidence(w, FAIL), 1);
	assert_int_equal(count_evidence(w, UNKNOWN), 0);
}

static void the_last_root_boots(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=UUID=a root=/dev/sda1"); /* 35 */

	(void)state;
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "doc");
	w = with_line("linux /vmlinuz root=/dev/sda1 root=UUID=a");
	assert_verdict(w, RULE, "warn");
	assert_basis(w, "agent");
	assert_says(w, "the kernel obeys the last");
}

static void only_one_file_is_the_agent_s(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=UUID=abc");

	(void)state;
	add_menu_lst(w, "title Old\n\tkernel /vmlinuz root=/dev/disk/by-id/ata-X-part1\n");
	assert_verdict(w, RULE, "warn");
	assert_basis(w, "eng");
}

/* ---- other places ---- */

static void the_esp_is_read_though_the_agent_does_not(void **state)
{
	struct world *w = world_new();

	(void)state; /* 6 */
	add_esp_cfg(
		w, "/boot/efi/EFI/redhat/grub.cfg", entry("linuxefi /vmlinuz root=/dev/sda1 ro"));
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "eng");
	assert_says(w, "may not find its root filesystem");
}

static void elilo_is_read(void **state)
{
	struct world *w = world_new();

	(void)state; /* 33 */
	add_esp_cfg(w, "/boot/efi/efi/SuSE/elilo.conf",
		"image = vmlinuz\n  label = linux\n"
		"  append = \"resume=/dev/sda2 splash=silent\"\n  root = UUID=abc\n");
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "eng");
	assert_int_equal(w->worst->from.line, 3);
	assert_remedy(w, "append = \"resume=UUID=" SWAP_UUID " splash=silent\"");
	w = world_new();
	add_esp_cfg(w, "/boot/efi/efi/SuSE/elilo.conf",
		"image = vmlinuz\n  append = \"quiet\"\n  root = /dev/sda1\n");
	assert_verdict(w, RULE, "fail");
	assert_int_equal(w->worst->from.line, 3);
	assert_remedy(w, "root = UUID=" ROOT_UUID);
}

static void boot_loader_entries_fail_by_engineering(void **state)
{
	struct world *w = world_new();

	(void)state; /* 27 */
	set_grubenv(w, "kernelopts=quiet\n");
	add_bls(w, "title L\nlinux /vmlinuz\noptions root=/dev/sda1 ro $kernelopts\n");
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "eng");
	assert_int_equal(w->worst->from.line, 3);
	assert_remedy(w, "    options root=UUID=" ROOT_UUID " ro $kernelopts");
}

static void grubenv_is_read_once(void **state)
{
	struct world *w = world_new();
	struct volume *pv = add_partition(w, disk_at(w, 0), "LVM2_member", NULL);
	struct volume_group *vg = add_group(w, "rl", &pv, 1);

	(void)state; /* 28 */
	put_root(w, add_lv(w, vg, "root", "xfs", 1));
	add_lv(w, vg, "swap", "swap", 1);
	set_grubenv(w, "kernelopts=root=/dev/mapper/rl-root ro resume=/dev/mapper/rl-swap\n");
	add_bls(w, "title L\nlinux /vmlinuz\noptions $kernelopts\n");
	assert_verdict(w, RULE, "pass");

	w = world_new();
	set_grubenv(w, "kernelopts=root=/dev/sda1 ro\n");
	add_bls(w, "title L\nlinux /vmlinuz\noptions $kernelopts\n");
	assert_verdict(w, RULE, "fail");
	assert_int_equal(count_evidence(w, FAIL), 1);
	assert_string_equal(w->worst->from.path, "/boot/grub2/grubenv");
	assert_remedy(w, "grub2-editenv - set \"kernelopts=root=UUID=" ROOT_UUID " ro\"");
}

static void hardware_names_elsewhere_only_warn(void **state)
{
	struct world *w = world_new();

	(void)state;
	add_bls(w, "title L\nlinux /vmlinuz\noptions root=/dev/disk/by-path/pci-0-part1\n");
	assert_verdict(w, RULE, "warn");
	w = world_new();
	add_bls(w, "title L\nlinux /vmlinuz\noptions root=/dev/md0\n");
	assert_verdict(w, RULE, "pass");
}

static void other_files_with_arguments_are_read(void **state)
{
	struct world *w = world_new();
	struct boot_config *b = &w->g->boot_config;

	(void)state;
	b->kernel_cmdline = make_file("/etc/kernel/cmdline", "root=/dev/sda1 ro\n");
	cmdline_split(&b->kernel_cmdline_args, &test_arena, span_of("root=/dev/sda1 ro"), 1);
	assert_verdict(w, RULE, "fail");
	assert_remedy(w, "Write in /etc/kernel/cmdline:\n    root=UUID=" ROOT_UUID " ro");

	w = world_new();
	b = &w->g->boot_config;
	b->initramfs_resume = make_file("/etc/initramfs-tools/conf.d/resume", "RESUME=/dev/sda2\n");
	shellvars_parse(&b->initramfs_resume_vars, &test_arena, "RESUME=/dev/sda2\n", 17, 0);
	assert_verdict(w, RULE, "fail");
	assert_remedy(w, "    RESUME=UUID=" SWAP_UUID "\nthen run:\n    update-initramfs -u");

	w = world_new();
	b = &w->g->boot_config;
	b->suse_bootloader = make_file("/etc/sysconfig/bootloader", "");
	shellvars_parse(&b->suse_bootloader_vars, &test_arena,
		"DEFAULT_APPEND=\" resume=/dev/sda2 splash=silent\"\n", 49, 0);
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "eng");
}

/* ---- /etc/default/grub ---- */

static struct world *with_defaults(const char *text)
{
	struct world *w = with_line("linux /vmlinuz root=UUID=abc");

	set_defaults(w, text);
	return w;
}

static void defaults_fail_by_the_documents(void **state)
{
	struct world *w = with_defaults("GRUB_CMDLINE_LINUX=\"root=/dev/sda1 quiet\"\n"); /* 24 */

	(void)state;
	assert_verdict(w, RULE, "fail");
	assert_basis(w, "doc");
	assert_string_equal(w->worst->from.path, "/etc/default/grub");
	assert_remedy(w, "    GRUB_CMDLINE_LINUX=\"root=UUID=" ROOT_UUID
			 " quiet\"\nthen run:\n    update-grub");
	assert_verdict(
		with_defaults("#GRUB_CMDLINE_LINUX=\"root=/dev/sda1\"\n"), RULE, "pass"); /* 25 */
	assert_verdict(
		with_defaults("GRUB_CMDLINE_LINUX_RECOVERY=\"root=/dev/sda1\"\n"), RULE, "warn");
	assert_verdict(
		with_defaults("GRUB_CMDLINE_LINUX=\"root=/dev/disk/by-id/x\"\n"), RULE, "warn");
}

static void the_last_assignment_counts(void **state)
{
	struct world *w = with_defaults("GRUB_CMDLINE_LINUX=\"root=/dev/sda1 quiet\"\n");

	(void)state;
	set_defaults(w, "GRUB_CMDLINE_LINUX=quiet\n");
	assert_verdict(w, RULE, "pass");
}

static void red_hat_regenerates_by_another_command(void **state)
{
	struct world *w = with_defaults("GRUB_CMDLINE_LINUX=\"root=/dev/sda1 quiet\"\n");

	(void)state;
	set_os(w, "rhel", "7.9", "Red Hat Enterprise Linux 7.9", "RHEL7-64");
	assert_verdict(w, RULE, "fail");
	assert_remedy(w, "    grub2-mkconfig -o " CFG);
}

static void disabled_uuids_warn(void **state)
{
	struct world *w = with_defaults("GRUB_DISABLE_LINUX_UUID=true\n"); /* 26 */

	(void)state;
	assert_verdict(w, RULE, "warn");
	assert_remedy(w, "GRUB_DISABLE_LINUX_UUID=false");
	assert_verdict(with_defaults("GRUB_DISABLE_LINUX_UUID=\"true\"\n"), RULE, "warn");
	assert_verdict(with_defaults("GRUB_DISABLE_UUID=true\n"), RULE, "warn");
	assert_verdict(with_defaults("#GRUB_DISABLE_LINUX_UUID=true\n"), RULE, "pass");
	assert_verdict(with_defaults("GRUB_DISABLE_LINUX_UUID=yes\n"), RULE, "pass"); /* 38 */
	assert_verdict(with_defaults("GRUB_DISABLE_LINUX_UUID=true\n"
				     "GRUB_DISABLE_LINUX_PARTUUID=false\n"),
		RULE, "pass"); /* 38 */
	assert_verdict(with_defaults("GRUB_DISABLE_LINUX_UUID=true\nGRUB_FORCE_PARTUUID=ab-01\n"),
		RULE, "pass");
	w = with_lvm("linux /vmlinuz root=/dev/rootvg/rootlv");
	set_defaults(w, "GRUB_DISABLE_LINUX_UUID=true\n");
	assert_verdict(w, RULE, "pass");
}

/* ---- what cannot be seen ---- */

static void files_that_cannot_be_read_are_not_known(void **state)
{
	struct world *w = with_line("linux /vmlinuz root=UUID=abc");

	(void)state;
	*list_add(&test_arena, &w->g->boot_config.default_files) =
		make_unreadable("/etc/default/grub");
	assert_verdict(w, RULE, "unknown");
	assert_reason(w, "unreadable");
	assert_says(w, "/etc/default/grub cannot be read: its blocks are damaged");
}

static void a_missing_boot_is_not_known(void **state)
{
	struct world *w = world_new();

	(void)state;
	lose_boot(w, "UUID=77");
	assert_verdict(w, RULE, "unknown");
	assert_reason(w, "missing-disk");
}

static void without_any_configuration_it_does_not_apply(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_verdict(w, RULE, "na");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_names_fail_with_the_line_to_write),
		cmocka_unit_test(menu_lst_is_written_by_hand),
		cmocka_unit_test(stable_names_pass),
		cmocka_unit_test(linear_volumes_pass_and_missing_ones_fail),
		cmocka_unit_test(a_volume_group_on_another_disk_is_not_known),
		cmocka_unit_test(a_volume_that_is_not_linear_warns),
		cmocka_unit_test(a_bad_resume_alone_fails),
		cmocka_unit_test(a_label_that_two_volumes_carry_warns),
		cmocka_unit_test(names_of_the_present_hardware_fail),
		cmocka_unit_test(what_only_the_agent_refuses_warns),
		cmocka_unit_test(what_says_nothing_is_not_known),
		cmocka_unit_test(quotes_do_not_hide_a_name),
		cmocka_unit_test(comments_and_grub_s_own_root_are_no_findings),
		cmocka_unit_test(a_longer_word_is_only_noted),
		cmocka_unit_test(the_module_of_a_hypervisor_counts),
		cmocka_unit_test(only_a_rescue_entry_warns),
		cmocka_unit_test(continued_lines_are_one),
		cmocka_unit_test(the_fallback_of_kernelopts_is_read),
		cmocka_unit_test(the_last_root_boots),
		cmocka_unit_test(only_one_file_is_the_agent_s),
		cmocka_unit_test(the_esp_is_read_though_the_agent_does_not),
		cmocka_unit_test(elilo_is_read),
		cmocka_unit_test(boot_loader_entries_fail_by_engineering),
		cmocka_unit_test(grubenv_is_read_once),
		cmocka_unit_test(hardware_names_elsewhere_only_warn),
		cmocka_unit_test(other_files_with_arguments_are_read),
		cmocka_unit_test(defaults_fail_by_the_documents),
		cmocka_unit_test(the_last_assignment_counts),
		cmocka_unit_test(red_hat_regenerates_by_another_command),
		cmocka_unit_test(disabled_uuids_warn),
		cmocka_unit_test(files_that_cannot_be_read_are_not_known),
		cmocka_unit_test(a_missing_boot_is_not_known),
		cmocka_unit_test(without_any_configuration_it_does_not_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
