/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is known of a Windows guest: values of its registry, services of every control set,
 * firewall, accounts, boot configuration, drive letters, logs, and files that are there or not.
 * Collectors (windows_*.c) fill it; rules read it and open nothing.
 *
 * How a rule reads it.  c->guest->windows is NULL for Linux, and for a Windows of which only the
 * boot loader was seen.  Otherwise:
 *
 *	const struct reg_value *v = win_setting(w, SET_ENABLE_LUA);
 *
 *	if (v->state == REG_UNSEEN)         the hive could not be read: UNKNOWN, v->reason, v->why
 *	else if (reg_is(v, 0))              it is a DWORD 0
 *	else if (v->state == REG_ABSENT)    neither value nor key is there
 *
 * v->from is evidence in all three: the hive's path, and as text the key and value in regedit's
 * words.  A single value that a rule needs is one name in enum win_setting and one row in
 * windows_settings.c; a key whose values and subkeys it needs is one in enum win_key and one row
 * there; a file or directory that must be there or not is one in enum win_path and one row in
 * windows_files.c.  Nothing else of the registry is kept: no hash, no secret.
 *
 * A hive that was written to when the image was taken is replayed from its logs in memory; where
 * that cannot be done its values carry the state "dirty", and no verdict on them is above WARN.
 */
#ifndef GUEST_WINDOWS_FACTS_H
#define GUEST_WINDOWS_FACTS_H

#include "guest/facts.h"
#include "parse/bcd.h"
#include "parse/evtx.h"
#include "parse/sam.h"
#include "parse/win_firewall.h"
#include "parse/win_log.h"

/* ---- the registry ---- */

enum win_hive { HIVE_SYSTEM, HIVE_SOFTWARE, HIVE_SAM, HIVE_SECURITY, HIVE_BCD, WIN_HIVES };

/* One hive; from has its device, its path and its state. */
struct hive_fact {
	enum file_status status; /* FILE_UNREADABLE: reason and why; FILE_ABSENT: no such file */
	struct origin from;      /* state: "dirty", "replayed", or the filesystem's */
	enum reason reason;
	const char *why;   /* a sentence */
	const char *notes; /* a sentence on its logs, or NULL */
	bool dirty;        /* was being written, and no log completes it */
	bool replayed;     /* completed from its logs */
	bool asked;        /* was opened at all */
};

enum reg_state {
	REG_ABSENT, /* no such value, or no such key */
	REG_THERE,
	REG_UNSEEN, /* its hive could not be read, or the value is damaged */
};

enum reg_type {
	REG_NONE,
	REG_SZ,
	REG_EXPAND_SZ,
	REG_BINARY,
	REG_DWORD,
	REG_DWORD_BE,
	REG_LINK,
	REG_MULTI_SZ,
	REG_QWORD = 11,
};
const char *reg_type_name(uint32_t type); /* "REG_DWORD", "type 12" is "of an unknown type" */

struct reg_value {
	enum reg_state state;
	const char *name; /* "" is the key's default value */
	uint32_t type;
	bool is_number; /* a DWORD or QWORD of the right length */
	uint64_t number;
	const char *text;           /* of SZ, EXPAND_SZ and LINK; NULL: another type */
	LIST(const char *) strings; /* of MULTI_SZ, without empty ones */
	const uint8_t *data;        /* as it is, up to REG_DATA_MAX bytes */
	size_t len;
	struct origin from; /* text: "HKLM\SOFTWARE\...\System: EnableLUA = REG_DWORD 1" */
	enum reason reason; /* when unseen */
	const char *why;
};

/* A key, with its values and the names of its subkeys. */
struct reg_key {
	enum reg_state state;
	const char *path; /* "HKLM\SYSTEM\ControlSet001\..." */
	LIST(struct reg_value) values;
	LIST(const char *) subkeys; /* as spelled, in the hive's order */
	struct origin from;         /* text: the path */
	enum reason reason;
	const char *why;
};

