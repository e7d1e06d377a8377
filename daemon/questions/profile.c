/* profile - what a role or a duty asks for and which training leads there; of a person, what they
 * have of it already. The catalogue's part is catalogue/training.c. */
#include <errno.h>

#include "catalogue/training.h"
#include "needs/needs.h"
#include "questions/members.h"
#include "questions/questions.h"

struct profile_of {
  const struct role *role; /* NULL: of a duty */
  const struct profile_row *rows;
  uint32_t n;
};

static void json_head(struct buf *b, const struct profile_of *of) {
  if (of->role) {
    key_str(b, "role", of->role->code);
    key_str(b, "title", of->role->title);
    key_bool(b, "in_scope", of->role->in_scope);
  } else {
    key_str(b, "duty", of->rows->competence->key);
    key_str(b, "title", of->rows->competence->title);
  }
}

static void json_level(struct buf *b, const struct catalogue *c, const struct person *person,
                       const struct profile_row *row, int32_t day) {
  struct arena a = {0};
  const struct level level = level_now(person, c, row->competence->index, day, &a);

  key_int(b, "current", level.current);
  key_str(b, "evidence", level.evidence);
  key_date(b, "rated_on", level.rated_on);
  arena_finish(&a);
}

static void json_row(struct buf *b, const struct catalogue *c, const struct person *person,
                     const struct profile_row *row, int32_t day) {
  const struct competence *k = row->competence;

  json_open(b, '{');
  key_str(b, "competence", k->key);
  key_str(b, "code", k->short_ok ? k->code : k->key);
  key_str(b, "title", k->title);
  json_levels(b, k->framework);
  key_int(b, "required", row->level);
  key_str(b, "importance", importance_words[row->importance]);
  key_str(b, "purpose", purpose_words[row->purpose]);
  key_bool(b, "certificate", k->certificate);
  if (person)
    json_level(b, c, person, row, day);

  json_training(b, c, k);
  json_close(b, '}');
}

void question_profile(struct pipeline *p, const char *authority, const char *school,
                      const char *subject, const char *role, const char *duty, answered *done,
                      void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  const struct person *person = NULL;
  struct profile_row one = {0};
  struct profile_of of = {0};
  struct buf b = {0};

  if (subject)
    person = find_person(p, authority, school, subject);

  if (!c || (subject && !person)) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  if (subject && p->day == ABSENT) {
    done(arg, -EAGAIN, NULL, 0);
    return;
  }

  if (role) {
    of.role = catalogue_role(c, role);
    of.rows = catalogue_profile(c, role, &of.n);
  } else {
    one = duty_row(catalogue_competence(c, duty));
    of.rows = &one;
    of.n = 1;
  }

  json_open(&b, '{');
  json_head(&b, &of);
  if (person)
    key_str(&b, "person", person->subject);
  if (person)
    json_opt_str(&b, "absent", absence_of(person, p->day));

  key_date(&b, "day", p->day);
  /* no levels of somebody who has left or must not be looked at */
  const struct person *rated = person;
  if (person && absence_of(person, p->day))
    rated = NULL;

  json_key(&b, "competences");
  json_open(&b, '[');
  for (uint32_t i = 0; i < of.n; i++)
    json_row(&b, c, rated, &of.rows[i], p->day);

  json_close(&b, ']');
  json_awards(&b, c, of.rows, of.n);
  json_close(&b, '}');
  give_answer(done, arg, &b);
}
