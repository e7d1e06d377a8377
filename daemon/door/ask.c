/* ask - questions in rows: what each takes, what it is about, who answers. The answers are the
 * pipeline's. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/words.h"
#include "door/follow.h"
#include "policy/policy.h"
#include "questions/questions.h"
#include "register/register.h"

enum {
  Q_QUESTION,
  Q_AUTHORITY,
  Q_SCHOOL,
  Q_PERSON,
  Q_RECOMMENDATION,
  Q_COMPETENCE,
  Q_POSITION,
  Q_KIND,
  Q_WORDS,
  Q_ROLE,
  Q_DUTY,
  Q_FROM,
  Q_TO,
  Q_RUN,
  Q_AFTER,
  Q_COUNT
};
static const struct body_row members[Q_COUNT] = {
    [Q_QUESTION] = {"question", BODY_TEXT, true, 1, 64},
    [Q_AUTHORITY] = {"authority", BODY_TEXT, false, 1, 64},
    [Q_SCHOOL] = {"school", BODY_TEXT, false, 1, 64},
    [Q_PERSON] = {"person", BODY_TEXT, false, 1, 64},
    [Q_RECOMMENDATION] = {"recommendation", BODY_TEXT, false, 1, 160},
    [Q_COMPETENCE] = {"competence", BODY_TEXT, false, 1, 160},
    [Q_POSITION] = {"position", BODY_TEXT, false, 1, CURSOR_TEXT_MAX},
    [Q_KIND] = {"kind", BODY_TEXT, false, 1, 64},
    [Q_WORDS] = {"words", BODY_TEXT, false, 1, 200},
    [Q_ROLE] = {"role", BODY_TEXT, false, 1, 64},
    [Q_DUTY] = {"duty", BODY_TEXT, false, 1, 160},
    [Q_FROM] = {"from", BODY_TEXT, false, 1, 64},
    [Q_TO] = {"to", BODY_TEXT, false, 1, 64},
    [Q_RUN] = {"run", BODY_TEXT, false, 1, 64},
    [Q_AFTER] = {"after", BODY_TEXT, false, 1, 20},
};
#define BIT(member) (1u << (member))
#define IN_SCHOOL (BIT(Q_AUTHORITY) | BIT(Q_SCHOOL))
#define OF_PERSON (IN_SCHOOL | BIT(Q_PERSON))

struct asked {
  const struct question *question;
  const char *values[Q_COUNT]; /* NULL = not given */
  uint64_t position;           /* opened */
};
struct waiting;
struct question {
  const char *name;
  unsigned needs, takes; /* members: required, optional */
  enum action action;
  const char *about;
  void (*handle)(struct door *d, const struct asked *q, struct waiting *w);
  /* members that the pipeline cannot know; may be NULL */
  void (*add)(struct door *d, struct buf *out);
  /* without a school it is of them all, and needs a key that may read them all */
  bool of_all;
  /* members: exactly one of these, 0 = no such rule */
  unsigned one_of;
  const char *busy; /* what -EBUSY means */
};

/* --- answers that come later --- */

struct waiting {
  struct pending pending;
  const struct question *question;
  const char *missing; /* pointer for not-found */
};

/* What is left would be half an answer. */
static void refuse_damaged(struct door *d, const struct address *to) {
  struct store *store = pipeline_store(d->pipeline);

  store_tell_damage(store);
  door_refuse_one(d, to, FAULT_DAMAGED, "",
                  "the answer needs what is damaged on the daemon's disk (%s); ask its operator to "
                  "restore the store",
                  store_damage(store));
}

