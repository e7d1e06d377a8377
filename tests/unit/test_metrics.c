/* metrics - the steps of a histogram, the escaping of labels, the text that Prometheus reads, what
 * counts as well, and whom the plugin answers. */
#include "../../daemon/metrics.c"
#include "../../plugins/metrics/page.c"
#include "../../plugins/metrics/place.c"

#include <setjmp.h>
#include <stdarg.h>
/* after those */

#include <cmocka.h>

/* --- numbers --- */

static void test_histogram_steps(void **state) {
  struct histogram h = {0};
  (void)state;
  for (size_t i = 0; i < HISTOGRAM_STEPS - 1; i++) {
    if (i > 0)
      assert_true(histogram_bounds_ns[i] > histogram_bounds_ns[i - 1]);
    histogram_add(&h, histogram_bounds_ns[i], 1); /* the bound belongs to its step */
    histogram_add(&h, histogram_bounds_ns[i] + 1, 2);
  }
  assert_int_equal(h.counts[0], 1);
  for (size_t i = 1; i < HISTOGRAM_STEPS - 1; i++)
    assert_int_equal(h.counts[i], 3);
  assert_int_equal(h.counts[HISTOGRAM_STEPS - 1], 2);
  assert_int_equal(histogram_count(&h), 3 * (HISTOGRAM_STEPS - 1));
  h = (struct histogram){0};
  histogram_add(&h, 0, 1);
  histogram_add(&h, 1500, 4);
  assert_int_equal(h.counts[0], 5);
  assert_int_equal(h.sum_ns, 6000);
}

static void test_labels_are_escaped(void **state) {
  struct sheet s = {0};
  (void)state;
  assert_string_equal(label(&s, "rule", "plain-name"), "rule=\"plain-name\"");
  assert_string_equal(label(&s, "rule", "a\"b\\c\nd"), "rule=\"a\\\"b\\\\c\\nd\"");
  assert_string_equal(labels2(&s, "a", "\n\n", "b", ""), "a=\"\\n\\n\",b=\"\"");
  arena_finish(&s.arena);
}

static void test_histogram_is_cumulative(void **state) {
  struct sheet s = {0};
  struct histogram h = {0};
  (void)state;
  histogram_add(&h, 20000, 3);       /* 25 us */
  histogram_add(&h, 60000000000, 2); /* above all */
  put_histogram(&s, &h);
  assert_int_equal(s.n, HISTOGRAM_STEPS + 2);
  assert_string_equal(s.samples[1].labels, "le=\"2.5e-05\"");
  assert_true(s.samples[0].value == 0 && s.samples[1].value == 3 &&
              s.samples[HISTOGRAM_STEPS - 2].value == 3);
  assert_string_equal(s.samples[HISTOGRAM_STEPS - 1].labels, "le=\"+Inf\"");
  assert_true(s.samples[HISTOGRAM_STEPS - 1].value == 5);
  assert_string_equal(s.samples[HISTOGRAM_STEPS].suffix, "_sum");
  assert_true(s.samples[HISTOGRAM_STEPS].value > 120 && s.samples[HISTOGRAM_STEPS].value < 120.001);
  assert_string_equal(s.samples[HISTOGRAM_STEPS + 1].suffix, "_count");
  free(s.samples);
  arena_finish(&s.arena);
}

/* Two clocks read one after the other do not always give the same sum. */
static void test_the_start_does_not_move(void **state) {
  struct process first = {0}, p = {0};
  (void)state;
  read_process(&first);
  assert_true(first.started_s > 0 && first.cpu_s >= 0 && first.resident > 0);
  for (int i = 0; i < 20000; i++) {
    read_process(&p);
    assert_true(p.started_s == first.started_s);
  }
}

/* --- text --- */

static void same_page(const struct needs_metric *m, const char *want) {
  char *text;
  size_t len;
  FILE *out = open_memstream(&text, &len);
  page_metric(out, m);
  fclose(out);
  assert_string_equal(text, want);
  free(text);
}

static void test_page(void **state) {
  const struct needs_sample samples[] = {{"", "", 3},
                                         {"", "a=\"b\"", 0.5},
                                         {"", "a=\"1\"", 9007199254740991.0},
                                         {"", "a=\"2\"", 1e300},
                                         {"", "a=\"3\"", (double)INFINITY},
                                         {"", "a=\"4\"", -(double)INFINITY},
                                         {"", "a=\"5\"", (double)NAN},
                                         {"_sum", "", -2}};
  (void)state;
  same_page(&(struct needs_metric){"x_total", "One\nline \\ and \"more\".", "counter", samples,
                                   ARRAY_LEN(samples)},
            "# HELP x_total One\\nline \\\\ and \"more\".\n# TYPE x_total counter\nx_total "
            "3\nx_total{a=\"b\"} 0.5\n"
            "x_total{a=\"1\"} 9007199254740991\nx_total{a=\"2\"} "
            "1.0000000000000001e+300\nx_total{a=\"3\"} +Inf\n"
            "x_total{a=\"4\"} -Inf\nx_total{a=\"5\"} NaN\nx_total_sum -2\n");
  same_page(&(struct needs_metric){"y", "Nothing now.", "gauge", NULL, 0},
            "# HELP y Nothing now.\n# TYPE y gauge\n");
}

