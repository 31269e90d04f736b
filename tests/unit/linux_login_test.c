/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glob.h>
#include <string.h>

#include "guest/collect.h"
#include "tests/lib/testing.h"

/* A guest on an ext4 image of a directory that a shell command fills; it runs in that directory. */
struct box {
	struct test_io io;
	struct disk disk;
	struct volume volume;
	struct filesystem fs;
	struct vm vm;
	struct guest g;
	struct fs_mount top;
	const char *dir;
};

/* For the commands: "wants multi-user.target.wants ssh.service". */
#define WANTS                                                                                      \
	"wants() { mkdir -p etc/systemd/system/$1 && "                                             \
	"ln -s /lib/systemd/system/$2 etc/systemd/system/$1/$2; }"

static struct box *box_of(const char *id, const char *version, const char *fill)
{
	static unsigned n;
	struct box *b = arena_new(&test_arena, struct box);
	const char *image = test_path("box%u.img", n);
	struct err e = {0};

	test_need_tool("mke2fs");
	b->dir = test_subdir(arena_printf(&test_arena, "box%u", n++));
	test_must_run("cd '%s' && mkdir -p etc/ssh usr/sbin var/log && " WANTS " && { %s\n}",
		b->dir, fill);
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; truncate -s 8M '%s' && mke2fs -q -F -t ext4 -d "
		      "'%s' '%s'",
		image, b->dir, image);
	test_io_init(&b->io);
	test_must_open_disk(&b->io, image, NULL, &b->disk);
	if (fs_open("ext4", &b->disk.dev, 1, &b->fs.fs, &e) < 0)
		fail_msg("%s", e.msg);
	b->volume.name = "disk0";
	b->fs.volume = &b->volume;
	b->vm.arena = &test_arena;
	b->top = (struct fs_mount){
		.dir = "/", .fs = b->fs.fs, .volume = "disk0", .top = b->fs.fs->root};
	b->g.vm = &b->vm;
	b->g.root = &b->volume;
	b->g.root_fs = &b->fs;
	b->g.tree = (struct fs_tree){&b->top, 1};
	b->g.release = (struct release){.id = id, .version = version};
	collect_login(&b->g);
	return b;
}

static void box_close(struct box *b)
{
	fs_close(b->fs.fs);
	disk_close(&b->disk);
}

#define SSHD "touch usr/sbin/sshd; "

/* ---- sshd ---- */

static void includes_are_read_in_the_order_of_glob(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD "cd etc/ssh; mkdir -p sshd_config.d more/a more/b/c more/b.conf; echo "
		     "'Include sshd_config.d/*.conf' > sshd_config; echo 'Include "
		     "/etc/ssh/more/*/[xy]?.conf' >> sshd_config; echo 'PasswordAuthentication "
		     "yes' >> sshd_config; for f in 50-cloud-init 10-b 9-a A .hidden _; do echo "
		     "'Port 22' > sshd_config.d/$f.conf; done; touch sshd_config.d/50.bak; echo "
		     "'PasswordAuthentication no' > sshd_config.d/50-cloud-init.conf; touch "
		     "more/a/x1.conf more/a/y2.conf more/a/z1.conf more/b/x2.conf");
	static const char *const patterns[] = {
		"etc/ssh/sshd_config.d/*.conf", "etc/ssh/more/*/[xy]?.conf"};
	const struct sshd_value *v;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		glob_t found;

		assert_int_equal(glob(arena_printf(&test_arena, "%s/%s", b->dir, patterns[i]), 0,
					 NULL, &found),
			0);
		for (size_t j = 0; j < found.gl_pathc; j++, n++) {
			assert_true(n < b->g.sshd.includes.n);
			assert_string_equal(
				b->g.sshd.includes.at[n]->path, found.gl_pathv[j] + strlen(b->dir));
		}
		globfree(&found);
	}
	assert_int_equal(b->g.sshd.includes.n, n);
	v = sshd_global(&b->g.sshd.config, "passwordauthentication");
	assert_string_equal(v->value, "no");
	assert_string_equal(v->file, "/etc/ssh/sshd_config.d/50-cloud-init.conf");
	box_close(b);
}

