/* link - what follows from the items once they are filled: short forms, classes, units of a
 * competence, stacked profiles; and the checks that need more than one cell. One function a
 * concern, all run, every fault told. */
#include <ctype.h>
#include <string.h>

#include "base/code.h"
#include "base/search.h"
#include "catalogue/internal.h"

#define EACH(c, t, i, T, item, row_)                                                               \
  for (uint32_t i = 0; i < (c)->tables[t].n; i++)                                                  \
    for (T *item = item_of(&(c)->tables[t], i), *once_ = item; once_; once_ = NULL)                \
      for (const struct row *row_ = (c)->tables[t].rows[i]; row_; row_ = NULL)

/* --- competences: before anything refers to them --- */

static void put_short(struct names *m, struct arena *a, const struct competence *k) {
  names_put(m, a, k->code, names_get(m, k->code) ? &competence_ambiguous : k);
}

/* Two competences that one spelling may mean: answers to one would be taken for the other. `slug`
 * is the long spelling yet. */
static void check_spellings(struct catalogue *c, struct fault_list *faults) {
  struct table *t = &c->tables[TABLE_COMPETENCE];
  struct names spelt = {0};

  for (uint32_t i = 0; i < t->n; i++) {
    const struct competence *k = t->rows[i]->item;
    const char *const spellings[] = {k->slug, k->short_ok ? k->code : NULL};

    if (strlen(k->key) > WIRE_MAX)
      row_strict(c, faults, t->rows[i], "code",
                 "'%s' has %zu characters in full; at most %d are allowed, so shorten framework, "
                 "version or code",
                 k->key, strlen(k->key), WIRE_MAX);

    for (size_t s = 0; s < ARRAY_LEN(spellings) && spellings[s]; s++) {
      const struct competence *other = names_get(&spelt, spellings[s]);
      if (other && other != k)
        row_strict(c, faults, t->rows[i], "code",
                   "'%s' is spelt '%s' in ids, as '%s' is; give one of them another code", k->key,
                   spellings[s], other->key);

      names_put(&spelt, &c->arena, spellings[s], k);
    }
  }
}

void catalogue_link_competences(struct catalogue *c, struct fault_list *faults) {
  struct table *t = &c->tables[TABLE_COMPETENCE];
  c->competences = arena_alloc(&c->arena, (t->n + 1) * sizeof(const struct competence *));
  for (uint32_t i = 0; i < t->n; i++) {
    struct competence *k = t->rows[i]->item;
    k->key = t->rows[i]->key;
    k->code = t->rows[i]->cell[2];
    k->index = i;
    c->competences[i] = k;
    put_short(&c->competence_short[0], &c->arena, k);
    if (t->rows[i]->national)
      put_short(&c->competence_short[1], &c->arena, k);

    char *dotted = arena_strndup(&c->arena, k->key, strlen(k->key));
    for (char *p = dotted; *p; p++)
      if (*p == '@' || *p == '/')
        *p = '.';

    k->slug = dotted;
    names_put(&c->competence_dotted, &c->arena, dotted, k);
  }

  for (uint32_t i = 0; i < t->n; i++) {
    struct competence *k = t->rows[i]->item;
    k->short_ok = names_get(&c->competence_short[0], k->code) == k;
  }

  check_spellings(c, faults);
  for (uint32_t i = 0; i < t->n; i++) {
    struct competence *k = t->rows[i]->item;
    if (k->short_ok)
      k->slug = k->code;
  }

  for (uint32_t i = 0; i < t->by_key.cap; i++) {
    const struct row *r = t->by_key.slots[i].value;
    if (r && r->removed)
      names_put(&c->removed_short, &c->arena, r->cell[2], r);
  }
}

/* --- checks of one table --- */

