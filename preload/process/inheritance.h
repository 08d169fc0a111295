/* inheritance.h: what programs that are started from here find in LD_PRELOAD. */
#ifndef MT_INHERITANCE_H
#define MT_INHERITANCE_H

#include <stddef.h>

/* Takes this library out of the environment, in place; what else is to be preloaded stays. */
void mt_inheritance_leave_out(char **environment);

/* Bytes that a copy of the environment without this library takes; 0: it is not in there. */
size_t mt_inheritance_room(char *const *environment);

/* Makes that copy in `room`, and returns it. */
char *const *mt_inheritance_copy(char *const *environment, void *room);

#endif
