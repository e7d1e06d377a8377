/* rules_propose - `needs rules propose`: a directory of rules and catalogue sent to the daemon,
 * which checks it and keeps it as a candidate. rules_diff.c and rules_publish.c use it for
 * directories too, so that faults and warnings are reported in one way. */
#include <dirent.h>
#include <errno.h>
#include <popt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conn.h"
#include "directory.h"
#include "policy/ignored_files.h"
#include "rules.h"
#include "statement.h"
#include "table.h"
#include "text.h"

enum {
  BIGGEST = 1 << 20
};

/* --- the files of a directory --- */

static bool ends(const char *name, const char *suffix) {
  size_t n = strlen(name), len = strlen(suffix);
  return n > len && !strcmp(name + n - len, suffix);
}

/* As the daemon takes them from a directory: backup files of editors are no rules. */
static bool belongs(const char *name, const char *const suffixes[2]) {
  bool ours = *name != '.' && *name != '~', any = false;
  for (int i = 0; i < 2; i++)
    any |= suffixes[i] && ends(name, suffixes[i]);
  return ours && any;
}

static int read_text(const char *path, struct text *ret) {
  char part[65536];
  size_t n;
  FILE *f = fopen(path, "re");

  while (f && ret->len <= BIGGEST && (n = fread(part, 1, sizeof part, f)) > 0)
    text_add_n(ret, part, n);

  bool failed = !f || ferror(f);
  if (failed)
    complain("cannot read %s: %s", path, strerror(errno));
  if (f)
    fclose(f);
  if (!failed && ret->len > BIGGEST)
    complain("%s is over 1 MiB, more than can be proposed at once", path);

  if (failed || ret->len > BIGGEST)
    return EXIT_USAGE;

  return 0;
}

/* "name":"text", after what is there. */
static int add_file(struct text *body, const char *dir, const char *name) {
  struct text path = {0}, content = {0}, quoted = {0};
  char why[160];
  size_t at;

  text_addf(&path, "%s/%s", dir, name);
  int rc = read_text(path.s, &content);
  if (!rc && content.s && strlen(content.s) != content.len) {
    complain("%s holds a zero byte; a file of rules or of a catalogue is text", path.s);
    rc = EXIT_REJECTED;
  }

  if (!rc)
    text_add_quoted(&quoted, text_or(content.s, ""));
  if (!rc && !json_valid(quoted.s, quoted.len, &at, why)) {
    complain("%s is not UTF-8 (about byte %zu); save it as UTF-8", path.s, at);
    rc = EXIT_REJECTED;
  }

  if (!rc && body->s[body->len - 1] != '{')
    text_add(body, ",");
  if (!rc) {
    text_add_quoted(body, name);
    text_addf(body, ":%s", quoted.s);
  }

  text_finish(&path);
  text_finish(&content);
  text_finish(&quoted);

  return rc;
}

static void say_unread(void *arg, const char *name, const char *remedy) {
  complain("%s/%s is not read: %s", (const char *)arg, name, remedy);
}

/* ,"member":{...}: every file of the directory that belongs there. */
static int add_dir(struct text *body, const char *member, const char *dir,
                   const char *const suffixes[2]) {
  struct dirent **entries;
  if (!directory_there(dir, suffixes[1] ? OF_RULES : OF_CATALOGUE))
    return EXIT_USAGE;

  int n = scandir(dir, &entries, NULL, alphasort), rc = 0, taken = 0;
  if (n < 0) {
    complain("cannot open the directory %s: %s", dir, strerror(errno));
    return EXIT_USAGE;
  }

  ignored_files_each(dir, say_unread, (void *)(uintptr_t)dir);
  text_addf(body, ",\"%s\":{", member);

  for (int i = 0; i < n; i++) {
    if (!rc && belongs(entries[i]->d_name, suffixes)) {
      rc = add_file(body, dir, entries[i]->d_name);
      taken++;
    }
    free(entries[i]);
  }

  free(entries);
  text_add(body, "}");
  if (rc || taken > 0)
    return rc;

  complain("%s contains no %s%s%s file, so nothing is sent; name the directory that contains them",
           dir, suffixes[0], text_if(suffixes[1], " or "), text_or(suffixes[1], ""));

  return EXIT_REJECTED;
}