static void refuse_rc(struct door *d, const struct waiting *w, int rc) {
  const struct address *to = &w->pending.to;

  if (rc == -ENOENT)
    door_refuse_one(d, to, FAULT_NOT_FOUND, w->missing, "nothing is known here under that name");
  else if (rc == -EAGAIN && pipeline_day(d->pipeline) == ABSENT)
    door_refuse_one(
        d, to, FAULT_NO_DAY, "",
        "the daemon has no day yet, so nothing has been evaluated; set one, or ask later");
  else if (rc == -EINVAL)
    door_refuse_one(d, to, FAULT_UNKNOWN_CODE, "/to",
                    "the catalogue knows no such goal; name a role or a qualification by its code, "
                    "as the question codes lists them");
  else if (rc == -EBUSY)
    door_refuse_one(d, to, FAULT_BUSY, "", "%s", w->question->busy);
  else if (rc == -EAGAIN)
    door_refuse_one(
        d, to, FAULT_BUSY, "",
        "the rules of this authority are being loaded or were just replaced; ask again later");
  else if (rc == -EBADMSG && *store_damage(pipeline_store(d->pipeline)))
    refuse_damaged(d, to);
  else
    door_refuse_one(d, to, FAULT_BUSY, "",
                    "the answer cannot be read from the disk (%s); the daemon's log says more",
                    strerror(-rc));
}

/* The pipeline's answer, and what only the door knows put in before its closing bracket. */
static void reply(struct door *d, const struct waiting *w, const char *json, size_t len) {
  struct buf out = {0};
  buf_put(&out, json, len);
  if (w->question->add) {
    out.len--;
    w->question->add(d, &out);
    json_close(&out, '}');
  }

  door_reply(d, &w->pending.to, "ok", out.data, out.len);
  buf_finish(&out);
}

static void on_answered(void *arg, int rc, const char *json, size_t len) {
  struct waiting *w = arg;
  struct door *d = w->pending.door;
  if (d) {
    pending_end(&w->pending);
    if (rc < 0)
      refuse_rc(d, w, rc);
    else
      reply(d, w, json, len);
  }

  free(w);
}

/* --- the questions --- */

#define PLACE(q) (q)->values[Q_AUTHORITY], (q)->values[Q_SCHOOL]

static void ask_person(struct door *d, const struct asked *q, struct waiting *w) {
  question_person(d->pipeline, PLACE(q), q->values[Q_PERSON], on_answered, w);
}

static void ask_routes(struct door *d, const struct asked *q, struct waiting *w) {
  question_routes(d->pipeline, PLACE(q), q->values[Q_PERSON], q->values[Q_TO], on_answered, w);
}

static void ask_school(struct door *d, const struct asked *q, struct waiting *w) {
  question_school(d->pipeline, PLACE(q), on_answered, w);
}

static void ask_schools(struct door *d, const struct asked *q, struct waiting *w) {
  question_schools(d->pipeline, q->values[Q_AUTHORITY], on_answered, w);
}

static void ask_recommendation(struct door *d, const struct asked *q, struct waiting *w) {
  question_recommendation(d->pipeline, PLACE(q), q->values[Q_PERSON], q->values[Q_RECOMMENDATION],
                          on_answered, w);
}

static void ask_answers(struct door *d, const struct asked *q, struct waiting *w) {
  question_answers(d->pipeline, PLACE(q), q->values[Q_PERSON], on_answered, w);
}

static void ask_explain(struct door *d, const struct asked *q, struct waiting *w) {
  question_explain(d->pipeline, PLACE(q), q->values[Q_PERSON], q->values[Q_RECOMMENDATION],
                   q->values[Q_COMPETENCE], on_answered, w);
}

static void ask_why(struct door *d, const struct asked *q, struct waiting *w) {
  question_why(d->pipeline, PLACE(q), q->values[Q_PERSON], q->values[Q_RECOMMENDATION],
               q->values[Q_COMPETENCE], on_answered, w);
}

static void ask_settled(struct door *d, const struct asked *q, struct waiting *w) {
  pipeline_settled(d->pipeline, q->position, on_answered, w);
}

static void ask_health(struct door *d, const struct asked *q, struct waiting *w) {
  (void)q;
  question_health(d->pipeline, on_answered, w);
}

