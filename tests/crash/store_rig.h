/* store_rig - a store in a directory of its own, driven a step at a time, and a model of what it
 * must hold.
 *
 * The model: batch i (from 1) is a function of i alone and writes to every table; what the store
 * must hold after batches 1..n is a function of n alone, and n itself is in the store, as a cursor.
 * So `model_check` can say of any store whether it holds whole batches only, and how many. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/internal.h"

struct rig {
  uv_loop_t loop;
  struct store *store;
  bool answered, closed;
  int rc;
};

static const char *const rig_names[] = {"needs.db",     "needs.db-wal", "needs.db-journal",
                                        "needs.db-shm", "key",          "key.new",
                                        "head",         "lock",         "reserve"};

static inline char *rig_path(const char *dir, const char *name, char out[256]) {
  snprintf(out, 256, "%s/%s", dir, name);
  return out;
}
/* In memory where there is such a place: thousands of states are written. */
static inline void rig_dir(char out[128]) {
  const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                      : getenv("TMPDIR")            ? getenv("TMPDIR")
                                                    : "/tmp";
  snprintf(out, 128, "%s/needs-store-XXXXXX", where);
  if (!mkdtemp(out))
    abort();
}
static inline void rig_empty(const char *dir) {
  char path[256];
  for (size_t i = 0; i < ARRAY_LEN(rig_names); i++)
    unlink(rig_path(dir, rig_names[i], path));
}
static inline void rig_remove(const char *dir) {
  rig_empty(dir);
  rmdir(dir);
}

static inline int rig_open(struct rig *r, const char *dir, const struct store_tuning *t,
                           struct error *err) {
  *r = (struct rig){0};
  uv_loop_init(&r->loop);
  int rc = store_open_tuned(&r->store, &r->loop, dir, t ? t : &(struct store_tuning){0}, err);
  /* a failed open leaves nothing on the loop */
  if (rc != 0 && uv_loop_close(&r->loop) != 0)
    abort();
  return rc;
}
static inline void rig_on_answer(void *arg, int rc) {
  struct rig *r = arg;
  r->answered = true;
  r->rc = rc;
}
static inline int rig_commit(struct rig *r, struct batch *b) {
  r->answered = false;
  store_commit(r->store, b, rig_on_answer, r);
  while (!r->answered)
    uv_run(&r->loop, UV_RUN_ONCE);
  return r->rc;
}
static inline void rig_on_closed(void *arg) {
  ((struct rig *)arg)->closed = true;
}
/* true if the loop is empty afterwards */
static inline bool rig_close(struct rig *r) {
  store_close(r->store, rig_on_closed, r);
  uv_run(&r->loop, UV_RUN_DEFAULT);
  return r->closed && uv_loop_close(&r->loop) == 0;
}

/* --- the model --- */

#define MODEL_SCHOOLS 4
#define MODEL_MAX 400

static inline unsigned model_mix(unsigned x) {
  x = (x ^ 61) ^ (x >> 16);
  x *= 9;
  x ^= x >> 4;
  x *= 0x27d4eb2d;
  return x ^ (x >> 15);
}
static inline unsigned model_events(unsigned i) {
  return 1 + model_mix(i) % 4;
}
static inline unsigned model_people(unsigned i) {
  return (i + 1) / 2;
}
static inline unsigned model_touched(unsigned i) {
  return 1 + model_mix(i * 7) % model_people(i);
}
static inline unsigned model_school(unsigned i) {
  return model_mix(i * 13) % MODEL_SCHOOLS;
}

/* Bytes that say what they belong to, of very different lengths. */
static inline size_t model_body(char what, unsigned n, char out[4096]) {
  size_t len = 20 + model_mix(n * 31 + (unsigned char)what) % 3000;
  int head = snprintf(out, 4096, "%c%u ", what, n);
  for (size_t i = (size_t)head; i < len; i++)
    out[i] = (char)('a' + (i + n) % 26);
  return len;
}

