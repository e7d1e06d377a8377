/* bundle_files - see bundle_files.h. */
#include "policy/bundle_files.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
  const char *dir, *prefix; /* of the shipped files */
  const char *suffixes[3];
  const char *named; /* what a good name is like */
} parts[PARTS] = {
    [PART_RULES] = {"default",
                    "default/",
                    {".lua", ".csv", NULL},
                    "a file of rules has a plain name that ends in .lua or .csv"},
    [PART_CATALOGUE] = {"catalogue",
                        "national/",
                        {".csv", NULL},
                        "a file of a catalogue has a plain name that ends in .csv"},
};

static char *path_of(const char *dir, const char *name) {
  char *path = NULL;
  if (asprintf(&path, "%s/%s", dir, name) < 0)
    abort();
  return path;
}

static bool holds(const char *dir, const char *name) {
  _cleanup_free_ char *path = path_of(dir, name);
  return access(path, F_OK) == 0;
}

/* --- an authority's own --- */

static const char own_prefix[] = "authority/";

bool policy_slot_is_own(const char *file) {
  return strncmp(file, own_prefix, strlen(own_prefix)) == 0;
}

int bundle_files_add(struct bundle_files *o, enum policy_part part, const char *name,
                     const void *text, size_t len, struct error *err) {
  if (strchr(name, '/') || !bundle_takes(name, parts[part].suffixes))
    return error_set(err, -EINVAL, "'%.64s': %s", name, parts[part].named);
  bundle_add(&o->files, name, text, len);
  return 0;
}

int bundle_files_read_dir(struct bundle_files *o, enum policy_part part, const char *dir,
                          struct error *err) {
  o->replaces = part == PART_RULES && holds(dir, ".replace-default");
  return bundle_read_dir(&o->files, dir, NULL, parts[part].suffixes, err);
}

void bundle_files_finish(struct bundle_files *o) {
  bundle_finish(&o->files);
  *o = (struct bundle_files){0};
}

/* --- laid over what is shipped --- */

static int read_shipped(struct bundle *b, const char *share, enum policy_part part,
                        struct error *err) {
  _cleanup_free_ char *dir = path_of(share, parts[part].dir);
  if (access(dir, R_OK | X_OK) < 0)
    return error_set(
        err, -errno,
        "the shipped files are not in %s; the option 'share' names the directory that holds %s/",
        dir, parts[part].dir);

  return bundle_read_dir(b, dir, parts[part].prefix, parts[part].suffixes, err);
}

int policy_slot_lay(const char *share, enum policy_part part, const struct bundle_files *own,
                    struct bundle *ret, struct error *err) {
  *ret = (struct bundle){0};
  int r = 0;
  if (!(own && own->replaces))
    r = read_shipped(ret, share, part, err);

  if (r < 0) {
    bundle_finish(ret);
    return r;
  }

  for (size_t i = 0; own && i < own->files.n; i++) {
    const struct bundle_file *f = &own->files.files[i];
    _cleanup_free_ char *name = NULL;
    if (asprintf(&name, "%s%s", own_prefix, f->name) < 0)
      abort();
    bundle_add(ret, name, f->text, f->len);
  }

  bundle_seal(ret, NULL);

  return 0;
}

/* --- from directories --- */

int policy_slot_read_own(const char *rules_dir, const char *catalogue_dir,
                         struct bundle_files ret[PARTS], struct hash256 *ret_hash,
                         struct error *err) {
  const char *const dirs[PARTS] = {[PART_RULES] = rules_dir, [PART_CATALOGUE] = catalogue_dir};
  struct buf all = {0};
  int r = 0;

  for (int i = 0; i < PARTS; i++)
    ret[i] = (struct bundle_files){0};
  for (int i = PARTS - 1; i >= 0 && r >= 0; i--)
    if (dirs[i])
      r = bundle_files_read_dir(&ret[i], (enum policy_part)i, dirs[i], err);

  for (int i = 0; i < PARTS && r >= 0; i++) {
    buf_u8(&all, ret[i].replaces);
    bundle_seal(&ret[i].files, &all);
  }

  if (r >= 0)
    *ret_hash = hash256_of(all.data, all.len);
  for (int i = 0; i < PARTS && r < 0; i++)
    bundle_files_finish(&ret[i]);

  buf_finish(&all);
  if (r < 0)
    return r;

  return 0;
}

int policy_slot_read_policy(const char *share, const char *rules_dir, const char *catalogue_dir,
                            struct bundle *rules, struct bundle *catalogue, struct error *err) {
  struct bundle_files own[PARTS];
  struct hash256 hash;

  *rules = *catalogue = (struct bundle){0};
  int r = policy_slot_read_own(rules_dir, catalogue_dir, own, &hash, err);
  if (r < 0)
    return r;

  r = policy_slot_lay(share, PART_CATALOGUE, &own[PART_CATALOGUE], catalogue, err);
  if (r >= 0)
    r = policy_slot_lay(share, PART_RULES, &own[PART_RULES], rules, err);
  if (r < 0)
    bundle_finish(catalogue);

  bundle_files_finish(&own[PART_RULES]);
  bundle_files_finish(&own[PART_CATALOGUE]);
  if (r < 0)
    return r;

  return 0;
}
