/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/sample.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/testing.h"

#define A (&test_arena)

static const struct rule kernel_names = {
	.id = "ASR-95320",
	.errors = {95320, 151126},
	.category = REPLICATION,
	.applies = LINUX,
	.reaches = CAN(FAIL) | CAN(PASS),
	.title = "The root device is named by its place, not by its UUID",
	.about = "Device names such as /dev/sda1 change with the order in which disks are found.",
	.remedy = "Name the device by its UUID.",
	.source = "push installation page, 2025-09-22",
};
static const struct rule root_login = {
	.id = "ASR-95108",
	.errors = {95108},
	.category = PUSH_INSTALL,
	.applies = LINUX,
	.reaches = CAN(FAIL) | CAN(WARN) | CAN(PASS),
	.title = "Root cannot log in with a password",
	.remedy = "Set in /etc/ssh/sshd_config:\n\tPermitRootLogin yes\nand then run\n"
		  "\tsystemctl restart sshd",
	.source = "push installation page, 2025-09-25",
};
static const struct rule boot_loader = {
	.id = "ASR-BOOT-EFI-FALLBACK",
	.category = BOOT_IN_AZURE,
	.applies = ANY_GUEST,
	.reaches = CAN(INFO),
	.title = "The fallback loader of UEFI",
	.source = "engineering",
};
static const struct rule credentials = {
	.id = "ASR-95517-LNX",
	.errors = {95517},
	.category = PUSH_INSTALL,
	.applies = LINUX,
	.reaches = CAN(UNKNOWN),
	.title = "The account given for push installation is refused",
	.source = "push installation page, 2025-09-25",
};
static const struct rule packages = {
	.id = "ASR-SSH-PKGS",
	.category = PUSH_INSTALL,
	.applies = LINUX,
	.reaches = CAN(UNKNOWN),
	.title = "Packages that push installation needs",
	.source = "mobility service page, 2023-03-31",
};
static const struct rule python = {
	.id = "ASR-PYTHON",
	.category = PUSH_INSTALL,
	.applies = LINUX,
	.reaches = CAN(UNKNOWN),
	.title = "Python",
	.source = "mobility service page, 2023-03-31",
};
static const struct rule disk_size = {
	.id = "ASR-DISK-OSSIZE",
	.category = REPLICATION,
	.applies = ANY_GUEST,
	.reaches = CAN(PASS),
	.title = "Size of the operating system disk",
	.source = "support matrix, 2025-12-18",
};

/* ---- the machine ---- */

static struct machine_disk *disks;
static struct volume *volumes[4];
static struct volume_group *group;

static struct disk_map *disk_map(unsigned i, const char *path, const char *subformat)
{
	struct disk_map *d = arena_new(A, struct disk_map);

	disks[i].name = d->name = arena_printf(A, "disk%u", i);
	disks[i].path = path;
	disks[i].disk.info.format = "vmdk";
	disks[i].disk.info.subformat = subformat;
	disks[i].disk.info.virtual_size = d->size = 21474836480;
	disks[i].disk.info.logical_sector = disks[i].disk.info.physical_sector = d->sector = 512;
	d->index = i;
	d->source = &disks[i];
	d->table_name = "none";
	return d;
}

static struct volume *volume(
	const struct disk_map *d, const char *name, uint64_t size, struct signature sig)
{
	struct volume *v = arena_new(A, struct volume);

	v->name = name;
	v->size = size;
	v->sig = sig;
	if (d)
		*list_add(A, &v->disks) = d;
	return v;
}

static void add_partition(struct disk_map *d, struct partition p, struct volume *v)
{
	struct partition *copy = arena_new(A, struct partition);

	*copy = p;
	copy->name = v->name;
	copy->size = v->size;
	copy->volume = v;
	v->kind = VOLUME_PARTITION;
	v->partition = copy;
	v->disk = d;
	*list_add(A, &d->partitions) = copy;
}