static void add_health(struct door *d, struct buf *out) {
  json_key(out, "version");
  json_str(out, d->version);
  json_key(out, "follows");
  json_int(out, (int64_t)d->follows->n);

  struct door_stats s;
  door_stats(d, &s);
  json_key(out, "connections");
  json_open(out, '{');
  json_key(out, "open");
  json_int(out, (int64_t)s.connections);
  json_key(out, "limit");
  json_int(out, (int64_t)s.connections_limit);
  json_key(out, "times_full");
  json_int(out, (int64_t)s.counts->full);
  json_key(out, "closed_for_others");
  json_int(out, (int64_t)s.evicted);
  json_key(out, "refused");
  json_int(out, (int64_t)s.refused);
  json_close(out, '}');

  json_key(out, "unread");
  json_open(out, '{');
  json_key(out, "bytes");
  json_int(out, (int64_t)s.unread);
  json_key(out, "limit");
  json_int(out, (int64_t)PEERS_MAX);
  json_key(out, "disconnected");
  json_int(out, (int64_t)s.disconnected);
  json_close(out, '}');
}

static void ask_catalogue(struct door *d, const struct asked *q, struct waiting *w) {
  question_catalogue(d->pipeline, q->values[Q_AUTHORITY], on_answered, w);
}

static void ask_codes(struct door *d, const struct asked *q, struct waiting *w) {
  question_codes(d->pipeline, q->values[Q_AUTHORITY], q->values[Q_KIND], q->values[Q_WORDS],
                 on_answered, w);
}

static void ask_profile(struct door *d, const struct asked *q, struct waiting *w) {
  question_profile(d->pipeline, PLACE(q), q->values[Q_PERSON], q->values[Q_ROLE], q->values[Q_DUTY],
                   on_answered, w);
}

static void ask_rules(struct door *d, const struct asked *q, struct waiting *w) {
  question_rules(d->pipeline, q->values[Q_AUTHORITY], on_answered, w);
}

static void ask_register(struct door *d, const struct asked *q, struct waiting *w) {
  register_ask(d->pipeline, q->values[Q_AUTHORITY], q->values[Q_ROLE], on_answered, w);
}

static void ask_history(struct door *d, const struct asked *q, struct waiting *w) {
  question_history(d->pipeline, q->values[Q_AUTHORITY], on_answered, w);
}

static void ask_titles(struct door *d, const struct asked *q, struct waiting *w) {
  question_titles(d->pipeline, PLACE(q), on_answered, w);
}

static void ask_verify(struct door *d, const struct asked *q, struct waiting *w) {
  (void)q;
  question_verify(d->pipeline, on_answered, w);
}

/* --- what other rules would change --- */

static void refuse_waiting(struct door *d, struct waiting *w, enum fault_code code,
                           const char *pointer, const char *why) {
  pending_end(&w->pending);
  door_refuse_one(d, &w->pending.to, code, pointer, "%s", why);
  free(w);
}

static void refuse_run(struct door *d, struct waiting *w, int rc) {
  if (rc == -EAGAIN)
    refuse_waiting(d, w, FAULT_BUSY, "/run",
                   "it is being compared still; ask diff with this run how far it is");
  else
    refuse_waiting(d, w, FAULT_NOT_FOUND, "/run",
                   "no such comparison; only the last of an authority is kept, so begin another");
}

static enum fault_code diff_fault(int rc) {
  if (rc == -EBUSY)
    return FAULT_BUSY;
  if (rc == -EAGAIN)
    return FAULT_NO_DAY;
  return FAULT_NOT_FOUND;
}

static void begin_diff(struct door *d, const struct asked *q, struct waiting *w) {
  const char *from = text_or(q->values[Q_FROM], "serving"), *where = "", *why = "";
  int rc = policy_diff(d->pipeline, q->values[Q_AUTHORITY], from, q->values[Q_TO], on_answered, w,
                       &where, &why);
  if (rc < 0)
    refuse_waiting(d, w, diff_fault(rc), where, why);
}

static void ask_diff(struct door *d, const struct asked *q, struct waiting *w) {
  const char *run = q->values[Q_RUN];
  if (run) {
    int rc = policy_diff_run(d->pipeline, q->values[Q_AUTHORITY], run, on_answered, w);
    if (rc < 0)
      refuse_run(d, w, rc);
  } else if (q->values[Q_TO])
    begin_diff(d, q, w);
  else
    refuse_waiting(d, w, FAULT_MISSING, "/to",
                   "diff needs to, the candidate or publication to compare with; or run, a "
                   "comparison that was begun");
}

