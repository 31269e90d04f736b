/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the single values and keys are that rules read: a row each.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "guest/windows_collect.h"

/*
 * key is relative to the hive; in SYSTEM to the current control set, unless it begins with a
 * backslash.  Where the value is absent there, it is looked for in other.
 */
struct setting_row {
	enum win_hive hive;
	const char *key, *name, *other;
};

#define NT "Microsoft\\Windows NT\\CurrentVersion"
#define WIN "Microsoft\\Windows\\CurrentVersion"
#define POLICIES_SYSTEM WIN "\\Policies\\System"
#define SESSION "Control\\Session Manager"
#define TCPIP "Services\\Tcpip\\Parameters"
#define NETLOGON "Services\\Netlogon\\Parameters"
#define LANMAN "Services\\LanmanServer\\Parameters"
#define FW_POLICY "Policies\\Microsoft\\WindowsFirewall"
#define RDP "Control\\Terminal Server\\WinStations\\RDP-Tcp"
#define TS_POLICY "Policies\\Microsoft\\Windows NT\\Terminal Services"
#define DCOM_POLICY "Policies\\Microsoft\\Windows NT\\DCOM"
#define SV "Wow6432Node\\SV Systems"
#define SV_32 "SV Systems"

static const struct setting_row settings[WIN_SETTINGS] = {
	[SET_PRODUCT_NAME] = {HIVE_SOFTWARE, NT, "ProductName", NULL},
	[SET_CURRENT_VERSION] = {HIVE_SOFTWARE, NT, "CurrentVersion", NULL},
	[SET_MAJOR_VERSION] = {HIVE_SOFTWARE, NT, "CurrentMajorVersionNumber", NULL},
	[SET_MINOR_VERSION] = {HIVE_SOFTWARE, NT, "CurrentMinorVersionNumber", NULL},
	[SET_CURRENT_BUILD] = {HIVE_SOFTWARE, NT, "CurrentBuild", NULL},
	[SET_UBR] = {HIVE_SOFTWARE, NT, "UBR", NULL},
	[SET_EDITION_ID] = {HIVE_SOFTWARE, NT, "EditionID", NULL},
	[SET_INSTALLATION_TYPE] = {HIVE_SOFTWARE, NT, "InstallationType", NULL},
	[SET_CSD_VERSION] = {HIVE_SOFTWARE, NT, "CSDVersion", NULL},
	[SET_RELEASE_ID] = {HIVE_SOFTWARE, NT, "ReleaseId", NULL},
	[SET_DISPLAY_VERSION] = {HIVE_SOFTWARE, NT, "DisplayVersion", NULL},
	[SET_MACHINE_GUID] = {HIVE_SOFTWARE, "Microsoft\\Cryptography", "MachineGuid", NULL},
	[SET_PRODUCT_TYPE] = {HIVE_SYSTEM, "Control\\ProductOptions", "ProductType", NULL},
	[SET_COMPUTER_NAME] = {HIVE_SYSTEM, "Control\\ComputerName\\ComputerName", "ComputerName",
		NULL},
	[SET_COMPUTER_NAME_ACTIVE] = {HIVE_SYSTEM, "Control\\ComputerName\\ActiveComputerName",
		"ComputerName", NULL},
	[SET_HOSTNAME] = {HIVE_SYSTEM, TCPIP, "NV Hostname", NULL},
	[SET_TCPIP_DOMAIN] = {HIVE_SYSTEM, TCPIP, "Domain", NULL},
	[SET_TCPIP_NV_DOMAIN] = {HIVE_SYSTEM, TCPIP, "NV Domain", NULL},
	[SET_TIME_ZONE] = {HIVE_SYSTEM, "Control\\TimeZoneInformation", "TimeZoneKeyName", NULL},
	[SET_PROCESSOR_ARCHITECTURE] = {HIVE_SYSTEM, SESSION "\\Environment",
		"PROCESSOR_ARCHITECTURE", NULL},
	[SET_LAST_SHUTDOWN] = {HIVE_SYSTEM, "Control\\Windows", "ShutdownTime", NULL},

	[SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY] = {HIVE_SOFTWARE, POLICIES_SYSTEM,
		"LocalAccountTokenFilterPolicy", NULL},
	[SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY_WOW] = {HIVE_SOFTWARE,
		"Wow6432Node\\" POLICIES_SYSTEM, "LocalAccountTokenFilterPolicy", NULL},
	[SET_ENABLE_LUA] = {HIVE_SOFTWARE, POLICIES_SYSTEM, "EnableLUA", NULL},
	[SET_FILTER_ADMINISTRATOR_TOKEN] = {HIVE_SOFTWARE, POLICIES_SYSTEM,
		"FilterAdministratorToken", NULL},
	[SET_PRIMARY_DOMAIN] = {HIVE_SECURITY, "Policy\\PolPrDmN", "", NULL},
	[SET_PRIMARY_DOMAIN_SID] = {HIVE_SECURITY, "Policy\\PolPrDmS", "", NULL},
	[SET_DNS_DOMAIN] = {HIVE_SECURITY, "Policy\\PolDnDDN", "", NULL},
	[SET_MACHINE_ACC_CUPD_TIME] = {HIVE_SECURITY, "Policy\\Secrets\\$MACHINE.ACC\\CupdTime", "",
		NULL},
	[SET_NETLOGON_DISABLE_PASSWORD_CHANGE] = {HIVE_SYSTEM, NETLOGON, "DisablePasswordChange",
		NULL},
	[SET_NETLOGON_MAXIMUM_PASSWORD_AGE] = {HIVE_SYSTEM, NETLOGON, "MaximumPasswordAge", NULL},
	[SET_GP_HISTORY_DC_NAME] = {HIVE_SOFTWARE, WIN "\\Group Policy\\History", "DCName", NULL},
	[SET_CACHED_LOGONS_COUNT] = {HIVE_SOFTWARE, NT "\\Winlogon", "CachedLogonsCount", NULL},
	[SET_AUTO_SHARE_SERVER] = {HIVE_SYSTEM, LANMAN, "AutoShareServer", NULL},
	[SET_AUTO_SHARE_WKS] = {HIVE_SYSTEM, LANMAN, "AutoShareWks", NULL},
	[SET_SMB1] = {HIVE_SYSTEM, LANMAN, "SMB1", NULL},
	[SET_SMB2] = {HIVE_SYSTEM, LANMAN, "SMB2", NULL},
	[SET_LANMANSERVER_BIND] = {HIVE_SYSTEM, "Services\\LanmanServer\\Linkage", "Bind", NULL},
	[SET_FPS_2003_LOCAL] = {HIVE_SYSTEM,
		"Services\\SharedAccess\\Parameters\\FirewallPolicy\\StandardProfile\\Services\\"
		"FileAndPrint",
		"Enabled", NULL},
	[SET_FPS_POLICY_DOMAIN] = {HIVE_SOFTWARE,
		FW_POLICY "\\DomainProfile\\Services\\FileAndPrint", "Enabled", NULL},
	[SET_FPS_POLICY_STANDARD] = {HIVE_SOFTWARE,
		FW_POLICY "\\StandardProfile\\Services\\FileAndPrint", "Enabled", NULL},
	[SET_ENABLE_DCOM] = {HIVE_SOFTWARE, "Microsoft\\Ole", "EnableDCOM", NULL},
	[SET_MACHINE_ACCESS_RESTRICTION] = {HIVE_SOFTWARE, "Microsoft\\Ole",
		"MachineAccessRestriction", NULL},
	[SET_MACHINE_LAUNCH_RESTRICTION] = {HIVE_SOFTWARE, "Microsoft\\Ole",
		"MachineLaunchRestriction", NULL},
	[SET_MACHINE_ACCESS_RESTRICTION_POLICY] = {HIVE_SOFTWARE, DCOM_POLICY,
		"MachineAccessRestriction", NULL},
	[SET_MACHINE_LAUNCH_RESTRICTION_POLICY] = {HIVE_SOFTWARE, DCOM_POLICY,
		"MachineLaunchRestriction", NULL},
	[SET_DENY_TS_CONNECTIONS] = {HIVE_SYSTEM, "Control\\Terminal Server", "fDenyTSConnections",
		NULL},
	[SET_DENY_TS_CONNECTIONS_POLICY] = {HIVE_SOFTWARE, TS_POLICY, "fDenyTSConnections", NULL},
	[SET_RDP_PORT] = {HIVE_SYSTEM, RDP, "PortNumber", NULL},
	[SET_RDP_LAN_ADAPTER] = {HIVE_SYSTEM, RDP, "LanAdapter", NULL},
	[SET_RDP_CERTIFICATE_HASH] = {HIVE_SYSTEM, RDP, "SSLCertificateSHA1Hash", NULL},
	[SET_RDP_USER_AUTHENTICATION] = {HIVE_SYSTEM, RDP, "UserAuthentication", NULL},

	[SET_SAN_POLICY] = {HIVE_SYSTEM, "Services\\partmgr\\Parameters", "SanPolicy", NULL},
	[SET_NO_AUTO_MOUNT] = {HIVE_SYSTEM, "Services\\mountmgr", "NoAutoMount", NULL},
	[SET_MPIO_DEVICES] = {HIVE_SYSTEM, "Control\\MPDEV", "MPIOSupportedDeviceList", NULL},
	[SET_MSDSM_DEVICES] = {HIVE_SYSTEM, "Services\\msdsm\\Parameters", "DsmSupportedDeviceList",
		NULL},
	[SET_SECURE_BOOT] = {HIVE_SYSTEM, "Control\\SecureBoot\\State", "UEFISecureBootEnabled",
		NULL},
	[SET_FIPS_POLICY] = {HIVE_SYSTEM, "Control\\Lsa\\FipsAlgorithmPolicy", "Enabled", NULL},
	[SET_REAL_TIME_IS_UNIVERSAL] = {HIVE_SYSTEM, "Control\\TimeZoneInformation",
		"RealTimeIsUniversal", NULL},
	[SET_TEMP] = {HIVE_SYSTEM, SESSION "\\Environment", "TEMP", NULL},
	[SET_TMP] = {HIVE_SYSTEM, SESSION "\\Environment", "TMP", NULL},
	[SET_WINHTTP_SETTINGS] = {HIVE_SOFTWARE, WIN "\\Internet Settings\\Connections",
		"WinHttpSettings", NULL},
	[SET_PAGING_FILES] = {HIVE_SYSTEM, SESSION "\\Memory Management", "PagingFiles", NULL},
	[SET_BOOT_DRIVER_FLAGS] = {HIVE_SYSTEM, "Control", "BootDriverFlags", NULL},

	[SET_PENDING_FILE_RENAMES] = {HIVE_SYSTEM, SESSION, "PendingFileRenameOperations", NULL},
	[SET_PENDING_FILE_RENAMES_2] = {HIVE_SYSTEM, SESSION, "PendingFileRenameOperations2", NULL},
	[SET_UPDATE_EXE_VOLATILE] = {HIVE_SOFTWARE, "Microsoft\\Updates", "UpdateExeVolatile",
		NULL},

	[SET_WSH_ENABLED] = {HIVE_SOFTWARE, "Microsoft\\Windows Script Host\\Settings", "Enabled",
		NULL},
	[SET_WSH_ENABLED_WOW] = {HIVE_SOFTWARE,
		"Wow6432Node\\Microsoft\\Windows Script Host\\Settings", "Enabled", NULL},

	[SET_AGENT_DIRECTORY] = {HIVE_SOFTWARE, SV "\\VxAgent", "InstallDirectory",
		SV_32 "\\VxAgent"},
	[SET_AGENT_VERSION] = {HIVE_SOFTWARE, SV "\\VxAgent", "PROD_VERSION", SV_32 "\\VxAgent"},
	[SET_AGENT_HOST_ID] = {HIVE_SOFTWARE, SV, "HostId", SV_32},
	[SET_AGENT_SAN_POLICY_BACKUP] = {HIVE_SOFTWARE, SV, "Backup.SanPolicy", SV_32},
	[SET_AGENT_RECOVERY_IN_PROGRESS] = {HIVE_SOFTWARE, SV, "RecoveryInprogress", SV_32},
	[SET_AGENT_CLOUD_ENV] = {HIVE_SOFTWARE, SV, "CloudEnv", SV_32},
};

