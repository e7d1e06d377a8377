/* peer - what is on its way to each connection, by the byte: how much libzmq still holds of it, and
 * what waits behind.
 *
 * libzmq counts messages and not bytes, and says nothing of what it has sent. So the body of each
 * message stays the memory of this file, which libzmq gives back (from its own thread) once it has
 * written it. A connection gets at most PEER_WINDOW bytes ahead; further replies wait here, and
 * publications are not taken at all: a follow stops until its peer is writable.
 *
 * A connection that reads nothing is ended (listener_disconnect): after a minute, or when its
 * replies come to more than PEER_MAX, or when those of all come to more than PEERS_MAX; then the
 * one that has not read for longest goes. It will ask again: everything is repeatable. */
#pragma once

#include <sys/queue.h>

#include "base/hash.h"
#include "door/frames.h"

#define PEER_WINDOW ((size_t)256 << 10)
#define PEER_MAX ((size_t)8 << 20)
#define PEERS_MAX ((size_t)64 << 20)
#define PEERS_PRESSED                                                                              \
  ((size_t)48 << 20) /* of all: from here on those that do not read have a shorter time */

struct peer;
struct peers_total;
struct peers {
  struct zsock *zsock;
  struct listener *listener; /* NULL: connections cannot be ended (tests) */
  struct hashmap known;      /* hash of routing id and connection -> struct peer */
  TAILQ_HEAD(, peer) list;   /* to which something is on its way */
  size_t n;
  struct peers_total *total; /* shared with libzmq's thread */
  uint64_t disconnected;     /* so many, since they did not read */
  uint64_t said, said_ms;    /* as far as the log knows */
};

void peers_init(struct peers *p, struct zsock *zsock, struct listener *listener);
void peers_finish(struct peers *p);
/* A reply: sent, or queued behind what waits already. `status` is static text. 0 or -EHOSTUNREACH
 * (gone, or ended). */
int peers_reply(struct peers *p, const struct address *to, const char *status, const void *body,
                size_t len, uint64_t now_ms);
/* A publication: sent, or -EAGAIN (nothing kept), or -EHOSTUNREACH. */
int peers_push(struct peers *p, const struct address *to, const char *status, const void *body,
               size_t len, uint64_t now_ms);
/* Sends what can be sent now, and ends those that do not read. True while something is still on its
 * way. */
bool peers_retry(struct peers *p, uint64_t now_ms);
/* Bytes that are on their way to this connection; to all connections of its process; to all. */
size_t peers_unread(const struct peers *p, const struct address *to);
size_t peers_unread_of_process(const struct peers *p, const struct address *to);
size_t peers_unread_of_all(const struct peers *p);
struct hash128 address_peer(const struct address *a); /* key of the routing id alone */