static void include_within_an_include_returns_to_the_outer_file(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD "cd etc/ssh; mkdir d; echo 'Include d/*.conf' > sshd_config; echo 'Include "
		     "/etc/ssh/inner' > d/1.conf; echo 'UsePAM no' > inner; echo 'UsePAM yes' > "
		     "d/2.conf; echo 'MaxAuthTries 3' >> d/2.conf");

	(void)state;
	assert_string_equal(sshd_global(&b->g.sshd.config, "usepam")->value, "no");
	assert_string_equal(sshd_global(&b->g.sshd.config, "maxauthtries")->value, "3");
	box_close(b);
}

static void include_of_itself_ends(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD "cd etc/ssh; echo 'Include *onfig' > sshd_config; for i in 1 2 3 4 5 6 7 8 9; "
		     "do echo 'Include *onfig' > ${i}config; done");

	(void)state;
	assert_true(b->g.sshd.config.limit);
	box_close(b);
}

static void endless_includes_end(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD "seq -f 'Include /etc/ssh/no-%.0f.conf' 20000 > etc/ssh/sshd_config");

	(void)state;
	assert_true(b->g.sshd.config.limit);
	assert_true(b->g.files.n < 2000);
	box_close(b);
}

static void suse_configuration_of_usr_is_found(void **state)
{
	struct box *b = box_of("sles", "15.6",
		SSHD "mkdir -p usr/etc/ssh etc/ssh/sshd_config.d; echo 'Include "
		     "/etc/ssh/sshd_config.d/*.conf' > usr/etc/ssh/sshd_config; echo "
		     "'PermitRootLogin no' > etc/ssh/sshd_config.d/10.conf");

	(void)state;
	assert_string_equal(b->g.sshd.config_file->path, "/usr/etc/ssh/sshd_config");
	assert_string_equal(sshd_global(&b->g.sshd.config, "permitrootlogin")->value, "no");
	assert_true(b->g.sshd.permits_root_by_default);
	box_close(b);
}

