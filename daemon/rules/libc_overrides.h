/* libc_overrides - functions of the C library that the worker replaces; see libc_overrides.c. */
#pragma once

#include <stdbool.h>

/* Prepares the overrides; false if that fails. Call it before Lua reads the first number. */
bool libc_overrides_open(void);
