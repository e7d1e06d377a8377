/* answer - the questions that need people, needs and rules: read from memory, explained by running the evaluation again with its
 * reads traced. */
#include <errno.h>
#include <string.h>

#include "event/json.h"
#include "pipeline/said.h"
#include "pipeline/state.h"
#include "pipeline/titles.h"

enum { SETTLED_MS = 30000 };

/* --- small words --- */

static void key_str(struct buf *b, const char *key, const char *value) {
  json_key(b, key);
  json_str(b, value);
}
static void key_int(struct buf *b, const char *key, int64_t value) {
  json_key(b, key);
  if (value == ABSENT)
    json_null(b);
  else
    json_int(b, value);
}
static void key_bool(struct buf *b, const char *key, bool value) {
  json_key(b, key);
  json_bool(b, value);
}
static void key_date(struct buf *b, const char *key, int32_t day) {
  char text[DATE_TEXT];
  json_key(b, key);
  if (day == ABSENT || day == INT32_MAX)
    json_null(b);
  else
    json_str(b, date_text(day, text));
}
static void key_hash(struct buf *b, const char *key, const struct hash256 *hash) {
  char hex[65];
  key_str(b, key, hash256_hex(hash, hex));
}

static void give(answered *done, void *arg, struct buf *b) {
  done(arg, 0, (const char *)b->data, b->len);
  buf_finish(b);
}

static struct person *find(struct pipeline *p, const char *authority, const char *school, const char *subject) {
  struct person *person = people_person(&p->people, authority, school, subject, false);
  return person && !person->erased ? person : NULL;
}

/* --- person --- */

static void json_levels(struct buf *b, const struct framework *f) {
  json_key(b, "levels");
  json_open(b, '[');
  for (int i = 0; i < f->n_levels; i++) json_str(b, f->levels[i]);
  json_close(b, ']');
}

static void json_need_members(struct buf *b, const struct catalogue *c, const struct need *n) {
  static const char *const natures[] = {"skill", "knowledge", "both", "unknown"};
  const struct competence *k = catalogue_competence_at(c, n->competence);
  key_str(b, "competence", k->key);
  key_str(b, "title", k->title);
  json_levels(b, k->framework);
  key_int(b, "current", n->current);
  key_int(b, "required", n->required);
  key_int(b, "gap", n->gap);
  key_str(b, "importance", importance_words[n->importance]);
  key_str(b, "purpose", purpose_words[n->purpose]);
  key_str(b, "nature", natures[n->nature]);
  key_str(b, "post", n->post);
  key_str(b, "from", need_from_words[n->from]);
  key_str(b, "evidence", n->evidence);
  key_date(b, "rated_on", n->rated_on);
  key_date(b, "lapsed_on", n->lapsed_on);
  key_int(b, "confidence", n->confidence);
  key_bool(b, "confirm", n->confirm);
  if (k->certainty == CERTAINTY_LOW) key_str(b, "certainty", "low");
}

/* The closing brace is left to whoever has more members to add. */
static void open_advice(struct buf *b, const struct standing *s, const struct buf *stand) {
  buf_put(b, s->advice, s->len - 1);
  buf_puts(b, ",\"stand\":");
  json_strn(b, (const char *)stand->data, stand->len);
}

static void json_recommendations(struct buf *b, const struct pipeline *p, const struct person *person,
                                 const struct spoken *spoken) {
  struct buf stand = {0}, one = {0};
  stand_token(&person->stand, store_key(p->store), &stand);
  json_key(b, "recommendations");
  json_open(b, '[');
  for (size_t i = 0; i < person->n_standing; i++) {
    buf_reset(&one);
    open_advice(&one, &person->standing[i], &stand);
    json_answered_members(&one, spoken, person->standing[i].id);
    json_close(&one, '}');
    json_raw(b, one.data, one.len);
  }
  json_close(b, ']');
  buf_finish(&stand);
  buf_finish(&one);
}

static void json_held(struct buf *b, const struct person *person) {
  const char *held = person->held ? person->held : "[]";
  json_key(b, "held_back");
  json_raw(b, held, strlen(held));
}

