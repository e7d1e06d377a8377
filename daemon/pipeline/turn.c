/* turn - one turn: judge what came, put it into one batch, and when the batch is on disk, move
 * memory and answer.
 *
 * One batch is in flight at a time; what arrives meanwhile is for the next turn. Memory holds
 * committed rows only, so a batch that fails is simply dropped: nothing has to be taken back.
 *
 * pipeline.c begins a turn whenever the loop comes round. What is in it waits in the inbox
 * (inbox.c, cursors.c, result.c); compare.c and publication.c write the rows of the outbox. */
#define LOG_AREA "turn"
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/words.h"
#include "pipeline/effects.h"
#include "pipeline/internal.h"

/* --- judging --- */

static bool same_person(const struct event *a, const struct event *b) {
  return strcmp(a->authority, b->authority) == 0 && strcmp(a->school, b->school) == 0 &&
         strcmp(a->subject, b->subject) == 0;
}

static bool erased_in(const struct turn *t, const struct event *e) {
  for (size_t i = 0; i < t->n_erased; i++)
    if (same_person(t->erased[i], e))
      return true;
  return false;
}

static bool is_erased(const struct pipeline *p, const struct turn *t, const struct event *e) {
  if (!e->subject)
    return false;
  return erased_in(t, e) || people_erased(&p->people, e->authority, e->school, e->subject);
}

/* The content taken under this identity before, in this turn or ever; NULL if none. */
static const struct hash128 *taken_before(const struct pipeline *p, const struct turn *t,
                                          struct hash128 identity) {
  const struct event *same = hashmap_get(&t->identities, identity);
  if (same)
    return &same->content;

  const struct record *record = people_record(&p->people, identity);
  if (record && record->seen)
    return &record->content;
  return NULL;
}

/* The same content as `before`, which was taken under this identity? Version 0.3.0 hashed `time` as
 * it was spelled: in the spelling of the event that was taken, or, where that is no longer known,
 * in the one that comes. */
static bool same_content(const struct pipeline *p, const struct event *e, struct hash128 before) {
  const struct record *record = people_record(&p->people, e->identity);
  const struct event *taken = NULL;

  if (record && record->fact)
    taken = record->fact->event;

  if (hash128_eq(before, e->content))
    return true;
  if (!e->sent)
    return false;
  if (hash128_eq(before, event_content_spelled(e, p->people.key, e->time_text)))
    return true;
  if (!taken || instant_cmp(instant_to_ms(taken->time), instant_to_ms(e->time)) != 0)
    return false;

  return hash128_eq(before, event_content_spelled(e, p->people.key, taken->time_text));
}

/* Form and permission were judged by the door. Then identity, what values say of each other,
 * erasure, meaning: in this order, so that what was taken once stays a duplicate, whatever a later
 * version refuses. */
static enum accepted judge(struct pipeline *p, struct turn *t, struct submission *s,
                           struct event *e) {
  if (e->faults.malformed)
    return JUDGED_REJECTED;

  const struct hash128 *before = taken_before(p, t, e->identity);
  if (before && same_content(p, e, *before))
    return JUDGED_DUPLICATE;
  if (e->faults.n > 0)
    return JUDGED_REJECTED;

  if (before)
    faults_add(&e->faults, &s->arena, FAULT_CONFLICT, "/id",
               "an event of this source and id was taken before with other content; give a new "
               "id, and name the old one in "
               "'supersedes' to correct it");
  else if (is_erased(p, t, e))
    faults_add(&e->faults, &s->arena, FAULT_ERASED, "/subject",
               "this person has been erased; nothing more is taken about them");
  else {
    const struct catalogue *c = pipeline_catalogue(p, e->authority);
    if (c)
      event_resolve(e, &s->arena, c);
    else
      faults_add(&e->faults, &s->arena, FAULT_UNKNOWN_AUTHORITY, "/authority",
                 "this daemon has no such authority");
  }

  if (e->faults.n > 0)
    return JUDGED_REJECTED;

  return JUDGED_ACCEPTED;
}

static void remember(struct turn *t, struct event *e) {
  hashmap_put(&t->identities, e->identity, e);
  if (e->type->kind != EVENT_ERASE)
    return;

  t->erased = mem_grow(t->erased, &t->cap_erased, t->n_erased + 1, sizeof *t->erased);
  t->erased[t->n_erased++] = e;
}

