/* door - see door.h. The endpoint, the verbs in rows, replies, and the end. */
#include "door/door.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LOG_AREA "door"
#include "base/clock_guard.h"
#include "base/log.h"
#include "base/mem.h"
#include "door/follow.h"
#include "door/local_client.h"

#define PROTOCOL 1
/* More than the largest legal batch, whose sender would be cut off unheard otherwise. */
#define MESSAGE_MAX (1280 * 1024)
#define BODY_MAX (64 * 1024) /* of verbs that carry no events */
#define UNREAD_CONNECTION                                                                          \
  ((size_t)2 << 20)                       /* with so much to read a client is not served further */
#define UNREAD_PROCESS ((size_t)16 << 20) /* nor with so much on all connections of its process */
#define UNREAD_PRESSED ((size_t)4 << 20)  /* the same while much is unread by all */
#define RETRY_MS 20
#define LEASE_S 30
#define MAX_CREDIT 64
#define NAMES_KEEP 90
#define SWEEP_MS 60000
#define CONNECTIONS 2000
#define IDLE_MS 60000
#define CROWDED_MS 5000 /* nobody was turned away for so long: it is over */

/* --- replies --- */

static void on_retry(uv_timer_t *timer) {
  struct door *d = container_of(timer, struct door, retry);
  bool replies = peers_retry(&d->peers, uv_now(d->loop)), follows = follows_retry(d->follows);
  if (!replies && !follows)
    uv_timer_stop(timer);
}

void door_wake_retry(struct door *d) {
  if (!uv_is_active((uv_handle_t *)&d->retry))
    uv_timer_start(&d->retry, on_retry, RETRY_MS, RETRY_MS);
}

void door_reply(struct door *d, const struct address *to, const char *status, const void *body,
                size_t len) {
  if (to->inner) {
    inner_reply(to->inner, to, status, body, len);
    return;
  }
  if (to->n_routing == 0)
    return; /* the client that asked is gone */

  peers_reply(&d->peers, to, status, body, len, uv_now(d->loop));
  if (d->peers.n > 0)
    door_wake_retry(d);
}

void door_refuse(struct door *d, const struct address *to, const struct faults *v) {
  struct buf out = {0};
  json_open(&out, '[');
  for (uint32_t i = 0; i < v->n; i++) {
    d->counts.refusals[v->faults[i].code]++;
    fault_json(&out, &v->faults[i]);
  }

  json_close(&out, ']');
  door_reply(d, to, "error", out.data, out.len);
  buf_finish(&out);
}

void door_refuse_one(struct door *d, const struct address *to, enum fault_code code,
                     const char *pointer, const char *fmt, ...) {
  char text[400];
  va_list args;

  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  struct fault f = {code, pointer, text, -1};
  struct faults v = {.faults = &f, .n = 1};

  door_refuse(d, to, &v);
}

/* --- day, ping --- */

static void write_day(struct buf *out, int32_t day) {
  char text[DATE_TEXT];
  json_key(out, "day");
  json_str(out, day == ABSENT ? NULL : date_text(day, text));
}

void ping_verb(struct door *d, const struct call *c) {
  struct faults v = {0};
  struct buf out = {0};

  if (body_read(c->arena, c->body, c->len, c->verb, NULL, 0, NULL, &v) < 0) {
    door_refuse(d, &c->from, &v);
    return;
  }

  json_open(&out, '{');
  json_key(&out, "version");
  json_str(&out, d->version);
  json_key(&out, "protocol");
  json_int(&out, PROTOCOL);
  write_day(&out, pipeline_day(d->pipeline));
  json_close(&out, '}');
  door_reply(d, &c->from, "ok", out.data, out.len);
  buf_finish(&out);
}

struct day {
  struct pending pending;
  int32_t day;
};

