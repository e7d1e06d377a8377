/* cursors - the places of followers, until a turn saves them. A place that moves again before that
 * is saved once. Called by the door, through pipeline.h; turn.c takes them. */
#include <string.h>

#include "pipeline/internal.h"

void pipeline_save_cursor(struct pipeline *p, const char *principal, const char *name,
                          uint64_t position) {
  struct cursor_save *c;
  SLIST_FOREACH (c, &p->inbox.cursors, link)
    if (strcmp(c->principal, principal) == 0 && strcmp(c->name, name) == 0) {
      c->position = position;
      return;
    }

  c = mem_alloc(sizeof *c);
  *c = (struct cursor_save){
      .principal = mem_strdup(principal), .name = mem_strdup(name), .position = position};
  SLIST_INSERT_HEAD(&p->inbox.cursors, c, link);
}

void cursor_saves_free(struct cursor_saves *saves) {
  while (!SLIST_EMPTY(saves)) {
    struct cursor_save *c = SLIST_FIRST(saves);
    SLIST_REMOVE_HEAD(saves, link);
    free(c->principal);
    free(c->name);
    free(c);
  }
}

void pipeline_when_saved(struct pipeline *p, void (*done)(void *arg, int rc), void *arg) {
  struct save_wait *w = mem_alloc(sizeof *w);
  *w = (struct save_wait){.done = done, .arg = arg};
  SLIST_INSERT_HEAD(&p->inbox.save_waits, w, link);
}

/* Those who are called may wait again: the list is theirs to add to, and this one is emptied. */
void save_waits_answer(struct save_waits *waits, int rc) {
  struct save_waits now = *waits;
  SLIST_INIT(waits);

  while (!SLIST_EMPTY(&now)) {
    struct save_wait *w = SLIST_FIRST(&now);
    SLIST_REMOVE_HEAD(&now, link);
    w->done(w->arg, rc);
    free(w);
  }
}