void pipeline_check(struct pipeline *p, struct submission *s) {
  struct turn scratch = {0};

  for (uint32_t i = 0; i < s->events.n; i++) {
    s->judged[i] = judge(p, &scratch, s, &s->events.items[i]);
    if (s->judged[i] == JUDGED_ACCEPTED)
      remember(&scratch, &s->events.items[i]);
  }

  s->position = p->position;
  hashmap_finish(&scratch.identities);
  free(scratch.erased);
}

/* --- filling the batch --- */

static void take_event(struct pipeline *p, struct turn *t, struct event *e) {
  struct buf body = {0};
  event_encode(e, &body);
  t->position++;
  batch_event(t->batch, t->position, e->authority, e->school, e->subject, e->type->name,
              e->identity, e->content, body.data, body.len);
  t->bytes += body.len;
  buf_finish(&body);
  t->events = mem_grow(t->events, &t->cap_events, t->n_events + 1, sizeof *t->events);
  t->events[t->n_events++] = (struct accepted_event){event_keep(e), t->position};
  remember(t, e);
  if (e->type->kind == EVENT_ERASE)
    publish_erased(p, t, e);
}

static void take_submission(struct pipeline *p, struct turn *t, struct submission *s) {
  for (uint32_t i = 0; i < s->events.n; i++) {
    s->judged[i] = judge(p, t, s, &s->events.items[i]);
    if (s->judged[i] == JUDGED_ACCEPTED)
      take_event(p, t, &s->events.items[i]);
  }

  s->position = t->position;
}

/* That a person is to be forgotten or left alone, and nothing else: it may have the room that is
 * kept for it on a full disk. */
static bool is_urgent(const struct submission *s) {
  for (uint32_t i = 0; i < s->events.n; i++) {
    const struct event *e = &s->events.items[i];
    if (e->faults.n > 0)
      return false;
    if (e->type->kind != EVENT_ERASE && e->type->kind != EVENT_RESTRICTED &&
        e->type->kind != EVENT_WITHDRAWN)
      return false;
  }

  return s->events.n > 0;
}

static bool any_urgent(const struct pipeline *p) {
  const struct submission *s;
  STAILQ_FOREACH (s, &p->inbox.submissions, link)
    if (is_urgent(s))
      return true;
  return false;
}

/* As many as a turn has room for; of the urgent ones alone, the others keep their order. */
static void take_submissions(struct pipeline *p, struct turn *t, bool urgent) {
  struct submissions later = STAILQ_HEAD_INITIALIZER(later);

  while (!STAILQ_EMPTY(&p->inbox.submissions) && t->n_events < TURN_MAX_EVENTS &&
         t->bytes < TURN_MAX_BYTES) {
    struct submission *s = STAILQ_FIRST(&p->inbox.submissions);
    STAILQ_REMOVE_HEAD(&p->inbox.submissions, link);
    if (urgent && !is_urgent(s)) {
      STAILQ_INSERT_TAIL(&later, s, link);
      continue;
    }

    p->inbox.n_events -= s->events.n;
    STAILQ_INSERT_TAIL(&t->submissions, s, link);
    take_submission(p, t, s);
  }

  STAILQ_CONCAT(&later, &p->inbox.submissions);
  STAILQ_CONCAT(&p->inbox.submissions, &later);
}

static void take_days(struct pipeline *p, struct turn *t) {
  struct day_change *d;
  STAILQ_CONCAT(&t->days, &p->inbox.days);

  STAILQ_FOREACH (d, &t->days, link) {
    if (t->day != ABSENT && d->day < t->day)
      d->rc = -ERANGE; /* overtaken by a later one */

    /* the day never goes back; the same again changes nothing */
    if (d->day <= t->day && t->day != ABSENT)
      continue;

    char json[64], text[DATE_TEXT];
    snprintf(json, sizeof json, "{\"date\":\"%s\"}", date_text(d->day, text));
    t->day = d->day;
    batch_note(t->batch, ++t->position, NULL, NOTE_DAY, json);
  }
}

static void take_notes(struct pipeline *p, struct turn *t) {
  struct note *n;
  STAILQ_CONCAT(&t->notes, &p->inbox.notes);

  STAILQ_FOREACH (n, &t->notes, link) {
    n->position = ++t->position;
    if (n->rules_bytes.len)
      batch_bundle(t->batch, &n->rules, "rules", n->rules_bytes.data, n->rules_bytes.len);
    if (n->catalogue_bytes.len)
      batch_bundle(t->batch, &n->catalogue, "catalogue", n->catalogue_bytes.data,
                   n->catalogue_bytes.len);

    batch_note(t->batch, n->position, n->authority, n->kind, n->json);
    if (n->kind == NOTE_ASIDE)
      publish_aside(p, t, n);
  }
}

