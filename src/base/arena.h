/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Memory that lives until the report is written: facts and findings are allocated here and nobody
 * frees them one by one.
 *
 * No function here returns NULL.  When memory runs out, or an arena passes ARENA_MAX, the handler
 * that main installed is called; it does not return.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena {
	struct arena_chunk *chunks;
	size_t total;
};

void arena_on_exhausted(void (*handler)(void)); /* must not return */
/* Calls it, for what gets its memory elsewhere. */
_Noreturn void arena_exhausted(void);

void *arena_alloc(struct arena *a, size_t size);               /* zeroed, aligned for anything */
char *arena_strdup(struct arena *a, const char *s);            /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n); /* exactly n bytes and a NUL */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/*
 * A growing list in an arena: declare it as LIST(struct foo) foos; add with
 *	struct foo *f = list_add(arena, &foos);
 * which returns a zeroed element.  Elements move when the list grows: keep indexes, not pointers,
 * until it is complete.  For elements that others point to, use a LIST of pointers.
 */
#define LIST(type)                                                                                 \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n, room;                                                                    \
	}
#define list_add(a, l)                                                                             \
	((__typeof__((l)->at))list_grow(                                                           \
		(a), (void **)&(l)->at, &(l)->n, &(l)->room, sizeof(*(l)->at)))
/* *at is of the element's type, even where the list itself is const; an empty list has no at. */
#define list_each(p, l) for (__typeof__(*(l)->at) *p = (l)->at; p && p < (l)->at + (l)->n; p++)

void *list_grow(struct arena *a, void **at, size_t *n, size_t *room, size_t size);

#endif