/* Single values.  Their places are in windows_settings.c. */
enum win_setting {
	/* identity */
	SET_PRODUCT_NAME, /* of SOFTWARE\Microsoft\Windows NT\CurrentVersion */
	SET_CURRENT_VERSION,
	SET_MAJOR_VERSION,
	SET_MINOR_VERSION,
	SET_CURRENT_BUILD,
	SET_UBR,
	SET_EDITION_ID,
	SET_INSTALLATION_TYPE,
	SET_CSD_VERSION,
	SET_RELEASE_ID,
	SET_DISPLAY_VERSION,
	SET_MACHINE_GUID,         /* SOFTWARE\Microsoft\Cryptography: made by setup */
	SET_PRODUCT_TYPE,         /* Control\ProductOptions: WinNT, ServerNT, LanmanNT */
	SET_COMPUTER_NAME,        /* Control\ComputerName\ComputerName */
	SET_COMPUTER_NAME_ACTIVE, /* Control\ComputerName\ActiveComputerName: volatile, mostly
				     absent */
	SET_HOSTNAME,             /* Tcpip\Parameters */
	SET_TCPIP_DOMAIN,
	SET_TCPIP_NV_DOMAIN,
	SET_TIME_ZONE,              /* Control\TimeZoneInformation\TimeZoneKeyName */
	SET_PROCESSOR_ARCHITECTURE, /* Control\Session Manager\Environment: AMD64, x86, ARM64 */
	SET_LAST_SHUTDOWN,          /* Control\Windows\ShutdownTime, a FILETIME */
	/* logging in from afar */
	SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY,
	SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY_WOW, /* does not count */
	SET_ENABLE_LUA,
	SET_FILTER_ADMINISTRATOR_TOKEN,
	SET_PRIMARY_DOMAIN,     /* SECURITY\Policy\PolPrDmN: the domain's, or workgroup's, name */
	SET_PRIMARY_DOMAIN_SID, /* PolPrDmS: its SID; empty in a workgroup */
	SET_DNS_DOMAIN,         /* PolDnDDN */
	SET_MACHINE_ACC_CUPD_TIME, /* Secrets\$MACHINE.ACC\CupdTime: when the password was set */
	SET_NETLOGON_DISABLE_PASSWORD_CHANGE,
	SET_NETLOGON_MAXIMUM_PASSWORD_AGE,
	SET_GP_HISTORY_DC_NAME,
	SET_CACHED_LOGONS_COUNT,
	SET_AUTO_SHARE_SERVER, /* LanmanServer\Parameters */
	SET_AUTO_SHARE_WKS,
	SET_SMB1,
	SET_SMB2,
	SET_LANMANSERVER_BIND, /* LanmanServer\Linkage\Bind, a MULTI_SZ */
	SET_FPS_2003_LOCAL,    /* StandardProfile\Services\FileAndPrint\Enabled */
	SET_FPS_POLICY_DOMAIN,
	SET_FPS_POLICY_STANDARD,
	SET_ENABLE_DCOM, /* Microsoft\Ole */
	SET_MACHINE_ACCESS_RESTRICTION,
	SET_MACHINE_LAUNCH_RESTRICTION,
	SET_MACHINE_ACCESS_RESTRICTION_POLICY, /* SDDL */
	SET_MACHINE_LAUNCH_RESTRICTION_POLICY,
	SET_DENY_TS_CONNECTIONS, /* Control\Terminal Server */
	SET_DENY_TS_CONNECTIONS_POLICY,
	SET_RDP_PORT, /* WinStations\RDP-Tcp */
	SET_RDP_LAN_ADAPTER,
	SET_RDP_CERTIFICATE_HASH,
	SET_RDP_USER_AUTHENTICATION,
	/* booting */
	SET_SAN_POLICY,
	SET_NO_AUTO_MOUNT,
	SET_MPIO_DEVICES,  /* Control\\MPDEV, a MULTI_SZ: disks that multipath takes */
	SET_MSDSM_DEVICES, /* the same for Microsoft's own module */
	SET_SECURE_BOOT,   /* Control\SecureBoot\State\UEFISecureBootEnabled */
	SET_FIPS_POLICY,
	SET_REAL_TIME_IS_UNIVERSAL,
	SET_TEMP, /* Control\Session Manager\Environment */
	SET_TMP,
	SET_WINHTTP_SETTINGS,
	SET_PAGING_FILES,
	SET_BOOT_DRIVER_FLAGS,
	/* a reboot that is due */
	SET_PENDING_FILE_RENAMES,
	SET_PENDING_FILE_RENAMES_2,
	SET_UPDATE_EXE_VOLATILE,
	/* scripts */
	SET_WSH_ENABLED,
	SET_WSH_ENABLED_WOW,
	/* the agent */
	SET_AGENT_DIRECTORY, /* SV Systems\VxAgent: InstallDirectory */
	SET_AGENT_VERSION,   /* PROD_VERSION */
	SET_AGENT_HOST_ID,
	SET_AGENT_SAN_POLICY_BACKUP, /* SV Systems: Backup.SanPolicy */
	SET_AGENT_RECOVERY_IN_PROGRESS,
	SET_AGENT_CLOUD_ENV,
	WIN_SETTINGS,
};

