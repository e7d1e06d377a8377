/* standins - functions of the C library that the worker brings itself; see libc_overrides.c. */
#pragma once

#include <stdbool.h>

bool libc_overrides_open(void); /* before the first number is read */
