/* check - the daemon's own checker. See check.h. */
#include "check.h"

#include "base/code.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/words.h"
#include "daemon.h"
#include "plugin/host.h"
#include "policy/bundle_files.h"
#include "policy/ignored_files.h"
#include "store/store.h"
#include "trial/sweep.h"
#include "trial/trial.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is being checked, and what was found so far. */
struct check {
  const char *share, *worker;
  struct fault_list faults;
  struct buf checked; /* JSON objects, one a policy: {"authority":..,"rules":n,"competences":n} */
  struct buf said;    /* the same for people */
  /* a catalogue of an authority's own, without a server that knows what is recorded */
  bool uncounted;
};

/* What another list holds. */
static void add_lines(struct check *c, const char *prefix, const struct fault_list *list) {
  for (size_t i = 0; i < list->n; i++)
    fault_list_add(&c->faults, !list->lines[i].is_warning, "%s%s", prefix, list->lines[i].text);
}

/* --- files --- */

static void check_dir(const char *share, const char *part, struct fault_list *faults) {
  struct stat st;
  _cleanup_free_ char *dir = NULL;
  if (asprintf(&dir, "%s/%s", share, part) < 0)
    abort();
  if (stat(dir, &st) < 0)
    fault_list_add(faults, true,
                   "%s: %s; the option 'share' (without a configuration NEEDS_SHARE) names the "
                   "directory that holds %s/",
                   dir, strerror(errno), part);
  else if (!S_ISDIR(st.st_mode))
    fault_list_add(faults, true, "%s: is not a directory", dir);
}

/* A group that is the owner's own, as most systems make one for each user, opens nothing to others.
 */
static bool is_private_group(const struct stat *st) {
  const struct passwd *owner = getpwuid(st->st_uid);
  const struct group *group = getgrgid(st->st_gid);

  if (!owner || !group || owner->pw_gid != st->st_gid ||
      strcmp(owner->pw_name, group->gr_name) != 0)
    return false;

  for (char **member = group->gr_mem; *member != NULL; member++)
    if (strcmp(*member, owner->pw_name) != 0)
      return false;

  return true;
}

/* user: whom the daemon runs as. strict: what is here is run as a program, so that only root and
 * that user may write it. */
static void judge_writers(const char *path, const char *option, uid_t user, bool strict,
                          struct fault_list *faults) {
  struct stat st;

  if (stat(path, &st) < 0)
    return; /* told already */

  unsigned mode = (unsigned)st.st_mode & 07777;
  bool sticky = S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX) != 0;

  if (st.st_uid != 0 && st.st_uid != user)
    fault_list_add(faults, strict,
                   "%s: belongs to user %u, and the daemon runs as user %u; what the option '%s' "
                   "names must belong to root or to "
                   "that user: give it to one of them with chown",
                   path, (unsigned)st.st_uid, (unsigned)user, option);

  if ((st.st_mode & S_IWOTH) != 0 && !sticky)
    fault_list_add(
        faults, true,
        "%s: everybody can write it (mode %03o); the option '%s' names it: close it with chmod o-w",
        path, mode, option);
  else if ((st.st_mode & S_IWGRP) != 0 && !sticky && !is_private_group(&st))
    fault_list_add(faults, strict,
                   "%s: its group %u can write it (mode %03o); the option '%s' names it: close it "
                   "with chmod g-w",
                   path, (unsigned)st.st_gid, mode, option);
}

static void judge_worker(const char *worker, uid_t user, struct fault_list *faults) {
  const char *slash = strrchr(worker, '/');
  _cleanup_free_ char *dir = slash ? mem_strndup(worker, (size_t)(slash - worker) + 1)
                                   : mem_strdup(".");

  judge_writers(worker, "worker", user, true, faults);
  judge_writers(dir, "worker", user, true, faults);
}

