/* reasons - the answer to `why`, written so that it always stays below WHY_MAX bytes.
 *
 * It is written whole, and when it is too long again with less: fewer of what is least useful,
 * shorter texts, and a count of what was left out. The first that fits is the answer, so the same
 * facts give the same bytes. Only the person's own facts are given, and of colleagues nothing but
 * whether somebody could help. Called by why.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "questions/members.h"
#include "questions/why.h"

/* How much of each; the last row fits whatever the names are. */
struct measure {
  uint32_t needs, proposed, because, reads, silent, names, ways, opens, text;
};
static const struct measure measures[] = {
    {3, 6, 2, 8, 8, 2, 5, 3, 200}, {3, 6, 2, 8, 8, 1, 5, 3, 200}, {3, 6, 2, 8, 8, 0, 5, 3, 200},
    {2, 4, 2, 6, 6, 0, 5, 3, 160}, {2, 4, 1, 4, 5, 0, 5, 2, 130}, {1, 3, 1, 4, 4, 0, 5, 1, 100},
    {1, 2, 1, 2, 3, 0, 4, 1, 90},  {1, 2, 1, 0, 2, 0, 3, 1, 80},  {1, 1, 1, 0, 1, 0, 2, 1, 70},
    {1, 1, 0, 0, 0, 0, 1, 1, 40},  {0, 0, 0, 0, 0, 0, 0, 0, 40},
};
struct left_out {
  uint32_t needs, proposed, silent, nearest;
};
struct writer {
  const struct reasons *r;
  const struct measure *m;
  struct buf *b;
  struct left_out left;
};

static const struct competence *competence_at(const struct writer *w, uint32_t index) {
  return catalogue_competence_at(w->r->inquiry.catalogue, index);
}

