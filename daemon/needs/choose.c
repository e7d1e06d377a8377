/* choose - from what the rules propose to what one person is advised: the best candidate for each
 * need, few of them, each with its reasons.
 *
 * Candidates that name the same development become one option. What the person accepted is an
 * option of its own and comes first; what was declined is left alone. Compliance is never capped;
 * role and growth have CAP each. What is not chosen is listed with the reason. */
#include <stdio.h>
#include <string.h>

#include "needs/choice.h"
#include "needs/covers.h"

#include "base/words.h"

enum {
  CAP = 3
};
/* For how long an answer speaks: a decline until the next yearly review, a completion until a
 * rating is overdue. */
enum {
  DECLINED_MONTHS = 12,
  AWAITED_MONTHS = 12,
  FINDING_OUT_MONTHS = 3
};
enum {
  /* among the rules' priorities */
  PRIORITY_READY = 60, /* a goal that somebody is ready for */
  PRIORITY_LOOK = 86   /* a look at what a completed development has changed */
};

/* --- options --- */

static const struct commitment *commitment_about(const struct choice *c, const char *id) {
  for (uint32_t i = 0; i < c->n_commitments; i++)
    if (strcmp(c->commitments[i].recommendation, id) == 0)
      return &c->commitments[i];
  return NULL;
}

/* The slot of an id: of its option, or the free one where it belongs (FNV-1a, open addressing). */
static uint32_t *slot_of(const struct choice *c, const char *id) {
  uint32_t hash = 2166136261u;
  for (const char *at = id; *at; at++)
    hash = (hash ^ (unsigned char)*at) * 16777619u;

  uint32_t *slot = &c->index[hash & c->mask];
  while (*slot && strcmp(c->options[*slot - 1].development.id, id) != 0)
    slot = &c->index[++hash & c->mask];

  return slot;
}

static struct option *add_option(struct choice *c, struct development d) {
  uint32_t *slot = slot_of(c, d.id);
  if (*slot)
    return &c->options[*slot - 1]; /* the same thing, spelt otherwise */

  struct option *o = &c->options[c->n++];
  *slot = c->n;
  *o = (struct option){.development = d,
                       .weeks = ABSENT,
                       .minutes = ABSENT,
                       .commitment = commitment_about(c, d.id)};
  o->place = (struct place){
      .id = d.id, .agreed = kept(o), .finding_out = is_kind(o, "finding-out"), .formal = d.formal};
  o->needs = arena_alloc(c->a, (c->facts->n_needs + 1) * sizeof *o->needs);
  o->answers = arena_alloc(c->a, (c->facts->n_needs + 1) * sizeof *o->answers);

  return o;
}

static struct option *option_for(struct choice *c, const char *id) {
  uint32_t known = *slot_of(c, id);
  struct development d;

  if (known)
    return &c->options[known - 1];
  if (catalogue_development(c->catalogue, id, c->a, &d))
    return add_option(c, d);
  return NULL;
}

/* The development as the person's answer was journaled with it: the catalogue may have dropped it
 * since. */
static struct development as_journaled(const struct choice *c,
                                       const struct resolved_development *d) {
  const struct coded *kind = catalogue_coded(c->catalogue, DOMAIN_KIND, d->kind);
  const char *id = arena_printf(c->a, "%s", d->id), *dot = strchr(id, '.'), *rest = id;
  if (dot)
    rest = dot + 1;

  return (struct development){.id = id,
                              .kind = arena_printf(c->a, "%s", d->kind),
                              .rest = rest,
                              .title = arena_printf(c->a, "%s", d->title ? d->title : d->id),
                              .level = d->level,
                              .credit = d->credit,
                              .minutes = ABSENT,
                              .formal = kind && kind->extra && strcmp(kind->extra, "formal") == 0};
}

static void can_answer(struct option *o, uint32_t need) {
  for (uint32_t i = 0; i < o->n_needs; i++)
    if (o->needs[i] == need)
      return;
  o->needs[o->n_needs++] = need;
}

static void give_reason(struct choice *c, struct option *o, const char *rule, const char *source,
                        const char *text) {
  for (uint32_t i = 0; i < o->n_because; i++)
    if (strcmp(o->because[i].rule, rule) == 0 && strcmp(o->because[i].text, text) == 0)
      return;

  if (o->n_because == o->cap_because) {
    struct reason *more = arena_alloc(c->a, (o->cap_because + 4) * 2 * sizeof *more);
    if (o->n_because)
      memcpy(more, o->because, o->n_because * sizeof *more);
    o->because = more;
    o->cap_because = (o->cap_because + 4) * 2;
  }

  o->because[o->n_because++] = (struct reason){rule, source, text};
}