static void ask_differences(struct door *d, const struct asked *q, struct waiting *w) {
  const char *after = "0";
  if (q->values[Q_AFTER])
    after = q->values[Q_AFTER];

  if (after[strspn(after, "0123456789")]) {
    refuse_waiting(d, w, FAULT_OUT_OF_RANGE, "/after",
                   "after is the next of the page before, exactly as it was answered");
    return;
  }

  int rc = policy_differences(d->pipeline, q->values[Q_AUTHORITY], q->values[Q_RUN],
                              strtoull(after, NULL, 10), on_answered, w);
  if (rc < 0)
    refuse_run(d, w, rc);
}

static void open_plugins(struct buf *out) {
  json_open(out, '{');
  json_key(out, "plugins");
  json_open(out, '[');
}

static void answer_plugins(struct buf *out, struct waiting *w) {
  json_close(out, ']');
  json_close(out, '}');
  on_answered(w, 0, (const char *)out->data, out->len);
  buf_finish(out);
}

static void ask_plugins(struct door *d, const struct asked *q, struct waiting *w) {
  struct buf out = {0};
  (void)q;
  open_plugins(&out);
  if (d->plugins)
    d->plugins->list(d->plugins_arg, &out);

  answer_plugins(&out, w);
}

static void ask_stored(struct door *d, const struct asked *q, struct waiting *w) {
  struct buf out = {0};
  open_plugins(&out);
  if (d->plugins)
    d->plugins->stored(d->plugins_arg, PLACE(q), q->values[Q_PERSON], &out);
  answer_plugins(&out, w);
}

static void ask_questions(struct door *d, const struct asked *q, struct waiting *w);

static const struct question questions[] = {
    {"person", OF_PERSON, 0, ACTION_READ,
     "A person's needs, what is recommended and what is held back", ask_person},
    {"routes", OF_PERSON, BIT(Q_TO), ACTION_READ,
     "The goals of a person, or one that is named, and the way to each; and other ways on",
     ask_routes},
    {"school", IN_SCHOOL, 0, ACTION_READ, "Counts for each person of a school", ask_school},
    {"schools", BIT(Q_AUTHORITY), 0, ACTION_READ, "Counts for each school of an authority",
     ask_schools, NULL, true},
    {"recommendation", OF_PERSON | BIT(Q_RECOMMENDATION), 0, ACTION_READ,
     "One recommendation, and what was answered to it", ask_recommendation},
    {"answers", IN_SCHOOL, BIT(Q_PERSON), ACTION_READ,
     "The last answer to each recommendation, of a school or a person", ask_answers},
    {"explain", OF_PERSON, BIT(Q_RECOMMENDATION) | BIT(Q_COMPETENCE), ACTION_READ,
     "Why, and why not: ratings, rules, and what each rule read", ask_explain},
    {"why", OF_PERSON, BIT(Q_RECOMMENDATION) | BIT(Q_COMPETENCE), ACTION_READ,
     "Why, and why not, in under 2 kB, and the nearest way in; about a recommendation or a "
     "competence",
     ask_why, .one_of = BIT(Q_RECOMMENDATION) | BIT(Q_COMPETENCE),
     .busy = "64 such questions of this authority wait already, which is the limit; ask "
             "again later"},
    {"settled", 0, BIT(Q_POSITION), ACTION_READ,
     "Whether everything up to a position has been worked out; held up to 30 seconds", ask_settled},
    {"health", 0, 0, ACTION_ADMIN, "How the daemon is", ask_health, add_health},
    {"catalogue", BIT(Q_AUTHORITY), 0, ACTION_READ,
     "What the authority's catalogue holds, and what in it is uncertain", ask_catalogue},
    {"codes", BIT(Q_AUTHORITY), BIT(Q_KIND) | BIT(Q_WORDS), ACTION_READ,
     "Codes of the catalogue and what they mean, by words: competences, roles, units, checks ...",
     ask_codes},
    {"profile", BIT(Q_AUTHORITY), BIT(Q_SCHOOL) | BIT(Q_PERSON) | BIT(Q_ROLE) | BIT(Q_DUTY),
     ACTION_READ,
     "What a role or a duty asks for, the training that leads there, and what a person has of it",
     ask_profile, .one_of = BIT(Q_ROLE) | BIT(Q_DUTY)},
    {"rules", BIT(Q_AUTHORITY), 0, ACTION_READ,
     "The current rules, and why a newer set was refused", ask_rules},
    {"register", BIT(Q_AUTHORITY), BIT(Q_ROLE), ACTION_READ,
     "Each current rule, or each that applies to a role: source, owner, since when, and the "
     "outcomes "
     "of its advice",
     ask_register},
    {"history", BIT(Q_AUTHORITY), 0, ACTION_READ,
     "What was published, by whom, and which rules were set aside or restored", ask_history},
    {"titles", BIT(Q_AUTHORITY), BIT(Q_SCHOOL), ACTION_READ,
     "Job titles without a role: a school's, or those that several schools use", ask_titles, NULL,
     true},
    {"verify", 0, 0, ACTION_ADMIN,
     "Whether the journal, replayed, gives the current recommendations", ask_verify,
     .busy = "the journal is being verified already, one at a time; ask again when that is done"},
    {"diff", BIT(Q_AUTHORITY), BIT(Q_FROM) | BIT(Q_TO) | BIT(Q_RUN), ACTION_READ,
     "What other rules and another catalogue would change, in numbers that are safe to share",
     ask_diff, NULL, true},
    {"differences", BIT(Q_AUTHORITY) | BIT(Q_RUN), BIT(Q_AFTER), ACTION_READ,
     "Everybody who would see a difference, and which", ask_differences, NULL, true},
    {"plugins", 0, 0, ACTION_ADMIN, "Which plugins run, what each holds, and why one failed",
     ask_plugins},
    {"stored", OF_PERSON, 0, ACTION_ADMIN, "What plugins store about a person", ask_stored},
    {"questions", 0, 0, 0, "This list", ask_questions},
};