static void check_evidence(struct catalogue *c, struct fault_list *faults) {
  /* the daemon itself names these */
  static const char *const needed[] = {"self", "manager", "certificate"};
  for (size_t i = 0; i < ARRAY_LEN(needed); i++)
    if (!table_row(c, TABLE_EVIDENCE, needed[i]))
      fault_list_add(faults, true,
                     "evidence.csv: the kind '%s' is missing; the daemon cannot do without it",
                     needed[i]);

  const struct row *by_rank[100] = {0};
  EACH(c, TABLE_EVIDENCE, i, struct evidence_kind, e, row) {
    if (e->rank < 1 || e->rank > 99)
      continue;

    const struct row *other = by_rank[e->rank],
                     *blamed = other && other->own && !row->own ? other : row;
    if (other)
      row_fault(faults, true, blamed, "rank",
                "'%s' has this rank already; every kind needs its own",
                (blamed == row ? other : row)->key);

    by_rank[e->rank] = row;
  }
}

static void check_gives(const struct row *row, const struct gives *g, uint32_t n,
                        struct fault_list *faults) {
  for (uint32_t i = 0; i < n; i++) {
    const struct framework *f = g[i].competence->framework;
    if (f && g[i].level >= f->n_levels)
      row_fault(faults, true, row, "gives",
                "level %d of %s does not exist; its framework has 0 to %d", g[i].level,
                g[i].competence->code, f->n_levels - 1);
  }
}

/* As awarding bodies write it, with spaces: "TDA 2.1". An event names it so. */
static bool is_unit_code(const char *code) {
  size_t n = strlen(code);
  for (size_t i = 0; i < n; i++)
    if (code[i] < 0x20 || code[i] > 0x7e)
      return false;
  return n <= CODE_MAX;
}

static void check_units(struct catalogue *c, struct fault_list *faults) {
  EACH(c, TABLE_UNIT, i, struct unit, u, row) {
    check_gives(row, u->gives, u->n_gives, faults);
    if (u->code && !is_unit_code(u->code))
      row_strict(c, faults, row, "unit",
                 "'%s' is not the code of a unit; use 1 to %d printable ASCII characters", u->code,
                 CODE_MAX);

    const struct unit *other = NULL;
    if (u->slug)
      other = names_get(&c->unit_slug, u->slug);
    if (other)
      row_fault(faults, true, row, "slug",
                "'%s' is the slug of unit '%s' already; every unit needs its own", u->slug,
                other->code);

    if (u->slug)
      names_put(&c->unit_slug, &c->arena, u->slug, u);
  }
}

static void check_qualifications(struct catalogue *c, struct fault_list *faults) {
  struct table *t = &c->tables[TABLE_QUALIFICATION];
  c->qualifications = arena_alloc(&c->arena, (t->n + 1) * sizeof(const struct qualification *));
  EACH(c, TABLE_QUALIFICATION, i, struct qualification, q, row) {
    c->qualifications[i] = q;
    check_gives(row, q->gives, q->n_gives, faults);
    if (q->opens != ABSENT && q->closes != ABSENT && q->opens > q->closes)
      row_fault(faults, true, row, "closes", "registration closes before it opens");
  }
}

/* --- gates: what a goal asks --- */

/* A list of families and roles, or "any". */
static bool are_posts(const struct catalogue *c, const char *list) {
  char name[CODE_MAX + 1];
  if (strcmp(list, "any") == 0)
    return true;

  for (const char *at = list; *at;) {
    size_t n = strcspn(at, ";");
    if (n == 0 || n > CODE_MAX)
      return false;

    memcpy(name, at, n);
    name[n] = 0;
    if (!catalogue_family(c, name) && !catalogue_role(c, name))
      return false;
    at += n + (at[n] == ';');
  }

  return true;
}

static void check_asked(struct catalogue *c, const struct gate *g, const struct row *row,
                        struct fault_list *faults) {
  static const struct {
    enum domain domain;
    const char *what, *file;
  } kinds[] = {
      [GATE_HELD] = {DOMAIN_EQUIVALENCE, "class or qualification", "equivalences.csv"},
      [GATE_EMPLOYED] = {DOMAIN_FAMILY, "family or role", "families.csv or roles.csv"},
      [GATE_WORKS] = {DOMAIN_FAMILY, "family or role", "families.csv or roles.csv"},
      [GATE_AGREED] = {DOMAIN_CHECK, "check", "practicalities.csv"},
  };
  bool post = g->kind == GATE_EMPLOYED || g->kind == GATE_WORKS;

  if (post && g->asks && are_posts(c, g->asks))
    return;
  if (!g->asks)
    row_fault(faults, true, row, "asks", "must name a %s of %s", kinds[g->kind].what,
              kinds[g->kind].file);
  else if (!catalogue_resolve(c, kinds[g->kind].domain, g->asks) &&
           !(g->kind == GATE_HELD && catalogue_qualification(c, g->asks)))
    row_fault(faults, true, row, "asks", "'%s' is no %s; it must be in %s", g->asks,
              kinds[g->kind].what, kinds[g->kind].file);
}

