/* inbox - what waits for the next turn: pushes, finished evaluations, notes of the daemon's own,
 * the day, cursors. turn.c takes it. */
#include <errno.h>
#include <string.h>

#include "pipeline/internal.h"

void inbox_init(struct pipeline *p) {
  p->submissions_end = &p->submissions;
  for (int u = 0; u < URGENCIES; u++)
    p->results[u].end = &p->results[u].head;
  p->notes_end = &p->notes;
  p->days_end = &p->days;
}

void pipeline_submit(struct pipeline *p, struct submission *s) {
  s->next = NULL;
  s->submitted_ns = uv_hrtime();
  *p->submissions_end = s;
  p->submissions_end = &s->next;
  p->n_waiting += s->events.n;
  p->pushed_ms = clock_mono_ms();
}

int pipeline_set_day(struct pipeline *p, int32_t day,
                     void (*done)(void *arg, int rc, uint64_t position), void *arg) {
  if (day > DAY_LAST || (p->day != ABSENT && day < p->day))
    return -ERANGE;

  struct day_change *d = mem_alloc(sizeof *d);
  *d = (struct day_change){.day = day, .done = done, .arg = arg};
  *p->days_end = d;
  p->days_end = &d->next;

  return 0;
}

void pipeline_save_cursor(struct pipeline *p, const char *principal, const char *name,
                          uint64_t position) {
  for (struct cursor_save *c = p->cursors; c; c = c->next)
    if (strcmp(c->principal, principal) == 0 && strcmp(c->name, name) == 0) {
      c->position = position;
      return;
    }

  struct cursor_save *c = mem_alloc(sizeof *c);
  *c = (struct cursor_save){mem_strdup(principal), mem_strdup(name), position, p->cursors};
  p->cursors = c;
}

void cursor_saves_free(struct cursor_save *c) {
  for (struct cursor_save *next; c; c = next) {
    next = c->next;
    free(c->principal);
    free(c->name);
    free(c);
  }
}

void pipeline_when_saved(struct pipeline *p, void (*done)(void *arg, int rc), void *arg) {
  struct save_wait *w = mem_alloc(sizeof *w);
  *w = (struct save_wait){done, arg, p->save_waits};
  p->save_waits = w;
}

void save_waits_answer(struct save_wait *w, int rc) {
  for (struct save_wait *next; w; w = next) {
    next = w->next;
    w->done(w->arg, rc);
    free(w);
  }
}

struct note *note_add(struct pipeline *p, const char *authority, const char *kind,
                      const struct buf *json) {
  struct note *n = mem_alloc(sizeof *n);
  n->authority = mem_strdup(authority);
  n->kind = mem_strdup(kind);
  n->json = mem_strndup((const char *)json->data, json->len);
  *p->notes_end = n;
  p->notes_end = &n->next;

  return n;
}

void note_free(struct note *n) {
  buf_finish(&n->rules_bytes);
  buf_finish(&n->catalogue_bytes);
  free(n->authority);
  free(n->kind);
  free(n->json);
  free(n);
}

/* The daemon stops: what was not staged was not acknowledged. */
void inbox_drop(struct pipeline *p) {
  for (int u = 0; u < URGENCIES; u++)
    for (struct result *r; (r = results_take(&p->results[u]));)
      result_destroy(r);

  while (p->submissions) {
    struct submission *s = p->submissions;
    p->submissions = s->next;
    s->done(s, -EBUSY);
  }

  while (p->notes) {
    struct note *n = p->notes;
    p->notes = n->next;
    note_free(n);
  }

  while (p->days) {
    struct day_change *d = p->days;
    p->days = d->next;
    if (d->done)
      d->done(d->arg, -EBUSY, 0);
    free(d);
  }

  cursor_saves_free(p->cursors);
  p->cursors = NULL;

  struct save_wait *waits = p->save_waits;
  p->save_waits = NULL;
  save_waits_answer(waits, -EBUSY);
}