static inline struct batch *model_batch(unsigned i) {
  struct batch *b = batch_create();
  char body[4096], subject[32], school[16];
  uint64_t first = 0, sequence = 0;
  for (unsigned j = 1; j < i; j++)
    first += model_events(j);
  for (unsigned j = 1; j <= i; j++)
    sequence += model_school(j) == model_school(i);
  snprintf(school, sizeof school, "school-%u", model_school(i));
  for (unsigned e = 1; e <= model_events(i); e++) {
    size_t len = model_body('j', (unsigned)first + e, body);
    batch_event(b, first + e, "888", school, "p-0193", "appraisal.recorded",
                (struct hash128){first + e, i}, (struct hash128){i, e}, body, len);
  }
  if (model_people(i) != model_people(i - 1)) {
    snprintf(subject, sizeof subject, "p-%04u", model_people(i));
    batch_person(b, model_people(i), "888", school, subject);
  }
  size_t len = model_body('s', i, body);
  batch_basis(b, model_touched(i), body, len, body, len / 2);
  len = model_body('o', i, body);
  batch_publication(b, i, "888", school, "p-0193", sequence, "recommendation.issued", "person",
                    body, len);
  batch_sequence(b, "888", school, sequence);
  batch_cursor(b, "model", "n", i, 86400000);
  return b;
}

struct model_seen {
  unsigned n, events, outbox, people, sequences;
  unsigned basis[MODEL_MAX];
  uint64_t sequence[MODEL_SCHOOLS];
  bool bad;
};

static inline int model_on_cursor(void *arg, const struct cursor_row *row) {
  struct model_seen *seen = arg;
  if (strcmp(row->principal, "model") == 0 && strcmp(row->name, "n") == 0)
    seen->n = (unsigned)row->position;
  return 0;
}
static inline bool model_is(char what, unsigned n, const void *body, size_t len) {
  char want[4096];
  return body && len == model_body(what, n, want) && memcmp(body, want, len) == 0;
}
static inline int model_on_event(void *arg, const struct journal_row *row) {
  struct model_seen *seen = arg;
  seen->events++;
  if (row->position != seen->events || row->identity.a != row->position)
    seen->bad = true;
  if (!model_is('j', seen->events, row->body, row->len))
    seen->bad = true;
  return 0;
}
static inline int model_on_outbox(void *arg, const struct outbox_row *row) {
  struct model_seen *seen = arg;
  seen->outbox++;
  if (row->position != seen->outbox || !model_is('o', seen->outbox, row->body, row->len))
    seen->bad = true;
  return 0;
}
static inline int model_on_person(void *arg, const struct person_row *row) {
  struct model_seen *seen = arg;
  seen->people++;
  if (row->id != seen->people || seen->people >= MODEL_MAX)
    return seen->bad = true, 0;
  unsigned i = seen->basis[seen->people];
  if (i == 0
          ? row->basis_len != 0
          : !model_is('s', i, row->basis, row->basis_len) || row->advice_len != row->basis_len / 2)
    seen->bad = true;
  return 0;
}
static inline int model_on_sequence(void *arg, const char *authority, const char *school,
                                    uint64_t sequence) {
  struct model_seen *seen = arg;
  (void)authority;
  unsigned at = (unsigned)atoi(school + strlen("school-"));
  seen->sequences++;
  if (at >= MODEL_SCHOOLS || seen->sequence[at] != sequence)
    seen->bad = true;
  return 0;
}

/* How many whole batches there are; -1 if what is there is not batches 1..n for any n. */
static inline int model_check(struct store *s) {
  struct model_seen seen = {0};
  uint64_t events = 0;
  unsigned schools = 0;
  int rc = store_cursors(s, model_on_cursor, &seen);
  if (rc != 0 || seen.n >= MODEL_MAX)
    return -1;
  for (unsigned i = 1; i <= seen.n; i++) {
    events += model_events(i);
    seen.basis[model_touched(i)] = i;
    schools += seen.sequence[model_school(i)]++ == 0;
  }
  rc |= store_journal(s, 0, UINT64_MAX, model_on_event, &seen);
  rc |= store_outbox(s, 0, UINT64_MAX, model_on_outbox, &seen);
  rc |= store_people(s, model_on_person, &seen);
  rc |= store_sequences(s, model_on_sequence, &seen);
  if (rc != 0 || seen.bad || seen.events != events || seen.outbox != seen.n ||
      seen.sequences != schools)
    return -1;
  return seen.people == model_people(seen.n) ? (int)seen.n : -1;
}
