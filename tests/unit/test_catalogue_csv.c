/* Spreadsheets as programs really write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue/csv.h"

struct ctx {
  struct arena a;
  struct fault_list f;
  struct csv_sheet s;
  bool ok;
};

static struct ctx read_bytes(const void *text, size_t len) {
  struct ctx x = {0};
  x.ok = csv_read(&x.s, "t.csv", text, len, &x.a, &x.f);
  return x;
}

#define READ(text) read_bytes(text, sizeof(text) - 1)

static void done(struct ctx *x) {
  fault_list_finish(&x->f);
  arena_finish(&x->a);
}

static void plain_rows(struct ctx *x) {
  assert_true(x->ok);
  assert_int_equal(x->s.n_columns, 2);
  assert_string_equal(x->s.column[0], "code");
  assert_string_equal(x->s.column[1], "the_words");
  assert_int_equal(x->s.n_rows, 2);
  assert_string_equal(x->s.rows[0].cell[0], "a");
  assert_string_equal(x->s.rows[0].cell[1], "caf\xc3\xa9");
  assert_string_equal(x->s.rows[1].cell[1], "");
}

/* The same two rows in every dress: each must read alike. */
static void test_encodings(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t len, warnings;
  } dresses[] = {
#define DRESS(t, w) {t, sizeof(t) - 1, w}
      DRESS("code,The words\na,caf\xc3\xa9\nb,\n", 0),
      DRESS("\xef\xbb\xbf"
            "code,The words\r\na,caf\xc3\xa9\r\nb,\r\n",
            0),
      DRESS("code;The words\ra;caf\xc3\xa9\rb;", 0),
      DRESS("code\tThe words\na\tcaf\xc3\xa9\nb", 0),
      DRESS("sep=;\r\ncode;The words\r\na;caf\xc3\xa9\r\nb;\r\n", 0),
      DRESS("code,The words,,\na,caf\xc3\xa9,,\nb,,,\n,,,\n", 0),
      DRESS("code,The\xc2\xa0words\n\xc2\xa0"
            "a\xc2\xa0,caf\xc3\xa9\xc2\xa0\nb,\xc2\xa0\n",
            0),
      DRESS("code,The words\na,caf\xe9\nb,\n", 1),
      DRESS("\xff\xfe"
            "c\0o\0d\0e\0,\0T\0h\0e\0 \0w\0o\0r\0d\0s\0\n\0a\0,\0c\0a\0f\0\xe9\0\n\0b\0",
            1),
      DRESS("\xfe\xff"
            "\0c\0o\0d\0e\0,\0T\0h\0e\0 \0w\0o\0r\0d\0s\0\n\0a\0,\0c\0a\0f\0\xe9\0\n\0b",
            1),
      DRESS("c\0o\0d\0e\0,\0T\0h\0e\0 \0w\0o\0r\0d\0s\0\n\0a\0,\0c\0a\0f\0\xe9\0\n\0b\0", 1),
  };
  for (size_t i = 0; i < ARRAY_LEN(dresses); i++) {
    struct ctx x = read_bytes(dresses[i].text, dresses[i].len);
    plain_rows(&x);
    assert_int_equal(x.f.errors, 0);
    assert_int_equal(x.f.n, dresses[i].warnings);
    done(&x);
  }
}

static void test_windows_marks(void **state) {
  (void)state;
  struct ctx x = READ("a\n\x80 \x93q\x94 \x96\n");
  assert_string_equal(x.s.rows[0].cell[0], "\xe2\x82\xac \xe2\x80\x9cq\xe2\x80\x9d \xe2\x80\x93");
  done(&x);
}

static void test_row_numbers(void **state) {
  (void)state;
  struct ctx x = READ("\ncode,words\n\n\"a\",\"one\r\ntwo\"\n,\nb,\"say \"\"so\"\"\"\n");
  assert_true(x.ok);
  assert_int_equal(x.s.heading_line, 2);
  assert_int_equal(x.s.n_rows, 2);
  assert_int_equal(x.s.rows[0].line, 4);
  assert_string_equal(x.s.rows[0].cell[1], "one\ntwo");
  assert_int_equal(x.s.rows[1].line, 6);
  assert_string_equal(x.s.rows[1].cell[1], "say \"so\"");
  done(&x);
}

/* A stray quote costs its own row only, and the rows after it keep their numbers. */
static void test_stray_quotes(void **state) {
  (void)state;
  struct ctx x = READ("code,words\na,\"x\"y\"\nb,good\nc,6\" nails\nd,good\n");
  assert_int_equal(x.f.errors, 2);
  assert_string_equal(x.f.lines[0].said, "t.csv:2: a quote is in the middle of a cell; put the "
                                         "whole cell in quotes and write the quote twice (\"\")");
  assert_non_null(strstr(x.f.lines[1].said, "t.csv:4: "));
  assert_int_equal(x.s.n_rows, 2);
  assert_int_equal(x.s.rows[0].line, 3);
  assert_string_equal(x.s.rows[1].cell[0], "d");
  assert_int_equal(x.s.rows[1].line, 5);
  done(&x);
}

