/* A bundle is one run of bytes whatever order its files came in, and its decoder believes nothing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "catalogue/bundle.h"

static void test_order_does_not_matter(void **state) {
  (void)state;
  struct bundle x = {0}, y = {0};
  struct buf bx = {0}, by = {0};
  bundle_add(&x, "national/b.csv", "bb", 2);
  bundle_add(&x, "authority/a.csv", "", 0);
  bundle_add(&y, "authority/a.csv", "", 0);
  bundle_add(&y, "national/b.csv", "bb", 2);
  bundle_seal(&x, &bx);
  bundle_seal(&y, &by);
  assert_true(hash256_eq(&x.hash, &y.hash));
  assert_int_equal(bx.len, by.len);
  assert_memory_equal(bx.data, by.data, bx.len);
  struct bundle back = {0};
  assert_int_equal(bundle_decode(&back, bx.data, bx.len, NULL), 0);
  assert_true(hash256_eq(&back.hash, &x.hash));
  assert_string_equal(bundle_find(&back, "national/b.csv")->text, "bb");
  assert_null(bundle_find(&back, "b.csv"));
  bundle_finish(&back);
  for (size_t cut = 0; cut < bx.len; cut++)
    assert_true(bundle_decode(&back, bx.data, cut, NULL) < 0);
  buf_u8(&bx, 0);
  assert_true(bundle_decode(&back, bx.data, bx.len, NULL) < 0);
  bundle_finish(&x);
  bundle_finish(&y);
  buf_finish(&bx);
  buf_finish(&by);
}

static void test_content_matters(void **state) {
  (void)state;
  struct bundle x = {0}, y = {0};
  bundle_add(&x, "a", "1", 1);
  bundle_add(&y, "a", "2", 1);
  bundle_seal(&x, NULL);
  bundle_seal(&y, NULL);
  assert_false(hash256_eq(&x.hash, &y.hash));
  bundle_finish(&x);
  bundle_finish(&y);
}

static void test_names(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int good;
  } names[] = {{"units.csv", 1},
               {"default/10-x.lua", 1},
               {"/etc/passwd", 0},
               {"../x", 0},
               {"a/../b", 0},
               {"a/b/c", 0},
               {"", 0},
               {"a/", 0},
               {".hidden", 0},
               {"a\\b", 0},
               {"a//b", 0},
               {"a\nb", 0}};
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    struct buf b = {0};
    struct bundle back = {0};
    buf_u32(&b, 1);
    buf_str(&b, names[i].name);
    buf_blob(&b, "x", 1);
    assert_int_equal(bundle_decode(&back, b.data, b.len, NULL) == 0, names[i].good);
    bundle_finish(&back);
    buf_finish(&b);
  }
}

/* Out of order, and the same name twice. */
static void test_unsorted_is_refused(void **state) {
  (void)state;
  for (int twice = 0; twice < 2; twice++) {
    struct buf b = {0};
    struct bundle back = {0};
    buf_u32(&b, 2);
    for (int i = 0; i < 2; i++) {
      buf_str(&b, i == 0 || twice ? "b" : "a");
      buf_blob(&b, "x", 1);
    }
    assert_true(bundle_decode(&back, b.data, b.len, NULL) < 0);
    buf_finish(&b);
  }
}

static void put_file(const char *dir, const char *name) {
  char path[512];
  snprintf(path, sizeof(path), "%s/%s", dir, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs("x", f);
  fclose(f);
}

static void test_read_dir(void **state) {
  (void)state;
  static const char *const csv[] = {".csv", NULL};
  static const char *const files[] = {"units.csv", "roles.csv", "notes.txt", ".units.csv",
                                      "~$roles.csv"};
  char dir[] = "/tmp/bundle-XXXXXX", sub[64], path[512];
  assert_non_null(mkdtemp(dir));
  snprintf(sub, sizeof(sub), "%s/d.csv", dir);
  assert_int_equal(mkdir(sub, 0700), 0);
  for (size_t i = 0; i < ARRAY_LEN(files); i++)
    put_file(dir, files[i]);
  struct bundle b = {0};
  struct error err = {0};
  /* d.csv is no file: half would be read */
  assert_int_equal(bundle_read_dir(&b, dir, "national/", csv, &err), -ENOTSUP);
  assert_non_null(strstr(err.text, "d.csv': it is not a regular file"));
  bundle_finish(&b);
  rmdir(sub);
  assert_int_equal(bundle_read_dir(&b, dir, "national/", csv, &err), 0);
  bundle_seal(&b, NULL);
  assert_int_equal(b.n, 2);
  assert_string_equal(b.files[0].name, "national/roles.csv");
  assert_string_equal(b.files[1].text, "x");
  bundle_finish(&b);
  for (size_t i = 0; i < ARRAY_LEN(files); i++) {
    snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
    unlink(path);
  }
  rmdir(dir);
  assert_true(bundle_read_dir(&b, dir, "national/", csv, &err) < 0);
  assert_non_null(strstr(err.text, "cannot open the directory"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order_does_not_matter),
      cmocka_unit_test(test_content_matters),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_unsorted_is_refused),
      cmocka_unit_test(test_read_dir),
  };
  if (hash_init() < 0)
    return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
