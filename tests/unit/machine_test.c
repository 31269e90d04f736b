/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Machines by their descriptions: .vmx, .ovf, .ova and libvirt's .xml, and the files these name.
 */
#include "machine/machine.h"

#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "disk/hash.h"
#include "tests/lib/opens.h"

static struct err e;

struct opened {
	struct test_io t;
	struct machine m;
};

static int open_machine(struct opened *o, const char *path)
{
	struct disk_request request = {path, NULL};

	test_io_init(&o->t);
	e = (struct err){0};
	return machine_open(&o->m, &o->t.io, &test_arena, &request, 1, &e);
}

static void must_open(struct opened *o, const char *path)
{
	if (open_machine(o, path) < 0)
		fail_msg("%s", e.msg);
}

static void close_machine(struct opened *o)
{
	machine_close(&o->m);
	assert_null(o->t.io.files);
}

static void refused(const char *path, int num, const char *words)
{
	struct opened o;
	int r = open_machine(&o, path);

	if (r >= 0)
		fail_msg("%s was opened", path);
	if (r != num || !strstr(e.msg, words))
		fail_msg("%d, \"%s\", not %d with \"%s\"", r, e.msg, num, words);
	assert_null(o.t.io.files);
}

static const char *write_text(const char *path, const char *text)
{
	test_write_file(path, text, strlen(text));
	return path;
}

/* A directory with two disks in it, made once. */
static const char *dir(void)
{
	const char *path = test_path("m");
	struct stat st;

	if (stat(path, &st) < 0)
		test_must_run("mkdir -p m/sub && cp '%s' m/a.raw && head -c 1M /dev/urandom "
			      ">m/sub/b.raw",
			disks_source(12));
	return path;
}

static const char *in_dir(const char *name)
{
	return arena_printf(&test_arena, "%s/%s", dir(), name);
}

/* ---- the four kinds, with %s for the name of a disk ---- */

#define OVF                                                                                        \
	"<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' "                                \
	"xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1'>"                                      \
	"<References><File ovf:id='f' ovf:href='%s'/></References>"                                \
	"<DiskSection><Disk ovf:diskId='d' ovf:fileRef='f'/></DiskSection>"                        \
	"<VirtualSystem ovf:id='vm'><VirtualHardwareSection/></VirtualSystem></Envelope>"

static const struct {
	const char *file, *text;
} kinds[] = {
	{"vm.vmx", "displayName = \"vm\"\nscsi0:0.fileName = \"%s\"\n"},
	{"vm.vmtx", "displayName = \"vm\"\nscsi0:0.fileName = \"%s\"\n"},
	{"vm.ovf", OVF},
	{"vm.xml", "<domain><name>vm</name><devices><disk type='file'><source file='%s'/>"
		   "<target dev='vda'/></disk></devices></domain>"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *describe(size_t kind, const char *disk)
{
	return write_text(
		in_dir(kinds[kind].file), arena_printf(&test_arena, kinds[kind].text, disk));
}

static void disks_beside_the_description_are_opened(void **state)
{
	static const char *const names[] = {"vmx", "vmx", "ovf", "libvirt"};
	struct opened o;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		must_open(&o, describe(i, "sub/b.raw"));
		assert_string_equal(o.m.name, "vm");
		assert_string_equal(o.m.config->kind, names[i]);
		assert_int_equal(o.m.disks.n, 1);
		assert_string_equal(o.m.disks.at[0].path, in_dir("sub/b.raw"));
		assert_int_equal(o.m.disks.at[0].disk.dev->size, 1 << 20);
		close_machine(&o);
	}
}

static void disks_that_moved_with_their_machine_are_found(void **state)
{
	static const char *const was[] = {"/vmfs/volumes/datastore 1/vm/a.raw",
		"C:\\Users\\x\\Virtual Machines\\vm\\a.raw", "[datastore1] vm/a.raw", "old/a.raw"};
	struct opened o;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		for (size_t k = 0; k < sizeof(was) / sizeof(was[0]); k++) {
			must_open(&o, describe(i, was[k]));
			assert_string_equal(o.m.disks.at[0].path, in_dir("a.raw"));
			assert_true(image_noted(
				&o.m.disks.at[0].disk.info, "the file of that name beside it"));
			close_machine(&o);
		}
	}
	/* An .ovf's names are URIs. */
	test_must_run("cp m/sub/b.raw 'm/b 1.raw'");
	must_open(&o, describe(2, "b%201.raw"));
	assert_string_equal(o.m.disks.at[0].path, in_dir("b 1.raw"));
	close_machine(&o);
}

