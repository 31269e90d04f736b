/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A raw disk whose guest wrote what an image begins, or ends, with: an image of each kind that
 * names another file, under names that do not say that it is one.  No file but itself is opened,
 * though the one it names lies beside it.
 */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "machine/machine.h"
#include "tests/lib/opens.h"

#define NOT_FOLLOWED "which it names, is not looked for"

/* Where scripts of the tests are, as they are run elsewhere. */
#define SCRIPT(name) "python3 \"$top/tests/lib/" name "\" "

/* Each makes the image "child", which names a file beside it, in the directory it is run in. */
static const struct claim {
	const char *format, *make;
} claims[] = {
	{"qcow2", "qemu-img create -q -f qcow2 base 12M && "
		  "qemu-img create -q -f qcow2 -b base -F qcow2 child"},
	{"qcow2", "qemu-img create -q -f qcow2 -o data_file=data,data_file_raw=on child 12M"},
	{"vmdk", "qemu-img create -q -f vmdk base.vmdk 12M && "
		 "qemu-img create -q -f vmdk -b base.vmdk -F vmdk child"},
	{"vmdk", "truncate -s 1M flat && { printf '# Disk DescriptorFile\\nversion=1\\n"
		 "CID=12345678\\nparentCID=ffffffff\\ncreateType=\"monolithicFlat\"\\n"
		 "RW 2048 FLAT \"flat\" 0\\n'; head -c 1M /dev/zero | tr '\\0' '\\n'; } "
		 ">child && truncate -s 64K child"},
	{"vhdx", SCRIPT("mkvhdx.py") "differencing . && mv child.vhdx child"},
	{"vhd", "qemu-img create -q -f vpc -o subformat=dynamic base.vhd 12M && "
		"truncate -s 12M truth && " SCRIPT(
			"mkvhd.py") "W2ku=base.vhd child base.vhd truth 0+8=1"},
};

/* The extensions of formats; one that another format has says nothing for this one. */
static const char *const extensions[] = {"qcow2", "vmdk", "vhdx", "vhd"};
static const char *const nothing[] = {"", ".snap1", ".bak", ".0", ".vdi"};
static const char *const raw[] = {".raw", ".img", ".dd", ".RAW"};

/* The claim in a new directory. */
static const char *make(const struct claim *c)
{
	char top[4096];

	test_need_tool("qemu-img");
	test_need_tool("python3");
	assert_non_null(getcwd(top, sizeof(top)));
	test_subdir("g");
	test_must_run("top='%s' && cd g && %s && truncate -s %%512 child", top, c->make);
	return test_path("g/child");
}

static const char *named(const char *extension)
{
	const char *path = test_path("g/d/disk%s", extension);

	/* With links to what it names, so that these lie beside it here as well. */
	test_must_run("rm -rf g/d && mkdir g/d && find g -maxdepth 1 -type f -exec ln -t g/d {} + "
		      "&& mv g/d/child '%s'",
		path);
	return path;
}

static void is_not_followed(const char *path)
{
	struct err e = {0};
	struct test_io t;
	struct disk d;

	test_io_init(&t);
	opens_watch(path);
	if (test_open_disk(&t, path, NULL, &d, &e) >= 0)
		fail_msg("%s was opened", path);
	if (opens_outside())
		fail_msg("%s led to %s", path, opens_outside());
	if (e.num != ENOTSUP || !strstr(e.msg, NOT_FOLLOWED))
		fail_msg("%s: %s", path, e.msg);
	assert_null(t.io.files);
}

static void a_name_that_says_nothing_is_not_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		const char *path;

		make(&claims[i]);
		for (size_t k = 0; k < sizeof(nothing) / sizeof(nothing[0]); k++)
			is_not_followed(named(nothing[k]));
		for (size_t k = 0; k < sizeof(extensions) / sizeof(extensions[0]); k++)
			if (strcmp(extensions[k], claims[i].format) != 0)
				is_not_followed(
					named(arena_printf(&test_arena, ".%s", extensions[k])));
		/* With its own it is the image: only the name was missing. */
		path = named(arena_printf(&test_arena, ".%s", claims[i].format));
		opens_watch(path);
		image_info(path, NULL);
		assert_non_null(opens_outside());
		image_info(named(""), claims[i].format);
	}
}

static void a_name_that_says_raw_is_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		const char *sum = image_sum(make(&claims[i]));

		for (size_t k = 0; k < sizeof(raw) / sizeof(raw[0]); k++) {
			const char *path = named(raw[k]);
			struct disk_info info;

			opens_watch(path);
			info = image_info(path, NULL);
			assert_null(opens_outside());
			assert_string_equal(info.format, "raw");
			assert_int_equal(info.parents.n, 0);
			assert_string_equal(disks_sha256(path, NULL), sum);
		}
	}
}

/* Nor does a description that names the disk make it more than its name says. */
static void a_machine_s_disk_is_not_followed_either(void **state)
{
	static const char *const machines[][2] = {
		{"vm.vmx", "scsi0:0.fileName = \"disk\"\n"},
		{"vm.xml", "<domain><devices><disk type='file'><source file='disk'/>"
			   "<target dev='vda'/></disk></devices></domain>"},
		{"vm.ovf", "<Envelope><References><File id='f' href='disk'/></References>"
			   "<DiskSection><Disk diskId='d' fileRef='f'/></DiskSection>"
			   "<VirtualSystem id='vm'><VirtualHardwareSection/></VirtualSystem>"
			   "</Envelope>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		const char *disk;

		make(&claims[i]);
		disk = named("");
		for (size_t k = 0; k < sizeof(machines) / sizeof(machines[0]); k++) {
			const char *path = arena_printf(&test_arena, "%.*s%s",
				(int)(strlen(disk) - strlen("disk")), disk, machines[k][0]);
			struct disk_request request = {path, NULL};
			struct err e = {0};
			struct test_io t;
			struct machine m;

			test_write_file(path, machines[k][1], strlen(machines[k][1]));
			test_io_init(&t);
			if (machine_open(&m, &t.io, &test_arena, &request, 1, &e) >= 0)
				fail_msg("%s: its disk, a %s, was opened", path, claims[i].format);
			if (!strstr(e.msg, NOT_FOLLOWED))
				fail_msg("%s: %s", path, e.msg);
			assert_null(t.io.files);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_says_nothing_is_not_enough),
		cmocka_unit_test(a_name_that_says_raw_is_believed),
		cmocka_unit_test(a_machine_s_disk_is_not_followed_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