static void check_worker(const char *worker, struct fault_list *faults) {
  struct stat st;
  if (stat(worker, &st) < 0 || access(worker, X_OK) < 0)
    fault_list_add(faults, true,
                   "%s: %s; the option 'worker' (without a configuration NEEDS_WORKER) names the "
                   "program needs-rules",
                   worker, strerror(errno));
  else if (!S_ISREG(st.st_mode))
    fault_list_add(faults, true,
                   "%s: is not a program; the option 'worker' (without a configuration "
                   "NEEDS_WORKER) names the program needs-rules",
                   worker);
}

void check_files(const struct config *c, struct fault_list *faults) {
  uid_t user = store_user(c->data);

  if (c->worker)
    check_worker(c->worker, faults);
  if (c->share)
    check_dir(c->share, "catalogue", faults);
  if (c->share)
    check_dir(c->share, "default", faults);

  if (c->worker)
    judge_worker(c->worker, user, faults);
  if (c->share)
    judge_writers(c->share, "share", user, false, faults);
  for (size_t i = 0; i < c->n_authorities; i++) {
    const struct config_authority *a = c->authorities[i];
    if (a->rules)
      judge_writers(a->rules, "rules", user, false, faults);
    if (a->catalogue)
      judge_writers(a->catalogue, "catalogue", user, false, faults);
  }
}

/* What is checked together. */
struct policy {
  const char *authority, *rules_dir, *catalogue_dir;
  const char *prefix; /* before each fault: "[authority 888] " or "" */
  /* named: the directories by hand, so each must hold something; the rules are tried on everybody
   */
  bool with_rules, named;
};

/* --- rules, in a worker --- */

static bool any_own(const struct rule_info *rules, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (policy_slot_is_own(rules[i].file))
      return true;
  return false;
}

/* Those that were named by hand are tried on everybody, too. */
static bool try_rules(struct check *c, const struct policy *p, struct bundle *rules,
                      struct bundle *catalogue_files, const struct catalogue *catalogue,
                      uint32_t *ret_n) {
  struct fault_list faults = {0};
  struct bench *b = bench_open(c->worker, p->authority ? p->authority : "check", rules,
                               catalogue_files, &faults);
  if (b) {
    const struct rule_info *infos = bench_rules(b, ret_n);
    add_lines(c, p->prefix, bench_warnings(b));
    if (p->named && p->rules_dir && !any_own(infos, *ret_n))
      fault_list_add(&faults, true, "%s: " SERVING_NO_RULE, p->rules_dir);
    if (p->named)
      sweep(b, catalogue, (int32_t)(clock_now().s / 86400), &faults);
  }
  add_lines(c, p->prefix, &faults);
  fault_list_finish(&faults);
  bench_close(b);
  return b != NULL;
}

/* --- a policy --- */

static void note_checked(struct check *c, const struct policy *p, uint32_t n_rules,
                         uint32_t n_competences) {
  json_open(&c->checked, '{');
  json_opt_str(&c->checked, "authority", p->authority);
  if (p->with_rules)
    json_opt_int(&c->checked, "rules", (int32_t)n_rules);

  json_opt_int(&c->checked, "competences", (int32_t)n_competences);
  json_close(&c->checked, '}');
  buf_puts(&c->said, p->prefix);
  if (p->with_rules)
    buf_printf(&c->said, "%u rules, ", n_rules);

  buf_printf(&c->said, "%u competences\n", n_competences);
}

static void check_contents(struct check *c, const struct policy *p, struct bundle *rules,
                           struct bundle *catalogue) {
  struct catalogue *snapshot = NULL;
  struct fault_list faults = {0};
  uint32_t n_rules = 0;
  int r = catalogue_create(&snapshot, catalogue, &faults);

  add_lines(c, p->prefix, &faults);
  fault_list_finish(&faults);
  if (r < 0)
    return;

  if (!p->with_rules || try_rules(c, p, rules, catalogue, snapshot, &n_rules))
    note_checked(c, p, n_rules, catalogue_n_competences(snapshot));

  catalogue_destroy(snapshot);
}

struct directory {
  struct check *check;
  const char *prefix, *path;
};

static void say_unread(void *arg, const char *name, const char *remedy) {
  const struct directory *d = arg;
  fault_list_add(&d->check->faults, false, "%s%s/%s: is not read; %s", d->prefix, d->path, name,
                 remedy);
}

