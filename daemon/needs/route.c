/* route - see route.h. */
#include "needs/route.h"

#include <string.h>

const char *const gate_state_words[] = {"met", "to-agree", "not-rated", "missing"};

#define ROLE_GOAL "role."

/* --- what somebody holds --- */

/* NULL: a subject at a level, such as maths@2, which the gate's own words name. */
static const char *title_of_held(const struct standing *s, const char *what) {
  const struct qualification *q = catalogue_qualification(s->catalogue, what);
  const struct unit *u = catalogue_unit(s->catalogue, what);

  if (q)
    return q->title;
  if (u)
    return u->title;
  return NULL;
}

/* In date; held again later where it ends. */
static bool is_held(struct standing *s, const struct held *held) {
  if (held->date != ABSENT && held->date > s->day) {
    if (held->date < s->next_change_day)
      s->next_change_day = held->date;
    return false;
  }
  if (held->expires == ABSENT)
    return true;
  if (held->expires < s->day)
    return false;

  if (held->expires + 1 < s->next_change_day)
    s->next_change_day = held->expires + 1;

  return true;
}

static const struct held *held_for(struct standing *s, const char *class_or_id) {
  for (uint32_t i = 0; i < s->facts->n_holds; i++) {
    const struct held *held = &s->facts->holds[i];
    if (catalogue_satisfies(s->catalogue, class_or_id, held->what) && is_held(s, held))
      return held;
  }

  return NULL;
}

static int32_t level_in(struct standing *s, const struct competence *competence) {
  uint32_t from = 0;
  while (from < s->n_ratings && s->ratings[from].competence->index < competence->index)
    from++;

  uint32_t to = from;
  while (to < s->n_ratings && s->ratings[to].competence == competence)
    to++;

  return level_on(s->ratings + from, to - from, s->day, &s->next_change_day).current;
}

/* --- one gate --- */

static void see_held(struct standing *s, struct gate_view *v) {
  const struct held *held = held_for(s, v->gate->asks);
  if (held) {
    v->state = GATE_MET;
    v->by = title_of_held(s, held->what);
    v->since = held->date;
    return;
  }

  v->state = GATE_MISSING;
  v->award = catalogue_class_award(s->catalogue, v->gate->asks);
}

static void see_competences(struct standing *s, struct gate_view *v) {
  const struct gate *g = v->gate;
  struct shortfall *shortfalls = arena_alloc(s->a, (g->n_competences + 1) * sizeof *shortfalls);

  v->state = GATE_MET;
  v->shortfalls = shortfalls;
  v->n_asked = g->n_competences;
  for (uint32_t i = 0; i < g->n_competences; i++) {
    int32_t current = level_in(s, g->competences[i].competence);
    if (current != ABSENT && current >= g->competences[i].level)
      continue;

    shortfalls[v->n_shortfalls++] = (struct shortfall){g->competences[i].competence, current,
                                                       g->competences[i].level};
    if (current != ABSENT)
      v->state = GATE_MISSING;
    else if (v->state == GATE_MET)
      v->state = GATE_NOT_RATED;
  }
}

/* Is the role one of a list, or of a family that it names, or does it name "any"? */
static bool is_role_of(const struct role *role, const char *list) {
  for (const char *at = list; *at;) {
    size_t n = strcspn(at, ";");
    const char *const names[] = {"any", role->code, role->family ? role->family->code : ""};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
      if (strlen(names[i]) == n && strncmp(at, names[i], n) == 0)
        return true;
    at += n + (at[n] == ';');
  }

  return false;
}

static bool has_post_in(const struct standing *s, const char *list) {
  for (uint32_t i = 0; i < s->facts->n_roles; i++) {
    const struct role *role = catalogue_role(s->catalogue, s->facts->roles[i]);
    if (role && is_role_of(role, list))
      return true;
  }

  return false;
}

static void see_post(struct standing *s, struct gate_view *v) {
  bool paid = s->facts->employer != EMPLOYER_VOLUNTEER;
  bool counts = paid || v->gate->kind == GATE_WORKS;

  if (counts && has_post_in(s, v->gate->asks))
    v->state = GATE_MET;
  else
    v->state = GATE_MISSING;
}

