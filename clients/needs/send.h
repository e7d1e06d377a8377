/* send - sends events to the daemon without an outbox, and reports the result of each. Used where
 * the result is needed at once (check, undo).
 *
 * Fills `outcome` and `errors` of items that have a text; the others are left alone. What is to
 * arrive in any case goes through box. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct conn;
struct item;
struct exchange {
  struct conn *conn;  /* open */
  const char *server; /* for complaints */
  const char *bar;    /* the name before the progress bar; NULL = no bar */
  bool check;         /* store nothing */
  bool forbidden;     /* out: something was not permitted */
  char *position;     /* out: the last one, owned by the caller; NULL = none */
};
/* 0, or an exit status after saying why (then some items may not be judged). */
int send_items(struct exchange *x, struct item *items, size_t n);

/* Shared with box: */
void bar_show(const char *name, size_t done, size_t all); /* nothing without a name */
void bar_clear(const char *name);
/* The faults as a JSON list, with the members that are passed on. Owned by the caller. */
struct yajl_val_s;
char *errors_text(struct yajl_val_s *errors, bool *ret_forbidden);
