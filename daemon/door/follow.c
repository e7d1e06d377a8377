/* follow - see follow.h. The verbs follow, credit and unfollow, leases and names. */
#include "door/follow.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LOG_AREA "door"
#include "base/log.h"
#include "base/mem.h"

#define FOLLOWS_MAX 20000
#define FOLLOWS_A_PEER 64
#define FOLLOWS_A_PROCESS 10000
#define NAMES_MAX 20000
#define NAMES_A_PRINCIPAL 10000
#define TOUCH_DAYS                                                                                 \
  1 /* a name that is followed is marked as used once a day, also where nothing is published */
#define STANDING_SUFFIX                                                                            \
  "/standing" /* no name has a slash: the second place of a name, kept as a name of its own */
#define DAY_MS 86400000
#define STORED_MAX INT64_MAX /* as the store keeps CURSOR_LIVE */

/* --- names --- */

static struct hash128 name_key(const char *principal, const char *name, size_t len) {
  struct buf b = {0};
  buf_str(&b, principal);
  buf_blob(&b, name, len);
  struct hash128 key = hash128_of(NULL, b.data, b.len);
  buf_finish(&b);

  return key;
}

static struct name *find_name(struct follows *f, const char *principal, const char *name,
                              size_t len) {
  return hashmap_get(&f->names, name_key(principal, name, len));
}

static struct name *add_name(struct follows *f, const char *principal, const char *name,
                             size_t len) {
  struct name *n = mem_alloc(sizeof *n);
  *n = (struct name){
      .principal = mem_strdup(principal), .name = mem_strndup(name, len), .current = CURSOR_LIVE};
  hashmap_put(&f->names, name_key(principal, name, len), n);
  f->n_names++;

  return n;
}

/* Up to version 0.3.0 it was the clock that was stored, which is as good. */
static int32_t day_of(int64_t ms) {
  return (int32_t)(ms / DAY_MS);
}

/* Names are used, and forgotten, by the daemon's day alone. 0: there is none yet; such names are
 * used on the first. */
static int32_t today(const struct door *d) {
  int32_t day = pipeline_day(d->pipeline);
  if (day != ABSENT)
    return day;
  return 0;
}

/* Both places of a name come as rows of their own, in any order. */
static int on_stored_name(void *arg, const struct cursor_row *row) {
  struct follows *f = arg;
  size_t len = strlen(row->name), suffix = sizeof STANDING_SUFFIX - 1;
  bool current = len > suffix && strcmp(row->name + len - suffix, STANDING_SUFFIX) == 0;
  if (current)
    len -= suffix;

  struct name *n = find_name(f, row->principal, row->name, len);
  if (!n)
    n = add_name(f, row->principal, row->name, len);
  if (current) {
    if (row->position >= STORED_MAX)
      n->current = CURSOR_LIVE;
    else
      n->current = row->position;
  } else
    n->position = row->position;

  if (day_of(row->used_ms) > n->used_day)
    n->used_day = day_of(row->used_ms);

  return 0;
}

static void save_place(struct door *d, struct name *n, struct cursor at, bool is_new) {
  if (n->current != at.current) {
    char *second = arena_printf(&d->scratch, "%s" STANDING_SUFFIX, n->name);
    pipeline_save_cursor(d->pipeline, n->principal, second,
                         at.current == CURSOR_LIVE ? STORED_MAX : at.current);
  }

  if (is_new || n->position != at.position)
    pipeline_save_cursor(d->pipeline, n->principal, n->name, at.position);

  n->position = at.position;
  n->current = at.current;
  n->used_day = today(d);
}

/* It is used, though its place did not move. */
static void touch_name(struct door *d, struct name *n) {
  if (today(d) - n->used_day < TOUCH_DAYS)
    return;
  pipeline_save_cursor(d->pipeline, n->principal, n->name, n->position);
  n->used_day = today(d);
}

/* A name followed anew meanwhile is saved after this: both go the same way, in order. */
static void forget_place(struct door *d, struct name *n) {
  pipeline_save_cursor(d->pipeline, n->principal,
                       arena_printf(&d->scratch, "%s" STANDING_SUFFIX, n->name), CURSOR_GONE);
  pipeline_save_cursor(d->pipeline, n->principal, n->name, CURSOR_GONE);
  n->current = CURSOR_LIVE; /* what a name begins with: the second place is not on disk */
  n->forgotten = true;
}

