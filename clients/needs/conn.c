/* conn - see conn.h. */
#include "conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

bool conn_quiet;

int not_reached(const char *server) {
  complain("no answer from the daemon at %s; is needsd running, and is --server (or NEEDS_SERVER) "
           "right?",
           server);
  return EXIT_NOT_REACHED;
}

int conn_open(struct conn *c, const char *server) {
  *c = (struct conn){0};
  int rc = needs_open(&c->link, server);
  if (rc == -EINVAL) {
    complain("'%s' is not an endpoint; it looks like ipc:///run/needsd/door, with a path of at "
             "most 107 bytes, or tcp://host:port",
             server);
    return EXIT_USAGE;
  }
  if (rc) {
    complain("cannot make a link: %s", strerror(-rc));
    return EXIT_NOT_REACHED;
  }

  rc = needs_reach(c->link);
  if (rc == -EACCES) {
    complain("%s; ask an administrator to add you to the group that owns it", needs_why(c->link));
    conn_close(c);
    return EXIT_NOT_PERMITTED;
  }

  if (rc && !conn_quiet)
    complain("%s; start needsd, or name its endpoint with --server or NEEDS_SERVER",
             needs_why(c->link));

  if (rc)
    return EXIT_NOT_REACHED;

  return 0;
}

void conn_close(struct conn *c) {
  needs_close(c->link);
  *c = (struct conn){0};
}

static void reply_finish(struct reply *r) {
  free(r->body);
  *r = (struct reply){0};
}

const char *faults_code(json errors) {
  const char *code = json_string(json_at(errors, 0), "code");
  if (code)
    return code;
  return "";
}

/* Where a member is what an option says, the option is named. */
static void add_option(struct text *t, const char *pointer) {
  static const struct {
    const char *member, *option;
  } rows[] = {{"/data/success", "--success"},
              {"/data/terms", "--term"},
              {"/data/intended", "--intended"},
              {"/data/date", "--date"}};

  for (size_t i = 0; pointer && i < sizeof rows / sizeof *rows; i++) {
    size_t len = strlen(rows[i].member);
    bool named = !strncmp(pointer, rows[i].member, len) && (pointer[len] == '/' || !pointer[len]);
    if (!named)
      continue;

    struct text rest = {0};
    text_add_place(&rest, pointer + strlen("/data"));
    text_addf(t, "%s%s", rows[i].option, rest.s + (len - strlen("/data/")));
    text_finish(&rest);

    return;
  }
  text_add_place(t, pointer);
}

static int print_faults(json errors, bool options) {
  bool permitted = true;

  for (size_t i = 0; i < json_count(errors); i++) {
    json e = json_at(errors, i);
    const char *code = json_string(e, "code"), *message = json_string(e, "message");
    struct text place = {0};

    if (options)
      add_option(&place, json_string(e, "pointer"));
    else
      text_add_place(&place, json_string(e, "pointer"));

    complain("%s%s%s: %s", text_or(place.s, ""), text_if(place.len, ": "), text_or(code, "error"),
             text_or(message, ""));
    text_finish(&place);
    if (code && !strcmp(code, "forbidden"))
      permitted = false;
  }

  if (!json_count(errors))
    complain("the daemon answered with an error without details");

  if (permitted)
    return EXIT_REJECTED;

  return EXIT_NOT_PERMITTED;
}

int faults_print(json errors) {
  return print_faults(errors, false);
}

int faults_print_options(json errors) {
  return print_faults(errors, true);
}

bool faults_of_codes(json errors) {
  static const char *const codes[] = {"unknown-competence", "unknown-role", "unknown-unit",
                                      "unknown-code"};

  for (size_t i = 0; i < json_count(errors); i++)
    for (size_t k = 0; k < sizeof codes / sizeof *codes; k++) {
      const char *code = json_string(json_at(errors, i), "code");
      if (code && !strcmp(code, codes[k]))
        return true;
    }

  return false;
}

void print_where_codes_are(void) {
  fflush(stdout);
  fputs("needs catalogue find WORD... searches for codes.\n", stderr);
}

static void on_answer(void *arg, enum needs_reply kind, const char *body, size_t len) {
  struct reply *r = arg;

  if (kind == NEEDS_OK)
    r->status = "ok";
  else if (kind == NEEDS_REFUSED)
    r->status = "error";
  else
    r->status = "silent";

  if (!body)
    return;

  struct text t = {0};
  text_add_n(&t, body, len);
  r->body = t.s;
  r->len = t.len;
}

