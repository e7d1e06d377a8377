/* pipeline - the story of the room on one page: accept -> journal -> due -> rules -> choose ->
 * compare -> outbox -> followers; and how it starts, reloads and stops.
 *
 * Each turn of the loop: on_prepare hands people who are due to the workers (due.c). When no batch
 * is in flight, it makes one of everything that came (turn.c): submissions, finished evaluations
 * compared with the current advice (compare.c), the day, cursors. After the commit the submitters
 * get their answers, memory changes, and followers are notified.
 *
 * The loop also drives the longer work of policy/, questions/ and register/, so this file alone is
 * built after those rooms and includes their headers. */
#define LOG_AREA "pipeline"
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "pipeline/effects.h"
#include "policy/candidate.h"
#include "policy/policy.h"
#include "questions/questions.h"
#include "register/register.h"

enum {
  RETRY_MS = 500,
  FULL_RETRY_MS = 5000
};

/* --- who hears of it --- */

void pipeline_on_published(struct pipeline *p, void (*published)(void *arg, uint64_t up_to),
                           void *arg) {
  p->life.published = published;
  p->life.published_arg = arg;
}

void pipeline_on_fatal(struct pipeline *p, void (*fatal)(void *arg, int rc), void *arg) {
  p->life.fatal = fatal;
  p->life.fatal_arg = arg;
}

/* --- the turn of the loop --- */

static void on_idle(uv_idle_t *handle) {
  (void)handle;
}

static void on_prepare(uv_prepare_t *handle) {
  struct pipeline *p = container_of(handle, struct pipeline, handles.prepare);
  offer_lists_make(p, false);
  bool more = feed_people(p);
  cohorts_feed(p);
  more |= question_verify_step(p);
  more |= register_step(p);
  more |= policy_diff_step(p);
  turn_begin(p);

  if (more)
    uv_idle_start(&p->handles.idle, on_idle); /* the loop must not sleep on it */
  else
    uv_idle_stop(&p->handles.idle);
}

static void on_retry(uv_timer_t *handle) {
  struct pipeline *p = container_of(handle, struct pipeline, handles.retry);
  uint64_t now = clock_mono_ms();
  if (p->disk.full && now >= p->disk.retry_at_ms) { /* the daemon's own writes may try the disk
                                             again: not often, each try works out advice for it */
    p->disk.full = false;
    p->disk.retry_at_ms = now + FULL_RETRY_MS;
  }

  settled_check(p);
}

/* --- life --- */

static struct policy_slot *add_slot(struct pipeline *p, const char *code) {
  struct policy_slot *s = mem_alloc(sizeof *s);
  *s = (struct policy_slot){.pipeline = p, .code = mem_strdup(code)};
  for (int u = 0; u < URGENCIES; u++)
    TAILQ_INIT(&s->feed[u]);

  size_t cap = p->n_slots;
  p->slots = mem_grow(p->slots, &cap, p->n_slots + 1, sizeof *p->slots);
  p->slots[p->n_slots++] = s;

  return s;
}

static void configure(struct pipeline *p, const struct pipeline_options *o) {
  for (size_t i = 0; i < o->n_authorities; i++) {
    struct policy_slot *s = policy_slot_of(p, o->authorities[i].code);
    policy_slot_ask(s ? s : add_slot(p, o->authorities[i].code), &o->authorities[i]);
  }
}

static void say_refused(struct pipeline *p, const struct policy_slot *s) {
  if (p->life.why[0])
    return;

  const char *first = "";
  for (size_t i = s->refused.n; i > 0; i--)
    if (!s->refused.lines[i - 1].is_warning)
      first = s->refused.lines[i - 1].text;

  snprintf(p->life.why, sizeof p->life.why, "authority %s: %s", s->code, first);
}

static void tell_ready(struct pipeline *p, int rc) {
  if (rc < 0)
    p->life.start_rc = rc;

  if (--p->life.checking > 0)
    return;

  void (*ready)(void *, int, const char *) = p->life.ready;
  p->life.ready = NULL;
  if (ready)
    ready(p->life.ready_arg, p->life.start_rc, p->life.why);
}

/* Why it cannot serve; -EINVAL: what was read has faults. */
static int refused_rc(const struct policy_slot *s) {
  if (s->refused.rc < 0)
    return s->refused.rc;
  return -EINVAL;
}

static void on_fallen_back(void *arg, struct policy_slot *s, bool good) {
  struct pipeline *p = arg;
  s->is_refused = true;
  if (good)
    policy_slot_take_over(s);
  if (good)
    log_warn(s->from_store
                 ? "the configured rules or catalogue are faulty; the last good ones "
                   "remain in force"
                 : "what was published last cannot serve; the configured rules and catalogue do",
             "authority=%s", s->code);

  tell_ready(p, good ? 0 : refused_rc(s));
}

static void on_start_checked(void *arg, struct policy_slot *s, bool good) {
  struct pipeline *p = arg;
  if (good) {
    policy_slot_take_over(s);
    tell_ready(p, 0);
    return;
  }

  say_refused(p, s);
  if (policy_slot_fall_back(s, on_fallen_back, p) < 0)
    tell_ready(p, refused_rc(s));
}

/* A policy's worker is gone: questions that wait for it are answered. */
static void on_rules_gone(struct pipeline *p, const struct policy *policy) {
  question_explain_drop(p, policy);
  question_why_drop(p, policy);
  question_verify_drop(p, policy);
}

static void stop(struct pipeline *p);

