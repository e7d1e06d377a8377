/* routes - the goals of a person, and the way to each: what is met, what is missing, and what
 * comes next. needs/route.h says how it is worked out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "needs/advice.h"
#include "needs/route.h"
#include "questions/members.h"
#include "questions/questions.h"
#include "questions/routes.h"

/* --- one gate --- */

static void json_shortfalls(struct buf *b, const struct gate_view *v) {
  json_key(b, "short");
  json_open(b, '[');
  for (uint32_t i = 0; i < v->n_shortfalls; i++) {
    const struct shortfall *s = &v->shortfalls[i];
    json_open(b, '{');
    key_str(b, "competence", s->competence->key);
    key_str(b, "title", s->competence->title);
    json_levels(b, s->competence->framework);
    key_int(b, "current", s->current);
    key_int(b, "required", s->asked);
    json_close(b, '}');
  }

  json_close(b, ']');
}

static void json_gate(struct buf *b, const struct gate_view *v) {
  json_open(b, '{');
  key_str(b, "gate", v->gate->code);
  key_str(b, "words", v->gate->words);
  key_str(b, "state", gate_state_words[v->state]);
  json_opt_str(b, "by", v->by);
  if (v->since != ABSENT)
    key_date(b, "since", v->since);
  if (v->n_asked > 0) {
    key_int(b, "met", (int32_t)(v->n_asked - v->n_shortfalls));
    key_int(b, "of", (int32_t)v->n_asked);
    json_shortfalls(b, v);
  }

  if (v->gate->certainty == CERTAINTY_LOW)
    key_str(b, "certainty", "low");

  json_close(b, '}');
}

/* --- the steps --- */

struct steps {
  const struct standing *standing;
  const struct person *person;
  struct buf *b;
  int32_t place, minutes;
  bool unknown;                           /* how long one of them takes is not known */
  const struct current_advice *named[64]; /* recommendations that are a step already */
  uint32_t n_named;
};

static void open_step(struct steps *s, const struct gate_view *v) {
  json_open(s->b, '{');
  key_int(s->b, "place", ++s->place);
  if (v)
    key_str(s->b, "for", v->gate->words);
}

static void add_minutes(struct steps *s, int32_t minutes) {
  if (minutes == ABSENT) {
    s->unknown = true;
    return;
  }

  key_int(s->b, "minutes", minutes);
  s->minutes += minutes;
}

static int32_t minutes_of_advice(const struct current_advice *advice) {
  struct slice minutes, in_contract;
  if (!find_slice(advice->advice, advice->len, "minutes", &minutes) ||
      !find_slice(minutes.value, minutes.value_len, "in_contract", &in_contract))
    return ABSENT;
  return (int32_t)strtol(in_contract.value, NULL, 10);
}

static bool is_named(const struct steps *s, const struct current_advice *advice) {
  for (uint32_t i = 0; i < s->n_named; i++)
    if (s->named[i] == advice)
      return true;
  return false;
}

/* What is recommended today is the step. */
static void step_of_advice(struct steps *s, const struct gate_view *v,
                           const struct current_advice *advice) {
  struct slice development;
  if (is_named(s, advice) || s->n_named == ARRAY_LEN(s->named) ||
      !find_slice(advice->advice, advice->len, "development", &development))
    return;

  s->named[s->n_named++] = advice;
  open_step(s, v);
  json_key(s->b, "development");
  json_raw(s->b, development.value, development.value_len);
  key_bool(s->b, "recommended", true);
  add_minutes(s, minutes_of_advice(advice));
  json_close(s->b, '}');
}

/* Not recommended: the usual way. */
static void step_of(struct steps *s, const struct gate_view *v, const char *id) {
  const struct catalogue *c = s->standing->catalogue;
  struct development d;
  if (!id || !catalogue_development(c, id, s->standing->a, &d))
    return;

  open_step(s, v);
  json_key(s->b, "development");
  json_development(s->b, &d);
  key_bool(s->b, "recommended", false);
  add_minutes(s, development_minutes(c, &d));
  json_close(s->b, '}');
}