static void check_gates(struct catalogue *c, struct fault_list *faults) {
  EACH(c, TABLE_GATE, i, struct gate, g, row) {
    if (g->goal && !catalogue_goal(c, g->goal, &c->arena))
      row_fault(faults, true, row, "goal",
                "'%s' is no goal; write role.CODE, or a qualification after its kind, such as "
                "status.HLTA",
                g->goal);

    if (g->kind != GATE_COMPETENCES)
      check_asked(c, g, row, faults);
    else if (g->n_competences == 0)
      row_fault(faults, true, row, "competences",
                "must name competences with their levels, such as STL18:3");

    check_gives(row, g->competences, g->n_competences, faults);
  }
}

static void check_kinds(struct catalogue *c, struct fault_list *faults) {
  EACH(c, TABLE_KIND, i, struct kind, k, row) {
    if (k->formal)
      k->coded.extra = "formal";
    else
      k->coded.extra = "informal";

    if (k->coded.code && strchr(k->coded.code, '.'))
      row_strict(
          c, faults, row, "kind",
          "'%s' holds a '.', which ends the kind in an id such as unit.TDA-2.1; use '-' or '_'",
          k->coded.code);

    if (k->helper && !word_among(helper_codes, k->helper))
      row_fault(faults, true, row, "helper",
                "'%s' is no kind of helper; write mentor, coach, buddy, shadow-host, "
                "training-mentor, expert-witness or assessor",
                k->helper);

    if (k->of == OF_COMPETENCE && !table_row(c, TABLE_INFORMAL, row->key))
      row_fault(faults, true, row, "kind",
                "informal.csv needs a form of this name, which says the usual time and weeks");
  }
  EACH(c, TABLE_INFORMAL, i, struct informal, f, row) {
    if (f->kind && !table_row(c, TABLE_KIND, f->kind))
      row_fault(faults, true, row, "kind", "unknown kind '%s'%s", f->kind,
                nearest_name(c, TABLE_KIND, f->kind));
  }
}

static bool key_ok(const char *key) {
  for (const char *p = key; *p; p++)
    if (!((*p >= 'a' && *p <= 'z') || isdigit((unsigned char)*p) ||
          (*p == ' ' && p != key && p[1] && p[1] != ' ')))
      return false;
  return true;
}

static uint32_t count_words(const char *text) {
  uint32_t n = 0;
  for (const char *p = text; *p; p++)
    n += *p != ' ' && (p == text || p[-1] == ' ');
  return n;
}

static void check_small(struct catalogue *c, struct fault_list *faults) {
  EACH(c, TABLE_TITLE, i, struct title, t, row) {
    if (t->key && !key_ok(t->key))
      row_fault(faults, true, row, "key",
                "'%s' is not in the form that titles are compared in; use lower case letters, "
                "digits and single spaces",
                t->key);
  }
  EACH(c, TABLE_BARRIER, i, struct coded, b, row) {
    if (b->words && count_words(b->words) > 8)
      row_fault(faults, false, row, "words", "more than 8 words; people choose from a short list");
  }
  EACH(c, TABLE_SCHOOL, i, struct school_row, s, row) {
    if (s->phase && !catalogue_resolve(c, DOMAIN_PHASE, s->phase))
      row_fault(faults, true, row, "phase", "unknown phase '%s'%s", s->phase,
                nearest_name(c, TABLE_PHASE, s->phase));
  }
}

enum {
  RELATION_EXACT
}; /* the first of relation_words */

