/* frames - what the parts of a message are: routing id, optional empty delimiter, verb, request id,
 * body.
 *
 * Pure; the door calls it for every message. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "door/listener.h"
#include "door/zsock.h"

#define REQUEST_ID_MAX 64
#define ROUTING_ID_MAX 255
#define ROUTING_ID_OWN 16 /* shorter ones cannot follow: they are guessable */

/* Where a reply goes. A value: copied into whatever waits for an answer. Without a routing id it
 * goes nowhere. */
struct address {
  unsigned char routing[ROUTING_ID_MAX], request[REQUEST_ID_MAX];
  uint8_t n_routing, n_request;
  bool delimiter;               /* a REQ client: returned as it came */
  struct connection connection; /* that it came over; cookie 0: not known */
  struct inner *inner;          /* a client within this process; NULL: over the socket */
};
struct frames {
  struct address from;
  struct part verb, body;
};

/* NULL, or a sentence about what is wrong; then ret->from holds what could be read, enough for an
 * answer. */
const char *frames_read(const struct part *parts, size_t n, struct frames *ret);
/* The parts of a reply, which point into their arguments. Returns how many. */
size_t frames_reply(const struct address *to, const char *status, const void *body, size_t len,
                    struct part ret[5]);
/* May this routing id follow? Own, random, long enough. */
bool address_own(const struct address *a);
bool address_eq(const struct address *a, const struct address *b); /* same peer and request */
