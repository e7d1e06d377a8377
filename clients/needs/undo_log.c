/* undo_log - see undo_log.h. */
#include "undo_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "conn.h"
#include "input.h"
#include "json.h"
#include "needs.h"
#include "send.h"
#include "table.h"
#include "text.h"

#define IDS_AN_EVENT 1000 /* of 32 characters: well below 64 KiB */

/* --- writing --- */

static void add_strings(struct text *t, const char *const *values, size_t n) {
  text_add(t, "[");
  for (size_t i = 0; i < n; i++) {
    if (i)
      text_add(t, ",");
    text_add_quoted(t, values[i]);
  }

  text_add(t, "]\n");
}

static void add_place(struct undo_log *p, struct text *t, const char *authority, const char *school,
                      const char *source) {
  struct text place = {0};

  text_addf(&place, "%s %s %s", authority, school, source);
  if (p->place && !strcmp(place.s, p->place)) {
    text_finish(&place);
    return;
  }

  free(p->place);
  p->place = place.s;
  text_add(t, "{\"authority\":");
  text_add_quoted(t, authority);
  text_add(t, ",\"school\":");
  text_add_quoted(t, school);
  text_add(t, ",\"source\":");
  text_add_quoted(t, source);
  text_add(t, "}\n");
}

static void add_file(struct undo_log *p, struct text *t, const char *name) {
  if (p->name && !strcmp(name, p->name))
    return;

  free(p->name);
  p->name = copy_text(name);
  text_add(t, "{\"file\":");
  text_add_quoted(t, name);
  text_add(t, "}\n");
}

/* An event that came as JSON names its own place. What takes back or erases cannot itself be taken
 * back. */
static void add_json(struct undo_log *p, struct text *t, const struct item *i) {
  json event = json_parse(i->text);
  const char *id = json_string(event, "id"), *authority = json_string(event, "authority"),
             *school = json_string(event, "school");
  const char *source = json_string(event, "source"), *type = json_string(event, "type");
  bool final = type && (!strcmp(type, "needs.record.withdrawn.v1") ||
                        !strcmp(type, "needs.person.erase.v1"));
  if (id && authority && school && source && !final) {
    add_place(p, t, authority, school, source);
    add_strings(t, (const char *const[]){id}, 1);
  }

  json_free(event);
}

static void add_row(struct undo_log *p, struct text *t, const char *id, const char *slot,
                    const char *exact, const struct settings *s, const char *source,
                    const struct sent_row *before) {
  add_place(p, t, s->authority, s->school, text_or(s->source, source));
  if (before)
    add_strings(t,
                (const char *const[]){id, slot, exact, before->slot, before->row, before->id,
                                      before->supersedes, before->exact, before->time},
                9);
  else
    add_strings(t, (const char *const[]){id, slot, exact}, 3);
}

/* --- the files --- */

struct found {
  unsigned number;
  bool undone;
};

static char *path_of(unsigned number, bool undone) {
  struct text t = {0};
  sent_state_directory(&t);
  text_addf(&t, "/push-%06u%s", number, text_if(undone, ".undone"));
  return t.s;
}

static int by_number(const void *a, const void *b) {
  const struct found *x = a, *y = b;
  if (x->number < y->number)
    return -1;
  return x->number > y->number;
}

/* False after saying why: the directory is there and cannot be read. */
static bool find_all(struct found **ret, size_t *ret_n) {
  struct text dir = {0};
  struct found *all = NULL;
  size_t n = 0;

  sent_state_directory(&dir);
  DIR *d = opendir(dir.s);
  bool good = d || errno == ENOENT;
  if (!good)
    complain("cannot read %s: %s", dir.s, strerror(errno));
  for (struct dirent *e; d && (e = readdir(d));) {
    unsigned number;
    int end = 0;
    if (sscanf(e->d_name, "push-%9u%n", &number, &end) != 1 || !end)
      continue;

    bool undone = !strcmp(e->d_name + end, ".undone");
    if (e->d_name[end] && !undone)
      continue;

    all = more_memory(all, (n + 1) * sizeof *all);
    all[n++] = (struct found){number, undone};
  }

  if (d)
    closedir(d);

  text_finish(&dir);
  if (n)
    qsort(all, n, sizeof *all, by_number);

  *ret = all;
  *ret_n = n;

  return good;
}

