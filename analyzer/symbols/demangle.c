/* demangle.c: names as GNU libiberty gives them, which are those of gdb, nm -C and perf. What a
 * compiler or linker appended to a symbol is taken off first: a name must not change because the
 * optimizer split a function. */
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>
#include "demangle.h"

/* Whether `suffix`, after a dot, is one that GCC or clang give to copies and parts of functions. */
static bool is_clone_suffix(const char *suffix)
{
    static const char *const words[] = {"constprop", "isra",  "part",       "cold", "lto_priv",
                                        "llvm",      "clone", "localalias", NULL};
    const size_t length = strcspn(suffix, ".");
    for (const char *const *word = words; *word; word++) {
        if (strlen(*word) == length && memcmp(*word, suffix, length) == 0)
            return true;
    }
    return false;
}

/* Length of `symbol` without clone suffixes and version. */
static size_t bare_length(const char *symbol)
{
    for (size_t i = 1; symbol[0] && symbol[i]; i++) {
        if (symbol[i] == '@' || (symbol[i] == '.' && is_clone_suffix(symbol + i + 1)))
            return i;
    }
    return strlen(symbol);
}

char *mt_demangle(const char *symbol, bool with_parameters)
{
    if (strncmp(symbol, "__GI_", 5) == 0)
        symbol += 5; /* glibc's name for its own use of a function */
    char *bare = strndup(symbol, bare_length(symbol));
    if (!bare)
        return NULL;
    /* libiberty would also take "a" or "i" for mangled types: only real prefixes are tried. */
    if (bare[0] != '_')
        return bare;
    const int parameters = with_parameters ? DMGL_PARAMS : 0;
    char *name = cplus_demangle(bare, DMGL_AUTO | DMGL_ANSI | parameters);
    if (!name)
        return bare;
    free(bare);
    return name;
}
