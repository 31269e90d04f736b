/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs the rules and draws the conclusions: the findings of every guest, the answers to the three
 * questions, and the exit status.
 */
#ifndef RULES_JUDGE_H
#define RULES_JUDGE_H

#include "rules/rule.h"

/* How the user wants verdicts to count. */
struct policy {
	LIST(struct severity {
		const struct rule *rule;
		enum verdict verdict;
	})
	severities;
	LIST(const struct rule *) ignored;
	unsigned required; /* CAN(REPLICATION) | ...: the categories that decide the exit status */
	enum { FAIL_ON_FAIL, FAIL_ON_WARN, FAIL_ON_NEVER } fail_on;
};

enum overall { COMPATIBLE, COMPATIBLE_WITH_WARNINGS, INCOMPATIBLE, UNDETERMINED };
enum answer { ANSWER_YES, ANSWER_WARNINGS, ANSWER_NO, ANSWER_UNDETERMINED };
enum push { PUSH_READY, PUSH_BLOCKED, PUSH_UNKNOWN };
const char *overall_name(enum overall o);
const char *answer_name(enum answer a);
const char *push_name(enum push p);

struct summary {
	enum overall verdict;
	enum answer replication, boot_in_azure;
	enum push push_install;
	unsigned counts[VERDICTS];
	unsigned unknown_decidable; /* UNKNOWN for another reason than not-on-disk */
	const char *undetermined;   /* a sentence: why nothing could be said; NULL if it could */
};

struct judgement {
	/* Guest after guest; within one: worst verdict first, then by rule id. */
	LIST(struct finding *) findings;
	struct summary summary;
};

void judge(struct judgement *ret, const struct facts *f, const struct options *o,
	const struct policy *p, struct arena *a);

/* 1 findings, 3 undetermined, 0 neither. */
int judge_exit_status(const struct judgement *j, const struct policy *p);

#endif