static void free_name(struct name *n) {
  free(n->principal);
  free(n->name);
  free(n);
}

static void drop_name(struct follows *f, struct name *n) {
  hashmap_del(&f->names, name_key(n->principal, n->name, strlen(n->name)));
  f->n_names--;
  free_name(n);
}

/* The daemon's day decides, which never moves by a wrong clock alone. What is forgotten here goes
 * to the disk before anything that is saved under the same name later. */
void follows_sweep_names(struct follows *f) {
  struct door *d = f->door;
  int32_t day = pipeline_day(d->pipeline);
  struct name **unused = mem_array(f->n_names + 1, sizeof *unused);
  size_t n = 0;

  for (size_t i = 0; i < f->names.cap; i++) {
    struct name *name = f->names.slots[i].value;
    if (!name || name->forgotten || name->saving > 0)
      continue;

    if (name->used_day == 0)
      name->used_day = today(d);
    if (name->holder)
      touch_name(d, name);
    else if (day != ABSENT && day - name->used_day > d->names_keep)
      unused[n++] = name;
  }

  for (size_t i = 0; i < n; i++) {
    log_info("a durable name that nobody used is forgotten", "principal=%s name=%s days=%d",
             unused[i]->principal, unused[i]->name, (int)(day - unused[i]->used_day));
    forget_place(d, unused[i]);
    drop_name(f, unused[i]);
  }

  free(unused);
  if (d->serving == 0)
    arena_reset(&d->scratch);
}

/* Later in a stream: live goes by position, and the standing part lies before all of live. */
static bool further(struct cursor at, const struct name *n) {
  if (at.position != n->position)
    return at.position > n->position;
  return at.current > n->current;
}

/* --- sessions --- */

static struct following *first_of_peer(const struct follows *f, const struct address *a) {
  if (f->n > 0)
    return hashmap_get(&f->peers, address_peer(a));
  return NULL;
}

static struct following *find(const struct follows *f, const struct address *a,
                              const struct principal *who) {
  struct following *s = first_of_peer(f, a);
  while (s && (s->who != who || !address_eq(&s->to, a)))
    s = s->next_of_peer;
  return s;
}

static void link_to_peer(struct follows *f, struct following *s) {
  s->next_of_peer = first_of_peer(f, &s->to);
  hashmap_put(&f->peers, address_peer(&s->to), s);
}

static void unlink_from_peer(struct follows *f, struct following *s) {
  struct hash128 key = address_peer(&s->to);
  struct following *first = hashmap_get(&f->peers, key);
  if (first == s) {
    if (s->next_of_peer)
      hashmap_put(&f->peers, key, s->next_of_peer);
    else
      hashmap_del(&f->peers, key);
    return;
  }

  while (first->next_of_peer != s)
    first = first->next_of_peer;

  first->next_of_peer = s->next_of_peer;
}

const char *const follow_end_words[FOLLOW_ENDS] = {
    [END_UNFOLLOWED] = "unfollowed",   [END_LEASE] = "lease",
    [END_TAKEN_OVER] = "taken-over",   [END_GONE] = "gone",
    [END_BEGUN_ANEW] = "begun-anew",   [END_OTHER_KEY] = "other-key",
    [END_DOOR_CLOSED] = "door-closed", [END_DAMAGED] = "damaged"};

void follow_end(struct follows *f, struct following *s, enum follow_end why) {
  f->door->counts.ended[why]++;
  unlink_from_peer(f, s);
  TAILQ_REMOVE(&f->all, s, link);
  if (s->queued)
    TAILQ_REMOVE(&f->ready, s, ready);
  if (s->name)
    s->name->holder = NULL;

  f->n--;
  free(s->topics.items);
  free(s->current);
  free(s);
  if (f->n == 0)
    uv_timer_stop(&f->door->tick);
}

static void end_with(struct follows *f, struct following *s, enum follow_end why,
                     enum fault_code code, const char *message) {
  struct address to = s->to;
  follow_end(f, s, why);
  door_refuse_one(f->door, &to, code, "", "%s", message);
}

