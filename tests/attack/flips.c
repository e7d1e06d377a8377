/* flips - random bit flips and truncations of every file of a data directory, against the store
 * alone.
 *
 * flips CASES SEED [unchecked|again]: two directories are made, one of a store that was stopped and
 * one of a store that was killed with its log behind it. Each case changes one file of a copy,
 * opens it as the daemon does and reads every table. Allowed: all that is served equals the
 * original, or something is named, at the open or at a read, and all else equals the original.
 * Prints one JSON object; exit status 1 when anything else was served. `unchecked` leaves the rows'
 * hashes unread: then wrong rows must show. `again` tries one case, by the seed that was printed
 * for it. */
#include <stdio.h>
#include <stdlib.h>

#include "../crash/store_rig.h"
#include "base/log.h"

enum {
  BATCHES = 24,
  FILES = 6,
  READS = 8
};
static const char *const names[FILES] = {"needs.db", "needs.db-wal", "needs.db-shm",
                                         "key",      "head",         "lock"};

struct image {
  unsigned char *data;
  size_t len;
  bool there;
};
static struct image originals[2][FILES]; /* stopped, killed */

/* --- what is served --- */

struct seen {
  struct buf rows[READS];
  const struct seen *against; /* NULL: the original itself */
  bool wrong, named;
  int wrong_read; /* the first */
  size_t at;
  int read;
};
static struct seen original;

/* Rows come in order; each begins with its length. After damage in a chain the place moves by hand.
 */
static int see(struct seen *s, const struct buf *row) {
  struct buf *rows = &s->rows[s->read];
  if (!s->against) {
    buf_blob(rows, row->data, row->len);
    return 0;
  }
  const struct buf *all = &s->against->rows[s->read];
  struct reader r = reader_of(all->data + s->at, all->len - s->at);
  size_t len;
  const void *want = read_blob(&r, &len);
  if (r.bad || len != row->len || memcmp(want, row->data, len) != 0) {
    if (!s->wrong)
      s->wrong_read = s->read;
    s->wrong = true;
  }
  if (!r.bad)
    s->at = (size_t)(r.p - all->data);
  return 0;
}

static void pass_over(struct seen *s) {
  const struct buf *all = &s->against->rows[s->read];
  struct reader r = reader_of(all->data + s->at, all->len - s->at);
  size_t len;
  read_blob(&r, &len);
  if (!r.bad)
    s->at = (size_t)(r.p - all->data);
}

static int on_journal(void *arg, const struct journal_row *row) {
  struct buf b = {0};
  const char *texts[] = {row->kind, row->authority, row->school, row->subject, row->type};
  buf_u64(&b, row->position);
  for (size_t i = 0; i < ARRAY_LEN(texts); i++)
    buf_str(&b, texts[i]);
  buf_put(&b, &row->identity, 16);
  buf_put(&b, &row->content, 16);
  buf_blob(&b, row->body, row->len);
  buf_u64(&b, (uint64_t)row->committed_ms);
  see(arg, &b);
  buf_finish(&b);
  return 0;
}

static uint64_t outbox_at;
static int on_outbox(void *arg, const struct outbox_row *row) {
  struct buf b = {0};
  const char *texts[] = {row->authority, row->school, row->subject, row->type, row->audience};
  outbox_at = row->position;
  buf_u64(&b, row->position);
  buf_u64(&b, row->sequence);
  for (size_t i = 0; i < ARRAY_LEN(texts); i++)
    buf_str(&b, texts[i]);
  buf_blob(&b, row->body, row->len);
  see(arg, &b);
  buf_finish(&b);
  return 0;
}

static int on_person(void *arg, const struct person_row *row) {
  struct buf b = {0};
  buf_u64(&b, row->id);
  buf_str(&b, row->authority);
  buf_str(&b, row->school);
  buf_str(&b, row->subject);
  buf_blob(&b, row->basis, row->basis_len);
  buf_blob(&b, row->advice, row->advice_len);
  see(arg, &b);
  buf_finish(&b);
  return 0;
}

static int on_cohorts(void *arg, const struct cohorts_row *row) {
  struct buf b = {0};
  buf_str(&b, row->authority);
  buf_str(&b, row->school);
  buf_blob(&b, row->basis, row->basis_len);
  buf_blob(&b, row->advice, row->advice_len);
  see(arg, &b);
  buf_finish(&b);
  return 0;
}

