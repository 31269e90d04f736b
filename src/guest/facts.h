/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is known of a machine's guests: plain records, each with the place it came from.  Collectors
 * (linux_*.c, boot_disk.c) fill them, rules and reports read them.  No verdicts here.
 *
 * Everything lives in the arena of the run.  A pointer is NULL when the guest does not have the
 * thing; when it could not be seen, the file's status says so.
 */
#ifndef GUEST_FACTS_H
#define GUEST_FACTS_H

#include "engine/vm.h"
#include "parse/agent_grub.h"
#include "parse/boot_entry.h"
#include "parse/device_files.h"
#include "parse/devspec.h"
#include "parse/drbd_conf.h"
#include "parse/firewall.h"
#include "parse/fstab.h"
#include "parse/grub_cfg.h"
#include "parse/grub_legacy.h"
#include "parse/grubenv.h"
#include "parse/lvm_conf.h"
#include "parse/mbr.h"
#include "parse/modprobe.h"
#include "parse/multipath_conf.h"
#include "parse/passwd.h"
#include "parse/release.h"
#include "parse/shellvars.h"
#include "parse/sshd_config.h"

/* Why something is not known; the reasons of the JSON report. */
enum reason {
	REASON_NONE,
	REASON_NOT_ON_DISK,  /* cannot be known from disks at all */
	REASON_MISSING_DISK, /* lies on a disk that was not given */
	REASON_UNREADABLE,   /* damaged */
	REASON_LIMIT,        /* over a limit of limits.h */
	REASON_UNSUPPORTED,  /* valid, but not read by this program */
};

/* Where a fact comes from. */
struct origin {
	const char *device; /* "disk0p2"; NULL: no one place */
	const char *path;   /* in the guest, or, without a device, the machine's description */
	unsigned line;      /* 0: no line */
	const char *text;   /* the line as the guest has it, trimmed */
	const char
		*state; /* NULL, or "dirty", "replayed" ...: of the filesystem it was read from */
};

enum file_status { FILE_ABSENT, FILE_READ, FILE_UNREADABLE };

/* A file of the guest, read once and kept. */
struct guest_file {
	const char *path; /* as it was asked for */
	enum file_status status;
	const char *text; /* when read: its bytes, NUL-terminated */
	size_t len;
	struct fs_stat st;
	struct origin from; /* device, real path, state; line 0 */
	enum reason reason; /* when unreadable */
	const char *why;
};

/* A value with its place; value NULL: the guest does not say. */
struct fact {
	const char *value;
	struct origin from;
};

/* ---- disks: how each could be booted, whatever is on it ---- */

struct efi_loader {
	const char *path; /* "/EFI/debian/shimx64.efi", as spelled on the ESP */
	uint64_t size;
};

struct esp {
	const struct volume *volume;
	struct filesystem *fs;             /* NULL or unreadable: loaders is empty */
	LIST(struct efi_loader) loaders;   /* every *.efi in EFI/ and its directories */
	const struct efi_loader *fallback; /* EFI/BOOT/BOOTX64.EFI */
	LIST(const char *) vendors;        /* directories of EFI but BOOT, as spelled */
	enum file_status status;           /* FILE_ABSENT: it has no EFI directory */
	const char *why;
};

struct disk_boot {
	const struct disk_map *disk;
	enum file_status mbr_status;
	const char *mbr_why;
	struct mbr mbr;                    /* boot code by kind, signature */
	const struct partition *active;    /* the first active one */
	const struct partition *bios_boot; /* GPT partition for GRUB's core image */
	enum { CORE_NOT_NEEDED, CORE_FOUND, CORE_MISSING, CORE_UNREADABLE } core;
	uint64_t core_offset; /* bytes, where boot.img looks for it */
	LIST(struct esp) esps;
	bool boots_bios;      /* boot code with a signature, and what it needs next */
	bool boots_uefi;      /* an ESP with a loader */
	const char *bios_why; /* a sentence: why not, or how */
};

/* ---- guests ---- */

/* A line of fstab and what it names on the given disks. */
struct mount {
	const struct fstab_entry *entry;
	const char *
		dir; /* entry->dir without double and trailing slashes; "none", "swap" as written */
	struct origin from;
	struct devspec spec;
	const struct volume *volume;   /* NULL: not found on the given disks, or not a device */
	bool guess;                    /* found by a name like /dev/sda2, by position only */
	unsigned matches;              /* volumes that carry this UUID or label */
	struct filesystem *fs;         /* NULL: not a filesystem, or not found */
	const char *subvol, *subvolid; /* options, where fs has subvolumes */
	bool not_mounted;              /* noauto, or swap: nothing appears at dir at boot */
};

