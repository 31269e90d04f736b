/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/libvirt.h"

#include "tests/lib/testing.h"

#include <errno.h>
#include <string.h>

static struct err e;

static struct machine_config parse(const char *text)
{
	struct machine_config c = {0};

	if (libvirt_parse(&test_arena, text, strlen(text), &c, &e) < 0)
		fail_msg("%s", e.msg);
	return c;
}

static const char *disks_of(const struct machine_config *c)
{
	const char *s = "";

	list_each(d, &c->disks)
		s = arena_printf(&test_arena, "%s%s%s=%s", s, d == c->disks.at ? "" : " ", d->slot,
			d->file.value ? d->file.value : "");
	return s;
}

/* As virt-manager makes it and "virsh dumpxml" prints it while it runs. */
static const char virt_manager[] =
	"<domain type='kvm' id='3'>\n"
	"  <name>web-01</name>\n"
	"  <uuid>7d0c1b42-93f5-4a8e-8f6e-2f0a5a1f5c11</uuid>\n"
	"  <metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/"
	"libvirt/domain/1.0'><libosinfo:os id='http://debian.org/debian/12'/>"
	"</libosinfo:libosinfo></metadata>\n"
	"  <memory unit='KiB'>4194304</memory>\n"
	"  <currentMemory unit='KiB'>2097152</currentMemory>\n"
	"  <os firmware='efi'>\n"
	"    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>\n"
	"    <firmware>\n"
	"      <feature enabled='yes' name='enrolled-keys'/>\n"
	"      <feature enabled='yes' name='secure-boot'/>\n"
	"    </firmware>\n"
	"    <loader readonly='yes' secure='yes' type='pflash'>/usr/share/OVMF/x.fd</loader>\n"
	"    <nvram template='/usr/share/OVMF/y.fd'>/var/lib/libvirt/qemu/nvram/z.fd</nvram>\n"
	"    <boot dev='hd'/>\n"
	"  </os>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
	"    <disk type='file' device='disk'>\n"
	"      <driver name='qemu' type='raw' cache='none' io='native'/>\n"
	"      <source file='/srv/data.img'/>\n"
	"      <target dev='vdaa' bus='virtio'/>\n"
	"      <shareable/>\n"
	"    </disk>\n"
	"    <disk type='file' device='cdrom'>\n"
	"      <driver name='qemu' type='raw'/>\n"
	"      <source file='/srv/debian.iso'/>\n"
	"      <target dev='sda' bus='sata'/>\n"
	"      <readonly/>\n"
	"    </disk>\n"
	"    <disk type='file' device='disk'>\n"
	"      <driver name='qemu' type='qcow2' discard='unmap'/>\n"
	"      <source file='/srv/web-01.snap1' index='2'/>\n"
	"      <backingStore type='file' index='3'>\n"
	"        <format type='qcow2'/>\n"
	"        <source file='/srv/web-01.qcow2'/>\n"
	"        <backingStore/>\n"
	"      </backingStore>\n"
	"      <target dev='vda' bus='virtio'/>\n"
	"      <alias name='virtio-disk0'/>\n"
	"    </disk>\n"
	"    <disk type='file'>\n"
	"      <driver name='qemu' type='vpc'/>\n"
	"      <source file='/srv/old.vhd'/>\n"
	"      <target dev='vdb' bus='virtio'/>\n"
	"    </disk>\n"
	"  </devices>\n"
	"</domain>\n";

static void what_virsh_prints(void **state)
{
	struct machine_config c = parse(virt_manager);

	(void)state;
	assert_string_equal(
		disks_of(&c), "vda=/srv/web-01.snap1 vdb=/srv/old.vhd vdaa=/srv/data.img");
	assert_string_equal(c.disks.at[0].image_format, "qcow2");
	assert_string_equal(c.disks.at[1].image_format, "vhd");
	assert_string_equal(c.disks.at[2].image_format, "raw");
	assert_string_equal(c.name.value, "web-01");
	assert_int_equal(c.name.line, 2);
	assert_string_equal(c.bios_id.value, "7d0c1b42-93f5-4a8e-8f6e-2f0a5a1f5c11");
	assert_true(c.memory == 4ULL << 30);
	assert_string_equal(c.firmware.value, "efi");
	assert_string_equal(c.secure_boot.value, "on");
	assert_string_equal(c.secure_boot.text, "<feature enabled='yes' name='secure-boot'/>");
	assert_int_equal(c.shared.n, 1);
	assert_string_equal(c.shared.at[0].text, "<shareable/>");
	assert_true(c.sharing_known && c.buses_known);
	assert_null(c.nvme.value);
}

static struct machine_config with_os(const char *os)
{
	return parse(arena_printf(&test_arena, "<domain>%s</domain>", os));
}

