/* outbox - `needs outbox`: lists, sends, drops and retries unsent and rejected events. The file
 * itself is send_queue's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <popt.h>

#include "conn.h"
#include "send_queue.h"
#include "table.h"
#include "text.h"

struct outbox {
  struct settings *s;
  struct conn conn;
  struct send_queue box;
};

static const struct {
  enum needs_shelf shelf;
  const char *word;
} shelves[] = {{NEEDS_WAITING, "waits"}, {NEEDS_KEPT, "rejected"}};
#define N_SHELVES (sizeof shelves / sizeof *shelves)

/* --- list --- */

struct listing {
  struct table table;
  const char *word;
  const char *answer; /* why what waits was not taken; NULL: not known */
  size_t n;
};

static void add_why(struct text *t, const char *errors) {
  json list = NULL;
  if (errors)
    list = json_parse(errors);

  json first = json_at(list, 0);
  const char *code = json_string(first, "code"), *message = json_string(first, "message");
  if (code)
    text_addf(t, "%s: %s", code, text_or(message, ""));

  json_free(list);
}

static int on_entry(void *arg, const struct needs_entry *e) {
  struct listing *l = arg;
  struct text why = {0};
  json event = json_parse(e->event);
  const char *type = json_string(event, "type"), *subject = json_string(event, "subject");
  char number[24], *place = send_queue_place(e->tag);

  snprintf(number, sizeof number, "%lld", (long long)e->number);
  add_why(&why, e->errors);
  if (!e->errors && l->answer)
    text_add(&why, l->answer);

  table_row(&l->table, number, l->word, *place ? place : text_or(type, "?"), text_or(subject, ""),
            text_or(why.s, ""));
  l->n++;
  text_finish(&why);
  json_free(event);
  free(place);

  return 0;
}

static int on_entry_json(void *arg, const struct needs_entry *e) {
  const struct listing *l = arg;
  struct text t = {0};
  char *place = send_queue_place(e->tag);

  text_addf(&t, "{\"number\":%lld,\"status\":\"%s\",\"from\":", (long long)e->number,
            e->errors ? "rejected" : "waiting");
  text_add_quoted(&t, place);
  text_addf(&t, ",\"event\":%s", e->event);
  if (e->errors)
    text_addf(&t, ",\"errors\":%s", e->errors);
  if (!e->errors && l->answer) {
    text_add(&t, ",\"last_answer\":");
    text_add_quoted(&t, l->answer);
  }

  printf("%s}\n", t.s);
  text_finish(&t);
  free(place);

  return 0;
}

static int run_list(struct outbox *o, const struct args *a) {
  struct listing l = {0};
  char *answer = send_queue_last_answer(&o->box);

  (void)a;

  l.answer = answer;
  table_init(&l.table, 5, (const char *const[]){"number", "", "from", "person", "why"}, 1);

  for (size_t i = 0; i < N_SHELVES; i++) {
    l.word = shelves[i].word;
    needs_outbox_list(o->box.outbox, shelves[i].shelf, o->s->json ? on_entry_json : on_entry, &l);
  }

  if (l.n)
    table_print(&l.table, stdout, 0);
  else if (!o->s->json)
    puts("no unsent and no rejected events");

  table_finish(&l.table);
  free(answer);

  return EXIT_DONE;
}

/* --- send --- */

static int run_send(struct outbox *o, const struct args *a) {
  (void)a;
  int rc = send_queue_drain(&o->box, o->s->json || terminal_plain(stderr) ? NULL : "outbox");
  const struct send_queue *b = &o->box;

  if (o->s->json)
    printf("{\"accepted\":%zu,\"duplicate\":%zu,\"rejected\":%zu,\"waiting\":%zu}\n", b->accepted,
           b->known, b->rejected, send_queue_waiting(b));
  else
    printf("%zu accepted, %zu already known, %zu rejected\n", b->accepted, b->known, b->rejected);

  send_queue_say_waiting(b);
  if (rc)
    return rc;
  if (b->rejected)
    return EXIT_REJECTED;

  return EXIT_DONE;
}

/* --- drop and retry --- */

