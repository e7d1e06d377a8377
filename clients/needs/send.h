/* send - events to the daemon, and what became of each; the only file that knows how they travel.
 *
 * Fills `outcome` and `errors` of items that have a text; the others are left alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct conn;
struct item;
struct exchange {
  struct conn *conn;                        /* open */
  const char *door;                         /* for complaints */
  const char *bar;                          /* the name before the progress bar; NULL = no bar */
  bool check;                               /* store nothing */
  void (*taken)(void *arg, struct item *i); /* it is with the daemon now: accepted, or known; may be NULL */
  void *arg;
  bool forbidden; /* out: something was not permitted */
  char *position; /* out: the last one, owned by the caller; NULL = none */
};
/* 0, or an exit status after saying why (then some items may not be judged). */
int send_items(struct exchange *x, struct item *items, size_t n);