static void write_takes(const struct question *q, struct buf *out) {
  json_key(out, "takes");
  json_open(out, '[');

  for (unsigned m = Q_AUTHORITY; m < Q_COUNT; m++) {
    char optional[32];
    snprintf(optional, sizeof optional, "[%s]", members[m].name);
    if (q->needs & BIT(m))
      json_str(out, members[m].name);
    if (q->takes & BIT(m))
      json_str(out, optional);
  }

  json_close(out, ']');
}

static void ask_questions(struct door *d, const struct asked *asked, struct waiting *w) {
  (void)d, (void)asked;
  struct buf out = {0};
  json_open(&out, '{');
  json_key(&out, "questions");
  json_open(&out, '[');

  for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
    json_open(&out, '{');
    json_key(&out, "question");
    json_str(&out, questions[i].name);
    write_takes(&questions[i], &out);
    json_key(&out, "about");
    json_str(&out, questions[i].about);
    json_close(&out, '}');
  }

  json_close(&out, ']');
  json_close(&out, '}');
  on_answered(w, 0, (const char *)out.data, out.len);
  buf_finish(&out);
}

/* --- the verb --- */

static const struct question *find_question(const struct call *c, const struct json *tree,
                                            struct faults *v) {
  const struct json *name = json_member(tree, "question");
  if (!name) {
    faults_add(v, c->arena, FAULT_MISSING, "/question",
               "ask needs question, a string; \"questions\" lists them");
    return NULL;
  }
  if (name->kind != JSON_STRING) {
    faults_add(v, c->arena, FAULT_WRONG_TYPE, "/question",
               "question is a string; \"questions\" lists them");
    return NULL;
  }

  for (size_t i = 0; i < ARRAY_LEN(questions); i++)
    if (strcmp(questions[i].name, name->text) == 0)
      return &questions[i];

  faults_add(v, c->arena, FAULT_UNKNOWN_QUESTION, "/question",
             "no question '%.64s'; ask {\"question\":\"questions\"} for the list", name->text);

  return NULL;
}

/* The question's own rows, in the order of `members`. */
static size_t rows_of(const struct question *q, struct body_row *rows, unsigned *which) {
  size_t n = 0;

  for (unsigned m = 0; m < Q_COUNT; m++) {
    if (m != Q_QUESTION && ((q->needs | q->takes) & BIT(m)) == 0)
      continue;
    rows[n] = members[m];
    rows[n].required = m == Q_QUESTION || (q->needs & BIT(m)) != 0;
    which[n++] = m;
  }

  return n;
}

