/* complete - see complete.h. */
#include "complete.h"

#include <limits.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

bool complete_only;

/* Prints a|b|c as words, each after a blank. */
static void print_values(const char *s, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (i == 0)
      putchar(' ');
    putchar(s[i] == '|' ? ' ' : s[i]);
  }
}

/* The word of a description that lists values, such as start|now|standing. */
static void print_listed(const char *description) {
  for (const char *p = description; p && *p;) {
    p += strspn(p, " ,;()");
    size_t len = strcspn(p, " ,;()");
    if (memchr(p, '|', len))
      print_values(p, len);
    p += len;
  }
}

static void print_mappings(void) {
  size_t n;
  char **names = map_saved(&n);

  for (size_t i = 0; i < n; i++) {
    printf(" %s", names[i]);
    free(names[i]);
  }

  free(names);
}

/* An old name, which is read and not offered. */
static bool is_hidden(const struct poptOption *o) {
  return (o->argInfo & POPT_ARGFLAG_DOC_HIDDEN) != 0;
}

void complete_options(const struct poptOption *table) {
  for (const struct poptOption *o = table; o && (o->longName || o->arg); o++) {
    if (!o->longName || is_hidden(o))
      continue;

    printf("--%s", o->longName);
    if (o->argDescrip) {
      printf("=%s", o->argDescrip);
      print_listed(o->descrip);
      if (!strcmp(o->argDescrip, "MAPPING"))
        print_mappings();
    }

    putchar('\n');
  }
}

void complete_places(const char *usage) {
  bool of_option = false; /* the value of an option that the usage names */

  for (const char *p = usage; *p;) {
    p += strspn(p, " []");
    size_t len = strcspn(p, " []");
    if (len > 2 && !strncmp(p, "--", 2))
      of_option = true;
    else if (len && of_option)
      of_option = false;
    else if (len) {
      putchar('@');
      print_values(p, len);
      putchar('\n');
    }

    p += len;
  }
}

/* --- what was probably meant --- */

#define LONGEST 40

static unsigned least(unsigned a, unsigned b) {
  if (a < b)
    return a;
  return b;
}

/* Letters to add, drop, change or swap to make one of the other. */
static unsigned distance(const char *a, const char *b) {
  unsigned rows[3][LONGEST + 1], *before = rows[0], *above = rows[1], *row = rows[2];
  size_t n = strlen(b);
  if (strlen(a) > LONGEST || n > LONGEST)
    return UINT_MAX;

  for (size_t j = 0; j <= n; j++)
    above[j] = (unsigned)j;
  for (size_t i = 1; a[i - 1]; i++) {
    row[0] = (unsigned)i;
    for (size_t j = 1; j <= n; j++) {
      row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least(row[j], before[j - 2] + 1);
    }

    unsigned *free_row = before;
    before = above;
    above = row;
    row = free_row;
  }

  return above[n];
}

void nearest_try(struct nearest *n, const char *word) {
  size_t len = strlen(n->given);
  bool begins = len > 1 && !strncmp(n->given, word, len);
  unsigned d = 1;

  if (!begins)
    d = distance(n->given, word);

  if (d > (len < 4 ? 1 : len / 3 + 1) || d >= len || (n->best && d >= n->distance))
    return;

  n->best = word;
  n->distance = d;
}

void nearest_option(struct nearest *n, const struct poptOption *table) {
  struct nearest bare = {n->given + strspn(n->given, "-"), n->best, n->distance};
  for (const struct poptOption *o = table; o && (o->longName || o->arg); o++)
    if (o->longName && !is_hidden(o))
      nearest_try(&bare, o->longName);

  n->best = bare.best;
  n->distance = bare.distance;
}
