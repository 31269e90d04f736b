/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a guest's own configuration says of block devices: lists of records, each with its place.
 * Part of facts.h, which includes it behind what it needs.
 */
#ifndef GUEST_STORAGE_H
#define GUEST_STORAGE_H

/* A place that names a block device. */
struct device_ref {
	enum { REF_ROOT, REF_RESUME, REF_FSTAB, REF_CRYPTTAB, REF_DEVICE_MAP } place;
	const char *where; /* "root=", "fstab (/home)" ... */
	const char *dir;   /* of fstab */
	struct devspec spec;
	const char *text; /* the specifier as written */
	struct origin from;
	bool idle; /* an entry for rescue, or a line of fstab that nothing mounts at boot */
};

/* A line of crypttab. */
struct crypt_volume {
	const char *name; /* it is /dev/mapper/NAME */
	const char *device, *options;
	const struct volume *volume; /* NULL: not found on the given disks */
	struct origin from;
};

/* A driver that some file makes part of every initramfs, or that an alias loads. */
struct forced_driver {
	const char *name;
	struct origin from;
};

struct modprobe_record {
	const struct modprobe_line *line;
	struct origin from;
};

struct lvm_record {
	const struct device_line *line;
	struct origin from;
};

struct multipath_facts {
	bool installed;
	bool enabled;             /* the daemon is started at boot */
	struct origin enabled_by; /* its link */
	const struct guest_file *conf_file, *wwids_file, *bindings_file;
	struct multipath_conf conf;
	struct device_lines wwids, bindings;
};

struct storage {
	LIST(struct device_ref) refs;
	LIST(struct crypt_volume) crypt;
	LIST(struct forced_driver) drivers;
	LIST(struct modprobe_record) modprobe;
	struct multipath_facts multipath;
	/* lvm.conf, and lvmlocal.conf over it; the file that a line is of. */
	const struct guest_file *lvm_file, *lvm_local_file;
	struct lvm_conf lvm;
	const struct guest_file *filter_file, *global_filter_file;
	const char *lvm_why; /* lvm.conf could not be read: a sentence */
	const struct guest_file *lvm_devices_file;
	LIST(struct lvm_record) lvm_devices;
	LIST(struct fact) iscsi_nodes; /* targets that the guest logs in to */
	LIST(struct origin) drbd_from;
	struct drbd_conf drbd; /* of all files; drbd_from in the same order */
	struct fact ade;       /* a trace of Azure Disk Encryption */
	enum file_status vgdisplay;
	LIST(const struct guest_file *) unreadable; /* of the files that these come from */
};

#endif