static void test_open_quote(void **state) {
  (void)state;
  struct ctx x = READ("code,words\na,ok\nb,\"never closed\nc,good\nd,good\n");
  assert_int_equal(x.f.errors, 1);
  assert_string_equal(x.f.lines[0].said, "t.csv:3: a quote is opened in this row and never closed");
  assert_int_equal(x.s.n_rows, 3);
  assert_string_equal(x.s.rows[1].cell[0], "c");
  assert_int_equal(x.s.rows[2].line, 5);
  done(&x);
}

static void test_faults(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t len;
    const char *fault;
    bool ok;
  } rows[] = {
#define ROW(t, f, ok) {t, sizeof(t) - 1, f, ok}
      ROW("", "t.csv: is empty; the first row must name the columns", false),
      ROW("\n\n,,\n", "t.csv: is empty; the first row must name the columns", false),
      ROW("code,words,code\na,b,c\n", "t.csv:1:code: two columns have this heading; keep one",
          true),
      ROW("code,words\na,b,c\n",
          "t.csv:2: has 3 cells where the heading has 2; put a text that holds the separator in "
          "quotes",
          true),
      ROW("code,words,more\na,\"x, y\",cut, here\n",
          "t.csv:2: has 4 cells where the heading has 3; the text under 'more' was probably cut: "
          "put a text that holds the "
          "separator in quotes",
          true),
      ROW("code;words;more\na;one; two;b\n",
          "t.csv:2: has 4 cells where the heading has 3; the text under 'words' was probably cut: "
          "put a text that holds the "
          "separator in quotes",
          true),
      ROW("code,words,more\n“a”,“cut, here”,b",
          "t.csv:2: has 4 cells where the heading has 3; the text under 'words' was probably cut: "
          "curly quotes hold no text "
          "together, so put it in plain ones (\")",
          true),
      ROW("code,words\na,b,c, d\n",
          "t.csv:2: has 4 cells where the heading has 2; put a text that holds the separator in "
          "quotes",
          true),
      ROW("\nOur courses,,,\ncode,words,more\na,b,c\nd,e,f\n",
          "t.csv:2: looks like a title, with a row of 3 cells below it; the first row must hold "
          "the headings, so delete everything "
          "above them",
          false),
      ROW("role\nTASS,x\n",
          "t.csv:2: has 2 cells where the heading has 1; put a text that holds the separator in "
          "quotes",
          true),
      ROW("code,wo\0rds\n",
          "t.csv: holds NUL bytes and is not a spreadsheet; save it as \"CSV UTF-8 (comma "
          "delimited)\"",
          false),
      ROW("\xff\xfe"
          "a\0b",
          "t.csv: looks like UTF-16 but is not well formed; save it as \"CSV UTF-8 (comma "
          "delimited)\"",
          false),
      ROW("code\n\x81\x8d\n",
          "t.csv: is neither UTF-8 nor Windows-1252 text; save it as \"CSV UTF-8 (comma "
          "delimited)\"",
          false),
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct ctx x = read_bytes(rows[i].text, rows[i].len);
    assert_int_equal(x.ok, rows[i].ok);
    assert_int_equal(x.f.errors, 1);
    assert_string_equal(x.f.lines[0].said, rows[i].fault);
    done(&x);
  }
}

/* Any bytes are read or refused: every cut and every single-byte change of a wild file. */
static void test_any_bytes(void **state) {
  (void)state;
  static const char wild[] =
      "\xef\xbb\xbf"
      "sep=;\r\ncode;\"wo\"\"rds\"\r\n\"a\r\nb\";x\"y;\r\n\xe2\x82\xac;\"z\"q\n\n";
  for (size_t cut = 0; cut < sizeof(wild); cut++) {
    struct ctx x = read_bytes(wild, cut);
    done(&x);
  }
  static const unsigned char odd[] = {0, '"', '\n', '\r', ';', 0xff, 0xc3, ' '};
  for (size_t i = 0; i + 1 < sizeof(wild); i++) {
    for (size_t k = 0; k < sizeof(odd); k++) {
      char copy[sizeof(wild)];
      memcpy(copy, wild, sizeof(wild));
      copy[i] = (char)odd[k];
      struct ctx x = read_bytes(copy, sizeof(copy) - 1);
      done(&x);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_encodings),   cmocka_unit_test(test_windows_marks),
      cmocka_unit_test(test_row_numbers), cmocka_unit_test(test_stray_quotes),
      cmocka_unit_test(test_open_quote),  cmocka_unit_test(test_faults),
      cmocka_unit_test(test_any_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
