/* watch - `needs watch`: prints publications as they arrive. The library reconnects after a loss,
 * and delivers nothing twice. */
#include <popt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "advice.h"
#include "conn.h"
#include "text.h"

#define COUNT_MOST 1000000
#define HELLO_MS 10000

struct watch {
  struct settings *s;
  char *name, *since;
  int limit; /* stop after this many; 0 = never */
  int forget;
  struct conn conn;
  struct needs_follow *follow;
  long printed;
  bool began, lost, over;
  bool known, again; /* the daemon had the name; to be followed once more to be forgotten */
  int rc;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int n) {
  interrupted = n;
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- printing --- */

struct publication_words {
  const char *type; /* without "needs." and ".v1" */
  const char *words;
  void (*more)(struct text *t, json data);
};

static void more_advice(struct text *t, json data) {
  const char *summary = json_string(data, "summary"), *id = json_string(data, "recommendation");
  text_addf(t, "%s [%s]", text_or(summary, ""), text_or(id, "?"));
}

static void more_cohort(struct text *t, json data) {
  const char *summary = json_string(data, "summary"), *id = json_string(data, "cohort");
  if (summary)
    text_addf(t, "%s ", summary);

  text_addf(t, "[%s]", text_or(id, "?"));
  if (!json_count(json_get(data, "leaves_out")))
    return;

  text_add(t, "; leaves out: ");
  json_words(json_get(data, "leaves_out"), t);
}

static void more_changed(struct text *t, json data) {
  more_advice(t, data);
  if (!json_count(json_get(data, "changes")))
    return;

  text_add(t, "; what changed: ");
  json_words(json_get(data, "changes"), t);
}

static void more_withdrawn(struct text *t, json data) {
  const char *id = json_string(data, "recommendation"), *cause = json_string(data, "cause");
  text_addf(t, "%s", text_or(id, "?"));
  if (cause)
    text_addf(t, "; because of: %s", cause);
}

static void more_failed(struct text *t, json data) {
  const char *rule = json_string(data, "rule"), *message = json_string(data, "message");
  text_addf(t, "%s: %s", text_or(rule, "?"), text_or(message, ""));
}

static void more_plain(struct text *t, json data) {
  if (json_member_count(data))
    json_words(data, t);
}

static const struct publication_words kinds[] = {
    {"recommendation.issued", "recommended", more_advice},
    {"recommendation.changed", "changed", more_changed},
    {"recommendation.withdrawn", "withdrawn", more_withdrawn},
    {"cohort.issued", "recommended to the school", more_cohort},
    {"cohort.changed", "changed for the school", more_cohort},
    {"cohort.withdrawn", "withdrawn from the school", more_cohort},
    {"rule.failed", "a rule failed", more_failed},
    {"review.due", "a review is due", more_plain},
    {"evaluation.due", "an evaluation is due", more_plain},
    {"disagreement", "two views differ", more_plain},
    {"person.erased", "erased: delete all data of this person", more_plain},
    {"publication.erased", "(erased)", more_plain},
};

static void add_kind(struct text *t, const char *type, json data) {
  size_t len = 0;
  if (type)
    len = strlen(type);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    size_t n = strlen(kinds[i].type);
    if (len != n + 9 || strncmp(type, "needs.", 6) || strncmp(type + 6, kinds[i].type, n))
      continue;

    struct text more = {0};
    kinds[i].more(&more, data);
    text_addf(t, "%s%s%s", kinds[i].words, text_if(more.len, ": "), text_or(more.s, ""));
    text_finish(&more);

    return;
  }

  text_addf(t, "%s ", text_or(type, "?"));
  json_words(data, t);
}

static void print_words(json p) {
  const char *school = json_string(p, "school"), *subject = json_string(p, "subject"),
             *time = json_string(p, "time"), *weight = json_string(p, "weight");
  struct text t = {0};

  if (time)
    text_addf(&t, "%.10s %.5s  ", time, strlen(time) > 16 ? time + 11 : "");

  text_addf(&t, "%s", text_or(school, "-"));
  if (subject)
    text_addf(&t, " %s", subject);

  text_add(&t, "  ");
  add_kind(&t, json_string(p, "type"), json_get(p, "data"));
  if (weight && !strcmp(weight, "minor"))
    text_add(&t, " (minor)");

  print_folded(stdout, 0, 4, t.s);
  text_finish(&t);
}

/* --- following --- */

/* What could not be written is not acknowledged: nobody reads any more. */
static int on_deliver(void *arg, const char *publication, size_t len, const char *cursor) {
  struct watch *w = arg;
  (void)cursor;
  if (w->s->json) {
    printf("%.*s\n", (int)len, publication);
  } else {
    json p = json_parse(publication);
    print_words(p);
    json_free(p);
  }

  if (fflush(stdout)) {
    w->rc = EXIT_OUTPUT;
    return -1;
  }

  if (++w->printed == w->limit)
    needs_follow_stop(w->follow);

  return 0;
}

static void on_began(void *arg, const char *cursor) {
  struct watch *w = arg;
  (void)cursor;
  w->known = w->known || needs_follow_resumed(w->follow);
  if (w->lost)
    complain("following again");
  if (w->name && w->since && w->known && !w->began && !w->forget)
    complain("'%s' is a known name: it resumes where it stopped, and --since is ignored. To start "
             "again, first run: needs watch --name %s --forget",
             w->name, w->name);

  if (w->forget && needs_follow_forget(w->follow))
    needs_follow_stop(w->follow);

  w->began = true;
  w->lost = false;
}

