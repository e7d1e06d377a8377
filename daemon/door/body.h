/* body - the small JSON object of a verb, read by rows: which members it takes, of what kind,
 * within what bounds.
 *
 * Pure. Every fault at once, each at its pointer. Events are not read here (event/). */
#pragma once

#include "event/faults.h"
#include "event/json.h"

enum body_kind {
  BODY_TEXT,
  BODY_WHOLE,
  BODY_DATE,
  BODY_LIST,
  BODY_OBJECT,
  BODY_FLAG
};
struct body_row {
  const char *name;
  enum body_kind kind;
  bool required;
  int64_t min, max; /* of characters, of the number, of items; a date and a flag have none */
};
struct body_value {
  bool given; /* and good */
  const char *text;
  size_t len;
  int64_t whole;           /* number, or day, or 1 for true */
  const struct json *list; /* or object */
};
#define BODY_ROWS 8 /* at most */

/* The body as a tree; an object, or a fault. */
int body_tree(struct arena *a, const char *body, size_t len, struct json *ret, struct faults *v);
/* Fills values[i] for rows[i]. 0, or -EINVAL when the verdict has faults now. `what` names the verb
 * or question in messages. */
int body_check(struct arena *a, const struct json *tree, const char *what,
               const struct body_row *rows, size_t n, struct body_value *values, struct faults *v);
/* Both. */
int body_read(struct arena *a, const char *body, size_t len, const char *what,
              const struct body_row *rows, size_t n, struct body_value *values, struct faults *v);
