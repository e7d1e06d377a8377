/* page - the daemon's numbers as text: the format of Prometheus, and the two questions that need no
 * reader of it.
 *
 * Knows needs_plugin.h and nothing of HTTP. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "needs_plugin.h"

/* One family in the text format 0.0.4: HELP, TYPE, then its samples. */
void page_metric(FILE *out, const struct needs_metric *m);

/* How the daemon is, read from its metrics: feed it each of them, then ask. */
struct page_state {
  bool serving, has_day, full, failed;
  double down_s;      /* the longest that an authority has been without a worker */
  char authority[80]; /* and which one: as in its label */
};
void page_look(struct page_state *s, const struct needs_metric *m);
/* NULL: well. Else why not, in one line. */
const char *page_sick(const struct page_state *s, char *text, size_t size);
const char *page_not_ready(const struct page_state *s, char *text, size_t size);
