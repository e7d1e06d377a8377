/* need - profiles, duties, wishes and school priorities against current levels: what one person
 * needs on one day.
 *
 * The one place where struct facts is filled. Everything that depends on the day also lowers
 * `wakes`, so that a new day makes only those people due for whom it changes something. */
#include <string.h>

#include "needs/effect.h"
#include "needs/helper_pool.h"
#include "needs/needs.h"
#include "needs/offer_list.h"
#include "needs/route.h"

enum {
  NEW_MONTHS = 6, /* so long after a post or a duty began it counts as new */
  DUTY_LEVEL = 3, /* a duty is done alone */
  WISH_LEVEL = 2, /* a wish begins with doing it with support */
  PLAN_LEVEL = 2,
  ENDING_DAYS = 126, /* so long before a certificate runs out its renewal is booked: 18 weeks */
  MIDDLE_WEIGHT = 3,
};

/* What is asked of the person in one competence, before it is held against the level. */
struct demand {
  const struct competence *competence;
  int32_t level, weight;
  uint8_t importance, purpose, from;
  const char *post;
};
/* The heaviest priority in force for a competence and one of the person's roles. */
struct stress {
  int32_t weight; /* 0 = none */
  const char *code;
};
struct sheet {
  const struct person *person;
  const struct catalogue *catalogue;
  int32_t day;
  const struct helper_pool *helpers;
  int32_t next_change_day;
  struct arena *a;
  struct demand *demands; /* by competence index: one a competence at most */
  bool *asked;
  /* by competence index: what the gates of a goal ask beyond the post; level 0 = nothing. NULL:
   * there is no goal */
  struct demand *for_goals;
  struct stress *stressed; /* by competence index */
  struct facts *facts;
};

static void wake_at(struct sheet *s, int32_t day) {
  if (day > s->day && day < s->next_change_day)
    s->next_change_day = day;
}

/* Is the day within from..to (both included)? Either end may be ABSENT. */
static bool covers(struct sheet *s, int32_t from, int32_t to) {
  if (from != ABSENT && from > s->day) {
    wake_at(s, from);
    return false;
  }
  if (to == ABSENT)
    return true;
  if (to < s->day)
    return false;

  wake_at(s, to + 1);

  return true;
}

static bool still_new(struct sheet *s, int32_t since) {
  if (since == ABSENT)
    return false;
  if (since > s->day) {
    wake_at(s, since);
    return false;
  }

  int32_t until = date_add_months(since, NEW_MONTHS);
  if (s->day > until)
    return false;

  wake_at(s, until + 1);

  return true;
}

/* The highest level, strictest importance, highest weight hold; the purpose comes with the
 * importance; the more telling origin stays. */
static void demand(struct sheet *s, struct demand d) {
  struct demand *have = &s->demands[d.competence->index];
  if (!s->asked[d.competence->index]) {
    s->asked[d.competence->index] = true;
    *have = d;
    return;
  }

  if (d.level > have->level) {
    have->level = d.level;
    have->post = d.post;
  }

  if (d.importance < have->importance) {
    have->importance = d.importance;
    have->purpose = d.purpose;
  }

  if (d.weight > have->weight)
    have->weight = d.weight;
  if (d.from < have->from)
    have->from = d.from;
}

/* A volunteer is held to what the law asks of everybody in the school, and to no more. */
static void demand_profile(struct sheet *s, const char *role, uint8_t from, bool volunteer) {
  uint32_t n;
  const struct profile_row *rows = catalogue_profile(s->catalogue, role, &n);
  for (uint32_t i = 0; i < n; i++)
    if (!volunteer || rows[i].importance == IMPORTANCE_STATUTORY)
      demand(s, (struct demand){rows[i].competence, rows[i].level, rows[i].weight,
                                (uint8_t)rows[i].importance, (uint8_t)rows[i].purpose, from, role});
}

