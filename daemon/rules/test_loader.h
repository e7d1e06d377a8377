/* test_loader - reads a Lua file of tests and returns it as JSON. Private to the worker, because
 * the file comes from the author and runs in the sandbox.
 *
 * The file sees `test` and the plain language of rules: no need, no given, no builders. It runs
 * under the budget of loading. It only describes the tests; the daemon (trial/) checks what they
 * mean. */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "catalogue/catalogue.h"

/* Writes [{"line":n,"name":TEXT,"test":{...}}] in the order of the file. A list is an array, a
 * table with names an object; its values without a name are called "1", "2" .... On faults
 * ("file:line:
 * ...") the JSON is []. */
void test_loader_read(const char *name, const char *text, size_t len, struct buf *json,
                      struct fault_list *faults);