static void add_group(struct vm *vm)
{
	struct physical_volume *pv = arena_new(A, struct physical_volume);
	struct logical_volume *lv = arena_new(A, struct logical_volume);

	group = arena_new(A, struct volume_group);
	group->name = "vg0";
	group->uuid = "CAcrOb-DEdq-lM3w-xfOo-4Jk1-e0fl-0o3pXx";
	group->size = 42941284352;
	group->free = 4194304;
	*pv = (struct physical_volume){.uuid = "eQUGoE-u6hh-1mOn-r6vM-RZg3-EBXa-UNmyGk",
		.name = "pv0",
		.volume = volumes[1]};
	*list_add(A, &group->pvs) = pv;
	pv = arena_new(A, struct physical_volume);
	*pv = (struct physical_volume){.uuid = "2b6mHk-0YfM-nIVR-4kFQ-n8sQ-xqAy-QYkAtR",
		.name = "pv1",
		.device_hint = "/dev/sdc1"};
	*list_add(A, &group->pvs) = pv;
	*lv = (struct logical_volume){.name = "root",
		.full_name = "vg0/root",
		.uuid = "hVBTQK-WfNs-1Ds5-3zqT-c5q7-1kEw-eQkpXk",
		.size = 21470642176,
		.visible = true,
		.vg = group,
		.volume = volumes[3]};
	*list_add(A, &lv->types) = "linear";
	*list_add(A, &group->lvs) = lv;
	*list_add(A, &vm->map.groups) = group;
}

/* A mirror that lacks a member, and a volume group on it. */
static void add_array(struct vm *vm, struct disk_map *d)
{
	struct array *a = arena_new(A, struct array);
	struct physical_volume *pv = arena_new(A, struct physical_volume);
	struct logical_volume *lv = arena_new(A, struct logical_volume);
	struct volume_group *g = arena_new(A, struct volume_group);
	struct volume *member = volume(d, "disk0p3", 1073741824,
		(struct signature){"linux_raid_member", "raid",
			"a3125c6b-4b73-3098-56e0-7bbe5b519d80", "web01:data", "1.2"});

	add_partition(d,
		(struct partition){.number = 3,
			.start = 21474836480 - 1073741824 - 1048576,
			.type = "a19d880f-05fc-4d3b-a006-743f0f84911e",
			.type_name = "Linux RAID"},
		member);
	*a = (struct array){.name = "data",
		.level = "raid1",
		.version = "1.2",
		.uuid = "a3125c6b-4b73-3098-56e0-7bbe5b519d80",
		.size = 1072693248,
		.slots = 2,
		.missing = 1,
		.degraded = true};
	*list_add(A, &a->members) = (struct array_member){member, MEMBER_USED, 0, 17};
	a->volume = volume(d, "data", a->size,
		(struct signature){"LVM2_member", "raid", "OtZfLh-0kGc-edzn-zwap-bNQ0-RVh0-1a83Qj",
			NULL, "LVM2 001"});
	a->volume->kind = VOLUME_ARRAY;
	a->volume->array = a;
	*list_add(A, &vm->map.arrays) = a;
	*g = (struct volume_group){.name = "vg1",
		.uuid = "U4RIhu-kP4L-I9B3-Fa9y-VcGL-5FEn-OtmhcW",
		.size = 1068498944,
		.complete = true,
		.exported = true};
	*pv = (struct physical_volume){
		.uuid = "OtZfLh-0kGc-edzn-zwap-bNQ0-RVh0-1a83Qj", .volume = a->volume};
	*list_add(A, &g->pvs) = pv;
	*lv = (struct logical_volume){
		.name = "pool", .full_name = "vg1/pool", .size = 536870912, .visible = true};
	*list_add(A, &lv->types) = "thin-pool";
	*list_add(A, &g->lvs) = lv;
	*list_add(A, &vm->map.groups) = g;
}

static struct filesystem *add_filesystem(struct vm *vm, const struct volume *v, uint64_t available)
{
	struct filesystem *f = list_add(A, &vm->filesystems);

	f->volume = v;
	f->space_known = true;
	f->space = (struct fs_space){.size = v->size, .available = available};
	return f;
}

static struct vm *machine(void)
{
	struct vm *vm = arena_new(A, struct vm);
	struct disk_map *first, *second;
	struct filesystem *f;

