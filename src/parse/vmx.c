/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VMware's .vmx, for which there is no specification; the keys are those of its published
 * knowledge base and administration guides.  Keys are compared without case, as VMware does, and
 * of a key that stands twice the last counts.  Left out: text encodings (.encoding) but for ASCII,
 * which is the same in all of them; devices that are no disks; what a snapshot's own files say.
 */
#include "parse/vmx.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/evidence.h"

struct entry {
	const char *key, *value;
	unsigned line;
	const char *text;
};

struct vmx {
	struct arena *arena;
	LIST(struct entry) entries;
};

/* ---- lines ---- */

/* A quote within a value is written |22, a bar |7C. */
static const char *unescape(struct arena *a, struct span s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n && s.p[i] == '|' ? hex_digit(s.p[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;

		if (low >= 0 && (high || low)) {
			out[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	}
	return out;
}

static void add_line(struct vmx *v, struct span line, unsigned number)
{
	const char *equals;
	struct span key, value;
	struct entry *entry;

	line = span_trim(line);
	equals = line.n && line.p[0] != '#' ? memchr(line.p, '=', line.n) : NULL;
	if (!equals)
		return;
	key = span_trim((struct span){line.p, (size_t)(equals - line.p)});
	value = span_trim((struct span){equals + 1, line.n - (size_t)(equals + 1 - line.p)});
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = (struct span){value.p + 1, value.n - 2};
	entry = list_add(v->arena, &v->entries);
	entry->key = arena_strndup(v->arena, key.p, key.n);
	entry->value = unescape(v->arena, value);
	entry->line = number;
	entry->text = evidence_text(v->arena, line);
}

static int read_lines(struct vmx *v, const char *text, size_t n, struct err *e)
{
	struct span rest = {text, n}, line;
	unsigned number = 0;

	while (next_line(&rest, &line, &number)) {
		if (v->entries.n == VMX_ENTRIES_MAX)
			return err_set(e, E2BIG, "has more than %d settings", VMX_ENTRIES_MAX);
		add_line(v, line, number);
	}
	return 0;
}

static struct config_fact fact_of(const struct entry *entry)
{
	return (struct config_fact){entry->value, entry->line, entry->text};
}

static struct config_fact find(const struct vmx *v, const char *key)
{
	for (size_t i = v->entries.n; i; i--) {
		if (span_is_nocase(span_of(v->entries.at[i - 1].key), key))
			return fact_of(&v->entries.at[i - 1]);
	}
	return (struct config_fact){0};
}

static bool is_word(const char *value, const char *want)
{
	return value && span_is_nocase(span_of(value), want);
}

/* ---- disks ---- */

static const struct bus_name {
	const char *name;
	enum config_bus bus;
} buses[] = {
	{"ide", BUS_IDE},
	{"scsi", BUS_SCSI},
	{"sata", BUS_SATA},
	{"nvme", BUS_NVME},
};

/* What a key such as "scsi0:1.fileName" or "scsi0.sharedBus" is about. */
struct device_key {
	enum config_bus bus;
	unsigned controller, unit;
	bool has_unit;
	const char *of; /* "fileName" */
};

/* No controller has more units than a thousand. */
static bool take_number(const char **p, unsigned *ret)
{
	unsigned long long number;
	size_t n = strspn(*p, "0123456789");

	if (n > 3 || !span_u64((struct span){*p, n}, &number))
		return false;
	*p += n;
	*ret = (unsigned)number;
	return true;
}

static bool device_key(const char *key, struct device_key *ret)
{
	*ret = (struct device_key){.bus = BUS_OTHER};
	for (size_t i = 0; i < ARRAY_LEN(buses); i++) {
		size_t n = strlen(buses[i].name);

		if (span_is_nocase((struct span){key, strnlen(key, n)}, buses[i].name)) {
			ret->bus = buses[i].bus;
			key += n;
			break;
		}
	}
	if (ret->bus == BUS_OTHER || !take_number(&key, &ret->controller))
		return false;
	ret->has_unit = *key == ':';
	if (ret->has_unit && (key++, !take_number(&key, &ret->unit)))
		return false;
	ret->of = key + 1;
	return *key == '.';
}

/* One device of a controller, with all that is said of it. */
struct slot {
	struct device_key at;
	struct config_fact present, file, type, sharing;
};
struct slots {
	LIST(struct slot) list;
};

static struct slot *slot_at(struct vmx *v, struct slots *slots, const struct device_key *k)
{
	struct slot *s;

	list_each(old, &slots->list) {
		if (old->at.bus == k->bus && old->at.controller == k->controller &&
			old->at.unit == k->unit)
			return old;
	}
	if (slots->list.n == VMX_SLOTS_MAX)
		return NULL;
	s = list_add(v->arena, &slots->list);
	s->at = *k;
	return s;
}

static int read_slots(struct vmx *v, struct slots *ret, struct err *e)
{
	list_each(entry, &v->entries) {
		struct device_key k;
		struct slot *s;

		if (!device_key(entry->key, &k) || !k.has_unit)
			continue;
		s = slot_at(v, ret, &k);
		if (!s)
			return err_set(e, E2BIG, "has more than %d devices", VMX_SLOTS_MAX);
		if (is_word(k.of, "present"))
			s->present = fact_of(entry);
		else if (is_word(k.of, "fileName"))
			s->file = fact_of(entry);
		else if (is_word(k.of, "deviceType"))
			s->type = fact_of(entry);
		else if (is_word(k.of, "sharing"))
			s->sharing = fact_of(entry);
	}
	return 0;
}

static struct config_fact controller_says(
	const struct vmx *v, const struct device_key *at, const char *what)
{
	return find(v,
		arena_printf(v->arena, "%s%u.%s", config_bus_name(at->bus), at->controller, what));
}

static bool ends_nocase(const char *s, const char *suffix)
{
	size_t n = strlen(s), want = strlen(suffix);

	return n >= want && span_is_nocase(span_of(s + n - want), suffix);
}

/* CD-ROM drives, and devices that are handed through to the guest. */
static bool is_hard_disk(const struct slot *s)
{
	static const char *const others[] = {"cdrom-image", "cdrom-raw", "atapi-cdrom",
		"scsi-passthru", "scsi-nonpassthru-cdrom", "cdrom"};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (is_word(s->type.value, others[i]))
			return false;
	}
	if (s->type.value || !s->file.value)
		return true;
	return !ends_nocase(s->file.value, ".iso") && !is_word(s->file.value, "auto detect");
}

/* The place of a device in a list such as "scsi0:1,ide0:0", from 1; 0: it is not in it. */
static unsigned place_in(const char *list, const char *slot)
{
	unsigned place = 1;

	for (const char *p = list; p && *p; place++) {
		size_t n = strcspn(p, ",;");

		if (span_is_nocase(span_trim((struct span){p, n}), slot))
			return place;
		p += n + (p[n] != '\0');
	}
	return 0;
}

static int add_slot(struct vmx *v, const struct slot *s, const char *boot_order,
	struct machine_config *c, struct err *e)
{
	const char *file = s->file.value;
	struct config_disk d = {
		.slot = arena_printf(v->arena, "%s%u:%u", config_bus_name(s->at.bus),
			s->at.controller, s->at.unit),
		.file = s->file,
		.bus = s->at.bus,
		.controller = s->at.controller,
		.unit = s->at.unit,
	};

	if (is_word(s->present.value, "FALSE") ||
		is_word(controller_says(v, &s->at, "present").value, "FALSE") || !is_hard_disk(s))
		return 0;
	/* Leftovers of a device that was taken away, or one that is only announced. */
	if (!file || !*file || is_word(file, "emptyBackingString")) {
		if (is_word(s->present.value, "TRUE"))
			*list_add(v->arena, &c->notes) =
				arena_printf(v->arena, "%s is present, but has no file", d.slot);
		return 0;
	}
	d.boot = place_in(boot_order, d.slot);
	if (s->sharing.value && !is_word(s->sharing.value, "none") &&
		!is_word(s->sharing.value, "nosharing"))
		*list_add(v->arena, &c->shared) = s->sharing;
	return config_add_disk(c, v->arena, &d, e);
}

static int read_disks(struct vmx *v, struct machine_config *c, struct err *e)
{
	struct config_fact order = find(v, "bios.hddOrder");
	struct slots slots = {0};
	int r = read_slots(v, &slots, e);

	list_each(s, &slots.list) {
		if (r >= 0)
			r = add_slot(v, s, order.value, c, e);
	}
	config_order_disks(c);
	return r;
}

/* ---- the rest ---- */

/* Controllers that share their disks with other machines, and those of NVMe. */
static void read_controllers(struct vmx *v, struct machine_config *c)
{
	list_each(entry, &v->entries) {
		struct device_key k;

		if (!device_key(entry->key, &k) || k.has_unit)
			continue;
		if (is_word(k.of, "sharedBus") && *entry->value && !is_word(entry->value, "none") &&
			!is_word(controller_says(v, &k, "present").value, "FALSE"))
			*list_add(v->arena, &c->shared) = fact_of(entry);
		if (k.bus == BUS_NVME && is_word(k.of, "present") &&
			is_word(entry->value, "TRUE") && !c->nvme.value)
			c->nvme = fact_of(entry);
	}
	list_each(d, &c->disks) {
		if (d->bus == BUS_NVME && !c->nvme.value)
			c->nvme = d->file;
	}
	c->buses_known = true;
	c->sharing_known = true;
}

/* "ethernet0.networkName", of adapters that are there. */
static void read_networks(struct vmx *v, struct machine_config *c)
{
	static const char adapter[] = "ethernet", of[] = ".networkName";

	list_each(entry, &v->entries) {
		size_t n = strlen(entry->key), end = strlen(of);
		struct config_fact present;

		if (strncasecmp(entry->key, adapter, strlen(adapter)) || !*entry->value ||
			!ends_nocase(entry->key, of))
			continue;
		present =
			find(v, arena_printf(v->arena, "%.*s.present", (int)(n - end), entry->key));
		if (is_word(present.value, "TRUE"))
			*list_add(v->arena, &c->networks) = fact_of(entry);
	}
}

/* What is not said is the default: BIOS, and Secure Boot off. */
static void read_firmware(const struct vmx *v, struct machine_config *c)
{
	struct config_fact firmware = find(v, "firmware");
	struct config_fact secure = find(v, "uefi.secureBoot.enabled");

	c->firmware = firmware;
	c->firmware.value = is_word(firmware.value, "efi") ? "efi" : "bios";
	c->secure_boot = secure;
	c->secure_boot.value = is_word(secure.value, "TRUE") ? "on" : "off";
}

int vmx_parse(
	struct arena *a, const char *text, size_t n, struct machine_config *ret, struct err *e)
{
	struct machine_config c = {0};
	struct vmx v = {.arena = a};
	unsigned long long megabytes = 0;
	int r = read_lines(&v, text, n, e);

	if (r < 0)
		return r;
	if (find(&v, "encryption.keySafe").value || find(&v, "encryption.data").value)
		return err_set(e, ENOTSUP,
			"is encrypted (encryption.keySafe) and cannot be read; give the disks of "
			"the "
			"machine, decrypted, instead");
	c.name = find(&v, "displayName");
	c.bios_id = find(&v, "uuid.bios");
	c.instance_id = find(&v, "vc.uuid");
	read_firmware(&v, &c);
	r = read_disks(&v, &c, e);
	if (r < 0)
		return r;
	read_controllers(&v, &c);
	read_networks(&v, &c);
	if (find(&v, "memSize").value && span_u64(span_of(find(&v, "memSize").value), &megabytes) &&
		megabytes < UINT32_MAX)
		c.memory = megabytes << 20;
	*ret = c;
	return 0;
}
