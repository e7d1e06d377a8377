/* ask - `needs ask`, any question with its answer as JSON; and the short commands ping, day, verify
 * and settled. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "conn.h"
#include "text.h"

#define SETTLED_MS 40000
#define WAIT_MOST_S 86400
#define VERIFY_MS (10 * 60 * 1000)

static void add_pair(struct text *t, const char *name, size_t name_len, const char *value) {
  text_add(t, t->len > 1 ? ",\"" : "\"");
  text_add_n(t, name, name_len);
  text_add(t, "\":");
  text_add_quoted(t, value);
}

static bool given(int n, const char *const *items, const char *name) {
  for (int i = 0; i < n; i++)
    if (!strncmp(items[i], name, strlen(name)) && items[i][strlen(name)] == '=')
      return true;
  return false;
}

static int run_question(struct settings *s, const char *question, const char *const *pairs, int n,
                        int timeout_ms, struct answer *ret) {
  struct text q = {0};
  text_add(&q, "{");
  add_pair(&q, "question", strlen("question"), question);

  for (int i = 0; i < n; i++) {
    const char *equals = strchr(pairs[i], '=');
    if (!equals || equals == pairs[i]) {
      complain("'%s' is not NAME=VALUE, as in person=p-0193", pairs[i]);
      text_finish(&q);
      return EXIT_USAGE;
    }

    add_pair(&q, pairs[i], (size_t)(equals - pairs[i]), equals + 1);
  }

  text_add(&q, "}");
  int rc = door_ask(s, "ask", q.s, timeout_ms, ret);
  text_finish(&q);

  return rc;
}

/* Authority and school go along where the question takes them; which those are, the daemon lists.
 */
static bool takes(json questions, const char *question, const char *name) {
  json list = json_get(questions, "questions");
  for (size_t i = 0; i < json_count(list); i++) {
    const char *q = json_string(json_at(list, i), "question");
    json members = json_get(json_at(list, i), "takes");
    for (size_t k = 0; q && !strcmp(q, question) && k < json_count(members); k++) {
      const char *m = json_text(json_at(members, k));
      if (m && !strncmp(m + (*m == '['), name, strlen(name)))
        return true;
    }
  }

  return false;
}

static int add_defaults(struct settings *s, const struct args *a, const char **pairs,
                        struct text *authority, struct text *school) {
  struct answer questions;
  int n = 0;
  for (int i = 1; i < a->n; i++)
    pairs[n++] = a->items[i];

  if (run_question(s, "questions", NULL, 0, ANSWER_MS, &questions))
    return n;

  if (s->authority && takes(questions.tree, a->items[0], "authority") &&
      !given(a->n, a->items, "authority")) {
    text_addf(authority, "authority=%s", s->authority);
    pairs[n++] = authority->s;
  }

  if (s->school && takes(questions.tree, a->items[0], "school") &&
      !given(a->n, a->items, "school")) {
    text_addf(school, "school=%s", s->school);
    pairs[n++] = school->s;
  }

  answer_finish(&questions);

  return n;
}

int run_ask(struct settings *s, int argc, const char **argv) {
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "QUESTION [NAME=VALUE...]", NULL, argc, argv, 1, 30);
  if (rc)
    return rc;

  const char *pairs[32];
  struct text authority = {0}, school = {0};
  int n = a.n - 1;

  for (int i = 0; i < n; i++)
    pairs[i] = a.items[i + 1];
  if (s->authority || s->school)
    n = add_defaults(s, &a, pairs, &authority, &school);

  rc = run_question(s, a.items[0], pairs, n, VERIFY_MS, &answer);
  if (!rc) {
    puts(answer.reply.body);
    answer_finish(&answer);
  }

  text_finish(&authority);
  text_finish(&school);
  args_finish(&a);

  return rc;
}

