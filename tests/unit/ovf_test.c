/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/ovf.h"

#include "tests/lib/testing.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

#define HEAD                                                                                       \
	"<?xml version='1.0' encoding='UTF-8'?>\n"                                                 \
	"<Envelope vmw:buildId=\"build-1\" xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"     \
	" xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"                                  \
	" xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"                         \
	"CIM_ResourceAllocationSettingData\"\n"                                                    \
	" xmlns:vmw=\"http://www.vmware.com/schema/ovf\"\n"                                        \
	" xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"                         \
	"CIM_VirtualSystemSettingData\">\n"
#define CONTROLLER(id, address, type, subtype)                                                     \
	"<Item><rasd:Address>" #address "</rasd:Address><rasd:ElementName>c" #id                   \
	"</rasd:ElementName><rasd:InstanceID>" #id                                                 \
	"</rasd:InstanceID><rasd:ResourceSubType>" subtype                                         \
	"</rasd:ResourceSubType><rasd:ResourceType>" #type "</rasd:ResourceType></Item>\n"
#define DRIVE(id, parent, unit, resource)                                                          \
	"<Item><rasd:AddressOnParent>" #unit "</rasd:AddressOnParent><rasd:HostResource>" resource \
	"</rasd:HostResource><rasd:InstanceID>" #id "</rasd:InstanceID><rasd:Parent>" #parent      \
	"</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>\n"
#define FILE_(id, href, more) "<File ovf:id='" id "' ovf:href='" href "' " more "/>\n"
#define DISK(id, ref, more) "<Disk ovf:diskId='" id "' ovf:fileRef='" ref "' " more "/>\n"
#define MACHINE(files, disks, hardware)                                                            \
	HEAD "<References>" files "</References><DiskSection><Info>Disks</Info>" disks             \
	     "</DiskSection><VirtualSystem "                                                       \
	     "ovf:id='vm'><Info/><VirtualHardwareSection><Info/>" hardware                         \
	     "</VirtualHardwareSection></VirtualSystem></Envelope>\n"

static struct err e;

static struct machine_config parse(const char *text)
{
	struct machine_config c = {0};

	if (ovf_parse(&test_arena, text, strlen(text), &c, &e) < 0)
		fail_msg("%s", e.msg);
	return c;
}

static void refuse(const char *text, int num, const char *words)
{
	struct machine_config c = {0};

	assert_int_equal(ovf_parse(&test_arena, text, strlen(text), &c, &e), num);
	if (!strstr(e.msg, words))
		fail_msg("\"%s\", not \"%s\"", e.msg, words);
}

/* "scsi0:0=a.vmdk sata0:1=b.vmdk" */
static const char *disks_of(const struct machine_config *c)
{
	const char *s = "";

	list_each(d, &c->disks)
		s = arena_printf(&test_arena, "%s%s%s=%s", s, d == c->disks.at ? "" : " ", d->slot,
			d->file.value ? d->file.value : "");
	return s;
}

