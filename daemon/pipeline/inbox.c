/* inbox - what waits for the next turn: submissions, the day, notes of the daemon's own. turn.c
 * takes it. Finished evaluations wait here too (result.c), and the places of followers (cursors.c).
 */
#include <errno.h>

#include "pipeline/internal.h"

void inbox_init(struct inbox *inbox) {
  STAILQ_INIT(&inbox->submissions);
  STAILQ_INIT(&inbox->notes);
  STAILQ_INIT(&inbox->days);
  for (int u = 0; u < URGENCIES; u++)
    STAILQ_INIT(&inbox->results[u].list);
}

void pipeline_submit(struct pipeline *p, struct submission *s) {
  s->submitted_ns = uv_hrtime();
  STAILQ_INSERT_TAIL(&p->inbox.submissions, s, link);
  p->inbox.n_events += s->events.n;
  p->inbox.pushed_ms = clock_mono_ms();
}

int pipeline_set_day(struct pipeline *p, int32_t day,
                     void (*done)(void *arg, int rc, uint64_t position), void *arg) {
  if (day > DAY_LAST || (p->day != ABSENT && day < p->day))
    return -ERANGE;

  struct day_change *d = mem_alloc(sizeof *d);
  *d = (struct day_change){.day = day, .done = done, .arg = arg};
  STAILQ_INSERT_TAIL(&p->inbox.days, d, link);

  return 0;
}

struct note *note_add(struct pipeline *p, const char *authority, enum note_kind kind,
                      const struct buf *json) {
  struct note *n = mem_alloc(sizeof *n);
  n->authority = mem_strdup(authority);
  n->kind = kind;
  n->json = mem_strndup((const char *)json->data, json->len);
  STAILQ_INSERT_TAIL(&p->inbox.notes, n, link);

  return n;
}

void note_free(struct note *n) {
  buf_finish(&n->rules_bytes);
  buf_finish(&n->catalogue_bytes);
  free(n->authority);
  free(n->json);
  free(n);
}

/* The daemon stops: what no turn has taken was not acknowledged. */
void inbox_drop(struct inbox *inbox) {
  for (int u = 0; u < URGENCIES; u++)
    for (struct result *r; (r = results_take(&inbox->results[u]));)
      result_destroy(r);

  while (!STAILQ_EMPTY(&inbox->submissions)) {
    struct submission *s = STAILQ_FIRST(&inbox->submissions);
    STAILQ_REMOVE_HEAD(&inbox->submissions, link);
    s->done(s, -EBUSY);
  }

  while (!STAILQ_EMPTY(&inbox->notes)) {
    struct note *n = STAILQ_FIRST(&inbox->notes);
    STAILQ_REMOVE_HEAD(&inbox->notes, link);
    note_free(n);
  }

  while (!STAILQ_EMPTY(&inbox->days)) {
    struct day_change *d = STAILQ_FIRST(&inbox->days);
    STAILQ_REMOVE_HEAD(&inbox->days, link);
    if (d->done)
      d->done(d->arg, -EBUSY, 0);
    free(d);
  }

  cursor_saves_free(&inbox->cursors);
  save_waits_answer(&inbox->save_waits, -EBUSY);
}