static void reply_day(struct door *d, const struct day *day, uint64_t position) {
  struct buf out = {0};
  json_open(&out, '{');
  write_day(&out, day->day);
  json_key(&out, "position");
  json_position(d->key, position, &out);
  json_close(&out, '}');
  door_reply(d, &day->pending.to, "ok", out.data, out.len);
  buf_finish(&out);
}

static void refuse_day(struct door *d, const struct address *to, int rc) {
  char text[DATE_TEXT];

  if (rc == -ERANGE)
    door_refuse_one(d, to, FAULT_OUT_OF_RANGE, "/date",
                    "the day is %s already and never goes back; give that or a later one",
                    date_text(pipeline_day(d->pipeline), text));
  else if (rc == -EBUSY)
    door_refuse_one(d, to, FAULT_BUSY, "",
                    "the daemon's disk is full and the day was not stored; send it again later");
}

static void on_day(void *arg, int rc, uint64_t position) {
  struct day *day = arg;
  struct door *d = day->pending.door;
  if (d) {
    if (rc < 0)
      refuse_day(d, &day->pending.to, rc);
    else
      reply_day(d, day, position);
    pending_end(&day->pending);
  }

  free(day);
}

enum {
  DAY_DATE,
  DAY_CONFIRM,
  DAY_ROWS
};
static const struct body_row day_rows[DAY_ROWS] = {
    [DAY_DATE] = {"date", BODY_DATE, false, 0, 0},
    [DAY_CONFIRM] = {"confirm", BODY_DATE, false, 0, 0},
};

/* Where the day follows the clock it is only confirmed, elsewhere only set. */
static bool day_allowed(struct door *d, const struct call *c,
                        const struct body_value values[DAY_ROWS]) {
  const char *why = NULL;

  if (!d->day_manual && values[DAY_DATE].given)
    why = "the day follows the clock here; day = manual in the configuration lets you set it";
  if (d->day_manual && values[DAY_CONFIRM].given)
    why =
        "the day does not follow the clock here, so there is nothing to confirm; set it with date";

  if (!access_may(c->who, ACTION_ADMIN, NULL, NULL, NULL, NULL))
    why = "only a local administrator sets or confirms the day";

  if (why)
    door_refuse_one(d, &c->from, FAULT_FORBIDDEN, "", "%s", why);

  return !why;
}

/* From here on the clock is believed, so that the daemon journals the day itself where this attempt
 * finds no room. */
static bool confirm_clock(struct door *d, const struct call *c, int32_t day) {
  struct clock_look look = clock_look();
  char text[DATE_TEXT];

  if (!look.may_confirm) {
    door_refuse_one(d, &c->from, FAULT_OUT_OF_RANGE, "/confirm",
                    "the day does not wait: there is nothing to confirm");
    return false;
  }
  if (clock_confirm(day))
    return true;

  door_refuse_one(d, &c->from, FAULT_OUT_OF_RANGE, "/confirm",
                  "the clock says %s now; if that is right, confirm that date",
                  date_text(look.today, text));

  return false;
}

void day_verb(struct door *d, const struct call *c) {
  struct body_value values[DAY_ROWS] = {0};
  struct faults v = {0};
  const unsigned wanted = d->day_manual ? DAY_DATE : DAY_CONFIRM;

  body_read(c->arena, c->body, c->len, c->verb, day_rows, DAY_ROWS, values, &v);
  if (!day_allowed(d, c, values))
    return;

  if (v.n == 0 && !values[wanted].given)
    faults_add(&v, c->arena, FAULT_MISSING, wanted == DAY_DATE ? "/date" : "/confirm",
               "day needs %s, a date such as 2026-09-01", day_rows[wanted].name);

  if (v.n > 0) {
    door_refuse(d, &c->from, &v);
    return;
  }
  if (wanted == DAY_CONFIRM && !confirm_clock(d, c, (int32_t)values[DAY_CONFIRM].whole))
    return;

  const char *limit = pending_limit(d, c, PENDING_CHANGE);
  if (limit) {
    door_refuse_one(d, &c->from, FAULT_BUSY, "", "%s", limit);
    return;
  }

  struct day *day = mem_alloc(sizeof *day);
  day->day = (int32_t)values[wanted].whole;
  pending_start(&day->pending, d, &c->from, PENDING_CHANGE);

  int rc = pipeline_set_day(d->pipeline, day->day, on_day, day);
  if (rc < 0)
    on_day(day, rc, 0);
}

