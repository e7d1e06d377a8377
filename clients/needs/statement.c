/* statement - see statement.h. */
#include "statement.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "print_responses.h"
#include "recorded.h"
#include "sent_state.h"
#include "text.h"
#include "undo_log.h"

void add_member(struct text *t, const char *name, const char *value) {
  if (!value)
    return;
  text_addf(t, "%s\"%s\":", t->s[t->len - 1] == '{' ? "" : ",", name);
  text_add_quoted(t, value);
}

void add_question(struct text *t, const struct settings *s, const char *question,
                  const char *person) {
  text_add(t, "{");
  add_member(t, "question", question);
  add_member(t, "authority", s->authority);
  add_member(t, "school", s->school);
  add_member(t, "person", person);
  text_add(t, "}");
}

/* The daemon's day, since advice is worked out as of it; where it has none, or cannot be asked, the
 * clock's. */
static void today(const struct settings *s, char ret[11]) {
  struct answer ping;
  time_t now = time(NULL);
  struct tm utc;

  strftime(ret, 11, "%Y-%m-%d", gmtime_r(&now, &utc));
  if (door_look(s, "ping", "", ANSWER_MS, &ping))
    return;

  const char *day = json_string(ping.tree, "day");
  if (day)
    date_parse(day, ret);

  answer_finish(&ping);
}

bool statement_date(const struct settings *s, struct statement *st, const char *typed) {
  char day[11];
  if (!typed)
    today(s, day);

  if (date_parse(text_or(typed, day), st->date))
    return true;

  complain("'%s' is not a date; write it as 2026-03-02", typed);

  return false;
}

void statement_finish(struct statement *st) {
  text_finish(&st->slot);
  text_finish(&st->whole);
  text_finish(&st->data);
  text_finish(&st->said);
  text_finish(&st->notes);
}

/* --- naming --- */

static void hash_of(struct text *t, char ret[33]) {
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof hash, (unsigned char *)t->s, t->len, NULL, 0);
  sodium_bin2hex(ret, 33, hash, sizeof hash);
  text_finish(t);
}

