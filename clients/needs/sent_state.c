/* sent_state - see sent_state.h. */
#include "sent_state.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "needs.h"
#include "text.h"

void sent_state_directory(struct text *path) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  if (state && *state)
    text_add(path, state);
  else
    text_addf(path, "%s/.local/state", text_or(home, ""));

  text_add(path, "/needs");
}

static void name_file(struct sent_state *m, const struct settings *s, const char *source) {
  struct text path = {0}, key = {0};
  unsigned char hash[crypto_generichash_BYTES_MIN];
  char hex[33];

  text_addf(&key, "%s\x1f%s\x1f%s", text_or(s->authority, ""), text_or(s->school, ""),
            text_or(s->source, source));
  crypto_generichash(hash, sizeof hash, (unsigned char *)key.s, key.len, NULL, 0);
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  sent_state_directory(&path);
  text_addf(&path, "/sent-%s", hex);
  text_finish(&key);
  m->path = path.s;
}

static int by_slot(const void *a, const void *b) {
  return strcmp(((const struct sent_row *)a)->slot, ((const struct sent_row *)b)->slot);
}

static struct sent_row *at(const struct sent_state *m, const char *slot) {
  struct sent_row key;
  snprintf(key.slot, sizeof key.slot, "%s", slot);
  struct sent_row **found = tfind(&key, &m->tree, by_slot);
  if (found)
    return *found;
  return NULL;
}

/* In place of what its slot holds. */
static void keep(struct sent_state *m, const struct sent_row *row) {
  struct sent_row *old = at(m, row->slot);
  if (old) {
    *old = *row;
    return;
  }

  if (m->n == m->cap) {
    if (m->cap)
      m->cap = m->cap * 2;
    else
      m->cap = 256;
    m->rows = more_memory(m->rows, m->cap * sizeof *m->rows);
  }

  struct sent_row *fresh = m->rows[m->n++] = get_memory(sizeof *fresh);
  *fresh = *row;
  if (!tsearch(fresh, &m->tree, by_slot))
    abort(); /* out of memory */
}

/* A word of the line, into `ret`: `len` hexadecimal digits, or "-" where `none`. Moves *line behind
 * it. */
static bool read_hash(const char **line, char ret[33], bool none) {
  const char *s = *line + strspn(*line, " ");
  size_t len = strcspn(s, " \n");

  *line = s + len;

  if (none && len == 1 && *s == '-') {
    ret[0] = '\0';
    return true;
  }
  if (len != 32 || strspn(s, "0123456789abcdef") < len)
    return false;

  snprintf(ret, 33, "%.32s", s);

  return true;
}

static bool read_time(const char **line, char ret[28]) {
  const char *s = *line + strspn(*line, " ");
  size_t len = strcspn(s, " \n");

  *line = s + len;

  if (len >= 28 || strspn(s, "0123456789TZ:.-") < len)
    return false;

  if (strncmp(s, "-", len) != 0)
    snprintf(ret, 28, "%.*s", (int)len, s);

  return true;
}

static bool at_end(const char *line) {
  return line[strspn(line, " ")] == '\n';
}

/* slot row id supersedes [exact [time]]; "-" = none */
static bool read_row(const char *line, struct sent_row *ret) {
  *ret = (struct sent_row){0};
  if (!read_hash(&line, ret->slot, false) || !read_hash(&line, ret->row, false))
    return false;
  if (!read_hash(&line, ret->id, false) || !read_hash(&line, ret->supersedes, true))
    return false;

  memcpy(ret->exact, ret->slot, sizeof ret->exact);
  if (!at_end(line) && !read_hash(&line, ret->exact, false))
    return false;
  if (!at_end(line) && !read_time(&line, ret->time))
    return false;

  return at_end(line);
}

static bool read_line(struct sent_state *m, const char *line) {
  static const char withdrawn[] = "withdrawn ";
  struct sent_row row = {0};

  if (strncmp(line, withdrawn, strlen(withdrawn)) != 0) {
    if (!read_row(line, &row))
      return false;
    keep(m, &row);
    return true;
  }

  line += strlen(withdrawn);
  if (!read_hash(&line, row.id, false) || !at_end(line))
    return false;

  sent_state_withdraw(m, row.id);

  return true;
}

static int unreadable(const struct sent_state *m, size_t line, const char *why) {
  if (line)
    complain("%s:%zu: %s", m->path, line, why);
  else
    complain("cannot read %s: %s", m->path, why);

  complain(
      "it records what was sent before; without it a correction would be sent as a new statement; "
      "restore it from a copy, or remove it if you will not correct anything sent so far");
  return EXIT_USAGE;
}

static int read_file(struct sent_state *m, FILE *f) {
  char *line = NULL;
  size_t room = 0, n = 0;
  int rc = 0;

  for (ssize_t len; !rc && (len = getline(&line, &room, f)) > 0;) {
    n++;
    if (strlen(line) != (size_t)len || !read_line(m, line))
      rc = unreadable(m, n, "this line cannot be read");
  }

  if (!rc && ferror(f))
    rc = unreadable(m, 0, strerror(errno));

  free(line);

  return rc;
}

