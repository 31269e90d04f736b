/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The shadow gives libblkid the same answer as the volume itself, and as a volume in which all that
 * was not copied is something else.
 */
#include "map/shadow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/memfd.h"
#include "map/probe.h"
#include "tests/lib/faultdev.h"
#include "tests/lib/maptest.h"

#define MIB (1ULL << 20)

/* ---- a device that remembers what was read of it ---- */

struct range {
	uint64_t off, len;
};

struct recorder {
	struct blockdev dev;
	struct blockdev *below;
	LIST(struct range) ranges;
	uint64_t bytes;
};

static int recorder_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct recorder *r = (struct recorder *)d;

	*list_add(&test_arena, &r->ranges) = (struct range){off, len};
	r->bytes += len;
	return blockdev_read(r->below, off, buf, len, e);
}

static const struct blockdev_ops recorder_ops = {.name = "recorder", .read = recorder_read};

/* What blkid says of a volume in which only what was read is as it was. */
static const char *blkid_of_spoilt(struct recorder *r)
{
	size_t size = (size_t)r->dev.size;
	CLEANUP(cleanup_free) uint8_t *p = malloc(size);
	const char *answer;
	struct err e;
	int fd = memfd_new("spoilt", size, &e);

	assert_non_null(p);
	assert_true(fd >= 0);
	memset(p, 0xA5, size);
	list_each(at, &r->ranges) {
		assert_int_equal(
			blockdev_read(r->below, at->off, p + at->off, (size_t)at->len, &e), 0);
	}
	assert_int_equal(memfd_write(fd, 0, p, size, &e), 0);
	answer = test_blkid(arena_printf(&test_arena, "/proc/%d/fd/%d", getpid(), fd), 0, 0);
	close(fd);
	return answer;
}

static void same_answer(const char *path, uint64_t off, uint64_t size, const char *type)
{
	struct recorder r = {.dev.ops = &recorder_ops};
	struct signature sig = {0};
	struct blockdev *slice;
	struct test_io io;
	struct shadow s;
	struct disk d;
	struct err e = {0};
	const char *theirs = test_blkid(path, off, size);
	struct probe pr;

	test_io_init(&io);
	test_must_open_disk(&io, path, "raw", &d);
	assert_int_equal(slice_open(d.dev, off, size ? size : d.dev->size - off, &slice, &e), 0);
	r.below = slice;
	r.dev.size = slice->size;
	assert_int_equal(probe_new(&pr, &e), 0);
	assert_int_equal(shadow_open(&r.dev, &s, &e), 0);
	assert_int_equal(probe_signature_deep(&pr, &s, &test_arena, &sig, &e), 0);
	assert_string_equal(test_signature(&sig), theirs);
	assert_string_equal(sig.type, type);
	assert_int_equal(s.incomplete.num, 0);
	/* Head and tail, and little more. */
	assert_in_range(r.bytes, 1, 260 << 10);
	assert_string_equal(blkid_of_spoilt(&r), theirs);
	probe_free(&pr);
	shadow_close(&s);
	blockdev_close(slice);
	disk_close(&d);
}

/* ---- what tools here can make ---- */

static const char *made(const char *name, const char *tool, const char *size, const char *command)
{
	const char *path = test_path("%s", name);

	test_need_tool(tool);
	test_must_run("truncate -s %s %s && PATH=\"$PATH:/usr/sbin:/sbin\" && %s %s 2>&1", size,
		name, command, name);
	return path;
}

static void ext4_is_seen(void **state)
{
	(void)state;
	same_answer(made("ext4", "mke2fs", "12M", "mke2fs -q -t ext4 -L root"), 0, 0, "ext4");
	same_answer(made("ext2", "mke2fs", "9M", "mke2fs -q -t ext2 -b 1024"), 0, 0, "ext2");
}

static void fat_is_seen_with_the_label_of_its_root(void **state)
{
	(void)state;
	same_answer(made("fat12", "mkfs.fat", "2M", "mkfs.fat -F12 -n TWELVE"), 0, 0, "vfat");
	same_answer(made("fat16", "mkfs.fat", "20M", "mkfs.fat -F16 -n SIXTEEN -s4 -R 200"), 0, 0,
		"vfat");
	same_answer(made("fat32", "mkfs.fat", "36M", "mkfs.fat -F32 -n THIRTYTWO"), 0, 0, "vfat");
}

