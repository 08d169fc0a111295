/* symbols.h: from an address in a trace to function, file and line. Reads the programs and
 * libraries the trace names, and their separate debug files, on this machine, in the trace's pack or
 * below a sysroot; what a runtime said of the code that it made; and what debuginfod servers have,
 * if one asks for it. A file whose build-id is not the trace's is not believed.
 * Answers are kept, so that asking twice costs a hash lookup. */
#ifndef MT_SYMBOLS_H
#define MT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "trace.h"

/* A function's name, demangled once. */
struct mt_name {
    const char *symbol; /* as the linker has it: "_ZN5Cache6insertERKSs" */
    const char *full;  /* with parameters: "Cache::insert(std::string const&)" */
    const char *brief; /* without, and shorter: "Cache::insert", "make<std::string>" */
    bool is_allocator; /* hands out memory for its caller: never names a site */
};

/* A function call in the source. One address stands for several where calls were inlined. */
struct mt_frame {
    const struct mt_name *function; /* NULL: not known */
    const char *file;               /* relative to the directory of the compilation where it lies
                                       below it; NULL: not known */
    const char *directory;          /* of that compilation; NULL: not known */
    uint32_t line;                  /* 0: not known */
    bool is_inlined;                /* into the frame that follows it */
};

/* Where an address of a stack lies. */
struct mt_location {
    const struct mt_loaded *module; /* NULL: code of no module */
    uint64_t offset;                /* address in the module's file; in no module the address */
    const struct mt_frame *frames;  /* innermost first; at least one */
    unsigned frame_count;
};

struct mt_symbols;

/* Where files are looked for, beside where the trace says they were. */
struct mt_search {
    const char *sysroot;    /* below it first; NULL: nowhere. Not owned */
    uint64_t debuginfod_ms; /* so long is waited for a file of a debuginfod server; 0: none is asked */
};

/* `search` may be NULL. The trace must outlive the symbols. Returns 0, MT_USAGE where no server can
 * be asked, or MT_UNREADABLE where memory runs out. */
int mt_symbols_create(const struct mt_trace *trace, const struct mt_search *search,
                      struct mt_symbols **ret_symbols, struct mt_error *error);
void mt_symbols_destroy(struct mt_symbols *symbols); /* NULL is fine */

/* The location of a node. Owned by the symbols; never NULL. */
const struct mt_location *mt_symbols_locate(struct mt_symbols *symbols, const struct mt_node *node);

/* A place in the data of a module. */
struct mt_place_of_data {
    const struct mt_loaded *module;
    uint64_t offset;            /* address in the module's file */
    const struct mt_name *name; /* of the variable that covers it; NULL: not known */
    uint64_t into;              /* offset in that variable */
};

/* Where in the data of modules `address` lies; false: in none. */
bool mt_symbols_find_data(struct mt_symbols *symbols, uint64_t address,
                          struct mt_place_of_data *ret_place);

/* Modules whose names could not be used, and why, one line each ("/usr/bin/app: …"), among those
 * asked for so far. NULL when `index` is beyond the last. */
const char *mt_symbols_note(const struct mt_symbols *symbols, size_t index);

#endif