static void default_of_permit_root_login_follows_the_release(void **state)
{
	static const struct {
		const char *id, *version;
		bool permits;
	} cases[] = {{"rhel", "7.9", true}, {"centos", "7", true}, {"rhel", "8.6", false},
		{"debian", "8", true}, {"debian", "9", false}, {"ubuntu", "14.04", true},
		{"ubuntu", "16.04", false}, {"sles", "12.5", true}, {"sles", "16.0", false},
		{"opensuse-leap", "42.3", true}, {"opensuse-leap", "15.5", true},
		{"opensuse-leap", "16.0", false}, {"rocky", "8.9", false}, {NULL, NULL, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct box *b = box_of(cases[i].id, cases[i].version, SSHD);

		assert_int_equal(b->g.sshd.permits_root_by_default, cases[i].permits);
		box_close(b);
	}
}

static void the_way_sshd_is_started_is_found(void **state)
{
	static const struct {
		const char *fill;
		enum enabled enabled;
		const char *by;
	} cases[] = {
		{"wants multi-user.target.wants ssh.service; ", ENABLED,
			"multi-user.target.wants/ssh.service"},
		{"wants multi-user.target.wants sshd.service; ", ENABLED,
			"multi-user.target.wants/sshd.service"},
		{"wants sockets.target.wants ssh.socket; wants ssh.service.requires ssh.socket; ",
			ENABLED_BY_SOCKET, "ssh.socket"},
		{"wants multi-user.target.wants ssh.service; wants ssh.service.requires "
		 "ssh.socket; ",
			ENABLED_BY_SOCKET, "ssh.service.requires/ssh.socket"},
		{"wants ssh.service.requires ssh.socket; ", DISABLED, "/etc/systemd/system"},
		{"wants multi-user.target.wants cron.service; ", DISABLED, "/etc/systemd/system"},
		{"wants multi-user.target.wants ssh.service; ln -s /dev/null "
		 "etc/systemd/system/ssh.service",
			MASKED, "/etc/systemd/system/ssh.service"},
		{"wants multi-user.target.wants ssh.service; ln -s /lib/systemd/system/ssh.service "
		 "etc/systemd/system/sshd.service",
			ENABLED, "ssh.service"},
		{"mkdir -p etc/rc3.d; touch etc/rc3.d/S02ssh etc/rc3.d/K01sshd", ENABLED,
			"/etc/rc3.d/S02ssh"},
		{"mkdir -p etc/rc.d/rc5.d etc/rc.d/rc2.d; touch etc/rc.d/rc5.d/S55sshd "
		 "etc/rc.d/rc2.d/K25sshd; ln -s rc.d/rc5.d etc/rc5.d",
			ENABLED, "/etc/rc5.d/S55sshd"},
		{"mkdir -p etc/init.d/rc3.d; touch etc/init.d/rc3.d/S10sshd", ENABLED,
			"/etc/init.d/rc3.d/S10sshd"},
		{"mkdir -p etc/rc3.d; touch etc/rc3.d/K10ssh", DISABLED, NULL},
		{"mkdir -p lib/systemd etc/rc3.d; touch lib/systemd/systemd etc/rc3.d/S02ssh",
			DISABLED, NULL},
		{"mkdir etc/init; touch etc/init/ssh.conf", ENABLED, "/etc/init/ssh.conf"},
		{"mkdir etc/init; touch etc/init/ssh.conf; echo manual > etc/init/ssh.override",
			DISABLED, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct box *b =
			box_of("debian", "12", arena_printf(&test_arena, SSHD "%s", cases[i].fill));

		if (b->g.sshd.enabled != cases[i].enabled)
			fail_msg("case %zu is %d", i, (int)b->g.sshd.enabled);
		if (cases[i].by && !str_ends(b->g.sshd.enabled_by.path, cases[i].by))
			fail_msg("case %zu by %s", i, b->g.sshd.enabled_by.path);
		assert_string_equal(b->g.sshd.enabled_by.device, "disk0");
		box_close(b);
	}
}

static void socket_ports_are_those_after_the_last_reset(void **state)
{
	struct box *b = box_of("ubuntu", "24.04",
		SSHD "wants sockets.target.wants ssh.socket; mkdir "
		     "etc/systemd/system/ssh.socket.d; printf '[Socket]\\nListenStream=2022\\n' > "
		     "etc/systemd/system/ssh.socket.d/a.conf; printf '[Socket]\\n# "
		     "x\\nListenStream=\\nListenStream= 0.0.0.0:22\\n' > "
		     "etc/systemd/system/ssh.socket.d/b.conf; echo ListenStream=9 > "
		     "etc/systemd/system/ssh.socket.d/c");
	const struct fact *f;

	(void)state;
	assert_int_equal(b->g.sshd.socket_ports.n, 1);
	f = b->g.sshd.socket_ports.at;
	assert_string_equal(f->value, "0.0.0.0:22");
	assert_string_equal(f->from.path, "/etc/systemd/system/ssh.socket.d/b.conf");
	assert_int_equal(f->from.line, 4);
	assert_false(b->g.sshd.socket_follows_config);
	box_close(b);
	b = box_of("ubuntu", "24.04",
		SSHD "wants sockets.target.wants ssh.socket; mkdir -p "
		     "usr/lib/systemd/system-generators; touch "
		     "usr/lib/systemd/system-generators/sshd-socket-generator");
	assert_true(b->g.sshd.socket_follows_config);
	box_close(b);
}

static void sftp_server_and_pam_are_looked_up(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD "mkdir -p etc/pam.d usr/lib/openssh; touch usr/lib/openssh/sftp-server; "
		     "printf 'UsePAM yes\\nSubsystem sftp /usr/lib/openssh/sftp-server\\n' > "
		     "etc/ssh/sshd_config; printf '# account required pam_access.so\\nauth "
		     "required pam_listfile.so item=user\\n' > etc/pam.d/sshd");

	(void)state;
	assert_string_equal(b->g.sshd.sftp_server, "/usr/lib/openssh/sftp-server");
	assert_int_equal(b->g.sshd.sftp_server_status, FILE_READ);
	assert_int_equal(b->g.sshd.pam_gates.n, 1);
	assert_int_equal(b->g.sshd.pam_gates.at[0].line, 2);
	box_close(b);
	b = box_of("debian", "12",
		SSHD "echo 'Subsystem sftp internal-sftp -l INFO' > etc/ssh/sshd_config");
	assert_null(b->g.sshd.sftp_server);
	box_close(b);
}

static void guest_without_sshd_is_not_searched_further(void **state)
{
	struct box *b = box_of("debian", "12", "echo x > etc/ssh/sshd_config");

	(void)state;
	assert_int_equal(b->g.sshd.binary, FILE_ABSENT);
	assert_null(b->g.sshd.config_file);
	box_close(b);
}

/* Something is mounted there that is not on the given disks. */
static void lose(struct box *b, const char *dir)
{
	struct fs_mount *mounts = arena_alloc(&test_arena, 2 * sizeof(*mounts));

	mounts[0] = b->top;
	mounts[1] = (struct fs_mount){.dir = dir, .volume = "/dev/sdb1", .why = "no such disk"};
	b->g = (struct guest){.vm = &b->vm, .root = &b->volume, .root_fs = &b->fs};
	b->g.tree = (struct fs_tree){mounts, 2};
	collect_login(&b->g);
}

static void what_cannot_be_read_is_said(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD
		"mkdir -p etc/systemd/system etc/ssh/d; echo 'Include d/*' > etc/ssh/sshd_config");

	(void)state;
	lose(b, "/etc/ssh/d");
	assert_int_equal(b->g.sshd.includes.n, 1);
	assert_int_equal(b->g.sshd.includes.at[0]->status, FILE_UNREADABLE);
	assert_non_null(strstr(b->g.sshd.includes.at[0]->why, "no such disk"));
	lose(b, "/etc/systemd");
	assert_int_equal(b->g.sshd.enabled, ENABLED_UNKNOWN);
	assert_non_null(strstr(b->g.sshd.enabled_why, "no such disk"));
	lose(b, "/usr");
	assert_int_equal(b->g.sshd.binary, FILE_UNREADABLE);
	lose(b, "/etc");
	assert_int_equal(b->g.sshd.config_file->status, FILE_UNREADABLE);
	assert_int_equal(b->g.accounts.shadow_file->status, FILE_UNREADABLE);
	box_close(b);
}

