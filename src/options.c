/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Not getopt_long: --image-format counts for the disks behind it, abbreviations would tie the hands
 * of later versions, and a wrong word is answered with the nearest right one.
 */
#include "options.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

const char command_line_help[] =
	"Usage: asr-inspect [check] [OPTIONS] DISK...     will ASR protect this machine?\n"
	"       asr-inspect layout [OPTIONS] DISK...      partitions, volumes, filesystems\n"
	"       asr-inspect ls|cat [OPTIONS] DISK... -- PATH...     look inside the guest\n"
	"       asr-inspect ls|cat --device VOLUME [OPTIONS] DISK... [-- PATH...]\n"
	"       asr-inspect hash [OPTIONS] DISK...        sha256 of each disk's contents\n"
	"       asr-inspect rules | explain RULE|ERROR-ID\n"
	"DISK... are all disks of one machine, in controller order, or its one description:\n"
	".vmx, .ovf, .ova or libvirt's .xml. Nothing is written.\n"
	"\n"
	"  --format text|json    --output FILE   --color auto|always|never   --stats\n"
	"  --scenario v2a|hyperv|a2a       --experience modernized|classic\n"
	"  --agent-version X.Y             --target-gen auto|1|2\n"
	"  --install push|manual           --account NAME of the push installation\n"
	"  --complete                      no disk of the machine is missing\n"
	"  --require CATEGORY,...          categories that decide the exit status\n"
	"  --fail-on fail|warn|never       from which verdict on\n"
	"  --severity RULE=fail|warn|info  --ignore RULE,...\n"
	"  --image-format FMT              of the DISKs after it\n"
	"  --allow-path DIR                images may name files there\n"
	"  --engine native                 --help   --version\n"
	"\n"
	"Exit status: 0 nothing found, 1 findings, 2 could not be done, 3 undetermined.\n";

/* ---- words, and which is meant ---- */

static const char *const command_names[] = {
	[CHECK] = "check",
	[LAYOUT] = "layout",
	[LS] = "ls",
	[CAT] = "cat",
	[HASH] = "hash",
	[RULES] = "rules",
	[EXPLAIN] = "explain",
};

#define WORD_MAX 32

/* Letters to insert, delete or replace; words that are longer are not compared. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (unsigned j = 0; j <= lb; j++)
		row[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned corner = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned above = row[j];
			unsigned best = corner + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = above;
		}
	}
	return row[lb];
}

/* The nearest word seen so far; more than half of it wrong is not near. */
struct nearest {
	const char *to, *word;
	unsigned distance;
};

static void consider(struct nearest *n, const char *word)
{
	unsigned d = distance(n->to, word);

	if (d * 2 <= strlen(word) && (!n->word || d < n->distance)) {
		n->word = word;
		n->distance = d;
	}
}

/* ---- the table ---- */

#define ON(command) (1u << (command))
#define WITH_DISKS (ON(CHECK) | ON(LAYOUT) | ON(LS) | ON(CAT) | ON(HASH))
#define WITH_REPORT (ON(CHECK) | ON(LAYOUT) | ON(RULES) | ON(EXPLAIN))
#define EVERYWHERE (WITH_DISKS | WITH_REPORT)

