/* said - what people answered, as members of answers: responses with their rounds, agreements, and
 * counts of both.
 *
 * Called by person.c and overview.c. What an answer does to the advice is the business of
 * needs/commitment.c and needs/choose.c; nothing here is published. */
#include <string.h>

#include "event/json.h"
#include "needs/advice.h"
#include "questions/members.h"
#include "questions/responses.h"

static void opt_date(struct buf *b, const char *key, int32_t day) {
  if (day != ABSENT)
    key_date(b, key, day);
}

static const char *const response_words[] = {
    [RESPONSE_ACCEPTED] = "accepted",   [RESPONSE_DECLINED] = "declined",
    [RESPONSE_STARTED] = "started",     [RESPONSE_COMPLETED] = "completed",
    [RESPONSE_EVALUATED] = "evaluated", [RESPONSE_CONTESTED] = "contested",
};
static const char *const responder_words[] = {
    [BY_PERSON] = "person",     [BY_MANAGER] = "manager",   [BY_HEAD] = "head",
    [BY_EMPLOYER] = "employer", [BY_PROVIDER] = "provider", [BY_REPRESENTATIVE] = "representative",
};

struct spoken spoken_by(const struct person *person, const struct catalogue *c, int32_t day,
                        struct arena *a) {
  struct spoken s = {.person = person, .catalogue = c, .day = day};
  int32_t next_change_day = INT32_MAX;

  s.said = said_of(person, a, &s.n);
  s.commitments = commitments_of(person, day, a, &s.n_commitments, &next_change_day);
  s.ahead = commitments_of(person, INT32_MAX, a, &s.n_ahead, &next_change_day);

  return s;
}

static const struct response_recorded *response_of(const struct said *s) {
  if (s->event->type->kind == EVENT_RESPONSE)
    return s->event->data;
  return NULL;
}

static const struct commitment *commitment_about(const struct commitment *commitments, uint32_t n,
                                                 const char *id) {
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(commitments[i].recommendation, id) == 0)
      return &commitments[i];
  return NULL;
}

/* --- responses --- */

/* In the catalogue's words too: a reader need not know its codes. */
static void json_barrier(struct buf *b, const struct catalogue *c, const char *barrier) {
  const struct coded *coded = NULL;
  if (barrier)
    coded = catalogue_coded(c, DOMAIN_BARRIER, barrier);
  json_opt_str(b, "barrier", barrier);
  json_opt_str(b, "barrier_words", coded ? coded->words : NULL);
}

static void json_response_members(struct buf *b, const struct catalogue *c, const struct said *s) {
  const struct response_recorded *d = response_of(s);
  opt_date(b, "date", d->date);
  key_str(b, "response", response_words[d->response]);
  key_str(b, "by", responder_words[d->by]);
  key_int(b, "round", s->round);
  json_barrier(b, c, d->barrier);
  json_opt_str(b, "on_behalf", d->on_behalf);
}

void json_responses(struct buf *b, const struct spoken *s, const char *id) {
  json_key(b, "responses");
  json_open(b, '[');

  for (uint32_t i = 0; i < s->n; i++) {
    if (!response_of(&s->said[i]) || strcmp(s->said[i].recommendation, id) != 0)
      continue;
    json_open(b, '{');
    json_response_members(b, s->catalogue, &s->said[i]);
    json_close(b, '}');
  }

  json_close(b, ']');
}

/* --- agreements --- */

static void json_coded(struct buf *b, const char *key, const struct catalogue *c,
                       enum domain domain, const char *code) {
  const struct coded *coded = catalogue_coded(c, domain, code);
  key_str(b, key, code);
  json_opt_str(b, "words", coded ? coded->words : NULL);
}

static void json_term(struct buf *b, const struct catalogue *c, const struct term *t) {
  static const char *const statuses[] = {
      [TERM_MET] = "met", [TERM_UNMET] = "unmet", [TERM_TO_AGREE] = "to-agree"};
  json_open(b, '{');
  json_coded(b, "check", c, DOMAIN_CHECK, t->check);
  key_str(b, "status", statuses[t->status]);
  json_opt_int(b, "minutes", t->minutes);
  json_opt_str(b, "payer", t->payer);
  json_opt_int(b, "amount", t->amount);
  opt_date(b, "until", t->until);
  json_close(b, '}');
}

