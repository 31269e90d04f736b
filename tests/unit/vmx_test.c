/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/vmx.h"

#include "tests/lib/testing.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

static struct err e;

static struct machine_config parse(const char *text)
{
	struct machine_config c = {0};

	if (vmx_parse(&test_arena, text, strlen(text), &c, &e) < 0)
		fail_msg("%s", e.msg);
	return c;
}

/* The slots of all disks with a blank between, as "scsi0:0 sata0:1". */
static const char *slots(const struct machine_config *c)
{
	const char *s = "";

	list_each(d, &c->disks)
		s = arena_printf(&test_arena, "%s%s%s", s, d == c->disks.at ? "" : " ", d->slot);
	return s;
}

static const char esx[] = ".encoding = \"UTF-8\"\n"
			  "config.version = \"8\"\n"
			  "virtualHW.version = \"19\"\n"
			  "vmci0.present = \"TRUE\"\n"
			  "displayName = \"db-01 |22Verw\xc3\xa4ltung|22 |7C x\"\n"
			  "extendedConfigFile = \"db-01.vmxf\"\n"
			  "floppy0.present = \"FALSE\"\n"
			  "numvcpus = \"4\"\n"
			  "memSize = \"8192\"\n"
			  "firmware = \"efi\"\n"
			  "uefi.secureBoot.enabled = \"TRUE\"\n"
			  "scsi1.present = \"TRUE\"\n"
			  "scsi1.virtualDev = \"pvscsi\"\n"
			  "scsi1.sharedBus = \"physical\"\n"
			  "scsi1:0.present = \"TRUE\"\n"
			  "scsi1:0.deviceType = \"scsi-hardDisk\"\n"
			  "scsi1:0.fileName = \"/vmfs/volumes/5f2c-77/db-01/db-01_3.vmdk\"\n"
			  "scsi0.present = \"TRUE\"\n"
			  "scsi0.virtualDev = \"lsilogic\"\n"
			  "scsi0.sharedBus = \"none\"\n"
			  "scsi0:10.present = \"TRUE\"\n"
			  "scsi0:10.fileName = \"db-01_2.vmdk\"\n"
			  "scsi0:10.sharing = \"multi-writer\"\n"
			  "scsi0:0.present = \"TRUE\"\n"
			  "scsi0:0.fileName = \"db-01-000002.vmdk\"\n"
			  "scsi0:0.sharing = \"none\"\n"
			  "scsi0:0.redo = \"\"\n"
			  "scsi0:1.present = \"TRUE\"\n"
			  "scsi0:1.fileName = \"db-01_1.vmdk\"\n"
			  "sata0.present = \"TRUE\"\n"
			  "sata0:0.present = \"TRUE\"\n"
			  "sata0:0.deviceType = \"cdrom-image\"\n"
			  "sata0:0.fileName = \"/usr/lib/vmware/isoimages/linux.iso\"\n"
			  "ethernet0.generatedAddress = \"00:50:56:01:02:03\"\n"
			  "uuid.bios = \"42 1c 8f 00 5a 11 22 33-44 55 66 77 88 99 aa bb\"\n"
			  "uuid.location = \"56 4d 00 00 5a 11 22 33-44 55 66 77 88 99 aa bb\"\n"
			  "vc.uuid = \"50 1c 8f 00 5a 11 22 33-44 55 66 77 88 99 aa bb\"\n";

static void what_esx_writes(void **state)
{
	struct machine_config c = parse(esx);

	(void)state;
	assert_string_equal(slots(&c), "scsi0:0 scsi0:1 scsi0:10 scsi1:0");
	assert_string_equal(c.disks.at[0].file.value, "db-01-000002.vmdk");
	assert_int_equal(c.disks.at[0].file.line, 25);
	assert_string_equal(c.disks.at[0].file.text, "scsi0:0.fileName = \"db-01-000002.vmdk\"");
	assert_string_equal(c.name.value, "db-01 \"Verw\xc3\xa4ltung\" | x");
	assert_int_equal(c.name.line, 5);
	assert_string_equal(c.firmware.value, "efi");
	assert_int_equal(c.firmware.line, 10);
	assert_string_equal(c.secure_boot.value, "on");
	assert_int_equal(c.secure_boot.line, 11);
	assert_string_equal(c.bios_id.value, "42 1c 8f 00 5a 11 22 33-44 55 66 77 88 99 aa bb");
	assert_string_equal(c.instance_id.value, "50 1c 8f 00 5a 11 22 33-44 55 66 77 88 99 aa bb");
	assert_true(c.memory == 8ULL << 30);
	assert_true(c.sharing_known && c.buses_known);
	assert_null(c.nvme.value);
	assert_int_equal(c.notes.n, 0);
	/* One disk, and one controller with all its disks. */
	assert_int_equal(c.shared.n, 2);
	assert_string_equal(c.shared.at[0].text, "scsi0:10.sharing = \"multi-writer\"");
	assert_string_equal(c.shared.at[1].text, "scsi1.sharedBus = \"physical\"");
}