/* ---- accounts, packages ---- */

static void accounts_and_their_time_are_read(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD "echo 'root:x:0:0:root:/root:/bin/bash' > etc/passwd; echo "
		     "'root:!:19700:0:99999:7:::' > etc/shadow; echo 'AllowGroups wheel' > "
		     "etc/ssh/sshd_config; echo 'wheel:x:10:root' > etc/group; find . -exec touch "
		     "-h -d @1700000000 {} +; touch -d @1710000000 var/log/wtmp");

	(void)state;
	assert_string_equal(passwd_get(&b->g.accounts.passwd, "root")->shell, "/bin/bash");
	assert_int_equal(shadow_get(&b->g.accounts.shadow, "root")->state, SHADOW_LOCKED);
	assert_int_equal(b->g.accounts.groups.n, 1);
	assert_int_equal(b->g.accounts.image_time, 1710000000);
	box_close(b);
}

static void removed_package_is_not_installed(void **state)
{
	struct box *b = box_of("debian", "12",
		SSHD "mkdir -p var/lib/dpkg/info; cd var/lib/dpkg/info; touch openssh-server.list "
		     "openssh-client.md5sums openssl.md5sums");

	(void)state;
	assert_int_equal(b->g.package_system, PACKAGES_DPKG);
	list_each(p, &b->g.packages) {
		bool removed = !strcmp(p->name, "openssh-server");

		assert_int_equal(p->status, removed ? FILE_ABSENT : FILE_READ);
	}
	assert_int_equal(b->g.packages.n, 3);
	box_close(b);
	b = box_of("rhel", "9.4", SSHD "mkdir -p usr/lib/sysimage/rpm");
	assert_int_equal(b->g.package_system, PACKAGES_RPM);
	box_close(b);
}

/* ---- firewalls ---- */

