/* advice_write - a recommendation as it is kept and published: the object of protocol.md 8. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "needs/booking.h"
#include "needs/choice.h"
#include "needs/covers.h"

enum {
  ALTERNATIVES = 3
};

void json_development(struct buf *b, const struct development *d) {
  json_open(b, '{');
  json_key(b, "kind");
  json_str(b, d->kind);
  json_key(b, "id");
  json_str(b, d->rest);
  json_key(b, "title");
  json_str(b, d->title);
  json_opt_int(b, "level", d->level);
  json_opt_int(b, "credit", d->credit);
  json_close(b, '}');
}

void json_differs(struct buf *b, const struct need *n) {
  char date[DATE_TEXT];
  if (n->differs == DIFFERS_NOT)
    return;

  json_key(b, "differs");
  json_open(b, '{');
  json_key(b, "evidence");
  json_str(b, differs_words[n->differs - 1]);
  json_opt_int(b, "level", n->differs_level);
  if (n->differs_on != ABSENT) {
    json_key(b, "rated_on");
    json_str(b, date_text(n->differs_on, date));
  }
  json_close(b, '}');
}

static void json_answers(struct buf *b, const struct choice *c, const struct option *o) {
  json_key(b, "answers");
  json_open(b, '[');

  for (uint32_t i = 0; i < o->n_answers; i++) {
    const struct need *n = &c->facts->needs[o->answers[i]];
    const struct competence *k = competence_of(c, o->answers[i]);

    json_open(b, '{');
    json_key(b, "competence");
    json_str(b, k->key);
    json_key(b, "title");
    json_str(b, k->title);
    json_key(b, "current");

    if (unrated(n))
      json_null(b);
    else
      json_int(b, n->current);

    json_key(b, "required");
    json_int(b, n->required);
    json_key(b, "gap");
    json_int(b, n->gap);
    json_key(b, "importance");
    json_str(b, importance_words[n->importance]);
    json_key(b, "from");
    json_str(b, need_from_words[n->from]);

    if (k->certainty == CERTAINTY_LOW) {
      json_key(b, "certainty");
      json_str(b, "low");
    }

    json_opt_int(b, "reaches", reaches_only(c, o, o->answers[i]));
    json_differs(b, n);
    json_close(b, '}');
  }

  json_close(b, ']');
}

/* "older guidance (2010)", where that is what the source is. */
void json_guidance(struct buf *b, const struct catalogue *c, const char *source) {
  char words[80]; /* one of status_words and a year */
  const struct source *s = catalogue_source(c, source);
  if (!s || !s->status || strcmp(s->status, "older guidance") != 0)
    return;

  snprintf(words, sizeof words, "%s (%d)", s->status, s->year);
  json_key(b, "guidance");
  json_str(b, s->year == ABSENT ? s->status : words);
}

static void json_because(struct buf *b, const struct choice *c, const struct option *o) {
  json_key(b, "because");
  json_open(b, '[');

  for (uint32_t i = 0; i < o->n_because; i++) {
    json_open(b, '{');
    json_key(b, "rule");
    json_str(b, o->because[i].rule);
    json_key(b, "source");
    json_str(b, o->because[i].source);
    json_key(b, "text");
    json_str(b, o->because[i].text);
    json_guidance(b, c->catalogue, o->because[i].source);
    json_close(b, '}');
  }

  json_close(b, ']');
}

/* What people should know before they rely on it: facts that the catalogue itself is not sure of,
 * and what they hold that covers a part of it. */
