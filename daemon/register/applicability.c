/* speaks - whom and what a rule speaks to, in plain words. See applicability.h. */
#include "register/applicability.h"

#include <string.h>
#include <sys/param.h>

#include "event/json.h"

enum {
  NAMED = 4 /* as many competences are named; of more, how many there are */
};

/* --- lists in words --- */

static const struct json *list_of(const struct json *scope, const char *key) {
  const struct json *list = json_member(scope, key);
  if (list && list->kind == JSON_ARRAY && list->n > 0)
    return list;
  return NULL;
}

static bool holds(const struct json *list, const char *code) {
  for (uint32_t i = 0; list && i < list->n; i++)
    if (list->items[i].kind == JSON_STRING && strcmp(list->items[i].text, code) == 0)
      return true;
  return false;
}

/* Before the item at `i` of `n`: nothing, a comma, or the last word. */
static void join(struct buf *out, uint32_t i, uint32_t n, const char *last) {
  if (i > 0)
    buf_printf(out, i + 1 < n ? ", " : " %s ", last);
}

static void add_role(struct buf *out, const struct catalogue *c, const char *code) {
  const struct role *role = catalogue_role(c, code);
  if (role)
    buf_printf(out, "%s (%s)", role->title, code);
  else
    buf_puts(out, code);
}

static void add_family(struct buf *out, const struct catalogue *c, const char *code) {
  const struct family *family = catalogue_family(c, code);
  if (family && family->words)
    buf_printf(out, "%s (%s)", family->words, code);
  else
    buf_puts(out, code);
}

static void add_competence(struct buf *out, const struct catalogue *c, const char *key) {
  const struct competence *k = catalogue_competence(c, key);
  buf_puts(out, k && k->short_ok ? k->code : key);
}

typedef void named(struct buf *out, const struct catalogue *c, const char *code);

static void add_list(struct buf *out, const struct catalogue *c, const struct json *list,
                     named *name, const char *last) {
  for (uint32_t i = 0; i < list->n; i++) {
    join(out, i, list->n, last);
    name(out, c, list->items[i].text);
  }
}

/* --- the sentence --- */

static bool of_school(const struct json *scope) {
  const struct json *school = json_member(scope, "school");
  return school && school->kind == JSON_BOOL && school->boolean;
}

static void add_whom(struct buf *out, const struct json *scope, const struct catalogue *c) {
  const struct json *roles = list_of(scope, "roles"), *families = list_of(scope, "families");
  if (of_school(scope))
    buf_puts(out, families ? "each school as a whole, for " : "each school as a whole");
  if (!roles && !families && !of_school(scope))
    buf_puts(out, "everybody");
  if (roles)
    buf_puts(out, roles->n > 1 ? "the roles " : "the role ");
  if (roles)
    add_list(out, c, roles, add_role, "and");
  if (roles && families)
    buf_puts(out, ", and ");
  if (families)
    buf_puts(out, families->n > 1 ? "the role families " : "the role family ");
  if (families)
    add_list(out, c, families, add_family, "and");
}

/* Of those named, or of all but those. */
static void add_competences(struct buf *out, const struct json *list, const struct json *but,
                            const struct catalogue *c) {
  const struct json *named = list;
  if (but)
    named = but;

  bool few = named && named->n <= NAMED;
  if (!list)
    buf_puts(out, but ? "any competence but " : "any competence");
  if (few)
    add_list(out, c, named, add_competence, "and");
  if (named && !few)
    buf_printf(out, but ? "%u of them" : "any of %u competences", named->n);
}

static void add_left_out(struct buf *out, const struct json *families, const struct catalogue *c) {
  if (!families)
    return;

  buf_puts(out,
           families->n > 1 ? "; leaves out the role families " : "; leaves out the role family ");
  add_list(out, c, families, add_family, "and");
}

struct word {
  const char *code, *words;
};

static void add_words(struct buf *out, const struct json *list, const struct word *words,
                      size_t n) {
  uint32_t at = 0;

  for (size_t i = 0; i < n; i++) {
    if (!holds(list, words[i].code))
      continue;
    join(out, at++, list->n, "or");
    buf_puts(out, words[i].words);
  }
}

void applies_to(struct buf *out, const struct json *scope, const struct catalogue *c) {
  static const struct word states[] = {{"unrated", "nobody has rated it"},
                                       {"lapsed", "its rating has lapsed"},
                                       {"gap", "it is rated below what the post asks for"},
                                       {"met", "it is met, and wanted all the same"},
                                       {"confirm", "its rating wants confirming"}};
  static const struct word purposes[] = {
      {"compliance", "compliance"}, {"role", "role"}, {"growth", "growth"}};
  const struct json *needs = list_of(scope, "needs"), *purpose = list_of(scope, "purpose");

  buf_puts(out, "Speaks to ");
  add_whom(out, scope, c);
  buf_puts(out, ", on ");
  add_competences(out, list_of(scope, "competences"), list_of(scope, "competences_not"), c);
  if (needs)
    buf_puts(out, ", where ");
  if (needs)
    add_words(out, needs, states, ARRAY_LEN(states));
  if (purpose)
    buf_puts(out, "; purpose: ");
  if (purpose)
    add_words(out, purpose, purposes, ARRAY_LEN(purposes));

  add_left_out(out, list_of(scope, "leaves_out"), c);
  buf_puts(out, ".");
}

/* --- of a role --- */

static bool names_role(const struct json *scope, const struct catalogue *c, const struct role *role,
                       struct buf *out) {
  const struct json *roles = list_of(scope, "roles"), *families = list_of(scope, "families");
  if (holds(roles, role->code)) {
    buf_puts(out, "Names this role");
  } else if (role->family && holds(families, role->family->code)) {
    buf_puts(out, of_school(scope) ? "Speaks to the school as a whole for its role family, "
                                   : "Speaks to its role family, ");
    add_family(out, c, role->family->code);
  } else if (!roles && !families) {
    buf_puts(out, of_school(scope) ? "Speaks to the school as a whole" : "Speaks to everybody");
  } else {
    return false;
  }

  return true;
}

/* The first few of its competences that the role's profile has; the number of all of them. Of all
 * but those on the list, where that is meant. */
static uint32_t in_profile(const struct json *list, bool all_but, const struct catalogue *c,
                           const struct role *role, const char *ret[NAMED]) {
  uint32_t n, found = 0;
  const struct profile_row *rows = catalogue_profile(c, role->code, &n);

  for (uint32_t i = 0; i < n; i++) {
    if (holds(list, rows[i].competence->key) == all_but)
      continue;
    if (found < NAMED)
      ret[found] = rows[i].competence->key;
    found++;
  }

  return found;
}

bool applies_of_role(const struct json *scope, const struct catalogue *c, const struct role *role,
                     struct buf *ret_why) {
  const struct json *but = list_of(scope, "competences_not"),
                    *list = but ? but : list_of(scope, "competences");
  const char *keys[NAMED];
  uint32_t n = list ? in_profile(list, but != NULL, c, role, keys) : 0, shown = MIN(n, NAMED);
  if ((list && n == 0) || !names_role(scope, c, role, ret_why))
    return false;

  if (list)
    buf_puts(ret_why, "; the post asks for ");
  for (uint32_t i = 0; i < shown; i++) {
    join(ret_why, i, n, "and");
    add_competence(ret_why, c, keys[i]);
  }

  if (n > shown)
    buf_printf(ret_why, " and %u more of its competences", n - shown);

  buf_puts(ret_why, list ? "." : ", whatever the post asks for.");

  return true;
}