static void json_success(struct buf *b, const struct agreement_recorded *d) {
  if (!d->success.competence)
    return;

  json_key(b, "success");
  json_open(b, '{');
  key_str(b, "competence", d->success.competence);
  key_int(b, "level", d->success.level);
  opt_date(b, "by", d->success.by);
  json_close(b, '}');
}

static void json_agreement(struct buf *b, const struct catalogue *c,
                           const struct agreement_recorded *d, uint32_t round) {
  json_open(b, '{');
  opt_date(b, "date", d->date);
  key_int(b, "round", round);
  json_key(b, "terms");
  json_open(b, '[');
  for (uint32_t i = 0; i < d->terms.n; i++)
    json_term(b, c, &d->terms.items[i]);

  json_close(b, ']');
  json_key(b, "intended");
  json_open(b, '[');

  for (uint32_t i = 0; i < d->intended.n; i++) {
    json_open(b, '{');
    json_coded(b, "impact", c, DOMAIN_IMPACT, d->intended.items[i]);
    json_close(b, '}');
  }

  json_close(b, ']');
  json_success(b, d);
  key_str(b, "agreed_by", d->agreed_by);
  json_close(b, '}');
}

static void json_agreement_of(struct buf *b, const char *key, const struct catalogue *c,
                              const struct commitment *p) {
  if (!p || !p->agreement)
    return;
  json_key(b, key);
  json_agreement(b, c, p->agreement, p->round);
}

/* The newest statement of a date holds: the later one of two neighbours in the list's order. */
static bool overtaken(const struct spoken *s, uint32_t i) {
  for (uint32_t k = i + 1; k < s->n && s->said[k].date == s->said[i].date; k++)
    if (!response_of(&s->said[k]) &&
        strcmp(s->said[k].recommendation, s->said[i].recommendation) == 0)
      return true;
  return false;
}

void json_agreements(struct buf *b, const struct spoken *s, const char *id) {
  json_key(b, "agreements");
  json_open(b, '[');
  for (uint32_t i = 0; i < s->n; i++)
    if (!response_of(&s->said[i]) && strcmp(s->said[i].recommendation, id) == 0 && !overtaken(s, i))
      json_agreement(b, s->catalogue, s->said[i].event->data, s->said[i].round);

  json_close(b, ']');
}

static bool anything_about(const struct spoken *s, const char *id) {
  for (uint32_t i = 0; i < s->n; i++)
    if (strcmp(s->said[i].recommendation, id) == 0)
      return true;
  return false;
}

void json_answered_members(struct buf *b, const struct spoken *s, const char *id) {
  const struct commitment *now = commitment_about(s->commitments, s->n_commitments, id),
                          *ahead = commitment_about(s->ahead, s->n_ahead, id);
  if (!anything_about(s, id))
    return;

  json_responses(b, s, id);
  json_agreement_of(b, "agreement", s->catalogue, now);
  if (ahead->agreement && ahead->agreement->date > s->day)
    json_agreement_of(b, "agreement_ahead", s->catalogue, ahead);
}

/* --- what is no longer current --- */

static bool stands(const struct person *person, const char *id) {
  for (size_t i = 0; i < person->n_current; i++)
    if (strcmp(person->current[i].id, id) == 0)
      return true;
  return false;
}

/* The last that was said about it by the day: the contest while it is contested; an evaluation only
 * where there is nothing else. NULL: none. */
static const struct said *last_about(const struct spoken *s, const struct commitment *p) {
  const struct said *last = NULL;

  for (uint32_t i = 0; i < s->n; i++) {
    const struct said *one = &s->said[i];
    if (one->date > s->day || strcmp(one->recommendation, p->recommendation) != 0)
      continue;

    const struct response_recorded *d = response_of(one);
    if (p->state == COMMITMENT_CONTESTED && (!d || d->response != RESPONSE_CONTESTED))
      continue;

    if (!last || !d || d->response != RESPONSE_EVALUATED)
      last = one;
  }

  return last;
}

