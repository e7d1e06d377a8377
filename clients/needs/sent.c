/* sent - which CSV rows were taken before, so that a corrected row supersedes the old one. */
#include "sent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "csv_in.h"
#include "needs.h"
#include "text.h"

static void add_directory(struct text *path) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  if (state && *state)
    text_add(path, state);
  else
    text_addf(path, "%s/.local/state", home ? home : "");
  text_add(path, "/needs");
}

static void name_file(struct sent *m, const struct settings *s) {
  struct text path = {0}, key = {0};
  unsigned char hash[crypto_generichash_BYTES_MIN];
  char hex[33];
  text_addf(&key, "%s\x1f%s\x1f%s", s->authority ? s->authority : "", s->school ? s->school : "",
            s->source ? s->source : DEFAULT_SOURCE);
  crypto_generichash(hash, sizeof hash, (unsigned char *)key.s, key.len, NULL, 0);
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  add_directory(&path);
  text_addf(&path, "/sent-%s", hex);
  text_finish(&key);
  m->path = path.s;
}

static void add(struct sent *m, const struct sent_row *row) {
  if (m->n == m->cap) {
    m->cap = m->cap ? m->cap * 2 : 256;
    m->rows = more_memory(m->rows, m->cap * sizeof *m->rows);
  }
  m->rows[m->n++] = *row;
}

static int by_slot(const void *a, const void *b) {
  return strcmp(((const struct sent_row *)a)->slot, ((const struct sent_row *)b)->slot);
}

void sent_load(struct sent *m, const struct settings *s) {
  *m = (struct sent){0};
  name_file(m, s);
  FILE *f = fopen(m->path, "re");
  char line[160];
  while (f && fgets(line, sizeof line, f)) {
    struct sent_row row;
    if (sscanf(line, "%32[0-9a-f] %32[0-9a-f] %32[0-9a-f] %32[0-9a-f-]", row.slot, row.row, row.id, row.supersedes) != 4)
      continue;
    if (!strcmp(row.supersedes, "-")) row.supersedes[0] = '\0';
    add(m, &row);
  }
  if (f) fclose(f);
  if (m->n) qsort(m->rows, m->n, sizeof *m->rows, by_slot);
  m->sorted = m->n;
}

const struct sent_row *sent_find(const struct sent *m, const char *slot) {
  struct sent_row key;
  if (!m || !m->sorted) return NULL;
  snprintf(key.slot, sizeof key.slot, "%s", slot);
  return bsearch(&key, m->rows, m->sorted, sizeof *m->rows, by_slot);
}

void sent_note(struct sent *m, const struct item *i) {
  struct sent_row *old = (struct sent_row *)sent_find(m, i->slot), row;
  snprintf(row.slot, sizeof row.slot, "%s", i->slot);
  snprintf(row.row, sizeof row.row, "%s", i->row);
  snprintf(row.id, sizeof row.id, "%s", i->id);
  snprintf(row.supersedes, sizeof row.supersedes, "%s", i->supersedes ? i->supersedes : "");
  if (old)
    *old = row;
  else
    add(m, &row);
}

static void make_directory(void) {
  struct text path = {0};
  add_directory(&path);
  for (char *p = path.s + 1; *p; p++)
    if (*p == '/') {
      *p = '\0';
      mkdir(path.s, 0700);
      *p = '/';
    }
  mkdir(path.s, 0700);
  text_finish(&path);
}

static int write_rows(const struct sent *m, FILE *f) {
  for (size_t i = 0; i < m->n; i++) {
    const struct sent_row *r = &m->rows[i];
    fprintf(f, "%s %s %s %s\n", r->slot, r->row, r->id, *r->supersedes ? r->supersedes : "-");
  }
  int bad = fflush(f) || fsync(fileno(f)) ? errno : 0;
  return fclose(f) && !bad ? errno : bad;
}

void sent_save(struct sent *m) {
  struct text fresh = {0};
  if (!m->n) return;
  make_directory();
  text_addf(&fresh, "%s.XXXXXX", m->path);
  int fd = mkstemp(fresh.s), bad = fd < 0 ? errno : 0;
  FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
  if (f) bad = write_rows(m, f);
  if (!bad && rename(fresh.s, m->path) < 0) bad = errno;
  if (bad)
    complain("cannot keep %s: %s; what was sent is safe, but a corrected row will not be recognised next time", m->path,
             strerror(bad));
  if (bad && fd >= 0) unlink(fresh.s);
  text_finish(&fresh);
}

void sent_finish(struct sent *m) {
  free(m->path), free(m->rows);
  *m = (struct sent){0};
}
