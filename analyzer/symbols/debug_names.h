/* debug_names.h: the names of functions as the debug information gives them. */
#ifndef MT_DEBUG_NAMES_H
#define MT_DEBUG_NAMES_H

#include "debug_info.h"

struct mt_debug_names; /* owns the names that had to be put together */

struct mt_debug_names *mt_debug_names_create(void);        /* NULL where memory runs out */
void mt_debug_names_destroy(struct mt_debug_names *names); /* NULL is fine */

/* Fills the name of `call` from a function or an inlined call, which stands in `unit`. */
void mt_debug_names_get(struct mt_debug_names *names, Dwarf_Die *unit, Dwarf_Die *die,
                        struct mt_call *call);

#endif
