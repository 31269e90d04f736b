/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rules: one function and one row each, side by side.  A rule reads facts and options only; it
 * opens nothing.  What it does not know is UNKNOWN, never PASS.
 */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include <stdbool.h>

#include "base/arena.h"
#include "guest/facts.h"

/* Worst first: a finding has the worst verdict of its evidence. */
enum verdict { FAIL, WARN, UNKNOWN, INFO, PASS, NA, VERDICTS };
enum category { REPLICATION, BOOT_IN_AZURE, PUSH_INSTALL, ADVICE, IMAGE, CATEGORIES };
enum basis { AGENT, HYDRATION, DOC, ENG, BASES };
enum scenario { V2A, HYPERV, A2A, SCENARIOS };
enum experience { MODERNIZED, CLASSIC, EXPERIENCES };
enum target_gen { GEN_AUTO, GEN_1, GEN_2, TARGET_GENS };
enum install { INSTALL_UNSAID, INSTALL_PUSH, INSTALL_MANUAL, INSTALLS };

const char *verdict_name(enum verdict v); /* "fail" ... */
const char *category_name(enum category c);
const char *basis_name(enum basis b);
const char *scenario_name(enum scenario s);
const char *experience_name(enum experience x);
const char *target_gen_name(enum target_gen g);
const char *install_name(enum install i); /* NULL for INSTALL_UNSAID */
const char *reason_name(enum reason r);   /* NULL for REASON_NONE */

#define AGENT_VERSION_NEWEST "9.67"

/* What the user told us that changes verdicts. */
struct options {
	enum scenario scenario;
	enum experience experience;
	const char *agent_version; /* "9.67" */
	bool agent_version_given;
	enum target_gen target_gen;
	enum install install;
	const char *account; /* NULL: not given */
	bool complete;       /* no disk of the machine is missing */
};

struct evidence {
	enum verdict verdict;
	enum basis basis;
	struct origin from;
	const char *message; /* a sentence */
	/*
	 * What to type for this very place; NULL: the rule's.  As there: lines of prose, and lines
	 * that begin with a tab, which are commands and are printed whole.
	 */
	const char *remedy;
	enum reason reason; /* of an UNKNOWN */
};

/* Exactly one for every guest and rule. */
struct finding {
	const struct rule *rule;
	const struct guest *guest; /* NULL: no operating system was found */
	enum verdict verdict;      /* after --severity; the worst of the evidence before */
	enum verdict judged;       /* before --severity and --install manual */
	enum reason reason;
	const char *detail; /* the message of the worst evidence */
	const char *remedy;
	LIST(struct evidence) evidence; /* worst first */
};

/* One run of one rule: what it sees and where it says what it found. */
struct check {
	const struct facts *facts;
	const struct guest *guest; /* NULL only for ANY_GUEST rules, when no OS was found */
	const struct options *options;
	struct arena *arena;
	struct finding *finding;
};

enum applies { LINUX = 1, WINDOWS = 2, ANY_GUEST = 3 };
#define MAX_ERROR_IDS 4
#define CAN(v) (1u << (v))

struct rule {
	const char *id; /* "ASR-95320" */
	unsigned errors[MAX_ERROR_IDS];
	enum category category;
	enum applies applies;
	unsigned scenarios; /* CAN(V2A) | ...; 0: all */
	unsigned reaches;   /* CAN(FAIL) | ...: the verdicts it can give; NA is always possible */
	const char *title;
	const char *about; /* what it means and what is looked at, for "explain" */
	const char *remedy;
	const char *source;
	void (*check)(struct check *c);
};

/*
 * Adds evidence.  The return value may be used to set its remedy or reason.  o may be NULL.
 * Saying nothing at all is a mistake of the rule, and is reported as UNKNOWN.
 */
struct evidence *say(struct check *c, enum verdict v, enum basis b, const struct origin *o,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* UNKNOWN with its reason. */
struct evidence *say_unknown(struct check *c, enum reason why, const struct origin *o,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Is the agent older than this version? */
bool agent_before(const struct check *c, const char *version);

/* Each file of rules ends with its rows and a count. */
struct rule_set {
	const struct rule *rules;
	size_t n;
};
extern const struct rule_set disk_rules, lvm_rules, filesystem_rules, grub_rules, ssh_rules,
	os_rules, space_rules, boot_rules, identity_rules, image_rules, volume_rules,
	disk_identity_rules, device_rules, lvm_guest_rules, layer_rules, health_rules,
	windows_boot_rules, windows_login_rules, windows_reach_rules, windows_drivers_rules,
	windows_logs_rules, windows_system_rules, windows_agent_rules, windows_domain_rules,
	agent_reboot_rules, trace_rules, windows_network_rules;

/* All rules, ordered by id; NULL past the last. */
const struct rule *rule_at(size_t i);
/* By id, without regard to case; NULL: none. */
const struct rule *rule_find(const char *id);
/* Does the rule stand for this ASR error id? */
bool rule_has_error(const struct rule *r, unsigned error);

#endif
