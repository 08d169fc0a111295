/* debug_info.h: DWARF of one ELF object: which calls, inlined ones included, an address stands for.
 */
#ifndef MT_DEBUG_INFO_H
#define MT_DEBUG_INFO_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One call as the debug information has it. Strings are libdw's or the
 * struct mt_debug_info's. */
struct mt_call {
    const char *symbol;    /* linkage name, or the name in the source; NULL: not said */
    const char *file;      /* of the line; NULL: not said */
    const char *directory; /* of the compilation; NULL: not said */
    uint32_t line;         /* 0: not said */
    bool is_source_name;   /* the symbol is one, in a language whose linkage names say more */
};

enum { MT_CALLS_MAX = 128 }; /* inlined into each other; deeper ones are left out */

struct mt_debug_info;

/* `dwarf` may be NULL (an object without): it then knows nothing. It must outlive the result. Units
 * that are kept in files of their own (.dwo) are looked for from `folder`, where the object lies.
 * NULL where memory runs out. */
struct mt_debug_info *mt_debug_info_create(Dwarf *dwarf, const char *folder);
void mt_debug_info_destroy(struct mt_debug_info *info); /* NULL is fine */

/* Fills `calls` with those of the instruction at `address` (as in the file), innermost first; the
 * last is the function itself, the others were inlined. Returns how many; 0: nothing is known. */
unsigned mt_debug_info_calls(struct mt_debug_info *info, uint64_t address,
                             struct mt_call calls[MT_CALLS_MAX]);

#endif