/* At most so many bytes of it, whole characters, a cut shown. */
static const char *cut_to(const struct writer *w, const char *text, uint32_t most) {
  size_t len = strlen(text);
  if (len <= most)
    return text;

  for (len = most - 3; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
    len--;

  return arena_printf(w->r->inquiry.arena, "%.*s...", (int)len, text);
}

static const char *cut(const struct writer *w, const char *text) {
  return cut_to(w, text, w->m->text);
}

static void key_text(struct writer *w, const char *key, const char *text) {
  if (text)
    key_str(w->b, key, cut(w, text));
}

/* --- what is asked, and what the level rests on --- */

static const struct need *need_of(const struct writer *w, uint32_t competence) {
  const struct facts *f = w->r->inquiry.facts;
  for (uint32_t i = 0; i < f->n_needs; i++)
    if (f->needs[i].competence == competence)
      return &f->needs[i];
  return NULL;
}

static void key_level(struct writer *w, const char *key, const char *words,
                      const struct competence *k, int32_t level) {
  key_int(w->b, key, level);
  if (level >= 0 && level < k->framework->n_levels)
    json_opt_str(w->b, words, k->framework->levels[level]);
}

static void json_need(struct writer *w, uint32_t competence) {
  const struct competence *k = competence_at(w, competence);
  const struct need *n = need_of(w, competence);
  struct level level = level_now(w->r->inquiry.person, w->r->inquiry.catalogue, competence,
                                 w->r->inquiry.day, w->r->inquiry.arena);
  const struct evidence_kind *kind =
      level.evidence ? catalogue_evidence(w->r->inquiry.catalogue, level.evidence) : NULL;

  json_open(w->b, '{');
  key_str(w->b, "competence", k->key);
  key_text(w, "title", k->title);
  key_level(w, "current", "current_words", k, level.current);
  json_opt_str(w->b, "evidence", level.evidence);
  if (kind)
    key_text(w, "evidence_words", kind->words);
  if (level.rated_on != ABSENT)
    key_date(w->b, "rated_on", level.rated_on);
  if (level.lapsed_on != ABSENT)
    key_date(w->b, "lapsed_on", level.lapsed_on);
  if (n) {
    key_level(w, "required", "required_words", k, n->required);
    key_str(w->b, "importance", importance_words[n->importance]);
    json_opt_str(w->b, "post", n->post);
    key_str(w->b, "from", need_from_words[n->from]);
    if (n->confirm)
      key_bool(w->b, "confirm", true);
    json_differs(w->b, n);
  } else
    key_bool(w->b, "needed", false);

  if (k->certainty == CERTAINTY_LOW)
    key_str(w->b, "certainty", "low");

  json_close(w->b, '}');
}

/* Those with a need before those without; within them in the order of the inquiry. */
static void json_needs(struct writer *w) {
  const struct inquiry *q = &w->r->inquiry;
  uint32_t shown = MIN(q->n_competences, w->m->needs);

  json_key(w->b, "needs");
  json_open(w->b, '[');
  for (uint32_t i = 0; i < shown; i++)
    json_need(w, q->competences[i]);

  json_close(w->b, ']');
  w->left.needs = q->n_competences - shown;
}

/* --- what the rules proposed, and what became of it --- */

static bool is_about(const struct writer *w, uint32_t need) {
  const struct inquiry *q = &w->r->inquiry;
  for (uint32_t i = 0; i < q->n_competences && (i == 0 || i < w->m->needs); i++)
    if (q->facts->needs[need].competence == q->competences[i])
      return true;
  return false;
}

static const struct fate *fate_about(const struct writer *w, const struct weighed *o) {
  for (uint32_t i = 0; i < o->n_fates; i++)
    if (is_about(w, o->fates[i].need))
      return &o->fates[i];
  return NULL;
}

static bool is_asked(const struct writer *w, const struct weighed *o) {
  return w->r->inquiry.recommendation && strcmp(o->id, w->r->inquiry.recommendation) == 0;
}

/* What is said of the need already. */
static bool is_told(const char *name) {
  static const char *const known[] = {"need.competence", "need.key", "need.title"};
  for (size_t i = 0; i < ARRAY_LEN(known); i++)
    if (strcmp(name, known[i]) == 0)
      return true;
  return false;
}

/* Lists have no place in a short answer, nor other needs. */
static bool is_short(const char *name, const struct json *value) {
  return value->kind != JSON_ARRAY && strncmp(name, "need[", 5) != 0;
}

/* What one rule read of this person for the need. */
static void json_reads(struct writer *w, const char *rule, const struct competence *k) {
  const struct json *rules = w->r->inquiry.rules, *reads = NULL;
  for (uint32_t i = 0; rules && i < rules->n && !reads; i++)
    if (json_says(&rules->items[i], "rule", rule) && json_says(&rules->items[i], "need", k->key))
      reads = json_member(&rules->items[i], "read");

  if (!reads || !reads->n || !w->m->reads)
    return;

  uint32_t n = 0, more = 0;
  json_key(w->b, "read");
  json_open(w->b, '{');

  for (uint32_t i = 0; i < reads->n; i++) {
    const struct json *name = json_member(&reads->items[i], "name"),
                      *value = json_member(&reads->items[i], "value");
    if (!name || name->kind != JSON_STRING || !value || is_told(name->text))
      continue;
    if (n == w->m->reads || !is_short(name->text, value)) {
      more++;
      continue;
    }

    n++;
    json_key(w->b, name->text);

    if (value->kind == JSON_STRING)
      json_str(w->b, value->text);
    else if (value->kind == JSON_NUMBER)
      json_raw(w->b, value->text, value->len);
    else if (value->kind == JSON_BOOL)
      json_bool(w->b, value->boolean);
    else
      json_null(w->b);
  }

  json_close(w->b, '}');
  if (more)
    key_int(w->b, "read_more", more);
}

static void json_because(struct writer *w, const struct weighed *o, const struct fate *fate) {
  uint32_t n = MIN(o->n_because, w->m->because);
  json_key(w->b, "because");
  json_open(w->b, '[');

  /* the person's own word comes last, and is never left out */
  for (uint32_t i = o->n_because - n; i < o->n_because; i++) {
    json_open(w->b, '{');
    key_str(w->b, "rule", o->because[i].rule);
    key_text(w, "text", o->because[i].text);
    if (fate)
      json_reads(w, o->because[i].rule,
                 competence_at(w, w->r->inquiry.facts->needs[fate->need].competence));

    json_close(w->b, '}');
  }

  json_close(w->b, ']');
  if (n == o->n_because || n == 0)
    return;

  json_key(w->b, "also"); /* rules whose words there is no room for are named all the same */
  json_open(w->b, '[');
  for (uint32_t i = 0; i < o->n_because - n; i++)
    json_str(w->b, o->because[i].rule);

  json_close(w->b, ']');
}

static void json_proposal(struct writer *w, const struct weighed *o) {
  const struct fate *fate = fate_about(w, o);
  json_open(w->b, '{');
  key_str(w->b, "recommendation", o->id);
  key_text(w, "title", o->title);
  key_bool(w->b, "recommended", o->chosen);
  if (fate && fate->reason)
    key_text(w, "reason", fate->reason);
  if (fate)
    json_opt_str(w->b, "first", fate->first);

  json_because(w, o, fate);
  json_close(w->b, '}');
}

struct ranked {
  const struct weighed *o;
  int rank;
};

/* What was asked about, what is recommended, what was held back, what lost. */
static int proposal_order(const void *x, const void *y) {
  const struct ranked *a = x, *b = y;
  if (a->rank != b->rank)
    return a->rank - b->rank;
  if (a->o->priority != b->o->priority) {
    if (a->o->priority > b->o->priority)
      return -1;
    return 1;
  }
  return strcmp(a->o->id, b->o->id);
}

static void json_proposed(struct writer *w) {
  const struct weighed_list *l = &w->r->now;
  struct ranked *found = arena_alloc(w->r->inquiry.arena, (l->n + 1) * sizeof *found);
  uint32_t n = 0;

  for (uint32_t i = 0; i < l->n; i++) {
    const struct fate *fate = fate_about(w, &l->items[i]);
    if (!fate && !is_asked(w, &l->items[i]))
      continue;

    int rank;

    if (is_asked(w, &l->items[i]))
      rank = 0;
    else if (l->items[i].chosen)
      rank = 1;
    else if (fate->first)
      rank = 3;
    else
      rank = 2;

    found[n++] = (struct ranked){&l->items[i], rank};
  }

  if (n > 1)
    qsort(found, n, sizeof *found, proposal_order);

  json_key(w->b, "proposed");
  json_open(w->b, '[');
  for (uint32_t i = 0; i < n && i < w->m->proposed; i++)
    json_proposal(w, found[i].o);

  json_close(w->b, ']');
  if (n > w->m->proposed)
    w->left.proposed = n - w->m->proposed;
  else
    w->left.proposed = 0;
}

/* --- which rules said no, and why --- */

enum {
  NAMED = 2
}; /* rules of a reason, the first */
/* a failure keeps its file, line and words, however short all else is */
enum {
  FAILURE_TEXT = 160
};

struct refusal {
  const char *why, *names[NAMED];
  bool failed;
  uint32_t n, at, reads; /* rules; where it came first; how much one of them had read by then */
};

/* What failed is the author's to know; a rule that had read more had come further. */
static int refusal_order(const void *x, const void *y) {
  const struct refusal *a = x, *b = y;
  if (a->failed != b->failed) {
    if (a->failed)
      return -1;
    return 1;
  }
  if (a->reads != b->reads) {
    if (a->reads > b->reads)
      return -1;
    return 1;
  }
  if (a->n != b->n) {
    if (a->n > b->n)
      return -1;
    return 1;
  }
  if (a->at < b->at)
    return -1;

  return a->at > b->at;
}

/* Did the rule at `i` look at the need? */
static bool looked(const struct writer *w, const struct json *rules, uint32_t i) {
  const char *need = json_text(&rules->items[i], "need");
  return need && w->r->inquiry.n_competences &&
         strcmp(need, competence_at(w, w->r->inquiry.competences[0])->key) == 0;
}

/* What was proposed is weighed, unless it does not fit: see needs/choose.c. */
static bool was_weighed(const struct writer *w, const char *id) {
  const struct inquiry *q = &w->r->inquiry;
  struct development d;
  if (!catalogue_development(q->catalogue, id, q->arena, &d))
    return false;

  for (uint32_t i = 0; i < w->r->now.n; i++) {
    const struct weighed *o = &w->r->now.items[i];
    for (uint32_t k = 0; strcmp(o->id, d.id) == 0 && k < o->n_fates; k++)
      if (q->facts->needs[o->fates[k].need].competence == q->competences[0])
        return true;
  }

  return false;
}

static const char *failure_of(const struct writer *w, const struct json *rule) {
  const char *failed = json_text(rule, "failed");
  if (failed)
    return arena_printf(w->r->inquiry.arena, "it failed: %s", failed);
  return NULL;
}

/* Why nothing comes of this rule; NULL: something does. */
static const char *refusal_of(const struct writer *w, const struct json *rule) {
  const char *why = json_text(rule, "why_not"), *development = json_text(rule, "development"),
             *failed = failure_of(w, rule);
  if (why || failed) {
    if (why)
      return why;
    return failed;
  }
  if (!development)
    return "it proposes nothing here";
  if (was_weighed(w, development))
    return NULL;

  return "nobody has rated this, so the first step is to find out";
}

static void add_refusal(struct refusal *list, uint32_t *n, const char *why,
                        const struct json *rule) {
  const struct json *read = json_member(rule, "read");
  uint32_t i = 0, reads = read ? read->n : 0;
  while (i < *n && strcmp(list[i].why, why) != 0)
    i++;
  if (i == *n)
    list[(*n)++] = (struct refusal){
        .why = why, .failed = json_text(rule, "failed") != NULL, .at = i};

  if (list[i].n < NAMED)
    list[i].names[list[i].n] = json_text(rule, "rule");

  list[i].n++;
  if (reads > list[i].reads)
    list[i].reads = reads;
}

static void json_named_rules(struct writer *w, const struct refusal *r) {
  uint32_t most = 1;
  if (!(r->failed && w->m->names == 0))
    most = w->m->names;

  if (most == 0)
    return;

  json_key(w->b, "names");
  json_open(w->b, '[');
  for (uint32_t i = 0; i < r->n && i < most; i++)
    if (r->names[i])
      json_str(w->b, r->names[i]);

  json_close(w->b, ']');
}

static void json_refusal(struct writer *w, const struct refusal *r) {
  json_open(w->b, '{');
  key_str(w->b, "why_not",
          cut_to(w, r->why, r->failed && w->m->text < FAILURE_TEXT ? FAILURE_TEXT : w->m->text));
  key_int(w->b, "rules", r->n);
  if (r->failed)
    key_bool(w->b, "failed", true);

  json_named_rules(w, r);
  json_close(w->b, '}');
}

/* Of the first competence asked about; the rules that are for others are only counted. */
static void json_silent(struct writer *w) {
  const struct json *rules = w->r->inquiry.rules;
  uint32_t n = 0, looking = 0, others = w->r->n_rules;
  struct refusal *list = arena_alloc(w->r->inquiry.arena,
                                     ((rules ? rules->n : 0) + 1) * sizeof *list);

  for (uint32_t i = 0; rules && i < rules->n; i++) {
    if (!looked(w, rules, i))
      continue;

    const char *why = refusal_of(w, &rules->items[i]);
    looking++;
    if (why)
      add_refusal(list, &n, why, &rules->items[i]);
  }

  if (n > 1)
    qsort(list, n, sizeof *list, refusal_order);

  json_key(w->b, "silent");
  json_open(w->b, '[');

  uint32_t most = 1;
  if (!(w->m->silent == 0 && list[0].failed))
    most = w->m->silent;
  for (uint32_t i = 0; i < n && i < most; i++)
    json_refusal(w, &list[i]);

  json_close(w->b, ']');
  if (n > most)
    w->left.silent = n - most;
  else
    w->left.silent = 0;

  key_int(w->b, "other_rules", others > looking ? others - looking : 0);
}

/* --- the nearest way in --- */

/* What was asked about, or named just before, is "it"; of one competence the kind says enough:
 * "Coaching". */
static const char *opening_words(const struct writer *w, const struct change *change,
                                 const struct opening *o) {
  const struct inquiry *q = &w->r->inquiry;
  const char *dot = strchr(o->id, '.');
  bool named = dot && change->code && strcmp(dot + 1, change->code) == 0;
  const struct coded *kind = NULL;

  if (dot)
    kind = catalogue_coded(q->catalogue, DOMAIN_KIND,
                           arena_strndup(q->arena, o->id, (size_t)(dot - o->id)));

  bool formal = kind && kind->extra && strcmp(kind->extra, "formal") == 0;
  if (q->recommendation || named)
    return "it";
  if (kind && !formal && q->n_competences == 1)
    return kind->words;

  return o->title;
}

/* A long name is cut, never the end of the sentence. */
static const char *sentence(const struct writer *w, const struct way_in *way) {
  const struct inquiry *q = &w->r->inquiry;
  bool named = q->n_competences != 1 || way->change->competence != q->competences[0];
  const char *condition = change_words(q->catalogue, way->change, named, q->arena);
  const char *more = "";

  if (way->n_opens > 1)
    more = arena_printf(q->arena, " (and %u more)", way->n_opens - 1);

  return arena_printf(q->arena, "%s: %s%s would be %s.", cut(w, condition),
                      cut(w, opening_words(w, way->change, &way->opens[0])), more,
                      way->opens[0].recommended ? "recommended" : "one of the choices");
}

static void json_way(struct writer *w, const struct way_in *way) {
  json_open(w->b, '{');
  json_key(w->b, "change");
  json_change(w->b, w->r->inquiry.catalogue, way->change);
  key_str(w->b, "sentence", sentence(w, way));
  json_key(w->b, "opens");
  json_open(w->b, '[');
  for (uint32_t i = 0; i < way->n_opens && i < w->m->opens; i++)
    json_str(w->b, way->opens[i].id);

  json_close(w->b, ']');
  key_bool(w->b, "recommended", way->opens[0].recommended);
  json_close(w->b, '}');
}

static void json_nearest(struct writer *w) {
  uint32_t shown = MIN(w->r->n_ways, w->m->ways);
  json_key(w->b, "nearest");
  json_open(w->b, '[');
  for (uint32_t i = 0; i < shown; i++)
    json_way(w, &w->r->ways[i]);

  json_close(w->b, ']');
  if (w->r->more_ways)
    key_bool(w->b, "more_to_try", true);

  w->left.nearest = w->r->n_ways - shown;
}

/* --- all of it --- */

static void json_left_out(struct writer *w) {
  const struct {
    const char *name;
    uint32_t n;
  } rows[] = {{"needs", w->left.needs},
              {"proposed", w->left.proposed},
              {"silent", w->left.silent},
              {"nearest", w->left.nearest}};
  bool any = false;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    any |= rows[i].n > 0;

  if (!any)
    return;

  json_key(w->b, "left_out");
  json_open(w->b, '{');
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (rows[i].n)
      key_int(w->b, rows[i].name, rows[i].n);

  json_close(w->b, '}');
}

static void write_once(struct writer *w) {
  const struct inquiry *q = &w->r->inquiry;
  json_open(w->b, '{');
  key_str(w->b, "person", q->person->subject);
  key_date(w->b, "day", q->day);
  json_opt_str(w->b, "absent", absence_of(q->person, q->day));
  json_opt_str(w->b, "recommendation", q->recommendation);
  json_needs(w);
  json_proposed(w);
  json_silent(w);
  json_nearest(w);
  json_left_out(w);
  json_close(w->b, '}');
}

void write_reasons(const struct reasons *r, struct buf *out) {
  for (size_t i = 0; i < ARRAY_LEN(measures); i++) {
    struct writer w = {.r = r, .m = &measures[i], .b = out};
    buf_reset(out);
    write_once(&w);
    if (out->len < WHY_MAX)
      return;
  }
}