int run_ping(struct settings *s, int argc, const char **argv) {
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "", NULL, argc, argv, 0, 0);
  if (rc)
    return rc;

  rc = door_ask(s, "ping", "", ANSWER_MS, &answer);
  if (!rc) {
    const char *version = json_string(answer.tree, "version"),
               *day = json_string(answer.tree, "day");

    if (s->json)
      puts(answer.reply.body);
    else
      printf("needsd %s, protocol %lld, %s%s\n", text_or(version, "?"),
             (long long)json_number(answer.tree, "protocol", 0), day ? "day " : "no day yet",
             text_or(day, ""));

    answer_finish(&answer);
  }

  args_finish(&a);

  return rc;
}

#define NO_DAY "none yet"

/* What the daemon's clock says, where the day waits for somebody to confirm it: `ret_date` stays
 * empty where it does not. */
static int waiting_day(struct settings *s, struct text *ret_date, struct text *ret_day) {
  struct answer health;
  int rc = door_question(s, "health", NULL, &health);
  if (rc)
    return rc;

  const char *clock = json_string(json_get(health.tree, "day_waits"), "clock"),
             *day = json_string(health.tree, "day");
  if (clock)
    text_add(ret_date, clock);

  text_add(ret_day, text_or(day, NO_DAY));
  answer_finish(&health);

  return 0;
}

/* For which day things are worked out, where that is not the clock's; why nothing is, where there
 * is no day. */
static void say_day_waits(struct settings *s, bool settled) {
  struct text clock = {0}, day = {0};
  int rc = waiting_day(s, &clock, &day);

  if (!rc && clock.len > 0)
    complain("the day is on hold at %s: the clock says %s, which is too far ahead; if the clock is "
             "right, an administrator confirms it with: needs day --confirm %s",
             day.s, clock.s, clock.s);
  else if (!rc && !settled && !strcmp(day.s, NO_DAY))
    complain("the daemon has no day yet, so nothing is worked out");

  text_finish(&clock);
  text_finish(&day);
}

static int send_day(struct settings *s, const char *member, const char *given_date) {
  char date[11], body[48];
  struct answer answer;

  if (!date_parse(given_date, date)) {
    complain("'%s' is not a date; write it as 2026-03-02", given_date);
    return EXIT_USAGE;
  }

  snprintf(body, sizeof body, "{\"%s\":\"%s\"}", member, date);
  int rc = door_ask(s, "day", body, ANSWER_MS, &answer);
  if (rc)
    return rc;

  const char *day = json_string(answer.tree, "day");

  if (s->json)
    puts(answer.reply.body);
  else
    printf("the day is %s\n", text_or(day, date));

  answer_finish(&answer);

  return 0;
}

static int confirm_day(struct settings *s, const char *given_date) {
  struct text clock = {0}, day = {0};
  int rc = 0;

  if (!given_date)
    rc = waiting_day(s, &clock, &day);

  if (!rc && given_date)
    rc = send_day(s, "confirm", given_date);
  else if (!rc && clock.len > 0)
    rc = send_day(s, "confirm", clock.s);
  else if (!rc)
    printf("nothing to confirm: the day is %s\n", day.s);

  text_finish(&clock);
  text_finish(&day);

  return rc;
}

/* popt prints it behind "Usage: needs day [OPTION...] ". */
static const char day_help[] =
    "DATE\n"
    "\n"
    "The day is the date for which the daemon works out needs and recommendations. It follows the\n"
    "daemon's clock, unless the configuration says day = manual: then needs day DATE sets it. The\n"
    "day never moves back. If the clock jumps too far ahead, the day stays where it is until an\n"
    "administrator confirms it: needs day --confirm accepts the date of the clock, and\n"
    "needs day --confirm DATE accepts it only if it is DATE. needs status shows whether it "
    "waits.\n";