	disks = arena_alloc(A, 2 * sizeof(*disks));
	vm->name = "web01";
	vm->engine = &native_engine;
	vm->machine.name = "web01";
	vm->machine.disks.at = disks;
	vm->machine.disks.n = 2;
	first = disk_map(0, "web01.vmdk", "streamOptimized");
	second = disk_map(1, "web01_1.vmdk", "monolithicSparse");
	first->table = TABLE_GPT;
	first->table_name = "gpt";
	first->table_id = "0d9b0fd5-0c0b-4b1f-8a43-6d1c6d6bdf7c";
	first->gpt_backup = GPT_MISPLACED;
	volumes[0] = volume(first, "disk0p1", 536870912,
		(struct signature){"vfat", "filesystem", "07A4-5B2C", "EFI", "FAT32"});
	volumes[1] = volume(first, "disk0p2", 20936916992,
		(struct signature){"LVM2_member", "raid", "eQUGoE-u6hh-1mOn-r6vM-RZg3-EBXa-UNmyGk",
			NULL, "LVM2 001"});
	volumes[2] = volume(second, "disk1", 21474836480,
		(struct signature){"ext4", "filesystem", "5f3c6a1e-8d6b-4a0c-9a43-2f0b8f1c3d11",
			"da\x1b]0;ta", "1.0"});
	volumes[3] = volume(first, "vg0/root", 21470642176,
		(struct signature){
			"ext4", "filesystem", "9a8f3f43-2f0b-4a0c-8d6b-5f3c6a1e1d11", NULL, "1.0"});
	second->volume = volumes[2];
	*list_add(A, &second->stale) = "the disk once had a DOS partition table";
	add_partition(first,
		(struct partition){.number = 1,
			.start = 1048576,
			.type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
			.type_name = "EFI System",
			.uuid = "6f0a7d3e-1111-4a0c-8d6b-5f3c6a1e1d11"},
		volumes[0]);
	add_partition(first,
		(struct partition){.number = 2,
			.start = 537919488,
			.type = "e6d6d379-f507-44c2-a23c-238f2a3df928",
			.type_name = "Linux LVM",
			.uuid = "6f0a7d3e-2222-4a0c-8d6b-5f3c6a1e1d11"},
		volumes[1]);
	*list_add(A, &vm->map.disks) = first;
	*list_add(A, &vm->map.disks) = second;
	for (size_t i = 0; i < 4; i++)
		*list_add(A, &vm->map.volumes) = volumes[i];
	add_group(vm);
	add_array(vm, first);
	add_filesystem(vm, volumes[0], 530579456);
	f = add_filesystem(vm, volumes[2], 20000000000);
	f->state = FS_DIRTY;
	f->why = "its journal was not replayed";
	add_filesystem(vm, volumes[3], 15032385536);
	return vm;
}

static struct guest *guest(struct vm *vm)
{
	static const struct fs_mount mounts[] = {
		{.dir = "/", .volume = "vg0/root"},
		{.dir = "/boot/efi", .volume = "disk0p1"},
	};
	struct guest *g = arena_new(A, struct guest);
	struct kernel *k;

	g->vm = vm;
	g->id.value = "debian";
	g->version.value = "12";
	g->name.value = "Debian GNU/Linux 12 (bookworm)";
	g->arch.value = "x86_64";
	g->hostname.value = "web\xE2\x80\xAE"
			    "01\xFF";
	g->root = g->boot = volumes[3];
	g->tree = (struct fs_tree){mounts, 2};
	k = list_add(A, &g->boot_config.kernels);
	k->release = "6.1.0-18-amd64";
	return g;
}

/* ---- what was found ---- */

static struct finding *finding(
	struct judgement *j, const struct guest *g, const struct rule *rule, struct evidence e)
{
	struct finding *f = arena_new(A, struct finding);

	f->rule = rule;
	f->guest = g;
	f->verdict = f->judged = e.verdict;
	f->reason = e.reason;
	f->detail = e.message;
	f->remedy = e.remedy ? e.remedy : rule->remedy;
	*list_add(A, &f->evidence) = e;
	*list_add(A, &j->findings) = f;
	j->summary.counts[e.verdict]++;
	return f;
}