static void init_handles(struct pipeline *p) {
  uv_prepare_init(p->loop, &p->handles.prepare);
  uv_prepare_start(&p->handles.prepare, on_prepare);
  uv_idle_init(p->loop, &p->handles.idle);
  uv_timer_init(p->loop, &p->handles.retry);
  uv_timer_start(&p->handles.retry, on_retry, RETRY_MS, RETRY_MS);
  uv_unref((uv_handle_t *)&p->handles.prepare);
  uv_unref((uv_handle_t *)&p->handles.retry);
}

int pipeline_create(struct pipeline **ret, uv_loop_t *loop, struct store *store,
                    const struct pipeline_options *options,
                    void (*ready)(void *arg, int rc, const char *why), void *arg,
                    struct error *err) {
  struct pipeline *p = mem_alloc(sizeof *p);
  *p = (struct pipeline){
      .loop = loop,
      .store = store,
      .day = ABSENT,
      .life = {.ready = ready, .ready_arg = arg, .rules_gone = on_rules_gone, .stop = stop},
      .day_manual = options->day_manual,
      .due = {.pause_ms = (uint64_t)options->pause_ms},
      .share = mem_strdup(options->share),
      .started_ms = clock_mono_ms()};
  inbox_init(&p->inbox);
  TAILQ_INIT(&p->due.persons);
  people_init(&p->people, store_key(store), &pipeline_work);
  configure(p, options);
  int rc = load(p, err);
  if (rc < 0) {
    for (size_t i = 0; i < p->n_slots; i++)
      policy_slot_free(p->slots[i]);
    free(p->slots);
    people_finish(&p->people);
    free(p->share);
    free(p);
    return rc;
  }
  if (!p->day_manual)
    clock_guard_begin(p->day);
  p->started = clock_trusted();
  p->pool = pool_create(loop, &options->pool);
  init_handles(p);
  *ret = p;
  p->life.checking = p->n_slots;
  for (size_t i = 0; i < p->n_slots; i++)
    policy_slot_check(p->slots[i], on_start_checked, p);
  return 0;
}

static void on_reload_checked(void *arg, struct policy_slot *s, bool good) {
  struct pipeline *p = arg;
  if (!good)
    say_refused(p, s);

  if (--p->life.checking > 0)
    return;

  for (size_t i = 0; i < p->n_slots; i++) { /* all or nothing */
    struct policy_slot *of = p->slots[i];

    if (p->life.why[0])
      policy_slot_drop_next(of);
    else if (of->keeps)
      policy_slot_keep(of);
    else
      policy_slot_take_over(of);
  }

  void (*reloaded)(void *, int, const char *) = p->life.reloaded;
  p->life.reloaded = NULL;
  if (reloaded)
    reloaded(p->life.reloaded_arg, p->life.why[0] ? -EINVAL : 0, p->life.why);
}

void pipeline_reload(struct pipeline *p, const struct pipeline_options *options,
                     void (*done)(void *arg, int rc, const char *why), void *arg) {
  if (p->life.checking > 0) {
    done(arg, -EALREADY, "the rules are being checked already; try again when that is done");
    return;
  }

  p->life.why[0] = '\0';
  p->life.reloaded = done;
  p->life.reloaded_arg = arg;
  configure(p, options);
  p->life.checking = p->n_slots;
  for (size_t i = 0; i < p->n_slots; i++)
    policy_slot_check(p->slots[i], on_reload_checked, p);
}

static void finish(struct pipeline *p) {
  void (*destroyed)(void *) = p->life.destroyed;
  void *arg = p->life.destroyed_arg;

  for (size_t i = 0; i < p->people.n_authorities; i++) {
    effects_put(p->people.authorities[i], NULL);
    for (size_t j = 0; j < p->people.authorities[i]->n_schools; j++) {
      helper_pool_destroy(p->people.authorities[i]->schools[j]->helper_pool);
      offer_list_destroy(p->people.authorities[i]->schools[j]->offer_list);
    }
  }

  clock_guard_end();
  people_finish(&p->people);
  hashmap_finish(&p->failed);
  free(p->slots);
  free(p->share);
  free(p);
  if (destroyed)
    destroyed(arg);
}

static void on_handle_closed(uv_handle_t *handle) {
  struct pipeline *p = handle->data;
  if (--p->life.closing_handles == 0)
    finish(p);
}

static void on_pool_destroyed(void *arg) {
  struct pipeline *p = arg;
  uv_handle_t *handles[] = {(uv_handle_t *)&p->handles.prepare, (uv_handle_t *)&p->handles.idle,
                            (uv_handle_t *)&p->handles.retry};

  p->life.closing_handles = ARRAY_LEN(handles);
  for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
    handles[i]->data = p;
    uv_close(handles[i], on_handle_closed);
  }
}

/* A stop waits for nothing but a batch in flight: what no turn has taken was not acknowledged. */
static void stop(struct pipeline *p) {
  settled_drop(p);
  register_drop(p);
  candidates_drop(p);
  policy_diffs_drop(p);
  inbox_drop(&p->inbox);
  for (size_t i = 0; i < p->people.n_authorities; i++)
    p->people.authorities[i]->slot = NULL;
  for (size_t i = 0; i < p->n_slots; i++)
    policy_slot_free(p->slots[i]);

  p->n_slots = 0;
  asides_finish(p);
  uv_prepare_stop(&p->handles.prepare);
  pool_destroy(p->pool, on_pool_destroyed, p);
}

void pipeline_destroy(struct pipeline *p, void (*done)(void *arg), void *arg) {
  p->life.closing = true;
  p->life.destroyed = done;
  p->life.destroyed_arg = arg;
  if (!p->turn)
    stop(p); /* else the turn does */
}
