/* literals - see literals.h. Each row names one argument of a method that is checked. */
#include "rules/literals.h"

#include <string.h>

#include "rules/facts.h"
#include "rules/lookup.h"
#include "rules/names.h"

#define SAY(l, line, ...) (l)->wrong((l)->arg, (line), arena_printf((l)->arena, __VA_ARGS__))

static void unknown_text(const struct literals *l, int line, const char *what, const char *text,
                         const char *near) {
  if (near)
    SAY(l, line, "unknown %s '%s'; did you mean '%s'?", what, text, near);
  else
    SAY(l, line, "unknown %s '%s'", what, text);
}

static void unknown_role(const struct literals *l, int line, const char *code) {
  const char *family = lookup_other_kind(l->catalogue, DOMAIN_ROLE, code, l->arena);
  if (family)
    SAY(l, line, "%s; a role's own code is asked for here", family);
  else
    unknown_text(l, line, "role", code, lookup_nearest(l->catalogue, DOMAIN_ROLE, code));
}

static const char *nearest_of(const char *const *words, size_t n, const char *word) {
  struct nearest near = nearest_to(word);
  for (size_t i = 0; i < n; i++)
    nearest_try(&near, words[i]);
  return nearest_best(&near);
}

static bool is_among(const char *const *words, size_t n, const char *word) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(words[i], word) == 0)
      return true;
  return false;
}

static void check_wish(const struct literals *l, int line, const char *kind, const char *code) {
  if (!kind)
    return;

  for (int i = 0; i < WISH_KINDS; i++)
    if (lookup_wish(l->catalogue, i, kind))
      return SAY(l, line,
                 "unknown kind of wish '%s'; say first what it is, as in person:wishes(\"role\", "
                 "\"HLTA\")",
                 kind);

  int of = 0;
  while (of < WISH_KINDS && strcmp(wish_words[of], kind) != 0)
    of++;

  if (of == WISH_KINDS)
    return unknown_text(l, line, "kind of wish", kind, nearest_of(wish_words, WISH_KINDS, kind));
  if (!code || lookup_wish(l->catalogue, of, code))
    return;

  if (of == WISH_ROLE)
    unknown_role(l, line, code);
  else
    unknown_text(l, line, kind, code, lookup_nearest_wish(l->catalogue, of, code));
}

static void check_holding(const struct literals *l, int line, const char *what,
                          const char *unused) {
  (void)unused;
  if (what && !lookup_holding(l->catalogue, what))
    unknown_text(l, line, "unit, qualification or class", what,
                 lookup_nearest_holding(l->catalogue, what));
}

static void check_role(const struct literals *l, int line, const char *code, const char *unused) {
  (void)unused;
  if (code && !catalogue_role(l->catalogue, code))
    unknown_role(l, line, code);
}

static void check_evidence(const struct literals *l, int line, const char *kind,
                           const char *unused) {
  (void)unused;
  if (kind && !catalogue_evidence(l->catalogue, kind))
    unknown_text(l, line, "kind of evidence", kind,
                 lookup_nearest(l->catalogue, DOMAIN_EVIDENCE, kind));
}

static void check_helper(const struct literals *l, int line, const char *need, const char *kind) {
  (void)need;
  if (kind && !is_among(helper_words, HELPER_KINDS, kind))
    unknown_text(l, line, "kind of helper", kind, nearest_of(helper_words, HELPER_KINDS, kind));
}

static void check_kind(const struct literals *l, int line, const char *kind, const char *unused) {
  (void)unused;
  if (kind && !catalogue_resolve(l->catalogue, DOMAIN_KIND, kind))
    unknown_text(l, line, "kind of development", kind,
                 lookup_nearest(l->catalogue, DOMAIN_KIND, kind));
}

static void check_family(const struct literals *l, int line, const char *code, const char *unused) {
  (void)unused;
  if (!catalogue_family(l->catalogue, code))
    unknown_text(l, line, "role family", code, lookup_nearest(l->catalogue, DOMAIN_FAMILY, code));
}

