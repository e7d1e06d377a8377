/* respond - an answer to a recommendation, pushed as one event. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "advice.h"
#include "conn.h"
#include "sent.h"

#define SOURCE "needs/respond"

struct response {
  const char *person, *recommendation, *response;
  char *by, *barrier, *date, *on_behalf;
};

static void add_member(struct text *t, const char *name, const char *value) {
  if (!value) return;
  text_addf(t, "%s\"%s\":", t->s[t->len - 1] == '{' ? "" : ",", name);
  text_add_quoted(t, value);
}

static void hash_of(struct text *t, char ret[33]) {
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof hash, (unsigned char *)t->s, t->len, NULL, 0);
  sodium_bin2hex(ret, 33, hash, sizeof hash);
  text_finish(t);
}

static bool is(const struct response *r, const char *word) { return !strcmp(r->response, word); }

/* Of two answers on one date the daemon hears the later. A completion ends its round whenever on its date it was said, so that it
 * has the same time, and with it the same id, wherever it is written down: two are one. */
static void name_time(const struct response *r, const char *date, char ret[28]) {
  struct timespec now;
  struct tm utc;
  clock_gettime(CLOCK_REALTIME, &now);
  if (is(r, "completed"))
    snprintf(ret, 28, "%.10sT00:00:00Z", date);
  else {
    size_t n = strftime(ret, 28, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    snprintf(ret + n, 28 - n, ".%06luZ", (unsigned long)now.tv_nsec / 1000 % 1000000);
  }
}

/* The same answer again is the same event, so that pressing return twice is one answer. Another one from the same side on the
 * same date is a change of mind and supersedes it; but an evaluation speaks beside the answer, of the round that is over. */
static void name_answer(const struct response *r, const char *date, const struct sent *sent, struct sent_row *ret) {
  struct text t = {0};
  *ret = (struct sent_row){0};
  text_addf(&t, "response\x1f%s\x1f%s\x1f%s\x1f%s\x1f%d", r->person, r->recommendation, date, r->by, is(r, "evaluated"));
  hash_of(&t, ret->slot);
  memcpy(ret->exact, ret->slot, sizeof ret->exact);
  text_addf(&t, "%s\x1f%s\x1f%s\x1f%s", ret->slot, r->response, r->barrier ? r->barrier : "", r->on_behalf ? r->on_behalf : "");
  hash_of(&t, ret->row);
  const struct sent_row *old = sent_find(sent, ret->slot, ret->exact);
  if (old && !strcmp(old->row, ret->row)) {
    *ret = *old;
    return;
  }
  if (old) memcpy(ret->supersedes, old->id, sizeof ret->supersedes);
  name_time(r, date, ret->time);
  text_addf(&t, "%s\x1f%s\x1f%s", ret->row, ret->time, ret->supersedes);
  hash_of(&t, ret->id);
}

static void encode(const struct settings *s, const struct response *r, const char *date, const struct sent_row *named,
                   struct text *t) {
  text_add(t, "{\"specversion\":\"1.0\"");
  add_member(t, "id", named->id);
  add_member(t, "source", s->source ? s->source : SOURCE);
  add_member(t, "type", "needs.response.recorded.v1");
  add_member(t, "time", named->time);
  add_member(t, "authority", s->authority);
  add_member(t, "school", s->school);
  add_member(t, "subject", r->person);
  add_member(t, "supersedes", *named->supersedes ? named->supersedes : NULL);
  text_add(t, ",\"data\":{");
  add_member(t, "recommendation", r->recommendation);
  add_member(t, "date", date);
  add_member(t, "response", r->response);
  add_member(t, "by", r->by);
  add_member(t, "barrier", r->barrier);
  add_member(t, "on_behalf", r->on_behalf);
  text_add(t, "}}");
}

/* Before the answer is sent: afterwards what was declined stands no longer. */
struct outlook {
  char day[11]; /* the daemon's; "" = none, or not known */
  bool missing; /* it is not recommended now */
};

static bool names(json list, const char *recommendation) {
  for (size_t i = 0; i < json_count(list); i++) {
    const char *id = json_string(json_at(list, i), "recommendation");
    if (id && !strcmp(id, recommendation)) return true;
  }
  return false;
}

/* Who may answer may not always ask, and what is still being worked out may come: no word then. */
static void look_person(const struct settings *s, const struct response *r, struct outlook *ret) {
  struct text q = {0};
  struct answer a;
  text_add(&q, "{");
  add_member(&q, "question", "person");
  add_member(&q, "authority", s->authority), add_member(&q, "school", s->school), add_member(&q, "person", r->person);
  text_add(&q, "}");
  if (!door_look(s, "ask", q.s, ANSWER_MS, &a)) {
    if (!strcmp(a.reply.status, "ok"))
      ret->missing = !json_flag(a.tree, "due") && !names(json_get(a.tree, "recommendations"), r->recommendation);
    else
      ret->missing = !strcmp(faults_code(a.tree), "not-found");
    answer_finish(&a);
  }
  text_finish(&q);
}

static struct outlook look(const struct settings *s, const struct response *r) {
  struct outlook ret = {0};
  struct answer ping;
  if (door_look(s, "ping", "", ANSWER_MS, &ping)) return ret;
  const char *day = json_string(ping.tree, "day");
  if (day) snprintf(ret.day, sizeof ret.day, "%s", day);
  answer_finish(&ping);
  look_person(s, r, &ret);
  return ret;
}

static void print_notes(const struct response *r, const char *date, const struct outlook *o) {
  struct text t = {0};
  fflush(stdout);
  if (o->missing) fprintf(stderr, "note: %s is not recommended to %s now\n", r->recommendation, r->person);
  if (*o->day && strcmp(date, o->day) > 0) {
    text_add(&t, "note: the daemon's day is ");
    add_date(&t, o->day);
    text_add(&t, "; this counts from ");
    add_date(&t, date);
    fprintf(stderr, "%s on\n", t.s);
  }
  text_finish(&t);
}

static int print_result(const struct settings *s, const struct response *r, const char *date, const struct outlook *o,
                        const struct answer *a) {
  json result = json_at(json_get(a->tree, "results"), 0);
  if (s->json) puts(a->reply.body);
  if (json_get(result, "errors")) return faults_print(json_get(result, "errors"));
  bool known = json_number(a->tree, "duplicate", 0) > 0;
  if (!s->json) printf("%s: %s\n", known ? "already known" : "recorded", r->response);
  if (!known) print_notes(r, date, o);
  return EXIT_DONE;
}

/* Kept before it is sent: when the reply is lost, typing it again is the same event. Kept no longer when it was rejected. */
static int send_named(struct settings *s, const struct response *r, const char *date, struct sent *sent) {
  struct text body = {0};
  struct answer answer;
  struct sent_row named, old = {0};
  name_answer(r, date, sent, &named);
  const struct sent_row *there = sent_find(sent, named.slot, named.exact);
  if (there) old = *there;
  encode(s, r, date, &named, &body);
  sent_put(sent, &named);
  sent_save(sent);
  struct outlook outlook = look(s, r);
  int rc = door_ask(s, "push", body.s, ANSWER_MS, &answer);
  text_finish(&body);
  if (!rc) {
    rc = print_result(s, r, date, &outlook, &answer);
    answer_finish(&answer);
  }
  if (!rc || rc == EXIT_NOT_REACHED) return rc;
  if (there && (strcmp(old.id, named.id) || rc != EXIT_REJECTED))
    sent_put(sent, &old);
  else
    sent_drop(sent, &named);
  sent_save(sent);
  return rc;
}

static int send_response(struct settings *s, struct response *r, char today[11]) {
  char date[11];
  struct sent sent;
  if (!settings_need(s, true)) return EXIT_USAGE;
  if (!date_parse(r->date ? r->date : today, date)) {
    complain("'%s' is not a date; write it as 2026-03-02", r->date);
    return EXIT_USAGE;
  }
  sent_load(&sent, s, SOURCE);
  int rc = send_named(s, r, date, &sent);
  sent_finish(&sent);
  return rc;
}

int run_respond(struct settings *s, int argc, const char **argv) {
  struct response r = {0};
  struct poptOption own[] = {
      {"by", 0, POPT_ARG_STRING, &r.by, 0, "Who answers: person|manager|head|employer|provider|representative", "WHO"},
      {"barrier", 0, POPT_ARG_STRING, &r.barrier, 0, "What stands in the way, as a code of the catalogue", "CODE"},
      {"date", 0, POPT_ARG_STRING, &r.date, 0, "When (today)", "DATE"},
      {"on-behalf", 0, POPT_ARG_STRING, &r.on_behalf, 0, "Pseudonymous id of whoever writes it down for the person", "ID"},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(&a, s, "PERSON RECOMMENDATION accepted|declined|started|completed|evaluated|contested", own, argc, argv, 3,
                      3);
  if (rc) return rc;
  char today[11];
  time_t now = time(NULL);
  struct tm utc;
  strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &utc));
  r.person = a.items[0], r.recommendation = a.items[1], r.response = a.items[2];
  if (!r.by) r.by = copy_text("person");
  rc = send_response(s, &r, today);
  free(r.by), free(r.barrier), free(r.date), free(r.on_behalf);
  args_finish(&a);
  return rc;
}
