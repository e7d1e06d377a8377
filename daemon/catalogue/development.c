/* development - what "<kind>.<rest>" means.
 *
 * kinds.csv says what a kind's rest names: a unit (by slug or code), a qualification of that type, a competence, a form of
 * informal.csv. Rows of courses.csv and informal.csv may add things of their own under any kind. Every id that can be written is
 * indexed under one spelling, so that events keep that one whatever was sent. */
#include <stdio.h>
#include <string.h>

#include "catalogue/combine.h"
#include "catalogue/inside.h"

/* What a canonical id stands for; exactly one of the pointers is set. */
struct target {
  const char *id;
  const struct kind *kind;
  const struct unit *unit;
  const struct qualification *qualification;
  const struct competence *competence;
  const struct informal *form;
  const struct course *course;
};

const char *competence_slug(const struct competence *k, char out[80]) {
  snprintf(out, 80, "%s", k->short_ok ? k->code : k->key);
  for (char *p = out; !k->short_ok && *p; p++)
    if (*p == '@' || *p == '/') *p = '.';
  return out;
}

/* Apprenticeships and statuses are kinds of their own; every other type is a qualification. */
static const struct kind *kind_for(const struct catalogue *c, const struct qualification *q) {
  const struct row *r = q->type ? table_row(c, TABLE_KIND, q->type) : NULL;
  const struct kind *k = r ? r->item : NULL;
  if (k && k->of == OF_QUALIFICATION) return k;
  r = table_row(c, TABLE_KIND, "qualification");
  return r ? r->item : NULL;
}

static void index_one(struct catalogue *c, const struct kind *kind, const char *rest, struct target t) {
  char id[160];
  if (!kind || snprintf(id, sizeof(id), "%s.%s", kind->coded.code, rest) >= (int)sizeof(id) || names_get(&c->developments, id))
    return;
  struct target *kept = arena_alloc(&c->arena, sizeof(*kept));
  *kept = t;
  kept->kind = kind;
  kept->id = arena_strndup(&c->arena, id, strlen(id));
  names_put(&c->developments, &c->arena, kept->id, kept);
}

static void index_kind(struct catalogue *c, const struct kind *kind) {
  char slug[80];
  if (kind->of == OF_UNIT)
    for (uint32_t i = 0; i < c->tables[TABLE_UNIT].n; i++) {
      const struct unit *u = item_of(&c->tables[TABLE_UNIT], i);
      index_one(c, kind, u->slug, (struct target){.unit = u});
    }
  if (kind->of == OF_COMPETENCE)
    for (uint32_t i = 0; i < c->tables[TABLE_COMPETENCE].n; i++)
      index_one(c, kind, competence_slug(c->competences[i], slug), (struct target){.competence = c->competences[i]});
}

/* Competences first: where a form of informal.csv has a competence's name, the competence is meant. */
void developments_index(struct catalogue *c) {
  struct table *t = c->tables;
  for (uint32_t i = 0; i < t[TABLE_KIND].n; i++) index_kind(c, item_of(&t[TABLE_KIND], i));
  for (uint32_t i = 0; i < t[TABLE_QUALIFICATION].n; i++) {
    const struct qualification *q = c->qualifications[i];
    index_one(c, kind_for(c, q), q->id, (struct target){.qualification = q});
  }
  for (uint32_t i = 0; i < t[TABLE_COURSE].n; i++) {
    const struct course *course = item_of(&t[TABLE_COURSE], i);
    index_one(c, (const struct kind *)(const void *)course->kind, course->id, (struct target){.course = course});
  }
  for (uint32_t i = 0; i < t[TABLE_INFORMAL].n; i++) {
    const struct informal *form = item_of(&t[TABLE_INFORMAL], i);
    index_one(c, table_row(c, TABLE_KIND, form->kind)->item, form->id, (struct target){.form = form});
  }
}

bool development_of(const struct catalogue *c, enum table_id table, const void *item, char out[160]) {
  const struct course *course = item;
  const struct informal *form = item;
  const struct kind *unit = table_row(c, TABLE_KIND, "unit") ? table_row(c, TABLE_KIND, "unit")->item : NULL;
  if (table == TABLE_UNIT && unit)
    snprintf(out, 160, "%s.%s", unit->coded.code, ((const struct unit *)item)->slug);
  else if (table == TABLE_QUALIFICATION && kind_for(c, item))
    snprintf(out, 160, "%s.%s", kind_for(c, item)->coded.code, ((const struct qualification *)item)->id);
  else if (table == TABLE_COURSE)
    snprintf(out, 160, "%s.%s", ((const struct kind *)(const void *)course->kind)->coded.code, course->id);
  else if (table == TABLE_INFORMAL)
    snprintf(out, 160, "%s.%s", form->kind, form->id);
  else
    return false;
  return names_get(&c->developments, out) != NULL;
}

