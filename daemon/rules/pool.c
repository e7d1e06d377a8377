/* pool - the daemon's side of the workers: start, feed in batches, deadline, kill, replace, retry
 * one by one, strikes.
 *
 * Owns the processes, their sockets and progress pages, and the jobs until they are answered.
 * Called by pipeline/; the frames are exchange.h's, their contents facts.c's, and what becomes of
 * an outcome is the pipeline's affair.
 *
 * A rule set has one worker at a time:
 *
 *     starting --LOADED--> serving --broken--> starting --...--> serving
 *        |                    |                    |
 *        +--FAULTS, never     +--strikes reached   +--broke 5 times while loading
 *        v   loaded           v                    v
 *     stopped: ready(faults)  stopped: aside(rule) stopped: aside(NULL)
 *
 * Jobs wait in one queue and move to a second one while they are with the worker. When a worker
 * breaks, the jobs it had go back to the front of the queue, marked to go alone; the mark is what
 * makes the next break theirs. Nothing that happens to a worker is an outcome: each job is answered
 * exactly once, from a DONE frame, or dropped by ruleset_close.
 *
 * A broken worker is killed and its exit awaited before the next one starts, so that a set never
 * has two processes. Memory goes back in close callbacks only, so every pointer stays good until
 * the loop's next turn, whatever a callback of the owner closes.
 */
#include "rules/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "rules/child.h"
#include "rules/exchange.h"

#define LOG_AREA "pool"
#include "base/log.h"
#include "base/words.h"

_Static_assert(EVALUATE_TRACED == EXCHANGE_TRACE && EVALUATE_COVERED == EXCHANGE_COVER,
               "the flags travel as they are");

#define READ_BYTES 65536
#define BACKOFF_FIRST_MS 10
#define BACKOFF_LAST_MS 1000
#define LOAD_BREAKS 5
#define DRAIN_MS 100    /* what an ended worker wrote is read within this time */
#define WORDS_MAX 16384 /* of one worker */
#define WORDS_LINE 400
#define WORDS_LINES 40 /* of all, in a minute */
#define MINUTE_MS 60000
#define STILL_TICKS                                                                                \
  4 /* a deadline is this many ticks; one late tick of a busy loop is never enough */

struct job {
  struct job *next;
  uint32_t id, n_needs;
  bool alone; /* was with a worker that broke */
  uint64_t fed_ns;
  struct buf frame;
  evaluated *done;
  told *told; /* instead of done: answered by TOLD */
  void *arg;
};
struct jobs {
  struct job *first, *last;
  size_t n;
};

/* What workers say on standard error goes into the log, so much of it in a minute. */
struct log_allowance {
  uint64_t since_ms;
  unsigned lines, left_out;
};

struct pool {
  uv_loop_t *loop;
  /* runs while a set has jobs to be fed, one write for all that came in a turn, or pauses */
  uv_idle_t idle;
  char *worker;
  struct pool_options options;
  struct ruleset *sets;
  struct pool_stats stats;
  struct log_allowance words;
  size_t refs; /* sets and workers that are not freed, and the idle handle */
  bool ending;
  void (*done)(void *arg);
  void *arg;
};

struct worker {
  struct pool *pool;
  struct ruleset *set; /* NULL once let go */
  struct child child;
  uv_pipe_t pipe;
  uv_timer_t timer; /* load deadline, then ticks of the deadline, then the drain */
  int handles;      /* open ones; freed at 0 */
  const struct progress *page;
  uint32_t seen[3];
  int still;
  /* the last answer, or the first job after a rest */
  uint64_t at_work_since_ns;
  uint32_t answered; /* since then: as many as one read brought */
  /* ended: nothing more to read; late: did not load in time */
  bool loaded, late, spawned, exited, ended, broken;
  /* what it says on standard error, until it has ended; -1: none */
  int words;
  int start_rc; /* why it could not be started */
  /* what it says next is read in the loop's next turn */
  bool pausing;
  struct buf in;
  struct arena scratch;
  char how[80], why[200]; /* how it ended by itself; why it counts as broken */
};

enum set_state {
  SET_STARTING,
  SET_SERVING,
  SET_STOPPED
};
static const char *const state_words[] = {"starting", "serving", "stopped"};

