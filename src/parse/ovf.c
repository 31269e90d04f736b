/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * DMTF DSP0243, versions 1 and 2 (Item and StorageItem), and what VMware adds in vmw:Config.  Left
 * out: configurations for deployment to choose from (the first of what stands twice is taken),
 * delta disks, and all that is not the machine's hardware.
 */
#include "parse/ovf.h"

#include <errno.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/xml.h"

/* CIM's ResourceType. */
enum {
	TYPE_MEMORY = 4,
	TYPE_IDE = 5,
	TYPE_SCSI = 6,
	TYPE_DISK = 17,
	TYPE_OTHER_STORAGE = 20,
	TYPE_LOGICAL_DISK = 31,
};

struct item {
	unsigned long long type, unit; /* unit: where it is on its parent */
	unsigned long long address;    /* of a controller: its number */
	const char *id, *parent, *subtype, *resource;
	const struct xml_node *node;
};

struct ovf {
	struct arena *arena;
	const char *text;
	size_t n;
	const struct xml_node *references, *disks, *system, *hardware;
	LIST(struct item) items;
	struct machine_config config;
	struct err *e;
};

static struct config_fact fact_of(struct ovf *o, const struct xml_node *n, const char *value)
{
	return (struct config_fact){value, n->line, xml_line(o->arena, o->text, o->n, n->line)};
}

static bool is_word(const char *value, const char *want)
{
	return value && span_is_nocase(span_of(value), want);
}

static unsigned long long number_of(const char *text)
{
	unsigned long long v = 0;

	if (text)
		span_u64(span_trim(span_of(text)), &v);
	return v;
}

/* ---- sizes ---- */

/* "byte * 2^20"; older writers say "GigaBytes".  0: not understood. */
static uint64_t unit_size(const char *units)
{
	static const struct {
		const char *word;
		unsigned shift;
	} words[] = {{"byte", 0}, {"kilobytes", 10}, {"megabytes", 20}, {"gigabytes", 30}};
	const char *power = units ? strstr(units, "2^") : NULL;
	unsigned long long shift;

	if (!units || !*units)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (is_word(units, words[i].word))
			return 1ULL << words[i].shift;
	}
	if (!power || !span_u64(span_trim(span_of(power + 2)), &shift) || shift > 60)
		return 0;
	return 1ULL << shift;
}

static uint64_t size_of(const char *amount, const char *units)
{
	uint64_t size = 0;

	return checked_mul(number_of(amount), unit_size(units), &size) ? size : 0;
}

/* ---- the parts of the document ---- */

static int find_parts(struct ovf *o, const struct xml_node *envelope)
{
	const struct xml_node *collection = xml_child(envelope, "VirtualSystemCollection");
	unsigned systems = 0;

	if (strcmp(envelope->name, "Envelope") != 0)
		return err_set(o->e, EBADMSG, "is XML, but no OVF: it begins with <%.60s>",
			envelope->name);
	xml_each_child(s, collection ? collection : envelope, "VirtualSystem") systems++;
	if (systems > 1)
		return err_set(o->e, ENOTSUP,
			"describes %u machines; give the disks of one of them instead", systems);
	o->references = xml_child(envelope, "References");
	o->disks = xml_child(envelope, "DiskSection");
	o->system = xml_child(collection ? collection : envelope, "VirtualSystem");
	o->hardware = xml_child(o->system, "VirtualHardwareSection");
	if (!o->hardware)
		return err_set(o->e, EBADMSG, "is an OVF that describes no machine's hardware");
	return 0;
}

/* The child of a section with that value in one of its attributes. */
static const struct xml_node *find_by(
	const struct xml_node *section, const char *child, const char *attribute, const char *value)
{
	if (!section || !value)
		return NULL;
	xml_each_child(c, section, child)
	{
		const char *has = xml_attribute(*c, attribute);

		if (has && !strcmp(has, value))
			return *c;
	}
	return NULL;
}

