/* titles - job titles that stand for no role: what a person's title does, and the queue of those
 * that wait to be mapped.
 *
 * A school sees its own. A title may name one person, so the authority sees only what several
 * schools use, and never which. */
#include <errno.h>
#include <string.h>

#include "event/json.h"
#include "needs/needs.h"
#include "questions/members.h"
#include "questions/questions.h"
#include "questions/titles.h"

enum {
  SCHOOLS_AT_LEAST = 3
}; /* before the authority sees a title */

struct waits { /* one person whose title waits */
  char key[TITLE_KEY];
  const char *written;
  const struct school *school;
};
struct queue {
  const struct catalogue *catalogue;
  int32_t day;
  struct waits *items; /* by key, school, spelling */
  size_t n, cap;
};

static void json_role(struct buf *b, const struct role *role, enum certainty certainty) {
  key_str(b, "role", role ? role->code : NULL);
  key_str(b, "role_title", role ? role->title : NULL);
  key_str(b, "certainty", role ? certainty_words[certainty] : NULL);
}

void json_title(struct buf *b, const struct person *person, const struct catalogue *c,
                int32_t day) {
  const struct title_view v = title_of(person, c, day);
  char from[DATE_TEXT];

  if (v.state == TITLE_NONE)
    return;

  json_key(b, "title");
  json_open(b, '{');
  key_str(b, "written", v.title);
  json_role(b, v.role, v.certainty);
  json_key(b, "waits");
  json_bool(b, v.state == TITLE_WAITS);
  key_str(b, "from", date_text(v.from, from));
  json_close(b, '}');
}

/* --- the queue --- */

bool title_waits(const struct person *person, const struct catalogue *c, int32_t day) {
  int32_t next_change_day = INT32_MAX;
  return person_present(person, day, &next_change_day) &&
         title_of(person, c, day).state == TITLE_WAITS;
}

static void look_at(struct queue *q, const struct person *person) {
  if (!title_waits(person, q->catalogue, q->day))
    return;

  const struct title_view v = title_of(person, q->catalogue, q->day);
  q->items = mem_grow(q->items, &q->cap, q->n + 1, sizeof *q->items);
  struct waits *w = &q->items[q->n++];
  catalogue_title_key(v.title, w->key);
  w->written = v.title;
  w->school = person->school;
}

static void look_at_school(struct queue *q, const struct school *school) {
  for (size_t i = 0; i < school->n_persons; i++)
    look_at(q, school->persons[i]);
}

static int order(const void *x, const void *y) {
  const struct waits *a = x, *b = y;
  int by_key = strcmp(a->key, b->key), by_school = strcmp(a->school->code, b->school->code);
  if (by_key)
    return by_key;
  if (by_school)
    return by_school;
  return strcmp(a->written, b->written);
}

static void sort(struct queue *q) {
  if (q->n > 1)
    qsort(q->items, q->n, sizeof *q->items, order);
}

/* The end of the run of one title that begins at `from`, and how many schools use it. */
static size_t run_of(const struct queue *q, size_t from, size_t *ret_schools) {
  size_t to = from, schools = 0;
  for (; to < q->n && strcmp(q->items[to].key, q->items[from].key) == 0; to++)
    schools += to == from || q->items[to].school != q->items[to - 1].school;
  *ret_schools = schools;
  return to;
}

/* The catalogue's own guess, of which it is not sure enough. */
static void json_suggestion(struct buf *b, const struct queue *q, const char *title) {
  enum certainty certainty = CERTAINTY_LOW;
  const struct role *role = catalogue_title(q->catalogue, title, &certainty);

  json_key(b, "suggestion");
  if (!role) {
    json_null(b);
    return;
  }

  json_open(b, '{');
  json_role(b, role, certainty);
  key_str(b, "note", catalogue_title_note(q->catalogue, title));
  json_close(b, '}');
}

static void json_school_titles(struct buf *b, const struct queue *q) {
  for (size_t from = 0, to, schools; from < q->n; from = to) {
    to = run_of(q, from, &schools);
    json_open(b, '{');
    key_str(b, "title", q->items[from].key);
    key_str(b, "written", q->items[from].written);
    json_key(b, "people");
    json_int(b, (int64_t)(to - from));
    json_suggestion(b, q, q->items[from].written);
    json_close(b, '}');
  }
}

/* Returns how many titles were left out. One without a letter that can be compared is several that
 * only look the same. */
static size_t json_authority_titles(struct buf *b, const struct queue *q) {
  size_t others = 0;

  for (size_t from = 0, to, schools; from < q->n; from = to) {
    to = run_of(q, from, &schools);
    if (schools < SCHOOLS_AT_LEAST || !*q->items[from].key) {
      others++;
      continue;
    }

    json_open(b, '{');
    key_str(b, "title", q->items[from].key);
    json_key(b, "schools");
    json_int(b, (int64_t)schools);
    json_suggestion(b, q, q->items[from].key);
    json_close(b, '}');
  }

  return others;
}

/* Each counts once, however many people have it. */
size_t titles_waiting(struct pipeline *p, const char *authority) {
  struct queue q = {.catalogue = pipeline_catalogue(p, authority), .day = p->day};
  const struct authority *whole = people_authority(&p->people, authority, false);
  size_t titles = 0, schools;

  for (size_t i = 0; q.catalogue && p->day != ABSENT && whole && i < whole->n_schools; i++)
    look_at_school(&q, whole->schools[i]);

  sort(&q);
  for (size_t from = 0; from < q.n; from = run_of(&q, from, &schools))
    titles++;

  free(q.items);

  return titles;
}

static void json_queue(struct buf *b, struct queue *q, const struct school *school) {
  char day[DATE_TEXT];
  size_t others = 0;

  sort(q);
  json_open(b, '{');
  if (school)
    key_str(b, "school", school->code);

  key_str(b, "day", date_text(q->day, day));
  json_key(b, "titles");
  json_open(b, '[');

  if (school)
    json_school_titles(b, q);
  else
    others = json_authority_titles(b, q);

  json_close(b, ']');
  if (!school) {
    json_key(b, "others");
    json_int(b, (int64_t)others);
    json_key(b, "schools_at_least");
    json_int(b, SCHOOLS_AT_LEAST);
  }

  json_close(b, '}');
}

void question_titles(struct pipeline *p, const char *authority, const char *code, answered *done,
                     void *arg) {
  struct queue q = {.catalogue = pipeline_catalogue(p, authority), .day = p->day};
  const struct authority *whole = people_authority(&p->people, authority, false);
  const struct school *school = NULL;

  if (code)
    school = find_school(p, authority, code);

  if (!q.catalogue || (code && !school) || p->day == ABSENT) {
    done(arg, q.catalogue && p->day == ABSENT ? -EAGAIN : -ENOENT, NULL, 0);
    return;
  }

  struct buf b = {0};
  if (school)
    look_at_school(&q, school);
  for (size_t i = 0; !school && whole && i < whole->n_schools; i++)
    look_at_school(&q, whole->schools[i]);

  json_queue(&b, &q, school);
  free(q.items);
  done(arg, 0, (const char *)b.data, b.len);
  buf_finish(&b);
}