static void firmware_is_what_is_said_or_follows(void **state)
{
	struct machine_config c = with_os("<os><type>hvm</type></os>");

	(void)state;
	assert_string_equal(c.firmware.value, "bios");
	assert_string_equal(c.secure_boot.value, "off");
	c = with_os("<os><loader readonly='yes' type='pflash'>/OVMF_CODE.fd</loader></os>");
	assert_string_equal(c.firmware.value, "efi");
	assert_null(c.secure_boot.value);
	c = with_os("<os><loader secure='no' type='pflash'>/OVMF_CODE.fd</loader></os>");
	assert_string_equal(c.secure_boot.value, "off");
	c = with_os("<os><loader secure='yes' type='pflash'>/OVMF_CODE.secboot.fd</loader></os>");
	assert_string_equal(c.secure_boot.value, "on");
	c = with_os("<os firmware='efi'><firmware><feature enabled='no' name='secure-boot'/>"
		    "</firmware></os>");
	assert_string_equal(c.firmware.value, "efi");
	assert_string_equal(c.secure_boot.value, "off");
	c = with_os("<os firmware='efi'/>");
	assert_null(c.secure_boot.value);
	c = with_os("<os firmware='bios'/>");
	assert_string_equal(c.firmware.value, "bios");
	c = with_os("");
	assert_null(c.firmware.value);
}

static struct machine_config with_disks(const char *disks)
{
	return parse(arena_printf(&test_arena, "<domain><devices>%s</devices></domain>", disks));
}

static void disks_stand_in_the_order_they_are_started_in(void **state)
{
	struct machine_config c =
		with_disks("<disk><source file='n'/><target dev='nvme0n1' bus='nvme'/></disk>"
			   "<disk><source file='v2'/><target dev='vdb'/><boot order='2'/></disk>"
			   "<disk><source file='s'/><target dev='sda' bus='scsi'/></disk>"
			   "<disk><source file='h'/><target dev='hda' bus='ide'/></disk>"
			   "<disk><source file='v1'/><target dev='vda'/><boot order='1'/></disk>"
			   "<disk><source file='x'/><target dev='xvda' bus='xen'/></disk>");

	(void)state;
	assert_string_equal(disks_of(&c), "vda=v1 vdb=v2 hda=h sda=s nvme0n1=n xvda=x");
	assert_non_null(c.nvme.value);
}

static void what_cannot_be_read_is_refused_by_its_kind(void **state)
{
	static const struct {
		const char *disk, *words;
	} refused[] = {
		{"<disk type='block'><source dev='/dev/vg0/web'/>", "block device /dev/vg0/web"},
		{"<disk><source dev='/dev/vg0/web'/>", "block device /dev/vg0/web"},
		{"<disk type='network'><driver type='raw'/><source protocol='rbd' name='p/i'>"
		 "<host name='mon' port='6789'/></source>",
			"of type network"},
		{"<disk type='volume'><source pool='default' volume='v'/>", "of type volume"},
		{"<disk type='dir'><source dir='/etc'/>", "of type dir"},
		{"<disk type='nvme'><source type='pci' namespace='1'/>", "of type nvme"},
		{"<disk type='vhostuser'><source type='unix' path='/s'/>", "of type vhostuser"},
		{"<disk type='file'><driver type='qed'/><source file='a'/>", "a qed image"},
		{"<disk type='file'><driver type='luks'/><source file='a'/>", "a luks image"},
		{"<disk type='file'><source file='a'/><encryption format='luks'/>", "encrypted"},
		{"<disk type='file'><source file='a'><encryption format='luks'/></source>",
			"encrypted"},
		{"<disk type='file'>", "names no file"},
		{"<disk type='file'><source file=''/>", "names no file"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct machine_config c = with_disks(
			arena_printf(&test_arena, "%s<target dev='vda'/></disk>", refused[i].disk));

		assert_int_equal(c.disks.n, 1);
		if (!c.disks.at[0].refused || !strstr(c.disks.at[0].refused, refused[i].words))
			fail_msg("%s: %s", refused[i].disk, c.disks.at[0].refused);
	}
}

static void a_domain_may_be_inside_another_document(void **state)
{
	struct machine_config c = parse(
		"<!-- WARNING: THIS IS AN AUTO-GENERATED FILE -->\n"
		"<domainsnapshot><name>s1</name><domain><name>inner</name><memory unit='GB'>1"
		"</memory><devices><disk><source file='a'/><target dev='vda'/></disk></devices>"
		"</domain></domainsnapshot>");

	(void)state;
	assert_string_equal(c.name.value, "inner");
	assert_int_equal(c.memory, 1000000000);
	assert_string_equal(disks_of(&c), "vda=a");
}

static void what_is_no_domain_is_refused(void **state)
{
	static const char *const texts[] = {
		"<network/>", "<domain>", "", "text", "<domain/><domain/>"};
	struct machine_config c = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(
			libvirt_parse(&test_arena, texts[i], strlen(texts[i]), &c, &e), -EBADMSG);
	assert_int_equal(libvirt_parse(&test_arena, "<pool/>", 7, &c, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "begins with <pool>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_virsh_prints),
		cmocka_unit_test(firmware_is_what_is_said_or_follows),
		cmocka_unit_test(disks_stand_in_the_order_they_are_started_in),
		cmocka_unit_test(what_cannot_be_read_is_refused_by_its_kind),
		cmocka_unit_test(a_domain_may_be_inside_another_document),
		cmocka_unit_test(what_is_no_domain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