/* The label is in the root directory only, and that goes on in a cluster far away. */
static void fat32_label_is_found_in_a_later_cluster(void **state)
{
	const char *path = made("far32", "mkfs.fat", "36M", "mkfs.fat -F32 -s1 -n NONAME");

	(void)state;
	test_need_tool("mlabel");
	test_must_run(
		"export MTOOLS_SKIP_CHECK=1; head -c 3000000 /dev/zero > big;"
		"mlabel -i far32 -c; mcopy -i far32 big ::/big;"
		"for i in $(seq 40); do : > empty-file-$i; mcopy -i far32 empty-file-$i ::/; done;"
		"mlabel -i far32 ::LATE");
	same_answer(path, 0, 0, "vfat");
	assert_non_null(strstr(test_blkid(path, 0, 0), "LABEL_ENC=LATE\n"));
}

static void swap_is_seen(void **state)
{
	(void)state;
	same_answer(made("swap", "mkswap", "20M", "mkswap -q -L paging"), 0, 0, "swap");
}

static void lvm_is_seen(void **state)
{
	(void)state;
	same_answer(test_unxz("fixtures/images/lvm-striped/disk0.raw.xz"), 0, 0, "LVM2_member");
}

static void xfs_external_log_takes_the_second_look(void **state)
{
	const char *log = test_unxz(test_corpus("images/util-linux/xfs-log.img.xz"));
	struct signature sig = {0};
	struct test_map t;

	(void)state;
	test_map_one(&t, log);
	sig = test_map_volume(&t, "disk0")->sig;
	assert_string_equal(sig.type, "xfs_external_log");
	assert_string_equal(test_signature(&sig), test_blkid(log, 0, 0));
	test_map_close(&t);
}

/* A page of data in each half of the head, the rest of it zeros that are there. */
static void pages_of_zeros_stay_holes(void **state)
{
	static uint8_t volume[MIB], back[MIB];
	struct blockdev *dev;
	struct shadow s;
	struct stat st;
	struct err e;

	(void)state;
	memset(volume + 5000, 1, 3);
	memset(volume + 45000, 2, 3);
	assert_int_equal(mem_open(volume, sizeof(volume), &dev, &e), 0);
	assert_int_equal(shadow_open(dev, &s, &e), 0);
	assert_int_equal(fstat(s.fd, &st), 0);
	assert_int_equal(st.st_blocks, 2 * 4096 / 512);
	assert_int_equal(pread(s.fd, back, sizeof(back), 0), sizeof(back));
	assert_memory_equal(back, volume, sizeof(back));
	shadow_close(&s);
	blockdev_close(dev);
}

/* ---- what the corpus has ---- */

