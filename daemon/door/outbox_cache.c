/* tail - see outbox_cache.h. */
#include "door/outbox_cache.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"

static char *put_text(char **at, const char *s) {
  if (!s)
    return NULL;

  size_t n = strlen(s) + 1;
  char *to = memcpy(*at, s, n);

  *at += n;

  return to;
}

static size_t text_size(const char *s) {
  if (!s)
    return 0;
  return strlen(s) + 1;
}

static struct outbox_row *keep(const struct outbox_row *r) {
  size_t texts = text_size(r->authority) + text_size(r->school) + text_size(r->subject) +
                 text_size(r->type) + text_size(r->audience);
  struct outbox_row *k = mem_alloc(sizeof *k + texts + r->len);
  char *at = (char *)(k + 1);

  *k = *r;
  k->authority = put_text(&at, r->authority);
  k->school = put_text(&at, r->school);
  k->subject = put_text(&at, r->subject);
  k->type = put_text(&at, r->type);
  k->audience = put_text(&at, r->audience);
  if (r->len > 0)
    memcpy(at, r->body, r->len);

  k->body = at;

  return k;
}

struct reading {
  struct outbox_row **rows;
  size_t n;
  uint64_t upto;
};

/* The reader may see a commit that has not been told yet: those rows wait for their turn. */
static int on_row(void *arg, const struct outbox_row *r) {
  struct reading *g = arg;
  if (r->position > g->upto)
    return 1;

  g->rows[g->n++] = keep(r);
  return 0;
}

/* Appends a page to rows. Returns the position reached, through ret, and how many. */
static int read_page(struct store *s, uint64_t after, uint64_t upto, struct outbox_row **rows,
                     size_t *ret_n, uint64_t *ret_reached) {
  struct reading g = {rows, 0, upto};
  int rc = store_outbox(s, after, TAIL_PAGE, on_row, &g);

  /* a page ends before such a row, and the next one begins with it */
  bool damaged = rc == -EBADMSG && g.n > 0;

  *ret_n = g.n;
  if (damaged) {
    *ret_reached = rows[g.n - 1]->position;
    return 0;
  }

  if (g.n < TAIL_PAGE)
    *ret_reached = upto;
  else
    *ret_reached = rows[g.n - 1]->position;

  if (rc < 0)
    return rc;

  return 0;
}

static void drop(struct outbox_row **rows, size_t *n) {
  for (size_t i = 0; i < *n; i++)
    free(rows[i]);
  *n = 0;
}

void tail_forget(struct tail *t) {
  drop(t->rows, &t->n);
  drop(t->page, &t->n_page);
  t->from = t->to = 0;
}

void tail_finish(struct tail *t) {
  tail_forget(t);
  free(t->rows);
  free(t->page);
  *t = (struct tail){0};
}

/* The first row behind a position; n when there is none. */
static size_t first_after(const struct tail *t, uint64_t after) {
  return LOWER_BOUND(t->n, i, t->rows[i]->position <= after);
}

static void serve(const struct tail *t, uint64_t after, struct page *ret) {
  size_t at = first_after(t, after), n = t->n - at;
  ret->rows = t->rows + at;
  if (n < TAIL_PAGE)
    ret->n = n;
  else
    ret->n = TAIL_PAGE;

  if (ret->n == n)
    ret->reached = t->to;
  else
    ret->reached = t->rows[at + ret->n - 1]->position;
}

static int extend(struct tail *t, struct store *s, uint64_t after, uint64_t upto) {
  size_t more;
  if (!t->rows)
    t->rows = mem_array(TAIL_ROWS, sizeof(struct outbox_row *));
  if (after > t->to || t->n + TAIL_PAGE > TAIL_ROWS) {
    drop(t->rows, &t->n);
    t->from = t->to = after;
  }

  uint64_t reached;
  int rc = read_page(s, after, upto, t->rows + t->n, &more, &reached);

  t->n += more;
  if (rc < 0) {
    tail_forget(t);
    return rc;
  }

  t->to = reached;

  return 0;
}

static int read_behind(struct tail *t, struct store *s, uint64_t after, uint64_t upto,
                       struct page *ret) {
  if (!t->page)
    t->page = mem_array(TAIL_PAGE, sizeof(struct outbox_row *));

  drop(t->page, &t->n_page);
  int rc = read_page(s, after, upto, t->page, &t->n_page, &ret->reached);
  ret->rows = t->page;
  ret->n = t->n_page;

  return rc;
}

int tail_read(struct tail *t, struct store *s, uint64_t after, uint64_t upto, struct page *ret) {
  if (after < t->from)
    return read_behind(t, s, after, upto, ret);
  if (after >= t->to) {
    int rc = extend(t, s, after, upto);
    if (rc < 0)
      return rc;
  }

  serve(t, after, ret);

  return 0;
}