static void tell_unread(struct check *c, const struct policy *p, const char *dir) {
  struct directory d = {c, p->prefix, dir};
  if (dir)
    ignored_files_each(dir, say_unread, &d);
}

/* A directory above or beside the one that was meant holds none. */
static void check_holds(struct check *c, const char *dir, const struct bundle *laid,
                        const char *suffixes) {
  for (size_t i = 0; i < laid->n; i++)
    if (policy_slot_is_own(laid->files[i].name))
      return;
  if (dir)
    fault_list_add(&c->faults, true, "%s: holds no %s file; name the directory in which they lie",
                   dir, suffixes);
}

static void check_policy(struct check *c, const struct policy *p) {
  struct bundle rules, catalogue;
  struct error err = {0};
  if (policy_slot_read_policy(c->share, p->rules_dir, p->catalogue_dir, &rules, &catalogue, &err) <
      0) {
    fault_list_add(&c->faults, true, "%s%s", p->prefix, err.text);
    return;
  }

  size_t before = c->faults.errors;
  tell_unread(c, p, p->rules_dir);
  tell_unread(c, p, p->catalogue_dir);
  if (p->named)
    check_holds(c, p->rules_dir, &rules, ".lua or .csv");
  if (p->named)
    check_holds(c, p->catalogue_dir, &catalogue, ".csv");
  if (c->faults.errors == before)
    check_contents(c, p, &rules, &catalogue);

  bundle_finish(&rules);
  bundle_finish(&catalogue);
}

/* --- the answer --- */

/* The daemon does at a proposal, a publication, a reload and a start. */
#define NOT_COUNTED                                                                                \
  "ratings are not counted here: needs rules propose says how many the change of a code or a "     \
  "scale touches"

static void print_json(struct check *c) {
  struct buf out = {0};
  json_open(&out, '{');
  json_key(&out, "ok");
  json_bool(&out, c->faults.errors == 0);
  json_key(&out, "errors");
  json_int(&out, (int64_t)c->faults.errors);
  json_key(&out, "warnings");
  json_int(&out, (int64_t)(c->faults.n - c->faults.errors));

  if (c->uncounted) {
    json_key(&out, "not_counted");
    json_str(&out, NOT_COUNTED);
  }

  json_key(&out, "checked");
  json_open(&out, '[');
  if (c->checked.len > 0)
    json_raw(&out, c->checked.data, c->checked.len);

  json_close(&out, ']');
  json_key(&out, "faults");
  json_open(&out, '[');

  for (size_t i = 0; i < c->faults.n; i++) {
    json_open(&out, '{');
    json_key(&out, "severity");
    json_str(&out, c->faults.lines[i].is_warning ? "warning" : "error");
    json_key(&out, "text");
    json_str(&out, c->faults.lines[i].text);
    json_close(&out, '}');
  }

  json_close(&out, ']');
  json_close(&out, '}');
  text_print(stdout, buf_cstr(&out));
  puts("");
  buf_finish(&out);
}

static void print_text(struct check *c) {
  size_t warnings = c->faults.n - c->faults.errors;

  /* shown already where it was noted */
  for (size_t i = 0; i < c->faults.n; i++)
    puts(c->faults.lines[i].said);

  text_print(stdout, buf_cstr(&c->said));
  if (c->uncounted)
    puts(NOT_COUNTED);

  printf("%zu fault%s, %zu warning%s\n", c->faults.errors, plural(c->faults.errors), warnings,
         plural(warnings));
}

static int finish(struct check *c, bool json) {
  if (json)
    print_json(c);
  else
    print_text(c);

  int status = EXIT_GOOD;
  if (c->faults.errors > 0)
    status = EXIT_FAULTS;

  fault_list_finish(&c->faults);
  buf_finish(&c->checked);
  buf_finish(&c->said);

  return status;
}

static struct check begin(const char *share, const char *worker) {
  signal(SIGPIPE, SIG_IGN); /* a worker that dies early is a fault to be told */
  log_set_level(LOG_ERROR); /* told in the answer, not beside it */
  hash_init();
  return (struct check){.share = share, .worker = worker};
}