static void members_and_other_filesystems_are_seen(void **state)
{
	static const struct {
		const char *image, *type;
		uint64_t off, size;
	} images[] = {
		{"guestfs/xfs-v4.raw.xz", "xfs", MIB, 62 * MIB},
		{"guestfs/btrfs-subvol.raw.xz", "btrfs", MIB, 62 * MIB},
		{"guestfs/luks2.raw.xz", "crypto_LUKS", 13 * MIB, 34 * MIB},
		{"guestfs/md-raid1.1.raw.xz", "linux_raid_member", MIB, 31 * MIB},
		{"images/util-linux/mdraid.img.xz", "linux_raid_member", 0, 0},
		{"images/util-linux/ntfs.img.xz", "ntfs", 0, 0},
		{"images/util-linux/exfat.img.xz", "exfat", 0, 0},
		{"images/syzkaller/ntfs3_13.img.xz", "ntfs", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(images); i++)
		same_answer(test_unxz(test_corpus(images[i].image)), images[i].off, images[i].size,
			images[i].type);
}

/*
 * MD 1.0 and 1.1 are 1.2 with the superblock elsewhere.  It says where, and the checksum covers
 * that: the sum of its words, folded.
 */
static void md_move(uint8_t *volume, uint64_t from, uint64_t to)
{
	uint8_t *sb = volume + to;
	uint64_t sum = 0;

	memmove(sb, volume + from, 1024);
	memset(volume + from, 0, 1024);
	for (int i = 0; i < 8; i++)
		sb[144 + i] = (uint8_t)(to / 512 >> 8 * i);
	memset(sb + 216, 0, 4);
	for (size_t i = 0; i < 256 + 2 * get_le32(sb + 220); i += 4)
		sum += get_le32(sb + i);
	sum = (sum & 0xFFFFFFFF) + (sum >> 32);
	for (int i = 0; i < 4; i++)
		sb[216 + i] = (uint8_t)(sum >> 8 * i);
}

static void md_superblocks_at_both_ends_are_seen(void **state)
{
	size_t size;
	const char *image =
		test_read_file(test_unxz(test_corpus("guestfs/md-raid1.1.raw.xz")), &size);
	uint8_t *volume = (uint8_t *)arena_strndup(&test_arena, image + MIB, size - MIB);

	(void)state;
	size -= MIB;
	md_move(volume, 4096, 0);
	test_write_file(test_path("md11"), volume, size);
	same_answer(test_path("md11"), 0, 0, "linux_raid_member");
	assert_non_null(strstr(test_blkid(test_path("md11"), 0, 0), "VERSION=1.1"));
	md_move(volume, 0, (size - 8192) & ~4095ULL);
	test_write_file(test_path("md10"), volume, size);
	same_answer(test_path("md10"), 0, 0, "linux_raid_member");
	assert_non_null(strstr(test_blkid(test_path("md10"), 0, 0), "VERSION=1.0"));
}

/* ---- the shadow itself ---- */

static int hole_everywhere(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	(void)d, (void)e;
	*ret_len = 4096 - off % 4096;
	*ret_hole = off >= 4096;
	return 0;
}

static int read_noise(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	(void)d, (void)e;
	assert_true(off + len <= 4096);
	test_noise(buf, len, off);
	return 0;
}

static void holes_are_not_copied(void **state)
{
	static const struct blockdev_ops ops = {
		.name = "holes", .read = read_noise, .extent = hole_everywhere};
	struct blockdev dev = {.ops = &ops, .size = 1ULL << 40};
	struct shadow s;
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(shadow_open(&dev, &s, &e), 0);
	shadow_deepen(&s);
	assert_int_equal(fstat(s.fd, &st), 0);
	assert_int_equal(st.st_size, 1LL << 40);
	assert_int_equal(st.st_blocks, 8);
	shadow_close(&s);
}

static void tiny_volumes_are_copied_whole(void **state)
{
	uint8_t bytes[700], back[701];
	struct blockdev *dev;
	struct shadow s;
	struct err e;

	(void)state;
	test_noise(bytes, sizeof(bytes), 1);
	for (size_t n = 1; n <= sizeof(bytes); n += 233) {
		assert_int_equal(mem_open(bytes, n, &dev, &e), 0);
		assert_int_equal(shadow_open(dev, &s, &e), 0);
		assert_int_equal(pread(s.fd, back, sizeof(back), 0), n);
		assert_memory_equal(back, bytes, n);
		shadow_close(&s);
		blockdev_close(dev);
	}
}

static void unreadable_head_fails_and_tail_is_told(void **state)
{
	static uint8_t bytes[1 << 20];
	struct faultdev f;
	struct blockdev *dev;
	struct shadow s;
	struct err e;
	unsigned reads;

	(void)state;
	assert_int_equal(mem_open(bytes, sizeof(bytes), &dev, &e), 0);
	faultdev_init(&f, dev, FAULT_FAIL, 0);
	assert_int_equal(shadow_open(&f.dev, &s, &e), 0);
	shadow_close(&s);
	reads = f.reads;
	assert_in_range(reads, 3, 10);
	for (unsigned n = 1; n <= reads; n++) {
		faultdev_init(&f, dev, FAULT_FAIL, n);
		if (shadow_open(&f.dev, &s, &e) < 0) {
			assert_in_range(n, 1, 3);
			continue;
		}
		assert_true(s.incomplete.num || n == reads); /* the last is the boot sector's */
		shadow_close(&s);
	}
	blockdev_close(dev);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ext4_is_seen),
		cmocka_unit_test(fat_is_seen_with_the_label_of_its_root),
		cmocka_unit_test(fat32_label_is_found_in_a_later_cluster),
		cmocka_unit_test(swap_is_seen),
		cmocka_unit_test(lvm_is_seen),
		cmocka_unit_test(xfs_external_log_takes_the_second_look),
		cmocka_unit_test(members_and_other_filesystems_are_seen),
		cmocka_unit_test(md_superblocks_at_both_ends_are_seen),
		cmocka_unit_test(holes_are_not_copied),
		cmocka_unit_test(tiny_volumes_are_copied_whole),
		cmocka_unit_test(unreadable_head_fails_and_tail_is_told),
		cmocka_unit_test(pages_of_zeros_stay_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
