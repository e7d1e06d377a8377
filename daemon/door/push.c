/* push - events in: form and permission judged here, identity and meaning by the pipeline, the
 * answer when it is on disk. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock_guard.h"
#include "base/mem.h"
#include "door/internal.h"

#define FAULTS_A_REPLY 1000
#define DAY_S 86400

struct push {
  struct submission submission;
  struct pending pending;
};

/* 24 hours past the later of the clock, as far as it can be believed, and the end of the day. */
static struct instant latest(const struct door *d, const struct clock_look *look) {
  struct instant now = look->latest;
  int32_t day = pipeline_day(d->pipeline);
  struct instant end = {((int64_t)day + 1) * DAY_S, 0};
  if (day != ABSENT && instant_cmp(end, now) > 0)
    now = end;

  now.s += DAY_S;

  return now;
}

/* While the clock cannot be believed, a later time may be right or wrong: nobody can say, so
 * nothing of it is judged yet. */
static bool waits_for_clock(const struct events *events, struct instant limit) {
  for (uint32_t i = 0; i < events->n; i++)
    if (instant_cmp(events->items[i].time, limit) > 0)
      return true;

  return false;
}

static void refuse_until_right(struct door *d, const struct call *c, const struct clock_look *look,
                               struct instant limit) {
  char clock[DATE_TEXT], latest_text[INSTANT_TEXT];

  door_refuse_one(
      d, &c->from, FAULT_BUSY, "",
      "an event here is later than %s, and the daemon's clock, which says %s, is not believed; "
      "nothing of this was "
      "stored, send it again when an administrator has set the clock or confirmed the day",
      instant_text(limit, latest_text), date_text(look->today, clock));
}

static bool has_fault_at(const struct faults *v, const char *pointer) {
  for (uint32_t i = 0; i < v->n; i++)
    if (strcmp(v->faults[i].pointer, pointer) == 0)
      return true;
  return false;
}

/* After form: is the place known, and may the sender write there? A place outside the scope is only
 * ever forbidden: what is served there is not told. */
static void judge_place(struct door *d, const struct call *c, struct event *e, struct arena *a) {
  struct faults *v = &e->faults;
  if (!e->authority || has_fault_at(v, "/authority"))
    return;

  if (e->school && !has_fault_at(v, "/school") &&
      !access_may(c->who, ACTION_PUSH, e->authority, e->school, e->subject, NULL))
    faults_add(v, a, FAULT_FORBIDDEN, "",
               "the key may not send events for this authority, school and person");
  else if (!pipeline_catalogue(d->pipeline, e->authority))
    faults_add(v, a, FAULT_UNKNOWN_AUTHORITY, "/authority", "this daemon has no authority '%s'",
               e->authority);
}

static void judge(struct door *d, const struct call *c, struct submission *s) {
  s->judged = arena_alloc(&s->arena, (s->events.n + 1) * sizeof *s->judged);
  for (uint32_t i = 0; i < s->events.n; i++) {
    struct event *e = &s->events.items[i];
    judge_place(d, c, e, &s->arena);
    if (e->faults.n > 0)
      s->judged[i] = JUDGED_REJECTED;
    else
      s->judged[i] = JUDGED_ACCEPTED;
  }
}

static const char *const judged_words[] = {[JUDGED_ACCEPTED] = "accepted",
                                           [JUDGED_DUPLICATE] = "duplicate",
                                           [JUDGED_REJECTED] = "rejected"};

/* `left` counts down over the whole reply; where it runs out, one last entry says so. */
static void write_faults(const struct faults *v, int *left, struct buf *out) {
  static const struct fault more = {
      FAULT_MORE_FAULTS, "", "a reply lists 1,000 faults; correct these and send the rest again",
      -1};
  if (v->n == 0 || *left < 0)
    return;

  json_key(out, "errors");
  json_open(out, '[');
  for (uint32_t i = 0; i < v->n && *left >= 0; i++)
    fault_json(out, (*left)-- > 0 ? &v->faults[i] : &more);

  json_close(out, ']');
}

