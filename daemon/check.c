/* check - the daemon's own checker. See check.h. */
#include "check.h"

#include "base/hash.h"
#include "base/mem.h"
#include "daemon.h"
#include "pipeline/serving.h"
#include "plugin/host.h"
#include "rules/pool.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define CHECK_DEADLINE_MS 1000
#define CHECK_LOAD_MS 5000

/* What is being checked, and what was found so far. */
struct check {
  const char *share, *worker;
  struct fault_list faults;
  struct buf checked; /* JSON objects, one a pair: {"authority":..,"rules":n,"competences":n} */
  struct buf said;    /* the same for people */
};

static const char warning[] = "warning: ";

/* A line that another list holds; severity is in its first word. */
static void add_line(struct check *c, const char *prefix, const char *line) {
  bool is_warning = strncmp(line, warning, strlen(warning)) == 0;
  fault_list_add(&c->faults, !is_warning, "%s%s", prefix, is_warning ? line + strlen(warning) : line);
}

static void add_lines(struct check *c, const char *prefix, const struct fault_list *list) {
  for (size_t i = 0; i < list->n; i++) add_line(c, prefix, list->lines[i]);
}

/* --- files --- */

static void check_dir(const char *share, const char *part, struct fault_list *faults) {
  struct stat st;
  _cleanup_free_ char *dir = NULL;
  if (asprintf(&dir, "%s/%s", share, part) < 0) abort();
  if (stat(dir, &st) < 0)
    fault_list_add(faults, true, "%s: %s; the option 'share' names the directory that holds %s/", dir, strerror(errno), part);
  else if (!S_ISDIR(st.st_mode))
    fault_list_add(faults, true, "%s: is not a directory", dir);
}

static void check_worker(const char *worker, struct fault_list *faults) {
  struct stat st;
  if (stat(worker, &st) < 0 || access(worker, X_OK) < 0)
    fault_list_add(faults, true, "%s: %s; the option 'worker' names the program needs-rules", worker, strerror(errno));
  else if (!S_ISREG(st.st_mode))
    fault_list_add(faults, true, "%s: is not a program; the option 'worker' names the program needs-rules", worker);
}

void check_files(const struct config *c, struct fault_list *faults) {
  if (c->worker != NULL) check_worker(c->worker, faults);
  if (c->share != NULL) check_dir(c->share, "catalogue", faults);
  if (c->share != NULL) check_dir(c->share, "default", faults);
}

/* --- rules, in a worker on a loop of its own --- */

struct trial {
  struct check *check;
  const char *prefix;
  struct pool *pool;
  struct ruleset *ruleset;
  uv_idle_t over; /* the set is closed from the loop, not from inside its own callback */
  bool answered, good;
  uint32_t n_rules;
};

static void on_pool_destroyed(void *arg) {
  struct trial *t = arg;
  t->pool = NULL;
}

static void on_over(uv_idle_t *handle) {
  struct trial *t = container_of(handle, struct trial, over);
  uv_close((uv_handle_t *)handle, NULL);
  ruleset_close(t->ruleset);
  pool_destroy(t->pool, on_pool_destroyed, t);
}

static void on_rules_ready(void *arg, struct ruleset *s, const struct fault_list *faults) {
  struct trial *t = arg;
  if (t->answered) return;
  t->answered = true;
  t->good = faults == NULL || faults->errors == 0;
  if (faults != NULL) add_lines(t->check, t->prefix, faults);
  if (faults == NULL) {
    ruleset_rules(s, &t->n_rules);
    for (size_t i = 0; i < ruleset_warnings(s)->n; i++) add_line(t->check, t->prefix, ruleset_warnings(s)->lines[i]);
  }
  uv_idle_start(&t->over, on_over);
}

static void on_rule_aside(void *arg, struct ruleset *s, const char *rule, const char *reason) {
  (void)s;
  struct trial *t = arg;
  if (t->answered) return;
  t->answered = true;
  fault_list_add(&t->check->faults, true, "%s%s: %s", t->prefix, rule != NULL ? rule : "the rules", reason);
  uv_idle_start(&t->over, on_over);
}

