/* publication - rows of the outbox: the envelope around what is published, and publications that
 * are not advice: a rule that fails or is set aside, a person who was erased.
 *
 * Called within a turn: compare.c publishes advice, turn.c the rest. Everything goes into the
 * turn's batch; nobody hears of it before the commit. */
#define LOG_AREA "rules"

#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "needs/advice.h"
#include "pipeline/internal.h"

#define ID_BYTES 16

static struct school *numbered(struct pipeline *p, struct turn *t, const char *authority,
                               const char *code) {
  struct school *school = people_school(&p->people, authority, code, true);
  if (school->work->turn_sequence)
    return school;

  school->work->turn_sequence = school->sequence;
  t->numbered = mem_grow(t->numbered, &t->cap_numbered, t->n_numbered + 1, sizeof *t->numbered);
  t->numbered[t->n_numbered++] = school;

  return school;
}

uint64_t publication_write(struct pipeline *p, struct turn *t, const struct publication *what,
                           const struct buf *data) {
  struct school *school = numbered(p, t, what->authority, what->school);
  struct buf b = {0};
  unsigned char random[ID_BYTES];
  char id[ID_BYTES * 2 + 1], time[INSTANT_TEXT], type[80], sequence[32];

  randombytes_buf(random, sizeof random);
  sodium_bin2hex(id, sizeof id, random, sizeof random);
  snprintf(type, sizeof type, "needs.%s.v1", what->type);
  snprintf(sequence, sizeof sequence, "%012llu", (unsigned long long)++school->work->turn_sequence);

  struct instant now = clock_trusted();
  now.ns = 0;
  json_open(&b, '{');
  key_str(&b, "specversion", "1.0");
  key_str(&b, "id", id);
  key_str(&b, "source", "needsd");
  key_str(&b, "type", type);
  key_str(&b, "time", instant_text(now, time));
  key_str(&b, "authority", what->authority);
  key_str(&b, "school", what->school);
  json_opt_str(&b, "subject", what->subject);
  key_str(&b, "sequence", sequence);
  key_str(&b, "audience", what->audience);
  key_str(&b, "weight", what->weight);
  json_opt_str(&b, "cause", what->cause);
  json_key(&b, "data");
  json_raw(&b, data->data, data->len);
  json_close(&b, '}');
  batch_publication(t->batch, ++t->publication, what->authority, what->school, what->subject,
                    school->work->turn_sequence, type, what->audience, b.data, b.len);
  buf_finish(&b);
  count_published(t, what->type);

  return t->publication;
}

static void publish_rule_failed(struct pipeline *p, struct turn *t, const char *authority,
                                struct buf *data) {
  struct publication what = {.authority = authority,
                             .school = "-",
                             .type = "rule.failed",
                             .audience = "authority",
                             .weight = "material",
                             .cause = "rules"};
  publication_write(p, t, &what, data);
  buf_finish(data);
}

/* Said once for each rule of a rule set, however many people it fails for. */
void publish_failure(struct pipeline *p, struct turn *t, const char *authority,
                     const struct hash256 *rules, const char *rule, const char *kind,
                     const char *message) {
  struct buf key = {0}, data = {0};
  buf_str(&key, authority);
  buf_put(&key, rules->bytes, 32);
  buf_str(&key, rule);
  struct hash128 hash = hash128_of(NULL, key.data, key.len);
  buf_finish(&key);
  if (hashmap_get(&p->failed, hash))
    return;
  hashmap_put(&p->failed, hash, &p->failed);
  t->failures = mem_grow(t->failures, &t->cap_failures, t->n_failures + 1, sizeof *t->failures);
  t->failures[t->n_failures++] = hash;
  if (store_rule_failed(p->store, authority, rules, rule))
    return;
  batch_rule_failed(t->batch, authority, rules, rule);
  log_warn("a rule fails", "authority=%s rule=%s failure=%s fault=\"%s\"", authority, rule, kind,
           message);
  json_open(&data, '{');
  key_str(&data, "rule", rule);
  key_str(&data, "failure", kind);
  key_str(&data, "message", message);
  json_close(&data, '}');
  publish_rule_failed(p, t, authority, &data);
}

/* The note's own JSON names rule and reason. */
void publish_aside(struct pipeline *p, struct turn *t, const struct note *n) {
  struct slice rule, reason;
  if (!find_slice(n->json, strlen(n->json), "rule", &rule) ||
      !find_slice(n->json, strlen(n->json), "reason", &reason))
    return;

  struct buf data = {0};
  json_open(&data, '{');
  json_key(&data, "rule");
  json_raw(&data, rule.value, rule.value_len);
  key_str(&data, "failure", "aside");
  json_key(&data, "message");
  json_raw(&data, reason.value, reason.value_len);
  json_close(&data, '}');
  publish_rule_failed(p, t, n->authority, &data);
}

/* Programs that keep anything about this person must delete it. */
void publish_erased(struct pipeline *p, struct turn *t, const struct event *e) {
  static const struct buf nothing = {.data = (unsigned char *)(uintptr_t) "{}", .len = 2};
  struct publication what = {.authority = e->authority,
                             .school = e->school,
                             .subject = e->subject,
                             .type = "person.erased",
                             .audience = "school",
                             .weight = "material",
                             .cause = e->type->cause};

  publication_write(p, t, &what, &nothing);
}