/* Roles of the posts in force or to come, as stated last, or the role that the job title stands for; none: nobody said that the
 * person works here. */
static void json_posts(struct buf *b, const struct person *person, const struct catalogue *c, int32_t day) {
  const struct title_view title = title_of(person, c, day);
  const struct event *e = people_newest(&person->facts, EVENT_PERSON);
  const struct person_recorded *said = e ? e->data : NULL;
  json_key(b, "posts");
  json_open(b, '[');
  for (uint32_t i = 0; said && i < said->roles.n; i++)
    if (said->roles.items[i].to == ABSENT || said->roles.items[i].to >= day) json_str(b, said->roles.items[i].role);
  if (title.state == TITLE_POST) json_str(b, title.role->code);
  json_close(b, ']');
  json_title(b, person, c, day);
}

/* Who has left, and who must not be looked at: nothing is worked out, and nothing counted. */
static const char *absence_of(const struct person *person, int32_t day) {
  static const char *const words[] = {[PRESENCE_LEFT] = "left", [PRESENCE_RESTRICTED] = "restricted"};
  int32_t wakes = INT32_MAX;
  return words[presence_of(person, day, &wakes)];
}

void pipeline_ask_person(struct pipeline *p, const char *authority, const char *school, const char *subject, answered *done,
                         void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct person *person = find(p, authority, school, subject);
  if (!c || !person) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  struct arena a = {0};
  struct facts facts = {0};
  struct buf b = {0};
  int32_t wakes;
  if (p->day != ABSENT) facts_of(person, c, p->day, &a, &facts, &wakes);
  json_open(&b, '{');
  key_str(&b, "person", person->subject);
  key_date(&b, "day", p->day);
  key_bool(&b, "due", person->due_since != 0);
  json_posts(&b, person, c, p->day);
  json_opt_str(&b, "absent", absence_of(person, p->day));
  json_key(&b, "needs");
  json_open(&b, '[');
  for (uint32_t i = 0; i < facts.n_needs; i++) {
    json_open(&b, '{');
    json_need_members(&b, c, &facts.needs[i]);
    json_close(&b, '}');
  }
  json_close(&b, ']');
  const struct spoken spoken = spoken_by(person, c, p->day, &a);
  json_recommendations(&b, p, person, &spoken);
  json_held(&b, person);
  json_answered(&b, &spoken);
  json_close(&b, '}');
  arena_finish(&a);
  give(done, arg, &b);
}

/* --- school --- */

/* What an overview counts, of one person or of all. */
struct overview {
  int32_t needs, unrated, required, recommendations, compliance;
  struct takeup takeup;
};

static void json_counts(struct buf *b, const struct overview *o) {
  key_int(b, "needs", o->needs);
  key_int(b, "unrated", o->unrated);
  key_int(b, "required_by_law", o->required);
  key_int(b, "recommendations", o->recommendations);
  key_int(b, "compliance", o->compliance);
  json_takeup(b, o->takeup);
}

static struct overview overview_of(struct pipeline *p, const struct catalogue *c, struct person *person, struct arena *a) {
  struct facts facts = {0};
  struct overview o = {.recommendations = (int32_t)person->n_standing};
  int32_t wakes;
  if (p->day != ABSENT) facts_of(person, c, p->day, a, &facts, &wakes);
  o.needs = (int32_t)facts.n_needs;
  for (uint32_t i = 0; i < facts.n_needs; i++) {
    const struct need *n = &facts.needs[i];
    o.unrated += n->current == ABSENT;
    o.required += n->importance == IMPORTANCE_STATUTORY && (n->current == ABSENT || n->gap > 0);
  }
  for (size_t i = 0; i < person->n_standing; i++)
    o.compliance += strstr(person->standing[i].advice, "\"purpose\":\"compliance\"") != NULL;
  if (absence_of(person, p->day)) return o;
  const struct spoken spoken = spoken_by(person, c, p->day, a);
  o.takeup = takeup_of(&spoken);
  return o;
}

