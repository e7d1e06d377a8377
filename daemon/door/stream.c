/* stream - what is sent to a follow, and when: standing, then history, then live, without a seam.
 *
 * Each session has its own place in the outbox and moves through it a page a turn, as long as it
 * has credit and its peer is writable; live is nothing but having reached the end. Sessions take
 * turns, so a long history holds nobody up. */
#include <errno.h>
#include <string.h>

#include "door/follow.h"
#include "door/local_client.h"
#include "people/people.h"

#define LOG_AREA "door"
#include "base/log.h"
#include "base/mem.h"

#define SESSIONS_A_TURN 16
#define TELL_AFTER_ROWS 500 /* rows passed over before a bare cursor */
#define TELL_AFTER_MS 1000

enum turn {
  TURN_REST,
  TURN_MORE,
  TURN_GONE,
  TURN_DAMAGED /* the next row */
};

static enum turn on_sent(struct following *s, int rc) {
  if (rc == -EAGAIN)
    s->blocked = true;

  if (rc == 0)
    return TURN_MORE;
  if (rc == -EAGAIN)
    return TURN_REST;
  return TURN_GONE;
}

static enum turn tell_inner(struct follows *f, struct following *s, struct cursor at,
                            const struct outbox_row *row) {
  struct buf cursor = {0}, json = {0};
  cursor_seal(f->door->key, at, &cursor);
  if (row)
    filter_write(s->who, row, &json);

  inner_tell(s->to.inner, buf_cstr(&cursor), row, json.data, json.len);
  buf_finish(&cursor);
  buf_finish(&json);

  return TURN_MORE;
}

static enum turn tell_peer(struct follows *f, struct following *s, struct cursor at,
                           const struct outbox_row *row) {
  struct buf out = {0};
  json_open(&out, '{');
  json_key(&out, "cursor");
  json_cursor(f->door->key, at, &out);

  if (row) {
    json_key(&out, "publication");
    filter_write(s->who, row, &out);
  }

  json_close(&out, '}');
  enum turn turn = on_sent(
      s, peers_push(&f->door->peers, &s->to, "pub", out.data, out.len, uv_now(f->door->loop)));
  buf_finish(&out);

  return turn;
}

static enum turn tell(struct follows *f, struct following *s, struct cursor at,
                      const struct outbox_row *row) {
  enum turn turn = s->to.inner ? tell_inner(f, s, at, row) : tell_peer(f, s, at, row);
  if (turn != TURN_MORE)
    return turn;

  if (row)
    f->door->counts.told++;

  s->skipped = 0;
  s->told_ms = uv_now(f->door->loop);

  return turn;
}

/* One row at its place in the stream: passed over, or sent for a credit. Moves s->at only when it
 * is through. */
static enum turn offer(struct follows *f, struct following *s, struct cursor at,
                       const struct outbox_row *row) {
  if (!filter_gives(f->door, s->who, &s->topics, row)) {
    s->skipped++;
    s->at = at;
    return TURN_MORE;
  }
  if (s->credit == 0) {
    s->starved = true;
    return TURN_REST;
  }

  enum turn turn = tell(f, s, at, row);
  if (turn != TURN_MORE)
    return turn;

  s->credit--;
  s->at = at;

  return turn;
}

/* A bare cursor, so that a client whose filter lets little through does not start far back. */
static enum turn tell_place(struct follows *f, struct following *s, bool at_end) {
  bool due = s->skipped >= TELL_AFTER_ROWS ||
             (at_end && s->skipped > 0 && uv_now(f->door->loop) - s->told_ms >= TELL_AFTER_MS);
  if (due)
    return tell(f, s, s->at, NULL);
  return TURN_MORE;
}

struct current_row {
  struct follows *follows;
  struct following *session;
  enum turn turn;
};

static bool is_advice(const char *type) {
  static const char *const of[] = {"needs.recommendation.", "needs.cohort."};
  for (size_t i = 0; i < ARRAY_LEN(of); i++)
    if (strncmp(type, of[i], strlen(of[i])) == 0)
      return true;
  return false;
}

static int on_standing_row(void *arg, const struct outbox_row *row) {
  struct current_row *g = arg;
  if (!is_advice(row->type))
    return 1; /* blanked by an erasure meanwhile */

  g->turn = offer(g->follows, g->session, (struct cursor){g->session->at.position, row->position},
                  row);

  return 1;
}

static enum turn current_turn(struct follows *f, struct following *s) {
  struct store *store = pipeline_store(f->door->pipeline);

  for (int i = 0; i < TAIL_PAGE && s->current_sent < s->n_current; i++) {
    struct current_row g = {f, s, TURN_MORE}; /* a row that was pruned is passed over */
    int rc = store_outbox_at(store, s->current[s->current_sent], on_standing_row, &g);
    if (rc < 0) {
      if (rc == -EBADMSG)
        return TURN_DAMAGED;
      return TURN_REST;
    }
    if (g.turn != TURN_MORE)
      return g.turn;

    s->current_sent++;
  }

  if (s->current_sent < s->n_current)
    return TURN_MORE;

  free(s->current);
  s->current = NULL;
  s->at.current = CURSOR_LIVE;
  s->skipped = TELL_AFTER_ROWS; /* say at once that this part is over */

  return TURN_MORE;
}

