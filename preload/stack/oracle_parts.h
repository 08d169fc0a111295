/* oracle_parts.h: for the files behind oracle.h: libunwind itself, and what every step of it is
 * given. oracle.c opens it; oracle_calls.c makes its system calls; oracle_table.c finds the unwind
 * entry of an address; oracle_rule.c steps over made-up memory, oracle_walk.c over the real one, each
 * through accessors of its own. */
#ifndef MT_ORACLE_PARTS_H
#define MT_ORACLE_PARTS_H

#include <libunwind.h>
#include <stdint.h>
#include "modules.h"

#define MT_ORACLE_FUNCTIONS(X)                                                                     \
    X(create_addr_space, unw_create_addr_space)                                                    \
    X(set_caching_policy, unw_set_caching_policy)                                                  \
    X(init_remote, unw_init_remote)                                                                \
    X(step, unw_step)                                                                              \
    X(get_reg, unw_get_reg)                                                                        \
    X(get_save_loc, unw_get_save_loc)

extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *,
                                              unw_proc_info_t *, int, void *);

struct mt_libunwind {
#define X(name, symbol) __typeof(symbol) *name;
    MT_ORACLE_FUNCTIONS(X)
#undef X
    __typeof(UNW_OBJ(dwarf_search_unwind_table)) *search;
    unw_addr_space_t probes; /* steps over made-up memory */
    unw_addr_space_t stacks; /* steps over real memory */
    void *library;           /* as dlopen gave it */
    int is_ready;
};
extern struct mt_libunwind mt_libunwind;

/* From now on the library's system calls are the tracer's own (sys.h). Once, as it is loaded. */
struct link_map;
void mt_oracle_redirect_calls(const struct link_map *library);

/* The step under way: what it asks, and what it is given. */
struct mt_oracle_step {
    struct mt_code code; /* around the pc */
    uintptr_t looked_up; /* the address whose unwind entry was asked for */
    int has_entry;       /* and found */
};

/* An accessor: gives libunwind the unwind entry of `ip`, from the code of the step. */
int mt_oracle_find_entry(struct mt_oracle_step *step, unw_addr_space_t space, uintptr_t ip,
                         unw_proc_info_t *info, int need_unwind_info, void *argument);

/* Whether the stack begins at a return address without call frame information: code at an ELF entry
 * point; or the first byte of a function, which no call returns to: it was put there to make the
 * function run when a fiber's ends (makecontext). */
int mt_oracle_is_begin_of_stack(const struct mt_code *code, uintptr_t pc);

static inline int mt_oracle_is_in_code(const struct mt_code *code, uintptr_t address)
{
    return address - code->start < code->end - code->start;
}

/* The accessors that the steps over made-up and over real memory have of their own. */
struct mt_oracle_access {
    __typeof(((unw_accessors_t *)0)->find_proc_info) find_proc_info;
    __typeof(((unw_accessors_t *)0)->access_mem) access_mem;
    __typeof(((unw_accessors_t *)0)->access_reg) access_reg;
};
extern const struct mt_oracle_access mt_oracle_probe_access, mt_oracle_walk_access;

#endif