int run_day(struct settings *s, int argc, const char **argv) {
  int confirm = 0;
  struct poptOption own[] = {
      {"confirm", 0, POPT_ARG_NONE, &confirm, 0,
       "Accept the clock's date after a jump (with DATE: only that date)", NULL},
      POPT_TABLEEND,
  };
  struct args a;
  const char *usage = "DATE";

  if (args_help_asked(argc, argv))
    usage = day_help;

  int rc = args_parse(&a, s, usage, own, argc, argv, 0, 1);
  if (rc)
    return rc;

  const char *date = NULL;
  if (a.n)
    date = a.items[0];

  if (confirm)
    rc = confirm_day(s, date);
  else if (date)
    rc = send_day(s, "date", date);
  else {
    complain("missing argument: DATE; write it as 2026-03-02");
    rc = EXIT_USAGE;
  }

  args_finish(&a);

  return rc;
}

/* The daemon holds the question for up to 30 s; ask again until it is true or the user's patience
 * ends. */
int run_settled(struct settings *s, int argc, const char **argv) {
  int wait_s = 300;
  char *wait = NULL;
  struct poptOption own[] = {
      {"wait", 0, POPT_ARG_STRING, &wait, 0, "Give up after this many seconds (300)", "SECONDS"},
      POPT_TABLEEND};
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "[POSITION]", own, argc, argv, 0, 1);
  if (rc)
    return rc;

  rc = option_number("--wait", wait, 0, WAIT_MOST_S, &wait_s);
  free(wait);

  struct text position = {0};
  if (a.n)
    text_addf(&position, "position=%s", a.items[0]);

  bool settled = false;
  for (int left = wait_s; !rc && !settled; left -= 30) {
    rc = run_question(s, "settled", (const char *const[]){position.s}, a.n, SETTLED_MS, &answer);
    if (rc)
      break;

    settled = json_flag(answer.tree, "settled");
    bool last = settled || left <= 30;
    if (last && s->json)
      puts(answer.reply.body);
    else if (last)
      puts(settled ? "settled: everything pushed has been worked out" : "not settled yet");

    answer_finish(&answer);
    if (last)
      say_day_waits(s, settled);
    if (last && !settled)
      rc = EXIT_REJECTED;
  }

  text_finish(&position);
  args_finish(&a);

  return rc;
}

static void print_each(json list, const char *before) {
  for (size_t i = 0; i < json_count(list); i++) {
    struct text t = {0};
    text_add(&t, before);
    json_words(json_at(list, i), &t);
    print_folded(stdout, 2, 4, text_or(t.s, ""));
    text_finish(&t);
  }
}

/* What is damaged comes first: the differences may be nothing but its consequence. */
static void print_verdict(json a) {
  json differences = json_get(a, "differences"), damaged = json_get(a, "damaged");
  const char *verdict;

  if (json_count(damaged))
    verdict = "damaged";
  else if (json_flag(a, "ok"))
    verdict = "all the same";
  else
    verdict = "it differs";

  printf("%s: %lld events replayed, %lld persons, %lld recommendations compared\n", verdict,
         (long long)json_number(a, "events", 0), (long long)json_number(a, "persons", 0),
         (long long)json_number(a, "recommendations", 0));
  print_each(damaged, "damaged in the store: ");
  print_each(differences, "");

  if (json_count(damaged))
    print_folded(stdout, 0, 0,
                 "Next: keep a copy of the data directory, restore its newest backup and push "
                 "again what came later "
                 "(operations.md, When the store is damaged).");
  else if (json_count(differences))
    print_folded(stdout, 0, 0,
                 "Next: run needs verify again. If it still differs, keep a copy of the data "
                 "directory and report the fault with these lines (they name people).");
}

int run_verify(struct settings *s, int argc, const char **argv) {
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "", NULL, argc, argv, 0, 0);
  if (rc)
    return rc;

  rc = run_question(s, "verify", NULL, 0, VERIFY_MS, &answer);
  if (!rc) {
    if (s->json)
      puts(answer.reply.body);
    else
      print_verdict(answer.tree);

    if (json_flag(answer.tree, "ok"))
      rc = EXIT_DONE;
    else
      rc = EXIT_REJECTED;

    answer_finish(&answer);
  }

  args_finish(&a);

  return rc;
}