static void demand_one(struct sheet *s, const char *competence, int32_t level, int32_t weight,
                       enum importance importance, enum purpose purpose, enum need_from from,
                       const char *post) {
  const struct competence *c = catalogue_competence(s->catalogue, competence);
  if (!c)
    return; /* journaled under a catalogue that knew it */
  if (level >= c->framework->n_levels)
    level = c->framework->n_levels - 1;
  demand(s, (struct demand){c, level, weight, (uint8_t)importance, (uint8_t)purpose, (uint8_t)from,
                            post});
}

/* --- who and where --- */

static int32_t sum_of(int32_t sum, int32_t more) {
  if (more == ABSENT)
    return sum;
  if (sum == ABSENT)
    return more;
  return sum + more;
}

static void take_post(struct sheet *s, const struct post *post, bool main) {
  struct facts *f = s->facts;
  if (f->n_roles == ARRAY_LEN(f->roles))
    return; /* rules read eight; the profiles of all count */

  f->minutes = sum_of(f->minutes, post->minutes);
  uint32_t at = 0;
  if (!main)
    at = f->n_roles;
  if (main && f->n_roles > 0)
    memmove(f->roles + 1, f->roles, f->n_roles * sizeof f->roles[0]);

  f->roles[at] = post->role;
  f->n_roles++;
  if (!main && f->n_roles > 1)
    return;

  const struct role *role = catalogue_role(s->catalogue, post->role);
  if (role && role->family)
    f->family = role->family->code;
  else
    f->family = NULL;

  f->weeks = post->weeks;
  f->term_time = post->term_time;
  f->employer = post->employer;
  f->contract = post->contract;
}

static bool in_scope(struct sheet *s, const char *code) {
  const struct role *role = catalogue_role(s->catalogue, code);
  return role && role->in_scope;
}

/* Why the profile of a post is needed: the post is still to come, the person is new to the school,
 * or the post is new to the person; else because it is their post. */
static enum need_from reason_of_post(bool to_come, bool inducted, bool fresh) {
  if (to_come)
    return FROM_NEW_ROLE;
  if (inducted)
    return FROM_INDUCTION;
  if (fresh)
    return FROM_NEW_ROLE;
  return FROM_PROFILE;
}

/* Current posts give their profiles; posts still to come give theirs as a new role. False: no post
 * in scope, now or to come. */
static bool take_posts(struct sheet *s, const struct person_recorded *said) {
  bool any = false;
  bool inducted = still_new(s, said->started);

  for (uint32_t i = 0; i < said->roles.n; i++) {
    const struct post *post = &said->roles.items[i];
    if (!in_scope(s, post->role))
      continue;

    bool to_come = post->from != ABSENT && post->from > s->day;
    bool now = covers(s, post->from, post->to);
    if (!now && !to_come)
      continue;

    any = true;
    bool fresh = now && still_new(s, post->from);
    demand_profile(s, post->role, reason_of_post(to_come, inducted, fresh),
                   post->employer == EMPLOYER_VOLUNTEER);
    if (now)
      take_post(s, post, post->main == 1);
  }

  return any;
}

/* Nobody said the role, but what the post is called. Its beginning is new only where `started` says
 * so: a statement is often made again. */
static bool take_title(struct sheet *s, const struct person_recorded *said) {
  for (uint32_t i = 0; said->title && i < said->roles.n; i++)
    covers(s, ABSENT, said->roles.items[i].to);

  const struct title_view t = title_of(s->person, s->catalogue, s->day);
  if (t.state != TITLE_POST || !t.role->in_scope)
    return false;

  const struct post post = {.role = t.role->code,
                            .from = t.from,
                            .to = ABSENT,
                            .minutes = ABSENT,
                            .weeks = ABSENT,
                            .term_time = ABSENT,
                            .employer = ABSENT,
                            .main = 1};
  bool now = covers(s, post.from, post.to);

  demand_profile(s, post.role, reason_of_post(!now, still_new(s, said->started), false), false);
  if (now)
    take_post(s, &post, true);

  return true;
}

