/* history - what became of each authority's rules. See history.h. */
#define LOG_AREA "policy"
#include "pipeline/history.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "event/json.h"
#include "pipeline/internal.h"

#define DAY_MS 86400000

/* --- names --- */

const struct act *history_named(const struct history *h, const char *name) {
  for (size_t i = h->n; i > 0; i--)
    if (h->acts[i - 1].kind == ACT_PUBLISHED && strcmp(h->acts[i - 1].name, name) == 0)
      return &h->acts[i - 1];
  return NULL;
}

char *history_new_name(const struct history *h, int64_t ms) {
  char day[DATE_TEXT];
  char *name = NULL;
  for (unsigned i = 1; !name; i++) {
    if (asprintf(&name, "%s-%u", date_text((int32_t)(ms / DAY_MS), day), i) < 0)
      abort();

    if (!history_named(h, name))
      break;

    free(name);
    name = NULL;
  }

  return name;
}

/* --- taking --- */

static char *copy(const struct json *note, const char *key) {
  const char *text = json_text(note, key);
  if (text)
    return mem_strdup(text);
  return NULL;
}

static void take_hash(const struct json *note, const char *key, struct hash256 *ret) {
  const char *hex = json_text(note, key);
  if (hex)
    hash256_parse(hex, ret);
}

static const struct {
  enum note_kind kind;
  enum act_kind act;
} kinds[] = {
    {NOTE_PUBLISHED, ACT_PUBLISHED}, {NOTE_ASIDE, ACT_ASIDE}, {NOTE_RESTORED, ACT_RESTORED}};

static struct act *add(struct history *h) {
  h->acts = mem_grow(h->acts, &h->cap, h->n + 1, sizeof *h->acts);
  return memset(&h->acts[h->n++], 0, sizeof *h->acts);
}

/* Notes of releases that gave publications no names are named by their order, which never changes.
 */
static void take_publication(struct policy_slot *s, struct act *a, const struct json *note) {
  take_hash(note, "catalogue", &a->catalogue);
  take_hash(note, "configured", &a->configured);
  a->approved_by = copy(note, "approved_by");
  a->rollback_of = copy(note, "rollback_of");
  a->name = copy(note, "name");

  if (!a->name) {
    s->history.n--; /* not to be found while it is named */
    a->name = history_new_name(&s->history, a->committed_ms);
    s->history.n++;
  }

  s->position = a->position;
}

void history_take(struct policy_slot *s, const struct journal_row *row, const struct json *note) {
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
    if (note_kind_of(row->kind) != kinds[i].kind)
      continue;

    struct act *a = add(&s->history);
    *a = (struct act){
        .kind = kinds[i].act, .position = row->position, .committed_ms = row->committed_ms};
    take_hash(note, "rules", &a->rules);
    a->by = copy(note, "by");
    a->rule = copy(note, "rule");
    a->reason = copy(note, "reason");
    if (a->kind == ACT_PUBLISHED)
      take_publication(s, a, note);
  }
}

struct taking {
  struct policy_slot *slot;
  struct arena arena;
};

static int take_row(void *arg, const struct journal_row *row) {
  struct taking *t = arg;
  struct json note;
  size_t offset;
  const char *message;
  if (json_tree(&t->arena, row->body, row->len, &note, &offset, &message) == 0)
    history_take(t->slot, row, &note);

  return 1;
}

void history_take_committed(struct policy_slot *s, uint64_t position) {
  struct taking t = {.slot = s};
  int rc = store_journal(s->pipeline->store, position - 1, 1, take_row, &t);
  if (rc < 0)
    log_warn("the journal cannot be read", "position=%llu", (unsigned long long)position);
  arena_finish(&t.arena);
}

void history_finish(struct history *h) {
  for (size_t i = 0; i < h->n; i++) {
    char *const texts[] = {h->acts[i].name, h->acts[i].approved_by, h->acts[i].rollback_of,
                           h->acts[i].rule, h->acts[i].reason,      h->acts[i].by};
    for (size_t k = 0; k < ARRAY_LEN(texts); k++)
      free(texts[k]);
  }

  free(h->acts);
  *h = (struct history){0};
}

/* --- looking --- */

const struct act *history_last(const struct history *h) {
  for (size_t i = h->n; i > 0; i--)
    if (h->acts[i - 1].kind == ACT_PUBLISHED)
      return &h->acts[i - 1];
  return NULL;
}

const struct act *history_restored(const struct history *h, const struct hash256 *rules,
                                   const char *rule) {
  for (size_t i = h->n; i > 0; i--) {
    const struct act *a = &h->acts[i - 1];
    if (a->rule && strcmp(a->rule, rule) == 0 && hash256_eq(&a->rules, rules)) {
      if (a->kind == ACT_RESTORED)
        return a;
      return NULL;
    }
  }

  return NULL;
}

static bool same_policy(const struct act *a, const struct act *b) {
  return hash256_eq(&a->rules, &b->rules) && hash256_eq(&a->catalogue, &b->catalogue);
}

const struct act *history_before(const struct history *h, const struct act *a) {
  for (size_t i = h->n; i > 0; i--) {
    const struct act *b = &h->acts[i - 1];
    if (b->kind == ACT_PUBLISHED && b->position < a->position && !same_policy(a, b))
      return b;
  }

  return NULL;
}

/* --- rules set aside --- */

void aside_add(struct pipeline *p, const char *authority, const struct hash256 *rules,
               const char *rule) {
  size_t cap = p->n_asides;
  p->asides = mem_grow(p->asides, &cap, p->n_asides + 1, sizeof *p->asides);
  p->asides[p->n_asides++] = (struct aside){mem_strdup(authority), mem_strdup(rule), *rules};
}

bool aside_drop(struct pipeline *p, const char *authority, const struct hash256 *rules,
                const char *rule) {
  for (size_t i = 0; i < p->n_asides; i++) {
    struct aside *a = &p->asides[i];
    if (strcmp(a->authority, authority) != 0 || strcmp(a->rule, rule) != 0 ||
        !hash256_eq(&a->rules, rules))
      continue;

    free(a->authority);
    free(a->rule);
    *a = p->asides[--p->n_asides];

    return true;
  }

  return false;
}

void asides_finish(struct pipeline *p) {
  for (size_t i = 0; i < p->n_asides; i++) {
    free(p->asides[i].authority);
    free(p->asides[i].rule);
  }

  free(p->asides);
  p->asides = NULL;
  p->n_asides = 0;
}
