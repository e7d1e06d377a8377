/* peer - see peer.h. */
#include "door/peer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#define LOG_AREA "door"
#include "base/log.h"
#include "base/mem.h"

#define STUCK_MS 60000
#define PRESSED_MS 5000 /* the same while much is unread by all */
#define SAY_AGAIN_MS 10000

/* Bytes that were handed out and have not come back. Lives until the last of them has. */
struct peers_total {
  atomic_size_t bytes;
  atomic_uint refs;
};
struct account {
  atomic_size_t bytes; /* held by libzmq or waiting here */
  atomic_size_t freed; /* ever */
  atomic_uint refs;
  struct peers_total *total;
};

struct outgoing {
  STAILQ_ENTRY(outgoing) link;
  struct account *account;
  struct address to;
  const char *status;
  size_t len;
  char body[];
};

struct peer {
  TAILQ_ENTRY(peer) link; /* peers.list */
  struct hash128 key;
  struct connection connection;
  struct account *account;
  STAILQ_HEAD(, outgoing) queue;
  size_t n, queued; /* replies in the queue, and their bytes */
  size_t freed_seen;
  uint64_t moved_ms; /* last progress */
  bool gone;         /* ended: only what libzmq holds is still to come back */
};

/* --- bytes, counted from both threads --- */

static size_t cost(const struct outgoing *o) {
  return sizeof *o + o->len;
}

static void total_unref(struct peers_total *t) {
  if (atomic_fetch_sub(&t->refs, 1) == 1)
    free(t);
}

static struct account *account_new(struct peers_total *total) {
  struct account *a = mem_alloc(sizeof *a);

  atomic_init(&a->refs, 1);
  atomic_fetch_add(&total->refs, 1);
  a->total = total;

  return a;
}

static void account_unref(struct account *a) {
  if (atomic_fetch_sub(&a->refs, 1) > 1)
    return;
  total_unref(a->total);
  free(a);
}

static struct outgoing *outgoing_new(struct account *account, const struct address *to,
                                     const char *status, const void *body, size_t len) {
  struct outgoing *o = mem_alloc(sizeof *o + len);

  *o = (struct outgoing){.account = account, .to = *to, .status = status, .len = len};
  if (len > 0)
    memcpy(o->body, body, len);

  atomic_fetch_add(&account->refs, 1);
  atomic_fetch_add(&account->bytes, cost(o));
  atomic_fetch_add(&account->total->bytes, cost(o));

  return o;
}

static void outgoing_free(struct outgoing *o) {
  struct account *a = o->account;
  size_t bytes = cost(o);

  free(o);
  atomic_fetch_sub(&a->total->bytes, bytes);
  atomic_fetch_sub(&a->bytes, bytes);
  atomic_fetch_add(&a->freed, bytes);
  account_unref(a);
}

/* On libzmq's thread mostly. */
static void on_written(void *data, void *hint) {
  (void)data;
  outgoing_free(hint);
}

/* --- those to whom something is on its way --- */

struct hash128 address_peer(const struct address *a) {
  return hash128_of(NULL, a->routing, a->n_routing);
}

/* A connection that comes again under the same routing id is another one. */
static struct hash128 key_of(const struct address *a) {
  unsigned char text[ROUTING_ID_MAX + sizeof a->connection.cookie];

  memcpy(text, a->routing, a->n_routing);
  memcpy(text + a->n_routing, &a->connection.cookie, sizeof a->connection.cookie);
  return hash128_of(NULL, text, a->n_routing + sizeof a->connection.cookie);
}

void peers_init(struct peers *p, struct zsock *zsock, struct listener *listener) {
  *p = (struct peers){.zsock = zsock, .listener = listener};
  p->total = mem_alloc(sizeof *p->total);
  atomic_init(&p->total->refs, 1);
  TAILQ_INIT(&p->list);
}

static struct peer *find(const struct peers *p, const struct address *to) {
  if (p->n > 0)
    return hashmap_get(&p->known, key_of(to));
  return NULL;
}

