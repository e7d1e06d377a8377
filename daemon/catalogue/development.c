/* development - what "<kind>.<rest>" means.
 *
 * kinds.csv says what a kind's rest names: a unit (by slug or code), a qualification of that type,
 * a competence, a form of informal.csv. Rows of courses.csv and informal.csv may add things of
 * their own under any kind. Every id that can be written is indexed under one spelling, so that
 * events keep that one whatever was sent. */
#include <stdio.h>
#include <string.h>

#include "base/code.h"
#include "catalogue/combine.h"
#include "catalogue/internal.h"

/* What a canonical id names; exactly one of the pointers is set. */
struct target {
  const char *id;
  const struct kind *kind;
  const struct unit *unit;
  const struct qualification *qualification;
  const struct competence *competence;
  const struct informal *form;
  const struct course *course;
};

/* Apprenticeships and statuses are kinds of their own; every other type is a qualification. */
static const struct kind *kind_for(const struct catalogue *c, const struct qualification *q) {
  const struct row *r = NULL;
  if (q->type)
    r = table_row(c, TABLE_KIND, q->type);

  const struct kind *k = NULL;
  if (r)
    k = r->item;

  if (k && k->of == OF_QUALIFICATION)
    return k;

  r = table_row(c, TABLE_KIND, "qualification");
  if (r)
    return r->item;

  return NULL;
}

struct indexing {
  struct catalogue *c;
  struct fault_list *faults;
  /* characters of its code: a school's advice is named <kind>.<rest>.<family> */
  size_t longest_family;
  uint32_t told; /* competences whose ids are too long: each once, whatever the kinds */
};

/* Too long for the wire: a client that gets such an id could not send it back. */
static bool is_too_long(const struct indexing *x, const char *id) {
  return strlen(id) + 1 + x->longest_family > WIRE_MAX;
}

static void fault_too_long(struct indexing *x, const struct row *row, const char *column,
                           const char *id) {
  row_strict(x->c, x->faults, row, column,
             "its id '%s' has %zu characters, and a school's with a family of roles %zu; at most "
             "%d are allowed, so shorten "
             "the codes that it is made of",
             id, strlen(id), strlen(id) + 1 + x->longest_family, WIRE_MAX);
}

/* Makes the id of one row. What has it already keeps it: a fault, but for a form of informal.csv,
 * which says its usual time. */
static void index_one(struct indexing *x, const struct kind *kind, const char *rest,
                      const struct row *row, const char *column, struct target t) {
  struct catalogue *c = x->c;
  if (!kind)
    return;

  const char *id = arena_printf(&c->arena, "%s.%s", kind->coded.code, rest);
  const struct target *other = names_get(&c->developments, id);
  if (other && !t.form)
    row_strict(c, x->faults, row, column,
               "its id '%s' is that of another row too; give one of them another code", id);

  if (other)
    return;

  if (is_too_long(x, id) && !(t.competence && x->told > t.competence->index)) {
    fault_too_long(x, row, column, id);
    if (t.competence)
      x->told = t.competence->index + 1;
  }

  if (strlen(id) > WIRE_MAX)
    return;

  struct target *kept = arena_alloc(&c->arena, sizeof(*kept));
  *kept = t;
  kept->kind = kind;
  kept->id = id;
  names_put(&c->developments, &c->arena, kept->id, kept);
}

static void index_kind(struct indexing *x, const struct kind *kind) {
  struct table *units = &x->c->tables[TABLE_UNIT], *competences = &x->c->tables[TABLE_COMPETENCE];

  for (uint32_t i = 0; kind->of == OF_UNIT && i < units->n; i++) {
    const struct unit *u = item_of(units, i);
    index_one(x, kind, u->slug, units->rows[i], "slug", (struct target){.unit = u});
  }

  for (uint32_t i = 0; kind->of == OF_COMPETENCE && i < competences->n; i++) {
    const struct competence *k = x->c->competences[i];
    index_one(x, kind, k->slug, competences->rows[i], "code", (struct target){.competence = k});
  }
}

static size_t longest_family(const struct catalogue *c) {
  const struct table *t = &c->tables[TABLE_FAMILY];
  size_t most = 0;

  for (uint32_t i = 0; i < t->n; i++) {
    size_t n = strlen(t->rows[i]->key);
    if (n > most)
      most = n;
  }

  return most;
}

/* Competences first: where a form of informal.csv has a competence's name, the competence is meant.
 */
