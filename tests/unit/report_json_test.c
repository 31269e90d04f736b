/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/sample.h"
#include "tests/lib/testing.h"

static void check_json(FILE *out, const struct report *r)
{
	report_format_find("json")->write(out, r);
}

static void a_report_is_as_expected(void **state)
{
	(void)state;
	sample_expect("check.json", sample_written(check_json, sample_report()));
	sample_expect("layout.json", sample_written(layout_json, sample_report()));
}

/* Keys in the order of the schema; Python's parser keeps the order it reads. */
static void keys_stand_in_the_order_of_the_schema(void **state)
{
	const char *path = test_path("order.json");
	const char *text = sample_written(check_json, sample_report());

	(void)state;
	test_need_tool("python3");
	test_write_file(path, text, strlen(text));
	assert_string_equal(test_output("python3 -c 'import json,sys\n"
					"d = json.load(open(sys.argv[1]))\n"
					"print(*d)\n"
					"print(*d[\"machine\"])\n"
					"print(*list(d[\"machine\"][\"disks\"][0])[:12])\n"
					"print(*d[\"machine\"][\"disks\"][0][\"partitions\"][0])\n"
					"print(*d[\"guest\"])' '%s'",
				    path),
		"schema tool options machine guests guest separate_machines findings summary\n"
		"name firmware disks arrays volume_groups filesystems config\n"
		"name path format subformat virtual_size logical_sector physical_sector parents "
		"table table_id boot stale\n"
		"name number start size type type_name uuid label active content\n"
		"family id version name arch hostname root boot kernels\n");
}

static void what_is_not_known_is_null(void **state)
{
	const char *text = sample_written(check_json, sample_report());

	(void)state;
	assert_non_null(strstr(text, "\"install\": null"));
	assert_non_null(strstr(text, "\"line\": null"));
	assert_null(strstr(text, "\"\""));
}

static void a_document_is_ascii_whatever_the_guest_wrote(void **state)
{
	const char *text = sample_written(check_json, sample_report());

	(void)state;
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p < 0x7F));
	assert_non_null(strstr(text, "\"hostname\": \"web\\u202E01\\uFFFD\""));
	assert_non_null(strstr(text, "\"label\": \"da\\u001B]0;ta\""));
}

static void stats_stand_last_where_asked_for(void **state)
{
	struct stats stats = {.host_bytes_read = 213504,
		.host_reads = 107,
		.stages = {{"open", 0.25}, {"map", 1.0}}};
	struct report r = *sample_report();

	(void)state;
	assert_null(strstr(sample_written(check_json, &r), "\"stats\""));
	r.stats = &stats;
	assert_non_null(strstr(sample_written(check_json, &r),
		"\"host_bytes_read\": 213504,\n    \"host_reads\": 107,\n"));
}

static int load_library(void **state)
{
	struct err e;

	(void)state;
	return report_load_json(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_as_expected),
		cmocka_unit_test(keys_stand_in_the_order_of_the_schema),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(a_document_is_ascii_whatever_the_guest_wrote),
		cmocka_unit_test(stats_stand_last_where_asked_for),
	};

	return cmocka_run_group_tests(tests, load_library, NULL);
}