#include "guest/storage.h"

#include "guest/traces.h"

enum boot_file_kind {
	BOOT_GRUB_CFG, /* GRUB 2 */
	BOOT_MENU_LST, /* GRUB Legacy, grub.conf */
	BOOT_BLS,      /* loader/entries */
	BOOT_ESP_CFG,  /* grub.cfg on the ESP */
};

/* One file that holds boot entries; of BLS each file is one, with one entry. */
struct boot_file {
	enum boot_file_kind kind;
	const struct guest_file *file;
	bool agent_reads; /* the one file that the mobility agent's own check looks at */
	struct boot_entries entries;
	const struct grub_cfg *cfg;       /* GRUB 2: what else the file says */
	const struct grub_legacy *legacy; /* GRUB Legacy */
};

struct kernel {
	const char *release; /* "6.1.0-18-amd64" */
	const char *image;   /* "/boot/vmlinuz-..."; NULL: only its modules are there */
	bool has_modules;    /* /lib/modules/RELEASE */
	/* By the package database; OWNER_UNKNOWN where that is not read (rpm). */
	enum { OWNER_UNKNOWN, OWNER_PACKAGE, OWNER_NONE } owner;
	struct origin from;
};

struct boot_config {
	/* Menu files first, then BLS newest first, then the ESP's. */
	LIST(struct boot_file *) files;
	struct boot_entries bls;      /* all entries of loader/entries, newest first */
	struct agent_hits agent_hits; /* what the agent's check sees in its file */
	struct grubenv env;
	const struct guest_file *env_file;             /* NULL: there is none */
	LIST(const struct guest_file *) default_files; /* /etc/default/grub, then grub.d in order */
	struct shellvars defaults; /* their variables; shellvar.file indexes default_files */
	/* Other places that hold kernel arguments; NULL: absent. */
	const struct guest_file *kernel_cmdline; /* /etc/kernel/cmdline */
	struct kernel_args kernel_cmdline_args;
	const struct guest_file *suse_bootloader; /* /etc/sysconfig/bootloader */
	struct shellvars suse_bootloader_vars;
	const struct guest_file *initramfs_resume; /* /etc/initramfs-tools/conf.d/resume */
	struct shellvars initramfs_resume_vars;
	/* The entry that will boot, and its file; NULL: could not be told, and why_no_default. */
	const struct boot_entry *default_entry;
	const struct boot_file *default_file;
	const char *why_no_default;
	LIST(struct kernel) kernels;
	uint64_t largest_initrd;    /* bytes, of the files in /boot */
	const char *kernel_release; /* that will boot; NULL: unknown */
	struct origin kernel_from;
	enum file_status boot_dir; /* /boot: FILE_READ when it could be listed */
	const char *boot_dir_why;
	const char *grub_modules; /* "/boot/grub/i386-pc/normal.mod" if it is there, else NULL */
};

enum enabled { ENABLED_UNKNOWN, ENABLED, ENABLED_BY_SOCKET, DISABLED, MASKED };

/* A host firewall that is switched on. */
struct firewall {
	const char *name;   /* "ufw", "firewalld" ... */
	struct origin from; /* the line that decides, else the file */
	enum ssh_answer ssh;
};

struct sshd {
	enum file_status binary; /* FILE_READ: installed */
	struct origin binary_from;
	enum enabled enabled;
	struct origin enabled_by;             /* the link that says so */
	const char *enabled_why;              /* ENABLED_UNKNOWN: what could not be read */
	const struct guest_file *config_file; /* /etc/ssh/sshd_config, or SUSE's in /usr/etc */
	struct sshd_config config;
	LIST(const struct guest_file *) includes; /* files that Include named */
	LIST(struct fact) socket_ports; /* ListenStream= of ssh.socket; empty: its default, 22 */
	bool socket_follows_config;     /* a generator gives the socket sshd_config's addresses */
	LIST(struct origin) pam_gates;  /* lines of /etc/pam.d/sshd that may turn root away */
	const char *sftp_server; /* the path that Subsystem sftp names; NULL: internal or none */
	enum file_status sftp_server_status;
	bool permits_root_by_default; /* compiled-in PermitRootLogin of this release is "yes" */
};