static void firewalls_that_start_are_found(void **state)
{
	static const struct {
		const char *fill, *name;
		enum ssh_answer ssh;
		unsigned line;
	} cases[] = {
		{"wants multi-user.target.wants ufw.service; mkdir etc/ufw; echo ENABLED=yes > "
		 "etc/ufw/ufw.conf; touch etc/ufw/user.rules",
			"ufw", SSH_NOT_ALLOWED, 0},
		{"wants multi-user.target.wants firewalld.service; mkdir -p etc/firewalld "
		 "usr/lib/firewalld/zones; echo DefaultZone=drop > etc/firewalld/firewalld.conf; "
		 "echo '<zone target=\"DROP\"></zone>' > usr/lib/firewalld/zones/drop.xml",
			"firewalld", SSH_NOT_ALLOWED, 0},
		{"wants multi-user.target.wants firewalld.service; mkdir -p etc/firewalld/zones; "
		 "printf '<zone>\\n<service name=\"ssh\"/>\\n</zone>' > "
		 "etc/firewalld/zones/public.xml",
			"firewalld", SSH_ALLOWED, 2},
		{"wants multi-user.target.wants firewalld.service; ", "firewalld", SSH_DEPENDS, 0},
		{"wants basic.target.wants iptables.service; mkdir etc/sysconfig; printf "
		 "'*filter\\n:INPUT DROP [0:0]\\nCOMMIT\\n' > etc/sysconfig/iptables",
			"iptables", SSH_NOT_ALLOWED, 2},
		{"mkdir -p etc/rc3.d etc/sysconfig; touch etc/rc3.d/S08iptables; printf "
		 "'*filter\\n:INPUT DROP [0:0]\\n-A INPUT -p tcp --dport 22 -j ACCEPT\\n' > "
		 "etc/sysconfig/iptables",
			"iptables", SSH_ALLOWED, 3},
		{"wants sysinit.target.wants nftables.service; printf 'table inet f {\\nchain i "
		 "{\\ntype filter hook input priority 0; policy drop;\\n}\\n}\\n' > "
		 "etc/nftables.conf",
			"nftables", SSH_NOT_ALLOWED, 3},
		{"wants multi-user.target.wants SuSEfirewall2.service; mkdir etc/sysconfig; echo "
		 "'FW_CONFIGURATIONS_EXT=\"apache2 sshd\"' > etc/sysconfig/SuSEfirewall2",
			"SuSEfirewall2", SSH_ALLOWED, 1},
		{"wants multi-user.target.wants SuSEfirewall2.service; mkdir etc/sysconfig; echo "
		 "'FW_SERVICES_EXT_TCP=\"80\"' > etc/sysconfig/SuSEfirewall2",
			"SuSEfirewall2", SSH_NOT_ALLOWED, 1},
		{"printf '# x\\nALL: ALL\\n' > etc/hosts.deny; echo 'sshd: 10.' > etc/hosts.allow",
			"tcp_wrappers", SSH_DEPENDS, 2},
		/* Installed, but not switched on. */
		{"mkdir -p etc/ufw etc/firewalld/zones etc/sysconfig; echo ENABLED=no > "
		 "etc/ufw/ufw.conf; echo ':INPUT DROP' > etc/sysconfig/iptables; touch "
		 "etc/nftables.conf; echo '# ALL: ALL' > etc/hosts.deny",
			NULL, SSH_ALLOWED, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct box *b =
			box_of("rhel", "9", arena_printf(&test_arena, SSHD "%s", cases[i].fill));
		const struct firewall *f = b->g.firewalls.at;

		if (b->g.firewalls.n != (cases[i].name != NULL))
			fail_msg("case %zu has %zu", i, b->g.firewalls.n);
		if (f && (strcmp(f->name, cases[i].name) || f->ssh != cases[i].ssh ||
				 f->from.line != cases[i].line))
			fail_msg("case %zu: %s %d line %u", i, f->name, (int)f->ssh, f->from.line);
		box_close(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(includes_are_read_in_the_order_of_glob),
		cmocka_unit_test(include_within_an_include_returns_to_the_outer_file),
		cmocka_unit_test(include_of_itself_ends),
		cmocka_unit_test(endless_includes_end),
		cmocka_unit_test(suse_configuration_of_usr_is_found),
		cmocka_unit_test(default_of_permit_root_login_follows_the_release),
		cmocka_unit_test(the_way_sshd_is_started_is_found),
		cmocka_unit_test(socket_ports_are_those_after_the_last_reset),
		cmocka_unit_test(sftp_server_and_pam_are_looked_up),
		cmocka_unit_test(guest_without_sshd_is_not_searched_further),
		cmocka_unit_test(what_cannot_be_read_is_said),
		cmocka_unit_test(accounts_and_their_time_are_read),
		cmocka_unit_test(removed_package_is_not_installed),
		cmocka_unit_test(firewalls_that_start_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
