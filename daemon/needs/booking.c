/* booking - see booking.h. */
#include "needs/booking.h"

#include <string.h>

#include "event/json.h"

/* --- the post --- */

/* The post in force of that role; the first in force where it is none of theirs. */
static const struct post *post_named(const struct person *p, const char *role, int32_t day) {
  const struct event *statement = people_newest(&p->facts, EVENT_PERSON);
  const struct person_recorded *said = NULL;
  const struct post *any = NULL;

  if (statement)
    said = statement->data;
  for (uint32_t i = 0; said && i < said->roles.n; i++) {
    const struct post *post = &said->roles.items[i];
    bool over = post->to != ABSENT && post->to < day;
    if (over)
      continue;
    if (role && strcmp(post->role, role) == 0)
      return post;
    if (!any)
      any = post;
  }

  return any;
}

/* The person never pays by default: the school does, or the employer of somebody who works in it
 * for another employer. */
static const char *payer_of(const struct post *post) {
  static const char *const payers[] = {
      [EMPLOYER_SCHOOL] = "school",    [EMPLOYER_AUTHORITY] = "school",
      [EMPLOYER_TRUST] = "trust",      [EMPLOYER_CONTRACTOR] = "employer",
      [EMPLOYER_AGENCY] = "employer",  [EMPLOYER_SELF] = "school",
      [EMPLOYER_VOLUNTEER] = "school",
  };
  if (!post || post->employer == ABSENT)
    return "school";
  return payers[post->employer];
}

/* --- hours --- */