struct ruleset {
  struct ruleset *next; /* pool.sets */
  struct pool *pool;
  char *authority;
  struct buf load; /* the LOAD frame, for every worker again */
  struct ruleset_callbacks cb;
  void *arg;
  struct arena keep;
  struct rule_info *rules;
  bool reads_offers, reads_effects;
  struct fault_list warnings; /* of the first load */
  uint32_t n_rules, *strikes; /* one for each rule, the last one for none */
  struct worker *worker;
  uv_timer_t restart;
  struct jobs waiting, with_worker;
  uint32_t last_id, restarts;
  /* start_rc: why the last worker could not be started; 0: it was */
  int backoff_ms, load_breaks, start_rc;
  enum set_state state;
  bool loaded_once, closed, hungry;
  uint64_t down_since_ms; /* 0: serving */
};

/* --- jobs --- */

static void jobs_append(struct jobs *q, struct job *j) {
  j->next = NULL;
  if (q->last)
    q->last->next = j;
  else
    q->first = j;

  q->last = j;
  q->n++;
}

static struct job *jobs_take(struct jobs *q) {
  struct job *j = q->first;
  q->first = j->next;
  if (!q->first)
    q->last = NULL;

  q->n--;

  return j;
}

/* All of `front` before all of `q`; front is empty afterwards. */
static void jobs_put_back(struct jobs *q, struct jobs *front) {
  if (!front->first)
    return;

  front->last->next = q->first;
  if (!q->last)
    q->last = front->last;

  q->first = front->first;
  q->n += front->n;
  *front = (struct jobs){0};
}

static void job_free(struct job *j) {
  buf_finish(&j->frame);
  free(j);
}

static void jobs_drop(struct jobs *q) {
  while (q->first)
    job_free(jobs_take(q));
}

/* --- frames --- */

static size_t frame_open(struct buf *b, enum exchange_type type) {
  size_t at = b->len;
  buf_u32(b, 0);
  buf_u8(b, type);
  return at;
}

static void frame_close(struct buf *b, size_t at) {
  buf_set_u32(b, at, (uint32_t)(b->len - at - 4));
}

struct pending_write {
  uv_write_t req;
  struct buf bytes;
};

static void on_written(uv_write_t *req, int status) {
  struct pending_write *wr = container_of(req, struct pending_write, req);
  (void)status; /* a worker that cannot be written to has ended, and that is seen by its exit */
  buf_finish(&wr->bytes);
  free(wr);
}

static void worker_write(struct worker *w, struct buf *take) {
  struct pending_write *wr = mem_alloc(sizeof *wr);
  wr->bytes = *take;
  *take = (struct buf){0};
  uv_buf_t b = uv_buf_init((char *)wr->bytes.data, (unsigned)wr->bytes.len);
  if (uv_write(&wr->req, (uv_stream_t *)&w->pipe, &b, 1, on_written) < 0)
    on_written(&wr->req, 0);
}

/* --- what a worker says on standard error --- */

/* It may write no file, so its own standard error would be lost where ours is one; and what it says
 * is not ours to vouch for. It is read when the worker has ended. What does not fit into the pipe
 * is lost to it, instead of keeping it waiting. */
static int words_open(struct worker *w) {
  int ends[2];

  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return -errno;

  w->words = ends[0];
  w->child.words = ends[1];

  return 0;
}

static bool words_allowed(struct log_allowance *said) {
  uint64_t now_ms = clock_mono_ms();

  if (now_ms - said->since_ms >= MINUTE_MS) {
    if (said->left_out > 0)
      log_error("workers said more", "lines=%u", said->left_out);
    *said = (struct log_allowance){.since_ms = now_ms};
  }

  if (said->lines < WORDS_LINES) {
    said->lines++;
    return true;
  }

  said->left_out++;

  return false;
}

/* Anything but plain characters as its number: it could steer a terminal, or look like another
 * line. */
static void words_say(struct worker *w, const char *line, size_t len) {
  struct buf text = {0};

  for (size_t i = 0; i < len && i < WORDS_LINE; i++)
    if (line[i] >= ' ' && line[i] <= '~')
      buf_put(&text, &line[i], 1);
    else
      buf_printf(&text, "\\x%02x", (unsigned char)line[i]);

  if (len > WORDS_LINE)
    buf_puts(&text, " ...");

  if (words_allowed(&w->pool->words))
    log_error("worker said", "authority=%s text=\"%s\"", w->set ? w->set->authority : "-",
              buf_cstr(&text));

  buf_finish(&text);
}

static void words_end(struct worker *w) {
  char text[WORDS_MAX];
  if (w->words < 0)
    return;

  ssize_t n = read(w->words, text, sizeof text);
  for (const char *at = text, *end = text + (n > 0 ? n : 0), *line_end; at < end;
       at = line_end + 1) {
    line_end = memchr(at, '\n', (size_t)(end - at));
    if (!line_end)
      line_end = end;
    if (line_end > at)
      words_say(w, at, (size_t)(line_end - at));
  }

  close(w->words);
  w->words = -1;
}