static void json_caution(struct buf *b, const struct choice *c, const struct option *o,
                         const struct booking *booking) {
  const struct development *d = &o->development;
  bool any = false, unsure = (d->unit && d->unit->certainty == CERTAINTY_LOW) ||
                             (d->qualification && d->qualification->certainty == CERTAINTY_LOW);
  const char *texts[4] = {NULL};
  if (unsure)
    texts[0] = "The details of this development are not certain; check them with the provider.";
  bool open_unknown = (d->qualification && d->qualification->open == OPEN_UNKNOWN) ||
                      (d->unit && d->unit->open == OPEN_UNKNOWN);
  if (open_unknown)
    texts[1] = "It is not known whether new people can be registered; ask the awarding body.";
  if (d->formal && !booking->offer)
    texts[3] = "What it costs and when it takes place is not known; ask the school first.";

  for (uint32_t i = 0; i < o->n_answers && !texts[2]; i++)
    texts[2] = held_in_part(c->catalogue, c->ratings, c->n_ratings, competence_of(c, o->answers[i]),
                            c->day, c->a);

  for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
    if (!texts[i])
      continue;

    if (!any) {
      json_key(b, "caution");
      json_open(b, '[');
    }

    any = true;
    json_str(b, texts[i]);
  }

  if (any)
    json_close(b, ']');
}

static bool shares_a_need(const struct option *a, const struct option *b) {
  for (uint32_t i = 0; i < b->n_answers; i++)
    if (option_answers(a, b->answers[i]))
      return true;
  return false;
}

static void json_alternatives(struct buf *b, const struct choice *c, const struct option *o) {
  json_key(b, "alternatives");
  json_open(b, '[');

  uint32_t n = 0;
  for (uint32_t i = 0; i < c->n && n < ALTERNATIVES; i++) {
    const struct option *other = &c->options[i];
    if (other == o || other->chosen || !other->proposed || !shares_a_need(other, o))
      continue;

    n++;
    json_open(b, '{');
    json_key(b, "development");
    json_development(b, &other->development);
    json_key(b, "why_not_first");
    json_str(b, why_not_first(c, o, other));
    json_close(b, '}');
  }

  json_close(b, ']');
}

static const struct term *term_about(const struct option *o, const char *check) {
  const struct agreement_recorded *d = NULL;
  if (o->commitment)
    d = o->commitment->agreement;
  for (uint32_t i = 0; d && i < d->terms.n; i++)
    if (strcmp(d->terms.items[i].check, check) == 0)
      return &d->terms.items[i];

  return NULL;
}

/* Which checks of step 4 a recommendation has to settle before it begins; the others are said only
 * where they were agreed. */
static bool check_concerns(const struct option *o, const struct booking *booking,
                           const char *check) {
  const struct development *d = &o->development;
  bool assessed = d->unit || d->qualification;
  bool bought = d->formal;
  bool known = booking->offer != NULL;
  bool in_person = bought &&
                   !(known && booking->offer->mode && strcmp(booking->offer->mode, "online") == 0);
  const struct {
    const char *check;
    bool concerns;
  } checks[] = {
      {"entry", assessed && !o->towards},
      {"assessment", assessed},
      {"evidence", assessed && d->credit != ABSENT},
      {"practice", true},
      {"mentor", o->as && strcmp(o->as, "mentor") == 0 && !o->with},
      {"release", booking->in_contract != 0},
      {"cover", booking->in_contract != 0},
      {"paid-time", booking->beyond > 0},
      {"travel", in_person},
      {"fee", bought && (!known || booking->offer->cost.fee != 0)},
      {"open", d->qualification && d->qualification->open == OPEN_UNKNOWN},
      {"recognition", o->towards && strcmp(o->towards->goal, d->id) == 0},
      {"employer", strcmp(booking->payer, "employer") == 0 && bought},
  };

  if (is_kind(o, "finding-out"))
    return strcmp(check, "release") == 0;
  for (size_t i = 0; i < ARRAY_LEN(checks); i++)
    if (strcmp(checks[i].check, check) == 0)
      return checks[i].concerns;

  return false;
}

/* What was agreed about it; to be agreed again after the day until which it was. */
static const char *status_of(struct choice *c, const struct term *t) {
  static const char *const statuses[] = {
      [TERM_MET] = "met", [TERM_UNMET] = "unmet", [TERM_TO_AGREE] = "to-agree"};
  if (!t || t->status == ABSENT || (t->until != ABSENT && over(c, t->until + 1)))
    return statuses[TERM_TO_AGREE];
  return statuses[t->status];
}