/* The next number; another command may take it in between. */
static void begin(struct undo_log *p) {
  size_t known;
  struct found *all;

  find_all(&all, &known);
  char now[32], *path = NULL;
  time_t clock = time(NULL);
  struct tm tm;

  strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&clock, &tm));
  sent_state_make_directory();

  unsigned number = 0;
  if (known)
    number = all[known - 1].number;
  do {
    free(path);
    path = path_of(++number, false);

    /* its user's alone, whatever the umask */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
      p->file = NULL;
    else
      p->file = fdopen(fd, "w");
  } while (!p->file && errno == EEXIST);

  if (p->file)
    p->number = number;
  if (p->file)
    fprintf(p->file, "{\"push\":%u,\"time\":\"%s\"}\n", number, now);

  free(path);
  free(all);
}

static void write_taken(struct undo_log *p, const struct text *t) {
  bool bad = !p->file || (t->s && fputs(t->s, p->file) < 0) || fflush(p->file);
  if (bad && !p->failed)
    complain("cannot keep what was sent: %s; it was sent, but --undo cannot undo it",
             strerror(errno));

  if (bad)
    p->number = 0;

  p->failed |= bad;
}

void undo_log_take(struct undo_log *p, const struct item *i, const struct settings *s,
                   const char *source, const struct sent_row *before, const char *name) {
  struct text t = {0};
  if (!p->file && !p->failed)
    begin(p);

  add_file(p, &t, name);
  if (i->slot)
    add_row(p, &t, i->id, i->slot, i->exact, s, source, before);
  else
    add_json(p, &t, i);

  write_taken(p, &t);
  text_finish(&t);
}

void undo_log_take_statement(struct undo_log *p, const struct settings *s, const char *source,
                             const struct sent_row *row, const struct sent_row *before,
                             const char *name) {
  struct text t = {0};
  if (!p->file && !p->failed)
    begin(p);
  add_file(p, &t, name);
  add_row(p, &t, row->id, row->slot, row->exact, s, source, before);
  write_taken(p, &t);
  text_finish(&t);
}

void undo_log_forget(struct undo_log *p) {
  if (!p->number)
    return;

  char *path = path_of(p->number, false);
  if (unlink(path) < 0 && errno != ENOENT)
    complain("cannot remove %s: %s; what it names was not recorded", path, strerror(errno));

  free(path);
  p->number = 0;
}

void undo_log_end(struct undo_log *p) {
  if (p->file)
    fclose(p->file);
  free(p->place);
  free(p->name);
  *p = (struct undo_log){0};
}

/* --- reading --- */

struct taken {
  char *id;
  size_t place;                /* in places */
  bool row, had;               /* a spreadsheet's row; with something before it */
  struct sent_row now, before; /* now: slot and exact only */
};
struct place {
  char *authority, *school, *source;
};
struct memory {
  unsigned number;
  bool undone;
  char *time, *files;
  struct place *places;
  struct taken *taken;
  size_t n_places, n, cap;
};

static const char *string_at(json list, size_t i) {
  const char *s = json_text(json_at(list, i));
  if (s)
    return s;
  return "";
}