/* A code that is gone and exactly another one: its ratings count as the other's. */
static void check_former(struct catalogue *c, const struct crossing *x, const struct row *row,
                         struct fault_list *faults) {
  const char *slash = strchr(x->former, '/');
  const struct row *r = table_row(c, TABLE_FRAMEWORK,
                                  arena_strndup(&c->arena, x->former, (size_t)(slash - x->former)));

  if (x->relation != RELATION_EXACT || !r || !x->to->framework)
    return;

  if (names_get(&c->renamed, x->former))
    row_fault(faults, true, row, "from",
              "'%s' is exactly another competence already; one row of a code can be exact",
              x->former);

  if (!framework_same_levels(r->item, x->to->framework))
    row_fault(faults, true, row, "relation",
              "'%s' and '%s' have different levels, so that no rating of one is one of the other; "
              "write close or part",
              x->former, x->to->key);

  names_put(&c->renamed, &c->arena, x->former, x->to);
}

/* A code that is exactly another one beside it, such as that of a framework's next version: its
 * ratings count as the other's, too. */
static void check_exact(struct catalogue *c, const struct crossing *x, const struct row *row,
                        struct fault_list *faults) {
  if (x->relation != RELATION_EXACT || !x->from->framework || !x->to->framework)
    return;

  if (!framework_same_levels(x->from->framework, x->to->framework)) {
    row_strict(c, faults, row, "relation",
               "'%s' and '%s' have different levels, so that no rating of one is one of the other; "
               "write close or part",
               x->from->key, x->to->key);
    return;
  }

  if (names_get(&c->renamed, x->from->key))
    row_strict(c, faults, row, "from",
               "'%s' is exactly another competence already; one row of a code can be exact",
               x->from->key);
  else
    names_put(&c->renamed, &c->arena, x->from->key, x->to);
}

/* A framework that the crosswalk translates is translated whole. */
static void check_crosswalk(struct catalogue *c, struct fault_list *faults) {
  uint32_t n = c->tables[TABLE_COMPETENCE].n;
  bool *crossed = arena_alloc(&c->arena, n + 1),
       *framework = arena_alloc(&c->arena, c->tables[TABLE_FRAMEWORK].n + 1);
  const struct framework *base = (const void *)c->tables[TABLE_FRAMEWORK].items;

  EACH(c, TABLE_CROSSWALK, i, struct crossing, x, row) {
    if (x->former && x->to)
      check_former(c, x, row, faults);
    if (x->from && x->to)
      check_exact(c, x, row, faults);

    if (!x->from || !x->from->framework)
      continue;

    crossed[x->from->index] = true;
    framework[x->from->framework - base] = true;
  }
  EACH(c, TABLE_COMPETENCE, i, struct competence, k, row) {
    if (k->framework && framework[k->framework - base] && !crossed[i])
      row_fault(faults, false, row, "code",
                "crosswalk.csv has no row from '%s', but has from others of its framework",
                k->code);
  }
}

/* Other spellings of a code, such as the census's letters for a phase. */
static void index_also(struct catalogue *c, struct fault_list *faults) {
  for (int d = 0; d < DOMAIN_COUNT; d++) {
    const struct table *t = NULL;
    if (domain_tables[d] != TABLE_COUNT)
      t = &c->tables[domain_tables[d]];

    int column = -1;
    for (int i = 0; t && t->def->columns[i].name; i++)
      if (strcmp(t->def->columns[i].name, "also") == 0)
        column = i;

    for (uint32_t i = 0; column >= 0 && i < t->n; i++) {
      const char *also = t->rows[i]->cell[column];
      if (!also || !*also)
        continue;

      const struct row *taken = names_get(&c->also[d], also);
      if (taken || table_row(c, domain_tables[d], also))
        row_fault(faults, true, t->rows[i], "also", "'%s' means another row already", also);

      names_put(&c->also[d], &c->arena, also, t->rows[i]);
    }
  }
}

/* --- classes of equivalent qualifications --- */

static void class_fault(struct catalogue *c, const struct class *class, const char *what,
                        struct fault_list *faults) {
  const struct equivalence *first = class->members[0];
  const char *base = c->tables[TABLE_EQUIVALENCE].items;
  size_t i = (size_t)((const char *)first - base) / sizeof(*first);
  row_fault(faults, true, c->tables[TABLE_EQUIVALENCE].rows[i], "class", "'%s' %s", class->name,
            what);
}