/* Memory has not moved yet: the person is still there, and only this turn knows. */
static bool erased_meanwhile(const struct turn *t, const struct person *person) {
  const struct school *school = person->school;
  return erased_in(t, &(struct event){.authority = school->authority->code,
                                      .school = school->code,
                                      .subject = person->subject});
}

static void take_result(struct pipeline *p, struct turn *t, struct result *r) {
  uint64_t before = t->publication;
  bool holds = result_valid(p, r) || result_of_its_time(p, r);
  if (!holds || (r->person && erased_meanwhile(t, r->person))) {
    p->counts.evaluations[EVALUATION_STALE] += !r->school;
    result_drop(p, r);
    return;
  }

  compare(p, t, r);
  r->changed = t->publication > before;
  STAILQ_INSERT_HEAD(&t->results, r, link);
}

static void take_results(struct pipeline *p, struct turn *t) {
  const size_t most[URGENCIES] = {[LIVE] = TURN_MAX_RESULTS, [BACKGROUND] = feed_slice(p)};
  for (int u = 0; u < URGENCIES; u++)
    for (size_t n = 0; !STAILQ_EMPTY(&p->inbox.results[u].list) && n < most[u]; n++)
      take_result(p, t, results_take(&p->inbox.results[u]));
}

static void take_cursors(struct pipeline *p, struct turn *t) {
  const struct cursor_save *c;
  int64_t used_ms = 0;

  t->cursors = p->inbox.cursors;
  t->save_waits = p->inbox.save_waits;
  SLIST_INIT(&p->inbox.cursors);
  SLIST_INIT(&p->inbox.save_waits);

  if (p->day != ABSENT)
    used_ms = (int64_t)p->day * 86400000;

  SLIST_FOREACH (c, &t->cursors, link)
    if (c->position == CURSOR_GONE)
      batch_cursor_gone(t->batch, c->principal, c->name);
    else
      batch_cursor(t->batch, c->principal, c->name, c->position, used_ms);
}

static void write_sequences(struct turn *t) {
  for (size_t i = 0; i < t->n_numbered; i++)
    batch_sequence(t->batch, t->numbered[i]->authority->code, t->numbered[i]->code,
                   t->numbered[i]->work->turn_sequence);
}

/* --- after the commit --- */

static void on_moved(void *arg, struct school *school, struct person *person,
                     const struct event_type *why) {
  struct pipeline *p = arg;

  if (person) {
    due_mark(p, person);
    if (helper_pool_concerns(person))
      helper_pool_stale(p, school);
  } else if (why->kind == EVENT_PROVISION) {
    offer_list_stale(p, school);
  } else if (!school->work->moved) {
    school->work->moved = true;
    SLIST_INSERT_HEAD(&p->due.moved, school, work->moved_link);
  }
}

static void mark_moved_schools(struct pipeline *p) {
  while (!SLIST_EMPTY(&p->due.moved)) {
    struct school *school = SLIST_FIRST(&p->due.moved);
    SLIST_REMOVE_HEAD(&p->due.moved, work->moved_link);
    school->work->moved = false;
    due_mark_school(p, school);
  }
}

static void apply_person(struct pipeline *p, struct result *r) {
  struct person *person = r->person;
  current_free(person->current, person->n_current);
  free(person->held);
  person->current = r->current;
  person->n_current = r->n_current;
  person->held = mem_strdup(text_or(r->advice.held, "[]"));
  person->basis = r->basis;
  person->work->in_flight = false;
  person->work->overtaken = 0;
  r->current = NULL; /* the person's now */
  r->n_current = 0;

  if (result_valid(p, r))
    due_settle(p, person);
  else
    due_mark(p, person); /* moved by an event of the same turn */
}

static void apply_result(struct pipeline *p, struct result *r) {
  if (!r->school)
    p->counts.evaluations[r->changed ? EVALUATION_CHANGED : EVALUATION_UNCHANGED]++;

  failing_take(r);
  if (r->school)
    cohort_apply(p, r);
  else
    apply_person(p, r);

  result_destroy(r);
}

