/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * By what a machine is told from others.
 */
#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/matrix.h"

/* ---- ASR-ID-CLONE ---- */

static void show_id(struct check *c, const char *what, const char *value, const struct origin *from)
{
	say_unknown(c, REASON_NOT_ON_DISK, from,
		"%s is %s: whether another machine has the same cannot be seen from this one", what,
		value);
}

static void clone(struct check *c)
{
	const struct machine_config *m = c->facts->vm->machine.config;
	struct origin o;

	if (m && m->bios_id.value) {
		o = origin_config(m, &m->bios_id);
		show_id(c, "the BIOS id", m->bios_id.value, &o);
	}
	if (m && m->instance_id.value) {
		o = origin_config(m, &m->instance_id);
		show_id(c, "the instance id", m->instance_id.value, &o);
	}
	if (c->guest && c->guest->machine_id.value)
		show_id(c, "the machine id", c->guest->machine_id.value,
			&c->guest->machine_id.from);
	if (!c->finding->evidence.n)
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"no id of the machine is on its disks, and there is nothing to compare it "
			"with");
}

static const struct rule rules[] = {
	{
		.id = "ASR-ID-CLONE",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(UNKNOWN),
		.title = "Cloned machine identity",
		.about =
			"ASR refuses different machines with one BIOS id, and does not support "
			"clones of protected machines. Shown: the ids in the machine's description "
			"and /etc/machine-id, to be compared with those of the other machines.",
		.remedy = "Give the clone a BIOS id and a machine-id of its own.",
		.source = V2A_MATRIX "; " REPLICATION_PAGE,
		.check = clone,
	},
};

const struct rule_set identity_rules = {rules, ARRAY_LEN(rules)};