/* --- the verbs --- */

static const struct verb {
  const char *name;
  enum action action;
  /* its body may be as large as a batch: push and propose say themselves what is too much */
  bool large;
  /* served however much the client has not read: it says what it has read, or wants no more */
  bool always;
  void (*handle)(struct door *d, const struct call *c);
} verbs[] = {
    {"push", ACTION_PUSH, true, false, push_verb},
    {"check", ACTION_PUSH, true, false, push_verb},
    {"replay", ACTION_READ, false, false, replay_verb},
    {"follow", ACTION_READ, false, false, follow_verb},
    {"credit", ACTION_READ, false, true, credit_verb},
    {"unfollow", ACTION_READ, false, true, unfollow_verb},
    {"ask", 0, false, false, ask_verb},
    {"propose", ACTION_PUBLISH, true, false, propose_verb},
    {"publish", ACTION_PUBLISH, false, false, publish_verb},
    {"approve", ACTION_PUBLISH, false, false, publish_verb},
    {"rollback", ACTION_PUBLISH, false, false, publish_verb},
    {"restore", ACTION_PUBLISH, false, false, publish_verb},
    {"day", 0, false, false, day_verb},
    {"ping", 0, false, false, ping_verb},
};

_Static_assert(ARRAY_LEN(verbs) == DOOR_VERBS, "as many are counted");

static const struct verb *find_verb(const struct part *name) {
  for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
    if (strlen(verbs[i].name) == name->len && memcmp(verbs[i].name, name->data, name->len) == 0)
      return &verbs[i];
  return NULL;
}

/* Who has much to read reads first: neither memory nor the work for answers that nobody reads is
 * there for the asking. */
static bool must_read_first(struct door *d, const struct call *c) {
  size_t bytes = peers_unread(&d->peers, &c->from);

  if (bytes >= UNREAD_CONNECTION) {
    door_refuse_one(d, &c->from, FAULT_BUSY, "",
                    "%zu KiB of replies wait on this connection; read them, then send this again",
                    bytes >> 10);
    return true;
  }

  size_t all = peers_unread_of_all(&d->peers);
  if (all < UNREAD_PROCESS)
    return false;

  bytes = peers_unread_of_process(&d->peers, &c->from);
  if (bytes < (all < PEERS_PRESSED ? UNREAD_PROCESS : UNREAD_PRESSED))
    return false;

  door_refuse_one(
      d, &c->from, FAULT_BUSY, "",
      "%zu KiB of replies wait on the connections of this process; read them, then send this again",
      bytes >> 10);

  return true;
}

static void serve(struct door *d, struct call *c, const struct part *name) {
  const struct verb *verb = find_verb(name);
  if (verb)
    d->counts.requests[verb - verbs]++;
  if (!c->who)
    door_refuse_one(d, &c->from, FAULT_FORBIDDEN, "", "this key is not known here");
  else if (!verb)
    door_refuse_one(d, &c->from, FAULT_UNKNOWN_VERB, "",
                    "the verbs are push, check, replay, follow, credit, unfollow, ask, propose, "
                    "publish, approve, rollback, restore, day, ping");
  else if ((c->who->may & verb->action) != (unsigned)verb->action)
    door_refuse_one(d, &c->from, FAULT_FORBIDDEN, "", "the key may not %s", verb->name);
  else if (!verb->large && c->len > BODY_MAX)
    door_refuse_one(d, &c->from, FAULT_TOO_LARGE, "", "the body of %s has at most 64 KiB",
                    verb->name);
  else if (c->from.inner || verb->always || !must_read_first(d, c)) {
    c->verb = verb->name;
    verb->handle(d, c);
  }
}