static bool try_rules(struct check *c, const char *prefix, const char *authority, struct bundle *rules, struct bundle *catalogue,
                      uint32_t n_competences, uint32_t *ret_n) {
  static const struct ruleset_callbacks callbacks = {on_rules_ready, on_rule_aside};
  const struct pool_options options = {c->worker, CHECK_DEADLINE_MS, CHECK_LOAD_MS, 1, 1};
  struct trial t = {.check = c, .prefix = prefix};
  struct buf rules_bytes = {0}, catalogue_bytes = {0};
  uv_loop_t loop;
  if (uv_loop_init(&loop) != 0) abort();
  bundle_seal(rules, &rules_bytes);
  bundle_seal(catalogue, &catalogue_bytes);
  uv_idle_init(&loop, &t.over);
  t.pool = pool_create(&loop, &options);
  t.ruleset = ruleset_open(t.pool, authority, &rules_bytes, &catalogue_bytes, NULL, 0, n_competences, &callbacks, &t);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  buf_finish(&rules_bytes);
  buf_finish(&catalogue_bytes);
  *ret_n = t.n_rules;
  return t.good;
}

/* --- a pair --- */

struct pair {
  const char *authority, *rules_dir, *catalogue_dir;
  const char *prefix; /* before each fault: "[authority 888] " or "" */
  bool with_rules;
};

static void note_checked(struct check *c, const struct pair *p, uint32_t n_rules, uint32_t n_competences) {
  json_open(&c->checked, '{');
  json_opt_str(&c->checked, "authority", p->authority);
  if (p->with_rules) json_opt_int(&c->checked, "rules", (int32_t)n_rules);
  json_opt_int(&c->checked, "competences", (int32_t)n_competences);
  json_close(&c->checked, '}');
  buf_puts(&c->said, p->prefix);
  if (p->with_rules) buf_printf(&c->said, "%u rules, ", n_rules);
  buf_printf(&c->said, "%u competences\n", n_competences);
}

static void check_contents(struct check *c, const struct pair *p, struct bundle *rules, struct bundle *catalogue) {
  struct catalogue *snapshot = NULL;
  struct fault_list faults = {0};
  uint32_t n_rules = 0;
  int r = catalogue_create(&snapshot, catalogue, &faults);
  add_lines(c, p->prefix, &faults);
  fault_list_finish(&faults);
  if (r < 0) return;
  uint32_t n_competences = catalogue_n_competences(snapshot);
  catalogue_destroy(snapshot);
  if (p->with_rules &&
      !try_rules(c, p->prefix, p->authority != NULL ? p->authority : "check", rules, catalogue, n_competences, &n_rules))
    return;
  note_checked(c, p, n_rules, n_competences);
}

static void check_pair(struct check *c, const struct pair *p) {
  struct bundle rules, catalogue;
  struct error err = {0};
  if (serving_read_pair(c->share, p->rules_dir, p->catalogue_dir, &rules, &catalogue, &err) < 0) {
    add_line(c, p->prefix, err.text);
    return;
  }
  check_contents(c, p, &rules, &catalogue);
  bundle_finish(&rules);
  bundle_finish(&catalogue);
}

/* --- the answer --- */

static void print_json(struct check *c) {
  struct buf out = {0};
  json_open(&out, '{');
  json_key(&out, "ok");
  json_bool(&out, c->faults.errors == 0);
  json_key(&out, "errors");
  json_int(&out, (int64_t)c->faults.errors);
  json_key(&out, "warnings");
  json_int(&out, (int64_t)(c->faults.n - c->faults.errors));
  json_key(&out, "checked");
  json_open(&out, '[');
  if (c->checked.len > 0) json_raw(&out, c->checked.data, c->checked.len);
  json_close(&out, ']');
  json_key(&out, "faults");
  json_open(&out, '[');
  for (size_t i = 0; i < c->faults.n; i++) {
    bool is_warning = strncmp(c->faults.lines[i], warning, strlen(warning)) == 0;
    json_open(&out, '{');
    json_key(&out, "severity");
    json_str(&out, is_warning ? "warning" : "error");
    json_key(&out, "text");
    json_str(&out, c->faults.lines[i] + (is_warning ? strlen(warning) : 0));
    json_close(&out, '}');
  }
  json_close(&out, ']');
  json_close(&out, '}');
  puts(buf_cstr(&out));
  buf_finish(&out);
}

