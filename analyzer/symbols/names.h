/* names.h: the names of functions, each demangled and judged once, however many frames have it. */
#ifndef MT_NAMES_H
#define MT_NAMES_H

#include "symbols.h"

struct mt_names; /* owns the names */

struct mt_names *mt_names_create(void);        /* NULL where memory runs out */
void mt_names_destroy(struct mt_names *names); /* NULL is fine */

/* The name of a symbol as the linker or the debug information has it; owned by `names`. NULL where
 * memory runs out. */
const struct mt_name *mt_names_get(struct mt_names *names, const char *symbol);

#endif