/* Keys of which all values and subkeys are kept. */
enum win_key {
	KEY_CBS_REBOOT_PENDING,
	KEY_CBS_REBOOT_IN_PROGRESS,
	KEY_CBS_PACKAGES_PENDING,
	KEY_WU_REBOOT_REQUIRED,
	KEY_CBS_PACKAGES, /* its subkeys only: the names of all packages */
	KEY_PERSISTENT_ROUTES,
	KEY_DEFENDER_PATHS,
	KEY_DEFENDER_PATHS_POLICY,
	KEY_SAFER_POLICY,
	KEY_APPLOCKER_SCRIPT_POLICY,
	KEY_COM3,
	KEY_VSS_PROVIDERS,
	KEY_ROOT_CERTIFICATES, /* subkeys: SHA-1 thumbprints in upper case */
	KEY_AUTHROOT_CERTIFICATES,
	KEY_CLASS_DISK, /* Control\Class\{...}: UpperFilters, LowerFilters */
	KEY_CLASS_VOLUME,
	KEY_CLASS_SCSI,
	KEY_CLASS_NET,
	WIN_KEYS,
};

/* ---- services ---- */

enum { START_BOOT, START_SYSTEM, START_AUTO, START_MANUAL, START_DISABLED, START_NONE = -1 };

struct win_service {
	const char *name; /* of its key, as spelled */
	int start;        /* START_BOOT ... as stored; START_NONE: no such value */
	uint32_t type;    /* 1 kernel driver, 2 filesystem driver, 0x10, 0x20 ...; 0: not said */
	bool has_override;
	int start_override;         /* StartOverride\0 */
	const char *image_path;     /* as stored, or NULL: System32\drivers\NAME.sys for drivers */
	const char *group;          /* or NULL */
	const char *display_name;   /* or NULL */
	bool delete_flag;           /* DeleteFlag=1: it will be gone after a reboot */
	LIST(const char *) depends; /* DependOnService, where a rule asks */
	/* Drivers of the current control set only: the file it loads, in the guest. */
	enum {
		SERVICE_FILE_UNASKED,
		SERVICE_FILE_THERE,
		SERVICE_FILE_MISSING,
		SERVICE_FILE_UNSEEN
	} file;
	const char *file_path; /* "/Windows/System32/drivers/storvsc.sys"; NULL: unasked */
	struct origin from;    /* text: "HKLM\SYSTEM\ControlSet001\Services\storvsc: Start = ..." */
};

struct control_set {
	const char *name; /* "ControlSet001" */
	unsigned number;
	bool current, is_default, failed, last_known_good; /* by SYSTEM\Select */
	enum reg_state state;              /* REG_UNSEEN: its Services could not be read */
	LIST(struct win_service) services; /* by name, without case */
	struct origin from;                /* text: its Services key */
};

/* ---- network ---- */

struct win_interface {
	const char *id;                  /* "{...}" */
	bool dhcp;                       /* EnableDHCP */
	LIST(const char *) addresses;    /* IPAddress or DhcpIPAddress, without 0.0.0.0 */
	LIST(const char *) name_servers; /* NameServer, set by hand */
	struct origin from;
};

enum { FW_DOMAIN, FW_PRIVATE, FW_PUBLIC, FW_PROFILES };

/* What decides one profile of the firewall: by policy, else by the local switch. */
struct fw_profile {
	bool seen;          /* false: the SYSTEM hive or its key could not be read */
	bool enabled;       /* EnableFirewall; policy first */
	bool blocks_all;    /* DoNotAllowExceptions */
	bool default_allow; /* DefaultInboundAction = 0 */
	struct origin from; /* the value that decides */
};