void door_serve(struct door *d, struct call *c, const struct part *name) {
  d->serving++;
  serve(d, c, name);
  if (--d->serving == 0)
    arena_reset(&d->scratch);
}

static void on_heard(void *arg, const struct part *parts, size_t n, const char *user,
                     const char *address) {
  struct door *d = arg;
  struct frames f;
  const char *fault = frames_read(parts, n, &f);

  f.from.connection = listener_heard(d->listener, address);
  struct call c = {.from = f.from,
                   .who = access_principal(user),
                   .body = f.body.data,
                   .len = f.body.len,
                   .arena = &d->scratch};
  if (f.from.n_routing == 0)
    return;

  follows_heard(d->follows, &f.from, c.who);
  if (fault)
    door_refuse_one(d, &f.from, FAULT_BAD_FRAMES, "", "%s", fault);
  else
    door_serve(d, &c, &f.verb);
}

/* --- the endpoint --- */

static const char *path_of(const char *endpoint) {
  static const char ipc[] = "ipc://";
  if (strncmp(endpoint, ipc, sizeof ipc - 1) == 0)
    return endpoint + sizeof ipc - 1;
  return NULL;
}

static int check_endpoint(const char *endpoint, struct error *err) {
  const char *path = path_of(endpoint);
  struct sockaddr_un a;

  if (strncmp(endpoint, "tcp://", 6) == 0)
    return error_set(err, -EPROTONOSUPPORT,
                     "door '%s': tcp is refused, because there are no keys yet to prove who "
                     "speaks; use ipc:///PATH",
                     endpoint);

  if (!path)
    return error_set(err, -EPROTONOSUPPORT, "door '%s': use ipc:///PATH", endpoint);
  if (path[0] != '/') /* also the abstract names, which have no permissions */
    return error_set(err, -EINVAL, "door '%s': the path after ipc:// begins with /", endpoint);

  if (strlen(path) >= sizeof a.sun_path)
    return error_set(err, -ENAMETOOLONG, "door '%s': the path has at most %zu bytes", endpoint,
                     sizeof a.sun_path - 1);

  return 0;
}

static const struct {
  int option, value;
} socket_options[] = {
    {ZMQ_ROUTER_MANDATORY,
     1}, /* a full or absent peer is an error for us to see, not a message lost */
    {ZMQ_ROUTER_HANDOVER, 0}, /* nobody takes over a routing id that is in use */
    {ZMQ_LINGER, 200},
    {ZMQ_SNDHWM, 100},
    {ZMQ_RCVHWM, 100},
    {ZMQ_HEARTBEAT_IVL, 5000},
    {ZMQ_HEARTBEAT_TIMEOUT, 15000},
    {ZMQ_HANDSHAKE_IVL, 3000},
    {ZMQ_BACKLOG, 512},
};

static int set_options(void *socket, struct error *err) {
  int64_t largest = MESSAGE_MAX;

  for (size_t i = 0; i < ARRAY_LEN(socket_options); i++)
    if (zmq_setsockopt(socket, socket_options[i].option, &socket_options[i].value, sizeof(int)) !=
        0)
      return error_set(err, -zmq_errno(), "ZeroMQ refuses option %d: %s", socket_options[i].option,
                       zmq_strerror(zmq_errno()));

  if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest) != 0)
    return error_set(err, -zmq_errno(), "ZeroMQ refuses a largest size: %s",
                     zmq_strerror(zmq_errno()));

  return 0;
}

