/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libvirt's "Domain XML format".  Also inside <domainsnapshot>, <domstatus> and the like.  Left
 * out: <backingStore>, as the image itself says what its parent is; disks that are no file of the
 * host, which are refused by their kind; and the NVRAM, where the state of Secure Boot is.
 */
#include "parse/libvirt.h"

#include <errno.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "parse/xml.h"

struct libvirt {
	struct arena *arena;
	const char *text;
	size_t n;
	struct machine_config config;
	struct err *e;
};

static struct config_fact fact_of(struct libvirt *l, const struct xml_node *n, const char *value)
{
	return (struct config_fact){value, n->line, xml_line(l->arena, l->text, l->n, n->line)};
}

static bool is_word(const char *value, const char *want)
{
	return value && !strcmp(value, want);
}

/* ---- disks ---- */

/* The names of qemu's drivers, and ours. */
static const char *const formats[][2] = {
	{"raw", "raw"},
	{"qcow2", "qcow2"},
	{"vmdk", "vmdk"},
	{"vpc", "vhd"},
	{"vhdx", "vhdx"},
	{"vdi", "vdi"},
};

static const char *refusal(
	struct libvirt *l, const struct xml_node *disk, const char *format, const char *file)
{
	const char *type = xml_attribute(disk, "type");
	const struct xml_node *source = xml_child(disk, "source");
	const char *device = xml_attribute(source, "dev");

	if (xml_child(disk, "encryption") || xml_child(source, "encryption"))
		return "it is encrypted, and cannot be read";
	if (is_word(type, "block") || (device && !file))
		return arena_printf(l->arena,
			"it is the block device %s, which a description may not name; give the "
			"disks "
			"of the machine instead",
			device ? device : "of another name");
	if (type && strcmp(type, "file") != 0)
		return arena_printf(l->arena, "it is a disk of type %s, which is not read", type);
	if (!file || !*file)
		return "the description names no file for it";
	for (size_t i = 0; format && i < ARRAY_LEN(formats); i++) {
		if (!strcmp(formats[i][0], format))
			return NULL;
	}
	return format ? arena_printf(l->arena, "it is a %s image, which is not read", format)
		      : NULL;
}

static const char *our_format(const char *type)
{
	for (size_t i = 0; type && i < ARRAY_LEN(formats); i++) {
		if (!strcmp(formats[i][0], type))
			return formats[i][1];
	}
	return NULL;
}

/* Where a name such as "vdb" puts the disk: a, b ... z, aa ... are 0, 1 ... 25, 26 ... */
static void place(struct config_disk *d, const char *target)
{
	static const struct {
		const char *prefix;
		enum config_bus bus;
	} names[] = {{"hd", BUS_IDE}, {"sd", BUS_SCSI}, {"vd", BUS_VIRTIO}, {"nvme", BUS_NVME}};
	size_t i = 0;

	while (i < ARRAY_LEN(names) && !str_starts(target, names[i].prefix))
		i++;
	if (i == ARRAY_LEN(names))
		return;
	d->bus = names[i].bus;
	for (const char *p = target + strlen(names[i].prefix); *p >= 'a' && *p <= 'z'; p++)
		d->unit = d->unit * 26 + (unsigned)(*p - 'a') + 1;
}

static int add_disk(struct libvirt *l, const struct xml_node *disk)
{
	const struct xml_node *source = xml_child(disk, "source"),
			      *target = xml_child(disk, "target");
	const char *format = xml_attribute(xml_child(disk, "driver"), "type");
	const char *file = xml_attribute(source, "file"), *name = xml_attribute(target, "dev");
	const char *device = xml_attribute(disk, "device");
	const char *boot = xml_attribute(xml_child(disk, "boot"), "order");
	const struct xml_node *shareable = xml_child(disk, "shareable");
	struct config_disk d = {.slot = name ? name : "disk", .bus = BUS_OTHER};
	unsigned long long order;

	if (is_word(device, "cdrom") || is_word(device, "floppy"))
		return 0;
	place(&d, d.slot);
	if (is_word(xml_attribute(target, "bus"), "nvme"))
		d.bus = BUS_NVME;
	if (boot && span_u64(span_of(boot), &order))
		d.boot = (unsigned)min_u64(order, UINT16_MAX);
	d.file = fact_of(l, source ? source : disk, file);
	d.refused = refusal(l, disk, format, file);
	d.image_format = our_format(format);
	if (d.bus == BUS_NVME && !l->config.nvme.value)
		l->config.nvme = fact_of(l, target, "nvme");
	if (shareable)
		*list_add(l->arena, &l->config.shared) = fact_of(l, shareable, "shareable");
	return config_add_disk(&l->config, l->arena, &d, l->e);
}