static void print_text(struct check *c) {
  size_t warnings = c->faults.n - c->faults.errors;
  for (size_t i = 0; i < c->faults.n; i++) puts(c->faults.lines[i]);
  fputs(buf_cstr(&c->said), stdout);
  printf("%zu fault%s, %zu warning%s\n", c->faults.errors, c->faults.errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

static int finish(struct check *c, bool json) {
  if (json)
    print_json(c);
  else
    print_text(c);
  int status = c->faults.errors > 0 ? EXIT_FAULTS : EXIT_GOOD;
  fault_list_finish(&c->faults);
  buf_finish(&c->checked);
  buf_finish(&c->said);
  return fflush(stdout) == 0 && !ferror(stdout) ? status : EXIT_IO;
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
  for (size_t i = 0; h != NULL && i < host_count(h); i++) {
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
  return dir == NULL || (stat(dir, &st) == 0 && S_ISDIR(st.st_mode));
}

int check_config(const char *path, bool json) {
  struct check c = begin(NULL, NULL);
  struct config *config = config_read(path, &c.faults);
  c.share = config->share;
  c.worker = config->worker;
  check_files(config, &c.faults);
  bool sound = c.faults.errors == config->missing; /* then every authority is checked, whatever the first one holds */
  for (size_t i = 0; sound && i < config->n_authorities; i++) {
    const struct config_authority *a = config->authorities[i];
    char prefix[96];
    if (!is_there(a->rules) || !is_there(a->catalogue)) continue; /* told already, with its line */
    snprintf(prefix, sizeof(prefix), "[authority %s] ", a->code);
    check_pair(&c, &(struct pair){a->code, a->rules, a->catalogue, prefix, true});
  }
  check_plugins(&c, config);
  config_destroy(config);
  return finish(&c, json);
}

/* A directory above or beside the one that was meant holds none, and nothing of it is faulty. */
static bool ends_in(const char *name, const char *suffix) {
  size_t len = strlen(name);
  return suffix != NULL && len > 4 && strcmp(name + len - 4, suffix) == 0;
}

static void check_holds(const char *dir, const char *suffix, const char *other, const char *checked, struct fault_list *faults) {
  DIR *d = opendir(dir);
  if (d == NULL) return; /* told by whoever reads it */
  size_t n = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    if (e->d_name[0] != '.' && e->d_name[0] != '~' && (ends_in(e->d_name, suffix) || ends_in(e->d_name, other))) n++;
  }
  closedir(d);
  if (n > 0) return;
  fault_list_add(faults, false, "%s: holds no %s%s%s file, so only the shipped %s checked", dir, suffix,
                 other != NULL ? " or " : "", other != NULL ? other : "", checked);
}

int check_rules(const struct check_options *o, const char *rules_dir, const char *catalogue_dir) {
  struct check c = begin(o->share, o->worker);
  check_worker(o->worker, &c.faults);
  if (c.faults.errors == 0) check_holds(rules_dir, ".lua", ".csv", "rules were", &c.faults);
  if (c.faults.errors == 0) check_pair(&c, &(struct pair){NULL, rules_dir, catalogue_dir, "", true});
  return finish(&c, o->json);
}

int check_catalogue(const struct check_options *o, const char *catalogue_dir) {
  struct check c = begin(o->share, o->worker);
  check_holds(catalogue_dir, ".csv", NULL, "catalogue was", &c.faults);
  check_pair(&c, &(struct pair){NULL, NULL, catalogue_dir, "", false});
  return finish(&c, o->json);
}