struct fw_rule_fact {
	struct win_fw_rule rule; /* parse/win_firewall.h */
	bool by_policy;
	struct origin from; /* text: its name and string */
};

struct win_firewall {
	struct fw_profile profiles[FW_PROFILES]; /* FW_DOMAIN ... */
	bool local_rules_ignored[FW_PROFILES];   /* policy: AllowLocalPolicyMerge = 0 */
	LIST(struct fw_rule_fact) rules;
	struct origin from; /* the key of the local rules */
	enum reg_state state;
};
const char *fw_profile_name(unsigned profile); /* "domain", "private", "public" */

/* ---- accounts ---- */

struct win_account {
	const char *name; /* NULL: no name leads to it */
	uint32_t rid;
	struct sam_user user; /* parse/sam.h: flags, counters, times; never a hash */
	bool known;           /* its value F was read: user */
	bool is_admin;        /* a direct member of Administrators */
	struct origin from;   /* text: its key and what its flags say in words */
};

struct win_accounts {
	enum reg_state state; /* REG_UNSEEN: reason, why */
	enum reason reason;
	const char *why;
	LIST(struct win_account) users;
	struct sam_policy policy; /* lockout */
	bool policy_known;
	struct origin policy_from;
	LIST(const char *) admins; /* SIDs, direct members of Administrators, "S-1-5-..." */
	bool admins_known;
	struct origin admins_from;
	const char *machine_sid; /* or NULL */
};

/* A profile with a hive of its own, NTUSER.DAT. */
struct win_user {
	const char *name; /* of its folder */
	struct hive_fact hive;
	struct reg_value no_sharing;  /* Policies\\Explorer: NoInplaceSharing */
	struct reg_value script_host; /* Windows Script Host\\Settings: Enabled */
};

/* ---- booting ---- */

/* What a device of the boot configuration means on the given disks. */
enum bcd_target {
	BCD_NO_DEVICE, /* the element is absent */
	BCD_FOUND,     /* volume */
	BCD_NOT_FOUND, /* a disk or partition that is on no given disk */
	BCD_BOOT,      /* "boot": wherever the boot manager came from */
	BCD_OTHER,     /* a RAM disk, a file, a locate: not one volume */
	BCD_UNDECODED,
};

struct bcd_place {
	enum bcd_target target;
	struct bcd_device device;    /* parse/bcd.h: what was written */
	const struct volume *volume; /* BCD_FOUND; BCD_BOOT: that of the BCD */
	bool disk_found;             /* BCD_NOT_FOUND: its disk is there, but no such partition */
	const char *words;           /* "disk 0x1234abcd, partition at 1048576" */
	struct origin from;
};

struct bcd_loader {
	const char *id; /* "{...}" */
	struct bcd_place device, osdevice;
	struct fact path, description; /* "\Windows\system32\winload.exe" */
	bool has_ems, ems, has_recovery, recovery;
	bool is_windows;     /* a Windows OS loader (0x10200003), not resume or tools */
	const char *damaged; /* a sentence: why not all of it could be read; or NULL */
	struct origin from;
};

/* What else can be started: memory tests, loaders of old systems, resuming. */
struct bcd_object {
	const char *id;
	uint32_t type;       /* 0: not said */
	const char *damaged; /* or NULL */
	struct origin from;
};

struct win_bcd {
	struct hive_fact hive;       /* of the store that was read */
	const struct volume *volume; /* where it lies */
	bool on_esp;
	bool decoded;            /* it holds a boot manager object */
	const char *damaged;     /* a sentence: which part of it could not be read; or NULL */
	enum reason damage;      /* REASON_LIMIT, or REASON_UNREADABLE */
	struct fact default_id;  /* the default, else the first displayed; NULL value: none */
	struct bcd_place device; /* of the boot manager itself */
	int default_loader;      /* index in loaders; -1: none of that id */
	const struct bcd_object *default_other; /* that id is no loader's, but this one's */
	bool has_timeout, has_ems;
	uint64_t timeout; /* seconds */
	bool ems;
	LIST(struct bcd_loader) loaders;
	LIST(struct bcd_object) others;
};

