/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Random disks, converted by qemu-img to a format with random options and read back by us, must be
 * the same.  env ROUNDS: how many (200); env SEED: where the random numbers begin (1).
 */
#include "tests/lib/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "disk/hash.h"

#define SECTOR 512U
#define DISK_MAX (4U << 20)
#define SPARE (2U << 20) /* how much longer a geometry can make a disk */

static uint64_t state_of_chance; /* splitmix64 */

static uint64_t chance(uint64_t below)
{
	state_of_chance += 0x9E3779B97F4A7C15ULL;
	uint64_t z = state_of_chance;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
	return (z ^ z >> 31) % below;
}

static const char *pick(const char *const *of)
{
	size_t n = 0;

	while (of[n])
		n++;
	return of[chance(n)];
}

/* ---- the disk ---- */

static struct {
	uint8_t bytes[DISK_MAX + SPARE]; /* what is behind size is zeros */
	size_t size;
} disk;

/* Zeros, noise, text that packs well, or one byte for a whole run. */
static void fill_run(uint8_t *p, size_t n)
{
	uint64_t seed = chance(UINT64_MAX);

	switch (chance(5)) {
	case 0:
	case 1:
		memset(p, 0, n);
		break;
	case 2:
		test_noise(p, n, seed);
		break;
	case 3:
		for (size_t i = 0; i < n; i++)
			p[i] = (uint8_t)('a' + (i * i / 97 + seed) % 11);
		break;
	default:
		memset(p, (int)(seed % 255 + 1), n);
	}
}

static size_t run_length(void)
{
	static const size_t sizes[] = {512, 4096, 10240, 65536, 131072, 300032, 1 << 20};

	return (1 + chance(3)) * sizes[chance(sizeof(sizes) / sizeof(sizes[0]))];
}

static void make_disk(void)
{
	memset(&disk, 0, sizeof(disk));
	disk.size = (1 + chance(DISK_MAX / SECTOR)) * SECTOR;
	if (chance(3))
		disk.size = (disk.size + 65535) / 65536 * 65536;
	for (size_t at = 0, n; at < disk.size; at += n) {
		n = (size_t)min_u64(run_length(), disk.size - at);
		fill_run(disk.bytes + at, n);
	}
	/* A disk without a last sector is rounded down by some. */
	disk.bytes[disk.size - 1] = 1;
	test_write_file(test_path("round.raw"), disk.bytes, disk.size);
}

/* What the image must read as: the disk, with zeros up to the size that the format made of it. */
static void check(const char *image, const char *format, const char *how)
{
	CLEANUP(cleanup_free) char *ours = strdup(disks_sha256(image, format));
	struct blockdev *d;
	struct err e = {0};
	struct image i;
	char hex[65];

	image_open(&i, image, format);
	if (i.d.dev->size < disk.size || i.d.dev->size > disk.size + SPARE)
		fail_msg("%s: %llu bytes, not %zu", how, (unsigned long long)i.d.dev->size,
			disk.size);
	assert_int_equal(mem_open(disk.bytes, (size_t)i.d.dev->size, &d, &e), 0);
	assert_int_equal(disk_sha256(d, hex, &e), 0);
	blockdev_close(d);
	if (strcmp(hex, ours) != 0)
		fail_msg("%s: not the same; the disk is %s", how, test_path("round.raw"));
	/* And in pieces that fit nothing, through the block cache. */
	for (unsigned k = 0; k < 8; k++) {
		uint8_t piece[7001];
		uint64_t at = chance(disk.size);
		size_t n = (size_t)min_u64(1 + chance(sizeof(piece)), disk.size - at);

		if (blockdev_read(i.d.dev, at, piece, n, &e) < 0)
			fail_msg("%s: %s", how, e.msg);
		if (memcmp(piece, disk.bytes + at, n) != 0)
			fail_msg("%s: %zu bytes at %llu", how, n, (unsigned long long)at);
	}
	image_close(&i);
}

/* ---- what qemu-img can make of it ---- */

static const char *const vmdk[] = {"-o subformat=monolithicSparse", "-o subformat=monolithicFlat",
	"-o subformat=twoGbMaxExtentSparse", "-o subformat=twoGbMaxExtentFlat",
	"-o subformat=streamOptimized", "-o subformat=monolithicSparse,zeroed_grain=on",
	"-o subformat=monolithicSparse,compat6=on", "-o subformat=twoGbMaxExtentSparse -S 0",
	"-o subformat=monolithicSparse,adapter_type=lsilogic -S 0", NULL};
static const char *const vpc[] = {"-o subformat=fixed", "-o subformat=dynamic",
	"-o subformat=fixed,force_size=on", "-o subformat=dynamic,force_size=on",
	"-o subformat=dynamic,force_size=on -S 0", NULL};
static const char *const vhdx[] = {"-o subformat=dynamic,block_size=1M",
	"-o subformat=dynamic,block_size=2M", "-o subformat=dynamic,block_size=32M",
	"-o subformat=fixed", "-o subformat=fixed,block_size=8M",
	"-o subformat=dynamic,log_size=2M -S 0", "-o block_state_zero=off", NULL};
