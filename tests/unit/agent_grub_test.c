/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The vectors of the published check, as a shell running it on these very lines answers.
 */
#include "parse/agent_grub.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/lib/testing.h"

struct vector {
	const char *text;
	const char *want; /* key=value and + accepts, - refuses, ? asks device-mapper,
			     blank-separated */
};

static const struct vector vectors[] = {
	{"linux /boot/vmlinuz-3.12.49-11-default root=/dev/sda2  ${extra_cmdline} resume=/dev/sda1 "
	 "s",
		"root=/dev/sda2- resume=/dev/sda1-"},
	{"\tkernel /boot/vmlinuz-3.0.101-63-default root=/dev/sda2 resume=/dev/sda1",
		"root=/dev/sda2- resume=/dev/sda1-"},
	{"kernel /vmlinuz root=UUID=62927e85 resume=UUID=6f614b44", ""},
	{"linux16 /vmlinuz root=/dev/mapper/rhel-root ro rd.lvm.lv=rhel/root",
		"root=/dev/mapper/rhel-root?"},
	{"linux /vmlinuz root=/dev/rootvg/rootlv", "root=/dev/rootvg/rootlv?"},
	{"linuxefi /vmlinuz root=/dev/sda3 ro", "root=/dev/sda3-"},
	{"linux /vmlinuz root=UUID=abc ro resume=/dev/sda2", "resume=/dev/sda2-"},
	{"linux /vmlinuz root=PARTUUID=1234-02", ""},
	{"linux /vmlinuz root=LABEL=rootfs", ""},
	{"linux /vmlinuz root=/dev/disk/by-uuid/abc", "root=/dev/disk/by-uuid/abc+"},
	{"linux /vmlinuz root=/dev/disk/by-id/scsi-36000c29-part2",
		"root=/dev/disk/by-id/scsi-36000c29-part2-"},
	{"linux /vmlinuz root=/dev/disk/by-partuuid/abc", "root=/dev/disk/by-partuuid/abc-"},
	{"linux /vmlinuz root=\"/dev/sda2\" ro", ""},
	{"linux /vmlinuz 'root=/dev/sda2' ro", "root=/dev/sda2'-"},
	{"#\tlinux /vmlinuz root=/dev/sda2", ""},
	{"   # kernel /vmlinuz root=/dev/sda2", ""},
	{"search --no-floppy --fs-uuid --set=root 1234", ""},
	{"set root='hd0,msdos1'", ""},
	{"linux /vmlinuz real_root=/dev/sda2 root=UUID=abc", "root=/dev/sda2-"},
	{"linux /vmlinuz root=UUID=abc real_root=/dev/sda2", "root=UUID=abc+"},
	{"module /boot/vmlinuz-xen root=/dev/sda2", ""},
	{"linux /vmlinuz ro noresume", ""},
	{"linux /vmlinuz root=/dev/nvme0n1p2", "root=/dev/nvme0n1p2-"},
	{"linux /vmlinuz root=/dev/md0", "root=/dev/md0-"},
	{"linux /vmlinuz root=/dev/mapper/mpatha_part2", "root=/dev/mapper/mpatha_part2?"},
	{"linux /vmlinuz root=/dev/mapper/luks-1111 rd.luks.uuid=1111",
		"root=/dev/mapper/luks-1111?"},
	{"linux /vmlinuz root=0802", ""},
	{"linux /vmlinuz root=/dev/root", "root=/dev/root-"},
	{"linux /vmlinuz root=/dev/dm-0", "root=/dev/dm-0?"},
	{"linux /vmlinuz root=ZFS=rpool/ROOT/ubuntu", ""},
	{"linux /vmlinuz \\\n root=/dev/sda2", ""},
	{"  set kernelopts=\"root=/dev/sda3 ro crashkernel=auto \"", "root=/dev/sda3-"},
	{"linux /vmlinuz root=UUID=a root=/dev/sda1", "root=UUID=a+"},
	{"menuentry 'Linux, with root=/dev/sda1' {", ""},
	{"echo 'Loading root=/dev/sda1'", ""},
	{"set root=/dev/sda1", ""},
	{"linux /vmlinuz root = \t /dev/sda2 ro", "root=/dev/sda2-"},
	{"LINUX /vmlinuz root=/dev/sda2", ""},
};

static const char *describe(const struct agent_hits *hits)
{
	const char *text = "";

	list_each(h, hits)
		text = arena_printf(&test_arena, "%s%s%s=%s%c", text, *text ? " " : "", h->key,
			h->value, "+-?"[h->answer]);
	return text;
}

static void every_vector_is_answered_as_the_check_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const char *text = arena_printf(&test_arena, "%s\n", vectors[i].text);
		struct agent_hits hits;

		agent_grub_check(&hits, &test_arena, text, strlen(text));
		assert_string_equal(describe(&hits), vectors[i].want);
	}
}

static void a_last_line_without_newline_is_lost_and_lines_are_counted(void **state)
{
	static const char text[] = "x\n\n  linux /v root=/dev/sda1  ro\r\nlinux /v root=/dev/sda2";
	struct agent_hits hits;

	(void)state;
	agent_grub_check(&hits, &test_arena, text, strlen(text));
	assert_int_equal(hits.n, 1);
	assert_int_equal(hits.at[0].line, 3);
	assert_string_equal(hits.at[0].text, "linux /v root=/dev/sda1  ro");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_is_answered_as_the_check_does),
		cmocka_unit_test(a_last_line_without_newline_is_lost_and_lines_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
