/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/device_files.h"
#include "parse/drbd_conf.h"
#include "parse/ini.h"
#include "parse/lvm_conf.h"
#include "parse/modprobe.h"
#include "parse/multipath_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every small file that names block devices, and the filter in one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"/dev/sda2", "/dev/mapper/mpatha2"};
	const char *text = (const char *)data;
	struct lvm_conf lvm = {0};
	struct multipath_conf multipath;
	struct device_lines lines;
	struct modprobe modprobe;
	struct drbd_conf drbd;
	struct arena a = {0};
	struct span value, line;
	unsigned number;
	struct err e;

	ini_value((struct span){text, size}, "Role", &value, &line, &number);
	crypttab_parse(&lines, &a, text, size);
	device_map_parse(&lines, &a, text, size);
	multipath_wwids_parse(&lines, &a, text, size);
	multipath_bindings_parse(&lines, &a, text, size);
	lvm_devices_parse(&lines, &a, text, size);
	multipath_conf_parse(&multipath, &a, text, size);
	drbd_conf_parse(&drbd, &a, text, size);
	modprobe_parse(&modprobe, &a, text, size);
	list_each(l, &modprobe)
		modprobe_option(&a, l, "use_blk_mq");
	if (lvm_conf_parse(&lvm, &a, text, size, &e) == 0)
		lvm_filter_accepts(&lvm.filter, names, 2, &a);
	arena_free(&a);
	return 0;
}
