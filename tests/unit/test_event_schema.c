/* event: docs/schema/ and docs/errors.md say what the tables say. NEEDS_WRITE_DOCS=1 writes them
 * instead of comparing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "event/event.h"

static void write_file(const char *path, const struct buf *b) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
  assert_int_equal(fclose(f), 0);
}

static void same_as_file(const char *path, struct buf *want) {
  if (getenv("NEEDS_WRITE_DOCS") != NULL) {
    write_file(path, want);
    return;
  }
  struct buf got = {0};
  char chunk[4096];
  FILE *f = fopen(path, "r");
  if (f == NULL)
    fail_msg("%s is not there; NEEDS_WRITE_DOCS=1 writes it", path);
  for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
    buf_put(&got, chunk, n);
  fclose(f);
  if (strcmp(buf_cstr(&got), buf_cstr(want)) != 0)
    fail_msg("%s is stale; NEEDS_WRITE_DOCS=1 writes it", path);
  buf_finish(&got);
}

static void schemas(void **state) {
  (void)state;
  for (int i = 0; i < EVENT_KINDS; i++) {
    struct buf b = {0};
    char path[512];
    assert_int_equal(event_types[i].kind, i); /* in the order of the enum */
    event_schema(i, &b);
    snprintf(path, sizeof(path), "%s/docs/schema/%s.json", SOURCE_ROOT, event_types[i].name);
    same_as_file(path, &b);
    buf_finish(&b);
  }
}

static void errors(void **state) {
  (void)state;
  struct buf b = {0};
  faults_errors_markdown(&b);
  same_as_file(SOURCE_ROOT "/docs/errors.md", &b);
  buf_finish(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(schemas), cmocka_unit_test(errors)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
