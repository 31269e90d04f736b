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
static uint8_t out[ROOM];
static size_t got;

/* Runs of zeros, of noise, and of text; and what is nearly all one run. */
enum { MIXED, RUN };
static struct {
	const char *name;
	uint8_t bytes[SIZE];
} plain[] = {[MIXED] = {.name = "mixed"}, [RUN] = {.name = "run"}};

static void make_plain(void)
{
	test_noise(plain[MIXED].bytes + 9000, 9000, 3);
	for (size_t i = 30000; i < SIZE; i++)
		plain[MIXED].bytes[i] = (uint8_t)('a' + i * i / 97 % 11);
	test_noise(plain[RUN].bytes + 100, 50, 3);
	for (unsigned i = MIXED; i <= RUN; i++)
		test_write_file(test_path("%s", plain[i].name), plain[i].bytes, SIZE);
}

/* What Python makes of them; window as zlib counts: negative is raw. */
static const uint8_t *packed(unsigned what, int window, const char *flush, size_t *ret_n)
{
	const char *from = plain[what].name, *name = test_path("%s.%d.%s", from, window, flush);

	test_need_tool("python3");
	if (access(name, F_OK))
		test_must_run("python3 -c 'import zlib; c = zlib.compressobj(9, 8, %d); "
			      "open(\"%s\", \"wb\").write(c.compress(open(\"%s\", "
			      "\"rb\").read()) + c.flush(zlib.%s))'",
			window, name, from, flush);
	return (const uint8_t *)test_read_file(name, ret_n);
}

static void unpacks_to(
	unsigned what, enum unpack_method method, const uint8_t *p, size_t n, size_t room)
{
	memset(out, 0x77, ROOM);
	assert_int_equal(unpack(method, p, n, out, room, &got, &e), UNPACK_WHOLE);
	assert_int_equal(got, SIZE);
	assert_memory_equal(out, plain[what].bytes, SIZE);
}

static void streams_are_unpacked_to_their_end(void **state)
{
	static const struct {
		enum unpack_method method;
		int window;
	} cases[] = {
		{UNPACK_ZLIB, 15}, {UNPACK_ZLIB, 9}, {UNPACK_DEFLATE, -15}, {UNPACK_DEFLATE, -12}};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		enum unpack_method method = cases[i / 2].method;
		unsigned what = i % 2 ? RUN : MIXED;
		uint8_t with_more[SIZE] = {0};
		size_t n;
		const uint8_t *p = packed(what, cases[i / 2].window, "Z_FINISH", &n);

		unpacks_to(what, method, p, n, SIZE);
		/* Other bytes behind the end, and room that is not needed, change nothing. */
		memcpy(with_more, p, n);
		memset(with_more + n, 0x5a, 300);
		unpacks_to(what, method, with_more, n + 300, ROOM);
	}
}

static void more_than_there_is_room_for_is_said(void **state)
{
	(void)state;
	for (unsigned what = MIXED; what <= RUN; what++) {
		size_t n;
		const uint8_t *p = packed(what, 15, "Z_FINISH", &n);

		assert_int_equal(unpack(UNPACK_ZLIB, p, n, out, 1000, &got, &e), UNPACK_FULL);
		assert_int_equal(got, 1000);
		assert_memory_equal(out, plain[what].bytes, 1000);
		/* As qemu leaves clusters that it could not finish. */
		p = packed(what, -12, "Z_SYNC_FLUSH", &n);
		assert_int_equal(unpack(UNPACK_DEFLATE, p, n, out, SIZE, &got, &e), UNPACK_FULL);
		assert_int_equal(got, SIZE);
		assert_memory_equal(out, plain[what].bytes, SIZE);
		assert_int_equal(unpack(UNPACK_DEFLATE, p, n, out, ROOM, &got, &e), UNPACK_DAMAGED);
	}
}

static void is_damaged(enum unpack_method method, const uint8_t *p, size_t n)
{
	assert_int_equal(unpack(method, p, n, out, SIZE, &got, &e), UNPACK_DAMAGED);
}

