/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The packed bytes are those of Python's zlib; zstd is tried where its users are, by images of
 * qemu-img and filesystems of mkfs.btrfs.
 */
#include "base/unpack.h"

#include "tests/lib/testing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIZE 65536
#define ROOM (SIZE + 100)

static struct err e;
static uint8_t plain[SIZE], out[ROOM];
static size_t got;

/* Runs of zeros, of noise, and of text. */
static void make_plain(void)
{
	test_noise(plain + 9000, 9000, 3);
	for (size_t i = 30000; i < SIZE; i++)
		plain[i] = (uint8_t)('a' + i * i / 97 % 11);
	test_write_file(test_path("plain"), plain, SIZE);
}

/* What Python makes of the plain bytes; window as zlib counts: negative is raw. */
static const uint8_t *packed(int window, const char *flush, size_t *ret_n)
{
	const char *name = test_path("packed.%d.%s", window, flush);

	test_need_tool("python3");
	if (access(name, F_OK))
		test_must_run("python3 -c 'import zlib; c = zlib.compressobj(9, 8, %d); "
			      "open(\"%s\", \"wb\").write(c.compress(open(\"plain\", "
			      "\"rb\").read()) + c.flush(zlib.%s))'",
			window, name, flush);
	return (const uint8_t *)test_read_file(name, ret_n);
}

static void streams_are_unpacked_to_their_end(void **state)
{
	static const struct {
		enum unpack_method method;
		int window;
	} cases[] = {
		{UNPACK_ZLIB, 15}, {UNPACK_ZLIB, 9}, {UNPACK_DEFLATE, -15}, {UNPACK_DEFLATE, -12}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t with_more[SIZE] = {0};
		size_t n;
		const uint8_t *p = packed(cases[i].window, "Z_FINISH", &n);

		assert_int_equal(unpack(cases[i].method, p, n, out, SIZE, &got, &e), UNPACK_WHOLE);
		assert_int_equal(got, SIZE);
		assert_memory_equal(out, plain, SIZE);
		/* Other bytes behind the end, and room that is not needed, change nothing. */
		memcpy(with_more, p, n);
		memset(with_more + n, 0x5a, 300);
		memset(out, 0, ROOM);
		assert_int_equal(unpack(cases[i].method, with_more, n + 300, out, ROOM, &got, &e),
			UNPACK_WHOLE);
		assert_int_equal(got, SIZE);
		assert_memory_equal(out, plain, SIZE);
	}
}

static void more_than_there_is_room_for_is_said(void **state)
{
	size_t n;
	const uint8_t *p = packed(15, "Z_FINISH", &n);

	(void)state;
	assert_int_equal(unpack(UNPACK_ZLIB, p, n, out, 1000, &got, &e), UNPACK_FULL);
	assert_int_equal(got, 1000);
	assert_memory_equal(out, plain, 1000);
	/* As qemu leaves clusters that it could not finish. */
	p = packed(-12, "Z_SYNC_FLUSH", &n);
	assert_int_equal(unpack(UNPACK_DEFLATE, p, n, out, SIZE, &got, &e), UNPACK_FULL);
	assert_int_equal(got, SIZE);
	assert_memory_equal(out, plain, SIZE);
	assert_int_equal(unpack(UNPACK_DEFLATE, p, n, out, ROOM, &got, &e), UNPACK_DAMAGED);
}

static void damage_is_seen(void **state)
{
	uint8_t hurt[SIZE];
	size_t n;
	const uint8_t *p = packed(15, "Z_FINISH", &n);

	(void)state;
	for (size_t cut = 0; cut < n; cut += 1 + cut / 3)
		assert_int_equal(unpack(UNPACK_ZLIB, p, cut, out, SIZE, &got, &e), UNPACK_DAMAGED);
	/* The checksum, and what a whole stream has no other check of. */
	memcpy(hurt, p, n);
	hurt[n - 1] ^= 1;
	assert_int_equal(unpack(UNPACK_ZLIB, hurt, n, out, SIZE, &got, &e), UNPACK_DAMAGED);
	memcpy(hurt, p, n);
	hurt[n / 2] ^= 0x10;
	assert_int_equal(unpack(UNPACK_ZLIB, hurt, n, out, SIZE, &got, &e), UNPACK_DAMAGED);
	assert_int_equal(unpack(UNPACK_DEFLATE, p, n, out, SIZE, &got, &e), UNPACK_DAMAGED);
	assert_int_equal(unpack(UNPACK_ZSTD, p, n, out, SIZE, &got, &e), UNPACK_DAMAGED);
}

/* Prints what becomes of a thousand streams of which most have a byte changed. */
static int print_answers(const char *path, const char *raw_path)
{
	size_t sizes[2];
	const char *streams[] = {
		test_read_file(path, &sizes[0]), test_read_file(raw_path, &sizes[1])};

	for (unsigned k = 0; k < 1000; k++) {
		enum unpack_method method = k % 2 ? UNPACK_DEFLATE : UNPACK_ZLIB;
		uint8_t hurt[SIZE], noise[8];
		size_t n = sizes[k % 2], room = k % 3 ? SIZE : SIZE / 2;
		uint64_t sum = 0;
		int r;

		memcpy(hurt, streams[k % 2], n);
		test_noise(noise, sizeof(noise), k);
		if (k > 10)
			hurt[(noise[0] | noise[1] << 8) % n] ^= (uint8_t)(1 << noise[2] % 8);
		memset(out, 0, sizeof(out));
		r = unpack(method, hurt, n, out, room, &got, &e);
		for (size_t i = 0; r != UNPACK_DAMAGED && i < room; i++)
			sum = sum * 31 + out[i];
		printf("%d %zu %llu\n", r, r == UNPACK_DAMAGED ? 0 : got, (unsigned long long)sum);
	}
	return 0;
}

/* An empty file in its place, and libdeflate cannot be loaded. */
static void answers_are_the_same_without_libdeflate(void **state)
{
	const char *with, *without, *program = test_path("program");
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t unused;

	(void)state;
	assert_true(n > 0);
	self[n] = '\0';
	packed(15, "Z_FINISH", &unused);
	packed(-15, "Z_FINISH", &unused);
	test_must_run(
		"ln -sf '%s' '%s' && mkdir -p none && : >none/libdeflate.so.0", self, program);
	with = test_output("'%s' packed.15.Z_FINISH packed.-15.Z_FINISH", program);
	without = test_output(
		"LD_LIBRARY_PATH=none '%s' packed.15.Z_FINISH packed.-15.Z_FINISH", program);
	assert_non_null(strstr(with, "2 65536 "));
	assert_non_null(strstr(with, "1 32768 "));
	assert_non_null(strstr(with, "\n0 0 0\n"));
	assert_string_equal(with, without);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_unpacked_to_their_end),
		cmocka_unit_test(more_than_there_is_room_for_is_said),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(answers_are_the_same_without_libdeflate),
	};

	if (argc == 3)
		return print_answers(argv[1], argv[2]);
	make_plain();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