int sent_state_load(struct sent_state *m, const struct settings *s, const char *source) {
  *m = (struct sent_state){0};
  name_file(m, s, source);

  FILE *f = fopen(m->path, "re");
  if (!f) {
    if (errno == ENOENT)
      return 0;
    return unreadable(m, 0, strerror(errno));
  }

  int rc = read_file(m, f);
  fclose(f);
  m->changed = false;

  return rc;
}

bool sent_state_same(const char *slot, const char *exact, const char *other_exact) {
  return !strcmp(exact, other_exact) || !strcmp(exact, slot) || !strcmp(other_exact, slot);
}

const struct sent_row *sent_state_find(const struct sent_state *m, const char *slot,
                                       const char *exact) {
  const struct sent_row *row = NULL;
  if (m)
    row = at(m, slot);

  if (row && sent_state_same(slot, exact, row->exact))
    return row;
  if (m)
    return at(m, exact);
  return NULL;
}

/* Where another framework's competence of the same code has the slot, the row is kept under its
 * exact name. */
void sent_state_put(struct sent_state *m, const struct sent_row *row) {
  struct sent_row kept = *row;
  const struct sent_row *there = sent_state_find(m, row->slot, row->exact),
                        *first = at(m, row->slot);
  if (there)
    memcpy(kept.slot, there->slot, sizeof kept.slot);
  else if (first)
    memcpy(kept.slot, row->exact, sizeof kept.slot);

  if (there && !strcmp(row->exact, row->slot))
    memcpy(kept.exact, there->exact, sizeof kept.exact); /* the framework stays known */

  keep(m, &kept);
  m->changed = true;
}

void sent_state_drop(struct sent_state *m, const struct sent_row *row) {
  for (size_t i = 0; i < m->n; i++)
    if (!strcmp(m->rows[i]->slot, row->slot)) {
      tdelete(m->rows[i], &m->tree, by_slot);
      free(m->rows[i]);
      m->rows[i] = m->rows[--m->n];
      m->changed = true;
      return;
    }
}

void sent_state_note(struct sent_state *m, const struct item *i) {
  struct sent_row row = {0};
  snprintf(row.slot, sizeof row.slot, "%s", i->slot);
  snprintf(row.exact, sizeof row.exact, "%s", i->exact);
  snprintf(row.row, sizeof row.row, "%s", i->row);
  snprintf(row.id, sizeof row.id, "%s", i->id);
  snprintf(row.supersedes, sizeof row.supersedes, "%s", text_or(i->supersedes, ""));
  sent_state_put(m, &row);
}

static int by_text(const void *a, const void *b) {
  return strcmp(a, b);
}

bool sent_state_withdrawn(const struct sent_state *m, const char *id) {
  return m && tfind(id, &m->withdrawn, by_text);
}

void sent_state_withdraw(struct sent_state *m, const char *id) {
  if (sent_state_withdrawn(m, id))
    return;

  if (!tsearch(copy_text(id), &m->withdrawn, by_text))
    abort(); /* out of memory */
  m->changed = true;
}

void sent_state_make_directory(void) {
  struct text path = {0};
  sent_state_directory(&path);
  for (char *p = path.s + 1; *p; p++)
    if (*p == '/') {
      *p = '\0';
      mkdir(path.s, 0700);
      *p = '/';
    }

  mkdir(path.s, 0700);
  text_finish(&path);
}

static void write_withdrawn(const void *node, VISIT visit, void *f) {
  if (visit == postorder || visit == leaf)
    fprintf(f, "withdrawn %s\n", *(char *const *)node);
}

static const char *or_dash(const char *text) {
  if (*text)
    return text;
  return "-";
}

static int write_rows(const struct sent_state *m, FILE *f) {
  for (size_t i = 0; i < m->n; i++) {
    const struct sent_row *r = m->rows[i];
    fprintf(f, "%s %s %s %s %s %s\n", r->slot, r->row, r->id, or_dash(r->supersedes), r->exact,
            or_dash(r->time));
  }

  twalk_r(m->withdrawn, write_withdrawn, f);
  int bad = 0;
  if (fflush(f) || fsync(fileno(f)))
    bad = errno;

  if (fclose(f) && !bad)
    return errno;

  return bad;
}

void sent_state_save(struct sent_state *m) {
  struct text fresh = {0};
  if (!m->changed)
    return;

  sent_state_make_directory();
  text_addf(&fresh, "%s.XXXXXX", m->path);

  int fd = mkstemp(fresh.s), bad = fd < 0 ? errno : 0;
  FILE *f = NULL;

  if (fd >= 0)
    f = fdopen(fd, "w");
  if (f)
    bad = write_rows(m, f);
  if (!bad && rename(fresh.s, m->path) < 0)
    bad = errno;
  if (bad)
    complain(
        "cannot keep %s: %s; what was sent is safe, but a later correction will not be recognised",
        m->path, strerror(bad));

  if (bad && fd >= 0)
    unlink(fresh.s);

  text_finish(&fresh);
}

void sent_state_finish(struct sent_state *m) {
  tdestroy(m->tree, free);
  tdestroy(m->withdrawn, free);
  free(m->path);
  free(m->rows);
  *m = (struct sent_state){0};
}