static const char *main_post(const struct sheet *s) {
  if (s->facts->n_roles)
    return s->facts->roles[0];
  return NULL;
}

struct profile_row duty_row(const struct competence *k) {
  return (struct profile_row){.competence = k,
                              .level = DUTY_LEVEL,
                              .weight = MIDDLE_WEIGHT,
                              .importance = IMPORTANCE_ESSENTIAL,
                              .purpose = PURPOSE_ROLE,
                              .scope = "duty",
                              .certainty = CERTAINTY_DESIGNED};
}

/* A duty that law or safety regulates is one of compliance. */
static enum purpose purpose_of_duty(const struct sheet *s, const struct duty *duty) {
  const struct competence *c = catalogue_competence(s->catalogue, duty->competence);
  if (c && c->purpose == PURPOSE_COMPLIANCE)
    return PURPOSE_COMPLIANCE;
  return PURPOSE_ROLE;
}

static void take_duties(struct sheet *s, const struct duty *duties, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (covers(s, duties[i].from, duties[i].to))
      demand_one(s, duties[i].competence, DUTY_LEVEL, MIDDLE_WEIGHT, IMPORTANCE_ESSENTIAL,
                 purpose_of_duty(s, &duties[i]),
                 still_new(s, duties[i].from) ? FROM_NEW_DUTY : FROM_PROFILE, main_post(s));
}

static void take_holds(struct sheet *s, const struct person_recorded *said) {
  uint32_t n = 0;
  if (said)
    n = said->holds.n;
  for (size_t i = 0; i < s->person->facts.n; i++)
    n += s->person->facts.items[i]->event->type->kind == EVENT_ACHIEVEMENT;

  struct facts *f = s->facts;
  f->holds = arena_alloc(s->a, (n + 1) * sizeof *f->holds);
  for (uint32_t i = 0; said && i < said->holds.n; i++) {
    const struct holding *h = &said->holds.items[i];
    const char *what;

    if (h->unit)
      what = h->unit;
    else if (h->qualification)
      what = h->qualification;
    else
      what = arena_printf(s->a, "%s@%d", h->subject, h->level);

    f->holds[f->n_holds++] = (struct held){what, h->date, h->expires};
  }

  for (size_t i = 0; i < s->person->facts.n; i++) {
    const struct fact *fact = s->person->facts.items[i];
    if (fact->event->type->kind != EVENT_ACHIEVEMENT || !fact_live(fact))
      continue;

    const struct achievement_recorded *d = fact->event->data;
    f->holds[f->n_holds++] = (struct held){d->unit ? d->unit : d->qualification, d->date,
                                           d->expires};
  }
}

/* --- goals --- */

/* Counts once the post's own level is met: a step at a time. The highest level of several goals
 * holds. */
static void demand_for_goal(struct sheet *s, struct gives asked, int32_t weight, const char *post) {
  if (!s->for_goals)
    s->for_goals = arena_alloc(s->a,
                               (catalogue_n_competences(s->catalogue) + 1) * sizeof *s->for_goals);

  struct demand *have = &s->for_goals[asked.competence->index];
  if (asked.level <= have->level)
    return;

  *have = (struct demand){.competence = asked.competence,
                          .level = asked.level,
                          .weight = weight,
                          .importance = IMPORTANCE_DESIRABLE,
                          .purpose = PURPOSE_GROWTH,
                          .from = FROM_WISH,
                          .post = post};
}

static void demand_gates(struct sheet *s, const char *goal) {
  uint32_t n_gates, n_asked;
  if (!goal)
    return;

  const struct gate *gates = catalogue_gates(s->catalogue, goal, &n_gates);
  for (uint32_t i = 0; i < n_gates; i++) {
    const struct gives *asked = gate_gives(s->catalogue, &gates[i], &n_asked);
    for (uint32_t k = 0; k < n_asked; k++)
      demand_for_goal(s, asked[k], MIDDLE_WEIGHT, main_post(s));
  }
}