static int bind_socket(struct door *d, void *socket, struct error *err) {
  int fd = listener_fd(d->listener);

  if (zmq_setsockopt(socket, ZMQ_USE_FD, &fd, sizeof fd) != 0 || zmq_bind(socket, d->endpoint) != 0)
    return error_set(err, -zmq_errno(), "cannot listen at %s: %s", d->endpoint,
                     zmq_strerror(zmq_errno()));

  listener_taken(d->listener);

  return 0;
}

static void on_news_elsewhere(void *arg) {
  struct door *d = arg;
  uv_async_send(&d->news);
}

static int listen_at(struct door *d, size_t connections, struct error *err) {
  struct listener_options o = {.path = path_of(d->endpoint),
                               .connections = connections,
                               .news = on_news_elsewhere,
                               .arg = d};

  /* the leases of follows are renewed in time, so those are never idle */
  o.idle_ms = (uint64_t)d->lease_s * 2000;
  if (o.idle_ms < IDLE_MS)
    o.idle_ms = IDLE_MS;

  return listener_open(&d->listener, &o, err);
}

static int open_socket(struct door *d, size_t connections, void **ret_socket, struct error *err) {
  int rc = check_endpoint(d->endpoint, err);
  if (rc == 0)
    rc = listen_at(d, connections, err);

  if (rc < 0)
    return rc;

  void *socket = zmq_socket(d->context, ZMQ_ROUTER);
  if (!socket)
    return error_set(err, -zmq_errno(), "no ZeroMQ socket: %s", zmq_strerror(zmq_errno()));

  rc = set_options(socket, err);
  if (rc == 0)
    rc = bind_socket(d, socket, err);
  if (rc == 0)
    *ret_socket = socket;
  else
    zmq_close(socket);

  return rc;
}

/* --- the limit on connections, told once at its beginning and once at its end --- */

static void on_crowded(uv_timer_t *timer) {
  struct door *d = container_of(timer, struct door, crowded);
  uint64_t n = listener_turned_away(d->listener);

  if (n != d->turned_away) {
    d->turned_away = n;
    d->turned_away_ms = uv_now(d->loop);
    return;
  }
  if (uv_now(d->loop) - d->turned_away_ms < CROWDED_MS)
    return;

  uv_timer_stop(timer);
  log_info("there is room for connections again", "closed=%llu", (unsigned long long)n);
}

static void on_news(uv_async_t *async) {
  struct door *d = container_of(async, struct door, news);
  struct listener_stats now;

  if (uv_is_active((uv_handle_t *)&d->crowded))
    return;

  listener_stats(d->listener, &now);
  log_warn("connections are at their limit; those that are silent or idle are closed to make room "
           "for new ones",
           "connections=%zu limit=%zu", now.connections, now.limit);
  d->counts.full++;
  d->turned_away_ms = uv_now(d->loop);
  uv_timer_start(&d->crowded, on_crowded, 1000, 1000);
}

/* --- begin and end --- */

/* Waits for LINGER at most. A signal interrupts it, and until it is through libzmq's threads use
 * the listener and the replies. */
static void end_context(void *context) {
  while (zmq_ctx_term(context) < 0 && zmq_errno() == EINTR)
    continue;
}

static void free_door(struct door *d) {
  end_context(d->context);
  listener_close(d->listener);
  arena_finish(&d->scratch);
  free(d->endpoint);
  free(d->version);
  free(d);
}

static void on_failed_closed(uv_handle_t *handle) {
  free_door(container_of(handle, struct door, news));
}

/* The memory goes when the loop has let go of the one handle. */
static int fail(struct door *d, int rc) {
  if (d->listener)
    listener_quiet(d->listener);
  uv_close((uv_handle_t *)&d->news, on_failed_closed);
  return rc;
}

static void on_sweep(uv_timer_t *timer) {
  struct door *d = container_of(timer, struct door, sweep);

  follows_sweep_names(d->follows);
  uv_timer_start(timer, on_sweep, SWEEP_MS, 0);
}

