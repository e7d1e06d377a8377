/* pending - requests that wait for an answer, and their limits.
 *
 * Each kind has limits of its own, so that questions never make pushes wait; and one connection, or
 * one process with many, can only use up its own part, so that nobody else is refused because of
 * it. */
#include <string.h>

#include "door/internal.h"

#define EVENTS_MAX 20000
#define EVENTS_OF_CONNECTION 10000
#define BYTES_MAX ((size_t)64 << 20)
#define BYTES_OF_CONNECTION ((size_t)32 << 20)

static const struct {
  const char *what;
  size_t of_connection, of_process, of_all;
} limits[PENDING_KINDS] = {
    [PENDING_PUSH] = {"pushes", 1024, 2048, 4096},
    [PENDING_SETTLED] = {"held questions (settled)", 64, 256, 1024},
    [PENDING_QUESTION] = {"questions", 64, 256, 1024},
    [PENDING_CHANGE] = {"changes", 64, 256, 1024},
};

void pending_start(struct pending *p, struct door *d, const struct address *to,
                   enum pending_kind kind) {
  p->door = d;
  p->kind = kind;
  p->to = *to;
  TAILQ_INSERT_TAIL(&d->pending, p, link);
  d->n_pending++;
  d->n_of_kind[kind]++;
  d->waiting_events += p->events;
  d->waiting_bytes += p->bytes;
}

void pending_end(struct pending *p) {
  struct door *d = p->door;

  TAILQ_REMOVE(&d->pending, p, link);
  d->n_pending--;
  d->n_of_kind[p->kind]--;
  d->waiting_events -= p->events;
  d->waiting_bytes -= p->bytes;
  p->door = NULL;
}

static bool same_connection(const struct address *a, const struct address *b) {
  return a->inner == b->inner && a->n_routing == b->n_routing &&
         memcmp(a->routing, b->routing, a->n_routing) == 0;
}

static bool same_process(const struct address *a, const struct address *b) {
  return a->inner == b->inner && a->connection.pid == b->connection.pid;
}

struct waiting_of {
  size_t n, n_of_process, events, bytes; /* n, events and bytes are the connection's */
};

static struct waiting_of count(const struct door *d, const struct address *from,
                               enum pending_kind kind) {
  struct waiting_of w = {0};
  const struct pending *p;

  TAILQ_FOREACH (p, &d->pending, link) {
    if (p->kind != kind)
      continue;

    w.n_of_process += same_process(&p->to, from);
    if (!same_connection(&p->to, from))
      continue;

    w.n++;
    w.events += p->events;
    w.bytes += p->bytes;
  }

  return w;
}

const char *pending_limit(struct door *d, const struct call *c, enum pending_kind kind) {
  if (d->n_of_kind[kind] < limits[kind].of_connection)
    return NULL;

  struct waiting_of w = count(d, &c->from, kind);
  if (w.n >= limits[kind].of_connection)
    return arena_printf(c->arena,
                        "%zu %s of this connection wait for an answer, which is the limit; send "
                        "this again when one is answered",
                        w.n, limits[kind].what);

  if (w.n_of_process >= limits[kind].of_process)
    return arena_printf(c->arena,
                        "%zu %s of this process wait for an answer, which is the limit; send this "
                        "again when one is answered",
                        w.n_of_process, limits[kind].what);

  if (d->n_of_kind[kind] >= limits[kind].of_all)
    return arena_printf(c->arena,
                        "%zu %s of all clients wait for an answer, which is the limit; send this "
                        "again later",
                        d->n_of_kind[kind], limits[kind].what);

  return NULL;
}

const char *pending_push_limit(struct door *d, const struct call *c) {
  const char *why = pending_limit(d, c, PENDING_PUSH);
  if (why)
    return why;

  if (d->waiting_events >= EVENTS_OF_CONNECTION || d->waiting_bytes > BYTES_OF_CONNECTION) {
    struct waiting_of w = count(d, &c->from, PENDING_PUSH);
    if (w.events >= EVENTS_OF_CONNECTION || (w.bytes > 0 && w.bytes + c->len > BYTES_OF_CONNECTION))
      return arena_printf(c->arena,
                          "%zu events (%zu KiB) of this connection wait for the disk; at most %d "
                          "events or %zu MiB may wait; send this again later",
                          w.events, w.bytes >> 10, EVENTS_OF_CONNECTION, BYTES_OF_CONNECTION >> 20);
  }

  if (d->waiting_events >= EVENTS_MAX ||
      (d->waiting_bytes > 0 && d->waiting_bytes + c->len > BYTES_MAX))
    return arena_printf(c->arena,
                        "%zu events (%zu KiB) of all clients wait for the disk; at most %d events "
                        "or %zu MiB may wait; send this again later",
                        d->waiting_events, d->waiting_bytes >> 10, EVENTS_MAX, BYTES_MAX >> 20);

  return NULL;
}
