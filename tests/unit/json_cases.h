/* json_cases - tests/json/cases.txt, one case after another: what is JSON, what is not, and what
 * the strict reading refuses. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum json_verdict {
  CASE_ACCEPT,
  CASE_STRICT,
  CASE_REJECT
};
struct json_case {
  enum json_verdict faults;
  char name[64];
  /* malloc'ed at exactly its length, so that a step beyond it is seen; at least one byte */
  char *text;
  size_t len;
};

static unsigned hex_digit(char c) {
  return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Calls `each` for every case; returns how many there were. */
static unsigned each_json_case(void (*each)(const struct json_case *c)) {
  static const char *const words[] = {"accept", "strict", "reject"};
  FILE *file = fopen(SOURCE_ROOT "/tests/json/cases.txt", "r");
  char line[8192], word[16];
  unsigned n = 0;

  assert_non_null(file);
  while (fgets(line, sizeof(line), file) != NULL) {
    struct json_case c = {0};
    int used = 0;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#' || sscanf(line, "%15s %63s%n", word, c.name, &used) != 2)
      continue;

    const char *from = line + used + (line[used] == ' ');
    char bytes[8192];
    while (*from != '\0') {
      if (from[0] == '\\' && from[1] == 'x') {
        bytes[c.len++] = (char)(hex_digit(from[2]) << 4 | hex_digit(from[3]));
        from += 4;
      } else {
        from += *from == '\\';
        bytes[c.len++] = *from++;
      }
    }
    while (c.faults <= CASE_REJECT && strcmp(word, words[c.faults]) != 0)
      c.faults++;
    assert_true(c.faults <= CASE_REJECT);
    c.text = malloc(c.len > 0 ? c.len : 1);
    memcpy(c.text, bytes, c.len);
    each(&c);
    free(c.text);
    n++;
  }
  fclose(file);
  return n;
}