static void write_result(const struct submission *s, uint32_t i, int *left, struct buf *out) {
  const struct event *e = &s->events.items[i];
  json_open(out, '{');
  json_key(out, "index");
  json_int(out, i);
  json_key(out, "id");
  json_str(out, e->id);
  json_key(out, "status");
  json_str(out, judged_words[s->judged[i]]);
  if (s->judged[i] == JUDGED_REJECTED)
    write_faults(&e->faults, left, out);

  json_close(out, '}');
}

static void write_counts(const struct submission *s, struct buf *out) {
  int64_t counts[ARRAY_LEN(judged_words)] = {0};
  for (uint32_t i = 0; i < s->events.n; i++)
    counts[s->judged[i]]++;
  for (size_t i = 0; i < ARRAY_LEN(judged_words); i++) {
    json_key(out, judged_words[i]);
    json_int(out, counts[i]);
  }
}

static void answer(struct door *d, const struct address *to, const struct submission *s) {
  struct buf out = {0};
  int left = FAULTS_A_REPLY;
  uint64_t position = s->position != 0 ? s->position
                                       : store_last_position(pipeline_store(d->pipeline));

  json_open(&out, '{');
  write_counts(s, &out);
  json_key(&out, "position");
  json_position(d->key, position, &out);
  json_key(&out, "results");
  json_open(&out, '[');
  for (uint32_t i = 0; i < s->events.n; i++)
    write_result(s, i, &left, &out);

  json_close(&out, ']');
  json_close(&out, '}');
  door_reply(d, to, "ok", out.data, out.len);
  buf_finish(&out);
}

static void free_push(struct push *p) {
  arena_finish(&p->submission.arena);
  free(p);
}

static void on_done(struct submission *s, int rc) {
  struct push *p = container_of(s, struct push, submission);
  struct door *d = p->pending.door;
  if (d) {
    pending_end(&p->pending);
    if (rc == 0)
      answer(d, &p->pending.to, s);
    else if (rc == -EBUSY)
      door_refuse_one(
          d, &p->pending.to, FAULT_BUSY, "",
          "the daemon's disk is full and nothing was stored; send the same again later");
    /* else the disk failed, nobody knows whether it is stored, and silence says just that */
  }

  free_push(p);
}

static void on_checked(struct submission *s, int rc) {
  (void)s, (void)rc; /* pipeline_check has answered when it returns */
}

static void check(struct door *d, const struct call *c, struct push *p) {
  p->submission.done = on_checked;
  pipeline_check(d->pipeline, &p->submission);
  answer(d, &c->from, &p->submission);
  free_push(p);
}

static void submit(struct door *d, const struct call *c, struct push *p) {
  p->submission.done = on_done;
  p->pending.events = p->submission.events.n;
  p->pending.bytes = c->len;
  pending_start(&p->pending, d, &c->from, PENDING_PUSH);
  pipeline_submit(d->pipeline, &p->submission);
}

void push_verb(struct door *d, const struct call *c) {
  const char *busy = pending_push_limit(d, c);
  if (busy) {
    door_refuse_one(d, &c->from, FAULT_BUSY, "",
                    "%s; nothing of this was stored, send the same again later", busy);
    return;
  }

  struct push *p = mem_alloc(sizeof *p);
  struct clock_look look = clock_look();
  struct instant limit = latest(d, &look), unlimited = {(int64_t)(DAY_LAST + 1) * DAY_S, 0};
  struct fault fault = {.pointer = "", .offset = -1};
  const struct instant *now_limit = &unlimited;
  const char *body = "{}";
  size_t len = 2;

  if (look.state == CLOCK_RIGHT)
    now_limit = &limit;
  if (c->len > 0) {
    body = c->body;
    len = c->len;
  }

  if (events_parse(&p->submission.arena, body, len, now_limit, d->key, &p->submission.events,
                   &fault) < 0) {
    struct faults v = {.faults = &fault, .n = 1};
    door_refuse(d, &c->from, &v);
    free_push(p);
    return;
  }
  if (look.state != CLOCK_RIGHT && waits_for_clock(&p->submission.events, limit)) {
    refuse_until_right(d, c, &look, limit);
    free_push(p);
    return;
  }

  judge(d, c, &p->submission);
  if (strcmp(c->verb, "check") == 0)
    check(d, c, p);
  else
    submit(d, c, p);
}