static const struct gives *member_gives(const struct catalogue *c, const struct equivalence *e,
                                        uint32_t *ret_n) {
  *ret_n = 0;
  if (e->inner) {
    *ret_n = e->inner->n_gives;
    return e->inner->gives;
  }

  const struct qualification *q = catalogue_qualification(c, e->member);
  if (!q)
    return NULL;

  *ret_n = q->n_gives;

  return q->gives;
}

static const struct gives *given(const struct gives *list, uint32_t n,
                                 const struct competence *competence) {
  for (uint32_t i = 0; i < n; i++)
    if (list[i].competence == competence)
      return &list[i];
  return NULL;
}

/* A competence that one member does not give is not shown by holding one of the class. */
static void keep_common(struct class *class, const struct gives *more, uint32_t n) {
  uint32_t kept = 0;

  for (uint32_t i = 0; i < class->n_gives; i++) {
    struct gives g = class->gives[i];
    const struct gives *also = given(more, n, g.competence);
    if (!also)
      continue;

    if (also->level < g.level)
      g.level = also->level;
    class->gives[kept++] = g;
  }

  class->n_gives = kept;
}

/* After the classes that it contains. */
static void take_class_gives(struct catalogue *c, struct class *class) {
  for (uint32_t i = 0; i < class->n; i++) {
    uint32_t n;
    const struct gives *gives = member_gives(c, class->members[i], &n);
    if (i > 0) {
      keep_common(class, gives, n);
      continue;
    }

    class->gives = arena_alloc(&c->arena, (n + 1) * sizeof *class->gives);
    class->n_gives = n;
    if (n)
      memcpy(class->gives, gives, n * sizeof *gives);
  }
}

/* Depth first, every class once. Meeting one that is open closes a circle. */
static void walk_class(struct catalogue *c, struct class *class, int32_t depth,
                       struct fault_list *faults) {
  class->height = CLASS_OPEN;
  int32_t height = 0;

  for (uint32_t i = 0; i < class->n; i++) {
    struct class *inner = (struct class *)class->members[i]->inner;
    if (!inner)
      continue;

    if (inner->height == CLASS_OPEN)
      class_fault(c, inner, "contains itself, through its members", faults);
    else if (inner->height == CLASS_NEW && depth < CLASS_DEPTH)
      walk_class(c, inner, depth + 1, faults);

    if (inner->height == CLASS_NEW || inner->height + 1 > height) {
      if (inner->height == CLASS_NEW)
        height = CLASS_DEPTH;
      else
        height = inner->height + 1;
    }
  }

  if (height >= CLASS_DEPTH) {
    class_fault(c, class,
                "has classes in classes more than 32 deep; name the qualifications themselves",
                faults);
    height = 0;
  }

  class->height = height;
  take_class_gives(c, class);
}

static void check_member(struct catalogue *c, const struct equivalence *e, const struct row *row,
                         struct fault_list *faults) {
  if (e->member_kind == 0) {
    if (!table_row(c, TABLE_QUALIFICATION, e->member) &&
        !table_removed(c, TABLE_QUALIFICATION, e->member))
      row_fault(faults, true, row, "member", "unknown qualification '%s'%s", e->member,
                nearest_name(c, TABLE_QUALIFICATION, e->member));
  } else if (!names_get(&c->classes, e->member)) {
    row_fault(
        faults, true, row, "member",
        "unknown class '%s'; a class begins where a row of this file names it in the column class",
        e->member);
  }
}

static bool same_class(const struct equivalence *x, const struct equivalence *y) {
  return x->class && y->class && strcmp(x->class, y->class) == 0;
}

static void add_class(struct catalogue *c, uint32_t from, uint32_t to) {
  struct table *t = &c->tables[TABLE_EQUIVALENCE];
  struct class *class = arena_alloc(&c->arena, sizeof(*class));
  const struct equivalence **members = arena_alloc(&c->arena, (to - from) * sizeof(*members));
  const struct equivalence *first = item_of(t, from);

  *class = (struct class){
      .name = first->class, .members = members, .index = c->classes.n, .height = CLASS_NEW};
  for (uint32_t i = from; i < to; i++) {
    const struct equivalence *e = item_of(t, i);
    if (e->member)
      members[class->n++] = e;
  }

  if (!names_get(&c->classes, class->name))
    names_put(&c->classes, &c->arena, class->name, class);
}