static const char vsphere[] = MACHINE(
	FILE_("file1", "app-disk1.vmdk", "ovf:size='70144'") FILE_(
		"file2", "app-disk2.vmdk", "ovf:size='70145'") FILE_("file3", "app-disk3.vmdk", "")
		FILE_("file4", "app-disk4.vmdk", "") FILE_("file5", "app.nvram", ""),
	DISK("vmdisk4", "file4", "ovf:capacity='1' ovf:capacityAllocationUnits='byte * 2^40'") DISK(
		"vmdisk1", "file1", "ovf:capacity='16' ovf:capacityAllocationUnits='byte * 2^30'")
		DISK("vmdisk2", "file2", "ovf:capacity='17179869184'") DISK("vmdisk3", "file3",
			"ovf:capacity='9' ovf:capacityAllocationUnits='MegaBytes'"),
	"<System><vssd:ElementName>Virtual Hardware Family</vssd:ElementName>\n"
	"<vssd:InstanceID>0</vssd:InstanceID>\n"
	"<vssd:VirtualSystemIdentifier>app &amp; co</vssd:VirtualSystemIdentifier>\n"
	"<vssd:VirtualSystemType>vmx-19</vssd:VirtualSystemType></System>\n"
	"<Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>"
	"<rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType>"
	"<rasd:VirtualQuantity>4096</rasd:VirtualQuantity></Item>\n" DRIVE(
		9, 5, 3, "ovf:/disk/vmdisk3") DRIVE(10, 6, 0, "ovf:/disk/vmdisk4") CONTROLLER(4, 1,
		6, "VirtualSCSI") CONTROLLER(3, 0, 6, "lsilogic") CONTROLLER(5, 0, 20,
		"vmware.sata.ahci") CONTROLLER(6, 0, 20, "vmware.nvme.controller") DRIVE(7, 4, 0,
		"ovf:/disk/vmdisk2") DRIVE(8, 3, 0,
		"ovf:/disk/vmdisk1") "<Item "
				     "ovf:required='false'><rasd:InstanceID>11</rasd:InstanceID>"
				     "<rasd:ResourceSubType>vmware.cdrom.remotepassthrough</"
				     "rasd:ResourceSubType>"
				     "<rasd:ResourceType>15</rasd:ResourceType></Item>\n"
				     "<vmw:Config ovf:required='false' vmw:key='firmware' "
				     "vmw:value='efi'/>\n"
				     "<vmw:Config ovf:required='false' "
				     "vmw:key='bootOptions.efiSecureBootEnabled' "
				     "vmw:value='true'/>\n"
				     "<vmw:ExtraConfig ovf:required='false' vmw:key='uuid.bios' "
				     "vmw:value='42 1c'/>\n");

static void what_vsphere_exports(void **state)
{
	struct machine_config c = parse(vsphere);

	(void)state;
	assert_string_equal(disks_of(&c),
		"scsi0:0=app-disk1.vmdk scsi1:0=app-disk2.vmdk sata0:3=app-disk3.vmdk "
		"nvme0:0=app-disk4.vmdk");
	assert_true(c.disks.at[0].capacity == 16ULL << 30);
	assert_true(c.disks.at[1].capacity == 16ULL << 30);
	assert_true(c.disks.at[2].capacity == 9ULL << 20);
	assert_true(c.disks.at[3].capacity == 1ULL << 40);
	assert_string_equal(c.name.value, "app & co");
	assert_true(c.memory == 4ULL << 30);
	assert_string_equal(c.firmware.value, "efi");
	assert_non_null(strstr(c.firmware.text, "vmw:key='firmware'"));
	assert_string_equal(c.secure_boot.value, "on");
	assert_string_equal(c.bios_id.value, "42 1c");
	assert_string_equal(c.nvme.value, "vmware.nvme.controller");
	assert_true(c.buses_known);
	/* An export says nothing of it. */
	assert_false(c.sharing_known);
}