void follows_heard(struct follows *f, const struct address *from, const struct principal *who) {
  struct following *s = first_of_peer(f, from), *next;
  for (; s; s = next) {
    next = s->next_of_peer;
    if (s->who == who)
      s->heard_ms = uv_now(f->door->loop);
    else
      follow_end(f, s, END_OTHER_KEY); /* a routing id is no proof of anything */
  }
}

void follows_expire(struct follows *f, uint64_t now_ms) {
  struct following *s = TAILQ_FIRST(&f->all), *next;
  for (; s; s = next) {
    next = TAILQ_NEXT(s, link);
    if (s->waiting)
      continue;

    if (!s->to.inner && now_ms - s->heard_ms > (uint64_t)f->door->lease_s * 1000)
      end_with(
          f, s, END_LEASE, FAULT_LEASE_EXPIRED,
          "the follow was silent for longer than its lease; follow again from the last cursor");
    else if (s->skipped > 0)
      stream_wake(f, s);
  }
}

bool follows_retry(struct follows *f) {
  struct following *s;
  bool any = false;

  TAILQ_FOREACH (s, &f->all, link) {
    if (!s->blocked)
      continue;
    s->blocked = false;
    any = true;
    stream_wake(f, s);
  }

  return any;
}

static size_t count_of_peer(const struct follows *f, const struct address *a) {
  size_t n = 0;
  for (const struct following *s = first_of_peer(f, a); s; s = s->next_of_peer)
    n++;
  return n;
}

static size_t count_of_process(const struct follows *f, const struct address *a) {
  const struct following *s;
  size_t n = 0;

  TAILQ_FOREACH (s, &f->all, link)
    n += s->to.connection.pid == a->connection.pid;

  return n;
}

/* --- the verb follow --- */

enum {
  F_SINCE,
  F_FROM,
  F_NAME,
  F_TOPICS,
  F_CREDIT,
  F_COUNT
};
static const struct body_row follow_rows[F_COUNT] = {
    [F_SINCE] = {"since", BODY_TEXT, false, 1, CURSOR_TEXT_MAX},
    [F_FROM] = {"from", BODY_TEXT, false, 1, CURSOR_TEXT_MAX},
    [F_NAME] = {"name", BODY_TEXT, false, 1, 64},
    [F_TOPICS] = {"topics", BODY_LIST, false, 1, TOPICS_MAX},
    [F_CREDIT] = {"credit", BODY_WHOLE, true, 0, INT64_MAX},
};

static void check_name(const struct call *c, const struct body_value *name, struct faults *v) {
  for (size_t i = 0; i < name->len; i++)
    if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
                name->text[i])) {
      faults_add(v, c->arena, FAULT_OUT_OF_RANGE, "/name",
                 "a name is 1 to 64 of A-Z a-z 0-9 . _ -");
      return;
    }
}

static void check_room(struct follows *f, const struct call *c, struct faults *v) {
  if (!address_own(&c->from))
    faults_add(v, c->arena, FAULT_ROUTING_ID, "",
               "set a routing id of 16 to 255 random bytes, the first not zero, before "
               "connecting; a new one for each socket");
  else if (count_of_peer(f, &c->from) >= FOLLOWS_A_PEER)
    faults_add(v, c->arena, FAULT_BUSY, "",
               "%d follows are open on this connection, which is the limit; end one first",
               FOLLOWS_A_PEER);
  else if (f->n >= FOLLOWS_A_PROCESS && count_of_process(f, &c->from) >= FOLLOWS_A_PROCESS)
    faults_add(v, c->arena, FAULT_BUSY, "",
               "%d follows of this process are open, which is the limit; end one first",
               FOLLOWS_A_PROCESS);
  else if (f->n >= FOLLOWS_MAX)
    faults_add(v, c->arena, FAULT_BUSY, "",
               "%d follows of all clients are open, which is the limit; try again later",
               FOLLOWS_MAX);
}

struct asked_for {
  struct body_value values[F_COUNT];
  struct topics topics;
  struct cursor at;
  struct name *name; /* known already */
  bool is_new;       /* the place is not the one that the name remembers: it is to be saved */
};

/* A name that is known goes on where it was, whatever `since` says. If the outbox has been cut
 * since then it says so, once; then it is new again. */