/* What the work of a role essentially needs. Duties of law and safety come with the post itself. */
static void demand_role(struct sheet *s, const char *role) {
  uint32_t n;
  const struct profile_row *rows = catalogue_profile(s->catalogue, role, &n);
  for (uint32_t i = 0; i < n; i++)
    if (rows[i].importance == IMPORTANCE_ESSENTIAL && rows[i].purpose != PURPOSE_COMPLIANCE)
      demand_for_goal(s, (struct gives){rows[i].competence, rows[i].level}, rows[i].weight, role);
}

static const char *goal_of(const struct sheet *s, const struct wish *wish) {
  if (wish->role)
    return arena_printf(s->a, "role.%s", wish->role);

  const struct qualification *q = NULL;
  if (wish->qualification)
    q = catalogue_qualification(s->catalogue, wish->qualification);
  if (!q)
    return NULL;

  return catalogue_goal_of(s->catalogue, current_form(s->catalogue, q, s->day, s->a), s->a);
}

/* The last day of a certificate that meets what the post asks and has to be renewed this term;
 * ABSENT: none has. */
static int32_t ends_soon(struct sheet *s, const struct demand *d, const struct level *level) {
  if (!d->competence->certificate || d->purpose != PURPOSE_COMPLIANCE || level->current == ABSENT ||
      level->last_day == INT32_MAX)
    return ABSENT;

  wake_at(s, level->last_day - ENDING_DAYS);
  if (level->last_day - ENDING_DAYS > s->day)
    return ABSENT;

  return level->last_day;
}

/* What one competence asks today: of the post first, then of a goal. NULL: nothing more. */
static const struct demand *demand_today(struct sheet *s, uint32_t competence,
                                         const struct level *level) {
  const struct demand *post = &s->demands[competence];
  const struct demand *goal = NULL;
  if (s->for_goals && s->for_goals[competence].level > 0)
    goal = &s->for_goals[competence];

  if (s->asked[competence]) {
    bool short_of = level->current == ABSENT ? post->level > 0 : level->current < post->level;
    if (short_of || level->confirm || ends_soon(s, post, level) != ABSENT)
      return post;
  }

  bool reached = goal && level->current != ABSENT && level->current >= goal->level;
  if (goal && !reached)
    return goal;
  return NULL;
}

static void take_preference(struct sheet *s) {
  const struct event *e = people_newest(&s->person->facts, EVENT_PREFERENCE);
  if (!e)
    return;

  const struct preference_recorded *d = e->data;
  struct facts *f = s->facts;

  f->progression = d->progression;
  f->no_computer = d->no_computer;
  f->wishes = d->wishes.items;
  f->n_wishes = d->wishes.n;
  f->formats = d->formats.items;
  f->n_formats = d->formats.n;
  if (d->progression == PROGRESSION_NO)
    return;

  for (uint32_t i = 0; i < d->wishes.n; i++) {
    const struct wish *w = &d->wishes.items[i];
    if (w->competence)
      demand_one(s, w->competence, WISH_LEVEL, 1, IMPORTANCE_DESIRABLE, PURPOSE_GROWTH, FROM_WISH,
                 main_post(s));

    demand_gates(s, goal_of(s, w));
    if (w->role)
      demand_role(s, w->role);
  }
}

/* --- the school's side --- */

static bool priority_is_for(const struct sheet *s, const struct priority_recorded *d) {
  for (uint32_t i = 0; i < d->roles.n; i++)
    for (uint32_t k = 0; k < s->facts->n_roles; k++)
      if (strcmp(d->roles.items[i], s->facts->roles[k]) == 0)
        return true;
  return d->roles.n == 0;
}

static void stress(struct sheet *s, const struct competence *c, int32_t weight, const char *code) {
  struct stress *have = &s->stressed[c->index];
  /* whichever order they were said in */
  bool first = weight == have->weight && strcmp(code, have->code) < 0;
  if (weight > have->weight || first)
    *have = (struct stress){weight, code};
}