static void read_id(struct memory *m, json line) {
  struct taken x = {/* without a time where an earlier release wrote it */
                    .id = copy_text(string_at(line, 0)),
                    .place = m->n_places - 1,
                    .row = json_count(line) >= 3,
                    .had = json_count(line) >= 8};
  snprintf(x.now.slot, sizeof x.now.slot, "%s", string_at(line, 1));
  snprintf(x.now.exact, sizeof x.now.exact, "%s", string_at(line, 2));
  snprintf(x.before.slot, sizeof x.before.slot, "%s", string_at(line, 3));
  snprintf(x.before.row, sizeof x.before.row, "%s", string_at(line, 4));
  snprintf(x.before.id, sizeof x.before.id, "%s", string_at(line, 5));
  snprintf(x.before.supersedes, sizeof x.before.supersedes, "%s", string_at(line, 6));
  snprintf(x.before.exact, sizeof x.before.exact, "%s", string_at(line, 7));
  snprintf(x.before.time, sizeof x.before.time, "%s", string_at(line, 8));

  if (m->n == m->cap) {
    if (m->cap)
      m->cap = m->cap * 2;
    else
      m->cap = 256;
    m->taken = more_memory(m->taken, m->cap * sizeof *m->taken);
  }

  m->taken[m->n++] = x;
}

static char *copy_or_none(const char *s) {
  return copy_text(text_or(s, ""));
}

static void read_place(struct memory *m, json line) {
  m->places = more_memory(m->places, (m->n_places + 1) * sizeof *m->places);
  m->places[m->n_places++] = (struct place){copy_or_none(json_string(line, "authority")),
                                            copy_or_none(json_string(line, "school")),
                                            copy_or_none(json_string(line, "source"))};
}

static void read_file_name(struct memory *m, const char *name) {
  struct text files = {0};
  if (m->files && strstr(m->files, name))
    return;

  text_addf(&files, "%s%s%s", text_or(m->files, ""), comma(m->files), name);
  free(m->files);
  m->files = files.s;
}

/* False: the line says nothing that belongs there. */
static bool read_memory_line(struct memory *m, json line) {
  if (!m->time) {
    m->time = copy_or_none(json_string(line, "time"));
    return json_string(line, "time") != NULL;
  }
  if (json_string(line, "file")) {
    read_file_name(m, json_string(line, "file"));
    return true;
  }
  if (json_string(line, "authority")) {
    read_place(m, line);
    return json_string(line, "school") && json_string(line, "source");
  }
  if (!m->n_places || !*string_at(line, 0))
    return false;

  read_id(m, line);

  return true;
}

/* False after saying which line cannot be read: what the file names no more could not be taken
 * back, or would be taken back half. */
static bool read_memory(struct memory *m, FILE *f, const char *path) {
  char *line = NULL;
  size_t room = 0, n = 0;
  bool good = true;

  for (ssize_t len; good && (len = getline(&line, &room, f)) > 0;) {
    json j = NULL;
    if (strlen(line) == (size_t)len && line[len - 1] == '\n')
      j = json_parse(line);

    n++;
    good = j && read_memory_line(m, j);
    json_free(j);
  }

  free(line);

  if (!good)
    complain("%s:%zu: this line cannot be read; nothing was taken back. To undo the rest of that "
             "push, remove the line; then check with needs show whether anything remains",
             path, n);
  else if (ferror(f))
    complain("cannot read %s: %s", path, strerror(errno));

  return good && !ferror(f);
}

enum loaded {
  LOADED,
  NOTHING,
  UNREADABLE
};

/* NOTHING: a push that ended before anything was accepted. UNREADABLE: after saying why. */
static enum loaded memory_load(struct memory *m, const struct found *found) {
  *m = (struct memory){.number = found->number, .undone = found->undone};
  char *path = path_of(found->number, found->undone);
  FILE *f = fopen(path, "re");
  bool gone = !f && errno == ENOENT; /* another command undid it meanwhile */

  if (!f && !gone)
    complain("cannot read %s: %s", path, strerror(errno));

  bool good = gone;
  if (f)
    good = read_memory(m, f, path);
  if (f)
    fclose(f);

  free(path);

  if (!m->files)
    m->files = copy_text("");

  if (!good)
    return UNREADABLE;
  if (m->time && m->n_places)
    return LOADED;

  return NOTHING;
}

static void memory_finish(struct memory *m) {
  for (size_t i = 0; i < m->n; i++)
    free(m->taken[i].id);
  for (size_t i = 0; i < m->n_places; i++) {
    free(m->places[i].authority);
    free(m->places[i].school);
    free(m->places[i].source);
  }

  free(m->taken);
  free(m->places);
  free(m->time);
  free(m->files);
  *m = (struct memory){0};
}

