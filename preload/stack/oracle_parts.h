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
    X(get_save_loc, unw_get_save_loc)                                                              \
    X(is_signal_frame, unw_is_signal_frame)

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

enum { MT_ORACLE_MARKS = 32 }; /* of one entry, that are known */

/* The step under way: what it asks, and what it is given. */
struct mt_oracle_step {
    struct mt_code code; /* around the pc */
    uintptr_t looked_up; /* the address whose unwind entry was asked for */
    int has_entry;       /* and found */
#if defined(__aarch64__)
    uint32_t mark_count; /* oracle_signing.c */
    uintptr_t marks[MT_ORACLE_MARKS];
#endif
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

#if defined(__aarch64__)

/* Learns what libunwind is not to see in the entry. */
void mt_oracle_find_marks(struct mt_oracle_step *step, const uint8_t *entry);

/* A word of the module of the step, as libunwind is to see it. */
uintptr_t mt_oracle_code_word(const struct mt_oracle_step *step, uintptr_t address);

/* libunwind knows the frames that a signal makes by their code, with or without an entry. */
static inline int mt_oracle_is_signal_frame(unw_cursor_t *cursor)
{
    return mt_libunwind.is_signal_frame(cursor) > 0;
}

/* After a step: what it came to is no more than what the link register held. */
static inline int mt_oracle_has_guessed(unw_cursor_t *cursor)
{
    unw_save_loc_t location;
    return mt_libunwind.get_save_loc(cursor, UNW_AARCH64_X30, &location) < 0 ||
           location.type == UNW_SLT_NONE;
}

#else

static inline void mt_oracle_find_marks(struct mt_oracle_step *step, const uint8_t *entry)
{
    (void)step;
    (void)entry;
}

static inline uintptr_t mt_oracle_code_word(const struct mt_oracle_step *step, uintptr_t address)
{
    (void)step;
    return *(const uintptr_t *)address;
}

/* They have entries like others. */
static inline int mt_oracle_is_signal_frame(unw_cursor_t *cursor)
{
    (void)cursor;
    return 0;
}

/* It guesses where there is no entry, and nowhere else. */
static inline int mt_oracle_has_guessed(unw_cursor_t *cursor)
{
    (void)cursor;
    return 0;
}

#endif

/* The accessors that the steps over made-up and over real memory have of their own. */
struct mt_oracle_access {
    __typeof(((unw_accessors_t *)0)->find_proc_info) find_proc_info;
    __typeof(((unw_accessors_t *)0)->access_mem) access_mem;
    __typeof(((unw_accessors_t *)0)->access_reg) access_reg;
};
extern const struct mt_oracle_access mt_oracle_probe_access, mt_oracle_walk_access;

#endif