/* A priority raises the weight of what the profile asks already; where it names the person's role,
 * it asks by itself. */
static void take_priority(struct sheet *s, const struct priority_recorded *d) {
  if (!covers(s, d->from, d->to) || !priority_is_for(s, d))
    return;

  for (uint32_t i = 0; i < d->competences.n; i++) {
    const struct weighted *w = &d->competences.items[i];
    const struct competence *c = catalogue_competence(s->catalogue, w->competence);
    if (!c)
      continue;

    stress(s, c, w->weight, d->priority);
    if (!s->asked[c->index] && d->roles.n == 0)
      continue;

    demand_one(s, w->competence, s->asked[c->index] ? 0 : PLAN_LEVEL, w->weight,
               IMPORTANCE_DESIRABLE, PURPOSE_GROWTH, FROM_PLAN, main_post(s));
  }
}

/* The newest statement of each (priority, from): later ones come after earlier ones in the list, so
 * a newer one of the same is looked for.
 */
static void take_priorities(struct sheet *s, const struct fact_list *l) {
  for (size_t i = 0; i < l->n; i++) {
    if (!fact_live(l->items[i]))
      continue;

    const struct priority_recorded *d = l->items[i]->event->data;
    bool newer = false;
    for (size_t k = i + 1; k < l->n && !newer; k++) {
      const struct fact *other = l->items[k];
      if (!fact_live(other))
        continue;
      const struct priority_recorded *o = other->event->data;
      newer = strcmp(o->priority, d->priority) == 0 && o->from == d->from;
    }

    if (!newer)
      take_priority(s, d);
  }
}

static void take_school(struct sheet *s) {
  const struct school *school = s->person->school;
  const struct event *e = people_newest(&school->facts, EVENT_SCHOOL);
  const struct school_recorded *d = NULL;

  if (e)
    d = e->data;
  if (d)
    s->facts->phase = d->phase;
  else
    s->facts->phase = NULL;

  if (d)
    s->facts->n_clusters = d->clusters.n;
  else
    s->facts->n_clusters = 0;

  take_priorities(s, &school->priorities);
  const struct school *wide = people_wide(school->authority);
  if (wide)
    take_priorities(s, &wide->priorities);
}

/* --- needs --- */

static uint8_t origin(struct sheet *s, const struct demand *d, const struct level *level) {
  uint8_t from = d->from;
  uint8_t said = FROM_PROFILE;

  bool renewed = level->lapsed_on != ABSENT || ends_soon(s, d, level) != ABSENT;
  if (renewed && d->purpose == PURPOSE_COMPLIANCE)
    said = FROM_REFRESH;
  else if (level->occasion == OCCASION_AUDIT + 1)
    said = FROM_AUDIT;
  else if (d->competence->area && strcmp(d->competence->area, "skills for life") == 0)
    said = FROM_BASIC_SKILLS;
  else if (level->current != ABSENT)
    said = FROM_REVIEW;

  if (said < from)
    return said;

  return from;
}

static void add_need(struct sheet *s, const struct demand *d, const struct level *level) {
  struct need *n = &s->facts->needs[s->facts->n_needs++];
  const struct stress *stressed = &s->stressed[d->competence->index];

  *n = (struct need){
      .competence = d->competence->index,
      .current = level->current,
      .required = d->level,
      .gap = level->current == ABSENT ? d->level : d->level - level->current,
      .weight = d->weight,
      .confidence = level->confidence,
      .rated_on = level->rated_on,
      .lapsed_on = level->lapsed_on,
      .ends_on = ends_soon(s, d, level),
      .importance = d->importance,
      .purpose = d->purpose,
      .nature = level->nature,
      .from = origin(s, d, level),
      .confirm = level->confirm,
      .differs = level->differs,
      .differs_level = level->differs_level,
      .differs_on = level->differs_on,
      .helpers = helper_pool_helpers(s->helpers, d->competence->index, s->person),
      .post = d->post,
      .evidence = level->evidence,
      .priority = (uint8_t)stressed->weight,
      .priority_code = stressed->code,
  };
  if (n->gap < 0)
    n->gap = 0;
  if (n->helpers)
    n->n_colleagues = helper_pool_colleagues(s->helpers, n->competence, s->person, s->a,
                                             &n->colleagues);
}