/* 0 is Monday. */
static int weekday_of(int32_t day) {
  return (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static bool knows_hours(const struct post *post) {
  return post && post->works.given == 1;
}

static int32_t overlap(const struct session *s, const struct post *post) {
  int day = weekday_of(s->date);
  int32_t minutes = 0;

  for (uint32_t i = 0; i < post->works.day[day].n; i++) {
    const struct span *span = &post->works.day[day].items[i];
    int32_t from = s->start > span->from ? s->start : span->from;
    int32_t to = s->end < span->to ? s->end : span->to;
    if (to > from)
      minutes += to - from;
  }

  return minutes;
}

/* The longest time at a stretch that the post has on any day. */
static int32_t longest_span(const struct post *post) {
  int32_t longest = 0;
  for (int day = 0; day < 7; day++)
    for (uint32_t i = 0; i < post->works.day[day].n; i++) {
      const struct span *span = &post->works.day[day].items[i];
      if (span->to - span->from > longest)
        longest = span->to - span->from;
    }
  return longest;
}

static int32_t paid_part(const struct session *s, const struct post *post) {
  if (knows_hours(post))
    return overlap(s, post);
  return s->end - s->start;
}

/* Sessions of one day are a choice between times; those of different days are one course. */
static const struct session *best_of_day(const struct provision_recorded *offer, int32_t date,
                                         const struct post *post) {
  const struct session *best = NULL;
  for (uint32_t i = 0; i < offer->sessions.n; i++) {
    const struct session *s = &offer->sessions.items[i];
    if (s->date == date && (!best || paid_part(s, post) > paid_part(best, post)))
      best = s;
  }
  return best;
}

static bool has_times(const struct session *s) {
  return s->start != ABSENT && s->end != ABSENT;
}

static bool is_first_of_day(const struct provision_recorded *offer, uint32_t i) {
  for (uint32_t k = 0; k < i; k++)
    if (offer->sessions.items[k].date == offer->sessions.items[i].date)
      return false;
  return true;
}

static void add_sessions(struct booking *b, const struct post *post) {
  b->in_contract = b->beyond = 0;

  for (uint32_t i = 0; i < b->offer->sessions.n; i++) {
    const struct session *s = &b->offer->sessions.items[i];
    if (!is_first_of_day(b->offer, i))
      continue;

    s = best_of_day(b->offer, s->date, post);
    if (!b->session || s->date < b->session->date)
      b->session = s;
    if (!has_times(s))
      continue;

    int32_t paid = paid_part(s, post);
    b->in_contract += paid;
    b->beyond += s->end - s->start - paid;
  }

  if (b->session)
    b->first = b->session->date;
}

/* Without sessions: one sitting is no longer than the post's longest stretch; what is spread over
 * weeks is done in the paid time. */
static void add_usual(struct booking *b, const struct booked *what, const struct post *post) {
  if (what->minutes == ABSENT)
    return;

  b->in_contract = what->minutes;
  b->beyond = 0;
  bool one_sitting = strcmp(what->development->kind, "inset") == 0;
  if (!one_sitting || !knows_hours(post) || longest_span(post) == 0)
    return;

  int32_t fits = longest_span(post);
  if (what->minutes > fits) {
    b->in_contract = fits;
    b->beyond = what->minutes - fits;
  }
}

/* --- which offer --- */

static bool has_hours(const struct provision_recorded *offer) {
  for (uint32_t i = 0; i < offer->sessions.n; i++)
    if (has_times(&offer->sessions.items[i]))
      return true;
  return false;
}

static bool is_in_time(const struct offered *o, const struct booked *what) {
  return what->by == ABSENT || o->last == ABSENT || o->last <= what->by;
}

/* The lists are in order: soonest first. One that ends in time comes before one that does not. */
static const struct provision_recorded *offer_for(const struct facts *f,
                                                  const struct booked *what) {
  const struct provision_recorded *late = NULL;

  for (uint32_t i = 0; i < f->n_offers + f->n_goal_offers; i++) {
    const struct offered *o = i < f->n_offers ? &f->offers[i] : &f->goal_offers[i - f->n_offers];
    if (!o->said || strcmp(o->development, what->development->id) != 0)
      continue;
    if (is_in_time(o, what))
      return o->said;
    if (!late)
      late = o->said;
  }

  return late;
}

struct booking booking_for(const struct person *p, const struct facts *f, const struct booked *what,
                           int32_t day) {
  const struct post *post = post_named(p, what->post, day);
  struct booking b = {.offer = offer_for(f, what),
                      .first = ABSENT,
                      .in_contract = ABSENT,
                      .beyond = ABSENT,
                      .payer = payer_of(post)};

  if (b.offer && has_hours(b.offer))
    add_sessions(&b, post);
  else
    add_usual(&b, what, post);

  return b;
}

/* --- as data --- */

static int32_t total_of(const struct cost *c) {
  const int32_t parts[] = {c->fee, c->registration, c->materials, c->travel};
  int32_t sum = 0;

  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (parts[i] != ABSENT)
      sum += parts[i];

  return sum;
}

static void json_offer(struct buf *b, const struct booking *booking) {
  const struct provision_recorded *offer = booking->offer;

  json_key(b, "offer");
  json_open(b, '{');
  key_str(b, "offer", offer->offer);
  json_opt_str(b, "provider", offer->provider);
  json_opt_str(b, "mode", offer->mode);
  if (booking->first != ABSENT)
    key_date(b, "date", booking->first);
  if (booking->session)
    json_opt_str(b, "place", booking->session->place);
  json_opt_int(b, "places", offer->places);
  json_close(b, '}');
}

/* Who bears it, and how much where that is known. */
static void json_cost(struct buf *b, const struct booking *booking) {
  const struct cost *cost = booking->offer ? &booking->offer->cost : NULL;

  json_key(b, "cost");
  json_open(b, '{');
  if (cost) {
    json_opt_int(b, "fee", cost->fee);
    json_opt_int(b, "registration", cost->registration);
    json_opt_int(b, "materials", cost->materials);
    json_opt_int(b, "travel", cost->travel);
  }

  json_key(b, "split");
  json_open(b, '[');
  json_open(b, '{');
  key_str(b, "payer", booking->payer);
  if (cost)
    key_int(b, "amount", total_of(cost));
  json_close(b, '}');
  json_close(b, ']');
  json_close(b, '}');
}

void json_booking(struct buf *b, const struct booking *booking, bool formal) {
  if (booking->offer)
    json_offer(b, booking);

  if (booking->in_contract != ABSENT) {
    json_key(b, "minutes");
    json_open(b, '{');
    key_int(b, "in_contract", booking->in_contract);
    key_int(b, "beyond", booking->beyond);
    json_close(b, '}');
  }

  bool elsewhere = strcmp(booking->payer, "school") != 0;
  if (formal || elsewhere || booking->offer || booking->beyond > 0)
    json_cost(b, booking);
}