static void from_name(struct door *d, const struct call *c, struct asked_for *ret,
                      struct faults *v) {
  struct cursor at = {ret->name->position, ret->name->current};
  if (at.position >= filter_start(d).position && at.position <= pipeline_published(d->pipeline)) {
    ret->at = at;
    ret->is_new = false;
  } else if (!ret->name->lost) {
    ret->name->lost = true;
    faults_add(v, c->arena, FAULT_CURSOR_EXPIRED, "/name",
               "the place of this name lies outside what the outbox holds; follow it again and "
               "since counts, best \"standing\"");
  }
}

/* Is there room for one more? */
static void check_names(struct follows *f, const struct call *c, struct faults *v) {
  size_t n = 0;
  if (f->n_names < NAMES_A_PRINCIPAL)
    return;

  for (size_t i = 0; i < f->names.cap; i++) {
    const struct name *name = f->names.slots[i].value;
    n += name && strcmp(name->principal, c->who->name) == 0;
  }

  if (n >= NAMES_A_PRINCIPAL)
    faults_add(v, c->arena, FAULT_BUSY, "/name",
               "%zu durable names of '%s' are remembered, which is the limit; forget some", n,
               c->who->name);
  else if (f->n_names >= NAMES_MAX)
    faults_add(v, c->arena, FAULT_BUSY, "/name",
               "%zu durable names are remembered, which is the limit; forget some", f->n_names);
}

static bool remembers(const struct name *n, struct cursor at) {
  return n && !n->forgotten && n->position == at.position && n->current == at.current;
}

static void read_place(struct door *d, const struct call *c, struct asked_for *ret,
                       struct faults *v) {
  const struct body_value *since = &ret->values[F_SINCE], *from = &ret->values[F_FROM],
                          *name = &ret->values[F_NAME];

  if (name->given) {
    check_name(c, name, v);
    ret->name = find_name(d->follows, c->who->name, name->text, name->len);
    if (!ret->name)
      check_names(d->follows, c, v);
  }

  ret->is_new = true;
  if (from->given) {
    /* the client's own store knows best, and moves the name */
    filter_cursor(d, c, from, "/from", &ret->at, v);
    ret->is_new = !remembers(ret->name, ret->at);
  } else if (ret->name && !ret->name->forgotten)
    from_name(d, c, ret, v);

  if (!ret->is_new)
    return;

  const char *busy = NULL;
  if (name->given)
    busy = pending_limit(d, c, PENDING_CHANGE);
  if (busy)
    faults_add(v, c->arena, FAULT_BUSY, "/name", "%s", busy);

  if (from->given)
    return;

  if (since->given)
    filter_since(d, c, since, true, &ret->at, v);
  else
    ret->at = filter_start(d);
}

static int read_wish(struct door *d, const struct call *c, struct asked_for *ret,
                     struct faults *v) {
  struct json tree;
  *ret = (struct asked_for){0};
  if (body_tree(c->arena, c->body, c->len, &tree, v) < 0)
    return -EINVAL;

  body_check(c->arena, &tree, c->verb, follow_rows, F_COUNT, ret->values, v);
  if (!json_member(&tree, "since") && !json_member(&tree, "name") && !json_member(&tree, "from"))
    faults_add(v, c->arena, FAULT_MISSING, "/since",
               "follow needs a place to begin: since, \"start\", \"now\", \"standing\" or a "
               "cursor; or name; or from, a cursor");

  filter_topics(d, c, &ret->values[F_TOPICS], &ret->topics, v);
  read_place(d, c, ret, v);
  check_room(d->follows, c, v);
  if (v->n > 0)
    return -EINVAL;

  return 0;
}

static struct topics keep_topics(const struct topics *from) {
  struct topics to = {mem_array(from->n, sizeof *from->items), from->n};

  for (size_t i = 0; i < from->n; i++) {
    const struct topic *t = &from->items[i];
    to.items[i] = *t;
    for (unsigned k = 0; k < t->n; k++)
      to.items[i].segments[k] = to.items[i].text + (t->segments[k] - t->text);
  }

  return to;
}

static void admit(struct follows *f, struct following *s);