static void weigh(struct sheet *s) {
  uint32_t n_competences = catalogue_n_competences(s->catalogue), n_ratings, n = 0;
  const struct rating_view *ratings = ratings_of(s->person, s->catalogue, s->a, &n_ratings);

  for (uint32_t i = 0; i < n_competences; i++)
    n += s->asked[i] || (s->for_goals && s->for_goals[i].level > 0);

  s->facts->needs = arena_alloc(s->a, (n + 1) * sizeof *s->facts->needs);
  uint32_t at = 0;

  for (uint32_t i = 0; i < n_competences; i++) {
    while (at < n_ratings && ratings[at].competence->index < i)
      at++;

    uint32_t from = at;
    while (at < n_ratings && ratings[at].competence->index == i)
      at++;

    if (!s->asked[i] && !(s->for_goals && s->for_goals[i].level > 0))
      continue;

    struct level level = level_on(ratings + from, at - from, s->day, &s->next_change_day);
    const struct demand *asked = demand_today(s, i, &level);
    if (asked)
      add_need(s, asked, &level);
  }
}

enum presence presence_of(const struct person *p, int32_t day, int32_t *next_change_day) {
  if (p->erased)
    return PRESENCE_NONE;

  const struct event *said = people_newest(&p->facts, EVENT_PERSON);
  const struct event *left = people_newest(&p->facts, EVENT_LEFT);
  const struct event *restricted = people_newest(&p->facts, EVENT_RESTRICTED);

  if (left && (!said || instant_cmp(left->time, said->time) >= 0)) {
    int32_t date = ((const struct person_left *)left->data)->date;
    if (date <= day)
      return PRESENCE_LEFT;
    if (date < *next_change_day)
      *next_change_day = date;
  }

  if (restricted && ((const struct person_restricted *)restricted->data)->restricted == 1) {
    int32_t date = ((const struct person_restricted *)restricted->data)->date;
    if (date <= day)
      return PRESENCE_RESTRICTED;
    if (date < *next_change_day)
      *next_change_day = date;
  }

  if (said)
    return PRESENCE_HERE;

  return PRESENCE_NONE;
}

bool person_present(const struct person *p, int32_t day, int32_t *next_change_day) {
  return presence_of(p, day, next_change_day) == PRESENCE_HERE;
}

static void nothing_known(struct facts *ret) {
  *ret = (struct facts){.minutes = ABSENT,
                        .weeks = ABSENT,
                        .term_time = ABSENT,
                        .employer = ABSENT,
                        .started = ABSENT,
                        .progression = ABSENT,
                        .no_computer = ABSENT};
}

static void take_appraised_duties(struct sheet *s) {
  const struct fact_list *l = &s->person->facts;
  for (size_t i = 0; i < l->n; i++)
    if (l->items[i]->event->type->kind == EVENT_APPRAISAL && fact_live(l->items[i])) {
      const struct appraisal_recorded *d = l->items[i]->event->data;
      take_duties(s, d->duties.items, d->duties.n);
    }
}

/* All that is asked of somebody who is here, and what is known of them; false without a post in
 * scope. */
static bool take_all(struct sheet *s) {
  const struct person_recorded *said = people_newest(&s->person->facts, EVENT_PERSON)->data;
  uint32_t n = catalogue_n_competences(s->catalogue);

  s->demands = arena_alloc(s->a, (n + 1) * sizeof *s->demands);
  s->asked = arena_alloc(s->a, n + 1);
  s->stressed = arena_alloc(s->a, (n + 1) * sizeof *s->stressed);
  s->facts->started = said->started;

  bool any = take_posts(s, said);
  any |= take_title(s, said);
  if (!any)
    return false;

  take_duties(s, said->duties.items, said->duties.n);
  take_appraised_duties(s);
  take_holds(s, said);
  take_preference(s);
  take_school(s);

  return true;
}