static void what_workstation_writes(void **state)
{
	struct machine_config c = parse("#!/usr/bin/vmware\r\n"
					".encoding = \"windows-1252\"\r\n"
					"displayname = \"B\xfcro\"\r\n"
					"memsize = \"2048\"\r\n"
					"sata0.present = \"TRUE\"\r\n"
					"sata0:1.autodetect = \"TRUE\"\r\n"
					"sata0:1.deviceType = \"cdrom-raw\"\r\n"
					"sata0:1.fileName = \"auto detect\"\r\n"
					"sata0:1.present = \"TRUE\"\r\n"
					"sata0:0.present = \"TRUE\"\r\n"
					"sata0:0.fileName = \"Disk 3.vmdk\"\r\n"
					"nvme0.present = \"TRUE\"\r\n"
					"nvme0:0.fileName = \"Disk 4.vmdk\"\r\n"
					"nvme0:0.present = \"TRUE\"\r\n"
					"ide0:1.present = \"TRUE\"\r\n"
					"ide0:1.fileName = \"Disk 1.vmdk\"\r\n"
					"SCSI0.Present = \"true\"\r\n"
					"SCSI0:2.Present = \"true\"\r\n"
					"SCSI0:2.FileName = \"C:\\VMs\\Disk 2.vmdk\"\r\n"
					"floppy0.fileType = \"device\"\r\n");

	(void)state;
	assert_string_equal(slots(&c), "ide0:1 scsi0:2 sata0:0 nvme0:0");
	assert_string_equal(c.disks.at[1].file.value, "C:\\VMs\\Disk 2.vmdk");
	/* Bytes of another encoding stay as they are. */
	assert_string_equal(c.name.value, "B\xfcro");
	assert_true(c.memory == 2ULL << 30);
	assert_string_equal(c.nvme.text, "nvme0.present = \"TRUE\"");
	assert_int_equal(c.nvme.line, 12);
	/* Not said: the defaults, without a line. */
	assert_string_equal(c.firmware.value, "bios");
	assert_int_equal(c.firmware.line, 0);
	assert_string_equal(c.secure_boot.value, "off");
	assert_int_equal(c.secure_boot.line, 0);
	assert_null(c.bios_id.value);
}

static void the_last_of_a_key_that_stands_twice_counts(void **state)
{
	struct machine_config c = parse(
		"scsi0:0.fileName = \"old.vmdk\"\nfirmware = \"efi\"\ndisplayName = \"a\"\n"
		"uefi.secureBoot.enabled = \"TRUE\"\nscsi0:0.filename = \"new.vmdk\"\n"
		"FIRMWARE = \"bios\"\nDisplayName = \"b\"\nUEFI.secureboot.enabled = \"FALSE\"\n");

	(void)state;
	assert_int_equal(c.disks.n, 1);
	assert_string_equal(c.disks.at[0].file.value, "new.vmdk");
	assert_string_equal(c.firmware.value, "bios");
	assert_string_equal(c.secure_boot.value, "off");
	assert_string_equal(c.name.value, "b");
}

static void what_is_no_disk_of_the_machine_is_left_out(void **state)
{
	struct machine_config c =
		parse("scsi0.present = \"TRUE\"\n"
		      "scsi0:0.present = \"FALSE\"\nscsi0:0.fileName = \"removed.vmdk\"\n"
		      "scsi0:1.present = \"TRUE\"\nscsi0:1.fileName = \"\"\n"
		      "scsi0:2.present = \"TRUE\"\nscsi0:2.fileName = \"emptyBackingString\"\n"
		      "scsi0:3.present = \"TRUE\"\nscsi0:3.deviceType = \"scsi-passthru\"\n"
		      "scsi0:3.fileName = \"/dev/sg0\"\n"
		      "scsi0:4.fileName = \"install.ISO\"\n"
		      "scsi1.present = \"FALSE\"\nscsi1:0.present = \"TRUE\"\n"
		      "scsi1:0.fileName = \"controller-removed.vmdk\"\n"
		      "scsi1.sharedBus = \"virtual\"\n"
		      "ide1:0.present = \"TRUE\"\nide1:0.deviceType = \"atapi-cdrom\"\n"
		      "ide1:0.fileName = \"/dev/cdrom\"\n"
		      "nvme0.present = \"FALSE\"\n"
		      "scsi0:5.fileName = \"here.vmdk\"\n");

	(void)state;
	assert_string_equal(slots(&c), "scsi0:5");
	assert_int_equal(c.shared.n, 0);
	assert_null(c.nvme.value);
	assert_int_equal(c.notes.n, 2);
	assert_string_equal(c.notes.at[0], "scsi0:1 is present, but has no file");
	assert_string_equal(c.notes.at[1], "scsi0:2 is present, but has no file");
}