static void json_practicalities(struct buf *b, struct choice *c, const struct option *o,
                                const struct booking *booking) {
  uint32_t n;
  const struct coded *checks = catalogue_checks(c->catalogue, &n);

  json_key(b, "practicalities");
  json_open(b, '[');

  for (uint32_t i = 0; i < n; i++) {
    const struct term *t = term_about(o, checks[i].code);
    if (!t && !check_concerns(o, booking, checks[i].code))
      continue;

    json_open(b, '{');
    json_key(b, "check");
    json_str(b, checks[i].code);
    json_key(b, "status");
    json_str(b, status_of(c, t));
    json_key(b, "detail");
    json_str(b, checks[i].words);
    json_close(b, '}');
  }

  json_close(b, ']');
}

int32_t development_minutes(const struct catalogue *c, const struct development *d) {
  if (d->minutes != ABSENT)
    return d->minutes;
  if (d->credit != ABSENT)
    return d->credit * 10 * 60; /* one credit is ten hours of learning */

  const struct informal *i = catalogue_informal(c, d->kind);
  if (i)
    return i->minutes;
  return ABSENT;
}

static int32_t minutes_of(const struct choice *c, const struct option *o) {
  if (o->minutes != ABSENT)
    return o->minutes;
  return development_minutes(c->catalogue, &o->development);
}

/* The post whose need the option answers first; without a need, the first of the person's. */
static const char *post_of(const struct choice *c, const struct option *o) {
  if (o->n_answers)
    return c->facts->needs[o->answers[0]].post;
  if (c->facts->n_roles)
    return c->facts->roles[0];
  return NULL;
}

static void json_with(struct buf *b, const struct option *o) {
  if (!o->with)
    return;

  json_key(b, "with");
  json_open(b, '[');
  json_open(b, '{');
  json_key(b, "as");
  json_str(b, o->as);
  json_key(b, "person");
  json_str(b, o->with);
  json_close(b, '}');
  json_close(b, ']');
}

/* --- goal and route --- */

/* The route that an option is on, NULL: it is on none. */
static const struct route *route_with(const struct choice *c, const struct option *o) {
  if (o->towards)
    return o->towards;

  for (uint32_t i = 0; i < c->n_routes; i++) {
    const struct route *r = &c->routes[i];
    if (strcmp(r->goal, o->development.id) == 0)
      return r;
    for (uint32_t k = 0; k < o->n_answers && !r->reached; k++)
      if (route_needs(r, c->catalogue, competence_of(c, o->answers[k])))
        return r;
  }

  return NULL;
}

static bool is_step_before(const struct choice *c, const struct option *step,
                           const struct option *goal) {
  const struct route *r = route_with(c, step);
  return step != goal && step->chosen && r && strcmp(r->goal, goal->development.id) == 0;
}

/* What comes first: the steps to a goal, beside the goal itself. */
static void json_after(struct buf *b, const struct choice *c, const struct option *o) {
  json_key(b, "after");
  json_open(b, '[');
  for (uint32_t i = 0; i < c->n; i++)
    if (is_step_before(c, &c->options[i], o))
      json_str(b, c->options[i].development.id);
  json_close(b, ']');
}

/* Which goal it leads to, and the how-many-eth step it is of those recommended now; the goal itself
 * is the last. */
static void json_route(struct buf *b, const struct choice *c, const struct option *o) {
  const struct route *r = route_with(c, o);
  if (!r)
    return;

  bool is_goal = strcmp(r->goal, o->development.id) == 0;
  int64_t place = 1, of = r->qualification ? 1 : 0;
  for (uint32_t i = 0; i < c->n; i++) {
    const struct option *other = &c->options[i];
    if (!other->chosen || route_with(c, other) != r || strcmp(r->goal, other->development.id) == 0)
      continue;

    of++;
    place += is_goal || other < o;
  }

  json_key(b, "goal");
  json_str(b, r->goal);
  json_key(b, "route");
  json_open(b, '{');
  json_key(b, "title");
  json_str(b, r->title);
  json_key(b, "place");
  json_int(b, place);
  json_key(b, "of");
  json_int(b, of);
  json_close(b, '}');
}