static bool replaces_default(const char *dir) {
  struct text path = {0};
  text_addf(&path, "%s/.replace-default", dir);
  bool there = access(path.s, F_OK) == 0;
  text_finish(&path);
  return there;
}

/* --- propose --- */

/* `dir` may be NULL: the catalogue alone. */
static int send_proposal(struct settings *s, const char *dir, const char *catalogue, const char *as,
                         struct answer *ret) {
  static const char *const of_rules[] = {".lua", ".csv"}, *const of_catalogue[] = {".csv", NULL};
  struct text body = {0};
  int rc = 0;

  text_add(&body, "{");
  add_member(&body, "authority", s->authority);
  add_member(&body, "as", as);
  if (dir)
    rc = add_dir(&body, "rules", dir, of_rules);
  if (!rc && dir && replaces_default(dir))
    text_add(&body, ",\"replace_default\":true");
  if (!rc && catalogue)
    rc = add_dir(&body, "catalogue", catalogue, of_catalogue);

  text_add(&body, "}");
  if (!rc)
    rc = door_ask(s, "propose", body.s, CHECK_MS, ret);

  text_finish(&body);

  return rc;
}

/* With --json, warnings go to standard error, for the user. */
static void print_lines(json list, const char *before, FILE *f) {
  for (size_t i = 0; i < json_count(list); i++)
    fprintf(f, "%s%s\n", before, json_text(json_at(list, i)));
}

int rules_propose(struct settings *s, const char *dir, const char *catalogue, const char *as,
                  struct answer *ret) {
  int rc = send_proposal(s, dir, catalogue, as, ret);
  if (rc)
    return rc;

  bool ok = json_flag(ret->tree, "ok") && json_string(ret->tree, "candidate");
  if (!ok && s->json)
    puts(ret->reply.body);
  else
    print_lines(json_get(ret->tree, "faults"), "", stdout);

  if (ok || !s->json)
    print_lines(json_get(ret->tree, "warnings"), "warning: ", s->json ? stderr : stdout);
  if (!ok)
    answer_finish(ret);

  if (ok)
    return 0;

  return EXIT_REJECTED;
}

static void print_candidate(const struct settings *s, json answer) {
  struct text t = {0};
  text_add(&t, "Candidate ");
  text_add_hash(&t, json_string(answer, "candidate"));
  text_addf(&t, " of %s", s->authority);
  print_heading(stdout, t.s);
  text_clear(&t);

  if (json_flag(answer, "same_as_serving"))
    text_add(&t, "These are the current rules already.");
  else
    text_add(&t, "Nothing has changed yet: needs rules diff shows what it would change, needs "
                 "rules publish puts it into force.");

  print_folded(stdout, 2, 2, t.s);
  text_finish(&t);
}

static int propose_named(struct settings *s, const char *dir, const char *catalogue,
                         const char *as) {
  struct answer answer;
  if (!dir && !catalogue) {
    complain("missing argument: DIR; give a directory of rules, --catalogue DIR, or both");
    return EXIT_USAGE;
  }

  int rc = EXIT_USAGE;
  if (settings_need(s, false))
    rc = rules_propose(s, dir, catalogue, as, &answer);

  if (rc)
    return rc;

  if (s->json)
    puts(answer.reply.body);
  else
    print_candidate(s, answer.tree);

  answer_finish(&answer);

  return 0;
}

int run_rules_propose(struct settings *s, int argc, const char **argv) {
  char *catalogue = NULL, *as = NULL;
  struct poptOption own[] = {{"catalogue", 0, POPT_ARG_STRING, &catalogue, 0,
                              "With the catalogue of this directory", "DIR"},
                             {"as", 0, POPT_ARG_STRING, &as, 0,
                              "Who does it, if the connection does not identify you", "NAME"},
                             POPT_TABLEEND};
  struct args args;
  int rc = args_parse(&args, s, "DIR [--catalogue DIR]", own, argc, argv, 0, 1);
  if (rc)
    return rc;

  rc = propose_named(s, args.n ? args.items[0] : NULL, catalogue, as);
  free(catalogue);
  free(as);
  args_finish(&args);

  return rc;
}
