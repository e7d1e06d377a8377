/* state - looking at what the pipeline holds, and what it keeps beside people and schools. */
#include <string.h>

#include "base/seal.h"
#include "pipeline/internal.h"

static void person_work_finish(struct person_work *w) {
  free(w->failing);
  free(w->attribution);
}

static void school_work_finish(struct school_work *w) {
  free(w->failing);
}

const struct people_work pipeline_work = {.person = sizeof(struct person_work),
                                          .school = sizeof(struct school_work),
                                          .person_finish = person_work_finish,
                                          .school_finish = school_work_finish};

struct policy_slot *policy_slot_of(const struct pipeline *p, const char *authority) {
  for (size_t i = 0; i < p->n_slots; i++)
    if (strcmp(p->slots[i]->code, authority) == 0)
      return p->slots[i];
  return NULL;
}

bool pipeline_serves(const struct pipeline *p, const char *authority) {
  return policy_slot_of(p, authority) != NULL;
}

const struct catalogue *pipeline_catalogue(const struct pipeline *p, const char *authority) {
  const struct policy_slot *s = policy_slot_of(p, authority);
  if (s && s->policy)
    return s->policy->catalogue;
  return NULL;
}

const struct rule_info *pipeline_rules(const struct pipeline *p, const char *authority,
                                       uint32_t *ret_n) {
  const struct policy_slot *s = policy_slot_of(p, authority);
  *ret_n = 0;
  if (s && s->policy && s->policy->ready)
    return ruleset_rules(s->policy->ruleset, ret_n);
  return NULL;
}

struct people *pipeline_people(struct pipeline *p) {
  return &p->people;
}

struct store *pipeline_store(struct pipeline *p) {
  return p->store;
}

uint64_t pipeline_published(const struct pipeline *p) {
  return p->publication;
}

void pipeline_seal_position(const struct pipeline *p, uint64_t position, struct buf *out) {
  struct buf plain = {0};
  buf_u64(&plain, position);
  seal(store_key(p->store), SEAL_POSITION, plain.data, plain.len, out);
  buf_finish(&plain);
}

int32_t pipeline_day(const struct pipeline *p) {
  return p->day;
}

void give_answer(answered *done, void *arg, struct buf *b) {
  done(arg, 0, (const char *)b->data, b->len);
  buf_finish(b);
}
