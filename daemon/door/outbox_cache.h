/* tail - pages of the outbox; the newest ones are read once and shared by every follow that is
 * live.
 *
 * Forget it at every commit (tail_forget): an erasure blanks rows, and what is blank on disk must
 * not live on here. */
#pragma once

#include "store/store.h"

#define TAIL_PAGE 100
#define TAIL_ROWS 1000

struct tail {
  struct outbox_row **rows; /* one block each; positions in (from, to] */
  size_t n;
  uint64_t from, to;
  struct outbox_row **page; /* of those who lag behind */
  size_t n_page;
};
struct page {
  struct outbox_row *const *rows;
  size_t n;
  uint64_t reached; /* everything up to here has been looked at */
};

void tail_finish(struct tail *t);
void tail_forget(struct tail *t);
/* At most TAIL_PAGE rows after `after` up to `upto`. The page is good until the next call. 0 or a
 * negative errno; -EBADMSG: the row behind `after` is damaged. */
int tail_read(struct tail *t, struct store *s, uint64_t after, uint64_t upto, struct page *ret);
