/* register: small numbers stay hidden, whatever is added up; whom a rule speaks to; since when a
 * row or a file has read so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../crash/store_rig.h"
#include "event/json.h"
#include "policy/rule_hash.h"
#include "register/applicability.h"
#include "register/lineage.h"
#include "register/rule_outcomes.h"

/* --- small numbers --- */

enum {
  N_PARTS = 4,
  MOST = 11
};

/* What a reader has: the total, and the parts that are shown. Nothing small may come of it. */
static void attack(const int64_t *people) {
  bool hidden[N_PARTS];
  int64_t rest = 0;
  size_t n_hidden = 0, n_shown = 0;
  suppress_parts(people, N_PARTS, hidden);
  for (size_t i = 0; i < N_PARTS; i++) {
    if (hidden[i])
      rest += people[i], n_hidden++;
    if (!hidden[i] && people[i] > 0)
      n_shown++;
    assert_true(hidden[i] || people[i] == 0 || people[i] >= SMALL);
    assert_false(hidden[i] && people[i] == 0); /* nothing is no secret */
  }
  if (n_hidden > 0 && n_shown > 0)
    assert_true(rest >= SMALL && n_hidden >= 2);
}

static void hides_enough(void **state) {
  (void)state;
  int64_t people[N_PARTS];
  for (int i = 0; i < MOST * MOST * MOST * MOST; i++) {
    for (int k = 0, rest = i; k < N_PARTS; k++, rest /= MOST)
      people[k] = rest % MOST;
    attack(people);
  }
}

static void hides_no_more_than_it_must(void **state) {
  (void)state;
  bool hidden[N_PARTS];
  suppress_parts((int64_t[]){9, 5, 6, 0}, N_PARTS, hidden);
  for (size_t i = 0; i < N_PARTS; i++)
    assert_false(hidden[i]);
  suppress_parts((int64_t[]){9, 3, 6, 7}, N_PARTS, hidden); /* the smallest that makes it enough */
  assert_true(hidden[1] && hidden[2] && !hidden[0] && !hidden[3]);
  suppress_parts((int64_t[]){9, 3, 2, 7}, N_PARTS, hidden); /* five already */
  assert_true(hidden[1] && hidden[2] && !hidden[0] && !hidden[3]);
}

/* --- whom a rule speaks to --- */

static struct catalogue *shipped(void) {
  static const char *const csv[] = {".csv", NULL};
  struct bundle b = {0};
  struct error err = {0};
  struct fault_list faults = {0};
  struct catalogue *c;
  if (bundle_read_dir(&b, SOURCE_ROOT "/rules/catalogue", "national/", csv, &err) < 0)
    fail_msg("%s", err.text);
  bundle_seal(&b, NULL);
  assert_int_equal(catalogue_create(&c, &b, &faults), 0);
  fault_list_finish(&faults);
  bundle_finish(&b);
  return c;
}

static void applies_in_sentences(void **state) {
  (void)state;
  static const struct {
    const char *scope, *words,
        *of_tass /* NULL: does not apply; "*": does, for what is not named */;
  } rows[] = {
      {"{}", "Speaks to everybody, on any competence.",
       "Speaks to everybody, whatever the post asks for."},
      {"{\"roles\":[\"TASS\"],\"competences\":[\"STL@2007/"
       "STL3\"],\"purpose\":[\"role\"],\"needs\":[\"gap\"]}",
       "Speaks to the role Teaching Assistant (TASS), on STL3, where it is rated below what the "
       "post asks for; purpose: role.",
       "Names this role; the post asks for STL3."},
      {"{\"roles\":[\"MIDS\",\"COOK\"],\"families\":[\"site\"],\"needs\":[\"unrated\",\"lapsed\"]}",
       "Speaks to the roles Midday Supervisor (MIDS) and Cook (COOK), and the role family Site and "
       "cleaning (site), on any "
       "competence, "
       "where nobody has rated it or its rating has lapsed.",
       NULL},
      {"{\"competences\":[\"X@2026/X.COOK\"]}", "Speaks to everybody, on X.COOK.", NULL},
      {"{\"competences_not\":[\"X@2026/X.ENGL\",\"X@2026/X.MATH\"],\"leaves_out\":[\"catering\"]}",
       "Speaks to everybody, on any competence but X.ENGL and X.MATH; leaves out the role family "
       "Kitchen and meals (catering).",
       "*"},
      {"{\"competences_not\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}",
       "Speaks to everybody, on any competence but 5 of them.", "*"},
      {"{\"school\":true}", "Speaks to each school as a whole, on any competence.",
       "Speaks to the school as a whole, whatever the post asks for."},
      {"{\"school\":true,\"families\":[\"learning-support\"],\"competences\":[\"STL@2007/STL3\"]}",
       "Speaks to each school as a whole, for the role family Learning support in the classroom "
       "(learning-support), on STL3.",
       "Speaks to the school as a whole for its role family, Learning support in the classroom "
       "(learning-support); the post asks "
       "for STL3."},
  };
  struct catalogue *c = shipped();
  struct arena a = {0};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct json scope;
    size_t offset;
    const char *message;
    struct buf words = {0}, why = {0};
    assert_int_equal(json_tree(&a, rows[i].scope, strlen(rows[i].scope), &scope, &offset, &message),
                     0);
    applies_to(&words, &scope, c);
    assert_string_equal(buf_cstr(&words), rows[i].words);
    assert_true(applies_of_role(&scope, c, catalogue_role(c, "TASS"), &why) ==
                (rows[i].of_tass != NULL));
    if (rows[i].of_tass && rows[i].of_tass[0] == '*')
      assert_non_null(strstr(buf_cstr(&why), "; the post asks for "));
    if (rows[i].of_tass && rows[i].of_tass[0] == '*')
      assert_null(strstr(buf_cstr(&why), "X.ENGL"));
    if (rows[i].of_tass && rows[i].of_tass[0] != '*')
      assert_string_equal(buf_cstr(&why), rows[i].of_tass);
    buf_finish(&words);
    buf_finish(&why);
  }
  arena_finish(&a);
  catalogue_destroy(c);
}

