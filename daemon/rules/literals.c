/* literals - see literals.h. What is looked at of a method's arguments is a row here. */
#include "rules/literals.h"

#include <string.h>

#include "rules/facts.h"
#include "rules/lookup.h"
#include "rules/names.h"

#define SAY(l, line, ...) (l)->wrong((l)->arg, (line), arena_printf((l)->arena, __VA_ARGS__))

static void unknown_text(const struct literals *l, int line, const char *what, const char *text, const char *near) {
  if (near != NULL)
    SAY(l, line, "unknown %s '%s'; did you mean '%s'?", what, text, near);
  else
    SAY(l, line, "unknown %s '%s'", what, text);
}

static const char *nearest_of(const char *const *words, size_t n, const char *word) {
  struct nearest near = nearest_to(word);
  for (size_t i = 0; i < n; i++) nearest_try(&near, words[i]);
  return nearest_best(&near);
}

static bool is_among(const char *const *words, size_t n, const char *word) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(words[i], word) == 0) return true;
  return false;
}

static void check_wish(const struct literals *l, int line, const char *kind, const char *code) {
  static const char *const kinds[] = {"role", "qualification", "competence"};
  const struct catalogue *c = l->catalogue;
  if (kind == NULL) return;
  if (!is_among(kinds, 3, kind)) return unknown_text(l, line, "kind of wish", kind, nearest_of(kinds, 3, kind));
  if (code == NULL) return;
  if (*kind == 'r' && catalogue_role(c, code) == NULL) unknown_text(l, line, kind, code, lookup_nearest(c, DOMAIN_ROLE, code));
  if (*kind == 'q' && catalogue_qualification(c, code) == NULL)
    unknown_text(l, line, kind, code, lookup_nearest(c, DOMAIN_QUALIFICATION, code));
  if (*kind == 'c' && catalogue_competence(c, code) == NULL)
    unknown_text(l, line, kind, code, lookup_nearest_competence(c, code));
}

static void check_holding(const struct literals *l, int line, const char *what, const char *unused) {
  (void)unused;
  if (what != NULL && !lookup_holding(l->catalogue, what))
    unknown_text(l, line, "unit, qualification or class", what, lookup_nearest_holding(l->catalogue, what));
}

static void check_role(const struct literals *l, int line, const char *code, const char *unused) {
  (void)unused;
  if (code != NULL && catalogue_role(l->catalogue, code) == NULL)
    unknown_text(l, line, "role", code, lookup_nearest(l->catalogue, DOMAIN_ROLE, code));
}

static void check_evidence(const struct literals *l, int line, const char *kind, const char *unused) {
  (void)unused;
  if (kind != NULL && catalogue_evidence(l->catalogue, kind) == NULL)
    unknown_text(l, line, "kind of evidence", kind, lookup_nearest(l->catalogue, DOMAIN_EVIDENCE, kind));
}

static void check_helper(const struct literals *l, int line, const char *need, const char *kind) {
  (void)need;
  if (kind != NULL && !is_among(helper_words, HELPER_KINDS, kind))
    unknown_text(l, line, "kind of helper", kind, nearest_of(helper_words, HELPER_KINDS, kind));
}

static void check_kind(const struct literals *l, int line, const char *kind, const char *unused) {
  (void)unused;
  if (kind != NULL && !catalogue_resolve(l->catalogue, DOMAIN_KIND, kind))
    unknown_text(l, line, "kind of development", kind, lookup_nearest(l->catalogue, DOMAIN_KIND, kind));
}

void literals_arguments(const struct literals *l, int line, const char *object, const char *method, const char *const texts[2]) {
  static const struct {
    const char *object, *method;
    void (*check)(const struct literals *l, int line, const char *first, const char *second);
  } rows[] = {{"person", "holds", check_holding},
              {"person", "has_role", check_role},
              {"person", "wishes", check_wish},
              {"need", "evidenced", check_evidence},
              {"school", "helpers", check_helper},
              {"", "effect", check_kind}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (strcmp(rows[i].object, object) == 0 && strcmp(rows[i].method, method) == 0) rows[i].check(l, line, texts[0], texts[1]);
}

static const char *listed(const struct literals *l, const struct word_list *list) {
  const char *text = list->words[0];
  for (size_t i = 1; i < list->n; i++)
    text = arena_printf(l->arena, "%s%s%s", text, i + 1 < list->n ? ", " : " or ", list->words[i]);
  return text;
}

/* need.from == "wsh" is never true. */
void literals_compared(const struct literals *l, int line, const char *object, const char *name, const char *text) {
  const char *member = arena_printf(l->arena, "%s.%s", object, name);
  const struct word_list *list = word_list_find(member);
  if (strcmp(member, "person.role") == 0 || strcmp(member, "need.post") == 0) check_role(l, line, text, NULL);
  if (strcmp(member, "need.evidence") == 0) check_evidence(l, line, text, NULL);
  if (list == NULL || is_among(list->words, list->n, text)) return;
  const char *near = nearest_of(list->words, list->n, text);
  if (near != NULL)
    SAY(l, line, "%s is never '%s'; did you mean '%s'?", member, text, near);
  else
    SAY(l, line, "%s is never '%s'; it is %s", member, text, listed(l, list));
}