static int on_sequence(void *arg, const char *authority, const char *school, uint64_t sequence) {
  struct buf b = {0};
  buf_str(&b, authority);
  buf_str(&b, school);
  buf_u64(&b, sequence);
  see(arg, &b);
  buf_finish(&b);
  return 0;
}

static int on_cursor(void *arg, const struct cursor_row *row) {
  struct buf b = {0};
  buf_str(&b, row->principal);
  buf_str(&b, row->name);
  buf_u64(&b, row->position);
  buf_u64(&b, (uint64_t)row->used_ms);
  see(arg, &b);
  buf_finish(&b);
  return 0;
}

static const struct hash256 rules = {{1, 2, 3}}, other = {{9}};

static void see_single(struct seen *s, struct store *store) {
  struct buf b = {0}, bundle = {0};
  int rc = store_bundle(store, &rules, &bundle);
  s->named |= rc == -EBADMSG || rc == -EIO;
  bool failed = store_rule_failed(store, "888", &rules, "shadow");
  if (rc == 0)
    buf_blob(&b, bundle.data, bundle.len);
  buf_u8(&b, failed);
  buf_u8(&b, store_rule_failed(store, "888", &other, "shadow"));
  buf_u64(&b, store_last_position(store));
  buf_u64(&b, store_first_publication(store));
  buf_u64(&b, store_last_publication(store));
  buf_put(&b, store_key(store), 32);
  struct store_stats stats;
  store_stats(store, &stats);
  if (rc != -EBADMSG && rc != -EIO && !stats.broken)
    see(s, &b);
  buf_finish(&b);
  buf_finish(&bundle);
}

static void ended(struct seen *s, int rc) {
  if (rc < 0)
    s->named = true;
  if (rc == 0 && s->against && s->at != s->against->rows[s->read].len) {
    if (!s->wrong)
      s->wrong_read = 100 + s->read;
    s->wrong = true; /* rows are missing, in silence */
  }
  s->read++;
  s->at = 0;
}

static void read_all(struct seen *s, struct store *store) {
  s->read = 0;
  ended(s, store_journal(store, 0, UINT64_MAX, on_journal, s));
  ended(s, store_people(store, on_person, s));
  ended(s, store_cohorts(store, on_cohorts, s));
  ended(s, store_sequences(store, on_sequence, s));
  ended(s, store_cursors(store, on_cursor, s));
  see_single(s, store);
  s->read++, s->at = 0;
  int rc = 0;
  for (uint64_t at = outbox_at = 0;; at = outbox_at) {
    rc = store_outbox(store, at, 10, on_outbox, s);
    if (rc == -EBADMSG && s->against) { /* as a reader goes on behind it */
      s->named = true;
      pass_over(s);
      outbox_at++;
    } else if (rc < 0 || outbox_at == at) {
      break;
    }
  }
  ended(s, rc);
}

/* --- directories --- */

static void take_files(const char *dir, struct image to[FILES]) {
  char path[256];
  for (int i = 0; i < FILES; i++) {
    struct stat st;
    int fd = open(rig_path(dir, names[i], path), O_RDONLY);
    to[i] = (struct image){0};
    if (fd < 0 || fstat(fd, &st) < 0)
      continue;
    to[i] = (struct image){mem_alloc((size_t)st.st_size + 1), (size_t)st.st_size, true};
    if (read(fd, to[i].data, to[i].len) != (ssize_t)to[i].len)
      abort();
    close(fd);
  }
}

static void put_files(const char *dir, const struct image from[FILES]) {
  char path[256];
  rig_empty(dir);
  for (int i = 0; i < FILES; i++) {
    if (!from[i].there)
      continue;
    int fd = open(rig_path(dir, names[i], path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, from[i].data, from[i].len) != (ssize_t)from[i].len)
      abort();
    close(fd);
  }
}