static int add_item(struct ovf *o, const struct xml_node *n)
{
	struct item *item;

	if (o->items.n == OVF_ITEMS_MAX)
		return err_set(o->e, E2BIG, "has more than %d items of hardware", OVF_ITEMS_MAX);
	item = list_add(o->arena, &o->items);
	item->node = n;
	item->type = number_of(xml_child_text(n, "ResourceType"));
	item->unit = number_of(xml_child_text(n, "AddressOnParent"));
	item->address = number_of(xml_child_text(n, "Address"));
	item->id = xml_child_text(n, "InstanceID");
	item->parent = xml_child_text(n, "Parent");
	item->subtype = xml_child_text(n, "ResourceSubType");
	item->resource = xml_child_text(n, "HostResource");
	return 0;
}

static int read_items(struct ovf *o)
{
	int r = 0;

	list_each(c, &o->hardware->children) {
		bool wanted = !strcmp((*c)->name, "Item") || !strcmp((*c)->name, "StorageItem");

		if (wanted && r >= 0)
			r = add_item(o, *c);
	}
	return r;
}

static const struct item *item_by_id(const struct ovf *o, const char *id)
{
	list_each(item, &o->items) {
		if (id && item->id && !strcmp(item->id, id))
			return item;
	}
	return NULL;
}

/* ---- disks ---- */

static bool is_nvme(const struct item *controller)
{
	return is_word(controller->subtype, "vmware.nvme.controller") ||
	       is_word(controller->subtype, "nvme");
}

static enum config_bus bus_of(const struct item *controller)
{
	if (!controller)
		return BUS_OTHER;
	switch (controller->type) {
	case TYPE_IDE:
		return BUS_IDE;
	case TYPE_SCSI:
		return BUS_SCSI;
	case TYPE_OTHER_STORAGE:
		return is_nvme(controller) ? BUS_NVME : BUS_SATA;
	default:
		return BUS_OTHER;
	}
}

static const char *after_last_slash(const char *s)
{
	const char *slash = s ? strrchr(s, '/') : NULL;

	return slash ? slash + 1 : s;
}

/* Why its file cannot be read, or NULL. */
static const char *refusal(struct ovf *o, const struct xml_node *disk, const struct xml_node *file)
{
	const char *href = xml_attribute(file, "href");
	const char *compression = xml_attribute(file, "compression");

	if (!href || !*href)
		return "the OVF names no file for it";
	if (xml_attribute(disk, "parentRef"))
		return "it holds only the changes to another disk (parentRef), which is not read";
	if (strstr(href, "://"))
		return arena_printf(
			o->arena, "%s is not fetched: nothing is read over a network", href);
	if (compression && *compression && !is_word(compression, "identity"))
		return arena_printf(o->arena,
			"%s is compressed (%s), which is not read; uncompress it and its entry in "
			"the OVF",
			href, compression);
	if (number_of(xml_attribute(file, "chunkSize")))
		return arena_printf(o->arena,
			"%s is split into chunks (chunkSize), which are not read; join them", href);
	return NULL;
}

/* An entry of the disk section, or, where the item names a file itself, none. */
static int add_disk(struct ovf *o, const struct item *item, const struct xml_node *disk,
	const struct xml_node *file)
{
	const struct item *controller = item ? item_by_id(o, item->parent) : NULL;
	const char *id = xml_attribute(disk ? disk : file, disk ? "diskId" : "id");
	struct config_disk d = {.slot = id ? id : "disk", .bus = bus_of(controller)};

	if (disk && !xml_attribute(disk, "fileRef")) {
		*list_add(o->arena, &o->config.notes) = arena_printf(
			o->arena, "%s is an empty disk, for which there is no file", d.slot);
		return 0;
	}
	if (controller) {
		d.controller = (unsigned)min_u64(controller->address, UINT16_MAX);
		d.unit = (unsigned)min_u64(item->unit, UINT16_MAX);
		d.slot = arena_printf(
			o->arena, "%s%u:%u", config_bus_name(d.bus), d.controller, d.unit);
	}
	d.refused = refusal(o, disk, file);
	d.file = fact_of(o, file ? file : disk, xml_attribute(file, "href"));
	d.capacity = size_of(
		xml_attribute(disk, "capacity"), xml_attribute(disk, "capacityAllocationUnits"));
	return config_add_disk(&o->config, o->arena, &d, o->e);
}

