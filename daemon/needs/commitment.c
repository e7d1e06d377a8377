/* commitment - responses and agreements: what was accepted is kept, what was declined is left
 * alone.
 *
 * Only the person's own facts count here: rules, catalogue and colleagues cannot undo a commitment.
 * Called by choose.c. */
#include <string.h>

#include "needs/needs.h"

static const char *recommendation_of(const struct event *e, int32_t *ret_date) {
  if (e->type->kind == EVENT_RESPONSE) {
    const struct response_recorded *d = e->data;
    *ret_date = d->date;
    return d->recommendation;
  }
  if (e->type->kind == EVENT_AGREEMENT) {
    const struct agreement_recorded *d = e->data;
    *ret_date = d->date;
    return d->recommendation;
  }
  return NULL;
}

/* By recommendation, then date, then the order of events. */
static int said_order(const void *x, const void *y) {
  const struct said *a = x, *b = y;
  int order = strcmp(a->recommendation, b->recommendation);
  if (order == 0) {
    if (a->date < b->date)
      order = -1;
    else
      order = a->date > b->date;
  }

  if (order == 0)
    order = instant_cmp(a->event->time, b->event->time);
  if (order == 0)
    order = strcmp(a->event->source, b->event->source);

  if (order)
    return order;

  return strcmp(a->event->id, b->event->id);
}

static struct said *collect(const struct person *p, int32_t day, struct arena *a, uint32_t *ret_n,
                            int32_t *next_change_day) {
  struct said *all = arena_alloc(a, (p->facts.n + 1) * sizeof *all);
  uint32_t n = 0;
  for (size_t i = 0; i < p->facts.n; i++) {
    const struct event *e = p->facts.items[i]->event;
    int32_t date;
    const char *recommendation = NULL;

    if (fact_live(p->facts.items[i]))
      recommendation = recommendation_of(e, &date);

    if (!recommendation)
      continue;
    if (date > day) {
      if (date < *next_change_day)
        *next_change_day = date;
      continue;
    }

    all[n++] = (struct said){.event = e, .recommendation = recommendation, .date = date};
  }

  if (n > 1)
    qsort(all, n, sizeof *all, said_order);

  *ret_n = n;

  return all;
}

static bool is_response(const struct said *s, int32_t response) {
  return s->event->type->kind == EVENT_RESPONSE &&
         ((const struct response_recorded *)s->event->data)->response == response;
}
static bool is_completion(const struct said *s) {
  return is_response(s, RESPONSE_COMPLETED);
}

static void enter(struct commitment *p, enum commitment_state state, int32_t date,
                  enum kept_by kept) {
  if (p->state == state && state == COMMITMENT_KEPT)
    return; /* kept since it was first accepted */

  p->state = state;
  p->since = date;
  p->kept = kept;
  p->started = ABSENT;
  if (state == COMMITMENT_DECLINED)
    p->agreement = NULL; /* what was settled about it is off with it */
}

/* What the person contests, only the person or who speaks for them settles: not the manager with
 * another answer. */
static bool contested_still(const struct commitment *p, const struct response_recorded *d) {
  return p->state == COMMITMENT_CONTESTED &&
         (!d || (d->by != BY_PERSON && d->by != BY_REPRESENTATIVE));
}

static void hear_response(struct commitment *p, const struct response_recorded *d) {
  static const int8_t states[] = {
      [RESPONSE_ACCEPTED] = COMMITMENT_KEPT,       [RESPONSE_DECLINED] = COMMITMENT_DECLINED,
      [RESPONSE_STARTED] = COMMITMENT_KEPT,        [RESPONSE_COMPLETED] = COMMITMENT_COMPLETED,
      [RESPONSE_CONTESTED] = COMMITMENT_CONTESTED, [RESPONSE_EVALUATED] = -1,
  };
  p->development = &d->development;
  if (states[d->response] < 0)
    return; /* an evaluation speaks of a round that is over */
  if (contested_still(p, d))
    return;

  enter(p, (enum commitment_state)states[d->response], d->date,
        d->response == RESPONSE_STARTED ? KEPT_BY_STARTING : KEPT_BY_ACCEPTING);
  if (d->response == RESPONSE_STARTED && p->started == ABSENT)
    p->started = d->date;
}

static void hear(struct commitment *p, const struct said *said) {
  if (said->event->type->kind == EVENT_RESPONSE) {
    hear_response(p, said->event->data);
    return;
  }

  const struct agreement_recorded *d = said->event->data;
  p->development = &d->development;
  if (!contested_still(p, NULL))
    enter(p, COMMITMENT_KEPT, d->date, KEPT_BY_AGREEING);

  p->agreement = d;
}

/* All that was said about one recommendation: the rounds that are over are counted, the one under
 * way is heard. */
static struct commitment commitment_from(const struct said *said, uint32_t n) {
  struct commitment p = {.recommendation = said->recommendation,
                         .completed = ABSENT,
                         .since = ABSENT,
                         .started = ABSENT};

  for (uint32_t i = 0; i < n; i++)
    if (is_completion(&said[i])) {
      p.completed = said[i].date;
      p.round++;
      hear(&p, &said[i]);
    }

  for (uint32_t i = 0; i < n; i++)
    if (p.completed == ABSENT || said[i].date > p.completed)
      hear(&p, &said[i]);

  return p;
}

const struct commitment *commitments_of(const struct person *p, int32_t day, struct arena *a,
                                        uint32_t *ret_n, int32_t *next_change_day) {
  uint32_t n;
  struct said *said = collect(p, day, a, &n, next_change_day);
  struct commitment *out = arena_alloc(a, (n + 1) * sizeof *out);

  *ret_n = 0;
  for (uint32_t from = 0, to; from < n; from = to) {
    for (to = from + 1; to < n && strcmp(said[to].recommendation, said[from].recommendation) == 0;)
      to++;
    out[(*ret_n)++] = commitment_from(said + from, to - from);
  }

  return out;
}

/* The number of completions dated before it; an evaluation belongs to the last round completed by
 * its date. */
static void number_rounds(struct said *about, uint32_t n) {
  uint32_t before = 0;

  for (uint32_t from = 0, to; from < n; from = to) {
    uint32_t by = before;
    for (to = from; to < n && about[to].date == about[from].date; to++)
      by += is_completion(&about[to]);
    for (uint32_t i = from; i < to; i++) {
      if (!is_response(&about[i], RESPONSE_EVALUATED))
        about[i].round = before;
      else if (by > 0)
        about[i].round = by - 1;
      else
        about[i].round = 0;
    }

    before = by;
  }
}

const struct said *said_of(const struct person *p, struct arena *a, uint32_t *ret_n) {
  int32_t next_change_day = INT32_MAX;
  struct said *said = collect(p, INT32_MAX, a, ret_n, &next_change_day);

  for (uint32_t from = 0, to; from < *ret_n; from = to) {
    for (to = from + 1;
         to < *ret_n && strcmp(said[to].recommendation, said[from].recommendation) == 0;)
      to++;
    number_rounds(said + from, to - from);
  }

  return said;
}
