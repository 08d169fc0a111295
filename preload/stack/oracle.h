/* oracle.h: libunwind, asked for what the rules do not know yet. It is opened at run time and kept
 * out of the program's symbols; it reads memory and registers through functions of ours alone, and
 * gets its tables from modules.h, so it takes no lock of the loader and needs no descriptor.
 * Everything but the start and the stop is called in the serial section. */
#ifndef MT_ORACLE_H
#define MT_ORACLE_H

#include <stdint.h>
#include "arch.h"
#include "modules.h"

/* Opens libunwind. Constructor only. Returns 0 when there is none. */
int mt_oracle_start(void);

/* The library that was opened, as a struct link_map; NULL when there is none. */
void *mt_oracle_library(void);

/* From now on nothing is asked any more. */
void mt_oracle_stop(void);

/* Whether it can be asked. */
int mt_oracle_is_ready(void);

/* The rule (rule_word.h) of the return address pc, which lies in code. Never MT_RULE_NONE; a
 * stopped oracle says MT_RULE_UNKNOWN. */
uint64_t mt_oracle_rule(uintptr_t pc, const struct mt_code *code);

struct mt_oracle_frame {
    uintptr_t pc;
    uintptr_t sp;
    uint32_t module;
    int is_exact; /* interrupted by a signal: pc is not a return address */
};

enum mt_stack_end {
    MT_STACK_COMPLETE, /* complete */
    MT_STACK_UNKNOWN,  /* no unwind information beyond the last frame */
    MT_STACK_DEEPER,   /* no room for more frames */
};

/* Walks the stack from the registers, which are of a live frame further in; keeps the frames from
 * the one with stack pointer first_sp and return address first_pc on. Returns how many, at most
 * room; 0 when that frame was not met. */
uint32_t mt_oracle_walk(const struct mt_registers *registers, uintptr_t first_pc,
                        uintptr_t first_sp, struct mt_oracle_frame *frames, uint32_t room,
                        enum mt_stack_end *ret_end);

/* Unwinds from the registers, which are of a live frame further in, to who called the function that
 * lies at [start, end), and gives the registers that must be kept for it, as it will find them.
 * Returns 0 where that function is not on the stack. */
int mt_oracle_find_caller(const struct mt_registers *registers, uintptr_t start, uintptr_t end,
                          struct mt_registers *ret_registers);

#endif