static void open_position(struct door *d, const struct call *c, const struct body_value *text,
                          struct asked *q, struct faults *v) {
  if (!text->given)
    return;

  if (position_open(d->key, text->text, text->len, &q->position) < 0 ||
      q->position > store_last_position(pipeline_store(d->pipeline)))
    faults_add(v, c->arena, FAULT_OUT_OF_RANGE, "/position",
               "not a position of this daemon; send one exactly as push or day answered it");
}

static void check_kind(const struct call *c, const char *kind, struct faults *v) {
  struct buf known = {0};
  if (!kind || catalogue_code_kind(kind))
    return;

  catalogue_code_kinds(&known);
  faults_add(v, c->arena, FAULT_UNKNOWN_CODE, "/kind", "no kind of code '%.64s'; kind is %s", kind,
             buf_cstr(&known));
  buf_finish(&known);
}

static void check_one_of(const struct call *c, const struct asked *q, struct faults *v) {
  unsigned given = 0, which = Q_COUNT;
  const char *names = "";

  for (unsigned m = 0; m < Q_COUNT; m++) {
    if (!(q->question->one_of & BIT(m)))
      continue;

    names = arena_printf(c->arena, "%s%s%s", names, *names ? " or " : "", members[m].name);
    given += q->values[m] != NULL;
    if (which == Q_COUNT || q->values[m])
      which = m;
  }

  if (which == Q_COUNT || given == 1)
    return;

  faults_add(v, c->arena, given ? FAULT_UNKNOWN_MEMBER : FAULT_MISSING,
             arena_printf(c->arena, "/%s", members[which].name),
             "the question %s takes %s, one of them", q->question->name, names);
}

static void fault_code(const struct call *c, const char *member, const char *given,
                       const char *near, const char *title, struct faults *v) {
  const char *pointer = arena_printf(c->arena, "/%s", member);

  if (near)
    faults_add(v, c->arena, FAULT_UNKNOWN_CODE, pointer,
               "no %s '%.64s' in the catalogue; did you mean %s (%s)?", member, given, near, title);
  else
    faults_add(v, c->arena, FAULT_UNKNOWN_CODE, pointer,
               "no %s '%.64s' in the catalogue; ask codes for the list", member, given);
}

static void check_role(const struct call *c, const struct catalogue *catalogue, const char *given,
                       struct faults *v) {
  uint64_t budget = 1u << 20; /* one text against a few hundred codes */
  if (!given || catalogue_role(catalogue, given))
    return;

  const char *near = catalogue_nearest(catalogue, DOMAIN_ROLE, given, &budget), *title = NULL;
  if (near)
    title = catalogue_role(catalogue, near)->title;

  fault_code(c, "role", given, near, title, v);
}

static void check_duty(const struct call *c, const struct catalogue *catalogue, const char *given,
                       struct faults *v) {
  uint64_t budget = 1u << 20;
  if (!given || catalogue_competence(catalogue, given))
    return;

  const struct competence *k = catalogue_nearest_competence(catalogue, given, &budget);
  const char *near = NULL, *title = NULL;
  if (k) {
    near = k->code;
    title = k->title;
  }

  fault_code(c, "duty", given, near, title, v);
}

static void check_codes(struct door *d, const struct call *c, const struct asked *q,
                        struct faults *v) {
  const struct catalogue *catalogue = NULL;

  if (q->values[Q_AUTHORITY])
    catalogue = pipeline_catalogue(d->pipeline, q->values[Q_AUTHORITY]);

  if (!catalogue)
    return;

  check_role(c, catalogue, q->values[Q_ROLE], v);
  check_duty(c, catalogue, q->values[Q_DUTY], v);
}

/* Levels are those of a person, and a person is named within a school. */
static void check_profile(const struct call *c, const struct asked *q, struct faults *v) {
  if (q->question->handle != ask_profile || !q->values[Q_SCHOOL] == !q->values[Q_PERSON])
    return;

  faults_add(v, c->arena, FAULT_MISSING, q->values[Q_SCHOOL] ? "/person" : "/school",
             "the question profile takes school and person together, or neither");
}

