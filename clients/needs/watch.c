/* watch - what the daemon publishes, as it comes: a follow that finds its way back.
 *
 * A session is a socket with a fresh routing id. Every third of the lease it is renewed, and a ping on the same socket shows that
 * somebody is there; silence for longer ends the session, and the next one goes on from the name's or the last printed cursor.
 * What comes twice is printed once. */
#include <errno.h>
#include <popt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "advice.h"
#include "conn.h"

#define CREDIT 32
#define HELLO_MS 10000
#define WAIT_LONGEST_S 16

struct seen {
  char *place, *sequence;
}; /* the last one of each authority and school */
struct watch {
  struct settings *s;
  char *name, *since, *topics; /* topics: JSON list, or NULL */
  int limit;                   /* stop after this many; 0 = never */
  struct conn conn;
  char follow_id[24];
  int64_t lease_ms, heard_ms, renewed_ms;
  char *cursor, *acknowledged; /* printed up to; told so */
  int unpaid;                  /* credit used and not given back */
  struct seen *seen;
  size_t n_seen;
  long printed;
  bool over;
  int rc;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int n) { interrupted = n; }

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void set_text(char **into, const char *s) {
  free(*into);
  *into = copy_text(s);
}

/* --- printing --- */

struct publication_words {
  const char *type; /* without "needs." and ".v1" */
  const char *words;
  void (*more)(struct text *t, json data);
};

static void more_advice(struct text *t, json data) {
  const char *summary = json_string(data, "summary"), *id = json_string(data, "recommendation");
  text_addf(t, "%s [%s]", summary ? summary : "", id ? id : "?");
}

static void more_changed(struct text *t, json data) {
  more_advice(t, data);
  if (!json_count(json_get(data, "changes"))) return;
  text_add(t, "; what changed: ");
  json_words(json_get(data, "changes"), t);
}

static void more_withdrawn(struct text *t, json data) {
  const char *id = json_string(data, "recommendation"), *cause = json_string(data, "cause");
  text_addf(t, "%s", id ? id : "?");
  if (cause) text_addf(t, "; because of: %s", cause);
}

static void more_failed(struct text *t, json data) {
  const char *rule = json_string(data, "rule"), *message = json_string(data, "message");
  text_addf(t, "%s: %s", rule ? rule : "?", message ? message : "");
}

static void more_plain(struct text *t, json data) {
  if (json_member_count(data)) json_words(data, t);
}

static const struct publication_words kinds[] = {
    {"recommendation.issued", "recommended", more_advice},
    {"recommendation.changed", "changed", more_changed},
    {"recommendation.withdrawn", "withdrawn", more_withdrawn},
    {"rule.failed", "a rule failed", more_failed},
    {"review.due", "a review is due", more_plain},
    {"evaluation.due", "an evaluation is due", more_plain},
    {"disagreement", "two views differ", more_plain},
    {"person.erased", "erased: keep nothing of this person", more_plain},
    {"publication.erased", "(erased)", more_plain},
};

static void add_kind(struct text *t, const char *type, json data) {
  size_t len = type ? strlen(type) : 0;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    size_t n = strlen(kinds[i].type);
    if (len != n + 9 || strncmp(type, "needs.", 6) || strncmp(type + 6, kinds[i].type, n)) continue;
    struct text more = {0};
    kinds[i].more(&more, data);
    text_addf(t, "%s%s%s", kinds[i].words, more.len ? ": " : "", more.len ? more.s : "");
    text_finish(&more);
    return;
  }
  text_addf(t, "%s ", type ? type : "?");
  json_words(data, t);
}

static void print_words(json p) {
  const char *school = json_string(p, "school"), *subject = json_string(p, "subject"), *time = json_string(p, "time"),
             *weight = json_string(p, "weight");
  struct text t = {0};
  if (time) text_addf(&t, "%.10s %.5s  ", time, strlen(time) > 16 ? time + 11 : "");
  text_addf(&t, "%s", school ? school : "-");
  if (subject) text_addf(&t, " %s", subject);
  text_add(&t, "  ");
  add_kind(&t, json_string(p, "type"), json_get(p, "data"));
  if (weight && !strcmp(weight, "minor")) text_add(&t, " (minor)");
  print_folded(stdout, 0, 4, t.s);
  text_finish(&t);
}

