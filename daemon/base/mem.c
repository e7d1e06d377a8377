/* mem - allocation that cannot fail quietly, and the arena. See mem.h. */
#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined(__has_include)
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#include <sys/param.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define CHUNK_BYTES ((size_t)32 * 1024)
#define ALIGN alignof(max_align_t)

struct arena_chunk {
  struct arena_chunk *next;
  size_t cap, used;
  alignas(max_align_t) unsigned char bytes[];
};

static _Noreturn void out_of_memory(size_t size) {
  fprintf(stderr, "out of memory: %zu bytes were asked for\n", size);
  abort();
}

void *mem_alloc(size_t size) {
  void *p = calloc(1, size > 0 ? size : 1);
  if (!p)
    out_of_memory(size);
  return p;
}

void *mem_array(size_t n, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(n, size, &total))
    out_of_memory(SIZE_MAX);
  return mem_alloc(total);
}

void *mem_grow(void *old, size_t *cap, size_t need, size_t size) {
  if (need <= *cap)
    return old;

  size_t room = *cap < 8 ? 8 : *cap * 2, total;
  if (room < need)
    room = need;
  if (__builtin_mul_overflow(room, size, &total))
    out_of_memory(SIZE_MAX);

  char *grown = realloc(old, total);
  if (!grown)
    out_of_memory(total);

  memset(grown + *cap * size, 0, total - *cap * size);
  *cap = room;

  return grown;
}

void *mem_dup(const void *from, size_t size) {
  void *p = mem_alloc(size);
  if (size > 0)
    memcpy(p, from, size);
  return p;
}

char *mem_strdup(const char *s) {
  return mem_strndup(s, strlen(s));
}

char *mem_strndup(const char *s, size_t n) {
  char *copy = mem_alloc(n + 1);
  if (n > 0)
    memcpy(copy, s, n);
  return copy;
}

static struct arena_chunk *chunk_create(size_t cap) {
  struct arena_chunk *chunk = malloc(sizeof(*chunk) + cap);
  if (!chunk)
    out_of_memory(cap);

  chunk->next = NULL;
  chunk->cap = cap;
  chunk->used = 0;
  ASAN_POISON_MEMORY_REGION(chunk->bytes, cap);

  return chunk;
}

void *arena_alloc(struct arena *a, size_t size) {
  if (size > SIZE_MAX / 2)
    out_of_memory(size);

  size_t step = (size + ALIGN - 1) / ALIGN * ALIGN;
  if (step == 0)
    step = ALIGN;
  if (!a->head || a->head->cap - a->head->used < step) {
    struct arena_chunk *chunk = chunk_create(MAX(step, CHUNK_BYTES));
    chunk->next = a->head;
    a->head = chunk;
  }

  void *p = a->head->bytes + a->head->used;
  a->head->used += step;
  a->used += step;
  ASAN_UNPOISON_MEMORY_REGION(p, size > 0 ? size : 1);
  memset(p, 0, size);

  return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n) {
  char *copy = arena_alloc(a, n + 1);
  if (n > 0)
    memcpy(copy, s, n);
  return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...) {
  va_list args, again;
  va_start(args, fmt);
  va_copy(again, args);

  int len = vsnprintf(NULL, 0, fmt, args);
  va_end(args);
  char *text = arena_alloc(a, len < 0 ? 1 : (size_t)len + 1);
  if (len > 0)
    vsnprintf(text, (size_t)len + 1, fmt, again);

  va_end(again);

  return text;
}

/* The biggest chunk stays: after a few rounds of the same work the arena asks the system for
 * nothing. */
void arena_reset(struct arena *a) {
  struct arena_chunk *keep = NULL;

  for (struct arena_chunk *chunk = a->head, *next; chunk; chunk = next) {
    next = chunk->next;
    if (!keep || chunk->cap > keep->cap) {
      free(keep);
      keep = chunk;
    } else {
      free(chunk);
    }
  }

  if (keep) {
    keep->next = NULL;
    keep->used = 0;
    ASAN_POISON_MEMORY_REGION(keep->bytes, keep->cap);
  }

  a->head = keep;
  a->used = 0;
}

void arena_finish(struct arena *a) {
  for (struct arena_chunk *chunk = a->head, *next; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  *a = (struct arena){0};
}
