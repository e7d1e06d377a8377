/* person - the questions about one person, read from memory. overview.c answers about many,
 * status.c about what serves, explain.c says why. */
#include <errno.h>
#include <string.h>

#include "event/json.h"
#include "questions/members.h"
#include "questions/questions.h"
#include "questions/responses.h"
#include "questions/routes.h"
#include "questions/titles.h"

/* --- person --- */

static void json_recommendations(struct buf *b, const struct pipeline *p,
                                 const struct person *person, const struct spoken *spoken) {
  struct buf basis = {0}, one = {0};
  basis_token(&person->basis, store_key(p->store), &basis);
  json_key(b, "recommendations");
  json_open(b, '[');

  for (size_t i = 0; i < person->n_current; i++) {
    buf_reset(&one);
    json_advice(&one, &person->current[i], &basis);
    json_answered_members(&one, spoken, person->current[i].id);
    json_close(&one, '}');
    json_raw(b, one.data, one.len);
  }

  json_close(b, ']');
  buf_finish(&basis);
  buf_finish(&one);
}

/* Roles of the posts in force or to come, as stated last, or the role that the job title stands
 * for; none: nobody said that the person works here. */
static void json_posts(struct buf *b, const struct person *person, const struct catalogue *c,
                       int32_t day) {
  const struct title_view title = title_of(person, c, day);
  const struct event *e = people_newest(&person->facts, EVENT_PERSON);
  const struct person_recorded *said = NULL;

  if (e)
    said = e->data;

  json_key(b, "posts");
  json_open(b, '[');
  for (uint32_t i = 0; said && i < said->roles.n; i++)
    if (said->roles.items[i].to == ABSENT || said->roles.items[i].to >= day)
      json_str(b, said->roles.items[i].role);

  if (title.state == TITLE_POST)
    json_str(b, title.role->code);

  json_close(b, ']');
  json_title(b, person, c, day);
}

void question_person(struct pipeline *p, const char *authority, const char *school,
                     const char *subject, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct person *person = find_person(p, authority, school, subject);
  if (!c || !person) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  struct arena a = {0};
  struct facts facts = {0};
  struct buf b = {0};
  const struct facts_context context = facts_context_of(person->school, c, p->day);
  int32_t next_change_day;

  if (p->day != ABSENT)
    facts_of(person, &context, &a, &facts, &next_change_day);

  json_open(&b, '{');
  key_str(&b, "person", person->subject);
  key_date(&b, "day", p->day);
  key_bool(&b, "due", person->work->due_since != 0);
  json_posts(&b, person, c, p->day);
  json_opt_str(&b, "absent", absence_of(person, p->day));
  json_key(&b, "needs");
  json_open(&b, '[');

  for (uint32_t i = 0; i < facts.n_needs; i++) {
    json_open(&b, '{');
    json_need_members(&b, c, &facts.needs[i]);
    json_close(&b, '}');
  }

  json_close(&b, ']');
  struct standing standing = standing_today(p, person, c, &facts, &a);
  const struct spoken spoken = spoken_by(person, c, p->day, &a);
  json_next_due(&b, &standing);
  json_goals(&b, &standing);
  json_recommendations(&b, p, person, &spoken);
  json_held(&b, person);
  json_answered(&b, &spoken);
  json_close(&b, '}');
  arena_finish(&a);
  give_answer(done, arg, &b);
}

/* --- recommendation --- */

static int copy_sequence(void *arg, const struct outbox_row *row) {
  *(uint64_t *)arg = row->sequence;
  return 0;
}

void question_recommendation(struct pipeline *p, const char *authority, const char *school,
                             const char *subject, const char *id, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct person *person = find_person(p, authority, school, subject);
  const struct current_advice *current = NULL;

  for (size_t i = 0; c && person && i < person->n_current; i++)
    if (strcmp(person->current[i].id, id) == 0)
      current = &person->current[i];

  if (!current) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  uint64_t sequence = 0;
  int rc = store_outbox_at(p->store, current->publication, copy_sequence, &sequence);
  if (rc < 0) {
    done(arg, rc, NULL, 0);
    return;
  }

  struct arena a = {0};
  struct buf b = {0}, basis = {0}, one = {0};
  char text[16];

  basis_token(&person->basis, store_key(p->store), &basis);
  json_advice(&one, current, &basis);
  json_close(&one, '}');
  snprintf(text, sizeof text, "%012llu", (unsigned long long)sequence);
  json_open(&b, '{');
  json_key(&b, "recommendation");
  json_raw(&b, one.data, one.len);

  const struct spoken spoken = spoken_by(person, c, p->day, &a);
  json_responses(&b, &spoken, id);
  json_agreements(&b, &spoken, id);
  key_str(&b, "sequence", text);
  json_close(&b, '}');
  arena_finish(&a);
  buf_finish(&basis);
  buf_finish(&one);
  give_answer(done, arg, &b);
}