/* The publication's own bytes: what stands behind "publication": up to the closing brace of the body. */
static void print_bytes(const struct reply *r) {
  static const char mark[] = "\"publication\":";
  char *p = strstr(r->body, mark);
  if (!p || r->len < 2) return;
  p += sizeof mark - 1;
  printf("%.*s\n", (int)(r->body + r->len - 1 - p), p);
}

/* --- what came before --- */

/* Sequences count without holes within one school; one that is not higher was printed already. */
static bool is_new(struct watch *w, json p) {
  const char *authority = json_string(p, "authority"), *school = json_string(p, "school"), *sequence = json_string(p, "sequence");
  if (!sequence || !authority || !school) return true;
  struct text place = {0};
  text_addf(&place, "%s/%s", authority, school);
  size_t i = 0;
  while (i < w->n_seen && strcmp(w->seen[i].place, place.s)) i++;
  if (i == w->n_seen) {
    w->seen = more_memory(w->seen, ++w->n_seen * sizeof *w->seen);
    w->seen[i] = (struct seen){place.s, NULL};
  } else
    text_finish(&place);
  if (w->seen[i].sequence && strcmp(sequence, w->seen[i].sequence) <= 0) return false;
  set_text(&w->seen[i].sequence, sequence);
  return true;
}

/* --- one session --- */

static void send_credit(struct watch *w) {
  struct text body = {0};
  text_addf(&body, "{\"add\":%d", w->unpaid);
  if (w->cursor && (!w->acknowledged || strcmp(w->cursor, w->acknowledged))) {
    text_add(&body, ",\"cursor\":");
    text_add_quoted(&body, w->cursor);
  }
  text_add(&body, "}");
  if (!conn_send(&w->conn, "credit", w->follow_id, body.s, body.len)) {
    w->unpaid = 0;
    set_text(&w->acknowledged, w->cursor);
  }
  w->renewed_ms = now_ms();
  text_finish(&body);
}

static void renew(struct watch *w) {
  send_credit(w);
  conn_send(&w->conn, "ping", "hello", "", 0);
}

static void on_publication(struct watch *w, const struct reply *r, json body) {
  json p = json_get(body, "publication");
  const char *cursor = json_string(body, "cursor");
  if (p) {
    w->unpaid++;
    if (is_new(w, p)) {
      if (w->s->json)
        print_bytes(r);
      else
        print_words(p);
      w->printed++;
    }
  }
  if (fflush(stdout))
    w->over = true, w->rc = EXIT_REJECTED; /* nobody reads any more: what was not written is not acknowledged */
  else if (cursor)
    set_text(&w->cursor, cursor);
  if (w->limit && w->printed >= w->limit) w->over = true;
  if (w->unpaid >= CREDIT / 2 && !w->over) send_credit(w);
}

/* Some faults mean begin again, some mean stop. */
static bool on_fault(struct watch *w, json body) {
  const char *code = faults_code(body);
  if (!strcmp(code, "lease-expired") || !strcmp(code, "busy")) return false;
  w->rc = faults_print(body);
  w->over = true;
  if (!strcmp(code, "cursor-expired")) complain("begin again with --since standing");
  return false;
}

static bool take(struct watch *w, struct reply *r) {
  bool ours = !strcmp(r->id, w->follow_id), going = true;
  if (!ours) return true; /* the answer to hello: only that it came matters */
  json body = json_parse(r->body);
  if (!strcmp(r->status, "pub"))
    on_publication(w, r, body);
  else if (!strcmp(r->status, "error"))
    going = on_fault(w, body);
  json_free(body);
  return going;
}

static void begin_body(const struct watch *w, struct text *t) {
  const char *since = w->cursor ? w->cursor : w->since;
  text_addf(t, "{\"credit\":%d", CREDIT);
  if (w->name) {
    text_add(t, ",\"name\":");
    text_add_quoted(t, w->name);
  }
  if (since || !w->name) {
    text_add(t, ",\"since\":");
    text_add_quoted(t, since ? since : "now");
  }
  if (w->topics) text_addf(t, ",\"topics\":%s", w->topics);
  text_add(t, "}");
}

/* Opens a session. 0, or an exit status; EXIT_NOT_REACHED may be tried again. */
static int begin(struct watch *w) {
  struct text body = {0};
  struct answer answer;
  int rc = conn_open(&w->conn, w->s->door, true);
  if (rc) return rc;
  begin_body(w, &body);
  rc = conn_ask(&w->conn, "follow", body.s, HELLO_MS, &answer);
  snprintf(w->follow_id, sizeof w->follow_id, "%u", w->conn.next);
  text_finish(&body);
  if (rc) {
    if (rc == EXIT_NOT_REACHED && !conn_quiet) not_reached(w->s->door);
    conn_close(&w->conn);
    return rc;
  }
  w->lease_ms = json_number(answer.tree, "lease_s", 30) * 1000;
  w->heard_ms = w->renewed_ms = now_ms();
  w->unpaid = 0;
  answer_finish(&answer);
  return 0;
}

