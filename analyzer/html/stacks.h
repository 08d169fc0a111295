/* stacks.h: the stacks of a page: a tree in which each frame stands once below each of its callers,
 * and the strings that its frames are made of, each once. */
#ifndef MT_STACKS_H
#define MT_STACKS_H

#include <stdio.h>
#include "source_lines.h"
#include "symbols.h"

struct mt_stacks;

/* NULL where memory runs out. All that is given must outlive the stacks. */
struct mt_stacks *mt_stacks_create(const struct mt_trace *trace, struct mt_symbols *symbols,
                                   struct mt_source_lines *lines);
void mt_stacks_destroy(struct mt_stacks *stacks); /* NULL is fine */

/* The number of a stack: of the node of its innermost frame. What is outside of main is left out.
 * -1: it was not recorded, or memory runs out. */
long mt_stacks_add(struct mt_stacks *stacks, uint32_t stack);

/* The number of a stack of one frame, of which nothing is known but a name. */
long mt_stacks_add_name(struct mt_stacks *stacks, const char *name);

/* The number of a string; 0 is "". */
size_t mt_stacks_string(struct mt_stacks *stacks, const char *text);

/* Writes all of it as members of an object, each followed by a comma. Strings are final then. */
void mt_stacks_write(const struct mt_stacks *stacks, FILE *out);

#endif
