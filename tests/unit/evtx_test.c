/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Event logs.  tests/lib/mkevtx.py makes them; that they are such is evtxexport's word, and what
 * we read in them must be what it prints.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/lib/evtxseal.h"
#include "tests/lib/testing.h"

/* Its numbers have no sign: evtxexport 20181227 prints those of others wrong. */
#define EVENTS                                                                                     \
	"record 4711\n"                                                                            \
	"2024-02-28T07:59:00Z Microsoft-Windows-Kernel-General 12 4 MajorVersion:uint32=10 "       \
	"StartTime:time=2024-02-28T07:58:59Z\n"                                                    \
	"2024-02-28T08:00:00Z NETLOGON 3210 2 CORP '\\\\dc1.corp.example'\n"                       \
	"fill 400 2024-02-28T08:01:00Z 'Service Control Manager' 7036:16384 4 "                    \
	"'param1=Windows Update' param2=stopped binary=wuauserv/1\n"                               \
	"2024-02-28T09:00:00Z EventLog 6005:32768 4\n"                                             \
	"2024-02-28T09:00:01Z Kinds 1 3 a:ansi=plain b:uint8=200 c:uint16=60000 "                  \
	"d:uint64=18446744073709551615 e:bool=1 f:binary=00ff10 "                                  \
	"g:guid=a68ca8b7-004f-d7b6-a698-07e2de0f1f5d h:sid=S-1-5-21-1-2-3-500 i:hex32=0xbeef "     \
	"j:hex64=0x10\n"                                                                           \
	"2024-02-29T23:59:59Z Texts 2 1 'a<b&c \"ü€\"' '' last\n"                               \
	"2024-03-01T00:00:00Z Alone 3 2 binary=only\n"
#define EVENTS_N 406

struct log {
	uint8_t *p;
	struct evtx_header header;
	size_t chunks;
};

static const char *top(void)
{
	static char here[4096];

	if (!*here)
		assert_non_null(getcwd(here, sizeof(here)));
	return here;
}

static struct log make(const char *text)
{
	struct log l;
	struct err e = {0};
	size_t n;

	test_write_file(test_path("log.txt"), text, strlen(text));
	test_must_run("python3 '%s/tests/lib/mkevtx.py' log.txt log.evtx", top());
	l.p = (uint8_t *)(uintptr_t)test_read_file(test_path("log.evtx"), &n);
	l.chunks = (n - EVTX_HEADER_SIZE) / EVTX_CHUNK_SIZE;
	assert_int_equal(n, EVTX_HEADER_SIZE + l.chunks * EVTX_CHUNK_SIZE);
	if (evtx_header_parse(&l.header, l.p, &e) < 0)
		fail_msg("%s", e.msg);
	return l;
}

static uint8_t *chunk_of(struct log *l, size_t i)
{
	return l->p + EVTX_HEADER_SIZE + i * EVTX_CHUNK_SIZE;
}

static void must_parse(struct evtx_chunk *c, const void *p, bool open)
{
	struct err e = {0};

	if (evtx_chunk_parse(c, p, open, &e) < 0)
		fail_msg("%s", e.msg);
	assert_false(c->cut);
}

static void must_read(struct evtx_event *ev, const struct evtx_chunk *c, unsigned i)
{
	uint64_t work = 10000;
	struct err e = {0};

	if (evtx_event_parse(ev, c, i, &test_arena, &work, &e) < 0)
		fail_msg("%s", e.msg);
}

static const char *with_string(const char *text, unsigned *n, const char *s)
{
	return arena_printf(&test_arena, "%sString %u=%s\n", text, ++*n, s);
}

/* In the words of print_events(). */
static const char *words(const struct evtx_event *ev)
{
	const char *t = arena_printf(&test_arena,
		"Event number=%" PRIu64 "\nEvent level=%u\nSource name=%s\nEvent identifier=%u\n",
		ev->record, ev->level, ev->provider, ev->id);
	unsigned n = 0;

	list_each(d, &ev->data)
		t = with_string(t, &n, d->text);
	return ev->binary ? with_string(t, &n, ev->binary) : t;
}

static const char *print_events(void)
{
	return test_output("evtxexport log.evtx | sed -nE "
			   "-e 's/^(Event number|Source name)\t+: /\\1=/p' "
			   "-e 's/^String: ([0-9]+)\t+: /String \\1=/p' "
			   "-e 's/^Event level\t.*\\(([0-9]+)\\)$/Event level=\\1/p' "
			   "-e 's/^Event identifier\t.*\\(([0-9]+)\\)$/Event identifier=\\1/p'");
}

