/* follow - delivers publications in order, each once.
 *
 * A session belongs to the link's socket; with a new socket it is begun anew from the last cursor
 * that was delivered. Credit is given back, and what was delivered acknowledged, by halves of the
 * window, or when nothing more has come for a moment. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CREDIT 50
#define QUIET_MS 250 /* then what was delivered is acknowledged, be it ever so little */
#define STOP_MS 1000
#define FORGET_MS 10000 /* its answer waits for the disk */
#define LEASE_MOST_S 86400

/* The last sequence that was delivered of an authority and school. */
struct seen {
  char *place;
  int64_t sequence;
};

enum follow_state {
  FOLLOW_DUE,   /* to be sent at due_ms */
  FOLLOW_ASKED, /* sent; not confirmed yet */
  FOLLOW_ON,
  FOLLOW_STOPPING, /* unfollow was sent, or is to be */
  FOLLOW_OVER,
};

struct needs_follow {
  TAILQ_ENTRY(needs_follow) link;
  struct needs *n;
  struct needs_follow_options calls; /* of these only the functions */
  void *arg;
  char *name, *topics, *since;
  int credit, window;    /* wished; had */
  bool own_cursor;       /* `cursor` says where the follow is, not the name */
  bool closed, stopping; /* stopping: in the next turn, when what is being delivered counts */
  bool forget, resumed;  /* the name is to be forgotten; it was known when the follow began */
  char *cursor, *acknowledged;
  int unpaid; /* credit used and not given back */
  enum follow_state state;
  uint64_t id; /* of this session's request */
  int64_t due_ms, backoff_ms;
  struct seen *seen;
  size_t n_seen;
};

/* --- making and freeing --- */

void follow_free(struct needs_follow *f) {
  TAILQ_REMOVE(&f->n->follows, f, link);
  for (size_t i = 0; i < f->n_seen; i++)
    free(f->seen[i].place);

  free(f->seen);
  free(f->name);
  free(f->topics);
  free(f->since);
  free(f->cursor);
  free(f->acknowledged);
  free(f);
}

static char *list_of_topics(const struct needs_follow_options *o) {
  struct bytes b = {0};

  for (size_t i = 0; i < o->n_topics; i++) {
    bytes_str(&b, i ? "," : "[");
    bytes_quoted(&b, o->topics[i]);
  }

  bytes_str(&b, "]");
  if (b.failed)
    bytes_finish(&b);

  return b.s;
}

static bool copy(char **into, const char *text) {
  char *fresh = NULL;
  if (text)
    fresh = strdup(text);

  if (text && !fresh)
    return false;

  free(*into);
  *into = fresh;

  return true;
}

static int take_options(struct needs_follow *f, const struct needs_follow_options *o) {
  bool topics = o->topics && o->n_topics;
  f->calls = *o;
  if (o->credit)
    f->credit = o->credit;
  else
    f->credit = CREDIT;

  f->own_cursor = o->cursor != NULL;
  if (topics)
    f->topics = list_of_topics(o);

  bool good = copy(&f->name, o->name) && copy(&f->since, o->since) && copy(&f->cursor, o->cursor) &&
              (!topics || f->topics);

  /* theirs, not ours */
  f->calls.name = f->calls.cursor = f->calls.since = NULL;
  f->calls.topics = NULL;
  if (good)
    return 0;

  return -ENOMEM;
}

int needs_follow(struct needs *n, const struct needs_follow_options *options, void *arg,
                 struct needs_follow **ret) {
  if (!options->deliver)
    return link_why(n, -EINVAL, "a follow needs 'deliver'");
  if (options->credit < 0)
    return link_why(n, -EINVAL, "credit is how many may be on their way; 0 for the default");

  struct needs_follow *f = calloc(1, sizeof *f);
  if (!f)
    return link_why(n, -ENOMEM, "out of memory");

  f->n = n;
  f->arg = arg;
  f->backoff_ms = BUSY_FIRST_MS;
  TAILQ_INSERT_TAIL(&n->follows, f, link);

  int rc = take_options(f, options);
  if (rc) {
    follow_free(f);
    return link_why(n, rc, "out of memory");
  }

  link_wake(n);
  *ret = f;

  return 0;
}