/* Somebody holds what shows the level, and practice has moved since: no unit or award for it again.
 */
static bool is_held_already(const struct need *n, const struct option *o) {
  return n->differs == DIFFERS_CERTIFICATE && n->differs_level >= n->required &&
         (o->development.unit || o->development.qualification);
}

/* Somebody new, or with a new duty, need not be rated before a colleague stands beside them. */
static bool begins_beside_somebody(const struct need *n, const char *kind) {
  static const char *const kinds[] = {"buddying", "coaching", "shadowing"};
  if (n->from != FROM_INDUCTION && n->from != FROM_NEW_DUTY)
    return false;

  for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
    if (strcmp(kind, kinds[i]) == 0)
      return true;
  return false;
}

bool need_takes(const struct need *n, const char *kind) {
  bool finding_out = strcmp(kind, "finding-out") == 0;
  if (n->current != ABSENT)
    return true;
  if (n->purpose != PURPOSE_COMPLIANCE)
    return finding_out || begins_beside_somebody(n, kind);
  if (strcmp(kind, "qualification") == 0 || strcmp(kind, "course") == 0)
    return n->lapsed_on != ABSENT;
  return strcmp(kind, "unit") != 0;
}

static void take_candidate(struct choice *c, const struct candidate *k) {
  struct option *o = option_for(c, k->development);
  const struct need *n = &c->facts->needs[k->need];
  if (!o || !need_takes(n, o->development.kind) || is_held_already(n, o))
    return;

  can_answer(o, k->need);
  o->proposed = true;
  if (k->priority > o->place.priority)
    o->place.priority = k->priority;
  if (k->weeks != ABSENT && k->weeks > o->weeks)
    o->weeks = k->weeks;
  if (k->minutes != ABSENT && k->minutes > o->minutes)
    o->minutes = k->minutes;
  if (k->not_in_house && !o->not_in_house)
    o->not_in_house = k->not_in_house;

  give_reason(c, o, c->rules[k->rule].name, c->rules[k->rule].source, k->text);
}

/* What was promised stays an option for those of its needs that are still open, whatever the rules
 * say today. */
/* Closed by the person's own facts: no need is open, and a rating of what it covers was made since,
 * or shows it done alone. A profile that asks for less, or a rule that is gone, closes nothing.
 * Finding out is over when nothing is left unrated. */
static bool commitment_closed(struct choice *c, const struct commitment *p) {
  enum {
    ALONE = 3
  };
  for (uint32_t i = 0; i < c->n_ratings; i++)
    for (uint32_t k = 0; k < p->development->competences.n; k++) {
      const struct rating_view *r = &c->ratings[i];
      if (strcmp(p->development->competences.items[k], r->competence->key) != 0)
        continue;
      if (r->date > c->day)
        wake_at(c, r->date);
      else if (r->date >= p->since || r->level >= ALONE)
        return true;
    }

  return p->development->competences.n == 0;
}

static void take_commitment(struct choice *c, const struct commitment *p) {
  if (p->state != COMMITMENT_KEPT)
    return;

  struct option *o = option_for(c, p->recommendation);
  if (!o)
    o = add_option(c, as_journaled(c, p->development));

  bool any = is_kind(o, "finding-out");

  for (uint32_t i = 0; i < c->facts->n_needs; i++) {
    const struct need *n = &c->facts->needs[i];
    bool covered = any && unrated(n) && !statutory(n);
    for (uint32_t k = 0; k < p->development->competences.n && !covered; k++)
      covered = strcmp(p->development->competences.items[k], competence_of(c, i)->key) == 0;
    if (covered)
      can_answer(o, i);
  }

  o->stands = o->n_needs > 0 || !commitment_closed(c, p);
  static const char *const words[] = {[KEPT_BY_ACCEPTING] = "Accepted",
                                      [KEPT_BY_STARTING] = "Started",
                                      [KEPT_BY_AGREEING] = "Agreed"};
  char date[DATE_TEXT], started[DATE_TEXT];
  const char *begun = "";

  if (!(p->started == ABSENT || p->started == p->since))
    begun = arena_printf(c->a, ", started on %s", date_text(p->started, started));

  const char *more = "; it would not be recommended today";
  if (o->proposed)
    more = "";

  const char *text = arena_printf(c->a, "%s on %s%s%s.", words[p->kept], date_text(p->since, date),
                                  begun, more);
  give_reason(c, o, "agreed", "person", text);
}

