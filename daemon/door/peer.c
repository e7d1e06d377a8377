/* peer - see peer.h. */
#include "door/peer.h"

#include <errno.h>
#include <string.h>

#define LOG_AREA "door"
#include "base/log.h"
#include "base/mem.h"

#define QUEUE_BYTES ((size_t)8 << 20)
#define QUEUE_MESSAGES 20000
#define STUCK_MS 60000

struct outgoing {
  STAILQ_ENTRY(outgoing) link;
  struct address to;
  const char *status;
  size_t len;
  char body[];
};
struct peer {
  TAILQ_ENTRY(peer) link; /* peers.list */
  struct hash128 key;
  STAILQ_HEAD(, outgoing) queue; /* never empty */
  size_t n, bytes;
  uint64_t moved_ms; /* last progress */
};

struct hash128 address_peer(const struct address *a) {
  return hash128_of(NULL, a->routing, a->n_routing);
}

void peers_init(struct peers *p, struct zsock *zsock) {
  *p = (struct peers){.zsock = zsock};
  TAILQ_INIT(&p->list);
}

static void drop(struct peers *p, struct peer *peer) {
  struct outgoing *o;
  while ((o = STAILQ_FIRST(&peer->queue)) != NULL) {
    STAILQ_REMOVE_HEAD(&peer->queue, link);
    free(o);
  }
  hashmap_del(&p->blocked, peer->key);
  TAILQ_REMOVE(&p->list, peer, link);
  p->n--;
  free(peer);
}

void peers_finish(struct peers *p) {
  while (!TAILQ_EMPTY(&p->list)) drop(p, TAILQ_FIRST(&p->list));
  hashmap_finish(&p->blocked);
}

static int send_now(struct peers *p, const struct address *to, const char *status, const void *body, size_t len) {
  struct part parts[5];
  size_t n = frames_reply(to, status, body, len, parts);
  return zsock_send(p->zsock, parts, n);
}

static struct peer *block(struct peers *p, struct hash128 key, uint64_t now_ms) {
  struct peer *peer = mem_alloc(sizeof *peer);
  peer->key = key;
  peer->moved_ms = now_ms;
  STAILQ_INIT(&peer->queue);
  hashmap_put(&p->blocked, key, peer);
  TAILQ_INSERT_TAIL(&p->list, peer, link);
  p->n++;
  return peer;
}

static int enqueue(struct peers *p, struct peer *peer, const struct address *to, const char *status, const void *body,
                   size_t len) {
  if (peer->n >= QUEUE_MESSAGES || peer->bytes + len > QUEUE_BYTES) {
    log_warn("a client does not read its replies; they are dropped", "replies=%zu bytes=%zu", peer->n, peer->bytes);
    drop(p, peer);
    return -EHOSTUNREACH;
  }
  struct outgoing *o = mem_alloc(sizeof *o + len);
  o->to = *to;
  o->status = status;
  o->len = len;
  if (len > 0) memcpy(o->body, body, len);
  STAILQ_INSERT_TAIL(&peer->queue, o, link);
  peer->n++;
  peer->bytes += len;
  return 0;
}

int peers_reply(struct peers *p, const struct address *to, const char *status, const void *body, size_t len, uint64_t now_ms) {
  struct hash128 key = address_peer(to);
  struct peer *peer = p->n > 0 ? hashmap_get(&p->blocked, key) : NULL;
  if (peer == NULL) {
    int rc = send_now(p, to, status, body, len);
    if (rc != -EAGAIN) return rc;
    peer = block(p, key, now_ms);
  }
  return enqueue(p, peer, to, status, body, len);
}

int peers_push(struct peers *p, const struct address *to, const char *status, const void *body, size_t len) {
  if (p->n > 0 && hashmap_get(&p->blocked, address_peer(to)) != NULL) return -EAGAIN;
  return send_now(p, to, status, body, len);
}

/* 0: all sent. -EAGAIN: not writable yet. -EHOSTUNREACH: gone. */
static int flush(struct peers *p, struct peer *peer, uint64_t now_ms) {
  struct outgoing *o;
  while ((o = STAILQ_FIRST(&peer->queue)) != NULL) {
    int rc = send_now(p, &o->to, o->status, o->body, o->len);
    if (rc < 0) return rc;
    peer->moved_ms = now_ms;
    peer->n--;
    peer->bytes -= o->len;
    STAILQ_REMOVE_HEAD(&peer->queue, link);
    free(o);
  }
  return 0;
}

bool peers_retry(struct peers *p, uint64_t now_ms) {
  struct peer *next;
  for (struct peer *peer = TAILQ_FIRST(&p->list); peer != NULL; peer = next) {
    next = TAILQ_NEXT(peer, link);
    if (flush(p, peer, now_ms) == -EAGAIN && now_ms - peer->moved_ms < STUCK_MS) continue;
    if (peer->n > 0) log_warn("replies to a client that is gone or stuck are dropped", "replies=%zu", peer->n);
    drop(p, peer);
  }
  return p->n > 0;
}