const char *needs_follow_cursor(const struct needs_follow *f) {
  return f->cursor;
}

/* --- what is sent --- */

static void body_of_follow(const struct needs_follow *f, struct bytes *b) {
  bytes_printf(b, "{\"credit\":%d", f->credit);
  if (f->name) {
    bytes_str(b, ",\"name\":");
    bytes_quoted(b, f->name);
  }

  if (f->own_cursor) {
    bytes_str(b, f->name ? ",\"from\":" : ",\"since\":");
    bytes_quoted(b, f->cursor);
  } else if (f->since || !f->name) {
    bytes_str(b, ",\"since\":");
    bytes_quoted(b, text_or(f->since, "start"));
  }

  if (f->topics)
    bytes_printf(b, ",\"topics\":%s", f->topics);

  bytes_str(b, "}");
}

static void begin(struct needs_follow *f) {
  struct bytes b = {0};
  body_of_follow(f, &b);
  f->id = ++f->n->last_id;
  f->unpaid = 0;

  if (b.failed)
    f->due_ms = f->n->now_ms + BUSY_MOST_MS;
  else if (!link_send(f->n, "follow", f->id, b.s, b.len))
    f->state = FOLLOW_ASKED;

  bytes_finish(&b);
}

static bool behind(const struct needs_follow *f) {
  return f->cursor && (!f->acknowledged || strcmp(f->cursor, f->acknowledged));
}

static void send_credit(struct needs_follow *f) {
  struct bytes b = {0};
  bytes_printf(&b, "{\"add\":%d", f->unpaid);
  if (behind(f)) {
    bytes_str(&b, ",\"cursor\":");
    bytes_quoted(&b, f->cursor);
  }

  bytes_str(&b, "}");
  if (!b.failed && !link_send(f->n, "credit", f->id, b.s, b.len)) {
    f->unpaid = 0;
    copy(&f->acknowledged, f->cursor);
    f->due_ms = NEVER;
  }

  bytes_finish(&b);
}

/* --- what arrives --- */

static void end(struct needs_follow *f, const char *code, const char *message) {
  f->state = FOLLOW_OVER;
  if (f->calls.ended && !f->closed)
    f->calls.ended(f->arg, code, message);
}

static struct seen *seen_at(struct needs_follow *f, char *place) {
  for (size_t i = 0; i < f->n_seen; i++)
    if (!strcmp(f->seen[i].place, place))
      return &f->seen[i];
  return NULL;
}

static char *place_of(struct span publication) {
  struct bytes b = {0};
  struct span authority = span_member(publication, "authority"),
              school = span_member(publication, "school");

  bytes_add(&b, authority.at, authority.len);
  bytes_add(&b, school.at, school.len);
  if (b.failed)
    bytes_finish(&b);

  return b.s;
}

/* Sequences count upwards within one school; one that is not higher was delivered already. Without
 * one nothing can be said. */
static bool delivered_before(struct needs_follow *f, struct span publication, int64_t sequence) {
  char *place = NULL;
  if (sequence)
    place = place_of(publication);

  const struct seen *seen = NULL;
  if (place)
    seen = seen_at(f, place);

  free(place);

  return seen && sequence <= seen->sequence;
}

static void note(struct needs_follow *f, struct span publication, int64_t sequence) {
  char *place = NULL;
  if (sequence)
    place = place_of(publication);

  struct seen *seen = NULL;
  if (place)
    seen = seen_at(f, place);
  if (place && !seen) {
    struct seen *more = realloc(f->seen, (f->n_seen + 1) * sizeof *more);
    if (more) {
      f->seen = more;
      seen = &more[f->n_seen++];
      *seen = (struct seen){place, 0};
      place = NULL;
    }
  }

  free(place);
  if (seen)
    seen->sequence = sequence;
}

static int64_t sequence_of(struct span publication) {
  char *text = span_text(span_member(publication, "sequence"));
  int64_t n = 0;

  if (text)
    n = strtoll(text, NULL, 10);

  free(text);

  return n;
}