static enum turn outbox_turn(struct follows *f, struct following *s) {
  uint64_t upto = pipeline_published(f->door->pipeline);
  struct page page = {0};
  enum turn turn = TURN_MORE;

  if (s->at.position < upto) {
    int rc = tail_read(&f->tail, pipeline_store(f->door->pipeline), s->at.position, upto, &page);
    if (rc == -EBADMSG)
      return TURN_DAMAGED;
    if (rc < 0) {
      log_error("the outbox cannot be read", "reason=%s", strerror(-rc));
      return TURN_REST;
    }

    for (size_t i = 0; i < page.n && turn == TURN_MORE; i++)
      turn = offer(f, s, (struct cursor){page.rows[i]->position, CURSOR_LIVE}, page.rows[i]);

    if (turn != TURN_MORE)
      return turn;

    s->at.position = page.reached;
  }

  bool at_end = s->at.position >= upto;
  turn = tell_place(f, s, at_end);
  if (turn == TURN_MORE && at_end)
    return TURN_REST;

  return turn;
}

static enum turn take_turn(struct follows *f, struct following *s) {
  if (s->at.current != CURSOR_LIVE)
    return current_turn(f, s);
  return outbox_turn(f, s);
}

/* The session ends there: what cannot be served is never passed over in silence. */
static void end_at_damage(struct follows *f, struct following *s) {
  struct address to = s->to;
  struct cursor behind = {s->at.position + 1, CURSOR_LIVE};

  if (s->at.current != CURSOR_LIVE)
    behind = (struct cursor){s->at.position, s->current[s->current_sent]};

  follow_end(f, s, END_DAMAGED);
  filter_damaged(f->door, &to, behind);
}

static void on_pump(uv_idle_t *handle) {
  struct follows *f = container_of(handle, struct follows, pump);
  for (int i = 0; i < SESSIONS_A_TURN && !TAILQ_EMPTY(&f->ready); i++) {
    struct following *s = TAILQ_FIRST(&f->ready);
    TAILQ_REMOVE(&f->ready, s, ready);
    s->queued = false;

    enum turn turn = take_turn(f, s);
    if (turn == TURN_GONE)
      follow_end(f, s, END_GONE);
    if (turn == TURN_DAMAGED)
      end_at_damage(f, s);
    if (turn == TURN_MORE)
      stream_wake(f, s);
    if (turn == TURN_REST && s->blocked)
      door_wake_retry(f->door);
  }

  if (f->door->peers.n > 0)
    door_wake_retry(f->door);
  if (TAILQ_EMPTY(&f->ready))
    uv_idle_stop(&f->pump);
}

void stream_wake(struct follows *f, struct following *s) {
  if (s->waiting || s->queued || s->blocked || s->starved)
    return;

  s->queued = true;
  TAILQ_INSERT_TAIL(&f->ready, s, ready);
  uv_idle_start(&f->pump, on_pump);
}

void stream_told(struct follows *f) {
  struct following *s;
  tail_forget(&f->tail);
  TAILQ_FOREACH (s, &f->all, link)
    stream_wake(f, s);
}

struct positions {
  uint64_t *items;
  size_t n, cap;
};

static void put_current(const struct following *s, const struct current_advice *current, size_t n,
                        struct positions *to) {
  for (size_t i = 0; i < n; i++) {
    uint64_t position = current[i].publication;
    if (position <= s->at.current || position > s->at.position)
      continue;
    to->items = mem_grow(to->items, &to->cap, to->n + 1, sizeof *to->items);
    to->items[to->n++] = position;
  }
}

/* Topics and scope of what has no type yet: authority, school, person are enough to leave most out.
 */
static bool wanted(const struct following *s, const char *authority, const char *school,
                   const char *person) {
  if (!access_overlaps(s->who, authority, school, person))
    return false;

  for (size_t i = 0; i < s->topics.n; i++) {
    const struct topic *t = &s->topics.items[i];
    const char *have[] = {authority, school, person};
    unsigned at = 0;

    while (at < 3 && at < t->n && (!have[at] || strcmp(have[at], t->segments[at]) == 0))
      at++;

    if (at == 3 || at == t->n)
      return true;
  }

  return s->topics.n == 0;
}

static void basis_of_school(struct following *s, const struct authority *a,
                            const struct school *school, struct positions *to) {
  if (!wanted(s, a->code, school->code, NULL))
    return;

  put_current(s, school->current, school->n_current, to);
  for (size_t i = 0; i < school->n_persons; i++) {
    const struct person *person = school->persons[i];
    if (wanted(s, a->code, school->code, person->subject))
      put_current(s, person->current, person->n_current, to);
  }
}

static int by_position(const void *x, const void *y) {
  uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
  if (a < b)
    return -1;
  return a > b;
}

void stream_current(struct follows *f, struct following *s) {
  const struct people *people = pipeline_people(f->door->pipeline);
  struct positions to = {0};

  for (size_t i = 0; i < people->n_authorities; i++) {
    const struct authority *a = people->authorities[i];
    if (!pipeline_serves(f->door->pipeline, a->code))
      continue;
    for (size_t k = 0; k < a->n_schools && wanted(s, a->code, NULL, NULL); k++)
      basis_of_school(s, a, a->schools[k], &to);
  }

  if (to.n > 0)
    qsort(to.items, to.n, sizeof *to.items, by_position);

  s->current = to.items;
  s->n_current = to.n;
}
