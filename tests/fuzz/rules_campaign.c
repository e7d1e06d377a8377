/* rules_campaign - rules nobody would write, by the hundred thousand, in the real worker.
 *
 * usage: rules_campaign [RULES [SEED]]   (default 2000 rules from seed 1; NEEDS_WORKER names the
 * worker)
 *
 * A set is a few hundred rules: most are grown from rules.grammar, the others are the shipped rules
 * and the hostile ones with something in them changed. Files that do not load are named by the
 * worker and left out, the others go into a new worker; there some people are evaluated, one of
 * them twice, and some sets once more in another worker in another order. What must hold: no worker
 * hangs (in processor time, so that a busy machine is no finding), none is killed by a signal,
 * every answer makes sense, and the same person has the same bytes. The first thing that does not
 * hold ends the campaign with the seed of its set: `rules_campaign 1 SEED` makes that set again,
 * and KEEP=DIRECTORY writes it down. */
#include <dirent.h>
#include <time.h>

#include "../unit/rules_driver.h"

#define SET_RULES 480
#define GROWTH 9         /* how deep a rule may be nested before it must come to an end */
#define RULE_BYTES 20000 /* of one file */
#define LOADS_MAX 4
#ifdef NEEDS_SANITIZED
#define SLOWER 20
#else
#define SLOWER 1
#endif
#define STEP_CPU_MS (1000 * SLOWER) /* of one rule with one person: the daemon's deadline */
#define LOAD_CPU_MS (5000 * SLOWER)

static uint64_t seed_now;
static struct {
  uint64_t rules, files, sets, refused, loaded, people, fired, failed[3], twice, again;
  double slowest_ms;
} total;

/* --- chance --- */

static uint64_t chance_state;

static uint64_t chance(void) { /* splitmix64 */
  uint64_t z = chance_state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static size_t below(size_t n) {
  return n > 0 ? (size_t)(chance() % n) : 0;
}

/* --- the grammar --- */

struct symbol {
  char *name;
  char **alternatives;
  size_t n, cap;
};
static struct {
  struct symbol *items;
  size_t n, cap;
} grammar;

static void add_line(char *line) {
  if (*line == '#' || *line == '\0')
    return;
  if (*line != ' ') {
    grammar.items = mem_grow(grammar.items, &grammar.cap, grammar.n + 1, sizeof *grammar.items);
    grammar.items[grammar.n++] = (struct symbol){.name = line};
    return;
  }
  struct symbol *s = &grammar.items[grammar.n - 1];
  s->alternatives = mem_grow(s->alternatives, &s->cap, s->n + 1, sizeof *s->alternatives);
  s->alternatives[s->n++] = strcmp(line, "  -") == 0 ? line + 3 : line + 2; /* - is nothing */
}

static char *read_whole(const char *path, size_t *ret_len) {
  FILE *f = fopen(path, "rb");
  if (f == NULL)
    fail_msg("cannot read %s", path);
  char *text = mem_alloc(300 * 1024);
  *ret_len = fread(text, 1, 300 * 1024 - 1, f);
  fclose(f);
  return text;
}

static void read_grammar(const char *path) {
  size_t len;
  char *at = read_whole(path, &len), *line;
  while ((line = strsep(&at, "\n")) != NULL)
    add_line(line);
}

static const struct symbol *symbol_of(const char *name, size_t len) {
  for (size_t i = 0; i < grammar.n; i++)
    if (strlen(grammar.items[i].name) == len && memcmp(grammar.items[i].name, name, len) == 0)
      return &grammar.items[i];
  fail_msg("the grammar has no '%.*s'", (int)len, name);
  return NULL;
}

static void grow(struct buf *out, const struct symbol *s, int depth);

/* Appends an alternative, its symbols grown. */
static void grow_text(struct buf *out, const char *p, int depth) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (; *p != '\0'; p++) {
    size_t len = *p == '$' ? strspn(p + 1, letters) : 0;
    if (len == 2 && strncmp(p, "$id", 3) == 0) {
      char id[32];
      buf_put(out, id, (size_t)snprintf(id, sizeof id, "r%llu", (unsigned long long)++total.rules));
    } else if (len > 0) {
      grow(out, symbol_of(p + 1, len), depth + 1);
    } else if (p[0] == '\\' && p[1] == 'n') {
      buf_u8(out, '\n');
      len = 1;
    } else {
      buf_u8(out, (uint8_t)*p);
    }
    p += len;
  }
}

