/* facts_support - the shipped catalogue and events written as JSON, for tests of people and needs.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "needs/helper_pool.h"
#include "needs/needs.h"
#include "needs/offer_list.h"

static const unsigned char test_key[32] = {1};

static inline struct catalogue *shipped_catalogue(void) {
  static const char *const suffixes[] = {".csv", NULL};
  struct bundle b = {0};
  struct error err = {0};
  struct fault_list faults = {0};
  struct catalogue *c = NULL;
  assert_int_equal(bundle_read_dir(&b, SOURCE_ROOT "/rules/catalogue", "national/", suffixes, &err),
                   0);
  bundle_seal(&b, NULL);
  assert_int_equal(catalogue_create(&c, &b, &faults), 0);
  fault_list_finish(&faults);
  bundle_finish(&b);
  return c;
}

/* One event of school s1 from its parts; `subject` may be NULL, `more` is further envelope text
 * such as ",\"supersedes\":\"a\"".
 */
static inline struct event *make_event(const struct catalogue *c, const char *kind, const char *id,
                                       const char *subject, const char *time, const char *data,
                                       const char *more) {
  struct arena a = {0};
  struct buf b = {0};
  struct events events;
  struct fault fault;
  buf_printf(&b,
             "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"test\",\"type\":\"needs.%s.v1\","
             "\"time\":\"%s\",\"authority\":"
             "\"888\",\"school\":\"s1\"",
             id, kind, time);
  if (subject)
    buf_printf(&b, ",\"subject\":\"%s\"", subject);
  buf_printf(&b, "%s,\"data\":%s}", more, data);
  assert_int_equal(events_parse(&a, buf_cstr(&b), b.len, &(struct instant){INT64_MAX / 2, 0},
                                test_key, &events, &fault),
                   0);
  struct event *e = &events.items[0];
  if (e->faults.n == 0)
    event_resolve(e, &a, c);
  if (e->faults.n)
    fail_msg("%s %s: %s", e->faults.faults[0].pointer, e->faults.faults[0].message, buf_cstr(&b));
  struct event *kept = event_keep(e);
  arena_finish(&a);
  buf_finish(&b);
  return kept;
}

static inline int32_t day_of(const char *text) {
  int32_t day = 0;
  assert_true(date_parse(text, strlen(text), &day));
  return day;
}

static inline void finish_people(struct people *p) {
  for (size_t i = 0; i < p->n_authorities; i++)
    for (size_t j = 0; j < p->authorities[i]->n_schools; j++) {
      helper_pool_destroy(p->authorities[i]->schools[j]->helper_pool);
      offer_list_destroy(p->authorities[i]->schools[j]->offer_list);
    }
  people_finish(p);
}