/* Paths that lead out of the directory, or to what is no file; the last part is not in it. */
static void descriptions_cannot_name_other_host_files(void **state)
{
	static const char *const names[] = {"/etc/passwd", "../secret", "sub/../../secret", "link",
		"dirlink/passwd", "pipe", "null", "/dev/null", "/dev/zero", "/proc/self/environ",
		"proc/self/environ", "/proc/self/fd/0", "sub", ".", "..", "/", "./../secret",
		"%2e%2e/secret", "file:///etc/passwd", "nbd://127.0.0.1/x", "//etc/passwd",
		"sub/../../../../../../etc/passwd"};
	struct opened o;

	(void)state;
	dir();
	test_must_run("head -c 1M /dev/zero >secret && cd m && ln -sf ../secret link && "
		      "ln -sfn /etc dirlink && ln -sfn /proc proc && rm -f pipe && mkfifo pipe");
	/* Only root can make a device; for others the name is just not there. */
	test_run("mknod m/null c 1 3");
	for (size_t i = 0; i < KINDS; i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			const char *path = describe(i, names[k]);

			opens_watch(dir());
			if (open_machine(&o, path) >= 0)
				fail_msg("%s: %s was opened", path, names[k]);
			if (opens_outside())
				fail_msg("%s: %s led to %s", path, names[k], opens_outside());
			assert_true(strstr(e.msg, path) == e.msg);
			assert_null(o.t.io.files);
		}
	}
}

/* The same as a second disk: the machine is read, and the disk is missing or an error. */
static void a_disk_that_is_not_there_is_missing(void **state)
{
	struct opened o;

	(void)state;
	must_open(&o, write_text(in_dir("two.vmx"),
			      "scsi0:0.fileName = \"a.raw\"\nscsi0:1.fileName = \"gone.vmdk\"\n"
			      "scsi0:2.fileName = \"sub/b.raw\"\n"));
	assert_int_equal(o.m.disks.n, 2);
	assert_string_equal(o.m.disks.at[1].name, "disk1");
	assert_string_equal(o.m.disks.at[1].said->slot, "scsi0:2");
	assert_int_equal(o.m.missing.n, 1);
	assert_string_equal(o.m.missing.at[0].said->slot, "scsi0:1");
	assert_int_equal(o.m.missing.at[0].num, ENOENT);
	assert_non_null(strstr(o.m.missing.at[0].why, "gone.vmdk"));
	close_machine(&o);
	refused(write_text(in_dir("none.vmx"), "scsi0:0.fileName = \"gone.vmdk\"\n"), -ENOENT,
		"none.vmx: scsi0:0: ");
	refused(write_text(in_dir("nothing.vmx"), "displayName = \"x\"\n"), -EBADMSG,
		"names no disk");
}

static void a_disk_of_a_kind_that_is_not_read_is_missing(void **state)
{
	struct opened o;

	(void)state;
	must_open(&o, write_text(in_dir("net.xml"),
			      "<domain><devices><disk type='network'><source protocol='rbd' "
			      "name='p'/><target dev='vdb'/></disk><disk type='file'><source "
			      "file='a.raw'/><target dev='vda'/></disk></devices></domain>"));
	assert_int_equal(o.m.disks.n, 1);
	assert_int_equal(o.m.missing.n, 1);
	assert_int_equal(o.m.missing.at[0].num, ENOTSUP);
	close_machine(&o);
}

static void the_format_that_a_domain_says_is_believed(void **state)
{
	static const char text[] =
		"<domain><devices><disk type='file'><driver type='%s'/><source file='%s'/>"
		"<target dev='vda'/></disk></devices></domain>";
	struct opened o;

	(void)state;
	test_need_tool("qemu-img");
	test_must_run("cp '%s' m/base && qemu-img create -q -f qcow2 -b base -F raw m/q 12M",
		disks_source(12));
	/* A guest that writes a header into its raw disk stays a raw disk. */
	must_open(&o, write_text(in_dir("q.xml"), arena_printf(&test_arena, text, "raw", "q")));
	assert_string_equal(o.m.disks.at[0].disk.info.format, "raw");
	close_machine(&o);
	must_open(&o, write_text(in_dir("q.xml"), arena_printf(&test_arena, text, "qcow2", "q")));
	assert_int_equal(o.m.disks.at[0].disk.info.parents.n, 1);
	close_machine(&o);
	refused(write_text(in_dir("q.xml"), arena_printf(&test_arena, text, "vhdx", "q")), -EBADMSG,
		"vda: ");
}