static void see_agreed(struct standing *s, struct gate_view *v) {
  v->state = GATE_TO_AGREE;
  for (uint32_t i = 0; i < s->n_commitments; i++) {
    const struct agreement_recorded *d = s->commitments[i].agreement;
    if (!d || strcmp(s->commitments[i].recommendation, v->gate->goal) != 0)
      continue;

    for (uint32_t k = 0; k < d->terms.n; k++)
      if (strcmp(d->terms.items[k].check, v->gate->asks) == 0 &&
          d->terms.items[k].status == TERM_MET)
        v->state = GATE_MET;
  }
}

static struct gate_view see_gate(struct standing *s, const struct gate *g) {
  static void (*const see[])(struct standing *, struct gate_view *) = {
      [GATE_HELD] = see_held,  [GATE_COMPETENCES] = see_competences, [GATE_EMPLOYED] = see_post,
      [GATE_WORKS] = see_post, [GATE_AGREED] = see_agreed,
  };
  struct gate_view v = {.gate = g, .since = ABSENT};
  see[g->kind](s, &v);

  return v;
}

/* --- a whole route --- */

/* What the profile of a role calls essential, as a gate of its own. */
static const struct gate *gate_of_profile(struct standing *s, const struct role *role) {
  uint32_t n;
  const struct profile_row *rows = catalogue_profile(s->catalogue, role->code, &n);
  struct gives *asked = arena_alloc(s->a, (n + 1) * sizeof *asked);
  struct gate *g = arena_alloc(s->a, sizeof *g);

  *g = (struct gate){.goal = arena_printf(s->a, ROLE_GOAL "%s", role->code),
                     .code = "profile",
                     .words = arena_printf(s->a, "What the post of %s needs", role->title),
                     .kind = GATE_COMPETENCES,
                     .competences = asked,
                     .certainty = role->certainty};
  for (uint32_t i = 0; i < n; i++)
    if (rows[i].importance == IMPORTANCE_ESSENTIAL && rows[i].purpose != PURPOSE_COMPLIANCE)
      asked[g->n_competences++] = (struct gives){rows[i].competence, rows[i].level};

  return g;
}

static bool is_in_role(const struct standing *s, const struct role *role) {
  for (uint32_t i = 0; i < s->facts->n_roles; i++)
    if (strcmp(s->facts->roles[i], role->code) == 0)
      return true;
  return false;
}

static void take_units(struct standing *s, struct route *r) {
  const char **held = arena_alloc(s->a, (s->facts->n_holds + 1) * sizeof *held);
  uint32_t n = 0;

  for (uint32_t i = 0; i < s->facts->n_holds; i++)
    if (catalogue_unit(s->catalogue, s->facts->holds[i].what))
      held[n++] = s->facts->holds[i].what;

  combine(s->catalogue, r->qualification->id, held, n, s->a, &r->units);
}

static void take_gates(struct standing *s, struct route *r) {
  uint32_t n;
  const struct gate *gates = catalogue_gates(s->catalogue, r->goal, &n);

  r->gates = arena_alloc(s->a, (n + 1) * sizeof *r->gates);
  for (uint32_t i = 0; i < n; i++)
    r->gates[r->n_gates++] = see_gate(s, &gates[i]);

  const struct gate *profile = NULL;
  if (r->role)
    profile = gate_of_profile(s, r->role);
  if (profile && profile->n_competences > 0)
    r->gates[r->n_gates++] = see_gate(s, profile);
}

static void take_goal(struct standing *s, struct route *r) {
  if (r->role) {
    r->title = r->role->title;
    r->open = true;
    r->reached = is_in_role(s, r->role);
    return;
  }

  r->title = r->qualification->title;
  r->open = qualification_open_on(r->qualification, s->day);
  r->reached = held_for(s, r->qualification->id) != NULL;
  take_units(s, r);
}