static void events_are_those_that_evtxexport_prints(void **state)
{
	struct log l = make(EVENTS);
	static char have[1 << 20];
	size_t n = 0, events = 0;

	(void)state;
	test_need_tool("evtxexport");
	assert_true(l.chunks > 1);
	for (size_t i = 0; i < l.chunks; i++) {
		struct evtx_chunk c;

		must_parse(&c, chunk_of(&l, i), false);
		for (unsigned r = 0; r < c.n; r++, events++) {
			struct evtx_event ev;

			must_read(&ev, &c, r);
			assert_false(ev.cut);
			n += (size_t)snprintf(have + n, sizeof(have) - n, "%s", words(&ev));
		}
	}
	assert_int_equal(events, EVENTS_N);
	assert_string_equal(have, print_events());
}

/* Those that the guests of fixtures/ have. */
static void so_are_those_of_the_fixtures(void **state)
{
	const char *rest = test_output("find '%s/fixtures/guests' -name '*.evtx.txt'", top());
	size_t n;

	(void)state;
	test_need_tool("evtxexport");
	for (unsigned found = 0; (n = strcspn(rest, "\n")); found++, rest += n + !!rest[n]) {
		struct log l = make(test_read_file(arena_strndup(&test_arena, rest, n), NULL));
		struct evtx_chunk c;
		const char *have = "";

		assert_int_equal(l.chunks, 1);
		must_parse(&c, chunk_of(&l, 0), l.header.dirty);
		for (unsigned r = 0; r < c.n; r++) {
			struct evtx_event ev;

			must_read(&ev, &c, r);
			have = arena_printf(&test_arena, "%s%s", have, words(&ev));
		}
		/* It does not look behind the end that an open chunk knows. */
		if (!l.header.dirty)
			assert_string_equal(have, print_events());
		else
			assert_memory_equal(have, print_events(), strlen(print_events()));
	}
}

static void names_times_and_qualifiers_are_kept(void **state)
{
	struct log l = make(EVENTS);
	struct evtx_chunk c;
	struct evtx_event ev;

	(void)state;
	must_parse(&c, chunk_of(&l, 0), false);
	must_read(&ev, &c, 0);
	assert_int_equal(ev.record, 4711);
	assert_int_equal(ev.time, 1709107140);
	assert_string_equal(evtx_data(&ev, "MajorVersion"), "10");
	assert_string_equal(evtx_data(&ev, "StartTime"), "2024-02-28T07:58:59.000000000Z");
	assert_null(evtx_data(&ev, "Starttime"));
	must_read(&ev, &c, 2);
	assert_int_equal(ev.qualifiers, 16384);
	assert_int_equal(c.first, 4711);
	assert_int_equal(c.last, 4711 + c.n - 1);
	assert_int_equal(evtx_chunk_last(c.p), c.last);
	assert_true(evtx_record_has(&c, 2, "w\0u\0a\0u", 7));
	assert_false(evtx_record_has(&c, 0, "w\0u\0a\0u", 7));
}

static void without_an_arena_only_the_head_is_read(void **state)
{
	struct log l = make(EVENTS);
	uint64_t work = 10000;
	struct evtx_chunk c;
	struct evtx_event ev;
	struct err e;

	(void)state;
	must_parse(&c, chunk_of(&l, 0), false);
	assert_int_equal(evtx_event_parse(&ev, &c, 1, NULL, &work, &e), 0);
	assert_string_equal(ev.provider, "NETLOGON");
	assert_int_equal(ev.id, 3210);
	assert_int_equal(ev.data.n, 0);
	assert_in_range(10000 - work, 10, 40);
}

static void negative_numbers_keep_their_sign(void **state)
{
	struct log l = make("2024-02-28T09:00:01Z Kinds 1 3 a:int8=-5 b:int16=-300 "
			    "c:int32=-2147188641 d:int64=-9223372036854775808 e:double=2.5\n");
	struct evtx_chunk c;
	struct evtx_event ev;

	(void)state;
	must_parse(&c, chunk_of(&l, 0), false);
	must_read(&ev, &c, 0);
	assert_string_equal(ev.data.at[0].text, "-5");
	assert_string_equal(ev.data.at[1].text, "-300");
	assert_string_equal(ev.data.at[2].text, "-2147188641");
	assert_string_equal(ev.data.at[3].text, "-9223372036854775808");
	assert_string_equal(ev.data.at[4].text, "2.5");
}

/* The header of the newest chunk of a log that was open knows its first record only. */
static void records_behind_the_end_of_an_open_chunk_are_found(void **state)
{
	struct log l = make("dirty\n" EVENTS);
	struct evtx_chunk c;
	struct evtx_event ev;

	(void)state;
	assert_true(l.header.dirty);
	assert_int_equal(l.header.last_chunk, 0);
	must_parse(&c, chunk_of(&l, l.chunks - 1), true);
	assert_int_equal(c.last, 4711 + EVENTS_N - 1);
	assert_true(c.n > 1);
	must_read(&ev, &c, c.n - 1);
	assert_string_equal(ev.provider, "Alone");
	/* What an earlier round left behind it has other numbers. */
	put_evtx_crc(chunk_of(&l, l.chunks - 1) + c.at[c.n - 1] + 8, 7);
	must_parse(&c, chunk_of(&l, l.chunks - 1), true);
	assert_int_equal(c.last, 4711 + EVENTS_N - 2);
}