static const char *const vdi[] = {"-o static=off", "-o static=on", "-o static=off -S 0", NULL};
static const char *const qcow2[] = {"-o compat=0.10", "-o compat=1.1", "-o lazy_refcounts=on",
	"-o preallocation=metadata", "-o preallocation=falloc", "-o refcount_bits=64",
	"-o data_file=round.data", "-o data_file=round.data,data_file_raw=on", "-S 0", NULL};
static const char *const clusters[] = {"-o cluster_size=512", "-o cluster_size=4k",
	"-o cluster_size=64k", "-o cluster_size=2M", NULL};
static const char *const packed[] = {"-c", "-c -o compression_type=zstd", NULL};
static const char *const subclusters[] = {"-o extended_l2=on,cluster_size=16k",
	"-o extended_l2=on,cluster_size=128k", "-c -o extended_l2=on",
	"-o extended_l2=on,cluster_size=2M", NULL};

static void convert(const char *qemu_format, const char *file, const char *options)
{
	test_must_run(
		"qemu-img convert -f raw -O %s %s round.raw '%s'", qemu_format, options, file);
	check(test_path("%s", file), NULL,
		arena_printf(&test_arena, "%s %s", qemu_format, options));
}

static void convert_qcow2(void)
{
	const char *options = "";

	switch (chance(4)) {
	case 0:
		options = pick(subclusters);
		break;
	case 1:
		options = arena_printf(&test_arena, "%s %s", pick(packed), pick(clusters));
		break;
	default:
		options = arena_printf(&test_arena, "%s %s", pick(qcow2), pick(clusters));
	}
	convert("qcow2", "round.qcow2", options);
}

/* ---- chains: each link changes some of the disk, by qemu-io ---- */

static const char *changes(void)
{
	const char *commands = "";

	for (uint64_t n = 1 + chance(6); n; n--) {
		size_t at = chance(disk.size / SECTOR) * SECTOR;
		size_t len = (size_t)min_u64(run_length(), disk.size - at);
		int byte = (int)chance(256);

		memset(disk.bytes + at, byte, len);
		commands = byte ? arena_printf(&test_arena, "%s -c 'write -P %d %zu %zu'", commands,
					  byte, at, len)
				: arena_printf(&test_arena, "%s -c 'write -z %zu %zu'", commands,
					  at, len);
	}
	return commands;
}

static void convert_chain(const char *format, const char *options, uint64_t links)
{
	const char *below = arena_printf(&test_arena, "link.0.%s", format), *name = below;

	test_must_run("rm -f link.* && qemu-img convert -f raw -O %s round.raw %s", format, below);
	for (uint64_t i = 1; i <= links; i++, below = name) {
		name = arena_printf(&test_arena, "link.%u.%s", (unsigned)i, format);
		test_must_run("qemu-img create -q -f %s %s -b %s -F %s %s && qemu-io -f %s %s %s",
			format, options, below, format, name, format, changes(), name);
	}
	check(test_path("%s", name), NULL,
		arena_printf(&test_arena, "%u links of %s %s", (unsigned)links, format, options));
}

static const char *const qcow2_links[] = {"", "-o cluster_size=4k", "-o extended_l2=on",
	"-o compat=0.10", "-o cluster_size=2M", NULL};
static const char *const vmdk_links[] = {"", "-o subformat=monolithicSparse,zeroed_grain=on", NULL};

/* ---- raw, in pieces ---- */

static void split(void)
{
	size_t piece = (1 + chance(disk.size / SECTOR)) * SECTOR;
	unsigned first = (unsigned)chance(2), n = first;

	if (disk.size / piece > 30)
		piece = disk.size / 30 / SECTOR * SECTOR;
	test_must_run("rm -f split.*");
	for (size_t at = 0; at < disk.size; at += piece, n++)
		test_write_file(test_path("split.%03u", n), disk.bytes + at,
			(size_t)min_u64(piece, disk.size - at));
	check(test_path("split.%03u", first), NULL,
		arena_printf(&test_arena, "pieces of %zu bytes", piece));
}

static void round_trip(void)
{
	make_disk();
	switch (chance(10)) {
	case 0:
	case 1:
		convert("vmdk", "round.vmdk", pick(vmdk));
		break;
	case 2:
		convert("vpc", "round.vhd", pick(vpc));
		break;
	case 3:
		convert("vhdx", "round.vhdx", pick(vhdx));
		break;
	case 4:
		convert("vdi", "round.vdi", pick(vdi));
		break;
	case 5:
		split();
		break;
	case 6:
		if (chance(2))
			convert_chain("qcow2", pick(qcow2_links), 1 + chance(3));
		else
			convert_chain("vmdk", pick(vmdk_links), 1 + chance(3));
		break;
	default:
		convert_qcow2();
	}
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 10) : otherwise;
}

static void what_qemu_writes_is_read_as_it_was(void **state)
{
	uint64_t rounds = from_environment("ROUNDS", 200), seed = from_environment("SEED", 1);

	(void)state;
	test_need_tool("qemu-img");
	test_need_tool("qemu-io");
	for (uint64_t i = 0; i < rounds; i++) {
		/* Each can be had alone, by its SEED and ROUNDS=1. */
		state_of_chance = (seed + i) * 0x9FB21C651E98DF25ULL;
		printf("# SEED=%llu\n", (unsigned long long)(seed + i));
		round_trip();
		arena_free(&test_arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_qemu_writes_is_read_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