static bool add_recommended(struct steps *s, const struct gate_view *v,
                            const struct competence *competence) {
  bool any = false;
  for (size_t i = 0; i < s->person->n_current; i++) {
    const struct current_advice *advice = &s->person->current[i];
    if (!advice_answers(advice->advice, competence->key))
      continue;
    step_of_advice(s, v, advice);
    any = true;
  }

  return any;
}

/* Watching for one level, a mentor for more; not rated: a talk; one's own basic skills: a course.
 */
static const char *usual_way(struct steps *s, const struct shortfall *short_of) {
  const char *kind = "mentoring", *area = short_of->competence->area;
  if (short_of->current == ABSENT)
    return "finding-out.review";
  if (area && strcmp(area, "skills for life") == 0)
    return "course.skills-for-life";
  if (short_of->asked - short_of->current == 1)
    kind = "shadowing";
  return arena_printf(s->standing->a, "%s.%s", kind, short_of->competence->slug);
}

static void steps_for_competences(struct steps *s, const struct gate_view *v) {
  bool talk = false;

  for (uint32_t i = 0; i < v->n_shortfalls; i++) {
    const struct shortfall *short_of = &v->shortfalls[i];
    if (add_recommended(s, v, short_of->competence))
      continue;
    if (short_of->current == ABSENT && talk)
      continue;

    talk |= short_of->current == ABSENT;
    step_of(s, v, usual_way(s, short_of));
  }
}

static void steps_for_held(struct steps *s, const struct gate_view *v) {
  const struct catalogue *c = s->standing->catalogue;
  uint32_t n;
  const struct gives *gives = gate_gives(c, v->gate, &n);
  bool any = false;

  for (uint32_t i = 0; i < n; i++)
    any |= add_recommended(s, v, gives[i].competence);
  if (!any && v->award)
    step_of(s, v, catalogue_goal_of(c, v->award, s->standing->a));
}

static void step_to_agree(struct steps *s, const struct gate_view *v) {
  open_step(s, v);
  json_close(s->b, '}');
}

/* First what is held or shown, then what has to be agreed, then the goal itself. */
static void json_steps(struct steps *s, const struct route *r) {
  json_key(s->b, "steps");
  json_open(s->b, '[');

  for (uint32_t i = 0; i < r->n_gates; i++) {
    const struct gate_view *v = &r->gates[i];
    if (v->state < GATE_NOT_RATED)
      continue;
    if (v->gate->kind == GATE_COMPETENCES)
      steps_for_competences(s, v);
    else if (v->gate->kind == GATE_HELD)
      steps_for_held(s, v);
    else
      step_to_agree(s, v);
  }

  for (uint32_t i = 0; i < r->n_gates; i++)
    if (r->gates[i].state == GATE_TO_AGREE)
      step_to_agree(s, &r->gates[i]);
  if (r->qualification && r->open)
    step_of(s, NULL, r->goal);

  json_close(s->b, ']');
  key_int(s->b, "minutes", s->minutes);
  key_bool(s->b, "minutes_complete", !s->unknown);
}

/* --- a route --- */

static void json_units(struct buf *b, const struct standing *s, const struct combination *units) {
  json_key(b, "units");
  json_open(b, '{');
  key_bool(b, "complete", units->complete);
  key_int(b, "credits_held", units->credits_held);
  key_int(b, "credits_needed", units->credits_needed);
  json_key(b, "missing");
  json_open(b, '[');
  for (uint32_t i = 0; i < units->n_missing; i++) {
    const struct unit *u = catalogue_unit(s->catalogue, units->missing[i]);
    json_open(b, '{');
    key_str(b, "unit", units->missing[i]);
    if (u)
      key_str(b, "title", u->title);
    json_close(b, '}');
  }

  json_close(b, ']');
  json_close(b, '}');
}

static const char *open_word(const struct route *r) {
  if (!r->open)
    return "no";
  if (r->qualification && r->qualification->open == OPEN_UNKNOWN)
    return "unknown";
  return "yes";
}

static void json_goal(struct buf *b, const struct standing *standing, const struct route *r) {
  struct steps steps = {.standing = standing, .person = standing->person, .b = b};

  json_open(b, '{');
  key_str(b, "goal", r->goal);
  key_str(b, "title", r->title);
  if (r->former)
    key_str(b, "in_place_of", r->former->title);
  key_bool(b, "reached", r->reached);
  key_bool(b, "ready", r->ready);
  key_str(b, "open", open_word(r));
  json_key(b, "gates");
  json_open(b, '[');
  for (uint32_t i = 0; i < r->n_gates; i++)
    json_gate(b, &r->gates[i]);
  json_close(b, ']');

  if (r->units.known)
    json_units(b, standing, &r->units);
  if (!r->reached)
    json_steps(&steps, r);
  json_close(b, '}');
}

