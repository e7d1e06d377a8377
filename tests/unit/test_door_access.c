/* Access: what a principal may do where. Only `local` can come in today; the checks are already
 * those for keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "door/filter.h"

static const struct scope one_school[] = {{"888", "8884001", NULL}};
static const struct scope one_person[] = {{"888", "8884001", "p-0193"}};
static const struct scope one_authority[] = {{"888", NULL, NULL}};
static const struct scope two_schools[] = {{"888", "8884001", NULL}, {"889", "8894001", NULL}};

static const struct principal school = {"school", ACTION_PUSH | ACTION_READ, AUDIENCE_ALL,
                                        one_school, 1};
static const struct principal helper_pool = {"board", ACTION_READ,
                                             AUDIENCE_SCHOOL | AUDIENCE_AUTHORITY, one_school, 1};
static const struct principal person = {"person", ACTION_READ, AUDIENCE_ALL, one_person, 1};
static const struct principal adviser = {"adviser", ACTION_READ, AUDIENCE_ALL, one_authority, 1};
static const struct principal trust = {"trust", ACTION_READ, AUDIENCE_ALL, two_schools, 2};
static const struct principal nowhere = {"nowhere", ACTION_ALL, AUDIENCE_ALL, NULL, 0};

static void local_is_whoever_has_no_user_id(void **state) {
  (void)state;
  assert_ptr_equal(access_principal(NULL), &access_local);
  assert_null(access_principal("anything"));
  assert_null(access_principal(""));
  assert_true(access_may(&access_local, ACTION_ADMIN, NULL, NULL, NULL, NULL));
  assert_true(access_may(&access_local, ACTION_PUSH, "888", "-", NULL, NULL));
  assert_true(access_may(&access_local, ACTION_READ, "888", "8884001", "p-0193", "person"));
  assert_false(access_may(NULL, ACTION_READ, "888", "8884001", NULL, NULL));
}

struct row {
  const struct principal *who;
  enum action action;
  const char *authority, *school, *person, *audience;
  bool may;
};
static const struct row rows[] = {
    {&school, ACTION_PUSH, "888", "8884001", "p-1", NULL, true},
    {&school, ACTION_PUSH, "888", "8884001", NULL, NULL, true},
    {&school, ACTION_PUSH, "888", "8884002", "p-1", NULL, false},
    {&school, ACTION_PUSH, "889", "8884001", "p-1", NULL, false},
    {&school, ACTION_PUSH, "888", "88840010", "p-1", NULL, false}, /* whole segments */
    {&school, ACTION_PUSH, "888", "-", NULL, NULL, false},
    {&school, ACTION_ADMIN, "888", "8884001", NULL, NULL, false},
    {&school, ACTION_READ, NULL, NULL, NULL, NULL, false},
    {&helper_pool, ACTION_PUSH, "888", "8884001", "p-1", NULL, false},
    {&helper_pool, ACTION_READ, "888", "8884001", "p-1", "school", true},
    {&helper_pool, ACTION_READ, "888", "8884001", "p-1", "manager", false},
    {&helper_pool, ACTION_READ, "888", "8884001", "p-1", "person", false},
    {&helper_pool, ACTION_READ, "888", "8884001", "p-1", "everyone", false},
    {&person, ACTION_READ, "888", "8884001", "p-0193", "person", true},
    {&person, ACTION_READ, "888", "8884001", "p-0194", "school", false},
    {&person, ACTION_READ, "888", "8884001", NULL, "school", false},
    {&adviser, ACTION_READ, "888", "-", NULL, "authority", true},
    {&adviser, ACTION_READ, "888", "8884002", "p-1", NULL, true},
    {&adviser, ACTION_READ, "889", "-", NULL, "authority", false},
    {&trust, ACTION_READ, "889", "8894001", "p-1", NULL, true},
    {&trust, ACTION_READ, "888", "8894001", "p-1", NULL, false}, /* rows do not mix */
    {&nowhere, ACTION_READ, "888", "8884001", NULL, NULL, false},
};

static void every_row_holds(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    const struct row *r = &rows[i];
    if (access_may(r->who, r->action, r->authority, r->school, r->person, r->audience) != r->may)
      fail_msg("row %zu: %s at %s/%s/%s", i, r->who->name, r->authority, r->school, r->person);
  }
}

static void a_topic_may_be_wider_than_the_scope_but_not_beside_it(void **state) {
  (void)state;
  assert_true(access_overlaps(&school, "888", NULL, NULL));
  assert_true(access_overlaps(&school, "888", "8884001", "p-1"));
  assert_false(access_overlaps(&school, "888", "8884002", NULL));
  assert_false(access_overlaps(&school, "889", NULL, NULL));
  assert_false(access_overlaps(&person, "888", "8884001", "p-0194"));
  assert_true(access_overlaps(&trust, NULL, NULL, NULL));
  assert_false(access_overlaps(&nowhere, NULL, NULL, NULL));
  assert_false(access_overlaps(NULL, NULL, NULL, NULL));
}

static char *written(const struct principal *who, const struct outbox_row *row) {
  struct buf out = {0};
  filter_write(who, row, &out);
  char *text = mem_strndup((const char *)out.data, out.len);
  buf_finish(&out);
  return text;
}

static void sequence_is_left_out_where_there_would_be_holes(void **state) {
  (void)state;
  static const char body[] = "{\"id\":\"x\",\"sequence\":\"000000000041\",\"data\":{\"text\":\","
                             "\\\"sequence\\\":\\\"000000000041\\\"\"}}";
  static const char less[] =
      "{\"id\":\"x\",\"data\":{\"text\":\",\\\"sequence\\\":\\\"000000000041\\\"\"}}";
  struct outbox_row row = {.position = 900,
                           .sequence = 41,
                           .authority = "888",
                           .school = "8884001",
                           .subject = "p-0193",
                           .type = "needs.recommendation.issued.v1",
                           .audience = "school",
                           .body = body,
                           .len = sizeof body - 1};
  const struct {
    const struct principal *who;
    const char *text;
  } expected[] = {{&access_local, body},
                  {&school, body},
                  {&adviser, body},
                  {&helper_pool, less},
                  {&person, less}};
  for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
    _cleanup_free_ char *text = written(expected[i].who, &row);
    assert_string_equal(text, expected[i].text);
  }
}

static void a_row_passes_by_scope_audience_and_topic(void **state) {
  (void)state;
  struct outbox_row row = {.authority = "888",
                           .school = "8884001",
                           .subject = "p-0193",
                           .type = "needs.disagreement.v1",
                           .audience = "person"};
  struct topic t;
  struct topics none = {0}, other = {&t, 1};
  assert_null(topic_read("888/8884002", 11, &t));
  assert_true(filter_passes(&access_local, &none, &row));
  assert_false(filter_passes(&access_local, &other, &row));
  assert_true(filter_passes(&person, &none, &row));
  assert_false(filter_passes(&helper_pool, &none, &row));
  row.school = "8884002";
  assert_true(filter_passes(&access_local, &other, &row));
  assert_false(filter_passes(&school, &other, &row));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(local_is_whoever_has_no_user_id),
      cmocka_unit_test(every_row_holds),
      cmocka_unit_test(a_topic_may_be_wider_than_the_scope_but_not_beside_it),
      cmocka_unit_test(sequence_is_left_out_where_there_would_be_holes),
      cmocka_unit_test(a_row_passes_by_scope_audience_and_topic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