struct key_row {
	enum win_hive hive;
	const char *key;
	bool subkeys_only;
};

#define CBS WIN "\\Component Based Servicing"
#define CLASS "Control\\Class\\"

static const struct key_row keys[WIN_KEYS] = {
	[KEY_CBS_REBOOT_PENDING] = {HIVE_SOFTWARE, CBS "\\RebootPending", false},
	[KEY_CBS_REBOOT_IN_PROGRESS] = {HIVE_SOFTWARE, CBS "\\RebootInProgress", false},
	[KEY_CBS_PACKAGES_PENDING] = {HIVE_SOFTWARE, CBS "\\PackagesPending", false},
	[KEY_WU_REBOOT_REQUIRED] = {HIVE_SOFTWARE,
		WIN "\\WindowsUpdate\\Auto Update\\RebootRequired", false},
	[KEY_CBS_PACKAGES] = {HIVE_SOFTWARE, CBS "\\Packages", true},
	[KEY_PERSISTENT_ROUTES] = {HIVE_SYSTEM, TCPIP "\\PersistentRoutes", false},
	[KEY_DEFENDER_PATHS] = {HIVE_SOFTWARE, "Microsoft\\Windows Defender\\Exclusions\\Paths",
		false},
	[KEY_DEFENDER_PATHS_POLICY] = {HIVE_SOFTWARE,
		"Policies\\Microsoft\\Windows Defender\\Exclusions\\Paths", false},
	[KEY_SAFER_POLICY] = {HIVE_SOFTWARE, "Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers",
		false},
	[KEY_APPLOCKER_SCRIPT_POLICY] = {HIVE_SOFTWARE,
		"Policies\\Microsoft\\Windows\\SrpV2\\Script", false},
	[KEY_COM3] = {HIVE_SOFTWARE, "Microsoft\\COM3", false},
	[KEY_VSS_PROVIDERS] = {HIVE_SYSTEM, "Services\\VSS\\Providers", false},
	[KEY_ROOT_CERTIFICATES] = {HIVE_SOFTWARE,
		"Microsoft\\SystemCertificates\\ROOT\\Certificates", true},
	[KEY_AUTHROOT_CERTIFICATES] = {HIVE_SOFTWARE,
		"Microsoft\\SystemCertificates\\AuthRoot\\Certificates", true},
	[KEY_CLASS_DISK] = {HIVE_SYSTEM, CLASS "{4D36E967-E325-11CE-BFC1-08002BE10318}", false},
	[KEY_CLASS_VOLUME] = {HIVE_SYSTEM, CLASS "{71A27CDD-812A-11D0-BEC7-08002BE2092F}", false},
	[KEY_CLASS_SCSI] = {HIVE_SYSTEM, CLASS "{4D36E97B-E325-11CE-BFC1-08002BE10318}", false},
	[KEY_CLASS_NET] = {HIVE_SYSTEM, CLASS "{4D36E972-E325-11CE-BFC1-08002BE10318}", false},
};

