/* recorded - see recorded.h. */
#include "recorded.h"

#include <stdio.h>
#include <string.h>

#include "complete.h"
#include "conn.h"
#include "statement.h"

/* Candidates come from answers that are gone when the best of them is named. */
struct likely {
  struct nearest near;
  char best[129]; /* the longest id that there is */
};

static void likely_try(struct likely *l, const char *id) {
  const char *before = l->near.best;

  if (!id || strlen(id) >= sizeof l->best)
    return;

  nearest_try(&l->near, id);
  if (l->near.best == before)
    return;

  snprintf(l->best, sizeof l->best, "%s", id);
  l->near.best = l->best;
}

/* --- persons --- */

/* Of the answers to `question`: ids in `list`, each as `member`. A key that may not ask it gets no
 * hint. */
static void try_all(const struct settings *s, const char *question, const char *list,
                    const char *member, struct likely *l) {
  bool schools = !strcmp(question, "schools");
  struct text q = {0};
  struct answer a;

  text_add(&q, "{");
  add_member(&q, "question", question);
  add_member(&q, "authority", s->authority);
  if (!schools)
    add_member(&q, "school", s->school);

  text_add(&q, "}");
  int rc = door_look(s, "ask", q.s, ANSWER_MS, &a);
  text_finish(&q);
  if (rc)
    return;

  json items = json_get(a.tree, list);
  for (size_t i = 0; i < json_count(items); i++)
    likely_try(l, json_string(json_at(items, i), member));

  answer_finish(&a);
}

/* `listing`: the command that says which ids there are. */
static void add_hint(struct text *t, const struct likely *l, const char *listing) {
  if (l->near.best)
    text_addf(t, "; did you mean %s?", l->near.best);
  else
    text_addf(t, "; %s lists what there is.", listing);
}

int recorded_person(const struct settings *s, const char *person, json faults) {
  const char *pointer = json_string(json_at(faults, 0), "pointer");
  bool school = pointer && !strcmp(pointer, "/school");
  struct likely likely = {.near.given = school ? s->school : person};
  struct text t = {0};

  if (strcmp(faults_code(faults), "not-found") != 0)
    return 0;

  if (school) {
    try_all(s, "schools", "schools", "school", &likely);
    text_addf(&t, "nothing is recorded about school %s", s->school);
  } else {
    try_all(s, "school", "persons", "person", &likely);
    text_addf(&t, "nobody is recorded as %s in school %s", person, s->school);
  }

  add_hint(&t, &likely, school ? "needs ask schools" : "needs show");
  complain("%s Nothing was sent; --ahead sends it before the record%s", t.s,
           text_if(school, " of anybody there"));
  text_finish(&t);

  return EXIT_REJECTED;
}

/* --- recommendations --- */

static bool try_list(json list, const char *recommendation, struct likely *l) {
  bool found = false;

  for (size_t i = 0; i < json_count(list); i++) {
    const char *id = json_string(json_at(list, i), "recommendation");
    if (!id)
      continue;

    found = found || !strcmp(id, recommendation);
    if (l)
      likely_try(l, id);
  }

  return found;
}

static bool try_answer(json answer, const char *recommendation, struct likely *l) {
  static const char *const lists[] = {"recommendations", "answered", "held_back"};
  bool found = false;

  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    found |= try_list(json_get(answer, lists[i]), recommendation, l);

  return found;
}

bool recorded_names(json answer, const char *recommendation) {
  return try_answer(answer, recommendation, NULL);
}

static bool try_page(json page, const char *recommendation, struct likely *l) {
  json publications = json_get(page, "publications");
  bool found = false;

  for (size_t i = 0; i < json_count(publications) && !found; i++) {
    const char *id = json_string(json_get(json_at(publications, i), "data"), "recommendation");
    found = id && !strcmp(id, recommendation);
    likely_try(l, id);
  }

  return found;
}

static void add_replay(struct text *t, const struct settings *s, const char *person,
                       const char *cursor) {
  struct text topic = {0};

  text_addf(&topic, "%s/%s/%s", s->authority, s->school, person);
  text_add(t, "{");
  add_member(t, "since", cursor);
  text_add(t, ",\"limit\":1000,\"topics\":[");
  text_add_quoted(t, topic.s);
  text_add(t, "]}");
  text_finish(&topic);
}

enum past {
  PAST_NOT,
  PAST_FOUND,
  PAST_UNREAD
};

/* All that was ever published about the person, page by page. */
static enum past look_back(const struct settings *s, const char *person, const char *recommendation,
                           struct likely *l) {
  struct text cursor = {0};
  enum past ret = PAST_NOT;
  bool more = true;

  text_add(&cursor, "start");
  while (more && ret == PAST_NOT) {
    struct text q = {0};
    struct answer a;

    add_replay(&q, s, person, cursor.s);
    int rc = door_look(s, "replay", q.s, ANSWER_MS, &a);
    text_finish(&q);
    if (rc) {
      ret = PAST_UNREAD;
      break;
    }

    const char *next = json_string(a.tree, "cursor");
    if (!next)
      ret = PAST_UNREAD;
    else if (try_page(a.tree, recommendation, l))
      ret = PAST_FOUND;
    else {
      more = json_flag(a.tree, "more");
      text_finish(&cursor);
      text_add(&cursor, next);
    }

    answer_finish(&a);
  }
  text_finish(&cursor);

  return ret;
}

int recorded_recommendation(const struct settings *s, json answer, const char *recommendation) {
  const char *person = json_string(answer, "person");
  struct likely likely = {.near.given = recommendation};
  struct text t = {0}, listing = {0};

  if (try_answer(answer, recommendation, &likely) || !person)
    return 0;
  if (look_back(s, person, recommendation, &likely) != PAST_NOT)
    return 0;

  text_addf(&t, "%s is not recommended to %s and never was", recommendation, person);
  text_addf(&listing, "needs show %s", person);
  add_hint(&t, &likely, listing.s);
  text_finish(&listing);
  complain("%s Nothing was sent; --ahead sends it anyway", t.s);
  text_finish(&t);

  return EXIT_REJECTED;
}