/* --- since when --- */

#define HEADINGS "rule,gap from,about\n"
#define LUA "rule \"c\" {}\n"

struct here {
  char dir[128];
  struct rig rig;
  struct policy_slot slot, *slots[1];
  struct pipeline p;
  struct lineage lineage;
  uint64_t position;
};

static struct bundle rule_bundle(const char *sheet, const char *lua) {
  struct bundle b = {0};
  bundle_add(&b, "authority/rules.csv", sheet, strlen(sheet));
  bundle_add(&b, "authority/more.lua", lua, strlen(lua));
  return b;
}

static void publish(struct here *h, const char *sheet, const char *lua, const char *more) {
  struct bundle rules = rule_bundle(sheet, lua);
  struct buf bytes = {0}, note = {0};
  char hex[65];
  bundle_seal(&rules, &bytes);
  hash256_hex(&rules.hash, hex);
  buf_printf(&note, "{\"rules\":\"%s\",\"catalogue\":\"%s\"%s}", hex, hex, more);
  struct batch *b = batch_create();
  batch_bundle(b, &rules.hash, "rules", bytes.data, bytes.len);
  batch_note(b, ++h->position, "888", NOTE_PUBLISHED, buf_cstr(&note));
  batch_note(b, ++h->position, NULL, NOTE_DAY, "{\"date\":\"2026-09-01\"}");
  assert_int_equal(rig_commit(&h->rig, b), 0);
  h->p.position = h->position;
  history_take_committed(&h->slot, h->position - 1);
  bundle_finish(&rules);
  buf_finish(&bytes);
  buf_finish(&note);
}

/* The position of the publication since which the rule has read so, of these texts; 0: not now. */
static uint64_t since(struct here *h, const char *sheet, const char *lua, const char *file,
                      const char *rule, bool of_row) {
  struct bundle rules = rule_bundle(sheet, lua);
  bundle_seal(&rules, NULL);
  struct rule_hash rule_hash;
  rule_hashes_of(&rules, &(struct rule_info){.name = rule, .file = file}, 1, &rule_hash);
  assert_true(rule_hash.found && rule_hash.row == of_row);
  bundle_finish(&rules);
  int rc;
  while ((rc = lineage_walk(&h->lineage, &h->p)) == 1) {
  }
  assert_int_equal(rc, 0);
  const struct published_once *once = lineage_since(&h->lineage, "888", rule_hash.text);
  return once ? once->act.position : 0;
}

static void since_the_row_reads_so(void **state) {
  (void)state;
  struct here h = {0};
  struct error err = {0};
  rig_dir(h.dir);
  if (rig_open(&h.rig, h.dir, NULL, &err) != 0)
    fail_msg("%s", err.text);
  h.p.store = h.rig.store;
  h.slot = (struct policy_slot){.pipeline = &h.p, .code = (char *)"888"};
  h.slots[0] = &h.slot;
  h.p.slots = h.slots;
  h.p.n_slots = 1;
  static const char *const sheet = "authority/rules.csv", *const lua = "authority/more.lua";
  const char *first = HEADINGS "a,1,One\nb,1,Two\n";
  publish(&h, first, LUA, "");
  /* columns and rows moved, one more; of a, the gap */
  const char *second = "Rule,about,note,GAP from\nb,Two,,1\na,One,,2\n";
  publish(&h, second, LUA, ",\"by\":\"m-1\",\"approved_by\":\"h-1\"");
  assert_int_equal(since(&h, second, LUA, sheet, "a", true), 3);
  assert_int_equal(since(&h, second, LUA, sheet, "b", true), 1);
  assert_int_equal(since(&h, second, LUA, lua, "c", false), 1);
  const struct published_once *last = lineage_last(&h.lineage, "888");
  assert_string_equal(last->act.by, "m-1");
  assert_string_equal(last->act.approved_by, "h-1");
  assert_null(h.lineage.items[0].act.by);
  const char *third = HEADINGS "a,1,One\nb,1,Two\n"; /* a is back, after a break */
  publish(&h, third, LUA "-- a remark\n", "");
  assert_int_equal(since(&h, third, LUA "-- a remark\n", sheet, "a", true), 5);
  assert_int_equal(since(&h, third, LUA "-- a remark\n", lua, "c", false), 5);
  assert_int_equal(since(&h, third, LUA, sheet, "b", true), 1);
  assert_int_equal(since(&h, "rule,about\nz,New\n", LUA, sheet, "z", true), 0);
  assert_null(lineage_last(&h.lineage, "999"));
  lineage_finish(&h.lineage);
  history_finish(&h.slot.history);
  assert_true(rig_close(&h.rig));
  rig_remove(h.dir);
}

int main(void) {
  if (hash_init() < 0)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hides_enough), cmocka_unit_test(hides_no_more_than_it_must),
      cmocka_unit_test(applies_in_sentences), cmocka_unit_test(since_the_row_reads_so)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