/* The path from the hive's root. */
static const char *full_path(
	const struct windows *w, struct arena *a, enum win_hive hive, const char *key)
{
	if (hive != HIVE_SYSTEM)
		return key;
	if (key[0] == '\\')
		return key + 1;
	return arena_printf(a, "%s\\%s", w->current ? w->current->name : "CurrentControlSet", key);
}

static struct reg_value read_setting(
	struct windows *w, struct hive *h, struct arena *a, const struct setting_row *row)
{
	const char *path = full_path(w, a, row->hive, row->key);
	struct reg_value v, other;

	if (!h)
		return hive_unseen_value(
			a, &w->hives[row->hive], win_hive_name(row->hive), path, row->name);
	v = hive_value(h, hive_find(h, path), path, row->name);
	if (v.state != REG_ABSENT || !row->other)
		return v;
	other = hive_value(h, hive_find(h, row->other), row->other, row->name);
	return other.state == REG_THERE ? other : v;
}

/* Of the packages that rules ask for, whether they are installed. */
static void collect_packages(struct windows *w, struct hive *h, struct arena *a)
{
	static const char *const asked[] = {"Package_for_KB4474419~", "Package_for_KB4490628~",
		"Package_for_KB4493730~", "Package_for_RollupFix~",
		"Microsoft-Windows-FailoverCluster"};

	list_each(name, &w->keys[KEY_CBS_PACKAGES].subkeys) {
		for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
			const char *path = arena_printf(a, CBS "\\Packages\\%s", *name);
			struct win_package *p;
			struct reg_value v;

			if (strncasecmp(*name, asked[i], strlen(asked[i])))
				continue;
			v = hive_value(h, hive_find(h, path), path, "CurrentState");
			p = list_add(a, &w->packages);
			*p = (struct win_package){
				*name, v.is_number ? (int64_t)v.number : -1, v.from};
		}
	}
}

