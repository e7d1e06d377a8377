/* titles - `needs titles`: job titles without a role, and rows of titles.csv that map them. */
#include <popt.h>
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "table.h"
#include "text.h"

static int ask_titles(const struct settings *s, bool all, struct answer *ret) {
  struct text q = {0};
  text_add(&q, "{\"question\":\"titles\",\"authority\":");
  text_add_quoted(&q, s->authority);

  if (s->school && !all) {
    text_add(&q, ",\"school\":");
    text_add_quoted(&q, s->school);
  }

  text_add(&q, "}");
  int rc = door_ask(s, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);

  return rc;
}

/* What the catalogue guesses: a title that could also be another role is never taken by itself. */
static void add_guess(struct text *t, json suggestion) {
  const char *role = json_string(suggestion, "role"),
             *title = json_string(suggestion, "role_title"),
             *note = json_string(suggestion, "note");
  if (!role)
    return;

  text_add(t, role);
  if (title)
    text_addf(t, ", %s", title);
  if (note)
    text_addf(t, " (%s)", note);
}

static void print_titles(json a, const char *counted) {
  const char *headings[] = {"title", counted, "perhaps"};
  json list = json_get(a, "titles");
  struct table table;

  table_init(&table, 3, headings, 2);
  for (size_t i = 0; i < json_count(list); i++) {
    json t = json_at(list, i);
    const char *written = json_string(t, "written");
    struct text n = {0}, guess = {0};

    text_addf(&n, "%lld", (long long)json_number(t, counted, 0));
    add_guess(&guess, json_get(t, "suggestion"));
    table_row(&table, written ? written : json_string(t, "title"), n.s, guess.s);
    text_finish(&n);
    text_finish(&guess);
  }

  if (table.rows > 1)
    table_print(&table, stdout, 2);

  table_finish(&table);
}

static void print_school(json a) {
  const char *school = json_string(a, "school");
  struct text t = {0};

  text_addf(&t, "Job titles at %s without a role", text_or(school, "?"));
  print_heading(stdout, t.s);
  text_finish(&t);
  print_titles(a, "people");
  if (!json_count(json_get(a, "titles"))) {
    puts("  None: everybody has a role, or a title that is in the catalogue.");
    return;
  }

  puts("");
  print_folded(
      stdout, 0, 0,
      "These people have no post, so they have no needs and no recommendations. Give each title a "
      "role in a line under [roles] of your mapping, such as dinner lady = MIDA (needs catalogue "
      "find finds the role), and push the list of staff again. A census code in the list works "
      "too. Or the authority can add the titles to its catalogue, for all its schools.");
}

static void print_authority(json a) {
  long long others = json_number(a, "others", 0), least = json_number(a, "schools_at_least", 0);
  struct text t = {0};
  print_heading(stdout, "Job titles without a role");
  print_titles(a, "schools");
  if (!json_count(json_get(a, "titles")))
    print_folded(stdout, 2, 2, "None that several schools use.");
  if (others)
    text_addf(&t,
              "%lld more %s used in fewer than %lld schools; only the school sees %s, because a "
              "title may identify a person.",
              others, one_or_many(others, "is", "are"), least, one_or_many(others, "it", "them"));

  if (others)
    print_folded(stdout, 2, 2, t.s);

  text_finish(&t);
  if (!json_count(json_get(a, "titles")))
    return;

  puts("");
  print_folded(
      stdout, 0, 0,
      "To map them, add rows to titles.csv in the authority's catalogue directory (needs titles "
      "--csv prints them; fill in or check the role), run needs catalogue check DIR, and reload "
      "needsd: systemctl reload needsd, or kill -HUP. These people then have posts.");
}

static void print_cell(const char *s, char after) {
  putchar('"');
  for (; s && *s; s++) {
    if (*s == '"')
      putchar('"');
    putchar(*s);
  }

  putchar('"');
  putchar(after);
}

/* Rows for titles.csv. Somebody decides before adding them to the catalogue, so their certainty is
 * high. */
static void print_csv(json list, bool header) {
  if (header)
    puts("key,title,role,note,provenance,certainty");
  for (size_t i = 0; i < json_count(list); i++) {
    json t = json_at(list, i);
    const char *key = json_string(t, "title"), *written = json_string(t, "written");
    if (!key || !*key)
      continue; /* it has no form that can be compared */

    const char *role = json_string(json_get(t, "suggestion"), "role");
    printf("%s,", key);

    /* a spreadsheet would take it for a formula */
    print_cell(!written || strchr("=+-@", *written) ? key : written, ',');
    printf("%s,,mapped by the authority,high\n", text_or(role, ""));
  }
}

/* Beside the rows: a heading in the middle of a file would be a fault of it. */
static void say_where(const struct settings *s, bool header) {
  if (header)
    complain("these are for titles.csv in the catalogue directory of %s; if that file already "
             "exists, use --csv --no-header and append: >> DIR/titles.csv",
             s->authority);
  else
    complain("append these to titles.csv in the catalogue directory of %s, which already has a "
             "heading: >> DIR/titles.csv",
             s->authority);
}

static void print_answer(const struct settings *s, const struct answer *a, bool csv, bool header) {
  if (s->json)
    puts(a->reply.body);
  else if (csv) {
    print_csv(json_get(a->tree, "titles"), header);
    say_where(s, header);
  } else if (json_string(a->tree, "school"))
    print_school(a->tree);
  else
    print_authority(a->tree);
}

int run_titles(struct settings *s, int argc, const char **argv) {
  int csv = 0, all = 0, bare = 0;
  struct poptOption own[] = {
      {"all", 0, POPT_ARG_NONE, &all, 0, "The whole authority, even if a school is set", NULL},
      {"csv", 0, POPT_ARG_NONE, &csv, 0, "Rows for titles.csv of the authority's catalogue", NULL},
      {"no-header", 0, POPT_ARG_NONE, &bare, 0,
       "With --csv: without the heading, to append to a titles.csv", NULL},
      POPT_TABLEEND,
  };
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "", own, argc, argv, 0, 0);
  if (rc)
    return rc;
  if (bare && !csv) {
    complain("--no-header goes with --csv");
    args_finish(&a);
    return EXIT_USAGE;
  }

  if (settings_need(s, false))
    rc = ask_titles(s, all, &answer);
  else
    rc = EXIT_USAGE;

  if (!rc) {
    print_answer(s, &answer, csv, !bare);
    answer_finish(&answer);
  }

  args_finish(&a);

  return rc;
}