static void findings(struct judgement *j, const struct guest *g)
{
	struct evidence grub = {FAIL, AGENT,
		{"vg0/root", "/boot/grub/grub.cfg", 12,
			"linux\t/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda1 ro quiet "
			"crashkernel=384M-:128M title=\x1b[31mred",
			NULL},
		"the kernel is told root=/dev/sda1, a name that another controller may give to "
		"another disk",
		"In /etc/default/grub, name the root by its UUID and write the menu again:\n"
		"\tgrubby --update-kernel=ALL --args=root=UUID="
		"9a8f3f43-2f0b-4a0c-8d6b-5f3c6a1e1d11\n",
		REASON_NONE};
	struct finding *f = finding(j, g, &kernel_names, grub);

	grub.from.line = 30;
	grub.from.text = "linux\t/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda1 ro single";
	grub.from.state = "dirty";
	*list_add(A, &f->evidence) = grub;
	finding(j, g, &root_login,
		(struct evidence){WARN, DOC,
			{"vg0/root", "/etc/ssh/sshd_config", 33,
				"PermitRootLogin prohibit-password", NULL},
			"root may log in with a key only", NULL, REASON_NONE});
	finding(j, g, &credentials,
		(struct evidence){UNKNOWN, DOC, {0}, "the account is not on the disk", NULL,
			REASON_NOT_ON_DISK});
	finding(j, g, &python,
		(struct evidence){UNKNOWN, ENG, {0},
			"rpm databases are not read yet, so that the packages are not known", NULL,
			REASON_UNSUPPORTED});
	finding(j, g, &packages,
		(struct evidence){UNKNOWN, ENG, {0},
			"rpm databases are not read yet, so that the packages are not known", NULL,
			REASON_UNSUPPORTED});
	finding(j, g, &boot_loader,
		(struct evidence){INFO, ENG, {"disk0p1", NULL, 0, NULL, NULL},
			"EFI/BOOT/BOOTX64.EFI is there", NULL, REASON_NONE});
	finding(j, g, &disk_size,
		(struct evidence){
			PASS, DOC, {"disk0", NULL, 0, NULL, NULL}, "20 GiB", NULL, REASON_NONE});
	j->summary.verdict = INCOMPATIBLE;
	j->summary.replication = ANSWER_NO;
	j->summary.boot_in_azure = ANSWER_YES;
	j->summary.push_install = PUSH_UNKNOWN;
	j->summary.unknown_decidable = 2;
}

const struct report *sample_report(void)
{
	struct report *r = arena_new(A, struct report);
	struct judgement *j = arena_new(A, struct judgement);
	struct facts *f = arena_new(A, struct facts);
	struct options *o = arena_new(A, struct options);
	struct vm *vm = machine();
	struct disk_boot *boot = list_add(A, &f->disks);
	struct guest *g = guest(vm);

	f->vm = vm;
	boot->disk = vm->map.disks.at[0];
	boot->boots_uefi = true;
	*list_add(A, &f->guests) = g;
	findings(j, g);
	o->agent_version = "9.67";
	*r = (struct report){.vm = vm,
		.facts = f,
		.judgement = j,
		.options = o,
		.policy = arena_new(A, struct policy),
		.columns = 80};
	return r;
}

const char *sample_written(void (*write)(FILE *out, const struct report *r), const struct report *r)
{
	char *buf = NULL, *copy;
	size_t n;
	FILE *out = open_memstream(&buf, &n);

	assert_non_null(out);
	write(out, r);
	assert_int_equal(fclose(out), 0);
	copy = arena_strndup(A, buf, n);
	free(buf);
	return copy;
}

void sample_expect(const char *name, const char *text)
{
	const char *expected = arena_printf(A, "tests/unit/expected/%s", name);
	const char *actual = test_path("%s", name);

	test_write_file(getenv("UPDATE_EXPECTED") ? expected : actual, text, strlen(text));
	if (getenv("UPDATE_EXPECTED"))
		return;
	if (strcmp(test_read_file(expected, NULL), text)) {
		(void)!system(arena_printf(A, "diff -u '%s' '%s'", expected, actual));
		fail_msg("%s: not as expected", name);
	}
}