struct facts_context facts_context_of(const struct school *school, const struct catalogue *c,
                                      int32_t day) {
  const struct authority *authority = school->authority;
  const struct school *wide = people_wide(authority);
  struct facts_context context = {.catalogue = c,
                                  .day = day,
                                  .helpers = school->helper_pool,
                                  .school_offers = school->offer_list};
  if (wide)
    context.authority_offers = wide->offer_list;
  if (authority->reads_effects)
    context.effects = authority->effects;

  return context;
}

bool facts_of(const struct person *p, const struct facts_context *context, struct arena *a,
              struct facts *ret, int32_t *ret_next_change_day) {
  nothing_known(ret);
  *ret_next_change_day = INT32_MAX;
  if (!person_present(p, context->day, ret_next_change_day))
    return false;

  struct sheet s = {.person = p,
                    .catalogue = context->catalogue,
                    .day = context->day,
                    .helpers = context->helpers,
                    .next_change_day = *ret_next_change_day,
                    .a = a,
                    .facts = ret};
  bool any = take_all(&s);
  if (any) {
    weigh(&s);
    offer_list_fill(context, a, ret, &s.next_change_day);
    effects_fill(context->effects, a, ret);
  }

  *ret_next_change_day = s.next_change_day;

  return any;
}

const int32_t *levels_asked(const struct person *p, const struct catalogue *c, int32_t day,
                            struct arena *a) {
  struct facts facts;
  int32_t next_change_day = INT32_MAX, n = (int32_t)catalogue_n_competences(c);

  nothing_known(&facts);
  struct sheet s = {.person = p,
                    .catalogue = c,
                    .day = day,
                    .next_change_day = INT32_MAX,
                    .a = a,
                    .facts = &facts};
  if (!person_present(p, day, &next_change_day) || !take_all(&s))
    return NULL;

  int32_t *levels = arena_alloc(a, ((size_t)n + 1) * sizeof *levels);

  for (int32_t i = 0; i < n; i++) {
    if (s.asked[i])
      levels[i] = s.demands[i].level;
    else
      levels[i] = ABSENT;
  }

  return levels;
}

/* What of an offer only the recommendation says. */
static void put_offer(struct buf *all, const struct offered *o) {
  const struct provision_recorded *d = o->said;
  if (!d)
    return;

  buf_puts(all, d->offer);
  buf_i32(all, d->cost.registration);
  buf_i32(all, d->cost.materials);
  buf_i32(all, d->cost.travel);
  buf_i32(all, d->cost.fee);
  for (uint32_t i = 0; i < d->sessions.n; i++) {
    buf_i32(all, d->sessions.items[i].date);
    buf_i32(all, d->sessions.items[i].start);
    buf_i32(all, d->sessions.items[i].end);
    buf_puts(all, d->sessions.items[i].place ? d->sessions.items[i].place : "");
  }
}

struct hash128 facts_hash(const struct facts *f, const struct buf *sent) {
  struct buf all = {0};

  buf_put(&all, sent->data, sent->len);
  for (uint32_t i = 0; i < f->n_needs; i++)
    for (uint32_t k = 0; k < f->needs[i].n_colleagues; k++)
      buf_puts(&all, f->needs[i].colleagues[k].subject);

  for (uint32_t i = 0; i < f->n_offers; i++)
    put_offer(&all, &f->offers[i]);
  for (uint32_t i = 0; i < f->n_goal_offers; i++)
    put_offer(&all, &f->goal_offers[i]);

  struct hash128 hash = hash128_of(NULL, all.data, all.len);
  buf_finish(&all);

  return hash;
}