static const char *word_of(const struct said *s) {
  const struct response_recorded *d = response_of(s);
  if (d)
    return response_words[d->response];
  return "agreed";
}

static void json_resolved(struct buf *b, const struct resolved_development *d) {
  const char *dot = strchr(d->id, '.');
  json_key(b, "development");
  json_open(b, '{');
  key_str(b, "kind", d->kind);
  key_str(b, "id", dot ? dot + 1 : d->id);
  key_str(b, "title", d->title ? d->title : d->id);
  json_opt_int(b, "level", d->level);
  json_opt_int(b, "credit", d->credit);
  json_close(b, '}');
}

void json_answered(struct buf *b, const struct spoken *s) {
  json_key(b, "answered");
  json_open(b, '[');

  for (uint32_t i = 0; i < s->n_commitments; i++) {
    const struct commitment *p = &s->commitments[i];
    const struct said *last = last_about(s, p);
    if (!last || stands(s->person, p->recommendation))
      continue;

    json_open(b, '{');
    key_str(b, "recommendation", p->recommendation);
    key_int(b, "round", last->round);
    key_str(b, "last", word_of(last));
    opt_date(b, "date", last->date);
    json_resolved(b, p->development);
    json_answered_members(b, s, p->recommendation);
    json_close(b, '}');
  }

  json_close(b, ']');
}

/* --- counts --- */

static bool to_agree(const struct person *person, const char *id) {
  for (size_t i = 0; i < person->n_current; i++)
    if (strcmp(person->current[i].id, id) == 0)
      return advice_needs_agreement(person->current[i].advice);
  return false;
}

struct takeup takeup_of(const struct spoken *s) {
  struct takeup t = {0};

  for (uint32_t i = 0; i < s->n_commitments; i++) {
    const struct commitment *p = &s->commitments[i];
    bool kept = p->state == COMMITMENT_KEPT;

    t.accepted += kept && p->started == ABSENT;
    t.started += kept && p->started != ABSENT;
    t.declined += p->state == COMMITMENT_DECLINED;
    t.contested += p->state == COMMITMENT_CONTESTED;
    t.completed += (int32_t)p->round;
    t.to_agree += kept && to_agree(s->person, p->recommendation);
  }

  return t;
}

static const struct {
  const char *name;
  size_t at;
} counts[] = {
    {"accepted", offsetof(struct takeup, accepted)},
    {"started", offsetof(struct takeup, started)},
    {"completed", offsetof(struct takeup, completed)},
    {"declined", offsetof(struct takeup, declined)},
    {"contested", offsetof(struct takeup, contested)},
    {"to_agree", offsetof(struct takeup, to_agree)},
};
#define COUNT(t, i) ((int32_t *)(void *)((char *)(t) + counts[i].at))

void json_takeup(struct buf *b, struct takeup t) {
  for (size_t i = 0; i < ARRAY_LEN(counts); i++)
    key_int(b, counts[i].name, *COUNT(&t, i));
}

void takeup_add(struct takeup *sum, struct takeup t) {
  for (size_t i = 0; i < ARRAY_LEN(counts); i++)
    *COUNT(sum, i) += *COUNT(&t, i);
}

/* --- one line for each recommendation that somebody answered --- */

void json_answer_lines(struct buf *b, const struct spoken *s) {
  for (uint32_t i = 0; i < s->n_commitments; i++) {
    const struct commitment *p = &s->commitments[i];
    const struct said *last = last_about(s, p);
    if (!last)
      continue;

    json_open(b, '{');
    key_str(b, "person", s->person->subject);
    key_str(b, "recommendation", p->recommendation);
    json_resolved(b, p->development);
    key_str(b, "last", word_of(last));

    if (response_of(last))
      json_response_members(b, s->catalogue, last);
    else {
      opt_date(b, "date", last->date);
      key_str(b, "by", ((const struct agreement_recorded *)last->event->data)->agreed_by);
      key_int(b, "round", last->round);
    }

    json_key(b, "stands");
    json_bool(b, stands(s->person, p->recommendation));
    json_close(b, '}');
  }
}