static void json_overview(struct buf *b, struct pipeline *p, const struct catalogue *c, struct person *person, struct arena *a,
                          struct overview *total) {
  arena_reset(a);
  const struct overview o = overview_of(p, c, person, a);
  json_open(b, '{');
  key_str(b, "person", person->subject);
  json_counts(b, &o);
  key_bool(b, "due", person->due_since != 0);
  if (title_waits(person, c, p->day)) key_bool(b, "title_waits", true);
  json_opt_str(b, "absent", absence_of(person, p->day));
  json_close(b, '}');
  total->needs += o.needs;
  total->unrated += o.unrated;
  total->required += o.required;
  total->recommendations += o.recommendations;
  total->compliance += o.compliance;
  takeup_add(&total->takeup, o.takeup);
}

/* Nothing is, once all that was pushed about them was taken back, such as rows under a mistyped id. */
static bool anything_known(const struct person *person) {
  for (size_t i = 0; i < person->facts.n; i++)
    if (fact_live(person->facts.items[i])) return true;
  return false;
}

void pipeline_ask_school(struct pipeline *p, const char *authority, const char *code, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct school *school = people_school(&p->people, authority, code, false);
  if (!c || !school) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  struct arena a = {0};
  struct buf b = {0};
  struct overview total = {0};
  int64_t persons = 0;
  json_open(&b, '{');
  key_str(&b, "school", school->code);
  key_date(&b, "day", p->day);
  json_key(&b, "persons");
  json_open(&b, '[');
  for (size_t i = 0; i < school->n_persons; i++) {
    if (school->persons[i]->erased || !anything_known(school->persons[i])) continue;
    json_overview(&b, p, c, school->persons[i], &a, &total);
    persons++;
  }
  json_close(&b, ']');
  json_key(&b, "total");
  json_open(&b, '{');
  key_int(&b, "persons", persons);
  json_counts(&b, &total);
  json_close(&b, '}');
  json_close(&b, '}');
  arena_finish(&a);
  give(done, arg, &b);
}

/* --- schools --- */

struct school_counts {
  int64_t persons, due, needs, recommendations;
};

static void json_school_counts(struct buf *b, const struct school_counts *n) {
  key_int(b, "persons", n->persons);
  key_int(b, "due", n->due);
  key_int(b, "needs", n->needs);
  key_int(b, "recommendations", n->recommendations);
}

static struct school_counts count_school(struct pipeline *p, const struct catalogue *c, const struct school *school,
                                         struct arena *a) {
  struct school_counts n = {0};
  for (size_t i = 0; i < school->n_persons; i++) {
    struct person *person = school->persons[i];
    struct facts facts = {0};
    int32_t wakes;
    if (person->erased || !anything_known(person)) continue;
    arena_reset(a);
    if (p->day != ABSENT) facts_of(person, c, p->day, a, &facts, &wakes);
    n.persons++;
    n.due += person->due_since != 0;
    n.needs += facts.n_needs;
    n.recommendations += person->n_standing;
  }
  return n;
}

static void json_schools(struct buf *b, struct pipeline *p, const struct catalogue *c, const struct authority *authority,
                         struct school_counts *total) {
  struct arena a = {0};
  for (size_t i = 0; authority && i < authority->n_schools; i++) {
    const struct school *school = authority->schools[i];
    const struct school_counts n = count_school(p, c, school, &a);
    if (!n.persons) continue; /* "-", or all that was pushed was taken back */
    json_open(b, '{');
    key_str(b, "school", school->code);
    json_school_counts(b, &n);
    json_close(b, '}');
    total->persons += n.persons;
    total->due += n.due;
    total->needs += n.needs;
    total->recommendations += n.recommendations;
  }
  arena_finish(&a);
}

void pipeline_ask_schools(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct school_counts total = {0};
  struct buf b = {0};
  if (!c) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  json_open(&b, '{');
  key_str(&b, "authority", authority);
  key_date(&b, "day", p->day);
  json_key(&b, "schools");
  json_open(&b, '[');
  json_schools(&b, p, c, people_authority(&p->people, authority, false), &total);
  json_close(&b, ']');
  json_key(&b, "total");
  json_open(&b, '{');
  json_school_counts(&b, &total);
  json_close(&b, '}');
  json_close(&b, '}');
  give(done, arg, &b);
}