struct accounts {
	const struct guest_file *passwd_file, *shadow_file;
	struct passwd passwd;
	struct shadow shadow;
	struct group groups;
	int64_t image_time; /* the newest modification time seen in the guest: its last known moment
			     */
};

/* When the agent that is there was installed, and the machine last booted. */
struct linux_agent {
	const struct guest_file *version_file; /* /usr/local/.vx_version; NULL: no agent */
	int64_t driver_time; /* of involflt.ko of the kernel that boots; 0: none */
	struct origin driver_from;
	struct fact before;    /* the version that an update in ua_install.log found */
	struct origin advised; /* where InstallerErrors.json asks for a reboot; no path: nowhere */
	int64_t last_boot;     /* by wtmp; 0: unknown, and why */
	struct origin boot_from;
	enum reason boot_reason;
	const char *boot_why; /* a sentence */
};

enum package_system { PACKAGES_UNKNOWN, PACKAGES_DPKG, PACKAGES_RPM };

struct package {
	const char *name;
	enum file_status status; /* FILE_READ: installed */
	struct origin from;
};

struct guest {
	enum { GUEST_LINUX, GUEST_WINDOWS } family;
	unsigned index;
	struct vm *vm;
	struct fact id, version, name, arch, hostname, machine_id; /* id: "debian" */
	struct release release;
	const struct guest_file *release_file; /* when release is empty: the file that should say */
	const char *agent_os_key;  /* the agent's own name for the system; NULL: it knows none */
	const char *agent_os_file; /* the file that decided; NULL: none exists */

	/* "/" and what holds /boot and /boot/efi.  boot == root: /boot is a directory. */
	const struct volume *root, *boot, *efi;
	struct filesystem *root_fs, *boot_fs, *efi_fs;
	const char *boot_missing; /* fstab names a /boot that cannot be read: its specifier */
	enum reason boot_missing_reason;
	const char *boot_missing_why; /* a sentence */

	const struct guest_file *fstab;
	LIST(struct mount) mounts;
	struct fs_tree tree;             /* the guest's name space */
	LIST(struct guest_file *) files; /* all that were asked for */

	struct boot_config boot_config;
	struct storage storage;
	struct agent_traces traces;
	struct sshd sshd;
	struct accounts accounts;
	enum package_system package_system;
	LIST(struct package) packages; /* those that rules ask for */
	bool cloud_image;              /* has cloud-init: /etc/cloud/cloud.cfg */
	bool never_booted; /* a cloud image before its first boot, which will grow its root */
	LIST(struct firewall) firewalls;
	struct fact immutable; /* its own directories are read-only: "ostree" */
	struct linux_agent agent;

	/* guest/windows_facts.h; NULL: Linux, or a Windows of which only the loader was seen. */
	struct windows *windows;
};

struct facts {
	struct vm *vm;
	LIST(struct guest *) guests; /* that of the first boot disk first */
	LIST(struct disk_boot) disks;
	bool separate_machines; /* the guests look like machines of their own */
	bool windows_seen;
	/* When no guest was found: the volumes that could have held one but cannot be read. */
	LIST(const struct filesystem *) unread;
};

/* Fills everything; damage becomes statuses and reasons, so that it cannot fail. */
void facts_collect(struct facts *ret, struct vm *vm);

/* ---- for collectors and rules ---- */

/* Reads a configuration file once; later calls give the same record. */
const struct guest_file *guest_read(struct guest *g, const char *path);
/* Does path exist?  Nothing of it is read.  ret_file may be NULL. */
enum file_status guest_stat(struct guest *g, const char *path, struct fs_file *ret_file);
/* The origin of a line of a file. */
struct origin origin_line(const struct guest_file *f, unsigned line, const char *text);
/* SLES, SLED or openSUSE. */
bool guest_is_suse(const struct guest *g);
struct origin origin_volume(const struct volume *v);
/* A file that was found, which evidence shall call path (borrowed). */
struct origin origin_found(const struct fs_file *f, const char *path);
/* The state word for evidence of what was read from fs, or NULL when it is clean. */
const char *evidence_state(const struct filesystem *fs);

/* The mount at dir, or NULL. */
const struct mount *guest_mount(const struct guest *g, const char *dir);
/* The filesystem that holds path (the longest mount above it). */
struct filesystem *guest_filesystem_of(const struct guest *g, const char *path);
const struct disk_boot *facts_disk(const struct facts *f, const struct disk_map *d);

#endif