/* As need.competence spells it. */
static void check_competence(const struct literals *l, int line, const char *code,
                             const char *unused) {
  (void)unused;
  for (uint32_t i = 0; i < catalogue_n_competences(l->catalogue); i++)
    if (strcmp(catalogue_competence_at(l->catalogue, i)->slug, code) == 0)
      return;
  unknown_text(l, line, "competence", code, lookup_nearest_competence(l->catalogue, code));
}

/* The value is the key, never another name for it. */
static void check_key(const struct literals *l, int line, enum domain d, const char *what,
                      const char *code) {
  const char *key = catalogue_resolve(l->catalogue, d, code);
  if (!key || strcmp(key, code) != 0)
    unknown_text(l, line, what, code, key ? key : lookup_nearest(l->catalogue, d, code));
}

static void check_phase(const struct literals *l, int line, const char *code, const char *unused) {
  (void)unused;
  check_key(l, line, DOMAIN_PHASE, "phase", code);
}

static void check_contract(const struct literals *l, int line, const char *code,
                           const char *unused) {
  (void)unused;
  check_key(l, line, DOMAIN_CONTRACT, "contract", code);
}

void literals_arguments(const struct literals *l, int line, const char *object, const char *method,
                        const char *const texts[2]) {
  static const struct {
    const char *object, *method;
    void (*check)(const struct literals *l, int line, const char *first, const char *second);
  } rows[] = {{"person", "holds", check_holding},  {"person", "has_role", check_role},
              {"person", "wishes", check_wish},    {"need", "evidenced", check_evidence},
              {"school", "helpers", check_helper}, {"", "effect", check_kind}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (strcmp(rows[i].object, object) == 0 && strcmp(rows[i].method, method) == 0)
      rows[i].check(l, line, texts[0], texts[1]);
}

static const char *listed(const struct literals *l, const struct word_list *list) {
  const char *text = list->words[0];
  for (size_t i = 1; i < list->n; i++)
    text = arena_printf(l->arena, "%s%s%s", text, i + 1 < list->n ? ", " : " or ", list->words[i]);
  return text;
}

/* What a text never equals: a number, yes or no, a list, what is asked. */
static void check_type(const struct literals *l, int line, const char *member,
                       const struct api_row *row, const char *text) {
  if (strncmp(row->type, "integer", 7) == 0)
    SAY(l, line, "%s is a number; compare it with a number, without quotes, not with '%s'", member,
        text);
  else if (strncmp(row->type, "boolean", 7) == 0)
    SAY(l, line, "%s is true or false, without quotes, never '%s'", member, text);
  else if (strcmp(row->type, "string[]") == 0)
    SAY(l, line, "%s is a list; ask person:%s(\"%s\")", member,
        strcmp(row->name, "roles") == 0 ? "has_role" : "prefers", text);
  else if (api_row_is_function(row))
    SAY(l, line, "%s is asked, not compared: %s:%s(...)", member, row->object, row->name);
}

/* need.from == "wsh" is never true. */
void literals_compared(const struct literals *l, int line, const char *object, const char *name,
                       const char *text) {
  static const struct {
    const char *member;
    void (*check)(const struct literals *l, int line, const char *text, const char *unused);
  } rows[] = {{"person.role", check_role},
              {"need.post", check_role},
              {"need.evidence", check_evidence},
              {"person.family", check_family},
              {"cohort.family", check_family},
              {"need.competence", check_competence},
              {"cohort.competence", check_competence},
              {"school.phase", check_phase},
              {"person.contract", check_contract}};
  const char *member = arena_printf(l->arena, "%s.%s", object, name);
  const struct word_list *list = word_list_find(member);
  const struct api_row *row = api_row_find(object, name);
  if (row)
    check_type(l, line, member, row, text);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (strcmp(rows[i].member, member) == 0)
      rows[i].check(l, line, text, NULL);

  if (!list || is_among(list->words, list->n, text))
    return;

  const char *near = nearest_of(list->words, list->n, text);
  if (near)
    SAY(l, line, "%s is never '%s'; did you mean '%s'?", member, text, near);
  else
    SAY(l, line, "%s is never '%s'; it is %s", member, text, listed(l, list));
}