static bool answered(const struct answer *a) {
  return !strcmp(a->reply.status, "ok") && a->tree;
}

/* Whatever the daemon says in the end, a refusal too. */
static int ask_patiently(struct conn *c, const char *verb, const char *body, int timeout_ms,
                         struct answer *ret) {
  *ret = (struct answer){0};
  if (needs_ask(c->link, verb, body, timeout_ms, on_answer, &ret->reply)) {
    complain("%s", needs_why(c->link));
    return EXIT_USAGE;
  }

  while (!ret->reply.status)
    needs_run(c->link, -1);

  if (!ret->reply.body)
    return EXIT_NOT_REACHED;

  ret->tree = json_parse(ret->reply.body);

  return 0;
}

/* Why can be asked of all that the catalogue knows; the other questions are about what is
 * recommended. */
static bool asks_why(json asked) {
  const char *question = json_string(asked, "question");
  return question && !strcmp(question, "why");
}

/* What is not there is named as it was asked for; the daemon only points at the member. False: it
 * is something else. */
static bool print_not_found(json errors, const char *body) {
  const char *pointer = json_string(json_at(errors, 0), "pointer");
  if (strcmp(faults_code(errors), "not-found") || !pointer || *pointer != '/')
    return false;

  json asked = json_parse(body);
  if (!json_string(asked, "question")) {
    json_free(asked);
    return false; /* a verb's own words say more */
  }

  const char *what = json_string(asked, pointer + 1), *person = json_string(asked, "person"),
             *school = json_string(asked, "school");
  if (what && !strcmp(pointer, "/school"))
    complain("this daemon has no records of school %s", what);
  else if (what && !strcmp(pointer, "/person"))
    complain("this daemon has no records of %s in school %s", what, text_or(school, "?"));
  else if (what && !strcmp(pointer, "/recommendation") && asks_why(asked))
    complain("the catalogue holds no %s; needs catalogue find WORD... searches it", what);
  else if (what && !strcmp(pointer, "/recommendation"))
    complain("%s is not recommended to %s now", what, text_or(person, "?"));
  else if (what && !strcmp(pointer, "/competence"))
    complain("the catalogue holds no %s %s", pointer + 1, what);
  else
    what = NULL; /* the daemon's own words say it */

  bool said = what != NULL;
  json_free(asked);

  return said;
}

int conn_ask(struct conn *c, const char *verb, const char *body, int timeout_ms,
             struct answer *ret) {
  int rc = ask_patiently(c, verb, body, timeout_ms, ret);
  if (rc || answered(ret))
    return rc;

  if (print_not_found(ret->tree, body))
    rc = EXIT_REJECTED;
  else
    rc = faults_print(ret->tree);

  answer_finish(ret);

  return rc;
}

void answer_finish(struct answer *a) {
  json_free(a->tree);
  reply_finish(&a->reply);
  *a = (struct answer){0};
}

int door_ask(const struct settings *s, const char *verb, const char *body, int timeout_ms,
             struct answer *ret) {
  struct conn c;
  int rc = conn_open(&c, s->server);
  if (!rc) {
    rc = conn_ask(&c, verb, body, timeout_ms, ret);
    if (rc == EXIT_NOT_REACHED)
      not_reached(s->server);
  }

  conn_close(&c);

  return rc;
}

int door_look(const struct settings *s, const char *verb, const char *body, int timeout_ms,
              struct answer *ret) {
  struct conn c;
  bool quiet = conn_quiet;

  conn_quiet = true;
  int rc = conn_open(&c, s->server);
  conn_quiet = quiet;
  if (!rc)
    rc = ask_patiently(&c, verb, body, timeout_ms, ret);

  conn_close(&c);

  return rc;
}

int door_question(const struct settings *s, const char *question, const char *authority,
                  struct answer *ret) {
  struct text q = {0};
  text_addf(&q, "{\"question\":\"%s\"", question);
  if (authority) {
    text_add(&q, ",\"authority\":");
    text_add_quoted(&q, authority);
  }

  text_add(&q, "}");
  int rc = door_ask(s, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);

  return rc;
}