static void grow(struct buf *out, const struct symbol *s, int depth) {
  bool over = depth > GROWTH || out->len > RULE_BYTES;
  grow_text(out, s->alternatives[over ? 0 : below(s->n)], depth);
}

/* --- rules that there are, with something changed --- */

static struct bundle corpus;

static void read_corpus(const char *dir) {
  struct dirent **list;
  int n = scandir(dir, &list, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    size_t len;
    char path[4096];
    if (strstr(list[i]->d_name, ".lua") != NULL) {
      snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name);
      char *text = read_whole(path, &len);
      if (len < RULE_BYTES)
        bundle_add(&corpus, list[i]->d_name, text, len);
      free(text);
    }
    free(list[i]);
  }
  free(list);
}

static void replace(struct buf *b, size_t at, size_t len, const void *with, size_t n) {
  struct buf rest = {0};
  buf_put(&rest, b->data + at + len, b->len - at - len);
  b->len = at;
  buf_put(b, with, n);
  buf_put(b, rest.data, rest.len);
  buf_finish(&rest);
}

static size_t line_end(const struct buf *b, size_t at) {
  while (at < b->len && b->data[at] != '\n')
    at++;
  return at < b->len ? at + 1 : at;
}

static size_t line_start(const struct buf *b, size_t at) {
  while (at > 0 && b->data[at - 1] != '\n')
    at--;
  return at;
}

static void change_byte(struct buf *b) {
  uint8_t byte = (uint8_t)(below(4) > 0 ? 32 + below(95) : below(256));
  replace(b, below(b->len), below(2), &byte, below(3) > 0);
}

static void change_word(struct buf *b) {
  static const char *const kinds[] = {"expr", "number", "text", "fact", "list", "builder", "small"};
  static const char ends[] = " \n\t(){}[],;=";
  struct buf grown = {0};
  size_t at = below(b->len), from = at, to = at;
  while (from > 0 && strchr(ends, b->data[from - 1]) == NULL)
    from--;
  while (to < b->len && strchr(ends, b->data[to]) == NULL)
    to++;
  const char *kind = kinds[below(ARRAY_LEN(kinds))];
  grow(&grown, symbol_of(kind, strlen(kind)), GROWTH - 2);
  replace(b, from, to - from, grown.data, grown.len);
  buf_finish(&grown);
}

static void change_line(struct buf *b) {
  size_t from = line_start(b, below(b->len)), to = line_end(b, from),
         at = line_start(b, below(b->len));
  struct buf line = {0};
  buf_put(&line, b->data + from, to - from);
  if (below(2) > 0)
    replace(b, at, 0, line.data, line.len);
  else
    replace(b, from, to - from, NULL, 0);
  buf_finish(&line);
}

/* Names must differ within a set: a number goes before each. */
static void rename_rules(struct buf *b) {
  static const char start[] = "rule \"";
  for (size_t at = 0; b->len - at > sizeof start; at++) {
    char id[32];
    if (memcmp(b->data + at, start, sizeof start - 1) != 0)
      continue;
    int n = snprintf(id, sizeof id, "m%llu-", (unsigned long long)++total.rules);
    replace(b, at + sizeof start - 1, 0, id, (size_t)n);
  }
}

static void mutate(struct buf *out) {
  static void (*const changes[])(struct buf *) = {change_byte, change_word, change_word,
                                                  change_line};
  const struct bundle_file *f = &corpus.files[below(corpus.n)];
  buf_put(out, f->text, f->len);
  for (size_t n = 1 + below(4); n > 0 && out->len > 0; n--)
    changes[below(ARRAY_LEN(changes))](out);
  rename_rules(out);
}