enum option_id {
	ACCOUNT,
	AGENT_VERSION,
	ALLOW_PATH,
	COLOR,
	COMPLETE,
	DEVICE,
	ENGINE,
	EXPERIENCE,
	FAIL_ON,
	FORMAT,
	IGNORE,
	IMAGE_FORMAT,
	INSTALL,
	OUTPUT,
	REQUIRE,
	SCENARIO,
	SEVERITY,
	STATS,
	TARGET_GEN,
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct option {
	const char *name;
	const char *value;          /* what stands behind it; NULL: nothing */
	unsigned commands;          /* those it has a meaning for */
	const char *const *choices; /* in the order of the enum they set; NULL: free */
	const char *const *unbuilt;
};

static const struct option options[] = {
	[ACCOUNT] = {"account", "NAME", ON(CHECK)},
	[AGENT_VERSION] = {"agent-version", "X.Y", ON(CHECK)},
	[ALLOW_PATH] = {"allow-path", "DIR", WITH_DISKS},
	[COLOR] = {"color", "auto|always|never", EVERYWHERE, WORDS("auto", "always", "never")},
	[COMPLETE] = {"complete", NULL, ON(CHECK)},
	[DEVICE] = {"device", "VOLUME", ON(LS) | ON(CAT)},
	[ENGINE] = {"engine", "native", WITH_DISKS, WORDS("native"), WORDS("guestfs")},
	[EXPERIENCE] = {"experience", "modernized|classic", ON(CHECK),
		WORDS("modernized", "classic")},
	[FAIL_ON] = {"fail-on", "fail|warn|never", ON(CHECK), WORDS("fail", "warn", "never")},
	[FORMAT] = {"format", "text|json", WITH_REPORT, WORDS("text", "json"),
		WORDS("junit", "html", "sarif")},
	[IGNORE] = {"ignore", "RULE,...", ON(CHECK)},
	[IMAGE_FORMAT] = {"image-format", "FMT", WITH_DISKS, NULL,
		WORDS("qcow2", "qcow", "vhdx", "vdi", "qed")},
	[INSTALL] = {"install", "push|manual", ON(CHECK), WORDS("push", "manual")},
	[OUTPUT] = {"output", "FILE", EVERYWHERE},
	[REQUIRE] = {"require", "CATEGORY,...", ON(CHECK)},
	[SCENARIO] = {"scenario", "v2a|hyperv|a2a", ON(CHECK), WORDS("v2a", "hyperv", "a2a")},
	[SEVERITY] = {"severity", "RULE=LEVEL", ON(CHECK)},
	[STATS] = {"stats", NULL, ON(CHECK) | ON(LAYOUT)},
	[TARGET_GEN] = {"target-gen", "auto|1|2", ON(CHECK), WORDS("auto", "1", "2")},
};

static const char *const levels[] = {[FAIL] = "fail", [WARN] = "warn", [INFO] = "info"};

/* The i-th value an option takes, or NULL past the last; of image formats the library knows. */
static const char *choice_at(enum option_id id, size_t i)
{
	if (id == IMAGE_FORMAT)
		return disk_format_name(i);
	return options[id].choices ? options[id].choices[i] : NULL;
}

static bool find_choice(enum option_id id, const char *value, unsigned *ret)
{
	const char *word;

	for (unsigned i = 0; (word = choice_at(id, i)); i++) {
		if (!strcmp(word, value)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* ---- values ---- */

struct parser {
	struct command_line *out;
	struct arena *arena;
	const char *image_format; /* of the disks to come */
	unsigned used;            /* ON(option): for the check against the command */
	bool named;               /* the command was given */
};

/* "; did you mean X?", or "" when nothing is near. */
static const char *or_meant(struct parser *p, const struct nearest *n, const char *prefix)
{
	return n->word ? arena_printf(p->arena, "; did you mean %s%s?", prefix, n->word) : "";
}

/* A value that is not of this option's may be another's: the user mixed them up. */
static int wrong_value(struct parser *p, enum option_id id, const char *value, struct err *e)
{
	struct nearest n = {.to = value};
	const char *name = options[id].name, *word;
	unsigned ignored;

	for (size_t i = 0; options[id].unbuilt && (word = options[id].unbuilt[i]); i++) {
		if (!strcmp(word, value))
			return err_set(e, EINVAL, "--%s %s is not built yet", name, value);
	}
	for (unsigned other = 0; other < ARRAY_LEN(options); other++) {
		if (find_choice(other, value, &ignored))
			return err_set(e, EINVAL,
				"--%s does not take \"%s\"; did you mean --%s %s?", name, value,
				options[other].name, value);
	}
	for (size_t i = 0; (word = choice_at(id, i)); i++)
		consider(&n, word);
	return err_set(e, EINVAL, "--%s does not take \"%s\"%s", name, value,
		n.word ? or_meant(p, &n, "")
		       : arena_printf(p->arena, ", only %s", options[id].value));
}

/* The rules a user's word stands for: an id, with or without ASR-, or an error id. */
static int find_rules(struct parser *p, const char *word, struct rule_list *ret, struct err *e)
{
	struct nearest n = {.to = word};
	const struct rule *r = rule_find(word);
	unsigned long long error = 0;

	*ret = (struct rule_list){0};
	if (!r)
		r = rule_find(arena_printf(p->arena, "ASR-%s", word));
	span_u64(span_of(word), &error);
	for (size_t i = 0; rule_at(i); i++) {
		if (rule_at(i) == r || (error <= UINT32_MAX && rule_has_error(rule_at(i), error)))
			*list_add(p->arena, ret) = rule_at(i);
		consider(&n, rule_at(i)->id);
	}
	if (ret->n)
		return 0;
	return err_set(e, EINVAL, "there is no rule \"%s\"%s", word,
		n.word ? or_meant(p, &n, "") : "; \"asr-inspect rules\" lists them");
}

/* Takes the next item off a comma-separated list. */
static const char *next_item(struct parser *p, const char **rest)
{
	size_t n = strcspn(*rest, ",");
	const char *item = arena_strndup(p->arena, *rest, n);

	*rest += n + ((*rest)[n] == ',');
	return item;
}

static int set_required(struct parser *p, const char *value, struct err *e)
{
	do {
		const char *item = next_item(p, &value);
		struct nearest n = {.to = item};
		unsigned c = 0;

		while (c < CATEGORIES && strcmp(category_name(c), item))
			consider(&n, category_name(c++));
		if (c == CATEGORIES)
			return err_set(e, EINVAL, "--require: there is no category \"%s\"%s", item,
				or_meant(p, &n, ""));
		p->out->policy.required |= CAN(c);
	} while (*value);
	return 0;
}

static int set_ignored(struct parser *p, const char *value, struct err *e)
{
	struct rule_list rules;

	do {
		int r = find_rules(p, next_item(p, &value), &rules, e);

		if (r < 0)
			return err_prefix(e, "--ignore");
		list_each(rule, &rules)
			*list_add(p->arena, &p->out->policy.ignored) = *rule;
	} while (*value);
	return 0;
}

static int set_severity(struct parser *p, const char *value, struct err *e)
{
	const char *equals = strchr(value, '=');
	unsigned level = 0;
	struct rule_list rules;

	if (!equals)
		return err_set(e, EINVAL,
			"--severity takes RULE=fail, RULE=warn or RULE=info, "
			"not \"%s\"",
			value);
	while (level < ARRAY_LEN(levels) && (!levels[level] || strcmp(levels[level], equals + 1)))
		level++;
	if (level == ARRAY_LEN(levels))
		return err_set(
			e, EINVAL, "--severity: \"%s\" is not one of fail, warn, info", equals + 1);
	if (find_rules(p, arena_strndup(p->arena, value, (size_t)(equals - value)), &rules, e) < 0)
		return err_prefix(e, "--severity");
	list_each(rule, &rules) {
		struct severity *s = list_add(p->arena, &p->out->policy.severities);

		s->rule = *rule;
		s->verdict = level;
	}
	return 0;
}

static int set_agent_version(struct parser *p, const char *value, struct err *e)
{
	unsigned long long number;
	struct span rest = span_of(value);
	unsigned numbers = 0;

	for (bool more = true; more; numbers++) {
		const char *dot = memchr(rest.p, '.', rest.n);
		struct span part = {rest.p, dot ? (size_t)(dot - rest.p) : rest.n};

		if (!span_u64(part, &number))
			return err_set(e, EINVAL,
				"--agent-version takes a version such as %s, not \"%s\"",
				AGENT_VERSION_NEWEST, value);
		more = dot != NULL;
		rest.p += part.n + more;
		rest.n -= part.n + more;
	}
	if (numbers < 2)
		return err_set(e, EINVAL, "--agent-version takes a version such as %s, not \"%s\"",
			AGENT_VERSION_NEWEST, value);
	p->out->options.agent_version = value;
	p->out->options.agent_version_given = true;
	return 0;
}

/* value is one of the option's choices, the choice-th, where it has some. */
static int set_option(
	struct parser *p, enum option_id id, const char *value, unsigned choice, struct err *e)
{
	struct command_line *out = p->out;

	switch (id) {
	case ACCOUNT:
		out->options.account = value;
		break;
	case AGENT_VERSION:
		return set_agent_version(p, value, e);
	case ALLOW_PATH:
		*list_add(p->arena, &out->allowed) = value;
		break;
	case COLOR:
		out->color = choice;
		break;
	case COMPLETE:
		out->options.complete = true;
		break;
	case DEVICE:
		out->device = value;
		break;
	case ENGINE: /* there is one */
		break;
	case EXPERIENCE:
		out->options.experience = choice;
		break;
	case FAIL_ON:
		out->policy.fail_on = choice;
		break;
	case FORMAT:
		out->format = choice;
		break;
	case IGNORE:
		return set_ignored(p, value, e);
	case IMAGE_FORMAT:
		p->image_format = value;
		break;
	case INSTALL:
		out->options.install = choice ? INSTALL_MANUAL : INSTALL_PUSH;
		break;
	case OUTPUT:
		out->output = value;
		break;
	case REQUIRE:
		return set_required(p, value, e);
	case SCENARIO:
		out->options.scenario = choice;
		break;
	case SEVERITY:
		return set_severity(p, value, e);
	case STATS:
		out->stats = true;
		break;
	case TARGET_GEN:
		out->options.target_gen = choice;
		break;
	}
	return 0;
}

/* ---- words of the command line ---- */

static int unknown_option(struct parser *p, const char *name, struct err *e)
{
	struct nearest n = {.to = name};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		consider(&n, options[i].name);
	consider(&n, "help");
	consider(&n, "version");
	return err_set(e, EINVAL, "there is no option %s%s", arena_printf(p->arena, "--%s", name),
		n.word ? or_meant(p, &n, "--") : "; --help lists them");
}

/* arg is behind its "--", next is the word after it or NULL.  Returns how many words it took. */
static int parse_option(struct parser *p, const char *arg, const char *next, struct err *e)
{
	size_t len = strcspn(arg, "=");
	const char *name = arena_strndup(p->arena, arg, len), *value = NULL;
	unsigned id = 0, choice = 0;
	int r;

	while (id < ARRAY_LEN(options) && strcmp(options[id].name, name))
		id++;
	if (id == ARRAY_LEN(options))
		return unknown_option(p, name, e);
	if (!options[id].value && arg[len])
		return err_set(e, EINVAL, "--%s takes no value", name);
	if (options[id].value) {
		value = arg[len] ? arg + len + 1 : next;
		if (!value || !*value)
			return err_set(e, EINVAL, "--%s needs %s", name, options[id].value);
		if (choice_at(id, 0) && !find_choice(id, value, &choice))
			return wrong_value(p, id, value, e);
	}
	p->used |= ON(id);
	r = set_option(p, id, value, choice, e);
	return r < 0 ? r : value && !arg[len] ? 2 : 1;
}

static void add_disk(struct parser *p, const char *path)
{
	struct disk_request *request = list_add(p->arena, &p->out->disks);

	request->path = path;
	request->image_format = p->image_format;
}

/* A word that is no option. */
static int parse_word(struct parser *p, const char *word, bool behind_dashes, struct err *e)
{
	struct command_line *out = p->out;

	if (!p->named && !behind_dashes) {
		p->named = true;
		for (unsigned c = 0; c < ARRAY_LEN(command_names); c++) {
			if (!strcmp(command_names[c], word)) {
				out->command = c;
				return 0;
			}
		}
	}
	if (out->command == RULES)
		return err_set(e, EINVAL, "rules takes no argument; explain takes a rule");
	if (out->command == EXPLAIN) {
		if (out->rules.n)
			return err_set(e, EINVAL, "explain takes one rule or error id");
		return find_rules(p, word, &out->rules, e);
	}
	if (behind_dashes && (out->command == LS || out->command == CAT)) {
		*list_add(p->arena, &out->paths) = word;
		return 0;
	}
	add_disk(p, word);
	return 0;
}

/* ---- the whole ---- */

static int check_usage(struct parser *p, struct err *e)
{
	const struct command_line *out = p->out;
	const char *command = command_names[out->command];

	for (unsigned id = 0; id < ARRAY_LEN(options); id++) {
		if (p->used & ON(id) && !(options[id].commands & ON(out->command)))
			return err_set(
				e, EINVAL, "--%s has no meaning for %s", options[id].name, command);
	}
	if (WITH_DISKS & ON(out->command) && !out->disks.n)
		return err_set(e, EINVAL, "%s needs a disk image; --help shows how", command);
	if (out->command == EXPLAIN && !out->rules.n)
		return err_set(e, EINVAL, "explain needs a rule or an error id");
	if (out->command == CAT && !out->paths.n && !out->device)
		return err_set(e, EINVAL,
			"cat needs a path of the guest behind --, as in: "
			"asr-inspect cat disk.vmdk -- /etc/fstab");
	return 0;
}

static void set_defaults(struct parser *p)
{
	struct command_line *out = p->out;

	if (out->command == LS && !out->paths.n)
		*list_add(p->arena, &out->paths) = "/";
	if (!out->policy.required) {
		out->policy.required = CAN(REPLICATION) | CAN(BOOT_IN_AZURE);
		if (out->options.install == INSTALL_PUSH)
			out->policy.required |= CAN(PUSH_INSTALL);
	}
}

int command_line_parse(
	struct command_line *ret, struct arena *a, int argc, char **argv, struct err *e)
{
	struct parser p = {.out = ret, .arena = a};
	bool behind_dashes = false;
	int r;

	*ret = (struct command_line){.options.agent_version = AGENT_VERSION_NEWEST};
	for (int i = 1; i < argc; i += r) {
		const char *arg = argv[i];

		r = 1;
		if (behind_dashes || arg[0] != '-' || !arg[1]) {
			if (parse_word(&p, arg, behind_dashes, e) < 0)
				return -e->num;
		} else if (!strcmp(arg, "--")) {
			behind_dashes = true;
		} else if (!strcmp(arg, "--help") || !strcmp(arg, "-h")) {
			ret->command = HELP;
			return 0;
		} else if (!strcmp(arg, "--version")) {
			ret->command = SHOW_VERSION;
			return 0;
		} else if (arg[1] != '-') {
			return err_set(e, EINVAL, "there is no option %s; --help lists them", arg);
		} else {
			r = parse_option(&p, arg + 2, argv[i + 1], e);
			if (r < 0)
				return r;
		}
	}
	r = check_usage(&p, e);
	if (r < 0)
		return r;
	set_defaults(&p);
	return 0;
}