struct standing standing_today(const struct pipeline *p, const struct person *person,
                               const struct catalogue *c, const struct facts *facts,
                               struct arena *a) {
  struct standing s = {.person = person,
                       .catalogue = c,
                       .facts = facts,
                       .day = p->day,
                       .a = a,
                       .next_change_day = INT32_MAX};

  s.ratings = ratings_of(person, c, a, &s.n_ratings);
  s.commitments = commitments_of(person, p->day, a, &s.n_commitments, &s.next_change_day);

  return s;
}

void json_goals(struct buf *b, struct standing *s) {
  uint32_t n = 0;
  const struct route *routes = wished_routes(s, &n);

  json_key(b, "goals");
  json_open(b, '[');
  for (uint32_t i = 0; i < n; i++)
    json_goal(b, s, &routes[i]);
  json_close(b, ']');
}

/* --- what falls due next --- */

/* The last day of what meets the post's level in a competence of law or safety; INT32_MAX: none, or
 * it does not run out. */
static int32_t last_day_of(struct standing *s, const struct competence *k, int32_t asked) {
  uint32_t from = 0, to;
  while (from < s->n_ratings && s->ratings[from].competence != k)
    from++;
  for (to = from; to < s->n_ratings && s->ratings[to].competence == k;)
    to++;

  struct level level = level_on(s->ratings + from, to - from, s->day, &s->next_change_day);
  bool met = level.current != ABSENT && level.current >= asked;
  return met ? level.last_day : INT32_MAX;
}

void json_next_due(struct buf *b, struct standing *s) {
  const int32_t *asked = levels_asked(s->person, s->catalogue, s->day, s->a);
  uint32_t n = catalogue_n_competences(s->catalogue);
  int32_t *last = arena_alloc(s->a, (n + 1) * sizeof *last), first = INT32_MAX;

  for (uint32_t i = 0; asked && i < n; i++) {
    const struct competence *k = catalogue_competence_at(s->catalogue, i);
    last[i] = INT32_MAX;
    if (k->purpose == PURPOSE_COMPLIANCE && asked[i] != ABSENT)
      last[i] = last_day_of(s, k, asked[i]);
    if (last[i] < first)
      first = last[i];
  }

  if (!asked || first == INT32_MAX)
    return;

  json_key(b, "next_due");
  json_open(b, '{');
  key_date(b, "date", first);
  json_key(b, "competences");
  json_open(b, '[');
  for (uint32_t i = 0; i < n; i++)
    if (last[i] == first)
      json_str(b, catalogue_competence_at(s->catalogue, i)->title);
  json_close(b, ']');
  json_close(b, '}');
}

/* --- other ways on --- */

enum direction {
  DIRECTION_UPWARD,   /* in the same family, with a higher usual level */
  DIRECTION_SIDEWAYS, /* in the same family */
  DIRECTION_OTHER,    /* into another kind of work in a school */
  DIRECTION_OUTSIDE,  /* out of schools */
  DIRECTION_COUNT
};
static const char *const direction_words[] = {"upward", "sideways", "other-work",
                                              "outside-schools"};
enum {
  WAYS_EACH = 3 /* of each direction; more would be too much to choose from */
};

struct way {
  struct route route;
  uint32_t asked, met;
};

static int usual_level(const struct role *role) {
  const char *level = NULL;
  if (role && role->typical_level)
    level = role->typical_level + strlen(role->typical_level) - 1;
  if (level && *level >= '0' && *level <= '9')
    return *level - '0';
  return 0;
}

static enum direction direction_of(const struct facts *f, const struct catalogue *c,
                                   const struct role *role) {
  const struct role *own = NULL;
  if (f->n_roles)
    own = catalogue_role(c, f->roles[0]);

  if (!role->in_scope)
    return DIRECTION_OUTSIDE;
  if (!own || own->family != role->family)
    return DIRECTION_OTHER;
  if (usual_level(role) > usual_level(own))
    return DIRECTION_UPWARD;
  return DIRECTION_SIDEWAYS;
}

