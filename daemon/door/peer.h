/* peer - replies to those who read slowly: a bounded queue for each peer whose own queue in libzmq is full.
 *
 * One slow peer never holds up another. A peer that lets its queue overflow, or does not read for a minute, loses what waits for
 * it (it will ask again: everything is repeatable). Publications are never queued here; a follow simply stops until its peer is
 * writable. */
#pragma once

#include <sys/queue.h>

#include "base/hash.h"
#include "door/frames.h"

struct peer;
struct peers {
  struct zsock *zsock;
  struct hashmap blocked; /* hash of the routing id -> struct peer */
  TAILQ_HEAD(, peer) list;
  size_t n;
};

void peers_init(struct peers *p, struct zsock *zsock);
void peers_finish(struct peers *p);
/* A reply: sent, or queued behind what waits already. `status` is static text. 0 or -EHOSTUNREACH (gone, or dropped). */
int peers_reply(struct peers *p, const struct address *to, const char *status, const void *body, size_t len, uint64_t now_ms);
/* A publication: sent, or -EAGAIN (nothing kept), or -EHOSTUNREACH. */
int peers_push(struct peers *p, const struct address *to, const char *status, const void *body, size_t len);
/* Sends what can be sent now. True while something still waits. */
bool peers_retry(struct peers *p, uint64_t now_ms);
struct hash128 address_peer(const struct address *a); /* key of the routing id alone */
