/* serving - reading the pair of rules and catalogue. See serving.h. */
#include "pipeline/serving.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const char *const csv_files[] = {".csv", NULL}, *const rule_files[] = {".lua", ".csv", NULL};

static char *path_of(const char *dir, const char *name) {
  char *path = NULL;
  if (asprintf(&path, "%s/%s", dir, name) < 0) abort();
  return path;
}

static bool holds(const char *dir, const char *name) {
  _cleanup_free_ char *path = path_of(dir, name);
  return access(path, F_OK) == 0;
}

static int read_shipped(struct bundle *b, const char *share, const char *part, const char *prefix, const char *const *suffixes,
                        struct error *err) {
  _cleanup_free_ char *dir = path_of(share, part);
  if (access(dir, R_OK | X_OK) < 0)
    return error_set(err, -errno, "the shipped files are not in %s; the option 'share' names the directory that holds %s/", dir,
                     part);
  return bundle_read_dir(b, dir, prefix, suffixes, err);
}

static int read_catalogue(const char *share, const char *dir, struct bundle *b, struct error *err) {
  int r = read_shipped(b, share, "catalogue", "national/", csv_files, err);
  if (r < 0 || dir == NULL) return r;
  return bundle_read_dir(b, dir, "authority/", csv_files, err);
}

static int read_rules(const char *share, const char *dir, struct bundle *b, struct error *err) {
  int r = 0;
  if (dir == NULL || !holds(dir, ".replace-default")) r = read_shipped(b, share, "default", "default/", rule_files, err);
  if (r < 0 || dir == NULL) return r;
  return bundle_read_dir(b, dir, "authority/", rule_files, err);
}

int serving_read_pair(const char *share, const char *rules_dir, const char *catalogue_dir, struct bundle *rules,
                      struct bundle *catalogue, struct error *err) {
  *rules = *catalogue = (struct bundle){0};
  int r = read_catalogue(share, catalogue_dir, catalogue, err);
  if (r >= 0) r = read_rules(share, rules_dir, rules, err);
  if (r < 0) {
    bundle_finish(rules);
    bundle_finish(catalogue);
    *rules = *catalogue = (struct bundle){0};
    return r;
  }
  bundle_seal(rules, NULL);
  bundle_seal(catalogue, NULL);
  return 0;
}
