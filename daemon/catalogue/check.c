/* check - see check.h; and what a catalogue says of itself. */
#include "catalogue/check.h"

#include <errno.h>
#include <string.h>

#include "catalogue/internal.h"

int catalogue_read_dirs(struct bundle *ret, const char *share_catalogue_dir,
                        const char *overlay_dir, struct error *err) {
  static const char *const csv[] = {".csv", NULL};
  struct bundle b = {0};
  int rc = bundle_read_dir(&b, share_catalogue_dir, "national/", csv, err);
  if (rc == 0 && overlay_dir)
    rc = bundle_read_dir(&b, overlay_dir, "authority/", csv, err);

  if (rc < 0) {
    bundle_finish(&b);
    return rc;
  }

  bundle_seal(&b, NULL);
  *ret = b;

  return 0;
}

int catalogue_check_dir(const char *share_catalogue_dir, const char *overlay_dir,
                        struct fault_list *faults, struct buf *summary_json) {
  struct bundle b = {0};
  struct error err = {0};
  struct catalogue *c = NULL;
  int rc = catalogue_read_dirs(&b, share_catalogue_dir, overlay_dir, &err);
  if (rc < 0)
    fault_list_add(faults, true, "%s", err.text);
  else
    rc = catalogue_create(&c, &b, faults);

  if (rc == 0)
    catalogue_describe(c, summary_json);
  else
    buf_puts(summary_json, "{}");

  catalogue_destroy(c);
  bundle_finish(&b);
  if (rc == 0)
    return 0;

  return -EINVAL;
}

static int certainty_column(const struct table_def *def) {
  for (int i = 0; def->columns[i].name; i++)
    if (strcmp(def->columns[i].name, "certainty") == 0)
      return i;
  return -1;
}

static bool is_low(const struct row *r, int column) {
  return column >= 0 && r->cell[column] &&
         strcmp(r->cell[column], certainty_words[CERTAINTY_LOW]) == 0;
}

static void describe_file(const struct table *t, struct buf *out) {
  int column = certainty_column(t->def);
  uint32_t low = 0, own = 0;

  for (uint32_t i = 0; i < t->n; i++) {
    low += is_low(t->rows[i], column);
    own += t->rows[i]->own != 0;
  }

  json_open(out, '{');
  json_key(out, "file");
  json_str(out, t->def->file);
  json_key(out, "rows");
  json_int(out, t->n);
  json_key(out, "authority");
  json_int(out, own);
  json_key(out, "low");
  json_int(out, low);
  json_close(out, '}');
}

static void describe_low(const struct table *t, struct buf *out) {
  int column = certainty_column(t->def);

  for (uint32_t i = 0; i < t->n; i++) {
    if (!is_low(t->rows[i], column))
      continue;

    json_open(out, '{');
    json_key(out, "row");

    _cleanup_free_ char *key = mem_strdup(t->rows[i]->key);
    for (char *p = key; *p; p++)
      if (*p == KEY_JOIN)
        *p = ' ';

    json_str(out, key);
    json_key(out, "file");
    json_str(out, t->rows[i]->file);
    json_key(out, "line");
    json_int(out, t->rows[i]->line);
    json_close(out, '}');
  }
}

/* What people may be asked to choose from. */
static void describe_codes(const struct catalogue *c, struct buf *out) {
  static const struct {
    const char *name;
    enum table_id table;
  } rows[] = {{"barrier", TABLE_BARRIER},
              {"check", TABLE_CHECK},
              {"payer", TABLE_PAYER},
              {"impact", TABLE_IMPACT}};
  json_key(out, "codes");
  json_open(out, '{');

  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    const struct table *t = &c->tables[rows[i].table];
    json_key(out, rows[i].name);
    json_open(out, '[');

    for (uint32_t k = 0; k < t->n; k++) {
      const struct coded *coded = t->rows[k]->item;
      json_open(out, '{');
      json_key(out, "code");
      json_str(out, coded->code);
      json_opt_str(out, "words", coded->words);
      json_close(out, '}');
    }

    json_close(out, ']');
  }

  json_close(out, '}');
}

/* Ratings of these are taken, and count only where a duty, a wish or a school's priority names
 * them. */
static void describe_unasked(const struct catalogue *c, struct buf *out) {
  const struct table *t = &c->tables[TABLE_COMPETENCE];

  json_key(out, "asked_of_no_role");
  json_open(out, '[');

  for (uint32_t i = 0; i < t->n; i++) {
    const struct competence *k = t->rows[i]->item;
    if (!k->asked)
      json_str(out, k->key);
  }

  json_close(out, ']');
}

void catalogue_describe(const struct catalogue *c, struct buf *out) {
  char hex[65];
  json_open(out, '{');
  json_key(out, "hash");
  json_str(out, hash256_hex(&c->hash, hex));
  json_key(out, "files");
  json_open(out, '[');
  for (uint32_t t = 0; t < TABLE_COUNT; t++)
    describe_file(&c->tables[t], out);

  json_close(out, ']');
  json_key(out, "low_certainty");
  json_open(out, '[');
  for (uint32_t t = 0; t < TABLE_COUNT; t++)
    describe_low(&c->tables[t], out);

  json_close(out, ']');
  describe_unasked(c, out);
  describe_codes(c, out);
  json_close(out, '}');
}
