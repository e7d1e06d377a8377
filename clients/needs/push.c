/* push - `needs push` and `needs check`: sends results to the daemon, and names every rejected one
 * by file and row.
 *
 * input reads the files, send_queue sends; this file has the options and the report. `check` asks
 * the daemon at once and stores nothing, `--preview` asks nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <popt.h>

#include "conn.h"
#include "csv_in.h"
#include "input.h"
#include "preview.h"
#include "send.h"
#include "send_queue.h"
#include "sent_state.h"
#include "text.h"
#include "unasked.h"

struct push {
  struct settings *s;
  struct read_options how;
  struct conn conn;
  struct input *in;
  struct sent_state *sent;
  struct exchange x;     /* check */
  struct send_queue box; /* push */
  struct unasked unasked;
  bool preview, bar, unknown; /* unknown: a code that the catalogue lacks */
  int rc;
  size_t accepted, known, rejected, unrated, late;
};

/* --- what became of it --- */

static void report_fault(const struct push *p, const struct item *i, const char *code, size_t row,
                         int column, const char *pointer, const char *message) {
  struct text t = {0};
  input_place(p->in, i, row, &t);
  if (column >= 0) {
    text_add(&t, ", ");
    column_name(p->in, column, &t);
  } else if (pointer && *pointer) {
    text_add(&t, ", ");
    text_add_place(&t, pointer);
  }

  fflush(stdout);
  fprintf(stderr, "%s: %s: %s\n", t.s, code, message);
  text_finish(&t);
}

static void report_words(struct push *p, const struct item *i) {
  for (size_t k = 0; k < i->n_faults; k++)
    report_fault(p, i, i->faults[k].code, 0, i->faults[k].column, NULL, i->faults[k].text);

  if (i->n_faults)
    return;

  json errors = json_parse(i->errors);
  p->unknown = p->unknown || faults_of_codes(errors);
  for (size_t k = 0; k < json_count(errors); k++) {
    json e = json_at(errors, k);
    const char *pointer = json_string(e, "pointer");
    size_t row;
    int column = input_column(p->in, i, text_or(pointer, ""), &row);
    report_fault(p, i, json_string(e, "code"), row, column, pointer, json_string(e, "message"));
  }

  if (!json_count(errors))
    report_fault(p, i, "rejected", 0, -1, NULL, "the daemon gave no reason");

  json_free(errors);
}

static void add_faults(struct text *t, const struct input *in, const struct item *i) {
  text_add(t, "[");
  for (size_t k = 0; k < i->n_faults; k++) {
    const struct fault *f = &i->faults[k];
    text_addf(t, "%s{\"code\":\"%s\",\"pointer\":\"\"", text_if(k, ","), f->code);
    if (f->column >= 0) {
      struct text column = {0};
      column_name(in, f->column, &column);
      text_add(t, ",\"column\":");
      text_add_quoted(t, column.s);
      text_finish(&column);
    }

    text_add(t, ",\"message\":");
    text_add_quoted(t, f->text);
    text_add(t, "}");
  }

  text_add(t, "]");
}

static void report_json(const struct push *p, const struct item *i) {
  static const char *const words[] = {"event", "line", "row"};
  struct text t = {0};

  text_add(&t, "{\"file\":");
  text_add_quoted(&t, p->in->name);
  text_addf(&t, ",\"%s\":%zu,\"status\":\"rejected\",\"errors\":", words[p->in->form], i->place);

  if (i->n_faults)
    add_faults(&t, p->in, i);
  else
    text_add(&t, i->errors);

  printf("%s}\n", t.s);
  text_finish(&t);
}

static void report(struct push *p) {
  for (size_t k = 0; k < p->in->n; k++) {
    struct item *i = &p->in->items[k];
    if (i->n_faults)
      i->outcome = REJECTED;

    p->accepted += i->outcome == ACCEPTED;
    p->known += i->outcome == KNOWN;
    p->rejected += i->outcome == REJECTED;

    if (i->outcome == REJECTED && p->s->json)
      report_json(p, i);
    else if (i->outcome == REJECTED)
      report_words(p, i);
  }

  p->unrated += p->in->unrated;
  p->known += p->in->repeated;
}

static void summary_json(const struct push *p) {
  printf("{\"accepted\":%zu,\"duplicate\":%zu,\"rejected\":%zu,\"unrated\":%zu,\"position\":",
         p->accepted, p->known, p->rejected, p->unrated);
  struct text t = {0};
  const char *position = p->x.check ? p->x.position : p->box.position;
  if (position)
    text_add_quoted(&t, position);

  printf("%s", text_or(t.s, "null"));
  if (p->box.outbox)
    printf(",\"waiting\":%zu", send_queue_waiting(&p->box));

  puts("}");
  text_finish(&t);
}

