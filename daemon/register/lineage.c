/* lineage - which rule sets were published when and by whom. See lineage.h. */
#include "register/lineage.h"

#include <string.h>

#include "policy/rule_hash.h"

/* --- one publication --- */

static void add_text(void *arg, struct hash128 text) {
  struct published_once *once = arg;
  once->texts = mem_grow(once->texts, &once->cap_texts, once->n_texts + 1, sizeof *once->texts);
  once->texts[once->n_texts++] = text;
}

static int take_rules(struct pipeline *p, struct published_once *once) {
  struct buf bytes = {0};
  struct bundle rules = {0};
  struct error err = {0};
  int rc = store_bundle(p->store, &once->act.rules, &bytes);
  if (rc == 0)
    rc = bundle_decode(&rules, bytes.data, bytes.len, &err);
  if (rc == 0)
    rule_hashes_each(&rules, add_text, once);

  bundle_finish(&rules);
  buf_finish(&bytes);

  return rc;
}

/* The publication that comes next in the journal, of any authority. */
static bool find_next(const struct lineage *h, const struct pipeline *p,
                      struct published_once *ret) {
  bool found = false;

  for (size_t i = 0; i < p->n_slots; i++) {
    const struct policy_slot *s = p->slots[i];
    for (size_t k = s->history.n; k > 0 && s->history.acts[k - 1].position > h->at; k--) {
      const struct act *a = &s->history.acts[k - 1];
      if (a->kind != ACT_PUBLISHED || (found && a->position > ret->act.position))
        continue;
      *ret = (struct published_once){.authority = s->code, .act = *a};
      found = true;
    }
  }

  return found;
}

int lineage_walk(struct lineage *h, struct pipeline *p) {
  struct published_once once;
  if (!find_next(h, p, &once)) {
    h->at = p->position;
    return 0;
  }

  int rc = take_rules(p, &once);
  if (rc < 0) {
    free(once.texts);
    return rc;
  }

  h->items = mem_grow(h->items, &h->cap, h->n + 1, sizeof *h->items);
  h->items[h->n++] = once;
  h->at = once.act.position;

  return 1;
}

void lineage_finish(struct lineage *h) {
  for (size_t i = 0; i < h->n; i++)
    free(h->items[i].texts);
  free(h->items);
}

/* --- looking back --- */

static bool holds(const struct published_once *once, struct hash128 text) {
  for (size_t i = 0; i < once->n_texts; i++)
    if (hash128_eq(once->texts[i], text))
      return true;
  return false;
}

const struct published_once *lineage_since(const struct lineage *h, const char *authority,
                                           struct hash128 text) {
  const struct published_once *since = NULL;

  for (size_t i = h->n; i > 0; i--) {
    const struct published_once *once = &h->items[i - 1];
    if (strcmp(once->authority, authority) != 0)
      continue;
    if (!holds(once, text))
      break;

    since = once;
  }

  return since;
}

const struct published_once *lineage_last(const struct lineage *h, const char *authority) {
  for (size_t i = h->n; i > 0; i--)
    if (strcmp(h->items[i - 1].authority, authority) == 0)
      return &h->items[i - 1];
  return NULL;
}