static void a_description_of_another_kind_is_refused(void **state)
{
	(void)state;
	test_must_run("cp m/a.raw m/disk.vmx; cp m/a.raw m/disk.ova; cp m/a.raw m/disk.xml");
	refused(in_dir("disk.vmx"), -EBADMSG, "is no description of a machine (.vmx)");
	refused(in_dir("disk.ova"), -EBADMSG, "is no description of a machine (.ova)");
	refused(in_dir("disk.xml"), -EBADMSG, "is no description of a machine (.xml)");
	refused(write_text(in_dir("x.vmx"), "<domain/>"), -EBADMSG, "is no description");
	refused(write_text(in_dir("x.ovf"), "<domain/>"), -EBADMSG, "is XML, but no OVF");
	refused(write_text(in_dir("x.xml"), "<pool/>"), -EBADMSG, "no libvirt domain");
	test_must_run("mkfifo m/fifo.vmx");
	refused(in_dir("fifo.vmx"), -EACCES, "is a pipe");
}

static void a_description_stands_alone(void **state)
{
	struct disk_request two[] = {{describe(0, "a.raw"), NULL}, {in_dir("sub/b.raw"), NULL}};
	struct machine m;
	struct test_io t;

	(void)state;
	test_io_init(&t);
	assert_int_equal(machine_open(&m, &t.io, &test_arena, two, 2, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "describes a whole machine"));
	/* With a format it is a disk. */
	two[0].image_format = "raw";
	assert_int_equal(machine_open(&m, &t.io, &test_arena, two, 2, &e), 0);
	assert_null(m.config);
	assert_int_equal(m.disks.n, 2);
	machine_close(&m);
}

static void a_large_description_is_refused(void **state)
{
	(void)state;
	test_must_run("cd m && { echo 'a = \"b\"'; head -c 3M /dev/zero | tr '\\0' x; } >big.vmx");
	refused(in_dir("big.vmx"), -E2BIG, "describes a machine in more than");
}

static void a_link_to_a_description_finds_what_lies_beside_it(void **state)
{
	struct opened o;

	(void)state;
	describe(0, "a.raw");
	test_must_run("mkdir -p links && ln -sf ../m/vm.vmx links/l.vmx");
	must_open(&o, test_path("links/l.vmx"));
	assert_int_equal(o.m.disks.at[0].disk.dev->size, 12 << 20);
	close_machine(&o);
}

static void a_description_that_changes_is_noticed(void **state)
{
	struct opened o;

	(void)state;
	must_open(&o, describe(0, "a.raw"));
	assert_int_equal(host_io_unchanged(&o.t.io, &e), 0);
	write_text(in_dir("vm.vmx"), "changed = \"x\"\n");
	assert_int_equal(host_io_unchanged(&o.t.io, &e), -EIO);
	close_machine(&o);
}

/* ---- .ova ---- */

/* An archive of the files in "ova", in the order given. */
static const char *archive(const char *options, const char *files)
{
	test_need_tool("tar");
	dir();
	test_must_run("mkdir -p ova && cp m/sub/b.raw ova/b.raw");
	write_text(test_path("ova/vm.ovf"), arena_printf(&test_arena, OVF, "b.raw"));
	write_text(test_path("ova/vm.mf"), "SHA256(vm.ovf)= 00\n");
	test_must_run("cd ova && rm -f ../vm.ova && tar %s -cf ../vm.ova %s", options, files);
	return test_path("vm.ova");
}

static void check_archive(const char *path)
{
	char hex[65];
	struct opened o;

	opens_watch(path);
	must_open(&o, path);
	assert_string_equal(o.m.name, "vm");
	assert_string_equal(o.m.config->kind, "ova");
	assert_string_equal(o.m.disks.at[0].path, arena_printf(&test_arena, "%s/b.raw", path));
	assert_int_equal(disk_sha256(o.m.disks.at[0].disk.dev, hex, &e), 0);
	/* In place: no other file is opened, and nothing is read that is not asked for. */
	if (opens_outside())
		assert_null(strstr(opens_outside(), test_tmpdir()));
	assert_true(o.t.io.bytes_read < (1 << 20) + 65536);
	close_machine(&o);
	assert_memory_equal(hex, image_sum(in_dir("sub/b.raw")), 64);
}

