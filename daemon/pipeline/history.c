/* history - what became of each authority's rules. See history.h. */
#define LOG_AREA "serving"
#include "pipeline/history.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "event/json.h"
#include "pipeline/draft.h"
#include "pipeline/members.h"

#define DAY_MS 86400000
#define SHOWN 200 /* entries of an answer, the newest */

/* --- names --- */

const struct act *history_named(const struct history *h, const char *name) {
  for (size_t i = h->n; i > 0; i--)
    if (h->acts[i - 1].kind == ACT_PUBLISHED && strcmp(h->acts[i - 1].name, name) == 0) return &h->acts[i - 1];
  return NULL;
}

char *history_new_name(const struct history *h, int64_t ms) {
  char day[DATE_TEXT];
  char *name = NULL;
  for (unsigned i = 1; !name; i++) {
    if (asprintf(&name, "%s-%u", date_text((int32_t)(ms / DAY_MS), day), i) < 0) abort();
    if (!history_named(h, name)) break;
    free(name);
    name = NULL;
  }
  return name;
}

/* --- taking --- */

static const char *member(const struct json *note, const char *key) {
  const struct json *m = json_member(note, key);
  return m && m->kind == JSON_STRING ? m->text : NULL;
}

static char *copy(const struct json *note, const char *key) {
  const char *text = member(note, key);
  return text ? mem_strdup(text) : NULL;
}

static void take_hash(const struct json *note, const char *key, struct hash256 *ret) {
  const char *hex = member(note, key);
  if (hex) hash256_parse(hex, ret);
}

static const struct {
  const char *kind;
  enum act_kind act;
} kinds[] = {{"published", ACT_PUBLISHED}, {"aside", ACT_ASIDE}, {"restored", ACT_RESTORED}};

static struct act *add(struct history *h) {
  h->acts = mem_grow(h->acts, &h->cap, h->n + 1, sizeof *h->acts);
  return memset(&h->acts[h->n++], 0, sizeof *h->acts);
}

/* Notes of releases that gave publications no names are named by their order, which never changes. */
static void take_publication(struct serving *s, struct act *a, const struct json *note) {
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

void history_take(struct serving *s, const struct journal_row *row, const struct json *note) {
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
    if (strcmp(row->kind, kinds[i].kind) != 0) continue;
    struct act *a = add(&s->history);
    *a = (struct act){.kind = kinds[i].act, .position = row->position, .committed_ms = row->committed_ms};
    take_hash(note, "rules", &a->rules);
    a->by = copy(note, "by");
    a->rule = copy(note, "rule");
    a->reason = copy(note, "reason");
    if (a->kind == ACT_PUBLISHED) take_publication(s, a, note);
  }
}

struct taking {
  struct serving *serving;
  struct arena arena;
};

static int take_row(void *arg, const struct journal_row *row) {
  struct taking *t = arg;
  struct json note;
  size_t offset;
  const char *message;
  if (json_tree(&t->arena, row->body, row->len, &note, &offset, &message) == 0) history_take(t->serving, row, &note);
  return 1;
}

void history_take_committed(struct serving *s, uint64_t position) {
  struct taking t = {.serving = s};
  int rc = store_journal(s->pipeline->store, position - 1, 1, take_row, &t);
  if (rc < 0) log_warn("the journal cannot be read", "position=%llu", (unsigned long long)position);
  arena_finish(&t.arena);
}

void history_finish(struct history *h) {
  for (size_t i = 0; i < h->n; i++) {
    char *const texts[] = {h->acts[i].name, h->acts[i].approved_by, h->acts[i].rollback_of,
                           h->acts[i].rule, h->acts[i].reason,      h->acts[i].by};
    for (size_t k = 0; k < ARRAY_LEN(texts); k++) free(texts[k]);
  }
  free(h->acts);
  *h = (struct history){0};
}

/* --- looking --- */

const struct act *history_last(const struct history *h) {
  for (size_t i = h->n; i > 0; i--)
    if (h->acts[i - 1].kind == ACT_PUBLISHED) return &h->acts[i - 1];
  return NULL;
}

const struct act *history_restored(const struct history *h, const struct hash256 *rules, const char *rule) {
  for (size_t i = h->n; i > 0; i--) {
    const struct act *a = &h->acts[i - 1];
    if (a->rule && strcmp(a->rule, rule) == 0 && hash256_eq(&a->rules, rules)) return a->kind == ACT_RESTORED ? a : NULL;
  }
  return NULL;
}

static bool same_pair(const struct act *a, const struct act *b) {
  return hash256_eq(&a->rules, &b->rules) && hash256_eq(&a->catalogue, &b->catalogue);
}

const struct act *history_before(const struct history *h, const struct act *a) {
  for (size_t i = h->n; i > 0; i--) {
    const struct act *b = &h->acts[i - 1];
    if (b->kind == ACT_PUBLISHED && b->position < a->position && !same_pair(a, b)) return b;
  }
  return NULL;
}

/* --- the question --- */

static void key_time(struct buf *b, const char *key, int64_t ms) {
  char text[INSTANT_TEXT];
  key_str(b, key, instant_text((struct instant){ms / 1000, 0}, text));
}

static void json_publication(struct buf *b, const struct act *a, const struct act *serves) {
  const struct hash256 pair = draft_hash(&a->rules, &a->catalogue);
  key_str(b, "name", a->name);
  key_str(b, "by", a->by ? a->by : "configuration");
  json_opt_str(b, "approved_by", a->approved_by);
  json_opt_str(b, "rollback_of", a->rollback_of);
  key_hash(b, "candidate", &pair);
  key_hash(b, "rules", &a->rules);
  key_hash(b, "catalogue", &a->catalogue);
  key_bool(b, "serving", a == serves);
}

static void json_act(struct buf *b, const struct act *a, const struct act *serves) {
  static const char *const words[] = {[ACT_PUBLISHED] = "published", [ACT_ASIDE] = "set-aside", [ACT_RESTORED] = "restored"};
  json_open(b, '{');
  key_str(b, "act", words[a->kind]);
  key_time(b, "at", a->committed_ms);
  if (a->kind == ACT_PUBLISHED) {
    json_publication(b, a, serves);
  } else {
    key_str(b, "rule", a->rule);
    key_hash(b, "rules", &a->rules);
    json_opt_str(b, "reason", a->reason);
    json_opt_str(b, "by", a->by);
  }
  json_close(b, '}');
}

void pipeline_ask_history(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct serving *s = serving_of(p, authority);
  struct buf b = {0};
  if (!s) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  json_open(&b, '{');
  key_str(&b, "authority", authority);
  json_key(&b, "history");
  json_open(&b, '[');
  for (size_t i = s->history.n, left = SHOWN; i > 0 && left > 0; i--, left--)
    json_act(&b, &s->history.acts[i - 1], history_last(&s->history));
  json_close(&b, ']');
  key_int(&b, "of", (int64_t)s->history.n);
  json_close(&b, '}');
  give_answer(done, arg, &b);
}