static void link_classes(struct catalogue *c, struct fault_list *faults) {
  struct table *t = &c->tables[TABLE_EQUIVALENCE];
  for (uint32_t i = 0; i < t->n;) { /* sorted by class: runs */
    const struct equivalence *first = item_of(t, i);
    uint32_t end = i;
    while (end < t->n && same_class(first, item_of(t, end)))
      end++;
    if (end > i)
      add_class(c, i, end);
    if (end > i)
      i = end;
    else
      i = i + 1; /* a row without a class is a fault said already */
  }

  EACH(c, TABLE_EQUIVALENCE, i, struct equivalence, e, row) {
    if (e->member && e->class)
      check_member(c, e, row, faults);
    if (e->member && e->member_kind == 1)
      e->inner = names_get(&c->classes, e->member);
  }
  EACH(c, TABLE_EQUIVALENCE, i, struct equivalence, e, row) {
    (void)row;
    struct class *class = NULL;
    if (e->class)
      class = (struct class *)names_get(&c->classes, e->class);
    if (class && class->n > 0 && class->height == CLASS_NEW)
      walk_class(c, class, 1, faults);
  }
}

static void check_needed_classes(struct catalogue *c, struct fault_list *faults) {
  static const char *const needed[] = {"maths@1", "maths@2", "english@1", "english@2", "ict@1",
                                       "ict@2",   "level@1", "level@2",   "level@3",   "level@4",
                                       "level@5", "level@6", "level@7",   "level@8"};
  for (size_t i = 0; i < ARRAY_LEN(needed); i++)
    if (!names_get(&c->classes, needed[i]))
      fault_list_add(faults, true,
                     "equivalences.csv: the class '%s' is missing; the daemon cannot do without it",
                     needed[i]);
}

/* --- rules of combination --- */

static void check_combination(struct catalogue *c, const struct combination_row *x,
                              const struct combination_row *first, const struct row *row,
                              struct fault_list *faults) {
  if (x->unit && strcmp(x->unit, "*") != 0 && !catalogue_unit(c, x->unit) &&
      !table_removed(c, TABLE_UNIT, x->unit))
    row_fault(faults, true, row, "unit", "unknown unit '%s'%s", x->unit,
              nearest_name(c, TABLE_UNIT, x->unit));
  if ((x->rule == RULE_UNITS || x->rule == RULE_UNITS_ACROSS) && x->units == ABSENT)
    row_fault(faults, true, row, "units", "this rule needs a number of units");
  if (x->rule >= RULE_CREDITS && x->credits == ABSENT)
    row_fault(faults, true, row, "credits", "this rule needs a number of credits");
  if (x->rule == RULE_CREDITS_AT_LEVEL && x->level == ABSENT)
    row_fault(faults, true, row, "level", "this rule needs a level");
  if (x->rule != first->rule || x->units != first->units || x->credits != first->credits ||
      x->level != first->level)
    row_fault(faults, true, row, "rule",
              "differs from the group's first row; rule, units, credits and level are the same in "
              "all rows of a group");
}

static void link_combinations(struct catalogue *c, struct fault_list *faults) {
  struct names groups = {0};
  EACH(c, TABLE_COMBINATION, i, struct combination_row, x, row) {
    if (!x->qualification || !x->qualification->id || !x->group)
      continue;

    const char *group = arena_printf(&c->arena, "%s%c%s", x->qualification->id, KEY_JOIN, x->group);
    const struct combination_row *first = names_get(&groups, group);
    if (!first)
      names_put(&groups, &c->arena, group, first = x);

    check_combination(c, x, first, row, faults);
    names_put(&c->combinations, &c->arena, x->qualification->id, x);
  }
}

/* --- units of a competence --- */

/* Units without a credit come last. */
static uint32_t credit_rank(const struct unit *u) {
  if (u->credit == ABSENT)
    return UINT32_MAX;
  return (uint32_t)u->credit;
}

static int by_credit(const void *x, const void *y) {
  const struct unit *a = *(const struct unit *const *)x, *b = *(const struct unit *const *)y;
  uint32_t ca = credit_rank(a), cb = credit_rank(b);
  if (ca != cb) {
    if (ca < cb)
      return -1;
    return 1;
  }
  return strcmp(a->code, b->code);
}