/* Scope first: what lies outside it is forbidden whether it is there or not. */
static void check_access(struct door *d, const struct call *c, const struct asked *q,
                         struct faults *v) {
  const char *const *values = q->values;
  bool may = q->question->action == ACTION_READ && !values[Q_AUTHORITY]
                 ? access_overlaps(c->who, NULL, NULL, NULL)
                 : access_may(c->who, q->question->action, values[Q_AUTHORITY], values[Q_SCHOOL],
                              values[Q_PERSON], NULL);

  /* Which rules and catalogue serve is no secret from anybody who reads something in the authority.
   */
  if (q->question->action == ACTION_READ && !values[Q_SCHOOL] && !q->question->of_all)
    may = access_overlaps(c->who, values[Q_AUTHORITY], NULL, NULL);
  if (q->question->action == 0)
    may = true;
  if (!may)
    faults_add(v, c->arena, FAULT_FORBIDDEN, "",
               "the key may not ask this, or not about this place");
  else if (values[Q_AUTHORITY] && !pipeline_catalogue(d->pipeline, values[Q_AUTHORITY]))
    faults_add(v, c->arena, FAULT_UNKNOWN_AUTHORITY, "/authority",
               "this daemon has no authority '%s'", values[Q_AUTHORITY]);
}

static int read_asked(struct door *d, const struct call *c, struct asked *ret, struct faults *v) {
  struct json tree;
  struct body_row rows[Q_COUNT];
  struct body_value values[Q_COUNT];
  unsigned which[Q_COUNT];

  if (body_tree(c->arena, c->body, c->len, &tree, v) < 0 ||
      !(ret->question = find_question(c, &tree, v)))
    return -EINVAL;

  size_t n = rows_of(ret->question, rows, which);
  body_check(c->arena, &tree, arena_printf(c->arena, "the question %s", ret->question->name), rows,
             n, values, v);
  for (size_t i = 0; i < n; i++) {
    if (values[i].given)
      ret->values[which[i]] = values[i].text;
    else
      ret->values[which[i]] = NULL;
    if (which[i] == Q_POSITION)
      open_position(d, c, &values[i], ret, v);
  }

  check_kind(c, ret->values[Q_KIND], v);
  check_one_of(c, ret, v);
  check_profile(c, ret, v);
  if (v->n == 0)
    check_access(d, c, ret, v);
  if (v->n == 0)
    check_codes(d, c, ret, v);

  if (v->n > 0)
    return -EINVAL;

  return 0;
}

/* The narrowest member that can be what is not there. */
static const char *missing_pointer(struct door *d, const struct asked *q) {
  struct people *people = pipeline_people(d->pipeline);
  const char *const *v = q->values;
  if (!v[Q_SCHOOL])
    return "";

  const struct school *school = people_school(people, v[Q_AUTHORITY], v[Q_SCHOOL], false);
  if (!school || !school_known(school))
    return "/school";
  if (!v[Q_PERSON])
    return "";

  const struct person *person = people_person(people, v[Q_AUTHORITY], v[Q_SCHOOL], v[Q_PERSON],
                                              false);
  if (!person || !person_known(person))
    return "/person";
  if (v[Q_RECOMMENDATION])
    return "/recommendation";
  if (v[Q_COMPETENCE])
    return "/competence";

  return "/person";
}

void ask_verb(struct door *d, const struct call *c) {
  struct faults v = {0};
  struct asked q = {0};
  if (read_asked(d, c, &q, &v) < 0) {
    door_refuse(d, &c->from, &v);
    return;
  }

  enum pending_kind kind = PENDING_QUESTION;
  if (q.question->handle == ask_settled)
    kind = PENDING_SETTLED;

  const char *busy = pending_limit(d, c, kind);
  if (busy) {
    door_refuse_one(d, &c->from, FAULT_BUSY, "", "%s", busy);
    return;
  }

  struct waiting *w = mem_alloc(sizeof *w);
  w->question = q.question;
  w->missing = missing_pointer(d, &q);
  pending_start(&w->pending, d, &c->from, kind);
  q.question->handle(d, &q, w);
}
