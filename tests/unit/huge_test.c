/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Disks of 64 TiB, in every format that takes them, with the smallest blocks that are usual: what
 * opening them costs does not follow from the size of their tables.
 */
#include "tests/lib/images.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE (64ULL << 40)
#define READS_MAX 8
#define BYTES_MAX (256U << 10)
#define PROGRAM_KIB_MAX 65536 /* of address space, which is more than it uses */

#if defined(__SANITIZE_ADDRESS__)
#define LIMIT_MEMORY 0 /* the sanitizer's own address space is larger than any limit */
#else
#define LIMIT_MEMORY 1
#endif

/* The directory of the source, for scripts that are run elsewhere. */
static const char *top(void)
{
	static char here[4096];

	assert_non_null(getcwd(here, sizeof(here)));
	return here;
}

static void opens_at_little_cost(const char *path)
{
	const char *build = getenv("BUILD");
	struct image i;
	char byte = 1;

	image_open(&i, path, NULL);
	assert_true(i.d.info.virtual_size == SIZE);
	assert_in_range(i.t.io.reads, 1, READS_MAX);
	assert_in_range(i.t.io.bytes_read, 1, BYTES_MAX);
	assert_int_equal(blockdev_read(i.d.dev, SIZE / 2 + 12345, &byte, 1, &i.e), 0);
	assert_int_equal(byte, 0);
	assert_in_range(i.t.io.reads, 1, READS_MAX + 2);
	image_close(&i);
	test_must_run("cd '%s' && %s ulimit -v %d; %s/asr-inspect layout '%s' | grep '64 TiB'",
		top(), LIMIT_MEMORY ? "" : ": ", PROGRAM_KIB_MAX, build ? build : "build/release",
		path);
}

static void those_that_qemu_makes(void **state)
{
	static const char *const images[][2] = {
		{"qcow2", "-o cluster_size=64k"},
		{"qcow2", "-o cluster_size=1M"},
		{"qcow2", "-o cluster_size=64k,extended_l2=on"},
		{"vmdk", "-o subformat=monolithicSparse"},
		{"vdi", ""},
	};

	(void)state;
	test_need_tool("qemu-img");
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		const char *path = test_path("huge.%s", images[i][0]);

		test_must_run(
			"qemu-img create -q -f %s %s '%s' 64T", images[i][0], images[i][1], path);
		opens_at_little_cost(path);
		unlink(path);
	}
}

/* Blocks of 1 MiB, which make a table of 512 MiB. */
static void a_vhdx(void **state)
{
	(void)state;
	test_need_tool("python3");
	test_must_run("python3 '%s/tests/lib/mkvhdx.py' large .", top());
	opens_at_little_cost(test_path("huge.vhdx"));
}

/* Grains of 4 KiB, which make a directory of 32 MiB: here it is a hole, so that all is the
 * parent's. */
static void a_snapshot_of_vmfs_6(void **state)
{
	static const long capacity_at = 2 * 8, directory_at = 16 * 8, directory_size_at = 17 * 8;
	const char *data = test_path("snap-sesparse.vmdk");

	(void)state;
	test_need_tool("qemu-img");
	test_need_tool("python3");
	test_must_run("qemu-img create -f vmdk base.vmdk 8M && "
		      "python3 '%s/tests/lib/mkvmdk.py' sesparse snap 16384 base.vmdk 0+8=4 && "
		      "truncate -s 64M snap-sesparse.vmdk && "
		      "sed -i 's/RW 16384 /RW 137438953472 /' snap.vmdk",
		top());
	image_patch_le(data, capacity_at, SIZE / 512, 8);
	image_patch_le(data, directory_at, (32 << 20) / 512, 8);
	image_patch_le(data, directory_size_at, (32 << 20) / 512, 8);
	opens_at_little_cost(test_path("snap.vmdk"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_that_qemu_makes),
		cmocka_unit_test(a_vhdx),
		cmocka_unit_test(a_snapshot_of_vmfs_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