/* Version 2: StorageItem, resources without "ovf:", controllers of other names. */
static void what_virtualbox_exports(void **state)
{
	struct machine_config c = parse(
		"<?xml version=\"1.0\"?>\n"
		"<Envelope ovf:version=\"2.0\" xml:lang=\"en-US\" "
		"xmlns=\"http://schemas.dmtf.org/ovf/envelope/2\" "
		"xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/2\" "
		"xmlns:sasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Storage.xsd\" "
		"xmlns:vbox=\"http://www.virtualbox.org/ovf/machine\">\n"
		"<References><File ovf:id=\"file1\" ovf:href=\"lab-disk001.vmdk\"/>"
		"<File ovf:id=\"file2\" ovf:href=\"lab-disk002.vmdk\"/></References>\n"
		"<DiskSection><Disk ovf:capacity=\"1048576\" ovf:diskId=\"vmdisk2\" "
		"ovf:fileRef=\"file2\" vbox:uuid=\"1b\"/>"
		"<Disk ovf:capacity=\"2097152\" ovf:diskId=\"vmdisk1\" ovf:fileRef=\"file1\"/>"
		"</DiskSection>\n"
		"<VirtualSystem ovf:id=\"lab\"><VirtualHardwareSection>"
		"<Item><Address>0</Address><InstanceID>3</InstanceID>"
		"<ResourceSubType>PIIX4</ResourceSubType><ResourceType>5</ResourceType></Item>"
		"<Item><Address>0</Address><InstanceID>5</InstanceID>"
		"<ResourceSubType>AHCI</ResourceSubType><ResourceType>20</ResourceType></Item>\n"
		"<StorageItem><sasd:AddressOnParent>0</sasd:AddressOnParent>"
		"<sasd:HostResource>/disk/vmdisk2</sasd:HostResource>"
		"<sasd:InstanceID>8</sasd:InstanceID><sasd:Parent>5</sasd:Parent>"
		"<sasd:ResourceType>31</sasd:ResourceType></StorageItem>\n"
		"<StorageItem><sasd:AddressOnParent>1</sasd:AddressOnParent>"
		"<sasd:HostResource>/disk/vmdisk1</sasd:HostResource>"
		"<sasd:InstanceID>9</sasd:InstanceID><sasd:Parent>3</sasd:Parent>"
		"<sasd:ResourceType>31</sasd:ResourceType></StorageItem>\n"
		"</VirtualHardwareSection></VirtualSystem></Envelope>\n");

	(void)state;
	assert_string_equal(disks_of(&c), "ide0:1=lab-disk001.vmdk sata0:0=lab-disk002.vmdk");
	assert_int_equal(c.disks.at[0].capacity, 2 << 20);
	assert_string_equal(c.name.value, "lab");
	assert_null(c.firmware.value);
	assert_null(c.secure_boot.value);
	assert_null(c.nvme.value);
}

static void bios_has_no_secure_boot(void **state)
{
	struct machine_config c = parse(MACHINE(FILE_("f", "a.vmdk", ""), DISK("d", "f", ""),
		"<vmw:Config vmw:key='firmware' vmw:value='bios'/>"));

	(void)state;
	assert_string_equal(c.firmware.value, "bios");
	assert_string_equal(c.secure_boot.value, "off");
}

static void without_hardware_that_names_them_disks_are_as_listed(void **state)
{
	struct machine_config c = parse(MACHINE(FILE_("f", "b.vmdk", "") FILE_("g", "a.vmdk", ""),
		DISK("d1", "f", "") DISK("d2", "g", ""), ""));

	(void)state;
	assert_string_equal(disks_of(&c), "d1=b.vmdk d2=a.vmdk");
	assert_false(c.buses_known);
}

static void a_drive_may_name_a_file_itself(void **state)
{
	struct machine_config c = parse(MACHINE(FILE_("f", "a.vmdk", ""), "",
		CONTROLLER(3, 0, 6, "lsilogic") DRIVE(4, 3, 0, "ovf:/file/f")));

	(void)state;
	assert_string_equal(disks_of(&c), "scsi0:0=a.vmdk");
}

/* What one file or disk with these attributes is refused for. */
static void refused_disk(const char *text, const char *words)
{
	struct machine_config c = parse(text);

	assert_int_equal(c.disks.n, 1);
	assert_non_null(c.disks.at[0].refused);
	if (!strstr(c.disks.at[0].refused, words))
		fail_msg("\"%s\", not \"%s\"", c.disks.at[0].refused, words);
}