/* A copy, so that it ends where it ends. */
static int hand_over(struct needs_follow *f, struct span publication, const char *cursor) {
  int64_t sequence = sequence_of(publication);
  if (delivered_before(f, publication, sequence))
    return 0;

  char *text = span_copy(publication);
  if (!text)
    return -ENOMEM;

  int rc = f->calls.deliver(f->arg, text, publication.len, cursor);
  free(text);
  if (!rc)
    note(f, publication, sequence);

  return rc;
}

static void move(struct needs_follow *f, char **cursor) {
  free(f->cursor);
  f->cursor = *cursor;
  *cursor = NULL;
  f->own_cursor = true;
  if (f->due_ms == NEVER)
    f->due_ms = f->n->now_ms + QUIET_MS;
}

static void on_pub(struct needs_follow *f, struct span body) {
  struct span publication = span_member(body, "publication");
  char *cursor = span_text(span_member(body, "cursor"));
  if (!cursor || f->state != FOLLOW_ON || f->stopping) {
    free(cursor);
    return;
  }

  if (publication.at) {
    f->unpaid++;
    if (hand_over(f, publication, cursor)) {
      free(cursor);
      f->stopping = true;
      return;
    }
  } else if (f->calls.passed)
    f->calls.passed(f->arg, cursor);

  move(f, &cursor);
  if (f->unpaid * 2 >= f->window && f->state == FOLLOW_ON)
    send_credit(f);
}

static void on_begun(struct needs_follow *f, struct span body) {
  char *cursor = span_text(span_member(body, "cursor"));
  int64_t lease_s = span_number(span_member(body, "lease_s"), 0),
          most = span_number(span_member(body, "max_credit"), 1);
  if (lease_s > 0 && lease_s <= LEASE_MOST_S)
    f->n->lease_ms = lease_s * 1000;
  if (f->credit < most)
    f->window = f->credit;
  else
    f->window = (int)most;

  f->backoff_ms = BUSY_FIRST_MS;
  f->state = FOLLOW_ON;
  f->due_ms = NEVER;
  f->resumed = span_is(span_member(body, "resumed"), 't');
  if (!cursor)
    return;

  copy(&f->acknowledged, cursor);
  if (f->calls.began)
    f->calls.began(f->arg, cursor);

  move(f, &cursor);
  f->due_ms = NEVER;
}

static void try_later(struct needs_follow *f) {
  f->state = FOLLOW_DUE;
  f->due_ms = f->n->now_ms + link_jitter(f->backoff_ms);
  f->backoff_ms = link_backoff(f->backoff_ms, BUSY_MOST_MS);
}

static void on_fault(struct needs_follow *f, struct span faults) {
  struct span first = span_next(faults, (struct span){0});
  char *code = span_text(span_member(first, "code")),
       *message = span_text(span_member(first, "message"));

  if (f->state == FOLLOW_STOPPING && !f->forget)
    end(f, "stopped", "");
  else if (f->state != FOLLOW_STOPPING && code && !strcmp(code, "busy"))
    try_later(f);
  else if (f->state != FOLLOW_STOPPING && code && !strcmp(code, "lease-expired"))
    link_lost(f->n, "the lease of a follow expired"); /* a fresh socket, as the protocol asks */
  else
    end(f, text_or(code, "error"), text_or(message, ""));

  free(code);
  free(message);
}

bool follows_heard(struct needs *n, const struct link_reply *r) {
  struct needs_follow *f;
  struct span body = {r->body, r->len};

  TAILQ_FOREACH (f, &n->follows, link) {
    if (f->id == r->id)
      break;
  }
  if (!f || !r->id)
    return false;
  if (f->closed || f->state == FOLLOW_OVER || f->state == FOLLOW_DUE)
    return true;

  if (!strcmp(r->status, "pub"))
    on_pub(f, body);
  else if (!strcmp(r->status, "error"))
    on_fault(f, body);
  else if (f->state == FOLLOW_ASKED)
    on_begun(f, body);
  else if (f->state == FOLLOW_STOPPING)
    end(f, "stopped", "");

  return true;
}

/* --- turns --- */