/* Calls for every (unit, list it belongs to): counting first, then filling, so that room is made
 * once. */
static void each_unit_list(struct catalogue *c,
                           void (*each)(struct unit_list *list, const struct unit *u)) {
  EACH(c, TABLE_UNIT, i, struct unit, u, row) {
    (void)row;
    if (u->open == OPEN_NO || !u->code)
      continue;

    for (uint32_t g = 0; g < u->n_gives; g++)
      for (int32_t level = 0; level <= u->gives[g].level && level < MAX_LEVELS; level++)
        each(&c->units_for[u->gives[g].competence->index * MAX_LEVELS + (uint32_t)level], u);
  }
}

static void count_unit(struct unit_list *list, const struct unit *u) {
  (void)u;
  list->n++;
}

static void put_unit(struct unit_list *list, const struct unit *u) {
  ((const struct unit **)list->units)[list->n++] = u;
}

static void link_units(struct catalogue *c) {
  size_t n = ((size_t)c->tables[TABLE_COMPETENCE].n + 1) * MAX_LEVELS;
  c->units_for = arena_alloc(&c->arena, n * sizeof(*c->units_for));
  each_unit_list(c, count_unit);

  for (size_t i = 0; i < n; i++)
    if (c->units_for[i].n > 0)
      c->units_for[i] = (struct unit_list){
          arena_alloc(&c->arena, c->units_for[i].n * sizeof(const struct unit *)), 0};

  each_unit_list(c, put_unit);
  for (size_t i = 0; i < n; i++)
    if (c->units_for[i].n > 1)
      qsort((const struct unit **)c->units_for[i].units, c->units_for[i].n,
            sizeof(const struct unit *), by_credit);
}

/* --- profiles --- */

/* The scope's part after ':' when it begins with `kind`. */
static const char *scope_of(const char *scope, const char *kind) {
  size_t n = strlen(kind);
  if (strncmp(scope, kind, n) == 0)
    return scope + n;
  return NULL;
}

static bool scope_known(struct catalogue *c, const struct profile_row *p, const struct row *row,
                        struct fault_list *faults) {
  const char *family = scope_of(p->scope, "family:"), *role = scope_of(p->scope, "role:");
  enum table_id t = TABLE_ROLE;

  if (family)
    t = TABLE_FAMILY;

  const char *code = role;
  if (family)
    code = family;

  if (strcmp(p->scope, "all") == 0)
    return true;
  if (!code) {
    row_fault(faults, true, row, "scope", "'%s' is not known; write all, family:CODE or role:CODE",
              p->scope);
    return false;
  }
  if (table_row(c, t, code))
    return true;

  if (!table_removed(c, t, code) || (row->own & 1u))
    row_fault(faults, true, row, "scope", "unknown %s '%s'%s", family ? "family" : "role", code,
              nearest_name(c, t, code));

  return false;
}

static void check_profiles(struct catalogue *c, struct fault_list *faults) {
  EACH(c, TABLE_PROFILE, i, struct profile_row, p, row) {
    if (!p->scope || !p->competence || !scope_known(c, p, row, faults))
      continue;

    if (p->importance == IMPORTANCE_STATUTORY && p->purpose != PURPOSE_COMPLIANCE)
      row_fault(faults, true, row, "purpose", "a statutory row is always for compliance");
    if (p->importance == IMPORTANCE_DESIRABLE && p->purpose != PURPOSE_GROWTH)
      row_fault(faults, true, row, "purpose", "a desirable row is always for growth");

    const struct framework *f = p->competence->framework;
    if (f && p->level >= f->n_levels)
      row_fault(faults, true, row, "level", "level %d does not exist; framework %s has 0 to %d",
                p->level, f->name, f->n_levels - 1);
  }
}

struct stack {
  struct profile_row *by_competence; /* scope NULL = not there */
  uint32_t n, n_all, n_own, n_beyond;
};

/* Highest level, highest weight; purpose and scope of the row with the strictest importance, of
 * equal ones the strictest purpose.
 */