/* HostResource is ovf:/disk/ID or ovf:/file/ID. */
static int add_drive(struct ovf *o, const struct item *item)
{
	const char *id = after_last_slash(item->resource);
	const struct xml_node *disk = find_by(o->disks, "Disk", "diskId", id), *file;

	if (disk)
		file = find_by(o->references, "File", "id", xml_attribute(disk, "fileRef"));
	else
		file = find_by(o->references, "File", "id", id);
	if (disk || file)
		return add_disk(o, item, disk, file);
	if (id)
		return err_set(o->e, EBADMSG,
			"line %u names the disk %.200s, which the OVF does not describe",
			item->node->line, id);
	return 0;
}

static bool is_drive(const struct item *item)
{
	return item->type == TYPE_DISK || item->type == TYPE_LOGICAL_DISK;
}

static int read_disks(struct ovf *o)
{
	bool drives = false;
	int r = 0;

	list_each(item, &o->items) {
		if (!is_drive(item) || r < 0)
			continue;
		drives = true;
		r = add_drive(o, item);
	}
	/* Without hardware that names them, they are taken as they are listed. */
	if (!drives && o->disks) {
		xml_each_child(disk, o->disks, "Disk")
		{
			const char *ref = xml_attribute(*disk, "fileRef");

			if (r >= 0)
				r = add_disk(
					o, NULL, *disk, find_by(o->references, "File", "id", ref));
		}
	}
	o->config.buses_known = drives;
	config_order_disks(&o->config);
	return r;
}

/* ---- the rest ---- */

static void use_setting(struct ovf *o, const struct xml_node *n)
{
	const char *key = xml_attribute(n, "key"), *value = xml_attribute(n, "value");
	struct machine_config *c = &o->config;

	if (!key || !value)
		return;
	if (!strcmp(key, "firmware"))
		c->firmware = fact_of(o, n, is_word(value, "efi") ? "efi" : "bios");
	else if (!strcmp(key, "bootOptions.efiSecureBootEnabled"))
		c->secure_boot = fact_of(o, n, is_word(value, "true") ? "on" : "off");
	else if (is_word(key, "uuid.bios"))
		c->bios_id = fact_of(o, n, value);
	else if (is_word(key, "vc.uuid"))
		c->instance_id = fact_of(o, n, value);
}

static void read_settings(struct ovf *o)
{
	list_each(c, &o->hardware->children) {
		if (!strcmp((*c)->name, "Config") || !strcmp((*c)->name, "ExtraConfig"))
			use_setting(o, *c);
	}
	/* Only EFI has it. */
	if (!o->config.secure_boot.value && is_word(o->config.firmware.value, "bios")) {
		o->config.secure_boot = o->config.firmware;
		o->config.secure_boot.value = "off";
	}
}

static void read_name(struct ovf *o)
{
	const struct xml_node *inner = xml_child(o->hardware, "System");
	const struct xml_node *n = xml_child(inner, "VirtualSystemIdentifier");
	const char *id = xml_attribute(o->system, "id");

	if (!n || !*n->text)
		n = xml_child(o->system, "Name");
	if (n && *n->text)
		o->config.name = fact_of(o, n, n->text);
	else if (id && *id)
		o->config.name = fact_of(o, o->system, id);
}

static void read_hardware(struct ovf *o)
{
	list_each(item, &o->items) {
		const struct xml_node *n = item->node;

		if (item->type == TYPE_MEMORY && !o->config.memory)
			o->config.memory = size_of(xml_child_text(n, "VirtualQuantity"),
				xml_child_text(n, "AllocationUnits"));
		if (item->type == TYPE_OTHER_STORAGE && is_nvme(item) && !o->config.nvme.value)
			o->config.nvme = fact_of(o, n, item->subtype);
	}
}

int ovf_parse(
	struct arena *a, const char *text, size_t n, struct machine_config *ret, struct err *e)
{
	struct ovf o = {.arena = a, .text = text, .n = n, .e = e};
	struct xml_node *envelope = NULL;
	int r = xml_parse(a, text, n, &envelope, e);

	if (r >= 0)
		r = find_parts(&o, envelope);
	if (r >= 0)
		r = read_items(&o);
	if (r >= 0)
		r = read_disks(&o);
	if (r < 0)
		return r;
	read_settings(&o);
	read_name(&o);
	read_hardware(&o);
	*ret = o.config;
	return 0;
}