/* --- answers --- */

void pipeline_ask_answers(struct pipeline *p, const char *authority, const char *code, const char *subject, answered *done,
                          void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct school *school = people_school(&p->people, authority, code, false);
  if (!c || !school || (subject && !find(p, authority, code, subject))) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  struct arena a = {0};
  struct buf b = {0};
  json_open(&b, '{');
  key_str(&b, "school", school->code);
  key_date(&b, "day", p->day);
  json_key(&b, "answers");
  json_open(&b, '[');
  for (size_t i = 0; i < school->n_persons; i++) {
    const struct person *person = school->persons[i];
    if (person->erased || (subject ? strcmp(person->subject, subject) != 0 : absence_of(person, p->day) != NULL)) continue;
    arena_reset(&a);
    const struct spoken spoken = spoken_by(person, c, p->day, &a);
    json_answer_lines(&b, &spoken);
  }
  json_close(&b, ']');
  json_close(&b, '}');
  arena_finish(&a);
  give(done, arg, &b);
}

/* --- recommendation --- */

static int copy_sequence(void *arg, const struct outbox_row *row) {
  *(uint64_t *)arg = row->sequence;
  return 0;
}

void pipeline_ask_recommendation(struct pipeline *p, const char *authority, const char *school, const char *subject,
                                 const char *id, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct person *person = find(p, authority, school, subject);
  const struct standing *standing = NULL;
  for (size_t i = 0; c && person && i < person->n_standing; i++)
    if (strcmp(person->standing[i].id, id) == 0) standing = &person->standing[i];
  if (!standing) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  struct arena a = {0};
  struct buf b = {0}, stand = {0}, one = {0};
  uint64_t sequence = 0;
  char text[16];
  stand_token(&person->stand, store_key(p->store), &stand);
  open_advice(&one, standing, &stand);
  json_close(&one, '}');
  store_outbox_at(p->store, standing->publication, copy_sequence, &sequence);
  snprintf(text, sizeof text, "%012llu", (unsigned long long)sequence);
  json_open(&b, '{');
  json_key(&b, "recommendation");
  json_raw(&b, one.data, one.len);
  const struct spoken spoken = spoken_by(person, c, p->day, &a);
  json_responses(&b, &spoken, id);
  json_agreements(&b, &spoken, id);
  key_str(&b, "sequence", text);
  json_close(&b, '}');
  arena_finish(&a);
  buf_finish(&stand);
  buf_finish(&one);
  give(done, arg, &b);
}

/* --- explain --- */

struct explanation {
  struct pipeline *pipeline;
  struct person *person;
  const struct catalogue *catalogue;
  struct arena arena;
  struct facts facts;
  int32_t day;
  const char *recommendation, *competence;
  answered *done;
  void *arg;
  struct explanation *next;
};

static void emit(struct buf *b, const struct json *v) {
  switch (v->kind) {
  case JSON_NULL:
    json_null(b);
    break;
  case JSON_BOOL:
    json_bool(b, v->boolean);
    break;
  case JSON_NUMBER:
    json_raw(b, v->text, v->len);
    break;
  case JSON_STRING:
    json_strn(b, v->text, v->len);
    break;
  case JSON_ARRAY:
  case JSON_OBJECT:
    json_open(b, v->kind == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < v->n; i++) {
      if (v->kind == JSON_OBJECT) json_key(b, v->items[i].key);
      emit(b, &v->items[i]);
    }
    json_close(b, v->kind == JSON_ARRAY ? ']' : '}');
  }
}

static bool is_text(const struct json *o, const char *key, const char *text) {
  const struct json *m = json_member(o, key);
  return m && m->kind == JSON_STRING && strcmp(m->text, text) == 0;
}

