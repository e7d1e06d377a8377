/* page - see page.h. */
#include "page.h"

#include <math.h>
#include <string.h>

#define EXACT 9007199254740992.0 /* whole numbers below are written as such */
#define DOWN_S 5                 /* a worker that broke is replaced in far less */

/* --- the text format --- */

/* HELP escapes less than a label does: labels come escaped. */
static void put_help(FILE *out, const char *help) {
  for (; *help != '\0'; help++) {
    if (*help == '\n')
      fputs("\\n", out);
    else if (*help == '\\')
      fputs("\\\\", out);
    else
      putc(*help, out);
  }
}

static void put_value(FILE *out, double v) {
  if (isnan(v))
    fputs("NaN", out);
  else if (isinf(v))
    fputs(v > 0 ? "+Inf" : "-Inf", out);
  else if (v > -EXACT && v < EXACT && v == (double)(int64_t)v)
    fprintf(out, "%.0f", v);
  else
    fprintf(out, "%.17g", v);
}

void page_metric(FILE *out, const struct needs_metric *m) {
  fprintf(out, "# HELP %s ", m->name);
  put_help(out, m->help);
  fprintf(out, "\n# TYPE %s %s\n", m->name, m->type);

  for (size_t i = 0; i < m->n; i++) {
    const struct needs_sample *s = &m->samples[i];
    fprintf(out, s->labels[0] != '\0' ? "%s%s{%s} " : "%s%s%s ", m->name, s->suffix, s->labels);
    put_value(out, s->value);
    putc('\n', out);
  }
}

/* --- how the daemon is --- */

static bool is(const struct needs_metric *m, const char *name) {
  return strcmp(m->name, name) == 0;
}

static bool says_one(const struct needs_metric *m) {
  return m->n > 0 && m->samples[0].value != 0;
}

static void look_down(struct page_state *s, const struct needs_metric *m) {
  for (size_t i = 0; i < m->n; i++) {
    if (m->samples[i].value <= s->down_s)
      continue;
    s->down_s = m->samples[i].value;
    snprintf(s->authority, sizeof s->authority, "%s", m->samples[i].labels);
  }
}

void page_look(struct page_state *s, const struct needs_metric *m) {
  if (is(m, "needsd_serving"))
    s->serving = says_one(m);
  if (is(m, "needsd_day_timestamp_seconds"))
    s->has_day = m->n > 0;
  if (is(m, "needsd_store_full"))
    s->full = says_one(m);
  if (is(m, "needsd_store_failed"))
    s->failed = says_one(m);
  if (is(m, "needsd_worker_down_seconds"))
    look_down(s, m);
}

const char *page_sick(const struct page_state *s, char *text, size_t size) {
  if (s->failed)
    return "store failed: nothing more is acknowledged; the daemon ends, and its log says why";
  if (s->full)
    return "disk full: pushes are answered busy until there is room";
  if (s->down_s <= DOWN_S)
    return NULL;

  snprintf(text, size,
           "workers not serving: %s has had no rules worker for %.0f s; needs status says why",
           s->authority, s->down_s);

  return text;
}

const char *page_not_ready(const struct page_state *s, char *text, size_t size) {
  if (!s->serving)
    return "not serving: the door is not open";
  if (!s->has_day)
    return "no day: nothing is evaluated before the first one is set";
  return page_sick(s, text, size);
}