static void damaged_chunks_are_refused(void **state)
{
	struct log l = make("damage\n" EVENTS);
	uint8_t *p = chunk_of(&l, 0);
	struct evtx_chunk c;
	struct err e;

	(void)state;
	assert_int_equal(evtx_chunk_parse(&c, p, false, &e), -EBADMSG);
	assert_string_equal(e.msg, "the checksum of its records is wrong");
	p[200] ^= 1;
	assert_int_equal(evtx_chunk_parse(&c, p, false, &e), -EBADMSG);
	assert_string_equal(e.msg, "the checksum of its header is wrong");
	put_evtx_crc(p + 48, 65537);
	assert_int_equal(evtx_chunk_parse(&c, p, true, &e), -EBADMSG);
	p[0] = 'X';
	assert_int_equal(evtx_chunk_parse(&c, p, true, &e), -EBADMSG);
	memset(p, 0, 512);
	assert_int_equal(evtx_chunk_parse(&c, p, true, &e), -ENOENT);
	assert_int_equal(evtx_chunk_last(p), 0);
}

static void damaged_headers_are_refused(void **state)
{
	struct log l = make(EVENTS);
	struct evtx_header h;
	struct err e;

	(void)state;
	l.p[24] ^= 1;
	assert_int_equal(evtx_header_parse(&h, l.p, &e), -EBADMSG);
	l.p[24] ^= 1;
	l.p[38] = 4;
	seal_evtx_header(l.p);
	assert_int_equal(evtx_header_parse(&h, l.p, &e), -ENOTSUP);
	l.p[38] = 3;
	l.p[41] = 0x20;
	seal_evtx_header(l.p);
	assert_int_equal(evtx_header_parse(&h, l.p, &e), -EBADMSG);
	memcpy(l.p, "LfLe", 4);
	assert_int_equal(evtx_header_parse(&h, l.p, &e), -EBADMSG);
}

static void work_ends(void **state)
{
	struct log l = make(EVENTS);
	uint64_t work = 30;
	struct evtx_chunk c;
	struct evtx_event ev;
	struct err e;

	(void)state;
	must_parse(&c, chunk_of(&l, 0), false);
	assert_int_equal(evtx_event_parse(&ev, &c, 0, &test_arena, &work, &e), -E2BIG);
	assert_int_equal(work, 0);
}

static void texts_of_one_event_end(void **state)
{
	const char *text = "2024-02-28T09:00:01Z Long 1 3";
	struct evtx_chunk c;
	struct evtx_event ev;
	struct log l;

	(void)state;
	for (int i = 0; i < 16; i++)
		text = arena_printf(&test_arena, "%s n%d=%01700d", text, i, i);
	l = make(text);
	must_parse(&c, chunk_of(&l, 0), false);
	must_read(&ev, &c, 0);
	assert_true(ev.cut);
	assert_in_range(ev.data.n, 8, 16);
}

/* A record whose EventData is a document that names the record's own template again. */
static void documents_in_documents_end(void **state)
{
	struct log l = make("2024-02-28T09:00:01Z Loop 1 3 a b c\n");
	uint8_t *p = chunk_of(&l, 0);
	struct evtx_chunk c;
	struct evtx_event ev;
	uint64_t work = 100000;
	struct err e;
	size_t at;

	(void)state;
	must_parse(&c, p, false);
	for (at = c.at[0] + 100U; at < 65000; at++) {
		/* The second template: 0c 01, its number, its place. */
		if (p[at] == 0x0c && p[at + 1] == 1 && get_le32(p + at + 6) == at + 10)
			break;
	}
	assert_true(at < 65000);
	put_evtx_crc(p + at + 6, get_le32(p + c.at[0] + 24 + 4 + 6));
	seal_evtx_chunk(p);
	must_parse(&c, p, false);
	assert_true(evtx_event_parse(&ev, &c, 0, &test_arena, &work, &e) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_those_that_evtxexport_prints),
		cmocka_unit_test(so_are_those_of_the_fixtures),
		cmocka_unit_test(names_times_and_qualifiers_are_kept),
		cmocka_unit_test(without_an_arena_only_the_head_is_read),
		cmocka_unit_test(negative_numbers_keep_their_sign),
		cmocka_unit_test(records_behind_the_end_of_an_open_chunk_are_found),
		cmocka_unit_test(damaged_chunks_are_refused),
		cmocka_unit_test(damaged_headers_are_refused),
		cmocka_unit_test(work_ends),
		cmocka_unit_test(texts_of_one_event_end),
		cmocka_unit_test(documents_in_documents_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