static const struct rule_info *rule_named(struct pipeline *p, const char *authority, const char *name) {
  uint32_t n;
  const struct rule_info *rules = pipeline_rules(p, authority, &n);
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(rules[i].name, name) == 0) return &rules[i];
  return NULL;
}

/* What the trace says of one need, rule by rule; the worker's members as they are, with the rule's source and about added. */
static void json_rules(struct buf *b, struct explanation *x, const struct json *trace, const char *key) {
  const struct json *rules = trace ? json_member(trace, "rules") : NULL;
  json_key(b, "rules");
  json_open(b, '[');
  for (uint32_t i = 0; rules && i < rules->n; i++) {
    const struct json *r = &rules->items[i];
    const struct json *name = json_member(r, "rule");
    if (!is_text(r, "need", key) && json_member(r, "need")) continue;
    const struct rule_info *info = name && name->kind == JSON_STRING
                                       ? rule_named(x->pipeline, x->person->school->authority->code, name->text)
                                       : NULL;
    json_open(b, '{');
    for (uint32_t k = 0; k < r->n; k++) {
      if (strcmp(r->items[k].key, "need") == 0) continue;
      json_key(b, r->items[k].key);
      emit(b, &r->items[k]);
    }
    if (info) {
      key_str(b, "about", info->about);
      key_str(b, "source", info->source);
    }
    json_close(b, '}');
  }
  json_close(b, ']');
}

static void json_ratings(struct buf *b, const struct rating_view *ratings, uint32_t n, const struct need *need, int32_t day) {
  json_key(b, "ratings");
  json_open(b, '[');
  for (uint32_t i = 0; i < n; i++) {
    const struct rating_view *r = &ratings[i];
    if (r->competence->index != need->competence) continue;
    bool in_force = r->date <= day && rating_last_day(r) >= day;
    json_open(b, '{');
    key_int(b, "level", r->level);
    key_str(b, "evidence", r->kind->kind);
    key_date(b, "date", r->date);
    key_str(b, "by", r->by);
    key_date(b, "last_day", rating_last_day(r));
    key_bool(b, "in_force", in_force);
    key_bool(b, "deciding",
             in_force && need->evidence && strcmp(need->evidence, r->kind->kind) == 0 && r->date == need->rated_on &&
                 r->level == need->current);
    json_close(b, '}');
  }
  json_close(b, ']');
}

static bool proposed(const struct json *trace, const char *key, const char *recommendation) {
  const struct json *rules = trace ? json_member(trace, "rules") : NULL;
  for (uint32_t i = 0; rules && i < rules->n; i++)
    if (is_text(&rules->items[i], "need", key) && is_text(&rules->items[i], "development", recommendation)) return true;
  return false;
}

static bool names_competence(const char *advice, const char *key) {
  char member[200];
  snprintf(member, sizeof member, "\"competence\":\"%s\"", key);
  return strstr(advice, member) != NULL;
}

static bool wanted(const struct explanation *x, const struct need *n, const struct json *trace) {
  const struct competence *k = catalogue_competence_at(x->catalogue, n->competence);
  if (x->competence && catalogue_competence(x->catalogue, x->competence) != k) return false;
  if (!x->recommendation || proposed(trace, k->key, x->recommendation)) return true;
  for (size_t i = 0; i < x->person->n_standing; i++)
    if (strcmp(x->person->standing[i].id, x->recommendation) == 0 && names_competence(x->person->standing[i].advice, k->key))
      return true;
  return false;
}

/* The competence that was asked for, where nothing is needed in it: what shows that, or why nobody asks. */
static void json_met(struct buf *b, struct explanation *x, const struct rating_view *ratings, uint32_t n) {
  const struct competence *k = catalogue_competence(x->catalogue, x->competence);
  uint32_t from = 0, to;
  int32_t wakes = INT32_MAX;
  while (from < n && ratings[from].competence != k) from++;
  for (to = from; to < n && ratings[to].competence == k;) to++;
  struct level level = level_on(ratings + from, to - from, x->day, &wakes);
  const struct need as = {
      .competence = k->index, .current = level.current, .rated_on = level.rated_on, .evidence = level.evidence};
  json_open(b, '{');
  key_str(b, "competence", k->key);
  key_str(b, "title", k->title);
  json_levels(b, k->framework);
  key_int(b, "current", level.current);
  key_bool(b, "met", true);
  json_ratings(b, ratings, n, &as, x->day);
  json_key(b, "rules");
  json_open(b, '[');
  json_close(b, ']');
  json_close(b, '}');
}