/* The day on which the first certificate that it renews runs out. */
static int32_t needed_by(const struct choice *c, const struct option *o) {
  int32_t by = ABSENT;
  for (uint32_t i = 0; i < o->n_answers; i++) {
    int32_t ends_on = c->facts->needs[o->answers[i]].ends_on;
    if (ends_on != ABSENT && (by == ABSENT || ends_on < by))
      by = ends_on;
  }
  return by;
}

static struct booking booking_of(const struct choice *c, const struct option *o) {
  const struct booked what = {.development = &o->development,
                              .post = post_of(c, o),
                              .minutes = minutes_of(c, o),
                              .by = needed_by(c, o)};
  return booking_for(c->person, c->facts, &what, c->day);
}

struct advice write_advice(struct choice *c, const struct option *o) {
  struct buf b = {0};
  json_open(&b, '{');
  json_key(&b, "recommendation");
  json_str(&b, o->development.id);
  json_key(&b, "round");

  uint32_t round = 0;
  if (o->commitment)
    round = o->commitment->round;

  json_int(&b, round);
  json_key(&b, "person");
  json_str(&b, c->person->subject);
  json_opt_str(&b, "post", post_of(c, o));
  json_key(&b, "development");
  json_development(&b, &o->development);
  json_key(&b, "purpose");
  json_str(&b, purpose_words[o->purpose]);
  json_key(&b, "group");
  json_str(&b, group_words[o->place.group]);
  json_key(&b, "summary");
  json_str(&b, summary_of(c, o));
  json_answers(&b, c, o);
  json_because(&b, c, o);
  json_with(&b, o);
  json_opt_str(&b, "not_in_house", o->not_in_house);
  const struct booking booking = booking_of(c, o);
  json_caution(&b, c, o, &booking);
  if (o->development.unit)
    json_counts_towards(&b, c->catalogue, o->development.unit, c->facts, c->day, c->a);
  json_alternatives(&b, c, o);
  json_practicalities(&b, c, o, &booking);
  json_after(&b, c, o);
  json_route(&b, c, o);

  json_booking(&b, &booking, o->development.formal);
  int32_t by = needed_by(c, o);
  if (by != ABSENT)
    key_date(&b, "expires", by);
  json_opt_int(&b, "weeks", o->weeks);
  json_key(&b, "priority");
  json_int(&b, o->place.priority);
  json_key(&b, "note");
  json_str(&b, "A recommendation, not a decision.");
  json_close(&b, '}');

  char *json = arena_strndup(c->a, (const char *)b.data, b.len);
  struct advice advice = {o->development.id, round, json, b.len, o->purpose};

  buf_finish(&b);

  return advice;
}

const char *write_held(struct choice *c) {
  struct buf b = {0};
  json_open(&b, '[');
  for (uint32_t i = 0; i < c->n; i++) {
    const struct option *o = &c->options[i];
    if (o->chosen || !o->held || !o->n_needs)
      continue;

    json_open(&b, '{');
    json_key(&b, "development");
    json_development(&b, &o->development);
    json_key(&b, "answers");
    json_open(&b, '[');
    for (uint32_t k = 0; k < o->n_needs; k++)
      json_str(&b, competence_of(c, o->needs[k])->key);

    json_close(&b, ']');
    json_key(&b, "reason");
    json_str(&b, o->held);
    json_close(&b, '}');
  }

  json_close(&b, ']');
  char *held = arena_strndup(c->a, (const char *)b.data, b.len);
  buf_finish(&b);

  return held;
}