static void damage_is_seen(void **state)
{
	(void)state;
	for (unsigned what = MIXED; what <= RUN; what++) {
		uint8_t hurt[SIZE];
		size_t n, n_raw;
		const uint8_t *p = packed(what, 15, "Z_FINISH", &n);
		const uint8_t *raw = packed(what, -15, "Z_FINISH", &n_raw);

		/* What is missing is not made up, whatever lies behind. */
		for (size_t missing = 1; missing < n; missing += 1 + missing / 3)
			assert_int_not_equal(
				unpack(UNPACK_ZLIB, p, n - missing, out, SIZE, &got, &e),
				UNPACK_WHOLE);
		for (size_t missing = 2; missing < n_raw; missing += 1 + missing / 3) {
			int r = unpack(UNPACK_DEFLATE, raw, n_raw - missing, out, SIZE, &got, &e);

			/* All is there but the mark of the end. */
			if (r != UNPACK_DAMAGED)
				assert_int_equal(r, UNPACK_FULL);
			if (r == UNPACK_FULL)
				assert_memory_equal(out, plain[what].bytes, SIZE);
		}
		/* The checksum, and what stands before it. */
		memcpy(hurt, p, n);
		hurt[n - 1] ^= 1;
		is_damaged(UNPACK_ZLIB, hurt, n);
		memcpy(hurt, p, n);
		hurt[n / 2] ^= 0x10;
		is_damaged(UNPACK_ZLIB, hurt, n);
		is_damaged(UNPACK_DEFLATE, p, n);
		is_damaged(UNPACK_ZSTD, p, n);
	}
}

/* Prints what becomes of two thousand streams of which most have a bit changed. */
static int print_answers(char **paths)
{
	for (unsigned k = 0; k < 2000; k++) {
		enum unpack_method method = k % 2 ? UNPACK_DEFLATE : UNPACK_ZLIB;
		static const char *streams[4];
		static size_t sizes[4];
		unsigned which = k % 4;
		uint8_t hurt[SIZE], noise[8];
		size_t room = k % 3 ? SIZE : SIZE / 2;
		uint64_t sum = 0;
		int r;

		if (!streams[which])
			streams[which] = test_read_file(paths[which], &sizes[which]);
		memcpy(hurt, streams[which], sizes[which]);
		test_noise(noise, sizeof(noise), k);
		if (k > 12)
			hurt[(noise[0] | noise[1] << 8) % sizes[which]] ^=
				(uint8_t)(1 << noise[2] % 8);
		memset(out, 0, sizeof(out));
		r = unpack(method, hurt, sizes[which], out, room, &got, &e);
		for (size_t i = 0; r != UNPACK_DAMAGED && i < got; i++)
			sum = sum * 31 + out[i];
		printf("%d %zu %llu\n", r, r == UNPACK_DAMAGED ? 0 : got, (unsigned long long)sum);
	}
	return 0;
}

/* An empty file in its place, and libdeflate cannot be loaded. */
static void answers_are_the_same_without_libdeflate(void **state)
{
	const char *with, *command = test_path("program");
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t unused;

	(void)state;
	assert_true(n > 0);
	self[n] = '\0';
	test_must_run(
		"ln -sf '%s' '%s' && mkdir -p none && : >none/libdeflate.so.0", self, command);
	for (unsigned what = MIXED; what <= RUN; what++)
		for (int window = 15; window >= -15; window -= 30) {
			packed(what, window, "Z_FINISH", &unused);
			command = arena_printf(&test_arena, "%s %s.%d.Z_FINISH", command,
				plain[what].name, window);
		}
	test_must_run("%s >with; LD_LIBRARY_PATH=none %s >without", command, command);
	with = test_read_file(test_path("with"), NULL);
	assert_non_null(strstr(with, "2 65536 "));
	assert_non_null(strstr(with, "1 32768 "));
	assert_non_null(strstr(with, "\n0 0 0\n"));
	test_must_run("cmp with without");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_unpacked_to_their_end),
		cmocka_unit_test(more_than_there_is_room_for_is_said),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(answers_are_the_same_without_libdeflate),
	};

	if (argc == 5)
		return print_answers(argv + 1);
	make_plain();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
