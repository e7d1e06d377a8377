/* unread - see ignored_files.h. */
#include "policy/ignored_files.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define AS_CSV "save it as CSV (UTF-8)"
#define TABLE_OR_NOT "if it is a table, save it as CSV (UTF-8), else keep it elsewhere"
#define NO_TXT "take .txt off the end of its name"
#define SMALL "write the end of its name in small letters"

/* The first that fits, in any letters. */
static const struct {
  const char *suffix, *remedy;
} endings[] = {{".csv.txt", NO_TXT}, {".lua.txt", NO_TXT}, {".txt", TABLE_OR_NOT}, {".tsv", AS_CSV},
               {".tab", AS_CSV},     {".xlsx", AS_CSV},    {".xlsm", AS_CSV},      {".xls", AS_CSV},
               {".ods", AS_CSV},     {".csv", SMALL},      {".lua", SMALL}};

static bool ends(const char *name, const char *suffix, int (*compare)(const char *, const char *)) {
  size_t len = strlen(name), n = strlen(suffix);
  return len > n && compare(name + len - n, suffix) == 0;
}

const char *ignored_files_remedy(const char *name) {
  if (*name == '.' || *name == '~' || strncasecmp(name, "README", 6) == 0)
    return NULL;
  if (ends(name, ".csv", strcmp) || ends(name, ".lua", strcmp))
    return NULL;

  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (ends(name, endings[i].suffix, strcasecmp))
      return endings[i].remedy;

  return NULL;
}

static bool is_file(const char *dir, const char *name) {
  struct stat st;
  char *path = NULL;
  if (asprintf(&path, "%s/%s", dir, name) < 0)
    abort();

  bool regular = stat(path, &st) == 0 && S_ISREG(st.st_mode);
  free(path);

  return regular;
}

void ignored_files_each(const char *dir,
                        void (*say)(void *arg, const char *name, const char *remedy), void *arg) {
  struct dirent **entries = NULL;
  int n = scandir(dir, &entries, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    const char *remedy = ignored_files_remedy(entries[i]->d_name);
    if (remedy && is_file(dir, entries[i]->d_name))
      say(arg, entries[i]->d_name, remedy);
    free(entries[i]);
  }
  free(entries);
}