/* What is gone cannot be ended, so nothing is handed out for it. Its routing id may be another
 * connection's by now. */
static bool is_gone(const struct peers *p, const struct address *to) {
  return p->listener && to->connection.fd < 0;
}

static struct peer *find_or_add(struct peers *p, const struct address *to, uint64_t now_ms) {
  struct hash128 key = key_of(to);
  struct peer *peer = NULL;

  if (p->n > 0)
    peer = hashmap_get(&p->known, key);

  if (peer)
    return peer;

  peer = mem_alloc(sizeof *peer);
  *peer = (struct peer){.key = key,
                        .connection = to->connection,
                        .account = account_new(p->total),
                        .moved_ms = now_ms};
  STAILQ_INIT(&peer->queue);
  hashmap_put(&p->known, key, peer);
  TAILQ_INSERT_TAIL(&p->list, peer, link);
  p->n++;

  return peer;
}

static void drop_queue(struct peer *peer) {
  struct outgoing *o;

  while ((o = STAILQ_FIRST(&peer->queue))) {
    STAILQ_REMOVE_HEAD(&peer->queue, link);
    outgoing_free(o);
  }

  peer->n = peer->queued = 0;
}

static void forget(struct peers *p, struct peer *peer) {
  drop_queue(peer);
  hashmap_del(&p->known, peer->key);
  TAILQ_REMOVE(&p->list, peer, link);
  p->n--;
  account_unref(peer->account);
  free(peer);
}

void peers_finish(struct peers *p) {
  while (!TAILQ_EMPTY(&p->list))
    forget(p, TAILQ_FIRST(&p->list));
  hashmap_finish(&p->known);
  total_unref(p->total);
}

/* --- those that do not read --- */

static void say_disconnected(struct peers *p, const struct peer *peer, uint64_t now_ms) {
  if (p->said > 0 && now_ms - p->said_ms < SAY_AGAIN_MS)
    return;

  log_warn("a client does not read its replies and is disconnected", "bytes=%zu clients=%" PRIu64,
           atomic_load(&peer->account->bytes), p->disconnected - p->said);
  p->said = p->disconnected;
  p->said_ms = now_ms;
}

static void disconnect(struct peers *p, struct peer *peer, uint64_t now_ms) {
  p->disconnected++;
  say_disconnected(p, peer, now_ms);
  drop_queue(peer);
  peer->gone = true;
  if (p->listener)
    listener_disconnect(p->listener, peer->connection);
}

static size_t held(const struct peer *peer) {
  return atomic_load(&peer->account->bytes);
}

static void note_progress(struct peer *peer, uint64_t now_ms) {
  size_t freed = atomic_load(&peer->account->freed);

  if (freed == peer->freed_seen)
    return;

  peer->freed_seen = freed;
  peer->moved_ms = now_ms;
}

/* Makes room for `len` bytes more: those that have not read for longest are ended. */
static void relieve(struct peers *p, size_t len, uint64_t now_ms) {
  struct peer *peer, *worst;

  do {
    size_t leaving = 0;
    worst = NULL;
    TAILQ_FOREACH (peer, &p->list, link) {
      note_progress(peer, now_ms);
      if (peer->gone)
        leaving += held(peer);
      else if (held(peer) > 0 && (!worst || peer->moved_ms < worst->moved_ms))
        worst = peer;
    }
    if (peers_unread_of_all(p) + len <= PEERS_MAX + leaving)
      return;

    if (worst)
      disconnect(p, worst, now_ms);
  } while (worst);
}

/* --- sending --- */

/* 0: libzmq has it, and gives it back. Else it is still the caller's. */
static int send_now(struct peers *p, struct peer *peer, struct outgoing *o) {
  size_t ahead = held(peer) - peer->queued - cost(o); /* `o` is in no queue now */
  if (ahead > 0 && ahead + cost(o) > PEER_WINDOW)
    return -EAGAIN;

  struct part parts[5];
  size_t n = frames_reply(&o->to, o->status, o->body, o->len, parts);

  return zsock_send(p->zsock, parts, n, on_written, o);
}