static void apply(struct pipeline *p, struct turn *t) {
  bool new_day = t->day != p->day;
  p->position = t->position;
  p->publication = t->publication;
  p->day = t->day;
  p->last_person_id = t->person_id;
  for (size_t i = 0; i < t->n_numbered; i++)
    t->numbered[i]->sequence = t->numbered[i]->work->turn_sequence;
  for (size_t i = 0; i < t->n_events; i++)
    people_apply(&p->people, t->events[i].kept, t->events[i].position, on_moved, p);

  t->n_events = 0; /* people/ owns them now */
  mark_moved_schools(p);
  helper_pools_make(p);
  offer_lists_make(p, false);

  while (!STAILQ_EMPTY(&t->results)) {
    struct result *r = STAILQ_FIRST(&t->results);
    STAILQ_REMOVE_HEAD(&t->results, link);
    apply_result(p, r);
  }

  if (new_day)
    due_day(p);

  count_turn(p, t);
}

static void undo(struct pipeline *p, struct turn *t) {
  for (size_t i = 0; i < t->n_failures; i++)
    hashmap_del(&p->failed, t->failures[i]);
  for (size_t i = 0; i < t->n_events; i++)
    free(t->events[i].kept);
  while (!STAILQ_EMPTY(&t->results)) {
    struct result *r = STAILQ_FIRST(&t->results);
    STAILQ_REMOVE_HEAD(&t->results, link);
    if (r->new_id)
      r->person->id = 0;
    p->counts.evaluations[EVALUATION_DROPPED] += !r->school;
    result_drop(p, r);
  }
}

static void answer(struct pipeline *p, struct turn *t, int rc) {
  uint64_t now_ns = uv_hrtime();

  while (!STAILQ_EMPTY(&t->submissions)) {
    struct submission *s = STAILQ_FIRST(&t->submissions);
    STAILQ_REMOVE_HEAD(&t->submissions, link);
    count_answer(p, s, rc, now_ns);
    s->done(s, rc);
  }

  while (!STAILQ_EMPTY(&t->days)) {
    struct day_change *d = STAILQ_FIRST(&t->days);
    STAILQ_REMOVE_HEAD(&t->days, link);
    if (d->done)
      d->done(d->arg, rc ? rc : d->rc, p->position);
    free(d);
  }

  while (!STAILQ_EMPTY(&t->notes)) {
    struct note *n = STAILQ_FIRST(&t->notes);
    STAILQ_REMOVE_HEAD(&t->notes, link);
    if (rc == 0 && n->committed)
      n->committed(p, n);
    note_free(n);
  }

  save_waits_answer(&t->save_waits, rc);
}

static void turn_destroy(struct turn *t) {
  cursor_saves_free(&t->cursors);
  for (size_t i = 0; i < t->n_numbered; i++)
    t->numbered[i]->work->turn_sequence = 0;

  hashmap_finish(&t->identities);
  free(t->erased);
  free(t->failures);
  free(t->numbered);
  free(t->events);
  free(t);
}

/* A later acknowledgement of the same name came meanwhile. */
static bool cursor_waits(const struct pipeline *p, const struct cursor_save *like) {
  const struct cursor_save *c;
  SLIST_FOREACH (c, &p->inbox.cursors, link)
    if (strcmp(c->principal, like->principal) == 0 && strcmp(c->name, like->name) == 0)
      return true;
  return false;
}

/* Nobody sends notes and acknowledged cursors again: they are kept until there is room, with those
 * who wait for them. */
static void keep_for_later(struct pipeline *p, struct turn *t) {
  const struct cursor_save *c;
  SLIST_FOREACH (c, &t->cursors, link)
    if (!cursor_waits(p, c))
      pipeline_save_cursor(p, c->principal, c->name, c->position);

  while (!SLIST_EMPTY(&t->save_waits)) {
    struct save_wait *w = SLIST_FIRST(&t->save_waits);
    SLIST_REMOVE_HEAD(&t->save_waits, link);
    SLIST_INSERT_HEAD(&p->inbox.save_waits, w, link);
  }

  STAILQ_CONCAT(&p->inbox.notes, &t->notes);
}