void developments_index(struct catalogue *c, struct fault_list *faults) {
  struct indexing x = {.c = c, .faults = faults, .longest_family = longest_family(c)};
  struct table *t = c->tables;

  for (uint32_t i = 0; i < t[TABLE_KIND].n; i++)
    index_kind(&x, item_of(&t[TABLE_KIND], i));
  for (uint32_t i = 0; i < t[TABLE_QUALIFICATION].n; i++) {
    const struct qualification *q = c->qualifications[i];
    index_one(&x, kind_for(c, q), q->id, t[TABLE_QUALIFICATION].rows[i], "qualification",
              (struct target){.qualification = q});
  }

  for (uint32_t i = 0; i < t[TABLE_COURSE].n; i++) {
    const struct course *course = item_of(&t[TABLE_COURSE], i);
    const struct kind *kind = (const struct kind *)(const void *)course->kind;
    index_one(&x, kind, course->id, t[TABLE_COURSE].rows[i], "course",
              (struct target){.course = course});
  }

  for (uint32_t i = 0; i < t[TABLE_INFORMAL].n; i++) {
    const struct informal *form = item_of(&t[TABLE_INFORMAL], i);
    const struct kind *kind = table_row(c, TABLE_KIND, form->kind)->item;
    index_one(&x, kind, form->id, t[TABLE_INFORMAL].rows[i], "form", (struct target){.form = form});
  }
}

const char *development_of(const struct catalogue *c, enum table_id table, const void *item,
                           struct arena *a) {
  const struct course *course = item;
  const struct informal *form = item;
  const struct row *unit = table_row(c, TABLE_KIND, "unit");
  const char *kind = NULL, *rest = NULL;

  if (table == TABLE_UNIT && unit) {
    kind = ((const struct kind *)unit->item)->coded.code;
    rest = ((const struct unit *)item)->slug;
  } else if (table == TABLE_QUALIFICATION && kind_for(c, item)) {
    kind = kind_for(c, item)->coded.code;
    rest = ((const struct qualification *)item)->id;
  } else if (table == TABLE_COURSE) {
    kind = ((const struct kind *)(const void *)course->kind)->coded.code;
    rest = course->id;
  } else if (table == TABLE_INFORMAL) {
    kind = form->kind;
    rest = form->id;
  }

  if (!kind)
    return NULL;

  const char *id = arena_printf(a, "%s.%s", kind, rest);
  if (names_get(&c->developments, id))
    return id;

  return NULL;
}

/* Another spelling of a unit or competence after "<kind>." */
static const struct target *other_spelling(const struct catalogue *c, const char *id) {
  char kind_code[CODE_MAX + 1];
  const char *dot = strchr(id, '.');
  size_t n = 0;

  if (dot)
    n = (size_t)(dot - id);

  if (n == 0 || n >= sizeof(kind_code))
    return NULL;

  memcpy(kind_code, id, n);
  kind_code[n] = 0;

  const struct row *r = table_row(c, TABLE_KIND, kind_code);
  const struct kind *kind = NULL;

  if (r)
    kind = r->item;

  const char *rest = NULL;

  if (kind && kind->of == OF_UNIT) {
    const struct unit *u = catalogue_unit(c, dot + 1);
    if (u)
      rest = u->slug;
    else
      rest = NULL;
  } else if (kind && kind->of == OF_COMPETENCE) {
    const struct competence *k = names_get(&c->competence_dotted, dot + 1);
    if (!k)
      k = catalogue_competence(c, dot + 1);
    if (k)
      rest = k->slug;
    else
      rest = NULL;
  }

  if (!rest)
    return NULL;

  struct arena scratch = {0};
  const struct target *t = names_get(&c->developments,
                                     arena_printf(&scratch, "%s.%s", kind_code, rest));

  arena_finish(&scratch);

  return t;
}

static const struct target *target_of(const struct catalogue *c, const char *id) {
  const struct target *t = names_get(&c->developments, id);
  if (t)
    return t;
  return other_spelling(c, id);
}

const char *development_canonical(const struct catalogue *c, const char *id) {
  const struct target *t = target_of(c, id);
  if (t)
    return t->id;
  return NULL;
}

/* The competences of a list of gives, in the caller's arena. */
static void close_gives(struct development *d, const struct gives *gives, uint32_t n,
                        struct arena *a) {
  if (n == 0)
    return;

  const struct competence **list = arena_alloc(a, n * sizeof(*list));
  for (uint32_t i = 0; i < n; i++)
    list[i] = gives[i].competence;

  d->competences = list;
  d->n_competences = n;
}

static void of_unit(struct development *d, const struct unit *u, struct arena *a) {
  d->unit = u;
  d->title = arena_strndup(a, u->title, strlen(u->title));
  d->level = u->level;
  d->credit = u->credit;
  close_gives(d, u->gives, u->n_gives, a);
}

static void add_closed(const struct competence **list, uint32_t *n, const struct gives *gives,
                       uint32_t n_gives) {
  for (uint32_t i = 0; i < n_gives; i++) {
    uint32_t at = 0;
    while (at < *n && list[at] != gives[i].competence)
      at++;
    if (at == *n)
      list[(*n)++] = gives[i].competence;
  }
}