static bool memory_names(const struct memory *m, const char *id) {
  for (size_t i = 0; i < m->n; i++)
    if (!strcmp(m->taken[i].id, id))
      return true;
  return false;
}

bool undo_log_knows(const char *id) {
  struct found *all;
  size_t n;
  bool known = false;

  if (!find_all(&all, &n))
    return false;

  for (size_t i = 0; i < n && !known; i++) {
    struct memory m;
    if (all[i].undone)
      continue;
    known = memory_load(&m, &all[i]) == LOADED && memory_names(&m, id);
    memory_finish(&m);
  }

  free(all);

  return known;
}

/* --- undo --- */

static int by_text(const void *a, const void *b) {
  return strcmp(a, b);
}
static void keep_text(void *text) {
  (void)text;
}

/* Has a later push corrected what this one said? Withdrawing only the middle would leave two
 * statements of one thing. False: a later one cannot be read, which was said. */
static bool corrected_by(const struct memory *m, const struct found *all, size_t n, unsigned *ret) {
  void *ids = NULL;
  unsigned by = 0;
  bool good = true;

  for (size_t i = 0; i < m->n; i++)
    tsearch(m->taken[i].id, &ids, by_text);
  for (size_t i = 0; i < n && !by && good; i++) {
    struct memory later;
    if (all[i].number <= m->number || all[i].undone)
      continue;

    good = memory_load(&later, &all[i]) != UNREADABLE;
    for (size_t k = 0; good && k < later.n && !by; k++)
      if (later.taken[k].had && tfind(later.taken[k].before.id, &ids, by_text))
        by = later.number;

    memory_finish(&later);
  }

  tdestroy(ids, keep_text);
  *ret = by;

  return good;
}

static void add_pair(struct text *t, const char *name, const char *value) {
  text_addf(t, ",\"%s\":", name);
  text_add_quoted(t, value);
}

/* Its time and id come from the push, so that asking twice is the same event again. */
static void add_withdrawal(struct input *in, const struct memory *m, size_t from, size_t to) {
  const struct place *place = &m->places[m->taken[from].place];
  struct text of = {0}, t = {0};
  unsigned char hash[crypto_generichash_BYTES_MIN];
  char id[2 * sizeof hash + 1];

  for (size_t i = from; i < to; i++) {
    text_add(&of, i > from ? "," : "[");
    text_add_quoted(&of, m->taken[i].id);
  }

  text_add(&of, "]");
  crypto_generichash(hash, sizeof hash, (unsigned char *)of.s, of.len,
                     (const unsigned char *)"undo of a push  ", 16);
  sodium_bin2hex(id, sizeof id, hash, sizeof hash);
  text_add(&t, "{\"specversion\":\"1.0\",\"type\":\"needs.record.withdrawn.v1\"");
  add_pair(&t, "id", id);
  add_pair(&t, "source", place->source);
  add_pair(&t, "time", m->time);
  add_pair(&t, "authority", place->authority);
  add_pair(&t, "school", place->school);
  text_addf(&t, ",\"data\":{\"of\":%s,\"reason\":\"typo\"}}", of.s);

  struct item *item = input_add(in, in->n + 1);
  item->text = t.s;
  item->len = t.len;
  text_finish(&of);
}

static void add_withdrawals(struct input *in, const struct memory *m) {
  for (size_t from = 0, to; from < m->n; from = to) {
    size_t bytes = 0;
    for (to = from; to < m->n && to - from < IDS_AN_EVENT &&
                    m->taken[to].place == m->taken[from].place && bytes < 40000;
         to++)
      bytes += strlen(m->taken[to].id) + 3;

    add_withdrawal(in, m, from, to);
  }
}