/* A follow whose name is on its way to the disk, or an unfollow whose name is on its way from it.
 */
struct saving {
  struct pending pending;
  struct name *name;
  bool forgetting;
};

static void saved(struct door *d, struct saving *w, const struct address *to) {
  struct name *n = w->name;
  if (w->forgetting)
    door_reply(d, to, "ok", "{}", 2);

  if (--n->saving > 0)
    return;

  if (n->holder)
    admit(d->follows, n->holder);
  else if (n->forgotten)
    drop_name(d->follows, n);
}

static void on_saved(void *arg, int rc) {
  struct saving *w = arg;
  struct door *d = w->pending.door;
  if (d) {
    pending_end(&w->pending);
    if (rc == 0)
      saved(d, w, &w->pending.to);
  }

  free(w);
}

static void wait_for_disk(struct door *d, const struct call *c, struct name *n, bool forgetting) {
  struct saving *w = mem_alloc(sizeof *w);
  w->name = n;
  w->forgetting = forgetting;
  n->saving++;
  pending_start(&w->pending, d, &c->from, PENDING_CHANGE);
  pipeline_when_saved(d->pipeline, on_saved, w);
}

static struct name *hold_name(struct follows *f, const struct call *c, const struct asked_for *w) {
  const struct body_value *given = &w->values[F_NAME];
  if (!given->given)
    return NULL;

  struct name *n = w->name ? w->name : add_name(f, c->who->name, given->text, given->len);

  if (w->is_new) {
    save_place(f->door, n, w->at, true);
    wait_for_disk(f->door, c, n, false);
  } else {
    touch_name(f->door, n);
  }

  n->lost = n->forgotten = false;
  if (n->holder)
    end_with(f, n->holder, END_TAKEN_OVER, FAULT_TAKEN_OVER,
             "another follow of this name took over; stop, and do not come back under it");

  return n;
}

static int64_t cut(const struct door *d, int64_t credit) {
  if (credit < d->max_credit)
    return credit;
  return d->max_credit;
}

static struct following *open_session(struct follows *f, const struct call *c,
                                      const struct asked_for *w) {
  struct following *s = mem_alloc(sizeof *s), *same = find(f, &c->from, c->who);

  /* the same request id again: begun anew, and it need not be told */
  if (same)
    follow_end(f, same, END_BEGUN_ANEW);

  *s = (struct following){.to = c->from,
                          .who = c->who,
                          .at = w->at,
                          .credit = cut(f->door, w->values[F_CREDIT].whole),
                          .waiting = true};
  s->name = hold_name(f, c, w);
  s->resumed = s->name && !w->is_new;
  if (s->name)
    s->name->holder = s;

  s->topics = keep_topics(&w->topics);
  link_to_peer(f, s);
  TAILQ_INSERT_TAIL(&f->all, s, link);
  f->n++;

  return s;
}

static void confirm(struct door *d, const struct following *s) {
  struct buf out = {0};
  json_open(&out, '{');
  json_key(&out, "cursor");
  json_cursor(d->key, s->at, &out);
  json_key(&out, "lease_s");
  json_int(&out, d->lease_s);
  json_key(&out, "max_credit");
  json_int(&out, d->max_credit);

  if (s->name) {
    json_key(&out, "resumed");
    json_bool(&out, s->resumed);
  }

  json_close(&out, '}');
  door_reply(d, &s->to, "ok", out.data, out.len);
  buf_finish(&out);
}

/* From here on the follow is confirmed, it receives publications, and its lease runs. */
static void admit(struct follows *f, struct following *s) {
  s->waiting = false;
  s->heard_ms = uv_now(f->door->loop);
  confirm(f->door, s);
  if (s->at.current != CURSOR_LIVE)
    stream_current(f, s);

  stream_wake(f, s);
}

static void on_tick(uv_timer_t *timer) {
  struct door *d = container_of(timer, struct door, tick);
  follows_expire(d->follows, uv_now(d->loop));
}

void follow_verb(struct door *d, const struct call *c) {
  struct faults v = {0};
  struct asked_for w;
  if (read_wish(d, c, &w, &v) < 0) {
    door_refuse(d, &c->from, &v);
    return;
  }

  struct following *s = open_session(d->follows, c, &w);

  /* a name that is new waits for the disk: a kill must not make it new again, and lose what came
   * since */
  if (!s->name || s->name->saving == 0)
    admit(d->follows, s);
  if (!uv_is_active((uv_handle_t *)&d->tick))
    uv_timer_start(&d->tick, on_tick, 1000, 1000);
}