/* What the recommendation would answer, as the catalogue has it: where nothing proposes it, these are what to ask about. */
static void json_would_answer(struct buf *b, struct explanation *x) {
  struct development d;
  if (!x->recommendation || !catalogue_development(x->catalogue, x->recommendation, &x->arena, &d)) return;
  json_key(b, "would_answer");
  json_open(b, '[');
  for (uint32_t i = 0; i < d.n_competences; i++) json_str(b, d.competences[i]->key);
  json_close(b, ']');
}

static void on_explained(void *arg, const struct outcome *o) {
  struct explanation *x = arg;
  struct json tree;
  size_t offset;
  const char *message;
  struct buf b = {0};
  bool traced = o->trace && json_tree(&x->arena, o->trace, strlen(o->trace), &tree, &offset, &message) == 0;
  uint32_t n_ratings;
  const struct rating_view *ratings = ratings_of(x->person, x->catalogue, &x->arena, &n_ratings);
  json_open(&b, '{');
  key_str(&b, "person", x->person->subject);
  key_date(&b, "day", x->day);
  json_title(&b, x->person, x->catalogue, x->day);
  json_key(&b, "needs");
  json_open(&b, '[');
  bool any = false;
  for (uint32_t i = 0; i < x->facts.n_needs; i++) {
    const struct need *n = &x->facts.needs[i];
    if (!wanted(x, n, traced ? &tree : NULL)) continue;
    any = true;
    json_open(&b, '{');
    json_need_members(&b, x->catalogue, n);
    json_ratings(&b, ratings, n_ratings, n, x->day);
    json_rules(&b, x, traced ? &tree : NULL, catalogue_competence_at(x->catalogue, n->competence)->key);
    json_close(&b, '}');
  }
  if (!any && x->competence && !x->recommendation) json_met(&b, x, ratings, n_ratings);
  json_close(&b, ']');
  json_key(&b, "recommendations");
  json_open(&b, '[');
  for (size_t i = 0; i < x->person->n_standing; i++) json_str(&b, x->person->standing[i].id);
  json_close(&b, ']');
  json_held(&b, x->person);
  const struct spoken spoken = spoken_by(x->person, x->catalogue, x->day, &x->arena);
  if (x->recommendation) json_answered_members(&b, &spoken, x->recommendation);
  json_would_answer(&b, x);
  json_close(&b, '}');
  answered *done = x->done;
  void *done_arg = x->arg;
  arena_finish(&x->arena);
  for (struct explanation **at = &x->pipeline->explaining; *at; at = &(*at)->next)
    if (*at == x) {
      *at = x->next;
      break;
    }
  free(x);
  give(done, done_arg, &b);
}

void pipeline_explain(struct pipeline *p, const char *authority, const char *school, const char *subject,
                      const char *recommendation, const char *competence, answered *done, void *arg) {
  struct serving *s = serving_of(p, authority);
  struct person *person = find(p, authority, school, subject);
  if (!s || !person || p->day == ABSENT || !s->pair || !s->pair->ready) {
    done(arg, s && person ? -EAGAIN : -ENOENT, NULL, 0);
    return;
  }
  if (competence && !catalogue_competence(s->pair->catalogue, competence)) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  struct explanation *x = mem_alloc(sizeof *x);
  *x = (struct explanation){
      .pipeline = p, .person = person, .catalogue = s->pair->catalogue, .day = p->day, .done = done, .arg = arg};
  struct buf bytes = {0};
  int32_t wakes;
  x->recommendation = recommendation ? arena_strndup(&x->arena, recommendation, strlen(recommendation)) : NULL;
  x->competence = competence ? arena_strndup(&x->arena, competence, strlen(competence)) : NULL;
  x->next = p->explaining;
  p->explaining = x;
  facts_of(person, x->catalogue, p->day, &x->arena, &x->facts, &wakes);
  facts_encode(&x->facts, &bytes);
  ruleset_evaluate(s->pair->ruleset, &bytes, x->facts.n_needs, p->day, true, on_explained, x);
  buf_finish(&bytes);
}