static void on_connection(void *arg, bool connected) {
  struct watch *w = arg;
  if (connected || !w->began || w->lost || w->over)
    return;

  complain("connection to the daemon lost; trying again");
  w->lost = true;
}

static void on_ended(void *arg, const char *code, const char *message) {
  struct watch *w = arg;
  w->over = true;
  if (!strcmp(code, "stopped"))
    return;

  complain("%s: %s", text_or(code, "error"), text_or(message, ""));
  if (strcmp(code, "forbidden"))
    w->rc = EXIT_REJECTED;
  else
    w->rc = EXIT_NOT_PERMITTED;

  if (!strcmp(code, "cursor-expired"))
    complain("start again with --since standing");
}

/* If the daemon has lost the position of a known name, it reports that once; the name is then
 * followed as a new one. */
static void on_ended_to_forget(void *arg, const char *code, const char *message) {
  struct watch *w = arg;
  bool lost = !strcmp(code, "cursor-expired") && !w->known;

  w->over = true;
  w->again = lost;

  if (lost) {
    w->known = true;
  } else if (strcmp(code, "stopped")) {
    on_ended(arg, code, message);
  } else if (!w->known) {
    complain("the daemon does not know your name '%s'; nothing was forgotten", w->name);
    w->rc = EXIT_REJECTED;
  } else if (!w->s->json)
    printf("Forgotten: %s. A later watch with this name begins at the start.\n", w->name);
}

static int forget(struct watch *w) {
  struct needs_follow_options options = {.name = w->name,
                                         .since = "now",
                                         .deliver = on_deliver,
                                         .began = on_began,
                                         .ended = on_ended_to_forget};
  if (w->follow)
    needs_follow_close(w->follow);

  w->again = w->over = false;
  if (!needs_follow(w->conn.link, &options, w, &w->follow))
    return 0;

  complain("%s", needs_why(w->conn.link));

  return EXIT_USAGE;
}

static int begin(struct watch *w, const char *const *topics, size_t n) {
  struct needs_follow_options options = {.name = w->name,
                                         .topics = topics,
                                         .n_topics = n,
                                         .since = w->since || w->name ? w->since : "now",
                                         .deliver = on_deliver,
                                         .began = on_began,
                                         .ended = on_ended};
  int rc = conn_open(&w->conn, w->s->server);
  if (rc)
    return rc;

  needs_on_connection(w->conn.link, on_connection, w);
  if (!needs_follow(w->conn.link, &options, w, &w->follow))
    return 0;

  complain("%s", needs_why(w->conn.link));

  return EXIT_USAGE;
}

/* Until it is over; a daemon that never answers at all is not waited for. */
static void follow_on(struct watch *w) {
  int64_t hello = now_ms() + HELLO_MS;

  while (!w->over) {
    if (interrupted)
      needs_follow_stop(w->follow);

    needs_run(w->conn.link, 1000);
    if (w->began || w->over || now_ms() < hello)
      continue;

    w->rc = not_reached(w->s->server);

    return;
  }
}

/* Without topics: the school, the authority, or everything. */
static char *default_topic(const struct settings *s) {
  struct text t = {0};
  if (s->authority)
    text_addf(&t, "%s%s%s", s->authority, text_if(s->school, "/"), text_or(s->school, ""));
  return t.s;
}

static void watch_to_forget(struct watch *w) {
  w->rc = conn_open(&w->conn, w->s->server);
  do {
    if (!w->rc)
      w->rc = forget(w);
    if (!w->rc)
      follow_on(w);
  } while (!w->rc && w->again);

  conn_close(&w->conn);
}

static void watch(struct watch *w, const struct args *a) {
  char *topic = NULL;
  if (!a->n)
    topic = default_topic(w->s);

  w->rc = begin(w, topic ? (const char *const[]){topic} : a->items, topic ? 1 : (size_t)a->n);
  if (!w->rc)
    follow_on(w);

  conn_close(&w->conn);
  free(topic);
}

static void watch_as_asked(struct watch *w, const struct args *a) {
  struct sigaction act = {.sa_handler = on_signal}; /* no SA_RESTART: a wait is cut short */
  sigaction(SIGINT, &act, NULL);
  sigaction(SIGTERM, &act, NULL);
  act.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &act, NULL);

  if (w->forget && (!w->name || a->n || w->since)) {
    complain("--forget takes a name and nothing else: needs watch --name NAME --forget");
    w->rc = EXIT_USAGE;
  } else if (w->forget) {
    watch_to_forget(w);
  } else {
    watch(w, a);
  }
}

int run_watch(struct settings *s, int argc, const char **argv) {
  struct watch w = {.s = s};
  char *count = NULL;
  struct poptOption own[] = {
      {"name", 0, POPT_ARG_STRING, &w.name, 0, "A durable name: resume where it stopped", "NAME"},
      {"since", 0, POPT_ARG_STRING, &w.since, 0,
       "start|now|standing or a cursor (now; with a new name: start)", "WHERE"},
      {"count", 0, POPT_ARG_STRING, &count, 0, "Stop after this many publications", "N"},
      {"forget", 0, POPT_ARG_NONE, &w.forget, 0,
       "Make the daemon forget the name; ends a watch that uses it", NULL},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(&a, s, "[TOPIC...]", own, argc, argv, 0, 200);
  if (rc)
    return rc;

  w.rc = option_number("--count", count, 1, COUNT_MOST, &w.limit);
  if (!w.rc)
    watch_as_asked(&w, &a);

  free(count);
  free(w.name);
  free(w.since);
  args_finish(&a);

  return w.rc;
}