/* Of two statements on one date the daemon hears the later. */
static void name_time(const struct statement *st, char ret[28]) {
  struct timespec now;
  struct tm utc;

  clock_gettime(CLOCK_REALTIME, &now);
  if (st->timeless)
    snprintf(ret, 28, "%.10sT00:00:00Z", st->date);
  else {
    size_t n = strftime(ret, 28, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    snprintf(ret + n, 28 - n, ".%06luZ", (unsigned long)now.tv_nsec / 1000 % 1000000);
  }
}

static void name_statement(const struct statement *st, const struct sent_state *sent,
                           struct sent_row *ret) {
  struct text t = {0};
  *ret = (struct sent_row){0};
  text_add(&t, st->slot.s);
  hash_of(&t, ret->slot);
  memcpy(ret->exact, ret->slot, sizeof ret->exact);
  text_addf(&t, "%s\x1f%s", ret->slot, st->whole.s);
  hash_of(&t, ret->row);

  const struct sent_row *old = sent_state_find(sent, ret->slot, ret->exact);
  if (old && !strcmp(old->row, ret->row)) {
    *ret = *old;
    return;
  }

  if (old)
    memcpy(ret->supersedes, old->id, sizeof ret->supersedes);

  name_time(st, ret->time);
  text_addf(&t, "%s\x1f%s\x1f%s", ret->row, ret->time, ret->supersedes);
  hash_of(&t, ret->id);

  /* it was taken back, so the daemon would not hear it under that id */
  while (sent_state_withdrawn(sent, ret->id)) {
    text_addf(&t, "%s\x1f%s", ret->id, ret->row);
    hash_of(&t, ret->id);
  }
}

static void encode(const struct settings *s, const struct statement *st,
                   const struct sent_row *named, struct text *t) {
  text_add(t, "{\"specversion\":\"1.0\"");
  add_member(t, "id", named->id);
  add_member(t, "source", text_or(s->source, st->source));
  add_member(t, "type", st->type);
  add_member(t, "time", named->time);
  add_member(t, "authority", s->authority);
  add_member(t, "school", s->school);
  add_member(t, "subject", st->person);
  add_member(t, "supersedes", *named->supersedes ? named->supersedes : NULL);
  text_addf(t, ",\"data\":%s}", st->data.s);
}

/* --- notes --- */

#define SETTLED_MS 40000 /* the daemon holds the question for 30 s */

/* Looked up before sending, because afterwards a declined recommendation is no longer current. */
struct outlook {
  char day[11];      /* the daemon's; "" = none, or not known */
  bool unrecorded;   /* nobody is recorded under the id */
  bool missing;      /* it is not recommended now */
  struct text ended; /* what was agreed and holds no more */
};

static void add_ended(struct text *t, json list, const char *recommendation) {
  for (size_t i = 0; i < json_count(list); i++) {
    const char *id = json_string(json_at(list, i), "recommendation");
    if (id && !strcmp(id, recommendation))
      add_terms(t, json_get(json_get(json_at(list, i), "agreement"), "terms"));
  }
}

static int ask_person(const struct settings *s, const struct statement *st, struct answer *ret) {
  struct text q = {0};
  add_question(&q, s, "person", st->person);
  int rc = door_look(s, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);
  return rc;
}

/* What is recommended may be worked out still, such as of somebody who was recorded a moment ago.
 */
static int ask_settled_person(const struct settings *s, const struct statement *st,
                              struct answer *ret) {
  struct answer settled;
  int rc = ask_person(s, st, ret);
  bool waits = !rc && json_flag(ret->tree, "due") && json_string(ret->tree, "day") &&
               !recorded_names(ret->tree, st->recommendation);
  if (!waits || door_look(s, "ask", "{\"question\":\"settled\"}", SETTLED_MS, &settled))
    return rc;

  answer_finish(&settled);
  answer_finish(ret);

  return ask_person(s, st, ret);
}

static bool is_recommended(json person, const char *recommendation) {
  json list = json_get(person, "recommendations");

  for (size_t i = 0; i < json_count(list); i++) {
    const char *id = json_string(json_at(list, i), "recommendation");
    if (id && !strcmp(id, recommendation))
      return true;
  }

  return false;
}

/* Who may answer may not always ask: no word then, and no refusal. 0, or an exit status after
 * saying what is not on record. */
static int judge_person(const struct settings *s, const struct statement *st,
                        const struct answer *a, struct outlook *ret) {
  if (strcmp(a->reply.status, "ok") != 0) {
    ret->unrecorded = !strcmp(faults_code(a->tree), "not-found");
    if (st->ahead)
      return 0;
    return recorded_person(s, st->person, a->tree);
  }

  if (st->ends)
    add_ended(&ret->ended, json_get(a->tree, "recommendations"), st->recommendation);

  if (json_flag(a->tree, "due"))
    return 0; /* nobody knows yet */

  ret->missing = !is_recommended(a->tree, st->recommendation);
  if (st->ahead || !ret->missing)
    return 0;

  return recorded_recommendation(s, a->tree, st->recommendation);
}

static int look(const struct settings *s, const struct statement *st, struct outlook *ret) {
  struct answer ping, person;
  int rc = door_ask(s, "ping", "", ANSWER_MS, &ping);
  if (rc)
    return rc;

  const char *day = json_string(ping.tree, "day");
  if (day)
    snprintf(ret->day, sizeof ret->day, "%s", day);

  answer_finish(&ping);
  if (ask_settled_person(s, st, &person))
    return 0;

  rc = judge_person(s, st, &person, ret);
  answer_finish(&person);

  return rc;
}

static void print_notes(const struct statement *st, const struct outlook *o) {
  struct text t = {0};
  fflush(stdout);
  if (o->unrecorded)
    fprintf(stderr, "note: %s is not recorded yet; this takes effect when the person is recorded\n",
            st->person);

  if (o->missing)
    fprintf(stderr, "note: %s is not recommended to %s now\n", st->recommendation, st->person);
  if (*o->day && strcmp(st->date, o->day) > 0) {
    text_add(&t, "note: the daemon's day is ");
    add_date(&t, o->day);
    text_add(&t, "; this counts from ");
    add_date(&t, st->date);
    fprintf(stderr, "%s on\n", t.s);
  }

  if (o->ended.len)
    fprintf(stderr, "note: the agreement about it no longer applies: %s\n", o->ended.s);
  if (st->notes.len)
    fputs(st->notes.s, stderr);

  text_finish(&t);
}

/* --- which codes there are --- */

/* Of which list a rejected code was to be: the last name in its pointer, or the one before a
 * number. */
static const char *list_of(const char *pointer) {
  static const struct {
    const char *in, *list;
  } rows[] = {
      {"/barrier", "barrier"}, {"/check", "check"}, {"/payer", "payer"}, {"/intended", "impact"}};
  for (size_t i = 0; pointer && i < sizeof rows / sizeof *rows; i++)
    if (strstr(pointer, rows[i].in))
      return rows[i].list;

  return NULL;
}

static void print_codes(json catalogue, const char *list) {
  json codes = json_get(json_get(catalogue, "codes"), list);
  struct text t = {0};

  text_addf(&t, "needs: %s is one of:", list);
  for (size_t i = 0; i < json_count(codes); i++) {
    const char *code = json_string(json_at(codes, i), "code"),
               *words = json_string(json_at(codes, i), "words");
    text_addf(&t, "\n  %-16s %s", text_or(code, "?"), text_or(words, ""));
  }

  if (json_count(codes))
    fprintf(stderr, "%s\n", t.s);

  text_finish(&t);
}

/* False: not of a list that is short enough to print. */
static bool print_what_there_is(const struct settings *s, json errors) {
  const char *said = NULL;

  for (size_t i = 0; i < json_count(errors); i++) {
    const char *code = json_string(json_at(errors, i), "code"),
               *list = list_of(json_string(json_at(errors, i), "pointer"));
    if (!code || strcmp(code, "unknown-code") || !list || list == said)
      continue;

    struct text q = {0};
    struct answer a;

    text_add(&q, "{\"question\":\"catalogue\"");
    add_member(&q, "authority", s->authority);
    text_add(&q, "}");

    if (!door_look(s, "ask", q.s, ANSWER_MS, &a)) {
      print_codes(a.tree, list);
      answer_finish(&a);
    }

    text_finish(&q);
    said = list;
  }

  return said != NULL;
}

/* --- sending --- */

static void print_undo(const struct undo_log *undo) {
  if (undo->number)
    printf("undo with: needs push --undo %u\n", undo->number);
}

static int print_result(const struct settings *s, const struct statement *st,
                        const struct outlook *o, const struct answer *a, struct undo_log *undo) {
  json errors = json_get(json_at(json_get(a->tree, "results"), 0), "errors");
  bool known = json_number(a->tree, "duplicate", 0) > 0;
  if (errors || known)
    undo_log_forget(undo);

  if (s->json)
    puts(a->reply.body);

  if (errors) {
    int rc = faults_print_options(errors);
    if (!print_what_there_is(s, errors) && faults_of_codes(errors))
      print_where_codes_are();
    return rc;
  }

  if (!s->json)
    printf("%s: %s\n", known ? "already known" : "recorded", st->said.s);
  if (!s->json && !known)
    print_undo(undo);
  if (!known)
    print_notes(st, o);

  return EXIT_DONE;
}

/* One that was typed before, and not answered then, may be in the log already. */
static void note_for_undo(const struct settings *s, const struct statement *st,
                          const struct sent_row *named, const struct sent_row *before,
                          struct undo_log *undo) {
  struct text name = {0};
  bool again = before && !strcmp(before->id, named->id);

  text_addf(&name, "%s of %s to %s", st->name, st->person, st->recommendation);
  if (!again || !undo_log_knows(named->id))
    undo_log_take_statement(undo, s, st->source, named, again ? NULL : before, name.s);
  text_finish(&name);
}

/* A daemon that ends before it answers may have recorded it. */
static int ask_once(const struct settings *s, const char *body, struct answer *ret) {
  struct conn c;
  int rc = conn_open(&c, s->server);

  if (!rc) {
    rc = conn_ask(&c, "push", body, ANSWER_MS, ret);
    if (rc == EXIT_NOT_REACHED) {
      not_reached(s->server);
      complain("it is not known whether this was recorded; run the same command again: it is "
               "recorded only once");
    }
  }

  conn_close(&c);

  return rc;
}

/* Kept before it is sent, here and in the undo log: when the reply is lost, typing it again is the
 * same event, and it can be taken back. Kept no longer when it was rejected. */
static int send_named(const struct settings *s, const struct statement *st, struct sent_state *sent,
                      const struct outlook *outlook) {
  struct text body = {0};
  struct answer answer;
  struct undo_log undo = {0};
  struct sent_row named, old = {0};

  name_statement(st, sent, &named);
  const struct sent_row *there = sent_state_find(sent, named.slot, named.exact);
  if (there)
    old = *there;

  encode(s, st, &named, &body);
  note_for_undo(s, st, &named, there ? &old : NULL, &undo);
  sent_state_put(sent, &named);
  sent_state_save(sent);

  int rc = ask_once(s, body.s, &answer);
  text_finish(&body);
  if (!rc) {
    rc = print_result(s, st, outlook, &answer, &undo);
    answer_finish(&answer);
  } else if (rc != EXIT_NOT_REACHED)
    undo_log_forget(&undo);

  undo_log_end(&undo);
  if (!rc || rc == EXIT_NOT_REACHED)
    return rc;

  if (there && (strcmp(old.id, named.id) || rc != EXIT_REJECTED))
    sent_state_put(sent, &old);
  else
    sent_state_drop(sent, &named);

  sent_state_save(sent);

  return rc;
}

int statement_send(const struct settings *s, const struct statement *st) {
  struct outlook outlook = {0};
  struct sent_state sent = {0};
  int rc = look(s, st, &outlook);

  if (!rc)
    rc = sent_state_load(&sent, s, st->source);
  if (!rc)
    rc = send_named(s, st, &sent, &outlook);

  text_finish(&outlook.ended);
  sent_state_finish(&sent);

  return rc;
}