/* The pair is going: whoever waits for an explanation under it is told to ask again. */
void explanations_drop(struct pipeline *p, const struct catalogue *c) {
  for (struct explanation **at = &p->explaining; *at;) {
    struct explanation *x = *at;
    if (x->catalogue != c) {
      at = &x->next;
      continue;
    }
    *at = x->next;
    x->done(x->arg, -EAGAIN, NULL, 0);
    arena_finish(&x->arena);
    free(x);
  }
}

/* --- rules, catalogue, health --- */

static void json_rule_list(struct buf *b, const struct pair *pair) {
  uint32_t n = 0;
  const struct rule_info *rules = pair->ready ? ruleset_rules(pair->ruleset, &n) : NULL;
  json_key(b, "list");
  json_open(b, '[');
  for (uint32_t i = 0; i < n; i++) {
    bool aside = false;
    for (size_t k = 0; k < pair->n_aside; k++) aside |= strcmp(pair->aside[k], rules[i].name) == 0;
    json_open(b, '{');
    key_str(b, "rule", rules[i].name);
    key_str(b, "about", rules[i].about);
    key_str(b, "source", rules[i].source);
    key_str(b, "owner", rules[i].owner);
    key_str(b, "file", rules[i].file);
    key_int(b, "line", rules[i].line);
    key_bool(b, "aside", aside);
    json_close(b, '}');
  }
  json_close(b, ']');
  json_key(b, "aside");
  json_open(b, '[');
  for (size_t k = 0; k < pair->n_aside; k++) json_str(b, pair->aside[k]);
  json_close(b, ']');
}

void pipeline_ask_rules(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct serving *s = serving_of(p, authority);
  if (!s || !s->pair) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  struct buf b = {0}, token = {0};
  pipeline_seal_position(p, s->position, &token);
  json_open(&b, '{');
  json_key(&b, "serving");
  json_open(&b, '{');
  key_hash(&b, "rules", &s->pair->rules);
  key_hash(&b, "catalogue", &s->pair->catalogue_hash);
  key_str(&b, "position", buf_cstr(&token));
  json_rule_list(&b, s->pair);
  json_close(&b, '}');
  json_key(&b, "refused");
  if (s->is_refused) {
    json_open(&b, '{');
    json_key(&b, "faults");
    json_open(&b, '[');
    for (size_t i = 0; i < s->refused.n; i++) json_str(&b, s->refused.lines[i]);
    json_close(&b, ']');
    json_close(&b, '}');
  } else {
    json_null(&b);
  }
  key_str(&b, "position", buf_cstr(&token));
  json_close(&b, '}');
  buf_finish(&token);
  give(done, arg, &b);
}

void pipeline_ask_catalogue(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct buf b = {0};
  if (!c) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  catalogue_describe(c, &b);
  give(done, arg, &b);
}

void pipeline_ask_codes(struct pipeline *p, const char *authority, const char *kind, const char *words, answered *done,
                        void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct buf b = {0};
  if (!c) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  catalogue_codes(c, kind, words, &b);
  give(done, arg, &b);
}

static int count_person(void *arg, struct person *person) {
  (void)person;
  ++*(size_t *)arg;
  return 0;
}

static size_t persons_in(struct pipeline *p, const char *code) {
  size_t n = 0;
  const struct authority *authority = people_authority(&p->people, code, false);
  for (size_t i = 0; authority && i < authority->n_schools; i++) n += authority->schools[i]->n_persons;
  return n;
}