/* --- goals --- */

/* The goal itself, once nothing is in its way. */
static void take_ready(struct choice *c, const struct route *r) {
  struct option *o = option_for(c, r->goal);
  if (!o)
    return;

  const char *met = "";
  for (uint32_t i = 0; i < r->n_gates; i++)
    if (r->gates[i].state == GATE_MET)
      met = arena_printf(c->a, "%s %s: met.", met, r->gates[i].gate->words);

  const char *instead = "";
  if (r->former)
    instead = arena_printf(c->a, " It has taken the place of %s.", r->former->title);

  o->towards = r;
  if (o->place.priority < PRIORITY_READY)
    o->place.priority = PRIORITY_READY;
  give_reason(c, o, "goal", "person",
              arena_printf(c->a, "You want this, and you are ready now: nothing is missing.%s%s",
                           met, instead));
}

static bool was_declined(const struct choice *c, const char *id) {
  const struct commitment *k = commitment_about(c, id);
  return k && k->state == COMMITMENT_DECLINED;
}

/* The goal was declined: another way to the same that is ready, if there is one. */
static void take_other_way(struct choice *c, const struct route *r) {
  uint32_t n;
  const struct qualification *const *peers = catalogue_peers(c->catalogue, r->qualification, c->a,
                                                             &n);
  for (uint32_t i = 0; i < n; i++) {
    struct route *way = arena_alloc(c->a, sizeof *way);
    if (!route_to(&c->standing, peers[i]->id, way) || !way->ready || was_declined(c, way->goal))
      continue;

    struct option *o = option_for(c, way->goal);
    if (!o)
      continue;

    o->towards = r;
    if (o->place.priority < PRIORITY_READY)
      o->place.priority = PRIORITY_READY;
    give_reason(c, o, "goal", "person",
                arena_printf(c->a,
                             "%s was declined; this leads to the same. "
                             "Time, cover and cost are to be agreed with the head.",
                             r->title));
    return;
  }
}

static bool is_need(const struct choice *c, const struct gives *gives, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < c->facts->n_needs; k++)
      if (competence_of(c, k) == gives[i].competence)
        return true;
  return false;
}

/* An award that a gate asks for, where no need does: somebody who can do it and has not shown it.
 * What is needed is the rules' to propose. */
static void take_award(struct choice *c, const struct route *r, const struct gate_view *v) {
  uint32_t n;
  const struct gives *gives = gate_gives(c->catalogue, v->gate, &n);
  struct route way;
  if (!v->award || is_need(c, gives, n) || !route_to(&c->standing, v->award->id, &way) ||
      !way.ready)
    return;

  struct option *o = option_for(c, way.goal);
  if (!o)
    return;

  o->towards = r;
  if (o->place.priority < PRIORITY_READY)
    o->place.priority = PRIORITY_READY;
  give_reason(c, o, "goal", "person",
              arena_printf(c->a, "%s asks for it: %s.", r->title, v->gate->words));
}

static void take_routes(struct choice *c) {
  for (uint32_t i = 0; i < c->n_routes; i++) {
    const struct route *r = &c->routes[i];
    if (r->ready && r->qualification && was_declined(c, r->goal))
      take_other_way(c, r);
    else if (r->ready && r->qualification)
      take_ready(c, r);
    for (uint32_t k = 0; k < r->n_gates && !r->reached; k++)
      if (r->gates[k].state == GATE_MISSING)
        take_award(c, r, &r->gates[k]);
  }
}

/* Nobody is sent to what they cannot enter yet. */
static void look_at_gates(struct choice *c, struct option *o) {
  struct route r;
  uint32_t n;
  if (!o->development.qualification || kept(o))
    return;

  catalogue_gates(c->catalogue, o->development.id, &n);
  if (n == 0 || !route_to(&c->standing, o->development.id, &r))
    return;

  const struct gate_view *v = route_obstacle(&r);
  if (v)
    o->gated = v->gate->words;
}

/* --- which option for which need --- */

/* Was the competence rated since, by the rating that decides or by one that has run out again? */
static bool rated_since(const struct choice *c, const struct need *n, int32_t date) {
  if (n->rated_on != ABSENT && n->rated_on >= date)
    return true;

  for (uint32_t i = 0; i < c->n_ratings; i++)
    if (c->ratings[i].competence->index == n->competence && c->ratings[i].date >= date &&
        rating_last_day(&c->ratings[i]) < c->day)
      return true;

  return false;
}

