/* program.h: the program that is to be run: which file it is, and whether a preloaded library can
 * see its allocations. What is found here is said before the program starts. */
#ifndef MT_PROGRAM_H
#define MT_PROGRAM_H

#include <limits.h>
#include "error.h"

/* Finds the file that `name` means, as execvp would: through PATH where it has no slash. Returns 0
 * and the path, or MT_NOT_FOUND or MT_NOT_EXECUTABLE in `error`. */
int mt_program_find(const char *name, char ret_path[PATH_MAX], struct mt_error *error);

/* Looks whether libmemtrace can work in the program at `path`; of a script, in its interpreter.
 * Returns 0, or the status in `error`: MT_INCONCLUSIVE for a program that would run untraced
 * (static, of another machine, with privileges of its own, with a sanitizer, with its own malloc),
 * MT_NOT_EXECUTABLE or MT_NOT_FOUND for one that would not run. */
int mt_program_check(const char *path, struct mt_error *error);

#endif