/* --- a set --- */

static void make_set(struct bundle *ret) {
  uint64_t before = total.rules;
  size_t a_file = below(4) == 0 ? 10 : 1;
  for (int i = 0; total.rules - before < SET_RULES && i < SET_RULES; i++) {
    struct buf text = {0};
    char name[32];
    if (below(40) == 0)
      mutate(&text);
    else
      for (size_t n = 0; n < a_file && text.len < RULE_BYTES; n++)
        grow(&text, symbol_of("rule", 4), 0);
    snprintf(name, sizeof name, "f%03d.lua", i);
    bundle_add(ret, name, (const char *)text.data, text.len);
    buf_finish(&text);
  }
  total.files += ret->n;
}

static void keep_set(const struct bundle *b) {
  const char *dir = getenv("KEEP");
  for (size_t i = 0; dir != NULL && i < b->n; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, b->files[i].name);
    FILE *f = fopen(path, "wb");
    if (f == NULL)
      fail_msg("cannot write %s", path);
    fwrite(b->files[i].text, 1, b->files[i].len, f);
    fclose(f);
  }
}

static bool is_named(const struct driver *d, const char *file) {
  size_t len = strlen(file);
  for (size_t i = 0; i < d->n_faults; i++)
    if (strncmp(d->faults[i], file, len) == 0 && d->faults[i][len] == ':')
      return true;
  return false;
}

/* The files that the worker named are left out. False if it named none. */
static bool leave_out(struct bundle *b, const struct driver *d) {
  size_t kept = 0;
  for (size_t i = 0; i < b->n; i++) {
    if (!is_named(d, b->files[i].name)) {
      b->files[kept++] = b->files[i];
      continue;
    }
    free(b->files[i].name);
    free(b->files[i].text);
  }
  bool some = kept < b->n;
  total.refused += b->n - kept;
  b->n = kept;
  return some;
}

/* --- the worker --- */