static const char *left_alone(struct choice *c, const struct option *o, const struct need *n) {
  char date[DATE_TEXT], until[DATE_TEXT];
  const struct commitment *p = o->commitment;
  if (o->gated && !statutory(n))
    return arena_printf(c->a, "Later; it asks for this first: %s.", o->gated);
  if (!p)
    return NULL;

  if (p->state == COMMITMENT_CONTESTED)
    return arena_printf(c->a, "Contested on %s; somebody will look at it.",
                        date_text(p->since, date));

  if (p->state == COMMITMENT_DECLINED) {
    int32_t end = date_add_months(p->since, DECLINED_MONTHS);
    if (over(c, end))
      return NULL;
    return arena_printf(c->a, "Declined on %s; left alone until %s, or until it is accepted.",
                        date_text(p->since, date), date_text(end, until));
  }

  /* Completed: only a rating made since shows whether the gap is closed. */
  if (p->state != COMMITMENT_COMPLETED || rated_since(c, n, p->completed))
    return NULL;

  int32_t end = date_add_months(p->completed,
                                is_kind(o, "finding-out") ? FINDING_OUT_MONTHS : AWAITED_MONTHS);
  if (over(c, end))
    return NULL;

  return arena_printf(c->a,
                      "Completed on %s; a new rating will show whether the gap is "
                      "closed (awaited until %s).",
                      date_text(p->completed, date), date_text(end, until));
}

/* --- what comes first --- */
/* Why an option was not chosen, for each criterion of ORDER_FOR_A_NEED: beside the recommendation
 * that came first, and in the answer to "why not?". */
static const struct {
  const char *alternative, *fate;
} criterion_words[] = {
    [CRITERION_AGREED] = {"Something else was agreed.", "What was agreed comes first."},
    [CRITERION_PRIORITY] = {NULL, "By the rules' priority another one comes first."},
    [CRITERION_INFORMAL] = {"Informal development comes first.",
                            "Informal development comes first."},
    [CRITERION_ID] = {"As good; listed for choice.",
                      "As good as the one chosen; it is there for choice."},
};

static enum criterion what_put_first(const struct option *first, const struct option *other) {
  bool is_first;
  return order_decides(ORDER_FOR_A_NEED, &first->place, &other->place, &is_first);
}

static bool reads_or_clicks(const struct option *o) {
  return is_kind(o, "e-learning") || is_kind(o, "resource");
}

/* What a reader can check for themselves of two options that the rules put in this order. */
static const char *reason_of_priority(const struct choice *c, const struct option *first,
                                      const struct option *other) {
  int32_t of_first = development_minutes(c->catalogue, &first->development);
  int32_t of_other = development_minutes(c->catalogue, &other->development);
  const struct {
    bool holds;
    const char *words;
  } reasons[] = {
      {other->development.formal && !first->development.formal,
       "Informal development comes first."},
      {first->with && !other->with, "A colleague who can help comes first."},
      {is_kind(first, "finding-out"), "First it has to be clear where you stand."},
      {reads_or_clicks(other) && !reads_or_clicks(first),
       "Doing it with others comes before reading or a screen."},
      {first->n_answers > other->n_needs, "It answers fewer of your needs."},
      {of_first != ABSENT && of_other != ABSENT && of_other > of_first, "It takes longer."},
      {first->development.qualification && !other->development.qualification,
       "The certificate itself is asked for."},
      {first->development.formal && !other->development.formal,
       "The course or award takes you further."},
  };

  for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
    if (reasons[i].holds)
      return reasons[i].words;
  return "It is the next best; ask for it if it suits you better.";
}

const char *why_not_first(const struct choice *c, const struct option *first,
                          const struct option *other) {
  if (other->held)
    return other->held;

  enum criterion by = what_put_first(first, other);
  if (by == CRITERION_PRIORITY)
    return reason_of_priority(c, first, other);
  return criterion_words[by].alternative;
}

/* --- the best option for each need --- */
static void take_better(struct option **best, struct option *o) {
  if (!*best || comes_first(ORDER_FOR_A_NEED, &o->place, &(*best)->place))
    *best = o;
}

/* What the law requires nobody can decline away: where nothing else answers it, it stays
 * recommended with the answer beside it.
 */
static struct option *required_all_the_same(struct choice *c, uint32_t need,
                                            struct option *declined) {
  char date[DATE_TEXT];
  if (!declined || !statutory(&c->facts->needs[need]))
    return NULL;

  give_reason(c, declined, "declined", "person",
              arena_printf(
                  c->a, "Declined on %s, but the law requires it: the school must still see to it.",
                  date_text(declined->commitment->since, date)));

  return declined;
}