int door_create(struct door **ret, uv_loop_t *loop, struct pipeline *p,
                const struct door_options *o, struct error *err) {
  struct door *d = mem_alloc(sizeof *d);
  void *socket = NULL;

  *d = (struct door){.loop = loop,
                     .pipeline = p,
                     .key = store_key(pipeline_store(p)),
                     .day_manual = o->day_manual};
  d->endpoint = mem_strdup(o->endpoint);
  d->version = mem_strdup(o->version ? o->version : "");

  if (o->lease_s > 0)
    d->lease_s = o->lease_s;
  else
    d->lease_s = LEASE_S;

  if (o->max_credit > 0)
    d->max_credit = o->max_credit;
  else
    d->max_credit = MAX_CREDIT;

  if (o->names_keep > 0)
    d->names_keep = o->names_keep;
  else
    d->names_keep = NAMES_KEEP;

  d->context = zmq_ctx_new();
  TAILQ_INIT(&d->pending);
  uv_async_init(loop, &d->news, on_news);

  int rc = open_socket(d, o->connections > 0 ? (size_t)o->connections : CONNECTIONS, &socket, err);
  if (rc == 0)
    rc = zsock_init(&d->zsock, loop, socket, on_heard, d, err);

  if (rc < 0)
    return fail(d, rc);

  peers_init(&d->peers, &d->zsock, d->listener);
  uv_timer_init(loop, &d->retry);
  uv_timer_init(loop, &d->tick);
  uv_timer_init(loop, &d->crowded);
  uv_timer_init(loop, &d->sweep);
  d->follows = follows_create(d);
  on_sweep(&d->sweep);
  log_info("open", "endpoint=%s lease_s=%d max_credit=%d", d->endpoint, (int)d->lease_s,
           (int)d->max_credit);
  *ret = d;

  return 0;
}

static void part_closed(struct door *d) {
  if (--d->open_parts > 0)
    return;

  void (*done)(void *) = d->done;
  void *arg = d->done_arg;
  follows_destroy(d->follows);
  peers_finish(&d->peers);
  free_door(d);
  if (done)
    done(arg);
}

static void on_handle_closed(uv_handle_t *handle) {
  part_closed(handle->data);
}

static void on_zsock_closed(void *arg) {
  part_closed(arg);
}

void door_destroy(struct door *d, void (*done)(void *arg), void *arg) {
  struct pending *p;
  if (!d) {
    if (done)
      done(arg);
    return;
  }

  d->done = done;
  d->done_arg = arg;
  pipeline_on_published(d->pipeline, NULL, NULL);
  listener_quiet(d->listener);
  while ((p = TAILQ_FIRST(&d->pending)))
    pending_end(p);

  uv_handle_t *handles[] = {(uv_handle_t *)&d->retry,         (uv_handle_t *)&d->tick,
                            (uv_handle_t *)&d->follows->pump, (uv_handle_t *)&d->news,
                            (uv_handle_t *)&d->crowded,       (uv_handle_t *)&d->sweep};
  d->open_parts = ARRAY_LEN(handles) + 1;
  for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
    handles[i]->data = d;
    uv_close(handles[i], on_handle_closed);
  }

  zsock_finish(&d->zsock, on_zsock_closed, d);
}

void door_on_plugins(struct door *d, const struct door_plugins *answers, void *arg) {
  d->plugins = answers;
  d->plugins_arg = arg;
}

const char *door_verb_word(size_t i) {
  return verbs[i].name;
}

void door_stats(const struct door *d, struct door_stats *ret) {
  struct listener_stats l;

  listener_stats(d->listener, &l);
  *ret = (struct door_stats){.counts = &d->counts,
                             .follows = d->follows->n,
                             .names = d->follows->n_names,
                             .pending = d->n_pending,
                             .connections = l.connections,
                             .connections_limit = l.limit,
                             .evicted = l.evicted,
                             .refused = l.refused,
                             .unread = peers_unread_of_all(&d->peers),
                             .disconnected = d->peers.disconnected};
}