static void enqueue(struct peer *peer, struct outgoing *o) {
  STAILQ_INSERT_TAIL(&peer->queue, o, link);
  peer->n++;
  peer->queued += cost(o);
}

int peers_reply(struct peers *p, const struct address *to, const char *status, const void *body,
                size_t len, uint64_t now_ms) {
  if (is_gone(p, to))
    return -EHOSTUNREACH;

  struct peer *peer = find_or_add(p, to, now_ms);
  if (peer->gone)
    return -EHOSTUNREACH;

  if (held(peer) > 0 && held(peer) + len > PEER_MAX) {
    disconnect(p, peer, now_ms);
    return -EHOSTUNREACH;
  }

  if (peers_unread_of_all(p) + len > PEERS_MAX)
    relieve(p, len, now_ms);

  if (peer->gone)
    return -EHOSTUNREACH;

  struct outgoing *o = outgoing_new(peer->account, to, status, body, len);
  int rc = peer->n > 0 ? -EAGAIN : send_now(p, peer, o);
  if (rc == -EAGAIN) {
    enqueue(peer, o);
    return 0;
  }

  if (rc < 0)
    outgoing_free(o);

  return rc;
}

int peers_push(struct peers *p, const struct address *to, const char *status, const void *body,
               size_t len, uint64_t now_ms) {
  if (is_gone(p, to))
    return -EHOSTUNREACH;

  struct peer *peer = find_or_add(p, to, now_ms);
  if (peer->gone)
    return -EHOSTUNREACH;
  if (peer->n > 0)
    return -EAGAIN;
  if (held(peer) > 0 && (held(peer) + len > PEER_WINDOW || peers_unread_of_all(p) > PEERS_PRESSED))
    return -EAGAIN;

  struct outgoing *o = outgoing_new(peer->account, to, status, body, len);
  int rc = send_now(p, peer, o);
  if (rc < 0)
    outgoing_free(o);

  return rc;
}

/* 0: all sent. -EAGAIN: not writable yet. -EHOSTUNREACH: gone. */
static int flush(struct peers *p, struct peer *peer) {
  struct outgoing *o;

  while ((o = STAILQ_FIRST(&peer->queue))) {
    STAILQ_REMOVE_HEAD(&peer->queue, link);
    peer->n--;
    peer->queued -= cost(o);

    int rc = send_now(p, peer, o);
    if (rc == 0)
      continue;

    STAILQ_INSERT_HEAD(&peer->queue, o, link);
    peer->n++;
    peer->queued += cost(o);

    return rc;
  }
  return 0;
}

static void retry(struct peers *p, struct peer *peer, uint64_t now_ms) {
  note_progress(peer, now_ms);
  if (!peer->gone && flush(p, peer) == -EHOSTUNREACH)
    drop_queue(peer);

  if (held(peer) == 0) {
    forget(p, peer);
    return;
  }

  uint64_t patience = STUCK_MS;
  if (peers_unread_of_all(p) > PEERS_PRESSED)
    patience = PRESSED_MS;
  if (!peer->gone && now_ms - peer->moved_ms >= patience)
    disconnect(p, peer, now_ms);
}

bool peers_retry(struct peers *p, uint64_t now_ms) {
  struct peer *next;

  for (struct peer *peer = TAILQ_FIRST(&p->list); peer; peer = next) {
    next = TAILQ_NEXT(peer, link);
    retry(p, peer, now_ms);
  }

  return p->n > 0;
}

/* --- how much is unread --- */

size_t peers_unread(const struct peers *p, const struct address *to) {
  const struct peer *peer = find(p, to);
  if (peer)
    return held(peer);
  return 0;
}

size_t peers_unread_of_process(const struct peers *p, const struct address *to) {
  const struct peer *peer;
  size_t bytes = 0;

  TAILQ_FOREACH (peer, &p->list, link)
    if (peer->connection.pid == to->connection.pid)
      bytes += held(peer);

  return bytes;
}

size_t peers_unread_of_all(const struct peers *p) {
  return atomic_load(&p->total->bytes);
}