static void summary(const struct push *p) {
  bool kept = !p->x.check && !p->preview;
  if (p->s->json) {
    summary_json(p);
    return;
  }

  printf("%zu %s, %zu already known, %zu rejected", p->accepted, kept ? "accepted" : "good",
         p->known, p->rejected);
  if (p->late)
    printf("; %zu of the good dated in the future", p->late);
  if (p->unrated)
    printf("; %zu unrated row%s left out", p->unrated, plural(p->unrated));

  puts(text_if(!kept, "; nothing was stored"));
}

/* --- one file --- */

static void check_file(struct push *p, const char *name) {
  size_t missed = 0;

  if (p->bar)
    p->x.bar = name;
  else
    p->x.bar = NULL;

  int rc = send_items(&p->x, p->in->items, p->in->n);
  if (rc)
    p->rc = rc;
  for (size_t i = 0; i < p->in->n; i++)
    missed += p->in->items[i].text && p->in->items[i].outcome == NOT_JUDGED;

  report(p);
  if (missed)
    complain("%s: no answer for %zu event%s; run the same command again", name, missed,
             plural(missed));
}

static void send_file(struct push *p, const char *name) {
  int rc = send_queue_send(&p->box, p->in, p->bar ? name : NULL);
  if (rc)
    p->rc = rc;
  report(p);
}

/* As if the daemon took all of it: what only it can refuse is for --check to say. */
static void preview_file(struct push *p) {
  for (size_t i = 0; i < p->in->n; i++)
    if (p->in->items[i].text)
      p->in->items[i].outcome = ACCEPTED;

  preview_print(p->in, p->s->json);
  if (p->s->json)
    p->late += 0;
  else
    p->late += preview_late(p->in);

  report(p);
}

static void push_file(struct push *p, const char *name) {
  struct input in = {0};
  int rc = input_read(&in, name, &p->how);

  for (size_t i = 0; i < in.n_notes; i++)
    complain("%s: %s", name, in.notes[i]);

  p->in = &in;
  if (rc) {
    if (!p->rc)
      p->rc = rc;
  } else if (p->preview)
    preview_file(p);
  else if (p->x.check)
    check_file(p, name);
  else
    send_file(p, name);

  for (size_t i = 0; i < in.n && !p->preview && in.form == FORM_CSV; i++)
    if (in.items[i].text && in.items[i].outcome == ACCEPTED)
      unasked_take(&p->unasked, in.items[i].text);

  p->in = NULL;
  input_finish(&in);
}

/* --- the command --- */

/* Whether to go on with the next file: what cannot be sent now waits. */
static bool goes_on(const struct push *p) {
  return p->rc != EXIT_NOT_PERMITTED && (p->rc != EXIT_NOT_REACHED || p->box.outbox);
}

/* A preview knows no catalogue. */
static void say_check(const struct push *p, const struct args *a) {
  const struct read_options *how = &p->how;
  fputs("codes have not been checked; needs check", stdout);
  if (how->map)
    printf(" --map %s", how->map);
  if (how->no_map)
    printf(" --no-map");
  if (how->date)
    printf(" --date %s", how->date);
  if (how->encoding)
    printf(" --encoding %s", how->encoding);
  for (int i = 0; i < a->n; i++)
    printf(strpbrk(a->items[i], " ();&'") ? " \"%s\"" : " %s", a->items[i]);

  puts(" checks them with the daemon, and stores nothing");
}

static void push_files(struct push *p, const struct args *a) {
  for (int i = 0; i < a->n && goes_on(p); i++)
    push_file(p, a->items[i]);
  if (!p->rc || p->s->json || p->accepted + p->known + p->rejected)
    summary(p);
  if (p->unknown)
    print_where_codes_are();
  if (!p->s->json)
    unasked_say(&p->unasked, p->s);
  if (p->preview && !p->s->json && p->accepted)
    say_check(p, a);
  if (!p->rc) {
    if (p->x.forbidden || p->box.forbidden)
      p->rc = EXIT_NOT_PERMITTED;
    else if (p->rejected)
      p->rc = EXIT_REJECTED;
    else
      p->rc = EXIT_DONE;
  }
}

static void push_through_box(struct push *p, const struct args *a) {
  bool away = p->rc == EXIT_NOT_REACHED && p->conn.link; /* said already */
  if (p->rc && !away)
    return;

  p->rc = send_queue_open(&p->box, p->s, &p->conn, p->sent);
  if (p->rc)
    return;

  /* not before: another command may have been sending until now */
  p->rc = sent_state_load(p->sent, p->s, DEFAULT_SOURCE);
  p->box.away = away;

  if (!p->rc) {
    push_files(p, a);
    send_queue_say_earlier(&p->box);
    send_queue_say_waiting(&p->box);
    sent_state_save(p->sent);
  }

  undo_log_end(&p->box.pushed);
  send_queue_close(&p->box);
}