static void look(struct page_state *s, const char *name, const char *labels, double value) {
  page_look(
      s, &(struct needs_metric){name, "", "gauge", &(struct needs_sample){"", labels, value}, 1});
}

static void test_well_and_ready(void **state) {
  struct page_state s = {0};
  char text[200];
  (void)state;
  assert_null(page_sick(&s, text, sizeof text));
  assert_non_null(strstr(page_not_ready(&s, text, sizeof text), "not serving"));
  look(&s, "needsd_serving", "", 1);
  assert_non_null(strstr(page_not_ready(&s, text, sizeof text), "no day"));
  page_look(&s, &(struct needs_metric){"needsd_day_timestamp_seconds", "", "gauge", NULL, 0});
  assert_non_null(strstr(page_not_ready(&s, text, sizeof text), "no day"));
  look(&s, "needsd_day_timestamp_seconds", "", 0); /* 1970 is a day */
  assert_null(page_not_ready(&s, text, sizeof text));
  look(&s, "needsd_worker_down_seconds", "authority=\"888\"", DOWN_S);
  assert_null(page_sick(&s, text, sizeof text));
  look(&s, "needsd_worker_down_seconds", "authority=\"889\"", DOWN_S + 1);
  assert_non_null(strstr(page_sick(&s, text, sizeof text),
                         "authority=\"889\" has had no rules worker for 6 s"));
  assert_non_null(strstr(page_not_ready(&s, text, sizeof text), "workers not serving"));
  look(&s, "needsd_store_full", "", 1);
  assert_non_null(strstr(page_sick(&s, text, sizeof text), "disk full"));
  look(&s, "needsd_store_failed", "", 1);
  assert_non_null(strstr(page_sick(&s, text, sizeof text), "store failed"));
}

/* --- places --- */

static void test_places(void **state) {
  static const struct {
    const char *text;
    int loopback; /* -1: refused */
  } rows[] = {{"127.0.0.1:9464", 1},
              {"127.8.9.1:0", 1},
              {"localhost:80", 1},
              {"[::1]:9464", 1},
              {"0.0.0.0:1", 0},
              {"10.0.0.1:65535", 0},
              {"[::]:1", 0},
              {"[fe80::1]:1", 0},
              {"", -1},
              {"127.0.0.1", -1},
              {"127.0.0.1:", -1},
              {"127.0.0.1:x", -1},
              {"127.0.0.1:-1", -1},
              {"127.0.0.1:65536", -1},
              {":80", -1},
              {"::1:80", -1},
              {"[127.0.0.1]:80", -1},
              {"[::1]80", -1},
              {"[::1", -1},
              {"example.org:80", -1},
              {"127.1:80", -1},
              {"127.0.0.1:080000", -1},
              {"[]:80", -1},
              {"127.0.0.1:80:80", -1}};
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct place p;
    bool good = place_parse(rows[i].text, &p);
    if (good != (rows[i].loopback >= 0) || (good && p.loopback != (rows[i].loopback == 1)))
      fail_msg("'%s'", rows[i].text);
  }
}

static void test_hosts(void **state) {
  static const char *const good[] = {"localhost", "LocalHost:1", "127.0.0.1", "8.8.8.8:80",
                                     "[::1]",     "[::1]:80",    "my.name",   "MY.name:1"};
  static const char *const bad[] = {"",           ":80",         "my.name.evil",  "evil.my.name",
                                    "::1",        "[localhost]", "[::1]x",        "127.0.0.1.evil",
                                    "localhost.", "localhost:",  "localhost: 80", "my.name:80:80",
                                    "0x7f.1"};
  char wide[400];
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(good); i++)
    if (!place_host_good(good[i], "my.name"))
      fail_msg("'%s' is refused", good[i]);
  for (size_t i = 0; i < ARRAY_LEN(bad); i++)
    if (place_host_good(bad[i], "my.name"))
      fail_msg("'%s' is taken", bad[i]);
  assert_false(place_host_good(NULL, "my.name"));
  assert_false(place_host_good("my.name", NULL));
  memset(wide, 'a', sizeof wide - 1);
  wide[sizeof wide - 1] = '\0';
  assert_false(place_host_good(wide, wide));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_histogram_steps),
                                     cmocka_unit_test(test_labels_are_escaped),
                                     cmocka_unit_test(test_histogram_is_cumulative),
                                     cmocka_unit_test(test_the_start_does_not_move),
                                     cmocka_unit_test(test_page),
                                     cmocka_unit_test(test_well_and_ready),
                                     cmocka_unit_test(test_places),
                                     cmocka_unit_test(test_hosts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
