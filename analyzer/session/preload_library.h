/* preload_library.h: where libmemtrace.so is. */
#ifndef MT_PRELOAD_LIBRARY_H
#define MT_PRELOAD_LIBRARY_H

#include <limits.h>
#include "error.h"

/* Finds the library that belongs to this executable, in its build tree or where both are installed,
 * and checks that a program of this machine can load it. Returns 0 and its absolute path, or
 * MT_INCONCLUSIVE in `error`. */
int mt_preload_library_find(char ret_path[PATH_MAX], struct mt_error *error);

#endif