static int rejected(const struct input *in, const struct exchange *x) {
  int rc = 0;

  for (size_t i = 0; i < in->n; i++) {
    json errors = NULL;
    if (in->items[i].outcome == REJECTED)
      errors = json_parse(in->items[i].errors);
    if (in->items[i].outcome == REJECTED) {
      if (x->forbidden)
        rc = EXIT_NOT_PERMITTED;
      else
        rc = EXIT_REJECTED;
    }

    for (size_t k = 0; k < json_count(errors); k++)
      complain("it cannot be undone: %s", json_string(json_at(errors, k), "message"));

    json_free(errors);
  }

  return rc;
}

static int withdraw(const struct settings *s, const struct memory *m) {
  struct input in = {.name = "undo"};
  struct conn conn;
  struct exchange x = {.conn = &conn, .server = s->server};
  int rc = conn_open(&conn, s->server);
  if (!rc) {
    add_withdrawals(&in, m);
    rc = send_items(&x, in.items, in.n);
    if (!rc)
      rc = rejected(&in, &x);
  }

  conn_close(&conn);
  free(x.position);
  input_finish(&in);

  return rc;
}

/* The state says again what it said before the push, and knows which ids are used up. `look`: only
 * whether it can be read. An exit status. */
static int restore_place(const struct memory *m, size_t place, bool look) {
  const struct place *p = &m->places[place];
  struct settings s = {.authority = p->authority, .school = p->school, .source = p->source};
  struct sent_state sent;
  int rc = sent_state_load(&sent, &s, p->source);
  if (rc || look) {
    sent_state_finish(&sent);
    return rc;
  }

  for (size_t i = m->n; i-- > 0;) {
    const struct taken *x = &m->taken[i];
    if (x->place != place || !x->row)
      continue;

    const struct sent_row *now = sent_state_find(&sent, x->now.slot, x->now.exact);
    bool mine = now && !strcmp(now->id, x->id);
    if (mine && x->had)
      sent_state_put(&sent, &x->before);
    else if (mine)
      sent_state_drop(&sent, now);

    sent_state_withdraw(&sent, x->id);
  }

  sent_state_save(&sent);
  sent_state_finish(&sent);

  return 0;
}

/* Can the state of every place be read? Before anything is withdrawn. */
static int look_at_places(const struct memory *m) {
  int rc = 0;
  for (size_t i = 0; !rc && i < m->n_places; i++)
    rc = restore_place(m, i, true);
  return rc;
}

static void mark_undone(const struct memory *m) {
  char *from = path_of(m->number, false), *to = path_of(m->number, true);
  if (rename(from, to) < 0)
    complain("cannot rename %s: %s; the undo itself is complete", from, strerror(errno));
  free(from);
  free(to);
}

static void add_when(struct text *t, const struct memory *m) {
  char date[11];
  snprintf(date, sizeof date, "%s", m->time);
  text_addf(t, "%s, ", m->files);
  add_date(t, date);
  text_addf(t, " %.5s", strlen(m->time) > 16 ? m->time + 11 : "");
}

/* Of a response that was taken back: an agreement about the same is another record. */
static void say_agreement(const struct memory *m, const struct found *all, size_t n) {
  static const char response[] = "response of ";
  struct text agreement = {0};

  if (strncmp(m->files, response, strlen(response)) != 0)
    return;

  text_addf(&agreement, "agreement of %s", m->files + strlen(response));

  for (size_t i = n; i-- > 0;) {
    struct memory other;
    bool stands = !all[i].undone && memory_load(&other, &all[i]) == LOADED;
    if (!stands)
      continue;

    bool same = !strcmp(other.files, agreement.s);
    memory_finish(&other);
    if (!same)
      continue;

    printf("the %s is still recorded; undo with: needs push --undo %u\n", agreement.s,
           all[i].number);
    break;
  }
  text_finish(&agreement);
}

static int undo_events(struct settings *s, const struct memory *m, const char *what) {
  int rc = look_at_places(m);
  if (!rc)
    rc = withdraw(s, m);

  if (rc)
    return rc;

  for (size_t i = 0; i < m->n_places; i++)
    restore_place(m, i, false);

  mark_undone(m);
  printf("push %u is undone: %zu event%s withdrawn (%s)\n", m->number, m->n, plural(m->n), what);

  return 0;
}

