/* explain - why, and why not: the evaluation is run again with its reads traced, and what each rule
 * read and said is given. */
#include <errno.h>
#include <string.h>

#include "event/json.h"
#include "needs/advice.h"
#include "questions/members.h"
#include "questions/questions.h"
#include "questions/responses.h"
#include "questions/titles.h"

/* --- explain --- */

struct explanation {
  struct pipeline *pipeline;
  struct person *person;
  const struct policy *policy; /* whose rules are run */
  const struct catalogue *catalogue;
  struct arena arena;
  struct facts facts;
  int32_t day;
  const char *recommendation, *competence;
  answered *done;
  void *arg;
  struct explanation *next;
};

static void emit(struct buf *b, const struct json *v) {
  switch (v->kind) {
  case JSON_NULL:
    json_null(b);
    break;
  case JSON_BOOL:
    json_bool(b, v->boolean);
    break;
  case JSON_NUMBER:
    json_raw(b, v->text, v->len);
    break;
  case JSON_STRING:
    json_strn(b, v->text, v->len);
    break;
  case JSON_ARRAY:
  case JSON_OBJECT:
    json_open(b, v->kind == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < v->n; i++) {
      if (v->kind == JSON_OBJECT)
        json_key(b, v->items[i].key);
      emit(b, &v->items[i]);
    }
    json_close(b, v->kind == JSON_ARRAY ? ']' : '}');
  }
}

static const struct rule_info *rule_named(struct pipeline *p, const char *authority,
                                          const char *name) {
  uint32_t n;
  const struct rule_info *rules = pipeline_rules(p, authority, &n);

  for (uint32_t i = 0; i < n; i++)
    if (strcmp(rules[i].name, name) == 0)
      return &rules[i];

  return NULL;
}

/* What the trace says of one need, rule by rule; the worker's members as they are, with the rule's
 * source and about added. */
static void json_rules(struct buf *b, struct explanation *x, const struct json *trace,
                       const char *key) {
  const struct json *rules = NULL;
  if (trace)
    rules = json_member(trace, "rules");

  json_key(b, "rules");
  json_open(b, '[');

  for (uint32_t i = 0; rules && i < rules->n; i++) {
    const struct json *r = &rules->items[i];
    const struct json *name = json_member(r, "rule");

    if (!json_says(r, "need", key) && json_member(r, "need"))
      continue;

    const struct rule_info *info = NULL;
    if (name && name->kind == JSON_STRING)
      info = rule_named(x->pipeline, x->person->school->authority->code, name->text);

    json_open(b, '{');
    for (uint32_t k = 0; k < r->n; k++) {
      if (strcmp(r->items[k].key, "need") == 0)
        continue;
      json_key(b, r->items[k].key);
      emit(b, &r->items[k]);
    }

    if (info) {
      key_str(b, "about", info->about);
      key_str(b, "source", info->source);
    }

    json_close(b, '}');
  }

  json_close(b, ']');
}

static void json_ratings(struct buf *b, const struct rating_view *ratings, uint32_t n,
                         const struct need *need, int32_t day) {
  json_key(b, "ratings");
  json_open(b, '[');

  for (uint32_t i = 0; i < n; i++) {
    const struct rating_view *r = &ratings[i];
    if (r->competence->index != need->competence)
      continue;

    bool in_force = r->date <= day && rating_last_day(r) >= day;
    json_open(b, '{');
    key_int(b, "level", r->level);
    key_str(b, "evidence", r->kind->kind);
    key_date(b, "date", r->date);
    key_str(b, "by", r->by);
    key_date(b, "last_day", rating_last_day(r));
    key_bool(b, "in_force", in_force);
    key_bool(b, "deciding",
             in_force && need->evidence && strcmp(need->evidence, r->kind->kind) == 0 &&
                 r->date == need->rated_on && r->level == need->current);
    json_close(b, '}');
  }

  json_close(b, ']');
}

static bool proposed(const struct json *trace, const char *key, const char *recommendation) {
  const struct json *rules = NULL;
  if (trace)
    rules = json_member(trace, "rules");
  for (uint32_t i = 0; rules && i < rules->n; i++)
    if (json_says(&rules->items[i], "need", key) &&
        json_says(&rules->items[i], "development", recommendation))
      return true;

  return false;
}

static bool wanted(const struct explanation *x, const struct need *n, const struct json *trace) {
  const struct competence *k = catalogue_competence_at(x->catalogue, n->competence);
  if (x->competence && catalogue_competence(x->catalogue, x->competence) != k)
    return false;
  if (!x->recommendation || proposed(trace, k->key, x->recommendation))
    return true;

  for (size_t i = 0; i < x->person->n_current; i++)
    if (strcmp(x->person->current[i].id, x->recommendation) == 0 &&
        advice_answers(x->person->current[i].advice, k->key))
      return true;

  return false;
}

/* The competence that was asked for, where nothing is needed in it: what shows that, or why nobody
 * asks. */
