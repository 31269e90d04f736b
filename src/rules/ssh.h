/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between ssh.c and ssh_root.c only.
 */
#ifndef RULES_SSH_H
#define RULES_SSH_H

#include "rules/common.h"

/* ASR-95108, in ssh_root.c. */
void ssh_root_login(struct check *c);

/* Where a setting stands. */
struct origin sshd_origin(const struct check *c, const struct sshd_value *v);
/* A path as one word of a shell. */
const char *shell_word(struct arena *a, const char *s);
const char *sshd_restart(const struct check *c);
/*
 * The command that makes sshd see this setting: in place of the line that says otherwise, or, with
 * v NULL, before all others, where the first wins.
 */
const char *sshd_set(const struct check *c, const struct sshd_value *v, const char *setting);
void say_not_readable(struct check *c, const struct guest_file *f, const char *what);
/* False when the configuration is not known well enough to judge its settings; it has said why. */
bool sshd_config_is_known(struct check *c);

#endif
