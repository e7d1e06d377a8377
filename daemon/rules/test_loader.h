/* suite - a file of tests in Lua, read to JSON. Private to the worker: the file is the author's and
 * runs in the cage.
 *
 * The file sees `test` and the plain language of rules (no need, no given, no builders), under the
 * budget of loading. It only describes; what its members mean is judged by the daemon (trial/). */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "catalogue/catalogue.h"

/* [{"line":n,"name":TEXT,"test":{...}}], in the order of the file. A list is an array, a table with
 * names an object; what stands in it without a name is called "1", "2" .... On faults ("file:line:
 * ...") the JSON is []. */
void test_loader_read(const char *name, const char *text, size_t len, struct buf *json,
                      struct fault_list *faults);
