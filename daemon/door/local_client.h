/* local_client - the door from inside: the same verbs, for those who live in this process and have
 * no socket (plugins).
 *
 * A request takes the road of every other one, from the body on, so that what a plugin sends is
 * judged as what a client sends. Answers and publications go to the callbacks instead of a socket.
 * The callbacks run in the middle of the door's work, also from within inner_request: they take
 * note and do not call back. A follow needs an inner of its own; it has no lease. */
#pragma once

#include <sys/queue.h>

#include "door/access.h"
#include "door/door.h"

struct inner;
struct inner_callbacks {
  void (*answered)(void *arg, uint64_t request, bool ok, const char *json, size_t len);
  /* A publication of the follow, or NULL and only how far it has looked. `json` is what a client
   * would get. */
  void (*told)(void *arg, const char *cursor, const struct outbox_row *row, const char *json,
               size_t len);
};

/* `principal` names who speaks: durable names belong to it. May everything. The callbacks are
 * borrowed.
 */
struct inner *inner_open(struct door *d, const char *principal,
                         const struct inner_callbacks *callbacks, void *arg);
/* The number identifies the request, as request ids do: credit goes under the number of its follow.
 */
void inner_request(struct inner *i, uint64_t request, const char *verb, const void *body,
                   size_t len);
void inner_close(struct inner *i); /* ends its follows; answers to come are dropped. NULL is fine */

/* The door's side. */
struct address;
struct call;
void inner_reply(struct inner *i, const struct address *to, const char *status, const void *body,
                 size_t len);
void inner_tell(struct inner *i, const char *cursor, const struct outbox_row *row, const void *json,
                size_t len);
