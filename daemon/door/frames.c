/* frames - see frames.h. */
#include "door/frames.h"

#include <string.h>

static void read_request_id(struct address *a, struct part p) {
  if (p.len > REQUEST_ID_MAX)
    return;

  if (p.len > 0)
    memcpy(a->request, p.data, p.len);
  a->n_request = (uint8_t)p.len;
}

const char *frames_read(const struct part *parts, size_t n, struct frames *ret) {
  *ret = (struct frames){0};
  if (n == 0 || parts[0].len == 0 || parts[0].len > ROUTING_ID_MAX)
    return "a message without a routing id";

  memcpy(ret->from.routing, parts[0].data, parts[0].len);
  ret->from.n_routing = (uint8_t)parts[0].len;
  parts++;
  n--;

  if (n > 0 && parts[0].len == 0) {
    ret->from.delimiter = true;
    parts++;
    n--;
  }

  if (n > 1)
    read_request_id(&ret->from, parts[1]);

  if (n != 3)
    return "a request has three frames: verb, request id, body (an empty delimiter may be "
           "before them)";
  if (parts[1].len > REQUEST_ID_MAX)
    return "a request id has at most 64 bytes";

  ret->verb = parts[0];
  ret->body = parts[2];

  return NULL;
}

size_t frames_reply(const struct address *to, const char *status, const void *body, size_t len,
                    struct part ret[5]) {
  size_t n = 0;
  ret[n++] = (struct part){(const char *)to->routing, to->n_routing};
  if (to->delimiter)
    ret[n++] = (struct part){"", 0};

  ret[n++] = (struct part){status, strlen(status)};
  ret[n++] = (struct part){(const char *)to->request, to->n_request};
  ret[n++] = (struct part){body, len};

  return n;
}

bool address_own(const struct address *a) {
  return a->n_routing >= ROUTING_ID_OWN && a->routing[0] != 0;
}

bool address_eq(const struct address *a, const struct address *b) {
  return a->n_routing == b->n_routing && a->n_request == b->n_request &&
         memcmp(a->routing, b->routing, a->n_routing) == 0 &&
         memcmp(a->request, b->request, a->n_request) == 0;
}