/* Until it is lost, or over. */
static void session(struct watch *w) {
  for (bool going = true; going && !w->over && !interrupted;) {
    struct reply r;
    int rc = conn_receive(&w->conn, 250, &r);
    int64_t now = now_ms();
    if (!rc) {
      w->heard_ms = now;
      going = take(w, &r);
      reply_finish(&r);
    } else if (w->unpaid || (w->cursor && w->acknowledged && strcmp(w->cursor, w->acknowledged)))
      send_credit(w); /* quiet: say how far it is printed */
    if (now - w->renewed_ms > w->lease_ms / 3) renew(w);
    if (now - w->heard_ms > w->lease_ms || !conn_alive(&w->conn)) going = false;
  }
}

static void end(struct watch *w) {
  if (interrupted || w->over) {
    send_credit(w);
    conn_send(&w->conn, "unfollow", w->follow_id, "", 0);
    struct reply r; /* the answer shows that the acknowledgement went before it */
    for (int64_t until = now_ms() + 1000; now_ms() < until;) {
      int rc = conn_receive(&w->conn, 200, &r);
      bool last = !rc && !strcmp(r.id, w->follow_id) && strcmp(r.status, "pub");
      if (!rc) reply_finish(&r);
      if (last || (rc && rc != -ETIMEDOUT && rc != -EINTR)) break;
    }
  }
  conn_close(&w->conn);
}

static void watch_on(struct watch *w) {
  int wait_s = 1;
  bool ever = false;
  while (!w->over && !interrupted) {
    int rc = begin(w);
    if (!rc) {
      if (conn_quiet) complain("following again");
      ever = conn_quiet = true, wait_s = 1;
      session(w);
      bool lost = !w->over && !interrupted;
      end(w);
      if (lost) complain("lost the daemon; trying again until it is back");
      continue;
    }
    if (rc != EXIT_NOT_REACHED || !ever) {
      w->rc = rc;
      return;
    }
    sleep((unsigned)wait_s);
    if (wait_s < WAIT_LONGEST_S) wait_s *= 2;
  }
}

static char *topics_text(const struct args *a) {
  struct text t = {0};
  for (int i = 0; i < a->n; i++) {
    text_add(&t, i ? "," : "[");
    text_add_quoted(&t, a->items[i]);
  }
  if (t.len) text_add(&t, "]");
  return t.s;
}

/* Without topics: the school, the authority, or everything. */
static char *default_topics(const struct settings *s) {
  struct text t = {0}, list = {0};
  if (!s->authority) return NULL;
  text_addf(&t, "%s%s%s", s->authority, s->school ? "/" : "", s->school ? s->school : "");
  text_add(&list, "[");
  text_add_quoted(&list, t.s);
  text_add(&list, "]");
  text_finish(&t);
  return list.s;
}

static void finish(struct watch *w) {
  for (size_t i = 0; i < w->n_seen; i++) free(w->seen[i].place), free(w->seen[i].sequence);
  free(w->seen), free(w->name), free(w->since), free(w->topics), free(w->cursor), free(w->acknowledged);
}

int run_watch(struct settings *s, int argc, const char **argv) {
  struct watch w = {.s = s};
  struct poptOption own[] = {
      {"name", 0, POPT_ARG_STRING, &w.name, 0, "A durable name: go on where it stopped, after any break", "NAME"},
      {"since", 0, POPT_ARG_STRING, &w.since, 0, "start|now|standing or a cursor (now; with a new name: start)", "WHERE"},
      {"count", 0, POPT_ARG_INT, &w.limit, 0, "Stop after this many publications", "N"},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(&a, s, "[TOPIC...]", own, argc, argv, 0, 200);
  if (rc) return rc;
  w.topics = a.n ? topics_text(&a) : default_topics(s);
  struct sigaction act = {.sa_handler = on_signal}; /* no SA_RESTART: a wait is cut short */
  sigaction(SIGINT, &act, NULL), sigaction(SIGTERM, &act, NULL);
  act.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &act, NULL);
  watch_on(&w);
  finish(&w);
  args_finish(&a);
  return w.rc;
}