static void the_disk_that_is_started_from_comes_first(void **state)
{
	struct machine_config c = parse(
		"bios.bootOrder = \"hdd,cdrom\"\nbios.hddOrder = \"scsi0:1, sata0:0\"\n"
		"scsi0:0.fileName = \"a\"\nscsi0:1.fileName = \"b\"\nsata0:0.fileName = \"c\"\n"
		"scsi0:2.fileName = \"d\"\n");

	(void)state;
	assert_string_equal(slots(&c), "scsi0:1 sata0:0 scsi0:0 scsi0:2");
	assert_int_equal(c.disks.at[0].boot, 1);
	assert_int_equal(c.disks.at[2].boot, 0);
}

static void lines_that_say_nothing_are_passed_over(void **state)
{
	struct machine_config c = parse(
		"# displayName = \"comment\"\n\n= \"x\"\ndisplayName\n"
		"scsi0:0fileName = \"a\"\nscsi:0.fileName = \"b\"\nscsi1000:0.fileName = \"c\"\n"
		"scsi0:1000.fileName = \"d\"\nscsi0:.fileName = \"e\"\nscsi99999999999:0.x = "
		"\"f\"\n"
		"uuid.bios = unquoted\nmemSize = \"18446744073709551615\"\ndisplayName = "
		"\"a|2\"\n");

	(void)state;
	assert_int_equal(c.disks.n, 0);
	assert_string_equal(c.bios_id.value, "unquoted");
	assert_string_equal(c.name.value, "a|2");
	assert_int_equal(c.memory, 0);
}

static void an_encrypted_machine_is_refused_by_name(void **state)
{
	static const char text[] =
		".encoding = \"UTF-8\"\ndisplayName = \"x\"\n"
		"encryption.keySafe = \"vmware:key/list/(pair/(phrase/x/pass2key))\"\n"
		"encryption.data = \"b64\"\n";
	struct machine_config c = {0};

	(void)state;
	assert_int_equal(vmx_parse(&test_arena, text, strlen(text), &c, &e), -ENOTSUP);
	assert_non_null(strstr(e.msg, "encryption.keySafe"));
}

/* n lines, each with the format's %u counting up, must be too many. */
static void refuse_many(const char *line, unsigned n, const char *words)
{
	char *text = arena_alloc(&test_arena, (size_t)n * 40);
	struct machine_config c = {0};
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += strlen(
			strcpy(text + len, arena_printf(&test_arena, line, i / 999, i % 999)));
	assert_int_equal(vmx_parse(&test_arena, text, len, &c, &e), -E2BIG);
	assert_non_null(strstr(e.msg, words));
}

static void what_no_machine_has_is_refused(void **state)
{
	(void)state;
	refuse_many("a%u.b%u = \"c\"\n", VMX_ENTRIES_MAX + 1, "settings");
	refuse_many("scsi%u:%u.x = \"c\"\n", VMX_SLOTS_MAX + 1, "devices");
	refuse_many("scsi%u:%u.fileName = \"c\"\n", DISKS_MAX + 1, "disks of one machine");
}

static void networks_of_adapters_that_are_there(void **state)
{
	struct machine_config c = parse("ethernet0.present = \"TRUE\"\n"
					"ethernet0.networkName = \"VLAN 12\"\n"
					"ethernet1.networkName = \"gone\"\n"
					"ethernet2.present = \"FALSE\"\n"
					"ethernet2.networkName = \"off\"\n"
					"ethernet3.present = \"true\"\n"
					"Ethernet3.networkname = \"other\"\n"
					"ethernet4.present = \"TRUE\"\n"
					"ethernet4.networkName = \"\"\n");

	(void)state;
	assert_int_equal(c.networks.n, 2);
	assert_string_equal(c.networks.at[0].value, "VLAN 12");
	assert_int_equal(c.networks.at[0].line, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_of_adapters_that_are_there),
		cmocka_unit_test(what_esx_writes),
		cmocka_unit_test(what_workstation_writes),
		cmocka_unit_test(the_last_of_a_key_that_stands_twice_counts),
		cmocka_unit_test(what_is_no_disk_of_the_machine_is_left_out),
		cmocka_unit_test(the_disk_that_is_started_from_comes_first),
		cmocka_unit_test(lines_that_say_nothing_are_passed_over),
		cmocka_unit_test(an_encrypted_machine_is_refused_by_name),
		cmocka_unit_test(what_no_machine_has_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