static double cpu_ms(pid_t pid) {
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
    return 0;
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Waits for the next frame, and counts what the worker takes without coming further. */
static void await(struct driver *d, double most_ms) {
  struct pollfd p = {.fd = d->fd, .events = POLLIN};
  uint32_t seen[3] = {0};
  double since = cpu_ms(d->pid);
  while (poll(&p, 1, 20) == 0) {
    uint32_t now[3] = {d->page->job, d->page->rule, d->page->done};
    double ms = cpu_ms(d->pid);
    if (memcmp(now, seen, sizeof now) != 0)
      since = ms;
    memcpy(seen, now, sizeof now);
    if (ms - since > total.slowest_ms && d->page->rule < EXCHANGE_NO_RULE - 1)
      total.slowest_ms = ms - since;
    if (ms - since > most_ms)
      fail_msg("job %u, rule %u: %d ms without coming further", now[0], now[1], (int)(ms - since));
  }
}

static void stop(struct driver *d) {
  int status = driver_stop(d);
  if (status != 0)
    fail_msg("the worker ended with %s %d", WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* Starts workers until the set loads; false if it never does. */
static bool load_set(struct driver *d, struct bundle *b) {
  for (int i = 0; i < LOADS_MAX && b->n > 0; i++) {
    driver_start(d);
    if (driver_load(d, b->files, b->n, NULL))
      return true;
    bool smaller = leave_out(b, d);
    stop(d);
    if (!smaller)
      return false;
  }
  return false;
}

/* --- people --- */

#define PEOPLE 2
struct person {
  struct need needs[4];
  struct facts facts;
};

static void make_people(struct person p[PEOPLE]) {
  static struct held held[] = {{"STL18", TODAY - 200, ABSENT}, {"maths@2", TODAY - 30, TODAY + 3}};
  for (int i = 0; i < PEOPLE; i++) {
    p[i].needs[0] = make_need("STL1", i, 3);
    p[i].needs[1] = make_need("STL3", 1, 2 + i);
    p[i].needs[2] = make_need("STL18", i > 0 ? ABSENT : 2, 2);
    p[i].facts = make_facts(p[i].needs, 2 + (uint32_t)i);
    p[i].facts.holds = held;
    p[i].facts.n_holds = (uint32_t)i + 1;
  }
}

static void count(struct driver *d, const struct buf *bytes, uint32_t n_needs) {
  struct outcome o;
  if (outcome_decode(&d->arena, bytes->data, bytes->len, d->n_rules, n_needs, &o) != 0)
    fail_msg("an outcome makes no sense");
  total.people++;
  total.fired += o.n_candidates;
  for (uint32_t i = 0; i < o.n_failures; i++)
    total.failed[o.failures[i].kind]++;
}

/* People in this order in one batch; their bytes at outcomes[person]. Who comes twice must have the
 * same bytes. */
static void run(struct driver *d, struct person *p, const int *order, int n,
                struct buf outcomes[PEOPLE]) {
  struct buf frames = {0};
  for (int i = 0; i < n; i++)
    driver_put_job(&frames, (uint32_t)i, &p[order[i]].facts, TODAY, 0);
  driver_send(d, frames.data, frames.len);
  buf_finish(&frames);
  for (int i = 0; i < n; i++) {
    size_t len;
    await(d, STEP_CPU_MS);
    const void *bytes = driver_done(d, (uint32_t)i, &len);
    struct buf *mine = &outcomes[order[i]];
    if (mine->len == 0) {
      buf_put(mine, bytes, len);
      count(d, mine, p[order[i]].facts.n_needs);
    } else if (mine->len != len || memcmp(mine->data, bytes, len) != 0) {
      fail_msg("two outcomes of person %d differ", order[i]);
    } else {
      total.twice++;
    }
  }
}

static void one_set(uint64_t seed) {
  struct bundle b = {0};
  struct driver d, other;
  struct person p[PEOPLE];
  struct buf outcomes[PEOPLE] = {0};
  seed_now = chance_state = seed;
  make_set(&b);
  keep_set(&b);
  make_people(p);
  total.sets++;
  if (load_set(&d, &b)) {
    total.loaded += d.n_rules;
    run(&d, p, (const int[]){0, 1, 0}, 3, outcomes);
    stop(&d);
    if (seed % 8 == 0 && load_set(&other, &b)) {
      run(&other, p, (const int[]){1, 0}, 2, outcomes);
      total.again++;
      stop(&other);
    }
  }
  for (int i = 0; i < PEOPLE; i++)
    buf_finish(&outcomes[i]);
  bundle_finish(&b);
}

static void report(void) {
  printf("%llu rules in %llu files and %llu sets, last seed %llu; files refused %llu; rules loaded "
         "%llu; people %llu: proposals "
         "%llu, "
         "stopped by instructions %llu, by memory %llu, with an error %llu; the same again %llu, "
         "sets in a second worker %llu; "
         "longest step over %d ms\n",
         (unsigned long long)total.rules, (unsigned long long)total.files,
         (unsigned long long)total.sets, (unsigned long long)seed_now,
         (unsigned long long)total.refused, (unsigned long long)total.loaded,
         (unsigned long long)total.people, (unsigned long long)total.fired,
         (unsigned long long)total.failed[0], (unsigned long long)total.failed[1],
         (unsigned long long)total.failed[2], (unsigned long long)total.twice,
         (unsigned long long)total.again, (int)total.slowest_ms);
  fflush(stdout);
}

int main(int argc, char **argv) {
  uint64_t rules = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000,
           seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  atexit(report); /* whatever ends it */
  driver_open_catalogue(NULL);
  read_grammar(SOURCE_ROOT "/tests/fuzz/rules.grammar");
  read_corpus(SOURCE_ROOT "/rules/default");
  read_corpus(SOURCE_ROOT "/tests/rules/hostile");
  while (total.rules < rules) {
    one_set(seed++);
    if (total.sets % 100 == 0)
      report();
  }
  printf("nothing found\n");
  return 0;
}
