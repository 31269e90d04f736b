/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/disks.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/hash.h"
#include "tests/lib/faultdev.h"

const char *disks_source(unsigned mebibytes)
{
	const char *path = test_path("source-%u.raw", mebibytes);
	uint64_t size = (uint64_t)mebibytes << 20;
	static uint8_t noise[300000];
	FILE *f;

	if (!access(path, F_OK))
		return path;
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(ftruncate(fileno(f), (off_t)size), 0);
	for (unsigned i = 0; i < 12; i++) {
		size_t n = i * 23 % 7 * 40960 + 512;

		test_noise(noise, n, i);
		assert_int_equal(fseek(f, (long)(size / 13 * i / 512 * 512), SEEK_SET), 0);
		assert_int_equal(fwrite(noise, 1, n, f), n);
	}
	test_noise(noise, 512, 99);
	assert_int_equal(fseek(f, -512, SEEK_END), 0);
	assert_int_equal(fwrite(noise, 1, 512, f), 512);
	assert_int_equal(fclose(f), 0);
	return path;
}

const char *disks_qemu_sha256(const char *path, const char *qemu_format)
{
	const char *back = test_path("back.raw"), *sum;

	test_must_run("qemu-img convert -f %s -O raw '%s' '%s'", qemu_format, path, back);
	sum = test_output("sha256sum <'%s'", back);
	unlink(back);
	return arena_strndup(&test_arena, sum, 64);
}

const char *disks_sha256(const char *path, const char *format)
{
	char *hex = arena_alloc(&test_arena, 65);
	struct err e = {0};
	struct test_io t;
	struct disk d;

	test_io_init(&t);
	test_must_open_disk(&t, path, format, &d);
	if (disk_sha256(d.dev, hex, &e) < 0 || host_io_unchanged(&t.io, &e) < 0)
		fail_msg("%s: %s", path, e.msg);
	disk_close(&d);
	assert_null(t.io.files);
	return hex;
}

void disks_same_as_qemu(const char *path, const char *format, const char *qemu_format)
{
	const char *theirs = disks_qemu_sha256(path, qemu_format);
	const char *before =
		test_output("sha256sum '%s'; stat -c '%%s %%Y %%y %%z' '%s'", path, path);

	assert_string_equal(disks_sha256(path, format), theirs);
	assert_string_equal(
		test_output("sha256sum '%s'; stat -c '%%s %%Y %%y %%z' '%s'", path, path), before);
}

void disks_refused(const char *path, const char *format, int num, const char *words)
{
	struct err e = {0};
	struct test_io t;
	struct disk d;

	test_io_init(&t);
	if (test_open_disk(&t, path, format, &d, &e) >= 0)
		fail_msg("%s was opened", path);
	if (e.num != num || !strstr(e.msg, words))
		fail_msg("%s: code %d, \"%s\", not %d with \"%s\"", path, e.num, e.msg, num, words);
	assert_null(t.io.files);
}

/* Opens and hashes; 0 or the first error. */
static int read_all(const char *path)
{
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char hex[65];
	int r;

	test_io_init(&t);
	r = test_open_disk(&t, path, NULL, &d, &e);
	if (r >= 0) {
		r = disk_sha256(d.dev, hex, &e);
		disk_close(&d);
	}
	assert_null(t.io.files);
	assert_true(r >= 0 || *e.msg);
	return r;
}

void disks_survive_faults(const char *path)
{
	unsigned n, reads;

	faultdev_host(FAULT_FAIL, 0);
	assert_int_equal(read_all(path), 0);
	reads = faultdev_host_reads();
	for (n = 1; n <= reads; n++) {
		faultdev_host(FAULT_FAIL, n);
		if (read_all(path) >= 0)
			fail_msg("%s: read %u of %u failed, and nobody said so", path, n, reads);
		faultdev_host(FAULT_GARBLE, n);
		read_all(path);
	}
	faultdev_host(FAULT_FAIL, 0);
}

void disks_as_corpus_expects(const char *name, const char *format)
{
	const char *image = test_corpus(arena_printf(&test_arena, "images/%s.xz", name));
	const char *expect = test_corpus(arena_printf(&test_arena, "images/%s.expect.json", name));
	json_t *j = json_load_file(expect, 0, NULL), *sum = json_object_get(j, "raw_sha256");
	const char *path = test_unxz(image);

	assert_non_null(j);
	if (json_is_string(sum))
		assert_string_equal(disks_sha256(path, format), json_string_value(sum));
	else if (json_is_true(json_object_get(j, "expect_error")))
		disks_refused(path, format, EBADMSG, "");
	json_decref(j);
}

void disks_reseal_vhd(uint8_t *p, size_t n, size_t checksum_at)
{
	uint32_t sum = 0;

	memset(p + checksum_at, 0, 4);
	for (size_t i = 0; i < n; i++)
		sum += p[i];
	for (size_t i = 0; i < 4; i++)
		p[checksum_at + i] = (uint8_t)(~sum >> (24 - 8 * i));
}