/* Two who see something differently talk about it before or with the first step: it takes no
 * other option's place. */
static bool is_talk(const struct need *n, const struct option *o) {
  return n->differs != DIFFERS_NOT && is_kind(o, "finding-out");
}

/* --- what was completed, and nobody has looked at since --- */

static bool is_awaited(struct choice *c, const struct option *o, uint32_t need) {
  return o->commitment && o->commitment->state == COMMITMENT_COMPLETED &&
         !is_kind(o, "finding-out") && option_answers(o, need) &&
         left_alone(c, o, &c->facts->needs[need]);
}

static bool awaits_a_look(struct choice *c, uint32_t need) {
  for (uint32_t i = 0; i < c->n; i++)
    if (is_awaited(c, &c->options[i], need))
      return true;
  return false;
}

/* A talk or an observation shows what a completed development has changed; until then nothing more
 * is recommended for the need. */
static void take_looks(struct choice *c) {
  static const char look[] = "finding-out.review";
  for (uint32_t need = 0; need < c->facts->n_needs; need++) {
    if (unrated(&c->facts->needs[need]) || !awaits_a_look(c, need))
      continue;

    struct option *o = option_for(c, look);
    if (!o)
      return;

    can_answer(o, need);
    o->proposed = true;
    if (o->place.priority < PRIORITY_LOOK)
      o->place.priority = PRIORITY_LOOK;
    give_reason(c, o, "look-back", "person",
                "You have completed a development for this; first look with your manager at what "
                "it has changed.");
  }
}

static void answer_need(struct choice *c, uint32_t need) {
  struct option *best = NULL, *talk = NULL, *declined = NULL;
  bool looks = awaits_a_look(c, need);

  for (uint32_t i = 0; i < c->n; i++) {
    struct option *o = &c->options[i];
    if (!option_answers(o, need))
      continue;
    if (looks && !is_kind(o, "finding-out") && !kept(o) && !is_awaited(c, o, need)) {
      o->held = "Later: first a look at what the completed development has changed.";
      continue;
    }

    const char *why_not = left_alone(c, o, &c->facts->needs[need]);
    if (why_not)
      o->held = why_not;
    if (!why_not)
      take_better(is_talk(&c->facts->needs[need], o) ? &talk : &best, o);
    else if (o->commitment && o->commitment->state == COMMITMENT_DECLINED)
      take_better(&declined, o);
  }

  if (!best)
    best = required_all_the_same(c, need, declined);
  for (uint32_t i = 0; i < c->n; i++) {
    struct option *o = &c->options[i];
    if (o == best || o == talk || (kept(o) && option_answers(o, need)))
      o->answers[o->n_answers++] = need;
  }
}

static enum purpose purpose_of(const struct choice *c, const struct option *o) {
  /* a commitment for which the post asks no more */
  enum purpose strictest = PURPOSE_ROLE;
  if (o->n_answers || is_for_goal(o))
    strictest = PURPOSE_GROWTH;
  for (uint32_t i = 0; i < o->n_answers; i++) {
    enum purpose p = (enum purpose)c->facts->needs[o->answers[i]].purpose;
    if (p < strictest)
      strictest = p;
  }

  /* finding out serves the whole role, even where one of the competences is also a duty */
  if (is_kind(o, "finding-out") && strictest == PURPOSE_COMPLIANCE)
    return PURPOSE_ROLE;

  return strictest;
}

/* --- with whom --- */

static int helper_kind_of(const char *as) {
  for (int i = 0; i < HELPER_KINDS; i++)
    if (strcmp(helper_words[i], as) == 0)
      return i;
  return -1;
}

static bool can_help(const struct need *n, const char *subject, int kind) {
  for (uint32_t i = 0; i < n->n_colleagues; i++)
    if (n->colleagues[i].kinds >> kind & 1 && strcmp(n->colleagues[i].subject, subject) == 0)
      return true;
  return false;
}

/* The first by id who can help with everything that the option is for. */
static void take_colleague(const struct choice *c, struct option *o) {
  if (!o->development.formal)
    o->as = catalogue_kind_helper(c->catalogue, o->development.kind);
  if (!o->as || o->n_answers == 0)
    return;

  int kind = helper_kind_of(o->as);
  const struct need *first = &c->facts->needs[o->answers[0]];
  for (uint32_t i = 0; kind >= 0 && i < first->n_colleagues && !o->with; i++) {
    uint32_t helped = 0;
    while (helped < o->n_answers &&
           can_help(&c->facts->needs[o->answers[helped]], first->colleagues[i].subject, kind))
      helped++;
    if (helped == o->n_answers)
      o->with = first->colleagues[i].subject;
  }
}