static void archives_of_every_format_are_read_in_place(void **state)
{
	static const char *const formats[] = {"v7", "oldgnu", "gnu", "ustar", "pax"};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		check_archive(archive(arena_printf(&test_arena, "--format=%s", formats[i]),
			"vm.ovf vm.mf b.raw"));
	check_archive(archive("--format=ustar", "b.raw vm.mf vm.ovf"));
	check_archive(archive("--format=gnu", "./b.raw ./vm.ovf"));
	check_archive(archive("--format=ustar -b 1", "vm.ovf b.raw"));
	/* Long names, and directories between. */
	check_archive(archive("--format=pax --transform 's,^,./,' "
			      "--pax-option=comment=x,globexthdr.mtime:=1",
		"vm.ovf b.raw"));
	/* Without the two blocks of zeros at the end. */
	archive("--format=ustar -b 1", "vm.ovf b.raw");
	test_must_run("truncate -s -1024 vm.ova");
	check_archive(test_path("vm.ova"));
}

static void names_that_are_long_are_found(void **state)
{
	static const char *const formats[] = {"gnu", "pax", "ustar"};
	char name[160];
	struct opened o;

	(void)state;
	memset(name, 'n', sizeof(name));
	memcpy(name + 80, "/", 1);
	strcpy(name + 150, ".raw");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		archive("", "vm.ovf");
		write_text(test_path("ova/vm.ovf"), arena_printf(&test_arena, OVF, name));
		test_must_run("cd ova && mkdir -p \"$(dirname '%s')\" && cp b.raw '%s' && tar "
			      "--format=%s -cf ../vm.ova vm.ovf '%s'",
			name, name, formats[i], name);
		must_open(&o, test_path("vm.ova"));
		assert_int_equal(o.m.disks.at[0].disk.dev->size, 1 << 20);
		close_machine(&o);
	}
}

static void sparse_members_are_refused_by_name(void **state)
{
	(void)state;
	test_must_run("mkdir -p ova && truncate -s 4M ova/hole.raw && echo x >>ova/hole.raw");
	archive("", "vm.ovf");
	write_text(test_path("ova/vm.ovf"), arena_printf(&test_arena, OVF, "hole.raw"));
	test_must_run("cd ova && tar --format=gnu -S -cf ../vm.ova vm.ovf hole.raw");
	refused(test_path("vm.ova"), -ENOTSUP, "without its holes (sparse)");
	test_must_run("cd ova && tar --format=pax -S -cf ../vm.ova vm.ovf hole.raw");
	refused(test_path("vm.ova"), -ENOTSUP, "without its holes (sparse)");
	/* What comes after one with a long map is found. */
	test_must_run(
		"cd ova && for i in $(seq 60); do dd if=/dev/urandom of=hole.raw bs=4096 count=1 "
		"seek=$((i * 4)) conv=notrunc; done 2>/dev/null");
	write_text(test_path("ova/vm.ovf"), arena_printf(&test_arena, OVF, "b.raw"));
	test_must_run("cd ova && tar --format=gnu -S -cf ../vm.ova hole.raw vm.ovf b.raw");
	check_archive(test_path("vm.ova"));
}

/* Members called ../secret or /etc/passwd are members, and no file outside is looked at. */
static void names_in_an_archive_are_no_paths(void **state)
{
	static const char *const names[] = {"../secret", "/etc/passwd", "/dev/zero", "..//x"};
	struct opened o;

	(void)state;
	test_must_run("head -c 1M /dev/zero >secret");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		archive("", "vm.ovf");
		write_text(test_path("ova/vm.ovf"), arena_printf(&test_arena, OVF, names[i]));
		test_must_run("cd ova && tar -cf ../vm.ova vm.ovf");
		opens_watch(test_path("vm.ova"));
		refused(test_path("vm.ova"), -ENOENT, "is not in the archive");
		assert_null(opens_outside());
		test_must_run("cd ova && tar -P --transform 's,^b.raw,%s,' -cf ../vm.ova vm.ovf "
			      "b.raw",
			names[i]);
		opens_watch(test_path("vm.ova"));
		must_open(&o, test_path("vm.ova"));
		assert_null(opens_outside());
		assert_int_equal(o.m.disks.at[0].disk.dev->size, 1 << 20);
		close_machine(&o);
	}
}

