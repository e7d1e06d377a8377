/* preview - see preview.h. */
#include "preview.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text.h"

#define ROWS_SHOWN 10
#define LATE_SHOWN 12
#define DAY_S 86400

void preview_rows(const struct input *in, const char *before, struct text *out) {
  size_t shown = 0, more = 0;

  for (size_t i = 0; i < in->n; i++) {
    const struct item *x = &in->items[i];
    if (!x->text)
      continue;
    if (shown == ROWS_SHOWN) {
      more++;
      continue;
    }

    shown++;
    text_addf(out, "%srow %zu: %s%s\n", before, x->place, text_or(x->words, x->text),
              text_if(x->supersedes, " | corrects what was sent before"));
  }

  if (more)
    text_addf(out, "%sand %zu more\n", before, more);
}

static void print_json(const struct input *in) {
  struct text name = {0};
  text_add_quoted(&name, in->name);
  for (size_t i = 0; i < in->n; i++)
    if (in->items[i].text)
      printf("{\"file\":%s,\"%s\":%zu,\"status\":\"understood\",\"event\":%s}\n", name.s,
             in->form == FORM_CSV ? "row" : "place", in->items[i].place, in->items[i].text);

  text_finish(&name);
}

void preview_print(const struct input *in, bool json) {
  struct text t = {0};
  if (json) {
    print_json(in);
    return;
  }

  size_t events = 0;
  for (size_t i = 0; i < in->n; i++)
    events += !!in->items[i].text;

  text_addf(&t, "%s: ", input_name(in));
  if (in->form != FORM_CSV)
    text_addf(&t, "%zu event%s as JSON, which only the daemon can check (--check)\n", events,
              plural(events));
  else {
    text_addf(&t, "%s, %zu row%s understood\n", kind_names[in->kind], events, plural(events));
    preview_rows(in, "  ", &t);
  }

  fputs(t.s, stdout);
  text_finish(&t);
}

/* The daemon takes a statement until 24 hours after the end of the day; a row's is made at
 * midnight. */
static void last_date(char ret[11]) {
  time_t last = (time(NULL) / DAY_S + 2) * DAY_S;
  struct tm tm;
  strftime(ret, 11, "%Y-%m-%d", gmtime_r(&last, &tm));
}

static void say_late(const struct input *in, const struct item *i) {
  struct text t = {0};
  input_place(in, i, 0, &t);
  if (in->column[F_DATE] >= 0) {
    text_add(&t, ", ");
    column_name(in, in->column[F_DATE], &t);
  }

  text_add(&t, ": ");
  add_date(&t, i->date);
  fprintf(stderr, "%s is in the future; the daemon rejects it unless its own day is later\n", t.s);
  text_finish(&t);
}

size_t preview_late(const struct input *in) {
  char last[11];
  size_t late = 0;

  last_date(last);
  fflush(stdout);

  for (size_t i = 0; i < in->n; i++)
    if (in->items[i].text && *in->items[i].date && strcmp(in->items[i].date, last) > 0 &&
        late++ < LATE_SHOWN)
      say_late(in, &in->items[i]);

  if (late > LATE_SHOWN)
    fprintf(stderr, "and %zu more such rows\n", late - LATE_SHOWN);

  return late;
}