static int run_files(struct push *p, const struct args *a) {
  struct sent_state sent = {0};
  p->sent = &sent;
  p->how.before = &sent;

  if (p->preview)
    p->rc = 0;
  else
    p->rc = conn_open(&p->conn, p->s->server);

  if (!p->preview && !p->x.check)
    push_through_box(p, a);
  else if (!p->rc) {
    p->rc = sent_state_load(&sent, p->s, DEFAULT_SOURCE);
    if (!p->rc)
      push_files(p, a);
  }

  conn_close(&p->conn);
  free(p->x.position);
  unasked_finish(&p->unasked);
  sent_state_finish(&sent);

  return p->rc;
}

/* The text of an option, owned by the caller of popt; what it may be is said where it is used. */
struct wishes {
  char *source, *map, *encoding, *date, *undo;
  int check, preview, no_map;
};

static int undo_with(const struct send_queue *box, struct settings *s, const struct wishes *w) {
  size_t waiting = 0;
  if (box->outbox)
    waiting = send_queue_waiting(box);

  if (!waiting)
    return undo_log_undo(s, w->source, w->undo);

  complain("%zu event%s in the outbox and would arrive after the undo: send %s first (needs outbox "
           "send), or drop %s (needs outbox "
           "drop all)",
           waiting, one_or_many(waiting, " waits", "s wait"), one_or_many(waiting, "it", "them"),
           one_or_many(waiting, "it", "them"));

  return EXIT_REJECTED;
}

/* With the outbox at hand, so that no other command sends meanwhile: what waits would arrive after
 * the undo, as if nobody had taken it back, and both would keep what they know of before. */
static int undo(struct settings *s, const struct wishes *w) {
  struct conn conn;
  struct send_queue box = {0};

  if (!strcasecmp(w->undo, "list"))
    return undo_log_undo(s, w->source, w->undo);

  int rc = conn_open(&conn, s->server);
  if (!rc && send_queue_exists(s))
    rc = send_queue_open(&box, s, &conn, NULL);
  if (!rc)
    rc = undo_with(&box, s, w);
  if (box.outbox)
    send_queue_close(&box);

  conn_close(&conn);

  return rc;
}

static int run_wishes(struct settings *s, const struct wishes *w, const struct args *a,
                      const char *command) {
  struct push p = {.s = s,
                   .how = {.s = s,
                           .map = w->map,
                           .no_map = w->no_map,
                           .encoding = w->encoding,
                           .date = w->date,
                           .preview = w->preview},
                   .preview = w->preview,
                   .bar = !s->json && !terminal_plain(stderr)};
  p.x = (struct exchange){.conn = &p.conn, .server = s->server, .check = w->check};
  if (w->undo && a->n) {
    complain("--undo takes the number of a push, not files; %s --undo LIST shows the numbers",
             command);
    return EXIT_USAGE;
  }
  if (w->map && w->no_map) {
    complain("--map and --no-map exclude each other; remove one");
    return EXIT_USAGE;
  }
  if (w->undo)
    return undo(s, w);
  if (!a->n) {
    complain("missing argument: FILE\nusage: %s FILE...", command);
    return EXIT_USAGE;
  }

  return run_files(&p, a);
}

static int run(struct settings *s, bool check, int argc, const char **argv) {
  struct wishes w = {.check = check};
  struct poptOption own[] = {
      {"preview", 0, POPT_ARG_NONE, &w.preview, 0,
       "Show how the first rows are understood, without a daemon", NULL},
      {"check", 0, POPT_ARG_NONE, &w.check, 0, "Check with the daemon; store nothing", NULL},
      {"map", 0, POPT_ARG_STRING, &w.map, 0,
       "The mapping of columns and words: a saved one, or a file's path", "MAPPING"},
      {"no-map", 0, POPT_ARG_NONE, &w.no_map, 0, "Ignore saved mappings", NULL},
      {"date", 0, POPT_ARG_STRING, &w.date, 0, "The date of all rows, if no column has it", "DATE"},
      {"encoding", 0, POPT_ARG_STRING, &w.encoding, 0,
       "The character set, such as CP850, if the guess is wrong", "NAME"},
      {"undo", 0, POPT_ARG_STRING, &w.undo, 0, "Undo a push: LAST, its number, or LIST", "WHICH"},
      {"source", 0, POPT_ARG_STRING, &w.source, 0,
       "The source named in the events (default needs/csv)", "NAME"},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(&a, s, "FILE...", own, argc, argv, 0, -1);
  if (rc)
    return rc;

  if (w.source) {
    free(s->source);
    s->source = copy_text(w.source);
  }

  rc = run_wishes(s, &w, &a, argv[0]);
  args_finish(&a);
  free(w.source);
  free(w.map);
  free(w.encoding);
  free(w.date);
  free(w.undo);

  return rc;
}

int run_push(struct settings *s, int argc, const char **argv) {
  return run(s, false, argc, argv);
}

int run_check(struct settings *s, int argc, const char **argv) {
  return run(s, true, argc, argv);
}
