/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Hives and their logs.  What a replay must give is what hivexregedit makes of the same change;
 * tests/lib/mkhive.py only decides which half of it stands in a log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "parse/hive.h"
#include "tests/lib/testing.h"

#define KEYS                                                                                       \
	"[\\ControlSet001\\Services\\Dhcp]\n\"Start\"=dword:00000002\n\n"                          \
	"[\\ControlSet001\\Services\\storvsc]\n\"Start\"=dword:00000003\n\n"
#define LATER                                                                                      \
	"[\\ControlSet001\\Services\\Dhcp]\n\"Start\"=dword:00000004\n\"Why\"=\"changed\"\n\n"     \
	"[\\ControlSet001\\Services\\storvsc]\n\"Start\"=-\n\n"                                    \
	"[\\ControlSet001\\Services\\new]\n\"Start\"=dword:00000000\n\n"
#define HEAD "Windows Registry Editor Version 5.00\n\n"

static const char *mkhive(void)
{
	static char here[4096];

	test_need_tool("hivexregedit");
	if (!*here)
		assert_non_null(getcwd(here, sizeof(here)));
	return arena_printf(&test_arena, "python3 '%s/tests/lib/mkhive.py'", here);
}

/* "NAME" with KEYS, and "NAME.truth" with what LATER makes of it. */
static void make_dirty(const char *name, const char *form)
{
	test_write_file(test_path("keys.reg"), HEAD KEYS, strlen(HEAD KEYS));
	test_write_file(test_path("later.reg"), HEAD LATER, strlen(HEAD LATER));
	test_must_run("rm -f %s* && %s %s keys.reg && cp %s %s.truth && %s --merge %s.truth "
		      "later.reg && %s --dirty %s %s later.reg",
		name, mkhive(), name, name, name, mkhive(), name, mkhive(), name, form);
}

struct loaded {
	uint8_t *hive;
	size_t len;
	struct hive_log logs[2];
};

static const uint8_t *optional_file(const char *path, size_t *ret_n)
{
	*ret_n = 0;
	if (test_run("test -e '%s'", path))
		return NULL;
	return (const uint8_t *)test_read_file(path, ret_n);
}

/* With room for what the logs add. */
static struct loaded load(const char *name)
{
	struct loaded l;
	struct err e = {0};
	size_t n;
	const char *bytes = test_read_file(test_path("%s", name), &n);

	for (int i = 0; i < 2; i++)
		l.logs[i].p = optional_file(test_path("%s.LOG%d", name, i + 1), &l.logs[i].len);
	assert_int_equal(hive_replayed_size(n, l.logs, 2, 1U << 24, &l.len, &e), 0);
	l.hive = arena_alloc(&test_arena, l.len);
	memcpy(l.hive, bytes, n);
	return l;
}

static const char *exported(const char *name)
{
	return test_output("hivexregedit --export %s '\\'", name);
}

static void assert_truth(const char *name, struct loaded *l)
{
	struct err e = {0};
	size_t size;

	if (hive_check(l->hive, l->len, &size, &e) < 0)
		fail_msg("%s", e.msg);
	test_write_file(test_path("%s.replayed", name), l->hive, size);
	assert_string_equal(exported(arena_printf(&test_arena, "%s.replayed", name)),
		exported(arena_printf(&test_arena, "%s.truth", name)));
}