/* A qualification closes what it gives as a whole and what any unit of its combination gives. */
static void of_qualification(const struct catalogue *c, struct development *d,
                             const struct qualification *q, struct arena *a) {
  d->qualification = q;
  d->title = arena_strndup(a, q->title, strlen(q->title));
  d->level = q->level;
  d->credit = q->credit;

  uint32_t n_units, most = q->n_gives;
  const struct unit *const *units = combine_units(c, q->id, a, &n_units);

  for (uint32_t i = 0; i < n_units; i++)
    most += units[i]->n_gives;

  const struct competence **list = arena_alloc(a, (most + 1) * sizeof(*list));
  d->competences = list;
  add_closed(list, &d->n_competences, q->gives, q->n_gives);
  for (uint32_t i = 0; i < n_units; i++)
    add_closed(list, &d->n_competences, units[i]->gives, units[i]->n_gives);
}

/* One sitting in which people hear or see something; coaching and the like take their time. */
static bool is_session(const struct kind *kind) {
  return strcmp(kind->coded.code, "inset") == 0 || strcmp(kind->coded.code, "e-learning") == 0;
}

static void of_course(struct development *d, const struct course *course, struct arena *a) {
  d->title = arena_strndup(a, course->title, strlen(course->title));
  d->level = course->level;
  d->credit = course->credit;
  d->minutes = course->minutes;
  d->competences = arena_alloc(a, (course->n_competences + 1) * sizeof(const struct competence *));
  if (course->n_competences > 0)
    memcpy((void *)d->competences, course->competences,
           course->n_competences * sizeof(const struct competence *));

  d->n_competences = course->n_competences;
}

/* --- goals --- */

#define ROLE_GOAL "role."

const char *catalogue_goal_of(const struct catalogue *c, const struct qualification *q,
                              struct arena *a) {
  const struct kind *kind = kind_for(c, q);
  if (!kind)
    return NULL;
  return arena_printf(a, "%s.%s", kind->coded.code, q->id);
}

static const char *goal_if_same(const char *goal, const char *given) {
  if (goal && strcmp(goal, given) == 0)
    return goal;
  return NULL;
}

const char *catalogue_goal(const struct catalogue *c, const char *given, struct arena *a) {
  const char *dot = strchr(given, '.');
  bool says_role = strncmp(given, ROLE_GOAL, strlen(ROLE_GOAL)) == 0;
  const struct qualification *q = catalogue_qualification(c, given);

  if (says_role && catalogue_role(c, dot + 1))
    return arena_printf(a, "%s", given);
  if (q)
    return catalogue_goal_of(c, q, a);
  if (catalogue_role(c, given))
    return arena_printf(a, ROLE_GOAL "%s", given);

  if (dot)
    q = catalogue_qualification(c, dot + 1);
  if (q)
    return goal_if_same(catalogue_goal_of(c, q, a), given);
  return NULL;
}

bool catalogue_development(const struct catalogue *c, const char *id, struct arena *a,
                           struct development *ret) {
  const struct target *t = NULL;
  if (id)
    t = target_of(c, id);

  if (!t)
    return false;

  struct development d = {
      .level = ABSENT, .credit = ABSENT, .minutes = ABSENT, .formal = t->kind->formal};
  size_t kind_len = strlen(t->kind->coded.code);

  d.id = arena_strndup(a, t->id, strlen(t->id));
  d.kind = arena_strndup(a, t->kind->coded.code, kind_len);
  d.rest = d.id + kind_len + 1;
  if (t->unit)
    of_unit(&d, t->unit, a);
  if (t->qualification)
    of_qualification(c, &d, t->qualification, a);
  if (t->course)
    of_course(&d, t->course, a);
  if (t->form)
    d.title = arena_strndup(a, t->form->title, strlen(t->form->title));
  if (t->competence) {
    const struct competence **one = arena_alloc(a, sizeof(const struct competence *));
    *one = t->competence;
    d.competences = one;
    d.n_competences = 1;
    d.title = arena_printf(a, "%s: %s", t->kind->coded.words, t->competence->title);
    if (is_session(t->kind))
      d.minutes = t->competence->session_minutes;
  }

  *ret = d;

  return true;
}

bool catalogue_development_at(const struct catalogue *c, uint32_t i, struct arena *a,
                              struct development *ret) {
  const struct table *courses = &c->tables[TABLE_COURSE];
  *ret = (struct development){0};
  if (i >= courses->n + c->tables[TABLE_QUALIFICATION].n)
    return false;

  const char *id = i < courses->n ? development_of(c, TABLE_COURSE, item_of(courses, i), a)
                                  : development_of(c, TABLE_QUALIFICATION,
                                                   c->qualifications[i - courses->n], a);
  if (id)
    catalogue_development(c, id, a, ret);

  return true;
}
