/* told - what was published to whom, and by which rules. See attribution.h. */
#include "register/attribution.h"

#include <errno.h>
#include <string.h>

#include "base/seal.h"
#include "event/json.h"

enum {
  STAND_BYTES = 36 /* of a stand's token, the number first (people/basis.c) */
};

/* --- texts as numbers --- */

static struct hash128 text_hash(const char *text) {
  return hash128_of(NULL, text, strlen(text));
}

bool interned_number(const struct interned *t, const char *text, uint32_t *ret) {
  uintptr_t known = (uintptr_t)hashmap_get(&t->numbers, text_hash(text));
  if (known)
    *ret = (uint32_t)(known - 1);
  return known != 0;
}

uint32_t intern(struct interned *t, const char *text) {
  uint32_t number;
  if (interned_number(t, text, &number))
    return number;

  t->texts = mem_grow(t->texts, &t->cap, t->n + 1, sizeof *t->texts);
  t->texts[t->n++] = mem_strdup(text);
  hashmap_put(&t->numbers, text_hash(text), (void *)(uintptr_t)t->n);

  return (uint32_t)(t->n - 1);
}

void interned_finish(struct interned *t) {
  for (size_t i = 0; i < t->n; i++)
    free(t->texts[i]);
  free(t->texts);
  hashmap_finish(&t->numbers);
  *t = (struct interned){0};
}

/* --- one publication --- */

static uint32_t set_of(struct attribution_index *t, const char *names) {
  uint32_t number = intern(&t->sets, names);
  if (number < t->n_rule_sets)
    return number;

  struct rule_set set = {0};
  size_t cap = 0;

  for (const char *at = names; *at;) {
    size_t len = strcspn(at, "\n");
    _cleanup_free_ char *name = mem_strndup(at, len);
    set.rules = mem_grow(set.rules, &cap, set.n + 1, sizeof *set.rules);
    set.rules[set.n++] = intern(&t->rules, name);
    at += len + (at[len] == '\n');
  }

  t->rule_sets = mem_grow(t->rule_sets, &t->cap_rule_sets, t->n_rule_sets + 1,
                          sizeof *t->rule_sets);
  t->rule_sets[t->n_rule_sets++] = set;

  return number;
}

/* Which rules spoke, each once. Reasons of the source "person" are no rules': what was agreed, or
 * declined. */
static uint32_t rules_in(struct attribution_index *t, const struct json *because,
                         bool *ret_agreed) {
  struct buf names = {0};

  for (uint32_t i = 0; because && i < because->n; i++) {
    const char *rule = json_text(&because->items[i], "rule"),
               *source = json_text(&because->items[i], "source");
    if (!rule || !source)
      continue;

    bool person = strcmp(source, "person") == 0, twice = false;
    *ret_agreed |= person && strcmp(rule, "agreed") == 0;
    for (uint32_t k = 0; k < i && !twice; k++) {
      const char *before = json_text(&because->items[k], "rule");
      twice = before && strcmp(before, rule) == 0;
    }

    if (!person && !twice)
      buf_printf(&names, "%s\n", rule);
  }

  uint32_t number = set_of(t, names.len ? buf_cstr(&names) : "");
  buf_finish(&names);

  return number;
}

static uint64_t number_of(struct pipeline *p, const struct json *data) {
  const struct json *token = json_member_as(data, "stand", JSON_STRING);
  unsigned char basis[STAND_BYTES];

  if (!token ||
      unseal(store_key(p->store), SEAL_BASIS, token->text, token->len, basis, sizeof basis) < 0)
    return 0;

  struct reader r = reader_of(basis, sizeof basis);
  return read_u64(&r);
}

static struct attributed *last_about(const struct attribution *attribution,
                                     uint32_t recommendation) {
  for (uint32_t i = attribution ? attribution->n : 0; i > 0; i--)
    if (attribution->items[i - 1].recommendation == recommendation)
      return (struct attributed *)&attribution->items[i - 1];
  return NULL;
}

static void add(struct attribution_index *t, struct person *person, const struct attributed *once) {
  struct attribution *attribution = person->work->attribution;
  if (!attribution) {
    t->persons = mem_grow(t->persons, &t->cap_persons, t->n_persons + 1, sizeof *t->persons);
    t->persons[t->n_persons++] = person;
  }

  if (!attribution || attribution->n == attribution->cap) {
    uint32_t n = 0, cap = 4;
    if (attribution) {
      n = attribution->n;
      cap = n * 2;
    }

    struct attribution *more = mem_alloc(sizeof *more + cap * sizeof *more->items);

    more->cap = cap;
    more->n = n;
    if (n)
      memcpy(more->items, attribution->items, n * sizeof *more->items);

    free(attribution);
    person->work->attribution = attribution = more;
  }

  attribution->items[attribution->n++] = *once;
}

static void tell(struct attribution_index *t, struct pipeline *p, struct person *person,
                 uint64_t publication, const struct json *data) {
  const char *id = json_text(data, "recommendation");
  const struct json *round = json_member_as(data, "round", JSON_NUMBER),
                    *answers = json_member_as(data, "answers", JSON_ARRAY);
  int64_t whole;
  if (!id || !round || json_whole(round->text, round->len, &whole) != WHOLE_OK)
    return;

  struct attributed once = {.publication = publication,
                            .recommendation = intern(&t->recommendations, id),
                            .round = (uint32_t)whole};
  once.rules = rules_in(t, json_member_as(data, "because", JSON_ARRAY), &once.agreed);
  struct attributed *last = last_about(person->work->attribution, once.recommendation);
  if (!last || last->round != once.round || last->rules != once.rules ||
      last->agreed != once.agreed) {
    once.number = number_of(p, data);
    add(t, person, &once);
  } else if (answers && answers->n > 0) {
    last->publication = publication;
  }
}

/* --- the outbox --- */

struct walk {
  struct attribution_index *attribution;
  struct pipeline *pipeline;
};

static int read_row(void *arg, const struct outbox_row *row) {
  struct walk *w = arg;
  struct attribution_index *t = w->attribution;

  t->at = row->position;
  if (!row->subject || (strcmp(row->type, "needs.recommendation.issued.v1") != 0 &&
                        strcmp(row->type, "needs.recommendation.changed.v1") != 0))
    return 0;

  struct person *person = people_person(&w->pipeline->people, row->authority, row->school,
                                        row->subject, false);
  if (!person || person->erased)
    return 0;

  struct json body;
  size_t offset;
  const char *message;

  arena_reset(&t->scratch);
  if (json_tree(&t->scratch, row->body, row->len, &body, &offset, &message) < 0)
    return -EBADMSG;

  const struct json *data = json_member_as(&body, "data", JSON_OBJECT);
  if (data)
    tell(t, w->pipeline, person, row->position, data);

  return 0;
}

int told_walk(struct attribution_index *t, struct pipeline *p, uint64_t limit) {
  uint64_t before = t->at;
  if (t->at >= p->publication)
    return 0;

  int rc = store_outbox(p->store, t->at, limit, read_row, &(struct walk){t, p});
  if (rc < 0)
    return rc;
  return t->at != before;
}

void attribution_finish(struct attribution_index *t) {
  interned_finish(&t->recommendations);
  interned_finish(&t->rules);
  interned_finish(&t->sets);
  for (size_t i = 0; i < t->n_rule_sets; i++)
    free(t->rule_sets[i].rules);

  free(t->rule_sets);
  free(t->persons);
  arena_finish(&t->scratch);
}