/* --- the end of a pool, of a worker --- */

static void pool_unref(struct pool *p) {
  if (--p->refs > 0)
    return;

  void (*done)(void *) = p->done;
  void *arg = p->arg;
  free(p->worker);
  free(p);
  if (done)
    done(arg);
}

static void worker_handle_closed(struct worker *w) {
  if (--w->handles > 0)
    return;

  struct pool *p = w->pool;
  if (w->words >= 0)
    close(w->words); /* it was never started */
  if (w->page)
    munmap((void *)(uintptr_t)w->page, EXCHANGE_PAGE);

  buf_finish(&w->in);
  arena_finish(&w->scratch);
  free(w);
  pool_unref(p);
}

static void on_child_closed(uv_handle_t *h) {
  worker_handle_closed(container_of((uv_poll_t *)h, struct worker, child.poll));
}
static void on_pipe_closed(uv_handle_t *h) {
  worker_handle_closed(container_of(h, struct worker, pipe));
}
static void on_timer_closed(uv_handle_t *h) {
  worker_handle_closed(container_of(h, struct worker, timer));
}

static void worker_kill(struct worker *w) {
  if (w->spawned && !w->exited)
    child_kill(&w->child);
}

/* The child's handle stays until its end is seen: closed earlier, it would never be reaped. */
static void worker_let_go(struct worker *w) {
  w->set->worker = NULL;
  w->set = NULL;
  w->broken = true;
  worker_kill(w);
  uv_close((uv_handle_t *)&w->pipe, on_pipe_closed);
  uv_close((uv_handle_t *)&w->timer, on_timer_closed);
  if (w->exited)
    child_close(&w->child, on_child_closed);
}

/* --- breaking --- */

static void on_restart(uv_timer_t *t);

static void restart_later(struct ruleset *s) {
  if (s->closed || s->state == SET_STOPPED)
    return;

  s->state = SET_STARTING;
  uv_timer_start(&s->restart, on_restart, (uint64_t)s->backoff_ms, 0);
  if (s->backoff_ms * 2 > BACKOFF_LAST_MS)
    s->backoff_ms = BACKOFF_LAST_MS;
  else
    s->backoff_ms = s->backoff_ms * 2;
}

static void stop_aside(struct ruleset *s, const char *rule, const char *reason) {
  s->state = SET_STOPPED;
  log_error("rule set aside", "authority=%s rule=%s reason=\"%s\"", s->authority,
            text_or(rule, "-"), reason);
  s->cb.aside(s->arg, s, rule, reason);
}

static void stop_refused(struct ruleset *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void stop_refused(struct ruleset *s, const char *fmt, ...) {
  char line[300];
  va_list ap;

  va_start(ap, fmt);
  vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);

  struct fault_list faults = {0};
  fault_list_add(&faults, true, "%s", line);
  if (error_is_temporary(s->start_rc))
    faults.rc = s->start_rc;
  else
    faults.rc = 0;

  s->state = SET_STOPPED;
  s->cb.ready(s->arg, s, &faults);
  fault_list_finish(&faults);
}

static void broke_loading(struct ruleset *s, const char *why, bool late) {
  s->load_breaks++;
  if (!s->loaded_once && late)
    stop_refused(s,
                 "the rules took too long to load: more than %d ms; look for work done outside of "
                 "`when` and `recommend`",
                 s->pool->options.load_ms);
  else if (!s->loaded_once && s->load_breaks >= LOAD_BREAKS)
    stop_refused(s, "the rules could not be loaded: their worker %s, %d times", why,
                 s->load_breaks);
  else if (s->load_breaks >= LOAD_BREAKS) {
    char reason[300];
    snprintf(reason, sizeof reason, "the rules loaded before and now their worker %s, %d times",
             why, s->load_breaks);
    stop_aside(s, NULL, reason);
  }
}

static void strike(struct ruleset *s, uint32_t rule, const char *why) {
  uint32_t n = ++s->strikes[rule];
  if (n < (uint32_t)s->pool->options.strikes)
    return;

  char reason[300];
  snprintf(reason, sizeof reason, "broke its worker %u times; the last time the worker %s", n, why);
  if (rule < s->n_rules)
    stop_aside(s, s->rules[rule].name, reason);
  else
    stop_aside(s, NULL, reason);
}

/* The rule that the page names for this job, or n_rules: the page is the worker's and may say
 * anything. */
static uint32_t suspect(const struct ruleset *s, const struct worker *w, const struct job *j) {
  if (!w->page)
    return s->n_rules;

  uint32_t job = w->page->job, rule = w->page->rule;
  if (j && job == j->id && rule < s->n_rules)
    return rule;
  return s->n_rules;
}

