/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The tag forms are util-linux's and the initramfs tools'; the names under /dev are udev's.
 */
#include "parse/devspec.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

static const char *const class_names[] = {
	[DEVSPEC_UUID] = "uuid",
	[DEVSPEC_LABEL] = "label",
	[DEVSPEC_PARTUUID] = "partuuid",
	[DEVSPEC_PARTLABEL] = "partlabel",
	[DEVSPEC_MAPPER] = "mapper",
	[DEVSPEC_VG_LV] = "lvm",
	[DEVSPEC_MD] = "md",
	[DEVSPEC_KERNEL_NAME] = "kernel-name",
	[DEVSPEC_NVME] = "nvme-name",
	[DEVSPEC_CCISS] = "cciss",
	[DEVSPEC_BY_ID] = "by-id",
	[DEVSPEC_BY_PATH] = "by-path",
	[DEVSPEC_DM_NUMBER] = "dm-number",
	[DEVSPEC_DEV_ROOT] = "dev-root",
	[DEVSPEC_MMC_OTHER] = "other-name",
	[DEVSPEC_NET] = "net",
	[DEVSPEC_ZFS] = "zfs",
	[DEVSPEC_OTHER] = "other",
};

static const struct {
	const char *prefix;
	enum devspec_class class;
} prefixes[] = {
	{"UUID=", DEVSPEC_UUID},
	{"/dev/disk/by-uuid/", DEVSPEC_UUID},
	{"LABEL=", DEVSPEC_LABEL},
	{"/dev/disk/by-label/", DEVSPEC_LABEL},
	{"PARTUUID=", DEVSPEC_PARTUUID},
	{"/dev/disk/by-partuuid/", DEVSPEC_PARTUUID},
	{"PARTLABEL=", DEVSPEC_PARTLABEL},
	{"/dev/disk/by-partlabel/", DEVSPEC_PARTLABEL},
	{"/dev/disk/by-id/", DEVSPEC_BY_ID},
	{"/dev/disk/by-path/", DEVSPEC_BY_PATH},
	{"/dev/mapper/", DEVSPEC_MAPPER},
	{"/dev/cciss/", DEVSPEC_CCISS},
	{"/dev/md/", DEVSPEC_MD},
	{"ZFS=", DEVSPEC_ZFS},
	{"zfs:", DEVSPEC_ZFS},
	{"/dev/zvol/", DEVSPEC_ZFS},
	{"/dev/nfs", DEVSPEC_NET},
	{"//", DEVSPEC_NET},
	{"nfs:", DEVSPEC_NET},
	{"nfs4:", DEVSPEC_NET},
	{"iscsi:", DEVSPEC_NET},
	{"nbd:", DEVSPEC_NET},
};

/* Folders of /dev that are no volume groups. */
static const char *const dev_folders[] = {"block", "bsg", "bus", "char", "disk", "fd", "i2o", "ida",
	"input", "loop", "mapper", "md", "net", "pts", "rd", "shm", "snd", "vx"};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* x*[svh]d[a-z]+[0-9]*, whole */
static bool is_kernel_name(const char *s)
{
	s += strspn(s, "x");
	if (!strchr("svh", s[0]) || !s[0] || s[1] != 'd' || !is_lower(s[2]))
		return false;
	for (s += 2; is_lower(*s);)
		s++;
	return !s[strspn(s, "0123456789")];
}

static bool number_follows(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(s, prefix, n) && is_digit(s[n]);
}

static bool is_vg_lv(const char *s)
{
	const char *slash = strchr(s, '/');

	if (!slash || slash == s || !slash[1] || strchr(slash + 1, '/'))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(dev_folders); i++) {
		if (strlen(dev_folders[i]) == (size_t)(slash - s) && str_starts(s, dev_folders[i]))
			return false;
	}
	return true;
}

static enum devspec_class classify_node(const char *name)
{
	if (is_kernel_name(name))
		return DEVSPEC_KERNEL_NAME;
	if (number_follows(name, "nvme"))
		return DEVSPEC_NVME;
	if (number_follows(name, "md"))
		return DEVSPEC_MD;
	if (number_follows(name, "dm-"))
		return DEVSPEC_DM_NUMBER;
	if (!strcmp(name, "root"))
		return DEVSPEC_DEV_ROOT;
	return is_vg_lv(name) ? DEVSPEC_VG_LV : DEVSPEC_MMC_OTHER;
}

/* A device number as root= takes it: 0802, or 8:2. */
static bool is_number(const char *s)
{
	size_t n = strlen(s), hex = strspn(s, "0123456789abcdefABCDEF"),
	       dec = strspn(s, "0123456789");

	if (hex == n)
		return n >= 3 && n <= 5;
	return dec && s[dec] == ':' && s[dec + 1] &&
	       !s[dec + 1 + strspn(s + dec + 1, "0123456789")];
}

static enum devspec_class classify(const char *s, const char **ret_value)
{
	const char *colon = strchr(s, ':');

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (str_starts(s, prefixes[i].prefix)) {
			*ret_value = s + strlen(prefixes[i].prefix);
			return prefixes[i].class;
		}
	}
	*ret_value = s;
	if (str_starts(s, "/dev/")) {
		*ret_value = s + strlen("/dev/");
		return classify_node(*ret_value);
	}
	if (is_number(s))
		return DEVSPEC_MMC_OTHER;
	return s[0] != '/' && colon && colon != s && colon[1] == '/' ? DEVSPEC_NET : DEVSPEC_OTHER;
}

static const char *unquote(struct arena *a, const char *s)
{
	size_t n = strlen(s);

	if (n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n - 1] == s[0])
		return arena_strndup(a, s + 1, n - 2);
	return s;
}

struct devspec devspec_parse(struct arena *a, const char *text)
{
	struct devspec d = {0};
	const char *s = unquote(a, text), *slash;

	if (str_starts(s, "block:")) /* dracut */
		s += strlen("block:");
	d.class = classify(s, &s);
	d.value = arena_strdup(a, unquote(a, s));
	if (d.class == DEVSPEC_MAPPER) {
		devspec_split_mapper(a, d.value, &d.vg, &d.lv);
	} else if (d.class == DEVSPEC_VG_LV) {
		slash = strchr(d.value, '/');
		d.vg = arena_strndup(a, d.value, (size_t)(slash - d.value));
		d.lv = slash + 1;
	}
	return d;
}

const char *devspec_class_name(enum devspec_class class)
{
	return class_names[class];
}

bool devspec_is_stable(enum devspec_class class)
{
	return class <= DEVSPEC_MD;
}

static const char *undouble(struct arena *a, const char *s, size_t n)
{
	char *name = arena_alloc(a, n + 1);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		name[used++] = s[i];
		if (s[i] == '-')
			i++;
	}
	return name;
}

bool devspec_split_mapper(
	struct arena *a, const char *name, const char **ret_vg, const char **ret_lv)
{
	size_t n = strlen(name), split = 0;

	for (size_t i = 0; i < n; i++) {
		if (name[i] != '-')
			continue;
		if (name[i + 1] == '-')
			i++;
		else if (split)
			return false;
		else
			split = i;
	}
	if (!split || split + 1 == n)
		return false;
	*ret_vg = undouble(a, name, split);
	*ret_lv = undouble(a, name + split + 1, n - split - 1);
	return true;
}