/* Links, devices and directories hold nothing to read. */
static void only_files_of_an_archive_are_members(void **state)
{
	(void)state;
	archive("", "vm.ovf");
	test_must_run("cd ova && rm b.raw && ln -s /etc/passwd b.raw && tar -cf ../vm.ova vm.ovf "
		      "b.raw; rm b.raw");
	opens_watch(test_path("vm.ova"));
	refused(test_path("vm.ova"), -ENOENT, "is not in the archive");
	test_must_run("cd ova && mkfifo b.raw && tar -cf ../vm.ova vm.ovf b.raw; rm b.raw");
	refused(test_path("vm.ova"), -ENOENT, "is not in the archive");
	assert_null(opens_outside());
}

static void damaged_archives_are_refused(void **state)
{
	const char *path = archive("--format=ustar", "vm.ovf b.raw");
	long n;

	(void)state;
	n = (long)strlen(test_output("cat ova/vm.ovf"));
	n = 512 + (n + 511) / 512 * 512;
	test_must_run("cp vm.ova cut.ova && truncate -s 200000 cut.ova");
	refused(test_path("cut.ova"), -EBADMSG, "is cut short: b.raw");
	test_must_run("cp vm.ova bad.ova");
	image_patch(test_path("bad.ova"), n, "X", 1);
	refused(test_path("bad.ova"), -EBADMSG, "has no tar header at ");
	test_must_run("cp vm.ova bad.ova");
	image_patch(test_path("bad.ova"), 124, "xx", 2);
	refused(test_path("bad.ova"), -EBADMSG, "is no description of a machine (.ova)");
	test_must_run("cd ova && cp vm.mf vm.txt && tar -cf ../none.ova vm.mf b.raw");
	refused(test_path("none.ova"), -EBADMSG, "without an .ovf");
	(void)path;
}

/* Every beginning of an archive, and each of its first blocks garbled. */
static void damage_is_survived(void **state)
{
	struct opened o;
	char *text;
	size_t n;

	(void)state;
	archive("--format=pax -b 1", "vm.ovf vm.mf b.raw");
	text = (char *)test_read_file(test_path("vm.ova"), &n);
	for (size_t at = 0; at < 8192; at += 101) {
		test_write_file(test_path("cut.ova"), text, at);
		if (open_machine(&o, test_path("cut.ova")) >= 0)
			close_machine(&o);
		text[at] ^= 0x55;
		test_write_file(test_path("cut.ova"), text, n);
		if (open_machine(&o, test_path("cut.ova")) >= 0)
			close_machine(&o);
		text[at] ^= 0x55;
	}
	assert_null(o.t.io.files);
}

static void an_archive_of_too_many_members_is_refused(void **state)
{
	(void)state;
	test_must_run("mkdir -p many && cd many && seq -f 'f%%g' %u | xargs touch && tar -cf "
		      "../many.ova --no-recursion .",
		OVA_MEMBERS_MAX + 1);
	test_must_run("cd many && ls | tar -cf ../many.ova -T -");
	refused(test_path("many.ova"), -E2BIG, "members");
}

/* A header of pax says that the member is longer than the file, or than any number. */
static void sizes_in_pax_headers_are_checked(void **state)
{
	static const char *const sizes[] = {
		"99999999", "18446744073709551615", "99999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		archive(arena_printf(&test_arena, "--format=pax --pax-option='size:=%s'", sizes[i]),
			"vm.ovf b.raw");
		refused(test_path("vm.ova"), -EBADMSG, "is cut short");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disks_beside_the_description_are_opened),
		cmocka_unit_test(disks_that_moved_with_their_machine_are_found),
		cmocka_unit_test(descriptions_cannot_name_other_host_files),
		cmocka_unit_test(a_disk_that_is_not_there_is_missing),
		cmocka_unit_test(a_disk_of_a_kind_that_is_not_read_is_missing),
		cmocka_unit_test(the_format_that_a_domain_says_is_believed),
		cmocka_unit_test(a_description_of_another_kind_is_refused),
		cmocka_unit_test(a_description_stands_alone),
		cmocka_unit_test(a_large_description_is_refused),
		cmocka_unit_test(a_link_to_a_description_finds_what_lies_beside_it),
		cmocka_unit_test(a_description_that_changes_is_noticed),
		cmocka_unit_test(archives_of_every_format_are_read_in_place),
		cmocka_unit_test(names_that_are_long_are_found),
		cmocka_unit_test(sparse_members_are_refused_by_name),
		cmocka_unit_test(names_in_an_archive_are_no_paths),
		cmocka_unit_test(only_files_of_an_archive_are_members),
		cmocka_unit_test(damaged_archives_are_refused),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(an_archive_of_too_many_members_is_refused),
		cmocka_unit_test(sizes_in_pax_headers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
