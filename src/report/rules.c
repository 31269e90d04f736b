/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The rules themselves: a list of them, and what one means.
 */
#include "report/formats.h"
#include "report/json_machine.h"
#include "report/page.h"

/* ", " between the items of a list that is printed one by one. */
static void item(struct page *p, unsigned hang, bool *first, const char *text)
{
	if (!*first)
		page_put(p, ",");
	if (!*first && p->at > hang)
		page_put(p, " ");
	page_words(p, hang, text);
	*first = false;
}

static void summary_line(struct page *p, const struct rule *r)
{
	page_put(p, category_name(r->category));
	page_printf(p, "; %s", applies_name(r->applies));
	for (size_t i = 0; i < MAX_ERROR_IDS && r->errors[i]; i++)
		page_printf(p, "%s %u", i ? "," : "; ASR error", r->errors[i]);
	page_end(p);
}

static void name_line(struct page *p, const struct rule *r)
{
	page_ink(p, BOLD);
	page_put(p, r->id);
	page_ink(p, PLAIN);
	page_put(p, "  ");
	page_words(p, 4, r->title);
	page_end(p);
}

void rules_text(FILE *out, const struct rule_list *rules, bool color, unsigned columns)
{
	struct page p = page_open(out, columns, color);

	list_each(rp, rules) {
		name_line(&p, *rp);
		page_to(&p, 4);
		summary_line(&p, *rp);
		page_to(&p, 4);
		page_ink(&p, DIM);
		page_words(&p, 4, (*rp)->source);
		page_ink(&p, PLAIN);
		page_end(&p);
	}
}

static void field(struct page *p, const char *name)
{
	page_put(p, "  ");
	page_ink(p, BOLD);
	page_put(p, name);
	page_ink(p, PLAIN);
	page_to(p, 14);
}

void explain_text(FILE *out, const struct rule_list *rules, bool color, unsigned columns)
{
	struct page p = page_open(out, columns, color);

	list_each(rp, rules) {
		const struct rule *r = *rp;
		bool first = true;

		if (rp != rules->at)
			page_blank(&p);
		name_line(&p, r);
		page_put(&p, "  ");
		summary_line(&p, r);
		page_blank(&p);
		if (r->about) {
			page_to(&p, 2);
			page_prose(&p, 2, r->about);
			page_blank(&p);
		}
		if (r->remedy) {
			field(&p, "Repair");
			page_repair(&p, 14, r->remedy);
		}
		field(&p, "Verdicts");
		for (unsigned v = 0; v < VERDICTS; v++) {
			if (r->reaches & CAN(v))
				item(&p, 14, &first, verdict_name(v));
		}
		page_end(&p);
		first = true;
		field(&p, "Scenarios");
		for (unsigned s = 0; s < SCENARIOS; s++) {
			if (!r->scenarios || r->scenarios & CAN(s))
				item(&p, 14, &first, scenario_name(s));
		}
		page_end(&p);
		field(&p, "Source");
		page_prose(&p, 14, r->source);
		page_end(&p);
	}
}

static json_t *rule_value(const struct rule *r, bool in_full)
{
	json_t *v = value_object(), *ids = value_array(), *scenarios = value_array();
	json_t *reaches = value_array();

	set_text(v, "id", r->id);
	for (size_t i = 0; i < MAX_ERROR_IDS && r->errors[i]; i++)
		value_add(ids, value_size(r->errors[i]));
	value_set(v, "error_ids", ids);
	set_text(v, "category", category_name(r->category));
	set_text(v, "title", r->title);
	set_text(v, "applies_to", applies_name(r->applies));
	for (unsigned s = 0; s < SCENARIOS; s++) {
		if (!r->scenarios || r->scenarios & CAN(s))
			value_add(scenarios, value_text(scenario_name(s)));
	}
	value_set(v, "scenarios", scenarios);
	for (unsigned i = 0; i < VERDICTS; i++) {
		if (r->reaches & CAN(i))
			value_add(reaches, value_text(verdict_name(i)));
	}
	value_set(v, "reaches", reaches);
	set_text(v, "source", r->source);
	if (in_full) {
		set_text(v, "about", r->about);
		set_text(v, "remedy", r->remedy);
	}
	return v;
}

void rules_json(FILE *out, const struct rule_list *rules, bool in_full)
{
	json_t *document = json_document(NULL), *list = value_array();

	list_each(r, rules)
		value_add(list, rule_value(*r, in_full));
	value_set(document, "rules", list);
	value_print(out, document);
}