bool route_to(struct standing *s, const char *goal, struct route *ret) {
  *ret = (struct route){.goal = catalogue_goal(s->catalogue, goal, s->a)};
  if (!ret->goal)
    return false;

  const char *rest = strchr(ret->goal, '.') + 1;
  if (strncmp(ret->goal, ROLE_GOAL, strlen(ROLE_GOAL)) == 0)
    ret->role = catalogue_role(s->catalogue, rest);
  else
    ret->qualification = catalogue_qualification(s->catalogue, rest);

  take_goal(s, ret);
  take_gates(s, ret);
  ret->ready = !ret->reached && ret->open;
  for (uint32_t i = 0; i < ret->n_gates; i++)
    if (ret->gates[i].state >= GATE_NOT_RATED)
      ret->ready = false;

  return true;
}

/* The first of a list of codes. */
static const struct qualification *first_successor(const struct catalogue *c,
                                                   const struct qualification *q, struct arena *a) {
  if (!q->successor)
    return NULL;
  return catalogue_qualification(c, arena_strndup(a, q->successor, strcspn(q->successor, ";")));
}

const struct qualification *current_form(const struct catalogue *c, const struct qualification *q,
                                         int32_t day, struct arena *a) {
  enum {
    FOLLOWED = 8 /* rows that follow one another; a circle ends too */
  };
  const struct qualification *now = q;
  for (int i = 0; i < FOLLOWED && now; i++) {
    if (qualification_open_on(now, day))
      return now;
    now = first_successor(c, now, a);
  }

  return q;
}

static bool take_wish(struct standing *s, const struct wish *wish, struct route *ret) {
  if (wish->role)
    return route_to(s, arena_printf(s->a, ROLE_GOAL "%s", wish->role), ret);

  const struct qualification *q = NULL;
  if (wish->qualification)
    q = catalogue_qualification(s->catalogue, wish->qualification);
  if (!q)
    return false;

  const struct qualification *now = current_form(s->catalogue, q, s->day, s->a);
  if (!route_to(s, now->id, ret))
    return false;
  if (now != q)
    ret->former = q;

  return true;
}

const struct route *wished_routes(struct standing *s, uint32_t *ret_n) {
  const struct facts *f = s->facts;
  *ret_n = 0;
  if (f->n_wishes == 0 || f->progression == PROGRESSION_NO)
    return NULL;

  struct route *routes = arena_alloc(s->a, f->n_wishes * sizeof *routes);
  for (uint32_t i = 0; i < f->n_wishes; i++) {
    struct route *r = &routes[*ret_n];
    if (!take_wish(s, &f->wishes[i], r))
      continue;

    bool seen = false;
    for (uint32_t k = 0; k < *ret_n; k++)
      seen |= strcmp(routes[k].goal, r->goal) == 0;
    *ret_n += !seen;
  }

  return routes;
}

/* --- what is asked of it --- */

const struct gives *gate_gives(const struct catalogue *c, const struct gate *g, uint32_t *ret_n) {
  const struct gives *gives = NULL;
  *ret_n = 0;

  if (g->kind == GATE_COMPETENCES) {
    *ret_n = g->n_competences;
    return g->competences;
  }
  if (g->kind != GATE_HELD || catalogue_class_gives(c, g->asks, &gives, ret_n))
    return gives;

  const struct qualification *q = catalogue_qualification(c, g->asks);
  if (!q)
    return NULL;

  *ret_n = q->n_gives;

  return q->gives;
}

static bool gate_needs(const struct gate_view *v, const struct catalogue *c,
                       const struct competence *competence) {
  for (uint32_t i = 0; i < v->n_shortfalls; i++)
    if (v->shortfalls[i].competence == competence)
      return true;
  if (v->gate->kind == GATE_COMPETENCES)
    return false;

  uint32_t n;
  const struct gives *gives = gate_gives(c, v->gate, &n);
  for (uint32_t i = 0; i < n; i++)
    if (gives[i].competence == competence)
      return true;

  return false;
}

bool route_needs(const struct route *r, const struct catalogue *c,
                 const struct competence *competence) {
  for (uint32_t i = 0; i < r->n_gates; i++)
    if (r->gates[i].state >= GATE_NOT_RATED && gate_needs(&r->gates[i], c, competence))
      return true;
  return false;
}

const struct gate_view *route_obstacle(const struct route *r) {
  for (uint32_t i = 0; i < r->n_gates; i++)
    if (r->gates[i].state == GATE_MISSING)
      return &r->gates[i];
  return NULL;
}