/* Can the colleague of `o` help with all that `other` is for? */
static bool helps_with(const struct choice *c, const struct option *o, const struct option *other) {
  int kind = helper_kind_of(o->as);
  for (uint32_t i = 0; i < other->n_answers; i++)
    if (!can_help(&c->facts->needs[other->answers[i]], o->with, kind))
      return false;
  return true;
}

static void join(struct choice *c, struct option *o, struct option *other) {
  for (uint32_t i = 0; i < other->n_answers; i++) {
    can_answer(o, other->answers[i]);
    o->answers[o->n_answers++] = other->answers[i];
  }

  for (uint32_t i = 0; i < other->n_because; i++)
    give_reason(c, o, other->because[i].rule, other->because[i].source, other->because[i].text);

  other->n_answers = 0;
  other->held = arena_printf(c->a, "Together with %s: one colleague helps with both.", o->place.id);
}

static bool can_join(const struct option *o) {
  return o->with && o->n_answers > 0 && !o->commitment;
}

/* What the post needs, by law or not, is one; what is nice to have is another. */
static bool same_reason(enum purpose a, enum purpose b) {
  return (a == PURPOSE_GROWTH) == (b == PURPOSE_GROWTH);
}

/* One arrangement with one colleague, and not one for each gap. What somebody has answered stays by
 * itself. */
static void join_with_same_colleague(struct choice *c) {
  for (uint32_t i = 0; i < c->n; i++)
    take_colleague(c, &c->options[i]);

  for (uint32_t i = 0; i < c->n; i++) {
    struct option *o = &c->options[i];
    for (uint32_t k = i + 1; k < c->n && can_join(o); k++) {
      struct option *other = &c->options[k];
      if (can_join(other) && strcmp(o->development.kind, other->development.kind) == 0 &&
          same_reason(purpose_of(c, o), purpose_of(c, other)) && helps_with(c, o, other))
        join(c, o, other);
    }
  }
}

/* --- how many --- */

/* Reading, writing, numbers and screens are in the way of everything that is read or written; and
 * an award that somebody wants asks for them at its entry. */
static bool in_the_way(const struct choice *c, const struct need *n) {
  enum {
    SOME = 1
  };
  const struct competence *k = catalogue_competence_at(c->catalogue, n->competence);
  if (!k->area || strcmp(k->area, "skills for life") != 0)
    return false;

  return n->current == ABSENT || n->current <= SOME || c->facts->n_wishes > 0;
}

static enum advice_group group_of(const struct choice *c, const struct option *o) {
  bool basic = false;
  if (o->purpose == PURPOSE_COMPLIANCE)
    return GROUP_LAW;

  for (uint32_t i = 0; i < o->n_answers; i++) {
    const struct need *n = &c->facts->needs[o->answers[i]];
    basic |= in_the_way(c, n) && !o->place.finding_out;
  }

  if (basic)
    return GROUP_BASIC_SKILLS;
  if (o->purpose == PURPOSE_GROWTH)
    return GROUP_GROWTH;
  return GROUP_ROLE;
}

/* After purpose_of. */
static void take_place(const struct choice *c, struct option *o) {
  struct place *place = &o->place;

  place->group = group_of(c, o);
  place->importance = IMPORTANCE_DESIRABLE;
  for (uint32_t i = 0; i < o->n_answers; i++) {
    const struct need *n = &c->facts->needs[o->answers[i]];
    if (n->importance < place->importance)
      place->importance = n->importance;
    if (n->weight > place->weight)
      place->weight = n->weight;
    if (n->gap > place->gap)
      place->gap = n->gap;
  }
}

static bool in_question(const struct option *o) {
  return o->n_answers > 0 || o->stands || is_for_goal(o);
}

/* --- while somebody is away --- */

/* The day after the absence that today lies in; ABSENT: they are here. */
static int32_t day_back(struct choice *c) {
  const struct event *statement = people_newest(&c->person->facts, EVENT_PERSON);
  const struct person_recorded *said = NULL;
  if (statement)
    said = statement->data;

  for (uint32_t i = 0; said && i < said->away.n; i++) {
    const struct period *away = &said->away.items[i];
    if (away->from != ABSENT && away->from > c->day) {
      wake_at(c, away->from);
      continue;
    }
    if (away->to == ABSENT || away->to < c->day)
      continue;

    wake_at(c, away->to + 1);
    return away->to + 1;
  }

  return ABSENT;
}

