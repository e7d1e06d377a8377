/* overview - the questions about many: a school, an authority's schools, and what everybody
 * answered. */
#include <errno.h>
#include <string.h>

#include "event/json.h"
#include "needs/advice.h"
#include "questions/members.h"
#include "questions/questions.h"
#include "questions/responses.h"
#include "questions/titles.h"

/* --- school --- */

/* What an overview counts, of one person or of all. */
struct overview {
  int32_t needs, unrated, required, recommendations, compliance;
  struct takeup takeup;
};

static void json_counts(struct buf *b, const struct overview *o) {
  key_int(b, "needs", o->needs);
  key_int(b, "unrated", o->unrated);
  key_int(b, "required_by_law", o->required);
  key_int(b, "recommendations", o->recommendations);
  key_int(b, "compliance", o->compliance);
  json_takeup(b, o->takeup);
}

static struct overview overview_of(struct pipeline *p, const struct catalogue *c,
                                   struct person *person, struct arena *a) {
  struct facts facts = {0};
  struct overview o = {.recommendations = (int32_t)person->n_current};
  const struct facts_context context = facts_context_of(person->school, c, p->day);
  int32_t next_change_day;

  if (p->day != ABSENT)
    facts_of(person, &context, a, &facts, &next_change_day);

  o.needs = (int32_t)facts.n_needs;
  for (uint32_t i = 0; i < facts.n_needs; i++) {
    const struct need *n = &facts.needs[i];
    o.unrated += n->current == ABSENT;
    o.required += n->importance == IMPORTANCE_STATUTORY && (n->current == ABSENT || n->gap > 0);
  }

  for (size_t i = 0; i < person->n_current; i++)
    o.compliance += advice_is_for_compliance(person->current[i].advice);

  if (absence_of(person, p->day))
    return o;

  const struct spoken spoken = spoken_by(person, c, p->day, a);
  o.takeup = takeup_of(&spoken);

  return o;
}

static void json_overview(struct buf *b, struct pipeline *p, const struct catalogue *c,
                          struct person *person, struct arena *a, struct overview *total) {
  arena_reset(a);
  const struct overview o = overview_of(p, c, person, a);
  json_open(b, '{');
  key_str(b, "person", person->subject);
  json_counts(b, &o);
  key_bool(b, "due", person->work->due_since != 0);
  if (title_waits(person, c, p->day))
    key_bool(b, "title_waits", true);

  json_opt_str(b, "absent", absence_of(person, p->day));
  json_close(b, '}');
  total->needs += o.needs;
  total->unrated += o.unrated;
  total->required += o.required;
  total->recommendations += o.recommendations;
  total->compliance += o.compliance;
  takeup_add(&total->takeup, o.takeup);
}

/* What the school as a whole is advised. */
static void json_cohorts(struct buf *b, const struct pipeline *p, const struct school *school) {
  struct buf basis = {0};

  basis_token(&school->basis, store_key(p->store), &basis);
  json_key(b, "cohorts");
  json_open(b, '[');

  for (size_t i = 0; i < school->n_current; i++) {
    struct buf one = {0};
    json_advice(&one, &school->current[i], &basis);
    json_close(&one, '}');
    json_raw(b, one.data, one.len);
    buf_finish(&one);
  }

  json_close(b, ']');
  buf_finish(&basis);
}

void question_school(struct pipeline *p, const char *authority, const char *code, answered *done,
                     void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct school *school = find_school(p, authority, code);
  if (!c || !school) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  struct arena a = {0};
  struct buf b = {0};
  struct overview total = {0};
  int64_t persons = 0;

  json_open(&b, '{');
  key_str(&b, "school", school->code);
  key_date(&b, "day", p->day);
  json_key(&b, "persons");
  json_open(&b, '[');

  for (size_t i = 0; i < school->n_persons; i++) {
    if (!person_known(school->persons[i]))
      continue;
    json_overview(&b, p, c, school->persons[i], &a, &total);
    persons++;
  }

  json_close(&b, ']');
  json_key(&b, "total");
  json_open(&b, '{');
  key_int(&b, "persons", persons);
  json_counts(&b, &total);
  json_close(&b, '}');
  json_cohorts(&b, p, school);
  json_close(&b, '}');
  arena_finish(&a);
  give_answer(done, arg, &b);
}

/* --- schools --- */

struct school_counts {
  int64_t persons, due, needs, recommendations;
};

static void json_school_counts(struct buf *b, const struct school_counts *n) {
  key_int(b, "persons", n->persons);
  key_int(b, "due", n->due);
  key_int(b, "needs", n->needs);
  key_int(b, "recommendations", n->recommendations);
}

static struct school_counts count_school(struct pipeline *p, const struct catalogue *c,
                                         const struct school *school, struct arena *a) {
  struct school_counts n = {0};

  for (size_t i = 0; i < school->n_persons; i++) {
    struct person *person = school->persons[i];
    struct facts facts = {0};
    int32_t next_change_day;

    if (!person_known(person))
      continue;

    arena_reset(a);
    const struct facts_context context = facts_context_of(school, c, p->day);
    if (p->day != ABSENT)
      facts_of(person, &context, a, &facts, &next_change_day);

    n.persons++;
    n.due += person->work->due_since != 0;
    n.needs += facts.n_needs;
    n.recommendations += person->n_current;
  }

  return n;
}

static void json_schools(struct buf *b, struct pipeline *p, const struct catalogue *c,
                         const struct authority *authority, struct school_counts *total) {
  struct arena a = {0};

  for (size_t i = 0; authority && i < authority->n_schools; i++) {
    const struct school *school = authority->schools[i];
    const struct school_counts n = count_school(p, c, school, &a);
    if (!n.persons)
      continue; /* "-", or all that was pushed was taken back */

    json_open(b, '{');
    key_str(b, "school", school->code);
    json_school_counts(b, &n);
    json_close(b, '}');
    total->persons += n.persons;
    total->due += n.due;
    total->needs += n.needs;
    total->recommendations += n.recommendations;
  }

  arena_finish(&a);
}

void question_schools(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct school_counts total = {0};
  struct buf b = {0};

  if (!c) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  json_open(&b, '{');
  key_str(&b, "authority", authority);
  key_date(&b, "day", p->day);
  json_key(&b, "schools");
  json_open(&b, '[');
  json_schools(&b, p, c, people_authority(&p->people, authority, false), &total);
  json_close(&b, ']');
  json_key(&b, "total");
  json_open(&b, '{');
  json_school_counts(&b, &total);
  json_close(&b, '}');
  json_close(&b, '}');
  give_answer(done, arg, &b);
}

/* --- answers --- */

void question_answers(struct pipeline *p, const char *authority, const char *code,
                      const char *subject, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct school *school = find_school(p, authority, code);
  if (!c || !school || (subject && !find_person(p, authority, code, subject))) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  struct arena a = {0};
  struct buf b = {0};

  json_open(&b, '{');
  key_str(&b, "school", school->code);
  key_date(&b, "day", p->day);
  json_key(&b, "answers");
  json_open(&b, '[');

  for (size_t i = 0; i < school->n_persons; i++) {
    const struct person *person = school->persons[i];
    if (!person_known(person) ||
        (subject ? strcmp(person->subject, subject) != 0 : absence_of(person, p->day) != NULL))
      continue;

    arena_reset(&a);
    const struct spoken spoken = spoken_by(person, c, p->day, &a);
    json_answer_lines(&b, &spoken);
  }

  json_close(&b, ']');
  json_close(&b, '}');
  arena_finish(&a);
  give_answer(done, arg, &b);
}
