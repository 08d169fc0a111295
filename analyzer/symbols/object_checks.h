/* object_checks.h: what an ELF file could do to a reader that takes it at its word. Files that a
 * trace names come from whoever wrote the trace, and libdw opens what they name in turn. */
#ifndef MT_OBJECT_CHECKS_H
#define MT_OBJECT_CHECKS_H

#include <stdbool.h>

/* Whether the compressed sections of the object that is open as `fd` come to no more, unfolded,
 * than those of a file of its size could honestly do. */
bool mt_object_unfolds_within_reason(int fd);

/* Whether libdw may be let go after the file `name`, looked for from the absolute `folder` of the
 * file that names it, and from `directory` (NULL: not said), itself perhaps seen from there: where
 * there is something of this name, it is a plain file that unfolds within reason. A pipe would be
 * waited for, and devices do things when they are opened. */
bool mt_object_may_follow(const char *folder, const char *directory, const char *name);

#endif