static void wait_until_back(struct choice *c, struct option *o) {
  char back[DATE_TEXT];
  o->chosen = false;
  o->held = arena_printf(c->a, "Later: from %s, when you are back.", date_text(c->back, back));
}

/* An option is live when fewer than CAP of its purpose come before it; what was promised is always
 * live. */
static void cap(struct choice *c) {
  for (uint32_t i = 0; i < c->n; i++)
    if (in_question(&c->options[i])) {
      c->options[i].purpose = purpose_of(c, &c->options[i]);
      take_place(c, &c->options[i]);
    }

  for (uint32_t i = 0; i < c->n; i++) {
    struct option *o = &c->options[i];
    if (!in_question(o))
      continue;

    uint32_t before = 0;

    for (uint32_t k = 0; k < c->n; k++) {
      const struct option *other = &c->options[k];
      before += other != o && in_question(other) && other->purpose == o->purpose &&
                comes_first(ORDER_IN_A_PURPOSE, &other->place, &o->place);
    }

    o->chosen = o->purpose == PURPOSE_COMPLIANCE || before < CAP || kept(o);
    if (o->chosen && !kept(o) && c->back != ABSENT) {
      wait_until_back(c, o);
      continue;
    }
    if (!o->chosen)
      o->held = arena_printf(c->a, "Later: %d recommendations for %s come first.", CAP,
                             o->purpose == PURPOSE_ROLE ? "the role" : "growth");
  }
}
static int by_id(const void *x, const void *y) {
  return strcmp(((const struct option *)x)->development.id,
                ((const struct option *)y)->development.id);
}

static int as_read(const void *x, const void *y) {
  const struct place *a = &((const struct option *)x)->place;
  const struct place *b = &((const struct option *)y)->place;
  if (comes_first(ORDER_OF_ADVICE, a, b))
    return -1;
  return comes_first(ORDER_OF_ADVICE, b, a);
}

/* Is one of the proposals an award, whose gates have to be looked at? */
static bool proposes_award(const struct choice *c, const struct outcome *o) {
  for (uint32_t i = 0; i < o->n_candidates; i++) {
    uint32_t n;
    catalogue_gates(c->catalogue, o->candidates[i].development, &n);
    if (n > 0)
      return true;
  }

  return false;
}

static void find_routes(struct choice *c) {
  c->standing = (struct standing){.person = c->person,
                                  .catalogue = c->catalogue,
                                  .facts = c->facts,
                                  .day = c->day,
                                  .ratings = c->ratings,
                                  .n_ratings = c->n_ratings,
                                  .commitments = c->commitments,
                                  .n_commitments = c->n_commitments,
                                  .a = c->a,
                                  .next_change_day = INT32_MAX};
  c->routes = wished_routes(&c->standing, &c->n_routes);
}

/* How many options the routes may add: the goal itself, and an award for each gate. */
static uint32_t options_on(const struct choice *c) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->n_routes; i++)
    n += 1 + c->routes[i].n_gates;
  return n;
}

/* Options from the rules and from what was promised, each need answered, and few enough. */
static void decide(struct choice *c, const struct outcome *o, int32_t *next_change_day) {
  c->commitments = commitments_of(c->person, c->day, c->a, &c->n_commitments, next_change_day);
  if (c->n_commitments || c->facts->n_wishes || c->facts->n_holds || proposes_award(c, o))
    c->ratings = ratings_of(c->person, c->catalogue, c->a, &c->n_ratings);
  find_routes(c);

  uint32_t room = o->n_candidates + c->n_commitments + options_on(c) + 1; /* a look */
  for (c->mask = 15; c->mask < room * 2; c->mask = c->mask * 2 + 1) {
  }

  c->index = arena_alloc(c->a, (c->mask + 1) * sizeof *c->index);
  c->options = arena_alloc(c->a, (room + 1) * sizeof *c->options);
  for (uint32_t i = 0; i < o->n_candidates; i++)
    take_candidate(c, &o->candidates[i]);
  for (uint32_t i = 0; i < c->n_commitments; i++)
    take_commitment(c, &c->commitments[i]);
  take_routes(c);
  take_looks(c);
  for (uint32_t i = 0; i < c->n; i++)
    look_at_gates(c, &c->options[i]);
  if (c->n > 1)
    qsort(c->options, c->n, sizeof *c->options, by_id);
  for (uint32_t i = 0; i < c->facts->n_needs; i++)
    answer_need(c, i);

  join_with_same_colleague(c);
  c->back = day_back(c);
  cap(c);
  if (c->n > 1)
    qsort(c->options, c->n, sizeof *c->options, as_read);

  if (c->standing.next_change_day < *next_change_day)
    *next_change_day = c->standing.next_change_day;
}

