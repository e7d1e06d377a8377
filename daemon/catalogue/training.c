/* training - see training.h. */
#include "catalogue/training.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue/combine.h"
#include "catalogue/internal.h"

static const char *const open_words[] = {
    [OPEN_YES] = "yes", [OPEN_NO] = "no", [OPEN_UNKNOWN] = "unknown"};

/* --- of one competence --- */

/* The level that the list gives for the competence; ABSENT: none. */
static int32_t level_given(const struct gives *gives, uint32_t n, const struct competence *k) {
  for (uint32_t i = 0; i < n; i++)
    if (gives[i].competence == k)
      return gives[i].level;
  return ABSENT;
}

static void json_units(struct buf *out, const struct catalogue *c, const struct competence *k) {
  uint32_t n;
  const struct unit *const *units = catalogue_units_for(c, k, 1, &n);

  json_key(out, "units");
  json_open(out, '[');

  for (uint32_t i = 0; i < n; i++) {
    const struct unit *u = units[i];
    json_open(out, '{');
    key_str(out, "unit", u->code);
    key_str(out, "title", u->title);
    key_int(out, "shows", level_given(u->gives, u->n_gives, k));
    key_bool(out, "knowledge", u->knowledge);
    key_int(out, "level", u->level);
    key_int(out, "credit", u->credit);
    key_str(out, "open", open_words[u->open]);
    key_str(out, "certainty", certainty_words[u->certainty]);
    json_close(out, '}');
  }

  json_close(out, ']');
}

static bool teaches(const struct course *course, const struct competence *k) {
  for (uint32_t i = 0; i < course->n_competences; i++)
    if (course->competences[i] == k)
      return true;
  return false;
}

static void json_courses(struct buf *out, const struct catalogue *c, const struct competence *k) {
  const struct table *t = &c->tables[TABLE_COURSE];
  struct arena a = {0};

  json_key(out, "courses");
  json_open(out, '[');

  for (uint32_t i = 0; i < t->n; i++) {
    const struct course *course = item_of(t, i);
    if (!teaches(course, k))
      continue;

    json_open(out, '{');
    key_str(out, "development", development_of(c, TABLE_COURSE, course, &a));
    key_str(out, "title", course->title);
    key_str(out, "words", course->kind->words);
    key_int(out, "minutes", course->minutes);
    json_close(out, '}');
  }

  json_close(out, ']');
  arena_finish(&a);
}

/* What is learnt by doing only is not learnt from a module or a text. */
static bool suits(const struct kind *kind, const struct competence *k) {
  const char *code = kind->coded.code;

  if (kind->of != OF_COMPETENCE)
    return false;
  return !k->practical || (strcmp(code, "e-learning") != 0 && strcmp(code, "resource") != 0);
}

static void json_informal(struct buf *out, const struct catalogue *c, const struct competence *k) {
  const struct table *t = &c->tables[TABLE_KIND];
  struct arena a = {0};

  json_key(out, "informal");
  json_open(out, '[');

  for (uint32_t i = 0; i < t->n; i++) {
    const struct kind *kind = item_of(t, i);
    if (!suits(kind, k))
      continue;

    json_open(out, '{');
    key_str(out, "development", arena_printf(&a, "%s.%s", kind->coded.code, k->slug));
    key_str(out, "words", kind->coded.words);
    json_close(out, '}');
  }

  json_close(out, ']');
  arena_finish(&a);
}

void json_training(struct buf *out, const struct catalogue *c, const struct competence *k) {
  json_units(out, c, k);
  json_courses(out, c, k);
  json_informal(out, c, k);
}

/* --- awards --- */

struct award {
  const struct qualification *qualification;
  uint32_t of;               /* units that can count towards it */
  const char **units;        /* codes of those that show one of the competences */
  uint32_t n_units, n_whole; /* n_whole: competences that it gives as a whole */
};

static bool shows_one(const struct gives *gives, uint32_t n_gives, const struct profile_row *rows,
                      uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (level_given(gives, n_gives, rows[i].competence) != ABSENT)
      return true;
  return false;
}

static struct award award_of(const struct catalogue *c, const struct qualification *q,
                             const struct profile_row *rows, uint32_t n, struct arena *a) {
  struct award award = {.qualification = q};
  const struct unit *const *units = combine_units(c, q->id, a, &award.of);

  award.units = arena_alloc(a, (award.of + 1) * sizeof *award.units);
  for (uint32_t i = 0; i < award.of; i++)
    if (units[i]->open != OPEN_NO && shows_one(units[i]->gives, units[i]->n_gives, rows, n))
      award.units[award.n_units++] = units[i]->code;

  for (uint32_t i = 0; i < n; i++)
    award.n_whole += level_given(q->gives, q->n_gives, rows[i].competence) != ABSENT;

  return award;
}

static int most_units_first(const void *x, const void *y) {
  const struct award *a = x, *b = y;
  if (a->n_units != b->n_units)
    return a->n_units < b->n_units ? 1 : -1;
  if (a->n_whole != b->n_whole)
    return a->n_whole < b->n_whole ? 1 : -1;
  return strcmp(a->qualification->id, b->qualification->id);
}

static void json_award(struct buf *out, const struct award *award) {
  const struct qualification *q = award->qualification;

  json_open(out, '{');
  key_str(out, "qualification", q->id);
  key_str(out, "title", q->title);
  key_str(out, "type", q->type);
  key_int(out, "level", q->level);
  key_str(out, "open", open_words[q->open]);
  key_int(out, "of", award->of);
  json_key(out, "units");
  json_open(out, '[');
  for (uint32_t i = 0; i < award->n_units; i++)
    json_str(out, award->units[i]);

  json_close(out, ']');
  key_int(out, "gives", award->n_whole);
  json_close(out, '}');
}

void json_awards(struct buf *out, const struct catalogue *c, const struct profile_row *rows,
                 uint32_t n) {
  struct arena a = {0};
  uint32_t n_all, n_awards = 0;
  const struct qualification *const *all = catalogue_qualifications(c, &n_all);
  struct award *awards = arena_alloc(&a, (n_all + 1) * sizeof *awards);

  for (uint32_t i = 0; i < n_all; i++) {
    if (all[i]->open == OPEN_NO)
      continue;
    awards[n_awards] = award_of(c, all[i], rows, n, &a);
    if (awards[n_awards].n_units > 0 || awards[n_awards].n_whole > 0)
      n_awards++;
  }

  if (n_awards > 1)
    qsort(awards, n_awards, sizeof *awards, most_units_first);

  json_key(out, "awards");
  json_open(out, '[');
  for (uint32_t i = 0; i < n_awards; i++)
    json_award(out, &awards[i]);

  json_close(out, ']');
  arena_finish(&a);
}