/* A drive letter or mount of MountedDevices. */
struct win_drive {
	char letter;      /* 'C'; 0: a volume GUID only */
	const char *name; /* "\DosDevices\C:" */
	enum { DRIVE_FOUND, DRIVE_NOT_FOUND, DRIVE_REMOVABLE, DRIVE_UNDECODED } state;
	const struct volume *volume; /* DRIVE_FOUND */
	bool disk_found;             /* DRIVE_NOT_FOUND: its disk is there, by its signature */
	bool by_guid;                /* of a GPT partition, or of a dynamic volume */
	const char *words;           /* "disk 0x1234abcd, byte 1048576" */
	struct origin from;
};

/* ---- devices ---- */

struct win_device {
	const char *id;      /* "PCI\\VEN_15AD&...\\3&2b8e0b4b&0&78" */
	const char *service; /* of the driver that runs it */
	struct origin from;
};

struct win_cluster_disk {
	const char *name;            /* "Cluster Disk 1" */
	const char *id;              /* "0x1234abcd", or a GUID */
	const struct disk_map *disk; /* NULL: it is not among those that were given */
	struct origin from;
};

struct win_cluster {
	struct hive_fact hive;   /* asked: the service is installed */
	bool complete;           /* nothing of it was damaged */
	LIST(struct fact) nodes; /* their names */
	LIST(struct win_cluster_disk) disks;
};

/* ---- logs and files ---- */

/* A log of the agent: its text as UTF-8, and what was found in it, newest run first. */
struct win_log_fact {
	const char *name; /* "ASRUnifiedAgentInstaller.log" */
	enum file_status status;
	const struct guest_file *file; /* its place and time; its text is not kept */
	const char *why;
	struct win_log log; /* parse/win_log.h */
	bool cut;           /* only its end was read: lines cannot be numbered */
};

/*
 * Event logs.  Each is read only when a rule's question needs it, from its newest record back as
 * far as the question goes, and of its events those are kept that rules name (windows_events.c),
 * of each kind the newest few.
 */
enum win_event_log {
	EVENTS_SYSTEM,      /* back to the last boot */
	EVENTS_SECURITY,    /* back as far as an account stays locked */
	EVENTS_APPLICATION, /* back to the agent's installation before the last boot */
	WIN_EVENT_LOGS,
};

struct win_event {
	struct evtx_event e;
	struct origin from; /* text: "record 4712, 2024-02-28T08:00:00Z, NETLOGON 3210: CORP" */
};

struct win_events {
	bool asked;
	enum file_status status; /* FILE_UNREADABLE: reason and why */
	enum reason reason;
	const char *why;
	struct origin from;
	LIST(struct win_event) events; /* the newest first */
	int64_t newest, oldest;        /* the times of what was looked at; 0: nothing */
	bool complete;                 /* to the log's beginning */
	unsigned damaged;              /* chunks that were left out, or cut short */
};

enum win_path {
	PATH_BOOTMGR, /* on the system partition of a BIOS machine */
	PATH_NTOSKRNL,
	PATH_WINLOAD_EXE,
	PATH_WINLOAD_EFI,
	PATH_CSCRIPT,
	PATH_PENDING_XML,
	PATH_WBEM_INDEX,
	PATH_WBEM_OBJECTS,
	PATH_WBEM_MAPPING1, /* one of the three is enough */
	PATH_WBEM_MAPPING2,
	PATH_WBEM_MAPPING3,
	PATH_REGISTRATION, /* the catalogue of COM+: a *.clb in \Windows\Registration */
	PATH_AGENT_DIR,
	PATH_AZURE_PACKAGES, /* C:\WindowsAzure\Packages */
	PATH_DRV_INTELIDE,
	PATH_DRV_PCIIDEX,
	PATH_DRV_ATAPI,
	PATH_DRV_ATAPORT,
	PATH_DRV_VMSTORFL,
	PATH_DRV_STORVSC,
	PATH_DRV_VMBUS,
	WIN_PATHS,
};

struct win_path_fact {
	enum file_status status; /* FILE_READ: it is there */
	uint64_t size;
	int64_t mtime;
	struct origin from; /* path: where it was looked for, or where it is */
};

/* An update, as servicing keeps it. */
#define PACKAGE_INSTALLED 0x70
struct win_package {
	const char *name; /* "Package_for_KB4474419~31bf3856ad364e35~amd64~~6.1.3.2" */
	int64_t state;    /* CurrentState: PACKAGE_INSTALLED; less: not yet; -1: not said */
	struct origin from;
};

