/* event - one CloudEvent: reads and checks it, and writes it in one canonical form.
 *
 * Called by the door (push, check) and when the journal is read again. Uses JSON only through
 * event/json, and the catalogue only through catalogue.h. The pipeline checks identity and
 * erasure, because these checks read state. */
#pragma once

#include "base/buf.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/mem.h"
#include "catalogue/catalogue.h"
#include "event/faults.h"
#include "event/types.h"

#define EVENT_MAX_BYTES (64 * 1024)
#define BATCH_MAX_EVENTS 1000
#define BATCH_MAX_BYTES (1024 * 1024)

enum event_kind {
  EVENT_PERSON,
  EVENT_APPRAISAL,
  EVENT_ASSESSMENT,
  EVENT_ACHIEVEMENT,
  EVENT_PREFERENCE,
  EVENT_SCHOOL,
  EVENT_PRIORITY,
  EVENT_PROVISION,
  EVENT_RESPONSE,
  EVENT_AGREEMENT,
  EVENT_WITHDRAWN,
  EVENT_LEFT,
  EVENT_RESTRICTED,
  EVENT_ERASE,
  EVENT_KINDS
};
struct shape;
struct event_type {
  enum event_kind kind;
  const char *name;  /* "needs.person.recorded.v1" */
  const char *cause; /* word for publications: "person", "rating" ... */
  bool has_subject, school_dash_ok;
  const struct shape *shape; /* of its data */
};
extern const struct event_type event_types[]; /* by enum event_kind */

struct event {
  /* subject, supersedes may be NULL */
  const char *id, *source, *authority, *school, *subject, *supersedes;
  const char *time_text;
  struct instant time;
  const struct event_type *type; /* NULL when unknown */
  void *data;                    /* the struct of types.h, NULL if it could not be read */
  struct faults faults;          /* empty = acceptable so far */
  /* content: of what was sent, with `time` as its instant in milliseconds, however it was spelled
   */
  struct hash128 identity, content;
  const char *sent; /* what content is a hash of, in the arena of events_parse; NULL in a copy */
  size_t sent_len, sent_time, sent_time_len; /* where the text of `time` is in it */
};
struct events {
  struct event *items;
  uint32_t n;
  bool was_array;
};

/* Reads a body: one event or an array. Form only: every fault of every event at once. Returns 0, or
 * -EINVAL with *body_fault set when the body as a whole cannot be judged (syntax, UTF-8, batch
 * limits). `now_limit`: events later than this instant are out-of-range (NULL: unlimited, for the
 * journal, which also accepts resolved-only members). All memory from `a`. `key` keys identity and
 * content: identity is set when authority, school, source and id were readable, content unless the
 * verdict is malformed; NULL computes neither. */
int events_parse(struct arena *a, const char *body, size_t len, const struct instant *now_limit,
                 const unsigned char key[32], struct events *ret, struct fault *body_fault);

/* Calls `each` for every code of the catalogue that the event names, as it is journaled. on_scale:
 * the event also has a level on that competence's scale. Used to report what a change of the
 * catalogue affects. */
typedef void event_code_fn(void *arg, enum domain domain, const char *code, bool on_scale);
void event_each_code(const struct event *e, event_code_fn *each, void *arg);

/* Meaning: replaces catalogue names by their full form and adds a fault for each that is unknown.
 * Also what only meaning can see: repeated slots after resolution, a fund that is not a fund, and
 * the development of responses and agreements. */
void event_resolve(struct event *e, struct arena *a, const struct catalogue *c);

/* The hash of the same content with `time` spelled so; rows of version 0.3.0 and before are hashed
 * as they were spelled. `e` comes from events_parse with this key and is not malformed. */
struct hash128 event_content_spelled(const struct event *e, const unsigned char key[32],
                                     const char *time_text);

/* Identity of another event of the same authority, school and source (what `supersedes` and `of`
 * name). */
struct hash128 event_identity(const unsigned char key[32], const char *authority,
                              const char *school, const char *source, const char *id);

/* The canonical JSON, envelope and data, members in table order; what the journal holds.
 * events_parse reads it back to an equal event. */
void event_encode(const struct event *e, struct buf *out);

/* A copy in one malloc'ed block (without verdict). free() frees it. */
struct event *event_keep(const struct event *e);

/* JSON Schema of a type (draft 2020-12), from the same rows; used to write and to check
 * docs/schema/. */
void event_schema(enum event_kind kind, struct buf *out);