static void broke_working(struct ruleset *s, const struct worker *w, const char *why) {
  struct job *first = s->with_worker.first;
  bool own_fault = s->with_worker.n == 1 && first->alone;
  uint32_t rule = suspect(s, w, first);

  for (struct job *j = first; j; j = j->next)
    j->alone = true;

  jobs_put_back(&s->waiting, &s->with_worker);
  if (own_fault)
    strike(s, rule, why);
}

static void recover(struct worker *w) {
  struct ruleset *s = w->set;
  s->restarts++;
  s->start_rc = w->start_rc;
  s->pool->stats.restarts++;
  log_warn("worker broke", "authority=%s why=\"%s\" jobs=%zu", s->authority, w->why,
           s->with_worker.n);
  worker_let_go(w);

  if (w->loaded)
    broke_working(s, w, w->why);
  else
    broke_loading(s, w->why, w->late);

  restart_later(s);
}

static void worker_break(struct worker *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void worker_break(struct worker *w, const char *fmt, ...) {
  if (w->broken)
    return;

  va_list ap;
  va_start(ap, fmt);
  vsnprintf(w->why, sizeof w->why, fmt, ap);
  va_end(ap);
  w->broken = true;

  if (w->set->state == SET_SERVING) {
    w->set->state = SET_STARTING;
    w->set->down_since_ms = clock_mono_ms();
  }

  uv_timer_stop(&w->timer);
  uv_read_stop((uv_stream_t *)&w->pipe);

  if (w->exited || !w->spawned)
    recover(w);
  else
    worker_kill(w);
}

/* --- what a worker does --- */

static void feed(struct ruleset *s);

static void on_tick(uv_timer_t *t) {
  struct worker *w = container_of(t, struct worker, timer);
  uint32_t now[3] = {w->page->job, w->page->rule, w->page->done};

  if (w->set->with_worker.n == 0) {
    uv_timer_stop(t);
  } else if (memcmp(now, w->seen, sizeof now) != 0) {
    memcpy(w->seen, now, sizeof now);
    w->still = 0;
  } else if (++w->still > STILL_TICKS) {
    worker_break(w, "made no progress for %d ms", w->set->pool->options.deadline_ms);
  }
}

static void watch(struct worker *w) {
  uint64_t tick = MAX((uint64_t)w->set->pool->options.deadline_ms / STILL_TICKS, 1);
  w->still = 0;
  uv_timer_start(&w->timer, on_tick, tick, tick);
}

static void on_load_late(uv_timer_t *t) {
  struct worker *w = container_of(t, struct worker, timer);
  w->late = true;
  worker_break(w, "took more than %d ms to load", w->set->pool->options.load_ms);
}

static const char *on_loaded(struct worker *w, struct reader *r) {
  struct ruleset *s = w->set;
  uint32_t n = read_u32(r);
  if (r->bad || n > (size_t)(r->end - r->p) / 24 || (s->loaded_once && n != s->n_rules))
    return "named its rules wrongly";

  struct arena *a = &s->keep;
  if (s->loaded_once)
    a = &w->scratch;

  struct rule_info *rules = arena_alloc(a, (n + 1) * sizeof *rules);

  for (uint32_t i = 0; i < n; i++) {
    struct rule_info *u = &rules[i];
    const char **const texts[] = {&u->name, &u->about, &u->source, &u->owner, &u->file, &u->scope};
    for (size_t k = 0; k < ARRAY_LEN(texts); k++)
      if (!(*texts[k] = read_str(r, a)))
        r->bad = true;

    u->line = read_i32(r);
    u->for_school = read_u8(r) != 0;
  }

  struct fault_list warnings = {0};

  for (uint32_t k = r->bad ? 0 : read_u32(r); k > 0 && !r->bad; k--) {
    const char *line = read_str(r, &w->scratch);
    if (line)
      fault_list_add(&warnings, false, "%s", line);
  }

  bool reads_offers = read_u8(r) != 0, reads_effects = read_u8(r) != 0;
  if (r->bad || r->p != r->end || s->loaded_once)
    fault_list_finish(&warnings);

  if (r->bad || r->p != r->end)
    return "named its rules wrongly";

  uv_timer_stop(&w->timer);
  w->loaded = true;
  s->load_breaks = 0;
  s->state = SET_SERVING;
  s->down_since_ms = 0;
  if (s->loaded_once)
    return NULL;

  s->loaded_once = true;
  s->warnings = warnings;
  s->rules = rules;
  s->reads_offers = reads_offers;
  s->reads_effects = reads_effects;
  s->n_rules = n;
  s->strikes = arena_alloc(&s->keep, (n + 1) * sizeof *s->strikes);
  s->cb.ready(s->arg, s, NULL);

  return NULL;
}

static const char *on_faults(struct worker *w, struct reader *r) {
  struct ruleset *s = w->set;
  struct fault_list faults = {0};
  uint32_t n = read_u32(r);

  for (uint32_t i = 0; i < n && !r->bad; i++) {
    const char *line = read_str(r, &w->scratch);
    if (line)
      fault_list_add(&faults, true, "%s", line);
    else
      r->bad = true;
  }

  bool sound = !r->bad && n > 0 && r->p == r->end && !s->loaded_once;
  if (sound) {
    worker_let_go(w);
    s->state = SET_STOPPED;
    s->cb.ready(s->arg, s, &faults);
  }

  fault_list_finish(&faults);
  if (sound)
    return NULL;

  return "found faults in rules that it had loaded before";
}

static const char *on_done(struct worker *w, struct reader *r) {
  struct ruleset *s = w->set;
  struct outcome o;
  size_t len;
  uint32_t id = read_u32(r);
  const void *blob = read_blob(r, &len);
  struct job *j = s->with_worker.first;
  if (r->bad || r->p != r->end || !j || j->id != id || !j->done)
    return "answered what was not asked";
  if (outcome_decode(&w->scratch, blob, len, s->n_rules, j->n_needs, &o) < 0)
    return "gave an outcome that makes no sense";

  jobs_take(&s->with_worker);
  s->backoff_ms = BACKOFF_FIRST_MS;
  w->still = 0;
  w->answered++;
  histogram_add(&w->pool->stats.round_trip, uv_hrtime() - j->fed_ns, 1);
  j->done(j->arg, &o);
  job_free(j);

  return NULL;
}

static const char *on_told(struct worker *w, struct reader *r) {
  struct ruleset *s = w->set;
  struct fault_list faults = {0};
  size_t len;
  uint32_t id = read_u32(r);
  const char *json = read_blob(r, &len);
  struct job *j = s->with_worker.first;

  for (uint32_t n = read_u32(r); n > 0 && !r->bad; n--) {
    const char *line = read_str(r, &w->scratch);
    if (line)
      fault_list_add(&faults, true, "%s", line);
  }

  bool sound = !r->bad && r->p == r->end && j && j->id == id && j->told;
  if (sound) {
    jobs_take(&s->with_worker);
    w->still = 0;
    j->told(j->arg, json, len, &faults);
    job_free(j);
  }

  fault_list_finish(&faults);
  if (sound)
    return NULL;

  return "answered what was not asked";
}

static const struct {
  enum exchange_type type;
  bool loaded;
  const char *(*take)(struct worker *w, struct reader *r);
} frame_rows[] = {{EXCHANGE_LOADED, false, on_loaded},
                  {EXCHANGE_FAULTS, false, on_faults},
                  {EXCHANGE_DONE, true, on_done},
                  {EXCHANGE_TOLD, true, on_told}};

static void take_frame(struct worker *w, const unsigned char *rest, size_t len) {
  struct reader r = reader_of(rest + 1, len - 1);
  const char *wrong = "sent a frame of an unknown kind";

  for (size_t i = 0; i < ARRAY_LEN(frame_rows); i++)
    if (frame_rows[i].type == rest[0] && frame_rows[i].loaded == w->loaded) {
      wrong = frame_rows[i].take(w, &r);
      break;
    }

  arena_reset(&w->scratch);
  if (wrong)
    worker_break(w, "%s", wrong);
}

static void count_answers(struct worker *w, uint64_t now_ns) {
  if (w->answered == 0)
    return;

  histogram_add(&w->pool->stats.each, (now_ns - w->at_work_since_ns) / w->answered, w->answered);
  w->answered = 0;
  w->at_work_since_ns = now_ns;
}

/* Owners' callbacks run inside and may close the set, which marks the worker broken. */
static void take_frames(struct worker *w) {
  size_t at = 0;

  /* before the owner works on the answers: that time is not the worker's */
  uint64_t now_ns = uv_hrtime();

  while (!w->broken && w->in.len - at >= 4) {
    struct reader r = reader_of(w->in.data + at, 4);
    uint32_t rest = read_u32(&r);
    if (rest == 0 || rest > EXCHANGE_MAX)
      worker_break(w, "sent a frame of %u bytes", rest);
    else if (w->in.len - at - 4 < rest)
      break;
    else
      take_frame(w, w->in.data + at + 4, rest);

    at += 4 + (size_t)rest;
  }

  count_answers(w, now_ns);
  if (w->broken)
    return;

  w->in.len -= at;
  memmove(w->in.data, w->in.data + at, w->in.len);
  feed(w->set);
}

static void on_idle(uv_idle_t *idle);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret) {
  struct worker *w = container_of(h, struct worker, pipe);
  (void)suggested;
  w->in.data = mem_grow(w->in.data, &w->in.cap, w->in.len + READ_BYTES, 1);
  *ret = uv_buf_init((char *)w->in.data + w->in.len, READ_BYTES);
}