/* Another spelling of a unit or competence after "<kind>." */
static const struct target *other_spelling(const struct catalogue *c, const char *id) {
  char kind_code[65], canonical[160], slug[80];
  const char *dot = strchr(id, '.');
  size_t n = dot ? (size_t)(dot - id) : 0;
  if (n == 0 || n >= sizeof(kind_code)) return NULL;
  memcpy(kind_code, id, n);
  kind_code[n] = 0;
  const struct row *r = table_row(c, TABLE_KIND, kind_code);
  const struct kind *kind = r ? r->item : NULL;
  const char *rest = NULL;
  if (kind && kind->of == OF_UNIT) {
    const struct unit *u = catalogue_unit(c, dot + 1);
    rest = u ? u->slug : NULL;
  } else if (kind && kind->of == OF_COMPETENCE) {
    const struct competence *k = names_get(&c->competence_dotted, dot + 1);
    if (!k) k = catalogue_competence(c, dot + 1);
    rest = k ? competence_slug(k, slug) : NULL;
  }
  if (!rest || snprintf(canonical, sizeof(canonical), "%s.%s", kind_code, rest) >= (int)sizeof(canonical)) return NULL;
  return names_get(&c->developments, canonical);
}

static const struct target *target_of(const struct catalogue *c, const char *id) {
  const struct target *t = names_get(&c->developments, id);
  return t ? t : other_spelling(c, id);
}

const char *development_canonical(const struct catalogue *c, const char *id) {
  const struct target *t = target_of(c, id);
  return t ? t->id : NULL;
}

/* The competences of a list of gives, in the caller's arena. */
static void close_gives(struct development *d, const struct gives *gives, uint32_t n, struct arena *a) {
  if (n == 0) return;
  const struct competence **list = arena_alloc(a, n * sizeof(*list));
  for (uint32_t i = 0; i < n; i++) list[i] = gives[i].competence;
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

static void add_closed(const struct competence **list, uint32_t *n, const struct gives *gives, uint32_t n_gives) {
  for (uint32_t i = 0; i < n_gives; i++) {
    uint32_t at = 0;
    while (at < *n && list[at] != gives[i].competence) at++;
    if (at == *n) list[(*n)++] = gives[i].competence;
  }
}

/* A qualification closes what it gives as a whole and what any unit of its combination gives. */
static void of_qualification(const struct catalogue *c, struct development *d, const struct qualification *q, struct arena *a) {
  d->qualification = q;
  d->title = arena_strndup(a, q->title, strlen(q->title));
  d->level = q->level;
  d->credit = q->credit;
  uint32_t n_units, most = q->n_gives;
  const struct unit *const *units = combine_units(c, q->id, a, &n_units);
  for (uint32_t i = 0; i < n_units; i++) most += units[i]->n_gives;
  const struct competence **list = arena_alloc(a, (most + 1) * sizeof(*list));
  d->competences = list;
  add_closed(list, &d->n_competences, q->gives, q->n_gives);
  for (uint32_t i = 0; i < n_units; i++) add_closed(list, &d->n_competences, units[i]->gives, units[i]->n_gives);
}

static void of_course(struct development *d, const struct course *course, struct arena *a) {
  d->title = arena_strndup(a, course->title, strlen(course->title));
  d->level = course->level;
  d->credit = course->credit;
  d->competences = arena_alloc(a, (course->n_competences + 1) * sizeof(const struct competence *));
  if (course->n_competences > 0)
    memcpy((void *)d->competences, course->competences, course->n_competences * sizeof(const struct competence *));
  d->n_competences = course->n_competences;
}

bool catalogue_development(const struct catalogue *c, const char *id, struct arena *a, struct development *ret) {
  const struct target *t = id ? target_of(c, id) : NULL;
  if (!t) return false;
  struct development d = {.level = ABSENT, .credit = ABSENT, .formal = t->kind->formal};
  size_t kind_len = strlen(t->kind->coded.code);
  d.id = arena_strndup(a, t->id, strlen(t->id));
  d.kind = arena_strndup(a, t->kind->coded.code, kind_len);
  d.rest = d.id + kind_len + 1;
  if (t->unit) of_unit(&d, t->unit, a);
  if (t->qualification) of_qualification(c, &d, t->qualification, a);
  if (t->course) of_course(&d, t->course, a);
  if (t->form) d.title = arena_strndup(a, t->form->title, strlen(t->form->title));
  if (t->competence) {
    const struct competence **one = arena_alloc(a, sizeof(const struct competence *));
    *one = t->competence;
    d.competences = one;
    d.n_competences = 1;
    d.title = arena_printf(a, "%s: %s", t->kind->coded.words, t->competence->title);
  }
  *ret = d;
  return true;
}

bool catalogue_development_at(const struct catalogue *c, uint32_t i, struct arena *a, struct development *ret) {
  const struct table *courses = &c->tables[TABLE_COURSE];
  char id[160];
  *ret = (struct development){0};
  if (i >= courses->n + c->tables[TABLE_QUALIFICATION].n) return false;
  bool known = i < courses->n ? development_of(c, TABLE_COURSE, item_of(courses, i), id)
                              : development_of(c, TABLE_QUALIFICATION, c->qualifications[i - courses->n], id);
  if (known) catalogue_development(c, id, a, ret);
  return true;
}