/* Urgent submissions are tried again at once, with the reserve. */
static void keep_urgent(struct pipeline *p, struct turn *t) {
  struct submissions kept = STAILQ_HEAD_INITIALIZER(kept);
  struct submissions busy = STAILQ_HEAD_INITIALIZER(busy);

  while (!STAILQ_EMPTY(&t->submissions)) {
    struct submission *s = STAILQ_FIRST(&t->submissions);
    STAILQ_REMOVE_HEAD(&t->submissions, link);
    if (is_urgent(s)) {
      STAILQ_INSERT_TAIL(&kept, s, link);
      p->inbox.n_events += s->events.n;
    } else {
      STAILQ_INSERT_TAIL(&busy, s, link);
    }
  }

  STAILQ_CONCAT(&kept, &p->inbox.submissions);
  STAILQ_CONCAT(&p->inbox.submissions, &kept);
  STAILQ_CONCAT(&t->submissions, &busy);
}

/* Said when it begins and when it ends, not at each attempt between. */
static void say_full(struct pipeline *p, bool full) {
  if (p->disk.said_full == full)
    return;

  p->disk.said_full = full;
  p->disk.retry_at_ms = 0;
  if (full)
    log_warn("the disk is full; pushes are answered busy", "%s", "");
  else
    log_info("the disk has room again", "%s", "");
}

static void on_committed(void *arg, int rc) {
  struct turn *t = arg;
  struct pipeline *p = t->pipeline;
  uint64_t published = p->publication;

  p->turn = NULL;
  feed_turn_took(p, uv_hrtime() - t->began_ns);

  if (rc == 0) {
    if (!t->urgent)
      say_full(p, false);
    if (!t->urgent)
      p->disk.full = false;
    apply(p, t);
  } else {
    undo(p, t);
    p->disk.full = rc == -ENOSPC;
    if (p->disk.full)
      say_full(p, true);
    if (p->disk.full)
      keep_for_later(p, t);
    if (p->disk.full && !t->urgent && !p->life.closing)
      keep_urgent(p, t);
  }

  answer(p, t, rc == -ENOSPC ? -EBUSY : rc);
  turn_destroy(t);
  if (p->life.closing) {
    p->life.stop(p);
    return;
  }
  if (rc != 0 && rc != -ENOSPC) {
    log_error("the store failed; nothing more is acknowledged", "rc=%d why=\"%s\"", rc,
              store_why(p->store));
    if (p->life.fatal)
      p->life.fatal(p->life.fatal_arg, rc);
    return;
  }

  if (p->life.published && p->publication > published)
    p->life.published(p->life.published_arg, p->publication);
  if (!p->disk.full)
    feed_people(p);

  settled_check(p);
}

/* --- the turn --- */

static bool anything_to_do(const struct pipeline *p) {
  const struct inbox *in = &p->inbox;

  /* the daemon's own writes wait for the retry timer; a push may try at once */
  if (p->disk.full)
    return !STAILQ_EMPTY(&in->submissions);

  return !STAILQ_EMPTY(&in->submissions) || !STAILQ_EMPTY(&in->results[LIVE].list) ||
         !STAILQ_EMPTY(&in->results[BACKGROUND].list) || !STAILQ_EMPTY(&in->notes) ||
         !STAILQ_EMPTY(&in->days) || !SLIST_EMPTY(&in->cursors) || !SLIST_EMPTY(&in->save_waits);
}

static void take_all(struct pipeline *p, struct turn *t) {
  take_days(p, t);
  if (t->day != p->day)
    effects_of_day(p, t->day);

  take_notes(p, t);
  take_submissions(p, t, false);
  take_results(p, t);
  take_cursors(p, t);
}

void turn_begin(struct pipeline *p) {
  if (p->turn || p->life.closing || !anything_to_do(p))
    return;

  struct turn *t = mem_alloc(sizeof *t);
  *t = (struct turn){.pipeline = p,
                     .batch = batch_create(),
                     .began_ns = uv_hrtime(),
                     .position = p->position,
                     .publication = p->publication,
                     .day = p->day,
                     .person_id = p->last_person_id,
                     .submissions = STAILQ_HEAD_INITIALIZER(t->submissions),
                     .results = STAILQ_HEAD_INITIALIZER(t->results),
                     .notes = STAILQ_HEAD_INITIALIZER(t->notes),
                     .days = STAILQ_HEAD_INITIALIZER(t->days)};
  p->turn = t;

  if (p->disk.said_full && any_urgent(p)) {
    t->urgent = true;
    batch_urgent(t->batch);
    take_submissions(p, t, true);
  } else {
    take_all(p, t);
  }

  write_sequences(t);
  if (batch_empty(t->batch)) {
    batch_destroy(t->batch);
    on_committed(t, 0);
    return;
  }

  store_commit(p->store, t->batch, on_committed, t);
}