void collect_settings(struct windows *w, struct hive *h, struct arena *a, enum win_hive hive)
{
	for (size_t i = 0; i < WIN_SETTINGS; i++) {
		if (settings[i].hive == hive && settings[i].key)
			w->settings[i] = read_setting(w, h, a, &settings[i]);
	}
	for (size_t i = 0; i < WIN_KEYS; i++) {
		const char *path;

		if (keys[i].hive != hive || !keys[i].key)
			continue;
		path = full_path(w, a, hive, keys[i].key);
		w->keys[i] = h ? hive_key_fact(h, path, !keys[i].subkeys_only)
			       : hive_unseen_key(a, &w->hives[hive], win_hive_name(hive), path);
	}
	if (hive == HIVE_SOFTWARE && h)
		collect_packages(w, h, a);
}

const char *win_hive_name(enum win_hive h)
{
	static const char *const names[WIN_HIVES] = {
		"HKLM\\SYSTEM", "HKLM\\SOFTWARE", "HKLM\\SAM", "HKLM\\SECURITY", "BCD"};

	return names[h];
}

bool reg_is(const struct reg_value *v, uint64_t number)
{
	return v->state == REG_THERE && v->type == REG_DWORD && v->is_number && v->number == number;
}

bool reg_text_is(const struct reg_value *v, const char *want)
{
	return v->state == REG_THERE && v->text && !strcasecmp(v->text, want);
}

const struct reg_value *reg_key_value(const struct reg_key *k, const char *name)
{
	list_each(v, &k->values) {
		if (!strcasecmp(v->name, name))
			return v;
	}
	return NULL;
}
