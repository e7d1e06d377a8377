/* files - reads the directory of tests. See test.h. */
#include "trial/test.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "rules/names.h"

void test_fault(struct fault_list *faults, const struct test *t, const char *member,
                const char *fmt, ...) {
  struct buf text = {0};
  char said[600];
  va_list ap;

  va_start(ap, fmt);
  vsnprintf(said, sizeof said, fmt, ap);
  va_end(ap);
  buf_printf(&text, "%s:%d:", t->file, t->line);
  if (member && t->sheet)
    buf_printf(&text, "%s:", sheet_column(member));
  else if (member)
    buf_printf(&text, " %s:", member);

  fault_list_add(faults, true, "%s %s", buf_cstr(&text), said);
  buf_finish(&text);
}

void test_check_names(struct fault_list *faults, const struct test *t, const char *member,
                      const char *what, const struct json *object, const char *const *names,
                      size_t n) {
  for (uint32_t i = 0; i < object->n; i++) {
    const char *key = object->items[i].key;
    struct nearest near = nearest_to(key);
    bool known = false;
    for (size_t k = 0; k < n; k++) {
      known = known || strcmp(names[k], key) == 0;
      nearest_try(&near, names[k]);
    }
    const char *best = nearest_best(&near);
    if (!known && best)
      test_fault(faults, t, member, "%s has no member '%s'; did you mean '%s'?", what, key, best);
    else if (!known)
      test_fault(faults, t, member, "%s has no member '%s'; docs/rules.md lists them", what, key);
  }
}

const struct json *test_parse(struct arena *a, const char *json, size_t len) {
  struct json *tree = arena_alloc(a, sizeof *tree);
  const char *why = NULL;
  size_t at;
  if (json_tree(a, json, len, tree, &at, &why) < 0)
    *tree = (struct json){.kind = JSON_NULL, .text = why};

  return tree;
}

static void add_test(struct test_list *all, struct test t) {
  all->items = mem_grow(all->items, &all->cap, all->n + 1, sizeof t);
  all->items[all->n++] = t;
}

static void read_lua(struct bench *b, const struct bundle_file *f, struct arena *a,
                     struct test_list *ret, struct fault_list *faults) {
  const char *json = bench_read_tests(b, f, a, faults);
  const struct json *tree = test_parse(a, json, strlen(json));
  const char *file = arena_strndup(a, f->name, strlen(f->name));

  if (tree->kind != JSON_ARRAY)
    fault_list_add(faults, true,
                   "%s:1: a text or a name in it is no plain UTF-8, or is there twice", file);

  for (uint32_t i = 0; tree->kind == JSON_ARRAY && i < tree->n; i++) {
    const struct json *one = &tree->items[i], *line = json_member(one, "line");
    int64_t n = 1;

    json_whole(line->text, line->len, &n);
    add_test(ret, (struct test){.file = file,
                                .name = json_member(one, "name")->text,
                                .line = (int32_t)n,
                                .body = json_member(one, "test")});
  }
}

static bool ends_in(const char *name, const char *end) {
  size_t n = strlen(name), m = strlen(end);
  return n > m && strcmp(name + n - m, end) == 0;
}

/* What lies there and is no test is most likely one with a slip in its name. */
static void warn_others(const char *dir, const char *prefix, struct fault_list *faults) {
  DIR *d = opendir(dir);
  for (struct dirent *e; d && (e = readdir(d));)
    if (e->d_name[0] != '.' && !ends_in(e->d_name, ".lua") && !ends_in(e->d_name, ".csv") &&
        !ends_in(e->d_name, ".md"))
      fault_list_add(faults, false, "%s%s: is not read; tests are files that end in .lua or .csv",
                     prefix, e->d_name);

  if (d)
    closedir(d);
}

/* Which of two failed, and which one a name chooses, nobody could tell. In order of name, then as
 * they were read. */
static int by_name(const void *x, const void *y) {
  const struct test *const *a = x, *const *b = y;
  int order = strcmp((*a)->name, (*b)->name);
  if (order != 0)
    return order;
  if (*a < *b)
    return -1;
  return *a > *b;
}

static void check_test_names(const struct test_list *all, size_t from, struct fault_list *faults) {
  size_t n = all->n - from;
  _cleanup_free_ const struct test **sorted = mem_array(n + 1, sizeof *sorted);

  for (size_t i = 0; i < n; i++)
    sorted[i] = &all->items[from + i];
  if (n > 1)
    qsort(sorted, n, sizeof *sorted, by_name);
  for (size_t i = 1; i < n; i++)
    if (*sorted[i]->name && strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
      test_fault(faults, sorted[i], NULL,
                 "test '%s' is already in %s:%d; give this one another name", sorted[i]->name,
                 sorted[i - 1]->file, sorted[i - 1]->line);
}

bool tests_read(struct bench *b, const char *dir, const char *prefix, struct arena *a,
                struct test_list *ret, struct fault_list *faults) {
  static const char *const suffixes[] = {".lua", ".csv", NULL};
  struct bundle files = {0};
  struct error err = {0};
  struct stat st;
  size_t before = ret->n;
  const char *path = arena_printf(a, "%s/tests", dir);
  if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
    return false;

  if (bundle_read_dir(&files, path, prefix, suffixes, &err) < 0)
    fault_list_add(faults, true, "%s", err.text);
  else
    warn_others(path, prefix, faults);

  bundle_seal(&files, NULL); /* in order of name */
  for (size_t i = 0; i < files.n; i++) {
    if (ends_in(files.files[i].name, ".lua"))
      read_lua(b, &files.files[i], a, ret, faults);
    else
      sheet_read(&files.files[i], a, ret, faults);
  }

  bundle_finish(&files);
  check_test_names(ret, before, faults);

  return true;
}