static void json_met(struct buf *b, struct explanation *x, const struct rating_view *ratings,
                     uint32_t n) {
  const struct competence *k = catalogue_competence(x->catalogue, x->competence);
  uint32_t from = 0, to;
  int32_t next_change_day = INT32_MAX;

  while (from < n && ratings[from].competence != k)
    from++;
  for (to = from; to < n && ratings[to].competence == k;)
    to++;

  struct level level = level_on(ratings + from, to - from, x->day, &next_change_day);
  const struct need as = {.competence = k->index,
                          .current = level.current,
                          .rated_on = level.rated_on,
                          .evidence = level.evidence};

  json_open(b, '{');
  key_str(b, "competence", k->key);
  key_str(b, "title", k->title);
  json_levels(b, k->framework);
  key_int(b, "current", level.current);
  key_bool(b, "met", true);
  json_ratings(b, ratings, n, &as, x->day);
  json_key(b, "rules");
  json_open(b, '[');
  json_close(b, ']');
  json_close(b, '}');
}

/* What the recommendation would answer, as the catalogue has it: where nothing proposes it, these
 * are what to ask about. */
static void json_would_answer(struct buf *b, struct explanation *x) {
  struct development d;
  if (!x->recommendation || !catalogue_development(x->catalogue, x->recommendation, &x->arena, &d))
    return;

  json_key(b, "would_answer");
  json_open(b, '[');
  for (uint32_t i = 0; i < d.n_competences; i++)
    json_str(b, d.competences[i]->key);

  json_close(b, ']');
}

static void on_explained(void *arg, const struct outcome *o) {
  struct explanation *x = arg;
  struct json tree;
  size_t offset;
  const char *message;
  struct buf b = {0};
  bool traced = o->trace &&
                json_tree(&x->arena, o->trace, strlen(o->trace), &tree, &offset, &message) == 0;
  uint32_t n_ratings;
  const struct rating_view *ratings = ratings_of(x->person, x->catalogue, &x->arena, &n_ratings);

  json_open(&b, '{');
  key_str(&b, "person", x->person->subject);
  key_date(&b, "day", x->day);
  json_title(&b, x->person, x->catalogue, x->day);
  json_key(&b, "needs");
  json_open(&b, '[');

  bool any = false;

  for (uint32_t i = 0; i < x->facts.n_needs; i++) {
    const struct need *n = &x->facts.needs[i];
    if (!wanted(x, n, traced ? &tree : NULL))
      continue;

    any = true;
    json_open(&b, '{');
    json_need_members(&b, x->catalogue, n);
    json_ratings(&b, ratings, n_ratings, n, x->day);
    json_rules(&b, x, traced ? &tree : NULL,
               catalogue_competence_at(x->catalogue, n->competence)->key);
    json_close(&b, '}');
  }

  if (!any && x->competence && !x->recommendation)
    json_met(&b, x, ratings, n_ratings);

  json_close(&b, ']');
  json_key(&b, "recommendations");
  json_open(&b, '[');
  for (size_t i = 0; i < x->person->n_current; i++)
    json_str(&b, x->person->current[i].id);

  json_close(&b, ']');
  json_held(&b, x->person);

  const struct spoken spoken = spoken_by(x->person, x->catalogue, x->day, &x->arena);
  if (x->recommendation)
    json_answered_members(&b, &spoken, x->recommendation);

  json_would_answer(&b, x);
  json_close(&b, '}');

  answered *done = x->done;
  void *done_arg = x->arg;

  arena_finish(&x->arena);
  for (struct explanation **at = &x->pipeline->explaining; *at; at = &(*at)->next)
    if (*at == x) {
      *at = x->next;
      break;
    }

  free(x);
  give_answer(done, done_arg, &b);
}

void question_explain(struct pipeline *p, const char *authority, const char *school,
                      const char *subject, const char *recommendation, const char *competence,
                      answered *done, void *arg) {
  struct policy_slot *s = policy_slot_of(p, authority);
  struct person *person = find_person(p, authority, school, subject);
  if (!s || !person || p->day == ABSENT || !s->policy || !s->policy->ready) {
    done(arg, s && person ? -EAGAIN : -ENOENT, NULL, 0);
    return;
  }
  if (competence && !catalogue_competence(s->policy->catalogue, competence)) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  struct explanation *x = mem_alloc(sizeof *x);
  *x = (struct explanation){.pipeline = p,
                            .person = person,
                            .policy = s->policy,
                            .catalogue = s->policy->catalogue,
                            .day = p->day,
                            .done = done,
                            .arg = arg};
  struct buf bytes = {0};
  int32_t next_change_day;
  if (recommendation)
    x->recommendation = arena_strndup(&x->arena, recommendation, strlen(recommendation));
  else
    x->recommendation = NULL;
  if (competence)
    x->competence = arena_strndup(&x->arena, competence, strlen(competence));
  else
    x->competence = NULL;
  x->next = p->explaining;
  p->explaining = x;

  const struct facts_context context = facts_context_of(person->school, x->catalogue, p->day);
  facts_of(person, &context, &x->arena, &x->facts, &next_change_day);
  facts_encode(&x->facts, &bytes);
  ruleset_evaluate(s->policy->ruleset, &bytes, x->facts.n_needs, p->day, true, on_explained, x);
  buf_finish(&bytes);
}

/* The policy is going: those who wait for an explanation under it are asked to ask again. */
void question_explain_drop(struct pipeline *p, const struct policy *policy) {
  for (struct explanation **at = &p->explaining; *at;) {
    struct explanation *x = *at;
    if (x->policy != policy) {
      at = &x->next;
      continue;
    }

    *at = x->next;
    x->done(x->arg, -EAGAIN, NULL, 0);
    arena_finish(&x->arena);
    free(x);
  }
}