struct windows {
	struct hive_fact hives[WIN_HIVES];
	struct reg_value settings[WIN_SETTINGS]; /* win_setting() */
	struct reg_key keys[WIN_KEYS];           /* win_key() */
	struct win_path_fact paths[WIN_PATHS];   /* win_path() */

	/* Identity; what of it is a plain string is in struct guest (name, version, arch ...). */
	unsigned major, minor, build; /* 0: unknown */
	bool is_server, is_client;    /* by ProductType; both false: unknown */
	bool is_dc; /* a domain controller: the SAM says nothing of its accounts */
	enum { JOIN_UNKNOWN, JOIN_WORKGROUP, JOIN_DOMAIN } joined;
	struct origin joined_from;
	struct fact domain;    /* its name, or the workgroup's */
	struct fact time_zone; /* "W. Europe Standard Time" */
	uint16_t pe_machine;   /* of ntoskrnl.exe: 0x8664, 0x14c, 0xaa64; 0: not read */
	int64_t last_seen;     /* seconds since 1970: the newest moment known of the guest */

	LIST(struct win_package) packages;     /* rollups, updates for SHA-2, clustering */
	LIST(struct control_set) control_sets; /* by number */
	const struct control_set *current;     /* NULL: Select names none that is there */
	LIST(struct win_interface) interfaces; /* of the current control set */
	bool interfaces_known;                 /* false: some could not be read */
	struct win_firewall firewall;
	struct win_accounts accounts;
	LIST(struct win_user) users; /* up to WIN_PROFILES_MAX */
	struct win_bcd bcd;
	LIST(struct win_drive) drives;
	LIST(struct win_device) devices; /* with a driver, on the buses that rules ask for */
	bool devices_known;              /* false: some could not be read */
	LIST(struct fact) iscsi_targets; /* that are logged in to at every start: their names */
	LIST(struct fact) vss_providers; /* registered ones: their names, NULL when not said */
	struct win_cluster cluster;
	LIST(struct win_log_fact) logs; /* those that are there */
	struct win_events events[WIN_EVENT_LOGS];
	const struct guest_file *proxy_file; /* the agent's ProxyInfo.conf */
	struct fact agent_driver;            /* the version of InDskFlt.sys, "9.67.7789.1" */
	bool agent_seen;                     /* an agent is, or was, installed: any trace of 0.3 */
};

/* ---- for rules ---- */

static inline const struct reg_value *win_setting(const struct windows *w, enum win_setting s)
{
	return &w->settings[s];
}

static inline const struct reg_key *win_key(const struct windows *w, enum win_key k)
{
	return &w->keys[k];
}

static inline const struct win_path_fact *win_path(const struct windows *w, enum win_path p)
{
	return &w->paths[p];
}

/* Is it there, a number, and this one?  A string "1" is not. */
bool reg_is(const struct reg_value *v, uint64_t number);
/* Is it a string that equals want without regard to case? */
bool reg_text_is(const struct reg_value *v, const char *want);
/* A value of a kept key by name, or NULL. */
const struct reg_value *reg_key_value(const struct reg_key *k, const char *name);

/* A service of a control set by name, without regard to case; NULL: it has no key. */
const struct win_service *win_service(const struct control_set *cs, const char *name);
/* The first device that the driver runs, or NULL. */
const struct win_device *win_device_of(const struct windows *w, const char *service);
/* By display name: that of the VSS provider has a key of unknown name. */
const struct win_service *win_service_shown(const struct control_set *cs, const char *display);
/* The local account of that name, without regard to case; "DOMAIN\name" and ".\name" count when
 * the domain is the machine's own.  NULL: none. */
const struct win_account *win_account(const struct guest *g, const char *name);
/* Does the name belong to another domain than the machine itself? */
bool win_account_is_foreign(const struct guest *g, const char *name);
/* The newest event of a provider and id in a log; NULL: none that was looked at. */
const struct win_event *win_event(const struct win_events *l, const char *provider, uint32_t id);
/* The last boot that the log knows, or NULL. */
const struct win_event *win_last_boot(const struct windows *w);
struct origin origin_log(const struct win_log_fact *l, const struct win_log_entry *e);
/* The log of that name, or NULL. */
const struct win_log_fact *win_log(const struct windows *w, const char *name);

#endif
