/* mem - allocation that cannot fail quietly, an arena for scratch, and clean-up of locals.
 *
 * Running out of memory ends the process with a message (mem_alloc aborts): everything acknowledged
 * is on disk, so a restart loses nothing. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void *mem_alloc(size_t size);           /* zeroed */
void *mem_array(size_t n, size_t size); /* zeroed, overflow checked */
/* array with room for `need` items; doubles *cap */
void *mem_grow(void *old, size_t *cap, size_t need, size_t size);
void *mem_dup(const void *from, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);

static inline void mem_free_p(void *p) {
  free(*(void **)p);
}
#define _cleanup_free_ __attribute__((cleanup(mem_free_p)))

/* Bump allocator. Memory stays valid until reset or finish. A zeroed struct is an empty arena. */
struct arena_chunk;
struct arena {
  struct arena_chunk *head;
  size_t used; /* bytes handed out since the last reset */
};
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a); /* keeps one chunk */
void arena_finish(struct arena *a);
