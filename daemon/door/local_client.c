/* inner - see local_client.h. */
#include "door/local_client.h"

#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "door/follow.h"

#define ROUTING_BYTES 32 /* random: a client that guessed it could end the follow */

static const struct scope everything = {NULL, NULL, NULL};

struct inner {
  struct door *door;
  struct principal who;
  unsigned char routing[ROUTING_BYTES];
  const struct inner_callbacks *callbacks;
  void *arg;
};

struct inner *inner_open(struct door *d, const char *principal,
                         const struct inner_callbacks *callbacks, void *arg) {
  struct inner *i = mem_alloc(sizeof *i);
  *i = (struct inner){.door = d, .callbacks = callbacks, .arg = arg};
  i->who = (struct principal){.name = mem_strdup(principal),
                              .may = ACTION_ALL,
                              .audiences = AUDIENCE_ALL,
                              .scopes = &everything,
                              .n_scopes = 1};
  if (getrandom(i->routing, ROUTING_BYTES, 0) != ROUTING_BYTES)
    abort();

  i->routing[0] |= 1; /* own ids do not begin with a zero */

  return i;
}

static struct address address_of(struct inner *i, uint64_t request) {
  struct address a = {.n_routing = ROUTING_BYTES, .n_request = sizeof request, .inner = i};
  memcpy(a.routing, i->routing, ROUTING_BYTES);
  memcpy(a.request, &request, sizeof request);
  return a;
}

void inner_request(struct inner *i, uint64_t request, const char *verb, const void *body,
                   size_t len) {
  struct door *d = i->door;
  struct call c = {.from = address_of(i, request),
                   .who = &i->who,
                   .body = body,
                   .len = len,
                   .arena = &d->scratch};

  door_serve(d, &c, &(struct part){verb, strlen(verb)});
}

void inner_reply(struct inner *i, const struct address *to, const char *status, const void *body,
                 size_t len) {
  uint64_t request;
  memcpy(&request, to->request, sizeof request);
  i->callbacks->answered(i->arg, request, strcmp(status, "ok") == 0, body, len);
}

void inner_tell(struct inner *i, const char *cursor, const struct outbox_row *row, const void *json,
                size_t len) {
  i->callbacks->told(i->arg, cursor, row, json, len);
}

/* What waits for the pipeline is answered to nobody: an address without a routing id. */
static void forget_pending(struct door *d, const struct inner *i) {
  struct pending *p;
  TAILQ_FOREACH (p, &d->pending, link)
    if (p->to.inner == i)
      p->to = (struct address){0};
}

void inner_close(struct inner *i) {
  if (!i)
    return;

  struct follows *f = i->door->follows;
  struct following *s = TAILQ_FIRST(&f->all), *next;
  for (; s; s = next) {
    next = TAILQ_NEXT(s, link);
    if (s->to.inner == i)
      follow_end(f, s, END_UNFOLLOWED);
  }

  forget_pending(i->door, i);
  free((char *)(uintptr_t)i->who.name);
  free(i);
}