/* libuv reads for as long as something comes, and a worker that is fed from its answers need never
 * stop: an event that is pushed would wait for dozens of evaluations. */
static void pause_reading(struct worker *w) {
  uv_read_stop((uv_stream_t *)&w->pipe);
  w->pausing = true;
  uv_idle_start(&w->pool->idle, on_idle);
}

static void go_on_reading(struct worker *w) {
  if (!w->pausing || w->broken)
    return;
  w->pausing = false;
  uv_read_start((uv_stream_t *)&w->pipe, on_alloc, on_read);
}

/* A worker that ends by itself: its answers are read to the end first, whichever of end of file and
 * exit comes first. */
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
  struct worker *w = container_of(stream, struct worker, pipe);
  (void)buf;
  if (n > 0) {
    w->in.len += (size_t)n;
    take_frames(w);
    /* what an ended one left is soon read, and has to be within DRAIN_MS */
    if (!w->broken && !w->exited)
      pause_reading(w);
  } else if (n < 0) {
    w->ended = true;
    uv_read_stop(stream);
    if (w->exited)
      worker_break(w, "%s", w->how);
    else
      worker_kill(w);
  }
}

static void on_drained(uv_timer_t *t) {
  struct worker *w = container_of(t, struct worker, timer);
  worker_break(w, "%s", w->how);
}