/* "all", or a number; -1: neither. */
static int64_t number_of(const char *word) {
  char *end;
  if (!strcmp(word, "all"))
    return 0;

  long long n = strtoll(word, &end, 10);
  if (*word >= '1' && *word <= '9' && !*end)
    return n;

  complain("'%s' is neither a number from needs outbox list nor 'all'", word);

  return -1;
}

struct dropping {
  struct send_queue *box;
  int64_t number;
};

static int on_drop(void *arg, const struct needs_entry *e) {
  struct dropping *d = arg;
  if (!d->number || e->number == d->number)
    send_queue_unsay(d->box, e->tag, e->event);
  return 0;
}

static int drop_one(struct outbox *o, int64_t number) {
  struct dropping d = {&o->box, number};

  /* what was rejected is unsaid already */
  needs_outbox_list(o->box.outbox, NEEDS_WAITING, on_drop, &d);
  bool found = false;
  for (size_t i = 0; i < N_SHELVES; i++)
    found |= !needs_outbox_drop(o->box.outbox, shelves[i].shelf, number);
  if (!found)
    complain("the outbox has no event %lld", (long long)number);

  if (found)
    return EXIT_DONE;
  return EXIT_REJECTED;
}

static int run_drop(struct outbox *o, const struct args *a) {
  size_t before = send_queue_waiting(&o->box) + needs_outbox_rejected(o->box.outbox);
  int rc = 0;
  for (int i = 1; i < a->n && !rc; i++) {
    int64_t number = number_of(a->items[i]);
    if (number < 0)
      rc = EXIT_USAGE;
    else
      rc = drop_one(o, number);
  }

  printf("%zu dropped\n",
         before - send_queue_waiting(&o->box) - needs_outbox_rejected(o->box.outbox));

  return rc;
}

static int run_retry(struct outbox *o, const struct args *a) {
  for (int i = 1; i < a->n; i++) {
    int64_t number = number_of(a->items[i]);
    if (number < 0)
      return EXIT_USAGE;
    if (!needs_outbox_retry(o->box.outbox, number))
      continue;

    complain("%s", needs_why(o->conn.link));

    return EXIT_REJECTED;
  }

  return run_send(o, a);
}

/* --- the command --- */

static const struct action {
  const char *name;
  int least; /* arguments, the name among them */
  bool daemon;
  int (*run)(struct outbox *o, const struct args *a);
} actions[] = {{"list", 1, false, run_list},
               {"send", 1, true, run_send},
               {"drop", 2, false, run_drop},
               {"retry", 2, true, run_retry}};

static const struct action *action_of(const struct args *a) {
  const char *name = "list";
  if (a->n)
    name = a->items[0];
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
    if (!strcmp(actions[i].name, name) && (!a->n || a->n >= actions[i].least))
      return &actions[i];

  complain("needs outbox: list, send, drop NUMBER...|all, or retry NUMBER...|all");

  return NULL;
}

static int act(struct outbox *o, const struct action *action, const struct args *a) {
  int rc;

  if (action->daemon)
    rc = conn_open(&o->conn, o->s->server);
  else {
    if (needs_open(&o->conn.link, o->s->server))
      rc = EXIT_USAGE;
    else
      rc = 0;
  }

  if (!o->conn.link) {
    if (!action->daemon)
      complain("'%s' is not an endpoint", o->s->server);
    return rc;
  }

  int opened = send_queue_open(&o->box, o->s, &o->conn, NULL);
  if (!opened && !rc)
    rc = action->run(o, a);
  if (!opened) {
    if (rc == EXIT_NOT_REACHED && !o->box.away)
      send_queue_say_waiting(&o->box);
    send_queue_close(&o->box);
  }

  if (opened)
    return opened;

  return rc;
}

int run_outbox(struct settings *s, int argc, const char **argv) {
  struct args a;
  struct outbox o = {.s = s};
  int rc = args_parse(&a, s, "[list | send | drop NUMBER...|all | retry NUMBER...|all]", NULL, argc,
                      argv, 0, -1);
  if (rc)
    return rc;

  const struct action *action = action_of(&a);
  if (!action)
    rc = EXIT_USAGE;
  else if (!send_queue_exists(s)) {
    if (!s->json)
      puts("no unsent and no rejected events");
  } else
    rc = act(&o, action, &a);

  conn_close(&o.conn);
  args_finish(&a);

  return rc;
}
