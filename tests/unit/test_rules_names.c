/* test_rules_names - the guide and the editor stubs say what the rows of rules/names.c say, word
 * for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../daemon/rules/names.c" /* plain data of the worker, which is a program and no library */
#include "base/buf.h"

static char *read_file(const char *name) {
  char path[4096];
  struct buf b = {0};
  char part[4096];
  snprintf(path, sizeof path, "%s/%s", SOURCE_ROOT, name);
  FILE *f = fopen(path, "r");
  assert_non_null(f);
  for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
    buf_put(&b, part, n);
  fclose(f);
  buf_u8(&b, 0);
  return (char *)b.data;
}

static bool plain(const struct api_row *r) {
  return *r->object == '\0' || strcmp(r->object, "builder") == 0;
}

static void guide_has_every_row(void **state) {
  (void)state;
  char *guide = read_file("docs/rules.md"), line[512];
  for (size_t i = 0; i < api_n_rows; i++) {
    const struct api_row *r = &api_rows[i];
    const char *between = plain(r) ? "" : api_row_is_function(r) ? ":" : ".";
    snprintf(line, sizeof line, "\n| `%s%s%s` | `%s` | %s |\n", plain(r) ? "" : r->object, between,
             r->name, r->type, r->meaning);
    if (strstr(guide, line) == NULL)
      fail_msg("docs/rules.md has no line:%s", line);
  }
  free(guide);
}

/* A function's stub follows its meaning; a member is a field. */
static void check_stub(const char *stubs, const struct api_row *r) {
  char line[512], start[160];
  if (!api_row_is_function(r)) {
    snprintf(line, sizeof line, "\n---@field %s %s %s\n", r->name, r->type, r->meaning);
    if (strstr(stubs, line) == NULL)
      fail_msg("rules/needs.lua has no line:%s", line);
    return;
  }
  snprintf(line, sizeof line, "\n--- %s\n", r->meaning);
  snprintf(start, sizeof start, "\nfunction %s%s%s(", plain(r) ? "" : r->object,
           plain(r) ? "" : ":", r->name);
  for (const char *at = stubs; (at = strstr(at, line)) != NULL; at++) {
    const char *function = strstr(at, "\nfunction ");
    if (function != NULL && strncmp(function, start, strlen(start)) == 0)
      return;
  }
  fail_msg("rules/needs.lua has no '%s' after '%s'", start + 1, r->meaning);
}

static void stubs_have_every_row(void **state) {
  (void)state;
  char *stubs = read_file("rules/needs.lua");
  for (size_t i = 0; i < api_n_rows; i++)
    check_stub(stubs, &api_rows[i]);
  free(stubs);
}

static void fields_are_in_guide_and_stubs(void **state) {
  (void)state;
  char *guide = read_file("docs/rules.md"), *stubs = read_file("rules/needs.lua"), line[160];
  for (const char *const *f = rule_fields; *f != NULL; f++) {
    snprintf(line, sizeof line, "\n| `%s` | ", *f);
    if (strstr(guide, line) == NULL)
      fail_msg("docs/rules.md has no row for the field %s", *f);
    snprintf(line, sizeof line, "\n---@field %s", *f);
    if (strstr(stubs, line) == NULL)
      fail_msg("rules/needs.lua has no field %s", *f);
  }
  const char *school = strstr(stubs, "\n---@class school_rule\n"),
             *end = school ? strstr(school, "\n\n") : NULL;
  assert_non_null(end);
  for (const char *const *f = school_rule_fields; *f != NULL; f++) {
    snprintf(line, sizeof line, "\n---@field %s", *f);
    const char *at = strstr(school, line);
    if (at == NULL || at > end)
      fail_msg("rules/needs.lua: school_rule has no field %s", *f);
  }
  for (const char *const *f = builder_fields; *f != NULL; f++) {
    snprintf(line, sizeof line, "`%s`", *f);
    if (strstr(guide, line) == NULL)
      fail_msg("docs/rules.md has nothing on the field %s", *f);
    snprintf(line, sizeof line, "\n---@field %s?", *f);
    if (strstr(stubs, line) == NULL)
      fail_msg("rules/needs.lua has no field %s", *f);
  }
  free(guide);
  free(stubs);
}

static void builders_have_rows(void **state) {
  (void)state;
  for (size_t i = 0; i < builder_n_rows; i++)
    assert_non_null(api_row_find("builder", builder_rows[i].name));
  for (size_t i = 0; i < api_n_rows; i++)
    if (strcmp(api_rows[i].object, "builder") == 0)
      assert_non_null(builder_row_find(api_rows[i].name));
}

static void nearest_is_near(void **state) {
  (void)state;
  struct nearest n = nearest_to("coachng");
  nearest_try(&n, "mentoring");
  assert_null(nearest_best(&n));
  nearest_try(&n, "coaching");
  assert_string_equal(nearest_best(&n), "coaching");
  struct nearest a = nearest_to("gp"), b = nearest_to("cat");
  nearest_try(&a, "key"); /* nothing of it */
  assert_null(nearest_best(&a));
  nearest_try(&b, "rat");
  /* of two that are as near, the first by letters, in whatever order they come */
  nearest_try(&b, "bat");
  assert_string_equal(nearest_best(&b), "bat");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(guide_has_every_row),
      cmocka_unit_test(stubs_have_every_row),
      cmocka_unit_test(fields_are_in_guide_and_stubs),
      cmocka_unit_test(builders_have_rows),
      cmocka_unit_test(nearest_is_near),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