static int undo(struct settings *s, struct memory *m, const struct found *all, size_t n) {
  struct text what = {0};
  unsigned later = 0;
  int rc = 0;

  add_when(&what, m);
  if (m->undone)
    printf("push %u is undone already: %s\n", m->number, what.s);
  else if (!corrected_by(m, all, n, &later))
    rc = EXIT_USAGE;
  else if (later) {
    complain("push %u corrected rows of push %u since; undo %u first", later, m->number, later);
    rc = EXIT_REJECTED;
  } else
    rc = undo_events(s, m, what.s);

  if (!rc && !m->undone)
    say_agreement(m, all, n);

  text_finish(&what);

  return rc;
}

/* Of this authority, school and source, where they were given. */
static bool concerns(const struct memory *m, const struct settings *s, const char *source) {
  const struct place *p = &m->places[0];
  return (!s->authority || !strcmp(p->authority, s->authority)) &&
         (!s->school || !strcmp(p->school, s->school)) && (!source || !strcmp(p->source, source));
}

static int list(const struct settings *s, const char *source, const struct found *all, size_t n) {
  struct table t;
  size_t shown = 0, unread = 0;

  table_init(&t, 5, (const char *const[]){"push", "when (UTC)", "events", "files", ""}, 5);
  for (size_t i = 0; i < n; i++) {
    struct memory m;
    enum loaded loaded = memory_load(&m, &all[i]);

    unread += loaded == UNREADABLE;
    if (loaded == LOADED && concerns(&m, s, source)) {
      char number[16], events[24], when[32];
      snprintf(number, sizeof number, "%u", m.number);
      snprintf(events, sizeof events, "%zu", m.n);
      snprintf(when, sizeof when, "%.10s %.5s", m.time, strlen(m.time) > 16 ? m.time + 11 : "");
      table_row(&t, number, when, events, m.files, m.undone ? "undone" : NULL);
      shown++;
    }

    memory_finish(&m);
  }

  if (shown)
    table_print(&t, stdout, 0);
  else if (!unread)
    puts("there is no record of a push here");

  table_finish(&t);
  if (unread)
    return EXIT_USAGE;

  return 0;
}

static int undo_one(struct settings *s, const char *source, const char *which,
                    const struct found *all, size_t n) {
  bool last = !strcasecmp(which, "last"), undone = false;
  char *end;
  unsigned long number = strtoul(which, &end, 10);

  if (!last && (*end || !*which)) {
    complain("--undo: LAST, LIST or a push's number, not '%s'", which);
    return EXIT_USAGE;
  }

  for (size_t i = n; i-- > 0;) {
    struct memory m;
    int rc = -1;

    if (!last && all[i].number != number)
      continue;
    if (last && all[i].undone) {
      undone = true;
      continue;
    }

    enum loaded loaded = memory_load(&m, &all[i]);
    if (loaded == UNREADABLE)
      rc = EXIT_USAGE; /* it could be the one that is meant */
    if (loaded == LOADED && concerns(&m, s, source))
      rc = undo(s, &m, all, n);

    memory_finish(&m);
    if (rc >= 0)
      return rc;
  }

  if (last && undone)
    complain("all recorded pushes are already undone; needs push --undo LIST shows them");
  else if (last)
    complain("there is no record of a push here, so there is nothing to undo");
  else
    complain("there is no record of push %s here; needs push --undo LIST shows the records", which);

  return EXIT_REJECTED;
}

int undo_log_undo(struct settings *s, const char *source, const char *which) {
  size_t n;
  struct found *all;
  int rc = EXIT_USAGE;

  if (find_all(&all, &n)) {
    if (!strcasecmp(which, "list"))
      rc = list(s, source, all, n);
    else
      rc = undo_one(s, source, which, all, n);
  }

  free(all);

  return rc;
}
