/* directory - see directory.h. */
#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "complete.h"
#include "needs.h"
#include "text.h"

bool is_directory(const char *path) {
  struct stat st;
  return path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "a/b/rulez" -> "a/b/" and "rulez"; slashes at the end are none of the name. */
static char *split(const char *path, struct text *parent) {
  size_t end = strlen(path), start;
  while (end > 1 && path[end - 1] == '/')
    end--;
  for (start = end; start > 0 && path[start - 1] != '/'; start--)
    ;

  if (start)
    text_add_n(parent, path, start);

  return strndup(path + start, end - start);
}

/* A name in the root resembles one of the system's directories only by accident. */
static bool is_in_root(const char *path) {
  const char *name = path + strspn(path, "/");
  const char *rest = name + strcspn(name, "/");

  return *path == '/' && rest[strspn(rest, "/")] == '\0';
}

char *directory_near(const char *path) {
  if (is_in_root(path))
    return NULL;

  struct text parent = {0}, found = {0};
  char *name = split(path, &parent);
  struct dirent **entries = NULL;
  struct nearest near = {.given = name};
  int n = scandir(text_or(parent.s, "."), &entries, NULL, alphasort);

  if (!name)
    abort();
  for (int i = 0; i < n; i++) {
    text_clear(&found);
    text_addf(&found, "%s%s", text_or(parent.s, ""), entries[i]->d_name);
    if (*entries[i]->d_name != '.' && is_directory(found.s))
      nearest_try(&near, entries[i]->d_name);
  }

  text_clear(&found);
  if (near.best)
    text_addf(&found, "%s%s", text_or(parent.s, ""), near.best);

  char *ret = NULL;
  if (near.best)
    ret = copy_text(found.s);
  for (int i = 0; i < n; i++)
    free(entries[i]);

  free(entries);
  free(name);
  text_finish(&parent);
  text_finish(&found);

  return ret;
}

bool directory_there(const char *path, const char *expected) {
  struct stat st;
  if (is_directory(path))
    return true;

  bool is_file = stat(path, &st) == 0;
  int why = errno;
  char *near = NULL;

  if (!is_file)
    near = directory_near(path);
  if (is_file)
    complain("%s is a file; give %s, in which it lies", path, expected);
  else if (near)
    complain("there is no directory %s; did you mean %s?", path, near);
  else if (why == ENOENT)
    complain("there is no directory %s; give %s", path, expected);
  else
    complain("cannot open the directory %s: %s", path, strerror(why));

  free(near);

  return false;
}
