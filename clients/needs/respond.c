/* respond - `needs respond`: records an answer to a recommendation as one event (statement.c). */
#include <popt.h>
#include <stdlib.h>
#include <string.h>

#include "statement.h"

#include "text.h"

struct response {
  const char *person, *recommendation, *response;
  char *by, *barrier, *date, *on_behalf;
  int ahead;
};

/* Another answer from the same side on the same date is a change of mind; but an evaluation speaks
 * beside the answer, of the round that is over. A completion ends its round whenever on its date it
 * was said: two of them are one. */
static int send_response(const struct settings *s, const struct response *r) {
  struct statement st = {.type = "needs.response.recorded.v1",
                         .source = "needs/respond",
                         .person = r->person,
                         .recommendation = r->recommendation};
  st.name = "response";
  st.ahead = r->ahead;
  if (!settings_need(s, true) || !statement_date(s, &st, r->date))
    return EXIT_USAGE;

  st.timeless = !strcmp(r->response, "completed");
  st.ends = !strcmp(r->response, "declined");
  text_addf(&st.slot, "response\x1f%s\x1f%s\x1f%s\x1f%s\x1f%d", r->person, r->recommendation,
            st.date, r->by, !strcmp(r->response, "evaluated"));
  text_addf(&st.whole, "%s\x1f%s\x1f%s", r->response, text_or(r->barrier, ""),
            text_or(r->on_behalf, ""));
  text_add(&st.said, r->response);
  text_add(&st.data, "{");
  add_member(&st.data, "recommendation", r->recommendation);
  add_member(&st.data, "date", st.date);
  add_member(&st.data, "response", r->response);
  add_member(&st.data, "by", r->by);
  add_member(&st.data, "barrier", r->barrier);
  add_member(&st.data, "on_behalf", r->on_behalf);
  text_add(&st.data, "}");

  int rc = statement_send(s, &st);
  statement_finish(&st);

  return rc;
}

int run_respond(struct settings *s, int argc, const char **argv) {
  struct response r = {0};
  struct poptOption own[] = {
      {"by", 0, POPT_ARG_STRING, &r.by, 0,
       "Who answers: person|manager|head|employer|provider|representative", "WHO"},
      {"barrier", 0, POPT_ARG_STRING, &r.barrier, 0, "The barrier, a code of the catalogue",
       "CODE"},
      {"date", 0, POPT_ARG_STRING, &r.date, 0, "Date (default: the daemon's day)", "DATE"},
      {"on-behalf", 0, POPT_ARG_STRING, &r.on_behalf, 0,
       "Pseudonymous id of the person who records it on their behalf", "ID"},
      {"ahead", 0, POPT_ARG_NONE, &r.ahead, 0,
       "Send it even if the person is not recorded yet or never had the recommendation", NULL},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(
      &a, s, "PERSON RECOMMENDATION accepted|declined|started|completed|evaluated|contested", own,
      argc, argv, 3, 3);
  if (!rc) {
    r.person = a.items[0];
    r.recommendation = a.items[1];
    r.response = a.items[2];
    if (!r.by)
      r.by = copy_text("person");

    rc = send_response(s, &r);
    args_finish(&a);
  }

  free(r.by);
  free(r.barrier);
  free(r.date);
  free(r.on_behalf);

  return rc;
}