void choose(const struct person *p, const struct catalogue *catalogue, const struct facts *f,
            const struct outcome *o, const struct rule_info *rules, uint32_t n_rules, int32_t day,
            struct arena *a, struct advice_list *ret) {
  struct choice c = {.person = p,
                     .catalogue = catalogue,
                     .facts = f,
                     .rules = rules,
                     .n_rules = n_rules,
                     .day = day,
                     .a = a,
                     .next_change_day = INT32_MAX};
  *ret = (struct advice_list){.next_change_day = INT32_MAX};
  decide(&c, o, &ret->next_change_day);
  ret->items = arena_alloc(a, (c.n + 1) * sizeof *ret->items);
  for (uint32_t i = 0; i < c.n; i++)
    if (c.options[i].chosen)
      ret->items[ret->n++] = write_advice(&c, &c.options[i]);
  ret->held = write_held(&c);
  if (c.next_change_day < ret->next_change_day)
    ret->next_change_day = c.next_change_day; /* writing looks at dates too */
}

/* --- for those who ask why --- */

static bool was_chosen_for(const struct option *o, uint32_t need) {
  for (uint32_t i = 0; i < o->n_answers; i++)
    if (o->answers[i] == need)
      return true;
  return false;
}

/* The best of those that were chosen for the need: what comes before all others that could answer
 * it. */
static const struct option *answer_to(const struct choice *c, uint32_t need) {
  const struct option *best = NULL;
  for (uint32_t i = 0; i < c->n; i++)
    if (was_chosen_for(&c->options[i], need) &&
        (!best || comes_first(ORDER_FOR_A_NEED, &c->options[i].place, &best->place)))
      best = &c->options[i];

  return best;
}

static struct fate fate_of(const struct choice *c, const struct option *o, uint32_t need) {
  struct fate fate = {.need = need};
  const struct option *first = answer_to(c, need);
  if (o->held || o->chosen || !first || was_chosen_for(o, need)) {
    if (o->chosen)
      fate.reason = NULL;
    else
      fate.reason = o->held;
    return fate;
  }

  fate.reason = criterion_words[what_put_first(first, o)].fate;
  fate.first = arena_printf(c->a, "%s", first->development.id);

  return fate;
}

static struct weighed weighed_of(struct choice *c, const struct option *o) {
  struct weighed w = {.id = arena_printf(c->a, "%s", o->development.id),
                      .title = arena_printf(c->a, "%s", o->development.title),
                      .priority = o->place.priority,
                      .proposed = (o->proposed && !o->gated) || is_for_goal(o),
                      .chosen = o->chosen,
                      .n_because = o->n_because,
                      .n_fates = o->n_needs};
  w.because = arena_alloc(c->a, (o->n_because + 1) * sizeof *w.because);
  for (uint32_t i = 0; i < o->n_because; i++)
    w.because[i] = (struct said_because){arena_printf(c->a, "%s", o->because[i].rule),
                                         arena_printf(c->a, "%s", o->because[i].text)};

  w.fates = arena_alloc(c->a, (o->n_needs + 1) * sizeof *w.fates);
  for (uint32_t i = 0; i < o->n_needs; i++)
    w.fates[i] = fate_of(c, o, o->needs[i]);

  return w;
}

void weigh_up(const struct person *p, const struct catalogue *catalogue, const struct facts *f,
              const struct outcome *o, const struct rule_info *rules, uint32_t n_rules, int32_t day,
              struct arena *a, struct weighed_list *ret) {
  int32_t next_change_day = INT32_MAX;
  struct choice c = {.person = p,
                     .catalogue = catalogue,
                     .facts = f,
                     .rules = rules,
                     .n_rules = n_rules,
                     .day = day,
                     .a = a,
                     .next_change_day = INT32_MAX};
  decide(&c, o, &next_change_day);
  *ret = (struct weighed_list){arena_alloc(a, (c.n + 1) * sizeof *ret->items), c.n};
  for (uint32_t i = 0; i < c.n; i++)
    ret->items[i] = weighed_of(&c, &c.options[i]);
}