static void known_hashes(void **state)
{
	/* Published test vectors of the hash. */
	static const struct {
		const char *bytes;
		size_t n;
		uint64_t hash;
	} known[] = {
		{"", 0, 0x30ED35C100CD3C7DULL},
		{"\xAF", 1, 0x48E73FC77D75DDC1ULL},
		{"\xE7\x0F", 2, 0xB5F6E1FC485DBFF8ULL},
		{"\x37\xF4\x95", 3, 0xF0B07C789B8CF7E8ULL},
		{"\x86\x42\xDC\x59", 4, 0x7008F2E87E9CF556ULL},
		{"\x15\x3F\xB7\x98\x26", 5, 0xE6C08C6DA2AFA997ULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_true(marvin32(0x004FB61A001BDBCCULL, known[i].bytes, known[i].n) ==
			    known[i].hash);
}

static void logs_complete_a_hive(void **state)
{
	static const char *const forms[] = {"new", "old"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hive_base b;
		struct loaded l;
		const char *why;

		make_dirty(forms[i], forms[i]);
		l = load(forms[i]);
		assert_true(hive_base_parse(&b, l.hive, l.len) && hive_is_dirty(&b));
		assert_string_not_equal(exported(forms[i]),
			exported(arena_printf(&test_arena, "%s.truth", forms[i])));
		assert_true(hive_replay(l.hive, l.len, l.logs, 2, &why) > 0);
		assert_truth(forms[i], &l);
		assert_true(hive_base_parse(&b, l.hive, l.len) && !hive_is_dirty(&b));
	}
}

static void the_base_block_comes_from_the_log_if_need_be(void **state)
{
	static const char *const forms[] = {"new", "old"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded l;
		const char *why;

		make_dirty("base", forms[i]);
		l = load("base");
		l.hive[40] ^= 0xFF; /* the bins' size; the checksum is now wrong */
		assert_true(hive_replay(l.hive, l.len, l.logs, 2, &why) > 0);
		assert_truth("base", &l);
	}
}

static void what_is_no_log_changes_nothing(void **state)
{
	struct loaded l;
	uint8_t *before;
	const char *why;

	(void)state;
	make_dirty("none", "none");
	l = load("none");
	assert_int_equal(hive_replay(l.hive, l.len, l.logs, 2, &why), 0);
	assert_string_equal(why, "it has no log");

	make_dirty("bad", "new");
	l = load("bad");
	before = arena_alloc(&test_arena, l.len);
	memcpy(before, l.hive, l.len);
	/* Each entry has two hashes: no byte of it may be another. */
	for (size_t at = 512; at < l.logs[0].len; at += 97) {
		uint8_t *log = (uint8_t *)l.logs[0].p;

		log[at] ^= 1;
		assert_int_equal(hive_replay(l.hive, l.len, l.logs, 1, &why), 0);
		assert_string_equal(why, "its logs hold nothing that completes it");
		assert_memory_equal(l.hive, before, l.len);
		log[at] ^= 1;
	}
	assert_true(hive_replay(l.hive, l.len, l.logs, 1, &why) > 0);
}

static void a_log_cut_short_is_applied_as_far_as_it_goes(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		make_dirty("cut", form ? "old" : "new");
		for (size_t cut = 0;; cut += 512) {
			struct loaded l = load("cut");
			const char *why;
			unsigned n;

			if (cut >= l.logs[0].len)
				break;
			l.logs[0].len = cut;
			l.logs[1].len = 0;
			n = hive_replay(l.hive, l.len, l.logs, 2, &why);
			/* The one entry of this log, or nothing of it. */
			assert_int_equal(n, 0);
		}
	}
}

/* Another entry behind the log's first, as if it were the one after it. */
static void add_entry(struct hive_log *l)
{
	size_t size = get_le32(l->p + 512 + 4);
	uint8_t *p = arena_alloc(&test_arena, l->len + size), *entry = p + 512 + size;

	memcpy(p, l->p, 512 + size);
	memcpy(entry, l->p + 512, size);
	entry[12]++;
	for (int i = 0; i < 8; i++)
		entry[32 + i] = (uint8_t)(hive_hash(entry, 32) >> 8 * i);
	*l = (struct hive_log){p, 512 + 2 * size};
}

static void a_log_with_a_damaged_entry_is_not_complete(void **state)
{
	struct loaded l;
	const char *why;

	(void)state;
	make_dirty("hole", "new");
	l = load("hole");
	assert_non_null(l.logs[1].p);
	add_entry(&l.logs[1]);
	assert_int_equal(hive_replay(l.hive, l.len, l.logs, 2, &why), 3);
	assert_null(why);

	l = load("hole");
	add_entry(&l.logs[1]);
	((uint8_t *)l.logs[1].p)[512 + 60] ^= 1;
	assert_int_equal(hive_replay(l.hive, l.len, l.logs, 2, &why), 1);
	assert_string_equal(why, "a part of them is damaged");
	/* The last one of a running machine may not have been written to its end. */
	l = load("hole");
	((uint8_t *)l.logs[1].p)[512 + 60] ^= 1;
	assert_int_equal(hive_replay(l.hive, l.len, l.logs, 2, &why), 1);
	assert_null(why);
}

static void entries_that_others_precede_are_left_out(void **state)
{
	struct loaded l;
	const char *why;

	(void)state;
	make_dirty("gap", "new");
	l = load("gap");
	assert_non_null(l.logs[1].p);
	/* As if both logs had been written to the hive long ago; its checksum is an exclusive or.
	 */
	l.hive[4] ^= 0x40;
	l.hive[508] ^= 0x40;
	assert_int_equal(hive_replay(l.hive, l.len, l.logs, 2, &why), 0);
}

static void what_hivex_could_not_walk_is_refused(void **state)
{
	struct loaded l;
	struct err e = {0};
	uint8_t *copy;
	size_t size, refused = 0;

	(void)state;
	make_dirty("sound", "none");
	l = load("sound");
	copy = arena_alloc(&test_arena, l.len);
	for (size_t at = 0; at < l.len; at += 4) {
		memcpy(copy, l.hive, l.len);
		memset(copy + at, 0xEE, 4);
		e = (struct err){0};
		if (hive_check(copy, l.len, &size, &e) < 0) {
			refused++;
			assert_true(e.msg[0]);
		}
	}
	/* Three fields of the base block, three of each bin, and every cell's length. */
	assert_true(refused > 20);
	for (size_t cut = 0; cut < l.len; cut += 512)
		assert_true(hive_check(memcpy(copy, l.hive, l.len), cut, &size, &e) < 0);
	assert_int_equal(hive_check(memcpy(copy, l.hive, l.len), l.len, &size, &e), 0);
	assert_int_equal(size, l.len);
}

static void pieces_are_as_good_as_the_whole(void **state)
{
	struct loaded l;
	struct err e = {0};
	size_t size;

	(void)state;
	make_dirty("pieces", "none");
	l = load("pieces");
	for (size_t piece = HIVE_PAGE; piece <= l.len; piece += HIVE_PAGE) {
		struct hive_scan s = {0};

		for (size_t at = 0; at < l.len; at += piece)
			assert_int_equal(hive_scan(&s, l.hive + at,
						 l.len - at < piece ? l.len - at : piece, &e),
				0);
		assert_int_equal(hive_scan_end(&s, &size, &e), 0);
		assert_int_equal(size, l.len);
	}
}

/* Real hives: what their expect.json says of sequence numbers and sizes. */
static void hives_of_the_corpus_are_whole(void **state)
{
	static const char *const names[] = {"100_sub_keys.hiv", "SYSTEM", "rlenvalue_test_hive"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *path =
			test_unxz(test_corpus(arena_printf(&test_arena, "hives/%s.xz", names[i])));
		struct hive_base b;
		struct err e = {0};
		size_t n, size;
		char *bytes = (char *)test_read_file(path, &n);

		assert_true(hive_base_parse(&b, bytes, n));
		assert_false(hive_is_dirty(&b));
		if (hive_check((uint8_t *)bytes, n, &size, &e) < 0)
			fail_msg("%s: %s", names[i], e.msg);
		assert_true(size <= n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_hashes),
		cmocka_unit_test(logs_complete_a_hive),
		cmocka_unit_test(the_base_block_comes_from_the_log_if_need_be),
		cmocka_unit_test(what_is_no_log_changes_nothing),
		cmocka_unit_test(a_log_cut_short_is_applied_as_far_as_it_goes),
		cmocka_unit_test(a_log_with_a_damaged_entry_is_not_complete),
		cmocka_unit_test(entries_that_others_precede_are_left_out),
		cmocka_unit_test(what_hivex_could_not_walk_is_refused),
		cmocka_unit_test(pieces_are_as_good_as_the_whole),
		cmocka_unit_test(hives_of_the_corpus_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