static int read_disks(struct libvirt *l, const struct xml_node *domain)
{
	const struct xml_node *devices = xml_child(domain, "devices");
	int r = 0;

	if (devices) {
		xml_each_child(disk, devices, "disk")
		{
			if (r >= 0)
				r = add_disk(l, *disk);
		}
	}
	l->config.buses_known = true;
	l->config.sharing_known = true;
	config_order_disks(&l->config);
	return r;
}

/* ---- the rest ---- */

static const struct xml_node *secure_boot_feature(const struct xml_node *firmware)
{
	if (firmware) {
		xml_each_child(f, firmware, "feature")
		{
			if (is_word(xml_attribute(*f, "name"), "secure-boot"))
				return *f;
		}
	}
	return NULL;
}

/*
 * Without <os firmware> and without a loader in flash it is BIOS.  A loader that is said to be
 * secure is one with Secure Boot; what is not said is not known, as the loader decides.
 */
static void read_firmware(struct libvirt *l, const struct xml_node *os)
{
	const struct xml_node *loader = xml_child(os, "loader");
	const struct xml_node *feature = secure_boot_feature(xml_child(os, "firmware"));
	const char *said = xml_attribute(os, "firmware"), *secure = xml_attribute(loader, "secure");
	const char *enabled = xml_attribute(feature, "enabled");
	bool flash = is_word(xml_attribute(loader, "type"), "pflash");
	struct machine_config *c = &l->config;

	if (!os)
		return;
	c->firmware = fact_of(l, !said && flash ? loader : os,
		is_word(said, "efi") || (!said && flash) ? "efi" : "bios");
	if (enabled)
		c->secure_boot = fact_of(l, feature, is_word(enabled, "yes") ? "on" : "off");
	else if (secure)
		c->secure_boot = fact_of(l, loader, is_word(secure, "yes") ? "on" : "off");
	else if (!strcmp(c->firmware.value, "bios"))
		c->secure_boot = fact_of(l, os, "off");
}

/* In KiB unless it says otherwise. */
static uint64_t memory_of(const struct xml_node *n)
{
	static const struct {
		const char *unit;
		uint64_t size;
	} units[] = {{"b", 1}, {"bytes", 1}, {"KB", 1000}, {"k", 1024}, {"KiB", 1024},
		{"MB", 1000000}, {"M", 1 << 20}, {"MiB", 1 << 20}, {"GB", 1000000000},
		{"G", 1 << 30}, {"GiB", 1 << 30}, {"T", 1ULL << 40}, {"TiB", 1ULL << 40}};
	const char *unit = xml_attribute(n, "unit");
	unsigned long long amount;
	uint64_t size = 0;

	if (!n || !span_u64(span_of(n->text), &amount))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (is_word(unit ? unit : "KiB", units[i].unit) &&
			!checked_mul(amount, units[i].size, &size))
			size = 0;
	}
	return size;
}

static const struct xml_node *find_domain(const struct xml_node *root)
{
	return !strcmp(root->name, "domain") ? root : xml_child(root, "domain");
}

int libvirt_parse(
	struct arena *a, const char *text, size_t n, struct machine_config *ret, struct err *e)
{
	struct libvirt l = {.arena = a, .text = text, .n = n, .e = e};
	const struct xml_node *domain, *name, *uuid;
	struct xml_node *root = NULL;
	int r = xml_parse(a, text, n, &root, e);

	if (r < 0)
		return r;
	domain = find_domain(root);
	if (!domain)
		return err_set(e, EBADMSG,
			"is XML, but describes no libvirt domain: it begins with <%.60s>",
			root->name);
	name = xml_child(domain, "name");
	uuid = xml_child(domain, "uuid");
	if (name && *name->text)
		l.config.name = fact_of(&l, name, name->text);
	if (uuid && *uuid->text)
		l.config.bios_id = fact_of(&l, uuid, uuid->text);
	read_firmware(&l, xml_child(domain, "os"));
	l.config.memory = memory_of(xml_child(domain, "memory"));
	r = read_disks(&l, domain);
	if (r >= 0)
		*ret = l.config;
	return r;
}