static void on_exit_seen(struct child *child, int status, int signal) {
  struct worker *w = container_of(child, struct worker, child);
  w->exited = true;
  words_end(w);

  if (signal)
    snprintf(w->how, sizeof w->how, "was ended by signal %d (%s)", signal, strsignal(signal));
  else
    snprintf(w->how, sizeof w->how, "ended with status %d", status);

  if (!w->set)
    child_close(child, on_child_closed);
  else if (w->broken)
    recover(w);
  else if (w->ended)
    worker_break(w, "%s", w->how);
  else
    uv_timer_start(&w->timer, on_drained, DRAIN_MS, 0);
}

/* --- starting --- */

/* The page must not shrink under our eyes: reading past its end would be a SIGBUS in the daemon. */
static int page_open(struct worker *w, int *ret_fd) {
  int fd = memfd_create("progress", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0)
    return -errno;

  void *page = MAP_FAILED;
  if (ftruncate(fd, EXCHANGE_PAGE) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
    page = mmap(NULL, EXCHANGE_PAGE, PROT_READ, MAP_SHARED, fd, 0);

  if (page == MAP_FAILED) {
    int rc = -errno;
    close(fd);
    return rc;
  }

  w->page = page;
  *ret_fd = fd;

  return 0;
}

static int connect_and_spawn(struct worker *w) {
  int ends[2], page, rc = page_open(w, &page);
  if (rc < 0)
    return rc;

  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    rc = -errno;
  else if ((rc = uv_pipe_open(&w->pipe, ends[0])) < 0) {
    close(ends[0]);
    close(ends[1]);
  } else {
    const int fds[CHILD_FDS] = {[EXCHANGE_FD - CHILD_FIRST_FD] = ends[1],
                                [EXCHANGE_PAGE_FD - CHILD_FIRST_FD] = page};
    rc = words_open(w);
    if (rc == 0)
      rc = child_start(&w->child, w->pool->loop, w->pool->worker, fds, on_exit_seen);
    if (w->child.words > 0)
      close(w->child.words);

    w->spawned = rc == 0;
    w->handles += w->spawned;
    close(ends[1]);
  }

  close(page);

  return rc;
}

static struct worker *worker_create(struct ruleset *s) {
  struct worker *w = mem_alloc(sizeof *w);
  w->pool = s->pool;
  w->set = s;
  w->handles = 2;
  w->words = -1;
  uv_pipe_init(s->pool->loop, &w->pipe, 0);
  uv_timer_init(s->pool->loop, &w->timer);
  s->pool->refs++;

  return w;
}

static void worker_start(struct ruleset *s) {
  struct worker *w = s->worker = worker_create(s);
  s->pool->stats.starts++;
  int rc = w->start_rc = connect_and_spawn(w);
  if (rc < 0)
    return worker_break(w, "%s could not be started: %s", s->pool->worker, uv_strerror(rc));

  struct buf load = {0};
  buf_put(&load, s->load.data, s->load.len);
  worker_write(w, &load);
  uv_read_start((uv_stream_t *)&w->pipe, on_alloc, on_read);
  uv_timer_start(&w->timer, on_load_late, (uint64_t)s->pool->options.load_ms, 0);
}

static void on_restart(uv_timer_t *t) {
  struct ruleset *s = container_of(t, struct ruleset, restart);
  if (s->load.len > (size_t)EXCHANGE_MAX + 4)
    stop_refused(s, "the rules and the catalogue together are larger than %u MiB",
                 EXCHANGE_MAX >> 20);
  else
    worker_start(s);
}

/* --- feeding --- */

static bool may_go(const struct ruleset *s) {
  if (!s->waiting.first || s->with_worker.n >= (size_t)s->pool->options.batch)
    return false;
  return s->with_worker.n == 0 || (!s->waiting.first->alone && !s->with_worker.first->alone);
}

static void feed(struct ruleset *s) {
  struct worker *w = s->worker;
  s->hungry = false;
  if (s->state != SET_SERVING || w->exited || w->ended)
    return;

  bool idle = s->with_worker.n == 0;
  uint64_t now_ns = uv_hrtime();
  struct buf bytes = {0};

  while (may_go(s)) {
    struct job *j = jobs_take(&s->waiting);
    buf_put(&bytes, j->frame.data, j->frame.len);
    j->fed_ns = now_ns;
    jobs_append(&s->with_worker, j);
  }

  if (bytes.len == 0)
    return;

  if (idle)
    watch(w);
  if (idle)
    w->at_work_since_ns = now_ns;

  worker_write(w, &bytes);
}

static void on_idle(uv_idle_t *idle) {
  struct pool *p = container_of(idle, struct pool, idle);
  uv_idle_stop(idle);
  for (struct ruleset *s = p->sets; s; s = s->next) {
    if (s->worker)
      go_on_reading(s->worker);
    if (s->hungry)
      feed(s);
  }
}

/* --- the owner's side --- */

struct pool *pool_create(uv_loop_t *loop, const struct pool_options *options) {
  struct pool *p = mem_alloc(sizeof *p);
  p->loop = loop;
  p->worker = mem_strdup(options->worker);
  p->options = *options;
  if (p->options.deadline_ms <= 0)
    p->options.deadline_ms = 1000;
  if (p->options.load_ms <= 0)
    p->options.load_ms = 5000;
  if (p->options.strikes <= 0)
    p->options.strikes = 3;
  if (p->options.batch <= 0)
    p->options.batch = 64;

  uv_idle_init(loop, &p->idle);
  p->refs = 1;
  signal(SIGPIPE, SIG_IGN); /* a worker may end between two writes */

  return p;
}

static void on_idle_closed(uv_handle_t *h) {
  pool_unref(container_of(h, struct pool, idle));
}

void pool_destroy(struct pool *p, void (*done)(void *arg), void *arg) {
  if (!p) {
    if (done)
      done(arg);
    return;
  }
  if (p->ending)
    return;

  p->ending = true;
  p->done = done;
  p->arg = arg;
  while (p->sets)
    ruleset_close(p->sets);

  uv_close((uv_handle_t *)&p->idle, on_idle_closed);
}

static void put_load(struct buf *out, const struct buf *rules, const struct buf *catalogue,
                     bool known, const char *const *aside, size_t n_aside) {
  size_t at = frame_open(out, EXCHANGE_LOAD);
  buf_blob(out, rules->data, rules->len);
  buf_blob(out, catalogue->data, catalogue->len);
  buf_u8(out, known);
  buf_u32(out, (uint32_t)n_aside);
  for (size_t i = 0; i < n_aside; i++)
    buf_str(out, aside[i]);

  frame_close(out, at);
}

struct ruleset *ruleset_open(struct pool *p, const char *authority, const struct buf *rules,
                             const struct buf *catalogue, bool known, const char *const *aside,
                             size_t n_aside, uint32_t n_competences,
                             const struct ruleset_callbacks *cb, void *arg) {
  (void)n_competences; /* the worker counts them in the same catalogue */
  struct ruleset *s = mem_alloc(sizeof *s);
  s->pool = p;
  s->authority = mem_strdup(authority);
  s->cb = *cb;
  s->arg = arg;
  s->backoff_ms = BACKOFF_FIRST_MS;
  s->down_since_ms = clock_mono_ms();
  put_load(&s->load, rules, catalogue, known, aside, n_aside);
  s->next = p->sets;
  p->sets = s;
  p->refs++;
  uv_timer_init(p->loop, &s->restart);
  uv_timer_start(&s->restart, on_restart, 0, 0);
  return s;
}

static void on_set_closed(uv_handle_t *h) {
  struct ruleset *s = container_of(h, struct ruleset, restart);
  struct pool *p = s->pool;

  buf_finish(&s->load);
  arena_finish(&s->keep);
  fault_list_finish(&s->warnings);
  free(s->authority);
  free(s);
  pool_unref(p);
}

void ruleset_close(struct ruleset *s) {
  if (!s || s->closed)
    return;

  s->closed = true;
  for (struct ruleset **at = &s->pool->sets; *at; at = &(*at)->next)
    if (*at == s) {
      *at = s->next;
      break;
    }

  if (s->worker)
    worker_let_go(s->worker);

  jobs_drop(&s->waiting);
  jobs_drop(&s->with_worker);
  uv_close((uv_handle_t *)&s->restart, on_set_closed);
}

const struct fault_list *ruleset_warnings(const struct ruleset *s) {
  return &s->warnings;
}

bool ruleset_reads_offers(const struct ruleset *s) {
  return s->reads_offers;
}
bool ruleset_reads_effects(const struct ruleset *s) {
  return s->reads_effects;
}

const struct rule_info *ruleset_rules(const struct ruleset *s, uint32_t *ret_n) {
  *ret_n = s->n_rules;
  return s->rules;
}

static struct job *job_open(struct ruleset *s, enum exchange_type type, void *arg, size_t *ret_at) {
  struct job *j = mem_alloc(sizeof *j);

  /* never 0: that is what an untouched page says */
  if (++s->last_id)
    j->id = s->last_id;
  else
    j->id = ++s->last_id;

  j->arg = arg;
  *ret_at = frame_open(&j->frame, type);
  buf_u32(&j->frame, j->id);

  return j;
}

static void job_close(struct ruleset *s, struct job *j, size_t at) {
  frame_close(&j->frame, at);
  jobs_append(&s->waiting, j);
  s->hungry = true;
  uv_idle_start(&s->pool->idle, on_idle);
}

void ruleset_evaluate(struct ruleset *s, const struct buf *facts, uint32_t n_needs, int32_t day,
                      unsigned how, evaluated *done, void *arg) {
  size_t at;
  struct job *j = job_open(s, EXCHANGE_EVAL, arg, &at);

  j->n_needs = n_needs;
  j->done = done;
  buf_i32(&j->frame, day);
  buf_u8(&j->frame, (uint8_t)how);
  buf_blob(&j->frame, facts->data, facts->len);
  job_close(s, j, at);
}

void ruleset_read_tests(struct ruleset *s, const char *file, const void *text, size_t len,
                        told *done, void *arg) {
  size_t at;
  struct job *j = job_open(s, EXCHANGE_READ, arg, &at);

  j->told = done;
  buf_str(&j->frame, file);
  buf_blob(&j->frame, text, len);
  job_close(s, j, at);
}

void ruleset_coverage(struct ruleset *s, told *done, void *arg) {
  size_t at;
  struct job *j = job_open(s, EXCHANGE_COVERAGE, arg, &at);
  j->told = done;
  job_close(s, j, at);
}

uint64_t ruleset_down_ms(const struct ruleset *s) {
  uint64_t down = 0;
  if (s->down_since_ms)
    down = clock_mono_ms() - s->down_since_ms;

  if (s->down_since_ms && down == 0)
    return 1;
  return down;
}

const struct pool_stats *pool_stats(const struct pool *p) {
  return &p->stats;
}

size_t ruleset_backlog(const struct ruleset *s) {
  return s->waiting.n + s->with_worker.n;
}

void ruleset_health(const struct ruleset *s, struct buf *json) {
  json_open(json, '{');
  json_key(json, "worker");
  json_str(json, state_words[s->state]);
  json_key(json, "restarts");
  json_int(json, s->restarts);
  json_key(json, "backlog");
  json_int(json, (int64_t)ruleset_backlog(s));
  json_key(json, "strikes");
  json_open(json, '{');

  for (uint32_t i = 0; s->strikes && i <= s->n_rules; i++)
    if (s->strikes[i]) {
      json_key(json, i < s->n_rules ? s->rules[i].name : "-");
      json_int(json, s->strikes[i]);
    }

  json_close(json, '}');
  json_close(json, '}');
}