static void make_originals(const char *dir) {
  struct rig rig;
  struct error err = {0};
  if (rig_open(&rig, dir, NULL, &err) != 0)
    abort();
  for (unsigned i = 1; i <= BATCHES; i++) {
    struct batch *b = model_batch(i);
    char school[16];
    snprintf(school, sizeof school, "s%u", i % 5);
    batch_cohorts(b, "888", school, "some basis.", 11, "advice", 6);
    if (i % 4 == 0)
      batch_cursor(b, "mis", school, i, 86400000);
    if (i == 3)
      batch_bundle(b, &rules, "rules", "return {}\n", 10);
    if (i == 4)
      batch_rule_failed(b, "888", &rules, "shadow");
    if (rig_commit(&rig, b) != 0)
      abort();
    if (i == BATCHES / 2 && (!rig_close(&rig) || rig_open(&rig, dir, NULL, &err) != 0))
      abort();
  }
  take_files(dir, originals[1]);
  if (!rig_close(&rig))
    abort();
  take_files(dir, originals[0]);
  if (rig_open(&rig, dir, NULL, &err) != 0)
    abort();
  read_all(&original, rig.store);
  if (original.named || !rig_close(&rig))
    abort();
}

/* --- cases --- */

static uint64_t seed;
static uint64_t roll(uint64_t n) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (seed >> 11) % n;
}

static struct {
  unsigned cases, harmless, repaired, at_start, at_read, wrong, by_file[FILES];
} count;

/* One in four is a truncation; else one to three bits, in one file. */
static int spoil(struct image files[FILES]) {
  int which;
  do
    which = roll(2) == 0 ? (int)roll(2) : (int)roll(FILES);
  while (!files[which].there || files[which].len == 0);
  struct image *f = &files[which];
  if (roll(4) == 0) {
    f->len = roll(f->len);
    return which;
  }
  for (uint64_t n = 1 + roll(3); n > 0; n--)
    f->data[roll(f->len)] ^= (unsigned char)(1u << roll(8));
  return which;
}

static void try_case(const char *dir, bool unchecked) {
  struct image files[FILES];
  struct rig rig;
  struct error err = {0};
  uint64_t began_with = seed;
  const struct image *from = originals[roll(2)];
  for (int i = 0; i < FILES; i++) {
    files[i] = from[i];
    files[i].data = from[i].there ? mem_dup(from[i].data, from[i].len + 1) : NULL;
  }
  int which = spoil(files);
  put_files(dir, files);
  count.cases++;
  count.by_file[which]++;
  if (rig_open(&rig, dir, &(struct store_tuning){.unchecked = unchecked}, &err) != 0) {
    count.at_start++;
    if (!*err.text)
      count.wrong++;
  } else {
    struct seen s = {.against = &original};
    read_all(&s, rig.store);
    if (s.wrong)
      fprintf(stderr, "served wrong: %s, read %d, seed %llu; %s\n", names[which], s.wrong_read,
              (unsigned long long)began_with, store_damage(rig.store));
    if (s.wrong)
      count.wrong++;
    else if (s.named)
      count.at_read++;
    else if (which == 4)
      count.repaired++; /* the head was made again, or its other slot was taken */
    else
      count.harmless++;
    if (!rig_close(&rig))
      abort();
  }
  for (int i = 0; i < FILES; i++)
    free(files[i].data);
}

int main(int argc, char **argv) {
  char dir[128];
  if (argc < 3)
    return fprintf(stderr, "usage: flips CASES SEED [unchecked]\n"), 2;
  seed = UINT64_C(0x9e3779b97f4a7c15) * (strtoull(argv[2], NULL, 10) + 1);
  log_set_level(LOG_ERROR);
  hash_init();
  rig_dir(dir);
  make_originals(dir);
  bool again = argc > 3 && strcmp(argv[3], "again") == 0;
  if (again)
    seed = strtoull(argv[2], NULL, 10);
  uint64_t start_ns = uv_hrtime();
  for (unsigned long n = strtoul(argv[1], NULL, 10); n > 0; n--)
    try_case(dir, argc > 3 && !again);
  rig_remove(dir);
  printf("{\"cases\":%u,\"harmless\":%u,\"repaired\":%u,\"named_at_start\":%u,\"named_at_read\":%u,"
         "\"served_wrong\":%u,"
         "\"database\":%u,\"log\":%u,\"shm\":%u,\"key\":%u,\"head\":%u,\"lock\":%u,\"seconds\":%."
         "1f}\n",
         count.cases, count.harmless, count.repaired, count.at_start, count.at_read, count.wrong,
         count.by_file[0], count.by_file[1], count.by_file[2], count.by_file[3], count.by_file[4],
         count.by_file[5], (double)(uv_hrtime() - start_ns) / 1e9);
  return count.wrong > 0;
}
