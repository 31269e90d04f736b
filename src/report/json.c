/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The JSON report of check, schema 1: keys may be added, never renamed.  What is not known is null.
 */
#include "report/formats.h"
#include "report/json_machine.h"

static json_t *options_value(const struct options *o)
{
	json_t *v = value_object();

	set_text(v, "scenario", scenario_name(o->scenario));
	set_text(v, "experience", experience_name(o->experience));
	set_text(v, "agent_version", o->agent_version);
	set_text(v, "target_gen", target_gen_name(o->target_gen));
	set_text(v, "install", install_name(o->install));
	set_text(v, "account", o->account);
	set_bool(v, "complete", o->complete);
	return v;
}

static json_t *guest_value(const struct guest *g)
{
	json_t *v = value_object(), *kernels = value_array();

	set_text(v, "family", g->family == GUEST_LINUX ? "linux" : "windows");
	set_text(v, "id", g->id.value);
	set_text(v, "version", g->version.value);
	set_text(v, "name", g->name.value);
	set_text(v, "arch", g->arch.value);
	set_text(v, "hostname", g->hostname.value);
	set_text(v, "root", g->root ? g->root->name : NULL);
	set_text(v, "boot", g->boot ? g->boot->name : NULL);
	list_each(k, &g->boot_config.kernels)
		value_add(kernels, value_text(k->release));
	value_set(v, "kernels", kernels);
	return v;
}

/* What was read from a file system has a state; what was not has none. */
static const char *state_of(const struct origin *o)
{
	return o->state ? o->state : o->path ? "clean" : NULL;
}

static json_t *evidence_value(const struct evidence *e)
{
	json_t *v = value_object();

	set_text(v, "verdict", verdict_name(e->verdict));
	set_text(v, "basis", basis_name(e->basis));
	set_text(v, "state", state_of(&e->from));
	set_text(v, "device", e->from.device);
	set_text(v, "path", e->from.path);
	value_set(v, "line", e->from.line ? value_size(e->from.line) : value_null());
	set_text(v, "text", e->from.text);
	set_text(v, "message", e->message);
	set_text(v, "reason", reason_name(e->reason));
	set_text(v, "remedy", e->remedy);
	return v;
}

static json_t *finding_value(const struct finding *f)
{
	json_t *v = value_object(), *ids = value_array(), *evidence = value_array();
	const struct rule *rule = f->rule;

	value_set(v, "guest", f->guest ? value_size(f->guest->index) : value_null());
	set_text(v, "rule", rule->id);
	set_text(v, "category", category_name(rule->category));
	for (size_t i = 0; i < MAX_ERROR_IDS && rule->errors[i]; i++)
		value_add(ids, value_size(rule->errors[i]));
	value_set(v, "error_ids", ids);
	set_text(v, "verdict", verdict_name(f->verdict));
	set_text(v, "judged", verdict_name(f->judged));
	set_text(v, "reason", reason_name(f->reason));
	set_text(v, "title", rule->title);
	set_text(v, "detail", f->detail);
	list_each(e, &f->evidence)
		value_add(evidence, evidence_value(e));
	value_set(v, "evidence", evidence);
	set_text(v, "remedy", f->remedy);
	set_text(v, "source", rule->source);
	return v;
}

static json_t *summary_value(const struct summary *s)
{
	json_t *v = value_object();

	set_text(v, "verdict", overall_name(s->verdict));
	set_text(v, "replication", answer_name(s->replication));
	set_text(v, "boot_in_azure", answer_name(s->boot_in_azure));
	set_text(v, "push_install", push_name(s->push_install));
	set_size(v, "fail", s->counts[FAIL]);
	set_size(v, "warn", s->counts[WARN]);
	set_size(v, "info", s->counts[INFO]);
	set_size(v, "unknown", s->counts[UNKNOWN]);
	set_size(v, "pass", s->counts[PASS]);
	set_size(v, "na", s->counts[NA]);
	set_text(v, "undetermined", s->undetermined);
	return v;
}

void check_json(FILE *out, const struct report *r)
{
	json_t *document = json_document(r->vm->engine);
	json_t *guests = value_array(), *findings = value_array();

	value_set(document, "options", options_value(r->options));
	value_set(document, "machine", json_machine(r));
	list_each(g, &r->facts->guests)
		value_add(guests, guest_value(*g));
	value_set(document, "guests", guests);
	value_set(document, "guest",
		r->facts->guests.n ? guest_value(r->facts->guests.at[0]) : value_null());
	set_bool(document, "separate_machines", r->facts->separate_machines);
	list_each(f, &r->judgement->findings)
		value_add(findings, finding_value(*f));
	value_set(document, "findings", findings);
	value_set(document, "summary", summary_value(&r->judgement->summary));
	if (r->stats)
		value_set(document, "stats", json_stats(r->stats));
	value_print(out, document);
}