static void json_authorities(struct buf *b, struct pipeline *p) {
  json_key(b, "authorities");
  json_open(b, '[');
  for (size_t i = 0; i < p->n_servings; i++) {
    const struct serving *s = p->servings[i];
    json_open(b, '{');
    key_str(b, "authority", s->code);
    key_str(b, "name", s->now.name);
    if (s->pair) {
      key_hash(b, "rules", &s->pair->rules);
      key_hash(b, "catalogue", &s->pair->catalogue_hash);
    }
    key_bool(b, "refused", s->is_refused);
    key_int(b, "persons", (int64_t)persons_in(p, s->code));
    key_int(b, "titles_waiting", (int64_t)titles_waiting(p, s->code));
    if (s->pair && s->pair->ready) {
      key_int(b, "backlog", (int64_t)ruleset_backlog(s->pair->ruleset));
      json_key(b, "worker");
      ruleset_health(s->pair->ruleset, b);
    }
    json_close(b, '}');
  }
  json_close(b, ']');
}

void pipeline_ask_health(struct pipeline *p, answered *done, void *arg) {
  struct buf b = {0}, token = {0};
  struct store_stats stats;
  size_t persons = 0;
  people_each(&p->people, count_person, &persons);
  store_stats(p->store, &stats);
  pipeline_seal_position(p, p->position, &token);
  json_open(&b, '{');
  key_date(&b, "day", p->day);
  key_str(&b, "position", buf_cstr(&token));
  key_int(&b, "publications", (int64_t)p->publication);
  key_int(&b, "persons", (int64_t)persons);
  key_int(&b, "due", (int64_t)p->n_due);
  key_int(&b, "in_flight", (int64_t)p->n_in_flight);
  key_int(&b, "waiting", (int64_t)p->n_waiting);
  key_int(&b, "evaluations", (int64_t)p->evaluations);
  key_bool(&b, "disk_full", p->full);
  key_int(&b, "uptime_s", (int64_t)((clock_mono_ms() - p->started_ms) / 1000));
  json_authorities(&b, p);
  json_key(&b, "store");
  json_open(&b, '{');
  key_int(&b, "commits", (int64_t)stats.commits);
  key_int(&b, "rows", (int64_t)stats.rows);
  key_int(&b, "commit_us_total", (int64_t)stats.commit_us_total);
  key_int(&b, "commit_us_max", (int64_t)stats.commit_us_max);
  key_int(&b, "db_bytes", (int64_t)stats.db_bytes);
  key_int(&b, "wal_bytes", (int64_t)stats.wal_bytes);
  json_close(&b, '}');
  json_close(&b, '}');
  buf_finish(&token);
  give(done, arg, &b);
}

/* --- settled --- */

static bool is_settled(const struct pipeline *p, uint64_t position) {
  if (p->position < position || p->day == ABSENT || p->stale) return false;
  return !p->due_head || p->due_head->due_since > position;
}

static void give_settled(struct pipeline *p, struct settled *s, bool settled) {
  struct buf b = {0}, token = {0};
  pipeline_seal_position(p, s->position, &token);
  json_open(&b, '{');
  key_bool(&b, "settled", settled);
  key_str(&b, "position", buf_cstr(&token));
  json_close(&b, '}');
  buf_finish(&token);
  give(s->done, s->arg, &b);
  free(s);
}

void settled_check(struct pipeline *p) {
  uint64_t now = clock_mono_ms();
  for (struct settled **at = &p->settled; *at;) {
    struct settled *s = *at;
    bool settled = is_settled(p, s->position);
    if (!settled && now < s->give_up_ms) {
      at = &s->next;
      continue;
    }
    *at = s->next;
    give_settled(p, s, settled);
  }
}

void settled_drop(struct pipeline *p) {
  while (p->settled) {
    struct settled *s = p->settled;
    p->settled = s->next;
    s->done(s->arg, -EAGAIN, NULL, 0);
    free(s);
  }
}

void pipeline_settled(struct pipeline *p, uint64_t position, answered *done, void *arg) {
  struct settled *s = mem_alloc(sizeof *s);
  *s = (struct settled){position ? position : p->position, done, arg, clock_mono_ms() + SETTLED_MS, p->settled};
  p->settled = s;
  settled_check(p);
}
