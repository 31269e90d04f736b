/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A virtual disk: an image file, opened by the format it is in.  Each format is one file with one
 * struct disk_format at its end and one row in the table of open.c.
 */
#ifndef DISK_DISK_H
#define DISK_DISK_H

#include "base/arena.h"
#include "base/err.h"
#include "disk/blockdev.h"
#include "disk/hostfile.h"

/* What the container says of itself, for reports and the rules on formats. */
struct disk_info {
	const char *format;    /* "raw", "vhd", "vmdk" */
	const char *subformat; /* "fixed", "streamOptimized" ...; NULL: the format has none */
	uint64_t virtual_size;
	uint32_t logical_sector, physical_sector; /* 512 when the container does not say */
	bool unclean;   /* the container was not closed cleanly, and says so */
	bool replayed;  /* its log was replayed in memory: as after a clean close */
	bool damaged;   /* something of it is wrong, and notes say what; all could be read */
	bool cut_short; /* the file ends before what it says it holds */
	/* Of a VHD: who wrote it, and the sizes that products disagree on, in bytes. */
	const char *creator;                 /* "qemu", "win " ...; NULL: another format */
	uint64_t stated_size, geometry_size; /* geometry_size 0: it does not say */
	/*
	 * By what a child image knows that this is the parent it was made for, in the form of the
	 * format: VHD its unique id, VHDX its DataWriteGuid, VMDK its CID; NULL: there is none.
	 */
	const char *identity;
	int64_t modified; /* of a parent: when its file was changed last, in seconds since 1970 */
	LIST(const char *) parents;   /* as their children name them, the nearest first */
	LIST(const char *) snapshots; /* names of those inside; the latest state is what is read */
	LIST(const char *) notes;     /* sentences: what is wrong but could be read around */
};

struct chain_link;

struct disk_open_args {
	struct host_io *io;
	struct arena *arena;      /* info's strings live here */
	const char *path;         /* as the user typed it */
	const char *image_format; /* forced format, or NULL */
	/*
	 * Set while opening: the images this one is a parent of, and whether more than the
	 * contents, which are a guest's to write, says the format.  Only then are files that the
	 * image names looked for.
	 */
	const struct chain_link *chain;
	bool follow;
};

/*
 * What a format is recognised by: the first PROBE_HEAD bytes and the last 512, read once for all.
 */
#define PROBE_HEAD 4096U
struct disk_probe {
	const uint8_t *head;
	size_t head_len;
	const uint8_t *tail; /* the last 512 bytes; NULL: the file is shorter */
	uint64_t file_size;
	const char *extension; /* lower case, without the dot; "" if there is none */
};

struct disk_format {
	const char *name;
	const char *also; /* an extension other than the name; NULL: none is usual */
	bool (*probe)(const struct disk_probe *p);
	/*
	 * Fills info but for virtual_size, which the caller takes from the device.  *f is taken
	 * (set to NULL) on success.  dir is where the names that the image holds are looked for.
	 */
	int (*open)(const struct disk_open_args *args, const char *dir, struct hostfile **f,
		struct disk_info *info, struct blockdev **ret, struct err *e);
};

struct disk {
	struct blockdev *dev; /* behind the block cache */
	struct disk_info info;
};

int disk_open(const struct disk_open_args *args, struct disk *ret, struct err *e);
/* The same of a file that is open: args->path is what it is called.  *f is taken on success. */
int disk_open_file(
	const struct disk_open_args *args, struct hostfile **f, struct disk *ret, struct err *e);
/* What is in *f, without path in front of the sentence and without the cache; *f as above. */
int disk_open_image(const struct disk_open_args *args, struct hostfile **f, struct disk_info *info,
	struct blockdev **ret, struct err *e);
void disk_close(struct disk *d);

/* The names that --image-format takes; NULL past the last. */
const char *disk_format_name(size_t i);

extern const struct disk_format raw_format, vhd_format, vhdx_format, vmdk_format, qcow2_format,
	vdi_format;

#endif