static struct way way_to(struct standing *s, const struct role *role) {
  struct way way = {0};
  route_to(s, arena_printf(s->a, "role.%s", role->code), &way.route);

  for (uint32_t i = 0; i < way.route.n_gates; i++) {
    const struct gate_view *v = &way.route.gates[i];
    bool competences = v->gate->kind == GATE_COMPETENCES;
    way.asked += competences ? v->n_asked : 1;
    way.met += competences ? v->n_asked - v->n_shortfalls : v->state == GATE_MET;
  }

  return way;
}

/* The one of which a larger share is met; of equal ones the one that asks more. */
static bool is_nearer(const struct way *a, const struct way *b) {
  uint64_t of_a = (uint64_t)a->met * b->asked, of_b = (uint64_t)b->met * a->asked;
  if (of_a != of_b)
    return of_a > of_b;
  return a->asked > b->asked;
}

static void keep_nearest(struct way kept[WAYS_EACH], uint32_t *n, struct way way) {
  uint32_t at = *n;
  while (at > 0 && is_nearer(&way, &kept[at - 1]))
    at--;
  if (at == WAYS_EACH)
    return;

  uint32_t last = *n < WAYS_EACH ? (*n)++ : WAYS_EACH - 1;
  for (uint32_t i = last; i > at; i--)
    kept[i] = kept[i - 1];
  kept[at] = way;
}

static void json_ways(struct buf *b, struct standing *s) {
  struct way kept[DIRECTION_COUNT][WAYS_EACH];
  uint32_t n[DIRECTION_COUNT] = {0}, n_roles;
  const struct role *roles = catalogue_roles(s->catalogue, &n_roles);

  for (uint32_t i = 0; i < n_roles; i++) {
    struct way way = way_to(s, &roles[i]);
    enum direction d = direction_of(s->facts, s->catalogue, &roles[i]);
    if (way.route.reached || way.met == 0)
      continue;
    keep_nearest(kept[d], &n[d], way);
  }

  json_key(b, "ways");
  json_open(b, '[');
  for (int d = 0; d < DIRECTION_COUNT; d++)
    for (uint32_t i = 0; i < n[d]; i++) {
      json_open(b, '{');
      key_str(b, "goal", kept[d][i].route.goal);
      key_str(b, "title", kept[d][i].route.title);
      key_str(b, "direction", direction_words[d]);
      key_int(b, "met", (int32_t)kept[d][i].met);
      key_int(b, "of", (int32_t)kept[d][i].asked);
      json_close(b, '}');
    }
  json_close(b, ']');
}

/* --- the question --- */

static void json_one_goal(struct buf *b, struct standing *s, const char *to) {
  struct route r;
  json_key(b, "goals");
  json_open(b, '[');
  if (route_to(s, to, &r))
    json_goal(b, s, &r);
  json_close(b, ']');
}

void question_routes(struct pipeline *p, const char *authority, const char *school,
                     const char *subject, const char *to, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct person *person = find_person(p, authority, school, subject);
  struct arena a = {0};
  int rc = 0;

  if (!c || !person)
    rc = -ENOENT;
  else if (p->day == ABSENT)
    rc = -EAGAIN;
  else if (to && !catalogue_goal(c, to, &a))
    rc = -EINVAL;

  if (rc < 0) {
    arena_finish(&a);
    done(arg, rc, NULL, 0);
    return;
  }

  struct facts facts = {0};
  struct buf b = {0};
  const struct facts_context context = facts_context_of(person->school, c, p->day);
  int32_t next_change_day;

  facts_of(person, &context, &a, &facts, &next_change_day);
  struct standing standing = standing_today(p, person, c, &facts, &a);

  json_open(&b, '{');
  key_str(&b, "person", person->subject);
  key_date(&b, "day", p->day);
  json_opt_str(&b, "absent", absence_of(person, p->day));
  if (to)
    json_one_goal(&b, &standing, to);
  else
    json_goals(&b, &standing);
  if (!to)
    json_ways(&b, &standing);
  json_close(&b, '}');
  arena_finish(&a);
  give_answer(done, arg, &b);
}
