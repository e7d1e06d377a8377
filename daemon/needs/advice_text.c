/* advice_text - a recommendation in one sentence. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "needs/choice.h"
#include "needs/covers.h"

enum {
  SUMMARY_MAX = 140
};

static const char *level_word(const struct competence *k, int32_t level) {
  if (level >= 0 && level < k->framework->n_levels && k->framework->levels[level])
    return k->framework->levels[level];
  return "?";
}

const char *summary_cut(struct arena *a, const char *text) {
  size_t at = 0, characters = 0, keep = 0;
  for (; text[at]; at++) {
    if (((unsigned char)text[at] & 0xC0) == 0x80)
      continue;

    if (characters == SUMMARY_MAX - 1)
      keep = at;

    if (++characters > SUMMARY_MAX)
      return arena_printf(a, "%.*s…", (int)keep, text);
  }

  return text;
}

static const char *cut(struct choice *c, const char *text) {
  return summary_cut(c->a, text);
}

/* Of what answers no need: the goal itself, or an award on the way there. */
static const char *summary_of_step(const struct choice *c, const struct option *o) {
  if (strcmp(o->development.id, o->towards->goal) == 0)
    return arena_printf(c->a, "%s: you are ready now.", o->development.title);
  return arena_printf(c->a, "%s: a step to %s.", o->development.title, o->towards->title);
}

/* NULL where it finds out nothing. */
static const char *summary_of_finding_out(struct choice *c, const struct option *o) {
  static const char *const differ[] = {
      [DIFFERS_SELF] = "your own view and what others saw differ",
      [DIFFERS_CERTIFICATE] = "your certificate and what was seen since differ"};
  const struct need *asked = NULL;
  uint32_t n_unrated = 0, n_lapsed = 0, n_differ = 0;

  for (uint32_t i = 0; i < o->n_answers; i++) {
    const struct need *n = &c->facts->needs[o->answers[i]];
    n_unrated += unrated(n);
    n_lapsed += unrated(n) && n->lapsed_on != ABSENT;
    if (n->differs && n_differ++ == 0)
      asked = n;
  }

  if (n_lapsed > 0)
    return arena_printf(
        c->a, "Find out where you stand in %u competence%s: %s.", n_unrated, plural(n_unrated),
        n_lapsed == n_unrated ? "the last rating is out of date"
                              : "some were never rated, some ratings are out of date");
  if (n_unrated > 0)
    return arena_printf(c->a,
                        "Find out where you stand in %u competence%s that nobody has rated yet.",
                        n_unrated, plural(n_unrated));
  if (n_differ > 1)
    return arena_printf(c->a, "%s: views of %u competences differ.", o->development.title,
                        n_differ);
  if (asked)
    return arena_printf(c->a, "%s: %s.", o->development.title, differ[asked->differs]);

  return NULL;
}

/* The level to which a unit or an award leads, where that is less than the need asks; else ABSENT.
 */
int32_t reaches_only(const struct choice *c, const struct option *o, uint32_t need) {
  int32_t level = development_reaches(c->catalogue, &o->development, competence_of(c, need), c->a);
  if (level == ABSENT || level >= c->facts->needs[need].required)
    return ABSENT;
  return level;
}

const char *summary_of(struct choice *c, const struct option *o) {
  static const char *const promised[] = {[KEPT_BY_ACCEPTING] = "accepted",
                                         [KEPT_BY_STARTING] = "started",
                                         [KEPT_BY_AGREEING] = "agreed"};
  if (o->n_answers == 0 && kept(o))
    return cut(c, arena_printf(c->a, "%s: %s, and it stands.", o->development.title,
                               promised[o->commitment->kept]));
  if (o->n_answers == 0)
    return cut(c, summary_of_step(c, o));

  const struct need *n = &c->facts->needs[o->answers[0]];
  const struct competence *k = competence_of(c, o->answers[0]);

  if (is_kind(o, "finding-out")) {
    const char *found = summary_of_finding_out(c, o);
    if (found)
      return cut(c, found);
  }

  if (o->n_answers > 1)
    return cut(c,
               arena_printf(c->a, "%s: helps with %u needs.", o->development.title, o->n_answers));

  if (unrated(n))
    return cut(c, arena_printf(c->a, "%s.", o->development.title));

  char ends[DATE_TEXT];
  if (n->ends_on != ABSENT)
    return cut(c, arena_printf(c->a, "%s: renew it by %s.", o->development.title,
                               date_text(n->ends_on, ends)));

  if (n->gap == 0)
    return cut(
        c, arena_printf(c->a, "%s: the ratings differ; have it confirmed.", o->development.title));

  int32_t reaches = reaches_only(c, o, o->answers[0]);
  if (reaches != ABSENT)
    return cut(c, arena_printf(c->a, "%s: a step towards \"%s\"; it reaches \"%s\".",
                               o->development.title, level_word(k, n->required),
                               level_word(k, reaches)));

  return cut(c, arena_printf(c->a, "%s: from \"%s\" to \"%s\".", o->development.title,
                             level_word(k, n->current), level_word(k, n->required)));
}