static void stop(struct needs_follow *f) {
  bool on = f->state == FOLLOW_ON;
  const char *body = "";

  if (f->forget)
    body = "{\"forget\":true}";
  if (on)
    send_credit(f);

  bool asked = on && !link_send(f->n, "unfollow", f->id, body, strlen(body));
  f->state = FOLLOW_STOPPING;
  f->due_ms = f->n->now_ms;
  if (asked && f->forget)
    f->due_ms += FORGET_MS;
  else if (asked)
    f->due_ms += STOP_MS;
}

/* The daemon did not answer the unfollow in time, or the connection is gone. */
static void end_unheard(struct needs_follow *f) {
  if (f->forget)
    end(f, "silent", "the daemon did not confirm that it forgot the name");
  else
    end(f, "stopped", "");
}

static void follow_turn(struct needs_follow *f) {
  int64_t now = f->n->now_ms;
  if (f->closed)
    return;

  if (f->stopping && f->state != FOLLOW_STOPPING && f->state != FOLLOW_OVER)
    stop(f);
  if (f->state == FOLLOW_STOPPING && (now >= f->due_ms || f->n->state != LINK_UP))
    end_unheard(f);
  else if (f->state == FOLLOW_DUE && f->n->state == LINK_UP && now >= f->due_ms)
    begin(f);
  else if (f->state == FOLLOW_ON && now >= f->due_ms)
    send_credit(f);
}

void follows_turn(struct needs *n) {
  struct needs_follow *f;
  TAILQ_FOREACH (f, &n->follows, link)
    follow_turn(f);
}

void follows_lost(struct needs *n) {
  struct needs_follow *f;
  TAILQ_FOREACH (f, &n->follows, link) {
    if (f->state != FOLLOW_ASKED && f->state != FOLLOW_ON)
      continue;
    f->state = FOLLOW_DUE;
    f->due_ms = n->now_ms;
    copy(&f->acknowledged, NULL);
  }
}

static bool active(const struct needs_follow *f) {
  return !f->closed && f->state != FOLLOW_OVER;
}

bool follows_want(const struct needs *n) {
  const struct needs_follow *f;
  TAILQ_FOREACH (f, &n->follows, link) {
    if (active(f))
      return true;
  }
  return false;
}

int64_t follows_due(const struct needs *n) {
  const struct needs_follow *f;
  int64_t due = NEVER;

  TAILQ_FOREACH (f, &n->follows, link) {
    bool counts = f->state == FOLLOW_STOPPING ||
                  (n->state == LINK_UP && (f->state == FOLLOW_DUE || f->state == FOLLOW_ON));
    if (active(f) && f->stopping && f->state != FOLLOW_STOPPING)
      due = 0;
    if (active(f) && counts && f->due_ms < due)
      due = f->due_ms;
  }

  return due;
}

void follows_sweep(struct needs *n) {
  for (struct needs_follow *f = TAILQ_FIRST(&n->follows), *next; f; f = next) {
    next = TAILQ_NEXT(f, link);
    if (f->closed)
      follow_free(f);
  }
}

/* --- ending --- */

void needs_follow_stop(struct needs_follow *f) {
  f->stopping = true;
  link_wake(f->n);
}

int needs_follow_forget(struct needs_follow *f) {
  if (!f->name)
    return link_why(f->n, -EINVAL, "only a follow with a name has one that can be forgotten");
  if (f->state != FOLLOW_ON)
    return link_why(f->n, -EAGAIN, "the follow has not begun, or is over");

  f->forget = true;
  needs_follow_stop(f);

  return 0;
}

bool needs_follow_resumed(const struct needs_follow *f) {
  return f->resumed;
}

void needs_follow_close(struct needs_follow *f) {
  if (!f || f->closed)
    return;

  f->closed = true;
  if (f->state == FOLLOW_ON) {
    send_credit(f);
    link_send(f->n, "unfollow", f->id, "", 0);
    link_wake(f->n); /* the socket was touched: perhaps there is something to hear */
  }

  f->state = FOLLOW_OVER;
  if (!f->n->inside)
    follow_free(f);
}
