/* saved - see saved.h. */
#include "saved.h"

#include <stdlib.h>
#include <string.h>

#include "headings.h"
#include "needs.h"
#include "text.h"

enum fit {
  FIT_NONE,   /* for other sheets */
  FIT_NEAR,   /* most headings are the sheet's */
  FIT_BROKEN, /* as FIT_NEAR, and lines of it cannot be read; or it says nothing by which to tell */
  FIT_OPEN,   /* the headings are the sheet's, and not everything is said */
  FIT_MATCH,
};

static bool has_headings(const struct map *m) {
  for (size_t i = 0; i < m->n; i++)
    if (m->meanings[i].table == T_COLUMNS || m->meanings[i].table == T_COMPETENCES)
      return true;
  return false;
}

static enum fit fit_of(const struct sheet *s, const struct map *m) {
  struct headings h = {0};
  if (m->faults.len) {
    if (!has_headings(m) || headings_meant(s, m, true))
      return FIT_BROKEN;
    return FIT_NONE;
  }

  bool matches = headings_find(&h, s, m) && headings_match(&h, m);
  headings_finish(&h);
  if (matches) {
    if (m->open.len)
      return FIT_OPEN;
    return FIT_MATCH;
  }

  if (!headings_meant(s, m, false))
    return FIT_NONE;
  if (m->open.len)
    return FIT_OPEN;

  return FIT_NEAR;
}

/* --- words --- */

static void say_way_out(const char *name) {
  complain("or remove it with needs map --remove %s, or ignore saved mappings with --no-map", name);
}

static int say_broken(const char *file, const char *name, const struct map *m) {
  complain("%s: the saved mapping %s may be for this file but has a fault; the file was not read",
           file, name);
  map_complain(&m->faults);
  complain("correct %s, name another mapping with --map,", m->path);
  say_way_out(name);

  return EXIT_USAGE;
}

static int say_near(const char *file, const char *name, const struct map *m,
                    const struct sheet *s) {
  char *differ = headings_differ(s, m);
  complain("%s: the saved mapping %s has most of these headings, but %s; the file was not read",
           file, name, text_or(differ, "not all of them"));
  complain("if it is for this file, correct %s or name it with --map; if not, ignore saved "
           "mappings with --no-map",
           m->path);
  free(differ);

  return EXIT_USAGE;
}

int saved_finished(const struct map *m, const char *file) {
  if (!m->open.len)
    return 0;

  complain("%s: the mapping %s is not finished; the file was not read; still missing:", file,
           m->path);
  map_complain(&m->open);

  return EXIT_USAGE;
}

/* --- all of them --- */

struct search {
  enum fit fit; /* the best so far */
  char *name;   /* whose fit that is; owned */
  char *broken; /* the first broken one; owned */
  char *second; /* another that matches; owned */
};

static void look(struct search *x, const struct sheet *s, const char *name) {
  struct map m;
  map_read(&m, name);
  enum fit fit = fit_of(s, &m);
  map_finish(&m);

  if (fit == FIT_BROKEN && !x->broken)
    x->broken = copy_text(name);
  if (fit == FIT_MATCH && x->fit == FIT_MATCH && !x->second)
    x->second = copy_text(name);

  if (fit <= x->fit)
    return;

  free(x->name);
  x->name = copy_text(name);
  x->fit = fit;
}

static int judge(struct search *x, const struct sheet *s, const char *file, struct map *ret) {
  if (x->second) {
    complain("%s: the saved mappings %s and %s both match its headings; choose with --map", file,
             x->name, x->second);
    return EXIT_USAGE;
  }
  if (x->fit == FIT_NONE)
    return 0;

  /* Beside one that matches, a broken one could be for the same sheet only if it names something of
   * it. */
  const char *name = x->broken ? x->broken : x->name;
  bool read = map_read(ret, name);

  if (x->broken && x->fit == FIT_MATCH && !has_headings(ret)) {
    map_finish(ret);
    name = x->name;
    read = map_read(ret, name);
  }

  if (!read)
    return say_broken(file, name, ret);
  if (x->fit == FIT_NEAR)
    return say_near(file, name, ret, s);
  if (!saved_finished(ret, file))
    return 0;

  complain("complete it, name another mapping with --map,");
  say_way_out(name);

  return EXIT_USAGE;
}

int saved_find(const struct sheet *s, const char *file, struct map *ret, char **ret_name) {
  size_t n;
  struct search x = {0};

  *ret = (struct map){0};
  *ret_name = NULL;

  char **names = map_saved(&n);
  if (!names)
    return EXIT_USAGE;

  for (size_t i = 0; i < n; i++) {
    look(&x, s, names[i]);
    free(names[i]);
  }

  free(names);

  int rc = judge(&x, s, file, ret);
  if (rc || x.fit == FIT_NONE)
    map_finish(ret);
  else
    *ret_name = copy_text(x.name);

  free(x.name);
  free(x.broken);
  free(x.second);

  return rc;
}