static void fold(struct profile_row *into, const struct profile_row *p) {
  if (!into->scope) {
    *into = *p;
    return;
  }

  if (p->level > into->level)
    into->level = p->level;
  if (p->weight > into->weight)
    into->weight = p->weight;
  if (p->certainty > into->certainty)
    into->certainty = p->certainty;
  if (p->importance < into->importance ||
      (p->importance == into->importance && p->purpose < into->purpose)) {
    into->importance = p->importance;
    into->purpose = p->purpose;
    into->scope = p->scope;
  }
}

static bool is_before_scope(const char *key, const char *scope, size_t len) {
  int order = strncmp(key, scope, len);
  return order < 0 || (order == 0 && (unsigned char)key[len] < KEY_JOIN);
}

/* Where the rows of a scope begin: they are sorted by scope and competence. */
static uint32_t first_of_scope(const struct table *t, const char *scope, size_t len) {
  return (uint32_t)LOWER_BOUND(t->n, i, is_before_scope(t->rows[i]->key, scope, len));
}

static void stack_scope(struct catalogue *c, const char *scope, struct stack *s, uint32_t *count) {
  const struct table *t = &c->tables[TABLE_PROFILE];
  size_t len = strlen(scope);
  for (uint32_t i = first_of_scope(t, scope, len); i < t->n; i++) {
    const struct profile_row *p = item_of(t, i);
    if (strncmp(t->rows[i]->key, scope, len) != 0 || t->rows[i]->key[len] != KEY_JOIN)
      break;
    if (!p->scope || !p->competence || strcmp(p->scope, scope) != 0)
      continue;

    s->n_beyond += count != &s->n_all && !s->by_competence[p->competence->index].scope;
    if (!s->by_competence[p->competence->index].scope)
      s->n++;

    fold(&s->by_competence[p->competence->index], p);
    ++*count;
  }
}

static void stack_role(struct catalogue *c, const struct role *role, const struct row *row,
                       struct stack *s, struct fault_list *faults) {
  uint32_t n = c->tables[TABLE_COMPETENCE].n, family = 0, kept = 0;
  memset(s->by_competence, 0, (n + 1) * sizeof(*s->by_competence));
  s->n = s->n_all = s->n_own = s->n_beyond = 0;
  stack_scope(c, "all", s, &s->n_all);
  if (role->family->code)
    stack_scope(c, arena_printf(&c->arena, "family:%s", role->family->code), s, &family);

  stack_scope(c, arena_printf(&c->arena, "role:%s", role->code), s, &s->n_own);
  if (s->n_beyond < 4)
    row_fault(faults, s->n_all + s->n_beyond == 0, row, "in_scope",
              "profiles.csv gives this role %u needs beyond those of all staff; four is the least "
              "that says something about the work",
              s->n_beyond);

  struct profile *profile = arena_alloc(&c->arena, sizeof(*profile));
  struct profile_row *rows = arena_alloc(&c->arena, (s->n + 1) * sizeof(*rows));

  for (uint32_t i = 0; i < n; i++) {
    if (!s->by_competence[i].scope)
      continue;
    struct competence *asked = c->tables[TABLE_COMPETENCE].rows[i]->item;
    asked->asked = true;
    rows[kept++] = s->by_competence[i];
  }

  *profile = (struct profile){role, rows, kept};
  names_put(&c->profiles, &c->arena, role->code, profile);
}

static void link_profiles(struct catalogue *c, struct fault_list *faults) {
  struct stack s = {.by_competence = mem_array((size_t)c->tables[TABLE_COMPETENCE].n + 1,
                                               sizeof(struct profile_row))};
  check_profiles(c, faults);
  EACH(c, TABLE_ROLE, i, struct role, role, row) {
    if (role->in_scope && role->family && role->code)
      stack_role(c, role, row, &s, faults);
  }
  free(s.by_competence);
}

void catalogue_link(struct catalogue *c, struct fault_list *faults) {
  index_also(c, faults);
  check_evidence(c, faults);
  check_units(c, faults);
  check_qualifications(c, faults);
  check_kinds(c, faults);
  check_small(c, faults);
  check_crosswalk(c, faults);
  link_classes(c, faults);
  check_needed_classes(c, faults);
  link_combinations(c, faults);
  check_gates(c, faults);
  link_units(c);
  link_profiles(c, faults);
}
