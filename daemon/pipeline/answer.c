/* answer - the questions about one person and about what the daemon serves, read from memory. overview.c answers about many,
 * explain.c says why. */
#include <errno.h>
#include <string.h>

#include "event/json.h"
#include "pipeline/members.h"
#include "pipeline/said.h"
#include "pipeline/titles.h"

enum { SETTLED_MS = 30000 };

/* --- person --- */

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

void pipeline_ask_person(struct pipeline *p, const char *authority, const char *school, const char *subject, answered *done,
                         void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct person *person = find_person(p, authority, school, subject);
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
  give_answer(done, arg, &b);
}

/* --- recommendation --- */

static int copy_sequence(void *arg, const struct outbox_row *row) {
  *(uint64_t *)arg = row->sequence;
  return 0;
}

void pipeline_ask_recommendation(struct pipeline *p, const char *authority, const char *school, const char *subject,
                                 const char *id, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct person *person = find_person(p, authority, school, subject);
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
  give_answer(done, arg, &b);
}

/* --- rules, catalogue, health --- */

/* How many of the people who stood under an older pair have been worked out anew. */
static void json_renewing(struct buf *b, const struct serving *s) {
  json_key(b, "renewing");
  if (!s->renewing) {
    json_null(b);
    return;
  }
  json_open(b, '{');
  key_int(b, "done", (int64_t)(s->renewing_of - s->renewing));
  key_int(b, "of", (int64_t)s->renewing_of);
  json_close(b, '}');
}

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
  json_renewing(&b, s);
  key_str(&b, "position", buf_cstr(&token));
  json_close(&b, '}');
  buf_finish(&token);
  give_answer(done, arg, &b);
}

void pipeline_ask_catalogue(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct buf b = {0};
  if (!c) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }
  catalogue_describe(c, &b);
  give_answer(done, arg, &b);
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
  give_answer(done, arg, &b);
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
    json_renewing(b, s);
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
  give_answer(done, arg, &b);
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
  give_answer(s->done, s->arg, &b);
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
