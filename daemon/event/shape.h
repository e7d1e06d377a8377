/* shape - the engine behind the tables of types.c: rows say what a JSON object holds, one walker
 * each does the work.
 *
 * The same rows drive reading (with every fault), blank values, the canonical encoding, deep
 * copies, the search for repeated slots, catalogue look-ups and the JSON Schemas. Private to
 * event/. Lists are {items, n}; items is NULL when the list was not given, and not NULL when it was
 * given empty, so that content is kept as it was sent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "catalogue/catalogue.h"
#include "event/faults.h"
#include "event/json.h"

enum kind {
  KIND_TEXT,   /* const char *: printable Unicode, min..max characters */
  KIND_CODE,   /* const char *: printable ASCII without spaces at the ends, 1..max */
  KIND_NAME,   /* const char *: [A-Za-z0-9._-], 1..max; "-" alone only with FLAG_DASH */
  KIND_TIME,   /* const char *: RFC 3339 */
  KIND_WHOLE,  /* int32_t: min..max */
  KIND_DATE,   /* int32_t: day */
  KIND_CLOCK,  /* int32_t: minute */
  KIND_FLAG,   /* int32_t: 0, 1 */
  KIND_WORD,   /* int32_t: index into words */
  KIND_OBJECT, /* struct of `shape` */
  KIND_MAP,  /* list of structs, in JSON an object with free keys, each a code of `domain` at offset
                `beside` of the struct; sorted  by key */
  KIND_SPAN, /* struct span, in JSON [clock, clock] */
  KIND_TOKEN,   /* const struct json_token *: an object that is read later */
  KIND_DROPPED, /* nothing: read over */
  KIND_COUNT
};

enum member_flag {
  FLAG_REQUIRED = 1,
  FLAG_LIST = 2, /* a list of `kind`, FLAG_NONEMPTY: at least one */
  FLAG_NONEMPTY = 4,
  FLAG_RESOLVED = 8, /* filled by event_resolve; taken from the journal only */
  FLAG_SLOT = 16,    /* items of one list may not be alike in all their slot members */
  FLAG_CLOUD = 32,   /* CloudEvents itself asks for it: every fault is not-cloudevent */
  FLAG_DASH = 64,
  FLAG_NOT_BEFORE = 128, /* date or clock not before that at offset `beside` */
  FLAG_ON_SCALE = 256,   /* level on the scale of the competence at offset `beside` */
  FLAG_FILLS = 512,      /* id of a development, told in full at offset `beside` */
  FLAG_BARE = 1024,      /* map: the value itself is the one member of `shape`, not an object */
  FLAG_ONCE = 4096,      /* a flag that at most one item of a list says true of itself */
  FLAG_NOT_BEFORE_DATE = 2048, /* date not before the `date` of the event's data, which holds the
                                  list that this is in */
};

#define MEMBER_NAME(text) .name = text, .key = ",\"" text "\":", .len = sizeof(text) - 1

struct shape;
struct member {
  const char *name;
  const char *key; /* ,"name": as it is written */
  size_t len;      /* of name */
  enum kind kind;
  uint16_t flags;
  uint8_t alternative; /* 0, or which of the "exactly one of" groups of the shape */
  enum domain domain;  /* of codes; DOMAIN_EQUIVALENCE: with the level at offset `beside` */
  int32_t min, max;
  const char *const *words; /* NULL-terminated */
  const struct shape *shape;
  size_t offset, beside;
};
struct shape {
  const char *name;
  const struct member *members;
  uint32_t n;
  size_t size;
  int32_t given;       /* offset of an int32_t that says 1 when the object was there, -1 = none */
  bool null_is_absent; /* CloudEvents: an attribute of null is one that is not set */
};

#define LIST_MAX 1000
struct any_list {
  void *items;
  uint32_t n;
};

/* Where we are, for pointers; lives on the C stack. */
struct path {
  const struct path *up;
  const char *name; /* NULL: `index` */
  size_t len;
  uint32_t index;
};
static inline struct path path_member(const struct path *up, const struct member *m) {
  return (struct path){up, m->name, m->len, 0};
}
static inline struct path path_name(const struct path *up, const char *name) {
  return (struct path){up, name, __builtin_strlen(name), 0};
}
static inline struct path path_index(const struct path *up, uint32_t index) {
  return (struct path){up, NULL, 0, index};
}

struct reading {
  struct arena *a;
  struct faults *faults;
  const struct json_token *tokens;
  bool trusted; /* from the journal */
};
void fault_at(struct arena *a, struct faults *v, enum fault_code code, const struct path *p,
              const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same of a value that was read, and that does not fit another one or a limit: the event is
 * refused unless it was taken before. */
void misfit_at(struct arena *a, struct faults *v, enum fault_code code, const struct path *p,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));

void shape_blank(const struct shape *s, void *base); /* base is zeroed */
void shape_read(struct reading *r, const struct shape *s, const struct json_token *t,
                const struct path *p, void *base);
/* What relates the items of lists to the object that holds them (FLAG_NOT_BEFORE_DATE), once that
 * is read as a whole. */
void shape_relations(struct reading *r, const struct shape *s, const void *base,
                     const struct path *p);
/* Marks of the scan (twice, lone, deep), each with its pointer. */
void shape_marks(struct reading *r, const struct json_token *t, const struct path *p);
/* `repeated` faults; those with the same pointer that are there already are not said again. */
void shape_repeats(struct arena *a, struct faults *v, const struct shape *s, const void *base,
                   const struct path *p);
void shape_encode(struct buf *out, const struct shape *s, const void *base);
/* Copies texts and lists behind `from` to `block` and puts their places into `to` (a flat copy of
 * `from`). block NULL: only adds up. */
struct block {
  char *at;
  size_t used;
};
void *block_take(struct block *b, const void *from, size_t size);
const char *block_text(struct block *b, const char *text);
void shape_keep(struct block *b, const struct shape *s, const void *from, void *to);

bool member_given(const struct member *m, const void *base);
size_t member_size(const struct member *m);                 /* of one value or item */
void member_wants(const struct member *m, struct buf *out); /* "a whole number from 0 to 7" */
/* a list whose items may not be alike */
bool member_unique(const struct member *m);
bool is_code(const char *text, size_t len, int32_t max);