static void files_that_cannot_be_read_are_refused_by_what_they_are(void **state)
{
	struct machine_config c;

	(void)state;
	refused_disk(
		MACHINE(FILE_("f", "a.vmdk.gz", "ovf:compression='gzip'"), DISK("d", "f", ""), ""),
		"a.vmdk.gz is compressed (gzip)");
	refused_disk(
		MACHINE(FILE_("f", "a.vmdk", "ovf:chunkSize='2147483648'"), DISK("d", "f", ""), ""),
		"a.vmdk is split into chunks (chunkSize)");
	refused_disk(MACHINE(FILE_("f", "https://host/a.vmdk", ""), DISK("d", "f", ""), ""),
		"nothing is read over a network");
	refused_disk(MACHINE(FILE_("f", "file:///etc/passwd", ""), DISK("d", "f", ""), ""),
		"is not fetched");
	refused_disk(MACHINE(FILE_("f", "a.vmdk", ""), DISK("d", "f", "ovf:parentRef='p'"), ""),
		"parentRef");
	refused_disk(MACHINE("", DISK("d", "nothing", ""), ""), "names no file");
	refused_disk(MACHINE(FILE_("f", "", ""), DISK("d", "f", ""), ""), "names no file");
	c = parse(MACHINE(FILE_("f", "a.vmdk", "ovf:compression='identity' ovf:chunkSize='0'"),
		DISK("d", "f", ""), ""));
	assert_null(c.disks.at[0].refused);
}

static void an_empty_disk_has_no_file(void **state)
{
	struct machine_config c =
		parse(MACHINE("", "<Disk ovf:diskId='scratch' ovf:capacity='1'/>", ""));

	(void)state;
	assert_int_equal(c.disks.n, 0);
	assert_int_equal(c.notes.n, 1);
	assert_non_null(strstr(c.notes.at[0], "scratch is an empty disk"));
}

static void what_does_not_fit_together_is_refused(void **state)
{
	(void)state;
	refuse(MACHINE("", "", CONTROLLER(3, 0, 6, "x") DRIVE(4, 3, 0, "ovf:/disk/absent")),
		-EBADMSG, "names the disk absent");
	refuse("<domain/>", -EBADMSG, "is XML, but no OVF: it begins with <domain>");
	refuse(HEAD "</Envelope>", -EBADMSG, "no machine's hardware");
	refuse(HEAD "<VirtualSystemCollection><VirtualSystem/><VirtualSystem/>"
		    "</VirtualSystemCollection></Envelope>",
		-ENOTSUP, "describes 2 machines");
	refuse(HEAD "<VirtualSystem>", -EBADMSG, "not well-formed XML: line ");
}

/* Parents that are not there, or that are the drive itself; numbers past any. */
static void odd_numbers_cost_only_the_place(void **state)
{
	struct machine_config c = parse(MACHINE(FILE_("f", "a.vmdk", ""),
		DISK("d", "f",
			"ovf:capacity='18446744073709551615' "
			"ovf:capacityAllocationUnits='byte * 2^60'"),
		DRIVE(4, 4, 99999999999999999999, "ovf:/disk/d") CONTROLLER(9, -1, 6, "x")
			DRIVE(5, 9, 18446744073709551615, "ovf:/disk/d")));

	(void)state;
	assert_int_equal(c.disks.n, 2);
	assert_int_equal(c.disks.at[0].capacity, 0);
	assert_string_equal(c.disks.at[0].slot, "scsi0:65535");
	assert_string_equal(c.disks.at[1].slot, "disk0:0");
}

static void too_many_items_are_refused(void **state)
{
	static const char item[] = "<Item/>";
	size_t n = strlen(HEAD) + (OVF_ITEMS_MAX + 1) * strlen(item) + 200;
	char *text = arena_alloc(&test_arena, n);
	char *p = stpcpy(text, HEAD "<VirtualSystem><VirtualHardwareSection>");

	(void)state;
	for (unsigned i = 0; i <= OVF_ITEMS_MAX; i++)
		p = stpcpy(p, item);
	strcpy(p, "</VirtualHardwareSection></VirtualSystem></Envelope>");
	refuse(text, -E2BIG, "items of hardware");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_vsphere_exports),
		cmocka_unit_test(what_virtualbox_exports),
		cmocka_unit_test(bios_has_no_secure_boot),
		cmocka_unit_test(without_hardware_that_names_them_disks_are_as_listed),
		cmocka_unit_test(a_drive_may_name_a_file_itself),
		cmocka_unit_test(files_that_cannot_be_read_are_refused_by_what_they_are),
		cmocka_unit_test(an_empty_disk_has_no_file),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(odd_numbers_cost_only_the_place),
		cmocka_unit_test(too_many_items_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