/* --- credit, unfollow --- */

static struct following *session_or_refuse(struct door *d, const struct call *c) {
  struct following *s = find(d->follows, &c->from, c->who);
  if (!s)
    door_refuse_one(d, &c->from, FAULT_LEASE_EXPIRED, "",
                    "there is no follow with this request id (any more); follow again");
  return s;
}

enum {
  C_ADD,
  C_CURSOR,
  C_COUNT
};
static const struct body_row credit_rows[C_COUNT] = {
    [C_ADD] = {"add", BODY_WHOLE, true, 0, INT64_MAX},
    [C_CURSOR] = {"cursor", BODY_TEXT, false, 1, CURSOR_TEXT_MAX},
};

void credit_verb(struct door *d, const struct call *c) {
  struct following *s = session_or_refuse(d, c);
  struct body_value values[C_COUNT];
  struct cursor at = {0, 0};
  struct faults v = {0};

  if (!s)
    return;

  body_read(c->arena, c->body, c->len, c->verb, credit_rows, C_COUNT, values, &v);
  if (v.n == 0 && values[C_CURSOR].given)
    filter_cursor(d, c, &values[C_CURSOR], "/cursor", &at, &v);

  if (v.n > 0) {
    door_refuse(d, &c->from, &v);
    return;
  }

  if (s->name && values[C_CURSOR].given && further(at, s->name))
    save_place(d, s->name, at, false);

  s->credit = cut(d, s->credit + cut(d, values[C_ADD].whole));
  if (s->credit > 0)
    s->starved = false;

  stream_wake(d->follows, s);
}

static const struct body_row unfollow_row = {"forget", BODY_FLAG, false, 0, 0};

void unfollow_verb(struct door *d, const struct call *c) {
  struct following *s = session_or_refuse(d, c);
  struct body_value forget;
  struct faults v = {0};

  if (!s)
    return;

  body_read(c->arena, c->body, c->len, c->verb, &unfollow_row, 1, &forget, &v);
  bool gone = forget.given && forget.whole;
  if (gone && !s->name)
    faults_add(&v, c->arena, FAULT_OUT_OF_RANGE, "/forget",
               "this follow has no name that could be forgotten");

  const char *busy = NULL;
  if (gone)
    busy = pending_limit(d, c, PENDING_CHANGE);
  if (busy)
    faults_add(&v, c->arena, FAULT_BUSY, "/forget", "%s", busy);

  if (v.n > 0) {
    door_refuse(d, &c->from, &v);
    return;
  }

  struct name *n = s->name;
  follow_end(d->follows, s, END_UNFOLLOWED);
  if (gone) {
    forget_place(d, n);
    wait_for_disk(d, c, n, true); /* which answers */
  } else
    door_reply(d, &c->from, "ok", "{}", 2);
}

/* --- all of them --- */

static void on_published(void *arg, uint64_t up_to) {
  (void)up_to;
  stream_told(arg);
}

struct follows *follows_create(struct door *d) {
  struct follows *f = mem_alloc(sizeof *f);
  f->door = d;
  TAILQ_INIT(&f->all);
  TAILQ_INIT(&f->ready);
  uv_idle_init(d->loop, &f->pump);

  int rc = store_cursors(pipeline_store(d->pipeline), on_stored_name, f);
  if (rc < 0)
    log_error("names of follows cannot be read", "reason=%s", strerror(-rc));

  pipeline_on_published(d->pipeline, on_published, f);

  return f;
}

void follows_destroy(struct follows *f) {
  while (!TAILQ_EMPTY(&f->all))
    follow_end(f, TAILQ_FIRST(&f->all), END_DOOR_CLOSED);
  for (size_t i = 0; i < f->names.cap; i++)
    if (f->names.slots[i].value)
      free_name(f->names.slots[i].value);

  hashmap_finish(&f->names);
  hashmap_finish(&f->peers);
  tail_finish(&f->tail);
  free(f);
}