/* Their files and options; nothing of them is called. */
static void check_plugins(struct check *c, const struct config *config) {
  struct host *h = host_load(config, &c->faults);
  for (size_t i = 0; h && i < host_count(h); i++) {
    const char *name, *version;
    host_describe(h, i, &name, &version);
    json_open(&c->checked, '{');
    json_opt_str(&c->checked, "plugin", name);
    json_opt_str(&c->checked, "version", version);
    json_close(&c->checked, '}');
    buf_printf(&c->said, "[plugin %s] version %s\n", name, version);
  }

  host_destroy(h);
}

static bool is_there(const char *dir) {
  struct stat st;
  return !dir || (stat(dir, &st) == 0 && S_ISDIR(st.st_mode));
}

static void check_data(const char *dir, struct fault_list *faults) {
  struct error err = {0};
  if (dir && store_check(dir, &err) < 0)
    fault_list_add(faults, true, "%s", err.text);
}

int check_config(const char *path, bool json) {
  struct check c = begin(NULL, NULL);
  struct config *config = config_read(path, &c.faults);

  c.share = config->share;
  c.worker = config->worker;
  check_files(config, &c.faults);
  check_data(config->data, &c.faults);

  /* then every authority is checked, whatever the first one holds */
  bool sound = c.faults.errors == config->missing;
  for (size_t i = 0; sound && i < config->n_authorities; i++) {
    const struct config_authority *a = config->authorities[i];
    char prefix[96];

    if (!is_there(a->rules) || !is_there(a->catalogue))
      continue; /* told already, with its line */

    snprintf(prefix, sizeof(prefix), "[authority %s] ", a->code);
    check_policy(&c, &(struct policy){a->code, a->rules, a->catalogue, prefix, true, false});
  }

  check_plugins(&c, config);
  config_destroy(config);

  return finish(&c, json);
}

/* Where its line number stands; NULL: it is about no line. */
static const char *line_number(const char *text) {
  const char *colon = strchr(text, ':');
  if (colon && isdigit((unsigned char)colon[1]))
    return colon + 1;
  return NULL;
}

static int by_place(const void *x, const void *y) {
  const char *a = ((const struct fault_line *)x)->text, *b = ((const struct fault_line *)y)->text;
  const char *at_a = line_number(a), *at_b = line_number(b);
  if (!at_a || !at_b) {
    if (at_a)
      return -1;
    if (at_b)
      return 1;
    return strcmp(a, b);
  }

  size_t len_a = (size_t)(at_a - a), len_b = (size_t)(at_b - b);
  int order = strncmp(a, b, MIN(len_a, len_b));
  if (order != 0)
    return order;
  if (len_a != len_b) {
    if (len_a < len_b)
      return -1;
    return 1;
  }

  int line_a = atoi(at_a), line_b = atoi(at_b);
  if (line_a != line_b) {
    if (line_a < line_b)
      return -1;
    return 1;
  }

  return strcmp(a, b);
}

static void sort_by_place(struct fault_list *faults) {
  if (faults->n > 1)
    qsort(faults->lines, faults->n, sizeof *faults->lines, by_place);
}

int check_rules(const struct check_options *o, const char *rules_dir, const char *catalogue_dir) {
  struct check c = begin(o->share, o->worker);
  bool shipped = trial_is_shipped(o->share, rules_dir);

  check_worker(o->worker, &c.faults);
  if (c.faults.errors == 0)
    check_policy(&c,
                 &(struct policy){NULL, shipped ? NULL : rules_dir, catalogue_dir, "", true, true});

  sort_by_place(&c.faults);
  c.uncounted = catalogue_dir != NULL;

  return finish(&c, o->json);
}

int check_catalogue(const struct check_options *o, const char *catalogue_dir) {
  struct check c = begin(o->share, o->worker);
  check_policy(&c, &(struct policy){NULL, NULL, catalogue_dir, "", false, true});
  c.uncounted = catalogue_dir != NULL;
  return finish(&c, o->json);
}
