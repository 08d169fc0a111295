/* demangle.h: from a linker's symbol to the name a programmer wrote. */
#ifndef MT_DEMANGLE_H
#define MT_DEMANGLE_H

#include <stdbool.h>

/* The name behind `symbol`: C++ and Rust names are demangled (a Rust hash is left out), what the
 * compiler appended for its clones (".constprop.0", ".cold"), a symbol version ("@@GLIBC_2.2") and
 * glibc's internal prefix "__GI_" are cut off; anything else is returned as it is. With parameters "f(int)", without "f". The
 * caller frees it; NULL only where memory runs out. */
char *mt_demangle(const char *symbol, bool with_parameters);

#endif
