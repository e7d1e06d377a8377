/* respond - an answer to a recommendation, pushed as one event. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sodium.h>

#include "advice.h"
#include "conn.h"

struct response {
  const char *person, *recommendation, *response;
  char *by, *barrier, *date, *on_behalf;
};

static void add_member(struct text *t, const char *name, const char *value) {
  if (!value) return;
  text_addf(t, "%s\"%s\":", t->s[t->len - 1] == '{' ? "" : ",", name);
  text_add_quoted(t, value);
}

/* The same answer on the same date has the same id, so that pressing return twice is one answer. */
static void event_id(const struct response *r, const char *date, char ret[33]) {
  struct text t = {0};
  unsigned char hash[crypto_generichash_BYTES_MIN];
  text_addf(&t, "%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s", r->person, r->recommendation, r->response, r->by,
            r->barrier ? r->barrier : "", r->on_behalf ? r->on_behalf : "", date);
  crypto_generichash(hash, sizeof hash, (unsigned char *)t.s, t.len, NULL, 0);
  sodium_bin2hex(ret, 33, hash, sizeof hash);
  text_finish(&t);
}

static void encode(const struct settings *s, const struct response *r, const char *date, struct text *t) {
  char id[33];
  event_id(r, date, id);
  text_add(t, "{\"specversion\":\"1.0\"");
  add_member(t, "id", id);
  add_member(t, "source", s->source ? s->source : "needs/respond");
  add_member(t, "type", "needs.response.recorded.v1");
  text_addf(t, ",\"time\":\"%sT00:00:00Z\"", date);
  add_member(t, "authority", s->authority);
  add_member(t, "school", s->school);
  add_member(t, "subject", r->person);
  text_add(t, ",\"data\":{");
  add_member(t, "recommendation", r->recommendation);
  add_member(t, "date", date);
  add_member(t, "response", r->response);
  add_member(t, "by", r->by);
  add_member(t, "barrier", r->barrier);
  add_member(t, "on_behalf", r->on_behalf);
  text_add(t, "}}");
}

static int print_result(const struct settings *s, const struct answer *a) {
  json result = json_at(json_get(a->tree, "results"), 0);
  const char *status = json_string(result, "status");
  if (s->json) puts(a->reply.body);
  if (json_get(result, "errors")) return faults_print(json_get(result, "errors"));
  if (!s->json) puts(json_number(a->tree, "duplicate", 0) ? "already known" : status ? status : "?");
  return EXIT_DONE;
}

static int send_response(struct settings *s, struct response *r, char today[11]) {
  char date[11];
  struct text body = {0};
  struct answer answer;
  if (!settings_need(s, true)) return EXIT_USAGE;
  if (!date_parse(r->date ? r->date : today, date)) {
    complain("'%s' is not a date; write it as 2026-03-02", r->date);
    return EXIT_USAGE;
  }
  encode(s, r, date, &body);
  int rc = door_ask(s, "push", body.s, ANSWER_MS, &answer);
  text_finish(&body);
  if (rc) return rc;
  rc = print_result(s, &answer);
  answer_finish(&answer);
  return rc;
}

int run_respond(struct settings *s, int argc, const char **argv) {
  struct response r = {0};
  struct poptOption own[] = {
      {"by", 0, POPT_ARG_STRING, &r.by, 0, "Who answers: person, manager, head, employer, provider, representative", "WHO"},
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
