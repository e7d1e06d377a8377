/* members - see members.h. */
#include "questions/members.h"

#include <string.h>

void json_advice(struct buf *b, const struct current_advice *s, const struct buf *basis) {
  buf_put(b, s->advice, s->len - 1);
  buf_puts(b, ",\"stand\":");
  json_strn(b, (const char *)basis->data, basis->len);
}

struct person *find_person(struct pipeline *p, const char *authority, const char *school,
                           const char *subject) {
  struct person *person = people_person(&p->people, authority, school, subject, false);
  if (person && person_known(person))
    return person;
  return NULL;
}

struct school *find_school(struct pipeline *p, const char *authority, const char *code) {
  struct school *school = people_school(&p->people, authority, code, false);
  if (school && school_known(school))
    return school;
  return NULL;
}

/* --- of a person --- */

void json_levels(struct buf *b, const struct framework *f) {
  json_key(b, "levels");
  json_open(b, '[');
  for (int i = 0; i < f->n_levels; i++)
    json_str(b, f->levels[i]);
  json_close(b, ']');
}

void json_need_members(struct buf *b, const struct catalogue *c, const struct need *n) {
  static const char *const natures[] = {"skill", "knowledge", "both", "unknown"};
  const struct competence *k = catalogue_competence_at(c, n->competence);

  key_str(b, "competence", k->key);
  key_str(b, "title", k->title);
  json_levels(b, k->framework);
  key_int(b, "current", n->current);
  key_int(b, "required", n->required);
  key_int(b, "gap", n->gap);
  key_str(b, "importance", importance_words[n->importance]);
  key_str(b, "purpose", purpose_words[n->purpose]);
  key_str(b, "nature", natures[n->nature]);
  key_str(b, "post", n->post);
  key_str(b, "from", need_from_words[n->from]);
  key_str(b, "evidence", n->evidence);
  key_date(b, "rated_on", n->rated_on);
  key_date(b, "lapsed_on", n->lapsed_on);
  key_date(b, "ends_on", n->ends_on);
  key_int(b, "confidence", n->confidence);
  key_bool(b, "confirm", n->confirm);
  json_differs(b, n);
  if (k->certainty == CERTAINTY_LOW)
    key_str(b, "certainty", "low");
}

void json_held(struct buf *b, const struct person *person) {
  const char *held = "[]";
  if (person->held)
    held = person->held;
  json_key(b, "held_back");
  json_raw(b, held, strlen(held));
}

/* Who has left, and who must not be looked at: nothing is worked out, and nothing counted. */
const char *absence_of(const struct person *person, int32_t day) {
  static const char *const words[] = {
      [PRESENCE_LEFT] = "left", [PRESENCE_RESTRICTED] = "restricted"};
  int32_t next_change_day = INT32_MAX;
  return words[presence_of(person, day, &next_change_day)];
}
